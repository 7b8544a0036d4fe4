"""
Arrays by object number, in shards that are written once.

A shard is a ``.npy`` file. It is written under a temporary name, synced, renamed, and only then entered
in the database: a file without a row is left-over of a killed run, and :func:`sweep` removes it. Several
arrays that belong together are entered in one transaction (:func:`enter`).
"""

from __future__ import annotations

import io
import json
import os
import sqlite3
import uuid
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from morphoexplore.errors import MorphoExploreError, ProjectError
from morphoexplore.store.project import Project, explain

_ZEROS = bytes(1 << 16)


@dataclass(frozen=True)
class ArrayRecord:
    """An array as the database knows it; ``stop`` is the first object that it does not cover."""

    array_id: int
    kind: str
    name: str
    version: int
    dtype: str
    width: int
    run_id: int
    parameters: dict[str, Any]
    stop: int


@dataclass(frozen=True)
class Shard:
    """A written file that waits to be entered in the database."""

    array_id: int
    start: int
    stop: int
    file: str
    checksum: int


class MissingArrayError(MorphoExploreError):
    """An array is asked for that the project does not have."""


def declare(
    conn: sqlite3.Connection,
    kind: str,
    name: str,
    *,
    dtype: str,
    width: int,
    run_id: int,
    parameters: dict[str, Any] | None = None,
    new_version: bool = False,
) -> int:
    """
    Return the number of an array, making it where it does not exist.

    Parameters
    ----------
    kind, name : str
        What it holds (``feature set``, ``embedding``, ``metadata``, ``seed`` ...) and its name.
    dtype : str
        NumPy type of its numbers.
    width : int
        Numbers per object, 0 for one number without a second axis.
    new_version : bool
        Start a new version although one exists.

    Raises
    ------
    ValueError
        If it exists with another type or width.
    """
    row = conn.execute(
        "SELECT array_id, version, dtype, width FROM array WHERE kind = ? AND name = ? ORDER BY version DESC",
        (kind, name),
    ).fetchone()
    if row is not None and not new_version:
        if (row["dtype"], row["width"]) != (np.dtype(dtype).str, width):
            message = f"{kind} {name} holds {row['width']} {row['dtype']} per object, not {width} {dtype}"
            raise ValueError(message)
        return int(row["array_id"])
    version = 1 if row is None else row["version"] + 1
    cursor = conn.execute(
        "INSERT INTO array (kind, name, version, dtype, width, run_id, parameters) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            kind,
            name,
            version,
            np.dtype(dtype).str,
            width,
            run_id,
            json.dumps(parameters or {}, sort_keys=True),
        ),
    )
    return int(cursor.lastrowid or 0)


def drop(conn: sqlite3.Connection, kind: str, name: str) -> None:
    """
    Forget all versions of an array that can be computed again; :func:`sweep`, or the next run, removes its files.

    Raises
    ------
    sqlite3.IntegrityError
        If something refers to it.
    """
    which = "(SELECT array_id FROM array WHERE kind = ? AND name = ?)"
    conn.execute(f"DELETE FROM shard WHERE array_id IN {which}", (kind, name))
    conn.execute("DELETE FROM array WHERE kind = ? AND name = ?", (kind, name))


def write_shard(project: Project, array_id: int, start: int, values: np.ndarray) -> Shard:
    """
    Write the values of objects *start*, *start* + 1, ... to a file; :func:`enter` makes it part of the array.

    Parameters
    ----------
    values : array, shape (n,) or (n, width, ...)
        One row per object.
    """
    data = as_npy(values)
    return write_file(project, array_id, start, start + len(values), data, folder="arrays", suffix="npy")


def write_loose_shard(project: Project, folder: str, start: int, values: np.ndarray) -> Shard:
    """
    Write values as :func:`write_shard` does, of an array whose number is given only when it is declared.

    Parameters
    ----------
    folder : str
        Name of the folder below ``arrays/``.
    """
    stop = start + len(values)
    name = f"arrays/{folder}/{uuid.uuid4().hex}-{start:09d}-{stop:09d}.npy"
    return _write_shard(project, Shard(-1, start, stop, name, 0), as_npy(values))


def as_npy(values: np.ndarray) -> bytes:
    """Return values as the bytes of a ``.npy`` file."""
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(values), allow_pickle=False)
    return buffer.getvalue()


def write_file(
    project: Project, array_id: int, start: int, stop: int, data: bytes, *, folder: str, suffix: str
) -> Shard:
    """Write one shard's bytes under *folder*: temporary name, sync, rename."""
    name = f"{folder}/{array_id:05d}/{start:09d}-{stop:09d}.{suffix}"
    return _write_shard(project, Shard(array_id, start, stop, name, 0), data)


def _write_shard(project: Project, shard: Shard, data: bytes) -> Shard:
    _write(project, project.folder / shard.file, data)
    return replace(shard, checksum=zlib.crc32(data))


def _write(project: Project, path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)
    except OSError as error:
        message = explain(error, project.folder)
        if message is None:
            raise
        raise ProjectError(message) from error


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that under its name there is either all of it or nothing new."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with unfinished.open("wb") as file:
            _write_sparsely(file, data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _write_sparsely(file: BinaryIO, data: bytes) -> None:
    """Write data, leaving holes where there are only zeros: tiles of objects without images take no place on disk."""
    for start in range(0, len(data), len(_ZEROS)):
        part = data[start : start + len(_ZEROS)]
        if part == _ZEROS:
            file.seek(len(part), os.SEEK_CUR)
        else:
            file.write(part)
    file.truncate(len(data))


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder, and needs no sync of it
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def enter(conn: sqlite3.Connection, shards: Iterable[Shard]) -> None:
    """Enter written shards in the database; each must continue its array without a gap."""
    for shard in shards:
        stop = _stop(conn, shard.array_id)
        if shard.start != stop:
            message = f"shard {shard.file} begins at object {shard.start}, but its array ends at {stop}"
            raise ValueError(message)
        conn.execute(
            "INSERT INTO shard VALUES (?, ?, ?, ?, ?)",
            (shard.array_id, shard.start, shard.stop, shard.file, shard.checksum),
        )


def _stop(conn: sqlite3.Connection, array_id: int) -> int:
    return int(
        conn.execute("SELECT coalesce(max(stop), 0) FROM shard WHERE array_id = ?", (array_id,)).fetchone()[0]
    )


def listing(project: Project, kind: str | None = None) -> list[ArrayRecord]:
    """Return every array of a kind (all kinds: None), oldest first, all versions."""
    with project.read() as conn:
        rows = conn.execute(
            "SELECT a.*, coalesce(max(s.stop), 0) AS stop FROM array a LEFT JOIN shard s USING (array_id) "
            "WHERE ? IS NULL OR kind = ? GROUP BY array_id ORDER BY array_id",
            (kind, kind),
        ).fetchall()
    return [_record(row) for row in rows]


def find(project: Project, kind: str, name: str, version: int | None = None) -> ArrayRecord | None:
    """Return the newest version of an array, or the one asked for; None where there is none."""
    found = [a for a in listing(project, kind) if a.name == name and version in (None, a.version)]
    return found[-1] if found else None


def read(project: Project, array: ArrayRecord, *, start: int = 0, stop: int | None = None) -> np.ndarray:
    """
    Return the rows *start* to *stop* of an array.

    Returns
    -------
    values : array, shape (stop - start,) or (stop - start, width, ...)
        Memory-mapped and read-only where one shard holds them all. Fewer rows where the array
        covers fewer objects.

    Raises
    ------
    ProjectError
        If a file is gone or damaged.
    """
    stop = array.stop if stop is None else min(stop, array.stop)
    with project.read() as conn:
        rows = conn.execute(
            "SELECT start, stop, file FROM shard WHERE array_id = ? AND start < ? AND stop > ? ORDER BY start",
            (array.array_id, stop, start),
        ).fetchall()
    pieces = [
        open_shard(project, row["file"])[max(start - row["start"], 0) : stop - row["start"]] for row in rows
    ]
    if len(pieces) == 1:
        return pieces[0]
    if not pieces:
        return np.empty((0, array.width) if array.width else 0, dtype=array.dtype)
    return np.concatenate(pieces)


def read_rows(project: Project, array: ArrayRecord, numbers: Sequence[int] | np.ndarray) -> np.ndarray:
    """
    Return the rows of some objects, in their order, without reading those of the others.

    Raises
    ------
    ProjectError
        If a file is gone or damaged.
    IndexError
        If the array does not cover one of the objects.
    """
    return RowReader(project, array).rows(numbers)


class RowReader:
    """Reads rows of one array, again and again; a shard that was needed once stays open (memory-mapped)."""

    def __init__(self, project: Project, array: ArrayRecord) -> None:
        self.array = array
        self._project = project
        self._opened: dict[str, np.ndarray] = {}
        with project.read() as conn:
            self._shards = conn.execute(
                "SELECT start, stop, file FROM shard WHERE array_id = ? ORDER BY start", (array.array_id,)
            ).fetchall()

    def rows(self, numbers: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return the rows of some objects as :func:`read_rows` does."""
        wanted = np.asarray(numbers, np.int64)
        array = self.array
        if len(wanted) and not 0 <= wanted.min() <= wanted.max() < array.stop:
            message = f"{array.kind} {array.name} covers objects 0 to {array.stop - 1}"
            raise IndexError(message)
        found = np.empty((len(wanted), array.width) if array.width else len(wanted), dtype=array.dtype)
        for row in self._shards:
            here = (wanted >= row["start"]) & (wanted < row["stop"])
            if here.any():
                found[here] = self._shard(row["file"])[wanted[here] - row["start"]]
        return found

    def _shard(self, file: str) -> np.ndarray:
        if file not in self._opened:
            self._opened[file] = open_shard(self._project, file)
        return self._opened[file]


def read_values(project: Project, kind: str, number: int) -> list[tuple[ArrayRecord, Any]]:
    """
    Return what the newest version of every array of a kind says of one object, in the order of the arrays.

    Arrays that do not cover the object are left out.
    """
    newest = {array.name: array for array in listing(project, kind)}
    with project.read() as conn:
        rows = conn.execute(
            "SELECT array_id, start, file FROM shard JOIN array USING (array_id) "
            "WHERE kind = ? AND start <= ? AND stop > ?",
            (kind, number, number),
        ).fetchall()
    files = {row["array_id"]: (row["file"], number - row["start"]) for row in rows}
    return [
        (array, open_shard(project, files[array.array_id][0])[files[array.array_id][1]])
        for array in newest.values()
        if array.array_id in files
    ]


def read_array(project: Project, kind: str, name: str) -> np.ndarray:
    """
    Return all rows of the newest version of an array.

    Raises
    ------
    MissingArrayError
        If there is none.
    """
    array = find(project, kind, name)
    if array is None:
        message = f"this project has no {kind} {name}"
        raise MissingArrayError(message)
    return read(project, array)


def open_shard(project: Project, file: str) -> np.ndarray:
    """Return a shard's values, memory-mapped."""
    try:
        return np.asarray(np.load(project.folder / file, mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError, EOFError) as error:
        message = (
            f"{project.folder / file} cannot be read ({error}). Run: morphoexplore check {project.folder}"
        )
        raise ProjectError(message) from error


def write_blob(project: Project, name: str, values: dict[str, np.ndarray]) -> None:
    """Write named arrays that are not by object (a fitted space, say) to ``arrays/NAME.npz``."""
    buffer = io.BytesIO()
    np.savez(buffer, **values)  # type: ignore[arg-type]
    _write(project, _blob_path(project, name), buffer.getvalue())


def read_blob(project: Project, name: str) -> dict[str, np.ndarray]:
    """Return what :func:`write_blob` wrote."""
    path = _blob_path(project, name)
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
            return dict(found)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        message = f"{path} cannot be read ({error}). Restore it from a backup."
        raise ProjectError(message) from error


def _blob_path(project: Project, name: str) -> Path:
    return project.folder / "arrays" / f"{name}.npz"


def blobs(project: Project) -> list[str]:
    """Return the names of the blobs that an array of the database needs."""
    with project.read() as conn:
        rows = conn.execute(
            "SELECT DISTINCT json_extract(parameters, '$.blob') AS blob FROM array WHERE blob IS NOT NULL"
        ).fetchall()
    return [row[0] for row in rows]


def strays(project: Project) -> list[Path]:
    """Return files below ``arrays/`` and ``tiles/`` that no row of the database names."""
    with project.read() as conn:
        known = {row[0] for row in conn.execute("SELECT file FROM shard")}
    known |= {f"arrays/{name}.npz" for name in blobs(project)}
    found = [
        path
        for top in ("arrays", "tiles")
        for path in sorted((project.folder / top).rglob("*"))
        if path.is_file()
    ]
    return [path for path in found if path.relative_to(project.folder).as_posix() not in known]


def sweep(project: Project) -> int:
    """Remove what killed runs left below ``arrays/`` and ``tiles/``; return the number of bytes freed."""
    freed = 0
    for path in strays(project):
        freed += path.stat().st_size
        path.unlink(missing_ok=True)
    return freed


def _record(row: sqlite3.Row) -> ArrayRecord:
    return ArrayRecord(
        row["array_id"],
        row["kind"],
        row["name"],
        row["version"],
        row["dtype"],
        row["width"],
        row["run_id"],
        json.loads(row["parameters"]),
        row["stop"],
    )
