"""Vectors in groups, to be found again."""

import numpy as np


def mixture(n_groups=12, n_each=100, n_between=800, d=32, random_state=0):
    """Make groups of different density in a broad cloud; return vectors and labels (-1 in the cloud)."""
    rng = np.random.default_rng(random_state)
    centres = rng.normal(size=(n_groups, d)) * 1.2
    spreads = rng.uniform(0.2, 0.5, size=n_groups)
    labels = np.concatenate([np.repeat(np.arange(n_groups), n_each), np.full(n_between, -1)])
    vectors = rng.normal(size=(len(labels), d)) * 1.5
    inside = labels >= 0
    vectors[inside] = (
        centres[labels[inside]] + rng.normal(size=(inside.sum(), d)) * spreads[labels[inside], None]
    )
    return vectors.astype(np.float32), labels


def components(random_state):
    """Make 14 groups that overlap like principal components of real images: later columns vary less."""
    rng = np.random.default_rng(random_state)
    fading = 1 / np.sqrt(np.arange(1, 33))
    labels = rng.integers(14, size=2000)
    spreads = rng.uniform(0.15, 0.5, size=14)[labels, None]
    centres = rng.normal(size=(14, 32))
    return ((centres[labels] + rng.normal(size=(2000, 32)) * spreads) * fading).astype(np.float32)
