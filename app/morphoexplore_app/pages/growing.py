"""What the pages of growth show: the next candidates of a morph, and how its growth went so far."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import pandas as pd

from morphoexplore import review
from morphoexplore.errors import StepMissingError
from morphoexplore.store import history, tree
from morphoexplore_app import memory
from morphoexplore_app.session import Session

SHORTLIST = (
    3000  # candidates that are ranked anew after each page; all free objects are when half of them are gone
)
KEPT = 8  # morphs whose shortlist is remembered
STARVED = 0.5  # share of right ones on a page below which there is probably nothing more to grow
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
        How many of *objects*, from the first on, are nearer to the morph than to anything else known.
    nearer : int
        The same of all free objects; :data:`SHORTLIST` stands for more.
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


@dataclass(frozen=True)
class _Shortlist:
    objects: np.ndarray
    is_free: np.ndarray  # when it was made
    members: int
    vectors: np.ndarray


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
    membership = session.membership
    state = membership.state
    rows = memory.vectors(session)
    with session.lock:
        kept: OrderedDict[int, _Shortlist] = session.memo.setdefault("shortlists", OrderedDict())
        known = kept.get(node_id)
    among = None if known is None or _is_old(known, state.node, node_id, rows) else known.objects
    found = review.candidates(
        session.project,
        node_id,
        most=SHORTLIST if among is None else size,
        among=among,
        membership=membership,
        vectors=rows,
        index=memory.seed_index(session),
    )
    if among is None:
        shortlist = _Shortlist(
            found["object"].to_numpy(), state.node < 0, int((state.node == node_id).sum()), rows
        )
        with session.lock:
            kept[node_id] = shortlist
            while len(kept) > KEPT:
                kept.popitem(last=False)
    return _offer(found, size, state.version)


def _offer(found: pd.DataFrame, size: int, version: int) -> Offer:
    evidence = found["evidence"].to_numpy()[:size]
    return Offer(
        objects=found["object"].to_numpy()[:size].tolist(),
        version=version,
        nearer_here=int((evidence < 1).sum()),
        nearer=min(found.attrs["nearer"], SHORTLIST),
        is_ranked=bool(np.isfinite(evidence).any()),
    )


def _is_old(known: _Shortlist, node: np.ndarray, node_id: int, rows: np.ndarray) -> bool:
    """Tell whether all free objects must be ranked again."""
    if known.vectors is not rows or len(known.is_free) != len(node):
        return True
    is_free = node < 0
    is_used_up = len(known.objects) == SHORTLIST and is_free[known.objects].sum() < SHORTLIST / 2
    members = int((node == node_id).sum())
    is_another = not known.members / 2 <= members <= max(2 * known.members, known.members + SHORTLIST / 4)
    return bool(is_used_up or is_another or (is_free & ~known.is_free).any())


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
    members = members[:: max(1, len(members) // SHORTLIST)]  # so many are enough to find the typical ones
    try:
        return [int(one) for one in memory.centres(session).typical(members, most)]
    except StepMissingError:
        return [int(one) for one in members[:most]]
