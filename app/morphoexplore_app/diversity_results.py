"""
What follows from a choice on the page Diversity: counts, the table of indices, series and figures.

What is quick is made when it is asked for. What takes seconds (some indices, all intervals) is made in a thread while the page shows
the rest, and comes in when it is there (:mod:`.later`).
"""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd

from morphoexplore import figures
from morphoexplore.methods import timeseries
from morphoexplore.methods.diversity.bootstrap import REPLICATES
from morphoexplore.records import Progress
from morphoexplore.steps import communities, grouping, indexing, tallying, volumes
from morphoexplore.steps import diversity as steps
from morphoexplore.steps import series as steps_series
from morphoexplore.steps.communities import Communities
from morphoexplore.store import morphospace, partitions, runs, tree
from morphoexplore_app import diversity_figures, memory
from morphoexplore_app.diversity_choice import Choice
from morphoexplore_app.diversity_indices import INDICES, Offered
from morphoexplore_app.later import Job, Later
from morphoexplore_app.pages.tree.reading import remembered
from morphoexplore_app.session import Session

T = TypeVar("T")

KEPT = 64  # results that are remembered, the oldest goes
KEPT_LARGE = 3  # of those with a number for every object
PLAIN = tuple(dict.fromkeys(one.name for one in INDICES.values() if not one.has_positions))
LAYERS = (0, 10, 25, 50, 100, 200, 500, 1000, 2000, 6000)  # m, where ranges of samples are too many
CLOUD = ("functional_dispersion", "rao_d2", "functional_specialisation", "cwm", "sd")
HULLS = ("functional_richness",)  # a second for some 200,000 objects
MANY = 200_000
MOST_GROUPS = 8  # in one figure; more cannot be told apart


@dataclass(frozen=True)
class Results:
    """
    What a choice of samples and morphs leads to, before any index.

    Attributes
    ----------
    counts : DataFrame
        Chosen morphs and the unsorted, pairs without objects left out.
    weight : str
        What objects stand for.
    notes : list of str
        What was left out, in sentences.
    group : Series or None
        Group of every sample chosen, None where it is not known.
    """

    tally: tallying.Tally
    samples: pd.Index
    morphs: pd.Index
    counts: pd.DataFrame
    coverage: tallying.Coverage
    weight: str
    notes: list[str]
    group: pd.Series | None

    @property
    def groups(self) -> list[str]:
        """The groups that are drawn, the largest ones, in the order of their names."""
        if self.group is None:
            return []
        largest = self.group.value_counts().index[:MOST_GROUPS]
        seasons = {name: f"{number}" for number, name in enumerate(grouping.SEASONS)}
        return sorted((str(name) for name in largest), key=lambda name: seasons.get(name, name))


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
    def failures(self) -> list[str]:
        """Why something could not be made."""
        return [f"{job.label}: {job.failure}" for job in self.jobs if job.failure]

    @property
    def is_waiting(self) -> bool:
        """Whether something more will come."""
        return any(job.failure is None for job in self.jobs)


def weights(session: Session) -> volumes.Weights:
    """Return what every object stands for, read once for the page Samples and this one."""
    found: volumes.Weights = remembered(
        session, "weights", (session.version, _last_run(session)), lambda: volumes.weigh(session.project)
    )
    return found


def has_space(session: Session) -> bool:
    """Whether every object was embedded."""
    array = morphospace.embedding(session.project, morphospace.PCA)
    return array is not None and array.stop >= session.project.count_objects()


def has_partition(session: Session) -> bool:
    """Whether every object was divided into cells."""
    array = partitions.newest(session.project)
    return array is not None and array.stop >= session.project.count_objects()


def tally(session: Session, choice: Choice | None = None) -> tallying.Tally:
    """Return who is where, as of now; by morphs of the tree unless a choice says otherwise."""
    sampled = remembered(
        session,
        "in samples",
        (session.project.count_objects(), _last_run(session)),
        lambda: tallying.in_samples(session.project),
    )
    if choice is None or choice.morph_set == tallying.MORPH_SET:
        return _remembered(
            session,
            ("tally",),
            lambda: tallying.tally(session.project, node=session.membership.node, sampled=sampled),
        )
    return _remembered(
        session,
        ("tally", choice.morph_set, choice.kinds, choice.branch),
        lambda: tallying.tally(
            session.project,
            node=session.membership.node,
            morph_set=choice.morph_set,
            kinds=choice.kinds,
            branch=choice.branch,
            sampled=sampled,
        ),
        is_large=True,
    )


def results(session: Session, choice: Choice) -> Results:
    """
    Return what was chosen, counted.

    Raises
    ------
    DecisionError
        If there is no such branch.
    WrongValueError
        If there is no such kind, sample or group, or the weight is not known.
    StepMissingError
        If there is no partition, or no morphospace, and the choice needs one.
    """
    of = tally(session, choice)

    def count() -> Results:
        samples = _samples(of, choice)
        morphs = of.choose_morphs(kinds=choice.kinds, branch=choice.branch)
        community = gathered(session, choice)
        return Results(
            tally=of,
            samples=samples,
            morphs=morphs,
            counts=of.counts(samples, morphs, zeros=False),
            coverage=of.coverage(samples, morphs),
            weight=community.weight,
            notes=community.notes,
            group=None if choice.group is None else _groups(session, choice.group).reindex(samples),
        )

    return _remembered(session, ("results", *_what(choice), choice.group, choice.has_positions), count)


def gathered(session: Session, choice: Choice, *, has_positions: bool | None = None) -> Communities:
    """Return the objects that count with what each stands for and, where an index needs it, where it lies."""
    of, known = tally(session, choice), weights(session)
    needs = choice.has_positions if has_positions is None else has_positions
    array = memory.vectors(session) if needs else None
    return _remembered(
        session,
        ("communities", *_what(choice), needs, memory.space_version(session) if needs else None),
        lambda: communities.gather(
            session.project,
            of,
            _samples(of, choice),
            of.choose_morphs(kinds=choice.kinds, branch=choice.branch),
            weight=choice.weight or communities.default_weight(known),
            dims=communities.DIMS if needs else None,
            weights=known,
            positions=array,
        ),
        is_large=True,
    )


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
        quick = tuple(
            name
            for name in indexing.INDICES
            if name in {one.name for one in choice.offered if not one.is_slow}
        )
        frame = _with_intervals(session, choice, quick, waits=waits, jobs=jobs) if quick else None
        if frame is not None:
            parts = [part[~part["index"].isin(set(frame["index"]))] for part in parts] + [frame]
    return Table(_ordered(session, choice, parts), tuple(missing), tuple(jobs))


def _blocks(choice: Choice) -> list[tuple[str, ...]]:
    """Return what is computed together, because it shares most of the work; what is dear is by itself."""
    names = list(dict.fromkeys(one.name for one in choice.offered))
    together = [block for block in (PLAIN, CLOUD) if set(names) & set(block)]
    return together + [(name,) for name in names if name not in PLAIN + CLOUD]


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
    key = ("indices", *_what(choice), names)

    def compute(progress: Progress | None = None) -> pd.DataFrame:
        del progress
        return indexing.compute(gathered(session, choice), names)

    if not is_slow or waits:
        return _remembered(session, key, compute)
    return _made_later(session, key, INDICES[names[0]].title, compute, jobs)


def _with_intervals(
    session: Session, choice: Choice, names: tuple[str, ...], *, waits: bool, jobs: list[Job]
) -> pd.DataFrame | None:
    key = ("intervals", *_what(choice), names)

    def compute(progress: Progress | None = None) -> pd.DataFrame:
        of = gathered(session, choice)
        return indexing.compute(
            of,
            names,
            indexing.Options(replicates=REPLICATES),
            sorting=None if of.tally.is_of_cells else steps.sorting(session.project, of),
            **({} if progress is None else {"progress": progress}),
        )

    if waits:
        return _remembered(session, key, compute)
    return _made_later(session, key, "95 % intervals", compute, jobs)


def _made_later(
    session: Session,
    key: tuple[Hashable, ...],
    label: str,
    compute: Callable[[Progress], pd.DataFrame],
    jobs: list[Job],
) -> pd.DataFrame | None:
    """Return what was made already; otherwise have it made."""
    whole = _state(session, key)
    kept = _memory(session)
    found: pd.DataFrame | None = kept.get(whole)
    if found is None:
        later: Later = session.memo.setdefault("diversity later", Later())
        jobs.append(later.ask(whole, label, lambda progress: kept.put(whole, compute(progress))))
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


def steps_of(session: Session, choice: Choice, table: Table) -> pd.DataFrame | None:
    """Return the regular series of a table, None where no period is chosen or no sample has a date."""
    if choice.period is None or table.frame["datetime"].isna().all():
        return None
    group = results(session, choice).group
    found = steps_series.series(
        table.frame.drop(columns="group", errors="ignore"), step=choice.period, group=group
    )
    return found if len(found) else None


def drawn(session: Session, choice: Choice, *, is_dark: bool = False) -> dict[str, Any]:
    """Return the figures of a choice by name: ``diversity``, ``composition`` and, where it is compared, ``beside``."""
    table = indices(session, choice)
    other = None if choice.other is None else indices(session, choice.other)
    there = tuple((len(one.missing), len(one.jobs)) for one in (table, other) if one is not None)

    def draw() -> dict[str, Any]:
        if is_dark:
            return {name: figures.dark(figure) for name, figure in drawn(session, choice).items()}
        found = results(session, choice)
        made = {
            "diversity": _over_time(session, choice, table),
            "composition": figures.composition_over_time(
                found.counts,
                relative=choice.is_relative,
                by="sample" if choice.by == "sample" else "date",
            ),
        }
        if found.tally.is_of_cells:
            diversity_figures.say_cells(made["composition"])
        if choice.other is not None and other is not None:
            made["beside"] = _over_time(session, choice.other, other)
            diversity_figures.share_axes(made["diversity"], made["beside"])
        return made

    return _remembered(session, ("drawn", choice, there, is_dark), draw)


def _over_time(session: Session, choice: Choice, table: Table) -> Any:
    waiting = {one.index for one in table.missing}
    keys = [one.key for one in choice.offered if one.index not in waiting]
    found = results(session, choice)
    return diversity_figures.over_time(
        table.frame,
        keys,
        series=steps_of(session, choice, table),
        step=choice.period,
        groups=found.groups if found.group is not None else None,
    )


def _groups(session: Session, by: str) -> pd.Series:
    def make() -> pd.Series:
        found = grouping.groups(session.project, by)
        if by == "depth" and found.nunique() > MOST_GROUPS:
            found = grouping.groups(session.project, by, layers=LAYERS)
        return found

    return _remembered(session, ("groups", by), make)


def _samples(of: tallying.Tally, choice: Choice) -> pd.Index:
    """Return the samples that meet every condition, in the order of time."""
    table = of.samples.loc[of.choose_samples(choice.samples or None)]
    if choice.contains.strip():
        part = choice.contains.strip().casefold()
        table = table[[part in str(name).casefold() for name in table.index]]
    if choice.since:
        table = table[table["datetime"] >= pd.Timestamp(choice.since)]
    if choice.until:
        table = table[table["datetime"] < pd.Timestamp(choice.until) + pd.Timedelta(days=1)]
    return table.index


def samples_in(of: tallying.Tally, samples: pd.Index, step: str) -> pd.Index:
    """Return the samples of a month (``2019-03``) or a week (``2019-W12``)."""
    year, _, phase = step.partition("-")
    times = of.samples.loc[samples, "datetime"].dropna()
    if times.empty or not year.isdecimal() or not phase.removeprefix("W").isdecimal():
        return samples[:0]
    found = timeseries.phases(times, "week" if phase.startswith("W") else "month")
    is_in = (found["year"] == int(year)) & (found["phase"] == int(phase.removeprefix("W")))
    return times.index[is_in.to_numpy()]


def place_text(of: tallying.Tally, samples: Iterable[str]) -> str:
    """Return the day or days of samples, empty where none is known."""
    days = of.samples.loc[list(samples), "datetime"].dropna().dt.strftime("%Y-%m-%d")
    if days.empty:
        return ""
    return days.min() if days.min() == days.max() else f"{days.min()} to {days.max()}"


def path_text(of: tallying.Tally, node_id: int) -> str:
    """Return the titles from the top of the tree down to a node, easy to read."""
    return " > ".join(node.title for node in reversed(tree.lineage(of.nodes, node_id)))


def draw_ahead(session: Session, choice: Choice) -> None:
    """Begin to draw, while the browser still loads what shows figures."""

    def draw() -> None:
        with contextlib.suppress(Exception):  # whatever it is, the page meets it, too
            drawn(session, choice)

    threading.Thread(target=draw, daemon=True).start()


# ----------------------------------------------------------------------------------------- memory


class Memory:
    """The last results by what they were made from; made once, however many ask at the same time."""

    def __init__(self, most: int) -> None:
        self.lock = threading.RLock()
        self.most = most
        self.kept: OrderedDict[Any, Any] = OrderedDict()

    def get(self, key: Hashable) -> Any:
        """Return what is there, None where nothing is."""
        with self.lock:
            if key in self.kept:
                self.kept.move_to_end(key)
            return self.kept.get(key)

    def put(self, key: Hashable, value: Any) -> None:
        """Keep something, and forget the oldest."""
        with self.lock:
            self.kept[key] = value
            self.kept.move_to_end(key)
            while len(self.kept) > self.most:
                self.kept.popitem(last=False)


def _what(choice: Choice) -> tuple[Hashable, ...]:
    """Return what decides which objects count and for how much."""
    return (
        choice.kinds,
        choice.morph_set,
        choice.branch,
        choice.weight,
        choice.since,
        choice.until,
        choice.contains,
        choice.samples,
    )


def _last_run(session: Session) -> int:
    # Not every change is a decision: add --update changes dates, partition makes cells.
    listing = runs.listing(session.project)
    return int(listing["run_id"].max()) if len(listing) else 0


def _state(session: Session, key: tuple[Hashable, ...]) -> tuple[Hashable, ...]:
    return (session.version, session.project.count_objects(), _last_run(session), *key)


def _memory(session: Session, *, is_large: bool = False) -> Memory:
    name, most = ("diversity large", KEPT_LARGE) if is_large else ("diversity", KEPT)
    with session.lock:
        found: Memory = session.memo.setdefault(name, Memory(most))
    return found


def _remembered(
    session: Session, key: tuple[Hashable, ...], make: Callable[[], T], *, is_large: bool = False
) -> T:
    """Return what was made from the same state of the project before, or make it."""
    kept, whole = _memory(session, is_large=is_large), _state(session, key)
    with kept.lock:
        if whole not in kept.kept:
            kept.put(whole, make())
        found: T = kept.get(whole)
        return found
