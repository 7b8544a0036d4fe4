"""
The morph of every object in memory, kept current by replaying decisions.

Reading a million members takes a second, replaying one decision a millisecond. The database stays the truth.
"""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass

import numpy as np

from morphoexplore.store import changes, history, tree
from morphoexplore.store.project import Project


@dataclass(frozen=True)
class MembershipState:
    """
    Which morph every object is in, as of one decision. Its arrays never change.

    Attributes
    ----------
    version : int
        The last decision that is in it.
    node : array of int64, shape (n,)
        Number of the morph, :data:`~morphoexplore.store.tree.FREE` (-1) for a free object.
    origin : array of int8, shape (n,)
        Place in :data:`~morphoexplore.store.schema.ORIGINS`, -1 for a free object.
    """

    version: int
    node: np.ndarray
    origin: np.ndarray


class Membership:
    """
    Which morph every object is in, now.

    Attributes
    ----------
    state : MembershipState
        As of the last :meth:`refresh`; take it once where node and version must belong together.
    node, origin, version
        Those of the state.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._lock = threading.Lock()
        with project.read() as conn:
            self.state = MembershipState(history.read_version(conn), *tree.read_membership(conn))

    @property
    def node(self) -> np.ndarray:
        """Number of the morph of every object, -1 for a free one."""
        return self.state.node

    @property
    def origin(self) -> np.ndarray:
        """How every object came in: place in ``ORIGINS``, -1 for a free one."""
        return self.state.origin

    @property
    def version(self) -> int:
        """The last decision that is in it."""
        return self.state.version

    def refresh(self) -> None:
        """Replay the decisions made since, whoever made them."""
        with self._lock, self._project.read() as conn:
            newest = history.read_version(conn)
            if newest == self.state.version:
                return
            if newest < self.state.version:  # an older state of the project was put in its place
                self.state = MembershipState(newest, *tree.read_membership(conn))
                return
            rows = conn.execute(
                "SELECT decision_id, verb, target_id FROM decision WHERE decision_id > ? ORDER BY decision_id",
                (self.state.version,),
            ).fetchall()
            # Copies, so that whoever holds the arrays goes on with a consistent state.
            node, origin = self.state.node.copy(), self.state.origin.copy()
            for row in rows:
                _replay(conn, row, node, origin)
            self.state = MembershipState(newest, node, origin)


def _replay(conn: sqlite3.Connection, row: sqlite3.Row, node: np.ndarray, origin: np.ndarray) -> None:
    is_undo = row["verb"] == "undo"
    made = changes.changes_of(conn, row["target_id"] or row["decision_id"])
    for change in reversed(made) if is_undo else made:
        if change["what"] == "member":
            state = change["former" if is_undo else "later"]
            node[change["objects"]] = state["node"]
            origin[change["objects"]] = state["origin"]
