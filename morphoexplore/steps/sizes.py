"""
``size_spectra``: the size spectra of samples, or of groups of samples, and their slopes.

The body volume of an object is that of the project's formula ``individual_volume``, what it stands for per m3 that of the two
others (:mod:`.volumes`); classes, normalisation and slope are those of :mod:`morphoexplore.methods.sizespectra`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.errors import WrongValueError
from morphoexplore.methods import sizespectra
from morphoexplore.steps import tallying, volumes
from morphoexplore.steps.morph_tables import water
from morphoexplore.store import tree
from morphoexplore.store.project import Project


@dataclass(frozen=True)
class SizeSpectra:
    """
    Size spectra of samples.

    Attributes
    ----------
    spectra : DataFrame
        One row per sample (or group) and size class: ``sample_id, datetime`` (or ``group, samples``: how many) and the columns
        of :func:`.sizespectra.size_spectrum`.
    slopes : DataFrame
        One row per sample (or group): ``sample_id, datetime`` (or ``group, samples``), ``kinds, quantity``; ``objects`` (in the spectrum), ``without_volume``,
        ``without_concentration`` (left out of it), ``share_unsorted`` (of all its objects); the attributes of
        :class:`.sizespectra.SpectrumSlope`. ``status`` is ``no_concentration`` for a sample of which a volume of water or a
        fraction is not known: it has no spectrum, and is left out of that of its group.
    is_per_volume : bool
        Whether numbers are per m3; else formulas for that were never set, and they are per sample.
    """

    spectra: pd.DataFrame
    slopes: pd.DataFrame
    is_per_volume: bool


def size_spectra(
    project: Project,
    *,
    kinds: Sequence[str] = ("living",),
    branch: int | None = None,
    samples: Sequence[str] | None = None,
    unsorted: bool = False,
    group: pd.Series | None = None,
    quantity: str = "biovolume",
    per_octave: int = 1,
    min_objects: int = 1,
) -> SizeSpectra:
    """
    Return the size spectrum of every sample, with its slope.

    Parameters
    ----------
    kinds : sequence of str
        Kinds of morphs whose members count.
    branch : int, optional
        Only morphs below this branch; all of them unless given.
    samples : sequence of str, optional
        Only these samples, by name; all of them unless given.
    unsorted : bool
        Count objects that are in no morph as well.
    group : Series, optional
        Group of every sample, as from ``mx.groups``: one spectrum for each group, of all water of its samples together (of
        samples whose volume is not one number, the mean); samples without a group are left out.
    quantity : {"biovolume", "abundance"}
        What the slope is of: normalised biovolume (NBSS), or normalised abundance.
    per_octave : int
        Size classes per doubling of the volume.
    min_objects : int
        Leave classes with fewer objects out of the slope.

    Returns
    -------
    found : SizeSpectra

    Raises
    ------
    DecisionError
        If there is no such branch.
    WrongValueError
        If there is no formula of body volumes, or no such kind, sample or quantity.
    """
    if quantity not in sizespectra.QUANTITIES or per_octave < 1:
        message = f"Spectra are of {' or '.join(sizespectra.QUANTITIES)} in 1 class or more per octave, not of {quantity!r} in {per_octave}."
        raise WrongValueError(message)
    weights = volumes.weigh(project)
    if not weights.has_volume:
        message = (
            "Sizes need the formula individual_volume. Set it first: morphoexplore volumes "
            f"{project.folder} --individual-volume FORMULA, or --preset NAME"
        )
        raise WrongValueError(message)
    tally = tallying.tally(project)
    chosen = tally.choose_samples(samples)
    morphs = [*tally.choose_morphs(kinds=kinds, branch=branch), *([tree.FREE] if unsorted else [])]
    numbers = tally.objects_of(chosen, morphs)
    numbers = numbers[numbers < len(weights.volume)]  # objects may be added between two readings
    each = weights.efforts["concentration"].to_numpy()[weights.effort] if weights.has_effort else None
    of_sample = tally.sample[numbers]
    spectra, slopes = [], []
    for head, rows, shares in _units(project, tally, chosen, group, weights):
        is_own = np.isin(of_sample, rows)
        own = numbers[is_own]
        part = None if each is None else each[own]
        if part is not None and shares is not None:
            part = part * shares[of_sample[is_own]]
        spectrum, row = _spectrum(own, weights, part, per_octave, quantity, min_objects)
        total = tally.samples["objects"].iloc[rows].sum()
        share = tally.unsorted.iloc[rows].sum() / total if total else np.nan
        spectra.append(spectrum.assign(**head)[[*head, *spectrum.columns]])
        about = {"kinds": "+".join(kinds), "quantity": quantity, "share_unsorted": share}
        slopes.append(head | about | row)
    return SizeSpectra(
        spectra=pd.concat(spectra, ignore_index=True) if spectra else pd.DataFrame(),
        slopes=pd.DataFrame(slopes),
        is_per_volume=weights.has_effort,
    )


def _units(
    project: Project,
    tally: tallying.Tally,
    chosen: pd.Index,
    group: pd.Series | None,
    weights: volumes.Weights,
) -> Iterator[tuple[dict[str, Any], np.ndarray, np.ndarray | None]]:
    """Yield what has a spectrum: its name, its rows of samples, and the share of its water by row (None: all of it)."""
    if group is None:
        for row in tally.samples.index.get_indexer(chosen).tolist():
            name, moment = tally.samples.index[row], tally.samples["datetime"].iloc[row]
            yield {"sample_id": name, "datetime": moment}, np.array([row]), None
        return
    named = group.reindex(chosen)
    litres = water(project, weights=weights).reindex(chosen)
    has_all = weights.efforts["concentration"].notna().groupby(weights.efforts["sample"]).all()
    is_known = has_all.reindex(chosen, fill_value=False) | (not weights.has_effort)
    for name in dict.fromkeys(named.dropna().tolist()):
        of_group = chosen[(named == name) & is_known]
        rows = tally.samples.index.get_indexer(of_group)
        volume = litres.loc[of_group].to_numpy(dtype=np.float64)
        shares = np.zeros(len(tally.samples))
        shares[rows] = volume / volume.sum() if np.isfinite(volume).all() else 1 / max(len(rows), 1)
        yield {"group": name, "samples": len(rows)}, rows, shares if weights.has_effort else None


def _spectrum(
    own: np.ndarray,
    weights: volumes.Weights,
    each: np.ndarray | None,
    per_octave: int,
    quantity: str,
    min_objects: int,
) -> tuple[pd.DataFrame, dict[str, object]]:
    """Return the spectrum of a unit's objects, which stand for *each*, and what its row of slopes says."""
    volume = weights.volume[own]
    has_volume = np.isfinite(volume)
    counts = ~weights.is_outside[own] if each is not None else np.ones(len(own), dtype=bool)
    # Of a sample whose water is known in part only, no part of the spectrum is given.
    is_known = each is None or bool(np.isfinite(each[counts]).all())
    chosen = has_volume & counts & is_known
    spectrum = sizespectra.size_spectrum(
        volume[chosen], None if each is None else each[chosen], per_octave=per_octave
    )
    slope = asdict(sizespectra.fit_slope(spectrum, quantity=quantity, min_objects=min_objects))
    if not is_known:
        slope["status"] = "no_concentration"
    row: dict[str, object] = {
        "objects": int(chosen.sum()),
        "without_volume": int((~has_volume).sum()),
        "without_concentration": int((~counts).sum()) if is_known else len(own),
    }
    return spectrum, row | slope
