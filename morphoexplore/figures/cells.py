"""Cells of heat maps: columns that stand at their dates and leave gaps free, and cells that say where nothing is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from morphoexplore.figures.axes import GAP, iso_or_rank
from morphoexplore.figures.look import NO_DATA

GAP_CELL = -1
ALONE = pd.Timedelta(days=4)  # wide is the cell of a single date


def cells_of(places: Sequence[object] | pd.Index) -> tuple[list[object], list[int]]:
    """
    Return where cells begin and end, and which place each shows.

    Parameters
    ----------
    places : sequence of Timestamp or int
        Different, in order.

    Returns
    -------
    edges : list
        One more than there are cells, as plotly reads them.
    shown : list of int
        Row of each cell in *places*; ``GAP_CELL`` where nothing is.
    """
    if not isinstance(places[0], pd.Timestamp):
        return [place - 0.5 for place in range(len(places) + 1)], list(range(len(places)))
    moments = pd.DatetimeIndex(list(places)).as_unit("s").asi8.astype(np.float64)
    if len(moments) == 1:
        return [iso_or_rank(places[0] - ALONE / 2), iso_or_rank(places[0] + ALONE / 2)], [0]
    pauses = np.diff(moments)
    usual = float(np.quantile(pauses, 0.75))
    is_gap = pauses > GAP * usual
    edges, shown = [moments[0] - min(pauses[0], usual) / 2], []
    for row, pause in enumerate(pauses):
        shown.append(row)
        edges.append(moments[row] + (usual if is_gap[row] else pause) / 2)
        if is_gap[row]:
            shown.append(GAP_CELL)
            edges.append(moments[row + 1] - usual / 2)
    shown.append(len(pauses))
    edges.append(moments[-1] + min(pauses[-1], usual) / 2)
    return [pd.Timestamp(edge, unit="s").isoformat() for edge in edges], shown


def spread(values: np.ndarray, shown: Sequence[int], *, axis: int = 1, fill: object = np.nan) -> np.ndarray:
    """Return the columns (or rows) that cells show; gaps are filled."""
    taken = np.take(values, np.maximum(shown, 0), axis=axis)
    places: list[slice | np.ndarray] = [slice(None)] * taken.ndim
    places[axis] = np.asarray(shown) == GAP_CELL
    taken[tuple(places)] = fill
    return taken


def no_data(x: Sequence[object], y: Sequence[object], is_missing: np.ndarray) -> go.Heatmap:
    """Return grey cells where nothing is known, to lie below a heat map."""
    return go.Heatmap(
        x=list(x),
        y=list(y),
        z=np.asarray(is_missing, dtype=np.uint8),
        zmin=0,
        zmax=1,
        colorscale=[[0.0, "rgba(0,0,0,0)"], [0.5, "rgba(0,0,0,0)"], [0.5, NO_DATA], [1.0, NO_DATA]],
        showscale=False,
        hoverinfo="skip",
        xgap=1,
        ygap=1,
    )


def colour_bar(title: str) -> dict[str, object]:
    """Return the look of a colour bar: its title beside it, so that long ones do not push the figure away."""
    return {
        "title": {"text": title, "side": "right", "font": {"size": 13}},
        "thickness": 14,
        "outlinewidth": 0,
    }
