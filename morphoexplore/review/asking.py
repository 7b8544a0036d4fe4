"""Questions to a colleague: on a seed that waits with it, or on a morph, which is flagged with it."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from morphoexplore.errors import DecisionError
from morphoexplore.review.parts import clean
from morphoexplore.store import history, seeds, tree
from morphoexplore.store.edits import Edit
from morphoexplore.store.history import decision
from morphoexplore.store.project import Project
from morphoexplore.store.questions import ASK, Asked, asked, read

ASKED = "asked"  # of the detail of a decision: the morphs that it flagged with a question
ASKERS = "askers"  # likewise: who asked it before, and when, of some of them


@dataclass(frozen=True)
class Question:
    """
    A question that waits for an answer.

    Attributes
    ----------
    text : str
        What is asked.
    seed_id, node_id : int or None
        What it is about: a pending seed, or a morph or branch.
    title : str
        What that is called.
    user, time : str
        Who asked last, and when; "" where nobody knows any more.
    """

    text: str
    seed_id: int | None
    node_id: int | None
    title: str
    user: str
    time: str


def ask(project: Project, seed_id: int, question: str | None) -> None:
    """
    Put a question on a pending seed, or take it off (None); it waits then, and is not among the rows of review.

    It waits from round to round: the next one neither replaces it nor proposes its objects anew. When the seed is confirmed
    the question goes to its morph.

    Raises
    ------
    DecisionError
        If the seed is not pending, or nothing would change.
    """
    question = clean(question)
    with decision(project, ASK) as edit:
        seed = seeds.get(edit.conn, seed_id)
        if seed.state != "pending" and (question is not None or seed.state != "replaced"):
            message = (
                f"Seed {seed_id} is {seed.state} already. Flag its morph instead, or choose a pending seed."
            )
            raise DecisionError(message)
        if read(edit.conn).get(seed_id) == question:
            message = "Write the question first." if question is None else "That is its question already."
            raise DecisionError(message)
        edit.seed_id, edit.is_statement = seed_id, True
        edit.detail = {"question": question}


def pass_on(edit: Edit, node_id: int, question: Asked | None) -> None:
    """Flag a morph with a question on its seed, or on what becomes part of it; one that is there already stays in front of it."""
    if question is None:
        return
    former = tree.get_leaf(edit.conn, node_id).flag
    if former is not None and f"\n{question.text}\n" in f"\n{former}\n":
        return
    edit.change_node(node_id, flag=question.text if former is None else f"{former}\n{question.text}")
    edit.detail.setdefault(ASKED, []).append(node_id)
    if question.user:
        edit.detail.setdefault(ASKERS, {})[str(node_id)] = [question.user, question.time]


def on_morph(conn: sqlite3.Connection, node_id: int, flag: str | None) -> Asked | None:
    """Return the question that a node is flagged with."""
    return None if flag is None else Asked(flag, *_flagged(conn).get(node_id, ("", "")))


def questions(project: Project) -> list[Question]:
    """
    Return the questions that wait: on seeds, and on morphs and branches; the oldest first.

    A seed is judged by an answer. One that a round replaced (before questions were kept from round to round) or of which
    nothing is free any more keeps its question until that is taken off.
    """
    with project.read() as conn:
        states = "SELECT seed_id FROM seed WHERE state IN ('pending', 'replaced')"
        pending = {row["seed_id"] for row in conn.execute(states)}
        found = [
            Question(one.text, number, None, f"seed {number}", one.user, one.time)
            for number, one in asked(conn).items()
            if number in pending
        ]
        flagged = [node for node in tree.read_nodes(conn).values() if node.flag is not None]
        said = _flagged(conn) if flagged else {}
        found += [
            Question(node.flag or "", None, node.node_id, node.title, *said.get(node.node_id, ("", "")))
            for node in flagged
        ]
    return sorted(found, key=lambda one: (one.time, one.title))


def _flagged(conn: sqlite3.Connection) -> dict[int, tuple[str, str]]:
    """Return who flagged each node last, and when, going by the decisions that stand."""
    rows = [*history.standing(conn, "flag"), *history.standing(conn, saying=ASKED)]
    found: dict[int, tuple[str, str]] = {}
    for row in sorted(rows, key=lambda one: int(one["decision_id"])):
        said = json.loads(row["detail"])
        if ASKED not in said and said.get("flag") is None:  # taken off
            found.pop(row["node_id"], None)
            continue
        for node_id in said.get(ASKED, [row["node_id"]]):
            user, time = said.get(ASKERS, {}).get(str(node_id), (row["user"], row["time"]))
            found[node_id] = max(found.get(node_id, ("", "")), (user, time), key=lambda one: one[1])
    return found
