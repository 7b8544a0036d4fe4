"""Projects of earlier releases open, are sound, and go on."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

import morphoexplore as mx
from morphoexplore import review
from tests.golden.make_golden import describe

GOLDEN = sorted((Path(__file__).parent / "golden").glob("project-*.zip"))


@pytest.fixture(params=GOLDEN, ids=lambda path: path.stem)
def golden(request, tmp_path):
    with zipfile.ZipFile(request.param) as packed:
        packed.extractall(tmp_path / "project")
    return mx.open_project(tmp_path / "project", user="later"), json.loads(
        request.param.with_suffix(".json").read_text()
    )


def test_there_is_a_golden_project():
    assert GOLDEN


def test_it_holds_what_it_held(golden):
    project, expected = golden
    assert describe(project) == expected


def test_it_is_sound(golden):
    assert mx.check(golden[0]) == []


def test_its_decisions_can_be_undone_and_made_again(golden):
    project, expected = golden
    while mx.status(project)["undo"]:
        review.undo(project)
    assert mx.morphs(project).empty
    assert mx.status(project)["free"] == expected["objects"]
    for _ in range(expected["decisions"]):
        review.redo(project)
    assert describe(project)["sizes"] == expected["sizes"]
    assert mx.check(project) == []


def test_it_goes_on(golden, tmp_path):
    project, _ = golden
    mx.extract(project)
    mx.embed(project)
    assert mx.sheet(project, range(5)).size[0] > 0
    assert len(mx.review.candidates(project, int(mx.morphs(project).index[0]), most=5)) == 5
    assert (tmp_path / "m.csv").as_posix() == mx.export(project, tmp_path / "m.csv")["file"]
