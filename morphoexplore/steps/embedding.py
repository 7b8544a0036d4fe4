"""``embed``: feature sets joined to a morphospace, its neighbour graph, and a map to look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

import numpy as np

from morphoexplore.errors import StepMissingError, WrongValueError
from morphoexplore.records import Progress, silent
from morphoexplore.steps import pixel_size, ranking, refining
from morphoexplore.steps.extracting import read_block
from morphoexplore.steps.joining import REFINED, is_refined, named, refuse_behind, refuse_without_size
from morphoexplore.store import arrays, morphospace, objects, runs
from morphoexplore.store.arrays import ArrayRecord
from morphoexplore.store.project import Project
from morphoexplore.store.runs import Run

NEIGHBOURS = 15
MAX_DIMS = 64
MANY_NEW = 2  # times as many objects as the morphospace was fitted to, beyond which a new one is proposed
STAGES = 3


def embed(
    project: Project,
    *,
    features: Sequence[str] | None = None,
    refit: bool = False,
    random_state: int | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """
    Place every object in the morphospace (``pca``) and on the map.

    The morphospace is fitted once and frozen: objects added later are projected into it, so that what was
    decided in it stays comparable. ``refit`` makes a new version.

    Parameters
    ----------
    features : sequence of str, optional
        Feature sets to join. Unless given: all but ``refined``; ``refined`` where the morphospace is made of that
        already. ``refined`` holds the others and is not joined with them.
    refit : bool
        Fit a new morphospace although there is one.
    random_state : int, optional
        Of the map's layout and of the rows a transformation is fitted on; that of the morphospace there is,
        else 0.

    Returns
    -------
    counts : dict
        ``dims``, ``explained`` (share of variance of all dimensions together), ``objects`` (placed now),
        ``there`` (placed before), ``without`` (objects without features), ``null_ratio`` (how clearly
        the joined sets show groups, see `ranking`; None for fewer than 50 objects), ``notes`` (sentences).

    Raises
    ------
    StepMissingError
        If there is no feature set, or one does not cover all objects yet.
    WrongValueError
        If a feature set is named that does not exist, the random state is not that of the morphospace, or
        the objects do not differ.
    """
    blocks = _blocks(project, features, progress)
    n = project.count_objects()
    former = morphospace.embedding(project, morphospace.PCA)
    is_same = former is not None and former.parameters["features"] == named(blocks) and not refit
    known = former if is_same else None
    random_state = _random_state(known, random_state)
    if known is not None and _is_whole(project, n) and not ranking.is_due(project):
        return _result(project, known, morphospace.read_pca(project), placed=0)
    parameters = {"features": named(blocks), "random_state": random_state, "refit": refit}
    with runs.run(project, "embed", parameters, progress=progress) as run:
        stages = run.progress(range(STAGES), label="embedding", total=STAGES)
        next(stages)
        array, placed = _place(project, run, blocks, known, random_state)
        next(stages)
        vectors = np.asarray(arrays.read(project, array))
        _link(project, run, array, vectors)
        next(stages)
        _lay_out(project, run, array, vectors, random_state)
        next(stages, None)
        ranking.rank(project, run)
        run.result = _result(project, array, vectors, placed=placed)
    return run.result


def _random_state(known: ArrayRecord | None, wanted: int | None) -> int:
    state = 0 if known is None else int(known.parameters["random_state"])
    if wanted is None or wanted == state or known is None:
        return state if wanted is None else wanted
    message = (
        f"The morphospace was made with random state {state}. Add --refit to make a new one with {wanted}."
    )
    raise WrongValueError(message)


def _blocks(project: Project, features: Sequence[str] | None, progress: Progress) -> list[ArrayRecord]:
    """Return the feature sets to join, each covering all objects."""
    there = {array.name: array for array in morphospace.feature_sets(project)}
    if not there:
        raise StepMissingError(missing="feature set", verb=f"extract {project.folder}")
    features = _usual(project, there) if features is None else features
    unknown = [name for name in features if name not in there]
    if unknown and unknown[0] == REFINED:
        raise StepMissingError(missing="refined features", verb=f"refine {project.folder}")
    if unknown:
        message = f"There is no feature set {unknown[0]!r}. Feature sets: {', '.join(there)}."
        raise WrongValueError(message)
    if REFINED in features:
        if set(features) != {REFINED}:
            message = (
                "The refined features are made of the others and stand alone: "
                f"morphoexplore embed {project.folder} --features {REFINED}"
            )
            raise WrongValueError(message)
        refining.describe_new(project, progress=progress)
        there = {array.name: array for array in morphospace.feature_sets(project)}
    chosen = [array for name, array in there.items() if name in features]
    refuse_behind(project, chosen)
    return chosen


def _usual(project: Project, there: Iterable[str]) -> list[str]:
    """Return the feature sets to join where none are named: a person goes on with what the morphospace is made of."""
    if is_refined(morphospace.embedding(project, morphospace.PCA)) and REFINED in there:
        return [REFINED]
    return [name for name in there if name != REFINED]


def _is_whole(project: Project, n: int) -> bool:
    """Tell whether pca, graph and map all cover every object and belong to one another."""
    found = [
        morphospace.embedding(project, name) for name in (morphospace.PCA, "neighbours", morphospace.MAP)
    ]
    if any(array is None or array.stop < n for array in found):
        return False
    return len({array.parameters["space"] for array in found if array is not None}) == 1


def _place(
    project: Project, run: Run, blocks: list[ArrayRecord], known: ArrayRecord | None, random_state: int
) -> tuple[ArrayRecord, int]:
    """Fit the morphospace, or project what is new into the one there is; return it and how many were placed."""
    from morphoexplore.methods.embedding import Morphospace, fit_morphospace

    if known is None:
        reference = _reference(project, blocks)
        matrices = {array.name: read_block(project, array, reference) for array in blocks}
        try:
            space = fit_morphospace(matrices, max_dims=MAX_DIMS, random_state=random_state)
        except ValueError as error:
            raise WrongValueError(_too_alike(matrices)) from error
        blob = f"space-{run.run_id}"
        arrays.write_blob(project, blob, space.to_arrays())
        parameters = {
            "space": run.run_id,
            "blob": blob,
            "features": named(blocks),
            "random_state": random_state,
            "reference": reference,
            "fitted": blocks[0].parameters.get("fitted", project.count_objects()),
            "explained": [round(float(share), 5) for share in space.explained],
        }
        with project.write() as conn:
            array_id = arrays.declare(
                conn,
                morphospace.EMBEDDING,
                morphospace.PCA,
                dtype="f4",
                width=space.dims,
                run_id=run.run_id,
                parameters=parameters,
                new_version=True,
            )
        start = 0
    else:
        space = Morphospace.from_arrays(arrays.read_blob(project, known.parameters["blob"]))
        array_id, start = known.array_id, known.stop
        reference = known.parameters["reference"]
        refuse_without_size(project, reference, start, again=_anew(project, known))
        matrices = {array.name: read_block(project, array, reference)[start:] for array in blocks}
    scores = space.project(matrices)
    if len(scores):
        shard = arrays.write_shard(project, array_id, start, scores)
        with project.write() as conn:
            arrays.enter(conn, [shard])
    array = morphospace.embedding(project, morphospace.PCA)
    if array is None:
        raise StepMissingError(missing="objects", verb=f"add {project.folder} SOURCE")
    return array, len(scores)


def _too_alike(matrices: dict[str, np.ndarray]) -> str:
    """Return why there is no morphospace for these features."""
    complete = np.logical_and.reduce([np.isfinite(block).all(axis=1) for block in matrices.values()])
    if complete.sum() < 2:
        return (
            f"A morphospace needs at least 2 objects with an image that can be read; of {len(complete)} objects "
            f"{complete.sum()} have one. Add more images, or see problems.csv."
        )
    return "No feature varies between the objects. Add more images, or describe them by other features: extract --model"


def _reference(project: Project, blocks: list[ArrayRecord]) -> float | None:
    """Return the pixel size (mm) in which sizes are compared, None: in pixels. Refined features compare theirs already."""
    if blocks[0].name == REFINED:
        return cast("float | None", blocks[0].parameters["reference"])
    return pixel_size.reference(project)


def _link(project: Project, run: Run, space: ArrayRecord, vectors: np.ndarray) -> None:
    """Store the nearest neighbours of every object in the whole morphospace."""
    from morphoexplore.methods.neighbours import nearest_neighbours

    known = morphospace.embedding(project, "neighbours")
    if known is not None and known.parameters == _of(space) and known.stop == len(vectors):
        return
    rows = np.flatnonzero(np.isfinite(vectors).all(1))
    neighbours = np.full((len(vectors), NEIGHBOURS), -1, dtype=np.int32)
    distances = np.full((len(vectors), NEIGHBOURS), np.nan, dtype=np.float32)
    if len(rows) > 1:
        found, far = nearest_neighbours(vectors[rows], NEIGHBOURS)
        neighbours[rows, : found.shape[1]] = np.where(found >= 0, rows[found], -1)
        distances[rows, : far.shape[1]] = far
    _enter_whole(project, run, space, {"neighbours": neighbours, "distances": distances})


def _lay_out(project: Project, run: Run, space: ArrayRecord, vectors: np.ndarray, random_state: int) -> None:
    """Lay the objects out on the map; those that are new between the ones they resemble."""
    from morphoexplore.methods.layout import place_new_on_map, place_on_map

    known = morphospace.embedding(project, morphospace.MAP)
    is_same = known is not None and known.parameters == _of(space)
    if is_same and known is not None and known.stop == len(vectors):
        return
    rows = np.flatnonzero(np.isfinite(vectors).all(1))
    places = np.full((len(vectors), 2), np.nan, dtype=np.float32)
    if is_same and known is not None:
        places[: known.stop] = arrays.read(project, known)
        new = rows[rows >= known.stop]
        if len(new):
            places[new] = place_new_on_map(places[: known.stop], vectors[new], vectors[: known.stop])
    elif len(rows):
        neighbours, distances = morphospace.read_neighbours(project)
        number = np.full(len(vectors), -1, dtype=np.int64)
        number[rows] = np.arange(len(rows))
        graph = np.where(neighbours[rows] >= 0, number[neighbours[rows]], -1)
        places[rows] = place_on_map(vectors[rows], graph, distances[rows], random_state=random_state)
    _enter_whole(project, run, space, {morphospace.MAP: places})


def _enter_whole(project: Project, run: Run, space: ArrayRecord, found: dict[str, np.ndarray]) -> None:
    """Enter arrays over all objects as new versions, together."""
    with project.write() as conn:
        ids = {
            name: arrays.declare(
                conn,
                morphospace.EMBEDDING,
                name,
                dtype=values.dtype.str,
                width=values.shape[1],
                run_id=run.run_id,
                parameters=_of(space),
                new_version=True,
            )
            for name, values in found.items()
        }
        arrays.enter(
            conn, [arrays.write_shard(project, ids[name], 0, values) for name, values in found.items()]
        )


def _of(space: ArrayRecord) -> dict[str, Any]:
    return {"space": space.parameters["space"]}


def _result(project: Project, array: ArrayRecord, vectors: np.ndarray, *, placed: int) -> dict[str, Any]:
    return {
        "dims": vectors.shape[1],
        "explained": round(sum(array.parameters["explained"]), 3),
        "objects": placed,
        "there": len(vectors) - placed,
        "without": int((~np.isfinite(vectors).all(1)).sum()),
        "null_ratio": ranking.ratio_of(project, ranking.JOINED),
        "notes": _notes(project, array, len(vectors)),
    }


def _notes(project: Project, array: ArrayRecord, n: int) -> list[str]:
    """Say what could be done better, and how."""
    fitted, anew = array.parameters["fitted"], _anew(project, array)
    notes = []
    if n > MANY_NEW * fitted:
        notes.append(
            f"The morphospace was fitted to the first {fitted} objects, and most are newer. To fit it to all, which "
            f"moves them all: {anew}"
        )
    sized = np.isfinite(objects.pixel_sizes(project))
    if array.parameters["reference"] is None and sized.any():
        if sized.all():
            cure = f"All pixel sizes are known by now; to compare in mm: {anew}"
        else:
            cure = f"Give the others: add {project.folder} SOURCE --update --pixel-size MM, then {anew}"
        notes.append(
            f"Sizes in this morphospace are compared in pixels, although {int(sized.sum())} of {len(sized)} objects "
            f"have a pixel size. {cure}"
        )
    there = {one.name: one for one in morphospace.feature_sets(project)}
    if is_refined(array) and REFINED in there:
        return notes + refining.not_in_it(project, there[REFINED].parameters["features"])
    if REFINED in there:
        notes.append(
            f"The refined features are used where they are asked for: morphoexplore embed {project.folder} --features "
            f"{REFINED}"
        )
    return notes


def _anew(project: Project, space: ArrayRecord) -> str:
    """Return how to make a morphospace anew."""
    refined = arrays.find(project, morphospace.FEATURES, REFINED) if is_refined(space) else None
    if refined is None:
        return "embed --refit"
    sets = ",".join(name.rpartition(" ")[0] for name in refined.parameters["features"])
    return f"embed --features {sets} --refit, then refine again"
