"""
Bringing the columns of one feature set to scale.

Learned features are standardised. Hand-made ones are clipped at 8 standard deviations, made Gaussian by Yeo and
Johnson's power transform, standardised and clipped at 5. Refined ones are to scale and only centred.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

CHUNK = 8192
LAMBDA_ROWS = 50_000  # enough for one exponent per column
CLIP_BEFORE, CLIP_AFTER = 8.0, 5.0  # standard deviations
LAMBDA_LIMIT = 5.0  # 9 ** 5 is far from overflow; only nearly constant columns ask for more


@dataclass(frozen=True, eq=False)
class Block:
    """How the columns of one feature set are standardised."""

    name: str
    columns: int
    """Columns the feature set must have."""
    kept: NDArray[np.int64]
    """Columns that vary, shape (c,)."""
    centre: NDArray[np.float64]
    spread: NDArray[np.float64]
    """Mean and standard deviation of the kept columns, in their own units, shape (c,)."""
    exponents: NDArray[np.float32]
    """Yeo-Johnson lambda per kept column, shape (c,); empty where the set is only standardised."""
    centre_after: NDArray[np.float32]
    spread_after: NDArray[np.float32]
    """Mean and standard deviation after the power transform, shape (c,); empty like *exponents*."""

    def standardise(self, matrix: Array) -> NDArray[np.float32]:
        """Give the kept columns of *matrix* in standard deviations, shape (m, c)."""
        scores = ((matrix[:, self.kept] - self.centre) / self.spread).astype(np.float32)
        if not len(self.exponents):
            return scores
        bent = self.bend(scores)
        return np.clip((bent - self.centre_after) / self.spread_after, -CLIP_AFTER, CLIP_AFTER)

    def bend(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Apply the clipped power transform to standardised columns."""
        return yeo_johnson(np.clip(scores, -CLIP_BEFORE, CLIP_BEFORE), self.exponents)


def fit_block(
    name: str,
    matrix: NDArray[np.float32],
    rows: NDArray[np.intp],
    weights: NDArray[np.float64],
    rng: np.random.Generator | None,
    *,
    is_to_scale: bool,
) -> Block:
    """Fit the standardisation of one feature set, or only its centre; with *rng* also its power transform."""
    mean, spread = _moments((matrix[part] for part in chunks(rows)), rows, weights)
    # Below float32 resolution a column holds rounding, not variation.
    kept = np.flatnonzero(spread > 1e-7 * np.abs(mean) + 1e-30)
    none = np.empty(0, np.float32)
    unit = np.ones(len(kept)) if is_to_scale else spread[kept]
    block = Block(name, matrix.shape[1], kept, mean[kept], unit, none, none, none)
    if rng is None or not len(kept):
        return block
    sample = rows
    if len(rows) > LAMBDA_ROWS:
        sample = np.sort(rng.choice(rows, LAMBDA_ROWS, replace=False))
    plain = block
    block = replace(block, exponents=_fit_exponents(block.standardise(matrix[sample])))
    mean, spread = _moments(
        (block.bend(plain.standardise(matrix[part])) for part in chunks(rows)), rows, weights
    )
    varies = spread > 1e-6
    return replace(
        block,
        kept=block.kept[varies],
        centre=block.centre[varies],
        spread=block.spread[varies],
        exponents=block.exponents[varies],
        centre_after=mean[varies].astype(np.float32),
        spread_after=spread[varies].astype(np.float32),
    )


def _fit_exponents(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fit Yeo-Johnson exponents to standardised columns by maximum likelihood."""
    from sklearn.preprocessing import PowerTransformer

    clipped = np.clip(scores, -CLIP_BEFORE, CLIP_BEFORE).astype(np.float64)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # Nearly constant columns push the optimiser to its limits; the limit below is the answer to that.
        warnings.simplefilter("ignore")
        exponents = PowerTransformer(standardize=False).fit(clipped).lambdas_
    exponents = np.nan_to_num(exponents, nan=1.0)
    return np.clip(exponents, -LAMBDA_LIMIT, LAMBDA_LIMIT).astype(np.float32)


def _moments(
    parts: Iterator[Array], rows: NDArray[np.intp], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weighted mean and standard deviation of columns that come in chunks."""
    total = 0.0
    origin = first = second = np.zeros(1)
    for number, (part, values) in enumerate(zip(chunks(rows), parts, strict=True)):
        if number == 0:  # sums of squares around 0 would cancel for columns with a large mean
            origin = values[0].astype(np.float64)
        shifted, weight = values - origin, weights[part]
        total += weight.sum()
        first = first + weight @ shifted
        second = second + weight @ np.square(shifted)
    mean = first / total
    spread = np.sqrt(np.maximum(second / total - mean**2, 0))
    return np.asarray(origin + mean), np.asarray(spread)


def yeo_johnson(values: NDArray[np.float32], exponents: NDArray[np.float32]) -> NDArray[np.float32]:
    """
    Transform columns by Yeo and Johnson's power family.

    Parameters
    ----------
    values : array of float32, shape (n, c)
    exponents : array of float32, shape (c,)
        Lambda per column; 1 leaves a column as it is.

    Returns
    -------
    array of float32, shape (n, c)

    Notes
    -----
    Yeo & Johnson (2000), equation 2.1: ``((1 + x)^l - 1) / l`` for x >= 0 and
    ``-((1 - x)^(2 - l) - 1) / (2 - l)`` below, with logarithms where the exponent vanishes.

    Examples
    --------
    >>> yeo_johnson(np.array([[3.0], [-3.0]], np.float32), np.array([0.0], np.float32)).round(3).tolist()
    [[1.3860000371932983], [-7.5]]
    """
    logs = np.log1p(np.abs(values))
    powers = np.where(values >= 0, exponents, 2 - exponents)
    vanishing = np.abs(powers) < 1e-5
    safe = np.where(vanishing, np.float32(1), powers)
    bent = np.where(vanishing, logs, np.expm1(safe * logs) / safe)
    return np.copysign(bent, values).astype(np.float32)


def chunks(rows: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Cut row numbers into pieces small enough to be standardised at once."""
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]
