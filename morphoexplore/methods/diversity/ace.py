"""
Richness from the coverage of rare morphs (ACE), and its variance.

References
----------
Chao, A. and Lee, S.-M. (1992). Estimating the number of classes via sample coverage. J. Am. Stat. Assoc. 87, 210-217.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from morphoexplore.errors import WrongNumbersError
from morphoexplore.methods.diversity.checking import FloatArray, Names
from morphoexplore.methods.diversity.estimators import per_sample
from morphoexplore.methods.diversity.statuses import Result

#: Morphs with at most so many objects are rare.
RARE = 10


def ace(counts: ArrayLike, *, rare: int = RARE, ids: Names = None, samples: Names = None) -> Result:
    """
    Abundance-based coverage estimator of richness (Chao and Lee 1992).

    Parameters
    ----------
    counts : array, shape (n_morphs,) or (n_samples, n_morphs)
        Whole numbers of objects.
    rare : int
        Morphs with at most so many objects are rare.
    ids, samples : sequence, optional
        Names of morphs and samples for messages.

    Returns
    -------
    result : Result
        Morphs; NaN with ``unreliable`` where all rare morphs are singletons, because nothing then is covered.
    """
    return per_sample(counts, lambda sample: _ace(sample.counts, rare), ids, samples)


def ace_variance(
    counts: ArrayLike, *, rare: int = RARE, form: str = "delta", ids: Names = None, samples: Names = None
) -> Result:
    """
    Variance of :func:`ace` by the delta method, of whole numbers.

    The frequencies of counts are taken as drawn from a multinomial over the estimated richness, as in
    :func:`.estimators.chao1_variance`.

    Parameters
    ----------
    counts, rare, ids, samples
        As of :func:`ace`.
    form : {"delta", "vegan"}
        With the derivatives of the coverage of rare morphs 1 - f1 / n, or of 1 - f1 / (1 - n), which vegan's ``estimateR``
        (2.6) has in its place: about half the standard error. To compare with that program only.

    Returns
    -------
    result : Result
        Statuses as :func:`ace`; NaN as well where there are no rare morphs to draw from.
    """
    if form not in ("delta", "vegan"):
        message = f"There is no form of the variance of ACE {form!r}. Forms: delta, vegan."
        raise WrongNumbersError(message)
    return per_sample(counts, lambda sample: _ace_variance(sample.counts, rare, form), ids, samples)


def _ace_variance(counts: FloatArray, limit: int, form: str) -> float:
    estimate = _ace(counts, limit)
    few = counts[counts <= limit]
    if len(few) == 0 or not np.isfinite(estimate):
        return np.nan
    sizes = np.arange(1.0, limit + 1)
    frequency = (few[:, None] == sizes).sum(axis=0).astype(np.float64)
    is_one = (sizes == 1).astype(np.float64)
    n, seen, ones = few.sum(), float(len(few)), frequency[0]
    if form == "delta":
        covered, by_covered = 1 - ones / n, ones * sizes / n**2 - is_one / n
    else:
        covered, by_covered = 1 - ones / (1 - n), -is_one / (1 - n) - ones * sizes / (1 - n) ** 2
    pairs, by_pairs = (few * (few - 1)).sum(), sizes * (sizes - 1)
    whole = covered * n * (n - 1)
    uneven = seen * pairs / whole - 1
    by_whole = by_covered * n * (n - 1) + covered * sizes * (2 * n - 1)
    by_uneven = (pairs + seen * by_pairs) / whole - seen * pairs * by_whole / whole**2
    if form == "delta" and uneven <= 0:  # taken as 0 by the estimate
        uneven, by_uneven = 0.0, np.zeros_like(sizes)
    slopes = (1 + is_one * uneven + ones * by_uneven) / covered
    slopes -= (seen + ones * uneven) * by_covered / covered**2
    return float(frequency @ slopes**2 - (frequency @ slopes) ** 2 / estimate)


def _ace(counts: FloatArray, limit: int) -> float:
    few = counts[counts <= limit]
    common = float((counts > limit).sum())
    if len(few) == 0:
        return common
    n, ones = few.sum(), float((few == 1).sum())
    covered = 1 - ones / n
    if covered == 0:
        return np.nan
    uneven = max(len(few) / covered * (few * (few - 1)).sum() / (n * (n - 1)) - 1, 0.0)
    return float(common + len(few) / covered + ones / covered * uneven)
