"""
Images of objects: where they lie, and the tiles and pictures drawn from them.

A tile is 64 x 64 grey pixels, raw, for maps and overviews. A picture is a JPEG of at most 256 px for review.
Both are packed in shards by object number, so that a page of a hundred is a handful of reads.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
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


def note_blank(conn: sqlite3.Connection, found: Sequence[tuple[int, str]]) -> None:
    """Note of objects (number, reason) that their first image, though it can be read, shows nothing to be measured."""
    conn.executemany(
        "UPDATE image SET problem = ? WHERE object = ? AND width IS NOT NULL "
        "AND rank = (SELECT min(rank) FROM image AS other WHERE other.object = image.object)",
        [(reason, number) for number, reason in found],
    )


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


def count_to_last_image(project: Project) -> int:
    """Return how many objects there are up to the last one that has an image."""
    with project.read() as conn:
        return int(conn.execute("SELECT coalesce(max(object) + 1, 0) FROM image").fetchone()[0])


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
    return pictures_of(project, [number])[0]


def tiles(project: Project) -> np.ndarray:
    """Return the tiles of all objects drawn so far, shape (n, 64, 64), uint8."""
    return arrays.read_array(project, "tile", "tiles")


def tiles_of(project: Project, numbers: Sequence[int]) -> np.ndarray:
    """
    Return the tiles of some objects, in their order.

    Returns
    -------
    tiles : array of uint8, shape (len(numbers), 64, 64)
        Zeros where an object is not drawn yet or has no readable image.
    """
    return PackReader(project).tiles(numbers)


def pictures_of(project: Project, numbers: Sequence[int]) -> list[bytes]:
    """Return the JPEGs of some objects, in their order; empty where an object has no readable image."""
    return PackReader(project).pictures(numbers)


@dataclass(frozen=True)
class _Packs:
    """The shards of one array: where each begins, where each ends, and its file."""

    array_id: int
    starts: np.ndarray
    stops: np.ndarray
    files: list[str]
    checksum: int  # of the last shard

    @property
    def stop(self) -> int:
        return int(self.stops[-1]) if len(self.stops) else 0


class PackReader:
    """
    Reads tiles and pictures of any objects without looking at those of the others.

    It remembers only where the shards lie, and asks the database whether there are more of them; files are opened
    for each reading, so that it may be used by several threads and holds nothing open.

    Examples
    --------
    >>> PackReader(project).tiles([5, 3]).shape  # doctest: +SKIP
    (2, 64, 64)
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self._known: dict[str, _Packs] = {}

    def state(self) -> tuple[str, int]:
        """Return a text that changes when the pictures do, and the number of the first object not drawn yet."""
        packs = self._packs("picture")
        return f"{packs.array_id}-{packs.stop}-{packs.checksum:x}", packs.stop

    def tiles(self, numbers: Sequence[int]) -> np.ndarray:
        """Return tiles as :func:`tiles_of` does."""
        found = np.zeros((len(numbers), TILE_SIDE, TILE_SIDE), np.uint8)
        size = TILE_SIDE * TILE_SIDE
        for file, start, stop, places in self._by_file("tile", numbers):
            with _reading(self.project, file) as stream:
                header = stream.seek(0, os.SEEK_END) - (stop - start) * size  # rows end with the file
                for place in places:
                    stream.seek(header + (numbers[place] - start) * size)
                    row = np.frombuffer(stream.read(size), np.uint8)
                    found[place] = row.reshape(TILE_SIDE, TILE_SIDE)
        return found

    def pictures(self, numbers: Sequence[int]) -> list[bytes]:
        """Return JPEGs as :func:`pictures_of` does."""
        found = [b""] * len(numbers)
        for file, start, _, places in self._by_file("picture", numbers):
            with _reading(self.project, file) as stream:
                for place in places:
                    stream.seek(8 * (numbers[place] - start))
                    begin, end = np.frombuffer(stream.read(16), "<i8").tolist()
                    stream.seek(begin)
                    found[place] = stream.read(max(end - begin, 0))
                    if len(found[place]) != end - begin:
                        message = "it is cut off"
                        raise ValueError(message)
        return found

    def _by_file(self, kind: str, numbers: Sequence[int]) -> Iterator[tuple[str, int, int, list[int]]]:
        """Yield each file that is needed, the objects it covers, and the places in *numbers* that it serves."""
        packs = self._packs(kind)
        shard = np.searchsorted(packs.stops, np.asarray(numbers, np.int64), side="right").tolist()
        places: dict[int, list[int]] = {}
        for place, which in enumerate(shard):
            if which < len(packs.files) and numbers[place] >= packs.starts[which]:
                places.setdefault(which, []).append(place)
        for which in sorted(places):
            yield packs.files[which], int(packs.starts[which]), int(packs.stops[which]), places[which]

    def _packs(self, kind: str) -> _Packs:
        """Return the shards of the newest version of a kind; read anew where the database has others."""
        with self.project.read() as conn:
            last = conn.execute(
                "SELECT array_id, stop, checksum FROM shard JOIN array USING (array_id) WHERE kind = ? "
                "ORDER BY version DESC, start DESC LIMIT 1",
                (kind,),
            ).fetchone()
            if last is None:
                return _Packs(0, np.zeros(0, np.int64), np.zeros(0, np.int64), [], 0)
            known = self._known.get(kind)
            if known is not None and (known.array_id, known.stop, known.checksum) == tuple(last):
                return known
            rows = conn.execute(
                "SELECT start, stop, file FROM shard WHERE array_id = ? ORDER BY start", (last["array_id"],)
            ).fetchall()
        packs = _Packs(
            last["array_id"],
            np.array([row["start"] for row in rows], np.int64),
            np.array([row["stop"] for row in rows], np.int64),
            [row["file"] for row in rows],
            last["checksum"],
        )
        self._known[kind] = packs
        return packs


@contextmanager
def _reading(project: Project, file: str) -> Iterator[FileIO]:
    """Open a pack to read pieces of it; what goes wrong is said in a sentence."""
    path = project.folder / file
    try:
        with FileIO(path) as stream:
            yield stream
    except (OSError, ValueError) as error:
        message = f"{path} cannot be read ({error}). Run: morphoexplore check {project.folder}"
        raise ProjectError(message) from error
