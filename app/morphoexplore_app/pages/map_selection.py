"""What is selected on the map: its order of display, what of it was seen, and the decisions about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.store import tree
from morphoexplore.store.tree import FREE
from morphoexplore_app import parts
from morphoexplore_app.session import Session

PAGE = 200  # images that are shown at first, and with each "show more"
MOST = 1000  # images shown at most
REFINING = ("leave-out", "keep-only", "more")

#: What is selected: ``token``; ``is_ordered``, whether its order is that of display; ``shown``, how many images the
#: gallery has; ``seen``, how many of them, from the first, were on the screen already.
Chosen = dict[str, Any]


@dataclass(frozen=True)
class Said:
    """What the person has put into the fields of the panel."""

    name: str | None
    moves: bool
    into: str | None
    from_: str | None


def of_selection(selection: dict[str, Any] | None) -> Chosen | None:
    """Return what was lassoed."""
    if not selection or not selection["token"]:
        return None
    return {"token": selection["token"], "is_ordered": False, "shown": PAGE, "seen": 0}


def version(chosen: Chosen, decision: int) -> str:
    """Return what changes when the gallery must be drawn anew."""
    return f"{chosen['token']} {chosen['shown']} {decision}"


def displayed(session: Session, chosen: Chosen) -> np.ndarray:
    """
    Return the selected objects in the order of display.

    As lassoed they are in the order of their cells. A page of the gallery takes every k-th of them: it is spread
    evenly over the selection, and keeps neighbours, who look alike, near each other.
    """
    objects = session.selections.get(chosen["token"])
    if chosen["is_ordered"]:
        return objects
    pages = -(-len(objects) // PAGE)
    return objects[np.argsort(np.arange(len(objects)) % max(pages, 1), kind="stable")]


def seen(objects: np.ndarray, chosen: Chosen, action: dict[str, Any]) -> np.ndarray:
    """Return those of the displayed objects whose image was on the screen."""
    return objects[: min(max(int(action["seen"]), chosen["seen"]), chosen["shown"])]


def refined(session: Session, chosen: Chosen, action: dict[str, Any]) -> Chosen | None:
    """Return what is chosen after images were left out, or all others, or more are shown."""
    objects = displayed(session, chosen)
    looked = len(seen(objects, chosen, action))
    if action["name"] == "more":
        return chosen | {"shown": min(chosen["shown"] + PAGE, MOST), "seen": looked}
    if not action["selected"]:
        return chosen
    is_picked = np.isin(objects, action["objects"])
    kept = is_picked if action["name"] == "keep-only" else ~is_picked
    if not kept.any():
        return None
    token = session.selections.put(objects[kept])
    still = int(kept[:looked].sum())
    return {"token": token, "is_ordered": True, "shown": chosen["shown"], "seen": still}


def decide_on(session: Session, chosen: Chosen, action: dict[str, Any], said: Said) -> str:
    """Make the decision of a button; return the sentence that says what was done."""
    objects = displayed(session, chosen)
    shown = seen(objects, chosen, action)
    if action["name"] == "reject":
        return _reject(session, objects, shown, said)
    into = None
    if action["name"] == "move":
        if not said.into:
            message = "Choose the morph that they go into first."
            raise DecisionError(message)
        into = int(said.into)
    return _gather(session, objects, shown, said, into)


def _gather(session: Session, objects: np.ndarray, shown: np.ndarray, said: Said, into: int | None) -> str:
    taken = objects if said.moves else objects[session.membership.node[objects] == FREE]
    if not len(taken):
        message = "All selected objects are members of morphs. Tick the box to take them out of those."
        raise DecisionError(message)
    before = session.membership.state
    name = None if into is not None else said.name
    node_id = review.gather(session.project, taken, name=name, into=into, shown=shown, moves=said.moves)
    after = session.membership.state
    came = taken[(after.node[taken] == node_id) & (before.node[taken] != node_id)]
    looked = len(np.intersect1d(came, shown))
    title = tree.nodes(session.project)[node_id].title
    verb = "New" if into is None else "Into"
    sentence = f"{verb} {title}: {parts.count(len(came), 'object')}, {looked:,} of them looked at."
    stayed = len(objects) - len(taken)
    return sentence + (f" {parts.count(stayed, 'member')} of other morphs stayed there." if stayed else "")


def _reject(session: Session, objects: np.ndarray, shown: np.ndarray, said: Said) -> str:
    if not said.from_:
        message = "Choose the morph that they do not belong to first."
        raise DecisionError(message)
    node_id = int(said.from_)
    members = objects[session.membership.node[objects] == node_id]
    if not len(members):
        message = "No selected object is a member of that morph any more."
        raise DecisionError(message)
    review.reject(session.project, node_id, members, shown=shown)
    return f"{parts.count(len(members), 'object')} rejected from {tree.nodes(session.project)[node_id].title}; free again."
