"""Decisions on several nodes at once, and names for an arrangement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.store import history, tree
from morphoexplore.store.project import Project
from tests.made import state_of


@pytest.fixture
def morphs(made_project: Project) -> list[int]:
    return [review.confirm(made_project, seed) for seed in (1, 2, 3)]


@pytest.mark.parametrize(
    ("act", "field", "expected"),
    [
        (lambda project, nodes: review.complete(project, nodes), "is_complete", True),
        (lambda project, nodes: review.kind(project, nodes, "detritus"), "kind", "detritus"),
    ],
)
def test_several_nodes_are_changed_in_one_decision(
    made_project: Project, morphs: list[int], act: Callable[..., Any], field: str, expected: object
) -> None:
    before, version = state_of(made_project), history.version(made_project)
    act(made_project, morphs)
    assert history.version(made_project) == version + 1
    assert {getattr(tree.nodes(made_project)[morph], field) for morph in morphs} == {expected}
    review.undo(made_project)
    assert before.is_restored_by(state_of(made_project))


def test_several_nodes_are_moved_and_dissolved_in_one_decision(
    made_project: Project, morphs: list[int]
) -> None:
    first, second = (review.make_branch(made_project, owns=[morph]) for morph in morphs[:2])
    version = history.version(made_project)
    review.move_node(made_project, [second, morphs[2]], first)
    assert len(tree.children(tree.nodes(made_project), first)) == 3
    review.dissolve(made_project, [first, second])
    assert history.version(made_project) == version + 2
    assert all(node.parent_id is None for node in tree.nodes(made_project).values())


def test_of_several_nodes_all_are_moved_or_none(made_project: Project, morphs: list[int]) -> None:
    high = review.make_branch(made_project, owns=morphs[:1])
    low = review.make_branch(made_project, parent=high)
    before = state_of(made_project)
    with pytest.raises(DecisionError, match="lies below it"):
        review.move_node(made_project, [morphs[1], high], low)
    assert before.is_restored_by(state_of(made_project))


def test_a_branch_cannot_go_far_below_itself(made_project: Project, morphs: list[int]) -> None:
    high = review.make_branch(made_project, owns=morphs[:1])
    lower = review.make_branch(made_project, parent=high)
    lowest = review.make_branch(made_project, parent=lower)
    with pytest.raises(DecisionError, match="lies below it"):
        review.move_node(made_project, high, lowest)


def test_proposed_branches_are_named_as_they_are_accepted(made_project: Project, morphs: list[int]) -> None:
    made = review.accept_arrangement(made_project, [morphs[:2], morphs[2:]], names=[" Copepoda ", "alone"])
    assert [tree.nodes(made_project)[branch].name for branch in made] == ["Copepoda"]


def test_an_arrangement_needs_a_name_or_none_for_each_group(made_project: Project, morphs: list[int]) -> None:
    with pytest.raises(DecisionError, match="2 branches need a name, or None, for each of them, not 1"):
        review.accept_arrangement(made_project, [morphs[:2], morphs[2:]], names=["Copepoda"])


def test_a_gathered_morph_has_its_kind_in_the_same_decision(made_project: Project) -> None:
    before, version = state_of(made_project), history.version(made_project)
    morph = review.gather(made_project, [0, 1], name="bubbles", kind="artefact")
    assert history.version(made_project) == version + 1
    assert tree.nodes(made_project)[morph].kind == "artefact"
    review.undo(made_project)
    assert before.is_restored_by(state_of(made_project))
    with pytest.raises(DecisionError, match="no kind 'dust'"):
        review.gather(made_project, [0], kind="dust")
