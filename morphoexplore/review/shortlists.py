"""
The best candidates of a morph, ranked anew after each page.

Ranking all free objects takes a second at a million. After a page only a few members and a few wrong ones are new: whether
one of them is nearer than what was nearest before is all that has to be found out.
"""

from __future__ import annotations

import threading

import numpy as np

from morphoexplore.methods import growing
from morphoexplore.methods.growing import Candidates, few_nearest, in_order
from morphoexplore.review.offers import Known, known, rank
from morphoexplore.store.membership import MembershipState
from morphoexplore.store.project import Project
from morphoexplore.store.seeds import SeedIndex

MOST = 3000
MANY_NEW = 1000  # members or negatives that came since: ranking anew costs no more
USED_UP = 0.5  # share of a full shortlist that is left when all free objects are ranked again


class Shortlist:
    """
    The best candidates of a morph, kept while it is grown page by page.

    Parameters
    ----------
    membership : MembershipState
        What is known when they are ranked.
    ranked : Candidates, optional
        All candidates as of then, by :func:`~morphoexplore.review.offers.rank`; ranked now unless given.

    Raises
    ------
    DecisionError
        If there is no such morph.
    """

    def __init__(
        self,
        project: Project,
        node_id: int,
        *,
        membership: MembershipState,
        vectors: np.ndarray,
        index: SeedIndex,
        ranked: Candidates | None = None,
    ) -> None:
        self.project, self.node_id, self.vectors = project, node_id, vectors
        self._lock = threading.Lock()
        self._first = self._now = known(project, node_id, len(vectors), membership=membership, index=index)
        if ranked is None:
            ranked = rank(project, node_id, membership=membership, vectors=vectors, index=index)
        self.objects = ranked.objects[:MOST]
        self._own, self._others = ranked.own[:MOST], ranked.others[:MOST]
        # The same view as long as the list lasts: distances of two views do not compare.
        self.axes, self.trust = ranked.axes, ranked.trust
        self._is_ranked = np.ones(len(self.objects), bool)

    def follow(self, *, membership: MembershipState, index: SeedIndex) -> Candidates | None:
        """Return what is free of the list, as it is ranked now; None where all free objects must be ranked again."""
        with self._lock:
            return self._follow(membership, index)

    def _follow(self, membership: MembershipState, index: SeedIndex) -> Candidates | None:
        now = known(self.project, self.node_id, len(self.vectors), membership=membership, index=index)
        if self._is_used_up(now):
            return None
        came, denied = now.is_member & ~self._now.is_member, now.is_negative & ~self._now.is_negative
        is_less = (self._now.is_member & ~now.is_member).any() or (
            self._now.is_negative & ~now.is_negative
        ).any()
        if is_less or came.sum() > MANY_NEW or denied.sum() > MANY_NEW:
            ranked = rank(
                self.project,
                self.node_id,
                among=self.objects,
                membership=membership,
                vectors=self.vectors,
                index=index,
                axes=self.axes,
            )
            self._take(ranked, now)
        else:
            self._own = self._nearer(self._own, np.flatnonzero(came))
            self._others = self._nearer(self._others, np.flatnonzero(denied))
            self._now = now
        is_free = now.is_free[self.objects] & self._is_ranked
        return in_order(
            self.objects[is_free], self._own[is_free], self._others[is_free], self.axes, self.trust
        )

    def _take(self, ranked: Candidates, now: Known) -> None:
        """Take over new distances; what is not free has none until it is ranked again."""
        place = np.full(len(self.vectors), -1)
        place[self.objects] = np.arange(len(self.objects))
        at = place[ranked.objects]
        self._own = np.full_like(self._own, np.inf)
        self._others = np.full_like(self._others, np.inf)
        self._own[at], self._others[at] = ranked.own, ranked.others
        self.axes, self.trust = ranked.axes, ranked.trust
        self._is_ranked = np.zeros(len(self.objects), bool)
        self._is_ranked[at] = True
        self._now = now

    def _nearer(self, former: np.ndarray, references: np.ndarray) -> np.ndarray:
        """Return the distances to the nearest, of the former ones and of new references."""
        references = references[np.isfinite(self.vectors[references]).all(axis=1)]
        if not len(references) or not len(self.objects):
            return former
        new = few_nearest(self.vectors, self.objects, references, self.axes)
        return np.sort(np.concatenate([former, new], axis=1), axis=1)[:, : growing.NEIGHBOURS]

    def _is_used_up(self, now: Known) -> bool:
        """Tell whether the list says too little of what is free: half gone, the morph another one, or others free again."""
        first = self._first
        is_free = now.is_free[self.objects]
        if len(self.objects) == MOST and is_free.sum() < USED_UP * MOST:
            return True
        members, former = int(now.is_member.sum()), int(first.is_member.sum())
        if not former / 2 <= members <= max(2 * former, former + MOST / 4):
            return True
        again = now.is_free & ~first.is_free
        again[self.objects] = False
        return bool(again.any())
