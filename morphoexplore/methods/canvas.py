"""
Draw objects on canvases: small squares of one size that networks are trained on.

A canvas holds contrast, not grey levels: how far a pixel lies from the level of the image's border, on the side on
which the object lies. So background is 0 on white, grey and black collections alike, and nothing at the rim of the
canvas tells the collection. Colours may be kept, each counted from its own background.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from morphoexplore.methods.segmenting import border_level, segment

CANVAS_SIDE = 96
"""Side of a canvas in pixels."""


@dataclass(frozen=True)
class Canvas:
    """
    One object on its canvas.

    Attributes
    ----------
    pixels : uint8 array, shape (96, 96, channels)
        Contrast, 0 to 255: 3 channels (red, green, blue) or 1.
    long_side, short_side : int
        Sides of the box around the object, in pixels of the image.
    """

    pixels: NDArray[np.uint8]
    long_side: int
    short_side: int


def draw_canvas(
    image: NDArray[np.uint8], *, channels: int = 1, polarity: int | None = None, side: int = CANVAS_SIDE
) -> Canvas:
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
    side : int
        Side of the canvas.

    Returns
    -------
    canvas : Canvas
        The image with its longest side fitted to the canvas, in the middle of nothing (0).

    Raises
    ------
    ValueError
        If *channels* is not 1 or 3, or *polarity* is something else than 1, -1 or None.

    Examples
    --------
    >>> image = np.full((20, 40), 250, np.uint8)
    >>> image[5:15, 10:30] = 50
    >>> canvas = draw_canvas(image)
    >>> canvas.pixels.shape, int(canvas.pixels.max()), canvas.long_side
    ((96, 96, 1), 200, 20)
    """
    if channels not in (1, 3):
        msg = f"A canvas has 1 or 3 channels, not {channels}."
        raise ValueError(msg)
    grey = image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    found = segment(np.ascontiguousarray(grey), polarity=polarity)
    layers = _as_channels(image, grey, channels)
    contrast = (layers.astype(np.float32) - border_level(layers).astype(np.float32)) * found.polarity
    height, width = grey.shape
    scale = side / max(height, width)
    rows, columns = (max(1, min(side, round(length * scale))) for length in (height, width))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    fitted = cv2.resize(contrast.clip(0, 255), (columns, rows), interpolation=method)
    pixels = np.zeros((side, side, channels), np.uint8)
    top, left = (side - rows) // 2, (side - columns) // 2
    pixels[top : top + rows, left : left + columns] = np.rint(fitted).reshape(rows, columns, channels)
    sides = [int(np.ptp(np.flatnonzero(found.mask_all.any(axis=axis)))) + 1 for axis in (0, 1)]
    return Canvas(pixels, max(sides), min(sides))


def _as_channels(image: NDArray[np.uint8], grey: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    if channels == 1:
        return grey[:, :, None]
    return np.repeat(grey[:, :, None], 3, axis=2) if image.ndim == 2 else image[:, :, :3]
