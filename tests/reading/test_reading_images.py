from __future__ import annotations

import contextlib
import io
import multiprocessing
import pickle
import struct
import zipfile
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from morphoexplore.errors import ImageError, SourceError
from morphoexplore.reading import images
from morphoexplore.reading.images import ImageFiles, decode

DRAWN = Path(__file__).parents[2] / "data_samples" / "plankton_drawn.zip"
RNG = np.random.default_rng(7)
GREY = RNG.integers(0, 256, (20, 31), dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (20, 31, 3), dtype=np.uint8)


def encode(image, kind: str = "PNG", **options) -> bytes:
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
@pytest.mark.parametrize("image", [GREY, COLOUR], ids=["grey", "colour"])
def test_lossless_formats_come_back_unchanged(kind, image):
    np.testing.assert_array_equal(decode(encode(image, kind)), image)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"quality": 30}])
@pytest.mark.parametrize("image", [GREY, COLOUR], ids=["grey", "colour"])
def test_jpeg_is_read_as_pillow_reads_it(image, options):
    data = encode(image, "JPEG", **options)
    np.testing.assert_array_equal(decode(data), np.asarray(Image.open(io.BytesIO(data))))


@pytest.mark.parametrize(
    "chunk", [b"gAMA" + struct.pack(">I", 45455), b"sRGB\0", b"tEXtnote\0x", b"pHYs" + bytes(9)]
)
@pytest.mark.parametrize("image", [GREY, COLOUR], ids=["grey", "colour"])
def test_png_extras_change_no_pixel(image, chunk):
    data = encode(image)
    extra = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    np.testing.assert_array_equal(decode(data[:33] + extra + data[33:]), image)


def test_equal_channels_are_grey():
    assert decode(encode(np.dstack([GREY] * 3))).shape == GREY.shape
    almost = np.dstack([GREY] * 3)
    almost[7, 5, 1] ^= 1
    assert decode(encode(almost)).shape == (*GREY.shape, 3)


def test_bilevel_and_palette_are_resolved():
    bilevel = Image.fromarray(GREY > 127)
    assert set(np.unique(decode(encode(bilevel))).tolist()) == {0, 255}
    palette = Image.fromarray(COLOUR).quantize(16)
    np.testing.assert_array_equal(decode(encode(palette)), np.asarray(palette.convert("RGB")))
    np.testing.assert_array_equal(decode(encode(palette, "GIF")), np.asarray(palette.convert("RGB")))


def test_only_the_first_frame_of_a_gif_is_read():
    frames = [Image.new("L", (4, 4), level) for level in (10, 200)]
    data = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert np.unique(decode(data)).tolist() == [10]


def test_cmyk_is_converted():
    assert decode(encode(Image.new("CMYK", (4, 4), (0, 0, 0, 0)), "JPEG")).tolist() == [[255] * 4] * 4


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_background_takes_the_border_colour(mode):
    image = Image.new("RGBA", (10, 10), (90, 90, 90, 255))
    image.paste((0, 0, 0, 0), (4, 4, 6, 6))
    assert np.unique(decode(encode(image.convert(mode)))).tolist() == [90]


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_a_transparent_border_is_white(mode):
    image = Image.new("RGBA", (10, 10), (0, 0, 0, 0))
    image.paste((40, 40, 40, 255), (4, 4, 6, 6))
    decoded = decode(encode(image.convert(mode)))
    assert decoded[0, 0] == 255
    assert decoded[5, 5] == 40


def test_a_transparent_palette_colour_and_colour_key_are_seen():
    palette = Image.new("P", (6, 6), 0)
    palette.putpalette([0, 0, 0, 200, 10, 10])
    palette.paste(1, (2, 2, 4, 4))
    decoded = decode(encode(palette, transparency=0))
    assert decoded[0, 0].tolist() == [255, 255, 255]
    assert decoded[3, 3].tolist() == [200, 10, 10]
    key = Image.fromarray(np.zeros((4, 4, 3), np.uint8))
    assert np.unique(decode(encode(key, transparency=(0, 0, 0)))).tolist() == [255]
    assert np.unique(decode(encode(key.convert("L"), transparency=0))).tolist() == [255]


@pytest.mark.parametrize(("kind", "orientation"), [("JPEG", 6), ("PNG", 6), ("TIFF", 8), ("JPEG", 3)])
def test_exif_orientation_is_applied(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = np.zeros((16, 32), np.uint8)
    upright[:8, :8] = 255
    turns = {6: 3, 8: 1, 3: 2}[orientation]
    decoded = decode(encode(upright, kind, exif=exif.tobytes()))
    np.testing.assert_allclose(decoded, np.rot90(upright, turns), atol=20)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_deep_grey_is_scaled_by_the_level_of_the_collection(kind):
    deep = np.linspace(0, 1000, 64, dtype=np.uint16).reshape(8, 8)
    np.testing.assert_allclose(decode(encode(deep, kind), white_level=1023), deep / 1023 * 255, atol=0.5)
    np.testing.assert_allclose(decode(encode(deep, kind)), deep / 65535 * 255, atol=0.5)
    assert decode(encode(deep, kind), white_level=500).max() == 255


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_deep_colour_is_scaled_too_and_keeps_its_channels(suffix):
    deep = (COLOUR.astype(np.uint16) << 2) | 1
    data = cv2.imencode(suffix, deep[:, :, ::-1])[1].tobytes()
    np.testing.assert_allclose(decode(data, white_level=1023), deep / 1023 * 255, atol=0.51)


def test_floats_are_scaled_by_their_kind_of_range():
    unit = np.linspace(0, 1, 16, dtype=np.float32).reshape(4, 4)
    for image in (unit, unit * 255):
        np.testing.assert_allclose(decode(encode(image, "TIFF")), unit * 255, atol=0.51)
    np.testing.assert_allclose(decode(encode(unit * 4095, "TIFF"), white_level=4095), unit * 255, atol=0.51)
    assert decode(encode(np.full((2, 2), np.nan, np.float32), "TIFF")).tolist() == [[0, 0], [0, 0]]


def test_one_pixel_is_an_image():
    image = decode(encode(np.array([[7]], np.uint8)))
    assert image.tolist() == [[7]]
    assert images.border_level(image) == 7
    assert images.make_tile(image).shape == (64, 64)
    assert images.crop_footer(image, 31).shape == (1, 1)
    assert images.find_footer(image) == 0
    assert images.encode_picture(image).startswith(b"\xff\xd8")


def _png_of(width: int, height: int) -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = b"IDAT" + zlib.compress(b"\0" * 100)
    chunks = b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        for chunk in (head, body, b"IEND")
    )
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"this is text", "no image of a known kind"),
        (encode(COLOUR)[:-300], "damaged or cut off"),
        (encode(COLOUR)[:40], "damaged or cut off"),
        (encode(COLOUR, "JPEG")[:-200], "damaged or cut off"),
        (encode(COLOUR, "TIFF")[:-300], "damaged or cut off"),
        (_png_of(0, 5), "damaged or cut off|no image of a known kind|no pixels"),
        (_png_of(12_000, 12_000), "more than 100 megapixels"),
        (_png_of(60_000, 60_000), "more than 100 megapixels"),
        (_png_of(500, 500), "damaged or cut off"),
    ],
)
def test_what_is_no_image_says_why(data, words):
    with pytest.raises(ImageError, match=words):
        decode(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "GIF", "BMP"])
def test_damage_anywhere_gives_an_image_or_an_image_error(kind):
    whole = bytearray(encode(COLOUR, kind))
    for _ in range(60):
        broken = bytearray(whole)
        for place in RNG.integers(0, len(whole), 4):
            broken[place] = RNG.integers(0, 256)
        with contextlib.suppress(ImageError):
            assert decode(bytes(broken)).dtype == np.uint8


@pytest.fixture(params=["folder", "zip"])
def files(tmp_path, request):
    folder = tmp_path / "vignettes"
    (folder / "haul").mkdir(parents=True)
    for number in (1, 2, 10):
        (folder / "haul" / f"b{number}.png").write_bytes(encode(GREY))
    (folder / "notes.txt").write_text("x")
    (tmp_path / "secret.png").write_bytes(encode(GREY))
    if request.param == "folder":
        return ImageFiles(folder)
    with zipfile.ZipFile(tmp_path / "v.zip", "w") as archive:
        for path in folder.rglob("*.*"):
            archive.write(path, path.relative_to(folder))
    return ImageFiles(tmp_path / "v.zip")


def test_image_files_are_listed_and_read(files):
    with files:
        assert files.names() == ["haul/b1.png", "haul/b2.png", "haul/b10.png"]
        np.testing.assert_array_equal(decode(files.read("haul/b2.png")), GREY)
        assert files.exists("haul/b1.png")
        assert not files.exists("haul/B1.png")
        assert not files.exists("gone/b1.png")


def test_image_files_open_again_after_closing_and_in_other_processes(files):
    data = files.read("haul/b1.png")
    files.close()
    assert files.read("haul/b1.png") == data
    assert pickle.loads(pickle.dumps(files)).read("haul/b1.png") == data
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(files.read, ["haul/b1.png"]) == [data]


def test_an_image_that_moved_names_the_verb_that_helps(files):
    with pytest.raises(ImageError, match=r"Image haul/b3.png is not in .*relocate PROJECT OLD NEW"):
        files.read("haul/b3.png")


def test_nothing_outside_a_zip_is_read(files):
    if files.root.suffix == ".zip":
        with pytest.raises(ImageError, match="is not in"):
            files.read("../secret.png")


def test_a_damaged_member_is_an_image_error(tmp_path):
    path = tmp_path / "v.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.png", encode(GREY))
    data = bytearray(path.read_bytes())
    data[60] ^= 255
    path.write_bytes(data)
    with pytest.raises(ImageError, match="cannot be read: Bad CRC"):
        ImageFiles(path).read("a.png")


def test_a_damaged_zip_is_a_source_error(tmp_path):
    (tmp_path / "v.zip").write_bytes(b"no zip")
    with pytest.raises(SourceError, match="not a zip that can be read"):
        ImageFiles(tmp_path / "v.zip").names()


@pytest.mark.parametrize(
    ("highest", "expected"), [(900, 1023), (1024, 4095), (4095, 4095), (16000, 16383), (60000, 65535)]
)
def test_the_white_level_is_that_of_the_camera(tmp_path, highest, expected):
    for number in range(5):
        deep = np.full((4, 4), highest - number, np.uint16)
        (tmp_path / f"{number}.png").write_bytes(encode(deep))
    (tmp_path / "broken.png").write_bytes(b"x")
    (tmp_path / "shallow.png").write_bytes(encode(GREY))
    files = ImageFiles(tmp_path)
    assert images.measure_white_level(files, files.names()) == expected


def test_the_white_level_without_deep_images_is_that_of_16_bits(tmp_path):
    assert images.measure_white_level(ImageFiles(tmp_path), []) == 65535
    (tmp_path / "a.png").write_bytes(encode(GREY))
    assert images.measure_white_level(ImageFiles(tmp_path), ["a.png", "gone.png"]) == 65535


def test_luma_is_that_of_pillow():
    expected = np.asarray(Image.fromarray(COLOUR).convert("L"))
    np.testing.assert_allclose(images.to_grey(COLOUR), expected, atol=1)
    assert images.to_grey(GREY) is GREY


def draw_vignette(height: int, *, background: int = 255, bar: int = 85, start: int = 9) -> np.ndarray:
    vignette = np.full((height + 31, 130), background, np.uint8)
    vignette[10 : height - 10, 20:80] = 120
    vignette[-6:-4, start : start + 94] = bar
    vignette[-18:-9, 40:43] = bar
    return vignette


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, 31),
        ({"background": 254}, 31),
        ({"background": 0, "bar": 255}, 31),
        ({"start": 30}, 0),
        ({"bar": 250}, 0),
    ],
)
def test_scale_bars_are_found(options, expected):
    vignette = draw_vignette(60, **options)
    assert images.find_footer(vignette) == expected
    assert images.crop_footer(vignette, 31).shape == (60, 130)


def test_an_object_that_reaches_into_the_footer_is_not_cut():
    vignette = draw_vignette(60)
    vignette[40:66, 50:60] = 100
    assert images.find_footer(vignette) == 25


@pytest.mark.parametrize("shape", [(31, 100), (32, 100), (20, 100), (100, 12), (100, 100)])
def test_images_without_scale_bar_have_no_footer(shape):
    assert images.find_footer(np.full(shape, 255, np.uint8)) == 0
    noise = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    assert images.find_footer(noise) == 0


@pytest.mark.parametrize(("height", "expected"), [(31, 31), (32, 32), (33, 2), (100, 69)])
def test_a_footer_never_takes_everything(height, expected):
    assert images.crop_footer(np.zeros((height, 5, 3), np.uint8), 31).shape == (expected, 5, 3)
    assert images.crop_footer(np.zeros((height, 5), np.uint8), 0).shape == (height, 5)


def test_pictures_are_reduced_but_never_enlarged():
    for shape, expected in [((300, 600, 3), (128, 256)), ((20, 31), (20, 31)), ((1, 2000), (1, 256))]:
        picture = decode(images.encode_picture(np.full(shape, 77, np.uint8)))
        assert picture.shape[:2] == expected
        np.testing.assert_allclose(picture, 77, atol=2)
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 200
    np.testing.assert_allclose(decode(images.encode_picture(red))[8, 8], [200, 0, 0], atol=6)


def test_tiles_keep_aspect_and_fill_up_with_the_border():
    image = np.full((100, 200), 250, np.uint8)
    image[30:70, 60:140] = 10
    tile = images.make_tile(image)
    assert tile.shape == (64, 64)
    assert tile[0, 0] == tile[-1, -1] == 250
    assert tile[32, 32] == 10
    small = images.make_tile(np.full((10, 10), 30, np.uint8))
    assert np.unique(small).tolist() == [30]
    centred = np.full((3, 3), 200, np.uint8)
    centred[1, 1] = 0
    assert np.argwhere(images.make_tile(centred) == 0).tolist() == [[31, 31]]
    assert images.make_tile(COLOUR, side=16).shape == (16, 16)


def test_every_drawn_footer_is_found_and_no_other():
    with images.ImageFiles(DRAWN) as files:
        names = [name for name in files.names() if not name.endswith(".tsv")][::9]
        rows = {name: images.find_footer(images.to_grey(images.decode(files.read(name)))) for name in names}
    assert len(rows) > 500
    assert {name: 31 if "_2019_" in name else 0 for name in names} == rows


@pytest.mark.parametrize("packed", [False, True])
def test_a_giant_is_refused_before_it_is_read(tmp_path, monkeypatch, packed):
    from morphoexplore.reading import files as module

    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    root = tmp_path / "in"
    root.mkdir()
    (root / "bomb.png").write_bytes(bytes(100_000))
    if packed:
        with zipfile.ZipFile(tmp_path / "in.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(root / "bomb.png", "bomb.png")
        root = tmp_path / "in.zip"
    with ImageFiles(root) as images, pytest.raises(ImageError, match="100000 bytes, more than any image"):
        images.read("bomb.png")
