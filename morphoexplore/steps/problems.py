"""What could not be used: in the run, and in ``problems.csv`` for a person to read."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from morphoexplore.records import Problem
from morphoexplore.store import runs
from morphoexplore.store.project import Project
from morphoexplore.store.runs import Run
from morphoexplore.writing.tables import write_csv

FILE = "problems.csv"


def report(project: Project, run: Run, problems: Iterable[Problem]) -> int:
    """
    Store the problems that no earlier run has stored, and write ``problems.csv`` anew.

    Returns
    -------
    count : int
        How many problems there were, known ones included.
    """
    found = list(problems)
    known = {_key(*row) for row in runs.problems(project).drop(columns="run_id").itertuples(index=False)}
    run.problems(p for p in found if _key(p.file, p.line, p.object_id, p.reason) not in known)
    table = runs.problems(project)
    if len(table):
        write_csv(table, project.folder / FILE)
    return len(found)


def _key(file: str, line: int | None, object_id: str | None, reason: str) -> tuple[object, ...]:
    return tuple(None if pd.isna(cell) else cell for cell in (file, line, object_id, reason))
