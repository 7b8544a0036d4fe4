"""Trends of many indices side by side: slopes, their intervals, and what is left of them after many tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from morphoexplore.figures.look import OTHER, POINTS, message_figure, require_columns, style
from morphoexplore.figures.panels import CHOICES, panel_of

STARS = ((0.001, "***"), (0.01, "**"), (0.05, "*"))
COLUMNS = ("index", "q", "n", "slope_per_decade", "slope_lo", "slope_hi", "p", "p_adjusted", "status")


def trend_forest(trends: pd.DataFrame, *, series: pd.DataFrame | None = None, title: str = "") -> go.Figure:
    """
    Draw the Theil-Sen slope per decade of every index with its 95 % interval.

    Stars tell the pre-whitened Mann-Kendall test after Benjamini and Hochberg: * p < .05, ** p < .01, *** p < .001; trends without a
    star are open. The interval takes steps for independent, so that it is too narrow where they are alike: the stars decide. The slope is written at the right in the unit of its index.

    Parameters
    ----------
    trends : DataFrame
        What ``trends.csv`` holds: ``index``, ``q``, ``n``, ``slope_per_decade``, ``slope_lo``, ``slope_hi``, ``p``, ``p_adjusted``,
        ``status``; rows without a slope are left out and counted below.
    series : DataFrame, optional
        What ``series.csv`` holds: ``index``, ``q``, ``value``. With it, all indices stand on one axis, in standard deviations of their
        anomalies (of their values where there are none) per decade. Without it, indices of one unit share a panel.
    title : str
        Above the figure.

    Raises
    ------
    ValueError
        If a table lacks a column.
    """
    require_columns(trends, COLUMNS)
    known = trends[np.isfinite(trends["slope_per_decade"].astype(float))]
    if known.empty:
        return message_figure("No trend was found out: a series needs eight steps or more.")
    panels = [panel_of(name, float(q)) for name, q in zip(known["index"], known["q"], strict=True)]
    known = known.assign(
        title=[panel.title for panel in panels], unit=[panel.unit for panel in panels], scale=1.0
    )
    if series is not None:
        require_columns(series, ("index", "q", "value"))
        known["scale"] = [_deviation(series, row) for _, row in known.iterrows()]
        known = known[np.isfinite(known["scale"])]
    if known.empty:
        return message_figure("No series of these trends varies.")
    if series is not None:
        units, of_unit = ["standard deviations"], [known]
    else:
        units = list(dict.fromkeys(known["unit"]))
        of_unit = [known[known["unit"] == unit] for unit in units]
    figure = make_subplots(
        rows=len(units),
        cols=1,
        row_heights=[len(rows) + 0.6 for rows in of_unit],
        vertical_spacing=min(0.16, 62 / (62 * len(units) + 30 * len(known) + 90)) if len(units) > 1 else 0,
    )
    for row, (unit, rows) in enumerate(zip(units, of_unit, strict=True), start=1):
        _add_rows(figure, row, rows, _names(rows, known))
        figure.update_xaxes(title_text=f"{unit} per decade" if unit else "per decade", row=row)
    missing = len(trends) - len(known)
    style(figure, title, height=130 + 30 * len(known) + 80 * (len(units) - 1))
    figure.update_xaxes(zeroline=True, zerolinecolor=OTHER, zerolinewidth=1.4)
    figure.update_yaxes(showgrid=False, automargin=True, ticks="")
    figure.update_layout(
        margin={"r": 175, "t": 60 if title else 30, "b": 70 + 22 * bool(missing)}, showlegend=False
    )
    if missing:
        words = f"{missing} of {len(trends)} indices have no trend: too few steps, or none."
        figure.add_annotation(
            text=words,
            x=0,
            y=0,
            yshift=-58,
            xref="paper",
            yref="paper",
            xanchor="left",
            yanchor="top",
            showarrow=False,
            font_size=12,
        )
    return figure


def _add_rows(figure: go.Figure, row: int, rows: pd.DataFrame, names: Sequence[str]) -> None:
    """Intervals, slopes, and what they are in their own unit."""
    y = list(range(len(rows)))
    slope, low, high = (
        (rows[column].astype(float) / rows["scale"]).to_numpy()
        for column in ("slope_per_decade", "slope_lo", "slope_hi")
    )
    x_line: list[float | None] = []
    y_line: list[float | None] = []
    for place in y:
        x_line += [low[place], high[place], None]
        y_line += [place, place, None]
    figure.add_scatter(
        x=x_line,
        y=y_line,
        mode="lines",
        line={"color": POINTS, "width": 2},
        hoverinfo="skip",
        row=row,
        col=1,
    )
    stars = [_stars(p) for p in rows["p_adjusted"]]
    figure.add_scatter(
        x=slope,
        y=y,
        mode="markers",
        marker={
            "color": [POINTS if star else "white" for star in stars],
            "size": 10,
            "line": {"color": POINTS, "width": 1.8},
        },
        customdata=[
            [name, _slope_text(one), f"{one['p']:.2g}", f"{one['p_adjusted']:.2g}", f"{one['n']:.0f}"]
            for name, (_, one) in zip(names, rows.iterrows(), strict=True)
        ],
        hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]} per decade<br>p %{customdata[2]}, adjusted %{customdata[3]}"
        "<br>%{customdata[4]} steps<extra></extra>",
        row=row,
        col=1,
    )
    for place, (star, (_, one)) in enumerate(zip(stars, rows.iterrows(), strict=True)):
        figure.add_annotation(
            text=f"{_slope_text(one)} {star}".strip(),
            x=1.01,
            xref="x domain" if row == 1 else f"x{row} domain",
            y=place,
            yref="y" if row == 1 else f"y{row}",
            xanchor="left",
            showarrow=False,
            font_size=13,
        )
    ends = np.concatenate([low[np.isfinite(low)], high[np.isfinite(high)], slope, [0.0]])
    room = 0.05 * float(np.ptp(ends)) or 1.0
    figure.update_xaxes(range=[float(ends.min()) - room, float(ends.max()) + room], row=row)
    figure.update_yaxes(
        tickvals=y, ticktext=list(names), range=[len(rows) - 0.4, -0.6], tickfont_size=13, row=row
    )


def _slope_text(row: pd.Series) -> str:
    return f"{row['slope_per_decade']:+.3g} {row['unit']}".replace("-", "\u2212").strip()


def _stars(p: float) -> str:
    return next((star for limit, star in STARS if p < limit), "")


def _names(rows: pd.DataFrame, every: pd.DataFrame) -> list[str]:
    """Names of indices, with the weight or level where the table holds several."""
    told = [
        column for column in CHOICES if column in every.columns and every[column].nunique(dropna=False) > 1
    ]
    # Levels that go with the index alone need not be told.
    told = [
        column for column in told if (every.groupby(["index", "q"], dropna=False)[column].nunique() > 1).any()
    ]
    return [", ".join([row["title"], *(str(row[column]) for column in told)]) for _, row in rows.iterrows()]


def _deviation(series: pd.DataFrame, row: pd.Series) -> float:
    """Return the standard deviation of the anomalies of an index, or of its values."""
    is_order = series["q"].isna() if pd.isna(row["q"]) else series["q"] == row["q"]
    steps = series[(series["index"] == row["index"]) & is_order]
    for column in CHOICES:
        if column in steps.columns and column in row.index:
            steps = steps[steps[column].isna() if pd.isna(row[column]) else steps[column] == row[column]]
    for column in ("anomaly", "value"):
        if column in steps.columns and steps[column].notna().sum() > 1:
            deviation = float(steps[column].astype(float).std())
            return deviation if deviation > 0 else np.nan
    return np.nan
