"""
Some 190 numbers that describe an object without any training: size, shape, grey levels, texture, symmetry.

The set follows ZooProcess and EcoTaxa where these have a descriptor, and adds the moments, contours, profiles and
textures of the literature. ``docs/descriptors.md`` lists all of them.

Laws: turning by 90 degrees or mirroring an image changes nothing; neither does inverting its grey levels together
with the polarity. Sizes are natural logarithms of pixels, so that a pixel of s mm turns a descriptor into mm by
adding ``SIZE_LOG_POWERS[name] * log(s)``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from morphoexplore.methods.classic import axis, form, grey, texture
from morphoexplore.methods.classic.descriptor import GROUPS, Descriptor
from morphoexplore.methods.classic.subject import cut_out

__all__ = ["DESCRIPTORS", "GROUPS", "SIZE_LOG_POWERS", "Descriptor", "describe"]

DESCRIPTORS: tuple[Descriptor, ...] = (
    *form.DESCRIPTORS,
    *grey.DESCRIPTORS,
    *axis.DESCRIPTORS,
    *texture.DESCRIPTORS,
)
"""All descriptors, in the order of the numbers that `describe` returns."""

SIZE_LOG_POWERS: dict[str, int] = {one.name: one.size_power for one in DESCRIPTORS if one.size_power}
"""For each descriptor that is the log of a length (1) or of an area (2): its power of the pixel size."""


def describe(image: NDArray[np.uint8], *, polarity: int | None = None) -> NDArray[np.float32]:
    """
    Describe the object of an image.

    Parameters
    ----------
    image : uint8 array, shape (h, w)
        Grey image with one object, at least 1 x 1 px.
    polarity : int, optional
        1 for bright objects, -1 for dark ones; by default the image decides.

    Returns
    -------
    values : float32 array, shape (n_descriptors,)
        One finite number for each of `DESCRIPTORS`.

    Raises
    ------
    ValueError
        If *image* is not a grey image of type uint8 with at least one pixel.

    Examples
    --------
    >>> image = np.zeros((20, 30), np.uint8)
    >>> image[5:15, 5:25] = 200
    >>> names = [one.name for one in DESCRIPTORS]
    >>> round(float(np.exp(describe(image)[names.index("area")])))
    200
    """
    if image.ndim != 2 or image.dtype != np.uint8 or not image.size:
        msg = (
            f"A grey image must be a non-empty uint8 array of 2 dimensions, not {image.dtype} {image.shape}."
        )
        raise ValueError(msg)
    subject = cut_out(image, polarity=polarity)
    greys = grey.measure_grey(subject)
    values = (
        form.measure_form(subject)
        | greys
        | axis.measure_axis(subject, greys["histcum3"])
        | texture.measure_texture(subject)
    )
    return np.array([values[one.name] for one in DESCRIPTORS], np.float32)
