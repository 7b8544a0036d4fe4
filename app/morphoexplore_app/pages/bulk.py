"""Bulk: every free object is offered to its best morph, and the pooled list is certified once."""

from __future__ import annotations

from dash import Dash
from dash.development.base_component import Component

from morphoexplore import review
from morphoexplore.errors import DecisionError, StepMissingError
from morphoexplore.review import SurveyStep
from morphoexplore_app import memory, parts
from morphoexplore_app.pages import surveying
from morphoexplore_app.session import Session

PATH, LABEL, KEY = "/grow/all", None, None
BELONGS_TO = "/grow"
TITLE = "Bulk: the best morph for every free object"


def layout(session: Session, *, query: dict[str, str]) -> Component:
    """Return the page: where the offer was left, or a new one; or why there is none."""
    del query
    tools = [parts.link("All morphs", BELONGS_TO, key="n", help="grow the morphs one by one")]
    try:
        step = _step(session)
    except StepMissingError:
        return parts.page(
            TITLE,
            parts.empty(
                "Objects are compared in the morphospace, and this project has none yet.",
                link=("See what to do next", "/"),
            ),
            tools=tools,
        )
    except DecisionError as error:
        return parts.page(TITLE, parts.empty(str(error), link=("To the morphs", BELONGS_TO)), tools=tools)
    return surveying.page(session, step, TITLE, following=BELONGS_TO, tools=tools)


def register(app: Dash, session: Session) -> None:
    """Register nothing: the callbacks of surveys are registered once, by the page of a morph."""
    del app, session


def _step(session: Session) -> SurveyStep:
    project = session.project
    for survey in review.open_surveys(project, "bulk"):
        return review.survey_step(project, survey.survey_id, membership=session.membership)
    rows = memory.vectors(session)
    number = surveying.begun(
        session,
        ("bulk",),
        lambda: review.begin_bulk(
            project, membership=session.membership, vectors=rows, index=memory.seed_index(session)
        ),
    )
    return review.survey_step(project, number, membership=session.membership)
