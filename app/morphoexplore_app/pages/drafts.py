"""
Surveys that nobody answered yet: shown, and stored only with their first answer, so that who merely looks leaves nothing.

A page says what it shows by a few words, from which the same survey is made again in another process.
"""

from __future__ import annotations

from typing import Any

from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.review import SurveyStep
from morphoexplore.store.surveys import Survey
from morphoexplore_app import memory, newcomers
from morphoexplore_app.pages import growing
from morphoexplore_app.session import Session

KEPT = 8  # drafts that are remembered; of a million objects one holds 16 MB

What = dict[
    str, Any
]  # ``kind``, and what the survey is of: ``node_id``, ``mode``, ``target``, ``round``, ``is_part``


def draft(session: Session, what: What) -> Survey:
    """
    Return a survey that is not stored, the same one as long as nothing is decided.

    Raises
    ------
    DecisionError
        If there is nothing to put to a person.
    StepMissingError
        If the project has no morphospace yet, and the survey needs one.
    """
    state = (session.version, memory.space_version(session))
    key = tuple(sorted(what.items()))
    with session.lock:
        kept: dict[Any, tuple[Any, Survey]] = session.memo.setdefault("drafts", {})
        if key in kept and kept[key][0] == state:
            return kept[key][1]
    made = _make(session, what)
    with session.lock:
        for old in [one for one, known in kept.items() if known[0] != state]:
            del kept[old]
        while len(kept) >= KEPT:
            del kept[next(iter(kept))]
        kept[key] = (state, made)
    return made


def step(session: Session, what: What) -> SurveyStep:
    """Return what a draft shows first; raises what :func:`draft` raises."""
    return review.survey_step(session.project, draft(session, what), membership=session.membership)


def survey(session: Session, shown: int | What) -> int | Survey:
    """Return the survey that a page shows: its number, or the draft that the page says in words."""
    return shown if isinstance(shown, int) else draft(session, shown)


def _make(session: Session, what: What) -> Survey:
    project, kind = session.project, what["kind"]
    if kind == "audit":
        return review.draft_audit(project, what["node_id"])
    if kind == "round":
        return review.draft_round_audit(project, what["round"])
    if kind == "growth":
        node_id = what["node_id"]
        ranked = growing.ranking(session, node_id, session.membership.state)
        return review.draft_growth(project, node_id, target=what["target"], mode=what["mode"], ranked=ranked)
    if kind == "bulk":
        return review.draft_bulk(
            project,
            among=newcomers.came(session) if what["is_part"] else None,
            vectors=memory.vectors(session),
            membership=session.membership,
            index=memory.seed_index(session),
        )
    message = f"There is no survey of kind {kind!r}."
    raise DecisionError(message)
