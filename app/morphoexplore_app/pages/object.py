"""One object on a page of its own, with an address to send to a colleague."""

from __future__ import annotations

from dash import Dash, dcc, html
from dash.development.base_component import Component

from morphoexplore.steps import looking
from morphoexplore_app import ids, object_parts, parts
from morphoexplore_app.object_panel import PAGE, register_actions
from morphoexplore_app.session import Session

PATH, LABEL, KEY = "/object/<number>", None, None
OUTCOME = ids.outcome("object")


def layout(session: Session, *, query: dict[str, str], number: int) -> Component:
    """Return the page."""
    del query
    version = session.version
    shown = looking.describe(session.project, number)
    return parts.page(
        shown.object_id,
        dcc.Store(id=OUTCOME),
        dcc.Store(id=ids.of_object(PAGE, "shown"), data={"object": number, "version": version}),
        html.Div(
            className="object-page",
            children=[
                html.Div(
                    [
                        object_parts.picture(session, shown, PAGE),
                        object_parts.where(session, shown),
                        object_parts.facts(shown),
                        object_parts.actions(shown, PAGE),
                    ],
                    className="object-page-left",
                ),
                html.Div(object_parts.tabs(session, shown, PAGE), className="object-page-right"),
            ],
        ),
        tools=dcc.Link("On the map", href=f"/map?object={number}", className="object-link"),
    )


def register(app: Dash, session: Session) -> None:
    """Register the callbacks of the page."""
    register_actions(app, session, PAGE, OUTCOME)
