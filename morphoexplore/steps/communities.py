"""
What indices are computed from: the counted objects of every sample, what each stands for, and where it lies.

A community is the objects of a sample that count. Each stands for one object (``count``), for so many individuals per m3
(``concentration``: 1 / fraction / volume) or for so much body per m3 (``biovolume``); it belongs to a morph (or a cell) and
has a position in the first axes of the frozen morphospace. Where a volume or fraction is not known the sample has no
concentration, and says so; nothing is put in its place.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from morphoexplore.errors import StepMissingError, WrongValueError
from morphoexplore.steps import volumes
from morphoexplore.steps.tallying import Tally
from morphoexplore.steps.volumes import Weights
from morphoexplore.store import morphospace, tree
from morphoexplore.store.project import Project

WEIGHTS = ("count", "concentration", "biovolume")
DIMS, MOST_DIMS = 4, 6


@dataclass(frozen=True)
class Communities:
    """
    The counted objects of samples.

    Attributes
    ----------
    tally : Tally
        Who is where.
    samples, morphs : Index
        Those that were chosen; rows and columns of what follows.
    weight : str
        ``count``, ``concentration`` or ``biovolume``.
    objects : array of int, shape (m,)
        Numbers of the counted objects, sample by sample.
    sample, morph, fraction : array of int, shape (m,)
        Row of *samples*, column of *morphs*, and acquisition of each.
    each : array of float, shape (m,)
        What each stands for, above 0.
    starts : array of int, shape (n_samples + 1,)
        Where the objects of each sample begin.
    is_known : array of bool, shape (n_samples,)
        Whether it is known what the objects of a sample stand for.
    positions : array of float, shape (m, dims) or None
        In the morphospace, NaN of objects without features; None where positions were not asked for.
    space : str or None
        Which axes of which morphospace.
    notes : list of str
        What was left out, in sentences.
    fractions_differ : bool
        Whether fractions of different share were imaged, so that raw counts see some objects more than others.
    """

    tally: Tally
    samples: pd.Index
    morphs: pd.Index
    weight: str
    objects: np.ndarray
    sample: np.ndarray
    morph: np.ndarray
    fraction: np.ndarray
    each: np.ndarray
    starts: np.ndarray
    is_known: np.ndarray
    positions: np.ndarray | None
    space: str | None
    notes: list[str]
    fractions_differ: bool = False

    def of(self, row: int) -> slice:
        """Return where the objects of a sample are."""
        return slice(int(self.starts[row]), int(self.starts[row + 1]))

    def counts(self) -> np.ndarray:
        """Objects of samples x morphs."""
        return self._sum(None)

    def amounts(self) -> np.ndarray:
        """Sum what they stand for, samples x morphs; 0 where it is not known."""
        found = self._sum(self.each)
        found[~self.is_known] = 0
        return found

    def amount_table(self) -> pd.DataFrame:
        """Return the amounts of samples (rows) x morphs, NaN where they are not known."""
        table = pd.DataFrame(self.amounts(), index=self.samples, columns=self.morphs)
        table[~self.is_known] = np.nan
        return table

    def _sum(self, values: np.ndarray | None) -> np.ndarray:
        shape = len(self.samples), len(self.morphs)
        cell = self.sample * shape[1] + self.morph
        return np.bincount(cell, values, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)

    def by_fraction(self, row: int, values: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return objects of fractions x morphs of a sample, and the mean of *values* over each fraction."""
        part = self.of(row)
        _, place = np.unique(self.fraction[part], return_inverse=True)
        count = int(place.max(initial=-1)) + 1
        cell = place * len(self.morphs) + self.morph[part]
        counts = np.bincount(cell, minlength=count * len(self.morphs)).reshape(count, len(self.morphs))
        values = self.each if values is None else values
        means = np.bincount(place, values[part], minlength=count) / np.bincount(place, minlength=count).clip(
            1
        )
        return counts.astype(np.float64), means

    def centroids(self) -> np.ndarray:
        """Mean position of the counted objects of every morph, shape (n_morphs, dims), NaN of one without any."""
        if self.positions is None:
            message = "positions were not asked for"
            raise ValueError(message)
        known = np.isfinite(self.positions).all(axis=1)
        counts = np.bincount(self.morph[known], minlength=len(self.morphs)).astype(np.float64)
        sums = [
            np.bincount(self.morph[known], axis[known], minlength=len(self.morphs))
            for axis in self.positions.T
        ]
        return np.stack(sums, axis=1) / np.where(counts > 0, counts, np.nan)[:, None]


def gather(
    project: Project,
    tally: Tally,
    samples: pd.Index,
    morphs: pd.Index,
    *,
    weight: str = "count",
    dims: int | None = DIMS,
    weights: Weights | None = None,
    positions: np.ndarray | None = None,
) -> Communities:
    """
    Gather the counted objects of chosen samples and morphs.

    Parameters
    ----------
    weight : {"count", "concentration", "biovolume"}
        What an object stands for.
    dims : int or None
        Axes of the morphospace, at most 6; None: no positions.
    weights : Weights, optional
        From :func:`.volumes.weigh`, if at hand.
    positions : array, shape (n, at least dims), optional
        Of all objects, if at hand.

    Raises
    ------
    WrongValueError
        If there is no such weight, no formula for it, or not so many axes.
    StepMissingError
        If there is no morphospace of all objects, and positions were asked for.
    """
    if weight not in WEIGHTS:
        message = f"There is no weight {weight!r}. Weights: {', '.join(WEIGHTS)}."
        raise WrongValueError(message)
    weights = volumes.weigh(project) if weights is None else weights
    _require_formulas(project, weights, weight)
    n = len(tally.node)
    column = morphs.get_indexer(pd.Index(tally.node))
    row = samples.get_indexer(tally.samples.index)[tally.sample]
    chosen = np.flatnonzero((column >= 0) & (row >= 0) & (tally.node != tree.FREE))
    chosen = chosen[np.argsort(row[chosen], kind="stable")]
    each = _each(weights, weight)[:n][chosen]
    notes: list[str] = []
    is_outside = weights.is_outside[:n][chosen] & (weight != "count")
    effort = weights.effort[:n][chosen]
    has_effort = np.isfinite(weights.efforts["concentration"].to_numpy())[effort] | (weight == "count")
    is_known = np.bincount(row[chosen], ~has_effort, minlength=len(samples)) == 0
    if not is_known.all():
        missing = int((~is_known).sum())
        of = "sample has" if missing == 1 else "samples have"
        notes.append(
            f"{missing} {of} no {weight}, because a volume or fraction is not known: see the page Samples."
        )
    is_left = ~is_outside & np.isfinite(each) & (each > 0)
    if (is_known[row[chosen]] & ~is_left).any():
        lost = int((is_known[row[chosen]] & ~is_left).sum())
        are = "object was" if lost == 1 else "objects were"
        notes.append(f"{lost} {are} left out: without a body volume, or at depths without a sampled volume.")
    keep = is_left | ~is_known[row[chosen]]  # these have counts all the same
    chosen, each = chosen[keep], np.where(np.isfinite(each), each, 1.0)[keep]
    places, space = _positions(project, chosen, dims, positions)
    if places is not None and np.isnan(places).any():
        without = int(np.isnan(places).any(axis=1).sum())
        notes.append(f"{without} counted objects have no features, and no place in the morphospace.")
    return Communities(
        tally=tally,
        samples=samples,
        morphs=morphs,
        weight=weight,
        objects=chosen,
        sample=row[chosen],
        morph=column[chosen],
        fraction=weights.effort[:n][chosen],
        each=each,
        starts=np.searchsorted(row[chosen], np.arange(len(samples) + 1)),
        is_known=is_known,
        positions=places,
        space=space,
        notes=notes,
        fractions_differ=bool(weights.efforts["subsample_coef"].dropna().round(9).nunique() > 1),
    )


def default_weight(weights: Weights) -> str:
    """Return ``concentration`` where every acquisition has one, else ``count``."""
    known = weights.efforts["concentration"].notna()
    return "concentration" if len(known) and known.all() else "count"


def _require_formulas(project: Project, weights: Weights, weight: str) -> None:
    verb = f"morphoexplore volumes {project.folder} --preset NAME"
    if weight != "count" and not weights.has_effort:
        message = (
            f"Without formulas for volumes there are counts only. Set them on the page Samples, or: {verb}"
        )
        raise WrongValueError(message)
    if weight == "biovolume" and not weights.has_volume:
        message = f"Biovolumes need the formula individual_volume. Set it on the page Samples, or: {verb}"
        raise WrongValueError(message)


def _each(weights: Weights, weight: str) -> np.ndarray:
    if weight == "count":
        return np.ones(len(weights.effort))
    one = weights.efforts["concentration"].to_numpy(dtype=np.float64)[weights.effort]
    return one if weight == "concentration" else one * weights.volume


def _positions(
    project: Project, chosen: np.ndarray, dims: int | None, positions: np.ndarray | None
) -> tuple[np.ndarray | None, str | None]:
    if dims is None:
        return None, None
    if not 1 <= dims <= MOST_DIMS:
        message = f"Indices use 1 to {MOST_DIMS} axes of the morphospace, not {dims}."
        raise WrongValueError(message)
    array = morphospace.embedding(project, morphospace.PCA)
    positions = morphospace.read_pca(project) if positions is None else positions
    n = project.count_objects()
    if array is None or len(positions) < n:
        raise StepMissingError(
            missing=f"morphospace of {n - len(positions)} of its {n} objects", verb=f"embed {project.folder}"
        )
    dims = min(dims, positions.shape[1])
    mark = zlib.crc32(str(array.parameters.get("space", array.run_id)).encode())
    space = f"pca: {dims} of {positions.shape[1]} dims, version {array.version}, {mark:08x}"
    return np.asarray(positions[chosen, :dims], dtype=np.float64), space
