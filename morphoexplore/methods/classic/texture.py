"""Texture: co-occurrence of grey levels, local patterns and gradients."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from morphoexplore.methods.classic.descriptor import Descriptor, series
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
        for one in series(
            f"lbp{ring}_",
            _N_PATTERNS,
            f"root of the share of pixels with {{}} of 8 brighter neighbours in a row at {ring} px; 9: not in a row",
            "texture",
            "Ojala 2002",
            first=0,
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


def measure_texture(subject: Subject) -> dict[str, float]:
    """
    Measure the texture of an object.

    Parameters
    ----------
    subject : Subject
        The object.

    Returns
    -------
    values : dict
        One number for each of `DESCRIPTORS`.
    """
    return _haralick(subject.small) | _local_patterns(subject.small) | _gradients(subject)


def _level_sums() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the tables that add the co-occurrence matrix up over i + j and over |i - j|."""
    i, j = np.indices((_N_LEVELS, _N_LEVELS)).reshape(2, -1)
    return np.eye(2 * _N_LEVELS - 1)[i + j], np.eye(_N_LEVELS)[np.abs(i - j)]


_PLUS, _MINUS = _level_sums()
_I = np.arange(_N_LEVELS)
_SUMS = np.arange(2 * _N_LEVELS - 1)


def _co_occurrence(levels: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return how often each pair of levels meets, in all eight directions together."""
    height, width = levels.shape
    counts = np.zeros(_N_LEVELS * _N_LEVELS)
    rows = levels * _N_LEVELS
    for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1)):
        here = rows[: height - dy, max(0, -dx) : width - max(0, dx)]
        there = levels[dy:, max(0, dx) : width + min(0, dx)]
        counts += np.bincount((here + there).ravel(), minlength=counts.size)
    square = counts.reshape(_N_LEVELS, _N_LEVELS)
    return (square + square.T) / (2 * counts.sum())


def _haralick(contrast: NDArray[np.float32]) -> dict[str, float]:
    """Return Haralick's thirteen numbers for one pixel's distance."""
    joint = _co_occurrence((contrast / (256 / _N_LEVELS)).astype(np.intp))
    flat, single = joint.ravel(), joint.sum(1)
    plus, minus = flat @ _PLUS, flat @ _MINUS
    mean = single @ _I
    variance = single @ _I**2 - mean**2
    sum_mean = plus @ _SUMS
    own, both = _entropy(single), _entropy(flat)
    # The matrix is symmetric, so both margins are alike and HXY1 = HXY2 = 2 HX.
    imc1 = (both - 2 * own) / own if own > 1e-6 else 0.0
    values = (
        np.log(flat @ flat),
        np.log1p(minus @ _I**2),
        (_I @ joint @ _I - mean**2) / variance if variance > 1e-6 else 1.0,
        np.log1p(variance),
        float(minus @ (1 / (1 + _I**2))),
        sum_mean,
        np.log1p(float(plus @ (_SUMS - sum_mean) ** 2)),
        _entropy(plus),
        both,
        np.log1p(minus.var() * _N_LEVELS),
        _entropy(minus),
        imc1,
        np.sqrt(max(0.0, 1 - np.exp(-2 * (2 * own - both)))),
    )
    return {f"haralick_{name}": float(value) for name, value in zip(_HARALICK, values, strict=True)}


def _entropy(shares: NDArray[np.float64]) -> float:
    """Return the entropy of shares that add up to 1, in nats."""
    positive = shares[shares > 0]
    return max(0.0, float(-(positive @ np.log(positive))))


def _pattern_table() -> NDArray[np.uint8]:
    """Return for each pattern of eight neighbours: how many are set, or 9 if they are not in one row."""
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
    changes = (bits != np.roll(bits, 1, axis=1)).sum(1)
    return np.where(changes <= 2, bits.sum(1), 9).astype(np.uint8)


_PATTERNS = _pattern_table()
_AROUND = ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1))


def _local_patterns(contrast: NDArray[np.float32]) -> dict[str, float]:
    """Return the local binary patterns on two rings, whatever their turn."""
    values = {}
    for ring in _RINGS:
        height, width = contrast.shape
        padded = cv2.copyMakeBorder(contrast, ring, ring, ring, ring, cv2.BORDER_REFLECT)
        codes = np.zeros(contrast.shape, np.uint8)
        for bit, (dy, dx) in enumerate(_AROUND):
            top, left = ring * (1 + dy), ring * (1 + dx)
            codes |= (padded[top : top + height, left : left + width] >= contrast).view(np.uint8) << np.uint8(
                bit
            )
        counts = np.bincount(_PATTERNS[codes].ravel(), minlength=_N_PATTERNS)
        for i, share in enumerate(np.sqrt(counts / codes.size).tolist()):
            values[f"lbp{ring}_{i}"] = share
    return values


def _gradients(subject: Subject) -> dict[str, float]:
    """Return strength, evenness and direction of the gradients in the object."""
    image = subject.contrast
    dx, dy = cv2.Sobel(image, cv2.CV_32F, 1, 0, scale=1 / 4), cv2.Sobel(image, cv2.CV_32F, 0, 1, scale=1 / 4)
    inside = subject.filled > 0
    rim = inside & (cv2.erode(subject.filled, _SQUARE) == 0)
    dx_in, dy_in = dx[inside], dy[inside]
    strength = np.hypot(dx_in, dy_in)
    mean, contrast = float(strength.mean()), float(image[inside].mean())
    xx, yy, xy = (
        float((a * b).sum(dtype=np.float64)) for a, b in ((dx_in, dx_in), (dy_in, dy_in), (dx_in, dy_in))
    )
    energy = xx + yy
    _, _, angle = ellipse_axes(subject.moments)
    difference, twist = xx - yy, 2 * xy
    along = -(difference * np.cos(2 * angle) + twist * np.sin(2 * angle))
    return {
        "gradient": np.log1p(mean),
        "gradient_mean": np.log((mean + 1) / (contrast + 1)),
        "gradient_cv": float(strength.std()) / (mean + 1),
        "edge": np.log((float(np.hypot(dx[rim], dy[rim]).mean()) + 1) / (contrast + 1)),
        "sharpness": np.log1p(float(cv2.Laplacian(image, cv2.CV_32F).var())),
        "coherence": float(np.hypot(difference, twist)) / energy if energy > 0 else 0.0,
        "alignment": along / energy if energy > 0 else 0.0,
    }
