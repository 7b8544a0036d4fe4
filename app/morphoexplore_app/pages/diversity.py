"""Diversity over time: indices, composition, what they leave out, and the objects behind every point."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from morphoexplore.errors import MorphoExploreError
from morphoexplore.steps import tallying
from morphoexplore_app import diversity_choice, diversity_figures, diversity_results, ids, parts
from morphoexplore_app.deciding import decide
from morphoexplore_app.diversity_choice import Choice
from morphoexplore_app.diversity_indices import INDICES
from morphoexplore_app.diversity_results import Table
from morphoexplore_app.pages import diversity_hull, diversity_parts, diversity_table, samples
from morphoexplore_app.pages.diversity_parts import ALONE
from morphoexplore_app.session import Session

PATH, LABEL, KEY = "/diversity", "Diversity", "g d"

CONTROLS = {
    "indices": (ids.DIVERSITY_INDICES, "value"),
    "weight": (ids.DIVERSITY_WEIGHT, "value"),
    "morph_set": (ids.DIVERSITY_SET, "value"),
    "kinds": (ids.DIVERSITY_KINDS, "value"),
    "branch": (ids.DIVERSITY_BRANCH, "value"),
    "beside": (ids.DIVERSITY_COMPARED, "value"),
    "group": (ids.DIVERSITY_GROUPED, "value"),
    "period": (ids.DIVERSITY_PERIOD, "value"),
    "has_intervals": (ids.DIVERSITY_INTERVALS, "checked"),
    "since": (ids.DIVERSITY_SINCE, "value"),
    "until": (ids.DIVERSITY_UNTIL, "value"),
    "contains": (ids.DIVERSITY_CONTAINS, "value"),
    "samples": (ids.DIVERSITY_SAMPLES, "value"),
    "composed": (ids.DIVERSITY_COMPOSED, "value"),
    "by": (ids.DIVERSITY_BY, "value"),
}
FIGURES = (ids.DIVERSITY_OVER_TIME, ids.DIVERSITY_COMPOSITION, ids.DIVERSITY_BESIDE)
EVERY = 700  # ms between two questions how far something is


def layout(session: Session, *, query: dict[str, str]) -> Component:
    """Return the page: what can be chosen; the figures follow."""
    tally = diversity_results.tally(session)
    if not len(tally.node):
        return parts.page(
            "Diversity",
            parts.empty("There are no objects yet.", "Add images first.", link=("Go to the overview", "/")),
        )
    if not tally.morphs["members"].sum() and not diversity_results.has_partition(session):
        return parts.page(
            "Diversity",
            parts.empty(
                "Nothing is sorted yet, so there is nothing to count.",
                "Confirm seeds as morphs; diversity is counted over morphs, or over the cells of a partition.",
                link=("Review seeds", "/review"),
            ),
        )
    choice = diversity_choice.from_query(query)
    if not tally.morphs["members"].sum() and "set" not in query:
        choice = replace(choice, morph_set=tallying.PARTITION)  # cells need nobody who sorted
    found = diversity_results.results(session, choice)  # an address that cannot be followed is a sentence
    if found.coverage.counted:
        diversity_results.draw_ahead(session, choice)
    place = samples.from_data(query)
    return html.Div(
        id=ids.DIVERSITY_PAGE,
        children=[
            *_stores(place),
            parts.page(
                "Diversity",
                diversity_parts.controls(tally, choice, diversity_parts.Offer.of(session)),
                html.Div(
                    className="diversity-body",
                    children=[
                        html.Div(
                            className="diversity-main",
                            children=[
                                html.Div(id=ids.DIVERSITY_SAYS, **{"aria-live": "polite"}),
                                html.Div(id=ids.DIVERSITY_WAITING),
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
        dcc.Store(id=ids.DIVERSITY_DRAWN, data=None),
        dcc.Store(id=ids.DIVERSITY_CAME, data=None),
        dcc.Interval(id=ids.DIVERSITY_TICK, interval=EVERY, disabled=True),
        dcc.Store(id=ids.outcome(PATH)),
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
        ClientsideFunction("diversity", "fit"),
        Output(ids.DIVERSITY_BESIDE_BOX, "title"),  # never set: a callback needs an output
        Input(ids.DIVERSITY_BESIDE_BOX, "hidden"),
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
        Output(ids.DIVERSITY_BESIDE, "figure"),
        Output(ids.DIVERSITY_OVER_TIME, "style"),
        Output(ids.DIVERSITY_BESIDE, "style"),
        Output(ids.DIVERSITY_FIGURES, "hidden"),
        Output(ids.DIVERSITY_BESIDE_BOX, "hidden"),
        Output(ids.DIVERSITY_OVER_TIME_TITLE, "children"),
        Output(ids.DIVERSITY_BESIDE_TITLE, "children"),
        Output(ids.DIVERSITY_SAYS, "children"),
        Output(ids.DIVERSITY_METHODS, "children"),
        Output(ids.DIVERSITY_OVER_TIME_FILES, "children"),
        Output(ids.DIVERSITY_COMPOSITION_FILES, "children"),
        Output(ids.DIVERSITY_TICK, "disabled"),
        Output(ids.DIVERSITY_DRAWN, "data"),
        Output(ids.DIVERSITY_QUERY, "data"),
        *(Input(*control) for control in CONTROLS.values()),
        Input(ids.DIVERSITY_THEME, "data"),
        Input(ids.DIVERSITY_CAME, "data"),
    )
    def draw(*values: Any) -> tuple[Any, ...]:
        choice, is_dark = _choice(session, dict(zip(CONTROLS, values, strict=False))), bool(values[-2])
        query = choice.to_query()
        problem = diversity_parts.problem(session, choice)
        if problem is not None:
            return *(no_update,) * 5, True, True, "", "", problem, "", [], [], True, None, query
        tables = _tables(session, choice)
        drawn = diversity_results.drawn(session, choice, is_dark=is_dark)
        other = drawn.get("beside")
        found = diversity_results.results(session, choice)
        return (
            drawn["diversity"],
            drawn["composition"],
            no_update if other is None else other,
            {"height": drawn["diversity"].layout.height},
            no_update if other is None else {"height": other.layout.height},
            False,
            other is None,
            "" if choice.other is None else diversity_parts.heading(session, choice),
            "" if choice.other is None else diversity_parts.heading(session, choice.other),
            diversity_parts.says(found, choice, tables[0]),
            diversity_parts.methods(choice, found),
            diversity_parts.files("diversity", choice),
            diversity_parts.files("composition", choice),
            not any(one.is_waiting for one in tables),
            _stamp(query, tables),
            query,
        )

    @app.callback(
        Output(ids.DIVERSITY_WAITING, "children"),
        Output(ids.DIVERSITY_CAME, "data"),
        Input(ids.DIVERSITY_TICK, "n_intervals"),
        Input(ids.DIVERSITY_TICK, "disabled"),
        State(ids.DIVERSITY_QUERY, "data"),
        State(ids.DIVERSITY_DRAWN, "data"),
    )
    def wait(_ticks: int | None, is_still: bool, query: str | None, shown: str | None) -> Any:  # noqa: FBT001
        if query is None or is_still:
            return [], no_update
        try:
            tables = _tables(session, _read(query))
        except MorphoExploreError:
            return [], no_update
        stamp = _stamp(query, tables)
        return diversity_parts.waiting(tables), no_update if stamp == shown else stamp

    @app.callback(
        Output(ids.DIVERSITY_TABLE, "children"),
        Input(ids.DIVERSITY_QUERY, "data"),
        Input(ids.DIVERSITY_SORT, "data"),
        Input(ids.DIVERSITY_CAME, "data"),
    )
    def tabulate(query: str | None, sort: str | None, _came: str | None) -> Any:
        if query is None:
            return no_update
        choice = _read(query)
        if diversity_parts.problem(session, choice) is not None:
            return []
        table = diversity_results.indices(session, choice)
        return diversity_table.table(diversity_results.results(session, choice), choice, table, sort)

    @app.callback(
        Output(ids.DIVERSITY_PLACE, "data"),
        *(Output(figure, "clickData") for figure in FIGURES),
        *(Input(figure, "clickData") for figure in FIGURES),
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
            return (no_update,) * 4
        new = _gone(session, ctx.triggered_prop_ids[happened["prop_id"]], happened["value"], place, query)
        return (no_update if new == place else new and new.to_data()), None, None, None

    @app.callback(
        Output(ids.DIVERSITY_PANEL, "children"),
        Input(ids.DIVERSITY_PLACE, "data"),
        Input(ids.DIVERSITY_QUERY, "data"),
    )
    def show(data: dict[str, str] | None, query: str | None) -> Any:
        place = samples.from_data(data)
        if place is None or query is None:
            return []
        choice, version = place.of(_read(query)), session.version
        try:
            found = diversity_results.results(session, choice)
            hull = diversity_hull.hull(session, choice, place.sample)
        except MorphoExploreError:
            return []  # said beside the controls already
        return samples.panel(found, choice, place, version=version, hull=hull)

    @app.callback(
        Output(ids.outcome(PATH), "data"),
        Input(ids.DIVERSITY_GALLERY, "action"),
        State(ids.DIVERSITY_DEBRIS | {"of": ALL}, "value"),
        prevent_initial_call=True,
    )
    def act(action: dict[str, Any] | None, targets: list[str | None]) -> Any:
        if not action or action["name"] != "debris":
            return no_update
        version = int(str(action["version"]).split()[0])
        made = decide(
            session,
            version,
            lambda: diversity_hull.leave_out(session, action, targets[0] if targets else None),
        )
        return made | {"redraw": made["is_done"] or made["redraw"]}


def _tables(session: Session, choice: Choice) -> list[Table]:
    """Return the table of a choice, and that of what it is compared with."""
    return [diversity_results.indices(session, one) for one in (choice, choice.other) if one is not None]


def _stamp(query: str, tables: list[Table]) -> str:
    """Return what changes when something comes in that was waited for."""
    there = [f"{len(one.missing)}-{len(one.jobs)}-{len(one.failures)}" for one in tables]
    return " ".join([query, *there])


def _gone(
    session: Session, trigger: Any, value: Any, place: samples.Place | None, query: str | None
) -> samples.Place | None:
    """Return the place that is open after something was clicked."""
    if query is None:
        return place
    if trigger in FIGURES:
        return _clicked(session, _read(query), str(trigger), value) or place
    if trigger == ids.DIVERSITY_ROW:
        return samples.Place(sample=value["sample"])
    if place is None or trigger == ids.diversity_go("close"):
        return None
    if trigger == ids.DIVERSITY_GROUP:
        return place if value == place.group else replace(place, group=value, page=1)
    return samples.turned(place, 1 if trigger == ids.diversity_go("next") else -1)


def _clicked(session: Session, choice: Choice, figure: str, click: Any) -> samples.Place | None:
    """Return the place of a point or bar; of a point of functional richness, what makes its hull."""
    side = samples.OTHER_SIDE if figure == ids.DIVERSITY_BESIDE else ""
    own = samples.Place(side=side).of(choice)
    is_composition = figure == ids.DIVERSITY_COMPOSITION
    found = diversity_results.results(session, own)
    place = samples.clicked(found, own, click, is_composition=is_composition)
    if place is None:
        return None
    if not is_composition and place.sample is not None:
        drawn = diversity_results.drawn(session, choice)["beside" if side else "diversity"]
        number = diversity_figures.index_of_click(drawn, click)
        waiting = diversity_results.indices(session, own).missing
        shown = [one for one in own.offered if one not in waiting]
        if number is not None and number < len(shown) and shown[number].name in diversity_hull.INDICES:
            place = replace(place, group=samples.HULL)
    return replace(place, side=side)


def _read(query: str) -> Choice:
    return diversity_choice.from_query(dict(parse_qsl(query)))


def _choice(session: Session, said: dict[str, Any]) -> Choice:
    """Read the controls."""
    offer = diversity_parts.Offer.of(session)
    weight = said["weight"] or offer.weight
    return Choice(
        indices=tuple(name for name in INDICES if name in (said["indices"] or ())),
        kinds=tuple(said["kinds"] or ()),
        morph_set=said["morph_set"] or tallying.MORPH_SET,
        branch=int(said["branch"]) if said["branch"] else None,
        weight=None if weight == offer.weight else weight,
        group=None if said["group"] in (None, ALONE) else said["group"],
        period=None if said["period"] in (None, ALONE) else said["period"],
        has_intervals=bool(said["has_intervals"]),
        beside=said["beside"] or None,
        since=said["since"] or None,
        until=said["until"] or None,
        contains=said["contains"] or "",
        samples=tuple(said["samples"] or ()),
        is_relative=said["composed"] != "numbers",
        by=said["by"],
    )
