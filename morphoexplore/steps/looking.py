"""All that is known of one object, read without looking at the others: for the object panel of the app."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from morphoexplore.errors import DecisionError, StepMissingError
from morphoexplore.records import Decision
from morphoexplore.steps import measuring
from morphoexplore.store import arrays, history, morphospace, tree
from morphoexplore.store.project import Project

Value = str | float | None


@dataclass(frozen=True)
class ImageView:
    """An image of an object: its size without the footer (None where nobody drew it yet), why it cannot be read."""

    rank: int
    path: str
    width: int | None
    height: int | None
    problem: str | None


@dataclass(frozen=True)
class MorphView:
    """
    The morph that an object is in.

    Attributes
    ----------
    path : tuple of str
        Titles of the branches above it, from the top.
    origin : str
        How the object came in: ``looked``, ``seed``, ``grown`` or ``imported``.
    is_doubtful : bool
        The last look at it in this morph was doubtful.
    """

    node_id: int
    title: str
    path: tuple[str, ...]
    origin: str
    is_doubtful: bool


@dataclass(frozen=True)
class SeedView:
    """A seed that an object was proposed in; ``state`` is pending, confirmed, discarded or replaced."""

    seed_id: int
    round: int
    state: str


@dataclass(frozen=True)
class LookView:
    """An image shown to a person: the answer, for which morph or seed, and why it was shown."""

    answer: str
    purpose: str
    node_id: int | None
    seed_id: int | None


@dataclass(frozen=True)
class Event:
    """
    Something a person did that concerns an object.

    Attributes
    ----------
    decision : Decision or None
        Which decision; None for a look that belongs to none.
    look : LookView or None
        What the person said of the image, None where it was not shown.
    """

    time: str
    user: str
    decision: Decision | None
    look: LookView | None
    is_undone: bool


@dataclass(frozen=True)
class ObjectView:
    """
    An object.

    Attributes
    ----------
    datetime : str or None
        UTC, ISO 8601, a date or a time.
    latitude, longitude : float or None
        Degrees.
    depth : tuple of float or None
        Least and greatest depth in m, positive down.
    pixel_size : float or None
        In mm.
    images : tuple of ImageView
        Lowest rank first, which is the one shown everywhere.
    morph : MorphView or None
        None: free.
    seeds : tuple of SeedView
        Newest first.
    events : tuple of Event
        Newest first; undone ones among them.
    metadata : dict of str to dict of str to str, float or None
        Columns of the source by level: ``object``, ``acquisition``, ``sample``; and ``measured``: what `extract`
        measured by EcoTaxa's names, or why it could not.
    """

    number: int
    object_id: str
    sample: str
    acquisition: str
    datetime: str | None
    latitude: float | None
    longitude: float | None
    depth: tuple[float | None, float | None]
    pixel_size: float | None
    images: tuple[ImageView, ...]
    morph: MorphView | None
    seeds: tuple[SeedView, ...]
    events: tuple[Event, ...]
    metadata: dict[str, dict[str, Value]]


def describe(project: Project, number: int) -> ObjectView:
    """
    Return all that is known of an object.

    Raises
    ------
    DecisionError
        If there is no such object.
    """
    labels = {array.name: int(label) for array, label in arrays.read_values(project, "seed", number)}
    columns = arrays.read_values(project, "metadata", number)
    with project.read() as conn:
        row = conn.execute(
            "SELECT o.*, a.name AS acquisition, a.pixel_size, a.metadata AS of_acquisition, s.name AS sample, "
            "s.metadata AS of_sample FROM object o JOIN acquisition a USING (acquisition_id) "
            "JOIN sample s USING (sample_id) WHERE object = ?",
            (number,),
        ).fetchone()
        if row is None:
            n = project.count_objects()
            numbers = f"this project has the numbers 0 to {n - 1}" if n else "this project is empty"
            message = f"There is no object number {number}; {numbers}."
            raise DecisionError(message)
        events = _events(conn, number)
        return ObjectView(
            number=number,
            object_id=row["object_id"],
            sample=row["sample"],
            acquisition=row["acquisition"],
            datetime=row["datetime"],
            latitude=row["latitude"],
            longitude=row["longitude"],
            depth=(row["depth_min"], row["depth_max"]),
            pixel_size=row["pixel_size"],
            images=tuple(
                ImageView(*image)
                for image in conn.execute(
                    "SELECT rank, path, width, height, problem FROM image WHERE object = ? ORDER BY rank",
                    (number,),
                )
            ),
            morph=_morph(conn, number, events),
            seeds=_seeds(conn, labels),
            events=events,
            metadata={
                "object": {array.name: _value(conn, array, value) for array, value in columns},
                "acquisition": json.loads(row["of_acquisition"]),
                "sample": json.loads(row["of_sample"]),
                "measured": _measured(project, conn, number),
            },
        )


def _measured(project: Project, conn: sqlite3.Connection, number: int) -> dict[str, Value]:
    """Return what was measured of an object, to four digits."""
    found = measuring.measured(project, number)
    if found:
        return {name: float(f"{value:.4g}") for name, value in found.items()}
    reason = conn.execute(
        "SELECT problem FROM image WHERE object = ? AND problem IS NOT NULL ORDER BY rank LIMIT 1", (number,)
    ).fetchone()
    return {"not measured": reason[0]} if reason else {}


def alike(project: Project, number: int, *, most: int = 24) -> np.ndarray:
    """
    Return the objects most like one, nearest first, from the stored neighbour graph.

    Those in the graph are exact; the ones after them are the nearest among the neighbours of neighbours.

    Parameters
    ----------
    most : int
        How many at most.

    Raises
    ------
    StepMissingError
        If nothing was embedded yet.
    DecisionError
        If the object has no features.
    """
    graph = morphospace.embedding(project, "neighbours")
    space = morphospace.embedding(project, morphospace.PCA)
    if space is None:
        raise StepMissingError(missing="embedding", verb=f"embed {project.folder}")
    if number >= space.stop or not np.isfinite(arrays.read_rows(project, space, [number])).all():
        message = "This object has no features: its image could not be read, or is not extracted yet."
        raise DecisionError(message)
    if graph is None or number >= graph.stop:
        from morphoexplore.methods.neighbours import similar_to

        return similar_to(arrays.read(project, space), number, most)[0][0].astype(np.int64)
    direct = _neighbours(project, graph, [number])
    if len(direct) >= most:
        return direct[:most]
    further = np.setdiff1d(_neighbours(project, graph, direct), [*direct, number])
    vectors = arrays.read_rows(project, space, [number, *further])
    distances = np.linalg.norm(vectors[1:] - vectors[0], axis=1)
    order = np.argsort(distances, kind="stable")
    return np.concatenate([direct, further[order]])[:most]


def titles(project: Project, numbers: Sequence[int] | np.ndarray) -> dict[int, str]:
    """Return the title of the morph of each object; free ones are left out."""
    with project.read() as conn:
        rows = conn.execute(
            "SELECT object, node_id, name FROM member JOIN node USING (node_id) "
            "WHERE object IN (SELECT value FROM json_each(?))",
            (json.dumps([int(number) for number in numbers]),),
        ).fetchall()
    return {row["object"]: row["name"] or f"morph {row['node_id']}" for row in rows}


def _neighbours(
    project: Project, graph: arrays.ArrayRecord, numbers: Sequence[int] | np.ndarray
) -> np.ndarray:
    found = arrays.read_rows(project, graph, numbers).reshape(-1).astype(np.int64)
    return found[found >= 0]


def _morph(conn: sqlite3.Connection, number: int, events: tuple[Event, ...]) -> MorphView | None:
    row = conn.execute("SELECT node_id, origin FROM member WHERE object = ?", (number,)).fetchone()
    if row is None:
        return None
    node = tree.get(conn, row["node_id"])
    above: list[str] = []
    parent = node.parent_id
    while parent is not None and len(above) < 1000:  # a damaged tree may run in a circle
        branch = tree.get(conn, parent)
        above.insert(0, branch.title)
        parent = branch.parent_id
    last = next(
        (e.look.answer for e in events if e.look and e.look.node_id == node.node_id and not e.is_undone), None
    )
    return MorphView(node.node_id, node.title, tuple(above), row["origin"], last == "doubtful")


def _seeds(conn: sqlite3.Connection, labels: dict[str, int]) -> tuple[SeedView, ...]:
    found = [
        conn.execute(
            "SELECT seed_id, round, state FROM seed WHERE run_id = ? AND number = ?",
            (int(name.removeprefix("run ")), label),
        ).fetchone()
        for name, label in labels.items()
        if label >= 0
    ]
    return tuple(sorted((SeedView(*row) for row in found if row), key=lambda seed: -seed.seed_id))


def _events(conn: sqlite3.Connection, number: int) -> tuple[Event, ...]:
    looks = conn.execute("SELECT * FROM look WHERE object = ? ORDER BY look_id", (number,)).fetchall()
    concerned = {row["decision_id"] for row in looks} | {
        row[0]
        for table in ("member", "rejection")
        for row in conn.execute(f"SELECT decision_id FROM {table} WHERE object = ?", (number,))
    }
    decisions = history.read_decisions(conn, [one for one in concerned if one is not None])
    events = []
    for row in looks:
        decision = decisions.get(row["decision_id"])
        concerned.discard(row["decision_id"])
        look = LookView(row["answer"], row["purpose"], row["node_id"], row["seed_id"])
        is_undone = decision is not None and decision.is_undone
        events.append(Event(row["time"], row["user"], decision, look, is_undone))
    unseen = [decisions[decision_id] for decision_id in concerned if decision_id in decisions]
    events += [Event(one.time, one.user, one, None, one.is_undone) for one in unseen]
    return tuple(sorted(events, key=lambda event: (event.time, _number_of(event)), reverse=True))


def _number_of(event: Event) -> int:
    return 0 if event.decision is None else event.decision.decision_id


def _value(conn: sqlite3.Connection, array: arrays.ArrayRecord, value: Any) -> Value:
    """Return the value of a metadata column, a text from its dictionary."""
    if array.dtype != np.dtype(np.int32).str:
        return None if np.isnan(value) else float(value)
    row = conn.execute(
        "SELECT text FROM term WHERE array_id = ? AND code = ?", (array.array_id, int(value))
    ).fetchone()
    return None if row is None else str(row[0])
