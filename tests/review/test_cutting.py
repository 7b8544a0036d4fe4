"""A seed that holds several forms, cut in parts."""

from __future__ import annotations

import numpy as np
import pytest

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.review.telling import told
from morphoexplore.store import history, morphospace, seeds
from morphoexplore.store.project import Project, create_project
from tests.made import add_array, add_objects, add_round, looks_of, state_of


@pytest.fixture
def mixed(tmp_path) -> Project:
    """One seed of 12 and 8 objects that lie apart, and 10 objects in no seed."""
    project = create_project(tmp_path / "project", user="ana")
    add_objects(project, 30)
    rng = np.random.default_rng(0)
    vectors = np.repeat([[0.0, 0], [20, 0], [0, 90]], [12, 8, 10], axis=0) + rng.normal(size=(30, 2))
    far = np.sqrt(((vectors[:, None] - vectors) ** 2).sum(2))
    near = np.argsort(far, axis=1)[:, 1:6]
    add_array(project, morphospace.EMBEDDING, morphospace.PCA, vectors)
    add_array(project, morphospace.EMBEDDING, "neighbours", near.astype(np.int32))
    add_array(project, morphospace.EMBEDDING, "distances", np.take_along_axis(far, near, 1))
    add_round(project, np.repeat([0, -1], [20, 10]))
    return project


def test_the_parts_are_proposed_largest_first_and_nothing_is_stored(mixed: Project) -> None:
    before = state_of(mixed)
    first, second = review.propose_parts(mixed, 1)
    assert first.tolist() == [*range(12)]
    assert second.tolist() == [*range(12, 20)]
    assert len(review.propose_parts(mixed, 1, parts=3)) == 3
    assert state_of(mixed) == before


def test_only_free_objects_are_cut(mixed: Project) -> None:
    review.gather(mixed, [0, 1, 12])
    assert np.concatenate(review.propose_parts(mixed, 1)).tolist() == [*range(2, 12), *range(13, 20)]


def test_too_many_parts_are_refused(mixed: Project) -> None:
    with pytest.raises(DecisionError, match="20 free objects"):
        review.propose_parts(mixed, 1, parts=21)


def test_without_stored_neighbours_ward_cuts(made_project: Project) -> None:
    assert len(review.propose_parts(made_project, 1)) == 2


def test_the_parts_become_morphs_in_one_decision(mixed: Project) -> None:
    before = state_of(mixed)
    parts = review.propose_parts(mixed, 1)
    made = review.confirm_parts(mixed, 1, parts, names=["Calanus", None], shown=[0, 1, 12])
    assert review.kept_apart(mixed) == {frozenset(made)}, "cut apart, they are not proposed to be merged"
    assert mx.morph_members(mixed, made[0]).tolist() == [*range(12)]
    assert mx.morph_members(mixed, made[1]).tolist() == [*range(12, 20)]
    table = mx.members(mixed).set_index("object_id")["origin"]
    assert table[table == "looked"].index.tolist() == ["obj_0", "obj_1", "obj_12"]
    assert set(table) == {"looked", "seed"}
    assert sorted(looks_of(mixed)) == [(0, made[0], "right"), (1, made[0], "right"), (12, made[1], "right")]
    assert mx.seeds(mixed).loc[1, ["state", "node_id"]].tolist() == ["confirmed", made[0]]
    decision = history.next_undo(mixed)
    assert told(mixed, [decision]) == ["Confirmed seed 1 as 2 morphs (20 objects)."]
    after = state_of(mixed)
    history.undo(mixed)
    assert before.is_restored_by(state_of(mixed))
    history.redo(mixed)
    assert state_of(mixed) == after
    assert [finding for finding in mx.check(mixed) if not finding.is_harmless] == []


def test_a_part_that_is_left_out_stays_free(mixed: Project) -> None:
    _, second = review.propose_parts(mixed, 1)
    (made,) = review.confirm_parts(mixed, 1, [second])
    assert mx.morph_members(mixed, made).tolist() == [*range(12, 20)]
    assert set(range(12)) <= set(mx.free_objects(mixed).tolist())
    assert seeds.counts(mixed)["confirmed"] == 1


@pytest.mark.parametrize(
    ("parts", "names", "said"),
    [
        ([], None, "one part at least"),
        ([[0, 1], [1, 2]], None, "two parts"),
        ([[0, 25]], None, "not in seed 1"),
        ([[0], [1]], ["x"], "a name or None for each"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(mixed: Project, parts, names, said: str) -> None:
    before = state_of(mixed)
    with pytest.raises(DecisionError, match=said):
        review.confirm_parts(mixed, 1, parts, names=names)
    assert state_of(mixed) == before


def test_a_seed_is_judged_once(mixed: Project) -> None:
    review.confirm_parts(mixed, 1, [[0, 1], [12, 13]])
    with pytest.raises(DecisionError, match="confirmed already"):
        review.confirm_parts(mixed, 1, [[2]])
    history.undo(mixed)
    review.gather(mixed, [0, 1])
    with pytest.raises(DecisionError, match="free any more"):
        review.confirm_parts(mixed, 1, [[0, 1], [12, 13]])
