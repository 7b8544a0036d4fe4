"""Runs: what the machine did, with parameters, versions, progress and result."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import math
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pandas as pd
import psutil

from morphoexplore.errors import MorphoExploreError, ProjectError
from morphoexplore.records import Problem, Progress, silent
from morphoexplore.store import arrays
from morphoexplore.store.project import Project, now

T = TypeVar("T")

PACKAGES = (
    "morphoexplore",
    "numpy",
    "scikit-learn",
    "fast-hdbscan",
    "umap-learn",
    "faiss-cpu",
    "torch",
    "timm",
)
SECONDS_BETWEEN_REPORTS = 0.5

_under_way: set[tuple[str, int]] = set()  # runs of this process: (folder, number)


class Run:
    """
    A run that is under way.

    Attributes
    ----------
    run_id : int
        Its number; every computed array carries it.
    result : dict
        What the run found, filled by the step, stored at the end.
    """

    def __init__(self, project: Project, run_id: int, progress: Progress) -> None:
        self.project = project
        self.run_id = run_id
        self.result: dict[str, Any] = {}
        self._progress = progress

    def progress(self, things: Iterable[T], *, label: str, total: int) -> Iterator[T]:
        """Yield *things*, reporting to the caller's bar and to the run's row."""
        reported = -math.inf
        for done, thing in enumerate(self._progress(things, label=label, total=total)):
            if time.monotonic() - reported > SECONDS_BETWEEN_REPORTS:
                self._report(label, done, total)
                reported = time.monotonic()
            yield thing
        self._report(label, total, total)

    def problems(self, problems: Iterable[Problem]) -> int:
        """Store what could not be used; return how many there were."""
        rows = [(self.run_id, p.file, p.line, p.object_id, p.reason) for p in problems]
        if rows:
            with self.project.write() as conn:
                conn.executemany(
                    "INSERT INTO problem (run_id, file, line, object_id, reason) VALUES (?, ?, ?, ?, ?)", rows
                )
        return len(rows)

    def conclude(self, conn: sqlite3.Connection) -> None:
        """Enter the result in the transaction that enters what was computed, so that a kill parts them never."""
        _enter_end(conn, self.run_id, "done", self.result)

    def _report(self, label: str, done: int, total: int) -> None:
        with self.project.write() as conn:
            conn.execute(
                "UPDATE run SET label = ?, done = ?, total = ? WHERE run_id = ?",
                (label, done, total, self.run_id),
            )


@contextmanager
def run(
    project: Project, verb: str, parameters: dict[str, Any], *, progress: Progress = silent
) -> Iterator[Run]:
    """
    Record a run from its start to its end.

    Raises
    ------
    ProjectError
        If another run of this project is under way.
    """
    with project.write() as conn:
        _close_dead_runs(conn, project)
        _refuse_beside_another(conn, project)
        cursor = conn.execute(
            "INSERT INTO run (verb, parameters, versions, user, started, state, process) "
            "VALUES (?, ?, ?, ?, ?, 'running', ?)",
            (
                verb,
                json.dumps(parameters, sort_keys=True, default=str),
                json.dumps(_versions()),
                project.user,
                now(),
                json.dumps({"pid": os.getpid(), "started": psutil.Process().create_time()}),
            ),
        )
        run_id = int(cursor.lastrowid or 0)
    under_way = Run(project, run_id, progress)
    key = _key(project, run_id)
    _under_way.add(key)
    try:
        arrays.sweep(project)
        yield under_way
    except BaseException as error:
        state = "failed" if isinstance(error, Exception) else "interrupted"
        sentence = str(error) if isinstance(error, MorphoExploreError) else f"{type(error).__name__}: {error}"
        _finish(project, run_id, state, {"error": sentence})
        raise
    else:
        _finish(project, run_id, "done", under_way.result)
    finally:
        _under_way.discard(key)


def listing(project: Project) -> pd.DataFrame:
    """Return all runs, oldest first, a run whose process is gone as ``interrupted``."""
    with project.read() as conn:
        rows = [dict(row) for row in conn.execute("SELECT * FROM run ORDER BY run_id")]
    for row in rows:
        if row["state"] == "running" and not _is_alive(project, row["run_id"], row["process"]):
            row["state"] = "interrupted"
    columns = ["run_id", "verb", "parameters", "versions", "user", "started", "finished", "state", "process"]
    return pd.DataFrame(rows, columns=[*columns, "label", "done", "total", "result"])


def cancel(project: Project, run_id: int) -> bool:
    """
    Tell the process of a run to end; return whether it was under way.

    What it has finished stays; it enters itself as interrupted, and the same verb goes on from there.
    """
    with project.read() as conn:
        row = conn.execute("SELECT state, process FROM run WHERE run_id = ?", (run_id,)).fetchone()
    if row is None or row["state"] != "running" or not _is_alive(project, run_id, row["process"]):
        return False
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(json.loads(row["process"])["pid"]).terminate()
    return True


def problems(project: Project) -> pd.DataFrame:
    """Return everything that could not be used so far, with the run, file, line, object and reason."""
    with project.read() as conn:
        rows = conn.execute(
            "SELECT run_id, file, line, object_id, reason FROM problem ORDER BY problem_id"
        ).fetchall()
    frame = pd.DataFrame(
        [tuple(row) for row in rows], columns=["run_id", "file", "line", "object_id", "reason"]
    )
    return frame.astype({"line": "Int64"})


def _finish(project: Project, run_id: int, state: str, result: dict[str, Any]) -> None:
    try:
        with project.write() as conn:
            _enter_end(conn, run_id, state, result)
    except ProjectError:
        if state == "done":  # otherwise the first error is the one to tell
            raise


def _enter_end(conn: sqlite3.Connection, run_id: int, state: str, result: dict[str, Any]) -> None:
    conn.execute(
        "UPDATE run SET state = ?, finished = ?, result = ?, process = NULL WHERE run_id = ?",
        (state, now(), json.dumps(result, default=str), run_id),
    )


def _close_dead_runs(conn: sqlite3.Connection, project: Project) -> None:
    for row in conn.execute("SELECT run_id, process FROM run WHERE state = 'running'").fetchall():
        if not _is_alive(project, row["run_id"], row["process"]):
            conn.execute(
                "UPDATE run SET state = 'interrupted', process = NULL WHERE run_id = ?", (row["run_id"],)
            )


def _refuse_beside_another(conn: sqlite3.Connection, project: Project) -> None:
    row = conn.execute("SELECT verb, started, process FROM run WHERE state = 'running'").fetchone()
    if row is not None:
        pid = json.loads(row["process"])["pid"]
        message = (
            f"Another program (process {pid}) has been running '{row['verb']}' on {project.folder} since "
            f"{row['started']}. Wait until it is done, or stop it first."
        )
        raise ProjectError(message)


def _is_alive(project: Project, run_id: int, process: str | None) -> bool:
    """
    Tell whether a run is still under way.

    Its process must live, and be the same one (its number may have been given to a new process). This very
    process knows its own runs: one that could not enter its end, because the disk was full, is over.
    """
    if process is None:
        return False
    known = json.loads(process)
    try:
        found = psutil.Process(known["pid"])
        if found.status() == psutil.STATUS_ZOMBIE or abs(found.create_time() - known["started"]) >= 1:
            return False
    except psutil.Error:
        return False
    return known["pid"] != os.getpid() or _key(project, run_id) in _under_way


def _key(project: Project, run_id: int) -> tuple[str, int]:
    return str(project.folder.resolve()), run_id


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
