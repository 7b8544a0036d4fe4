"""What the map draws, as arrays: where every object stands, and a column that colours it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from morphoexplore.errors import StepMissingError
from morphoexplore.store import arrays, morphospace
from morphoexplore.store.arrays import ArrayRecord
from morphoexplore.store.project import Project

SPACES = {"map": "Map", "pc12": "PC1 and PC2"}
_EMBEDDINGS = {"map": morphospace.MAP, "pc12": morphospace.PCA}
MOST = 65535  # positions are numbers from 0 to this
_ORDER = 20  # random state of the order in which points are drawn


@dataclass(frozen=True)
class Points:
    """
    The objects that have a position in a space, in a random order that is always the same.

    Where points cover each other the last drawn is seen: in a random order that is fair.

    Attributes
    ----------
    x, y : array of uint16, shape (n,)
        Position; the wider of the two axes goes from 0 to 65535, the other one has the same scale.
    objects : array of uint32, shape (n,)
        Their numbers.
    version : str
        Changes when the positions do.
    """

    x: np.ndarray
    y: np.ndarray
    objects: np.ndarray
    version: str

    def packed(self) -> bytes:
        """Return all x, all y, all object numbers, little-endian."""
        parts = (self.x.astype("<u2"), self.y.astype("<u2"), self.objects.astype("<u4"))
        return b"".join(part.tobytes() for part in parts)


def spaces(project: Project) -> dict[str, str]:
    """Return the spaces that this project has, with their titles."""
    return {space: title for space, title in SPACES.items() if _find(project, space) is not None}


def version(project: Project, space: str) -> str | None:
    """Return the version of a space's positions, None where it has none."""
    array = _find(project, space)
    return None if array is None else fingerprint(project, array)


def fingerprint(project: Project, array: ArrayRecord) -> str:
    """Return what changes when an array does, in this project or another one in its place."""
    with project.read() as conn:
        rows = conn.execute(
            "SELECT start, stop, checksum FROM shard WHERE array_id = ? ORDER BY start", (array.array_id,)
        ).fetchall()
    text = repr([(array.name, array.version), *(tuple(row) for row in rows)])
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def points(project: Project, space: str) -> Points:
    """
    Return the points of a space.

    Raises
    ------
    StepMissingError
        If the project has no such space yet.
    """
    array = _find(project, space)
    if array is None:
        raise StepMissingError(missing="map", verb=f"embed {project.folder}")
    positions = np.asarray(arrays.read(project, array)[:, :2], dtype=np.float64)
    objects = np.flatnonzero(np.isfinite(positions).all(axis=1))
    objects = np.random.default_rng(_ORDER).permutation(objects)
    scaled = _scale(positions[objects])
    return Points(scaled[:, 0], scaled[:, 1], objects.astype(np.uint32), fingerprint(project, array))


def _find(project: Project, space: str) -> ArrayRecord | None:
    """Return the array of a space: two columns at least, and a row at least."""
    name = _EMBEDDINGS.get(space)
    array = None if name is None else morphospace.embedding(project, name)
    return array if array is not None and array.width >= 2 else None


def _scale(positions: np.ndarray) -> np.ndarray:
    """Return positions as uint16, the middle of their range in the middle."""
    if not len(positions):
        return np.empty((0, 2), np.uint16)
    low, high = positions.min(axis=0), positions.max(axis=0)
    span = float((high - low).max()) or 1.0
    scaled = (positions - (low + high) / 2) / span + 0.5
    return np.clip(np.rint(scaled * MOST), 0, MOST).astype(np.uint16)
