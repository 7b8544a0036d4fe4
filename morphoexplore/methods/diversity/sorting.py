"""
How far an index moves because of sorting: what audits know of each morph's errors, carried into the indices.

Of each morph, a number of unseen members was looked at and found right or wrong. That leaves a range of precisions (a
Beta posterior), from which one is drawn per replicate; the same for all samples, because a morph is as wrong in one as in
the next. Members drawn as wrong leave their morph. This is no sampling interval, and is shown beside it.

Of single objects it holds as well, each with the precision of its morph: what is wrong leaves the cloud. A wrong member that belongs to another morph
that counts would stay where it is, so that these intervals are the widest that the audits allow.

References
----------
Gelman, A. et al. (2013). Bayesian Data Analysis. Third edition, CRC Press, section 2.4.
Jeffreys, H. (1946). An invariant form for the prior probability in estimation problems. Proc. R. Soc. A 186, 453-461.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from morphoexplore.errors import WrongNumbersError
from morphoexplore.methods.diversity.bootstrap import (
    BLOCK,
    LEVEL,
    REPLICATES,
    Index,
    Interval,
    interval_of,
    read_fractions,
)
from morphoexplore.methods.diversity.checking import FloatArray, Names, read_coordinates, read_table
from morphoexplore.methods.diversity.hulls import pool_volume
from morphoexplore.methods.diversity.randomness import random_of
from morphoexplore.methods.diversity.standardising import DRAWS, drawable, drawn_volumes
from morphoexplore.methods.diversity.statuses import EMPTY, LOW_N, OK, Result

#: Jeffreys: what is believed of a morph that nobody looked at, as wrong and right looks.
PRIOR = (0.5, 0.5)


def draw_precisions(
    right: ArrayLike,
    wrong: ArrayLike,
    *,
    prior: tuple[float, float] = PRIOR,
    replicates: int = REPLICATES,
    random_state: int = 0,
    ids: Names = None,
) -> FloatArray:
    """
    Draw precisions that the audits of morphs leave possible.

    Parameters
    ----------
    right, wrong : array, shape (n_morphs,)
        Random looks at unseen members that found them right, and wrong.
    prior : tuple of float
        Right and wrong looks that are taken as known before any; more of them for a morph like its fellows.
    replicates : int
        How many.
    random_state : int
        Of the draws.
    ids : sequence, optional
        Names of morphs for messages.

    Returns
    -------
    precisions : array, shape (n_replicates, n_morphs)
        Between 0 and 1.

    Examples
    --------
    >>> draw_precisions([95], [5], replicates=1000).mean().round(2)
    np.float64(0.95)
    """
    good, bad = (read_table(looks, ids=ids).values for looks in (right, wrong))
    if good.shape != bad.shape or len(good) != 1 or min(prior) <= 0:
        message = "Right and wrong looks are one number per morph each, and both looks of the prior above 0."
        raise WrongNumbersError(message)
    random = random_of(random_state, "precisions")
    return random.beta(good[0] + prior[0], bad[0] + prior[1], size=(replicates, good.shape[1]))


def propagate_sorting(
    counts: ArrayLike,
    precisions: ArrayLike,
    indices: Mapping[str, Index],
    *,
    certain: ArrayLike = 0.0,
    weights: ArrayLike = 1.0,
    morphs: ArrayLike | None = None,
    errors: str = "leave",
    level: float = LEVEL,
    random_state: int = 0,
    sample: Any = 0,
    ids: Names = None,
) -> dict[str, Interval]:
    """
    Recompute indices of one sample with members taken out of their morphs as often as they may be wrong.

    Parameters
    ----------
    counts : array, shape (n_morphs,) or (n_fractions, n_morphs)
        Whole numbers of objects, as sorted. For single objects instead of morphs: 1 each, with *morphs*.
    precisions : array, shape (n_replicates, n_morphs)
        From :func:`draw_precisions`, the same for all samples of a study.
    indices : mapping of str to callable
        As in ``bootstrap_objects``.
    certain : array, shape as *counts*
        Members among them that a person looked at and judged right: they stay.
    weights : float or array, shape (n_fractions,) or (n_fractions, n_morphs)
        What one object stands for.
    morphs : array of int, shape (n_morphs,), optional
        The column of *precisions* that each of *counts* has, such as the morph of each object; its own unless given.
    errors : {"leave", "spread"}
        Wrong ones leave the community (debris among them), or belong to the other morphs of their fraction, as common
        as those are; where there is no other, they leave.
    level : float
        Of the percentile interval.
    random_state : int
        With the name of the sample it decides which members are wrong.
    sample : str or int
        Name of the sample.
    ids : sequence, optional
        Names of morphs for messages.

    Returns
    -------
    intervals : dict of str to Interval
        As *indices*. ``value`` is the index as sorted; where errors weigh on one side, the interval lies beside it.
    """
    if errors not in ("leave", "spread"):
        message = f"Wrong members leave or spread, they do not {errors!r}."
        raise WrongNumbersError(message)
    rows, per_object = read_fractions(counts, weights, ids)
    chances, column = _read_precisions(precisions, morphs, rows.shape[1])
    sure = np.broadcast_to(np.asarray(certain, dtype=np.float64), rows.shape)
    read_table(sure, ids=ids, integers=True)
    if (sure > rows).any():
        message = "More members are certain than there are in a morph."
        raise WrongNumbersError(message)
    observed = (rows * per_object).sum(axis=0)
    found: dict[str, list[FloatArray]] = {name: [] for name in indices}
    randoms = [random_of(random_state, sample, "sorting", fraction) for fraction in range(len(rows))]
    step = max(1, BLOCK // max(rows.shape[1], 1))
    for begin in range(0, len(chances) if observed.any() else 0, step):
        block = chances[begin : begin + step][:, column]
        table = np.zeros(block.shape)
        for row, known, each, random in zip(rows, sure, per_object, randoms, strict=True):
            kept = known + random.binomial((row - known).astype(np.int64), block)
            if errors == "spread":
                kept = kept + _spread(row - kept, kept)
            table += kept * each
        for name, index in indices.items():
            found[name].append(np.asarray(index(table).value, dtype=np.float64))
    return {
        name: interval_of(index(observed), found[name], level, percentile=True, holds_value=False)
        for name, index in indices.items()
    }


def propagate_sorting_richness(
    weights: ArrayLike,
    coordinates: ArrayLike,
    m: int,
    precisions: ArrayLike,
    *,
    morphs: ArrayLike | None = None,
    certain: ArrayLike = 0.0,
    pool: ArrayLike | float | None = None,
    draws: int = DRAWS,
    draws_per_replicate: int = 10,
    level: float = LEVEL,
    random_state: int = 0,
    sample: Any = 0,
    ids: Names = None,
) -> Interval:
    """
    Recompute the standardised functional richness of one sample without the objects that may be wrong.

    Replicates draw with the random numbers of the value, so that they differ from it by the objects that left and by nothing else; ends of
    the interval are the value and what its first draws change by.

    Parameters
    ----------
    weights, coordinates, m, pool, draws, random_state, sample
        As of ``standardised_functional_richness``, of one sample.
    precisions : array, shape (n_replicates, n_morphs)
        From :func:`draw_precisions`.
    morphs : array of int, shape (n_objects,), optional
        Column of *precisions* that each object has; its own unless given.
    certain : array, shape (n_objects,)
        1 for objects that a person looked at and judged right.
    draws_per_replicate : int
        Of *m* objects.
    level : float
        Of the percentile interval.
    ids : sequence, optional
        Names of objects for messages.

    Returns
    -------
    interval : Interval
        ``unreliable`` where fewer than nine in ten replicates have *m* effective objects left.
    """
    table = read_table(weights, ids=ids)
    if not table.single:
        message = "Errors of sorting are carried into one sample: weights have one dimension."
        raise WrongNumbersError(message)
    row = table.values[0]
    points = read_coordinates(coordinates, len(row), ids=ids)
    chances, column = _read_precisions(precisions, morphs, len(row))
    sure = np.broadcast_to(np.asarray(certain, dtype=np.float64), row.shape) > 0
    volume = pool_volume(pool, points.shape[1])
    status = drawable(row, points, m) if row.any() else EMPTY
    if status not in (OK, LOW_N):
        return Interval(np.nan, np.nan, np.nan, np.nan, status, np.empty(0))
    there = row > 0
    row, points, column, sure = row[there], points[there], column[there], sure[there]

    def drawn(each: FloatArray, count: int) -> FloatArray:
        random = random_of(random_state, sample, "draws")  # the same for all
        return drawn_volumes(each, points, m, count, random) / volume

    first = drawn(row, max(draws, draws_per_replicate))
    value, base = float(first[:draws].mean()), float(first[:draws_per_replicate].mean())
    random = random_of(random_state, sample, "sorting")
    changes = np.full(len(chances), np.nan)
    for i, chance in enumerate(chances):
        kept = row * (sure | (random.random(len(row)) < chance[column]))
        if kept.any() and drawable(kept, points, m) in (OK, LOW_N):
            changes[i] = drawn(kept, draws_per_replicate).mean() - base
    return interval_of(Result(value, status), [value + changes], level, percentile=True, holds_value=False)


def _read_precisions(
    precisions: ArrayLike, morphs: ArrayLike | None, count: int
) -> tuple[FloatArray, NDArray[np.intp]]:
    """Return precisions, and the column of each morph or object."""
    chances = read_table(precisions).values
    column = np.arange(count) if morphs is None else np.asarray(morphs, dtype=np.intp)
    most = chances.shape[1]
    is_one_each = most == count if morphs is None else column.shape == (count,)
    if not is_one_each or (chances > 1).any() or (column < 0).any() or (column >= most).any():
        message = f"Precisions lie between 0 and 1, one per morph of {count}."
        raise WrongNumbersError(message)
    return chances, column


def _spread(lost: FloatArray, kept: FloatArray) -> FloatArray:
    """Give what each morph lost to the others, in proportion to what they kept."""
    others = kept.sum(axis=1, keepdims=True) - kept
    per_other = np.divide(lost, others, out=np.zeros_like(kept, dtype=np.float64), where=others > 0)
    return kept * (per_other.sum(axis=1, keepdims=True) - per_other)
