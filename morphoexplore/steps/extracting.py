"""``extract``: one vector per object from one model, shard by shard."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from morphoexplore.errors import ImageError, StepMissingError, WrongValueError
from morphoexplore.records import Progress, silent
from morphoexplore.steps import ranking, training, workers
from morphoexplore.steps.drawing import (
    ImageTask,
    count_tasks,
    image_problems,
    opened_images,
    read_image,
    tasks,
)
from morphoexplore.steps.problems import report
from morphoexplore.store import arrays, morphospace, objects, runs
from morphoexplore.store.arrays import ArrayRecord
from morphoexplore.store.project import Project
from morphoexplore.store.runs import Run

if TYPE_CHECKING:
    from morphoexplore.methods.networks import Network
    from morphoexplore.methods.trained import TrainedNetwork

CLASSIC = "classic"
LEARNED = training.LEARNED
SIDES = 2 * 6
"""
Columns at the end of ``learned``: natural logarithms of the long and the short side of the object in px, six times.

Standardised like the others, two columns among 200 would hardly count; six times they gain 2 points of 5-NN accuracy.
"""

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
    again: bool = False,
    progress: Progress = silent,
) -> dict[str, Any]:
    """
    Compute the feature vector of every object that has none yet.

    Parameters
    ----------
    model : str
        ``classic`` (descriptors of form, grey and texture, no weights needed), ``learned`` (the network that `train` has
        trained) or the name of a timm model.
    weights : Path, optional
        Weights of a timm model; else the local cache of the hub, else the hub. For ``learned`` the model of another
        project; that of this one unless given.
    untrained : bool
        Use a timm model with random weights, to try things out.
    input_size : int, optional
        Side in px that images are brought to for a timm model; what it was trained on unless given.
    again : bool
        Describe all objects anew, as a new version of the feature set.

    Returns
    -------
    counts : dict
        ``name``, ``dims``, ``objects`` (dealt with now), ``there`` (before), ``unreadable`` (images that cannot
        be read, of these objects), ``imageless`` (of these objects), ``null_ratio`` (how clearly the set shows
        groups, see `ranking`; None where it was not computed now).

    Raises
    ------
    StepMissingError
        If the project has no objects.
    ModelError
        If the model or its weights cannot be had.
    WrongValueError
        If the feature set was begun with other settings.
    """
    n = project.count_objects()
    if not n:
        raise StepMissingError(missing="objects", verb=f"add {project.folder} SOURCE")
    if model == LEARNED and weights is None:
        weights = training.model_path(project)
    about = _about(model, weights, untrained=untrained, input_size=input_size)
    there = None if again else _begun(project, model, about)
    if there is not None and there.stop >= n:
        counts = {
            "name": model,
            "dims": there.width,
            "objects": 0,
            "there": n,
            "unreadable": 0,
            "imageless": 0,
        }
        return counts | {"null_ratio": None}
    network = _load(model, weights, untrained=untrained, input_size=input_size)
    parameters = {"model": model, "weights": weights, "untrained": untrained, "input_size": input_size}
    with runs.run(project, "extract", parameters, progress=progress) as run:
        array_id, dims = _declare(project, run, about, network, again=again)
        start = there.stop if there else 0
        with opened_images():
            described = _describe_all(project, network, start, n)
            lost = _store(project, run, array_id, described, start, n)
        ratio = ranking.rank(project, run).get(model)
        run.result = {
            "name": model,
            "dims": dims,
            "objects": n - start,
            "there": start,
            **lost,
            "null_ratio": ratio,
        }
    return run.result


def _load(
    model: str, weights: Path | None, *, untrained: bool, input_size: int | None
) -> Network | TrainedNetwork | None:
    """Return the network of a model; None for ``classic``, which has none."""
    if model == CLASSIC:
        return None
    if model == LEARNED and weights is not None:
        from morphoexplore.methods.trained import load_trained

        return load_trained(weights)
    from morphoexplore.methods.networks import load_network

    return load_network(model, weights=weights, untrained=untrained, input_size=input_size)


def _about(model: str, weights: Path | None, *, untrained: bool, input_size: int | None) -> dict[str, Any]:
    """Return what the vectors of a feature set depend on."""
    if model == CLASSIC:
        from morphoexplore.methods.classic import DESCRIPTORS

        return {"model": model, "descriptors": [descriptor.name for descriptor in DESCRIPTORS]}
    about = {"model": model, "untrained": untrained, "input size": input_size, "weights": None}
    if model == LEARNED:
        about = {"model": model, "sides": SIDES, "weights": None}
    if weights is not None and weights.is_file():  # a missing file is told by whoever loads it
        about["weights"] = f"{weights.name} ({zlib.crc32(weights.read_bytes()):08x})"
    return about


def _begun(project: Project, model: str, about: dict[str, Any]) -> ArrayRecord | None:
    """Return the feature set of a model; vectors of two kinds are never put into one."""
    array = next((array for array in morphospace.feature_sets(project) if array.name == model), None)
    if array is not None and array.parameters != about:
        former = [
            f"{key} {array.parameters.get(key) or 'not given'}"
            for key, value in about.items()
            if array.parameters.get(key) != value
        ]
        what = "by another version of the program" if model == CLASSIC else f"with {', '.join(former)}"
        message = (
            f"The feature set {model} was made {what}. Give the same, or describe all objects anew: "
            f"morphoexplore extract {project.folder} --model {model} --again"
        )
        raise WrongValueError(message)
    return array


def _declare(
    project: Project,
    run: Run,
    about: dict[str, Any],
    network: Network | TrainedNetwork | None,
    *,
    again: bool,
) -> tuple[int, int]:
    dims = len(about["descriptors"]) if network is None else network.dims + about.get("sides", 0)
    with project.write() as conn:
        array_id = arrays.declare(
            conn,
            morphospace.FEATURES,
            about["model"],
            dtype="f4",
            width=dims,
            run_id=run.run_id,
            parameters=about,
            new_version=again,
        )
    return array_id, dims


def _describe_all(
    project: Project, network: Network | TrainedNetwork | None, start: int, stop: int
) -> Iterator[Described]:
    if network is None:
        work = tasks(project, start, stop, TASK)
        yield from workers.in_order(describe_classic, work, total=count_tasks(start, stop, TASK))
        return
    from morphoexplore.methods.networks import Network

    for task in tasks(project, start, stop, NETWORK_TASK):
        if isinstance(network, Network):
            yield _describe_by_network(task, network)
        else:
            yield _describe_by_trained(task, network)


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


def _describe_by_trained(task: ImageTask, network: TrainedNetwork) -> Described:
    from morphoexplore.methods.canvas import draw_canvas

    vectors = np.full((len(task.images), network.dims + SIDES), np.nan, dtype=np.float32)
    images, problems = _read(task)
    if images:
        places = [place for place, _ in images]
        canvases = [draw_canvas(image, channels=network.channels) for _, image in images]
        vectors[places, : network.dims] = network.describe(np.stack([one.pixels for one in canvases]))
        vectors[places, network.dims :] = np.tile(
            np.log([(one.long_side, one.short_side) for one in canvases]), SIDES // 2
        )
    return Described(task.start, vectors, problems)


def _read(task: ImageTask) -> tuple[list[tuple[int, np.ndarray]], list[tuple[int, str]]]:
    """Return the images of a task by place, and (object, reason) of those that cannot be read."""
    images, problems = [], []
    for place in range(len(task.images)):
        try:
            image = read_image(task, place)
        except ImageError as error:
            problems.append((task.start + place, str(error)))
            continue
        if image is not None:
            images.append((place, image))
    return images, problems


def _store(
    project: Project, run: Run, array_id: int, described: Iterator[Described], start: int, stop: int
) -> dict[str, int]:
    """Gather what comes in into shards and enter each as soon as it is whole; return how many have no vector."""
    waiting: list[Described] = []
    unreadable, empty, done = 0, 0, start
    for part in run.progress(_each_object(described), label="describing images", total=stop - start):
        if part is None:
            continue
        waiting.append(part)
        if sum(len(piece.vectors) for piece in waiting) >= SHARD or part.start + len(part.vectors) == stop:
            found = [problem for piece in waiting for problem in piece.problems]
            if found:
                unreadable += report(project, run, image_problems(project, found))
            values = np.concatenate([piece.vectors for piece in waiting])
            shard = arrays.write_shard(project, array_id, done, values)
            with project.write() as conn:
                arrays.enter(conn, [shard])
            done += len(values)
            empty += int(np.isnan(values).all(axis=1).sum())
            waiting = []
    return {"unreadable": unreadable, "imageless": empty - unreadable}


def _each_object(described: Iterator[Described]) -> Iterator[Described | None]:
    """Yield each stretch once, and None for its other objects, so that progress counts objects."""
    for part in described:
        yield part
        yield from [None] * (len(part.vectors) - 1)


def read_block(
    project: Project, array: ArrayRecord, reference: float | None, rows: np.ndarray | None = None
) -> np.ndarray:
    """
    Return a feature set for embedding.

    Parameters
    ----------
    reference : float or None
        Side of a pixel (mm) that the sizes of ``classic`` and ``learned`` are brought to, so that they compare between
        acquisitions; None leaves them in pixels.
    rows : array of int, optional
        Objects to read, in their order; all unless given.

    Returns
    -------
    block : array of float32, shape (n, dims)
        Sizes are NaN where an object has no pixel size, although sizes are to be compared.
    """
    values = np.asarray(
        arrays.read(project, array) if rows is None else arrays.read_rows(project, array, rows)
    )
    if reference is None:
        return values
    sizes = objects.pixel_sizes(project)
    return compare_sizes(array, values, (sizes[: len(values)] if rows is None else sizes[rows]) / reference)


def compare_sizes(array: ArrayRecord, values: np.ndarray, ratios: np.ndarray) -> np.ndarray:
    """
    Return rows of a feature set with their sizes as they would be in pixels of another size.

    Only ``classic`` and ``learned`` hold sizes; others are returned as they are.

    Parameters
    ----------
    ratios : array of float, shape (n,)
        Pixel size of each object over the one that all are compared in.
    """
    if array.name not in (CLASSIC, LEARNED):
        return values
    values = values.copy()
    factors = np.log(ratios)
    if array.name == LEARNED:
        values[:, array.width - SIDES :] += factors[:, None]
        return values
    from morphoexplore.methods.classic import SIZE_LOG_POWERS

    for column, name in enumerate(array.parameters["descriptors"]):
        if name in SIZE_LOG_POWERS:  # column by column: the whole in doubles is gigabytes at 10^6 objects
            values[:, column] += factors * SIZE_LOG_POWERS[name]
    return values
