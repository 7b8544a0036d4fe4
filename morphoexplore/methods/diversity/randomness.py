"""Random numbers that belong to a sample, so that results do not depend on the order of samples or on threads."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np


def random_of(random_state: int, *names: Any) -> np.random.Generator:
    """
    Return the generator of a random state and a sample (and a purpose).

    Parameters
    ----------
    random_state : int
        Of the whole study.
    names : str or int
        Of the sample, and what the numbers are for.
    """
    digest = hashlib.sha256("\0".join(str(name) for name in names).encode()).digest()
    words = np.frombuffer(digest[:16], dtype="<u4").tolist()
    return np.random.default_rng(np.random.SeedSequence(random_state, spawn_key=words))
