from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import morphoexplore as mx
from morphoexplore.errors import ProjectError, SourceError, WrongValueError
from morphoexplore.store import images as image_store
from morphoexplore.store import objects
from tests.made_sources import changes, ecotaxa, image, source


def test_adding_twice_adds_nothing_and_lists_no_problem_twice(project: mx.Project, tmp_path: Path) -> None:
    (tmp_path / "in/i").mkdir(parents=True)
    (tmp_path / "in/i/b.png").write_bytes(b"no image")
    path = source(
        tmp_path / "in", [{"path": "i/a.png"}, {"path": "i/b.png"}, {"path": "i/gone.png", "draw": False}]
    )
    first = mx.add(project, path)
    second = mx.add(project, path)
    assert (first["objects"], first["problems"], first["unreadable"]) == (2, 1, 1)
    assert (second["objects"], second["there"], second["notes"]) == (0, 2, [])
    assert len(mx.problems(project)) == 2


def test_images_that_cannot_be_used_cost_only_themselves(project: mx.Project, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    image(folder / "i/one.png", height=1, width=1)
    image(folder / "i/deep.png", mode="16")
    image(folder / "i/colour.png", mode="RGB")
    (folder / "i/cut.png").write_bytes((folder / "i/colour.png").read_bytes()[:60])
    (folder / "i/empty.png").write_bytes(b"")
    names = ("one", "deep", "colour", "cut", "empty")
    path = source(
        folder,
        [*({"path": f"i/{name}.png"} for name in names), {"path": "i/gone.png", "draw": False}],
    )
    result = mx.add(project, path)
    mx.extract(project)
    assert (result["objects"], result["unreadable"]) == (5, 2)
    listed = pd.read_csv(project.folder / "problems.csv")
    assert set(listed["file"]) == {"index.csv", "i/cut.png", "i/empty.png", "i/one.png"}
    assert {"i/cut", "i/empty", "i/one"} <= set(listed["object_id"])
    assert len(listed) == 4, "describing the images lists no problem again, but for what shows nothing"
    assert mx.status(project)["unreadable"] == 2
    assert not mx.check(project)


def test_images_of_an_object_keep_their_ranks_and_the_lowest_is_shown(
    project: mx.Project, tmp_path: Path
) -> None:
    kinds = {"img_file_name": "[t]", "img_rank": "[f]", "object_id": "[t]", "sample_id": "[t]"}
    rows: list[dict[str, object]] = [
        {"img_file_name": "second.png", "img_rank": 1, "object_id": "a", "sample_id": "s"},
        {"img_file_name": "first.png", "img_rank": 0, "object_id": "a", "sample_id": "s"},
        {"img_file_name": "unranked.png", "img_rank": "", "object_id": "a", "sample_id": "s"},
        {"img_file_name": "first.png", "img_rank": 0, "object_id": "b", "sample_id": "s"},
    ]
    result = mx.add(project, ecotaxa(tmp_path / "in", rows, kinds))
    assert (result["objects"], result["images"]) == (2, 3)
    assert [row["path"] for row in image_store.images_of(project, 0)] == [
        "first.png",
        "second.png",
        "unranked.png",
    ]


def test_an_object_listed_in_two_tables_is_one_object_and_its_cells_are_united(
    project: mx.Project, tmp_path: Path
) -> None:
    kinds = {
        "img_file_name": "[t]",
        "object_id": "[t]",
        "sample_id": "[t]",
        "object_area": "[f]",
        "object_note": "[t]",
    }
    row = {"img_file_name": "a.png", "object_id": "a", "sample_id": "s"}
    ecotaxa(tmp_path / "in", [row | {"object_area": 7}], kinds, "ecotaxa_1.tsv")
    ecotaxa(
        tmp_path / "in",
        [row | {"img_file_name": "b.png", "object_area": 9, "object_note": "torn"}],
        kinds,
        "ecotaxa_2.tsv",
    )
    mx.add(project, tmp_path / "in")
    assert project.count_objects() == 1
    assert objects.metadata(project, "area").tolist() == [7.0]
    assert objects.metadata(project, "note").tolist() == ["torn"]
    assert [row["path"] for row in image_store.images_of(project, 0)] == ["a.png", "b.png"]


def test_a_table_may_say_more_of_the_objects_of_another(project: mx.Project, tmp_path: Path) -> None:
    """As sparse tables do: images here, where and when and what was measured there."""
    folder = ecotaxa(
        tmp_path / "in",
        [{"img_file_name": f"{name}.png", "object_id": name} for name in "ab"],
        {"img_file_name": "[t]", "object_id": "[t]"},
        "ecotaxa_1.tsv",
    )
    kinds = {
        "object_id": "[t]",
        "object_lat": "[f]",
        "object_date": "[t]",
        "object_area": "[f]",
        "sample_id": "[t]",
    }
    says = {"object_lat": 43.5, "object_date": "20200131", "object_area": 7, "sample_id": "s"}
    lines: list[dict[str, object]] = [{"object_id": name} | says for name in ("b", "c", "b")]
    ecotaxa(folder, [*lines, {"object_id": "a", "object_area": 8}], kinds, "ecotaxa_2.tsv")
    result = mx.add(project, folder)
    assert (result["objects"], result["images"], result["samples"], result["problems"]) == (3, 2, 2, 1)
    table = mx.objects(project).set_index("object_id")
    assert table["sample"].to_dict() == {"a": "unknown", "b": "s", "c": "s"}
    assert table["latitude"].fillna(-1).to_dict() == {"a": -1, "b": 43.5, "c": 43.5}
    assert table.loc["b", "datetime"] == "2020-01-31"
    assert mx.metadata(project, "area").tolist() == [8, 7, 7]
    assert [len(image_store.images_of(project, number)) for number in range(3)] == [1, 1, 0]
    assert "An earlier line has this object with no image" in mx.problems(project)["reason"][0]
    assert not mx.check(project)


def test_columns_appear_vanish_and_become_text_over_several_sources(
    project: mx.Project, tmp_path: Path
) -> None:
    mx.add(project, source(tmp_path / "1", [{"path": "a.png", "n": 1, "old": "x"}]))
    mx.add(project, source(tmp_path / "2", [{"path": "b.png", "n": 2.5, "new": 8}]))
    mx.add(project, source(tmp_path / "3", [{"path": "c.png", "n": "many", "new": 9, "old": "y"}]))
    mx.add(project, source(tmp_path / "4", [{"path": "d.png", "n": 4}]))
    assert objects.metadata(project, "n").tolist() == ["1", "2.5", "many", "4"]
    assert objects.metadata(project, "old").tolist() == ["x", None, "y", None]
    np.testing.assert_array_equal(objects.metadata(project, "new"), [np.nan, 8, 9, np.nan])
    assert not mx.check(project)


def test_equal_ids_from_another_source_are_told(project: mx.Project, tmp_path: Path) -> None:
    mx.add(project, source(tmp_path / "1", [{"path": "a.png"}]))
    result = mx.add(project, source(tmp_path / "2", [{"path": "a.png"}, {"path": "b.png"}]))
    assert (result["objects"], result["there"]) == (1, 1)
    assert "came from" in result["notes"][0]
    assert str(tmp_path / "1") in result["notes"][0]


def test_options_that_come_too_late_are_told(project: mx.Project, tmp_path: Path) -> None:
    path = source(tmp_path / "1", [{"path": "a.png"}])
    mx.add(project, path)
    notes = mx.add(project, path, crop_bottom=5, pixel_size=0.01)["notes"]
    assert [note.split()[0] for note in notes] == ["--crop-bottom", "--pixel-size"]
    mx.add(project, path, update=True, pixel_size=0.01)
    assert objects.pixel_sizes(project).tolist() == [0.01]
    assert changes(project) == [("acquisition", 1, "pixel_size", None, "0.01")]
    assert mx.add(project, path, pixel_size=0.01)["notes"] == []


@pytest.mark.parametrize("format", ["folder", "table"])
def test_copied_images_outlive_their_source(project: mx.Project, tmp_path: Path, format: str) -> None:
    path = source(tmp_path / "in", [{"path": "i/a.png"}, {"path": "j/a.png"}])
    mx.add(project, path if format == "table" else path.parent, format=format, copy=True)
    shutil.rmtree(tmp_path / "in")
    assert mx.extract(project)["unreadable"] == 0
    assert not mx.check(project)


def test_copies_that_killed_runs_left_are_removed(project: mx.Project, tmp_path: Path) -> None:
    mx.add(project, source(tmp_path / "1", [{"path": "a.png"}]), copy=True)
    for name in ("run-8.zip", "run-9.tmp"):
        (project.folder / "images" / name).write_bytes(b"half")
    mx.add(project, source(tmp_path / "2", [{"path": "b.png"}]), copy=True)
    assert len(list((project.folder / "images").iterdir())) == 2
    assert mx.extract(project)["unreadable"] == 0


def test_copied_images_of_equal_names_stay_apart(project: mx.Project, tmp_path: Path) -> None:
    image(tmp_path / "in/deep/a.png", level=10)
    image(tmp_path / "in/a.png", level=200)
    rows: list[dict[str, object]] = [
        {"path": "../a.png", "object_id": "up"},
        {"path": "a.png", "object_id": "here"},
    ]
    mx.add(project, source(tmp_path / "in/deep", rows), copy=True)
    up, here = (image_store.tiles(project)[number] for number in (0, 1))
    assert here.min() < up.min()


def vignette(folder: Path) -> Path:
    """Save one image with a scale bar of 31 rows below the object."""
    pixels = np.full((40 + 31, 80), 255, np.uint8)
    pixels[10:25, 20:50] = 80
    pixels[65:67, 9:56] = 85
    pixels[55:61, 20:40:3] = 0
    folder.mkdir()
    Image.fromarray(pixels).save(folder / "a.png")
    return folder


@pytest.mark.parametrize("crop", [31, "auto"])
def test_footers_are_cut_off(project: mx.Project, tmp_path: Path, crop: int | str) -> None:
    assert mx.add(project, vignette(tmp_path / "in"), crop_bottom=crop)["notes"] == []
    assert image_store.images_of(project, 0)[0]["height"] == 40


def test_footers_that_were_left_on_are_told(project: mx.Project, tmp_path: Path) -> None:
    (note,) = mx.add(project, vignette(tmp_path / "in"))["notes"]
    assert note.startswith("1 of 1 images that were looked at have a scale bar below the object (31 rows)")
    assert "--crop-bottom auto" in note


def test_relocated_images_are_found_again(project: mx.Project, tmp_path: Path) -> None:
    path = source(tmp_path / "before", [{"path": "a.png"}])
    mx.add(project, path)
    (tmp_path / "before").rename(tmp_path / "after")
    with pytest.raises(ProjectError, match=r"does not exist any more.*relocate"):
        mx.extract(project)
    assert mx.relocate(project, tmp_path / "before", tmp_path / "after") == 1
    assert mx.extract(project)["unreadable"] == 0


def test_a_source_that_vanishes_while_it_is_drawn_breaks_no_image(
    project: mx.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from morphoexplore.steps import adding, drawing

    path = source(tmp_path / "in", [{"path": "a.png"}, {"path": "b.png"}])

    def unplugged(project: mx.Project, run: object) -> int:
        (tmp_path / "in").rename(tmp_path / "elsewhere")
        return drawing.draw(project, run)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(adding, "draw", unplugged)
        with pytest.raises(ProjectError, match="does not exist any more"):
            mx.add(project, path)
    (tmp_path / "elsewhere").rename(tmp_path / "in")
    assert mx.add(project, path)["unreadable"] == 0
    assert len(image_store.tiles(project)) == 2
    assert mx.problems(project).empty


def test_a_source_without_any_usable_object_leaves_the_project_as_it_was(
    project: mx.Project, tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match=r"no object that could be used: index.csv, line 2: The image"):
        mx.add(project, source(tmp_path / "in", [{"path": "gone.png", "draw": False}]))
    assert mx.status(project)["objects"] == 0
    assert not mx.check(project)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"crop_bottom": "many"}, "--crop-bottom takes a number"),
        ({"crop_bottom": -3}, "--crop-bottom takes a number"),
        ({"pixel_size": 10.6}, "pixel size of 10.6 mm is not possible"),
        ({"update": True, "copy": True}, "do not go with --update"),
        ({"update": True, "crop_bottom": 31}, "do not go with --update"),
    ],
)
def test_options_that_cannot_be_used(
    project: mx.Project, tmp_path: Path, options: dict[str, object], words: str
) -> None:
    path = source(tmp_path / "in", [{"path": "a.png"}])
    with pytest.raises(WrongValueError, match=words):
        mx.add(project, path, **options)
    assert mx.status(project)["objects"] == 0


def test_metadata_stays_true_to_the_database_when_the_write_fails(
    project: mx.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from morphoexplore.steps import columns

    def broken(*args: object, **options: object) -> None:
        message = "UNIQUE"
        raise sqlite3.IntegrityError(message)

    path = source(tmp_path / "in", [{"path": "a.png", "n": 1}])
    with monkeypatch.context() as patch:
        patch.setattr(columns, "enter", broken)
        with pytest.raises(sqlite3.IntegrityError):
            mx.add(project, path)
    assert project.count_objects() == 0
    assert mx.add(project, path)["objects"] == 1
    assert not mx.check(project)


def test_images_that_join_others_of_their_source_keep_its_white(project: mx.Project, tmp_path: Path) -> None:
    path = source(tmp_path / "in", [{"path": "a.png", "draw": False}])
    pixels = np.full((40, 30), 4000, np.uint16)
    Image.fromarray(pixels).save(tmp_path / "in" / "a.png")
    mx.add(project, path)
    Image.fromarray(pixels // 5).save(tmp_path / "in" / "b.png")  # a dim image of the same camera
    mx.add(project, source(tmp_path / "in", [{"path": "a.png"}, {"path": "b.png"}]))
    assert {one.white_level for one in image_store.sources(project).values()} == {4095}


def test_a_zip_is_opened_once_for_many_shards(
    project: mx.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import zipfile

    from morphoexplore.steps import drawing, workers

    source(tmp_path / "in", [{"path": f"{number}.png"} for number in range(9)])
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as packed:
        for number in range(9):
            packed.write(tmp_path / "in" / f"{number}.png", f"{number}.png")
    opened = []
    monkeypatch.setattr(drawing, "SHARD", 2)
    monkeypatch.setattr(workers, "count", lambda: 1)
    real = drawing.image_files.ImageFiles
    monkeypatch.setattr(drawing.image_files, "ImageFiles", lambda root: opened.append(root) or real(root))
    before = len(opened)
    assert mx.add(project, tmp_path / "in.zip")["unreadable"] == 0
    assert len(opened) - before == 2, "once to measure white, once to draw"
    assert drawing._opened == {}


def test_nobody_waits_while_columns_are_computed(
    project: mx.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from morphoexplore.steps import columns

    real = columns._prepare

    def prepare(*args: object, **options: object) -> object:
        project.change_setting("meanwhile", True)  # would wait for the lock of the transaction
        return real(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(columns, "_prepare", prepare)
    mx.add(project, source(tmp_path / "in", [{"path": "a.png", "n": 1, "t": "x"}]))
    mx.add(project, source(tmp_path / "in", [{"path": "a.png", "n": 2, "t": "y"}]), update=True)
    assert mx.metadata(project, "t").tolist() == ["y"]
    assert not mx.check(project)


def test_a_text_column_gets_only_new_texts(project: mx.Project, tmp_path: Path) -> None:
    mx.add(project, source(tmp_path / "a", [{"path": "a.png", "t": "x"}, {"path": "b.png", "t": "y"}]))
    mx.add(project, source(tmp_path / "b", [{"path": "c.png", "t": "y"}, {"path": "d.png", "t": "z"}]))
    assert mx.metadata(project, "t").tolist() == ["x", "y", "y", "z"]
    with project.read() as conn:
        assert [row[0] for row in conn.execute("SELECT text FROM term ORDER BY code")] == ["x", "y", "z"]


ODD = [
    "0042",
    "1e5",
    "nan",
    "NA",
    "a,b",
    'say "x"',
    "tab\tname",
    "line\nbreak",
    "\U0001f990",
    "CON",
    "a:b*?",
    "x" * 300,
]


def test_ids_that_look_like_something_else_stay_what_they_are(project: mx.Project, tmp_path: Path) -> None:
    rows = [{"path": f"{place}.png", "object_id": name, "note": name} for place, name in enumerate(ODD)]
    mx.add(project, source(tmp_path / "in", rows), copy=True)
    assert mx.objects(project)["object_id"].tolist() == ODD
    assert mx.metadata(project, "note").tolist()[0] == "0042"
    morph = mx.review.make_morph(project, name='odd\t"one", \U0001f990 <b>')
    mx.review.move(project, range(len(ODD)), morph)
    back = pd.read_csv(mx.export(project, tmp_path / "m.csv")["file"], dtype=str, keep_default_na=False)
    assert back["object_id"].tolist() == ODD
    pd.DataFrame({"object_id": ODD, "label": [f"l{place % 2}" for place in range(len(ODD))]}).to_csv(
        tmp_path / "labels.csv", index=False
    )
    assert mx.evaluate(project, tmp_path / "labels.csv")["labelled"] == len(ODD)
    report = mx.export(project, tmp_path / "ecotaxa.tsv", format="ecotaxa")
    assert report["rows"] == len(ODD) - 3, "EcoTaxa has no ids with tabs, line ends or 300 letters"
    table = pd.read_csv(report["file"], sep="\t", dtype=str, keep_default_na=False, skiprows=[1])
    assert table["object_id"].tolist() == [name for name in ODD if len(name) <= 255 and name.isprintable()]
    assert set(table["object_morph_name"]) == {'odd "one", \U0001f990 <b>'}


def test_a_second_folder_of_another_pixel_size_is_not_taken_for_the_first(
    project: mx.Project, tmp_path: Path
) -> None:
    image(tmp_path / "one" / "a.png")
    image(tmp_path / "two" / "b.png")
    image(tmp_path / "three" / "c.png")
    mx.add(project, tmp_path / "one", pixel_size=0.01)
    with pytest.raises(
        WrongValueError, match=r"Acquisition all of sample all .* pixel size of 0.01 mm, not 0.02"
    ):
        mx.add(project, tmp_path / "two", pixel_size=0.02)
    mx.add(project, tmp_path / "two", pixel_size=0.01)
    mx.add(project, tmp_path / "three")
    assert mx.objects(project)["pixel_size"].tolist() == [0.01] * 3
