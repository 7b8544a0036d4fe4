"""``add --preview``: told before anything is written."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

import morphoexplore as mx
from morphoexplore.cli import cli
from morphoexplore.errors import SourceError

HEADER = (
    "object_id\timg_file_name\timg_rank\tobject_date\tobject_lat\tobject_lon\tobject_depth_min\tobject_area\tobject_note\t"
    "object_annotation_status\tobject_annotation_category\tsample_id\tsample_tot_vol\tacq_id\tacq_pixel_size_um\tprocess_id"
)
LINES = [
    "a\ta.png\t0\t20200101\t10\t5\t1\t1.5\tx\tvalidated\tCopepoda\ts\t3\tq\t10.6\tp",
    "a\tb.png\t1\t20200101\t10\t5\t1\t1.5\tx\tvalidated\tCopepoda\ts\t3\tq\t10.6\tp",
    "b\tgone.png\t\t20200303\t20\t7\t999999\t2\t\tpredicted\tdetritus\ts\t3\tq\t10.6\tp",
    "c\tbroken.png\t\t\t\t\t\t3\t\t\t\tt\t\tr\t\tp2",
    "\ta.png\t\t\t\t\t\t3\t\t\t\tt\t\tr\t\tp2",
    "d\ttoo short",
]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "ecotaxa_a.tsv").write_text("\n".join([HEADER, *LINES]) + "\n", encoding="utf-8")
    for name in ("a.png", "b.png"):
        Image.new("L", (9, 7), 200).save(folder / name)
    (folder / "broken.png").write_bytes(b"no image")
    return folder


def content(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def test_everything_that_was_recognised_is_told(source: Path) -> None:
    found = mx.preview(source)
    assert (found["format"], found["layout"]) == ("ecotaxa", "import bundle for EcoTaxa, one table")
    assert (found["objects"], found["there"], found["samples"], found["acquisitions"]) == (3, 0, 2, 2)
    assert (found["dates"], found["undated"]) == (["2020-01-01", "2020-03-03"], 1)
    assert (found["latitude"], found["longitude"], found["without_position"]) == ([10, 20], [5, 7], 1)
    assert found["depth"] == [1, 1], "999999 is unknown"
    assert found["pixel_sizes"] == {"0.0106": 1, "": 1}
    images = found["images"]
    assert (images["found"], images["missing"], images["without"]) == (3, 1, 1)
    assert (images["looked_at"], images["unreadable"], images["with_scale_bar"]) == (3, 1, 0)
    assert found["categories"] == {"(no category)": 1, "Copepoda": 1, "detritus": 1}
    assert found["states"] == {"(no state)": 1, "validated": 1, "predicted": 1}
    columns = {(one["level"], one["name"]): one for one in found["columns"]}
    assert columns["object", "area"] == {
        "level": "object",
        "name": "area",
        "type": "number",
        "filled": 3,
        "of": 3,
        "example": 1.5,
    }
    assert (columns["object", "note"]["type"], columns["object", "note"]["filled"]) == ("text", 1)
    assert (columns["sample", "tot_vol"]["type"], columns["sample", "tot_vol"]["of"]) == ("number", 2)
    assert columns["process", "id"]["example"] == "p"
    assert columns["acquisition", "pixel_size_um"]["filled"] == 1


def test_rows_that_will_not_be_used_come_first_and_are_at_most_ten(source: Path) -> None:
    found = mx.preview(source)
    assert (found["lost"], found["problems"]) == (2, 3)
    assert [one["line"] for one in found["examples"]] == [7, 6, 4]
    assert "2 fields instead of 16" in found["examples"][0]["reason"]
    with (source / "ecotaxa_a.tsv").open("a", encoding="utf-8") as file:
        file.writelines(f"e{number}\tshort\n" for number in range(300))
    found = mx.preview(source)
    assert found["lost"] == 302
    assert len(found["examples"]) == 10


def test_nothing_is_written_neither_to_the_project_nor_beside_it(source: Path, tmp_path: Path) -> None:
    project = mx.create_project(tmp_path / "project")
    mx.add(project, source)
    (source / "ecotaxa_b.tsv").write_text("object_id\nnew\n", encoding="utf-8")
    before, around = content(tmp_path / "project"), content(source)
    found = mx.preview(source, project=project)
    assert (found["objects"], found["there"]) == (4, 3)
    result = CliRunner().invoke(cli, ["add", str(project.folder), str(source), "--preview"])
    assert result.exit_code == 0, result.output
    assert content(tmp_path / "project") == before
    assert content(source) == around


def test_the_command_makes_no_project(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    result = CliRunner().invoke(cli, ["add", str(folder), str(source), "--preview"])
    assert result.exit_code == 0, result.output
    assert not folder.exists()
    for words in (
        "import bundle for EcoTaxa, one table",
        "3 objects; 2 samples, 2 acquisitions.",
        "Dates (UTC): 2020-01-01 to 2020-03-03; 1 object without a date.",
        "latitude 10 to 20, longitude 5 to 7 degrees; 1 object without.",
        "Images: 3 found; 1 missing; 1 object without an image",
        "Pixel size: 0.0106 mm (1 acquisition), not stated by 1 acquisition (--pixel-size).",
        "2 rows will not be used; 3 problems in all:",
        "ecotaxa_a.tsv, line 6: The line has no object_id",
        "Nothing was written.",
    ):
        assert words in result.stdout
    as_json = CliRunner().invoke(cli, ["add", str(folder), str(source), "--preview", "--json"])
    assert json.loads(as_json.stdout) == json.loads(json.dumps([mx.preview(source)]))


def test_other_formats_and_empty_sources(tmp_path: Path, source: Path) -> None:
    found = mx.preview(source, format="folder")
    assert (found["format"], found["objects"], found["layout"]) == ("folder", 3, "folder of images")
    (tmp_path / "in.csv").write_text("path,n\nin/a.png,1\nin/nothing.png,2\n", encoding="utf-8")
    found = mx.preview(tmp_path / "in.csv")
    assert (found["format"], found["objects"], found["lost"]) == ("table", 1, 1)
    assert (found["images"]["missing"], found["dates"], found["latitude"]) == (1, None, None)
    (tmp_path / "none").mkdir()
    with pytest.raises(SourceError, match="holds no images"):
        mx.preview(tmp_path / "none")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("ecotaxa_a.tsv", "object_id\n")
    found = mx.preview(tmp_path / "x.zip")
    assert (found["objects"], found["samples"], found["columns"]) == (0, 0, [])
    result = CliRunner().invoke(cli, ["add", str(tmp_path / "p"), str(tmp_path / "x.zip"), "--preview"])
    assert "0 objects" in result.stdout
