"""
``simulate``: how much work it would be to sort a collection, played by an annotator who knows reference labels.

The annotator sees only what is shown to a person, and answers through the functions of
:mod:`morphoexplore.review` that the app calls. It plays on a copy in which nobody has decided anything.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.errors import WrongValueError
from morphoexplore.methods.annotating import NOTHING, score_outcome
from morphoexplore.records import Progress, silent
from morphoexplore.review.strips import WORTH
from morphoexplore.steps.annotator import Annotator
from morphoexplore.steps.evaluating import read_labels
from morphoexplore.steps.person import KINDS, RULE
from morphoexplore.steps.protocols import Protocols, side_by_side
from morphoexplore.store.fresh import fresh_copy
from morphoexplore.store.project import Project

PAGE_SECONDS, CLICK_SECONDS = 1.5, 0.6
CURVE = ["looks", "actions", *KINDS, "morphs", "sorted", "right"]
BOUNDS = ["kind", "bound", "truth", "objects"]
ROUNDING = 1e-9  # of shares that are the same


@dataclass(frozen=True)
class Simulation:
    """
    What a simulated session came to.

    Attributes
    ----------
    scores : dict
        See :func:`simulate`.
    curve : DataFrame
        A row after each page: ``looks, actions, review, growth, audit, merging, naming, morphs, sorted, right``.
    bounds : DataFrame
        A row for each bound that was stated: ``kind`` (growth, bulk, round), ``bound``, ``truth``, ``objects``.
    protocols : Protocols or None
        The same beside MorphoCluster's protocol, where that was asked for.
    """

    scores: dict[str, Any]
    curve: pd.DataFrame
    bounds: pd.DataFrame
    protocols: Protocols | None = None


def simulate(
    project: Project,
    labels: Path | str,
    *,
    column: str | None = None,
    nothing: Sequence[str] = (),
    rule: float = RULE,
    error: float = 0.0,
    miss: float = 0.0,
    alarm: float = 0.0,
    take_back: float = 0.0,
    worth: float = WORTH,
    compare: bool = False,
    page_seconds: float = PAGE_SECONDS,
    click_seconds: float = CLICK_SECONDS,
    random_state: int = 0,
    progress: Progress = silent,
) -> Simulation:
    """
    Let an annotator who knows the labels sort a copy of the project, and count what it does.

    It works on a copy in the folder for temporary files, of which nothing is left: the project and what was decided
    in it stay as they are. The annotator sees the images that a person would see, no more.

    Parameters
    ----------
    labels : Path or str
        CSV with ``object_id`` (or ``path``) and a column of labels, as for :func:`evaluate`.
    column : str, optional
        The column of labels.
    nothing : sequence of str
        Labels of what is nothing to be sorted, such as Unknown; as are objects without a label.
    rule : float
        Share of a row that the annotator wants to be right.
    error : float
        Share of images that the annotator takes for what they are not, either way.
    miss, alarm : float
        Share of the wrong images that it overlooks, and of the right ones that it takes for wrong, besides.
    take_back : float
        Share of right ones in the audit of a round below which the annotator takes its large seeds back.
    worth : float
        Share of the best mean that an action must be expected to bring, and four objects; the annotator stops below.
    compare : bool
        Play MorphoCluster's protocol as well, at each of its thresholds: it takes some times as long.
    page_seconds, click_seconds : float
        How long it takes to look at a page, and to press a key or click.
    random_state : int
        Of the images drawn, and of the errors.

    Returns
    -------
    simulation : Simulation
        Its ``scores``: ``objects`` (that have a label), ``sorted``, ``right`` (in a morph of their label),
        ``precision``, ``recall``, ``macro_recall``, ``morphs``, ``rounds``, ``looks``, ``images``, ``actions``,
        ``actions_review``, ``actions_growth``, ``actions_audit``, ``actions_merging``, ``actions_naming``,
        ``objects_per_action`` (right ones), ``hours``, ``bounds`` (stated), ``bound_holds`` (share of them) and ``mean_gap`` (truth above bound),
        None without any; ``least``, objects that an action had to be expected to bring at the end.

    Raises
    ------
    StepMissingError
        If the project has no morphospace yet.
    SourceError
        If the labels cannot be read.
    WrongValueError
        If a share is none.
    """
    for name, value in (
        ("rule", rule),
        ("error", error),
        ("miss", miss),
        ("alarm", alarm),
        ("take-back", take_back),
        ("worth", worth),
    ):
        if not 0 <= value <= 1:
            message = f"--{name} is a share from 0 to 1, not {value}."
            raise WrongValueError(message)
    codes = label_codes(read_labels(project, Path(labels), column), nothing)
    errs: dict[str, Any] = {"error": error, "miss": miss, "alarm": alarm, "random_state": random_state}
    seconds = {"page_seconds": page_seconds, "click_seconds": click_seconds}
    with tempfile.TemporaryDirectory(prefix="morphoexplore-") as scratch:
        copy = fresh_copy(project, Path(scratch) / project.name)
        annotator = Annotator(copy, codes, rule=rule, take_back=take_back, worth=worth, **errs)
        annotator.sort_all(progress=progress)
        played = summarise(annotator, **seconds)
    if not compare:
        return played
    both = side_by_side(project, annotator, played.scores, progress=progress, **seconds, **errs)
    return replace(played, protocols=both)


def label_codes(truth: np.ndarray, nothing: Sequence[str]) -> np.ndarray:
    """Return a number for each object's label, ``NOTHING`` for none or one that is nothing to be sorted."""
    codes, names = pd.factorize(truth)
    unknown = sorted(set(nothing) - set(names))
    if unknown:
        message = f"No object has the label {unknown[0]!r} (--nothing). Labels: {', '.join(sorted(names))}."
        raise WrongValueError(message)
    is_nothing = np.append(
        np.isin(names.astype(str), list(nothing)), True
    )  # its last place answers for code -1
    return np.where(is_nothing[codes], NOTHING, codes).astype(np.int64)


def summarise(
    annotator: Annotator, *, page_seconds: float = PAGE_SECONDS, click_seconds: float = CLICK_SECONDS
) -> Simulation:
    """Return what an annotator's session came to."""
    node, effort = annotator.node, annotator.effort
    outcome, total = score_outcome(node, annotator.labels), effort.actions.total()
    bounds = pd.DataFrame([asdict(stated) for stated in annotator.stated], columns=BOUNDS)
    scores = {
        "objects": int((annotator.labels >= 0).sum()),
        **asdict(outcome),
        "morphs": len(np.unique(node[node >= 0])),
        "rounds": annotator.rounds,
        "looks": effort.looks,
        "images": effort.images,
        "actions": total,
        **{f"actions_{kind}": effort.actions[kind] for kind in KINDS},
        "objects_per_action": outcome.right / max(1, total),
        "hours": effort.hours(page_seconds, click_seconds),
        "least": annotator.least,
        "bounds": len(bounds),
        "bound_holds": float((bounds["truth"] >= bounds["bound"] - ROUNDING).mean()) if len(bounds) else None,
        "mean_gap": float((bounds["truth"] - bounds["bound"]).mean()) if len(bounds) else None,
    }
    return Simulation(scores, pd.DataFrame(annotator.curve, columns=CURVE), bounds)
