"""The columns of EcoTaxa, turned back from descriptors, and the place of an object in its image."""

import cv2
import numpy as np
import pytest

from morphoexplore.methods.classic import DESCRIPTORS, PLACES, describe_many
from morphoexplore.methods.classic.ecotaxa import ECOTAXA_COLUMNS, as_ecotaxa


def measured(*images, **options):
    found = describe_many(images, **options)
    values = dict(zip([one.name for one in DESCRIPTORS], found.values.T, strict=True))
    places = dict(zip([one.name for one in PLACES], found.places.T, strict=True))
    return as_ecotaxa(values, places)


def draw_on_white(seed=0):
    """Draw a tilted ellipse with a light spot, dark on white, up on the right."""
    image = np.full((90, 120), 255, np.uint8)
    cv2.ellipse(image, (80, 35), (25, 11), -30, 0, 360, 90, -1)
    cv2.circle(image, (88, 32), 5, 180, -1)
    spots = np.random.default_rng(seed).integers(-20, 20, image.shape)
    return np.where(image < 255, image + spots, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def image():
    return draw_on_white()


@pytest.fixture(scope="module")
def inside(image):
    return image < 255


@pytest.fixture(scope="module")
def column(image):
    return {name: float(values[0]) for name, values in measured(image).items()}


def test_every_column_is_there_and_finite(column):
    assert list(column) == [one.name for one in ECOTAXA_COLUMNS]
    assert all(np.isfinite(value) for value in column.values())


def test_grey_levels_are_those_of_the_object_on_white(image, inside, column):
    levels = image[inside].astype(float)
    # The mask is that of a smoothed image, so that a rim of half a pixel comes in.
    assert column["area"] == pytest.approx(inside.sum(), rel=0.06)
    assert column["mean"] == pytest.approx(levels.mean(), abs=9)
    assert column["median"] == pytest.approx(np.median(levels), abs=2)
    assert column["min"] == levels.min()
    assert column["intden"] == pytest.approx(column["area"] * column["mean"])
    assert column["range"] == column["max"] - column["min"]
    assert column["skew"] > 0, "a few light pixels among dark ones"
    assert column["histcum1"] <= column["histcum2"] <= column["histcum3"]
    assert column["meanpos"] == pytest.approx(
        (column["mean"] - column["max"]) / (column["mean"] - column["min"])
    )


def test_ratios_follow_their_definitions(column):
    for name, ratio in {
        "elongation": column["major"] / column["minor"],
        "circ.": 4 * np.pi * column["area"] / column["perim."] ** 2,
        "perimferet": column["perim."] / column["feret"],
        "feretareaexc": column["feret"] / np.sqrt(column["area_exc"]),
        "convarea_area": column["convarea"] / column["area"],
        "skeleton_area": column["skelarea"] / column["area"],
        "cv": 100 * column["stddev"] / column["mean"],
        "kurt_mean": column["kurt"] / column["mean"],
        "nb2_range": column["nb2"] / column["range"],
        "esd": 2 * np.sqrt(column["area"] / np.pi),
    }.items():
        assert column[name] == pytest.approx(ratio, rel=1e-4), name
    assert np.pi / 4 * column["major"] * column["minor"] == pytest.approx(column["area"], rel=1e-4)


def test_hulls_are_counted_in_pixels(column):
    drawn = np.zeros((200, 200), np.uint8)
    cv2.ellipse(drawn, (80, 35), (25, 11), -30, 0, 360, 1, -1)
    points = cv2.convexHull(cv2.findContours(drawn, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0][0])
    hull = cv2.fillConvexPoly(np.zeros_like(drawn), points, 1)
    assert column["convarea"] == pytest.approx(hull.sum(), rel=0.06)
    rim = hull.sum() - cv2.erode(hull, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))).sum()
    assert column["convperim"] == pytest.approx(rim, rel=0.06)


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("mirror", [False, True])
def test_places_are_those_in_the_image_as_it_lies(image, turns, mirror):
    lying = np.rot90(image[:, ::-1] if mirror else image, turns)
    column = {name: float(values[0]) for name, values in measured(lying).items()}
    rows, columns = np.nonzero(lying < 255)
    assert column["x"] == pytest.approx(columns.mean() + 0.5, abs=0.1)
    assert column["y"] == pytest.approx(rows.mean() + 0.5, abs=0.1)
    weights = lying[rows, columns].astype(float)
    assert column["xm"] == pytest.approx(np.average(columns, weights=weights) + 0.5, abs=0.2)
    assert column["ym"] == pytest.approx(np.average(rows, weights=weights) + 0.5, abs=0.2)
    assert abs(column["bx"] - columns.min()) <= 1
    assert abs(column["by"] - rows.min()) <= 1
    assert abs(column["width"] - np.ptp(columns) - 1) <= 2
    assert column["ystart"] == column["by"]
    assert column["bx"] <= column["xstart"] < column["bx"] + column["width"]
    # The long axis rises by 30 degrees; a quarter turn and a mirror do to it what they do to the image.
    angle = (180 - 30 if mirror else 30) + 90 * turns
    assert column["angle"] == pytest.approx(angle % 180, abs=1.5)


def test_objects_at_the_border_are_flagged():
    image = draw_on_white()
    flags = describe_many([image, image[:, 70:], image[30:]]).places[:, 0]
    assert flags.tolist() == [0, 1, 1]


def test_bright_objects_have_the_levels_of_dark_ones(image):
    dark, bright = measured(image), measured(255 - image)
    for name in ("mean", "skew", "histcum1", "xm", "meanpos"):
        np.testing.assert_array_equal(dark[name], bright[name])


def test_an_object_that_cannot_be_measured_has_no_columns():
    table = measured(np.full((20, 20), 255, np.uint8))
    assert all(np.isnan(values).all() for values in table.values())
