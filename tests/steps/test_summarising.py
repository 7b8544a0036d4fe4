"""The summary against independent group-bys of pandas, and by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.cli import cli
from morphoexplore.errors import WrongValueError
from morphoexplore.methods.formulas import UNITS
from morphoexplore.steps import summarising
from tests.made_volumes import add_rows, put, zooscan_rows

FORMATS = Path(__file__).resolve().parents[2].parent / "shared" / "formats"


@pytest.fixture
def nets(tmp_path: Path) -> mx.Project:
    """Two nets: copepods 0, 2, 3 and 5; detritus 6; unsorted 1, 4, 7, 8."""
    project = add_rows(tmp_path, zooscan_rows())
    put(project, {"copepods": [0, 2, 3, 5], "detritus": [6]})
    mx.set_formulas(project, preset="zooscan")
    return project


def cell(table: pd.DataFrame, sample: str, morph: str, column: str) -> float:
    (value,) = table.loc[(table["sample_id"] == sample) & (table["morph"] == morph), column]
    return float(value)


def sphere(area: float, pixel: float = 0.0106) -> float:
    return 4 / 3 * math.pi * (math.sqrt(area / math.pi) * pixel) ** 3


def test_concentrations_are_those_of_a_pocket_calculator(nets: mx.Project) -> None:
    table = mx.summary(nets)
    assert table.columns.tolist() == [
        "sample_id",
        "acq_id",
        "status",
        "morph",
        "count",
        "concentration",
        "biovolume",
        "share_unsorted",
        "without_concentration",
        "without_biovolume",
        "node_id",
        "path",
        "kind",
    ]
    assert table["sample_id"].tolist() == ["net_1"] * 3 + ["net_2"] * 3
    assert table["morph"].tolist() == ["copepods", "detritus", "unsorted"] * 2
    assert table["count"].tolist() == [3, 0, 2, 1, 1, 2]
    expected = [(4 + 16 + 16) / 250, 0, (4 + 16) / 250, 8 / 100, 8 / 100, 16 / 100]
    assert table["concentration"].tolist() == pytest.approx(expected)
    body = (4 * sphere(100) + 16 * sphere(120) + 16 * sphere(130)) / 250
    assert cell(table, "net_1", "copepods", "biovolume") == pytest.approx(body)
    assert cell(table, "net_1", "detritus", "biovolume") == 0
    assert table["share_unsorted"].tolist() == [0.4] * 3 + [0.5] * 3
    assert table["status"].fillna("").tolist() == ["validated", "validated", ""] * 2


def test_the_two_fractions_of_the_page_of_volumes(nets: mx.Project) -> None:
    table = mx.summary(nets)
    assert table.loc[table["sample_id"] == "net_1", "concentration"].sum() == pytest.approx(0.224)


def test_status_is_what_was_seen(nets: mx.Project) -> None:
    node_id = int(mx.morphs(nets).index[mx.morphs(nets)["name"] == "copepods"][0])
    review.grow(nets, node_id, [7])  # unseen
    table = mx.summary(nets)
    copepods = table[table["morph"] == "copepods"].pivot(index="sample_id", columns="status", values="count")
    assert copepods.loc["net_2"].to_dict() == {"validated": 1, "predicted": 1}
    assert copepods.loc["net_1"].to_dict() == {"validated": 3, "predicted": 0}  # an explicit zero


def test_doubtful_members_are_dubious_and_unseen_ones_predicted(made_project: mx.Project) -> None:
    first, second = mx.seeds(made_project, "pending").index[:2]
    review.confirm(made_project, int(first), shown=[0, 1, 2], doubtful=[1])
    review.confirm(made_project, int(second))
    table = mx.summary(made_project)
    counts = table.assign(status=table["status"].fillna("")).groupby("status")["count"].sum().to_dict()
    assert counts == {"validated": 2, "dubious": 1, "predicted": 5 + 6, "": 16}
    assert len(table) == 2 * (3 + 1 + 1)


def test_by_acquisition_every_fraction_stands_for_itself(nets: mx.Project) -> None:
    table = mx.summary(nets, by="acquisition")
    copepods = table[table["morph"] == "copepods"].set_index("acq_id")
    assert copepods["count"].to_dict() == {"net_1_d1": 1, "net_1_d2": 2, "net_2_tot": 1}
    assert copepods["concentration"].tolist() == pytest.approx([4 / 250, 32 / 250, 8 / 100])
    assert copepods["share_unsorted"].tolist() == pytest.approx([1 / 2, 1 / 3, 1 / 2])


def test_a_sample_of_which_one_fraction_is_unknown_has_counts_only(tmp_path: Path) -> None:
    rows = [row | ({"acq_sub_part": 0.5} if row["acq_id"] == "net_1_d2" else {}) for row in zooscan_rows()]
    project = add_rows(tmp_path, rows)
    put(project, {"copepods": [0, 2, 3, 5], "detritus": [6]})
    mx.set_formulas(project, preset="zooscan")
    table = mx.summary(project)
    first = table[table["sample_id"] == "net_1"]
    assert first["concentration"].isna().all()
    assert first["biovolume"].isna().all()
    assert first["count"].tolist() == first["without_concentration"].tolist() == [3, 0, 2]
    assert table.loc[table["sample_id"] == "net_2", "concentration"].notna().all()
    one = (
        mx.summary(project, by="acquisition")
        .groupby("acq_id")["concentration"]
        .apply(lambda c: c.notna().all())
    )
    assert one.to_dict() == {"net_1_d1": True, "net_1_d2": False, "net_2_tot": True}
    report = mx.write_summary(project, tmp_path / "tables")
    assert report["without_concentration"] == 5
    assert report["samples_without_concentration"] == 1
    (problem,) = report["problems"]
    assert problem.startswith("net_1, net_1_d2: subsample_coef is 2 ")


def test_objects_without_a_size_are_left_out_of_biovolumes_with_a_count(tmp_path: Path) -> None:
    rows = zooscan_rows()
    rows[0]["object_area"] = rows[6]["object_area"] = ""
    project = add_rows(tmp_path, rows)
    put(project, {"copepods": [0, 2, 3, 5], "detritus": [6]})
    mx.set_formulas(project, preset="zooscan")
    table = mx.summary(project)
    assert cell(table, "net_1", "copepods", "concentration") == pytest.approx(36 / 250)
    assert cell(table, "net_1", "copepods", "biovolume") == pytest.approx(
        16 * (sphere(120) + sphere(130)) / 250
    )
    assert cell(table, "net_1", "copepods", "without_biovolume") == 1
    assert math.isnan(cell(table, "net_2", "detritus", "biovolume"))
    assert cell(table, "net_1", "detritus", "biovolume") == 0
    assert mx.write_summary(project, tmp_path / "tables")["without_biovolume"] == 2


def test_without_formulas_there_are_counts(tmp_path: Path) -> None:
    project = add_rows(tmp_path, zooscan_rows())
    table = mx.summary(project)
    assert table["count"].tolist() == [5, 4]
    assert table["concentration"].isna().all()
    assert table["morph"].tolist() == ["unsorted"] * 2
    report = mx.write_summary(project, tmp_path / "tables")
    assert report["problems"] == []
    assert "set them with" in report["notes"][0]
    with pytest.raises(WrongValueError, match="Sizes need the formula individual_volume"):
        mx.summary(project, by="size")
    mx.set_formulas(project, total_water_volume="sam.tot_vol")
    assert mx.summary(project)["concentration"].isna().all()


def test_by_size_classes_double_in_volume(nets: mx.Project) -> None:
    table = mx.summary(nets, by=["sample", "size"])
    volume = math.pi / 6 * table[["size_min", "size_max"]] ** 3
    assert (volume["size_max"] / volume["size_min"]).to_numpy() == pytest.approx(2.0)
    whole = mx.summary(nets).set_index(["sample_id", "morph"])
    sums = table.groupby(["sample_id", "morph"])[["count", "concentration", "biovolume"]].sum()
    for name in sums:
        assert sums[name].to_numpy() == pytest.approx(whole[name].reindex(sums.index).to_numpy())
    areas = 100 + 10 * np.arange(9)
    sizes = 2 * np.sqrt(areas / math.pi) * 0.0106
    place = np.floor(3 * np.log2(sizes))
    assert table["size_min"].nunique() == len(np.unique(place))
    for start, rows in table.groupby("size_min"):
        assert rows["count"].sum() == np.sum(np.isclose(2 ** (place / 3), start))


def test_by_branch_morphs_are_added_up(nets: mx.Project) -> None:
    morphs = mx.morphs(nets)
    review.make_branch(nets, name="all", owns=[int(number) for number in morphs.index])
    table = mx.summary(nets, by="branch")
    assert table["morph"].tolist() == ["all", "unsorted"] * 2
    assert table["count"].tolist() == [3, 2, 2, 2]
    deep = mx.summary(nets, by="branch", level=2)
    assert deep["count"].tolist() == mx.summary(nets)["count"].tolist()
    assert deep["path"].iloc[0] == "all>copepods"


def test_a_net_has_the_depth_of_its_haul(nets: mx.Project) -> None:
    table = mx.summary(nets, by="depth")
    assert set(zip(table["depth_min"], table["depth_max"], strict=True)) == {(0.0, 75.0)}
    assert table["concentration"].tolist() == pytest.approx(mx.summary(nets)["concentration"].tolist())


def casts(tmp_path: Path) -> mx.Project:
    """One cast of four objects at 1, 6, 7 and 21 m, of which bins to 15 m have a sampled volume."""
    rows = [
        {
            "object_id": f"o{place}",
            "object_depth_min": depth,
            "object_depth_max": depth,
            "object_area": 200,
            "sample_id": "cast",
            "acq_id": "cast_uvp",
            "acq_pixel": 0.174,
        }
        for place, depth in enumerate([1, 6, 7, 21])
    ]
    project = add_rows(tmp_path, rows)
    put(project, {"marine snow": [0, 1, 3]})
    table = "Profile\tDepth [m]\tSampled volume [L]\ncast\t2.5\t20\ncast\t7.5\t40\ncast\t12.5\t40\n"
    (tmp_path / "PAR.tsv").write_text(table)
    mx.set_profiles(project, [tmp_path / "PAR.tsv"])
    mx.set_formulas(project, preset="uvp5")
    return project


def test_by_depth_every_bin_has_its_own_volume(tmp_path: Path) -> None:
    project = casts(tmp_path)
    table = mx.summary(project, by="depth")
    snow = table[table["morph"] == "marine snow"].set_index("depth_min")
    assert snow.index.tolist() == [0, 5, 10, 20]
    assert snow["count"].tolist() == [1, 1, 0, 1]
    assert snow["concentration"].tolist() == pytest.approx([50, 25, 0, math.nan], nan_ok=True)
    assert snow["share_unsorted"].tolist() == pytest.approx([0, 0.5, math.nan, 0], nan_ok=True)
    body = 4 / 3 * math.pi * (math.sqrt(200 / math.pi) * 0.174) ** 3
    assert snow["biovolume"].iloc[1] == pytest.approx(25 * body)
    free = table[table["morph"] == "unsorted"].set_index("depth_min")
    assert free["concentration"].tolist() == pytest.approx([0, 25, 0, math.nan], nan_ok=True)


def test_by_sample_objects_of_unsampled_depths_are_left_out_with_a_count(tmp_path: Path) -> None:
    project = casts(tmp_path)
    table = mx.summary(project)
    assert cell(table, "cast", "marine snow", "count") == 3
    assert cell(table, "cast", "marine snow", "concentration") == pytest.approx(2 / 0.1)
    assert cell(table, "cast", "marine snow", "without_concentration") == 1
    assert mx.write_summary(project, tmp_path / "tables")["samples_without_concentration"] == 1
    report = mx.write_summary(project, tmp_path / "tables", by=["depth"])
    assert report["problems"] == ["cast, cast_uvp: total_water_volume: no sampled volume is known here."]
    assert report["without_concentration"] == 1


def test_one_volume_is_not_spread_over_several_depths(tmp_path: Path) -> None:
    project = casts(tmp_path)
    mx.set_formulas(project, total_water_volume="0.1")
    table = mx.summary(project, by="depth", depth_bin=10)
    assert table["depth_min"].unique().tolist() == [0, 20]
    assert table["concentration"].isna().all()
    (problem,) = mx.write_summary(project, tmp_path / "tables", by=["depth"])["problems"]
    assert "its objects lie at 3 depths" in problem
    assert mx.summary(project)["concentration"].notna().all()


def test_groupings_cross(tmp_path: Path) -> None:
    project = casts(tmp_path)
    table = mx.summary(project, by=("acquisition", "depth", "size", "branch"))
    assert len(table) == 4 * 1 * 2
    assert set(table["acq_id"]) == {"cast_uvp"}
    assert table["count"].sum() == 4


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"by": "station"}, "no summary by 'station'. By: sample"),
        ({"by": ()}, "no summary by"),
        ({"level": 0}, "no level 0"),
        ({"depth_bin": 0}, "depth bin of 0 m"),
    ],
)
def test_impossible_groupings_are_refused(nets: mx.Project, given: dict[str, Any], said: str) -> None:
    with pytest.raises(WrongValueError, match=said):
        mx.summary(nets, **given)


def test_an_enormous_table_is_refused(nets: mx.Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summarising, "LARGEST", 5)
    with pytest.raises(WrongValueError, match="a table of 6 rows"):
        mx.summary(nets)


def test_an_empty_project_has_an_empty_summary(empty_project: mx.Project) -> None:
    for by in ("sample", "acquisition", "depth", "branch"):
        assert len(mx.summary(empty_project, by=by)) == 0


def test_the_verb_writes_tables_with_their_formulas(nets: mx.Project, tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["summary", str(nets.folder), str(tmp_path / "tables")])
    assert result.exit_code == 0, result.output
    assert "6 rows of 2 samples and 9 objects." in result.stdout
    written = pd.read_csv(tmp_path / "tables" / "summary.csv")
    table = mx.summary(nets)
    empty = dict.fromkeys(["acq_id", "status", "path", "kind"], "")
    for name in empty:  # empty cells have no type
        written[name] = written[name].astype(object)
    pd.testing.assert_frame_equal(written.fillna(empty), table.fillna(empty), check_dtype=False)
    formulas = pd.read_csv(tmp_path / "tables" / "formulas.csv", dtype=str).set_index("formula")
    assert formulas["unit"].to_dict() == UNITS
    assert formulas.loc["total_water_volume", "text"] == "sam.tot_vol"
    words = ["summary", str(nets.folder), str(tmp_path / "one.csv"), "--by", "acquisition", "--json"]
    report = json.loads(CliRunner().invoke(cli, words).stdout)
    assert [Path(file).name for file in report["files"]] == ["one.csv", "one_volumes.csv", "one_formulas.csv"]
    assert len(pd.read_csv(tmp_path / "one.csv")) == 9


# ----------------------------------------------------------------------------------------- against pandas


def random_rows(rng: np.random.Generator, n: int) -> list[dict[str, Any]]:
    """Objects of 6 samples with up to 3 acquisitions, some fractions impossible, some sizes unknown."""
    sub_part = {
        (s, a): float(rng.choice([1, 2, 4, 16, 0.5, 999999], p=[0.3, 0.2, 0.2, 0.2, 0.05, 0.05]))
        for s in range(6)
        for a in range(3)
    }
    tot_vol = {s: float(rng.uniform(50, 400)) for s in range(6)}
    rows = []
    for number in range(n):
        s, a = int(rng.integers(6)), int(rng.integers(3))
        rows.append(
            {
                "object_id": f"o{number}",
                "object_area": "" if rng.random() < 0.05 else round(float(rng.lognormal(5, 1)), 2),
                "sample_id": f"s{s}",
                "sample_tot_vol": tot_vol[s],
                "acq_id": f"s{s}_a{a}",
                "acq_sub_part": sub_part[s, a],
                "process_particle_pixel_size_mm": 0.0106,
            }
        )
    return rows


@pytest.mark.parametrize("random_state", range(3))
@pytest.mark.parametrize("by", ["sample", "acquisition"])
def test_the_summary_equals_a_group_by(random_state: int, by: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(random_state)
    rows = random_rows(rng, 400)
    project = add_rows(tmp_path, rows)
    mx.set_formulas(project, preset="zooscan")
    table = pd.DataFrame(rows)
    table["morph"] = rng.choice(["a", "b", "c", "unsorted"], len(table))
    put(project, {name: np.flatnonzero(table["morph"] == name).tolist() for name in "abc"})
    key = {"sample": "sample_id", "acquisition": "acq_id"}[by]
    fraction = 1 / table["acq_sub_part"]
    table["one"] = (1 / fraction / table["sample_tot_vol"]).where(
        (fraction <= 1) & (table["acq_sub_part"] != 999999)
    )
    area = pd.to_numeric(table["object_area"], errors="coerce")
    table["body"] = table["one"] * 4 / 3 * np.pi * (np.sqrt(area / np.pi) * 0.0106) ** 3
    expected = table.groupby([key, "morph"]).agg(
        count=("one", "size"),
        concentration=("one", "sum"),
        biovolume=("body", "sum"),
        known=("body", "count"),
    )
    every = pd.MultiIndex.from_product([sorted(table[key].unique()), ["a", "b", "c", "unsorted"]])
    expected = expected.reindex(every, fill_value=0)
    is_bad = table.groupby(key)["one"].apply(lambda values: values.isna().any())
    bad = is_bad.reindex(every.get_level_values(0)).to_numpy()
    expected.loc[bad, ["concentration", "biovolume"]] = np.nan
    expected.loc[(expected["count"] > 0) & (expected["known"] == 0), "biovolume"] = np.nan
    found = mx.summary(project, by=by).set_index([key, "morph"]).reindex(every)
    for name in ("count", "concentration", "biovolume"):
        assert found[name].tolist() == pytest.approx(expected[name].tolist(), rel=1e-12, nan_ok=True), name
    share = (table["morph"] == "unsorted").groupby(table[key]).mean().reindex(every.get_level_values(0))
    assert found["share_unsorted"].tolist() == pytest.approx(share.tolist())


def test_the_planktoscope_table_by_category_equals_a_group_by(tmp_path: Path) -> None:
    path = FORMATS / "planktoscope" / "planktoscope_export.tsv.gz"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    project = mx.create_project(tmp_path / "study")
    mx.add(project, path)
    mx.set_formulas(project, preset="planktoscope")
    table = pd.read_csv(path, sep="\t", encoding="utf-8-sig")
    numbers = pd.Series(np.arange(len(table)), index=mx.objects(project)["object_id"])
    common = table["object_annotation_category"].value_counts().index[:5]
    table["morph"] = table["object_annotation_category"].where(
        table["object_annotation_category"].isin(common), "unsorted"
    )
    put(project, {name: numbers[table.loc[table["morph"] == name, "object_id"]].tolist() for name in common})
    fraction = (
        table["acq_imaged_volume"]
        * table["sample_dilution_factor"]
        / table["sample_concentrated_sample_volume"]
    )
    table["one"] = 1 / fraction / (table["sample_total_volume"] / 1000)
    table["body"] = (
        table["one"]
        * 4
        / 3
        * np.pi
        * (table["object_area"] / np.pi) ** 1.5
        * (table["process_pixel"] / 1000) ** 3
    )
    grouped = table.groupby(["sample_id", "morph"])[["one", "body"]]
    expected, counts = grouped.sum(min_count=1), grouped.size()
    found = mx.summary(project).set_index(["sample_id", "morph"])
    assert len(found) == 14 * 6
    assert found["count"].sum() == len(table) == 7631
    assert (found["count"].reindex(counts.index) == counts).all()
    assert found["concentration"].reindex(expected.index).tolist() == pytest.approx(
        expected["one"].tolist(), nan_ok=True
    )
    assert found["biovolume"].reindex(expected.index).tolist() == pytest.approx(
        expected["body"].tolist(), nan_ok=True
    )
    assert found.loc[found["count"] == 0, "concentration"].isin([0, np.nan]).all()
    unknown = table.loc[table["sample_dilution_factor"].isna(), "sample_id"].unique()
    assert set(found.index[found["concentration"].isna()].get_level_values(0)) == set(unknown)
    assert found["without_concentration"].sum() == table["sample_dilution_factor"].isna().sum()
