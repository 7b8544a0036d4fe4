"""Samples, acquisitions, objects and their metadata."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.errors import DecisionError
from morphoexplore.store import arrays
from morphoexplore.store.project import Project

EMPTY = -1  # code of an empty cell in a text column


def numbers_of_ids(conn: sqlite3.Connection) -> dict[str, int]:
    """Return the number of every object by its ``object_id``."""
    return dict(conn.execute("SELECT object_id, object FROM object").fetchall())


def number_of(project: Project, object_id: str) -> int:
    """
    Return the number of an object.

    Raises
    ------
    DecisionError
        If the project has no such object.
    """
    with project.read() as conn:
        row = conn.execute("SELECT object FROM object WHERE object_id = ?", (object_id,)).fetchone()
        if row is None:
            example = conn.execute("SELECT object_id FROM object LIMIT 1").fetchone()
    if row is None:
        hint = f" (ids look like {example[0]!r})" if example else ""
        message = f"This project has no object {object_id!r}{hint}."
        raise DecisionError(message)
    return int(row[0])


def ids_of(project: Project, numbers: Iterable[int] | np.ndarray) -> list[str]:
    """Return the ``object_id`` of each object number, in the order given."""
    wanted = [int(number) for number in numbers]
    with project.read() as conn:
        rows = conn.execute(
            "SELECT object, object_id FROM object WHERE object IN (SELECT value FROM json_each(?))",
            (json.dumps(wanted),),
        ).fetchall()
    known = {row[0]: row[1] for row in rows}
    return [known[number] for number in wanted]


def frame(project: Project) -> pd.DataFrame:
    """
    Return all objects, the row number being the object's number.

    Returns
    -------
    objects : DataFrame
        ``object_id, sample, acquisition, datetime, latitude, longitude, depth_min, depth_max, pixel_size``
        (degrees, m, mm).
    """
    with project.read() as conn:
        rows = conn.execute(
            "SELECT object_id, s.name AS sample, a.name AS acquisition, datetime, latitude, longitude, depth_min, "
            "depth_max, a.pixel_size FROM object JOIN acquisition a USING (acquisition_id) "
            "JOIN sample s USING (sample_id) ORDER BY object"
        ).fetchall()
    columns = [
        "object_id",
        "sample",
        "acquisition",
        "datetime",
        "latitude",
        "longitude",
        "depth_min",
        "depth_max",
    ]
    table = pd.DataFrame([tuple(row) for row in rows], columns=[*columns, "pixel_size"])
    numeric = ["latitude", "longitude", "depth_min", "depth_max", "pixel_size"]
    return table.astype(dict.fromkeys(numeric, float))


def fields(project: Project) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """
    Return what the rows of all objects say, in little memory.

    Returns
    -------
    acquisition_id : array of int, shape (n,)
        The acquisition of each.
    places : array of float, shape (n, 4)
        Latitude, longitude (degrees), smallest and largest depth (m), NaN where unknown.
    codes, times : array of int, shape (n,), and list of str
        When they were met, ISO 8601: places in the list, `EMPTY` where unknown.
    """
    owners, places, codes = [], [], []
    times: dict[str, int] = {}
    with project.read() as conn:
        cursor = conn.execute(
            "SELECT acquisition_id, datetime, latitude, longitude, depth_min, depth_max FROM object ORDER BY object"
        )
        while rows := cursor.fetchmany(50_000):
            owners.append(np.array([row[0] for row in rows], dtype=np.int64))
            codes.append(encode((row[1] for row in rows), times))
            places.append(np.array([tuple(row)[2:] for row in rows], dtype=np.float64))
    return (
        np.concatenate([np.zeros(0, np.int64), *owners]),
        np.concatenate([np.zeros((0, 4)), *places]),
        np.concatenate([np.zeros(0, np.int32), *codes]),
        list(times),
    )


def samples(project: Project) -> pd.DataFrame:
    """
    Return all samples by name: earliest time, mean position, number of objects.

    Returns
    -------
    samples : DataFrame
        Index ``sample``; columns ``datetime`` (UTC, NaT where unknown), ``latitude``, ``longitude``
        (degrees), ``objects``. In the order of time, then of name.
    """
    with project.read() as conn:
        rows = conn.execute(
            "SELECT s.name, min(datetime), avg(latitude), avg(longitude), count(object) FROM sample s "
            "LEFT JOIN acquisition USING (sample_id) LEFT JOIN object USING (acquisition_id) GROUP BY sample_id"
        ).fetchall()
    table = pd.DataFrame(
        [tuple(row) for row in rows], columns=["sample", "datetime", "latitude", "longitude", "objects"]
    )
    table["datetime"] = pd.to_datetime(table["datetime"], format="ISO8601", utc=True).dt.tz_localize(None)
    table = table.astype({"latitude": float, "longitude": float})
    return table.sort_values(["datetime", "sample"], kind="stable").set_index("sample")


def samples_of(project: Project) -> tuple[np.ndarray, list[str]]:
    """Return the sample of every object: its place, shape (n,), in a list of names."""
    with project.read() as conn:
        names = conn.execute(
            "SELECT acquisition_id, s.name FROM acquisition JOIN sample s USING (sample_id) ORDER BY acquisition_id"
        ).fetchall()
        owner = read_acquisitions(conn)
    known = np.array([row[0] for row in names], dtype=np.int64)
    return np.searchsorted(known, owner), [row[1] for row in names]


def read_acquisitions(conn: sqlite3.Connection) -> np.ndarray:
    """Return the number of the acquisition of every object, shape (n,), within a transaction."""
    found = np.empty(conn.execute("SELECT count(*) FROM object").fetchone()[0], dtype=np.int64)
    # Objects of an acquisition mostly stand together: its first and last are in the index, a third of the time of every row.
    together = "SELECT acquisition_id, min(object), max(object), count(*) FROM object GROUP BY acquisition_id"
    for acquisition_id, first, last, count in conn.execute(together).fetchall():
        if last - first + 1 == count:
            found[first : last + 1] = acquisition_id
            continue
        rows = conn.execute("SELECT object FROM object WHERE acquisition_id = ?", (acquisition_id,))
        found[np.fromiter((row[0] for row in rows), dtype=np.int64, count=count)] = acquisition_id
    return found


def acquisition_sizes(project: Project) -> dict[tuple[str, str], float | None]:
    """Return the pixel size (mm, None where unknown) of every acquisition by (sample, acquisition)."""
    with project.read() as conn:
        rows = conn.execute(
            "SELECT s.name, a.name, pixel_size FROM acquisition a JOIN sample s USING (sample_id)"
        ).fetchall()
    return {(row[0], row[1]): row[2] for row in rows}


def pixel_sizes(project: Project) -> np.ndarray:
    """Return the pixel size of every object in mm, shape (n,), NaN where unknown."""
    with project.read() as conn:
        rows = conn.execute(
            "SELECT pixel_size FROM object JOIN acquisition USING (acquisition_id) ORDER BY object"
        ).fetchall()
    return np.array([row[0] for row in rows], dtype=np.float64)


# ----------------------------------------------------------------------------------------- adding


def put_samples(conn: sqlite3.Connection, samples: pd.DataFrame) -> dict[str, int]:
    """Enter samples that are new; return the number of every sample by its name."""
    conn.executemany(
        "INSERT INTO sample (name, metadata) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
        zip(samples.index, _as_json(samples), strict=True),
    )
    return dict(conn.execute("SELECT name, sample_id FROM sample").fetchall())


def put_acquisitions(
    conn: sqlite3.Connection, acquisitions: pd.DataFrame, pixel_sizes: Sequence[float | None]
) -> dict[tuple[str, str], int]:
    """Enter acquisitions that are new; return the number of each by (sample, acquisition)."""
    numbers = dict(conn.execute("SELECT name, sample_id FROM sample").fetchall())
    rows = zip(acquisitions.index, _as_json(acquisitions), pixel_sizes, strict=True)
    conn.executemany(
        "INSERT INTO acquisition (sample_id, name, metadata, pixel_size) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (sample_id, name) DO NOTHING",
        ((numbers[sample], name, metadata, pixel_size) for (sample, name), metadata, pixel_size in rows),
    )
    known = conn.execute(
        "SELECT s.name, a.name, acquisition_id FROM acquisition a JOIN sample s USING (sample_id)"
    ).fetchall()
    return {(row[0], row[1]): row[2] for row in known}


def put_objects(conn: sqlite3.Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Enter objects: (object, object_id, acquisition_id, datetime, latitude, longitude, depth_min, depth_max)."""
    conn.executemany("INSERT INTO object VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)


def _as_json(table: pd.DataFrame) -> list[str]:
    records = table.astype(object).where(table.notna(), None).to_dict("records")
    return [json.dumps({str(key): value for key, value in record.items()}) for record in records]


# ----------------------------------------------------------------------------------------- metadata


def metadata_columns(project: Project) -> dict[str, str]:
    """Return the metadata columns of objects: name -> ``number`` or ``text``."""
    return {
        array.name: "text" if array.dtype == np.dtype(np.int32).str else "number"
        for array in arrays.listing(project, "metadata")
    }


def metadata(project: Project, name: str) -> np.ndarray:
    """
    Return a metadata column, one value per object.

    Returns
    -------
    values : array, shape (n,)
        float64 with NaN, or object (text) with None where empty.

    Raises
    ------
    DecisionError
        If there is no such column.
    """
    array = arrays.find(project, "metadata", name)
    if array is None:
        known = ", ".join(metadata_columns(project)) or "none"
        message = f"The objects have no column {name!r}. Columns: {known}."
        raise DecisionError(message)
    values = arrays.read(project, array)
    return decode(values, terms(project, array.array_id)) if values.dtype == np.int32 else np.asarray(values)


def terms(project: Project, array_id: int) -> list[str]:
    """Return the dictionary of a text column; a code is a place in it."""
    with project.read() as conn:
        rows = conn.execute("SELECT text FROM term WHERE array_id = ? ORDER BY code", (array_id,)).fetchall()
    return [row[0] for row in rows]


def decode(codes: np.ndarray, dictionary: list[str]) -> np.ndarray:
    """Return the texts of codes, None for an empty cell."""
    texts = np.array([*dictionary, None], dtype=object)
    return np.asarray(texts[codes])


def encode(texts: Iterable[str | None], dictionary: dict[str, int]) -> np.ndarray:
    """Return the codes of texts (``EMPTY`` for None), adding new texts to *dictionary*."""
    return np.array(
        [EMPTY if text is None else dictionary.setdefault(text, len(dictionary)) for text in texts],
        dtype=np.int32,
    )


def put_terms(conn: sqlite3.Connection, array_id: int, dictionary: dict[str, int]) -> None:
    """Enter the texts of a dictionary that are new."""
    conn.executemany(
        "INSERT INTO term VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        ((array_id, code, text) for text, code in dictionary.items()),
    )
