"""The object panel: full picture, metadata, similar objects, history. Opened from anywhere by showObject(number)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from morphoexplore import review
from morphoexplore.errors import MorphoExploreError
from morphoexplore.steps import looking
from morphoexplore.store import tree
from morphoexplore_app import ids, object_parts
from morphoexplore_app.deciding import Outcome, decide
from morphoexplore_app.object_figure import figure
from morphoexplore_app.session import Session

PANEL, PAGE = "panel", "page"
MOST = 50  # morphs offered at once
LONGEST = 50  # objects that "back" goes through


def layout() -> Component:
    """Return the panel, closed."""
    return html.Div(
        [
            dcc.Store(id=ids.OBJECT),
            dcc.Store(id=ids.OBJECT_TRAIL, data=[]),
            dcc.Store(id=ids.of_object(PANEL, "shown")),
            dcc.Store(id=ids.outcome(ids.OBJECT_PANEL)),
            html.Aside(
                html.Div(id=ids.OBJECT_BODY),
                id=ids.OBJECT_PANEL,
                className="object-panel",
                hidden=True,
                **{"aria-label": "Object", "data-keys": '[["Escape","close the object panel"]]'},
            ),
        ]
    )


def register(app: Dash, session: Session) -> None:
    """Register the callbacks of the panel."""

    @app.callback(
        Output(ids.OBJECT_BODY, "children"),
        Output(ids.OBJECT_PANEL, "hidden"),
        Output(ids.of_object(PANEL, "shown"), "data"),
        Output(ids.OBJECT_TRAIL, "data"),
        Input(ids.OBJECT, "data"),
        Input(ids.HISTORY, "data"),
        State(ids.of_object(PANEL, "shown"), "data"),
        State(ids.OBJECT_TRAIL, "data"),
        prevent_initial_call=True,
    )
    def draw(
        asked: dict[str, Any] | None, _history: Any, drawn: dict[str, Any] | None, trail: list[int] | None
    ) -> tuple[Any, ...]:
        if not asked or not isinstance(asked.get("object"), int):
            if drawn is None:
                raise PreventUpdate
            return no_update, True, None, []
        version = session.version
        if ctx.triggered_id == ids.HISTORY and drawn is not None and drawn["version"] == version:
            raise PreventUpdate
        trail = follow(trail or [], asked["object"])
        return _body(session, trail), False, {"object": asked["object"], "version": version}, trail

    register_actions(app, session, PANEL, ids.outcome(ids.OBJECT_PANEL))


def follow(trail: list[int], number: int) -> list[int]:
    """Return the objects shown so far with a new one; going to the last but one is going back."""
    if trail[-1:] == [number]:
        return trail
    if trail[-2:-1] == [number]:
        return trail[:-1]
    return [*trail, number][-LONGEST:]


def _body(session: Session, trail: list[int]) -> list[Component]:
    number = trail[-1]
    close = html.Button(
        "✕",
        type="button",
        className="object-close",
        title="Close (Escape)",
        **{"aria-label": "Close", "data-close": "1"},
    )
    try:
        shown = looking.describe(session.project, number)
    except MorphoExploreError as error:
        return [html.Div([html.H2("No such object"), close], className="object-head"), html.P(str(error))]
    before = (
        [
            html.Button(
                "Back",
                type="button",
                className="object-link",
                title="The object before",
                **{"data-object": str(trail[-2])},
            )
        ]
        if len(trail) > 1
        else []
    )
    links = html.Div(
        className="object-links",
        children=[
            *before,
            dcc.Link("Open as a page", href=f"/object/{number}", className="object-link object-leave"),
            dcc.Link("On the map", href=f"/map?object={number}", className="object-link"),
        ],
    )
    return [
        html.Div([html.H2(shown.object_id, title=shown.object_id), close], className="object-head"),
        links,
        object_parts.picture(session, shown, PANEL),
        object_parts.where(session, shown),
        object_parts.facts(shown),
        object_parts.actions(shown, PANEL),
        object_parts.tabs(session, shown, PANEL),
    ]


def register_actions(app: Dash, session: Session, place: str, outcome: dict[str, str]) -> None:
    """
    Register what can be done with an object, in the panel or on its page.

    Parameters
    ----------
    place : {"panel", "page"}
        Where. The store ``ids.of_object(place, "shown")`` there says which object it is and as of which decision.
    outcome : dict
        Id of the store that takes how a decision went.
    """

    @app.callback(
        Output(outcome, "data"),
        Input(ids.of_object(place, "move"), "value"),
        Input(ids.of_object(place, "new"), "n_clicks"),
        Input(ids.of_object(place, "reject"), "n_clicks"),
        State(ids.of_object(place, "shown"), "data"),
        prevent_initial_call=True,
    )
    def act(into: str | None, new: int | None, reject: int | None, shown: dict[str, Any]) -> Outcome:
        chosen: Callable[[int], str]
        if ctx.triggered_id == ids.of_object(place, "move") and into:
            chosen = lambda number: _move(session, number, int(into))  # noqa: E731
        elif ctx.triggered_id == ids.of_object(place, "new") and new:
            chosen = lambda number: _make(session, number)  # noqa: E731
        elif ctx.triggered_id == ids.of_object(place, "reject") and reject:
            chosen = lambda number: _reject(session, number)  # noqa: E731
        else:
            raise PreventUpdate
        return decide(session, shown["version"], lambda: chosen(shown["object"])) | {"redraw": True}

    @app.callback(
        Output(ids.of_object(place, "move"), "data"),
        Input(ids.of_object(place, "move"), "searchValue"),
        State(ids.of_object(place, "shown"), "data"),
    )
    def offer(searched: str | None, shown: dict[str, Any] | None) -> list[dict[str, str]]:
        return offers(session, searched or "", shown["object"] if shown else None)

    @app.callback(
        Output(ids.of_object(place, "figure"), "children"),
        Input(ids.of_object(place, "image"), "value"),
        State(ids.of_object(place, "shown"), "data"),
        prevent_initial_call=True,
    )
    def choose(image: str, shown: dict[str, Any]) -> list[Component]:
        return figure(session, looking.describe(session.project, shown["object"]), int(image))


def offers(session: Session, searched: str, number: int | None) -> list[dict[str, str]]:
    """Return morphs whose path has some letters, the largest first, except the one that an object is in."""
    node = session.membership.node
    nodes = tree.nodes(session.project)
    here = None if number is None or number >= len(node) else int(node[number])
    sizes = np.bincount(node[node >= 0], minlength=1 + max(nodes, default=0))
    labels = {
        leaf: tree.path_of(nodes, leaf).replace(">", " > ")
        for leaf, one in nodes.items()
        if not one.is_branch and leaf != here
    }
    found = [leaf for leaf, label in labels.items() if searched.casefold() in label.casefold()]
    found.sort(key=lambda leaf: -sizes[leaf])
    return [{"value": str(leaf), "label": labels[leaf]} for leaf in found[:MOST]]


def _move(session: Session, number: int, node_id: int) -> str:
    review.move(session.project, [number], node_id)
    return f"Moved to {tree.nodes(session.project)[node_id].title}."


def _make(session: Session, number: int) -> str:
    node_id = review.gather(session.project, [number], shown=[number], moves=True)
    return f"Made morph {node_id} of it."


def _reject(session: Session, number: int) -> str:
    morph = looking.describe(session.project, number).morph
    if morph is None:
        return "It is free already."
    review.reject(session.project, morph.node_id, [number])
    return f"It is free now, and known as not of {morph.title}."
