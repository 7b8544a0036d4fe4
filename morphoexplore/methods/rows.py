"""How many images stand for a seed in a row of a page of strips: the more, the more its acceptance decides."""

from __future__ import annotations

LONGER = ((600, 8), (300, 4), (150, 2))  # a seed of more objects than this has a row so many times as long


def row_factor(size: int) -> int:
    """
    Return how many times as long as that of a small seed the row of one of *size* objects is.

    A large seed that its row shows to be a mixture is proposed again in as many parts
    (:func:`morphoexplore.methods.seeding.in_parts`).

    Examples
    --------
    >>> row_factor(150), row_factor(151), row_factor(2000)
    (1, 2, 8)
    """
    return next((times for most, times in LONGER if size > most), 1)
