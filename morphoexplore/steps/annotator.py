"""
How an annotator goes about sorting a collection: what it looks at next, and when it stops.

What it does on a page is a matter of :mod:`morphoexplore.steps.person`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.methods.mixtures import parts_of
from morphoexplore.records import Progress, silent
from morphoexplore.steps.person import CANDIDATES, FEW_IN_BULK, Person
from morphoexplore.steps.seeding import seed
from morphoexplore.store.project import Project

STRICTER = (0.85, 0.9, 0.93, 0.95, 0.96)
"""Rules; an audit moves it by one. Twelve right images of twelve pass the last."""
SPARE = 0.01  # above the target, that an audit should see
MOST_ROUNDS = 12
WORTH_AUDIT = 0.05  # of all members: what fewer unseen ones of a round hide changes the precision of all by less than .01
KEPT_FOR_BULK = 0.5
"""Share of what was expected that growths must have brought for bulk to be tried: they are of the same list, morph by morph."""
AGAIN = 1.5  # times the objects expected when a growth failed, from which it is tried again
FEWEST_ACTIONS = 3  # of a growth: a ruler or two, and a page
OVERRATED = 2.0
"""Times what an action brought with the last seeds that one of a growth must promise between rounds: what growing will bring is mostly
overrated, and the next seeds bring some of it anyway."""
FEW_TO_GROW = 500
"""Expected objects below which a page of candidates pays better than a ruler and what certifies."""


class Annotator(Person):
    """
    A person who sorts a collection from the first round of seeds to the last, grows what pays, and names the morphs.

    Parameters
    ----------
    project, labels
        As for `Person`; so are what is not named here.
    take_back : float
        Share of right ones in the audit of a round below which its large seeds are taken back, as far as they are unseen.
    """

    def __init__(
        self, project: Project, labels: np.ndarray, *, take_back: float = 0.0, **options: Any
    ) -> None:
        super().__init__(project, labels, **options)
        self.rounds = 0
        self._brought = 0.0  # objects an action, by the seeds of the last round
        # Share of what growths (True) and bulk offers were expected to bring that they brought; and where too few came.
        self._kept: dict[bool, list[float]] = {True: [], False: []}
        self._failed: dict[int, int] = {}
        self._take_back_below = take_back

    def sort_all(
        self, *, rounds: Sequence[dict[str, Any]] | None = None, progress: Progress = silent
    ) -> None:
        """
        Sort from the first round of seeds to the last, then grow, then name.

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
        self.name_all()

    def judge_round(self) -> int:
        """Judge pages of seeds as long as they are worth it, by what the app says; return how many."""
        pages, members, spent = 0, int((self.node >= 0).sum()), self.effort.actions.total()
        while (page := self._strips()).rows and page.is_worth_it:
            self.judge(page)
            pages += 1
        came_in = int((self.node >= 0).sum()) - members
        self._brought = came_in / max(1, self.effort.actions.total() - spent)
        return pages

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
        Grow in bulk, then morph by morph, where most is to be gained first, while that is worth it.

        Parameters
        ----------
        is_between : bool
            Between rounds, because the next seeds are waiting, an action must be expected to bring twice what one brought with those of
            the last round, or what one brought so far, the smaller of both; at the end it is as on the page of strips.
        """
        if not self.label_of:
            return
        self._rates.append(self._rate())
        yields = self._yields()
        expected = sum(yields.values())
        # What one morph would gain, its own growth brings as well.
        gained = expected - max(yields.values(), default=0)
        if gained >= FEW_IN_BULK and self._pays(0, expected, is_between=is_between):
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
        if not node_id and self._kept[True] and np.mean(self._kept[True]) < KEPT_FOR_BULK:
            return False
        rate = max(self.least, min(self._rate(), OVERRATED * self._brought)) if is_between else self.least
        least = FEWEST_ACTIONS * rate
        return self._share_kept(node_id) * expected >= least

    def _share_kept(self, node_id: int) -> float:
        """Return the share of what is expected that probably comes in; growths tell of bulk as well."""
        shares = self._kept[True] + (self._kept[False] if not node_id else [])
        return (1 + sum(shares)) / (1 + len(shares))  # one large morph that failed says little of the others

    def _try(self, node_id: int, expected: int) -> None:
        """Grow a morph, or offer in bulk (0), and remember what was expected and what came in."""
        before, least = self.effort.actions["growth"], self.least
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
