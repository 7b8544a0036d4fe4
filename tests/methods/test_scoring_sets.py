"""Scores of feature sets: nothing of one group is on both sides, chance is 0, and the same is 1."""

import numpy as np
import pytest

from morphoexplore.methods.scoring_sets import (
    cluster_agreement,
    grouped_folds,
    recognise_by_discriminants,
    recognise_by_neighbours,
)

NAMES = np.array(["copepod", "snow", "jelly"], dtype=object)


def clear(n=150, d=4, random_state=0):
    """Vectors of three labels far from one another."""
    rng = np.random.default_rng(random_state)
    label = np.arange(n) % 3
    return (10 * np.eye(d)[label] + rng.normal(size=(n, d))).astype(np.float32), NAMES[label]


def test_a_group_is_in_one_fold_and_each_label_in_all():
    _, labels = clear()
    groups = np.arange(150) // 3
    fold = grouped_folds(labels, groups)
    assert sorted(set(fold)) == [0, 1, 2, 3, 4]
    assert all(len(set(fold[groups == group])) == 1 for group in range(50))
    assert all(set(labels[fold == number]) == set(NAMES) for number in range(5))
    np.testing.assert_array_equal(fold, grouped_folds(labels, groups))
    assert len(set(grouped_folds(labels, groups % 3))) == 3, "no more folds than groups"


def test_one_group_cannot_be_divided():
    with pytest.raises(ValueError, match="All 9 objects are of one group"):
        grouped_folds(["a"] * 9, ["night"] * 9)


def test_labels_rarer_than_folds_are_dealt_too():
    fold = grouped_folds(["a"] * 40 + ["b"] * 2, np.arange(42))
    assert len(set(fold)) == 5
    assert len(set(grouped_folds(["a", "b", "c"], [0, 1, 2]))) == 3


@pytest.mark.parametrize("recognise", [recognise_by_neighbours, recognise_by_discriminants])
def test_clear_labels_are_recognised_and_random_ones_by_chance(recognise):
    vectors, labels = clear()
    fold = grouped_folds(labels, np.arange(len(labels)))
    assert recognise(vectors, labels, fold).accuracy > 0.98
    assert recognise(vectors, labels, fold).macro_f1 > 0.98
    shuffled = np.random.default_rng(1).permutation(labels)
    assert recognise(vectors, shuffled, fold).accuracy < 0.5


@pytest.mark.parametrize("recognise", [recognise_by_neighbours, recognise_by_discriminants])
def test_a_label_that_only_its_own_group_has_is_never_recognised(recognise):
    vectors, labels = clear()
    labels[:10] = "burst"
    vectors[:10] = 50
    groups = np.where(np.arange(150) < 10, 0, np.arange(150))
    apart = recognise(vectors, labels, grouped_folds(labels, groups))
    assert apart.accuracy == pytest.approx(140 / 150, abs=0.02)
    assert apart.macro_f1 < 0.77, "each label counts alike"
    together = recognise(vectors, labels, grouped_folds(labels, np.arange(150)))
    assert together.accuracy > 0.98


def test_a_label_of_one_object_is_no_hindrance():
    vectors, labels = clear()
    labels[0] = "alone"
    fold = grouped_folds(labels, np.arange(len(labels)))
    assert recognise_by_discriminants(vectors, labels, fold).accuracy > 0.97


def test_a_tie_goes_to_the_nearest():
    vectors = np.array([[0.0], [1.0], [2.0], [2.5], [3.0]], np.float32)
    fold = np.array([0, 1, 1, 1, 1])
    labels = np.array(["near", "near", "far", "far", "near"], dtype=object)
    assert recognise_by_neighbours(vectors, labels, fold, voters=2).accuracy >= 0.2
    assert recognise_by_neighbours(vectors[:3], labels[:3], fold[:3], voters=2).accuracy == pytest.approx(
        2 / 3
    )


def test_clusters_agree_with_clear_labels_and_not_with_shuffled_ones():
    vectors, labels = clear()
    assert cluster_agreement(vectors, labels) > 0.7
    assert abs(cluster_agreement(vectors, np.random.default_rng(0).permutation(labels))) < 0.05
    assert np.isnan(cluster_agreement(vectors, ["one"] * len(vectors)))
