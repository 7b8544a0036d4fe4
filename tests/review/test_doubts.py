"""A second look at members that lie in the wrong morph: slips are found first, and what was decided can be undone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.errors import DecisionError, StepMissingError
from morphoexplore.methods.neighbours import nearest_neighbours
from morphoexplore.store import checks, morphospace, tree
from morphoexplore.store.project import Project
from tests.made import add_array, looks_of, make_project, state_of

SIZES = (120, 80, 40)
SLIPS = {3: 2, 7: 2, 130: 1, 205: 1}  # object: the morph that it was put into by mistake


def with_graph(project: Project) -> Project:
    graph, distances = nearest_neighbours(morphospace.read_pca(project), 15)
    add_array(project, morphospace.EMBEDDING, morphospace.NEIGHBOURS, graph)
    add_array(project, morphospace.EMBEDDING, "distances", distances)
    return project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Three forms in a morph each, but for four slips; the fourth form was refused, one of it got in."""
    project = with_graph(make_project(tmp_path / "p", sizes=(*SIZES, 30), free=10, dims=6))
    for seed_id in (1, 2, 3):
        review.confirm(project, seed_id)
    review.discard(project, 4)
    for one, node in SLIPS.items():
        review.gather(project, [one], into=node, shown=[one], moves=True)
    review.gather(project, [241], into=3, shown=[241])
    return project


def test_slips_come_first_with_the_morph_that_they_look_like(project: Project) -> None:
    found = review.doubts(project).set_index("object")
    assert set(found.index[:5]) == {*SLIPS, 241}
    assert found.loc[[3, 7, 130, 205], "like"].tolist() == [1, 1, 2, 3]
    assert found.loc[241, "like"] == -1, "it was refused with its seed"
    assert found.loc[[3, 130], "node_id"].tolist() == [2, 1]
    assert (found["evidence"] > 1).all()
    assert len(review.doubts(project, most=2)) == 2


def test_who_got_a_second_look_is_not_asked_again_before_it_moves(project: Project) -> None:
    review.look_again(project, [3, 7, 130], wrong=[130])
    left = set(review.doubts(project)["object"])
    assert not left & {3, 7, 130}
    assert {205, 241} <= left
    review.undo(project)
    assert {3, 7, 130} <= set(review.doubts(project)["object"])
    review.redo(project)
    review.merge(project, [1, 2], into=1)
    review.gather(project, [3], into=3, shown=[3], moves=True)
    assert 3 in set(review.doubts(project)["object"]), "in another morph it is another question"


def test_wrong_ones_are_free_or_go_over_and_it_is_remembered(project: Project) -> None:
    before = state_of(project)
    review.look_again(project, [3, 7, 130, 205, 241], wrong=[241], moved=[(3, 1), (205, 3)])
    node, origin = tree.membership(project)
    assert node[[3, 7, 130, 205, 241]].tolist() == [1, 2, 1, 3, -1]
    assert origin[7] == origin[3]
    assert 241 in tree.rejections(project, 3)
    assert 3 in tree.rejections(project, 2)
    assert 3 not in tree.rejections(project, 1)
    assert {(3, 2, "wrong"), (3, 1, "right"), (7, 2, "right"), (241, 3, "wrong")} <= set(looks_of(project))
    assert checks.check(project) == []
    assert mx.history(project)["verb"].iloc[-1] == "look again"
    review.undo(project)
    assert before.is_restored_by(state_of(project))


def test_what_cannot_be_meant_is_refused(project: Project) -> None:
    before = state_of(project)
    for wrong, moved, words in (
        ([3], [(3, 1)], "cannot be both"),
        ([], [(3, 2)], "is in that morph already"),
        ([250], [], "in no morph any more"),
        ([], [(3, 99)], "99"),
    ):
        with pytest.raises(DecisionError, match=words):
            review.look_again(project, [3], wrong=wrong, moved=moved)
    assert state_of(project) == before


def test_unseen_members_that_were_looked_at_are_unseen_no_more(project: Project) -> None:
    unseen = int(mx.bounds(project).loc[1, "unseen"])
    review.look_again(project, [0, 1, 2])
    assert mx.bounds(project).loc[1, "unseen"] == unseen - 3


def test_without_a_morphospace(empty_project: Project) -> None:
    with pytest.raises(StepMissingError, match="embedding"):
        review.doubts(empty_project)


def test_without_morphs_or_neighbours(made_project: Project) -> None:
    with pytest.raises(StepMissingError, match="embedding"):
        review.doubts(made_project)
    assert review.doubts(with_graph(made_project)).empty
    review.confirm(made_project, 1)
    assert review.doubts(made_project).empty
    assert np.issubdtype(review.doubts(made_project)["object"].dtype, np.integer)
