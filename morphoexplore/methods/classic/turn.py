"""
One fixed position for an image and its seven turned and mirrored copies.

Interpolation, thinning and ties depend a little on how an image lies; putting it into one fixed position first makes
every descriptor exactly independent of turns by 90 degrees and of mirroring.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Turn:
    """
    One of the eight ways to turn and mirror an image.

    Attributes
    ----------
    transposed : bool
        Rows and columns are exchanged, first of all.
    down, across : bool
        Then the order of the rows, of the columns, is reversed.
    shape : tuple of int
        Height and width of the image that is turned.
    """

    transposed: bool
    down: bool
    across: bool
    shape: tuple[int, int]

    def apply(self, image: NDArray) -> NDArray:
        """Turn an image, shape (h, w) or (h, w, channels); a contiguous copy."""
        turned = image.swapaxes(0, 1) if self.transposed else image
        return np.ascontiguousarray(turned[:: -1 if self.down else 1, :: -1 if self.across else 1])

    def undo(self, x: float | NDArray, y: float | NDArray) -> tuple[float | NDArray, float | NDArray]:
        """
        Return where a pixel of the turned image lay before.

        Parameters
        ----------
        x, y : float or array
            Column and row in the turned image, counted from the centre of the first pixel.

        Returns
        -------
        x, y : float or array
            Column and row in the image as it was.

        Examples
        --------
        >>> Turn(transposed=True, down=False, across=True, shape=(20, 30)).undo(0, 5)
        (5, 19)
        """
        height, width = self.shape[::-1] if self.transposed else self.shape
        x = width - 1 - x if self.across else x
        y = height - 1 - y if self.down else y
        return (y, x) if self.transposed else (x, y)

    def undo_angle(self, angle: float) -> float:
        """
        Return the direction that an axis had before.

        Parameters
        ----------
        angle : float
            In the turned image, from the x axis towards the y axis (down), radians.

        Returns
        -------
        degrees : float
            In the image as it was, counter-clockwise from the x axis as ImageJ counts, 0 to 180.
        """
        x, y = np.cos(angle), np.sin(angle)
        x, y = (-x if self.across else x), (-y if self.down else y)
        if self.transposed:
            x, y = y, x
        degrees = float(np.degrees(np.arctan2(-y, x))) % 180
        return 0.0 if degrees > 179.999999 else degrees  # rounding must not make 180 of 0


def orient(grey: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], Turn]:
    """
    Return the same one of the eight turned and mirrored copies, whichever of them is given.

    Parameters
    ----------
    grey : uint8 array, shape (h, w)
        Grey image.

    Returns
    -------
    oriented : uint8 array
        Not wider than high; of the copies with this property the one whose bytes come first.
    turn : Turn
        How *grey* became it.
    """
    height, width = grey.shape
    ways = (False, True)
    transpositions = ways if height == width else (width > height,)
    turns = [
        Turn(transposed, down, across, (height, width))
        for transposed in transpositions
        for down in ways
        for across in ways
    ]
    copies = [(turn.apply(grey), turn) for turn in turns]
    return min(copies, key=lambda copy: copy[0].tobytes())
