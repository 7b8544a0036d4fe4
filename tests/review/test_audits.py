"""What an audit says: of a round as a whole, and when its set is not what it was when it was begun."""

from __future__ import annotations

import numpy as np
import pytest

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.methods.certifying import alpha_of_audit, most_wrong
from morphoexplore.store import seeds, tree
from morphoexplore.store.membership import Membership
from tests.made import make_project, state_of


@pytest.fixture
def audited(tmp_path):
    """A morph of 500 that nobody looked at, but for the first page of its audit, none of which was wrong."""
    project = make_project(tmp_path / "p", sizes=(500,))
    review.confirm(project, 1)
    survey_id = review.begin_audit(project, 1)
    review.judge_sample(project, survey_id, count=0)
    return project, survey_id


def test_an_audit_of_which_much_has_left_draws_its_sample_anew(audited):
    project, survey_id = audited
    before = review.survey_step(project, survey_id)
    # Whoever looks on and says what is right leaves what is not: the first page was of all of them.
    unseen = np.flatnonzero(Membership(project).origin > 0)
    review.judge_members(project, 1, unseen[150:])
    step = review.survey_step(project, survey_id)
    assert (step.looked, step.bound, step.tally.total) == (0, None, 150)
    after = review.judge_sample(project, survey_id, count=1)
    assert (after.looked, after.wrong, after.tally.total, after.tally.unseen) == (100, 1, 150, 150)
    assert mx.bounds(project).loc[1, "wrong_most"] == most_wrong(150, 100, 1, alpha_of_audit(1))
    assert review.survey_step(project, survey_id).objects == after.objects, "and is gone on with"
    review.undo(project)
    review.undo(project)
    again = review.survey_step(project, survey_id)
    assert (again.objects, again.tally, again.bound) == (before.objects, before.tally, before.bound)


def test_the_little_that_has_left_an_audit_does_not_make_its_sample_larger(audited):
    project, survey_id = audited
    unseen = np.flatnonzero(Membership(project).origin > 0)
    review.judge_members(project, 1, unseen[:30])
    step = review.judge_sample(project, survey_id, count=2)
    assert (step.looked, step.tally.total, step.tally.gone, step.tally.unseen) == (200, 500, 30, 370)
    stated = mx.bounds(project).loc[1]
    assert stated["unseen"] == 370
    assert stated["wrong_most"] == most_wrong(500, 200, 2, alpha_of_audit(2))
    assert step.bound == pytest.approx(1 - stated["wrong_most"] / 470)


def test_what_was_stated_of_a_morph_is_not_said_of_members_that_went_to_another_unseen(tmp_path):
    project = make_project(tmp_path / "p", sizes=(500, 60))
    for seed_id in (1, 2):
        review.confirm(project, seed_id, shown=seeds.objects_of(project, seed_id)[: 60 * (seed_id - 1)])
    review.judge_sample(project, review.begin_audit(project, 1), count=0)
    before, stated = state_of(project), mx.bounds(project)
    assert stated.loc[1, "bound"] > 0.9
    assert stated.loc[2, "bound"] == 1, "all of it was looked at"
    unseen = np.flatnonzero(Membership(project).origin > 0)
    review.gather(project, unseen[:50], into=2, moves=True)
    moved = mx.bounds(project)
    assert np.isnan(moved.loc[2, "bound"])
    assert moved.loc[1, "bound"] > 0.9
    review.undo(project)
    assert state_of(project) == before
    assert mx.bounds(project).equals(stated)


def test_what_was_stated_of_a_member_is_not_said_when_it_comes_in_elsewhere(tmp_path):
    project = make_project(tmp_path / "p", sizes=(500, 60))
    review.confirm(project, 1)
    review.judge_sample(project, review.begin_audit(project, 1), count=0)
    away = np.flatnonzero(Membership(project).origin > 0)[:50]
    review.reject(project, 1, away)
    other = review.gather(project, away)
    assert np.isnan(mx.bounds(project).loc[other, "bound"])
    assert mx.bounds(project).loc[1, "bound"] > 0.9
    assert mx.check(project) == []


def test_a_round_is_audited_as_a_whole(tmp_path):
    project = make_project(tmp_path / "p", sizes=(300, 200))
    for seed_id in (1, 2):
        review.confirm(project, seed_id, shown=seeds.objects_of(project, seed_id)[:10])
    survey_id = review.begin_round_audit(project, 1)
    step = review.survey_step(project, survey_id)
    assert len(step.objects) == 100
    review.judge_sample(project, survey_id, count=0)
    errors = mx.project_errors(project)
    assert errors["unseen"] == errors["covered"] == 380
    assert 0 < errors["most"] < 40
    with pytest.raises(DecisionError, match="nothing to audit"):
        review.begin_round_audit(project, 2)


def test_what_was_only_passed_in_a_row_counts_as_no_better_than_the_rest_of_its_round(tmp_path):
    project = make_project(tmp_path / "p", sizes=(300, 200))
    rows = review.strip_page(project).rows
    review.judge_page(
        project, [review.SeedAnswer(row.seed_id, row.objects, len(row.objects) - 1) for row in rows]
    )
    assert mx.project_errors(project)["passed"] == 0  # before an audit nothing is stated
    review.judge_sample(project, review.begin_round_audit(project, 1), count=10)
    errors = mx.project_errors(project)
    assert errors["passed"] == 48
    assert errors["unseen"] == errors["covered"] == 452
    assert errors["expected"] == pytest.approx(10.5 / 101 * 500, abs=0.1)
    assert errors["most"] > errors["expected"]


def test_what_was_only_passed_in_candidates_counts_as_what_was_passed_in_rows(tmp_path):
    project = make_project(tmp_path / "p", sizes=(300, 200), free=60)
    rows = review.strip_page(project).rows
    review.judge_page(
        project, [review.SeedAnswer(row.seed_id, row.objects, len(row.objects) - 1) for row in rows]
    )
    review.judge_sample(project, review.begin_round_audit(project, 1), count=10)
    free = tree.free_objects(project)
    morph = int(tree.membership(project)[0][rows[0].objects[0]])
    review.grow(project, morph, free[:20], shown=free[:20], up_to=True)
    assert mx.project_errors(project)["passed"] == 48 + 20
    review.grow(project, morph, free[20:40], shown=free[20:40])  # judged one by one
    assert mx.project_errors(project)["passed"] == 48 + 20
