"""Seeds: one row each, their members in one array per run."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from morphoexplore.errors import DecisionError
from morphoexplore.records import SeedRecord
from morphoexplore.store import arrays, history
from morphoexplore.store.project import Project

TAKE_BACK = "take back"  # the verb of a decision that frees what came in unseen with some seeds
QUANTILES = (0.5, 0.9)  # of strangeness, that tell seeds apart


def name_of_run(run_id: int) -> str:
    """Return the name of the arrays that hold a run's seeds."""
    return f"run {run_id}"


def put(
    conn: sqlite3.Connection,
    *,
    run_id: int,
    round: int,
    sizes: Sequence[int],
    densities: Sequence[float],
    kept: Collection[int] = (),
) -> None:
    """Enter the seeds of a run; those of earlier runs that nobody judged are replaced by them, if there are any, but for *kept*."""
    if not len(sizes):
        return
    pending = [row[0] for row in conn.execute("SELECT seed_id FROM seed WHERE state = 'pending'")]
    conn.executemany(
        "UPDATE seed SET state = 'replaced' WHERE seed_id = ?",
        [(number,) for number in pending if number not in kept],
    )
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


def taken_back(project: Project) -> dict[int, str]:
    """Return the seeds of which what came in unseen was taken back, and when that was."""
    with project.read() as conn:
        rows = history.standing(conn, TAKE_BACK)
    return {number: row["time"] for row in rows for number in json.loads(row["detail"])["seeds"]}


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


class SeedIndex:
    """
    The objects of every seed, the most typical first, sorted once per run and kept in memory.

    The seeds of a run never change, so that an index holds as long as the project is open.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._lock = threading.Lock()
        self._runs: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self._strangeness: dict[int, np.ndarray] = {}
        self._places: dict[int, tuple[int, int]] = {}

    def objects_of(self, seed_id: int) -> np.ndarray:
        """Return the objects of a seed as it was proposed, the most typical first."""
        run_id, number = self._place(seed_id)
        objects, starts = self.of_run(run_id)
        return objects[starts[number] : starts[number + 1]]

    def of_run(self, run_id: int) -> tuple[np.ndarray, np.ndarray]:
        """
        Return the objects of all seeds of a run.

        Returns
        -------
        objects : array of int64
            Seed by seed, each from typical to strange.
        starts : array of int64
            Seed number ``i`` of the run is ``objects[starts[i]:starts[i + 1]]``.
        """
        with self._lock:
            if run_id not in self._runs:
                objects, starts, strangeness = self._sorted(name_of_run(run_id))
                self._runs[run_id] = objects, starts
                self._strangeness[run_id] = _quantiles(strangeness, starts)
            return self._runs[run_id]

    def strangeness(self, run_id: int) -> np.ndarray:
        """Return the median and the 90 % quantile of the strangeness within each seed of a run, shape (m, 2)."""
        self.of_run(run_id)
        return self._strangeness[run_id]

    def free_counts(self, run_id: int, node: np.ndarray) -> np.ndarray:
        """Return how many objects of each seed of a run are free; *node* is the morph of every object, -1 if free."""
        objects, starts = self.of_run(run_id)
        upto = np.concatenate([[0], np.cumsum(node[objects] < 0)])
        return np.asarray(upto[starts[1:]] - upto[starts[:-1]])

    def discarded(self) -> np.ndarray:
        """Return the objects of all discarded seeds of all rounds, sorted."""
        return np.unique(np.concatenate([np.empty(0, np.int64), *self.discarded_groups()]))

    def discarded_groups(self) -> list[np.ndarray]:
        """Return the objects of each discarded seed of all rounds."""
        with self._project.read() as conn:
            rows = conn.execute("SELECT run_id, number FROM seed WHERE state = 'discarded'").fetchall()
        found = []
        for run_id, number in rows:
            objects, starts = self.of_run(run_id)
            found.append(objects[starts[number] : starts[number + 1]])
        return found

    def _sorted(self, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        label = arrays.read_array(self._project, "seed", name)
        objects = np.flatnonzero(label >= 0)
        strangeness = arrays.read_array(self._project, "strangeness", name)[objects]
        order = np.lexsort((objects, strangeness, label[objects]))
        objects = objects[order]
        sizes = np.bincount(label[objects]) if len(objects) else np.empty(0, np.int64)
        return objects, np.concatenate([[0], np.cumsum(sizes)]), strangeness[order]

    def _place(self, seed_id: int) -> tuple[int, int]:
        if seed_id not in self._places:
            with self._project.read() as conn:
                get(conn, seed_id)
                rows = conn.execute("SELECT seed_id, run_id, number FROM seed").fetchall()
            self._places = {row[0]: (row[1], row[2]) for row in rows}
        return self._places[seed_id]


def _quantiles(strangeness: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return two quantiles of ascending values, seed by seed."""
    sizes = np.diff(starts)
    places = [starts[:-1] + ((sizes - 1) * share).round().astype(np.int64) for share in QUANTILES]
    return np.column_stack([strangeness[place] for place in places])
