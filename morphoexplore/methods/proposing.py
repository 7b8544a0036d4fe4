"""What is known of seeds that are proposed: their order, their members from typical to strange, which were refused before."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from morphoexplore.methods.clustering import Graph
from morphoexplore.methods.neighbours import nearest_neighbours

SAME_SEED, PART_OF_SEED = 0.5, 0.8  # Jaccard, containment
ISLAND_OTHERS = 5_000


@dataclass(frozen=True, eq=False)
class Seeds:
    """
    Seeds over n objects, numbered in the order in which to show them.

    Dense seeds come first; seeds that mostly lie inside a discarded one come last, dense first.
    """

    labels: NDArray[np.int32]
    """Number of the seed of every object, -1 where it is in none, shape (n,)."""
    sizes: NDArray[np.int32]
    """Objects per seed, shape (m,)."""
    density: NDArray[np.float32]
    """Mean distance of a seed's members to their 5 nearest objects, small = dense, shape (m,)."""
    strangeness: NDArray[np.float32]
    """Mean distance to the 5 nearest of the own seed over that to the 5 nearest others (among those that the
    neighbour graph joins to the seed), small = typical, NaN outside of seeds, shape (n,)."""
    revisits: NDArray[np.bool_]
    """Seeds of which at least 80 % lie in one discarded seed, shape (m,)."""
    min_size: int
    """Smallest group that the clustering was allowed to call a seed, after the guard."""
    notes: list[str] = field(default_factory=list)
    """What the user should know about this result, in sentences."""

    def __len__(self) -> int:
        """Give the number of seeds."""
        return len(self.sizes)

    def members(self, seed: int) -> NDArray[np.intp]:
        """Row numbers of a seed's objects, most typical first."""
        rows = np.flatnonzero(self.labels == seed)
        return rows[np.argsort(self.strangeness[rows], kind="stable")]


def no_seeds(n: int, min_size: int, note: str) -> Seeds:
    """Return what there is where nothing was found, and why."""
    return Seeds(
        labels=np.full(n, -1, np.int32),
        sizes=np.empty(0, np.int32),
        density=np.empty(0, np.float32),
        strangeness=np.full(n, np.nan, np.float32),
        revisits=np.empty(0, dtype=bool),
        min_size=min_size,
        notes=[note],
    )


def described(
    labels: NDArray[np.int32],
    vectors: NDArray[np.float32],
    graph: Graph,
    edges: sparse.csr_array[Any, tuple[int, int]],
    refused: list[ArrayLike],
    min_size: int,
    notes: list[str],
) -> Seeds:
    """Leave out what was discarded before, order the rest and describe it."""
    labels = _numbered(labels)
    again, inside = _overlaps(labels, refused)
    if again.any():
        notes.append(
            f"Left out {int(again.sum())} that {'was' if again.sum() == 1 else 'were'} refused before."
        )
    density = _density(labels, graph[1])
    shown = np.flatnonzero(~again)
    order = shown[np.lexsort((density[shown], inside[shown]))]
    if not len(order):
        notes.append("No dense groups were found; try a smaller minimum size or other features.")
    rank = np.full(len(again) + 1, -1, np.int32)
    rank[order] = np.arange(len(order))
    labels = rank[labels]  # the last place of rank answers for label -1
    return Seeds(
        labels=labels,
        sizes=np.bincount(labels[labels >= 0], minlength=len(order)).astype(np.int32),
        density=density[order],
        strangeness=_strangeness(labels, vectors, edges),
        revisits=inside[order],
        min_size=min_size,
        notes=notes,
    )


def _numbered(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Close the gaps that trimming left in the numbers."""
    numbers, numbered = np.unique(labels, return_inverse=True)
    return (numbered - int((numbers < 0).any())).astype(np.int32)


def _overlaps(
    labels: NDArray[np.int32], refused: list[ArrayLike]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Mark seeds that are a discarded one again, and seeds that lie inside of a discarded one."""
    sizes = np.bincount(labels[labels >= 0], minlength=int(labels.max(initial=-1)) + 1)
    again, inside = np.zeros(len(sizes), dtype=bool), np.zeros(len(sizes), dtype=bool)
    for rows in refused:
        rows = np.unique(np.asarray(rows, dtype=np.int64))
        if len(rows) and (rows[0] < 0 or rows[-1] >= len(labels)):
            message = f"A discarded seed has row {rows[-1]}, but there are {len(labels)} objects"
            raise ValueError(message)
        found = labels[rows]
        shared = np.bincount(found[found >= 0], minlength=len(sizes))
        again |= shared >= SAME_SEED * (sizes + len(rows) - shared)
        inside |= shared >= PART_OF_SEED * sizes
    return again, inside & ~again


def _density(labels: NDArray[np.int32], distances: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean distance to the 5 nearest objects, averaged over each seed."""
    near = distances[:, :5].mean(axis=1, dtype=np.float64)
    kept = labels >= 0
    count = int(labels.max(initial=-1)) + 1
    totals = np.bincount(labels[kept], near[kept], minlength=count)
    return (totals / np.bincount(labels[kept], minlength=count).clip(1)).astype(np.float32)


def _strangeness(
    labels: NDArray[np.int32],
    vectors: NDArray[np.float32],
    edges: sparse.csr_array[Any, tuple[int, int]],
) -> NDArray[np.float32]:
    """Distance to the own seed over distance to others, for every member of a seed."""
    strangeness = np.full(len(labels), np.nan, np.float32)
    order = np.argsort(labels, kind="stable")
    bounds = np.searchsorted(labels[order], np.arange(labels.max(initial=-1) + 2))
    for start, stop in pairwise(bounds):
        members = order[start:stop]
        others = _surroundings(members, labels, edges)
        own = _mean_distance(nearest_neighbours(vectors[members], 5)[1])
        away = _mean_distance(nearest_neighbours(vectors[others], 5, queries=vectors[members])[1])
        both_zero = (own == 0) & (away == 0)  # identical to members and to others alike
        ratio = np.where(both_zero, 1.0, own / np.maximum(away, 1e-6 * own + 1e-30))
        strangeness[members] = ratio
    return strangeness


def _surroundings(
    members: NDArray[np.intp],
    labels: NDArray[np.int32],
    edges: sparse.csr_array[Any, tuple[int, int]],
) -> NDArray[np.intp]:
    """
    Objects outside a seed that an edge of the graph joins to it.

    For an island, which has fewer than 5, all others stand in, or 5000 of them at even steps: they are far
    away, and their distances hardly depend on how many there are.
    """
    own = labels[members[0]]
    adjacent = np.unique(edges[members].indices)
    adjacent = adjacent[labels[adjacent] != own]
    if len(adjacent) >= 5:
        return adjacent
    others = np.flatnonzero(labels != own)
    return others[:: max(1, -(-len(others) // ISLAND_OTHERS))]


def _mean_distance(distances: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean per row; infinite where there is nobody to measure to."""
    if not distances.shape[1]:
        return np.full(len(distances), np.inf)
    return np.asarray(distances.mean(axis=1, dtype=np.float64))


def spread(found: Seeds, rows: NDArray[np.intp], n: int) -> Seeds:
    """Return seeds of some *rows* as seeds of all n."""
    labels, strangeness = np.full(n, -1, np.int32), np.full(n, np.nan, np.float32)
    labels[rows], strangeness[rows] = found.labels, found.strangeness
    return replace(found, labels=labels, strangeness=strangeness)


def joined(first: Seeds, then: Seeds, rows: NDArray[np.intp]) -> Seeds:
    """Return seeds and, after them, others that were found among some *rows*."""
    labels, strangeness = first.labels.copy(), first.strangeness.copy()
    inside = then.labels >= 0
    labels[rows[inside]] = then.labels[inside] + len(first)
    strangeness[rows[inside]] = then.strangeness[inside]
    return Seeds(
        labels=labels,
        sizes=np.concatenate([first.sizes, then.sizes]),
        density=np.concatenate([first.density, then.density]),
        strangeness=strangeness,
        revisits=np.concatenate([first.revisits, then.revisits]),
        min_size=first.min_size,
        notes=[*first.notes, *then.notes],
    )
