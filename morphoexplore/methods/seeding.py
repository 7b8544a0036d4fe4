"""
Seeds: dense groups of objects that nobody has looked at yet.

HDBSCAN, leaf selection, on the symmetrised graph of the 15 nearest neighbours in the first 32 principal
components. Chosen and measured on labelled plankton in `reference/seeding.md`; the graph gives the labels of
exact HDBSCAN at a fraction of its time, and needs no random numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

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
from morphoexplore.methods.mixtures import in_parts
from morphoexplore.methods.neighbours import nearest_neighbours
from morphoexplore.methods.proposing import Seeds, described, joined, no_seeds, spread

Space = Literal["pca", "umap"]

GRAPH_K = 15  # neighbours of the graph that is clustered
TRIM_SHARE = {"pca": 0.0, "umap": 0.2}
"""Company that a member needs. Where the person says how far a seed is good, what is trimmed off is lost work."""
FEWEST_OBJECTS = 50
COLLAPSE_SHARE, COLLAPSE_SIZE = 0.50, 200
PAGE_OF_SEEDS = 6  # rows that a page of strips has, of 16 images each
LARGE_SEED, LARGE_SHARE, LEAST_SHARE = 128, 0.02, 0.0025  # of the first round, see default_min_size
NULL_ROWS = 200_000  # beyond, the null ratio is that of a random part
NULL_DRAWS, NULL_DRAW_ROWS = 4, 20_000
"""Permutations that the null is the mean of, and the rows up to which: fewer hold few groups, so one is as good as chance."""


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
        return no_seeds(n, size, f"{n} objects are too few to look for seeds (at least {FEWEST_OBJECTS}).")
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
    return described(labels, vectors, graph, edges, list(refused), used, notes)


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
            page = spread(found, rows, len(vectors))
        else:
            page = _with_rest(page, found, rows)
        if len(page) >= PAGE_OF_SEEDS:
            break
        rows = np.flatnonzero((page.labels < 0) & (parts.labels < 0))
    if len(parts):
        return parts if page is None else joined(parts, page, np.arange(len(vectors)))
    if page is None:
        return no_seeds(len(vectors), sizes[0], f"{len(vectors)} objects are too few to look for seeds.")
    return page


def _with_rest(page: Seeds, found: Seeds, rows: NDArray[np.intp]) -> Seeds:
    """Return the seeds of a page and, after them, those found among its *rows* that were in none."""
    if not len(found):
        return page
    many = f"{len(page)} seeds have" if len(page) > 1 else "One seed has"
    note = f"{many} {page.min_size} objects or more; {len(found)} smaller ones ({found.min_size} or more) were added."
    both = joined(page, found, rows)
    return replace(both, notes=[*page.notes, note])


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
        "median_size": float(np.median(sizes)) if len(sizes) else np.nan,
    }
