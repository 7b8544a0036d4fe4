"""How many images stand for a seed in a row of a page of strips: the more, the more its acceptance decides."""

from __future__ import annotations

LONGER = ((2400, 8), (600, 4), (150, 2))
"""Objects beyond which a seed has a row so many times as long: four times the objects, twice the images. What a row leaves
uncertain shrinks with the root of its images while the stake grows with the objects; but every page of images costs a key."""


def row_factor(size: int) -> int:
    """
    Return how many times as long as that of a small seed the row of one of *size* objects is.

    Examples
    --------
    >>> row_factor(150), row_factor(151), row_factor(2000), row_factor(5000)
    (1, 2, 4, 8)
    """
    return next((times for most, times in LONGER if size > most), 1)
