"""
Figures for papers and for the app: frames -> plotly figures.

Names that people gave (morphs, samples) are shown as text: plotly reads a small HTML in every label, so they
are escaped, and in hovers they come in as data and never as part of a template.
"""

from __future__ import annotations

import html
import re
import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

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
NAME_LENGTH = 32
HOVER_LENGTH = 60
MAX_TICKS = 24

# A pause longer than this many usual intervals is a gap: a missing month among months, a day among days.
GAP = 1.8

# Days. In a longer study, samples of one day are one date; in a shorter one (a cruise, a day and night), not.
SHORT_STUDY = 10

# Up to this many bars are drawn apart; more would only shimmer.
MANY_BARS = 60


@dataclass(frozen=True)
class Panel:
    """How an index is drawn: its name, its unit, and the top of its axis where that is fixed."""

    title: str
    unit: str
    top: float | None = None


PANELS = {
    "richness": Panel("Richness", "morphs"),
    "shannon": Panel("Shannon entropy <i>H\u2032</i>", "nats"),
    "simpson": Panel("Gini\u2013Simpson index", "probability", 1.0),
    "inverse_simpson": Panel("Inverse Simpson index", "effective morphs"),
    "pielou": Panel("Pielou evenness <i>J\u2032</i>", "<i>H\u2032</i> / ln <i>S</i>", 1.0),
}
DEFAULT_INDICES = ("richness", "shannon", "inverse_simpson", "pielou")


def diversity_over_time(
    table: pd.DataFrame,
    *,
    indices: Sequence[str | tuple[str, float]] = DEFAULT_INDICES,
    min_objects: int = 50,
    title: str = "",
) -> go.Figure:
    """
    Draw diversity indices of samples against their dates, one panel per index.

    Points are samples; a line joins the means of the dates and breaks where samples are missing. Samples
    of few objects have open points. The lowest panel shows the objects counted. Where no sample has a date,
    samples stand side by side in the order of the table.

    Parameters
    ----------
    table : DataFrame
        As from `diversity_table`, with a column ``datetime`` (ISO 8601 text or time, UTC) added: ``sample``,
        ``datetime``, ``index``, ``q``, ``estimate``, ``n_objects``.
    indices : sequence of str or (str, float)
        Panels from top to bottom: names of indices, or ``("hill", q)``.
    min_objects : int
        Samples with fewer objects have open points: their richness and entropy are too low.
    title : str
        Title above the panels; usually left to the caption.

    Returns
    -------
    figure : Figure
        Panels share the time axis. A table without estimates gives a figure that says so.

    Raises
    ------
    ValueError
        If the table lacks a column, or holds no rows of an index that was asked for.
    """
    _need(table, ("sample", "datetime", "index", "q", "estimate", "n_objects"))
    if not (table["n_objects"] > 0).any():
        return _message("No diversity yet: no object is in a morph.")
    keys = [(name, np.nan) if isinstance(name, str) else name for name in indices]
    places, axis = _places(table)
    table = table.assign(place=table["sample"].map(places)).dropna(subset="place")
    rows = [_rows_of(table, key) for key in keys]
    panels = [_panel(key) for key in keys]
    figure = make_subplots(
        rows=len(keys) + 1,
        cols=1,
        shared_xaxes=True,
        vertical_spacing=min(0.28 / (len(keys) + 1), 0.07),
        row_heights=[1.0] * len(keys) + [0.55],
        subplot_titles=[panel.title for panel in panels] + ["Objects counted"],
    )
    for place, (panel, estimates) in enumerate(zip(panels, rows, strict=True), start=1):
        _add_panel(figure, place, panel, estimates, axis, min_objects)
    _add_objects(figure, len(keys) + 1, table.drop_duplicates("sample"), axis)
    _style(figure, title, height=110 + 165 * len(keys) + 110)
    figure.update_annotations(x=0, xanchor="left", font_size=15)
    figure.update_xaxes(axis.options, showticklabels=False)
    figure.update_xaxes(title_text=axis.title, showticklabels=True, row=len(keys) + 1)
    figure.update_layout(
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.0, "yanchor": "bottom"},
        margin={"t": 85 if title else 55},
    )
    return figure


def composition_over_time(
    counts: pd.DataFrame,
    *,
    relative: bool = True,
    by: Literal["date", "sample"] = "date",
    n_morphs: int = 12,
    unit: str = "objects",
    title: str = "",
) -> go.Figure:
    """
    Draw which morphs samples consist of, as stacked bars, the unsorted objects included.

    Parameters
    ----------
    counts : DataFrame
        Long: ``sample``; ``datetime`` (ISO 8601 text or time, UTC); ``node_id`` (number of the morph; missing
        or -1 for the unsorted objects of the sample); ``title`` of the morph; ``count`` (objects or
        concentration); optionally ``colour`` (``#rrggbb``, else a colour of the palette is taken).
    relative : bool
        Shares of each bar, or counts.
    by : {"date", "sample"}
        One bar per day, samples of a day added up (per time in a study of less than ten days), or one bar
        per sample side by side (also where no sample has a date).
    n_morphs : int
        Most morphs to show, at most 12: the largest ones; the rest is "other morphs".
    unit : str
        What ``count`` counts, for axis and hovers.
    title : str
        Title above; usually left to the caption.

    Returns
    -------
    figure : Figure
        Bands from the largest morph at the bottom to other morphs and the unsorted at the top, which are
        always in the legend: a trend in what is unsorted is a false trend of everything else.

    Raises
    ------
    ValueError
        If the table lacks a column.
    """
    _need(counts, ("sample", "datetime", "node_id", "title", "count"))
    if not counts["count"].sum() > 0:
        return _message("No composition yet: there are no objects.")
    places, axis = _places(counts, pool=by == "date", by_sample=by == "sample")
    table = counts.assign(place=counts["sample"].map(places)).dropna(subset="place")
    bands = _bands(table, min(n_morphs, len(PALETTE)))
    heights = table.assign(band=_node_ids(table).map(_band_of(bands))).pivot_table(
        index="place", columns="band", values="count", aggfunc="sum", fill_value=0, observed=False
    )
    heights = heights.reindex(columns=range(len(bands)), fill_value=0)
    samples = table.groupby("place")["sample"].unique()
    figure = go.Figure(_bars(heights, samples, bands, axis, relative=relative, unit=unit))
    _style(figure, title, height=520)
    figure.update_xaxes(axis.options, title_text=axis.title, showgrid=False)
    figure.update_yaxes(title_text=html.escape(f"Share of {unit}" if relative else unit.capitalize()))
    if relative:
        figure.update_yaxes(range=[0, 1], tickformat=".0%")
    figure.update_layout(
        barmode="stack",
        legend={"traceorder": "reversed", "x": 1.01, "y": 1, "yanchor": "top"},
        hoverlabel_align="left",
    )
    return figure


# --- places on the time axis -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Axis:
    """The axis that samples stand on: whether it is time and samples of a day belong together, and its look."""

    is_time: bool
    by_day: bool
    title: str
    options: dict[str, object]


def _places(table: pd.DataFrame, *, pool: bool = False, by_sample: bool = False) -> tuple[pd.Series, _Axis]:
    """Place of each sample (index) on the axis: its time, its day, or its rank; missing: not shown."""
    samples = table.drop_duplicates("sample").set_index("sample")["datetime"]
    times = pd.to_datetime(samples, format="ISO8601", utc=True, errors="coerce").dt.tz_localize(None)
    if by_sample or times.isna().all():
        ranks = times.sort_values(kind="stable").index
        return pd.Series(range(len(ranks)), index=ranks), _sample_axis(ranks)
    known = times.dropna()
    by_day = known.max() - known.min() >= pd.Timedelta(days=SHORT_STUDY)
    if pool and by_day:
        times = times.dt.normalize()
    n_undated = int(times.isna().sum())
    left_out = f" \u2013 {n_undated} without a date not shown" if n_undated else ""
    return times, _Axis(
        is_time=True, by_day=by_day, title=f"Date (UTC){left_out}", options=_time_options(known)
    )


def _dates(places: pd.Series, axis: _Axis) -> pd.Series:
    """Places that belong together: the days of a long study, otherwise the places themselves."""
    return places.dt.normalize() if axis.by_day else places


def _time_options(times: pd.Series) -> dict[str, object]:
    """Let plotly choose the ticks, but give a single date some room: by default it shows milliseconds."""
    options: dict[str, object] = {
        "type": "date",
        "tickformatstops": [
            {"dtickrange": [None, 86_400_000 - 1], "value": "%H:%M\n%-d %b %Y"},
            {"dtickrange": [86_400_000, "M1"], "value": "%-d %b\n%Y"},
            {"dtickrange": ["M1", "M12"], "value": "%b\n%Y"},
            {"dtickrange": ["M12", None], "value": "%Y"},
        ],
    }
    if times.nunique() == 1:
        day = times.iloc[0]
        options |= {
            "range": [_iso(day - pd.Timedelta(days=15)), _iso(day + pd.Timedelta(days=15))],
            "tickvals": [_iso(day)],
            "ticktext": [f"{day:%d %b %Y}"],
        }
    return options


def _sample_axis(names: pd.Index) -> _Axis:
    """Stand samples side by side, as many of them named as there is room for."""
    step = -(-len(names) // MAX_TICKS)
    shown = list(range(0, len(names), step))
    return _Axis(
        is_time=False,
        by_day=False,
        title="Sample",
        options={
            "tickvals": shown,
            "ticktext": [_label(names[place]) for place in shown],
            "tickfont_size": 12,
            "tickangle": -45 if len(names) > 6 else 0,
            "range": [-0.7, len(names) - 0.3],
        },
    )


def _widths(places: pd.Series | pd.Index, axis: _Axis) -> list[float]:
    """Widths of bars (milliseconds, or ranks): as wide as usual, but never into a neighbour."""
    fill = 1.0 if len(places) > MANY_BARS else 0.86
    if not axis.is_time:
        return [fill] * len(places)
    moments = pd.DatetimeIndex(places).as_unit("ms").asi8.astype(np.float64)
    if len(moments) == 1:
        return [4 * 86_400_000.0]  # of the 30 days that a single date is shown in
    gaps = np.diff(moments)
    to_left, to_right = np.append(np.inf, gaps), np.append(gaps, np.inf)
    return list(fill * np.minimum(np.minimum(to_left, to_right), np.median(gaps)))


def _iso(place: object) -> object:
    """Text of a time, which plotly reads without guessing; ranks stay numbers."""
    return place.isoformat() if isinstance(place, pd.Timestamp) else place


# --- panels of indices -----------------------------------------------------------------------------------


def _panel(key: tuple[str, float]) -> Panel:
    name, q = key
    if name == "hill":
        order = "\u221e" if np.isinf(q) else f"{q:g}"
        return Panel(f"Hill number of order <i>q</i> = {order}", "effective morphs")
    return PANELS.get(name, Panel(_label(name), ""))


def _rows_of(table: pd.DataFrame, key: tuple[str, float]) -> pd.DataFrame:
    """Rows of one index in order of time."""
    name, q = key
    is_order = table["q"].isna() if np.isnan(q) else table["q"] == q
    rows = table[(table["index"] == name) & is_order]
    if rows.empty:
        message = f"The table has no rows of the index {name}" + ("." if np.isnan(q) else f" of order {q:g}.")
        raise ValueError(message)
    return rows.sort_values("place", kind="stable")


def _add_panel(
    figure: go.Figure, row: int, panel: Panel, estimates: pd.DataFrame, axis: _Axis, min_objects: int
) -> None:
    """Line through the dates, filled points, open points."""
    size = 8 if len(estimates) <= MANY_BARS else 5
    few = estimates["n_objects"] < min_objects
    if axis.is_time:
        x, y = _broken_line(estimates, axis)
        line = {"color": POINTS, "width": 1.2}
        figure.add_scatter(
            x=x, y=y, mode="lines", line=line, opacity=0.6, hoverinfo="skip", showlegend=False, row=row, col=1
        )
    for is_few, name in (
        (False, f"at least {min_objects} objects"),
        (True, f"fewer than {min_objects} objects"),
    ):
        part = estimates[few == is_few]
        figure.add_scatter(
            x=[_iso(place) for place in part["place"]],
            y=part["estimate"].tolist(),
            mode="markers",
            marker={
                "color": "white" if is_few else POINTS,
                "size": size,
                "line": {"color": POINTS, "width": 1.4},
            },
            name=name,
            legendgroup=name,
            showlegend=row == 1 and bool(few.any()) and len(part) > 0,
            customdata=_hover_data(part),
            hovertemplate=f"{HOVER_HEAD}{panel.title}: %{{y:.4~g}} {panel.unit}<br>%{{customdata[2]}} objects<extra></extra>",
            row=row,
            col=1,
        )
    figure.update_yaxes(title_text=panel.unit, rangemode="tozero", row=row)
    if panel.top is not None:
        figure.update_yaxes(range=[0, panel.top * 1.06], row=row)


HOVER_HEAD = "<b>%{customdata[0]}</b><br>%{customdata[1]}<br>"


def _hover_data(samples: pd.DataFrame) -> list[list[str]]:
    """Name, date and number of objects of each row, as text that is safe to show."""
    return [
        [_wrapped(sample), _date(place), f"{objects:,.10g}"]
        for sample, place, objects in zip(
            samples["sample"], samples["place"], samples["n_objects"], strict=True
        )
    ]


def _broken_line(estimates: pd.DataFrame, axis: _Axis) -> tuple[list[object], list[float | None]]:
    """Means of the dates, with an empty point in every gap and where a value is missing."""
    dates = estimates.groupby(_dates(estimates["place"], axis))
    means = dates["estimate"].mean()
    # Samples of one day stand at their hours; their mean stands in the middle of them.
    middles = dates["place"].mean()
    gaps = means.index.to_series().diff()
    is_gap = gaps > GAP * gaps.quantile(0.75)
    x: list[object] = []
    y: list[float | None] = []
    for middle, mean, is_after_gap in zip(middles, means, is_gap, strict=True):
        if is_after_gap:
            x.append(x[-1])
            y.append(None)
        x.append(_iso(middle))
        y.append(None if np.isnan(mean) else float(mean))
    return x, y


def _add_objects(figure: go.Figure, row: int, samples: pd.DataFrame, axis: _Axis) -> None:
    """Bars of the number of objects per date or sample."""
    objects = samples.groupby(_dates(samples["place"], axis))["n_objects"].sum().sort_index()
    figure.add_bar(
        x=[_iso(place) for place in objects.index],
        y=objects.tolist(),
        width=_widths(objects.index, axis),
        marker={"color": "#B5B5B5", "line": {"width": 0}},
        showlegend=False,
        customdata=[[_date(place)] for place in objects.index],
        hovertemplate="%{customdata[0]}<br>%{y:,} objects<extra></extra>",
        row=row,
        col=1,
    )
    figure.update_yaxes(title_text="objects", rangemode="tozero", nticks=4, row=row)


# --- bands of composition --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Band:
    """A band of the stack: the morphs it holds, its name in full and in the legend, its colour."""

    node_ids: tuple[int, ...]
    title: str
    label: str
    colour: str


UNSORTED_ID = -1


def _bands(table: pd.DataFrame, n_morphs: int) -> list[_Band]:
    """Largest morphs, the other morphs if there are any, and always the unsorted."""
    node_id = _node_ids(table)
    sizes = table["count"].groupby(node_id).sum().drop(UNSORTED_ID, errors="ignore")
    sizes = sizes[sizes > 0].sort_values(ascending=False, kind="stable")
    titles = table.groupby(node_id)["title"].first()
    colours = table.groupby(node_id)["colour"].first() if "colour" in table else pd.Series(dtype=object)
    largest = sizes.index[:n_morphs]
    names = titles.reindex(largest).map(_plain)
    short = names.map(lambda name: _short(name, NAME_LENGTH))
    # Morphs whose names look the same in the legend get their number.
    labels = short.where(~short.duplicated(keep=False), short + [f" ({morph})" for morph in largest])
    bands = [
        _Band((morph,), names[morph], labels[morph], _colour(colours.get(morph), place))
        for place, morph in enumerate(largest)
    ]
    others = tuple(sizes.index[n_morphs:])
    if others:
        title = f"{len(others)} other morphs" if len(others) > 1 else "1 other morph"
        bands.append(_Band(others, title, title, OTHER))
    return [*bands, _Band((UNSORTED_ID,), "unsorted", "unsorted", UNSORTED)]


def _node_ids(table: pd.DataFrame) -> pd.Series:
    """Numbers of morphs, -1 where unsorted."""
    return pd.to_numeric(table["node_id"]).fillna(UNSORTED_ID).astype(np.int64)


def _band_of(bands: Sequence[_Band]) -> dict[int, int]:
    return {node_id: place for place, band in enumerate(bands) for node_id in band.node_ids}


def _colour(given: object, place: int) -> str:
    """Take the colour given if it is one, else the next of the palette."""
    if isinstance(given, str) and re.fullmatch(r"#[0-9a-fA-F]{6}", given):
        return given
    return PALETTE[place % len(PALETTE)]


def _bars(
    heights: pd.DataFrame,
    samples: pd.Series,
    bands: Sequence[_Band],
    axis: _Axis,
    *,
    relative: bool,
    unit: str,
) -> list[go.Bar]:
    """One trace per band."""
    totals = heights.sum(axis=1)
    shares = heights.div(totals.where(totals > 0), axis=0)
    x = [_iso(place) for place in heights.index]
    widths = _widths(heights.index, axis)
    edge = 0.0 if len(heights) > MANY_BARS else 0.4
    heads = [
        f"<b>{_names(samples[place])}</b><br>{_date(place)}".removesuffix("<br>") for place in heights.index
    ]
    traces = []
    for place, band in enumerate(bands):
        cells = zip(heads, heights[place], shares[place].fillna(0), strict=True)
        traces.append(
            go.Bar(
                x=x,
                y=(shares if relative else heights)[place].tolist(),
                width=widths,
                name=html.escape(band.label, quote=False),
                marker={"color": band.colour, "line": {"color": "white", "width": edge}},
                customdata=[
                    [_wrapped(band.title), head, f"{count:,.10g}", f"{share:.1%}"]
                    for head, count, share in cells
                ],
                hovertemplate="%{customdata[1]}<br>%{customdata[0]}: "
                f"%{{customdata[2]}} {html.escape(unit)} (%{{customdata[3]}})<extra></extra>",
            )
        )
    return traces


# --- text ------------------------------------------------------------------------------------------------


def _plain(text: object) -> str:
    """Text on one line without control characters."""
    letters = (" " if unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter for letter in str(text))
    return " ".join("".join(letters).split())


def _label(text: object, length: int = NAME_LENGTH) -> str:
    """Name for axis or legend, short and safe to show."""
    return html.escape(_short(_plain(text), length), quote=False)


def _short(plain: str, length: int) -> str:
    """Long names lose their middle, whole words where that is possible: names often differ at their end."""
    if len(plain) <= length:
        return plain
    head, tail = plain[: length * 3 // 5], plain[-(length * 2 // 5 - 1) :]
    if plain[len(head)] != " " and " " in head[len(head) // 2 :]:
        head = head.rsplit(" ", 1)[0]
    if plain[-len(tail) - 1] != " " and " " in tail[: len(tail) // 2]:
        tail = tail.split(" ", 1)[1]
    return f"{head.rstrip(' ,;')}\u2026{tail.lstrip(' ,;')}"


def _wrapped(text: object) -> str:
    """Whole name for a hover, on several lines where it is long."""
    return "<br>".join(html.escape(line, quote=False) for line in textwrap.wrap(_plain(text), HOVER_LENGTH))


def _names(samples: Sequence[object]) -> str:
    """Name the samples of one bar, or say how many they are."""
    if len(samples) > 3:
        return f"{len(samples)} samples"
    return "<br>".join(_wrapped(sample) for sample in samples)


def _date(place: object) -> str:
    """Day, and the hour where it is known."""
    if not isinstance(place, pd.Timestamp):
        return ""
    return f"{place:%Y-%m-%d}" if place == place.normalize() else f"{place:%Y-%m-%d %H:%M} UTC"


# --- look ------------------------------------------------------------------------------------------------


def _style(figure: go.Figure, title: str, *, height: int) -> None:
    """White ground, readable letters, axes as in print."""
    figure.update_layout(
        template="plotly_white",
        font={"family": FONT, "size": 14, "color": INK},
        height=height,
        margin={"l": 80, "r": 25, "t": 60 if title else 25, "b": 70},
        hoverlabel={"bgcolor": "white", "bordercolor": "#999999", "font": {"family": FONT, "color": INK}},
    )
    if title:
        figure.update_layout(title={"text": _label(title, 90), "x": 0.01, "font_size": 17})
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


def _message(text: str) -> go.Figure:
    """Draw nothing but a sentence."""
    figure = go.Figure()
    _style(figure, "", height=300)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.add_annotation(text=text, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False, font_size=17)
    return figure


def _need(table: pd.DataFrame, columns: Sequence[str]) -> None:
    missing = [column for column in columns if column not in table.columns]
    if missing:
        message = f"The table lacks {', '.join(missing)}."
        raise ValueError(message)
