"""How much the composition changes from sample to sample, and between all of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from morphoexplore.figures.axes import SampleAxis, bar_widths, iso_or_rank, place_samples
from morphoexplore.figures.cells import GAP_CELL, cells_of, colour_bar, no_data, spread
from morphoexplore.figures.look import (
    OTHER,
    POINTS,
    SEQUENTIAL,
    message_figure,
    require_columns,
    scale_of,
    style,
    with_sample,
)
from morphoexplore.figures.places import SAMPLE_ID
from morphoexplore.figures.ribbons import after_gaps, broken_line
from morphoexplore.figures.text import date_text, wrapped

MANY = 60  # samples; of more, their names in every cell would be most of the file
GAINS, LOSSES = "#2F86B0", "#CC6677"
#: Columns of a recurrence table that are no samples.
HEAD = ("sample", "datetime")


def successive_beta(turnover: pd.DataFrame, *, title: str = "") -> go.Figure:
    """
    Draw how much every sample differs from the one before it: Bray-Curtis above, gains and losses below.

    Gains and losses are those of amounts (objects, or concentrations); together they are the Bray-Curtis dissimilarity. Points and bars stand at the later
    of the two samples and name it in their ``ids``.

    Parameters
    ----------
    turnover : DataFrame
        What ``turnover.csv`` holds: ``sample`` or ``sample_id``, ``datetime``, ``previous_id``, ``days``, ``bray_curtis``,
        ``bray_curtis_relative``, ``losses``, ``gains``.
    title : str
        Above the figure.

    Raises
    ------
    ValueError
        If the table lacks a column.
    """
    turnover = with_sample(turnover)
    columns = ("previous_id", "days", "bray_curtis", "bray_curtis_relative", "losses", "gains")
    require_columns(turnover, ("sample", "datetime", *columns))
    if not turnover["bray_curtis"].notna().any():
        return message_figure("No turnover yet: that takes two samples with objects in morphs.")
    places, axis = place_samples(turnover)
    table = turnover.assign(place=turnover["sample"].map(places)).dropna(subset=["place", "bray_curtis"])
    table = table.sort_values("place", kind="stable")
    x = [iso_or_rank(place) for place in table["place"]]
    ids = [f"{SAMPLE_ID}{name}" for name in table["sample"]]
    texts = [
        [wrapped(name), date_text(place), wrapped(before), f"{days:.3g} days" if days == days else ""]
        for name, place, before, days in table[["sample", "place", "previous_id", "days"]].itertuples(
            index=False
        )
    ]
    head = "<b>%{customdata[0]}</b><br>%{customdata[1]}<br>since %{customdata[2]}, %{customdata[3]}<br>"
    figure = make_subplots(
        rows=2,
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.1,
        subplot_titles=["Bray\u2013Curtis dissimilarity to the sample before", "Gains and losses"],
    )
    gaps = after_gaps(table["place"]) if axis.is_time else np.ones(len(x), dtype=bool)
    for column, name, colour, dash in (
        ("bray_curtis_relative", "of shares: composition only", OTHER, "dot"),
        ("bray_curtis", "of amounts: with the change of the total", POINTS, "solid"),
    ):
        line_x, line_y = broken_line(list(table["place"]), table[column].to_numpy(np.float64), gaps)
        figure.add_scatter(
            x=line_x,
            y=line_y,
            mode="lines",
            line={"color": colour, "width": 1.3, "dash": dash},
            name=name,
            legendgroup=name,
            showlegend=bool(axis.is_time),
            hoverinfo="skip",
            row=1,
            col=1,
        )
        figure.add_scatter(
            x=x,
            y=table[column],
            mode="markers",
            legendgroup=name,
            showlegend=not axis.is_time,
            marker={"size": 6 if len(x) <= 80 else 4, "color": colour},
            name=name,
            ids=ids,
            customdata=texts,
            hovertemplate=f"{head}{name}: %{{y:.3f}}<extra></extra>",
            row=1,
            col=1,
        )
    widths = _widths(table["place"], axis)
    for column, sign, name, colour in (("gains", 1, "gains", GAINS), ("losses", -1, "losses", LOSSES)):
        figure.add_bar(
            x=x,
            y=sign * table[column],
            width=widths,
            marker={"color": colour, "line": {"width": 0}},
            name=name,
            ids=ids,
            customdata=texts,
            hovertemplate=f"{head}{name}: %{{y:.3f}}<extra></extra>",
            row=2,
            col=1,
        )
    style(figure, title, height=560)
    figure.update_annotations(x=0, xanchor="left", font_size=15)
    figure.update_xaxes(axis.options, showticklabels=False)
    figure.update_xaxes(title_text=axis.title, showticklabels=True, row=2)
    figure.update_yaxes(title_text="0 same, 1 nothing shared", range=[0, 1.04], row=1)
    figure.update_yaxes(title_text="share of both samples", zeroline=True, zerolinecolor=OTHER, row=2)
    figure.update_layout(
        barmode="relative",
        margin={"t": 115 if title else 75},
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.09, "yanchor": "bottom"},
    )
    return figure


def recurrence(matrix: pd.DataFrame, *, title: str = "") -> go.Figure:
    """
    Draw the Bray-Curtis dissimilarity between all samples: light squares off the diagonal are times when a community came back.

    Rows and columns stand at their dates; in gaps without samples cells are grey. Of up to 60 samples, the first entry of the
    ``customdata`` of a cell is the id of the sample of its column.

    Parameters
    ----------
    matrix : DataFrame
        What ``recurrence.csv`` holds: ``sample`` or ``sample_id``, ``datetime``, and then a column per sample in the order of the
        rows, which may have any name.
    title : str
        Above the figure.

    Raises
    ------
    ValueError
        If the table lacks a column or is not square.
    """
    matrix = with_sample(matrix)
    require_columns(matrix, HEAD)
    values = matrix.drop(columns=list(HEAD)).to_numpy(dtype=np.float64)
    if values.shape[0] != values.shape[1]:
        message = f"A recurrence table has a column per row, but {values.shape[1]} for {values.shape[0]}."
        raise ValueError(message)
    if len(matrix) < 2 or not np.isfinite(values).any():
        return message_figure("No turnover yet: that takes two samples with objects in morphs.")
    places, axis = place_samples(matrix)
    place = matrix["sample"].map(places)
    order = np.flatnonzero(place.notna())
    order = order[np.argsort(place.to_numpy()[order], kind="stable")]
    names = matrix["sample"].to_numpy()[order]
    values, where = values[np.ix_(order, order)], list(place.iloc[order])
    share_moments = len(set(where)) < len(where)
    if share_moments:  # samples of one moment: side by side, so that each has its cell
        where = list(range(len(where)))
    edges, shown = cells_of(where)
    z = spread(spread(values, shown), shown, axis=0)
    is_gap = np.asarray(shown) == GAP_CELL
    grey = no_data(edges, edges, is_gap[:, None] | is_gap[None, :] | ~np.isfinite(z))
    grey.update(xgap=0, ygap=0)
    figure = go.Figure(grey)
    dates = [date_text(one) for one in place.iloc[order]]
    heads = [f"{wrapped(name)} {date}".strip() for name, date in zip(names, dates, strict=True)]
    few = len(order) <= MANY
    figure.add_heatmap(
        x=edges,
        y=edges,
        z=z.astype(np.float32),
        zmin=0,
        zmax=1,
        colorscale=scale_of(SEQUENTIAL),
        hoverongaps=False,
        customdata=[
            [
                None
                if GAP_CELL in (row, column)
                else [f"{SAMPLE_ID}{names[column]}", heads[row], heads[column]]
                for column in shown
            ]
            for row in shown
        ]
        if few
        else None,
        hovertemplate=("%{customdata[1]}<br>%{customdata[2]}" if few else "%{x}<br>%{y}")
        + "<br>%{z:.3f}<extra></extra>",
        colorbar=colour_bar("Bray\u2013Curtis dissimilarity"),
    )
    style(figure, title, height=620)
    options = (
        {"title_text": "Sample in the order of time"}
        if share_moments
        else {**axis.options, "title_text": axis.title, "tickangle": 0 if axis.is_time else -45}
    )
    figure.update_xaxes(options, constrain="domain", showgrid=False, range=[edges[0], edges[-1]])
    figure.update_yaxes(options, showgrid=False, range=[edges[-1], edges[0]], tickangle=0)
    figure.update_layout(margin={"l": 95})
    return figure


def _widths(places: pd.Series, axis: SampleAxis) -> list[float]:
    """Widths of bars; samples of one moment share the width of the others."""
    unique = pd.Index(places).unique()
    width = dict(zip(unique, bar_widths(unique, axis), strict=True))
    return [width[place] for place in places]
