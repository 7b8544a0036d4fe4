"""What goes into an index: tables of weights, coordinates and distances, refused where they are none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from morphoexplore.errors import WrongNumbersError
from morphoexplore.methods.diversity.statuses import EMPTY, OK, Result

FloatArray = NDArray[np.float64]
Names = Sequence[Any] | NDArray[Any] | None

NAMED_AT_MOST = 5


@dataclass(frozen=True)
class Table:
    """Weights of samples x morphs (or objects), and whether one sample was given alone."""

    values: FloatArray
    single: bool

    @property
    def totals(self) -> FloatArray:
        """Sum of each sample."""
        return self.values.sum(axis=1)

    @property
    def present(self) -> NDArray[np.int64]:
        """How many morphs each sample has."""
        return np.count_nonzero(self.values, axis=1)

    def shares(self) -> FloatArray:
        """Shares of each sample; NaN all along an empty one."""
        if self.values.shape[1] == 0:
            return np.full((len(self.values), 1), np.nan)
        return shares_of(self.values)

    def statuses(self) -> NDArray[np.object_]:
        """Begin the statuses: ``empty`` or ``ok``."""
        status = np.full(len(self.values), OK, dtype=object)
        status[self.present == 0] = EMPTY
        return status

    def result(self, value: ArrayLike, status: ArrayLike) -> Result:
        """Return arrays for many samples, scalars (or one row) for a sample given alone."""
        value, status = np.asarray(value, dtype=np.float64), np.asarray(status, dtype=object)
        if not self.single:
            return Result(value, status)
        return Result(self.alone(value), str(status[0]))

    def alone(self, value: FloatArray) -> Any:
        """Return what belongs to the one sample, or all where there are many."""
        if not self.single:
            return value
        return float(value[0]) if value.ndim == 1 else value[0]


def shares_of(values: FloatArray) -> FloatArray:
    """Divide weights of one sample, or of each of several, by their sum; NaN where that is 0."""
    largest = values.max(axis=-1, keepdims=True)
    scaled = values / np.where(largest > 0, largest, np.nan)  # first, so that no sum overflows
    return np.asarray(scaled / scaled.sum(axis=-1, keepdims=True))


def read_table(
    counts: ArrayLike, *, ids: Names = None, samples: Names = None, integers: bool = False
) -> Table:
    """
    Check counts or weights.

    Parameters
    ----------
    counts : array, shape (n_morphs,) or (n_samples, n_morphs)
        Finite and not negative. A DataFrame brings the names of its samples and morphs.
    ids, samples : sequence, optional
        Names of morphs (or objects) and of samples for messages; positions unless given.
    integers : bool
        Refuse what is no whole number, because the estimator counts singletons.

    Raises
    ------
    WrongNumbersError
        If a number is missing, infinite, negative or, where asked for, not whole.
    """
    if isinstance(counts, pd.DataFrame):
        ids = counts.columns.to_numpy() if ids is None else ids
        samples = counts.index.to_numpy() if samples is None else samples
    elif isinstance(counts, pd.Series) and ids is None:
        ids = counts.index.to_numpy()
    values = _numbers(counts, "Counts")
    if values.ndim not in (1, 2):
        message = (
            f"Counts are one sample or a matrix (samples x morphs), not an array of shape {values.shape}."
        )
        raise WrongNumbersError(message)
    single = values.ndim == 1
    values = np.atleast_2d(values)
    wrong = ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        _refuse("Counts must be finite and not negative", wrong, single, ids, samples)
    if integers:
        wrong = values != np.floor(values)
        if wrong.any():
            _refuse(
                "This estimator needs whole numbers of objects, not concentrations",
                wrong,
                single,
                ids,
                samples,
            )
    return Table(values, single)


def read_coordinates(coordinates: ArrayLike, n_points: int | None = None, *, ids: Names = None) -> FloatArray:
    """Check the coordinates of morphs or objects, shape (n_points, n_dimensions)."""
    if isinstance(coordinates, pd.DataFrame) and ids is None:
        ids = coordinates.index.to_numpy()
    points = _numbers(coordinates, "Coordinates")
    if points.ndim == 1:
        points = points[:, None]
    if points.ndim != 2 or points.shape[1] == 0:
        message = f"Coordinates are a matrix (morphs x dimensions), not an array of shape {points.shape}."
        raise WrongNumbersError(message)
    if n_points is not None and len(points) != n_points:
        message = f"There are {n_points} weights per sample, but coordinates of {len(points)} points."
        raise WrongNumbersError(message)
    wrong = ~np.isfinite(points).all(axis=1)
    if wrong.any():
        named = _named(np.flatnonzero(wrong), ids)
        message = f"Coordinates must be finite; {int(wrong.sum())} points have others: {named}."
        raise WrongNumbersError(message)
    return points


def read_distances(distances: ArrayLike, n_points: int, *, ids: Names = None) -> FloatArray:
    """Check a symmetric matrix of distances between all morphs."""
    matrix = _numbers(distances, "Distances")
    if matrix.shape != (n_points, n_points):
        message = (
            f"Distances between {n_points} morphs are a square matrix, not an array of shape {matrix.shape}."
        )
        raise WrongNumbersError(message)
    wrong = ~(np.isfinite(matrix) & (matrix >= 0)).all(axis=1)
    if wrong.any():
        named = _named(np.flatnonzero(wrong), ids)
        message = (
            f"Distances must be finite and not negative; those of {int(wrong.sum())} morphs are not: {named}."
        )
        raise WrongNumbersError(message)
    tolerance = 1e-9 * matrix.max(initial=0.0)
    if (np.abs(matrix - matrix.T) > tolerance).any() or (np.abs(np.diag(matrix)) > tolerance).any():
        message = "Distances must be the same both ways, and 0 from a morph to itself."
        raise WrongNumbersError(message)
    return matrix


def read_order(q: float) -> float:
    """Check the order of a Hill number."""
    q = float(q)
    if not q >= 0:
        message = f"The order q of a Hill number is 0 or more, not {q}."
        raise WrongNumbersError(message)
    return q


def _numbers(values: ArrayLike, what: str) -> FloatArray:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        message = f"{what} must be numbers: {error}"
        raise WrongNumbersError(message) from error


def _refuse(rule: str, wrong: NDArray[np.bool_], single: bool, ids: Names, samples: Names) -> None:  # noqa: FBT001
    morphs = _named(np.flatnonzero(wrong.any(axis=0)), ids)
    if single:
        message = f"{rule}; {int(wrong.sum())} are not: {morphs}."
    else:
        rows = np.flatnonzero(wrong.any(axis=1))
        message = f"{rule}; {len(rows)} samples are not: {_named(rows, samples)} (in {morphs})."
    raise WrongNumbersError(message)


def _named(positions: NDArray[np.intp], names: Names) -> str:
    shown = [str(at if names is None else names[at]) for at in positions[:NAMED_AT_MOST]]
    return ", ".join(shown) + (", ..." if len(positions) > NAMED_AT_MOST else "")
