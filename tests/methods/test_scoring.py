import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn import metrics

from morphoexplore.methods.scoring import mean_average_precision, score_morphs, score_seeds

relaxed = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])

# morph 1: 3 copepods + 1 snow; morph 2: 2 snow; free: 1 copepod, 1 snow, 2 radiolarians
ASSIGNED = [1, 1, 1, 1, 2, 2, None, -1, np.nan, None]
LABELS = ["copepod"] * 3 + ["snow"] * 3 + ["copepod", "snow", "radiolarian", "radiolarian"]

partitions = st.lists(
    st.tuples(st.sampled_from([None, -1, 1, 2, 3, 4]), st.sampled_from(["a", "b", "c", None])), max_size=40
)


def test_scores_by_hand():
    score = score_morphs(ASSIGNED, LABELS, titles={1: "long antennae"})
    assert (score.n_objects, score.n_sorted, score.n_morphs, score.n_labels) == (10, 6, 2, 3)
    assert score.share_sorted == 0.6
    assert score.purity == pytest.approx(5 / 6)
    assert score.morphs.loc[1].to_dict() == {
        "title": "long antennae",
        "size": 4,
        "label": "copepod",
        "n_labels": 2,
        "precision": 0.75,
        "recall": 0.75,
    }
    snow = score.labels.loc["snow"]
    assert (snow["n"], snow["n_sorted"], snow["n_morphs"], snow["precision"]) == (4, 3, 1, 1.0)
    assert snow["recall"] == 0.5
    assert snow["f1"] == pytest.approx(2 / 3)
    assert score.labels.loc["radiolarian", ["precision", "recall", "f1"]].tolist() == [0, 0, 0]
    assert score.macro_f1 == pytest.approx((0.75 + 2 / 3 + 0) / 3)
    assert score.weighted_f1 == pytest.approx((0.75 * 4 + 2 / 3 * 4) / 10)
    assert score.confusion.loc["long antennae"].to_dict() == {"copepod": 3, "radiolarian": 0, "snow": 1}
    assert score.confusion.loc["free"].to_dict() == {"copepod": 1, "radiolarian": 2, "snow": 1}
    assert score.confusion.to_numpy().sum() == 10


@relaxed
@given(partitions)
def test_scores_are_those_of_scikit_learn(pairs):
    """Free objects as a predicted class of their own; agreement on the sorted objects only."""
    labelled = [(morph, label) for morph, label in pairs if label is not None]
    score = score_morphs([morph for morph, _ in pairs], [label for _, label in pairs])
    assert score.n_objects == len(labelled)
    assert score.confusion.to_numpy().sum() == len(labelled)
    assert score.labels["n"].sum() == len(labelled)
    if not labelled:
        assert np.isnan(score.share_sorted)
        return
    majority = score.morphs["label"].to_dict()
    predicted = [majority.get(morph, "nothing") for morph, _ in labelled]
    truth = [label for _, label in labelled]
    names = sorted(set(truth))
    expected = metrics.precision_recall_fscore_support(truth, predicted, labels=names, zero_division=0)
    for column, values in zip(["precision", "recall", "f1", "n"], expected, strict=True):
        np.testing.assert_allclose(score.labels[column], values, err_msg=column)
    assert score.macro_f1 == pytest.approx(np.mean(expected[2]))
    kept = [(morph, label) for morph, label in labelled if morph not in (None, -1)]
    if kept:
        morphs, labels = zip(*kept, strict=True)
        assert score.ari == pytest.approx(metrics.adjusted_rand_score(labels, morphs))
        right = sum(label == majority[morph] for morph, label in kept)
        assert score.purity == pytest.approx(right / len(kept))
    else:
        assert np.isnan([score.purity, score.ari, score.ami]).all()


@relaxed
@given(partitions, st.randoms(use_true_random=False))
def test_order_of_objects_does_not_matter(pairs, random):
    shuffled = random.sample(pairs, len(pairs))
    one, other = (score_morphs([m for m, _ in p], [x for _, x in p]) for p in (pairs, shuffled))
    pd.testing.assert_frame_equal(one.labels, other.labels)
    pd.testing.assert_frame_equal(one.confusion.sort_index(), other.confusion.sort_index())
    np.testing.assert_allclose([one.ami, one.ari], [other.ami, other.ari], atol=1e-12)


def test_perfect_morphs_score_one():
    score = score_morphs([1, 1, 2, 2, 3, 3], list("aabbcc"))
    assert [score.purity, score.ami, score.ari, score.macro_f1] == pytest.approx([1, 1, 1, 1])


def test_many_single_object_morphs_give_no_warning():
    assert score_morphs(list(range(30)), [str(n) for n in range(30)]).purity == 1


def test_objects_without_reference_label_take_no_part():
    score = score_morphs([1, 1, 1], ["a", None, ""])
    assert (score.n_objects, score.morphs.loc[1, "size"]) == (1, 1)


def test_morphs_that_share_a_title_stay_apart():
    score = score_morphs([1, 1, 2, 3], list("aabb"), titles={1: "round", 2: "round", 3: "free"})
    assert score.confusion.index.tolist() == ["round (1)", "round (2)", "free (3)", "free"]


def test_ties_go_to_the_first_label():
    assert score_morphs([1, 1], ["b", "a"]).morphs.loc[1, "label"] == "a"


def test_nothing_sorted_and_nothing_at_all():
    score = score_morphs([None, None], ["a", "b"])
    assert score.share_sorted == 0
    assert score.macro_f1 == 0
    assert score.confusion.index.tolist() == ["free"]
    assert np.isnan(score_morphs([], []).macro_f1)


def test_arrays_of_different_length_are_refused():
    with pytest.raises(ValueError, match="2 assigned morphs but 1 reference labels"):
        score_morphs([1, 2], ["a"])


def test_seeds_by_hand():
    seeds = [["a"] * 8 + ["b"] * 2, ["a"] * 10, ["b"] * 3 + ["a"], ["Unknown"] * 5 + [None], []]
    score = score_seeds(seeds, n_objects=100, exclude=["Unknown"])
    assert (score.n_seeds, score.n_pure, score.n_classes) == (4, 3, 1)
    assert score.share_pure == 0.25
    assert score.median_purity == pytest.approx(0.9)
    assert score.seeds["label"].tolist() == ["a", "a", "b", "Unknown"]
    assert score_seeds(seeds, n_objects=100).n_classes == 2
    assert score_seeds(seeds, n_objects=100, pure=0.75).n_classes == 3


def test_no_seeds():
    score = score_seeds([], n_objects=10)
    assert (score.n_seeds, score.n_classes, score.share_pure) == (0, 0, 0)
    assert np.isnan(score.median_purity)


def test_more_seed_objects_than_objects_are_refused():
    with pytest.raises(ValueError, match="more than the 1"):
        score_seeds([["a", "a"]], n_objects=1)


def test_map_by_hand():
    labels = ["a", "a", "a", "b", None]
    table = mean_average_precision([[3, 1, 2, 4]], labels, k=(1, 2, 3, 4))
    # right at ranks 2 and 3, two others of the label: (1/2 + 2/3) / 2
    np.testing.assert_allclose(table["map"], [0, 1 / 2 / 2, (1 / 2 + 2 / 3) / 2, (1 / 2 + 2 / 3) / 2])
    assert table["n_queries"].tolist() == [1] * 4


def test_map_leaves_out_what_cannot_be_scored():
    labels = ["a", "a", "b", None]
    table = mean_average_precision([[1], [0], [0], [0]], labels, k=(1,))
    assert table.loc[0, ["map", "n_queries"]].tolist() == [1, 2]
    assert np.isnan(mean_average_precision([[0], [1]], labels, k=(1,), queries=[2, 3])["map"]).all()


def test_map_of_short_lists_and_named_queries():
    labels = ["a", "a", "a", "b"]
    table = mean_average_precision([[0, -1], [1, 0]], labels, k=(2,), queries=[1, 2])
    np.testing.assert_allclose(table["map"], [(1 / 2 + 1) / 2])


def test_map_agrees_with_scikit_learn_on_full_lists():
    rng = np.random.default_rng(5)
    labels = rng.choice(list("abcd"), size=60)
    vectors = rng.normal(size=(60, 3)) + (labels[:, None] == list("abc")) * 2
    distances = np.linalg.norm(vectors[:, None] - vectors, axis=2)
    np.fill_diagonal(distances, np.inf)
    indices = distances.argsort(axis=1)[:, :-1]
    expected = [
        metrics.average_precision_score(np.delete(labels == labels[i], i), -np.delete(distances[i], i))
        for i in range(60)
    ]
    np.testing.assert_allclose(mean_average_precision(indices, labels, k=(59,))["map"], np.mean(expected))


def test_map_refuses_what_it_cannot_mean():
    with pytest.raises(ValueError, match="own query"):
        mean_average_precision([[0], [0]], ["a", "a"], k=(1,))
    with pytest.raises(ValueError, match="k must be between"):
        mean_average_precision([[1], [0]], ["a", "a"], k=(5,))
