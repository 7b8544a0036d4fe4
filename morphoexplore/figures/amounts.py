"""How much of a group there is in samples: over time, and where."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from morphoexplore.figures.axes import iso_or_rank, place_samples
from morphoexplore.figures.look import OBJECTS, POINTS, message_figure, require_columns, style
from morphoexplore.figures.places import SAMPLE_ID
from morphoexplore.figures.text import date_text, label, wrapped

LARGEST, SMALLEST = 26, 5  # px, of the points of a map
MARGIN = 0.08  # of the range of positions


def amount_over_time(table: pd.DataFrame, quantity: str, *, unit: str, title: str = "") -> go.Figure:
    """
    Draw a quantity of samples against their dates.

    Points are samples, and name them in their ``ids`` (see :mod:`.places`); a line joins the means of the dates. Samples of
    which the quantity is not known are not drawn, and counted in the title of the axis.

    Parameters
    ----------
    table : DataFrame
        ``sample``, ``datetime`` and the quantity; where no sample has a date, they stand side by side in this order.
    quantity : str
        Column to draw.
    unit : str
        Title of its axis.
    title : str
        Above the figure.

    Raises
    ------
    ValueError
        If the table lacks a column.
    """
    require_columns(table, ("sample", "datetime", quantity))
    known = table[np.isfinite(table[quantity].astype(float))]
    if known.empty:
        return message_figure("Of no sample is it known how much water it stands for.")
    places, axis = place_samples(known)
    shown = known.assign(place=known["sample"].map(places)).dropna(subset="place").sort_values("place")
    figure = go.Figure()
    if axis.is_time:
        means = shown.groupby("place")[quantity].mean()
        figure.add_scatter(
            x=[iso_or_rank(place) for place in means.index],
            y=means,
            mode="lines",
            line={"color": POINTS, "width": 1.5},
            hoverinfo="skip",
            showlegend=False,
        )
    figure.add_scatter(
        x=[iso_or_rank(place) for place in shown["place"]],
        y=shown[quantity],
        mode="markers",
        marker={"color": POINTS, "size": 7},
        ids=[f"{SAMPLE_ID}{name}" for name in shown["sample"]],
        customdata=[
            [wrapped(name), date_text(place)]
            for name, place in zip(shown["sample"], shown["place"], strict=True)
        ],
        hovertemplate="%{customdata[0]}<br>%{customdata[1]}<br>%{y:.4~g}<extra></extra>",
        showlegend=False,
    )
    style(figure, title, height=360)
    missing = len(table) - len(known)
    left_out = f" \u2013 {missing} of {len(table)} samples not known" if missing else ""
    figure.update_xaxes(axis.options, title_text=f"{axis.title}{left_out}")
    figure.update_yaxes(title_text=label(unit, 60), rangemode="tozero")
    return figure


def positions(table: pd.DataFrame, quantity: str, *, unit: str, title: str = "") -> go.Figure:
    """
    Draw where samples were taken, with points as large (in area) as a quantity.

    Longitude and latitude are drawn as plane coordinates, with the scale of the middle latitude.

    Parameters
    ----------
    table : DataFrame
        ``sample``, ``latitude``, ``longitude`` (degrees) and the quantity. Samples at the same place are drawn on top of each
        other, the smallest last; open points are samples of which the quantity is not known.
    quantity, unit, title : str
        As of :func:`amount_over_time`.

    Raises
    ------
    ValueError
        If the table lacks a column.
    """
    require_columns(table, ("sample", "latitude", "longitude", quantity))
    placed = table.dropna(subset=["latitude", "longitude"])
    if placed.empty:
        return message_figure("No sample has a position.")
    amount = placed[quantity].astype(float)
    placed = placed.assign(amount=amount, is_known=np.isfinite(amount)).sort_values(
        "amount", ascending=False, na_position="first", kind="stable"
    )
    share = (placed["amount"] / max(amount.max(), np.finfo(float).tiny)).fillna(0).clip(0, 1)
    figure = go.Figure(
        go.Scatter(
            x=placed["longitude"],
            y=placed["latitude"],
            mode="markers",
            marker={
                "size": SMALLEST + (LARGEST - SMALLEST) * np.sqrt(share),
                "color": [POINTS if known else OBJECTS for known in placed["is_known"]],
                "symbol": ["circle" if known else "circle-open" for known in placed["is_known"]],
                "opacity": 0.65,
            },
            ids=[f"{SAMPLE_ID}{name}" for name in placed["sample"]],
            customdata=[
                [wrapped(name), f"{value:.4g} {unit}" if np.isfinite(value) else "not known"]
                for name, value in zip(placed["sample"], placed["amount"], strict=True)
            ],
            hovertemplate="%{customdata[0]}<br>%{y:.4f}\u00b0, %{x:.4f}\u00b0<br>%{customdata[1]}<extra></extra>",
        )
    )
    style(figure, title, height=360)
    missing = len(table) - len(placed)
    left_out = f" \u2013 {missing} of {len(table)} samples without a position" if missing else ""
    middle = float(placed["latitude"].mean())
    figure.update_xaxes(title_text=f"Longitude (\u00b0E){left_out}", range=_range(placed["longitude"]))
    figure.update_yaxes(
        title_text="Latitude (\u00b0N)",
        range=_range(placed["latitude"]),
        scaleanchor="x",
        scaleratio=1 / max(0.1, np.cos(np.radians(middle))),
        constrain="domain",
    )
    return figure


def _range(degrees: pd.Series) -> list[float]:
    low, high = float(degrees.min()), float(degrees.max())
    room = max((high - low) * MARGIN, 0.01)
    return [low - room, high + room]
