"""``extract``: one vector per object from one model, shard by shard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from morphoexplore.errors import StepMissingError, WrongValueError
from morphoexplore.records import Progress, silent
from morphoexplore.steps import describing, ranking, training
from morphoexplore.steps.describing import SIDES, Described, Model
from morphoexplore.steps.drawing import image_problems, opened_images
from morphoexplore.steps.joining import REFINED
from morphoexplore.steps.measuring import PLACES
from morphoexplore.steps.problems import report
from morphoexplore.store import arrays, morphospace, objects, runs
from morphoexplore.store.arrays import ArrayRecord
from morphoexplore.store.images import note_blank
from morphoexplore.store.project import Project
from morphoexplore.store.runs import Run

CLASSIC = "classic"
LEARNED = training.LEARNED

SHARD = 1024
NOTHING_LOST = {"unreadable": 0, "blank": 0, "imageless": 0, "cut": 0}
TASK = 128


def extract(
    project: Project,
    *,
    model: str = CLASSIC,
    weights: Path | None = None,
    untrained: bool = False,
    input_size: int | None = None,
    again: bool = False,
    tell: Callable[[str], None] | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """
    Compute the feature vector of every object that has none yet.

    Parameters
    ----------
    model : str
        ``classic`` (descriptors of form, grey and texture, no weights needed), ``learned`` (the network that `train` has
        trained), ``refined`` (what `refine` has made), ``dinov2``, or the name of any timm model.
    weights : Path, optional
        Weights of a timm model; else the local cache of the hub, else the hub. For ``learned`` the model of another
        project; that of this one unless given.
    untrained : bool
        Use a timm model with random weights, to try things out.
    input_size : int, optional
        Side in px that images are brought to for a timm model; unless given, that of the feature set, or to
        begin with what the network was trained on, but at most 224.
    again : bool
        Describe all objects anew, as a new version of the feature set.
    tell : callable, optional
        Called with each of the ``notes`` before the work begins.

    Returns
    -------
    counts : dict
        ``name``, ``dims``, ``objects`` (dealt with now), ``there`` (before), ``unreadable`` (images that cannot
        be read, of these objects), ``blank`` (images that show nothing to be measured), ``imageless`` (of these
        objects), ``cut`` (objects that touch the border of their image; 0 unless ``classic``), ``null_ratio`` (how clearly the set shows groups, see `ranking`; None where it was not computed
        now), ``notes`` (sentences: what computed, and why).

    Raises
    ------
    StepMissingError
        If the project has no objects.
    ModelError
        If the model or its weights cannot be had.
    WrongValueError
        If the feature set was begun with other settings.
    """
    n = project.count_objects()
    if not n:
        raise StepMissingError(missing="objects", verb=f"add {project.folder} SOURCE")
    if model == REFINED:
        from morphoexplore.steps.refining import describe_new

        return describe_new(project, again=again, progress=progress)
    model = _full_name(model)
    if model == LEARNED and weights is None:
        weights = training.model_path(project)
    about = _about(model, weights, untrained=untrained, input_size=input_size)
    there = None if again else _begun(project, model, about, n)
    start = there.stop if there else 0
    counts: dict[str, Any] = {"name": model, "objects": n - start, "there": start, "null_ratio": None}
    if there is not None and there.stop >= n:
        notes = [_older_classic(project, there)] if model == CLASSIC and _differs(there, about) else []
        for note in notes:
            if tell is not None:
                tell(note)
        return counts | {"dims": there.width, "notes": notes} | NOTHING_LOST
    ready = _ready(project, model, weights, untrained=untrained, input_size=input_size, there=there)
    if tell is not None:
        for note in ready.notes:
            tell(note)
    parameters = {"model": model, "weights": weights, "untrained": untrained, "input_size": input_size}
    with runs.run(project, "extract", parameters | ready.about, progress=progress) as run:
        array_ids = _declare(project, run, model, about | ready.about, ready.dims, again=again)
        with opened_images():
            lost = _store(project, run, array_ids, ready.describe(project, start, n), start, n)
        counts["null_ratio"] = ranking.rank(project, run).get(model)
        run.result = counts | {"dims": ready.dims, "notes": list(ready.notes)} | lost
    return run.result


def _full_name(model: str) -> str:
    if model in (CLASSIC, LEARNED):
        return model
    from morphoexplore.methods.networks import full_name

    return full_name(model)


def _ready(
    project: Project,
    model: str,
    weights: Path | None,
    *,
    untrained: bool,
    input_size: int | None,
    there: ArrayRecord | None,
) -> Model:
    """Return a model that is ready to describe objects."""
    if model == CLASSIC:
        return describing.classic_model(project, TASK)
    if model == LEARNED and weights is not None:
        return describing.trained_model(project, weights)
    former = None if there is None else there.parameters
    ready = describing.timm_model(
        project, model, weights=weights, untrained=untrained, input_size=input_size, former=former
    )
    if former is not None and former["loaded"] != ready.about["loaded"]:
        loaded = ready.about["loaded"]
        raise _made_otherwise(
            project, model, f"with the weights {former['loaded']}, and timm now has {loaded}"
        )
    return ready


def _about(model: str, weights: Path | None, *, untrained: bool, input_size: int | None) -> dict[str, Any]:
    """Return what the vectors of a feature set depend on."""
    if model == CLASSIC:
        from morphoexplore.methods.classic import DEFINITIONS, DESCRIPTORS

        names = [descriptor.name for descriptor in DESCRIPTORS]
        return {"model": model, "descriptors": names, "definitions": DEFINITIONS}
    about = {"model": model, "untrained": untrained, "input size": input_size, "weights": None}
    if model == LEARNED:
        about = {"model": model, "sides": SIDES, "weights": None}
    if weights is not None and weights.is_file():  # a missing file is told by whoever loads it
        from morphoexplore.methods.weights import fingerprint

        about["weights"] = fingerprint(weights)
    return about


def _begun(project: Project, model: str, about: dict[str, Any], n: int) -> ArrayRecord | None:
    """Return the feature set of a model for *n* objects; vectors of two kinds are never put into one."""
    array = arrays.find(project, morphospace.FEATURES, model)
    if array is None:
        return None
    # What computed may change: engines are compared with each other before they are used.
    if model == CLASSIC:
        if _differs(array, about) and array.stop < n:
            raise WrongValueError(_older_classic(project, array))
        return array
    former = {key: array.parameters.get(key) for key in about}
    # A set goes on in its own size, whether that was asked for or what the network was trained with.
    if about.get("input size", 0) in (None, array.parameters.get("pixels")):
        about = about | {"input size": former["input size"]}
    if former == about and "sides" in array.parameters:
        return array
    others = [f"{key} {former[key] or 'not given'}" for key in about if former[key] != about[key]]
    is_older = "sides" not in array.parameters
    made = "by another version of the program" if is_older else f"with {', '.join(others)}"
    raise _made_otherwise(project, model, made)


def _differs(array: ArrayRecord, about: dict[str, Any]) -> bool:
    return any(array.parameters.get(key) != value for key, value in about.items())


def _older_classic(project: Project, array: ArrayRecord) -> str:
    """Return what to do with descriptors of another version of the program."""
    return (
        f"The feature set classic holds {array.width} descriptors of another version of the program, whose "
        "numbers do not compare with those of this one. To describe all objects anew: "
        f"morphoexplore extract {project.folder} --model classic --again; then: morphoexplore embed {project.folder}"
    )


def _made_otherwise(project: Project, model: str, made: str) -> WrongValueError:
    return WrongValueError(
        f"The feature set {model} was made {made}. Give the same, or describe all objects anew: "
        f"morphoexplore extract {project.folder} --model {model} --again"
    )


def _declare(
    project: Project, run: Run, name: str, parameters: dict[str, Any], dims: int, *, again: bool
) -> list[int]:
    """Return the number of the feature set; for ``classic`` that of the places, too."""
    run_id = run.run_id
    with project.write() as conn:
        features = arrays.declare(
            conn,
            morphospace.FEATURES,
            name,
            dtype="f4",
            width=dims,
            run_id=run_id,
            parameters=parameters,
            new_version=again,
        )
        if name != CLASSIC:
            return [features]
        from morphoexplore.methods.classic import PLACES as COLUMNS

        (version,) = conn.execute("SELECT version FROM array WHERE array_id = ?", (features,)).fetchone()
        places = arrays.declare(
            conn,
            PLACES,
            name,
            dtype="f4",
            width=len(COLUMNS),
            run_id=run_id,
            parameters={"of": version},
            new_version=again,
        )
        return [features, places]


def _store(
    project: Project, run: Run, array_ids: list[int], described: Iterator[Described], start: int, stop: int
) -> dict[str, int]:
    """Gather what comes in into shards and enter each as soon as it is whole; return how many have no vector."""
    waiting: list[Described] = []
    lost, without, done = dict(NOTHING_LOST), 0, start
    for part in run.progress(_each_object(described), label="describing images", total=stop - start):
        if part is None:
            continue
        waiting.append(part)
        if sum(len(piece.vectors) for piece in waiting) >= SHARD or part.start + len(part.vectors) == stop:
            for kind in ("unreadable", "blank"):
                found = [problem for piece in waiting for problem in getattr(piece, kind)]
                if found:
                    lost[kind] += report(project, run, image_problems(project, found))
            values = np.concatenate([piece.vectors for piece in waiting])
            places = [piece.places for piece in waiting if piece.places is not None]
            blocks = [values, np.concatenate(places)] if places else [values]
            shards = [
                arrays.write_shard(project, array_id, done, block)
                for array_id, block in zip(array_ids, blocks, strict=True)
            ]
            with project.write() as conn:
                arrays.enter(conn, shards)
                note_blank(conn, [problem for piece in waiting for problem in piece.blank])
            done += len(values)
            without += int(np.isnan(values).all(axis=1).sum())
            lost["cut"] += sum(int((block[:, 0] == 1).sum()) for block in places)
            waiting = []
    return lost | {"imageless": without - lost["unreadable"] - lost["blank"]}


def _each_object(described: Iterator[Described]) -> Iterator[Described | None]:
    """Yield each stretch once, and None for its other objects, so that progress counts objects."""
    for part in described:
        yield part
        yield from [None] * (len(part.vectors) - 1)


def read_block(
    project: Project, array: ArrayRecord, reference: float | None, rows: np.ndarray | None = None
) -> np.ndarray:
    """
    Return a feature set for embedding.

    Parameters
    ----------
    reference : float or None
        Side of a pixel (mm) that sizes are brought to, so that they compare between acquisitions; None leaves them in
        pixels.
    rows : array of int, optional
        Objects to read, in their order; all unless given.

    Returns
    -------
    block : array of float32, shape (n, dims)
        Sizes are NaN where an object has no pixel size, although sizes are to be compared.
    """
    values = np.asarray(
        arrays.read(project, array) if rows is None else arrays.read_rows(project, array, rows)
    )
    if reference is None:
        return values
    sizes = objects.pixel_sizes(project)
    return compare_sizes(array, values, (sizes[: len(values)] if rows is None else sizes[rows]) / reference)


def compare_sizes(array: ArrayRecord, values: np.ndarray, ratios: np.ndarray) -> np.ndarray:
    """
    Return rows of a feature set with their sizes as they would be in pixels of another size.

    Sets that hold no sizes are returned as they are.

    Parameters
    ----------
    ratios : array of float, shape (n,)
        Pixel size of each object over the one that all are compared in.
    """
    sides = array.parameters.get("sides", 0)
    if array.name != CLASSIC and not sides:
        return values
    values = values.copy()
    factors = np.log(ratios)
    if array.name != CLASSIC:
        values[:, array.width - sides :] += factors[:, None]
        return values
    from morphoexplore.methods.classic import SIZE_LOG_POWERS

    for column, name in enumerate(array.parameters["descriptors"]):
        if name in SIZE_LOG_POWERS:  # column by column: the whole in doubles is gigabytes at 10^6 objects
            values[:, column] += factors * SIZE_LOG_POWERS[name]
    return values
