"""What describing and training cost: for the benchmark of the feature sets."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

import morphoexplore as mx
from morphoexplore.steps import training
from morphoexplore.steps.canvases import CANVAS
from morphoexplore.store import arrays

T = TypeVar("T")

CLASSIC, LEARNED = "classic", training.LEARNED

PROBE = 4096  # images seen by the short training that measures the speed
NOT_COUNTED = 0.1  # share of the images during which processes and engines start up
BARE_SECONDS, BARE_IMAGES = 2.0, 256
BARE_ROUNDS = 4  # the best counts: other programs only disturb


@dataclass(frozen=True)
class Rates:
    """Things per second by the clock, and per second of CPU time of this process: fair on a busy machine."""

    wall: Any
    cpu: Any

    def __truediv__(self, other: Rates) -> Rates:
        return Rates(self.wall / other.wall, self.cpu / other.cpu)


class Clock:
    """Watches a verb through its progress: when each thing was done, and the CPU time of all its processes."""

    def __init__(self) -> None:
        self._times: dict[str, list[tuple[float, float]]] = {}
        self._began = _cpu()

    def watch(self, things: Iterable[T], *, label: str, total: int) -> Iterator[T]:
        """Be the progress of a verb."""
        times = self._times.setdefault(label, [])
        for thing in things:
            times.append((time.perf_counter(), time.process_time()))
            yield thing

    def rates(self, label: str) -> Rates:
        """Return things per second, the first tenth not counted."""
        times = np.array(self._times[label])
        first = int(NOT_COUNTED * len(times))
        # Things come in batches: count from the end of one to the end of the last.
        later = np.flatnonzero(times[:, 0] > times[first, 0] + 1e-3)
        start = int(later[0]) if len(later) and later[0] < len(times) - 1 else first
        return Rates(*((len(times) - 1 - start) / np.maximum(times[-1] - times[start], 1e-9)))

    @property
    def cpu_seconds(self) -> float:
        """CPU seconds since this clock was made, those of processes that have ended among them."""
        return _cpu() - self._began


def _cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def train_for(project: mx.Project, minutes: float, tell: Callable[[str], None]) -> dict[str, Any]:
    """
    Train for some CPU minutes; a model that is there already is kept, and a training that was stopped goes on.

    The budget of the verb is in images: the speed of a short training, in images per second of CPU time (of a GPU: by the
    clock), turns minutes into images.
    """
    path = training.model_path(project)
    stopped = _stopped(project)
    if stopped is not None:
        tell(f"Going on with a training of {stopped} images seen …")
        result = mx.train(project, images_seen=stopped)
    elif path.is_file():
        tell("The model is there already.")
        result = mx.train(project)
    else:
        rate = _images_per_second(project)
        most = training.MOST_EPOCHS * project.count_objects()
        images = max(1, min(round(60 * minutes * rate), most))
        capped = f" (each image {training.MOST_EPOCHS} times, which is the most)" if images == most else ""
        tell(
            f"Training: {rate:.0f} images per CPU second, so {images} images for {minutes:g} minutes{capped} …"
        )
        began = _cpu(), time.perf_counter()
        result = mx.train(project, images_seen=images, again=True)
        cpu, wall = (now - then for now, then in zip((_cpu(), time.perf_counter()), began, strict=True))
        tell(
            f"Trained: {cpu / 60:.1f} CPU minutes, {wall / 60:.1f} minutes by the clock, loss {result['loss']:.3f}"
        )
    return {key: result[key] for key in ("images_seen", "epochs", "loss")}


def _stopped(project: mx.Project) -> int | None:
    """Return the budget of a training that was stopped before its end, None where there is none."""
    if not training.model_path(project).with_name("training.json").is_file():
        return None
    import json

    runs = mx.runs(project)
    last = json.loads(runs.loc[runs["verb"] == "train", "parameters"].iloc[-1])["images_seen"]
    return None if last in (None, PROBE) else int(last)


def _images_per_second(project: mx.Project) -> float:
    from morphoexplore.methods.training import choose_device

    clock = _cpu if choose_device() == "cpu" else time.perf_counter
    steps: list[tuple[int, float]] = []
    mx.train(project, images_seen=PROBE, again=True, tell=lambda step: steps.append((step.seen, clock())))
    (first, began), (last, ended) = steps[1], steps[-1]
    return (last - first) / (ended - began)


def bare_rate(project: mx.Project, model: str, **settings: Any) -> Rates | None:
    """Return the images per second of a network alone, without reading and decoding; None for what is no network."""
    if model == CLASSIC:
        return None
    if model != LEARNED:
        from morphoexplore.methods import engines
        from morphoexplore.methods.squares import fit_square
        from morphoexplore.steps.describing import some_images, start_network

        network = start_network(project, model, **settings)
        engine = network.engine
        squares = np.stack(
            [fit_square(image, network.input_size) for image in some_images(project, engine.batch)]
        )
        bare = [engines.measure_rate(engine, squares, seconds=BARE_SECONDS) for _ in range(BARE_ROUNDS)]
        return Rates(*(max(rates) for rates in zip(*bare, strict=True)))
    from morphoexplore.methods.trained import load_trained

    trained = load_trained(training.model_path(project))
    canvases = np.array(arrays.read_array(project, CANVAS, "canvases")[:BARE_IMAGES])
    trained.describe(canvases)  # the first time sets things up
    rates = np.array([_describing_rate(trained, canvases) for _ in range(BARE_ROUNDS)])
    return Rates(*rates.max(axis=0))


def _describing_rate(trained: Any, canvases: np.ndarray) -> np.ndarray:
    done, began = 0, np.array([time.perf_counter(), time.process_time()])
    while time.perf_counter() - began[0] < BARE_SECONDS:
        trained.describe(canvases)
        done += len(canvases)
    rates: np.ndarray = done / (np.array([time.perf_counter(), time.process_time()]) - began)
    return rates
