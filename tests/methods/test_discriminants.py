from __future__ import annotations

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from morphoexplore.methods import discriminants
from morphoexplore.methods.discriminants import discriminant_axes, scatters


def three_groups(d: int = 6, each: int = 40) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    centres = rng.normal(scale=2, size=(3, d))
    groups = np.repeat([4, 0, 9], each)
    return centres[np.repeat([0, 1, 2], each)] + rng.normal(size=(3 * each, d)), groups


def test_the_scatters_within_and_between_add_up_to_that_of_all() -> None:
    vectors, groups = three_groups()
    within, between = scatters(vectors, groups)
    n = len(vectors)
    total = np.cov(vectors.T, bias=True)
    np.testing.assert_allclose(within * (n - 3) / n + between, total, atol=1e-12)


def test_the_axes_are_those_of_fisher_where_nothing_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discriminants, "OF_OTHERS", 0.0)
    vectors, groups = three_groups()
    axes = discriminant_axes(vectors, groups, vectors.var(axis=0), shrinkage=0.0, dims=64)
    assert axes.shape == (6, 2), "three groups differ on two axes"
    theirs = LinearDiscriminantAnalysis(solver="eigen").fit(vectors, groups).scalings_[:, :2]
    cosines = (axes * theirs).sum(axis=0) / np.linalg.norm(axes, axis=0) / np.linalg.norm(theirs, axis=0)
    np.testing.assert_allclose(np.abs(cosines), 1, atol=1e-9)


@pytest.mark.parametrize("shrinkage", [0.0, 0.3, 1.0])
def test_an_axis_is_as_long_as_it_is_reliable(monkeypatch: pytest.MonkeyPatch, shrinkage: float) -> None:
    monkeypatch.setattr(discriminants, "OF_OTHERS", 0.0)
    vectors, groups = three_groups()
    within, between = scatters(vectors, groups)
    within = (1 - shrinkage) * within + shrinkage * np.trace(within) / 6 * np.eye(6)
    axes = discriminant_axes(vectors, groups, vectors.var(axis=0), shrinkage=shrinkage, dims=64)
    inside, apart = np.diag(axes.T @ within @ axes), np.diag(axes.T @ between @ axes)
    ratios = apart / inside
    np.testing.assert_allclose(inside, ratios / (1 + ratios), rtol=1e-9)
    assert ratios[0] >= ratios[1]


def test_an_axis_on_which_only_other_objects_differ_is_kept() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(scale=[1.0, 1.0, 1.0, 0.1], size=(200, 4))
    groups = np.repeat([0, 1], 100)
    vectors[groups == 1, 0] += 6
    variances = np.array(
        [10.0, 1.0, 9.0, 0.01]
    )  # the collection differs on the third axis, its morphs do not
    axes = discriminant_axes(vectors, groups, variances, shrinkage=0.1, dims=64)
    strength = np.abs(axes * np.sqrt(variances)[:, None]).max(axis=1)
    assert strength[2] > 2 * strength[1]
    assert strength[2] > 2 * strength[3]


def test_no_more_axes_than_are_asked_for() -> None:
    vectors, groups = three_groups()
    assert discriminant_axes(vectors, groups, 2 * vectors.var(axis=0), shrinkage=0.1, dims=3).shape == (6, 3)
