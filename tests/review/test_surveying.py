"""Growth with a stated precision: what is accepted, what is stated, and that nothing is ever lost."""

from __future__ import annotations

import numpy as np
import pytest

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.review import course as courses
from morphoexplore.review.telling import told
from morphoexplore.steps.precision import with_precision
from morphoexplore.store import history, seeds, surveys, tree
from morphoexplore.store.membership import Membership
from tests.made import make_project, state_of

SIZES = (900, 400, 90)
START = 60  # members that a morph begins with


@pytest.fixture
def project(tmp_path):
    """Three forms; of each a part is a morph, the rest is free."""
    project = make_project(tmp_path / "p", sizes=SIZES, free=200, dims=8)
    for seed_id in (1, 2, 3):
        objects = seeds.objects_of(project, seed_id)
        few = min(START, len(objects) // 2)
        review.gather(project, objects[:few], shown=objects[:few])
    return project


def form(objects):
    """Return the form of each object: 1, 2, 3, or 4 for none."""
    return np.searchsorted(np.cumsum(SIZES), np.asarray(objects), side="right") + 1


def answer(project, survey_id, *, clicks=False, limit=100):
    """Answer a survey as somebody would who knows all forms."""
    for _ in range(limit):
        step = review.survey_step(project, survey_id)
        assert_is_over_as_it_goes(project, step.survey)
        if step.phase == "done":
            return step
        if step.phase == "ruler":
            good = [np.mean(right(step, row)) >= 0.75 for row in step.rows]
            last = max((place for place in range(len(good)) if all(good[: place + 1])), default=None)
            review.mark_row(project, survey_id, last)
        elif step.phase == "jump":
            review.judge_jump(project, survey_id, is_right=np.mean(right(step, step)) >= 0.95)
        else:
            wrong = np.array(step.objects)[~right(step, step)]
            said = {"wrong": wrong} if clicks else {"count": len(wrong)}
            review.judge_sample(project, survey_id, shown=step.objects, **said)
    raise AssertionError("the survey does not end")


def assert_is_over_as_it_goes(project, survey):
    """What is told by the answers alone is what is found by following them."""
    with project.read() as conn:
        answers = history.of_survey(conn, survey.survey_id)
        is_done = courses.follow(conn, survey).phase == "done"
        assert courses.is_over(conn, survey.kind, answers) == is_done


def right(step, shown):
    """Return which of the objects of a row or a page are of the morph that they are offered to."""
    return form(shown.objects) == (step.survey.node_id or np.array(shown.nodes))


@pytest.mark.parametrize("mode", ["ruler", "gallop"])
@pytest.mark.parametrize("clicks", [False, True])
def test_a_morph_grows_to_its_border_with_a_bound_that_holds(project, mode, clicks):
    done = answer(project, review.begin_growth(project, 1, mode=mode), clicks=clicks)
    assert done.outcome == "accepted"
    members = tree.members(project, 1)
    assert len(members) > 0.9 * SIZES[0]
    stated = mx.bounds(project).loc[1]
    unseen = members[Membership(project).origin[members] != 0]
    assert 0.9 <= stated["bound"] <= (form(unseen) == 1).mean()
    assert stated["unseen"] == stated["covered"] == len(unseen)
    assert done.accepted == len(members) - START


def test_what_is_looked_at_is_in_at_once_and_the_rest_when_it_is_certified(project):
    survey_id = review.begin_growth(project, 1)
    step = review.survey_step(project, survey_id)
    assert step.phase == "ruler"
    while step.phase == "ruler":
        good = [np.mean(form(row.objects) == 1) >= 0.75 for row in step.rows]
        step = review.mark_row(project, survey_id, good.index(False) - 1 if False in good else len(good) - 1)
    assert len(tree.members(project, 1)) == START
    after = review.judge_sample(project, survey_id, count=1)  # nobody knows which
    assert len(tree.members(project, 1)) == START
    assert after.looked == 100
    review.judge_sample(project, survey_id, wrong=[])
    assert set(step.objects) & set(tree.members(project, 1).tolist()) or after.outcome
    assert len(tree.members(project, 1)) >= START + 100


def test_a_survey_can_be_left_and_resumed(project):
    survey_id = review.begin_growth(project, 1)
    before = review.survey_step(project, survey_id)
    review.mark_row(project, survey_id, 3)
    here = review.survey_step(project, survey_id)
    later = review.survey_step(mx.open_project(project.folder), survey_id)
    assert (later.phase, later.objects, later.rows) == (here.phase, here.objects, here.rows)
    assert (before.phase, before.rows) != (later.phase, later.rows)
    assert [one.survey_id for one in review.open_surveys(project)] == [survey_id]
    review.stop_survey(project, survey_id)
    assert review.open_surveys(project) == []
    assert review.survey_step(project, survey_id).outcome == "stopped"


def test_every_answer_can_be_undone_and_made_again(project):
    survey_id = review.begin_growth(project, 1)
    states = [(state_of(project), _shown(project, survey_id))]
    for _ in range(20):
        step = review.survey_step(project, survey_id)
        if step.phase == "done":
            break
        if step.phase == "ruler":
            review.mark_row(project, survey_id, 4, wrong=step.rows[-1].objects[:1])
        else:
            review.judge_sample(
                project, survey_id, wrong=[one for one in step.objects if form([one])[0] != 1]
            )
        states.append((state_of(project), _shown(project, survey_id)))
    assert len(mx.bounds(project)) == 3
    for former, shown in reversed(states[:-1]):
        review.undo(project)
        assert former.is_restored_by(state_of(project))
        assert _shown(project, survey_id) == shown
    for later, shown in states[1:]:
        review.redo(project)
        assert later.is_restored_by(state_of(project))
        assert _shown(project, survey_id) == shown
    assert mx.check(project) == []


def _shown(project, survey_id):
    step = review.survey_step(project, survey_id)
    return step.phase, step.rows, step.objects, step.outcome, str(mx.bounds(project))


def test_what_was_clicked_out_is_never_offered_to_that_morph_again(project):
    survey_id = review.begin_growth(project, 1)
    wrong = review.survey_step(project, survey_id).rows[0].objects[:4]
    review.mark_row(project, survey_id, 0, wrong=wrong)
    assert not set(wrong) & set(review.survey_step(project, survey_id).objects)
    again = review.survey_step(project, review.begin_growth(project, 1))
    assert not set(wrong) & set(again.survey.objects.tolist())


def test_a_page_that_is_not_shown_any_more_is_refused(project):
    survey_id = review.begin_growth(project, 1)
    with pytest.raises(DecisionError, match="does not show this any more"):
        review.judge_sample(project, survey_id, count=0)
    step = review.mark_row(project, survey_id, 2)
    with pytest.raises(DecisionError, match="does not show this any more"):
        review.mark_row(project, survey_id, 2)
    review.gather(project, step.objects[:1], into=2)  # somebody took one of them meanwhile
    with pytest.raises(DecisionError, match="does not show this any more"):
        review.judge_sample(project, survey_id, count=0, shown=step.objects)
    assert step.objects[0] not in review.survey_step(project, survey_id).objects


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({}, "Say which images are wrong, or how many"),
        ({"wrong": [], "count": 0}, "Say which images are wrong, or how many"),
        ({"count": 101}, "101 of them cannot be wrong"),
        ({"count": -2}, "-2 of them cannot be wrong"),
        ({"wrong": [0]}, "not on this page"),
    ],
)
def test_an_answer_that_means_nothing_is_refused(project, said, sentence):
    survey_id = review.begin_growth(project, 1)
    step = review.mark_row(project, survey_id, 2)
    assert step.phase in ("certify", "look")
    with pytest.raises(DecisionError, match=sentence):
        review.judge_sample(project, survey_id, **said)


def test_many_wrong_ones_make_the_set_smaller_and_at_last_nothing_is_accepted(project):
    survey_id = review.begin_growth(project, 1)
    cuts = []
    for _ in range(30):
        step = review.survey_step(project, survey_id)
        if step.phase == "done":
            break
        if step.phase == "ruler":
            review.mark_row(project, survey_id, len(step.rows) - 1)
        else:
            cuts.append(step.cut)
            review.judge_sample(project, survey_id, count=review.MANY)
    assert step.outcome == "nothing"
    assert cuts == sorted(cuts, reverse=True)
    assert len(set(cuts)) == len(cuts) == 3
    assert len(tree.members(project, 1)) == START


def test_what_is_accepted_without_certificate_has_no_bound(project):
    survey_id = review.begin_growth(project, 1)
    with pytest.raises(DecisionError, match="Find the border first"):
        review.accept_unsure(project, survey_id)
    review.mark_row(project, survey_id, 2)
    accepted = review.accept_unsure(project, survey_id)
    assert review.survey_step(project, survey_id).outcome == "unsure"
    assert len(tree.members(project, 1)) == START + accepted
    assert np.isnan(mx.bounds(project).loc[1, "bound"])


def test_an_audit_tells_how_precise_a_morph_is_and_takes_out_what_is_wrong(project):
    review.grow(project, 1, np.arange(100, 900), wrong=[])
    review.grow(project, 1, np.arange(1000, 1040))  # 40 that are wrong, of 840 unseen
    assert np.isnan(mx.bounds(project).loc[1, "bound"])
    survey_id = review.begin_audit(project, 1)
    taken_out = 0
    for page in range(1, 4):
        step = review.survey_step(project, survey_id)
        assert (step.phase, step.page) == ("certify", page)
        wrong = [one for one in step.objects if form([one])[0] != 1]
        taken_out += len(wrong)
        review.judge_sample(project, survey_id, wrong=wrong)
        stated = mx.bounds(project).loc[1]
        assert stated["wrong_most"] >= 40 - taken_out
        assert stated["unseen"] == 840 - 100 * page
    assert taken_out
    assert not set(wrong) & set(tree.members(project, 1).tolist())
    everything = mx.project_errors(project)
    assert everything["most"] >= 40 - taken_out
    assert everything["unseen"] == everything["covered"] == 540
    written = with_precision(mx.morphs(project), mx.bounds(project))
    assert tuple(written.loc[1, ["sampled", "sampled_wrong"]]) == (300, taken_out)
    assert written.loc[1, "sampled_at"] == stated["time"]
    assert written.loc[2, ["sampled", "sampled_wrong", "sampled_at"]].isna().all()


def test_a_bound_follows_its_objects_when_morphs_are_merged_or_cut(project):
    answer(project, review.begin_growth(project, 1))
    answer(project, review.begin_growth(project, 2))
    apart = mx.bounds(project)
    kept = review.merge(project, [1, 2])
    together = mx.bounds(project).loc[kept]
    assert together["covered"] == together["unseen"] == apart.loc[[1, 2], "unseen"].sum()
    # Two statements share the error probability of one, so that both are weaker.
    assert together["wrong_most"] >= apart.loc[[1, 2], "wrong_most"].sum()
    review.grow(project, kept, np.arange(sum(SIZES), sum(SIZES) + 3))
    assert np.isnan(mx.bounds(project).loc[kept, "bound"])  # three of them nobody knows


def test_everything_is_offered_to_its_best_morph_at_once(project):
    done = answer(project, review.begin_bulk(project))
    assert done.outcome == "accepted"
    node = Membership(project).node
    members = np.flatnonzero(node >= 0)
    assert len(members) > 0.8 * sum(SIZES)
    assert (form(members) == node[members]).mean() >= 0.95
    table = mx.bounds(project)
    assert table["bound"].isna().any()  # a pooled bound says nothing of one morph
    assert table["pooled"].sum() > 0
    assert mx.project_errors(project)["precision"] >= 0.95


def test_few_candidates_are_all_looked_at(project):
    step = review.survey_step(project, review.begin_growth(project, 3))
    step = review.mark_row(project, step.survey.survey_id, 0)
    assert step.phase == "look"
    wrong = [one for one in step.objects if form([one])[0] != 3]
    done = review.judge_sample(project, step.survey.survey_id, wrong=wrong)
    assert done.outcome == "accepted"
    assert mx.bounds(project).loc[3, "bound"] == 1  # nobody is unseen


@pytest.mark.parametrize("target", [0, 1, 1.5])
def test_a_precision_that_cannot_be_is_refused(project, target):
    with pytest.raises(DecisionError, match="between 0 and 1"):
        review.begin_growth(project, 1, target=target)


def test_a_morph_that_is_gone_ends_its_survey(project):
    survey_id = review.begin_growth(project, 1)
    review.merge(project, [1, 2], into=2)
    with pytest.raises(DecisionError, match="Morph 1 is gone"):
        review.survey_step(project, survey_id)
    with pytest.raises(DecisionError, match="no survey 99"):
        review.survey_step(project, 99)


def test_the_history_tells_what_a_survey_did(project):
    answer(project, review.begin_growth(project, 1))
    review.grow(project, 1, np.arange(sum(SIZES), sum(SIZES) + 3))
    review.judge_sample(project, review.begin_audit(project, 1), count=3)
    survey_id = review.begin_growth(project, 2)
    review.mark_row(project, survey_id, 0)
    review.accept_unsure(project, survey_id)
    stopped = review.begin_growth(project, 3)
    review.stop_survey(project, stopped)
    with project.read() as conn:
        made = history.read_decisions(conn, mx.history(project)["decision_id"])
    sentences = told(project, list(made.values()))
    joined = "\n".join(sentences)
    for words in (
        "Looked for the border of morph 1.",
        "Certified",
        "Audited morph 1: 100 images looked at, 3 wrong.",
        "without certificate for morph 2.",
        "Stopped growing morph 3.",
    ):
        assert words in joined


def test_surveys_that_nobody_answered_do_not_pile_up(project, monkeypatch):
    monkeypatch.setattr(surveys, "UNANSWERED", 3)
    first = review.begin_growth(project, 1)
    review.mark_row(project, first, 0)
    for _ in range(6):
        last = review.begin_growth(project, 2)
    with project.read() as conn:
        kept = [row[0] for row in conn.execute("SELECT survey_id FROM survey ORDER BY survey_id")]
    assert kept == [first, *range(last - 3, last + 1)]
    assert review.survey_step(project, first).outcome is None


def test_several_that_were_left_are_all_found_again(project):
    first, second = (review.begin_growth(project, 1, mode=mode) for mode in ("ruler", "gallop"))
    bulk, part = review.begin_bulk(project), review.begin_bulk(project, among=np.arange(200, 900))
    for survey_id in (first, bulk, part):
        review.mark_row(project, survey_id, 1)
    review.judge_jump(project, second, is_right=True)
    left = {step.survey.survey_id: step for step in review.unfinished(project)}
    assert set(left) == {first, second, bulk, part}
    assert left[second].phase == "jump"
    assert next(iter(left)) == second, "answered last"
    review.stop_survey(project, second)
    assert {step.survey.survey_id for step in review.unfinished(project)} == {bulk, part}, (
        "a growth that was ended ends the older one of the same morph"
    )
    review.stop_survey(project, part)
    assert [step.survey.survey_id for step in review.unfinished(project)] == [bulk]


def test_an_audit_is_unfinished_until_it_says_enough(tmp_path):
    project = make_project(tmp_path / "p", sizes=(900,), free=0, dims=4)
    node = review.confirm(project, 1)
    audit = review.begin_audit(project, node)
    assert review.unfinished(project) == [], "nobody answered"
    review.judge_sample(project, audit, count=4)
    assert [step.survey.survey_id for step in review.unfinished(project)] == [audit]
    review.undo(project)
    assert review.unfinished(project) == []
    review.judge_sample(project, audit, count=0)
    assert review.unfinished(project) == [], "at least 95% are right"


def test_what_was_taken_back_and_put_out_of_reach_is_not_gone_on_with(project):
    survey_id = review.begin_growth(project, 1)
    review.mark_row(project, survey_id, 1)
    review.undo(project)
    assert [one.survey_id for one in review.open_surveys(project)] == [survey_id], "it can be made again"
    review.name(project, 2, "Calanus")
    assert review.open_surveys(project) == []


def test_a_draft_is_stored_by_its_first_answer_and_shows_the_same(project):
    draft = review.draft_growth(project, 1)
    first = review.survey_step(project, draft)
    assert review.survey_step(project, review.draft_growth(project, 1)).shown == first.shown
    after = review.mark_row(project, draft, 1)
    survey = after.survey
    assert not survey.is_draft
    assert (survey.objects.tolist(), survey.draw) == (draft.objects.tolist(), draft.draw)
    review.undo(project)
    assert review.survey_step(project, survey.survey_id).shown == first.shown
    with pytest.raises(DecisionError, match="The ruler has the rows"):
        review.mark_row(project, review.draft_growth(project, 2), 99)
    with project.read() as conn:
        assert conn.execute("SELECT count(*) FROM survey").fetchone()[0] == 1, (
            "a refused answer stores nothing"
        )


@pytest.mark.parametrize("kind", ["growth", "bulk"])
def test_what_is_refused_meanwhile_is_neither_shown_nor_taken_in(project, kind):
    survey_id = review.begin_growth(project, 1) if kind == "growth" else review.begin_bulk(project)
    step = review.survey_step(project, survey_id)
    survey = step.survey
    offered = [1] * len(survey.objects) if survey.nodes is None else survey.nodes.tolist()
    to = dict(zip(survey.objects.tolist(), offered, strict=True))
    first = [one for one in step.shown if to[one] == 1][:3]
    review.reject(project, 1, first)
    assert not set(first) & set(review.survey_step(project, survey_id).shown)
    for _ in range(5):
        step = review.survey_step(project, survey_id)
        if step.phase != "ruler":
            break
        review.mark_row(project, survey_id, len(step.rows) - 1)
    assert step.phase == "certify"
    later = [one for one in step.objects if to[one] == 1][:3]
    assert later
    review.reject(project, 1, later)
    assert not set(later) & set(review.survey_step(project, survey_id).objects)
    review.accept_unsure(project, survey_id)
    members = set(tree.members(project, 1).tolist())
    assert len(members) > START
    assert not members & {*first, *later}
