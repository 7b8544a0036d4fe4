"""Diversity among samples: closed forms and laws."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from morphoexplore.errors import WrongNumbersError
from morphoexplore.methods.diversity import BELOW_M, ONE_SAMPLE, hill, hill_beta, jackknife, richness
from morphoexplore.methods.diversity.pooling import ALL_WAYS, choices

ORDERS = [0, 0.5, 1, 2, 3, float("inf")]
tables = arrays(np.float64, (4, 5), elements=st.sampled_from([0.0, 0.0, 1.0, 2.5, 40.0]))


@given(table=tables, q=st.sampled_from(ORDERS))
@settings(max_examples=100, deadline=None)
def test_beta_lies_between_one_and_the_number_of_samples(table: np.ndarray, q: float) -> None:
    found = hill_beta(table, q)
    n = int((table.sum(axis=1) > 0).sum())
    assert found.status == ("empty" if n == 0 else "one_sample" if n == 1 else "ok")
    if n > 1:
        assert 1 <= found.value <= n
        assert found.value == pytest.approx(found.gamma / found.alpha)
        assert found.gamma == pytest.approx(hill(table.sum(axis=0), q).value)


@pytest.mark.parametrize("q", ORDERS)
def test_samples_alike_are_one_and_samples_apart_are_as_many_as_they_are(q: float) -> None:
    assert hill_beta(np.tile([5.0, 2.0, 1.0], (3, 1)), q).value == pytest.approx(1)
    assert hill_beta(np.kron(np.eye(3), [[3.0, 1.0]]), q).value == pytest.approx(3)


def test_alpha_of_order_zero_is_the_mean_richness_and_of_order_one_the_mean_entropy() -> None:
    table = np.array([[1.0, 2, 0, 0], [3, 1, 5, 0], [0, 0, 0, 2]])
    assert hill_beta(table, 0).alpha == pytest.approx(richness(table).value.mean())
    shares = table / table.sum(axis=1, keepdims=True)
    assert hill_beta(shares, 1).alpha == pytest.approx(np.exp(np.log(hill(table, 1).value).mean()))


def test_one_sample_alone_is_refused() -> None:
    with pytest.raises(WrongNumbersError, match="table of samples"):
        hill_beta([1, 2], 1)


def test_choices_are_all_or_many_and_the_same_again() -> None:
    assert len(list(choices(6, 3))) == 20
    many = [way.tolist() for way in choices(20, 10)]
    assert len(many) == ALL_WAYS
    assert many == [way.tolist() for way in choices(20, 10)]
    assert all(len(set(way)) == 10 for way in many)


def counted(tables: np.ndarray) -> np.ndarray:
    return np.asarray(richness(tables.sum(axis=1)).value)


def mean(tables: np.ndarray) -> np.ndarray:
    return tables.mean(axis=(1, 2))


def test_the_jackknife_of_a_mean_is_its_t_interval() -> None:
    values = np.array([[3.0], [4.0], [8.0], [1.0]])
    found = jackknife(values, mean)
    assert found.value == 4
    assert found.se == pytest.approx(values.std(ddof=1) / 2)
    assert found.high - found.value == pytest.approx(3.182446 * found.se)
    assert found.value - found.low == pytest.approx(3.182446 * found.se)
    # Two at a time: the mean over all pairs is the mean, and so is its error.
    pairs = jackknife(values, mean, m=2)
    assert pairs[:4] == pytest.approx(found[:4])


def test_many_ways_to_choose_have_the_error_of_all_of_them() -> None:
    random = np.random.default_rng(1)
    table = random.poisson(random.gamma(0.4, size=(14, 30)) * 5).astype(float)
    some = jackknife(table, counted, m=7)  # 1000 of 3432 ways
    assert some[:4] == jackknife(table, counted, m=7)[:4]
    without = [
        counted(np.stack([rest[list(way)] for way in itertools.combinations(range(13), 7)])).mean()
        for rest in (np.delete(table, one, axis=0) for one in range(14))
    ]
    assert some.se == pytest.approx(np.std(without) * np.sqrt(13), rel=0.3)


def test_samples_too_few_to_differ_have_no_interval() -> None:
    one = jackknife(np.array([[3.0, 1.0]]), counted)
    assert (one.value, one.status) == (2, ONE_SAMPLE)
    assert np.isnan(one.low)
    assert jackknife(np.ones((2, 3)), counted, m=3).status == BELOW_M
    two = jackknife(np.eye(2), lambda tables: np.array([hill_beta(one, 1).value for one in tables]))
    assert two.value == pytest.approx(2)
    assert np.isnan([two.se, two.low, two.high]).all()  # without one of them there is no beta
