"""Which free objects belong to a morph: candidates ranked by evidence for it against evidence for others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from morphoexplore.methods.neighbours import nearest_neighbours

NEIGHBOURS = 5
MOST_MEMBERS = 1500
MOST_NEGATIVES = 4000
SHORTLIST = 20_000
PROTOTYPES = 32
BLOCK = 100_000


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
        object is nearer to the morph than to anything else. NaN where there are no other negatives than
        the object itself.
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
    members of other morphs, the objects rejected from this one, and the objects of discarded seeds. Among the
    last are free objects; none is evidence against itself.

    Parameters
    ----------
    vectors : array, shape (n_objects, n_dims)
        Position of every object; rows with NaN are never offered.
    members, negatives, free : array of int
        Object numbers, in any order.
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
    members, negatives, free = (_ascending(rows) for rows in (members, negatives, free))
    members = members[np.isfinite(vectors[members]).all(axis=1)]
    if not len(members):
        return Candidates(np.empty(0, np.int64), np.empty(0), np.empty(0))
    members = _sample(members, MOST_MEMBERS, rng)
    prototypes = vectors[_sample(members, PROTOTYPES, rng)]
    free = _nearest_rows(vectors, free, prototypes, SHORTLIST)
    near = _nearest_rows(vectors, negatives, prototypes, MOST_NEGATIVES // 2)
    far = _sample(np.setdiff1d(negatives, near, assume_unique=True), MOST_NEGATIVES // 2, rng)
    far = far[np.isfinite(vectors[far]).all(axis=1)]
    own = _mean_nearest(vectors, free, members)
    others = _mean_nearest(vectors, free, np.union1d(near, far))
    evidence = own / np.maximum(others, np.finfo(np.float32).tiny)
    order = np.lexsort((own, evidence))
    return Candidates(free[order], evidence[order], own[order])


def _ascending(rows: np.ndarray) -> np.ndarray:
    """Return numbers sorted, each once; a million that are so already cost a millisecond."""
    rows = np.asarray(rows, dtype=np.int64)
    return rows if (rows[1:] > rows[:-1]).all() else np.unique(rows)


def _sample(rows: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    return rows if len(rows) <= most else np.sort(rng.choice(rows, most, replace=False))


def _nearest_rows(vectors: np.ndarray, rows: np.ndarray, prototypes: np.ndarray, most: int) -> np.ndarray:
    """Return the usable rows nearest to any prototype, in the order of rows; far ones need no exact evidence."""
    nearest = np.full(len(rows), np.nan, dtype=np.float32)
    centre = prototypes.mean(axis=0)  # far from the origin the squares below would lose small distances
    centred = prototypes - centre
    for start in range(0, len(rows), BLOCK):
        block = vectors[rows[start : start + BLOCK]] - centre
        squares = np.einsum("nd,nd->n", block, block)[:, None] - 2 * block @ centred.T
        nearest[start : start + len(block)] = (squares + (centred**2).sum(axis=1)).min(axis=1)
    is_usable = np.isfinite(nearest)
    rows, nearest = rows[is_usable], nearest[is_usable]
    if len(rows) <= most:
        return rows
    return np.sort(rows[np.argpartition(nearest, most)[:most]])


def _mean_nearest(vectors: np.ndarray, queries: np.ndarray, references: np.ndarray) -> np.ndarray:
    """Return the mean distance of each query to its nearest references other than itself, NaN without any."""
    found, distances = nearest_neighbours(vectors[references], NEIGHBOURS + 1, queries=vectors[queries])
    others = references[found] != queries[:, None]
    counted = others & (np.cumsum(others, axis=1) <= NEIGHBOURS)
    total = np.where(counted, distances, 0).sum(axis=1, dtype=np.float64)
    count = counted.sum(axis=1)
    return np.divide(total, count, out=np.full(len(queries), np.nan), where=count > 0)
