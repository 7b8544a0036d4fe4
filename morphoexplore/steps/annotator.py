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
from morphoexplore.methods.annotating import NOTHING, Eyes, answer_row, last_stratum, right_members
from morphoexplore.methods.certifying import Tally
from morphoexplore.methods.mixtures import parts_of
from morphoexplore.records import Progress, silent
from morphoexplore.review import Centres, SeedAnswer, StripPage, StripRow, SurveyStep
from morphoexplore.review.likeness import offered_for
from morphoexplore.review.strips import WORTH
from morphoexplore.steps.seeding import seed
from morphoexplore.store import surveys
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project
from morphoexplore.store.seeds import SeedIndex

RULE = 0.96  # share of a row that the annotator wants to be right
STRICTER = (
    0.85,
    0.9,
    0.93,
    0.95,
    0.96,
)  # rules; an audit moves it by one. Twelve right images of twelve pass the last
SPARE = 0.01  # above the target, that an audit should see
MOST_ROUNDS = 12
KINDS = ("review", "growth", "audit", "merging")
GOOD_ROW = 0.9  # share of right images from which a row of a ruler is good
WORTH_AUDIT = 0.05  # of all members: what fewer unseen ones of a round hide changes the precision of all by less than .01
MANY_WRONG = 15  # wrong images that nobody counts
FEW_IN_BULK = 300
AGAIN = 1.5  # times the objects expected when a growth failed, from which it is tried again
FEWEST_ACTIONS = 3  # of a growth: a ruler or two, and a page
CANDIDATES = 120  # on a page of them
FEW_TO_GROW = (
    500  # expected objects below which a page of candidates pays better than a ruler and what certifies
)


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
        a new one, than the one that it would go to).
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
    worth : float
        Share of the best mean that an action must be expected to bring; it stops below.
    error, miss, alarm : float
        How it errs (:class:`morphoexplore.methods.annotating.Eyes`).
    take_back : float
        Share of right ones in the audit of a round below which its large seeds are taken back, as far as they are unseen.
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
        take_back: float = 0.0,
        random_state: int = 0,
    ) -> None:
        self.project, self.labels, self.rule, self.target = project, labels, rule, target
        self._worth, self.effort = worth, Effort()
        self.label_of: dict[int, int] = {}  # of the morphs it made
        self.rounds = 0
        self.stated: list[Stated] = []
        self.curve: list[dict[str, int]] = []
        # Share of what growths (True) and bulk offers were expected to bring that they brought; and where too few came.
        self._kept: dict[bool, list[float]] = {True: [], False: []}
        self._failed: dict[int, int] = {}
        self._rates = [0.0]  # objects an action, after each round
        self._random_state, self._take_back_below = random_state, take_back
        self._eyes = Eyes(error, miss, alarm, np.random.default_rng(random_state))
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
                self.grow_all(is_between=True)
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
            worth=self._worth,
            random_state=self._random_state,
        )

    def _answer(self, row: StripRow) -> tuple[SeedAnswer, int]:
        """Answer to a row, and say what it is: a click on the last good image, another where it is not the morph that it goes to."""
        shown = np.array(row.objects)
        missed, alarmed = self._eyes.slips(len(shown))
        said = answer_row(
            self.labels[shown],
            rule=self.rule,
            is_whole=len(shown) == row.size,
            missed=missed,
            alarmed=alarmed,
        )
        if said.cut is None or (parts_of(row.size) > 1 and 2 * (said.cut + 1) < len(shown)):
            # A long row that is good for less than half of it is a mixture: left, it comes back in parts.
            return SeedAnswer(row.seed_id, row.objects, None), NOTHING
        self.effort.actions["review"] += 1
        into, is_first = self._same_as(row, said.label)
        self.effort.actions["merging"] += not is_first
        return SeedAnswer(row.seed_id, row.objects, said.cut, into=into), said.label

    def _same_as(self, row: StripRow, label: int) -> tuple[int | None, bool]:
        """Return the morph of that label among those that the row offers, and whether it goes in there by itself."""
        node = self._membership.node
        objects = self._index.objects_of(row.seed_id)
        self._centres.follow(node)
        offered = offered_for(self._centres, objects[node[objects] < 0])
        into = next((node_id for node_id in offered.morphs if self.label_of.get(node_id) == label), None)
        return into, into == offered.into

    # ----------------------------------------------------------------------- audit, growth, bulk

    def audit_round(self, number: int) -> None:
        """Look at a page of what came in unseen; be stricter, or less so, in the next round."""
        try:
            survey_id = review.begin_round_audit(
                self.project, number, target=self.target, random_state=self._random_state
            )
        except DecisionError:  # everything was seen
            return
        step = review.survey_step(self.project, survey_id, membership=self._membership)
        if step.tally.total < WORTH_AUDIT * (self.node >= 0).sum():
            return
        step = self._judge_sample(step, "audit")
        self._state(survey_id)
        right = 1 - (step.wrong + 0.5) / (step.looked + 1)
        if right < self.target + SPARE:
            self._move_rule(1)
        elif right >= 1 - SPARE:
            self._move_rule(-1)
        if right < self._take_back_below:
            self._take_back(number)

    def _take_back(self, number: int) -> None:
        """Take back what came in unseen with the seeds of a round that come back in parts: a click for each."""
        found = review.round_seeds(self.project, number, membership=self._membership, index=self._index)
        large = [seed_id for seed_id in found.index if parts_of(len(self._index.objects_of(seed_id))) > 1]
        if large:
            self.effort.actions["audit"] += len(large)
            review.take_back(self.project, number, seed_ids=large)
            self._note()

    def _move_rule(self, steps: int) -> None:
        place = int(np.searchsorted(STRICTER, self.rule)) + steps
        self.rule = STRICTER[min(max(place, 0), len(STRICTER) - 1)]

    def grow_all(self, *, is_between: bool = False) -> None:
        """
        Offer everything in bulk, then grow morph by morph, where most is to be gained first, while that is worth it.

        Parameters
        ----------
        is_between : bool
            Between rounds an action must be expected to bring what one brought so far, because the next seeds are
            waiting; at the end it is as on the page of strips.
        """
        if not self.label_of:
            return
        self._rates.append(self._rate())
        yields = self._yields()
        expected = sum(yields.values())
        # What one morph would gain, its own growth brings as well.
        if expected - max(yields.values(), default=0) >= FEW_IN_BULK and self._pays(
            0, expected, is_between=is_between
        ):
            self._try(0, expected)
        while left := {
            node: count
            for node, count in self._yields().items()
            if self._pays(node, count, is_between=is_between)
        }:
            node_id = max(left, key=lambda one: (left[one], -one))
            self._try(node_id, left[node_id])

    def _pays(self, node_id: int, expected: int, *, is_between: bool) -> bool:
        """
        Tell whether so many expected objects pay for the actions of a growth, or of a bulk offer (0).

        They count as far as others of the kind came in; what was hardly worth it is tried again when half as many more
        are expected.
        """
        if expected < AGAIN * self._failed.get(node_id, 0):
            return False
        least = FEWEST_ACTIONS * (self._rate() if is_between else self._least())
        return self._share_kept(node_id) * expected >= least

    def _share_kept(self, node_id: int) -> float:
        """Return the share of what is expected that probably comes in; growths tell of bulk as well."""
        shares = self._kept[True] + (self._kept[False] if not node_id else [])
        return (1 + sum(shares)) / (1 + len(shares))  # one large morph that failed says little of the others

    def _try(self, node_id: int, expected: int) -> None:
        """Grow a morph, or offer in bulk (0), and remember what was expected and what came in."""
        before, least = self.effort.actions["growth"], self._least()
        is_page = node_id > 0 and self._share_kept(node_id) * expected < FEW_TO_GROW
        if is_page:
            came_in = self.grow_by_page(node_id)
        else:
            came_in = self.grow(node_id) if node_id else self.offer_in_bulk()
        is_all_of_it = is_page and came_in == CANDIDATES  # of a page, on which there was no border
        self._kept[node_id > 0].append(1.0 if is_all_of_it else min(1.0, came_in / expected))
        # Behind a border that was seen on a page there is little, until more is known.
        if (is_page and not is_all_of_it) or came_in < least * (self.effort.actions["growth"] - before):
            self._failed[node_id] = expected

    def _yields(self) -> dict[int, int]:
        return review.expected_yields(self.project, membership=self._membership, index=self._index)

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

    def grow_by_page(self, node_id: int) -> int:
        """Look at the first candidates, accept up to the last good one as of a row of strips; return how many came in."""
        found = review.candidates(
            self.project,
            node_id,
            most=CANDIDATES,
            random_state=self._random_state,
            membership=self._membership,
            vectors=self._centres.vectors,
            index=self._index,
        )
        shown = found["object"].tolist()
        self.effort.page(len(shown))
        right = self._eyes.see_twice(self._right(shown, (node_id,) * len(shown)))
        enough = np.flatnonzero(np.cumsum(right) >= self.rule * np.arange(1, len(right) + 1))
        cut = int(enough[-1]) + 1 if len(enough) else 0
        while cut and not right[cut - 1]:
            cut -= 1
        if cut < 2 * self._least():
            cut = 0
        # The cursor on the last good one, and the key for "up to"; or the key for the next morph.
        self.effort.actions["growth"] += 2 if cut else 1
        if cut:
            review.grow(self.project, node_id, shown[:cut], shown=shown[:cut], up_to=True)
        self._note()
        return cut

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
        return bool(right.sum() < self._least() * (1 + (~right).sum()))

    def _least(self) -> float:
        """Return the objects that an action must bring to be worth it, as on the page of strips."""
        return self._worth * max(self._rates)

    def _rate(self) -> float:
        """Return the objects that an action brought so far."""
        return float((self.node >= 0).sum() / max(1, self.effort.actions.total()))

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
