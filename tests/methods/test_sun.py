"""The sun is where almanacs have it."""

from __future__ import annotations

import doctest

import numpy as np
import pandas as pd
import pytest

from morphoexplore.methods import sun


def crossings(day: str, latitude: float, longitude: float) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return sunrise and sunset between noon of the day before and noon after, local solar time, in UTC."""
    noon = pd.Timestamp(day) + pd.Timedelta(hours=12 - longitude / 15)
    minutes = noon + pd.to_timedelta(np.arange(-720, 721), unit="min")
    is_up = sun.elevation(minutes, latitude, longitude) >= sun.SUNRISE
    (places,) = np.nonzero(np.diff(is_up.astype(int)))
    rise, down = minutes[places]
    return rise, down


@pytest.mark.parametrize(
    ("day", "latitude", "longitude", "rise", "down"),
    [
        ("2020-06-20", 51.48, 0.0, "2020-06-20 03:43", "2020-06-20 20:21"),  # London
        ("2020-12-21", 51.48, 0.0, "2020-12-21 08:04", "2020-12-21 15:53"),
        ("2020-12-21", -33.87, 151.21, "2020-12-20 18:41", "2020-12-21 09:05"),  # Sydney
        ("2020-06-20", 40.71, -74.01, "2020-06-20 09:25", "2020-06-21 00:31"),  # New York
    ],
)
def test_the_sun_rises_and_sets_to_the_minute_or_two(
    day: str, latitude: float, longitude: float, rise: str, down: str
) -> None:
    found = crossings(day, latitude, longitude)
    for moment, known in zip(found, (rise, down), strict=True):
        assert abs(moment - pd.Timestamp(known)) <= pd.Timedelta(minutes=2)


def test_the_example_of_the_solar_position_algorithm_is_met() -> None:
    # Reda & Andreas (2004): 17 October 2003, 12:30:30 (UTC-7); topocentric elevation without refraction 39.872 degrees.
    found = sun.elevation(["2003-10-17T19:30:30"], 39.742476, -105.1786)
    assert found == pytest.approx([39.872], abs=0.01)


def test_poles_have_a_day_and_a_night_of_months() -> None:
    hours = pd.date_range("2021-06-21", periods=24, freq="h")
    assert (sun.daytime(sun.elevation(hours, 80, 15)) == "day").all()
    assert (sun.daytime(sun.elevation(hours, -80, 15)) == "night").all()


def test_moving_east_is_moving_on_in_time() -> None:
    times = pd.date_range("2021-03-03", periods=30, freq="7h")
    later = times + pd.Timedelta(hours=1)
    assert sun.elevation(times, 30, 15) == pytest.approx(sun.elevation(later, 30, 0), abs=0.02)


def test_what_is_not_known_has_no_daytime() -> None:
    found = sun.elevation([None, "2021-03-03", "2021-03-03T12:00"], [1.0, np.nan, 1.0], 0.0)
    assert np.isnan(found).tolist() == [True, True, False]
    assert sun.daytime(found).tolist() == [None, None, "day"]


def test_twilight_is_neither() -> None:
    assert sun.daytime([-0.8, -0.9, -12, -12.1], twilight=12).tolist() == [
        "day",
        "twilight",
        "twilight",
        "night",
    ]
    with pytest.raises(ValueError, match="6, 12 or 18"):
        sun.daytime([1.0], twilight=-6)


def test_examples_hold() -> None:
    assert doctest.testmod(sun).failed == 0
