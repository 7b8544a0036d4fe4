import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from morphoexplore.methods import clustering
from morphoexplore.methods.clustering import cluster_graph, symmetric_graph, trim
from morphoexplore.methods.neighbours import nearest_neighbours
from tests.made_groups import components


def same_partition(a, b):
    return adjusted_rand_score(a, b) == 1 and ((a < 0) == (b < 0)).all()


# the graph


def test_the_graph_is_symmetric_and_keeps_edges_of_length_zero():
    vectors = np.array([[0.0], [0.0], [0.0], [1.0], [5.0]], np.float32)
    graph = symmetric_graph(*nearest_neighbours(vectors, 2))
    dense = np.full((5, 5), np.nan)
    rows = np.repeat(np.arange(5), np.diff(graph.indptr))
    dense[rows, graph.indices] = graph.data
    np.testing.assert_array_equal(dense, dense.T)
    assert dense[0, 1] == dense[1, 2] == 0
    assert dense[3, 4] == 4
    assert np.isnan(np.diag(dense)).all()
    assert np.isnan(dense[4, 1:3]).any()


def test_missing_neighbours_and_loops_are_no_edges():
    graph = symmetric_graph(np.array([[1, -1], [1, 0], [-1, -1]]), np.array([[2.0, 9], [9, 3], [9, 9]]))
    assert graph.nnz == 2
    assert graph.data.tolist() == [2, 2]
    assert symmetric_graph(np.empty((0, 0), int), np.empty((0, 0))).shape == (0, 0)


# clustering


@pytest.mark.parametrize("random_state", [0, 1, 2])
def test_leaves_of_the_graph_are_those_of_exact_hdbscan(random_state):
    from hdbscan import HDBSCAN

    vectors = components(random_state)
    graph = symmetric_graph(*nearest_neighbours(vectors, 15))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exact = HDBSCAN(
            min_cluster_size=8, min_samples=1, cluster_selection_method="leaf", core_dist_n_jobs=1
        ).fit_predict(vectors.astype(np.float64))
    labels = cluster_graph(graph, min_size=8, min_samples=1)
    assert exact.max() >= 20
    assert (exact < 0).mean() > 0.3
    assert same_partition(labels, exact)


@pytest.mark.parametrize("min_samples", [1, 2, 5])
def test_the_order_of_objects_only_reorders_the_clusters(min_samples):
    vectors = components(3)
    order = np.random.default_rng(0).permutation(len(vectors))
    clusters, shuffled = (
        cluster_graph(symmetric_graph(*nearest_neighbours(rows, 15)), min_size=8, min_samples=min_samples)
        for rows in (vectors, vectors[order])
    )
    assert clusters.max() > 10
    assert same_partition(shuffled, clusters[order])


def test_core_distances_are_those_to_the_nth_neighbour():
    vectors = components(0)[:300]
    indices, distances = nearest_neighbours(vectors, 8)
    graph = symmetric_graph(indices, distances)
    for nth in (1, 2, 5):
        np.testing.assert_allclose(clustering._core_distances(graph, nth), distances[:, nth - 1])
    copies = symmetric_graph(*nearest_neighbours(np.zeros((9, 2)), 3))
    assert clustering._core_distances(copies, 2).tolist() == [0] * 9
    assert np.isinf(clustering._core_distances(copies, 20)).all()


def test_small_islands_do_not_make_a_cluster_together():
    rng = np.random.default_rng(0)
    place = np.repeat([0, 1000, 2000, 3000, 9000, 9010], [20, 20, 20, 20, 200, 200])
    vectors = (rng.normal(size=(480, 3)) + place[:, None]).astype(np.float32)
    labels = cluster_graph(symmetric_graph(*nearest_neighbours(vectors, 15)), min_size=30)
    assert (labels[:80] == -1).all()
    assert labels.max() >= 1


def test_parts_without_a_connection_are_clusters_of_their_own():
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(3), 40)
    vectors = (rng.normal(size=(120, 4)) + truth[:, None] * 100).astype(np.float32)
    labels = cluster_graph(symmetric_graph(*nearest_neighbours(vectors, 10)), min_size=25)
    assert len(np.unique(labels[labels >= 0])) == 3
    assert all(len(np.unique(truth[labels == label])) == 1 for label in range(3))


@pytest.mark.parametrize("selection", ["leaf", "eom"])
@pytest.mark.parametrize("n", [1, 2, 3, 20])
@pytest.mark.parametrize("same", [True, False])
def test_few_or_identical_objects_cluster_without_a_stumble(selection, n, same):
    vectors = np.random.default_rng(0).normal(size=(n, 3)).astype(np.float32) * (not same)
    graph = symmetric_graph(*nearest_neighbours(vectors, 5))
    labels = cluster_graph(graph, min_size=2, selection=selection)
    assert labels.shape == (n,)
    assert labels.dtype == np.int32


# trimming


@settings(max_examples=50, deadline=None)
@given(
    labels=st.lists(st.integers(-1, 3), min_size=12, max_size=60),
    share=st.floats(0, 1),
    min_left=st.integers(1, 8),
    random_state=st.integers(0, 100),
)
def test_trimming_never_adds_and_leaves_no_small_seed(labels, share, min_left, random_state):
    labels = np.array(labels, dtype=np.int32)
    vectors = np.random.default_rng(random_state).normal(size=(len(labels), 2)).astype(np.float32)
    neighbours, _ = nearest_neighbours(vectors, 10)
    trimmed = trim(labels, neighbours, share=share, min_left=min_left)
    changed = trimmed != labels
    assert (trimmed[changed] == -1).all()
    left = np.bincount(trimmed[trimmed >= 0])
    assert (left[left > 0] >= min_left).all()


def test_three_of_ten_neighbours_are_enough():
    labels = np.array([0] * 6 + [-1] * 8, dtype=np.int32)
    neighbours = np.full((14, 10), 13)
    neighbours[:5, :3] = [[1, 2, 3]] * 5
    neighbours[5, :2] = [1, 2]
    assert trim(labels, neighbours).tolist() == [0] * 5 + [-1] * 9
