"""Diversity indices of samples over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from morphoexplore.figures.axes import (
    MANY_BARS,
    SampleAxis,
    bar_widths,
    date_texts,
    iso_or_rank,
    place_samples,
)
from morphoexplore.figures.look import (
    BAND,
    OBJECTS,
    POINTS,
    SORTING_BAND,
    TREND,
    message_figure,
    require_columns,
    style,
    with_sample,
)
from morphoexplore.figures.panels import PANELS, Key, Panel, is_of, panel_of, read_key, rows_of
from morphoexplore.figures.places import COUNTED, SAMPLE_ID, bar_id
from morphoexplore.figures.ribbons import after_gaps, band, broken_line
from morphoexplore.figures.slopes import add_slope
from morphoexplore.figures.text import date_text, wrapped

__all__ = ["DEFAULT_INDICES", "PANELS", "diversity_over_time"]

DEFAULT_INDICES = ("richness", "shannon", "inverse_simpson", "pielou")
MOST_ROOM = 0.6  # of the range of estimates, that intervals get beyond it
MANY_POINTS = 200  # so many would hide their intervals
SAMPLING, SORTING = "95 % interval of sampling", "95 % interval of errors of sorting alone"
INTERVALS = (("sorting_lo", "sorting_hi", SORTING_BAND, SORTING), ("ci_lo", "ci_hi", BAND, SAMPLING))


def diversity_over_time(
    table: pd.DataFrame,
    *,
    indices: Sequence[Key] = DEFAULT_INDICES,
    min_objects: int = 50,
    weight: str | None = None,
    series: pd.DataFrame | None = None,
    trends: pd.DataFrame | None = None,
    title: str = "",
) -> go.Figure:
    """
    Draw diversity indices of samples against their dates, one panel per index.

    Points are samples, and name them in their ``ids`` (see :mod:`.places`); a line joins the means of the dates and breaks where
    samples are missing. Samples of few objects, or whose status is not ``ok``, have open points. A band is the 95 % interval of
    sampling, a fainter one the interval from errors of sorting alone; of several samples of a date, the mean of theirs. The lowest
    panel shows the objects counted. Where no sample has a date, samples stand side by side in the order of the table.

    Parameters
    ----------
    table : DataFrame
        What ``diversity.csv`` holds, or as from `diversity_table` with a column ``datetime`` (ISO 8601 text or time, UTC) added:
        ``sample`` or ``sample_id``, ``datetime``, ``index``, ``q``, ``estimate``, ``n_objects``; where they are there, also
        ``ci_lo``, ``ci_hi``, ``sorting_lo``, ``sorting_hi``, ``status``.
    indices : sequence of str or (str, float)
        Panels from top to bottom: names of indices, or ``("hill", q)``.
    min_objects : int
        Samples with fewer objects have open points: their richness and entropy are too low.
    weight : str, optional
        Where the table holds several: count, concentration or biovolume.
    series : DataFrame, optional
        Regular series of the same indices (``series.csv``): ``index``, ``q``, ``time``, ``value``, ``is_interpolated``, ``trend``. Its
        trend is drawn as a line, its interpolated steps as open diamonds.
    trends : DataFrame, optional
        Trends of these series (``trends.csv``): ``index``, ``q``, ``slope_per_decade``, ``p``. Each is drawn as a straight line of the
        Theil-Sen slope through the median of the values; the hover says the slope and *p* of the test after pre-whitening.
    title : str
        Title above the panels; usually left to the caption.

    Returns
    -------
    figure : Figure
        Panels share the time axis. A table without estimates gives a figure that says so.

    Raises
    ------
    ValueError
        If the table lacks a column, holds no rows of an index that was asked for, or those of several weights.
    """
    table = with_sample(table)
    require_columns(table, ("sample", "datetime", "index", "q", "estimate", "n_objects"))
    if series is not None:
        require_columns(series, ("index", "q", "time", "value", "is_interpolated", "trend"))
    if not (table["n_objects"] > 0).any():
        return message_figure("No diversity yet: no object is in a morph.")
    places, axis = place_samples(table)
    table = table.assign(place=table["sample"].map(places)).dropna(subset="place")
    rows = [rows_of(table, key, unique="sample", weight=weight) for key in indices]
    rows = [part.sort_values("place", kind="stable") for part in rows]
    panels = [panel_of(*read_key(key)) for key in indices]
    figure = make_subplots(
        rows=len(panels) + 1,
        cols=1,
        shared_xaxes=True,
        vertical_spacing=45 / (165 * len(panels) + 130),
        row_heights=[1.0] * len(panels) + [0.55],
        subplot_titles=[panel.title for panel in panels] + ["Objects counted"],
    )
    shown: set[str] = set()
    for row, (key, panel, estimates) in enumerate(zip(indices, panels, rows, strict=True), start=1):
        _add_intervals(figure, row, estimates, axis, shown)
        _add_panel(figure, row, panel, estimates, axis, min_objects, shown)
        if series is not None and axis.is_time:
            steps = _series_of(series, key, weight)
            _add_series(figure, row, panel, steps, shown)
            if trends is not None:
                add_slope(figure, row, panel, steps, trends, key, shown)
    _add_objects(figure, len(panels) + 1, table.drop_duplicates("sample"), axis)
    # Names of samples below the axis are long.
    style(figure, title, height=220 + 165 * len(panels) + (0 if axis.is_time else 90))
    figure.update_annotations(x=0, xanchor="left", font_size=15)
    for row, estimates in enumerate(rows, start=1):
        if estimates["estimate"].isna().all():
            _say_empty(figure, row, estimates)
    figure.update_xaxes(axis.options, showticklabels=False)
    figure.update_xaxes(title_text=axis.title, showticklabels=True, row=len(panels) + 1)
    # Beside the title of the first panel there is room for two names.
    above = 25 * (len(shown) > 2)
    figure.update_layout(
        legend={
            "orientation": "h",
            "x": 1,
            "xanchor": "right",
            "y": 1.0 + above / (165 * len(panels) + 110),
            "yanchor": "bottom",
        },
        margin={"t": (85 if title else 55) + above},
    )
    return figure


def _series_of(series: pd.DataFrame, key: Key, weight: str | None) -> pd.DataFrame:
    """Regular steps of one index; none where it is no series."""
    if not is_of(series, key).any():
        return series.iloc[:0]
    steps = rows_of(series, key, unique="time", weight=weight)
    times = pd.to_datetime(steps["time"], utc=True).dt.tz_localize(None)
    return steps.assign(time=times).sort_values("time", kind="stable")


def _add_intervals(
    figure: go.Figure, row: int, estimates: pd.DataFrame, axis: SampleAxis, shown: set[str]
) -> None:
    """Bands where samples have dates, bars where they stand side by side."""
    for low, high, colour, name in INTERVALS:
        if not {low, high} <= set(estimates.columns):
            continue
        intervals = estimates[["place", low, high]].astype({low: float, high: float}).dropna()
        if intervals.empty:
            continue
        if axis.is_time:
            # Dates without an interval stay in, so that the band breaks there.
            dates = estimates.groupby(date_texts(estimates["place"], axis))
            middles = dates["place"].mean()
            limits = dates[[low, high]].mean().astype(float).to_numpy()
            gaps = after_gaps(middles.index)
        else:
            middles = estimates["place"]
            limits = estimates[[low, high]].astype(float).to_numpy()
            gaps = np.ones(len(middles), dtype=bool)
        traces = band(
            list(middles),
            limits[:, 0],
            limits[:, 1],
            gaps,
            colour=colour,
            name=name,
            showlegend=name not in shown,
            bar=14 if name == SORTING else 5,
        )
        shown.add(name)
        figure.add_traces(traces, rows=row, cols=1)


def _add_panel(
    figure: go.Figure,
    row: int,
    panel: Panel,
    estimates: pd.DataFrame,
    axis: SampleAxis,
    min_objects: int,
    shown: set[str],
) -> None:
    """Line through the dates, filled points, open points."""
    size = 8 if len(estimates) <= MANY_BARS else 5 if len(estimates) <= MANY_POINTS else 3.5
    is_few = estimates["n_objects"] < min_objects
    is_doubtful = estimates["estimate"].notna() & (estimates.get("status", "ok") != "ok")
    is_open = is_few | is_doubtful
    if axis.is_time:
        x, y = _means(estimates, axis)
        line = {"color": POINTS, "width": 1.2}
        figure.add_scatter(
            x=x, y=y, mode="lines", line=line, opacity=0.6, hoverinfo="skip", showlegend=False, row=row, col=1
        )
    doubtful = " or doubtful" if (is_doubtful & ~is_few).any() else ""
    for is_kind, name in (
        (False, f"at least {min_objects} objects"),
        (True, f"fewer than {min_objects} objects{doubtful}"),
    ):
        part = estimates[is_open == is_kind]
        showlegend = bool(is_open.any()) and len(part) > 0 and name not in shown
        if showlegend:
            shown.add(name)
        figure.add_scatter(
            x=[iso_or_rank(place) for place in part["place"]],
            y=part["estimate"].tolist(),
            mode="markers",
            marker={
                "color": "white" if is_kind else POINTS,
                "size": size,
                "line": {"color": POINTS, "width": 1.4 if size > 4 else 0.8},
            },
            name=name,
            legendgroup=name,
            showlegend=showlegend,
            ids=[f"{SAMPLE_ID}{sample}" for sample in part["sample"]],
            customdata=_hover_data(part),
            hovertemplate=f"{HOVER_HEAD}{panel.title}: %{{y:.4~g}} {panel.unit}<br>%{{customdata[2]}} objects<extra></extra>",
            row=row,
            col=1,
        )
    figure.update_yaxes(title_text=panel.unit, rangemode="tozero", row=row)
    if panel.top is not None:
        figure.update_yaxes(range=[0, panel.top * 1.06], row=row)
    elif (limits := _limits(estimates)) is not None:
        figure.update_yaxes(range=limits, row=row)


def _say_empty(figure: go.Figure, row: int, estimates: pd.DataFrame) -> None:
    """Say in a panel without values why it has none."""
    statuses = estimates.get("status", pd.Series(dtype=object)).dropna()
    why = f": {wrapped(str(statuses.mode().iloc[0]).replace('_', ' '))}" if len(statuses) else ""
    figure.add_annotation(
        text=f"no value{why}",
        x=0.5,
        y=0.5,
        xref="x domain",
        yref="y domain",
        showarrow=False,
        font={"size": 13},
        row=row,
        col=1,
    )


def _limits(estimates: pd.DataFrame) -> list[float] | None:
    """Return a range in which estimates can be told apart though intervals leave it (of the mean of two, say); None: all has room."""
    values = estimates["estimate"].dropna().astype(float)
    if values.empty or "ci_lo" not in estimates:
        return None
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    room = MOST_ROOM * (high - low or 1.0)
    lowest, highest = estimates["ci_lo"].astype(float).min(), estimates["ci_hi"].astype(float).max()
    if not (lowest < low - room or highest > high + room):
        return None
    bottom = 0.0 if low == 0 else max(low - room, lowest)  # what is never negative has no room below
    return [bottom, min(high + room, highest * 1.03 if highest > 0 else high + room)]


STL = "trend (STL)"
HOVER_HEAD = "<b>%{customdata[0]}</b><br>%{customdata[1]}<br>"


def _add_series(figure: go.Figure, row: int, panel: Panel, steps: pd.DataFrame, shown: set[str]) -> None:
    """Line of the trend, open diamonds where a step was interpolated."""
    times = [iso_or_rank(time) for time in steps["time"]]
    trend = steps["trend"].astype(float)
    if trend.notna().any():
        figure.add_scatter(
            x=times,
            y=trend.where(trend.notna(), None).tolist(),
            mode="lines",
            line={"color": TREND, "width": 2.4},
            connectgaps=True,
            name=STL,
            legendgroup=STL,
            showlegend=STL not in shown,
            hovertemplate=f"%{{x|%b %Y}}<br>{STL}: %{{y:.4~g}} {panel.unit}<extra></extra>",
            row=row,
            col=1,
        )
        shown.add(STL)
    filled = steps[steps["is_interpolated"].astype(bool)]
    if len(filled):
        figure.add_scatter(
            x=[iso_or_rank(time) for time in filled["time"]],
            y=filled["value"].tolist(),
            mode="markers",
            marker={
                "color": "white",
                "size": 6,
                "symbol": "diamond",
                "line": {"color": TREND, "width": 1.2},
            },
            name="interpolated step",
            legendgroup="interpolated",
            showlegend="interpolated" not in shown,
            hovertemplate=f"%{{x|%b %Y}}<br>interpolated: %{{y:.4~g}} {panel.unit}<extra></extra>",
            row=row,
            col=1,
        )
        shown.add("interpolated")


def _hover_data(samples: pd.DataFrame) -> list[list[str]]:
    """Name, date (and the status where it is not ok) and number of objects of each row, as text that is safe to show."""
    statuses = samples["status"] if "status" in samples.columns else ["ok"] * len(samples)
    return [
        [wrapped(sample), f"{date_text(place)}{_status_text(status)}", f"{objects:,.10g}"]
        for sample, place, objects, status in zip(
            samples["sample"], samples["place"], samples["n_objects"], statuses, strict=True
        )
    ]


def _status_text(status: object) -> str:
    return "" if status == "ok" else f"<br>{wrapped(str(status).replace('_', ' '))}"


def _means(estimates: pd.DataFrame, axis: SampleAxis) -> tuple[list[object], list[float | None]]:
    """Line through the means of the dates."""
    dates = estimates.groupby(date_texts(estimates["place"], axis))
    means = dates["estimate"].mean()
    # Samples of one day stand at their hours; their mean stands in the middle of them.
    return broken_line(list(dates["place"].mean()), means.to_numpy(), after_gaps(means.index))


def _add_objects(figure: go.Figure, row: int, samples: pd.DataFrame, axis: SampleAxis) -> None:
    """Bars of the number of objects per date or sample."""
    objects = samples.groupby(date_texts(samples["place"], axis))["n_objects"].sum().sort_index()
    figure.add_bar(
        x=[iso_or_rank(place) for place in objects.index],
        y=objects.tolist(),
        width=bar_widths(objects.index, axis),
        marker={"color": OBJECTS, "line": {"width": 0}},
        showlegend=False,
        ids=[bar_id(COUNTED, place) for place in objects.index],
        customdata=[[date_text(place)] for place in objects.index],
        hovertemplate="%{customdata[0]}<br>%{y:,} objects<extra></extra>",
        row=row,
        col=1,
    )
    figure.update_yaxes(title_text="objects", rangemode="tozero", nticks=4, row=row)
