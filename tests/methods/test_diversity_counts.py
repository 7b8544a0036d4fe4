"""Laws of Hill numbers, rarefaction and estimates of what was not seen."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.special import comb

from morphoexplore.methods import diversity as d
from tests.made_indices import (
    matrices,
    orders,
    relaxed,
    samples,
    some_orders,
)

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
@example(np.array([2, 2]), 0.75)
def test_the_size_of_a_coverage_has_that_coverage(counts, c):
    if counts.sum() == 0:
        return
    size, status = d.size_at_coverage(counts, c)
    if math.isnan(size):
        assert status == d.UNRELIABLE
    elif size > 1 and not counts.sum() - 1 < size < counts.sum():
        # Between whole numbers the coverage may jump, where a morph can no longer be missed: then it passes c there.
        below, above = (d.coverage(counts, max(1, size * (1 + step))).value for step in (-1e-8, 1e-8))
        assert below - 1e-6 <= c <= above + 1e-6


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
