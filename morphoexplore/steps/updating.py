"""``add --update``: new metadata for objects that are there, with the old values remembered."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.records import Batch
from morphoexplore.store import arrays, objects
from morphoexplore.store.project import Project

FIELDS = ("datetime", "latitude", "longitude", "depth_min", "depth_max")


class Updates:
    """
    Differences between a source and what the project holds.

    An empty cell never changes anything: a file that lacks a value does not know better.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._cells: dict[str, dict[int, Any]] = {}
        self._fields: dict[str, dict[int, Any]] = {}
        self._samples: list[pd.DataFrame] = []
        self._acquisitions: list[pd.DataFrame] = []

    def compare(self, batch: Batch, number: np.ndarray, is_old: np.ndarray) -> None:
        """Keep the filled cells of the objects of a batch that are in the project."""
        numbers = number[is_old].astype(np.int64)
        for target, table, names in (
            (self._cells, batch.metadata, list(batch.metadata.columns)),
            (self._fields, batch.rows, list(FIELDS)),
        ):
            for name in names:
                values = table[name].to_numpy()[is_old]
                filled = ~pd.isna(values)
                target.setdefault(str(name), {}).update(
                    zip(numbers[filled].tolist(), values[filled].tolist(), strict=True)
                )
        seen = batch.rows[is_old]
        self._samples.append(batch.samples[batch.samples.index.isin(seen["sample"])])
        keys = pd.MultiIndex.from_frame(seen[["sample", "acquisition"]])
        self._acquisitions.append(batch.acquisitions[batch.acquisitions.index.isin(keys)])

    def commit(self, project: Project, run_id: int) -> int:
        """Write what differs in one transaction; return the number of values that changed."""
        with project.write() as conn:
            changed = [
                *self._change_columns(conn, run_id),
                *self._change_fields(conn),
                *self._change_json(conn),
            ]
            conn.executemany(
                "INSERT INTO change (run_id, level, row_id, column_name, old, new) VALUES (?, ?, ?, ?, ?, ?)",
                [(run_id, *row) for row in changed],
            )
        return len(changed)

    def _change_columns(self, conn: Any, run_id: int) -> list[tuple[Any, ...]]:
        changed: list[tuple[Any, ...]] = []
        known = {array.name: array for array in arrays.listing(self._project, "metadata")}
        n = conn.execute("SELECT count(*) FROM object").fetchone()[0]
        for name, cells in self._cells.items():
            array = known.get(name)
            values = (
                np.full(n, None, dtype=object) if array is None else objects.metadata(self._project, name)
            )
            column = np.array([None if pd.isna(value) else value for value in values], dtype=object)
            later = {number: _like(column, value) for number, value in cells.items()}
            rows = [
                ("object", number, name, _text(column[number]), _text(value))
                for number, value in later.items()
                if column[number] != value
            ]
            if not rows:
                continue
            for number, value in later.items():
                column[number] = value
            changed += rows
            self._rewrite(conn, name, column, array, run_id)
        return changed

    def _rewrite(
        self, conn: Any, name: str, column: np.ndarray, array: arrays.ArrayRecord | None, run_id: int
    ) -> None:
        is_number = all(value is None or isinstance(value, int | float) for value in column)
        if is_number and (array is None or array.dtype != np.dtype(np.int32).str):
            codes: np.ndarray = np.array([np.nan if value is None else float(value) for value in column])
            dictionary: dict[str, int] = {}
        else:
            former = [] if array is None else objects.terms(self._project, array.array_id)
            dictionary = {text: code for code, text in enumerate(former)}
            codes = objects.encode([_text(value) for value in column], dictionary)
        array_id = arrays.declare(
            conn,
            "metadata",
            name,
            dtype=codes.dtype.str,
            width=0,
            run_id=run_id,
            new_version=array is not None,
        )
        arrays.enter(conn, [arrays.write_shard(self._project, array_id, 0, codes)])
        objects.put_terms(conn, array_id, dictionary)

    def _change_fields(self, conn: Any) -> list[tuple[Any, ...]]:
        changed = []
        for name, cells in self._fields.items():
            for number, value in cells.items():
                old = conn.execute(f"SELECT {name} FROM object WHERE object = ?", (number,)).fetchone()[0]
                if old != value:
                    conn.execute(f"UPDATE object SET {name} = ? WHERE object = ?", (value, number))
                    changed.append(("object", number, name, _text(old), _text(value)))
        return changed

    def _change_json(self, conn: Any) -> list[tuple[Any, ...]]:
        changed = []
        samples = dict(conn.execute("SELECT name, sample_id FROM sample").fetchall())
        for table in self._samples:
            for sample, record in zip(table.index, table.to_dict("records"), strict=True):
                changed += _change_row(conn, "sample", samples[sample], record)
        acquisitions = {
            (row[0], row[1]): row[2]
            for row in conn.execute(
                "SELECT s.name, a.name, acquisition_id FROM acquisition a JOIN sample s USING (sample_id)"
            )
        }
        for table in self._acquisitions:
            for key, record in zip(table.index, table.to_dict("records"), strict=True):
                if key in acquisitions:
                    changed += _change_row(conn, "acquisition", acquisitions[key], record)
        return changed


def _change_row(conn: Any, level: str, row_id: int, record: dict[Any, Any]) -> list[tuple[Any, ...]]:
    text = conn.execute(f"SELECT metadata FROM {level} WHERE {level}_id = ?", (row_id,)).fetchone()[0]
    metadata = json.loads(text)
    later = {str(name): value for name, value in record.items() if not pd.isna(value)}
    changed = [
        (level, row_id, name, _text(metadata.get(name)), _text(value))
        for name, value in later.items()
        if metadata.get(name) != value
    ]
    if changed:
        conn.execute(
            f"UPDATE {level} SET metadata = ? WHERE {level}_id = ?", (json.dumps(metadata | later), row_id)
        )
    return changed


def _like(column: np.ndarray, value: Any) -> Any:
    """Return a value as the column holds its kind: text in a text column."""
    is_text = any(isinstance(known, str) for known in column[:1000])
    return _text(value) if is_text else value


def _text(value: Any) -> str | None:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    return f"{value:.15g}" if isinstance(value, float) else str(value)
