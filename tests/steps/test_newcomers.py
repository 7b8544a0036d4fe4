"""Next year's cruise: what fits the morphs that are there, and what is new here."""

from __future__ import annotations

import numpy as np
import pytest

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.cli.lines import status_lines
from morphoexplore.errors import StepMissingError, WrongValueError
from morphoexplore.steps.newcomers import latest
from morphoexplore.steps.overview import next_step
from morphoexplore.store import arrays, morphospace, tree
from tests import drawn, made


@pytest.fixture
def grown(tmp_path):
    """200 older objects of two forms, sorted; then 60 of the first form, and 20 of a form that nobody saw before."""
    project = made.make_project(tmp_path / "p", sizes=(100, 100), free=0, dims=6)
    for seed_id in (1, 2):
        review.confirm(project, seed_id)
    rng = np.random.default_rng(8)
    old = np.asarray(morphospace.read_pca(project))
    first = old[:100].mean(axis=0) + rng.normal(size=(60, 6))
    unheard = old.mean(axis=0) + 30 + rng.normal(size=(20, 6))
    made.add_objects(project, 80)
    array = morphospace.embedding(project, morphospace.PCA)
    shard = arrays.write_shard(project, array.array_id, 200, np.vstack([first, unheard]).astype(np.float32))
    with project.write() as conn:
        arrays.enter(conn, [shard])
    return project


def test_what_nobody_saw_before_comes_first_and_in_company(grown):
    found = mx.newcomers(grown, since=200)
    assert len(found) == 80
    assert set(found["object"][:20]) == set(range(260, 280))
    assert (found["novelty"][:20] == 1).all()
    assert (found["company"][:20] > 3).all()
    assert found.attrs["strange"] >= 20
    assert found["novelty"][20:].median() < 0.9


def test_newcomers_are_offered_to_the_morphs_that_are_there(grown):
    survey_id = review.begin_bulk(grown, among=np.arange(200, 280))
    survey = review.survey_step(grown, survey_id).survey
    assert set(survey.objects.tolist()) <= set(range(200, 280))
    assert set(survey.objects[:40].tolist()) <= set(range(200, 260))
    assert set(survey.nodes[:40].tolist()) == {1}
    for _ in range(9):
        step = review.survey_step(grown, survey_id)
        if step.phase == "ruler":
            good = [np.mean(np.array(row.objects) < 260) > 0.7 for row in step.rows]
            review.mark_row(grown, survey_id, good.index(False) - 1 if False in good else len(good) - 1)
        elif step.phase != "done":
            review.judge_sample(grown, survey_id, wrong=[one for one in step.objects if one >= 260])
    assert len(tree.members(grown, 1)) >= 140


def test_newcomers_are_those_that_came_after_something_was_sorted(tmp_path):
    project = mx.create_project(tmp_path / "p")
    mx.add(project, drawn.csv_source(tmp_path / "first", each=4))
    first = mx.add(project, drawn.csv_source(tmp_path / "more", each=2, skip=4, name="more"))
    assert not len(latest(project))  # nothing was sorted between the two
    assert mx.status(project)["new"] == {"came": 0, "free": 0}
    review.gather(project, [0, 1])
    assert not len(latest(project))
    mx.add(project, drawn.csv_source(tmp_path / "second", each=3, skip=6, name="next"))
    third = mx.add(project, drawn.csv_source(tmp_path / "third", each=1, skip=9, name="last"))
    mx.add(project, tmp_path / "third" / "last.csv")  # the same again brings nobody
    assert latest(project).tolist() == list(range(first["total"], third["total"]))
    review.gather(project, [first["total"]])
    n = third["total"] - first["total"]
    counts = mx.status(project)
    assert counts["new"] == {"came": n, "free": n - 1}
    told = f"New          {n} objects came with the last add, {n - 1} of them free; see page New objects"
    assert told in status_lines("p", counts | {"next": ""})
    review.gather(project, list(range(first["total"] + 1, third["total"])))
    assert not any(line.startswith("New ") for line in status_lines("p", mx.status(project) | {"next": ""}))
    with pytest.raises(StepMissingError, match="embed"):
        mx.newcomers(project)


def test_newcomers_are_the_next_thing_until_the_first_of_them_is_sorted(project, drawn_csv, tmp_path):
    def say():
        return next_step(project, mx.status(project))

    mx.add(project, drawn_csv)
    mx.extract(project)
    mx.embed(project)
    review.gather(project, [0, 1], name="Calanus")
    came = mx.add(project, drawn.csv_source(tmp_path / "second", each=3, skip=200, name="next"))
    assert "morphoexplore extract" in say()
    mx.extract(project)
    mx.embed(project)
    assert say().startswith(f"Offer the {came['objects']} objects that came last to the morphs")
    review.gather(project, [came["total"] - 1], into=1)
    assert "morphoexplore diversity" in say()


def test_without_older_objects_nothing_can_be_new(grown):
    assert mx.newcomers(grown).empty  # no add is known, so nobody came later
    with pytest.raises(WrongValueError, match="begin at the number of an object"):
        mx.newcomers(grown, since=0)
    with pytest.raises(WrongValueError, match="too few"):
        mx.newcomers(grown, since=3)
