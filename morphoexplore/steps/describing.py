"""Models that describe the images of a project: what ``extract`` computes, stretch by stretch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from morphoexplore.errors import ImageError
from morphoexplore.steps import workers
from morphoexplore.steps.canvases import StoredCanvases, stored_canvases
from morphoexplore.steps.drawing import ImageTask, count_tasks, opened_images, read_image, tasks
from morphoexplore.steps.polarity import Polarities, polarity_of, settle_polarities
from morphoexplore.store.project import Project

if TYPE_CHECKING:
    from morphoexplore.methods.networks import Network
    from morphoexplore.methods.trained import TrainedNetwork

SIDES = 2 * 6
"""
Columns at the end of ``learned``: natural logarithms of the long and the short side of the object in px, six times.

Standardised like the others, two columns among 200 would hardly count; six times they gain 2 points of 5-NN accuracy.
"""

EACH_SIDE = 32
"""Numbers of a timm model that have one column of either side beside them: the same share as in ``learned``."""

TRAINED_TASK = 128
"""Objects that the network of ``train`` gets at once: with 32 it takes a tenth more time for each."""

QUERY = 1024
"""Objects whose images are asked for at once; tasks are smaller."""


@dataclass(frozen=True)
class Described:
    """
    Vectors of a stretch of objects.

    Attributes
    ----------
    start : int
        The first object.
    vectors : float32 array, shape (n, dims)
        NaN where an object has no image, or one that cannot be read, or one that shows nothing.
    unreadable, blank : list of (int, str)
        Objects whose image cannot be read, or shows nothing that could be measured, and why.
    places : float32 array, shape (n, n_places), or None
        Where ``classic`` found the objects in their images.
    """

    start: int
    vectors: np.ndarray
    unreadable: list[tuple[int, str]]
    blank: list[tuple[int, str]]
    places: np.ndarray | None = None


@dataclass(frozen=True)
class Model:
    """
    A model that is ready to describe objects.

    Attributes
    ----------
    dims : int
        Numbers per object.
    about : dict
        What to keep beside the vectors of a timm model: ``engine``, ``pixels``, ``loaded`` (the weights), ``sides``.
    notes : tuple of str
        What a person should know of how it runs.
    """

    dims: int
    about: dict[str, Any]
    notes: tuple[str, ...]
    _task: int
    _look: Callable[[ImageTask], Any] = field(repr=False)
    """What is done with the images of a task, spread over the cores."""
    _finish: Callable[[Any], Described] = field(repr=False)
    """What makes vectors of what `_look` returns."""
    _in_processes: bool = False
    """
    Whether `_look` is spread over processes, and `_finish` called here: for what holds Python's lock, and for GPUs.

    Otherwise threads do both: nothing is copied between processes, and a network shared by all threads computes for one
    while the others read.
    """

    def describe(self, project: Project, start: int, stop: int) -> Iterator[Described]:
        """Describe the objects *start* to *stop*: images are read by all cores, ahead of what computes."""
        work = _small_tasks(project, start, stop, self._task)
        if self._in_processes:
            looked = workers.in_order(self._look, work, total=count_tasks(start, stop, self._task))
            return map(self._finish, looked)
        return workers.in_threads(lambda task: self._finish(self._look(task)), work)


def classic_model(project: Project, task: int) -> Model:
    """Return the classic descriptors, computed in processes, *task* objects at a time."""
    from morphoexplore.methods.classic import DESCRIPTORS

    look = partial(describe_classic, polarities=settle_polarities(project))
    return Model(len(DESCRIPTORS), {}, (), task, look, _as_it_is, _in_processes=True)


def trained_model(project: Project, file: Path) -> Model:
    """
    Return the network that `train` has made.

    Raises
    ------
    ModelError
        If the file is none of ``train``.
    """
    from morphoexplore.methods.trained import load_trained

    network = load_trained(file)
    dims = network.dims + SIDES
    stored = stored_canvases(project, network.channels)
    must_read = stored is None or stored.stop < project.count_objects()
    if in_processes := must_read and network.device != "cpu":
        stored = None  # other processes would get copies of them
    look = partial(
        _draw_canvases, channels=network.channels, polarities=settle_polarities(project), stored=stored
    )
    finish = partial(_fill_by_trained, network=network, dims=dims, alone=threading.Lock())
    return Model(dims, {}, (), TRAINED_TASK, look, finish, in_processes)


def timm_model(
    project: Project,
    name: str,
    *,
    weights: Path | None = None,
    untrained: bool = False,
    input_size: int | None = None,
    former: dict[str, Any] | None = None,
) -> Model:
    """
    Return a model of timm, in the fastest engine that agrees with torch on images of the project.

    Parameters
    ----------
    name : str
        Its name in timm.
    weights, untrained, input_size : optional
        See `extract`.
    former : dict, optional
        ``about`` of the model that began the feature set, so that size and precision stay the same.

    Raises
    ------
    ModelError
        If the model or its weights cannot be had.
    """
    network = start_network(
        project, name, weights=weights, untrained=untrained, input_size=input_size, former=former
    )
    engine, sides = network.engine, count_sides(network.dims)
    dims = network.dims + sides
    about = {
        "engine": engine.about(),
        "pixels": network.input_size,
        "loaded": network.weights,
        "sides": sides,
    }
    return Model(
        dims,
        about,
        (f"{name} runs in {engine.sentence}", *engine.notes),
        engine.batch,
        partial(_fit_squares, side=network.input_size, polarities=settle_polarities(project)),
        partial(_fill_by_network, network=network, dims=dims),
        engine.device != "cpu",
    )


def start_network(
    project: Project,
    name: str,
    *,
    weights: Path | None = None,
    untrained: bool = False,
    input_size: int | None = None,
    former: dict[str, Any] | None = None,
) -> Network:
    """Return a network of timm as `timm_model` uses it: what a benchmark compares the whole way with."""
    from morphoexplore.methods.engines import EXAMPLES
    from morphoexplore.methods.networks import load_network

    former = former or {}
    network = load_network(
        name, weights=weights, untrained=untrained, input_size=input_size or former.get("pixels")
    )
    images = some_images(project, EXAMPLES)
    if len(images) < 2:
        return network
    # Shorter numbers differ in the third digit: they are not mixed with others.
    is_short = former.get("engine", {}).get("precision", "") != "f32"
    return network.speed_up(images, precision=None if is_short else "f32")


def some_images(project: Project, most: int) -> list[np.ndarray]:
    """Return images of objects that lie evenly over the project; fewer where some cannot be read."""
    n = project.count_objects()
    numbers = np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(int)).tolist()
    with opened_images():
        found = [_read(next(tasks(project, number, number + 1, 1)))[0] for number in numbers]
    return [image for one in found for _, image in one]


def count_sides(dims: int) -> int:
    """Return the number of columns with logarithms of sides beside *dims* numbers of a timm model."""
    return 2 * max(1, round(dims / EACH_SIDE))


def describe_classic(task: ImageTask, polarities: Polarities) -> Described:
    """Describe a stretch of objects by the classic descriptors."""
    from morphoexplore.methods.classic import DESCRIPTORS, PLACES, describe_many

    images, unreadable = _read(task)
    rows = [place for place, _ in images]
    found = describe_many(
        [image for _, image in images], polarity=[polarity_of(task, place, polarities) for place in rows]
    )
    vectors, places = (
        np.full((len(task.images), len(columns)), np.nan, np.float32) for columns in (DESCRIPTORS, PLACES)
    )
    vectors[rows], places[rows] = found.values, found.places
    blank = [(task.start + rows[number], reason) for number, reason in found.problems.items()]
    return Described(task.start, vectors, unreadable, blank, places)


@dataclass(frozen=True)
class _Looked:
    """
    What a network gets to see of a stretch of objects.

    ``pictures`` are the images at ``places``, as the network takes them; ``sizes`` the logarithms of the long and the
    short side of these objects.
    """

    start: int
    count: int
    unreadable: list[tuple[int, str]]
    blank: list[tuple[int, str]]
    places: list[int] = field(default_factory=list)
    pictures: list[np.ndarray] = field(default_factory=list)
    sizes: list[tuple[float, float]] = field(default_factory=list)

    def as_described(self, dims: int, describe: Callable[[np.ndarray], np.ndarray]) -> Described:
        """Return the stretch with vectors of *dims* numbers: those of a network, then sizes."""
        vectors = np.full((self.count, dims), np.nan, np.float32)
        if self.places:
            seen = describe(np.stack(self.pictures))
            own = seen.shape[1]
            vectors[self.places, :own] = seen
            vectors[self.places, own:] = np.tile(np.log(self.sizes), (dims - own) // 2)
        return Described(self.start, vectors, self.unreadable, self.blank)


def _fit_squares(task: ImageTask, side: int, polarities: Polarities) -> _Looked:
    from morphoexplore.methods.segmenting import find_parts
    from morphoexplore.methods.squares import fit_square, measure_extent
    from morphoexplore.reading.images import to_grey

    looked = _Looked(task.start, len(task.images), [], [])
    for place, image in _each_image(task, looked.unreadable):
        found = find_parts(to_grey(image), polarity=polarity_of(task, place, polarities))
        if found.problem:
            looked.blank.append((task.start + place, found.problem))
            continue
        looked.places.append(place)
        looked.pictures.append(fit_square(image, side))
        looked.sizes.append(measure_extent(found.mask_all))
    return looked


def _fill_by_network(looked: _Looked, network: Network, dims: int) -> Described:
    return looked.as_described(dims, network.engine)


def _draw_canvases(
    task: ImageTask, channels: int, polarities: Polarities, stored: StoredCanvases | None
) -> _Looked:
    """Draw canvases, but take those that a training has drawn."""
    from morphoexplore.methods.canvas import draw_canvas

    there = [
        place for place in range(len(task.images)) if stored is not None and stored.has(task.start + place)
    ]
    looked = _Looked(task.start, len(task.images), [], [])
    if stored is not None and there:
        numbers = task.start + np.array(there)
        looked.places.extend(there)
        looked.pictures.extend(stored.canvases[numbers])
        looked.sizes.extend((long, short) for long, short in stored.sides[numbers].tolist())
    for place, image in _each_image(task, looked.unreadable, leave_out=there):
        canvas = draw_canvas(image, channels=channels, polarity=polarity_of(task, place, polarities))
        if canvas.problem:
            looked.blank.append((task.start + place, canvas.problem))
            continue
        looked.places.append(place)
        looked.pictures.append(canvas.pixels)
        looked.sizes.append((canvas.long_side, canvas.short_side))
    return looked


def _fill_by_trained(looked: _Looked, network: TrainedNetwork, dims: int, alone: threading.Lock) -> Described:
    with alone:
        return looked.as_described(dims, network.describe)


def _as_it_is(described: Described) -> Described:
    return described


def _small_tasks(project: Project, start: int, stop: int, size: int) -> Iterator[ImageTask]:
    """Yield tasks of *size* objects, asking the database for many at once."""
    many = max(size, QUERY // size * size)
    for task in tasks(project, start, stop, many):
        for first in range(0, len(task.images), size):
            yield ImageTask(task.start + first, task.images[first : first + size], task.sources)


def _read(task: ImageTask) -> tuple[list[tuple[int, np.ndarray]], list[tuple[int, str]]]:
    """Return the images of a task by place, and (object, reason) of those that cannot be read."""
    problems: list[tuple[int, str]] = []
    return list(_each_image(task, problems)), problems


def _each_image(
    task: ImageTask, problems: list[tuple[int, str]], leave_out: Collection[int] = ()
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the images of a task and their places; add (object, reason) of those that cannot be read to *problems*."""
    for place in range(len(task.images)):
        if place in leave_out:
            continue
        try:
            image = read_image(task, place)
        except ImageError as error:
            problems.append((task.start + place, str(error)))
            continue
        if image is not None:
            yield place, image
