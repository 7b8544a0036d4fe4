"""The look of all figures: colours, type, and the sentence where there is nothing to draw."""

from __future__ import annotations

from collections.abc import Sequence

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
DARK = {
    **{light.lower(): dark for light, dark in zip(PALETTE, DARK_PALETTE, strict=True)},
    POINTS.lower(): "#6FB5E8",
    OTHER.lower(): "#8C8C8C",
    UNSORTED.lower(): "#4A4A4A",
    OBJECTS.lower(): "#6B6B6B",
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
    drawn = go.Figure(figure.to_plotly_json())  # a copy; made from the figure itself, it would be touched
    for trace in drawn.data:
        for part in (trace.marker, getattr(trace, "line", None), getattr(trace.marker, "line", None)):
            if part is None or part.color is None:
                continue
            if isinstance(part.color, str):
                part.color = DARK.get(part.color.lower(), part.color)
            else:
                part.color = [DARK.get(str(one).lower(), one) for one in part.color]
    drawn.update_layout(
        template="plotly_dark",
        font_color=DARK_INK,
        paper_bgcolor=DARK_GROUND,
        plot_bgcolor=DARK_GROUND,
        hoverlabel={"bgcolor": "#333333", "bordercolor": "#777777", "font": {"color": "#F0F0F0"}},
    )
    drawn.update_xaxes(linecolor=DARK_INK, tickcolor=DARK_INK)
    drawn.update_yaxes(linecolor=DARK_INK, tickcolor=DARK_INK, gridcolor=DARK_GRID)
    return drawn


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
