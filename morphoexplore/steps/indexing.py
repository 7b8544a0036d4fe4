"""
The table of indices: every index of every sample, with intervals, statuses and all that it rests on.

Indices of morphs count shares of morphs (or cells). Indices of objects look at the cloud of single objects in the morphospace,
each weighing what it stands for: these need no morphs and hardly depend on how many objects there are. What grows with
the number of objects looked at (richness, hulls) is given at equal coverage or equal size as well, and raw values say
``is_n_dependent``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy.spatial.distance import pdist, squareform

from morphoexplore.errors import WrongValueError
from morphoexplore.methods import diversity as methods
from morphoexplore.methods.diversity.standardising import FEWEST
from morphoexplore.methods.diversity.statuses import Result
from morphoexplore.records import Progress, silent
from morphoexplore.steps.communities import Communities
from morphoexplore.steps.tallying import Tally
from morphoexplore.store import tree

UNKNOWN_WEIGHT = "unknown_weight"
"""Of a sample of which no concentration is known."""
NO_POSITIONS = "no_positions"
"""Of a sample of which no object has features."""
ORDERS = (0.0, 1.0, 2.0)
LEVEL = 0.95
LIKE_ITS_FELLOWS = 10.0  # looks that the audits of all morphs together count for, in the belief on one
COLUMNS = (
    *("sample_id", "datetime", "morph_set", "kinds", "level", "space", "weight", "index", "q"),
    *("estimate", "se", "ci_lo", "ci_hi", "sorting_lo", "sorting_hi"),
    *("n_objects", "n_eff", "m_standard", "coverage", "share_unsorted", "is_n_dependent", "status"),
)


@dataclass(frozen=True)
class Index:
    """
    How an index is made.

    Attributes
    ----------
    level : str
        ``morph`` or ``object``.
    title, unit : str
        For people.
    orders : tuple of float
        Orders q; none unless it has any.
    has_positions : bool
        Whether it needs the morphospace.
    needs_integers : bool
        Whether it is of raw counts whatever the weight.
    is_n_dependent : bool
        Whether it grows with the number of objects looked at.
    is_slow : bool
        Whether its interval takes seconds a sample.
    """

    level: str
    title: str
    unit: str
    orders: tuple[float, ...] = ()
    has_positions: bool = False
    needs_integers: bool = False
    is_n_dependent: bool = False
    is_slow: bool = False


STANDARDISED = "standardised_functional_richness"
AXES = ("cwm", "sd")  # a number per axis: cwm_1, cwm_2 ...
PC = "PC"  # the unit of the morphospace
MORPHS, DISTINCT = "effective morphs", "effective distinct morphs"
INDICES: dict[str, Index] = {
    "richness": Index("morph", "Richness", "morphs", is_n_dependent=True),
    "shannon": Index("morph", "Shannon entropy", "nat"),
    "simpson": Index("morph", "Gini\u2013Simpson", "probability"),
    "inverse_simpson": Index("morph", "Inverse Simpson", MORPHS),
    "pielou": Index("morph", "Pielou evenness", "H\u2032 / ln S"),
    "hill": Index("morph", "Hill number", MORPHS, orders=ORDERS),
    "chao1": Index("morph", "Chao1 richness, bias-corrected", "morphs", needs_integers=True),
    "coverage": Index("morph", "Coverage", "share", needs_integers=True),
    "hill_at_coverage": Index(
        "morph", "Hill number at equal coverage", MORPHS, orders=ORDERS, needs_integers=True
    ),
    "similarity_hill": Index(
        "morph", "Hill number of distinct morphs", DISTINCT, orders=ORDERS, has_positions=True
    ),
    "functional_evenness": Index(
        "morph", "Functional evenness", "0\u20131", has_positions=True, is_slow=True
    ),
    "functional_dispersion": Index("object", "Functional dispersion", PC, has_positions=True),
    "rao_d2": Index("object", "Rao\u2019s Q (d\u00b2)", f"{PC}\u00b2", has_positions=True),
    "functional_specialisation": Index("object", "Functional specialisation", PC, has_positions=True),
    "functional_divergence": Index(
        "object", "Functional divergence", "0\u20131", has_positions=True, is_slow=True
    ),
    "functional_richness": Index(
        "object", "Functional richness, raw", "share of the pool", has_positions=True, is_n_dependent=True
    ),
    "standardised_functional_richness": Index(
        "object", "Functional richness at equal size", "share of the pool", has_positions=True, is_slow=True
    ),
    "cwm": Index("object", "Mean position", PC, has_positions=True),
    "sd": Index("object", "Spread", PC, has_positions=True),
}
WITHOUT_POSITIONS = tuple(name for name, one in INDICES.items() if not one.has_positions)


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
    replicates : int
        Of the bootstraps; 0: no intervals.
    is_slow : bool
        Whether intervals that take long are made too.
    random_state : int
        With the name of a sample it decides the draws.
    """

    m: int | None = None
    coverage: float | None = None
    replicates: int = 0
    is_slow: bool = False
    random_state: int = 0


@dataclass(frozen=True)
class Sorted:
    """
    What is known of the errors of sorting.

    Attributes
    ----------
    right, wrong : array, shape (n_morphs,)
        Random looks at unseen members of every morph.
    is_looked : array of bool, shape (m,)
        Which counted objects a person looked at: they are right by decision.
    """

    right: np.ndarray
    wrong: np.ndarray
    is_looked: np.ndarray


Key = str  # the name of an index, with its order behind @


def check_names(names: Sequence[str]) -> list[str]:
    """
    Return names of indices in the order of the table.

    Raises
    ------
    WrongValueError
        If there is no such index.
    """
    unknown = [name for name in names if name not in INDICES]
    if unknown or not names:
        message = f"There is no index {unknown[0] if unknown else ''!r}. Indices: {', '.join(INDICES)}."
        raise WrongValueError(message)
    return [name for name in INDICES if name in names]


def compute(
    of: Communities,
    names: Sequence[str],
    options: Options | None = None,
    *,
    sorting: Sorted | None = None,
    progress: Progress = silent,
) -> pd.DataFrame:
    """
    Compute indices of communities.

    Parameters
    ----------
    names : sequence of str
        Of :data:`INDICES`.
    options : Options, optional
        Sizes, coverage, intervals.
    sorting : Sorted, optional
        For the intervals that come from errors of sorting, of indices of morphs; none are made without.

    Returns
    -------
    table : DataFrame
        A row per sample and index: ``sample_id, datetime, level, space, weight, index, q, estimate, se, ci_lo, ci_hi,
        sorting_lo, sorting_hi, n_objects, n_eff, m_standard, coverage, is_n_dependent, status``.

    Raises
    ------
    WrongValueError
        If there is no such index, or the communities lack positions that it needs.
    """
    options = Options() if options is None else options
    study = _Study(of, check_names(names), options)
    if study.needs_positions and of.positions is None:
        message = "These indices need the morphospace."
        raise WrongValueError(message)
    values = study.estimate()
    spread: dict[tuple[int, Key], tuple[float, float, float]] = {}
    wrong: dict[tuple[int, Key], tuple[float, float]] = {}
    if options.replicates:
        precisions = None if sorting is None else _precisions(of, sorting, options)
        for row in progress(range(len(of.samples)), label="intervals", total=len(of.samples)):
            if not of.is_known[row] or of.starts[row] == of.starts[row + 1]:
                continue
            spread |= {(row, key): found for key, found in study.intervals(row).items()}
            if sorting is not None and precisions is not None:
                found_wrong = study.sorting_intervals(row, precisions, sorting.is_looked)
                wrong |= {(row, key): found for key, found in found_wrong.items()}
    return study.table(values, spread, wrong)


def describe(
    table: pd.DataFrame, tally: Tally, *, kinds: Sequence[str], branch: int | None = None
) -> pd.DataFrame:
    """
    Say of a table of indices what was counted, and what share of each sample is unsorted.

    Returns
    -------
    table : DataFrame
        With ``morph_set``, ``kinds`` and ``share_unsorted``, in the order of :data:`COLUMNS`.
    """
    whole = tally.samples["objects"]
    unsorted = tally.unsorted / whole.where(whole > 0)
    path = "" if branch is None else f": {tree.path_of(tally.nodes, branch)}"
    said = table.assign(
        morph_set=f"{tally.morph_set}{path}",
        kinds="+".join(kinds),
        share_unsorted=unsorted.reindex(table["sample_id"]).to_numpy(),
    )
    return said[list(COLUMNS)]


def _precisions(of: Communities, sorting: Sorted, options: Options) -> np.ndarray | None:
    """Draw precisions of morphs that looks leave possible; None where nobody ever looked at unseen members."""
    right, wrong = float(sorting.right.sum()), float(sorting.wrong.sum())
    if right + wrong == 0:
        return None
    fellows = (
        LIKE_ITS_FELLOWS * (right + 0.5) / (right + wrong + 1),
        LIKE_ITS_FELLOWS * (wrong + 0.5) / (right + wrong + 1),
    )
    return methods.draw_precisions(
        sorting.right,
        sorting.wrong,
        prior=fellows,
        replicates=options.replicates,
        random_state=options.random_state,
        ids=of.morphs.to_numpy(),
    )


class _Study:
    """One computation: what all samples share, and the functions of each index."""

    def __init__(self, of: Communities, names: list[str], options: Options) -> None:
        self.of, self.names, self.options = of, names, options
        self.counts, self.amounts = of.counts(), of.amounts()
        self.needs_positions = any(INDICES[name].has_positions for name in names)
        self.coverages = methods.coverage(self.counts).value
        self.at_coverage = self._common_coverage()
        self.keys: list[Key] = [
            _key(name, q) for name in names for q in (INDICES[name].orders or (np.nan,)) if name not in AXES
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
        is_hull = {"functional_richness", "standardised_functional_richness"} & set(self.names)
        volume = (
            methods.functional_richness(np.ones(len(pool)), pool).value if is_hull and len(pool) else np.nan
        )
        self.pool = float(volume) if np.isfinite(volume) and volume > 0 else None
        sizes = [of.each[self._placed(row)] for row in range(len(of.samples)) if of.is_known[row]]
        sizes = [one for one in sizes if len(one)]
        self.m = self.options.m or (methods.common_size(sizes) if sizes else 0)
        middles = of.centroids()
        self.is_placed_morph = np.isfinite(middles).all(axis=1)
        self.middles = np.where(self.is_placed_morph[:, None], middles, 0.0)
        apart = pdist(self.middles[self.is_placed_morph])
        self.scale = float(apart.mean()) if len(apart) and apart.mean() > 0 else 1.0
        self.distances = squareform(pdist(self.middles)) if len(self.middles) else np.zeros((0, 0))

    def _placed(self, row: int) -> np.ndarray:
        """Return which counted objects of a sample have a place."""
        part = self.of.of(row)
        return np.arange(part.start, part.stop)[self.has_place[part]]

    def _common_coverage(self) -> float:
        if self.options.coverage is not None:
            return self.options.coverage
        large = self.counts.sum(axis=1) >= FEWEST
        known = self.coverages[large & np.isfinite(self.coverages)]
        return float(known[known > 0].min()) if (known > 0).any() else np.nan

    # ------------------------------------------------------------------------------- functions of weights

    def of_amounts(self) -> dict[Key, Callable[[np.ndarray], Result]]:
        """Return indices of shares of morphs, as functions of samples x morphs."""
        found: dict[Key, Callable[[np.ndarray], Result]] = {
            "richness": methods.richness,
            "shannon": methods.shannon,
            "simpson": methods.simpson,
            "inverse_simpson": partial(methods.simpson, kind="inverse"),
            "pielou": methods.pielou,
        }
        found |= {_key("hill", q): partial(methods.hill, q=q) for q in ORDERS}
        return self._wanted(found)

    def of_integers(self) -> dict[Key, Callable[[np.ndarray], Result]]:
        """Return estimators that need whole numbers of objects."""
        found: dict[Key, Callable[[np.ndarray], Result]] = {}
        if np.isfinite(self.at_coverage):
            found = {
                _key("hill_at_coverage", q): partial(methods.coverage_standardise, c=self.at_coverage, q=q)
                for q in ORDERS
            }
        return self._wanted(found)

    def of_placed_morphs(self) -> dict[Key, Callable[[np.ndarray], Result]]:
        """Return indices of morphs and where they lie."""
        placed = self.is_placed_morph
        distances, middles = self.distances[np.ix_(placed, placed)], self.middles[placed]
        found: dict[Key, Callable[[np.ndarray], Result]] = {
            _key("similarity_hill", q): partial(
                methods.similarity_hill, q=q, distances=distances, scale=self.scale
            )
            for q in ORDERS
        }
        found["functional_evenness"] = partial(methods.functional_evenness, coordinates=middles)
        return self._wanted(found)

    def of_cloud(self, points: np.ndarray) -> dict[Key, Callable[[np.ndarray], Result]]:
        """Return indices of single objects at *points*, as functions of weights."""
        found: dict[Key, Callable[[np.ndarray], Result]] = {
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
            if key == "chao1":
                put(key, methods.chao1(self.counts, form="bias_corrected"))
            elif key == "coverage":
                put(key, methods.coverage(self.counts))
            elif _name(key) == "hill_at_coverage" and key not in found:
                is_empty = self.counts.sum(axis=1) == 0  # no sample is large enough to set a coverage
                found[key] = (
                    np.full(n, np.nan),
                    np.where(is_empty, methods.EMPTY, methods.BELOW_M).astype(object),
                )
        if self.needs_positions:
            self._estimate_places(found, put)
        for key, (value, status) in found.items():
            if not _index(key).needs_integers:
                value[~self.of.is_known], status[~self.of.is_known] = np.nan, UNKNOWN_WEIGHT
        return found

    def _estimate_places(
        self, found: dict[Key, tuple[np.ndarray, np.ndarray]], put: Callable[[Key, Result], None]
    ) -> None:
        of, n = self.of, len(self.of.samples)
        assert of.positions is not None
        for key, function in self.of_placed_morphs().items():
            put(key, function(self.amounts[:, self.is_placed_morph]))
        cloud = [key for key in self.keys if key not in found and _index(key).level == "object"]
        for key in cloud:
            found[key] = np.full(n, np.nan), np.full(n, methods.EMPTY, dtype=object)
        for row in range(n):
            placed = self._placed(row)
            if not len(placed):
                if of.starts[row] < of.starts[row + 1]:
                    for key in cloud:
                        found[key][1][row] = NO_POSITIONS
                continue
            each, points = of.each[placed], of.positions[placed]
            results = {key: function(each) for key, function in self.of_cloud(points).items()}
            results |= self._richness(row, each, points)
            for key, result in results.items():
                found[key][0][row], found[key][1][row] = result.value, result.status

    def _richness(self, row: int, each: np.ndarray, points: np.ndarray) -> dict[Key, Result]:
        found: dict[Key, Result] = {}
        if "functional_richness" in self.names:
            found["functional_richness"] = methods.functional_richness(each, points, pool=self.pool)
        if "standardised_functional_richness" in self.names:
            found["standardised_functional_richness"] = methods.standardised_functional_richness(
                each,
                points,
                max(self.m, 1),
                pool=self.pool,
                random_state=self.options.random_state,
                sample=str(self.of.samples[row]),
            )
        return found

    # ---------------------------------------------------------------------------------- intervals

    def intervals(self, row: int) -> dict[Key, tuple[float, float, float]]:
        """Return se, low and high of the indices of one sample, of those that have an interval."""
        of = self.of
        counts, per_object = of.by_fraction(row)
        found: dict[Key, methods.Interval] = {}
        if of.weight != "biovolume":
            found |= self._of_assemblage(row, counts, self.of_amounts(), per_object)
        found |= self._of_assemblage(row, counts.sum(axis=0), self.of_integers())
        if self.needs_positions:
            found |= self._intervals_of_places(row, counts, per_object)
        ends = {key: (float(one.se), float(one.low), float(one.high)) for key, one in found.items()}
        if "chao1" in self.keys:
            chao = methods.chao1_interval(counts.sum(axis=0), level=LEVEL)
            ends["chao1"] = np.nan, float(chao.low), float(chao.high)
        return ends

    def _of_assemblage(
        self,
        row: int,
        counts: np.ndarray,
        functions: dict[Key, Callable[..., Result]],
        per_object: np.ndarray | float = 1.0,
    ) -> dict[Key, methods.Interval]:
        if not functions:
            return {}
        return methods.bootstrap_assemblage(
            counts,
            functions,
            weights=per_object,
            replicates=self.options.replicates,
            level=LEVEL,
            random_state=self.options.random_state,
            sample=str(self.of.samples[row]),
        )

    def _of_objects(
        self, row: int, counts: np.ndarray, functions: dict[Key, Callable[..., Result]], weights: np.ndarray
    ) -> dict[Key, methods.Interval]:
        functions = {
            key: one for key, one in functions.items() if self.options.is_slow or not _index(key).is_slow
        }
        if not functions:
            return {}
        return methods.bootstrap_objects(
            counts,
            functions,
            weights=weights,
            replicates=self.options.replicates,
            level=LEVEL,
            random_state=self.options.random_state,
            sample=str(self.of.samples[row]),
        )

    def _intervals_of_places(
        self, row: int, counts: np.ndarray, per_object: np.ndarray
    ) -> dict[Key, methods.Interval]:
        of, options = self.of, self.options
        assert of.positions is not None
        found: dict[Key, methods.Interval] = {}
        if of.weight != "biovolume":
            found |= self._of_objects(
                row, counts[:, self.is_placed_morph], self.of_placed_morphs(), per_object
            )
        placed = self._placed(row)
        if not len(placed):
            return found
        each, points, fraction = of.each[placed], of.positions[placed], of.fraction[placed]
        of_fractions = methods.by_fraction(fraction)
        weights = np.broadcast_to(each, of_fractions.shape)
        found |= self._of_objects(row, of_fractions, self.of_cloud(points), weights)
        if options.is_slow and STANDARDISED in self.keys:
            found[STANDARDISED] = methods.bootstrap_standardised_richness(
                each,
                points,
                max(self.m, 1),
                fractions=fraction,
                pool=self.pool,
                replicates=options.replicates,
                level=LEVEL,
                random_state=options.random_state,
                sample=str(of.samples[row]),
            )
        return found

    def sorting_intervals(
        self, row: int, precisions: np.ndarray, is_looked: np.ndarray
    ) -> dict[Key, tuple[float, float]]:
        """Return low and high of the indices of morphs, were members wrong as often as audits leave possible."""
        of, found = self.of, dict[Key, methods.Interval]()
        if of.weight == "biovolume":
            return {}
        counts, per_object = of.by_fraction(row)
        certain = self._certain(row, is_looked, counts.shape)
        parts = [(np.ones(len(of.morphs), dtype=bool), self.of_amounts())]
        if self.needs_positions:
            parts.append((self.is_placed_morph, self.of_placed_morphs()))
        for morphs, functions in parts:
            quick = {
                key: one for key, one in functions.items() if self.options.is_slow or not _index(key).is_slow
            }
            if quick:
                found |= methods.propagate_sorting(
                    counts[:, morphs],
                    precisions[:, morphs],
                    quick,
                    certain=certain[:, morphs],
                    weights=per_object,
                    level=LEVEL,
                    random_state=self.options.random_state,
                    sample=str(of.samples[row]),
                )
        return {key: (float(one.low), float(one.high)) for key, one in found.items()}

    def _certain(self, row: int, is_looked: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        part = self.of.of(row)
        _, place = np.unique(self.of.fraction[part], return_inverse=True)
        cell = (place * shape[1] + self.of.morph[part])[is_looked[part]]
        return np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)

    # -------------------------------------------------------------------------------------- table

    def table(
        self,
        values: dict[Key, tuple[np.ndarray, np.ndarray]],
        spread: dict[tuple[int, Key], tuple[float, float, float]],
        wrong: dict[tuple[int, Key], tuple[float, float]],
    ) -> pd.DataFrame:
        """Return everything as one long table."""
        of, n, k = self.of, len(self.of.samples), len(self.keys)
        intervals = np.full((n, k, 5), np.nan)
        place = {key: column for column, key in enumerate(self.keys)}
        for (row, key), found in spread.items():
            intervals[row, place[key], :3] = found
        for (row, key), ends in wrong.items():
            intervals[row, place[key], 3:] = ends
        estimates = np.stack([values[key][0] for key in self.keys], axis=1)
        statuses = np.stack([values[key][1] for key in self.keys], axis=1)
        intervals[~np.isfinite(estimates)] = np.nan
        names = np.array([_name(key) for key in self.keys], dtype=object)
        is_at = names == "hill_at_coverage"
        known = [_index(key) for key in self.keys]
        coverage = np.repeat(self.coverages[:, None], k, axis=1)
        coverage[:, is_at] = self.at_coverage
        sizes = np.full(k, np.nan)
        sizes[names == STANDARDISED] = self.m
        effective = [
            methods.effective_size(of.each[of.of(row)]).value
            if of.is_known[row] and of.starts[row] < of.starts[row + 1]
            else np.nan
            for row in range(n)
        ]
        dates = of.tally.samples["datetime"].reindex(of.samples)
        return pd.DataFrame(
            {
                "sample_id": np.repeat(of.samples.to_numpy(), k),
                "datetime": np.repeat(dates.to_numpy(), k),
                "level": np.tile(np.array([one.level for one in known], dtype=object), n),
                "space": np.tile(
                    np.array([of.space if one.has_positions else None for one in known], dtype=object), n
                ),
                "weight": np.tile(
                    np.array(["count" if one.needs_integers else of.weight for one in known], dtype=object), n
                ),
                "index": np.tile(names, n),
                "q": np.tile([_order(key) for key in self.keys], n),
                "estimate": estimates.ravel(),
                **{
                    name: intervals[:, :, at].ravel()
                    for at, name in enumerate(("se", "ci_lo", "ci_hi", "sorting_lo", "sorting_hi"))
                },
                "n_objects": np.repeat(self.counts.sum(axis=1).astype(np.int64), k),
                "n_eff": np.repeat(effective, k),
                "m_standard": np.tile(sizes, n),
                "coverage": coverage.ravel(),
                "is_n_dependent": np.tile(
                    [
                        one.is_n_dependent or key == "hill@0"
                        for key, one in zip(self.keys, known, strict=True)
                    ],
                    n,
                ),
                "status": statuses.ravel(),
            }
        )


def _along(function: Callable[..., Result], points: np.ndarray, weights: np.ndarray) -> Result:
    """Return a function of positions along one axis alone, so that it is a number per sample."""
    result = function(weights, points)
    value = np.asarray(result.value, dtype=np.float64)
    return Result(float(value[0]) if value.ndim == 1 else value[:, 0], result.status)


def _key(name: str, q: float) -> Key:
    return name if np.isnan(q) else f"{name}@{q:g}"


def _name(key: Key) -> str:
    return key.split("@")[0]


def _order(key: Key) -> float:
    _, _, q = key.partition("@")
    return float(q) if q else np.nan


def _index(key: Key) -> Index:
    """Return how the index of a key is made; the axes of a position share theirs."""
    name = _name(key)
    return INDICES[name] if name in INDICES else INDICES[name.rsplit("_", 1)[0]]
