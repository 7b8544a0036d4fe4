"""Normalised size spectra with the lines that were fitted to them."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from morphoexplore.figures.look import (
    FAINT,
    INK,
    PALETTE,
    POINTS,
    TREND,
    message_figure,
    require_columns,
    style,
    with_sample,
)
from morphoexplore.figures.ranks import MARKS, MOST_GROUPS
from morphoexplore.figures.text import label, wrapped

TITLES = {
    "biovolume": "Normalised biovolume (mm\u00b3 mm\u207b\u00b3 m\u207b\u00b3)",
    "abundance": "Normalised abundance (mm\u207b\u00b3 m\u207b\u00b3)",
}
DIAMETERS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)  # mm, ticks above
FEW = 5  # objects of a class whose point is open
FEW_GROUPS = 3  # that a legend inside the axes has room for


def size_spectrum(
    spectrum: pd.DataFrame,
    slopes: pd.DataFrame | None = None,
    *,
    quantity: Literal["biovolume", "abundance"] = "biovolume",
    per_volume: bool = True,
    title: str = "",
) -> go.Figure:
    """
    Draw a normalised size spectrum on logarithmic axes, with its fitted line over the classes that were fitted.

    Classes of fewer than 5 objects have open points: they are uncertain, and bend the line. Empty classes are not drawn.

    Parameters
    ----------
    spectrum : DataFrame
        As from ``methods.sizespectra.size_spectrum``: ``volume_mid``, ``esd_min``, ``esd_max``, ``objects``,
        ``normalised_biovolume`` or ``normalised_abundance``; optionally ``group``, or ``sample`` or ``sample_id``: a spectrum for
        each, of more than 12 as faint lines.
    slopes : DataFrame, optional
        Fields of ``methods.sizespectra.SpectrumSlope``: ``slope``, ``low``, ``high``, ``intercept``, ``volume_min``,
        ``volume_max``; with the same groups.
    quantity : {"biovolume", "abundance"}
        What is normalised.
    per_volume : bool
        The spectrum is per m3 of water.
    title : str
        Above the figure.

    Raises
    ------
    ValueError
        If a table lacks a column.
    """
    column = f"normalised_{quantity}"
    require_columns(spectrum, ("volume_mid", "esd_min", "esd_max", "objects", column))
    if slopes is not None:
        require_columns(slopes, ("slope", "low", "high", "intercept", "volume_min", "volume_max"))
    spectrum, slopes = _grouped(spectrum), None if slopes is None else _grouped(slopes)
    shown = spectrum[spectrum[column] > 0]
    if shown.empty:
        return message_figure("No size spectrum: no object has a size.")
    groups = list(dict.fromkeys(shown["group"])) if "group" in shown.columns else [None]
    figure = go.Figure()
    for place, group in enumerate(groups):
        many = len(groups) > MOST_GROUPS
        colour = FAINT if many else POINTS if len(groups) == 1 else PALETTE[place]
        part = shown if group is None else shown[shown["group"] == group]
        few = part["objects"] < FEW
        name = "classes" if group is None else label(group)
        figure.add_scatter(
            x=part["volume_mid"],
            y=part[column],
            mode="lines+markers" if many else "markers",
            line={"color": colour, "width": 1},
            marker={
                "color": ["white" if one else colour for one in few],
                "size": 4 if many else 8,
                "symbol": MARKS[place % len(MARKS)] if len(groups) > 1 and not many else "circle",
                "line": {"color": colour, "width": 1.5},
            },
            name=name,
            legendgroup=name,
            showlegend=len(groups) > 1 and not many,
            customdata=[
                ["" if group is None else f"{wrapped(group)}<br>", f"{low:.3g}\u2013{high:.3g}", f"{n:,}"]
                for low, high, n in part[["esd_min", "esd_max", "objects"]].itertuples(index=False)
            ],
            hovertemplate="%{customdata[0]}ESD %{customdata[1]} mm<br>%{y:.3~g}<br>%{customdata[2]} objects<extra></extra>",
        )
        if slopes is not None and not many:
            fitted = slopes if group is None else slopes[slopes["group"] == group]
            _add_line(figure, fitted, TREND if group is None else colour, name)
    style(figure, title, height=520)
    unit = TITLES[quantity]
    figure.update_xaxes(
        title_text="Biovolume of the object (mm\u00b3)",
        type="log",
        exponentformat="power",
        dtick=1,
        minor={"ticks": "outside", "ticklen": 3},
    )
    figure.update_yaxes(
        title_text=unit if per_volume else unit.replace(" m\u207b\u00b3)", ")"),
        type="log",
        exponentformat="power",
        dtick=1,
    )
    _add_diameters(figure, shown["volume_mid"])
    is_beside = FEW_GROUPS < len(groups) <= MOST_GROUPS  # inside, so many would hide the points
    figure.update_layout(
        margin={"t": 110 if title else 75, "r": 270 if is_beside else 25},
        legend={"x": 1.02, "xanchor": "left", "y": 1, "yanchor": "top"}
        if is_beside
        else {"x": 0.99, "xanchor": "right", "y": 0.99, "yanchor": "top"},
    )
    return figure


def _grouped(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with its groups as ``group``: without one, each sample is one."""
    table = with_sample(table)
    if "group" in table.columns or "sample" not in table.columns:
        return table
    return table.rename(columns={"sample": "group"})


def _add_line(figure: go.Figure, fitted: pd.DataFrame, colour: str, name: str) -> None:
    """Line over the classes that were fitted; none where there is no slope."""
    for _, fit in fitted.iterrows():
        if not np.isfinite(fit["slope"]):
            continue
        x = np.array([fit["volume_min"], fit["volume_max"]], dtype=np.float64)
        words = f"slope {fit['slope']:.2f} ({fit['low']:.2f} to {fit['high']:.2f})".replace("-", "\u2212")
        figure.add_scatter(
            x=x,
            y=10 ** (fit["intercept"] + fit["slope"] * np.log10(x)),
            mode="lines",
            line={"color": colour, "width": 2.2},
            name=words,
            legendgroup=name,
            hovertemplate=f"{words}<extra></extra>",
        )


def _add_diameters(figure: go.Figure, volumes: pd.Series) -> None:
    """Second axis above: the diameters of spheres of these volumes."""
    low, high = float(np.log10(volumes.min())) - 0.35, float(np.log10(volumes.max())) + 0.35
    ticks = [one for one in DIAMETERS if low <= np.log10(np.pi / 6 * one**3) <= high]
    figure.update_xaxes(range=[low, high])
    # An axis is drawn only where a trace stands on it; one without any point has no range when it is drawn first.
    ends = [float(10**low), float(10**high)]
    figure.add_scatter(x=ends, y=[None, None], xaxis="x2", showlegend=False, hoverinfo="skip")
    figure.update_layout(
        xaxis2={
            "overlaying": "x",
            "matches": "x",
            "side": "top",
            "type": "log",
            "range": [low, high],
            "tickvals": [float(np.pi / 6 * one**3) for one in ticks],
            "ticktext": [f"{one:g}" for one in ticks],
            "title": {"text": "Equivalent spherical diameter (mm)", "font": {"size": 14}},
            "showgrid": False,
            "ticks": "outside",
            "showline": True,
            "linecolor": INK,
        }
    )
