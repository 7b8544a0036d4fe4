"""Samples on a regular grid, the usual year, anomalies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morphoexplore.methods.timeseries import (
    annual_means,
    anomalies,
    climatology,
    interpolate,
    log_concentration,
    observed,
    phases,
    regularise,
)

relaxed = settings(deadline=None, max_examples=25)


def season(times: pd.DatetimeIndex) -> np.ndarray:
    return np.asarray(np.cos(2 * np.pi * (times.day_of_year - 200) / 365.25))


@pytest.fixture(scope="module")
def ten_years() -> pd.DataFrame:
    """Two samples a month of a season that is highest in July, and a warm third year."""
    times = pd.date_range("2001-01-01", "2010-12-31", freq="15D")
    values = 3 + season(times) + 2.0 * (times.year == 2003)
    return regularise(times, values)


def test_every_year_has_52_weeks_and_its_last_week_is_longer() -> None:
    days = pd.date_range("2019-12-25", "2021-01-14")
    table = phases(days, "week")
    sizes = table.groupby(["year", "phase"]).size()
    assert sizes.loc[2020].size == 52
    assert sizes.loc[(2020, 52)] == 9  # a leap year
    assert set(sizes.loc[2020].iloc[:51]) == {7}


def test_a_step_is_the_mean_of_its_samples_with_an_interval_from_how_they_differ() -> None:
    series = regularise(
        ["2020-01-03", "2020-01-20", "2020-02-10"], [2.0, 4.0, 7.0], low=[1, 3, 6], high=[3, 5, 9]
    )
    assert series["value"].tolist() == [3.0, 7.0]
    assert series["n_samples"].tolist() == [2, 1]
    half = 12.7062 * np.sqrt(2) / np.sqrt(2)  # t of 1 degree of freedom; standard deviation, root of n
    assert series["high"][0] - 3 == pytest.approx(half, rel=1e-4)
    assert series.loc[1, ["low", "high"]].tolist() == [6, 9]


def test_concentrations_weighted_by_volume_are_the_number_per_volume_of_all_water() -> None:
    counts, litres = np.array([30.0, 10.0]), np.array([10.0, 1.0])
    series = regularise(["2020-01-03", "2020-01-20"], counts / litres, weights=litres)
    assert series["value"][0] == pytest.approx(40 / 11)


def test_the_nearest_sample_is_taken_within_its_tolerance_only() -> None:
    # Weeks of 2020 have their middles on 4, 11, 18, 25 January.
    series = regularise(
        ["2020-01-04", "2020-01-09", "2020-01-13", "2020-01-29"], [1, 2, 3, 4], step="week", how="nearest"
    )
    assert series["value"].fillna(-1).tolist() == [1, 2, -1, -1, 4]
    assert series["status"].tolist() == ["ok", "ok", "missing", "missing", "ok"]
    narrow = regularise(["2020-01-04", "2020-01-29"], [1, 4], step="week", how="nearest", tolerance=2)
    assert narrow["value"].tolist() == [1]


def test_a_sample_stands_for_one_step_only() -> None:
    series = regularise(["2020-01-31", "2020-03-20"], [1, 4], how="nearest", tolerance=20)
    assert series["value"].fillna(-1).tolist() == [1, -1, 4]


def test_weekly_sampling_loses_no_week_to_the_grid() -> None:
    times = pd.date_range("2000-01-03", "2012-12-30", freq="7D")
    series = regularise(times, np.arange(len(times)), step="week", how="nearest")
    assert (series["status"] == "ok").all()


def test_short_gaps_are_interpolated_and_long_ones_stay() -> None:
    months = ["2020-01", "2020-02", "2020-05", "2020-09"]
    series = regularise(
        [f"{month}-10" for month in months], [1, 2, 5, 9], max_gap=2, low=[0] * 4, high=[9] * 4
    )
    assert series["status"].tolist() == ["ok", "ok", *["interpolated"] * 2, "ok", *["missing"] * 3, "ok"]
    assert series["value"][2:4].tolist() == [3.0, 4.0]
    assert series.loc[2:3, ["low", "high"]].isna().all(axis=None)
    assert np.isnan(observed(series)[2:4]).all()


def test_nothing_is_extrapolated() -> None:
    series = regularise(["2020-03-10", "2020-05-10"], [1, 2], max_gap=2)
    assert series["phase"].tolist() == [3, 4, 5]


@relaxed
@given(st.lists(st.one_of(st.just(float("nan")), st.floats(-1e6, 1e6)), min_size=1, max_size=40))
def test_interpolation_keeps_what_was_observed_and_stays_between(values: list[float]) -> None:
    given_values = np.array(values)
    series = pd.DataFrame(
        {"value": given_values, "status": np.where(np.isfinite(given_values), "ok", "missing")}
    )
    filled = interpolate(series, 2)
    known = np.isfinite(given_values)
    np.testing.assert_array_equal(filled["value"][known], given_values[known])
    if known.any():
        assert np.nanmin(filled["value"]) >= given_values[known].min()
        assert np.nanmax(filled["value"]) <= given_values[known].max()


def test_samples_without_a_time_or_a_value_are_left_out_and_order_does_not_matter() -> None:
    times = ["2020-02-10", None, "2020-01-10", "2020-01-12"]
    series = regularise(times, [2.0, 5.0, 1.0, np.nan])
    assert series["value"].tolist() == [1.0, 2.0]
    pd.testing.assert_frame_equal(series, regularise(times[::-1], [np.nan, 1.0, 5.0, 2.0]))


@pytest.mark.parametrize("how", ["mean", "nearest"])
def test_no_samples_give_an_empty_series_that_goes_through_all_steps(how: str) -> None:
    for series in (regularise([], [], how=how), regularise([None], [1.0], how=how)):
        assert series.empty
        assert set(climatology(series)["status"]) == {"too_few_years"}
        assert anomalies(series).empty
        assert annual_means(series).empty


def test_the_usual_year_has_the_season_that_was_put_in(ten_years: pd.DataFrame) -> None:
    usual = climatology(ten_years)
    assert usual["mean"].idxmax() == 7
    assert usual["mean"].idxmin() == 1
    assert usual["n_years"].tolist() == [10] * 12
    assert set(usual["status"]) == {"ok"}


def test_anomalies_show_the_year_that_was_warm(ten_years: pd.DataFrame) -> None:
    table = anomalies(ten_years)
    by_year = table.groupby("year")["anomaly"].mean()
    assert by_year.idxmax() == 2003
    assert by_year[2003] == pytest.approx(2 * 0.9, abs=0.05)
    assert (table.groupby("phase")["anomaly"].mean().abs() < 1e-12).all()
    assert table.groupby("phase")["standardised"].std().round(6).eq(1).all()


def test_anomalies_can_be_told_from_another_period(ten_years: pd.DataFrame) -> None:
    usual = climatology(ten_years[ten_years["year"] != 2003])
    by_year = anomalies(ten_years, usual).groupby("year")["anomaly"].mean()
    assert by_year[2003] == pytest.approx(2, abs=0.05)


def test_two_years_are_no_climatology(ten_years: pd.DataFrame) -> None:
    short = ten_years[ten_years["year"] < 2003]
    usual = climatology(short)
    assert set(usual["status"]) == {"too_few_years"}
    table = anomalies(short, usual)
    assert table["anomaly"].isna().all()
    assert set(table["status"]) == {"too_few_years"}


def test_weeks_are_smoothed_round_the_year() -> None:
    times = pd.DatetimeIndex(
        np.ravel([pd.date_range(f"{year}-01-04", periods=52, freq="7D") for year in range(2001, 2005)])
    )
    spike = (phases(times, "week")["phase"] == 1).to_numpy(float)
    usual = climatology(regularise(times, spike, step="week"))
    assert usual["mean"].iloc[[0, 1, 51]].tolist() == pytest.approx([1 / 3] * 3)
    assert usual["mean"].iloc[2:51].abs().max() == 0


def test_years_of_few_steps_have_no_mean() -> None:
    times = pd.date_range("2001-01-10", "2002-04-10", freq="30D")
    years = annual_means(regularise(times, np.ones(len(times))))
    assert years["status"].tolist() == ["ok", "few_steps"]
    assert years["value"].fillna(-1).tolist() == [1, -1]


def test_logarithms_of_concentrations_stay_finite_at_zero() -> None:
    np.testing.assert_allclose(log_concentration([0, 2, np.nan, 9]), [0, np.log10(3), np.nan, 1])
    assert np.isnan(log_concentration([0, 0])).all()
    with pytest.raises(ValueError, match="0 or more"):
        log_concentration([1, -1])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"step": "day"}, "month or week"),
        ({"how": "median"}, "mean or nearest"),
        ({"weights": [0.0]}, "above 0"),
    ],
)
def test_wrong_options_are_said(options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        regularise(["2020-01-01"], [1.0], **options)  # type: ignore[arg-type]
