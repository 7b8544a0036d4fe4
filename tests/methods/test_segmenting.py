"""The object is found on any background, and nothing makes segmenting fail."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from morphoexplore.methods.segmenting import (
    BRIGHT,
    DARK,
    border_level,
    fill_holes,
    find_parts,
    segment,
)

IMAGES = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=24))


def draw_disc(side=60, radius=15, *, background, level, noise=0.0):
    y, x = np.indices((side, side)) - (side - 1) / 2
    disc = np.hypot(x, y) <= radius
    image = np.where(disc, level, background) + np.random.default_rng(0).normal(0, noise, disc.shape)
    return np.clip(np.rint(image), 0, 255).astype(np.uint8), disc


@pytest.mark.parametrize(
    ("background", "level", "polarity"),
    [(255, 120, DARK), (180, 90, DARK), (180, 230, BRIGHT), (0, 80, BRIGHT), (12, 200, BRIGHT)],
)
@pytest.mark.parametrize("noise", [0.0, 3.0])
def test_finds_a_disc_on_any_background(background, level, polarity, noise):
    image, disc = draw_disc(background=background, level=level, noise=noise)
    found = segment(image)
    assert found.polarity == polarity
    assert found.background == pytest.approx(background, abs=2)
    assert np.count_nonzero(found.mask ^ disc) < 0.2 * np.count_nonzero(disc)
    assert not found.touches_border


def test_polarity_given_for_a_collection_wins():
    image, _ = draw_disc(background=100, level=200)
    image[2:8, 2:8] = 60
    assert segment(image).polarity == BRIGHT
    assert segment(image, polarity=DARK).mask[4, 4]
    assert not segment(image, polarity=DARK).mask[30, 30]


def test_polarity_must_be_a_sign():
    with pytest.raises(ValueError, match="polarity must be 1"):
        segment(np.zeros((3, 3), np.uint8), polarity=2)


def test_keeps_the_largest_part_and_remembers_all():
    image = np.zeros((40, 40), np.uint8)
    image[5:20, 5:20] = 200
    image[30:35, 30:35] = 200
    found = segment(image)
    assert found.n_parts == 2
    assert not found.mask[32, 32]
    assert found.mask_all[32, 32]


def test_an_object_at_the_edge_touches_the_border():
    image = np.zeros((40, 40), np.uint8)
    image[10:30, 25:] = 200
    assert segment(image).touches_border


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1), (20, 20)])
@pytest.mark.parametrize("level", [0, 127, 255])
def test_without_contrast_the_whole_frame_is_the_object(shape, level):
    found = segment(np.full(shape, level, np.uint8))
    assert found.mask.all()
    assert found.mask.shape == shape
    assert found.touches_border


@given(IMAGES)
@settings(deadline=None)
def test_never_fails_and_never_finds_nothing(image):
    found = segment(image)
    assert found.mask.any()
    assert (found.mask <= found.mask_all).all()
    assert found.contrast.dtype == np.float32
    assert found.contrast.min() >= 0
    assert found.contrast.max() <= 255


def test_views_are_as_good_as_copies():
    image, _ = draw_disc(background=0, level=100)
    for view in (image.T, image[::-1, ::2]):
        assert np.array_equal(segment(view).mask, segment(view.copy()).mask)


def test_border_level_has_one_value_a_channel():
    image = np.zeros((5, 6, 3), np.uint8)
    image[..., 1] = 9
    assert border_level(image).tolist() == [0, 9, 0]


def test_fills_holes_enclosed_over_corners():
    ring = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], bool)
    assert fill_holes(ring).tolist() == [[False, True, False], [True, True, True], [False, True, False]]


@given(IMAGES)
@settings(deadline=None)
def test_parts_alone_are_those_of_the_whole_segmentation(image):
    parts, found = find_parts(image), segment(image)
    for name, value in vars(parts).items():
        assert np.array_equal(value, getattr(found, name)), name


@given(IMAGES, st.sampled_from([BRIGHT, DARK]))
@settings(deadline=None)
def test_the_contrast_is_the_distance_from_the_background(image, polarity):
    found = segment(image, polarity=polarity)
    assert np.array_equal(found.contrast, np.maximum((image - np.float32(found.background)) * polarity, 0))


@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 3))))
@settings(deadline=None)
def test_the_level_of_the_border_is_its_median_per_channel(image):
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    assert border_level(image).tolist() == np.median(border, axis=0).tolist()
