"""Proposals for the tree: like forms together, whatever the units of the axes."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from morphoexplore.methods import arranging
from morphoexplore.methods.arranging import cut_in_parts, propose_branches


@pytest.fixture(scope="module")
def nested():
    """Three families, far apart, of 4, 3 and 2 morphs that are near each other; 15 members each."""
    rng = np.random.default_rng(1)
    families = np.repeat([0, 1, 2], [4, 3, 2])
    centres = rng.normal(scale=40, size=(3, 6))[families] + rng.normal(scale=4, size=(9, 6))
    labels = np.repeat(np.arange(9) + 10, 15)
    return centres[labels - 10] + rng.normal(size=(135, 6)), labels


FAMILIES = [[10, 11, 12, 13], [14, 15, 16], [17, 18]]


def test_the_examples_run():
    assert doctest.testmod(arranging).failed == 0


def test_morphs_of_a_family_get_together(nested):
    assert propose_branches(*nested, groups=3) == FAMILIES


def test_the_units_of_the_axes_do_not_matter(nested):
    vectors, labels = nested
    units = np.array([1e-3, 1.0, 10.0, 2.0, 0.1, 5.0])
    assert propose_branches(vectors * units, labels) == propose_branches(vectors, labels)
    assert propose_branches(vectors + 100, labels, groups=3) == FAMILIES


def test_the_order_of_the_members_does_not_matter(nested):
    vectors, labels = nested
    order = np.random.default_rng(0).permutation(len(labels))
    assert propose_branches(vectors[order], labels[order]) == propose_branches(vectors, labels)


@pytest.mark.parametrize("groups", [None, 1, 2, 5, 9, 50])
def test_every_morph_is_in_one_group(nested, groups):
    found = propose_branches(*nested, groups=groups)
    assert sorted(morph for group in found for morph in group) == list(range(10, 19))
    assert len(found) == min(groups or 4, 9)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_three_morphs_stand_alone(nested, count):
    vectors, labels = nested
    kept = labels < 10 + count
    assert propose_branches(vectors[kept], labels[kept]) == [[10 + number] for number in range(count)]


def test_morphs_without_scatter_are_arranged_by_their_places(nested):
    vectors, labels = nested
    firsts = np.unique(labels, return_index=True)[1]
    assert propose_branches(vectors[firsts], labels[firsts], groups=3) == FAMILIES
    assert propose_branches(np.ones((12, 2)), np.repeat([1, 2, 3], 4)) == [[1, 2, 3]]


def test_no_groups_cannot_be_made(nested):
    with pytest.raises(ValueError, match="cannot be put into 0 groups"):
        propose_branches(*nested, groups=0)


def test_parts_are_the_forms_largest_first():
    rng = np.random.default_rng(0)
    truth = np.repeat([2, 0, 1], [10, 40, 25])
    vectors = np.array([[0.0, 0], [20, 0], [0, 20]])[truth] + rng.normal(size=(75, 2))
    np.testing.assert_array_equal(cut_in_parts(vectors, 3), truth)


def test_very_many_objects_are_cut_by_a_sample_of_them(monkeypatch):
    monkeypatch.setattr(arranging, "MOST_LINKED", 20)
    truth = np.sort(np.random.default_rng(0).integers(0, 4, 120) == 0)
    np.testing.assert_array_equal(cut_in_parts(np.stack([truth * 9.0, truth], 1), 2), truth)


def test_objects_that_coincide_are_one_part():
    assert cut_in_parts(np.ones((5, 3)), 2).tolist() == [0] * 5


@pytest.mark.parametrize("parts", [1, 6])
def test_a_cut_that_cannot_be_is_refused(parts):
    with pytest.raises(ValueError, match=f"cannot cut 5 objects into {parts} parts"):
        cut_in_parts(np.ones((5, 3)), parts)
