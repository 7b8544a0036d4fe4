"""Fit images into the squares that networks see, and measure what gets lost by that: how large the object was."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from morphoexplore.methods.segmenting import border_level


def fit_square(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """
    Fit an image into a square without distorting it.

    Parameters
    ----------
    image : uint8 array, shape (h, w) or (h, w, 3)
        Image.
    size : int
        Side of the square.

    Returns
    -------
    square : uint8 array, shape (size, size, 3)
        The image in the middle, the rest filled with the level of its border.

    Examples
    --------
    >>> fit_square(np.full((2, 4), 200, np.uint8), 8).shape
    (8, 8, 3)
    """
    layers = image if image.ndim == 2 else image[:, :, :3]
    level = np.atleast_1d(np.rint(border_level(layers))).tolist()
    scale = size / max(layers.shape[:2])
    height, width = (min(size, max(1, round(side * scale))) for side in layers.shape[:2])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    fitted = cv2.resize(np.ascontiguousarray(layers), (width, height), interpolation=method)
    top, left = (size - height) // 2, (size - width) // 2
    rest = (top, size - height - top, left, size - width - left)
    square = cv2.copyMakeBorder(fitted, *rest, cv2.BORDER_CONSTANT, value=level)
    return np.asarray(square if square.ndim == 3 else cv2.cvtColor(square, cv2.COLOR_GRAY2RGB), np.uint8)


def measure_extent(mask: NDArray[np.bool_]) -> tuple[float, float]:
    """
    Measure the sides of the smallest rectangle around an object, however it is turned.

    Parameters
    ----------
    mask : bool array, shape (h, w)
        Where the object is; not empty.

    Returns
    -------
    long_side, short_side : float
        In pixels, 1 at least.

    Examples
    --------
    >>> mask = np.zeros((20, 30), bool)
    >>> mask[5:15, 5:25] = True
    >>> measure_extent(mask)
    (20.0, 10.0)
    """
    width = mask.shape[1]
    first = mask.argmax(axis=1)  # 0 in rows without object, too
    last = width - 1 - cv2.flip(mask.view(np.uint8), 1).view(np.bool_).argmax(axis=1)
    rows = np.flatnonzero(mask[np.arange(len(mask)), first])
    outermost = np.empty((2, len(rows), 2), np.int32)
    outermost[0, :, 0], outermost[1, :, 0], outermost[:, :, 1] = first[rows], last[rows], rows
    # A pixel is a square: the extent is one more than the distance of the outermost centres.
    sides = [float(side) + 1 for side in cv2.minAreaRect(outermost.reshape(-1, 2))[1]]
    return max(sides), min(sides)
