"""``train``: a network of this collection, trained on its own images without labels."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from morphoexplore.errors import StepMissingError, WrongValueError
from morphoexplore.methods.recipe import Recipe
from morphoexplore.records import Progress, silent
from morphoexplore.steps.canvases import ProjectCanvases, drawn_canvases
from morphoexplore.store import runs
from morphoexplore.store.arrays import write_whole
from morphoexplore.store.project import Project, now
from morphoexplore.store.runs import Run

if TYPE_CHECKING:
    from morphoexplore.methods.recipe import Step
    from morphoexplore.methods.trained import TrainedNetwork
    from morphoexplore.methods.training import Training

LEARNED = "learned"
MINUTES = 30.0
WORTH_IT = 500
"""Images below which the classic descriptors are as good."""

MOST_EPOCHS = 100
"""Times that a training of some minutes shows each image, at most: a small collection has nothing new by then."""

KEEP_EVERY = 60.0  # seconds between checkpoints


def model_path(project: Project) -> Path:
    """Return where the model of a project lies."""
    return project.folder / "models" / f"{LEARNED}.safetensors"


def train(
    project: Project,
    *,
    minutes: float | None = None,
    images_seen: int | None = None,
    random_state: int = 0,
    again: bool = False,
    recipe: Recipe | None = None,
    tell: Callable[[Step], None] | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """
    Train a network on the images of a project.

    A training that was stopped goes on where it was. The model is stored as ``PROJECT/models/learned.safetensors``,
    whole or not at all.

    Parameters
    ----------
    minutes : float, optional
        Budget in minutes of this machine, turned into images by the speed of the first steps; 30 unless a budget is
        given. Shows no image more than 100 times.
    images_seen : int, optional
        Budget in images, each time an image is shown counted; the same on every machine.
    random_state : int
        Of the first weights, the order and the views.
    again : bool
        Train anew although there is a model, or a training that was stopped.
    recipe : Recipe, optional
        Settings of the network and the training, for experiments.
    tell : callable, optional
        Called after every step with images seen, loss and seconds left.

    Returns
    -------
    result : dict
        ``model`` (file), ``objects`` (with an image), ``images_seen``, ``epochs``, ``loss``, ``dims``, ``channels``,
        ``date``, ``curve`` (pairs of images seen and loss), ``trained`` (False: the model was there already), ``notes`` (sentences).

    Raises
    ------
    StepMissingError
        If the project has no objects.
    WrongValueError
        If both budgets are given, or one that is no budget, or too few images can be read.
    """
    from morphoexplore.methods.trained import load_trained

    recipe = recipe or Recipe()
    _check_budget(minutes, images_seen)
    n = project.count_objects()
    if not n:
        raise StepMissingError(missing="objects", verb=f"add {project.folder} SOURCE")
    path = model_path(project)
    if path.is_file() and not again and not _unfinished(project)[0].is_file():
        return _there_already(project, path)
    parameters = {
        "minutes": minutes,
        "images_seen": images_seen,
        "random_state": random_state,
        "again": again,
    }
    with runs.run(project, "train", parameters, progress=progress) as run:
        canvases = drawn_canvases(project, run, n, channels=recipe.channels)
        notes = _refuse_few(canvases.shape[0], images_seen)
        settings = _Settings(minutes, images_seen, random_state, canvases.shape[0], asdict(recipe))
        network = _train(project, run, canvases, settings, recipe, tell, again=again)
        _save(project, network, path, random_state)
        run.result = _result(load_trained(path, device="cpu"), path, notes=notes, trained=True)
    return run.result


def _check_budget(minutes: float | None, images_seen: int | None) -> None:
    if minutes is not None and images_seen is not None:
        message = "Give the budget in --minutes or in --images, not both."
        raise WrongValueError(message)
    if minutes is not None and not 0 < minutes < float("inf"):
        message = f"A training of {minutes} minutes is not possible. Give more than 0."
        raise WrongValueError(message)
    if images_seen is not None and images_seen < 1:
        message = f"A training that sees {images_seen} images is not possible. Give at least 1."
        raise WrongValueError(message)


def _refuse_few(n: int, images_seen: int | None) -> list[str]:
    """Raise WrongValueError where a training is not worth its time; return a remark where it is wanted still."""
    from morphoexplore.methods.training import LEAST_BATCH

    if n < LEAST_BATCH:
        message = f"A training needs at least {LEAST_BATCH} images that can be read; there are {n}."
        raise WrongValueError(message)
    if n >= WORTH_IT:
        return []
    sentence = f"With {n} images a training is not worth its time: below {WORTH_IT} the classic descriptors are as good."
    if images_seen is None:
        message = f"{sentence} To train all the same, give the budget: --images {100 * n}"
        raise WrongValueError(message)
    return [sentence]


@dataclass(frozen=True)
class _Settings:
    """What makes two trainings of a project the same."""

    minutes: float | None
    images_seen: int | None
    random_state: int
    objects: int
    recipe: dict[str, Any]


def _train(
    project: Project,
    run: Run,
    canvases: ProjectCanvases,
    settings: _Settings,
    recipe: Recipe,
    tell: Callable[[Step], None] | None,
    *,
    again: bool,
) -> TrainedNetwork:
    """Train, or go on with a training that was stopped, keeping a checkpoint now and then."""
    from morphoexplore.methods.training import Training

    unfinished, kept = _unfinished(project)
    unfinished.parent.mkdir(exist_ok=True)
    if again:
        kept.unlink(missing_ok=True)
        unfinished.unlink(missing_ok=True)
    budget = _budget_of_unfinished(unfinished, settings)
    if budget is None:
        kept.unlink(missing_ok=True)
        budget = settings.images_seen or _as_images(canvases, recipe, settings.minutes or MINUTES)
        write_whole(unfinished, json.dumps({"settings": asdict(settings), "budget": budget}).encode())
    training = Training(canvases, images_seen=budget, recipe=recipe, random_state=settings.random_state)
    if kept.is_file():
        training.restore(kept.read_bytes())
    left = training.budget - training.seen
    last_kept = time.monotonic()
    for step in run.progress(_each_image(training), label="training", total=left):
        if step is None:
            continue
        if tell is not None:
            tell(step)
        if time.monotonic() - last_kept > KEEP_EVERY:
            write_whole(kept, training.checkpoint())
            last_kept = time.monotonic()
    return training.finish()


def _unfinished(project: Project) -> tuple[Path, Path]:
    """Return the file that tells of a training that was stopped, and its checkpoint."""
    folder = model_path(project).parent
    return folder / "training.json", folder / "training.pt"


def _budget_of_unfinished(unfinished: Path, settings: _Settings) -> int | None:
    """Return the budget of a training that was stopped; None where there is none."""
    try:
        former = json.loads(unfinished.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if former["settings"] != asdict(settings):
        message = (
            "A training with other settings or other objects was stopped before its end. Give the same settings to go "
            "on with it, or begin anew: --again"
        )
        raise WrongValueError(message)
    return int(former["budget"])


def _as_images(canvases: ProjectCanvases, recipe: Recipe, minutes: float) -> int:
    """Turn minutes of this machine into images."""
    from morphoexplore.methods.training import measure_rate

    images = round(60 * minutes * measure_rate(canvases, recipe=recipe))
    return max(1, min(images, MOST_EPOCHS * canvases.shape[0]))


def _each_image(training: Training) -> Iterator[Step | None]:
    """Yield each step once, and None for its other images, so that progress counts images."""
    for step in training:
        yield step
        yield from [None] * (training.batch - 1)


def _save(project: Project, network: TrainedNetwork, path: Path, random_state: int) -> None:
    """Write the model, whole or not at all, and forget the checkpoint."""
    from importlib.metadata import version

    from morphoexplore.methods.trained import save_trained
    from morphoexplore.writing.atomic import replacing

    with replacing(path) as unfinished:
        save_trained(
            network,
            unfinished,
            project=project.name,
            date=now(),
            random_state=random_state,
            versions={name: version(name) for name in ("morphoexplore", "torch", "numpy")},
        )
    for file in _unfinished(project):
        file.unlink(missing_ok=True)


def _result(network: TrainedNetwork, path: Path, *, notes: list[str], trained: bool) -> dict[str, Any]:
    about = network.about
    return {
        "model": str(path),
        "objects": about["images"],
        "images_seen": about["images_seen"],
        "epochs": round(about["images_seen"] / about["images"], 1),
        "loss": about["loss"],
        "dims": network.dims,
        "channels": network.channels,
        "date": about.get("date"),
        "curve": network.curve,
        "trained": trained,
        "notes": notes,
    }


def _there_already(project: Project, path: Path) -> dict[str, Any]:
    from morphoexplore.methods.trained import load_trained

    network = load_trained(path, device="cpu")
    n = project.count_objects()
    notes = []
    if n > 2 * network.about["images"]:
        notes.append(
            f"The model was trained on {network.about['images']} images, and most of the {n} objects are newer. To train "
            f"anew: morphoexplore train {project.folder} --again"
        )
    return _result(network, path, notes=notes, trained=False)
