"""
Discriminant axes: directions in which morphs lie apart and the objects of one morph together.

Fisher's linear discriminants (1936), with three changes that were measured (`docs/methods.md`): the scatter within
morphs is shrunken to a sphere (Friedman 1989), each axis is as long as it is reliable, and the scatter between
morphs holds a part of the scatter of all objects, so that the axes on which only morphs differ that nobody has
made yet are not lost.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

Array = NDArray[Any]

OF_OTHERS = 0.05
"""Part of the scatter between morphs that is what all objects vary by, and objects of one morph do not."""


def discriminant_axes(
    vectors: NDArray[np.float64],
    groups: NDArray[np.int64],
    variances: NDArray[np.float64],
    *,
    shrinkage: float,
    dims: int,
) -> NDArray[np.float64]:
    """
    Find the axes on which groups lie apart.

    Parameters
    ----------
    vectors : array of float, shape (n, d)
        Members of the groups, in principal components of the whole collection.
    groups : array of int, shape (n,)
        Group of each.
    variances : array of float, shape (d,)
        Variance of the whole collection in each component.
    shrinkage : float
        From 0, the scatter within groups as it is, to 1, a sphere of the same total variance.
    dims : int
        Axes to keep; fewer where fewer separate anything.

    Returns
    -------
    axes : array of float, shape (d, at most *dims*)
        Loadings, best axis first. Along an axis the scatter within groups has the variance l / (1 + l), where l is
        the scatter between groups over that within.

    Notes
    -----
    With W the scatter within groups, B that between their means (each weighted by its members), T that of the
    collection, s the shrinkage, and b = 0.05: axes v solve ``B' v = l W' v`` with ``v' W' v = 1``,
    ``W' = (1 - s) W + s trace(W) / d I`` (Friedman 1989, J. Am. Stat. Assoc. 84:165) and
    ``B' = (1 - b) B + b (T - W)``. They are multiplied by sqrt(l / (1 + l)), the reliability of a mean along them:
    Fisher (1936, Ann. Eugenics 7:179) counts all axes alike, however little they separate.
    """
    within, between = scatters(vectors, groups)
    d = len(within)
    between = (1 - OF_OTHERS) * between + OF_OTHERS * (np.diag(variances) - within)
    sphere = shrinkage * np.trace(within) / d
    within = (1 - shrinkage) * within
    within[np.diag_indices(d)] += sphere
    ratios, axes = eigh(between, within)
    ratios, axes = ratios[::-1][:dims], axes[:, ::-1][:, :dims]
    separates = ratios > 1e-9
    ratios, axes = ratios[separates], axes[:, separates]
    return np.asarray(axes * np.sqrt(ratios / (1 + ratios)))


def scatters(
    vectors: NDArray[np.float64], groups: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Give the scatter within and between groups.

    Parameters
    ----------
    vectors : array of float, shape (n, d)
    groups : array of int, shape (n,)

    Returns
    -------
    within : array of float, shape (d, d)
        Pooled covariance of the members around the mean of their group.
    between : array of float, shape (d, d)
        Covariance of the means, each counted as often as it has members.
    """
    _, group = np.unique(groups, return_inverse=True)
    sizes = np.bincount(group)
    order = np.argsort(group, kind="stable")
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    means = np.add.reduceat(vectors[order], starts, axis=0) / sizes[:, None]
    residuals = vectors - means[group]
    apart = (means - vectors.mean(axis=0)) * np.sqrt(sizes)[:, None]
    within = residuals.T @ residuals / max(1, len(vectors) - len(sizes))
    return within, apart.T @ apart / len(vectors)
