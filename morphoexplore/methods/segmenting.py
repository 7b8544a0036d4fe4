"""
Find the object of an image: background level, polarity, contrast and masks.

Works without settings on white (ZooScan), grey (IFCB) and black (dark-field) backgrounds, because
everything is counted from the level of the image's own border.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

BRIGHT, DARK = 1, -1
"""Polarities: the object is brighter, or darker, than its background."""

LEAST_CONTRAST = 4.0
"""Contrast in grey levels below which nothing is called object: the ripple of JPEG and of sensors."""

LEAST_PIXELS = 9
"""A mask smaller than this is noise rather than an object."""

_CROSS = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
_LEVELS = np.arange(256.0)


@dataclass(frozen=True, kw_only=True)
class Parts:
    """
    What is object and what is background in one image, all parts of the object together.

    Attributes
    ----------
    background : float
        Grey level of the background, 0 to 255.
    noise : float
        Standard deviation of the background, estimated robustly on the border.
    polarity : int
        1 where the object is brighter than the background, -1 where it is darker.
    threshold : float
        Contrast from which a pixel belongs to the object.
    contrast : float32 array, shape (h, w)
        Distance from the background towards the object, 0 to 255 grey levels.
    mask_all : bool array, shape (h, w)
        All parts of the object; their holes stay open. Never empty.
    problem : str
        Why there is no object to measure, one sentence; then the mask is the whole image. Else empty.
    """

    background: float
    noise: float
    polarity: int
    threshold: float
    contrast: NDArray[np.float32]
    mask_all: NDArray[np.bool_]
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Segmentation(Parts):
    """
    The same, with the largest part told from the others.

    Attributes
    ----------
    mask : bool array, shape (h, w)
        The largest part. Never empty; the whole image where there is a *problem*.
    n_parts : int
        Number of parts in *mask_all*.
    touches_border : bool
        Whether *mask* reaches the border of the image, so that the object may be cut.
    """

    mask: NDArray[np.bool_]
    n_parts: int
    touches_border: bool


def segment(grey: NDArray[np.uint8], *, polarity: int | None = None) -> Segmentation:
    """
    Separate the object from the background.

    Parameters
    ----------
    grey : uint8 array, shape (h, w)
        Grey image with one object, at least 1 x 1 px.
    polarity : int, optional
        1 for bright objects, -1 for dark ones, as known for a whole collection. By default the side
        of the background that holds more energy decides, image by image.

    Returns
    -------
    segmentation : Segmentation
        Where nothing stands out, the whole image is the object, and `Segmentation.problem` says so.

    Raises
    ------
    ValueError
        If *polarity* is something else than 1, -1 or None.
    """
    found = find_parts(grey, polarity=polarity)
    mask, n_parts = _largest_part(found.mask_all)
    return Segmentation(
        **vars(found),
        mask=mask,
        n_parts=n_parts,
        touches_border=bool(mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any()),
    )


def find_parts(grey: NDArray[np.uint8], *, polarity: int | None = None) -> Parts:
    """
    Separate the object from the background, without telling its parts from each other, in half the time.

    Parameters and errors are those of `segment`.

    Returns
    -------
    parts : Parts
        What `segment` would find of them.
    """
    sign = settle_polarity(grey, polarity)
    background, noise = _measure_background(grey)
    contrast = _contrast(grey, background, sign)
    smooth = np.asarray(cv2.GaussianBlur(contrast, (3, 3), 0), np.float32)
    threshold = _choose_threshold(smooth, noise)
    mask_all, problem = _mask_above(smooth, threshold)
    return Parts(
        background=background,
        noise=noise,
        polarity=sign,
        threshold=threshold,
        contrast=contrast,
        mask_all=mask_all,
        problem=problem,
    )


def settle_polarity(grey: NDArray[np.uint8], polarity: int | None = None) -> int:
    """
    Tell bright objects from dark ones.

    Parameters
    ----------
    grey : uint8 array, shape (h, w)
        Grey image.
    polarity : int, optional
        1 or -1 where it is known.

    Returns
    -------
    polarity : int
        The one given, or else 1 (bright) or -1 (dark): the side of the background that holds more squared
        contrast. Without any contrast, the side with more room.

    Raises
    ------
    ValueError
        If *polarity* is something else than 1, -1 or None.
    """
    if polarity is not None:
        if polarity not in (BRIGHT, DARK):
            msg = f"polarity must be 1 (bright objects), -1 (dark objects) or None, not {polarity!r}."
            raise ValueError(msg)
        return polarity
    background, noise = _measure_background(grey)
    # The histogram makes this exact in integers and independent of the order of the pixels.
    counts = np.bincount(grey.ravel(), minlength=256)
    distance = _LEVELS - background
    # Ripple within three deviations says nothing about the object, unless there is nothing else.
    for floor in (3 * noise, 0.0):
        energy = counts * np.where(np.abs(distance) > floor, distance, 0.0) ** 2
        bright, dark = energy[distance > 0].sum(), energy[distance < 0].sum()
        if bright != dark:
            return BRIGHT if bright > dark else DARK
    return DARK if background > 127 else BRIGHT


def border_level(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """
    Return the level of the background: the median of the border pixels.

    Parameters
    ----------
    image : uint8 array, shape (h, w) or (h, w, channels)
        Image of at least 1 x 1 px.

    Returns
    -------
    level : float array, shape () or (channels,)
        One level per channel.

    Examples
    --------
    >>> float(border_level(np.pad(np.zeros((3, 3), np.uint8), 1, constant_values=250)))
    250.0
    """
    border = _border(image)
    if image.ndim == 2:
        return np.asarray(_median(border))
    channels = np.ascontiguousarray(border.T)
    lower, upper = (channels.shape[1] - 1) // 2, channels.shape[1] // 2
    ordered = np.partition(channels, (lower, upper), axis=1)
    return (ordered[:, lower] + ordered[:, upper].astype(np.float64)) / 2


def fill_holes(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """
    Fill what the mask encloses.

    Parameters
    ----------
    mask : bool array, shape (h, w)
        Parts connected over edges and corners; so background is connected over edges only.

    Returns
    -------
    filled : bool array, shape (h, w)
        The mask and its holes.
    """
    outside = cv2.copyMakeBorder(mask.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    cv2.floodFill(outside, None, (0, 0), 2, flags=4)
    return outside[1:-1, 1:-1] != 2


def _measure_background(grey: NDArray[np.uint8]) -> tuple[float, float]:
    """Return the level and the standard deviation of the background, both robust against half a border of object."""
    border = _border(grey).astype(np.int16)
    level = _median(border)
    # Twice, because the median of an even number of levels may lie between two.
    return level, 1.4826 * _median(np.abs(2 * border - int(2 * level))) / 2


def _median(values: NDArray) -> float:
    """Return the median, as `numpy.median` does but in a quarter of its time."""
    middle = len(values) // 2
    if len(values) % 2:
        return float(np.partition(values, middle)[middle])
    lower, upper = np.partition(values, (middle - 1, middle))[middle - 1 : middle + 1].tolist()
    return (lower + upper) / 2


def _contrast(grey: NDArray[np.uint8], background: float, sign: int) -> NDArray[np.float32]:
    """Return the distance from the background on one side of it, 0 on the other."""
    away = _LEVELS.astype(np.float32)
    # The order keeps 255 - grey with the other sign bit for bit the same.
    away -= np.float32(background)
    if sign == DARK:
        np.negative(away, out=away)
    # From a table of the 256 levels, which is faster than to compute each pixel.
    return np.asarray(cv2.LUT(np.ascontiguousarray(grey), np.maximum(away, np.float32(0))), np.float32)


def _border(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the pixels of the outermost rows and columns, corners twice."""
    return np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])


def _choose_threshold(smooth: NDArray[np.float32], noise: float) -> float:
    """
    Choose the contrast at which the object begins.

    Otsu's threshold lies half-way up the object; plankton is translucent, so its faint parts begin lower.
    """
    levels = np.asarray(cv2.convertScaleAbs(smooth), np.uint8)
    _, upper = cv2.threshold(levels, 0, 0, cv2.THRESH_TOZERO | cv2.THRESH_OTSU)
    # OpenCV returns the lowest of all equally good levels; half-way between the two means is the same for any gap.
    n_upper, sum_upper = cv2.countNonZero(upper), cv2.sumElems(upper)[0]
    n_lower, sum_lower = levels.size - n_upper, cv2.sumElems(levels)[0] - sum_upper
    otsu = (sum_lower / max(n_lower, 1) + sum_upper / max(n_upper, 1)) / 2
    # A border full of object looks like noise: Otsu keeps that from swallowing the object.
    return max(LEAST_CONTRAST, 0.6 * otsu, min(3 * noise, otsu))


def _mask_above(smooth: NDArray[np.float32], threshold: float) -> tuple[NDArray[np.bool_], str]:
    """Return the pixels above the threshold, or the best there is if these are too few; then why that is nothing."""
    mask = smooth > threshold
    # OpenCV's own border neither adds to a dilation nor takes from an erosion.
    closed = cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_CLOSE, _CROSS).view(np.bool_)
    if np.count_nonzero(closed) >= LEAST_PIXELS:
        return closed, ""
    whole = np.ones_like(mask)
    strongest = float(smooth.max())
    if strongest <= LEAST_CONTRAST:
        return whole, (
            "No object: nothing in the image differs from its background by more than "
            f"{LEAST_CONTRAST:.0f} of 255 grey levels."
        )
    mask = smooth > np.percentile(smooth, 80)
    if np.count_nonzero(mask) >= LEAST_PIXELS:
        return mask, ""
    return whole, f"No object: fewer than {LEAST_PIXELS} pixels of the image differ from its background."


def _largest_part(mask: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], int]:
    """Return the largest part, connected over edges and corners, and the number of parts."""
    n_labels, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    if n_labels == 2:
        return mask, 1
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return labels == largest, n_labels - 1
