"""
Tables of curves: profiles of Hill numbers over their order, and Hill numbers over the size and coverage of a sample.

Groups may be samples, or months, years, stations of which the counts were added up. Intervals are those of the assemblage
bootstrap (Chao et al. 2014; :func:`.assemblage.bootstrap_assemblage`).

References
----------
Chao, A. et al. (2014). Rarefaction and extrapolation with Hill numbers. Ecological Monographs 84, 45-67.
Jost, L. (2006). Entropy and diversity. Oikos 113, 363-375.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from morphoexplore.methods.diversity.abundance import hill
from morphoexplore.methods.diversity.assemblage import bootstrap_assemblage
from morphoexplore.methods.diversity.bootstrap import Interval
from morphoexplore.methods.diversity.checking import FloatArray
from morphoexplore.methods.diversity.estimators import coverage
from morphoexplore.methods.diversity.rarefaction import rarefy

ORDERS = (0.0, 1.0, 2.0)
PROFILE = tuple(round(0.25 * step, 2) for step in range(13))
SIZES = 12  # of each half of a curve
REPLICATES = 50
FARTHEST = 2.0  # times what was counted


def hill_profiles(
    counts: pd.DataFrame,
    *,
    orders: Sequence[float] = PROFILE,
    replicates: int = REPLICATES,
    random_state: int = 0,
) -> pd.DataFrame:
    """
    Return the Hill numbers of many orders of every group with their 95 % intervals.

    Parameters
    ----------
    counts : DataFrame
        Whole numbers of objects: a row per group (index), a column per morph.
    orders : sequence of float
        0 to 3 by 0.25 unless given.
    replicates : int
        Of the bootstrap; 0 for no intervals.
    random_state : int
        With the name of the group it decides the draws.

    Returns
    -------
    profiles : DataFrame
        ``group``, ``q``, ``estimate`` (of what was counted), ``ci_lo``, ``ci_hi``. Groups without objects have no rows.

    Examples
    --------
    >>> counts = pd.DataFrame({"a": [5], "b": [5]}, index=["May"])
    >>> hill_profiles(counts, orders=[0, 2], replicates=0)[["group", "q", "estimate"]]
      group    q  estimate
    0   May  0.0       2.0
    1   May  2.0       2.0
    """
    indices = {str(place): partial(hill, q=float(q)) for place, q in enumerate(orders)}
    rows: list[dict[str, object]] = []
    for group, numbers in _groups(counts):
        found = _intervals(numbers, indices, replicates, random_state, group)
        for place, q in enumerate(orders):
            value = float(hill(numbers, float(q)).value)
            rows.append({"group": group, "q": float(q), "estimate": value} | _limits(found, str(place)))
    return pd.DataFrame(rows, columns=["group", "q", "estimate", "ci_lo", "ci_hi"])


def accumulation_curves(
    counts: pd.DataFrame,
    *,
    orders: Sequence[float] = ORDERS,
    n_sizes: int = SIZES,
    replicates: int = REPLICATES,
    random_state: int = 0,
) -> pd.DataFrame:
    """
    Return Hill numbers of every group at sizes from one object to twice its own, and the coverage of each size.

    Parameters
    ----------
    counts, replicates, random_state
        As of :func:`hill_profiles`.
    orders : sequence of float
        Orders of curves.
    n_sizes : int
        Sizes below what was counted, and as many above it.

    Returns
    -------
    curves : DataFrame
        ``group``, ``q``, ``m`` (objects), ``coverage``, ``estimate``, ``ci_lo``, ``ci_hi``, ``method``: ``rarefaction``, ``observed``
        or ``extrapolation``.

    Examples
    --------
    >>> counts = pd.DataFrame({"a": [2], "b": [2]}, index=["May"])
    >>> accumulation_curves(counts, orders=[0], n_sizes=2, replicates=0)[["m", "estimate", "method"]]
         m  estimate         method
    0  1.0       1.0    rarefaction
    1  4.0       2.0       observed
    2  8.0       2.0  extrapolation
    """
    rows: list[dict[str, object]] = []
    for group, numbers in _groups(counts):
        n = float(numbers.sum())
        below = np.unique(np.round(np.geomspace(1, n, n_sizes)))[:-1]
        above = np.unique(np.round(np.linspace(n, FARTHEST * n, n_sizes)))[1:]
        sizes = [*below, n, *above]
        indices = {
            f"{float(size)} {float(q)}": partial(rarefy, m=float(size), q=float(q))
            for size in sizes
            for q in orders
        }
        found = _intervals(numbers, indices, replicates, random_state, group)
        for q in orders:
            for size in sizes:
                row: dict[str, object] = {
                    "group": group,
                    "q": float(q),
                    "m": float(size),
                    "coverage": float(coverage(numbers, m=float(size)).value),
                    "estimate": float(rarefy(numbers, float(size), float(q)).value),
                }
                method = "rarefaction" if size < n else "observed" if size == n else "extrapolation"
                rows.append(row | _limits(found, f"{float(size)} {float(q)}") | {"method": method})
    return pd.DataFrame(rows, columns=["group", "q", "m", "coverage", "estimate", "ci_lo", "ci_hi", "method"])


def _groups(counts: pd.DataFrame) -> list[tuple[object, FloatArray]]:
    rows = zip(counts.index, counts.to_numpy(dtype=np.float64), strict=True)
    return [(group, numbers) for group, numbers in rows if numbers.sum() > 0]


def _intervals(
    numbers: FloatArray,
    indices: dict[str, partial],
    replicates: int,
    random_state: int,
    group: object,
) -> dict[str, Interval]:
    if not replicates:
        return {}
    return bootstrap_assemblage(
        numbers, indices, replicates=replicates, random_state=random_state, sample=group
    )


def _limits(found: dict[str, Interval], name: str) -> dict[str, float]:
    if name not in found:
        return {"ci_lo": np.nan, "ci_hi": np.nan}
    return {"ci_lo": float(found[name].low), "ci_hi": float(found[name].high)}
