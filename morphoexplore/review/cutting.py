"""One seed that holds several forms: cut in parts by the machine, confirmed as several morphs by the person."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from morphoexplore.errors import DecisionError, StepMissingError
from morphoexplore.methods import arranging, cutting
from morphoexplore.review import asking
from morphoexplore.review.judging import PROPOSED
from morphoexplore.review.parts import Objects, clean, free_of, within
from morphoexplore.store import morphospace, questions, seeds, tree
from morphoexplore.store.history import decision
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project
from morphoexplore.store.seeds import SeedIndex


def propose_parts(
    project: Project,
    seed_id: int,
    *,
    parts: int = 2,
    membership: Membership | None = None,
    index: SeedIndex | None = None,
    vectors: np.ndarray | None = None,
) -> list[np.ndarray]:
    """
    Cut the free objects of a seed into parts of like form, largest first, each from typical to strange as in the seed.

    Two parts are the two sides of the highest split of the seed's own condensed tree, over the stored neighbours; where
    it has no split, and for more parts, Ward's clustering cuts. Seeds of plankton from a camera that hold several
    labels: the largest label of each part has .60 of it before, .65 after a cut in two by the tree (Ward .64, at random
    .61; 94 seeds); in three, .63 by Ward and .60 by the tree (20 seeds). Nothing is stored.

    Parameters
    ----------
    membership, index, vectors : optional
        What a server keeps in memory; read from the project unless given.

    Raises
    ------
    DecisionError
        If the seed has fewer free objects with features than parts.
    StepMissingError
        If the project has no morphospace yet.
    """
    vectors = morphospace.read_pca(project) if vectors is None else vectors
    node = (membership or Membership(project)).node
    objects = (index or SeedIndex(project)).objects_of(seed_id)
    objects = objects[(node[objects] == tree.FREE) & (objects < len(vectors))]
    objects = objects[np.isfinite(vectors[objects]).all(axis=1)]
    if not 2 <= parts <= len(objects):
        message = f"Seed {seed_id} has {len(objects)} free objects with features; it cannot be cut into {parts} parts."
        raise DecisionError(message)
    cut = _by_tree(project, objects, vectors) if parts == 2 else None
    if cut is None:
        cut = arranging.cut_in_parts(vectors[objects], parts)
    return [objects[cut == part] for part in range(cut.max() + 1)]


def confirm_parts(
    project: Project,
    seed_id: int,
    parts: Sequence[Objects],
    *,
    names: Sequence[str | None] | None = None,
    shown: Objects = (),
) -> list[int]:
    """
    Confirm parts of a seed as morphs of their own, in one decision; return the morphs' numbers.

    What is in no part stays free, and nothing is remembered of it. The seed counts as confirmed; of its morphs it
    names the first, which is flagged with the question that was put on the seed.

    Parameters
    ----------
    parts : sequence of objects
        Objects of the seed, none in two parts.
    names : sequence of str or None, optional
        The name of each morph.
    shown : objects
        Those whose image the person saw: ``looked``, the others come in as ``seed``.

    Raises
    ------
    DecisionError
        If the seed was judged before, an object is not of the seed or in two parts, or nothing of a part is free.
    """
    objects = seeds.objects_of(project, seed_id)
    groups = [within(objects, part, f"seed {seed_id}", project) for part in parts]
    titles = [None] * len(groups) if names is None else [clean(text) for text in names]
    if not groups or len(titles) != len(groups):
        message = f"Give one part at least, and a name or None for each; not {len(groups)} parts and {len(titles)} names."
        raise DecisionError(message)
    together = np.concatenate(groups)
    if len(np.unique(together)) < len(together):
        message = "An object cannot be in two parts."
        raise DecisionError(message)
    seen = np.intersect1d(within(objects, shown, f"seed {seed_id}", project), together)
    made, members = [], 0
    with decision(project, "confirm parts") as edit:
        seed = seeds.get(edit.conn, seed_id)
        if seed.state != "pending":
            message = (
                f"Seed {seed_id} is {seed.state} already. Undo that decision first, or choose a pending seed."
            )
            raise DecisionError(message)
        for group, title in zip(groups, titles, strict=True):
            kept = free_of(edit, group)
            if not len(kept):
                message = f"Nothing of one part of seed {seed_id} is free any more. Leave it out."
                raise DecisionError(message)
            node_id = edit.add_node(is_branch=False, name=title)
            looked = np.intersect1d(kept, seen)
            edit.assign(np.setdiff1d(kept, seen), node_id, origin="seed")
            edit.assign(looked, node_id, origin="looked")
            edit.look(looked, "right", purpose="review", drawn=PROPOSED, node_id=node_id, seed_id=seed_id)
            made.append(node_id)
            members += len(kept)
        edit.judge_seed(seed_id, "confirmed", made[0])
        edit.seed_id = seed_id
        asking.pass_on(edit, made[0], questions.asked(edit.conn).get(seed_id))
        edit.detail |= {"parts": made, "members": members, "looked": len(seen)}
    return made


def _by_tree(project: Project, objects: np.ndarray, vectors: np.ndarray) -> np.ndarray | None:
    """Cut objects in two by their condensed tree; None where it has no split, or no neighbours are stored."""
    try:
        neighbours, distances = morphospace.read_neighbours(project)
    except StepMissingError:
        return None
    if len(neighbours) <= objects.max():
        return None
    place = np.full(len(vectors) + 1, -1, np.int64)  # the last stands for "no neighbour"
    place[objects] = np.arange(len(objects))
    return cutting.cut_by_density(vectors[objects], place[neighbours[objects]], distances[objects], 2)
