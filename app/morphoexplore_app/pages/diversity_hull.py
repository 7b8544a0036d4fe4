"""The objects that define the functional richness of a sample, and leaving out those that are debris."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import dash_mantine_components as dmc
import numpy as np
import pandas as pd
from dash import html
from dash.development.base_component import Component

from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.methods import diversity as methods
from morphoexplore.methods.diversity.statuses import LOW_N, OK
from morphoexplore.store import tree
from morphoexplore_app import diversity_results, ids, parts
from morphoexplore_app.diversity_choice import Choice
from morphoexplore_app.pages.beside import gallery_button
from morphoexplore_app.pages.diversity_statuses import WORDS
from morphoexplore_app.session import Session

INDICES = ("functional_richness", "standardised_functional_richness")
OUT = {
    "artefact": "artefacts",
    "detritus": "detritus",
}  # kinds that debris goes to, and names of their first morphs
NEW = "new "


@dataclass(frozen=True)
class Hull:
    """
    What makes the hull of a sample.

    Attributes
    ----------
    objects : array of int
        Numbers of its corners, the farthest from the middle of the sample first.
    status : str
        ``ok``, or why there is no hull.
    targets : list of dict
        Morphs that debris can go to, for a select.
    """

    objects: np.ndarray
    status: str
    targets: list[dict[str, str]]


def hull(session: Session, choice: Choice, sample: str | None) -> Hull | None:
    """Return the hull of a sample; None where no index of it was chosen, or there is no such sample."""
    if sample is None or not any(one.name in INDICES for one in choice.offered):
        return None
    of = diversity_results.gathered(session, choice)
    row = int(of.samples.get_indexer(pd.Index([sample]))[0])
    if row < 0 or of.positions is None:
        return None
    part = of.of(row)
    points, numbers = of.positions[part], of.objects[part]
    is_placed = np.isfinite(points).all(axis=1)
    points, numbers = points[is_placed], numbers[is_placed]
    if not len(points):
        return Hull(numbers, "no_positions", _targets(session))
    found = methods.hull_vertices(np.ones(len(points)), points)
    at = np.array(found.value, dtype=np.int64)
    away = ((points[at] - points.mean(axis=0)) ** 2).sum(axis=1)
    return Hull(numbers[at[np.argsort(-away, kind="stable")]], found.status, _targets(session))


def says(found: Hull, sample: str) -> Component:
    """Say what these objects are, with what can be done about them."""
    if found.status not in (OK, LOW_N):
        return html.P(
            f"{sample} has no hull: it is {WORDS.get(found.status, found.status)}.", className="samples-about"
        )
    corners = parts.count(len(found.objects), "object")
    verb = "defines" if len(found.objects) == 1 else "define"
    return html.Div(
        [
            html.P(
                [
                    html.B(f"These {corners} {verb} the functional richness of {sample}"),
                    ": they are the corners of its hull, the farthest first. Is one of them debris, or badly cut out? "
                    "Click it and leave it out; the figures follow.",
                ],
                className="samples-about",
            ),
            html.Div(
                [
                    dmc.Select(
                        id=ids.DIVERSITY_DEBRIS,
                        label="Debris goes to",
                        data=found.targets,
                        value=found.targets[0]["value"],
                        allowDeselect=False,
                        size="xs",
                        comboboxProps={"position": "bottom-start"},
                    ),
                    gallery_button(
                        ids.DIVERSITY_GALLERY,
                        "debris",
                        "Leave out the clicked",
                        key="d",
                        help="the clicked images are debris: they count no more (undo takes it back)",
                    ),
                ],
                className="samples-debris",
            ),
        ]
    )


def leave_out(session: Session, action: dict[str, Any], target: str | None) -> str:
    """Make the decision that clicked objects are debris; return what to say."""
    chosen = action["objects"]
    if not chosen or target is None:
        message = "Click the images that are debris, then leave them out."
        raise DecisionError(message)
    kind = target.removeprefix(NEW) if target.startswith(NEW) else None
    if kind is None and not target.isdecimal():
        message = f"There is no morph {target!r}."
        raise DecisionError(message)
    made = review.gather(
        session.project,
        chosen,
        name=None if kind is None else OUT[kind],
        kind=kind,
        into=None if kind is not None else int(target),
        shown=action["looked"],
        moves=True,
    )
    title = tree.nodes(session.project)[made].title
    return (
        f"{parts.count(len(chosen), 'object is', 'objects are')} in {title} now, and left out of diversity."
    )


def _targets(session: Session) -> list[dict[str, str]]:
    """Return the morphs of debris, artefacts first, the largest first; then new ones."""
    morphs = diversity_results.tally(session).morphs
    known = [
        {"value": str(number), "label": f"{row['title']} ({kind})"}
        for kind in OUT
        for number, row in morphs[morphs["kind"] == kind].iterrows()
    ]
    return known + [
        {"value": f"{NEW}{kind}", "label": f"a new morph of {name}"} for kind, name in OUT.items()
    ]
