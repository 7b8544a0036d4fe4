"""
How many morphs, how evenly shared.

Every index here depends on shares only, apart from richness, Margalef and Menhinick, which grow with the number of
objects looked at. Notation: p_i is the share of morph i in its sample, S the number of morphs present, n of objects.

References
----------
Berger, W. H. and Parker, F. L. (1970). Diversity of planktonic Foraminifera in deep-sea sediments. Science 168.
Chao, A. and Ricotta, C. (2019). Quantifying evenness and linking it to diversity. Ecology 100, e02852.
Hill, M. O. (1973). Diversity and evenness: a unifying notation and its consequences. Ecology 54, 427-432.
Jost, L. (2006). Entropy and diversity. Oikos 113, 363-375.
Pielou, E. C. (1966). The measurement of diversity in different types of biological collections.
    Journal of Theoretical Biology 13, 131-144.
Shannon, C. E. (1948). A mathematical theory of communication. Bell System Technical Journal 27, 379-423.
Simpson, E. H. (1949). Measurement of diversity. Nature 163, 688.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from morphoexplore.errors import WrongNumbersError
from morphoexplore.methods.diversity.checking import FloatArray, Names, read_order, read_table
from morphoexplore.methods.diversity.orders import effective_number
from morphoexplore.methods.diversity.statuses import OK, ONE_MORPH, TOO_FEW_OBJECTS, Result

#: Orders of a profile unless others are given.
PROFILE = tuple(round(0.1 * step, 1) for step in range(31))


def richness(counts: ArrayLike, *, ids: Names = None, samples: Names = None) -> Result:
    """
    Count the morphs present, S (the Hill number of order 0).

    Parameters
    ----------
    counts : array, shape (n_morphs,) or (n_samples, n_morphs)
        Counts or weights: finite, not negative.
    ids, samples : sequence, optional
        Names of morphs and samples for messages.

    Returns
    -------
    result : Result
        Morphs; 0 with the status ``empty`` where there is none. Grows with the number of objects looked at.

    Examples
    --------
    >>> richness([3, 0, 1])
    Result(value=2.0, status='ok')
    """
    table = read_table(counts, ids=ids, samples=samples)
    return table.result(table.present, table.statuses())


def shannon(
    counts: ArrayLike, *, base: float | None = None, ids: Names = None, samples: Names = None
) -> Result:
    """
    Shannon entropy, H' = -sum p ln p (Shannon 1948).

    Parameters
    ----------
    counts : array, shape (n_morphs,) or (n_samples, n_morphs)
        Counts or weights: finite, not negative.
    base : float, optional
        Of the logarithm; e unless given.
    ids, samples : sequence, optional
        Names of morphs and samples for messages.

    Returns
    -------
    result : Result
        Nats, 0 to ln S; NaN where a sample is empty.

    Examples
    --------
    >>> shannon([5, 5], base=2)
    Result(value=1.0, status='ok')
    """
    table = read_table(counts, ids=ids, samples=samples)
    shares = table.shares()
    entropy = -(shares * np.log(np.where(shares == 0, 1.0, shares))).sum(axis=1) + 0.0  # not -0
    return table.result(entropy / (1.0 if base is None else np.log(base)), table.statuses())


def simpson(counts: ArrayLike, *, kind: str = "gini", ids: Names = None, samples: Names = None) -> Result:
    """
    Simpson's index, in one of its three forms (Simpson 1949).

    Parameters
    ----------
    counts : array, shape (n_morphs,) or (n_samples, n_morphs)
        Counts or weights: finite, not negative; whole numbers for ``unbiased``.
    kind : {"gini", "unbiased", "inverse"}
        Gini-Simpson 1 - sum p^2; its unbiased form 1 - sum x(x-1) / (n(n-1)); 1 / sum p^2.
    ids, samples : sequence, optional
        Names of morphs and samples for messages.

    Returns
    -------
    result : Result
        A probability that two objects differ, or (``inverse``) an effective number of morphs; NaN where a sample is
        empty, or for ``unbiased`` has one object.

    Examples
    --------
    >>> simpson([5, 5]), simpson([5, 5], kind="inverse")
    (Result(value=0.5, status='ok'), Result(value=2.0, status='ok'))
    """
    if kind not in ("gini", "unbiased", "inverse"):
        message = f"There is no kind of Simpson's index {kind!r}. Kinds: gini, unbiased, inverse."
        raise WrongNumbersError(message)
    table = read_table(counts, ids=ids, samples=samples, integers=kind == "unbiased")
    status = table.statuses()
    if kind == "unbiased":
        totals = table.totals
        pairs = totals * (totals - 1)
        status[totals == 1] = TOO_FEW_OBJECTS
        alike = (table.values * (table.values - 1)).sum(axis=1)
        return table.result(1 - alike / np.where(pairs > 0, pairs, np.nan), status)
    shares = table.shares()
    if kind == "inverse":
        return table.result(1.0 / (shares**2).sum(axis=1), status)
    return table.result((shares * (1.0 - shares)).sum(axis=1), status)


def hill(counts: ArrayLike, q: float, *, ids: Names = None, samples: Names = None) -> Result:
    """
    Hill number of order q, (sum p^q)^(1 / (1 - q)) (Hill 1973; Jost 2006).

    Parameters
    ----------
    counts : array, shape (n_morphs,) or (n_samples, n_morphs)
        Counts or weights: finite, not negative.
    q : float
        Order, 0 to infinity: 0 counts morphs, 1 is exp(H'), 2 is the inverse Simpson concentration, ``inf`` is one
        over the largest share. The larger q, the less rare morphs weigh.
    ids, samples : sequence, optional
        Names of morphs and samples for messages.

    Returns
    -------
    result : Result
        Effective number of morphs, 1 to S, never growing with q; NaN where a sample is empty, and 0 for q = 0.

    Examples
    --------
    >>> hill([4, 4, 2], float("inf"))
    Result(value=2.5, status='ok')
    """
    q = read_order(q)
    table = read_table(counts, ids=ids, samples=samples)
    if q == 0:
        return table.result(table.present, table.statuses())
    shares = table.shares()
    return table.result(effective_number(shares, shares, q), table.statuses())


def hill_profile(
    counts: ArrayLike, orders: ArrayLike = PROFILE, *, ids: Names = None, samples: Names = None
) -> Result:
    """
    Hill numbers of many orders.

    Parameters
    ----------
    counts : array, shape (n_morphs,) or (n_samples, n_morphs)
        Counts or weights: finite, not negative.
    orders : sequence of float
        0 to 3 by 0.1 unless given.
    ids, samples : sequence, optional
        Names of morphs and samples for messages.

    Returns
    -------
    result : Result
        Value of shape (n_orders,) or (n_samples, n_orders); status per sample.

    Examples
    --------
    >>> hill_profile([5, 5], [0, 1, 2]).value
    array([2., 2., 2.])
    """
    table = read_table(counts, ids=ids, samples=samples)
    columns = [hill(table.values, float(q)).value for q in np.ravel(np.asarray(orders, dtype=np.float64))]
    return table.result(np.stack(columns, axis=1), table.statuses())


def renyi(counts: ArrayLike, q: float, *, ids: Names = None, samples: Names = None) -> Result:
    """
    Rényi entropy of order q, the logarithm of the Hill number (nats).

    Parameters and statuses are those of :func:`hill`.
    """
    value, status = hill(counts, q, ids=ids, samples=samples)
    with np.errstate(divide="ignore"):  # of an empty sample, at q = 0
        logarithm = np.log(value)
    return Result(_keep(np.where(np.isneginf(logarithm), np.nan, logarithm)), status)


def tsallis(counts: ArrayLike, q: float, *, ids: Names = None, samples: Names = None) -> Result:
    """
    Tsallis (HCDT) entropy of order q, (1 - sum p^q) / (q - 1).

    Parameters and statuses are those of :func:`hill`; *q* is finite.
    """
    entropy, status = renyi(counts, q, ids=ids, samples=samples)
    if q == 1:
        return Result(entropy, status)
    return Result(_keep(np.expm1((1 - q) * np.asarray(entropy)) / (1 - q)), status)


def pielou(counts: ArrayLike, *, ids: Names = None, samples: Names = None) -> Result:
    """
    Pielou's evenness, J' = H' / ln S (Pielou 1966).

    Parameters
    ----------
    counts : array, shape (n_morphs,) or (n_samples, n_morphs)
        Counts or weights: finite, not negative.
    ids, samples : sequence, optional
        Names of morphs and samples for messages.

    Returns
    -------
    result : Result
        0 (one morph holds nearly everything) to 1 (all equally common); NaN with ``one_morph`` or ``empty`` where
        there are fewer than two, because evenness has no meaning there.

    Examples
    --------
    >>> pielou([7, 0])
    Result(value=nan, status='one_morph')
    """
    table = read_table(counts, ids=ids, samples=samples)
    entropy = shannon(table.values).value
    status = table.statuses()
    status[table.present == 1] = ONE_MORPH
    log_present = np.log(np.where(table.present > 1, table.present, np.nan))
    return table.result(entropy / log_present, status)


def hill_evenness(counts: ArrayLike, q: float = 1, *, ids: Names = None, samples: Names = None) -> Result:
    """
    Evenness from Hill numbers, (D - 1) / (S - 1) (Chao and Ricotta 2019); of order 1 it is Heip's.

    Parameters are those of :func:`hill`, statuses those of :func:`pielou`.
    """
    table = read_table(counts, ids=ids, samples=samples)
    status = table.statuses()
    status[table.present == 1] = ONE_MORPH
    others = np.where(table.present > 1, table.present - 1.0, np.nan)
    return table.result((hill(table.values, q).value - 1) / others, status)


def berger_parker(counts: ArrayLike, *, ids: Names = None, samples: Names = None) -> Result:
    """Share of the commonest morph (Berger and Parker 1970); NaN where a sample is empty."""
    table = read_table(counts, ids=ids, samples=samples)
    return table.result(table.shares().max(axis=1), table.statuses())


def margalef(counts: ArrayLike, *, ids: Names = None, samples: Names = None) -> Result:
    """Margalef's richness, (S - 1) / ln n, of whole numbers; NaN where there are fewer than two objects."""
    table = read_table(counts, ids=ids, samples=samples, integers=True)
    status = table.statuses()
    status[table.totals == 1] = TOO_FEW_OBJECTS
    return table.result((table.present - 1) / np.log(np.where(status == OK, table.totals, np.nan)), status)


def menhinick(counts: ArrayLike, *, ids: Names = None, samples: Names = None) -> Result:
    """Menhinick's richness, S divided by the root of n, of whole numbers; NaN where a sample is empty."""
    table = read_table(counts, ids=ids, samples=samples, integers=True)
    totals = np.where(table.totals > 0, table.totals, np.nan)
    return table.result(table.present / np.sqrt(totals), table.statuses())


def _keep(value: FloatArray) -> float | FloatArray:
    """Give a number back as a number."""
    return float(value) if np.ndim(value) == 0 else value
