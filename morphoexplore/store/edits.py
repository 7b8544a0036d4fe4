"""
What a decision changes: members, rejections, nodes, seeds, efforts and bounds, each with the state before and after it.

Every change is applied as it is made, within the transaction of its decision (:func:`morphoexplore.store.history.decision`), and
noted, so that it can be taken back. Looks are entered and never taken back.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import numpy as np

from morphoexplore.store import changes
from morphoexplore.store.changes import NODE_COLUMNS, Objects
from morphoexplore.store.schema import ORIGINS


class Edit:
    """The changes of one decision, applied as they are made."""

    def __init__(self, conn: sqlite3.Connection, decision_id: int, user: str, time: str) -> None:
        self.conn = conn
        self.decision_id = decision_id
        self.node_id: int | None = None
        self.seed_id: int | None = None
        self.survey_id: int | None = None
        self.detail: dict[str, Any] = {}
        self.came_in = 0  # free objects that became members, less members that became free
        self.is_statement = False  # it changes nothing: what the detail says is all of it
        self._user = user
        self._time = time
        self._changes: list[dict[str, Any]] = []
        self._has_looks = False
        self._pages: dict[int | None, int] = {}

    def assign(self, objects: Objects, node_id: int, *, origin: str | None) -> None:
        """Make objects members of a morph; ``origin=None`` keeps how they came in before."""
        numbers = changes.numbers_of(objects)
        if not len(numbers):
            return
        former = changes.members_now(self.conn, numbers)
        if origin is None and (former["node"] < 0).any():
            message = "a free object has no origin to keep"
            raise ValueError(message)
        self.came_in += int((former["node"] < 0).sum())
        codes = former["origin"] if origin is None else np.full(len(numbers), ORIGINS.index(origin), np.int8)
        later = {
            "node": np.full(len(numbers), node_id, np.int64),
            "origin": codes,
            "decision": np.full(len(numbers), self.decision_id, np.int64),
        }
        self._note({"what": "member", "objects": numbers, "former": former, "later": later})

    def release(self, objects: Objects) -> None:
        """Make objects free."""
        numbers = changes.numbers_of(objects)
        former = changes.members_now(self.conn, numbers)
        is_member = former["node"] >= 0
        if is_member.any():
            self.came_in -= int(is_member.sum())
            former = {key: values[is_member] for key, values in former.items()}
            later = {"node": np.full(int(is_member.sum()), -1, np.int64)}
            later["origin"] = np.full(int(is_member.sum()), -1, np.int8)
            later["decision"] = later["node"]
            self._note({"what": "member", "objects": numbers[is_member], "former": former, "later": later})

    def reject(self, objects: Objects, node_id: int) -> None:
        """Remember that objects do not belong to a morph."""
        numbers = changes.numbers_of(objects)
        former = changes.rejections_now(self.conn, numbers, node_id)
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
        numbers = changes.numbers_of(objects)
        former = changes.rejections_now(self.conn, numbers, node_id)
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
        former = changes.node_now(self.conn, node_id)
        if former is not None and any(former[key] != value for key, value in fields.items()):
            self._note({"what": "node", "node": node_id, "former": former, "later": former | fields})

    def remove_node(self, node_id: int) -> None:
        """Remove a node that owns nothing any more."""
        self._note(
            {"what": "node", "node": node_id, "former": changes.node_now(self.conn, node_id), "later": None}
        )

    def judge_seed(self, seed_id: int, state: str, node_id: int | None) -> None:
        """Set the state of a seed, and the morph that it went to."""
        row = self.conn.execute("SELECT state, node_id FROM seed WHERE seed_id = ?", (seed_id,)).fetchone()
        self._note({"what": "seed", "seed": seed_id, "former": list(row), "later": [state, node_id]})

    def set_effort(self, acquisition_id: int, **fields: float | None) -> dict[str, float | None]:
        """
        Say ``subsample_coef`` or ``total_water_volume`` of an acquisition; None of a field leaves it to the formula.

        Returns what differs from what was said before.
        """
        former = changes.effort_now(self.conn, acquisition_id)
        known = former or {"subsample_coef": None, "total_water_volume": None}
        said = {name: known[name] for name in ("subsample_coef", "total_water_volume")} | fields
        changed = {name: value for name, value in fields.items() if known[name] != value}
        if not changed:
            return {}
        is_said = any(value is not None for value in said.values())
        later = said | {"decision_id": self.decision_id} if is_said else None
        self._note({"what": "effort", "acquisition": acquisition_id, "former": former, "later": later})
        return changed

    def certify(self, objects: np.ndarray, **fields: float) -> None:
        """Enter what a sample of the survey says of objects that were not looked at."""
        later = fields | {"survey_id": self.survey_id, "objects": objects}
        self._note({"what": "bound", "bound": self.decision_id, "former": None, "later": later})

    def uncover(self, objects: np.ndarray) -> None:
        """Let no bound speak of these objects any more."""
        if not len(objects):
            return
        for bound_id, former, covered in changes.bounds_now(self.conn):
            left = np.setdiff1d(covered, objects)
            if len(left) < len(covered):
                states = {"former": former | {"objects": covered}, "later": former | {"objects": left}}
                self._note({"what": "bound", "bound": bound_id} | states)

    def freeze(self, objects: np.ndarray) -> None:
        """Keep the set that is to be certified from this decision on."""
        self.conn.execute(
            "INSERT INTO frozen VALUES (?, ?)", (self.decision_id, changes.packed_objects(objects))
        )

    def members(self, objects: np.ndarray) -> np.ndarray:
        """Return the morph that each object is in now, -1 where it is free."""
        return changes.members_now(self.conn, objects)["node"]

    def move_looks(self, objects: Objects | None, former: int, later: int) -> None:
        """Let looks for one morph be looks for another: of some objects, or all (None)."""
        of_objects = "" if objects is None else "AND object IN (SELECT value FROM json_each(?))"
        arguments = (
            [former] if objects is None else [former, json.dumps(changes.numbers_of(objects).tolist())]
        )
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
        """Enter that images were shown to the person, with the answer; on the next page of the morph unless told."""
        numbers = changes.numbers_of(objects).tolist()
        self._has_looks = self._has_looks or bool(numbers)
        if page is None:
            page = self._next_page(node_id)
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

    def _next_page(self, node_id: int | None) -> int:
        """Return the number of the page that a morph's images stand on, the same throughout the decision."""
        if node_id not in self._pages:
            row = self.conn.execute("SELECT max(page) FROM look WHERE node_id = ?", (node_id,)).fetchone()
            self._pages[node_id] = 1 + int(row[0] or 0)
        return self._pages[node_id]

    def _note(self, change: dict[str, Any]) -> None:
        changes.apply(self.conn, change, "later")
        self._changes.append(change)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was changed, no image judged and nothing said in a survey so far."""
        return not self.is_statement and not self._changes and not self._has_looks and self.survey_id is None

    def packed(self) -> bytes:
        """Return all changes, compressed."""
        return changes.pack(self._changes)
