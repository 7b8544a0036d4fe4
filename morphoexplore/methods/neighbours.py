"""
Nearest neighbours by Euclidean distance.

Exact up to 200 000 rows, by an inverted file above (recall of the 15 nearest about .97 at 200 000 rows,
`reference/algorithms.md` section 2). Whatever found the candidates, their distances are computed again from
the differences and ordered by (distance, row number): the rounding of a blocked matrix product, which
changes with the number of threads, never decides an order.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist

EXACT_UP_TO = 200_000
SPARE = 4  # candidates beyond k, so that rounding near the k-th place cannot drop a true neighbour
CHUNK = 4096
FEW_OPERATIONS = 2e7  # below, faiss waits longer for its threads on a busy machine than it computes


def nearest_neighbours(
    vectors: ArrayLike,
    k: int,
    *,
    queries: ArrayLike | None = None,
    exact_up_to: int = EXACT_UP_TO,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """
    Find the k nearest rows of every row, or of every query.

    Parameters
    ----------
    vectors : array of float, shape (n, d)
        Finite vectors, one row per object.
    k : int
        Neighbours per row. Shrinks to the number of other rows where there are fewer.
    queries : array of float, shape (m, d), optional
        Vectors to search for. Without it every row searches for itself and is not its own neighbour;
        identical rows are each other's neighbours at distance 0.
    exact_up_to : int
        Number of rows up to which every pair is compared; above, an inverted file with ``4 sqrt(n)`` lists
        of which 16 are visited. Queries few enough to cost no more than that are exact at any size.

    Returns
    -------
    indices : array of int32, shape (n or m, k)
        Row numbers in *vectors*, nearest first, ties by row number.
    distances : array of float32, shape (n or m, k)
        Euclidean distances, in the units of *vectors*.

    Raises
    ------
    ValueError
        If the vectors are not a matrix of finite numbers, or the queries have other columns.

    Examples
    --------
    >>> indices, distances = nearest_neighbours([[0.0], [1.0], [3.0]], k=1)
    >>> indices.ravel().tolist(), distances.ravel().tolist()
    ([1, 0, 1], [1.0, 1.0, 2.0])
    """
    base = _finite_matrix(vectors)
    of_itself = queries is None
    wanted = base if queries is None else _finite_matrix(queries)
    if wanted.shape[1] != base.shape[1]:
        message = f"The queries have {wanted.shape[1]} columns, the vectors {base.shape[1]}"
        raise ValueError(message)
    k = min(k, len(base) - of_itself)
    if k <= 0 or len(wanted) == 0:
        return np.empty((len(wanted), 0), np.int32), np.empty((len(wanted), 0), np.float32)
    count = min(len(base), k + of_itself + SPARE)
    exact = len(base) <= exact_up_to or len(base) * len(wanted) <= exact_up_to**2
    candidates = _exact_candidates(base, wanted, count) if exact else _listed_candidates(base, wanted, count)
    return _ranked(base, wanted, candidates, k, of_itself=of_itself)


def similar_to(
    vectors: NDArray[np.float32],
    query_rows: ArrayLike,
    k: int,
    *,
    squared_norms: NDArray[np.float32] | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """
    Find the rows nearest to one or a few rows, exactly, by one matrix product.

    Parameters
    ----------
    vectors : array of float32, shape (n, d)
        One row per object. Rows that are not finite (objects without features) are never found.
    query_rows : int or array of int, shape (m,)
        Row numbers to search for; they are not their own neighbours.
    k : int
        Neighbours per query; shrinks where fewer rows can be found.
    squared_norms : array of float32, shape (n,), optional
        Squared length of every row, to be kept by callers who ask often.

    Returns
    -------
    indices : array of int32, shape (m, k)
        Row numbers, nearest first, ties by row number.
    distances : array of float32, shape (m, k)
        Euclidean distances.

    Raises
    ------
    ValueError
        If a query row is not finite.

    Examples
    --------
    >>> indices, _ = similar_to(np.array([[0.0], [5.0], [1.0], [2.0]], np.float32), 0, k=2)
    >>> indices.tolist()
    [[2, 3]]
    """
    rows = np.atleast_1d(np.asarray(query_rows, dtype=np.int64))
    queries = np.asarray(vectors[rows], dtype=np.float32)
    if not np.isfinite(queries).all():
        message = f"Row {rows[~np.isfinite(queries).all(axis=1)][0]} has no complete vector to compare with"
        raise ValueError(message)
    if squared_norms is None:
        squared_norms = np.einsum("nd,nd->n", vectors, vectors)
    # |x - q|^2 without the constant |q|^2; not a number where x is not finite.
    squares = squared_norms - 2.0 * (queries @ vectors.T)
    found = np.isfinite(squared_norms)
    k = max(0, min(k, int(found.sum()) - 1))
    if k == 0 or len(rows) == 0:
        return np.empty((len(rows), 0), np.int32), np.empty((len(rows), 0), np.float32)
    squares[:, ~found] = np.inf
    squares[np.arange(len(rows)), rows] = np.inf
    count = min(k + SPARE, int(found.sum()) - 1)
    candidates = np.argpartition(squares, count - 1, axis=1)[:, :count]
    return _ordered(vectors, queries, candidates, np.zeros(candidates.shape, dtype=bool), k)


def nearest_in_parts(
    parts: Iterable[tuple[int, NDArray[np.float32]]],
    queries: NDArray[np.float32],
    k: int,
    *,
    own: ArrayLike | None = None,
) -> NDArray[np.int64]:
    """
    Find the k nearest of a few queries among rows that come in parts, exactly, holding one part at a time.

    Parameters
    ----------
    parts : iterable of (int, array of float32, shape (n, d))
        Number of the first row of each part, and its rows. Rows that are not finite are never found.
    queries : array of float32, shape (m, d)
        Finite vectors to search for.
    own : array of int, shape (m,), optional
        Row numbers of the queries, where they are among the rows: a row is not its own neighbour.

    Returns
    -------
    indices : array of int64, shape (m, k)
        Row numbers, nearest first, ties by row number; -1 where there are fewer rows.

    Examples
    --------
    >>> rows = np.array([[0.0], [5.0], [1.0], [2.0]], np.float32)
    >>> nearest_in_parts([(0, rows[:2]), (2, rows[2:])], rows[:1], k=2, own=[0]).tolist()
    [[2, 3]]
    """
    themselves = np.full(len(queries), -1) if own is None else np.asarray(own, dtype=np.int64)
    nearest = np.full((len(queries), k), -1, np.int64)
    squares = np.full((len(queries), k), np.inf, np.float32)
    for start, vectors in parts:
        norms = np.einsum("nd,nd->n", vectors, vectors)
        rough = norms - 2.0 * (queries @ vectors.T)
        rough[:, ~np.isfinite(norms)] = np.inf
        places = themselves - start
        here = np.flatnonzero((places >= 0) & (places < len(vectors)))
        rough[here, places[here]] = np.inf
        count = min(k + SPARE, len(vectors))
        found = np.argpartition(rough, count - 1, axis=1)[:, :count]
        difference = vectors[found] - queries[:, None, :]
        true = np.einsum("mkd,mkd->mk", difference, difference)
        true[np.isinf(np.take_along_axis(rough, found, axis=1))] = np.inf
        rows = np.concatenate([nearest, np.where(np.isinf(true), -1, found + start)], axis=1)
        both = np.concatenate([squares, true], axis=1)
        order = np.lexsort((rows, both), axis=-1)[:, :k]
        nearest, squares = np.take_along_axis(rows, order, axis=1), np.take_along_axis(both, order, axis=1)
    return nearest


def _finite_matrix(values: ArrayLike) -> NDArray[np.float32]:
    """Give a C-ordered float32 matrix or say why not."""
    matrix = np.ascontiguousarray(values, dtype=np.float32)
    if matrix.ndim != 2:
        message = f"Vectors must be a matrix (objects x dimensions), not an array of {matrix.ndim} dimensions"
        raise ValueError(message)
    incomplete = ~np.isfinite(matrix).all(axis=1)
    if incomplete.any():
        message = f"{int(incomplete.sum())} of {len(matrix)} vectors are not finite; leave those rows out"
        raise ValueError(message)
    return matrix


def _exact_candidates(
    base: NDArray[np.float32], wanted: NDArray[np.float32], count: int
) -> NDArray[np.integer[Any]]:
    """Compare every pair, in one thread where that is quickly done, else by blocked matrix products."""
    if base.size * len(wanted) <= FEW_OPERATIONS:
        squares = cdist(wanted, base, "sqeuclidean")
        return np.argpartition(squares, count - 1, axis=1)[:, :count]
    import faiss

    # Centred, because |x|^2 + |y|^2 - 2xy loses the small distances of vectors far from the origin.
    centre = base.mean(axis=0, dtype=np.float64).astype(np.float32)
    centred = base - centre
    found: NDArray[np.integer[Any]] = faiss.knn(
        centred if wanted is base else wanted - centre, centred, count
    )[1]
    return found


def _listed_candidates(
    base: NDArray[np.float32], wanted: NDArray[np.float32], count: int
) -> NDArray[np.integer[Any]]:
    """Compare with the rows of the 16 nearest cells of a k-means partition."""
    import faiss

    lists = min(len(base), int(4 * np.sqrt(len(base))))
    quantizer = faiss.IndexFlatL2(base.shape[1])
    index = faiss.IndexIVFFlat(quantizer, base.shape[1], lists)
    # faiss draws its training rows with this seed; 64 per cell are enough and keep training near 10 s at 10^6.
    index.cp.seed = 1
    index.cp.min_points_per_centroid = 1
    index.cp.max_points_per_centroid = 64
    index.train(base)
    index.add(base)
    index.nprobe = min(16, lists)
    found: NDArray[np.integer[Any]] = index.search(wanted, count)[1]
    return found


def _ranked(
    base: NDArray[np.float32],
    wanted: NDArray[np.float32],
    candidates: NDArray[np.integer[Any]],
    k: int,
    *,
    of_itself: bool,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Order candidates by true distance; search again exactly where the lists held too few."""
    indices = np.empty((len(wanted), k), np.int32)
    distances = np.empty((len(wanted), k), np.float32)
    for start in range(0, len(wanted), CHUNK):
        part = slice(start, start + CHUNK)
        own = np.arange(start, min(start + CHUNK, len(wanted))) if of_itself else None
        found = candidates[part]
        invalid = _invalid(found, own)
        short = (~invalid).sum(axis=1) < k
        if short.any():
            found = found.copy()
            found[short] = _exact_candidates(base, wanted[part][short], found.shape[1])
            invalid = _invalid(found, own)
        indices[part], distances[part] = _ordered(base, wanted[part], found, invalid, k)
    return indices, distances


def _invalid(found: NDArray[np.integer[Any]], own: NDArray[np.integer[Any]] | None) -> NDArray[np.bool_]:
    """Mark places without a neighbour, and the row itself."""
    missing = found < 0
    return missing if own is None else missing | (found == own[:, None])


def _ordered(
    base: NDArray[np.float32],
    wanted: NDArray[np.float32],
    candidates: NDArray[np.integer[Any]],
    invalid: NDArray[np.bool_],
    k: int,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Give the k candidates with the smallest true distance, ties by row number."""
    difference = base[candidates] - wanted[:, None, :]
    squares = np.einsum("mkd,mkd->mk", difference, difference)
    squares[invalid] = np.inf
    order = np.lexsort((candidates, squares), axis=-1)[:, :k]
    nearest = np.take_along_axis(candidates, order, axis=1).astype(np.int32)
    return nearest, np.sqrt(np.take_along_axis(squares, order, axis=1))
