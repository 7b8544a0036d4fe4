"""
How much one sample differs from another, as a rule from the one before it.

Tables are compared row by row; one table alone is compared with itself, each sample with the next. On concentrations a
difference includes that of the totals; on shares (``relative=True``) it is one of composition only. Report both.

References
----------
Bray, J. R. and Curtis, J. T. (1957). An ordination of the upland forest communities of southern Wisconsin.
    Ecological Monographs 27, 325-349.
Legendre, P. (2019). A temporal beta-diversity index to identify sites that have changed in exceptional ways in
    space-time surveys. Ecology and Evolution 9, 3500-3514.
Székely, G. J. and Rizzo, M. L. (2013). Energy statistics. J. Stat. Plan. Inference 143, 1249-1272.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist
from scipy.stats import wasserstein_distance

from morphoexplore.errors import WrongNumbersError
from morphoexplore.methods.diversity.checking import FloatArray, Names, Table, read_coordinates, read_table
from morphoexplore.methods.diversity.statuses import EMPTY, OK, SAMPLED_PAIRS, TOO_FEW_OBJECTS, Result

#: Up to so many pairs of objects all are looked at; beyond, so many random ones.
ALL_PAIRS, RANDOM_PAIRS = 25_000_000, 1_000_000
BLOCK = 2**22


class TemporalBeta(NamedTuple):
    """A temporal beta-diversity index, in its two parts."""

    value: float | FloatArray
    losses: float | FloatArray
    gains: float | FloatArray
    change: float | FloatArray
    status: str | NDArray[np.object_]


def bray_curtis(
    before: ArrayLike,
    after: ArrayLike | None = None,
    *,
    relative: bool = False,
    ids: Names = None,
    samples: Names = None,
) -> Result:
    """
    Bray-Curtis dissimilarity, sum |a - b| / sum (a + b) (Bray and Curtis 1957).

    Parameters
    ----------
    before, after : array, shape (n_morphs,) or (n_samples, n_morphs)
        Counts or weights; *before* alone: each sample and the next, one value fewer than samples.
    relative : bool
        Compare shares.
    ids, samples : sequence, optional
        Names of morphs and samples for messages.

    Returns
    -------
    result : Result
        0 to 1; 1 where one of two is empty, NaN with ``empty`` where both are.

    Examples
    --------
    >>> bray_curtis([3, 1], [1, 3])
    Result(value=0.5, status='ok')
    """
    first, second = _pairs(before, after, ids, samples, relative=relative)
    apart, both = np.abs(first.values - second.values).sum(axis=1), first.totals + second.totals
    return first.result(apart / np.where(both > 0, both, np.nan), np.where(both > 0, OK, EMPTY))


def temporal_beta(
    before: ArrayLike,
    after: ArrayLike | None = None,
    *,
    denominator: str = "difference",
    relative: bool = False,
    ids: Names = None,
    samples: Names = None,
) -> TemporalBeta:
    """
    Temporal beta-diversity index with losses and gains, D = (B + C) / (2A + B + C) (Legendre 2019).

    Parameters
    ----------
    before, after : array, shape (n_morphs,) or (n_samples, n_morphs)
        Counts or weights; *before* alone: each sample and the next.
    denominator : {"difference", "ruzicka"}
        2A + B + C (percentage difference, Bray-Curtis) or A + B + C, with A what is shared.
    relative : bool
        Compare shares.
    ids, samples : sequence, optional
        Names of morphs and samples for messages.

    Returns
    -------
    beta : TemporalBeta
        ``value`` D, ``losses`` (B part), ``gains`` (C part), ``change`` (sign of gains minus losses), ``status``.

    Examples
    --------
    >>> temporal_beta([3, 1], [1, 1])[:3]
    (0.3333333333333333, 0.3333333333333333, 0.0)
    """
    if denominator not in ("difference", "ruzicka"):
        message = f"There is no denominator {denominator!r}. Denominators: difference, ruzicka."
        raise WrongNumbersError(message)
    first, second = _pairs(before, after, ids, samples, relative=relative)
    shared = np.minimum(first.values, second.values).sum(axis=1)
    lost = np.maximum(first.values - second.values, 0).sum(axis=1)
    gained = np.maximum(second.values - first.values, 0).sum(axis=1)
    whole = (2 if denominator == "difference" else 1) * shared + lost + gained
    status = np.where(whole > 0, OK, EMPTY).astype(object)
    whole = np.where(whole > 0, whole, np.nan)
    change = np.where(status == OK, np.sign(gained - lost), np.nan)
    return TemporalBeta(
        value=first.alone((lost + gained) / whole),
        losses=first.alone(lost / whole),
        gains=first.alone(gained / whole),
        change=first.alone(change),
        status=str(status[0]) if first.single else status,
    )


def jaccard(
    before: ArrayLike, after: ArrayLike | None = None, *, ids: Names = None, samples: Names = None
) -> Result:
    """
    Jaccard dissimilarity of what is present, 1 - shared morphs / all morphs.

    Parameters and statuses are those of :func:`bray_curtis`.
    """
    first, second = _pairs(before, after, ids, samples)
    one, other = first.values > 0, second.values > 0
    either = (one | other).sum(axis=1)
    value = 1 - (one & other).sum(axis=1) / np.where(either > 0, either, np.nan)
    return first.result(value, np.where(either > 0, OK, EMPTY))


def hellinger(
    before: ArrayLike, after: ArrayLike | None = None, *, ids: Names = None, samples: Names = None
) -> Result:
    """
    Hellinger distance, between the roots of shares, 0 to the root of 2.

    Parameters are those of :func:`bray_curtis`; NaN with ``empty`` where one of two is empty.
    """
    first, second = _pairs(before, after, ids, samples)
    apart = np.sqrt(first.shares()) - np.sqrt(second.shares())
    return first.result(np.sqrt((apart**2).sum(axis=1)), _either_empty(first, second))


def chord(
    before: ArrayLike, after: ArrayLike | None = None, *, ids: Names = None, samples: Names = None
) -> Result:
    """
    Chord distance, between samples scaled to length 1, 0 to the root of 2.

    Parameters are those of :func:`bray_curtis`; NaN with ``empty`` where one of two is empty.
    """
    first, second = _pairs(before, after, ids, samples)
    one, other = (
        part / np.sqrt((part**2).sum(axis=1, keepdims=True)) for part in (first.shares(), second.shares())
    )
    return first.result(np.sqrt(((one - other) ** 2).sum(axis=1)), _either_empty(first, second))


def morisita_horn(
    before: ArrayLike, after: ArrayLike | None = None, *, ids: Names = None, samples: Names = None
) -> Result:
    """
    Morisita-Horn dissimilarity, 1 - 2 sum pq / (sum p^2 + sum q^2): turnover of common morphs, of order q = 2.

    Parameters are those of :func:`bray_curtis`; NaN with ``empty`` where one of two is empty.
    """
    first, second = _pairs(before, after, ids, samples)
    one, other = first.shares(), second.shares()
    value = 1 - 2 * (one * other).sum(axis=1) / ((one**2).sum(axis=1) + (other**2).sum(axis=1))
    return first.result(value, _either_empty(first, second))


def morisita(
    before: ArrayLike, after: ArrayLike | None = None, *, ids: Names = None, samples: Names = None
) -> Result:
    """
    Morisita dissimilarity of whole numbers, which does not depend on the size of samples.

    Parameters are those of :func:`bray_curtis`; NaN with ``empty`` or ``too_few_objects`` (no morph has two).
    """
    first, second = _pairs(before, after, ids, samples, integers=True)
    status = _either_empty(first, second)
    alike = np.zeros(len(status))
    for part in (first, second):
        pairs = part.totals * (part.totals - 1)
        alike += (part.values * (part.values - 1)).sum(axis=1) / np.where(pairs > 0, pairs, np.nan)
    status[(status == OK) & ~(alike > 0)] = TOO_FEW_OBJECTS
    together = (first.values * second.values).sum(axis=1) / np.where(
        status == OK, first.totals * second.totals, np.nan
    )
    return first.result(1 - 2 * together / np.where(alike > 0, alike, np.nan), status)


def centroid_distance(
    weights: ArrayLike, coordinates: ArrayLike, other_weights: ArrayLike, other_coordinates: ArrayLike
) -> Result:
    """
    Distance between the weighted centroids of two clouds; NaN with ``empty`` where one is.

    Parameters are those of :func:`energy_distance`.
    """
    one, points, other, other_points = _clouds(weights, coordinates, other_weights, other_coordinates)
    if not (one.any() and other.any()):
        return Result(np.nan, EMPTY)
    apart = one @ points / one.sum() - other @ other_points / other.sum()
    return Result(float(np.sqrt((apart**2).sum())), OK)


def energy_distance(
    weights: ArrayLike,
    coordinates: ArrayLike,
    other_weights: ArrayLike,
    other_coordinates: ArrayLike,
    *,
    random_state: int = 0,
) -> Result:
    """
    Energy distance between two clouds, 2 between - within - within (Székely and Rizzo 2013).

    Parameters
    ----------
    weights, other_weights : array, shape (n_points,)
        Of objects or morphs of each cloud.
    coordinates, other_coordinates : array, shape (n_points, n_dimensions)
        In one morphospace.
    random_state : int
        Of the pairs, where there are too many for all (status ``sampled_pairs``).

    Returns
    -------
    result : Result
        0 where the clouds are the same; ``empty`` where one is empty.
    """
    one, points, other, other_points = _clouds(weights, coordinates, other_weights, other_coordinates)
    if not (one.any() and other.any()):
        return Result(np.nan, EMPTY)
    random = np.random.default_rng(random_state)
    a, b = (one[one > 0], points[one > 0]), (other[other > 0], other_points[other > 0])
    value = (
        2 * _mean_distance(*a, *b, random) - _mean_distance(*a, *a, random) - _mean_distance(*b, *b, random)
    )
    largest = max(len(a[0]), len(b[0])) ** 2
    return Result(value, OK if largest <= ALL_PAIRS else SAMPLED_PAIRS)


def wasserstein(
    weights: ArrayLike, coordinates: ArrayLike, other_weights: ArrayLike, other_coordinates: ArrayLike
) -> Result:
    """
    Wasserstein distance between two clouds along each dimension, shape (n_dimensions,).

    Parameters are those of :func:`energy_distance`.
    """
    one, points, other, other_points = _clouds(weights, coordinates, other_weights, other_coordinates)
    if not (one.any() and other.any()):
        return Result(np.full(points.shape[1], np.nan), EMPTY)
    apart = [
        wasserstein_distance(points[:, axis], other_points[:, axis], one, other)
        for axis in range(points.shape[1])
    ]
    return Result(np.asarray(apart), OK)


def _pairs(
    before: ArrayLike,
    after: ArrayLike | None,
    ids: Names,
    samples: Names,
    *,
    relative: bool = False,
    integers: bool = False,
) -> tuple[Table, Table]:
    first = read_table(before, ids=ids, samples=samples, integers=integers)
    if after is None:
        if first.single:
            message = "One sample has nothing to be compared with: give two, or a table of samples."
            raise WrongNumbersError(message)
        first, second = Table(first.values[:-1], single=False), Table(first.values[1:], single=False)
    else:
        second = read_table(after, ids=ids, samples=samples, integers=integers)
    if first.values.shape != second.values.shape:
        message = (
            f"Samples are compared morph by morph, but the tables have the shapes {first.values.shape} "
            f"and {second.values.shape}."
        )
        raise WrongNumbersError(message)
    if not relative:
        return first, second
    return Table(np.nan_to_num(first.shares()), first.single), Table(
        np.nan_to_num(second.shares()), second.single
    )


def _either_empty(first: Table, second: Table) -> NDArray[np.object_]:
    status = first.statuses()
    status[second.present == 0] = EMPTY
    return status


def _clouds(
    weights: ArrayLike, coordinates: ArrayLike, other_weights: ArrayLike, other_coordinates: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    one, other = read_table(weights), read_table(other_weights)
    if not (one.single and other.single):
        message = "Two clouds are compared at a time: weights of one sample each."
        raise WrongNumbersError(message)
    points = read_coordinates(coordinates, one.values.shape[1])
    other_points = read_coordinates(other_coordinates, other.values.shape[1])
    if points.shape[1] != other_points.shape[1]:
        message = f"One cloud has {points.shape[1]} dimensions, the other {other_points.shape[1]}."
        raise WrongNumbersError(message)
    return one.values[0], points, other.values[0], other_points


def _mean_distance(
    weights: FloatArray,
    points: FloatArray,
    other_weights: FloatArray,
    other_points: FloatArray,
    random: np.random.Generator,
) -> float:
    share, other_share = weights / weights.sum(), other_weights / other_weights.sum()
    if len(share) * len(other_share) > ALL_PAIRS:
        first = random.choice(len(share), RANDOM_PAIRS, p=share)
        second = random.choice(len(other_share), RANDOM_PAIRS, p=other_share)
        return float(np.sqrt(((points[first] - other_points[second]) ** 2).sum(axis=1)).mean())
    step = max(1, BLOCK // len(other_share))
    return float(
        sum(
            share[begin : begin + step] @ cdist(points[begin : begin + step], other_points) @ other_share
            for begin in range(0, len(share), step)
        )
    )
