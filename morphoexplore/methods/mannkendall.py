"""
The Mann-Kendall test and its form for series with seasons, as plain statistics.

Both take values for independent and find too much where they are not: :mod:`.trends` tests series of samples. These are for
comparison with other programs, and for series of which somebody knows that they are independent.

References
----------
Hirsch, R. M., Slack, J. R. & Smith, R. A. (1982). Techniques of trend analysis for monthly water quality data. Water Resour.
    Res. 18, 107-121.
Kendall, M. G. (1975). Rank correlation methods. Griffin.
Mann, H. B. (1945). Nonparametric tests against trend. Econometrica 13, 245-259.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

FloatArray = NDArray[np.float64]

FEWEST = 3


class MannKendall(NamedTuple):
    """
    Outcome of a test.

    Attributes
    ----------
    s : float
        Pairs that rise less pairs that fall.
    var_s : float
        Its variance without a trend, corrected for ties.
    tau : float
        Kendall's tau-b.
    p : float
        Two-sided, by the normal distribution with a correction for continuity.
    slope : float
        Theil-Sen slope per step; of a series with seasons per period, between values of the same phase.
    status : str
        ``ok``, ``constant`` (p 1), or with NaN ``empty``, ``too_few_values`` (fewer than three, in every phase).
    """

    s: float
    var_s: float
    tau: float
    p: float
    slope: float
    status: str


def mann_kendall(values: ArrayLike) -> MannKendall:
    """
    Test whether values rise or fall in the order they stand in.

    Parameters
    ----------
    values : array, shape (n,)
        NaN where there is none: left out.

    Returns
    -------
    found : MannKendall

    Examples
    --------
    >>> found = mann_kendall([1.0, 2.0, 4.0, 3.0, 5.0])
    >>> found.s, round(found.var_s, 3), found.tau, found.slope
    (8.0, 16.667, 0.8, 1.0)
    """
    return seasonal_mann_kendall(values, 1)


def seasonal_mann_kendall(values: ArrayLike, period: int) -> MannKendall:
    """
    Test for a trend within each month or week, all of them together.

    Scores and variances of the phases are added (Hirsch et al. 1982). Kendall's package of R corrects the plain test for continuity
    and this one not; here both are, as in pymannkendall.

    Parameters
    ----------
    values : array, shape (n,)
        On a regular grid, NaN where there is none.
    period : int
        Steps of a year.

    Returns
    -------
    found : MannKendall

    Raises
    ------
    ValueError
        If a value is infinite, or the period is no positive number.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 1 or np.isinf(values).any():
        message = "A series is one finite number per step, NaN where there is none."
        raise ValueError(message)
    if period < 1:
        message = f"A period takes 1 step or more, not {period}."
        raise ValueError(message)
    parts = [
        (np.flatnonzero(np.isfinite(part)), part) for part in (values[one::period] for one in range(period))
    ]
    known = [(places, part[places]) for places, part in parts if len(places) >= FEWEST]
    if not known:
        status = "too_few_values" if np.isfinite(values).any() else "empty"
        return MannKendall(math.nan, math.nan, math.nan, math.nan, math.nan, status)
    scores = np.array([_score(part) for _, part in known])
    s, var_s, pairs = (float(column) for column in scores.sum(axis=0))
    slope = float(np.median(np.concatenate([_slopes(places, part) for places, part in known])))
    if var_s == 0:
        return MannKendall(0.0, 0.0, 0.0, 1.0, slope, "constant")
    z = (s - np.sign(s)) / math.sqrt(var_s)
    return MannKendall(s, var_s, s / pairs, float(2 * stats.norm.sf(abs(z))), slope, "ok")


def _score(values: FloatArray) -> tuple[float, float, float]:
    """Return the score, its variance, and the number of pairs less what ties take of it."""
    if np.ptp(values) == 0:
        return 0.0, 0.0, 0.0
    import pymannkendall

    found = pymannkendall.original_test(values)
    n = len(values)
    every = n * (n - 1) / 2
    _, ties = np.unique(values, return_counts=True)
    tied = float((ties * (ties - 1)).sum()) / 2
    return float(found.s), float(found.var_s), math.sqrt(every * (every - tied))


def _slopes(places: NDArray[np.int64], values: FloatArray) -> FloatArray:
    first, second = np.triu_indices(len(values), 1)
    return (values[second] - values[first]) / (places[second] - places[first])
