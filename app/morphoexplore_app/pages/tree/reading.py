"""What the tree and names pages show, read and computed once for each state of the project."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from morphoexplore import review
from morphoexplore.errors import StepMissingError
from morphoexplore.methods.typicality import order_by_typicality, shared_out
from morphoexplore.records import Node
from morphoexplore.store import tree
from morphoexplore.store.schema import ORIGINS
from morphoexplore_app.memory import centres, space_version, vectors
from morphoexplore_app.session import Session

MOST_MEMBERS = 2000  # of a morph, beyond which a part of them has the same typical ones
STRIP = 8  # pictures of a card
LOOKS_LIKE = 5  # morphs offered first in a merge
COMPLETE, FLAGGED, NAMED = 1, 2, 4  # bits of a node's state, as tree_nodes.js has them


def remembered(session: Session, key: Any, holds_for: Any, compute: Callable[[], Any]) -> Any:
    """Return what was computed for a key, computed anew where it holds for something else."""
    found = session.memo.get(key)
    if found is None or found[0] != holds_for:
        found = session.memo[key] = (holds_for, compute())
    return found[1]


class View:
    """
    The tree and its members as of one version.

    Attributes
    ----------
    version : int
        The last decision that is in it.
    nodes : dict of int to Node
        All nodes.
    counts : dict of int to int
        Objects of every node; of a branch, those of all morphs below it.
    space_version : tuple of int or None
        Of the morphospace.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.version = session.version
        self.nodes: dict[int, Node] = remembered(
            session, "nodes", self.version, lambda: tree.nodes(session.project)
        )
        self.space_version = space_version(session)
        self._node = session.membership.node
        self.owned: dict[int | None, list[Node]] = remembered(
            session, "owned", self.version, lambda: _owned(self.nodes)
        )
        self.counts: dict[int, int] = remembered(session, "counts", self.version, self._count)

    def _count(self) -> dict[int, int]:
        numbers, sizes = np.unique(self._node[self._node >= 0], return_counts=True)
        counts = dict.fromkeys(self.nodes, 0)
        for number, size in zip(numbers.tolist(), sizes.tolist(), strict=True):
            if number in self.nodes:
                for node in tree.lineage(self.nodes, number):
                    counts[node.node_id] += size
        return counts

    def count_morphs(self, node_id: int | None) -> int:
        """Return how many morphs lie below a branch (None: there are)."""
        found: dict[int | None, int] = remembered(self.session, "morphs", self.version, self._count_morphs)
        return found.get(node_id, 0)

    def _count_morphs(self) -> dict[int | None, int]:
        counts: dict[int | None, int] = {}
        for node in self.nodes.values():
            if not node.is_branch:
                for above in (None, *(one.node_id for one in tree.lineage(self.nodes, node.node_id))):
                    counts[above] = counts.get(above, 0) + 1
        return counts

    def columns(self) -> dict[str, list[Any]]:
        """Return the nodes as the tree component wants them."""
        return remembered(self.session, "columns", self.version, self._columns)

    def _columns(self) -> dict[str, list[Any]]:
        nodes = self.nodes.values()
        return {
            "id": [node.node_id for node in nodes],
            "parent": [node.parent_id for node in nodes],
            "title": [node.title for node in nodes],
            "is_branch": [int(node.is_branch) for node in nodes],
            "count": [self.counts[node.node_id] for node in nodes],
            "kind": [node.kind for node in nodes],
            "state": [
                COMPLETE * node.is_complete
                + FLAGGED * (node.flag is not None)
                + NAMED * (node.name is not None)
                for node in nodes
            ],
        }

    def members(self, node_id: int) -> np.ndarray:
        """Return the members of a morph."""
        return np.flatnonzero(self._node == node_id)

    def members_of_many(self, node_ids: Sequence[int]) -> dict[int, np.ndarray]:
        """Return the members of several morphs, in one pass over all objects."""
        if not node_ids:
            return {}
        wanted = np.unique(np.asarray(node_ids, dtype=np.int64))
        rows = np.flatnonzero(np.isin(self._node, wanted))
        rows = rows[np.argsort(self._node[rows], kind="stable")]
        ends = np.searchsorted(self._node[rows], wanted, side="right")
        return dict(zip(wanted.tolist(), np.split(rows, ends[:-1]), strict=True))

    def morphs_below(self, node_id: int | None) -> list[Node]:
        """Return the morphs below a branch, or the morph itself, the largest first."""
        if node_id is not None and not self.nodes[node_id].is_branch:
            return [self.nodes[node_id]]
        found: list[Node] = []
        waiting = list(self.owned.get(node_id, []))
        while waiting:
            node = waiting.pop()
            if node.is_branch:
                waiting.extend(self.owned.get(node.node_id, []))
            else:
                found.append(node)
        return sorted(found, key=lambda node: (-self.counts[node.node_id], node.node_id))

    def typical(self, node_ids: Sequence[int], most: int = STRIP) -> dict[int, list[int]]:
        """Return typical objects of nodes: of a branch, some of each of its largest morphs."""
        morphs: dict[int, list[tuple[int, int]]] = {}
        for node_id in node_ids:
            largest = [
                node.node_id for node in self.morphs_below(node_id)[:most] if self.counts[node.node_id]
            ]
            shares = shared_out([self.counts[morph] for morph in largest], most)
            morphs[node_id] = list(zip(largest, shares, strict=True))
        members = self.members_of_many([morph for some in morphs.values() for morph, _ in some])
        orders = {morph: self._typical_of(morph, rows, most) for morph, rows in members.items()}
        return {
            node_id: [number for morph, share in some for number in orders[morph][:share]]
            for node_id, some in morphs.items()
        }

    def _typical_of(self, morph: int, members: np.ndarray, most: int) -> list[int]:
        fingerprint = (zlib.crc32(members.tobytes()), most, self.space_version)

        def compute() -> list[int]:
            some = members[:: max(1, len(members) // MOST_MEMBERS)]
            return some[order_by_typicality(self.vectors_of(some))][:most].tolist()

        return remembered(self.session, ("typical", morph), fingerprint, compute)

    def vectors_of(self, objects: np.ndarray) -> np.ndarray:
        """Return positions in the morphospace, NaN where there are none."""
        rows = space(self.session)
        found = np.full((len(objects), rows.shape[1]), np.nan, dtype=np.float32)
        is_known = objects < len(rows)
        found[is_known] = rows[objects[is_known]]
        return found

    def origins(self, node_id: int) -> dict[str, int]:
        """Return how many members of a morph came in in which way."""
        codes = self.session.membership.origin[self.members(node_id)]
        return {word: int((codes == code).sum()) for code, word in enumerate(ORIGINS)}

    def like(self, node_id: int) -> list[int]:
        """Return the morphs most like a morph, the most like first."""
        members = self.members(node_id)
        if not len(members) or not len(space(self.session)):
            return []
        found = review.nearest_morphs(
            self.session.project,
            members[:: max(1, len(members) // MOST_MEMBERS)],
            LOOKS_LIKE + 1,
            membership=self.session.membership,
            centres=centres(self.session),
        )
        return [one.node_id for one in found if one.node_id != node_id][:LOOKS_LIKE]


def space(session: Session) -> np.ndarray:
    """Return the morphospace, without rows where there is none yet."""
    try:
        return vectors(session)
    except StepMissingError:
        return np.empty((0, 1), dtype=np.float32)


def _owned(nodes: dict[int, Node]) -> dict[int | None, list[Node]]:
    owned: dict[int | None, list[Node]] = {}
    for node in nodes.values():
        owned.setdefault(node.parent_id, []).append(node)
    return owned
