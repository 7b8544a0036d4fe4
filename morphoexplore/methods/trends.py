"""
Is there a trend, and how steep: tests and slopes that stand autocorrelation.

What follows in time is alike, so that plain tests find trends where there are none. Of series without a trend (lag-1
autocorrelation phi) and of series that rise by six standard deviations in all, tests at 5 % find, in simulation:

======  ====  ============  ===========================  ============================  ====================
  n     phi   Mann-Kendall  after pre-whitening (``p``)  with the slope (``joint_p``)  least squares AR(1)
======  ====  ============  ===========================  ============================  ====================
 624    .6    .34           .07, 1.00                    .07, 1.00                     .08, 1.00
 144    .7    .44           .04, .90                     .05, 1.00                     .07, 1.00
  33    .3    .12           .05, .55                     .07, .99                      .09, 1.00
  33    .6    .28           .05, .43                     .08, .86                      .14, 1.00
======  ====  ============  ===========================  ============================  ====================

So the test here is of pre-whitened values, which keeps what it promises; the other two stand beside it. Seasons must be out
of a series before: give monthly anomalies, or annual means, of which a few decades hold too little for ``p`` to find what is plain
to see.

Values stand on a regular grid, NaN where there is none. Interpolated values belong to gaps: they would make a series smoother
than it is.

References
----------
Benjamini, Y. & Hochberg, Y. (1995). Controlling the false discovery rate. J. R. Stat. Soc. B 57, 289-300.
Hamed, K. H. (2009). Enhancing the effectiveness of prewhitening in trend analysis of hydrologic data. J. Hydrol. 368, 143-155.
Kendall, M. G. (1975). Rank correlation methods. Griffin.
Mann, H. B. (1945). Nonparametric tests against trend. Econometrica 13, 245-259.
Prais, S. J. & Winsten, C. B. (1954). Trend estimators and serial correlation. Cowles Commission 383.
Sen, P. K. (1968). Estimates of the regression coefficient based on Kendall's tau. J. Am. Stat. Assoc. 63, 1379-1389.
von Storch, H. (1995). Misuses of statistical analysis in climate research. In: Analysis of climate variability, 11-26.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from morphoexplore.methods.mannkendall import mann_kendall

FloatArray = NDArray[np.float64]

FEWEST_VALUES = 8  # below it no test can be significant that means anything
MOST_CORRELATED = 0.999
TURNS = 50  # of slope and autocorrelation found in turns
FEW_NEIGHBOURS = (
    "Hardly any values are one step apart, so that their autocorrelation is not known and no test can be trusted; bring the "
    "samples to longer steps."
)


@dataclass(frozen=True)
class Trend:
    """
    What is known of the trend of one series.

    Attributes
    ----------
    n : int
        Values.
    years : float
        From the first to the last.
    slope, slope_low, slope_high : float
        Theil-Sen slope per year with its 95 % interval (Sen 1968), which takes values for independent.
    intercept : float
        Of the Theil-Sen line at the first step of the series.
    p : float
        Of the Mann-Kendall test after pre-whitening (von Storch 1995), two-sided: **the** test. It is careful: a steep trend makes
        neighbours alike, and part of it is taken out with their likeness.
    joint_p : float
        The same test, the autocorrelation estimated together with the slope (Hamed 2009): it finds steep trends that
        *p* misses, and in short series also finds a few more than there are.
    gls_slope, gls_low, gls_high, gls_p : float
        Least squares with AR(1) errors (Prais & Winsten 1954): slope per year, its 95 % interval, and its test.
    tau, mk_s, mk_p : float
        Kendall's tau-b, score S and *p* of the plain Mann-Kendall test, which takes values for independent.
    lag1 : float
        Autocorrelation of neighbouring steps around the Theil-Sen line.
    n_eff : float
        Independent values that hold as much, n (1 - lag1) / (1 + lag1), at most n.
    status : str
        ``ok``; ``constant`` (slopes 0, p 1); ``few_neighbours`` (fewer than 7 values have one a step before them, so that there
        is no *p*: take a longer step); with NaN: ``empty``, ``too_few_values`` (fewer than 8).
    warning : str
        A sentence where the plain test and the interval of the Theil-Sen slope are not to be trusted; else empty.
    """

    n: int
    years: float
    slope: float
    slope_low: float
    slope_high: float
    intercept: float
    p: float
    joint_p: float
    gls_slope: float
    gls_low: float
    gls_high: float
    gls_p: float
    tau: float
    mk_s: float
    mk_p: float
    lag1: float
    n_eff: float
    status: str
    warning: str


def find_trend(values: ArrayLike, *, per_year: float = 1.0) -> Trend:
    """
    Test a regular series without seasons for a trend, and estimate its slope.

    Parameters
    ----------
    values : array, shape (n,)
        Annual means or anomalies, NaN where there is none.
    per_year : float
        Steps of a year: 1, 12 or 52.

    Returns
    -------
    trend : Trend

    Raises
    ------
    ValueError
        If a value is infinite.

    Examples
    --------
    >>> found = find_trend([1.0, 2.2, 2.9, 4.1, 5.2, 5.8, 7.1, 8.0, 9.1, 9.9])
    >>> round(found.slope, 1), found.p < 0.05, found.status
    (1.0, True, 'ok')
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 1 or np.isinf(values).any():
        message = "A series is one finite number per step, NaN where there is none."
        raise ValueError(message)
    steps = np.flatnonzero(np.isfinite(values))
    known = values[steps]
    n = len(known)
    span = float(steps[-1] - steps[0]) / per_year if n else math.nan
    if n < FEWEST_VALUES:
        return _nothing(n, span, "too_few_values" if n else "empty")
    if np.ptp(known) == 0:
        return _constant(n, span, float(known[0]))
    slope, intercept, low, high = stats.theilslopes(known, steps / per_year)
    plain = mann_kendall(known)
    lag1 = lag_one(known - slope * steps / per_year, steps)
    gls = fit_gls(known, steps / per_year, steps)
    white = prewhiten(known, steps)
    is_testable = len(white) >= FEWEST_VALUES - 1
    n_eff = n * (1 - max(lag1, 0.0)) / (1 + max(lag1, 0.0))
    return Trend(
        n=n,
        years=span,
        slope=float(slope),
        slope_low=float(low),
        slope_high=float(high),
        intercept=float(intercept),
        p=mann_kendall(white).p if is_testable else math.nan,
        joint_p=mann_kendall(prewhiten(known, steps, _unbiased(gls.rho, n))).p if is_testable else math.nan,
        gls_slope=gls.slope,
        gls_low=gls.low,
        gls_high=gls.high,
        gls_p=gls.p,
        tau=plain.tau,
        mk_s=plain.s,
        mk_p=plain.p,
        lag1=lag1,
        n_eff=n_eff,
        status="ok" if is_testable else "few_neighbours",
        warning=_warning(lag1, n, n_eff) if is_testable else FEW_NEIGHBOURS,
    )


def find_trends(table: pd.DataFrame, *, per_year: float = 1.0) -> pd.DataFrame:
    """
    Test several series for trends, with what their number does to chance findings.

    Parameters
    ----------
    table : DataFrame, shape (n_steps, n_series)
        Each column as *values* of :func:`find_trend`.

    Returns
    -------
    trends : DataFrame
        One row per column of *table*: ``index`` (its name), the attributes of :class:`Trend`, and ``p_adjusted``: *p* such
        that of all series below .05 no more than 5 % are expected to be there by chance (Benjamini & Hochberg 1995).
    """
    rows = [{"index": name, **asdict(find_trend(table[name], per_year=per_year))} for name in table]
    columns = ["index", *Trend.__dataclass_fields__]
    trends = pd.DataFrame(rows, columns=columns)
    trends.insert(columns.index("p") + 1, "p_adjusted", benjamini_hochberg(trends["p"].to_numpy(np.float64)))
    return trends


def benjamini_hochberg(p: ArrayLike) -> FloatArray:
    """
    Adjust *p* values of several tests for the rate of false discoveries; NaN stays NaN and is no test.

    Examples
    --------
    >>> benjamini_hochberg([0.01, np.nan, 0.04, 0.03])
    array([0.03,  nan, 0.04, 0.04])
    """
    p = np.asarray(p, dtype=np.float64)
    adjusted = np.full_like(p, np.nan)
    is_test = np.isfinite(p)
    if is_test.any():
        adjusted[is_test] = stats.false_discovery_control(p[is_test], method="bh")
    return adjusted


def lag_one(values: ArrayLike, steps: ArrayLike | None = None) -> float:
    """
    Return the autocorrelation of values one step apart; 0 where no two are, or all are equal.

    Parameters
    ----------
    values : array, shape (n,)
        Without NaN.
    steps : array of int, shape (n,), optional
        Place of each on the grid, growing; one after the other unless given.

    Examples
    --------
    >>> lag_one([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    0.5
    """
    values = np.asarray(values, dtype=np.float64)
    steps = np.arange(len(values)) if steps is None else np.asarray(steps)
    away = values - values.mean() if len(values) else values
    is_next = np.diff(steps) == 1
    scatter = float((away**2).sum())
    if not is_next.any() or scatter == 0:
        return 0.0
    pairs = float((away[1:] * away[:-1])[is_next].sum())
    # With gaps there are fewer pairs than values: their mean product counts.
    return pairs / scatter * (len(values) - 1) / int(is_next.sum())


def prewhiten(values: ArrayLike, steps: ArrayLike | None = None, rho: float | None = None) -> FloatArray:
    """
    Take out of each value what the one a step before foretells, x[t] - rho x[t - 1].

    A value after a gap has none before it and drops out. *rho* is :func:`lag_one` of the values unless given.
    """
    values = np.asarray(values, dtype=np.float64)
    steps = np.arange(len(values)) if steps is None else np.asarray(steps)
    is_next = np.diff(steps) == 1
    rho = lag_one(values, steps) if rho is None else rho
    return (values[1:] - rho * values[:-1])[is_next]


def _unbiased(rho: float, n: int) -> float:
    """Return an autocorrelation around a fitted line without its bias of -(2 + 4 rho) / n."""
    return min((n * rho + 2) / (n - 4), 0.99)


@dataclass(frozen=True)
class GlsSlope:
    """Slope per unit of time with its 95 % interval and *p*, and the autocorrelation of neighbouring errors."""

    slope: float
    low: float
    high: float
    p: float
    rho: float


def fit_gls(values: ArrayLike, times: ArrayLike, steps: ArrayLike | None = None) -> GlsSlope:
    """
    Fit a straight line with autocorrelated errors of first order, AR(1).

    Autocorrelation and line are found in turns, as GLSAR of statsmodels does; other than there, the first value is kept, and so
    is one after a gap: errors *k* steps apart correlate by rho^k.

    Parameters
    ----------
    values, times : array, shape (n,)
        Without NaN, at least three.
    steps : array of int, shape (n,), optional
        Place of each on the grid, growing; one after the other unless given.

    Returns
    -------
    found : GlsSlope
    """
    values, times = np.asarray(values, dtype=np.float64), np.asarray(times, dtype=np.float64)
    apart = np.diff(np.arange(len(values)) if steps is None else np.asarray(steps))
    design = np.column_stack([np.ones_like(times), times])
    rho = 0.0
    for _ in range(TURNS):
        line, _ = _least_squares(*_whiten(values, design, apart, rho))
        former, rho = rho, _rho_of(values - design @ line, apart)
        if abs(rho - former) < 1e-8:
            break
    return _slope_of(*_whiten(values, design, apart, rho), rho)


def fit_line(values: ArrayLike, times: ArrayLike) -> GlsSlope:
    """Fit a straight line with independent errors: :func:`fit_gls` with a *rho* of 0."""
    times = np.asarray(times, dtype=np.float64)
    return _slope_of(np.asarray(values, dtype=np.float64), np.column_stack([np.ones_like(times), times]), 0.0)


def _slope_of(values: FloatArray, design: FloatArray, rho: float) -> GlsSlope:
    line, error = _least_squares(values, design)
    freedom = len(values) - 2
    half = stats.t.ppf(0.975, freedom) * error
    p = 2 * stats.t.sf(abs(line[1]) / error, freedom) if error > 0 else 0.0
    return GlsSlope(float(line[1]), float(line[1] - half), float(line[1] + half), float(p), rho)


def _rho_of(errors: FloatArray, apart: NDArray[np.int64]) -> float:
    is_next = apart == 1
    before = float((errors[:-1][is_next] ** 2).sum())
    if before == 0:
        return 0.0
    found = float((errors[1:] * errors[:-1])[is_next].sum()) / before
    return float(np.clip(found, -MOST_CORRELATED, MOST_CORRELATED))


def _whiten(
    values: FloatArray, design: FloatArray, apart: NDArray[np.int64], rho: float
) -> tuple[FloatArray, FloatArray]:
    """Return values and design with independent errors of one variance: that of the errors themselves."""
    kept = rho**apart
    scale = np.concatenate([[1.0], 1 / np.sqrt(1 - kept**2)])
    white = values.copy()
    white[1:] -= kept * values[:-1]
    lines = design.copy()
    lines[1:] -= kept[:, None] * design[:-1]
    return white * scale, lines * scale[:, None]


def _least_squares(values: FloatArray, design: FloatArray) -> tuple[FloatArray, float]:
    """Return the line and the standard error of its slope."""
    line, *_ = np.linalg.lstsq(design, values)
    errors = values - design @ line
    variance = float(errors @ errors) / (len(values) - 2)
    return np.asarray(line, dtype=np.float64), float(
        np.sqrt(variance * np.linalg.inv(design.T @ design)[1, 1])
    )


def _warning(lag1: float, n: int, n_eff: float) -> str:
    if lag1 <= 2 / math.sqrt(n):
        return ""
    return (
        f"Neighbouring values are alike (lag-1 autocorrelation {lag1:.2f}): {n} values hold as much as {n_eff:.0f} independent "
        "ones. The plain Mann-Kendall test finds trends too often here, and the interval of the Theil-Sen slope is too narrow."
    )


def _nothing(n: int, span: float, status: str) -> Trend:
    numbers = dict.fromkeys(Trend.__dataclass_fields__, math.nan)
    return Trend(**numbers | {"n": n, "years": span, "status": status, "warning": ""})  # type: ignore[arg-type]


def _constant(n: int, span: float, level: float) -> Trend:
    found = {
        "n": n,
        "years": span,
        "intercept": level,
        "n_eff": float(n),
        "p": 1.0,
        "gls_p": 1.0,
        "mk_p": 1.0,
    }
    numbers = dict.fromkeys(Trend.__dataclass_fields__, 0.0)
    return Trend(**numbers | found | {"status": "constant", "warning": ""})  # type: ignore[arg-type]
