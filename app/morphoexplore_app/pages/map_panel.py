"""Beside the map: what is selected, as images, and what can be made of it."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
import numpy as np
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from morphoexplore.errors import DecisionError
from morphoexplore.store import tree
from morphoexplore.store.tree import FREE
from morphoexplore_app import ids, parts
from morphoexplore_app.components import Gallery
from morphoexplore_app.pages import map_selection
from morphoexplore_app.pages.map_selection import MOST, Chosen
from morphoexplore_app.session import Session

ROWS = 7  # of the composition


def layout(session: Session) -> Component:
    """Return the panel, hidden until something is selected."""
    return html.Section(
        id=ids.MAP_PANEL,
        className="map-panel",
        hidden=True,
        **{"aria-label": "Selection"},
        children=[
            html.H2(id=ids.MAP_COUNT, className="map-count"),
            html.Div(id=ids.MAP_COMPOSITION),
            html.Div(
                className="map-actions",
                children=[
                    html.Div(
                        [
                            dmc.TextInput(
                                id=ids.MAP_NAME,
                                placeholder="Name, if you know it",
                                size="xs",
                                className="map-field",
                                value="",
                                **{"aria-label": "Name of the new morph"},
                            ),
                            _act(
                                "New morph",
                                ids.MAP_GATHER,
                                "gather",
                                "c",
                                "make a new morph of the selection",
                            ),
                        ]
                    ),
                    html.Div(
                        [
                            dmc.Select(
                                id=ids.MAP_INTO,
                                data=_morphs(session),
                                placeholder="Morph",
                                searchable=True,
                                clearSearchOnFocus=True,
                                selectFirstOptionOnChange=True,
                                limit=50,
                                size="xs",
                                className="map-field",
                                nothingFoundMessage="No such morph",
                                **{"aria-label": "Morph to move to"},
                            ),
                            _act("Move there", ids.MAP_MOVE, "move", "m", "move the selection to a morph"),
                        ]
                    ),
                    html.Div(
                        [
                            dmc.Select(
                                id=ids.MAP_FROM,
                                data=[],
                                size="xs",
                                className="map-field",
                                placeholder="Morph",
                                **{"aria-label": "Morph to reject from"},
                            ),
                            _act(
                                "Reject from it",
                                ids.MAP_REJECT,
                                "reject",
                                "r",
                                "these do not belong to the morph",
                            ),
                        ],
                        id=ids.MAP_FROM_ROW,
                        hidden=True,
                    ),
                    dmc.Checkbox(id=ids.MAP_MOVES, label="", checked=False, size="xs"),
                ],
            ),
            html.Div(
                className="map-images",
                children=[
                    html.P(id=ids.MAP_SHOWN, className="map-shown"),
                    html.Div(
                        [
                            _act(
                                "Leave out",
                                ids.MAP_LEAVE_OUT,
                                "leave-out",
                                "Delete",
                                "leave the marked images out",
                            ),
                            _act(
                                "Keep only",
                                ids.MAP_KEEP_ONLY,
                                "keep-only",
                                "k",
                                "keep only the marked images",
                            ),
                            _act("Show more", ids.MAP_MORE, "more", "v", "show more images of the selection"),
                        ],
                        className="map-refine",
                    ),
                ],
            ),
            html.Div(
                Gallery(
                    id=ids.MAP_GALLERY,
                    objects=[],
                    version="",
                    cell=72,
                    label="Selected objects",
                    height="100%",
                    focus=False,
                ),
                className="map-gallery",
            ),
            dcc.Store(id=ids.MAP_MEMBERS),
        ],
    )


def _act(label: str, id: str, name: str, key: str, help: str) -> Component:
    return parts.action(
        label,
        id,
        key=key,
        help=help,
        variant="default",
        **{"data-gallery-action": f"{ids.MAP_GALLERY} {name}"},
    )


def register(app: Dash, session: Session) -> None:
    """Register what draws the panel."""

    @app.callback(
        Output(ids.MAP, "chosen"),
        Output(ids.MAP_PANEL, "hidden"),
        Output(ids.MAP_COUNT, "children"),
        Output(ids.MAP_COMPOSITION, "children"),
        Output(ids.MAP_GALLERY, "objects"),
        Output(ids.MAP_GALLERY, "version"),
        Output(ids.MAP_SHOWN, "children"),
        Output(ids.MAP_INTO, "value"),
        Output(ids.MAP_FROM, "data"),
        Output(ids.MAP_FROM, "value"),
        Output(ids.MAP_FROM_ROW, "hidden"),
        Output(ids.MAP_MOVES, "label"),
        Output(ids.MAP_MOVES, "checked"),
        Output(ids.MAP_MEMBERS, "data"),
        Input(ids.MAP_CHOSEN, "data"),
        Input(ids.MAP_STATE, "data"),
        State(ids.MAP_INTO, "value"),
        State(ids.MAP_MOVES, "checked"),
        prevent_initial_call=True,
    )
    def draw(
        chosen: Chosen | None,
        state: dict[str, Any],
        into: str | None,
        moves: bool | None,  # noqa: FBT001 - what a box says
    ) -> tuple[Any, ...]:
        if not chosen:
            return (None, True, *(no_update,) * 9, no_update, False, None)
        try:
            objects = map_selection.displayed(session, chosen)
        except DecisionError as error:
            return (None, False, str(error), "", [], "", "", None, [], None, True, "", False, None)
        groups = _composition(session, objects)
        members = [group for group in groups if group["node"] != FREE]
        shown = objects[: chosen["shown"]]
        options = [{"value": str(one["node"]), "label": one["title"]} for one in members]
        largest = options[0]["value"] if options else None
        n = sum(one["count"] for one in members)
        return (
            chosen["token"],
            False,
            f"{len(objects):,} selected",
            _composed(groups, len(objects)),
            shown.tolist(),
            map_selection.version(chosen, state["version"]),
            _words(len(shown), len(objects)),
            into or largest,
            options,
            largest,
            not options,
            "Also take the one that is in a morph already"
            if n == 1
            else f"Also take the {n:,} that are in morphs already",
            bool(moves) and n > 0,
            {"all": len(objects), "free": len(objects) - n},
        )

    @app.callback(
        Output(ids.MAP_INTO, "data"),
        Input(ids.MAP_STATE, "data"),
        prevent_initial_call=True,
    )
    def offer(_state: dict[str, Any]) -> list[dict[str, str]]:
        return _morphs(session)

    @app.callback(
        Output(ids.MAP_GATHER, "children"),
        Output(ids.MAP_GATHER, "disabled"),
        Output(ids.MAP_MOVE, "children"),
        Output(ids.MAP_MOVE, "disabled"),
        Output(ids.MAP_MOVES, "style"),
        Input(ids.MAP_MEMBERS, "data"),
        Input(ids.MAP_MOVES, "checked"),
        Input(ids.MAP_INTO, "value"),
    )
    def allow(
        counts: dict[str, int] | None,
        moves: bool | None,  # noqa: FBT001 - what a box says
        into: str | None,
    ) -> tuple[Any, ...]:
        counts = counts or {"all": 0, "free": 0}
        n = counts["all"] if moves else counts["free"]
        style = {"display": "none"} if counts["all"] == counts["free"] else {}
        return f"New morph of {n:,}", not n, f"Move {n:,} there", not n or not into, style

    @app.callback(
        Output(ids.MAP_LEAVE_OUT, "disabled"),
        Output(ids.MAP_KEEP_ONLY, "disabled"),
        Output(ids.MAP_MORE, "disabled"),
        Input(ids.MAP_GALLERY, "selected"),
        Input(ids.MAP_GALLERY, "objects"),
        State(ids.MAP_MEMBERS, "data"),
    )
    def mark(
        selected: dict[str, Any] | None, objects: list[int] | None, counts: dict[str, int] | None
    ) -> tuple[bool, bool, bool]:
        is_marked = bool(selected and selected["n"])
        is_all = len(objects or []) >= min(MOST, (counts or {"all": 0})["all"])
        # More images are a new drawing, which would lose the marks.
        return not is_marked, not is_marked, is_marked or is_all


def _morphs(session: Session) -> list[dict[str, str]]:
    nodes = tree.nodes(session.project)
    paths = [
        (tree.path_of(nodes, node_id).replace(">", " > "), node_id)
        for node_id, node in nodes.items()
        if not node.is_branch
    ]
    return [{"value": str(node_id), "label": path} for path, node_id in sorted(paths)]


def _composition(session: Session, objects: np.ndarray) -> list[dict[str, Any]]:
    """Return which morphs selected objects are in and how many, free ones first, then the largest."""
    found, counts = np.unique(session.membership.node[objects], return_counts=True)
    nodes = tree.nodes(session.project)
    groups = [
        {
            "node": int(node_id),
            "count": int(count),
            "title": "free" if node_id == FREE else nodes[int(node_id)].title,
        }
        for node_id, count in zip(found, counts, strict=True)
    ]
    return sorted(groups, key=lambda group: (group["node"] != FREE, -group["count"]))


def _composed(groups: list[dict[str, Any]], n: int) -> Component:
    rows = [(group["title"], group["count"]) for group in groups[:ROWS]]
    if len(groups) > ROWS:
        rest = groups[ROWS:]
        rows.append((parts.count(len(rest), "other morph"), sum(group["count"] for group in rest)))
    return html.Table(
        [
            html.Tr(
                [
                    html.Th(title, scope="row", title=title),
                    html.Td(html.Div(className="map-share", style={"width": f"{100 * count / n:.1f}%"})),
                    html.Td(f"{count:,}", className="map-number"),
                ]
            )
            for title, count in rows
        ],
        className="map-composition",
    )


def _words(shown: int, n: int) -> str:
    if shown == n:
        return "Click images to mark them."
    return f"{shown:,} images, spread evenly over the selection. Click images to mark them."
