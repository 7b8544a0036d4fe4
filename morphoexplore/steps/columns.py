"""Metadata columns of objects: typed arrays that grow with the objects, and change their type where they must."""

from __future__ import annotations

import sqlite3

import numpy as np
import pandas as pd

from morphoexplore.store import arrays, objects
from morphoexplore.store.arrays import ArrayRecord
from morphoexplore.store.project import Project

TEXT = np.dtype(np.int32).str  # codes of a dictionary


def newest(project: Project) -> dict[str, ArrayRecord]:
    """Return the newest version of every metadata column, by name."""
    return {array.name: array for array in arrays.listing(project, "metadata")}


def is_text(array: ArrayRecord) -> bool:
    """Tell whether a column holds text; otherwise it holds numbers."""
    return array.dtype == TEXT


def enter_rest(
    conn: sqlite3.Connection,
    project: Project,
    name: str,
    array: ArrayRecord | None,
    values: np.ndarray,
    *,
    first: int,
    run_id: int,
) -> None:
    """
    Enter the values of objects *first*, *first* + 1, ... that a column does not have yet.

    Parameters
    ----------
    array : ArrayRecord or None
        The column, None where it is new: then the objects before *first* have empty cells.
    values : array
        float64 with NaN, or object (text) with None. A column of numbers that gets text becomes text.
    """
    if array is not None and (is_text(array) or values.dtype != object):
        _enter(conn, project, name, array, values, start=first, run_id=run_id)
        return
    if array is None:
        former = np.full(first, None if values.dtype == object else np.nan, dtype=values.dtype)
    else:
        former = as_text(np.asarray(arrays.read(project, array)))
    enter_whole(conn, project, name, array, np.concatenate([former, values]), run_id=run_id)


def enter_whole(
    conn: sqlite3.Connection,
    project: Project,
    name: str,
    array: ArrayRecord | None,
    values: np.ndarray,
    *,
    run_id: int,
) -> None:
    """Enter the values of all objects, as a new version of the column where there is one."""
    _enter(conn, project, name, array, values, start=0, run_id=run_id)


def _enter(
    conn: sqlite3.Connection,
    project: Project,
    name: str,
    array: ArrayRecord | None,
    values: np.ndarray,
    *,
    start: int,
    run_id: int,
) -> None:
    dictionary: dict[str, int] = {}
    if array is not None and is_text(array):
        dictionary = {text: code for code, text in enumerate(objects.terms(project, array.array_id))}
    holds_text = values.dtype == object or (array is not None and is_text(array))
    cells = objects.encode(as_text(values), dictionary) if holds_text else values.astype(np.float64)
    array_id = arrays.declare(
        conn,
        "metadata",
        name,
        dtype=cells.dtype.str,
        width=0,
        run_id=run_id,
        new_version=array is not None and start == 0,
    )
    arrays.enter(conn, [arrays.write_shard(project, array_id, start, cells)])
    if holds_text:
        objects.put_terms(conn, array_id, dictionary)


def as_text(values: np.ndarray) -> np.ndarray:
    """Return values as text, None where empty; whole numbers without a decimal point."""
    if values.dtype != object:
        return np.array([None if np.isnan(v) else f"{v:.15g}" for v in values.astype(float)], dtype=object)
    return np.array([None if pd.isna(v) else str(v) for v in values], dtype=object)
