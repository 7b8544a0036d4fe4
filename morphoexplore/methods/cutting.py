"""Cutting one group into parts by density: the highest splits of its own condensed tree."""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from morphoexplore.methods.clustering import Array, spanning_tree, symmetric_graph

LEAST_SHARE, LEAST = 0.1, 3  # of the group: what is smaller falls off and is no part


def cut_by_density(
    vectors: Array, indices: Array, distances: Array, parts: int, *, min_samples: int = 2
) -> NDArray[np.intp] | None:
    """
    Cut objects into parts that are joined by few and long edges of their neighbour graph.

    The condensed tree of HDBSCAN is followed from its top: where both sides of a split hold a tenth of the objects,
    it is a cut; what falls off before goes to the nearest part.

    Parameters
    ----------
    vectors : array, shape (n, n_dims)
        Positions, all finite.
    indices, distances : arrays, shape (n, k)
        Neighbours of every object among these n, -1 where there is none.
    parts : int
        How many parts, at least 2.
    min_samples : int
        As of :func:`~morphoexplore.methods.clustering.cluster_graph`.

    Returns
    -------
    part : array of int, shape (n,), or None
        0 for the largest part, 1 for the next, and so on; None where the tree has fewer splits than that takes.

    Examples
    --------
    >>> places = np.array([[0.0], [1.0], [2.0], [9.0], [10.0], [11.0]])
    >>> near = np.array([[1, 2], [0, 2], [1, 0], [4, 5], [3, 5], [4, 3]])
    >>> cut_by_density(places, near, np.abs(places[near, 0] - places), 2)
    array([0, 0, 0, 1, 1, 1])
    """
    n = len(vectors)
    if n < 2 * LEAST or parts < 2:
        return None
    tree = _Linkage(spanning_tree(symmetric_graph(indices, distances), min_samples), n)
    cores = tree.highest_splits(parts, max(LEAST, round(LEAST_SHARE * n)))
    if cores is None:
        return None
    label = np.full(n, -1)
    for number, rows in enumerate(cores):
        label[rows] = number
    left = np.flatnonzero(label < 0)
    centroids = np.stack([vectors[rows].mean(0) for rows in cores])
    label[left] = cdist(vectors[left], centroids).argmin(1)
    order = np.argsort(-np.bincount(label), kind="stable")
    return np.argsort(order)[label]


class _Linkage:
    """The single-linkage tree of a spanning tree: node n + i joins two nodes by the i-th shortest edge."""

    def __init__(self, edges: NDArray[np.float64], n: int) -> None:
        edges = edges[np.argsort(edges[:, 2], kind="stable")]
        self.n = n
        self.height = edges[:, 2]
        self.children = np.empty((len(edges), 2), np.int64)
        self.size = np.ones(n + len(edges), np.int64)
        parent, top = np.arange(n), np.arange(n)  # of the sets, and the tree's node of each

        def find(one: int) -> int:
            while parent[one] != one:
                parent[one] = parent[parent[one]]
                one = int(parent[one])
            return one

        for number, (first, second) in enumerate(edges[:, :2].astype(np.int64).tolist()):
            one, other = find(first), find(second)
            self.children[number] = top[one], top[other]
            self.size[n + number] = self.size[self.children[number]].sum()
            parent[other] = one
            top[one] = n + number

    def highest_splits(self, parts: int, least: int) -> list[NDArray[Any]] | None:
        """Return the rows of so many parts, cut at the highest true splits; None where there are fewer."""
        waiting: list[tuple[float, int]] = []
        ended: list[int] = []

        def put(node: int) -> None:
            split = self._split_below(node, least)
            if split is None:
                ended.append(node)
            else:
                heapq.heappush(waiting, (-float(self.height[split - self.n]), split))

        put(self.n + len(self.children) - 1)
        while waiting and len(waiting) + len(ended) < parts:
            _, split = heapq.heappop(waiting)
            for child in self.children[split - self.n].tolist():
                put(child)
        if len(waiting) + len(ended) < parts:
            return None
        return [self._rows(node) for node in (*ended, *(split for _, split in waiting))]

    def _split_below(self, node: int, least: int) -> int | None:
        """Return the first node at or below one where both sides are large enough; None where none is."""
        while node >= self.n:
            children = self.children[node - self.n]
            sizes = self.size[children]
            if sizes.min() >= least:
                return node
            node = int(children[sizes.argmax()])
        return None

    def _rows(self, node: int) -> NDArray[Any]:
        rows, waiting = [], [node]
        while waiting:
            one = waiting.pop()
            if one < self.n:
                rows.append(one)
            else:
                waiting += self.children[one - self.n].tolist()
        return np.array(rows)
