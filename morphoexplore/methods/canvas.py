"""
Draw objects on canvases: small rectangles of one size that networks are trained on.

A canvas holds contrast, not grey levels: how far a pixel lies from the level of the image's border, on the side on
which the object lies. So background is 0 on white, grey and black collections alike, and nothing at the rim of the
canvas tells the collection. The main axis of the object lies level, and the object fills the canvas: a network need not
learn what an object looks like from every angle, and sees long thin objects as sharp as round ones. What is lost by
that, the size, is kept beside it. Colours may be kept, each counted from its own background.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from morphoexplore.methods.segmenting import Parts, border_level, find_parts

CANVAS_WIDTH, CANVAS_HEIGHT = 128, 64
"""Sides of a canvas in pixels; the main axis of the object lies along the longer one."""

MARGIN = 0.12
"""Share of the object's extent that stays free around it, both sides together."""

LARGEST_SCALE = 8.0
"""Canvas pixels per image pixel, at most: a speck of 3 px has no form to be seen."""


@dataclass(frozen=True)
class Canvas:
    """
    One object on its canvas.

    Attributes
    ----------
    pixels : uint8 array, shape (64, 128, channels)
        Contrast, 0 to 255: 3 channels (red, green, blue) or 1.
    long_side, short_side : float
        Extent of the object along its main axis and across, in pixels of the image; the greater one first.
    problem : str
        Why the canvas shows no object; empty where it shows one.
    """

    pixels: NDArray[np.uint8]
    long_side: float
    short_side: float
    problem: str = ""


@dataclass(frozen=True)
class _Box:
    """The rectangle around an object that is level with its main axis: centre and extents in px, angle in radians."""

    x: float
    y: float
    length: float
    breadth: float
    angle: float


def draw_canvas(image: NDArray[np.uint8], *, channels: int = 1, polarity: int | None = None) -> Canvas:
    """
    Draw the object of an image on a canvas.

    Parameters
    ----------
    image : uint8 array, shape (h, w) or (h, w, 3)
        Image with one object, at least 1 x 1 px.
    channels : int
        3 keeps colours (a grey image gives three equal channels), 1 does not.
    polarity : int, optional
        1 for bright objects, -1 for dark ones; by default the image decides.

    Returns
    -------
    canvas : Canvas
        The object with its main axis level, fitted to the canvas, on nothing (0). All parts of it count as the object.

    Raises
    ------
    ValueError
        If *channels* is not 1 or 3, or *polarity* is something else than 1, -1 or None.

    Examples
    --------
    >>> image = np.full((40, 20), 250, np.uint8)
    >>> image[10:30, 5:15] = 50
    >>> canvas = draw_canvas(image)
    >>> canvas.pixels.shape, int(canvas.pixels.max()), canvas.long_side
    ((64, 128, 1), 200, 20.0)
    """
    if channels not in (1, 3):
        msg = f"A canvas has 1 or 3 channels, not {channels}."
        raise ValueError(msg)
    grey = image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    found = find_parts(np.ascontiguousarray(grey), polarity=polarity)
    contrast = found.contrast if channels == 1 else _contrast_of_colours(image, found.polarity)
    box = _box_around(found)
    pixels = np.rint(_lay_level(contrast, box)).astype(np.uint8)
    pixels = pixels.reshape(CANVAS_HEIGHT, CANVAS_WIDTH, channels)
    return Canvas(pixels, max(box.length, box.breadth), min(box.length, box.breadth), found.problem)


def _contrast_of_colours(image: NDArray[np.uint8], polarity: int) -> NDArray[np.float32]:
    """Return the contrast of each colour, counted from its own background."""
    layers = np.repeat(image[:, :, None], 3, axis=2) if image.ndim == 2 else image[:, :, :3]
    contrast = (layers.astype(np.float32) - border_level(layers).astype(np.float32)) * polarity
    return np.asarray(contrast.clip(0, 255), np.float32)


def _box_around(found: Parts) -> _Box:
    """Return the box of all parts along the axis of greatest variance of the contrast."""
    y, x = (place.astype(np.float64) for place in np.nonzero(found.mask_all))
    weight = found.contrast[found.mask_all].astype(np.float64) + 1e-3
    weight /= weight.sum()
    centre_x, centre_y = weight @ x, weight @ y
    x, y = x - centre_x, y - centre_y
    xx, xy, yy = weight @ (x * x), weight @ (x * y), weight @ (y * y)
    angle = 0.5 * math.atan2(2 * xy, xx - yy)
    cosine, sine = math.cos(angle), math.sin(angle)
    along, across = x * cosine + y * sine, y * cosine - x * sine
    # A pixel is a square: its extent is one more than the distance of the outermost centres.
    length, breadth = float(np.ptp(along)) + 1, float(np.ptp(across)) + 1
    middle_u, middle_v = (along.min() + along.max()) / 2, (across.min() + across.max()) / 2
    return _Box(
        float(centre_x + middle_u * cosine - middle_v * sine),
        float(centre_y + middle_u * sine + middle_v * cosine),
        round(length, 6),
        round(breadth, 6),
        angle,
    )


def _lay_level(contrast: NDArray[np.float32], box: _Box) -> NDArray[np.float32]:
    """Return the contents of a box and a margin, turned level and fitted to the canvas."""
    room = 1 + MARGIN
    scale = min(CANVAS_WIDTH / (box.length * room), CANVAS_HEIGHT / (box.breadth * room), LARGEST_SCALE)
    x, y = box.x, box.y
    if scale < 0.5:  # average first: turning takes four pixels into account and would skip the rest
        share = 2 * scale
        height, width = contrast.shape[:2]
        rows, columns = max(1, round(height * share)), max(1, round(width * share))
        contrast = np.asarray(cv2.resize(contrast, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)
        x, y = (x + 0.5) * columns / width - 0.5, (y + 0.5) * rows / height - 0.5
        scale /= share
    if scale < 1:
        contrast = np.asarray(cv2.GaussianBlur(contrast, (0, 0), 0.45 / scale), np.float32)
    cosine, sine = math.cos(box.angle) / scale, math.sin(box.angle) / scale
    half_u, half_v = (CANVAS_WIDTH - 1) / 2, (CANVAS_HEIGHT - 1) / 2
    to_image = np.array(
        [
            [cosine, -sine, x - half_u * cosine + half_v * sine],
            [sine, cosine, y - half_u * sine - half_v * cosine],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(contrast, to_image, (CANVAS_WIDTH, CANVAS_HEIGHT), flags=flags), np.float32
    )
