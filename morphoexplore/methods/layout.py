"""The map (UMAP in two dimensions, to look at), and UMAP in a few dimensions to find seeds in."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morphoexplore.methods.neighbours import nearest_neighbours

Array = NDArray[Any]

SMALLEST_MAP = 15  # objects; below, the neighbourhoods of a UMAP are the whole set
SPECTRAL_UP_TO = 50_000  # rows; the eigenvectors of a larger graph take longer than the layout


def place_on_map(
    pca: NDArray[np.float32],
    indices: Array,
    distances: Array,
    *,
    random_state: int = 0,
    epochs: int = 200,
) -> NDArray[np.float32]:
    """
    Lay the objects out in two dimensions by UMAP.

    The layout starts from the first two principal components, so that it keeps its orientation from one
    version of a project to the next and needs no eigenvectors of a graph of 10^6 objects.

    Parameters
    ----------
    pca : array of float32, shape (n, d)
        Finite scores in the morphospace.
    indices, distances : arrays, shape (n, k)
        Nearest neighbours of every row without itself (`neighbours.nearest_neighbours`); the first 14 are
        used.
    random_state : int
        Same input, same state: same map.
    epochs : int
        Rounds of optimisation.

    Returns
    -------
    map_xy : array of float32, shape (n, 2)
        Positions without unit. Below 15 objects simply the first two principal components.
    """
    if len(pca) < SMALLEST_MAP:
        return _leading(pca, 2)
    return umap_layout(
        pca, indices, distances, dims=2, min_dist=0.1, epochs=epochs, random_state=random_state
    )


def place_new_on_map(
    map_xy: NDArray[np.float32],
    new_vectors: NDArray[np.float32],
    old_vectors: NDArray[np.float32],
    k: int = 5,
) -> NDArray[np.float32]:
    """
    Place new objects on a frozen map, between the mapped objects they resemble most.

    Parameters
    ----------
    map_xy : array of float32, shape (n_old, 2)
        The map. Objects without a place (NaN) are not asked.
    new_vectors, old_vectors : arrays of float32, shape (n_new, d), (n_old, d)
        Scores in the same morphospace.
    k : int
        Mapped objects asked per new object.

    Returns
    -------
    places : array of float32, shape (n_new, 2)
        Mean place of the *k* nearest mapped objects, weighted by 1 / distance; the very place of an
        identical object. NaN where the vector is not finite or the map is empty.
    """
    places = np.full((len(new_vectors), 2), np.nan, np.float32)
    mapped = np.isfinite(map_xy).all(axis=1) & np.isfinite(old_vectors).all(axis=1)
    rows = np.flatnonzero(np.isfinite(new_vectors).all(axis=1))
    if not mapped.any() or not len(rows):
        return places
    indices, distances = nearest_neighbours(old_vectors[mapped], k, queries=new_vectors[rows])
    same = distances == 0
    closeness = 1.0 / np.where(same, 1.0, distances.astype(np.float64))
    closeness = np.where(same.any(axis=1, keepdims=True), same, closeness)
    closeness /= closeness.sum(axis=1, keepdims=True)
    places[rows] = np.einsum("mk,mkd->md", closeness, map_xy[mapped][indices])
    return places


def umap_layout(
    vectors: NDArray[np.float32],
    indices: Array,
    distances: Array,
    *,
    dims: int,
    min_dist: float,
    epochs: int = 200,
    n_neighbours: int = 15,
    spectral: bool = False,
    random_state: int = 0,
) -> NDArray[np.float32]:
    """
    Optimise a UMAP layout of a neighbour graph, single-threaded and reproducible.

    Parameters
    ----------
    vectors : array of float32, shape (n, d)
        Their first columns are the start of the layout.
    indices, distances : arrays, shape (n, k)
        Nearest neighbours of every row without itself.
    dims : int
        Dimensions of the layout.
    min_dist : float
        Least distance between neighbours in the layout (0 for clustering).
    epochs, random_state : int
        Rounds of optimisation; state of the random numbers.
    n_neighbours : int
        Size of a neighbourhood, the row itself included (UMAP's convention).
    spectral : bool
        Start from the eigenvectors of the graph instead, where the graph is connected, not larger than
        50 000 rows, and the eigenvectors can be found.

    Returns
    -------
    layout : array of float32, shape (n, dims)

    Notes
    -----
    McInnes, Healy & Melville (2018), arXiv:1802.03426, through the functions of `umap.umap_`: its estimator
    would warn about threads and about a missing search index that a precomputed graph does not need.
    """
    umap = _import_umap()
    k = min(n_neighbours - 1, indices.shape[1])
    own = np.arange(len(vectors), dtype=np.int32)[:, None]
    rng = np.random.RandomState(random_state)  # the type that umap expects
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph = umap.fuzzy_simplicial_set(
            vectors,
            k + 1,
            rng,
            "euclidean",
            knn_indices=np.hstack([own, indices[:, :k]]).astype(np.int32),
            knn_dists=np.hstack([np.zeros_like(own, np.float32), distances[:, :k]]).astype(np.float32),
        )[0]
        start = _spectral_start(graph, dims, rng) if spectral else None
        if start is None:
            start = _leading(vectors, dims)
        a, b = umap.find_ab_params(1.0, min_dist)
        layout: NDArray[np.float32] = umap.simplicial_set_embedding(
            vectors,
            graph,
            dims,
            1.0,
            a,
            b,
            1.0,
            5,
            epochs,
            _spread_out(start, rng),
            rng,
            "euclidean",
            {},
            densmap=False,
            densmap_kwds={},
            output_dens=False,
            parallel=False,
        )[0]
    return np.asarray(layout, dtype=np.float32)


def _leading(vectors: NDArray[np.float32], dims: int) -> NDArray[np.float32]:
    """Give the first columns, padded with zeros where there are fewer."""
    leading = np.zeros((len(vectors), dims), np.float32)
    available = min(dims, vectors.shape[1])
    leading[:, :available] = vectors[:, :available]
    return leading


def _spread_out(start: Array, rng: np.random.RandomState) -> NDArray[np.float32]:
    """Scale a start to +-10 and shake it, so that identical objects can part."""
    extent = float(np.abs(start).max())
    scaled = 10.0 * start / extent if extent > 0 else np.zeros_like(start)
    return (scaled + rng.normal(scale=1e-4, size=scaled.shape)).astype(np.float32)


def _spectral_start(graph: Any, dims: int, rng: np.random.RandomState) -> Array | None:
    """Eigenvectors of the graph, or None where they cannot be had."""
    from scipy.sparse.csgraph import connected_components

    if graph.shape[0] > SPECTRAL_UP_TO or connected_components(graph)[0] > 1:
        return None
    from umap.spectral import spectral_layout

    with warnings.catch_warnings():
        # Its answer to failure is a warning and a random start; the principal components are better.
        warnings.simplefilter("error", UserWarning)
        try:
            start: Array = spectral_layout(None, graph, dims, rng)
        except Exception:  # whatever the eigensolver raises
            return None
    return start if np.isfinite(start).all() else None


def _import_umap() -> Any:
    """Import UMAP's functions without its warning that TensorFlow is missing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import umap.umap_

        return umap.umap_
