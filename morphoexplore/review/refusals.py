"""Which objects of refused seeds count against a morph, and which are still to be judged."""

from __future__ import annotations

import numpy as np

from morphoexplore.methods.mixtures import MIXED_FROM
from morphoexplore.store.seeds import SeedIndex

HELD = 0.1  # share of a mixture that a morph holds, from which what is left of the mixture may be of the morph as well


def refused_for(index: SeedIndex, node: np.ndarray, node_id: int) -> np.ndarray:
    """
    Return the objects of refused seeds that count against a morph.

    A large seed is refused because it is a mixture, and is proposed again in parts. Where a part went to the morph, the
    rest of the mixture is likely to hold more of the same: it is neutral, though it was refused, and though a large part of
    it was refused in turn. A small seed that was refused is not what the morph is.

    Parameters
    ----------
    index : SeedIndex
    node : array of int
        Morph of every object, -1 where it is free.
    node_id : int
        The morph.

    Returns
    -------
    objects : array of int
        Sorted; members of morphs among them.
    """
    large: dict[bool, list[np.ndarray]] = {False: [], True: []}
    is_against = np.zeros(len(node), bool)
    small = []
    for objects in index.discarded_groups():
        if len(objects) <= MIXED_FROM:
            small.append(objects)
            continue
        is_held = node[objects] == node_id
        large[bool(is_held.mean() >= HELD)].append(objects)
    for groups, counts in ((large[False], True), (large[True], False), (small, True)):
        for objects in groups:
            is_against[objects] = counts
    return np.flatnonzero(is_against)
