"""The model of which seeds will be accepted."""

from __future__ import annotations

import numpy as np
import pytest

from morphoexplore.methods import purity


@pytest.fixture
def judged() -> tuple[np.ndarray, np.ndarray]:
    """Forty seeds, of which the dense ones were accepted."""
    rng = np.random.default_rng(0)
    known = purity.features(
        rng.integers(5, 500, size=40), rng.uniform(0.5, 2, size=40), rng.uniform(0.3, 1.2, size=(40, 2))
    )
    return known, known[:, 1] < 0


def test_it_learns_what_was_accepted(judged: tuple[np.ndarray, np.ndarray]) -> None:
    known, is_accepted = judged
    found = purity.chances(known, is_accepted, known)
    assert found is not None
    assert found[is_accepted].min() > found[~is_accepted].mean()
    assert ((found > 0) & (found < 1)).all()


@pytest.mark.parametrize(("count", "accepted"), [(11, 5), (40, 2), (40, 38)])
def test_it_says_nothing_before_enough_is_judged(count: int, accepted: int) -> None:
    known = np.random.default_rng(0).normal(size=(count, 4))
    assert purity.chances(known, np.arange(count) < accepted, known) is None


def test_beyond_what_was_judged_it_says_what_it_says_at_the_border(
    judged: tuple[np.ndarray, np.ndarray],
) -> None:
    known, is_accepted = judged
    far = np.array([known.max(axis=0), known.max(axis=0) * 10 + 10])
    found = purity.chances(known, is_accepted, far)
    assert found is not None
    assert found[0] == found[1]


def test_seeds_that_are_all_the_same_have_the_same_chance() -> None:
    known = np.ones((30, 4))
    found = purity.chances(known, np.arange(30) < 15, known[:2])
    assert found == pytest.approx([0.5, 0.5])
