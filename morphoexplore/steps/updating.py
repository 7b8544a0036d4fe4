"""``add --update``: new metadata for objects that are there, with the old values remembered."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.reading.batches import UNKNOWN
from morphoexplore.records import Batch, Problem
from morphoexplore.steps import columns, pixel_size
from morphoexplore.steps.columns import as_text
from morphoexplore.store import objects
from morphoexplore.store.project import Project
from morphoexplore.store.runs import Run

FIELDS = ("datetime", "latitude", "longitude", "depth_min", "depth_max")
PARENTS = ["sample", "acquisition"]

Change = tuple[str, int, str, str | None, str | None]  # level, row, column, old, new


class Updates:
    """
    What a source says about objects that are in the project.

    An empty cell never changes anything: a file that lacks a value does not know better. No object moves to
    another sample or acquisition.
    """

    def __init__(self, project: Project, run: Run) -> None:
        self._project = project
        self._run = run
        self._objects = objects.frame(project)
        self._cells: dict[str, list[pd.Series]] = {}
        self._fields: dict[str, list[pd.Series]] = {}
        self._samples: list[pd.DataFrame] = []
        self._acquisitions: list[pd.DataFrame] = []

    def gather(self, batch: Batch, numbers: np.ndarray, is_old: np.ndarray) -> list[Problem]:
        """
        Keep the filled cells of a batch; return what cannot be updated.

        Parameters
        ----------
        numbers : array of float, shape (n,)
            Object numbers of the batch's rows.
        is_old : array of bool, shape (n,)
            Rows whose object is in the project.
        """
        index = numbers[is_old].astype(np.int64)
        for target, table, names in (
            (self._cells, batch.metadata, list(batch.metadata.columns)),
            (self._fields, batch.rows, list(FIELDS)),
        ):
            for name in names:
                values = pd.Series(table[name].to_numpy()[is_old], index=index)
                target.setdefault(str(name), []).append(values[values.notna()])
        rows, there = batch.rows[is_old], self._objects.iloc[index]
        says, is_so = rows[PARENTS].to_numpy(), there[PARENTS].to_numpy()
        is_moved = ((says != is_so) & (says != UNKNOWN)).any(axis=1)
        stay = rows[PARENTS][(says == is_so).all(axis=1)]
        self._samples.append(batch.samples[batch.samples.index.isin(stay["sample"])])
        keys = pd.MultiIndex.from_frame(stay)
        self._acquisitions.append(batch.acquisitions[batch.acquisitions.index.isin(keys)])
        return [*_unknown(batch.rows[~is_old]), *_moved(rows[is_moved], there[is_moved])]

    def commit(self, size: float | None) -> dict[str, int]:
        """
        Write what differs in one transaction; return how many values changed, by level and column: ``object area``.

        Parameters
        ----------
        size : float or None
            Side of a pixel (mm) for the acquisitions of the source that have none.
        """
        written, changes = self._write_columns()
        with self._project.write() as conn:
            columns.enter(conn, written, run_id=self._run.run_id)
            changed = [
                *changes,
                *self._change_fields(conn),
                *self._change_samples(conn),
                *self._change_acquisitions(conn, size),
            ]
            conn.executemany(
                "INSERT INTO change (run_id, level, row_id, column_name, old, new) VALUES (?, ?, ?, ?, ?, ?)",
                [(self._run.run_id, *row) for row in changed],
            )
        counts = Counter(f"{level} {column}" for level, _, column, _, _ in changed)
        return dict(counts.most_common())

    def _write_columns(self) -> tuple[list[columns.Column], list[Change]]:
        """Write the columns that differ; return them with their changes."""
        written: list[columns.Column] = []
        changes: list[Change] = []
        known = columns.newest(self._project)
        for name, pieces in self._cells.items():
            later = _last(pieces)
            if not len(later):
                continue
            array = known.get(name)
            if array is None:
                column = np.full(len(self._objects), None if later.dtype == object else np.nan)
            else:
                column = np.array(objects.metadata(self._project, name))
            values, numbers = later.to_numpy(), later.index.to_numpy()
            if values.dtype == object or column.dtype == object:
                values, column = as_text(values), as_text(column)
            differs = values != column[numbers]
            if not differs.any():
                continue
            values, numbers = values[differs], numbers[differs]
            changes += _changes(name, numbers, column[numbers], values)
            column[numbers] = values
            written.append(columns.prepare_whole(self._project, self._run, name, array, column))
        return written, changes

    def _change_fields(self, conn: sqlite3.Connection) -> Iterator[Change]:
        for name, pieces in self._fields.items():
            later = _last(pieces)
            old = self._objects[name].iloc[later.index].to_numpy(dtype=object)
            values = later.to_numpy(dtype=object)
            differs = values != old
            values, numbers = values[differs], later.index.to_numpy()[differs]
            conn.executemany(
                f"UPDATE object SET {name} = ? WHERE object = ?",
                zip(values.tolist(), numbers.tolist(), strict=True),
            )
            yield from _changes(name, numbers, old[differs], values)

    def _change_samples(self, conn: sqlite3.Connection) -> Iterator[Change]:
        rows = conn.execute("SELECT name, sample_id, metadata FROM sample").fetchall()
        known = {row["name"]: row for row in rows}
        for name, record in _records(self._samples).items():
            row = known[name]
            yield from _change_json(conn, "sample", row["sample_id"], row["metadata"], record)

    def _change_acquisitions(self, conn: sqlite3.Connection, size: float | None) -> Iterator[Change]:
        rows = conn.execute(
            "SELECT s.name AS sample, a.name AS acquisition, acquisition_id, a.metadata, pixel_size "
            "FROM acquisition a JOIN sample s USING (sample_id)"
        ).fetchall()
        known = {(row["sample"], row["acquisition"]): row for row in rows}
        for key, record in _records(self._acquisitions).items():
            row = known[key]
            number, old = row["acquisition_id"], row["pixel_size"]
            yield from _change_json(conn, "acquisition", number, row["metadata"], record)
            new = pixel_size.stated(record) or old or size
            if new != old:
                conn.execute("UPDATE acquisition SET pixel_size = ? WHERE acquisition_id = ?", (new, number))
                yield ("acquisition", number, "pixel_size", _text(old), _text(new))


def _unknown(rows: pd.DataFrame) -> list[Problem]:
    reason = "The project has no such object, so nothing of it was updated. Add it without --update."
    rows = rows.drop_duplicates("object_id")
    return [
        Problem(file, int(line), object_id, reason)
        for file, line, object_id in zip(rows["file"], rows["line"], rows["object_id"], strict=True)
    ]


def _moved(rows: pd.DataFrame, there: pd.DataFrame) -> list[Problem]:
    reason = (
        "The line says sample {0}, acquisition {1}; the object stays in sample {2}, acquisition {3}: an update "
        "moves no objects."
    )
    return [
        Problem(line[0], int(line[1]), line[2], reason.format(*line[3:], *place))
        for line, place in zip(
            rows[["file", "line", "object_id", *PARENTS]].itertuples(index=False, name=None),
            there[PARENTS].itertuples(index=False, name=None),
            strict=True,
        )
    ]


def _last(pieces: list[pd.Series]) -> pd.Series:
    """Return one value per object; where several lines say something, the last counts."""
    filled = [piece for piece in pieces if len(piece)]
    later = pd.concat(filled) if filled else pd.Series(dtype=object)
    return later[~later.index.duplicated(keep="last")]


def _records(tables: list[pd.DataFrame]) -> dict[Any, dict[str, Any]]:
    """Return the filled cells of every sample or acquisition; a table without columns has rows too."""
    found: dict[Any, dict[str, Any]] = {}
    for table in tables:
        for place, key in enumerate(table.index):
            cells = zip(table.columns, table.iloc[place].tolist(), strict=True)
            found.setdefault(key, {}).update(
                {str(name): value for name, value in cells if not pd.isna(value)}
            )
    return found


def _change_json(
    conn: sqlite3.Connection, level: str, number: int, text: str, record: dict[str, Any]
) -> Iterator[Change]:
    metadata = json.loads(text)
    later = {name: value for name, value in record.items() if metadata.get(name) != value}
    if later:
        conn.execute(
            f"UPDATE {level} SET metadata = ? WHERE {level}_id = ?", (json.dumps(metadata | later), number)
        )
    for name, value in later.items():
        yield (level, number, name, _text(metadata.get(name)), _text(value))


def _changes(name: str, numbers: np.ndarray, old: np.ndarray, new: np.ndarray) -> Iterator[Change]:
    for number, before, after in zip(numbers.tolist(), old.tolist(), new.tolist(), strict=True):
        yield ("object", number, name, _text(before), _text(after))


def _text(value: Any) -> str | None:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    return f"{value:.15g}" if isinstance(value, float) else str(value)
