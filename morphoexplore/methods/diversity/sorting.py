"""
How far an index moves because of sorting: what audits know of each morph's errors, carried into the indices.

Of each morph, a number of unseen members was looked at and found right or wrong. That leaves a range of precisions (a
Beta posterior), from which one is drawn per replicate; the same for all samples, because a morph is as wrong in one as in
the next. Members drawn as wrong leave their morph. This is no sampling interval, and is shown beside it.

References
----------
Gelman, A. et al. (2013). Bayesian Data Analysis. Third edition, CRC Press, section 2.4.
Jeffreys, H. (1946). An invariant form for the prior probability in estimation problems. Proc. R. Soc. A 186, 453-461.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from morphoexplore.errors import WrongNumbersError
from morphoexplore.methods.diversity.bootstrap import (
    LEVEL,
    REPLICATES,
    Index,
    Interval,
    interval_of,
    read_fractions,
)
from morphoexplore.methods.diversity.checking import FloatArray, Names, read_table
from morphoexplore.methods.diversity.randomness import random_of

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
        Whole numbers of objects, as sorted.
    precisions : array, shape (n_replicates, n_morphs)
        From :func:`draw_precisions`, the same for all samples of a study.
    indices : mapping of str to callable
        As in ``bootstrap_objects``.
    certain : array, shape as *counts*
        Members among them that a person looked at and judged right: they stay.
    weights : float or array, shape (n_fractions,) or (n_fractions, n_morphs)
        What one object stands for.
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
    chances = read_table(precisions).values
    sure = np.broadcast_to(np.asarray(certain, dtype=np.float64), rows.shape)
    read_table(sure, ids=ids, integers=True)
    if chances.shape[1] != rows.shape[1] or (chances > 1).any():
        message = f"Precisions lie between 0 and 1, one per morph of {rows.shape[1]}."
        raise WrongNumbersError(message)
    if (sure > rows).any():
        message = "More members are certain than there are in a morph."
        raise WrongNumbersError(message)
    observed = (rows * per_object).sum(axis=0)
    random = random_of(random_state, sample, "sorting")
    table = np.zeros((len(chances), rows.shape[1]))
    for row, known, each in zip(rows, sure, per_object, strict=True):
        kept = known + random.binomial((row - known).astype(np.int64), chances)
        if errors == "spread":
            kept = kept + _spread(row - kept, kept)
        table += kept * each
    blocks = table if observed.any() else table[:0]
    return {
        name: interval_of(
            index(observed), [np.asarray(index(blocks).value)] if len(blocks) else [], level, percentile=True
        )
        for name, index in indices.items()
    }


def _spread(lost: FloatArray, kept: FloatArray) -> FloatArray:
    """Give what each morph lost to the others, in proportion to what they kept."""
    others = kept.sum(axis=1, keepdims=True) - kept
    per_other = np.divide(lost, others, out=np.zeros_like(kept, dtype=np.float64), where=others > 0)
    return kept * (per_other.sum(axis=1, keepdims=True) - per_other)
