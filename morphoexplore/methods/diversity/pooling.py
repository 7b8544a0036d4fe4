"""
Samples taken together: their diversity as one (gamma), the mean of each (alpha), and how many there seem to be (beta).

With z the amounts of N samples x morphs, divided by the sum of all (Chiu, Jost and Chao 2014):

    gamma = (sum_i (sum_s z_si)^q)^(1/(1-q)),    alpha = (sum_si z_si^q)^(1/(1-q)) / N,    beta = gamma / alpha.

Beta is 1 where all samples are alike and N where they share nothing, of every order q. It sees differences of totals as well; of shares
it is one of composition only. (Gamma over the plain mean of the Hill numbers of samples can fall below 1 for q > 0.) Of order 0
alpha is the mean richness.

How far such an index could lie elsewhere shows in how it changes when a sample is left out (jackknife): samples are the unit, for two tows
differ by more than the counting of their objects.

References
----------
Chiu, C.-H., Jost, L. and Chao, A. (2014). Phylogenetic beta diversity, similarity, and differentiation measures based on Hill
    numbers. Ecological Monographs 84, 21-44.
Efron, B. and Stein, C. (1981). The jackknife estimate of variance. Annals of Statistics 9, 586-596.
Gotelli, N. J. and Colwell, R. K. (2001). Quantifying biodiversity. Ecology Letters 4, 379-391 (sample-based rarefaction).
Heltshe, J. F. and Forrester, N. E. (1983). Estimating species richness using the jackknife procedure. Biometrics 39, 1-11.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from morphoexplore.errors import WrongNumbersError
from morphoexplore.methods.diversity.abundance import hill
from morphoexplore.methods.diversity.bootstrap import LEVEL, Interval
from morphoexplore.methods.diversity.checking import FloatArray, Names, read_order, read_table
from morphoexplore.methods.diversity.statuses import BELOW_M, EMPTY, OK

#: One sample has nothing to differ from.
ONE_SAMPLE = "one_sample"
#: Ways to choose samples up to which all are looked at; beyond, so many random ones: their chance adds about 5 % to an error.
ALL_WAYS = 1000
#: Numbers that are held at once.
BLOCK = 2**22


class HillBeta(NamedTuple):
    """Diversity among samples, and what it was made from."""

    value: float
    gamma: float
    alpha: float
    status: str


def hill_beta(amounts: ArrayLike, q: float, *, ids: Names = None, samples: Names = None) -> HillBeta:
    """
    Return how many samples there seem to be that share nothing, by Hill numbers of order q (Chiu et al. 2014).

    Parameters
    ----------
    amounts : array, shape (n_samples, n_morphs)
        Counts or weights: finite, not negative. Give shares for samples to weigh the same. Empty samples are left out.
    q : float
        Order, 0 to infinity.
    ids, samples : sequence, optional
        Names of morphs and samples for messages.

    Returns
    -------
    beta : HillBeta
        ``value`` beta, 1 to the number of samples; ``gamma``, ``alpha`` (effective numbers of morphs); ``status``: ``ok``,
        ``one_sample`` (beta NaN) or ``empty`` (all NaN).

    Examples
    --------
    >>> hill_beta([[2, 2, 0, 0], [0, 0, 2, 2]], q=1).value
    2.0
    >>> hill_beta([[2, 2], [2, 2]], q=2).value
    1.0
    """
    q = read_order(q)
    table = read_table(amounts, ids=ids, samples=samples)
    if table.single:
        message = "Diversity among samples needs a table of samples x morphs, not one sample."
        raise WrongNumbersError(message)
    gamma, alpha, n = (float(part[0]) for part in gamma_and_alpha(table.values[None], q))
    if n == 0:
        return HillBeta(math.nan, math.nan, math.nan, EMPTY)
    beta = min(max(gamma / alpha, 1.0), n)  # beyond by rounding only
    return HillBeta(beta if n > 1 else math.nan, gamma, alpha, OK if n > 1 else ONE_SAMPLE)


def gamma_and_alpha(stack: FloatArray, q: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """
    Return gamma, alpha, and the number of samples that are not empty, of several tables at once.

    Parameters
    ----------
    stack : array, shape (n_tables, n_samples, n_morphs)
        Weights.
    q : float
        Order.
    """
    n = stack.any(axis=2).sum(axis=1).astype(np.float64)
    parts = [stack.sum(axis=1), stack.reshape(len(stack), -1)]
    gamma, both = (np.asarray(hill(part, q).value, dtype=np.float64) for part in parts)
    return gamma, both / np.where(n > 0, n, np.nan), n


def choices(n: int, m: int, *, random_state: int = 0) -> Iterator[NDArray[np.int64]]:
    """
    Yield ways to choose m of n samples: all of them, or 1000 at random where there are more.

    Examples
    --------
    >>> [way.tolist() for way in choices(3, 2)]
    [[0, 1], [0, 2], [1, 2]]
    """
    if math.comb(n, m) <= ALL_WAYS:
        yield from (np.array(way, dtype=np.int64) for way in itertools.combinations(range(n), m))
        return
    random = np.random.default_rng(random_state)
    for _ in range(ALL_WAYS):
        yield np.sort(random.choice(n, m, replace=False))


def jackknife(
    amounts: FloatArray,
    index: Callable[[FloatArray], FloatArray],
    *,
    m: int | None = None,
    level: float = LEVEL,
    random_state: int = 0,
) -> Interval:
    """
    Return an index of samples together, or its mean over the ways to choose *m* of them, with an interval.

    Parameters
    ----------
    amounts : array, shape (n_samples, n_morphs)
        Counts or weights.
    index : callable
        From tables, shape (n_tables, n_samples, n_morphs), to a number of each.
    m : int, optional
        Samples that are taken at a time (see :func:`choices`); all of them unless given.
    level : float
        Of the interval: *t* of n - 1 degrees of freedom times the standard error on both sides. It speaks of other samples
        such as these, as many of them.
    random_state : int
        Of the ways, where there are more than 1000.

    Returns
    -------
    interval : Interval
        ``replicates``: the index without each sample. No interval of one sample (``one_sample``), nothing (``below_m``) of
        fewer than *m*.

    Examples
    --------
    >>> found = jackknife(np.array([[3.0], [1.0], [2.0]]), lambda tables: tables.mean(axis=(1, 2)))
    >>> found.value, round(found.se, 3)  # of a mean: its standard error
    (2.0, 0.577)
    """
    n = len(amounts)
    nothing = np.empty(0)
    if m is not None and n < m:
        return Interval(math.nan, math.nan, math.nan, math.nan, BELOW_M, nothing)
    if m is None or m == n:
        value = float(index(amounts[None])[0])
        others = np.array([[one for one in range(n) if one != left] for left in range(n)])
        without = _over(others, amounts, index) if n > 1 else nothing
    else:
        ways = np.stack(list(choices(n, m, random_state=random_state)))
        values = _over(ways, amounts, index)
        is_out = np.ones((len(ways), n))
        np.put_along_axis(is_out, ways, 0.0, axis=1)
        value = float(values.mean())
        without = (values @ is_out) / is_out.sum(axis=0)
    if n < 2 or not np.isfinite(without).all():
        return Interval(value, math.nan, math.nan, math.nan, ONE_SAMPLE, without)
    se = math.sqrt((n - 1) / n * float(((without - without.mean()) ** 2).sum()))
    reach = float(stdtrit(n - 1, (1 + level) / 2)) * se
    return Interval(value, se, value - reach, value + reach, OK, without)


def _over(
    ways: NDArray[np.int64], amounts: FloatArray, index: Callable[[FloatArray], FloatArray]
) -> FloatArray:
    """Return the index of every way, few at a time."""
    step = max(1, BLOCK // max(ways.shape[1] * amounts.shape[1], 1))
    parts = [index(amounts[ways[begin : begin + step]]) for begin in range(0, len(ways), step)]
    return np.concatenate(parts)
