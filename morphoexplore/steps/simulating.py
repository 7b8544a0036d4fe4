"""
``simulate``: how much work it would be to sort a collection, played by an annotator who knows reference labels.

The annotator sees only what is shown to a person, and answers through the functions of
:mod:`morphoexplore.review` that the app calls. It plays on a copy in which nobody has decided anything.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore import review
from morphoexplore.errors import WrongValueError
from morphoexplore.methods.annotating import NOTHING, answer_row, right_members, score_outcome
from morphoexplore.records import Progress, silent
from morphoexplore.review import Centres, SeedAnswer, StripPage, StripRow
from morphoexplore.review.likeness import is_alike
from morphoexplore.steps.evaluating import read_labels
from morphoexplore.steps.seeding import seed
from morphoexplore.store.fresh import fresh_copy
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project
from morphoexplore.store.seeds import SeedIndex

RULE = 0.9  # share of a row that the annotator wants to be right
OFFERED = 2  # morphs that a row offers
MOST_ROUNDS = 12
PAGE_SECONDS, CLICK_SECONDS = 1.5, 0.6
KINDS = ("review", "growth", "audit", "merging")


@dataclass
class Effort:
    """
    What the annotator did.

    Attributes
    ----------
    looks : int
        Pages.
    images : int
        Images shown on them.
    actions : Counter
        Keys and clicks: ``review`` (of seeds), ``growth`` (of bulk too), ``audit``, ``merging`` ("the same as").
    """

    looks: int = 0
    images: int = 0
    actions: Counter[str] = field(default_factory=Counter)

    def page(self, images: int) -> None:
        """Count a page."""
        self.looks += 1
        self.images += images

    def hours(self, page_seconds: float = PAGE_SECONDS, click_seconds: float = CLICK_SECONDS) -> float:
        """Return the time it takes."""
        return (page_seconds * self.looks + click_seconds * self.actions.total()) / 3600


@dataclass(frozen=True)
class Simulation:
    """
    What a simulated session came to.

    Attributes
    ----------
    scores : dict
        See :func:`simulate`.
    curve : DataFrame
        A row after each page: ``looks, actions, review, growth, audit, merging, sorted, right``.
    """

    scores: dict[str, Any]
    curve: pd.DataFrame


def simulate(
    project: Project,
    labels: Path | str,
    *,
    column: str | None = None,
    nothing: Sequence[str] = (),
    rule: float = RULE,
    error: float = 0.0,
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
        Share of its judgements on single images that are wrong.
    page_seconds, click_seconds : float
        How long it takes to look at a page, and to press a key or click.
    random_state : int
        Of the images drawn, and of the errors.

    Returns
    -------
    simulation : Simulation
        Its ``scores``: ``objects`` (that have a label), ``sorted``, ``right`` (in a morph of their label),
        ``precision``, ``recall``, ``macro_recall``, ``morphs``, ``rounds``, ``looks``, ``images``, ``actions``,
        ``actions_review``, ``actions_growth``, ``actions_audit``, ``actions_merging``, ``objects_per_action`` (right
        ones), ``hours``.

    Raises
    ------
    StepMissingError
        If the project has no morphospace yet.
    SourceError
        If the labels cannot be read.
    WrongValueError
        If a share is none.
    """
    for name, value in (("rule", rule), ("error", error)):
        if not 0 <= value <= 1:
            message = f"--{name} is a share from 0 to 1, not {value}."
            raise WrongValueError(message)
    codes = label_codes(read_labels(project, Path(labels), column), nothing)
    with tempfile.TemporaryDirectory(prefix="morphoexplore-") as scratch:
        copy = fresh_copy(project, Path(scratch) / project.name)
        annotator = Annotator(copy, codes, rule=rule, error=error, random_state=random_state)
        annotator.sort_all(progress=progress)
        return annotator.result(page_seconds, click_seconds)


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


class Annotator:
    """
    A person who knows what is on an image that is shown, and nothing else.

    Parameters
    ----------
    project : Project
        Where it decides.
    labels : array of int, shape (n,)
        What is on each image, ``NOTHING`` for what is nothing to be sorted.
    """

    def __init__(
        self,
        project: Project,
        labels: np.ndarray,
        *,
        rule: float = RULE,
        error: float = 0.0,
        random_state: int = 0,
    ) -> None:
        self.project, self.rule, self.error = project, rule, error
        self.effort = Effort()
        self.label_of: dict[int, int] = {}  # of the morphs it made
        self.rounds = 0
        self._labels, self._random_state = labels, random_state
        self._rng = np.random.default_rng(random_state)
        self._membership, self._index = Membership(project), SeedIndex(project)
        self._centres = Centres.read(project)
        self._curve: list[dict[str, int]] = []

    def sort_all(self, *, progress: Progress = silent) -> None:
        """Sort from the first round of seeds to the last."""
        for _ in progress(range(MOST_ROUNDS), label="rounds", total=MOST_ROUNDS):
            found = seed(self.project, random_state=self._random_state)
            if not found["seeds"] or not self.judge_round():
                break
            self.rounds = found["round"]

    def judge_round(self) -> int:
        """Judge pages of seeds as long as they are worth it; return how many."""
        pages = 0
        while (page := self._strips()).rows and (page.is_worth_it or not pages):
            self.judge(page)
            pages += 1
        return pages

    def judge(self, page: StripPage) -> None:
        """Answer to a page of strips."""
        self.effort.page(sum(len(row.objects) for row in page.rows))
        self.effort.actions["review"] += 1  # the key for the next page
        said = [self._answer(row) for row in page.rows]
        judged = review.judge_page(self.project, [answer for answer, _ in said], index=self._index)
        labels = {answer.seed_id: label for answer, label in said}
        for seed_id, node_id in judged.morphs.items():
            self.label_of.setdefault(node_id, labels[seed_id])
        self._note()

    def result(self, page_seconds: float = PAGE_SECONDS, click_seconds: float = CLICK_SECONDS) -> Simulation:
        """Return what the session came to so far."""
        outcome = score_outcome(self._membership.node, self._labels)
        effort, total = self.effort, self.effort.actions.total()
        scores = {
            "objects": int((self._labels >= 0).sum()),
            **asdict(outcome),
            "morphs": len(np.unique(self._membership.node[self._membership.node >= 0])),
            "rounds": self.rounds,
            "looks": effort.looks,
            "images": effort.images,
            "actions": total,
            **{f"actions_{kind}": effort.actions[kind] for kind in KINDS},
            "objects_per_action": outcome.right / max(1, total),
            "hours": effort.hours(page_seconds, click_seconds),
        }
        columns = ["looks", "actions", *KINDS, "sorted", "right"]
        return Simulation(scores, pd.DataFrame(self._curve, columns=columns))

    def _strips(self) -> StripPage:
        self._membership.refresh()
        return review.strip_page(
            self.project,
            membership=self._membership,
            index=self._index,
            random_state=self._random_state,
        )

    def _answer(self, row: StripRow) -> tuple[SeedAnswer, int]:
        """Answer to a row, and say what it is: one click on the last good image, another on "the same as"."""
        shown = np.array(row.objects)
        is_whole = len(shown) == row.size
        said = answer_row(
            self._labels[shown], rule=self.rule, is_whole=is_whole, flipped=self._errors(len(shown))
        )
        if said.cut is None:
            return SeedAnswer(row.seed_id, row.objects, None), NOTHING
        self.effort.actions["review"] += 1
        into = self._same_as(row, said.label)
        self.effort.actions["merging"] += into is not None
        return SeedAnswer(row.seed_id, row.objects, said.cut, into=into), said.label

    def _same_as(self, row: StripRow, label: int) -> int | None:
        """Return the morph of that label among those that the row offers."""
        node = self._membership.node
        objects = self._index.objects_of(row.seed_id)
        self._centres.follow(node)
        offered = self._centres.nearest(objects[node[objects] < 0], OFFERED)
        return next(
            (
                node_id
                for node_id, score, share in offered
                if is_alike(score, share) and self.label_of.get(node_id) == label
            ),
            None,
        )

    def _errors(self, count: int) -> np.ndarray | None:
        return self._rng.random(count) < self.error if self.error else None

    def _note(self) -> None:
        self._membership.refresh()
        self._curve.append(
            {
                "looks": self.effort.looks,
                "actions": self.effort.actions.total(),
                **{kind: self.effort.actions[kind] for kind in KINDS},
                "sorted": int((self._membership.node >= 0).sum()),
                "right": len(right_members(self._membership.node, self._labels)),
            }
        )
