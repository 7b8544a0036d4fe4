"""
Beginning a survey: which objects it puts to a person, in which order. Nothing is decided by it.

A draft is a survey that is shown and not stored; its first answer stores it. Who begins one stores it at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from morphoexplore.errors import DecisionError
from morphoexplore.methods.growing import Candidates
from morphoexplore.review import course as courses
from morphoexplore.review.course import MODES
from morphoexplore.review.offers import best_morphs, rank
from morphoexplore.review.rounds import unseen_of_round
from morphoexplore.review.stepping import LOOKED
from morphoexplore.store import history, seeds, surveys, tree
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project
from morphoexplore.store.surveys import Survey

TARGET = 0.95
RANKED = 20_000  # candidates of one growth


def draft_growth(
    project: Project,
    node_id: int,
    *,
    target: float = TARGET,
    mode: str = "ruler",
    random_state: int = 0,
    membership: Membership | None = None,
    vectors: np.ndarray | None = None,
    index: seeds.SeedIndex | None = None,
    ranked: Candidates | None = None,
) -> Survey:
    """
    Return a survey that grows a morph. Its first answer stores it.

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
    ranked : Candidates, optional
        The candidates as they are ranked now, where a server keeps them too (:func:`morphoexplore.review.offers.rank`).

    Raises
    ------
    DecisionError
        If no free object can be offered.
    StepMissingError
        If the project has no morphospace yet.
    """
    _check(target, mode)
    found = ranked or rank(
        project,
        node_id,
        random_state=random_state,
        membership=membership,
        vectors=vectors,
        index=index,
    )
    if not len(found.objects):
        message = "There is no candidate: every free object was refused before, or has no features."
        raise DecisionError(message)
    nearer = int((found.evidence < 1).sum())
    parameters = {"mode": mode, "nearer": nearer, "random_state": random_state}
    return surveys.draft(
        project,
        "growth",
        found.objects[:RANKED],
        target=target,
        parameters=parameters,
        node_id=node_id,
    )


def draft_bulk(
    project: Project,
    *,
    among: np.ndarray | None = None,
    target: float = TARGET,
    random_state: int = 0,
    membership: Membership | None = None,
    vectors: np.ndarray | None = None,
    index: seeds.SeedIndex | None = None,
) -> Survey:
    """
    Return a survey that offers every free object to its best morph. Its first answer stores it.

    The list is pooled, and so is what is certified: it says nothing of a single morph.

    Parameters
    ----------
    among : array of int, optional
        Offer only these objects: those that came with the last `add`, say.
    target, random_state, membership, vectors, index
        As in :func:`draft_growth`.

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
    return surveys.draft(
        project,
        "bulk",
        found["object"].to_numpy(),
        target=target,
        parameters=parameters,
        nodes=found["node_id"].to_numpy(),
    )


def draft_audit(project: Project, node_id: int, *, target: float = TARGET, random_state: int = 0) -> Survey:
    """
    Return an audit of a morph: a random sample of its members that nobody looked at. Its first answer stores it.

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
    return surveys.draft(
        project,
        "audit",
        unseen,
        target=target,
        parameters={"random_state": random_state},
        node_id=node_id,
    )


def draft_round_audit(
    project: Project, round: int, *, target: float = TARGET, random_state: int = 0
) -> Survey:
    """
    Return an audit of a round: a random sample of the members that came in unseen with its seeds. Its first answer stores it.

    Raises
    ------
    DecisionError
        If the round brought no unseen member.
    """
    _check(target)
    of_seeds = unseen_of_round(project, round).to_list()
    unseen = np.unique(np.concatenate([np.empty(0, np.int64), *of_seeds]))
    if not len(unseen):
        message = f"Round {round} brought no member that nobody looked at; there is nothing to audit."
        raise DecisionError(message)
    return surveys.draft(
        project,
        "round",
        unseen,
        target=target,
        parameters={"random_state": random_state},
        round=round,
    )


def begin_growth(project: Project, node_id: int, **options: Any) -> int:
    """Begin to grow a morph; return the number of the survey. Nothing is decided yet. Options as in :func:`draft_growth`."""
    return surveys.begin(project, draft_growth(project, node_id, **options))


def begin_bulk(project: Project, **options: Any) -> int:
    """Begin a bulk offer; return the number of the survey. Nothing is decided yet. Options as in :func:`draft_bulk`."""
    return surveys.begin(project, draft_bulk(project, **options))


def begin_audit(project: Project, node_id: int, **options: Any) -> int:
    """Begin an audit of a morph; return the number of the survey. Nothing is decided yet. Options as in :func:`draft_audit`."""
    return surveys.begin(project, draft_audit(project, node_id, **options))


def begin_round_audit(project: Project, round: int, **options: Any) -> int:
    """Begin an audit of a round; return the number of the survey. Nothing is decided yet. Options as in :func:`draft_round_audit`."""
    return surveys.begin(project, draft_round_audit(project, round, **options))


def open_surveys(project: Project, kind: str = "growth") -> list[Survey]:
    """
    Return the surveys of a kind that somebody began to answer and that are not done, the newest first.

    One whose answers are all taken back counts as long as they can be made again. Of the same morph, way and precision it is the last one; one that is older than another of the same morph that was
    brought to its end is over, too.
    """
    with project.read() as conn:
        nodes = tree.read_nodes(conn)
        found, gone_on, ended = [], set(), set()
        newest = history.last_made(conn)
        for survey in surveys.answered(conn, kind):
            if survey.of in ended or (survey.of, survey.way) in gone_on:
                continue
            answers = history.of_survey(conn, survey.survey_id)
            if not answers and survey.last < newest:
                continue  # taken back, and put out of reach: what it ranked is of long ago
            gone_on.add((survey.of, survey.way))
            if courses.is_over(conn, kind, answers):
                ended.add(survey.of)
            elif survey.of[0] is None or survey.of[0] in nodes:
                found.append(surveys.get(conn, survey.survey_id))
        return found


def _check(target: float, mode: str = MODES[0]) -> None:
    if not 0 < target < 1:
        message = f"The precision to be certified lies between 0 and 1, for example 0.95; {target} does not."
        raise DecisionError(message)
    if mode not in MODES:
        message = f"A border is found by {' or '.join(MODES)}, not by {mode}."
        raise DecisionError(message)
