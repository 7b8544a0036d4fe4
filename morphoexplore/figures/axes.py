"""Where samples stand on the axis: at their time, or side by side where they have none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from morphoexplore.figures.text import label

MAX_TICKS = 24

# A pause longer than this many usual intervals is a gap: a missing month among months, a day among days.
GAP = 1.8

# Days. In a longer study, samples of one day are one date; in a shorter one (a cruise, a day and night), not.
SHORT_STUDY = 10

# Up to this many bars are drawn apart; more would only shimmer.
MANY_BARS = 60


@dataclass(frozen=True)
class SampleAxis:
    """The axis that samples stand on: whether it is time and samples of a day belong together, and its look."""

    is_time: bool
    by_day: bool
    title: str
    options: dict[str, object]


def place_samples(
    table: pd.DataFrame, *, pool: bool = False, by_sample: bool = False
) -> tuple[pd.Series, SampleAxis]:
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
    return times, SampleAxis(
        is_time=True, by_day=by_day, title=f"Date (UTC){left_out}", options=time_options(known)
    )


def date_texts(places: pd.Series, axis: SampleAxis) -> pd.Series:
    """Places that belong together: the days of a long study, otherwise the places themselves."""
    return places.dt.normalize() if axis.by_day else places


def time_options(times: pd.Series) -> dict[str, object]:
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
            "range": [iso_or_rank(day - pd.Timedelta(days=15)), iso_or_rank(day + pd.Timedelta(days=15))],
            "tickvals": [iso_or_rank(day)],
            "ticktext": [f"{day:%d %b %Y}"],
        }
    return options


def _sample_axis(names: pd.Index) -> SampleAxis:
    """Stand samples side by side, as many of them named as there is room for."""
    step = max(1, -(-len(names) // MAX_TICKS))
    shown = list(range(0, len(names), step))
    return SampleAxis(
        is_time=False,
        by_day=False,
        title="Sample",
        options={
            "tickvals": shown,
            "ticktext": [label(names[place]) for place in shown],
            "tickfont_size": 12,
            "tickangle": -45 if len(names) > 6 else 0,
            "range": [-0.7, len(names) - 0.3],
        },
    )


def bar_widths(places: pd.Series | pd.Index, axis: SampleAxis) -> list[float]:
    """Widths of bars (milliseconds, or ranks): as wide as short pauses allow, and never into a neighbour."""
    fill = 1.0 if len(places) > MANY_BARS else 0.86
    if not axis.is_time:
        return [fill] * len(places)
    moments = pd.DatetimeIndex(places).as_unit("ms").asi8.astype(np.float64)
    if len(moments) == 1:
        return [4 * 86_400_000.0]  # of the 30 days that a single date is shown in
    gaps = np.diff(moments)
    to_left, to_right = np.append(np.inf, gaps), np.append(gaps, np.inf)
    return list(fill * np.minimum(np.minimum(to_left, to_right), np.quantile(gaps, 0.25)))


def iso_or_rank(place: object) -> object:
    """Text of a time, which plotly reads without guessing; ranks stay numbers."""
    return place.isoformat() if isinstance(place, pd.Timestamp) else place
