"""What came in unseen with the seeds of a round, and taking it back where an audit fell short."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.review import rounds
from morphoexplore.review.rounds import unseen_of_round, unseen_of_rounds
from morphoexplore.steps import seeding
from morphoexplore.store import seeds
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project
from tests.made import add_round, make_project, state_of

SIZES = (300, 200, 60)


@pytest.fixture
def judged(tmp_path: Path) -> Project:
    project = make_project(tmp_path / "p", sizes=SIZES)
    for seed_id in (1, 2):
        review.confirm(project, seed_id, shown=seeds.objects_of(project, seed_id)[:10])
    return project


def audit(project: Project, count: int | None = None, *, wrong_are: np.ndarray | None = None) -> np.ndarray:
    survey_id = review.begin_round_audit(project, 1)
    page = np.array(review.survey_step(project, survey_id).objects)
    wrong = None if wrong_are is None else page[np.isin(page, wrong_are)]
    review.judge_sample(project, survey_id, count=count, wrong=wrong)
    return page


def test_a_round_that_fell_short_is_taken_back_and_the_looked_at_stay(judged: Project) -> None:
    page = audit(judged, 9)
    before, bounds = state_of(judged), mx.bounds(judged)
    assert review.take_back(judged, 1) == 480
    membership = Membership(judged)
    assert (membership.node >= 0).sum() == 20
    assert set(membership.origin[membership.node >= 0]) == {0}
    assert mx.project_errors(judged)["covered"] == 0
    # Nothing is rejected: all of them can be grown again.
    candidates = review.candidates(judged, 1, most=1000)["object"]
    assert np.isin(page[membership.node[page] < 0], candidates).all()
    assert mx.history(judged)["verb"].iloc[-1] == "take back"
    with pytest.raises(DecisionError, match="Round 1 has no member that nobody looked at"):
        review.take_back(judged, 1)
    review.undo(judged)
    assert state_of(judged) == before
    assert mx.bounds(judged).equals(bounds)
    review.redo(judged)
    assert (Membership(judged).node >= 0).sum() == 20
    assert mx.check(judged) == []


def test_the_seed_with_most_wrong_ones_comes_first_and_can_be_taken_back_alone(judged: Project) -> None:
    second = seeds.objects_of(judged, 2)
    page = audit(judged, wrong_are=second)
    wrong = int(np.isin(page, second).sum())
    assert wrong > 0
    table = review.round_seeds(judged, 1)
    assert table.index.tolist() == [2, 1]
    assert table["node_id"].tolist() == [2, 1]
    assert table["looked"].tolist() == [wrong, 100 - wrong]
    assert table["wrong"].tolist() == [wrong, 0]
    assert table["unseen"].tolist() == [190 - wrong, 190 + wrong]
    assert review.take_back(judged, 1, seed_ids=[2]) == 190 - wrong
    assert review.round_seeds(judged, 1).index.tolist() == [1]
    # The sample goes on speaking of the others.
    assert mx.project_errors(judged)["covered"] == 190 + wrong
    with pytest.raises(DecisionError, match="nothing to take back"):
        review.take_back(judged, 1, seed_ids=[2])


def test_what_comes_in_again_with_a_later_seed_is_of_its_round(judged: Project) -> None:
    audit(judged, 9)
    review.take_back(judged, 1, seed_ids=[1])
    labels = np.full(judged.count_objects(), -1)
    free = seeds.objects_of(judged, 1)
    labels[free[Membership(judged).node[free] < 0]] = 0
    add_round(judged, labels)
    review.confirm(judged, int(mx.seeds(judged, "pending").index[0]))
    later = unseen_of_rounds(judged)
    assert {key: len(objects) for key, objects in later.items()} == {(1, 2): 190, (2, 4): 290}
    # What the audit said of them was of their stay in the first round.
    assert mx.project_errors(judged)["covered"] == 190
    assert review.survey_step(judged, review.begin_round_audit(judged, 1)).tally.total == 190


def test_what_somebody_looks_at_meanwhile_stays(judged: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    meanwhile: list[int] = []

    def read(*given: Any, **options: Any) -> pd.Series:
        found = unseen_of_round(*given, **options)
        meanwhile.extend(found[1][:5].tolist())
        review.judge_members(judged, 1, meanwhile)  # in another tab
        return found

    monkeypatch.setattr(rounds, "unseen_of_round", read)
    assert review.take_back(judged, 1) == 480 - 5
    assert (Membership(judged).node[meanwhile] == 1).all()


def test_a_round_without_unseen_members_has_nothing_to_take_back(judged: Project) -> None:
    assert review.round_seeds(judged, 7).empty
    with pytest.raises(DecisionError, match="Round 7"):
        review.take_back(judged, 7)


def test_an_audit_draws_its_sample_anew_when_a_seed_is_taken_back(judged: Project) -> None:
    survey_id = review.begin_round_audit(judged, 1)
    second = seeds.objects_of(judged, 2)
    page = np.array(review.survey_step(judged, survey_id).objects)
    review.judge_sample(judged, survey_id, wrong=page[np.isin(page, second)][:9])
    before = review.survey_step(judged, survey_id)
    assert (before.looked, before.wrong) == (100, 9)
    review.take_back(judged, 1, seed_ids=[2])
    left = int(review.round_seeds(judged, 1)["unseen"].sum())
    step = review.survey_step(judged, survey_id)
    # The hundred were mostly chosen by what is gone: they say nothing of what is left.
    assert (step.looked, step.wrong, step.bound, step.tally.total) == (0, 0, None, left)
    assert np.isin(step.objects, seeds.objects_of(judged, 1)).all()
    after = review.judge_sample(judged, survey_id, count=1)
    assert (after.looked, after.wrong, after.tally.total) == (100, 1, left)
    review.undo(judged)
    assert review.survey_step(judged, survey_id).objects == step.objects
    review.undo(judged)
    former = review.survey_step(judged, survey_id)
    assert (former.objects, former.tally, former.bound) == (before.objects, before.tally, before.bound)


def test_an_audit_of_a_morph_goes_on_when_seeds_of_others_are_taken_back(judged: Project) -> None:
    survey_id = review.begin_audit(judged, 1)
    review.judge_sample(judged, survey_id, count=1)
    review.take_back(judged, 1, seed_ids=[2])
    assert review.survey_step(judged, survey_id).looked == 100
    review.take_back(judged, 1, seed_ids=[1])
    assert review.survey_step(judged, survey_id).looked == 0


def test_an_audit_that_was_given_up_tells_what_it_showed(judged: Project) -> None:
    audit(judged, 9)
    rows = [len(row.objects) for row in review.strip_page(judged).rows]
    review.stop_survey(judged, review.begin_round_audit(judged, 1))
    assert [len(row.objects) for row in review.strip_page(judged).rows] == rows == [24]


def test_a_seed_of_an_earlier_round_that_is_taken_back_comes_back_in_parts(judged: Project) -> None:
    def mixed(round_number: int) -> list[list[int]]:
        numbers = np.arange(judged.count_objects())
        place = np.where(Membership(judged).node < 0, numbers, -1)
        return [rows.tolist() for rows in seeding._mixed(judged, round_number, place)]

    def next_seed(objects: np.ndarray) -> int:
        add_round(judged, np.where(np.isin(np.arange(judged.count_objects()), objects), 0, -1))
        return int(mx.seeds(judged, "pending").index[0])

    review.confirm(judged, next_seed(seeds.objects_of(judged, 3)))
    assert mixed(3) == []
    review.take_back(judged, 1, seed_ids=[1])
    free = sorted(seeds.objects_of(judged, 1)[10:].tolist())
    assert mixed(3) == [free]
    review.discard(judged, next_seed(np.array(free[:40])))
    assert mixed(4) == [free[:40]], "the round before has seen to it"
