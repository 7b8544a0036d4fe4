"""
Grey levels: how strongly and how evenly the object stands out.

All levels are contrasts: 0 is the background, 255 the most that an image can hold. For dark objects on white
that is 255 minus EcoTaxa's level; counted so, bright and dark objects mean the same.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from morphoexplore.methods.classic.descriptor import (
    Descriptor,
    Raw,
    Stacked,
    length,
    quantiles,
    series,
    surface,
)
from morphoexplore.methods.classic.subject import Subject

_ZOO = "ZooProcess"
_RATIO = "EcoTaxa ratio"
_LEVELS = np.arange(256.0)
_LEVELS_SPREAD = _LEVELS[1:].std()
_QUANTILES = (5, 25, 95)
_HISTCUM = (0.75, 0.5, 0.25)
_N_DEPTHS = 4
_LEAST_DISTANCE = 0.05
_LEAST_MEAN = 0.1  # keeps ratios near 1 where there is next to no contrast
_LEAST_PART = 5
_SQUARE = np.ones((3, 3), np.uint8)

DESCRIPTORS = (
    surface("intden", "integrated contrast, area · mean: grows with everything that shades", _ZOO),
    Descriptor("mean", "grey", "mean contrast of the object", "grey", _ZOO),
    Descriptor("stddev", "grey", "standard deviation of the contrast", "grey", _ZOO),
    Descriptor("mode", "grey", "most frequent contrast", "grey", _ZOO),
    Descriptor("min", "grey", "least contrast", "grey", _ZOO),
    Descriptor("max", "grey", "greatest contrast", "grey", _ZOO),
    Descriptor("median", "grey", "median contrast", "grey", _ZOO),
    Descriptor("range", "grey", "max - min", "grey", _RATIO),
    Descriptor("skew", "", "skewness of the contrast", "grey", _ZOO),
    Descriptor("kurt", "", "asinh of the excess kurtosis of the contrast", "grey", _ZOO),
    Descriptor("cv", "%", "100 stddev / mean", "grey", _RATIO),
    Descriptor("sr", "%", "100 stddev / range", "grey", _RATIO),
    Descriptor("meanpos", "", "ln of (1 + mean - min) / (1 + max - mean)", "grey", _RATIO),
    Descriptor("median_mean", "grey", "median - mean", "grey", _RATIO),
    Descriptor("median_mean_range", "", "(median - mean) / range", "grey", _RATIO),
    Descriptor("slope", "", "ln of 1 + sd(histogram) / sd(levels), without the background's level", "grey", _ZOO),
    Descriptor(
        "histcum1", "grey", "contrast that 25 % of the pixels above the threshold exceed or reach", "grey", _ZOO
    ),
    Descriptor("histcum2", "grey", "the same for 50 %", "grey", _ZOO),
    Descriptor("histcum3", "grey", "the same for 75 %", "grey", _ZOO),
    *(Descriptor(f"q{q}", "grey", f"{q} % quantile of the contrast", "grey") for q in _QUANTILES),
    Descriptor("entropy", "nat", "entropy of the contrast in 32 levels", "grey", "Shannon 1948"),
    Descriptor(
        "transparency", "", "1 - mean / 95 % quantile: high where most of the object is faint", "grey"
    ),
    Descriptor(
        "faint_share", "", "share of the object with less than a third of its strongest contrast", "grey"
    ),
    Descriptor("dense_share", "", "share of the object with more than two thirds of it", "grey"),
    Descriptor("rim", "", "mean contrast of the outermost pixels / mean", "grey"),
    *series("depth", _N_DEPTHS, "mean contrast / mean in layer {} of 4 from the rim to the core", "grey"),
    length("centroids", "distance of the centroids of area and of contrast, at least 0.05 px", _RATIO),
    Descriptor("cdexc", "", "ln of 0.001 + that distance / √area_exc", "grey", _RATIO),
    *series(
        "nb",
        3,
        "ln of 1 + number of parts of 5 px or more that reach histcum{}, after one erosion",
        "complexity",
        _ZOO,
    ),
)  # fmt: skip


def measure_grey(subject: Subject) -> Raw:
    """
    Measure the contrast of an object.

    Parameters
    ----------
    subject : Subject
        The object.

    Returns
    -------
    raw : dict
        What `finish_grey` needs, the rest of `DESCRIPTORS`, and the ``heavy_x, heavy_y`` of the contrast (px).
    """
    inside = subject.contrast[subject.inside]
    counts = np.bincount((inside + np.float32(0.5)).astype(np.uint8), minlength=256)
    above = counts[math.ceil(subject.threshold) :]
    levels = quantiles((above if above.any() else counts)[None], _HISTCUM)[0]
    if above.any():
        levels = levels + math.ceil(subject.threshold)
    return (
        {"histogram": counts}
        | {f"histcum{i}": float(level) for i, level in enumerate(levels, start=1)}
        | _layers(subject)
        | _centroids(subject)
        | _count_blobs(subject, levels.tolist())
    )


def finish_grey(raw: Stacked) -> Stacked:
    """
    Give what follows from histograms, and what is relative to the mean contrast.

    Parameters
    ----------
    raw : dict of array
        From `measure_grey`, of n objects.

    Returns
    -------
    values : dict of array, shape (n,)
    """
    values = _describe_histograms(raw["histogram"].astype(np.float64))
    mean = values["mean"]
    area = raw["histogram"].sum(axis=1)
    layers = raw["layers"]  # NaN where an object has no such layer
    ratios = (np.where(np.isnan(layers), mean[:, None], layers) + _LEAST_MEAN) / (mean[:, None] + _LEAST_MEAN)
    return (
        values
        | {"intden": np.log(np.maximum(mean * area, 1.0)), "rim": ratios[:, -1]}
        | {f"depth{i}": ratios[:, i - 1] for i in range(1, _N_DEPTHS + 1)}
    )


def _describe_histograms(counts: NDArray[np.float64]) -> Stacked:
    """Return what follows from histograms of contrast, shape (n, 256)."""
    total = counts.sum(axis=1)
    mean = (counts * _LEVELS).sum(axis=1) / total
    away = _LEVELS - mean[:, None]
    variance, third, fourth = ((counts * away**power).sum(axis=1) / total for power in (2, 3, 4))
    sd = np.sqrt(variance)
    low = (counts > 0).argmax(axis=1).astype(np.float64)
    high = 255.0 - (counts[:, ::-1] > 0).argmax(axis=1)
    spread = np.maximum(high - low, 1.0)
    q5, q25, median, q95 = quantiles(counts, (0.05, 0.25, 0.5, 0.95)).T.astype(np.float64)
    # Constant objects have no shape of a histogram to speak of.
    varies = sd > 0.1
    safe = np.where(varies, sd, 1.0)
    shares = counts.reshape(-1, 32, 8).sum(axis=2) / total[:, None]
    strong = np.maximum(q95, 1.0)
    return {
        "mean": mean,
        "stddev": sd,
        "mode": counts.argmax(axis=1),
        "min": low,
        "max": high,
        "median": median,
        "range": high - low,
        "skew": np.where(varies, third / safe**3, 0.0),
        "kurt": np.arcsinh(np.where(varies, fourth / safe**4 - 3, 0.0)),
        "cv": 100 * sd / np.maximum(mean, 1.0),
        "sr": 100 * sd / spread,
        "meanpos": np.log((1 + mean - low) / (1 + high - mean)),
        "median_mean": median - mean,
        "median_mean_range": (median - mean) / spread,
        "slope": np.log1p(counts[:, 1:].std(axis=1) / _LEVELS_SPREAD),
        "q5": q5,
        "q25": q25,
        "q95": q95,
        "entropy": -(shares * np.log(np.where(shares > 0, shares, 1.0))).sum(axis=1),
        "transparency": np.where(mean > 0, 1 - mean / strong, 0.0),
        "faint_share": (counts * (strong[:, None] / 3 > _LEVELS)).sum(axis=1) / total,
        "dense_share": (counts * (strong[:, None] * 2 / 3 < _LEVELS)).sum(axis=1) / total,
    }


def _layers(subject: Subject) -> Raw:
    """Return the mean contrast of the layers below the rim, then of the rim itself; NaN where there is none."""
    inside = subject.small_filled.view(np.bool_)
    depth = subject.depth[inside]
    contrast = subject.small[inside]
    # The rim has depth 1; without any core, all layers are rim.
    reach = max(float(depth.max()) - 1, 1e-6)
    layer = np.minimum(((depth - 1) / reach * _N_DEPTHS).astype(np.intp), _N_DEPTHS - 1)
    sums = np.bincount(layer, weights=contrast, minlength=_N_DEPTHS)
    counts = np.bincount(layer, minlength=_N_DEPTHS)
    outermost = depth < 1.5
    means = np.full(_N_DEPTHS + 1, np.nan)
    np.divide(sums, counts, out=means[:-1], where=counts > 0)
    if outermost.any():
        means[-1] = contrast[outermost].mean()
    return {"layers": means}


def _centroids(subject: Subject) -> dict[str, float]:
    """Return the distance of the centroids of area and of contrast, and where the latter lies."""
    plain, weighted = subject.moments, cv2.moments(subject.contrast * subject.filled)
    x, y = plain["m10"] / plain["m00"], plain["m01"] / plain["m00"]
    heavy_x, heavy_y = x, y
    if weighted["m00"] > 0:
        heavy_x, heavy_y = weighted["m10"] / weighted["m00"], weighted["m01"] / weighted["m00"]
    distance = math.hypot(heavy_x - x, heavy_y - y)
    return {
        "centroids": math.log(max(distance, _LEAST_DISTANCE)),
        "cdexc": math.log(distance / math.sqrt(subject.area_exc) + 1e-3),
        "heavy_x": heavy_x,
        "heavy_y": heavy_y,
    }


def _count_blobs(subject: Subject, levels: list[int]) -> dict[str, float]:
    """Count the parts of five pixels or more that reach each level, once their rims are taken off."""
    numbers = {}
    contrast = subject.levels * subject.small_filled
    for i, level in enumerate(levels, start=1):
        above = cv2.erode((contrast >= max(level, 1)).view(np.uint8), _SQUARE)
        _, labels = cv2.connectedComponents(above, connectivity=8, ltype=cv2.CV_16U)
        areas = np.bincount(labels.ravel())
        numbers[f"nb{i}"] = math.log1p(np.count_nonzero(areas[1:] >= _LEAST_PART))
    return numbers
