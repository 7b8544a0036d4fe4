"""
How high the sun stood: day and night of samples by their position and time.

The low-precision formulas of Meeus (1998, chapters 25, 28 and 13), as the solar calculator of NOAA uses them: mean longitude and
anomaly of the sun, equation of the centre, apparent longitude, obliquity, declination, equation of time, hour angle, and

    sin(elevation) = sin(latitude) sin(declination) + cos(latitude) cos(declination) cos(hour angle).

Between 1900 and 2100 they err by about 0.01 degrees, or a few seconds of sunrise. The elevation is that of the middle of the disc
without refraction. The sun rises and sets when it is at -0.833 degrees: its radius (0.266) and the refraction at the
horizon (0.567) together.

References
----------
Meeus, J. (1998). Astronomical algorithms. 2nd edition. Willmann-Bell.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

SUNRISE = -0.833  # degrees, of the middle of the disc
DAY, NIGHT, TWILIGHT = "day", "night", "twilight"
J2000 = np.datetime64("2000-01-01T12:00:00", "s")


def elevation(
    times: Sequence[object] | pd.Series | pd.DatetimeIndex, latitude: ArrayLike, longitude: ArrayLike
) -> FloatArray:
    """
    Return the elevation of the sun above the horizon.

    Parameters
    ----------
    times : sequence of time or text, shape (n,)
        UTC.
    latitude, longitude : float or array, shape (n,)
        Degrees, north and east positive.

    Returns
    -------
    elevation : array, shape (n,)
        Degrees, negative below the horizon; NaN where a time or position is missing.

    Examples
    --------
    >>> elevation(["2020-06-20T12:00", "2020-06-20T00:00"], 43.7, 7.3).round(1)
    array([ 69. , -22.6])
    """
    moments = pd.DatetimeIndex(pd.to_datetime(pd.Index(times), utc=True, format="ISO8601")).tz_localize(None)
    seconds = (moments.to_numpy().astype("datetime64[s]") - J2000) / np.timedelta64(1, "s")
    seconds = np.where(moments.isna(), np.nan, seconds)
    century = seconds / 86_400 / 36_525
    declination, equation = _sun(century)
    minutes = (seconds / 60 + 720) % 1440
    hour_angle = np.radians((minutes + equation + 4 * np.asarray(longitude, dtype=np.float64)) / 4 - 180)
    north = np.radians(np.asarray(latitude, dtype=np.float64))
    sine = np.sin(north) * np.sin(declination) + np.cos(north) * np.cos(declination) * np.cos(hour_angle)
    return np.asarray(np.degrees(np.arcsin(np.clip(sine, -1, 1))), dtype=np.float64)


def daytime(elevations: ArrayLike, *, twilight: float | None = None) -> NDArray[np.object_]:
    """
    Return day or night of elevations of the sun; None where one is NaN.

    Parameters
    ----------
    twilight : float, optional
        Degrees below the horizon down to which it is twilight, and no night yet: 6 (civil), 12 (nautical), 18
        (astronomical). There is none unless given.

    Examples
    --------
    >>> daytime([30.0, -5.0, -30.0], twilight=12)
    array(['day', 'twilight', 'night'], dtype=object)
    """
    if twilight is not None and not -SUNRISE < twilight <= 90:
        message = f"Twilight ends with the sun 6, 12 or 18 degrees below the horizon, not {twilight}."
        raise ValueError(message)
    elevations = np.asarray(elevations, dtype=np.float64)
    named = np.where(elevations >= SUNRISE, DAY, NIGHT).astype(object)
    if twilight is not None:
        named[(elevations < SUNRISE) & (elevations >= -twilight)] = TWILIGHT
    named[np.isnan(elevations)] = None
    return named


def _sun(century: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the declination (radians) and the equation of time (minutes) at centuries since 2000."""
    t = century
    mean_longitude = np.radians((280.46646 + t * (36_000.76983 + 0.0003032 * t)) % 360)
    anomaly = np.radians(357.52911 + t * (35_999.05029 - 0.0001537 * t))
    eccentricity = 0.016708634 - t * (0.000042037 + 0.0000001267 * t)
    centre = (
        np.sin(anomaly) * (1.914602 - t * (0.004817 + 0.000014 * t))
        + np.sin(2 * anomaly) * (0.019993 - 0.000101 * t)
        + np.sin(3 * anomaly) * 0.000289
    )
    node = np.radians(125.04 - 1934.136 * t)
    longitude = mean_longitude + np.radians(centre - 0.00569 - 0.00478 * np.sin(node))
    seconds = 21.448 - t * (46.815 + t * (0.00059 - 0.001813 * t))
    obliquity = np.radians(23 + (26 + seconds / 60) / 60 + 0.00256 * np.cos(node))
    declination = np.arcsin(np.sin(obliquity) * np.sin(longitude))
    y = np.tan(obliquity / 2) ** 2
    equation = np.degrees(
        y * np.sin(2 * mean_longitude)
        - 2 * eccentricity * np.sin(anomaly)
        + 4 * eccentricity * y * np.sin(anomaly) * np.cos(2 * mean_longitude)
        - 0.5 * y**2 * np.sin(4 * mean_longitude)
        - 1.25 * eccentricity**2 * np.sin(2 * anomaly)
    )
    return declination, 4 * equation
