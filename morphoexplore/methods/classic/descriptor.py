"""What a descriptor is: a name, a unit and a definition that people can check."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GROUPS = ("size", "shape", "grey", "colour", "texture", "symmetry", "complexity")

Raw = dict[str, "float | NDArray"]
"""What is measured of one image: numbers by descriptor, and arrays (of the same shape for all images) to finish."""

Stacked = dict[str, NDArray]
"""The same of many images: each array has them along its first axis."""


@dataclass(frozen=True)
class Descriptor:
    """
    One number that describes an object.

    Attributes
    ----------
    name : str
        EcoTaxa's name where EcoTaxa has the descriptor.
    unit : str
        Unit of the number as stored, "" for a pure number.
    definition : str
        One line in words.
    group : str
        One of `GROUPS`, or ``place``.
    source : str
        Where the definition comes from.
    size_power : int
        For the log of a length 1, for the log of an area 2, else 0.
    """

    name: str
    unit: str
    definition: str
    group: str
    source: str = "morphoexplore"
    size_power: int = 0


def length(name: str, definition: str, source: str = "morphoexplore") -> Descriptor:
    """Declare the logarithm of a length in pixels."""
    return Descriptor(name, "ln px", definition, "size", source, 1)


def surface(name: str, definition: str, source: str = "morphoexplore") -> Descriptor:
    """Declare the logarithm of an area in pixels."""
    return Descriptor(name, "ln px²", definition, "size", source, 2)


def series(
    stem: str, count: int, definition: str, group: str, source: str = "morphoexplore", *, first: int = 1
) -> tuple[Descriptor, ...]:
    """Declare a numbered series; ``{}`` in *definition* stands for the number."""
    return tuple(
        Descriptor(f"{stem}{number}", "", definition.format(number), group, source)
        for number in range(first, first + count)
    )


def quantiles(counts: NDArray, shares: tuple[float, ...]) -> NDArray[np.intp]:
    """
    Return the lowest bins at which histograms reach shares of their total.

    Parameters
    ----------
    counts : array, shape (n, bins)
        Histograms.
    shares : tuple of float
        Between 0 and 1.

    Returns
    -------
    bins : array of int, shape (n, len(shares))

    Examples
    --------
    >>> quantiles(np.array([[1, 0, 2, 1]]), (0.25, 0.5, 1.0)).tolist()
    [[0, 2, 3]]
    """
    below = np.cumsum(counts, axis=1)
    wanted = below[:, -1:] * np.asarray(shares)
    return (below[:, None, :] < wanted[:, :, None]).sum(axis=2)
