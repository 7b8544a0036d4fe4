"""Texture: co-occurrence of grey levels, local patterns and gradients."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from morphoexplore.methods.classic.descriptor import Descriptor, Raw, Stacked, series
from morphoexplore.methods.classic.form import ellipse_axes
from morphoexplore.methods.classic.subject import Subject

_N_LEVELS = 32
_HARALICK = (
    "asm", "contrast", "correlation", "variance", "homogeneity", "sumaverage", "sumvariance", "sumentropy",
    "entropy", "diffvariance", "diffentropy", "imc1", "imc2",
)  # fmt: skip
_HARALICK_WORDS = (
    "ln of angular second moment", "ln of 1 + contrast", "correlation", "ln of 1 + variance",
    "inverse difference moment", "sum average", "ln of 1 + sum variance", "sum entropy", "entropy",
    "ln of 1 + difference variance", "difference entropy", "information measure of correlation 1",
    "information measure of correlation 2",
)  # fmt: skip
_RINGS = (1, 3)
_N_PATTERNS = 10
_SQUARE = np.ones((3, 3), np.uint8)

DESCRIPTORS = (
    *(
        Descriptor(
            f"haralick_{name}", "", f"{words} of neighbouring pixels in 32 levels", "texture", "Haralick 1973"
        )
        for name, words in zip(_HARALICK, _HARALICK_WORDS, strict=True)
    ),
    *(
        one
        for ring in _RINGS
        for one in (
            *series(
                f"lbp{ring}_",
                _N_PATTERNS - 1,
                f"root of the share of pixels with {{}} of 8 neighbours at {ring} px as bright or brighter, all in a row",
                "texture",
                "Ojala 2002",
                first=0,
            ),
            Descriptor(
                f"lbp{ring}_{_N_PATTERNS - 1}",
                "",
                "root of the share of pixels where they are not in one row",
                "texture",
                "Ojala 2002",
            ),
        )
    ),
    Descriptor("gradient", "", "ln of 1 + mean gradient of the object", "texture"),
    Descriptor("gradient_mean", "", "ln of (1 + mean gradient) / (1 + mean contrast)", "texture"),
    Descriptor("gradient_cv", "", "standard deviation / mean of the gradient", "texture"),
    Descriptor("edge", "", "ln of (1 + mean gradient of the rim) / (1 + mean contrast)", "texture"),
    Descriptor("sharpness", "", "ln of 1 + variance of the Laplacian", "texture"),
    Descriptor(
        "coherence", "", "how much all gradients agree in direction, 0 to 1", "texture", "structure tensor"
    ),
    Descriptor(
        "alignment", "", "1: edges run along the main axis, -1: across it", "texture", "structure tensor"
    ),
)


def measure_texture(subject: Subject) -> Raw:
    """
    Measure the texture of an object.

    Parameters
    ----------
    subject : Subject
        The object.

    Returns
    -------
    raw : dict
        How often levels meet (``pairs``), for `finish_texture`, and all other numbers of `DESCRIPTORS`.
    """
    pairs: Raw = {"pairs": _co_occurrence(subject.levels)}
    return pairs | _local_patterns(subject.levels) | _gradients(subject)


def finish_texture(raw: Stacked) -> Stacked:
    """
    Give Haralick's thirteen numbers for one pixel's distance.

    Parameters
    ----------
    raw : dict of array
        From `measure_texture`, of n objects.

    Returns
    -------
    values : dict of array, shape (n,)
    """
    counts = raw["pairs"]
    joint = (counts + counts.swapaxes(1, 2)) / (2 * counts.sum(axis=(1, 2)))[:, None, None]
    flat, single = joint.reshape(len(joint), -1), joint.sum(axis=2)
    # Sums over i + j and over |i - j|: the columns in the order of their sum, then one sum for each stretch.
    plus, minus = (np.add.reduceat(flat[:, order], starts, axis=1) for order, starts in (_PLUS, _MINUS))
    mean = (single * _I).sum(axis=1)
    variance = (single * _I**2).sum(axis=1) - mean**2
    sum_mean = (plus * _SUMS).sum(axis=1)
    own, both = _entropies(single), _entropies(flat)
    varies, has_levels = variance > 1e-6, own > 1e-6
    agreement = (flat * np.outer(_I, _I).ravel()).sum(axis=1) - mean**2
    # The matrix is symmetric, so both margins are alike and HXY1 = HXY2 = 2 HX.
    values = (
        np.log((flat**2).sum(axis=1)),
        np.log1p((minus * _I**2).sum(axis=1)),
        np.where(varies, agreement / np.where(varies, variance, 1.0), 1.0),
        np.log1p(np.maximum(variance, 0)),
        (minus / (1 + _I**2)).sum(axis=1),
        sum_mean,
        np.log1p((plus * (_SUMS - sum_mean[:, None]) ** 2).sum(axis=1)),
        _entropies(plus),
        both,
        np.log1p(minus.var(axis=1) * _N_LEVELS),
        _entropies(minus),
        np.where(has_levels, (both - 2 * own) / np.where(has_levels, own, 1.0), 0.0),
        np.sqrt(np.maximum(0.0, 1 - np.exp(-2 * (2 * own - both)))),
    )
    return {f"haralick_{name}": value for name, value in zip(_HARALICK, values, strict=True)}


def _grouped(keys: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the order that sorts keys, and where each new key begins in it."""
    order = np.argsort(keys, kind="stable")
    return order, np.searchsorted(keys[order], np.arange(keys.max() + 1))


_I = np.arange(_N_LEVELS)
_SUMS = np.arange(2 * _N_LEVELS - 1)
_PLUS = _grouped(np.add.outer(_I, _I).ravel())
_MINUS = _grouped(np.abs(np.subtract.outer(_I, _I)).ravel())


def _co_occurrence(contrast: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return how often each pair of levels meets, in four directions together; the other four mirror them."""
    height, width = contrast.shape
    levels = (contrast // (256 // _N_LEVELS)).astype(np.uint16)
    rows = levels * np.uint16(_N_LEVELS)
    pairs = [
        rows[: height - dy, max(0, -dx) : width - max(0, dx)] + levels[dy:, max(0, dx) : width + min(0, dx)]
        for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1))
    ]
    counts = np.bincount(np.concatenate([pair.ravel() for pair in pairs]), minlength=_N_LEVELS**2)
    return counts.reshape(_N_LEVELS, _N_LEVELS).astype(np.float64)


def _entropies(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the entropy of rows of shares that add up to 1, in nats."""
    logs = np.log(np.where(shares > 0, shares, 1.0))
    return np.maximum(0.0, -(shares * logs).sum(axis=1))


def _pattern_table() -> NDArray[np.uint8]:
    """Return for each pattern of eight neighbours: how many are set, or 9 if they are not in one row."""
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
    changes = (bits != np.roll(bits, 1, axis=1)).sum(1)
    return np.where(changes <= 2, bits.sum(1), 9).astype(np.uint8)


_PATTERNS = _pattern_table()
_BITS = np.uint8(1) << np.arange(8, dtype=np.uint8)
_AROUND = ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1))


def _local_patterns(levels: NDArray[np.uint8]) -> Raw:
    """Return the local binary patterns on two rings, whatever their turn."""
    height, width = levels.shape
    values: Raw = {}
    for ring in _RINGS:
        padded = cv2.copyMakeBorder(levels, ring, ring, ring, ring, cv2.BORDER_REFLECT)
        # In one long row a neighbour is always as far away; the pixels of the margin are left out at the end.
        row = width + 2 * ring
        flat, first, count = padded.ravel(), ring * row + ring, (height - 1) * row + width
        codes, brighter = np.zeros(height * row, np.uint8), np.empty(count, np.uint8)
        for bit, (dy, dx) in enumerate(_AROUND):
            start = first + ring * (dy * row + dx)
            np.greater_equal(
                flat[start : start + count], flat[first : first + count], out=brighter.view(np.bool_)
            )
            np.multiply(brighter, _BITS[bit], out=brighter)
            np.bitwise_or(codes[:count], brighter, out=codes[:count])
        patterns = cv2.LUT(codes.reshape(height, row)[:, :width], _PATTERNS)
        counts = np.bincount(patterns.ravel(), minlength=_N_PATTERNS)
        for i, share in enumerate(np.sqrt(counts / patterns.size).tolist()):
            values[f"lbp{ring}_{i}"] = share
    return values


def _gradients(subject: Subject) -> dict[str, float]:
    """Return strength, evenness and direction of the gradients in the object."""
    image, inside = subject.contrast, subject.inside
    dx, dy = cv2.Sobel(image, cv2.CV_32F, 1, 0, scale=1 / 4), cv2.Sobel(image, cv2.CV_32F, 0, 1, scale=1 / 4)
    is_rim = (cv2.erode(subject.filled, _SQUARE) == 0)[inside]
    dx_in, dy_in = dx[inside], dy[inside]
    strength = np.sqrt(dx_in * dx_in + dy_in * dy_in)
    mean, contrast = float(strength.mean(dtype=np.float64)), float(image[inside].mean(dtype=np.float64))
    xx, yy, xy = (
        float((a * b).sum(dtype=np.float64)) for a, b in ((dx_in, dx_in), (dy_in, dy_in), (dx_in, dy_in))
    )
    energy = xx + yy
    _, laplacian_sd = cv2.meanStdDev(cv2.Laplacian(image, cv2.CV_32F))
    _, _, angle = ellipse_axes(subject.moments)
    difference, twist = xx - yy, 2 * xy
    along = -(difference * math.cos(2 * angle) + twist * math.sin(2 * angle))
    return {
        "gradient": math.log1p(mean),
        "gradient_mean": math.log((mean + 1) / (contrast + 1)),
        "gradient_cv": math.sqrt(max(energy / len(strength) - mean**2, 0.0)) / (mean + 1),
        "edge": math.log((float(strength[is_rim].mean()) + 1) / (contrast + 1)),
        "sharpness": math.log1p(float(laplacian_sd[0, 0]) ** 2),
        "coherence": math.hypot(difference, twist) / energy if energy > 0 else 0.0,
        "alignment": along / energy if energy > 0 else 0.0,
    }
