"""
The changes that decisions are made of: what each is about, with its state before and after.

A change is a dictionary: ``what`` (member, rejection, node, seed, look, bound or effort), what it is about, ``former`` and
``later``. Here they are applied in either direction, and packed into the decision's row.
"""

from __future__ import annotations

import io
import json
import operator
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from morphoexplore.errors import ProjectError
from morphoexplore.store.schema import ORIGINS

Objects = Iterable[int] | npt.NDArray[np.integer]

NODE_COLUMNS = (
    "node_id",
    "parent_id",
    "is_branch",
    "name",
    "kind",
    "taxon",
    "ecotaxa_id",
    "aphia_id",
    "description",
    "is_complete",
    "flag",
    "taxon_type",
)
EFFORT_COLUMNS = ("subsample_coef", "total_water_volume", "decision_id")
BOUND_COLUMNS = ("survey_id", "total", "looked", "wrong", "removed", "alpha")


def apply(conn: sqlite3.Connection, change: dict[str, Any], side: str) -> None:
    """Bring what a change is about to its ``former`` or ``later`` state."""
    state = change[side]
    if change["what"] == "member":
        _set_members(conn, change["objects"], state)
    elif change["what"] == "rejection":
        _set_rejections(conn, change["objects"], change["node"], state)
    elif change["what"] == "node":
        _set_node(conn, change["node"], state)
    elif change["what"] == "bound":
        _set_bound(conn, change["bound"], state)
    elif change["what"] == "effort":
        _set_effort(conn, change["acquisition"], state)
    elif change["what"] == "look":
        conn.executemany(
            "UPDATE look SET node_id = ? WHERE look_id = ?",
            ((state, number) for number in change["looks"].tolist()),
        )
    else:
        conn.execute("UPDATE seed SET state = ?, node_id = ? WHERE seed_id = ?", (*state, change["seed"]))


def _set_members(conn: sqlite3.Connection, objects: np.ndarray, state: dict[str, np.ndarray]) -> None:
    free = state["node"] < 0
    conn.executemany("DELETE FROM member WHERE object = ?", ((number,) for number in objects[free].tolist()))
    rows = zip(
        objects[~free].tolist(),
        state["node"][~free].tolist(),
        (ORIGINS[code] for code in state["origin"][~free].tolist()),
        state["decision"][~free].tolist(),
        strict=True,
    )
    conn.executemany(
        "INSERT INTO member VALUES (?, ?, ?, ?) ON CONFLICT (object) DO UPDATE SET "
        "node_id = excluded.node_id, origin = excluded.origin, decision_id = excluded.decision_id",
        rows,
    )


def _set_rejections(
    conn: sqlite3.Connection, objects: np.ndarray, node_id: int, decisions: np.ndarray
) -> None:
    gone = decisions < 0
    conn.executemany(
        "DELETE FROM rejection WHERE object = ? AND node_id = ?",
        ((number, node_id) for number in objects[gone].tolist()),
    )
    conn.executemany(
        "INSERT INTO rejection VALUES (?, ?, ?)",
        (
            (number, node_id, decision_id)
            for number, decision_id in zip(objects[~gone].tolist(), decisions[~gone].tolist(), strict=True)
        ),
    )


def _set_node(conn: sqlite3.Connection, node_id: int, state: dict[str, Any] | None) -> None:
    if state is None:
        conn.execute("DELETE FROM node WHERE node_id = ?", (node_id,))
        return
    marks = ", ".join("?" * len(NODE_COLUMNS))
    updates = ", ".join(f"{column} = excluded.{column}" for column in NODE_COLUMNS[1:])
    conn.execute(
        f"INSERT INTO node ({', '.join(NODE_COLUMNS)}) VALUES ({marks}) ON CONFLICT (node_id) DO UPDATE SET {updates}",
        [state.get(column) for column in NODE_COLUMNS],  # those of earlier versions know fewer
    )


def _set_bound(conn: sqlite3.Connection, bound_id: int, state: dict[str, Any] | None) -> None:
    conn.execute("DELETE FROM bound WHERE bound_id = ?", (bound_id,))
    if state is None:
        return
    values = [state[column] for column in BOUND_COLUMNS]
    marks = ", ".join("?" * (len(values) + 2))
    conn.execute(
        f"INSERT INTO bound (bound_id, {', '.join(BOUND_COLUMNS)}, objects) VALUES ({marks})",
        [bound_id, *values, packed_objects(state["objects"])],
    )


def bounds_now(conn: sqlite3.Connection) -> list[tuple[int, dict[str, Any], np.ndarray]]:
    """Return each bound: its number, what it states, and the objects that it speaks of."""
    rows = conn.execute(
        f"SELECT bound_id, objects, {', '.join(BOUND_COLUMNS)} FROM bound ORDER BY bound_id"
    ).fetchall()
    return [
        (row["bound_id"], {column: row[column] for column in BOUND_COLUMNS}, unpacked_objects(row["objects"]))
        for row in rows
    ]


def _set_effort(conn: sqlite3.Connection, acquisition_id: int, state: dict[str, Any] | None) -> None:
    conn.execute("DELETE FROM effort WHERE acquisition_id = ?", (acquisition_id,))
    if state is not None:
        values = [state[column] for column in EFFORT_COLUMNS]
        conn.execute(
            f"INSERT INTO effort (acquisition_id, {', '.join(EFFORT_COLUMNS)}) VALUES (?, ?, ?, ?)",
            [acquisition_id, *values],
        )


def effort_now(conn: sqlite3.Connection, acquisition_id: int) -> dict[str, Any] | None:
    """Return what a person said of an acquisition, None where nobody did."""
    row = conn.execute(
        f"SELECT {', '.join(EFFORT_COLUMNS)} FROM effort WHERE acquisition_id = ?", (acquisition_id,)
    ).fetchone()
    return None if row is None else dict(row)


def members_now(conn: sqlite3.Connection, objects: np.ndarray) -> dict[str, np.ndarray]:
    """Return the present state of objects: node (-1 where free), origin code, decision."""
    state: dict[str, np.ndarray] = {
        "node": np.full(len(objects), -1, np.int64),
        "origin": np.full(len(objects), -1, np.int8),
        "decision": np.full(len(objects), -1, np.int64),
    }
    place = {number: row for row, number in enumerate(objects.tolist())}
    for number, node_id, origin, decision_id in conn.execute(
        "SELECT object, node_id, origin, decision_id FROM member WHERE object IN (SELECT value FROM json_each(?))",
        (json.dumps(objects.tolist()),),
    ):
        row = place[number]
        state["node"][row] = node_id
        state["origin"][row] = ORIGINS.index(origin)
        state["decision"][row] = decision_id
    return state


def rejections_now(conn: sqlite3.Connection, objects: np.ndarray, node_id: int) -> np.ndarray:
    """Return the decision that rejected each object from a morph, -1 where there is none."""
    state = np.full(len(objects), -1, np.int64)
    place = {number: row for row, number in enumerate(objects.tolist())}
    for number, decision_id in conn.execute(
        "SELECT object, decision_id FROM rejection WHERE node_id = ? AND object IN (SELECT value FROM json_each(?))",
        (node_id, json.dumps(objects.tolist())),
    ):
        state[place[number]] = decision_id
    return state


def node_now(conn: sqlite3.Connection, node_id: int) -> dict[str, Any] | None:
    """Return the present state of a node, None where there is none."""
    row = conn.execute(f"SELECT {', '.join(NODE_COLUMNS)} FROM node WHERE node_id = ?", (node_id,)).fetchone()
    return None if row is None else dict(row)


def numbers_of(objects: Objects) -> np.ndarray:
    """Return object numbers sorted and without repeats."""
    return np.unique(
        np.fromiter(objects, np.int64) if not isinstance(objects, np.ndarray) else objects
    ).astype(np.int64)


def packed_objects(objects: npt.NDArray[np.integer]) -> bytes:
    """Return object numbers in a few bytes, their order kept."""
    return zlib.compress(np.asarray(objects, "<i4").tobytes())


def unpacked_objects(blob: bytes) -> np.ndarray:
    """Return the object numbers of :func:`packed_objects`."""
    return np.frombuffer(zlib.decompress(blob), "<i4").astype(np.int64)


def pack(changes: Sequence[dict[str, Any]]) -> bytes:
    """Compress changes: a JSON list, in which arrays are references into an ``npz``."""
    found: dict[str, np.ndarray] = {}

    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            found[f"a{len(found)}"] = value
            return {"array": f"a{len(found) - 1}"}
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        return value

    text = json.dumps([plain(change) for change in changes], default=operator.index).encode()
    buffer = io.BytesIO()
    np.savez(buffer, changes=np.frombuffer(text, np.uint8), **found)  # type: ignore[arg-type]
    return zlib.compress(buffer.getvalue())


def changes_of(conn: sqlite3.Connection, decision_id: int) -> list[dict[str, Any]]:
    """
    Return the changes of a decision.

    Raises
    ------
    ProjectError
        If they are damaged.
    """
    blob = conn.execute("SELECT changes FROM decision WHERE decision_id = ?", (decision_id,)).fetchone()[0]
    try:
        return unpack(blob)
    except (ValueError, TypeError, KeyError, OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        message = f"The changes of decision {decision_id} cannot be read ({error}). Restore the project from a backup."
        raise ProjectError(message) from error


def unpack(blob: bytes) -> list[dict[str, Any]]:
    """Return what :func:`pack` compressed."""
    with np.load(io.BytesIO(zlib.decompress(blob)), allow_pickle=False) as file:
        arrays = dict(file)

    def rich(value: Any) -> Any:
        if isinstance(value, dict):
            if set(value) == {"array"}:
                return arrays[value["array"]]
            return {key: rich(item) for key, item in value.items()}
        return value

    return [rich(change) for change in json.loads(arrays.pop("changes").tobytes())]
