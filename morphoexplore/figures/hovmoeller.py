"""Time against an axis of the morphospace, against size, or against morphs, as heat maps (Hovmoeller diagrams)."""

from __future__ import annotations

import html
from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from morphoexplore.figures.axes import SampleAxis, date_texts, place_samples, time_options
from morphoexplore.figures.cells import GAP_CELL, cells_of, colour_bar, no_data, spread
from morphoexplore.figures.look import (
    SEQUENTIAL,
    message_figure,
    require_columns,
    scale_of,
    style,
    with_sample,
)
from morphoexplore.figures.places import COUNTED, bar_id
from morphoexplore.figures.text import date_text, label, wrapped

N_BINS = (12, 48)
DECADES = 3.0  # of the logarithmic scale; what is smaller has the lightest colour


def axis_density(
    cloud: pd.DataFrame,
    axis: str,
    *,
    step: Literal["date", "week", "month"] = "date",
    n_bins: int | None = None,
    is_log: bool = False,
) -> pd.DataFrame:
    """
    Return how the objects of every date are distributed along an axis.

    Parameters
    ----------
    cloud : DataFrame
        One row per object: ``sample`` or ``sample_id``, ``datetime``, ``weight`` (what the object stands for) and the axis.
    axis : str
        Column, of the morphospace or a size.
    step : {"date", "week", "month"}
        Objects of a step are added up, and stand at its middle; dates of few objects make a figure of noise.
    n_bins : int, optional
        Bins from the smallest value to the largest, the same for all dates; 12 to 48 by the objects of a usual date unless given.
    is_log : bool
        Bins of equal ratio; values of 0 and below are left out.

    Returns
    -------
    density : DataFrame
        One row per date and bin, empty ones included: ``place`` (date, or rank of the sample where no sample has one), ``low``,
        ``high`` (of the bin), ``weight`` (in the bin), ``density`` (share of the weight of the date per unit of the axis; of a
        logarithmic one per factor of 10).
    """
    cloud = with_sample(cloud)
    require_columns(cloud, ("sample", "datetime", "weight", axis))
    values = cloud[axis].astype(float)
    known = np.isfinite(values) & (cloud["weight"] > 0) & ((values > 0) | (not is_log))
    places, found = place_samples(cloud, pool=True)
    cloud = cloud.assign(place=cloud["sample"].map(places))[known].dropna(subset="place")
    columns = ["place", "low", "high", "weight", "density"]
    if cloud.empty:
        return pd.DataFrame(columns=columns)
    position = cloud[axis].to_numpy(dtype=np.float64)
    position = np.log10(position) if is_log else position
    low, high = float(position.min()), float(position.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    place = date_texts(cloud["place"], found)
    if step != "date" and found.is_time:
        steps = cloud["place"].dt.to_period("W" if step == "week" else "M")
        place = steps.dt.start_time + (steps.dt.end_time - steps.dt.start_time).dt.floor("D") / 2
    codes, dates = pd.factorize(place, sort=True)
    if n_bins is None:  # Rice's rule
        n_bins = int(np.clip(2 * np.cbrt(np.median(np.bincount(codes))), *N_BINS))
    edges = np.linspace(low, high, n_bins + 1)
    bins = np.clip(np.searchsorted(edges, position, side="right") - 1, 0, n_bins - 1)
    weights = np.bincount(
        codes * n_bins + bins, cloud["weight"].to_numpy(np.float64), len(dates) * n_bins
    ).reshape(len(dates), n_bins)
    shown = 10**edges if is_log else edges
    return pd.DataFrame(
        {
            "place": np.repeat(np.asarray(dates), n_bins),
            "low": np.tile(shown[:-1], len(dates)),
            "high": np.tile(shown[1:], len(dates)),
            "weight": weights.ravel(),
            "density": (weights / weights.sum(axis=1, keepdims=True) / np.diff(edges)).ravel(),
        }
    )[columns]


def axis_over_time(
    density: pd.DataFrame,
    *,
    axis_title: str = "PC 1",
    is_log: bool = False,
    quantity: str = "density",
    unit: str = "share of the date per unit",
    title: str = "",
) -> go.Figure:
    """
    Draw time against an axis: where the objects of every date lie on it, on a logarithmic colour scale.

    Blank cells hold no object, grey ones lie in gaps without samples. The first entry of the ``customdata`` of a cell is the id of
    its date (see :mod:`.places`).

    Parameters
    ----------
    density : DataFrame
        As from :func:`axis_density`: ``place``, ``low``, ``high`` and the quantity.
    axis_title : str
        Of the axis, with its unit: ``PC 1``, ``ESD (mm)``.
    is_log : bool
        The axis is logarithmic.
    quantity : {"density", "weight"}
        Column to draw.
    unit : str
        Of the quantity, for the colour bar.
    title : str
        Above the figure.

    Raises
    ------
    ValueError
        If the table lacks a column.
    """
    require_columns(density, ("place", "low", "high", quantity))
    if density.empty:
        return message_figure("No object has a place on this axis yet.")
    bins = density[["low", "high"]].drop_duplicates().sort_values("low")
    grid = density.pivot_table(index="low", columns="place", values=quantity, aggfunc="sum")
    figure = _heat_map(
        grid.to_numpy(np.float64),
        list(grid.columns),
        [*bins["low"], bins["high"].iloc[-1]],
        heads=[f"{low:.3g} to {high:.3g}" for low, high in bins.itertuples(index=False)],
        keys=[COUNTED] * len(bins),
        unit=unit,
        gap=0,
    )
    style(figure, title, height=420)
    _date_axis(figure, list(grid.columns))
    figure.update_yaxes(title_text=label(axis_title, 60), type="log" if is_log else "linear", showgrid=False)
    if is_log:
        figure.update_yaxes(range=np.log10([bins["low"].iloc[0], bins["high"].iloc[-1]]).tolist())
    else:
        figure.update_yaxes(range=[bins["low"].iloc[0], bins["high"].iloc[-1]])
    return figure


def morphs_over_time(
    counts: pd.DataFrame,
    *,
    n_morphs: int = 40,
    by_sample: bool = False,
    unit: str = "objects",
    title: str = "",
) -> go.Figure:
    """
    Draw time against morphs, the largest at the top, on a logarithmic colour scale.

    Blank cells hold nothing, grey ones lie in gaps without samples. The first entry of the ``customdata`` of a cell is its id: the
    morph and the date (see :mod:`.places`).

    Parameters
    ----------
    counts : DataFrame
        What ``counts.csv`` holds: ``sample``, ``datetime``, ``node_id`` (missing: unsorted), ``title``, ``count`` (objects or
        concentration). Samples of a date are added up.
    n_morphs : int
        Most morphs to show; of the others it is said how many they are.
    by_sample : bool
        Samples side by side.
    unit : str
        Of ``count``.
    title : str
        Above the figure.

    Raises
    ------
    ValueError
        If the table lacks a column.
    """
    counts = with_sample(counts)
    require_columns(counts, ("sample", "datetime", "node_id", "title", "count"))
    places, axis = place_samples(counts, pool=True, by_sample=by_sample)
    number = pd.to_numeric(counts["node_id"])
    table = counts.assign(place=counts["sample"].map(places), node_id=number).dropna(subset="place")
    every = sorted(table["place"].unique())
    table = table[table["node_id"] >= 0]
    if not table["count"].sum() > 0:
        return message_figure("No composition yet: no object is in a morph.")
    grid = table.pivot_table(index="node_id", columns="place", values="count", aggfunc="sum", fill_value=0)
    grid = grid.reindex(columns=every, fill_value=0)
    sizes = grid.sum(axis=1).sort_values(ascending=False, kind="stable")
    sizes = sizes[sizes > 0]
    chosen = list(sizes.index[:n_morphs])
    titles = table.groupby("node_id")["title"].first()
    figure = _heat_map(
        grid.loc[chosen].to_numpy(np.float64),
        every,
        [row - 0.5 for row in range(len(chosen) + 1)],
        heads=[wrapped(titles[morph]) for morph in chosen],
        keys=[str(int(morph)) for morph in chosen],
        unit=unit,
        gap=1 if len(every) <= 80 else 0,
    )
    style(figure, title, height=max(320, 140 + 19 * len(chosen)))
    _date_axis(figure, every, axis)
    figure.update_yaxes(
        tickvals=list(range(len(chosen))),
        ticktext=_labels(titles.reindex(chosen)),
        range=[len(chosen) - 0.5, -0.5],
        showgrid=False,
        tickfont_size=12,
        automargin=True,
    )
    hidden = len(sizes) - len(chosen)
    if hidden:
        figure.update_yaxes(title_text=f"{len(chosen)} largest of {len(sizes)} morphs")
    return figure


def _labels(titles: pd.Series) -> list[str]:
    """Names of morphs; those that look alike when they are short get their number."""
    short = titles.map(lambda title: label(title, 36))
    alike = short.duplicated(keep=False)
    return [
        f"{text} ({morph:.0f})" if is_alike else text
        for (morph, text), is_alike in zip(short.items(), alike, strict=True)
    ]


def _heat_map(
    values: np.ndarray,
    places: list[object],
    y_edges: list[float],
    *,
    heads: list[str],
    keys: list[str],
    unit: str,
    gap: int,
) -> go.Figure:
    """Logarithms as colours; what is 0 stays blank, what lies in a gap is grey."""
    edges, shown = cells_of(places)
    with np.errstate(divide="ignore"):
        logs = np.where(values > 0, np.log10(values), np.nan)
    top = float(np.nanmax(logs))
    bottom = max(float(np.nanmin(logs)), top - DECADES)
    if bottom == top:
        bottom = top - 1
    texts = [
        [
            None
            if column == GAP_CELL or not values[row, column] > 0
            else [
                bar_id(key, places[column]),
                head,
                _place_text(places[column]),
                f"{values[row, column]:.4g}",
            ]
            for column in shown
        ]
        for row, (head, key) in enumerate(zip(heads, keys, strict=True))
    ]
    missing = np.tile(np.asarray(shown) == GAP_CELL, (len(values), 1))
    grey = no_data(edges, y_edges, missing)
    grey.update(xgap=0, ygap=0)
    figure = go.Figure(grey)
    powers = np.arange(np.ceil(bottom - 1e-9), np.floor(top + 1e-9) + 1)
    if len(powers) < 2:
        powers = np.linspace(bottom, top, 3)
    figure.add_heatmap(
        x=edges,
        y=y_edges,
        z=spread(logs, shown).astype(np.float32),
        zmin=bottom,
        zmax=top,
        colorscale=scale_of(SEQUENTIAL[1:]),
        hoverongaps=False,
        customdata=texts,
        hovertemplate="%{customdata[1]}<br>%{customdata[2]}<br>"
        f"%{{customdata[3]}} {html.escape(unit)}<extra></extra>",
        colorbar=colour_bar(label(unit[:1].upper() + unit[1:], 60))
        | {"tickvals": powers.tolist(), "ticktext": [f"{10**power:.3g}" for power in powers]},
        xgap=gap,
        ygap=gap,
    )
    return figure


def _place_text(place: object) -> str:
    return date_text(place) or f"sample {place}"


def _date_axis(figure: go.Figure, places: list[object], axis: SampleAxis | None = None) -> None:
    """Dates, or samples side by side."""
    if axis is not None:
        figure.update_xaxes(axis.options, title_text=axis.title, showgrid=False)
    elif isinstance(places[0], pd.Timestamp):
        figure.update_xaxes(time_options(pd.Series(places)), title_text="Date (UTC)", showgrid=False)
    else:
        figure.update_xaxes(title_text="Sample", range=[-0.5, len(places) - 0.5], showgrid=False)
