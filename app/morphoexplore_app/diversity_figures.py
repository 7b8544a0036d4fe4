"""The figure of indices as the page Diversity draws it: of samples or of months, by group, beside another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore import figures
from morphoexplore.figures.look import message_figure
from morphoexplore.figures.panels import Key, is_of, read_key
from morphoexplore.figures.text import label
from morphoexplore.methods import timeseries
from morphoexplore.steps.tallying import NO_CELL

ROOM = 0.06  # of the range, above and below


def over_time(
    table: pd.DataFrame,
    keys: Sequence[Key],
    *,
    series: pd.DataFrame | None = None,
    step: str | None = None,
    groups: Sequence[str] | None = None,
    trends: pd.DataFrame | None = None,
    is_beta: bool = False,
) -> Any:
    """
    Draw indices over time.

    Parameters
    ----------
    table : DataFrame
        Of indices, with ``group`` where there are groups.
    series : DataFrame, optional
        Regular series of the table. Then points are steps, and have names like ``2019-03`` or ``2019-W12``.
    step : {"month", "week"}, optional
        Of the series.
    groups : sequence of str, optional
        Groups that are drawn, each in its colour.
    trends : DataFrame, optional
        Of the series, to be drawn as straight lines.
    is_beta : bool
        The series is of beta: how many samples there seem to be that share nothing.
    """
    if not keys or table.empty:
        return message_figure("Being computed \u2026")
    if groups is None:
        figure = _of_one(table, keys, series, step, trends)
        return say_beta(figure) if is_beta else figure
    table = table[table["group"].isin(list(groups))]
    if table.empty:
        return message_figure("No sample is known to be in a group.")
    if table["datetime"].notna().any():
        table = table[table["datetime"].notna()]
    own = {name: None if series is None else series[series["group"] == name] for name in groups}
    base = _of_one(_any_group(table, keys, own, step), keys, None, None)
    bars = [trace for trace in base.data if trace.type == "bar"]
    base.data = []
    for number, name in enumerate(groups):
        part = table[table["group"] == name]
        if part.empty:
            continue
        slopes = None if trends is None else trends[trends["group"] == name]
        figure = _of_one(part, keys, own[name], step, slopes)
        base.add_traces(_coloured(figure, name, figures.PALETTE[number % len(figures.PALETTE)]))
    base.add_traces(bars)
    return say_beta(base) if is_beta else base


def _any_group(
    table: pd.DataFrame, keys: Sequence[Key], own: dict[str, pd.DataFrame | None], step: str | None
) -> pd.DataFrame:
    """Return what sets the axes, and the bars of objects, of all groups together."""
    parts = [
        _of_steps(table[table["group"] == name], keys, series, step)
        for name, series in own.items()
        if series is not None and step is not None and len(series)
    ]
    if not parts:
        return table
    steps = pd.concat(parts)
    totals = steps.groupby(["sample", "index", "q"], dropna=False)["n_objects"].sum()
    first = steps.drop_duplicates(["sample", "index", "q"]).set_index(["sample", "index", "q"])
    return first.assign(n_objects=totals).reset_index()


def _of_one(
    table: pd.DataFrame,
    keys: Sequence[Key],
    series: pd.DataFrame | None,
    step: str | None,
    trends: pd.DataFrame | None = None,
) -> Any:
    if series is None or step is None or series.empty:
        return figures.diversity_over_time(table, indices=keys)
    found = [key for key in keys if is_of(series, key).any()]
    trend = series if len(found) else None
    return figures.diversity_over_time(
        _of_steps(table, keys, series, step), indices=keys, series=trend, trends=trends
    )


def _of_steps(table: pd.DataFrame, keys: Sequence[Key], series: pd.DataFrame, step: str) -> pd.DataFrame:
    """Return the means of steps as a table of samples."""
    samples = table.drop_duplicates("sample_id").dropna(subset=["datetime"])
    phase = timeseries.phases(samples["datetime"], step)
    counted = samples["n_objects"].groupby([phase["year"].to_numpy(), phase["phase"].to_numpy()]).sum()
    steps = series.drop_duplicates("time").sort_values("time")[["time", "year", "phase"]]
    rows = []
    for key in keys:
        name, q = read_key(key)
        of_key = series[is_of(series, key) & (series["status"] == "ok")].set_index("time")
        part = steps.assign(index=name, q=q)
        for column, origin in (("estimate", "value"), ("ci_lo", "low"), ("ci_hi", "high")):
            part[column] = of_key[origin].astype(np.float64).reindex(steps["time"]).to_numpy()
        part["status"] = np.where(
            of_key["n_doubtful"].reindex(steps["time"]).fillna(0).to_numpy()
            >= of_key["n_samples"].reindex(steps["time"]).fillna(np.inf).to_numpy(),
            "unreliable",
            "ok",
        )
        rows.append(part)
    found = pd.concat(rows, ignore_index=True)
    places = list(zip(found["year"].astype(int), found["phase"].astype(int), strict=True))
    found["n_objects"] = counted.reindex(pd.MultiIndex.from_tuples(places)).fillna(0).to_numpy(np.int64)
    found["sample"] = [_step_name(year, phase, step) for year, phase in places]
    return found.rename(columns={"time": "datetime"})


def step_of(time: str, step: str) -> str:
    """
    Return the name of the month or week in which a time lies.

    Examples
    --------
    >>> step_of("2019-03-01", "month"), step_of("2019-03-01T12:00:00", "week")
    ('2019-03', '2019-W09')
    """
    found = timeseries.phases([time], step).iloc[0]
    return _step_name(int(found["year"]), int(found["phase"]), step)


def _step_name(year: int, phase: int, step: str) -> str:
    return f"{year}-{'W' if step == 'week' else ''}{phase:02d}"


def _coloured(figure: Any, name: str, colour: str) -> list[Any]:
    """Return the points and lines of a figure in the colour of a group, which the legend names once."""
    faint = f"rgba({int(colour[1:3], 16)},{int(colour[3:5], 16)},{int(colour[5:], 16)},0.18)"
    is_named = False
    traces = []
    for trace in figure.data:
        if trace.type == "bar":
            continue
        is_points = trace.mode == "markers"
        names_it = is_points and not is_named and len(trace.x) > 0
        trace.update(legendgroup=f"group {name}", name=label(name), showlegend=names_it)
        is_named = is_named or names_it
        if trace.fill:
            trace.fillcolor = faint
        if trace.line and trace.line.color and not trace.fill:
            trace.line.color = colour
        if is_points:
            trace.marker.line.color = colour
            trace.marker.color = "white" if trace.marker.color == "white" else colour
        traces.append(trace)
    return traces


def say_cells(figure: Any) -> Any:
    """Name what stands in a composition of cells."""
    for trace in figure.data:
        if trace.name == "unsorted":
            trace.name = NO_CELL
        elif trace.name and trace.name.endswith("other morphs"):
            trace.name = trace.name.replace("morphs", "cells")
    return figure


def say_beta(figure: Any) -> Any:
    """Name the panels of beta: they count samples, not morphs."""
    for note in figure.layout.annotations:
        if note.text and note.text.startswith("Hill number of order"):
            note.text = note.text.replace("Hill number of order", "Beta of order")
    for axis in figure.select_yaxes():
        if axis.title.text == "effective morphs":
            axis.title.text = "effective samples"
    for trace in figure.data:
        if trace.hovertemplate:
            trace.hovertemplate = trace.hovertemplate.replace(
                "Hill number of order", "Beta of order"
            ).replace("effective morphs", "effective samples")
    return figure


def share_axes(one: Any, other: Any) -> None:
    """Give two figures of the same panels the same axes, so that they can be compared."""
    for axis in sorted(name for name in one.to_dict()["layout"] if name.startswith("yaxis")):
        trace_axis = axis.replace("axis", "")
        values = np.concatenate([_heights(figure, trace_axis) for figure in (one, other)])
        if not len(values):
            continue
        low, high = float(values.min()), float(values.max())
        low = min(low, 0.0)
        room = ROOM * (high - low or 1.0)
        for figure in (one, other):
            figure.layout[axis].range = [low - (room if low < 0 else 0), high + room]


def _heights(figure: Any, axis: str) -> np.ndarray:
    rows = [trace.y for trace in figure.data if (trace.yaxis or "y") == axis and trace.y is not None]
    values = pd.to_numeric(
        pd.Series([one for row in rows for one in row], dtype=object), errors="coerce"
    ).to_numpy(np.float64)
    return values[np.isfinite(values)]


def index_of_click(figure: Any, click: Any) -> int | None:
    """Return the place of the panel that a point was clicked in, None where it is none of an index."""
    number = (click.get("points") or [{}])[0].get("curveNumber")
    if not isinstance(number, int) or not 0 <= number < len(figure.data):
        return None
    axis = figure.data[number].yaxis or "y"
    return int(axis.removeprefix("y") or 1) - 1
