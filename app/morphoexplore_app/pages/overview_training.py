"""What the overview knows of trainings: the model that is there, and a training that was stopped."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from morphoexplore.steps.training import LEARNED, MINUTES, model_path
from morphoexplore.store import morphospace, runs
from morphoexplore_app import parts
from morphoexplore_app.session import Session


@dataclass(frozen=True)
class Trained:
    """The model that is there; None where the run that made it is not known."""

    when: str
    images_seen: int
    epochs: float
    curve: list[float] | None


@dataclass(frozen=True)
class Stopped:
    """
    A training that was stopped.

    Attributes
    ----------
    options : tuple of str
        Those that it was started with; with the same it goes on.
    budget, reached : str
        In words.
    """

    options: tuple[str, ...]
    budget: str
    reached: str


@dataclass(frozen=True)
class Training:
    """The model, a training that was stopped since, and whether the feature set is of an earlier model."""

    trained: Trained | None
    stopped: Stopped | None
    is_newer_than_features: bool


def read_training(session: Session) -> Training:
    """Return what is known of trainings, from the table of runs and the file of the model."""
    table = runs.listing(session.project)
    rows = table[table["verb"] == "train"].to_dict("records")
    done = [run for run in rows if run["state"] == "done" and _found(run).get("trained")]
    last = rows[-1] if rows else None
    trained = None
    if model_path(session.project).is_file():
        trained = _trained(done[-1]) if done else Trained("", 0, 0, None)
    features = next((one for one in morphospace.feature_sets(session.project) if one.name == LEARNED), None)
    is_newer = bool(trained and features and done and done[-1]["run_id"] > features.run_id)
    return Training(trained, _stopped(last) if last and last["state"] == "interrupted" else None, is_newer)


def _found(run: dict[Any, Any]) -> dict[str, Any]:
    return json.loads(run["result"]) if isinstance(run["result"], str) else {}


def _trained(run: dict[Any, Any]) -> Trained:
    found = _found(run)
    losses = [loss for _, loss in found.get("curve", [])]
    return Trained(
        str(run["finished"])[:10], found.get("images_seen", 0), found.get("epochs", 0), losses or None
    )


def _stopped(run: dict[Any, Any]) -> Stopped:
    given = json.loads(run["parameters"])
    minutes, images, state = given.get("minutes"), given.get("images_seen"), given.get("random_state")
    options = [
        *(["--minutes", f"{minutes:g}"] if minutes is not None else []),
        *(["--images", str(images)] if images is not None else []),
        *(["--random-state", str(state)] if state else []),
    ]
    length = MINUTES if minutes is None else minutes
    budget = f"{length:g} {'minute' if length == 1 else 'minutes'}"
    total = run["total"]
    is_known = run["label"] == "training" and total == total and total
    reached = f", at {int(run['done']):,} of {parts.count(int(total), 'image')}" if is_known else ""
    return Stopped(tuple(options), parts.count(images, "image") if images else budget, reached)
