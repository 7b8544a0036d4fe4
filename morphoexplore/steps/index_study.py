"""
The values of indices: what all samples of a study share, and every index as a function of weights.

Sizes, coverage, pool and the middles of morphs belong to the study and not to a sample, so that samples can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.spatial.distance import pdist, squareform

from morphoexplore.methods import diversity as methods
from morphoexplore.methods.diversity.standardising import FEWEST
from morphoexplore.methods.diversity.statuses import Result
from morphoexplore.steps.communities import Communities
from morphoexplore.steps.index_registry import (
    AXES,
    INDICES,
    ORDERS,
    RAW,
    STANDARDISED,
    Key,
    index_of,
    key_of,
    name_of,
)

UNKNOWN_WEIGHT = "unknown_weight"
"""Of a sample of which no concentration is known."""
NO_POSITIONS = "no_positions"
"""Of a sample of which no object has features."""
Function = Callable[[np.ndarray], Result]


@dataclass(frozen=True)
class Options:
    """
    How indices are computed.

    Attributes
    ----------
    m : int or None
        Objects that hulls are brought to; the smallest effective number of a sample (at least 50) unless given.
    coverage : float or None
        That Hill numbers are brought to; the smallest of a sample of 50 objects or more unless given.
    trim : float
        Share of the pooled cloud, its farthest objects by weight, that is left out of functional richness.
    replicates : int
        Of the bootstraps; 0: no intervals.
    is_slow : bool
        Whether intervals that take long are made too.
    random_state : int
        With the name of a sample it decides the draws.
    """

    m: int | None = None
    coverage: float | None = None
    trim: float = 0.0
    replicates: int = 0
    is_slow: bool = False
    random_state: int = 0


class Study:
    """One computation: what all samples share, and the functions of each index."""

    def __init__(self, of: Communities, names: list[str], options: Options) -> None:
        self.of, self.names, self.options = of, names, options
        self.counts, self.amounts = of.counts(), of.amounts()
        self.needs_positions = any(INDICES[name].has_positions for name in names)
        self.coverages = methods.coverage(self.counts).value
        self.at_coverage = self._common_coverage()
        self.keys: list[Key] = [
            key_of(name, q) for name in names for q in (INDICES[name].orders or (np.nan,)) if name not in AXES
        ]
        self.m = 0
        if self.needs_positions and of.positions is not None:
            self._place()

    def _place(self) -> None:
        """Prepare what indices of positions share: who has one, the pool, the middles of morphs."""
        of = self.of
        assert of.positions is not None
        self.has_place = np.isfinite(of.positions).all(axis=1)
        self.dims = of.positions.shape[1]
        self.keys += [
            f"{name}_{axis + 1}" for name in AXES if name in self.names for axis in range(self.dims)
        ]
        pool = of.positions[self.has_place]
        self.middle = pool.mean(axis=0) if len(pool) else np.zeros(self.dims)
        self.trim: methods.Trim | None = None
        self.pool: float | None = None
        if {RAW, STANDARDISED} & set(self.names) and len(pool):
            if self.options.trim:
                is_weighed = of.is_known[of.sample] & self.has_place
                self.trim = methods.pooled_trim(
                    of.each[is_weighed], of.positions[is_weighed], self.options.trim
                )
            volume = float(methods.functional_richness(np.ones(len(pool)), pool, trim=self.trim).value)
            self.pool = volume if np.isfinite(volume) and volume > 0 else None
        sizes = [self.hull_weights(*self.cloud(row)) for row in range(len(of.samples)) if of.is_known[row]]
        sizes = [one for one in sizes if one.any()]
        self.m = self.options.m or (methods.common_size(sizes) if sizes else 0)
        middles = of.centroids()
        self.is_placed_morph = np.isfinite(middles).all(axis=1)
        self.middles = np.where(self.is_placed_morph[:, None], middles, 0.0)
        apart = pdist(self.middles[self.is_placed_morph])
        self.scale = float(apart.mean()) if len(apart) and apart.mean() > 0 else 1.0
        self.distances = squareform(pdist(self.middles)) if len(self.middles) else np.zeros((0, 0))

    def placed(self, row: int) -> np.ndarray:
        """Return which counted objects of a sample have a place."""
        part = self.of.of(row)
        return np.arange(part.start, part.stop)[self.has_place[part]]

    def cloud(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        """Return what the placed objects of a sample stand for, and where they lie."""
        assert self.of.positions is not None
        placed = self.placed(row)
        return self.of.each[placed], self.of.positions[placed]

    def hull_weights(self, each: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Return what objects stand for in functional richness: nothing where they are trimmed."""
        return each if self.trim is None else each * self.trim.keeps(points)

    def _common_coverage(self) -> float:
        if self.options.coverage is not None:
            return self.options.coverage
        large = self.counts.sum(axis=1) >= FEWEST
        known = self.coverages[large & np.isfinite(self.coverages)]
        return float(known[known > 0].min()) if (known > 0).any() else np.nan

    # ------------------------------------------------------------------------------- functions of weights

    def of_amounts(self) -> dict[Key, Function]:
        """Return indices of shares of morphs, as functions of samples x morphs."""
        found: dict[Key, Function] = {
            "richness": methods.richness,
            "shannon": methods.shannon,
            "simpson": methods.simpson,
            "inverse_simpson": partial(methods.simpson, kind="inverse"),
            "pielou": methods.pielou,
        }
        found |= {key_of("hill", q): partial(methods.hill, q=q) for q in ORDERS}
        return self._wanted(found)

    def of_integers(self) -> dict[Key, Function]:
        """Return estimators that need whole numbers of objects."""
        found: dict[Key, Function] = {}
        if np.isfinite(self.at_coverage):
            found = {
                key_of("hill_at_coverage", q): partial(methods.coverage_standardise, c=self.at_coverage, q=q)
                for q in ORDERS
            }
        return self._wanted(found)

    def of_placed_morphs(self) -> dict[Key, Function]:
        """Return indices of morphs and where they lie."""
        placed = self.is_placed_morph
        distances, middles = self.distances[np.ix_(placed, placed)], self.middles[placed]
        found: dict[Key, Function] = {
            key_of("similarity_hill", q): partial(
                methods.similarity_hill, q=q, distances=distances, scale=self.scale
            )
            for q in ORDERS
        }
        found["functional_evenness"] = partial(methods.functional_evenness, coordinates=middles)
        return self._wanted(found)

    def of_cloud(self, points: np.ndarray) -> dict[Key, Function]:
        """Return indices of single objects at *points*, as functions of weights."""
        found: dict[Key, Function] = {
            "functional_dispersion": partial(methods.functional_dispersion, coordinates=points),
            "rao_d2": partial(methods.rao, coordinates=points),
            "functional_specialisation": partial(
                methods.functional_specialisation, coordinates=points, centre=self.middle
            ),
            "functional_divergence": partial(methods.functional_divergence, coordinates=points),
        }
        for axis in range(self.dims):
            found[f"cwm_{axis + 1}"] = partial(_along, methods.community_weighted_mean, points[:, [axis]])
            found[f"sd_{axis + 1}"] = partial(_along, methods.community_weighted_deviation, points[:, [axis]])
        return self._wanted(found)

    def _wanted(self, found: Mapping[Key, Callable[..., Result]]) -> dict[Key, Callable[..., Result]]:
        return {key: function for key, function in found.items() if key in self.keys}

    # ---------------------------------------------------------------------------------- estimates

    def estimate(self) -> dict[Key, tuple[np.ndarray, np.ndarray]]:
        """Return value and status of every index, arrays over samples."""
        n = len(self.of.samples)
        found: dict[Key, tuple[np.ndarray, np.ndarray]] = {}

        def put(key: Key, result: Result) -> None:
            found[key] = (
                np.asarray(result.value, dtype=np.float64).copy(),
                np.asarray(result.status, dtype=object).copy(),
            )

        for key, function in self.of_amounts().items():
            put(key, function(self.amounts))
        for key, function in self.of_integers().items():
            put(key, function(self.counts))
        for key in self.keys:
            if key == "chao1_bias_corrected":
                put(key, methods.chao1(self.counts, form="bias_corrected"))
            elif key == "coverage":
                put(key, methods.coverage(self.counts))
            elif name_of(key) == "hill_at_coverage" and key not in found:
                is_empty = self.counts.sum(axis=1) == 0  # no sample is large enough to set a coverage
                found[key] = (
                    np.full(n, np.nan),
                    np.where(is_empty, methods.EMPTY, methods.BELOW_M).astype(object),
                )
        if self.needs_positions:
            self._estimate_places(found, put)
        for key, (value, status) in found.items():
            if not index_of(key).needs_integers:
                value[~self.of.is_known], status[~self.of.is_known] = np.nan, UNKNOWN_WEIGHT
        return found

    def _estimate_places(
        self, found: dict[Key, tuple[np.ndarray, np.ndarray]], put: Callable[[Key, Result], None]
    ) -> None:
        of, n = self.of, len(self.of.samples)
        assert of.positions is not None
        for key, function in self.of_placed_morphs().items():
            put(key, function(self.amounts[:, self.is_placed_morph]))
        cloud = [key for key in self.keys if key not in found and index_of(key).level == "object"]
        for key in cloud:
            found[key] = np.full(n, np.nan), np.full(n, methods.EMPTY, dtype=object)
        for row in range(n):
            placed = self.placed(row)
            if not len(placed):
                if of.starts[row] < of.starts[row + 1]:
                    for key in cloud:
                        found[key][1][row] = NO_POSITIONS
                continue
            each, points = self.cloud(row)
            results = {key: function(each) for key, function in self.of_cloud(points).items()}
            results |= self._richness(row, each, points)
            for key, result in results.items():
                found[key][0][row], found[key][1][row] = result.value, result.status

    def _richness(self, row: int, each: np.ndarray, points: np.ndarray) -> dict[Key, Result]:
        found: dict[Key, Result] = {}
        if RAW in self.names:
            found[RAW] = methods.functional_richness(each, points, pool=self.pool, trim=self.trim)
        if STANDARDISED in self.names:
            found[STANDARDISED] = methods.standardised_functional_richness(
                self.hull_weights(each, points),
                points,
                max(self.m, 1),
                pool=self.pool,
                random_state=self.options.random_state,
                sample=str(self.of.samples[row]),
            )
        return found


def _along(function: Callable[..., Result], points: np.ndarray, weights: np.ndarray) -> Result:
    """Return a function of positions along one axis alone, so that it is a number per sample."""
    result = function(weights, points)
    value = np.asarray(result.value, dtype=np.float64)
    return Result(float(value[0]) if value.ndim == 1 else value[:, 0], result.status)
