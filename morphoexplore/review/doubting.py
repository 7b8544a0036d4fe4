"""
A second look: members that lie farther from their own morph than from the others.

Whoever clicks errs now and then, and an image that was taken for right is never shown again. Its neighbours tell: most of
them are in another morph. A shortlist by the stored neighbours is ordered as candidates are, by the distance to the nearest
members over the distance to the nearest of anything else. Tried on 3105 members in 14 morphs of plankton from a camera, of
which 5 % were put into another morph at random: of the first 60 that are shown .98 are wrong, of the first 120 .87. What looks just like
another form is not found in this way; audits tell how many there are.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from morphoexplore.errors import DecisionError
from morphoexplore.methods.outlying import outliers
from morphoexplore.review.parts import Objects, by_morph, existing, refuse_both
from morphoexplore.store import morphospace, seeds, tree
from morphoexplore.store.history import STANDING_LOOKS, decision
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project

DRAWN = "farther from its morph than from others"  # of a look; who was looked at so is not shown again
MOST = 5000  # members whose distances are measured


def doubts(
    project: Project,
    *,
    most: int = 500,
    random_state: int = 0,
    membership: Membership | None = None,
    vectors: np.ndarray | None = None,
    neighbours: np.ndarray | None = None,
    index: seeds.SeedIndex | None = None,
) -> pd.DataFrame:
    """
    Return members that may be in their morph by mistake, the likeliest first. Nothing is stored.

    Parameters
    ----------
    most : int
        How many at most.
    random_state : int
        Draws the members that stand for very many.
    membership, vectors, neighbours, index : optional
        What a server keeps in memory; read from the project unless given.

    Returns
    -------
    doubts : DataFrame
        ``object``; ``node_id``, its morph; ``like``, the morph that most of its neighbours are in, -1 where they were
        refused with a seed; ``evidence``, its distance to the nearest members over that to anything else that is known:
        above 1. Who got a second look in that morph before is left out.

    Raises
    ------
    StepMissingError
        If the project has no morphospace yet.
    """
    vectors = morphospace.read_pca(project) if vectors is None else vectors
    neighbours = morphospace.read_neighbours(project)[0] if neighbours is None else neighbours
    node = (tree.membership(project)[0] if membership is None else membership.node)[: len(vectors)]
    refused = (index or seeds.SeedIndex(project)).discarded()
    refused = refused[refused < len(node)]
    refused = refused[node[refused] == tree.FREE]
    found = outliers(
        vectors,
        morph=node,
        others=refused,
        neighbours=neighbours[: len(node)],
        left_out=looked_at_again(project, node),
        most=MOST,
        random_state=random_state,
    )
    table = pd.DataFrame(
        {
            "object": found.objects,
            "node_id": node[found.objects],
            "like": found.like,
            "evidence": found.evidence,
        }
    )
    return table[table["evidence"] > 1].head(most).reset_index(drop=True)


def look_again(
    project: Project, shown: Objects, *, wrong: Objects = (), moved: Iterable[tuple[int, int]] = ()
) -> None:
    """
    Say which members are in their morph by mistake, after a second look; the others are right.

    Parameters
    ----------
    shown : objects
        Members whose image the person saw.
    wrong : objects
        Those of them that leave their morph: they are free again, and it is remembered.
    moved : pairs of object and morph
        Those of them that go to another morph.

    Raises
    ------
    DecisionError
        If an object is in no morph any more, is both wrong and moved, or stays where it is.
    """
    pairs = dict(moved)
    shown, wrong, gone = existing(project, shown), existing(project, wrong), existing(project, list(pairs))
    refuse_both(project, wrong, gone, "free and of another morph")
    leaving = np.union1d(wrong, gone)
    shown = np.union1d(shown, leaving)
    with decision(project, "look again") as edit:
        groups = by_morph(edit, shown)
        if sum(len(group) for _, group in groups) < len(shown):
            message = "Some of these are in no morph any more. Look again, then decide."
            raise DecisionError(message)
        former = {int(one): node_id for node_id, group in groups for one in group}
        if any(former[one] == to for one, to in pairs.items()):
            message = "One of these is in that morph already, and cannot go to it. Look again, then decide."
            raise DecisionError(message)
        edit.detail = {"shown": len(shown), "wrong": len(wrong), "moved": len(gone)}
        for node_id, group in groups:
            left = np.intersect1d(group, leaving)
            right = np.setdiff1d(group, leaving)
            edit.look(right, "right", purpose="review", drawn=DRAWN, node_id=node_id)
            edit.assign(right, node_id, origin="looked")
            edit.release(left)
            edit.reject(left, node_id)
            edit.look(left, "wrong", purpose="review", drawn=DRAWN, node_id=node_id)
        for node_id in sorted(set(pairs.values())):
            tree.get_leaf(edit.conn, node_id)
            came = np.array(sorted(one for one, to in pairs.items() if to == node_id), np.int64)
            edit.forget_rejection(came, node_id)
            edit.assign(came, node_id, origin="looked")
            edit.look(came, "right", purpose="review", drawn=DRAWN, node_id=node_id)


def looked_at_again(project: Project, node: np.ndarray) -> np.ndarray:
    """Return who got a second look in the morph that it is in now; *node* is the morph of every object."""
    with project.read() as conn:
        rows = conn.execute(
            f"SELECT object, node_id FROM ({STANDING_LOOKS}) WHERE drawn = ? AND answer = 'right'", (DRAWN,)
        ).fetchall()
    if not rows:
        return np.empty(0, np.int64)
    objects, nodes = np.array([tuple(row) for row in rows], np.int64).T
    is_known = objects < len(node)
    objects, nodes = objects[is_known], nodes[is_known]
    return np.unique(objects[node[objects] == nodes])
