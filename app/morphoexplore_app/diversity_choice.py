"""What a person chose on the page Diversity, as it stands in the address, and what follows from it."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

import pandas as pd

from morphoexplore import figures
from morphoexplore.errors import WrongValueError
from morphoexplore.steps import communities, indexing, tallying
from morphoexplore.store import runs, tree
from morphoexplore_app.session import Session

T = TypeVar("T")

KEPT = 24  # results that are remembered, the oldest goes

# Names as in the address; the indices as the figures know them.
INDICES: dict[str, str | tuple[str, float]] = {
    "richness": "richness",
    "shannon": "shannon",
    "simpson": "simpson",
    "inverse_simpson": "inverse_simpson",
    "pielou": "pielou",
    "hill0": ("hill", 0.0),
    "hill1": ("hill", 1.0),
    "hill2": ("hill", 2.0),
}
NAMES = ("richness", "shannon", "simpson", "inverse_simpson", "pielou", "hill")
DEFAULT_INDICES = tuple(str(name) for name in figures.DEFAULT_INDICES)
DEFAULT_KINDS = ("living",)


@dataclass(frozen=True)
class Choice:
    """
    What is counted, of which samples, and how it is drawn.

    Attributes
    ----------
    indices, kinds : tuple of str
        Names in :data:`INDICES`; kinds of morphs.
    branch : int or None
        Only morphs below it.
    since, until : str or None
        First and last day, as ``2019-03-01``.
    contains : str
        Part of the name of a sample.
    samples : tuple of str
        Only these; none means all.
    is_relative : bool
        Composition as shares, or as numbers of objects.
    by : str
        A bar per ``date`` or per ``sample``.
    """

    indices: tuple[str, ...] = DEFAULT_INDICES
    kinds: tuple[str, ...] = DEFAULT_KINDS
    branch: int | None = None
    since: str | None = None
    until: str | None = None
    contains: str = ""
    samples: tuple[str, ...] = ()
    is_relative: bool = True
    by: str = "date"

    def to_query(self) -> str:
        """Return it as it stands in the address, without what goes without saying."""
        plain = Choice()
        parts: dict[str, str] = {}
        if self.indices != plain.indices:
            parts["index"] = ",".join(self.indices)
        if self.kinds != plain.kinds:
            parts["kind"] = ",".join(self.kinds)
        if self.branch is not None:
            parts["branch"] = str(self.branch)
        parts |= {"from": self.since} if self.since else {}
        parts |= {"to": self.until} if self.until else {}
        parts |= {"name": self.contains} if self.contains.strip() else {}
        parts |= {"samples": json.dumps(self.samples, ensure_ascii=False)} if self.samples else {}
        parts |= {} if self.is_relative else {"composition": "numbers"}
        parts |= {} if self.by == "date" else {"by": self.by}
        return urlencode(parts)


def from_query(query: Mapping[str, str]) -> Choice:
    """
    Read a choice from the address.

    Raises
    ------
    WrongValueError
        If the address says what cannot be.
    """
    indices = _words(query.get("index"), DEFAULT_INDICES)
    unknown = [name for name in indices if name not in INDICES]
    if unknown:
        message = f"There is no index {unknown[0]!r}. Indices: {', '.join(INDICES)}."
        raise WrongValueError(message)
    by = query.get("by", "date")
    return Choice(
        indices=tuple(name for name in INDICES if name in indices),
        kinds=_words(query.get("kind"), DEFAULT_KINDS),
        branch=_branch(query.get("branch")),
        since=_day(query.get("from")),
        until=_day(query.get("to")),
        contains=query.get("name", ""),
        samples=_names(query.get("samples")),
        is_relative=query.get("composition") != "numbers",
        by=by if by in ("date", "sample") else "date",
    )


def _words(text: str | None, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    return otherwise if text is None else tuple(word.strip() for word in text.split(",") if word.strip())


def _branch(text: str | None) -> int | None:
    if not text:
        return None
    if not (text.isdecimal() and len(text) <= 18):
        message = f"There is no branch {text!r}: branches have numbers."
        raise WrongValueError(message)
    return int(text)


def _day(text: str | None) -> str | None:
    if not text:
        return None
    try:
        return pd.Timestamp(text).date().isoformat()
    except (ValueError, TypeError) as error:
        message = f"{text!r} is no day; days look like 2019-03-01."
        raise WrongValueError(message) from error


def _names(text: str | None) -> tuple[str, ...]:
    if not text:
        return ()
    try:
        names = json.loads(text)
    except ValueError:
        names = None
    if not isinstance(names, list):
        message = "The samples of this address cannot be read. Choose them again."
        raise WrongValueError(message)
    return tuple(str(name) for name in names)


# ----------------------------------------------------------------------------------------- results


@dataclass(frozen=True)
class Results:
    """What a choice of samples and morphs leads to, before anything is drawn."""

    tally: tallying.Tally
    samples: pd.Index
    morphs: pd.Index
    counts: pd.DataFrame  # chosen morphs and the unsorted, pairs without objects left out
    indices: pd.DataFrame
    coverage: tallying.Coverage


def tally(session: Session) -> tallying.Tally:
    """Return who is where, as of now."""
    return _remembered(
        session, ("tally",), lambda: tallying.tally(session.project, node=session.membership.node)
    )


def results(session: Session, choice: Choice) -> Results:
    """
    Return what was chosen, counted.

    Raises
    ------
    DecisionError
        If there is no such branch.
    WrongValueError
        If there is no such kind or sample.
    """
    of = tally(session)

    def count() -> Results:
        samples = _samples(of, choice)
        morphs = of.choose_morphs(kinds=choice.kinds, branch=choice.branch)
        return Results(
            tally=of,
            samples=samples,
            morphs=morphs,
            counts=of.counts(samples, morphs, zeros=False),
            indices=_indices(session, of, samples, morphs, choice),
            coverage=of.coverage(samples, morphs),
        )

    what = (choice.kinds, choice.branch, choice.since, choice.until, choice.contains, choice.samples)
    return _remembered(session, ("results", *what), count)


def _indices(
    session: Session, of: tallying.Tally, samples: pd.Index, morphs: pd.Index, choice: Choice
) -> pd.DataFrame:
    counted = communities.gather(session.project, of, samples, morphs, dims=None)
    table = indexing.compute(counted, NAMES)
    described = indexing.describe(table, of, kinds=choice.kinds, branch=choice.branch)
    return described.rename(columns={"sample_id": "sample"})


def drawn(session: Session, choice: Choice, *, is_dark: bool = False) -> dict[str, Any]:
    """Return the figures of a choice by name, ``diversity`` and ``composition``."""

    def draw() -> dict[str, Any]:
        if is_dark:
            return {name: figures.dark(figure) for name, figure in drawn(session, choice).items()}
        found = results(session, choice)
        return {
            "diversity": figures.diversity_over_time(
                found.indices, indices=[INDICES[name] for name in choice.indices]
            ),
            "composition": figures.composition_over_time(
                found.counts,
                relative=choice.is_relative,
                by="sample" if choice.by == "sample" else "date",
            ),
        }

    return _remembered(session, ("drawn", choice, is_dark), draw)


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


class Memory:
    """The last results by what they were made from; made once, however many ask at the same time."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.kept: OrderedDict[Any, Any] = OrderedDict()


def _remembered(session: Session, key: tuple[Hashable, ...], make: Callable[[], T]) -> T:
    """Return what was made from the same state of the project before, or make it."""
    with session.lock:
        memory: Memory = session.memo.setdefault("diversity", Memory())
    last_run = runs.listing(session.project)["run_id"].max()  # add --update changes dates without a decision
    whole = (session.version, session.project.count_objects(), str(last_run), *key)
    with memory.lock:
        if whole not in memory.kept:
            memory.kept[whole] = make()
        memory.kept.move_to_end(whole)
        while len(memory.kept) > KEPT:
            memory.kept.popitem(last=False)
        return memory.kept[whole]
