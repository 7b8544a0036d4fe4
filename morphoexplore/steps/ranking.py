"""
Which feature set shows groups: a score that needs no labels, of each set and of all of them joined.

The score is the null ratio of `methods/seeding.py`, at one setting, on the same objects for every set. It is computed
when `extract` or `embed` has covered all objects. Beside it are kept the objects as the set alone places them, small and
to scale, so that what it takes for alike can be looked at without reading the set.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from morphoexplore.store import arrays, morphospace, objects
from morphoexplore.store.arrays import ArrayRecord, Shard
from morphoexplore.store.project import Project
from morphoexplore.store.runs import Run

if TYPE_CHECKING:
    from morphoexplore.methods.embedding import Morphospace

RANKING = "ranking"
JOINED = "joined"
SAMPLE = 20_000
"""Objects that are looked at, at most."""

FEWEST = 50  # fewer show no groups that could be told from chance
PLACE_DIMS = 64
SHARD = 65_536
DECIMALS = 2


@dataclass(frozen=True)
class Ranking:
    """
    The score of a feature set, or of the joined morphospace.

    Attributes
    ----------
    name : str
        Of the feature set; ``joined`` for the morphospace.
    null_ratio : float or None
        Objects in groups of 5 and more over those in such groups of data without structure; below 1.5 the features
        show no groups. None where fewer than 50 objects have features, or these do not vary.
    objects : int
        Objects that it was computed from.
    covered : int
        Objects that the set covered then.
    places : ArrayRecord or None
        Where the set alone places the objects (float16, at most 64 principal components, near means alike). None for
        a set that does not vary.
    """

    name: str
    null_ratio: float | None
    objects: int
    covered: int
    places: ArrayRecord | None


def rank(project: Project, run: Run) -> dict[str, float]:
    """
    Score what covers all objects and was not scored as it is now.

    Parameters
    ----------
    run : Run
        The run that made it.

    Returns
    -------
    ratios : dict of str to float
        Null ratio of each set that was scored now; ``joined`` is the morphospace. Sets in which too few objects, or
        only equal ones, have features are left out.
    """
    due = _due(project)
    found = {
        _name(array): rank_set(project, run, array)
        for array in (run.progress(due, label="looking for groups", total=len(due)) if due else ())
    }
    if found:
        arrays.sweep(project)  # what was kept of scores before
    return {name: ratio for name, ratio in found.items() if ratio is not None}


def is_due(project: Project) -> bool:
    """Tell whether `rank` would score anything."""
    return bool(_due(project))


def rank_set(project: Project, run: Run, array: ArrayRecord) -> float | None:
    """Score one feature set, or the morphospace, and keep the score; None where there is nothing to score."""
    from morphoexplore.methods.seeding import null_ratio

    rows = _sample(array.stop)
    shards: list[Shard] = []
    dims = array.width
    if array.kind == morphospace.EMBEDDING:
        vectors = arrays.read_rows(project, array, rows)
    else:
        view, reference, vectors = _brought_to_scale(project, array, rows)
        if view is not None:
            dims = view.dims
            shards = list(_place_all(project, run, array, view, reference))
    vectors = vectors[np.isfinite(vectors).all(axis=1)]
    ratio = round(null_ratio(vectors), DECIMALS) if len(vectors) >= FEWEST else None
    parameters = {"of": array.array_id, "covered": array.stop, "objects": len(vectors), "null_ratio": ratio}
    name = _name(array)
    with project.write() as conn:
        arrays.drop(conn, RANKING, name)  # it has no worth any more, and is large
        array_id = arrays.declare(
            conn,
            RANKING,
            name,
            dtype="f2",
            width=dims,
            run_id=run.run_id,
            parameters=parameters,
            new_version=True,
        )
        arrays.enter(conn, [replace(shard, array_id=array_id) for shard in shards])
    return ratio


def _brought_to_scale(
    project: Project, array: ArrayRecord, rows: np.ndarray
) -> tuple[Morphospace | None, float | None, np.ndarray]:
    """Fit the scaling of a set to some objects; return it (None where nothing varies), the pixel size, their places."""
    from morphoexplore.methods.embedding import fit_morphospace
    from morphoexplore.steps import pixel_size
    from morphoexplore.steps.extracting import read_block

    reference = pixel_size.reference(project)
    block = {array.name: read_block(project, array, reference, rows)}
    try:
        view = fit_morphospace(block, max_dims=PLACE_DIMS)
    except ValueError:
        return None, reference, np.empty((0, array.width), np.float32)
    return view, reference, view.project(block)


def _place_all(
    project: Project, run: Run, array: ArrayRecord, view: Morphospace, reference: float | None
) -> Iterator[Shard]:
    """Write where a set places all objects, a shard at a time."""
    from morphoexplore.steps.extracting import compare_sizes

    ratios = None if reference is None else objects.pixel_sizes(project) / reference
    for start in range(0, array.stop, SHARD):
        values = np.asarray(arrays.read(project, array, start=start, stop=start + SHARD))
        if ratios is not None:
            values = compare_sizes(array, values, ratios[start : start + len(values)])
        places = view.project({array.name: values}).astype(np.float16)
        yield arrays.write_loose_shard(project, f"run-{run.run_id}-{array.array_id}", start, places)


def rankings(project: Project) -> dict[str, Ranking]:
    """Return the score of each feature set as it is now, and of the morphospace (``joined``), where there is one."""
    there = {_name(array): array.array_id for array in _there(project, whole=False)}
    return {
        array.name: Ranking(
            array.name,
            array.parameters["null_ratio"],
            array.parameters["objects"],
            array.parameters["covered"],
            array if array.stop else None,
        )
        for array in arrays.listing(project, RANKING)
        if there.get(array.name) == array.parameters["of"]
    }


def ratio_of(project: Project, name: str) -> float | None:
    """Return the null ratio of a feature set, or of the morphospace (``joined``); None where there is none."""
    known = rankings(project).get(name)
    return None if known is None else known.null_ratio


def best(ratios: dict[str, float | None]) -> str | None:
    """Return the name with the highest null ratio; None where fewer than two have one."""
    known = {name: ratio for name, ratio in ratios.items() if ratio is not None}
    return max(known, key=lambda name: known[name]) if len(known) > 1 else None


def _there(project: Project, *, whole: bool = True) -> list[ArrayRecord]:
    """Return the feature sets and the morphospace; those that cover all objects, or any."""
    space = morphospace.embedding(project, morphospace.PCA)
    found = [*morphospace.feature_sets(project), *([] if space is None else [space])]
    n = project.count_objects() if whole else 0
    return [array for array in found if array.stop >= n]


def _due(project: Project) -> list[ArrayRecord]:
    known = rankings(project)
    covered = {name: ranking.covered for name, ranking in known.items()}
    return [
        array
        for array in _there(project)
        if array.stop >= FEWEST and covered.get(_name(array), 0) < array.stop
    ]


def _name(array: ArrayRecord) -> str:
    return JOINED if array.kind == morphospace.EMBEDDING else array.name


def _sample(n: int) -> np.ndarray:
    """Return the objects to look at, the same for every set that covers n objects."""
    return np.sort(np.random.default_rng(0).choice(n, min(n, SAMPLE), replace=False))
