"""
The chain of Beck et al. (2023), step by step, for those who compare with that study.

Objects are counted in the cells of a partition of the morphospace; richness, divergence and evenness are those of the middles of
the cells that a date has, weighted by concentration; season and trend come from weekly series. It is offered to be compared
with, not as the default: richness of cells grows with the number of objects, and so may its trend, and the test of weekly
values finds too many trends. What differs from their program: positions are those of this project's morphospace.

References
----------
Beck, M. et al. (2023). Morphological diversity increases with decreasing resources along a zooplankton time series.
    Proceedings of the Royal Society B 290, 20232109.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from morphoexplore.methods import beck2023 as weekly
from morphoexplore.methods import diversity as methods
from morphoexplore.methods.diversity.randomness import random_of
from morphoexplore.records import Progress, silent
from morphoexplore.steps import communities, partitioning, tallying, volumes
from morphoexplore.steps.communities import Communities
from morphoexplore.store import partitions
from morphoexplore.store.project import Project

CELLS, DIMS, MOST_OBJECTS, DIGITS = 200, 4, 2000, 6
INDICES = ("richness", "shannon", "pielou", "mric", "mdiv", "meve")


@dataclass(frozen=True)
class Beck2023:
    """
    What the chain gives.

    Attributes
    ----------
    indices : DataFrame
        A row per date and index: ``datetime`` (day), ``index``, ``estimate`` (rounded to 6 digits), ``n_objects`` (at most 2000),
        ``status``.
    series : DataFrame
        A row per index and week: see :class:`.methods.beck2023.WeeklyTrend`.
    trends : DataFrame
        A row per index: ``mk_s, mk_p`` (Mann-Kendall), ``gls_slope, gls_low, gls_high, gls_p`` (per year), ``pacf1``, ``errors``,
        ``status``, ``warning``.
    notes : list of str
        What was left out, in sentences.
    """

    indices: pd.DataFrame
    series: pd.DataFrame
    trends: pd.DataFrame
    notes: list[str]


def beck2023(
    project: Project,
    *,
    cells: int = CELLS,
    dims: int = DIMS,
    most_objects: int = MOST_OBJECTS,
    kinds: tuple[str, ...] = ("living",),
    weight: str | None = None,
    random_state: int = 0,
    progress: Progress = silent,
) -> Beck2023:
    """
    Compute indices, weekly series and trends as Beck et al. (2023).

    Parameters
    ----------
    cells, dims : int
        Of the partition, which is made where there is none of these.
    most_objects : int
        Drawn without replacement from the objects of a date that has more; concentrations are raised for it.
    kinds : tuple of str
        What counts; free objects count where ``living`` does.
    weight : {"count", "concentration"}, optional
        Concentration where every acquisition has one, unless given.
    random_state : int
        Of the partition and the draws.

    Returns
    -------
    found : Beck2023

    Raises
    ------
    StepMissingError
        If there is no morphospace of all objects.
    WrongValueError
        If there is no formula for the weight.
    """
    partitioning.partition(
        project, cells=cells, dims=dims, weight=weight, random_state=random_state, progress=progress
    )
    tally = tallying.tally(project, morph_set=tallying.PARTITION, kinds=kinds)
    weights = volumes.weigh(project)
    weight = weight or communities.default_weight(weights)
    of = communities.gather(
        project,
        tally,
        tally.samples.index,
        tally.choose_morphs(kinds=kinds),
        weight=weight,
        dims=None,
        weights=weights,
    )
    days, amounts, counts, notes = _by_day(of, most_objects, random_state)
    middles = partitions.centroids(project, partitions.require(project))
    middles = middles[np.asarray(of.morphs, dtype=np.int64) - 1]
    table = _indices(days, amounts, counts, middles)
    series, trends = [], []
    for name, part in table.groupby("index", sort=False):
        found = weekly.weekly_trend(part["datetime"], part["estimate"].to_numpy())
        series.append(found.series.assign(index=name))
        said = found._asdict() if hasattr(found, "_asdict") else dict(vars(found))
        trends.append({"index": name} | {key: value for key, value in said.items() if key != "series"})
    return Beck2023(
        indices=table,
        series=pd.concat(series, ignore_index=True) if series else pd.DataFrame(),
        trends=pd.DataFrame(trends),
        notes=[*of.notes, *notes],
    )


def _by_day(
    of: Communities, most_objects: int, random_state: int
) -> tuple[pd.DatetimeIndex, np.ndarray, np.ndarray, list[str]]:
    """Return amounts and objects of days x cells; what has no date or no known concentration is left out."""
    dates = of.tally.samples["datetime"].reindex(of.samples).dt.normalize()
    is_used = dates.notna().to_numpy() & of.is_known
    days = pd.DatetimeIndex(sorted(dates[is_used].unique()))
    shape = len(days), len(of.morphs)
    amounts, counts, capped = np.zeros(shape), np.zeros(shape), 0
    day_of = days.get_indexer(pd.DatetimeIndex(dates.where(is_used)))
    for place, day in enumerate(days):
        rows = np.flatnonzero(day_of == place)
        objects = np.concatenate([np.arange(of.starts[row], of.starts[row + 1]) for row in rows])
        raised = 1.0
        if len(objects) > most_objects:
            random = random_of(random_state, str(day.date()), "beck2023")
            raised = len(objects) / most_objects
            objects = random.choice(objects, size=most_objects, replace=False)
            capped += 1
        amounts[place] = np.bincount(of.morph[objects], of.each[objects] * raised, minlength=shape[1])
        counts[place] = np.bincount(of.morph[objects], minlength=shape[1])
    notes = [f"Of {capped} dates {most_objects} objects were drawn."] if capped else []
    lost = len(of.samples) - int(is_used.sum())
    if lost:
        notes.append(f"{lost} samples have no date or no known concentration and were left out.")
    return days, amounts, counts, notes


def _indices(
    days: pd.DatetimeIndex, amounts: np.ndarray, counts: np.ndarray, middles: np.ndarray
) -> pd.DataFrame:
    results = {
        "richness": methods.richness(amounts),
        "shannon": methods.shannon(amounts),
        "pielou": methods.pielou(amounts),
        "mric": methods.functional_richness(amounts, middles, pool=middles),
        "mdiv": methods.functional_divergence(amounts, middles),
        "meve": methods.functional_evenness(amounts, middles),
    }
    parts = [
        pd.DataFrame(
            {
                "datetime": days,
                "index": name,
                "estimate": np.round(results[name].value, DIGITS),
                "n_objects": counts.sum(axis=1).astype(np.int64),
                "status": results[name].status,
            }
        )
        for name in INDICES
    ]
    return pd.concat(parts, ignore_index=True)
