"""Bulk: every free object is offered to its best morph, and the pooled list is certified once."""

from __future__ import annotations

import numpy as np
from dash import Dash
from dash.development.base_component import Component

from morphoexplore import review
from morphoexplore.errors import DecisionError, StepMissingError
from morphoexplore.review import SurveyStep
from morphoexplore_app import parts
from morphoexplore_app.pages import drafts, surveying
from morphoexplore_app.session import Session

PATH, LABEL, KEY = "/grow/all", None, None
BELONGS_TO = "/grow"
TITLE = "Bulk: the best morph for every free object"


def layout(session: Session, *, query: dict[str, str]) -> Component:
    """Return the page: where the offer was left, or a new one; or why there is none."""
    del query
    tools = [parts.link("All morphs", BELONGS_TO, key="n", help="grow the morphs one by one")]
    return offer(session, TITLE, among=None, following=BELONGS_TO, tools=tools)


def offer(
    session: Session, title: str, *, among: np.ndarray | None, following: str, tools: list[Component]
) -> Component:
    """Return the page of an offer in bulk, of every free object or *among* some; *following*: where it leads to."""
    draft = {"kind": "bulk", "is_part": among is not None}
    try:
        step = _begun(session, among) or drafts.step(session, draft)
    except StepMissingError:
        return parts.page(
            title,
            parts.empty(
                "Objects are compared in the morphospace, and this project has none yet.",
                link=("See what to do next", "/"),
            ),
            tools=tools,
        )
    except DecisionError as error:
        return parts.page(title, parts.empty(str(error), link=("To the morphs", BELONGS_TO)), tools=tools)
    return surveying.page(session, step, title, following=following, tools=tools, draft=draft)


def register(app: Dash, session: Session) -> None:
    """Register nothing: the callbacks of surveys are registered once, by the page of a morph."""
    del app, session


def _begun(session: Session, among: np.ndarray | None) -> SurveyStep | None:
    """Return where an offer was left, None where none was begun."""
    project = session.project
    for survey in review.open_surveys(project, "bulk"):
        is_part = bool(survey.parameters.get("is_part"))
        # One that was begun among those who came last the year before is not gone on with.
        if is_part == (among is not None) and (among is None or survey.objects.min() >= among[0]):
            return review.survey_step(project, survey.survey_id, membership=session.membership)
    return None
