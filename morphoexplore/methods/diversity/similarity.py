"""
Diversity that knows how different morphs are: Rao's entropy and Hill numbers of similarity, attributes and function.

References
----------
Chao, A. et al. (2019). An attribute-diversity approach to functional diversity, functional beta diversity, and related
    (dis)similarity measures. Ecological Monographs 89, e01343.
Chiu, C.-H. and Chao, A. (2014). Distance-based functional diversity measures and their decomposition. PLoS ONE 9.
Leinster, T. and Cobbold, C. A. (2012). Measuring diversity: the importance of species similarity. Ecology 93, 477-489.
Rao, C. R. (1982). Diversity and dissimilarity coefficients: a unified approach. Theor. Popul. Biol. 21, 24-43.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import pdist, squareform

from morphoexplore.errors import WrongNumbersError
from morphoexplore.methods.diversity.checking import (
    FloatArray,
    Names,
    read_coordinates,
    read_distances,
    read_order,
    read_table,
    shares_of,
)
from morphoexplore.methods.diversity.dispersion import mean_of_squares
from morphoexplore.methods.diversity.orders import effective_number
from morphoexplore.methods.diversity.statuses import EMPTY, NO_SPREAD, OK, ONE_MORPH, SAMPLED_PAIRS, Result

#: Up to so many points, the distances between all are held at once (200 MB).
ALL_PAIRS = 5000
#: Random pairs above that.
PAIRS = 10**6


class SampledRao(NamedTuple):
    """Rao's entropy from random pairs, with its standard error."""

    value: float
    se: float
    status: str


class FunctionalHill(NamedTuple):
    """Functional Hill number with what Chiu and Chao (2014) derive from it."""

    value: float | FloatArray
    mean_distance: float | FloatArray
    total: float | FloatArray
    rao: float | FloatArray
    status: str | NDArray[np.object_]


def rao(
    weights: ArrayLike,
    coordinates: ArrayLike | None = None,
    *,
    distances: ArrayLike | None = None,
    convention: str = "d2",
    random_state: int = 0,
    ids: Names = None,
    samples: Names = None,
) -> Result:
    """
    Rao's quadratic entropy, in one of the two conventions that the literature mixes (Rao 1982).

    Parameters
    ----------
    weights : array, shape (n_points,) or (n_samples, n_points)
        Counts, concentrations or biovolumes of morphs, or weights of objects.
    coordinates : array, shape (n_points, n_dimensions), optional
        In the morphospace.
    distances : array, shape (n_points, n_points), optional
        Instead of coordinates.
    convention : {"d", "d2"}
        ``d``: sum p_i p_j d_ij, a mean distance. ``d2``: half of sum p_i p_j d_ij^2, the trace of the weighted
        covariance. Name it wherever the value is printed.
    random_state : int
        Of the random pairs, taken for ``d`` of a sample of more than 5000 points (status ``sampled_pairs``; see
        :func:`rao_of_pairs` for the error).
    ids, samples : sequence, optional
        Names of points and samples for messages.

    Returns
    -------
    result : Result
        Distance or squared distance; 0 for one point, NaN where a sample is empty.

    Examples
    --------
    >>> rao([1, 1], [[0.0], [2.0]], convention="d"), rao([1, 1], [[0.0], [2.0]], convention="d2")
    (Result(value=1.0, status='ok'), Result(value=1.0, status='ok'))
    """
    if convention not in ("d", "d2"):
        message = (
            f"There is no convention of Rao's entropy {convention!r}. Conventions: d (mean distance), d2."
        )
        raise WrongNumbersError(message)
    if (coordinates is None) == (distances is None):
        message = "Rao's entropy needs coordinates or distances, one of them."
        raise WrongNumbersError(message)
    table = read_table(weights, ids=ids, samples=samples)
    status = table.statuses()
    if distances is not None:
        matrix = read_distances(distances, table.values.shape[1], ids=ids)
        matrix = matrix if convention == "d" else matrix**2 / 2
        return table.result(_of_matrix(table.shares(), matrix), status)
    points = read_coordinates(coordinates, table.values.shape[1], ids=ids)  # type: ignore[arg-type]
    if convention == "d2":
        return table.result(mean_of_squares(table, points), status)
    if len(points) <= ALL_PAIRS:
        return table.result(_of_matrix(table.shares(), squareform(pdist(points))), status)
    value = np.full(len(status), np.nan)
    for i, row in enumerate(table.values):
        there = np.flatnonzero(row)
        if 0 < len(there) <= ALL_PAIRS:
            share = shares_of(row[there])
            value[i] = share @ squareform(pdist(points[there])) @ share
        elif len(there):
            value[i], _, status[i] = rao_of_pairs(row[there], points[there], random_state=random_state)
    return table.result(value, status)


def rao_of_pairs(
    weights: ArrayLike,
    coordinates: ArrayLike,
    *,
    pairs: int = PAIRS,
    random_state: int = 0,
    ids: Names = None,
) -> SampledRao:
    """
    Mean distance (``d``) of one large sample from random pairs of objects.

    Parameters
    ----------
    weights : array, shape (n_points,)
        Weights of objects.
    coordinates : array, shape (n_points, n_dimensions)
        In the morphospace.
    pairs : int
        Drawn with replacement by weight.
    random_state : int
        Of the draws.
    ids : sequence, optional
        Names of points for messages.

    Returns
    -------
    sampled : SampledRao
        ``value, se, status``.
    """
    table = read_table(weights, ids=ids)
    points = read_coordinates(coordinates, table.values.shape[1], ids=ids)
    if not table.single:
        message = "Random pairs are of one sample: weights have one dimension."
        raise WrongNumbersError(message)
    row = table.values[0]
    if not row.any():
        return SampledRao(np.nan, np.nan, EMPTY)
    random = np.random.default_rng(random_state)
    steps = np.cumsum(shares_of(row))
    drawn = np.searchsorted(steps, random.random((2, pairs)) * steps[-1], side="right")
    first, second = np.minimum(drawn, len(row) - 1)
    apart = np.sqrt(((points[first] - points[second]) ** 2).sum(axis=1))
    return SampledRao(float(apart.mean()), float(apart.std(ddof=1) / np.sqrt(pairs)), SAMPLED_PAIRS)


def similarity_hill(
    counts: ArrayLike,
    q: float,
    distances: ArrayLike,
    scale: float | None = None,
    *,
    kernel: str = "exponential",
    ids: Names = None,
    samples: Names = None,
) -> Result:
    """
    Hill number that counts alike morphs as one, (sum p (Zp)^(q-1))^(1/(1-q)) (Leinster and Cobbold 2012).

    Splitting a morph into two alike leaves it as it was, so it hardly depends on how finely morphs are cut.

    Parameters
    ----------
    counts : array, shape (n_morphs,) or (n_samples, n_morphs)
        Counts or weights: finite, not negative.
    q : float
        Order, 0 to infinity.
    distances : array, shape (n_morphs, n_morphs)
        Between all morphs.
    scale : float, optional
        Distance s over which likeness falls, the same for a whole study; the mean distance between morphs unless given,
        or the largest for the linear kernel.
    kernel : {"exponential", "linear"}
        Likeness exp(-d/s), or max(0, 1 - d/s).
    ids, samples : sequence, optional
        Names of morphs and samples for messages.

    Returns
    -------
    result : Result
        Effective number of distinct morphs, 1 to S; NaN where a sample is empty.

    Examples
    --------
    >>> similarity_hill([1, 1], 1, [[0, 0], [0, 0]], 1.0).value
    1.0
    """
    if kernel not in ("exponential", "linear"):
        message = f"There is no kernel of similarity {kernel!r}. Kernels: exponential, linear."
        raise WrongNumbersError(message)
    q = read_order(q)
    table = read_table(counts, ids=ids, samples=samples)
    apart = read_distances(distances, table.values.shape[1], ids=ids)
    if scale is None:
        scale = _typical(apart, "mean" if kernel == "exponential" else "max") or 1.0
    if not (np.isfinite(scale) and scale > 0):
        message = f"The scale of similarity is above 0, not {scale}."
        raise WrongNumbersError(message)
    likeness = np.exp(-apart / scale) if kernel == "exponential" else np.maximum(0.0, 1 - apart / scale)
    shares = table.shares()
    return table.result(effective_number(shares, _times(shares, likeness), q), table.statuses())


def attribute_hill(
    counts: ArrayLike,
    q: float,
    distances: ArrayLike,
    tau: str | float = "mean",
    *,
    ids: Names = None,
    samples: Names = None,
) -> Result:
    """
    Hill number of attributes: morphs nearer than *tau* count as partly the same (Chao et al. 2019).

    Parameters
    ----------
    counts, q, distances, ids, samples
        As of :func:`similarity_hill`.
    tau : {"mean", "max", "min"} or float
        Distance from which morphs are wholly distinct: the mean, the largest or the smallest above 0 between any two
        morphs, or a number. ``min`` gives the Hill number itself where no two morphs lie in one place.

    Returns
    -------
    result : Result
        Effective number of distinct morphs; NaN where a sample is empty.
    """
    q = read_order(q)
    table = read_table(counts, ids=ids, samples=samples)
    apart = read_distances(distances, table.values.shape[1], ids=ids)
    limit = _typical(apart, tau) if isinstance(tau, str) else float(tau)
    if not (np.isfinite(limit) and limit >= 0):
        message = f"The distance tau is 0 or more, not {tau}."
        raise WrongNumbersError(message)
    distinct = np.minimum(apart, limit) / limit if limit > 0 else (apart > 0).astype(np.float64)
    shares = table.shares()
    return table.result(effective_number(shares, _times(shares, 1 - distinct), q), table.statuses())


def functional_hill(
    counts: ArrayLike,
    q: float,
    distances: ArrayLike,
    *,
    ids: Names = None,
    samples: Names = None,
) -> FunctionalHill:
    """
    Functional Hill number, (sum d_ij/Q (p_i p_j)^q)^(1/(2(1-q))) (Chiu and Chao 2014).

    It can exceed the number of morphs; :func:`similarity_hill` cannot.

    Parameters
    ----------
    counts, distances, ids, samples
        As of :func:`similarity_hill`.
    q : float
        Order, finite.

    Returns
    -------
    result : FunctionalHill
        ``value`` D, ``mean_distance`` D Q, ``total`` D^2 Q, ``rao`` Q (convention d), ``status``: NaN with
        ``one_morph`` or ``no_spread`` where no two morphs differ.
    """
    q = read_order(q)
    if np.isinf(q):
        message = "Functional Hill numbers have a finite order q."
        raise WrongNumbersError(message)
    table = read_table(counts, ids=ids, samples=samples)
    apart = read_distances(distances, table.values.shape[1], ids=ids)
    shares = table.shares()
    entropy = _of_matrix(shares, apart)
    status = table.statuses()
    status[(status == OK) & (entropy == 0)] = NO_SPREAD
    status[table.present == 1] = ONE_MORPH
    number = np.full(len(status), np.nan)
    for i in np.flatnonzero(status == OK):
        there = shares[i] > 0
        share = shares[i][there]
        parts = apart[np.ix_(there, there)] / entropy[i]
        if q == 1:  # sum d/Q p p ln(p p) = 2 sum over i of (p_i ln p_i) times the mean of d_ij/Q
            number[i] = np.exp(-(share * np.log(share)) @ (parts @ share))
        else:
            number[i] = (share**q @ parts @ share**q) ** (1 / (2 * (1 - q)))
    return FunctionalHill(
        value=table.alone(number),
        mean_distance=table.alone(number * entropy),
        total=table.alone(number**2 * entropy),
        rao=table.alone(np.where(np.isnan(number), np.nan, entropy)),
        status=str(status[0]) if table.single else status,
    )


def _of_matrix(shares: FloatArray, matrix: FloatArray) -> FloatArray:
    """Sum p_i p_j matrix_ij of each row; NaN of an empty one."""
    empty = np.isnan(shares[:, 0])
    shares = np.nan_to_num(shares)
    if matrix.size == 0:
        return np.full(len(shares), np.nan)
    return np.where(empty, np.nan, ((shares @ matrix) * shares).sum(axis=1))


def _times(shares: FloatArray, matrix: FloatArray) -> FloatArray:
    """Ordinariness of each morph; whatever it is where a sample is empty."""
    return shares if matrix.size == 0 else np.nan_to_num(shares) @ matrix


def _typical(apart: FloatArray, which: str) -> float:
    """Mean, largest or smallest distance above 0 between two morphs; 0 where there are no two."""
    between = apart[np.triu_indices(len(apart), 1)]
    if which not in ("mean", "max", "min"):
        message = f"There is no distance tau {which!r}. It is mean, max, min or a number."
        raise WrongNumbersError(message)
    if which == "min":
        between = between[between > 0]
    if len(between) == 0:
        return 0.0
    if which == "mean":
        return float(between.mean())
    return float(between.min() if which == "min" else between.max())
