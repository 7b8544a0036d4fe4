"""Zips inside folders and zips."""

from __future__ import annotations

import io
import os
import pickle
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from morphoexplore.errors import ImageError, SourceError
from morphoexplore.reading import open_source
from morphoexplore.reading.files import ZipFiles
from morphoexplore.reading.images import ImageFiles, decode
from morphoexplore.reading.nested import open_files

TABLE = "object_id\timg_file_name\tsample_id\n[t]\t[t]\t[t]\n"


def picture(level: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (9, 7), level).save(buffer, "PNG")
    return buffer.getvalue()


def packed(members: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def haul(name: str, level: int) -> bytes:
    """Return what UVP6 calls ``haul_Images.zip``: a table with two objects and their images in a folder."""
    lines = "".join(f"{name}_{number}\tsub/{number}.png\t{name}\n" for number in range(2))
    images = {f"sub/{number}.png": picture(level + number) for number in range(2)}
    return packed({f"ecotaxa_{name}.tsv": (TABLE + lines).encode(), "compute_vignette.txt": b"", **images})


@pytest.fixture(params=["folder", "stored", "compressed"])
def hauls(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    members = {"a_Images.zip": haul("a", 10), "deep/b_Images.zip": haul("b", 20)}
    if request.param == "folder":
        (tmp_path / "in" / "deep").mkdir(parents=True)
        for name, content in members.items():
            (tmp_path / "in" / name).write_bytes(content)
        return tmp_path / "in"
    method = zipfile.ZIP_STORED if request.param == "stored" else zipfile.ZIP_DEFLATED
    (tmp_path / "in.zip").write_bytes(packed(members, method=method))
    return tmp_path / "in.zip"


def test_tables_and_images_of_zips_inside_are_found(hauls: Path) -> None:
    source = open_source(hauls)
    rows = [batch.rows for batch in source.batches()]
    assert source.format == "ecotaxa"
    assert "2 tables in 2 zips inside" in source.layout
    assert [one for row in rows for one in row["object_id"]] == ["a_0", "a_1", "b_0", "b_1"]
    names = [one for row in rows for one in row["image"]]
    assert names[0] == "a_Images.zip/sub/0.png"
    with ImageFiles(source.image_root) as files:
        assert [int(decode(files.read(name))[0, 0]) for name in names] == [10, 11, 20, 21]
        again = pickle.loads(pickle.dumps(files))  # as processes that draw get them
    assert decode(again.read(names[3]))[0, 0] == 21
    again.close()


def test_images_in_zips_inside_are_drawn_and_shown(hauls: Path, tmp_path: Path) -> None:
    import morphoexplore as mx
    from morphoexplore.steps.originals import Originals
    from morphoexplore.store import images

    project = mx.create_project(tmp_path / "project")
    result = mx.add(project, hauls)
    assert (result["objects"], result["images"], result["unreadable"]) == (4, 4, 0)
    assert np.unique(images.tiles(project)[3]).tolist() == [21]
    originals = Originals(project)
    content, mime = originals.read(2, 0)
    assert (content, mime) == (picture(20), "image/png")
    assert not mx.check(project)
    for files in originals._opened.values():
        files.close()


def test_zips_beside_what_was_unpacked_of_them_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "export.zip").write_bytes(haul("a", 10))
    (tmp_path / "ecotaxa_a.tsv").write_text(TABLE + "a_0\t\ta\n", encoding="utf-8")
    (batch,) = open_source(tmp_path).batches()
    assert batch.rows["object_id"].tolist() == ["a_0"]
    assert batch.problems == []


def test_a_damaged_zip_inside_costs_only_itself(tmp_path: Path) -> None:
    good = haul("a", 10)
    content = packed({"a_Images.zip": good, "b_Images.zip": haul("b", 20)[:200], "c_Images.zip": b""})
    (tmp_path / "in.zip").write_bytes(content)
    batches = list(open_source(tmp_path / "in.zip").batches())
    assert [one for batch in batches for one in batch.rows["object_id"]] == ["a_0", "a_1"]
    problems = [problem for batch in batches for problem in batch.problems]
    assert [problem.file for problem in problems] == ["b_Images.zip", "c_Images.zip"]
    with ImageFiles(tmp_path / "in.zip") as files:
        assert files.exists("a_Images.zip/sub/0.png")
        assert not files.exists("b_Images.zip/sub/0.png")
        with pytest.raises(ImageError, match="not a zip that can be read"):
            files.read("b_Images.zip/sub/0.png")


def test_many_zips_inside_do_not_pile_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from morphoexplore.reading import nested

    monkeypatch.setattr(nested, "MOST_UNPACKED", 1500)
    (tmp_path / "in.zip").write_bytes(packed({f"{n}_Images.zip": haul(str(n), 10 * n) for n in range(6)}))
    files = open_files(tmp_path / "in.zip")
    for number in (0, 3, 5, 0, 1):
        name = f"{number}_Images.zip/sub/1.png"
        assert decode(files.read(name))[0, 0] == 10 * number + 1
        assert sum(files._unpacked.values()) <= 1500
    files.close()


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from morphoexplore.reading import files as module

    monkeypatch.setattr(module, "LARGE", 1 << 20)
    zeros = bytes(4 << 20)
    bomb = packed({"x.png": zeros, "ecotaxa_x.tsv": zeros})
    (tmp_path / "bomb.zip").write_bytes(bomb)
    (tmp_path / "outer.zip").write_bytes(packed({"a.zip": haul("a", 10), "bomb_Images.zip": bomb}))
    with ImageFiles(tmp_path / "bomb.zip") as files, pytest.raises(ImageError, match="was not unpacked"):
        files.read("x.png")
    with pytest.raises(SourceError, match="was not unpacked"):
        open_source(tmp_path / "bomb.zip")
    batches = list(open_source(tmp_path / "outer.zip").batches())
    assert "was not unpacked" in batches[0].problems[0].reason


def test_a_zip_that_claims_less_than_it_holds_gives_no_more(tmp_path: Path) -> None:
    data = bytearray(packed({"x.png": b"A" * 50_000}))
    for place in (data.find(b"PK\x03\x04") + 22, data.find(b"PK\x01\x02") + 24):
        data[place : place + 4] = (100).to_bytes(4, "little")
    (tmp_path / "in.zip").write_bytes(bytes(data))
    with ImageFiles(tmp_path / "in.zip") as files, pytest.raises(ImageError, match="cannot be read"):
        files.read("x.png")


@pytest.mark.parametrize("name", ["../outside.png", "/outside.png", "..\\outside.png", "C:\\outside.png"])
def test_odd_names_in_zips_lead_nowhere(tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside.png"
    outside.write_bytes(picture(77))
    listed = name if name != "/outside.png" else str(outside)
    folder = tmp_path / "deep"
    folder.mkdir()
    table = TABLE + f"a\t{listed}\ts\n"
    content = packed({"ecotaxa_x.tsv": table.encode(), name: b"not shown either"})
    (folder / "in.zip").write_bytes(content)
    import morphoexplore as mx

    project = mx.create_project(folder / "project")
    before = sorted(path for path in tmp_path.rglob("*") if "project" not in path.parts)
    result = mx.add(project, folder / "in.zip", copy=True)
    assert result["objects"] == 1
    assert result["images"] == 0 or result["unreadable"] == 1
    assert sorted(path for path in tmp_path.rglob("*") if "project" not in path.parts) == before
    assert outside.read_bytes() == picture(77)
    assert not mx.check(project)


def test_a_link_in_a_zip_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(picture(66))
    link = zipfile.ZipInfo("x.png")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr(link, os.fsencode(tmp_path / "secret.png"))
        archive.writestr("ecotaxa_x.tsv", TABLE + "a\tx.png\ts\n")
    with (
        ImageFiles(tmp_path / "in.zip") as files,
        pytest.raises(ImageError, match="no image of a known kind"),
    ):
        decode(files.read("x.png"))


def test_a_protected_zip_says_so(tmp_path: Path) -> None:
    data = bytearray(packed({"ecotaxa_x.tsv": TABLE.encode()}))
    data[data.find(b"PK\x03\x04") + 6] |= 1
    data[data.find(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "in.zip").write_bytes(bytes(data))
    with pytest.raises(SourceError, match="encrypted"):
        open_source(tmp_path / "in.zip")
    assert ZipFiles(tmp_path / "in.zip").stretch("ecotaxa_x.tsv") is None
