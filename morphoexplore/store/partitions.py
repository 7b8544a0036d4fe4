"""Partitions of the morphospace into cells: what there is, and reading it."""

from __future__ import annotations

import numpy as np

from morphoexplore.errors import StepMissingError
from morphoexplore.store import arrays
from morphoexplore.store.arrays import ArrayRecord
from morphoexplore.store.project import Project

PARTITION = "partition"
CELLS = "cells"
NO_CELL = -1


def newest(project: Project) -> ArrayRecord | None:
    """
    Return the newest partition, None where there is none.

    Its parameters: ``cells, dims, weight, random_state``; ``space`` (of the morphospace, the number of the run that made it);
    ``blob`` (of the centroids); ``fitted`` (objects that it was fitted to).
    """
    found = [array for array in arrays.listing(project, PARTITION) if array.stop]
    return found[-1] if found else None


def require(project: Project) -> ArrayRecord:
    """
    Return the newest partition.

    Raises
    ------
    StepMissingError
        If there is none, or it does not cover all objects yet.
    """
    array, n = newest(project), project.count_objects()
    verb = f"partition {project.folder}"
    if array is None:
        raise StepMissingError(missing="partition", verb=verb)
    if array.stop < n:
        raise StepMissingError(missing=f"partition of {n - array.stop} of its {n} objects", verb=verb)
    return array


def read(project: Project, array: ArrayRecord) -> np.ndarray:
    """Return the cell of every object, shape (n,), 1 and up; `NO_CELL` (-1) where an object has no features."""
    return arrays.read(project, array)


def centroids(project: Project, array: ArrayRecord) -> np.ndarray:
    """Return the middles of cells 1, 2, ..., shape (n_cells, dims)."""
    return arrays.read_blob(project, array.parameters["blob"])["centroids"]
