"""Which free objects belong to a morph: candidates ranked by evidence for it against evidence for others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from morphoexplore.methods.neighbours import nearest_neighbours

NEIGHBOURS = 5
MOST_MEMBERS = 1500
MOST_NEGATIVES = 4000
FEW_REFUSED, MANY_REFUSED = 20, 300
"""The fifth of the refused objects nearest to a morph, but so many, tell how far negatives are to be trusted."""
MOST_VOTING, LEAST_VOTING = 300, 20  # members of a morph
MOST_KNOWN = 12_000  # members that vote, of all morphs together
VOTERS = 15
GLANCE = 100_000  # free objects that are enough to count by
SHORTLIST = 20_000
PROTOTYPES = 32
MOST_HOPS = 4
TRUSTED, DOUBTED = 0.65, 0.8
"""How far apart the refused objects nearest to a morph lie, as a share of how far they lie from its members, on the median: up to the
first they are a form of their own and say as much as the members, from the second on nothing of who belongs to the morph. What was
refused may be mostly of the morph's own form."""
LEAST_TRUST = 0.2  # it costs little, and what was said to be wrong is not forgotten
REFUSED = -2  # number of what is in no morph because it was refused
BLOCK = 100_000


@dataclass(frozen=True)
class Candidates:
    """
    Free objects, the most likely first: by distance to the members over distance to the negatives, as far as these are trusted.

    Attributes
    ----------
    objects : array of int, shape (n,)
        Object numbers.
    evidence : array of float, shape (n,)
        Mean distance to the nearest members over mean distance to the nearest negatives: below 1 the
        object is nearer to the morph than to anything else. NaN where there are no other negatives than
        the object itself.
    distance : array of float, shape (n,)
        Mean distance to the nearest members, in the unit of the vectors, or of the view in which they were measured.
    own, others : array of float, shape (n, 5)
        Distances to the nearest members and the nearest negatives, ascending; infinite where there are fewer.
    axes : array of float32, optional
        The view in which they were measured; None for the vectors as they are.
    trust : float
        How far negatives count, from .2 to 1 (:func:`trust_in_negatives`).
    """

    objects: np.ndarray
    evidence: np.ndarray
    distance: np.ndarray
    own: np.ndarray
    others: np.ndarray
    axes: np.ndarray | None = None
    trust: float = 1.0

    @classmethod
    def none(cls) -> Candidates:
        """Return no candidates."""
        nothing = np.empty(0)
        return cls(
            np.empty(0, np.int64), nothing, nothing, np.empty((0, NEIGHBOURS)), np.empty((0, NEIGHBOURS))
        )


def rank_candidates(
    vectors: np.ndarray,
    *,
    members: np.ndarray,
    negatives: np.ndarray,
    free: np.ndarray,
    neighbours: np.ndarray | None = None,
    axes: np.ndarray | None = None,
    refused: np.ndarray | None = None,
    trust: float | None = None,
    random_state: int = 0,
) -> Candidates:
    """
    Order free objects by how likely they belong to a morph.

    By the mean distance to the five nearest members over the mean distance to the five nearest negatives to the power of the trust
    in these: where that is 1, by the evidence. Where forms lie apart, knowing what the others are gives
    most of the precision: negatives are the members of other morphs, the objects rejected from this one, and the objects of
    discarded seeds. Among the last are free objects; none is evidence against itself.

    Parameters
    ----------
    vectors : array, shape (n_objects, n_dims)
        Position of every object; rows with NaN are never offered.
    members, negatives, free : array of int
        Object numbers, in any order.
    neighbours : array of int, shape (n_objects, k), optional
        The stored neighbour graph, -1 where there is none. Where there are very many free objects, those are ranked that
        it leads to from the members, in either direction; without it, those nearest to some members.
    axes : array of float, shape (n_dims, n_axes), optional
        A view in which distances are measured (:func:`morphoexplore.methods.telling_apart.telling_axes`).
    refused : array of int, optional
        The negatives that are of discarded seeds, which may be of the morph's own form.
    trust : float, optional
        How far negatives count; as :func:`trust_in_negatives` finds unless given.
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
        return Candidates.none()
    reached = None
    if neighbours is not None and len(free) > SHORTLIST:
        reached = _reached(neighbours, members, free)
        free = free[reached[free]]
    members = sample(members, MOST_MEMBERS, rng)
    prototypes = vectors[sample(members, PROTOTYPES, rng)]
    free = nearest_rows(vectors, free, prototypes, SHORTLIST)
    # Far ones are drawn first: then the near ones need not be sought among all.
    far = sample(negatives, MOST_NEGATIVES // 2, rng)
    far = far[np.isfinite(vectors[far]).all(axis=1)]
    near = negatives if reached is None else negatives[reached[negatives]]
    near = nearest_rows(vectors, near, prototypes, MOST_NEGATIVES // 2)
    negatives = np.union1d(near, far)
    own = few_nearest(vectors, free, members, axes)
    others = few_nearest(vectors, free, negatives, axes)
    if trust is None:
        doubtful = negatives[:0] if refused is None else negatives[np.isin(negatives, refused)]
        trust = trust_in_negatives(vectors, members, doubtful, axes)
    return in_order(free, own, others, axes, trust)


def trust_in_negatives(
    vectors: np.ndarray, members: np.ndarray, refused: np.ndarray, axes: np.ndarray | None = None
) -> float:
    """
    Return how far negatives tell who belongs to a morph, from .2 to 1, by how well what was refused is told from its members.

    A row of a seed is refused for a few wrong images, so that refused seeds may hold mostly what the morph is. Then those next to the
    members lie among them, and to be far from them speaks against an object.

    Parameters
    ----------
    members, refused : array of int
        Objects with a place; those that stand for all.
    axes : array of float, optional
        The view in which distances are measured.

    Notes
    -----
    With q the median, over the fifth of the refused objects nearest to the members (20 to 300), of the mean distance to the five
    nearest other refused ones over that to the five nearest members, (.8 - q) / (.8 - .65) between .2 and 1; 1 where either is
    unknown (`docs/methods.md`).
    """
    to_members = mean_of_few(few_nearest(vectors, refused, members, axes))
    few = int(np.clip(len(refused) // 5, FEW_REFUSED, MANY_REFUSED))
    near = np.argsort(to_members, kind="stable")[:few]
    to_others = mean_of_few(few_nearest(vectors, refused[near], refused, axes))
    with np.errstate(divide="ignore", invalid="ignore"):  # copies of one another are no distance apart
        closeness = to_others / to_members[near]
    closeness = closeness[~np.isnan(closeness)]
    if not len(closeness):
        return 1.0
    return float(np.clip((DOUBTED - np.median(closeness)) / (DOUBTED - TRUSTED), LEAST_TRUST, 1))


def in_order(
    objects: np.ndarray,
    own: np.ndarray,
    others: np.ndarray,
    axes: np.ndarray | None = None,
    trust: float = 1.0,
) -> Candidates:
    """Return candidates in their order, by their distances to the nearest members and the nearest negatives."""
    distance, evidence = mean_of_few(own), ratio(own, others)
    order = np.lexsort((distance, ratio(own, others, trust)))
    return Candidates(
        objects[order], evidence[order], distance[order], own[order], others[order], axes, trust
    )


def ratio(own: np.ndarray, others: np.ndarray, trust: float = 1.0) -> np.ndarray:
    """Return the mean distance to the nearest members over that to the nearest of anything else, to the power of the trust."""
    found: np.ndarray = mean_of_few(own) / np.maximum(mean_of_few(others), np.finfo(np.float32).tiny) ** trust
    return found


def few_nearest(
    vectors: np.ndarray, queries: np.ndarray, references: np.ndarray, axes: np.ndarray | None = None
) -> np.ndarray:
    """Return the distances of each query to its five nearest references other than itself, infinite where there are fewer."""
    those, to = (vectors[rows] if axes is None else vectors[rows] @ axes for rows in (queries, references))
    found, distances = nearest_neighbours(to, NEIGHBOURS + 1, queries=those)
    few = np.full((len(queries), NEIGHBOURS + 1), np.inf)
    few[:, : found.shape[1]] = np.where(references[found] == queries[:, None], np.inf, distances)
    return np.sort(few, axis=1)[:, :NEIGHBOURS]


def mean_of_few(few: np.ndarray) -> np.ndarray:
    """Return the mean of the distances that there are, NaN without any."""
    is_there = np.isfinite(few)
    count = is_there.sum(axis=1)
    total = np.where(is_there, few, 0).sum(axis=1)
    return np.divide(total, count, out=np.full(len(few), np.nan), where=count > 0)


@dataclass(frozen=True)
class Best:
    """
    Free objects, each with the morph that it is most like; those with most votes first.

    Attributes
    ----------
    objects : array of int, shape (n,)
        Object numbers.
    morphs : array of int, shape (n,)
        Number of the morph.
    score : array of float, shape (n,)
        Share of the votes of its neighbours that are for the morph, less where the object lies farther from the
        members than they from each other; 0 to 1.
    """

    objects: np.ndarray
    morphs: np.ndarray
    score: np.ndarray


def best_morphs(
    vectors: np.ndarray,
    *,
    morph: np.ndarray,
    free: np.ndarray,
    others: np.ndarray,
    graph: tuple[np.ndarray, np.ndarray] | None = None,
    random_state: int = 0,
) -> Best:
    """
    Find the morph that each free object is most like, by the votes of its 15 nearest among what is known.

    Votes count by the inverse of the distance. What is known are members, at most 300 of each morph and of many morphs
    fewer, and objects that were judged to be of no morph.

    Parameters
    ----------
    vectors : array, shape (n_objects, n_dims)
        Position of every object; rows with NaN are never offered.
    morph : array of int, shape (n_objects,)
        Morph of every object, -1 where it has none.
    free : array of int
        Object numbers to offer.
    others : array of int
        Objects that were judged to be of no morph; they vote for none. One that is free is offered all the same, and
        does not vote on itself.
    graph : tuple of array, optional
        The stored neighbours, shape (n_objects, k), -1 where there is none, and their distances. Of very many free objects
        (100 000) only stored neighbours vote; where fewer than a third of them are known the score is lower.
    random_state : int
        Draws the members that stand for very many.

    Returns
    -------
    best : Best
        Objects that a morph got the most votes for.

    Examples
    --------
    >>> vectors = np.array([[0.0], [0.2], [0.1], [5.0], [5.2], [4.9]])
    >>> found = best_morphs(vectors, morph=np.array([7, 7, -1, 8, 8, -1]), free=[2, 5], others=[])
    >>> found.objects.tolist(), found.morphs.tolist()
    ([2, 5], [7, 8])
    """
    rng = np.random.default_rng(random_state)
    usable = np.isfinite(vectors).all(axis=1)
    members = few_of_each(morph, usable, rng)
    none = sample(_ascending(others)[usable[_ascending(others)]], MOST_NEGATIVES, rng)
    none = none[morph[none] < 0]
    known = np.concatenate([members, none])
    free = _ascending(free)
    free = free[usable[free]]
    if not len(members) or not len(free):
        return Best(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    morphs, code = np.unique(morph[members], return_inverse=True)
    code = np.concatenate([code, np.full(len(none), len(morphs))])
    width = _widths(vectors, members, code[: len(members)], len(morphs))
    winner, score = np.empty(len(free), np.int64), np.empty(len(free))
    by_graph = graph is not None and len(free) > GLANCE
    codes = _codes(morph, morphs, others) if by_graph else np.empty(0, np.int64)
    for start in range(0, len(free), BLOCK):
        part = free[start : start + BLOCK]
        if graph is not None and by_graph:
            found, distances = graph[0][part], graph[1][part]
            voters = np.where(found >= 0, codes[found], -1)
        else:
            found, distances = nearest_neighbours(vectors[known], VOTERS + 1, queries=vectors[part])
            voters = np.where(known[found] == part[:, None], -1, code[found])
        winner[start : start + len(part)], score[start : start + len(part)] = _elected(
            voters, distances, width
        )
    is_offered = (winner >= 0) & (winner < len(morphs))
    free, winner, score = free[is_offered], winner[is_offered], score[is_offered]
    order = np.argsort(-score, kind="stable")
    return Best(free[order], morphs[winner[order]], score[order])


def few_of_each(morph: np.ndarray, usable: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return at most so many members of each morph, drawn at random."""
    members = rng.permutation(np.flatnonzero((morph >= 0) & usable[: len(morph)]))
    codes = morph[members]
    # Short numbers are sorted fourteen times as fast.
    codes = codes.astype(np.int16) if codes.max(initial=0) <= np.iinfo(np.int16).max else codes
    order = np.argsort(codes, kind="stable")
    members = members[order]
    first = np.flatnonzero(np.diff(codes[order], prepend=-1))
    sizes = np.diff(np.append(first, len(members)))
    most = int(np.clip(MOST_KNOWN // max(1, len(first)), LEAST_VOTING, MOST_VOTING))
    return np.sort(members[np.arange(len(members)) - np.repeat(first, sizes) < most])


def _widths(vectors: np.ndarray, members: np.ndarray, code: np.ndarray, morphs: int) -> np.ndarray:
    """Return how far the members of each morph lie from their nearest fellows: the median."""
    width = np.full(morphs + 1, np.inf)
    for one in range(morphs):
        own = members[code == one]
        _, distances = nearest_neighbours(vectors[own], NEIGHBOURS)
        if distances.size:
            width[one] = np.median(distances.mean(axis=1))
    return width


def _codes(morph: np.ndarray, morphs: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return for what every object votes: the place of its morph, the number of morphs for none, -1 where it has no vote."""
    codes = np.full(len(morph), -1, np.int64)
    is_member = morph >= 0
    codes[others] = len(morphs)
    codes[is_member] = np.searchsorted(morphs, morph[is_member])
    return codes


def _elected(code: np.ndarray, distances: np.ndarray, width: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return who has the most votes of each row of neighbours (-1: who has none), and how sure that is."""
    rows = np.arange(len(code))
    weights = 1 / np.maximum(distances, np.finfo(np.float32).tiny)
    votes = np.where(code >= 0, weights, 0)
    sums = np.zeros(code.shape)
    for place in range(code.shape[1]):  # the votes for the candidate in each place
        sums[:, place] = np.where(code == code[:, place : place + 1], votes, 0).sum(axis=1)
    best = sums.argmax(axis=1)
    winner = code[rows, best]
    known = votes.sum(axis=1)
    share = np.divide(sums[rows, best], known, out=np.zeros(len(code)), where=known > 0)
    own = code == winner[:, None]
    near = np.where(own, distances, 0).sum(axis=1) / own.sum(axis=1)
    is_near = np.minimum(1, width[winner] / np.maximum(near, np.finfo(np.float32).tiny))
    is_known = np.minimum(1, 3 * known / np.where(np.isfinite(weights), weights, 0).sum(axis=1))
    return np.where(known > 0, winner, -1), share * is_near * is_known


def _reached(neighbours: np.ndarray, members: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Return which objects the graph leads to from the members, hop by hop, until enough free ones are reached."""
    is_reached = np.zeros(len(neighbours), bool)
    is_reached[members[members < len(neighbours)]] = True
    free = free[free < len(neighbours)]
    newest = np.flatnonzero(is_reached)
    for hop in range(2 * MOST_HOPS):
        before = is_reached.copy()
        if hop % 2:  # those that lead to a reached one: a look at all, so only where the others are too few
            left = free[~is_reached[free]]
            is_reached[left[(before[neighbours[left]] & (neighbours[left] >= 0)).any(axis=1)]] = True
        else:
            led_to = neighbours[newest].ravel()
            is_reached[led_to[led_to >= 0]] = True
        newest = np.flatnonzero(is_reached & ~before)
        if is_reached[free].sum() >= SHORTLIST // 2:
            break
    return is_reached


def _ascending(rows: np.ndarray) -> np.ndarray:
    """Return numbers sorted, each once; a million that are so already cost a millisecond."""
    rows = np.asarray(rows, dtype=np.int64)
    return rows if (rows[1:] > rows[:-1]).all() else np.unique(rows)


def sample(rows: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """Return at most so many of some numbers, drawn at random, ascending."""
    return rows if len(rows) <= most else np.sort(rng.choice(rows, most, replace=False))


def nearest_rows(vectors: np.ndarray, rows: np.ndarray, prototypes: np.ndarray, most: int) -> np.ndarray:
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
