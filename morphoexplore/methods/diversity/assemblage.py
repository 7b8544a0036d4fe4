"""
How far an index of shares would move had other objects been caught: bootstraps of an estimated assemblage.

Drawn again as they are, morphs only ever get lost, and Hill numbers come out too low. So an assemblage is estimated first, with the
morphs that were not seen, and drawn from; the interval is of 1.96 standard errors.

References
----------
Chao, A. et al. (2014). Rarefaction and extrapolation with Hill numbers. Ecological Monographs 84, 45-67.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from morphoexplore.errors import WrongNumbersError
from morphoexplore.methods.diversity.bootstrap import (
    BLOCK,
    LEVEL,
    REPLICATES,
    Index,
    Interval,
    check_replicates,
    intervals_of,
    read_fractions,
)
from morphoexplore.methods.diversity.checking import FloatArray, Names, read_table
from morphoexplore.methods.diversity.estimators import Rare
from morphoexplore.methods.diversity.randomness import random_of

RARE = 2  # objects of a morph that tell of those not seen, as in the estimate of how many these are


def bootstrap_assemblage(
    counts: ArrayLike,
    indices: Mapping[str, Index],
    *,
    weights: ArrayLike = 1.0,
    replicates: int = REPLICATES,
    level: float = LEVEL,
    random_state: int = 0,
    sample: Any = 0,
    ids: Names = None,
) -> dict[str, Interval]:
    """
    Draw from the assemblage that a sample points to, morphs that were not seen included (Chao et al. 2014).

    Parameters
    ----------
    counts : array, shape (n_morphs,) or (n_fractions, n_morphs)
        Whole numbers of objects.
    indices : mapping of str to callable
        Functions of a table, shape (n_replicates, n_morphs and more), such as ``partial(hill, q=1)``,
        ``partial(rarefy, m=100, q=0)`` or ``partial(coverage_standardise, c=0.9, q=0)``.
    weights : float or array, shape (n_fractions,)
        What one object of each fraction stands for. Leave it alone for estimators that need whole numbers.
    level : float
        Of the interval: so many standard errors on both sides, not below 0.
    replicates, random_state, sample, ids
        As of :func:`bootstrap_objects`.

    Returns
    -------
    intervals : dict of str to Interval
        As *indices*.
    """
    rows, per_object = read_fractions(counts, weights, ids)
    check_replicates(replicates, level)
    if (per_object != per_object[:, :1]).any():
        message = "A morph that was not seen has no weight of its own: give one weight per fraction, or objects one by one."
        raise WrongNumbersError(message)
    observed = (rows * per_object).sum(axis=0)
    chances = [estimated_assemblage(row) for row in rows]
    width = rows.shape[1] + sum(len(chance) - rows.shape[1] for chance in chances)
    table, begin = np.zeros((replicates, width)), rows.shape[1]
    for fraction, (row, chance) in enumerate(zip(rows, chances, strict=True)):
        if not row.any():
            continue
        random = random_of(random_state, sample, "assemblage", fraction)
        drawn = random.multinomial(int(row.sum()), chance / chance.sum(), size=replicates)
        table[:, : rows.shape[1]] += drawn[:, : rows.shape[1]] * per_object[fraction, 0]
        unseen = len(chance) - rows.shape[1]  # each fraction misses its own
        table[:, begin : begin + unseen] += drawn[:, rows.shape[1] :] * per_object[fraction, 0]
        begin += unseen
    return intervals_of(observed, iter([table] if observed.any() else []), indices, level, percentile=False)


def bootstrap_assemblage_of_objects(
    morphs: ArrayLike,
    indices: Mapping[str, Index],
    *,
    weights: ArrayLike,
    fractions: ArrayLike | None = None,
    replicates: int = REPLICATES,
    level: float = LEVEL,
    random_state: int = 0,
    sample: Any = 0,
    ids: Names = None,
) -> dict[str, Interval]:
    """
    Draw from the assemblage that a sample points to, where every object has a weight of its own, such as its body volume.

    Morphs are drawn as by :func:`bootstrap_assemblage`, within each fraction. An object of a morph then weighs what one of its objects in that
    fraction does; one of a morph that was not seen, what one of the rare morphs does (1 or 2 objects).

    Parameters
    ----------
    morphs : array, shape (n_objects,)
        The morph of each object of the sample.
    weights : array, shape (n_objects,)
        What each object stands for, such as its biovolume / (fraction x volume); objects of weight 0 are not there.
    fractions : array, shape (n_objects,), optional
        The fraction (or acquisition) each object is of; all of one unless given.
    indices, replicates, level, random_state, sample
        As of :func:`bootstrap_assemblage`; of the morphs that are present and more.
    ids : sequence, optional
        Names of objects for messages.

    Returns
    -------
    intervals : dict of str to Interval
        As *indices*.

    Examples
    --------
    >>> found = bootstrap_assemblage_of_objects(["egg", "egg", "crab"], {"d": simpson}, weights=[1.0, 1.0, 8.0], replicates=10)
    >>> round(float(found["d"].value), 2)
    0.32
    """
    each, present = np.asarray(weights, dtype=np.float64), np.asarray(morphs)
    labels = np.zeros(len(present)) if fractions is None else np.asarray(fractions)
    if not each.ndim == present.ndim == labels.ndim == 1 or not len(each) == len(present) == len(labels):
        message = f"Every object has one morph, weight and fraction, not {len(present)}, {len(each)} and {len(labels)} of them."
        raise WrongNumbersError(message)
    read_table(each, ids=ids)  # says which are wrong
    check_replicates(replicates, level)
    there = each > 0
    each, labels = each[there], labels[there]
    _, column = np.unique(present[there], return_inverse=True)
    width = int(column.max(initial=-1)) + 1
    observed = np.bincount(column, each, minlength=max(width, 1)).astype(np.float64)
    parts: list[tuple[NDArray[np.intp], FloatArray]] = [
        (column[labels == label], each[labels == label]) for label in np.unique(labels)
    ]
    blocks = _weighed(parts, width, replicates, random_state, sample)
    return intervals_of(observed, blocks, indices, level, percentile=False)


def estimated_assemblage(row: FloatArray) -> FloatArray:
    """
    Shares of the morphs of an assemblage: of those seen, made smaller, and at the end of those not seen, all alike.

    Parameters
    ----------
    row : array, shape (n_morphs,)
        Whole numbers of objects of one sample.
    """
    rare = Rare.of(row)
    if rare.n == 0:
        return np.zeros(len(row))
    unseen = int(np.ceil(rare.unseen))
    share = row / rare.n
    uncovered = 1 - rare.coverage()
    if unseen == 0 or uncovered == 0:
        return share
    missed = (1 - share) ** rare.n  # chance that a morph of that share is missed
    taken = uncovered / (share * missed).sum()
    return np.concatenate([share * np.maximum(1 - taken * missed, 0.0), np.full(unseen, uncovered / unseen)])


class _Fraction(NamedTuple):
    """What objects of one fraction are drawn from, sorted by morph, those of rare morphs once more at the end for what was not seen."""

    n: int
    chance: FloatArray  # of every morph, and of each that was not seen
    columns: NDArray[np.intp]  # of the table, of each of these
    first: NDArray[np.intp]  # of their objects among the weights
    sizes: NDArray[np.intp]
    each: FloatArray
    of_morphs: np.random.Generator
    of_objects: np.random.Generator


def _fraction(
    column: NDArray[np.intp], each: FloatArray, width: int, end: int, randoms: tuple[np.random.Generator, ...]
) -> _Fraction:
    sizes = np.bincount(column, minlength=width)
    chance = estimated_assemblage(sizes.astype(np.float64))
    unseen, rare = len(chance) - width, each[sizes[column] <= RARE]
    return _Fraction(
        n=len(each),
        chance=chance / chance.sum(),
        columns=np.concatenate([np.arange(width), np.arange(end, end + unseen)]),
        first=np.concatenate([np.cumsum(sizes) - sizes, np.full(unseen, len(each))]),
        sizes=np.concatenate([sizes, np.full(unseen, len(rare))]),
        each=np.concatenate([each[np.argsort(column, kind="stable")], rare]),
        of_morphs=randoms[0],
        of_objects=randoms[1],
    )


def _weighed(
    parts: list[tuple[NDArray[np.intp], FloatArray]],
    width: int,
    replicates: int,
    random_state: int,
    sample: Any,
) -> Iterator[FloatArray]:
    """Yield amounts of replicates, few at a time, of fractions given as columns and weights of their objects."""
    fractions: list[_Fraction] = []
    end = width
    for number, (column, each) in enumerate(parts):
        randoms = tuple(
            random_of(random_state, sample, "weighed", number, of) for of in ("morphs", "objects")
        )
        fractions.append(_fraction(column, each, width, end, randoms))
        end += len(fractions[-1].chance) - width  # each fraction misses its own
    step = max(1, BLOCK // max([end, 1, *(one.n for one in fractions)]))
    for begin in range(0, replicates if fractions else 0, step):
        size = min(step, replicates - begin)
        table = np.zeros(size * end)
        rows = np.arange(size)[:, None] * end
        for one in fractions:
            kind = one.of_morphs.choice(len(one.chance), size=(size, one.n), p=one.chance)
            which = one.first[kind] + (one.of_objects.random(kind.shape) * one.sizes[kind]).astype(np.intp)
            cell = rows + one.columns[kind]
            table += np.bincount(cell.ravel(), one.each[which].ravel(), minlength=len(table))
        yield table.reshape(size, end)
