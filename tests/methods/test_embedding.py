import warnings
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import skew, yeojohnson

from morphoexplore.methods import layout as layout_module
from morphoexplore.methods import standardising
from morphoexplore.methods.embedding import Morphospace, fit_morphospace
from morphoexplore.methods.layout import place_new_on_map, place_on_map
from morphoexplore.methods.neighbours import nearest_neighbours


@pytest.fixture
def blocks():
    """Return skewed 'classic' and plain 'learned' features that share three latent variables."""
    rng = np.random.default_rng(1)
    latent = rng.normal(size=(400, 3))
    classic = np.exp(latent @ rng.normal(size=(3, 12)) * 0.8 + rng.normal(size=(400, 12)) * 0.2)
    learned = latent @ rng.normal(size=(3, 8)) * 30 + rng.normal(size=(400, 8)) + 500
    return {"classic": classic.astype(np.float32), "learned": learned.astype(np.float32)}


def groups(n_each=60, k=4, d=10, random_state=0):
    rng = np.random.default_rng(random_state)
    labels = np.repeat(np.arange(k), n_each)
    vectors = rng.normal(size=(k, d))[labels] * 4 + rng.normal(size=(len(labels), d)) * 0.5
    return vectors.astype(np.float32), labels


def test_scores_are_uncorrelated_and_ordered_by_variance(blocks):
    space = fit_morphospace(blocks, max_dims=6)
    scores = space.project(blocks)
    covariance = np.cov(scores.T)
    assert scores.shape == (400, 6)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(covariance - np.diag(np.diag(covariance)), 0, atol=1e-5)
    np.testing.assert_allclose(scores.mean(axis=0), 0, atol=1e-5)
    assert (np.diff(space.explained) <= 0).all()
    # Two feature sets of total variance 1 each.
    np.testing.assert_allclose(np.diag(covariance) * 399 / 400, space.explained * 2, rtol=1e-4)


def test_all_dimensions_explain_everything(blocks):
    space = fit_morphospace(blocks)
    assert space.dims == 20
    assert space.explained.sum() == pytest.approx(1)


def test_every_feature_set_has_the_same_say(blocks):
    alone = {"learned": blocks["learned"]}
    space = fit_morphospace(alone | {"louder": blocks["learned"] * 1000}, max_dims=3)
    np.testing.assert_allclose(
        space.project(alone | {"louder": blocks["learned"] * 1000}),
        fit_morphospace(alone, max_dims=3).project(alone) * np.sqrt(2),
        rtol=1e-3,
        atol=1e-3,
    )


def test_projecting_some_objects_gives_their_scores_in_the_whole(blocks):
    space = fit_morphospace(blocks)
    scores = space.project(blocks)
    some = {name: matrix[50:70] for name, matrix in blocks.items()}
    np.testing.assert_allclose(space.project(some), scores[50:70], atol=1e-5)


def test_chunks_change_nothing(blocks, monkeypatch):
    whole = fit_morphospace(blocks).project(blocks)
    monkeypatch.setattr(standardising, "CHUNK", 37)
    np.testing.assert_allclose(fit_morphospace(blocks).project(blocks), whole, atol=1e-4)


def test_the_same_input_gives_the_same_morphospace(blocks, monkeypatch):
    monkeypatch.setattr(standardising, "LAMBDA_ROWS", 100)
    first, second = (fit_morphospace(blocks, random_state=3) for _ in range(2))
    np.testing.assert_array_equal(first.axes, second.axes)
    np.testing.assert_array_equal(first.project(blocks), second.project(blocks))


def test_the_order_of_objects_only_reorders_the_scores(blocks):
    order = np.random.default_rng(0).permutation(400)
    shuffled = {name: matrix[order] for name, matrix in blocks.items()}
    scores = fit_morphospace(blocks, max_dims=3).project(blocks)
    np.testing.assert_allclose(
        fit_morphospace(shuffled, max_dims=3).project(shuffled), scores[order], atol=1e-4
    )


def test_the_largest_loading_of_every_axis_is_positive(blocks):
    learned = {"learned": blocks["learned"]}
    axes = fit_morphospace(learned).axes
    assert (axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])] > 0).all()


def test_saved_and_loaded_is_bit_identical(blocks, tmp_path):
    space = fit_morphospace(blocks)
    np.savez(tmp_path / "space.npz", **space.to_arrays())
    with np.load(tmp_path / "space.npz", allow_pickle=False) as arrays:
        loaded = Morphospace.from_arrays(arrays)
    np.testing.assert_array_equal(loaded.project(blocks), space.project(blocks))
    assert loaded.fitted_rows == space.fitted_rows
    for name, array in space.to_arrays().items():
        np.testing.assert_array_equal(loaded.to_arrays()[name], array)
        assert loaded.to_arrays()[name].dtype == array.dtype


def test_incomplete_rows_are_not_fitted_and_have_no_scores(blocks):
    holed = {name: matrix.copy() for name, matrix in blocks.items()}
    holed["classic"][3, 0] = np.nan
    holed["learned"][7, 2] = np.inf
    complete = np.delete(np.arange(400), [3, 7])
    space = fit_morphospace(holed)
    scores = space.project(holed)
    assert space.fitted_rows == 398
    assert np.isnan(scores[[3, 7]]).all()
    without = {name: matrix[complete] for name, matrix in blocks.items()}
    np.testing.assert_allclose(scores[complete], fit_morphospace(without).project(without), atol=1e-5)


def test_columns_that_do_not_vary_are_dropped(blocks):
    constant = np.full((400, 1), 1234.567, np.float32)
    padded = {name: np.hstack([constant, matrix]) for name, matrix in blocks.items()}
    space = fit_morphospace(padded)
    assert all(0 not in block.kept for block in space.blocks)
    np.testing.assert_allclose(space.project(padded), fit_morphospace(blocks).project(blocks), atol=1e-5)


def test_fewer_dimensions_where_the_data_have_fewer():
    rng = np.random.default_rng(0)
    flat = (rng.normal(size=(100, 2)) @ rng.normal(size=(2, 9))).astype(np.float32)
    assert fit_morphospace({"learned": flat}).dims == 2
    assert fit_morphospace({"learned": rng.normal(size=(3, 9)).astype(np.float32)}).dims == 2


def test_weights_count_like_copies(blocks):
    learned = {"learned": blocks["learned"]}
    counts = np.random.default_rng(0).integers(0, 4, size=400)
    copies = {"learned": np.repeat(blocks["learned"], counts, axis=0)}
    np.testing.assert_allclose(
        fit_morphospace(learned, weights=counts * 0.25).project(learned),
        fit_morphospace(copies).project(learned),
        atol=1e-4,
    )


def test_hand_made_features_become_gaussian_and_learned_ones_stay(blocks):
    classic, learned = fit_morphospace(blocks).blocks
    before = np.abs(skew(blocks["classic"]))
    after = np.abs(skew(classic.standardise(blocks["classic"])))
    assert (after < before / 2).all()
    scores = learned.standardise(blocks["learned"])
    np.testing.assert_allclose(skew(scores), skew(blocks["learned"]), atol=1e-3)


def test_a_wild_object_is_held_within_five_standard_deviations(blocks):
    wild = blocks["classic"].copy()
    wild[0] = 1e9
    (block,) = fit_morphospace({"classic": wild}).blocks
    assert np.abs(block.standardise(wild)).max() <= 5


def test_refined_features_keep_their_scale(blocks):
    refined = blocks["learned"] * np.linspace(1, 0.01, blocks["learned"].shape[1], dtype=np.float32)
    space = fit_morphospace({"refined": refined}, max_dims=64)
    placed = space.project({"refined": refined})
    assert np.isfinite(placed).all()
    rows = np.arange(50)
    before = np.linalg.norm(refined[rows] - refined[rows + 100], axis=1)
    after = np.linalg.norm(placed[rows] - placed[rows + 100], axis=1)
    np.testing.assert_allclose(after / before, after[0] / before[0], rtol=1e-3)


def test_the_power_transform_is_that_of_scipy():
    values = np.linspace(-8, 8, 41, dtype=np.float32)[:, None]
    for exponent in (-2.0, 0.0, 0.5, 1.0, 2.0, 4.0):
        ours = standardising.yeo_johnson(values, np.array([exponent], np.float32))
        np.testing.assert_allclose(ours[:, 0], yeojohnson(values[:, 0].astype(float), exponent), rtol=2e-5)


@pytest.mark.filterwarnings("error")
def test_a_nearly_constant_hand_made_column_does_no_harm():
    rng = np.random.default_rng(0)
    classic = rng.normal(size=(500, 4)).astype(np.float32)
    classic[:, 1] = 0
    classic[17, 1] = 1
    scores = fit_morphospace({"classic": classic}).project({"classic": classic})
    assert np.isfinite(scores).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda blocks: {}, "at least one feature set"),
        (lambda blocks: {"a": blocks["classic"], "b": blocks["learned"][1:]}, "different numbers of objects"),
        (lambda blocks: {"a": blocks["learned"][:1]}, "at least 2 objects with complete features; 1 of 1"),
        (lambda blocks: {"a": np.ones((9, 3), np.float32)}, "No feature varies"),
    ],
)
def test_nothing_to_fit_is_said_in_words(blocks, change, message):
    with pytest.raises(ValueError, match=message):
        fit_morphospace(change(blocks))


def test_bad_weights_are_refused(blocks):
    with pytest.raises(ValueError, match="Weights must be 400 finite numbers"):
        fit_morphospace(blocks, weights=np.full(400, -1.0))


def test_projecting_needs_the_fitted_feature_sets(blocks):
    space = fit_morphospace(blocks)
    with pytest.raises(ValueError, match="needs the feature set 'learned'"):
        space.project({"classic": blocks["classic"]})
    with pytest.raises(ValueError, match=r"'learned' has shape \(400, 7\).* 8 columns"):
        space.project(blocks | {"learned": blocks["learned"][:, :7]})


def test_a_morphospace_cannot_be_changed(blocks):
    space = fit_morphospace(blocks)
    with pytest.raises(AttributeError):
        space.fitted_rows = 3  # type: ignore[misc]
    assert replace(space, fitted_rows=3).fitted_rows == 3


def test_a_feature_set_that_does_not_vary_says_nothing():
    vectors, _ = groups()
    constant = {"constant": np.ones((240, 2), np.float32)}
    both, alone = {"learned": vectors} | constant, {"learned": vectors}
    np.testing.assert_array_equal(fit_morphospace(both).project(both), fit_morphospace(alone).project(alone))


# the map


def test_the_map_keeps_groups_together_and_is_reproducible():
    vectors, labels = groups()
    graph = nearest_neighbours(vectors, 15)
    with warnings.catch_warnings(record=True) as leaked:
        warnings.simplefilter("always")
        places = place_on_map(vectors, *graph, random_state=4, epochs=60)
    assert not leaked
    assert places.shape == (240, 2)
    assert places.dtype == np.float32
    nearest, _ = nearest_neighbours(places, 5)
    assert (labels[nearest] == labels[:, None]).mean() > 0.99
    np.testing.assert_array_equal(place_on_map(vectors, *graph, random_state=4, epochs=60), places)


@pytest.mark.parametrize("n", [0, 1, 14])
def test_a_small_map_is_the_first_two_components(n):
    vectors, _ = groups()
    few = vectors[:n]
    np.testing.assert_array_equal(place_on_map(few, *nearest_neighbours(few, 15)), few[:, :2])


@pytest.mark.parametrize("n", [15, 40])
@pytest.mark.parametrize("columns", [1, 5])
def test_identical_objects_can_be_mapped(n, columns):
    vectors = np.ones((n, columns), np.float32)
    places = place_on_map(vectors, *nearest_neighbours(vectors, 15), epochs=20)
    assert places.shape == (n, 2)
    assert np.isfinite(places).all()


@pytest.mark.parametrize("k", [1, 4], ids=["connected", "in four parts"])
def test_a_layout_for_clustering_keeps_the_groups(k):
    vectors, labels = groups(k=k)
    graph = nearest_neighbours(vectors, 15)
    layout = layout_module.umap_layout(vectors, *graph, dims=5, min_dist=0.0, epochs=50, spectral=True)
    nearest, _ = nearest_neighbours(layout, 5)
    assert layout.shape == (60 * k, 5)
    assert (labels[nearest] == labels[:, None]).mean() > 0.99


def test_a_failing_eigensolver_is_replaced_by_the_components(monkeypatch):
    import umap.spectral

    def fail(*_args, **_kwargs):
        raise RuntimeError("no convergence")

    vectors, _ = groups(k=1)
    graph = nearest_neighbours(vectors, 15)
    plain = layout_module.umap_layout(vectors, *graph, dims=3, min_dist=0.0, epochs=20)
    monkeypatch.setattr(umap.spectral, "spectral_layout", fail)
    fallen = layout_module.umap_layout(vectors, *graph, dims=3, min_dist=0.0, epochs=20, spectral=True)
    np.testing.assert_array_equal(fallen, plain)


def test_new_objects_land_among_those_they_resemble():
    vectors, labels = groups()
    map_xy = np.column_stack([labels * 10.0, np.zeros(len(labels))]).astype(np.float32)
    new = vectors[::7] + np.float32(0.01)
    places = place_new_on_map(map_xy, new, vectors)
    np.testing.assert_allclose(places, map_xy[::7], atol=1e-4)


def test_an_identical_object_lands_on_the_same_place():
    vectors, _ = groups()
    map_xy = np.random.default_rng(0).normal(size=(240, 2)).astype(np.float32)
    np.testing.assert_allclose(place_new_on_map(map_xy, vectors[3:5], vectors), map_xy[3:5], rtol=1e-6)


def test_new_objects_without_vectors_or_map_have_no_place():
    vectors, _ = groups()
    map_xy = np.zeros((240, 2), np.float32)
    map_xy[5:] = np.nan
    new = vectors[:3].copy()
    new[1] = np.nan
    places = place_new_on_map(map_xy, new, vectors)
    assert np.isnan(places[1]).all()
    assert (places[[0, 2]] == 0).all()
    assert np.isnan(place_new_on_map(np.full_like(map_xy, np.nan), new, vectors)).all()


def test_the_number_of_threads_moves_no_bit():
    from threadpoolctl import threadpool_limits

    rng = np.random.default_rng(3)
    blocks = {
        "classic": rng.normal(size=(3000, 60)).astype(np.float32),
        "other": rng.normal(size=(3000, 200)).astype(np.float32),
    }
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            space = fit_morphospace(blocks)
            found.append((space.axes.tobytes(), space.project(blocks).tobytes()))
    assert found[0] == found[1]
