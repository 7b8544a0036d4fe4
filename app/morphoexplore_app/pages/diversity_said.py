"""What a person said on the page of diversity: by its controls what is counted, by clicks which objects are looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from morphoexplore.steps import tallying
from morphoexplore_app import (
    diversity_choice,
    diversity_drawn,
    diversity_figures,
    diversity_results,
    diversity_tables,
    ids,
)
from morphoexplore_app.diversity_choice import Choice
from morphoexplore_app.diversity_indices import INDICES
from morphoexplore_app.pages import diversity_hull, samples
from morphoexplore_app.pages.diversity_controls import ALONE, Offer
from morphoexplore_app.session import Session

CONTROLS = {
    "indices": (ids.DIVERSITY_INDICES, "value"),
    "weight": (ids.DIVERSITY_WEIGHT, "value"),
    "morph_set": (ids.DIVERSITY_SET, "value"),
    "kinds": (ids.DIVERSITY_KINDS, "value"),
    "branch": (ids.DIVERSITY_BRANCH, "value"),
    "beside": (ids.DIVERSITY_COMPARED, "value"),
    "group": (ids.DIVERSITY_GROUPED, "value"),
    "period": (ids.DIVERSITY_PERIOD, "value"),
    "mode": (ids.DIVERSITY_MODE, "value"),
    "per_step": (ids.DIVERSITY_PER_STEP, "value"),
    "has_intervals": (ids.DIVERSITY_INTERVALS, "checked"),
    "has_slow": (ids.DIVERSITY_SLOW, "checked"),
    "since": (ids.DIVERSITY_SINCE, "value"),
    "until": (ids.DIVERSITY_UNTIL, "value"),
    "contains": (ids.DIVERSITY_CONTAINS, "value"),
    "samples": (ids.DIVERSITY_SAMPLES, "value"),
    "composed": (ids.DIVERSITY_COMPOSED, "value"),
    "by": (ids.DIVERSITY_BY, "value"),
    "view": (ids.DIVERSITY_VIEW, "value"),
    "viewed": (ids.DIVERSITY_VIEWED, "value"),
}
FIGURES = (
    ids.DIVERSITY_OVER_TIME,
    ids.DIVERSITY_COMPOSITION,
    ids.DIVERSITY_BESIDE,
    ids.DIVERSITY_VIEW_FIGURE,
)


def gone(
    session: Session, trigger: Any, value: Any, place: samples.Place | None, query: str | None
) -> samples.Place | None:
    """Return the place that is open after something was clicked."""
    if query is None:
        return place
    if trigger in FIGURES:
        return clicked(session, read(query), str(trigger), value) or place
    if trigger == ids.DIVERSITY_ROW:
        return samples.Place(sample=value["sample"])
    if place is None or trigger == ids.diversity_go("close"):
        return None
    if trigger == ids.DIVERSITY_GROUP:
        return place if value == place.group else replace(place, group=value, page=1)
    return samples.turned(place, 1 if trigger == ids.diversity_go("next") else -1)


def clicked(session: Session, choice: Choice, figure: str, click: Any) -> samples.Place | None:
    """Return the place of a point or bar; of a point of functional richness, what makes its hull."""
    side = samples.OTHER_SIDE if figure == ids.DIVERSITY_BESIDE else ""
    own = samples.Place(side=side).of(choice)
    is_composition = figure == ids.DIVERSITY_COMPOSITION
    found = diversity_results.results(session, own)
    place = samples.clicked(found, own, click, is_composition=is_composition)
    if place is None:
        return None
    is_of_indices = figure in (ids.DIVERSITY_OVER_TIME, ids.DIVERSITY_BESIDE)
    if is_of_indices and own.is_of_means and place.sample is not None:
        drawn = diversity_drawn.drawn(session, choice)["beside" if side else "diversity"]
        number = diversity_figures.index_of_click(drawn, click)
        waiting = diversity_tables.indices(session, own).missing
        shown = [one for one in own.offered if one not in waiting]
        if number is not None and number < len(shown) and shown[number].name in diversity_hull.INDICES:
            place = replace(place, group=samples.HULL)
    return replace(place, side=side)


def read(query: str) -> Choice:
    """Read a choice that is kept as text."""
    return diversity_choice.from_query(dict(parse_qsl(query)))


def choice_of(session: Session, said: dict[str, Any]) -> Choice:
    """Read the controls."""
    offer = Offer.of(session)
    weight = said["weight"] or offer.weight
    return Choice(
        indices=tuple(name for name in INDICES if name in (said["indices"] or ())),
        kinds=tuple(said["kinds"] or ()),
        morph_set=said["morph_set"] or tallying.MORPH_SET,
        branch=int(said["branch"]) if said["branch"] else None,
        weight=None if weight == offer.weight else weight,
        group=None if said["group"] in (None, ALONE) else said["group"],
        period=None if said["period"] in (None, ALONE) else said["period"],
        mode=said["mode"] or Choice.mode,
        per_step=min(int(said["per_step"]), diversity_choice.MOST_PER_STEP) if said["per_step"] else None,
        view=said["view"] or Choice.view,
        viewed=said["viewed"] if said["viewed"] in (said["indices"] or ()) else None,
        has_intervals=bool(said["has_intervals"]),
        has_slow=bool(said["has_slow"]),
        beside=said["beside"] or None,
        since=said["since"] or None,
        until=said["until"] or None,
        contains=said["contains"] or "",
        samples=tuple(said["samples"] or ()),
        is_relative=said["composed"] != "numbers",
        by=said["by"],
    )
