"""The pages of surveys: growth with a stated precision, gallop, bulk."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.methods.certifying import Tally
from morphoexplore.store import history, seeds, tree
from morphoexplore.store.project import Project
from morphoexplore_app import ids, parts
from morphoexplore_app.pages import audit_morph, bulk, drafts, grow, grow_list, overview, survey_parts
from tests.app.pressing import Open
from tests.made import looks_of, make_project

SIZES = (700, 300)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Two forms of 700 and 300, of each 60 in a morph; 150 objects are of none."""
    project = make_project(tmp_path / "project", sizes=SIZES, free=150, dims=8)
    for seed_id, name in ((1, "Calanus"), (2, None)):
        few = seeds.objects_of(project, seed_id)[:60]
        review.gather(project, few, shown=few, name=name)
    return project


@pytest.fixture
def opened(project: Project) -> Open:
    return Open(project, grow, node_id=1)


def step_of(opened: Open) -> Any:
    return review.survey_step(
        opened.project, drafts.survey(opened.session, opened[ids.SURVEY_STATE, "data"]["survey"])
    )


def is_of(step: Any, objects: Any) -> np.ndarray:
    return np.searchsorted(np.cumsum(SIZES), np.asarray(objects), side="right") + 1 == step.survey.node_id


def mark(opened: Open) -> dict:
    """Choose the last good row of a ruler."""
    step = step_of(opened)
    good = [is_of(step, row.objects).mean() >= 0.75 for row in step.rows]
    last = good.index(False) - 1 if False in good else len(good) - 1
    return opened.click(ids.survey_say(f"row-{last}"))


def act(opened: Open, name: str, *clicked: int, seen: int | None = None) -> dict:
    """Send an action of the gallery with some objects clicked."""
    body = opened[ids.SURVEY_STATE, "data"]
    shown = len(body["shown"]) if body["again"] is None else len(body["again"])
    action = {
        "name": name,
        "objects": list(clicked),
        "looked": list(clicked),
        "selected": len(clicked),
        "cursor": 0,
        "seen": shown if seen is None else seen,
        "stamp": name,
    }
    return opened.press(ids.SURVEY_SAID, "data", action)


def said(opened: Open) -> dict:
    return opened[ids.outcome("survey"), "data"]


def body(opened: Open) -> str:
    return json.dumps(opened[ids.SURVEY_BODY, "children"])


def certify(opened: Open, limit: int = 30) -> Any:
    """Answer all that is shown by the number of wrong ones, until the survey is done."""
    for _ in range(limit):
        step = step_of(opened)
        if step.phase == "done":
            return step
        if step.phase == "ruler":
            mark(opened)
        else:
            act(opened, f"n-{min(9, int((~is_of(step, step.objects)).sum()))}")
    raise AssertionError("the survey does not end")


def test_the_page_begins_with_a_ruler_and_has_decided_nothing(opened: Open, project: Project) -> None:
    step = step_of(opened)
    assert step.phase == "ruler"
    assert len(step.rows) > 3
    assert "Typical members of Calanus" in opened.text
    assert opened.has(ids.survey_say("row-0"))
    assert opened.has(ids.survey_say("row-none"))
    assert history.version(project) == 2
    opened.draw()
    assert step_of(opened).shown == step.shown, "the same on the next visit"


def stored(project: Project) -> int:
    with project.read() as conn:
        return int(conn.execute("SELECT count(*) FROM survey").fetchone()[0])


def test_who_only_looks_leaves_nothing_behind(project: Project) -> None:
    shown = {
        way: step_of(Open(project, grow, node_id=1, query={"way": way})).shown for way in ("ruler", "gallop")
    }
    Open(project, bulk)
    Open(project, audit_morph, node_id=1)
    leaving = Open(project, grow, node_id=2)
    leaving.click(ids.survey_say("stop"))
    assert leaving[ids.SURVEY_GO, "href"] == "/grow/1"
    assert stored(project) == 0
    assert history.version(project) == 2
    again = Open(mx.open_project(project.folder), grow, node_id=1)
    assert step_of(again).shown == shown["ruler"], "another server shows the same"
    mark(again)
    assert stored(project) == 1
    assert isinstance(again[ids.SURVEY_STATE, "data"]["survey"], int)


def test_an_answer_to_what_was_not_begun_is_refused_once_somebody_decided(project: Project) -> None:
    one, other = Open(project, grow, node_id=1), Open(project, grow, node_id=1, query={"way": "gallop"})
    mark(one)
    answered = stored(project)
    act(other, "jump-right")
    assert said(other)["is_stale"]
    assert stored(project) == answered
    other.draw()
    act(other, "jump-right")
    assert said(other)["is_done"]


def test_undo_of_the_first_answer_shows_the_page_as_it_was(opened: Open, project: Project) -> None:
    before = step_of(opened)
    mark(opened)
    history.undo(project)
    opened.draw()
    again = step_of(opened)
    assert (again.phase, again.shown) == (before.phase, before.shown)
    assert "Begun, not finished" not in Open(project, grow_list).text
    assert review.redo(project).verb == "find border"
    opened.draw()
    assert step_of(opened).phase != "done"


def test_a_growth_is_certified_with_number_keys(opened: Open, project: Project) -> None:
    done = certify(opened)
    assert done.outcome == "accepted"
    assert len(tree.members(project, 1)) > 600
    assert "with 95% confidence" in body(opened)
    assert "Next morph" in body(opened)
    assert mx.bounds(project).loc[1, "bound"] >= 0.95
    listed = Open(project, grow_list).text
    assert "at least 9" in listed
    assert "Of these at least" in listed


def test_the_clicked_ones_are_shown_once_more_before_they_are_sent(opened: Open, project: Project) -> None:
    while step_of(opened).phase == "ruler":
        mark(opened)
    shown = opened[ids.SURVEY_STATE, "data"]["shown"]
    before = history.version(project)
    act(opened, "right", shown[3], shown[5])
    assert history.version(project) == before, "nothing is decided yet"
    assert opened[ids.SURVEY_STATE, "data"]["again"] == sorted([shown[3], shown[5]])
    assert "Really wrong?" in body(opened)
    act(opened, "wrong", shown[5])
    assert history.version(project) == before + 1
    assert shown[3] in tree.rejections(project, 1)
    assert shown[5] in tree.members(project, 1), "it was right after all"
    assert (shown[3], 1, "wrong") in looks_of(project)


def test_one_may_go_back_from_the_second_look_and_click_more(opened: Open, project: Project) -> None:
    while step_of(opened).phase == "ruler":
        mark(opened)
    shown = opened[ids.SURVEY_STATE, "data"]["shown"]
    act(opened, "right", shown[0])
    act(opened, "back")
    assert opened[ids.SURVEY_STATE, "data"]["again"] is None
    assert opened[ids.SURVEY_STATE, "data"]["clicked"] == [shown[0]]
    act(opened, "right", shown[1])
    assert opened[ids.SURVEY_STATE, "data"]["again"] == sorted(shown[:2])
    act(opened, "wrong")
    assert set(shown[:2]) <= set(tree.rejections(project, 1))


def test_a_page_of_which_not_all_was_on_the_screen_is_not_judged(opened: Open, project: Project) -> None:
    while step_of(opened).phase == "ruler":
        mark(opened)
    before = history.version(project)
    act(opened, "right", seen=3)
    assert not said(opened)["is_done"]
    assert "not on the screen yet" in said(opened)["message"]
    assert history.version(project) == before


def test_clicks_and_a_number_at_once_are_refused(opened: Open, project: Project) -> None:
    while step_of(opened).phase == "ruler":
        mark(opened)
    before = history.version(project)
    act(opened, "n-2", opened[ids.SURVEY_STATE, "data"]["shown"][0])
    assert "You clicked 1 image" in said(opened)["message"]
    assert history.version(project) == before


def test_a_key_that_is_pressed_twice_answers_once(opened: Open, project: Project) -> None:
    state = opened[ids.SURVEY_STATE, "data"]
    mark(opened)
    before = history.version(project)
    opened.values[ids.SURVEY_STATE, "data"] = state
    assert mark(opened) == {}
    assert history.version(project) == before


def test_when_somebody_decided_meanwhile_nothing_is_answered(opened: Open, project: Project) -> None:
    review.name(project, 2, "Oithona")
    mark(opened)
    assert said(opened)["is_stale"]
    assert history.version(project) == 3


def test_a_growth_goes_on_where_it_was_left_and_undo_goes_back(opened: Open, project: Project) -> None:
    mark(opened)
    shown = step_of(opened).shown
    again = Open(project, grow, node_id=1)
    assert again[ids.SURVEY_STATE, "data"]["survey"] == opened[ids.SURVEY_STATE, "data"]["survey"]
    assert step_of(again).shown == shown
    listed = Open(project, grow_list).text
    assert "begun" in listed
    assert listed.count("/grow/1?way=") == 2, "in the list of what was begun, and in that of morphs"
    review.undo(project)
    assert step_of(Open(project, grow, node_id=1)).phase == "ruler"


def test_many_wrong_shrinks_the_set(opened: Open) -> None:
    while step_of(opened).phase == "ruler":
        mark(opened)
    act(opened, "n-many")
    step = step_of(opened)
    assert step.phase == "ruler"
    assert step.attempt == 2
    assert "too large" in body(opened)


def test_a_finer_ruler_says_where_the_border_lies(opened: Open) -> None:
    assert "nothing comes in" in opened.text
    opened.click(ids.survey_say(f"row-{len(step_of(opened).rows) - 2}"))  # far down, so that much is open
    rows = step_of(opened).rows
    assert rows[0].first > 0
    assert f"the border lies between {rows[0].first + 1:,} and {rows[-1].last:,}" in body(opened)
    assert f"the first {rows[0].first:,} remain" in body(opened)
    opened.click(ids.survey_say("row-none"))
    assert step_of(opened).cut == rows[0].first


def test_wrong_ones_that_nobody_named_are_said_to_be_in(opened: Open) -> None:
    opened.click(ids.survey_say("row-0"))
    assert step_of(opened).phase == "look"
    act(opened, "n-1")
    assert "1 was wrong, and came in with the others, for you did not say which." in body(opened)


def test_a_wrong_one_that_was_named_is_not_said_to_be_in(opened: Open) -> None:
    step = step_of(opened)
    tally = Tally(33, looked=33, wrong=1, removed=1, settled=33, pages=1)
    done = replace(step, phase="done", outcome="accepted", accepted=108, tally=tally, bound=1.0, attempt=2)
    words = str(survey_parts.shown(opened.session, done, {"next": "", "version": 1}))
    assert "Of the last set you looked at 33 images; 1 was wrong." in words
    assert "came in with the others" not in words


def test_what_is_stated_of_the_unseen_is_said_beside_that_of_all(opened: Open) -> None:
    tally = Tally(177, looked=100, wrong=3, removed=3, settled=100, pages=1)
    done = replace(
        step_of(opened), phase="done", outcome="accepted", tally=tally, bound=0.903, bound_of_unseen=0.798
    )
    words = str(survey_parts.shown(opened.session, done, {"next": "", "version": 1}))
    assert (
        "At least 90.3% are right, with 95% confidence; of the 77 that nobody looked at, at least 79.8%."
        in words
    )


def test_no_good_row_ends_it_and_says_what_to_do(opened: Open, project: Project) -> None:
    opened.click(ids.survey_say("row-none"))
    assert "No row is good" in body(opened)
    assert "Page by page" in body(opened)
    assert len(tree.members(project, 1)) == 60
    opened.click(ids.survey_say("again"))
    assert said(opened)["redraw"]


def test_a_set_can_be_accepted_without_a_certificate(opened: Open, project: Project) -> None:
    while step_of(opened).phase == "ruler":
        mark(opened)
    opened.click(ids.survey_say("unsure"))
    assert "accepted without certificate" in body(opened)
    assert "Audit it" in body(opened)
    assert np.isnan(mx.bounds(project).loc[1, "bound"])
    assert "precision not known" in Open(project, grow_list).text


def test_stop_and_complete_lead_on(opened: Open, project: Project) -> None:
    changed = opened.click(ids.survey_say("complete"))
    assert tree.nodes(project)[1].is_complete
    assert changed[ids.SURVEY_GO, "href"] == "/grow/2"
    opened.draw()
    mark(opened)
    assert opened.click(ids.survey_say("stop"))[ids.SURVEY_GO, "href"] == "/grow/2"
    opened.draw()
    assert "Grow on" in opened.text
    opened.click(ids.survey_say("reopen"))
    assert not tree.nodes(project)[1].is_complete


def test_the_precision_is_the_persons_choice(project: Project) -> None:
    opened = Open(project, grow, node_id=1, query={"target": "90"})
    assert step_of(opened).survey.target == 0.9
    assert step_of(Open(project, grow, node_id=1)).survey.target == 0.95
    assert grow.target_of({"target": "12"}) is None


def test_gallop_is_a_way_to_find_the_border(project: Project) -> None:
    opened = Open(project, grow, node_id=1, query={"way": "gallop"})
    assert step_of(opened).phase == "jump"
    for _ in range(20):
        step = step_of(opened)
        if step.phase != "jump":
            break
        act(opened, "jump-right" if is_of(step, step.objects).mean() > 0.9 else "jump-wrong")
    assert step.phase == "certify"
    assert step.cut > 500


def test_the_ways_stand_on_each_page(project: Project) -> None:
    for way in grow.WAYS:
        text = Open(project, grow, node_id=1, query={"way": way}).text
        for other in grow.WAYS:
            assert f"/grow/1?way={other}" in text


def test_the_bulk_offer_shows_to_which_morph_each_would_go(project: Project) -> None:
    opened = Open(project, bulk)
    step = step_of(opened)
    assert step.phase == "ruler"
    assert "typical member of its morph" in opened.text
    for _ in range(20):
        step = step_of(opened)
        if step.phase != "ruler":
            break
        good = [right_in_bulk(row).mean() >= 0.75 for row in step.rows]
        opened.click(ids.survey_say(f"row-{good.index(False) - 1 if False in good else len(good) - 1}"))
    assert "Calanus" in body(opened), "the morph stands on the image"
    for _ in range(20):
        step = step_of(opened)
        if step.phase == "done":
            break
        act(opened, f"n-{min(9, int((~right_in_bulk(step)).sum()))}")
    assert step.outcome == "accepted"
    assert len(tree.members(project, 1)) > 300
    assert len(tree.members(project, 2)) > 150
    assert "Grow the morphs one by one" in body(opened)
    with project.read() as conn:
        gained = history.gained(conn, step.survey.survey_id)
    assert sum(gained.values()) == step.accepted
    assert "What each morph took" in body(opened)
    for node_id, count in gained.items():
        assert f"/tree?node={node_id}" in body(opened)
        assert f": {parts.count(count, 'object')}" in body(opened)


def right_in_bulk(shown: Any) -> np.ndarray:
    form = np.searchsorted(np.cumsum(SIZES), np.asarray(shown.objects), side="right") + 1
    return form == np.asarray(shown.nodes)


def test_bulk_without_morphs_says_why_there_is_none(made_project: Project) -> None:
    assert "To the morphs" in Open(made_project, bulk).text


def test_bulk_without_a_morphospace_says_what_to_do(empty_project: Project) -> None:
    assert "this project has none yet" in Open(empty_project, bulk).text


def test_what_was_begun_is_found_again_with_what_is_left(opened: Open, project: Project) -> None:
    assert "Begun, not finished" not in Open(project, grow_list).text
    mark(opened)
    gallop = Open(project, grow, node_id=1, query={"way": "gallop", "target": "90"})
    act(gallop, "jump-right")
    offered = Open(project, bulk)
    offered.click(ids.survey_say("row-2"))
    for page in (grow_list, overview):
        text = Open(project, page).text
        assert "Begun, not finished" in text
        for address in ("/grow/1?way=ruler&target=95", "/grow/1?way=gallop&target=90", "/grow/all"):
            assert address in text
        assert "Growth of Calanus, by gallop" in text
        assert "of the ranking" in text
    gone_on = Open(project, grow, node_id=1, query={"way": "ruler", "target": "95"})
    assert step_of(gone_on).survey.survey_id == step_of(opened).survey.survey_id
