"""Images fit into squares undistorted, and the extent of an object does not depend on how it lies."""

import cv2
import numpy as np
import pytest

from morphoexplore.methods.squares import fit_square, measure_extent


def test_a_square_keeps_the_aspect_and_continues_the_background():
    image = np.full((20, 40, 3), (10, 20, 30), np.uint8)
    image[5:15, 10:30] = 250
    square = fit_square(image, 32)
    assert square.shape == (32, 32, 3)
    assert square[0, 0].tolist() == square[-1, -1].tolist() == [10, 20, 30]
    bright = square[:, :, 0] > 130
    assert (bright.any(0).sum(), bright.any(1).sum()) == (16, 8)


def test_grey_images_and_their_colour_copies_give_the_same_square():
    grey = np.random.default_rng(0).integers(0, 256, (37, 90), dtype=np.uint8)
    for size in (32, 224):
        np.testing.assert_array_equal(fit_square(grey, size), fit_square(np.dstack([grey] * 3), size))


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1, 3), (2, 3), (300, 301, 3)])
@pytest.mark.parametrize("size", [14, 224])
def test_images_of_any_shape_fit(shape, size):
    square = fit_square(np.full(shape, 77, np.uint8), size)
    assert square.shape == (size, size, 3)
    assert (square == 77).all()


@pytest.mark.parametrize("angle", [0, 20, 45, 90, 130])
def test_the_extent_of_an_object_is_that_of_the_object_however_it_is_turned(angle):
    canvas = np.zeros((200, 200), np.uint8)
    corners = cv2.boxPoints(((100, 100), (119, 39), angle)).round().astype(np.int32)
    mask = cv2.fillPoly(canvas, [corners], 1).view(np.bool_)
    assert measure_extent(mask) == pytest.approx((120, 40), abs=2)


def test_the_extent_of_a_pixel_and_of_a_line():
    assert measure_extent(np.ones((1, 1), bool)) == (1, 1)
    assert measure_extent(np.ones((9, 1), bool)) == (9, 1)


def test_the_extent_doubles_with_the_image():
    mask = np.zeros((30, 40), bool)
    mask[3:20, 5:12] = True
    double = np.kron(mask, np.ones((2, 2), bool))
    assert measure_extent(double) == tuple(2 * side for side in measure_extent(mask))


def test_the_extent_of_several_parts_is_that_of_all():
    mask = np.zeros((40, 60), bool)
    mask[3:8, 50:58] = mask[30:36, 2:9] = True
    y, x = np.nonzero(mask)
    around = cv2.minAreaRect(np.stack([x, y], axis=1).astype(np.int32))[1]
    assert measure_extent(mask) == pytest.approx((max(around) + 1, min(around) + 1))
