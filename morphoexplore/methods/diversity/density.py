"""
How much of the morphospace holds most of a sample: the volume of its densest region, from a kernel density.

Unlike a hull it is not made by the most extreme objects. It depends on the bandwidth, which is therefore given, the same for
a whole study.

References
----------
Carmona, C. P. et al. (2016). Traits without borders: integrating functional diversity across scales. TREE 31, 382-394.
Hyndman, R. J. (1996). Computing and graphing highest density regions. The American Statistician 50, 120-126.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import KDTree

from morphoexplore.errors import WrongNumbersError
from morphoexplore.methods.diversity.checking import (
    FloatArray,
    Names,
    read_coordinates,
    read_table,
    shares_of,
)
from morphoexplore.methods.diversity.randomness import random_of
from morphoexplore.methods.diversity.statuses import OK, TOO_MANY_DIMENSIONS, Result

MOST_DIMENSIONS = 3
DRAWS = 5000
#: Kernels farther than this many bandwidths add less than exp(-18) of themselves.
REACH = 6.0


def kernel_volume(
    weights: ArrayLike,
    coordinates: ArrayLike,
    bandwidth: float,
    *,
    mass: float = 0.95,
    draws: int = DRAWS,
    random_state: int = 0,
    sample: Any = 0,
    ids: Names = None,
    samples: Names = None,
) -> Result:
    """
    Volume of the smallest region that holds *mass* of a weighted normal kernel density (Hyndman 1996).

    Parameters
    ----------
    weights : array, shape (n_points,) or (n_samples, n_points)
        Counts, concentrations or biovolumes of morphs, or weights of objects.
    coordinates : array, shape (n_points, n_dimensions)
        In the morphospace, at most three dimensions.
    bandwidth : float
        Standard deviation of the kernels, the same for a whole study; the region is wider for it.
    mass : float
        Share that is held.
    draws : int
        Random points of the density by which its volume is estimated, to about one in the root of their number.
    random_state : int
        With the name of the sample it decides the points.
    sample : str or int
        Name of a sample given alone; of many, *samples* or their positions.
    ids, samples : sequence, optional
        Names of points and samples.

    Returns
    -------
    result : Result
        Units of the coordinates to the power of their number; NaN with ``empty`` or ``too_many_dimensions``.
    """
    if not (np.isfinite(bandwidth) and bandwidth > 0 and 0 < mass < 1 and draws >= 2):
        message = (
            f"A kernel volume has a bandwidth above 0 and a mass between 0 and 1, not {bandwidth} and {mass}."
        )
        raise WrongNumbersError(message)
    table = read_table(weights, ids=ids, samples=samples)
    points = read_coordinates(coordinates, table.values.shape[1], ids=ids)
    value, status = np.full(len(table.values), np.nan), table.statuses()
    if points.shape[1] > MOST_DIMENSIONS:
        status[status == OK] = TOO_MANY_DIMENSIONS
    for i in np.flatnonzero(status == OK):
        name = sample if table.single else (i if samples is None else samples[int(i)])
        there = table.values[i] > 0
        share = shares_of(table.values[i][there])
        random = random_of(random_state, name, "density")
        value[i] = _volume(share, points[there] / bandwidth, mass, draws, random)
    return table.result(value * bandwidth ** points.shape[1], status)


def _volume(
    share: FloatArray, points: FloatArray, mass: float, draws: int, random: np.random.Generator
) -> float:
    """
    Volume, by points drawn from the density f itself: the mean of 1 / f over those within the region.

    The region is where f is above its quantile 1 - mass over the same points (Hyndman 1996).
    """
    chosen = random.choice(len(share), size=draws, p=share)
    drawn = points[chosen] + random.standard_normal((draws, points.shape[1]))
    density = np.empty(draws)
    tree = KDTree(points)
    norm = (2 * np.pi) ** (-points.shape[1] / 2)
    for begin in range(0, draws, 100):
        block = drawn[begin : begin + 100]
        for offset, near in enumerate(tree.query_ball_point(block, REACH)):
            squared = ((points[near] - block[offset]) ** 2).sum(axis=1)
            density[begin + offset] = norm * (share[near] @ np.exp(-squared / 2))
    inside = density >= np.quantile(density, 1 - mass)
    return float((1 / density[inside]).sum() / draws)
