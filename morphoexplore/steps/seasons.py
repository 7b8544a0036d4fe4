"""``seasons``: when in the year an index is high, and how much of it is season."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.methods.timeseries import PERIODS
from morphoexplore.steps.series import KEYS, split

SEASON_COLUMNS = (
    *KEYS,
    *("step", "highest", "lowest", "range", "middle", "concentrated", "share", "status"),
)


def seasons(series: pd.DataFrame) -> pd.DataFrame:
    """
    Describe the usual year of every series.

    Parameters
    ----------
    series : DataFrame
        As from :func:`.series.series`.

    Returns
    -------
    seasons : DataFrame
        One row per series: what names it; ``highest``, ``lowest`` (month, or week of the year, of the usual year), ``range`` (between
        them, of the unit of the index); ``middle`` (mean month or week of what lies above the lowest, on a circle, which a chance
        peak hardly moves) and ``concentrated`` (0: as much around the year, 1: all at once); ``share`` of the variance of observed values
        that the usual year takes (0 to 1; some of it by chance, the more the fewer years); ``status``: ``ok``, ``too_few_years`` (a month
        or week has fewer than three, and nothing is said) or ``constant``.

    Examples
    --------
    >>> from morphoexplore.steps.series import series
    >>> times = pd.date_range("2001-01-15", periods=48, freq="MS")
    >>> values = 3 + np.cos((times.month - 5) * np.pi / 6)
    >>> table = pd.DataFrame({"datetime": times, "index": "shannon", "estimate": values})
    >>> seasons(series(table))[["highest", "lowest", "range", "middle"]].round(2)
       highest  lowest  range  middle
    0        5      11    2.0     5.0
    """
    rows = [_season(part) | key for key, part in split(series)]
    return pd.DataFrame(rows, columns=list(SEASON_COLUMNS)).astype({"highest": "Int64", "lowest": "Int64"})


def _season(part: pd.DataFrame) -> dict[str, Any]:
    step = str(part["step"].iloc[0])
    period = PERIODS[step]
    usual = part.groupby("phase")["climatology"].first().astype(float).reindex(range(1, period + 1))
    nothing: dict[str, Any] = {"step": step, "highest": None, "lowest": None}
    nothing |= dict.fromkeys(("range", "middle", "concentrated", "share"), math.nan)
    if usual.isna().any():
        return nothing | {"status": "too_few_years"}
    above = (usual - usual.min()).to_numpy()
    if not above.any():
        return nothing | {"range": 0.0, "status": "constant"}
    around = np.exp(2j * np.pi * np.arange(1, period + 1) / period)
    centre = complex((above * around).sum() / above.sum())
    middle = math.atan2(centre.imag, centre.real) / (2 * math.pi) * period
    is_ok = part["status"] == "ok"
    values, away = (part.loc[is_ok, name].to_numpy(np.float64) for name in ("value", "anomaly"))
    return {
        "step": step,
        "highest": 1 + int(above.argmax()),
        "lowest": 1 + int(above.argmin()),
        "range": float(above.max()),
        "middle": (middle - 0.5) % period + 0.5,
        "concentrated": abs(centre),
        "share": max(0.0, 1 - float(away.var() / values.var())),
        "status": "ok",
    }
