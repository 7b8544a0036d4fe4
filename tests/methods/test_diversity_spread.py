"""Laws of indices that know how alike morphs are, of clouds of objects, and of what is brought to one size."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from morphoexplore.methods import diversity as d
from tests.made_indices import (
    DRAWN,
    OF_COORDINATES,
    OF_INTEGERS,
    OF_WEIGHTS,
    apart,
    clouds,
    generic,
    orders,
    relaxed,
)

# --------------------------------------------------------------------------------- likeness and spread


@relaxed
@given(clouds(), orders)
def test_likeness_lowers_diversity_but_not_below_one(cloud, q):
    weights, points = cloud
    if not weights.any():
        return
    value = d.similarity_hill(weights, q, apart(points)).value
    assert 1 - 1e-9 <= value <= d.hill(weights, q).value * (1 + 1e-9)
    assert d.attribute_hill(weights, q, apart(points)).value >= 1 - 1e-9
    # nothing alike: the Hill number itself
    far = 1e6 * (1 - np.eye(len(weights)))
    assert d.similarity_hill(weights, q, far, 1.0).value == pytest.approx(d.hill(weights, q).value, rel=1e-9)


@relaxed
@given(clouds(), orders)
def test_splitting_a_morph_changes_hill_but_nothing_that_knows_likeness(cloud, q):
    weights, points = cloud
    if not weights.any():
        return
    split, places = np.append(weights, weights[0] / 2), np.vstack([points, points[:1]])
    split[0] /= 2
    for name in ("fdis", "rao_d", "rao_d2", "cwm", "fric", "fdiv", "feve"):
        before, after = (OF_COORDINATES[name](*them) for them in ((weights, points), (split, places)))
        np.testing.assert_allclose(after.value, before.value, rtol=1e-9, atol=1e-12, err_msg=name)
        assert after.status == before.status
    alike = [d.similarity_hill(w, q, apart(z), 2.0).value for w, z in ((weights, points), (split, places))]
    assert alike[0] == pytest.approx(alike[1], rel=1e-9)
    if weights[0] > 0 and q < 10:
        assert d.hill(split, q).value > d.hill(weights, q).value


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "name", ["fdis", "rao_d", "rao_d2", "fspe", "fori", "fmpd", "fnnd", "fric", "fdiv", "feve"]
)
def test_the_axes_of_the_morphospace_do_not_matter_but_its_scale(name, seed):
    function, (weights, points) = OF_COORDINATES[name], generic(seed)
    value = function(weights, points).value
    turn, _ = np.linalg.qr(np.random.default_rng(seed + 50).standard_normal((3, 3)))
    assert function(weights, points @ turn + [5.0, -3.0, 1.0]).value == pytest.approx(value, rel=1e-9)
    power = {"fric": 3, "rao_d2": 2, "fdiv": 0, "feve": 0}.get(name, 1)
    assert function(weights, 2.5 * points).value == pytest.approx(value * 2.5**power, rel=1e-9)
    assert function(1e-4 * weights, points).value == pytest.approx(value, rel=1e-9)


@relaxed
@given(clouds(), st.randoms(use_true_random=False))
def test_the_order_of_morphs_does_not_matter_even_where_edges_tie(cloud, random):
    weights, points = cloud
    order = random.sample(range(len(weights)), len(weights))
    for name, function in OF_COORDINATES.items():
        if name in DRAWN:
            continue  # draws belong to positions
        before, after = function(weights, points), function(weights[order], points[order])
        np.testing.assert_allclose(after.value, before.value, rtol=1e-9, atol=1e-12, err_msg=name)
        assert after.status == before.status


@relaxed
@given(st.integers(1, 3), st.integers(0, 1000))
def test_many_samples_are_each_as_alone(count, seed):
    random = np.random.default_rng(seed)
    table = random.poisson(1.2, size=(count, 12)).astype(float)
    points = random.standard_normal((12, 2))
    for name, function in (OF_WEIGHTS | OF_INTEGERS).items():
        many = function(table)
        for i, row in enumerate(table):
            one = function(row)
            np.testing.assert_allclose(many[0][i], one[0], rtol=1e-12, err_msg=name)
            assert many.status[i] == one.status
    for name, function in OF_COORDINATES.items():
        many = function(table, points)
        for i, row in enumerate(table):
            one = function(row, points, sample=i) if name in DRAWN else function(row, points)
            np.testing.assert_allclose(many.value[i], one.value, rtol=1e-12, err_msg=name)
            assert many.status[i] == one.status


def test_weights_of_any_unit_are_the_same_weights():
    weights, points = generic(4)
    for name, function in OF_COORDINATES.items():
        expected = function(weights, points)
        for scale in (1e-300, 1e307):
            found = function(weights * scale, points)
            np.testing.assert_allclose(found.value, expected.value, rtol=1e-9, err_msg=name)
            assert found.status == expected.status


def test_the_tree_by_neighbours_is_the_tree_of_all_distances(monkeypatch):
    from morphoexplore.methods.diversity import spanning

    weights, points = generic(8, count=1500, dimensions=4)
    exact = d.functional_evenness(weights, points).value
    monkeypatch.setattr(spanning, "ALL_DISTANCES", 10)
    assert d.functional_evenness(weights, points).value == pytest.approx(exact, rel=1e-12)
    parted = np.vstack([points, points + 500])  # neighbours alone leave two trees, so more of them are asked
    both = np.concatenate([weights, weights])
    by_neighbours = d.functional_evenness(both[:80], parted[np.r_[:40, 1500:1540]]).value
    monkeypatch.setattr(spanning, "ALL_DISTANCES", 10_000)
    assert by_neighbours == pytest.approx(
        d.functional_evenness(both[:80], parted[np.r_[:40, 1500:1540]]).value, rel=1e-12
    )


def test_rao_of_many_objects_comes_from_random_pairs():
    weights, points = generic(2, count=6000, dimensions=2)
    value, status = d.rao(weights, points, convention="d")
    assert status == d.SAMPLED_PAIRS
    share = weights / weights.sum()
    assert value == pytest.approx(share @ apart(points) @ share, rel=0.005)
    assert d.rao(weights, points, convention="d2").status == d.OK


def test_quantiles_weigh_objects():
    value = d.community_weighted_quantiles(
        [1, 0, 2, 1], [[1.0], [99.0], [2.0], [3.0]], [0, 0.25, 0.5, 1]
    ).value
    assert value.tolist() == [[1.0, 1.0, 2.0, 3.0]]


def test_a_trimmed_hull_leaves_debris_out_and_vertices_are_named():
    random = np.random.default_rng(0)
    points = np.vstack([random.standard_normal((400, 2)), [[40.0, 40.0]]])
    even, names = np.ones(401), [f"object {i}" for i in range(401)]
    trim = d.pooled_trim(even, points, 0.01)
    assert "object 400" in d.hull_vertices(even, points, ids=names).value
    kept = d.hull_vertices(even, points, trim=trim, ids=names)
    assert "object 400" not in kept.value
    assert kept.status == d.OK
    whole, trimmed = (d.functional_richness(even, points, trim=one).value for one in (None, trim))
    assert trimmed < whole / 2
    assert d.functional_richness(even, points, pool=points, trim=trim).value == pytest.approx(1)
    assert d.functional_richness(even, points, pool=trimmed, trim=trim).value == pytest.approx(1)
    assert d.hull_vertices([1, 1], [[0.0, 0], [1, 1]]) == ([], d.TOO_FEW_POINTS)


# -------------------------------------------------------------------------------------- standardising


def test_standardised_richness_does_not_know_how_many_were_counted():
    random = np.random.default_rng(3)
    centres = 3 * random.standard_normal((12, 2))
    draw = lambda n: centres[random.integers(12, size=n)] + random.standard_normal((n, 2))  # noqa: E731
    pool = draw(2000)
    few = [
        d.standardised_functional_richness(np.ones(300), draw(300), 100, pool=pool, draws=30).value
        for _ in range(30)
    ]
    many = d.standardised_functional_richness(np.ones(5000), draw(5000), 100, pool=pool, draws=300).value
    assert np.mean(few) == pytest.approx(many, rel=0.03)
    raw = [d.functional_richness(np.ones(n), draw(n), pool=pool).value for n in (300, 5000)]
    assert raw[1] > 1.15 * raw[0]


def test_weighted_draws_take_heavy_objects_first():
    random = np.random.default_rng(0)
    weights = np.array([0, 1, 1, 8.0])
    firsts = [d.draw_objects(weights, 1, random)[0] for _ in range(4000)]
    assert np.bincount(firsts, minlength=4) / 4000 == pytest.approx([0, 0.1, 0.1, 0.8], abs=0.025)
    assert sorted(d.draw_objects(weights, 3, random)) == [1, 2, 3]


def test_samples_with_too_few_effective_objects_say_so():
    weights = np.array([1000.0] + [1] * 99)
    points = np.random.default_rng(0).standard_normal((100, 2))
    assert d.effective_size(weights).value < 2
    assert d.standardised_functional_richness(weights, points, 50).status == d.BELOW_M
    assert d.common_size([np.ones(400), np.ones(120), np.ones(20)]) == 120
    assert d.common_size([np.ones(20)]) == 50


def test_draws_belong_to_a_sample_not_to_its_place():
    random = np.random.default_rng(0)
    table, points = random.random((3, 60)), random.standard_normal((60, 2))
    call = partial(d.standardised_functional_richness, m=10, draws=5)
    forwards = call(table, points, samples=["a", "b", "c"]).value
    backwards = call(table[::-1], points, samples=["c", "b", "a"]).value
    assert forwards.tolist() == backwards[::-1].tolist()
    assert call(table[1], points, sample="b").value == forwards[1]
    assert call(table[1], points, sample="b", random_state=1).value != forwards[1]
