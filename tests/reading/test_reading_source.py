from __future__ import annotations

import subprocess
import sys
import zipfile

import pytest
from PIL import Image

from morphoexplore.errors import SourceError
from morphoexplore.reading import open_source
from morphoexplore.reading.files import natural_key


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "images"
    for name in (
        "haul 10/b.png",
        "haul 2/b10.png",
        "haul 2/b9.JPG",
        "a.tif",
        ".hidden/x.png",
        "__MACOSX/a.png",
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (3, 3)).save(path)
    (folder / "notes.txt").write_text("about the hauls")
    (folder / "haul 2" / "._b9.jpg").write_bytes(b"resource fork")
    return folder


def pack(folder):
    packed = folder.with_suffix(".zip")
    with zipfile.ZipFile(packed, "w") as archive:
        for path in folder.rglob("*"):
            archive.write(path, path.relative_to(folder))
    return packed


@pytest.mark.parametrize("is_packed", [False, True])
def test_images_of_folders_come_in_natural_order(images, is_packed):
    path = pack(images) if is_packed else images
    source = open_source(path)
    assert (source.format, source.image_root) == ("folder", path)
    (batch,) = source.batches()
    assert batch.rows["image"].tolist() == ["a.tif", "haul 2/b9.JPG", "haul 2/b10.png", "haul 10/b.png"]
    assert batch.rows["object_id"].tolist() == ["a", "haul 2/b9", "haul 2/b10", "haul 10/b"]
    assert batch.metadata["folder"].tolist() == [None, "haul 2", "haul 2", "haul 10"]
    assert batch.samples.index.tolist() == ["all"]
    assert batch.problems == []


def test_the_same_image_in_two_formats_counts_once(images):
    Image.new("L", (3, 3)).save(images / "a.png")
    (batch,) = open_source(images).batches()
    assert batch.rows["image"].tolist().count("a.png") == 1
    assert "Only its suffix tells it from a.png" in batch.problems[0].reason
    assert (batch.problems[0].file, batch.problems[0].object_id) == ("a.tif", "a")


def test_links_in_a_circle_end(images):
    (images / "haul 2" / "again").symlink_to(images, target_is_directory=True)
    (batch,) = open_source(images).batches()
    assert len(batch.rows) == 4


def test_natural_order_is_total():
    names = ["b1", "B1", "a10", "a9", "a", "10", "9", "a/1", "é"]
    backwards = names[::-1]
    assert sorted(names, key=natural_key) == sorted(backwards, key=natural_key)


@pytest.mark.parametrize(
    ("name", "content", "format", "words"),
    [
        ("gone", None, None, "does not exist. Check the path"),
        ("x.zip", b"PK\x03\x04 cut off", None, "is not a zip that can be read.*download it again"),
        ("x.png", b"", None, "is one image. Name the folder"),
        ("x.pdf", b"%PDF", None, "is no table"),
        ("x.csv", b"a,b\n1,2\n", None, "no column path.*Its columns: a, b"),
        (
            "x.csv",
            b"path\na.png\n",
            "morphocluster",
            "no format 'morphocluster'. Formats: ecotaxa, table, folder",
        ),
        ("x.csv", b"path\na.png\n", "folder", "is one file. Name the folder"),
        ("x.csv", b"path\na.png\n", "ecotaxa", "no column object_id"),
        (".", None, "table", "is no CSV. Name the CSV file itself"),
        (".", None, "ecotaxa", "holds no EcoTaxa table"),
        (".", None, None, "holds no images .* and no EcoTaxa table"),
    ],
)
def test_what_cannot_be_opened_says_why_and_what_to_do(tmp_path, name, content, format, words):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError, match=words):
        open_source(path, format=format)


def test_an_empty_zip_holds_no_images(tmp_path):
    zipfile.ZipFile(tmp_path / "x.zip", "w").close()
    with pytest.raises(SourceError, match="holds no images"):
        open_source(tmp_path / "x.zip")


@pytest.mark.parametrize(
    ("name", "header", "expected"),
    [
        ("any.tsv", "object_id\timg_file_name", "ecotaxa"),
        ("any.txt", "object_id\tobject_area", "ecotaxa"),
        ("ecotaxa_1.txt", "object_id", "ecotaxa"),
        ("any.tsv", "object_id\tpath", "table"),
        ("any.csv", "object_id,img_file_name", "table"),
    ],
)
def test_single_tables_are_told_apart(tmp_path, name, header, expected):
    (tmp_path / name).write_text(header + "\n", encoding="utf-8")
    assert open_source(tmp_path / name).format == expected


def test_a_folder_with_a_table_and_images_is_ecotaxa_unless_told_otherwise(images):
    (images / "haul 2" / "ecotaxa_2.tsv").write_text("object_id\nx\n", encoding="utf-8")
    assert open_source(images).format == "ecotaxa"
    assert open_source(images, format="folder").format == "folder"


def test_importing_the_package_is_cheap():
    code = "import sys, morphoexplore.reading.files; print({'cv2', 'PIL', 'torch'} & set(sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "set()\n"
    )
