"""Size spectra of samples."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.errors import WrongValueError
from tests.made_volumes import add_rows, put, zooscan_rows

PIXEL = 0.0106  # mm


def sphere(area: float) -> float:
    return 4 / 3 * math.pi * (math.sqrt(area / math.pi) * PIXEL) ** 3


@pytest.fixture
def nets(tmp_path: Path) -> mx.Project:
    """Two nets of 5 and 4 objects: copepods 0, 2, 3, 5, 6; detritus 1; unsorted 4, 7, 8; areas from 1 to 16 times 100 px."""
    rows = zooscan_rows()
    for number, row in enumerate(rows):
        row["object_area"] = 100 * 2 ** (number % 5)
    project = add_rows(tmp_path, rows)
    made = put(project, {"copepods": [0, 2, 3, 5, 6], "detritus": [1]})
    review.kind(project, made["detritus"], "detritus")
    mx.set_formulas(project, preset="zooscan")
    return project


def test_biovolumes_per_m3_are_those_of_a_pocket_calculator(nets: mx.Project) -> None:
    found = mx.size_spectra(nets)
    assert found.is_per_volume
    first = found.spectra[found.spectra["sample_id"] == "net_1"]
    assert first["objects"].sum() == 3
    # Object 0 is of a quarter, 2 and 3 of a sixteenth of 250 m3.
    expected = 4 / 250 * sphere(100) + 16 / 250 * (sphere(400) + sphere(800))
    assert first["biovolume"].sum() == pytest.approx(expected)
    assert first["abundance"].sum() == pytest.approx((4 + 16 + 16) / 250)
    np.testing.assert_allclose(
        first["normalised_biovolume"] * (first["volume_max"] - first["volume_min"]), first["biovolume"]
    )


def test_every_sample_has_a_slope_or_says_why_not(nets: mx.Project) -> None:
    slopes = mx.size_spectra(nets, unsorted=True).slopes.set_index("sample_id")
    assert slopes["objects"].tolist() == [4, 4]
    assert slopes["share_unsorted"].tolist() == [1 / 5, 2 / 4]
    assert slopes.loc["net_1", "status"] in ("ok", "too_few_classes")
    few = mx.size_spectra(nets, samples=["net_2"]).slopes
    assert few["status"].tolist() == ["too_few_classes"]
    assert math.isnan(few["slope"][0])
    nothing = mx.size_spectra(nets, kinds=["artefact"])
    assert nothing.slopes["status"].tolist() == ["empty", "empty"]
    assert nothing.spectra.empty


def test_a_sample_of_unknown_water_has_no_spectrum(tmp_path: Path) -> None:
    rows = zooscan_rows()
    for row in rows:
        row["sample_tot_vol"] = "" if row["sample_id"] == "net_2" else row["sample_tot_vol"]
    project = add_rows(tmp_path, rows)
    mx.set_formulas(project, preset="zooscan")
    found = mx.size_spectra(project, unsorted=True)
    slopes = found.slopes.set_index("sample_id")
    assert slopes.loc["net_2", "status"] == "no_concentration"
    assert slopes["without_concentration"].tolist() == [0, 4]
    assert set(found.spectra["sample_id"]) == {"net_1"}


def test_objects_without_a_size_are_counted(tmp_path: Path) -> None:
    rows = zooscan_rows()
    rows[0]["object_area"] = ""
    project = add_rows(tmp_path, rows)
    mx.set_formulas(project, preset="zooscan")
    slopes = mx.size_spectra(project, unsorted=True).slopes
    assert slopes["without_volume"].tolist() == [1, 0]
    assert slopes["objects"].tolist() == [4, 4]


def test_without_formulas_of_water_numbers_are_per_sample(tmp_path: Path) -> None:
    project = add_rows(tmp_path, zooscan_rows())
    with pytest.raises(WrongValueError, match="Sizes need the formula individual_volume"):
        mx.size_spectra(project)
    mx.set_formulas(project, individual_volume="1e-6*obj.area")
    found = mx.size_spectra(project, unsorted=True, quantity="abundance", per_octave=3)
    assert not found.is_per_volume
    assert found.spectra["abundance"].sum() == 9
    with pytest.raises(WrongValueError, match="biovolume or abundance"):
        mx.size_spectra(project, quantity="mass")


def test_a_group_has_the_spectrum_of_all_its_water(nets: mx.Project) -> None:
    alone = mx.size_spectra(nets, unsorted=True).spectra
    group = pd.Series({"net_1": "point B", "net_2": "point B"})
    found = mx.size_spectra(nets, unsorted=True, group=group)
    assert found.slopes[["group", "samples", "objects"]].to_numpy().tolist() == [["point B", 2, 8]]
    water = alone["sample_id"].map({"net_1": 250.0, "net_2": 100.0})
    for column in ("abundance", "biovolume", "normalised_biovolume"):
        expected = (alone[column] * water).groupby(alone["volume_min"]).sum() / 350
        np.testing.assert_allclose(found.spectra.set_index("volume_min")[column], expected)


def test_groups_leave_out_what_is_in_none_or_not_known(nets: mx.Project, tmp_path: Path) -> None:
    only = mx.size_spectra(nets, group=pd.Series({"net_2": "night"}))
    assert only.slopes["samples"].tolist() == [1]
    alone = mx.size_spectra(nets, samples=["net_2"]).spectra
    np.testing.assert_allclose(only.spectra["normalised_biovolume"], alone["normalised_biovolume"])
    rows = [row | ({"sample_tot_vol": 0} if row["sample_id"] == "net_1" else {}) for row in zooscan_rows()]
    project = add_rows(tmp_path / "other", rows)
    mx.set_formulas(project, preset="zooscan")
    both = pd.Series({"net_1": "all", "net_2": "all"})
    assert mx.size_spectra(project, unsorted=True, group=both).slopes["samples"].tolist() == [1]
