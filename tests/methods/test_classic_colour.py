"""Colour is counted from the background of each channel, and grey images have none."""

import numpy as np
import pytest

from morphoexplore.methods.classic import DESCRIPTORS, describe

COLOURS = [one.name for one in DESCRIPTORS if one.group == "colour"]
NAMES = [one.name for one in DESCRIPTORS]


def described(image, **options):
    return dict(zip(NAMES, describe(image, **options).astype(float), strict=True))


def draw(colour, background=(0, 0, 0)):
    """Draw a bar of one colour."""
    image = np.full((40, 60, 3), background, np.uint8)
    image[12:28, 15:45] = colour
    return image


def test_grey_images_have_no_colour_at_all():
    image = np.random.default_rng(0).integers(0, 40, (40, 60), dtype=np.uint8)
    image[12:28, 15:45] += 150
    grey, same = described(image), described(np.dstack([image] * 3))
    assert [grey[name] for name in COLOURS] == [0] * len(COLOURS)
    assert grey == same


@pytest.mark.parametrize(
    ("colour", "signs"),
    [
        ((200, 90, 90), (1, 0)),
        ((90, 90, 200), (0, 1)),
        ((120, 220, 120), (-1, -1)),
        ((220, 220, 60), (0, -1)),
    ],
)
def test_colours_have_the_sign_of_their_name(colour, signs):
    values = described(draw(colour))
    assert (np.sign(values["redness"]), np.sign(values["blueness"])) == signs
    assert np.sign(values["redgreen_mean"]) == signs[0]
    # Smoothing lets a rim of background in, which is black.
    assert values["redgreen_q75"] == colour[0] - colour[1]
    assert values["blueyellow_q75"] == colour[2] - (colour[0] + colour[1]) / 2
    assert values["saturation_q95"] == max(colour) - min(colour)


def test_the_colour_of_the_background_does_not_colour_the_object():
    tinted = described(draw((160, 130, 100), background=(80, 50, 20)))
    assert [round(tinted[name], 6) for name in COLOURS] == [0] * len(COLOURS)


def test_dark_objects_on_white_have_the_colours_of_their_negatives():
    image = draw((60, 120, 200), background=(255, 255, 255))
    np.testing.assert_array_equal(describe(image), describe(255 - image))
    assert described(image)["redness"] > 0, "what swallows red most stands out most in red"


def test_colour_does_not_grow_with_exposure():
    faint, strong = described(draw((100, 50, 50))), described(draw((200, 100, 100)))
    assert faint["redness"] == pytest.approx(strong["redness"], abs=0.03)
