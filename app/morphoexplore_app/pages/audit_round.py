"""The audit of a round: random pages of the members that came in unseen with its seeds."""

from __future__ import annotations

from dash import Dash
from dash.development.base_component import Component

from morphoexplore_app.pages import audit
from morphoexplore_app.session import Session

PATH, LABEL, KEY = "/audit/round/<round_number>", None, None
BELONGS_TO = audit.BELONGS_TO


def layout(session: Session, *, round_number: int, query: dict[str, str]) -> Component:
    """Return the page: where the audit was left, or a new one."""
    del query
    return audit.survey(session, f"Audit round {round_number}", "round", round_number)


def register(app: Dash, session: Session) -> None:
    """Register nothing: the callbacks of surveys are registered once, by the page of growth."""
    del app, session
