from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from morphoexplore.errors import SourceError
from morphoexplore.reading import open_source
from morphoexplore.records import ROW_COLUMNS


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "images").mkdir()
    for name in ("a.png", "b.png", "b.jpg"):
        Image.new("L", (4, 4)).save(tmp_path / "images" / name)
    return tmp_path


def read(folder: Path, text: str, encoding: str = "utf-8", name: str = "index.csv"):
    (folder / name).write_text(text, encoding=encoding)
    source = open_source(folder / name)
    assert source.format == "table"
    (batch,) = source.batches()
    return batch


def test_a_table_keeps_the_contract(folder):
    batch = read(folder, "path,label,width\nimages/a.png,Copepod,12\n")
    assert tuple(batch.rows.columns) == ROW_COLUMNS
    row = batch.rows.iloc[0]
    assert row[
        ["object_id", "file", "line", "image", "rank", "sample", "acquisition", "datetime"]
    ].tolist() == [
        "images/a",
        "index.csv",
        2,
        "images/a.png",
        -1,
        "unknown",
        "unknown",
        None,
    ]
    assert batch.metadata.to_dict("list") == {"label": ["Copepod"], "width": [12.0]}
    assert batch.samples.index.tolist() == ["unknown"]


@pytest.mark.parametrize("column", ["path", "Image", "file", "img_file_name", "filename"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_and_names_are_found_out(folder, column, separator):
    batch = read(folder, f"{column}{separator}x\nimages/a.png{separator}1\n", encoding="utf-8-sig")
    assert batch.rows["image"].tolist() == ["images/a.png"]
    assert batch.metadata["x"].tolist() == [1.0]


def test_place_and_time_are_recognised_in_any_case(folder):
    text = (
        "Path,Sample_ID,acq_id,ID,DateTime,Date,LAT,Longitude,Depth,Rank\n"
        "images/a.png,haul,net,one,2016-04-04T05:27:00+02:00,2016-04-04,60.5,-147,12,3\n"
        "images/b.png,haul,,two,,2016-04-05,,,,\n"
    )
    batch = read(folder, text)
    assert batch.rows["object_id"].tolist() == ["one", "two"]
    assert batch.rows["sample"].tolist() == ["haul", "haul"]
    assert batch.rows["acquisition"].tolist() == ["net", "unknown"]
    assert batch.rows["datetime"].tolist() == ["2016-04-04T03:27:00", "2016-04-05"]
    assert batch.rows[["latitude", "longitude", "depth_min", "depth_max"]].iloc[0].tolist() == [
        60.5,
        -147,
        12,
        12,
    ]
    assert np.isnan(batch.rows["latitude"][1])
    assert batch.rows["rank"].tolist() == [3, -1]
    assert batch.metadata.shape == (2, 0)
    assert batch.problems == []


def test_date_and_time_in_two_columns_are_joined(folder):
    batch = read(folder, "path,date,time\nimages/a.png,2016-04-04,03:27\nimages/b.png,20160404,\n")
    assert batch.rows["datetime"].tolist() == ["2016-04-04T03:27:00", "2016-04-04"]


def test_absolute_paths_stay_as_they_are(folder):
    image = (folder / "images" / "a.png").as_posix()
    batch = read(folder, f"path\n{image}\n")
    assert batch.rows["image"].tolist() == [image]


def test_unusable_lines_are_left_out_with_a_reason(folder):
    text = "path,x\nimages/gone.png,1\n,2\nimages/a.png\nimages/a.png,3,4\nimages/b.png,5\nimages/b.jpg,6\n"
    batch = read(folder, text)
    assert batch.rows["line"].tolist() == [6]
    found = {problem.line: problem.reason for problem in batch.problems}
    assert "'images/gone.png' does not exist" in found[2]
    assert "no image in column path" in found[3]
    assert "1 fields instead of 2" in found[4]
    assert "3 fields instead of 2" in found[5]
    assert "name 'images/b' already" in found[7]


def test_an_object_may_have_several_images_but_no_line_twice(folder):
    batch = read(
        folder, "path,object_id\nimages/a.png,one\nimages/b.png,one\nimages/a.png,one\nimages/a.png,\n"
    )
    assert batch.rows["image"].tolist() == ["images/a.png", "images/b.png"]
    assert [(problem.line, problem.object_id) for problem in batch.problems] == [(5, None), (4, "one")]


def test_a_name_that_repeats_itself_is_metadata(folder):
    batch = read(folder, "path,name\nimages/a.png,Copepod\nimages/b.png,Copepod\n")
    assert batch.rows["object_id"].tolist() == ["images/a", "images/b"]
    assert batch.metadata["name"].tolist() == ["Copepod", "Copepod"]


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("date", "04/05/2016", "date: '04/05/2016' is no date"),
        ("lat", "99", "outside -90 to 90"),
        ("lon", "east", "is no position"),
        ("depth", "deep", "is no number"),
        ("rank", "-1", "is no rank"),
    ],
)
def test_a_bad_cell_is_reported_and_its_object_kept(folder, column, cell, words):
    batch = read(folder, f"path,{column}\nimages/a.png,{cell}\n")
    assert len(batch.rows) == 1
    assert (batch.problems[0].line, batch.problems[0].object_id) == (2, "images/a")
    assert words in batch.problems[0].reason


@pytest.mark.parametrize(
    ("text", "words"),
    [("picture,label\nx,y\n", "no column path.*Its columns: picture, label"), ("", "is empty")],
)
def test_a_table_without_images_names_what_it_has(folder, text, words):
    (folder / "index.csv").write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=words):
        open_source(folder / "index.csv")
