"""
The table of indices of a choice on the page Diversity, and what follows from it.

What is quick is made when it is asked for. What takes seconds (some indices, all intervals) is made in a thread while the page shows
the rest, and comes in when it is there (:mod:`.later`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from morphoexplore.methods.diversity.bootstrap import REPLICATES
from morphoexplore.methods.trends import benjamini_hochberg
from morphoexplore.records import Progress, silent
from morphoexplore.steps import diversity as steps
from morphoexplore.steps import indexing, turnover
from morphoexplore.steps import series as steps_series
from morphoexplore.steps.morph_tables import water
from morphoexplore_app.diversity_choice import Choice
from morphoexplore_app.diversity_indices import INDICES, Offered
from morphoexplore_app.diversity_memory import memory_of, remembered, state
from morphoexplore_app.diversity_results import gathered, results, weights, what_counts
from morphoexplore_app.later import Job, Later
from morphoexplore_app.session import Session

PLAIN = tuple(dict.fromkeys(one.name for one in INDICES.values() if not one.has_positions))
CLOUD = ("functional_dispersion", "rao_d2", "functional_specialisation", "cwm", "sd")
HULLS = ("functional_richness",)  # a second for some 200,000 objects
MANY = 200_000


@dataclass(frozen=True)
class Table:
    """
    The table of the indices chosen, as far as it is there.

    Attributes
    ----------
    frame : DataFrame
        A row per sample and index (:func:`indexing.compute`), in the order chosen, with ``group`` where samples are grouped.
    missing : tuple of Offered
        Indices chosen that are not there yet.
    jobs : tuple of Job
        What is being made.
    """

    frame: pd.DataFrame
    missing: tuple[Offered, ...]
    jobs: tuple[Job, ...]

    @property
    def stamp(self) -> tuple[int, int, int]:
        """What changes when something comes in."""
        return len(self.missing), len(self.jobs), len(self.failures)

    @property
    def failures(self) -> list[str]:
        """Why something could not be made."""
        return [f"{job.label}: {job.failure}" for job in self.jobs if job.failure]

    @property
    def is_waiting(self) -> bool:
        """Whether something more will come."""
        return any(job.failure is None for job in self.jobs)


def indices(session: Session, choice: Choice, *, waits: bool = False) -> Table:
    """
    Return the table of the indices chosen.

    Parameters
    ----------
    waits : bool
        Make all of it now, whatever it takes.
    """
    missing: list[Offered] = []
    jobs: list[Job] = []
    parts: list[pd.DataFrame] = []
    for names in _blocks(choice):
        is_slow = _takes_long(session, choice, names)
        frame = _computed(session, choice, names, is_slow=is_slow, waits=waits, jobs=jobs)
        if frame is None:
            missing += [one for one in choice.offered if one.name in names]
        else:
            parts.append(frame)
    if choice.has_intervals:
        for names in _interval_blocks(choice):
            frame = _with_intervals(session, choice, names, waits=waits, jobs=jobs)
            if frame is not None:
                parts = [part[~part["index"].isin(set(frame["index"]))] for part in parts] + [frame]
    return Table(_ordered(session, choice, parts), tuple(missing), tuple(jobs))


def _blocks(choice: Choice) -> list[tuple[str, ...]]:
    """Return what is computed together, because it shares most of the work; what is dear is by itself."""
    names = list(dict.fromkeys(one.name for one in choice.offered))
    together = [block for block in (PLAIN, CLOUD) if set(names) & set(block)]
    return together + [(name,) for name in names if name not in PLAIN + CLOUD]


def _interval_blocks(choice: Choice) -> list[tuple[str, ...]]:
    """Return of what intervals are made together: of all that is quick, and of each slow index by itself, where these are wanted."""
    names = {one.name for one in choice.offered}
    ordered = [name for name in indexing.INDICES if name in names]
    quick = tuple(name for name in ordered if not indexing.INDICES[name].is_slow)
    slow = [(name,) for name in ordered if indexing.INDICES[name].is_slow and choice.has_slow]
    return ([quick] if quick else []) + slow


def _takes_long(session: Session, choice: Choice, names: tuple[str, ...]) -> bool:
    """Whether the page is drawn before these are there."""
    if indexing.INDICES[names[0]].is_slow:
        return True
    return names[0] in HULLS and len(gathered(session, choice).objects) > MANY


def _computed(
    session: Session,
    choice: Choice,
    names: tuple[str, ...],
    *,
    is_slow: bool,
    waits: bool,
    jobs: list[Job],
) -> pd.DataFrame | None:
    key = ("indices", *what_counts(choice), names)

    def compute(progress: Progress | None = None) -> pd.DataFrame:
        del progress
        return indexing.compute(gathered(session, choice), names)

    if not is_slow or waits:
        return remembered(session, key, compute)
    return _made_later(session, key, INDICES[names[0]].title, compute, jobs)


def _with_intervals(
    session: Session, choice: Choice, names: tuple[str, ...], *, waits: bool, jobs: list[Job]
) -> pd.DataFrame | None:
    key = ("intervals", *what_counts(choice), names)
    is_slow = indexing.INDICES[names[0]].is_slow

    def compute(progress: Progress | None = None) -> pd.DataFrame:
        of = gathered(session, choice)
        return indexing.compute(
            of,
            names,
            indexing.Options(replicates=REPLICATES, is_slow=is_slow),
            sorting=None if of.tally.is_of_cells else steps.sorting(session.project, of),
            progress=silent if progress is None else progress,
        )

    if waits:
        return remembered(session, key, compute)
    label = f"95 % intervals of {INDICES[names[0]].title.lower()}" if is_slow else "95 % intervals"
    return _made_later(session, key, label, compute, jobs, is_long=is_slow)


def later_of(session: Session) -> Later:
    """Return what is being made for the page."""
    with session.lock:
        found: Later = session.memo.setdefault("diversity later", Later())
    return found


def jobs_of(session: Session, choice: Choice) -> list[Job]:
    """Return what is being made for a choice, without asking for it."""
    wanted = {("indices", *what_counts(choice), names) for names in _blocks(choice)}
    if choice.has_intervals:
        wanted |= {("intervals", *what_counts(choice), names) for names in _interval_blocks(choice)}
    return later_of(session).of({state(session, key) for key in wanted})


def _made_later(
    session: Session,
    key: tuple[Hashable, ...],
    label: str,
    compute: Callable[[Progress], pd.DataFrame],
    jobs: list[Job],
    *,
    is_long: bool = False,
) -> pd.DataFrame | None:
    """Return what was made already; otherwise have it made."""
    whole = state(session, key)
    kept = memory_of(session)
    found: pd.DataFrame | None = kept.get(whole)
    if found is None:
        later = later_of(session)
        jobs.append(
            later.ask(whole, label, lambda progress: kept.put(whole, compute(progress)), is_long=is_long)
        )
    return found


def _ordered(session: Session, choice: Choice, parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of the indices chosen, said of what, in the order of samples and of the choice."""
    found = results(session, choice)
    if not parts:
        return pd.DataFrame(columns=list(indexing.COLUMNS))
    frame = pd.concat(parts, ignore_index=True)
    place = {(one.index, one.q): number for number, one in enumerate(choice.offered)}
    orders = frame["q"].astype(object).where(frame["q"].notna(), None)
    number = [place.get(key, -1) for key in zip(frame["index"], orders, strict=True)]
    frame = frame.assign(number=number, row=found.samples.get_indexer(pd.Index(frame["sample_id"])))
    frame = frame[frame["number"] >= 0].sort_values(["row", "number"], kind="stable", ignore_index=True)
    described = indexing.describe(frame, found.tally, kinds=choice.kinds, branch=choice.branch)
    if found.group is not None:
        described.insert(1, "group", found.group.reindex(described["sample_id"]).to_numpy())
    return described


def amounts(session: Session, choice: Choice) -> pd.DataFrame:
    """Return how much of every morph there is in every sample, NaN where that is not known."""
    return remembered(
        session,
        ("amounts", *what_counts(choice)),
        lambda: gathered(session, choice, has_positions=False).amount_table(),
    )


def steps_of(session: Session, choice: Choice, table: Table) -> pd.DataFrame | None:
    """Return the regular series of a choice, None where no period is chosen or no sample has a date."""
    if choice.period is None or table.frame["datetime"].isna().all():
        return None
    found = remembered(
        session,
        ("steps", choice.drawn, table.stamp),
        lambda: _steps(session, choice, table.frame, step=choice.period or "month"),
    )
    return found if len(found) else None


def months_of(session: Session, choice: Choice, table: Table) -> pd.DataFrame:
    """Return the series that seasons and trends are seen in: by month unless a period is chosen, of all groups together."""
    whole = replace(choice.drawn, group=None, period=choice.period or "month")
    return remembered(
        session,
        ("months", whole, table.stamp),
        lambda: _steps(session, whole, table.frame, step=whole.period or "month"),
    )


def _steps(session: Session, choice: Choice, frame: pd.DataFrame, *, step: str) -> pd.DataFrame:
    found = results(session, choice)
    plain = frame.drop(columns="group", errors="ignore")
    if choice.is_of_means:
        return steps_series.series(plain, step=step, group=found.group)
    volumes = None
    if found.weight == "concentration":
        known = water(session.project, weights=weights(session))
        volumes = known if known.reindex(found.samples).notna().any() else None
    return steps_series.series(
        amounts(session, choice),
        step=step,
        mode=choice.mode,
        samples_per_step=choice.samples_per_step,
        times=found.tally.samples["datetime"],
        volumes=volumes,
        group=found.group,
        weight=found.weight,
    )


def trends_of(series: pd.DataFrame) -> pd.DataFrame:
    """Return the trend of every series: of its anomalies, or of its values where there are too few years for these."""
    of_anomalies = steps_series.trends(series)
    is_short = of_anomalies["status"] == "too_few_years"
    if not is_short.any():
        return of_anomalies
    of_values = steps_series.trends(series, of="value")
    found = pd.concat([of_anomalies[~is_short], of_values[is_short.to_numpy()]]).sort_index()
    return found.assign(p_adjusted=benjamini_hochberg(found["p"].to_numpy(np.float64)))


def turnover_of(session: Session, choice: Choice) -> pd.DataFrame:
    """Return how much every sample differs from the one before it (of its group)."""

    def make() -> pd.DataFrame:
        found = results(session, choice)
        times = found.tally.samples["datetime"].reindex(found.samples)
        return turnover.turnover(amounts(session, choice), times, group=found.group)

    return remembered(session, ("turnover", *what_counts(choice), choice.group), make)


def recurrence_of(session: Session, choice: Choice) -> pd.DataFrame:
    """Return the dissimilarities of all samples, as :func:`morphoexplore.figures.recurrence` draws them."""
    times = results(session, choice).tally.samples["datetime"]
    return turnover.recurrence(amounts(session, choice), times)
