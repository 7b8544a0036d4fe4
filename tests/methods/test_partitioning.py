"""Weighted k-means cells."""

from __future__ import annotations

import numpy as np
import pytest

from morphoexplore.methods import partitioning
from morphoexplore.methods.partitioning import assign_cells, find_cells


@pytest.fixture(scope="module")
def clumps() -> tuple[np.ndarray, np.ndarray]:
    """Five round clumps of different size, and which of them every object is of."""
    rng = np.random.default_rng(0)
    clump = np.repeat(np.arange(5), [400, 300, 200, 150, 100])
    centres = np.array([[0, 0], [20, 0], [0, 20], [20, 20], [40, 40]])
    return centres[clump] + rng.normal(size=(len(clump), 2)), clump


def test_clumps_are_cells_the_largest_first(clumps: tuple[np.ndarray, np.ndarray]) -> None:
    positions, clump = clumps
    found = find_cells(positions, cells=5)
    assert found.weights.tolist() == [400, 300, 200, 150, 100]
    np.testing.assert_array_equal(assign_cells(positions, found.centroids), clump)
    np.testing.assert_allclose(found.centroids[0], positions[clump == 0].mean(axis=0))


def test_middles_are_means_by_weight(clumps: tuple[np.ndarray, np.ndarray]) -> None:
    positions, _ = clumps
    weights = np.random.default_rng(1).uniform(0.1, 50, len(positions))
    found = find_cells(positions, cells=5, weights=weights)
    cell = assign_cells(positions, found.centroids)
    for number in range(5):
        own = cell == number
        np.testing.assert_allclose(
            found.centroids[number], np.average(positions[own], axis=0, weights=weights[own])
        )
        assert found.weights[number] == pytest.approx(weights[own].sum())
    assert (np.diff(found.weights) <= 0).all()


def test_weights_draw_cells_to_where_the_weight_is() -> None:
    positions = np.concatenate([np.linspace(0, 1, 500), np.linspace(10, 11, 500)])[:, None]
    weights = np.repeat([100.0, 1.0], 500)
    plain, weighted = (find_cells(positions, cells=10, weights=one).centroids for one in (None, weights))
    assert (plain < 5).sum() == 5
    assert (weighted < 5).sum() > 7


def test_the_same_input_gives_the_same_cells(clumps: tuple[np.ndarray, np.ndarray]) -> None:
    positions, _ = clumps
    first, again = (find_cells(positions, cells=20, random_state=3) for _ in range(2))
    np.testing.assert_array_equal(first.centroids, again.centroids)
    scaled = find_cells(positions, cells=20, weights=np.full(len(positions), 8.0), random_state=3)
    np.testing.assert_allclose(scaled.centroids, first.centroids, err_msg="the unit of weights matters")


def test_cells_of_many_objects_are_sought_among_some(
    clumps: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    positions, clump = clumps
    monkeypatch.setattr(partitioning, "SOUGHT_IN", 200)
    found = find_cells(positions, cells=5)
    np.testing.assert_array_equal(assign_cells(positions, found.centroids), clump)
    np.testing.assert_allclose(
        found.centroids[0], positions[clump == 0].mean(axis=0), err_msg="moved to fit all"
    )


def test_what_has_no_position_has_no_cell() -> None:
    positions = np.array([[0.2, 0.0], [np.nan, 1.0], [0.9, 1.0]])
    assert assign_cells(positions, [[1.0, 1.0], [0.0, 0.0]]).tolist() == [1, -1, 0]
    assert assign_cells(np.empty((0, 2)), [[1.0, 1.0]]).shape == (0,)


@pytest.mark.parametrize(
    ("positions", "options", "words"),
    [
        (np.zeros((9, 2)), {"cells": 2}, "1 different positions"),
        (np.eye(3), {"cells": 4}, "3 different positions"),
        (np.eye(3), {"cells": 1}, "2 cells or more"),
        (np.full((3, 1), np.nan), {"cells": 2}, "finite"),
        (np.eye(3), {"cells": 2, "weights": [1, 0, 1]}, "above 0"),
        (np.eye(3), {"cells": 2, "weights": [1, 1]}, "one per object"),
    ],
)
def test_what_cannot_be_cut_is_said(positions: np.ndarray, options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        find_cells(positions, **options)  # type: ignore[arg-type]
