"""What follows from a choice on the page Diversity before any index: who is counted, in which samples and groups, and for how much."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from morphoexplore.errors import MorphoExploreError
from morphoexplore.methods import timeseries
from morphoexplore.steps import communities, grouping, tallying, volumes
from morphoexplore.steps.communities import Communities
from morphoexplore.store import morphospace, partitions, tree
from morphoexplore_app import memory
from morphoexplore_app.diversity_choice import Choice
from morphoexplore_app.diversity_memory import last_run, remembered
from morphoexplore_app.pages.tree import reading
from morphoexplore_app.session import Session

LAYERS = (0, 10, 25, 50, 100, 200, 500, 1000, 2000, 6000)  # m, where ranges of samples are too many
MANY = 200_000  # objects of which the page comes before they are counted
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


def weights(session: Session) -> volumes.Weights:
    """Return what every object stands for, read once for the page Samples and this one."""
    found: volumes.Weights = reading.remembered(
        session, "weights", (session.version, last_run(session)), lambda: volumes.weigh(session.project)
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
    sampled = reading.remembered(
        session,
        "in samples",
        (session.project.count_objects(), last_run(session)),
        lambda: tallying.in_samples(session.project),
    )
    if choice is None or choice.morph_set == tallying.MORPH_SET:
        return remembered(
            session,
            ("tally",),
            lambda: _of_tree(session, sampled),
        )
    return remembered(
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


def _of_tree(session: Session, sampled: tuple[pd.DataFrame, np.ndarray]) -> tallying.Tally:
    state = session.membership.state
    return tallying.tally(session.project, node=state.node, origin=state.origin, sampled=sampled)


def is_prepared(session: Session) -> bool:
    """
    Tell whether what all choices need is in memory; read it in a thread where it is not, and many objects make that take seconds.

    Where it could not be read it is said to be there: whoever needs it is told why.
    """
    if session.project.count_objects() <= MANY:
        return True
    key = (session.project.count_objects(), last_run(session))
    with session.lock:
        known: dict[Hashable, threading.Event] = session.memo.setdefault("diversity prepared", {})
        if key not in known:
            known.clear()
            known[key] = threading.Event()
            threading.Thread(target=_prepare, args=(session, known[key]), daemon=True).start()
        return known[key].is_set()


def _prepare(session: Session, is_done: threading.Event) -> None:
    with contextlib.suppress(MorphoExploreError):
        tally(session)
        weights(session)
    is_done.set()


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

    def count() -> Results:
        of = tally(session, choice)  # here: read before, it might be of a state that is over
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

    return remembered(session, ("results", *what_counts(choice), choice.group, choice.has_positions), count)


def gathered(session: Session, choice: Choice, *, has_positions: bool | None = None) -> Communities:
    """Return the objects that count with what each stands for and, where an index needs it, where it lies."""
    needs = choice.has_positions if has_positions is None else has_positions

    def gather() -> Communities:
        of, known = (
            tally(session, choice),
            weights(session),
        )  # here: read before, they might be of a state that is over
        return communities.gather(
            session.project,
            of,
            _samples(of, choice),
            of.choose_morphs(kinds=choice.kinds, branch=choice.branch),
            weight=choice.weight or communities.default_weight(known),
            dims=communities.DIMS if needs else None,
            weights=known,
            positions=memory.vectors(session) if needs else None,
        )

    space = memory.space_version(session) if needs else None
    return remembered(session, ("communities", *what_counts(choice), needs, space), gather, is_large=True)


def _groups(session: Session, by: str) -> pd.Series:
    def make() -> pd.Series:
        found = grouping.groups(session.project, by)
        if by == "depth" and found.nunique() > MOST_GROUPS:
            found = grouping.groups(session.project, by, layers=LAYERS)
        return found

    return remembered(session, ("groups", by), make)


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


def what_counts(choice: Choice) -> tuple[Hashable, ...]:
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
