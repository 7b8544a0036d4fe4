"""
Effective numbers of order q, from shares and how ordinary each morph is.

With shares p and ordinariness v, the effective number is (sum p v^(q - 1))^(1 / (1 - q)). Hill numbers have v = p,
those of Leinster and Cobbold the mean similarity v = Zp, those of Chao et al. (2019) the attribute abundance v = a.
"""

from __future__ import annotations

import numpy as np

from morphoexplore.methods.diversity.checking import FloatArray

# Closer to q = 1 than this, the sum is taken around q = 1, where (sum p^q)^(1 / (1 - q)) loses its digits.
NEAR_ONE = 0.1


def effective_number(shares: FloatArray, ordinariness: FloatArray, q: float) -> FloatArray:
    """
    Effective number of each row, NaN where a row is empty (its shares are NaN).

    Near q = 1: sum p v^(q-1) = 1 + sum p expm1((q - 1) ln v), so log1p of it keeps its digits. Elsewhere the largest
    term is taken out of the sum, so that the rest cannot underflow to 0.
    """
    there = shares > 0
    empty = ~there.any(axis=1)
    logs = np.log(np.where(there, ordinariness, 1.0))
    weights = np.where(there, shares, 0.0)
    if np.isinf(q):
        result = -np.where(there, logs, -np.inf).max(axis=1)
    elif q == 1:
        result = -(weights * logs).sum(axis=1)
    elif abs(q - 1) < NEAR_ONE:
        result = np.log1p((weights * np.expm1((q - 1) * logs)).sum(axis=1)) / (1 - q)
    else:
        terms = np.where(there, (q - 1) * logs, -np.inf)
        top = np.where(empty, 0.0, terms.max(axis=1))
        total = (weights * np.exp(terms - top[:, None])).sum(axis=1)
        result = (top + np.log(np.where(empty, 1.0, total))) / (1 - q)
    return np.where(empty, np.nan, np.exp(result + 0.0))
