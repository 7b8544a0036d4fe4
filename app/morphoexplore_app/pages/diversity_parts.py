"""Parts of the page Diversity: its controls, figures and warnings."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from morphoexplore.errors import MorphoExploreError
from morphoexplore.steps.tallying import MUCH_UNSORTED, Tally
from morphoexplore.store.schema import KINDS
from morphoexplore.writing.figure_files import FORMATS as FIGURE_FORMATS
from morphoexplore_app import diversity_choice, ids, parts
from morphoexplore_app.diversity_choice import INDICES, Choice, Results
from morphoexplore_app.session import Session

LABELS = {
    "richness": "Richness",
    "shannon": "Shannon entropy",
    "simpson": "Gini\u2013Simpson",
    "inverse_simpson": "Inverse Simpson",
    "pielou": "Pielou evenness",
    "hill0": "Hill number, q = 0",
    "hill1": "Hill number, q = 1",
    "hill2": "Hill number, q = 2",
}
DEFINITIONS = {
    "richness": "richness S: number of morphs",
    "shannon": "Shannon H\u2032 = \u2212\u03a3 p ln p, in nats",
    "simpson": "Gini\u2013Simpson: 1 \u2212 \u03a3 p\u00b2",
    "inverse_simpson": "inverse Simpson: 1 / \u03a3 p\u00b2",
    "pielou": "Pielou J\u2032 = H\u2032 / ln S",
    "hill0": "Hill number of order 0: S",
    "hill1": "Hill number of order 1: exp(\u2212\u03a3 p ln p)",
    "hill2": "Hill number of order 2: 1 / \u03a3 p\u00b2",
}


def controls(tally: Tally, choice: Choice) -> Component:
    """Return what can be chosen."""
    days = tally.samples["datetime"].dropna()
    first, last = (days.min(), days.max()) if len(days) else (None, None)
    inputs = {
        "indices": dmc.MultiSelect(
            id=ids.DIVERSITY_INDICES,
            label="Indices",
            data=[{"value": name, "label": LABELS[name]} for name in INDICES],
            value=list(choice.indices),
            size="xs",
        ),
        "kinds": dmc.MultiSelect(
            id=ids.DIVERSITY_KINDS,
            label="Kinds that count",
            data=list(KINDS),
            value=list(choice.kinds),
            size="xs",
        ),
        "branch": dmc.Select(
            id=ids.DIVERSITY_BRANCH,
            label="Branch",
            placeholder="the whole tree",
            data=_branches(tally),
            value=None if choice.branch is None else str(choice.branch),
            searchable=True,
            clearable=True,
            limit=200,
            nothingFoundMessage="No branch of that name",
            clearButtonProps={"aria-label": "the whole tree"},
            comboboxProps={"width": "max-content", "position": "bottom-start"},
            size="xs",
        ),
        "since": _day("From", ids.DIVERSITY_SINCE, choice.since, first, last),
        "until": _day("To", ids.DIVERSITY_UNTIL, choice.until, first, last),
        "contains": dmc.TextInput(
            id=ids.DIVERSITY_CONTAINS,
            label="Sample name contains",
            value=choice.contains,
            debounce=300,
            size="xs",
        ),
        "samples": dmc.MultiSelect(
            id=ids.DIVERSITY_SAMPLES,
            label="Only these samples",
            placeholder="" if choice.samples else "all",
            data=[str(name) for name in tally.samples.index],
            value=list(choice.samples),
            searchable=True,
            clearable=True,
            limit=100,
            nothingFoundMessage="No sample of that name",
            clearButtonProps={"aria-label": "all samples"},
            size="xs",
        ),
        "composed": _switch(
            "Composition in",
            ids.DIVERSITY_COMPOSED,
            {"shares": "shares", "numbers": "numbers"},
            "shares" if choice.is_relative else "numbers",
        ),
        "by": _switch("One bar per", ids.DIVERSITY_BY, {"date": "date", "sample": "sample"}, choice.by),
    }
    return html.Div(
        className="diversity-controls",
        role="group",
        **{"aria-label": "What is counted and drawn"},
        children=[html.Div(part, className=f"diversity-{name}") for name, part in inputs.items()],
    )


def _branches(tally: Tally) -> list[dict[str, str]]:
    paths = {
        number: diversity_choice.path_text(tally, number)
        for number, node in tally.nodes.items()
        if node.is_branch
    }
    return [
        {"value": str(number), "label": path}
        for number, path in sorted(paths.items(), key=lambda pair: pair[1].casefold())
    ]


def _day(label: str, id: str, value: str | None, first: Any, last: Any) -> Component:
    return dmc.DateInput(
        id=id,
        label=label,
        value=value,
        valueFormat="YYYY-MM-DD",
        placeholder="" if first is None else f"{(first if label == 'From' else last):%Y-%m-%d}",
        minDate=None if first is None else f"{first:%Y-%m-%d}",
        maxDate=None if last is None else f"{last:%Y-%m-%d}",
        disabled=first is None,
        clearable=True,
        clearButtonProps={"aria-label": f"clear {label}"},
        size="xs",
    )


def _switch(label: str, id: str, options: dict[str, str], value: str) -> Component:
    return html.Div(
        className="diversity-switch",
        children=[
            html.Span(label, id=f"{id}-label", className="diversity-label"),
            dmc.SegmentedControl(
                id=id,
                data=[{"value": key, "label": text} for key, text in options.items()],
                value=value,
                size="xs",
                **{"aria-label": label},
            ),
        ],
    )


def figures(project: str) -> Component:
    """Return the places of the two figures."""
    return html.Div(
        id=ids.DIVERSITY_FIGURES,
        className="diversity-figures",
        children=[
            _figure(
                "Indices over time", ids.DIVERSITY_OVER_TIME, ids.DIVERSITY_OVER_TIME_FILES, project, "point"
            ),
            _figure(
                "Composition", ids.DIVERSITY_COMPOSITION, ids.DIVERSITY_COMPOSITION_FILES, project, "bar"
            ),
        ],
    )


def _figure(title: str, id: str, files: str, project: str, mark: str) -> Component:
    name = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in project)
    nothing = {
        "xaxis": {"visible": False},
        "yaxis": {"visible": False},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }
    return html.Section(
        className="diversity-figure",
        **{"aria-label": title},
        children=[
            html.Div(
                [
                    html.H2(title),
                    html.Div(id=files, className="diversity-files"),
                    html.Span(f"Click a {mark} to see the objects behind it.", className="caption"),
                ],
                className="diversity-head",
            ),
            dcc.Graph(
                id=id,
                figure={"data": [], "layout": nothing},
                style={"height": 520},
                config={
                    "displaylogo": False,
                    "responsive": True,
                    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "sendChartToCloud"],
                    "toImageButtonOptions": {
                        "format": "svg",
                        "filename": f"{name}_{id.removeprefix('diversity-').replace('-', '_')}",
                    },
                },
            ),
        ],
    )


def files(name: str, query: str) -> list[Component]:
    """Return the links to the files of a figure: its table, and the figure for print."""
    table = {"diversity": "diversity.csv", "composition": "counts.csv"}[name]
    links = [("CSV", table)] + [(kind.upper(), f"{name}.{kind}") for kind in reversed(FIGURE_FORMATS)]
    return [
        html.A(
            text,
            href=f"/download/diversity/{file}" + (f"?{query}" if query else ""),
            title=f"download {file}",
            className="download-link",
            **{"data-download": file, "aria-label": f"Download {file}"},
        )
        for text, file in links
    ]


def problem(session: Session, choice: Choice) -> Component | None:
    """Return why there is nothing to draw, None where there is something."""
    if not choice.indices:
        return _nothing("Choose at least one index.")
    if not choice.kinds:
        return _nothing("Choose at least one kind that counts.")
    try:
        found = diversity_choice.results(session, choice)
    except MorphoExploreError as error:
        return _nothing(str(error))
    if not len(found.samples):
        return _nothing("No sample meets all of these conditions.", "Widen the dates, or clear the names.")
    kinds = " or ".join(choice.kinds)
    where = "This branch has" if choice.branch is not None else "The tree has"
    if not len(found.morphs):
        return _nothing(
            f"{where} no morph of the kind {kinds}.",
            "Choose other kinds or another branch, or set kinds on the page Tree.",
        )
    if not found.coverage.counted:
        return _nothing(
            f"None of the objects of {parts.count(len(found.samples), 'sample')} is counted here."
        )
    return None


def _nothing(sentence: str, *then: str) -> Component:
    return parts.empty(sentence, *then)


def says(found: Results, choice: Choice) -> Component:
    """Say what was counted, and what was left out."""
    of = found.coverage
    whole = len(found.tally.samples)
    some = f"{of.samples:,} of " if of.samples < whole else ""
    unsorted = html.B(f"{parts.share(of.unsorted, of.objects)} of all objects are unsorted")
    line = (
        f"{some}{parts.count(whole, 'sample')}, {parts.count(of.morphs, 'morph')}, "
        f"{parts.count(of.counted, 'object')} counted; "
    )
    return html.Div(
        className="diversity-says",
        children=[
            html.P([line, unsorted, "."]),
            html.Ul([html.Li(note, className="diversity-note") for note in _notes(found, choice)]),
        ],
    )


def _notes(found: Results, choice: Choice) -> list[Any]:
    """Say what makes these figures doubtful, and what to do about it."""
    of = found.coverage
    notes: list[Any] = []
    if of.much_unsorted:
        where = (
            f"{'all' if of.much_unsorted == of.samples else f'{of.much_unsorted:,} of'} "
            f"{parts.count(of.samples, 'sample')}"
            if of.samples > 1
            else "this sample"
        )
        notes.append(
            [
                f"In {where} more than {MUCH_UNSORTED:.0%} of the objects are unsorted. A change in what is sorted "
                "would look like a change in diversity: ",
                dcc.Link("sort on", href="/review"),
                ".",
            ]
        )
    if of.without_kind and "living" in choice.kinds:
        them = (
            f"{of.without_kind:,} morphs have no kind and count"
            if of.without_kind > 1
            else "1 morph has no kind and counts"
        )
        notes.append(
            [f"{them} as living, detritus included: ", dcc.Link("set kinds", href="/names?show=morphs"), "."]
        )
    if of.elsewhere:
        notes.append(f"{parts.count(of.elsewhere, 'object')} in morphs of other kinds or branches left out.")
    if of.undated == of.samples:
        notes.append(
            "No sample has a date, so samples stand side by side."
            if of.samples > 1
            else "This sample has no date."
        )
    elif of.undated:
        notes.append(
            f"{parts.count(of.undated, 'sample')} without a date: in the table, not in the figures over time."
        )
    return notes


def methods(choice: Choice) -> str:
    """Define the indices shown, in two sentences."""
    definitions = "; ".join(DEFINITIONS[name] for name in choice.indices)
    return (
        f"{definitions[0].upper()}{definitions[1:]}; p is the share of a morph in the objects counted of a sample. "
        "Numbers of imaged objects, not concentrations, and not standardised for effort: richness grows with the "
        "number of objects counted, and samples of fewer than 50 have open points. "
        "In the composition, unsorted objects stand beside what is counted."
    )
