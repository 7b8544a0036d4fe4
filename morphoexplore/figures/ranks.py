"""How unevenly objects are shared among morphs: rank-abundance curves, profiles of Hill numbers, and rarefaction."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from morphoexplore.figures.cells import colour_bar
from morphoexplore.figures.look import (
    FAINT,
    PALETTE,
    SEQUENTIAL,
    message_figure,
    require_columns,
    scale_of,
    style,
    with_sample,
)
from morphoexplore.figures.places import MORPH_ID
from morphoexplore.figures.ribbons import band
from morphoexplore.figures.text import label, wrapped

SEASONS = ("Dec\u2013Feb", "Mar\u2013May", "Jun\u2013Aug", "Sep\u2013Nov")
SEASON_COLOURS = ("#332288", "#117733", "#E69F00", "#CC6677")
YEARS = SEQUENTIAL[2:]  # early to late
MARKS = ("circle", "square", "diamond", "triangle-up", "cross", "x")
MOST_GROUPS = 12  # that have a colour and a name in the legend; more are faint lines with a hover
WIDE = 8.0  # times as many objects in the largest group as in the smallest: sizes on a logarithmic axis
NO_GROUP = "all samples"
ORDERS = {0.0: "richness, <i>q</i> = 0", 1.0: "Shannon, <i>q</i> = 1", 2.0: "Simpson, <i>q</i> = 2"}


def rank_abundance(
    counts: pd.DataFrame,
    *,
    by: Literal["season", "year", "all"] = "season",
    unit: str = "objects",
    title: str = "",
) -> go.Figure:
    """
    Draw shares of morphs from the most to the least abundant (Whittaker), a curve per season or year, on a logarithmic axis.

    Seasons are three months, of either hemisphere. Points name their morph in their ``ids``.

    Parameters
    ----------
    counts : DataFrame
        What ``counts.csv`` holds: ``sample``, ``datetime``, ``node_id``, ``title``, ``count`` (objects or concentration). Unsorted
        objects are no morph and left out.
    by : {"season", "year", "all"}
        What a curve is of. Samples without a date are only in ``all``.
    unit : str
        What ``count`` counts.
    title : str
        Above the figure.

    Raises
    ------
    ValueError
        If the table lacks a column.
    """
    counts = with_sample(counts)
    require_columns(counts, ("sample", "datetime", "node_id", "title", "count"))
    number = pd.to_numeric(counts["node_id"])
    table = counts.assign(node_id=number, group=_groups(counts["datetime"], by))[number >= 0]
    table = table[table["group"].notna()]
    sizes = table.groupby(["group", "node_id"], sort=True)["count"].sum()
    sizes = sizes[sizes > 0]
    if sizes.empty:
        return message_figure("No composition yet: no object is in a morph.")
    titles = table.groupby("node_id")["title"].first()
    groups = list(sizes.index.unique(level=0))
    if by == "season":
        groups = [season for season in SEASONS if season in groups]
    figure = go.Figure()
    for place, group in enumerate(groups):
        ranked = sizes[group].sort_values(ascending=False, kind="stable")
        colour, showlegend = _colour(place, len(groups))
        if by == "season":
            colour = SEASON_COLOURS[SEASONS.index(str(group))]
        elif by == "year" and len(groups) > 1:
            colour = YEARS[round(place / (len(groups) - 1) * (len(YEARS) - 1))]
        figure.add_scatter(
            x=list(range(1, len(ranked) + 1)),
            y=(ranked / ranked.sum()).round(8),
            mode="lines+markers",
            line={"color": colour, "width": 1.5},
            marker={"size": 5, "symbol": MARKS[place % len(MARKS)], "color": colour},
            name=f"{label(group)} ({len(ranked)})",
            showlegend=showlegend and by != "all",
            ids=[f"{MORPH_ID}{int(morph)}" for morph in ranked.index],
            customdata=[
                [wrapped(titles[morph]), label(group), f"{size:,.6g}"] for morph, size in ranked.items()
            ],
            hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}, rank %{x}<br>%{y:.2~%} "
            f"(%{{customdata[2]}} {label(unit)})<extra></extra>",
        )
    if by == "year" and len(groups) > MOST_GROUPS:
        _add_years(figure, int(groups[0]), int(groups[-1]))
    style(figure, title, height=480)
    figure.update_xaxes(title_text="Rank of the morph", rangemode="tozero")
    figure.update_yaxes(
        title_text=f"Share of sorted {label(unit)}",
        type="log",
        tickformat="~%",
        dtick=1,
        minor={"ticks": "outside", "ticklen": 3},
    )
    figure.update_layout(
        legend={"title": {"text": "Morphs in brackets", "font": {"size": 12}}, "x": 1.01, "y": 1}
    )
    return figure


def hill_profiles(profiles: pd.DataFrame, *, title: str = "") -> go.Figure:
    """
    Draw Hill numbers against their order, a line per group with its 95 % interval: a steep line is an uneven community.

    Parameters
    ----------
    profiles : DataFrame
        As from ``methods.diversity.curves.hill_profiles``: ``group``, ``q``, ``estimate``, ``ci_lo``, ``ci_hi``.
    title : str
        Above the figure.

    Raises
    ------
    ValueError
        If the table lacks a column.
    """
    require_columns(profiles, ("group", "q", "estimate", "ci_lo", "ci_hi"))
    profiles = profiles.dropna(subset=["estimate"])
    if profiles.empty:
        return message_figure("No profile yet: no object is in a morph.")
    figure = go.Figure()
    groups = list(dict.fromkeys(profiles["group"]))
    for place, group in enumerate(groups):
        rows = profiles[profiles["group"] == group].sort_values("q")
        colour, showlegend = _colour(place, len(groups))
        if showlegend:
            figure.add_traces(_interval(rows, "q", colour, label(group)))
        figure.add_scatter(
            x=rows["q"],
            y=rows["estimate"],
            mode="lines",
            line={"color": colour, "width": 2 if showlegend else 1},
            name=label(group),
            legendgroup=label(group),
            showlegend=showlegend and len(groups) > 1,
            customdata=[[wrapped(group)]] * len(rows),
            hovertemplate="%{customdata[0]}<br><i>q</i> = %{x:.2~f}: %{y:.4~g} effective morphs<extra></extra>",
        )
    style(figure, title, height=440)
    figure.update_xaxes(title_text="Order <i>q</i>: the higher, the less rare morphs count")
    figure.update_yaxes(title_text="Hill number (effective morphs)", rangemode="tozero")
    return figure


def accumulation(
    curves: pd.DataFrame, *, against: Literal["coverage", "m"] = "coverage", title: str = ""
) -> go.Figure:
    """
    Draw Hill numbers against coverage or size of the sample: rarefied (solid), observed (point), extrapolated (dashed).

    There is a panel per order and a line per group. Where intervals at the same coverage overlap, samples are not known to differ.

    Parameters
    ----------
    curves : DataFrame
        As from ``methods.diversity.curves.accumulation_curves``: ``group``, ``q``, ``m`` (objects), ``coverage``, ``estimate``,
        ``ci_lo``, ``ci_hi``, ``method`` (``rarefaction``, ``observed``, ``extrapolation``).
    against : {"coverage", "m"}
        The axis.
    title : str
        Above the figure.

    Raises
    ------
    ValueError
        If the table lacks a column.
    """
    require_columns(curves, ("group", "q", "m", "coverage", "estimate", "ci_lo", "ci_hi", "method"))
    curves = curves.dropna(subset=["estimate", against])
    if curves.empty:
        return message_figure("No curve yet: no object is in a morph.")
    orders = sorted(curves["q"].unique())
    groups = list(dict.fromkeys(curves["group"]))
    figure = make_subplots(
        rows=1,
        cols=len(orders),
        shared_xaxes=True,
        horizontal_spacing=0.07,
        subplot_titles=[ORDERS.get(float(q), f"<i>q</i> = {q:g}") for q in orders],
    )
    for column, q in enumerate(orders, start=1):
        for place, group in enumerate(groups):
            rows = curves[(curves["q"] == q) & (curves["group"] == group)].sort_values("m")
            colour, has_name = _colour(place, len(groups))
            _add_curve(figure, column, rows, against, group, colour=colour, has_name=has_name)
    style(figure, title, height=440)
    words = {"coverage": "Coverage of the sample", "m": "Objects"}
    figure.update_xaxes(title_text=words[against])
    if against == "coverage":
        figure.update_xaxes(tickformat=".0%")
    else:
        sizes = curves.loc[curves["method"] == "observed", "m"]
        is_wide = len(sizes) > 0 and sizes.max() > WIDE * sizes.min()
        figure.update_xaxes(type="log" if is_wide else "linear", rangemode="tozero")
    figure.update_yaxes(rangemode="tozero")
    figure.update_yaxes(title_text="Hill number (effective morphs)", col=1)
    figure.update_annotations(font_size=14)
    figure.update_layout(
        margin={"t": 85 if title else 45}, legend={"x": 1.01, "y": 1}, showlegend=len(groups) > 1
    )
    return figure


def _add_curve(
    figure: go.Figure,
    column: int,
    rows: pd.DataFrame,
    against: str,
    group: Hashable,
    *,
    colour: str,
    has_name: bool,
) -> None:
    name = label(group)
    if has_name:
        figure.add_traces(_interval(rows, against, colour, name), rows=1, cols=column)
    seen = rows["method"].isin(["rarefaction", "observed"])
    beyond = rows["method"].isin(["observed", "extrapolation"])
    for is_part, dash in ((seen, "solid"), (beyond, "dash")):
        part = rows[is_part]
        figure.add_scatter(
            x=part[against],
            y=part["estimate"],
            mode="lines",
            line={"color": colour, "width": 2 if has_name else 1, "dash": dash},
            name=name,
            legendgroup=name,
            showlegend=has_name and dash == "solid" and column == 1,
            customdata=[
                [wrapped(group), f"{m:,.0f}", f"{coverage:.1%}", method]
                for m, coverage, method in zip(part["m"], part["coverage"], part["method"], strict=True)
            ],
            hovertemplate="%{customdata[0]}<br>%{customdata[1]} objects, coverage %{customdata[2]} "
            "(%{customdata[3]})<br>%{y:.4~g} effective morphs<extra></extra>",
            row=1,
            col=column,
        )
    here = rows[rows["method"] == "observed"]
    figure.add_scatter(
        x=here[against],
        y=here["estimate"],
        mode="markers",
        marker={"color": colour, "size": 9 if has_name else 4},
        legendgroup=name,
        showlegend=False,
        hoverinfo="skip",
        row=1,
        col=column,
    )


def _add_years(figure: go.Figure, first: int, last: int) -> None:
    """Colour bar of the years, where there are too many for a legend."""
    figure.add_scatter(
        x=[None],
        y=[None],
        mode="markers",
        marker={
            "color": [first],
            "cmin": first,
            "cmax": last,
            "colorscale": scale_of(YEARS),
            "showscale": True,
            "colorbar": colour_bar("Year") | {"tickformat": "d"},
        },
        showlegend=False,
        hoverinfo="skip",
    )


def _interval(rows: pd.DataFrame, x: str, colour: str, name: str) -> list[go.Scatter]:
    traces = band(
        rows[x].tolist(),
        rows["ci_lo"].to_numpy(np.float64),
        rows["ci_hi"].to_numpy(np.float64),
        np.zeros(len(rows), dtype=bool),
        colour=colour,
        name=name,
        showlegend=False,
    )
    # The opacity is that of the trace, so that the colour stays one of the palette on a dark ground too.
    return [trace.update(opacity=0.25) for trace in traces]


def _colour(place: int, n_groups: int) -> tuple[str, bool]:
    """Colour of a group, and whether it has a name in the legend."""
    return (PALETTE[place], True) if n_groups <= MOST_GROUPS else (FAINT, False)


def _groups(dates: pd.Series, by: str) -> pd.Series:
    if by == "all":
        return pd.Series(NO_GROUP, index=dates.index)
    times = pd.to_datetime(dates, format="ISO8601", utc=True, errors="coerce")
    if by == "year":
        return times.dt.year.astype("Int64").astype(object).where(times.notna(), None)
    return (times.dt.month % 12 // 3).map(dict(enumerate(SEASONS)))
