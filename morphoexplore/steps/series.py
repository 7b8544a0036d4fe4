"""
``series`` and ``trends``: what a table of indices says over time, for every index, order, weight and group at once.

A table goes in, one row per sample and index, and a table comes out, one row per index and month (or week): on a regular
grid, with the usual year, what departs from it, and trend, season and remainder (STL). Its trends are a third table. The
numbers are those of :mod:`morphoexplore.methods.timeseries`, :mod:`.decomposing` and :mod:`.trends`, which say how each is found.

Samples of a step come together in one of three ways. They answer different questions, and give different numbers:

``mean_of_indices``
    The mean of the indices of the samples (alpha): how diverse a sample is.
``pooled``
    The index of all samples of the step together (gamma): how diverse the step is. Amounts per m3 count by the water of their
    sample. The more samples, the higher.
``beta``
    Gamma over alpha of the shares of samples (:func:`morphoexplore.methods.diversity.hill_beta`): how many samples there seem to
    be that share nothing, 1 to their number. Each sample weighs the same.

The last two grow with the number of samples, and a step of four is not to be compared with one of two: *samples_per_step* takes
as many of each, the mean over all ways to choose them (sample-based rarefaction).

Intervals are of samples, not of objects: a *t* interval of the mean, or what leaving out each sample does to the index (jackknife). Only
of a step of one sample, the mean has the interval of that sample, and the other two have none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.errors import WrongValueError
from morphoexplore.methods import decomposing, timeseries
from morphoexplore.methods import trends as testing
from morphoexplore.steps.index_registry import INDICES
from morphoexplore.steps.pooled import BETA, POOLED, series_of_steps

MEAN = "mean_of_indices"
MODES = (MEAN, POOLED, BETA)
DECADE = 10.0
LEAST_CHANGE = 0.01  # of the share of unsorted objects: less is lost in every index
#: What tells one series from another, where a table has it.
KEYS = ("group", "mode", "morph_set", "kinds", "space", "level", "weight", "index", "q")
SERIES_COLUMNS = (
    *KEYS,
    *("step", "time", "year", "phase", "value", "low", "high", "n_samples", "n_doubtful", "is_interpolated"),
    *("climatology", "climatology_sd", "anomaly", "anomaly_standardised", "seasonal", "trend", "remainder"),
    *("status", "climatology_status", "stl_status", "is_n_dependent", "note"),
)
TREND_COLUMNS = (
    *KEYS,
    *("of", "n", "years", "slope_per_decade", "slope_lo", "slope_hi", "p", "p_adjusted", "joint_p"),
    *("gls_slope", "gls_lo", "gls_hi", "gls_p", "lag1", "n_eff", "status", "warning"),
)
#: What a trend is of: the anomalies of all steps, their means over years, or the values themselves.
SOURCES = ("anomaly", "annual", "value")
HAS_SEASON = "Season and trend are both in these values, and cannot be told apart; see anomalies, where there are three years."
N_DEPENDENT = (
    "This index grows with the number of objects looked at, and so does its trend with theirs; see the indices at equal coverage "
    "or size."
)


def series(
    table: pd.DataFrame,
    *,
    step: str = "month",
    mode: str = MEAN,
    times: pd.Series | None = None,
    volumes: pd.Series | None = None,
    samples_per_step: int | None = None,
    group: pd.Series | None = None,
    how: str = "mean",
    tolerance: float | None = None,
    max_gap: int = timeseries.MAX_GAP,
    weight: str = "concentration",
    orders: Sequence[float] = (0, 1, 2),
) -> pd.DataFrame:
    """
    Make regular series of indices, with their usual year, anomalies, and trend, season and remainder.

    Parameters
    ----------
    table : DataFrame
        Of ``mean_of_indices``: one row per sample and index, as from ``mx.indices``; it needs ``datetime, index, estimate``
        and uses ``sample_id, q, level, weight, morph_set, kinds, space, ci_lo, ci_hi, status, is_n_dependent`` where
        they are there. Of ``pooled`` and ``beta``: amounts of samples (index) x morphs, as from ``mx.morph_table``; samples
        with NaN are left out.
    step : {"month", "week"}
        Of the grid; a year has 12 months or exactly 52 weeks.
    mode : {"mean_of_indices", "pooled", "beta"}
        How the samples of a step come together; see the module.
    times : Series, optional
        Time of every sample; needed for ``pooled`` and ``beta`` (``mx.samples(project)["datetime"]``).
    volumes : Series, optional
        Water of every sample in m3, as from ``mx.water``, by which amounts per m3 are added for ``pooled``, and samples weigh in
        ``mean_of_indices`` (of concentrations: as many as there are in all the water); samples count alike unless given.
        Samples without one are left out.
    samples_per_step : int, optional
        For ``pooled`` and ``beta``: as many of each step; steps with fewer are missing. All of each unless given.
    group : Series, optional
        Group of every sample, as from ``mx.groups``: each group has its own series; samples without a group are left out.
    how, tolerance
        Of ``mean_of_indices``: mean of the samples of a step, or the one nearest to its middle (:func:`.timeseries.regularise`).
    max_gap : int
        Interpolate gaps of up to so many steps; what is interpolated counts for nothing else.
    weight : str
        What amounts are, to be said in the result.
    orders : sequence of float
        Orders q of ``pooled`` and ``beta``.

    Returns
    -------
    series : DataFrame
        One row per series and step, from the first step with a value to the last. What names the series: ``group, mode,
        morph_set, kinds, space, level, weight, index, q``; ``step``, ``time`` (its start), ``year``, ``phase`` (month, or week of the
        year); ``value`` with its 95 % interval ``low, high``; ``n_samples``; ``n_doubtful`` (of these with another status than
        ok); ``is_interpolated``; ``climatology`` with ``climatology_sd`` (of years), ``anomaly``, ``anomaly_standardised``; ``seasonal,
        trend, remainder``; ``status``: ``ok``, ``interpolated`` or ``missing``; ``climatology_status``: ``ok`` or ``too_few_years``
        (fewer than three); ``stl_status``: see :class:`.decomposing.Decomposition`; ``is_n_dependent``; ``note`` (a sentence
        where steps hold different numbers of samples, or samples were left out). A series without any dated value has no rows.

    Raises
    ------
    WrongValueError
        If there is no such step or mode, or something it needs is missing.
    """
    _check(table, step, mode, times, samples_per_step)
    if mode == MEAN:
        chosen = _with_volumes(_with_groups(table, group), volumes)
        parts = _of_indices(chosen, step, how=how, tolerance=tolerance, max_gap=max_gap)
    else:
        found = series_of_steps(table, step, mode, times, volumes, samples_per_step, group, orders)
        parts = (
            (key | {"mode": mode, "level": "morph", "weight": weight}, timeseries.interpolate(part, max_gap))
            for key, part in found
        )
    rows = [_describe(part, step).assign(**key) for key, part in parts if len(part)]
    empty = pd.DataFrame({name: pd.Series(dtype=object) for name in SERIES_COLUMNS})
    if not rows:
        return empty
    return pd.concat(rows, ignore_index=True).reindex(columns=list(SERIES_COLUMNS))


def trends(series: pd.DataFrame, *, of: str = "anomaly") -> pd.DataFrame:
    """
    Test every series for a trend.

    Parameters
    ----------
    series : DataFrame
        As from :func:`series`.
    of : {"anomaly", "annual", "value"}
        The anomalies of all steps; their means over the years of which three quarters of the steps have one; or the values,
        for surveys shorter than three years, of which nobody can say what is season.

    Returns
    -------
    trends : DataFrame
        One row per series: what names it; ``of``; ``n`` (values), ``years``; ``slope_per_decade`` (Theil-Sen) with its 95 %
        interval ``slope_lo, slope_hi``; ``p`` of the Mann-Kendall test after pre-whitening; ``p_adjusted`` such that of all rows below .05 no
        more than 5 % are expected by chance (Benjamini and Hochberg); ``joint_p``; ``gls_slope, gls_lo, gls_hi, gls_p`` (least
        squares with AR(1) errors, per decade as well); ``lag1``, ``n_eff``; ``status`` as of :class:`.trends.Trend`, or
        ``too_few_years`` (no usual year, hence no anomalies), ``few_steps`` (of every year too few for a mean); ``warning``
        (sentences). Interpolated values count for nothing.

    Raises
    ------
    WrongValueError
        If trends cannot be of that.
    """
    if of not in SOURCES:
        message = f"Trends are of {', '.join(SOURCES)}, not {of!r}."
        raise WrongValueError(message)
    rows = [_trend(part, of) | key | {"of": of} for key, part in split(series)]
    table = pd.DataFrame(rows, columns=list(TREND_COLUMNS))
    table["p_adjusted"] = testing.benjamini_hochberg(table["p"].to_numpy(np.float64))
    return table


def warn_of_unsorted(table: pd.DataFrame, *, is_of_cells: bool = False) -> str:
    """
    Say whether the share of unsorted objects has a trend: then every index may have a false one.

    Anomalies of months are tested where there are three years, the samples in the order of time where there are not, by the test that
    finds steep trends (:attr:`.trends.Trend.joint_p`): a warning too many costs less than one that is missed.

    Parameters
    ----------
    table : DataFrame
        With ``sample_id, datetime, share_unsorted``, as from ``mx.indices``.
    is_of_cells : bool
        Whether what is unsorted counts as living, in cells of a partition.

    Returns
    -------
    warning : str
        A sentence; empty where there is no trend, or fewer than eight samples to know it from.
    """
    shares = table.drop_duplicates("sample_id")[["sample_id", "datetime", "share_unsorted"]].dropna()
    shares = shares.rename(columns={"share_unsorted": "estimate"}).assign(index="share_unsorted")
    shares = shares.sort_values("datetime", kind="stable")
    if shares.empty:
        return ""
    tested = trends(series(shares))
    p, years = float(tested["joint_p"].iloc[0]), float(tested["years"].iloc[0])
    change = float(tested["slope_per_decade"].iloc[0]) / DECADE * years
    if not np.isfinite(p):
        found = testing.find_trend(shares["estimate"].to_numpy(np.float64))
        p, change = found.joint_p, found.slope * (found.n - 1)
    if not p < 0.05 or abs(change) < LEAST_CHANGE:
        return ""
    remedy = (
        "What is unsorted counts as living here, detritus among it: sort the rest."
        if is_of_cells
        else "Sort the rest, or compare with the partition."
    )
    first, last = (pd.Timestamp(shares["datetime"].iloc[at]) for at in (0, -1))
    return (
        f"The share of unsorted objects {'rises' if change > 0 else 'falls'} by about {100 * abs(change):.0f} percentage points from "
        f"{first:%Y-%m-%d} to {last:%Y-%m-%d} (p = {p:.2g}): trends of indices may come from the sorting. {remedy}"
    )


# ----------------------------------------------------------------------------------------- checks


def _check(
    table: pd.DataFrame, step: str, mode: str, times: pd.Series | None, samples_per_step: int | None
) -> None:
    if step not in timeseries.PERIODS:
        message = f"Steps are {' or '.join(timeseries.PERIODS)}, not {step!r}."
        raise WrongValueError(message)
    if mode not in MODES:
        message = f"There is no mode {mode!r}. Modes: {', '.join(MODES)}."
        raise WrongValueError(message)
    if mode == MEAN:
        lacks = [name for name in ("datetime", "index", "estimate") if name not in table]
        if lacks:
            message = (
                f"A table of indices has a column {lacks[0]!r}; take that of mx.indices, or name your columns datetime, index "
                "and estimate."
            )
            raise WrongValueError(message)
        return
    if times is None:
        message = f"{mode} needs the time of every sample: times=mx.samples(project)['datetime']."
        raise WrongValueError(message)
    if samples_per_step is not None and samples_per_step < (2 if mode == BETA else 1):
        fewest = "2 or more, so that they can differ" if mode == BETA else "1 or more"
        message = f"samples_per_step is {fewest}, not {samples_per_step}."
        raise WrongValueError(message)


def split(table: pd.DataFrame) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Yield what names each series, and its rows, in the order in which they first come."""
    keys = [name for name in KEYS if name in table]
    if table.empty:
        return
    for values, part in table.groupby(keys, sort=False, dropna=False, observed=True):
        yield dict(zip(keys, values, strict=True)), part


# ----------------------------------------------------------------------------------------- steps


def _with_groups(table: pd.DataFrame, group: pd.Series | None) -> pd.DataFrame:
    if group is None:
        return table
    _require_samples(table, "Groups")
    table = table.assign(group=table["sample_id"].map(group))
    return table[table["group"].notna()]


def _with_volumes(table: pd.DataFrame, volumes: pd.Series | None) -> pd.DataFrame:
    if volumes is None:
        return table
    _require_samples(table, "Volumes")
    table = table.assign(_water=table["sample_id"].map(volumes).astype(np.float64))
    return table[table["_water"] > 0]


def _require_samples(table: pd.DataFrame, what: str) -> None:
    if "sample_id" not in table:
        message = f"{what} are of samples; the table needs a column 'sample_id'."
        raise WrongValueError(message)


def _of_indices(
    table: pd.DataFrame,
    step: str,
    *,
    how: str,
    tolerance: float | None,
    max_gap: int,
) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Yield the series of every index by the mean of samples."""
    for key, part in split(table.assign(mode=MEAN)):
        if "sample_id" in part and part["sample_id"].duplicated().any():
            twice = part.loc[part["sample_id"].duplicated(), "sample_id"].iloc[0]
            message = (
                f"Sample {twice!r} has {key['index']} twice; a table holds each index of a sample once, or says in "
                "morph_set, level or weight what differs."
            )
            raise WrongValueError(message)
        regular = timeseries.regularise(
            part["datetime"],
            part["estimate"].to_numpy(np.float64),
            step=step,
            how=how,
            tolerance=tolerance,
            max_gap=max_gap,
            low=part["ci_lo"].to_numpy(np.float64) if "ci_lo" in part else None,
            high=part["ci_hi"].to_numpy(np.float64) if "ci_hi" in part else None,
            weights=part["_water"].to_numpy() if "_water" in part else None,
        )
        if regular.empty:
            continue
        if (
            of := INDICES.get(key["index"])
        ) is not None:  # the mean of few samples has an interval of any width
            regular["low"], regular["high"] = (
                regular["low"].clip(lower=of.least),
                regular["high"].clip(upper=of.most),
            )
        regular["n_doubtful"] = _count_doubtful(part, regular, step)
        grows = bool(part["is_n_dependent"].any()) if "is_n_dependent" in part else False
        yield key, regular.assign(is_n_dependent=grows, note="")


def _count_doubtful(part: pd.DataFrame, regular: pd.DataFrame, step: str) -> np.ndarray:
    if "status" not in part:
        return np.zeros(len(regular), dtype=np.int64)
    chosen = part[part["estimate"].notna() & part["datetime"].notna() & (part["status"] != "ok")]
    counts = timeseries.phases(chosen["datetime"], step).value_counts()
    steps = pd.MultiIndex.from_frame(regular[["year", "phase"]].astype(np.int64))
    return counts.reindex(steps, fill_value=0).to_numpy(dtype=np.int64)


# ----------------------------------------------------------------------------------------- description


def _describe(regular: pd.DataFrame, step: str) -> pd.DataFrame:
    """Add the usual year, anomalies, and trend, season and remainder to a regular series."""
    usual = timeseries.climatology(regular)
    away = timeseries.anomalies(regular, usual)
    of_step = usual.reindex(regular["phase"]).reset_index(drop=True)
    parts = decomposing.decompose(timeseries.observed(regular), timeseries.PERIODS[step])
    return regular.assign(
        step=step,
        time=_starts(regular, step),
        n_samples=regular["n_samples"].astype(np.int64),
        is_interpolated=(regular["status"] == "interpolated").to_numpy(),
        climatology=of_step["mean"].to_numpy(),
        climatology_sd=of_step["sd"].to_numpy(),
        climatology_status=of_step["status"].to_numpy(),
        anomaly=away["anomaly"].to_numpy(),
        anomaly_standardised=away["standardised"].to_numpy(),
        seasonal=parts.seasonal,
        trend=parts.trend,
        remainder=parts.remainder,
        stl_status=parts.status,
    )


def _starts(regular: pd.DataFrame, step: str) -> np.ndarray:
    """Return when each step begins."""
    year = (regular["year"].to_numpy(np.int64) - 1970).astype("datetime64[Y]")
    phase = regular["phase"].to_numpy(np.int64) - 1
    if step == "month":
        return (year.astype("datetime64[M]") + phase).astype("datetime64[s]")
    return (year.astype("datetime64[D]") + 7 * phase).astype("datetime64[s]")


def _trend(part: pd.DataFrame, of: str) -> dict[str, Any]:
    is_ok = part["status"] == "ok"
    step = str(part["step"].iloc[0])
    if of == "annual":
        # Years of anomalies: the mean of a year is not shifted by the months that it lacks.
        values = timeseries.annual_means(part, column="anomaly")["value"].to_numpy(np.float64)
        found = testing.find_trend(_rounded(values, part), per_year=1)
    else:
        values = part[of].where(is_ok).to_numpy(np.float64)
        found = testing.find_trend(_rounded(values, part), per_year=timeseries.PERIODS[step])
    status = found.status
    if status == "empty":
        has_anomalies = bool(part["anomaly"].where(is_ok).notna().any())
        status = "few_steps" if has_anomalies else "too_few_years"
    grows = bool(part["is_n_dependent"].iloc[0])
    sentences = (
        found.warning,
        HAS_SEASON if of == "value" else "",
        N_DEPENDENT if grows else "",
        str(part["note"].iloc[0]),
    )
    return {
        "n": found.n,
        "years": found.years,
        "slope_per_decade": DECADE * found.slope,
        "slope_lo": DECADE * found.slope_low,
        "slope_hi": DECADE * found.slope_high,
        "p": found.p,
        "joint_p": found.joint_p,
        "gls_slope": DECADE * found.gls_slope,
        "gls_lo": DECADE * found.gls_low,
        "gls_hi": DECADE * found.gls_high,
        "gls_p": found.gls_p,
        "lag1": found.lag1,
        "n_eff": found.n_eff,
        "status": status,
        "warning": " ".join(filter(None, sentences)),
    }


def _rounded(values: np.ndarray, part: pd.DataFrame) -> np.ndarray:
    """Return values without the last digits, which make ties of anomalies (of whole numbers, say) look like differences."""
    largest = float(part["value"].abs().max())
    return values if not largest > 0 else np.round(values / largest, 12) * largest
