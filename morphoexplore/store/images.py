"""
Images of objects: where they lie, and the tiles and pictures drawn from them.

A tile is 64 x 64 grey pixels, raw, for maps and overviews. A picture is a JPEG of at most 256 px for review.
Both are packed in shards by object number, so that a page of a hundred is a handful of reads.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from morphoexplore.errors import ProjectError
from morphoexplore.store import arrays
from morphoexplore.store.project import Project

TILE_SIDE = 64


@dataclass(frozen=True)
class ImageSource:
    """Where the images of one `add` lie, and how they are read."""

    source_id: int
    path: str
    root: Path
    crop_bottom: int
    white_level: int


def sources(project: Project) -> dict[int, ImageSource]:
    """Return all image sources by number, each with the root where its images are found now."""
    with project.read() as conn:
        rows = conn.execute("SELECT * FROM source ORDER BY source_id").fetchall()
    return {
        row["source_id"]: ImageSource(
            row["source_id"], row["path"], _root(project, row), row["crop_bottom"], row["white_level"]
        )
        for row in rows
    }


def _root(project: Project, row: sqlite3.Row) -> Path:
    """Return the image root: relative to the project first, because folders move together."""
    if row["image_root_relative"] is not None:
        near = (project.folder / row["image_root_relative"]).resolve()
        if near.exists():
            return near
    return Path(row["image_root"])


def relative_root(project: Project, root: Path) -> str | None:
    """Return *root* relative to the project folder; None where there is no such way (another drive)."""
    try:
        return Path(os.path.relpath(root.resolve(), project.folder.resolve())).as_posix()
    except ValueError:
        return None


def put_source(
    conn: sqlite3.Connection,
    project: Project,
    *,
    run_id: int,
    path: Path,
    format: str,
    root: Path,
    crop_bottom: int,
    white_level: int,
) -> int:
    """Enter a source of images; return its number (the same one for the same path, root and options)."""
    known = conn.execute(
        "SELECT source_id FROM source WHERE path = ? AND image_root = ? AND crop_bottom = ? AND white_level = ?",
        (str(path.resolve()), str(root.resolve()), crop_bottom, white_level),
    ).fetchone()
    if known is not None:
        return int(known[0])
    cursor = conn.execute(
        "INSERT INTO source (run_id, path, format, image_root, image_root_relative, crop_bottom, white_level) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            run_id,
            str(path.resolve()),
            format,
            str(root.resolve()),
            relative_root(project, root),
            crop_bottom,
            white_level,
        ),
    )
    return int(cursor.lastrowid or 0)


def move_sources(project: Project, old: Path, new: Path) -> int:
    """
    Look for images below *new* that were below *old*; return how many sources that concerns.

    Raises
    ------
    ProjectError
        If no source lies below *old*, or *new* does not hold what *old* held.
    """
    spellings = {old.absolute(), old.resolve()}  # the old place need not exist any more
    moved = [
        (source.source_id, new / source.root.relative_to(place))
        for source in sources(project).values()
        for place in spellings
        if source.root.is_relative_to(place)
    ]
    if not moved:
        roots = ", ".join(sorted({str(source.root) for source in sources(project).values()})) or "nowhere yet"
        message = f"No images of this project lie below {old}. They lie in: {roots}."
        raise ProjectError(message)
    for _, root in moved:
        if not root.exists():
            message = f"{root} does not exist, so the images are not there either."
            raise ProjectError(message)
    with project.write() as conn:
        conn.executemany(
            "UPDATE source SET image_root = ?, image_root_relative = ? WHERE source_id = ?",
            [(str(root.resolve()), relative_root(project, root), source_id) for source_id, root in moved],
        )
    return len(moved)


def first_images(project: Project, start: int, stop: int) -> list[tuple[int, str] | None]:
    """Return (source, path) of the image with the lowest rank for each object, None where it has none."""
    with project.read() as conn:
        rows = conn.execute(
            "SELECT object, source_id, path, min(rank) FROM image WHERE object >= ? AND object < ? GROUP BY object",
            (start, stop),
        ).fetchall()
    found: list[tuple[int, str] | None] = [None] * (stop - start)
    for row in rows:
        found[row["object"] - start] = (row["source_id"], row["path"])
    return found


def images_of(project: Project, number: int) -> list[sqlite3.Row]:
    """Return the image rows of an object, lowest rank first."""
    with project.read() as conn:
        return conn.execute("SELECT * FROM image WHERE object = ? ORDER BY rank", (number,)).fetchall()


def pack_pictures(pictures: Sequence[bytes]) -> bytes:
    """Pack pictures: n + 1 offsets (little-endian int64), then the pictures one after the other."""
    ends = np.cumsum([0, *(len(picture) for picture in pictures)], dtype="<i8") + 8 * (len(pictures) + 1)
    return ends.tobytes() + b"".join(pictures)


def picture(project: Project, number: int) -> bytes:
    """
    Return the JPEG of an object, empty where it has no readable image.

    Raises
    ------
    ProjectError
        If the pack is gone or damaged.
    """
    with project.read() as conn:
        row = conn.execute(
            "SELECT start, stop, file FROM shard JOIN array USING (array_id) "
            "WHERE kind = 'picture' AND start <= ? AND stop > ?",
            (number, number),
        ).fetchone()
    if row is None:
        return b""
    path = project.folder / row["file"]
    try:
        with path.open("rb") as file:
            file.seek(8 * (number - row["start"]))
            begin, end = np.frombuffer(file.read(16), "<i8").tolist()
            file.seek(begin)
            data = file.read(max(end - begin, 0))
        if len(data) != end - begin:
            message = "it is cut off"
            raise ValueError(message)
        return data
    except (OSError, ValueError) as error:
        message = f"{path} cannot be read ({error}). Run: morphoexplore check {project.folder}"
        raise ProjectError(message) from error


def tiles(project: Project) -> np.ndarray:
    """Return the tiles of all objects drawn so far, shape (n, 64, 64), uint8."""
    return arrays.read_array(project, "tile", "tiles")
