from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from morphoexplore.methods.embedding import fit_morphospace
from morphoexplore.methods.neighbours import nearest_neighbours
from morphoexplore.methods.refining import Refinement, choose_sample, fit_refinement

LOUD, QUIET = 6, 6


def collection(morphs: int = 30, each: int = 30) -> tuple[np.ndarray, np.ndarray]:
    """Objects that differ by morph on quiet axes only, and the morph of each."""
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(morphs), each)
    centres = np.hstack([np.zeros((morphs, LOUD)), rng.normal(size=(morphs, QUIET))])
    noise = rng.normal(size=(len(truth), LOUD + QUIET)) * np.r_[np.full(LOUD, 3.0), np.full(QUIET, 0.3)]
    return (centres[truth] + noise).astype(np.float32), truth


def found_of_own(vectors: np.ndarray, truth: np.ndarray) -> float:
    neighbours, _ = nearest_neighbours(vectors, 5)
    return float((truth[neighbours] == truth[:, None]).mean())


@pytest.fixture(scope="module")
def refined() -> tuple[np.ndarray, np.ndarray, np.ndarray, Refinement]:
    """Vectors, truth, morphs of a third of the objects of two thirds of the classes, and what they refine to."""
    vectors, truth = collection()
    named = (truth % 3 != 0) & (np.random.default_rng(1).random(len(truth)) < 0.33)
    groups = np.where(named, truth, -1)
    return vectors, truth, groups, fit_refinement(vectors, groups)


def test_objects_that_are_not_named_find_their_own_better(refined: tuple) -> None:
    vectors, truth, groups, refinement = refined
    assert refinement.finding.weight > 0.5
    after = refinement.project(vectors)
    for part in (groups < 0, truth % 3 == 0):  # all that is not named; classes of which nothing is
        before, now = (found_of_own(matrix[part], truth[part]) for matrix in (vectors, after))
        assert now > before + 0.2


def test_what_it_found_is_told(refined: tuple) -> None:
    _, _, groups, refinement = refined
    finding = refinement.finding
    assert finding.morphs == 20
    assert finding.members == (groups >= 0).sum()
    assert finding.new_after > finding.new_before + 0.1
    assert finding.known_after > finding.known_before + 0.05


def test_it_is_centred_and_to_scale_and_ordered(refined: tuple) -> None:
    vectors, _, _, refinement = refined
    after = refinement.project(vectors).astype(np.float64)
    variances = after.var(axis=0)
    np.testing.assert_allclose(after.mean(axis=0), 0, atol=1e-5)
    assert variances.sum() == pytest.approx(1, abs=1e-4)
    assert (np.diff(variances) <= 1e-9).all()


def test_it_makes_the_same_of_turned_and_scaled_vectors(refined: tuple) -> None:
    vectors, _, groups, refinement = refined
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(12, 12)))[0]
    turned = (7 * vectors @ turn + 3).astype(np.float32)
    again = fit_refinement(turned, groups)
    assert again.finding.weight == refinement.finding.weight
    np.testing.assert_allclose(
        pdist(again.project(turned)[:200]), pdist(refinement.project(vectors)[:200]), atol=1e-4
    )


def test_it_can_be_repeated_and_kept_bit_for_bit(refined: tuple) -> None:
    vectors, _, groups, refinement = refined
    again = fit_refinement(vectors, groups)
    kept = Refinement.from_arrays(refinement.to_arrays())
    for other in (again, kept):
        assert other.finding == refinement.finding
        assert other.project(vectors).tobytes() == refinement.project(vectors).tobytes()


def test_weight_0_keeps_all_distances(refined: tuple) -> None:
    vectors, _, groups, _ = refined
    same = fit_refinement(vectors, groups, weight=0)
    ratio = pdist(same.project(vectors[:100])) / pdist(vectors[:100].astype(np.float64))
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-4)


@pytest.mark.parametrize("weight", [0.3, 1.0])
def test_a_weight_can_be_given(refined: tuple, weight: float) -> None:
    vectors, _, groups, _ = refined
    assert fit_refinement(vectors, groups, weight=weight).finding.weight == weight


def test_morphs_without_meaning_are_not_believed() -> None:
    vectors, truth = collection()
    groups = np.where(np.arange(len(truth)) % 3 == 0, np.random.default_rng(0).permutation(truth), -1)
    finding = fit_refinement(vectors, groups).finding
    assert finding.weight == 0
    assert (finding.new_after, finding.known_after) == (finding.new_before, finding.known_before)


def test_objects_without_features_stay_without(refined: tuple) -> None:
    vectors, _, groups, refinement = refined
    holed = vectors.copy()
    holed[5:500:7, 3] = np.nan
    after = fit_refinement(holed, groups).project(holed)
    lost = np.isnan(holed).any(axis=1)
    assert np.isnan(after[lost]).all()
    assert np.isfinite(after[~lost]).all()
    assert refinement.project(np.empty((0, 12), np.float32)).shape == (0, refinement.dims)


@pytest.mark.parametrize(("morphs", "each"), [(2, 2), (2, 3), (3, 2), (3000, 2)])
def test_two_morphs_of_two_and_thousands_can_be_refined(morphs: int, each: int) -> None:
    vectors, truth = collection(morphs + 20, each)
    groups = np.where(truth < morphs, truth, -1)
    refinement = fit_refinement(vectors, groups)
    assert refinement.finding.morphs == morphs
    assert np.isfinite(refinement.project(vectors)).all()


@pytest.mark.parametrize(
    ("groups", "weight", "words"),
    [
        ([-1] * 20, None, "at least 2 morphs of at least 2"),
        ([0] * 10 + [1] + [-1] * 9, None, "at least 2 morphs"),
        ([0] * 10 + [1] * 10, 1.5, "weight of 1.5"),
    ],
)
def test_what_cannot_be_refined_is_refused(groups: list[int], weight: float | None, words: str) -> None:
    vectors = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
    with pytest.raises(ValueError, match=words):
        fit_refinement(vectors, groups, weight=weight)


def test_equal_objects_are_refused() -> None:
    with pytest.raises(ValueError, match="No feature varies"):
        fit_refinement(np.ones((20, 4), np.float32), [0] * 10 + [1] * 10)


def test_other_columns_are_refused(refined: tuple) -> None:
    *_, refinement = refined
    with pytest.raises(ValueError, match="fitted on 12 columns"):
        refinement.project(np.ones((3, 5), np.float32))


def test_a_sample_takes_looked_at_members_first() -> None:
    groups = np.zeros(2000, np.int64)
    groups[1000:] = 1
    looked = np.zeros(2000, bool)
    looked[700:1100] = True
    sample = choose_sample(groups, looked=looked)
    assert np.isin(np.arange(700, 1100), sample.rows).all()
    assert np.bincount(sample.groups).tolist() == [500, 500]
    assert (sample.stands_for == 2).all()
    assert (np.diff(sample.rows) > 0).all()


def test_a_sample_stands_for_its_collection() -> None:
    rng = np.random.default_rng(0)
    groups = np.where(rng.random(150_000) < 0.5, -1, rng.integers(0, 2000, 150_000))
    groups[:60_000] = 5000
    sample = choose_sample(groups)
    for group in (-1, 5000):
        assert sample.stands_for[sample.groups == group].sum() == pytest.approx((groups == group).sum())
    assert sample.stands_for.sum() == pytest.approx(len(groups))
    assert (sample.groups >= 0).sum() <= 20_000
    assert (sample.groups < 0).sum() == 20_000
    assert np.bincount(sample.groups[sample.groups >= 0])[5000] >= 2


def test_the_columns_of_a_morphospace_can_be_refined() -> None:
    vectors, truth = collection()
    blocks = {"one": vectors[:, :8], "two": vectors[:, 8:]}
    space = fit_morphospace(blocks)
    columns = space.columns(blocks)
    assert columns.shape == (len(vectors), 12)
    np.testing.assert_allclose([columns[:, :8].var(0).sum(), columns[:, 8:].var(0).sum()], 1, atol=1e-3)
    np.testing.assert_allclose(
        pdist(columns[:50]), pdist(space.project(blocks)[:50]), rtol=1e-3, err_msg="the axes only turn them"
    )
    assert fit_refinement(columns, np.where(truth % 2, truth, -1)).finding.weight > 0
