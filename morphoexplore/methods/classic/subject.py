"""What all groups of descriptors look at: the object, cut out and measured once."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from morphoexplore.methods.classic.outline import Outline, trace
from morphoexplore.methods.segmenting import BRIGHT, fill_holes, segment, settle_polarity

MARGIN = 2
"""Pixels of background kept around the object, so that gradients see its edge."""

LARGEST_MAP = 128
"""Texture, skeleton and thickness are taken from a copy that is at most this many pixels long."""


@dataclass(frozen=True)
class Subject:
    """
    One object, cut out.

    Attributes
    ----------
    contrast : float32 array, shape (h, w)
        Contrast around the object, see `Segmentation.contrast`.
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
    scale : float
        Size of the maps relative to the image, at most 1.
    small : float32 array
        *contrast*, reduced to `LARGEST_MAP`.
    small_mask, small_filled : uint8 arrays
        The masks, reduced likewise.
    """

    contrast: NDArray[np.float32]
    mask: NDArray[np.uint8]
    filled: NDArray[np.uint8]
    outline: Outline
    moments: dict[str, float]
    area: float
    area_exc: float
    area_all: float
    n_parts: int
    threshold: float
    scale: float
    small: NDArray[np.float32]
    small_mask: NDArray[np.uint8]
    small_filled: NDArray[np.uint8]


def cut_out(grey: NDArray[np.uint8], *, polarity: int | None = None) -> Subject:
    """
    Segment an image and cut its object out.

    Parameters
    ----------
    grey : uint8 array, shape (h, w)
        Grey image.
    polarity : int, optional
        See `segment`.

    Returns
    -------
    subject : Subject
        Identical for all turned and mirrored copies of *grey*, and for its inverse with the opposite polarity.
    """
    # From here on every object is bright, so that dark ones take exactly the same way.
    bright = grey if settle_polarity(grey, polarity) == BRIGHT else 255 - grey
    found = segment(orient(bright), polarity=BRIGHT)
    rows, columns = np.flatnonzero(found.mask.any(1)), np.flatnonzero(found.mask.any(0))
    # Beyond the frame the margin is background: contrast 0.
    window = np.s_[rows[0] : rows[-1] + 2 * MARGIN + 1, columns[0] : columns[-1] + 2 * MARGIN + 1]
    contrast = _with_margin(found.contrast)[window].copy()
    mask = _with_margin(found.mask.view(np.uint8))[window].copy()
    filled = fill_holes(mask > 0).astype(np.uint8)
    outline = trace(filled)
    scale = min(1.0, LARGEST_MAP / max(mask.shape))
    small_mask = reduce(mask, scale)
    return Subject(
        contrast=contrast,
        mask=mask,
        filled=filled,
        outline=outline,
        moments=dict(cv2.moments(filled, binaryImage=True)),
        area=float(np.count_nonzero(filled)),
        area_exc=float(np.count_nonzero(mask)),
        area_all=float(np.count_nonzero(found.mask_all)),
        n_parts=found.n_parts,
        threshold=found.threshold,
        scale=scale,
        small=reduce(contrast, scale),
        small_mask=small_mask,
        small_filled=filled if scale == 1 else fill_holes(small_mask > 0).astype(np.uint8),
    )


def depth_within(mask: NDArray[np.uint8]) -> NDArray[np.float64]:
    """
    Return how far each pixel of a mask lies from the background, between centres of pixels.

    Parameters
    ----------
    mask : uint8 array, shape (h, w)
        0 or 1.

    Returns
    -------
    depth : float array, shape (h, w)
        Pixels; 0 outside of the mask, 1 in its rim.
    """
    rounded = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # OpenCV's root depends in its last bit on where the image lies in memory; the squares are whole numbers.
    return np.sqrt(np.rint(rounded.astype(np.float64) ** 2))


def _with_margin(image: NDArray) -> NDArray:
    """Return an image with `MARGIN` pixels of 0 around it."""
    return np.asarray(cv2.copyMakeBorder(image, MARGIN, MARGIN, MARGIN, MARGIN, cv2.BORDER_CONSTANT, value=0))


def orient(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """
    Return the same one of the eight turned and mirrored copies, whichever of them is given.

    Interpolation, thinning and ties depend a little on how an image lies; putting it into one fixed position
    first makes every descriptor exactly independent of turns by 90 degrees and of mirroring.

    Parameters
    ----------
    grey : uint8 array, shape (h, w)
        Grey image.

    Returns
    -------
    oriented : uint8 array
        Not wider than high; of the copies with this property the one whose bytes come first.
    """
    wide = grey.T if grey.shape[1] > grey.shape[0] else grey
    copies = [wide, wide[::-1], wide[:, ::-1], wide[::-1, ::-1]]
    if wide.shape[0] == wide.shape[1]:
        copies += [copy.T for copy in copies]
    return min((np.ascontiguousarray(copy) for copy in copies), key=lambda copy: copy.tobytes())


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
