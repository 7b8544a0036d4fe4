"""
The drawing sheet: optical density, drawn oversampled in body units.

A form is drawn with its body length as unit, origin in the middle, head towards +x. Densities of overlapping parts add
up, as in transmitted light, so a leg over a body is darker than either.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator

OVERSAMPLING = 3
THINNEST = 1.5  # of a line, in oversampled pixels
SOLID = 0.2  # density that counts as body when two objects touch
TOUCH = 60  # of their oversampled pixels
FRACTION_BITS = 4  # of the coordinates given to OpenCV

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Window = tuple[slice, slice]
Random = np.random.Generator


@dataclass(frozen=True)
class Axis:
    """
    A centre line with its normals, along which a body is built.

    Attributes
    ----------
    line, normals : array, shape (n_points, 2)
        Points from tail (first) to head (last), and the unit normals to the left.
    """

    line: Floats
    normals: Floats

    def at(self, position: float, offset: float = 0.0) -> Floats:
        """Return the point at *position* (0 tail, 1 head), moved sideways by *offset*."""
        index = position * (len(self.line) - 1)
        steps = np.arange(len(self.line))
        point = [np.interp(index, steps, self.line[:, axis]) for axis in (0, 1)]
        normal = [np.interp(index, steps, self.normals[:, axis]) for axis in (0, 1)]
        moved: Floats = np.array(point) + offset * np.array(normal)
        return moved

    def heading(self, position: float) -> float:
        """Return the direction towards the head at *position*, in radians."""
        normal = self.normals[round(position * (len(self.line) - 1))]
        return float(np.arctan2(-normal[0], normal[1]))

    def outline(self, left: Floats, right: Floats | None = None) -> Floats:
        """Return the closed outline with half widths *left* and *right* along the line."""
        right = left if right is None else right
        return np.concatenate(
            [self.line + self.normals * left[:, None], (self.line - self.normals * right[:, None])[::-1]]
        )

    def part(self, start: float, stop: float) -> Axis:
        """Return the stretch between two positions, with as many points."""
        wanted = np.linspace(start, stop, len(self.line)) * (len(self.line) - 1)
        steps = np.arange(len(self.line))
        line = np.stack([np.interp(wanted, steps, self.line[:, axis]) for axis in (0, 1)], axis=1)
        normals = np.stack([np.interp(wanted, steps, self.normals[:, axis]) for axis in (0, 1)], axis=1)
        return Axis(line, normals)


def bent_axis(
    length: float = 1.0,
    *,
    bend: float = 0.0,
    wave: float = 0.0,
    phase: float = 0.0,
    cycles: float = 1.0,
    n: int = 48,
) -> Axis:
    """Return a centred axis that turns by *bend* radians in all and swings by *wave*."""
    positions = np.linspace(-0.5, 0.5, n)
    heading = bend * positions + wave * np.sin(2 * np.pi * cycles * positions + phase)
    steps = np.stack([np.cos(heading), np.sin(heading)], axis=1) * length / (n - 1)
    line = np.cumsum(steps, axis=0)
    normals = np.stack([-np.sin(heading), np.cos(heading)], axis=1)
    return Axis(line - (line[0] + line[-1]) / 2, normals)


def widths(knots: ArrayLike, values: ArrayLike, n: int = 48) -> Floats:
    """Return half widths at *n* positions, smooth through the given ones, rounded where they reach 0."""
    table, heights = np.asarray(knots, float), np.asarray(values, float)
    squares = PchipInterpolator(table, heights**2)(np.linspace(0, 1, n))
    return np.sqrt(np.clip(squares, 0, None))


def limb(start: ArrayLike, heading: float, length: float, bend: float = 0.0, n: int = 20) -> Floats:
    """Return the line of an appendage that leaves *start* and turns by *bend* radians on its way."""
    directions = heading + bend * np.linspace(0, 1, n)
    steps = np.stack([np.cos(directions), np.sin(directions)], axis=1) * length / (n - 1)
    steps[0] = 0
    return np.asarray(start, float) + np.cumsum(steps, axis=0)


def oval(
    centre: ArrayLike, long: float, short: float | None = None, tilt: float = 0.0, n: int = 40
) -> Floats:
    """Return an ellipse with half axes *long* and *short*."""
    short = long if short is None else short
    turn = np.linspace(0, 2 * np.pi, n, endpoint=False)
    x, y = long * np.cos(turn), short * np.sin(turn)
    outline: Floats = _turned(x, y, tilt) + np.asarray(centre, float)
    return outline


def lump(
    random: Random, centre: ArrayLike, radius: float, roughness: float, *, stretch: float = 1.0, n: int = 60
) -> Floats:
    """Return an irregular round outline; *roughness* 0 is an ellipse, *stretch* its elongation."""
    turn = np.linspace(0, 2 * np.pi, n, endpoint=False)
    distance = np.ones(n)
    for order in range(2, 12):
        distance += random.normal(0, roughness / order**0.9) * np.cos(
            order * turn + random.uniform(0, 2 * np.pi)
        )
    distance = radius * np.clip(distance, 0.25, 2.2)
    tilt = random.uniform(0, np.pi)
    x, y = distance * np.cos(turn) * stretch**0.5, distance * np.sin(turn) / stretch**0.5
    outline: Floats = _turned(x, y, tilt) + np.asarray(centre, float)
    return outline


def _turned(x: Floats, y: Floats, angle: float) -> Floats:
    cosine, sine = np.cos(angle), np.sin(angle)
    turned: Floats = np.stack([x * cosine - y * sine, x * sine + y * cosine], axis=1)
    return turned


class Sheet:
    """
    The density of one drawn object.

    Parameters
    ----------
    length : float
        Body length in pixels of the final image.
    angle : float
        Direction of the head, in radians.
    mirror : bool
        Whether left and right are swapped.
    reach : float
        Half the side of the sheet, in body lengths.
    """

    def __init__(
        self, length: float, *, angle: float = 0.0, mirror: bool = False, reach: float = 1.4
    ) -> None:
        side = OVERSAMPLING * (int(2 * reach * length) + 24)
        self.density = np.zeros((side, side), np.float32)
        self._scale = length * OVERSAMPLING
        self._centre = np.array([side / 2, side / 2])
        self._angle = angle
        self._mirror = -1.0 if mirror else 1.0

    def placed(self, centre: ArrayLike, size: float, angle: float) -> Sheet:
        """Return a view on the same sheet that draws elsewhere, at another size and angle."""
        view = object.__new__(Sheet)
        view.density = self.density
        view._centre = self._pixels(np.atleast_2d(np.asarray(centre, float)))[0]
        view._scale = self._scale * size
        view._angle = angle
        view._mirror = self._mirror
        return view

    def blank(self) -> Sheet:
        """Return an empty sheet of the same size and orientation."""
        other = self.placed([0, 0], 1.0, self._angle)
        other.density = np.zeros_like(self.density)
        return other

    def push_together(self, other: Sheet, direction: float) -> None:
        """Add *other*, moved in from *direction* until it touches what is drawn here."""
        here, there = self.density > SOLID, other.density > SOLID
        for distance in range(len(here) // 2, -1, -OVERSAMPLING):
            shift = (round(distance * np.sin(direction)), round(distance * np.cos(direction)))
            if np.count_nonzero(here & np.roll(there, shift, (0, 1))) > TOUCH:
                break
        self.density += np.roll(other.density, shift, (0, 1))

    def fill(self, outline: Floats, density: float, *, roundness: float = 0.0, soft: float = 0.0) -> None:
        """Add a part. *roundness* 1 is as thick as a sphere, 0 a flat sheet; *soft* blurs its edge, in body lengths."""
        window, mask = self._mask(outline, soft)
        if roundness:
            mask = mask * _thickness(mask, roundness)
        self.density[window] += density * mask

    def lighten(self, outline: Floats, keep: float, *, soft: float = 0.0) -> None:
        """Keep only a part of the density inside *outline*."""
        window, mask = self._mask(outline, soft)
        self.density[window] *= 1 - (1 - keep) * mask

    def stroke(
        self, line: Floats, width: float, density: float, *, tip: float | None = None, soft: float = 0.0
    ) -> None:
        """Add a line that tapers from *width* to *tip* (body lengths)."""
        tip = width if tip is None else tip
        steps = np.gradient(line, axis=0)
        normals = np.stack([-steps[:, 1], steps[:, 0]], axis=1)
        normals /= np.hypot(*normals.T)[:, None] + 1e-12
        wide = np.linspace(width, tip, len(line))
        half = np.maximum(wide, THINNEST / self._scale)[:, None] / 2
        outline = np.concatenate([line + normals * half, (line - normals * half)[::-1]])
        # Thinner than can be drawn: as wide as the thinnest, but paler.
        paler = min(1.0, 0.45 + 0.55 * float(np.mean(wide)) * self._scale / THINNEST)
        self.fill(outline, density * paler, soft=soft)

    def rim(self, outline: Floats, width: float, density: float, *, soft: float = 0.0) -> None:
        """Add a closed line along *outline*."""
        self.stroke(np.concatenate([outline, outline[:2]]), width, density, soft=soft)

    def mottle(self, random: Random, strength: float, grain: float) -> None:
        """Make the density uneven, in patches of about *grain* body lengths."""
        side = self.density.shape[0]
        cells = int(np.clip(side / max(grain * self._scale, OVERSAMPLING), 4, side))
        patches = random.normal(0, strength, (cells, cells)).astype(np.float32)
        field = cv2.resize(patches, (side, side), interpolation=cv2.INTER_CUBIC)
        self.density *= np.exp(field - strength**2 / 2)

    def _pixels(self, points: Floats) -> Floats:
        turned = _turned(points[:, 0], points[:, 1] * self._mirror, self._angle)
        pixels: Floats = turned * np.array([1, -1]) * self._scale + self._centre
        return pixels

    def _mask(self, outline: Floats, soft: float) -> tuple[Window, Floats32]:
        side = self.density.shape[0]
        blur = soft * self._scale
        margin = 2 + int(3 * blur)
        pixels = np.clip(self._pixels(outline), -side, 2 * side)
        low = np.clip(np.floor(pixels.min(axis=0)).astype(int) - margin, 0, side - 2)
        high = np.clip(np.ceil(pixels.max(axis=0)).astype(int) + margin, low + 2, side)
        mask = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
        vertices = np.round((pixels - low) * 2**FRACTION_BITS).astype(np.int32)
        cv2.fillPoly(mask, [vertices], (255,), cv2.LINE_AA, FRACTION_BITS)
        share: Floats32 = mask.astype(np.float32) / np.float32(255)
        if blur > 0.3:
            share = cv2.GaussianBlur(share, (0, 0), blur).astype(np.float32)
        return (slice(low[1], high[1]), slice(low[0], high[0])), share


def _thickness(mask: Floats32, roundness: float) -> Floats32:
    depth = cv2.distanceTransform((mask > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    inner = depth / max(float(depth.max()), 1.0)
    profile = np.sqrt(np.clip(1 - (1 - inner) ** 2, 0, 1))
    thickness: Floats32 = (1 - roundness + roundness * profile).astype(np.float32)
    return thickness
