"""The images of a sample on the page Samples: all of them, those of one morph, or the unsorted, a page at a time."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
import numpy as np
from dash import MATCH, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from morphoexplore.store import objects, tree
from morphoexplore_app import ids, parts
from morphoexplore_app.components import Gallery
from morphoexplore_app.pages.tree.reading import remembered
from morphoexplore_app.session import Session

PAGE = 200  # objects shown at once
HEIGHT = 372  # px: four rows of tiles, and what stands below is seen to go on
CELL = 88
ALL_OBJECTS = "all"
WITHIN = {"of": "sample"}  # of the patterns, because the panel comes and goes


def images(session: Session, sample: str) -> Component:
    """Return the choice of objects of a sample, and the first of them."""
    groups = _groups(session, sample)
    return html.Div(
        [
            dmc.Select(
                id=ids.SAMPLES_OF | WITHIN,
                label="Images",
                data=[
                    {"value": key, "label": f"{title} ({len(numbers):,})"}
                    for key, (title, numbers) in groups.items()
                ],
                value=ALL_OBJECTS,
                searchable=len(groups) > 8,
                allowDeselect=False,
                size="xs",
                maxDropdownHeight=360,
            ),
            html.Div(_shown(session, sample, ALL_OBJECTS, 1), id=ids.SAMPLES_IMAGES | WITHIN),
        ]
    )


def register(app: Dash, session: Session) -> None:
    """Register the callbacks of the images."""

    @app.callback(
        Output(ids.SAMPLES_IMAGES | {"of": MATCH}, "children"),
        Input(ids.SAMPLES_OF | {"of": MATCH}, "value"),
        Input(ids.samples_turn("previous") | {"of": MATCH}, "n_clicks"),
        Input(ids.samples_turn("next") | {"of": MATCH}, "n_clicks"),
        State(ids.SAMPLES_TURNED | {"of": MATCH}, "data"),
        prevent_initial_call=True,
    )
    def show(group: str, _previous: int | None, _next: int | None, shown: dict[str, Any]) -> Any:
        happened = ctx.triggered[0]
        if happened["value"] is None:  # buttons that have just come
            return no_update
        trigger = ctx.triggered_id or {}
        if trigger.get("type") == ids.SAMPLES_OF["type"]:
            return _shown(session, shown["sample"], group, 1) if group != shown["group"] else no_update
        by = 1 if trigger.get("to") == "next" else -1
        return _shown(session, shown["sample"], group, shown["page"] + by)


def _shown(session: Session, sample: str, group: str, page: int) -> list[Component]:
    groups = _groups(session, sample)
    group = group if group in groups else ALL_OBJECTS  # a morph that is gone
    numbers = groups[group][1]
    pages = max(1, -(-len(numbers) // PAGE))
    page = min(max(1, page), pages)
    return [
        dcc.Store(id=ids.SAMPLES_TURNED | WITHIN, data={"sample": sample, "group": group, "page": page}),
        _pager(len(numbers), page, pages),
        Gallery(
            id=ids.SAMPLES_GALLERY,
            objects=numbers[(page - 1) * PAGE : page * PAGE].tolist(),
            version=f"{session.version} {sample} {group} {page}",
            cell=CELL,
            height=min(HEIGHT, 100 + CELL * (len(numbers) // 3)),
            label=f"{len(numbers):,} objects; double-click or i opens one",
        ),
    ]


def _groups(session: Session, sample: str) -> dict[str, tuple[str, np.ndarray]]:
    """Return title and objects of what can be shown: all by morph, each morph from the largest on, the unsorted."""
    owner, names = remembered(
        session, "samples_of", session.project.count_objects(), lambda: objects.samples_of(session.project)
    )
    own = [place for place, name in enumerate(names) if name == sample]
    numbers = np.flatnonzero(np.isin(owner, own))
    node = session.membership.node[numbers]
    nodes = tree.nodes(session.project)
    morphs, counts = np.unique(node[node != tree.FREE], return_counts=True)
    by_morph = {int(morph): numbers[node == morph] for morph in morphs[np.argsort(-counts, kind="stable")]}
    free = numbers[node == tree.FREE]
    everything = np.concatenate([*by_morph.values(), free])
    groups = {ALL_OBJECTS: ("all, by morph" if by_morph else "all", everything)}
    groups |= {str(morph): (nodes[morph].title, found) for morph, found in by_morph.items()}
    return groups | ({"unsorted": ("unsorted", free)} if by_morph and len(free) else {})


def _pager(n: int, page: int, pages: int) -> Component:
    first, last = (page - 1) * PAGE + 1, min(page * PAGE, n)
    text = f"{first:,} to {last:,} of {n:,}" if pages > 1 else parts.count(n, "object")
    buttons = [
        parts.action(
            label,
            ids.samples_turn(to) | WITHIN,
            key=key,
            help=f"{to} page of images",
            variant="default",
            disabled=page == end,
        )
        for label, to, key, end in (("Previous", "previous", "p", 1), ("Next", "next", "n", pages))
    ]
    hidden = {} if pages > 1 else {"display": "none"}
    return html.Div(
        [html.Span(text, className="samples-range"), html.Div(buttons, className="page-tools", style=hidden)],
        className="samples-pager",
    )
