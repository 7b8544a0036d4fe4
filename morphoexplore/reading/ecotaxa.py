"""
EcoTaxa tables: imports, exports (general, backup, D.O.I.) and what other tools write for EcoTaxa.

A table has one line per image; the data of objects, acquisitions and samples are repeated on each line and
told apart by the prefix of their column. Annotations are metadata like all the rest, never labels. Tables without
objects (:mod:`morphoexplore.reading.ecotaxa_parents`), which EcoTaxa itself does not import, are read after all others.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from morphoexplore.errors import SourceError
from morphoexplore.reading.batches import (
    first_lines_only,
    make_frame,
    make_rows,
    parsed,
    parsed_numbers,
    with_problems,
)
from morphoexplore.reading.delimited import Block, Table, open_table, read_blocks
from morphoexplore.reading.ecotaxa_parents import (
    Said,
    frames,
    heed,
    names_of,
    parents_batch,
    split,
    tells_of_parents,
    words_for,
)
from morphoexplore.reading.ecotaxa_rules import PREDEFINED
from morphoexplore.reading.files import Files
from morphoexplore.reading.kinds import ColumnKinds
from morphoexplore.reading.nested import open_files
from morphoexplore.reading.values import (
    DEEPEST,
    parse_date,
    parse_depth,
    parse_latitude,
    parse_longitude,
    parse_rank,
    parse_time,
)
from morphoexplore.reading.vignettes import vignette_remarks
from morphoexplore.records import Batch, Problem, Source

#: Columns that become rows of a batch; all others are free.
_FIXED = {
    "img_file_name",
    "img_rank",
    "object_id",
    "object_date",
    "object_time",
    "object_lat",
    "object_lon",
    "object_depth_min",
    "object_depth_max",
    "sample_id",
    "acq_id",
}
#: All columns of an export of annotations only.
_ANNOTATIONS = {"object_id"} | {
    f"object_annotation_{name}"
    for name in (
        "status",
        "person_name",
        "person_email",
        "date",
        "time",
        "category",
        "category_id",
        "hierarchy",
    )
}
_PART = re.compile(r"^ecotaxa_?|\.(tsv|txt)(\.gz)?$", re.IGNORECASE)
_TABLE_NAME = re.compile(r"ecotaxa[^/]*\.(tsv|txt)(\.gz)?", re.IGNORECASE)


def is_ecotaxa_name(name: str) -> bool:
    """Tell whether a file is called as EcoTaxa wants its tables called: ``ecotaxa*.tsv`` or ``.txt``."""
    return _TABLE_NAME.fullmatch(posixpath.basename(name)) is not None


def open_ecotaxa(path: Path, names: list[str]) -> Source:
    """
    Open EcoTaxa tables as a source.

    Parameters
    ----------
    path : Path
        Folder, zip or single table.
    names : list of str
        Tables in the folder or zip, or beside the single table.

    Raises
    ------
    SourceError
        No table can be used; the sentence says why for the first.
    """
    single = path.is_file() and [path.name] == names
    root = path.parent if single else path
    files = open_files(root)
    tables, alone, problems = _open_tables(files, names)
    if not tables and not alone:
        raise SourceError(problems[0].reason)
    layout = recognise(tables, alone, packed=not single and path.is_file())
    remarks = vignette_remarks(files, [table.name for table in tables])
    read = partial(_read_batches, files, tables, alone, problems)
    return Source(path, "ecotaxa", root, read, layout, remarks)


def recognise(tables: list[Table], alone: list[Table], *, packed: bool) -> str:
    """
    Tell in words what EcoTaxa tables are: which export, or an import bundle.

    Parameters
    ----------
    tables, alone : list of Table
        Those with objects, and those of samples and acquisitions only.
    packed : bool
        Whether they lie in a zip.
    """
    if not tables:
        return f"table{'s' if len(alone) > 1 else ''} of {words_for(alone)}, without objects"
    columns = {column for table in tables for column in table.columns}
    has_types = all(table.types for table in tables)
    within = {
        table.name[: table.name.lower().find(".zip/")] for table in tables if ".zip/" in table.name.lower()
    }
    if "object_annotation_hierarchy" in columns:
        is_doi = "objid" in columns and "img_file_name" in columns and len(tables) == 1
        what = "D.O.I. export of EcoTaxa" if is_doi else "general export of EcoTaxa"
    elif not columns & {"img_file_name", "object_lat", "object_date"} and columns <= _ANNOTATIONS:
        what = "annotations of EcoTaxa"
    elif (
        {"img_file_name", "img_rank", "object_annotation_category_id"} <= columns
        and has_types
        and _is_backup(tables)
    ):
        what = "backup of EcoTaxa"
    else:
        what = "import bundle for EcoTaxa"
    count = f"{len(tables)} tables" if len(tables) > 1 else "one table"
    if alone:
        count += f" and {f'{len(alone)} tables' if len(alone) > 1 else 'one'} of {words_for(alone)}"
    inside = f" in {len(within)} {'zips' if len(within) > 1 else 'zip'} inside" if within else ""
    return f"{what}, {count}{inside}{' of a zip' if packed and inside else ', zipped' if packed else ''}"


def _is_backup(tables: list[Table]) -> bool:
    """Tell whether tables have the order of columns that backups are written in."""
    return all(table.columns[:3] == ["img_file_name", "img_rank", "object_id"] for table in tables)


def _open_tables(files: Files, names: list[str]) -> tuple[list[Table], list[Table], list[Problem]]:
    """Return the tables with objects, those of samples and acquisitions only, and what is wrong with others."""
    tables, alone, problems = [], [], []
    for name in names:
        try:
            table = open_table(files, name, separator="\t", lower=True)
            if len(table.header) == 1 and "object_id" not in table.columns:
                table = open_table(files, name, lower=True)  # a sheet of samples, as spreadsheets save it
        except SourceError as error:
            problems.append(Problem(name, None, None, str(error)))
            continue
        if "object_id" in table.columns:
            tables.append(table)
            problems += table.problems
        elif tells_of_parents(table.columns):
            alone.append(table)
            problems += table.problems
        else:
            has = ", ".join(table.columns[:8])
            reason = (
                f"{name} has no column object_id, so it is no EcoTaxa table, and not only columns of samples (sample_id, "
                f"sample_...) or acquisitions (acq_id, acq_...). Its columns: {has}."
            )
            problems.append(Problem(name, table.start, None, reason))
    return tables, alone, problems


def _read_batches(
    files: Files, tables: list[Table], alone: list[Table], problems: list[Problem]
) -> Iterator[Batch]:
    yield from with_problems(_each_batch(files, tables, alone), problems)


def _each_batch(files: Files, tables: list[Table], alone: list[Table]) -> Iterator[Batch]:
    layout = _Layout([*tables, *alone])
    said = Said(is_asked=bool(alone))
    seen: set[int] = set()
    columns: set[str] = set()
    for table in tables:
        # A table with columns that the earlier ones lack may repeat their lines, because it says more.
        says_more = bool(columns) and not columns.issuperset(table.columns)
        met = set[int]() if says_more else seen
        columns.update(table.columns)
        for block in read_blocks(table, numbers=layout.object_numbers):
            batch = _make_batch(files, block, layout, met)
            heed(batch, table.name, (layout.samples, layout.acquisitions), said)
            yield batch
        seen |= met
    for table in alone:
        for block in read_blocks(table):
            yield parents_batch(block, (layout.samples, layout.acquisitions), layout.kinds, said)


class _Layout:
    """Which columns all tables have together, what they are called in a batch, and which are numbers."""

    def __init__(self, tables: list[Table]) -> None:
        headers = dict.fromkeys(column for table in tables for column in table.columns)
        free = [column for column in headers if column not in _FIXED]
        self.samples, self.acquisitions = split(free)
        self.objects: dict[str, str] = {}
        for column in free:
            if column not in self.samples and column not in self.acquisitions:
                self.objects[column] = _free_name(column, set(self.objects.values()))
        # EcoTaxa writes [t] above every column of samples, acquisitions and processes, numbers included,
        # so there the cells decide. Of its own columns it does not read the type at all.
        self.kinds = ColumnKinds(
            tables,
            lambda table: [column for column in table.columns if column not in _FIXED],
            trusted=lambda column: column in self.objects,
            known={
                column: kind == "f" for column, kind in PREDEFINED.items() if column.startswith("object_")
            },
        )
        self.object_numbers = self.kinds.numbers & set(self.objects)


def _free_name(column: str, taken: set[str]) -> str:
    """Return what a column of objects is called in a batch: without its prefix, unless another one is called so."""
    short = column.removeprefix("object_")
    names = (short, column, *(f"{column}_{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def _make_batch(files: Files, block: Block, layout: _Layout, seen: set[int]) -> Batch:
    block = _with_object_id(block)
    block = first_lines_only(block, block.columns["object_id"], block.column("img_file_name"), seen)
    ids = block.columns["object_id"]
    samples, acquisitions = names_of(block)
    images, missing = _find_images(files, block, ids)
    rows = make_rows(
        {
            "object_id": ids,
            "file": [block.file] * len(block),
            "line": block.lines,
            "image": images,
            "rank": parsed(block, "img_rank", parse_rank, -1, ids),
            "sample": samples,
            "acquisition": acquisitions,
            "datetime": _join_times(block, ids),
            "latitude": parsed_numbers(block, "object_lat", parse_latitude, 90, ids),
            "longitude": parsed_numbers(block, "object_lon", parse_longitude, 180, ids),
            "depth_min": parsed_numbers(block, "object_depth_min", parse_depth, DEEPEST, ids),
            "depth_max": parsed_numbers(block, "object_depth_max", parse_depth, DEEPEST, ids),
        }
    )
    free = {name: layout.kinds.convert(block, column, ids) for column, name in layout.objects.items()}
    parents = frames(block, (samples, acquisitions), (layout.samples, layout.acquisitions), layout.kinds)
    metadata = make_frame(free, rows.index)
    return Batch(rows, metadata, *parents, block.problems, missing)


def _with_object_id(block: Block) -> Block:
    has_id = block.columns["object_id"] != ""
    has_id = has_id.astype(bool)
    block.report_lines(
        np.flatnonzero(~has_id).tolist(),
        lambda _: "The line has no object_id; it was left out.",
        block.columns["object_id"],
        lost=True,
    )
    return block.take(has_id)


def _find_images(files: Files, block: Block, ids: np.ndarray) -> tuple[list[str | None], int]:
    """Return the image of every line, and how many of those that are named do not exist."""
    folder = posixpath.dirname(block.file)
    # Exports split by sample have the images of ecotaxa_SAMPLE.tsv in a folder SAMPLE beside it.
    of_part = posixpath.join(folder, _PART.sub("", posixpath.basename(block.file)))
    names = block.column("img_file_name")
    images: list[str | None] = []
    gone = []
    for row, listed in enumerate(names):
        image = resolve_image(folder, listed) if listed else None
        if image is not None and not files.exists(image):
            image = resolve_image(of_part, listed)
            if not files.exists(image):
                gone.append(row)
                image = None
        images.append(image)

    def reason(row: int) -> str:
        return f"The image '{names[row]}' does not exist; the object was taken without it."

    block.report_lines(gone, reason, ids, lost=False)
    return images, len(gone)


def resolve_image(folder: str, listed: str) -> str:
    r"""
    Return the name of an image below the image root.

    Parameters
    ----------
    folder : str
        Folder of the table, below the image root.
    listed : str
        Image as the table names it: relative to the table, or absolute; ``\`` counts as ``/``.
    """
    image = listed.replace("\\", "/")
    if image.startswith("/") or re.match(r"[A-Za-z]:/", image):
        return image
    joined = f"{folder}/{image}" if folder else image
    return posixpath.normpath(joined) if "./" in joined or "//" in joined else joined


def _join_times(block: Block, ids: np.ndarray) -> list[str | None]:
    dates = parsed(block, "object_date", parse_date, None, ids)
    times = parsed(block, "object_time", parse_time, None, ids)
    if "object_time" in block.columns:
        written = block.column("object_date")
        dateless = {row: "has no date" for row, time in enumerate(times) if time and not written[row]}
        block.report_cells("object_time", {row: f"the time {why}" for row, why in dateless.items()}, ids)
    return [f"{day}T{time}" if day and time else day for day, time in zip(dates, times, strict=True)]
