"""Cutting one group by its own condensed tree."""

from __future__ import annotations

import numpy as np
import pytest

from morphoexplore.methods.cutting import cut_by_density
from morphoexplore.methods.neighbours import nearest_neighbours


def two_moons(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two half circles in each other, which no straight line parts."""
    angle = rng.uniform(0, np.pi, 2 * n)
    first = np.column_stack([np.cos(angle), np.sin(angle)])
    first[n:] = np.array([1.0, 0.4]) - first[n:]
    return (first + rng.normal(scale=0.04, size=first.shape)).astype(np.float32), np.repeat([0, 1], n)


def neighbours(vectors: np.ndarray, k: int = 6) -> tuple[np.ndarray, np.ndarray]:
    near, far = nearest_neighbours(vectors, k)
    return near, far


def test_parts_that_no_line_parts_are_found() -> None:
    vectors, truth = two_moons(120, np.random.default_rng(0))
    part = cut_by_density(vectors, *neighbours(vectors), 2)
    assert part is not None
    assert max((part == truth).mean(), (part != truth).mean()) > 0.97


def test_the_largest_part_is_the_first_and_every_object_is_in_one() -> None:
    rng = np.random.default_rng(1)
    centres = np.repeat([[0.0, 0], [9, 0], [0, 20]], [30, 12, 20], axis=0)
    vectors = (centres + rng.normal(size=(62, 2))).astype(np.float32)
    part = cut_by_density(vectors, *neighbours(vectors), 3)
    assert part is not None
    assert np.bincount(part).tolist() == [30, 20, 12]
    assert len(set(part[:30])) == 1


def test_the_order_of_the_objects_does_not_matter() -> None:
    vectors, _ = two_moons(60, np.random.default_rng(2))
    order = np.random.default_rng(3).permutation(len(vectors))
    part = cut_by_density(vectors, *neighbours(vectors), 2)
    again = cut_by_density(vectors[order], *neighbours(vectors[order]), 2)
    assert part is not None
    assert again is not None
    same = again == part[order]
    assert same.all() or not same.any()


@pytest.mark.parametrize("n", [2, 5])
def test_few_objects_have_no_split(n: int) -> None:
    vectors = np.arange(float(n))[:, None]
    near = np.array([[(row + 1) % n] for row in range(n)])
    assert cut_by_density(vectors, near, np.ones((n, 1)), 2) is None


def test_one_dense_group_from_which_single_ones_fall_has_no_split() -> None:
    vectors = (1.3 ** np.arange(30.0))[:, None].astype(np.float32)
    assert cut_by_density(vectors, *neighbours(vectors), 2) is None
