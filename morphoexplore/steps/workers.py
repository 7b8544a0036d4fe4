"""Work spread over processes or threads, its results in the order of the tasks."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from types import ModuleType
from typing import TypeVar

from morphoexplore.errors import ProjectError

Task = TypeVar("Task")
Result = TypeVar("Result")

WORTH_A_POOL = 4  # tasks; below it starting processes costs more than they bring


def count() -> int:
    """Return the number of processes to use: the cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_order(
    function: Callable[[Task], Result], tasks: Iterable[Task], *, total: int, workers: int | None = None
) -> Iterator[Result]:
    """
    Yield ``function(task)`` of every task, computed in several processes.

    Parameters
    ----------
    function : callable
        A function at the top of a module, because new processes import it.
    tasks : iterable
        Read only as fast as results are taken, so that memory stays bounded.
    total : int
        Number of tasks.
    workers : int, optional
        Number of processes; 1 works in this one.
    """
    workers = min(workers or count(), total)
    if workers <= 1 or total < WORTH_A_POOL:
        yield from map(partial(_alone, function), tasks)
        return
    # Forking a process that has threads of numerical libraries is not safe; a spawned one starts clean.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_one_thread) as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for task in tasks:
                with _hidden_main():
                    waiting.append(pool.submit(function, task))
                if len(waiting) >= 3 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            message = (
                "A process that worked on images was stopped, probably because the memory was used up. What was "
                "finished is kept; close other programs and run the same command again."
            )
            raise ProjectError(message) from error
        except BaseException:
            pool.shutdown(cancel_futures=True, wait=False)
            raise


def in_threads(
    function: Callable[[Task], Result], tasks: Iterable[Task], *, threads: int | None = None
) -> Iterator[Result]:
    """
    Yield ``function(task)`` of every task, computed in several threads of this process.

    For work that waits for something shared, a network say: while it computes for one thread, the others read images.

    Parameters
    ----------
    function : callable
        Safe to be called from several threads at once.
    tasks : iterable
        Read only as fast as results are taken, so that memory stays bounded.
    threads : int, optional
        Number of threads; by default one more than there are cores, so that none waits for the reading of another.
    """
    import cv2

    threads = threads or count() + 1
    of_opencv = cv2.getNumThreads()
    cv2.setNumThreads(1)  # for all threads of this process: they are enough
    try:
        with ThreadPoolExecutor(threads) as pool:
            waiting: deque[Future[Result]] = deque()
            try:
                for task in tasks:
                    waiting.append(pool.submit(function, task))
                    if len(waiting) >= 2 * threads:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            except BaseException:
                pool.shutdown(cancel_futures=True, wait=False)
                raise
    finally:
        cv2.setNumThreads(of_opencv)


@contextmanager
def _hidden_main() -> Iterator[None]:
    """
    Hide the program's main module while processes start.

    A spawned process runs the main module again, which for a plain script of a user, without
    ``if __name__ == "__main__"``, means the whole script. Our functions need nothing of it.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _one_thread() -> None:
    """Keep each process to one core: they are as many as there are cores."""
    import cv2
    from threadpoolctl import threadpool_limits

    cv2.setNumThreads(1)
    threadpool_limits(1)


def _alone(function: Callable[[Task], Result], task: Task) -> Result:
    """Work on one core in this process, as the others would: more threads would move the last bits."""
    import cv2
    from threadpoolctl import threadpool_limits

    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with threadpool_limits(1):
            return function(task)
    finally:
        cv2.setNumThreads(threads)
