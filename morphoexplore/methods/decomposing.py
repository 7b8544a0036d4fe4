"""
Trend, season and remainder of a regular series, with gaps.

Seasonal-trend decomposition by loess (STL; Cleveland et al. 1990), fitted by statsmodels with the degrees and jumps of R's
``stl``, so that both give the same numbers. STL needs a value at every step. Gaps are filled in turns (EM): first by the
usual year and a straight trend, then by the trend and season that were fitted, until the filled values stand still. What
was filled is taken out again: nothing is said of steps that nobody measured.

References
----------
Cleveland, R. B., Cleveland, W. S., McRae, J. E. & Terpenning, I. (1990). STL: a seasonal-trend decomposition procedure
    based on loess. Journal of Official Statistics 6, 3-73.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

MOST_TURNS = 100  # of filling gaps; 10 to 30 do, and 60 where half of the steps are missing
STANDS_STILL = 1e-4  # of the standard deviation of the series
FEWEST_PERIODS = 2


@dataclass(frozen=True)
class Decomposition:
    """
    A series as the sum of trend, season and remainder.

    Attributes
    ----------
    trend, seasonal, remainder : array, shape (n,)
        Of the unit of the series; NaN where it has no value.
    filled : array, shape (n,)
        The series with its gaps as they were filled to fit; NaN before its first and after its last value.
    status : str
        ``ok``; ``constant`` (all of it is trend); ``not_converged`` (filled values still moved after 100 turns; read with
        care); and with NaN everywhere: ``empty``, ``too_short`` (fewer than two periods), ``phase_missing`` (a month
        or week never has a value, so that there is no season to be found).
    turns : int
        In which gaps were filled; 0 without gaps.
    """

    trend: FloatArray
    seasonal: FloatArray
    remainder: FloatArray
    filled: FloatArray
    status: str
    turns: int = 0


def decompose(
    values: ArrayLike,
    period: int,
    *,
    seasonal: int | Literal["periodic"] = "periodic",
    trend: int | None = None,
    robust: bool = False,
    mask: bool = True,
) -> Decomposition:
    """
    Take a regular series apart into trend, season and remainder.

    Parameters
    ----------
    values : array, shape (n,)
        One value per step; NaN where there is none.
    period : int
        Steps of a year: 12 or 52.
    seasonal : int or "periodic"
        Width of the window over years in which a season may change, odd; or the same season every year.
    trend : int, optional
        Width of the window of the trend in steps; as in R unless given (about 1.5 periods; more for a season that changes
        fast). Even numbers become the next odd one.
    robust : bool
        Outliers count little (15 outer turns, as in R).
    mask : bool
        Take trend and season out again in gaps; the remainder is missing there in any case.

    Returns
    -------
    parts : Decomposition

    Raises
    ------
    ValueError
        If a window cannot be used, or a value is infinite.

    Examples
    --------
    >>> months = np.arange(48)
    >>> parts = decompose(0.1 * months + np.sin(months * np.pi / 6), 12)
    >>> parts.trend[[12, 36]].round(1), parts.seasonal[[3, 9]].round(1)
    (array([1.2, 3.6]), array([ 0.9, -0.9]))
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 1 or np.isinf(values).any():
        message = "A series is one finite number per step, NaN where there is none."
        raise ValueError(message)
    is_there = np.isfinite(values)
    places = np.flatnonzero(is_there)
    windows = _windows(int(np.ptp(places)) + 1 if len(places) else 1, period, seasonal, trend)
    nothing = np.full(len(values), np.nan)
    missing = Decomposition(nothing, nothing, nothing, nothing, "empty")
    if not len(places):
        return missing
    inside = slice(int(places[0]), int(places[-1]) + 1)
    part, is_known = values[inside], is_there[inside]
    if np.ptp(part[is_known]) == 0:
        # STL finds this as well, but for rounding.
        level = np.where(is_there, part[is_known][0], np.nan)
        return Decomposition(level, level * 0, level * 0, level, "constant")
    if len(part) < FEWEST_PERIODS * period:
        return replace(missing, status="too_short")
    phase = np.arange(len(part)) % period
    if len(np.unique(phase[is_known])) < period:
        return replace(missing, status="phase_missing")
    fitted, filled, turns, stands = _fit_gaps(part, is_known, phase, period, windows, seasonal, robust)
    found = Decomposition(nothing.copy(), nothing.copy(), nothing.copy(), nothing.copy(), "ok", turns)
    for array, fit in ((found.trend, fitted[0]), (found.seasonal, fitted[1])):
        array[inside] = np.where(is_known, fit, np.nan) if mask else fit
    found.remainder[inside] = np.where(is_known, part - fitted[0] - fitted[1], np.nan)
    found.filled[inside] = filled
    return found if stands else replace(found, status="not_converged")


@dataclass(frozen=True)
class _Windows:
    seasonal: int
    trend: int
    low_pass: int


def _windows(n: int, period: int, seasonal: int | str, trend: int | None) -> _Windows:
    if period < 2:
        message = f"A season takes 2 steps or more, not {period}."
        raise ValueError(message)
    if isinstance(seasonal, str) and seasonal != "periodic":
        message = f"The seasonal window is an odd number of years or 'periodic', not {seasonal!r}."
        raise ValueError(message)
    wide = 10 * n + 1 if isinstance(seasonal, str) else int(seasonal)
    if wide < 3 or wide % 2 == 0:
        message = f"The seasonal window is odd and 3 or more, not {wide}."
        raise ValueError(message)
    # Cleveland et al. (1990), section 3.5: wide enough that the trend cannot take up the season.
    usual = math.ceil(1.5 * period / (1 - 1.5 / wide))
    chosen = _next_odd(usual if trend is None else trend)
    if chosen <= period:
        message = f"The window of the trend is longer than the period of {period} steps, not {chosen}."
        raise ValueError(message)
    return _Windows(wide, chosen, _next_odd(period))


def _next_odd(number: int) -> int:
    return number + 1 if number % 2 == 0 else number


def _fit_gaps(
    part: FloatArray,
    is_known: NDArray[np.bool_],
    phase: NDArray[np.int64],
    period: int,
    windows: _Windows,
    seasonal: int | str,
    robust: bool,  # noqa: FBT001
) -> tuple[tuple[FloatArray, FloatArray], FloatArray, int, bool]:
    """Return (trend, season), the filled series, the turns taken, and whether the filled values stand still."""
    gaps = ~is_known
    filled = np.where(is_known, part, _first_guess(part, is_known, phase, period))
    fitted = _fit(filled, phase, period, windows, is_periodic=seasonal == "periodic", robust=robust)
    if not gaps.any():
        return fitted, filled, 0, True
    for turn in range(1, MOST_TURNS + 1):
        former = filled[gaps]
        filled[gaps] = (fitted[0] + fitted[1])[gaps]
        change = np.abs(filled[gaps] - former).max()
        fitted = _fit(filled, phase, period, windows, is_periodic=seasonal == "periodic", robust=robust)
        if change < STANDS_STILL * part[is_known].std():
            return fitted, filled, turn, True
    return fitted, filled, MOST_TURNS, False


def _first_guess(
    part: FloatArray, is_known: NDArray[np.bool_], phase: NDArray[np.int64], period: int
) -> FloatArray:
    """Return a straight trend and a mean of every phase, fitted together by least squares."""
    steps = np.arange(len(part), dtype=np.float64) / len(part)
    design = np.column_stack([steps, np.eye(period)[phase]])
    found, *_ = np.linalg.lstsq(design[is_known], part[is_known])
    return np.asarray(design @ found)


def _fit(
    filled: FloatArray,
    phase: NDArray[np.int64],
    period: int,
    windows: _Windows,
    *,
    is_periodic: bool,
    robust: bool,
) -> tuple[FloatArray, FloatArray]:
    from statsmodels.tsa.seasonal import STL

    fit = STL(
        filled,
        period=period,
        seasonal=windows.seasonal,
        trend=windows.trend,
        low_pass=windows.low_pass,
        seasonal_deg=0,
        trend_deg=1,
        low_pass_deg=1,
        seasonal_jump=math.ceil(windows.seasonal / 10),
        trend_jump=math.ceil(windows.trend / 10),
        low_pass_jump=math.ceil(windows.low_pass / 10),
        robust=robust,
    ).fit(inner_iter=1 if robust else 2, outer_iter=15 if robust else 0)
    season = np.asarray(fit.seasonal)
    if is_periodic:
        season = (np.bincount(phase, season, period) / np.bincount(phase, minlength=period))[phase]
    return np.asarray(fit.trend), season
