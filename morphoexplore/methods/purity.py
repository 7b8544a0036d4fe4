"""
Which seeds a person will probably accept, learned from those judged so far in the project.

A logistic model on what is known of a seed before anybody looks at it: its size, its density, and how strange its
members are. It orders seeds and tells when those that are left are hardly worth a page (`reference/review.md`).
"""

from __future__ import annotations

import numpy as np

FEWEST_JUDGED, FEWEST_OF_A_KIND = 12, 3
RIDGE = 1.0  # of standardised features: a few dozen seeds cannot tell five of them apart
STEPS = 25


def features(sizes: np.ndarray, density: np.ndarray, strangeness: np.ndarray) -> np.ndarray:
    """
    Return what a model of seeds knows of each.

    Parameters
    ----------
    sizes : array of int, shape (m,)
    density : array of float, shape (m,)
        Mean distance to the 5 nearest, smaller is denser.
    strangeness : array of float, shape (m, 2)
        Median and 90 % quantile of it among the members of each seed.

    Returns
    -------
    features : array of float, shape (m, 4)
    """
    smallest = np.finfo(np.float32).tiny
    return np.column_stack(
        [
            np.log(np.maximum(sizes, 1)),
            np.log(np.maximum(density, smallest)),
            np.log(np.maximum(strangeness, smallest)),
        ]
    )


def chances(known: np.ndarray, is_accepted: np.ndarray, wanted: np.ndarray) -> np.ndarray | None:
    """
    Return the probability of each wanted seed to be accepted, None where too few are judged to tell.

    Parameters
    ----------
    known : array of float, shape (n, d)
        Features of the seeds that are judged.
    is_accepted : array of bool, shape (n,)
        Which of them were accepted.
    wanted : array of float, shape (m, d)
        Features of those to judge.

    Examples
    --------
    >>> known = np.repeat([[0.0], [1.0]], 15, axis=0)
    >>> chances(known, known[:, 0] == 1, np.array([[0.0], [1.0]])).round()
    array([0., 1.])
    >>> chances(known[10:20], known[10:20, 0] == 1, known) is None
    True
    """
    accepted = int(is_accepted.sum())
    if len(known) < FEWEST_JUDGED or min(accepted, len(known) - accepted) < FEWEST_OF_A_KIND:
        return None
    middle, spread = known.mean(axis=0), known.std(axis=0)
    spread[spread == 0] = 1
    weights = _fit((known - middle) / spread, is_accepted.astype(float))
    # Beyond what was judged the model knows nothing: it says what it says at the border.
    limits = known.min(axis=0), known.max(axis=0)
    return _share(_with_one((np.clip(wanted, *limits) - middle) / spread) @ weights)


def _fit(values: np.ndarray, accepted: np.ndarray) -> np.ndarray:
    """Return intercept and weights of a ridge logistic regression, by Newton's steps."""
    values = _with_one(values)
    ridge = RIDGE * np.eye(values.shape[1])
    ridge[0, 0] = 1e-6
    weights = np.zeros(values.shape[1])
    for _ in range(STEPS):
        share = _share(values @ weights)
        slope = values.T @ (accepted - share) - ridge @ weights
        curvature = (values * (share * (1 - share))[:, None]).T @ values + ridge
        step = np.linalg.solve(curvature, slope)
        weights += step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def _with_one(values: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(len(values)), values])


def _share(evidence: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-np.clip(evidence, -30, 30))))
