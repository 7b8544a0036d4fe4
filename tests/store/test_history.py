"""Decisions that are made on what a page showed."""

from __future__ import annotations

import threading

import pytest

from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.store import history
from morphoexplore.store.project import Project
from tests.made import state_of


def test_the_version_counts_every_decision_undo_and_redo(made_project: Project) -> None:
    assert history.version(made_project) == 0
    review.confirm(made_project, 1)
    assert history.version(made_project) == 1
    review.undo(made_project)
    review.redo(made_project)
    assert history.version(made_project) == 3


def test_a_stale_decision_is_refused_with_who_decided_meanwhile_and_changes_nothing(
    made_project: Project,
) -> None:
    drawn = history.version(made_project)
    review.confirm(Project(made_project.folder, user="ben"), 1)
    before = state_of(made_project)
    with history.expecting(drawn), pytest.raises(history.StaleError, match="'confirm' by ben was the last"):
        review.confirm(made_project, 2)
    assert state_of(made_project) == before
    assert history.version(made_project) == 1


@pytest.mark.parametrize("reverse", [review.undo, review.redo])
def test_undo_and_redo_can_be_stale_too(made_project: Project, reverse: object) -> None:
    review.confirm(made_project, 1)
    review.discard(made_project, 2)
    review.undo(made_project)
    with history.expecting(2), pytest.raises(history.StaleError):
        reverse(made_project)  # type: ignore[operator]
    assert history.version(made_project) == 3


def test_a_stale_decision_stays_a_decision_error(made_project: Project) -> None:
    assert issubclass(history.StaleError, DecisionError)
    review.confirm(made_project, 1)
    with history.expecting(0), pytest.raises(DecisionError, match="Look again, then decide"):
        review.confirm(made_project, 2)


def test_several_decisions_in_a_row_expect_each_other(made_project: Project) -> None:
    with history.expecting(0):
        node = review.confirm(made_project, 1)
        review.flag(made_project, node, "two species?")
        review.undo(made_project)
        review.redo(made_project)
        review.discard(made_project, 2)
    assert history.version(made_project) == 5


def test_a_refused_decision_in_between_does_not_make_the_next_stale(made_project: Project) -> None:
    with history.expecting(0):
        with pytest.raises(DecisionError, match="no seed 99"):
            review.confirm(made_project, 99)
        review.confirm(made_project, 1)
    assert history.version(made_project) == 1


def test_who_decides_between_two_of_a_row_makes_the_second_stale(made_project: Project) -> None:
    with history.expecting(0):
        review.confirm(made_project, 1)
        other = threading.Thread(target=review.confirm, args=(made_project, 2))
        other.start()
        other.join()
        with pytest.raises(history.StaleError):
            review.confirm(made_project, 3)


def test_none_expects_nothing_and_what_is_expected_ends_with_its_block(made_project: Project) -> None:
    review.confirm(made_project, 1)
    with history.expecting(None):
        review.confirm(made_project, 2)
    with history.expecting(2):
        pass
    review.discard(made_project, 3)
    review.discard(made_project, 4)
    assert history.version(made_project) == 4


def test_of_many_who_decide_on_the_same_page_one_is_heard(made_project: Project) -> None:
    done, stale = [], []
    together = threading.Barrier(4)

    def decide(seed_id: int) -> None:
        together.wait()
        try:
            with history.expecting(0):
                done.append(review.confirm(made_project, seed_id))
        except history.StaleError as error:
            stale.append(str(error))

    threads = [threading.Thread(target=decide, args=(seed_id,)) for seed_id in (1, 2, 3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1
    assert len(stale) == 3
    assert history.version(made_project) == 1


def test_the_decisions_about_a_node_that_stand(made_project: Project) -> None:
    node = review.confirm(made_project, 1)
    other = review.confirm(made_project, 2)
    review.grow(made_project, node, [23], wrong=[24], shown=[23, 24])
    review.grow(made_project, other, [25])
    review.grow(made_project, node, [26, 27])
    review.undo(made_project)
    found = history.of_node(made_project, node, "grow")
    assert [decision.detail for decision in found] == [{"members": 1, "wrong": 1, "looked": 1, "came_in": 1}]
    review.redo(made_project)
    assert [one.detail["members"] for one in history.of_node(made_project, node, "grow")] == [1, 2]
