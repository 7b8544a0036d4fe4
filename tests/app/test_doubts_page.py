"""The page of a second look: who is shown, what a click and a key do, and that nobody is asked twice."""

from __future__ import annotations

from typing import Any

import pytest

from morphoexplore import review
from morphoexplore.store import history, tree
from morphoexplore.store.project import Project
from morphoexplore_app import ids
from morphoexplore_app.pages import audit, doubts
from tests.app.pressing import Open
from tests.review.test_doubts import SLIPS, project  # noqa: F401

OUTCOME = ids.outcome(doubts.PAGE)


@pytest.fixture
def opened(project: Project) -> Open:  # noqa: F811
    return Open(project, doubts)


def act(opened: Open, name: str, *clicked: int, seen: int | None = None) -> dict[str, Any]:
    objects = opened[ids.DOUBT_GALLERY, "objects"]
    action = {
        "name": name,
        "objects": list(clicked),
        "looked": list(clicked),
        "selected": len(clicked),
        "cursor": 0,
        "seen": len(objects) if seen is None else seen,
        "stamp": "now",
    }
    opened.press(ids.DOUBT_GALLERY, "action", action)
    said: dict[str, Any] = opened[OUTCOME, "data"]
    return said


def test_slips_are_shown_beside_a_member_of_their_morph(opened: Open) -> None:
    objects = opened[ids.DOUBT_GALLERY, "objects"]
    assert set(SLIPS) <= set(objects)
    assert opened[ids.DOUBT_GALLERY, "notes"][3] == "like morph 1"
    assert opened[ids.DOUBT_GALLERY, "notes"][241] == "like what was refused"
    assert set(opened[ids.DOUBT_GALLERY, "beside"]) == set(objects)
    assert "/audit/doubts" in Open(opened.project, audit).text


def test_clicked_ones_leave_and_nobody_is_asked_twice(opened: Open) -> None:
    shown = opened[ids.DOUBT_GALLERY, "objects"]
    said = act(opened, "right", 3, 130)
    assert said["is_done"]
    assert said["redraw"]
    assert "2 free now" in said["message"]
    assert tree.membership(opened.project)[0][[3, 130]].tolist() == [-1, -1]
    opened.draw()
    assert not set(opened[ids.DOUBT_GALLERY, "objects"] or []) & set(shown)
    history.undo(opened.project)
    opened.draw()
    assert opened[ids.DOUBT_GALLERY, "objects"] == shown


def test_clicked_ones_go_over_to_the_morph_that_they_look_like(opened: Open) -> None:
    assert act(opened, "move", 3, 205)["is_done"]
    assert tree.membership(opened.project)[0][[3, 205]].tolist() == [1, 3]


def test_who_goes_nowhere_and_a_stale_page_are_refused(opened: Open) -> None:
    before = history.version(opened.project)
    assert "no morph for them to go to" in act(opened, "move", 241)["message"]
    assert "Click those that go over" in act(opened, "move")["message"]
    review.name(opened.project, 1, "Calanus")
    assert act(opened, "right", 3)["is_stale"]
    assert history.version(opened.project) == before + 1


def test_what_was_not_on_the_screen_is_asked_again(opened: Open) -> None:
    first, *others = opened[ids.DOUBT_GALLERY, "objects"]
    act(opened, "right", seen=1)
    opened.draw()
    assert set(opened[ids.DOUBT_GALLERY, "objects"]) == set(others)
    assert first not in opened[ids.DOUBT_GALLERY, "objects"]


def test_an_empty_project_says_what_to_do(empty_project: Project) -> None:
    assert "this project has none yet" in Open(empty_project, doubts).text
