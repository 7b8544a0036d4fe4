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

FONT = "Arial, Helvetica, 'Liberation Sans', 'DejaVu Sans', sans-serif"


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
