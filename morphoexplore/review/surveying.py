"""
Answering a survey: growth with a stated precision, the bulk offer, audits.

A survey puts objects to a person in an order that was fixed before. To grow a morph, a border is found first (a ruler, or
gallop and bisection); then the set within it is frozen, and random pages of it certify how many are right at least
(:mod:`morphoexplore.methods.certifying`). An audit samples the unseen members of a morph or a round in the same way. Every
answer is a decision; what an answer brings in, it brings in at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from morphoexplore.errors import DecisionError
from morphoexplore.methods import certifying, finding
from morphoexplore.methods.certifying import Tally, Verdict
from morphoexplore.methods.finding import Ruler
from morphoexplore.review import course as courses
from morphoexplore.review.parts import Objects, existing, members_among, refuse_both, some_ids
from morphoexplore.review.stepping import Now, SurveyStep, alpha_of, pages_of, read, step_of, survey_step
from morphoexplore.store import surveys, tree
from morphoexplore.store.edits import Edit
from morphoexplore.store.history import decision
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project
from morphoexplore.store.surveys import Survey

MANY = -1  # a count: so many wrong ones that counting is not worth it
SHRUNK = 0.85  # of a set that failed, at most
PURPOSE = {"growth": "certify", "bulk": "certify", "audit": "audit", "round": "audit"}
_NOT_THIS = "The survey does not show this any more. Look again, then decide."


def mark_row(
    project: Project,
    survey: int | Survey,
    row: int | None,
    *,
    wrong: Objects = (),
    membership: Membership | None = None,
) -> SurveyStep:
    """
    Say which row of a ruler is the last good one; return what is shown next.

    Parameters
    ----------
    row : int or None
        Its number, from 0; None where no row is good.
    wrong : objects
        Clicked out of the rows: remembered as not of the morph.

    Raises
    ------
    DecisionError
        If the survey shows no ruler, or no such row.
    """
    now = read(project, survey, membership)
    ruler = now.course.ruler
    if now.course.phase != "ruler" or ruler is None:
        raise DecisionError(_NOT_THIS)
    if row is not None and not 0 <= row < len(ruler):
        message = f"The ruler has the rows 0 to {len(ruler) - 1}, not {row}."
        raise DecisionError(message)
    wrong = existing(project, wrong)
    _require_shown(project, wrong, np.array(step_of(now).shown, np.int64))
    cut = finding.after_row(ruler, row)
    if not isinstance(cut, Ruler) and now.course.attempt:
        cut = min(cut, round(SHRUNK * now.course.cut))  # the same set again would fail again
    with _answer(project, now.survey, "find border") as edit:
        _take_out(
            edit, now, wrong, page=now.course.attempt + 1, drawn="rows drawn from strata", purpose="find"
        )
        edit.detail = {"said": "row", "row": row, "cut": None if isinstance(cut, Ruler) else cut}
        if not isinstance(cut, Ruler):
            _freeze(edit, now, cut, without=wrong)
    return survey_step(project, edit.survey_id or 0, membership=membership)


def judge_jump(
    project: Project, survey: int | Survey, *, is_right: bool, membership: Membership | None = None
) -> SurveyStep:
    """
    Say whether a page of gallop and bisection is right; return what is shown next.

    Raises
    ------
    DecisionError
        If the survey shows no such page.
    """
    now = read(project, survey, membership)
    if now.course.phase != "jump":
        raise DecisionError(_NOT_THIS)
    total = len(now.survey.objects)
    after = finding.jump(pages_of(total), [*now.course.jumps, is_right])
    cut = min(after.good * finding.JUMP_PAGE, total) if after.is_done else None
    with _answer(project, now.survey, "find border") as edit:
        edit.detail = {"said": "jump", "is_right": bool(is_right), "cut": cut}
        if cut is not None:
            _freeze(edit, now, cut)
    return survey_step(project, edit.survey_id or 0, membership=membership)


def judge_sample(
    project: Project,
    survey: int | Survey,
    *,
    wrong: Objects | None = None,
    count: int | None = None,
    doubtful: Objects = (),
    shown: Objects | None = None,
    membership: Membership | None = None,
) -> SurveyStep:
    """
    Say which images of a random page are wrong, or how many; return what is shown next.

    Where they are named (or none is wrong) the others are members from now on, looked at. Where only their
    number is known nobody comes in yet; the number is evidence all the same. A set that is certified by this page
    comes in with it.

    Parameters
    ----------
    wrong : objects, optional
        The wrong ones.
    count : int, optional
        How many are wrong, instead of *wrong*; -1 stands for many.
    doubtful : objects
        Right, and not certain.
    shown : objects, optional
        The page as it was shown; refused where it is another one by now.

    Raises
    ------
    DecisionError
        If the survey shows no such page, or not these objects.
    """
    now = read(project, survey, membership)
    page, upto = now.page()
    if now.course.phase != "sample" or not len(page):
        raise DecisionError(_NOT_THIS)
    if shown is not None and not np.array_equal(existing(project, shown), np.sort(page)):
        raise DecisionError(_NOT_THIS)
    answer = _sample_answer(project, page, wrong, count, doubtful)
    is_named = answer.count is None
    there = now.course.tally.settled + len(now.rest())
    # What has left the set otherwise was of it when its first images were drawn.
    total = max(there, now.course.tally.total if now.course.tally.pages else 0)
    said = {
        "said": "page",
        "total": total,
        "gone": total - there,
        "is_anew": now.is_anew,
        "shown": len(page),
        "wrong": len(answer.wrong) if answer.count is None else answer.count,
        "removed": len(answer.wrong),
        "settled": len(page) if is_named else 0,
        "upto": upto,
    }
    tally = courses.after_page(now.course.tally, said)
    verdict = certifying.judge(
        tally, attempt=now.course.attempt, target=now.survey.target, are_many=count == MANY
    )
    right = np.setdiff1d(page, answer.wrong) if is_named else np.empty(0, np.int64)
    rest = np.setdiff1d(now.rest(), page) if is_named else now.rest()
    with _answer(project, now.survey, "certify" if now.is_finding else "audit") as edit:
        purpose, drawn = PURPOSE[now.survey.kind], f"random sample of {tally.total} objects"
        _take_in(edit, now, right, "looked")
        _look(edit, now, right, answer.doubtful, page=tally.pages, drawn=drawn, purpose=purpose)
        _take_out(edit, now, answer.wrong, page=tally.pages, drawn=drawn, purpose=purpose)
        members = len(right) * now.is_finding
        if now.is_finding and verdict is Verdict.CERTIFIED:
            _take_in(edit, now, rest, "grown")
            members += len(rest)
        if len(rest) and count != MANY and (verdict is Verdict.CERTIFIED or not now.is_finding):
            _certify(edit, now, tally, rest)
        edit.detail = said | {"verdict": verdict.value, "members": members}
    return survey_step(project, edit.survey_id or 0, membership=membership)


def accept_unsure(project: Project, survey: int | Survey, *, membership: Membership | None = None) -> int:
    """
    Take the present set in as it is, without a certificate; return how many objects came in.

    Raises
    ------
    DecisionError
        If no border was found yet, or nothing of the set is free.
    """
    now = read(project, survey, membership)
    rest = now.rest()
    if now.course.phase != "sample" or not now.is_finding or not len(rest):
        message = "There is no set to accept yet. Find the border first."
        raise DecisionError(message)
    with _answer(project, now.survey, "accept unsure") as edit:
        _take_in(edit, now, rest, "grown")
        edit.detail = {"said": "unsure", "members": len(rest)}
    if membership is not None:
        membership.refresh()
    return len(rest)


def stop_survey(project: Project, survey: int | Survey) -> None:
    """
    Give a survey up. What came in stays in.

    Raises
    ------
    DecisionError
        If it is done already.
    """
    now = read(project, survey, None)
    if now.course.phase == "done":
        raise DecisionError(_NOT_THIS)
    with _answer(project, now.survey, "stop") as edit:
        edit.detail = {"said": "stopped", "members": 0}


@dataclass(frozen=True)
class _SampleAnswer:
    """What was said of a page: the wrong ones by name (*count* is None), or only how many."""

    wrong: np.ndarray
    doubtful: np.ndarray
    count: int | None


def _sample_answer(
    project: Project, page: np.ndarray, wrong: Objects | None, count: int | None, doubtful: Objects
) -> _SampleAnswer:
    if (wrong is None) == (count is None):
        message = "Say which images are wrong, or how many."
        raise DecisionError(message)
    if count is not None and count != MANY and not 0 <= count <= len(page):
        message = f"The page has {len(page)} images; {count} of them cannot be wrong."
        raise DecisionError(message)
    refused, unsure = existing(project, () if wrong is None else wrong), existing(project, doubtful)
    _require_shown(project, np.union1d(refused, unsure), page)
    refuse_both(project, unsure, refused, "doubtful and wrong")
    if count is not None:
        count = len(page) if count == MANY else count or None
    return _SampleAnswer(refused, unsure, count)


def _require_shown(project: Project, objects: np.ndarray, shown: np.ndarray) -> None:
    strange = np.setdiff1d(objects, shown)
    if len(strange):
        message = f"{some_ids(project, strange)} {'is' if len(strange) == 1 else 'are'} not on this page."
        raise DecisionError(message)


@contextmanager
def _answer(project: Project, survey: Survey, verb: str) -> Iterator[Edit]:
    """Make the decision that is an answer of a survey; the first one stores it."""
    with decision(project, verb) as edit:
        edit.survey_id = surveys.enter(edit.conn, survey) if survey.is_draft else survey.survey_id
        edit.node_id = survey.node_id
        yield edit


def _freeze(edit: Edit, now: Now, cut: int, *, without: Objects = ()) -> None:
    """Keep the set that is to be certified: what is open down to the cut; too few are not worth another attempt."""
    objects = now.survey.objects[:cut]
    objects = np.setdiff1d(objects[now.is_open[objects]], np.array(without, np.int64))
    if len(objects) and (not now.course.attempt or len(objects) >= certifying.SMALLEST):
        edit.freeze(objects)


def _take_in(edit: Edit, now: Now, objects: np.ndarray, origin: str) -> None:
    for node_id, part in now.morphs_of(objects):
        tree.get_leaf(edit.conn, node_id)
        edit.forget_rejection(part, node_id)
        edit.assign(part, node_id, origin=origin)


def _take_out(edit: Edit, now: Now, objects: np.ndarray, *, page: int, drawn: str, purpose: str) -> None:
    for node_id, part in now.morphs_of(objects):
        edit.release(members_among(edit, part, node_id))
        edit.reject(part, node_id)
        edit.look(part, "wrong", purpose=purpose, drawn=drawn, node_id=node_id, page=page)


def _look(
    edit: Edit,
    now: Now,
    objects: np.ndarray,
    doubtful: np.ndarray,
    *,
    page: int,
    drawn: str,
    purpose: str,
) -> None:
    for node_id, part in now.morphs_of(objects):
        for answer, those in (
            ("right", np.setdiff1d(part, doubtful)),
            ("doubtful", np.intersect1d(part, doubtful)),
        ):
            edit.look(those, answer, purpose=purpose, drawn=drawn, node_id=node_id, page=page)


def _certify(edit: Edit, now: Now, tally: Tally, rest: np.ndarray) -> None:
    edit.certify(
        rest,
        total=tally.total,
        looked=tally.looked,
        wrong=tally.wrong,
        removed=tally.removed,
        alpha=alpha_of(now.survey, now.course.attempt, tally),
    )
