"""
A person who knows what is on an image that is shown, and answers to the pages of the app.

The answers go through the functions of :mod:`morphoexplore.review` that the app calls. The person sees nothing but the images
of a page; pages, keys and clicks are counted. It is played by reference labels: for simulations only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.methods.annotating import (
    NOTHING,
    Eyes,
    answer_row,
    clicks_on_page,
    last_stratum,
    right_members,
)
from morphoexplore.methods.certifying import Tally
from morphoexplore.review import Centres, SeedAnswer, StripPage, StripRow, SurveyStep
from morphoexplore.review.likeness import offered_for_row
from morphoexplore.review.strips import FEWEST, WORTH
from morphoexplore.store import surveys
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project
from morphoexplore.store.seeds import SeedIndex

RULE = 0.96  # share of a row that the person wants to be right
KINDS = ("review", "growth", "audit", "merging", "naming")
GOOD_ROW = 0.9  # share of right images from which a row of a ruler is good
MANY_WRONG = 15  # wrong images that nobody counts
CANDIDATES = 120  # on a page of them
FEW_IN_BULK = 300
NAMES_PAGE, NAME_STRIP = 50, 6  # morphs on the page of names, and images of each


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
        Keys and clicks: ``review`` (of seeds), ``growth`` (of bulk too), ``audit``, ``merging`` (a row is another morph, or
        a new one, than the one that it would go to), ``naming`` (a typed name is one).
    """

    looks: int = 0
    images: int = 0
    actions: Counter[str] = field(default_factory=Counter)

    def page(self, images: int) -> None:
        """Count a page."""
        self.looks += 1
        self.images += images

    def hours(self, page_seconds: float, click_seconds: float) -> float:
        """Return the time it takes."""
        return (page_seconds * self.looks + click_seconds * self.actions.total()) / 3600


@dataclass(frozen=True)
class Stated:
    """
    A bound that was stated, and the truth.

    Attributes
    ----------
    kind : str
        ``growth``, ``bulk``, ``audit`` or ``round``.
    bound, truth : float
        Share of right ones among the objects that the bound speaks of: at least, and really.
    objects : int
        Their number.
    """

    kind: str
    bound: float
    truth: float
    objects: int


class Person:
    """
    A person who knows what is on an image that is shown, and nothing else.

    Parameters
    ----------
    project : Project
        Where it decides.
    labels : array of int, shape (n,)
        What is on each image, ``NOTHING`` for what is nothing to be sorted.
    rule : float
        Share of a row of a seed that it wants to be right.
    target : float
        Precision to be certified.
    worth : float
        Share of the best mean that an action must be expected to bring, and four objects; it stops below.
    error, miss, alarm : float
        How it errs (:class:`morphoexplore.methods.annotating.Eyes`).
    random_state : int
        Of the images drawn, and of the errors.
    """

    def __init__(
        self,
        project: Project,
        labels: np.ndarray,
        *,
        rule: float = RULE,
        target: float = 0.95,
        worth: float = WORTH,
        error: float = 0.0,
        miss: float = 0.0,
        alarm: float = 0.0,
        random_state: int = 0,
    ) -> None:
        self.project, self.labels, self.rule, self.target = project, labels, rule, target
        self._worth, self.effort = worth, Effort()
        self.label_of: dict[int, int] = {}  # of the morphs it made
        self.stated: list[Stated] = []
        self.curve: list[dict[str, int]] = []
        self._rates = [0.0]  # objects an action, after each round
        self._random_state = random_state
        self._eyes = Eyes(error, miss, alarm, np.random.default_rng(random_state))
        self._membership, self._index = Membership(project), SeedIndex(project)
        self._centres = Centres.read(project)

    @property
    def node(self) -> np.ndarray:
        """The morph of every object, now."""
        self._membership.refresh()
        return self._membership.node

    # ------------------------------------------------------------------------------------- seeds

    def _strips(self) -> StripPage:
        self._membership.refresh()
        return review.strip_page(
            self.project,
            membership=self._membership,
            index=self._index,
            worth=self._worth,
            random_state=self._random_state,
        )

    def judge(self, page: StripPage) -> None:
        """Answer to a page of strips."""
        self.effort.page(sum(len(row.objects) for row in page.rows))
        said = [self._answer(row) for row in page.rows]
        clicks = clicks_on_page([answer.cut for answer, _ in said], [len(row.objects) for row in page.rows])
        self.effort.actions["review"] += clicks + 1  # and the key for the next page
        judged = review.judge_page(self.project, [answer for answer, _ in said], index=self._index)
        labels = {answer.seed_id: label for answer, label in said}
        for seed_id, node_id in judged.morphs.items():
            self.label_of.setdefault(node_id, labels[seed_id])
        self._note()

    def _answer(self, row: StripRow) -> tuple[SeedAnswer, int]:
        """Answer to a row, and say what it is; a key more where it is not of the morph that it goes to."""
        shown = np.array(row.objects)
        missed, alarmed = self._eyes.slips(len(shown))
        said = answer_row(
            self.labels[shown],
            rule=self.rule,
            is_whole=len(shown) == row.size,
            missed=missed,
            alarmed=alarmed,
        )
        refused = SeedAnswer(row.seed_id, row.objects, None), NOTHING
        if said.cut is None:
            return refused
        into, is_first = self._same_as(row, said.label)
        # A click must bring what makes an action worth it, and a key for another morph and a new name as well.
        if row.ranks[said.cut] < (1 + (into is None) + (not is_first)) * self.least:
            return refused
        self.effort.actions["merging"] += not is_first
        return SeedAnswer(row.seed_id, row.objects, said.cut, into=into), said.label

    def _same_as(self, row: StripRow, label: int) -> tuple[int | None, bool]:
        """Return the morph of that label among those that the row offers, and whether it goes in there by itself."""
        node = self._membership.node
        self._centres.follow(node)
        offered = offered_for_row(self.project, row, node=node, centres=self._centres, index=self._index)
        into = next((node_id for node_id in offered.morphs if self.label_of.get(node_id) == label), None)
        return into, into == offered.into

    # ---------------------------------------------------------------------------- growth and bulk

    def offer_in_bulk(self) -> int:
        """Offer each free object to its best morph; return how many came in."""
        try:
            survey_id = review.begin_bulk(self.project, target=self.target, **self._at_hand())
        except DecisionError:
            return 0
        return self._find_and_certify(survey_id, least=FEW_IN_BULK)

    def grow(self, node_id: int) -> int:
        """Grow a morph; return how many objects came in."""
        try:
            survey_id = review.begin_growth(self.project, node_id, target=self.target, **self._at_hand())
        except DecisionError:
            return 0
        return self._find_and_certify(survey_id)

    def grow_by_page(self, node_id: int) -> int:
        """Look at the first candidates, accept up to the last good one as of a row of strips; return how many came in."""
        found = review.candidates(self.project, node_id, most=CANDIDATES, **self._at_hand())
        shown = found["object"].tolist()
        self.effort.page(len(shown))
        right = self._eyes.see_twice(self._right(shown, (node_id,) * len(shown)))
        enough = np.flatnonzero(np.cumsum(right) >= self.rule * np.arange(1, len(right) + 1))
        cut = int(enough[-1]) + 1 if len(enough) else 0
        while cut and not right[cut - 1]:
            cut -= 1
        if cut < 2 * self.least:
            cut = 0
        # The cursor on the last good one, and the key for "up to"; one key where all are right, or for the next morph.
        self.effort.actions["growth"] += 2 if cut and not right.all() else 1
        if cut:
            review.grow(self.project, node_id, shown[:cut], shown=shown[:cut], up_to=True)
        self._note()
        return cut

    def _at_hand(self) -> dict[str, Any]:
        """Return what a server keeps in memory, and what images are drawn by."""
        return {
            "random_state": self._random_state,
            "membership": self._membership,
            "vectors": self._centres.vectors,
            "index": self._index,
        }

    def _find_and_certify(self, survey_id: int, *, least: int = 0) -> int:
        """Answer to all that a survey shows, unless the set is too small, or bulk has failed once; return what came in."""
        step = review.survey_step(self.project, survey_id, membership=self._membership)
        while step.phase != "done":
            if step.phase == "ruler" and (step.attempt == 1 or step.survey.kind == "growth"):
                step = self._mark_row(step)
            elif step.phase == "ruler" or step.cut < least or self._is_hopeless(step):
                self.effort.actions["growth"] += 1
                review.stop_survey(self.project, survey_id)
                break
            else:
                step = self._judge_sample(step, "growth")
        self._membership.refresh()
        self._state(survey_id)
        return step.accepted

    def _mark_row(self, step: SurveyStep) -> SurveyStep:
        # What looks wrong gets a second look, by a glance: no click.
        shares = [
            self._eyes.see_twice(
                self._right(row.objects, row.nodes or self._node_of(step, row.objects))
            ).mean()
            if row.objects
            else 0.0
            for row in step.rows
        ]
        row = last_stratum(np.array(shares), GOOD_ROW)
        self.effort.page(len(step.shown))
        self.effort.actions["growth"] += 1
        after = review.mark_row(self.project, step.survey.survey_id, row, membership=self._membership)
        self._note()
        return after

    def _is_hopeless(self, step: SurveyStep) -> bool:
        """Tell whether so few of a page of few are right that it is left, which is seen at a glance."""
        if step.phase != "look":
            return False
        right = self._right(step.objects, step.nodes or self._node_of(step, step.objects))
        # All right ones come in, for a click on each wrong one.
        return bool(right.sum() < self.least * (1 + (~right).sum()))

    def _judge_sample(self, step: SurveyStep, kind: str) -> SurveyStep:
        """
        Answer to a random page: wrong ones are counted; where all are shown they are clicked.

        Who takes right ones for wrong clicks them, and sees them once more: an error on a right image spoils a set
        that is good.
        """
        right = self._right(step.objects, step.nodes or self._node_of(step, step.objects))
        is_wrong = ~self._eyes.see(right)
        wrong = np.array(step.objects)[is_wrong].tolist()
        self.effort.page(len(step.objects))
        self.effort.actions[kind] += 1
        # Where all are shown, so few wrong ones that the set comes in all the same are not worth a click each.
        is_clicked = (
            kind == "growth" and step.phase == "look" and len(wrong) > (1 - self.target) * len(step.objects)
        )
        if self._eyes.are_wary and 0 < len(wrong) < MANY_WRONG:
            self.effort.actions[kind] += len(wrong)
            wrong, is_clicked = np.array(wrong)[~self._eyes.see(right[is_wrong])].tolist(), True
        elif is_clicked:
            self.effort.actions[kind] += len(wrong)
        answer: dict[str, Any] = {"count": len(wrong) if len(wrong) < MANY_WRONG else review.MANY}
        if is_clicked or not wrong:
            answer = {"wrong": wrong}
        after = review.judge_sample(
            self.project, step.survey.survey_id, shown=step.objects, membership=self._membership, **answer
        )
        self._note()
        return after

    def _node_of(self, step: SurveyStep, objects: Sequence[int]) -> tuple[int, ...]:
        return (step.survey.node_id or 0,) * len(objects)

    def _right(self, objects: Sequence[int], nodes: Sequence[int]) -> np.ndarray:
        """Return which images are of the morph that each is shown for."""
        right: np.ndarray = self.labels[list(objects)] == self._labels_of(nodes)
        return right

    def _labels_of(self, nodes: Sequence[int]) -> np.ndarray:
        # What has no label is nothing, and is like no morph.
        return np.array([self.label_of.get(node_id, NOTHING - 1) for node_id in nodes])

    def name_all(self) -> None:
        """Name the morphs on the page of names, the largest first: a typed name is an action."""
        node = self.node
        nodes, sizes = np.unique(node[node >= 0], return_counts=True)
        for start in range(0, len(nodes), NAMES_PAGE):
            page = nodes[np.argsort(-sizes, kind="stable")][start : start + NAMES_PAGE].tolist()
            self.effort.page(NAME_STRIP * len(page))
            for node_id in page:
                review.name(self.project, node_id, f"label {self.label_of[node_id]}")
                self.effort.actions["naming"] += 1
            self._note()

    # --------------------------------------------------------------------------------- counting

    @property
    def least(self) -> float:
        """Return the objects that an action must bring to be worth it, as on the page of strips."""
        return max(FEWEST, self._worth * max(self._rates))

    def _rate(self) -> float:
        """Return the objects that an action brought so far."""
        return float((self.node >= 0).sum() / max(1, self.effort.actions.total()))

    def _state(self, survey_id: int) -> None:
        """Keep what the survey stated last, beside the truth."""
        with self.project.read() as conn:
            found = [bound for bound in surveys.bounds(conn) if bound.survey_id == survey_id]
        if not found or not len(found[-1].objects):
            return
        last = found[-1]
        tally = Tally(last.total, last.looked, last.wrong, last.removed, last.total - len(last.objects))
        right = self.labels[last.objects] == self._labels_of(self.node[last.objects].tolist())
        self.stated.append(Stated(last.kind, tally.bound(last.alpha), float(right.mean()), len(last.objects)))

    def _note(self) -> None:
        node, actions = self.node, self.effort.actions
        self.curve.append(
            {
                "looks": self.effort.looks,
                "actions": actions.total(),
                **{kind: actions[kind] for kind in KINDS},
                "morphs": int(np.count_nonzero(np.bincount(node[node >= 0]))),
                "sorted": int((node >= 0).sum()),
                "right": len(right_members(node, self.labels)),
            }
        )
