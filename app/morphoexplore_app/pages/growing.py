"""What the pages of growth show: the next candidates of a morph, and how its growth went so far."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from morphoexplore.errors import MorphoExploreError, StepMissingError
from morphoexplore.methods.growing import Candidates
from morphoexplore.review import shortlists
from morphoexplore.review.offers import rank
from morphoexplore.review.shortlists import Shortlist
from morphoexplore.store import history, tree
from morphoexplore.store.membership import MembershipState
from morphoexplore_app import memory
from morphoexplore_app.session import Session

KEPT = 8  # morphs whose shortlist is remembered
RANKED = 3  # morphs whose whole ranking is, as of the last decision
SLOW = 100_000  # free objects from which ranking takes long enough to begin before somebody asks
STARVED = 0.5  # share of right ones on a page below which there is probably nothing more to grow
TYPICAL_OF = 3000  # members among which the typical ones are sought
TELLING = 10  # judged images from which a page's share says something


@dataclass(frozen=True)
class Offer:
    """
    The next candidates of a morph, the most likely first.

    Attributes
    ----------
    version : int
        The last decision that they know of.
    nearer_here : int
        How many of *objects* are nearer to the morph than to anything else known.
    nearer : int
        The same of all that are ranked (of a list that was begun before, the best of then), at most
        :data:`~morphoexplore.review.shortlists.MOST`.
    is_ranked : bool
        Whether anything else is known. If not, the candidates are ordered by distance alone.
    """

    objects: list[int]
    version: int
    nearer_here: int
    nearer: int
    is_ranked: bool


@dataclass(frozen=True)
class Growth:
    """How the growth of a morph went: right and wrong of each page, oldest first."""

    pages: list[tuple[int, int]]

    @property
    def accepted(self) -> int:
        """Objects accepted on all pages."""
        return sum(right for right, _ in self.pages)

    @property
    def rejected(self) -> int:
        """Objects found wrong on all pages."""
        return sum(wrong for _, wrong in self.pages)

    @property
    def is_starved(self) -> bool:
        """Whether so few were right on the last page that there is probably nothing more to grow."""
        right, wrong = self.pages[-1] if self.pages else (1, 0)
        return right + wrong >= TELLING and right < STARVED * (right + wrong)


def growth(session: Session, node_id: int) -> Growth:
    """Return how the growth of a morph went."""
    pages = history.of_node(session.project, node_id, "grow")
    return Growth([(page.detail["members"], page.detail["wrong"]) for page in pages])


def offer(session: Session, node_id: int, size: int) -> Offer:
    """
    Return the next candidates of a morph: ranked among all free objects, or among the best of an earlier ranking.

    Raises
    ------
    StepMissingError
        If nothing was embedded yet.
    """
    state = session.membership.state
    rows, index = memory.vectors(session), memory.seed_index(session)
    with session.lock:
        kept: OrderedDict[int, Shortlist] = session.memo.setdefault("shortlists", OrderedDict())
        known = kept.get(node_id)
    found = None
    if known is not None and known.vectors is rows:
        found = known.follow(membership=state, index=index)
    if found is None:
        found = ranking(session, node_id, state)
        made = Shortlist(session.project, node_id, membership=state, vectors=rows, index=index, ranked=found)
        with session.lock:
            kept[node_id] = made
            kept.move_to_end(node_id)
            while len(kept) > KEPT:
                kept.popitem(last=False)
    evidence = found.evidence[:size]
    return Offer(
        objects=found.objects[:size].tolist(),
        version=state.version,
        nearer_here=int((evidence < 1).sum()),
        nearer=min(int((found.evidence < 1).sum()), shortlists.MOST),
        is_ranked=bool(np.isfinite(evidence).any()),
    )


def ranking(session: Session, node_id: int, state: MembershipState) -> Candidates:
    """
    Return all candidates of a morph, as of a decision; the last few rankings are remembered.

    Raises
    ------
    DecisionError
        If there is no such morph.
    StepMissingError
        If nothing was embedded yet.
    """
    rows = memory.vectors(session)
    with session.lock:
        kept: OrderedDict[int, tuple[int, np.ndarray, Candidates]]
        kept = session.memo.setdefault("rankings", OrderedDict())
        under_way = session.memo.setdefault("rankings under way", {}).setdefault(node_id, threading.Lock())
    with under_way:  # who asks for what is being ranked waits for it
        known = kept.get(node_id)
        if known is not None and known[0] == state.version and known[1] is rows:
            return known[2]
        found = rank(
            session.project, node_id, membership=state, vectors=rows, index=memory.seed_index(session)
        )
        with session.lock:
            kept[node_id] = (state.version, rows, found)
            kept.move_to_end(node_id)
            while len(kept) > RANKED:
                kept.popitem(last=False)
    return found


def prepare(session: Session, node_id: int | None) -> None:
    """Rank the candidates of the morph that comes next while a page is looked at, where that takes a while."""
    state = session.membership.state
    if node_id is None or int((state.node < 0).sum()) < SLOW:
        return

    def work() -> None:
        with contextlib.suppress(MorphoExploreError):  # whoever asks next is told
            if node_id is not None:
                ranking(session, node_id, state)

    threading.Thread(target=work, daemon=True).start()


def title(session: Session, node_id: int) -> tuple[str, bool]:
    """
    Return the title of a morph and whether it is complete.

    Raises
    ------
    DecisionError
        If there is no morph of that number.
    """
    with session.project.read() as conn:
        node = tree.get_leaf(conn, node_id)
    return node.title, node.is_complete


def next_incomplete(session: Session, node_id: int | None) -> int | None:
    """Return the morph that is grown after one (None: the first): the next largest that is not complete."""
    sizes = morph_sizes(session)
    with session.project.read() as conn:
        rows = conn.execute("SELECT node_id FROM node WHERE NOT is_branch AND NOT is_complete").fetchall()
    ranked = sorted((row[0] for row in rows), key=lambda one: (-sizes.get(one, 0), one))
    if node_id is None:
        return next((one for one in ranked if sizes.get(one)), None)
    place = (-sizes.get(node_id, 0), node_id)
    later = [one for one in ranked if (-sizes.get(one, 0), one) > place]
    return next((one for one in [*later, *ranked] if one != node_id and sizes.get(one)), None)


def morph_sizes(session: Session) -> dict[int, int]:
    """Return the number of members of every morph that has any."""
    node = session.membership.node
    members = node[node >= 0]
    counts = np.bincount(members) if len(members) else np.empty(0, np.int64)
    return {int(number): int(counts[number]) for number in np.flatnonzero(counts)}


def typical(session: Session, node_ids: list[int], most: int) -> dict[int, list[int]]:
    """Return a few members of each morph that stand for it; in any project, embedded or not."""
    node = session.membership.node
    wanted = np.flatnonzero(np.isin(node, node_ids))
    order = np.argsort(node[wanted], kind="stable")
    wanted = wanted[order]
    starts = np.flatnonzero(np.diff(node[wanted], prepend=-1))
    found = {}
    for members in np.split(wanted, starts[1:]) if len(starts) else []:
        found[int(node[members[0]])] = _few(session, members, most)
    return found


def _few(session: Session, members: np.ndarray, most: int) -> list[int]:
    members = members[:: max(1, len(members) // TYPICAL_OF)]  # so many are enough to find the typical ones
    try:
        return [int(one) for one in memory.centres(session).typical(members, most)]
    except StepMissingError:
        return [int(one) for one in members[:most]]
