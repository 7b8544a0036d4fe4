"""
The table of indices: every index of every sample, with intervals, statuses and all that it rests on.

Which indices there are stands in :mod:`.index_registry`, how their values are found in :mod:`.index_study`, and their intervals in
:mod:`.index_intervals`. What grows with the number of objects looked at (richness, hulls) is given at equal coverage or equal size as
well, and raw values say ``is_n_dependent``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from morphoexplore.errors import WrongValueError
from morphoexplore.methods import diversity as methods
from morphoexplore.records import Progress, silent
from morphoexplore.steps import index_intervals
from morphoexplore.steps.communities import Communities
from morphoexplore.steps.index_intervals import Sorted
from morphoexplore.steps.index_registry import (
    INDICES,
    ORDERS,
    STANDARDISED,
    WITHOUT_POSITIONS,
    Index,
    Key,
    check_names,
    index_of,
    name_of,
    order_of,
)
from morphoexplore.steps.index_study import NO_POSITIONS, UNKNOWN_WEIGHT, Options, Study
from morphoexplore.steps.tallying import Tally
from morphoexplore.store import tree

__all__ = [
    "COLUMNS",
    "INDICES",
    "NO_POSITIONS",
    "ORDERS",
    "UNKNOWN_WEIGHT",
    "WITHOUT_POSITIONS",
    "Index",
    "Options",
    "Sorted",
    "check_names",
    "compute",
    "describe",
]

SAMPLING, SORTING = "sampling", "sorting"
REPLICATE_COLUMNS = ("sample_id", "index", "q", "interval", "replicate", "estimate")
COLUMNS = (
    *("sample_id", "datetime", "morph_set", "kinds", "level", "space", "weight", "index", "q"),
    *("estimate", "se", "ci_lo", "ci_hi", "sorting_lo", "sorting_hi"),
    *("n_objects", "n_eff", "m_standard", "coverage", "share_unsorted", "is_n_dependent", "status"),
)


def compute(
    of: Communities,
    names: Sequence[str],
    options: Options | None = None,
    *,
    sorting: Sorted | None = None,
    keep: list[pd.DataFrame] | None = None,
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
        For the intervals that come from errors of sorting; none are made without.
    keep : list of DataFrame, optional
        Gets the replicates of every sample: ``sample_id, index, q, interval`` (``sampling`` or ``sorting``), ``replicate``,
        ``estimate``.

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
    study = Study(of, check_names(names), options)
    if study.needs_positions and of.positions is None:
        message = "These indices need the morphospace."
        raise WrongValueError(message)
    values = study.estimate()
    spread: dict[tuple[int, Key], tuple[float, float, float]] = {}
    wrong: dict[tuple[int, Key], tuple[float, float]] = {}
    if options.replicates:
        precisions = None if sorting is None else index_intervals.precisions(of, sorting, options)
        for row in progress(range(len(of.samples)), label="intervals", total=len(of.samples)):
            if not of.is_known[row] or of.starts[row] == of.starts[row + 1]:
                continue
            made = {SAMPLING: index_intervals.of_counting(study, row)}
            if sorting is not None and precisions is not None:
                made[SORTING] = index_intervals.of_sorting(study, row, precisions, sorting.is_looked)
            for key, one in made[SAMPLING].items():
                spread[row, key] = float(one.se), *_possible(key, one)
            for key, one in made.get(SORTING, {}).items():
                wrong[row, key] = _possible(key, one)
            if keep is not None:
                keep.append(_replicates(str(of.samples[row]), made))
    return _table(study, values, spread, wrong)


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


def _possible(key: Key, interval: methods.Interval) -> tuple[float, float]:
    """Return the ends of an interval that are possible: an evenness of more than 1 is not."""
    of = index_of(key)
    return float(np.maximum(interval.low, of.least)), float(np.minimum(interval.high, of.most))


def _replicates(sample: str, made: dict[str, index_intervals.Intervals]) -> pd.DataFrame:
    """Return the replicates of one sample, a row each."""
    parts = [
        pd.DataFrame(
            {
                "sample_id": sample,
                "index": name_of(key),
                "q": order_of(key),
                "interval": interval,
                "replicate": np.arange(len(one.replicates)),
                "estimate": one.replicates,
            }
        )
        for interval, found in made.items()
        for key, one in found.items()
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(REPLICATE_COLUMNS))


def _table(
    study: Study,
    values: dict[Key, tuple[np.ndarray, np.ndarray]],
    spread: dict[tuple[int, Key], tuple[float, float, float]],
    wrong: dict[tuple[int, Key], tuple[float, float]],
) -> pd.DataFrame:
    """Return everything as one long table."""
    of, n, k = study.of, len(study.of.samples), len(study.keys)
    intervals = np.full((n, k, 5), np.nan)
    place = {key: column for column, key in enumerate(study.keys)}
    for (row, key), found in spread.items():
        intervals[row, place[key], :3] = found
    for (row, key), ends in wrong.items():
        intervals[row, place[key], 3:] = ends
    estimates = np.stack([values[key][0] for key in study.keys], axis=1)
    statuses = np.stack([values[key][1] for key in study.keys], axis=1)
    intervals[~np.isfinite(estimates)] = np.nan
    names = np.array([name_of(key) for key in study.keys], dtype=object)
    is_at = names == "hill_at_coverage"
    known = [index_of(key) for key in study.keys]
    coverage = np.repeat(study.coverages[:, None], k, axis=1)
    coverage[:, is_at] = study.at_coverage
    sizes = np.full(k, np.nan)
    sizes[names == STANDARDISED] = study.m
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
            "q": np.tile([order_of(key) for key in study.keys], n),
            "estimate": estimates.ravel(),
            **{
                name: intervals[:, :, at].ravel()
                for at, name in enumerate(("se", "ci_lo", "ci_hi", "sorting_lo", "sorting_hi"))
            },
            "n_objects": np.repeat(study.counts.sum(axis=1).astype(np.int64), k),
            "n_eff": np.repeat(effective, k),
            "m_standard": np.tile(sizes, n),
            "coverage": coverage.ravel(),
            "is_n_dependent": np.tile(
                [one.is_n_dependent or key == "hill@0" for key, one in zip(study.keys, known, strict=True)],
                n,
            ),
            "status": statuses.ravel(),
        }
    )
