"""What surrounds every page: navigation, undo and redo, notices, help by ``?``, light and dark."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import dash_mantine_components as dmc
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from flask import request

from morphoexplore import review
from morphoexplore.errors import MorphoExploreError
from morphoexplore.review.telling import tell
from morphoexplore.store import history
from morphoexplore_app import ids, jobs, object_panel, parts
from morphoexplore_app.deciding import decide
from morphoexplore_app.pages import PAGES
from morphoexplore_app.session import Session

INDEX = """<!DOCTYPE html>
<html lang="en">
    <head>
        {%metas%}
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{%title%}</title>
        {%favicon%}
        {%css%}
    </head>
    <body>
        {%app_entry%}
        <footer>{%config%}{%scripts%}{%renderer%}</footer>
    </body>
</html>"""

THEME = {
    "primaryColor": "blue",
    "primaryShade": {"light": 8, "dark": 8},
    "cursorType": "pointer",
    "autoContrast": True,
}


def layout(session: Session) -> Component:
    """Return the frame, with an empty place for the page."""
    return dmc.MantineProvider(
        theme=THEME,
        defaultColorScheme="auto",
        children=[
            dcc.Location(id=ids.URL, refresh="callback-nav"),
            dcc.Store(id=ids.REDRAW),
            dcc.Store(id=ids.HISTORY),
            dcc.Store(id=ids.outcome(ids.SHELL)),
            dmc.NotificationContainer(id=ids.NOTICES, position="top-center", autoClose=6000, limit=2),
            html.A("Skip to the page", href=f"#{ids.CONTENT}", className="skip-link"),
            html.Header(
                className="shell-header",
                children=[
                    dcc.Link(
                        session.project.name,
                        href="/",
                        className="shell-project",
                        title=str(session.project.folder),
                    ),
                    html.Nav(id=ids.NAVIGATION, className="shell-navigation", **{"aria-label": "Pages"}),
                    html.Div(
                        className="shell-tools",
                        children=[
                            *jobs.layout(),
                            parts.action("Undo", ids.UNDO, key="Control+z", variant="default", disabled=True),
                            parts.action("Redo", ids.REDO, key="Control+y", variant="default", disabled=True),
                            parts.action(
                                "?", ids.HELP, key="?", variant="default", help="all keys of this page"
                            ),
                            dmc.ColorSchemeToggle(
                                lightIcon="☀",
                                darkIcon="☾",
                                variant="default",
                                size=30,
                                **{"aria-label": "light or dark"},
                            ),
                        ],
                    ),
                ],
            ),
            html.Main(id=ids.CONTENT, className="shell-content", tabIndex=-1),
            object_panel.layout(),
        ],
    )


def register(app: Dash, session: Session) -> None:
    """Register the callbacks of the shell."""
    jobs.register(app, session)

    @app.callback(
        Output(ids.CONTENT, "children"),
        Output(ids.NAVIGATION, "children"),
        Input(ids.URL, "pathname"),
        Input(ids.URL, "search"),
        Input(ids.REDRAW, "data"),
    )
    def draw(pathname: str | None, search: str | None, _redraw: str | None) -> tuple[Any, Any]:
        if (
            ctx.triggered_id == ids.REDRAW
        ):  # Dash knows nothing of what pages have written into the address since
            shown = urlsplit(request.referrer or "")
            pathname, search = shown.path or pathname, shown.query or search
        return _draw(session, pathname or "/", search or ""), _navigation(pathname or "/")

    @app.callback(
        Output(ids.HISTORY, "data"),
        Output(ids.UNDO, "children"),
        Output(ids.UNDO, "disabled"),
        Output(ids.REDO, "children"),
        Output(ids.REDO, "disabled"),
        Output(ids.NOTICES, "sendNotifications"),
        Output(ids.REDRAW, "data"),
        Input({"type": "outcome", "page": ALL}, "data"),
        Input(ids.URL, "pathname"),
    )
    def follow(_outcomes: list[dict[str, Any] | None], _pathname: str | None) -> tuple[Any, ...]:
        said = [
            part["value"]
            for part in ctx.triggered
            if isinstance(part["value"], dict) and "stamp" in part["value"]
        ]
        notices = [parts.notice(one) for one in said if one["message"]]
        redraw = next((one["stamp"] for one in said if one["redraw"]), no_update)
        version = session.version  # before what the buttons say: they are pressed on what they said
        undo, redo = history.next_undo(session.project), history.next_redo(session.project)
        return (
            {"version": version},
            _label("Undo", session, undo),
            undo is None,
            _label("Redo", session, redo),
            redo is None,
            notices or no_update,
            redraw,
        )

    app.clientside_callback(
        ClientsideFunction("shell", "refused"),  # galleries take keys again at once
        Input({"type": "outcome", "page": ALL}, "data"),
        Input(ids.NOTICES, "sendNotifications"),  # what went wrong unexpectedly is only said
        prevent_initial_call=True,
    )

    @app.callback(
        Output(ids.outcome(ids.SHELL), "data"),
        Input(ids.UNDO, "n_clicks"),
        Input(ids.REDO, "n_clicks"),
        State(ids.HISTORY, "data"),
        prevent_initial_call=True,
    )
    def reverse(_undo: int | None, _redo: int | None, drawn: dict[str, Any] | None) -> dict[str, Any]:
        is_undo = ctx.triggered_id == ids.UNDO

        def act() -> str:
            target = review.undo(session.project) if is_undo else review.redo(session.project)
            said = f"{'Undone' if is_undo else 'Made again'}: {tell(session.project, target)}"
            return said if said.endswith(("?", "!", ".", "…")) else f"{said}."

        outcome = decide(session, (drawn or {}).get("version"), act)
        return outcome | {"redraw": True}


def _label(word: str, session: Session, decision: Any) -> Component | str:
    """Return what a button would reverse; what has no room there is said where the mouse rests on it."""
    if decision is None:
        return word
    words = f"{word}: {tell(session.project, decision)}"
    return html.Span(words, title=words)


def _draw(session: Session, pathname: str, search: str) -> Component:
    found = match(pathname)
    if found is None:
        return parts.empty("There is no such page.", "Choose one above.")
    page, values = found
    try:
        return page.layout(session, **values, query=dict(parse_qsl(search.removeprefix("?"))))
    except MorphoExploreError as error:
        return parts.empty(str(error), link=("To the overview", "/"))


def match(pathname: str) -> tuple[Any, dict[str, int]] | None:
    """Return the page of a path and the numbers in it, None where there is none."""
    for page in PAGES:
        pattern = re.sub(r"<(\w+)>", r"(?P<\1>\\d{1,18})", page.PATH)
        found = re.fullmatch(pattern, pathname.rstrip("/") or "/")
        if found:
            return page, {name: int(text) for name, text in found.groupdict().items()}
    return None


def _navigation(pathname: str) -> list[Component]:
    current = match(pathname)
    links = []
    for page in PAGES:
        if page.LABEL is None:
            continue
        is_current = current is not None and page.PATH in (
            current[0].PATH,
            getattr(current[0], "BELONGS_TO", None),
        )
        attributes = {"data-key": page.KEY, "data-help": f"go to {page.LABEL}"}
        if is_current:
            attributes["aria-current"] = "page"
        links.append(
            dmc.Anchor(
                page.LABEL, href=page.PATH, refresh=False, unstyled=True, className="shell-link", **attributes
            )
        )
    return links
