"""Diversity over time: indices, composition, what they leave out, and the objects behind every point."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from morphoexplore.errors import MorphoExploreError
from morphoexplore_app import diversity_choice, ids, parts
from morphoexplore_app.diversity_choice import Choice
from morphoexplore_app.pages import diversity_parts, diversity_table, samples
from morphoexplore_app.session import Session

PATH, LABEL, KEY = "/diversity", "Diversity", "g d"

CONTROLS = (
    (ids.DIVERSITY_INDICES, "value"),
    (ids.DIVERSITY_KINDS, "value"),
    (ids.DIVERSITY_BRANCH, "value"),
    (ids.DIVERSITY_SINCE, "value"),
    (ids.DIVERSITY_UNTIL, "value"),
    (ids.DIVERSITY_CONTAINS, "value"),
    (ids.DIVERSITY_SAMPLES, "value"),
    (ids.DIVERSITY_COMPOSED, "value"),
    (ids.DIVERSITY_BY, "value"),
)


def layout(session: Session, *, query: dict[str, str]) -> Component:
    """Return the page: what can be chosen; the figures follow."""
    tally = diversity_choice.tally(session)
    if not len(tally.node):
        return parts.page(
            "Diversity",
            parts.empty("There are no objects yet.", "Add images first.", link=("Go to the overview", "/")),
        )
    if not tally.morphs["members"].sum():
        return parts.page(
            "Diversity",
            parts.empty(
                "Nothing is sorted yet, so there is nothing to count.",
                "Confirm seeds as morphs; diversity is counted over morphs.",
                link=("Review seeds", "/review"),
            ),
        )
    choice = diversity_choice.from_query(query)
    found = diversity_choice.results(session, choice)  # an address that cannot be followed is a sentence
    if found.coverage.counted:
        diversity_choice.draw_ahead(session, choice)
    place = samples.from_data(query)
    return html.Div(
        id=ids.DIVERSITY_PAGE,
        children=[
            *_stores(place),
            parts.page(
                "Diversity",
                diversity_parts.controls(tally, choice),
                html.Div(
                    className="diversity-body",
                    children=[
                        html.Div(
                            className="diversity-main",
                            children=[
                                html.Div(id=ids.DIVERSITY_SAYS, **{"aria-live": "polite"}),
                                diversity_parts.figures(session.project.name),
                                html.P(id=ids.DIVERSITY_METHODS, className="diversity-methods"),
                                html.Div(id=ids.DIVERSITY_TABLE),
                            ],
                        ),
                        html.Aside(id=ids.DIVERSITY_PANEL, **{"aria-label": "Objects of a sample"}),
                    ],
                ),
            ),
        ],
    )


def _stores(place: samples.Place | None) -> list[Component]:
    # With data, even None: a store that is drawn anew without any takes back what it held before.
    return [
        dcc.Store(id=ids.DIVERSITY_THEME_TICK, data=None),
        dcc.Store(id=ids.DIVERSITY_THEME, data=None),
        dcc.Store(id=ids.DIVERSITY_QUERY, data=None),
        dcc.Store(id=ids.DIVERSITY_SORT, data=None),
        dcc.Store(id=ids.DIVERSITY_ROW, data=None),
        dcc.Store(id=ids.DIVERSITY_PLACE, data=None if place is None else place.to_data()),
    ]


def register(app: Dash, session: Session) -> None:
    """Register the callbacks of the page."""
    app.clientside_callback(
        ClientsideFunction("diversity", "isDark"),
        Output(ids.DIVERSITY_THEME, "data"),
        Input(ids.DIVERSITY_THEME_TICK, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("diversity", "address"),
        Output(ids.DIVERSITY_PAGE, "title"),  # never set: a callback needs an output
        Input(ids.DIVERSITY_QUERY, "data"),
        Input(ids.DIVERSITY_PLACE, "data"),
        State(ids.URL, "search"),
    )

    @app.callback(
        Output(ids.DIVERSITY_OVER_TIME, "figure"),
        Output(ids.DIVERSITY_COMPOSITION, "figure"),
        Output(ids.DIVERSITY_OVER_TIME, "style"),
        Output(ids.DIVERSITY_FIGURES, "hidden"),
        Output(ids.DIVERSITY_SAYS, "children"),
        Output(ids.DIVERSITY_METHODS, "children"),
        Output(ids.DIVERSITY_OVER_TIME_FILES, "children"),
        Output(ids.DIVERSITY_COMPOSITION_FILES, "children"),
        Output(ids.DIVERSITY_QUERY, "data"),
        *(Input(*control) for control in CONTROLS),
        Input(ids.DIVERSITY_THEME, "data"),
    )
    def draw(*values: Any) -> tuple[Any, ...]:
        choice, is_dark = _choice(*values[:-1]), bool(values[-1])
        query = choice.to_query()
        problem = diversity_parts.problem(session, choice)
        if problem is not None:
            return no_update, no_update, no_update, True, problem, "", [], [], query
        drawn = diversity_choice.drawn(session, choice, is_dark=is_dark)
        return (
            drawn["diversity"],
            drawn["composition"],
            {"height": drawn["diversity"].layout.height},
            False,
            diversity_parts.says(diversity_choice.results(session, choice), choice),
            diversity_parts.methods(choice),
            diversity_parts.files("diversity", query),
            diversity_parts.files("composition", query),
            query,
        )

    @app.callback(
        Output(ids.DIVERSITY_TABLE, "children"),
        Input(ids.DIVERSITY_QUERY, "data"),
        Input(ids.DIVERSITY_SORT, "data"),
    )
    def tabulate(query: str | None, sort: str | None) -> Any:
        if query is None:
            return no_update
        choice = _read(query)
        if diversity_parts.problem(session, choice) is not None:
            return []
        return diversity_table.table(diversity_choice.results(session, choice), choice, sort)

    @app.callback(
        Output(ids.DIVERSITY_PLACE, "data"),
        Output(ids.DIVERSITY_OVER_TIME, "clickData"),
        Output(ids.DIVERSITY_COMPOSITION, "clickData"),
        Input(ids.DIVERSITY_OVER_TIME, "clickData"),
        Input(ids.DIVERSITY_COMPOSITION, "clickData"),
        Input(ids.DIVERSITY_ROW, "data"),
        Input(ids.DIVERSITY_GROUP | {"of": ALL}, "value"),
        Input({"type": "diversity-go", "to": ALL}, "n_clicks"),
        State(ids.DIVERSITY_PLACE, "data"),
        State(ids.DIVERSITY_QUERY, "data"),
        prevent_initial_call=True,
    )
    def go(*values: Any) -> tuple[Any, ...]:
        place, query = samples.from_data(values[-2]), values[-1]
        happened = next((one for one in ctx.triggered if one["value"] is not None), None)
        if happened is None:  # buttons that have just come
            return no_update, no_update, no_update
        new = _gone(session, ctx.triggered_prop_ids[happened["prop_id"]], happened["value"], place, query)
        return (no_update if new == place else new and new.to_data()), None, None

    @app.callback(
        Output(ids.DIVERSITY_PANEL, "children"),
        Input(ids.DIVERSITY_PLACE, "data"),
        Input(ids.DIVERSITY_QUERY, "data"),
    )
    def show(data: dict[str, str] | None, query: str | None) -> Any:
        place = samples.from_data(data)
        if place is None or query is None:
            return []
        choice, version = _read(query), session.version
        try:
            found = diversity_choice.results(session, choice)
        except MorphoExploreError:
            return []  # said beside the controls already
        return samples.panel(found, choice, place, version=version)


def _gone(
    session: Session, trigger: Any, value: Any, place: samples.Place | None, query: str | None
) -> samples.Place | None:
    """Return the place that is open after something was clicked."""
    if query is None:
        return place
    if trigger in (ids.DIVERSITY_OVER_TIME, ids.DIVERSITY_COMPOSITION):
        choice = _read(query)
        found = diversity_choice.results(session, choice)
        is_composition = trigger == ids.DIVERSITY_COMPOSITION
        return samples.clicked(found, choice, value, is_composition=is_composition) or place
    if trigger == ids.DIVERSITY_ROW:
        return samples.Place(sample=value["sample"])
    if place is None or trigger == ids.diversity_go("close"):
        return None
    if trigger == ids.DIVERSITY_GROUP:
        is_same = value == place.group
        return place if is_same else samples.Place(sample=place.sample, at=place.at, group=value)
    return samples.turned(place, 1 if trigger == ids.diversity_go("next") else -1)


def _read(query: str) -> Choice:
    return diversity_choice.from_query(dict(parse_qsl(query)))


def _choice(
    indices: list[str] | None,
    kinds: list[str] | None,
    branch: str | None,
    since: str | None,
    until: str | None,
    contains: str | None,
    names: list[str] | None,
    composed: str,
    by: str,
) -> Choice:
    """Read the controls."""
    return Choice(
        indices=tuple(name for name in diversity_choice.INDICES if name in (indices or ())),
        kinds=tuple(kinds or ()),
        branch=int(branch) if branch else None,
        since=since or None,
        until=until or None,
        contains=contains or "",
        samples=tuple(names or ()),
        is_relative=composed != "numbers",
        by=by,
    )
