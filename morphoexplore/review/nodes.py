"""What nodes are called and how they are arranged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from morphoexplore.errors import DecisionError
from morphoexplore.reading.names import NUMBERS, TAXON_TYPES, TEXTS
from morphoexplore.review.parts import clean, rejected_from, require_kind
from morphoexplore.store import tree
from morphoexplore.store.edits import Edit
from morphoexplore.store.history import decision
from morphoexplore.store.project import Project

Nodes = int | Iterable[int]  # one node, or several in one decision


def complete(project: Project, node_id: Nodes, *, is_complete: bool = True) -> None:
    """Say that there is nothing more to grow in a morph (or several) for now, or that there is again."""
    with decision(project, "complete" if is_complete else "reopen") as edit:
        for one in _about(edit, node_id):
            tree.get_leaf(edit.conn, one)
            edit.change_node(one, is_complete=int(is_complete))


def _about(edit: Edit, node_id: Nodes) -> list[int]:
    """Return the nodes of a decision, and note which they are."""
    nodes = list(dict.fromkeys(node_id)) if isinstance(node_id, Iterable) else [node_id]
    if len(nodes) == 1:
        edit.node_id = nodes[0]
    else:
        edit.detail = {"nodes": nodes}
    return nodes


def name(project: Project, node_id: int, name: str | None) -> None:
    """Name a node; None takes its name away."""
    _describe(project, "name", node_id, name=clean(name))


def describe(project: Project, node_id: int, description: str | None) -> None:
    """Write what a node looks like, or any note on it."""
    _describe(project, "describe", node_id, description=clean(description))


def kind(project: Project, node_id: Nodes, kind: str | None) -> None:
    """Set the kind of a node or several (None: as the branch); what they own inherits it."""
    require_kind(kind)
    _describe(project, "kind", node_id, kind=kind)


def flag(project: Project, node_id: int, question: str | None) -> None:
    """Put a question to a colleague on a node; None takes it off."""
    _describe(project, "flag", node_id, flag=clean(question))


def identify(
    project: Project,
    node_id: int,
    *,
    taxon: str | None,
    ecotaxa_id: int | None = None,
    aphia_id: int | None = None,
    taxon_type: str | None = None,
    name: str | None = None,
) -> None:
    """
    Say which taxon (EcoTaxa: category) a node is.

    Parameters
    ----------
    taxon : str or None
        What EcoTaxa displays: ``Copepoda``, ``egg<Actinopterygii``.
    ecotaxa_id, aphia_id : int, optional
        Its number in EcoTaxa and in WoRMS.
    taxon_type : {"P", "M"}, optional
        Phylo, a branch of life, or morpho, a form such as egg.
    name : str, optional
        A name for the node, in the same decision; the node keeps its own unless given.
    """
    _require_taxon_type(taxon_type)
    fields: dict[str, Any] = {"taxon": clean(taxon), "ecotaxa_id": ecotaxa_id, "aphia_id": aphia_id}
    named = {} if name is None else {"name": clean(name)}
    _describe(project, "identify", node_id, **fields, taxon_type=taxon_type, **named)


def _require_taxon_type(taxon_type: object) -> None:
    if taxon_type is not None and taxon_type not in TAXON_TYPES:
        message = f"There is no type of taxa {taxon_type!r}. Types: P (phylo) and M (morpho)."
        raise DecisionError(message)


def _describe(project: Project, verb: str, node_id: Nodes, **fields: Any) -> None:
    with decision(project, verb) as edit:
        for one in _about(edit, node_id):
            tree.get(edit.conn, one)
            edit.change_node(one, **fields)
        edit.detail |= fields


def name_many(project: Project, names: pd.DataFrame) -> int:
    """
    Name many nodes in one decision; return how many were changed.

    Parameters
    ----------
    names : DataFrame
        Index ``node_id``; any of the columns ``name, kind, taxon, ecotaxa_id, aphia_id, taxon_type,
        description``. A missing
        or empty value leaves what is there.

    Raises
    ------
    DecisionError
        If a node or a column does not exist, or nothing would change; then nothing is changed.
    """
    strange = [str(column) for column in names.columns if column not in (*TEXTS, *NUMBERS)]
    if strange:
        message = f"Nodes have no column {strange[0]!r}. Columns: {', '.join((*TEXTS, *NUMBERS))}."
        raise DecisionError(message)
    changed = 0
    with decision(project, "name many") as edit:
        for node_id, row in zip(names.index.tolist(), names.to_dict("records"), strict=True):
            node = tree.get(edit.conn, node_id)
            texts = {key: clean(str(row[key])) for key in TEXTS if pd.notna(row.get(key))}
            numbers = {key: int(row[key]) for key in NUMBERS if pd.notna(row.get(key))}
            fields = {key: value for key, value in (texts | numbers).items() if value is not None}
            require_kind(fields.get("kind"))
            _require_taxon_type(fields.get("taxon_type"))
            if any(getattr(node, key) != value for key, value in fields.items()):
                changed += 1
                edit.change_node(node.node_id, **fields)
        edit.detail = {"nodes": changed}
    return changed


def make_morph(project: Project, *, name: str | None = None, parent: int | None = None) -> int:
    """Make an empty morph, "other Copepoda" say; return its number."""
    return _make(project, "make morph", is_branch=False, name=name, parent=parent, owns=())


def make_branch(
    project: Project, *, name: str | None = None, owns: Sequence[int] = (), parent: int | None = None
) -> int:
    """
    Make a branch; return its number.

    Parameters
    ----------
    owns : sequence of int
        Nodes that go into it.
    parent : int, optional
        The branch it belongs to; the top of the tree unless given.
    """
    return _make(project, "make branch", is_branch=True, name=name, parent=parent, owns=owns)


def _make(
    project: Project, verb: str, *, is_branch: bool, name: str | None, parent: int | None, owns: Sequence[int]
) -> int:
    with decision(project, verb) as edit:
        if parent is not None:
            tree.get_branch(edit.conn, parent)
        node_id = edit.add_node(is_branch=is_branch, name=clean(name), parent_id=parent)
        for child in owns:
            _move_below(edit, child, node_id)
        edit.node_id = node_id
        edit.detail = {"owns": list(owns)}
    return node_id


def move_node(project: Project, node_id: Nodes, parent: int | None) -> None:
    """
    Put a node, or several, into a branch, or at the top (None).

    Raises
    ------
    DecisionError
        If the branch lies below a node itself.
    """
    with decision(project, "move node") as edit:
        for one in _about(edit, node_id):
            _move_below(edit, one, parent)
        edit.detail |= {"parent": parent}


def dissolve(project: Project, node_id: Nodes) -> None:
    """
    Remove a branch or an empty morph (or several); what a branch owns goes to the branch above it.

    Nodes that had their kind from the branch keep it.
    """
    with decision(project, "dissolve") as edit:
        for one in _about(edit, node_id):
            _dissolve(edit, one)


def _dissolve(edit: Edit, node_id: int) -> None:
    node = tree.get(edit.conn, node_id)
    count = len(tree.read_members(edit.conn, node_id))
    if count:
        message = f"{node.title} has {count} members. Merge it into another morph instead."
        raise DecisionError(message)
    for child in tree.children(tree.read_nodes(edit.conn), node_id):
        edit.change_node(child.node_id, parent_id=node.parent_id, kind=child.kind or node.kind)
    rejected = rejected_from(edit, node_id)
    edit.forget_rejection(rejected, node_id)
    for row in edit.conn.execute("SELECT seed_id, state FROM seed WHERE node_id = ?", (node_id,)).fetchall():
        edit.judge_seed(row["seed_id"], row["state"], None)
    edit.remove_node(node_id)


def accept_arrangement(
    project: Project, groups: Sequence[Sequence[int]], *, names: Sequence[str | None] | None = None
) -> list[int]:
    """
    Make a branch of each group of nodes, in one decision; return the branches' numbers.

    Parameters
    ----------
    groups : sequence of sequence of int
        As :func:`morphoexplore.steps.arrange` proposes them; a group of one stays where it is.
    names : sequence of str or None, optional
        The name of each group's branch; None leaves it without.

    Raises
    ------
    DecisionError
        If there are not as many names as groups.
    """
    titles = [None] * len(groups) if names is None else [clean(text) for text in names]
    if len(titles) != len(groups):
        message = f"{len(groups)} branches need a name, or None, for each of them, not {len(titles)}."
        raise DecisionError(message)
    made = []
    with decision(project, "arrange") as edit:
        for group, title in zip((list(dict.fromkeys(group)) for group in groups), titles, strict=True):
            if len(group) < 2:
                continue
            parents = {tree.get(edit.conn, node_id).parent_id for node_id in group}
            parent = parents.pop() if len(parents) == 1 else None
            made.append(edit.add_node(is_branch=True, name=title, parent_id=parent))
            for node_id in group:
                _move_below(edit, node_id, made[-1])
        edit.detail = {"branches": made}
    return made


def _move_below(edit: Edit, node_id: int, parent: int | None) -> None:
    node = tree.get(edit.conn, node_id)
    if parent is not None:
        branch = tree.get_branch(edit.conn, parent)
        if node_id == parent:
            message = f"{node.title} cannot go into itself."
            raise DecisionError(message)
        above = branch.parent_id
        while node.is_branch and above is not None:  # a morph has nothing below it
            if above == node_id:
                message = f"{node.title} cannot go into {branch.title}, which lies below it."
                raise DecisionError(message)
            above = tree.get(edit.conn, above).parent_id
    edit.change_node(node_id, parent_id=parent)
