"""Diversity indices of samples over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from morphoexplore.figures.axes import (
    GAP,
    MANY_BARS,
    SampleAxis,
    bar_widths,
    date_texts,
    iso_or_rank,
    place_samples,
)
from morphoexplore.figures.look import OBJECTS, POINTS, message_figure, require_columns, style
from morphoexplore.figures.places import COUNTED, SAMPLE_ID, bar_id
from morphoexplore.figures.text import date_text, label, wrapped


@dataclass(frozen=True)
class Panel:
    """How an index is drawn: its name, its unit, and the top of its axis where that is fixed."""

    title: str
    unit: str
    top: float | None = None


PANELS = {
    "richness": Panel("Richness", "morphs"),
    "shannon": Panel("Shannon entropy <i>H\u2032</i>", "nats"),
    "simpson": Panel("Gini\u2013Simpson index", "probability", 1.0),
    "inverse_simpson": Panel("Inverse Simpson index", "effective morphs"),
    "pielou": Panel("Pielou evenness <i>J\u2032</i>", "<i>H\u2032</i> / ln <i>S</i>", 1.0),
}
DEFAULT_INDICES = ("richness", "shannon", "inverse_simpson", "pielou")


def diversity_over_time(
    table: pd.DataFrame,
    *,
    indices: Sequence[str | tuple[str, float]] = DEFAULT_INDICES,
    min_objects: int = 50,
    title: str = "",
) -> go.Figure:
    """
    Draw diversity indices of samples against their dates, one panel per index.

    Points are samples, and name them in their ``ids`` (see :mod:`.places`); a line joins the means of the dates and breaks where samples are missing. Samples
    of few objects have open points. The lowest panel shows the objects counted. Where no sample has a date,
    samples stand side by side in the order of the table.

    Parameters
    ----------
    table : DataFrame
        As from `diversity_table`, with a column ``datetime`` (ISO 8601 text or time, UTC) added: ``sample``,
        ``datetime``, ``index``, ``q``, ``estimate``, ``n_objects``.
    indices : sequence of str or (str, float)
        Panels from top to bottom: names of indices, or ``("hill", q)``.
    min_objects : int
        Samples with fewer objects have open points: their richness and entropy are too low.
    title : str
        Title above the panels; usually left to the caption.

    Returns
    -------
    figure : Figure
        Panels share the time axis. A table without estimates gives a figure that says so.

    Raises
    ------
    ValueError
        If the table lacks a column, or holds no rows of an index that was asked for.
    """
    require_columns(table, ("sample", "datetime", "index", "q", "estimate", "n_objects"))
    if not (table["n_objects"] > 0).any():
        return message_figure("No diversity yet: no object is in a morph.")
    keys = [(name, np.nan) if isinstance(name, str) else name for name in indices]
    places, axis = place_samples(table)
    table = table.assign(place=table["sample"].map(places)).dropna(subset="place")
    rows = [_rows_of(table, key) for key in keys]
    panels = [_panel(key) for key in keys]
    figure = make_subplots(
        rows=len(keys) + 1,
        cols=1,
        shared_xaxes=True,
        vertical_spacing=min(0.28 / (len(keys) + 1), 0.07),
        row_heights=[1.0] * len(keys) + [0.55],
        subplot_titles=[panel.title for panel in panels] + ["Objects counted"],
    )
    for place, (panel, estimates) in enumerate(zip(panels, rows, strict=True), start=1):
        _add_panel(figure, place, panel, estimates, axis, min_objects)
    _add_objects(figure, len(keys) + 1, table.drop_duplicates("sample"), axis)
    style(figure, title, height=110 + 165 * len(keys) + 110)
    figure.update_annotations(x=0, xanchor="left", font_size=15)
    figure.update_xaxes(axis.options, showticklabels=False)
    figure.update_xaxes(title_text=axis.title, showticklabels=True, row=len(keys) + 1)
    figure.update_layout(
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.0, "yanchor": "bottom"},
        margin={"t": 85 if title else 55},
    )
    return figure


def _panel(key: tuple[str, float]) -> Panel:
    name, q = key
    if name == "hill":
        order = "\u221e" if np.isinf(q) else f"{q:g}"
        return Panel(f"Hill number of order <i>q</i> = {order}", "effective morphs")
    return PANELS.get(name, Panel(label(name), ""))


def _rows_of(table: pd.DataFrame, key: tuple[str, float]) -> pd.DataFrame:
    """Rows of one index in order of time."""
    name, q = key
    is_order = table["q"].isna() if np.isnan(q) else table["q"] == q
    rows = table[(table["index"] == name) & is_order]
    if rows.empty:
        message = f"The table has no rows of the index {name}" + ("." if np.isnan(q) else f" of order {q:g}.")
        raise ValueError(message)
    return rows.sort_values("place", kind="stable")


def _add_panel(
    figure: go.Figure, row: int, panel: Panel, estimates: pd.DataFrame, axis: SampleAxis, min_objects: int
) -> None:
    """Line through the dates, filled points, open points."""
    size = 8 if len(estimates) <= MANY_BARS else 5
    few = estimates["n_objects"] < min_objects
    if axis.is_time:
        x, y = _broken_line(estimates, axis)
        line = {"color": POINTS, "width": 1.2}
        figure.add_scatter(
            x=x, y=y, mode="lines", line=line, opacity=0.6, hoverinfo="skip", showlegend=False, row=row, col=1
        )
    for is_few, name in (
        (False, f"at least {min_objects} objects"),
        (True, f"fewer than {min_objects} objects"),
    ):
        part = estimates[few == is_few]
        figure.add_scatter(
            x=[iso_or_rank(place) for place in part["place"]],
            y=part["estimate"].tolist(),
            mode="markers",
            marker={
                "color": "white" if is_few else POINTS,
                "size": size,
                "line": {"color": POINTS, "width": 1.4},
            },
            name=name,
            legendgroup=name,
            showlegend=row == 1 and bool(few.any()) and len(part) > 0,
            ids=[f"{SAMPLE_ID}{sample}" for sample in part["sample"]],
            customdata=_hover_data(part),
            hovertemplate=f"{HOVER_HEAD}{panel.title}: %{{y:.4~g}} {panel.unit}<br>%{{customdata[2]}} objects<extra></extra>",
            row=row,
            col=1,
        )
    figure.update_yaxes(title_text=panel.unit, rangemode="tozero", row=row)
    if panel.top is not None:
        figure.update_yaxes(range=[0, panel.top * 1.06], row=row)


HOVER_HEAD = "<b>%{customdata[0]}</b><br>%{customdata[1]}<br>"


def _hover_data(samples: pd.DataFrame) -> list[list[str]]:
    """Name, date and number of objects of each row, as text that is safe to show."""
    return [
        [wrapped(sample), date_text(place), f"{objects:,.10g}"]
        for sample, place, objects in zip(
            samples["sample"], samples["place"], samples["n_objects"], strict=True
        )
    ]


def _broken_line(estimates: pd.DataFrame, axis: SampleAxis) -> tuple[list[object], list[float | None]]:
    """Means of the dates, with an empty point in every gap and where a value is missing."""
    dates = estimates.groupby(date_texts(estimates["place"], axis))
    means = dates["estimate"].mean()
    # Samples of one day stand at their hours; their mean stands in the middle of them.
    middles = dates["place"].mean()
    gaps = means.index.to_series().diff()
    is_gap = gaps > GAP * gaps.quantile(0.75)
    x: list[object] = []
    y: list[float | None] = []
    for middle, mean, is_after_gap in zip(middles, means, is_gap, strict=True):
        if is_after_gap:
            x.append(x[-1])
            y.append(None)
        x.append(iso_or_rank(middle))
        y.append(None if np.isnan(mean) else float(mean))
    return x, y


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
