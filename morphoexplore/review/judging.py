"""Judging seeds: confirmed as a morph, or discarded."""

from __future__ import annotations

from typing import Any

import numpy as np

from morphoexplore.errors import DecisionError
from morphoexplore.review.parts import (
    Objects,
    free_of,
    members_among,
    refuse_both,
    rejected_from,
    target,
    within,
)
from morphoexplore.store import seeds
from morphoexplore.store.history import Edit, decision
from morphoexplore.store.project import Project

PROPOSED = "with its seed"


def confirm(
    project: Project,
    seed_id: int,
    *,
    wrong: Objects = (),
    shown: Objects = (),
    doubtful: Objects = (),
    name: str | None = None,
    into: int | None = None,
    page: int | None = None,
) -> int:
    """
    Confirm a seed as a morph; return the morph's number.

    Parameters
    ----------
    seed_id : int
        A pending seed.
    wrong : objects
        Clicked out: they stay free (or where they went meanwhile) and are remembered as not of this morph.
    shown : objects
        Of the seed, those whose image the person saw. Seen and not wrong is ``looked``; confirmed unseen is
        ``seed``.
    doubtful : objects
        Seen, kept, and not certain.
    name : str, optional
        Name of a new morph.
    into : int, optional
        An existing morph that the seed is the same as, instead of a new one. Objects that were rejected from
        it before come in only where they are seen now.
    page : int, optional
        The page of review on which it was judged.

    Raises
    ------
    DecisionError
        If the seed was judged before, an object is not of the seed, or nothing would be left.
    """
    if into is not None and name is not None:
        message = (
            f"Seed {seed_id} goes into morph {into}, which keeps its name; give a name to a new morph only."
        )
        raise DecisionError(message)
    proposed = seeds.objects_of(project, seed_id)
    wrong, shown, doubtful = (
        within(proposed, part, f"seed {seed_id}", project) for part in (wrong, shown, doubtful)
    )
    refuse_both(project, doubtful, wrong, "doubtful and wrong")
    seen = np.union1d(shown, doubtful)
    with decision(project, "confirm") as edit:
        _require_pending(edit, seed_id)
        kept = np.setdiff1d(free_of(edit, proposed), wrong)
        if into is not None:
            kept = np.setdiff1d(kept, np.setdiff1d(rejected_from(edit, into), seen))
        if not len(kept):
            message = f"Nothing of seed {seed_id} would be left. Discard it instead."
            raise DecisionError(message)
        node_id = target(edit, into, name)
        edit.node_id, edit.seed_id = node_id, seed_id
        edit.detail = {"members": len(kept), "wrong": len(wrong), "looked": len(np.intersect1d(kept, seen))}
        edit.forget_rejection(kept, node_id)
        edit.assign(np.setdiff1d(kept, seen), node_id, origin="seed")
        edit.assign(np.intersect1d(kept, seen), node_id, origin="looked")
        edit.release(members_among(edit, wrong, node_id))
        edit.reject(wrong, node_id)
        right = np.setdiff1d(np.intersect1d(kept, seen), doubtful)
        about: dict[str, Any] = {"purpose": "review", "drawn": PROPOSED, "page": page}
        about |= {"node_id": node_id, "seed_id": seed_id}
        edit.look(right, "right", **about)
        edit.look(np.intersect1d(kept, doubtful), "doubtful", **about)
        edit.look(wrong, "wrong", **about)
        edit.judge_seed(seed_id, "confirmed", node_id)
    return node_id


def discard(project: Project, seed_id: int, *, shown: Objects = (), page: int | None = None) -> None:
    """
    Refuse a seed: its objects stay free, and a seed like it is not proposed again.

    Parameters
    ----------
    shown : objects
        Those whose image the person saw.
    """
    proposed = seeds.objects_of(project, seed_id)
    seen = within(proposed, shown, f"seed {seed_id}", project)
    with decision(project, "discard") as edit:
        _require_pending(edit, seed_id)
        edit.seed_id = seed_id
        edit.detail = {"objects": len(proposed)}
        edit.look(seen, "wrong", purpose="review", drawn=PROPOSED, seed_id=seed_id, page=page)
        edit.judge_seed(seed_id, "discarded", None)


def _require_pending(edit: Edit, seed_id: int) -> None:
    seed = seeds.get(edit.conn, seed_id)
    if seed.state != "pending":
        message = (
            f"Seed {seed_id} is {seed.state} already. Undo that decision first, or choose a pending seed."
        )
        raise DecisionError(message)
