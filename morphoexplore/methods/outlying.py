"""Which members lie in the wrong morph: nearer to anything else than to their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from morphoexplore.methods import growing
from morphoexplore.methods.growing import few_nearest
from morphoexplore.methods.neighbours import nearest_neighbours

FREE = -1
HALF = 0.5
"""Share of the known neighbours that are in its own morph below which a member is looked at closely."""
AT_ONCE = 500  # members whose neighbours are sought at once: some hundred each, with their vectors


@dataclass(frozen=True)
class Outliers:
    """
    Members that lie outside of their morph, the farthest first.

    Attributes
    ----------
    objects : array of int, shape (n,)
        Object numbers.
    like : array of int, shape (n,)
        The morph that most of the neighbours are in, of those that are not in the own one; -1 for what was refused.
    evidence : array of float, shape (n,)
        Mean distance to the five nearest fellow members over that to the five nearest of anything else that is known.
    """

    objects: np.ndarray
    like: np.ndarray
    evidence: np.ndarray


def outliers(
    vectors: np.ndarray,
    *,
    morph: np.ndarray,
    others: np.ndarray,
    neighbours: np.ndarray,
    left_out: np.ndarray,
    most: int,
    random_state: int = 0,
) -> Outliers:
    """
    Find members that lie nearer to anything else than to their own morph.

    Parameters
    ----------
    vectors : array, shape (n_objects, n_dims)
        Position of every object; rows with NaN are left out.
    morph : array of int, shape (n_objects,)
        Morph of every object, -1 where it has none.
    others : array of int
        Free objects that were judged to be of no morph.
    neighbours : array of int, shape (n_objects, k)
        The stored neighbours, -1 where there is none. Only members with less than half of their known neighbours in their
        own morph are measured.
    left_out : array of int
        Members that are not asked about.
    most : int
        Measure so many at most, those with the fewest neighbours in their own morph.
    random_state : int
        Draws the members that stand for very many.

    Examples
    --------
    >>> vectors = np.array([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2], [5.3]])
    >>> near = np.array([[1, 2], [0, 2], [1, 0], [4, 5], [3, 5], [4, 6], [5, 4]])
    >>> found = outliers(
    ...     vectors, morph=np.array([7, 7, 7, 8, 7, 8, 8]), others=[], neighbours=near, left_out=[], most=9
    ... )
    >>> found.objects.tolist(), found.like.tolist()
    ([4], [8])
    """
    rng = np.random.default_rng(random_state)
    code = morph.copy()
    code[np.asarray(others, np.int64)] = growing.REFUSED
    suspects, like = _suspects(code, neighbours, np.asarray(left_out, np.int64), most)
    is_usable = np.isfinite(vectors[suspects]).all(axis=1)
    suspects, like = suspects[is_usable], like[is_usable]
    usable = np.isfinite(vectors).all(axis=1)
    stand_in = growing.few_of_each(morph, usable, rng)
    refused = np.flatnonzero((code == growing.REFUSED) & usable)
    known = np.concatenate([stand_in, growing.sample(refused, growing.MOST_NEGATIVES, rng)])
    own = np.empty((len(suspects), growing.NEIGHBOURS))
    members = np.flatnonzero((morph >= 0) & usable)
    members = members[np.argsort(morph[members], kind="stable")]
    of = morph[members]
    for node_id in np.unique(morph[suspects]):
        here = morph[suspects] == node_id
        fellows = members[slice(*np.searchsorted(of, [node_id, node_id + 1]))]
        own[here] = few_nearest(vectors, suspects[here], growing.sample(fellows, growing.MOST_MEMBERS, rng))
    evidence = growing.ratio(own, _nearest_others(vectors, morph, suspects, known))
    # Who has no fellow is outside for sure.
    evidence[np.isnan(evidence)] = np.inf
    order = np.lexsort((suspects, -evidence))
    return Outliers(suspects[order], np.where(like < 0, -1, like)[order], evidence[order])


def _nearest_others(
    vectors: np.ndarray, morph: np.ndarray, suspects: np.ndarray, known: np.ndarray
) -> np.ndarray:
    """
    Return the distances of members to the five nearest of what is known and not of their morph, infinite where there are fewer.

    All are sought among the same, a few more than five: of thousands of morphs each has few there.
    """
    node = morph[known]
    fellows = np.bincount(node[node >= 0], minlength=1)
    few = np.full((len(suspects), growing.NEIGHBOURS), np.inf)
    for start in range(0, len(suspects), AT_ONCE):
        part = suspects[start : start + AT_ONCE]
        k = growing.NEIGHBOURS + int(fellows[np.minimum(morph[part], len(fellows) - 1)].max())
        found, distances = nearest_neighbours(vectors[known], k, queries=vectors[part])
        far = np.sort(np.where(node[found] == morph[part, None], np.inf, distances), axis=1)
        far = far[:, : growing.NEIGHBOURS]
        few[start : start + len(part), : far.shape[1]] = far
    return few


def _suspects(
    code: np.ndarray, neighbours: np.ndarray, left_out: np.ndarray, most: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return members with few neighbours in their own morph, and what most of their other neighbours are."""
    is_asked = (code >= 0)[: len(neighbours)]
    is_asked[left_out[left_out < len(is_asked)]] = False
    members = np.flatnonzero(is_asked)
    share, known = np.ones(len(members)), np.zeros(len(members), np.int64)
    for start in range(0, len(members), growing.BLOCK):
        part = members[start : start + growing.BLOCK]
        codes = _codes(code, neighbours[part])
        n = (codes != FREE).sum(axis=1)
        own = (codes == code[part, None]).sum(axis=1)
        known[start : start + len(part)] = n
        share[start : start + len(part)] = np.divide(own, n, out=np.ones(len(part)), where=n > 0)
    order = np.lexsort((members, -known, share))
    order = order[share[order] < HALF][:most]
    suspects = members[order]
    codes = _codes(code, neighbours[suspects])
    codes[codes == code[suspects, None]] = FREE
    return suspects, _most_frequent(codes)


def _codes(code: np.ndarray, found: np.ndarray) -> np.ndarray:
    return np.where(found >= 0, code[found], FREE)


def _most_frequent(codes: np.ndarray) -> np.ndarray:
    """Return the most frequent code of each row but -1; of equal ones the nearest, -1 where there is none."""
    count = (codes[:, :, None] == codes[:, None, :]).sum(axis=2)
    count[codes == FREE] = -1
    return codes[np.arange(len(codes)), count.argmax(axis=1)]
