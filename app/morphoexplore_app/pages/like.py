"""A new morph from one image: it and the free objects most like it, less the wrong ones; then it is grown."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
import numpy as np
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from morphoexplore import review
from morphoexplore.errors import StepMissingError
from morphoexplore.methods.neighbours import similar_to
from morphoexplore.steps import looking
from morphoexplore.steps.naming import suggestions
from morphoexplore_app import ids, memory, parts
from morphoexplore_app.components import Gallery
from morphoexplore_app.deciding import decide
from morphoexplore_app.pages import growing
from morphoexplore_app.pages.beside import HEIGHT, gallery_buttons, strip
from morphoexplore_app.pages.grow import judged
from morphoexplore_app.session import Session

PATH, LABEL, KEY = "/like/<number>", None, None
BELONGS_TO = "/map"
PAGE = "like"
IMAGES = 80  # with the object itself
ASKED = 2000  # nearest objects among which the free ones are taken
MOST_NAMES = 500
HELP = (
    "The object and the free ones most like it, the most like first. Click the wrong ones; the others become a new morph. "
    "Where they get too different, move the cursor to the last good one and press u."
)
ACTIONS = {
    "right": (
        "New morph, except clicked",
        "a",
        "make a morph of all that was shown, except the clicked ones",
    ),
    "upto": (
        "New morph up to the cursor",
        "u",
        "make a morph of those up to the cursor, except the clicked; the rest is not judged",
    ),
}


def layout(session: Session, *, number: int, query: dict[str, str]) -> Component:
    """Return the object and its nearest free objects."""
    del query
    version = session.version
    shown = looking.describe(session.project, number)
    title = f"New morph like {shown.object_id}"
    try:
        objects = [number, *nearest(session, number)]
    except StepMissingError:
        return parts.page(
            title,
            parts.empty(
                "Likeness is measured in the morphospace, and this project has none yet.",
                link=("See what to do next", "/"),
            ),
        )
    if len(objects) == 1:
        return parts.page(
            title,
            parts.empty(
                "No free object is like it, or its image could not be described.",
                link=("To the object", f"/object/{number}"),
            ),
        )
    member = "" if shown.morph is None else f" It is in {shown.morph.title} now, and leaves it."
    names = list(suggestions(session.project, node=session.membership.node).names)[:MOST_NAMES]
    return parts.page(
        title,
        dcc.Store(id=ids.outcome(PAGE)),
        dcc.Store(id=ids.LIKE_STATE, data={"object": number, "objects": objects, "version": version}),
        dcc.Location(id=ids.LIKE_GO, refresh="callback-nav"),
        html.Div(
            [
                html.Div(
                    [
                        html.P(HELP + member, className="caption"),
                        gallery_buttons(ids.LIKE_GALLERY, ACTIONS),
                        Gallery(
                            id=ids.LIKE_GALLERY,
                            label=f"{shown.object_id} and those most like it",
                            objects=objects,
                            version=str(version),
                            cell=96,
                            height=HEIGHT,
                            notes={number: "this one"},
                            focus=True,
                        ),
                    ],
                    className="beside-main judge-gallery",
                ),
                html.Aside(
                    [
                        html.H2("Like this one"),
                        strip([number], shown.object_id, 128),
                        html.Label(
                            ["Name of the new morph", dmc.Kbd("r", size="xs")],
                            htmlFor=ids.LIKE_NAME,
                            className="field-label",
                            **{
                                "data-key": "r",
                                "data-help": "name the new morph (Enter: back to the images)",
                            },
                        ),
                        dmc.Autocomplete(
                            id=ids.LIKE_NAME, data=names, limit=8, size="sm", placeholder="none"
                        ),
                        html.P("Then it can be grown with a stated precision.", className="quiet"),
                    ],
                    className="beside-aside",
                    **{"aria-label": "The new morph"},
                ),
            ],
            className="beside",
        ),
        tools=[parts.link("The object", f"/object/{number}", key="b", help="back to the object")],
    )


def register(app: Dash, session: Session) -> None:
    """Register the callback of the page."""

    @app.callback(
        Output(ids.outcome(PAGE), "data"),
        Output(ids.LIKE_GO, "href"),
        Input(ids.LIKE_GALLERY, "action"),
        State(ids.LIKE_STATE, "data"),
        State(ids.LIKE_NAME, "value"),
        prevent_initial_call=True,
    )
    def make(action: dict[str, Any] | None, state: dict[str, Any], name: str | None) -> tuple[Any, Any]:
        if not action or action["name"] not in ACTIONS:
            return no_update, no_update
        made = 0

        def act() -> str:
            nonlocal made
            accept, wrong, seen = judged(action, state["objects"])
            made = review.gather(
                session.project,
                accept,
                name=name,
                wrong=wrong,
                shown=[one for one in seen if one not in wrong],
                moves=True,
            )
            return f"{growing.title(session, made)[0]} has {parts.count(len(accept), 'object')} now. Grow it."

        outcome = decide(session, state["version"], act)
        return outcome, f"/grow/{made}" if outcome["is_done"] else no_update


def nearest(session: Session, number: int) -> list[int]:
    """
    Return the free objects most like one, the most like first.

    Raises
    ------
    StepMissingError
        If nothing was embedded yet.
    """
    vectors = memory.vectors(session)
    if number >= len(vectors) or not np.isfinite(vectors[number]).all():
        return []
    found = similar_to(vectors, number, ASKED)[0][0]
    return [int(one) for one in found[session.membership.node[found] < 0][: IMAGES - 1]]
