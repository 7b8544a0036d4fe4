"""A first proposal for the tree: Ward linkage of the morphs' centroids, and cutting one morph into parts."""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import cdist

SHRINKAGE = 0.1
LEAST_SCATTER = 1e-3  # within morphs, of the whole, so that an axis without any does not decide alone
MOST_LINKED = 5000


def propose_branches(
    vectors: np.ndarray, labels: np.ndarray, *, groups: int | None = None
) -> list[list[int]]:
    """
    Group morphs whose centroids lie near each other, measured in units of the scatter within morphs.

    Parameters
    ----------
    vectors : array, shape (n_members, n_dims)
        Positions of members, all finite.
    labels : array of int, shape (n_members,)
        The morph of each.
    groups : int, optional
        How many groups; about the square root of twice the number of morphs unless given.

    Returns
    -------
    groups : list of list of int
        The morphs of each group, largest group first; a morph without a like stands alone. Fewer groups
        than asked for where centroids coincide.

    Raises
    ------
    ValueError
        If *groups* is below 1.

    Notes
    -----
    Ward's criterion (Ward 1963, J. Am. Stat. Assoc. 58:236) on centroids that were whitened by the pooled
    within-morph scatter: axes in units of it, their correlations shrunk by a tenth towards none.

    Examples
    --------
    >>> vectors = np.array([[0.0], [0.1], [1.0], [1.1], [9.0], [9.1]])
    >>> propose_branches(vectors, np.array([1, 1, 2, 2, 3, 3]), groups=2)
    [[1, 2], [3]]
    """
    if groups is not None and groups < 1:
        message = f"morphs cannot be put into {groups} groups"
        raise ValueError(message)
    morphs = np.unique(labels)
    if len(morphs) < 3:
        return [[int(morph)] for morph in morphs]
    groups = groups or max(2, round((2 * len(morphs)) ** 0.5))
    centroids = np.stack([vectors[labels == morph].mean(0) for morph in morphs])
    whitened = centroids @ _whitening(vectors, labels, morphs, centroids)
    cut = fcluster(linkage(whitened, "ward"), min(groups, len(morphs)), criterion="maxclust")
    found = [[int(morph) for morph in morphs[cut == group]] for group in np.unique(cut)]
    return sorted(found, key=lambda group: (-len(group), group))


def _whitening(
    vectors: np.ndarray, labels: np.ndarray, morphs: np.ndarray, centroids: np.ndarray
) -> np.ndarray:
    residuals = vectors - centroids[np.searchsorted(morphs, labels)]
    scatter = np.sqrt((residuals**2).sum(0) / max(1, len(vectors) - len(morphs)))
    if not scatter.any():  # one member each, or all alike: nothing to measure by
        return np.eye(vectors.shape[1])
    scatter = np.maximum(scatter, LEAST_SCATTER * vectors.std(0))
    scatter[scatter == 0] = 1
    residuals = residuals / scatter
    correlation = residuals.T @ residuals / max(1, len(vectors) - len(morphs))
    shrunk = (1 - SHRINKAGE) * correlation + SHRINKAGE * np.eye(len(scatter))
    values, axes = np.linalg.eigh(shrunk)
    return np.asarray(axes / np.sqrt(values) / scatter[:, None])


def cut_in_parts(vectors: np.ndarray, parts: int) -> np.ndarray:
    """
    Cut objects into parts of like form (Ward on at most 5 000 of them; then each to the nearest centroid).

    Parameters
    ----------
    vectors : array, shape (n, n_dims)
        Positions, all finite.
    parts : int
        How many parts, at least 2.

    Returns
    -------
    part : array of int, shape (n,)
        0 for the largest part, 1 for the next, and so on. Fewer parts than asked for where objects coincide.

    Examples
    --------
    >>> cut_in_parts(np.array([[0.0], [7.0], [0.1], [0.2]]), 2)
    array([0, 1, 0, 0])
    """
    if not 2 <= parts <= len(vectors):
        message = f"cannot cut {len(vectors)} objects into {parts} parts"
        raise ValueError(message)
    step = -(-len(vectors) // MOST_LINKED)
    sample = vectors[::step]
    cut = fcluster(linkage(sample, "ward"), parts, criterion="maxclust")
    centroids = np.stack([sample[cut == part].mean(0) for part in np.unique(cut)])
    nearest = cdist(vectors, centroids).argmin(1)
    order = np.argsort(-np.bincount(nearest, minlength=len(centroids)), kind="stable")
    return np.argsort(order)[nearest]
