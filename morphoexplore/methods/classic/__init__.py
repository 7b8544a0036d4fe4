"""
Some 200 numbers that describe an object without any training: size, shape, grey levels, colour, texture, symmetry.

The set follows ZooProcess and EcoTaxa where these have a descriptor, and adds the moments, contours, profiles and
textures of the literature. ``docs/descriptors.md`` lists all of them.

Laws: turning by 90 degrees or mirroring an image changes nothing; neither does inverting its levels together
with the polarity. Sizes are natural logarithms of pixels, so that a pixel of s mm turns a descriptor into mm by
adding ``SIZE_LOG_POWERS[name] * log(s)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from morphoexplore.methods.classic import axis, colour, form, grey, texture
from morphoexplore.methods.classic.descriptor import GROUPS, Descriptor, Raw, Stacked
from morphoexplore.methods.classic.place import PLACES, measure_place
from morphoexplore.methods.classic.subject import NoObjectError, Subject, cut_out

__all__ = [
    "DEFINITIONS",
    "DESCRIPTORS",
    "GROUPS",
    "PLACES",
    "SIZE_LOG_POWERS",
    "Descriptions",
    "Descriptor",
    "describe",
    "describe_many",
]

DESCRIPTORS: tuple[Descriptor, ...] = (
    *form.DESCRIPTORS,
    *grey.DESCRIPTORS,
    *colour.DESCRIPTORS,
    *axis.DESCRIPTORS,
    *texture.DESCRIPTORS,
)
"""All descriptors, in the order of the numbers that `describe` returns."""

DEFINITIONS = 2
"""Number of the definitions: another one means that descriptors of the same name are not the same numbers."""

SIZE_LOG_POWERS: dict[str, int] = {one.name: one.size_power for one in DESCRIPTORS if one.size_power}
"""For each descriptor that is the log of a length (1) or of an area (2): its power of the pixel size."""


@dataclass(frozen=True)
class Descriptions:
    """
    Objects in numbers.

    Attributes
    ----------
    values : float32 array, shape (n, n_descriptors)
        One number for each of `DESCRIPTORS`; rows of NaN for images without an object.
    places : float32 array, shape (n, n_places)
        One number for each of `PLACES`, likewise.
    problems : dict of int to str
        Why an image could not be measured, by its place among the images.
    """

    values: NDArray[np.float32]
    places: NDArray[np.float32]
    problems: dict[int, str]


def describe(image: NDArray[np.uint8], *, polarity: int | None = None) -> NDArray[np.float32]:
    """
    Describe the object of an image.

    Parameters
    ----------
    image : uint8 array, shape (h, w) or (h, w, 3)
        Grey or RGB image with one object, at least 1 x 1 px.
    polarity : int, optional
        1 for bright objects, -1 for dark ones; by default the image decides.

    Returns
    -------
    values : float32 array, shape (n_descriptors,)
        One finite number for each of `DESCRIPTORS`; NaN everywhere where nothing stands out from the background.

    Raises
    ------
    ValueError
        If *image* is not a grey or RGB image of type uint8 with at least one pixel.

    Examples
    --------
    >>> image = np.zeros((20, 30), np.uint8)
    >>> image[5:15, 5:25] = 200
    >>> names = [one.name for one in DESCRIPTORS]
    >>> round(float(np.exp(describe(image)[names.index("area")])))
    200
    """
    return describe_many([image], polarity=polarity).values[0]


def describe_many(
    images: Sequence[NDArray[np.uint8]], *, polarity: int | Sequence[int | None] | None = None
) -> Descriptions:
    """
    Describe the objects of many images, faster than one by one and with the same numbers.

    Parameters
    ----------
    images : sequence of uint8 array, shape (h, w) or (h, w, 3)
        Grey or RGB images of one object each.
    polarity : int, or sequence of int or None, optional
        1 for bright objects, -1 for dark ones, of all images or of each one; by default each image decides.

    Returns
    -------
    descriptions : Descriptions

    Raises
    ------
    ValueError
        If one is not a grey or RGB image of type uint8 with at least one pixel.
    """
    found: list[Raw] = []
    rows: list[int] = []
    problems: dict[int, str] = {}
    signs = polarity if isinstance(polarity, Sequence) else [polarity] * len(images)
    for place, (image, sign) in enumerate(zip(images, signs, strict=True)):
        _check(image)
        try:
            found.append(_measure(cut_out(np.ascontiguousarray(image), polarity=sign)))
            rows.append(place)
        except NoObjectError as error:
            problems[place] = str(error)
    values = np.full((len(images), len(DESCRIPTORS)), np.nan, np.float32)
    places = np.full((len(images), len(PLACES)), np.nan, np.float32)
    if found:
        stacked = {name: np.array([one[name] for one in found]) for name in found[0]}
        finished = _finish(stacked)
        values[rows] = np.column_stack([finished[one.name] for one in DESCRIPTORS])
        places[rows] = stacked["place"]
    return Descriptions(values, places, problems)


def _check(image: NDArray) -> None:
    is_shaped = image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)
    if not is_shaped or image.dtype != np.uint8 or not image.size:
        message = (
            "A grey or RGB image must be a non-empty uint8 array of shape (h, w) or (h, w, 3), "
            f"not {image.dtype} {image.shape}."
        )
        raise ValueError(message)


def _measure(subject: Subject) -> Raw:
    """Measure what has to be measured of one object at a time."""
    greys = grey.measure_grey(subject)
    place = measure_place(subject, (float(greys["heavy_x"]), float(greys["heavy_y"])))
    return (
        form.measure_form(subject)
        | greys
        | colour.measure_colour(subject)
        | axis.measure_axis(subject)
        | texture.measure_texture(subject)
        | {"place": np.array([place[one.name] for one in PLACES])}
    )


def _finish(raw: Stacked) -> Stacked:
    """Compute the rest of all objects at once."""
    return (
        raw
        | form.finish_form(raw)
        | grey.finish_grey(raw)
        | colour.finish_colour(raw)
        | axis.finish_axis(raw)
        | texture.finish_texture(raw)
    )
