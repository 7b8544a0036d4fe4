"""What the page Diversity says: what is counted, what is left out, what makes it doubtful, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from morphoexplore.errors import MorphoExploreError
from morphoexplore.methods.diversity.bootstrap import REPLICATES
from morphoexplore.steps import communities, indexing
from morphoexplore.steps.series import BETA, POOLED
from morphoexplore.steps.tallying import MUCH_UNSORTED
from morphoexplore_app import diversity_results, ids, parts
from morphoexplore_app.diversity_choice import GROUPS, Choice
from morphoexplore_app.diversity_results import Results
from morphoexplore_app.diversity_tables import Table
from morphoexplore_app.pages import diversity_statuses
from morphoexplore_app.session import Session

#: What other ways to bring the samples of a month or week together say.
MODES_SAID = {
    POOLED: "Points are the Hill numbers and Shannon entropy of all samples of a {period} together (gamma): how diverse the {period} is, "
    "which grows with the number of its samples.",
    BETA: "Points are gamma over alpha of the shares of the samples of a {period} (beta): how many samples there seem to be that share "
    "nothing, from 1 to their number.",
}


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
    """Say what is being computed, and how far it is; nothing where all is there. What takes minutes can be stopped."""
    jobs = {id(job): job for table in tables for job in table.jobs if job.failure is None}
    lines = [html.P(f"{job.words} \u2026", className="diversity-wait") for job in jobs.values()]
    if any(job.is_long for job in jobs.values()):
        lines.append(parts.action("Stop the slow intervals", ids.DIVERSITY_STOP, variant="default"))
    return lines


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
    if not choice.is_of_means:
        said = MODES_SAID[choice.mode].format(period=choice.period)
        if choice.samples_per_step is None:
            return said
        return (
            f"{said} Of each {choice.period} it is the mean over all ways to choose {choice.samples_per_step} of its samples (or over "
            "1000 random ones); where there are fewer, there is no value."
        )
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
        slow = (
            ""
            if choice.has_slow
            else " Evenness, divergence and standardised richness have theirs with the switch for slow ones."
        )
        sentences.append(
            f"Intervals hold 95 % of {REPLICATES} bootstraps of the objects of a sample: of counting, not of tows; the fainter ones come "
            f"from errors of sorting alone.{slow}"
        )
    if choice.period is not None and choice.is_of_means:
        sentences.append(
            f"Points are means of the samples of a {choice.period} (mean_of_indices), with 95 % intervals from how these differ; diamonds "
            "are interpolated; the line is the trend of STL, which needs two years; the dashed one has the slope of Theil and Sen."
        )
    sentences.append("In the composition, what is not counted by morph stands beside what is.")
    return " ".join(sentences)
