"""Members that lie in the wrong morph: measured as is said, and of thousands of morphs in seconds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from morphoexplore.methods import growing, outlying
from morphoexplore.methods.neighbours import nearest_neighbours
from morphoexplore.methods.outlying import Outliers, outliers

MORPHS = 30


@pytest.fixture
def made() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vectors of 600 objects in 30 morphs, 5 % of them in another one than their form, and their neighbours."""
    random = np.random.default_rng(0)
    form = np.arange(600) % MORPHS
    vectors = 3 * random.normal(size=(MORPHS, 4))[form] + random.normal(size=(600, 4))
    morph = np.where(random.random(600) < 0.05, random.integers(0, MORPHS, 600), form)
    morph[::50] = -1
    return vectors.astype(np.float32), morph, nearest_neighbours(vectors, 15)[0]


def found(made: tuple[np.ndarray, np.ndarray, np.ndarray], **options: Any) -> Outliers:
    vectors, morph, neighbours = made
    given: dict[str, Any] = {"others": [0], "left_out": [], "most": 99} | options
    return outliers(vectors, morph=morph, neighbours=neighbours, **given)


def test_the_evidence_is_the_distance_to_fellows_over_that_to_all_else(
    made: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    vectors, morph, _ = made
    outside = found(made)
    assert len(outside.objects) > MORPHS
    far = cdist(vectors, vectors)
    far[np.diag_indices(len(far))] = np.inf
    for one, evidence in zip(outside.objects, outside.evidence, strict=True):
        is_fellow, is_known = morph == morph[one], morph >= 0
        is_known[0] = True  # refused
        own, others = np.sort(far[one, is_fellow])[:5], np.sort(far[one, is_known & ~is_fellow])[:5]
        assert evidence == pytest.approx(own.mean() / others.mean(), rel=1e-4)


def test_what_is_known_is_not_sought_through_once_for_every_morph(
    made: tuple[np.ndarray, np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = 0

    def counted(vectors: np.ndarray, *given: Any, **options: Any) -> Any:
        nonlocal rows
        rows += len(vectors)
        return nearest_neighbours(vectors, *given, **options)

    monkeypatch.setattr(growing, "nearest_neighbours", counted)
    monkeypatch.setattr(outlying, "nearest_neighbours", counted)
    found(made)
    assert rows <= 2 * len(made[0]), "its fellows once for each morph, and all else once"


def test_members_without_stored_neighbours_are_not_asked_about(
    made: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    vectors, morph, neighbours = made
    short = np.where(neighbours < 590, neighbours, -1)[:590]
    outside = found((vectors, morph, short), left_out=[3, 595])
    assert outside.objects.max() < 590
