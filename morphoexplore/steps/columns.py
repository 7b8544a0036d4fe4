"""
Metadata columns of objects: typed arrays that grow with the objects, and change their type where they must.

Columns are written in two steps, so that nobody who sorts meanwhile waits: :func:`prepare` computes and writes
the files, :func:`enter` makes them part of the project in the transaction of the run.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from morphoexplore.reading.values import shorten
from morphoexplore.store import arrays, objects
from morphoexplore.store.arrays import ArrayRecord, Shard
from morphoexplore.store.project import Project
from morphoexplore.store.runs import Run

TEXT = np.dtype(np.int32).str  # codes of a dictionary


@dataclass(frozen=True)
class Column:
    """A written column, or the next stretch of one, that waits to be entered."""

    name: str
    shard: Shard
    dtype: str
    is_new_version: bool
    new_terms: dict[str, int]
    """Codes of the texts that the column did not have before."""


@dataclass(frozen=True)
class Texts:
    """Texts of objects as codes: places in *terms*, -1 where empty."""

    codes: np.ndarray
    terms: list[str]


def newest(project: Project) -> dict[str, ArrayRecord]:
    """Return the newest version of every metadata column, by name."""
    return {array.name: array for array in arrays.listing(project, "metadata")}


def is_text(array: ArrayRecord) -> bool:
    """Tell whether a column holds text; otherwise it holds numbers."""
    return array.dtype == TEXT


def turned_to_text(name: str, array: ArrayRecord | None, values: np.ndarray | Texts) -> str | None:
    """Say that a column of numbers gets text and so becomes text; None where it does not."""
    if array is None or is_text(array) or not isinstance(values, Texts):
        return None
    odd = next((text for text in values.terms if not _is_number(text)), None)
    if odd is None:
        return None
    return f"The column {name} was one of numbers and is text now, because '{shorten(odd)}' is no number."


def prepare_rest(
    project: Project,
    run: Run,
    name: str,
    array: ArrayRecord | None,
    values: np.ndarray | Texts,
    *,
    first: int,
) -> Column:
    """
    Write the values of objects *first*, *first* + 1, ... that a column does not have yet.

    Parameters
    ----------
    array : ArrayRecord or None
        The column, None where it is new: then the objects before *first* have empty cells.
    values : array or Texts
        float64 with NaN, or object (text) with None. A column of numbers that gets text becomes text.
    """
    if (array is None and not first) or (array is not None and (is_text(array) or not _holds_text(values))):
        return _prepare(project, run, name, array, values, start=first)
    values = objects.decode(values.codes, values.terms) if isinstance(values, Texts) else values
    if array is None:
        former = np.full(first, None if values.dtype == object else np.nan, dtype=values.dtype)
    else:
        former = as_text(np.asarray(arrays.read(project, array)))
    return prepare_whole(project, run, name, array, np.concatenate([former, values]))


def prepare_whole(
    project: Project, run: Run, name: str, array: ArrayRecord | None, values: np.ndarray | Texts
) -> Column:
    """Write the values of all objects, as a new version of the column where there is one."""
    return _prepare(project, run, name, array, values, start=0)


def _prepare(
    project: Project,
    run: Run,
    name: str,
    array: ArrayRecord | None,
    values: np.ndarray | Texts,
    *,
    start: int,
) -> Column:
    terms: dict[str, int] = {}
    known = 0
    is_new_version = array is not None and start == 0
    if array is not None and is_text(array):
        terms = {text: code for code, text in enumerate(objects.terms(project, array.array_id))}
        known = 0 if is_new_version else len(terms)
    if isinstance(values, Texts):
        codes = [terms.setdefault(text, len(terms)) for text in values.terms]
        cells = np.array([*codes, objects.EMPTY], dtype=np.int32)[values.codes]
    elif _holds_text(values) or (array is not None and is_text(array)):
        cells = objects.encode(as_text(values), terms)
    else:
        cells = values.astype(np.float64)
    new_terms = {text: code for text, code in terms.items() if code >= known}
    shard = arrays.write_loose_shard(project, f"run-{run.run_id}", start, cells)
    return Column(name, shard, cells.dtype.str, is_new_version, new_terms)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _holds_text(values: np.ndarray | Texts) -> bool:
    return isinstance(values, Texts) or values.dtype == object


def enter(conn: sqlite3.Connection, columns: Iterable[Column], *, run_id: int) -> None:
    """Make written columns part of the project."""
    for column in columns:
        array_id = arrays.declare(
            conn,
            "metadata",
            column.name,
            dtype=column.dtype,
            width=0,
            run_id=run_id,
            new_version=column.is_new_version,
        )
        arrays.enter(conn, [replace(column.shard, array_id=array_id)])
        objects.put_terms(conn, array_id, column.new_terms)


def as_text(values: np.ndarray) -> np.ndarray:
    """Return values as text, None where empty; whole numbers without a decimal point."""
    if values.dtype != object:
        return np.array([None if np.isnan(v) else f"{v:.15g}" for v in values.astype(float)], dtype=object)
    return np.array([None if pd.isna(v) else str(v) for v in values], dtype=object)
