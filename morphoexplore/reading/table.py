"""
A CSV with one line per image: a column with the path of the image, and whatever else is known.

Columns that say where and when are recognised by their usual names; every other column, ``label`` included,
is metadata under its own name.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from morphoexplore.errors import SourceError
from morphoexplore.reading.batches import (
    UNKNOWN,
    bare_parents,
    first_lines_only,
    make_frame,
    make_rows,
    parsed,
    parsed_numbers,
    with_problems,
)
from morphoexplore.reading.delimited import Block, Table, open_table, read_blocks
from morphoexplore.reading.ecotaxa import resolve_image
from morphoexplore.reading.files import Files, FolderFiles
from morphoexplore.reading.kinds import ColumnKinds
from morphoexplore.reading.values import (
    DEEPEST,
    parse_depth,
    parse_latitude,
    parse_longitude,
    parse_rank,
    parse_time,
    parse_timestamp,
)
from morphoexplore.records import Batch, Source

#: Names under which a column is recognised, best first; case does not matter.
NAMES = {
    "image": ("path", "image", "file", "img_file_name", "filename"),
    "object_id": ("object_id", "id", "name"),
    "sample": ("sample", "sample_id"),
    "acquisition": ("acquisition", "acq_id"),
    "datetime": ("datetime", "timestamp"),
    "date": ("date", "object_date"),
    "time": ("time", "object_time"),
    "latitude": ("latitude", "lat", "object_lat"),
    "longitude": ("longitude", "lon", "object_lon"),
    "depth": ("depth",),
    "depth_min": ("depth_min", "object_depth_min"),
    "depth_max": ("depth_max", "object_depth_max"),
    "rank": ("rank", "img_rank"),
}


def find_columns(table: Table) -> dict[str, str]:
    """
    Tell which column of a table plays which part.

    Returns
    -------
    roles : dict of str to str
        Column by part; the parts are the keys of :data:`NAMES`.
    """
    known = {column.lower(): column for column in reversed(table.columns)}
    roles = {}
    for role, names in NAMES.items():
        found = next((known[name] for name in names if name in known), None)
        if found is not None:
            roles[role] = found
    if "datetime" not in roles and "date" not in roles:
        roles.pop("time", None)
    return roles


def open_csv(path: Path) -> Source:
    """
    Open a CSV with paths of images as a source.

    Parameters
    ----------
    path : Path
        The CSV; separators are found out, images are relative to its folder or absolute.

    Raises
    ------
    SourceError
        No column with paths.
    """
    files = FolderFiles(path.parent)
    table = open_table(files, path.name)
    if "image" not in find_columns(table):
        has = ", ".join(table.columns) or "none"
        message = (
            f"{path} has no column path with the images (nor image, file, filename). Its columns: {has}."
        )
        raise SourceError(message)
    layout = f"table with {len(table.columns)} columns"
    return Source(path, "table", path.parent, partial(_read_batches, table), layout)


def _read_batches(table: Table) -> Iterator[Batch]:
    yield from with_problems(_each_batch(table), list(table.problems))


def _each_batch(table: Table) -> Iterator[Batch]:
    roles = find_columns(table)
    if roles.get("object_id", "object_id").lower() != "object_id" and not _is_unique(
        table, roles["object_id"]
    ):
        # A column "name" that repeats itself names something else, a class for example.
        del roles["object_id"]
    free = [column for column in table.columns if column not in roles.values()]
    kinds = ColumnKinds([table], lambda _: free, trusted=lambda _: True)
    seen: set[int] = set()
    taken: set[str] = set()
    for block in read_blocks(table, numbers=kinds.numbers):
        yield _make_batch(table.files, block, roles, (free, kinds), (seen, taken))


def _is_unique(table: Table, column: str) -> bool:
    seen: set[str] = set()
    for block in read_blocks(table, only=[column]):
        cells = block.columns[column].tolist()
        before = len(seen)
        seen.update(cells)
        if len(seen) < before + len(cells) or "" in seen:
            return False
    return True


def _make_batch(
    files: Files,
    block: Block,
    roles: dict[str, str],
    columns: tuple[list[str], ColumnKinds],
    met: tuple[set[int], set[str]],
) -> Batch:
    named = int((block.columns[roles["image"]] != "").sum())
    block = _with_image(files, block, roles["image"])
    missing = named - len(block)
    if "object_id" in roles:
        block = _with_object_id(block, roles["object_id"])
        block = first_lines_only(
            block, block.columns[roles["object_id"]], block.columns[roles["image"]], met[0]
        )
        ids = block.columns[roles["object_id"]]
    else:
        block, ids = _ids_of_paths(block, roles["image"], met[1])
    rows = make_rows(_row_columns(block, roles, ids))
    free, kinds = columns
    metadata = make_frame({column: kinds.convert(block, column, ids) for column in free}, rows.index)
    samples, acquisitions = bare_parents(rows["sample"].tolist(), rows["acquisition"].tolist())
    return Batch(rows, metadata, samples, acquisitions, block.problems, missing)


def _row_columns(block: Block, roles: dict[str, str], ids: np.ndarray) -> dict[str, object]:
    depth = parsed_numbers(block, roles.get("depth"), parse_depth, DEEPEST, ids)
    deep_min = parsed_numbers(block, roles.get("depth_min"), parse_depth, DEEPEST, ids)
    deep_max = parsed_numbers(block, roles.get("depth_max"), parse_depth, DEEPEST, ids)
    return {
        "object_id": ids,
        "file": [block.file] * len(block),
        "line": block.lines,
        "image": [resolve_image("", listed) for listed in block.columns[roles["image"]]],
        "rank": parsed(block, roles.get("rank"), parse_rank, -1, ids),
        "sample": _named(block, roles.get("sample")),
        "acquisition": _named(block, roles.get("acquisition")),
        "datetime": _join_times(block, roles, ids),
        "latitude": parsed_numbers(block, roles.get("latitude"), parse_latitude, 90, ids),
        "longitude": parsed_numbers(block, roles.get("longitude"), parse_longitude, 180, ids),
        "depth_min": np.where(np.isnan(deep_min), depth, deep_min),
        "depth_max": np.where(np.isnan(deep_max), depth, deep_max),
    }


def _with_image(files: Files, block: Block, column: str) -> Block:
    names = block.columns[column]
    exists = [bool(listed) and files.exists(resolve_image("", listed)) for listed in names]

    def reason(row: int) -> str:
        if not names[row]:
            return f"The line has no image in column {column}; it was left out."
        return f"The image '{names[row]}' does not exist; the line was left out."

    keep = np.array(exists, dtype=bool)
    block.report_lines(np.flatnonzero(~keep).tolist(), reason, np.full(len(block), None), lost=True)
    return block.take(keep)


def _with_object_id(block: Block, column: str) -> Block:
    has_id = (block.columns[column] != "").astype(bool)
    block.report_lines(
        np.flatnonzero(~has_id).tolist(),
        lambda _: f"The line has no {column}; it was left out.",
        block.columns[column],
        lost=True,
    )
    return block.take(has_id)


def id_of_path(listed: str) -> str:
    """Return the id of an object that has no other than the path of its image, as the table lists it."""
    return posixpath.splitext(resolve_image("", listed.strip()))[0]


def _ids_of_paths(block: Block, column: str, taken: set[str]) -> tuple[Block, np.ndarray]:
    ids = np.empty(len(block), dtype=object)
    keep = np.ones(len(block), dtype=bool)
    for row, listed in enumerate(block.columns[column]):
        ids[row] = id_of_path(listed)
        keep[row] = ids[row] not in taken
        taken.add(ids[row])

    def reason(row: int) -> str:
        return f"An earlier line has an image of the name '{ids[row]}' already; the line was left out."

    block.report_lines(np.flatnonzero(~keep).tolist(), reason, ids, lost=True)
    return block.take(keep), ids[keep]


def _named(block: Block, column: str | None) -> np.ndarray:
    names = block.column(column).copy()
    names[names == ""] = UNKNOWN
    return names


def _join_times(block: Block, roles: dict[str, str], ids: np.ndarray) -> list[str | None]:
    moments = parsed(block, roles.get("datetime"), parse_timestamp, None, ids)
    days = parsed(block, roles.get("date"), parse_timestamp, None, ids)
    times = parsed(block, roles.get("time"), _parse_clock, None, ids)
    joined = [
        f"{day}T{time}" if day and time and "T" not in day else day
        for day, time in zip(days, times, strict=True)
    ]
    return [moment or day for moment, day in zip(moments, joined, strict=True)]


def _parse_clock(text: str) -> str:
    return parse_time(f"{text}:00" if text.count(":") == 1 else text)
