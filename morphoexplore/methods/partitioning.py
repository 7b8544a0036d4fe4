"""
Cells of a morphospace that nobody decides on: weighted k-means.

What people sort into morphs depends on them; cells do not. Beck et al. (2023) cut the first four dimensions of a morphospace
into 200 cells, weighting each object by the concentration that it stands for, and took the cells for species. Cells have no
borders in nature: they make the density of a cloud countable, and their number is chosen.

A million objects in 200 cells take 20 s in 4 dimensions and 35 s in 16, on one core.

References
----------
Beck, M., et al. (2023). Morphological diversity increases with decreasing resources along a zooplankton time series.
    Proceedings of the Royal Society B 290, 20232109.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

NO_CELL = -1
SOUGHT_IN = 100_000  # objects among which the cells are looked for first
RESTARTS = 4
MOST_TURNS = 100
MOST_TURNS_OF_ALL = 20  # over all objects, from the cells that were found among some
CHUNK = 20_000


@dataclass(frozen=True)
class Cells:
    """
    Cells of a space, the one that holds most weight first.

    Attributes
    ----------
    centroids : array, shape (n_cells, n_dims)
        Weighted means of the objects of each cell.
    weights : array, shape (n_cells,)
        Summed weight of the objects of each cell.
    """

    centroids: FloatArray
    weights: FloatArray


def find_cells(
    positions: ArrayLike, *, cells: int, weights: ArrayLike | None = None, random_state: int = 0
) -> Cells:
    """
    Cut a cloud of objects into cells by weighted k-means.

    Of more than 100 000 objects the cells are looked for among as many drawn at random, four times, the best kept, and then
    moved until they fit all.

    Parameters
    ----------
    positions : array, shape (n_objects, n_dims)
        Finite.
    cells : int
        How many.
    weights : array, shape (n_objects,), optional
        Of each object; above 0. All the same unless given.
    random_state : int
        Of the draw and of where cells begin.

    Returns
    -------
    cells : Cells

    Raises
    ------
    ValueError
        If there are fewer different positions than cells, a position is not finite, or a weight is not above 0.

    Examples
    --------
    >>> cloud = np.repeat([[0.0, 0.0], [9.0, 9.0]], [3, 2], axis=0)
    >>> found = find_cells(cloud, cells=2)
    >>> found.centroids, found.weights
    (array([[0., 0.],
           [9., 9.]]), array([3., 2.]))
    """
    from threadpoolctl import threadpool_limits

    positions = np.ascontiguousarray(positions, dtype=np.float64)
    weights = np.ones(len(positions)) if weights is None else np.asarray(weights, dtype=np.float64)
    _check(positions, weights, cells)
    with threadpool_limits(1):  # sums of several threads differ in their last digits from run to run
        centroids = _search(positions, weights, cells, random_state)
        place = _nearest(positions, centroids)
    sums = np.bincount(place, weights, cells).astype(np.float64)
    # The largest first; of equals, that which lies lower on the first axis.
    order = np.lexsort((*centroids.T[::-1], -sums))
    return Cells(centroids[order], sums[order])


def assign_cells(positions: ArrayLike, centroids: ArrayLike) -> NDArray[np.int32]:
    """
    Return the cell of every position: the place of the nearest centroid.

    Returns
    -------
    cell : array of int32, shape (n_objects,)
        `NO_CELL` (-1) where a position is not finite.

    Examples
    --------
    >>> assign_cells([[1.0], [8.0], [np.nan]], [[0.0], [9.0]])
    array([ 0,  1, -1], dtype=int32)
    """
    from threadpoolctl import threadpool_limits

    positions, centroids = np.asarray(positions), np.asarray(centroids, dtype=np.float64)
    cell = np.full(len(positions), NO_CELL, dtype=np.int32)
    known = np.isfinite(positions).all(axis=1)
    with threadpool_limits(1):
        cell[known] = _nearest(positions[known].astype(np.float64), centroids)
    return cell


def _check(positions: FloatArray, weights: FloatArray, cells: int) -> None:
    if positions.ndim != 2 or not np.isfinite(positions).all():
        message = "Positions are a matrix of finite numbers, one row per object."
        raise ValueError(message)
    if weights.shape != (len(positions),) or not (np.isfinite(weights) & (weights > 0)).all():
        message = "Weights are finite numbers above 0, one per object."
        raise ValueError(message)
    if cells < 2:
        message = f"A partition has 2 cells or more, not {cells}."
        raise ValueError(message)
    if len(positions) < cells:
        raise _too_few(len(positions), cells)


def _search(positions: FloatArray, weights: FloatArray, cells: int, random_state: int) -> FloatArray:
    if len(positions) <= SOUGHT_IN:
        return _k_means(positions, weights, cells, random_state)
    rng = np.random.default_rng(random_state)
    drawn = np.sort(rng.choice(len(positions), SOUGHT_IN, replace=False))
    first = _k_means(positions[drawn], weights[drawn], cells, random_state)
    return _k_means(positions, weights, cells, random_state, first=first)


def _k_means(
    positions: FloatArray,
    weights: FloatArray,
    cells: int,
    random_state: int,
    first: FloatArray | None = None,
) -> FloatArray:
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    model = KMeans(
        cells,
        init="k-means++" if first is None else first,
        n_init=RESTARTS if first is None else 1,
        max_iter=MOST_TURNS if first is None else MOST_TURNS_OF_ALL,
        random_state=random_state,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            model.fit(positions, sample_weight=weights)
        except ConvergenceWarning as warning:
            raise _too_few(len(np.unique(positions, axis=0)), cells) from warning
    return np.asarray(model.cluster_centers_, dtype=np.float64)


def _nearest(positions: FloatArray, centroids: FloatArray) -> NDArray[np.int64]:
    squares = (centroids**2).sum(axis=1)
    found = np.empty(len(positions), dtype=np.int64)
    for start in range(0, len(positions), CHUNK):
        part = positions[start : start + CHUNK]
        found[start : start + CHUNK] = (squares - 2 * part @ centroids.T).argmin(axis=1)
    return found


def _too_few(different: int, cells: int) -> ValueError:
    message = f"{different} different positions cannot be cut into {cells} cells; ask for fewer cells."
    return ValueError(message)
