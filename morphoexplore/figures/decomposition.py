"""A series taken apart into trend, season and remainder, on scales that can be compared."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from morphoexplore.figures.axes import iso_or_rank, time_options
from morphoexplore.figures.look import OBJECTS, OTHER, POINTS, TREND, message_figure, require_columns, style
from morphoexplore.figures.panels import Key, axis_title, panel_of, read_key, rows_of
from morphoexplore.figures.ribbons import broken_line

PARTS = {"value": "Observed", "trend": "Trend", "seasonal": "Season", "remainder": "Remainder"}
ROOM = 0.06  # of a range, above and below


def decomposition(
    series: pd.DataFrame, index: Key, *, weight: str | None = None, title: str = ""
) -> go.Figure:
    """
    Draw a series and its trend, season and remainder (STL), one below the other.

    The grey bars at the right have the same length in the unit of the index: where a bar is long, the panel shows little. Steps
    that were interpolated are open.

    Parameters
    ----------
    series : DataFrame
        What ``series.csv`` holds: ``index``, ``q``, ``time``, ``value``, ``is_interpolated``, ``trend``, ``seasonal``,
        ``remainder``.
    index : str or (str, float)
        The index, ``("hill", 1)`` say.
    weight : str, optional
        Where the table holds several.
    title : str
        Above the figure.

    Raises
    ------
    ValueError
        If the table lacks a column, or the index.
    """
    require_columns(series, ("index", "q", "time", "is_interpolated", *PARTS))
    if series.empty:
        return message_figure("No series yet: bring dated samples to months or weeks first.")
    steps = rows_of(series, index, unique="time", weight=weight)
    if not np.isfinite(steps["trend"].astype(float)).any():
        return message_figure(
            "No trend and season were found: that takes two years or more, and every month."
        )
    times = pd.to_datetime(steps["time"], utc=True).dt.tz_localize(None)
    steps = steps.assign(time=times).sort_values("time", kind="stable")
    panel = panel_of(*read_key(index))
    figure = make_subplots(
        rows=len(PARTS), cols=1, shared_xaxes=True, vertical_spacing=0.05, subplot_titles=list(PARTS.values())
    )
    values = {part: steps[part].to_numpy(dtype=np.float64) for part in PARTS}
    limits = {part: _limits(part, values[part]) for part in PARTS}
    bar = 0.9 * min((high - low) / (1 + 2 * ROOM) for low, high in limits.values())
    none = np.zeros(len(steps), dtype=bool)
    for row, part in enumerate(PARTS, start=1):
        if part == "remainder":
            figure.add_bar(
                x=[iso_or_rank(time) for time in steps["time"]],
                y=values[part],
                marker={"color": OTHER, "line": {"width": 0}},
                showlegend=False,
                hovertemplate=_hover(panel.unit),
                row=row,
                col=1,
            )
        else:
            x, y = broken_line(list(steps["time"]), values[part], none)
            colour, width = (TREND, 2.4) if part == "trend" else (POINTS, 1.4)
            figure.add_scatter(
                x=x,
                y=y,
                mode="lines",
                line={"color": colour, "width": width},
                showlegend=False,
                hovertemplate=_hover(panel.unit),
                row=row,
                col=1,
            )
        _add_points(figure, row, part, steps, values[part])
        low, high = limits[part]
        middle = (low + high) / 2
        figure.update_yaxes(range=[low, high], nticks=5, row=row)
        figure.add_shape(
            type="rect",
            xref="paper",
            x0=1.012,
            x1=1.026,
            yref=f"y{row if row > 1 else ''}",
            y0=middle - bar / 2,
            y1=middle + bar / 2,
            fillcolor=OBJECTS,
            line={"width": 0},
        )
    style(figure, title, height=680)
    figure.update_annotations(x=0, xanchor="left", font_size=15)
    figure.add_annotation(
        text=axis_title(panel),
        textangle=-90,
        x=0,
        xshift=-62,
        y=0.5,
        xref="paper",
        yref="paper",
        xanchor="center",
        yanchor="middle",
        showarrow=False,
        font_size=14,
    )
    figure.update_xaxes(time_options(steps["time"]), showticklabels=False)
    figure.update_xaxes(title_text="Date (UTC)", showticklabels=True, row=len(PARTS))
    figure.update_layout(
        margin={"l": 90, "r": 40, "t": 85 if title else 45},
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.0, "yanchor": "bottom"},
        bargap=0,
    )
    return figure


def _limits(part: str, values: np.ndarray) -> tuple[float, float]:
    """Range of a panel; season and remainder hold 0."""
    known = values[np.isfinite(values)]
    if part in ("seasonal", "remainder"):
        known = np.append(known, 0.0)
    low, high = float(known.min()), float(known.max())
    room = ROOM * (high - low) or max(abs(high), 1.0) * ROOM
    return low - room, high + room


def _add_points(figure: go.Figure, row: int, part: str, steps: pd.DataFrame, values: np.ndarray) -> None:
    """Open points where the observed series was interpolated; points where a step stands alone between gaps."""
    if part != "value":
        return
    is_filled = steps["is_interpolated"].to_numpy(dtype=bool)
    is_there = np.isfinite(values)
    around = np.pad(is_there, 1)
    beside = around[:-2] | around[2:]
    for is_shown, name, colour in (
        (is_there & ~is_filled & ~beside, "observed", POINTS),
        (is_there & is_filled, "interpolated step", "white"),
    ):
        if is_shown.any():
            figure.add_scatter(
                x=[iso_or_rank(time) for time in steps["time"][is_shown]],
                y=values[is_shown],
                mode="markers",
                marker={"color": colour, "size": 6, "line": {"color": POINTS, "width": 1.2}},
                name=name,
                showlegend=name != "observed",
                hoverinfo="skip",
                row=row,
                col=1,
            )


def _hover(unit: str) -> str:
    return f"%{{x|%-d %b %Y}}<br>%{{y:.4~g}} {unit}<extra></extra>"
