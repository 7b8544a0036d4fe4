"""The usual year in a line: its peak, its range and what it explains."""

from __future__ import annotations

import doctest

import numpy as np
import pandas as pd
import pytest

from morphoexplore.steps import seasons as module
from morphoexplore.steps.seasons import SEASON_COLUMNS, seasons
from morphoexplore.steps.series import series


def made(values: np.ndarray, times: pd.DatetimeIndex) -> pd.DataFrame:
    return series(pd.DataFrame({"datetime": times, "index": "shannon", "estimate": values}))


@pytest.mark.parametrize("peak", range(1, 13))
def test_the_peak_is_where_it_was_put(peak: int) -> None:
    times = pd.date_range("2001-01-15", periods=60, freq="MS")
    noise = 0.2 * np.random.default_rng(peak).normal(size=60)
    (row,) = seasons(made(np.cos((times.month - peak) * np.pi / 6) + noise, times)).to_dict("records")
    away = abs(row["middle"] - peak)
    assert min(away, 12 - away) < 0.4
    assert 0.5 <= row["middle"] < 12.5
    assert row["range"] == pytest.approx(2, abs=0.4)
    assert row["share"] > 0.85


def test_without_a_season_little_is_season() -> None:
    times = pd.date_range("1981-01-15", periods=480, freq="MS")
    (row,) = seasons(made(np.random.default_rng(0).normal(size=480), times)).to_dict("records")
    assert row["share"] < 0.1
    assert row["concentrated"] < 0.3


def test_what_is_too_little_says_so() -> None:
    times = pd.date_range("2001-01-15", periods=24, freq="MS")
    short = seasons(made(np.arange(24.0), times))
    assert list(short) == list(SEASON_COLUMNS)
    assert short["status"].tolist() == ["too_few_years"]
    assert short["highest"].isna().all()
    longer = pd.date_range("2001-01-15", periods=48, freq="MS")
    assert seasons(made(np.ones(48), longer))["status"].tolist() == ["constant"]
    assert seasons(made(np.full(48, np.nan), longer)).empty


def test_the_example_holds() -> None:
    assert doctest.testmod(module).failed == 0
