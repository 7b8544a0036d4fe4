"""The map: all objects as points, coloured; what is selected becomes a morph, or goes into or out of one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from morphoexplore.steps import colouring, mapping
from morphoexplore.store import history, seeds, tree
from morphoexplore_app import ids, parts
from morphoexplore_app.components import Morphospace
from morphoexplore_app.deciding import decide
from morphoexplore_app.pages import map_panel, map_selection
from morphoexplore_app.routes.points import of_session
from morphoexplore_app.session import Session

PATH, LABEL, KEY = "/map", "Map", "g m"
PAGE = "map"


def layout(session: Session, *, query: dict[str, str]) -> Component:
    """Return the page: the map, and beside it what is selected, nothing at first."""
    spaces = mapping.spaces(session.project)
    if not spaces:
        return parts.page("Map", _nothing(session))
    version = session.version
    space = _space(session, spaces, query.get("space"))
    if space is None:
        return parts.page("Map", _nowhere())
    choices = colouring.choices(session.project)
    names = [name for _, name, _ in choices]
    colour = query["colour"] if query.get("colour") in names else _first_colour(session)
    n = session.project.count_objects()
    return html.Div(
        className="map-page",
        children=[
            dcc.Store(id=ids.MAP_STATE, data={"version": version}),
            dcc.Store(id=ids.MAP_CHOSEN),
            dcc.Store(id=ids.outcome(PAGE)),
            html.Div(
                [
                    html.H1("Map"),
                    html.Div(
                        [_colours(choices, colour), _spaces(spaces, space), html.Span(id=ids.MAP_MADE)],
                        className="page-tools",
                    ),
                ],
                className="page-head",
            ),
            html.Div(
                [
                    Morphospace(
                        id=ids.MAP,
                        label=f"Map of {parts.count(n, 'object')}; the legend lists its groups with their counts",
                        highlight=_number(query.get("object")),
                        **_addresses(session, colour, space),
                    ),
                    map_panel.layout(session),
                ],
                className="map-content",
            ),
        ],
    )


def register(app: Dash, session: Session) -> None:
    """Register the callbacks of the page."""

    @app.callback(
        Output(ids.MAP, "points"),
        Output(ids.MAP, "column"),
        Output(ids.MAP, "legend"),
        Output(ids.MAP, "query"),
        Input(ids.MAP_COLOUR, "value"),
        Input(ids.MAP_SPACE, "value"),
        Input(ids.MAP_STATE, "data"),
    )
    def colour(name: str | None, space: str, _state: dict[str, Any]) -> tuple[Any, ...]:
        if name is None:
            return (no_update,) * 4
        found = _addresses(session, name, space)
        return found["points"], found["column"], found["legend"], found["query"]

    @app.callback(
        Output(ids.MAP_CHOSEN, "data"),
        Output(ids.MAP_STATE, "data"),
        Output(ids.outcome(PAGE), "data"),
        Output(ids.MAP_MADE, "children"),
        Input(ids.MAP, "selection"),
        Input(ids.MAP_GALLERY, "action"),
        State(ids.MAP_CHOSEN, "data"),
        State(ids.MAP_STATE, "data"),
        State(ids.MAP_NAME, "value"),
        State(ids.MAP_MOVES, "checked"),
        State(ids.MAP_INTO, "value"),
        State(ids.MAP_FROM, "value"),
        prevent_initial_call=True,
    )
    def act(
        selection: dict[str, Any] | None,
        action: dict[str, Any] | None,
        chosen: map_selection.Chosen | None,
        state: dict[str, Any],
        name: str | None,
        moves: bool | None,  # noqa: FBT001 - what a box says
        into: str | None,
        from_: str | None,
    ) -> tuple[Any, ...]:
        if ctx.triggered_id == ids.MAP:
            return map_selection.of_selection(selection), no_update, no_update, no_update
        if not action or not chosen or action["version"] != map_selection.version(chosen, state["version"]):
            return (no_update,) * 4
        if action["name"] in map_selection.REFINING:
            return map_selection.refined(session, chosen, action), no_update, no_update, no_update
        said = map_selection.Said(name=name, moves=bool(moves), into=into, from_=from_)
        outcome = decide(
            session, state["version"], lambda: map_selection.decide_on(session, chosen, action, said)
        )
        if not outcome["is_done"]:
            return no_update, no_update, outcome, no_update
        return None, {"version": outcome["version"]}, outcome, _grow_it(session, action["name"])

    map_panel.register(app, session)


def _grow_it(session: Session, what: str) -> list[Component]:
    """Return the way to grow the morph that a selection was just put into."""
    made = history.next_undo(session.project)
    if what not in ("gather", "move") or made is None or made.node_id is None:
        return []
    title = tree.nodes(session.project)[made.node_id].title
    return [parts.link(f"Grow {title}", f"/grow/{made.node_id}", key="G", help="grow the morph just made")]


def _nothing(session: Session) -> Component:
    if not session.project.count_objects():
        return parts.empty("This project is empty, so there is no map.", link=("See what to do", "/"))
    return parts.empty(
        "There is no map yet.",
        "The map shows all images, similar ones near each other. Describe the images (extract), then embed them.",
        link=("Do it on the overview", "/"),
    )


def _nowhere() -> Component:
    return parts.empty(
        "No object has a position on the map.",
        "None of the images could be described. See the problems of the last runs, then extract and embed again.",
        link=("See the runs", "/"),
    )


def _space(session: Session, spaces: dict[str, str], wanted: str | None) -> str | None:
    """Return the space that is asked for, else the first one in which anything has a position."""
    order = sorted(spaces, key=lambda space: space != wanted)
    return next((space for space in order if len(of_session(session).points(space).objects)), None)


def _first_colour(session: Session) -> str:
    """Return what a person who has just come wants to see: morphs; before there are any, seeds; else samples."""
    if any(not node.is_branch for node in tree.nodes(session.project).values()):
        return "morph"
    return "seed" if seeds.counts(session.project)["pending"] else "sample"


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def _addresses(session: Session, colour: str, space: str) -> dict[str, Any]:
    """Return where the browser finds points, colours and legend as they are now, and what its address keeps."""
    version = mapping.version(session.project, space)
    name, colon, of = colour.partition(":")
    query = {"of": of} if colon else {}
    state = colouring.version(session.project, colour, session.membership.state)
    query |= {"space": space, "version": f"{version}-{state}"}
    return {
        "points": f"/points/{space}?{urlencode({'version': version})}",
        "column": f"/column/{name}?{urlencode(query)}",
        "legend": f"/legend/{name}?{urlencode(query)}",
        "query": {"colour": colour, "space": space},
    }


def _colours(choices: list[tuple[str, str, str]], colour: str) -> Component:
    groups: dict[str, list[dict[str, str]]] = {}
    for group, name, title in choices:
        groups.setdefault(group, []).append({"value": name, "label": title})
    return html.Div(
        [
            html.Label("Colour", htmlFor=ids.MAP_COLOUR),
            dmc.Select(
                id=ids.MAP_COLOUR,
                data=[{"group": group, "items": items} for group, items in groups.items()],
                value=colour,
                searchable=True,
                clearSearchOnFocus=True,
                selectFirstOptionOnChange=True,
                allowDeselect=False,
                nothingFoundMessage="No such column",
                size="xs",
                w=220,
                maxDropdownHeight=420,
                persistence=True,
                persistence_type="memory",
            ),
        ],
        className="map-choice",
    )


def _spaces(spaces: dict[str, str], space: str) -> Component:
    return dmc.SegmentedControl(
        id=ids.MAP_SPACE,
        data=[{"value": name, "label": title} for name, title in spaces.items()],
        value=space,
        size="xs",
        persistence=True,
        persistence_type="memory",
        **{"aria-label": "Axes"},
    )
