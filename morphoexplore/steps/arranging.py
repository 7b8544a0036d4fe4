"""``arrange``: a proposal for the tree; ``name``: many names at once from a CSV."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from morphoexplore import review
from morphoexplore.methods.arranging import propose_branches
from morphoexplore.reading.names import read_names
from morphoexplore.steps.overview import refuse_without_morphs
from morphoexplore.store import morphospace, tree
from morphoexplore.store.project import Project
from morphoexplore.store.schema import KINDS

MOST_MEMBERS = 2000  # of a morph, beyond which a part of them gives the same centroid


def arrange(project: Project, *, groups: int | None = None, below: int | None = None) -> list[list[int]]:
    """
    Propose branches: morphs of like form together. Nothing is stored; see :func:`review.accept_arrangement`.

    Parameters
    ----------
    groups : int, optional
        How many groups; about the square root of twice the number of morphs unless given.
    below : int, optional
        The branch whose morphs to group; those at the top of the tree unless given.

    Returns
    -------
    groups : list of list of int
        Numbers of the morphs of each group, largest group first.

    Raises
    ------
    StepMissingError
        If there are no morphs, or no embedding, yet.
    """
    refuse_without_morphs(project)
    vectors = morphospace.read_pca(project)
    leaves = [node.node_id for node in tree.children(tree.nodes(project), below) if not node.is_branch]
    node, _ = tree.membership(project)
    node = node[: len(vectors)]
    chosen = []
    for leaf in leaves:
        rows = np.flatnonzero(node == leaf)
        rows = rows[np.isfinite(vectors[rows]).all(1)]
        chosen.append(rows[:: max(1, len(rows) // MOST_MEMBERS)])
    rows = np.concatenate([np.empty(0, np.int64), *chosen])
    return propose_branches(np.asarray(vectors[rows], dtype=np.float64), node[rows], groups=groups)


def name_from_csv(project: Project, path: Path | str) -> int:
    """
    Name many nodes from a CSV, in one decision; return how many were changed.

    Parameters
    ----------
    path : Path or str
        Columns ``node_id`` and any of ``name, kind, taxon, ecotaxa_id, aphia_id, taxon_type, description``; an empty cell
        leaves what is there.

    Raises
    ------
    SourceError
        If the file cannot be used; the sentence says which line.
    DecisionError
        If a node does not exist, or nothing would change.
    """
    return review.name_many(project, read_names(Path(path), known=set(tree.nodes(project)), kinds=KINDS))
