"""From a drawn sheet to the vignette of a scanner: grey levels, outline, cut, footer, measurements."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from sheet import OVERSAMPLING, Floats, Random, Sheet

WHITE = 254
THRESHOLD = 243  # grey levels up to this one belong to the object
PIXEL_SIZE_MM = 0.0212
BAR_PX = 47  # 1 mm
FOOTER_PX = 31
FOOTER_GREY = 85
MARGIN = 1.4  # side of the vignette over side of the bounding box
MARGIN_PX = 12  # around the drawn object while it is developed

Grey = NDArray[np.uint8]
Mask = NDArray[np.bool_]

GLYPHS = {
    "1": ("..#", ".##", "#.#", "..#", "..#", "..#", "..#", "..#"),
    "m": (".......", ".......", "###.##.", "#..#..#", "#..#..#", "#..#..#", "#..#..#", "#..#..#"),
    " ": ("..",) * 8,
}


@dataclass(frozen=True)
class Scan:
    """
    One scanned object.

    Attributes
    ----------
    grey : array, shape (height, width), uint8
        Grey levels around the object, background included.
    mask : array, same shape, bool
        Pixels of the object, holes open.
    """

    grey: Grey
    mask: Mask


def scan(sheet: Sheet, random: Random, *, out_of_focus: bool = False) -> Scan:
    """Turn optical density into grey levels, with the blur and noise of a scanner, and find the object."""
    density = _drawn_part(sheet.density) * np.float32(random.lognormal(0, 0.22))
    blur = 0.5 * random.lognormal(0, 0.35)
    if out_of_focus:
        blur = random.uniform(0.03, 0.07) * max(density.shape) / OVERSAMPLING
    surroundings = MARGIN_PX + int(2 * blur + (MARGIN - 1) / 2 * max(density.shape) / OVERSAMPLING)
    density = np.pad(density, OVERSAMPLING * surroundings)
    density = cv2.GaussianBlur(density, (0, 0), blur * OVERSAMPLING).astype(np.float32)
    height, width = (side // OVERSAMPLING for side in density.shape)
    density = cv2.resize(density, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    darkest = random.uniform(18, 45)
    levels = darkest + (WHITE - darkest) * np.exp(-np.clip(density, 0, None))
    levels += random.normal(0, random.uniform(1.5, 3.5), levels.shape)
    grey = np.clip(np.round(levels), 0, WHITE).astype(np.uint8)
    return Scan(grey, _largest_object(grey))


def _drawn_part(density: NDArray[np.float32]) -> NDArray[np.float32]:
    rows = np.flatnonzero((density > 0.01).any(axis=1))
    columns = np.flatnonzero((density > 0.01).any(axis=0))
    height = -(-(rows[-1] - rows[0] + 1) // OVERSAMPLING) * OVERSAMPLING
    width = -(-(columns[-1] - columns[0] + 1) // OVERSAMPLING) * OVERSAMPLING
    part = density[rows[0] : rows[0] + height, columns[0] : columns[0] + width]
    return np.pad(part, ((0, height - part.shape[0]), (0, width - part.shape[1])))


def _largest_object(grey: Grey) -> Mask:
    smooth = cv2.GaussianBlur(grey, (0, 0), 0.7)
    dark = smooth <= THRESHOLD
    # Hairs that are broken by less than two pixels stay with the object.
    joined = cv2.dilate(dark.astype(np.uint8), np.ones((3, 3), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    mask: Mask = dark & (labels == largest)
    return mask


def cut(seen: Scan, *, footer: bool, masked: bool = True) -> Grey:
    """Return the vignette: the object on white (or as scanned), with a margin and, if wanted, the footer."""
    rows, columns = bounding_box(seen.mask)
    grey = np.where(_reach(seen.mask), seen.grey, WHITE).astype(np.uint8) if masked else seen.grey
    height, width = rows.stop - rows.start, columns.stop - columns.start
    high, wide = round(MARGIN * height), round(MARGIN * width)
    if footer:
        wide = max(wide, BAR_PX + 20)
    frame = np.full((high + (FOOTER_PX if footer else 0), wide), WHITE, np.uint8)
    pad = max(high, wide)
    around = np.pad(grey, pad, constant_values=WHITE)
    top = rows.start + pad - (high - height) // 2
    left = columns.start + pad - (wide - width) // 2
    frame[:high] = around[top : top + high, left : left + wide]
    if footer:
        _draw_footer(frame)
    return frame


def _reach(mask: Mask) -> Mask:
    reached: Mask = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return reached


def _draw_footer(frame: Grey) -> None:
    frame[-6:-4, 9 : 9 + BAR_PX] = FOOTER_GREY
    x = 9
    for letter in "1 mm":
        glyph = np.array([[dot == "#" for dot in row] for row in GLYPHS[letter]])
        area = frame[-16:-8, x : x + glyph.shape[1]]
        area[glyph] = FOOTER_GREY
        x += glyph.shape[1] + 1


def bounding_box(mask: Mask) -> tuple[slice, slice]:
    """Return the rows and columns that the object spans."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def measure(seen: Scan) -> dict[str, float]:
    """
    Measure a scanned object, in pixels and grey levels.

    Returns
    -------
    measured : dict
        EcoTaxa's names without `object_`. The grey levels are those of the object with its holes, as in ZooProcess;
        the perimeter is the length of OpenCV's outer contour.
    """
    box = bounding_box(seen.mask)
    open_mask, grey = seen.mask[box], seen.grey[box]
    filled: Mask = ndimage.binary_fill_holes(open_mask)
    return {
        **_shape(filled, int(open_mask.sum())),
        **_grey_levels(grey[filled].astype(float)),
        "width": filled.shape[1],
        "height": filled.shape[0],
    }


def _shape(filled: Mask, area_without_holes: int) -> dict[str, float]:
    area = int(filled.sum())
    contours, _ = cv2.findContours(filled.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    perimeter = sum(cv2.arcLength(contour, closed=True) for contour in contours) or 1.0
    hull = cv2.convexHull(_corners(filled))[:, 0].astype(float)
    major, minor, angle = _ellipse(filled)
    return {
        "area": area,
        "area_exc": area_without_holes,
        "%area": round(100 * (1 - area_without_holes / area), 2),
        "perim.": round(perimeter, 2),
        "major": round(major, 1),
        "minor": round(minor, 1),
        "angle": round(angle, 1),
        "feret": round(float(np.hypot(*(hull[:, None] - hull[None]).transpose(2, 0, 1)).max()), 1),
        "circ.": round(min(1.0, 4 * np.pi * area / perimeter**2), 3),
        "convarea": round(cv2.contourArea(hull.astype(np.float32)), 1),
        "esd": round(2 * np.sqrt(area / np.pi), 2),
        "elongation": round(major / minor, 2),
    }


def _corners(filled: Mask) -> NDArray[np.int32]:
    y, x = np.nonzero(filled)
    return np.concatenate([np.stack([x + i, y + j], axis=1) for i in (0, 1) for j in (0, 1)]).astype(np.int32)


def _ellipse(filled: Mask) -> tuple[float, float, float]:
    y, x = np.nonzero(filled)
    moments: Floats = np.cov(np.stack([x, -y]), ddof=0) + np.eye(2) / 12
    values, vectors = np.linalg.eigh(moments)
    ratio = float(np.sqrt(values[1] / values[0]))
    minor = float(np.sqrt(4 * len(x) / np.pi / ratio))
    angle = float(np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1])) % 180)
    return minor * ratio, minor, angle


def _grey_levels(levels: Floats) -> dict[str, float]:
    mean, deviation = levels.mean(), levels.std(ddof=1)
    standard = (levels - mean) / (deviation or 1.0)
    return {
        "mean": round(mean, 2),
        "stddev": round(deviation, 2),
        "median": float(np.median(levels)),
        "min": levels.min(),
        "max": levels.max(),
        "intden": levels.sum(),
        "skew": round(float((standard**3).mean()), 3),
        "kurt": round(float((standard**4).mean() - 3), 3),
    }
