"""
Grey levels: how strongly and how evenly the object stands out.

All levels are contrasts: 0 is the background, 255 the most that an image can hold. For dark objects on white
that is 255 minus EcoTaxa's level; counted so, bright and dark objects mean the same.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from morphoexplore.methods.classic.descriptor import Descriptor, length, series, surface
from morphoexplore.methods.classic.subject import Subject, depth_within

_ZOO = "ZooProcess"
_RATIO = "EcoTaxa ratio"
_LEVELS = np.arange(256.0)
_LEVELS_SPREAD = _LEVELS.std()
_QUANTILES = (5, 25, 95)
_N_DEPTHS = 4
_LEAST_DISTANCE = 0.05
_LEAST_MEAN = 0.1  # keeps ratios near 1 where there is next to no contrast

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
    Descriptor("meanpos", "", "(mean - max) / range", "grey", _RATIO),
    Descriptor("median_mean", "", "(median - mean) / range", "grey", _RATIO),
    Descriptor("slope", "", "ln of 1 + sd(histogram) / sd(levels)", "grey", _ZOO),
    Descriptor(
        "histcum1", "grey", "contrast at 25 % of the histogram of what exceeds the threshold", "grey", _ZOO
    ),
    Descriptor("histcum2", "grey", "contrast at 50 % of it", "grey", _ZOO),
    Descriptor("histcum3", "grey", "contrast at 75 % of it", "grey", _ZOO),
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
    *series("nb", 3, "ln of 1 + number of parts of 5 px or more above histcum{}", "complexity", "ZooProcess"),
)


def measure_grey(subject: Subject) -> dict[str, float]:
    """
    Measure the contrast of an object.

    Parameters
    ----------
    subject : Subject
        The object.

    Returns
    -------
    values : dict
        One number for each of `DESCRIPTORS`.
    """
    inside = subject.filled > 0
    counts = np.bincount((subject.contrast[inside] + 0.5).astype(np.uint8), minlength=256)
    values = _describe_histogram(counts, subject.threshold)
    return (
        values
        | {"intden": float(np.log(max(values["mean"] * subject.area, 1.0)))}
        | _layers(subject, values["mean"])
        | _centroids(subject)
        | _count_blobs(subject, [values[f"histcum{i}"] for i in (1, 2, 3)])
    )


def _describe_histogram(counts: NDArray[np.intp], threshold: float) -> dict[str, float]:
    """Return what follows from the histogram of contrast, 256 counts."""
    total = counts.sum()
    mean = float(counts @ _LEVELS / total)
    away = _LEVELS - mean
    variance, third, fourth = (float(counts @ away**power / total) for power in (2, 3, 4))
    sd = float(np.sqrt(variance))
    present = np.flatnonzero(counts)
    low, high = float(present[0]), float(present[-1])
    spread = max(high - low, 1.0)
    cumulative = np.cumsum(counts)
    q5, q25, median, q95 = (_quantile(cumulative, q) for q in (0.05, 0.25, 0.5, 0.95))
    # Constant objects have no shape of a histogram to speak of.
    skew, kurt = (third / sd**3, fourth / variance**2 - 3) if sd > 0.1 else (0.0, 0.0)
    shares = counts.reshape(32, 8).sum(1) / total
    shares = shares[shares > 0]
    above = np.where(threshold <= _LEVELS, counts, 0)
    cumulative_above = np.cumsum(above if above.any() else counts)
    strong = max(q95, 1.0)
    return {
        "mean": mean,
        "stddev": sd,
        "mode": float(np.argmax(counts)),
        "min": low,
        "max": high,
        "median": median,
        "range": high - low,
        "skew": skew,
        "kurt": float(np.arcsinh(kurt)),
        "cv": 100 * sd / max(mean, 1.0),
        "sr": 100 * sd / spread,
        "meanpos": (mean - high) / spread,
        "median_mean": (median - mean) / spread,
        "slope": float(np.log1p(counts.std() / _LEVELS_SPREAD)),
        "histcum1": _quantile(cumulative_above, 0.25),
        "histcum2": _quantile(cumulative_above, 0.5),
        "histcum3": _quantile(cumulative_above, 0.75),
        "q5": q5,
        "q25": q25,
        "q95": q95,
        "entropy": float(-(shares @ np.log(shares))),
        "transparency": 1 - mean / strong if mean else 0.0,
        "faint_share": float(counts[strong / 3 > _LEVELS].sum() / total),
        "dense_share": float(counts[strong * 2 / 3 < _LEVELS].sum() / total),
    }


def _quantile(cumulative: NDArray[np.intp], share: float) -> float:
    """Return the lowest level at which a cumulative histogram reaches a share of its total."""
    return float(np.searchsorted(cumulative, share * cumulative[-1]))


def _layers(subject: Subject, mean: float) -> dict[str, float]:
    """Return the contrast by depth below the rim, relative to the mean."""
    inside = subject.small_filled > 0
    depth = depth_within(subject.small_filled)[inside]
    contrast = subject.small[inside]
    # The rim has depth 1; without any core, all layers are rim.
    reach = max(float(depth.max()) - 1, 1e-6)
    layer = np.minimum(((depth - 1) / reach * _N_DEPTHS).astype(np.intp), _N_DEPTHS - 1)
    sums = np.bincount(layer, weights=contrast, minlength=_N_DEPTHS)
    counts = np.bincount(layer, minlength=_N_DEPTHS)
    means = np.divide(sums, counts, out=np.full(_N_DEPTHS, mean), where=counts > 0)
    rim = float(contrast[depth < 1.5].mean()) if (depth < 1.5).any() else mean
    ratios = (np.append(means, rim) + _LEAST_MEAN) / (mean + _LEAST_MEAN)
    return dict(zip([f"depth{i}" for i in range(1, _N_DEPTHS + 1)] + ["rim"], ratios.tolist(), strict=True))


def _centroids(subject: Subject) -> dict[str, float]:
    """Return the distance of the centroids of area and of contrast."""
    weighted = cv2.moments(subject.contrast * subject.filled)
    if weighted["m00"] <= 0:
        return {"centroids": float(np.log(_LEAST_DISTANCE)), "cdexc": float(np.log(1e-3))}
    plain = subject.moments
    dx = weighted["m10"] / weighted["m00"] - plain["m10"] / plain["m00"]
    dy = weighted["m01"] / weighted["m00"] - plain["m01"] / plain["m00"]
    distance = float(np.hypot(dx, dy))
    return {
        "centroids": float(np.log(max(distance, _LEAST_DISTANCE))),
        "cdexc": float(np.log(distance / np.sqrt(subject.area_exc) + 1e-3)),
    }


def _count_blobs(subject: Subject, levels: list[float]) -> dict[str, float]:
    """Count the parts of five pixels or more above each level."""
    numbers = {}
    contrast = subject.small * subject.small_filled
    for i, level in enumerate(levels, start=1):
        above = (contrast > level).astype(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(above, connectivity=8)
        numbers[f"nb{i}"] = float(np.log1p(np.count_nonzero(stats[1:, cv2.CC_STAT_AREA] >= 5)))
    return numbers
