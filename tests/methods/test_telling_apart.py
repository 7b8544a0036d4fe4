"""A view in which morphs lie apart: what only varies within them counts less than what sets them apart."""

from __future__ import annotations

import numpy as np
import pytest

from morphoexplore.methods.growing import rank_candidates
from morphoexplore.methods.telling_apart import telling_axes


@pytest.fixture(scope="module")
def two_forms():
    """1000 objects of two forms that differ by the third of eight components, the first of which vary most."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(scale=[4, 3, 0.4, 1, 1, 1, 1, 1], size=(1000, 8))
    form = np.arange(1000) % 2
    vectors[:, 2] += 1.6 * form
    morph = np.where(np.arange(1000) < 120, form, -1)
    return vectors.astype(np.float32), form, morph


def view(vectors: np.ndarray, morph: np.ndarray) -> np.ndarray | None:
    return telling_axes(vectors, morph, np.flatnonzero(morph >= 0), np.random.default_rng(0))


def test_candidates_ranked_in_it_are_of_the_morph_farther_down(two_forms):
    vectors, form, morph = two_forms
    rows = {
        "members": np.flatnonzero(morph == 1),
        "negatives": np.flatnonzero(morph == 0),
        "free": np.arange(120, 1000),
    }
    right = [
        form[rank_candidates(vectors, axes=axes, **rows).objects[:300]].mean()
        for axes in (None, view(vectors, morph))
    ]
    assert right[0] < 0.85
    assert right[1] > 0.92


def test_it_varies_as_much_as_the_vectors(two_forms):
    vectors, _, morph = two_forms
    seen = vectors @ view(vectors, morph)
    assert seen.var(axis=0).sum() == pytest.approx(vectors.var(axis=0).sum(), rel=0.01)


def test_there_is_none_where_too_few_morphs_are_known(two_forms):
    vectors, _, morph = two_forms
    few = morph.copy()
    few[np.flatnonzero(morph == 1)[4:]] = -1  # four members of the second morph
    assert view(vectors, few) is None
    assert view(vectors, np.full(1000, -1)) is None
    assert view(vectors, np.where(morph >= 0, 0, -1)) is None
    assert view(np.zeros_like(vectors), morph) is None
    twice = vectors[:, :2] / 100
    twice[:5] = twice[5:10] = vectors[:5, :2]  # the same images in both morphs, and all else alike
    assert view(twice, np.repeat([0, 1, -1], [5, 5, 990])) is None


def test_objects_without_a_place_do_not_spoil_it(two_forms):
    vectors, _, morph = two_forms
    holes = np.vstack([vectors, np.full((3, 8), np.nan, np.float32)])
    assert np.isfinite(view(holes, np.append(morph, [-1, -1, -1]))).all()
