"""Candidates with what a server keeps in memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.methods.growing import rank_candidates
from morphoexplore.methods.neighbours import nearest_neighbours
from morphoexplore.review import offers
from morphoexplore.store import morphospace
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project
from morphoexplore.store.seeds import SeedIndex
from tests.made import add_array, make_project

# Seeds 1, 2, 3, 4 hold the objects 0-7, 8-13, 14-18, 19-22; 23-29 are in no seed.


@pytest.fixture
def node(made_project: Project) -> int:
    node = review.confirm(made_project, 1, wrong=[6, 7])
    review.confirm(made_project, 2)
    review.discard(made_project, 3)
    return node


def test_kept_vectors_give_the_same_candidates(made_project: Project, node: int) -> None:
    kept = Membership(made_project)
    given = {"vectors": morphospace.read_pca(made_project), "index": SeedIndex(made_project)}
    pd.testing.assert_frame_equal(
        review.candidates(made_project, node, membership=kept, **given), review.candidates(made_project, node)
    )


def test_rejected_ones_never_come_back_and_members_are_not_offered(made_project: Project, node: int) -> None:
    found = set(review.candidates(made_project, node)["object"])
    assert found == {*range(14, 30)}


def test_a_shortlist_is_ranked_anew_in_the_same_order(made_project: Project, node: int) -> None:
    full = review.candidates(made_project, node)
    few = full["object"].to_numpy()[:6]
    again = review.candidates(made_project, node, among=few[::-1])
    assert again["object"].tolist() == few.tolist()
    assert again["evidence"].tolist() == pytest.approx(full["evidence"].tolist()[:6])
    review.grow(made_project, node, few[:2], wrong=few[2:3], shown=few[:3])
    assert set(review.candidates(made_project, node, among=few)["object"]) == set(few[3:])


def test_it_says_how_many_are_nearer_to_the_morph_than_to_anything_else(
    made_project: Project, node: int
) -> None:
    full = review.candidates(made_project, node)
    expected = int((full["evidence"] < 1).sum())
    assert review.candidates(made_project, node, most=1).attrs["nearer"] == expected


def test_free_objects_are_gathered_into_a_new_morph(made_project: Project) -> None:
    node = review.gather(made_project, [23, 24, 25], name=" new ", shown=[23, 29])
    with made_project.read() as conn:
        origins = dict(
            conn.execute("SELECT object, origin FROM member WHERE node_id = ?", (node,)).fetchall()
        )
    assert origins == {23: "looked", 24: "grown", 25: "grown"}


def test_members_are_taken_out_of_their_morph_only_where_that_is_meant(
    made_project: Project, node: int
) -> None:
    with pytest.raises(DecisionError, match="is a member of a morph already"):
        review.gather(made_project, [0, 1, 23])
    made = review.gather(made_project, [0, 1, 23], shown=[0, 23], moves=True)
    with made_project.read() as conn:
        origins = dict(
            conn.execute("SELECT object, origin FROM member WHERE node_id = ?", (made,)).fetchall()
        )
        rejected = [row[0] for row in conn.execute("SELECT object FROM rejection WHERE node_id = ?", (node,))]
    assert origins == {0: "looked", 1: "seed", 23: "looked"}  # unseen ones keep how they came in
    assert sorted(rejected) == [0, 6, 7]


def test_a_morph_of_nothing_is_refused(made_project: Project) -> None:
    with pytest.raises(DecisionError, match="needs at least one object"):
        review.gather(made_project, [])


def test_the_ranking_does_not_ask_for_sorted_numbers() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(60, 3))
    rows = {"members": np.arange(10), "negatives": np.arange(10, 30), "free": np.arange(30, 60)}
    mixed = {name: rng.permutation(np.repeat(numbers, 2)) for name, numbers in rows.items()}
    assert (rank_candidates(vectors, **rows).objects == rank_candidates(vectors, **mixed).objects).all()


def test_a_shortlist_is_ranked_against_what_is_around_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "p", sizes=(300, 300, 300), free=300, dims=4)
    neighbours, _ = nearest_neighbours(morphospace.read_pca(project), 15)
    add_array(project, morphospace.EMBEDDING, morphospace.NEIGHBOURS, neighbours)
    for first in (0, 300, 600):
        review.gather(project, range(first, first + 200))
    few = review.candidates(project, 1, most=150)["object"].to_numpy()
    whole = review.candidates(project, 1, among=few)["object"].to_numpy()
    monkeypatch.setattr(offers, "MANY_NEGATIVES", 100)
    monkeypatch.setattr(offers, "FAR_NEGATIVES", 40)
    around = review.candidates(project, 1, among=few)["object"].to_numpy()
    assert set(around) == set(whole)
    assert len(set(around[:50]) & set(whole[:50])) >= 45
    review.reject(project, 1, around[:3])
    assert not set(around[:3]) & set(review.candidates(project, 1, among=few)["object"])


def test_in_bulk_what_was_refused_speaks_against_a_morph(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", sizes=(30, 30, 30), free=0)
    for members in (range(15), range(60, 75)):
        review.grow(project, review.make_morph(project), members)

    def evidence() -> pd.Series:
        offers = review.best_morphs(project)
        assert offers["evidence"].is_monotonic_increasing
        offers = offers[~offers["object"].between(30, 59)]
        assert set(offers["object"]) == {*range(15, 30), *range(75, 90)}
        return offers.set_index("object")["evidence"].sort_index()

    before = evidence()
    review.discard(project, 2)
    after = evidence()
    assert (after >= before).all()
    assert (after > before).any()


def test_in_bulk_nothing_is_offered_where_nothing_is_free(made_project: Project, node: int) -> None:
    del node  # from which 6 and 7 were rejected
    review.grow(made_project, review.make_morph(made_project), [6, 7, *range(14, 30)])
    assert review.best_morphs(made_project).empty
    with pytest.raises(DecisionError, match="nothing can be offered in bulk"):
        review.begin_bulk(made_project)
