"""Acquisitions with the metadata of their samples, and which acquisition every object is of."""

from __future__ import annotations

import json
import sqlite3

import numpy as np
import pandas as pd

from morphoexplore.store.objects import read_acquisitions
from morphoexplore.store.project import Project


def listing(project: Project) -> pd.DataFrame:
    """
    Return all acquisitions in the order in which they were added.

    Returns
    -------
    acquisitions : DataFrame
        Index ``acquisition_id``; ``sample``, ``acquisition`` (names); ``of_sample``, ``of_acquisition``: their columns in
        the source as dicts (a column of EcoTaxa's process has its prefix ``process_``).
    """
    with project.read() as conn:
        return read_listing(conn)


def read_listing(conn: sqlite3.Connection) -> pd.DataFrame:
    """Return the acquisitions as :func:`listing` does, within a reading."""
    rows = conn.execute(
        "SELECT acquisition_id, s.name, a.name, s.metadata, a.metadata FROM acquisition a "
        "JOIN sample s USING (sample_id) ORDER BY acquisition_id"
    ).fetchall()
    return pd.DataFrame(
        {
            "sample": [row[1] for row in rows],
            "acquisition": [row[2] for row in rows],
            "of_sample": [json.loads(row[3]) for row in rows],
            "of_acquisition": [json.loads(row[4]) for row in rows],
        },
        index=pd.Index([row[0] for row in rows], name="acquisition_id", dtype=np.int64),
        dtype=object,
    )


def efforts(project: Project) -> pd.DataFrame:
    """
    Return what people said of acquisitions themselves, before any formula.

    Returns
    -------
    efforts : DataFrame
        Index ``acquisition_id``; ``subsample_coef``, ``total_water_volume`` (m3), NaN where that was left to the formula;
        ``user``, ``time`` of the decision.
    """
    with project.read() as conn:
        rows = conn.execute(
            "SELECT acquisition_id, subsample_coef, total_water_volume, user, time FROM effort "
            "JOIN decision USING (decision_id) ORDER BY acquisition_id"
        ).fetchall()
    columns = ["acquisition_id", "subsample_coef", "total_water_volume", "user", "time"]
    table = pd.DataFrame([tuple(row) for row in rows], columns=columns).set_index("acquisition_id")
    return table.astype({"subsample_coef": np.float64, "total_water_volume": np.float64})


def of_objects(project: Project) -> np.ndarray:
    """Return the number of the acquisition of every object, shape (n,)."""
    with project.read() as conn:
        return read_acquisitions(conn)


def depths(project: Project) -> tuple[np.ndarray, np.ndarray]:
    """Return the smallest and the largest depth of every object in m, each of shape (n,), NaN where unknown."""
    with project.read() as conn:
        rows = conn.execute("SELECT depth_min, depth_max FROM object ORDER BY object").fetchall()
    found = np.array([tuple(row) for row in rows], dtype=np.float64).reshape(len(rows), 2)
    return found[:, 0], found[:, 1]
