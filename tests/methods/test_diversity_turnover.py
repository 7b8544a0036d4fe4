"""Laws of what differs between samples, and the table of indices."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from morphoexplore.methods import diversity as d
from tests.made_indices import (
    relaxed,
    samples,
)

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
