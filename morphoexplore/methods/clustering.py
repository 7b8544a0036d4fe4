"""HDBSCAN on a graph of neighbours, and the trimming of what it finds."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Array = NDArray[Any]
Graph = tuple[NDArray[np.int32], NDArray[np.float32]]
Selection = Literal["leaf", "eom"]
Cut = Callable[[int], NDArray[np.int32]]

TRIM_K = 10  # neighbours in the full space that judge a member
SMALLEST_SEED = 5


def symmetric_graph(indices: Array, distances: Array) -> sparse.csr_array[Any, tuple[int, int]]:
    """
    Turn lists of neighbours into a symmetric sparse graph of distances.

    Parameters
    ----------
    indices, distances : arrays, shape (n, k)
        Neighbours of every row without itself. Places without a neighbour hold -1.

    Returns
    -------
    csr_array of float64, shape (n, n)
        An edge wherever one of the two has the other in its list. Distances of 0 (identical objects) are
        stored explicitly: they are edges, which scipy's own operations would drop.
    """
    n, k = indices.shape
    rows = np.repeat(np.arange(n, dtype=np.int64), k)
    columns, weights = indices.ravel().astype(np.int64), distances.ravel().astype(np.float64)
    real = (columns >= 0) & (columns != rows)
    rows, columns, weights = rows[real], columns[real], weights[real]
    keys = np.concatenate([rows * n + columns, columns * n + rows])
    order = np.argsort(keys, kind="stable")
    keys, weights = keys[order], np.concatenate([weights, weights])[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    if len(first):
        keys, weights = keys[first], np.minimum.reduceat(weights, first)
    starts = np.searchsorted(keys, np.arange(n + 1, dtype=np.int64) * n).astype(np.int32)
    return sparse.csr_array((weights, (keys % max(n, 1)).astype(np.int32), starts), shape=(n, n))


def cluster_graph(
    graph: sparse.csr_array[Any, tuple[int, int]],
    *,
    min_size: int,
    min_samples: int = 2,
    selection: Selection = "leaf",
) -> NDArray[np.int32]:
    """
    Cluster a graph of distances by HDBSCAN.

    Parameters
    ----------
    graph : csr_array, shape (n, n)
        Symmetric distances between neighbours (`symmetric_graph`); it may fall into parts.
    min_size : int
        Smallest cluster, at least 2.
    min_samples : int
        The neighbour (without the object itself) whose distance is an object's core distance; 1 means no
        core distances, as in hdbscan.
    selection : {"leaf", "eom"}
        Leaves of the condensed tree, or its most stable nodes ("excess of mass"; in a PCA space these are
        a few huge clusters).

    Returns
    -------
    labels : array of int32, shape (n,)
        Cluster numbers from 0, -1 for noise.

    Notes
    -----
    Campello, Moulavi & Sander (2013): spanning tree by scipy, condensed tree and selection by fast_hdbscan.
    The labels are those of fast_hdbscan's precomputed-graph path but for ties and islands (`spanning_tree`).
    An island smaller than *min_size* is noise, where exact HDBSCAN would hang it on its nearest cluster.
    """
    return tree_cut(graph, min_samples, selection)(min_size)


def trim(
    labels: NDArray[np.int32],
    full_neighbours: Array,
    share: float = 0.3,
    min_left: int = SMALLEST_SEED,
) -> NDArray[np.int32]:
    """
    Keep in a seed only the members that have company there.

    Parameters
    ----------
    labels : array of int32, shape (n,)
        Seed of every object, -1 for none.
    full_neighbours : array of int, shape (n, k)
        Nearest neighbours of every object in the full space; the first 10 are used.
    share : float
        Least share of those neighbours that must lie in the same seed.
    min_left : int
        Seeds with fewer members after that are dropped whole.

    Returns
    -------
    labels : array of int32, shape (n,)
        The same numbers; what was trimmed off is -1.

    Examples
    --------
    >>> trim(np.array([0, 0, -1, 0]), np.array([[1], [0], [3], [2]]), min_left=2).tolist()
    [0, 0, -1, -1]
    """
    nearest = full_neighbours[:, :TRIM_K]
    company = (labels[nearest] == labels[:, None]).sum(axis=1)
    kept = (labels >= 0) & (company >= share * nearest.shape[1] - 1e-9)
    trimmed = np.where(kept, labels, -1).astype(np.int32)
    left = np.bincount(trimmed[kept], minlength=int(labels.max(initial=-1)) + 1)
    trimmed[kept] = np.where(left[trimmed[kept]] >= min_left, trimmed[kept], -1)
    return trimmed


def tree_cut(graph: sparse.csr_array[Any, tuple[int, int]], min_samples: int, selection: Selection) -> Cut:
    """Build the minimum spanning tree once; give the function that cuts it at a minimum size."""
    n = graph.shape[0]
    tree = spanning_tree(graph, min_samples)

    def cut(min_size: int) -> NDArray[np.int32]:
        if n < 2 * min_size:  # a leaf needs a sibling
            return np.full(n, -1, np.int32)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # numba's remarks on its threading layers, at import
            from fast_hdbscan.hdbscan import clusters_from_spanning_tree

        labels = clusters_from_spanning_tree(
            tree, min_cluster_size=min_size, cluster_selection_method=selection
        )[0]
        return np.asarray(labels, dtype=np.int32)

    return cut


def spanning_tree(graph: sparse.csr_array[Any, tuple[int, int]], min_samples: int) -> NDArray[np.float64]:
    """
    Give the minimum spanning tree of the mutual reachability distances, shape (n - 1, 3).

    Not by fast_hdbscan, whose tree has two weak points here. Equal reachabilities (every object shares its
    core distance with several edges) go by row number, so that the order of the rows moves objects from one
    cluster to another; here the plain distance decides. And the parts of a disconnected graph are chained,
    so that two islands, each smaller than a cluster may be, can become one cluster; here every part hangs
    on the largest one.
    """
    n = graph.shape[0]
    rows = np.repeat(np.arange(n, dtype=np.int32), np.diff(graph.indptr))
    once = rows < graph.indices
    rows, columns, distances = rows[once], graph.indices[once], graph.data[once]
    weights = distances
    if min_samples > 1:
        core = _core_distances(graph, min_samples)
        weights = np.maximum(np.maximum(core[rows], core[columns]), distances)
    # A billionth is far above the resolution of a double and far below any difference that matters.
    weights = weights * (1 + 1e-9 * distances / (distances.max(initial=0) or 1))
    zero = np.finfo(np.float64).tiny  # scipy takes a stored 0 for no edge
    starts = np.searchsorted(rows, np.arange(n + 1))
    joined = sparse.csr_array((np.maximum(weights, zero), columns, starts), shape=(n, n))
    tree = sparse.csgraph.minimum_spanning_tree(joined).tocoo()
    edges = np.column_stack([tree.row, tree.col, np.where(tree.data <= zero, 0, tree.data)])
    return np.vstack([edges, _joining_edges(tree, 2 * edges[:, 2].max(initial=0) + 1)])


def _core_distances(graph: sparse.csr_array[Any, tuple[int, int]], min_samples: int) -> NDArray[np.float64]:
    """Distance of every object to its *min_samples*-th neighbour; infinite where it has fewer."""
    n = graph.shape[0]
    core = np.full(n, np.inf)
    some = np.flatnonzero(np.diff(graph.indptr))  # reduceat cannot do empty rows
    starts = graph.indptr[some]
    owner = np.repeat(np.arange(len(some)), np.diff(graph.indptr)[some])
    left = graph.data.copy()
    for step in range(min_samples):
        core[some] = np.minimum.reduceat(left, starts) if len(some) else core[some]
        if step < min_samples - 1:  # strike out one nearest neighbour of every object
            nearest = np.flatnonzero(left == core[some][owner])
            left[nearest[np.unique(owner[nearest], return_index=True)[1]]] = np.inf
    return core


def _joining_edges(forest: Any, far: float) -> NDArray[np.float64]:
    """
    Edges that hang every part of a forest on its largest part.

    Longer for smaller parts: from the top of the tree islands fall away first and are nobody's members.
    """
    part = sparse.csgraph.connected_components(forest, directed=False)[1]
    first, sizes = np.unique(part, return_index=True, return_counts=True)[1:]
    order = np.argsort(-sizes, kind="stable")
    others = first[order[1:]]
    centre = np.full(len(others), first[order[0]] if len(order) else 0)
    return np.column_stack([centre, others, far * (1 + 1e-6 * np.arange(len(others)))]).astype(np.float64)


def umap_cut(
    vectors: NDArray[np.float32], graph: Graph, min_samples: int, selection: Selection, random_state: int
) -> Cut:
    """Lay the graph out in five dimensions; give the function that clusters the layout by hdbscan."""
    from morphoexplore.methods.layout import umap_layout

    layout = umap_layout(vectors, *graph, dims=5, min_dist=0.0, spectral=True, random_state=random_state)

    def cut(min_size: int) -> NDArray[np.int32]:
        if len(layout) < 2 * min_size:
            return np.full(len(layout), -1, np.int32)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from hdbscan import HDBSCAN

            clusterer = HDBSCAN(
                min_cluster_size=min_size,
                min_samples=min_samples,
                cluster_selection_method=selection,
                core_dist_n_jobs=1,
            )
            return np.asarray(clusterer.fit_predict(layout.astype(np.float64)), dtype=np.int32)

    return cut
