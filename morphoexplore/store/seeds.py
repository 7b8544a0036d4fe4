"""Seeds: one row each, their members in one array per run."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import numpy as np
import pandas as pd

from morphoexplore.errors import DecisionError
from morphoexplore.records import SeedRecord
from morphoexplore.store import arrays
from morphoexplore.store.project import Project


def name_of_run(run_id: int) -> str:
    """Return the name of the arrays that hold a run's seeds."""
    return f"run {run_id}"


def put(
    conn: sqlite3.Connection, *, run_id: int, round: int, sizes: Sequence[int], densities: Sequence[float]
) -> None:
    """Enter the seeds of a run; those of earlier runs that nobody judged are replaced by them, if there are any."""
    if not len(sizes):
        return
    conn.execute("UPDATE seed SET state = 'replaced' WHERE state = 'pending'")
    conn.executemany(
        "INSERT INTO seed (run_id, round, number, size, density, state) VALUES (?, ?, ?, ?, ?, 'pending')",
        (
            (run_id, round, number, int(size), float(density))
            for number, (size, density) in enumerate(zip(sizes, densities, strict=True))
        ),
    )


def listing(project: Project, state: str | None = None) -> pd.DataFrame:
    """
    Return the seeds in the order of review.

    Returns
    -------
    seeds : DataFrame
        Index ``seed_id``; ``round, number, size, density`` (mean distance to the 5 nearest, smaller is
        denser), ``state, node_id, run_id``.
    """
    with project.read() as conn:
        rows = conn.execute(
            "SELECT seed_id, round, number, size, density, state, node_id, run_id FROM seed "
            "WHERE ? IS NULL OR state = ? ORDER BY seed_id",
            (state, state),
        ).fetchall()
    columns = ["seed_id", "round", "number", "size", "density", "state", "node_id", "run_id"]
    table = pd.DataFrame([tuple(row) for row in rows], columns=columns)
    return table.astype({"node_id": "Int64"}).set_index("seed_id")


def counts(project: Project) -> dict[str, int]:
    """Return the number of seeds by state, of the states a person cares about."""
    with project.read() as conn:
        found = dict(conn.execute("SELECT state, count(*) FROM seed GROUP BY state").fetchall())
    return {state: int(found.get(state, 0)) for state in ("pending", "confirmed", "discarded")}


def last_round(project: Project) -> int:
    """Return the number of the last round, 0 before the first."""
    with project.read() as conn:
        return int(conn.execute("SELECT coalesce(max(round), 0) FROM seed").fetchone()[0])


def get(conn: sqlite3.Connection, seed_id: int) -> SeedRecord:
    """
    Return one seed.

    Raises
    ------
    DecisionError
        If there is none of that number.
    """
    row = conn.execute(
        "SELECT seed_id, round, size, density, state, node_id FROM seed WHERE seed_id = ?", (seed_id,)
    ).fetchone()
    if row is None:
        message = f"There is no seed {seed_id}. See: morphoexplore status PROJECT --seeds"
        raise DecisionError(message)
    return SeedRecord(*row)


def objects_of(project: Project, seed_id: int) -> np.ndarray:
    """Return the objects of a seed as it was proposed, the most typical first."""
    with project.read() as conn:
        get(conn, seed_id)
        row = conn.execute("SELECT run_id, number FROM seed WHERE seed_id = ?", (seed_id,)).fetchone()
    name = name_of_run(row["run_id"])
    objects = np.flatnonzero(arrays.read_array(project, "seed", name) == row["number"])
    strangeness = arrays.read_array(project, "strangeness", name)[objects]
    return objects[np.argsort(strangeness, kind="stable")]


def discarded(project: Project) -> list[np.ndarray]:
    """Return the objects of every discarded seed of all rounds."""
    return groups(project, listing(project, "discarded"))


def groups(project: Project, table: pd.DataFrame) -> list[np.ndarray]:
    """Return the objects of many seeds, rows of :func:`listing`, by run and in the order of their numbers there."""
    found = []
    for run_id, rows in table.groupby("run_id"):
        membership = arrays.read_array(project, "seed", name_of_run(int(str(run_id))))
        objects = np.flatnonzero(np.isin(membership, rows["number"]))
        objects = objects[np.argsort(membership[objects], kind="stable")]
        found += np.split(objects, np.flatnonzero(np.diff(membership[objects])) + 1)
    return found
