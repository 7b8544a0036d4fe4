"""
The boundary of an object: ImageJ's perimeter, hull, calipers and the Fourier series of the contour.

Pixels are squares here, as in ImageJ: a boundary runs along the edges between pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

# The eight directions that a contour can step to, turning through x to y: dx, dy.
_STEPS = np.array([(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)])
_N_FOURIER = 10
_N_SAMPLES = 128


@dataclass(frozen=True)
class Outline:
    """
    Boundary of an object without holes.

    Attributes
    ----------
    contour : int array, shape (n, 2)
        x and y of the boundary pixels, in order.
    crack_length : int
        Number of pixel edges on the boundary.
    perimeter : float
        ImageJ's traced perimeter, px.
    hull : float array, shape (m, 2)
        Corners of the convex hull of the pixels' corners.
    hull_area, hull_perimeter : float
        Its area, px², and perimeter, px.
    feret, min_feret : float
        Greatest and least distance of two parallel tangents, px.
    box : tuple of float
        Longer and shorter side of the smallest enclosing rectangle in any direction, px.
    """

    contour: NDArray[np.int32]
    crack_length: int
    perimeter: float
    hull: NDArray[np.float64]
    hull_area: float
    hull_perimeter: float
    feret: float
    min_feret: float
    box: tuple[float, float]


def trace(filled: NDArray[np.uint8]) -> Outline:
    """
    Trace the boundary of an object.

    Parameters
    ----------
    filled : uint8 array, shape (h, w)
        One part, connected over edges and corners, without holes; at least one pixel.

    Returns
    -------
    outline : Outline
        The boundary and what follows from it.
    """
    contours, _ = cv2.findContours(filled, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contour = np.asarray(max(contours, key=len)[:, 0, :], np.int32)
    cracks = _crack_code(contour)
    hull = _hull_of_corners(contour)
    sides = np.roll(hull, -1, axis=0) - hull
    lengths = np.hypot(sides[:, 0], sides[:, 1])
    min_feret, box = _calipers(hull, sides / lengths[:, None])
    following = np.roll(hull, -1, axis=0)
    return Outline(
        contour=contour,
        crack_length=len(cracks),
        perimeter=_traced_perimeter(cracks),
        hull=hull,
        hull_area=float(abs((hull[:, 0] * following[:, 1] - hull[:, 1] * following[:, 0]).sum()) / 2),
        hull_perimeter=float(lengths.sum()),
        feret=float(np.hypot(*(hull[:, None] - hull[None]).transpose(2, 0, 1)).max()),
        min_feret=min_feret,
        box=box,
    )


def fourier_descriptors(contour: NDArray[np.int32]) -> NDArray[np.float64]:
    """
    Return the strengths of the waves of a contour, whatever its size, position, turn and first point.

    Parameters
    ----------
    contour : int array, shape (n, 2)
        Closed contour.

    Returns
    -------
    strengths : float array, shape (10,)
        ln of the strength of harmonic -1, +-2 ... relative to the first, after Zahn and Roskies (1972) and
        Granlund (1972). A circle has the least possible value, ln 0.001, everywhere.
    """
    points = np.append(contour[:, 0] + 1j * contour[:, 1], contour[0, 0] + 1j * contour[0, 1])
    way = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(points)))])
    places = np.linspace(0, way[-1], _N_SAMPLES, endpoint=False)
    waves = np.abs(np.fft.fft(np.interp(places, way, points.real) + 1j * np.interp(places, way, points.imag)))
    first, opposite = max(waves[1], waves[-1]), min(waves[1], waves[-1])
    # The higher harmonics that turn with and against the first one, taken in pairs.
    turning = waves[1] >= waves[-1]
    forth, back = waves[2:8], waves[-7:-1][::-1]
    pairs = np.stack([forth, back] if turning else [back, forth], axis=1).ravel()
    strengths = np.append(opposite, pairs)[:_N_FOURIER]
    return np.log(strengths / max(first, 1e-6) + 1e-3)


def _crack_table() -> NDArray[np.int8]:
    """
    For each way into and out of a pixel: the directions of its edges that the boundary runs along.

    A contour walks with the background on one side; on its way from the previous pixel round to the next it
    passes the neighbours in between, all background, and each of the four nearest of them gives one edge.
    """
    table = np.full((64, 4), -1, np.int8)
    for came, goes in np.ndindex(8, 8):
        start = (came + 4) % 8
        passed = [(start - k) % 8 for k in range(1, (start - goes - 1) % 8 + 1)]
        edges = [direction for direction in passed if direction % 2 == 0]
        table[8 * came + goes, : len(edges)] = edges
    return table


_CRACKS = _crack_table()
# Step (dx, dy) to direction, at 3 * (dy + 1) + dx + 1.
_DIRECTIONS = np.zeros(9, np.intp)
_DIRECTIONS[3 * (_STEPS[:, 1] + 1) + _STEPS[:, 0] + 1] = np.arange(8)


def _crack_code(contour: NDArray[np.int32]) -> NDArray[np.int8]:
    """Return the pixel edges along a contour, in order, each as the direction it faces (0, 2, 4 or 6)."""
    if len(contour) == 1:
        return np.array([0, 2, 4, 6], np.int8)
    steps = np.roll(contour, -1, axis=0) - contour
    goes = _DIRECTIONS[3 * (steps[:, 1] + 1) + steps[:, 0] + 1]
    cracks = _CRACKS[8 * np.roll(goes, 1) + goes].ravel()
    return cracks[cracks >= 0]


def _traced_perimeter(cracks: NDArray[np.int8]) -> float:
    """
    Return ImageJ's perimeter: edges, less 2 - sqrt(2) for every corner that is cut.

    Along a staircase of sides of one pixel only every second corner is cut (ImageJ: "non-adjacent corners").
    Counting per staircase instead of from the first point makes the result independent of that point.
    """
    corners = np.flatnonzero(cracks != np.roll(cracks, 1))
    sides = np.diff(corners, append=corners[0] + len(cracks))
    # A staircase is a run of corners, each one pixel from the next; a longer side ends it.
    ends = np.flatnonzero(sides > 1)
    stairs = np.diff(ends, append=ends[0] + len(sides)) if len(ends) else np.array([len(sides)])
    cut = ((stairs + 1) // 2).sum()
    return float(len(cracks) - (2 - np.sqrt(2)) * cut)


def _hull_of_corners(contour: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the convex hull of the corners of the boundary pixels."""
    # Corners in halves of pixels, doubled to whole numbers.
    centres = 2 * cv2.convexHull(contour)[:, 0, :]
    corners = (centres[:, None] + np.array([(-1, -1), (-1, 1), (1, -1), (1, 1)])).reshape(-1, 2)
    return cv2.convexHull(corners.astype(np.int32))[:, 0, :] / 2


def _calipers(
    hull: NDArray[np.float64], directions: NDArray[np.float64]
) -> tuple[float, tuple[float, float]]:
    """Return the least width and the sides of the smallest rectangle; both lie along a side of the hull."""
    along = hull @ directions.T
    across = hull @ np.stack([-directions[:, 1], directions[:, 0]])
    lengths, widths = np.ptp(along, axis=0), np.ptp(across, axis=0)
    smallest = int(np.argmin(lengths * widths))
    sides = float(lengths[smallest]), float(widths[smallest])
    return float(widths.min()), (max(sides), min(sides))
