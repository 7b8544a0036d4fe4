"""The object panel: full picture, metadata, similar objects, history. Opened from anywhere by showObject(number)."""

from __future__ import annotations

from dash import Dash, dcc, html
from dash.development.base_component import Component

from morphoexplore_app import ids
from morphoexplore_app.session import Session


def layout() -> Component:
    """Return the panel, closed."""
    return html.Div([dcc.Store(id=ids.OBJECT)])


def register(app: Dash, session: Session) -> None:
    """Register the callbacks of the panel."""
    del app, session
