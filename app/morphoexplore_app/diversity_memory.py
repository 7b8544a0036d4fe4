"""What the page Diversity remembers: its last results, by the state of the project that they were made from."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from morphoexplore.store import runs
from morphoexplore_app.session import Session

T = TypeVar("T")

KEPT = 64  # results that are remembered, the oldest goes
KEPT_LARGE = 3  # of those with a number for every object


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


def last_run(session: Session) -> int:
    """Return the number of the last run."""
    # Not every change is a decision: add --update changes dates, partition makes cells.
    listing = runs.listing(session.project)
    return int(listing["run_id"].max()) if len(listing) else 0


def state(session: Session, key: tuple[Hashable, ...]) -> tuple[Hashable, ...]:
    """Return a key with the state of the project that holds for it."""
    return (session.version, session.project.count_objects(), last_run(session), *key)


def memory_of(session: Session, *, is_large: bool = False) -> Memory:
    """Return the memory of a session; that of large things, one number per object, forgets sooner."""
    name, most = ("diversity large", KEPT_LARGE) if is_large else ("diversity", KEPT)
    with session.lock:
        found: Memory = session.memo.setdefault(name, Memory(most))
    return found


def remembered(
    session: Session, key: tuple[Hashable, ...], make: Callable[[], T], *, is_large: bool = False
) -> T:
    """Return what was made from the same state of the project before, or make it."""
    kept, whole = memory_of(session, is_large=is_large), state(session, key)
    with kept.lock:
        if whole not in kept.kept:
            kept.put(whole, make())
        found: T = kept.get(whole)
        return found
