"""A run that is killed again and again ends with what an uninterrupted one ends with."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.store import arrays
from morphoexplore.store import images as image_store
from tests import drawn
from tests.made import make_project

KILLS = 10

# Small shards, so that 300 objects fall into many.
PROGRAM = """
from morphoexplore.steps import drawing, extracting
drawing.SHARD = extracting.SHARD = 32
extracting.TASK = 8
from morphoexplore.cli import cli
cli()
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL for a group of processes")


def command(project: Path, source: Path) -> list[str]:
    return [sys.executable, "-c", PROGRAM, "run", str(project), str(source), "--copy"]


def kill_after(project: Path, source: Path, seconds: float) -> bool:
    """Start the run, kill it with all its processes after a while; return whether it was still running."""
    process = subprocess.Popen(
        command(project, source),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


def contents(project: mx.Project) -> dict[str, bytes]:
    """Return the newest version of every array; the numbers of runs are left out of names."""
    newest = {(array.kind, array.name): array for array in arrays.listing(project) if array.stop}
    last_run = max(int(name.split()[-1]) for kind, name in newest if kind == "seed")
    found = {}
    for (kind, name), array in newest.items():
        if kind in ("seed", "strangeness"):
            if name != f"run {last_run}":
                continue
            name = "of the last round"
        if kind != "picture":
            values = np.asarray(arrays.read(project, array))
            found[f"{kind} {name} {values.dtype} {values.shape}"] = values.tobytes()
    return found


def test_ten_kills_change_nothing(tmp_path: Path) -> None:
    source = drawn.csv_source(tmp_path)
    peace, war = tmp_path / "peace", tmp_path / "war"
    begin = time.perf_counter()
    subprocess.run(command(peace, source), check=True, capture_output=True)
    duration = time.perf_counter() - begin
    moments = random.Random(0)
    killed = 0
    for place in range(KILLS):
        # The first ones early, where the project is made and read; later ones wherever the run is by then.
        span = duration * (0.3 if place < 4 else 0.5)
        killed += kill_after(war, source, moments.uniform(0.15, span))
    # Where the machine is busy first and idle later, runs end sooner than they are killed.
    assert killed >= KILLS // 5, "almost no run was killed before it ended"
    done = subprocess.run(command(war, source), check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

    one, other = mx.open_project(peace), mx.open_project(war)
    assert not [finding for finding in mx.check(other) if not finding.is_harmless]
    pd.testing.assert_frame_equal(mx.objects(one), mx.objects(other))
    pd.testing.assert_frame_equal(mx.samples(one), mx.samples(other))
    pd.testing.assert_frame_equal(mx.morphs(one), mx.morphs(other))
    seeds = [mx.seeds(project, "pending") for project in (one, other)]
    columns = ["round", "number", "size", "density"]
    pd.testing.assert_frame_equal(
        seeds[0][columns].reset_index(drop=True), seeds[1][columns].reset_index(drop=True)
    )
    for first, second in zip(seeds[0].index, seeds[1].index, strict=True):
        np.testing.assert_array_equal(mx.seed_objects(one, int(first)), mx.seed_objects(other, int(second)))
    for number in range(one.count_objects()):
        assert image_store.picture(one, number) == image_store.picture(other, number) != b""
    before, after = contents(one), contents(other)
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] != after[name]] == []
    assert mx.problems(other).empty
    assert len(list((war / "images").iterdir())) == 1, "no copy of a killed run is left"


@pytest.mark.parametrize("left", [["project.db.new"], ["project.db.new", "project.db.new-journal"]])
def test_a_kill_while_the_project_is_made_leaves_nothing_in_the_way(tmp_path: Path, left: list[str]) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    for name in left:
        (folder / name).write_bytes(b"half")
    mx.create_project(folder)
    assert mx.status(mx.open_project(folder))["objects"] == 0


# Grows a morph by counting no wrong ones, and says after every answer which decision it was.
GROWER = """
import sys
import morphoexplore as mx
from morphoexplore import review
from morphoexplore.store import history
project = mx.open_project(sys.argv[1])
survey_id = review.begin_growth(project, int(sys.argv[2]))
while (step := review.survey_step(project, survey_id)).phase != "done":
    if step.phase == "ruler":
        review.mark_row(project, survey_id, 2)
    else:
        review.judge_sample(project, survey_id, shown=step.objects, wrong=[])
    with project.read() as conn:
        print(survey_id, history.read_version(conn), flush=True)
"""


@pytest.mark.parametrize("answers", [1, 2])
def test_a_kill_in_the_middle_of_a_growth_loses_no_answer(tmp_path: Path, answers: int) -> None:
    project = make_project(tmp_path / "p", sizes=(900, 400), free=200, dims=8)
    objects = mx.seed_objects(project, 1)
    review.gather(project, objects[:60], shown=objects[:60])
    command = [sys.executable, "-c", GROWER, str(project.folder), "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline().split() for _ in range(answers)]
        process.kill()
        said += [line.split() for line in process.stdout.read().splitlines()]

    again = mx.open_project(project.folder)
    decisions = mx.history(again)
    survey_id, last = int(said[-1][0]), int(said[-1][1])
    assert last in decisions["decision_id"].tolist()
    assert not [finding for finding in mx.check(again) if not finding.is_harmless]
    step = review.survey_step(again, survey_id)
    assert [one.survey_id for one in review.open_surveys(again)] == (
        [] if step.phase == "done" else [survey_id]
    )
    while step.phase != "done":
        if step.phase == "ruler":
            step = review.mark_row(again, survey_id, 2)
        else:
            step = review.judge_sample(again, survey_id, shown=step.objects, wrong=[])
    assert step.outcome == "accepted"
