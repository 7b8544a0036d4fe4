"""Candidates: free, usable, the likely ones first, whatever the order of the rows."""

from __future__ import annotations

import doctest

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from morphoexplore.methods import growing, yields
from morphoexplore.methods.growing import rank_candidates, trust_in_negatives
from morphoexplore.methods.neighbours import nearest_neighbours


@pytest.fixture(scope="module")
def groups():
    """300 objects in three groups of 100, each group with its number in the hundreds."""
    rng = np.random.default_rng(0)
    centres = np.repeat(rng.normal(scale=5, size=(3, 8)), 100, axis=0)
    return (centres + rng.normal(size=(300, 8))).astype(np.float32)


def test_the_example_runs():
    assert doctest.testmod(growing).failed == 0
    assert doctest.testmod(yields).failed == 0


def test_objects_of_the_same_form_come_first(groups):
    found = rank_candidates(
        groups, members=np.arange(20), negatives=np.arange(100, 120), free=np.r_[20:100, 120:300]
    )
    assert set(found.objects[:80]) == set(range(20, 100))
    assert (found.evidence[:80] < 1).all()
    assert found.trust == 1, "the groups lie apart"
    assert (np.diff(found.evidence) >= 0).all()


def test_negatives_of_the_same_form_are_hardly_trusted(groups):
    members, same, other = np.arange(20), np.arange(20, 60), np.arange(100, 160)
    assert trust_in_negatives(groups, members, other) == 1
    assert trust_in_negatives(groups, members, same) == growing.LEAST_TRUST
    assert trust_in_negatives(groups, members, np.empty(0, np.int64)) == 1
    assert trust_in_negatives(groups, members[:1], same) < 0.5, "one member is enough to tell"
    assert trust_in_negatives(groups, members, other[:1]) == 1, "one refused is of no form"
    free = np.r_[60:100, 160:300]
    found = rank_candidates(groups, members=members, negatives=same, refused=same, free=free)
    assert found.trust == growing.LEAST_TRUST
    assert set(found.objects[:40]) == set(range(60, 100))
    assert set(rank_candidates(groups, members=members, negatives=same, free=free).objects[:40]) != (
        set(range(60, 100))
    )


def test_copies_of_one_image_are_trusted_without_complaint(groups):
    copies = np.concatenate([np.repeat(groups[:1], 12, axis=0), groups[100:110]])
    assert trust_in_negatives(copies, np.arange(12), np.arange(12, 22)) == 1
    assert trust_in_negatives(copies, np.arange(6), np.arange(6, 12)) == 1, "nothing is known of these"


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(groups, random):
    members, negatives, free = list(range(30)), list(range(100, 140)), list(range(150, 300))
    first = rank_candidates(
        groups, members=np.array(members), negatives=np.array(negatives), free=np.array(free)
    )
    for rows in (members, negatives, free):
        random.shuffle(rows)
    second = rank_candidates(
        groups, members=np.array(members * 2), negatives=np.array(negatives), free=np.array(free)
    )
    np.testing.assert_array_equal(first.objects, second.objects)
    np.testing.assert_array_equal(first.evidence, second.evidence)


def test_many_members_are_sampled_alike_in_any_order(groups, monkeypatch):
    monkeypatch.setattr(growing, "MOST_MEMBERS", 20)
    monkeypatch.setattr(growing, "MOST_NEGATIVES", 20)
    rows = {"members": np.arange(50), "negatives": np.arange(100, 180), "free": np.arange(200, 300)}
    first = rank_candidates(groups, **rows)
    second = rank_candidates(groups, **{name: numbers[::-1] for name, numbers in rows.items()})
    np.testing.assert_array_equal(first.objects, second.objects)
    assert len(first.objects) == 100


def test_objects_without_features_are_never_offered_and_never_asked(groups):
    vectors = groups.copy()
    vectors[[0, 100, 200]] = np.nan
    found = rank_candidates(
        vectors, members=np.arange(5), negatives=np.arange(100, 105), free=np.arange(200, 210)
    )
    assert sorted(found.objects) == list(range(201, 210))
    assert np.isfinite(found.evidence).all()


def test_without_negatives_the_distance_decides(groups):
    found = rank_candidates(
        groups, members=np.arange(20), negatives=np.empty(0, int), free=np.arange(20, 300)
    )
    assert np.isnan(found.evidence).all()
    assert (np.diff(found.distance) >= 0).all()


def test_without_members_or_free_objects_there_are_no_candidates(groups):
    nobody, some = np.empty(0, int), np.arange(9)
    assert not len(rank_candidates(groups, members=nobody, negatives=some, free=np.arange(9, 20)).objects)
    assert not len(rank_candidates(groups, members=some, negatives=nobody, free=nobody).objects)


def test_an_object_is_no_evidence_against_itself():
    vectors = np.array([[0.0], [1.0], [1.0], [9.0]], np.float32)
    found = rank_candidates(vectors, members=np.array([0]), negatives=np.array([1, 3]), free=np.array([1, 2]))
    evidence = dict(zip(found.objects.tolist(), found.evidence.tolist(), strict=True))
    assert evidence[1] == pytest.approx(1 / 8)  # not 1 / 4, the mean with its own distance 0
    assert evidence[2] == pytest.approx(1 / 4)
    alone = rank_candidates(vectors, members=np.array([0]), negatives=np.array([1]), free=np.array([1]))
    assert np.isnan(alone.evidence).all()


@pytest.mark.parametrize("offset", [0.0, 1000.0])
def test_of_very_many_free_objects_the_nearest_are_ranked(offset):
    rng = np.random.default_rng(0)
    vectors = (rng.normal(size=(30_000, 8)) + offset).astype(np.float32)
    vectors[25_000] = np.nan
    members, free = np.arange(20), np.arange(20, 30_000)
    found = rank_candidates(vectors, members=members, negatives=np.empty(0, int), free=free)
    assert len(found.objects) == growing.SHORTLIST
    assert 25_000 not in found.objects
    distances = np.linalg.norm(vectors[free].astype(float)[:, None] - vectors[members].astype(float), axis=2)
    exact = np.partition(np.nan_to_num(distances, nan=np.inf), 4, axis=1)[:, :5].mean(axis=1)
    nearest = free[np.argsort(exact, kind="stable")]
    np.testing.assert_array_equal(found.objects[:100], nearest[:100])


def test_the_unit_of_the_vectors_does_not_matter(groups):
    rows = {"members": np.arange(20), "negatives": np.arange(100, 120), "free": np.arange(120, 300)}
    first, second = rank_candidates(groups, **rows), rank_candidates(groups * 16, **rows)
    np.testing.assert_array_equal(first.objects, second.objects)
    np.testing.assert_allclose(first.evidence, second.evidence, rtol=1e-5)


def test_the_graph_leads_to_the_same_candidates_as_all_distances(monkeypatch):
    rng = np.random.default_rng(3)
    centres = rng.normal(scale=6, size=(6, 8))
    form = rng.integers(0, 6, 3000)
    vectors = (centres[form] + rng.normal(size=(3000, 8))).astype(np.float32)
    neighbours, _ = nearest_neighbours(vectors, 15)
    neighbours[::50, 10:] = -1  # of some fewer neighbours are known
    members, negatives = np.flatnonzero(form == 2)[:40], np.flatnonzero(form == 4)[:40]
    free = np.setdiff1d(np.arange(3000), np.concatenate([members, negatives]))
    monkeypatch.setattr(growing, "SHORTLIST", 300)
    by_graph, by_distance = (
        growing.rank_candidates(vectors, members=members, negatives=negatives, free=free, neighbours=graph)
        for graph in (neighbours, None)
    )
    assert 250 <= len(by_graph.objects) <= len(by_distance.objects) == 300
    assert set(by_graph.objects[:150]) <= set(free)
    assert np.mean(form[by_graph.objects[:200]] == 2) > 0.98
    assert len(np.intersect1d(by_graph.objects[:150], by_distance.objects)) > 120


def test_each_free_object_is_offered_to_its_best_morph_and_the_surest_first():
    rng = np.random.default_rng(4)
    centres = rng.normal(scale=6, size=(4, 8))
    form = np.repeat(np.arange(4), 100)
    vectors = centres[form] + rng.normal(size=(400, 8))
    vectors[17] = np.nan
    morph = np.full(400, -1)
    for one in (0, 1, 2):
        morph[one * 100 + 40 : one * 100 + 80] = one + 10
    free = np.flatnonzero(morph < 0)
    found = growing.best_morphs(vectors, morph=morph, free=free, others=np.arange(300, 340))
    assert (np.diff(found.score) <= 0).all()
    assert 17 not in found.objects
    assert not set(found.objects) & set(np.flatnonzero(morph >= 0))
    sure = found.objects[:150]
    assert (form[sure] + 10 == found.morphs[:150]).all()
    # What is like objects that were judged to be of no morph is offered to none, those objects themselves hardly ever.
    assert np.isin(found.objects, np.arange(300, 400)).mean() < 0.1


def test_without_members_nothing_is_offered():
    vectors = np.zeros((5, 2))
    found = growing.best_morphs(vectors, morph=np.full(5, -1), free=np.arange(5), others=np.array([1]))
    assert not len(found.objects)


def test_a_morph_is_expected_to_gain_what_lies_among_its_members():
    rng = np.random.default_rng(6)
    form = np.repeat(np.arange(3), 100)
    vectors = rng.normal(scale=8, size=(3, 6))[form] + rng.normal(size=(300, 6))
    neighbours, _ = nearest_neighbours(vectors, 15)
    morph = np.full(300, -1)
    morph[:70], morph[100:180] = 5, 9
    found = yields.expected_yields(morph, neighbours)
    assert set(found) == {5, 9}
    assert 25 <= found[5] <= 30
    assert 15 <= found[9] <= 20
    assert yields.expected_yields(np.full(300, -1), neighbours) == {}
    refused = np.flatnonzero(form == 1)  # free neighbours that were refused speak against it
    morph[140:180] = -1
    many, few = (yields.expected_yields(morph, neighbours, others) for others in (None, refused))
    assert few[5] == many[5]
    assert few.get(9, 0) < many[9] / 2


def test_stored_neighbours_elect_the_same_morphs_where_there_are_very_many(monkeypatch):
    rng = np.random.default_rng(9)
    form = rng.integers(0, 5, 2000)
    vectors = rng.normal(scale=5, size=(5, 8))[form] + rng.normal(size=(2000, 8))
    neighbours, distances = nearest_neighbours(vectors, 15)
    neighbours[7], distances[7] = -1, np.nan  # an object without features
    morph = np.where((rng.random(2000) < 0.4) & (form < 3), form + 20, -1)
    free = np.setdiff1d(np.flatnonzero(morph < 0), [7])
    others = np.flatnonzero(form == 4)[:80]
    exact = growing.best_morphs(vectors, morph=morph, free=free, others=others)
    monkeypatch.setattr(growing, "GLANCE", 100)
    quick = growing.best_morphs(vectors, morph=morph, free=free, others=others, graph=(neighbours, distances))
    assert (np.diff(quick.score) <= 0).all()
    for found in (exact, quick):
        sure = found.objects[: int((form[free] < 3).sum() * 0.9)]
        assert np.mean(form[sure] + 20 == found.morphs[: len(sure)]) > 0.99
