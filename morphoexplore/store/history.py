"""
Decisions: made, taken back, made again and listed.

A decision is one transaction. Inside it an :class:`~morphoexplore.store.edits.Edit` notes each change with its former and its
later state. Undo applies the notes backwards, redo forwards; both are entered as decisions of their own, so that the table of
decisions is only ever appended to.
"""

from __future__ import annotations

import json
import operator
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace

import numpy as np
import pandas as pd

from morphoexplore.errors import DecisionError
from morphoexplore.records import Decision
from morphoexplore.store import changes
from morphoexplore.store.edits import Edit
from morphoexplore.store.project import Project, now

_COLUMNS = ("decision_id", "verb", "user", "time", "node_id", "seed_id", "target_id", "detail", "is_undone")

# The changes of a decision can be large, and are read one by one: see changes_of.
_DECISIONS = """
    SELECT d.decision_id, d.verb, d.user, d.time, d.node_id, d.seed_id, d.target_id, d.detail,
           coalesce((SELECT u.verb = 'undo' FROM decision u WHERE u.target_id = d.decision_id
                     ORDER BY u.decision_id DESC LIMIT 1), 0) AS is_undone
    FROM decision d
"""

STANDING_LOOKS = f"""
    SELECT * FROM look WHERE NOT EXISTS (
        SELECT 1 FROM ({_DECISIONS} WHERE d.decision_id IN (SELECT target_id FROM decision)) AS made
        WHERE made.decision_id = look.decision_id AND made.is_undone)
"""


class NothingToDoError(DecisionError):
    """A decision that would change nothing is not entered."""

    def __init__(self) -> None:
        super().__init__("That changes nothing, so nothing was entered.")


class StaleError(DecisionError):
    """A decision on what is not so any more, because somebody decided meanwhile."""


_expected: ContextVar[int | None] = ContextVar("expected", default=None)


@contextmanager
def expecting(version: int | None) -> Iterator[None]:
    """
    Let decisions within be made only if *version* is the project's last decision.

    A decision within makes itself the expected one, so that several can follow each other.

    Parameters
    ----------
    version : int or None
        See :func:`version`; None expects nothing.
    """
    token = _expected.set(version)
    try:
        yield
    finally:
        _expected.reset(token)


def refuse_stale(project: Project) -> None:
    """
    Go on only if nobody has decided since the expected version, for what is worked out before a decision.

    Raises
    ------
    StaleError
        If somebody has.
    """
    with project.read() as conn:
        _refuse_stale(conn)


def version(project: Project) -> int:
    """Return the number of the last decision, undo and redo included, 0 before the first."""
    with project.read() as conn:
        return read_version(conn)


def read_version(conn: sqlite3.Connection) -> int:
    """Return the number of the last decision, within a transaction."""
    return int(conn.execute("SELECT coalesce(max(decision_id), 0) FROM decision").fetchone()[0])


def last_made(conn: sqlite3.Connection) -> int:
    """Return the number of the last decision that is no undo or redo, 0 before the first; what was undone before it is out of reach."""
    found = conn.execute("SELECT coalesce(max(decision_id), 0) FROM decision WHERE target_id IS NULL")
    return int(found.fetchone()[0])


def _refuse_stale(conn: sqlite3.Connection) -> None:
    expected = _expected.get()
    if expected is None or read_version(conn) == expected:
        return
    row = conn.execute("SELECT verb, user FROM decision ORDER BY decision_id DESC LIMIT 1").fetchone()
    what = "nothing" if row is None else f"'{row['verb']}' by {row['user']}"
    message = (
        f"Somebody has decided something since this page was drawn ({what} was the last). Nothing was done; the page "
        "shows the project as it is now. Look again, then decide."
    )
    raise StaleError(message)


def _now_expect(conn: sqlite3.Connection) -> None:
    if _expected.get() is not None:
        _expected.set(read_version(conn))


@contextmanager
def decision(project: Project, verb: str, *, user: str | None = None) -> Iterator[Edit]:
    """
    Make one decision: everything done with the :class:`Edit` becomes part of it, or nothing.

    Parameters
    ----------
    verb : str
        What the person did, as shown in the history.
    user : str, optional
        Who; the project's user unless given.

    Raises
    ------
    NothingToDoError
        If nothing was changed and no image judged; an undo of that would seem to do nothing.
    """
    user = user or project.user
    time = now()
    with project.write() as conn:
        _refuse_stale(conn)
        cursor = conn.execute(
            "INSERT INTO decision (verb, user, time, detail) VALUES (?, ?, ?, '{}')", (verb, user, time)
        )
        edit = Edit(conn, int(cursor.lastrowid or 0), user, time)
        yield edit
        if edit.is_empty:
            raise NothingToDoError
        said = edit.detail | ({"came_in": edit.came_in} if edit.came_in else {})
        detail = json.dumps(said, default=operator.index)  # numbers out of arrays and frames
        conn.execute(
            "UPDATE decision SET node_id = ?, seed_id = ?, survey_id = ?, detail = ?, changes = ? WHERE decision_id = ?",
            (edit.node_id, edit.seed_id, edit.survey_id, detail, edit.packed(), edit.decision_id),
        )
        _now_expect(conn)


def undo(project: Project) -> Decision:
    """
    Take the last decision back that stands; return it.

    Raises
    ------
    DecisionError
        If there is nothing to undo.
    """
    with project.write() as conn:
        _refuse_stale(conn)
        target = _next_undo(conn)
        if target is None:
            message = "There is no decision to undo."
            raise DecisionError(message)
        for change in reversed(changes.changes_of(conn, target["decision_id"])):
            changes.apply(conn, change, "former")
        _enter_reversal(conn, project.user, "undo", target)
    return replace(_decision(target), is_undone=True)


def redo(project: Project) -> Decision:
    """
    Make the decision again that was undone last; return it.

    Raises
    ------
    DecisionError
        If nothing was undone since the last decision.
    """
    with project.write() as conn:
        _refuse_stale(conn)
        target = _next_redo(conn)
        if target is None:
            message = "There is no undone decision to redo."
            raise DecisionError(message)
        for change in changes.changes_of(conn, target["decision_id"]):
            changes.apply(conn, change, "later")
        _enter_reversal(conn, project.user, "redo", target)
    return replace(_decision(target), is_undone=False)


def next_undo(project: Project) -> Decision | None:
    """Return the decision that :func:`undo` would take back."""
    with project.read() as conn:
        row = _next_undo(conn)
    return None if row is None else _decision(row)


def next_redo(project: Project) -> Decision | None:
    """Return the decision that :func:`redo` would make again."""
    with project.read() as conn:
        row = _next_redo(conn)
    return None if row is None else _decision(row)


def listing(project: Project) -> pd.DataFrame:
    """Return all decisions, oldest first: number, verb, user, time, node, seed, target, detail, is_undone."""
    with project.read() as conn:
        rows = conn.execute(f"{_DECISIONS} ORDER BY decision_id").fetchall()
    frame = pd.DataFrame([tuple(row) for row in rows], columns=list(_COLUMNS))
    frame["detail"] = [json.loads(text) for text in frame["detail"]]
    return frame.astype({"node_id": "Int64", "seed_id": "Int64", "target_id": "Int64", "is_undone": bool})


def read_decisions(conn: sqlite3.Connection, numbers: Iterable[int]) -> dict[int, Decision]:
    """Return some decisions by their numbers, within a transaction."""
    rows = conn.execute(
        f"{_DECISIONS} WHERE d.decision_id IN (SELECT value FROM json_each(?))", (json.dumps(list(numbers)),)
    )
    return {row["decision_id"]: _decision(row) for row in rows}


def standing(
    conn: sqlite3.Connection, verb: str | None = None, *, saying: str | None = None
) -> list[sqlite3.Row]:
    """Return the rows of the decisions that stand (made and not undone), oldest first: of one verb, and with a word in their detail."""
    rows = conn.execute(
        f"{_DECISIONS} WHERE d.target_id IS NULL AND (:verb IS NULL OR d.verb = :verb) "
        "AND (:saying IS NULL OR json_type(d.detail, '$.' || :saying) IS NOT NULL) ORDER BY decision_id",
        {"verb": verb, "saying": saying},
    )
    return [row for row in rows if not row["is_undone"]]


def of_node(project: Project, node_id: int, verb: str) -> list[Decision]:
    """Return the decisions of one verb about one node that stand, oldest first."""
    with project.read() as conn:
        rows = conn.execute(
            f"SELECT * FROM ({_DECISIONS} WHERE d.target_id IS NULL AND d.node_id = ? AND d.verb = ?) "
            "WHERE NOT is_undone ORDER BY decision_id",
            (node_id, verb),
        ).fetchall()
    return [_decision(row) for row in rows]


def of_survey(conn: sqlite3.Connection, survey_id: int) -> list[Decision]:
    """Return the decisions of a survey that stand, oldest first."""
    rows = conn.execute(
        f"SELECT * FROM ({_DECISIONS} WHERE d.target_id IS NULL AND d.survey_id = ?) "
        "WHERE NOT is_undone ORDER BY decision_id",
        (survey_id,),
    )
    return [_decision(row) for row in rows]


def gained(conn: sqlite3.Connection, survey_id: int) -> dict[int, int]:
    """Return how many objects each morph gained by the decisions of a survey that stand."""
    found: Counter[int] = Counter()
    for one in of_survey(conn, survey_id):
        for change in changes.changes_of(conn, one.decision_id):
            if change["what"] == "member":
                nodes = change["later"]["node"]
                numbers, counts = np.unique(nodes[nodes >= 0], return_counts=True)
                found.update(dict(zip(numbers.tolist(), counts.tolist(), strict=True)))
    return dict(found)


def _next_undo(conn: sqlite3.Connection) -> sqlite3.Row | None:
    row: sqlite3.Row | None = conn.execute(
        f"SELECT * FROM ({_DECISIONS} WHERE d.target_id IS NULL) WHERE NOT is_undone ORDER BY decision_id DESC LIMIT 1"
    ).fetchone()
    return row


def _next_redo(conn: sqlite3.Connection) -> sqlite3.Row | None:
    # A new decision puts what was undone before it out of reach: only what was undone since counts.
    row: sqlite3.Row | None = conn.execute(
        f"SELECT * FROM ({_DECISIONS} WHERE d.decision_id IN (SELECT target_id FROM decision WHERE decision_id > "
        "(SELECT decision_id FROM decision WHERE target_id IS NULL ORDER BY decision_id DESC LIMIT 1))) "
        "WHERE is_undone ORDER BY decision_id LIMIT 1"
    ).fetchone()
    return row


def _enter_reversal(conn: sqlite3.Connection, user: str, verb: str, target: sqlite3.Row) -> None:
    conn.execute(
        "INSERT INTO decision (verb, user, time, node_id, seed_id, target_id, detail) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            verb,
            user,
            now(),
            target["node_id"],
            target["seed_id"],
            target["decision_id"],
            json.dumps({"verb": target["verb"], "user": target["user"]}),
        ),
    )
    _now_expect(conn)


def _decision(row: sqlite3.Row) -> Decision:
    return Decision(
        row["decision_id"],
        row["verb"],
        row["user"],
        row["time"],
        row["node_id"],
        row["seed_id"],
        json.loads(row["detail"]),
        bool(row["is_undone"]),
    )
