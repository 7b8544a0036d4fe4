"""
The object laid along its main axis: profiles, symmetry, Zernike moments and granulometry.

Everything here is measured on one small canvas on which every object has the same length and direction, so it
does not depend on size, position or turn.
"""

from __future__ import annotations

import math
from functools import cache
from math import factorial

import cv2
import numpy as np
from numpy.typing import NDArray

from morphoexplore.methods.classic.descriptor import Descriptor, Raw, Stacked, series
from morphoexplore.methods.classic.form import ellipse_axes
from morphoexplore.methods.classic.subject import Subject

SIDE = 64
"""Side of the canvas in pixels."""

_FILL = 1 / 1.3  # the long axis of the ellipse takes this share of the canvas; limbs reach beyond it
_N_SLICES = 4
_N_ACROSS = 4
_DEGREE = 8
_OPENINGS = (3, 5, 7)
_LARGE_OPENINGS = (10, 14)
_CLOSINGS = (3, 7)
_ZERNIKE = [(n, m) for n in range(1, _DEGREE + 1) for m in range(n + 1) if (n - m) % 2 == 0]

DESCRIPTORS = (
    Descriptor(
        "symetrieh", "", "share of the area that mirroring at the main axis leaves covered", "symmetry", "ZooProcess"
    ),
    Descriptor(
        "symetriev", "", "share of the area that mirroring across the main axis leaves covered", "symmetry", "ZooProcess"
    ),
    Descriptor("symetriehc", "", "symetrieh of what reaches histcum3", "symmetry", "ZooProcess"),
    Descriptor("symetrievc", "", "symetriev of what reaches histcum3", "symmetry", "ZooProcess"),
    Descriptor("symturn", "", "share of the area that half a turn leaves covered", "symmetry"),
    Descriptor("greyh", "", "difference of contrast from its mirror image at the main axis", "symmetry"),
    Descriptor("greyv", "", "difference of contrast from its mirror image across the main axis", "symmetry"),
    Descriptor("greyturn", "", "difference of contrast from itself after half a turn", "symmetry"),
    Descriptor("thickr", "", "ln of greatest / mean width across the main axis", "shape", "ZooProcess"),
    Descriptor("widthcv", "", "standard deviation / mean of the width along the main axis", "shape"),
    *series("slice", _N_SLICES, "width of slice {} of 4 along the main axis, the wider end first", "shape"),
    *series("profile", _N_SLICES, "share of the contrast in slice {} of 4, from the stronger end", "grey"),
    *series("across", _N_ACROSS, "share of the contrast in band {} of 4 from the main axis outwards", "grey"),
    *(
        Descriptor(f"zernike{n}_{m}", "", f"ln of the moment of degree {n}, repetition {m}", "shape", "Teague 1980")
        for n, m in _ZERNIKE
    ),
    *(
        Descriptor(
            f"opening{size}", "", f"further share of contrast lost to opening by a disc of {size}/64 of the canvas", "texture",
            "Matheron 1975",
        )
        for size in _OPENINGS + _LARGE_OPENINGS
    ),
    *(
        Descriptor(
            f"closing{size}", "", f"share of contrast won by closing by a disc of {size}/64 of the canvas", "texture",
            "Matheron 1975",
        )
        for size in _CLOSINGS
    ),
)  # fmt: skip


def measure_axis(subject: Subject) -> Raw:
    """
    Lay an object along its main axis.

    Parameters
    ----------
    subject : Subject
        The object.

    Returns
    -------
    raw : dict
        Its contrast (``canvas``) and silhouette on the canvas, and what is measured there of one object at a time.
    """
    contrast, filled = _lay_down(subject)
    moments = _BASIS_PARTS @ contrast.ravel() / max(float(contrast.sum()), 1e-6)
    return {"canvas": contrast, "silhouette": filled, "zernike": moments} | _granulometry(contrast)


def finish_axis(raw: Stacked) -> Stacked:
    """
    Measure objects on their canvases.

    Parameters
    ----------
    raw : dict of array
        From `measure_axis`, of n objects; and ``histcum3``, the contrast that their dense parts reach.

    Returns
    -------
    values : dict of array, shape (n,)
    """
    strengths = np.log(np.hypot(*raw["zernike"].reshape(-1, 2, len(_ZERNIKE)).swapaxes(0, 1)) + 1e-2)
    return (
        _symmetry(raw["canvas"], raw["silhouette"], raw["histcum3"])
        | _profiles(raw["canvas"], raw["silhouette"])
        | {f"zernike{n}_{m}": column for (n, m), column in zip(_ZERNIKE, strengths.T, strict=True)}
    )


def _lay_down(subject: Subject) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Turn, shift and scale the object onto the canvas, the heavier end left and the heavier side up."""
    major, _, angle = ellipse_axes(subject.moments)
    zoom = SIDE * _FILL / major
    # Reduce by area first: turning samples single points, which would skip pixels of large objects.
    shrink = min(1.0, 1.5 * zoom)
    size = [max(1, round(side * shrink)) for side in subject.contrast.shape[::-1]]
    turn = _turn(subject, size, zoom, angle)
    contrast = _warp(subject.contrast * subject.filled, size, turn)
    filled = _warp(subject.filled.astype(np.float32), size, turn) > 0.5
    columns, rows, half = contrast.sum(axis=0), contrast.sum(axis=1), SIDE // 2
    up, left = rows[:half].sum() >= rows[half:].sum(), columns[:half].sum() >= columns[half:].sum()
    upright = np.s_[:: 1 if up else -1, :: 1 if left else -1]
    return np.ascontiguousarray(contrast[upright]), np.ascontiguousarray(filled[upright])


def _warp(image: NDArray[np.float32], size: list[int], turn: NDArray[np.float64]) -> NDArray[np.float32]:
    """Reduce an image to *size*, then turn it onto the canvas."""
    if size != list(image.shape[::-1]):
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.float32)
    return np.asarray(cv2.warpAffine(image, turn, (SIDE, SIDE), flags=cv2.INTER_LINEAR), np.float32)


def _turn(subject: Subject, size: list[int], zoom: float, angle: float) -> NDArray[np.float64]:
    """Return the affine map from the reduced image of *size* to the canvas."""
    height, width = subject.contrast.shape
    shrink_x, shrink_y = size[0] / width, size[1] / height
    moments = subject.moments
    cos, sin = zoom * math.cos(angle), zoom * math.sin(angle)
    turn = np.array([[cos / shrink_x, sin / shrink_y, 0], [-sin / shrink_x, cos / shrink_y, 0]])
    # A pixel's centre lies half a pixel from its corner, before and after reducing.
    x = (moments["m10"] / moments["m00"] + 0.5) * shrink_x - 0.5
    y = (moments["m01"] / moments["m00"] + 0.5) * shrink_y - 0.5
    turn[:, 2] = (SIDE - 1) / 2 - turn[:, 0] * x - turn[:, 1] * y
    return turn


def _symmetry(
    contrast: NDArray[np.float32], filled: NDArray[np.bool_], dense_levels: NDArray[np.float64]
) -> Stacked:
    """Compare canvases with their mirror images."""
    n, half = len(contrast), SIDE // 2
    dense = contrast >= np.maximum(dense_levels, 1)[:, None, None].astype(np.float32)
    total = np.maximum(contrast.reshape(n, -1).sum(axis=1), np.float32(1e-6))

    def differs(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
        # Half of the canvas is enough: the other half differs by as much.
        return 2 * np.abs(one - other).reshape(n, -1).sum(axis=1) / total

    upper, lower = contrast[:, :half], contrast[:, half:]
    rows, rows_dense = _as_bits(filled), _as_bits(dense)
    mirrored, mirrored_dense = _as_bits(filled[:, :, ::-1]), _as_bits(dense[:, :, ::-1])
    return {
        "symetrieh": _covered(rows, rows[:, ::-1]),
        "symetriev": _covered(rows, mirrored),
        "symetriehc": _covered(rows_dense, rows_dense[:, ::-1]),
        "symetrievc": _covered(rows_dense, mirrored_dense),
        "symturn": _covered(rows, mirrored[:, ::-1]),
        "greyh": differs(upper, lower[:, ::-1]),
        "greyv": differs(contrast[:, :, :half], contrast[:, :, : half - 1 : -1]),
        "greyturn": differs(upper, lower[:, ::-1, ::-1]),
    }


def _as_bits(masks: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Return masks with each of their rows as the bits of one number, shape (n, 64)."""
    return np.packbits(masks, axis=2).view(np.uint64)[:, :, 0]


def _covered(masks: NDArray[np.uint64], others: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Return the share of each mask that the other one covers; 1 where there is nothing to cover."""
    areas = np.bitwise_count(masks).sum(axis=1, dtype=np.int64)
    both = np.bitwise_count(masks & others).sum(axis=1, dtype=np.int64)
    return np.where(areas > 0, both / np.maximum(areas, 1), 1.0)


def _profiles(contrast: NDArray[np.float32], filled: NDArray[np.bool_]) -> Stacked:
    """Return widths and contrast along and across the main axis."""
    n = len(filled)
    widths = filled.view(np.uint8).sum(axis=1, dtype=np.uint8).astype(np.float64)
    taken = np.maximum(np.count_nonzero(widths, axis=1), 1)
    mean = np.maximum(widths.sum(axis=1) / taken, 1e-6)
    spread = np.sqrt(np.maximum((widths**2).sum(axis=1) / taken - mean**2, 0))
    is_there = widths.any(axis=1)
    slices = widths.reshape(n, _N_SLICES, -1).mean(axis=2) / SIDE
    half = _N_SLICES // 2
    turned = slices[:, :half].sum(axis=1) < slices[:, half:].sum(axis=1)
    slices = np.where(turned[:, None], slices[:, ::-1], slices)
    columns, rows = (contrast.sum(axis=axis).astype(np.float64) for axis in (1, 2))
    total = np.maximum(columns.sum(axis=1), 1e-6)[:, None]
    profile = columns.reshape(n, _N_SLICES, -1).sum(axis=2) / total
    sides = rows[:, : SIDE // 2][:, ::-1] + rows[:, SIDE // 2 :]
    across = sides.reshape(n, _N_ACROSS, -1).sum(axis=2) / total
    return {
        "thickr": np.where(is_there, np.log(np.maximum(widths.max(axis=1), 1.0) / mean), 0.0),
        "widthcv": np.where(is_there, spread / mean, 0.0),
        **{f"slice{i}": column for i, column in enumerate(slices.T, start=1)},
        **{f"profile{i}": column for i, column in enumerate(profile.T, start=1)},
        **{f"across{i}": column for i, column in enumerate(across.T, start=1)},
    }


def _zernike_basis() -> NDArray[np.complex64]:
    """Return the conjugate Zernike polynomials on the canvas, one a row; outside the unit disc they are 0."""
    x = (np.arange(SIDE) - (SIDE - 1) / 2) / (SIDE / 2)
    radius, angle = np.hypot(x[:, None], x), np.arctan2(x[:, None], x)
    rows = []
    for n, m in _ZERNIKE:
        radial = sum(
            (-1) ** k
            * factorial(n - k)
            / (factorial(k) * factorial((n + m) // 2 - k) * factorial((n - m) // 2 - k))
            * radius ** (n - 2 * k)
            for k in range((n - m) // 2 + 1)
        )
        rows.append((n + 1) / np.pi * radial * np.exp(-1j * m * angle) * (radius <= 1))
    return np.array(rows).reshape(len(rows), -1).astype(np.complex64)


_BASIS = _zernike_basis()
# Real numbers multiply faster than complex ones.
_BASIS_PARTS = np.ascontiguousarray(np.concatenate([_BASIS.real, _BASIS.imag]))


def _granulometry(contrast: NDArray[np.float32]) -> dict[str, float]:
    """Return how much contrast each size of detail holds."""
    image = cv2.convertScaleAbs(contrast)
    own = _sum(image)
    total = max(own, 1.0)
    values, before = {}, 0.0
    for size in _OPENINGS:
        lost = (own - _sum(cv2.morphologyEx(image, cv2.MORPH_OPEN, _disc(size)))) / total
        values[f"opening{size}"], before = lost - before, lost
    # Large discs take a canvas of half the side: they cost a tenth there.
    half = cv2.resize(image, (SIDE // 2, SIDE // 2), interpolation=cv2.INTER_AREA)
    own_half = _sum(half)
    for size in _LARGE_OPENINGS:
        opened = cv2.morphologyEx(half, cv2.MORPH_OPEN, _disc(size // 2))
        lost = (own_half - _sum(opened)) / max(own_half, 1.0)
        values[f"opening{size}"], before = lost - before, lost
    for size in _CLOSINGS:
        won = (_sum(cv2.morphologyEx(image, cv2.MORPH_CLOSE, _disc(size))) - own) / total
        values[f"closing{size}"] = math.log1p(max(won, 0.0))
    return values


def _sum(image: NDArray) -> float:
    return float(cv2.sumElems(image)[0])


@cache
def _disc(size: int) -> NDArray[np.uint8]:
    """Return a disc of an odd diameter."""
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
