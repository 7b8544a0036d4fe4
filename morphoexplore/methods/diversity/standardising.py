"""
Samples of equal size: weighted draws without replacement, and the volume that they fill.

The hull of all objects grows for ever with their number, so that a series of it shows how much was counted. The mean hull
of many draws of the same number of objects does not.

References
----------
Efraimidis, P. S. and Spirakis, P. G. (2006). Weighted random sampling with a reservoir.
    Information Processing Letters 97, 181-185.
Kish, L. (1965). Survey Sampling. Wiley.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import ConvexHull, QhullError

from morphoexplore.errors import WrongNumbersError
from morphoexplore.methods.diversity.checking import FloatArray, Names, read_coordinates, read_table
from morphoexplore.methods.diversity.hulls import (
    MOST_DIMENSIONS,
    QHULL_OPTIONS,
    hull_of,
    is_flat,
    pool_volume,
)
from morphoexplore.methods.diversity.randomness import random_of
from morphoexplore.methods.diversity.statuses import (
    BELOW_M,
    LOW_N,
    OK,
    QHULL_FAILED,
    RANK_DEFICIENT,
    TOO_FEW_POINTS,
    TOO_MANY_DIMENSIONS,
    Result,
)

DRAWS = 100
FEWEST = 50


def effective_size(weights: ArrayLike, *, ids: Names = None, samples: Names = None) -> Result:
    """
    Effective number of objects, (sum w)^2 / sum w^2 (Kish 1965).

    Parameters
    ----------
    weights : array, shape (n_objects,) or (n_samples, n_objects)
        What each object stands for.
    ids, samples : sequence, optional
        Names of objects and samples for messages.

    Returns
    -------
    result : Result
        The number of objects where all weigh the same, fewer otherwise; 0 with ``empty``.
    """
    table = read_table(weights, ids=ids, samples=samples)
    squares = (np.nan_to_num(table.shares()) ** 2).sum(axis=1)
    return table.result(1 / np.where(squares > 0, squares, np.inf), table.statuses())


def common_size(weights_of_samples: Iterable[ArrayLike], *, fewest: int = FEWEST) -> int:
    """
    Size that samples are brought to: the least effective number of objects, but not below *fewest*.

    Parameters
    ----------
    weights_of_samples : iterable of array
        Weights of the objects of each sample.
    fewest : int
        Samples with fewer are left out then (``below_m``).

    Returns
    -------
    m : int
        Objects.
    """
    sizes = [effective_size(weights).value for weights in weights_of_samples]
    enough = [size for size in sizes if size >= fewest]
    return int(np.floor(min(enough) * (1 + 1e-12))) if enough else fewest


def draw_objects(weights: FloatArray, m: int, random: np.random.Generator) -> NDArray[np.intp]:
    """
    Draw *m* objects without replacement, likelier the more they weigh (Efraimidis and Spirakis 2006).

    Parameters
    ----------
    weights : array, shape (n_objects,)
        Not negative; what weighs nothing is never drawn.
    m : int
        At most as many as weigh anything.
    random : Generator
        Of numpy.

    Returns
    -------
    drawn : array of int, shape (m,)
        Positions.
    """
    with np.errstate(divide="ignore"):
        keys = random.standard_exponential(len(weights)) / weights
    return np.argpartition(keys, m - 1)[:m] if m < len(weights) else np.arange(len(weights))


def standardised_functional_richness(
    weights: ArrayLike,
    coordinates: ArrayLike,
    m: int,
    *,
    pool: ArrayLike | float | None = None,
    draws: int = DRAWS,
    random_state: int = 0,
    sample: Any = 0,
    ids: Names = None,
    samples: Names = None,
) -> Result:
    """
    Mean hull volume of *m* objects drawn by weight without replacement: FRic that can be compared.

    Parameters
    ----------
    weights : array, shape (n_objects,) or (n_samples, n_objects)
        What each object stands for, such as 1 / (fraction x volume).
    coordinates : array, shape (n_objects, n_dimensions)
        In the morphospace of the whole study.
    m : int
        Objects, the same for all samples that are compared (see :func:`common_size`).
    pool : array, shape (n_pool, n_dimensions), or float, optional
        Points whose hull (or that volume itself) is 1.
    draws : int
        Over which the mean is taken.
    random_state : int
        With the name of the sample it decides the draws, whatever the order of samples.
    sample : str or int
        Name of a sample given alone; of many, *samples* or their positions.
    ids, samples : sequence, optional
        Names of objects and samples.

    Returns
    -------
    result : Result
        NaN with ``below_m`` where there are fewer effective objects, and with the statuses of
        ``functional_richness``.
    """
    table = read_table(weights, ids=ids, samples=samples)
    points = read_coordinates(coordinates, table.values.shape[1], ids=ids)
    volume = pool_volume(pool, points.shape[1])
    value, status = np.full(len(table.values), np.nan), table.statuses()
    for i, row in enumerate(table.values):
        if status[i] != OK:
            continue
        status[i] = drawable(row, points, m)
        if status[i] in (OK, LOW_N):
            name = sample if table.single else (i if samples is None else samples[i])
            random = random_of(random_state, name, "draws")
            there = row > 0
            volumes = drawn_volumes(row[there], points[there], m, draws, random)
            value[i] = volumes.mean() / volume
            status[i] = QHULL_FAILED if np.isnan(value[i]) else status[i]
    return table.result(value, status)


def drawable(weights: FloatArray, points: FloatArray, m: int) -> str:
    """Say whether *m* objects of a sample can be drawn and make a hull."""
    if not (m == int(m) and m >= 1):
        message = f"A size of samples is a whole number of objects, not {m}."
        raise WrongNumbersError(message)
    there = weights > 0
    dimensions = points.shape[1]
    if effective_size(weights).value * (1 + 1e-9) < m:
        return BELOW_M
    if dimensions > MOST_DIMENSIONS:
        return TOO_MANY_DIMENSIONS
    if m <= dimensions:
        return TOO_FEW_POINTS
    if is_flat(points[there]):
        return RANK_DEFICIENT
    return OK if m >= 2**dimensions else LOW_N


def drawn_volumes(
    weights: FloatArray, points: FloatArray, m: int, draws: int, random: np.random.Generator
) -> FloatArray:
    """Hull volumes of *draws* draws of *m* objects; NaN where one has none."""
    return np.array([_volume(points[draw_objects(weights, m, random)]) for _ in range(draws)])


def _volume(points: FloatArray) -> float:
    if points.shape[1] == 1:
        return float(np.ptp(points))
    try:  # without the checks of hull_of, which were made for the whole sample
        return float(ConvexHull(points, qhull_options=QHULL_OPTIONS[0]).volume)
    except QhullError:
        return hull_of(np.unique(points, axis=0)).volume
