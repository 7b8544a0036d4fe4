"""The year in an index: a heat map of years and months, and the usual year with every single one behind it."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from morphoexplore.figures.cells import colour_bar, no_data
from morphoexplore.figures.look import (
    BAND,
    DIVERGING,
    FAINT,
    POINTS,
    SEQUENTIAL,
    TREND,
    message_figure,
    require_columns,
    scale_of,
    style,
)
from morphoexplore.figures.panels import Key, axis_title, panel_of, read_key, rows_of
from morphoexplore.figures.ribbons import band

MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKS = 52
NOTHING = "No series yet: bring dated samples to months or weeks first."

Column = Literal["value", "anomaly", "anomaly_standardised"]
_WORDS = {"value": "", "anomaly": "anomaly of ", "anomaly_standardised": "standardised anomaly of "}


def seasonal_heat_map(
    series: pd.DataFrame, index: Key, *, column: Column = "value", weight: str | None = None, title: str = ""
) -> go.Figure:
    """
    Draw an index as a heat map: a row per year, a column per month (or week, counted from 1 January).

    Grey cells have no data; a small ring marks steps that were interpolated. Anomalies have a diverging scale around 0.

    Parameters
    ----------
    series : DataFrame
        What ``series.csv`` holds: ``index``, ``q``, ``time``, ``is_interpolated`` and the column that is drawn.
    index : str or (str, float)
        The index, ``("hill", 1)`` say.
    column : {"value", "anomaly", "anomaly_standardised"}
        What to draw.
    weight : str, optional
        Where the table holds several.
    title : str
        Above the figure.

    Raises
    ------
    ValueError
        If the table lacks a column, or the index.
    """
    require_columns(series, ("index", "q", "time", "is_interpolated", column))
    if series.empty:
        return message_figure(NOTHING)
    steps = _steps(series, index, weight)
    if not np.isfinite(steps[column].astype(float)).any():
        enough = "" if column == "value" else " Anomalies need three years or more."
        return message_figure(f"There is no value to draw.{enough}")
    panel = panel_of(*read_key(index))
    years = range(int(steps["year"].min()), int(steps["year"].max()) + 1)
    phases = range(1, int(steps.attrs["period"]) + 1)
    grid = steps.pivot_table(index="year", columns="phase", values=column, aggfunc="mean").reindex(
        index=years, columns=phases
    )
    z = grid.to_numpy(dtype=np.float64)
    x, y = list(phases), list(years)
    is_anomaly = column != "value"
    top = float(np.nanmax(np.abs(z))) or 1.0
    unit = "standard deviations" if column == "anomaly_standardised" else panel.unit
    figure = go.Figure(no_data(x, y, ~np.isfinite(z)))
    figure.add_heatmap(
        x=x,
        y=y,
        z=z,
        colorscale=scale_of(DIVERGING if is_anomaly else SEQUENTIAL),
        zmid=0 if is_anomaly else None,
        zmin=-top if is_anomaly else None,
        zmax=top if is_anomaly else None,
        hoverongaps=False,
        colorbar=colour_bar(
            f"{_WORDS[column].capitalize()}{panel.title if not is_anomaly else _lower(panel.title)} ({unit})"
            if unit
            else panel.title
        ),
        customdata=[[_step_name(year, phase, len(x)) for phase in x] for year in y],
        hovertemplate=f"%{{customdata}}<br>%{{z:.4~g}} {unit}<extra></extra>",
        xgap=1,
        ygap=1,
    )
    filled = steps[steps["is_interpolated"].astype(bool) & steps[column].notna()]
    if len(filled):
        figure.add_scatter(
            x=filled["phase"],
            y=filled["year"],
            mode="markers",
            marker={"symbol": "circle-open", "size": 5, "color": "#7A7A7A"},
            name="interpolated",
            showlegend=True,
            hoverinfo="skip",
        )
    style(figure, title, height=max(320, 150 + 20 * len(y)))
    figure.update_xaxes(_phase_axis(len(x)), range=[0.5, len(x) + 0.5])
    step = max(1, -(-len(y) // 24))
    figure.update_yaxes(
        title_text="Year",
        range=[y[-1] + 0.5, y[0] - 0.5],
        tickvals=y[::step],
        ticktext=[str(year) for year in y[::step]],
        showgrid=False,
    )
    figure.update_layout(legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom"})
    return figure


def usual_year(series: pd.DataFrame, index: Key, *, weight: str | None = None, title: str = "") -> go.Figure:
    """
    Draw the usual year of an index: median and quartiles of every month or week over the years, each year a thin line.

    Steps that were interpolated are left out: nobody measured there. The last year is drawn apart.

    Parameters
    ----------
    series : DataFrame
        What ``series.csv`` holds: ``index``, ``q``, ``time``, ``value``, ``is_interpolated``.
    index, weight, title
        As of :func:`seasonal_heat_map`.

    Raises
    ------
    ValueError
        If the table lacks a column, or the index.
    """
    require_columns(series, ("index", "q", "time", "value", "is_interpolated"))
    if series.empty:
        return message_figure(NOTHING)
    steps = _steps(series, index, weight)
    steps = steps[np.isfinite(steps["value"].astype(float)) & ~steps["is_interpolated"].astype(bool)]
    if steps.empty:
        return message_figure("There is no value to draw.")
    panel = panel_of(*read_key(index))
    period = int(steps.attrs["period"])
    x = list(range(1, period + 1))
    figure = go.Figure()
    years = sorted(int(year) for year in steps["year"].unique())
    by_step = steps.pivot_table(index="year", columns="phase", values="value", aggfunc="mean").reindex(
        columns=x
    )
    for year in years:
        is_last = year == years[-1] and len(years) > 1
        has_name = is_last or len(years) == 1  # alone it is no background
        name = str(year) if has_name else "each year"
        figure.add_scatter(
            x=x,
            y=_gaps(by_step.loc[year].to_numpy()),
            mode="lines+markers",
            line={
                "color": TREND if is_last else POINTS if has_name else FAINT,
                "width": 1.6 if has_name else 1,
            },
            marker={"size": 5 if has_name else 3},
            name=name,
            legendgroup=name,
            showlegend=is_last or year == years[0],
            customdata=[_step_name(year, phase, period) for phase in x],
            hovertemplate=f"%{{customdata}}<br>%{{y:.4~g}} {panel.unit}<extra></extra>",
        )
    if len(years) > 1:
        low, middle, high = (by_step.quantile(share).to_numpy() for share in (0.25, 0.5, 0.75))
        is_apart = np.zeros(len(x), dtype=bool)
        figure.add_traces(
            band(x, low, high, is_apart, colour=BAND, name="half of the years", showlegend=True)
        )
        figure.add_scatter(
            x=x,
            y=_gaps(middle),
            mode="lines",
            line={"color": POINTS, "width": 3},
            name="median",
            customdata=[[_phase_name(phase, period), n] for phase, n in zip(x, by_step.count(), strict=True)],
            hovertemplate="%{customdata[0]}, median of %{customdata[1]} years<br>"
            f"%{{y:.4~g}} {panel.unit}<extra></extra>",
        )
    style(figure, title, height=420)
    figure.update_xaxes(_phase_axis(period), range=[0.5, period + 0.5])
    figure.update_yaxes(title_text=axis_title(panel), rangemode="tozero")
    figure.update_layout(legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom"})
    return figure


def _steps(series: pd.DataFrame, index: Key, weight: str | None) -> pd.DataFrame:
    """Rows of one index with their ``year`` and ``phase``; months or weeks stand in ``attrs``."""
    rows = rows_of(series, index, unique="time", weight=weight)
    times = pd.to_datetime(rows["time"], utc=True).dt.tz_localize(None)
    rows = rows.assign(time=times).sort_values("time", kind="stable")
    pauses = rows["time"].diff().dropna()
    is_weeks = len(pauses) > 0 and float(pauses.dt.days.median()) < 14
    when = rows["time"].dt
    phase = np.minimum((when.day_of_year - 1) // 7 + 1, WEEKS) if is_weeks else when.month
    rows = rows.assign(year=when.year, phase=phase)
    rows.attrs["period"] = WEEKS if is_weeks else len(MONTH_NAMES)
    return rows


def _phase_axis(period: int) -> dict[str, object]:
    if period == WEEKS:
        return {"title_text": "Week of the year", "tickvals": [1, *range(5, WEEKS + 1, 5)]}
    return {"title_text": "Month", "tickvals": list(range(1, 13)), "ticktext": list(MONTH_NAMES)}


def _phase_name(phase: int, period: int) -> str:
    return f"week {phase}" if period == WEEKS else MONTH_NAMES[phase - 1]


def _step_name(year: int, phase: int, period: int) -> str:
    return f"{_phase_name(phase, period)} {year}"


def _gaps(values: np.ndarray) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]


def _lower(title: str) -> str:
    """Begin with a small letter, but for names of people."""
    return (
        title
        if title.startswith(("Shannon", "Gini", "Hill", "Pielou", "Rao", "Chao"))
        else title[:1].lower() + title[1:]
    )
