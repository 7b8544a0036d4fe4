import faiss
import numpy as np
import pytest
from scipy.spatial.distance import cdist

from morphoexplore.methods.neighbours import nearest_in_parts, nearest_neighbours, similar_to


def some_vectors(n=600, d=16, random_state=0):
    rng = np.random.default_rng(random_state)
    centres = rng.normal(size=(10, d)) * 2
    return (centres[rng.integers(10, size=n)] + rng.normal(size=(n, d))).astype(np.float32)


def brute_force(vectors, k):
    distances = cdist(vectors.astype(np.float64), vectors.astype(np.float64))
    np.fill_diagonal(distances, np.inf)
    order = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return order, np.take_along_axis(distances, order, axis=1)


@pytest.mark.parametrize("offset", [0.0, 1000.0], ids=["centred", "far from the origin"])
def test_neighbours_are_those_of_comparing_every_pair(offset):
    vectors = some_vectors() + np.float32(offset)
    indices, distances = nearest_neighbours(vectors, 15)
    expected, expected_distances = brute_force(vectors, 15)
    np.testing.assert_array_equal(indices, expected)
    np.testing.assert_allclose(distances, expected_distances, rtol=1e-5)
    assert indices.dtype == np.int32
    assert distances.dtype == np.float32


def test_no_row_is_its_own_neighbour_even_among_identical_rows():
    vectors = np.vstack([np.ones((40, 4)), np.zeros((3, 4))]).astype(np.float32)
    indices, distances = nearest_neighbours(vectors, 5)
    assert not (indices == np.arange(len(vectors))[:, None]).any()
    assert (distances[:40] == 0).all()
    assert (indices[:40] < 40).all()
    np.testing.assert_array_equal(distances[40], [0, 0, 2, 2, 2])


def test_ties_go_to_the_lower_row_number():
    indices, _ = nearest_neighbours(np.array([[0.0], [1.0], [-1.0], [5.0]]), 2)
    assert indices[0].tolist() == [1, 2]


@pytest.mark.parametrize("exact_up_to", [10**6, 100], ids=["exact", "inverted file"])
def test_the_number_of_threads_changes_nothing(exact_up_to):
    vectors = some_vectors(3000)
    vectors[100:200] = vectors[:100]
    threads = faiss.omp_get_max_threads()
    try:
        faiss.omp_set_num_threads(1)
        one = nearest_neighbours(vectors, 15, exact_up_to=exact_up_to)
        faiss.omp_set_num_threads(2)
        two = nearest_neighbours(vectors, 15, exact_up_to=exact_up_to)
    finally:
        faiss.omp_set_num_threads(threads)
    np.testing.assert_array_equal(one[0], two[0])
    np.testing.assert_array_equal(one[1], two[1])


def test_the_inverted_file_misses_few_neighbours():
    vectors = some_vectors(5000)
    exact, _ = nearest_neighbours(vectors, 15)
    listed, distances = nearest_neighbours(vectors, 15, exact_up_to=1000)
    shared = np.mean([len(np.intersect1d(a, b)) for a, b in zip(exact, listed, strict=True)]) / 15
    assert shared > 0.9
    assert (listed >= 0).all()
    assert (np.diff(distances, axis=1) >= 0).all()


def test_the_inverted_file_fills_up_where_its_lists_are_short():
    # 400 copies of one object: the other lists hold almost nothing.
    vectors = np.vstack([np.zeros((400, 3)), np.arange(60).reshape(20, 3) + 50.0]).astype(np.float32)
    indices, distances = nearest_neighbours(vectors, 30, exact_up_to=10)
    assert (indices >= 0).all()
    assert np.isfinite(distances).all()
    assert all(len(set(row)) == 30 for row in indices.tolist())


def test_queries_find_themselves():
    vectors = some_vectors(200)
    indices, distances = nearest_neighbours(vectors, 1, queries=vectors[[7, 3]])
    assert indices.ravel().tolist() == [7, 3]
    assert (distances == 0).all()


@pytest.mark.parametrize(("n", "expected"), [(0, 0), (1, 0), (2, 1), (4, 3), (50, 10)])
def test_k_shrinks_to_the_rows_there_are(n, expected):
    indices, distances = nearest_neighbours(some_vectors(n), 10)
    assert indices.shape == distances.shape == (n, expected)


def test_incomplete_vectors_are_refused():
    vectors = some_vectors(10)
    vectors[3, 2] = np.nan
    with pytest.raises(ValueError, match="1 of 10 vectors are not finite"):
        nearest_neighbours(vectors, 3)
    with pytest.raises(ValueError, match="must be a matrix"):
        nearest_neighbours(vectors[0], 3)
    with pytest.raises(ValueError, match="The queries have 2 columns, the vectors 16"):
        nearest_neighbours(vectors[:3], 3, queries=np.zeros((1, 2)))


def test_similar_objects_are_the_nearest_neighbours():
    vectors = some_vectors()
    indices, distances = nearest_neighbours(vectors, 12)
    found, found_distances = similar_to(vectors, [5, 100], 12)
    np.testing.assert_array_equal(found, indices[[5, 100]])
    np.testing.assert_array_equal(found_distances, distances[[5, 100]])
    norms = np.einsum("nd,nd->n", vectors, vectors)
    np.testing.assert_array_equal(similar_to(vectors, 5, 12, squared_norms=norms)[0], indices[[5]])


def test_objects_without_features_are_not_similar_to_anything():
    vectors = some_vectors(20)
    vectors[4:] = np.nan
    found, distances = similar_to(vectors, 0, 10)
    assert sorted(found[0].tolist()) == [1, 2, 3]
    assert np.isfinite(distances).all()
    with pytest.raises(ValueError, match="Row 6 has no complete vector"):
        similar_to(vectors, [0, 6], 3)
    assert similar_to(vectors[:1], 0, 3)[0].shape == (1, 0)


@pytest.mark.parametrize("size", [7, 100, 600])
def test_neighbours_found_part_by_part_are_those_of_the_whole(size):
    vectors = some_vectors()
    vectors[5::50] = np.nan
    rows = np.array([3, 250, 599])
    parts = [(start, vectors[start : start + size]) for start in range(0, len(vectors), size)]
    found = nearest_in_parts(parts, vectors[rows], 9, own=rows)
    np.testing.assert_array_equal(found, similar_to(vectors, rows, 9)[0])
    assert nearest_in_parts(parts, vectors[rows], 1).ravel().tolist() == rows.tolist()


def test_where_there_are_fewer_rows_than_asked_for_the_places_are_empty():
    vectors = np.array([[0.0], [1.0], [np.nan]], np.float32)
    assert nearest_in_parts([(0, vectors)], vectors[:1], 3, own=[0]).tolist() == [[1, -1, -1]]
    assert nearest_in_parts([], vectors[:1], 2).tolist() == [[-1, -1]]
