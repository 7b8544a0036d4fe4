"""What all groups of descriptors look at: the object, cut out and measured once."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from morphoexplore.methods.classic.outline import Outline, trace
from morphoexplore.methods.classic.turn import Turn, orient
from morphoexplore.methods.segmenting import BRIGHT, border_level, fill_holes, segment, settle_polarity

MARGIN = 2
"""Pixels of background kept around the object, so that gradients see its edge."""

LARGEST_MAP = 128
"""Texture, skeleton and thickness are taken from a copy that is at most this many pixels long."""


class NoObjectError(ValueError):
    """There is nothing in an image that could be measured; says why."""


@dataclass(frozen=True)
class Subject:
    """
    One object, cut out.

    Attributes
    ----------
    contrast : float32 array, shape (h, w)
        Contrast around the object, see `Segmentation.contrast`.
    channels : uint8 array, shape (h, w, 3), or None
        Contrast of red, green and blue, each from its own background; None for a grey image.
    mask, filled : uint8 arrays, shape (h, w)
        The object with open and with filled holes, 0 or 1.
    outline : Outline
        Its boundary.
    moments : dict
        Moments of *filled*, as `cv2.moments` names them.
    area, area_exc, area_all : float
        Pixels of *filled*, of *mask* and of all parts of the object.
    n_parts : int
        Number of parts.
    threshold : float
        Contrast at which the object begins.
    touches_border : bool
        Whether the object reaches the border of the image.
    scale : float
        Size of the maps relative to the image, at most 1.
    small : float32 array
        *contrast*, reduced to `LARGEST_MAP`.
    levels : uint8 array
        *small* in whole levels.
    small_filled : uint8 array
        *filled*, reduced likewise.
    depth : float array
        Of *small_filled*, see `depth_within`.
    turn : Turn
        How the image was turned.
    corner : tuple of int
        Row and column of the first pixel of *contrast* in the turned image.
    """

    contrast: NDArray[np.float32]
    channels: NDArray[np.uint8] | None
    mask: NDArray[np.uint8]
    filled: NDArray[np.uint8]
    outline: Outline
    moments: dict[str, float]
    area: float
    area_exc: float
    area_all: float
    n_parts: int
    threshold: float
    touches_border: bool
    scale: float
    small: NDArray[np.float32]
    levels: NDArray[np.uint8]
    small_filled: NDArray[np.uint8]
    depth: NDArray[np.float64]
    turn: Turn
    corner: tuple[int, int]

    @property
    def inside(self) -> NDArray[np.bool_]:
        """*filled* as bool."""
        return self.filled.view(np.bool_)


def cut_out(image: NDArray[np.uint8], *, polarity: int | None = None) -> Subject:
    """
    Segment an image and cut its object out.

    Parameters
    ----------
    image : uint8 array, shape (h, w) or (h, w, 3)
        Grey or RGB image; the object is found in its luma.
    polarity : int, optional
        See `segment`.

    Returns
    -------
    subject : Subject
        Identical for all turned and mirrored copies of *image*, and for its inverse with the opposite polarity;
        but for `Subject.turn`.

    Raises
    ------
    NoObjectError
        If nothing stands out from the background.
    """
    grey = image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    # From here on every object is bright, so that dark ones take exactly the same way.
    is_dark = settle_polarity(grey, polarity) != BRIGHT
    oriented, turn = orient(255 - grey if is_dark else grey)
    found = segment(oriented, polarity=BRIGHT)
    if found.problem:
        raise NoObjectError(found.problem)
    column, row, width, height = cv2.boundingRect(found.mask.view(np.uint8))
    window = (row - MARGIN, column - MARGIN, height + 2 * MARGIN, width + 2 * MARGIN)
    contrast = _window(found.contrast, window)
    mask = _window(found.mask.view(np.uint8), window)
    filled = fill_holes(mask.view(np.bool_)).view(np.uint8)
    scale = min(1.0, LARGEST_MAP / max(mask.shape))
    small_filled = filled
    if scale < 1:
        small_filled = fill_holes(reduce(mask, scale).view(np.bool_)).view(np.uint8)
    small = reduce(contrast, scale)
    return Subject(
        contrast=contrast,
        channels=None if image.ndim == 2 else _channels(255 - image if is_dark else image, turn, window),
        mask=mask,
        filled=filled,
        outline=trace(filled),
        moments=dict(cv2.moments(filled, binaryImage=True)),
        area=float(np.count_nonzero(filled)),
        area_exc=float(np.count_nonzero(mask)),
        area_all=float(np.count_nonzero(found.mask_all)),
        n_parts=found.n_parts,
        threshold=found.threshold,
        touches_border=found.touches_border,
        scale=scale,
        small=small,
        levels=np.asarray(cv2.convertScaleAbs(small), np.uint8),
        small_filled=small_filled,
        depth=depth_within(small_filled),
        turn=turn,
        corner=window[:2],
    )


def depth_within(mask: NDArray[np.uint8]) -> NDArray[np.float64]:
    """
    Return how far each pixel of a mask lies from the background, between centres of pixels, to 2 %.

    Parameters
    ----------
    mask : uint8 array, shape (h, w)
        0 or 1.

    Returns
    -------
    depth : float array, shape (h, w)
        Pixels; 0 outside of the mask, 1 in its rim.
    """
    # The last bit may depend on where the image lies in memory; layers meet at whole distances.
    return np.rint(cv2.distanceTransform(mask, cv2.DIST_L2, 5) * 1024.0) / 1024


def reduce(image: NDArray, scale: float) -> NDArray:
    """
    Reduce an image or a 0/1 mask to a fraction of its size.

    Parameters
    ----------
    image : array, shape (h, w)
        Image of type float32, or mask of type uint8.
    scale : float
        At most 1.

    Returns
    -------
    reduced : array
        Same type; a pixel of a mask is set where at least a third of its area was, so that thin parts hold.
    """
    if scale >= 1:
        return image
    height, width = image.shape
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if image.dtype != np.uint8:
        return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
    share = cv2.resize(image.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    # A thread may be thinner than a third of a pixel everywhere: then take what is most.
    return (share >= min(1 / 3, float(share.max()))).astype(np.uint8)


def _window(image: NDArray, window: tuple[int, int, int, int]) -> NDArray:
    """Return a window (row, column, height, width) of an image; beyond its frame all is background, 0."""
    top, left, height, width = window
    rows, columns = image.shape[:2]
    inner = image[max(top, 0) : top + height, max(left, 0) : left + width]
    below, right = max(top + height - rows, 0), max(left + width - columns, 0)
    return np.asarray(
        cv2.copyMakeBorder(inner, max(-top, 0), below, max(-left, 0), right, cv2.BORDER_CONSTANT, value=0)
    )


def _channels(image: NDArray[np.uint8], turn: Turn, window: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """Return the contrast of the channels of a bright object, each from its own background."""
    background = np.rint(border_level(image)).astype(np.uint8)
    part = _window(turn.apply(image), window).astype(np.int16) - background
    return np.maximum(part, 0).astype(np.uint8)
