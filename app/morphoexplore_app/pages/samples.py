"""The objects behind a point or bar of the page Diversity: those of a sample, or of the samples of a date."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import dash_mantine_components as dmc
import numpy as np
import pandas as pd
from dash import html
from dash.development.base_component import Component

from morphoexplore import figures
from morphoexplore.figures import COUNTED, OTHER_MORPHS, UNSORTED_MORPH
from morphoexplore.steps import tallying
from morphoexplore.store import tree
from morphoexplore_app import diversity_figures, diversity_results, ids, parts
from morphoexplore_app.components import Gallery
from morphoexplore_app.diversity_choice import Choice
from morphoexplore_app.diversity_results import Results
from morphoexplore_app.pages import diversity_hull
from morphoexplore_app.pages.diversity_hull import Hull

STEP = re.compile(r"\d{4}-(\d{2}|W\d{2})")  # a month or a week
PAGE = 200  # objects shown at once
NAMED = 6  # samples of a date that are named
ELSEWHERE = "elsewhere"  # morphs that were not chosen
HULL = "hull"  # the corners of the hull of a sample
OTHER_SIDE = "beside"  # of two figures that are compared


@dataclass(frozen=True)
class Place:
    """
    What was clicked.

    Attributes
    ----------
    sample : str or None
        The sample, or None for all of a date.
    at : str
        The date (ISO 8601), the month (``2019-03``) or the week (``2019-W12``) where no sample is named.
    group : str
        Which objects: the number of a morph, one of the words of :mod:`morphoexplore.figures.places`, or `HULL`.
    page : int
        From 1.
    side : str
        `OTHER_SIDE` where it was clicked in the figure beside.
    """

    sample: str | None = None
    at: str = ""
    group: str = COUNTED
    page: int = 1
    side: str = ""

    def to_data(self) -> dict[str, str]:
        """Return it for a store and for the address, without what goes without saying."""
        parts = {"sample": self.sample} if self.sample is not None else {"at": self.at}
        parts |= {"morph": self.group} if self.group != COUNTED else {}
        parts |= {"side": self.side} if self.side else {}
        return parts | ({"page": str(self.page)} if self.page > 1 else {})

    def of(self, choice: Choice) -> Choice:
        """Return the choice whose objects are shown, of two that are compared."""
        return choice.other or choice if self.side == OTHER_SIDE else choice


def from_data(data: Mapping[str, str] | None) -> Place | None:
    """Read a place from a store or from the address; None where none is open."""
    if not data or ("sample" not in data and not data.get("at")):
        return None
    page = data.get("page", "1")
    return Place(
        sample=data.get("sample"),
        at=data.get("at", ""),
        group=data.get("morph", COUNTED),
        page=int(page) if page.isdecimal() and 0 < int(page) < 10**6 else 1,
        side=OTHER_SIDE if data.get("side") == OTHER_SIDE else "",
    )


def clicked(
    found: Results, choice: Choice, click: Mapping[str, Any], *, is_composition: bool
) -> Place | None:
    """Return the place that a click in a figure means, None where it means nothing."""
    text = str((click.get("points") or [{}])[0].get("id") or "")
    if not text:
        return None
    sample, where, group = figures.read_id(text)
    if sample is not None and choice.period is not None and sample not in found.samples:
        return Place(at=sample, group=group)
    if sample is not None:
        return Place(sample=sample, group=group)
    if choice.period is not None and not is_composition and not where.isdecimal():
        return Place(at=diversity_figures.step_of(where, choice.period), group=group)
    by_sample = is_composition and choice.by == "sample"
    names = figures.samples_at(found.counts, where, by_sample=by_sample)
    if len(names) == 1:
        return Place(sample=names[0], group=group)
    return Place(at=where.removesuffix("T00:00:00"), group=group) if names else None


def samples_of(found: Results, place: Place) -> pd.Index:
    """Return the samples of a place: one, or those of a date."""
    if place.sample is not None:
        return found.samples[found.samples == place.sample]
    if STEP.fullmatch(place.at):
        return diversity_results.samples_in(found.tally, found.samples, place.at)
    names = figures.samples_at(found.counts, place.at) or figures.samples_at(
        found.counts, f"{place.at}T00:00:00"
    )
    return found.samples[found.samples.isin(names)]


def _groups(found: Results, choice: Choice, samples: pd.Index) -> dict[str, tuple[str, list[int]]]:
    """Return the groups of objects that can be shown: title and morphs by key, only those with objects."""
    is_of_cells = found.tally.is_of_cells
    sizes = found.tally.grid.loc[samples].sum()
    counted = [morph for morph in found.morphs if sizes[morph] > 0]
    others = figures.other_morphs(found.counts, by="sample" if choice.by == "sample" else "date")
    elsewhere = [
        morph for morph in found.tally.morphs.index.difference(found.morphs, sort=False) if sizes[morph] > 0
    ]
    words = {
        COUNTED: ("all that is counted", counted),
        UNSORTED_MORPH: (tallying.NO_CELL if is_of_cells else "unsorted", [tree.FREE]),
        OTHER_MORPHS: (
            f"other {'cells' if is_of_cells else 'morphs'} of the figure",
            [morph for morph in others if sizes[morph] > 0],
        ),
        ELSEWHERE: ("not counted: other kinds or branches", elsewhere),
    }
    titles = found.tally.morphs["title"]
    largest_first = sorted(counted, key=lambda morph: -sizes[morph])
    morphs = {str(morph): (str(titles[morph]), [morph]) for morph in largest_first}
    everything = {**words, **morphs}
    return {
        key: (f"{title} ({sizes[numbers].sum():,})", numbers)
        for key, (title, numbers) in everything.items()
        if key == COUNTED or sizes[numbers].sum() > 0
    }


def panel(
    found: Results, choice: Choice, place: Place, *, version: int, hull: Hull | None = None
) -> Component:
    """Return what stands beside the figures: the objects of a place, a page at a time; *hull* where it has one."""
    samples = samples_of(found, place)
    if samples.empty:
        return html.Div(
            [_head("Not among these samples"), html.P("What was open is not among the samples chosen now.")],
            className="samples-panel",
        )
    groups = _groups(found, choice, samples)
    titles = {key: title for key, (title, _) in groups.items()}
    if hull is not None:
        titles = {HULL: f"corners of its hull ({len(hull.objects):,})", **titles}
    group = place.group if place.group in titles else COUNTED
    is_hull = hull is not None and group == HULL
    objects = (
        hull.objects if hull is not None and is_hull else found.tally.objects_of(samples, groups[group][1])
    )
    pages = max(1, -(-len(objects) // PAGE))
    page = min(place.page, pages)
    shown = objects[(page - 1) * PAGE : page * PAGE]
    return html.Div(
        className="samples-panel",
        children=[
            _head(str(samples[0]) if len(samples) == 1 else parts.count(len(samples), "sample")),
            html.P(_about(found, samples), className="samples-about"),
            dmc.Select(
                id=ids.DIVERSITY_GROUP,
                label="Objects",
                data=[{"value": key, "label": title} for key, title in titles.items()],
                value=group,
                searchable=len(titles) > 8,
                allowDeselect=False,
                size="xs",
                maxDropdownHeight=360,
                comboboxProps={"position": "bottom-end"},
            ),
            *([diversity_hull.says(hull, str(samples[0]))] if hull is not None and is_hull else []),
            _pager(len(objects), page, pages),
            _gallery(shown, f"{version} {sorted(place.to_data().items())} {page} {group}", len(objects)),
        ],
    )


def _head(title: str) -> Component:
    return html.Div(
        [
            html.H2(title, title=title),
            parts.action(
                "Close",
                ids.diversity_go("close"),
                key="Escape",
                help="close the objects of the sample",
                variant="default",
            ),
        ],
        className="samples-head",
    )


def _about(found: Results, samples: pd.Index) -> str:
    """Say when it was, and how much of it is counted."""
    coverage = found.tally.coverage(samples, found.morphs)
    names = [str(name) for name in samples[:NAMED]] + (["..."] if len(samples) > NAMED else [])
    return " \u00b7 ".join(
        text
        for text in (
            diversity_results.place_text(found.tally, samples) or "no date",
            ", ".join(names) if len(samples) > 1 else "",
            parts.count(coverage.objects, "object"),
            f"{coverage.counted:,} counted",
            f"{coverage.unsorted:,} unsorted"
            + (f" ({coverage.share_unsorted:.0%})" if coverage.objects else ""),
        )
        if text
    )


def _pager(n: int, page: int, pages: int) -> Component:
    if not n:
        return html.P("No objects here.", className="samples-range")
    first, last = (page - 1) * PAGE + 1, min(page * PAGE, n)
    text = f"{first:,} to {last:,} of {n:,}" if pages > 1 else parts.count(n, "object")
    buttons = [
        parts.action(
            "Previous",
            ids.diversity_go("previous"),
            key="p",
            help="previous page of objects",
            variant="default",
            disabled=page == 1,
        ),
        parts.action(
            "Next",
            ids.diversity_go("next"),
            key="n",
            help="next page of objects",
            variant="default",
            disabled=page == pages,
        ),
    ]
    hidden = {} if pages > 1 else {"display": "none"}
    return html.Div(
        [html.Span(text, className="samples-range"), html.Div(buttons, className="page-tools", style=hidden)],
        className="samples-pager",
    )


def _gallery(objects: np.ndarray, version: str, n: int) -> Component:
    return Gallery(
        id=ids.DIVERSITY_GALLERY,
        objects=objects.tolist(),
        version=version,
        cell=88,
        label=f"{n:,} objects; double-click or i opens one",
        focus=True,
    )


def turned(place: Place, by: int) -> Place:
    """Return the same place some pages on."""
    return replace(place, page=max(1, place.page + by))
