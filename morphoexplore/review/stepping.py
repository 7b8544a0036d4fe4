"""
What a survey shows next: a ruler, a page, or that it is done.

Read from the survey, its answers and the members as they are now; nothing is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from morphoexplore.errors import DecisionError
from morphoexplore.methods import certifying, finding
from morphoexplore.methods.certifying import Tally
from morphoexplore.methods.finding import Ruler
from morphoexplore.review import course as courses
from morphoexplore.review.course import FINDING, NOTHING, Course
from morphoexplore.store import surveys, tree
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project
from morphoexplore.store.schema import ORIGINS
from morphoexplore.store.surveys import Survey

LOOKED = ORIGINS.index("looked")
LEFT = 0.1
"""Share of what an audit samples that may have left it otherwise, before its sample is drawn anew."""


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
    bound_of_unseen : float or None
        The same among those of them that nobody looked at one by one: what is kept with the decision.
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
    bound_of_unseen: float | None = None
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


def survey_step(
    project: Project, survey: int | Survey, *, membership: Membership | None = None
) -> SurveyStep:
    """
    Return what a survey shows next. The same again as long as nothing was decided.

    Parameters
    ----------
    survey : int or Survey
        Its number; or a draft, which is not stored yet.

    Raises
    ------
    DecisionError
        If there is no such survey, or its morph is gone.
    """
    return step_of(read(project, survey, membership))


@dataclass(frozen=True)
class Now:
    """
    A survey as it stands.

    Attributes
    ----------
    is_open : array of bool
        For every object of the project: whether the survey may still show it, or take it in.
    node : array of int64 or None
        For every object of the project: the morph that bulk offers it to.
    is_anew : bool
        Whether the sample of an audit was drawn anew since the last answer, because much of what it was of has left.
    """

    survey: Survey
    course: Course
    is_open: np.ndarray
    node: np.ndarray | None
    version: int
    is_anew: bool = False

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


def read(project: Project, survey: int | Survey, membership: Membership | None) -> Now:
    """
    Read how a survey stands.

    Raises
    ------
    DecisionError
        If there is no such survey, or its morph is gone.
    """
    membership = membership or Membership(project)
    membership.refresh()
    state = membership.state
    with project.read() as conn:
        survey = surveys.get(conn, survey) if isinstance(survey, int) else survey
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
    left = int(is_open[course.frozen].sum())
    is_anew = (
        survey.kind not in FINDING and course.tally.pages > 0 and left < (1 - LEFT) * course.tally.unseen
    )
    if is_anew and course.phase == "sample":
        course = courses.drawn_anew(survey, course)
    return Now(survey, course, is_open, offered, state.version, is_anew)


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


def step_of(now: Now) -> SurveyStep:
    """Return what is shown next."""
    survey, course = now.survey, now.course
    if not now.is_finding and not course.tally.pages:  # some may have left since it was begun
        course = replace(course, tally=Tally(len(now.rest())))
    common: dict[str, Any] = {
        "survey": survey,
        "version": now.version,
        "cut": course.cut,
        "attempt": course.attempt + 1,
        "tally": course.tally,
        **_bounds_so_far(survey, course),
        "outcome": course.outcome,
        "accepted": course.accepted,
    }
    if course.phase == "ruler" and course.ruler is not None:
        rows = _rows(now, course.ruler)
        if any(row.objects for row in rows):
            return SurveyStep(phase="ruler", rows=rows, **common)
    if course.phase == "jump":
        at = finding.jump(pages_of(len(survey.objects)), course.jumps)
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


def _nodes_of(now: Now, objects: Sequence[int]) -> tuple[int, ...] | None:
    return None if now.node is None else tuple(now.node[list(objects)].tolist())


def _bounds_so_far(survey: Survey, course: Course) -> dict[str, float]:
    tally = course.tally
    if not tally.looked or course.outcome == "nothing":
        return {}
    alpha = alpha_of(survey, course.attempt, tally)
    return {"bound": tally.precision(alpha), "bound_of_unseen": tally.bound(alpha)}


def alpha_of(survey: Survey, attempt: int, tally: Tally) -> float:
    """Return the error probability that a statement after the looks so far may spend."""
    if survey.kind in FINDING:
        return certifying.alpha_of_test(attempt, tally.pages)
    return certifying.alpha_of_audit(tally.pages)


def pages_of(objects: int) -> int:
    """Return how many pages gallop and bisection cut a ranking into."""
    return -(-objects // finding.JUMP_PAGE)


def _rows(now: Now, ruler: Ruler) -> tuple[RulerRow, ...]:
    survey = now.survey
    rng = np.random.default_rng(
        [survey.parameters["random_state"], survey.draw, now.course.attempt, *ruler.edges]
    )
    drawn = finding.draw_rows(ruler, np.flatnonzero(now.is_open[survey.objects]), rng)
    rows = [tuple(survey.objects[ranks].tolist()) for ranks in drawn]
    return tuple(
        RulerRow(objects, first, last, _nodes_of(now, objects))
        for objects, first, last in zip(rows, ruler.edges[:-1], ruler.edges[1:], strict=True)
    )
