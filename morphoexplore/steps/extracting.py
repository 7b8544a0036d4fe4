"""``extract``: one vector per object from one model, shard by shard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from morphoexplore.errors import ImageError, StepMissingError
from morphoexplore.records import Problem, Progress, silent
from morphoexplore.steps import workers
from morphoexplore.steps.drawing import ImageTask, read_image, tasks
from morphoexplore.store import arrays, morphospace, objects, runs
from morphoexplore.store.arrays import ArrayRecord
from morphoexplore.store.project import Project
from morphoexplore.store.runs import Run

if TYPE_CHECKING:
    from morphoexplore.methods.networks import Network
    from morphoexplore.reading.images import ImageFiles

CLASSIC = "classic"
SHARD = 1024
TASK = 128
NETWORK_TASK = 32


@dataclass(frozen=True)
class Described:
    """Vectors of a stretch of objects (NaN where an image cannot be read), and what could not be read."""

    start: int
    vectors: np.ndarray
    problems: list[tuple[int, str]]


def extract(
    project: Project,
    *,
    model: str = CLASSIC,
    weights: Path | None = None,
    untrained: bool = False,
    input_size: int | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """
    Compute the feature vector of every object that has none yet.

    Parameters
    ----------
    model : str
        ``classic`` (descriptors of form, grey and texture, no weights needed) or the name of a timm model.
    weights : Path, optional
        Weights of a timm model; else the local cache of the hub, else the hub.
    untrained : bool
        Use a timm model with random weights, to try things out.
    input_size : int, optional
        Side in px that images are brought to for a timm model; what it was trained on unless given.

    Returns
    -------
    counts : dict
        ``name``, ``dims``, ``objects`` (described now), ``there`` (described before), ``unreadable``.

    Raises
    ------
    StepMissingError
        If the project has no objects.
    ModelError
        If the model or its weights cannot be had.
    """
    n = project.count_objects()
    if not n:
        raise StepMissingError(missing="objects", verb=f"add {project.folder} SOURCE")
    there = _done(project, model)
    if there is not None and there.stop >= n:
        return {"name": model, "dims": there.width, "objects": 0, "there": n, "unreadable": 0}
    network = None
    if model != CLASSIC:
        from morphoexplore.methods.networks import load_network

        network = load_network(model, weights=weights, untrained=untrained, input_size=input_size)
    parameters = {"model": model, "weights": weights, "untrained": untrained, "input_size": input_size}
    with runs.run(project, "extract", parameters, progress=progress) as run:
        array_id, dims = _declare(project, run, model, network)
        start = there.stop if there else 0
        described = _describe_all(project, network, start, n)
        unreadable = _store(project, run, array_id, described, start, n)
        run.result = {
            "name": model,
            "dims": dims,
            "objects": n - start,
            "there": start,
            "unreadable": unreadable,
        }
    return run.result


def _done(project: Project, model: str) -> ArrayRecord | None:
    return next((array for array in morphospace.feature_sets(project) if array.name == model), None)


def _declare(project: Project, run: Run, model: str, network: Network | None) -> tuple[int, int]:
    from morphoexplore.methods.classic import DESCRIPTORS

    dims = len(DESCRIPTORS) if network is None else network.dims
    about: dict[str, Any] = {"model": model}
    if network is None:
        about["descriptors"] = [descriptor.name for descriptor in DESCRIPTORS]
    with project.write() as conn:
        array_id = arrays.declare(
            conn, morphospace.FEATURES, model, dtype="f4", width=dims, run_id=run.run_id, parameters=about
        )
    return array_id, dims


def _describe_all(project: Project, network: Network | None, start: int, stop: int) -> Iterator[Described]:
    if network is None:
        work = tasks(project, start, stop, TASK)
        yield from workers.in_order(describe_classic, work, total=len(work))
        return
    for task in tasks(project, start, stop, NETWORK_TASK):
        yield _describe_by_network(task, network)


def describe_classic(task: ImageTask) -> Described:
    """Describe a stretch of objects by the classic descriptors."""
    from morphoexplore.methods.classic import DESCRIPTORS, describe
    from morphoexplore.reading.images import to_grey

    vectors = np.full((len(task.images), len(DESCRIPTORS)), np.nan, dtype=np.float32)
    images, problems = _read(task)
    for place, image in images:
        vectors[place] = describe(to_grey(image))
    return Described(task.start, vectors, problems)


def _describe_by_network(task: ImageTask, network: Network) -> Described:
    vectors = np.full((len(task.images), network.dims), np.nan, dtype=np.float32)
    images, problems = _read(task)
    if images:
        vectors[[place for place, _ in images]] = network.describe([image for _, image in images])
    return Described(task.start, vectors, problems)


def _read(task: ImageTask) -> tuple[list[tuple[int, np.ndarray]], list[tuple[int, str]]]:
    """Return the images of a task by place, and (object, reason) of those that cannot be read."""
    opened: dict[int, ImageFiles] = {}
    images, problems = [], []
    for place in range(len(task.images)):
        try:
            image = read_image(task, place, opened)
        except ImageError as error:
            problems.append((task.start + place, str(error)))
            continue
        if image is not None:
            images.append((place, image))
    for files in opened.values():
        files.close()
    return images, problems


def _store(
    project: Project, run: Run, array_id: int, described: Iterator[Described], start: int, stop: int
) -> int:
    """Gather what comes in into shards and enter each as soon as it is whole; return how many were unreadable."""
    waiting: list[Described] = []
    unreadable: list[tuple[int, str]] = []
    done = start
    for part in run.progress(_each_object(described), label="describing images", total=stop - start):
        if part is None:
            continue
        waiting.append(part)
        unreadable += part.problems
        if sum(len(piece.vectors) for piece in waiting) >= SHARD or part.start + len(part.vectors) == stop:
            values = np.concatenate([piece.vectors for piece in waiting])
            shard = arrays.write_shard(project, array_id, done, values)
            with project.write() as conn:
                arrays.enter(conn, [shard])
            done += len(values)
            waiting = []
    run.problems(_problem(project, number, reason) for number, reason in unreadable)
    return len(unreadable)


def _each_object(described: Iterator[Described]) -> Iterator[Described | None]:
    """Yield each stretch once, and None for its other objects, so that progress counts objects."""
    for part in described:
        yield part
        yield from [None] * (len(part.vectors) - 1)


def _problem(project: Project, number: int, reason: str) -> Problem:
    object_id = objects.ids_of(project, [number])[0]
    return Problem(object_id, None, object_id, reason)


def read_block(project: Project, array: ArrayRecord) -> np.ndarray:
    """
    Return a feature set for embedding; sizes of ``classic`` are turned into mm where every pixel size is known.

    Returns
    -------
    block : array of float32, shape (n, dims)
    """
    values = np.asarray(arrays.read(project, array))
    if array.name != CLASSIC:
        return values
    from morphoexplore.methods.classic import SIZE_LOG_POWERS

    sizes = objects.pixel_sizes(project)[: len(values)]
    if not np.isfinite(sizes).all() or len(np.unique(sizes)) < 2:
        return values
    powers = np.array([SIZE_LOG_POWERS.get(name, 0) for name in array.parameters["descriptors"]])
    return (values + np.log(sizes)[:, None] * powers).astype(np.float32)
