"""
Colour: how the contrasts of red, green and blue differ.

The contrast of each channel is counted from that channel's own background, so that a tinted background does not
colour the objects. A grey image gives 0 everywhere; a collection of grey images has no colour at all, and its
morphospace drops these descriptors.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from morphoexplore.methods.classic.descriptor import Descriptor, Raw, Stacked, quantiles
from morphoexplore.methods.classic.subject import Subject

_QUANTILES = (5, 25, 50, 75, 95)
_OPPONENTS = {"redgreen": "red - green", "blueyellow": "blue - (red + green) / 2"}
_REACH = 510  # of twice an opponent colour; saturation takes the same bins

DESCRIPTORS = (
    Descriptor("redness", "", "ln of integrated contrast, red / green", "colour"),
    Descriptor("blueness", "", "ln of integrated contrast, blue / green", "colour"),
    *(
        Descriptor(f"{name}_{kind}", "grey", f"{words} of {what}, as contrasts", "colour", "opponent colours")
        for name, what in _OPPONENTS.items()
        for kind, words in (
            ("mean", "mean"),
            ("sd", "standard deviation"),
            *((f"q{q}", f"{q} % quantile") for q in _QUANTILES),
        )
    ),
    Descriptor("saturation_mean", "grey", "mean of the greatest less the least contrast of the three", "colour"),
    Descriptor("saturation_sd", "grey", "standard deviation of it", "colour"),
    Descriptor("saturation_q95", "grey", "95 % quantile of it", "colour"),
)  # fmt: skip


def measure_colour(subject: Subject) -> Raw:
    """
    Measure the colour of an object.

    Parameters
    ----------
    subject : Subject
        The object.

    Returns
    -------
    raw : dict
        The two log ratios, and for `finish_colour` a histogram of each opponent colour and of saturation.
    """
    if subject.channels is None:
        return {"redness": 0.0, "blueness": 0.0, "colours": _GREY}
    inside = subject.inside
    red, green, blue = (channel[inside].astype(np.int16) for channel in cv2.split(subject.channels))
    # One level a pixel more keeps the logarithms finite.
    more = len(red) + 1
    reds, greens, blues = (more + int(channel.sum(dtype=np.int64)) for channel in (red, green, blue))
    spread = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    twice = (2 * (red - green), 2 * blue - red - green, 2 * spread)
    return {
        "redness": math.log(reds / greens),
        "blueness": math.log(blues / greens),
        "colours": np.stack([np.bincount(values + _REACH, minlength=2 * _REACH + 1) for values in twice]),
    }


def finish_colour(raw: Stacked) -> Stacked:
    """
    Give what follows from the histograms of colour.

    Parameters
    ----------
    raw : dict of array
        From `measure_colour`, of n objects.

    Returns
    -------
    values : dict of array, shape (n,)
    """
    values: Stacked = {}
    shares = tuple(q / 100 for q in _QUANTILES)
    for place, name in enumerate((*_OPPONENTS, "saturation")):
        counts = raw["colours"][:, place]
        total = counts.sum(axis=1)
        # Whole numbers: no rounding can leave a grey object with a trace of colour.
        mean = (counts * _TWICE).sum(axis=1) / total
        square = (counts * _TWICE**2).sum(axis=1) / total
        values[f"{name}_mean"] = mean / 2
        values[f"{name}_sd"] = np.sqrt(np.maximum(square - mean**2, 0)) / 2
        for q, column in zip(_QUANTILES, quantiles(counts, shares).T, strict=True):
            values[f"{name}_q{q}"] = (column - _REACH) / 2
    return values


_TWICE = np.arange(-_REACH, _REACH + 1)
_GREY = np.zeros((3, len(_TWICE)), np.int64)
_GREY[:, _REACH] = 1
