"""
Samples taken together: their diversity as one (gamma), the mean of each (alpha), and how many there seem to be (beta).

With z the amounts of N samples x morphs, divided by the sum of all (Chiu, Jost and Chao 2014):

    gamma = (sum_i (sum_s z_si)^q)^(1/(1-q)),    alpha = (sum_si z_si^q)^(1/(1-q)) / N,    beta = gamma / alpha.

Beta is 1 where all samples are alike and N where they share nothing, of every order q. It sees differences of totals as well; of shares
it is one of composition only. (Gamma over the plain mean of the Hill numbers of samples can fall below 1 for q > 0.) Of order 0
alpha is the mean richness.

References
----------
Chiu, C.-H., Jost, L. and Chao, A. (2014). Phylogenetic beta diversity, similarity, and differentiation measures based on Hill
    numbers. Ecological Monographs 84, 21-44.
Gotelli, N. J. and Colwell, R. K. (2001). Quantifying biodiversity. Ecology Letters 4, 379-391 (sample-based rarefaction).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from morphoexplore.errors import WrongNumbersError
from morphoexplore.methods.diversity.checking import Names, read_order, read_table
from morphoexplore.methods.diversity.orders import effective_number
from morphoexplore.methods.diversity.statuses import EMPTY, OK

#: One sample has nothing to differ from.
ONE_SAMPLE = "one_sample"
#: Ways to choose samples up to which all are looked at; beyond, so many random ones.
ALL_WAYS = 200


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
    values = table.values[table.present > 0]
    n = len(values)
    if n == 0:
        return HillBeta(math.nan, math.nan, math.nan, EMPTY)
    shares = values / values.sum()
    gamma = _hill(shares.sum(axis=0), q)
    alpha = _hill(shares.ravel(), q) / n
    beta = min(max(gamma / alpha, 1.0), float(n))  # beyond by rounding only
    return HillBeta(beta if n > 1 else math.nan, gamma, alpha, OK if n > 1 else ONE_SAMPLE)


def choices(n: int, m: int, *, random_state: int = 0) -> Iterator[NDArray[np.int64]]:
    """
    Yield ways to choose m of n samples: all of them, or 200 at random where there are more.

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


def _hill(shares: NDArray[np.float64], q: float) -> float:
    row = shares[None, shares > 0]
    return float(row.size) if q == 0 else float(effective_number(row, row, q)[0])
