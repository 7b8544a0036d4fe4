"""
The morph of every object in memory, kept current by replaying decisions.

Reading a million members takes a second, replaying one decision a millisecond. The database stays the truth.
"""

from __future__ import annotations

import sqlite3
import threading

import numpy as np

from morphoexplore.store import changes, history, tree
from morphoexplore.store.project import Project


class Membership:
    """
    Which morph every object is in.

    Attributes
    ----------
    node : array of int64, shape (n,)
        Number of the morph, :data:`~morphoexplore.store.tree.FREE` (-1) for a free object.
    origin : array of int8, shape (n,)
        Place in :data:`~morphoexplore.store.schema.ORIGINS`, -1 for a free object.
    version : int
        The last decision that is in it.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._lock = threading.Lock()
        with project.read() as conn:
            self.version = history.read_version(conn)
            self.node, self.origin = tree.read_membership(conn)

    def refresh(self) -> None:
        """Replay the decisions made since, whoever made them."""
        with self._lock, self._project.read() as conn:
            newest = history.read_version(conn)
            if newest == self.version:
                return
            rows = conn.execute(
                "SELECT decision_id, verb, target_id FROM decision WHERE decision_id > ? ORDER BY decision_id",
                (self.version,),
            ).fetchall()
            # Copies, so that whoever holds the arrays goes on with a consistent state.
            self.node, self.origin = self.node.copy(), self.origin.copy()
            for row in rows:
                self._replay(conn, row)
            self.version = newest

    def _replay(self, conn: sqlite3.Connection, row: sqlite3.Row) -> None:
        is_undo = row["verb"] == "undo"
        made = changes.changes_of(conn, row["target_id"] or row["decision_id"])
        for change in reversed(made) if is_undo else made:
            if change["what"] == "member":
                state = change["former" if is_undo else "later"]
                self.node[change["objects"]] = state["node"]
                self.origin[change["objects"]] = state["origin"]
