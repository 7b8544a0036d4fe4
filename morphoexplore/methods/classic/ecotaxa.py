"""
What was measured, by EcoTaxa's names, in EcoTaxa's units and by the definitions of ZooProcess.

Descriptors are kept in a form that is good for comparing objects: logarithms, contrasts. Here they are turned back:
lengths in pixels, grey levels of a dark object on white (0 black, 255 white) whatever the image looked like.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from morphoexplore.methods.classic.descriptor import Descriptor, Stacked

_IMAGEJ = "ImageJ"
_ZOO = "ZooProcess"
_RATIO = "EcoTaxa ratio"
WHITE = 255


def _length(name: str, definition: str, source: str = _IMAGEJ) -> Descriptor:
    return Descriptor(name, "px", definition, "EcoTaxa", source, 1)


def _area(name: str, definition: str, source: str = _ZOO) -> Descriptor:
    return Descriptor(name, "px²", definition, "EcoTaxa", source, 2)


def _grey(name: str, definition: str, source: str = _IMAGEJ) -> Descriptor:
    return Descriptor(name, "grey", definition, "EcoTaxa", source)


def _number(name: str, definition: str, source: str, unit: str = "") -> Descriptor:
    return Descriptor(name, unit, definition, "EcoTaxa", source)


ECOTAXA_COLUMNS = (
    _area("area", "pixels of the object, holes filled"),
    _area("area_exc", "pixels without the holes (UVP macros keep the area of the holes under this name)"),
    _number("%area", "100 (1 - area_exc / area): share of holes", _ZOO, "%"),
    _length("esd", "2 √(area / π)", _RATIO),
    _length("perim.", "traced perimeter: pixel edges less (2 - √2) per non-adjacent corner"),
    _length("width", "bounding box, from left to right"),
    _length("height", "bounding box, from top to bottom"),
    _length("major", "long axis of the ellipse of equal area and second moments"),
    _length("minor", "short axis of it"),
    _number("angle", "of the long axis, counter-clockwise from the x axis, 0 to 180", _IMAGEJ, "°"),
    _length("feret", "greatest distance of two parallel tangents, on pixel corners"),
    _number("circ.", "4π area / perim.²", _IMAGEJ),
    _number("circex", "4π area_exc / perim.²", _RATIO),
    _number("elongation", "major / minor", _RATIO),
    _number("perimareaexc", "perim. / √area_exc", _RATIO),
    _number("feretareaexc", "feret / √area_exc", _RATIO),
    _number("perimferet", "perim. / feret", _RATIO),
    _number("perimmajor", "perim. / major", _RATIO),
    _area("convarea", "pixels of the convex hull"),
    _length("convperim", "pixels of the outline of the convex hull", _ZOO),
    _number("convarea_area", "convarea / area", _RATIO),
    _number("convperim_perim", "convperim / perim.", _RATIO),
    _length("skelarea", "pixels of the skeleton", _ZOO),
    _number("skeleton_area", "skelarea / area", _RATIO),
    _number("thickr", "greatest / mean width across the main axis", _ZOO),
    _number("fractal", "dimension of the boundary by Minkowski's sausage", "ZooProcess (Bérubé and Jébrak 1999)"),
    _number("symetrieh", "share of the area that mirroring at the main axis leaves covered", _ZOO),
    _number("symetriev", "share of the area that mirroring across the main axis leaves covered", _ZOO),
    _number("symetriehc", "symetrieh of what is as dark as histcum3", _ZOO),
    _number("symetrievc", "symetriev of what is as dark as histcum3", _ZOO),
    _number("symetrieh_area", "symetrieh / area", _RATIO),
    _number("symetriev_area", "symetriev / area", _RATIO),
    _grey("mean", "mean grey level of the object, holes included"),
    _grey("stddev", "standard deviation (n - 1)"),
    _grey("mode", "most frequent level"),
    _grey("min", "darkest level"),
    _grey("max", "lightest level"),
    _grey("median", "median level"),
    _number("skew", "skewness of the levels", _IMAGEJ),
    _number("kurt", "excess kurtosis of the levels", _IMAGEJ),
    _number("intden", "sum of the levels: area · mean", _IMAGEJ, "grey px²"),
    _grey("range", "max - min", _RATIO),
    _number("cv", "100 stddev / mean", _RATIO, "%"),
    _number("sr", "100 stddev / range", _RATIO, "%"),
    _number("meanpos", "(mean - max) / (mean - min)", _RATIO),
    _grey("median_mean", "median - mean", _RATIO),
    _number("median_mean_range", "(median - mean) / range", _RATIO),
    _number("skew_mean", "skew / mean", _RATIO),
    _number("kurt_mean", "kurt / mean", _RATIO),
    _number("slope", "sd(histogram) / sd(levels), levels 0 to 254", _ZOO),
    _grey("histcum1", "level at 25 % of the histogram below the threshold, from black", _ZOO),
    _grey("histcum2", "level at 50 % of it", _ZOO),
    _grey("histcum3", "level at 75 % of it", _ZOO),
    _number("nb1", "parts of 5 px or more at least as dark as histcum1, after one erosion", _ZOO),
    _number("nb2", "the same for histcum2", _ZOO),
    _number("nb3", "the same for histcum3", _ZOO),
    *(_number(f"nb{i}_{of}", f"nb{i} / {of}", _RATIO) for of in ("area", "range") for i in (1, 2, 3)),
    _length("x", "centroid of the area, from the left side of the image"),
    _length("y", "centroid of the area, from its upper side"),
    _length("xm", "centroid weighted by grey level, from the left"),
    _length("ym", "centroid weighted by grey level, from above"),
    _length("xmg5", "centroid weighted by grey level after gamma 5, from the left", _ZOO),
    _length("ymg5", "centroid weighted by grey level after gamma 5, from above", _ZOO),
    _length("centroids", "√((xm - x)² + (ym - y)²)", _RATIO),
    _number("cdexc", "centroids / √area_exc", _RATIO),
    _length("bx", "left side of the bounding box"),
    _length("by", "upper side of the bounding box"),
    _length("xstart", "first pixel of the first row of the object, from the left"),
    _length("ystart", "first row of the object"),
)  # fmt: skip
"""EcoTaxa's columns, with the power of the pixel size that turns pixels into mm."""

_LOGS = (
    "area", "area_exc", "esd", "perim.", "major", "minor", "feret", "circ.", "circex", "elongation", "perimareaexc",
    "feretareaexc", "perimferet", "perimmajor", "convarea", "convperim", "convarea_area", "convperim_perim", "skelarea",
    "thickr",
)  # fmt: skip
_COUNTS = ("area", "area_exc", "convarea", "convperim")
_AS_THEY_ARE = ("%area", "fractal", "symetrieh", "symetriev", "symetriehc", "symetrievc")
_PLACES = ("x", "y", "xm", "ym", "xmg5", "ymg5", "bx", "by", "xstart", "ystart", "angle")
_LEVELS = {"mean": "mean", "mode": "mode", "min": "max", "max": "min", "median": "median"}
_LEVELS |= {f"histcum{i}": f"histcum{i}" for i in (1, 2, 3)}


def as_ecotaxa(values: Mapping[str, NDArray], places: Mapping[str, NDArray]) -> Stacked:
    """
    Give the columns that EcoTaxa has.

    Parameters
    ----------
    values : dict of str to array, shape (n,)
        `DESCRIPTORS` by name.
    places : dict of str to array, shape (n,)
        `PLACES` by name.

    Returns
    -------
    columns : dict of str to float64 array, shape (n,)
        One for each of `ECOTAXA_COLUMNS`; NaN where an object could not be measured.
    """
    v = {name: np.asarray(column, np.float64) for name, column in values.items()}
    found: Stacked = {name: np.exp(v[name]) for name in _LOGS}
    found |= {name: np.rint(found[name]) for name in _COUNTS}
    found |= {name: v[name] for name in _AS_THEY_ARE}
    found |= {name: np.asarray(places[name], np.float64) for name in _PLACES}
    found |= {name: WHITE - v[contrast] for name, contrast in _LEVELS.items()}
    found |= {"width": np.asarray(places["box_x"], float), "height": np.asarray(places["box_y"], float)}
    found |= {f"nb{i}": np.rint(np.expm1(v[f"nb{i}"])) for i in (1, 2, 3)}
    found["slope"] = np.expm1(v["slope"])
    found["skelarea"] = np.rint(found["skelarea"])
    area, mean, root = found["area"], found["mean"], np.sqrt(found["area_exc"])
    found["range"] = found["max"] - found["min"]
    spread = np.maximum(found["range"], 1)
    found["stddev"] = v["stddev"] * np.sqrt(area / np.maximum(area - 1, 1))
    found |= {"skew": -v["skew"], "kurt": np.sinh(v["kurt"]), "intden": area * mean}
    dark = np.maximum(mean, 1e-6)  # an object that is black all over has no ratio to its mean
    found |= {"cv": 100 * found["stddev"] / dark, "sr": 100 * found["stddev"] / spread}
    above_min = mean - found["min"]
    found["meanpos"] = np.where(
        above_min > 0, (mean - found["max"]) / np.where(above_min > 0, above_min, 1), 0.0
    )
    found["median_mean"] = found["median"] - mean
    found["median_mean_range"] = found["median_mean"] / spread
    found |= {"skew_mean": found["skew"] / dark, "kurt_mean": found["kurt"] / dark}
    found["centroids"] = np.hypot(found["xm"] - found["x"], found["ym"] - found["y"])
    found["cdexc"] = found["centroids"] / root
    found["skeleton_area"] = found["skelarea"] / area
    found |= {f"symetrie{axis}_area": found[f"symetrie{axis}"] / area for axis in "hv"}
    found |= {f"nb{i}_area": found[f"nb{i}"] / area for i in (1, 2, 3)}
    found |= {f"nb{i}_range": found[f"nb{i}"] / spread for i in (1, 2, 3)}
    is_measured = np.isfinite(area)
    return {one.name: np.where(is_measured, found[one.name], np.nan) for one in ECOTAXA_COLUMNS}
