"""A first proposal for the tree: Ward linkage of the morphs' centroids, and cutting one morph into parts."""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

SHRINKAGE = 0.1


def propose_branches(
    vectors: np.ndarray, labels: np.ndarray, *, groups: int | None = None
) -> list[list[int]]:
    """
    Group morphs whose centroids lie near each other, measured in units of the scatter within morphs.

    Parameters
    ----------
    vectors : array, shape (n_members, n_dims)
        Positions of members.
    labels : array of int, shape (n_members,)
        The morph of each.
    groups : int, optional
        How many groups; about the square root of twice the number of morphs unless given.

    Returns
    -------
    groups : list of list of int
        The morphs of each group, largest group first; a morph without a like stands alone.

    Notes
    -----
    Ward's criterion (Ward 1963, J. Am. Stat. Assoc. 58:236) on centroids that were whitened by the pooled
    within-morph covariance, shrunk by a tenth towards its diagonal.
    """
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
    covariance = residuals.T @ residuals / max(1, len(vectors) - len(morphs))
    covariance = (1 - SHRINKAGE) * covariance + SHRINKAGE * np.diag(np.diag(covariance))
    values, axes = np.linalg.eigh(covariance)
    floor = max(float(values.max()) * 1e-6, np.finfo(float).tiny)
    return np.asarray(axes / np.sqrt(np.maximum(values, floor)))


def cut_in_parts(vectors: np.ndarray, parts: int) -> np.ndarray:
    """
    Cut objects into parts of like form (Ward on at most 5 000 of them, the rest to the nearest centroid).

    Parameters
    ----------
    vectors : array, shape (n, n_dims)
        Positions, all finite.
    parts : int
        How many parts, at least 2.

    Returns
    -------
    part : array of int, shape (n,)
        0 for the largest part, 1 for the next, and so on.
    """
    if not 2 <= parts <= len(vectors):
        message = f"cannot cut {len(vectors)} objects into {parts} parts"
        raise ValueError(message)
    step = -(-len(vectors) // 5000)
    sample = vectors[::step]
    cut = fcluster(linkage(sample, "ward"), parts, criterion="maxclust")
    centroids = np.stack([sample[cut == part].mean(0) for part in np.unique(cut)])
    nearest = ((vectors[:, None, :] - centroids[None]) ** 2).sum(2).argmin(1)
    order = np.argsort(-np.bincount(nearest, minlength=len(centroids)), kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[nearest]
