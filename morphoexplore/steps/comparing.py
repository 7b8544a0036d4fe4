"""Which feature set understands the images: the nearest neighbours of a few random objects in each, to be looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from morphoexplore.errors import WrongValueError
from morphoexplore.steps import ranking
from morphoexplore.store import arrays, morphospace
from morphoexplore.store.arrays import ArrayRecord
from morphoexplore.store.project import Project

CHUNK = 65_536
OBJECTS, NEAREST = 10, 8
SPARE = 10  # times as many objects are drawn as are wanted, because some have no features


def some_objects(
    project: Project, names: Sequence[str], *, random_state: int = 0, most: int = OBJECTS
) -> np.ndarray:
    """
    Draw objects that have features in all of some sets.

    Parameters
    ----------
    names : sequence of str
        Feature sets; ``joined`` is the morphospace.

    Returns
    -------
    numbers : array of int64, shape (at most *most*,)
    """
    sets = [_array(project, name) for name in names]
    n = min((array.stop for array in sets), default=0)
    drawn = np.random.default_rng(random_state).choice(n, min(n, SPARE * most), replace=False)
    for array in sets:
        drawn = drawn[np.isfinite(arrays.read_rows(project, array, drawn)).all(axis=1)]
    return drawn[:most].astype(np.int64)


def nearest(project: Project, name: str, numbers: Sequence[int], *, most: int = NEAREST) -> np.ndarray:
    """
    Return the objects nearest to some in a feature set, or in the morphospace, among all objects.

    Reads where the set places the objects part by part, and holds one part at a time.

    Parameters
    ----------
    name : str
        A feature set; ``joined`` is the morphospace.
    numbers : sequence of int
        Objects with features in that set.

    Returns
    -------
    nearest : array of int64, shape (n_numbers, most)
        Nearest first; -1 where there are fewer.

    Raises
    ------
    WrongValueError
        If there is no such set, or it was not ranked yet.
    """
    from morphoexplore.methods.neighbours import nearest_in_parts

    array = _places(project, name)
    rows = np.asarray(numbers, dtype=np.int64)
    queries = arrays.read_rows(project, array, rows).astype(np.float32)
    parts = (
        (start, np.asarray(arrays.read(project, array, start=start, stop=start + CHUNK), dtype=np.float32))
        for start in range(0, array.stop, CHUNK)
    )
    return nearest_in_parts(parts, queries, most, own=rows)


def _array(project: Project, name: str) -> ArrayRecord:
    found = (
        morphospace.embedding(project, morphospace.PCA)
        if name == ranking.JOINED
        else arrays.find(project, morphospace.FEATURES, name)
    )
    if found is None:
        known = ", ".join(one.name for one in morphospace.feature_sets(project)) or "none yet"
        message = f"There is no feature set {name!r}. Feature sets: {known}."
        raise WrongValueError(message)
    return found


def _places(project: Project, name: str) -> ArrayRecord:
    """Return the array of where a set, or the morphospace, places the objects."""
    array = _array(project, name)
    if array.kind == morphospace.EMBEDDING:
        return array
    ranked = ranking.rankings(project).get(name)
    if ranked is None or ranked.places is None:
        message = (
            f"Objects cannot be compared in {name} yet: it does not cover all of them, all are alike in it, or an earlier "
            f"version of the program made it. To make up for it: morphoexplore embed {project.folder}"
        )
        raise WrongValueError(message)
    return ranked.places
