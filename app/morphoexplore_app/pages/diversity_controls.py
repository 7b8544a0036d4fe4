"""What can be chosen on the page Diversity, and why some of it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from morphoexplore.steps import communities, tallying
from morphoexplore.steps.tallying import Tally
from morphoexplore.store.schema import KINDS
from morphoexplore_app import diversity_results, ids
from morphoexplore_app.diversity_choice import GROUPS, MODES, MOST_PER_STEP, PERIODS, WHOLE, Choice
from morphoexplore_app.diversity_indices import INDICES, OF_CLOUD, OF_MORPHS
from morphoexplore_app.diversity_indices import STANDARDISED as EQUAL
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
        "branch": _search(
            "Branch",
            ids.DIVERSITY_BRANCH,
            _branches(tally),
            None if choice.branch is None else str(choice.branch),
            nothing="the whole tree",
            unknown="No branch of that name",
        ),
        "compared": _search(
            "Beside it",
            ids.DIVERSITY_COMPARED,
            _compared(tally, choice, offer),
            choice.beside,
            nothing="nothing",
            unknown="Nothing of that name",
        ),
        "grouped": _select(
            "Grouped by", ids.DIVERSITY_GROUPED, {ALONE: "nothing"} | GROUPS, choice.group or ALONE
        ),
        "period": _select(
            "Points are",
            ids.DIVERSITY_PERIOD,
            {ALONE: "samples as they are"} | PERIODS,
            choice.period or ALONE,
        ),
        "mode": _select(
            "Their samples", ids.DIVERSITY_MODE, MODES, choice.mode, disabled=choice.period is None
        ),
        "per-step": dmc.NumberInput(
            id=ids.DIVERSITY_PER_STEP,
            label="Samples of each",
            placeholder="all",
            value="" if choice.per_step is None else choice.per_step,
            min=1,
            max=MOST_PER_STEP,
            allowDecimal=False,
            allowNegative=False,
            debounce=300,
            disabled=choice.is_of_means,
            size="xs",
        ),
        "intervals": dmc.Switch(
            id=ids.DIVERSITY_INTERVALS, label="95 % intervals", checked=choice.has_intervals, size="sm"
        ),
        "slow": dmc.Switch(
            id=ids.DIVERSITY_SLOW,
            label="slow ones too",
            checked=choice.has_slow,
            disabled=not has_slow(choice),
            size="sm",
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


def has_slow(choice: Choice) -> bool:
    """Whether intervals of an index chosen take seconds a sample."""
    return choice.has_intervals and choice.is_of_means and any(one.is_slow for one in choice.offered)


def _search(
    label: str, id: str, data: list[dict[str, Any]], value: str | None, *, nothing: str, unknown: str
) -> Component:
    """Return a field to look something up in, or leave it at *nothing*."""
    return dmc.Select(
        id=id,
        label=label,
        placeholder=nothing,
        data=data,
        value=value,
        searchable=True,
        clearable=True,
        limit=200,
        nothingFoundMessage=unknown,
        clearButtonProps={"aria-label": f"{label}: {nothing}"},
        comboboxProps={"width": "max-content", "position": "bottom-start"},
        size="xs",
    )


def _select(label: str, id: str, options: dict[str, str], value: str, *, disabled: bool = False) -> Component:
    return dmc.Select(
        id=id,
        label=label,
        data=[{"value": key, "label": text} for key, text in options.items()],
        value=value,
        allowDeselect=False,
        disabled=disabled,
        size="xs",
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
