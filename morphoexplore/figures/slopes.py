"""Straight lines of trends in figures of series, and what is said of a slope."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from morphoexplore.figures.axes import iso_or_rank
from morphoexplore.figures.look import TREND, require_columns
from morphoexplore.figures.panels import Key, Panel, is_of, unit_of_change

SLOPE = "Theil\u2013Sen slope"
DECADE = 10 * 365.2425  # days


def add_slope(
    figure: go.Figure,
    row: int,
    panel: Panel,
    steps: pd.DataFrame,
    trends: pd.DataFrame,
    key: Key,
    shown: set[str],
) -> None:
    """
    Draw the slope of a series as a dashed line through the median of what was observed.

    Parameters
    ----------
    steps : DataFrame
        The series: ``time``, ``value``, ``is_interpolated``.
    trends : DataFrame
        ``index``, ``q``, ``slope_per_decade``, ``p``; nothing is drawn where the index has no slope there, or several.
    shown : set of str
        Names that are in the legend already.
    """
    require_columns(trends, ("index", "q", "slope_per_decade", "p"))
    of = trends[is_of(trends, key)]
    known = steps[steps["value"].notna() & ~steps["is_interpolated"].astype(bool)]
    if len(of) != 1 or known.empty or not np.isfinite(of["slope_per_decade"].iloc[0]):
        return
    slope, p = float(of["slope_per_decade"].iloc[0]), float(of["p"].iloc[0])
    decades = (known["time"] - known["time"].iloc[0]).dt.total_seconds().to_numpy() / 86_400 / DECADE
    level = float(np.median(known["value"].to_numpy(np.float64) - slope * decades))
    ends = [0, len(known) - 1]
    text = f"{slope:+.3g} {unit_of_change(panel)}".strip().replace("-", "\u2212")
    figure.add_scatter(
        x=[iso_or_rank(known["time"].iloc[end]) for end in ends],
        y=[level + slope * decades[end] for end in ends],
        mode="lines",
        line={"color": TREND, "width": 1.8, "dash": "dash"},
        name=SLOPE,
        legendgroup=SLOPE,
        showlegend=SLOPE not in shown,
        hovertemplate=f"{SLOPE}: {text} per decade<br>Mann\u2013Kendall, pre-whitened: p = {p:.2g}<extra></extra>",
        row=row,
        col=1,
    )
    shown.add(SLOPE)
