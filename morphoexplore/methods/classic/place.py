"""
Where an object lies in its image: kept for people and for EcoTaxa, and no part of the morphospace.

A position says how an image was cut and how the object happened to lie, not what it is.
"""

from __future__ import annotations

import cv2
import numpy as np

from morphoexplore.methods.classic.descriptor import Descriptor
from morphoexplore.methods.classic.form import ellipse_axes
from morphoexplore.methods.classic.subject import Subject

_ZOO = "ZooProcess (ImageJ)"

PLACES = (
    Descriptor("touches_border", "", "1 where the object reaches the border of its image, and may be cut; else 0", "place"),
    Descriptor("x", "px", "column of the centroid of the area", "place", _ZOO),
    Descriptor("y", "px", "row of it", "place", _ZOO),
    Descriptor("xm", "px", "column of the centroid weighted by grey level, 255 - contrast", "place", _ZOO),
    Descriptor("ym", "px", "row of it", "place", _ZOO),
    Descriptor("xmg5", "px", "column of the centroid weighted by grey level after gamma 5", "place", "ZooProcess"),
    Descriptor("ymg5", "px", "row of it", "place", "ZooProcess"),
    Descriptor("bx", "px", "left side of the bounding box", "place", _ZOO),
    Descriptor("by", "px", "upper side of the bounding box", "place", _ZOO),
    Descriptor("xstart", "px", "column of the first pixel of the first row of the object", "place", _ZOO),
    Descriptor("ystart", "px", "row of it", "place", _ZOO),
    Descriptor("angle", "°", "of the long axis of the ellipse, counter-clockwise from the x axis, 0 to 180", "place", _ZOO),
    Descriptor("box_x", "px", "extent of the bounding box from left to right: EcoTaxa's width", "place", _ZOO),
    Descriptor("box_y", "px", "extent of the bounding box from top to bottom: EcoTaxa's height", "place", _ZOO),
)  # fmt: skip
"""What is measured of an object's place, in the order of the columns of `Descriptions.places`."""

_AFTER_GAMMA = np.rint(255 * (np.arange(255, -1, -1) / 255) ** 5).astype(np.uint8)
"""Grey level after gamma 5, by contrast."""


def measure_place(subject: Subject, heavy: tuple[float, float]) -> dict[str, float]:
    """
    Measure where an object lies.

    Parameters
    ----------
    subject : Subject
        The object.
    heavy : tuple of float
        Column and row of the centroid of its contrast, in `Subject.contrast`.

    Returns
    -------
    values : dict
        One number for each of `PLACES`; positions in px from the upper left corner of the image, as ImageJ counts.
    """
    moments = subject.moments
    centre = moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
    bright = cv2.LUT(cv2.convertScaleAbs(subject.contrast), _AFTER_GAMMA) * subject.filled
    weighted = cv2.moments(bright)
    after_gamma = centre
    if weighted["m00"] > 0:
        after_gamma = weighted["m10"] / weighted["m00"], weighted["m01"] / weighted["m00"]
    x, y = _in_image(subject, *centre)
    xm, ym = _in_image(subject, *_by_grey_level(subject, centre, heavy))
    xmg5, ymg5 = _in_image(subject, *after_gamma)
    columns, rows = _in_image(subject, *subject.outline.contour.T)
    left, top = columns.min(), rows.min()
    _, _, angle = ellipse_axes(moments)
    return {
        "touches_border": float(subject.touches_border),
        "x": x + 0.5,
        "y": y + 0.5,
        "xm": xm + 0.5,
        "ym": ym + 0.5,
        "xmg5": xmg5 + 0.5,
        "ymg5": ymg5 + 0.5,
        "bx": float(left),
        "by": float(top),
        "xstart": float(columns[rows == top].min()),
        "ystart": float(top),
        "angle": subject.turn.undo_angle(angle),
        "box_x": float(columns.max() - left + 1),
        "box_y": float(rows.max() - top + 1),
    }


def _by_grey_level(
    subject: Subject, centre: tuple[float, float], heavy: tuple[float, float]
) -> tuple[float, float]:
    """Return the centroid weighted by 255 - contrast, given those of the area and of the contrast."""
    contrast = float(subject.contrast[subject.inside].sum(dtype=np.float64))
    light = 255 * subject.area - contrast
    if light <= 0:
        return centre
    share = contrast / light
    return centre[0] + share * (centre[0] - heavy[0]), centre[1] + share * (centre[1] - heavy[1])


def _in_image(subject: Subject, x, y):  # type: ignore[no-untyped-def]
    top, left = subject.corner
    return subject.turn.undo(x + left, y + top)
