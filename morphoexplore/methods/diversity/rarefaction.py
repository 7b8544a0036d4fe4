"""
Hill numbers of samples of equal size or of equal coverage: what makes richness comparable.

Fewer objects than were counted: the expectation over all parts of the sample, exactly. More: extrapolated towards the
asymptotic estimate, which holds up to about twice the sample.

References
----------
Chao, A. et al. (2014). Rarefaction and extrapolation with Hill numbers. Ecological Monographs 84, 45-67.
Chao, A. and Jost, L. (2012). Coverage-based rarefaction and extrapolation. Ecology 93, 2533-2547.
Heck, K. L. et al. (1975). Explicit calculation of the rarefaction diversity measurement. Ecology 56, 1459-1461.
Hurlbert, S. H. (1971). The nonconcept of species diversity. Ecology 52, 577-586.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import gammaln

from morphoexplore.errors import WrongNumbersError
from morphoexplore.methods.diversity.checking import FloatArray, Names, read_table
from morphoexplore.methods.diversity.estimators import Rare, finite_order, hill_of
from morphoexplore.methods.diversity.statuses import BELOW_M, OK, UNRELIABLE, Result

#: Beyond this many times the sample, what is extrapolated says more about the formula than about the community.
FARTHEST = 2.0
#: The window of a hypergeometric distribution: so many standard deviations and so many counts on either side.
DEVIATIONS, COUNTS = 12.0, 30.0


def rarefy(counts: ArrayLike, m: float, q: float = 0, *, ids: Names = None, samples: Names = None) -> Result:
    """
    Hill number of order q of *m* objects: rarefied below what was counted, extrapolated above.

    Parameters
    ----------
    counts : array, shape (n_morphs,) or (n_samples, n_morphs)
        Whole numbers of objects.
    m : float
        Objects, 1 or more; between two whole numbers the Hill number is interpolated.
    q : float
        Order, finite.
    ids, samples : sequence, optional
        Names of morphs and samples for messages.

    Returns
    -------
    result : Result
        Effective number of morphs; NaN where a sample is empty, ``unreliable`` beyond twice the sample or where all
        objects are singletons and *m* is more than there are.

    Examples
    --------
    >>> rarefy([2, 2], 2)
    Result(value=1.6666666666666665, status='ok')
    """
    m, q = _size(m), finite_order(q)
    table = read_table(counts, ids=ids, samples=samples, integers=True)
    value, status = np.full(len(table.values), np.nan), table.statuses()
    for i, row in enumerate(table.values):
        rare = Rare.of(row)
        if rare.n:
            value[i], status[i] = hill_at(rare, m, q), _trust(rare, m)
    return table.result(value, status)


def rarefaction_curve(
    counts: ArrayLike, sizes: ArrayLike, q: float = 0, *, ids: Names = None, samples: Names = None
) -> Result:
    """
    Hill numbers of many sizes of sample.

    Parameters are those of :func:`rarefy`, with *sizes* instead of *m*.

    Returns
    -------
    result : Result
        Value and status of shape (n_sizes,) or (n_samples, n_sizes).
    """
    found = [rarefy(counts, float(m), q, ids=ids, samples=samples) for m in np.ravel(np.asarray(sizes))]
    return Result(
        np.stack([one.value for one in found], axis=-1), np.stack([one.status for one in found], axis=-1)
    )


def rarefied_richness_error(counts: ArrayLike, m: int, *, ids: Names = None, samples: Names = None) -> Result:
    """
    Return the standard deviation of richness over all parts of *m* objects (Heck et al. 1975).

    Parameters are those of :func:`rarefy`; NaN with ``below_m`` where a sample has fewer objects.
    """
    m = int(_size(m))
    table = read_table(counts, ids=ids, samples=samples, integers=True)
    value, status = np.full(len(table.values), np.nan), table.statuses()
    for i, row in enumerate(table.values):
        there = row[row > 0]
        n = float(there.sum())
        if status[i] == OK and n < m:
            status[i] = BELOW_M
        elif status[i] == OK:
            missed = _missing(there, n, m)
            together = _missing(there[:, None] + there[None, :], n, m)
            covariance = together - missed[:, None] * missed[None, :]
            np.fill_diagonal(covariance, missed * (1 - missed))
            value[i] = np.sqrt(max(float(covariance.sum()), 0.0))
    return table.result(value, status)


def size_at_coverage(counts: ArrayLike, c: float, *, ids: Names = None, samples: Names = None) -> Result:
    """
    How many objects have coverage *c* (Chao and Jost 2012).

    Parameters
    ----------
    counts : array, shape (n_morphs,) or (n_samples, n_morphs)
        Whole numbers of objects.
    c : float
        Coverage, above 0 and at most 1.
    ids, samples : sequence, optional
        Names of morphs and samples for messages.

    Returns
    -------
    result : Result
        Objects, 1 or more, seldom a whole number; statuses as :func:`rarefy`. NaN with ``unreliable`` where no number
        of objects would do. Where the coverage jumps past *c* (two morphs of two objects have 2/3 at 2, and 1 beyond),
        the number at which it does.
    """
    c = _coverage(c)
    table = read_table(counts, ids=ids, samples=samples, integers=True)
    value, status = np.full(len(table.values), np.nan), table.statuses()
    for i, row in enumerate(table.values):
        rare = Rare.of(row)
        if rare.n:
            value[i] = _size_for(rare, c)
            status[i] = _trust(rare, value[i])
    return table.result(value, status)


def coverage_standardise(
    counts: ArrayLike, c: float, q: float = 0, *, ids: Names = None, samples: Names = None
) -> Result:
    """
    Hill number of order q at coverage *c*: the fair comparison of samples of unequal effort and richness.

    Parameters
    ----------
    counts : array, shape (n_morphs,) or (n_samples, n_morphs)
        Whole numbers of objects.
    c : float
        Coverage, above 0 and at most 1; common to all samples that are compared.
    q : float
        Order, finite.
    ids, samples : sequence, optional
        Names of morphs and samples for messages.

    Returns
    -------
    result : Result
        Effective number of morphs; statuses as :func:`size_at_coverage`.

    Examples
    --------
    >>> coverage_standardise([25], 0.9)
    Result(value=1.0, status='ok')
    """
    c, q = _coverage(c), finite_order(q)
    table = read_table(counts, ids=ids, samples=samples, integers=True)
    value, status = np.full(len(table.values), np.nan), table.statuses()
    for i, row in enumerate(table.values):
        rare = Rare.of(row)
        if rare.n:
            size = _size_for(rare, c)
            value[i] = np.nan if np.isnan(size) else hill_at(rare, size, q)
            status[i] = _trust(rare, size)
    return table.result(value, status)


def hill_at(rare: Rare, m: float, q: float) -> float:
    """Hill number of *m* objects of one sample."""
    if q == 2:
        return _second(rare, m)
    if m >= rare.n:
        return _extrapolated(rare, m, q)
    below = int(np.floor(m))
    if below == m:
        return _expected(rare, below, q)
    low, high = _expected(rare, below, q), _expected(rare, below + 1, q)
    return low + (m - below) * (high - low)


def _second(rare: Rare, m: float) -> float:
    """Order 2, in closed form for all m; interpolated between whole numbers below n, like the others."""
    x, n = rare.counts, rare.n
    alike = float((x * (x - 1)).sum() / (n * (n - 1))) if n > 1 else 0.0

    def at(size: float) -> float:
        return 1 / (1 / size + (size - 1) / size * alike)

    if m >= n or m == int(m):
        return at(m)
    below = np.floor(m)
    return at(below) + (m - below) * (at(below + 1) - at(below))


def _extrapolated(rare: Rare, m: float, q: float) -> float:
    n = rare.n
    here = _observed(rare, q)
    if m == n or n == 1:
        return here
    limit, before = hill_of(rare, q), _expected(rare, int(n) - 1, q)
    room = limit - before
    if not np.isfinite(room) or room <= 0 or limit <= here:
        return here
    share = (here - before) / room
    return here + (limit - here) * (1 - (1 - share) ** (m - n))


def _observed(rare: Rare, q: float) -> float:
    shares = rare.counts / rare.n
    if q == 0:
        return float(len(shares))
    if q == 1:
        return float(np.exp(-(shares * np.log(shares)).sum()))
    return float((shares**q).sum() ** (1 / (1 - q)))


def _expected(rare: Rare, m: int, q: float) -> float:
    """Hill number of the frequencies that are expected among *m* of the n objects."""
    if m == rare.n:
        return _observed(rare, q)
    if q == 0:
        return float((1 - _missing(rare.counts, rare.n, m)).sum())
    sizes, morphs = np.unique(rare.counts, return_counts=True)
    k, owner, chance = _parts(sizes, rare.n, m)
    expected = chance * morphs[owner]
    share = k / m
    if q == 1:
        return float(np.exp(-(expected * share * np.log(np.where(k > 0, share, 1.0))).sum()))
    there = k > 0
    return float((expected[there] * share[there] ** q).sum() ** (1 / (1 - q)))


def _missing(counts: FloatArray, n: float, m: float) -> FloatArray:
    """Chance that none of the objects of a morph is among *m* of n."""
    rest = n - counts
    enough = rest >= m
    kept = np.where(enough, rest, m)
    log_chance = gammaln(kept + 1) - gammaln(kept - m + 1) - gammaln(n + 1) + gammaln(n - m + 1)
    return np.where(enough, np.exp(log_chance), 0.0)


def _parts(sizes: FloatArray, n: float, m: int) -> tuple[FloatArray, NDArray[np.intp], FloatArray]:
    """
    Hypergeometric chances of k among *m* objects for morphs of several sizes, in windows around what is expected.

    The chances of a morph are divided by their sum, which takes out what the logarithms of huge factorials lose.
    """
    middle = sizes * m / n
    spread = np.sqrt(middle * (1 - sizes / n) * (n - m) / max(n - 1, 1))
    half = DEVIATIONS * spread + COUNTS
    low = np.maximum.reduce([np.zeros_like(sizes), m - (n - sizes), np.floor(middle - half)])
    high = np.minimum.reduce([sizes, np.full_like(sizes, m), np.ceil(middle + half)])
    lengths = (high - low + 1).astype(np.intp)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    owner = np.repeat(np.arange(len(sizes)), lengths)
    k = np.arange(lengths.sum()) - starts[owner] + low[owner]
    x, rest = sizes[owner], n - sizes[owner]
    log_chance = -(gammaln(k + 1) + gammaln(x - k + 1) + gammaln(m - k + 1) + gammaln(rest - m + k + 1))
    log_chance -= np.maximum.reduceat(log_chance, starts)[owner]
    chance = np.exp(log_chance)
    return k, owner, chance / np.add.reduceat(chance, starts)[owner]


def _size_for(rare: Rare, c: float) -> float:
    here = rare.coverage()
    if c <= rare.coverage(1):
        return 1.0
    if c == here:
        return rare.n
    if c < here:
        if rare.coverage(rare.n - 1) <= c:  # between the last two, where the formula for parts ends
            return rare.n - 1 + (c - rare.coverage(rare.n - 1)) / (here - rare.coverage(rare.n - 1))
        return float(brentq(lambda size: rare.coverage(size) - c, 1, rare.n - 1, xtol=1e-10))
    if c >= 1 or rare.slope in (0.0, 1.0):
        return np.nan
    return float(rare.n - 1 + np.log((1 - c) * rare.n / rare.ones) / np.log(rare.slope))


def _trust(rare: Rare, m: float) -> str:
    if np.isnan(m) or m > FARTHEST * rare.n or (m > rare.n and rare.ones == rare.n):
        return UNRELIABLE
    return OK


def _size(m: float) -> float:
    if not (np.isfinite(m) and m >= 1):
        message = f"Samples are rarefied to one object or more, not to {m}."
        raise WrongNumbersError(message)
    return float(m)


def _coverage(c: float) -> float:
    if not 0 < c <= 1:
        message = f"Coverage is above 0 and at most 1, not {c}."
        raise WrongNumbersError(message)
    return float(c)
