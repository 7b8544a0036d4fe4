"""Which morphs samples consist of, over time."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from morphoexplore.figures.axes import MANY_BARS, SampleAxis, bar_widths, iso_or_rank, place_samples
from morphoexplore.figures.look import OTHER, PALETTE, UNSORTED, message_figure, require_columns, style
from morphoexplore.figures.places import OTHER_MORPHS, UNSORTED_MORPH, bar_id
from morphoexplore.figures.text import NAME_LENGTH, date_text, names_of, plain, shortened, wrapped


def composition_over_time(
    counts: pd.DataFrame,
    *,
    relative: bool = True,
    by: Literal["date", "sample"] = "date",
    n_morphs: int = 12,
    unit: str = "objects",
    title: str = "",
) -> go.Figure:
    """
    Draw which morphs samples consist of, as stacked bars, the unsorted objects included.

    Parameters
    ----------
    counts : DataFrame
        Long: ``sample``; ``datetime`` (ISO 8601 text or time, UTC); ``node_id`` (number of the morph; missing
        or -1 for the unsorted objects of the sample); ``title`` of the morph; ``count`` (objects or
        concentration); optionally ``colour`` (``#rrggbb``, else a colour of the palette is taken).
    relative : bool
        Shares of each bar, or counts.
    by : {"date", "sample"}
        One bar per day, samples of a day added up (per time in a study of less than ten days), or one bar
        per sample side by side (also where no sample has a date).
    n_morphs : int
        Most morphs to show, at most 12: the largest ones; the rest is "other morphs".
    unit : str
        What ``count`` counts, for axis and hovers.
    title : str
        Title above; usually left to the caption.

    Returns
    -------
    figure : Figure
        Bands from the largest morph at the bottom to other morphs and the unsorted at the top, which are
        always in the legend: a trend in what is unsorted is a false trend of everything else. The ``ids`` of a
        bar name its morphs and its place (see :mod:`.places`).

    Raises
    ------
    ValueError
        If the table lacks a column.
    """
    require_columns(counts, ("sample", "datetime", "node_id", "title", "count"))
    if not counts["count"].sum() > 0:
        return message_figure("No composition yet: there are no objects.")
    places, axis = place_samples(counts, pool=by == "date", by_sample=by == "sample")
    table = _placed(counts, places)
    bands = _bands(table, min(n_morphs, len(PALETTE)))
    heights = table.assign(band=_node_ids(table).map(_band_of(bands))).pivot_table(
        index="place", columns="band", values="count", aggfunc="sum", fill_value=0, observed=False
    )
    heights = heights.reindex(columns=range(len(bands)), fill_value=0)
    samples = table.groupby("place")["sample"].unique()
    figure = go.Figure(_bars(heights, samples, bands, axis, relative=relative, unit=unit))
    style(figure, title, height=520)
    figure.update_xaxes(axis.options, title_text=axis.title, showgrid=False)
    figure.update_yaxes(title_text=html.escape(f"Share of {unit}" if relative else unit.capitalize()))
    if relative:
        figure.update_yaxes(range=[0, 1], tickformat=".0%")
    figure.update_layout(
        barmode="stack",
        legend={"traceorder": "reversed", "x": 1.01, "y": 1, "yanchor": "top"},
        hoverlabel_align="left",
    )
    return figure


def other_morphs(
    counts: pd.DataFrame, *, by: Literal["date", "sample"] = "date", n_morphs: int = 12
) -> list[int]:
    """Return the numbers of the morphs that :func:`composition_over_time` draws together, largest first."""
    if not counts["count"].sum() > 0:
        return []
    places, _ = place_samples(counts, pool=by == "date", by_sample=by == "sample")
    bands = _bands(_placed(counts, places), min(n_morphs, len(PALETTE)))
    return [morph for band in bands if band.key == OTHER_MORPHS for morph in band.node_ids]


def _placed(counts: pd.DataFrame, places: pd.Series) -> pd.DataFrame:
    """Give counts their place on the axis; what has none is left out."""
    return counts.assign(place=counts["sample"].map(places)).dropna(subset="place")


@dataclass(frozen=True)
class _Band:
    """A band of the stack: the morphs it holds, its name in full and in the legend, its colour, its id."""

    node_ids: tuple[int, ...]
    title: str
    label: str
    colour: str
    key: str


UNSORTED_ID = -1


def _bands(table: pd.DataFrame, n_morphs: int) -> list[_Band]:
    """Largest morphs, the other morphs if there are any, and always the unsorted."""
    node_id = _node_ids(table)
    sizes = table["count"].groupby(node_id).sum().drop(UNSORTED_ID, errors="ignore")
    sizes = sizes[sizes > 0].sort_values(ascending=False, kind="stable")
    titles = table.groupby(node_id)["title"].first()
    colours = table.groupby(node_id)["colour"].first() if "colour" in table else pd.Series(dtype=object)
    largest = sizes.index[:n_morphs]
    names = titles.reindex(largest).map(plain)
    short = names.map(lambda name: shortened(name, NAME_LENGTH))
    # Morphs whose names look the same in the legend get their number.
    labels = short.where(~short.duplicated(keep=False), short + [f" ({morph})" for morph in largest])
    bands = [
        _Band((morph,), names[morph], labels[morph], _colour(colours.get(morph), place), str(morph))
        for place, morph in enumerate(largest)
    ]
    others = tuple(sizes.index[n_morphs:])
    if others:
        title = f"{len(others)} other morphs" if len(others) > 1 else "1 other morph"
        bands.append(_Band(others, title, title, OTHER, OTHER_MORPHS))
    return [*bands, _Band((UNSORTED_ID,), "unsorted", "unsorted", UNSORTED, UNSORTED_MORPH)]


def _node_ids(table: pd.DataFrame) -> pd.Series:
    """Numbers of morphs, -1 where unsorted."""
    return pd.to_numeric(table["node_id"]).fillna(UNSORTED_ID).astype(np.int64)


def _band_of(bands: Sequence[_Band]) -> dict[int, int]:
    return {node_id: place for place, band in enumerate(bands) for node_id in band.node_ids}


def _colour(given: object, place: int) -> str:
    """Take the colour given if it is one, else the next of the palette."""
    if isinstance(given, str) and re.fullmatch(r"#[0-9a-fA-F]{6}", given):
        return given
    return PALETTE[place % len(PALETTE)]


def _bars(
    heights: pd.DataFrame,
    samples: pd.Series,
    bands: Sequence[_Band],
    axis: SampleAxis,
    *,
    relative: bool,
    unit: str,
) -> list[go.Bar]:
    """One trace per band."""
    totals = heights.sum(axis=1)
    shares = heights.div(totals.where(totals > 0), axis=0)
    x = [iso_or_rank(place) for place in heights.index]
    widths = bar_widths(heights.index, axis)
    edge = 0.0 if len(heights) > MANY_BARS else 0.4
    heads = [
        f"<b>{names_of(samples[place])}</b><br>{date_text(place)}".removesuffix("<br>")
        for place in heights.index
    ]
    traces = []
    for place, band in enumerate(bands):
        cells = zip(heads, heights[place], shares[place].fillna(0), strict=True)
        traces.append(
            go.Bar(
                x=x,
                y=(shares if relative else heights)[place].tolist(),
                width=widths,
                name=html.escape(band.label, quote=False),
                marker={"color": band.colour, "line": {"color": "white", "width": edge}},
                ids=[bar_id(band.key, place) for place in heights.index],
                customdata=[
                    [wrapped(band.title), head, f"{count:,.10g}", f"{share:.1%}"]
                    for head, count, share in cells
                ],
                hovertemplate="%{customdata[1]}<br>%{customdata[0]}: "
                f"%{{customdata[2]}} {html.escape(unit)} (%{{customdata[3]}})<extra></extra>",
            )
        )
    return traces
