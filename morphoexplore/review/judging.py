"""Judging seeds: confirmed as a morph, or discarded; one by one, or a page of strips at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from morphoexplore.errors import DecisionError
from morphoexplore.review import asking
from morphoexplore.review.parts import (
    Objects,
    clean,
    free_of,
    members_among,
    refuse_both,
    rejected_from,
    target,
    within,
)
from morphoexplore.store import questions, seeds
from morphoexplore.store.edits import Edit
from morphoexplore.store.history import decision
from morphoexplore.store.project import Project
from morphoexplore.store.seeds import SeedIndex

PROPOSED = "with its seed"


@dataclass(frozen=True)
class SeedAnswer:
    """
    What a person said about one row of a page of strips.

    Attributes
    ----------
    shown : sequence of int
        The objects of the row, in the order in which they were shown: from typical to strange.
    cut : int or None
        Place in *shown* of the last good image: the seed is accepted up to there; the last place accepts all of
        it. None refuses the seed.
    wrong : sequence of int
        Of *shown*, clicked out one by one.
    doubtful : sequence of int
        Of *shown*, kept and not certain.
    into : int, optional
        The morph that the seed is the same as. Of no meaning where the seed is refused.
    name : str, optional
        Name of a new morph.
    """

    seed_id: int
    shown: Sequence[int]
    cut: int | None
    wrong: Sequence[int] = ()
    doubtful: Sequence[int] = ()
    into: int | None = None
    name: str | None = None


@dataclass(frozen=True)
class JudgedPage:
    """
    What a judged page led to.

    Attributes
    ----------
    accepted, refused : int
        Seeds.
    members : int
        Objects that came in.
    looked : int
        Of those, the ones whose image was shown.
    morphs : dict of int to int
        The morph that each accepted seed went to.
    """

    accepted: int
    refused: int
    members: int
    looked: int
    morphs: dict[int, int]


@dataclass(frozen=True)
class _Taken:
    """What comes of an accepted seed: all parts are sorted object numbers."""

    proposed: np.ndarray
    seen: np.ndarray
    doubtful: np.ndarray
    wrong: np.ndarray


def confirm(
    project: Project,
    seed_id: int,
    *,
    wrong: Objects = (),
    shown: Objects = (),
    doubtful: Objects = (),
    name: str | None = None,
    into: int | None = None,
    flag: str | None = None,
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
    flag : str, optional
        A question to a colleague, put on the morph; one that is there already stays in front of it. That which was put on
        the seed, unless given; "" for none.
    page : int, optional
        The page of review on which it was judged.

    Raises
    ------
    DecisionError
        If the seed was judged before, an object is not of the seed, or nothing would be left.
    """
    _refuse_name_of_existing(seed_id, name, into)
    proposed = seeds.objects_of(project, seed_id)
    taken = _parts(project, seed_id, proposed, proposed, shown, doubtful, wrong)
    with decision(project, "confirm") as edit:
        _require_pending(edit, seed_id)
        asked = questions.asked(edit.conn).get(seed_id)
        if flag is not None and (asked is None or clean(flag) != asked.text):
            text = clean(flag)
            asked = None if text is None else questions.Asked(text)
        node_id, kept, looked = _accept(edit, seed_id, taken, name=name, into=into, page=page)
        edit.node_id, edit.seed_id = node_id, seed_id
        asking.pass_on(edit, node_id, asked)
        edit.detail |= {"members": kept, "wrong": len(taken.wrong), "looked": looked}
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
        _refuse(edit, seed_id, seen, page)


def judge_page(
    project: Project,
    answers: Sequence[SeedAnswer],
    *,
    page: int | None = None,
    index: SeedIndex | None = None,
) -> JudgedPage:
    """
    Judge a page of strips in one decision: every row is accepted up to a cut, or refused.

    A row accepted up to its image number ``cut`` brings in the free objects of the seed from the most typical one
    to that image, less those clicked out: as ``looked`` where they were shown, as ``seed`` where not. What lies
    beyond the cut stays free and is not remembered: the person said how far the seed is good, not what each
    strange image is, so that no look is entered for the images beyond and nothing is rejected unless clicked out.
    A refused row is discarded as :func:`discard` does.

    Parameters
    ----------
    answers : sequence of SeedAnswer
        One for each row.
    page : int, optional
        Number of the page, entered with the looks; the next one unless given.
    index : SeedIndex, optional
        What a server keeps in memory.

    Raises
    ------
    DecisionError
        If one row cannot be judged so; then none is. The sentence names its seed.
    """
    answers = list(answers)
    index = index or SeedIndex(project)
    if len({answer.seed_id for answer in answers}) < len(answers):
        message = "A page cannot have the same seed in two rows."
        raise DecisionError(message)
    accepted = {
        answer.seed_id: _parts_of_answer(project, answer, index.objects_of(answer.seed_id))
        for answer in answers
        if answer.cut is not None
    }
    refused = {
        answer.seed_id: within(
            index.objects_of(answer.seed_id), answer.shown, f"seed {answer.seed_id}", project
        )
        for answer in answers
        if answer.cut is None
    }
    morphs: dict[int, int] = {}
    members = looked = 0
    with decision(project, "judge page") as edit:
        page = page or _next_page(edit)
        asked = questions.asked(edit.conn)
        for answer in answers:
            _require_pending(edit, answer.seed_id)
            if answer.seed_id in refused:
                _refuse(edit, answer.seed_id, refused[answer.seed_id], page)
                continue
            morphs[answer.seed_id], kept, seen = _accept(
                edit, answer.seed_id, accepted[answer.seed_id], name=answer.name, into=answer.into, page=page
            )
            asking.pass_on(edit, morphs[answer.seed_id], asked.get(answer.seed_id))
            members, looked = members + kept, looked + seen
        edit.detail |= {"accepted": len(accepted), "refused": len(refused), "members": members, "page": page}
    return JudgedPage(len(accepted), len(refused), members, looked, morphs)


def _parts_of_answer(project: Project, answer: SeedAnswer, objects: np.ndarray) -> _Taken:
    """Return the parts of a row that is accepted up to a cut; *objects* from typical to strange."""
    seed_id, shown, cut = answer.seed_id, np.array(list(answer.shown), np.int64), answer.cut
    _refuse_name_of_existing(seed_id, answer.name, answer.into)
    if cut is None or not 0 <= cut < len(shown):
        message = f"Seed {seed_id} was shown with {len(shown)} images; it cannot be cut at number {cut}."
        raise DecisionError(message)
    within(objects, shown, f"seed {seed_id}", project)
    for part in (answer.wrong, answer.doubtful):
        within(np.unique(shown), part, f"the row of seed {seed_id}", project)
    is_whole = cut == len(shown) - 1
    proposed = objects if is_whole else objects[: int(np.flatnonzero(objects == shown[cut])[0]) + 1]
    doubtful = np.intersect1d(np.array(list(answer.doubtful), np.int64), shown[: cut + 1])
    return _parts(project, seed_id, objects, proposed, shown[: cut + 1], doubtful, answer.wrong)


def _parts(
    project: Project,
    seed_id: int,
    objects: np.ndarray,
    proposed: np.ndarray,
    shown: Objects,
    doubtful: Objects,
    wrong: Objects,
) -> _Taken:
    shown, doubtful, wrong = (
        within(objects, part, f"seed {seed_id}", project) for part in (shown, doubtful, wrong)
    )
    refuse_both(project, doubtful, wrong, "doubtful and wrong")
    return _Taken(np.unique(proposed), np.union1d(shown, doubtful), doubtful, wrong)


def _accept(
    edit: Edit, seed_id: int, taken: _Taken, *, name: str | None, into: int | None, page: int | None
) -> tuple[int, int, int]:
    """Make what is free of a seed a morph, or part of one; return its number, the members and those looked at."""
    seen, wrong = taken.seen, taken.wrong
    kept = np.setdiff1d(free_of(edit, taken.proposed), wrong)
    if into is not None:
        kept = np.setdiff1d(kept, np.setdiff1d(rejected_from(edit, into), seen))
    if not len(kept):
        message = f"Nothing of seed {seed_id} would be left. Discard it instead."
        raise DecisionError(message)
    node_id = target(edit, into, name)
    looked = np.intersect1d(kept, seen)
    edit.forget_rejection(kept, node_id)
    edit.assign(np.setdiff1d(kept, seen), node_id, origin="seed")
    edit.assign(looked, node_id, origin="looked")
    edit.release(members_among(edit, wrong, node_id))
    edit.reject(wrong, node_id)
    about: dict[str, Any] = {"purpose": "review", "drawn": PROPOSED, "page": page}
    about |= {"node_id": node_id, "seed_id": seed_id}
    edit.look(np.setdiff1d(looked, taken.doubtful), "right", **about)
    edit.look(np.intersect1d(kept, taken.doubtful), "doubtful", **about)
    edit.look(wrong, "wrong", **about)
    edit.judge_seed(seed_id, "confirmed", node_id)
    return node_id, len(kept), len(looked)


def _next_page(edit: Edit) -> int:
    """Return the number of this page of strips; pages that were undone have theirs."""
    row = edit.conn.execute("SELECT count(*) FROM decision WHERE verb = 'judge page'").fetchone()
    return int(row[0])  # this decision is entered already


def _refuse(edit: Edit, seed_id: int, seen: np.ndarray, page: int | None) -> None:
    edit.look(seen, "wrong", purpose="review", drawn=PROPOSED, seed_id=seed_id, page=page)
    edit.judge_seed(seed_id, "discarded", None)


def _require_pending(edit: Edit, seed_id: int) -> None:
    seed = seeds.get(edit.conn, seed_id)
    if seed.state != "pending":
        message = (
            f"Seed {seed_id} is {seed.state} already. Undo that decision first, or choose a pending seed."
        )
        raise DecisionError(message)


def _refuse_name_of_existing(seed_id: int, name: str | None, into: int | None) -> None:
    if into is not None and name is not None:
        message = (
            f"Seed {seed_id} goes into morph {into}, which keeps its name; give a name to a new morph only."
        )
        raise DecisionError(message)
