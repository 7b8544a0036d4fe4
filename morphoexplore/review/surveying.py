"""
Surveys: growth with a stated precision, the bulk offer, audits.

A survey puts objects to a person in an order that was fixed before. To grow a morph, a border is found first (a ruler, or
gallop and bisection); then the set within it is frozen, and random pages of it certify how many are right at least
(:mod:`morphoexplore.methods.certifying`). An audit samples the unseen members of a morph or a round in the same way. Every
answer is a decision; what an answer brings in, it brings in at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from morphoexplore.errors import DecisionError
from morphoexplore.methods import certifying, finding
from morphoexplore.methods.certifying import Tally, Verdict
from morphoexplore.methods.finding import Ruler
from morphoexplore.review import course as courses
from morphoexplore.review.course import FINDING, MODES, Course
from morphoexplore.review.offers import best_morphs, candidates
from morphoexplore.review.parts import Objects, existing, members_among, refuse_both, some_ids
from morphoexplore.store import seeds, surveys, tree
from morphoexplore.store.history import Edit, decision
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project
from morphoexplore.store.schema import ORIGINS
from morphoexplore.store.surveys import Survey

TARGET = 0.95
MANY = -1  # a count: so many wrong ones that counting is not worth it
RANKED = 20_000  # candidates of one growth
SHRUNK = 0.85  # of a set that failed, at most
LOOKED = ORIGINS.index("looked")
NOTHING = Tally(0)
PURPOSE = {"growth": "certify", "bulk": "certify", "audit": "audit", "round": "audit"}


@dataclass(frozen=True)
class RulerRow:
    """
    A row of a ruler.

    Attributes
    ----------
    objects : tuple of int
        Drawn at random from the stratum.
    first, last : int
        Ranks of the stratum, *last* not included.
    nodes : tuple of int or None
        The morph that each object is offered to, of bulk.
    """

    objects: tuple[int, ...]
    first: int
    last: int
    nodes: tuple[int, ...] | None = None


@dataclass(frozen=True)
class SurveyStep:
    """
    What a survey shows next.

    Attributes
    ----------
    survey : Survey
        Which.
    version : int
        The last decision it knows of.
    phase : str
        ``ruler`` (one click on the last good row), ``jump`` (is this page right?), ``certify`` (a random page: which are
        wrong, or how many), ``look`` (so few that all are shown) or ``done``.
    rows : tuple of RulerRow
        Of the ruler.
    objects : tuple of int
        Of the page.
    nodes : tuple of int or None
        The morph that each of them is offered to, of bulk, or a member of, of a round.
    page, pages_at_most : int
        Number of the page, from 1, and of those that the set is worth.
    cut : int
        Objects of the set as it was found.
    attempt : int
        1 for the first set.
    tally : Tally
        What is known of the set.
    bound : float or None
        Share of right ones, at least, among what would be accepted now; None before the first page.
    outcome : str or None
        ``accepted``, ``unsure``, ``nothing``, ``stopped``, or None while it goes on.
    accepted : int
        Objects that came in so far.
    """

    survey: Survey
    version: int
    phase: str
    rows: tuple[RulerRow, ...] = ()
    objects: tuple[int, ...] = ()
    nodes: tuple[int, ...] | None = None
    page: int = 0
    pages_at_most: int = 0
    cut: int = 0
    attempt: int = 1
    tally: Tally = NOTHING
    bound: float | None = None
    outcome: str | None = None
    accepted: int = 0

    @property
    def shown(self) -> tuple[int, ...]:
        """All objects shown, row by row."""
        return self.objects or tuple(one for row in self.rows for one in row.objects)

    @property
    def looked(self) -> int:
        """Images of the sample so far."""
        return self.tally.looked

    @property
    def wrong(self) -> int:
        """Those of them that are wrong."""
        return self.tally.wrong


def begin_growth(
    project: Project,
    node_id: int,
    *,
    target: float = TARGET,
    mode: str = "ruler",
    random_state: int = 0,
    membership: Membership | None = None,
    vectors: np.ndarray | None = None,
    index: seeds.SeedIndex | None = None,
) -> int:
    """
    Begin to grow a morph; return the number of the survey. Nothing is decided yet.

    Parameters
    ----------
    target : float
        Precision that is to be certified, between 0 and 1.
    mode : {"ruler", "gallop"}
        How the border is found.
    random_state : int
        Draws what is shown.
    membership, vectors, index : optional
        What a server keeps in memory; read from the project unless given.

    Raises
    ------
    DecisionError
        If no free object can be offered.
    StepMissingError
        If the project has no morphospace yet.
    """
    _check(target, mode)
    found = candidates(
        project,
        node_id,
        most=RANKED,
        random_state=random_state,
        membership=membership,
        vectors=vectors,
        index=index,
    )
    if found.empty:
        message = "There is no candidate: every free object was refused before, or has no features."
        raise DecisionError(message)
    parameters = {"mode": mode, "nearer": found.attrs["nearer"], "random_state": random_state}
    return surveys.begin(
        project,
        "growth",
        found["object"].to_numpy(),
        target=target,
        parameters=parameters,
        node_id=node_id,
    )


def begin_bulk(
    project: Project,
    *,
    among: np.ndarray | None = None,
    target: float = TARGET,
    random_state: int = 0,
    membership: Membership | None = None,
    vectors: np.ndarray | None = None,
    index: seeds.SeedIndex | None = None,
) -> int:
    """
    Begin to offer every free object to its best morph; return the number of the survey. Nothing is decided yet.

    The list is pooled, and so is what is certified: it says nothing of a single morph.

    Parameters
    ----------
    among : array of int, optional
        Offer only these objects: those that came with the last `add`, say.
    target, random_state, membership, vectors, index
        As in :func:`begin_growth`.

    Raises
    ------
    DecisionError
        If there is no morph, or no object to offer.
    StepMissingError
        If the project has no morphospace yet.
    """
    _check(target)
    found = best_morphs(
        project, among=among, membership=membership, vectors=vectors, index=index, random_state=random_state
    )
    if found.empty:
        message = "No free object is like the members of a morph, so that nothing can be offered in bulk."
        raise DecisionError(message)
    parameters = {"mode": "ruler", "nearer": found.attrs["nearer"], "random_state": random_state}
    parameters["is_part"] = among is not None
    return surveys.begin(
        project,
        "bulk",
        found["object"].to_numpy(),
        target=target,
        parameters=parameters,
        nodes=found["node_id"].to_numpy(),
    )


def begin_audit(project: Project, node_id: int, *, target: float = TARGET, random_state: int = 0) -> int:
    """
    Begin an audit of a morph: a random sample of its members that nobody looked at. Nothing is decided yet.

    Raises
    ------
    DecisionError
        If every member was looked at.
    """
    _check(target)
    state = Membership(project).state
    with project.read() as conn:
        title = tree.get_leaf(conn, node_id).title
    unseen = np.flatnonzero((state.node == node_id) & (state.origin != LOOKED))
    if not len(unseen):
        message = f"Every member of {title} was looked at; there is nothing to audit."
        raise DecisionError(message)
    return surveys.begin(
        project,
        "audit",
        unseen,
        target=target,
        parameters={"random_state": random_state},
        node_id=node_id,
    )


def begin_round_audit(project: Project, round: int, *, target: float = TARGET, random_state: int = 0) -> int:
    """
    Begin an audit of a round: a random sample of the members that came in unseen with its seeds.

    Raises
    ------
    DecisionError
        If the round brought no unseen member.
    """
    _check(target)
    state = Membership(project).state
    index = seeds.SeedIndex(project)
    listing = seeds.listing(project, "confirmed")
    of_round = [index.objects_of(int(one)) for one in listing.index[listing["round"] == round]]
    objects = np.unique(np.concatenate([np.empty(0, np.int64), *of_round]))
    unseen = objects[state.origin[objects] == ORIGINS.index("seed")]
    if not len(unseen):
        message = f"Round {round} brought no member that nobody looked at; there is nothing to audit."
        raise DecisionError(message)
    return surveys.begin(
        project,
        "round",
        unseen,
        target=target,
        parameters={"random_state": random_state},
        round=round,
    )


def survey_step(project: Project, survey_id: int, *, membership: Membership | None = None) -> SurveyStep:
    """
    Return what a survey shows next. The same again as long as nothing was decided.

    Raises
    ------
    DecisionError
        If there is no such survey, or its morph is gone.
    """
    return _step(_read(project, survey_id, membership))


def mark_row(
    project: Project,
    survey_id: int,
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
    now = _read(project, survey_id, membership)
    ruler = now.course.ruler
    if now.course.phase != "ruler" or ruler is None:
        raise DecisionError(_NOT_THIS)
    if row is not None and not 0 <= row < len(ruler):
        message = f"The ruler has the rows 0 to {len(ruler) - 1}, not {row}."
        raise DecisionError(message)
    wrong = existing(project, wrong)
    _require_shown(project, wrong, np.array(_step(now).shown, np.int64))
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
    return survey_step(project, survey_id, membership=membership)


def judge_jump(
    project: Project, survey_id: int, *, is_right: bool, membership: Membership | None = None
) -> SurveyStep:
    """
    Say whether a page of gallop and bisection is right; return what is shown next.

    Raises
    ------
    DecisionError
        If the survey shows no such page.
    """
    now = _read(project, survey_id, membership)
    if now.course.phase != "jump":
        raise DecisionError(_NOT_THIS)
    total = len(now.survey.objects)
    after = finding.jump(_pages(total), [*now.course.jumps, is_right])
    cut = min(after.good * finding.JUMP_PAGE, total) if after.is_done else None
    with _answer(project, now.survey, "find border") as edit:
        edit.detail = {"said": "jump", "is_right": bool(is_right), "cut": cut}
        if cut is not None:
            _freeze(edit, now, cut)
    return survey_step(project, survey_id, membership=membership)


def judge_sample(
    project: Project,
    survey_id: int,
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
    now = _read(project, survey_id, membership)
    page, upto = now.page()
    if now.course.phase != "sample" or not len(page):
        raise DecisionError(_NOT_THIS)
    if shown is not None and not np.array_equal(existing(project, shown), np.sort(page)):
        raise DecisionError(_NOT_THIS)
    answer = _sample_answer(project, page, wrong, count, doubtful)
    is_named = answer.count is None
    said = {
        "said": "page",
        "total": now.course.tally.settled + len(now.rest()),
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
    return survey_step(project, survey_id, membership=membership)


def accept_unsure(project: Project, survey_id: int, *, membership: Membership | None = None) -> int:
    """
    Take the present set in as it is, without a certificate; return how many objects came in.

    Raises
    ------
    DecisionError
        If no border was found yet, or nothing of the set is free.
    """
    now = _read(project, survey_id, membership)
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


def stop_survey(project: Project, survey_id: int) -> None:
    """
    Give a survey up. What came in stays in.

    Raises
    ------
    DecisionError
        If it is done already.
    """
    now = _read(project, survey_id, None)
    if now.course.phase == "done":
        raise DecisionError(_NOT_THIS)
    with _answer(project, now.survey, "stop") as edit:
        edit.detail = {"said": "stopped", "members": 0}


def open_surveys(project: Project, kind: str = "growth") -> list[Survey]:
    """Return the surveys of a kind that somebody began to answer and that are not done, the newest first."""
    with project.read() as conn:
        nodes = tree.read_nodes(conn)
        return [
            survey
            for survey in surveys.answered(conn, kind)
            if (survey.node_id is None or survey.node_id in nodes)
            and courses.follow(conn, survey).phase != "done"
        ]


_NOT_THIS = "The survey does not show this any more. Look again, then decide."


def _check(target: float, mode: str = MODES[0]) -> None:
    if not 0 < target < 1:
        message = f"The precision to be certified lies between 0 and 1, for example 0.95; {target} does not."
        raise DecisionError(message)
    if mode not in MODES:
        message = f"A border is found by {' or '.join(MODES)}, not by {mode}."
        raise DecisionError(message)


@dataclass(frozen=True)
class _Now:
    """
    A survey as it stands.

    Attributes
    ----------
    is_open : array of bool
        For every object of the project: whether the survey may still show it, or take it in.
    node : array of int64 or None
        For every object of the project: the morph that bulk offers it to.
    """

    survey: Survey
    course: Course
    is_open: np.ndarray
    node: np.ndarray | None
    version: int

    @property
    def is_finding(self) -> bool:
        """Whether objects are to come in; otherwise members are audited."""
        return self.survey.kind in FINDING

    def rest(self) -> np.ndarray:
        """Return what of the present set is not settled."""
        return self.course.frozen[self.is_open[self.course.frozen]]

    def page(self) -> tuple[np.ndarray, int]:
        """Return the next page of the sample, and the place behind it."""
        left = self.course.frozen[self.course.upto :]
        places = np.flatnonzero(self.is_open[left])[: certifying.PAGE]
        upto = self.course.upto + (int(places[-1]) + 1 if len(places) else len(left))
        return left[places], upto

    def morphs_of(self, objects: np.ndarray) -> list[tuple[int, np.ndarray]]:
        """Return objects by the morph that they are offered to, or members of."""
        if self.node is None:
            return [] if self.survey.node_id is None else [(self.survey.node_id, objects)]
        nodes = self.node[objects]
        return [(int(node_id), objects[nodes == node_id]) for node_id in np.unique(nodes)]


def _read(project: Project, survey_id: int, membership: Membership | None) -> _Now:
    membership = membership or Membership(project)
    membership.refresh()
    state = membership.state
    with project.read() as conn:
        survey = surveys.get(conn, survey_id)
        course = courses.follow(conn, survey)
        nodes = tree.read_nodes(conn)
    morphs = {node_id for node_id, node in nodes.items() if not node.is_branch}
    if survey.node_id is not None and survey.node_id not in morphs:
        message = f"Morph {survey.node_id} is gone. Begin with another one."
        raise DecisionError(message)
    is_open = np.zeros(len(state.node), bool)
    offered: np.ndarray | None = None
    if survey.kind == "audit":
        is_open[survey.objects] = True
        is_open &= (state.node == survey.node_id) & (state.origin != LOOKED)
    elif survey.kind == "round":
        is_open[survey.objects] = True
        is_open &= state.origin == ORIGINS.index("seed")
        offered = state.node
    else:
        is_open[survey.objects] = state.node[survey.objects] == tree.FREE
        if survey.nodes is not None:
            offered = np.full(len(state.node), tree.FREE, np.int64)
            offered[survey.objects] = survey.nodes
            is_open[survey.objects[~np.isin(survey.nodes, list(morphs))]] = False
        _close_rejected(project, survey, is_open, offered)
    return _Now(survey, course, is_open, offered, state.version)


def _close_rejected(
    project: Project, survey: Survey, is_open: np.ndarray, offered: np.ndarray | None
) -> None:
    """Close what was refused before: it is not offered to that morph again."""
    if offered is None:
        if survey.node_id is not None:
            is_open[tree.rejections(project, survey.node_id)] = False
        return
    with project.read() as conn:
        rows = conn.execute("SELECT object, node_id FROM rejection").fetchall()
    if rows:
        objects, nodes = np.array([tuple(row) for row in rows], np.int64).T
        is_open[objects[offered[objects] == nodes]] = False


def _step(now: _Now) -> SurveyStep:
    survey, course = now.survey, now.course
    common: dict[str, Any] = {
        "survey": survey,
        "version": now.version,
        "cut": course.cut,
        "attempt": course.attempt + 1,
        "tally": course.tally,
        "bound": _bound_so_far(survey, course),
        "outcome": course.outcome,
        "accepted": course.accepted,
    }
    if course.phase == "ruler" and course.ruler is not None:
        rows = _rows(now, course.ruler)
        if any(row.objects for row in rows):
            return SurveyStep(phase="ruler", rows=rows, **common)
    if course.phase == "jump":
        at = finding.jump(_pages(len(survey.objects)), course.jumps)
        first = at.page * finding.JUMP_PAGE
        there = survey.objects[first : first + finding.JUMP_PAGE]
        there = there[now.is_open[there]]
        return SurveyStep(phase="jump", objects=tuple(there.tolist()), page=at.page + 1, **common)
    page, _ = now.page()
    if course.phase == "sample" and len(page):
        objects = tuple(page.tolist())
        is_all = not course.tally.pages and len(page) == len(now.rest())
        return SurveyStep(
            phase="look" if is_all else "certify",
            objects=objects,
            nodes=_nodes_of(now, objects),
            page=course.tally.pages + 1,
            pages_at_most=certifying.pages_at_most(course.tally.total),
            **common,
        )
    common["outcome"] = course.outcome or ("nothing" if now.is_finding else "accepted")
    return SurveyStep(phase="done", **common)


def _nodes_of(now: _Now, objects: Sequence[int]) -> tuple[int, ...] | None:
    return None if now.node is None else tuple(now.node[list(objects)].tolist())


def _bound_so_far(survey: Survey, course: Course) -> float | None:
    tally = course.tally
    if not tally.looked:
        return None
    return tally.precision(_alpha(survey, course.attempt, tally)) if course.outcome != "nothing" else None


def _alpha(survey: Survey, attempt: int, tally: Tally) -> float:
    if survey.kind in FINDING:
        return certifying.alpha_of_test(attempt, tally.pages)
    return certifying.alpha_of_audit(tally.pages)


def _pages(objects: int) -> int:
    return -(-objects // finding.JUMP_PAGE)


def _rows(now: _Now, ruler: Ruler) -> tuple[RulerRow, ...]:
    survey = now.survey
    rng = np.random.default_rng(
        [survey.parameters["random_state"], survey.survey_id, now.course.attempt, *ruler.edges]
    )
    drawn = finding.draw_rows(ruler, np.flatnonzero(now.is_open[survey.objects]), rng)
    rows = [tuple(survey.objects[ranks].tolist()) for ranks in drawn]
    return tuple(
        RulerRow(objects, first, last, _nodes_of(now, objects))
        for objects, first, last in zip(rows, ruler.edges[:-1], ruler.edges[1:], strict=True)
    )


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
    """Make the decision that is an answer of a survey."""
    with decision(project, verb) as edit:
        edit.survey_id, edit.node_id = survey.survey_id, survey.node_id
        yield edit


def _freeze(edit: Edit, now: _Now, cut: int, *, without: Objects = ()) -> None:
    """Keep the set that is to be certified: what is open down to the cut; too few are not worth another attempt."""
    objects = now.survey.objects[:cut]
    objects = np.setdiff1d(objects[now.is_open[objects]], np.array(without, np.int64))
    if len(objects) and (not now.course.attempt or len(objects) >= certifying.SMALLEST):
        edit.freeze(objects)


def _take_in(edit: Edit, now: _Now, objects: np.ndarray, origin: str) -> None:
    for node_id, part in now.morphs_of(objects):
        tree.get_leaf(edit.conn, node_id)
        edit.forget_rejection(part, node_id)
        edit.assign(part, node_id, origin=origin)


def _take_out(edit: Edit, now: _Now, objects: np.ndarray, *, page: int, drawn: str, purpose: str) -> None:
    for node_id, part in now.morphs_of(objects):
        edit.release(members_among(edit, part, node_id))
        edit.reject(part, node_id)
        edit.look(part, "wrong", purpose=purpose, drawn=drawn, node_id=node_id, page=page)


def _look(
    edit: Edit,
    now: _Now,
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


def _certify(edit: Edit, now: _Now, tally: Tally, rest: np.ndarray) -> None:
    edit.certify(
        rest,
        total=tally.total,
        looked=tally.looked,
        wrong=tally.wrong,
        removed=tally.removed,
        alpha=_alpha(now.survey, now.course.attempt, tally),
    )
