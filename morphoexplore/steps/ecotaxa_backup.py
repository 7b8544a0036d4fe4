"""
``export --format ecotaxa-backup``: objects, metadata, annotations and images, as EcoTaxa imports them, and as ``add`` reads them.

One folder per sample with its table and images. Annotations are those that the objects brought along; the morphs are free
columns beside them. What EcoTaxa cannot take is left out and listed, object by object.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from morphoexplore.errors import ProjectError, WrongValueError
from morphoexplore.reading.batches import UNKNOWN
from morphoexplore.reading.ecotaxa_rules import MOST_TABLES, PREDEFINED, STATES
from morphoexplore.records import Progress, silent
from morphoexplore.steps import columns, pixel_size
from morphoexplore.steps.ecotaxa_classification import LONGEST_ID, is_sendable
from morphoexplore.steps.ecotaxa_columns import OF_MORPHS, OF_ROWS, Column, Plan, plan_columns
from morphoexplore.steps.ecotaxa_images import Images, Names
from morphoexplore.steps.left_out import LeftOut
from morphoexplore.store import arrays, objects, tree
from morphoexplore.store import taxa as taxon_store
from morphoexplore.store.project import Project
from morphoexplore.store.schema import ORIGINS
from morphoexplore.writing.ecotaxa_bundle import Bundle, Table, bundling

NAME = "ecotaxa_backup.zip"
PART = 5_000  # objects written at once
STATE, CATEGORY, NUMBER = "annotation_status", "annotation_category", "annotation_category_id"
ANNOTATION = (STATE, CATEGORY, NUMBER)
WORDS = {"p": "predicted", "v": "validated", "d": "dubious", "x": "discarded"}  # codes in some exports
NOTHING = ("", "noid", "unclassified")
PIXEL_SIZE = "pixel_size_mm"
NO_IMAGE = "it has no image that can be read, and EcoTaxa takes no object without."
RESERVED = re.compile(
    r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE
)  # names that Windows does not have

Cells = list[Any]


def write_backup(project: Project, path: Path, *, progress: Progress = silent) -> dict[str, Any]:
    """
    Write everything as EcoTaxa imports it.

    Parameters
    ----------
    path : Path
        A ``.zip``, or a folder that is not there yet.

    Returns
    -------
    report : dict
        ``file``, ``rows`` (images), ``objects``, ``notes``, ``left_out`` (CSV of what was left out, or None).

    Raises
    ------
    ProjectError
        If no object has an image, or nothing can be written.
    """
    if path.suffix and path.suffix.lower() != ".zip":
        message = f"{path.name} is one file, but a backup has tables and images. Name a .zip or a folder."
        raise WrongValueError(message)
    with LeftOut() as left_out, _Backup(project, left_out) as backup:
        with bundling(path) as bundle:
            backup.write(bundle, progress)
            if not backup.objects:
                message = f"There is nothing that EcoTaxa could import: {'; '.join(left_out.notes())}"
                raise ProjectError(message)
        listed = left_out.write(path)
        return backup.report(path) | {"left_out": None if listed is None else str(listed)}


def preview_backup(project: Project) -> dict[str, Any]:
    """Return what :func:`write_backup` would write, as far as can be told without reading the images."""
    with LeftOut() as left_out, _Backup(project, left_out) as backup:
        backup.write(None, silent)
        return backup.report(Path(NAME))


class _Backup:
    """A backup that is being written."""

    def __init__(self, project: Project, left_out: LeftOut) -> None:
        self.project, self.left_out = project, left_out
        self.objects = self.rows = 0
        self.notes: dict[str, int] = {}
        self._images = Images(project, left_out, self._note)

    def __enter__(self) -> _Backup:
        return self

    def __exit__(self, *_: object) -> None:
        self._images.close()

    def report(self, path: Path) -> dict[str, Any]:
        """Return what was written, and what was not as the project has it."""
        said = [text.format(count=f"{count:,}") for text, count in self.notes.items()]
        notes = [*self.plan.notes, *said, *self.left_out.notes()]
        return {"file": str(path), "rows": self.rows, "objects": self.objects, "notes": notes}

    def _note(self, text: str, count: int = 1) -> None:
        self.notes[text] = self.notes.get(text, 0) + count

    # ------------------------------------------------------------------------------------- the whole

    def write(self, bundle: Bundle | None, progress: Progress) -> None:
        """Write all samples; without a bundle only count."""
        project = self.project
        self.node, self.origin = tree.membership(project)
        self.nodes = tree.nodes(project)
        self.with_morphs = bool((self.node != tree.FREE).any())
        self.arrays = columns.newest(project)
        self._read_parents()
        self.plan = self._plan()
        self.terms = {
            column.name: objects.terms(project, self.arrays[column.name].array_id)
            for column in self.plan.objects
            if columns.is_text(self.arrays[column.name])
        }
        self._readers = {
            column.name: arrays.RowReader(project, self.arrays[column.name]) for column in self.plan.objects
        }
        self.names_of = self._names_of()
        places, names = objects.samples_of(project)
        tables = self._tables(places, names)
        total = sum(-(-len(numbers) // PART) for _, numbers in tables)
        headers, types = self._header()
        steps = self._each(bundle, tables, headers, types)
        for _ in progress(steps, label="writing", total=total):
            pass

    def _each(
        self,
        bundle: Bundle | None,
        tables: list[tuple[str, np.ndarray]],
        headers: list[str],
        types: list[str],
    ) -> Iterator[None]:
        for folder, numbers in tables:
            names = Names()
            parts = [numbers[start : start + PART] for start in range(0, len(numbers), PART)]
            if bundle is None:
                for part in parts:
                    self._write_part(None, None, folder, part, names)
                    yield
                continue
            with bundle.table(f"{folder}/ecotaxa_{folder}.tsv", headers, types) as table:
                for part in parts:
                    self._write_part(bundle, table, folder, part, names)
                    yield

    def _plan(self) -> Plan:
        kinds = {name: "t" if columns.is_text(array) else "f" for name, array in self.arrays.items()}
        samples = dict.fromkeys(key for row in self.samples.values() for key in row)
        acquisitions = dict.fromkeys(key for _, _, row in self.acquisitions.values() for key in row)
        texts = [name for name, kind in kinds.items() if kind == "t"]
        empty = {name for name in texts if not objects.terms(self.project, self.arrays[name].array_id)}
        return plan_columns(kinds, samples, acquisitions, empty=empty, with_morphs=self.with_morphs)

    def _header(self) -> tuple[list[str], list[str]]:
        kinds = {"img_file_name": "t", "img_rank": "f"}
        kinds |= dict(zip(OF_ROWS, "tffttff", strict=True))
        kinds |= {column.header: column.kind for column in self.plan.objects}
        kinds |= OF_MORPHS if self.with_morphs else {}
        kinds |= {"sample_id": "t"} | {column.header: column.kind for column in self.plan.samples}
        kinds |= {"acq_id": "t"} if self.has_acquisitions or self.plan.acquisitions else {}
        kinds |= {column.header: column.kind for column in self.plan.acquisitions}
        return list(kinds), [f"[{kind}]" for kind in kinds.values()]

    def _tables(self, places: np.ndarray, names: list[str]) -> list[tuple[str, np.ndarray]]:
        """Return the folder of every table, and its objects: one table per sample, or more samples in one if there are too many."""
        order = np.argsort(places, kind="stable")
        found: dict[str, list[np.ndarray]] = {}
        starts = np.flatnonzero(np.diff(places[order], prepend=-1))
        stretches = np.split(order, starts[1:]) if len(order) else []
        by_sample: dict[str, list[np.ndarray]] = {}
        for numbers in stretches:
            by_sample.setdefault(names[places[numbers[0]]], []).append(numbers)
        if len(by_sample) > MOST_TABLES:
            size = -(-len(by_sample) // MOST_TABLES)
            keys = [f"part_{1 + place // size:04d}" for place in range(len(by_sample))]
            self._note(f"EcoTaxa takes {MOST_TABLES} tables at most, so that {size} samples share one.")
        else:
            keys = _folders(list(by_sample))
        for key, pieces in zip(keys, by_sample.values(), strict=True):
            found.setdefault(key, []).extend(pieces)
        return [(key, np.sort(np.concatenate(pieces))) for key, pieces in found.items()]

    # ------------------------------------------------------------------------------------- parents

    def _read_parents(self) -> None:
        """Read samples and acquisitions; an acquisition that two samples have gets a name for each, as EcoTaxa wants it."""
        with self.project.read() as conn:
            sample_rows = conn.execute("SELECT sample_id, name, metadata FROM sample").fetchall()
            rows = conn.execute(
                "SELECT acquisition_id, sample_id, name, pixel_size, metadata FROM acquisition"
            ).fetchall()
        self.sample_names = {row[0]: row[1] for row in sample_rows}
        self.samples = {row[0]: json.loads(row[2]) for row in sample_rows}
        named = [row["name"] for row in rows if row["name"] != UNKNOWN]
        twice = {name for name in named if named.count(name) > 1} if len(set(named)) < len(named) else set()
        self.acquisitions: dict[int, tuple[int, str | None, dict[str, Any]]] = {}
        for row in rows:
            name: str | None = None if row["name"] == UNKNOWN else row["name"]
            if name in twice:
                name = f"{self.sample_names[row['sample_id']]}_{name}"[:LONGEST_ID]
                self._note(
                    "{count} acquisitions have a name that another sample's have too; EcoTaxa has each once, so they are called "
                    "by sample and acquisition."
                )
            metadata = json.loads(row["metadata"])
            if row["pixel_size"] is not None and pixel_size.stated(metadata) is None:
                metadata[PIXEL_SIZE] = row["pixel_size"]
            self.acquisitions[row["acquisition_id"]] = (row["sample_id"], name, metadata)
        self.has_acquisitions = any(name is not None for _, name, _ in self.acquisitions.values())

    def _parent_cells(self, acquisition_id: int) -> Cells:
        """Return the cells of an acquisition and its sample, made once."""
        known = self.parents.get(acquisition_id)
        if known is None:
            sample_id, name, metadata = self.acquisitions[acquisition_id]
            known = [self.sample_names[sample_id]]
            known += [
                self._text(self.samples[sample_id].get(column.name), column) for column in self.plan.samples
            ]
            if self.has_acquisitions or self.plan.acquisitions:
                known.append(name)
            known += [
                name if not column.name else self._text(metadata.get(column.name), column)
                for column in self.plan.acquisitions
            ]
            self.parents[acquisition_id] = known
        return known

    parents: dict[int, Cells]
    titles: dict[int, Cells]

    # ------------------------------------------------------------------------------------- rows

    def _write_part(
        self,
        bundle: Bundle | None,
        table: Table | None,
        folder: str,
        numbers: np.ndarray,
        names: Names,
    ) -> None:
        wanted = json.dumps(numbers.tolist())
        with self.project.read() as conn:
            rows = conn.execute(
                "SELECT object, object_id, acquisition_id, datetime, latitude, longitude, depth_min, depth_max FROM object "
                "WHERE object IN (SELECT value FROM json_each(?)) ORDER BY object",
                (wanted,),
            ).fetchall()
            found = conn.execute(
                "SELECT object, rank, source_id, path, problem, width FROM image "
                "WHERE object IN (SELECT value FROM json_each(?)) ORDER BY object, rank",
                (wanted,),
            ).fetchall()
        images: dict[int, list[tuple[int, str]]] = {}
        ids = {row["object"]: row["object_id"] for row in rows}
        for row in found:
            if is_sendable(ids[row["object"]]):
                name = self._images.put(bundle, folder, row, ids[row["object"]], names)
                if name is not None:
                    images.setdefault(row["object"], []).append((row["rank"], name))
        cells = self._metadata(numbers)
        written: list[Cells] = []
        for place, row in enumerate(rows):
            if not is_sendable(row["object_id"]):
                reason = f"EcoTaxa has no object_id that is empty, over {LONGEST_ID} characters, or holds tabs or line ends."
                self.left_out.add([row["object_id"]], "object", reason)
                continue
            if row["object"] not in images:
                self.left_out.add([row["object_id"]], "object", NO_IMAGE)
                continue
            rest = [
                *self._fields(row),
                *self._annotated([column[place] for column in cells], row["object_id"]),
                *self._morph(row["object"]),
                *self._parent_cells(row["acquisition_id"]),
            ]
            written += [[name, rank, *rest] for rank, name in images[row["object"]]]
            self.objects += 1
        self.rows += len(written)
        if table is not None:
            table.write(written)

    def _fields(self, row: Any) -> Cells:
        day, _, time = (row["datetime"] or "").partition("T")
        whole, dot, _ = time.partition(".")
        if dot:
            self._note("{count} times have fractions of seconds, which EcoTaxa has not; they were left out.")
        return [
            row["object_id"],
            row["latitude"],
            row["longitude"],
            day.replace("-", "") or None,
            whole.replace(":", "") or None,
            row["depth_min"],
            row["depth_max"],
        ]

    def _metadata(self, numbers: np.ndarray) -> list[Cells]:
        """Return the cells of each metadata column of some objects."""
        return [self._column(column, numbers) for column in self.plan.objects]

    def _column(self, column: Column, numbers: np.ndarray) -> Cells:
        array = self.arrays[column.name]
        is_there = numbers < array.stop
        values = self._readers[column.name].rows(numbers[is_there])
        if columns.is_text(array):
            codes = np.full(len(numbers), objects.EMPTY)
            codes[is_there] = values
            return self._texts(column, codes)
        filled = np.full(len(numbers), np.nan)
        filled[is_there] = values
        if np.isneginf(filled).any():
            self._note(
                f"{{count}} values of {column.name} are -inf, which EcoTaxa does not take; the cells are empty."
            )
        if column.name == NUMBER or PREDEFINED.get(column.header) == "t":
            return [self._number(value, column) for value in filled.tolist()]
        cells = filled.astype(object)
        cells[np.isnan(filled) | np.isneginf(filled)] = None
        return list(cells)

    def _texts(self, column: Column, codes: np.ndarray) -> Cells:
        """Return the texts of codes, each looked at once where few stand in many rows."""
        texts = self.terms[column.name]
        different, counts = np.unique(codes, return_counts=True)
        known = {
            code: self._text(texts[code], column, count)
            for code, count in zip(different.tolist(), counts.tolist(), strict=True)
            if code >= 0
        }
        return [known.get(code) for code in codes.tolist()]

    def _number(self, value: float, column: Column) -> float | str | None:
        """Return a number in a column that EcoTaxa reads as text, or as a whole number: 45072, 20140420, 0420."""
        if math.isnan(value) or math.isinf(value):
            return None
        if value.is_integer():
            digits = str(int(value))
            return digits.zfill(4 if len(digits) <= 4 else 6) if column.name == "annotation_time" else digits
        return value

    def _text(self, value: Any, column: Column, count: int = 1) -> str | None:
        """Return the text of a cell, on one line and as long as EcoTaxa can hold."""
        if value is None or value == "":
            return None
        text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        if not text.isprintable():
            one_line = text.replace("\x00", "").translate(dict.fromkeys(map(ord, "\t\r\n"), " ")).strip()
            if one_line != text:
                self._note(
                    f"{{count}} texts of {column.header} hold tabs or line ends; these are spaces.", count
                )
            text = one_line
        if len(text) > column.most:
            self._note(f"{{count}} texts of {column.header} were cut to {column.most} characters.", count)
            text = text[: column.most - 1].rstrip() + "\u2026"
        return text

    def _annotated(self, cells: Cells, object_id: str) -> Cells:
        """Return cells with a state and category that EcoTaxa takes together, or without both."""
        state, category, number = (self._cell(cells, name) for name in ANNOTATION)
        word = WORDS.get(str(state or "").strip().lower(), str(state or "").strip().lower())
        if word in NOTHING:
            reason = "it has a category without a state" if category or number else None
            word = ""
        elif word not in STATES:
            reason = f"EcoTaxa has no state {word!r}"
        elif not category and not number:
            reason = "it has a state without a category"
        else:
            reason = None
        if reason is None and word and CATEGORY in self.place and not category:
            category = self.names_of.get(str(number))
            if category is None:
                reason = (
                    "its category has a number, but no name that is known (give a list: morphoexplore taxa)"
                )
        if reason is not None:
            self.left_out.add([object_id], "annotation", f"{reason}.")
            word, category, number = "", None, None
        for name, value in zip(ANNOTATION, (word or None, category, number), strict=True):
            if name in self.place:
                cells[self.place[name]] = value
        return cells

    def _cell(self, cells: Cells, name: str) -> Any:
        return cells[self.place[name]] if name in self.place else None

    def _names_of(self) -> dict[str, str]:
        """Note where the annotations stand, and return names for category numbers, as the lists of taxa have them."""
        self.parents, self.titles = {}, {}
        self.place = {column.name: place for place, column in enumerate(self.plan.objects)}
        table = taxon_store.listing(self.project)
        known = table[table["ecotaxa_id"].notna()]
        return dict(zip(known["ecotaxa_id"].astype(str), known["display_name"], strict=True))

    def _morph(self, number: int) -> Cells:
        if not self.with_morphs:
            return []
        node_id = int(self.node[number])
        if node_id == tree.FREE:
            return [None] * len(OF_MORPHS)
        if node_id not in self.titles:
            texts = zip(
                list(OF_MORPHS)[1:3],
                (self.nodes[node_id].title, tree.path_of(self.nodes, node_id)),
                strict=True,
            )
            self.titles[node_id] = [self._text(text, Column("", header, "t")) for header, text in texts]
        return [node_id, *self.titles[node_id], ORIGINS[self.origin[number]]]


def _folders(names: list[str]) -> list[str]:
    """Return a name for the folder of every sample that any system can have, and no two alike."""
    taken: set[str] = set()
    found = []
    for name in names:
        plain = re.sub(r"[^\w.+ -]", "_", name)[:80].strip(" .") or "sample"
        plain = f"{plain}_" if RESERVED.fullmatch(plain) else plain
        folder, number = plain, 2
        while folder.casefold() in taken:
            folder = f"{plain}_{number}"
            number += 1
        taken.add(folder.casefold())
        found.append(folder)
    return found
