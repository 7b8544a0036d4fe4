"""What takes long, computed one after another in a thread while a page goes on; what nobody waits for any more is dropped."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from morphoexplore.errors import MorphoExploreError
from morphoexplore.records import Progress

T = TypeVar("T")

PATIENCE = 20.0  # s without anybody who asked
LONG_PATIENCE = 150.0  # of what takes minutes: a browser lets a page that is not seen ask once a minute
LONGEST_WAIT = 30.0  # s that a job lets others go first
LAPSE = 4.0  # s that are left to what a page asks for no more, in which another page may
PAUSE = 1.0  # s before it begins, in which a page is drawn without it
log = logging.getLogger(__name__)


class _AbandonedError(Exception):
    """Nobody waits any more."""


class Job:
    """
    One thing that is being made.

    Attributes
    ----------
    label : str
        What it is, for people.
    done, total : int
        How far it is; a total of 0: nobody knows.
    failure : str or None
        Why it could not be made.
    """

    def __init__(
        self,
        label: str,
        make: Callable[[Progress], None],
        *,
        is_long: bool = False,
        lets_first: Callable[[], None] = lambda: None,
    ) -> None:
        self.label, self.make, self.is_long, self.lets_first = label, make, is_long, lets_first
        self.done = self.total = 0
        self.failure: str | None = None
        self.made = self.asked = time.monotonic()
        self.begun: float | None = None

    @property
    def is_abandoned(self) -> bool:
        """Whether nobody asked for so long that nobody waits any more."""
        return time.monotonic() - self.asked > (LONG_PATIENCE if self.is_long else PATIENCE)

    def leave(self) -> None:
        """Give it up, unless somebody else asks within seconds."""
        self.asked = time.monotonic() + LAPSE - (LONG_PATIENCE if self.is_long else PATIENCE)

    @property
    def words(self) -> str:
        """How far it is."""
        if self.begun is None:
            return f"{self.label}: waiting"
        elapsed = time.monotonic() - self.begun
        if not self.total:
            return f"{self.label}: {elapsed:.0f} s"
        left = elapsed / self.done * (self.total - self.done) if self.done else 0
        then = f", about {_duration(left)} more" if self.done and left > 2 else ""
        return f"{self.label}: {self.done:,} of {self.total:,} samples{then}"

    def progress(self, things: Iterable[T], *, label: str = "", total: int | None = None) -> Iterator[T]:
        """Count what was gone through, as long as somebody waits for it."""
        del label
        self.total = total or 0
        for thing in things:
            self.lets_first()
            if self.is_abandoned:
                raise _AbandonedError
            yield thing
            self.done += 1


class Later:
    """Jobs by key, made by one thread that lives as long as there are some."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[Hashable, Job] = {}
        self._thread: threading.Thread | None = None
        self._first = 0  # pages that are being drawn
        self._none_first = threading.Condition(self._lock)

    @contextmanager
    def first(self) -> Iterator[None]:
        """Let what a person looks at now be made first: between two samples a job waits for it."""
        with self._lock:
            self._first += 1
        try:
            yield
        finally:
            with self._lock:
                self._first -= 1
                self._none_first.notify_all()

    def _let_first(self) -> None:
        with self._lock:
            self._none_first.wait_for(lambda: not self._first, timeout=LONGEST_WAIT)

    def ask(
        self, key: Hashable, label: str, make: Callable[[Progress], None], *, is_long: bool = False
    ) -> Job:
        """
        Have something made, once however often it is asked for.

        Parameters
        ----------
        make : callable
            Makes it and puts it where it will be looked for; takes a progress.
        is_long : bool
            It takes minutes, and is made after all that does not.

        Returns
        -------
        job : Job
            How far it is. One that failed stays, so that it is not tried again and again.
        """
        with self._lock:
            job = self._jobs.get(key)
            if job is None:
                self._jobs = {old: one for old, one in self._jobs.items() if one.failure is None}
                job = self._jobs[key] = Job(label, make, is_long=is_long, lets_first=self._let_first)
            job.asked = time.monotonic()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._thread.start()
        return job

    def of(self, keys: set[Hashable]) -> list[Job]:
        """Return those jobs that are not made yet."""
        with self._lock:
            return [job for key, job in self._jobs.items() if key in keys and job.failure is None]

    def _next(self) -> tuple[Hashable, Job] | None:
        with self._lock:
            self._jobs = {
                key: job for key, job in self._jobs.items() if job.failure is not None or not job.is_abandoned
            }
            for key, job in sorted(self._jobs.items(), key=lambda pair: pair[1].is_long):
                if job.failure is None:
                    return key, job
            self._thread = None
            return None

    def _work(self) -> None:
        while (found := self._next()) is not None:
            key, job = found
            time.sleep(max(0.0, job.made + PAUSE - time.monotonic()))
            job.begun = time.monotonic()
            try:
                job.make(job.progress)
            except _AbandonedError:
                pass
            except MorphoExploreError as error:
                job.failure = str(error)
            except Exception:
                log.exception("%s could not be computed", job.label)
                job.failure = (
                    "It could not be computed; what the terminal of the server says helps to find out why."
                )
            if job.failure is None:
                with self._lock:
                    self._jobs.pop(key, None)

    def wait(self, key: Hashable, *, at_most: float) -> None:
        """Return when a job has ended, or after so many seconds."""
        end = time.monotonic() + at_most
        while time.monotonic() < end:
            with self._lock:
                job = self._jobs.get(key)
            if job is None or job.failure is not None:
                return
            time.sleep(0.02)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
