"""
Decisions: every change a person makes, with the state before and after it.

A decision is one transaction. Inside it an :class:`Edit` changes members, rejections, nodes and seeds and
notes each change with its former and its later state. Undo applies the notes backwards, redo forwards; both
are entered as decisions of their own, so that the table of decisions is only ever appended to.
"""

from __future__ import annotations

import io
import json
import operator
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from morphoexplore.errors import DecisionError, ProjectError
from morphoexplore.records import Decision
from morphoexplore.store.project import Project, now
from morphoexplore.store.schema import ORIGINS

Objects = Iterable[int] | npt.NDArray[np.integer]

NODE_COLUMNS = (
    "node_id",
    "parent_id",
    "is_branch",
    "name",
    "kind",
    "taxon",
    "ecotaxa_id",
    "aphia_id",
    "description",
    "is_complete",
    "flag",
)

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


class Edit:
    """The changes of one decision, applied as they are made."""

    def __init__(self, conn: sqlite3.Connection, decision_id: int, user: str, time: str) -> None:
        self.conn = conn
        self.decision_id = decision_id
        self.node_id: int | None = None
        self.seed_id: int | None = None
        self.detail: dict[str, Any] = {}
        self._user = user
        self._time = time
        self._changes: list[dict[str, Any]] = []
        self._has_looks = False

    def assign(self, objects: Objects, node_id: int, *, origin: str | None) -> None:
        """Make objects members of a morph; ``origin=None`` keeps how they came in before."""
        numbers = _numbers(objects)
        if not len(numbers):
            return
        former = _members(self.conn, numbers)
        if origin is None and (former["node"] < 0).any():
            message = "a free object has no origin to keep"
            raise ValueError(message)
        codes = former["origin"] if origin is None else np.full(len(numbers), ORIGINS.index(origin), np.int8)
        later = {
            "node": np.full(len(numbers), node_id, np.int64),
            "origin": codes,
            "decision": np.full(len(numbers), self.decision_id, np.int64),
        }
        self._note({"what": "member", "objects": numbers, "former": former, "later": later})

    def release(self, objects: Objects) -> None:
        """Make objects free."""
        numbers = _numbers(objects)
        former = _members(self.conn, numbers)
        is_member = former["node"] >= 0
        if is_member.any():
            former = {key: values[is_member] for key, values in former.items()}
            later = {"node": np.full(int(is_member.sum()), -1, np.int64)}
            later["origin"] = np.full(int(is_member.sum()), -1, np.int8)
            later["decision"] = later["node"]
            self._note({"what": "member", "objects": numbers[is_member], "former": former, "later": later})

    def reject(self, objects: Objects, node_id: int) -> None:
        """Remember that objects do not belong to a morph."""
        numbers = _numbers(objects)
        former = _rejections(self.conn, numbers, node_id)
        fresh = numbers[former < 0]
        if len(fresh):
            later = np.full(len(fresh), self.decision_id, np.int64)
            self._note(
                {
                    "what": "rejection",
                    "node": node_id,
                    "objects": fresh,
                    "former": former[former < 0],
                    "later": later,
                }
            )

    def forget_rejection(self, objects: Objects, node_id: int) -> None:
        """Drop rejections, because the objects became members after all or the morph is gone."""
        numbers = _numbers(objects)
        former = _rejections(self.conn, numbers, node_id)
        known = former >= 0
        if known.any():
            later = np.full(int(known.sum()), -1, np.int64)
            self._note(
                {
                    "what": "rejection",
                    "node": node_id,
                    "objects": numbers[known],
                    "former": former[known],
                    "later": later,
                }
            )

    def add_node(self, *, is_branch: bool, **fields: Any) -> int:
        """Make a node; return its number, which is never given again."""
        row = self.conn.execute("SELECT seq FROM sqlite_sequence WHERE name = 'node'").fetchone()
        node_id = 1 if row is None else int(row["seq"]) + 1
        later = dict.fromkeys(NODE_COLUMNS) | {"is_complete": 0}
        later |= fields | {"node_id": node_id, "is_branch": int(is_branch)}
        self._note({"what": "node", "node": node_id, "former": None, "later": later})
        return node_id

    def change_node(self, node_id: int, **fields: Any) -> None:
        """Change some fields of a node."""
        former = _node(self.conn, node_id)
        if former is not None and any(former[key] != value for key, value in fields.items()):
            self._note({"what": "node", "node": node_id, "former": former, "later": former | fields})

    def remove_node(self, node_id: int) -> None:
        """Remove a node that owns nothing any more."""
        self._note({"what": "node", "node": node_id, "former": _node(self.conn, node_id), "later": None})

    def judge_seed(self, seed_id: int, state: str, node_id: int | None) -> None:
        """Set the state of a seed, and the morph that it went to."""
        row = self.conn.execute("SELECT state, node_id FROM seed WHERE seed_id = ?", (seed_id,)).fetchone()
        self._note({"what": "seed", "seed": seed_id, "former": list(row), "later": [state, node_id]})

    def members(self, objects: np.ndarray) -> np.ndarray:
        """Return the morph that each object is in now, -1 where it is free."""
        return _members(self.conn, objects)["node"]

    def move_looks(self, objects: Objects | None, former: int, later: int) -> None:
        """Let looks for one morph be looks for another: of some objects, or all (None)."""
        of_objects = "" if objects is None else "AND object IN (SELECT value FROM json_each(?))"
        arguments = [former] if objects is None else [former, json.dumps(_numbers(objects).tolist())]
        rows = self.conn.execute(
            f"SELECT look_id FROM look WHERE node_id = ? {of_objects}", arguments
        ).fetchall()
        if rows:
            numbers = np.array([row[0] for row in rows], np.int64)
            self._note({"what": "look", "looks": numbers, "former": former, "later": later})

    def look(
        self,
        objects: Objects,
        answer: str,
        *,
        purpose: str,
        drawn: str,
        node_id: int | None = None,
        seed_id: int | None = None,
        page: int | None = None,
    ) -> None:
        """Enter that images were shown to the person, with the answer."""
        numbers = _numbers(objects).tolist()
        self._has_looks = self._has_looks or bool(numbers)
        self.conn.executemany(
            "INSERT INTO look (object, node_id, seed_id, answer, purpose, page, drawn, user, time, decision_id) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    number,
                    node_id,
                    seed_id,
                    answer,
                    purpose,
                    page,
                    drawn,
                    self._user,
                    self._time,
                    self.decision_id,
                )
                for number in numbers
            ),
        )

    def _note(self, change: dict[str, Any]) -> None:
        _apply(self.conn, change, "later")
        self._changes.append(change)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was changed and no image judged so far."""
        return not self._changes and not self._has_looks

    def packed(self) -> bytes:
        """Return all changes, compressed."""
        return pack(self._changes)


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
        cursor = conn.execute(
            "INSERT INTO decision (verb, user, time, detail) VALUES (?, ?, ?, '{}')", (verb, user, time)
        )
        edit = Edit(conn, int(cursor.lastrowid or 0), user, time)
        yield edit
        if edit.is_empty:
            raise NothingToDoError
        detail = json.dumps(edit.detail, default=operator.index)  # numbers out of arrays and frames
        conn.execute(
            "UPDATE decision SET node_id = ?, seed_id = ?, detail = ?, changes = ? WHERE decision_id = ?",
            (edit.node_id, edit.seed_id, detail, edit.packed(), edit.decision_id),
        )


def undo(project: Project) -> Decision:
    """
    Take the last decision back that stands; return it.

    Raises
    ------
    DecisionError
        If there is nothing to undo.
    """
    with project.write() as conn:
        target = _next_undo(conn)
        if target is None:
            message = "There is no decision to undo."
            raise DecisionError(message)
        for change in reversed(changes_of(conn, target["decision_id"])):
            _apply(conn, change, "former")
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
        target = _next_redo(conn)
        if target is None:
            message = "There is no undone decision to redo."
            raise DecisionError(message)
        for change in changes_of(conn, target["decision_id"]):
            _apply(conn, change, "later")
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


def standing(conn: sqlite3.Connection) -> list[sqlite3.Row]:
    """Return the rows of the decisions that stand (made and not undone), oldest first."""
    return [
        row
        for row in conn.execute(f"{_DECISIONS} WHERE d.target_id IS NULL ORDER BY decision_id")
        if not row["is_undone"]
    ]


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


# ------------------------------------------------------------------------------------- applying changes


def _apply(conn: sqlite3.Connection, change: dict[str, Any], side: str) -> None:
    """Bring what a change is about to its ``former`` or ``later`` state."""
    state = change[side]
    if change["what"] == "member":
        _set_members(conn, change["objects"], state)
    elif change["what"] == "rejection":
        _set_rejections(conn, change["objects"], change["node"], state)
    elif change["what"] == "node":
        _set_node(conn, change["node"], state)
    elif change["what"] == "look":
        conn.executemany(
            "UPDATE look SET node_id = ? WHERE look_id = ?",
            ((state, number) for number in change["looks"].tolist()),
        )
    else:
        conn.execute("UPDATE seed SET state = ?, node_id = ? WHERE seed_id = ?", (*state, change["seed"]))


def _set_members(conn: sqlite3.Connection, objects: np.ndarray, state: dict[str, np.ndarray]) -> None:
    free = state["node"] < 0
    conn.executemany("DELETE FROM member WHERE object = ?", ((number,) for number in objects[free].tolist()))
    rows = zip(
        objects[~free].tolist(),
        state["node"][~free].tolist(),
        (ORIGINS[code] for code in state["origin"][~free].tolist()),
        state["decision"][~free].tolist(),
        strict=True,
    )
    conn.executemany(
        "INSERT INTO member VALUES (?, ?, ?, ?) ON CONFLICT (object) DO UPDATE SET "
        "node_id = excluded.node_id, origin = excluded.origin, decision_id = excluded.decision_id",
        rows,
    )


def _set_rejections(
    conn: sqlite3.Connection, objects: np.ndarray, node_id: int, decisions: np.ndarray
) -> None:
    gone = decisions < 0
    conn.executemany(
        "DELETE FROM rejection WHERE object = ? AND node_id = ?",
        ((number, node_id) for number in objects[gone].tolist()),
    )
    conn.executemany(
        "INSERT INTO rejection VALUES (?, ?, ?)",
        (
            (number, node_id, decision_id)
            for number, decision_id in zip(objects[~gone].tolist(), decisions[~gone].tolist(), strict=True)
        ),
    )


def _set_node(conn: sqlite3.Connection, node_id: int, state: dict[str, Any] | None) -> None:
    if state is None:
        conn.execute("DELETE FROM node WHERE node_id = ?", (node_id,))
        return
    marks = ", ".join("?" * len(NODE_COLUMNS))
    updates = ", ".join(f"{column} = excluded.{column}" for column in NODE_COLUMNS[1:])
    conn.execute(
        f"INSERT INTO node ({', '.join(NODE_COLUMNS)}) VALUES ({marks}) ON CONFLICT (node_id) DO UPDATE SET {updates}",
        [state[column] for column in NODE_COLUMNS],
    )


def _members(conn: sqlite3.Connection, objects: np.ndarray) -> dict[str, np.ndarray]:
    """Return the present state of objects: node (-1 where free), origin code, decision."""
    state: dict[str, np.ndarray] = {
        "node": np.full(len(objects), -1, np.int64),
        "origin": np.full(len(objects), -1, np.int8),
        "decision": np.full(len(objects), -1, np.int64),
    }
    place = {number: row for row, number in enumerate(objects.tolist())}
    for number, node_id, origin, decision_id in conn.execute(
        "SELECT object, node_id, origin, decision_id FROM member WHERE object IN (SELECT value FROM json_each(?))",
        (json.dumps(objects.tolist()),),
    ):
        row = place[number]
        state["node"][row] = node_id
        state["origin"][row] = ORIGINS.index(origin)
        state["decision"][row] = decision_id
    return state


def _rejections(conn: sqlite3.Connection, objects: np.ndarray, node_id: int) -> np.ndarray:
    """Return the decision that rejected each object from a morph, -1 where there is none."""
    state = np.full(len(objects), -1, np.int64)
    place = {number: row for row, number in enumerate(objects.tolist())}
    for number, decision_id in conn.execute(
        "SELECT object, decision_id FROM rejection WHERE node_id = ? AND object IN (SELECT value FROM json_each(?))",
        (node_id, json.dumps(objects.tolist())),
    ):
        state[place[number]] = decision_id
    return state


def _node(conn: sqlite3.Connection, node_id: int) -> dict[str, Any] | None:
    row = conn.execute(f"SELECT {', '.join(NODE_COLUMNS)} FROM node WHERE node_id = ?", (node_id,)).fetchone()
    return None if row is None else dict(row)


def _numbers(objects: Objects) -> np.ndarray:
    """Return object numbers sorted and without repeats."""
    return np.unique(
        np.fromiter(objects, np.int64) if not isinstance(objects, np.ndarray) else objects
    ).astype(np.int64)


# ------------------------------------------------------------------------------------- packing changes


def pack(changes: Sequence[dict[str, Any]]) -> bytes:
    """Compress changes: a JSON list, in which arrays are references into an ``npz``."""
    found: dict[str, np.ndarray] = {}

    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            found[f"a{len(found)}"] = value
            return {"array": f"a{len(found) - 1}"}
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        return value

    text = json.dumps([plain(change) for change in changes], default=operator.index).encode()
    buffer = io.BytesIO()
    np.savez(buffer, changes=np.frombuffer(text, np.uint8), **found)  # type: ignore[arg-type]
    return zlib.compress(buffer.getvalue())


def changes_of(conn: sqlite3.Connection, decision_id: int) -> list[dict[str, Any]]:
    """
    Return the changes of a decision.

    Raises
    ------
    ProjectError
        If they are damaged.
    """
    blob = conn.execute("SELECT changes FROM decision WHERE decision_id = ?", (decision_id,)).fetchone()[0]
    try:
        return unpack(blob)
    except (ValueError, TypeError, KeyError, OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        message = f"The changes of decision {decision_id} cannot be read ({error}). Restore the project from a backup."
        raise ProjectError(message) from error


def unpack(blob: bytes) -> list[dict[str, Any]]:
    """Return what :func:`pack` compressed."""
    with np.load(io.BytesIO(zlib.decompress(blob)), allow_pickle=False) as file:
        arrays = dict(file)

    def rich(value: Any) -> Any:
        if isinstance(value, dict):
            if set(value) == {"array"}:
                return arrays[value["array"]]
            return {key: rich(item) for key, item in value.items()}
        return value

    return [rich(change) for change in json.loads(arrays.pop("changes").tobytes())]
