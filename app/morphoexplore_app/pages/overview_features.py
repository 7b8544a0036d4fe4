"""The part of the overview that compares feature sets: their scores, and what each takes for alike."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
import numpy as np
from dash import MATCH, ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from morphoexplore.errors import MorphoExploreError
from morphoexplore.steps import comparing, ranking
from morphoexplore.steps.joining import REFINED
from morphoexplore.steps.ranking import JOINED
from morphoexplore.steps.training import LEARNED
from morphoexplore.store import morphospace, objects
from morphoexplore.store.arrays import ArrayRecord
from morphoexplore_app import ids, memory, parts
from morphoexplore_app.session import Session

CLEAR = 1.5  # null ratio below which features show no groups
OWN = "learned.safetensors"  # the model that this project has trained
KEPT = 64  # pictures of neighbours that the server remembers
WHAT_IT_MEANS = (
    "The null ratio needs no labels: it says how many times more objects lie in groups than if each number were shuffled among "
    "the objects. At 1 there is nothing but chance; below 1.5 there are no groups. Whether the groups are forms, or only poses and "
    "brightness, the pictures below tell."
)
REFINED_IS_NAMED = (
    "refined has learned from your morphs, which raises its ratio: do not compare it with the others."
)


def table(session: Session, counts: dict[str, Any]) -> Component:
    """Return what feature sets there are, those first that show groups most clearly."""
    sets = counts["feature_sets"]
    if not sets:
        return html.Section(
            [
                html.H2("Features"),
                html.P(
                    "None yet. Describe the images with Extract; then see here what the features are good for."
                ),
            ]
        )
    space = next((one for one in counts["embeddings"] if one["name"] == morphospace.PCA), None)
    joined = [] if space is None else space["features"]
    arrays = {array.name: array for array in morphospace.feature_sets(session.project)}
    rows = [
        (one["name"], f"{one['dims']:,}", _made(one, arrays[one["name"]], counts, joined), one["null_ratio"])
        for one in sets
    ]
    ratios = {one["name"]: one["null_ratio"] for one in sets}
    if space is not None and len(joined) > 1:
        rows.append(
            (JOINED, f"{space['dims']}", f"{' + '.join(joined)}, in the morphospace", space["null_ratio"])
        )
        ratios[JOINED] = space["null_ratio"]
    best = ranking.best({name: ratio for name, ratio in ratios.items() if name != REFINED})
    rows.sort(key=lambda row: -(row[3] or 0))
    head = [html.Th(text, scope="col") for text in ("Features", "Numbers", "Made by", "Null ratio")]
    body = [
        html.Tr(
            [
                html.Th(name, scope="row"),
                html.Td(dims),
                html.Td(made, className="features-made"),
                html.Td(_ratio(ratio, is_best=name == best)),
            ]
        )
        for name, dims, made, ratio in rows
    ]
    notes = [WHAT_IT_MEANS, *([REFINED_IS_NAMED] if REFINED in ratios else [])]
    return html.Section(
        [
            html.H2("Features"),
            html.Table(
                [html.Thead(html.Tr(head)), html.Tbody(body)], className="overview-table features-table"
            ),
            *(html.P(note, className="overview-note") for note in notes),
        ]
    )


def _made(one: dict[str, Any], array: ArrayRecord, counts: dict[str, Any], joined: list[str]) -> str:
    """Return where a set comes from, and what it lacks."""
    made = _made_by(array)
    if one["objects"] < counts["objects"]:
        return f"{made}; only {one['objects']:,} of {parts.count(counts['objects'], 'object')} so far"
    is_left_out = counts["embeddings"] and one["name"] not in joined and joined != [REFINED]
    return f"{made}; not in the morphospace" if is_left_out else made


def _made_by(array: ArrayRecord) -> str:
    """Return in a few words where the numbers of a set come from."""
    weights = array.parameters.get("weights")
    if array.name == "classic":
        return "descriptors of form, grey and texture"
    if array.name == REFINED:
        return "a view learned from your morphs"
    if array.name == LEARNED:
        name = (weights or OWN).partition(" (")[0]
        return "trained network" if name == OWN else f"trained network, {name}"
    engine, pixels = array.parameters.get("engine"), array.parameters.get("pixels")
    return ", ".join(
        [
            "timm model with random weights" if array.parameters.get("untrained") else "timm model",
            *([weights.partition(" (")[0]] if weights else []),
            *([f"{pixels} px"] if pixels else []),
            *([f"{engine['name']} {engine['precision']}"] if engine else []),
        ]
    )


def _ratio(ratio: float | None, *, is_best: bool) -> Any:
    if ratio is None:
        return "not computed"
    said: list[Any] = [html.Span(f"{ratio:.1f}", className="features-ratio")]
    if is_best:
        said.append(html.Span("clearest groups", className="features-best"))
    if ratio < CLEAR:
        said.append(html.Span("no groups", className="features-none"))
    return said


# ------------------------------------------------------------------------------------------ what is taken for alike


def likes(session: Session, counts: dict[str, Any], query: dict[str, str]) -> Component | None:
    """Return the section with the nearest neighbours of ten random objects; None where nothing can be compared yet."""
    names = _comparable(session, counts)
    if not names:
        return None
    asked = [name for name in query.get("sets", "").split(",") if name in names]
    state = int(query["look"]) if query.get("look", "").isdecimal() and len(query["look"]) < 10 else 0
    chips = [dmc.Chip(name, value=name, size="xs") for name in names]
    choice = [
        dmc.ChipGroup(chips, id=ids.LIKES_SETS, multiple=True, value=asked or names),
        parts.action("Ten others", ids.LIKES_OTHERS, key="o", help="ten other objects", variant="default"),
    ]
    return html.Section(
        [
            html.H2("What each feature set takes for alike"),
            html.P(
                "Ten objects drawn at random, and beside each its eight nearest, the nearest first. Features that understand "
                "the images show the same form along a row."
            ),
            html.Div(choice, className="likes-choice"),
            dcc.Store(id=ids.LIKES_STATE, data={"look": state, "sets": names}),
            dcc.Store(id=ids.LIKES_QUERY),
            html.Div(id=ids.LIKES, className="likes"),
        ],
        className="overview-likes",
    )


def register(app: Dash, session: Session) -> None:
    """Register the callbacks of the neighbours."""

    @app.callback(
        Output(ids.LIKES_STATE, "data"),
        Input(ids.LIKES_OTHERS, "n_clicks"),
        State(ids.LIKES_STATE, "data"),
        prevent_initial_call=True,
    )
    def others(_clicks: int | None, state: dict[str, Any]) -> dict[str, Any]:
        return state | {"look": state["look"] + 1}

    @app.callback(
        Output(ids.LIKES, "children"),
        Output(ids.LIKES_QUERY, "data"),
        Input(ids.LIKES_STATE, "data"),
        Input(ids.LIKES_SETS, "value"),
    )
    def show(state: dict[str, Any], chosen: list[str] | None) -> tuple[Any, str]:
        names = state["sets"]
        shown = [name for name in names if name in (chosen or [])]
        query = [f"look={state['look']}"] if state["look"] else []
        query += [f"sets={','.join(shown)}"] if 0 < len(shown) < len(names) else []
        if not shown:
            return html.P("Choose a feature set above.", className="overview-note"), "&".join(query)
        # Of all sets, chosen or not: who adds a set sees the same objects in it.
        numbers = comparing.some_objects(session.project, names, random_state=state["look"])
        panels = [_panel(place, name, numbers.tolist()) for place, name in enumerate(shown)]
        return panels, "&".join(query)

    @app.callback(
        Output({"type": "likes-of", "place": MATCH}, "children"),
        Input({"type": "likes-asked", "place": MATCH}, "data"),
    )
    def draw(asked: dict[str, Any]) -> Any:
        try:
            found = _nearest(session, asked["set"], asked["numbers"])
        except MorphoExploreError as error:
            return html.P(str(error), className="overview-note")
        return _rows(session, asked["numbers"], found)

    app.clientside_callback(
        ClientsideFunction("overview", "address"),
        Output(ids.LIKES, "title"),  # never set: a callback needs an output
        Input(ids.LIKES_QUERY, "data"),
    )


def _comparable(session: Session, counts: dict[str, Any]) -> list[str]:
    """Return the sets in which neighbours can be sought, the best first."""
    n = counts["objects"]
    ranked = ranking.rankings(session.project)
    found = [
        one["name"]
        for one in counts["feature_sets"]
        if one["objects"] >= n and one["name"] in ranked and ranked[one["name"]].places
    ]
    space = next((one for one in counts["embeddings"] if one["name"] == morphospace.PCA), None)
    if space is not None and space["objects"] >= n and len(space["features"]) > 1:
        found.append(JOINED)
    ratios = {name: ranked[name].null_ratio or 0 for name in found if name in ranked}
    return sorted(found, key=lambda name: -ratios.get(name, 0))


def _panel(place: int, name: str, numbers: list[int]) -> Component:
    return html.Section(
        [
            html.H3(name),
            dcc.Store(id=ids.likes_asked(place), data={"set": name, "numbers": numbers}),
            html.Div(html.P("Looking for neighbours …", className="overview-note"), id=ids.likes_of(place)),
        ],
        className="likes-panel",
        **{"aria-label": f"Nearest in {name}"},
    )


def _nearest(session: Session, name: str, numbers: list[int]) -> np.ndarray:
    """Return the nearest objects, remembered as long as the set stays as it is."""
    key = (name, *_version(session, name), *numbers)
    with session.lock:
        known: dict[Any, np.ndarray] = session.memo.setdefault("nearest in sets", {})
        if key in known:
            return known[key]
    found = comparing.nearest(session.project, name, numbers)
    with session.lock:
        known[key] = found
        while len(known) > KEPT:
            del known[next(iter(known))]
    return found


def _version(session: Session, name: str) -> tuple[int, ...]:
    """Return what changes when a set, or the morphospace, does."""
    if name == JOINED:
        return memory.space_version(session) or ()
    ranked = ranking.rankings(session.project).get(name)
    return () if ranked is None or ranked.places is None else (ranked.places.array_id,)


def _rows(session: Session, numbers: list[int], found: np.ndarray) -> Component:
    """Return a row of pictures for each object: itself, then its nearest; one sheet of sprites for all."""
    rows = [
        [number, *(near for near in nearest if near >= 0)]
        for number, nearest in zip(numbers, found.tolist(), strict=True)
    ]
    shown = [number for row in rows for number in row]
    names = dict(zip(shown, objects.ids_of(session.project, shown), strict=True))
    sheet = f"/sheet?side=128&objects={','.join(map(str, shown))}"
    place = iter(range(len(shown)))
    return html.Ul(
        [
            html.Li(
                [
                    html.Button(
                        parts.sprite(sheet, next(place), len(shown), "likes-picture"),
                        type="button",
                        title=names[number],
                        className="likes-first" if rank == 0 else "likes-next",
                        **{
                            "data-object": str(number),
                            "aria-label": f"{names[number]}{f', {rank}. nearest' if rank else ''}",
                        },
                    )
                    for rank, number in enumerate(row)
                ]
            )
            for row in rows
        ],
        className="likes-rows",
    )
