"""What an object stands for: formulas, presets and profiles against sums by hand; nothing is guessed."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from PIL import Image

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.cli import cli
from morphoexplore.errors import DecisionError, WrongValueError
from morphoexplore.methods.formulas import UNITS, Formula
from morphoexplore.methods.presets import PRESETS, SAMPLED_VOLUME
from morphoexplore.review import telling
from morphoexplore.steps import volumes as step
from morphoexplore.store import history, runs
from tests.made_volumes import add_rows, zooscan_rows
from tests.steps.test_profiles import ECOPART, profile_table

FORMATS = Path(__file__).resolve().parents[2].parent / "shared" / "formats"


def shared(name: str) -> Path:
    path = FORMATS / name
    if not path.exists():
        pytest.skip(f"{path} is not here")
    return path


@pytest.fixture
def nets(tmp_path: Path) -> mx.Project:
    return add_rows(tmp_path, zooscan_rows())


def sphere(area: float, pixel: float) -> float:
    return 4 / 3 * math.pi * (math.sqrt(area / math.pi) * pixel) ** 3


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_declares_the_unit_of_every_column_that_it_reads(name: str) -> None:
    preset = PRESETS[name]
    read = {variable.name for one in UNITS for variable in Formula(one, getattr(preset, one)).variables}
    assert read == set(preset.columns)


# One object of each instrument as docs/volumes.md works it through: columns, then what comes out.
WORKED: dict[str, tuple[dict[str, Any], float, float, float]] = {
    "zooscan": (
        {
            "acq_sub_part": 8,
            "sample_tot_vol": 250,
            "process_particle_pixel_size_mm": 0.0106,
            "object_area": 1401,
        },
        0.125,
        250,
        sphere(1401, 0.0106),
    ),
    "flowcam": (
        {
            "acq_fluid_volume_imaged": 2.5,
            "acq_raw_image_total": 5000,
            "process_nb_images": 4000,
            "sample_volconc": 40,
            "sample_comment_or_volume": 5000000,
            "process_pixel": 1.2,
            "object_area": 900,
        },
        0.05,
        5,
        sphere(900, 0.0012),
    ),
    "ifcb": (
        {"acq_ml_analyzed": 4.9, "process_pixel_to_micron": 3.4, "object_summedbiovolume": 98260},
        1,
        4.9e-6,
        98260 / 3.4**3 / 1e9,
    ),
    "planktoscope": (
        {
            "acq_imaged_volume": 1.9147,
            "sample_dilution_factor": 8,
            "sample_concentrated_sample_volume": 300,
            "sample_total_volume": 1000,
            "process_pixel": 0.86,
            "object_area": 2445,
        },
        1.9147 * 8 / 300,
        1,
        sphere(2445, 0.00086),
    ),
    "uvp5": ({"acq_pixel": 0.174, "object_area": 200}, 1, 0.0806, sphere(200, 0.174)),
    "uvp6": ({"acq_pixel": 73, "object_area": 200}, 1, 0.0806, sphere(200, 0.073)),
}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_gives_what_the_page_of_volumes_works_out(name: str, tmp_path: Path) -> None:
    columns, coefficient, water, body = WORKED[name]
    row = {
        "object_id": "one",
        "object_depth_min": 6,
        "object_depth_max": 6,
        "sample_id": "cast",
        "acq_id": "part",
    } | columns
    project = add_rows(tmp_path, [row])
    if f"sam.{SAMPLED_VOLUME}" in PRESETS[name].columns:
        table = "Profile\tDepth [m]\tSampled volume [L]\ncast\t2.5\t40.3\ncast\t7.5\t40.3\n"
        (tmp_path / "export_PAR_Aggregated.tsv").write_text(table)
        mx.set_profiles(project, [tmp_path / "export_PAR_Aggregated.tsv"])
    mx.set_formulas(project, preset=name)
    found = step.weigh(project)
    (effort,) = found.efforts.itertuples()
    assert effort.problem == ""
    assert effort.subsample_coef == pytest.approx(coefficient, rel=1e-12)
    assert effort.total_water_volume == pytest.approx(water, rel=1e-12)
    assert effort.concentration == pytest.approx(1 / coefficient / water, rel=1e-12)
    assert found.volume[0] == pytest.approx(body, rel=1e-12)
    page = (Path(__file__).resolve().parents[2] / "docs" / "volumes.md").read_text(encoding="utf-8")
    for value in (1 / coefficient / water, body):
        assert f"{value:.4g}" in page, f"{name}: {value:.4g}"


def test_formulas_are_a_setting_with_its_run_user_and_time(nets: mx.Project) -> None:
    assert set(mx.formulas(nets).values()) == {None}
    mx.set_formulas(nets, preset="zooscan")
    kept = mx.formulas(nets)
    assert kept["preset"] == "zooscan"
    assert kept["user"] == "ana"
    (run,) = [row for row in runs.listing(nets).itertuples() if row.verb == "volumes"]
    assert kept["run_id"] == run.run_id
    assert json.loads(run.parameters)["formulas"]["subsample_coef"] == "1/ssm.sub_part"
    mx.set_formulas(nets, total_water_volume="sam.tot_vol*2")
    changed = mx.formulas(nets)
    assert (changed["preset"], changed["total_water_volume"]) == (None, "sam.tot_vol*2")
    assert changed["subsample_coef"] == kept["subsample_coef"]
    assert mx.check(nets) == []


def test_values_by_acquisition_are_those_of_a_pocket_calculator(nets: mx.Project) -> None:
    mx.set_formulas(nets, preset="zooscan")
    table = mx.volumes(nets)
    assert table["acq_id"].tolist() == ["net_1_d1", "net_1_d2", "net_2_tot"]
    assert table["objects"].tolist() == [2, 3, 4]
    assert table["subsample_coef"].tolist() == [0.25, 0.0625, 0.125]
    assert table["concentration"].tolist() == pytest.approx([4 / 250, 16 / 250, 8 / 100])
    assert table["without_volume"].tolist() == [0, 0, 0]
    assert table["problem"].tolist() == ["", "", ""]


def test_a_person_corrects_an_acquisition_and_can_take_it_back(nets: mx.Project) -> None:
    mx.set_formulas(nets, preset="zooscan")
    before = mx.volumes(nets)
    one = [int(before.index[1])]
    review.correct_effort(nets, one, subsample_coef=0.125)
    review.correct_effort(nets, one, total_water_volume=200)
    after = mx.volumes(nets)
    assert after.loc[one[0], ["subsample_coef", "total_water_volume"]].tolist() == [0.125, 200]
    assert after.loc[one[0], "concentration"] == pytest.approx(8 / 200)
    assert "subsample_coef and total_water_volume by ana" in after.loc[one[0], "corrected"]
    assert after.drop(one).equals(before.drop(one))
    review.correct_effort(nets, one, subsample_coef="formula")
    assert mx.volumes(nets).loc[one[0], "subsample_coef"] == 0.0625
    for _ in range(3):
        review.undo(nets)
    pd.testing.assert_frame_equal(mx.volumes(nets), before)
    review.redo(nets)
    assert mx.volumes(nets).loc[one[0], "subsample_coef"] == 0.125
    assert mx.check(nets) == []


def test_a_correction_stands_in_for_what_is_missing_or_impossible(tmp_path: Path) -> None:
    project = add_rows(tmp_path, [row | {"sample_tot_vol": 0} for row in zooscan_rows()])
    mx.set_formulas(project, preset="zooscan")
    assert mx.volumes(project)["problem"].str.contains("total_water_volume is 0").all()
    review.correct_effort(project, mx.volumes(project).index[:2].tolist(), total_water_volume=250)
    table = mx.volumes(project)
    assert table["problem"].tolist()[:2] == ["", ""]
    assert table["concentration"].tolist()[:2] == pytest.approx([4 / 250, 16 / 250])
    assert "correct volume of net_1" in telling.tell(project, history.next_undo(project))


def test_corrections_alone_give_concentrations_without_any_formula(nets: mx.Project) -> None:
    review.correct_effort(nets, [int(mx.volumes(nets).index[0])], subsample_coef=1, total_water_volume=2)
    assert mx.volumes(nets)["concentration"].tolist()[0] == 0.5
    assert mx.summary(nets)["concentration"].isna().all()  # the other half of net_1 is unknown


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"subsample_coef": 1.5}, "A fraction is a number above 0 and at most 1, not 1.5"),
        ({"subsample_coef": 0}, "A fraction is"),
        ({"total_water_volume": -1}, "A volume of water is a number above 0"),
        ({"total_water_volume": "a lot"}, "not 'a lot'"),
        ({"total_water_volume": float("inf")}, "A volume of water is"),
    ],
)
def test_impossible_corrections_are_refused(
    nets: mx.Project, values: dict[str, float | str], words: str
) -> None:
    with pytest.raises(DecisionError, match=words):
        review.correct_effort(nets, [int(mx.volumes(nets).index[0])], **values)
    assert mx.history(nets).empty


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"acq_sub_part": 0.5},
            r"subsample_coef is 2 \(1/ssm.sub_part with ssm.sub_part = 0.5\); a fraction is above 0",
        ),
        ({"acq_sub_part": 0}, r"subsample_coef has no value \(1/ssm.sub_part with ssm.sub_part = 0"),
        ({"acq_sub_part": -4}, "subsample_coef is -0.25"),
        ({"acq_sub_part": ""}, "subsample_coef: ssm.sub_part is empty"),
        ({"sample_tot_vol": 0}, r"total_water_volume is 0 m3 \(sam.tot_vol with sam.tot_vol = 0"),
        ({"sample_tot_vol": -1}, "total_water_volume is -1 m3"),
        ({"sample_tot_vol": 999999}, "sam.tot_vol is 999999, which stands for unknown"),
        ({"sample_tot_vol": "9999.0"}, "sam.tot_vol is 9999, which stands for unknown"),
        ({"sample_tot_vol": "a lot"}, "sam.tot_vol is 'a lot', which is no number"),
        ({"sample_tot_vol": "1,5"}, "sam.tot_vol is '1,5', which is no number"),
        ({"sample_tot_vol": "nan"}, "sam.tot_vol is"),
    ],
)
def test_what_is_missing_or_impossible_is_said_and_never_guessed(
    change: dict[str, Any], said: str, tmp_path: Path
) -> None:
    rows = [row | (change if row["sample_id"] == "net_2" else {}) for row in zooscan_rows()]
    project = add_rows(tmp_path, rows)
    mx.set_formulas(project, preset="zooscan")
    table = mx.volumes(project).set_index("acq_id")
    assert table["concentration"].isna().tolist() == [False, False, True]
    assert table["problem"].iloc[:2].tolist() == ["", ""]
    assert pd.Series([table["problem"].iloc[2]]).str.contains(said).all(), table["problem"].iloc[2]


def test_nines_of_an_object_are_a_size_like_any_other(tmp_path: Path) -> None:
    project = add_rows(tmp_path, [row | {"object_area": 9999} for row in zooscan_rows()])
    mx.set_formulas(project, preset="zooscan")
    assert mx.volumes(project)["without_volume"].tolist() == [0, 0, 0]


def test_objects_without_a_size_are_counted(tmp_path: Path) -> None:
    rows = zooscan_rows()
    rows[0]["object_area"] = ""
    rows[1]["object_area"] = 0
    project = add_rows(tmp_path, rows)
    mx.set_formulas(project, preset="zooscan")
    assert mx.volumes(project)["without_volume"].tolist() == [2, 0, 0]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"preset": "zooscam"}, "no preset 'zooscam'. Presets: zooscan"),
        (
            {"total_water_volume": "sam.volume"},
            r"the samples have no column for sam.volume; there are tot_vol \(character 1",
        ),
        (
            {"subsample_coef": "1/ssm.parts"},
            r"acquisitions and processes have no column for ssm.parts.*\(character 3\)",
        ),
        (
            {"individual_volume": "obj.size**3"},
            r"the objects have no column for obj.size; there are .*area.*\(character 1",
        ),
        ({"subsample_coef": "obj.area"}, "obj.area is of one object"),
        ({"total_water_volume": "sam.tot_vol/"}, "cannot be read"),
        ({"total_water_volume": "sam.sampled_volume"}, "--profiles FILE"),
    ],
)
def test_formulas_that_cannot_work_are_refused_and_change_nothing(
    given: dict[str, str], said: str, nets: mx.Project
) -> None:
    mx.set_formulas(nets, preset="zooscan")
    before = mx.formulas(nets)
    with pytest.raises(WrongValueError, match=said):
        mx.set_formulas(nets, **given)
    assert mx.formulas(nets) == before


def test_an_empty_formula_takes_the_former_one_away(nets: mx.Project) -> None:
    mx.set_formulas(nets, preset="zooscan")
    kept = mx.set_formulas(nets, individual_volume=" ")
    assert (kept["individual_volume"], kept["preset"]) == (None, None)
    assert kept["total_water_volume"] == "sam.tot_vol"
    assert mx.summary(nets)["biovolume"].isna().all()
    assert mx.summary(nets)["concentration"].notna().all()


def test_a_column_of_acquisition_and_process_is_refused_unless_both_say_the_same(tmp_path: Path) -> None:
    rows = [row | {"acq_pixel": 0.174, "process_pixel": 0.174} for row in zooscan_rows()]
    same = add_rows(tmp_path / "same", rows)
    mx.set_formulas(same, individual_volume="obj.area*ssm.pixel**3")
    other = add_rows(tmp_path / "other", [row | {"process_pixel": 174} for row in rows])
    with pytest.raises(WrongValueError, match=r"acq_pixel or process_pixel, and their values differ"):
        mx.set_formulas(other, individual_volume="obj.area*ssm.pixel**3")


def csv_project(tmp_path: Path, volumes: list[float]) -> mx.Project:
    """Make a project of a plain CSV table: three samples of two objects, the volume of water beside each object."""
    table = pd.DataFrame(
        {
            "path": [f"image_{number}.png" for number in range(6)],
            "sample": ["a", "a", "b", "b", "c", "c"],
            "vol": volumes,
            "part": [2, 2, 4, 4, 4, 4],
        }
    )
    for name in table["path"]:
        Image.new("L", (8, 8), 200).save(tmp_path / name)
    table.to_csv(tmp_path / "index.csv", index=False)
    project = mx.create_project(tmp_path / "study")
    mx.add(project, tmp_path / "index.csv")
    return project


def test_columns_of_a_plain_table_count_for_samples_where_all_objects_agree(tmp_path: Path) -> None:
    project = csv_project(tmp_path, [10, 10, 20, 30, 40, math.nan])
    mx.set_formulas(project, subsample_coef="1/ssm.part", total_water_volume="sam.vol")
    table = mx.volumes(project).set_index("sample_id")
    assert table["concentration"].tolist() == pytest.approx([2 / 10, math.nan, 4 / 40], nan_ok=True)
    assert table.loc["b", "problem"] == "total_water_volume: sam.vol is different from object to object."
    with pytest.raises(WrongValueError, match=r"no column for sam\.volume"):
        mx.set_formulas(project, total_water_volume="sam.volume")


def test_a_column_that_differs_everywhere_is_none_of_samples(tmp_path: Path) -> None:
    project = csv_project(tmp_path, [1, 2, 3, 4, 5, 6])
    with pytest.raises(WrongValueError, match=r"no column for sam\.vol"):
        mx.set_formulas(project, total_water_volume="sam.vol")


# ----------------------------------------------------------------------------------------- real files


def test_the_planktoscope_table_equals_pandas(tmp_path: Path) -> None:
    path = shared("planktoscope/planktoscope_export.tsv.gz")
    project = mx.create_project(tmp_path / "study")
    mx.add(project, path)
    mx.set_formulas(project, preset="planktoscope")
    found = mx.volumes(project).set_index("acq_id")
    table = pd.read_csv(path, sep="\t", encoding="utf-8-sig")
    first = table.groupby("acq_id").first()
    coefficient = (
        first["acq_imaged_volume"]
        * first["sample_dilution_factor"]
        / first["sample_concentrated_sample_volume"]
    )
    expected = 1 / coefficient / (first["sample_total_volume"] / 1000)
    assert len(found) == 14
    assert found["concentration"].reindex(first.index).tolist() == pytest.approx(
        expected.tolist(), nan_ok=True
    )
    assert set(found.index[found["problem"] != ""]) == set(
        first.index[first["sample_dilution_factor"].isna()]
    )
    assert found["problem"].str.contains("sam.dilution_factor is empty").sum() == 3
    body = 4 / 3 * math.pi * (table["object_area"] / math.pi) ** 1.5 * (table["process_pixel"] / 1000) ** 3
    weights = step.weigh(project)
    ids = mx.objects(project)["object_id"]
    assert weights.volume == pytest.approx(
        body.set_axis(table["object_id"]).reindex(ids).to_numpy(), rel=1e-12
    )


def test_the_import_bundles_of_ecotaxa_equal_pandas(tmp_path: Path) -> None:
    folder = shared("ecotaxa_import/import_test")
    project = mx.create_project(tmp_path / "study")
    mx.add(project, folder)
    # The bundles have no volume of water; these columns stand in for one, to test the arithmetic on real cells.
    mx.set_formulas(
        project,
        subsample_coef="ssm.scale/ssm.nb_images",
        total_water_volume="sam.volconc/1000",
        individual_volume="4.0/3.0*math.pi*(math.sqrt(obj.area/math.pi)*ssm.pixel/1000)**3",
    )
    tables = [pd.read_csv(path, sep="\t", skiprows=[1]) for path in sorted(folder.rglob("*.tsv"))]
    table = pd.concat(tables).drop_duplicates("object_id")
    body = 4 / 3 * math.pi * (table["object_area"] / math.pi) ** 1.5 * (table["process_pixel"] / 1000) ** 3
    weights = step.weigh(project)
    ids = mx.objects(project)["object_id"]
    assert len(ids) == len(table) == 11
    assert weights.volume == pytest.approx(
        body.set_axis(table["object_id"]).reindex(ids).to_numpy(), nan_ok=True
    )
    expected = 1 / (table["process_scale"] / table["process_nb_images"]) / (table["sample_volconc"] / 1000)
    found = weights.efforts["concentration"].to_numpy()[weights.effort]
    assert found == pytest.approx(expected.set_axis(table["object_id"]).reindex(ids).to_numpy())
    assert found[ids.tolist().index("m106_mn01_n1_sml_409")] == pytest.approx(2000 / 13.125)
    assert mx.volumes(project)["without_volume"].sum() == table["object_area"].isna().sum() == 0


# ----------------------------------------------------------------------------------------- the verb


def call(*words: object) -> Any:
    return CliRunner().invoke(cli, [str(word) for word in words])


def test_the_verb_sets_shows_and_lists(nets: mx.Project, tmp_path: Path) -> None:
    assert "not set" in call("volumes", nets.folder).stdout
    shown = call("volumes", nets.folder, "--preset", "zooscan", "--user", "Ada")
    assert shown.exit_code == 0
    assert "total_water_volume = sam.tot_vol  [m3]" in shown.stdout
    assert "preset zooscan, set by Ada" in shown.stdout
    assert "3 acquisitions of 3 with a concentration; 0 acquisitions with a problem." in shown.stdout
    wrong = call("volumes", nets.folder, "--total-water-volume", "sam.volume")
    assert wrong.exit_code == 1
    assert "character 1" in wrong.stderr
    listed = call("volumes", nets.folder, "--presets").stdout
    assert all(name in listed for name in PRESETS)
    assert call("volumes", "--presets").stdout == listed
    without = call("volumes")
    assert without.exit_code == 2
    assert "Missing argument 'PROJECT'" in without.stderr
    mx.set_profiles(nets, [profile_table(tmp_path, ECOPART)])
    told = call("volumes", nets.folder, "--profiles", tmp_path / "PAR_Aggregated.tsv")
    assert "No sample has the name of 1 profile: cast_9." in told.stderr
    assert told.stdout.startswith("Read ")
    own = call("volumes", nets.folder, "--total-water-volume", "sam.sampled_volume", "--json")
    report = json.loads(own.stdout)
    assert report["formulas"]["preset"] is None
    assert report["acquisitions"][2]["concentration"] is None
    assert "net_2, net_2_tot: total_water_volume: no sampled volume" in own.stderr
