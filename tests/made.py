"""Small projects made directly through the store: no images, no features, nothing computed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.store import arrays, morphospace, objects, runs, seeds
from morphoexplore.store.project import Project, create_project

SEED_SIZES = (8, 6, 5, 4)
FREE = 7  # objects that are in no seed


def make_project(
    folder: Path, *, sizes: tuple[int, ...] = SEED_SIZES, free: int = FREE, samples: int = 2, dims: int = 4
) -> Project:
    """
    Make a project with a morphospace and one round of pending seeds.

    The objects of seed 1 are 0, 1, ..., those of seed 2 follow, and so on; the last *free* objects are in no
    seed. Within a seed the lower number is the more typical. Each seed is a dense group in the morphospace.
    """
    project = create_project(folder, user="ana")
    add_objects(project, sum(sizes) + free, samples=samples)
    labels = np.repeat([*range(len(sizes)), -1], [*sizes, free])
    rng = np.random.default_rng(0)
    centres = rng.normal(scale=10, size=(len(sizes) + 1, dims))
    add_array(
        project,
        morphospace.EMBEDDING,
        morphospace.PCA,
        centres[labels] + rng.normal(size=(len(labels), dims)),
    )
    add_round(project, labels)
    return project


def add_objects(project: Project, n: int, *, samples: int = 1) -> None:
    """Enter objects ``obj_0``, ``obj_1`` ... in turn in samples ``s0``, ``s1`` ..."""
    first = project.count_objects()
    names = [f"s{number}" for number in range(samples)]
    index = pd.MultiIndex.from_tuples([(name, f"{name}_acquisition") for name in names])
    with project.write() as conn:
        objects.put_samples(conn, pd.DataFrame(index=names))
        acquisitions = objects.put_acquisitions(conn, pd.DataFrame(index=index), [0.01] * samples)
        numbers = list(acquisitions.values())
        objects.put_objects(
            conn,
            (
                (
                    number,
                    f"obj_{number}",
                    numbers[number % samples],
                    "2020-05-01T00:00:00",
                    43.7,
                    7.3,
                    0.0,
                    75.0,
                )
                for number in range(first, first + n)
            ),
        )


def add_array(project: Project, kind: str, name: str, values: np.ndarray, **options: Any) -> int:
    """Enter an array of one shard (float32 where it is of floats); return its number."""
    values = values.astype(np.float32) if values.dtype == np.float64 else values
    with runs.run(project, "compute", {}) as run, project.write() as conn:
        number = arrays.declare(
            conn,
            kind,
            name,
            dtype=values.dtype.str,
            width=values.shape[1] if values.ndim > 1 else 0,
            run_id=run.run_id,
            **options,
        )
        arrays.enter(conn, [arrays.write_shard(project, number, 0, values)])
    return number


def add_round(project: Project, labels: np.ndarray) -> None:
    """Enter a round of pending seeds: the seed of every object, 0, 1, ..., or -1."""
    number = seeds.last_round(project) + 1
    strangeness = np.where(labels >= 0, np.arange(len(labels)), np.nan).astype(np.float32)
    with runs.run(project, "seed", {}) as run, project.write() as conn:
        for kind, values in (("seed", labels.astype(np.int32)), ("strangeness", strangeness)):
            array_id = arrays.declare(
                conn, kind, seeds.name_of_run(run.run_id), dtype=values.dtype.str, width=0, run_id=run.run_id
            )
            arrays.enter(conn, [arrays.write_shard(project, array_id, 0, values)])
        sizes = np.bincount(labels[labels >= 0])
        seeds.put(conn, run_id=run.run_id, round=number, sizes=sizes, densities=[1.0] * len(sizes))


@dataclass(frozen=True)
class State:
    """Everything that decisions change: five tables, and the morph that each look is for."""

    tables: dict[str, list[tuple[Any, ...]]]
    looks: dict[int, int | None]

    def is_restored_by(self, later: State) -> bool:
        """Tell whether a later state is this one again; looks entered meanwhile stay, as looks do."""
        return self.tables == later.tables and all(
            later.looks[look] == node for look, node in self.looks.items()
        )


def state_of(project: Project) -> State:
    """Read what decisions change."""
    with project.read() as conn:
        tables = {
            table: sorted((tuple(row) for row in conn.execute(f"SELECT * FROM {table}")), key=repr)
            for table in ("node", "member", "rejection", "seed", "bound", "effort")
        }
        looks = dict(conn.execute("SELECT look_id, node_id FROM look").fetchall())
    return State(tables, looks)


def looks_of(project: Project) -> list[tuple[int, int | None, str]]:
    """Return (object, node, answer) of every look, in order."""
    with project.read() as conn:
        return [
            tuple(row) for row in conn.execute("SELECT object, node_id, answer FROM look ORDER BY look_id")
        ]


def change_by_force(project: Project, *statements: str) -> None:
    """Change a project's database behind the program's back: no foreign keys, no checks, no triggers."""
    with project.write() as conn:
        conn.execute("COMMIT")
        conn.execute("PRAGMA foreign_keys = OFF")
        conn.execute("PRAGMA ignore_check_constraints = ON")
        conn.execute("BEGIN")
        for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            conn.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            conn.execute(statement)
