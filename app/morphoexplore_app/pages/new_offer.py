"""What came last, offered to the morphs: the best morph for each, in one list that is certified once."""

from __future__ import annotations

from dash import Dash
from dash.development.base_component import Component

from morphoexplore_app import newcomers, parts
from morphoexplore_app.pages import bulk, survey_parts
from morphoexplore_app.session import Session

PATH, LABEL, KEY = "/new/offer", None, None
BELONGS_TO = "/grow"
BACK = survey_parts.NEWCOMERS
TITLE = "New objects: the best morph for each"


def layout(session: Session, *, query: dict[str, str]) -> Component:
    """Return the page: where the offer was left, or a new one; or why there is none."""
    del query
    tools = [parts.link("New objects", BACK, key="u", help="back to what came last")]
    came = newcomers.came(session)
    why_not = (
        "There are no new objects to offer."
        if not newcomers.is_free(session, came).any()
        else "The new objects have no place in the morphospace yet."
        if newcomers.missing(session)
        else None
    )
    if why_not:
        return parts.page(TITLE, parts.empty(why_not, link=("To the new objects", BACK)), tools=tools)
    return bulk.offer(session, TITLE, among=came, following=BACK, tools=tools)


def register(app: Dash, session: Session) -> None:
    """Register nothing: the callbacks of surveys are registered once, by the page of a morph."""
    del app, session
