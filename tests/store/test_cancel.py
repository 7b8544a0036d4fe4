"""A run is cancelled from another process, and says so itself."""

from __future__ import annotations

import subprocess
import sys
import time

from morphoexplore.store import runs
from morphoexplore.store.project import Project

LONG = """
import signal, sys, time
from morphoexplore.store import runs
from morphoexplore.store.project import open_project
signal.signal(signal.SIGTERM, signal.default_int_handler)
project = open_project(sys.argv[1])
with runs.run(project, "embed", {}) as run:
    for _ in run.progress(range(600), label="waiting", total=600):
        time.sleep(0.1)
"""


def _state(project: Project) -> str:
    return str(runs.listing(project).iloc[-1]["state"])


def _wait(project: Project, state: str) -> None:
    deadline = time.monotonic() + 30
    while len(runs.listing(project)) == 0 or _state(project) != state:
        assert time.monotonic() < deadline, runs.listing(project)
        time.sleep(0.05)


def test_a_run_that_is_cancelled_enters_itself_as_interrupted(empty_project: Project) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", LONG, str(empty_project.folder)], stderr=subprocess.DEVNULL
    )
    try:
        _wait(empty_project, "running")
        run_id = int(runs.listing(empty_project).iloc[-1]["run_id"])
        assert runs.cancel(empty_project, run_id)
        process.wait(timeout=30)
    finally:
        process.kill()
        process.wait()
    _wait(empty_project, "interrupted")
    assert not runs.cancel(empty_project, run_id)


def test_a_run_that_has_ended_or_never_was_cannot_be_cancelled(empty_project: Project) -> None:
    with runs.run(empty_project, "embed", {}):
        pass
    assert not runs.cancel(empty_project, 1)
    assert not runs.cancel(empty_project, 99)
