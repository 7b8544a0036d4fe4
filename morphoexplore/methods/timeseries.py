"""
Irregular samples on a regular grid of weeks or months, their climatology, and anomalies from it.

A *series* is a frame with one row per step of the grid, from the first step that has a sample to the last: ``time`` (middle
of the step), ``year``, ``phase`` (month 1 to 12, or week 1 to 52), ``value``, ``low``, ``high``, ``n_samples``, ``status``
(``ok``, ``interpolated`` or ``missing``).

A year has 12 months or exactly 52 weeks, counted from 1 January: the 52nd holds the 8 or 9 last days. ISO's weeks, of
which some years have 53, would let the phase of the seasons slip.

Missing steps stay missing unless asked for otherwise, and nothing is extrapolated ever. What was interpolated says so; its
interval is missing, because nobody measured there, and climatology does not count it.

References
----------
Beck, M., et al. (2023). Morphological diversity increases with decreasing resources along a zooplankton time series.
    Proceedings of the Royal Society B 290, 20232109.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

FloatArray = NDArray[np.float64]

PERIODS = {"month": 12, "week": 52}
TOLERANCES = {"month": 15.0, "week": 3.0}  # days from the middle of a step to the nearest sample
MAX_GAP = 2  # steps that may be interpolated
FEWEST_YEARS = 3  # that a climatology rests on
SERIES_COLUMNS = ("time", "year", "phase", "value", "low", "high", "n_samples", "status")


def regularise(
    times: Sequence[object] | pd.Series | pd.DatetimeIndex,
    values: ArrayLike,
    *,
    step: str = "month",
    how: str = "mean",
    tolerance: float | None = None,
    max_gap: int = 0,
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> pd.DataFrame:
    """
    Bring samples of any times onto a grid of months or weeks.

    Parameters
    ----------
    times : sequence of time or text, shape (n_samples,)
        When samples were taken; those without a time are left out.
    values : array, shape (n_samples,)
        One index of each sample; NaN where there is none.
    step : {"month", "week"}
        Of the grid.
    how : {"mean", "nearest"}
        Mean of the samples of a step, or the sample nearest to its middle in whole days (of several of one day their
        mean; of two days as near the earlier).
    tolerance : float, optional
        Days from the middle of a step to the nearest sample: 3 for weeks and 15 for months unless given.
    max_gap : int
        Interpolate gaps of up to so many steps linearly between the steps beside them.
    low, high : array, shape (n_samples,), optional
        Interval of each value. A step of one sample has that of the sample; one of several a 95 % *t* interval
        of their mean, from how the samples differ.
    weights : array, shape (n_samples,), optional
        Of the mean. Volumes of water (m3) make the mean of concentrations the number per volume of all water together.

    Returns
    -------
    series : DataFrame
        See the module; empty where there is no value with a time.

    Raises
    ------
    ValueError
        If an option is unknown, a time cannot be read, or a weight is not positive.

    Examples
    --------
    >>> series = regularise(["2020-01-05", "2020-01-25", "2020-04-02"], [1.0, 3.0, 8.0], max_gap=2)
    >>> series[["year", "phase", "value", "status"]]
       year  phase  value        status
    0  2020      1    2.0            ok
    1  2020      2    4.0  interpolated
    2  2020      3    6.0  interpolated
    3  2020      4    8.0            ok
    """
    if step not in PERIODS or how not in ("mean", "nearest"):
        message = f"Samples are brought to steps of {' or '.join(PERIODS)} by mean or nearest, not {step!r} by {how!r}."
        raise ValueError(message)
    table = _table(times, values, low, high, weights)
    if table.empty:
        return _empty()
    grid = _grid(table["time"], step)
    if how == "mean":
        filled = _means(table, grid, step)
    else:
        filled = _nearest(table, grid, TOLERANCES[step] if tolerance is None else tolerance)
    series = pd.concat([grid, filled], axis=1)
    is_there = np.flatnonzero(series["value"].notna())
    if not len(is_there):  # nearest, and all samples far from the middles
        return _empty()
    series = series.iloc[is_there[0] : is_there[-1] + 1].reset_index(drop=True)
    series["status"] = np.where(series["value"].notna(), "ok", "missing")
    return interpolate(series, max_gap)[list(SERIES_COLUMNS)]


def phases(times: Sequence[object] | pd.Series | pd.DatetimeIndex, step: str) -> pd.DataFrame:
    """
    Return ``year`` and ``phase`` (month, or week of the year from 1 January, 1 to 52) of times.

    Examples
    --------
    >>> phases(["2020-01-07", "2020-01-08", "2020-12-31"], "week")["phase"].tolist()
    [1, 2, 52]
    """
    moments = _moments(times)
    phase = moments.month if step == "month" else np.minimum((moments.day_of_year - 1) // 7, 51) + 1
    return pd.DataFrame({"year": np.asarray(moments.year), "phase": np.asarray(phase)})


def interpolate(series: pd.DataFrame, max_gap: int = MAX_GAP) -> pd.DataFrame:
    """
    Fill gaps of up to *max_gap* steps linearly; longer ones stay, and none is filled at an end.

    Returns
    -------
    series : DataFrame
        A copy, filled steps with the status ``interpolated`` and without an interval.
    """
    values = series["value"].to_numpy(dtype=np.float64, copy=True)
    status = series["status"].to_numpy(dtype=object, copy=True)
    is_there = np.flatnonzero(np.isfinite(values))
    for left, right in itertools.pairwise(is_there.tolist()):
        if 1 < right - left <= max_gap + 1:
            inside = np.arange(left + 1, right)
            values[inside] = np.interp(inside, [left, right], values[[left, right]])
            status[inside] = "interpolated"
    return series.assign(value=values, status=status)


def observed(series: pd.DataFrame) -> FloatArray:
    """Return the values of a series, NaN where they were interpolated: what climatology and trends rest on."""
    return series["value"].where(series["status"] == "ok").to_numpy(dtype=np.float64)


def climatology(series: pd.DataFrame) -> pd.DataFrame:
    """
    Return the usual year: mean and standard deviation of every month or week over the years.

    Weeks are smoothed by the mean of each with the two beside it, the last week beside the first (of standard deviations:
    of variances).

    Parameters
    ----------
    series : DataFrame
        As from :func:`regularise`.

    Returns
    -------
    climatology : DataFrame
        Index ``phase`` 1 to 12 or 52; ``mean``, ``sd`` (of years, n - 1), ``n_years`` (with a value in this phase
        itself), ``status``: ``ok``, or ``too_few_years`` where a phase has fewer than three (no mean is given).
    """
    period = _period(series)
    values = pd.Series(observed(series)).groupby(series["phase"].to_numpy())
    index = pd.RangeIndex(1, period + 1, name="phase")
    table = pd.DataFrame(
        {"mean": values.mean(), "sd": values.std(ddof=1), "n_years": values.count()}, index=index
    )
    table["n_years"] = table["n_years"].fillna(0).astype(np.int64)
    is_enough = table["n_years"] >= FEWEST_YEARS
    table[["mean", "sd"]] = table[["mean", "sd"]].where(is_enough)
    if period == PERIODS["week"]:
        table["mean"] = _smooth_round(table["mean"].to_numpy())
        table["sd"] = np.sqrt(_smooth_round(table["sd"].to_numpy() ** 2))
    table["status"] = np.where(is_enough, "ok", "too_few_years")
    return table


def anomalies(series: pd.DataFrame, usual: pd.DataFrame | None = None) -> pd.DataFrame:
    """
    Return how far each step lies from what is usual at its time of year.

    Parameters
    ----------
    series : DataFrame
        As from :func:`regularise`.
    usual : DataFrame, optional
        As from :func:`climatology`, of a period of reference say; of the series itself unless given.

    Returns
    -------
    anomalies : DataFrame
        The series with ``usual`` (mean of the climatology), ``anomaly`` (value - usual) and ``standardised`` (in
        standard deviations of the years; NaN where they do not differ). Steps whose phase has no climatology have the status
        ``too_few_years``.
    """
    usual = climatology(series) if usual is None else usual
    of_step = usual.reindex(series["phase"]).reset_index(drop=True)
    table = series.reset_index(drop=True).copy()
    table["usual"] = of_step["mean"]
    table["anomaly"] = table["value"] - table["usual"]
    table["standardised"] = table["anomaly"] / of_step["sd"].where(of_step["sd"] > 0)
    lacks = table["value"].notna() & table["usual"].isna()
    table["status"] = table["status"].mask(lacks, "too_few_years")
    return table


def annual_means(series: pd.DataFrame, *, column: str = "value", min_share: float = 0.75) -> pd.DataFrame:
    """
    Return the mean of every year of which enough steps were observed.

    Parameters
    ----------
    column : str
        ``value``, or ``anomaly`` of :func:`anomalies`: a mean of anomalies is not shifted by the months that a year lacks.
    min_share : float
        Of the steps of a year that must have a value (interpolated ones have none here).

    Returns
    -------
    years : DataFrame
        ``year``, ``value`` (NaN where too few steps were observed), ``n_steps``, ``status``: ``ok`` or ``few_steps``.
        Every year from the first to the last is there.
    """
    if series.empty:
        return pd.DataFrame({"year": [], "value": [], "n_steps": [], "status": []})
    values = series[column].where(series["status"] == "ok").groupby(series["year"])
    every = pd.RangeIndex(series["year"].min(), series["year"].max() + 1, name="year")
    table = pd.DataFrame({"value": values.mean(), "n_steps": values.count()}, index=every)
    table["n_steps"] = table["n_steps"].fillna(0).astype(np.int64)
    is_enough = table["n_steps"] >= min_share * _period(series)
    table["value"] = table["value"].where(is_enough)
    table["status"] = np.where(is_enough, "ok", "few_steps")
    return table.reset_index()


def log_concentration(values: ArrayLike) -> FloatArray:
    """
    Return log10(x + m / 2) of concentrations, m the smallest one above 0: zeros stay finite.

    Parameters
    ----------
    values : array
        Not negative; NaN stays NaN. Indices between 0 and 1 are better left as they are.

    Returns
    -------
    logarithms : array
        As *values*; all NaN where none is above 0.

    Raises
    ------
    ValueError
        If a value is negative.

    Examples
    --------
    >>> log_concentration([0.0, 2.0, 9.0])
    array([0.        , 0.47712125, 1.        ])
    """
    values = np.asarray(values, dtype=np.float64)
    if (values < 0).any():
        message = f"Concentrations are 0 or more; the smallest here is {np.nanmin(values):g}."
        raise ValueError(message)
    positive = values[values > 0]
    if not positive.size:
        return np.full_like(values, np.nan)
    return np.log10(values + positive.min() / 2)


# ----------------------------------------------------------------------------------------- steps


def _moments(times: Sequence[object] | pd.Series | pd.DatetimeIndex) -> pd.DatetimeIndex:
    moments = pd.DatetimeIndex(pd.to_datetime(pd.Index(times), utc=True, format="ISO8601"))
    return moments.tz_localize(None).as_unit("s")


def _table(
    times: Sequence[object] | pd.Series | pd.DatetimeIndex,
    values: ArrayLike,
    low: ArrayLike | None,
    high: ArrayLike | None,
    weights: ArrayLike | None,
) -> pd.DataFrame:
    """Return what has a time and a value, in the order of time."""
    moments = _moments(times)
    columns = {"value": values, "low": low, "high": high, "weight": weights}
    default = {"low": np.nan, "high": np.nan, "weight": 1.0}
    table = pd.DataFrame({"time": moments})
    for name, given in columns.items():
        table[name] = default[name] if given is None else np.asarray(given, dtype=np.float64)
    table = table[table["time"].notna() & np.isfinite(table["value"])]
    if not (table["weight"] > 0).all():
        message = "Weights of samples must be above 0; leave out samples whose volume is not known."
        raise ValueError(message)
    return table.sort_values("time", kind="stable").reset_index(drop=True)


def _grid(times: pd.Series, step: str) -> pd.DataFrame:
    """Return all steps from that of the first time to that of the last, one more at each end for near samples."""
    period = PERIODS[step]
    ends = phases(times.iloc[[0, -1]], step)
    first, last = (ends["year"] * period + ends["phase"] - 1).tolist()
    number = np.arange(first - 1, last + 2)
    year, phase = number // period, number % period + 1
    if step == "month":
        start = (year - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (phase - 1)
        days = ((start + 1).astype("datetime64[D]") - start.astype("datetime64[D]")).astype(np.int64)
        time = start.astype("datetime64[s]") + days * 43_200
    else:
        start = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]") + (phase - 1) * 7
        time = start.astype("datetime64[s]") + 7 * 43_200
    return pd.DataFrame({"time": time, "year": year, "phase": phase})


def _means(table: pd.DataFrame, grid: pd.DataFrame, step: str) -> pd.DataFrame:
    period = PERIODS[step]
    of_sample = phases(table["time"], step)
    place = (of_sample["year"] * period + of_sample["phase"]) - (grid["year"][0] * period + grid["phase"][0])
    return _mean(table, place.to_numpy(np.int64), len(grid))


def _mean(table: pd.DataFrame, place: NDArray[np.int64], n_steps: int) -> pd.DataFrame:
    """Return the mean of the samples of each step with its interval, NaN without any."""
    values, weights = table["value"].to_numpy(), table["weight"].to_numpy()
    n = np.bincount(place, minlength=n_steps)
    shares = weights / np.bincount(place, weights, n_steps)[place]
    mean = np.where(n > 0, np.bincount(place, shares * values, n_steps), np.nan)
    several, single = n > 1, n[place] == 1
    # Of a weighted mean: each sample's distance from it counts by its weight.
    scatter = np.bincount(place, (shares * (values - mean[place])) ** 2, n_steps)[several]
    half = stats.t.ppf(0.975, n[several] - 1) * np.sqrt(n[several] / (n[several] - 1) * scatter)
    low, high = np.full(n_steps, np.nan), np.full(n_steps, np.nan)
    low[several], high[several] = mean[several] - half, mean[several] + half
    low[place[single]], high[place[single]] = (
        table["low"].to_numpy()[single],
        table["high"].to_numpy()[single],
    )
    return pd.DataFrame({"value": mean, "low": low, "high": high, "n_samples": n})


def _nearest(table: pd.DataFrame, grid: pd.DataFrame, tolerance: float) -> pd.DataFrame:
    # Whole days: what is sampled every 7 days is never more than 3 from the middle of a week.
    days = table["time"].to_numpy().astype("datetime64[D]").astype(np.int64)
    middles = grid["time"].to_numpy().astype("datetime64[D]").astype(np.int64)
    every = np.unique(days)
    after = np.clip(np.searchsorted(middles, every), 1, len(middles) - 1)
    own = np.where(every - middles[after - 1] <= middles[after] - every, after - 1, after)
    away = np.abs(every - middles[own])
    order = np.lexsort((every, away, own))  # the first of each step is nearest; of two as near, the earlier
    best = order[np.unique(own[order], return_index=True)[1]]
    best = best[away[best] <= tolerance]  # a sample stands for one step only
    is_taken = np.isin(days, every[best])
    place = own[np.searchsorted(every, days[is_taken])]
    return _mean(table[is_taken], place, len(grid))


def _empty() -> pd.DataFrame:
    return pd.DataFrame({name: [] for name in SERIES_COLUMNS}).astype({"status": object})


def _period(series: pd.DataFrame) -> int:
    """Return 12 or 52: weeks are told from months by the distance of the steps."""
    if len(series) < 2:
        return PERIODS["month"] if len(series) == 0 or series["phase"].max() <= 12 else PERIODS["week"]
    days = np.diff(series["time"].to_numpy().astype("datetime64[D]").astype(np.int64))
    return PERIODS["week"] if np.median(days) < 14 else PERIODS["month"]


def _smooth_round(values: FloatArray) -> FloatArray:
    """Return the mean of each with the two beside it on a circle; NaN stays NaN and counts for no other."""
    three = np.stack([np.roll(values, 1), values, np.roll(values, -1)])
    is_there = np.isfinite(three)
    sums = np.where(is_there, three, 0.0).sum(axis=0)
    return np.where(np.isfinite(values), sums / np.maximum(is_there.sum(axis=0), 1), np.nan)
