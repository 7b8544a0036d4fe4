"""
Short verbs: one person, one decision, one transaction.

Every function here is one decision: it changes seeds, members and the tree, and enters what was looked at,
all or nothing. :func:`undo` takes the last one back.
"""

from __future__ import annotations

from morphoexplore.review.judging import confirm, discard
from morphoexplore.review.members import (
    candidates,
    grow,
    merge,
    move,
    propose_split,
    reject,
    split,
    split_in_parts,
)
from morphoexplore.review.nodes import (
    accept_arrangement,
    complete,
    describe,
    dissolve,
    flag,
    identify,
    kind,
    make_branch,
    make_morph,
    move_node,
    name,
    name_many,
)
from morphoexplore.store.history import redo, undo

__all__ = [
    "accept_arrangement",
    "candidates",
    "complete",
    "confirm",
    "describe",
    "discard",
    "dissolve",
    "flag",
    "grow",
    "identify",
    "kind",
    "make_branch",
    "make_morph",
    "merge",
    "move",
    "move_node",
    "name",
    "name_many",
    "propose_split",
    "redo",
    "reject",
    "split",
    "split_in_parts",
    "undo",
]
