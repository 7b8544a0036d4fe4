"""Free objects that are each offered to a morph of their own, in one order: by evidence that is alike between morphs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from morphoexplore.methods.embedding import one_blas_thread
from morphoexplore.methods.growing import (
    PROTOTYPES,
    few_nearest,
    few_of_each,
    mean_of_few,
    nearest_rows,
    ratio,
    sample,
    trust_in_negatives,
)

STANDING, AGAINST = 400, 1000
"""Members of a morph that stand for all, and negatives; four times as many order objects no better (`docs/methods.md`)."""
MOST_REFUSED = 4000
MOST_OBJECTS = 150_000  # that are weighed; a second for 50 000


def pooled_evidence(
    vectors: np.ndarray,
    *,
    objects: np.ndarray,
    offered: np.ndarray,
    morph: np.ndarray,
    refused: np.ndarray,
    rejected: Mapping[int, np.ndarray] | None = None,
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
    rejected : mapping of int to array of int, optional
        Objects that were rejected from a morph, those that have a position.
    axes : array of float, optional
        A view in which distances are measured (:func:`morphoexplore.methods.telling_apart.telling_axes`).
    random_state : int
        Draws the members and negatives that stand for very many.

    Returns
    -------
    evidence : array of float, shape (n,)
        Below 1 the object speaks for its morph; NaN behind the first 150 000.

    Notes
    -----
    With *a* the mean distance to the five nearest members, *b* that to the five nearest negatives (members of other morphs, what was
    rejected from this one, and all that was refused), *w* the median of *a* over the members themselves, and *t* the trust in negatives
    (:func:`~morphoexplore.methods.growing.trust_in_negatives`): (a / b)^t (a / w)^(1 - t). Within a morph w changes nothing; between morphs
    it makes alike what is near in a dense one and in a wide one. Without negatives t = 0, of a single member, or of copies, t = 1.
    """
    rng = np.random.default_rng(random_state)
    has_place = np.isfinite(vectors).all(axis=1)
    morph = np.where(has_place, morph[: len(vectors)], -1)
    known = few_of_each(morph, has_place, rng)
    refused = sample(np.unique(refused), MOST_REFUSED, rng)
    said_no = rejected or {}
    weighed = offered[:MOST_OBJECTS]
    evidence = np.full(len(objects), np.nan)

    def weigh(one: int) -> None:
        own_rng = np.random.default_rng([random_state, one])  # whichever thread comes first
        here = np.flatnonzero(weighed == one)
        members = sample(np.flatnonzero(morph == one), STANDING, own_rng)
        negatives = np.union1d(known[morph[known] != one], refused)
        negatives = np.union1d(negatives, said_no.get(one, negatives[:0]))
        negatives = _near_and_far(vectors, negatives, members, own_rng)
        own = few_nearest(vectors, objects[here], members, axes)
        others = few_nearest(vectors, objects[here], negatives, axes)
        trust, width = _trust_and_width(vectors, members, negatives, refused, axes)
        evidence[here] = ratio(own, others, trust) / width ** (1 - trust)

    # One thread for each product, so that the order does not depend on their number.
    with one_blas_thread(), ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(weigh, np.unique(weighed).tolist()))
    return evidence


def _trust_and_width(
    vectors: np.ndarray,
    members: np.ndarray,
    negatives: np.ndarray,
    refused: np.ndarray,
    axes: np.ndarray | None,
) -> tuple[float, float]:
    """Return how far negatives count for a morph, and how far its members lie from one another."""
    among = mean_of_few(few_nearest(vectors, members, members, axes))
    width = float(np.median(among[among > 0])) if (among > 0).any() else 1.0
    if not len(negatives):
        return 0.0, width
    if not (among > 0).any():
        return 1.0, width
    return trust_in_negatives(vectors, members, negatives[np.isin(negatives, refused)], axes), width


def _near_and_far(
    vectors: np.ndarray, rows: np.ndarray, members: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return as many rows as stand for all, half of them those nearest to the members and half at random; ascending."""
    far = sample(rows, AGAINST // 2, rng)
    near = nearest_rows(vectors, rows, vectors[sample(members, PROTOTYPES, rng)], AGAINST // 2)
    return np.union1d(near, far)
