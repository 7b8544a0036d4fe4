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
from morphoexplore.steps import profiles, volumes
from morphoexplore.steps.summarising import UNSORTED
from morphoexplore_app import ids, parts
from morphoexplore_app.pages import sample_images
from morphoexplore_app.pages.add import path_of
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
            _about(
                "One object stands for 1 / fraction / water individuals per m³. The formulas are EcoTaxa's: sam. reads a "
                "column of samples, ssm. one of acquisitions, obj. one of objects."
            ),
            *([_about(text) for text in (first, who) if text]),
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
            *_profiles(session),
            _unused(ids.SAMPLES_CORRECT),
        ]
    )


def _about(text: str) -> Component:
    """Return a paragraph that explains what stands around it."""
    return html.P(text, className="samples-about")


def _profiles(session: Session) -> list[Component]:
    """Return the sampled volumes by depth that are known, and the way to read a table of them."""
    known = profiles.read_profiles(session.project)
    if known is None:
        says = "None were read yet."
    else:
        count = sum(len(one) for one in known.litres.values())
        says = (
            f"Known: {parts.count(count, 'depth bin')} of {known.width:g} m, of {parts.count(len(known.litres), 'profile')}. A "
            "profile that is read again is replaced."
        )
    return [
        html.H2("Volumes by depth", className="samples-then"),
        _about(
            "How much water a UVP imaged at which depth is in a table of EcoPart (Profile, Depth [m], Sampled volume [L]); "
            f"formulas read it as sam.sampled_volume. {says}"
        ),
        dmc.TextInput(
            id=ids.SAMPLES_PROFILES,
            label="File on this computer",
            placeholder="export_PAR_Aggregated.tsv",
            size="xs",
        ),
        dmc.TextInput(
            id=ids.SAMPLES_BIN,
            label="Height of a depth bin, m",
            value=f"{profiles.WIDTH if known is None else known.width:g}",
            size="xs",
        ),
        html.Div(
            parts.action("Read the profiles", ids.SAMPLES_READ, help="read sampled volumes by depth"),
            className="samples-tools",
        ),
    ]


def read_profiles(session: Session, source: str | None, width: str | None) -> str:
    """Read a table of sampled volumes by depth; return what to say."""
    path = path_of(source)
    if path is None:
        message = "Write the path of a table of profiles first."
        raise DecisionError(message)
    try:
        height = float((width or "").replace(",", "."))
    except ValueError:
        message = f"The height of a depth bin is a number of metres, not {width!r}."
        raise DecisionError(message) from None
    found = profiles.set_profiles(session.project, [path], width=height)
    said = [f"Read {parts.count(found['bins'], 'depth bin')} of {parts.count(found['profiles'], 'profile')}."]
    if found["unknown"]:
        names = ", ".join(found["unknown"][:3]) + (", ..." if len(found["unknown"]) > 3 else "")
        said.append(f"No sample has the name of {parts.count(len(found['unknown']), 'profile')}: {names}.")
    if found["problems"]:
        more = len(found["problems"]) - 1
        said.append(found["problems"][0] + (f" {more:,} more rows likewise." if more else ""))
    return " ".join(said)


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


def sample(
    session: Session, known: pd.DataFrame, summary: pd.DataFrame, name: str, *, close: str
) -> Component:
    """Return the images of one sample, what is in it, and what its objects stand for, to be corrected."""
    rows = known[known["sample_id"] == name]
    content = _content(summary[summary["sample_id"] == name])
    diversity = parts.link("On the page Diversity", with_query("/diversity", {"sample": name}))
    return html.Div(
        [
            html.Div(
                [
                    html.H2(str(name), title=str(name)),
                    parts.link("Close", close, key="Escape", help="close the sample"),
                ],
                className="samples-head",
            ),
            sample_images.images(session, name),
            *([content, html.Div(diversity, className="samples-tools")] if content is not None else []),
            html.H2("What one object stands for", className="samples-then"),
            _about(
                "What you write here stands before what the formulas give, for this sample alone. Empty: left to the "
                "formulas."
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
            _unused(ids.SAMPLES_READ),
            html.Div(
                [
                    dmc.TextInput(id=ids.SAMPLES_PROFILES, **{"aria-label": "not used"}),
                    dmc.TextInput(id=ids.SAMPLES_BIN, **{"aria-label": "not used"}),
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
            _about(now),
            *([_about(_corrected(row["corrected"]))] if row["corrected"] else []),
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


def set_formulas(session: Session, texts: Sequence[str | None]) -> str:
    """Set the formulas that stand in the fields; return what to say."""
    chosen = {name: (text or "").strip() for name, text in zip(UNITS, texts, strict=True)}
    if not any(chosen.values()):
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
