"""
What was not seen: richness, entropy and coverage estimated from the rare morphs of a sample of objects.

All of them count singletons and doubletons (f1, f2 morphs with one and two objects among n), so they need whole numbers
of objects as counted, never concentrations.

References
----------
Chao, A. (1984). Nonparametric estimation of the number of classes in a population. Scand. J. Statist. 11, 265-270.
Chao, A. (1987). Estimating the population size for capture-recapture data with unequal catchability. Biometrics 43.
Chao, A. and Jost, L. (2012). Coverage-based rarefaction and extrapolation. Ecology 93, 2533-2547.
Chao, A. and Jost, L. (2015). Estimating diversity and entropy profiles via discovery rates of new species.
    Methods Ecol. Evol. 6, 873-882.
Chao, A., Wang, Y. T. and Jost, L. (2013). Entropy and the species accumulation curve. Methods Ecol. Evol. 4, 1091-1100.
Fisher, R. A., Corbet, A. S. and Williams, C. B. (1943). The relation between the number of species and the number of
    individuals in a random sample of an animal population. J. Anim. Ecol. 12, 42-58.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import gammaln, ndtri, psi

from morphoexplore.errors import WrongNumbersError
from morphoexplore.methods.diversity.checking import FloatArray, Names, read_order, read_table
from morphoexplore.methods.diversity.statuses import EMPTY, OK, UNRELIABLE, Result

#: Sums over a tail end where their factor has fallen to exp(-40), far below the last digit.
TAIL = 40.0
#: Where the tail of a series carries less than exp(-5) of it, subtracting from the whole would lose digits.
FAR = 5.0


class RichnessInterval(NamedTuple):
    """An estimate of richness with its interval."""

    value: float | FloatArray
    low: float | FloatArray
    high: float | FloatArray
    status: str | NDArray[np.object_]


@dataclass(frozen=True)
class Rare:
    """One sample of whole counts, told by its rare morphs."""

    counts: FloatArray  # of morphs that are there
    n: float
    ones: float
    twos: float

    @classmethod
    def of(cls, row: FloatArray) -> Rare:
        """Count the singletons and doubletons of one sample."""
        there = row[row > 0]
        return cls(there, float(there.sum()), float((there == 1).sum()), float((there == 2).sum()))

    @property
    def status(self) -> str:
        """Say ``empty``, ``unreliable`` where all are singletons, otherwise ``ok``."""
        if self.n == 0:
            return EMPTY
        return UNRELIABLE if self.ones == self.n else OK

    @property
    def unseen(self) -> float:
        """Morphs that were not seen, at least (Chao 1984)."""
        if self.twos > 0:
            return (self.n - 1) / self.n * self.ones**2 / (2 * self.twos)
        return (self.n - 1) / self.n * self.ones * (self.ones - 1) / 2

    @property
    def slope(self) -> float:
        """Factor by which one more object shrinks what is not covered; 0 where nothing is left uncovered."""
        if self.ones == 0 or (self.twos == 0 and self.ones == 1):
            return 0.0
        if self.twos > 0:
            return (self.n - 1) * self.ones / ((self.n - 1) * self.ones + 2 * self.twos)
        return (self.n - 1) * (self.ones - 1) / ((self.n - 1) * (self.ones - 1) + 2)

    def coverage(self, size: float | None = None) -> float:
        """Share of the community that belongs to morphs seen in a sample of *size* objects (n unless given)."""
        if self.n == 0:
            return np.nan
        size = self.n if size is None else float(size)
        if size >= self.n:
            return 1 - self.ones / self.n * self.slope ** (size - self.n + 1)
        rest = self.n - self.counts
        missed = self.counts[rest >= size]
        rest = self.n - missed
        log_odds = gammaln(rest + 1) - gammaln(rest - size + 1) - gammaln(self.n) + gammaln(self.n - size)
        return 1 - float((missed / self.n * np.exp(log_odds)).sum())


def per_sample(counts: ArrayLike, estimate: Callable[[Rare], float], ids: Names, samples: Names) -> Result:
    """Apply an estimator of one sample to all; NaN where a sample is empty, ``unreliable`` where it is not finite."""
    table = read_table(counts, ids=ids, samples=samples, integers=True)
    rows = [Rare.of(row) for row in table.values]
    value = [estimate(rare) if rare.n else np.nan for rare in rows]
    status = [
        UNRELIABLE if rare.n and not np.isfinite(one) else rare.status
        for rare, one in zip(rows, value, strict=True)
    ]
    return table.result(value, status)


def chao1(counts: ArrayLike, *, form: str = "chao", ids: Names = None, samples: Names = None) -> Result:
    """
    Richness with the morphs that were not seen, a lower bound (Chao 1984).

    Parameters
    ----------
    counts : array, shape (n_morphs,) or (n_samples, n_morphs)
        Whole numbers of objects.
    form : {"chao", "bias_corrected", "classic"}
        ``chao``: S + (n-1)/n f1^2 / (2 f2), or (n-1)/n f1 (f1-1) / 2 where f2 = 0 (as iNEXT). ``bias_corrected``:
        S + f1 (f1-1) / (2 (f2+1)) (as vegan and scikit-bio). ``classic``: S + f1^2 / (2 f2), or f1 (f1-1) / 2.
    ids, samples : sequence, optional
        Names of morphs and samples for messages.

    Returns
    -------
    result : Result
        Morphs; ``unreliable`` where all objects are singletons, NaN where a sample is empty.

    Examples
    --------
    >>> chao1([4, 2, 1, 1], form="bias_corrected").value
    4.5
    """
    forms: dict[str, Callable[[Rare], float]] = {
        "chao": lambda rare: rare.unseen,
        "bias_corrected": lambda rare: rare.ones * (rare.ones - 1) / (2 * (rare.twos + 1)),
        "classic": lambda rare: rare.unseen * rare.n / (rare.n - 1) if rare.n > 1 else 0.0,
    }
    if form not in forms:
        message = f"There is no form of Chao1 {form!r}. Forms: {', '.join(forms)}."
        raise WrongNumbersError(message)
    return per_sample(counts, lambda rare: len(rare.counts) + forms[form](rare), ids, samples)


def chao1_interval(
    counts: ArrayLike, *, level: float = 0.95, ids: Names = None, samples: Names = None
) -> RichnessInterval:
    """
    Bias-corrected Chao1 with its log-normal interval, which never goes below what was seen (Chao 1987).

    Of at most one singleton nothing unseen is estimated: without any, the interval comes from the mean count per morph;
    with one, it has no width.

    Parameters
    ----------
    counts : array, shape (n_morphs,) or (n_samples, n_morphs)
        Whole numbers of objects.
    level : float
        Of confidence.
    ids, samples : sequence, optional
        Names of morphs and samples for messages.

    Returns
    -------
    interval : RichnessInterval
        ``value, low, high, status``.
    """
    table = read_table(counts, ids=ids, samples=samples, integers=True)
    value, status = chao1(table.values, form="bias_corrected")
    rows = [Rare.of(row) for row in table.values]
    bounds = [
        _chao1_bounds(rare, float(ndtri((1 + level) / 2))) if rare.n else (np.nan,) * 2 for rare in rows
    ]
    low, high = np.asarray(bounds, dtype=np.float64).reshape(-1, 2).T
    first = str(status[0]) if table.single else status
    return RichnessInterval(table.alone(value), table.alone(low), table.alone(high), first)


def chao1_variance(counts: ArrayLike, *, ids: Names = None, samples: Names = None) -> Result:
    """
    Variance of the bias-corrected Chao1 by the delta method (as vegan), of whole numbers; NaN where a sample is empty.

    The frequencies of counts are taken as drawn from a multinomial over the estimated richness.
    """
    return per_sample(counts, _delta_variance, ids, samples)


def _delta_variance(rare: Rare) -> float:
    ones, twos = rare.ones, rare.twos
    by_one = (2 * ones - 1) / (2 * (twos + 1)) if ones else 0.0
    by_two = -ones * (ones - 1) / (2 * (twos + 1) ** 2)
    seen = len(rare.counts)
    first = seen + ones * by_one + twos * by_two
    second = seen + ones * (2 * by_one + by_one**2) + twos * (2 * by_two + by_two**2)
    return second - first**2 / (seen + ones * (ones - 1) / (2 * (twos + 1)))


def _closed_variance(rare: Rare) -> float:
    """Variance of the bias-corrected Chao1 in the closed form that its log-normal interval was published with."""
    ones, twos = rare.ones, rare.twos
    if twos > 0:
        return (
            ones * (ones - 1) / (2 * (twos + 1))
            + ones * (2 * ones - 1) ** 2 / (4 * (twos + 1) ** 2)
            + ones**2 * twos * (ones - 1) ** 2 / (4 * (twos + 1) ** 4)
        )
    estimate = len(rare.counts) + ones * (ones - 1) / 2
    return ones * (ones - 1) / 2 + ones * (2 * ones - 1) ** 2 / 4 - ones**4 / (4 * estimate)


def _chao1_bounds(rare: Rare, z: float) -> tuple[float, float]:
    seen = len(rare.counts)
    unseen = rare.ones * (rare.ones - 1) / (2 * (rare.twos + 1))
    if rare.ones == 0:
        missed = np.exp(-rare.n / seen)
        middle, half = seen / (1 - missed), z * np.sqrt(seen * missed / (1 - missed))
        return max(seen, middle - half), middle + half
    if unseen == 0:
        return seen, seen
    factor = np.exp(z * np.sqrt(np.log1p(_closed_variance(rare) / unseen**2)))
    return seen + unseen / factor, seen + unseen * factor


def fisher_alpha(counts: ArrayLike, *, ids: Names = None, samples: Names = None) -> Result:
    """
    Fisher's alpha, the solution of S = alpha ln(1 + n / alpha) (Fisher et al. 1943).

    Parameters and statuses are those of :func:`chao1`; infinite where all objects are singletons.
    """
    return per_sample(counts, _fisher, ids, samples)


def _fisher(rare: Rare) -> float:
    seen, n = len(rare.counts), rare.n
    if seen == n:
        return np.inf

    def surplus(log_alpha: float) -> float:
        alpha = np.exp(log_alpha)
        return float(alpha * np.log1p(n / alpha) - seen)

    return float(np.exp(brentq(surplus, -50.0, 50.0, xtol=1e-14, rtol=1e-14)))


def goods_coverage(counts: ArrayLike, *, ids: Names = None, samples: Names = None) -> Result:
    """Good's coverage, 1 - f1 / n; :func:`coverage` is the better estimate."""
    return per_sample(counts, lambda rare: 1 - rare.ones / rare.n, ids, samples)


def coverage(
    counts: ArrayLike, m: float | None = None, *, ids: Names = None, samples: Names = None
) -> Result:
    """
    Share of the community that belongs to morphs in the sample (Chao and Jost 2012).

    Parameters
    ----------
    counts : array, shape (n_morphs,) or (n_samples, n_morphs)
        Whole numbers of objects.
    m : float, optional
        Coverage of a sample of *m* objects instead: fewer (expected of a part) or more (extrapolated).
    ids, samples : sequence, optional
        Names of morphs and samples for messages.

    Returns
    -------
    result : Result
        0 to 1; NaN where a sample is empty, ``unreliable`` where all objects are singletons.

    Examples
    --------
    >>> coverage([10, 5, 5]).value
    1.0
    """
    if m is not None and not (np.isfinite(m) and m >= 0):
        message = f"A number of objects is 0 or more, not {m}."
        raise WrongNumbersError(message)
    return per_sample(counts, lambda rare: rare.coverage(m), ids, samples)


def asymptotic_shannon(counts: ArrayLike, *, ids: Names = None, samples: Names = None) -> Result:
    """
    Shannon entropy (nats) with what the morphs not seen would add (Chao et al. 2013).

    Parameters and statuses are those of :func:`chao1`.
    """
    return per_sample(counts, shannon_of, ids, samples)


def asymptotic_hill(counts: ArrayLike, q: float, *, ids: Names = None, samples: Names = None) -> Result:
    """
    Hill number with what the morphs not seen would add (Chao and Jost 2015).

    Parameters
    ----------
    counts : array, shape (n_morphs,) or (n_samples, n_morphs)
        Whole numbers of objects.
    q : float
        Order, finite: 0 is Chao1, 1 the exponential of :func:`asymptotic_shannon`.
    ids, samples : sequence, optional
        Names of morphs and samples for messages.

    Returns
    -------
    result : Result
        Effective number of morphs; statuses as :func:`chao1`.
    """
    q = finite_order(q)
    return per_sample(counts, lambda rare: hill_of(rare, q), ids, samples)


def finite_order(q: float) -> float:
    """Refuse an infinite order, which no estimator has."""
    q = read_order(q)
    if np.isinf(q):
        message = "Estimated and rarefied Hill numbers have a finite order q."
        raise WrongNumbersError(message)
    return q


def shannon_of(rare: Rare) -> float:
    """Asymptotic entropy of one sample."""
    x, n = rare.counts, rare.n
    seen = float((x / n * (psi(n) - psi(x))).sum())
    return seen + _not_seen(
        rare, lambda first, count: 1 / np.arange(first, first + count), lambda rest: -float(np.log(rest))
    )


def hill_of(rare: Rare, q: float) -> float:
    """Asymptotic Hill number of one sample."""
    x, n = rare.counts, rare.n
    if q == 0:
        return len(x) + rare.unseen
    if q == 1:
        return float(np.exp(shannon_of(rare)))
    if q == int(q):  # exact, without a term for what was not seen
        often = x[x >= q]
        total = (
            np.exp(gammaln(often + 1) - gammaln(often - q + 1) - gammaln(n + 1) + gammaln(n - q + 1)).sum()
            if len(often)
            else 0.0
        )
        return float(total ** (1 / (1 - q))) if total > 0 else np.inf
    binomials = np.concatenate([[1.0], np.cumprod((np.arange(1, n) - q) / np.arange(1, n))])
    total = 0.0
    for count, morphs in zip(*np.unique(x, return_counts=True), strict=True):
        k = np.arange(n - count + 1)
        log_odds = gammaln(n - count + 1) - gammaln(n - count - k + 1) - gammaln(n) + gammaln(n - k)
        total += morphs * count / n * float((binomials[: len(k)] * np.exp(log_odds)).sum())

    def coefficients(first: int, count: int) -> FloatArray:
        steps = np.arange(n, first + count)
        return (
            binomials[-1] * np.cumprod((steps - q) / steps)
            if first >= n
            else binomials[first : first + count]
        )

    # above q = 1 the whole is a small difference of large sums; its tail falls off by itself
    whole = (lambda rest: rest ** (q - 1)) if q < 1 else None
    total += _not_seen(rare, coefficients, whole, start=0)
    return float(total ** (1 / (1 - q))) if total > 0 else np.inf


def _not_seen(
    rare: Rare,
    coefficients: Callable[[int, int], FloatArray],
    whole: Callable[[float], float] | None,
    *,
    start: int = 1,
) -> float:
    """
    f1/n B^(1-n) (whole - sum_{r<n} c_r B^r), the share of what was not seen, with B the slope of the coverage.

    What stands in brackets is the tail of the series; where it is a small part of the whole, it is summed itself.
    """
    slope, n = rare.slope, int(rare.n)
    if slope == 0 or n < 2:
        return 0.0
    rest = 1 - slope
    if whole is not None and n * rest < FAR:
        body = coefficients(start, n - start) * slope ** np.arange(start, n)
        return rare.ones / n * slope ** (1 - n) * (whole(rest) - float(body.sum()))
    terms = int(np.ceil(TAIL / -np.log(slope))) + 1
    tail = coefficients(n, terms) * slope ** np.arange(1, terms + 1)
    return rare.ones / n * float(tail.sum())
