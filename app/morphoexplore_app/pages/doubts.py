"""A second look at members that lie farther from their morph than from others: most are slips of the hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from morphoexplore import review
from morphoexplore.errors import DecisionError, StepMissingError
from morphoexplore.review.doubting import looked_at_again
from morphoexplore.store import tree
from morphoexplore_app import ids, memory, parts
from morphoexplore_app.components import Gallery
from morphoexplore_app.deciding import decide
from morphoexplore_app.pages import growing
from morphoexplore_app.pages.beside import HEIGHT, gallery_buttons
from morphoexplore_app.session import Session

PATH, LABEL, KEY = "/audit/doubts", None, None
BELONGS_TO = "/tree"
PAGE = "doubt"
SIZE = 48  # members on a page
LISTED = 500  # that are listed at once
CHANGED = 0.02  # share of the members that came or went since, from which all are compared again
HELP = (
    "Each lies farther from its morph, of which a typical member stands in its corner, than from the others. Click those that "
    "are wrong there, then f; or t, to put them where the words say. The likeliest slips come first: stop when hardly any is wrong."
)
# name of the action: label, key, help
ACTIONS = {
    "right": ("Right, except clicked", "f", "the clicked ones leave their morph and are free again"),
    "move": (
        "Right, clicked ones go over",
        "t",
        "the clicked ones go to the morph that they are like",
    ),
}


def layout(session: Session, *, query: dict[str, str]) -> Component:
    """Return the page: the likeliest slips, or that there are none."""
    del query
    version = session.version
    try:
        table = _doubts(session)
    except StepMissingError:
        return _page(
            parts.empty(
                "Members are compared in the morphospace, and this project has none yet.",
                link=("See what to do next", "/"),
            )
        )
    if table.empty:
        why = (
            "There are no two morphs to compare yet."
            if len(growing.morph_sizes(session)) < 2
            else "No member lies farther from its morph than from others, or you looked at all of them again."
        )
        return _page(parts.empty(why, link=("To the audits", "/audit")))
    shown = table.head(SIZE).sort_values("node_id", kind="stable")
    objects, nodes, like = (shown[name].tolist() for name in ("object", "node_id", "like"))
    titles = {number: node.title for number, node in tree.nodes(session.project).items()}
    typical = growing.typical(session, sorted(set(nodes)), 1)
    state = {"version": version, "objects": objects, "nodes": nodes, "like": like}
    return _page(
        dcc.Store(id=ids.DOUBT_STATE, data=state),
        html.Div(
            html.Div(
                [
                    html.P(HELP, className="caption"),
                    gallery_buttons(ids.DOUBT_GALLERY, ACTIONS),
                    Gallery(
                        id=ids.DOUBT_GALLERY,
                        label="Members that may be in the wrong morph",
                        objects=objects,
                        version=str(version),
                        cell=0,
                        height=HEIGHT,
                        notes={
                            one: f"like {titles.get(other, 'what was refused')}"
                            for one, other in zip(objects, like, strict=True)
                        },
                        beside={
                            one: typical[node][0]
                            for one, node in zip(objects, nodes, strict=True)
                            if typical.get(node)
                        },
                        focus=True,
                    ),
                ],
                className="beside-main judge-gallery",
            ),
            className="beside doubts",
        ),
        tools=[html.Span(_left(table), className="quiet")],
    )


def register(app: Dash, session: Session) -> None:
    """Register the callback of the page."""

    @app.callback(
        Output(ids.outcome(PAGE), "data"),
        Input(ids.DOUBT_GALLERY, "action"),
        State(ids.DOUBT_STATE, "data"),
        prevent_initial_call=True,
    )
    def judge(action: dict[str, Any] | None, state: dict[str, Any]) -> Any:
        if not action or action["name"] not in ACTIONS:
            return no_update

        def act() -> str:
            return _answer(session, action, state)

        result = decide(session, state["version"], act)
        return result | {"redraw": True} if result["is_done"] else result


def _answer(session: Session, action: dict[str, Any], state: dict[str, Any]) -> str:
    """Make the decision of a key; return what it did."""
    objects = state["objects"]
    clicked = sorted(action["objects"]) if action["selected"] else []
    seen = sorted({*objects[: action["seen"]], *action["looked"], *clicked})
    if action["name"] == "right":
        review.look_again(session.project, seen, wrong=clicked)
        return f"{parts.count(len(seen), 'member')} looked at again, {len(clicked)} free now."
    like = dict(zip(objects, state["like"], strict=True))
    nowhere = [one for one in clicked if like[one] < 0]
    if not clicked or nowhere:
        message = (
            "Some of those that you clicked are like what was refused: there is no morph for them to go to. Press f to "
            "take them out."
            if nowhere
            else "Click those that go over first; where none does, press f."
        )
        raise DecisionError(message)
    review.look_again(session.project, seen, moved=[(one, like[one]) for one in clicked])
    return f"{parts.count(len(seen), 'member')} looked at again, {len(clicked)} in another morph now."


def _doubts(session: Session) -> pd.DataFrame:
    """Return who is to be looked at again: of a list that is made anew when it is used up, or many came or went."""
    node = session.membership.node
    space, members = memory.space_version(session), int((node >= 0).sum())
    with session.lock:
        known = session.memo.get("doubts")
    if known is not None and known["space"] == space:
        left = _still(session, known["table"], node)
        is_much = abs(members - known["members"]) > CHANGED * known["members"]
        if not is_much and (len(left) >= SIZE or known["version"] == session.version):
            return left
    version = session.version
    table = review.doubts(
        session.project,
        most=LISTED,
        membership=session.membership,
        vectors=memory.vectors(session),
        neighbours=memory.centres(session).neighbours,
        index=memory.seed_index(session),
    )
    with session.lock:
        session.memo["doubts"] = {"space": space, "version": version, "members": members, "table": table}
    return table


def _still(session: Session, table: pd.DataFrame, node: np.ndarray) -> pd.DataFrame:
    """Return what of a list is in its morph still and got no second look."""
    objects = table["object"].to_numpy()
    is_there = (node[objects] == table["node_id"].to_numpy()) & np.isin(
        table["like"].to_numpy(), [-1, *growing.morph_sizes(session)]
    )
    return table[is_there & ~np.isin(objects, looked_at_again(session.project, node))]


def _left(table: pd.DataFrame) -> str:
    return f"{len(table):,}{' or more' if len(table) >= LISTED - SIZE else ''} to look at again"


def _page(*shown: Any, tools: Any = ()) -> Component:
    back = parts.link("All audits", "/audit", key="u", help="the list of morphs to audit")
    return parts.page("A second look", dcc.Store(id=ids.outcome(PAGE)), *shown, tools=[*tools, back])
