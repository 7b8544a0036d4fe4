from __future__ import annotations

import numpy as np
import pytest

from morphoexplore.methods.leaving_out import WEIGHTS, Trial, leave_morphs_out


def trial(new: list[float], known: list[float], error: float = 0.01) -> Trial:
    weights = (0.0, 0.4, 0.8)
    return Trial((0.1,), weights, 0.5, np.array([new]), np.array([known]), np.full((1, 3), error))


@pytest.mark.parametrize(
    ("new", "known", "weight"),
    [
        ([0.5, 0.6, 0.7], [0.5, 0.6, 0.7], 0.8),
        ([0.5, 0.6, 0.4], [0.5, 0.6, 0.9], 0.4),  # morphs that nobody has named yet must not lose
        ([0.5, 0.4, 0.3], [0.5, 0.9, 0.9], 0.0),
        ([0.5, 0.5, 0.5], [0.5, 0.5, 0.5], 0.0),
        ([0.5, 0.6, 0.5], [0.5, 0.3, 0.4], 0.0),
    ],
)
def test_the_best_weight_gains_most_and_loses_nothing_new(
    new: list[float], known: list[float], weight: float
) -> None:
    found = trial(new, known)
    assert found.weights[found.best()[1]] == weight


@pytest.mark.parametrize(("gain", "error"), [(0.1, 0.08), (0.004, 0.0)])
def test_a_gain_that_may_be_chance_or_is_next_to_nothing_is_none(gain: float, error: float) -> None:
    assert trial([0.5, 0.5 + gain, 0.5], [0.5, 0.5, 0.5], error).best() == (0, 0)
    assert trial([0.5, 0.5 + 3 * gain, 0.5], [0.5, 0.5, 0.5], error).best() == (0, 1)


def test_more_members_need_less_shrinkage() -> None:
    assert trial([0.5] * 3, [0.5] * 3).shrinkage_of_all(0) == 0.05


def nuisance(each: int, morphs: int, *, free: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Morphs that differ on quiet axes, under loud ones on which they do not; principal components, groups, variances."""
    rng = np.random.default_rng(0)
    sd = np.r_[np.full(6, 3.0), np.full(6, 0.3)]
    groups = np.repeat(np.arange(morphs), each)
    centres = rng.normal(size=(morphs, 12)) * np.r_[np.zeros(6), np.ones(6)]
    points = centres[groups] + rng.normal(size=(len(groups), 12)) * sd
    points = np.vstack([points, rng.normal(size=(free, 12)) * np.hypot(sd, np.r_[np.zeros(6), np.ones(6)])])
    groups = np.r_[groups, np.full(free, -1)]
    points -= points.mean(axis=0)
    variances, axes = np.linalg.eigh(np.cov(points.T))
    return points @ axes[:, ::-1], groups, variances[::-1]


def test_axes_that_separate_morphs_gain_on_morphs_that_were_left_out() -> None:
    found = leave_morphs_out(*nuisance(20, 12, free=200))
    place = found.best()
    assert found.weights[place[1]] > 0.5
    assert found.new[place] > found.new[0, 0] + 0.1
    assert found.known[place] > found.known[0, 0] + 0.1


def test_morphs_without_meaning_gain_nothing() -> None:
    points, groups, variances = nuisance(20, 12, free=200)
    shuffled = np.random.default_rng(1).permutation(groups)
    found = leave_morphs_out(points, shuffled, variances)
    assert found.best() == (0, 0)


def test_the_features_as_they_are_do_not_depend_on_shrinkage() -> None:
    found = leave_morphs_out(*nuisance(10, 5))
    assert found.weights == WEIGHTS
    assert len(set(found.new[:, 0])) == len(set(found.known[:, 0])) == 1


@pytest.mark.parametrize(
    ("each", "morphs", "free"), [(2, 2, 0), (2, 2, 50), (3, 2, 0), (2, 40, 5), (4, 900, 0)]
)
def test_few_and_many_morphs_of_few_members_can_be_tried(each: int, morphs: int, free: int) -> None:
    found = leave_morphs_out(*nuisance(each, morphs, free=free))
    assert np.isfinite(found.new).all()
    assert np.isfinite(found.known).all()
    assert (found.new >= 0).all()
    assert (found.new <= 1).all()


def test_a_trial_can_be_repeated() -> None:
    one, other = (leave_morphs_out(*nuisance(20, 12, free=100), random_state=3) for _ in range(2))
    assert one.new.tobytes() == other.new.tobytes()
    assert one.known.tobytes() == other.known.tobytes()
