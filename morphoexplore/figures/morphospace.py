"""The morphospace: where the objects of months or samples lie in it, and how its centre moves through the year."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots
from scipy.ndimage import gaussian_filter
from scipy.spatial import ConvexHull, QhullError

from morphoexplore.figures.axes import place_samples
from morphoexplore.figures.look import (
    FAINT,
    INK,
    MONTHS,
    POINTS,
    TREND,
    message_figure,
    require_columns,
    style,
    with_sample,
)
from morphoexplore.figures.panels import rows_of
from morphoexplore.figures.places import OBJECT_ID, SAMPLE_ID
from morphoexplore.figures.seasons import MONTH_NAMES
from morphoexplore.figures.text import date_text, label, wrapped

BINS = 90  # of each axis
SMOOTH, SMOOTH_PART = (
    2.0,
    3.6,
)  # bins, of all and of a panel; the same in all panels, so that they can be compared
FEWEST = 20  # objects that have contours; of fewer, each is a point
MOST_PANELS = 24
LONGEST = 26  # letters of the name of a panel
COLUMNS = 4
MANY_STEPS = 60  # samples whose path is drawn; more would be a tangle
SHARES = (50, 90)  # % of a panel, inside its contours
GREYS = [[0.0, "rgba(128,128,128,0)"], [0.15, "rgba(128,128,128,0.14)"], [1.0, "rgba(128,128,128,0.62)"]]


def morphospace(
    cloud: pd.DataFrame,
    *,
    x: str = "pc_1",
    y: str = "pc_2",
    by: Literal["month", "sample"] = "month",
    vertices: pd.DataFrame | None = None,
    title: str = "",
) -> go.Figure:
    """
    Draw the objects of every month (of all years) or sample in two axes of the morphospace, panel by panel.

    Grey is the density of all objects together. Lines enclose the densest half and nine tenths of the objects of the panel by their
    weight; the dotted line is their hull, whose corners are points that name their object in their ``ids``; the cross is the
    weighted centroid. Of more than 24 samples, 24 are drawn, as evenly in time as they come.

    Parameters
    ----------
    cloud : DataFrame
        One row per object: ``object_id``, ``sample`` or ``sample_id``, ``datetime``, ``weight`` (what the object stands for), and the
        two axes. Objects with a weight of 0 or without a position are left out.
    x, y : str
        Columns of the axes.
    by : {"month", "sample"}
        What a panel shows.
    vertices : DataFrame, optional
        ``object_id`` of the corners of the hull in all dimensions, to be drawn in place of those of the plane: the objects that
        functional richness rests on.
    title : str
        Above the figure.

    Raises
    ------
    ValueError
        If the table lacks a column.
    """
    cloud = with_sample(cloud)
    require_columns(cloud, ("object_id", "sample", "datetime", "weight", x, y))
    known = np.isfinite(cloud[[x, y, "weight"]].to_numpy(np.float64)).all(axis=1)
    cloud = cloud[known & (cloud["weight"] > 0)]
    if cloud.empty:
        return message_figure("No object has a place in the morphospace yet.")
    panels, left_out = _panels(cloud, by)
    if not panels:
        return message_figure("No object has a date; choose panels by sample.")
    frame = _Frame.of(cloud, x, y)
    pooled = gaussian_filter(frame.counted(cloud), SMOOTH, mode="constant")
    corners = None if vertices is None else set(vertices["object_id"])
    n_columns = min(COLUMNS, len(panels))
    n_rows = -(-len(panels) // n_columns)
    figure = make_subplots(
        rows=n_rows,
        cols=n_columns,
        shared_xaxes=True,
        shared_yaxes=True,
        horizontal_spacing=0.02,
        vertical_spacing=min(0.08, 0.28 / n_rows),
        subplot_titles=[f"{label(name, LONGEST)} \u2013 {len(part):,} objects" for name, part in panels],
    )
    for place, (_, part) in enumerate(panels):
        row, column = place // n_columns + 1, place % n_columns + 1
        for trace in _panel(part, frame, pooled, corners, names_it=place == 0):
            figure.add_trace(trace, row=row, col=column)
    style(figure, title, height=max(420, 110 + 235 * n_rows))
    figure.update_annotations(font_size=12)
    figure.update_xaxes(range=frame.x_range, showgrid=False)
    figure.update_yaxes(range=frame.y_range, showgrid=False)
    figure.update_xaxes(title_text=_axis_name(x), row=n_rows)
    figure.update_yaxes(title_text=_axis_name(y), col=1)
    for column in range(1, n_columns + 1):  # the lowest panel of each column has the numbers
        last = n_rows if (n_rows - 1) * n_columns + column <= len(panels) else n_rows - 1
        figure.update_xaxes(title_text=_axis_name(x), showticklabels=True, row=last, col=column)
    if len(panels) == 1:  # several share their axes, which cannot be kept to one scale
        figure.update_yaxes(scaleanchor="x", constrain="domain")
        figure.update_xaxes(constrain="domain")
    figure.update_layout(
        margin={"t": (95 if title else 65), "b": 60 + 25 * bool(left_out)},
        legend={
            "orientation": "h",
            "x": 1,
            "xanchor": "right",
            "y": 1 + 32 / (235 * n_rows),
            "yanchor": "bottom",
        },
        dragmode="pan",
    )
    if left_out:
        figure.add_annotation(
            text=left_out,
            x=0,
            y=0,
            yshift=-62,
            xref="paper",
            yref="paper",
            xanchor="left",
            yanchor="top",
            showarrow=False,
            font_size=12,
        )
    return figure


def centroid_trajectory(
    table: pd.DataFrame, *, axes: tuple[int, int] = (1, 2), weight: str | None = None, title: str = ""
) -> go.Figure:
    """
    Draw how the centroid of samples moves through the morphospace, coloured by month.

    Points are samples and name them in their ``ids``; large points with a name are the means of the months, joined to the usual
    year. Of up to 60 samples the path is drawn as well.

    Parameters
    ----------
    table : DataFrame
        What ``diversity.csv`` holds: ``sample`` or ``sample_id``, ``datetime``, ``index``, ``q``, ``estimate``; rows of ``cwm_1``,
        ``cwm_2``.
    axes : (int, int)
        Axes of the morphospace.
    weight : str, optional
        Where the table holds several.
    title : str
        Above the figure.

    Raises
    ------
    ValueError
        If the table lacks a column or the axes.
    """
    table = with_sample(table)
    require_columns(table, ("sample", "datetime", "index", "q", "estimate"))
    if table.empty:
        return message_figure("No centroids yet: no object has a place in the morphospace.")
    columns = [
        rows_of(table, f"cwm_{axis}", unique="sample", weight=weight).set_index("sample")["estimate"]
        for axis in axes
    ]
    places, axis = place_samples(table)
    if not axis.is_time:
        return message_figure("No sample has a date.")
    points = pd.DataFrame({"x": columns[0], "y": columns[1], "place": places}).dropna().sort_values("place")
    if points.empty:
        return message_figure("No dated sample has a centroid.")
    month = points["place"].dt.month
    figure = go.Figure()
    if len(points) <= MANY_STEPS:
        figure.add_scatter(
            x=points["x"],
            y=points["y"],
            mode="lines",
            line={"color": FAINT, "width": 1},
            name="path of the samples",
            hoverinfo="skip",
        )
    for number, part in points.groupby(month):
        figure.add_scatter(
            x=part["x"],
            y=part["y"],
            mode="markers",
            marker={
                "color": MONTHS[int(number) - 1],
                "size": 7 if len(points) <= 200 else 5,
                "opacity": 0.85,
                "line": {"color": INK, "width": 0.4},
            },
            name=MONTH_NAMES[int(number) - 1],
            ids=[f"{SAMPLE_ID}{name}" for name in part.index],
            customdata=[[wrapped(name), date_text(place)] for name, place in part["place"].items()],
            hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{x:.3~g}, %{y:.3~g}<extra></extra>",
        )
    means = points[["x", "y"]].groupby(month).mean()
    if len(points) > len(means) > 1:
        _add_months(figure, means)
    style(figure, title, height=560)
    figure.update_xaxes(title_text=f"Weighted mean on PC {axes[0]}", showgrid=True, gridcolor="#ECECEC")
    figure.update_yaxes(title_text=f"Weighted mean on PC {axes[1]}")
    figure.update_layout(legend={"x": 1.01, "y": 1, "yanchor": "top"})
    return figure


def _add_months(figure: go.Figure, means: pd.DataFrame) -> None:
    """Means of the months, joined in a ring where no month is missing."""
    numbers = [int(month) for month in means.index]
    ring = [*range(len(means)), 0] if len(means) == len(MONTH_NAMES) else list(range(len(means)))
    figure.add_scatter(
        x=means["x"].iloc[ring],
        y=means["y"].iloc[ring],
        mode="lines",
        line={"color": INK, "width": 1.5},
        name="usual year",
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=means["x"],
        y=means["y"],
        mode="markers+text",
        marker={
            "color": [MONTHS[number - 1] for number in numbers],
            "size": 15,
            "line": {"color": INK, "width": 1.4},
        },
        text=[MONTH_NAMES[number - 1] for number in numbers],
        textposition="top center",
        textfont={"size": 12},
        showlegend=False,
        hovertemplate="mean of %{text}<br>%{x:.3~g}, %{y:.3~g}<extra></extra>",
    )


@dataclass(frozen=True)
class _Frame:
    """The part of the plane that all panels show, in bins."""

    x: str
    y: str
    x_edges: np.ndarray
    y_edges: np.ndarray

    @classmethod
    def of(cls, cloud: pd.DataFrame, x: str, y: str) -> _Frame:
        return cls(x, y, _edges(cloud[x].to_numpy(np.float64)), _edges(cloud[y].to_numpy(np.float64)))

    @property
    def x_range(self) -> list[float]:
        return [float(self.x_edges[0]), float(self.x_edges[-1])]

    @property
    def y_range(self) -> list[float]:
        return [float(self.y_edges[0]), float(self.y_edges[-1])]

    def counted(self, part: pd.DataFrame) -> np.ndarray:
        """Weight in each bin; rows are y."""
        counted: np.ndarray
        counted, _, _ = np.histogram2d(
            part[self.y], part[self.x], bins=[self.y_edges, self.x_edges], weights=part["weight"]
        )
        return counted

    def middles(self) -> dict[str, np.ndarray]:
        """Middles of the bins, as plotly takes them."""
        return {
            "x": (self.x_edges[:-1] + self.x_edges[1:]) / 2,
            "y": (self.y_edges[:-1] + self.y_edges[1:]) / 2,
        }


def _edges(values: np.ndarray) -> np.ndarray:
    low, high = float(values.min()), float(values.max())
    room = 0.07 * (high - low) or 1.0
    return np.linspace(low - room, high + room, BINS + 1)


def _panels(cloud: pd.DataFrame, by: str) -> tuple[list[tuple[str, pd.DataFrame]], str]:
    """Return names and objects of the panels, and a sentence where not all samples have one."""
    places, axis = place_samples(cloud, by_sample=False)
    if by == "month":
        if not axis.is_time:
            return [], ""
        month = cloud["sample"].map(places).dt.month
        return [(MONTH_NAMES[int(number) - 1], part) for number, part in cloud.groupby(month)], ""
    names = list(places.sort_values(kind="stable").index)
    chosen = names
    if len(names) > MOST_PANELS:
        chosen = [names[row] for row in np.linspace(0, len(names) - 1, MOST_PANELS).round().astype(int)]
    parts: dict[Hashable, pd.DataFrame] = dict(
        tuple(cloud[cloud["sample"].isin(chosen)].groupby("sample", sort=False))
    )
    left_out = f"{len(chosen)} of {len(names)} samples are shown." if len(chosen) < len(names) else ""
    return [(_panel_name(str(name), places[name]), parts[name]) for name in chosen], left_out


def _panel_name(name: str, place: object) -> str:
    """Name of the sample, or its date where the name is so long that it would lose what tells it apart."""
    return name if len(name) <= LONGEST else date_text(place) or name


def _panel(
    part: pd.DataFrame, frame: _Frame, pooled: np.ndarray, corners: set[object] | None, *, names_it: bool
) -> list[go.Scatter | go.Heatmap | go.Contour]:
    """Grey ground, contours, hull with its corners, centroid."""
    traces: list[go.Scatter | go.Heatmap | go.Contour] = [
        go.Heatmap(
            **frame.middles(),
            z=np.round(255 * np.sqrt(pooled / pooled.max())).astype(np.uint8),
            colorscale=GREYS,
            showscale=False,
            hoverinfo="skip",
            zsmooth="best",
        )
    ]
    positions = part[[frame.x, frame.y]].to_numpy(np.float64)
    if len(part) >= FEWEST:
        traces.append(
            go.Contour(
                **frame.middles(),
                z=np.round(100 * _share_inside(frame.counted(part)), 1).astype(np.float32),
                contours={
                    "start": SHARES[0],
                    "end": SHARES[1],
                    "size": SHARES[1] - SHARES[0],
                    "coloring": "none",
                    "showlabels": False,
                },
                line={"color": POINTS, "width": 1.6, "smoothing": 0.8},
                showscale=False,
                hoverinfo="skip",
                name="densest 50 and 90 %",
                legendgroup="contours",
                showlegend=names_it,
            )
        )
    else:
        traces.append(_points(part, frame, "objects", POINTS, 4, showlegend=False))
    ring = _hull(positions)
    if len(ring):
        traces.append(
            go.Scatter(
                x=positions[ring][:, 0].round(4),
                y=positions[ring][:, 1].round(4),
                mode="lines",
                line={"color": INK, "width": 1, "dash": "dot"},
                name="hull",
                legendgroup="hull",
                showlegend=names_it,
                hoverinfo="skip",
            )
        )
    at_corners = part.iloc[ring[:-1]] if corners is None else part[part["object_id"].isin(corners)]
    if len(at_corners):
        name = "objects at its corners" if corners is None else "objects that define the richness"
        traces.append(_points(at_corners, frame, name, "white", 6, showlegend=names_it))
    centre = np.average(positions, axis=0, weights=part["weight"].to_numpy(np.float64))
    traces.append(
        go.Scatter(
            x=[centre[0]],
            y=[centre[1]],
            mode="markers",
            marker={
                "symbol": "cross",
                "color": TREND,
                "size": 10,
                "line": {"color": "white", "width": 1},
            },
            name="centroid",
            legendgroup="centroid",
            showlegend=names_it,
            hovertemplate="centroid<br>%{x:.3~g}, %{y:.3~g}<extra></extra>",
        )
    )
    return traces


def _points(
    part: pd.DataFrame, frame: _Frame, name: str, colour: str, size: int, *, showlegend: bool
) -> go.Scatter:
    return go.Scatter(
        x=part[frame.x].astype(float).round(4),
        y=part[frame.y].astype(float).round(4),
        mode="markers",
        marker={"color": colour, "size": size, "line": {"color": INK, "width": 1.1}},
        name=name,
        legendgroup=name,
        showlegend=showlegend,
        ids=[f"{OBJECT_ID}{one}" for one in part["object_id"]],
        customdata=[
            [wrapped(one), wrapped(sample)]
            for one, sample in zip(part["object_id"], part["sample"], strict=True)
        ],
        hovertemplate="%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
    )


def _share_inside(counted: np.ndarray) -> np.ndarray:
    """
    Share of the weight that lies where it is at least as dense as here: .5 is the line around the densest half.

    Smoothing tells where it is dense, but not how much is there: it would push weight outwards.
    """
    density = gaussian_filter(counted, SMOOTH_PART, mode="constant")
    order = np.argsort(-density, axis=None, kind="stable")
    inside = np.empty(density.size)
    inside[order] = np.cumsum(counted.ravel()[order]) / counted.sum()
    return inside.reshape(density.shape)


def _hull(positions: np.ndarray) -> np.ndarray:
    """Rows of the corners of the hull, the first one again at the end; none where all lie on a line."""
    if len(np.unique(positions, axis=0)) < 3:
        return np.zeros(0, dtype=np.intp)
    try:
        corners = ConvexHull(positions).vertices
    except QhullError:
        return np.zeros(0, dtype=np.intp)
    return np.append(corners, corners[0])


def _axis_name(column: str) -> str:
    """``pc_1`` is PC 1; other columns stand for themselves."""
    number = column.removeprefix("pc_")
    return f"PC {number}" if column.startswith("pc_") and number.isdigit() else label(column)
