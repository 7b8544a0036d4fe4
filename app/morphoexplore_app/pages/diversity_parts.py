"""Parts of the page Diversity: its controls, figures and warnings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from morphoexplore.errors import MorphoExploreError
from morphoexplore.methods.diversity.bootstrap import REPLICATES
from morphoexplore.steps import communities, indexing, tallying
from morphoexplore.steps.tallying import MUCH_UNSORTED, Tally
from morphoexplore.store.schema import KINDS
from morphoexplore.writing.figure_files import FORMATS as FIGURE_FORMATS
from morphoexplore_app import diversity_results, ids, parts
from morphoexplore_app.diversity_choice import GROUPS, PERIODS, WHOLE, Choice
from morphoexplore_app.diversity_indices import INDICES, OF_CLOUD, OF_MORPHS
from morphoexplore_app.diversity_indices import STANDARDISED as EQUAL
from morphoexplore_app.diversity_results import Results, Table
from morphoexplore_app.pages import diversity_statuses
from morphoexplore_app.session import Session

WEIGHTS = {"count": "objects", "concentration": "concentration", "biovolume": "biovolume"}
SETS = {tallying.MORPH_SET: "morphs", tallying.PARTITION: "cells"}
ALONE = "alone"  # not grouped, samples as they are


@dataclass(frozen=True)
class Offer:
    """
    What can be chosen in this project, and what cannot yet.

    Attributes
    ----------
    weight : str
        What objects stand for unless somebody chooses.
    has_effort, has_volume : bool
        Whether concentrations and biovolumes are known.
    has_space, has_partition : bool
        Whether all objects are in the morphospace, and in cells of it.
    """

    weight: str
    has_effort: bool
    has_volume: bool
    has_space: bool
    has_partition: bool

    @classmethod
    def of(cls, session: Session) -> Offer:
        """Read it."""
        weights = diversity_results.weights(session)
        return cls(
            communities.default_weight(weights),
            weights.has_effort,
            weights.has_effort and weights.has_volume,
            diversity_results.has_space(session),
            diversity_results.has_partition(session),
        )


def controls(tally: Tally, choice: Choice, offer: Offer) -> Component:
    """Return what can be chosen, and why some of it cannot."""
    days = tally.samples["datetime"].dropna()
    first, last = (days.min(), days.max()) if len(days) else (None, None)
    inputs = {
        "indices": dmc.MultiSelect(
            id=ids.DIVERSITY_INDICES,
            label="Indices",
            data=_indices(offer),
            value=list(choice.indices),
            searchable=True,
            nothingFoundMessage="No index of that name",
            maxDropdownHeight=420,
            size="xs",
        ),
        "weight": _switch(
            "Weighted by",
            ids.DIVERSITY_WEIGHT,
            WEIGHTS,
            choice.weight or offer.weight,
            cannot=_unknown(offer),
        ),
        "set": _switch(
            "Counted are",
            ids.DIVERSITY_SET,
            SETS,
            choice.morph_set,
            cannot=() if offer.has_partition else (tallying.PARTITION,),
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
        "compared": dmc.Select(
            id=ids.DIVERSITY_COMPARED,
            label="Beside it",
            placeholder="nothing",
            data=_compared(tally, choice, offer),
            value=choice.beside,
            searchable=True,
            clearable=True,
            limit=200,
            nothingFoundMessage="Nothing of that name",
            clearButtonProps={"aria-label": "nothing beside it"},
            comboboxProps={"width": "max-content", "position": "bottom-start"},
            size="xs",
        ),
        "grouped": dmc.Select(
            id=ids.DIVERSITY_GROUPED,
            label="Grouped by",
            data=[{"value": ALONE, "label": "nothing"}]
            + [{"value": key, "label": text} for key, text in GROUPS.items()],
            value=choice.group or ALONE,
            allowDeselect=False,
            size="xs",
        ),
        "period": dmc.Select(
            id=ids.DIVERSITY_PERIOD,
            label="Points are",
            data=[{"value": ALONE, "label": "samples as they are"}]
            + [{"value": key, "label": text} for key, text in PERIODS.items()],
            value=choice.period or ALONE,
            allowDeselect=False,
            size="xs",
        ),
        "intervals": dmc.Switch(
            id=ids.DIVERSITY_INTERVALS, label="95 % intervals", checked=choice.has_intervals, size="sm"
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
        [
            html.Div(
                className="diversity-controls",
                role="group",
                **{"aria-label": "What is counted and drawn"},
                children=[html.Div(part, className=f"diversity-{name}") for name, part in inputs.items()],
            ),
            *_cannot(offer),
        ]
    )


def _indices(offer: Offer) -> list[dict[str, Any]]:
    groups = {OF_MORPHS: "Of morphs", OF_CLOUD: "Of the cloud of objects", EQUAL: "Standardised"}
    return [
        {
            "group": title,
            "items": [
                {"value": key, "label": one.title, "disabled": one.has_positions and not offer.has_space}
                for key, one in INDICES.items()
                if one.group == group
            ],
        }
        for group, title in groups.items()
    ]


def _unknown(offer: Offer) -> tuple[str, ...]:
    known = {"concentration": offer.has_effort, "biovolume": offer.has_volume}
    return tuple(name for name, is_known in known.items() if not is_known)


def _cannot(offer: Offer) -> list[Component]:
    """Say what cannot be chosen, why, and where to change that."""
    lines: list[Any] = []
    if _unknown(offer):
        words = (
            "Biovolumes need a formula" if offer.has_effort else "Concentrations and biovolumes need formulas"
        )
        lines.append([f"{words} for volumes: ", dcc.Link("set them on Samples", href="/samples"), ". "])
    if not offer.has_space:
        lines.append(
            ["Indices of positions need a morphospace of all objects: ", dcc.Link("embed", href="/"), ". "]
        )
    if not offer.has_partition:
        lines.append(["Cells need a partition of all objects: ", html.Code("morphoexplore partition"), "."])
    return [html.P([part for line in lines for part in line], className="diversity-cannot")] if lines else []


def _compared(tally: Tally, choice: Choice, offer: Offer) -> list[dict[str, Any]]:
    """Return what the choice can be compared with."""
    sets = {tallying.MORPH_SET: "the same by morphs of the tree", tallying.PARTITION: "the same by cells"}
    of_sets = [
        {"value": key, "label": text}
        for key, text in sets.items()
        if key == choice.beside
        or (key != choice.morph_set and (key == tallying.MORPH_SET or offer.has_partition))
    ]
    cuts = [
        cut
        for cut in ({"value": WHOLE, "label": "the whole tree"}, *_branches(tally))
        if cut["value"] in (choice.beside, *_cuts(tally, choice))
    ]
    groups = [{"group": "Morph sets", "items": of_sets}, {"group": "Cuts", "items": cuts}]
    return [group for group in groups if group["items"]]


def _cuts(tally: Tally, choice: Choice) -> set[str]:
    """Return the cuts of the tree that are not drawn already."""
    branches = {number for number, node in tally.nodes.items() if node.is_branch}
    return {str(number) for number in branches - {choice.branch}} | (
        set() if choice.branch is None else {WHOLE}
    )


def _branches(tally: Tally) -> list[dict[str, str]]:
    paths = {
        number: diversity_results.path_text(tally, number)
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


def _switch(
    label: str, id: str, options: dict[str, str], value: str, *, cannot: Sequence[str] = ()
) -> Component:
    return html.Div(
        className="diversity-switch",
        children=[
            html.Span(label, id=f"{id}-label", className="diversity-label"),
            dmc.SegmentedControl(
                id=id,
                data=[
                    {"value": key, "label": text, "disabled": key in cannot} for key, text in options.items()
                ],
                value=value,
                size="xs",
                **{"aria-label": label},
            ),
        ],
    )


def figures(project: str) -> Component:
    """Return the places of the figures."""
    return html.Div(
        id=ids.DIVERSITY_FIGURES,
        className="diversity-figures",
        children=[
            _section(
                "Indices over time",
                ids.DIVERSITY_OVER_TIME_FILES,
                "point",
                html.Div(
                    [
                        html.Div(
                            [
                                html.H3(id=ids.DIVERSITY_OVER_TIME_TITLE),
                                _graph(ids.DIVERSITY_OVER_TIME, project),
                            ]
                        ),
                        html.Div(
                            [html.H3(id=ids.DIVERSITY_BESIDE_TITLE), _graph(ids.DIVERSITY_BESIDE, project)],
                            id=ids.DIVERSITY_BESIDE_BOX,
                            hidden=True,
                        ),
                    ],
                    className="diversity-pair",
                ),
            ),
            _section(
                "Composition",
                ids.DIVERSITY_COMPOSITION_FILES,
                "bar",
                _graph(ids.DIVERSITY_COMPOSITION, project),
            ),
        ],
    )


def _section(title: str, files: str, mark: str, figure: Component) -> Component:
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
            figure,
        ],
    )


def _graph(id: str, project: str) -> Component:
    name = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in project)
    nothing = {
        "xaxis": {"visible": False},
        "yaxis": {"visible": False},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }
    return html.Div(
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
        className="diversity-graph",
    )


def files(name: str, choice: Choice) -> list[Component]:
    """Return the links to the files of a figure: its tables, and the figure for print."""
    query = choice.to_query()
    tables = [("CSV", {"diversity": "diversity.csv", "composition": "counts.csv"}[name])]
    if name == "diversity" and choice.period is not None:
        tables.append(("Series CSV", "series.csv"))
    prints = [(kind.upper(), f"{name}.{kind}") for kind in reversed(FIGURE_FORMATS)]
    if name == "diversity" and choice.other is not None:
        prints += [(f"{kind.upper()} beside", f"beside.{kind}") for kind in reversed(FIGURE_FORMATS)]
    return [
        html.A(
            text,
            href=f"/download/diversity/{file}" + (f"?{query}" if query else ""),
            title=f"download {file}",
            className="download-link",
            **{"data-download": file, "aria-label": f"{text}: download {file}"},
        )
        for text, file in tables + prints
    ]


def heading(session: Session, choice: Choice) -> str:
    """Return what one of two figures that are compared is of."""
    tally = diversity_results.tally(session, choice)
    is_whole = choice.branch is None or choice.branch not in tally.nodes
    of = "the whole tree" if is_whole else diversity_results.path_text(tally, choice.branch or 0)
    if not tally.is_of_cells:
        return f"Morphs of {of}"
    cells = (
        tally.morph_set.removeprefix("partition ").strip("()").replace(" cells", " cells of the morphospace")
    )
    return cells + ("" if is_whole else f", of {of}")


def problem(session: Session, choice: Choice) -> Component | None:
    """Return why there is nothing to draw, None where there is something."""
    if not choice.indices:
        return _nothing("Choose at least one index.")
    if not choice.kinds:
        return _nothing("Choose at least one kind that counts.")
    try:
        found = diversity_results.results(session, choice)
        if choice.other is not None:
            diversity_results.results(session, choice.other)
    except MorphoExploreError as error:
        return _nothing(str(error))
    if not len(found.samples):
        return _nothing("No sample meets all of these conditions.", "Widen the dates, or clear the names.")
    kinds = " or ".join(choice.kinds)
    where = "This branch has" if choice.branch is not None else "The tree has"
    if not len(found.morphs) and not found.tally.is_of_cells:
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


def says(found: Results, choice: Choice, table: Table) -> Component:
    """Say what was counted, what was left out, and why values are missing."""
    of = found.coverage
    whole = len(found.tally.samples)
    some = f"{of.samples:,} of " if of.samples < whole else ""
    share = parts.share(of.unsorted, of.objects)
    unsorted: list[Any] = (
        [f"unsorted ones ({share} of all) count as well"]
        if found.tally.is_of_cells
        else [html.B(f"{share} of all objects are unsorted")]
    )
    what = parts.count(of.morphs, "cell" if found.tally.is_of_cells else "morph")
    line = f"{some}{parts.count(whole, 'sample')}, {what}, {parts.count(of.counted, 'object')} counted; "
    missing = diversity_statuses.missing(table.frame, choice.offered)
    return html.Div(
        className="diversity-says",
        children=[
            html.P([line, *unsorted, "."]),
            html.Ul([html.Li(note, className="diversity-note") for note in _notes(found, choice, table)]),
            *(
                [
                    html.Details(
                        [
                            html.Summary(f"Values that are missing or doubtful ({len(missing)})"),
                            html.Ul([html.Li(one) for one in missing]),
                        ],
                        className="diversity-missing",
                        open=len(missing) == 1,
                    )
                ]
                if missing
                else []
            ),
        ],
    )


def _notes(found: Results, choice: Choice, table: Table) -> list[Any]:
    """Say what makes these figures doubtful, and what to do about it."""
    of, is_of_cells = found.coverage, found.tally.is_of_cells
    notes: list[Any] = [*table.failures, *map(_with_link, found.notes)]
    if of.much_unsorted and not is_of_cells:
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
        where = (
            "in no cell, because they are of other kinds or have no features,"
            if is_of_cells
            else ("in morphs of other kinds or branches")
        )
        notes.append(f"{parts.count(of.elsewhere, 'object')} {where} left out.")
    if found.group is not None:
        notes += _of_groups(found, choice)
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


def _with_link(note: str) -> Any:
    before, words, after = note.partition("the page Samples")
    return [before, dcc.Link(words, href="/samples"), after] if words else note


def waiting(tables: Sequence[Table]) -> list[Component]:
    """Say what is being computed, and how far it is; nothing where all is there."""
    jobs = {id(job): job for table in tables for job in table.jobs if job.failure is None}
    return [html.P(f"{job.words} \u2026", className="diversity-wait") for job in jobs.values()]


def _of_groups(found: Results, choice: Choice) -> list[str]:
    group = found.group
    assert group is not None
    unknown, names = int(group.isna().sum()), group.dropna().nunique()
    by = GROUPS[choice.group or ""]
    notes = []
    if unknown:
        needs = " It needs positions and times of day." if choice.group == "daytime" else ""
        notes.append(
            f"{parts.count(unknown, 'sample')} of unknown {by}: in the table, not in the figure.{needs}"
        )
    if names > len(found.groups):
        notes.append(f"Of {names:,} groups by {by} the {len(found.groups)} with most samples are drawn.")
    return notes


def methods(choice: Choice, found: Results) -> str:
    """Define the indices shown, in some sentences."""
    offered = choice.offered
    definitions = "; ".join(one.definition for one in offered)
    of = {
        "count": "objects counted",
        "concentration": "concentration (individuals per m\u00b3)",
        "biovolume": "biovolume (mm\u00b3 per m\u00b3)",
    }[found.weight]
    thing = "a cell" if found.tally.is_of_cells else "a morph"
    sentences = [
        f"{definitions[0].upper()}{definitions[1:]}; p is the share of {thing} in the {of} of a sample."
    ]
    if found.weight == "count":
        sentences.append("Numbers of imaged objects, not concentrations, and not standardised for effort.")
    elif any(indexing.INDICES[one.name].needs_integers for one in offered):
        sentences.append(
            "Estimators of what was not met are of whole numbers of objects, whatever the weight."
        )
    if any(one.name in ("richness", "hill", "functional_richness") for one in offered):
        sentences.append("Raw richness grows with the number of objects counted.")
    sentences.append("Samples of fewer than 50 objects have open points.")
    if choice.has_positions:
        sentences.append(f"Positions are those on the first {communities.DIMS} axes of the morphospace.")
    if choice.has_intervals:
        sentences.append(
            f"Intervals hold 95 % of {REPLICATES} bootstraps of the objects of a sample: of counting, not of tows; the "
            "fainter ones come from errors of sorting alone. Evenness, divergence and standardised richness have "
            "theirs from the verb diversity with --slow."
        )
        if found.weight == "biovolume":
            sentences.append("Shares of biovolume have no intervals.")
    if choice.period is not None:
        sentences.append(
            f"Points are means of the samples of a {choice.period}, with 95 % intervals from how these differ; diamonds are "
            "interpolated; the line is the trend of STL, which needs two years."
        )
    sentences.append("In the composition, what is not counted by morph stands beside what is.")
    return " ".join(sentences)
