"""
How far a survey is: its answers, one after the other, from the beginning.

Nothing of this is stored but the answers themselves, which are decisions. So a survey can be left and resumed, undone and
made again like everything else.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from morphoexplore.methods import certifying, finding
from morphoexplore.methods.certifying import Tally, Verdict
from morphoexplore.methods.finding import Ruler
from morphoexplore.records import Decision
from morphoexplore.store import history, surveys
from morphoexplore.store.surveys import Survey

MODES = ("ruler", "gallop")
NOTHING = Tally(0)
FINDING = ("growth", "bulk")  # kinds that look for a border first


@dataclass(frozen=True)
class Course:
    """
    How far a survey is.

    Attributes
    ----------
    phase : str
        ``ruler``, ``jump``, ``sample`` or ``done``.
    ruler : Ruler or None
        The strata to show, in phase ``ruler``.
    jumps : tuple of bool
        Answers of gallop and bisection.
    attempt : int
        Sets that failed so far.
    cut : int
        Ranks that the present set goes down to.
    frozen : array of int
        The present set, in the order in which its sample is drawn.
    upto : int
        Places of *frozen* that were shown.
    tally : Tally
        What is known of it.
    outcome : str or None
        ``accepted``, ``unsure``, ``nothing``, ``stopped``, or ``None`` while it goes on.
    accepted : int
        Objects that came in by it.
    last : int
        The last answer.
    """

    phase: str
    ruler: Ruler | None = None
    jumps: tuple[bool, ...] = ()
    attempt: int = 0
    cut: int = 0
    frozen: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    upto: int = 0
    tally: Tally = NOTHING
    outcome: str | None = None
    accepted: int = 0
    last: int = 0


def follow(conn: sqlite3.Connection, survey: Survey) -> Course:
    """Return how far a survey is, by the answers that stand."""
    course = begin(survey)
    for decision in history.of_survey(conn, survey.survey_id):
        course = _after(conn, survey, course, decision)
    return course


def is_over(conn: sqlite3.Connection, kind: str, answers: Sequence[Decision]) -> bool:
    """Tell whether a survey is done, as :func:`follow` does, by its answers alone: of thousands nobody reads the objects."""
    if not answers:
        return False
    said, cuts = (
        answers[-1].detail,
        [one.detail["cut"] for one in answers if one.detail.get("cut") is not None],
    )
    if said["said"] in ("stopped", "unsure"):
        return True
    if said["said"] != "page":
        return said["cut"] is not None and surveys.read_frozen(conn, answers[-1].decision_id) is None
    if kind not in FINDING or said["verdict"] != Verdict.SHRINK.value:
        return kind in FINDING and said["verdict"] == Verdict.CERTIFIED.value
    failed = sum(one.detail.get("verdict") == Verdict.SHRINK.value for one in answers)
    return not _is_worth_another(failed, cuts[-1])


def begin(survey: Survey) -> Course:
    """Return a survey without an answer."""
    if survey.kind not in FINDING:
        return sampling(survey, Course("sample", cut=len(survey.objects)), survey.objects)
    if survey.parameters["mode"] == "gallop":
        return Course("jump")
    return Course("ruler", ruler=finding.first_ruler(len(survey.objects), survey.parameters["nearer"]))


def drawn_anew(survey: Survey, course: Course) -> Course:
    """
    Return an audit whose sample is drawn anew, after its last answer.

    The former sample was of a set of which much has left since: looked at elsewhere, or taken back. It would count as if all of
    it were of what is left.
    """
    return sampling(survey, course, survey.objects, anew=(course.last,))


def sampling(survey: Survey, course: Course, objects: np.ndarray, *, anew: Sequence[int] = ()) -> Course:
    """Return the course from which on a set is certified; the survey, and after what it was drawn anew, fix the order of its sample."""
    rng = np.random.default_rng([survey.parameters["random_state"], survey.draw, course.attempt, *anew])
    return replace(
        course, phase="sample", ruler=None, frozen=rng.permutation(objects), upto=0, tally=Tally(len(objects))
    )


def after_page(tally: Tally, said: dict[str, Any]) -> Tally:
    """Return what is known of a set after a page of its sample."""
    return Tally(
        total=said["total"],
        looked=tally.looked + said["shown"],
        wrong=tally.wrong + said["wrong"],
        removed=tally.removed + said["removed"],
        gone=said.get("gone", 0),
        settled=tally.settled + said["settled"],
        pages=tally.pages + 1,
    )


def after_shrinking(course: Course) -> Course:
    """Return what follows a set that failed: a ruler over it, for a smaller one."""
    attempt = course.attempt + 1
    if not _is_worth_another(attempt, course.cut):
        return replace(course, phase="done", attempt=attempt, outcome="nothing")
    return replace(course, phase="ruler", attempt=attempt, ruler=finding.even_ruler(0, course.cut))


def _is_worth_another(failed: int, cut: int) -> bool:
    """Tell whether a smaller set may follow where so many failed."""
    return failed < len(certifying.SHARES) and cut >= certifying.SMALLEST


def _after(conn: sqlite3.Connection, survey: Survey, course: Course, decision: Decision) -> Course:
    said = decision.detail
    if said.get("is_anew"):
        course = drawn_anew(survey, course)
    course = replace(course, accepted=course.accepted + said.get("members", 0), last=decision.decision_id)
    if said["said"] in ("stopped", "unsure"):
        return replace(course, phase="done", outcome=said["said"])
    if said["said"] == "page":
        course = replace(course, tally=after_page(course.tally, said), upto=said["upto"])
        if survey.kind not in FINDING:
            return course
        verdict = Verdict(said["verdict"])
        if verdict is Verdict.CERTIFIED:
            return replace(course, phase="done", outcome="accepted")
        return after_shrinking(course) if verdict is Verdict.SHRINK else course
    if said["said"] == "jump":
        course = replace(course, jumps=(*course.jumps, said["is_right"]))
    elif course.ruler is not None:
        ruler = finding.after_row(course.ruler, said["row"])
        if isinstance(ruler, Ruler):
            return replace(course, ruler=ruler)
    if said["cut"] is None:
        return course
    frozen = surveys.read_frozen(conn, decision.decision_id)
    if frozen is None:
        return replace(course, phase="done", ruler=None, outcome="nothing")
    return sampling(survey, replace(course, cut=said["cut"]), frozen)
