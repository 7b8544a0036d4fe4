import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from morphoexplore.methods import diversity
from morphoexplore.methods.diversity import (
    diversity_table,
    hill,
    inverse_simpson,
    pielou,
    richness,
    shannon,
    simpson,
)

relaxed = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])

TESTS = Path(__file__).parents[1]
SHARED = TESTS.parents[1] / "shared" / "diversity_vectors"

matrices = arrays(np.int64, st.tuples(st.integers(1, 4), st.integers(1, 12)), elements=st.integers(0, 10_000))
orders = st.one_of(st.floats(0, 50), st.floats(0.9, 1.1), st.just(math.inf))


def shared_vector(name):
    path = SHARED / f"{name}.json"
    if not path.exists():
        pytest.skip(f"reference vectors are not here: {path}")
    return json.loads(path.read_text(encoding="utf-8"))


@relaxed
@given(matrices)
def test_hill_numbers_are_the_classic_indices(counts):
    with_objects = counts[counts.sum(axis=1) > 0]
    np.testing.assert_array_equal(hill(counts, 0), richness(counts))
    np.testing.assert_allclose(hill(with_objects, 1), np.exp(shannon(with_objects)), rtol=1e-12)
    np.testing.assert_allclose(hill(with_objects, 2), inverse_simpson(with_objects), rtol=1e-12)
    np.testing.assert_allclose(simpson(with_objects), 1 - 1 / hill(with_objects, 2), rtol=1e-9, atol=1e-12)
    largest = with_objects.max(axis=1) / with_objects.sum(axis=1)
    np.testing.assert_allclose(hill(with_objects, math.inf), 1 / largest, rtol=1e-12)


@relaxed
@given(matrices, orders, orders)
def test_hill_never_grows_with_q_and_lies_between_one_and_richness(counts, one, other):
    counts = counts[counts.sum(axis=1) > 0]
    low, high = sorted([one, other])
    assert (hill(counts, low) >= hill(counts, high) * (1 - 1e-9)).all()
    assert (hill(counts, high) >= 1 - 1e-9).all()
    assert (hill(counts, low) <= richness(counts) * (1 + 1e-9)).all()


@relaxed
@given(matrices, orders, st.randoms(use_true_random=False))
def test_order_and_duplication_and_scale_of_counts_do_not_matter(counts, q, random):
    shuffled = counts[:, random.sample(range(counts.shape[1]), counts.shape[1])]
    np.testing.assert_allclose(hill(shuffled, q), hill(counts, q), rtol=1e-9)
    np.testing.assert_allclose(hill(counts * 3.7, q), hill(counts, q), rtol=1e-9)
    # Two assemblages without a common morph, equally shared out, hold twice the diversity (Jost 2006).
    np.testing.assert_allclose(hill(np.hstack([counts, counts]), q), 2 * hill(counts, q), rtol=1e-9)
    np.testing.assert_allclose(
        shannon(np.hstack([counts, 0 * counts])), shannon(counts), rtol=1e-12, err_msg="absent morphs count"
    )


@pytest.mark.parametrize("step", [1e-12, 1e-9, 1e-6, 1e-3, 0.09999, 0.10001])
def test_hill_is_smooth_around_q_one(step):
    counts = [[1000, 100, 10, 1, 1]]
    below, at, above = hill(counts, 1 - step), hill(counts, 1), hill(counts, 1 + step)
    assert below >= at >= above
    slope = (below - above) / (2 * step)
    if step >= 1e-9:  # below that, the difference itself has no digits
        variance = np.sum([p * np.log(p) ** 2 for p in np.array(counts[0]) / 1112]) - shannon(counts) ** 2
        np.testing.assert_allclose(slope, at * variance / 2, rtol=1e-5 if step < 1e-2 else 0.1)


def test_hill_of_large_order_does_not_underflow():
    counts = [[2, 1, 1] + [1] * 400]
    np.testing.assert_allclose(hill(counts, 1e6), hill(counts, math.inf), rtol=1e-4)
    np.testing.assert_allclose(hill(counts, 1e300), hill(counts, math.inf))


def test_empty_samples_have_no_diversity_instead_of_a_wrong_one():
    for empty in ([[0, 0]], np.zeros((1, 0))):
        assert richness(empty) == 0
        assert hill(empty, 0) == 0
        for index in (shannon, simpson, inverse_simpson, pielou):
            assert np.isnan(index(empty)).all(), index
        for q in (0.5, 1, 1.05, 2, math.inf):
            assert np.isnan(hill(empty, q)).all(), q
    assert shannon(np.zeros((0, 3))).shape == (0,)


def test_one_morph_has_no_evenness():
    assert np.isnan(pielou([[5, 0]])).all()
    assert shannon([[5, 0]]) == 0
    assert not np.signbit(shannon([[5, 0]])[0])
    assert simpson([[5, 0]]) == 0
    assert all(hill([[5, 0]], q) == 1 for q in (0, 0.5, 1, 1.05, 2, math.inf))


@pytest.mark.parametrize("wrong", [-1, np.nan, np.inf])
def test_what_is_no_count_is_refused_with_its_sample(wrong):
    frame = pd.DataFrame({"a": [1, wrong], "b": [2, 3]}, index=["may", "june"])
    with pytest.raises(ValueError, match="1 samples are not: june"):
        diversity_table(frame)
    with pytest.raises(ValueError, match="not negative"):
        shannon(frame.to_numpy())


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="samples x morphs"):
        shannon([1, 2, 3])
    for q in (-1, math.nan):
        with pytest.raises(ValueError, match="order q"):
            hill([[1, 2]], q)


def test_table_is_tidy_and_says_why_a_value_is_missing():
    counts = pd.DataFrame({"a": [4, 0, 7], "b": [4, 0, 0]}, index=["s1", "s2", "s3"])
    table = diversity_table(counts)
    assert list(table.columns) == list(diversity.TABLE_COLUMNS)
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
    assert diversity_table(concentrations, orders=(), n_objects=objects)["n_objects"].unique().tolist() == [
        4,
        9,
    ]


def test_table_of_nothing_has_its_columns():
    assert list(diversity_table(pd.DataFrame()).columns) == list(diversity.TABLE_COLUMNS)
    no_morphs = diversity_table(pd.DataFrame(index=["s1"]))
    assert (no_morphs["status"] == "empty").all()


def check_skbio(vector):
    for counts, expected in zip(vector["inputs"]["counts"], vector["expected"], strict=True):
        close = {
            "sobs": richness([counts]),
            "shannon": shannon([counts]),
            "simpson": simpson([counts]),
            "inv_simpson": inverse_simpson([counts]),
            "pielou_e": pielou([counts]),
        }
        for name, value in close.items():
            np.testing.assert_allclose(value, expected[name], rtol=vector["rtol"], err_msg=name)
        for q, value in expected["hill"].items():
            np.testing.assert_allclose(hill([counts], float(q)), value, rtol=vector["rtol"], err_msg=f"q={q}")


def test_agrees_with_scikit_bio():
    """Values of scikit-bio 0.7.4; the file is ours to give away (see its field ``redistributable``)."""
    check_skbio(json.loads((TESTS / "vectors" / "skbio_shared.json").read_text(encoding="utf-8")))


def test_copied_vectors_are_the_shared_ones():
    copied = json.loads((TESTS / "vectors" / "skbio_shared.json").read_text(encoding="utf-8"))
    assert copied == shared_vector("skbio_shared")
    assert copied["redistributable"]


def test_agrees_with_vegan():
    vector = shared_vector("vegan_BCI")
    counts, expected, rtol = vector["inputs"]["counts"], vector["expected"], vector["rtol"]
    np.testing.assert_allclose(richness(counts), expected["richness"], rtol=rtol)
    np.testing.assert_allclose(shannon(counts), expected["shannon"], rtol=rtol)
    np.testing.assert_allclose(simpson(counts), expected["simpson"], rtol=rtol)
    np.testing.assert_allclose(inverse_simpson(counts), expected["invsimpson"], rtol=rtol)
    np.testing.assert_allclose(pielou(counts), expected["pielou"], rtol=rtol)
    for q, values in zip(expected["renyi_scales"], zip(*expected["renyi_hill"], strict=True), strict=True):
        np.testing.assert_allclose(hill(counts, float(q)), values, rtol=rtol, err_msg=f"q={q}")


def test_agrees_with_vegan_on_concentrations():
    """Shannon and Simpson of the synthetic study are of concentrations, richness of raw counts."""
    vector = shared_vector("synthetic_A")
    inputs, expected, rtol = vector["inputs"], vector["expected"]["vegan"], vector["rtol"]
    sampled = np.asarray(inputs["volume"]) * np.asarray(inputs["fraction"])
    concentrations = np.asarray(inputs["counts"]) / sampled[:, None]
    np.testing.assert_allclose(richness(inputs["counts"]), expected["richness"], rtol=rtol)
    np.testing.assert_allclose(shannon(concentrations), expected["shannon"], rtol=rtol)
    np.testing.assert_allclose(simpson(concentrations), expected["simpson"], rtol=rtol)
    np.testing.assert_allclose(inverse_simpson(concentrations), expected["invsimpson"], rtol=rtol)
    np.testing.assert_allclose(pielou(concentrations), expected["pielou"], rtol=rtol)


def test_agrees_with_hill_r():
    vector = shared_vector("hillR_dune")
    for row in vector["expected"]["hill_taxa"]:
        np.testing.assert_allclose(
            hill(vector["inputs"]["counts"], float(row["q"])),
            row["D"],
            rtol=vector["rtol"],
            err_msg=f"q={row['q']}",
        )


def test_agrees_with_inext_at_the_observed_size():
    vector = shared_vector("inext_spider")
    for name, site in vector["inputs"].items():
        expected = vector["expected"][name]["size_based"]
        for method, q, value in zip(expected["Method"], expected["Order.q"], expected["qD"], strict=True):
            if method == "Observed":
                np.testing.assert_allclose(hill([site["counts"]], q), value, rtol=vector["rtol"])


def test_agrees_with_leinster_and_cobbold():
    vector = shared_vector("leinster_cobbold_A")
    for q, value in zip(vector["inputs"]["q"], vector["expected"]["hill"], strict=True):
        order = math.inf if q == "Infinity" else float(q)
        np.testing.assert_allclose(hill([vector["inputs"]["counts"]], order), value, rtol=vector["rtol"])
