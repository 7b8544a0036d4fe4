"""
Taxonomic diversity of samples: how many morphs, how evenly shared.

All functions take a matrix of counts (samples x morphs) and know no project. Counts may be objects or
concentrations (objects per m3): every index here depends on shares only, apart from richness, which
counts what is present. None of them is corrected for sampling effort.

Notation: p_i is the share of morph i in its sample, S the number of morphs present.

References
----------
Hill, M. O. (1973). Diversity and evenness: a unifying notation and its consequences. Ecology 54, 427-432.
Jost, L. (2006). Entropy and diversity. Oikos 113, 363-375.
Pielou, E. C. (1966). The measurement of diversity in different types of biological collections.
    Journal of Theoretical Biology 13, 131-144.
Shannon, C. E. (1948). A mathematical theory of communication. Bell System Technical Journal 27, 379-423.
Simpson, E. H. (1949). Measurement of diversity. Nature 163, 688.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

# Closer to q = 1 than this, the sum is taken around q = 1, where (sum p^q)^(1 / (1 - q)) loses its digits.
NEAR_ONE = 0.1

TABLE_COLUMNS = ("sample", "index", "q", "estimate", "n_objects", "status")


def richness(counts: ArrayLike) -> FloatArray:
    """
    Count the morphs present, S (the Hill number of order 0).

    Parameters
    ----------
    counts : array, shape (n_samples, n_morphs)
        Non-negative, finite numbers.

    Returns
    -------
    richness : array, shape (n_samples,)
        Number of morphs; 0 for an empty sample. Grows with the number of objects looked at.

    Raises
    ------
    ValueError
        If *counts* is not a matrix of finite, non-negative numbers.

    Examples
    --------
    >>> richness([[3, 0, 1], [0, 0, 0]])
    array([2., 0.])
    """
    return (_checked(counts) > 0).sum(axis=1).astype(np.float64)


def shannon(counts: ArrayLike) -> FloatArray:
    """
    Shannon entropy, H' = -sum p ln p (Shannon 1948).

    Parameters
    ----------
    counts : array, shape (n_samples, n_morphs)
        Non-negative, finite numbers.

    Returns
    -------
    entropy : array, shape (n_samples,)
        Nats (natural logarithm), 0 to ln S; NaN for an empty sample.

    Raises
    ------
    ValueError
        If *counts* is not a matrix of finite, non-negative numbers.

    Examples
    --------
    >>> shannon([[5, 5]]).round(6)
    array([0.693147])
    """
    shares = _shares(_checked(counts))
    return -(shares * _log_shares(shares)).sum(axis=1) + 0.0  # + 0.0: one morph gives 0, not -0


def simpson(counts: ArrayLike) -> FloatArray:
    """
    Gini-Simpson index, 1 - sum p^2 (Simpson 1949).

    Parameters
    ----------
    counts : array, shape (n_samples, n_morphs)
        Non-negative, finite numbers.

    Returns
    -------
    probability : array, shape (n_samples,)
        Probability that two objects drawn with replacement belong to different morphs, 0 to 1 - 1/S;
        NaN for an empty sample.

    Raises
    ------
    ValueError
        If *counts* is not a matrix of finite, non-negative numbers.

    Examples
    --------
    >>> simpson([[5, 5], [7, 0]])
    array([0.5, 0. ])
    """
    shares = _shares(_checked(counts))
    return (shares * (1.0 - shares)).sum(axis=1)


def inverse_simpson(counts: ArrayLike) -> FloatArray:
    """
    Inverse Simpson concentration, 1 / sum p^2 (the Hill number of order 2).

    Parameters
    ----------
    counts : array, shape (n_samples, n_morphs)
        Non-negative, finite numbers.

    Returns
    -------
    effective : array, shape (n_samples,)
        Effective number of morphs, 1 to S; NaN for an empty sample.

    Raises
    ------
    ValueError
        If *counts* is not a matrix of finite, non-negative numbers.

    Examples
    --------
    >>> inverse_simpson([[5, 5], [7, 0]])
    array([2., 1.])
    """
    return 1.0 / (_shares(_checked(counts)) ** 2).sum(axis=1)


def hill(counts: ArrayLike, q: float) -> FloatArray:
    """
    Hill number of order q, (sum p^q)^(1 / (1 - q)) (Hill 1973; Jost 2006).

    Parameters
    ----------
    counts : array, shape (n_samples, n_morphs)
        Non-negative, finite numbers.
    q : float
        Order, 0 to infinity: 0 counts morphs, 1 is exp(H'), 2 is the inverse Simpson concentration,
        ``inf`` is one over the largest share. The larger q, the less rare morphs weigh.

    Returns
    -------
    effective : array, shape (n_samples,)
        Effective number of morphs, 1 to S, never growing with q. An empty sample has NaN, and 0 for q = 0.

    Raises
    ------
    ValueError
        If *q* is negative or NaN, or *counts* is not a matrix of finite, non-negative numbers.

    Examples
    --------
    >>> hill([[4, 4, 2]], 0), hill([[4, 4, 2]], float("inf"))
    (array([3.]), array([2.5]))
    """
    if not q >= 0:
        message = f"The order q of a Hill number is 0 or more, not {q}."
        raise ValueError(message)
    if q == 0:
        return richness(counts)
    shares = _shares(_checked(counts))
    if np.isinf(q):
        return 1.0 / shares.max(axis=1)
    return np.exp(_renyi(shares, q))


def pielou(counts: ArrayLike) -> FloatArray:
    """
    Pielou's evenness, J' = H' / ln S (Pielou 1966).

    Parameters
    ----------
    counts : array, shape (n_samples, n_morphs)
        Non-negative, finite numbers.

    Returns
    -------
    evenness : array, shape (n_samples,)
        0 (one morph holds nearly everything) to 1 (all morphs equally common); NaN where fewer than two
        morphs are present, because evenness has no meaning there.

    Raises
    ------
    ValueError
        If *counts* is not a matrix of finite, non-negative numbers.

    Examples
    --------
    >>> pielou([[5, 5], [7, 0]])
    array([ 1., nan])
    """
    present = richness(counts)
    log_present = np.log(np.where(present > 1, present, np.nan))
    return shannon(counts) / log_present


INDICES = {
    "richness": richness,
    "shannon": shannon,
    "simpson": simpson,
    "inverse_simpson": inverse_simpson,
    "pielou": pielou,
}


def diversity_table(
    counts: pd.DataFrame, *, orders: Sequence[float] = (0, 1, 2), n_objects: pd.Series | None = None
) -> pd.DataFrame:
    """
    All indices of all samples as one tidy table.

    Parameters
    ----------
    counts : DataFrame, shape (n_samples, n_morphs)
        Index = samples, columns = morphs, non-negative finite numbers: objects or concentrations.
    orders : sequence of float
        Orders q of the Hill numbers.
    n_objects : Series, optional
        Objects behind each sample, same index as *counts*. Give it where *counts* are concentrations;
        otherwise the sum of the counts is taken.

    Returns
    -------
    table : DataFrame
        One row per sample and index, samples in the order of *counts*. ``sample``; ``index`` (richness,
        shannon, simpson, inverse_simpson, pielou, hill); ``q`` (order of a Hill number, otherwise NaN);
        ``estimate`` (units: see the functions); ``n_objects``; ``status``: ``ok``, ``empty`` (nothing was
        counted: richness is 0, the rest NaN) or ``one_morph`` (evenness is not defined).

    Raises
    ------
    ValueError
        If *counts* holds negative, missing or infinite numbers, or an order is negative.

    Examples
    --------
    >>> counts = pd.DataFrame({"round": [3, 0], "long": [1, 0]}, index=["may", "june"])
    >>> diversity_table(counts, orders=()).query("index == 'richness'")[["sample", "estimate", "status"]]
      sample  estimate status
    0    may       2.0     ok
    5   june       0.0  empty
    """
    matrix = _checked(counts.to_numpy(dtype=np.float64, na_value=np.nan), names=counts.index)
    keys = [(name, np.nan) for name in INDICES] + [("hill", float(q)) for q in orders]
    estimates = [function(matrix) for function in INDICES.values()] + [hill(matrix, q) for q in orders]
    n_samples, n_keys = len(counts), len(keys)
    objects = counts.sum(axis=1) if n_objects is None else n_objects.reindex(counts.index)
    names = np.tile(np.array([name for name, _ in keys], dtype=object), n_samples)
    present = np.repeat(richness(matrix), n_keys)
    status = np.where(
        present == 0, "empty", np.where((present == 1) & (names == "pielou"), "one_morph", "ok")
    )
    columns = {
        "sample": np.repeat(counts.index.to_numpy(), n_keys),
        "index": names,
        "q": np.tile([q for _, q in keys], n_samples),
        "estimate": np.stack(estimates, axis=1).ravel(),
        "n_objects": np.repeat(objects.to_numpy(), n_keys),
        "status": status.astype(object),
    }
    return pd.DataFrame(columns, columns=list(TABLE_COLUMNS))


def _checked(counts: ArrayLike, names: pd.Index | None = None) -> FloatArray:
    """Turn counts into a float matrix; anything that is no count is an error naming its sample."""
    matrix = np.asarray(counts, dtype=np.float64)
    if matrix.ndim != 2:
        message = f"Counts are a matrix (samples x morphs), not an array of shape {matrix.shape}."
        raise ValueError(message)
    wrong = ~(np.isfinite(matrix) & (matrix >= 0)).all(axis=1)
    if wrong.any():
        rows = np.flatnonzero(wrong)
        named = ", ".join(str(row if names is None else names[row]) for row in rows[:5])
        message = f"Counts must be finite and not negative; {len(rows)} samples are not: {named}"
        raise ValueError(message)
    return matrix


def _shares(matrix: FloatArray) -> FloatArray:
    """Shares of each sample, shape as *matrix*; NaN all along an empty sample."""
    if matrix.shape[1] == 0:  # no morph at all: every sample is empty
        return np.full((len(matrix), 1), np.nan)
    totals = matrix.sum(axis=1, keepdims=True)
    return matrix / np.where(totals > 0, totals, np.nan)


def _log_shares(shares: FloatArray) -> FloatArray:
    """Logarithms of the shares, 0 where nothing is: p ln p goes to 0 with p."""
    return np.log(np.where(shares == 0, 1.0, shares))


def _renyi(shares: FloatArray, q: float) -> FloatArray:
    """
    Logarithm of the Hill number of a finite order above 0, without loss near q = 1 or underflow at large q.

    Near q = 1: sum p^q = 1 + sum p expm1((q - 1) ln p), all terms of one sign, so log1p of it keeps its
    digits. Elsewhere: the largest share is taken out of the sum, so that the rest cannot underflow to 0.
    """
    logs = _log_shares(shares)
    if q == 1:
        return -(shares * logs).sum(axis=1) + 0.0
    if abs(q - 1) < NEAR_ONE:
        return np.log1p((shares * np.expm1((q - 1) * logs)).sum(axis=1)) / (1 - q) + 0.0
    top = shares.max(axis=1)
    rest = np.log(((shares / top[:, None]) ** q).sum(axis=1))
    return np.log(top) * (q / (1 - q)) + rest / (1 - q) + 0.0
