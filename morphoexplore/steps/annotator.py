"""
A person who knows what is on an image that is shown, and sorts as the app lets a person sort.

The annotator answers through the functions of :mod:`morphoexplore.review` that the app calls, sees nothing but the
images of a page, and counts pages, keys and clicks. It is played by reference labels: for simulations only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.methods.annotating import NOTHING, answer_row, last_stratum, right_members
from morphoexplore.methods.certifying import Tally
from morphoexplore.records import Progress, silent
from morphoexplore.review import Centres, SeedAnswer, StripPage, StripRow, SurveyStep
from morphoexplore.review.likeness import is_alike
from morphoexplore.review.strips import WORTH
from morphoexplore.steps.seeding import seed
from morphoexplore.store import surveys
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project
from morphoexplore.store.seeds import SeedIndex

RULE = 0.95  # share of a row that the annotator wants to be right
STRICTER = (
    0.85,
    0.9,
    0.93,
    0.95,
    0.96,
)  # rules; an audit moves it by one. Twelve right images of twelve pass the last
SPARE = 0.01  # above the target, that an audit should see
OFFERED = 2  # morphs that a row offers
MOST_ROUNDS = 12
KINDS = ("review", "growth", "audit", "merging")
GOOD_ROW = 0.9  # share of right images from which a row of a ruler is good
WORTH_LOOKING = 0.5  # share of a page of few below which they are not worth clicking through
FEWEST_TO_AUDIT, MANY_WRONG = 3, 15  # unseen members of a round; wrong images that nobody counts
FEW_WRONG = 3  # in an audit, that are clicked one by one
FEW_IN_BULK = 300
FEWEST_ACTIONS = 3  # of a growth: a ruler or two, and a page
FRUITLESS = 3  # growths in turn that were hardly worth it, after which growing ends


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


class Annotator:
    """
    A person who knows what is on an image that is shown, and nothing else.

    Parameters
    ----------
    project : Project
        Where it decides.
    labels : array of int, shape (n,)
        What is on each image, ``NOTHING`` for what is nothing to be sorted.
    rule : float
        Share of a row of a seed that it wants to be right; audits move it.
    target : float
        Precision to be certified.
    error : float
        Share of its judgements on single images that are wrong.
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
        error: float = 0.0,
        random_state: int = 0,
    ) -> None:
        self.project, self.labels, self.rule, self.target = project, labels, rule, target
        self.effort = Effort()
        self.label_of: dict[int, int] = {}  # of the morphs it made
        self.rounds = 0
        self.stated: list[Stated] = []
        self.curve: list[dict[str, int]] = []
        self._error, self._random_state = error, random_state
        self._rng = np.random.default_rng(random_state)
        self._membership, self._index = Membership(project), SeedIndex(project)
        self._centres = Centres.read(project)

    @property
    def node(self) -> np.ndarray:
        """The morph of every object, now."""
        self._membership.refresh()
        return self._membership.node

    def sort_all(
        self, *, rounds: Sequence[dict[str, Any]] | None = None, progress: Progress = silent
    ) -> None:
        """
        Sort from the first round of seeds to the last, then grow.

        Parameters
        ----------
        rounds : sequence of dict, optional
            Options of `seed` for each round; its own ladder unless given.
        """
        ladder = [{}] * MOST_ROUNDS if rounds is None else rounds
        for options in progress(ladder, label="rounds", total=len(ladder)):
            found = seed(self.project, random_state=self._random_state, **options)
            if found["seeds"] and self.judge_round():
                self.rounds = found["round"]
                self.audit_round(found["round"])
            elif rounds is None:
                break
        self.grow_all()

    # ------------------------------------------------------------------------------------- seeds

    def judge_round(self) -> int:
        """Judge pages of seeds as long as they are worth it, by what the app says; return how many."""
        pages = 0
        while (page := self._strips()).rows and page.is_worth_it:
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
        flipped = self._rng.random(len(shown)) < self._error if self._error else None
        is_whole = len(shown) == row.size
        said = answer_row(self.labels[shown], rule=self.rule, is_whole=is_whole, flipped=flipped)
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

    # ----------------------------------------------------------------------- audit, growth, bulk

    def audit_round(self, number: int) -> None:
        """Look at a page of what came in unseen; be stricter, or less so, in the next round."""
        try:
            survey_id = review.begin_round_audit(
                self.project, number, target=self.target, random_state=self._random_state
            )
        except DecisionError:  # everything was seen, so that being strict has bought what it can
            self._move_rule(-1)
            return
        step = review.survey_step(self.project, survey_id, membership=self._membership)
        if len(step.objects) < FEWEST_TO_AUDIT:
            return
        step = self._judge_sample(step, "audit")
        self._state(survey_id)
        right = 1 - (step.wrong + 0.5) / (step.looked + 1)
        if right < self.target + SPARE:
            self._move_rule(1)
        elif right >= 1 - SPARE:
            self._move_rule(-1)

    def _move_rule(self, steps: int) -> None:
        place = int(np.searchsorted(STRICTER, self.rule)) + steps
        self.rule = STRICTER[min(max(place, 0), len(STRICTER) - 1)]

    def grow_all(self) -> None:
        """Offer everything in bulk, then grow morph by morph, where most is to be gained first, while that is worth it."""
        if not self.label_of:
            return
        self.offer_in_bulk()
        fruitless, done = 0, set[int]()
        while fruitless < FRUITLESS:
            yields = review.expected_yields(self.project, membership=self._membership)
            left = {node_id: count for node_id, count in yields.items() if node_id not in done}
            if not left:
                break
            # As on the page of strips: an action that brings less than a fifth of the mean is hardly worth it.
            least = WORTH * (self.node >= 0).sum() / max(1, self.effort.actions.total())
            node_id = max(left, key=lambda one: (left[one], -one))
            if left[node_id] < least * FEWEST_ACTIONS:
                break
            before = self.effort.actions["growth"]
            came_in = self.grow(node_id)
            is_worth_it = came_in >= least * (self.effort.actions["growth"] - before)
            fruitless = 0 if is_worth_it else fruitless + 1
            if not is_worth_it:
                done.add(node_id)

    def offer_in_bulk(self) -> int:
        """Offer each free object to its best morph; return how many came in."""
        try:
            survey_id = review.begin_bulk(
                self.project,
                target=self.target,
                random_state=self._random_state,
                membership=self._membership,
                vectors=self._centres.vectors,
                index=self._index,
            )
        except DecisionError:
            return 0
        return self._find_and_certify(survey_id, least=FEW_IN_BULK)

    def grow(self, node_id: int) -> int:
        """Grow a morph; return how many objects came in."""
        try:
            survey_id = review.begin_growth(
                self.project,
                node_id,
                target=self.target,
                random_state=self._random_state,
                membership=self._membership,
                vectors=self._centres.vectors,
                index=self._index,
            )
        except DecisionError:
            return 0
        return self._find_and_certify(survey_id)

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
        shares = [
            self._sees(row.objects, row.nodes or self._node_of(step, row.objects)).mean()
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
        right = self.labels[list(step.objects)] == self._labels_of(
            step.nodes or self._node_of(step, step.objects)
        )
        return bool(right.mean() < WORTH_LOOKING)

    def _judge_sample(self, step: SurveyStep, kind: str) -> SurveyStep:
        """Answer to a random page: wrong ones are counted; few in an audit are clicked, and all where all are shown."""
        right = self._sees(step.objects, step.nodes or self._node_of(step, step.objects))
        wrong = np.array(step.objects)[~right].tolist()
        self.effort.page(len(step.objects))
        self.effort.actions[kind] += 1
        answer: dict[str, Any] = {"count": len(wrong) if len(wrong) < MANY_WRONG else review.MANY}
        # Where all are shown, so few wrong ones that the set comes in all the same are not worth a click each.
        is_exact = step.phase == "look" and len(wrong) > (1 - self.target) * len(step.objects)
        if is_exact or len(wrong) <= (FEW_WRONG if kind == "audit" else 0):
            self.effort.actions[kind] += len(wrong)
            answer = {"wrong": wrong}
        after = review.judge_sample(
            self.project, step.survey.survey_id, shown=step.objects, membership=self._membership, **answer
        )
        self._note()
        return after

    def _node_of(self, step: SurveyStep, objects: Sequence[int]) -> tuple[int, ...]:
        return (step.survey.node_id or 0,) * len(objects)

    def _sees(self, objects: Sequence[int], nodes: Sequence[int]) -> np.ndarray:
        """Return which images look like the morph that each is shown for."""
        right = self.labels[list(objects)] == self._labels_of(nodes)
        return right ^ (self._rng.random(len(right)) < self._error) if self._error else right

    def _labels_of(self, nodes: Sequence[int]) -> np.ndarray:
        # What has no label is nothing, and is like no morph.
        return np.array([self.label_of.get(node_id, NOTHING - 1) for node_id in nodes])

    # --------------------------------------------------------------------------------- counting

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
                "sorted": int((node >= 0).sum()),
                "right": len(right_members(node, self.labels)),
            }
        )
