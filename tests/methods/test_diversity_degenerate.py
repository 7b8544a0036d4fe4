"""What indices say of samples that have no value, and of input that is none."""

import math
from functools import partial

import numpy as np
import pandas as pd
import pytest

from morphoexplore.errors import MorphoExploreError
from morphoexplore.methods import diversity as d
from tests.made_indices import (
    KNOWN,
    OF_COORDINATES,
    OF_DISTANCES,
    OF_INTEGERS,
    OF_WEIGHTS,
    apart,
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
