"""The table of indices: what it rests on, that intervals hold what they should, and what it says where it cannot."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.errors import StepMissingError, WrongValueError
from morphoexplore.methods import diversity as methods
from morphoexplore.steps import communities, indexing, tallying
from morphoexplore.steps.index_registry import STANDARDISED
from morphoexplore.steps.indexing import COLUMNS, INDICES
from tests.made import make_project
from tests.made_volumes import add_rows, put, zooscan_rows


@pytest.fixture
def nets(tmp_path: Path) -> mx.Project:
    project = add_rows(tmp_path, zooscan_rows())
    put(project, {"copepod": [0, 1, 5, 6], "egg": [2, 3], "larva": [7]})
    return project


def one(table: pd.DataFrame, sample: str, index: str, q: float | None = None) -> pd.Series:
    is_order = table["q"].isna() if q is None else table["q"] == q
    (row,) = table[(table["sample_id"] == sample) & (table["index"] == index) & is_order].to_dict("records")
    return pd.Series(row)


def test_shares_are_of_what_objects_stand_for(nets: mx.Project) -> None:
    mx.set_formulas(nets, preset="zooscan")
    shares = np.array([2 * 4 / 250, 2 * 16 / 250])
    expected = methods.shannon(shares).value
    by_weight = mx.indices(nets)
    assert set(by_weight["weight"]) == {"concentration", "count"}
    assert one(by_weight, "net_1", "shannon")["estimate"] == pytest.approx(expected)
    counted = mx.indices(nets, weight="count")
    assert one(counted, "net_1", "shannon")["estimate"] == pytest.approx(np.log(2))
    for index in ("chao1_bias_corrected", "coverage"):
        assert one(by_weight, "net_1", index)["weight"] == "count"
    assert one(by_weight, "net_1", "shannon")["n_eff"] == pytest.approx(
        methods.effective_size([4, 4, 16, 16]).value
    )


def test_without_volumes_objects_are_counted_and_a_concentration_is_refused(nets: mx.Project) -> None:
    assert set(mx.indices(nets)["weight"]) == {"count"}
    with pytest.raises(WrongValueError, match="Without formulas"):
        mx.indices(nets, weight="concentration")


def test_an_evenness_has_no_interval_beyond_one(nets: mx.Project) -> None:
    table = mx.indices(nets, names=["pielou", "hill"], replicates=30).dropna(subset="ci_hi")
    assert (table.loc[table["index"] == "pielou", "ci_hi"] == 1).any(), "of so few objects it reaches there"
    assert (table.loc[table["index"] == "pielou", "ci_hi"] <= 1).all()
    assert (table.loc[table["index"] == "hill", "ci_lo"] >= 1).all()


def test_a_sample_of_unknown_volume_has_no_value_and_says_so(tmp_path: Path) -> None:
    rows = [row | ({"sample_tot_vol": 0} if row["sample_id"] == "net_1" else {}) for row in zooscan_rows()]
    project = add_rows(tmp_path, rows)
    put(project, {"copepod": [0, 1, 5, 6], "egg": [2, 7]})
    mx.set_formulas(project, preset="zooscan")
    assert set(mx.indices(project)["weight"]) == {"count"}
    table = mx.indices(project, weight="concentration")
    lost = one(table, "net_1", "shannon")
    assert np.isnan(lost["estimate"])
    assert lost["status"] == indexing.UNKNOWN_WEIGHT
    assert lost["n_objects"] == 3
    assert one(table, "net_1", "coverage")["status"] != indexing.UNKNOWN_WEIGHT
    assert one(table, "net_2", "shannon")["status"] == "ok"


def test_without_a_morphospace_only_indices_of_morphs_are_there(nets: mx.Project) -> None:
    assert set(mx.indices(nets)["level"]) == {"morph"}
    with pytest.raises(StepMissingError, match="morphospace"):
        mx.indices(nets, names=["rao_d2"])


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> mx.Project:
    """Objects of three forms with features, in two samples; all are morphs."""
    project = make_project(tmp_path_factory.mktemp("cloud") / "p", sizes=(120, 80, 40), free=20, dims=5)
    for seed_id in (1, 2, 3):
        review.confirm(project, seed_id)
    return project


def test_indices_of_objects_are_those_of_the_methods(cloud: mx.Project) -> None:
    table = mx.indices(cloud, dims=3)
    tally = tallying.tally(cloud)
    of = communities.gather(cloud, tally, tally.samples.index, tally.choose_morphs(kinds=["living"]), dims=3)
    assert of.positions is not None
    for row, sample in enumerate(of.samples):
        points, each = of.positions[of.of(row)], of.each[of.of(row)]
        for index, function in (
            ("functional_dispersion", methods.functional_dispersion),
            ("rao_d2", methods.rao),
            ("functional_divergence", methods.functional_divergence),
        ):
            assert one(table, sample, index)["estimate"] == pytest.approx(function(each, points).value)
        mean = methods.community_weighted_mean(each, points).value
        assert [one(table, sample, f"cwm_{axis}")["estimate"] for axis in (1, 2, 3)] == pytest.approx(mean)
    assert set(table["space"].dropna().str.slice(0, 16)) == {"pca: 3 of 5 dims"}


def test_the_table_is_tidy(cloud: mx.Project) -> None:
    table = mx.indices(cloud, dims=2)
    assert list(table.columns) == list(COLUMNS)
    assert not table.duplicated(["sample_id", "index", "q"]).any()
    known = {name if name in INDICES else name.rsplit("_", 1)[0] for name in table["index"]}
    assert known == set(INDICES)
    flagged = set(table.loc[table["is_n_dependent"], "index"])
    assert flagged == {"richness", "hill", "functional_richness"}
    assert set(table.loc[table["m_standard"].notna(), "index"]) == {"standardised_functional_richness"}


def test_intervals_hold_the_estimate_and_do_not_depend_on_order(cloud: mx.Project) -> None:
    table = mx.indices(cloud, dims=2, replicates=40, slow=True)
    made = table.dropna(subset=["ci_lo", "estimate"])
    slow = {name for name, one in INDICES.items() if one.is_slow}
    assert slow <= set(made["index"])
    simple = made[made["index"].isin(["shannon", "hill", "functional_dispersion", "rao_d2", "cwm_1"])]
    assert ((simple["ci_lo"] <= simple["estimate"]) & (simple["estimate"] <= simple["ci_hi"])).all()
    for name, index in INDICES.items():
        rows = made[made["index"] == name]
        assert rows["ci_lo"].min() >= index.least or rows.empty
        assert rows["ci_hi"].max() <= index.most or rows.empty
    last = [str(mx.samples(cloud).index[-1])]
    alone = mx.indices(cloud, dims=2, replicates=40, samples=last, names=["shannon", "rao_d2"])
    same = table[(table["sample_id"] == last[0]) & table["index"].isin(["shannon", "rao_d2"])]
    np.testing.assert_allclose(alone["ci_lo"], same["ci_lo"])


def test_what_is_trimmed_makes_no_hull(cloud: mx.Project) -> None:
    names = ["functional_richness", STANDARDISED, "rao_d2", "functional_divergence"]
    call = partial(mx.indices, cloud, names=names, dims=2, m=40, replicates=20, slow=True)
    whole, trimmed = (call(trim=share).set_index(["index", "sample_id"]) for share in (0.0, 0.1))
    for index in ("rao_d2", "functional_divergence"):
        pd.testing.assert_frame_equal(whole.loc[[index]], trimmed.loc[[index]])
    tally = tallying.tally(cloud)
    of = communities.gather(cloud, tally, tally.samples.index, tally.choose_morphs(kinds=["living"]), dims=2)
    assert of.positions is not None
    kept = methods.pooled_trim(of.each, of.positions, 0.1).keeps(of.positions)
    assert 0.85 < kept.mean() < 0.95
    volume = methods.functional_richness(kept, of.positions).value
    for row, sample in enumerate(of.samples):
        part = of.of(row)
        alone = methods.functional_richness(kept[part], of.positions[part]).value
        found = trimmed.loc[("functional_richness", sample)]
        assert found["estimate"] == pytest.approx(alone / volume)
        standardised = trimmed.loc[(STANDARDISED, sample)]
        assert standardised["ci_lo"] < standardised["estimate"] < 1
        assert standardised["estimate"] < found["estimate"]


def test_errors_of_sorting_need_looks_and_are_wider_the_fewer_there_are(cloud: mx.Project) -> None:
    tally = tallying.tally(cloud)
    morphs = tally.choose_morphs(kinds=["living"])
    of = communities.gather(cloud, tally, tally.samples.index, morphs, dims=None)
    options = indexing.Options(replicates=100)

    def width(looks: int) -> float:
        sorting = indexing.Sorted(
            right=np.full(len(morphs), 0.8 * looks),
            wrong=np.full(len(morphs), 0.2 * looks),
            is_looked=np.zeros(len(of.objects), dtype=bool),
        )
        found = indexing.compute(of, ["shannon"], options, sorting=sorting)
        return float((found["sorting_hi"] - found["sorting_lo"]).mean())

    assert width(10) > width(1000) > 0
    assert np.isnan(width(0))
    looked = indexing.Sorted(np.ones(len(morphs)), np.ones(len(morphs)), np.ones(len(of.objects), dtype=bool))
    sure = indexing.compute(of, ["shannon"], options, sorting=looked)
    assert (sure["sorting_lo"] == sure["estimate"]).all()


def test_errors_of_sorting_reach_the_cloud_of_objects(cloud: mx.Project) -> None:
    tally = tallying.tally(cloud)
    morphs = tally.choose_morphs(kinds=["living"])
    of = communities.gather(cloud, tally, tally.samples.index, morphs, dims=2)
    looks = np.full(len(morphs), 8.0)
    sorting = indexing.Sorted(looks, looks / 8, np.zeros(len(of.objects), dtype=bool))
    quick = indexing.compute(of, tuple(INDICES), indexing.Options(replicates=40), sorting=sorting)
    is_made = quick.loc[quick["sorting_lo"].notna(), "index"]
    assert {"functional_dispersion", "rao_d2", "functional_specialisation", "cwm_2", "sd_1"} <= set(is_made)
    assert {"shannon", "hill", "hill_at_coverage", "similarity_hill"} <= set(is_made)
    assert not {"functional_divergence", "functional_richness", STANDARDISED} & set(is_made)
    names = ["functional_richness", "functional_divergence", STANDARDISED]
    options = indexing.Options(m=30, replicates=20, is_slow=True)
    slow = indexing.compute(of, names, options, sorting=sorting).set_index("index")
    assert slow[["sorting_lo", "sorting_hi"]].notna().all(axis=None)
    raw = slow.loc["functional_richness"]
    assert (raw["sorting_hi"] <= raw["estimate"]).all(), "a hull only loses corners"
    assert raw["ci_lo"].isna().all(), "of what grows with effort there is no interval of sampling"


def test_shares_of_body_volume_have_intervals_of_both_kinds(cloud: mx.Project) -> None:
    tally = tallying.tally(cloud)
    morphs = tally.choose_morphs(kinds=["living"])
    of = communities.gather(cloud, tally, tally.samples.index, morphs, dims=2)
    looks = np.full(len(morphs), 8.0)
    sorting = indexing.Sorted(looks, looks / 8, np.zeros(len(of.objects), dtype=bool))
    names = ["richness", "shannon", "hill", "similarity_hill", "functional_evenness", "rao_d2"]
    options = indexing.Options(replicates=60, is_slow=True)

    def table(weight: str, each: np.ndarray) -> pd.DataFrame:
        found = indexing.compute(replace(of, weight=weight, each=each), names, options, sorting=sorting)
        return found.set_index(["index", "q", "sample_id"])

    volumes = np.exp(np.random.default_rng(0).standard_normal(len(of.objects)))
    found = table("biovolume", volumes)
    ends = ["ci_lo", "ci_hi", "sorting_lo", "sorting_hi"]
    assert found[ends].notna().all(axis=None)
    assert (found["ci_lo"] <= found["estimate"]).all()
    assert (found["estimate"] <= found["ci_hi"]).all()
    alike, counted = table("biovolume", np.full(len(of.objects), 3.0)), table("count", of.each)
    pd.testing.assert_series_equal(alike["estimate"], counted["estimate"])
    width, of_counts = (one["ci_hi"] - one["ci_lo"] for one in (alike, counted))
    assert width.to_numpy() == pytest.approx(of_counts.to_numpy(), rel=0.5, abs=0.05)
    shannon = (found["ci_hi"] - found["ci_lo"]).loc["shannon"]
    assert (shannon > width.loc["shannon"]).all(), "bodies differ, so that shares are less sure"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"names": ["shanon"]}, "no index 'shanon'. Indices: richness"),
        ({"names": []}, "There is no index"),
        ({"weight": "mass"}, "no weight 'mass'"),
        ({"dims": 9}, "1 to 6 axes"),
    ],
)
def test_what_there_is_not_is_said(cloud: mx.Project, options: dict[str, object], words: str) -> None:
    with pytest.raises(WrongValueError, match=words):
        mx.indices(cloud, **options)
