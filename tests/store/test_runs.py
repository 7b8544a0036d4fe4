"""Runs: one at a time, recorded from start to end, a dead one in nobody's way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from morphoexplore.errors import MorphoExploreError, ProjectError
from morphoexplore.records import Problem
from morphoexplore.store import arrays, runs


def last_of(project):
    return runs.listing(project).iloc[-1]


def test_a_run_is_recorded_with_parameters_versions_and_result(empty_project):
    with runs.run(empty_project, "embed", {"dims": 3}) as run:
        assert last_of(empty_project)["state"] == "running"
        run.result = {"objects": 5}
    found = last_of(empty_project)
    assert (found["verb"], found["state"], found["user"]) == ("embed", "done", "ana")
    assert json.loads(found["parameters"]) == {"dims": 3}
    assert json.loads(found["result"]) == {"objects": 5}
    assert "numpy" in json.loads(found["versions"])
    assert found["finished"] >= found["started"]


def test_a_second_run_is_refused_by_process_and_verb(empty_project):
    told = pytest.raises(ProjectError, match=rf"process {os.getpid()}\) has been running 'extract' on")
    with runs.run(empty_project, "extract", {}), told, runs.run(empty_project, "embed", {}):
        pass
    with runs.run(empty_project, "embed", {}):
        pass
    assert runs.listing(empty_project)["state"].tolist() == ["done", "done"]


HANG = """
import sys, time
from morphoexplore.store import runs
from morphoexplore.store.project import open_project
with runs.run(open_project(sys.argv[1]), "train", {}):
    print("running", flush=True)
    time.sleep(60)
"""


def test_the_run_of_a_killed_process_is_interrupted_and_does_not_block(empty_project):
    with subprocess.Popen(
        [sys.executable, "-c", HANG, str(empty_project.folder)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        with (
            pytest.raises(ProjectError, match=rf"process {process.pid}\) has been running 'train'"),
            runs.run(empty_project, "embed", {}),
        ):
            pass
        os.kill(process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, but not yet waited for: a zombie
        assert last_of(empty_project)["state"] == "interrupted"
    with runs.run(empty_project, "embed", {}):
        pass
    assert runs.listing(empty_project)["state"].tolist() == ["interrupted", "done"]


def test_a_process_number_that_was_given_again_is_not_the_run(empty_project):
    with runs.run(empty_project, "embed", {}):
        with empty_project.write() as conn:
            conn.execute("UPDATE run SET process = ?", (json.dumps({"pid": os.getppid(), "started": 5.0}),))
        assert last_of(empty_project)["state"] == "interrupted"


@pytest.mark.parametrize(
    ("error", "state", "sentence"),
    [
        (MorphoExploreError("The model is missing."), "failed", "The model is missing."),
        (ZeroDivisionError("division"), "failed", "ZeroDivisionError: division"),
        (KeyboardInterrupt(), "interrupted", "KeyboardInterrupt: "),
    ],
)
def test_a_run_that_fails_keeps_the_sentence(empty_project, error, state, sentence):
    with pytest.raises(type(error)), runs.run(empty_project, "embed", {}):
        raise error
    assert last_of(empty_project)["state"] == state
    assert json.loads(last_of(empty_project)["result"]) == {"error": sentence}


def test_a_run_that_could_not_enter_its_end_does_not_block_its_own_process(empty_project, monkeypatch):
    def full(*_):
        raise ProjectError("The disk is full.")

    def fail() -> None:
        with runs.run(empty_project, "embed", {}):
            monkeypatch.setattr(runs, "_enter_end", full)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    monkeypatch.undo()
    assert last_of(empty_project)["state"] == "interrupted"
    with runs.run(empty_project, "embed", {}):
        pass


def test_progress_is_written_to_the_row(empty_project):
    with runs.run(empty_project, "embed", {}) as run:
        things = run.progress(range(4), label="embedding", total=4)
        assert next(things) == 0
        assert tuple(last_of(empty_project)[["label", "done", "total"]]) == ("embedding", 0, 4)
        assert list(things) == [1, 2, 3]
        assert last_of(empty_project)["done"] == 4


def test_the_end_is_entered_with_what_was_computed_or_not_at_all(empty_project):
    with runs.run(empty_project, "embed", {}) as run:
        with pytest.raises(ZeroDivisionError), empty_project.write() as conn:
            raise ZeroDivisionError(run.conclude(conn))
        assert last_of(empty_project)["state"] == "running"
        with empty_project.write() as conn:
            run.conclude(conn)
        assert last_of(empty_project)["state"] == "done"


def test_problems_are_kept_in_order(empty_project):
    with runs.run(empty_project, "add", {}) as run:
        assert run.problems([]) == 0
        assert run.problems([Problem("a.tsv", 3, "o1", "no image"), Problem("b", None, None, "empty")]) == 2
    table = runs.problems(empty_project)
    assert table["file"].tolist() == ["a.tsv", "b"]
    assert table["line"].isna().tolist() == [False, True]


def test_a_run_begins_by_sweeping_what_a_killed_one_left(made_project):
    arrays.write_blob(made_project, "space-7", {})
    with runs.run(made_project, "embed", {}):
        assert arrays.strays(made_project) == []
