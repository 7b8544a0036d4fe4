"""What a descriptor is: a name, a unit and a definition that people can check."""

from __future__ import annotations

from dataclasses import dataclass

GROUPS = ("size", "shape", "grey", "texture", "symmetry", "complexity")


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
        One of `GROUPS`.
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
