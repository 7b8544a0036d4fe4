"""Pictures, original images and sprite sheets over HTTP."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

import morphoexplore as mx
from morphoexplore.store import images as image_store
from morphoexplore_app.routes import pictures
from morphoexplore_app.session import Session

# What object n looks like: width, height, grey level of the ground; one is coloured, one is broken, one is deep.
SIZES = ((40, 20), (300, 150), (64, 64), (30, 90))
COLOURED, DEEP, BROKEN, DARK = 4, 5, 6, 7


def draw(width: int, height: int, ground: int = 220) -> Image.Image:
    pixels = np.full((height, width), ground, np.uint8)
    pixels[height // 4 : -height // 4, width // 4 : -width // 4] = 40
    return Image.fromarray(pixels)


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source")
    for number, (width, height) in enumerate(SIZES):
        draw(width, height).save(folder / f"{number}.png")
    Image.new("RGB", (80, 60), (200, 60, 20)).save(folder / f"{COLOURED}.jpg", quality=95)
    Image.fromarray(np.full((50, 70), 900, np.uint16)).save(folder / f"{DEEP}.png")
    (folder / f"{BROKEN}.png").write_bytes(b"\x89PNG no")
    draw(50, 50, ground=8).save(folder / f"{DARK}.tif")
    return folder


@pytest.fixture
def project(source: Path, tmp_path: Path) -> mx.Project:
    project = mx.create_project(tmp_path / "project", user="ana")
    mx.add(project, source)
    return project


@pytest.fixture
def client(project: mx.Project) -> FlaskClient:
    return client_of(project)


def client_of(project: mx.Project) -> FlaskClient:
    server = Flask("test")
    pictures.register(server, Session(project))
    return server.test_client()


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def cell(sheet: np.ndarray, place: int, side: int) -> np.ndarray:
    row, column = divmod(place, 16)
    return sheet[row * side : (row + 1) * side, column * side : (column + 1) * side]


def test_a_picture_is_a_jpeg_of_at_most_256_pixels(client: FlaskClient) -> None:
    answer = client.get("/picture/1")
    assert (answer.status_code, answer.content_type) == (200, "image/jpeg")
    assert pixels(answer.data).shape == (128, 256)
    assert answer.headers["Cache-Control"] == "private, max-age=3600"
    assert "Cookie" in answer.headers["Vary"]


def test_an_object_without_a_readable_image_has_a_placeholder(client: FlaskClient) -> None:
    answer = client.get(f"/picture/{BROKEN}")
    assert (answer.status_code, answer.content_type) == (200, "image/svg+xml")
    assert b"no image" in answer.data


def test_a_browser_that_has_a_picture_is_told_so(client: FlaskClient) -> None:
    for url in ("/picture/1", "/sheet?objects=1,2"):
        tag = client.get(url).headers["ETag"]
        again = client.get(url, headers={"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")
        assert client.get(url, headers={"If-None-Match": '"another"'}).status_code == 200


@pytest.mark.parametrize("side", [64, 128])
def test_a_sheet_has_a_cell_for_each_object_in_the_order_asked_for(client: FlaskClient, side: int) -> None:
    asked = [DARK, *range(4), BROKEN, *([1] * 12)]  # two rows
    answer = client.get(f"/sheet?objects={','.join(map(str, asked))}&side={side}")
    assert (answer.status_code, answer.content_type) == (200, "image/jpeg")
    sheet = pixels(answer.data)
    assert sheet.shape == (2 * side, 16 * side)
    middles = [
        int(np.median(cell(sheet, place, side)[side // 2 - 4 : side // 2 + 4, side // 2 - 4 :][:, :8]))
        for place in range(18)
    ]
    assert all(abs(level - 40) < 12 for place, level in enumerate(middles) if asked[place] != BROKEN)
    corners = [int(np.median(cell(sheet, place, side)[:6, :6])) for place in range(18)]
    assert corners[0] < 20  # the ground of the picture goes on to the border of the cell
    assert all(
        abs(level - 220) < 12 for place, level in enumerate(corners) if asked[place] not in (DARK, BROKEN)
    )
    broken = cell(sheet, 5, side).astype(int)
    assert abs(int(np.median(broken)) - 232) < 4
    assert broken[side // 2 - 6 : side // 2 + 6].min() < 215  # a cross
    assert cell(sheet, 31, side).min() > 250  # what is left of the last row


@pytest.mark.parametrize("side", [64, 128])
def test_an_image_keeps_its_aspect_and_is_centred(client: FlaskClient, side: int) -> None:
    sheet = pixels(client.get(f"/sheet?objects=0,1,3&side={side}").data)
    for place, (width, height) in enumerate((SIZES[0], SIZES[1], SIZES[3])):
        dark = cell(sheet, place, side) < 130
        tall, wide = (np.flatnonzero(dark.any(axis)) for axis in (1, 0))
        ratio = (tall[-1] - tall[0] + 1) / (wide[-1] - wide[0] + 1)
        assert ratio == pytest.approx(height / width, rel=0.2)
        for found in (tall, wide):
            assert abs((found[0] + found[-1] + 1) / 2 - side / 2) <= 2


def test_both_sides_show_an_object_at_the_same_share_of_its_cell(client: FlaskClient) -> None:
    small, large = (pixels(client.get(f"/sheet?objects=0&side={side}").data) < 130 for side in (64, 128))
    assert large.mean() == pytest.approx(small.mean(), rel=0.15)


def test_a_sheet_is_coloured_where_a_picture_is(client: FlaskClient) -> None:
    coloured = pixels(client.get(f"/sheet?objects=1,{COLOURED}&side=128").data)
    assert coloured.shape == (128, 256, 3)
    red, green, blue = coloured[64, 192].astype(int)
    assert red > green + 60 > blue
    assert pixels(client.get("/sheet?objects=1,2&side=128").data).ndim == 2


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "list of object numbers"),
        ("objects=", "list of object numbers"),
        ("objects=1,,2", "list of object numbers"),
        ("objects=-1", "list of object numbers"),
        ("objects=1;2", "list of object numbers"),
        ("objects=" + "9" * 30, "list of object numbers"),
        ("objects=99", "no object 99; the last one is 7"),
        ("objects=1&side=65", "64 or 128"),
        ("objects=" + ",".join(["1"] * 257), "at most 256"),
    ],
)
def test_a_bad_request_is_refused_with_a_sentence(client: FlaskClient, query: str, said: str) -> None:
    answer = client.get(f"/sheet?{query}")
    assert answer.status_code == 400
    assert said in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"


def test_no_picture_of_an_object_that_is_not_there(client: FlaskClient) -> None:
    answer = client.get("/picture/8")
    assert (answer.status_code, answer.get_data(as_text=True)) == (
        400,
        "This project has no object 8; the last one is 7.\n",
    )


def test_what_is_not_drawn_yet_is_asked_for_again(made_project: mx.Project) -> None:
    client = client_of(made_project)
    for url in ("/picture/3", "/sheet?objects=3&side=64", "/sheet?objects=3&side=128"):
        answer = client.get(url)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert "ETag" not in answer.headers


def test_the_original_is_the_file_itself_where_a_browser_shows_it(client: FlaskClient, source: Path) -> None:
    answer = client.get("/image/1/0")
    assert (answer.status_code, answer.content_type) == (200, "image/png")
    assert answer.data == (source / "1.png").read_bytes()
    assert answer.headers["Cache-Control"] == "private, max-age=3600"
    answer = client.get(f"/image/{COLOURED}/0")
    assert (answer.content_type, answer.data) == ("image/jpeg", (source / f"{COLOURED}.jpg").read_bytes())


def test_other_formats_become_png(client: FlaskClient) -> None:
    answer = client.get(f"/image/{DARK}/0")
    assert answer.content_type == "image/png"
    assert pixels(answer.data)[0, 0] == 8
    deep = pixels(client.get(f"/image/{DEEP}/0").data)
    assert (deep.dtype, deep.shape) == (np.uint8, (50, 70))
    assert deep[0, 0] == round(900 / 1023 * 255)


def test_the_footer_is_cut_off_the_original(source: Path, tmp_path: Path) -> None:
    project = mx.create_project(tmp_path / "project", user="ana")
    mx.add(project, source, crop_bottom=10)
    assert pixels(client_of(project).get("/image/1/0").data).shape == (140, 300)


def test_originals_are_read_out_of_a_zip(source: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "images.zip", "w") as file:
        file.write(source / "1.png", "1.png")
    project = mx.create_project(tmp_path / "project", user="ana")
    mx.add(project, tmp_path / "images.zip")
    assert client_of(project).get("/image/0/0").data == (source / "1.png").read_bytes()


@pytest.mark.parametrize(
    ("spoil", "url", "said"),
    [
        (lambda source: None, "/image/1/7", "Object 1 has no image of rank 7."),
        (lambda source: None, "/image/99/0", "Object 99 has no image of rank 0."),
        (lambda source: None, f"/image/{BROKEN}/0", "damaged"),
        (lambda source: (source / "1.png").unlink(), "/image/1/0", "relocate"),
    ],
)
def test_an_original_that_cannot_be_read_is_not_found(
    source: Path, tmp_path: Path, spoil: Callable[[Path], None], url: str, said: str
) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in source.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    project = mx.create_project(tmp_path / "project", user="ana")
    mx.add(project, copy)
    spoil(copy)
    answer = client_of(project).get(url)
    assert answer.status_code == 404
    assert said in answer.get_data(as_text=True)


def test_packs_are_read_by_number_across_shards(project: mx.Project, source: Path, tmp_path: Path) -> None:
    more = tmp_path / "more"
    more.mkdir()
    draw(20, 20).save(more / "later.png")
    reader = image_store.PackReader(project)
    before = reader.state()
    mx.add(project, more)  # a second shard
    assert reader.state() != before
    wanted = [8, 0, BROKEN, 1, 8]
    tiles, packed = reader.tiles(wanted), reader.pictures(wanted)
    whole = image_store.tiles(project)
    np.testing.assert_array_equal(tiles, whole[wanted])
    np.testing.assert_array_equal(image_store.tiles_of(project, wanted), tiles)
    assert packed == [image_store.picture(project, number) for number in wanted]
    assert packed == image_store.pictures_of(project, wanted)
    assert [bool(one) for one in packed] == [True, True, False, True, True]
    assert reader.pictures([99]) == [b""]
    assert not reader.tiles([99]).any()


@pytest.mark.parametrize("keep", [0, 40])
def test_a_damaged_pack_is_said_in_a_sentence(project: mx.Project, keep: int) -> None:
    for path in (project.folder / "tiles").rglob("*.*"):
        path.write_bytes(path.read_bytes()[:keep])
    client = client_of(project)
    for url in ("/picture/1", "/sheet?objects=1&side=64", "/sheet?objects=1&side=128"):
        answer = client.get(url)
        assert answer.status_code == 500
        assert "morphoexplore check" in answer.get_data(as_text=True)
