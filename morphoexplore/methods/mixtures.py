"""
Large seeds that turned out to be mixtures: they are proposed again, in parts.

What a person refused, or cut most of, is judged by its parts: until then it is neither a morph nor evidence against one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from morphoexplore.methods.arranging import cut_in_parts
from morphoexplore.methods.clustering import Graph, symmetric_graph
from morphoexplore.methods.proposing import Seeds, described, no_seeds

MIXED_FROM = 150
"""Objects of a seed beyond which it is a mixture where it is refused."""
PARTS = ((600, 8), (300, 4), (MIXED_FROM, 2))  # a mixture of more objects than this falls into so many


def parts_of(size: int) -> int:
    """
    Return in how many parts a mixture of *size* objects is proposed again; 1 for one that is not.

    Examples
    --------
    >>> parts_of(150), parts_of(151), parts_of(2000)
    (1, 2, 8)
    """
    return next((parts for most, parts in PARTS if size > most), 1)


def in_parts(
    vectors: NDArray[np.float32],
    mixed: Sequence[ArrayLike],
    *,
    min_size: int,
    refused: Sequence[ArrayLike] = (),
    graph: Graph,
) -> Seeds:
    """
    Propose groups that are mixtures in compact parts (Ward), the more the larger they are.

    Dense groups are found by density alone, which joins forms that differ little. What a person refused for it falls into
    parts that are mostly of one form, though none is denser than the rest (`benchmarks/sorting.py`).

    Parameters
    ----------
    vectors, graph
        As for `find_seeds`.
    mixed : sequence of arrays of int
        Row numbers of each group; small ones are left out. Where two overlap, the last counts.
    min_size : int
        What the seeds will be said to have been sought by.
    refused : sequence of arrays of int
        As for `find_seeds`: a part that is mostly the refused group again is left out.

    Returns
    -------
    Seeds
        Dense ones first; none where no group is large.
    """
    labels = np.full(len(vectors), -1, np.int32)
    for group in map(np.asarray, mixed):
        parts = parts_of(len(group))
        if parts > 1:
            labels[group] = cut_in_parts(vectors[group], parts) + labels.max() + 1
    if not (labels >= 0).any():
        return no_seeds(len(vectors), min_size, "")
    found = described(labels, vectors, graph, symmetric_graph(*graph), list(refused), min_size, [])
    note = f"{len(found)} {'seed is a part' if len(found) == 1 else 'seeds are parts'} of what the last round showed to be mixtures."
    return replace(found, notes=[note] if len(found) else [])
