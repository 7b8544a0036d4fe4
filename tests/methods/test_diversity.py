"""Laws that indices of diversity keep, and what they say of samples that have none."""

import math
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import pdist, squareform
from scipy.special import comb

from morphoexplore.errors import MorphoExploreError
from morphoexplore.methods import diversity as d

relaxed = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])

matrices = arrays(np.int64, st.tuples(st.integers(1, 4), st.integers(1, 12)), elements=st.integers(0, 10_000))
samples = arrays(np.int64, st.integers(1, 12), elements=st.integers(0, 40))
orders = st.one_of(st.floats(0, 50), st.floats(0.9, 1.1), st.just(math.inf))
some_orders = st.sampled_from([0, 0.5, 0.97, 1, 1.5, 2, 3])

OF_WEIGHTS = {
    "richness": d.richness,
    "shannon": d.shannon,
    "simpson": d.simpson,
    "inverse": partial(d.simpson, kind="inverse"),
    "hill": partial(d.hill, q=1.5),
    "profile": d.hill_profile,
    "renyi": partial(d.renyi, q=2),
    "tsallis": partial(d.tsallis, q=0.5),
    "pielou": d.pielou,
    "evenness": d.hill_evenness,
    "berger_parker": d.berger_parker,
    "effective_size": d.effective_size,
}
OF_INTEGERS = {
    "unbiased": partial(d.simpson, kind="unbiased"),
    "chao1": d.chao1,
    "bias_corrected": partial(d.chao1, form="bias_corrected"),
    "classic": partial(d.chao1, form="classic"),
    "variance": d.chao1_variance,
    "chao1_interval": d.chao1_interval,
    "ace": d.ace,
    "ace_variance": d.ace_variance,
    "fisher": d.fisher_alpha,
    "good": d.goods_coverage,
    "coverage": d.coverage,
    "coverage_of_3": partial(d.coverage, m=3),
    "entropy": d.asymptotic_shannon,
    "asymptotic": partial(d.asymptotic_hill, q=0.5),
    "asymptotic_3": partial(d.asymptotic_hill, q=3),
    "asymptotic_2.5": partial(d.asymptotic_hill, q=2.5),
    "margalef": d.margalef,
    "menhinick": d.menhinick,
    "rarefy_0": partial(d.rarefy, m=4, q=0),
    "rarefy_1": partial(d.rarefy, m=4.5, q=1),
    "rarefy_2": partial(d.rarefy, m=400, q=2),
    "rarefy_half": partial(d.rarefy, m=30, q=0.5),
    "rarefy_error": partial(d.rarefied_richness_error, m=3),
    "standardised": partial(d.coverage_standardise, c=0.9, q=1),
    "size": partial(d.size_at_coverage, c=0.8),
}
OF_COORDINATES = {
    "cwm": d.community_weighted_mean,
    "deviation": d.community_weighted_deviation,
    "quantiles": d.community_weighted_quantiles,
    "fdis": d.functional_dispersion,
    "rao_d": partial(d.rao, convention="d"),
    "rao_d2": partial(d.rao, convention="d2"),
    "fspe": d.functional_specialisation,
    "fori": d.functional_originality,
    "fmpd": d.functional_mean_pairwise_distance,
    "fnnd": d.functional_nearest_neighbour_distance,
    "fric": d.functional_richness,
    "fdiv": d.functional_divergence,
    "feve": d.functional_evenness,
    "fric_m": partial(d.standardised_functional_richness, m=5, draws=3),
    "kernel": partial(d.kernel_volume, bandwidth=0.5, draws=50),
}
DRAWN = ("fric_m", "kernel")
OF_DISTANCES = {
    "similarity": lambda weights, distances: d.similarity_hill(weights, 1.5, distances),
    "linear": lambda weights, distances: d.similarity_hill(weights, 0, distances, kernel="linear"),
    "attribute": lambda weights, distances: d.attribute_hill(weights, 2, distances),
    "functional": lambda weights, distances: d.functional_hill(weights, 1, distances),
    "rao": lambda weights, distances: d.rao(weights, distances=distances),
}
KNOWN = {value for name, value in vars(d).items() if name.isupper() and isinstance(value, str)}


def apart(points):
    return squareform(pdist(np.asarray(points, dtype=float))) if len(points) else np.empty((0, 0))


@st.composite
def clouds(draw, most=10, dimensions=2):
    """Weights and places of a few morphs: small whole numbers, so that places and lengths often tie."""
    count = draw(st.integers(1, most))
    points = draw(arrays(np.int64, (count, dimensions), elements=st.integers(-3, 3)))
    weights = draw(arrays(np.int64, count, elements=st.integers(0, 9)))
    return weights.astype(float), points.astype(float)


def generic(seed, count=25, dimensions=3):
    random = np.random.default_rng(seed)
    return random.gamma(0.7, size=count) + 0.01, random.standard_normal((count, dimensions))


# ------------------------------------------------------------------------------------------ Hill numbers


@relaxed
@given(matrices)
def test_hill_numbers_are_the_classic_indices(counts):
    full = counts[counts.sum(axis=1) > 0]
    np.testing.assert_array_equal(d.hill(counts, 0).value, d.richness(counts).value)
    np.testing.assert_allclose(d.hill(full, 1).value, np.exp(d.shannon(full).value), rtol=1e-12)
    inverse = d.simpson(full, kind="inverse").value
    np.testing.assert_allclose(d.hill(full, 2).value, inverse, rtol=1e-12)
    np.testing.assert_allclose(d.simpson(full).value, 1 - 1 / inverse, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(d.hill(full, math.inf).value, 1 / d.berger_parker(full).value, rtol=1e-12)
    np.testing.assert_allclose(np.exp(d.renyi(full, 1.7).value), d.hill(full, 1.7).value, rtol=1e-12)


@relaxed
@given(matrices, orders, orders)
def test_hill_never_grows_with_q_and_lies_between_one_and_richness(counts, one, other):
    counts = counts[counts.sum(axis=1) > 0]
    low, high = (d.hill(counts, q).value for q in sorted([one, other]))
    assert (low >= high * (1 - 1e-9)).all()
    assert (high >= 1 - 1e-9).all()
    assert (low <= d.richness(counts).value * (1 + 1e-9)).all()


@relaxed
@given(matrices, orders, st.randoms(use_true_random=False))
def test_order_and_duplication_and_scale_of_counts_do_not_matter(counts, q, random):
    shuffled = counts[:, random.sample(range(counts.shape[1]), counts.shape[1])]
    expected = d.hill(counts, q).value
    np.testing.assert_allclose(d.hill(shuffled, q).value, expected, rtol=1e-9)
    for scale in (3.7, 1e-300, 1e300):
        np.testing.assert_allclose(d.hill(counts * scale, q).value, expected, rtol=1e-9)
    # Two assemblages without a common morph, equally shared out, hold twice the diversity (Jost 2006).
    np.testing.assert_allclose(d.hill(np.hstack([counts, counts]), q).value, 2 * expected, rtol=1e-9)
    np.testing.assert_allclose(
        d.shannon(np.hstack([counts, 0 * counts])).value,
        d.shannon(counts).value,
        rtol=1e-12,
        err_msg="absent morphs count",
    )


@pytest.mark.parametrize("step", [1e-12, 1e-9, 1e-6, 1e-3, 0.09999, 0.10001])
def test_hill_is_smooth_around_q_one(step):
    counts = [1000, 100, 10, 1, 1]
    below, at, above = (d.hill(counts, q).value for q in (1 - step, 1, 1 + step))
    assert below >= at >= above
    slope = (below - above) / (2 * step)
    if step >= 1e-9:  # below that, the difference itself has no digits
        squares = sum(p * np.log(p) ** 2 for p in np.array(counts) / 1112)
        variance = squares - d.shannon(counts).value ** 2
        np.testing.assert_allclose(slope, at * variance / 2, rtol=1e-5 if step < 1e-2 else 0.1)


def test_hill_of_large_order_does_not_underflow():
    counts = [2, 1, 1] + [1] * 400
    np.testing.assert_allclose(d.hill(counts, 1e6).value, d.hill(counts, math.inf).value, rtol=1e-4)
    np.testing.assert_allclose(d.hill(counts, 1e300).value, d.hill(counts, math.inf).value)


# --------------------------------------------------------------------------- rarefaction and coverage


@relaxed
@given(samples, st.integers(1, 12), st.sampled_from([0.5, 0, 1, 2, 3]))
def test_rarefaction_is_the_expectation_over_all_parts(counts, m, q):
    n = int(counts.sum())
    if not 1 <= m <= n:
        return
    # expected number of morphs with k objects among m of n, by counting combinations
    frequencies = [
        sum(comb(x, k, exact=True) * comb(n - x, m - k, exact=True) for x in counts.tolist() if x >= k)
        / comb(n, m, exact=True)
        for k in range(1, m + 1)
    ]
    shares = np.arange(1, m + 1) / m
    if q == 1:
        expected = np.exp(-np.sum(frequencies * shares * np.log(shares)))
    else:
        expected = np.sum(frequencies * shares**q) ** (1 / (1 - q))
    assert d.rarefy(counts, m, q).value == pytest.approx(expected, rel=1e-9)


@relaxed
@given(samples, some_orders)
def test_more_objects_never_hold_less(counts, q):
    if counts.sum() == 0:
        return
    n = int(counts.sum())
    sizes = sorted(
        {1.0, 1 + (n - 1) / 3, (n + 1) / 2, max(n - 0.5, 1.0), float(n), n + 0.5, 1.5 * n, 2.0 * n}
    )
    curve = [d.rarefy(counts, m, q).value for m in sizes]
    covered = [d.coverage(counts, m).value for m in sizes]
    assert curve[0] == pytest.approx(1)
    assert np.isfinite(curve).all()
    assert (np.diff(curve) >= -1e-8 * np.array(curve[1:])).all()
    assert (np.diff([covered[sizes.index(m)] for m in sizes if m == int(m)]) >= -1e-10).all()
    assert d.rarefy(counts, n, q).value == pytest.approx(d.hill(counts, q).value, rel=1e-9)


@relaxed
@given(samples, st.floats(0.05, 0.999))
def test_the_size_of_a_coverage_has_that_coverage(counts, c):
    if counts.sum() == 0:
        return
    size, status = d.size_at_coverage(counts, c)
    if math.isnan(size):
        assert status == d.UNRELIABLE
    elif size > 1 and not counts.sum() - 1 < size < counts.sum():
        assert d.coverage(counts, size).value == pytest.approx(c, abs=1e-8)


def test_fishers_alpha_solves_its_equation():
    for counts in ([40, 30, 10, 4, 1, 1], [2], [10**6] * 3, [1] * 1000 + [2], [10**9]):
        alpha, n = d.fisher_alpha(counts).value, sum(counts)
        assert alpha * math.log1p(n / alpha) == pytest.approx(len(counts), rel=1e-12)


def test_the_variance_of_ace_is_that_of_its_derivatives():
    def estimate(frequency):
        n = frequency @ sizes
        covered = 1 - frequency[0] / n
        uneven = frequency.sum() / covered * (frequency @ (sizes * (sizes - 1))) / (n * (n - 1)) - 1
        return 3 + frequency.sum() / covered + frequency[0] / covered * max(uneven, 0)

    sizes, step = np.arange(1.0, 11), 1e-5
    for frequency in ([9, 4, 2, 0, 1, 0, 0, 2, 0, 1], [2, 9, 9, 1, 0, 0, 0, 0, 0, 0]):  # uneven, and not
        counts = np.repeat([*sizes, 40], [*frequency, 3])
        frequency = np.array(frequency, dtype=float)
        slopes = [
            (estimate(frequency + away) - estimate(frequency - away)) / (2 * step)
            for away in step * np.eye(10)
        ]
        assert d.ace(counts).value == pytest.approx(estimate(frequency))
        covariance = np.diag(frequency) - np.outer(frequency, frequency) / estimate(frequency)
        assert d.ace_variance(counts).value == pytest.approx(slopes @ covariance @ slopes, rel=1e-6)
    assert math.isnan(d.ace_variance([1, 1, 1]).value)
    assert d.ace_variance([1, 1, 1]).status == d.UNRELIABLE


def test_asymptotic_numbers_join_at_their_orders():
    counts = [88, 22, 16, 15, 8, 6, 3, 2, 2, 1, 1, 1, 1]
    for q in (0, 1):
        beside = d.asymptotic_hill(counts, q + 1e-6).value
        assert d.asymptotic_hill(counts, q).value == pytest.approx(beside, rel=1e-4)
    for q in (2, 3):
        assert d.asymptotic_hill(counts, q).value == pytest.approx(
            d.asymptotic_hill(counts, q + 1e-7).value, rel=1e-5
        )


def test_large_samples_are_rarefied_exactly():
    random = np.random.default_rng(1)
    counts = random.multinomial(10**6, random.dirichlet(np.full(200, 0.4)))
    full = d.hill(counts, 1).value
    assert d.rarefy(counts, 10**6 - 1, 1).value == pytest.approx(full, rel=1e-6)
    halves = d.rarefy(counts, 500_000, 1).value
    drawn = [d.hill(random.multivariate_hypergeometric(counts, 500_000), 1).value for _ in range(20)]
    assert halves == pytest.approx(np.mean(drawn), rel=2e-4)
    assert d.asymptotic_shannon(counts).value == pytest.approx(math.log(full), rel=1e-3)


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


# ------------------------------------------------------------------------------------------- turnover


@relaxed
@given(samples, samples)
def test_losses_and_gains_make_up_the_difference(one, other):
    size = max(len(one), len(other))
    a, b = (np.pad(x, (0, size - len(x))) for x in (one, other))
    found, back = d.temporal_beta(a, b), d.temporal_beta(b, a)
    plain = d.bray_curtis(a, b)
    assert found.status == plain.status
    if plain.status == d.EMPTY:
        assert math.isnan(found.value)
        return
    assert found.value == pytest.approx(plain.value, abs=1e-12)
    assert found.losses + found.gains == pytest.approx(found.value, abs=1e-12)
    assert (found.losses, found.gains) == (back.gains, back.losses)
    assert found.change == np.sign(b.sum() - a.sum())
    wider = d.temporal_beta(a, b, denominator="ruzicka").value
    assert wider == pytest.approx(2 * found.value / (1 + found.value), abs=1e-12)
    assert d.bray_curtis(3.0 * a, 3.0 * b).value == pytest.approx(plain.value, abs=1e-12)
    if a.any() and b.any():
        assert d.bray_curtis(a, 7.0 * a, relative=True).value == pytest.approx(0, abs=1e-12)
        for function in (d.hellinger, d.chord, d.morisita_horn, d.jaccard):
            assert function(a, a).value == pytest.approx(0, abs=1e-7)
            assert function(a, b).value == pytest.approx(function(b, a).value, abs=1e-12)


def test_a_table_alone_is_compared_with_itself():
    table = np.array([[4, 0], [4, 4], [0, 0], [0, 0]])
    assert d.bray_curtis(table).value.tolist()[:2] == pytest.approx([1 / 3, 1])
    assert d.bray_curtis(table).status.tolist() == ["ok", "ok", "empty"]
    assert d.bray_curtis(table, relative=True).value.tolist()[:2] == pytest.approx([0.5, 1])
    assert d.jaccard(table).value.tolist()[:2] == [0.5, 1]
    assert d.hellinger(table).status.tolist() == ["ok", "empty", "empty"]
    assert d.morisita([1, 1], [1, 1]).status == d.TOO_FEW_OBJECTS


def test_beta_is_at_least_one():
    random = np.random.default_rng(0)
    for q in (0, 0.5, 1, 2):
        table = random.gamma(0.5, size=(4, 30))
        table /= table.sum(axis=1, keepdims=True)
        if q in (0, 1, 2):
            alpha = {
                0: d.richness(table).value.mean(),
                1: math.exp(d.shannon(table).value.mean()),
                2: 1 / (1 / d.hill(table, 2).value).mean(),
            }[q]
            assert d.hill(table.mean(axis=0), q).value >= alpha - 1e-12


def test_clouds_differ_by_their_distance():
    random = np.random.default_rng(0)
    points, weights = random.standard_normal((300, 2)), random.random(300)
    moved = points + np.array([3.0, 0])
    assert d.energy_distance(weights, points, weights, points).value == pytest.approx(0, abs=1e-12)
    assert d.energy_distance(weights, points, weights, moved).value > 1
    assert d.centroid_distance(weights, points, weights, moved).value == pytest.approx(3)
    assert d.wasserstein(weights, points, weights, moved).value == pytest.approx([3, 0], abs=1e-9)
    between, within = (d.rao([1, 1], [[0.0], [z]], convention="d").value for z in (4.0, 0.0))
    expected = 2 * 2 * between - 2 * within
    assert d.energy_distance([1], [[0.0]], [1], [[4.0]]).value == pytest.approx(expected)
    assert d.energy_distance([0], [[0.0]], [1], [[4.0]]).status == d.EMPTY
    many = random.standard_normal((6000, 1))
    sampled = d.energy_distance(np.ones(6000), many, np.ones(6000), many + 2)
    assert sampled.status == d.SAMPLED_PAIRS
    assert sampled.value == pytest.approx(
        d.energy_distance(np.ones(900), many[:900], np.ones(900), many[:900] + 2).value, rel=0.1
    )


# --------------------------------------------------------------------------- samples that have no value

DEGENERATE = {
    "empty": ([0, 0, 0], [[0, 0], [1, 0], [0, 1]]),
    "one": ([5], [[1, 2]]),
    "one of three": ([0, 5, 0], [[0, 0], [1, 0], [0, 1]]),
    "two": ([1, 3], [[0, 0], [1, 1]]),
    "three": ([1, 1, 2], [[0, 0], [1, 0], [0, 1]]),
    "on a line": ([1, 2, 3, 4], [[0, 0], [1, 1], [2, 2], [5, 5]]),
    "all in one place": ([1, 1, 1], [[1, 1], [1, 1], [1, 1]]),
    "some in one place": ([1, 2, 3, 4, 5], [[0, 0], [0, 0], [1, 0], [0, 1], [1, 1]]),
    "nearly flat": ([1, 1, 1, 1, 1], [[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0], [0.5, 0.5, 1e-13]]),
    "singletons": ([1] * 8, np.arange(16).reshape(8, 2) ** 2),
    "one dimension": ([1, 1, 1, 1], [[0], [1], [3], [7]]),
    "seven dimensions": ([1] * 30, np.random.default_rng(0).standard_normal((30, 7))),
    "no morphs": (np.empty(0), np.empty((0, 2))),
}


@pytest.mark.parametrize("case", DEGENERATE)
def test_no_sample_is_an_exception_and_every_missing_value_has_a_reason(case):
    weights, points = (np.asarray(part, dtype=float) for part in DEGENERATE[case])
    calls = [partial(function, weights) for function in (OF_WEIGHTS | OF_INTEGERS).values()]
    calls += [partial(function, weights, points) for function in OF_COORDINATES.values()]
    if points.shape[1]:
        calls += [partial(function, weights, apart(points)) for function in OF_DISTANCES.values()]
    calls += [
        partial(function, weights, weights) for function in (d.bray_curtis, d.jaccard, d.hellinger, d.chord)
    ]
    for call in calls:
        result = call()
        value = np.asarray(result[0], dtype=float)
        assert result.status in KNOWN, call
        if value.size:
            assert np.isnan(value).any() <= (result.status != d.OK), call
        if not weights.any() and value.size:
            assert result.status == d.EMPTY, call
            assert np.isnan(value).all() or call.func in (d.richness, d.hill_profile, d.effective_size), call


@pytest.mark.parametrize(
    ("case", "fric", "fdiv", "feve", "fdis"),
    [
        ("empty", d.EMPTY, d.EMPTY, d.EMPTY, d.EMPTY),
        ("one", d.TOO_FEW_POINTS, d.TOO_FEW_POINTS, d.TOO_FEW_POINTS, d.OK),
        ("two", d.TOO_FEW_POINTS, d.TOO_FEW_POINTS, d.TOO_FEW_POINTS, d.OK),
        ("three", d.LOW_N, d.LOW_N, d.OK, d.OK),
        ("on a line", d.RANK_DEFICIENT, d.RANK_DEFICIENT, d.OK, d.OK),
        ("all in one place", d.TOO_FEW_POINTS, d.TOO_FEW_POINTS, d.TOO_FEW_POINTS, d.OK),
        ("some in one place", d.OK, d.OK, d.OK, d.OK),
        ("nearly flat", d.RANK_DEFICIENT, d.RANK_DEFICIENT, d.OK, d.OK),
        ("one dimension", d.OK, d.OK, d.OK, d.OK),
        ("seven dimensions", d.TOO_MANY_DIMENSIONS, d.TOO_MANY_DIMENSIONS, d.OK, d.OK),
    ],
)
def test_degenerate_samples_say_what_is_wrong(case, fric, fdiv, feve, fdis):
    weights, points = DEGENERATE[case]
    assert d.functional_richness(weights, points).status == fric
    assert d.functional_divergence(weights, points).status == fdiv
    assert d.functional_evenness(weights, points).status == feve
    assert d.functional_dispersion(weights, points).status == fdis


def test_one_morph_has_no_evenness_and_no_spread():
    assert d.pielou([5, 0]).status == d.ONE_MORPH
    assert d.hill_evenness([5, 0]).status == d.ONE_MORPH
    assert d.functional_hill([5, 0], 1, [[0, 1], [1, 0]]).status == d.ONE_MORPH
    assert d.functional_hill([5, 1], 1, [[0, 0], [0, 0]]).status == d.NO_SPREAD
    assert d.shannon([5, 0]).value == 0
    assert not np.signbit(d.shannon([5, 0]).value)
    assert d.simpson([5, 0]).value == 0
    assert all(d.hill([5, 0], q).value == 1 for q in (0, 0.5, 1, 1.05, 2, math.inf))
    for function in (d.functional_dispersion, d.rao, partial(d.rao, convention="d")):
        assert function([3], [[1.0, 2.0]]) == (0.0, d.OK)


def test_an_empty_sample_has_no_diversity_instead_of_a_wrong_one():
    assert d.richness([0, 0]) == (0.0, d.EMPTY)
    assert d.hill([0, 0], 0) == (0.0, d.EMPTY)
    assert d.shannon(np.zeros((0, 3))).value.shape == (0,)
    assert d.bray_curtis([0], [0]).status == d.EMPTY
    assert d.bray_curtis([0], [2]).value == 1


def test_rare_morphs_alone_are_not_leaned_on():
    singletons = [1] * 8
    value, status = d.coverage(singletons)
    assert value == pytest.approx(0.0392156862745098)
    assert status == d.UNRELIABLE
    assert d.chao1(singletons).status == d.UNRELIABLE
    assert d.ace(singletons).status == d.UNRELIABLE
    assert d.coverage([5, 1]).value == 1
    assert d.chao1([5, 3]).value == 2
    assert d.rarefy([5, 3, 1, 1], 100).status == d.UNRELIABLE
    assert d.coverage_standardise([5, 3, 1, 1], 1.0).status == d.UNRELIABLE
    assert d.simpson([1, 0], kind="unbiased").status == d.TOO_FEW_OBJECTS
    assert d.rarefied_richness_error([1, 1], 3).status == d.BELOW_M


@pytest.mark.parametrize("wrong", [-1, np.nan, np.inf])
def test_what_is_no_count_is_refused_by_its_name(wrong):
    for function in (OF_WEIGHTS | OF_INTEGERS).values():
        with pytest.raises(ValueError, match="1 are not: long"):
            function([1, wrong, 2], ids=["round", "long", "flat"])
        with pytest.raises(ValueError, match="1 samples are not: june"):
            function([[1, 2], [wrong, 3]], samples=["may", "june"])
    for function in OF_COORDINATES.values():
        with pytest.raises(MorphoExploreError, match="1 are not: 1"):
            function([1, wrong, 2], [[0.0, 1], [1, 1], [2, 3]])
        if wrong != -1:
            with pytest.raises(ValueError, match="1 points have others: flat"):
                function([1, 1, 2], [[0.0, 1], [1, 1], [2, wrong]], ids=["round", "long", "flat"])
    for function in OF_DISTANCES.values():
        with pytest.raises(ValueError, match="finite and not negative"):
            function([1, 2], [[0, wrong], [wrong, 0]])
    frame = pd.DataFrame({"a": [1, wrong], "b": [2, 3]}, index=["may", "june"])
    with pytest.raises(ValueError, match=r"1 samples are not: june \(in a\)"):
        d.shannon(frame)
    with pytest.raises(ValueError, match="1 samples are not: june"):
        d.diversity_table(frame)


@pytest.mark.parametrize("name", OF_INTEGERS)
def test_estimators_of_what_was_not_seen_refuse_concentrations(name):
    with pytest.raises(ValueError, match="whole numbers of objects"):
        OF_INTEGERS[name]([0.7, 1.4, 0.2])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: d.shannon(np.ones((2, 2, 2))), "samples x morphs"),
        (lambda: d.shannon(["a"]), "must be numbers"),
        (lambda: d.hill([1], -1), "order q"),
        (lambda: d.hill([1], math.nan), "order q"),
        (lambda: d.rarefy([1], 5, math.inf), "finite order"),
        (lambda: d.functional_hill([1], math.inf, [[0]]), "finite order"),
        (lambda: d.rarefy([1], 0.5), "one object or more"),
        (lambda: d.coverage([1], -2), "0 or more"),
        (lambda: d.coverage_standardise([1], 1.2), "at most 1"),
        (lambda: d.simpson([1], kind="plain"), "kind"),
        (lambda: d.chao1([1], form="plain"), "form"),
        (lambda: d.ace_variance([1], form="plain"), "form"),
        (lambda: d.rao([1], [[1]], convention="half"), "convention"),
        (lambda: d.rao_of_pairs([[1]], [[1]]), "one sample"),
        (lambda: d.rao([1]), "coordinates or distances"),
        (lambda: d.similarity_hill([1], 1, [[0]], kernel="round"), "kernel"),
        (lambda: d.similarity_hill([1], 1, [[0]], 0.0), "scale"),
        (lambda: d.similarity_hill([1, 1], 1, [[0, 1], [2, 0]]), "both ways"),
        (lambda: d.similarity_hill([1, 1], 1, [[0]]), "square"),
        (lambda: d.attribute_hill([1], 1, [[0]], "middle"), "tau"),
        (lambda: d.attribute_hill([1], 1, [[0]], -1.0), "tau"),
        (lambda: d.functional_dispersion([1, 2], [[1]]), "2 weights per sample, but coordinates of 1"),
        (lambda: d.functional_dispersion([1], np.ones((1, 1, 1))), "morphs x dimensions"),
        (lambda: d.functional_dispersion([1, 2], np.empty((2, 0))), "morphs x dimensions"),
        (lambda: d.functional_richness([1, 1], [[0], [1]], pool=[[1.0], [1.0]]), "no hull"),
        (lambda: d.functional_richness([1, 1], [[0], [1]], pool=[[1.0, 2.0]]), "dimensions"),
        (lambda: d.functional_richness([1, 1], [[0], [1]], pool=0.0), "above 0"),
        (lambda: d.functional_specialisation([1], [[1.0]], centre=[1, 2]), "centre"),
        (lambda: d.community_weighted_quantiles([1], [[1.0]], [2]), "between 0 and 1"),
        (lambda: d.pooled_trim([0, 0], [[1.0], [2.0]]), "above 0"),
        (lambda: d.pooled_trim([1, 1, 1], [[1.0, 0], [2, 0], [3, 0]]), "fewer dimensions"),
        (lambda: d.standardised_functional_richness(np.ones(9), np.ones((9, 2)), 2.5), "whole number"),
        (lambda: d.kernel_volume([1], [[1.0]], 0), "bandwidth above 0"),
        (lambda: d.bray_curtis([1]), "nothing to be compared"),
        (lambda: d.bray_curtis([1], [1, 2]), "morph by morph"),
        (lambda: d.temporal_beta([1], [1], denominator="sum"), "denominator"),
        (lambda: d.energy_distance([[1]], [[1]], [1], [[1]]), "Two clouds"),
        (lambda: d.energy_distance([1], [[1]], [1], [[1, 2]]), "dimensions"),
    ],
)
def test_wrong_arguments_are_refused_with_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()


# ------------------------------------------------------------------------------------------- one table


def test_table_is_tidy_and_says_why_a_value_is_missing():
    counts = pd.DataFrame({"a": [4, 0, 7], "b": [4, 0, 0]}, index=["s1", "s2", "s3"])
    table = d.diversity_table(counts)
    assert list(table.columns) == list(d.TABLE_COLUMNS)
    assert table["sample"].unique().tolist() == ["s1", "s2", "s3"]
    assert len(table) == 3 * 8
    status = table.set_index(["sample", "index"])["status"]
    assert (status["s1"] == "ok").all()
    assert (status["s2"] == "empty").all()
    assert status["s3"]["pielou"] == "one_morph"
    assert (status["s3"].drop("pielou") == "ok").all()
    missing = table["estimate"].isna()
    assert (
        missing == ((table["status"] != "ok") & ~((table["index"] == "richness") | (table["q"] == 0)))
    ).all()
    assert table["n_objects"].tolist() == [8] * 8 + [0] * 8 + [7] * 8
    assert pd.api.types.is_integer_dtype(table["n_objects"])


def test_table_of_concentrations_keeps_the_number_of_objects():
    concentrations = pd.DataFrame({"a": [0.25, 0.5]}, index=["s1", "s2"])
    objects = pd.Series({"s2": 9, "s1": 4})
    table = d.diversity_table(concentrations, orders=(), n_objects=objects)
    assert table["n_objects"].unique().tolist() == [4, 9]


def test_table_of_nothing_has_its_columns():
    assert list(d.diversity_table(pd.DataFrame()).columns) == list(d.TABLE_COLUMNS)
    no_morphs = d.diversity_table(pd.DataFrame(index=["s1"]))
    assert (no_morphs["status"] == "empty").all()
