"""
How evenly weight is spread along the shortest tree through the morphs (FEve).

Points in one place are merged first, and edges of equal length are chosen in the order of the coordinates of their
ends, so that the order of morphs never matters. Where lengths tie exactly, the tree is not unique and other programs
may give another value (up to some percent).

References
----------
Prim, R. C. (1957). Shortest connection networks and some generalizations. Bell System Technical Journal 36, 1389-1401.
Villéger, S., Mason, N. W. H. and Mouillot, D. (2008). New multidimensional functional diversity indices for a
    multifaceted framework in functional ecology. Ecology 89, 2290-2301.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial import KDTree

from morphoexplore.methods.diversity.checking import (
    FloatArray,
    Names,
    read_coordinates,
    read_table,
    shares_of,
)
from morphoexplore.methods.diversity.hulls import merged
from morphoexplore.methods.diversity.statuses import EMPTY, OK, TOO_FEW_POINTS, Result

#: Up to so many points all distances are looked at; beyond, those to the nearest neighbours only.
ALL_DISTANCES = 20_000
NEIGHBOURS = 15


def functional_evenness(
    weights: ArrayLike, coordinates: ArrayLike, *, ids: Names = None, samples: Names = None
) -> Result:
    """
    Evenness of weights and distances along the minimum spanning tree, FEve (Villéger et al. 2008).

    Meant for morphs: of single objects it measures the dimension of the morphospace, not their ecology.

    Parameters
    ----------
    weights : array, shape (n_points,) or (n_samples, n_points)
        Counts, concentrations or biovolumes of morphs.
    coordinates : array, shape (n_points, n_dimensions)
        In the morphospace.
    ids, samples : sequence, optional
        Names of points and samples for messages.

    Returns
    -------
    result : Result
        0 to 1; NaN with ``too_few_points`` below three different points.

    Examples
    --------
    >>> functional_evenness([1, 1, 1], [[0.0], [1.0], [2.0]])
    Result(value=1.0, status='ok')
    """
    table = read_table(weights, ids=ids, samples=samples)
    points = read_coordinates(coordinates, table.values.shape[1], ids=ids)
    table, points = merged(table, points)
    value, status = np.full(len(table.values), np.nan), table.statuses()
    for i, row in enumerate(table.values):
        there = row > 0
        if status[i] == EMPTY:
            continue
        if there.sum() < 3:
            status[i] = TOO_FEW_POINTS
            continue
        value[i], status[i] = _evenness(shares_of(row[there]), points[there]), OK
    return table.result(value, status)


def _evenness(shares: FloatArray, points: FloatArray) -> float:
    first, second, length = spanning_tree(points)
    even = 1 / (len(points) - 1)
    per_weight = length / (shares[first] + shares[second])
    part = per_weight / per_weight.sum()
    return float((np.minimum(part, even).sum() - even) / (1 - even))


def spanning_tree(points: FloatArray) -> tuple[NDArray[np.intp], NDArray[np.intp], FloatArray]:
    """
    Return the edges (two ends and length) of the minimum spanning tree of different points.

    Exact up to 20 000 points. Beyond, among the edges to nearest neighbours, which were enough in all trials.
    """
    return _by_all(points) if len(points) <= ALL_DISTANCES else _by_neighbours(points)


def _by_all(points: FloatArray) -> tuple[NDArray[np.intp], NDArray[np.intp], FloatArray]:
    """Prim's algorithm; of edges of equal length the one between the earlier points is taken."""
    columns = np.array(points.T, order="C")
    count = len(points)
    outside = np.arange(1, count)
    nearest = np.zeros(count - 1, dtype=np.intp)
    squared = _squares(columns[:, 1:], points[0])
    first, second = np.empty(count - 1, dtype=np.intp), np.empty(count - 1, dtype=np.intp)
    length = np.empty(count - 1)
    columns = columns[:, 1:]
    for edge in range(count - 1):
        at = _earliest(squared, outside, nearest)
        point = outside[at]
        first[edge], second[edge], length[edge] = nearest[at], point, squared[at]
        last = len(outside) - 1  # what moves in is compared by its number, so its place does not matter
        here = columns[:, at].copy()
        for array in (outside, nearest, squared):
            array[at] = array[last]
        columns[:, at] = columns[:, last]
        outside, nearest, squared, columns = outside[:last], nearest[:last], squared[:last], columns[:, :last]
        new = _squares(columns, here)
        closer = new < squared
        tied = np.flatnonzero(new == squared)
        if len(tied):
            old = nearest[tied]
            ends = (
                np.sort(np.stack([outside[tied], old]), axis=0),
                np.sort(np.stack([outside[tied], np.full(len(tied), point)]), axis=0),
            )
            earlier = (ends[1][0] < ends[0][0]) | ((ends[1][0] == ends[0][0]) & (ends[1][1] < ends[0][1]))
            closer[tied[earlier]] = True
        nearest[closer] = point
        np.minimum(squared, new, out=squared)
    return first, second, np.sqrt(length)


def _squares(columns: FloatArray, point: FloatArray) -> FloatArray:
    total = columns[0] - point[0]
    total *= total
    for axis in range(1, len(columns)):
        apart = columns[axis] - point[axis]
        apart *= apart
        total += apart
    return total


def _earliest(squared: FloatArray, outside: NDArray[np.intp], nearest: NDArray[np.intp]) -> int:
    least = squared.argmin()
    tied = np.flatnonzero(squared == squared[least])
    if len(tied) == 1:
        return int(least)
    ends = np.sort(np.stack([outside[tied], nearest[tied]]), axis=0)
    return int(tied[np.lexsort((ends[1], ends[0]))[0]])


def _by_neighbours(points: FloatArray) -> tuple[NDArray[np.intp], NDArray[np.intp], FloatArray]:
    count, neighbours = len(points), NEIGHBOURS
    tree = KDTree(points)
    while True:
        lengths, others = tree.query(points, k=neighbours + 1)
        rows = np.repeat(np.arange(count), neighbours)
        columns, length = np.asarray(others)[:, 1:].ravel(), np.asarray(lengths)[:, 1:].ravel()
        low, high = np.minimum(rows, columns), np.maximum(rows, columns)
        kept = np.unique(low * np.int64(count) + high, return_index=True)[1]
        low, high, length = low[kept], high[kept], length[kept]
        order = np.lexsort((high, low, length))  # ranks instead of lengths: no two edges tie
        rank = np.empty(len(order))
        rank[order] = np.arange(1, len(order) + 1)
        graph = coo_array((rank, (low, high)), shape=(count, count)).tocsr()
        if connected_components(graph, directed=False)[0] == 1:
            edges = minimum_spanning_tree(graph).tocoo()
            first, second = edges.coords
            chosen = order[edges.data.astype(np.intp) - 1]
            return first.astype(np.intp), second.astype(np.intp), length[chosen]
        neighbours = min(2 * neighbours, count - 1)
