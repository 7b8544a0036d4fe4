"""Series and trends of tables of indices: what was put in is found, and what cannot be said is not."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from morphoexplore.errors import WrongValueError
from morphoexplore.methods.diversity import hill, shannon
from morphoexplore.steps.series import SERIES_COLUMNS, TREND_COLUMNS, series, trends, warn_of_unsorted

RISE = 0.4  # per decade
PEAK = 6


def times_of(years: int, *, every: str = "10D") -> pd.DatetimeIndex:
    return pd.date_range("2001-01-01", f"{2000 + years}-12-31", freq=every)


def indices(
    times: pd.DatetimeIndex, *, noise: float = 0.1, rise: float = RISE, **columns: Any
) -> pd.DataFrame:
    """Return a table of one index with a season that peaks in June and a trend."""
    days = (times - times[0]).days.to_numpy()
    season = np.cos(2 * np.pi * (times.day_of_year.to_numpy() - 166) / 365.25)
    random = np.random.default_rng(len(times))
    values = 5 + season + rise * days / 3652.5 + noise * random.normal(size=len(times))
    return pd.DataFrame(
        {
            "sample_id": [f"s{number}" for number in range(len(times))],
            "datetime": times,
            "level": "morph",
            "weight": "count",
            "index": "shannon",
            "q": np.nan,
            "estimate": values,
            "ci_lo": values - 0.3,
            "ci_hi": values + 0.3,
            "status": "ok",
            "share_unsorted": 0.1,
            "is_n_dependent": False,
        }
        | columns
    )


@pytest.mark.parametrize("step", ["month", "week"])
def test_season_and_trend_that_were_put_in_are_found(step: str) -> None:
    found = series(indices(times_of(12, every="6D")), step=step)
    assert list(found) == list(SERIES_COLUMNS)
    assert set(found["stl_status"]) == {"ok"}
    year = found[found["year"] == 2006].set_index("time")
    for column in ("climatology", "seasonal"):
        assert year[column].astype(float).idxmax().month == PEAK
    observed = found[found["status"] == "ok"]
    parts = observed[["trend", "seasonal", "remainder"]].astype(float).sum(axis=1)
    assert parts.to_numpy() == pytest.approx(observed["value"].to_numpy(float))
    assert found["anomaly"].to_numpy(float) == pytest.approx(
        (found["value"] - found["climatology"]).to_numpy(float)
    )
    for of in ("anomaly", "annual"):
        (row,) = trends(found, of=of).to_dict("records")
        assert row["status"] == "ok"
        assert row["p"] < 0.05
        assert 0 < row["gls_lo"] < row["gls_slope"] < row["gls_hi"]
        assert [row["slope_per_decade"], row["gls_slope"]] == pytest.approx([RISE, RISE], rel=0.15)
        assert row["warning"] == ""


def test_units_and_the_order_of_rows_change_nothing() -> None:
    table = indices(times_of(5), noise=0.3)
    plain = series(table)
    other = series(
        table.assign(estimate=3 * table["estimate"] - 7).sample(frac=1, random_state=2, ignore_index=True)
    )
    for column, offset in (
        ("value", -7),
        ("climatology", -7),
        ("anomaly", 0),
        ("seasonal", 0),
        ("trend", -7),
    ):
        np.testing.assert_allclose(
            other[column].astype(float), 3 * plain[column].astype(float) + offset, atol=1e-6, err_msg=column
        )
    np.testing.assert_allclose(
        other["anomaly_standardised"].astype(float), plain["anomaly_standardised"].astype(float), atol=1e-9
    )
    (one,), (two,) = (trends(found).to_dict("records") for found in (plain, other))
    assert two["p"] == pytest.approx(one["p"])
    assert two["slope_per_decade"] == pytest.approx(3 * one["slope_per_decade"])
    assert two["lag1"] == pytest.approx(one["lag1"])


def test_each_series_stands_for_itself_and_p_is_adjusted_for_all() -> None:
    times = times_of(6)
    parts = [
        indices(times),
        indices(times, index="hill", q=0.0, is_n_dependent=True),
        indices(times, index="hill", q=1.0, rise=0.0),
        indices(times, weight="concentration", rise=-RISE),
    ]
    found = series(pd.concat(parts).sample(frac=1, random_state=1))
    assert len(found) == 4 * 72
    alone = series(parts[0])
    same = found[(found["index"] == "shannon") & (found["weight"] == "count")]
    np.testing.assert_allclose(same["value"].astype(float), alone["value"].astype(float))
    table = trends(found)
    assert list(table) == list(TREND_COLUMNS)
    assert (table["p_adjusted"] >= table["p"]).all()
    by = table.set_index(["index", "q", "weight"])["slope_per_decade"]
    assert by[("shannon", np.nan, "concentration")] < 0 < by[("shannon", np.nan, "count")]
    warned = table["warning"].str.contains("grows with the number of objects")
    assert table.loc[warned, "q"].tolist() == [0.0]


def test_gaps_are_interpolated_shortly_and_count_for_nothing() -> None:
    table = indices(times_of(8, every="MS"), noise=0.2)
    short, long = table["datetime"].dt.year == 2003, table["datetime"].dt.year == 2005
    lost = (short & table["datetime"].dt.month.isin([3, 4])) | (
        long & table["datetime"].dt.month.between(3, 7)
    )
    found = series(table[~lost]).set_index("time")
    assert found["is_interpolated"].sum() == 2
    assert (found["status"] == "missing").sum() == 5
    filled = found[found["is_interpolated"]]
    assert filled[["low", "high", "seasonal", "trend", "remainder"]].isna().all(axis=None)
    assert filled["value"].notna().all()
    assert (filled["n_samples"] == 0).all()
    april = found[found["phase"] == 4]
    assert april["climatology"].iloc[0] == pytest.approx(april.loc[april["status"] == "ok", "value"].mean())
    assert trends(found.reset_index())["n"].tolist() == [96 - 7]


def test_steps_begin_where_the_calendar_has_them_and_intervals_are_those_of_samples() -> None:
    table = indices(pd.DatetimeIndex(["2004-02-10", "2004-03-03", "2004-03-20", "2004-12-31"]))
    months = series(table, max_gap=0)
    assert months["time"].iloc[0] == pd.Timestamp("2004-02-01")
    assert months["time"].iloc[-1] == pd.Timestamp("2004-12-01")
    assert months["n_samples"].tolist() == [1, 2, *[0] * 8, 1]
    assert months["low"].iloc[0] == pytest.approx(table["ci_lo"].iloc[0])
    weeks = series(table, step="week", max_gap=0)
    assert weeks["time"].iloc[0] == pd.Timestamp("2004-02-05")
    assert weeks["time"].iloc[-1] == pd.Timestamp("2004-12-23"), "the 52nd week holds the rest of the year"


def test_the_interval_of_two_samples_that_differ_stays_within_what_is_possible() -> None:
    table = indices(pd.DatetimeIndex(["2001-01-05", "2001-01-25"]), index="pielou")
    found = series(table.assign(estimate=[0.2, 0.7])).iloc[0]
    assert (found["low"], found["high"]) == (0, 1)
    assert found["value"] == pytest.approx(0.45)


def test_doubtful_samples_are_counted() -> None:
    table = indices(times_of(1))
    table.loc[:1, "status"] = "low_n"
    table.loc[2, ["status", "estimate"]] = ["empty", np.nan]
    assert series(table)["n_doubtful"].tolist() == [2, *[0] * 11]


@pytest.mark.parametrize(
    ("times", "rows", "stl", "climatology", "trend"),
    [
        (["2004-02-10"], 1, "constant", "too_few_years", "too_few_years"),
        ([None, None], 0, None, None, None),
        (["2004-02-03", "2004-02-10"], 1, "constant", "too_few_years", "too_few_years"),
        (pd.date_range("2004-01-01", "2005-12-31", freq="10D"), 24, "ok", "too_few_years", "too_few_years"),
        (
            pd.date_range("2004-01-01", "2004-12-31", freq="10D"),
            12,
            "too_short",
            "too_few_years",
            "too_few_years",
        ),
        ([f"{year}-07-01" for year in range(1990, 2010)], 229, "phase_missing", None, "few_neighbours"),
    ],
    ids=["one sample", "no dates", "one month", "two years", "one year", "every July"],
)
def test_what_is_too_little_says_so(
    times: Any, rows: int, stl: str | None, climatology: str | None, trend: str | None
) -> None:
    found = series(indices(pd.DatetimeIndex(times)) if None not in times else _undated())
    assert len(found) == rows
    table = trends(found)
    assert len(table) == (rows > 0)
    assert table["status"].tolist() == ([] if trend is None else [trend])
    if rows:
        assert set(found["stl_status"]) == {stl}
    if climatology:
        assert set(found["climatology_status"]) == {climatology}


def _undated() -> pd.DataFrame:
    return indices(times_of(1)).assign(datetime=pd.NaT)


def test_of_one_year_values_can_be_tested_with_a_warning() -> None:
    (row,) = trends(series(indices(times_of(1), rise=100)), of="value").to_dict("records")
    assert (row["n"], row["status"]) == (12, "ok")
    assert row["gls_lo"] > 0
    assert "Season and trend are both in these values" in row["warning"]


def test_years_of_which_little_was_seen_have_no_mean() -> None:
    sparse = series(indices(times_of(6)), step="week")
    assert trends(sparse, of="annual")["status"].tolist() == ["few_steps"]
    assert trends(sparse)["status"].tolist() == ["ok"]


def test_a_constant_has_no_trend() -> None:
    (row,) = trends(series(indices(times_of(5)).assign(estimate=2.0))).to_dict("records")
    assert (row["status"], row["slope_per_decade"], row["p"]) == ("constant", 0.0, 1.0)


def test_ties_of_whole_numbers_stay_ties() -> None:
    table = indices(times_of(6, every="MS"))
    counted = table.assign(estimate=7.0 + (table["datetime"].dt.month % 3) + (table.index % 7 == 0) / 3)
    (row,) = trends(series(counted)).to_dict("records")
    assert row["slope_per_decade"] == 0
    assert row["p"] > 0.05


def test_groups_have_series_of_their_own() -> None:
    table = indices(times_of(4))
    group = pd.Series(["day", "night"] * len(table), index=[f"s{number}" for number in range(2 * len(table))])
    group.iloc[-1:] = None
    group["s0"] = None
    found = series(table, group=group)
    assert set(found["group"]) == {"day", "night"}
    day = series(table[(table["sample_id"].map(group) == "day")])
    np.testing.assert_array_equal(found.loc[found["group"] == "day", "value"], day["value"])
    assert trends(found)["group"].tolist() == ["night", "day"]


def test_a_mean_by_volume_is_that_of_all_the_water() -> None:
    table = indices(pd.DatetimeIndex(["2004-02-10", "2004-02-20", "2004-02-25"])).assign(
        estimate=[1.0, 4.0, 9.0]
    )
    found = series(table, volumes=pd.Series({"s0": 10.0, "s1": 30.0}))
    assert found["value"].tolist() == [3.25]
    assert found["n_samples"].tolist() == [2]
    with pytest.raises(WrongValueError, match="Volumes are of samples"):
        series(table.drop(columns="sample_id"), volumes=pd.Series({"s0": 10.0}))


def test_a_trend_of_what_is_unsorted_is_warned_of() -> None:
    table = indices(times_of(8))
    assert warn_of_unsorted(table) == ""
    random = np.random.default_rng(0)
    rising = 0.1 + np.linspace(0, 0.3, len(table)) + 0.01 * random.normal(size=len(table))
    assert "rises by about" in warn_of_unsorted(table.assign(share_unsorted=rising))
    assert warn_of_unsorted(indices(times_of(1))) == ""


@pytest.mark.parametrize(("days", "n"), [(365, 60), (14, 20)])
def test_surveys_too_short_for_a_usual_year_are_warned_too(days: int, n: int) -> None:
    times = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.linspace(0, days, n), unit="D")
    noise = 0.02 * np.random.default_rng(0).standard_normal(n)
    table = pd.DataFrame({"sample_id": np.arange(n), "datetime": times, "share_unsorted": 0.3 + noise})
    assert warn_of_unsorted(table) == ""
    falling = table.assign(share_unsorted=0.5 - 0.4 * np.arange(n) / n + noise)
    said = warn_of_unsorted(falling)
    assert re.search(r"falls by about (3[5-9]|4[0-5]) percentage points from 2020-01-01", said)
    assert "compare with the partition" in said
    assert "counts as living here" in warn_of_unsorted(falling, is_of_cells=True)
    assert warn_of_unsorted(falling.iloc[:5]) == "", "of five samples nobody knows"
    assert warn_of_unsorted(falling.assign(datetime=pd.NaT)) == ""


# ----------------------------------------------------------------------------------- pooled and beta


def amounts(counts_per_month: list[int], *, seed: int = 0) -> tuple[pd.DataFrame, pd.Series]:
    """Return amounts of overdispersed samples of the first months of 2004, with their times."""
    random = np.random.default_rng(seed)
    times = [
        pd.Timestamp(2004, month, day)
        for month, count in enumerate(counts_per_month, start=1)
        for day in range(1, count + 1)
    ]
    names = [f"s{number}" for number in range(len(times))]
    each = random.gamma(0.2, size=(len(times), 40)) * (random.random((len(times), 40)) < 0.5)
    return pd.DataFrame(each, index=names), pd.Series(times, index=names)


def test_pooled_is_the_index_of_the_sum_by_volume() -> None:
    table, times = amounts([3, 2])
    volumes = pd.Series([1.0, 2.0, 10.0, 5.0, 1.0], index=table.index)
    found = series(table, mode="pooled", times=times, volumes=volumes, weight="concentration")
    january = table.iloc[:3].mul(volumes.iloc[:3], axis=0).sum()
    first = found[found["time"] == pd.Timestamp("2004-01-01")].set_index(["index", "q"])["value"]
    for q in (0.0, 1.0, 2.0):
        assert first[("hill", q)] == pytest.approx(hill(january, q).value)
    assert first[("shannon", np.nan)] == pytest.approx(shannon(january).value)
    assert set(found["weight"]) == {"concentration"}
    assert found["note"].str.contains("Steps hold 2 to 3 samples").all()
    assert found.loc[found["q"] == 0, "is_n_dependent"].all()


def test_pooled_is_gamma_and_beta_how_many_samples_there_seem_to_be() -> None:
    table, times = amounts([4, 4, 4])
    gamma = series(table, mode="pooled", times=times).set_index(["q", "time"])["value"]
    beta = series(table, mode="beta", times=times).set_index(["q", "time"])["value"]
    means = [
        series(
            pd.DataFrame(
                {"datetime": times, "index": "hill", "q": q, "estimate": hill(table.to_numpy(), q).value}
            )
        ).set_index(["q", "time"])["value"]
        for q in (0.0, 1.0, 2.0)
    ]
    assert beta.between(1, 4).all()
    assert (gamma.loc[[0.0, 1.0]] > pd.concat(means[:2])).all(), "more is seen in four than in one"
    np.testing.assert_allclose(beta.loc[0.0] * means[0].loc[0.0], gamma.loc[0.0])
    same = pd.DataFrame(np.outer([1.0, 5.0], [3, 2, 1]), index=["s0", "s1"])
    alike = series(same, mode="beta", times=times.iloc[:2])
    np.testing.assert_allclose(alike["value"], 1, err_msg="of composition only")


def test_samples_per_step_makes_steps_comparable() -> None:
    table, times = amounts([8, 2, 1])
    plain = series(table, mode="pooled", times=times, orders=(0,), max_gap=0)
    alike = series(table, mode="pooled", times=times, orders=(0,), samples_per_step=2, max_gap=0)
    (richness, fair) = (part[part["index"] == "hill"]["value"].tolist() for part in (plain, alike))
    assert fair[0] < richness[0]
    assert fair[1] == richness[1]
    assert len(fair) == 2, "one sample is too few; nothing is said of March"
    pairs = [hill(table.iloc[[i, j]].sum(), 0).value for i in range(8) for j in range(i)]
    assert fair[0] == pytest.approx(np.mean(pairs))
    assert (alike["note"] == "").all()
    again = series(table, mode="pooled", times=times, orders=(0,), samples_per_step=2, max_gap=0)
    pd.testing.assert_frame_equal(alike, again)


def test_a_step_of_one_sample_has_no_beta() -> None:
    table, times = amounts([2, 1, 2])
    found = series(table, mode="beta", times=times, orders=(1,), max_gap=0)
    assert found["value"].isna().tolist() == [False, True, False]
    assert found["status"].tolist() == ["ok", "missing", "ok"]
    assert found[["low", "high"]].isna().all(axis=None), "of two samples one would be left, which has none"


@pytest.mark.parametrize("mode", ["pooled", "beta"])
@pytest.mark.parametrize("m", [None, 3])
def test_the_interval_of_samples_together_is_what_each_of_them_does(mode: str, m: int | None) -> None:
    table, times = amounts([4, 1, 5])
    found = series(table, mode=mode, times=times, samples_per_step=m, max_gap=0)
    there = found[found["time"] != pd.Timestamp("2004-02-01")]
    assert (there["low"] < there["value"]).all()
    assert (there["value"] < there["high"]).all()
    assert there.loc[there["index"] == "hill", "low"].min() >= 1
    if mode == "beta":
        assert (there["high"] <= (m or there["n_samples"])).all()
    one = found[(found["time"] == pd.Timestamp("2004-02-01"))]
    assert one[["low", "high"]].isna().all(axis=None), "one sample says nothing of others"


def test_a_month_in_which_nothing_was_found_has_a_richness_of_zero_and_no_more() -> None:
    table, times = amounts([1, 1, 1])
    table.iloc[1] = 0
    found = series(table, mode="pooled", times=times, max_gap=0).set_index(["index", "q"])["value"]
    assert found.loc[("hill", 0.0)].iloc[1] == 0
    assert found.loc[("hill", 1.0)].isna().tolist() == [False, True, False]
    assert series(table * 0, mode="beta", times=times).empty
    with pytest.raises(WrongValueError, match=r"not negative.*s0"):
        series(table - np.eye(3, 40, 39), mode="pooled", times=times)


def test_samples_that_are_not_known_are_left_out_and_counted() -> None:
    table, times = amounts([3, 3])
    table.iloc[0] = np.nan
    times.iloc[1] = pd.NaT
    found = series(table, mode="pooled", times=times, orders=(1,))
    assert found["n_samples"].tolist() == [1, 3, 1, 3]
    assert found["note"].str.contains("2 samples were left out").all()
    group = pd.Series(["day", "night"] * 3, index=table.index)
    assert set(series(table, mode="pooled", times=times, group=group)["group"]) == {"day", "night"}


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"step": "day"}, "Steps are month or week"),
        ({"mode": "gamma"}, "There is no mode 'gamma'"),
        ({"mode": "pooled"}, "needs the time of every sample"),
        ({"mode": "beta", "times": pd.Series(dtype="datetime64[s]"), "samples_per_step": 1}, "2 or more"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(options: dict[str, Any], why: str) -> None:
    with pytest.raises(WrongValueError, match=why):
        series(indices(times_of(1)), **options)


def test_a_table_without_its_columns_or_with_a_sample_twice_is_refused() -> None:
    table = indices(times_of(1))
    with pytest.raises(WrongValueError, match="column 'estimate'"):
        series(table.drop(columns="estimate"))
    with pytest.raises(WrongValueError, match="Sample 's0' has shannon twice"):
        series(pd.concat([table, table.iloc[:1]]))
    with pytest.raises(WrongValueError, match="not 'values'"):
        trends(series(table), of="values")
