"""Groups of samples: by the sun, by depth, by time, by columns; what is not known is in none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import morphoexplore as mx
from morphoexplore.errors import WrongValueError
from morphoexplore.steps.grouping import groups
from tests.made_volumes import add_rows

#: sample, acquisition, date, time, depth_min, depth_max, station, mesh
NETS: list[tuple[Any, ...]] = [
    ("a", "a_1", "20200620", "120000", 0, 75, "point B", 200),
    ("a", "a_2", "20200620", "120000", 0, 75, "point B", 1000),
    ("b", "b_1", "20200621", "010000", 75, 200, "point B", 200),
    ("c", "c_1", "20201221", "", 0, 500, "point C", 200),
    ("d", "d_1", "20210301", "120000", 10, 20, "", 200),
]


@pytest.fixture(scope="module")
def nets(tmp_path_factory: pytest.TempPathFactory) -> mx.Project:
    rows = [
        {
            "object_id": f"o{number}",
            "object_date": date,
            "object_time": time,
            "object_lat": 43.7,
            "object_lon": 7.3,
            "object_depth_min": top,
            "object_depth_max": bottom,
            "object_light": "dim" if number % 2 else "bright",
            "sample_id": sample,
            "sample_stationid": station,
            "acq_id": acquisition,
            "acq_min_mesh": mesh,
        }
        for number, (sample, acquisition, date, time, top, bottom, station, mesh) in enumerate(NETS)
    ]
    return add_rows(tmp_path_factory.mktemp("nets"), rows)


@pytest.mark.parametrize(
    ("by", "options", "found"),
    [
        ("daytime", {}, ["day", "night", None, "day"]),
        ("depth", {}, ["0-75 m", "75-200 m", "0-500 m", "10-20 m"]),
        ("depth", {"layers": (0, 100, 500)}, ["0-100 m", "several layers", "several layers", "0-100 m"]),
        ("depth", {"layers": (0, 75, 200)}, ["0-75 m", "75-200 m", None, "0-75 m"]),
        ("season", {}, ["Jun-Aug", "Jun-Aug", "Dec-Feb", "Mar-May"]),
        ("month", {}, ["06", "06", "12", "03"]),
        ("year", {}, ["2020", "2020", "2020", "2021"]),
        ("station", {}, ["point B", "point B", "point C", None]),
        ("sample_stationid", {}, ["point B", "point B", "point C", None]),
        ("acq_min_mesh", {}, ["200 + 1000", "200", "200", "200"]),
        ("mesh", {}, ["200 + 1000", "200", "200", "200"]),
        ("object_light", {}, ["bright + dim", "bright", "dim", "bright"]),
        (("station", "daytime"), {}, ["point B | day", "point B | night", None, None]),
    ],
)
def test_every_sample_is_in_its_group(
    nets: mx.Project, by: Any, options: dict[str, Any], found: list[str | None]
) -> None:
    named = groups(nets, by, **options)
    assert named.index.tolist() == ["a", "b", "c", "d"]
    assert named.tolist() == found


def test_the_hour_before_sunrise_may_be_twilight(nets: mx.Project, tmp_path: Path) -> None:
    rows = [{"object_id": "o", "object_date": "20200620", "object_time": "033000", "sample_id": "s"}]
    here = {"object_lat": 43.7, "object_lon": 7.3}
    dawn = add_rows(tmp_path, [rows[0] | here])
    assert groups(dawn, "daytime").tolist() == ["night"]
    assert groups(dawn, "daytime", twilight=12).tolist() == ["twilight"]
    nowhere = add_rows(tmp_path / "nowhere", rows)
    assert groups(nowhere, "daytime").tolist() == [None]
    assert groups(nowhere, "depth").tolist() == [None]


def test_a_sample_from_before_to_after_sunset_is_of_both(tmp_path: Path) -> None:
    row = {"object_date": "20200620", "object_lat": 43.7, "object_lon": 7.3, "sample_id": "s"}
    rows = [row | {"object_id": f"o{time}", "object_time": time} for time in ("180000", "220000")]
    assert groups(add_rows(tmp_path, rows), "daytime").tolist() == ["day + night"]


@pytest.mark.parametrize(
    ("by", "options", "why"),
    [
        ("ship", {}, "There is no column ship.*sample_stationid"),
        ("net", {}, "no column net_type or net or gear"),
        ((), {}, "one thing at least"),
        ("depth", {"layers": (100, 0)}, "growing"),
        ("daytime", {"twilight": -3}, "6, 12 or 18"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(
    nets: mx.Project, by: Any, options: dict[str, Any], why: str
) -> None:
    with pytest.raises(WrongValueError, match=why):
        groups(nets, by, **options)


def test_a_project_without_samples_has_no_groups(tmp_path: Path) -> None:
    project = mx.create_project(tmp_path / "study")
    for by in ("daytime", "depth", "season"):
        assert groups(project, by).empty
