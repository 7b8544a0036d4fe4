"""What takes long, computed one after another in a thread while a page goes on; what nobody waits for any more is dropped."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

from morphoexplore.errors import MorphoExploreError
from morphoexplore.records import Progress

T = TypeVar("T")

PATIENCE = 20.0  # s without anybody who asked
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

    def __init__(self, label: str, make: Callable[[Progress], None]) -> None:
        self.label, self.make = label, make
        self.done = self.total = 0
        self.failure: str | None = None
        self.made = self.asked = time.monotonic()
        self.begun: float | None = None

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
            if time.monotonic() - self.asked > PATIENCE:
                raise _AbandonedError
            yield thing
            self.done += 1


class Later:
    """Jobs by key, made by one thread that lives as long as there are some."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[Hashable, Job] = {}
        self._thread: threading.Thread | None = None

    def ask(self, key: Hashable, label: str, make: Callable[[Progress], None]) -> Job:
        """
        Have something made, once however often it is asked for.

        Parameters
        ----------
        make : callable
            Makes it and puts it where it will be looked for; takes a progress.

        Returns
        -------
        job : Job
            How far it is. One that failed stays, so that it is not tried again and again.
        """
        with self._lock:
            job = self._jobs.get(key)
            if job is None:
                self._jobs = {old: one for old, one in self._jobs.items() if one.failure is None}
                job = self._jobs[key] = Job(label, make)
            job.asked = time.monotonic()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._thread.start()
        return job

    def _next(self) -> tuple[Hashable, Job] | None:
        with self._lock:
            now = time.monotonic()
            self._jobs = {
                key: job
                for key, job in self._jobs.items()
                if job.failure is not None or now - job.asked <= PATIENCE
            }
            for key, job in self._jobs.items():
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
