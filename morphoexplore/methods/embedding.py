"""
The morphospace: the principal components of the joined feature sets.

Joining follows the measured recipe (`reference/features.md` section 4): hand-made features are clipped at 8
standard deviations, made Gaussian by Yeo and Johnson's power transform, standardised and clipped at 5;
learned ones are standardised; refined ones are to scale already and only centred. Every feature set then gets
the same total variance, so that 170 columns against 192 is not a vote. A morphospace is frozen: later objects
are projected into it, never refitted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from morphoexplore.methods.standardising import CHUNK, Block, chunks, fit_block

Array = NDArray[Any]
Blocks = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class Morphospace:
    """A frozen PCA of joined feature sets."""

    blocks: tuple[Block, ...]
    axes: NDArray[np.float32]
    """Loadings on the standardised columns of all blocks, their scaling included, shape (c, dims)."""
    origin: NDArray[np.float32]
    """Score of the mean object, subtracted from every projection, shape (dims,)."""
    explained: NDArray[np.float64]
    """Share of the total variance per dimension, largest first, shape (dims,)."""
    fitted_rows: int
    """Number of objects the axes were fitted on."""

    @property
    def dims(self) -> int:
        """Number of dimensions."""
        return self.axes.shape[1]

    def project(self, blocks: Blocks) -> NDArray[np.float32]:
        """
        Give the scores of objects in this morphospace.

        Parameters
        ----------
        blocks : dict of str to array of float, shape (n, columns)
            The same feature sets, with the same columns, as in the fit; others are ignored.

        Returns
        -------
        scores : array of float32, shape (n, dims)
            Rows with any value that is not finite are NaN.

        Raises
        ------
        ValueError
            If a feature set is missing or has other columns than in the fit.
        """
        used = {block.name: self._checked(block, blocks) for block in self.blocks}
        n = _common_length(used)
        scores = np.full((n, self.dims), np.nan, np.float32)
        rows = np.flatnonzero(_complete(used))
        with one_blas_thread():
            for part in chunks(rows):
                scores[part] = _standardised(self.blocks, used, part) @ self.axes - self.origin
        return scores

    def columns(self, blocks: Blocks) -> NDArray[np.float32]:
        """
        Give the standardised columns of all feature sets side by side: what the axes are combined of.

        Parameters
        ----------
        blocks : dict of str to array of float, shape (n, columns)
            As for `project`.

        Returns
        -------
        columns : array of float32, shape (n, c)
            Every feature set has a total variance of about 1. Rows with any value that is not finite are NaN.

        Raises
        ------
        ValueError
            As `project`.
        """
        used = {block.name: self._checked(block, blocks) for block in self.blocks}
        widths = [len(block.kept) for block in self.blocks]
        scale = np.repeat(1 / np.sqrt(np.maximum(widths, 1)), widths).astype(np.float32)
        columns = np.full((_common_length(used), len(scale)), np.nan, np.float32)
        for part in chunks(np.flatnonzero(_complete(used))):
            columns[part] = _standardised(self.blocks, used, part) * scale
        return columns

    @staticmethod
    def _checked(block: Block, blocks: Blocks) -> NDArray[np.float32]:
        if block.name not in blocks:
            message = f"The morphospace needs the feature set '{block.name}', which was not given"
            raise ValueError(message)
        matrix = blocks[block.name]
        if matrix.ndim != 2 or matrix.shape[1] != block.columns:
            message = (
                f"Feature set '{block.name}' has shape {matrix.shape}; the morphospace was fitted on"
                f" {block.columns} columns"
            )
            raise ValueError(message)
        return matrix

    def to_arrays(self) -> dict[str, Array]:
        """Give everything as plain arrays, to be saved by `numpy.savez` without pickle."""
        arrays: dict[str, Array] = {
            "axes": self.axes,
            "origin": self.origin,
            "explained": self.explained,
            "fitted_rows": np.array(self.fitted_rows),
            "names": np.array([block.name for block in self.blocks], dtype=np.str_),
            "columns": np.array([block.columns for block in self.blocks]),
        }
        for number, block in enumerate(self.blocks):
            arrays |= {f"{field}_{number}": getattr(block, field) for field in _BLOCK_ARRAYS}
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Morphospace:
        """Rebuild a morphospace from `to_arrays`, bit for bit."""
        blocks = tuple(
            Block(str(name), int(columns), *(arrays[f"{field}_{number}"] for field in _BLOCK_ARRAYS))
            for number, (name, columns) in enumerate(zip(arrays["names"], arrays["columns"], strict=True))
        )
        return cls(blocks, arrays["axes"], arrays["origin"], arrays["explained"], int(arrays["fitted_rows"]))


_BLOCK_ARRAYS = ("kept", "centre", "spread", "exponents", "centre_after", "spread_after")


def fit_morphospace(
    blocks: Blocks,
    *,
    max_dims: int = 64,
    weights: Array | None = None,
    gaussian: Collection[str] = ("classic",),
    to_scale: Collection[str] = ("refined",),
    random_state: int = 0,
) -> Morphospace:
    """
    Join feature sets and find their principal components.

    Parameters
    ----------
    blocks : dict of str to array of float32, shape (n, columns)
        Feature sets by name, rows aligned. Rows with a value that is not finite in any of them, or with
        weight 0, are not used. Columns that do not vary are dropped.
    max_dims : int
        Dimensions to keep; fewer where the data have fewer.
    weights : array of float, shape (n,), optional
        Weight of every object in means, variances and covariances (for example its concentration), in any
        unit. The power transform's exponents are fitted without weights.
    gaussian : collection of str
        Names of the feature sets whose columns all get the power transform. It is decided by set and not by
        column: a column's skewness in one collection must not change what the feature means in the next.
    to_scale : collection of str
        Names of the feature sets whose columns are to scale already: they are centred and keep their variances.
    random_state : int
        Draws the rows (at most 50 000) on which the exponents are fitted.

    Returns
    -------
    Morphospace
        Axes ordered by variance. The largest loading of each axis is positive.

    Raises
    ------
    ValueError
        If there are no feature sets, their rows differ in number, a weight is negative or not finite, or
        fewer than two objects are complete and different.

    Notes
    -----
    Power transform: Yeo & Johnson (2000), Biometrika 87:954, exponents by maximum likelihood.
    """
    n = _common_length(blocks)
    weights = _checked_weights(weights, n)
    rows = np.flatnonzero(_complete(blocks) & (weights > 0))
    if len(rows) < 2:
        message = f"A morphospace needs at least 2 objects with complete features; {len(rows)} of {n} are"
        raise ValueError(message)
    rng = np.random.default_rng(random_state)
    with one_blas_thread():
        fitted = tuple(
            fit_block(
                name, matrix, rows, weights, rng if name in gaussian else None, is_to_scale=name in to_scale
            )
            for name, matrix in blocks.items()
        )
        mean, covariance = _covariance(fitted, blocks, rows, weights)
        if not covariance.size or not np.trace(covariance) > 0:
            message = "No feature varies between the objects, so there is no morphospace to compute"
            raise ValueError(message)
        scale = _block_scales(fitted, covariance)
        axes, explained = _principal_axes(covariance * np.outer(scale, scale), max_dims)
        axes *= scale[:, None]
        origin = (mean @ axes).astype(np.float32)
    return Morphospace(fitted, axes.astype(np.float32), origin, explained, len(rows))


def one_blas_thread() -> AbstractContextManager[Any]:
    """
    Return a context in which matrix products give the same bits on any number of cores.

    A product is cut differently for each number of threads, which moves its last bit and, through ties, seeds.
    """
    from threadpoolctl import threadpool_limits

    return cast("AbstractContextManager[Any]", threadpool_limits(1, user_api="blas"))


def _common_length(blocks: Blocks) -> int:
    """Give the number of rows that all feature sets share."""
    lengths = {name: len(matrix) for name, matrix in blocks.items()}
    if not lengths:
        message = "A morphospace needs at least one feature set"
        raise ValueError(message)
    if len(set(lengths.values())) > 1:
        message = f"The feature sets have different numbers of objects: {lengths}"
        raise ValueError(message)
    return next(iter(lengths.values()))


def _checked_weights(weights: Array | None, n: int) -> NDArray[np.float64]:
    if weights is None:
        return np.ones(n)
    checked = np.asarray(weights, dtype=np.float64)
    if checked.shape != (n,) or not np.isfinite(checked).all() or (checked < 0).any():
        message = f"Weights must be {n} finite numbers that are not negative"
        raise ValueError(message)
    return checked


def _complete(blocks: Blocks) -> NDArray[np.bool_]:
    """Mark the rows that are finite in every feature set."""
    n = _common_length(blocks)
    complete = np.ones(n, dtype=bool)
    for matrix in blocks.values():
        for start in range(0, n, CHUNK):
            part = slice(start, start + CHUNK)
            complete[part] &= np.isfinite(matrix[part]).all(axis=1)
    return complete


def _standardised(fitted: tuple[Block, ...], blocks: Blocks, rows: NDArray[np.intp]) -> NDArray[np.float32]:
    """Give the standardised columns of all feature sets side by side."""
    return np.hstack([block.standardise(blocks[block.name][rows]) for block in fitted])


def _covariance(
    fitted: tuple[Block, ...], blocks: Blocks, rows: NDArray[np.intp], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weighted mean and covariance of the standardised columns, chunk by chunk."""
    columns = sum(len(block.kept) for block in fitted)
    first, second, total = np.zeros(columns), np.zeros((columns, columns)), 0.0
    for part in chunks(rows):
        values = _standardised(fitted, blocks, part).astype(np.float64)
        weighted = values * weights[part, None]
        first += weighted.sum(axis=0)
        second += values.T @ weighted
        total += weights[part].sum()
    mean = first / total
    return mean, second / total - np.outer(mean, mean)


def _block_scales(fitted: tuple[Block, ...], covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """One factor per column that gives every feature set the total variance 1."""
    variances = np.diag(covariance)
    owner = np.repeat(np.arange(len(fitted)), [len(block.kept) for block in fitted])
    totals = np.bincount(owner, variances, minlength=len(fitted))
    return 1 / np.sqrt(np.where(totals > 0, totals, 1.0))[owner]


def _principal_axes(
    covariance: NDArray[np.float64], max_dims: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Axes of largest variance with their shares of it."""
    variances, axes = np.linalg.eigh(covariance)
    variances, axes = variances[::-1], axes[:, ::-1]
    dims = min(max_dims, int((variances > 1e-9 * variances[0]).sum()))
    axes = axes[:, :dims].copy()
    # Eigenvectors have no sign of their own: make the largest loading positive.
    largest = np.abs(axes).argmax(axis=0)
    axes *= np.sign(axes[largest, np.arange(dims)])
    return axes, variances[:dims] / variances.clip(0).sum()
