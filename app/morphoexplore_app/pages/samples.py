"""The objects behind a point or bar of the page Diversity: those of a sample, or of the samples of a date."""

from __future__ import annotations

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
from morphoexplore.store import tree
from morphoexplore_app import diversity_choice, ids, parts
from morphoexplore_app.components import Gallery
from morphoexplore_app.diversity_choice import Choice, Results

PAGE = 200  # objects shown at once
NAMED = 6  # samples of a date that are named
ELSEWHERE = "elsewhere"  # morphs that were not chosen


@dataclass(frozen=True)
class Place:
    """
    What was clicked.

    Attributes
    ----------
    sample : str or None
        The sample, or None for all of a date.
    at : str
        The date (ISO 8601) where no sample is named.
    group : str
        Which objects: the number of a morph, or one of the words of :mod:`morphoexplore.figures.places`.
    page : int
        From 1.
    """

    sample: str | None = None
    at: str = ""
    group: str = COUNTED
    page: int = 1

    def to_data(self) -> dict[str, str]:
        """Return it for a store and for the address, without what goes without saying."""
        parts = {"sample": self.sample} if self.sample is not None else {"at": self.at}
        parts |= {"morph": self.group} if self.group != COUNTED else {}
        return parts | ({"page": str(self.page)} if self.page > 1 else {})


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
    )


def clicked(
    found: Results, choice: Choice, click: Mapping[str, Any], *, is_composition: bool
) -> Place | None:
    """Return the place that a click in a figure means, None where it means nothing."""
    text = str((click.get("points") or [{}])[0].get("id") or "")
    if not text:
        return None
    sample, where, group = figures.read_id(text)
    if sample is not None:
        return Place(sample=sample, group=group)
    by_sample = is_composition and choice.by == "sample"
    names = figures.samples_at(found.counts, where, by_sample=by_sample)
    if len(names) == 1:
        return Place(sample=names[0], group=group)
    return Place(at=where.removesuffix("T00:00:00"), group=group) if names else None


def samples_of(found: Results, place: Place) -> pd.Index:
    """Return the samples of a place: one, or those of a date."""
    if place.sample is not None:
        return found.samples[found.samples == place.sample]
    names = figures.samples_at(found.counts, place.at) or figures.samples_at(
        found.counts, f"{place.at}T00:00:00"
    )
    return found.samples[found.samples.isin(names)]


def _groups(found: Results, choice: Choice, samples: pd.Index) -> dict[str, tuple[str, list[int]]]:
    """Return the groups of objects that can be shown: title and morphs by key, only those with objects."""
    sizes = found.tally.grid.loc[samples].sum()
    counted = [morph for morph in found.morphs if sizes[morph] > 0]
    others = figures.other_morphs(found.counts, by="sample" if choice.by == "sample" else "date")
    elsewhere = [
        morph for morph in found.tally.morphs.index.difference(found.morphs, sort=False) if sizes[morph] > 0
    ]
    words = {
        COUNTED: ("all that is counted", counted),
        UNSORTED_MORPH: ("unsorted", [tree.FREE]),
        OTHER_MORPHS: ("other morphs of the figure", [morph for morph in others if sizes[morph] > 0]),
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


def panel(found: Results, choice: Choice, place: Place, *, version: int) -> Component:
    """Return what stands beside the figures: the objects of a place, a page at a time."""
    samples = samples_of(found, place)
    if samples.empty:
        return html.Div(
            [_head("Not among these samples"), html.P("What was open is not among the samples chosen now.")],
            className="samples-panel",
        )
    groups = _groups(found, choice, samples)
    group = place.group if place.group in groups else COUNTED
    objects = found.tally.objects_of(samples, groups[group][1])
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
                data=[{"value": key, "label": title} for key, (title, _) in groups.items()],
                value=group,
                searchable=len(groups) > 8,
                allowDeselect=False,
                size="xs",
                maxDropdownHeight=360,
                comboboxProps={"position": "bottom-end"},
            ),
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
            diversity_choice.place_text(found.tally, samples) or "no date",
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
