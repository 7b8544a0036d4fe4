"""
The object laid along its main axis: profiles, symmetry, Zernike moments and granulometry.

Everything here is measured on one small canvas on which every object has the same length and direction, so it
does not depend on size, position or turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial

import cv2
import numpy as np
from numpy.typing import NDArray

from morphoexplore.methods.classic.descriptor import Descriptor, series
from morphoexplore.methods.classic.form import ellipse_axes
from morphoexplore.methods.classic.subject import Subject

SIDE = 64
"""Side of the canvas in pixels."""

_FILL = 1 / 1.3  # the long axis of the ellipse takes this share of the canvas; limbs reach beyond it
_N_SLICES = 4
_N_ACROSS = 4
_DEGREE = 8
_OPENINGS = (3, 5, 7, 11, 15)
_CLOSINGS = (3, 7)
_ZERNIKE = [(n, m) for n in range(1, _DEGREE + 1) for m in range(n + 1) if (n - m) % 2 == 0]

DESCRIPTORS = (
    Descriptor(
        "symetrieh", "", "share of the area that mirroring at the main axis leaves covered", "symmetry", "ZooProcess"
    ),
    Descriptor(
        "symetriev", "", "share of the area that mirroring across the main axis leaves covered", "symmetry", "ZooProcess"
    ),
    Descriptor("symetriehc", "", "symetrieh of the contrast above histcum3", "symmetry", "ZooProcess"),
    Descriptor("symetrievc", "", "symetriev of the contrast above histcum3", "symmetry", "ZooProcess"),
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
        for size in _OPENINGS
    ),
    *(
        Descriptor(
            f"closing{size}", "", f"share of contrast won by closing by a disc of {size}/64 of the canvas", "texture",
            "Matheron 1975",
        )
        for size in _CLOSINGS
    ),
)  # fmt: skip


@dataclass(frozen=True)
class _Canvas:
    """Contrast (float32) and silhouette (bool), both (64, 64), the main axis along x."""

    contrast: NDArray[np.float32]
    filled: NDArray[np.bool_]


def measure_axis(subject: Subject, dense_level: float) -> dict[str, float]:
    """
    Measure an object along its main axis.

    Parameters
    ----------
    subject : Subject
        The object.
    dense_level : float
        Contrast of its dense parts: histcum3.

    Returns
    -------
    values : dict
        One number for each of `DESCRIPTORS`.
    """
    canvas = _lay_down(subject)
    return (
        _symmetry(canvas, dense_level)
        | _profiles(canvas)
        | _zernike_moments(canvas.contrast)
        | _granulometry(canvas.contrast)
    )


def _lay_down(subject: Subject) -> _Canvas:
    """Turn, shift and scale the object onto the canvas, the heavier end left and the heavier side up."""
    major, _, angle = ellipse_axes(subject.moments)
    zoom = SIDE * _FILL / major
    # Reduce by area first: turning samples single points, which would skip pixels of large objects.
    shrink = min(1.0, 1.5 * zoom)
    size = [max(1, round(side * shrink)) for side in subject.contrast.shape[::-1]]
    turn = _turn(subject, size, zoom, angle)
    contrast, filled = (
        _warp(image, size, turn)
        for image in (subject.contrast * subject.filled, subject.filled.astype(np.float32))
    )
    columns, rows = contrast.sum(0), contrast.sum(1)
    for axis, sums in ((1, columns), (0, rows)):
        if sums[: SIDE // 2].sum() < sums[SIDE // 2 :].sum():
            contrast, filled = np.flip(contrast, axis), np.flip(filled, axis)
    return _Canvas(np.ascontiguousarray(contrast), filled > 0.5)


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
    cos, sin = zoom * np.cos(angle), zoom * np.sin(angle)
    turn = np.array([[cos / shrink_x, sin / shrink_y, 0], [-sin / shrink_x, cos / shrink_y, 0]])
    # A pixel's centre lies half a pixel from its corner, before and after reducing.
    centre = np.array([
        (moments["m10"] / moments["m00"] + 0.5) * shrink_x - 0.5,
        (moments["m01"] / moments["m00"] + 0.5) * shrink_y - 0.5,
    ])  # fmt: skip
    turn[:, 2] = (SIDE - 1) / 2 - turn[:, :2] @ centre
    return turn


def _symmetry(canvas: _Canvas, dense_level: float) -> dict[str, float]:
    """Compare the canvas with its mirror images."""
    contrast, filled = canvas.contrast, canvas.filled
    dense = contrast > dense_level
    total = max(float(contrast.sum()), 1e-6)
    return {
        "symetrieh": _covered(filled, filled[::-1]),
        "symetriev": _covered(filled, filled[:, ::-1]),
        "symetriehc": _covered(dense, dense[::-1]),
        "symetrievc": _covered(dense, dense[:, ::-1]),
        "symturn": _covered(filled, filled[::-1, ::-1]),
        "greyh": float(np.abs(contrast - contrast[::-1]).sum()) / total,
        "greyv": float(np.abs(contrast - contrast[:, ::-1]).sum()) / total,
        "greyturn": float(np.abs(contrast - contrast[::-1, ::-1]).sum()) / total,
    }


def _covered(mask: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Return the share of a mask that another one covers; 1 where there is nothing to cover."""
    area = np.count_nonzero(mask)
    return np.count_nonzero(mask & other) / area if area else 1.0


def _profiles(canvas: _Canvas) -> dict[str, float]:
    """Return widths and contrast along and across the main axis."""
    widths = canvas.filled.sum(0).astype(float)
    taken = widths[widths > 0]
    mean = float(taken.mean()) if len(taken) else 1.0
    total = max(float(canvas.contrast.sum()), 1e-6)
    slices = widths.reshape(_N_SLICES, -1).mean(1) / SIDE
    if slices[: _N_SLICES // 2].sum() < slices[_N_SLICES // 2 :].sum():
        slices = slices[::-1]
    profile = canvas.contrast.sum(0).reshape(_N_SLICES, -1).sum(1) / total
    rows = canvas.contrast.sum(1)
    half = rows[: SIDE // 2][::-1] + rows[SIDE // 2 :]
    across = half.reshape(_N_ACROSS, -1).sum(1) / total
    return (
        {
            "thickr": float(np.log(max(widths.max(), 1.0) / mean)),
            "widthcv": float(taken.std() / mean) if len(taken) else 0.0,
        }
        | {f"slice{i}": value for i, value in enumerate(slices.tolist(), start=1)}
        | {f"profile{i}": value for i, value in enumerate(profile.tolist(), start=1)}
        | {f"across{i}": value for i, value in enumerate(across.tolist(), start=1)}
    )


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


def _zernike_moments(contrast: NDArray[np.float32]) -> dict[str, float]:
    """Return the magnitudes of the Zernike moments relative to the total."""
    parts = _BASIS_PARTS @ contrast.ravel() / max(float(contrast.sum()), 1e-6)
    strengths = np.log(np.hypot(*parts.reshape(2, -1)) + 1e-2)
    return {f"zernike{n}_{m}": value for (n, m), value in zip(_ZERNIKE, strengths.tolist(), strict=True)}


def _granulometry(contrast: NDArray[np.float32]) -> dict[str, float]:
    """Return how much contrast each size of detail holds."""
    image = np.rint(contrast).astype(np.uint8)
    own = float(image.sum())
    total = max(own, 1.0)
    values, before = {}, 0.0
    for size in _OPENINGS:
        lost = (own - float(cv2.morphologyEx(image, cv2.MORPH_OPEN, _disc(size)).sum())) / total
        values[f"opening{size}"], before = lost - before, lost
    for size in _CLOSINGS:
        won = (float(cv2.morphologyEx(image, cv2.MORPH_CLOSE, _disc(size)).sum()) - own) / total
        values[f"closing{size}"] = float(np.log1p(max(won, 0.0)))
    return values


def _disc(size: int) -> NDArray[np.uint8]:
    """Return a disc of an odd diameter."""
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
