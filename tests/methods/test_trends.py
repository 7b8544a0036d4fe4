"""Tests and slopes that stand autocorrelation."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pymannkendall
import pytest
import statsmodels.api as sm

from morphoexplore.methods import beck2023
from morphoexplore.methods.mannkendall import mann_kendall, seasonal_mann_kendall
from morphoexplore.methods.trends import (
    FEW_NEIGHBOURS,
    benjamini_hochberg,
    find_trend,
    find_trends,
    fit_gls,
    lag_one,
    prewhiten,
)

SHARED = Path(__file__).parents[3] / "shared" / "diversity_vectors"


def correlated(rng: np.random.Generator, n: int, phi: float) -> np.ndarray:
    values = rng.normal(size=n + 50)
    for place in range(1, len(values)):
        values[place] += phi * values[place - 1]
    return values[50:]


@pytest.fixture(scope="module")
def reddish() -> np.ndarray:
    return correlated(np.random.default_rng(3), 120, 0.6)


def test_the_numbers_are_those_of_r() -> None:
    path = SHARED / "trend_PrecipGL.json"
    if not path.exists():
        pytest.skip(f"reference vectors are not here: {path}")
    vector = json.loads(path.read_text(encoding="utf-8"))
    expected, found = vector["expected"], find_trend(vector["inputs"]["x"])
    assert found.mk_s == expected["mk"]["S"]
    assert found.tau == pytest.approx(expected["mk"]["tau"], rel=vector["rtol"])
    # R's package takes 1 - Phi in single precision: its p / 2 is a whole number of the last digits below 1.
    digit = float(np.finfo(np.float32).epsneg)
    assert expected["mk"]["p"] / 2 / digit == pytest.approx(round(expected["mk"]["p"] / 2 / digit), abs=1e-9)
    assert abs(found.mk_p - expected["mk"]["p"]) / 2 <= digit
    assert found.slope == pytest.approx(expected["sen"]["slope"], rel=vector["rtol"])
    plain = mann_kendall(vector["inputs"]["x"])
    assert (plain.s, plain.var_s) == pytest.approx(
        (expected["mk"]["S"], expected["mk"]["varS"]), rel=vector["rtol"]
    )
    assert plain.s / plain.tau == pytest.approx(expected["mk"]["D"], rel=vector["rtol"])
    # R counts steps from 1.
    assert found.intercept - found.slope == pytest.approx(
        expected["sen"]["intercept_conover"], rel=vector["rtol"]
    )


def test_without_gaps_the_test_is_that_of_pymannkendall(reddish: np.ndarray) -> None:
    expected = pymannkendall.pre_whitening_modification_test(reddish)
    assert find_trend(reddish).p == pytest.approx(expected.p, rel=1e-9)
    assert find_trend(reddish).slope == pytest.approx(expected.slope, rel=1e-9)


def test_autocorrelated_errors_are_those_of_generalised_least_squares(reddish: np.ndarray) -> None:
    steps = np.sort(np.random.default_rng(0).choice(120, 90, replace=False))
    found = fit_gls(reddish[steps], steps / 12, steps)
    sigma = found.rho ** np.abs(np.subtract.outer(steps, steps))
    expected = sm.GLS(reddish[steps], sm.add_constant(steps / 12), sigma=sigma).fit()
    low, high = expected.conf_int()[1]
    assert (found.slope, found.p) == pytest.approx((expected.params[1], expected.pvalues[1]), rel=1e-8)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-8)


def test_without_gaps_they_are_nearly_those_of_statsmodels_glsar(reddish: np.ndarray) -> None:
    found = fit_gls(reddish, np.arange(120.0))
    model = sm.GLSAR(reddish, sm.add_constant(np.arange(120.0)), rho=1)
    expected = model.iterative_fit(50)
    assert found.rho == pytest.approx(model.rho[0], abs=0.05)
    assert abs(found.slope - expected.params[1]) < 0.5 * expected.bse[1]


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_a_slope_that_was_put_in_is_found(share: float) -> None:
    rng = np.random.default_rng(5)
    values = 0.5 * np.arange(240) / 12 + correlated(rng, 240, 0.5)
    values[rng.random(240) < share] = np.nan
    found = find_trend(values, per_year=12)
    assert found.joint_p < found.p < 0.1
    assert found.joint_p < 0.01
    assert found.gls_low < 0.5 < found.gls_high
    assert found.slope == pytest.approx(0.5, abs=0.15)
    assert found.warning.startswith("Neighbouring values are alike")
    assert found.n_eff < found.n


def test_a_slope_of_the_other_sign_is_the_mirror_image(reddish: np.ndarray) -> None:
    up, down = find_trend(reddish), find_trend(-reddish)
    assert down.slope == pytest.approx(-up.slope)
    assert down.gls_slope == pytest.approx(-up.gls_slope)
    assert down.p == pytest.approx(up.p)
    assert (down.slope_low, down.slope_high) == pytest.approx((-up.slope_high, -up.slope_low))


def test_series_without_a_trend_seldom_show_one() -> None:
    rng = np.random.default_rng(2)
    found = [find_trend(correlated(rng, 100, 0.7)) for _ in range(120)]
    shares = [np.mean([getattr(one, name) < 0.05 for one in found]) for name in ("mk_p", "p", "joint_p")]
    plain, whitened, joint = shares
    assert plain > 0.25, "this is why the plain test has a warning"
    assert whitened < 0.12
    assert joint < 0.15


def test_slopes_are_per_year() -> None:
    months = np.arange(60)
    assert find_trend(months / 12 + 0.01 * (months % 3), per_year=12).slope == pytest.approx(1, rel=0.01)


@pytest.mark.parametrize(
    ("values", "status"),
    [([], "empty"), ([np.nan] * 9, "empty"), ([1.0, 2, 3], "too_few_values"), ([2.0] * 9, "constant")],
)
def test_what_cannot_be_tested_says_why(values: list[float], status: str) -> None:
    found = find_trend(values)
    assert found.status == status
    if status == "constant":
        assert (found.slope, found.p) == (0, 1)
    else:
        assert np.isnan([found.slope, found.p, found.gls_slope]).all()


def test_values_two_steps_apart_have_a_slope_and_no_test() -> None:
    values = np.full(40, np.nan)
    values[::2] = np.arange(20) + np.random.default_rng(0).normal(size=20)
    found = find_trend(values)
    assert (found.status, found.warning) == ("few_neighbours", FEW_NEIGHBOURS)
    assert np.isnan(found.p)
    assert found.slope == pytest.approx(0.5, abs=0.1)


def test_a_straight_line_has_no_doubt() -> None:
    found = find_trend(np.arange(20.0))
    assert found.slope == pytest.approx(1)
    assert found.gls_p < 1e-9
    assert found.p < 0.05


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_the_test_of_seasons_is_that_of_pymannkendall(share: float) -> None:
    rng = np.random.default_rng(6)
    values = np.round(
        np.tile(10 * np.sin(np.arange(12)), 10) + 0.03 * np.arange(120) + rng.normal(size=120), 1
    )
    values[rng.random(120) < share] = np.nan
    found, expected = seasonal_mann_kendall(values, 12), pymannkendall.seasonal_test(values, period=12)
    assert (found.s, found.var_s, found.slope) == pytest.approx((expected.s, expected.var_s, expected.slope))
    assert found.p == pytest.approx(expected.p, rel=1e-6)
    assert found.p < 0.001
    assert mann_kendall(values).p > 0.05, "the seasons hide the trend from the plain test"


def test_plain_tests_say_what_they_cannot_tell() -> None:
    assert mann_kendall([]).status == "empty"
    assert mann_kendall([1.0, 2.0]).status == "too_few_values"
    assert seasonal_mann_kendall(np.arange(12.0), 12).status == "too_few_values"
    assert mann_kendall([3.0] * 9)[:5] == (0, 0, 0, 1, 0)
    for period in (0, 12):
        with pytest.raises(ValueError, match=r"finite|1 step"):
            seasonal_mann_kendall([np.inf if period else 1.0], period)


def test_gaps_part_neighbours() -> None:
    values, steps = [1.0, 2.0, 5.0, 4.0], [0, 1, 5, 6]
    assert len(prewhiten(values, steps)) == 2
    assert lag_one([1.0, 2.0], [0, 2]) == 0
    assert lag_one([]) == 0


def test_several_tests_are_adjusted_for_their_number() -> None:
    np.testing.assert_allclose(benjamini_hochberg([0.005, 0.9, np.nan, 0.03]), [0.015, 0.9, np.nan, 0.045])
    assert benjamini_hochberg([]).shape == (0,)
    rng = np.random.default_rng(1)
    table = pd.DataFrame(
        {"up": np.arange(30) + rng.normal(size=30), "flat": rng.normal(size=30), "none": np.nan}
    )
    found = find_trends(table).set_index("index")
    assert found.loc["up", "p"] <= found.loc["up", "p_adjusted"] < 0.05
    assert found.loc["flat", "p_adjusted"] > 0.05
    assert np.isnan(found.loc["none", "p_adjusted"])
    assert found["status"].tolist() == ["ok", "ok", "empty"]
    assert find_trends(pd.DataFrame()).empty


# ------------------------------------------------------------------------------- Beck et al. (2023)


@pytest.fixture(scope="module")
def weekly() -> tuple[pd.DatetimeIndex, np.ndarray]:
    """Ten years of samples about once a week, with a season, a slope of 0.2 per year, and weeks without a sample."""
    rng = np.random.default_rng(4)
    times = pd.date_range("2010-01-04", periods=520, freq="7D") + pd.to_timedelta(
        rng.integers(-1, 2, 520), unit="D"
    )
    years = np.arange(520) / 52
    values = 0.2 * years + np.cos(2 * np.pi * (years - 0.5)) + 0.5 * correlated(rng, 520, 0.3)
    is_kept = rng.random(520) > 0.1
    is_kept[200:210] = False
    return times[is_kept], values[is_kept]


def test_the_protocol_of_beck_finds_season_and_slope(weekly: tuple[pd.DatetimeIndex, np.ndarray]) -> None:
    found = beck2023.weekly_trend(*weekly)
    assert found.status == "ok"
    assert set(found.series["status"]) == {"ok", "interpolated", "missing"}
    assert found.gls_slope == pytest.approx(0.2, abs=0.05)
    assert found.mk_p < 1e-6
    assert found.errors == "AR1"
    season = found.series.groupby("phase")["seasonal"].mean()
    assert season.idxmax() in range(22, 31)
    missing = found.series["value"].isna()
    assert missing.any()
    assert found.series.loc[missing, "remainder"].isna().all()
    assert found.series["trend"].notna().all()


def test_uncorrelated_remainders_have_a_plain_line(weekly: tuple[pd.DatetimeIndex, np.ndarray]) -> None:
    rng = np.random.default_rng(0)
    found = beck2023.weekly_trend(weekly[0], rng.normal(size=len(weekly[0])))
    assert (abs(found.pacf1) < 0.2, found.errors) == (True, "independent")


@pytest.mark.parametrize(("n", "status"), [(0, "empty"), (20, "too_short")])
def test_short_series_have_no_weekly_trend(n: int, status: str) -> None:
    times = pd.date_range("2010-01-04", periods=n, freq="7D")
    found = beck2023.weekly_trend(times, np.arange(n, dtype=float))
    assert found.status == status
    assert np.isnan(found.gls_slope)


def test_a_constant_weekly_series_has_no_trend() -> None:
    times = pd.date_range("2010-01-04", periods=200, freq="7D")
    found = beck2023.weekly_trend(times, np.ones(200))
    assert (found.status, found.gls_slope, found.mk_p) == ("constant", 0.0, 1.0)
