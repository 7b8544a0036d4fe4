"""
``add --update``: new metadata for objects that are there, with the old values remembered.

A source is compared stretch by stretch with what is there, so that a million rows take no more memory than the columns that
change.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.reading.batches import UNKNOWN, acquisition_index
from morphoexplore.records import Batch, Problem
from morphoexplore.steps import columns, pixel_size
from morphoexplore.steps.columns import Texts
from morphoexplore.steps.parents import parents_of
from morphoexplore.steps.updated_columns import UpdatedColumn
from morphoexplore.store import acquisitions, arrays, objects
from morphoexplore.store.arrays import ArrayRecord
from morphoexplore.store.project import Project
from morphoexplore.store.runs import Run

PLACES = ("latitude", "longitude", "depth_min", "depth_max")
MOST_ALIKE = 100  # problems of a sort and stretch that are listed one by one

Key = tuple[str, str]  # sample and acquisition
Change = tuple[str, int, str, str | None, str | None]  # level, row, column, old, new


class Updates:
    """
    What a source says about objects that are in the project.

    An empty cell never changes anything: a file that lacks a value does not know better. No object moves to
    another sample or acquisition. What a sample or acquisition is said to have comes from lines of its own objects, or from
    a table without objects.

    Attributes
    ----------
    notes : list of str
        What a person might not expect of what was committed.
    """

    def __init__(self, project: Project, run: Run) -> None:
        self._project = project
        self._run = run
        self._arrays = columns.newest(project)
        self._owner, places, times, texts = objects.fields(project)
        self._fields = {"datetime": UpdatedColumn(Texts(times, texts))}
        self._fields |= {name: UpdatedColumn(places[:, number]) for number, name in enumerate(PLACES)}
        table = acquisitions.listing(project)
        self._keys: dict[int, Key] = dict(
            zip(table.index.tolist(), zip(table["sample"], table["acquisition"], strict=True), strict=True)
        )
        self._parents = parents_of(table)
        self.notes: list[str] = []
        self._cells: dict[str, UpdatedColumn] = {}
        self._samples: dict[str, dict[str, Any]] = {}
        self._acquisitions: dict[Key, dict[str, Any]] = {}

    def gather(self, batch: Batch, numbers: np.ndarray, is_old: np.ndarray) -> list[Problem]:
        """
        Compare a batch with what is there and keep what differs; return what cannot be updated.

        Parameters
        ----------
        numbers : array of float, shape (n,)
            Object numbers of the batch's rows.
        is_old : array of bool, shape (n,)
            Rows whose object is in the project.
        """
        if batch.parent_lines:
            samples, of_acquisitions, problems = self._parents.match(batch)
            _add_cells(self._samples, samples)
            _add_cells(self._acquisitions, of_acquisitions)
            return problems
        index = numbers[is_old].astype(np.int64)
        for name in batch.metadata.columns:
            values = batch.metadata[name].to_numpy()[is_old]
            if not pd.isna(values).all():
                self._column(str(name)).take(index, values)
        for name, column in self._fields.items():
            column.take(index, batch.rows[name].to_numpy()[is_old])
        rows = batch.rows[is_old]
        moved = self._gather_parents(batch, rows, index)
        return [*_unknown(batch.rows[~is_old]), *moved]

    def _column(self, name: str) -> UpdatedColumn:
        if name not in self._cells:
            array = self._arrays.get(name)
            self._cells[name] = UpdatedColumn(_values(self._project, array, len(self._owner)))
        return self._cells[name]

    def _gather_parents(self, batch: Batch, rows: pd.DataFrame, index: np.ndarray) -> list[Problem]:
        """Keep what lines say of the samples and acquisitions of their own objects; return lines that name others."""
        own = [self._keys[owner] for owner in self._owner[index].tolist()]
        said = list(zip(rows["sample"], rows["acquisition"], strict=True))
        is_moved = [_is_other(*pair) for pair in zip(said, own, strict=True)]
        pairs = {pair for pair, moved in zip(zip(said, own, strict=True), is_moved, strict=True) if not moved}
        samples = {there[0] for says, there in pairs if says[0] == there[0]}
        _add_cells(self._samples, batch.samples[batch.samples.index.isin(samples)])
        meant: dict[Key, set[Key]] = {}
        for says, there in pairs:
            if says[1] == there[1]:
                meant.setdefault(says, set()).add(there)
        # An acquisition whose sample is not named is that of its object; where these are several, nobody knows whose it is.
        clear = {says: next(iter(there)) for says, there in meant.items() if len(there) == 1}
        known = batch.acquisitions[batch.acquisitions.index.isin(list(clear))]
        _add_cells(
            self._acquisitions, known.set_axis(acquisition_index(clear[key] for key in known.index.tolist()))
        )
        places = np.flatnonzero(is_moved)
        return _moved(rows.iloc[places], [own[place] for place in places.tolist()])

    def told(self) -> dict[str, int]:
        """Return of how many samples and acquisitions of the project something was said."""
        return {
            "samples": sum(map(bool, self._samples.values())),
            "acquisitions": sum(map(bool, self._acquisitions.values())),
        }

    def commit(self, size: float | None) -> dict[str, int]:
        """
        Write what differs in one transaction; return how many values changed, by level and column: ``object area``.

        Parameters
        ----------
        size : float or None
            Side of a pixel (mm) for the acquisitions of the source that have none.
        """
        changing = {name: column for name, column in self._cells.items() if len(column.changed())}
        written = []
        for name, column in changing.items():
            array, values = self._arrays.get(name), column.joined()
            sentence = columns.turned_to_text(name, array, values)
            self.notes += [sentence] if sentence else []
            written.append(columns.prepare_whole(self._project, self._run, name, array, values))
        counts: Counter[str] = Counter()
        with self._project.write() as conn:
            columns.enter(conn, written, run_id=self._run.run_id)
            for change in (
                _of_objects(changing),
                self._change_fields(conn),
                self._change_samples(conn),
                self._change_acquisitions(conn, size),
            ):
                self._remember(conn, change, counts)
        return dict(counts.most_common())

    def _remember(self, conn: sqlite3.Connection, changes: Iterator[Change], counts: Counter[str]) -> None:
        def rows() -> Iterator[tuple[object, ...]]:
            for change in changes:
                counts[f"{change[0]} {change[2]}"] += 1
                yield (self._run.run_id, *change)

        conn.executemany(
            "INSERT INTO change (run_id, level, row_id, column_name, old, new) VALUES (?, ?, ?, ?, ?, ?)",
            rows(),
        )

    def _change_fields(self, conn: sqlite3.Connection) -> Iterator[Change]:
        changing = {name: column for name, column in self._fields.items() if len(column.changed())}
        for name, column in changing.items():
            numbers = column.changed()
            conn.executemany(
                f"UPDATE object SET {name} = ? WHERE object = ?",
                zip(column.values(numbers), numbers.tolist(), strict=True),
            )
        yield from _of_objects(changing)

    def _change_samples(self, conn: sqlite3.Connection) -> Iterator[Change]:
        rows = conn.execute("SELECT name, sample_id, metadata FROM sample").fetchall()
        known = {row["name"]: row for row in rows}
        for name, record in self._samples.items():
            row = known[name]
            yield from _change_json(conn, "sample", row["sample_id"], row["metadata"], record)

    def _change_acquisitions(self, conn: sqlite3.Connection, size: float | None) -> Iterator[Change]:
        rows = conn.execute(
            "SELECT s.name AS sample, a.name AS acquisition, acquisition_id, a.metadata, pixel_size "
            "FROM acquisition a JOIN sample s USING (sample_id)"
        ).fetchall()
        known = {(row["sample"], row["acquisition"]): row for row in rows}
        for key, record in self._acquisitions.items():
            row = known[key]
            number, old = row["acquisition_id"], row["pixel_size"]
            yield from _change_json(conn, "acquisition", number, row["metadata"], record)
            new = pixel_size.stated(record) or old or size
            if new != old:
                conn.execute("UPDATE acquisition SET pixel_size = ? WHERE acquisition_id = ?", (new, number))
                yield ("acquisition", number, "pixel_size", _text(old), _text(new))


def _values(project: Project, array: ArrayRecord | None, count: int) -> np.ndarray | Texts:
    """Return the values of a column for all objects; empty ones where there is none, or it ends before."""
    if array is None:
        return np.full(count, np.nan)
    is_text = columns.is_text(array)
    values = np.full(count, objects.EMPTY if is_text else np.nan, np.int32 if is_text else np.float64)
    values[: array.stop] = arrays.read(project, array)
    return Texts(values, objects.terms(project, array.array_id)) if is_text else values


def _is_other(says: Key, there: Key) -> bool:
    return any(name not in (UNKNOWN, known) for name, known in zip(says, there, strict=True))


def _unknown(rows: pd.DataFrame) -> list[Problem]:
    reason = "The project has no such object, so nothing of it was updated. Add it without --update."
    rows = rows.drop_duplicates("object_id")
    found = [
        Problem(file, int(line), object_id, reason)
        for file, line, object_id in zip(rows["file"], rows["line"], rows["object_id"], strict=True)
    ]
    return _summed_up(found)


def _moved(rows: pd.DataFrame, there: list[Key]) -> list[Problem]:
    reason = (
        "The line says sample {0}, acquisition {1}; the object stays in sample {2}, acquisition {3}: an update "
        "moves no objects."
    )
    named = rows[["file", "line", "object_id", "sample", "acquisition"]].itertuples(index=False, name=None)
    found = [
        Problem(line[0], int(line[1]), line[2], reason.format(*line[3:], *place))
        for line, place in zip(named, there, strict=True)
    ]
    return _summed_up(found)


def _summed_up(found: list[Problem]) -> list[Problem]:
    """Return the first of many problems of a stretch, and one that stands for the others."""
    more = len(found) - MOST_ALIKE
    if more <= 0:
        return found
    last = found[-1]
    text = f"{more} more objects up to line {last.line} have the same fault: {last.reason}"
    return [*found[:MOST_ALIKE], Problem(last.file, None, None, text)]


def _add_cells(known: dict[Any, dict[str, Any]], table: pd.DataFrame) -> None:
    """Take the filled cells of samples or acquisitions; a table without columns has rows too."""
    records = table.astype(object).to_dict("records") if len(table.columns) else [{}] * len(table)
    for key, record in zip(table.index.tolist(), records, strict=True):
        known.setdefault(key, {}).update(
            {str(name): value for name, value in record.items() if not pd.isna(value)}
        )


def _change_json(
    conn: sqlite3.Connection, level: str, number: int, text: str, record: dict[str, Any]
) -> Iterator[Change]:
    metadata = json.loads(text)
    later = {name: value for name, value in record.items() if _text(metadata.get(name)) != _text(value)}
    if later:
        conn.execute(
            f"UPDATE {level} SET metadata = ? WHERE {level}_id = ?", (json.dumps(metadata | later), number)
        )
    for name, value in later.items():
        yield (level, number, name, _text(metadata.get(name)), _text(value))


def _of_objects(changing: dict[str, UpdatedColumn]) -> Iterator[Change]:
    for name, column in changing.items():
        for number, before, after in column.changes():
            yield ("object", number, name, before, after)


def _text(value: Any) -> str | None:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    return f"{value:.15g}" if isinstance(value, float) else str(value)
