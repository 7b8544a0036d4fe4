"""What came last to a project that was sorted before: offered to the morphs, audited there, and what is new here."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
import numpy as np
import pandas as pd
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.steps.naming import suggestions
from morphoexplore.steps.newcomers import STRANGE
from morphoexplore.store import tree
from morphoexplore.store.schema import ORIGINS
from morphoexplore_app import ids, newcomers, parts, precision
from morphoexplore_app.components import Gallery
from morphoexplore_app.deciding import decide, outcome
from morphoexplore_app.pages.beside import HEIGHT, facts, gallery_button
from morphoexplore_app.pages.pager import pager
from morphoexplore_app.pages.tree import addresses
from morphoexplore_app.session import Session

PATH, LABEL, KEY = "/new", None, None
BELONGS_TO = "/grow"
PAGE, WAITING = "new", "new-waiting"
TITLE = "New objects"
OFFER = f"{PATH}/offer"
IMAGES = 200  # on a page
AUDITS = 8  # morphs that are listed
MOST_NAMES = 500
MISSING = {
    "extract": (
        "They are not described yet. Describe them with Extract on the overview, then place them with Embed."
    ),
    "embed": (
        "They have no place in the morphospace yet. Place them with Embed on the overview: the morphospace "
        "stays as it is, and the new objects are projected into it."
    ),
}


def layout(session: Session, *, query: dict[str, str]) -> Component:
    """Return the page: what is missing first, or the free newcomers and what can be done with them."""
    came = newcomers.came(session)
    if not len(came):
        return parts.page(
            TITLE,
            parts.empty(
                "Nothing has come since you began to sort.",
                "Add the images of the next cruise or year; then they are offered to the morphs here.",
                link=("Add images", "/add"),
            ),
        )
    n = parts.count(len(came), "object")
    verb = newcomers.missing(session)
    if verb:
        return parts.page(TITLE, parts.empty(f"{n} came last.", MISSING[verb], link=("To the overview", "/")))
    is_free = newcomers.is_free(session, came)
    if not is_free.any():
        sentence = (
            "The object that came last is sorted."
            if len(came) == 1
            else f"All {n} that came last are sorted."
        )
        return parts.page(
            TITLE,
            parts.empty(sentence, link=("See what to do next", "/")),
            html.Div(_audits(session, came), className="new-audits"),
        )
    found = newcomers.known(session, came)
    if found is None:
        return _comparing(n)
    if isinstance(found, str):
        return parts.page(TITLE, parts.empty(found, link=("To the morphs", BELONGS_TO)))
    listed = found[newcomers.is_free(session, found["object"].to_numpy())]
    return _page(session, query, came, listed)


def register(app: Dash, session: Session) -> None:
    """Register the callbacks of the page."""

    @app.callback(
        Output(ids.outcome(WAITING), "data"),
        Input(ids.NEW_WAIT, "data"),
    )
    def compare(is_waiting: bool | None) -> Any:  # noqa: FBT001 - what a store says
        came = newcomers.came(session)
        if not is_waiting or not len(came):
            return no_update
        newcomers.compare(session, came)
        return outcome(session, None, redraw=True)

    app.clientside_callback(
        ClientsideFunction("newcomers", "isNothing"),
        Output(ids.NEW_GATHER, "disabled"),
        Input(ids.NEW_GALLERY, "selected"),
    )

    @app.callback(
        Output(ids.outcome(PAGE), "data"),
        Output(ids.NEW_GO, "href"),
        Input(ids.NEW_GALLERY, "action"),
        State(ids.NEW_STATE, "data"),
        State(ids.NEW_NAME, "value"),
        prevent_initial_call=True,
    )
    def gather(action: dict[str, Any] | None, state: dict[str, int], name: str | None) -> tuple[Any, Any]:
        if not action or action["name"] != "gather":
            return no_update, no_update
        made = 0

        def act() -> str:
            nonlocal made
            if not action["selected"]:
                message = (
                    "Select the images that are of one form first: click them, or move to them and press x."
                )
                raise DecisionError(message)
            made = review.gather(session.project, action["objects"], name=name, shown=action["looked"])
            title = tree.nodes(session.project)[made].title
            return f"{title} has {parts.count(len(action['objects']), 'object')} now."

        result = decide(session, state["version"], act)
        return result, f"{PATH}?page={state['page']}&made={made}" if result["is_done"] else no_update


# ------------------------------------------------------------------------------------------ what is shown


def _comparing(n: str) -> Component:
    return parts.page(
        TITLE,
        dcc.Store(id=ids.outcome(WAITING)),
        dcc.Store(id=ids.NEW_WAIT, data=True),
        parts.empty(
            f"{n} came last.",
            "They are being compared with what was there before. With a hundred thousand that takes a minute or two; "
            "the page shows them then. You may go elsewhere meanwhile.",
        ),
        tools=[_offer()],
    )


def _page(session: Session, query: dict[str, str], came: np.ndarray, listed: pd.DataFrame) -> Component:
    """Return the free newcomers, the strangest first, and beside them what can be done with all of them."""
    version = session.version
    free = int(newcomers.is_free(session, came).sum())
    strange = int((listed["novelty"] >= STRANGE).sum())
    pages = max(1, -(-len(listed) // IMAGES))
    page = min(addresses.page(query), pages)
    first = (page - 1) * IMAGES
    objects = listed["object"].iloc[first : first + IMAGES].tolist()
    names = list(suggestions(session.project, node=session.membership.node).names)[:MOST_NAMES]
    aside = [
        html.H2("What came last"),
        facts(
            [
                ("Objects", f"{len(came):,}"),
                ("Sorted", f"{len(came) - free:,}"),
                ("Free", f"{free:,}"),
                *([("Free, without features", f"{free - len(listed):,}")] if len(listed) < free else []),
                ("Free and strange", f"{strange:,}"),
            ]
        ),
        html.P(
            "Strange: farther from what was there before than 99% of that is from its own like.",
            className="quiet",
        ),
        *_made(session, query),
        html.Label(
            ["Name of the new morph", dmc.Kbd("r", size="xs")],
            htmlFor=ids.NEW_NAME,
            className="field-label",
            **{"data-key": "r", "data-help": "name the new morph (Enter: back to the images)"},
        ),
        dmc.Autocomplete(id=ids.NEW_NAME, data=names, limit=8, size="sm", placeholder="none"),
        *_audits(session, came),
    ]
    return parts.page(
        TITLE,
        dcc.Store(id=ids.outcome(PAGE)),
        dcc.Store(id=ids.NEW_STATE, data={"page": page, "version": version}),
        dcc.Location(id=ids.NEW_GO, refresh="callback-nav"),
        html.Div(
            [
                html.Div(
                    [
                        html.P(
                            _caption(strange, first, objects, is_first=free == len(came)), className="caption"
                        ),
                        html.Div(
                            [
                                gallery_button(
                                    ids.NEW_GALLERY,
                                    "gather",
                                    "Make a morph of the selected",
                                    key="c",
                                    help="make a new morph of the selected images",
                                    variant="filled",
                                ),
                                *pager(
                                    page,
                                    pages,
                                    lambda one: f"{PATH}?page={one}",
                                    of="new objects",
                                    before="stranger ones",
                                    after="less strange ones",
                                ),
                            ],
                            className="grow-actions",
                        ),
                        Gallery(
                            id=ids.NEW_GALLERY,
                            label="New here, the strangest first",
                            objects=objects,
                            version=f"{version} {page}",
                            cell=96,
                            height=HEIGHT,
                            focus=True,
                        ),
                    ],
                    className="beside-main",
                ),
                html.Aside(aside, className="beside-aside", **{"aria-label": "What came last"}),
            ],
            className="beside",
        ),
        tools=[_offer(), parts.link("All morphs", BELONGS_TO, key="n", help="grow the morphs one by one")],
    )


def _offer() -> Component:
    return parts.link(
        "Offer them to the morphs",
        OFFER,
        key="b",
        help="offer each free new object to its best morph, with a stated precision",
    )


def _caption(strange: int, first: int, objects: list[int], *, is_first: bool) -> str:
    here = min(max(strange - first, 0), len(objects))
    told = (
        "None of these is strange: offer them to the morphs, or find seeds among them."
        if not here
        else "All of these are strange."
        if here == len(objects)
        else f"The first {here:,} are strange."
    )
    begin = "Offer them to the morphs first (b): what fits none of them stays here. " if is_first else ""
    return begin + (
        "New here: those that are free, the strangest first; among equals those that came in company. "
        f"{told} Select what is one form and make a morph of it."
    )


def _made(session: Session, query: dict[str, str]) -> list[Component]:
    """Return what was made on this page, and the way to grow it."""
    node_id = int(query["made"]) if query.get("made", "").isdecimal() and len(query["made"]) < 10 else -1
    node = tree.nodes(session.project).get(node_id)
    if node is None or node.is_branch:
        return []
    members = int((session.membership.node == node_id).sum())
    return [
        html.Div(
            [
                html.P(f"New: {node.title}, {parts.count(members, 'object')}.", role="status"),
                parts.link("Grow it", f"/grow/{node_id}", key="G", help="grow the morph that was just made"),
            ],
            className="hint",
        )
    ]


def _audits(session: Session, came: np.ndarray) -> list[Component]:
    """Return the morphs that took newcomers in unseen, most of them first, each with the way to its audit."""
    state = session.membership.state
    node = state.node[came]
    unseen = node[(node != newcomers.FREE) & (state.origin[came] != ORIGINS.index("looked"))]
    if not len(unseen):
        return []
    numbers, counts = np.unique(unseen, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    nodes = tree.nodes(session.project)
    rows = [
        html.Li(
            [
                dcc.Link(nodes[int(numbers[at])].title, href=f"/audit/{numbers[at]}"),
                html.Span(f": {counts[at]:,} unseen; ", className="quiet"),
                precision.tag(session, int(numbers[at])),
            ]
        )
        for at in order[:AUDITS]
    ]
    more = f" The first {AUDITS} of {len(counts):,}." if len(counts) > AUDITS else ""
    return [
        html.H2("Audit"),
        html.P(
            f"{parts.count(len(counts), 'morph')} took {parts.count(len(unseen), 'new object')} in that nobody looked "
            f"at.{more}",
            className="quiet",
        ),
        html.Ul(rows, className="new-list"),
        html.P(parts.link("All audits", "/audit", key="A", help="how precise each morph is")),
    ]
