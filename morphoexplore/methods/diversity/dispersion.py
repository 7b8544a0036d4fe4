"""
Where a sample lies in the morphospace and how far it spreads: means, distances from them, distances between morphs.

All of them weigh what they count and cost as much as there are points, so that they also serve clouds of a million
objects. Their expectation does not depend on the number of objects looked at.

References
----------
Laliberté, E. and Legendre, P. (2010). A distance-based framework for measuring functional diversity from multiple
    traits. Ecology 91, 299-305.
Magneville, C. et al. (2022). mFD: an R package to compute and illustrate the multiple facets of functional diversity.
    Ecography 2022.
Mouillot, D. et al. (2013). A functional approach reveals community responses to disturbances. TREE 28, 167-177.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist

from morphoexplore.errors import WrongNumbersError
from morphoexplore.methods.diversity.checking import (
    FloatArray,
    Names,
    Table,
    read_coordinates,
    read_table,
    shares_of,
)
from morphoexplore.methods.diversity.statuses import OK, TOO_FEW_POINTS, Result

#: Numbers that are held at once (32 MB each time).
BLOCK = 2**22
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def community_weighted_mean(
    weights: ArrayLike, coordinates: ArrayLike, *, ids: Names = None, samples: Names = None
) -> Result:
    """
    Weighted mean of the coordinates, the centroid of a sample (functional identity).

    Parameters
    ----------
    weights : array, shape (n_points,) or (n_samples, n_points)
        Counts, concentrations or biovolumes of morphs, or weights of objects.
    coordinates : array, shape (n_points, n_dimensions)
        In the morphospace.
    ids, samples : sequence, optional
        Names of points and samples for messages.

    Returns
    -------
    result : Result
        Value of shape (n_dimensions,) or (n_samples, n_dimensions); NaN where a sample is empty.

    Examples
    --------
    >>> community_weighted_mean([1, 3], [[0.0], [4.0]]).value
    array([3.])
    """
    table = read_table(weights, ids=ids, samples=samples)
    points = read_coordinates(coordinates, table.values.shape[1], ids=ids)
    return table.result(_centres(table, points), table.statuses())


def community_weighted_deviation(
    weights: ArrayLike, coordinates: ArrayLike, *, ids: Names = None, samples: Names = None
) -> Result:
    """
    Weighted standard deviation along each dimension.

    Parameters and shapes are those of :func:`community_weighted_mean`.
    """
    table = read_table(weights, ids=ids, samples=samples)
    points = read_coordinates(coordinates, table.values.shape[1], ids=ids)
    shares, centres = table.shares(), _centres(table, points)
    value = np.full(centres.shape, np.nan)
    for axis in range(points.shape[1]):
        column, middle = points[:, axis : axis + 1], centres[:, axis : axis + 1]
        value[:, axis] = np.sqrt(_mean(shares, partial(_squares_of, column, middle)))
    return table.result(value, table.statuses())


def community_weighted_quantiles(
    weights: ArrayLike,
    coordinates: ArrayLike,
    quantiles: ArrayLike = QUANTILES,
    *,
    ids: Names = None,
    samples: Names = None,
) -> Result:
    """
    Weighted quantiles along each dimension: the least coordinate below which lies at least that share.

    Parameters are those of :func:`community_weighted_mean`, and *quantiles*, 0 to 1.

    Returns
    -------
    result : Result
        Value of shape (n_dimensions, n_quantiles), with samples in front where there are many.
    """
    table = read_table(weights, ids=ids, samples=samples)
    points = read_coordinates(coordinates, table.values.shape[1], ids=ids)
    wanted = np.ravel(np.asarray(quantiles, dtype=np.float64))
    if not ((wanted >= 0) & (wanted <= 1)).all():
        message = f"Quantiles lie between 0 and 1, not {wanted.tolist()}."
        raise WrongNumbersError(message)
    value = np.full((len(table.values), points.shape[1], len(wanted)), np.nan)
    for axis in range(points.shape[1]):
        order = np.argsort(points[:, axis], kind="stable")
        for i, row in enumerate(table.values):
            there = order[row[order] > 0]
            if len(there):
                below = np.cumsum(shares_of(row[there]))
                at = np.searchsorted(below, wanted * below[-1] * (1 - 1e-12))
                value[i, axis] = points[there[np.minimum(at, len(there) - 1)], axis]
    return table.result(value, table.statuses())


def functional_dispersion(
    weights: ArrayLike, coordinates: ArrayLike, *, ids: Names = None, samples: Names = None
) -> Result:
    """
    Weighted mean distance to the weighted centroid, FDis (Laliberté and Legendre 2010).

    Parameters
    ----------
    weights, coordinates, ids, samples
        As of :func:`community_weighted_mean`.

    Returns
    -------
    result : Result
        Units of the coordinates; 0 for one point, NaN where a sample is empty.

    Examples
    --------
    >>> functional_dispersion([1, 1], [[0.0, 0.0], [2.0, 0.0]])
    Result(value=1.0, status='ok')
    """
    table = read_table(weights, ids=ids, samples=samples)
    points = read_coordinates(coordinates, table.values.shape[1], ids=ids)
    centres = _centres(table, points)
    value = _mean(table.shares(), lambda rows: np.sqrt(_squares_of(points, centres, rows)))
    return table.result(value, table.statuses())


def mean_of_squares(table: Table, points: FloatArray) -> FloatArray:
    """Weighted mean squared distance to the centroid, the trace of the weighted covariance."""
    centres = _centres(table, points)
    return _mean(table.shares(), partial(_squares_of, points, centres))


def functional_specialisation(
    weights: ArrayLike,
    coordinates: ArrayLike,
    *,
    centre: ArrayLike | None = None,
    ids: Names = None,
    samples: Names = None,
) -> Result:
    """
    Weighted mean distance to the centre of the pool, FSpe (Mouillot et al. 2013).

    Parameters
    ----------
    weights, coordinates, ids, samples
        As of :func:`community_weighted_mean`, with all morphs of the pool, also those that no sample has.
    centre : array, shape (n_dimensions,), optional
        The same for a whole study; the unweighted mean of the coordinates unless given.

    Returns
    -------
    result : Result
        Units of the coordinates; NaN where a sample is empty.
    """
    table = read_table(weights, ids=ids, samples=samples)
    points = read_coordinates(coordinates, table.values.shape[1], ids=ids)
    if len(points) == 0:
        return table.result(np.full(len(table.values), np.nan), table.statuses())
    middle = points.mean(axis=0) if centre is None else np.asarray(centre, dtype=np.float64)
    if middle.shape != points.shape[1:] or not np.isfinite(middle).all():
        message = f"A centre has {points.shape[1]} finite coordinates, not {middle.tolist()}."
        raise WrongNumbersError(message)
    apart = np.sqrt(((points - middle) ** 2).sum(axis=1))
    return table.result((table.shares() * apart).sum(axis=1), table.statuses())


def functional_originality(
    weights: ArrayLike, coordinates: ArrayLike, *, ids: Names = None, samples: Names = None
) -> Result:
    """
    Weighted mean distance to the nearest other morph of the pool, FOri (Mouillot et al. 2013).

    Parameters
    ----------
    weights, coordinates, ids, samples
        As of :func:`functional_specialisation`; of two morphs in one place the distance is 0.

    Returns
    -------
    result : Result
        Units of the coordinates; NaN where a sample is empty, or with ``too_few_points`` in a pool of one morph.
    """
    table = read_table(weights, ids=ids, samples=samples)
    points = read_coordinates(coordinates, table.values.shape[1], ids=ids)
    status = table.statuses()
    if len(points) < 2:
        status[status == OK] = TOO_FEW_POINTS
        return table.result(np.full(len(status), np.nan), status)
    return table.result((table.shares() * _to_nearest(points)).sum(axis=1), status)


def functional_mean_pairwise_distance(
    weights: ArrayLike, coordinates: ArrayLike, *, ids: Names = None, samples: Names = None
) -> Result:
    """
    Weighted mean, over morphs, of the unweighted mean distance to the others present, FMPD (Magneville et al. 2022).

    Parameters are those of :func:`functional_dispersion`; NaN with ``too_few_points`` below two morphs. The cost is the
    square of the number of points.
    """

    def mean_to_others(points: FloatArray) -> FloatArray:
        step = max(1, BLOCK // len(points))
        sums = [
            cdist(points[begin : begin + step], points).sum(axis=1) for begin in range(0, len(points), step)
        ]
        return np.concatenate(sums) / (len(points) - 1)

    return _between_present(weights, coordinates, mean_to_others, ids, samples)


def functional_nearest_neighbour_distance(
    weights: ArrayLike, coordinates: ArrayLike, *, ids: Names = None, samples: Names = None
) -> Result:
    """
    Weighted mean, over morphs, of the distance to the nearest other one present, FNND (Magneville et al. 2022).

    Parameters are those of :func:`functional_dispersion`; NaN with ``too_few_points`` below two morphs.
    """
    return _between_present(weights, coordinates, _to_nearest, ids, samples)


def _to_nearest(points: FloatArray) -> FloatArray:
    """Distance of each point to the nearest other one."""
    return np.asarray(KDTree(points).query(points, k=2)[0], dtype=np.float64)[:, 1]


def _between_present(
    weights: ArrayLike,
    coordinates: ArrayLike,
    distance_of: Callable[[FloatArray], FloatArray],
    ids: Names,
    samples: Names,
) -> Result:
    table = read_table(weights, ids=ids, samples=samples)
    points = read_coordinates(coordinates, table.values.shape[1], ids=ids)
    status = table.statuses()
    status[table.present == 1] = TOO_FEW_POINTS
    value = np.full(len(status), np.nan)
    for i in np.flatnonzero(status == OK):
        there = table.values[i] > 0
        share = shares_of(table.values[i][there])
        value[i] = (share * distance_of(points[there])).sum()
    return table.result(value, status)


def _centres(table: Table, points: FloatArray) -> FloatArray:
    shares = table.shares()
    return shares @ points if len(points) else np.full((len(shares), points.shape[1]), np.nan)


def _squares_of(points: FloatArray, all_centres: FloatArray, rows: slice) -> FloatArray:
    """Squared distances of some centres, shape (n_rows, n_points); by differences, so that a point is 0 from itself."""
    centres = all_centres[rows]
    total = np.zeros((len(centres), len(points)))
    for axis in range(points.shape[1]):
        apart = points[:, axis] - centres[:, axis, None]
        apart *= apart
        total += apart
    return total


def _mean(shares: FloatArray, of_rows: Callable[[slice], FloatArray]) -> FloatArray:
    """Weighted mean of each row of what *of_rows* gives for a slice of rows, few rows at a time."""
    value = np.full(len(shares), np.nan)
    step = max(1, BLOCK // max(shares.shape[1], 1))
    for begin in range(0, len(shares), step):
        rows = slice(begin, begin + step)
        block = of_rows(rows)
        if block.shape[1]:  # no morph at all: no sample has any
            value[rows] = np.einsum("ij,ij->i", shares[rows], block)
    return value
