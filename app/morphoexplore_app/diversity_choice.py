"""What a person chose on the page Diversity, as it stands in the address."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

import pandas as pd

from morphoexplore import figures
from morphoexplore.errors import WrongValueError
from morphoexplore.steps import communities, series, tallying
from morphoexplore_app.diversity_indices import INDICES, Offered

DEFAULT_INDICES = tuple(str(name) for name in figures.DEFAULT_INDICES)
DEFAULT_KINDS = ("living",)
GROUPS = {
    "daytime": "day and night",
    "depth": "depth layer",
    "station": "station",
    "mesh": "mesh",
    "season": "season",
    "month": "month",
}
PERIODS = {"month": "months", "week": "weeks"}
MODES = {series.MEAN: "mean of indices", series.POOLED: "pooled", series.BETA: "beta"}
VIEWS = {
    "usual_year": "usual year",
    "values": "years by months",
    "anomalies": "anomalies",
    "parts": "trend, season, remainder",
    "trends": "trends of all indices",
    "turnover": "beta: gains and losses",
    "recurrence": "beta: all samples",
}
OF_ONE = ("usual_year", "values", "anomalies", "parts")  # views of one index
MOST_PER_STEP = 999  # samples of a month or week that come together
WHOLE = "whole"  # beside a branch: the whole tree


@dataclass(frozen=True)
class Choice:
    """
    What is counted, of which samples, and how it is drawn.

    Attributes
    ----------
    indices, kinds : tuple of str
        Names in :data:`INDICES`; kinds of morphs.
    morph_set : str
        ``tree`` or ``partition``.
    branch : int or None
        Only morphs below it.
    weight : str or None
        ``count``, ``concentration`` or ``biovolume``; None: concentration where it is known of all samples.
    group : str or None
        In :data:`GROUPS`; None: samples are not grouped.
    period : str or None
        In :data:`PERIODS`; None: samples as they are.
    mode : str
        How the samples of a period come together, in :data:`MODES`.
    per_step : int or None
        Samples of each period that come together, where they are taken together; None: all of each.
    view : str
        What else is drawn, in :data:`VIEWS`.
    viewed : str or None
        Of which index, in :data:`INDICES`; None: the first one chosen.
    has_intervals, has_slow : bool
        Whether 95 % intervals are computed; whether also those that take seconds a sample.
    beside : str or None
        What it is compared with: another morph set, the number of a branch, or `WHOLE`.
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
    morph_set: str = tallying.MORPH_SET
    branch: int | None = None
    weight: str | None = None
    group: str | None = None
    period: str | None = None
    mode: str = series.MEAN
    per_step: int | None = None
    view: str = "usual_year"
    viewed: str | None = None
    has_intervals: bool = False
    has_slow: bool = False
    beside: str | None = None
    since: str | None = None
    until: str | None = None
    contains: str = ""
    samples: tuple[str, ...] = ()
    is_relative: bool = True
    by: str = "date"

    @property
    def offered(self) -> tuple[Offered, ...]:
        """The indices chosen."""
        return tuple(INDICES[name] for name in self.indices)

    @property
    def is_of_means(self) -> bool:
        """Whether points are samples, or means of theirs, and not samples together."""
        return self.period is None or self.mode == series.MEAN

    @property
    def samples_per_step(self) -> int | None:
        """Samples of each period that come together: of beta two or more."""
        if self.per_step is None or self.is_of_means:
            return None
        return max(self.per_step, 2 if self.mode == series.BETA else 1)

    @property
    def drawn(self) -> Choice:
        """The choice as far as the first figures depend on it."""
        plain = Choice()
        return replace(self, view=plain.view, viewed=plain.viewed)

    @property
    def has_positions(self) -> bool:
        """Whether an index needs the morphospace."""
        return any(one.has_positions for one in self.offered)

    @property
    def other(self) -> Choice | None:
        """What it is compared with, as a choice of its own; None where it is not compared."""
        if self.beside is None:
            return None
        if self.beside in tallying.MORPH_SETS:
            return replace(self, morph_set=self.beside, beside=None)
        return replace(self, branch=None if self.beside == WHOLE else int(self.beside), beside=None)

    def to_query(self) -> str:
        """Return it as it stands in the address, without what goes without saying."""
        plain = Choice()
        parts: dict[str, str] = {}
        if self.indices != plain.indices:
            parts["index"] = ",".join(self.indices)
        if self.kinds != plain.kinds:
            parts["kind"] = ",".join(self.kinds)
        if self.morph_set != plain.morph_set:
            parts["set"] = self.morph_set
        if self.branch is not None:
            parts["branch"] = str(self.branch)
        for name in ("weight", "group", "period", "beside"):
            value = getattr(self, name)
            parts |= {name: value} if value else {}
        parts |= {
            name: getattr(self, name)
            for name in ("mode", "view")
            if getattr(self, name) != getattr(plain, name)
        }
        parts |= {"samples_of_each": str(self.per_step)} if self.per_step else {}
        parts |= {"of": self.viewed} if self.viewed else {}
        parts |= {"intervals": "slow" if self.has_slow else "95"} if self.has_intervals else {}
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
    by, viewed = query.get("by", "date"), query.get("of")
    return Choice(
        indices=tuple(name for name in INDICES if name in indices),
        kinds=_words(query.get("kind"), DEFAULT_KINDS),
        morph_set=_one_of(query, "set", "morph set", tallying.MORPH_SETS) or tallying.MORPH_SET,
        branch=_branch(query.get("branch")),
        weight=_one_of(query, "weight", "weight", communities.WEIGHTS),
        group=_one_of(query, "group", "grouping", tuple(GROUPS)),
        period=_one_of(query, "period", "period", tuple(PERIODS)),
        mode=_one_of(query, "mode", "mode", tuple(MODES)) or series.MEAN,
        per_step=_number(query.get("samples_of_each")),
        view=_one_of(query, "view", "view", tuple(VIEWS)) or Choice.view,
        viewed=viewed if viewed in indices else None,
        has_intervals=query.get("intervals") in ("95", "slow"),
        has_slow=query.get("intervals") == "slow",
        beside=_beside(query.get("beside")),
        since=_day(query.get("from")),
        until=_day(query.get("to")),
        contains=query.get("name", ""),
        samples=_names(query.get("samples")),
        is_relative=query.get("composition") != "numbers",
        by=by if by in ("date", "sample") else "date",
    )


def _words(text: str | None, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    return otherwise if text is None else tuple(word.strip() for word in text.split(",") if word.strip())


def _one_of(query: Mapping[str, str], key: str, what: str, known: tuple[str, ...]) -> str | None:
    text = query.get(key)
    if text and text not in known:
        message = f"There is no {what} {text!r}. There are: {', '.join(known)}."
        raise WrongValueError(message)
    return text or None


def _branch(text: str | None) -> int | None:
    if not text:
        return None
    if not (text.isdecimal() and len(text) <= 18):
        message = f"There is no branch {text!r}: branches have numbers."
        raise WrongValueError(message)
    return int(text)


def _number(text: str | None) -> int | None:
    if not text:
        return None
    if not (text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= MOST_PER_STEP):
        message = f"{text!r} is no number of samples."
        raise WrongValueError(message)
    return int(text)


def _beside(text: str | None) -> str | None:
    if not text:
        return None
    if text not in (*tallying.MORPH_SETS, WHOLE):
        _branch(text)
    return text


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
