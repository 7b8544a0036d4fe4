"""What a person decided in the tree, each one call of review."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.review.telling import told
from morphoexplore.store import history, tree
from morphoexplore.store.project import Project
from morphoexplore_app.deciding import Outcome, decide
from morphoexplore_app.pages.tree import addresses
from morphoexplore_app.session import Session

Operation = dict[str, Any]
FIELDS = ("taxon", "ecotaxa_id", "aphia_id", "taxon_type")


def operate(
    session: Session, operation: Operation, current: int | None, address: str
) -> tuple[dict[str, Any], Outcome]:
    """
    Make the decision of an operation.

    Parameters
    ----------
    operation : dict
        ``type``, ``version``, ``stamp``, and what the type needs.
    current : int or None
        The open node.
    address : str
        Of the page as it is shown.

    Returns
    -------
    answer : dict
        For the tree: ``to`` (the stamp), ``version``, ``is_done``, ``goto`` (None: stay).
    outcome : dict
        For the shell.
    """
    project = session.project
    goto: str | None = None

    def make() -> str:
        nonlocal goto
        doing = OPERATIONS.get(operation["type"])
        if doing is None:
            message = f"There is no operation {operation['type']!r}."
            raise DecisionError(message)
        shown = doing(project, operation)
        goto = _next_address(project, operation, current, shown)
        return last_decision(project)

    outcome = decide(session, int(operation["version"]), make)
    goto = goto if goto != address else None
    answer = _answer(operation, outcome) | {"goto": goto}
    # Where the page goes on to another address, that draws it; a refusal draws it too, as what was shown before the
    # server agreed is not so.
    return answer, outcome | {"redraw": goto is None}


def _next_address(
    project: Project, operation: Operation, current: int | None, shown: int | None
) -> str | None:
    """Return where to go on: None stays; a node that is gone cannot be shown."""
    if operation.get("back"):
        return str(operation["back"])
    if current is None or current in (nodes := tree.nodes(project)):
        return None
    return addresses.of(nodes.get(shown) if shown is not None else None)


def _answer(operation: Operation, outcome: Outcome) -> dict[str, Any]:
    return {
        "to": operation["stamp"],
        "version": outcome["version"],
        "is_done": outcome["is_done"],
        "message": outcome["message"],
        "is_stale": outcome.get("is_stale", False),
    }


def last_decision(project: Project) -> str:
    """Return the sentence for the decision that was just made."""
    decision = history.next_undo(project)
    return "" if decision is None else told(project, [decision])[0]


def _move(project: Project, operation: Operation) -> None:
    review.move_node(project, operation["nodes"], operation["parent"])


def _rename(project: Project, operation: Operation) -> None:
    review.name(project, operation["node"], operation["name"])


def _make_branch(project: Project, operation: Operation) -> int:
    return review.make_branch(
        project, name=operation["name"], owns=operation["nodes"], parent=operation["parent"]
    )


def _make_morph(project: Project, operation: Operation) -> int:
    return review.make_morph(project, name=operation["name"], parent=operation["parent"])


def _merge(project: Project, operation: Operation) -> int:
    return review.merge(project, operation["nodes"])


def _kind(project: Project, operation: Operation) -> None:
    review.kind(project, operation["nodes"], operation["kind"])


def _flag(project: Project, operation: Operation) -> None:
    review.flag(project, operation["node"], operation["question"])


def _complete(project: Project, operation: Operation) -> None:
    review.complete(project, operation["nodes"], is_complete=bool(operation["is_complete"]))


def _dissolve(project: Project, operation: Operation) -> int | None:
    former = tree.nodes(project).get(operation["nodes"][0])
    review.dissolve(project, operation["nodes"])  # which says so where the node is gone
    return None if former is None else former.parent_id


def _arrange(project: Project, operation: Operation) -> None:
    review.accept_arrangement(project, operation["groups"], names=operation["names"])


def _cut(project: Project, operation: Operation) -> None:
    sizes = operation["sizes"]
    parts = review.propose_split(project, operation["node"], parts=len(sizes))
    if [len(part) for part in parts] != sizes:
        message = (
            "These are not the parts that were shown, because the morphospace was computed anew since. Nothing was cut; "
            "look at the parts as they are now."
        )
        raise DecisionError(message)
    review.split_in_parts(project, operation["node"], parts, names=operation["names"])


OPERATIONS: dict[str, Callable[[Project, Operation], int | None]] = {
    "move": _move,
    "rename": _rename,
    "make_branch": _make_branch,
    "make_morph": _make_morph,
    "merge": _merge,
    "kind": _kind,
    "flag": _flag,
    "complete": _complete,
    "dissolve": _dissolve,
    "arrange": _arrange,
    "cut": _cut,
}


def enter(session: Session, entry: Operation) -> tuple[dict[str, Any], Outcome]:
    """Save one field of a node; return the answer to the component, and the outcome for the shell."""
    outcome = decide(session, int(entry["version"]), lambda: _enter(session.project, entry))
    answer = _answer(entry, outcome)
    return answer, outcome


def _enter(project: Project, entry: Operation) -> None:
    node_id, field, value = int(entry["node"]), entry["field"], entry["value"]
    if field == "name":
        review.name(project, node_id, value)
    elif field == "kind":
        review.kind(project, node_id, value)
    elif field == "note":
        review.describe(project, node_id, value)
    elif field == "identify":  # a taxon was chosen from the list: it fills all of them
        filled = {name: value.get(name) for name in FIELDS}
        review.identify(project, node_id, **filled, name=value.get("name"))
    elif field in FIELDS:
        node = tree.nodes(project).get(node_id)
        known = {name: getattr(node, name, None) for name in FIELDS}
        review.identify(project, node_id, **(known | {field: value}))
    else:
        message = f"Nodes have no field {field!r}."
        raise DecisionError(message)


def act_on_objects(session: Session, action: dict[str, Any], node_id: int, version: int) -> Outcome:
    """Judge, reject, move or split off the objects that were selected in the gallery of a morph."""
    verb, _, rest = action["name"].partition(":")
    objects, looked = action["objects"], action["looked"]

    def make() -> str:
        if not objects:
            message = "Select objects first."
            raise DecisionError(message)
        if verb == "reject":
            review.reject(session.project, node_id, objects, shown=looked)
        elif verb in ("right", "doubtful"):
            review.judge_members(session.project, node_id, looked, is_doubtful=verb == "doubtful")
        elif verb == "to":
            review.gather(session.project, objects, into=int(rest), shown=looked, moves=True)
        elif verb == "split":
            review.split(session.project, node_id, objects, name=rest or None)
        else:
            message = f"There is no action {verb!r}."
            raise DecisionError(message)
        return last_decision(session.project)

    outcome = decide(session, version, make)
    return outcome | {"redraw": outcome["redraw"] or outcome["is_done"]}
