"""
Refinement: a view of the features in which objects of one morph lie closer together.

The discriminant axes of the morphs that a person made (`methods/discriminants.py`) stand beside the features as
they are. How much they weigh is chosen by leaving whole morphs out (`methods/leaving_out.py`), so that the view
serves what nobody has named yet. It is linear, and frozen like a morphospace.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from morphoexplore.methods.discriminants import discriminant_axes
from morphoexplore.methods.embedding import one_blas_thread
from morphoexplore.methods.leaving_out import WEIGHTS, Trial, leave_morphs_out

Array = NDArray[Any]

MAX_DIMS = 64
COMPONENTS = 512
"""Principal components of the features that are looked at, at most: time grows with their cube."""

MOST_OF_A_MORPH, MOST_MEMBERS, MOST_OTHERS = 500, 20_000, 20_000
CHUNK = 8192


@dataclass(frozen=True)
class Finding:
    """What a refinement rests on, and what it gained on morphs that were left out of its fit."""

    weight: float
    """Share of the discriminant axes in the total variance; 0: the features as they are were better."""
    shrinkage: float
    """Of the scatter within morphs."""
    morphs: int
    """Morphs with at least two members that have features."""
    members: int
    """Their members that were used."""
    new_before: float
    new_after: float
    """
    Members of morphs that were left out: mean share of their own morph among as many nearest as it has, without and
    with the refinement.
    """
    known_before: float
    known_after: float
    """The same for members that were left out of morphs that were not."""


@dataclass(frozen=True, eq=False)
class Refinement:
    """A frozen linear view of vectors."""

    axes: NDArray[np.float32]
    """Loadings on the columns of the vectors, shape (d, dims)."""
    origin: NDArray[np.float32]
    """Score of the mean object, subtracted from every projection, shape (dims,)."""
    finding: Finding

    @property
    def dims(self) -> int:
        """Number of dimensions."""
        return self.axes.shape[1]

    def project(self, vectors: Array) -> NDArray[np.float32]:
        """
        Give the refined vectors of objects.

        Parameters
        ----------
        vectors : array of float, shape (n, d)
            The same columns as in the fit.

        Returns
        -------
        refined : array of float32, shape (n, dims)
            Of mean 0 and total variance 1 in the collection of the fit, largest variance first. Rows with any value
            that is not finite are NaN.

        Raises
        ------
        ValueError
            If the vectors have other columns than in the fit.
        """
        if vectors.ndim != 2 or vectors.shape[1] != len(self.axes):
            message = f"The vectors have shape {vectors.shape}; the refinement was fitted on {len(self.axes)} columns"
            raise ValueError(message)
        refined = np.full((len(vectors), self.dims), np.nan, np.float32)
        with one_blas_thread():
            for start in range(0, len(vectors), CHUNK):
                part = np.asarray(vectors[start : start + CHUNK], np.float32)
                rows = np.flatnonzero(np.isfinite(part).all(axis=1))
                refined[start + rows] = part[rows] @ self.axes - self.origin
        return refined

    def to_arrays(self) -> dict[str, Array]:
        """Give everything as plain arrays, to be saved by `numpy.savez` without pickle."""
        numbers = {name: np.array(value) for name, value in asdict(self.finding).items()}
        return {"axes": self.axes, "origin": self.origin} | numbers

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Refinement:
        """Rebuild a refinement from `to_arrays`, bit for bit."""
        finding = Finding(**{field.name: arrays[field.name].item() for field in fields(Finding)})
        return cls(arrays["axes"], arrays["origin"], finding)


@dataclass(frozen=True, eq=False)
class Sample:
    """Objects that stand for a collection: members of every morph, and others."""

    rows: NDArray[np.int64]
    """Row numbers, rising, shape (m,)."""
    groups: NDArray[np.int64]
    """Morph of each, -1 for an object of none, shape (m,)."""
    stands_for: NDArray[np.float64]
    """Objects of the collection that each stands for, shape (m,)."""


def choose_sample(groups: ArrayLike, *, looked: ArrayLike | None = None, random_state: int = 0) -> Sample:
    """
    Choose what a refinement is fitted on: at most 500 members of a morph, 20 000 members, 20 000 others.

    Parameters
    ----------
    groups : array of int, shape (n,)
        Morph of each object, negative for an object of none.
    looked : array of bool, shape (n,), optional
        Members that a person looked at. They are taken first, because the others may be wrong.
    random_state : int
        Draws the objects.

    Returns
    -------
    Sample
        A morph of one member counts as none.

    Examples
    --------
    >>> choose_sample([3, -1, 3, 5]).groups.tolist()
    [3, -1, 3, -1]
    """
    given = np.asarray(groups, np.int64)
    ids, which, sizes = np.unique(given, return_inverse=True, return_counts=True)
    is_morph = (ids >= 0) & (sizes >= 2)
    chance = np.random.default_rng(random_state).permutation(len(given))
    unseen = np.zeros(len(given), bool) if looked is None else ~np.asarray(looked, bool)
    members, others = np.flatnonzero(is_morph[which]), np.flatnonzero(~is_morph[which])
    members = members[np.lexsort((chance[members], unseen[members], which[members]))]
    place = np.arange(len(members)) - np.searchsorted(which[members], which[members])
    members = members[place < _most_of_a_morph(sizes[is_morph])]
    n_others = len(others)
    others = others[np.argsort(chance[others])[:MOST_OTHERS]]
    taken = np.bincount(which[members], minlength=len(ids))
    rows = np.concatenate([members, others])
    groups_of = np.concatenate([given[members], np.full(len(others), -1)])
    counts = np.concatenate(
        [(sizes / np.maximum(taken, 1))[which[members]], np.full(len(others), n_others / max(1, len(others)))]
    )
    order = np.argsort(rows)
    return Sample(rows[order], groups_of[order], counts[order])


def _most_of_a_morph(sizes: NDArray[np.int64]) -> int:
    """Give how many members to take of a morph, at least two, so that all together are not too many."""
    most = MOST_OF_A_MORPH
    while most > 2 and np.minimum(sizes, most).sum() > MOST_MEMBERS:
        most = max(2, most * 9 // 10)
    return most


def fit_refinement(
    vectors: Array,
    groups: ArrayLike,
    *,
    looked: ArrayLike | None = None,
    weight: float | None = None,
    max_dims: int = MAX_DIMS,
    random_state: int = 0,
) -> Refinement:
    """
    Find a view of vectors in which the objects of one group lie closer together.

    Parameters
    ----------
    vectors : array of float, shape (n, d)
        Joined features: the standardised columns (`Morphospace.columns`), or scores in a morphospace; the more
        dimensions, the more can be gained. Rows that are not finite are not used.
    groups : array of int, shape (n,)
        Morph of each object, negative for objects that nobody named.
    looked : array of bool, shape (n,), optional
        Members that a person looked at, see `choose_sample`.
    weight : float, optional
        Share of the discriminant axes, from 0 to 1; chosen by leaving morphs out unless given.
    max_dims : int
        Dimensions to keep; fewer where the vectors have fewer.
    random_state : int
        Draws the sample and what is left out.

    Returns
    -------
    Refinement

    Raises
    ------
    ValueError
        If fewer than two groups have two members with vectors, or the weight is none.

    Notes
    -----
    The refined vector is ``[sqrt(1 - w) x / |x|, sqrt(w) z / |z|]``, x the vector, z its scores on the discriminant
    axes, ``|.|`` the square root of the total variance, w the weight; turned to its principal axes.
    """
    sample = choose_sample(groups, looked=looked, random_state=random_state)
    return fit_to_sample(
        vectors[sample.rows], sample, weight=weight, max_dims=max_dims, random_state=random_state
    )


def fit_to_sample(
    vectors: Array,
    sample: Sample,
    *,
    weight: float | None = None,
    max_dims: int = MAX_DIMS,
    random_state: int = 0,
) -> Refinement:
    """
    Do what `fit_refinement` does where only the vectors of a sample are at hand.

    Parameters
    ----------
    vectors : array of float, shape (m, d)
        Those of ``sample.rows``.
    """
    if weight is not None and not 0 <= weight <= 1:
        message = f"A weight of {weight} is not possible; it lies between 0 and 1"
        raise ValueError(message)
    finite = np.isfinite(vectors).all(axis=1)
    vectors = vectors[finite].astype(np.float64)
    groups = _without_singles(sample.groups[finite])
    if len(np.unique(groups[groups >= 0])) < 2:
        message = "A refinement needs at least 2 morphs of at least 2 members with features"
        raise ValueError(message)
    with one_blas_thread():
        mean, basis, variances = _components(vectors, sample.stands_for[finite])
        points = (vectors - mean) @ basis
        weights = WEIGHTS if weight is None else sorted({0.0, float(weight)})
        trial = leave_morphs_out(points, groups, variances, weights=weights, random_state=random_state)
        chosen = trial.best() if weight is None else trial.best_of(float(weight))
        named = groups >= 0
        discriminants = discriminant_axes(
            points[named],
            groups[named],
            variances,
            shrinkage=trial.shrinkage_of_all(chosen[0]),
            dims=MAX_DIMS,
        )
        axes = basis @ _joined(discriminants, variances, trial.weights[chosen[1]], max_dims)
        origin = mean @ axes
    return Refinement(axes.astype(np.float32), origin.astype(np.float32), _finding(trial, chosen, groups))


def _without_singles(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    ids, which, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    return np.where((ids >= 0)[which] & (sizes >= 2)[which], groups, -1)


def _components(
    vectors: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Give the weighted mean, the principal axes and their variances."""
    mean = np.average(vectors, axis=0, weights=weights)
    centred = vectors - mean
    variances, axes = np.linalg.eigh((centred.T * weights) @ centred / weights.sum())
    variances, axes = variances[::-1], axes[:, ::-1]
    dims = min(COMPONENTS, int((variances > 1e-9 * variances[0]).sum()))
    if not dims:
        message = "No feature varies between the objects, so there is nothing to refine"
        raise ValueError(message)
    return mean, axes[:, :dims], variances[:dims]


def _joined(
    discriminants: NDArray[np.float64], variances: NDArray[np.float64], weight: float, max_dims: int
) -> NDArray[np.float64]:
    """Put discriminant axes beside the components as they are, and turn both to their principal axes."""
    both = np.sqrt((1 - weight) / variances.sum()) * np.eye(len(variances))
    total = (discriminants**2 * variances[:, None]).sum()
    if total > 0:
        both = np.hstack([both, np.sqrt(weight / total) * discriminants])
    _, spread, turns = np.linalg.svd(np.sqrt(variances)[:, None] * both, full_matrices=False)
    dims = min(max_dims, int((spread > 1e-6 * spread[0]).sum()))
    axes = both @ turns[:dims].T
    largest = np.abs(axes).argmax(axis=0)  # axes have no sign of their own
    return np.asarray(axes * np.sign(axes[largest, np.arange(dims)]))


def _finding(trial: Trial, chosen: tuple[int, int], groups: NDArray[np.int64]) -> Finding:
    return Finding(
        weight=trial.weights[chosen[1]],
        shrinkage=round(trial.shrinkage_of_all(chosen[0]), 6),
        morphs=len(np.unique(groups[groups >= 0])),
        members=int((groups >= 0).sum()),
        new_before=float(trial.new[0, 0]),
        new_after=float(trial.new[chosen]),
        known_before=float(trial.known[0, 0]),
        known_after=float(trial.known[chosen]),
    )
