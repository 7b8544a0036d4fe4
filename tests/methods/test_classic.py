"""Descriptors obey their laws and agree with geometry where geometry knows the answer."""

import io

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from morphoexplore.methods.classic import DESCRIPTORS, GROUPS, SIZE_LOG_POWERS, describe, describe_many
from morphoexplore.methods.classic.outline import trace
from morphoexplore.methods.segmenting import fill_holes, segment
from morphoexplore.reading.images import decode, to_grey

NAMES = [one.name for one in DESCRIPTORS]
IMAGES = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=20))
COLOURS = hnp.arrays(np.uint8, st.tuples(st.integers(1, 14), st.integers(1, 14), st.just(3)))
POWERS = np.array([SIZE_LOG_POWERS.get(name, 0) for name in NAMES])


def described(image, **options):
    return dict(zip(NAMES, describe(image, **options).astype(float), strict=True))


def draw(shape, keep, level=200):
    y, x = np.indices(shape).astype(float)
    return np.where(keep(x - (shape[1] - 1) / 2, y - (shape[0] - 1) / 2), level, 0).astype(np.uint8)


def draw_larva(side=90, angle=0.4, seed=3):
    """Draw a smooth, lopsided, textured body with a tail and noise."""
    rng = np.random.default_rng(seed)
    y, x = np.indices((side, side)) - (side - 1) / 2
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    body = 160 * np.exp(-((u / 18) ** 4) - ((v - 0.01 * u**2) / 7) ** 4)
    tail = 90 * (np.abs(v) < 1.5) * (u > 0) * (u < 34)
    spots = 30 * np.sin(u / 3) * np.cos(v / 2) * (body > 40)
    return np.clip(np.maximum(body, tail) + spots + rng.normal(6, 1.5, (side, side)), 0, 255).astype(np.uint8)


def test_names_are_unique_and_groups_known():
    assert len(set(NAMES)) == len(NAMES)
    assert {one.group for one in DESCRIPTORS} == set(GROUPS)


def test_sizes_with_a_power_say_so_in_their_unit():
    units = {one.name: one.unit for one in DESCRIPTORS}
    assert {units[name] for name, power in SIZE_LOG_POWERS.items() if power == 1} == {"ln px"}
    assert {units[name] for name, power in SIZE_LOG_POWERS.items() if power == 2} == {"ln px²"}
    assert all("px" not in unit for name, unit in units.items() if name not in SIZE_LOG_POWERS)


@given(st.one_of(IMAGES, COLOURS))
@settings(deadline=None, max_examples=200)
def test_an_image_gives_finite_numbers_or_a_reason(image):
    found = describe_many([image])
    assert found.values.dtype == np.float32
    assert found.values.shape == (1, len(DESCRIPTORS))
    if segment(to_grey(image)).problem:
        assert np.isnan(found.values).all()
        assert np.isnan(found.places).all()
        assert found.problems[0].startswith("No object")
    else:
        assert np.isfinite(found.values).all()
        assert np.isfinite(found.places).all()
        assert np.abs(found.values).max() < 1e4
        assert not found.problems


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (2, 2), (700, 3), (31, 17), (20, 20, 3)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_empty_image_gives_no_number_at_all(shape, level):
    image = np.full(shape, level, np.uint8)
    assert np.isnan(describe(image)).all()
    assert list(describe_many([draw_larva(), image]).problems) == [1]


@pytest.mark.parametrize("shape", [(1, 300), (700, 3), (5, 4)])
def test_narrow_images_give_finite_numbers(shape):
    image = np.zeros(shape, np.uint8)
    image[:, shape[1] // 4 : -(shape[1] // 4) or None] = 200
    image[: shape[0] // 2] //= 2
    assert np.isfinite(describe(image)).all()


def test_many_images_give_the_numbers_of_each_one():
    images = [
        draw_larva(side, angle, seed=i) for i, (side, angle) in enumerate([(60, 0.1), (90, 1), (300, 2)])
    ]
    images += [
        np.zeros((9, 9), np.uint8),
        np.dstack([images[1], images[1] // 2, images[1] // 3]),
        255 - images[2],
    ]
    found = describe_many(images)
    for image, values in zip(images, found.values, strict=True):
        np.testing.assert_array_equal(describe(image), values)
    again = describe_many(images * 5)
    np.testing.assert_array_equal(again.values[-6:], found.values)
    np.testing.assert_array_equal(again.places[-6:], found.places)
    assert describe_many([]).values.shape == (0, len(DESCRIPTORS))


@given(st.one_of(IMAGES, COLOURS), st.integers(0, 3), st.booleans())
@settings(deadline=None, max_examples=80)
def test_turning_and_mirroring_change_nothing(image, turns, mirror):
    other = np.rot90(image, turns)
    np.testing.assert_array_equal(describe(other[:, ::-1] if mirror else other), describe(image))


@pytest.mark.parametrize("angle", [0.9, 1.7, 2.6])
def test_turning_by_any_angle_changes_little(angle):
    upright, turned = described(draw_larva(angle=0.4)), described(draw_larva(angle=angle))
    for name in ("area", "perim.", "major", "minor", "feret", "esd", "convarea", "box_length", "thickness"):
        assert turned[name] == pytest.approx(upright[name], abs=0.12), name
    for name in ("redness", "blueness", "redgreen_mean", "blueyellow_sd", "saturation_q95"):
        assert turned[name] == upright[name] == 0, name
    for name in ("mean", "stddev", "median"):
        assert turned[name] == pytest.approx(upright[name], rel=0.05), name
    for name in (
        "symetrieh",
        "symetriev",
        "circ.",
        "slice1",
        "profile1",
        "zernike2_0",
        "zernike4_2",
        "lbp1_4",
    ):
        assert turned[name] == pytest.approx(upright[name], abs=0.15), name


@given(IMAGES, st.sampled_from([1, -1]))
@settings(deadline=None, max_examples=60)
def test_inverting_levels_and_polarity_changes_nothing(image, polarity):
    np.testing.assert_array_equal(
        describe(255 - image, polarity=-polarity), describe(image, polarity=polarity)
    )


def test_polarity_is_found_for_bright_and_for_dark_plankters():
    image = draw_larva()
    assert np.array_equal(describe(255 - image), describe(image))


@pytest.mark.parametrize("white_level", [4095, 65535])
def test_images_of_sixteen_bits_give_the_numbers_of_eight(white_level):
    image = draw_larva()
    stream = io.BytesIO()
    Image.fromarray(np.rint(image.astype(float) / 255 * white_level).astype(np.uint16)).save(stream, "PNG")
    np.testing.assert_array_equal(
        describe(decode(stream.getvalue(), white_level=white_level)), describe(image)
    )


@pytest.mark.parametrize("factor", [2, 3])
def test_log_sizes_grow_by_their_power_of_the_scale(factor):
    small, large = (
        describe(draw((s * 60, s * 60), lambda x, y, s=s: (x / 22) ** 2 + (y / 11) ** 2 <= s * s))
        for s in (1, factor)
    )
    gain = large - small
    assert gain[NAMES.index("area")] == pytest.approx(2 * np.log(factor), abs=0.04)  # area x 4 when doubled
    sizes = POWERS > 0
    # A symmetric object has nothing but rounding there, and a skeleton has chance spurs.
    sizes[[NAMES.index("centroids"), NAMES.index("skelarea")]] = False
    np.testing.assert_allclose(gain[sizes], POWERS[sizes] * np.log(factor), atol=0.15)
    ratios = [
        NAMES.index(name) for name in ("elongation", "circle_fill", "box_fill", "convarea_area", "symetrieh")
    ]
    np.testing.assert_allclose(gain[ratios], 0, atol=0.06)


def test_distance_of_centroids_grows_with_the_scale():
    image = np.zeros((80, 120), np.uint8)
    image[20:60, 20:100] = 100
    image[20:60, 20:50] = 120
    gain = described(np.kron(image, np.ones((2, 2), np.uint8)))["centroids"] - described(image)["centroids"]
    assert gain == pytest.approx(np.log(2), abs=0.05)


def test_a_disc_has_the_sizes_of_a_disc():
    radius = 40
    values = described(draw((101, 101), lambda x, y: np.hypot(x, y) <= radius))
    diameter = np.log(2 * radius)
    assert values["area"] == pytest.approx(np.log(np.pi * radius**2), abs=0.025)
    for name in ("esd", "feret", "min_feret", "major", "minor", "width", "height", "thickness"):
        assert values[name] == pytest.approx(diameter, abs=0.04), name
    assert values["perim."] == pytest.approx(np.log(np.pi) + diameter, abs=0.07)
    assert values["circ."] == pytest.approx(0, abs=0.15)
    assert values["elongation"] == pytest.approx(0, abs=0.01)
    assert values["circle_fill"] == pytest.approx(1, abs=0.06)
    assert values["symetrieh"] == pytest.approx(1, abs=0.03)
    assert max(values[f"fourier{i}"] for i in range(1, 11)) < np.log(0.02)
    assert values["fractal"] == pytest.approx(1, abs=0.15)


def test_a_rectangle_has_the_sizes_of_a_rectangle():
    length, width = 60, 21
    values = {
        name: np.exp(value) if name in SIZE_LOG_POWERS else value
        for name, value in described(
            draw((81, 100), lambda x, y: (np.abs(x) < 30) & (np.abs(y) < 10.5))
        ).items()
    }
    # The mask is found on a slightly smoothed image, which may take the corner pixels.
    assert values["area"] == pytest.approx(length * width, abs=4)
    assert values["feret"] == pytest.approx(np.hypot(length, width), abs=1.5)
    assert (values["box_length"], values["box_width"]) == pytest.approx((length, width), abs=0.1)
    assert (values["width"], values["height"]) == pytest.approx((length, width))
    assert values["perim."] == pytest.approx(2 * (length + width), abs=6)
    assert values["elongation"] == pytest.approx(np.log(length / width), abs=0.02)
    assert values["thickness"] == pytest.approx(width, abs=0.1)
    assert values["mean"] == pytest.approx(200, abs=1)
    assert values["intden"] == pytest.approx(200 * values["area"], rel=0.01)


def test_a_ring_has_a_hole():
    values = described(draw((80, 80), lambda x, y: (np.hypot(x, y) <= 30) & (np.hypot(x, y) > 20)))
    assert values["holes"] == pytest.approx(np.log(2))
    assert values["%area"] == pytest.approx(100 * (20 / 30) ** 2, abs=3)
    assert np.exp(values["area"]) == pytest.approx(np.pi * 30**2, rel=0.03)


def test_ragged_objects_have_more_fractal_boundaries():
    star = draw((101, 101), lambda x, y: np.hypot(x, y) <= 30 + 14 * np.cos(17 * np.arctan2(y, x)))
    disc = draw((101, 101), lambda x, y: np.hypot(x, y) <= 32)
    assert described(star)["fractal"] > described(disc)["fractal"] + 0.1
    assert described(star)["skelends"] > described(disc)["skelends"] + 1


def imagej_perimeter(cracks):
    """Walk along the sides as ImageJ does, once from each corner."""
    corners = np.flatnonzero(cracks != np.roll(cracks, 1))
    sides = np.diff(corners, append=corners[0] + len(cracks))
    results = []
    for start in range(len(sides)):
        corner, count = False, 0
        for i in range(len(sides)):
            corner = bool(sides[(start + i - 1) % len(sides)] > 1 or not corner)
            count += corner
        results.append(len(cracks) - (2 - np.sqrt(2)) * count)
    return results


@given(hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12)))
@settings(deadline=None, max_examples=100)
def test_perimeter_is_that_of_imagej(mask):
    from morphoexplore.methods.classic.outline import _crack_code
    from morphoexplore.methods.segmenting import _largest_part

    if not mask.any():
        return
    filled = fill_holes(_largest_part(mask)[0])
    outline = trace(filled.astype(np.uint8))
    padded = np.pad(filled, 1).astype(int)
    assert (
        outline.crack_length == np.abs(np.diff(padded, axis=0)).sum() + np.abs(np.diff(padded, axis=1)).sum()
    )
    assert any(
        outline.perimeter == pytest.approx(one) for one in imagej_perimeter(_crack_code(outline.contour))
    )


def test_one_pixel_has_imagejs_perimeter():
    assert trace(np.ones((1, 1), np.uint8)).perimeter == pytest.approx(4 - 2 * (2 - np.sqrt(2)))


@pytest.mark.parametrize(
    "image", [np.zeros((3, 3, 4), np.uint8), np.zeros((3, 3)), np.zeros((0, 3), np.uint8)]
)
def test_refuses_what_is_no_image(image):
    with pytest.raises(ValueError, match="non-empty uint8 array"):
        describe(image)


def test_layers_do_not_depend_on_the_last_bit_of_a_distance(monkeypatch):
    """OpenCV's distances differ by a bit with the image's place in memory, and layers meet at whole distances."""
    from morphoexplore.methods.classic import subject as module

    image = np.zeros((40, 60), np.uint8)
    cv2.ellipse(image, (30, 20), (25, 14), 10, 0, 360, 200, -1)
    image[::3, ::2] //= 2
    plain = describe(image)
    real = cv2.distanceTransform
    for towards in (0, np.inf):
        monkeypatch.setattr(
            module.cv2,
            "distanceTransform",
            lambda *args, to=towards: np.nextafter(real(*args), np.float32(to)),
        )
        np.testing.assert_array_equal(describe(image), plain)


def test_each_image_may_have_a_polarity_of_its_own():
    image = draw_larva()
    found = describe_many([image, 255 - image, image], polarity=[1, -1, None])
    np.testing.assert_array_equal(found.values[1], found.values[0])
    np.testing.assert_array_equal(found.values[2], found.values[0])
    assert not np.array_equal(describe(image, polarity=-1), found.values[0])
