"""Free objects that are each offered to a morph of their own, in one order: by evidence that is alike between morphs."""

from __future__ import annotations

import numpy as np

from morphoexplore.methods.growing import (
    few_nearest,
    few_of_each,
    mean_of_few,
    near_and_far,
    ratio,
    sample,
    trust_in_negatives,
)

MOST_MEMBERS, MOST_NEGATIVES = (
    400,
    1000,
)  # of each morph: four times as many order objects no better (`docs/methods.md`)
MOST_REFUSED = 4000
MOST_OBJECTS = 150_000  # that are weighed; a second for 50 000


def pooled_evidence(
    vectors: np.ndarray,
    *,
    objects: np.ndarray,
    offered: np.ndarray,
    morph: np.ndarray,
    refused: np.ndarray,
    axes: np.ndarray | None = None,
    random_state: int = 0,
) -> np.ndarray:
    """
    Return the evidence of free objects, each for the morph that it is offered to.

    Parameters
    ----------
    vectors : array, shape (n_objects, n_dims)
        Position of every object.
    objects, offered : array of int, shape (n,)
        Free objects that have a position, the likeliest first, and the morph that each is offered to.
    morph : array of int, shape (n_objects,)
        Morph of every object, -1 where it has none.
    refused : array of int
        Free objects of discarded seeds that have a position.
    axes : array of float, optional
        A view in which distances are measured (:func:`morphoexplore.methods.telling_apart.telling_axes`).
    random_state : int
        Draws the members and negatives that stand for very many.

    Returns
    -------
    evidence : array of float, shape (n,)
        Below 1 the object speaks for its morph; NaN where nothing is known, and behind the first 150 000.

    Notes
    -----
    With *a* the mean distance to the five nearest members, *b* that to the five nearest negatives (members of other morphs, and what
    was refused), *w* the median of *a* over the members themselves, and *t* the trust in negatives (:func:`~morphoexplore.methods.growing.trust_in_negatives`):
    (a / b)^t (a / w)^(1 - t). In the order of one morph w changes nothing; between morphs it makes alike what is near in a dense
    one and in a wide one.
    """
    rng = np.random.default_rng(random_state)
    has_place = np.isfinite(vectors).all(axis=1)
    known = few_of_each(morph, has_place, rng)
    refused = sample(np.unique(refused), MOST_REFUSED, rng)
    evidence = np.full(len(objects), np.nan)
    weighed = offered[:MOST_OBJECTS]
    for one in np.unique(weighed):
        here = np.flatnonzero(weighed == one)
        members = sample(np.flatnonzero((morph[: len(vectors)] == one) & has_place), MOST_MEMBERS, rng)
        negatives = np.union1d(known[morph[known] != one], refused)
        negatives = near_and_far(vectors, negatives, members, MOST_NEGATIVES, rng)
        own = few_nearest(vectors, objects[here], members, axes)
        others = few_nearest(vectors, objects[here], negatives, axes)
        trust = trust_in_negatives(vectors, members, negatives[np.isin(negatives, refused)], axes)
        among = mean_of_few(few_nearest(vectors, members, members, axes))
        width = np.median(among[among > 0]) if (among > 0).any() else np.nan
        if np.isnan(width):  # of one member, or of copies
            trust, width = 1.0, 1.0
        evidence[here] = ratio(own, others, trust) / width ** (1 - trust)
    return evidence
