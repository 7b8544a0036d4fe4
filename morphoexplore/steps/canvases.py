"""Canvases of all objects, drawn once and kept in the project: what networks are trained on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from morphoexplore.errors import ImageError, ProjectError
from morphoexplore.steps import workers
from morphoexplore.steps.drawing import (
    ImageTask,
    count_tasks,
    image_problems,
    opened_images,
    read_image,
    tasks,
)
from morphoexplore.steps.polarity import Polarities, polarity_of, settle_polarities
from morphoexplore.steps.problems import report
from morphoexplore.store import arrays
from morphoexplore.store.arrays import ArrayRecord
from morphoexplore.store.project import Project
from morphoexplore.store.runs import Run

CANVAS = "canvas"
SHARD = 4096
TASK = 256


@dataclass(frozen=True)
class DrawnCanvases:
    """
    Canvases of a stretch of objects (0 where an image cannot be read or shows nothing), and what could not be used.

    ``sides`` are the long and the short side of each object in px, shape (n, 2).
    """

    start: int
    canvases: np.ndarray
    is_drawn: np.ndarray
    sides: np.ndarray
    problems: list[tuple[int, str]]


class ProjectCanvases:
    """
    The canvases of the objects that have one, read from mapped files.

    Parameters
    ----------
    pieces : list of array, shape (m, 64, 128, channels)
        Mapped shards.
    rows : array of int
        Objects that have a canvas.
    """

    def __init__(self, pieces: list[np.ndarray], rows: np.ndarray) -> None:
        self._pieces, self._rows = pieces, rows
        self._starts = np.cumsum([0, *(len(piece) for piece in pieces)])

    @property
    def shape(self) -> tuple[int, ...]:
        """Return (n, 64, 128, channels)."""
        return (len(self._rows), *self._pieces[0].shape[1:])

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        """Return the canvases of some rows."""
        wanted = self._rows[rows]
        owner = np.searchsorted(self._starts, wanted, side="right") - 1
        found = np.empty((len(wanted), *self._pieces[0].shape[1:]), np.uint8)
        for number in np.unique(owner):
            mine = owner == number
            found[mine] = self._pieces[number][wanted[mine] - self._starts[number]]
        return found


@dataclass(frozen=True)
class StoredCanvases:
    """
    What a training has drawn: extracting need not read these images again.

    Attributes
    ----------
    canvases : ProjectCanvases
        By object.
    is_drawn : bool array, shape (stop,)
        False where an image cannot be read or shows nothing.
    sides : float64 array, shape (stop, 2)
        Long and short side in px.
    """

    canvases: ProjectCanvases
    is_drawn: np.ndarray
    sides: np.ndarray

    @property
    def stop(self) -> int:
        """Return the first object that was not tried."""
        return len(self.is_drawn)

    def has(self, number: int) -> bool:
        """Tell whether an object has a canvas."""
        return number < self.stop and bool(self.is_drawn[number])


def stored_canvases(project: Project, channels: int) -> StoredCanvases | None:
    """Return the canvases of the project, None where there are none with these channels, only without sides, or damaged ones."""
    known, sides = _known(project, channels), arrays.find(project, CANVAS, "sides")
    if known is None or sides is None or sides.stop < known.stop:
        return None
    try:
        return StoredCanvases(
            ProjectCanvases(_pieces(project, known), np.arange(known.stop)),
            np.asarray(arrays.read_array(project, CANVAS, "drawn"))[: known.stop].astype(bool),
            np.asarray(arrays.read(project, sides))[: known.stop],
        )
    except ProjectError:  # the images are there still
        return None


def draw_canvases(task: tuple[ImageTask, int, Polarities]) -> DrawnCanvases:
    """Draw the canvases of a stretch of objects."""
    from morphoexplore.methods.canvas import CANVAS_HEIGHT, CANVAS_WIDTH, draw_canvas

    images, channels, polarities = task
    count = len(images.images)
    drawn = DrawnCanvases(
        images.start,
        np.zeros((count, CANVAS_HEIGHT, CANVAS_WIDTH, channels), np.uint8),
        np.zeros(count, bool),
        np.zeros((count, 2)),
        [],
    )
    for place in range(count):
        try:
            image = read_image(images, place)
        except ImageError as error:
            drawn.problems.append((images.start + place, str(error)))
            continue
        if image is None:
            continue
        canvas = draw_canvas(image, channels=channels, polarity=polarity_of(images, place, polarities))
        if canvas.problem:
            drawn.problems.append((images.start + place, canvas.problem))
        else:
            drawn.canvases[place], drawn.is_drawn[place] = canvas.pixels, True
            drawn.sides[place] = canvas.long_side, canvas.short_side
    return drawn


def drawn_canvases(project: Project, run: Run, n: int, *, channels: int = 1) -> ProjectCanvases:
    """
    Draw the canvases that are missing, shard by shard, and return all.

    Parameters
    ----------
    n : int
        Number of objects.
    channels : int
        1 for grey canvases, 3 to keep colours; others are drawn anew.
    """
    known = _known(project, channels)
    if known is not None and _are_damaged(project, known):
        with project.write() as conn:
            for name in ("canvases", "drawn", "sides"):
                arrays.drop(conn, CANVAS, name)
        known = None
    if known is None or known.stop < n:
        with opened_images():
            _draw_rest(project, run, channels, n, is_new=known is None)
        known = _known(project, channels)
    assert known is not None
    is_drawn = np.asarray(arrays.read_array(project, CANVAS, "drawn")).astype(bool)
    return ProjectCanvases(_pieces(project, known), np.flatnonzero(is_drawn))


def _known(project: Project, channels: int) -> ArrayRecord | None:
    """Return the canvases that there are, if they have the channels that are wanted."""
    found = arrays.find(project, CANVAS, "canvases")
    return found if found is not None and found.parameters["channels"] == channels else None


def _draw_rest(project: Project, run: Run, channels: int, n: int, *, is_new: bool) -> None:
    from morphoexplore.methods.canvas import CANVAS_HEIGHT

    known = None if is_new else _known(project, channels)
    start = 0 if known is None else known.stop
    kept = [("canvases", "u1", CANVAS_HEIGHT), ("drawn", "u1", 0)]
    # Canvases of an earlier version have no sides.
    if is_new or arrays.find(project, CANVAS, "sides") is not None:
        kept.append(("sides", "f8", 2))
    with project.write() as conn:
        ids = {
            name: arrays.declare(
                conn,
                CANVAS,
                name,
                dtype=dtype,
                width=width,
                run_id=run.run_id,
                parameters={"channels": channels},
                new_version=is_new,
            )
            for name, dtype, width in kept
        }
    total = count_tasks(start, n, TASK)
    polarities = settle_polarities(project)
    work = ((task, channels, polarities) for task in tasks(project, start, n, TASK))
    waiting: list[DrawnCanvases] = []
    drawing = workers.in_order(draw_canvases, work, total=total)
    for part in run.progress(drawing, label="drawing canvases", total=total):
        waiting.append(part)
        stop = part.start + len(part.canvases)
        if stop - start < SHARD and stop < n:
            continue
        found = [problem for piece in waiting for problem in piece.problems]
        if found:
            report(project, run, image_problems(project, found))
        drawn = {
            "canvases": np.concatenate([piece.canvases for piece in waiting]),
            "drawn": np.concatenate([piece.is_drawn for piece in waiting]).astype(np.uint8),
            "sides": np.concatenate([piece.sides for piece in waiting]),
        }
        shards = [arrays.write_shard(project, ids[name], start, drawn[name]) for name, _, _ in kept]
        with project.write() as conn:
            arrays.enter(conn, shards)
        start, waiting = stop, []


def _are_damaged(project: Project, array: ArrayRecord) -> bool:
    sides = arrays.find(project, CANVAS, "sides")
    try:
        _pieces(project, array)
        arrays.read_array(project, CANVAS, "drawn")
        _ = None if sides is None else arrays.read(project, sides)
    except ProjectError:
        return True
    return False


def _pieces(project: Project, array: ArrayRecord) -> list[np.ndarray]:
    """Return the mapped shards of an array."""
    with project.read() as conn:
        rows = conn.execute(
            "SELECT file FROM shard WHERE array_id = ? ORDER BY start", (array.array_id,)
        ).fetchall()
    return [arrays.open_shard(project, row["file"]) for row in rows]
