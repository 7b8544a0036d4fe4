"""What is here, what to do next, and the runs."""

from __future__ import annotations

from dash import Dash
from dash.development.base_component import Component

from morphoexplore.steps.overview import status
from morphoexplore_app import parts
from morphoexplore_app.session import Session

PATH, LABEL, KEY = "/", "Overview", "g o"


def layout(session: Session, *, query: dict[str, str]) -> Component:
    """Return the page."""
    del query
    counts = status(session.project)
    return parts.page(session.project.name, parts.count(counts["objects"], "object"))


def register(app: Dash, session: Session) -> None:
    """Register the callbacks of the page."""
    del app, session
