"""Morphs that may be the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.errors import DecisionError, StepMissingError
from morphoexplore.review import duplicates, kept_apart, likely_same
from morphoexplore.review.telling import told
from morphoexplore.store import history, morphospace
from morphoexplore.store.project import Project, create_project
from tests.made import add_array, add_objects, state_of


@pytest.fixture
def line(tmp_path: Path) -> tuple[Project, list[int]]:
    """Forty objects on a line in four morphs: two that lie in each other, one beside them, one far away."""
    project = create_project(tmp_path / "project", user="ana")
    add_objects(project, 45)
    where = np.arange(40.0)
    where[30:] += 100
    vectors = np.column_stack([np.concatenate([where, [500.0] * 5]), np.zeros(45)])
    vectors[40:] = np.nan
    near = np.argsort(np.abs(vectors[:40, :1] - vectors[:40, 0]), axis=1)[:, 1:7]
    add_array(project, morphospace.EMBEDDING, morphospace.PCA, vectors)
    graph = np.concatenate([near, np.full((5, 6), -1)]).astype(np.int32)
    add_array(project, morphospace.EMBEDDING, "neighbours", graph)
    add_array(project, morphospace.EMBEDDING, "distances", np.ones((45, 6)))
    even = review.gather(project, range(0, 20, 2), name="even")
    odd = review.gather(project, [*range(1, 20, 2), 40])
    beside = review.gather(project, range(20, 30))
    far = review.gather(project, range(30, 40))
    return project, [even, odd, beside, far]


def test_morphs_in_each_other_come_first_those_that_touch_later_others_not_at_all(line) -> None:
    project, (even, odd, beside, far) = line
    found = likely_same(project)
    assert {found[0].first, found[0].second} == {even, odd}
    assert found[0].first == odd, "the larger one is first"
    assert found[0].titles == (f"morph {odd}", "even")
    assert found[0].members == (11, 10)
    assert found[0].share > 0.4
    assert all(far not in (one.first, one.second) for one in found)
    assert {frozenset((one.first, one.second)) for one in found[1:]} <= {
        frozenset((even, beside)),
        frozenset((odd, beside)),
    }
    assert len(likely_same(project, most=1)) == 1


def test_a_pair_that_was_said_not_to_be_the_same_is_not_asked_again(line) -> None:
    project, (even, odd, *_) = line
    before = state_of(project)
    review.keep_apart(project, even, odd)
    assert state_of(project) == before, "it changes neither members nor the tree"
    assert all({one.first, one.second} != {even, odd} for one in likely_same(project))
    with pytest.raises(DecisionError, match="said already"):
        review.keep_apart(project, odd, even)
    history.undo(project)
    assert {likely_same(project)[0].first, likely_same(project)[0].second} == {even, odd}
    history.redo(project)
    assert kept_apart(project) == {frozenset((even, odd))}
    assert [finding for finding in mx.check(project) if not finding.is_harmless] == []


def test_what_was_said_of_a_morph_holds_for_what_it_was_merged_into(line) -> None:
    project, (even, odd, beside, far) = line
    review.keep_apart(project, even, odd)
    review.merge(project, [odd, far], into=far)
    assert kept_apart(project) == {frozenset((even, far))}
    history.undo(project)
    assert kept_apart(project) == {frozenset((even, odd))}
    review.merge(project, [even, odd])
    assert kept_apart(project) == set(), "they were the same after all"
    assert {beside, far} <= set(mx.morphs(project).index)


def test_the_history_says_which_morphs(line) -> None:
    project, (even, odd, *_) = line
    review.keep_apart(project, even, odd)
    decision = history.next_undo(project)
    assert told(project, [decision]) == [f"Kept even and morph {odd} apart."]


def test_two_different_morphs_are_needed(line) -> None:
    project, (even, *_) = line
    branch = review.make_branch(project)
    for other in (even, 999, branch):
        with pytest.raises(DecisionError):
            review.keep_apart(project, even, other)


def test_without_neighbours_the_missing_step_is_named(made_project: Project) -> None:
    with pytest.raises(StepMissingError):
        likely_same(made_project)


def test_of_a_large_morph_some_members_tell_as_much_as_all(monkeypatch: pytest.MonkeyPatch, line) -> None:
    project, (even, odd, *_) = line
    monkeypatch.setattr(duplicates, "MOST_MEMBERS", 4)
    found = likely_same(project)
    assert {found[0].first, found[0].second} == {even, odd}
    assert found[0].share > 0.3
