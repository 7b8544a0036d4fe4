"""Size, shape and complexity: what the silhouette alone tells."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from morphoexplore.methods.classic.descriptor import Descriptor, Raw, Stacked, length, series, surface
from morphoexplore.methods.classic.outline import space_evenly
from morphoexplore.methods.classic.subject import Subject, reduce

_ZOO = "ZooProcess"
_IMAGEJ = "ZooProcess (ImageJ)"
_RATIO = "EcoTaxa ratio"
_HARMONICS = (-1, 2, -2, 3, -3, 4, -4, 5, -5, 6)

SIZES = (
    surface("area", "pixels of the object, holes filled", _ZOO),
    surface("area_exc", "pixels of the object without its holes", _ZOO),
    surface("convarea", "pixels of the convex hull", _ZOO),
    length("esd", "diameter of the circle of equal area, 2 √(area / π)", _ZOO),
    length("perim.", "traced perimeter: pixel edges less (2 - √2) per non-adjacent corner", _IMAGEJ),
    length("convperim", "pixels of the outline of the convex hull", _ZOO),
    length("width", "longer side of the upright bounding box", _IMAGEJ),
    length("height", "shorter side of the upright bounding box", _IMAGEJ),
    length("box_length", "longer side of the smallest enclosing rectangle"),
    length("box_width", "shorter side of the smallest enclosing rectangle"),
    length("major", "long axis of the ellipse of equal area and orientation", _IMAGEJ),
    length("minor", "short axis of the ellipse of equal area and orientation", _IMAGEJ),
    length("feret", "greatest distance of two parallel tangents, on pixel corners", _IMAGEJ),
    length("min_feret", "least distance of two parallel tangents, on pixel corners", "ImageJ"),
    length("skelarea", "pixels of the skeleton: how long all branches are together", _ZOO),
    length("thickness", "diameter of the largest circle inside the object"),
    length("mean_thickness", "mean over the skeleton of the diameter of the largest circle inside"),
)

SHAPES = (
    Descriptor("circ.", "", "ln of 4π area / perim.²", "shape", _IMAGEJ),
    Descriptor("circex", "", "ln of 4π area_exc / perim.²", "shape", _RATIO),
    Descriptor("elongation", "", "ln of major / minor", "shape", _RATIO),
    Descriptor("perimareaexc", "", "ln of perim. / √area_exc", "shape", _RATIO),
    Descriptor("feretareaexc", "", "ln of feret / √area_exc", "shape", _RATIO),
    Descriptor("perimferet", "", "ln of perim. / feret", "shape", _RATIO),
    Descriptor("perimmajor", "", "ln of perim. / major", "shape", _RATIO),
    Descriptor("convarea_area", "", "ln of convarea / area", "shape", _RATIO),
    Descriptor("convperim_perim", "", "ln of convperim / perim.", "shape", _RATIO),
    Descriptor("skeleton_area", "", "ln of skelarea / √area", "shape", _RATIO),
    Descriptor("thick_rel", "", "ln of thickness / √area", "shape"),
    Descriptor("thick_even", "", "ln of mean_thickness / thickness", "shape"),
    Descriptor("feret_ratio", "", "ln of feret / min_feret", "shape"),
    Descriptor("box_elongation", "", "ln of box_length / box_width", "shape"),
    Descriptor("box_fill", "", "area / (box_length · box_width)", "shape"),
    Descriptor("circle_fill", "", "area / area of the smallest enclosing circle", "shape"),
    Descriptor("%area", "%", "share of the area that is holes", "shape", _ZOO),
    *series(
        "hu",
        7,
        "asinh of the scaled moment {} of the silhouette; the sign of 7 is dropped",
        "shape",
        "Hu 1962",
    ),
    *(
        Descriptor(
            f"fourier{number}",
            "",
            f"ln of 0.001 + strength of harmonic {harmonic:+d} of the contour relative to that of +1",
            "shape",
            "Granlund 1972",
        )
        for number, harmonic in enumerate(_HARMONICS, start=1)
    ),
)

COMPLEXITY = (
    Descriptor(
        "fractal",
        "",
        "dimension of the boundary: 2 - sd(ln A(r)) / sd(ln 2r), A(r) pixels within r of it",
        "complexity",
        "ZooProcess (Bérubé and Jébrak 1999)",
    ),
    Descriptor("holes", "", "ln of 1 + number of holes", "complexity"),
    Descriptor("parts", "", "ln of the number of parts", "complexity"),
    Descriptor("part_share", "", "share of the largest part in the area of all parts", "complexity"),
    Descriptor("skelends", "", "ln of 1 + ends of the skeleton: tips of limbs and antennae", "complexity"),
    Descriptor("skelforks", "", "ln of 1 + pixels of the skeleton where branches meet", "complexity"),
    Descriptor("wiggle", "", "ln of 0.0001 + share of the contour's waves beyond the sixth", "complexity"),
)

DESCRIPTORS = SIZES + SHAPES + COMPLEXITY

_RADII = np.unique(np.rint(1.1 ** np.arange(1, 41))).astype(np.intp)
_RADII_SPREAD = np.log(2 * _RADII).std()
_LARGEST_SAUSAGE = 256
_NEIGHBOURS = np.ones((3, 3), np.float32)
_NEIGHBOURS[1, 1] = 0
# Hu's moments span decades; these powers of ten bring each to the order of 1.
_HU_SCALES = 10.0 ** np.array([3, 5, 7, 9, 11, 13, 13])


def measure_form(subject: Subject) -> Raw:
    """
    Measure size, shape and complexity of a silhouette.

    Parameters
    ----------
    subject : Subject
        The object.

    Returns
    -------
    raw : dict
        One number for each of `DESCRIPTORS` but those of the contour and Hu's moments, which `finish_form` gives.
    """
    skeleton = _skeleton(subject)
    sizes = _measure_sizes(subject) | _measure_skeleton(subject, skeleton)
    logs = {name: math.log(max(value, 1e-6)) for name, value in sizes.items()}
    arrays: Raw = {
        "contour": space_evenly(subject.outline.contour),
        "hu": cv2.HuMoments(subject.moments).ravel(),
    }
    return logs | _compare(sizes, logs) | _fill(subject) | _complexity(subject, skeleton) | arrays


def finish_form(raw: Stacked) -> Stacked:
    """
    Give the Fourier series of contours and Hu's moments.

    Parameters
    ----------
    raw : dict of array
        From `measure_form`, of n objects.

    Returns
    -------
    values : dict of array, shape (n,)
    """
    spectrum = np.abs(np.fft.fft(raw["contour"], axis=1))
    waves, power = fourier_descriptors(spectrum), spectrum[:, 1:] ** 2
    fine = power[:, 6:-6].sum(axis=1) / np.maximum(power.sum(axis=1), 1e-6)
    hu = np.arcsinh(raw["hu"] * _HU_SCALES)
    hu[:, 6] = np.abs(hu[:, 6])  # its sign tells an object from its mirror image
    return {
        "wiggle": np.log(fine + 1e-4),
        **{f"fourier{i}": column for i, column in enumerate(waves.T, start=1)},
        **{f"hu{i}": column for i, column in enumerate(hu.T, start=1)},
    }


def fourier_descriptors(waves: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Return the strengths of the waves of contours, whatever their size, position, turn and first point.

    Parameters
    ----------
    waves : float array, shape (n, m)
        Magnitudes of the Fourier series of n contours, taken as x + iy at equal distances along them.

    Returns
    -------
    strengths : float array, shape (n, 10)
        ln of 0.001 + strength of harmonics -1, +2, -2 ... +6 relative to +1, the stronger one of the first two, after Zahn and Roskies (1972) and
        Granlund (1972). A circle has the least possible value, ln 0.001, everywhere.
    """
    first, opposite = waves[:, 1], waves[:, -1]
    # The higher harmonics that turn with and against the first one, taken in pairs.
    pairs = np.stack([waves[:, 2:8], waves[:, -7:-1][:, ::-1]], axis=2)
    turning = (first >= opposite)[:, None, None]
    pairs = np.where(turning, pairs, pairs[:, :, ::-1]).reshape(len(waves), -1)
    strengths = np.column_stack([np.minimum(first, opposite), pairs])[:, : len(_HARMONICS)]
    return np.log(strengths / np.maximum(np.maximum(first, opposite), 1e-6)[:, None] + 1e-3)


def ellipse_axes(moments: dict[str, float]) -> tuple[float, float, float]:
    """
    Fit ImageJ's ellipse: equal area, equal orientation and axis ratio.

    Parameters
    ----------
    moments : dict
        Of a silhouette, from `cv2.moments`.

    Returns
    -------
    major, minor : float
        Axes, px.
    angle : float
        Of the long axis from the x axis towards the y axis, radians.
    """
    area = moments["m00"]
    # A pixel is a square, not a point: 1/12 is the second moment of the unit square.
    xx, yy, xy = moments["mu20"] / area + 1 / 12, moments["mu02"] / area + 1 / 12, moments["mu11"] / area
    spread = math.hypot((xx - yy) / 2, xy)
    middle = (xx + yy) / 2
    ratio = math.sqrt((middle + spread) / max(middle - spread, 1e-9))
    minor = math.sqrt(4 * area / (math.pi * ratio))
    return minor * ratio, minor, 0.5 * math.atan2(2 * xy, xx - yy)


def _measure_sizes(subject: Subject) -> dict[str, float]:
    """Return the sizes of area and outline, in pixels, before the logarithm."""
    outline = subject.outline
    sides = outline.contour.max(0) - outline.contour.min(0) + 1
    major, minor, _ = ellipse_axes(subject.moments)
    return {
        "area": subject.area,
        "area_exc": subject.area_exc,
        "convarea": outline.hull_pixels,
        "esd": 2 * math.sqrt(subject.area / math.pi),
        "perim.": outline.perimeter,
        "convperim": outline.hull_rim,
        "width": float(sides.max()),
        "height": float(sides.min()),
        "box_length": outline.box[0],
        "box_width": outline.box[1],
        "major": major,
        "minor": minor,
        "feret": outline.feret,
        "min_feret": outline.min_feret,
    }


def _measure_skeleton(subject: Subject, skeleton: NDArray[np.uint8]) -> dict[str, float]:
    """Return the length of the skeleton and the thickness around it, px of the image."""
    depth = subject.depth
    along = depth[skeleton > 0]
    # Depth is counted between centres of pixels; half a pixel each lies at either end.
    return {
        "skelarea": max(1.0, float(np.count_nonzero(skeleton))) / subject.scale,
        "thickness": (2 * float(depth.max()) - 1) / subject.scale,
        "mean_thickness": (2 * float(along.mean() if len(along) else depth.max()) - 1) / subject.scale,
    }


def _skeleton(subject: Subject) -> NDArray[np.uint8]:
    """Return the skeleton of the reduced silhouette, 0 or 1."""
    from skimage.morphology import skeletonize

    return skeletonize(subject.small_filled > 0).astype(np.uint8)


def _compare(sizes: dict[str, float], logs: dict[str, float]) -> dict[str, float]:
    """Return the ratios of sizes: these do not depend on magnification."""
    root = logs["area_exc"] / 2
    return {
        "circ.": math.log(4 * math.pi) + logs["area"] - 2 * logs["perim."],
        "circex": math.log(4 * math.pi) + logs["area_exc"] - 2 * logs["perim."],
        "elongation": logs["major"] - logs["minor"],
        "perimareaexc": logs["perim."] - root,
        "feretareaexc": logs["feret"] - root,
        "perimferet": logs["perim."] - logs["feret"],
        "perimmajor": logs["perim."] - logs["major"],
        "convarea_area": logs["convarea"] - logs["area"],
        "convperim_perim": logs["convperim"] - logs["perim."],
        "skeleton_area": logs["skelarea"] - logs["area"] / 2,
        "thick_rel": logs["thickness"] - logs["area"] / 2,
        "thick_even": logs["mean_thickness"] - logs["thickness"],
        "feret_ratio": logs["feret"] - logs["min_feret"],
        "box_elongation": logs["box_length"] - logs["box_width"],
        "box_fill": sizes["area"] / (sizes["box_length"] * sizes["box_width"]),
        "%area": 100 * (1 - sizes["area_exc"] / sizes["area"]),
    }


def _fill(subject: Subject) -> dict[str, float]:
    """Return how much of its smallest enclosing circle the object fills."""
    _, radius = cv2.minEnclosingCircle(subject.outline.hull.astype(np.float32))
    return {"circle_fill": subject.area / (np.pi * radius**2)}


def _complexity(subject: Subject, skeleton: NDArray[np.uint8]) -> dict[str, float]:
    """Return the descriptors in `COMPLEXITY`."""
    neighbours = cv2.filter2D(skeleton, -1, _NEIGHBOURS, borderType=cv2.BORDER_CONSTANT)[skeleton > 0]
    n_labels = 1
    if subject.area > subject.area_exc:
        n_labels, _ = cv2.connectedComponents(subject.filled - subject.mask, connectivity=4)
    return {
        "fractal": fractal_dimension(subject.filled),
        "holes": math.log(n_labels),
        "parts": math.log(subject.n_parts),
        "part_share": subject.area_exc / subject.area_all,
        "skelends": math.log1p(np.count_nonzero(neighbours == 1)),
        "skelforks": math.log1p(np.count_nonzero(neighbours > 2)),
    }


def fractal_dimension(filled: NDArray[np.uint8]) -> float:
    """
    Measure how the boundary fills its surroundings, by Minkowski's sausage as ZooProcess does.

    Parameters
    ----------
    filled : uint8 array, shape (h, w)
        Silhouette, 0 or 1; reduced first where it is longer than 256 px.

    Returns
    -------
    dimension : float
        About 1 for a smooth boundary, towards 2 for a ragged one.
    """
    reduced = reduce(filled, min(1.0, _LARGEST_SAUSAGE / max(filled.shape)))
    # The way out of the object needs a margin of the largest radius, the way in only a rim of background.
    counts = _count_distances(reduced, 1) + _count_distances(1 - reduced, int(_RADII[-1]) + 1, value=1)
    areas = np.log(np.maximum(np.cumsum(counts)[_RADII], 1))
    return float(2 - areas.std() / _RADII_SPREAD)


def _count_distances(mask: NDArray[np.uint8], margin: int, *, value: int = 0) -> NDArray[np.intp]:
    """Count the pixels of a mask, with a margin of *value* around it, by their rounded distance from the others."""
    canvas = cv2.copyMakeBorder(mask, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=value)
    distance = cv2.convertScaleAbs(cv2.distanceTransform(canvas, cv2.DIST_L2, 5))
    counts = cv2.calcHist([distance], [0], None, [256], [0, 256]).ravel()
    counts[0] = 0
    return counts.astype(np.intp)
