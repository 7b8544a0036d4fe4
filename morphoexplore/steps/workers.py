"""Work spread over processes, its results in the order of the tasks."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import TypeVar

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
        _one_thread()
        yield from map(function, tasks)
        return
    # Forking a process that has threads of numerical libraries is not safe; a spawned one starts clean.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_one_thread) as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for task in tasks:
                waiting.append(pool.submit(function, task))
                if len(waiting) >= 3 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BaseException:
            pool.shutdown(cancel_futures=True, wait=False)
            raise


def _one_thread() -> None:
    """Keep each process to one core: they are as many as there are cores."""
    import cv2

    cv2.setNumThreads(1)
