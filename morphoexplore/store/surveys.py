"""Surveys: objects put to a person in an order that was fixed before, and what the answers certify."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

import numpy as np

from morphoexplore.errors import DecisionError
from morphoexplore.store.changes import packed_objects, unpacked_objects
from morphoexplore.store.project import Project, now

UNANSWERED = 50  # of the last surveys, those that may be kept without an answer
DRAFT = 0  # the number of a survey that is not stored
DRAW = "draw"  # the parameter that says from which number on its pages are drawn


@dataclass(frozen=True)
class Survey:
    """
    Objects put to a person.

    Attributes
    ----------
    survey_id : int
        :data:`DRAFT` of one that is not stored: that is done with its first answer.
    kind : str
        ``growth`` (candidates of one morph, the likely first), ``bulk`` (free objects, each offered to its best
        morph), ``audit`` (unseen members of a morph) or ``round`` (unseen members that came with the seeds of a round).
    node_id : int or None
        The morph of a growth or an audit.
    round : int or None
        The round whose seeds are audited.
    target : float
        Precision that is to be certified.
    parameters : dict
        What the order and the pages depend on.
    objects : array of int64
        In their order.
    nodes : array of int64 or None
        The morph that each is offered to, of bulk.
    user, time : str
        Who began it, and when.
    """

    survey_id: int
    kind: str
    node_id: int | None
    round: int | None
    target: float
    parameters: dict[str, Any]
    objects: np.ndarray
    nodes: np.ndarray | None
    user: str
    time: str

    @property
    def is_draft(self) -> bool:
        """Whether it is not stored yet."""
        return self.survey_id == DRAFT

    @property
    def draw(self) -> int:
        """What its pages are drawn by, besides the random state; of one of before that was kept, its number."""
        return int(self.parameters.get(DRAW, self.survey_id))


@dataclass(frozen=True)
class Bound:
    """
    What a sample says of objects that were not looked at.

    Attributes
    ----------
    total, looked, wrong, removed : int
        As in :class:`morphoexplore.methods.certifying.Tally`.
    alpha : float
        Error probability that the test spent.
    objects : array of int64
        Those it speaks of.
    kind : str
        Of the survey.
    time : str
        Of the decision.
    """

    bound_id: int
    survey_id: int
    total: int
    looked: int
    wrong: int
    removed: int
    alpha: float
    objects: np.ndarray
    kind: str
    time: str


_COLUMNS = "survey_id, kind, node_id, round, target, parameters, objects, nodes, user, time"


def draft(
    project: Project,
    kind: str,
    objects: np.ndarray,
    *,
    target: float,
    parameters: dict[str, Any],
    node_id: int | None = None,
    round: int | None = None,
    nodes: np.ndarray | None = None,
) -> Survey:
    """
    Return a survey that is not stored yet.

    Its pages are drawn by a number that does not change when it is stored: that of the survey which would come next. So two
    drafts show the same as long as nothing is answered.
    """
    with project.read() as conn:
        row = conn.execute("SELECT seq FROM sqlite_sequence WHERE name = 'survey'").fetchone()
    draw = 1 if row is None else int(row["seq"]) + 1
    return Survey(
        DRAFT,
        kind,
        node_id,
        round,
        target,
        parameters | {DRAW: draw},
        np.asarray(objects, np.int64),
        None if nodes is None else np.asarray(nodes, np.int64),
        project.user,
        now(),
    )


def begin(project: Project, survey: Survey) -> int:
    """Store a survey that nobody answered yet; return its number. It is no decision: it changes nothing."""
    with project.write() as conn:
        return enter(conn, survey)


def enter(conn: sqlite3.Connection, survey: Survey) -> int:
    """Store a draft within a transaction; return its number. Of surveys that nobody answered only the last few are kept."""
    conn.execute(
        "DELETE FROM survey WHERE survey_id <= (SELECT max(survey_id) FROM survey) - ? AND survey_id NOT IN "
        "(SELECT survey_id FROM decision WHERE survey_id IS NOT NULL)",
        (UNANSWERED,),
    )
    cursor = conn.execute(
        "INSERT INTO survey (kind, node_id, round, target, parameters, objects, nodes, user, time) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            survey.kind,
            survey.node_id,
            survey.round,
            survey.target,
            json.dumps(survey.parameters),
            packed_objects(survey.objects),
            None if survey.nodes is None else packed_objects(survey.nodes),
            survey.user,
            survey.time,
        ),
    )
    return int(cursor.lastrowid or 0)


def get(conn: sqlite3.Connection, survey_id: int) -> Survey:
    """
    Return one survey.

    Raises
    ------
    DecisionError
        If there is none of that number.
    """
    row = conn.execute(f"SELECT {_COLUMNS} FROM survey WHERE survey_id = ?", (survey_id,)).fetchone()
    if row is None:
        message = f"There is no survey {survey_id}. Begin a growth or an audit anew."
        raise DecisionError(message)
    return _survey(row)


@dataclass(frozen=True)
class Glance:
    """
    A survey without its objects.

    Attributes
    ----------
    of : tuple
        What surveys have in common that follow each other.
    way : tuple
        One of their ways.
    last : int
        Its last answer, undone or not.
    """

    survey_id: int
    of: tuple[Any, ...]
    way: tuple[Any, ...]
    last: int


def answered(conn: sqlite3.Connection, kind: str) -> list[Glance]:
    """Return the surveys of one kind that somebody answered to, undone or not, the newest first; none of their objects is read."""
    rows = conn.execute(
        "SELECT survey.survey_id, survey.node_id, round, target, parameters, max(decision_id) FROM survey "
        "JOIN decision ON decision.survey_id = survey.survey_id WHERE kind = ? "
        "GROUP BY survey.survey_id ORDER BY survey.survey_id DESC",
        (kind,),
    )
    found = []
    for number, node_id, of_round, target, text, last in rows:
        parameters = json.loads(text)
        of = (node_id, of_round, bool(parameters.get("is_part")))
        found.append(Glance(number, of, (parameters.get("mode"), target), last))
    return found


def read_frozen(conn: sqlite3.Connection, decision_id: int) -> np.ndarray | None:
    """Return the set that was frozen by a decision, None where it froze none."""
    row = conn.execute("SELECT objects FROM frozen WHERE decision_id = ?", (decision_id,)).fetchone()
    return None if row is None else unpacked_objects(row[0])


def bounds(conn: sqlite3.Connection) -> list[Bound]:
    """Return all bounds that stand, oldest first."""
    rows = conn.execute(
        "SELECT bound_id, bound.survey_id, total, looked, wrong, removed, alpha, bound.objects, kind, decision.time "
        "FROM bound JOIN survey ON survey.survey_id = bound.survey_id JOIN decision ON decision_id = bound_id ORDER BY bound_id"
    )
    return [Bound(**{**dict(row), "objects": unpacked_objects(row["objects"])}) for row in rows]


def _survey(row: sqlite3.Row) -> Survey:
    values = dict(row)
    values["parameters"] = json.loads(row["parameters"])
    values["objects"] = unpacked_objects(row["objects"])
    values["nodes"] = None if row["nodes"] is None else unpacked_objects(row["nodes"])
    return Survey(**values)
