"""The look of all figures: colours, type, and the sentence where there is nothing to draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from morphoexplore.figures.text import label

# Told apart with every common colour blindness, dark and light in turn. After Paul Tol's "muted" and its
# extension in CARTO "Safe", with the orange of Okabe & Ito.
PALETTE = (
    "#332288",
    "#88CCEE",
    "#117733",
    "#DDCC77",
    "#CC6677",
    "#44AA99",
    "#882255",
    "#E69F00",
    "#6699CC",
    "#999933",
    "#AA4499",
    "#661100",
)
INK = "#222222"
POINTS = "#0B5D9B"
OTHER = "#8C8C8C"
UNSORTED = "#DDDDDD"
OBJECTS = "#B5B5B5"  # bars of numbers of objects
TREND = "#C2410C"  # lines that were fitted
BAND = "rgba(11,93,155,0.24)"  # intervals of POINTS
SORTING_BAND = "rgba(204,132,0,0.20)"  # intervals from errors of sorting alone
NO_DATA = "#CFCFCF"
FAINT = "rgba(128,128,128,0.45)"  # lines in the background, on any ground

# Low to high, light to dark in print. After ColorBrewer's YlGnBu and RdBu, which stay in order with every colour blindness.
SEQUENTIAL = (
    "#FFFFD9",
    "#EDF8B1",
    "#C7E9B4",
    "#7FCDBB",
    "#41B6C4",
    "#1D91C0",
    "#225EA8",
    "#253494",
    "#081D58",
)
DIVERGING = ("#2166AC", "#67A9CF", "#D1E5F0", "#F7F7F7", "#FDDBC7", "#EF8A62", "#B2182B")
# January to December in a ring: dark in winter and autumn, light in spring and summer, blue against yellow.
MONTHS = (
    "#26357E",
    "#2B5C9E",
    "#2F86B0",
    "#3FA9A6",
    "#7CC28E",
    "#BFD277",
    "#F0CF5A",
    "#F2A541",
    "#E07A3F",
    "#C0504D",
    "#8E3A68",
    "#552F7A",
)

FONT = "Arial, Helvetica, 'Liberation Sans', 'DejaVu Sans', sans-serif"


# On a dark ground: the same hues, the dark ones lighter, so that every band stands out from ground and neighbour.
DARK_PALETTE = (
    "#7B6BD6",
    "#88CCEE",
    "#35A257",
    "#DDCC77",
    "#CC6677",
    "#44AA99",
    "#C2599B",
    "#E69F00",
    "#6699CC",
    "#A8A83A",
    "#C77BC2",
    "#B5583C",
)
DARK_INK = "#D8D8D8"
DARK_GROUND = "#242424"
DARK_GRID = "#3A3A3A"
DARK_SEQUENTIAL = (
    "#1A2648",
    "#253494",
    "#225EA8",
    "#1D91C0",
    "#41B6C4",
    "#7FCDBB",
    "#C7E9B4",
    "#EDF8B1",
    "#FFFFD9",
)
DARK_DIVERGING = ("#8CC8FF", "#4A90CC", "#2F5574", "#2E2E2E", "#704533", "#D0714B", "#FFB08A")
DARK = {
    **{light.lower(): dark for light, dark in zip(PALETTE, DARK_PALETTE, strict=True)},
    **{light.lower(): dark for light, dark in zip(SEQUENTIAL, DARK_SEQUENTIAL, strict=True)},
    **{light.lower(): dark for light, dark in zip(DIVERGING, DARK_DIVERGING, strict=True)},
    INK.lower(): DARK_INK,
    POINTS.lower(): "#6FB5E8",
    OTHER.lower(): "#8C8C8C",
    UNSORTED.lower(): "#4A4A4A",
    OBJECTS.lower(): "#6B6B6B",
    TREND.lower(): "#FF9A6B",
    BAND: "rgba(111,181,232,0.28)",
    SORTING_BAND: "rgba(240,180,70,0.24)",
    NO_DATA.lower(): "#585858",
    "#26357e": "#5468C8",
    "#8e3a68": "#B4558A",
    "#552f7a": "#8459B4",
    "white": DARK_GROUND,
}


def dark(figure: go.Figure) -> go.Figure:
    """
    Return a figure of this package as it looks on a dark ground; for screens only.

    Parameters
    ----------
    figure : Figure
        As drawn for print; it stays as it is.

    Returns
    -------
    figure : Figure
        The same with light letters and lines, and colours of morphs that stand out from the dark. Colours that
        were given and are none of the palette stay.
    """
    copy = figure.to_plotly_json()  # a copy; a figure made from the figure itself would touch it
    drawn = go.Figure({"data": _darkened(copy["data"]), "layout": _darkened(copy["layout"])})
    drawn.update_layout(
        template="plotly_dark",
        font_color=DARK_INK,
        paper_bgcolor=DARK_GROUND,
        plot_bgcolor=DARK_GROUND,
        hoverlabel={"bgcolor": "#333333", "bordercolor": "#777777", "font": {"color": "#F0F0F0"}},
    )
    drawn.update_xaxes(linecolor=DARK_INK, tickcolor=DARK_INK, gridcolor=DARK_GRID)
    drawn.update_yaxes(linecolor=DARK_INK, tickcolor=DARK_INK, gridcolor=DARK_GRID)
    return drawn


def _darkened(part: Any) -> Any:
    """Change the colours of a figure, wherever they stand in it."""
    if isinstance(part, dict):
        return {
            key: _dark_colour(value) if key.endswith(("color", "colorscale")) else _darkened(value)
            for key, value in part.items()
            if key != "template"
        }
    return [_darkened(one) for one in part] if isinstance(part, list | tuple) else part


def _dark_colour(given: Any) -> Any:
    """Return what stands for a colour on a dark ground; of many, each; numbers are none."""
    if isinstance(given, str):
        return DARK.get(given.lower(), given)
    if isinstance(given, dict):
        return _darkened(given)
    if isinstance(given, list | tuple) or (isinstance(given, np.ndarray) and given.dtype == object):
        return [_dark_colour(one) for one in given]
    return given


def style(figure: go.Figure, title: str, *, height: int) -> None:
    """White ground, readable letters, axes as in print."""
    figure.update_layout(
        template="plotly_white",
        font={"family": FONT, "size": 14, "color": INK},
        height=height,
        margin={"l": 80, "r": 25, "t": 60 if title else 25, "b": 70},
        hoverlabel={"bgcolor": "white", "bordercolor": "#999999", "font": {"family": FONT, "color": INK}},
    )
    if title:
        figure.update_layout(title={"text": label(title, 90), "x": 0.01, "font_size": 17})
    axes = {
        "showline": True,
        "linecolor": INK,
        "linewidth": 1,
        "ticks": "outside",
        "ticklen": 5,
        "tickcolor": INK,
    }
    figure.update_xaxes(**axes, showgrid=False, zeroline=False, title_font_size=14)
    figure.update_yaxes(**axes, gridcolor="#ECECEC", zeroline=False, title_font_size=14, title_standoff=8)


def message_figure(text: str) -> go.Figure:
    """Draw nothing but a sentence."""
    figure = go.Figure()
    style(figure, "", height=300)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.add_annotation(text=text, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False, font_size=17)
    return figure


def require_columns(table: pd.DataFrame, columns: Sequence[str]) -> None:
    """Raise ValueError where a table lacks columns."""
    missing = [column for column in columns if column not in table.columns]
    if missing:
        message = f"The table lacks {', '.join(missing)}."
        raise ValueError(message)


def with_sample(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the names of samples as ``sample``: the tidy table calls them ``sample_id``."""
    if "sample" in table.columns or "sample_id" not in table.columns:
        return table
    return table.rename(columns={"sample_id": "sample"})


def scale_of(colours: Sequence[str]) -> list[list[float | str]]:
    """Colours at equal distances, as plotly reads them."""
    return [[place / (len(colours) - 1), colour] for place, colour in enumerate(colours)]
