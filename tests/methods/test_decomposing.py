"""Trend, season and remainder, with gaps."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from morphoexplore.methods.decomposing import decompose

SHARED = Path(__file__).parents[3] / "shared" / "diversity_vectors"
MONTHS = np.arange(120)
SEASON = np.sin(2 * np.pi * MONTHS / 12)


@pytest.fixture(scope="module")
def noisy() -> np.ndarray:
    return 0.02 * MONTHS + SEASON + 0.1 * np.random.default_rng(0).normal(size=120)


@pytest.fixture(scope="module")
def with_gaps(noisy: np.ndarray) -> np.ndarray:
    values = noisy.copy()
    values[np.random.default_rng(1).random(120) < 0.2] = np.nan
    values[50:58] = np.nan
    return values


def test_the_numbers_are_those_of_r() -> None:
    path = SHARED / "stl_nottem_s7.json"
    if not path.exists():
        pytest.skip(f"reference vectors are not here: {path}")
    vector = json.loads(path.read_text(encoding="utf-8"))
    parts = decompose(vector["inputs"]["x"], vector["inputs"]["period"], seasonal=7, trend=61)
    for name in ("seasonal", "trend"):
        np.testing.assert_allclose(
            getattr(parts, name), vector["expected"][name], rtol=vector["rtol"], atol=1e-10
        )


@pytest.mark.parametrize("seasonal", ["periodic", 7])
@pytest.mark.parametrize("robust", [False, True])
def test_the_parts_add_up_to_the_series(noisy: np.ndarray, seasonal: int, *, robust: bool) -> None:
    parts = decompose(noisy, 12, seasonal=seasonal, robust=robust)
    np.testing.assert_allclose(parts.trend + parts.seasonal + parts.remainder, noisy, atol=1e-12)
    assert (parts.status, parts.turns) == ("ok", 0)


def test_a_season_and_a_trend_that_were_put_in_are_found(with_gaps: np.ndarray) -> None:
    parts = decompose(with_gaps, 12, trend=61)
    known = np.isfinite(with_gaps)
    assert parts.status == "ok"
    assert parts.turns > 0
    np.testing.assert_allclose(parts.seasonal[known], SEASON[known], atol=0.15)
    np.testing.assert_allclose(parts.trend[known], 0.02 * MONTHS[known], atol=0.15)


def test_a_periodic_season_is_the_same_every_year(noisy: np.ndarray) -> None:
    parts = decompose(noisy, 12)
    np.testing.assert_allclose(parts.seasonal.reshape(10, 12), np.tile(parts.seasonal[:12], (10, 1)))


def test_gaps_are_gaps_again(with_gaps: np.ndarray) -> None:
    parts = decompose(with_gaps, 12)
    gaps = np.isnan(with_gaps)
    for array in (parts.trend, parts.seasonal, parts.remainder):
        np.testing.assert_array_equal(np.isnan(array), gaps)
    np.testing.assert_array_equal(parts.filled[~gaps], with_gaps[~gaps])
    whole = decompose(with_gaps, 12, mask=False)
    np.testing.assert_allclose((whole.trend + whole.seasonal)[gaps], whole.filled[gaps], atol=1e-3)
    assert np.isnan(whole.remainder[gaps]).all()


def test_the_ends_are_not_extrapolated(noisy: np.ndarray) -> None:
    values = np.concatenate([np.full(5, np.nan), noisy, np.full(3, np.nan)])
    parts = decompose(values, 12, mask=False)
    np.testing.assert_array_equal(np.isnan(parts.trend), np.isnan(values))
    np.testing.assert_allclose(parts.trend[5:-3], decompose(noisy, 12).trend)


def test_shifting_the_series_shifts_the_trend_only(with_gaps: np.ndarray) -> None:
    parts, shifted = decompose(with_gaps, 12), decompose(with_gaps + 100, 12)
    np.testing.assert_allclose(shifted.trend, parts.trend + 100, atol=1e-9)
    np.testing.assert_allclose(shifted.seasonal, parts.seasonal, atol=1e-9)
    np.testing.assert_allclose(shifted.remainder, parts.remainder, atol=1e-9)


def test_gaps_change_little_of_what_is_found(noisy: np.ndarray, with_gaps: np.ndarray) -> None:
    whole, parts = decompose(noisy, 12, trend=61), decompose(with_gaps, 12, trend=61)
    assert np.nanmax(np.abs(whole.trend - parts.trend)) < 0.1


def test_what_cannot_be_taken_apart_says_why() -> None:
    never_january = np.where(MONTHS % 12 == 0, np.nan, SEASON)
    for values, status in (
        ([], "empty"),
        ([np.nan] * 40, "empty"),
        (SEASON[:23], "too_short"),
        (never_january, "phase_missing"),
        ([3.0], "constant"),
    ):
        parts = decompose(values, 12)
        assert parts.status == status
        assert len(parts.trend) == len(values)
        if status != "constant":
            assert np.isnan(parts.trend).all()


def test_a_constant_series_is_all_trend() -> None:
    values = np.full(48, 2.5)
    values[7] = np.nan
    parts = decompose(values, 12)
    assert parts.status == "constant"
    np.testing.assert_array_equal(parts.trend, values)
    np.testing.assert_array_equal(parts.remainder, values * 0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"seasonal": 8}, "odd"),
        ({"seasonal": "yearly"}, "periodic"),
        ({"trend": 9}, "longer than the period"),
    ],
)
def test_wrong_windows_are_said(options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        decompose(SEASON, 12, **options)  # type: ignore[arg-type]
