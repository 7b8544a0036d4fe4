"""What objects stand for: the formulas of the project, and what a person says of one sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
import pandas as pd
from dash import html, no_update
from dash.development.base_component import Component

from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.methods.formulas import UNITS
from morphoexplore.methods.presets import PRESETS
from morphoexplore.review.efforts import LEFT
from morphoexplore.steps import volumes
from morphoexplore.steps.summarising import UNSORTED
from morphoexplore_app import ids, parts
from morphoexplore_app.pages.tree.addresses import with_query
from morphoexplore_app.session import Session

LABELS = {
    "subsample_coef": "Fraction of the sample that was imaged",
    "total_water_volume": "Water that the sample was taken from",
    "individual_volume": "Body volume of one object",
}
SHORT = {"subsample_coef": "Fraction", "total_water_volume": "Water, m³"}
WRITTEN = {"1": "", "m3": "m³", "mm3": "mm³"}
OWN = "own"
PROBLEMS, LARGEST = 8, 10  # shown at most


def formulas(session: Session, table: pd.DataFrame) -> Component:
    """Return the formulas of the project, to be set."""
    texts = volumes.formulas(session.project)
    is_set = any(texts[name] is not None for name in UNITS)
    who = f"Set by {texts['user']}, {str(texts['time'])[:10]}." if texts["user"] else ""
    first = (
        ""
        if is_set
        else "Without formulas there are counts only. Take those of your instrument, and compare."
    )
    return html.Div(
        [
            html.H2("From counts to concentrations"),
            html.P(
                "One object stands for 1 / fraction / water individuals per m³. The formulas are EcoTaxa's: sam. reads a "
                "column of samples, ssm. one of acquisitions, obj. one of objects.",
                className="samples-about",
            ),
            *([html.P(text, className="samples-about") for text in (first, who) if text]),
            dmc.Select(
                id=ids.SAMPLES_PRESET,
                label="Instrument",
                data=[
                    {"value": OWN, "label": "own formulas"},
                    *({"value": name, "label": preset.title} for name, preset in PRESETS.items()),
                ],
                value=texts["preset"] or OWN,
                allowDeselect=False,
                size="xs",
            ),
            html.Div(id=ids.SAMPLES_PRESET_SAYS, className="samples-about"),
            *(
                dmc.TextInput(
                    id=ids.samples_formula(name),
                    label=f"{LABELS[name]}{f', {WRITTEN[unit]}' if WRITTEN[unit] else ''}",
                    value=texts[name] or "",
                    placeholder=name,
                    size="xs",
                )
                for name, unit in UNITS.items()
            ),
            html.Div(
                parts.action("Set these formulas", ids.SAMPLES_SET, key="v", help="set the formulas"),
                className="samples-tools",
            ),
            *_problems(table),
            _unused(ids.SAMPLES_CORRECT),
        ]
    )


def _problems(table: pd.DataFrame) -> list[Component]:
    found = table[table["problem"] != ""]
    if found.empty:
        return []
    rows = [
        html.Li(f"{row['sample_id']}, {row['acq_id']}: {row['problem']}")
        for row in found.head(PROBLEMS).to_dict("records")
    ]
    more = len(found) - PROBLEMS
    if more > 0:
        rows.append(html.Li(f"and {more:,} more: see volumes.csv of morphoexplore summary"))
    count = parts.count(len(found), "acquisition has", "acquisitions have")
    return [
        html.P(f"{count} no concentration. Nothing is guessed: correct the table, or the sample here."),
        html.Ul(rows, className="samples-problems"),
    ]


def sample(known: pd.DataFrame, summary: pd.DataFrame, name: str | None, *, close: str) -> Component:
    """Return what is in one sample, with the way to its images, and what its objects stand for, to be corrected."""
    rows = known[known["sample_id"] == name]
    content = _content(summary[summary["sample_id"] == name])
    images = parts.link(
        "Its images",
        with_query("/diversity", {"sample": name}),
        key="i",
        help="the images of this sample, by morph",
    )
    return html.Div(
        [
            html.Div(
                [
                    html.H2(str(name), title=str(name)),
                    parts.link("Close", close, key="Escape", help="close the sample"),
                ],
                className="samples-head",
            ),
            *([html.Div(images, className="samples-tools"), content] if content is not None else []),
            html.H2("What one object stands for", className="samples-then"),
            html.P(
                "What you write here stands before what the formulas give, for this sample alone. Empty: left to the "
                "formulas.",
                className="samples-about",
            ),
            *(
                _acquisition(number, row)
                for number, row in zip(rows.index.tolist(), rows.to_dict("records"), strict=True)
            ),
            html.Div(
                parts.action("Keep", ids.SAMPLES_CORRECT, key="k", help="keep what was corrected"),
                className="samples-tools",
            ),
            _unused(ids.SAMPLES_SET),
            html.Div(
                [
                    dmc.Select(id=ids.SAMPLES_PRESET, data=[OWN], value=OWN, **{"aria-label": "not used"}),
                    html.Div(id=ids.SAMPLES_PRESET_SAYS),
                ],
                hidden=True,
            ),
        ]
    )


def _content(rows: pd.DataFrame) -> Component | None:
    """Return the largest morphs of a sample with their numbers; None where nothing of it is sorted."""
    counts = rows.groupby("morph", sort=False)["count"].sum().sort_values(ascending=False, kind="stable")
    counts = counts[counts > 0]
    if counts.index.difference([UNSORTED]).empty:
        return None
    total, shown = int(counts.sum()), counts.head(LARGEST)
    rest = total - int(shown.sum())
    lines = [(str(name), int(count)) for name, count in shown.items()]
    lines += [(f"{len(counts) - LARGEST} more", rest)] if rest else []
    return html.Table(
        html.Tbody(
            [
                html.Tr(
                    [html.Th(name, scope="row"), html.Td(f"{count:,}"), html.Td(parts.share(count, total))]
                )
                for name, count in lines
            ]
        ),
        className="samples-content",
        **{"aria-label": "What is in the sample"},
    )


def _acquisition(number: int, row: dict[Any, Any]) -> Component:
    is_said = {name: name in row["corrected"] for name in SHORT}
    now = (
        f"1 object stands for {row['concentration']:.4g} ind. m⁻³."
        if pd.notna(row["concentration"])
        else row["problem"] or "No formula gives its concentration."
    )
    return html.Fieldset(
        [
            html.Legend(f"{row['acq_id']} ({parts.count(int(row['objects']), 'object')})"),
            html.Div(
                [
                    dmc.TextInput(
                        id=ids.samples_effort(number, name),
                        label=label,
                        value=f"{row[name]:.10g}" if is_said[name] else "",
                        placeholder="" if pd.isna(row[name]) or is_said[name] else f"{row[name]:.6g}",
                        size="xs",
                    )
                    for name, label in SHORT.items()
                ],
                className="samples-fields",
            ),
            html.P(now, className="samples-about"),
            *([html.P(_corrected(row["corrected"]), className="samples-about")] if row["corrected"] else []),
        ],
        className="samples-acquisition",
    )


def _corrected(text: str) -> str:
    for name, word in (("subsample_coef", "fraction"), ("total_water_volume", "water")):
        text = text.replace(name, word)
    return f"Corrected: {text}."


def _unused(id: str) -> Component:
    """Return a button that is not there: callbacks need all that they listen to."""
    return html.Button(id=id, hidden=True, **{"aria-hidden": "true"})


def of_preset(preset: str | None, texts: Sequence[str | None]) -> tuple[Any, Any]:
    """Return the formulas of a preset for the fields, and what it reads; own ones stay as they are."""
    if not texts:
        return no_update, no_update
    if preset is None or preset == OWN:
        return list(texts), ""
    known = PRESETS[preset]
    read = [f"{name}: {about}" for name, about in known.columns.items()]
    return [getattr(known, name) for name in UNITS], [known.title, html.Ul([html.Li(text) for text in read])]


def set_formulas(session: Session, preset: str | None, texts: Sequence[str | None]) -> str:
    """Set the formulas that stand in the fields; return what to say."""
    given = {name: (text or "").strip() for name, text in zip(UNITS, texts, strict=True)}
    chosen = {name: text for name, text in given.items() if text}
    if not chosen and (preset is None or preset == OWN):
        message = "Write at least one formula, or choose an instrument."
        raise DecisionError(message)
    volumes.set_formulas(session.project, **chosen)
    table = volumes.volumes(session.project)
    known = int(table["concentration"].notna().sum())
    return f"{known:,} of {parts.count(len(table), 'acquisition')} have a concentration."


def correct(session: Session, fields: Sequence[dict[str, Any]], values: Sequence[Any]) -> str:
    """Enter what was written for the acquisitions of a sample as one decision; return what to say."""
    asked: dict[int, dict[str, Any]] = {}
    for field, value in zip(fields, values, strict=True):
        text = str(value or "").strip().replace("\N{NO-BREAK SPACE}", "")
        asked.setdefault(field["acquisition"], {})[field["name"]] = text or LEFT
    review.correct_efforts(session.project, asked)
    return f"Corrected {parts.count(len(asked), 'acquisition')}."
