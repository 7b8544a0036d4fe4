"""Trends of the series of the page Diversity, in sentences, with the cautions that go with them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
from dash import html
from dash.development.base_component import Component

from morphoexplore.figures.panels import panel_of, unit_of_change
from morphoexplore.steps.series import BETA
from morphoexplore_app import parts

MOST = 60  # sentences; more are in the CSV
SIGNIFICANT = 0.05
DECADES = 5.0  # years from which on a slope is said per decade
NO_TREND = {
    "too_few_values": "too few {steps} for a trend ({n}; 8 or more are needed)",
    "few_steps": "too few {steps} of a year for a trend",
    "empty": "no value",
    "constant": "always the same",
}
CAUTIONS = (
    "The interval of the slope takes {steps} for independent, so that it is too narrow where neighbours are alike: the test after "
    "pre-whitening decides. GLSAR is least squares with AR(1) errors. A trend of the catch, of the mesh or of the sorting is a "
    "trend of every index."
)


def says(trends: pd.DataFrame, *, step: str, mode: str, notes: Sequence[str] = ()) -> Component:
    """Say the trend of every series, and what makes it doubtful; *notes* are those of the series."""
    steps = f"{step}s"
    shown = trends.head(MOST)
    items: list[Any] = [html.Li(sentence(row, steps=steps, mode=mode)) for row in shown.to_dict("records")]
    if len(trends) > MOST:
        items.append(html.Li(f"{len(trends) - MOST:,} more are in Trends CSV."))
    cautions = [*(note for note in notes if note), *dict.fromkeys(_parts(trends["warning"]))]
    found = int((trends["p_adjusted"] < SIGNIFICANT).sum())
    tested = int(trends["p"].notna().sum())
    head = f"Trends: {found} of {tested} stand out" if tested else "Trends: none could be tested"
    return html.Details(
        [
            html.Summary(head),
            html.Ul(items),
            html.P([CAUTIONS.format(steps=steps), *(f" {one}" for one in cautions)]),
        ],
        className="diversity-trends",
        open=len(trends) <= 6,
    )


def sentence(row: dict[Any, Any], *, steps: str, mode: str) -> str:
    """
    Say one trend.

    Parameters
    ----------
    row : dict
        Of ``trends.csv``.
    steps : str
        What the values are of: months, weeks.
    mode : str
        How the samples of a step came together.
    """
    panel = panel_of(str(row["index"]), float(row["q"]) if row["q"] == row["q"] else math.nan)
    title = panel.title.replace("<i>", "").replace("</i>", "")
    unit = unit_of_change(panel).replace("<i>", "").replace("</i>", "")
    if mode == BETA:
        title, unit = title.replace("Hill number", "Beta"), "effective samples"
    group = row.get("group")
    name = f"{title}, {group}" if isinstance(group, str) and group else title
    if not math.isfinite(row["slope_per_decade"]):
        why = NO_TREND.get(str(row["status"]), str(row["status"]).replace("_", " "))
        return f"{name}: {why.format(steps=steps, n=int(row['n']))}."
    of = "anomalies" if row["of"] == "anomaly" else "values, seasons included"
    per, share = ("decade", 1.0) if row["years"] >= DECADES else ("year", 0.1)
    sen, low, high = (share * row[key] for key in ("slope_per_decade", "slope_lo", "slope_hi"))
    least, least_low, least_high = (share * row[key] for key in ("gls_slope", "gls_lo", "gls_hi"))
    slope = f"{_signed(sen)} {unit}".strip()
    theil = f"{slope} per {per} (Theil\u2013Sen, 95 % {_number(low)} to {_number(high)})"
    gls = f"GLSAR {_signed(least)} ({_number(least_low)} to {_number(least_high)}; {_p(row['gls_p'])})"
    n = f"n = {parts.count(int(row['n']), steps.removesuffix('s'))} over {row['years']:.1f} years, of {of}"
    if not math.isfinite(row["p"]):
        return f"{name}: {theil}, not tested: hardly any {steps} follow each other; {gls}; {n}."
    test = f"Mann\u2013Kendall after pre-whitening {_p(row['p'])}, adjusted {_p(row['p_adjusted'])}"
    verdict = "" if row["p_adjusted"] < SIGNIFICANT else "no trend stands out: "
    return f"{name}: {verdict}{theil}; {test}; {gls}; {n}."


def _parts(warnings: pd.Series) -> list[str]:
    """Return the cautions that hold for several series alike: those with numbers of their own stay out, they are in the CSV."""
    sentences = [one.strip() for text in warnings for one in str(text).replace(". ", ".\n").split("\n")]
    return [one for one in sentences if one and not any(letter.isdigit() for letter in one)]


def _p(p: float) -> str:
    if not math.isfinite(p):
        return "p unknown"
    return "p < .001" if p < 0.001 else f"p = {p:.2g}".replace("0.", ".")


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "\u2212")


def _signed(value: float) -> str:
    return f"{value:+.3g}".replace("-", "\u2212")
