"""Tiles and pictures of objects that have none yet, drawn once from the first image of each."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from morphoexplore.errors import ImageError, ProjectError, SourceError
from morphoexplore.reading import images as image_files
from morphoexplore.records import Problem
from morphoexplore.steps import workers
from morphoexplore.steps.problems import report
from morphoexplore.store import arrays, objects
from morphoexplore.store import images as image_store
from morphoexplore.store.images import TILE_SIDE, ImageSource
from morphoexplore.store.project import Project
from morphoexplore.store.runs import Run

SHARD = 1024
BARE_SHARD = 16384  # of objects without images, of which nothing but zeros is written


@dataclass(frozen=True)
class ImageTask:
    """A stretch of objects and where the first image of each lies."""

    start: int
    images: list[tuple[int, str] | None]
    sources: dict[int, ImageSource]


@dataclass(frozen=True)
class _Drawn:
    start: int
    tiles: np.ndarray
    pictures: list[bytes]
    sizes: list[tuple[int, int] | None]
    problems: list[str | None]


# Roots of images that this process has opened: of a zip of a million images the mere list takes seconds to read.
_opened: dict[Path, image_files.ImageFiles] = {}
_opening = threading.Lock()


@contextmanager
def opened_images() -> Iterator[None]:
    """Keep the roots of images that are read meanwhile in this process open, and close them at the end."""
    try:
        yield
    finally:
        while _opened:
            _opened.popitem()[1].close()


def tasks(project: Project, start: int, stop: int, size: int) -> Iterator[ImageTask]:
    """Yield tasks of *size* objects each that cover *start* to *stop*; there are :func:`count_tasks` of them."""
    sources = image_store.sources(project)
    for first in range(start, stop, size):
        yield ImageTask(first, image_store.first_images(project, first, min(first + size, stop)), sources)


def count_tasks(start: int, stop: int, size: int) -> int:
    """Return the number of :func:`tasks`."""
    return len(range(start, stop, size))


def read_image(task: ImageTask, place: int) -> np.ndarray | None:
    """
    Return the image of one object of a task, without its footer; None where the object has none.

    Raises
    ------
    ImageError
        If the image is gone or cannot be read.
    ProjectError
        If the folder or zip of the images is gone as a whole.
    """
    image = task.images[place]
    if image is None:
        return None
    source = task.sources[image[0]]
    try:
        with _opening:
            if source.root not in _opened:
                _opened[source.root] = image_files.ImageFiles(source.root)
            files = _opened[source.root]
        content = files.read(image[1])
    except SourceError as error:
        if source.root.exists():
            raise
        message = (
            f"{source.root} with the images does not exist any more. Connect the disk, or if they moved: "
            "morphoexplore relocate PROJECT OLD NEW"
        )
        raise ProjectError(message) from error  # not an ImageError: every image would seem broken
    pixels = image_files.decode(content, white_level=source.white_level)
    rows = source.crop_bottom
    if rows < 0:
        rows = image_files.find_footer(image_files.to_grey(pixels))
    return image_files.crop_footer(pixels, rows)


def draw(project: Project, run: Run) -> int:
    """
    Draw the objects that have no tile yet; return how many images could not be read.

    Works shard by shard and goes on where a killed run stopped.
    """
    n = project.count_objects()
    known = arrays.find(project, "tile", "tiles")
    start = known.stop if known else 0
    if start == n:
        return 0
    with_image = max(start, image_store.count_to_last_image(project))
    count = count_tasks(start, with_image, SHARD)
    with project.write() as conn:
        tiles = arrays.declare(conn, "tile", "tiles", dtype="u1", width=TILE_SIDE, run_id=run.run_id)
        pictures = arrays.declare(conn, "picture", "pictures", dtype="u1", width=0, run_id=run.run_id)
    unreadable = 0
    with opened_images():
        drawn = workers.in_order(_draw, tasks(project, start, with_image, SHARD), total=count)
        for part in run.progress(drawn, label="drawing tiles", total=count):
            unreadable += _enter(project, run, part, tiles, pictures)
    for first in range(with_image, n, BARE_SHARD):
        _enter(project, run, _nothing(first, min(first + BARE_SHARD, n)), tiles, pictures)
    return unreadable


def _nothing(start: int, stop: int) -> _Drawn:
    """Return what is drawn of objects without images."""
    count = stop - start
    return _Drawn(start, np.zeros((count, TILE_SIDE, TILE_SIDE), np.uint8), [b""] * count, [], [])


def _draw(task: ImageTask) -> _Drawn:
    drawn = _Drawn(task.start, np.zeros((len(task.images), TILE_SIDE, TILE_SIDE), np.uint8), [], [], [])
    for place in range(len(task.images)):
        problem = None
        image = None
        try:
            image = read_image(task, place)
        except ImageError as error:
            problem = str(error)
        drawn.problems.append(problem)
        drawn.sizes.append(None if image is None else (image.shape[1], image.shape[0]))
        drawn.pictures.append(b"" if image is None else image_files.encode_picture(image))
        if image is not None:
            drawn.tiles[place] = image_files.make_tile(image)
    return drawn


def _enter(project: Project, run: Run, drawn: _Drawn, tiles: int, pictures: int) -> int:
    stop = drawn.start + len(drawn.pictures)
    found = [(drawn.start + place, problem) for place, problem in enumerate(drawn.problems) if problem]
    if found:  # before the shard is entered: a kill in between costs no problem, and none is listed twice
        report(project, run, image_problems(project, found))
    packed = image_store.pack_pictures(drawn.pictures)
    shards = [
        arrays.write_file(
            project, tiles, drawn.start, stop, arrays.as_npy(drawn.tiles), folder="tiles", suffix="npy"
        ),
        arrays.write_file(project, pictures, drawn.start, stop, packed, folder="tiles", suffix="jpegs"),
    ]
    places = enumerate(zip(drawn.sizes, drawn.problems, strict=True), start=drawn.start)
    with project.write() as conn:
        arrays.enter(conn, shards)
        first = "rank = (SELECT min(rank) FROM image AS other WHERE other.object = image.object)"
        conn.executemany(
            f"UPDATE image SET width = ?, height = ?, problem = ? WHERE object = ? AND {first}",
            [(*(size or (None, None)), problem, number) for number, (size, problem) in places],
        )
    return len(found)


def image_problems(project: Project, found: list[tuple[int, str]]) -> list[Problem]:
    """Return problems for (object, reason) of first images that cannot be read."""
    ids = objects.ids_of(project, [number for number, _ in found])
    return [
        Problem(image_store.images_of(project, number)[0]["path"], None, object_id, reason)
        for (number, reason), object_id in zip(found, ids, strict=True)
    ]
