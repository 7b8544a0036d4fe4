"""Feature sets and the embeddings computed from them: what there is, and reading it."""

from __future__ import annotations

from typing import Any

import numpy as np

from morphoexplore.errors import StepMissingError
from morphoexplore.store import arrays
from morphoexplore.store.arrays import ArrayRecord
from morphoexplore.store.project import Project

FEATURES = "features"
EMBEDDING = "embedding"
PCA = "pca"
MAP = "map"
NEIGHBOURS = "neighbours"


def feature_sets(project: Project) -> list[ArrayRecord]:
    """Return the newest version of every feature set, in the order in which they were first extracted."""
    newest: dict[str, ArrayRecord] = {}
    for array in arrays.listing(project, FEATURES):
        newest[array.name] = array
    return list(newest.values())


def embedding(project: Project, name: str) -> ArrayRecord | None:
    """Return the newest version of an embedding that has any rows, None where there is none."""
    found = [array for array in arrays.listing(project, EMBEDDING) if array.name == name and array.stop]
    return found[-1] if found else None


def read_pca(project: Project) -> np.ndarray:
    """
    Return the morphospace: the position of every object, shape (n, dims), NaN where it has no features.

    Raises
    ------
    StepMissingError
        If nothing was embedded yet.
    """
    return _read(project, PCA)


def read_map(project: Project) -> np.ndarray:
    """Return the map, shape (n, 2), NaN where an object has no features."""
    return _read(project, MAP)


def read_neighbours(project: Project) -> tuple[np.ndarray, np.ndarray]:
    """
    Return the stored neighbour graph.

    Returns
    -------
    neighbours : array of int32, shape (n, k)
        Object numbers of the nearest objects, nearest first; -1 where an object has no features.
    distances : array of float32, shape (n, k)
        Euclidean distance in the morphospace.
    """
    return _read(project, NEIGHBOURS), _read(project, "distances")


def describe(project: Project) -> list[dict[str, Any]]:
    """Return name, dims and rows of every embedding that a person looks at."""
    found = [embedding(project, name) for name in (PCA, MAP)]
    return [
        {"name": array.name, "dims": array.width, "objects": array.stop}
        for array in found
        if array is not None
    ]


def _read(project: Project, name: str) -> np.ndarray:
    array = embedding(project, name)
    if array is None:
        raise StepMissingError(missing="embedding", verb=f"embed {project.folder}")
    return arrays.read(project, array)
