"""What growing each morph would probably bring: a glance at the stored neighbour graph."""

from __future__ import annotations

import numpy as np

from morphoexplore.methods.growing import GLANCE, REFUSED


def expected_yields(
    morph: np.ndarray, neighbours: np.ndarray, others: np.ndarray | None = None
) -> dict[int, int]:
    """
    Count the free objects that growing each morph would probably bring: a glance at the stored graph.

    A free object counts for a morph that holds more of its stored neighbours than any other, and than what was refused,
    and a third of all. Of very many some are counted.

    Parameters
    ----------
    morph : array of int, shape (n_objects,)
        Morph of every object, -1 where it is free.
    neighbours : array of int, shape (n_objects, k)
        The stored neighbour graph, -1 where there is none.
    others : array of int, optional
        Objects of discarded seeds.

    Returns
    -------
    yields : dict of int to int
        Morphs that would gain anything.

    Examples
    --------
    >>> expected_yields(np.array([4, 4, -1, -1]), np.array([[1, 2], [0, 2], [0, 1], [2, -1]]))
    {4: 1}
    """
    free = np.flatnonzero(morph[: len(neighbours)] < 0)
    step = max(1, len(free) // GLANCE)
    found = neighbours[free[::step]]
    code = morph.copy()
    if others is not None:  # they count together, as if they were one more morph
        code[others[morph[others] < 0]] = REFUSED
    nodes = np.sort(np.where(found >= 0, code[found], -1), axis=1)
    # The longest run of equal numbers in each sorted row; of equal ones the first, so that what was refused wins.
    best, most = np.full(len(nodes), -1), np.zeros(len(nodes), np.int64)
    run = np.zeros(len(nodes), np.int64)
    for place in range(nodes.shape[1]):
        is_same = place > 0 and nodes[:, place] == nodes[:, place - 1]
        run = np.where(is_same, run + 1, 1)
        is_better = (nodes[:, place] != -1) & (run > most)
        best[is_better], most[is_better] = nodes[is_better, place], run[is_better]
    winners, counts = np.unique(best[(best >= 0) & (most >= neighbours.shape[1] / 3)], return_counts=True)
    return dict(zip(winners.tolist(), (step * counts).tolist(), strict=True))
