"""The tree as SQL: nodes, members, rejections, and what follows from them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from morphoexplore.errors import DecisionError
from morphoexplore.records import Node
from morphoexplore.store.changes import NODE_COLUMNS
from morphoexplore.store.history import STANDING_LOOKS
from morphoexplore.store.project import Project
from morphoexplore.store.schema import ORIGINS
from morphoexplore.store.taxa import kind_of_lineage

DEFAULT_KIND = "living"
# Beside what is stored of a node, the lineage of its taxon where the project's list has it: by number, else by name.
_COLUMNS = (
    ", ".join(NODE_COLUMNS)
    + """, coalesce(
        (SELECT lineage FROM taxon WHERE taxon.ecotaxa_id = node.ecotaxa_id),
        (SELECT lineage FROM taxon WHERE taxon.aphia_id = node.aphia_id AND node.ecotaxa_id IS NULL LIMIT 1),
        (SELECT lineage FROM taxon WHERE taxon.display_name = node.taxon AND node.ecotaxa_id IS NULL LIMIT 1)
    ) AS taxon_lineage"""
)
FREE = -1


def nodes(project: Project) -> dict[int, Node]:
    """Return all nodes by number."""
    with project.read() as conn:
        return read_nodes(conn)


def read_nodes(conn: sqlite3.Connection) -> dict[int, Node]:
    """Return all nodes by number, within a transaction."""
    rows = conn.execute(f"SELECT {_COLUMNS} FROM node ORDER BY node_id")
    return {row["node_id"]: _node(row) for row in rows}


def get(conn: sqlite3.Connection, node_id: int) -> Node:
    """
    Return one node.

    Raises
    ------
    DecisionError
        If there is none of that number.
    """
    row = conn.execute(f"SELECT {_COLUMNS} FROM node WHERE node_id = ?", (node_id,)).fetchone()
    if row is None:
        message = (
            f"There is no node {node_id}. It may have been merged or undone; see: morphoexplore status --tree"
        )
        raise DecisionError(message)
    return _node(row)


def get_leaf(conn: sqlite3.Connection, node_id: int) -> Node:
    """Return a morph; a branch is refused with a sentence."""
    node = get(conn, node_id)
    if node.is_branch:
        message = f"{node.title} is a branch; it owns nodes, never objects. Choose one of its morphs."
        raise DecisionError(message)
    return node


def get_branch(conn: sqlite3.Connection, node_id: int) -> Node:
    """Return a branch; a morph is refused with a sentence."""
    node = get(conn, node_id)
    if not node.is_branch:
        message = f"{node.title} is a morph; it owns objects, never nodes. Make a branch first."
        raise DecisionError(message)
    return node


def lineage(tree: Mapping[int, Node], node_id: int) -> list[Node]:
    """Return a node and its ancestors, the node first."""
    found: list[Node] = []
    current: int | None = node_id
    while current is not None:
        found.append(tree[current])
        current = tree[current].parent_id
        if len(found) > len(tree):
            message = f"The tree runs in a circle at node {node_id}. Run: morphoexplore check"
            raise DecisionError(message)
    return found


def kind_of(tree: Mapping[int, Node], node_id: int) -> str:
    """Return the kind of a node: set by hand, else of its taxon, else its nearest branch's, else ``living``."""
    kinds = (node.own_kind for node in lineage(tree, node_id))
    return next((kind for kind in kinds if kind is not None), DEFAULT_KIND)


def path_of(tree: Mapping[int, Node], node_id: int) -> str:
    """Return the titles from the top down to the node, separated by ``>`` as EcoTaxa writes lineages."""
    return ">".join(node.title for node in reversed(lineage(tree, node_id)))


def children(tree: Mapping[int, Node], node_id: int | None) -> list[Node]:
    """Return the nodes that a branch owns (None: the nodes at the top)."""
    return [node for node in tree.values() if node.parent_id == node_id]


def membership(project: Project) -> tuple[np.ndarray, np.ndarray]:
    """
    Return the morph and the origin of every object.

    Returns
    -------
    node : array of int64, shape (n,)
        Number of the morph, ``FREE`` (-1) for a free object.
    origin : array of int8, shape (n,)
        Place in :data:`~morphoexplore.store.schema.ORIGINS`, -1 for a free object.
    """
    with project.read() as conn:
        return read_membership(conn)


def read_membership(conn: sqlite3.Connection) -> tuple[np.ndarray, np.ndarray]:
    """Return the morph and the origin of every object, within a transaction."""
    n = conn.execute("SELECT count(*) FROM object").fetchone()[0]
    node = np.full(n, FREE, dtype=np.int64)
    origin = np.full(n, -1, dtype=np.int8)
    code = {word: place for place, word in enumerate(ORIGINS)}
    for number, node_id, word in conn.execute("SELECT object, node_id, origin FROM member"):
        node[number] = node_id
        origin[number] = code[word]
    return node, origin


def free_objects(project: Project) -> np.ndarray:
    """Return the numbers of the free objects."""
    return np.flatnonzero(membership(project)[0] == FREE)


def members(project: Project, node_id: int) -> np.ndarray:
    """Return the numbers of a morph's members."""
    with project.read() as conn:
        return read_members(conn, node_id)


def read_members(conn: sqlite3.Connection, node_id: int) -> np.ndarray:
    """Return the numbers of a morph's members, within a transaction."""
    rows = conn.execute("SELECT object FROM member WHERE node_id = ? ORDER BY object", (node_id,)).fetchall()
    return np.array([row[0] for row in rows], dtype=np.int64)


def member_counts(project: Project) -> dict[int, int]:
    """Return the number of members of every morph that has any."""
    with project.read() as conn:
        return dict(conn.execute("SELECT node_id, count(*) FROM member GROUP BY node_id").fetchall())


def rejections(project: Project, node_id: int) -> np.ndarray:
    """Return the numbers of the objects rejected from a morph."""
    with project.read() as conn:
        rows = conn.execute(
            "SELECT object FROM rejection WHERE node_id = ? ORDER BY object", (node_id,)
        ).fetchall()
    return np.array([row[0] for row in rows], dtype=np.int64)


def doubtful(project: Project) -> np.ndarray:
    """Return the members whose last standing look found them doubtful in the morph they are in."""
    with project.read() as conn:
        rows = conn.execute(
            # Beside max(), SQLite takes the other columns from the row that has the maximum.
            f"SELECT object FROM (SELECT object, answer, max(look_id) FROM ({STANDING_LOOKS}) "
            "JOIN member USING (object, node_id) GROUP BY object) WHERE answer = 'doubtful' ORDER BY object"
        ).fetchall()
    return np.array([row[0] for row in rows], dtype=np.int64)


def morphs(project: Project, *, members: tuple[np.ndarray, np.ndarray] | None = None) -> pd.DataFrame:
    """
    Return the morphs, largest first.

    Parameters
    ----------
    members : tuple of array, optional
        As from :func:`membership`, if at hand: to count a million members in the database takes a second.

    Returns
    -------
    morphs : DataFrame
        Index ``node_id``; ``name`` (None where unnamed), ``title``, ``path``, ``kind``, ``taxon``, ``members``
        and of those ``looked, seed, grown, imported``; ``is_complete``, ``flag``.
    """
    with project.read() as conn:
        tree = read_nodes(conn)
        found = _counted(conn) if members is None else _counted_in(*members)
    sizes = {(node_id, origin): count for node_id, origin, count in found}
    rows = []
    for leaf in (node for node in tree.values() if not node.is_branch):
        counts = {origin: sizes.get((leaf.node_id, origin), 0) for origin in ORIGINS}
        rows.append(
            {
                "node_id": leaf.node_id,
                "name": leaf.name,
                "title": leaf.title,
                "path": path_of(tree, leaf.node_id),
                "kind": kind_of(tree, leaf.node_id),
                "taxon": leaf.taxon,
                "members": sum(counts.values()),
                **counts,
                "is_complete": leaf.is_complete,
                "flag": leaf.flag,
            }
        )
    columns = [
        "node_id",
        "name",
        "title",
        "path",
        "kind",
        "taxon",
        "members",
        *ORIGINS,
        "is_complete",
        "flag",
    ]
    table = pd.DataFrame(rows, columns=columns).set_index("node_id")
    return table.sort_values("members", ascending=False, kind="stable")


def _counted(conn: sqlite3.Connection) -> list[tuple[int, str, int]]:
    query = "SELECT node_id, origin, count(*) FROM member GROUP BY node_id, origin"
    return [tuple(row) for row in conn.execute(query).fetchall()]


def _counted_in(node: np.ndarray, origin: np.ndarray) -> list[tuple[int, str, int]]:
    is_member = (node != FREE) & (origin >= 0)
    code = node[is_member].astype(np.int64) * len(ORIGINS) + origin[is_member]
    counts = np.bincount(code)
    return [
        (place // len(ORIGINS), ORIGINS[place % len(ORIGINS)], int(counts[place]))
        for place in np.flatnonzero(counts).tolist()
    ]


def outline(project: Project) -> Iterable[tuple[int, Node]]:
    """Yield (depth, node) from the top down, each branch before what it owns."""
    tree = nodes(project)

    def below(parent: int | None, depth: int) -> Iterable[tuple[int, Node]]:
        for node in children(tree, parent):
            yield depth, node
            if node.is_branch:
                yield from below(node.node_id, depth + 1)

    yield from below(None, 0)


def _node(row: sqlite3.Row) -> Node:
    values = dict(row)
    values["is_branch"] = bool(values["is_branch"])
    values["is_complete"] = bool(values["is_complete"])
    values["taxon_kind"] = kind_of_lineage(values.pop("taxon_lineage"))
    return Node(**values)
