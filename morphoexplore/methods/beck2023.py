"""
The time series of Beck et al. (2023), to compare with that paper; the defaults of this program are others.

Their test for a trend is of weekly values from which only the season was taken. At a nominal 5 % it finds trends in 16 to 40 %
of series that have none (autocorrelation .4 to .7), which the result says: use :func:`.trends.find_trend` for what is to be
defended.

References
----------
Beck, M., et al. (2023). Morphological diversity increases with decreasing resources along a zooplankton time series.
    Proceedings of the Royal Society B 290, 20232109.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from morphoexplore.methods import decomposing, timeseries, trends

WEEKS = 52
TREND_WINDOW = 5 * WEEKS
TOLERANCE = 3.0  # days
MAX_GAP = 2  # weeks
MUCH_CORRELATED = 0.2


@dataclass(frozen=True)
class WeeklyTrend:
    """
    Season and trend as in Beck et al. (2023).

    Attributes
    ----------
    series : DataFrame
        Weeks, as from :func:`.timeseries.regularise`, with ``trend, seasonal, remainder``; trend and season go through gaps
        here, the remainder is missing in them.
    mk_s, mk_p : float
        Mann-Kendall test of trend + remainder (0 where missing).
    gls_slope, gls_low, gls_high, gls_p : float
        Line through the same, per year.
    pacf1 : float
        Partial autocorrelation at lag 1 of what a plain line leaves.
    errors : str
        ``AR1`` where pacf1 is beyond .2 to either side, else ``independent``.
    status : str
        As of :class:`.decomposing.Decomposition`.
    warning : str
        Why the test finds too much; empty where there is none.
    """

    series: pd.DataFrame
    mk_s: float
    mk_p: float
    gls_slope: float
    gls_low: float
    gls_high: float
    gls_p: float
    pacf1: float
    errors: str
    status: str
    warning: str


def weekly_trend(
    times: Sequence[object] | pd.Series | pd.DatetimeIndex,
    values: ArrayLike,
    *,
    trend_window: int = TREND_WINDOW,
) -> WeeklyTrend:
    """
    Find season and trend of one index as Beck et al. (2023) did.

    1. Weekly grid: the sample nearest to the middle of each week within 3 days; gaps of up to 2 weeks are interpolated
       linearly, longer ones stay (52 weeks a year, see :mod:`.timeseries`).
    2. Decomposition by loess into a trend (window of 5 years), the same season every year, and a remainder. Their program
       (stlplus) leaves gaps out of each local fit; here they are filled in turns (:mod:`.decomposing`).
    3. Mann-Kendall test of trend + remainder, and a straight line through it, with AR(1) errors where what a plain line leaves
       has a partial autocorrelation beyond .2 at lag 1.

    Parameters
    ----------
    times, values
        As of :func:`.timeseries.regularise`.
    trend_window : int
        Weeks; 416 (8 years) for environmental variables in the paper.

    Returns
    -------
    found : WeeklyTrend
    """
    series = timeseries.regularise(
        times, values, step="week", how="nearest", tolerance=TOLERANCE, max_gap=MAX_GAP
    )
    parts = decomposing.decompose(series["value"].to_numpy(np.float64), WEEKS, trend=trend_window, mask=False)
    series = series.assign(trend=parts.trend, seasonal=parts.seasonal, remainder=parts.remainder)
    without_season = parts.trend + np.nan_to_num(parts.remainder)
    if not np.isfinite(without_season).all() or len(without_season) < trends.FEWEST_VALUES:
        return _untested(series, parts.status, math.nan, math.nan)
    plain = trends.find_trend(without_season, per_year=WEEKS)
    if parts.status == "constant":
        return _untested(series, "constant", 0.0, 1.0)
    years = np.arange(len(series)) / WEEKS
    line = trends.fit_line(without_season, years)
    pacf1 = trends.lag_one(without_season - line.slope * years)
    is_correlated = abs(pacf1) > MUCH_CORRELATED
    fitted = trends.fit_gls(without_season, years) if is_correlated else line
    return WeeklyTrend(
        series=series,
        mk_s=plain.mk_s,
        mk_p=plain.mk_p,
        gls_slope=fitted.slope,
        gls_low=fitted.low,
        gls_high=fitted.high,
        gls_p=fitted.p,
        pacf1=pacf1,
        errors="AR1" if is_correlated else "independent",
        status=parts.status,
        warning=plain.warning,
    )


def _untested(series: pd.DataFrame, status: str, slope: float, p: float) -> WeeklyTrend:
    return WeeklyTrend(series, slope, p, slope, slope, slope, p, slope, "", status, "")
