"""Which free objects belong to a morph: candidates ranked by evidence for it against evidence for others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

NEIGHBOURS = 5
MOST_MEMBERS = 1500
MOST_NEGATIVES = 4000
SHORTLIST = 20_000
PROTOTYPES = 32


@dataclass(frozen=True)
class Candidates:
    """
    Free objects, the most likely first.

    Attributes
    ----------
    objects : array of int, shape (n,)
        Object numbers.
    evidence : array of float, shape (n,)
        Mean distance to the nearest members over mean distance to the nearest negatives: below 1 the
        object is nearer to the morph than to anything else. NaN where there are no negatives.
    distance : array of float, shape (n,)
        Mean distance to the nearest members, in the unit of the vectors.
    """

    objects: np.ndarray
    evidence: np.ndarray
    distance: np.ndarray


def rank_candidates(
    vectors: np.ndarray,
    *,
    members: np.ndarray,
    negatives: np.ndarray,
    free: np.ndarray,
    random_state: int = 0,
) -> Candidates:
    """
    Order free objects by the evidence that they belong to a morph.

    The evidence is the ratio of the mean distance to the five nearest members to the mean distance to the
    five nearest negatives. Knowing what the others are gives most of the precision: negatives are the
    members of other morphs, the objects rejected from this one, and the objects of discarded seeds.

    Parameters
    ----------
    vectors : array, shape (n_objects, n_dims)
        Position of every object; rows with NaN are never offered.
    members, negatives, free : array of int
        Object numbers.
    random_state : int
        Draws the members and negatives that stand for very many.

    Returns
    -------
    candidates : Candidates
        All usable free objects, or of very many the 20 000 nearest to the morph.

    Examples
    --------
    >>> vectors = np.array([[0.0], [0.2], [0.1], [4.0], [5.0]])
    >>> rank_candidates(vectors, members=[0, 1], negatives=[4], free=[3, 2]).objects
    array([2, 3])
    """
    rng = np.random.default_rng(random_state)
    members, negatives, free = (_usable(vectors, rows) for rows in (members, negatives, free))
    if not len(members) or not len(free):
        nothing = np.empty(0)
        return Candidates(np.empty(0, np.int64), nothing, nothing)
    members = _sample(members, MOST_MEMBERS, rng)
    free = _shortlist(vectors, members, free, rng)
    own = _mean_nearest(vectors, free, members)
    if len(negatives):
        others = _mean_nearest(vectors, free, _near_negatives(vectors, members, negatives, rng))
        evidence = own / np.maximum(others, np.finfo(np.float32).tiny)
        order = np.lexsort((own, evidence))
    else:
        evidence = np.full(len(free), np.nan)
        order = np.argsort(own, kind="stable")
    return Candidates(free[order], evidence[order], own[order])


def _usable(vectors: np.ndarray, rows: np.ndarray) -> np.ndarray:
    rows = np.asarray(rows, dtype=np.int64)
    return rows[np.isfinite(vectors[rows]).all(axis=1)] if len(rows) else rows


def _sample(rows: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    return rows if len(rows) <= most else np.sort(rng.choice(rows, most, replace=False))


def _shortlist(
    vectors: np.ndarray, members: np.ndarray, free: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return the free objects nearest to a few members, because far ones need no exact evidence."""
    if len(free) <= SHORTLIST:
        return free
    prototypes = vectors[_sample(members, PROTOTYPES, rng)]
    nearest = np.full(len(free), np.inf, dtype=np.float32)
    for start in range(0, len(free), 100_000):
        block = vectors[free[start : start + 100_000]]
        squares = (block**2).sum(1)[:, None] - 2 * block @ prototypes.T + (prototypes**2).sum(1)
        nearest[start : start + len(block)] = squares.min(1)
    return np.sort(free[np.argpartition(nearest, SHORTLIST)[:SHORTLIST]])


def _near_negatives(
    vectors: np.ndarray, members: np.ndarray, negatives: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return a sample of the negatives, half of them the ones nearest to the morph: there the border runs."""
    if len(negatives) <= MOST_NEGATIVES:
        return negatives
    centre = vectors[members].mean(0)
    half = MOST_NEGATIVES // 2
    near = np.argpartition(((vectors[negatives] - centre) ** 2).sum(1), half)[:half]
    rest = np.setdiff1d(np.arange(len(negatives)), near)
    return np.sort(negatives[np.concatenate([near, rng.choice(rest, half, replace=False)])])


def _mean_nearest(vectors: np.ndarray, queries: np.ndarray, references: np.ndarray) -> np.ndarray:
    """Return the mean distance of each query to its nearest references, shape (n_queries,)."""
    k = min(NEIGHBOURS, len(references))
    found = np.empty(len(queries))
    for start in range(0, len(queries), 4096):
        distances = cdist(vectors[queries[start : start + 4096]], vectors[references])
        found[start : start + len(distances)] = np.partition(distances, k - 1, axis=1)[:, :k].mean(1)
    return found
