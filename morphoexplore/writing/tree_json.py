"""
The tree of morphs as nested JSON, to keep, to compare and to read back.

Format ``morphoexplore-tree``, version 1::

    {
     "format": "morphoexplore-tree",
     "version": 1,
     "nodes": [NODE, ...]                 the roots
    }

    NODE = {
     "node_id": 7,                        number, unique in the file
     "type": "branch" or "morph",
     "name": "...",                       text or null, like the next five
     "kind": "living",                    living, detritus, artefact, multiple, part, unknown
     "taxon": "...",
     "ecotaxa_id": 25828,                 number or null
     "aphia_id": 1080,                    number or null
     "description": "...",
     "is_complete": true,                 nothing more to grow for now
     "flag": "...",                       a question to a colleague, or null
     "taxon_type": "P",                   P (phylo), M (morpho) or null
     "n_members": 120,                    only of a morph, and only where it was counted; not read back
     "precision": 0.97,                   share of its members that are right at least, where it is known; not read back
     "children": [NODE, ...]              only of a branch
    }

Nodes stand in the order of their numbers. Unknown fields are ignored by the reader.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from morphoexplore.errors import SourceError
from morphoexplore.records import Node
from morphoexplore.writing.atomic import replacing

FORMAT = "morphoexplore-tree"
VERSION = 1

# The fields of a node that are written as they are; its place in the tree is told by nesting.
PLAIN_FIELDS = tuple(
    field.name
    for field in fields(Node)
    if field.name not in {"node_id", "parent_id", "is_branch", "taxon_kind"}
)


def write_tree(
    nodes: Sequence[Node],
    counts: Mapping[int, int],
    path: Path,
    precision: Mapping[int, float] | None = None,
) -> Path:
    """
    Write a tree as nested JSON (the format is described above).

    Parameters
    ----------
    nodes : sequence of Node
        All nodes of the tree, in any order.
    counts : mapping of int to int
        Members per morph number; morphs that are not in it are written without a count.
    path : Path
        File; missing folders are made.
    precision : mapping of int to float, optional
        Of the morphs of which it is known, by their number.

    Returns
    -------
    path : Path
        The file written.

    Raises
    ------
    ValueError
        If the nodes are no tree: a number twice, a parent that is missing, a morph or itself.
    ProjectError
        If the file cannot be written.
    """
    children = _children(nodes)
    document = {
        "format": FORMAT,
        "version": VERSION,
        "nodes": [_nested(root, children, counts, precision or {}) for root in children.get(None, [])],
    }
    with replacing(path) as temporary:
        # backslashreplace: what UTF-8 cannot hold becomes \udc.., which is what JSON calls it too.
        temporary.write_text(
            json.dumps(document, ensure_ascii=False, indent=1) + "\n",
            encoding="utf-8",
            errors="backslashreplace",
            newline="\n",
        )
    return path


def read_tree(path: Path) -> list[Node]:
    """
    Read a tree written by :func:`write_tree`.

    Parameters
    ----------
    path : Path
        File of format ``morphoexplore-tree``.

    Returns
    -------
    nodes : list of Node
        In the order of their numbers, as they were written; counts are not read.

    Raises
    ------
    SourceError
        If the file cannot be read, is of another format or a newer version, or is broken.
    """
    document = _document(path)
    nodes: list[Node] = []
    waiting: list[tuple[Any, int | None]] = [(entry, None) for entry in document["nodes"]]
    try:
        while waiting:
            entry, parent_id = waiting.pop()
            node = _node(entry, parent_id)
            nodes.append(node)
            waiting += [(child, node.node_id) for child in entry.get("children", [])]
        _children(nodes)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        message = f"{path} is not a whole tree: {_reason(error)}. Export it again."
        raise SourceError(message) from error
    return sorted(nodes, key=lambda node: node.node_id)


def _children(nodes: Sequence[Node]) -> dict[int | None, list[Node]]:
    """Nodes by the number of their parent, each list in order of number; checks that this is a tree."""
    by_id = {node.node_id: node for node in nodes}
    if len(by_id) < len(nodes):
        message = "two nodes have the same number"
        raise ValueError(message)
    children: dict[int | None, list[Node]] = {}
    for node in sorted(nodes, key=lambda node: node.node_id):
        parent = by_id.get(node.parent_id) if node.parent_id is not None else None
        if node.parent_id is not None and (parent is None or not parent.is_branch):
            message = f"node {node.node_id} lies in node {node.parent_id}, which is no branch of this tree"
            raise ValueError(message)
        children.setdefault(node.parent_id, []).append(node)
    _check_reached(by_id, children)
    return children


def _check_reached(by_id: Mapping[int, Node], children: Mapping[int | None, list[Node]]) -> None:
    """Every node hangs on a root; what does not goes in circles."""
    waiting, reached = list(children.get(None, [])), 0
    while waiting:
        reached += 1
        waiting += children.get(waiting.pop().node_id, [])
    if reached < len(by_id):
        message = f"{len(by_id) - reached} nodes lie in each other"
        raise ValueError(message)


def _nested(
    node: Node,
    children: Mapping[int | None, list[Node]],
    counts: Mapping[int, int],
    precision: Mapping[int, float],
) -> dict[str, Any]:
    """One node with everything below it."""
    entry: dict[str, Any] = {"node_id": node.node_id, "type": "branch" if node.is_branch else "morph"}
    entry |= {field: getattr(node, field) for field in PLAIN_FIELDS}
    if node.is_branch:
        below = children.get(node.node_id, [])
        entry["children"] = [_nested(child, children, counts, precision) for child in below]
    elif node.node_id in counts:
        entry["n_members"] = int(counts[node.node_id])
    if node.node_id in precision:
        entry["precision"] = precision[node.node_id]
    return entry


def _document(path: Path) -> dict[str, Any]:
    """Read the JSON of a tree file and check whose it is."""
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}."
        raise SourceError(message) from error
    except (ValueError, RecursionError) as error:
        message = f"{path} is no JSON file: {error}."
        raise SourceError(message) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        message = f"{path} is no tree of morphs: it does not say that its format is {FORMAT}."
        raise SourceError(message)
    version = document.get("version")
    if not isinstance(version, int) or version > VERSION:
        message = (
            f"{path} is a tree of version {version}; this morphoexplore reads up to {VERSION}. Update it."
        )
        raise SourceError(message)
    if not isinstance(document.get("nodes"), list):
        message = f"{path} is not a whole tree: it has no list of nodes. Export it again."
        raise SourceError(message)
    return document


def _node(entry: dict[str, Any], parent_id: int | None) -> Node:
    """One node of the file."""
    if entry["type"] not in ("branch", "morph") or not isinstance(entry["node_id"], int):
        message = f"node {entry['node_id']!r} is of type {entry['type']!r}"
        raise ValueError(message)
    plain: dict[str, Any] = {field: entry.get(field) for field in PLAIN_FIELDS}
    plain["is_complete"] = bool(plain["is_complete"])
    return Node(entry["node_id"], parent_id, entry["type"] == "branch", **plain)


def _reason(error: Exception) -> str:
    """Say what is wrong."""
    return f"a node has no {error.args[0]}" if isinstance(error, KeyError) else str(error)
