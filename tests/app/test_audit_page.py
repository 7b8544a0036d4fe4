"""How precise morphs are: the list of audits, the audit of a morph and of a round, and the words elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.review.telling import tell
from morphoexplore.store import history, tree
from morphoexplore.store.project import Project
from morphoexplore_app import ids, precision
from morphoexplore_app.pages import audit, audit_morph, audit_round, names, overview
from morphoexplore_app.pages import tree as tree_page
from morphoexplore_app.session import Session
from tests.app.pressing import Open
from tests.app.test_survey_page import act, body, said, step_of
from tests.made import make_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Three seeds confirmed: of 400 ten looked at, of 250 none, of 30 all."""
    project = make_project(tmp_path / "project", sizes=(400, 250, 30), free=40, dims=6)
    review.confirm(project, 1, shown=range(10), name="Calanus")
    review.confirm(project, 2)
    review.confirm(project, 3, shown=range(650, 680))
    return project


def test_the_least_known_come_first_and_what_was_looked_at_is_not_listed(project: Project) -> None:
    text = Open(project, audit).text
    assert text.index("390 unseen") < text.index("250 unseen")
    assert "/audit/3" not in text
    assert "2 morphs with members that nobody looked at" in text
    assert "680 members: 40 looked at, 0 unseen with a stated precision, 640 unseen" in text
    assert "Round 1: 640 unseen" in text


def test_an_audit_states_more_with_every_page(project: Project) -> None:
    opened = Open(project, audit_morph, node_id=1)
    shown = opened[ids.SURVEY_STATE, "data"]["shown"]
    assert len(shown) == 100
    assert set(shown) <= set(range(10, 400))
    assert "Nothing is stated before the first page." in opened.text
    act(opened, "n-0")
    first = mx.bounds(project).loc[1, "bound"]
    assert f"At least {precision.percent(step_of(opened).bound)}" in body(opened)
    act(opened, "n-0")
    assert mx.bounds(project).loc[1, "bound"] > first > 0.9
    assert set(tree.members(project, 1)) == set(range(400))
    text = Open(project, audit).text
    assert text.index("/audit/2") < text.index("/audit/1"), "the other one is less known now"
    assert "200 looked at, 0 wrong" in text


def test_wrong_ones_leave_the_morph_after_a_second_look(project: Project) -> None:
    opened = Open(project, audit_morph, node_id=1)
    wrong = opened[ids.SURVEY_STATE, "data"]["shown"][:2]
    act(opened, "right", *wrong)
    assert "Really wrong?" in body(opened)
    act(opened, "wrong")
    assert not set(wrong) & set(tree.members(project, 1))
    review.undo(project)
    assert set(wrong) <= set(tree.members(project, 1))


def test_an_audit_goes_on_where_it_was_left_but_not_after_the_morph_grew(project: Project) -> None:
    opened = Open(project, audit_morph, node_id=1)
    act(opened, "n-0")
    survey = step_of(opened).survey.survey_id
    assert step_of(Open(project, audit_morph, node_id=1)).survey.survey_id == survey
    review.gather(project, range(690, 700), into=1)
    again = Open(project, audit_morph, node_id=1)
    assert step_of(again).survey.is_draft, "its sample would not speak of what came in since"


def test_the_audit_of_a_round_shows_each_beside_a_member_of_its_morph(project: Project) -> None:
    opened = Open(project, audit_round, round_number=1)
    assert "typical member of its morph" in opened.text
    act(opened, "n-0")
    assert said(opened)["is_done"]
    assert np.isnan(mx.bounds(project).loc[1, "bound"]), "it speaks of the round"
    assert "Among those that are known" in Open(project, audit).text


def test_a_round_that_fell_short_is_taken_back_by_seed_or_whole(project: Project) -> None:
    opened = Open(project, audit_round, round_number=1)
    assert "It fell short" not in opened.text
    act(opened, "n-5")
    assert "It fell short" not in body(opened), "95 of a hundred are not less than 95 %"
    review.undo(project)
    opened = Open(project, audit_round, round_number=1)
    act(opened, "n-9")
    assert "Take back all 640" in body(opened)
    assert body(opened).index("Only 390") < body(opened).index("Only 250")
    opened.click(ids.survey_say("back-2"))
    assert len(tree.members(project, 2)) == 0
    assert "Take back all 390" in body(opened)
    assert "Only 390" not in body(opened), "that is all of them"
    assert opened.click(ids.survey_say("back-all"))[ids.SURVEY_GO, "href"] == "/audit"
    assert set(tree.members(project, 1)) == set(range(10))
    assert "There is nothing to audit" in Open(project, audit).text
    decision = history.next_undo(project)
    assert decision is not None
    assert tell(project, decision) == "take back 390 unseen members of 1 seed of round 1"
    review.undo(project)
    review.undo(project)
    assert "Round 1: 640 unseen" in Open(project, audit).text


def test_an_audit_of_a_round_begins_anew_when_more_of_its_seeds_came_in(project: Project) -> None:
    review.undo(project)
    act(Open(project, audit_round, round_number=1), "n-4")
    assert "Begun, not finished" in Open(project, audit).text
    review.confirm(project, 3, shown=[])
    opened = Open(project, audit_round, round_number=1)
    assert "Nothing is stated before the first page." in opened.text
    assert step_of(opened).tally.total == 670
    assert "Begun, not finished" not in Open(project, audit).text


def test_many_wrong_ones_in_a_round_are_a_reason_to_take_it_back(project: Project) -> None:
    opened = Open(project, audit_round, round_number=1)
    act(opened, "n-many")
    assert "Take back all 640" in body(opened)


def test_when_everything_was_looked_at_there_is_nothing_to_audit(project: Project) -> None:
    assert "Every member of morph 3 was looked at" in Open(project, audit_morph, node_id=3).text
    review.merge(project, [1, 2, 3])
    review.reject(project, 1, range(10, 650))
    assert "There is nothing to audit" in Open(project, audit).text


def test_without_morphs_the_page_says_so(empty_project: Project) -> None:
    assert "no morphs to audit" in Open(empty_project, audit).text


def test_the_order_is_not_known_then_weak_then_old() -> None:
    known = pd.DataFrame(
        {
            "bound": [0.99, np.nan, 0.9, np.nan, 0.9, np.nan],
            "unseen": [5, 10, 5, 20, 5, 900],
            "covered": [5, 0, 5, 0, 5, 0],
            "pooled": [0, 0, 0, 0, 0, 900],
            "time": ["2026-01-01", None, "2026-01-02", None, "2026-01-01", None],
        },
        index=[1, 2, 3, 4, 5, 6],
    )
    assert audit.weakest_first(known).index.tolist() == [4, 2, 6, 5, 3, 1]


def test_the_precision_stands_wherever_morphs_are_listed(project: Project) -> None:
    opened = Open(project, audit_morph, node_id=1)
    act(opened, "n-0")
    words = precision.words(Session(project), 1)
    assert words.startswith("at least 9")
    query: dict[str, Any] = {"query": {"node": "1"}}
    for text in (
        Open(project, tree_page).text,
        Open(project, tree_page, **query).text,
        Open(project, names, query={"show": "morphs"}).text,
    ):
        assert words in text
    assert "all looked at" in Open(project, tree_page).text
    assert "of 250 unseen it is not known" in Open(project, overview).text
    assert precision.words(Session(project), 99) == precision.about(Session(project), 99) == ""


def test_least_values_are_rounded_down() -> None:
    assert precision.percent(0.95999) == "95.9%"
    assert precision.percent(1.0) == "100.0%"
    assert precision.percent(0.953) == "95.3%"


def test_looking_at_a_page_of_an_audit_decides_nothing(project: Project) -> None:
    version = history.version(project)
    Open(project, audit_morph, node_id=1)
    assert history.version(project) == version
