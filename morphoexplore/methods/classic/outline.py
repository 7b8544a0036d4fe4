"""
The boundary of an object: ImageJ's perimeter, hull, calipers and points along the contour.

Pixels are squares here, as in ImageJ: a boundary runs along the edges between pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

# The eight directions that a contour can step to, turning through x to y: dx, dy.
_STEPS = np.array([(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)])
_CORNERS = np.array([(-1, -1), (-1, 1), (1, -1), (1, 1)], np.int32)
_N_SAMPLES = 128
_FRACTIONS = np.arange(_N_SAMPLES) / _N_SAMPLES


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
    hull_pixels, hull_rim : float
        Pixels of the filled convex hull, and of its outline one pixel thick, as ZooProcess counts them.
    feret, min_feret : float
        Greatest and least distance of two parallel tangents, px.
    box : tuple of float
        Longer and shorter side of the smallest enclosing rectangle in any direction, px.
    """

    contour: NDArray[np.int32]
    crack_length: int
    perimeter: float
    hull: NDArray[np.float64]
    hull_pixels: float
    hull_rim: float
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
    centres = np.asarray(cv2.convexHull(contour)[:, 0, :], np.int32)
    hull_pixels, hull_rim = _count_hull(centres)
    hull = _hull_of_corners(centres)
    sides = _following(hull) - hull
    min_feret, box = _calipers(hull, sides / np.hypot(sides[:, 0], sides[:, 1])[:, None])
    across, down = hull[:, 0], hull[:, 1]
    squares = (across[:, None] - across) ** 2 + (down[:, None] - down) ** 2
    return Outline(
        contour=contour,
        crack_length=len(cracks),
        perimeter=_traced_perimeter(cracks),
        hull=hull,
        hull_pixels=hull_pixels,
        hull_rim=hull_rim,
        feret=float(np.sqrt(squares.max())),
        min_feret=min_feret,
        box=box,
    )


def space_evenly(contour: NDArray[np.int32]) -> NDArray[np.complex128]:
    """
    Return points at equal distances along a contour.

    Parameters
    ----------
    contour : int array, shape (n, 2)
        Closed contour.

    Returns
    -------
    points : complex array, shape (128,)
        x + iy.
    """
    points = np.empty(len(contour) + 1, np.complex128)
    points[:-1].real, points[:-1].imag = contour[:, 0], contour[:, 1]
    points[-1] = points[0]
    way = np.empty(len(points))
    way[0] = 0.0
    np.cumsum(np.abs(points[1:] - points[:-1]), out=way[1:])
    return np.interp(_FRACTIONS * way[-1], way, points)


def _following(points: NDArray) -> NDArray:
    """Return for each point of a closed line the next one."""
    return np.concatenate([points[1:], points[:1]])


def _count_hull(hull: NDArray[np.int32]) -> tuple[float, float]:
    """
    Return the pixels of a filled convex hull and of its outline.

    Pick's theorem counts the centres of pixels in a polygon between centres of pixels, without drawing it.
    """
    following = _following(hull)
    steps = np.abs(following - hull)
    twice = abs(int((hull[:, 0] * following[:, 1] - hull[:, 1] * following[:, 0]).sum(dtype=np.int64)))
    on_rim = int(np.gcd(steps[:, 0], steps[:, 1]).sum())
    pixels = (twice + on_rim) // 2 + 1
    return float(pixels), float(max(1, min(int(steps.max(axis=1).sum()), pixels)))


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
    steps = _following(contour) - contour
    goes = _DIRECTIONS[steps[:, 0] + 3 * steps[:, 1] + 4]
    came = np.concatenate([goes[-1:], goes[:-1]])
    cracks = _CRACKS[8 * came + goes].ravel()
    return cracks[cracks >= 0]


def _traced_perimeter(cracks: NDArray[np.int8]) -> float:
    """
    Return ImageJ's perimeter: edges, less 2 - sqrt(2) for every corner that is cut.

    Along a staircase of sides of one pixel only every second corner is cut (ImageJ: "non-adjacent corners").
    Counting per staircase instead of from the first point makes the result independent of that point.
    """
    corners = np.flatnonzero(cracks != np.concatenate([cracks[-1:], cracks[:-1]]))
    sides = _gaps(corners, len(cracks))
    # A staircase is a run of corners, each one pixel from the next; a longer side ends it.
    ends = np.flatnonzero(sides > 1)
    stairs = _gaps(ends, len(sides)) if len(ends) else np.array([len(sides)])
    cut = ((stairs + 1) // 2).sum()
    return float(len(cracks) - (2 - np.sqrt(2)) * cut)


def _gaps(places: NDArray[np.intp], around: int) -> NDArray[np.intp]:
    """Return the distance from each place to the next one on a circle of *around* places."""
    gaps = np.empty_like(places)
    np.subtract(places[1:], places[:-1], out=gaps[:-1])
    gaps[-1] = places[0] + around - places[-1]
    return gaps


def _hull_of_corners(centres: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the convex hull of the corners of pixels, given that of their centres."""
    # Corners in halves of pixels, doubled to whole numbers.
    corners = (2 * centres[:, None] + _CORNERS).reshape(-1, 2)
    return cv2.convexHull(corners)[:, 0, :] / 2


def _calipers(
    hull: NDArray[np.float64], directions: NDArray[np.float64]
) -> tuple[float, tuple[float, float]]:
    """Return the least width and the sides of the smallest rectangle; both lie along a side of the hull."""
    along = hull @ directions.T
    across = hull @ np.stack([-directions[:, 1], directions[:, 0]])
    lengths, widths = along.max(0) - along.min(0), across.max(0) - across.min(0)
    smallest = int(np.argmin(lengths * widths))
    sides = float(lengths[smallest]), float(widths[smallest])
    return float(widths.min()), (max(sides), min(sides))
