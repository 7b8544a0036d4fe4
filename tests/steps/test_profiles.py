"""Sampled volumes by depth, as EcoPart exports them: read as they are written, refused where they contradict themselves."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import morphoexplore as mx
from morphoexplore.errors import SourceError, WrongValueError
from morphoexplore.steps import profiles
from tests.made_volumes import add_rows, zooscan_rows


@pytest.fixture
def nets(tmp_path: Path) -> mx.Project:
    return add_rows(tmp_path, zooscan_rows())


def profile_table(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "PAR_Aggregated.tsv"
    path.write_bytes(text.encode(encoding))
    return path


ECOPART = (
    "Profile\tRawfilename\tyyyy-mm-dd hh:mm\tProject\tDepth [m]\tSampled volume [L]\tLPM (102-128 µm) [# l-1]\n"
    "net_1\t20200501\t2020-05-01 10:00\tuvp\t2.5\t40.3\t1\n"
    "net_1\t20200501\t2020-05-01 10:00\tuvp\t7.5\t41\t2\n"
    "cast_9\t20200501\t2020-05-01 10:00\tuvp\t2.5\t10\t2\n"
)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (ECOPART, "latin-1"),
        (ECOPART, "utf-8-sig"),
        (ECOPART.replace("\n", "\r\n"), "latin-1"),
        (ECOPART.replace("\t", ";"), "utf-8"),
        ("sample_id,depth,sampled_volume_L\nnet_1,2.5,40.3\nnet_1,7.5,41\n\ncast_9,2.5,10\n", "utf-8"),
    ],
)
def test_sampled_volumes_are_read_as_ecopart_writes_them(
    nets: mx.Project, tmp_path: Path, text: str, encoding: str
) -> None:
    report = mx.set_profiles(nets, [profile_table(tmp_path, text, encoding)])
    assert report == {"profiles": 2, "bins": 3, "unknown": ["cast_9"], "problems": []}
    mx.set_formulas(nets, preset="zooscan", total_water_volume="sam.sampled_volume/1000")
    table = mx.volumes(nets).set_index("acq_id")
    assert table["total_water_volume"].iloc[:2].tolist() == pytest.approx([0.0813, 0.0813])
    assert table.loc["net_1_d1", "problem"] == "2 objects lie at depths without a sampled volume; left out."
    assert "no sampled volume is known here" in table.loc["net_2_tot", "problem"]


def test_a_profile_is_replaced_by_a_new_table_and_the_others_stay(nets: mx.Project, tmp_path: Path) -> None:
    mx.set_profiles(nets, [profile_table(tmp_path, ECOPART)])
    mx.set_profiles(nets, [profile_table(tmp_path, ECOPART.split("net_1")[0] + "net_1\t\t\t\t12.5\t7\t\n")])
    known = profiles.read_profiles(nets)
    assert known is not None
    assert known.litres == {"net_1": {2: 7.0}, "cast_9": {0: 10.0}}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "Sampled volume [L]",
            "Volume",
            r"has no column 'Sampled volume \[L\]'. It begins with: Profile, Rawfilename",
        ),
        ("\t7.5\t", "\t7\t", r"line 3: 7 m is no middle of a depth bin of 5 m \(2.5, 7.5, ...\)"),
        ("\t7.5\t41", "\t2.5\t41", r"line 3: 41 L were sampled by net_1 at 2.5 m, but 40.3 L in line 2"),
        (ECOPART.partition("\n")[2], "", "has no row with a profile"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(
    nets: mx.Project, tmp_path: Path, old: str, new: str, said: str
) -> None:
    with pytest.raises(SourceError, match=said):
        mx.set_profiles(nets, [profile_table(tmp_path, ECOPART.replace(old, new))])
    assert profiles.read_profiles(nets) is None


@pytest.mark.parametrize("cell", ["", "0", "-3", "999999", "4,1", "inf"])
def test_a_bin_without_a_possible_volume_is_listed_and_left_out(
    nets: mx.Project, tmp_path: Path, cell: str
) -> None:
    report = mx.set_profiles(nets, [profile_table(tmp_path, ECOPART.replace("\t41\t", f"\t{cell}\t"))])
    assert report["bins"] == 2
    (problem,) = report["problems"]
    assert problem.startswith("PAR_Aggregated.tsv, line 3: ")


def test_impossible_depths_and_widths_are_said(nets: mx.Project, tmp_path: Path) -> None:
    report = mx.set_profiles(nets, [profile_table(tmp_path, ECOPART.replace("\t7.5\t", "\t1e300\t"))])
    assert report["problems"] == [
        "PAR_Aggregated.tsv, line 3: a depth of 1e300 m is not possible; the row was left out."
    ]
    for width in (0, -5, 1e-9, math.nan, math.inf):
        with pytest.raises(WrongValueError, match="is not possible"):
            mx.set_profiles(nets, [tmp_path / "PAR_Aggregated.tsv"], width=width)
    with pytest.raises(WrongValueError, match="bins of 5 m; those of 10 m"):
        mx.set_profiles(nets, [tmp_path / "PAR_Aggregated.tsv"], width=10)
