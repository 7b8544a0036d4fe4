"""Lines and bands that break where nothing was measured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from morphoexplore.figures.axes import GAP, iso_or_rank


def after_gaps(places: pd.Series | pd.Index) -> np.ndarray:
    """Whether each of some places in order comes after a gap: a pause longer than most."""
    pauses = pd.Series(places).diff()
    return (pauses > GAP * pauses.quantile(0.75)).to_numpy()


def runs(known: Sequence[bool] | np.ndarray, is_after_gap: np.ndarray) -> list[np.ndarray]:
    """Return the rows that follow each other without a gap and without a missing value, run by run."""
    rows = np.flatnonzero(known)
    if not len(rows):
        return []
    apart = (np.diff(rows) > 1) | is_after_gap[rows[1:]]
    return np.split(rows, np.flatnonzero(apart) + 1)


def broken_line(
    places: Sequence[object], values: Sequence[float] | np.ndarray, is_after_gap: np.ndarray
) -> tuple[list[object], list[float | None]]:
    """Return coordinates of a line with an empty point in every gap and where a value is missing."""
    x: list[object] = []
    y: list[float | None] = []
    for place, value, gap in zip(places, values, is_after_gap, strict=True):
        if gap:
            x.append(x[-1])
            y.append(None)
        x.append(iso_or_rank(place))
        y.append(None if np.isnan(value) else float(value))
    return x, y


def band(
    places: Sequence[object],
    low: np.ndarray,
    high: np.ndarray,
    is_after_gap: np.ndarray,
    *,
    colour: str,
    name: str,
    showlegend: bool,
    bar: int = 5,
) -> list[go.Scatter]:
    """Return a band between two lines; a step that stands alone is a bar, *bar* pixels wide, of the same interval."""
    xs = [iso_or_rank(place) for place in places]
    polygons: tuple[list[object], list[float | None]] = ([], [])
    bars: tuple[list[object], list[float | None]] = ([], [])
    for run in runs(np.isfinite(low) & np.isfinite(high), is_after_gap):
        x, y = bars if len(run) == 1 else polygons
        if x:
            x.append(x[-1])
            y.append(None)
        there, back = run.tolist(), run[::-1].tolist()
        x += [xs[row] for row in there] + [xs[row] for row in back]
        y += [float(high[row]) for row in there] + [float(low[row]) for row in back]
    common = {"mode": "lines", "hoverinfo": "skip", "name": name, "legendgroup": name}
    traces = []
    if polygons[0]:
        x, y = polygons
        line = {"color": colour, "width": 0}
        traces.append(go.Scatter(x=x, y=y, line=line, fill="toself", fillcolor=colour, **common))
    if bars[0]:
        x, y = bars
        traces.append(go.Scatter(x=x, y=y, line={"color": colour, "width": bar}, **common))
    for place, trace in enumerate(traces):
        trace.showlegend = showlegend and place == 0
    return traces
