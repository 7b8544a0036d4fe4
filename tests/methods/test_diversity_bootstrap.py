"""Intervals of indices: the same whatever the order, wide where little is known, and apart for counting and sorting."""

import math
from functools import partial

import numpy as np
import pytest

from morphoexplore.methods import diversity as d
from morphoexplore.methods.diversity.assemblage import estimated_assemblage

COUNTS = np.array([[0, 4, 30, 1, 0, 12, 2, 0], [80, 3, 7, 0, 1, 1, 0, 0]])
PLACES = np.random.default_rng(0).standard_normal((8, 2))
INDICES = {
    "fdis": partial(d.functional_dispersion, coordinates=PLACES),
    "rao": partial(d.rao, coordinates=PLACES, convention="d2"),
    "cwm": partial(d.community_weighted_mean, coordinates=PLACES),
    "fdiv": partial(d.functional_divergence, coordinates=PLACES),
}


def same(one, other):
    for name in one:
        for part, again in zip(one[name], other[name], strict=True):
            np.testing.assert_array_equal(part, again)


def test_an_interval_holds_its_index_and_belongs_to_the_sample():
    call = partial(d.bootstrap_objects, COUNTS, INDICES, weights=[1.0, 10.0])
    found = call(sample="may")
    for name, index in INDICES.items():
        interval = found[name]
        np.testing.assert_array_equal(interval.value, index(COUNTS[0] + 10.0 * COUNTS[1]).value)
        assert np.all(interval.low <= interval.value)
        assert np.all(interval.value <= interval.high)
        assert interval.status == index(COUNTS.sum(axis=0)).status
        assert len(interval.replicates) == 200
        np.testing.assert_allclose(interval.se, interval.replicates.std(axis=0, ddof=1))
    call(sample="june")
    same(found, call(sample="may"))
    for other in (call(sample="june"), call(sample="may", random_state=1)):
        assert (other["fdis"].replicates != found["fdis"].replicates).any()
    assert found["cwm"].low.shape == (2,)


def test_replicates_do_not_depend_on_how_many_fit_into_memory(monkeypatch):
    from morphoexplore.methods.diversity import bootstrap, dispersion

    call = partial(d.bootstrap_objects, COUNTS, INDICES, weights=[1.0, 10.0], replicates=30)
    whole = call()
    monkeypatch.setattr(bootstrap, "BLOCK", 50)
    monkeypatch.setattr(dispersion, "BLOCK", 50)
    pieces = call()
    for name in whole:
        np.testing.assert_allclose(whole[name].replicates, pieces[name].replicates, rtol=1e-13)


def test_objects_stay_in_their_fraction():
    found = d.bootstrap_objects(COUNTS, {"counts": lambda table: d.Result(table, "ok")}, replicates=50)[
        "counts"
    ]
    assert (found.replicates.sum(axis=1) == COUNTS.sum()).all()
    never = COUNTS.sum(axis=0) == 0
    assert (found.replicates[:, never] == 0).all()
    first = d.bootstrap_objects(
        COUNTS, {"counts": lambda table: d.Result(table, "ok")}, weights=[1.0, 0.0], replicates=50
    )["counts"]
    assert (first.replicates.sum(axis=1) == COUNTS[0].sum()).all()


def test_single_objects_and_morphs_have_the_same_spread():
    fractions = np.repeat(["net", "net", "sieve", "sieve"], 100)
    points = np.random.default_rng(1).standard_normal((400, 2))
    weights = np.where(fractions == "net", 1.0, 5.0)
    fdis = {"fdis": partial(d.functional_dispersion, coordinates=points)}
    rows = d.by_fraction(fractions)
    assert rows.sum(axis=1).tolist() == [200, 200]
    found = d.bootstrap_objects(rows, fdis, weights=weights, sample=1)["fdis"]
    again = d.bootstrap_objects(rows, fdis, weights=[1.0, 5.0], sample=1)["fdis"]
    assert found.low == again.low
    assert (
        0.5 * 0.65 < found.se * math.sqrt(400) * 0.72 < 1.5 * 0.65
    )  # the deviation of a distance, and Kish's size


def test_the_assemblage_has_room_for_what_was_not_seen():
    counts = np.array([30.0, 12, 5, 2, 1, 1, 1, 1, 0])
    chance = estimated_assemblage(counts)
    assert chance.sum() == pytest.approx(1)
    assert chance[len(counts) :].sum() == pytest.approx(1 - d.coverage(counts).value)
    assert len(chance) == len(counts) + math.ceil(d.chao1(counts).value - 8)
    assert chance[8] == 0
    assert (chance[4:8] < counts[4:8] / counts.sum()).all()  # the rare ones give
    assert chance[:2] == pytest.approx(counts[:2] / counts.sum(), rel=1e-4)
    assert estimated_assemblage(np.array([5.0, 3])).tolist() == [0.625, 0.375]


def test_richness_has_an_interval_around_it_although_morphs_only_get_lost():
    counts = np.array([40, 20, 9, 4, 2, 1, 1, 1, 1, 1])
    hill = {f"q{q}": partial(d.hill, q=q) for q in (0, 1, 2)}
    hill |= {"m": partial(d.rarefy, m=40, q=1), "c": partial(d.coverage_standardise, c=0.8, q=0)}
    found = d.bootstrap_assemblage(counts, hill, sample="may")
    for interval in found.values():
        assert interval.se > 0
        assert interval.low == pytest.approx(interval.value - 1.959964 * interval.se)
        assert interval.high == pytest.approx(interval.value + 1.959964 * interval.se)
    same(found, d.bootstrap_assemblage(counts, hill, sample="may"))
    both = d.bootstrap_assemblage([counts, counts[::-1]], {"h": d.shannon}, weights=[1.0, 20.0])["h"]
    assert both.value == d.shannon(counts + 20.0 * counts[::-1]).value
    with pytest.raises(ValueError, match="no weight of its own"):
        d.bootstrap_assemblage(counts, hill, weights=np.arange(10.0))


def test_objects_of_one_weight_have_the_interval_of_their_assemblage():
    counts = np.array([40, 20, 9, 4, 2, 1, 1, 1, 1, 1])
    hill = {f"q{q}": partial(d.hill, q=q) for q in (0, 1, 2)}
    morphs = np.repeat(np.arange(10), counts)
    call = partial(d.bootstrap_assemblage_of_objects, morphs, hill, replicates=1000, sample="may")
    alike = d.bootstrap_assemblage(counts, hill, replicates=1000)
    found = call(weights=np.full(80, 7.0))
    for name, interval in found.items():
        assert interval.value == pytest.approx(alike[name].value)
        assert interval.se == pytest.approx(alike[name].se, rel=0.1)
        assert interval.low == pytest.approx(interval.value - 1.959964 * interval.se)
    same(found, call(weights=np.full(80, 7.0)))
    two = np.arange(80) % 2
    both = call(weights=np.where(two, 10.0, 1.0), fractions=np.where(two, "fine", "coarse"))
    rows = [np.bincount(morphs[two == fraction], minlength=10) for fraction in (0, 1)]
    again = d.bootstrap_assemblage(rows, hill, weights=[1.0, 10.0], replicates=1000)
    for name, interval in both.items():
        assert interval.value == pytest.approx(again[name].value)
        assert interval.se == pytest.approx(again[name].se, rel=0.1)


def test_bodies_of_one_morph_that_differ_make_its_share_less_sure():
    morphs = np.repeat([0, 1], 200)
    even, uneven = np.ones(400), np.exp(1.5 * np.random.default_rng(0).standard_normal(400))
    call = partial(d.bootstrap_assemblage_of_objects, morphs, {"h": d.simpson, "s": d.richness})
    assert call(weights=uneven)["h"].se > 2 * call(weights=even)["h"].se
    assert call(weights=uneven)["s"].se == 0
    heavy = np.append(np.ones(400), 1e6)
    first = {"first": lambda table: d.Result(table[..., 0], "ok")}
    three = d.bootstrap_assemblage_of_objects(np.append(morphs, 2), first, weights=heavy)
    assert three["first"].replicates.max() < 1e6, "what is not rare weighs what it weighs"


def test_weighed_replicates_do_not_depend_on_how_many_fit_into_memory(monkeypatch):
    from morphoexplore.methods.diversity import assemblage

    random = np.random.default_rng(0)
    morphs, each, fractions = random.integers(0, 30, 60), random.random(60), random.integers(0, 2, 60)
    hill = {"q1": partial(d.hill, q=1)}
    call = partial(d.bootstrap_assemblage_of_objects, morphs, hill, weights=each, fractions=fractions)
    whole = call(replicates=30)["q1"].replicates
    monkeypatch.setattr(assemblage, "BLOCK", 200)
    np.testing.assert_allclose(call(replicates=30)["q1"].replicates, whole, rtol=1e-13)


def test_objects_without_weight_are_not_there():
    call = partial(d.bootstrap_assemblage_of_objects, indices={"s": d.richness})
    some = call([0, 0, 1, 2], weights=[1.0, 2.0, 0.0, 1.0])
    same(some, call([0, 0, 2], weights=[1.0, 2.0, 1.0]))
    for nothing in (call([], weights=[]), call([0], weights=[0.0])):
        assert nothing["s"].status == d.EMPTY
        assert math.isnan(nothing["s"].low)


def test_standardised_richness_has_standard_errors_on_both_sides():
    points = np.random.default_rng(0).standard_normal((300, 2))
    call = partial(d.bootstrap_standardised_richness, np.ones(300), points, replicates=40, draws=20)
    found = call(60, sample="may")
    assert found.value - found.low == pytest.approx(found.high - found.value)
    assert found.se > 0
    assert call(60, sample="may")[:4] == found[:4]
    alone = d.standardised_functional_richness(np.ones(300), points, 60, draws=20, sample="may")
    assert found.value == pytest.approx(alone.value)
    assert call(300, sample="may").se > 0  # all of the sample: nothing is left to draw
    half = call(60, sample="may", pool=points)
    whole = d.functional_richness(np.ones(300), points).value
    assert half.value == pytest.approx(found.value / whole)
    assert half.se == pytest.approx(found.se / whole)
    assert call(400).status == d.BELOW_M
    assert math.isnan(call(400).low)
    with pytest.raises(ValueError, match="two draws"):
        call(60, draws_per_replicate=1)


def test_what_has_no_value_has_no_interval():
    for bootstrap in (d.bootstrap_objects, d.bootstrap_assemblage):
        empty = bootstrap([0, 0, 0], {"h": d.shannon, "s": d.richness})
        assert empty["h"].status == d.EMPTY
        assert math.isnan(empty["h"].low)
        assert empty["s"].value == 0
        assert bootstrap([7, 0, 0], {"j": d.pielou})["j"].status == d.ONE_MORPH
    rare = d.bootstrap_objects(
        [60, 1, 1], {"fric": partial(d.functional_richness, coordinates=np.eye(3)[:, :2])}
    )
    assert rare["fric"].status == d.UNRELIABLE  # most replicates lose a corner
    for wrong in ({"replicates": 1}, {"level": 1.0}):
        with pytest.raises(ValueError, match="two replicates"):
            d.bootstrap_objects([1, 2], {"h": d.shannon}, **wrong)
    with pytest.raises(ValueError, match="fractions x morphs"):
        d.bootstrap_objects([1, 2], {"h": d.shannon}, weights=[1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="whole numbers"):
        d.bootstrap_objects([1.5, 2], {"h": d.shannon})
    with pytest.raises(ValueError, match="finite and not negative"):
        d.bootstrap_objects([1, 2], {"h": d.shannon}, weights=-1.0)


# --------------------------------------------------------------------------------------------- sorting


def test_more_looks_leave_less_doubt():
    draws = d.draw_precisions([0, 9, 95, 9500], [0, 1, 5, 500], replicates=2000)
    assert draws.shape == (2000, 4)
    assert draws.mean(axis=0)[1:] == pytest.approx([9.5 / 11, 0.946, 0.95], abs=0.02)
    assert (np.diff(draws.std(axis=0)) < 0).all()
    assert (d.draw_precisions([3], [1]) == d.draw_precisions([3], [1])).all()


def test_sorting_moves_an_index_only_as_far_as_errors_are_possible():
    counts = np.array([400, 300, 200, 100])
    indices = {"h": d.shannon, "s": d.richness}

    def width(right, wrong, **options):
        draws = d.draw_precisions(np.full(4, right), np.full(4, wrong))
        interval = d.propagate_sorting(counts, draws, indices, **options)["h"]
        assert interval.value == d.shannon(counts).value
        return interval.high - interval.low

    assert width(9, 1) > 2 * width(900, 100) > 0
    assert width(9, 1, certain=counts) == 0
    assert width(9, 1, certain=counts // 2) < width(9, 1)
    assert width(9, 1, errors="spread") > 0
    sure = d.propagate_sorting(counts, np.ones((50, 4)), indices)
    assert sure["h"].se == 0
    assert sure["h"].low == sure["h"].value


def test_a_morph_is_as_wrong_in_one_sample_as_in_the_next():
    draws = d.draw_precisions([1, 5000], [1, 0])
    first, second = (
        d.propagate_sorting([5000, 5000], draws, {"h": d.simpson}, sample=name)["h"].replicates
        for name in ("may", "june")
    )
    assert np.corrcoef(first, second)[0, 1] > 0.95
    again = d.propagate_sorting([5000, 5000], draws, {"h": d.simpson}, sample="may")["h"].replicates
    assert (first == again).all()


def test_percentiles_that_lie_beside_the_value_are_widened_to_it():
    """Morphs, as corners of a hull, only get lost when objects are drawn again."""
    found = d.bootstrap_objects([40, 20] + [1] * 20, {"s": d.richness})["s"]
    low, high = np.quantile(found.replicates, [0.025, 0.975])
    assert high < found.value
    assert (found.low, found.high) == (low, 22)


def test_single_objects_are_as_wrong_as_their_morph():
    random = np.random.default_rng(0)
    points = np.vstack([random.standard_normal((300, 2)), random.standard_normal((300, 2)) + 8])
    morphs = np.repeat([0, 1], 300)
    indices = {
        "fdis": partial(d.functional_dispersion, coordinates=points),
        "cwm": partial(d.community_weighted_mean, coordinates=points),
    }
    sure = d.draw_precisions([5000, 5000], [0, 0])
    unsure = d.draw_precisions([9, 5000], [3, 0])
    call = partial(d.propagate_sorting, np.ones(600), indices=indices, morphs=morphs)
    few, many = call(unsure), call(sure)
    assert few["fdis"].value == indices["fdis"](np.ones(600)).value
    assert few["cwm"].high[0] - few["cwm"].low[0] > 10 * (many["cwm"].high[0] - many["cwm"].low[0])
    assert few["cwm"].low[0] > few["cwm"].value[0], "objects left the cloud on the left"
    looked = call(unsure, certain=np.ones(600))
    assert looked["fdis"].se == pytest.approx(0, abs=1e-12)
    same(few, call(unsure))


def test_replicates_of_sorting_do_not_depend_on_how_many_fit_into_memory(monkeypatch):
    from morphoexplore.methods.diversity import sorting

    draws = d.draw_precisions(np.full(8, 9), np.full(8, 1), replicates=30)
    whole = d.propagate_sorting(COUNTS, draws, INDICES, weights=[1.0, 10.0])
    monkeypatch.setattr(sorting, "BLOCK", 50)
    pieces = d.propagate_sorting(COUNTS, draws, INDICES, weights=[1.0, 10.0])
    for name in whole:
        np.testing.assert_allclose(whole[name].replicates, pieces[name].replicates, rtol=1e-13)


def test_errors_of_sorting_change_standardised_richness_by_what_left():
    random = np.random.default_rng(0)
    points = random.standard_normal((300, 2))
    points[:20] *= 5  # the corners are of a doubtful morph
    morphs = (np.arange(300) >= 20).astype(int)
    call = partial(d.propagate_sorting_richness, np.ones(300), points, 60, morphs=morphs, draws=20)
    draws = d.draw_precisions([6, 5000], [6, 0], replicates=40)
    found = call(draws, sample="may")
    alone = d.standardised_functional_richness(np.ones(300), points, 60, draws=20, sample="may")
    assert found.value == alone.value
    assert found.high < found.value, "without half of the corners it is smaller"
    nothing_wrong = call(np.ones((10, 2)), sample="may")
    assert (nothing_wrong.low, nothing_wrong.high) == (alone.value, alone.value)
    assert call(draws, certain=np.ones(300), sample="may").low == alone.value
    assert call(draws, sample="may")[:4] == found[:4]
    small = partial(d.propagate_sorting_richness, np.ones(300), points)
    assert small(400, draws, morphs=morphs).status == d.BELOW_M
    assert small(299, draws, morphs=morphs).status == d.OK
    assert math.isnan(small(299, draws, morphs=morphs).low), "none of the replicates has so many"
    assert d.propagate_sorting_richness(np.zeros(3), np.eye(3)[:, :2], 3, np.ones((2, 3))).status == d.EMPTY


def test_what_is_wrong_leaves_or_goes_to_the_others():
    counts, draws = np.array([[50, 30, 20], [40, 0, 35]]), np.full((20, 3), 0.6)
    table = {"table": lambda rows: d.Result(rows, "ok")}
    left = d.propagate_sorting(counts, draws, table)["table"].replicates
    assert (left <= counts.sum(axis=0)).all()
    assert left.sum(axis=1).mean() == pytest.approx(0.6 * counts.sum(), rel=0.1)
    spread = d.propagate_sorting(counts, draws, table, errors="spread")["table"].replicates
    assert spread.sum(axis=1) == pytest.approx(counts.sum())
    alone = d.propagate_sorting([9, 0], np.full((20, 2), 0.5), table, errors="spread")["table"].replicates
    assert (alone[:, 1] == 0).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: d.propagate_sorting([1], [[0.5]], {}, errors="stay"), "leave or spread"),
        (lambda: d.propagate_sorting([1], [[1.5]], {}), "between 0 and 1"),
        (lambda: d.propagate_sorting([1, 1], [[0.5]], {}), "one per morph of 2"),
        (lambda: d.propagate_sorting([1], [[0.5]], {}, certain=[2]), "More members are certain"),
        (lambda: d.propagate_sorting([1, 1], [[0.5]], {}, morphs=[0, 1]), "one per morph of 2"),
        (lambda: d.propagate_sorting([1, 1], [[0.5]], {}, morphs=[0]), "one per morph of 2"),
        (lambda: d.propagate_sorting_richness([[1]], [[1.0]], 1, [[1.0]]), "one sample"),
        (
            lambda: d.bootstrap_assemblage_of_objects([1, 2], {}, weights=[1.0]),
            "one morph, weight and fraction",
        ),
        (
            lambda: d.bootstrap_assemblage_of_objects([1], {}, weights=[-1.0], ids=["round"]),
            "round",
        ),
        (lambda: d.draw_precisions([1, 2], [1]), "one number per morph"),
        (lambda: d.draw_precisions([1], [1], prior=(0, 1)), "prior"),
        (lambda: d.draw_precisions([-1], [1], ids=["round"]), "round"),
    ],
)
def test_wrong_arguments_are_refused_with_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()
