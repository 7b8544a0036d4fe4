"""The page of morphs that may be the same."""

from __future__ import annotations

import pytest

from morphoexplore import review
from morphoexplore.store import history, tree
from morphoexplore.store.project import Project
from morphoexplore_app import ids
from morphoexplore_app.pages import same
from tests.app.pressing import Open
from tests.review.test_duplicates import line

__all__ = ["line"]


@pytest.fixture
def opened(line: tuple[Project, list[int]]) -> Open:
    return Open(line[0], same)


def said(opened: Open) -> dict:
    return opened[ids.outcome("same"), "data"]


def test_the_likeliest_pair_is_in_front_with_what_is_left_when_merged(opened: Open, line) -> None:
    _, (even, odd, *_) = line
    assert opened[ids.SAME_STATE, "data"] == {"version": 4, "first": odd, "second": even}
    assert "even keeps its name" in opened.text
    assert "pair 1 of" in opened.text


def test_merge_is_one_decision_and_the_next_pair_comes(opened: Open, line) -> None:
    project, (even, odd, *_) = line
    opened.press(ids.SAME_MERGE, "n_clicks", 1)
    assert said(opened)["message"] == f"Morph {odd} and even are even now."
    assert said(opened)["redraw"]
    assert len(tree.members(project, even)) == 21
    opened.draw()
    assert odd not in opened[ids.SAME_STATE, "data"].values()


def test_a_pair_that_is_not_the_same_goes_and_comes_back_by_undo(opened: Open, line) -> None:
    project, (even, odd, *_) = line
    opened.press(ids.SAME_APART, "n_clicks", 1)
    assert said(opened)["message"] == f"Morph {odd} and even stay apart."
    opened.draw()
    state = opened[ids.SAME_STATE, "data"]
    assert {state["first"], state["second"]} != {even, odd}
    review.undo(project)
    opened.draw()
    assert opened[ids.SAME_STATE, "data"]["first"] == odd


def test_a_pair_that_somebody_merged_meanwhile_is_not_merged_again(opened: Open, line) -> None:
    project, morphs = line
    review.merge(project, morphs[:2])
    opened.press(ids.SAME_MERGE, "n_clicks", 1)
    assert said(opened)["is_stale"]
    assert history.version(project) == 5


def test_another_pair_can_be_taken_first(line) -> None:
    project, _ = line
    first, second = Open(project, same), Open(project, same, query={"pair": "2"})
    assert first[ids.SAME_STATE, "data"] != second[ids.SAME_STATE, "data"]
    assert "pair 2 of" in second.text
    assert "pair 1 of" in Open(project, same, query={"pair": "x"}).text


def test_when_nothing_is_alike_the_page_says_so(line) -> None:
    project, morphs = line
    review.merge(project, morphs[:3])
    assert "No two morphs look like the same one." in Open(project, same).text


def test_without_neighbours_the_page_says_what_to_do(made_project: Project) -> None:
    assert "See what to do next" in Open(made_project, same).text
