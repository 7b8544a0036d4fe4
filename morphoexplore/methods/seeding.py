"""
Seeds: dense groups of objects that nobody has looked at yet.

HDBSCAN, leaf selection, on the symmetrised graph of the 15 nearest neighbours in the first 32 principal
components. Chosen and measured on labelled plankton in `reference/seeding.md`; the graph gives the labels of
exact HDBSCAN at a fraction of its time, and needs no random numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from morphoexplore.methods.arranging import cut_in_parts
from morphoexplore.methods.clustering import (
    SMALLEST_SEED,
    TRIM_K,
    Array,
    Cut,
    Graph,
    Selection,
    cluster_graph,
    symmetric_graph,
    tree_cut,
    trim,
    umap_cut,
)
from morphoexplore.methods.neighbours import nearest_neighbours
from morphoexplore.methods.rows import row_factor

Space = Literal["pca", "umap"]

GRAPH_K = 15  # neighbours of the graph that is clustered
TRIM_SHARE = {"pca": 0.0, "umap": 0.2}
"""Company that a member needs. Where the person says how far a seed is good, what is trimmed off is lost work."""
FEWEST_OBJECTS = 50
COLLAPSE_SHARE, COLLAPSE_SIZE = 0.50, 200
PAGE_OF_SEEDS = 6  # rows that a page of strips has, of 16 images each
LARGE_SEED, LARGE_SHARE, LEAST_SHARE = 128, 0.02, 0.0025  # of the first round, see default_min_size
SAME_SEED, PART_OF_SEED = 0.5, 0.8  # Jaccard, containment
ISLAND_OTHERS = 5_000
LONGER = (
    (600, 8),
    (300, 4),
    (150, 2),
)  # objects beyond which a seed is shown by so many times as many images
NULL_ROWS = 200_000  # beyond, the null ratio is that of a random part
NULL_DRAWS, NULL_DRAW_ROWS = 4, 20_000
"""Permutations that the null is the mean of, and the rows up to which: fewer hold few groups, so one is as good as chance."""


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


def default_min_size(n: int, round_number: int = 1) -> int:
    """
    Give the smallest seed size of a round: high first, then half of it in every later round.

    The few large seeds of the first rounds hold most objects (`benchmarks/sorting.py`). It begins at 2 % of them, but at
    128 where that is more, and at 0.25 % where that is more than 128; at 16 at least.

    Parameters
    ----------
    n : int
        Objects in the collection (of the first round, so that the ladder does not slip).
    round_number : int
        Round, from 1.

    Examples
    --------
    >>> [default_min_size(20_000, number) for number in (1, 2, 3, 4, 5, 6)]
    [128, 64, 32, 16, 8, 5]
    """
    first = max(16, min(LARGE_SEED, int(LARGE_SHARE * n)), round(LEAST_SHARE * n))
    return max(SMALLEST_SEED, first >> (max(1, round_number) - 1))


def find_seeds(
    vectors: NDArray[np.float32],
    *,
    min_size: int | None = None,
    min_samples: int = 2,
    selection: Selection = "leaf",
    space: Space = "pca",
    dims: int = 32,
    random_state: int = 0,
    refused: Iterable[ArrayLike] = (),
    graph: Graph | None = None,
    full_neighbours: Array | None = None,
) -> Seeds:
    """
    Propose seeds among objects.

    Parameters
    ----------
    vectors : array of float32, shape (n, d)
        Finite scores of the free objects in the morphospace, first principal component first.
    min_size : int, optional
        Smallest seed before trimming; by default that of the first round, `default_min_size`.
    min_samples : int
        See `cluster_graph`; 2 was best but for the last round (1).
    selection : {"leaf", "eom"}
        See `cluster_graph`.
    space : {"pca", "umap"}
        Cluster the neighbour graph of the first *dims* columns, or a five-dimensional UMAP of it.
    dims : int
        Columns in which neighbours are sought for clustering. All columns serve trimming and strangeness.
    random_state : int
        Used by UMAP only.
    refused : list of arrays of int
        Row numbers of discarded seeds. A seed that shares half of the union with one of them (Jaccard
        >= 0.5) is not proposed again; one that lies in it to 80 % is proposed last.
    graph : pair of arrays (indices, distances), shape (n, >= 15), optional
        Nearest neighbours among the same rows in the first *dims* columns, if at hand.
    full_neighbours : array of int, shape (n, >= 10), optional
        Nearest neighbours among the same rows in all columns, if at hand.

    Returns
    -------
    Seeds
        With no seeds and a note where there are too few objects or no dense groups.

    Raises
    ------
    ValueError
        If a graph or a refused seed does not belong to these rows, or an option has no such value.

    Notes
    -----
    Guard: a clustering in which one seed holds more than half of the objects (and more than 200) has
    collapsed. min_size is halved until it has not; if that fails, UMAP and "eom" are given up for PCA and
    "leaf". Every such change is noted.
    """
    _check_options(selection, space)
    n = len(vectors)
    size = default_min_size(n) if min_size is None else max(2, min_size)
    if n < FEWEST_OBJECTS:
        return _no_seeds(n, size, f"{n} objects are too few to look for seeds (at least {FEWEST_OBJECTS}).")
    vectors = np.asarray(vectors, dtype=np.float32)
    graph, full_neighbours = neighbourhoods(vectors, dims, graph, full_neighbours, space=space)
    edges = symmetric_graph(*graph)
    notes: list[str] = []
    cut = (
        umap_cut(vectors[:, :dims], graph, min_samples, selection, random_state)
        if space == "umap"
        else tree_cut(edges, min_samples, selection)
    )
    labels, used = _guarded(cut, size, notes)
    if _collapsed(labels) and (space == "umap" or selection == "eom"):
        notes.append(f"The {space} {selection} clustering collapsed at every size; used pca leaf instead.")
        space, selection = "pca", "leaf"
        labels, used = _guarded(tree_cut(edges, min_samples, selection), size, notes)
    if _collapsed(labels):
        share = _biggest(labels) / n
        notes.append(f"One seed still holds {share:.0%} of the objects; other features may separate more.")
    labels = _trimmed(labels, full_neighbours, space)
    return _described(labels, vectors, graph, edges, list(refused), used, notes)


def fill_page(
    vectors: NDArray[np.float32],
    sizes: Sequence[int],
    *,
    min_samples: int,
    selection: Selection = "leaf",
    space: Space = "pca",
    random_state: int = 0,
    refused: Sequence[ArrayLike] = (),
    mixed: Sequence[ArrayLike] = (),
    graph: Graph,
    full_neighbours: Array | None = None,
) -> Seeds:
    """
    Propose seeds of the first size that has any; where they do not fill a page, smaller ones of the rest as well.

    Few seeds hold much and are often mixtures: alone they would leave a person with hardly anything to judge.

    Parameters
    ----------
    vectors : array of float32, shape (n, d)
        As for `find_seeds`, as are the other parameters.
    sizes : sequence of int
        Minimum sizes to try, from large to small.
    mixed : sequence of arrays of int
        Row numbers of groups that the last round showed to be mixtures. They are proposed in compact parts
        (`in_parts`), and no other seeds are sought in them.

    Returns
    -------
    Seeds
        Those of the larger sizes first. Their ``min_size`` is that of the first size that had any.
    """
    parts = in_parts(vectors, mixed, min_size=sizes[0], refused=refused, graph=graph)
    rows = np.flatnonzero(parts.labels < 0)
    options: dict[str, Any] = {"min_samples": min_samples, "selection": selection, "space": space}
    options |= {"random_state": random_state}
    page: Seeds | None = None
    for size in sizes:
        if page is not None and size >= page.min_size:
            continue  # the guard has tried it
        if len(rows) < max(FEWEST_OBJECTS, size):
            break
        place = np.full(len(vectors), -1)
        place[rows] = np.arange(len(rows))
        left = [place[group][place[group] >= 0] for group in map(np.asarray, refused)]
        if len(rows) < len(vectors):
            graph, full_neighbours = neighbourhoods(vectors[rows], space=space)
        found = find_seeds(
            vectors[rows],
            min_size=size,
            refused=left,
            graph=graph,
            full_neighbours=full_neighbours,
            **options,
        )
        if page is None or not len(page):
            page = _spread(found, rows, len(vectors))
        else:
            page = _with_rest(page, found, rows)
        if len(page) >= PAGE_OF_SEEDS:
            break
        rows = np.flatnonzero((page.labels < 0) & (parts.labels < 0))
    if len(parts):
        return parts if page is None else _joined(parts, page, np.arange(len(vectors)))
    if page is None:
        return _no_seeds(len(vectors), sizes[0], f"{len(vectors)} objects are too few to look for seeds.")
    return page


def in_parts(
    vectors: NDArray[np.float32],
    mixed: Sequence[ArrayLike],
    *,
    min_size: int,
    refused: Sequence[ArrayLike] = (),
    graph: Graph,
) -> Seeds:
    """
    Propose groups that are mixtures in compact parts (Ward), each as many as its size had rows of images.

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
        if row_factor(len(group)) > 1:
            labels[group] = cut_in_parts(vectors[group], row_factor(len(group))) + labels.max() + 1
    if not (labels >= 0).any():
        return _no_seeds(len(vectors), min_size, "")
    found = _described(labels, vectors, graph, symmetric_graph(*graph), list(refused), min_size, [])
    note = f"{len(found)} seeds are parts of what the last round showed to be mixtures."
    return replace(found, notes=[note] if len(found) else [])


def _spread(found: Seeds, rows: NDArray[np.intp], n: int) -> Seeds:
    """Return seeds of some *rows* as seeds of all n."""
    labels, strangeness = np.full(n, -1, np.int32), np.full(n, np.nan, np.float32)
    labels[rows], strangeness[rows] = found.labels, found.strangeness
    return replace(found, labels=labels, strangeness=strangeness)


def _with_rest(page: Seeds, found: Seeds, rows: NDArray[np.intp]) -> Seeds:
    """Return the seeds of a page and, after them, those found among its *rows* that were in none."""
    if not len(found):
        return page
    many = f"{len(page)} seeds have" if len(page) > 1 else "One seed has"
    note = f"{many} {page.min_size} objects or more; {len(found)} smaller ones ({found.min_size} or more) were added."
    joined = _joined(page, found, rows)
    return replace(joined, notes=[*page.notes, note])


def _joined(first: Seeds, then: Seeds, rows: NDArray[np.intp]) -> Seeds:
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


def null_ratio(
    vectors: NDArray[np.float32],
    *,
    min_size: int = SMALLEST_SEED,
    min_samples: int = 2,
    random_state: int = 0,
    dims: int = 32,
    graph: Graph | None = None,
) -> float:
    """
    Compare how much of the data clusters with how much would without structure.

    Parameters
    ----------
    vectors : array of float32, shape (n, d)
        Finite scores; the first *dims* columns count. Beyond 200 000 rows a random part of that size.
    min_size, min_samples : int
        See `cluster_graph`. The thresholds were measured at the defaults.
    random_state : int
        State of the permutation.
    dims : int
        Columns used.
    graph : pair of arrays, optional
        Nearest neighbours among the same rows in these columns, if at hand.

    Returns
    -------
    ratio : float
        Clustered share over the mean clustered share after permuting every column on its own (same variances,
        no structure; four times up to 20 000 rows, once from 80 000 on). About 1 for noise; real feature sets 1.8 to 5.6; below 1.5 the features show no
        groups. Always finite: the null is taken to cluster at least one group of *min_size*.
    """
    vectors = np.asarray(vectors, dtype=np.float32)[:, :dims]
    rng = np.random.default_rng(random_state)
    if len(vectors) > NULL_ROWS:
        vectors, graph = vectors[np.sort(rng.choice(len(vectors), NULL_ROWS, replace=False))], None
    if len(vectors) < 2 * min_size:
        return 0.0
    graph = nearest_neighbours(vectors, GRAPH_K) if graph is None else graph
    real = _clustered(_graph_labels(graph, min_size, min_samples))
    draws = min(NULL_DRAWS, max(1, NULL_DRAWS * NULL_DRAW_ROWS // len(vectors)))
    return real / float(np.mean([_null_share(vectors, min_size, min_samples, rng) for _ in range(draws)]))


def preview(
    vectors: NDArray[np.float32],
    sizes: Sequence[int],
    *,
    min_samples: int = 2,
    selection: Selection = "leaf",
    dims: int = 32,
    random_state: int = 0,
    graph: Graph | None = None,
    full_neighbours: Array | None = None,
) -> pd.DataFrame:
    """
    Count the seeds that several minimum sizes would give, from one graph and one tree.

    Parameters
    ----------
    vectors, min_samples, selection, dims, graph, full_neighbours
        As in `find_seeds`; neither guard nor discarded seeds are considered.
    sizes : sequence of int
        Minimum sizes to try.
    random_state : int
        State of the null ratio's permutation.

    Returns
    -------
    DataFrame
        One row per size: ``min_size``, ``seeds``, ``clustered`` (share of the objects), ``biggest`` (share
        of the objects), ``median_size`` (objects), and ``null_ratio``, computed once at the smallest size.
    """
    _check_options(selection, "pca")
    vectors = np.asarray(vectors, dtype=np.float32)
    n = len(vectors)
    if n < FEWEST_OBJECTS or not len(sizes):
        empty = np.full(n, -1, np.int32)
        return pd.DataFrame([_counts(size, empty) | {"null_ratio": 0.0} for size in sizes])
    graph, full_neighbours = neighbourhoods(vectors, dims, graph, full_neighbours)
    cut = tree_cut(symmetric_graph(*graph), min_samples, selection)
    rows = [_counts(size, _trimmed(cut(max(2, size)), full_neighbours, "pca")) for size in sizes]
    ratio = null_ratio(
        vectors,
        min_size=max(2, min(sizes)),
        min_samples=min_samples,
        random_state=random_state,
        dims=dims,
        graph=graph,
    )
    return pd.DataFrame(rows).assign(null_ratio=ratio)


def _check_options(selection: str, space: str) -> None:
    if selection not in ("leaf", "eom"):
        message = f"There is no selection '{selection}'; it is leaf or eom"
        raise ValueError(message)
    if space not in TRIM_SHARE:
        message = f"There is no space '{space}'; it is pca or umap"
        raise ValueError(message)


def neighbourhoods(
    vectors: NDArray[np.float32],
    dims: int = 32,
    graph: Graph | None = None,
    full_neighbours: Array | None = None,
    *,
    space: str = "pca",
) -> tuple[Graph, Array | None]:
    """
    Give the graph to cluster and the neighbours to trim by, computing what the caller does not have.

    Parameters
    ----------
    vectors, dims, graph, full_neighbours, space
        As in `find_seeds`.

    Returns
    -------
    graph : pair of arrays (indices, distances), shape (n, 15)
    full_neighbours : array of int, shape (n, 10), or None
        None where nothing is trimmed. To be given to `find_seeds` and `null_ratio` by who calls them more than once.
    """
    n = len(vectors)
    if graph is None:
        graph = nearest_neighbours(vectors[:, :dims], GRAPH_K)
    if full_neighbours is None and TRIM_SHARE[space]:
        same = vectors.shape[1] <= dims
        full_neighbours = graph[0] if same else nearest_neighbours(vectors, TRIM_K)[0]
    for what, rows in (
        ("graph", len(graph[0])),
        ("list of neighbours", None if full_neighbours is None else len(full_neighbours)),
    ):
        if rows is not None and rows != n:
            message = f"The {what} has {rows} rows, the vectors {n}: they must be of the same objects"
            raise ValueError(message)
    trimming = None if full_neighbours is None else full_neighbours[:, :TRIM_K]
    return (graph[0][:, :GRAPH_K], graph[1][:, :GRAPH_K]), trimming


def _trimmed(labels: NDArray[np.int32], full_neighbours: Array | None, space: str) -> NDArray[np.int32]:
    if full_neighbours is None or not TRIM_SHARE[space]:
        return labels
    return trim(labels, full_neighbours, TRIM_SHARE[space])


def _guarded(cut: Cut, size: int, notes: list[str]) -> tuple[NDArray[np.int32], int]:
    """Cut, and halve the minimum size as long as one seed swallows the rest."""
    labels = cut(size)
    while _collapsed(labels) and size > SMALLEST_SEED:
        half = max(SMALLEST_SEED, size // 2)
        share = _biggest(labels) / len(labels)
        notes.append(f"With a minimum size of {size} one seed held {share:.0%} of the objects; tried {half}.")
        size = half
        labels = cut(size)
    return labels, size


def _biggest(labels: NDArray[np.int32]) -> int:
    return int(np.bincount(labels[labels >= 0], minlength=1).max())


def _collapsed(labels: NDArray[np.int32]) -> bool:
    # 200 images can be looked at: in a small collection a large share alone is no collapse.
    return _biggest(labels) > max(COLLAPSE_SHARE * len(labels), COLLAPSE_SIZE)


def _clustered(labels: NDArray[np.int32]) -> float:
    return float((labels >= 0).mean()) if len(labels) else 0.0


def _graph_labels(graph: Graph, min_size: int, min_samples: int) -> NDArray[np.int32]:
    edges = symmetric_graph(graph[0][:, :GRAPH_K], graph[1][:, :GRAPH_K])
    return cluster_graph(edges, min_size=min_size, min_samples=min_samples)


def _null_share(
    vectors: NDArray[np.float32], min_size: int, min_samples: int, rng: np.random.Generator
) -> float:
    """Clustered share of the same columns, each permuted on its own; at least one group's."""
    permuted = nearest_neighbours(rng.permuted(vectors, axis=0), GRAPH_K)
    return max(_clustered(_graph_labels(permuted, min_size, min_samples)), min_size / len(vectors))


def _counts(min_size: int, labels: NDArray[np.int32]) -> dict[str, float]:
    sizes = np.bincount(labels[labels >= 0])
    sizes = sizes[sizes > 0]
    return {
        "min_size": min_size,
        "seeds": len(sizes),
        "clustered": _clustered(labels),
        "biggest": float(sizes.max(initial=0) / max(len(labels), 1)),
        "median_size": float(np.median(sizes)) if len(sizes) else 0.0,
    }


def _no_seeds(n: int, min_size: int, note: str) -> Seeds:
    return Seeds(
        labels=np.full(n, -1, np.int32),
        sizes=np.empty(0, np.int32),
        density=np.empty(0, np.float32),
        strangeness=np.full(n, np.nan, np.float32),
        revisits=np.empty(0, dtype=bool),
        min_size=min_size,
        notes=[note],
    )


def _described(
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
        notes.append(f"Left out {int(again.sum())} that had been discarded before.")
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
