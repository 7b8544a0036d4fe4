"""
How much discriminant axes should weigh: tried on morphs, and on members, that were left out of their fit.

A view that only draws together the members it was fitted on is of no use: what counts are the objects that nobody
has named yet, those of the morphs there are and those of morphs still to be found. So whole morphs are left out in
turn, and of the others every third member. Both are looked for among one another and among free objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morphoexplore.methods.discriminants import discriminant_axes

Array = NDArray[Any]

WEIGHTS = (0.0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9)
SHRINKAGES = (0.1, 0.2, 0.4)
FOLDS = 5
HELD = 3  # every third member of a morph is left out
MOST_QUERIES, MOST_OTHERS = 600, 2_500  # members that look, and objects they look among, per fold
MOST_NEIGHBOURS = 50
AXES = 64
SURE, WORTH_IT = 1.5, 0.01
"""Standard errors, and share found, that a gain must have: the best of many is above nothing by chance."""


@dataclass(frozen=True, eq=False)
class Trial:
    """How well members that were left out find their own morph, for each shrinkage and weight."""

    shrinkages: tuple[float, ...]
    weights: tuple[float, ...]
    """The first is 0: the features as they are."""
    part: float
    """Share of the members that the axes were fitted on."""
    new: NDArray[np.float64]
    """
    Members of morphs that were left out: mean share of their own morph among as many nearest (at most 50) as it has
    there, shape (shrinkages, weights).
    """
    known: NDArray[np.float64]
    """The same for left-out members of morphs that were not left out."""
    error: NDArray[np.float64]
    """Standard error of the gain of both together, from the differences between morphs, shape (shrinkages, weights)."""

    @property
    def gain(self) -> NDArray[np.float64]:
        """Gain of both together over the features as they are, shape (shrinkages, weights)."""
        return self.new + self.known - (self.new[0, 0] + self.known[0, 0])

    def best(self) -> tuple[int, int]:
        """
        Give the place of the best shrinkage and weight.

        Best is the largest gain where morphs that were left out lose nothing; (0, 0) where it is within one and a
        half standard errors, or below 0.01.
        """
        gain = np.where(self.new >= self.new[0, 0], self.gain, -np.inf)
        row, column = (int(place) for place in np.unravel_index(int(gain.argmax()), gain.shape))
        return (row, column) if gain[row, column] > max(WORTH_IT, SURE * self.error[row, column]) else (0, 0)

    def best_of(self, weight: float) -> tuple[int, int]:
        """Give the place of the best shrinkage for a weight."""
        column = self.weights.index(weight)
        return int(self.gain[:, column].argmax()), column

    def shrinkage_of_all(self, row: int) -> float:
        """
        Give the shrinkage for a fit on all members.

        The more members, the less is needed: the best one, of Ledoit and Wolf (2004, J. Multivar. Anal. 88:365), falls
        as one over their number.
        """
        return self.shrinkages[row] * self.part


def leave_morphs_out(
    points: NDArray[np.float64],
    groups: NDArray[np.int64],
    variances: NDArray[np.float64],
    *,
    weights: Sequence[float] = WEIGHTS,
    shrinkages: Sequence[float] = SHRINKAGES,
    random_state: int = 0,
) -> Trial:
    """
    Try shrinkages and weights of discriminant axes on morphs that are left out of their fit.

    Parameters
    ----------
    points : array of float, shape (n, d)
        Objects in principal components of the collection.
    groups : array of int, shape (n,)
        Morph of each, -1 for free objects; at least two morphs, each of at least two members.
    variances : array of float, shape (d,)
        Variance of the collection in each component.
    weights : sequence of float
        Shares of the discriminant axes in the total variance, the first 0.
    shrinkages : sequence of float
        See `discriminant_axes`.
    random_state : int
        Draws the members that are left out, and those that look.

    Returns
    -------
    Trial
    """
    rng = np.random.default_rng(random_state)
    folds = list(_folds(groups, rng))
    tried = [_try(points, groups, variances, fold, tuple(shrinkages), tuple(weights), rng) for fold in folds]
    shares = np.concatenate([shares for shares, _, _ in tried], axis=2)
    morphs, is_new = (np.concatenate([one[place] for one in tried]) for place in (1, 2))
    new, known = (_mean(shares[:, :, is_new == wanted]) for wanted in (True, False))
    part = float(np.mean([len(fold.fitted) for fold in folds]) / (groups >= 0).sum())
    return Trial(tuple(shrinkages), tuple(weights), part, new, known, _standard_error(shares, morphs, is_new))


@dataclass(frozen=True, eq=False)
class _Fold:
    fitted: NDArray[np.int64]
    """Rows that the axes are fitted on."""
    left_out: NDArray[np.int64]
    """Rows of members that are not."""
    is_new: NDArray[np.bool_]
    """Of these, those whose whole morph is left out."""
    others: NDArray[np.int64]
    """Free objects to look among."""


def _folds(groups: NDArray[np.int64], rng: np.random.Generator) -> Iterator[_Fold]:
    """Leave out morphs in turn, large and small ones in each fold, and a third of the members of the others."""
    named, free = np.flatnonzero(groups >= 0), np.flatnonzero(groups < 0)
    ids, which, sizes = np.unique(groups[named], return_inverse=True, return_counts=True)
    rank = np.empty(len(ids), np.int64)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(ids))
    folds = min(FOLDS, len(ids))
    order = np.lexsort((rng.permutation(len(named)), which))
    place = np.empty(len(named), np.int64)
    place[order] = np.arange(len(named)) - np.searchsorted(which[order], which[order])
    held = place % HELD == HELD - 1
    for number in range(folds):
        is_out = rank[which] % folds == number
        rows = np.flatnonzero(is_out | held)
        if len(rows) > MOST_OTHERS:
            rows = np.sort(rng.choice(rows, MOST_OTHERS, replace=False))
        others = free
        if len(free) > MOST_OTHERS - len(rows):
            others = rng.choice(free, MOST_OTHERS - len(rows), replace=False)
        yield _Fold(named[~is_out & ~held], named[rows], is_out[rows], others)


def _try(
    points: NDArray[np.float64],
    groups: NDArray[np.int64],
    variances: NDArray[np.float64],
    fold: _Fold,
    shrinkages: tuple[float, ...],
    weights: tuple[float, ...],
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    """Give the share that each member finds, shape (shrinkages, weights, members), its morph, and whether that is new."""
    asking = np.arange(len(fold.left_out))
    if len(asking) > MOST_QUERIES:
        asking = np.sort(rng.choice(asking, MOST_QUERIES, replace=False))
    among = np.concatenate([fold.left_out, fold.others])
    own = groups[fold.left_out[asking], None] == groups[among]
    own[np.arange(len(asking)), asking] = False  # nobody finds himself
    wanted = np.minimum(own.sum(axis=1), MOST_NEIGHBOURS)
    far = _squares(points[fold.left_out[asking]], points[among]) / variances.sum()
    shares = np.empty((len(shrinkages), len(weights), len(asking)))
    fitted = points[fold.fitted], groups[fold.fitted]
    for row, shrinkage in enumerate(shrinkages):
        axes = discriminant_axes(*fitted, variances, shrinkage=shrinkage, dims=AXES)
        total = (axes**2 * variances[:, None]).sum()
        scores = points[among] @ (axes / np.sqrt(max(total, 1e-30)))
        apart = _squares(scores[asking], scores)
        for column, weight in enumerate(weights):
            squares = (1 - weight) * far + weight * apart
            squares[np.arange(len(asking)), asking] = np.inf
            shares[row, column] = _share(own, squares, wanted)
    asks = wanted > 0
    return shares[:, :, asks], groups[fold.left_out[asking]][asks], fold.is_new[asking][asks]


def _squares(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the squared distances between rows, shape (n, m)."""
    lengths = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)
    return np.asarray(lengths - 2 * one @ other.T)


def _share(
    own: NDArray[np.bool_], squares: NDArray[np.float64], wanted: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Give the share of own ones among the *wanted* nearest of each row."""
    most = min(max(1, int(wanted.max(initial=0))), squares.shape[1])
    nearest = np.argpartition(squares, most - 1, axis=1)[:, :most]
    order = np.argsort(np.take_along_axis(squares, nearest, axis=1), axis=1, kind="stable")
    hits = np.take_along_axis(own, np.take_along_axis(nearest, order, axis=1), axis=1)
    counted = np.arange(most) < wanted[:, None]
    return np.asarray((hits & counted).sum(axis=1) / np.maximum(wanted, 1))


def _standard_error(
    shares: NDArray[np.float64], morphs: NDArray[np.int64], is_new: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Give the error of the gain of new and known members together: morphs are independent, their members are not."""
    _, morph = np.unique(morphs, return_inverse=True)
    count = int(morph.max(initial=0)) + 1
    differences = shares - shares[:1, :1]
    for wanted in (True, False):
        part = is_new == wanted
        if part.any():
            mean = differences[:, :, part].mean(axis=2, keepdims=True)
            differences[:, :, part] = (differences[:, :, part] - mean) / part.sum()
    sums = np.array([[np.bincount(morph, one, count) for one in row] for row in differences])
    return np.asarray(np.sqrt((sums**2).sum(axis=2) * count / max(1, count - 1)))


def _mean(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over members; 0 where nobody asked, which gains nothing and loses nothing."""
    return np.asarray(shares.mean(axis=2) if shares.shape[2] else np.zeros(shares.shape[:2]))
