"""
Sizes of objects, size classes, and size spectra of plankton per m3 of water.

Sizes come from the area of an image: the *equivalent spherical diameter* (ESD) is the diameter of the circle of that area, the
*biovolume* the volume of the sphere of that diameter, which is too much for long and flat objects. Lengths are in mm, areas in
mm2, volumes in mm3.

A *size class* is an octave of biovolume: its upper limit is twice its lower one (or the *n*-th root of two for *n* classes per
octave), and 1 mm3 is a limit always, so that spectra of different samples have the same classes.

The *normalised biomass size spectrum* (NBSS; Platt & Denman 1977) is the biovolume of a class per m3 of water over the width of
the class in mm3: of unit m-3. With numbers in the place of biovolumes it is the normalised abundance spectrum (m-3 mm-3), whose
slope is 1 less. The slope is that of an ordinary least-squares line through log10 of the normalised spectrum over log10 of the
middle (geometric mean) of the classes, of classes that hold objects, from the class of the highest value on: smaller objects
slip through nets or are too small to be imaged (Sprules & Barth 2016; Vandromme et al. 2012). The last classes hold one or two
objects and, where a class beside them is empty, lie too high: they make slopes flatter (Edwards et al. 2017). *min_objects* leaves them
out.

References
----------
Edwards, A. M., et al. (2017). Testing and recommending methods for fitting size spectra to data. Methods Ecol. Evol. 8, 57-67.
Platt, T. & Denman, K. (1977). Organisation in the pelagic ecosystem. Helgolaender wiss. Meeresunters. 30, 575-581.
Sprules, W. G. & Barth, L. E. (2016). Surfing the biomass size spectrum. Can. J. Fish. Aquat. Sci. 73, 477-495.
Vandromme, P., et al. (2012). Assessing biases in computing size spectra of automatically classified zooplankton from imaging
    systems. Methods in Oceanography 1-2, 3-21.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

FloatArray = NDArray[np.float64]

QUANTITIES = ("biovolume", "abundance")
FEWEST_CLASSES = 3  # that a slope rests on


@dataclass(frozen=True)
class SpectrumSlope:
    """
    A straight line through a size spectrum on logarithmic axes.

    Attributes
    ----------
    slope, low, high : float
        Slope with its 95 % interval; about -1 for NBSS where every octave holds the same biovolume.
    intercept : float
        log10 of the normalised spectrum at 1 mm3.
    r2 : float
        Share of variance that the line takes.
    n_classes : int
        Classes fitted.
    volume_min, volume_max : float
        Limits of the fitted classes, mm3.
    status : str
        ``ok``; with NaN: ``empty``, ``too_few_classes`` (fewer than three from the mode on).
    """

    slope: float
    low: float
    high: float
    intercept: float
    r2: float
    n_classes: int
    volume_min: float
    volume_max: float
    status: str


def diameters(areas: ArrayLike) -> FloatArray:
    """
    Return equivalent spherical diameters (mm) of areas (mm2); NaN stays NaN.

    Examples
    --------
    >>> diameters([np.pi, 4 * np.pi])
    array([2., 4.])
    """
    return 2 * np.sqrt(np.asarray(areas, dtype=np.float64) / np.pi)


def biovolumes(areas: ArrayLike) -> FloatArray:
    """
    Return volumes (mm3) of the spheres that areas (mm2) are the discs of; NaN stays NaN.

    Examples
    --------
    >>> bool(np.isclose(biovolumes(np.pi), 4 / 3 * np.pi))
    True
    """
    return np.pi / 6 * diameters(areas) ** 3


def ellipsoid_volumes(major: ArrayLike, minor: ArrayLike) -> FloatArray:
    """Return volumes (mm3) of ellipsoids by their long axis and their short one (mm), as thick as they are broad."""
    return np.pi / 6 * np.asarray(major, dtype=np.float64) * np.asarray(minor, dtype=np.float64) ** 2


def size_classes(volumes: ArrayLike, *, per_octave: int = 1) -> NDArray[np.int64]:
    """
    Return the size class of each volume: 0 from 1 mm3 to the next limit, negative below.

    Raises
    ------
    ValueError
        If a volume is not finite and above 0, with the places of those that are not.

    Examples
    --------
    >>> size_classes([0.3, 1.0, 1.9, 2.0])
    array([-2,  0,  0,  1])
    """
    volumes = _positive(volumes, "Volumes")
    place = np.floor(np.log2(volumes) * per_octave).astype(np.int64)
    # The logarithm of a limit may be a rounding beside it.
    place += volumes >= _limit(place + 1, per_octave)
    return place - (volumes < _limit(place, per_octave))


def size_spectrum(
    volumes: ArrayLike, concentrations: ArrayLike | None = None, *, per_octave: int = 1
) -> pd.DataFrame:
    """
    Return the size spectrum of objects.

    Parameters
    ----------
    volumes : array, shape (n,)
        Biovolume of each object, mm3.
    concentrations : array, shape (n,), optional
        What each object stands for, individuals per m3; 1 unless given, and then nothing is per m3.
    per_octave : int
        Classes per doubling of the volume.

    Returns
    -------
    spectrum : DataFrame
        One row per class from the smallest object to the largest, empty ones included: ``volume_min, volume_max,
        volume_mid`` (mm3), ``esd_min, esd_max`` (mm), ``objects``, ``abundance`` (m-3), ``biovolume`` (mm3 m-3),
        ``normalised_abundance`` (m-3 mm-3), ``normalised_biovolume`` (m-3).

    Raises
    ------
    ValueError
        If a volume or a concentration is not finite and above 0.

    Examples
    --------
    >>> size_spectrum([1.0, 1.5, 5.0], [10.0, 10.0, 4.0])[["volume_min", "objects", "abundance", "normalised_biovolume"]]
       volume_min  objects  abundance  normalised_biovolume
    0         1.0        2       20.0                  25.0
    1         2.0        0        0.0                   0.0
    2         4.0        1        4.0                   5.0
    """
    if per_octave < 1:
        message = f"Size classes are 1 or more per octave, not {per_octave}."
        raise ValueError(message)
    volumes = _positive(volumes, "Volumes")
    each = np.ones_like(volumes) if concentrations is None else _positive(concentrations, "Concentrations")
    if len(each) != len(volumes):
        message = f"There are {len(volumes)} volumes and {len(each)} concentrations."
        raise ValueError(message)
    place = size_classes(volumes, per_octave=per_octave)
    first = int(place.min()) if len(place) else 0
    n = int(place.max()) - first + 1 if len(place) else 0
    limits = _limit(np.arange(first, first + n + 1), per_octave)
    width = np.diff(limits)
    abundance = np.bincount(place - first, each, n)
    biovolume = np.bincount(place - first, each * volumes, n)
    return pd.DataFrame(
        {
            "volume_min": limits[:-1],
            "volume_max": limits[1:],
            "volume_mid": np.sqrt(limits[:-1] * limits[1:]),
            "esd_min": np.cbrt(6 / np.pi * limits[:-1]),
            "esd_max": np.cbrt(6 / np.pi * limits[1:]),
            "objects": np.bincount(place - first, minlength=n),
            "abundance": abundance,
            "biovolume": biovolume,
            "normalised_abundance": abundance / width,
            "normalised_biovolume": biovolume / width,
        }
    )


def fit_slope(
    spectrum: pd.DataFrame, *, quantity: str = "biovolume", from_mode: bool = True, min_objects: int = 1
) -> SpectrumSlope:
    """
    Fit a straight line to a size spectrum on logarithmic axes (see the module for its definition).

    Parameters
    ----------
    spectrum : DataFrame
        As from :func:`size_spectrum`.
    quantity : {"biovolume", "abundance"}
        Normalised biovolume (NBSS) or normalised abundance.
    from_mode : bool
        Leave out classes smaller than the one with the highest value.
    min_objects : int
        Leave out classes with fewer objects.

    Raises
    ------
    ValueError
        If there is no such quantity.

    Examples
    --------
    >>> volumes = np.repeat([1.5, 3.0, 6.0, 12.0], [64, 16, 4, 1])
    >>> round(fit_slope(size_spectrum(volumes)).slope, 6)
    -2.0
    """
    if quantity not in QUANTITIES:
        message = f"A size spectrum is of {' or '.join(QUANTITIES)}, not {quantity!r}."
        raise ValueError(message)
    values = spectrum[f"normalised_{quantity}"].to_numpy(dtype=np.float64)
    is_fitted = spectrum["objects"].to_numpy() >= max(min_objects, 1)
    if not is_fitted.any():
        return _no_slope("empty", 0)
    if from_mode:
        is_fitted &= np.arange(len(values)) >= int(np.where(is_fitted, values, -np.inf).argmax())
    n = int(is_fitted.sum())
    if n < FEWEST_CLASSES:
        return _no_slope("too_few_classes", n)
    chosen = spectrum[is_fitted]
    line = stats.linregress(np.log10(chosen["volume_mid"]), np.log10(values[is_fitted]))
    half = float(stats.t.ppf(0.975, n - 2) * line.stderr)
    return SpectrumSlope(
        slope=float(line.slope),
        low=float(line.slope) - half,
        high=float(line.slope) + half,
        intercept=float(line.intercept),
        r2=float(line.rvalue) ** 2,
        n_classes=n,
        volume_min=float(chosen["volume_min"].iloc[0]),
        volume_max=float(chosen["volume_max"].iloc[-1]),
        status="ok",
    )


def _limit(place: NDArray[np.int64], per_octave: int) -> FloatArray:
    return np.asarray(2.0 ** (place / per_octave), dtype=np.float64)


def _positive(values: ArrayLike, what: str) -> FloatArray:
    values = np.asarray(values, dtype=np.float64)
    wrong = np.flatnonzero(~(np.isfinite(values) & (values > 0)))
    if len(wrong):
        named = ", ".join(str(place) for place in wrong[:5])
        message = f"{what} must be finite and above 0; {len(wrong)} are not, of objects {named}. Leave them out and count them."
        raise ValueError(message)
    return values


def _no_slope(status: str, n: int) -> SpectrumSlope:
    nan = math.nan
    return SpectrumSlope(nan, nan, nan, nan, nan, n, nan, nan, status)
