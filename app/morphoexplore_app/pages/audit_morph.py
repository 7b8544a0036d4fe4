"""The audit of one morph: random pages of its members that nobody looked at."""

from __future__ import annotations

from dash import Dash
from dash.development.base_component import Component

from morphoexplore_app.pages import audit, growing
from morphoexplore_app.session import Session

PATH, LABEL, KEY = "/audit/<node_id>", None, None
BELONGS_TO = audit.BELONGS_TO


def layout(session: Session, *, node_id: int, query: dict[str, str]) -> Component:
    """Return the page: where the audit was left, or a new one."""
    del query
    return audit.survey(session, f"Audit {growing.title(session, node_id)[0]}", "audit", node_id)


def register(app: Dash, session: Session) -> None:
    """Register nothing: the callbacks of surveys are registered once, by the page of growth."""
    del app, session
