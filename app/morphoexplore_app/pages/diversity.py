"""Diversity over time: indices, composition, what they leave out, and the objects behind every point."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from morphoexplore.errors import MorphoExploreError
from morphoexplore.steps import tallying
from morphoexplore_app import (
    diversity_choice,
    diversity_drawn,
    diversity_results,
    diversity_tables,
    ids,
    parts,
)
from morphoexplore_app.deciding import decide
from morphoexplore_app.diversity_choice import Choice
from morphoexplore_app.diversity_tables import Table
from morphoexplore_app.pages import (
    diversity_controls,
    diversity_hull,
    diversity_parts,
    diversity_places,
    diversity_said,
    diversity_table,
    diversity_trends,
    samples,
)
from morphoexplore_app.pages.diversity_controls import Offer
from morphoexplore_app.session import Session

PATH, LABEL, KEY = "/diversity", "Diversity", "g d"

OF_VIEW = (ids.DIVERSITY_VIEW, ids.DIVERSITY_VIEWED)
EVERY = 700  # ms between two questions how far something is


def layout(session: Session, *, query: dict[str, str]) -> Component:
    """Return the page: what can be chosen; the figures follow."""
    if not diversity_results.is_prepared(session):
        return _counting(session)
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
        diversity_drawn.draw_ahead(session, choice)
    place = samples.from_data(query)
    return html.Div(
        id=ids.DIVERSITY_PAGE,
        children=[
            *_stores(place),
            parts.page(
                "Diversity",
                diversity_controls.controls(tally, choice, Offer.of(session)),
                html.Div(
                    className="diversity-body",
                    children=[
                        html.Div(
                            className="diversity-main",
                            children=[
                                html.Div(id=ids.DIVERSITY_SAYS, **{"aria-live": "polite"}),
                                html.Div(id=ids.DIVERSITY_WAITING),
                                diversity_places.figures(session.project.name, choice),
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


def _counting(session: Session) -> Component:
    """Return what stands there until all objects are counted; then the page is drawn anew."""
    said = f"Counting {parts.count(session.project.count_objects(), 'object')} \u2026"
    return html.Div(
        [
            parts.page("Diversity", html.P(said, className="diversity-wait", role="status")),
            dcc.Interval(id=ids.DIVERSITY_COUNTING, interval=EVERY // 2),
            dcc.Store(id=ids.outcome(ids.DIVERSITY_COUNTING)),
        ]
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
        Output(ids.DIVERSITY_TRENDS, "children"),
        Output(ids.DIVERSITY_TICK, "disabled"),
        Output(ids.DIVERSITY_DRAWN, "data"),
        Output(ids.DIVERSITY_QUERY, "data"),
        *(Input(*control) for control in diversity_said.CONTROLS.values()),
        Input(ids.DIVERSITY_THEME, "data"),
        Input(ids.DIVERSITY_CAME, "data"),
        State(ids.DIVERSITY_QUERY, "data"),
    )
    def draw(*values: Any) -> tuple[Any, ...]:
        choice, is_dark = (
            diversity_said.choice_of(session, dict(zip(diversity_said.CONTROLS, values, strict=False))),
            bool(values[-3]),
        )
        query, former = choice.to_query(), values[-1]
        if (
            ctx.triggered_id in OF_VIEW
            and former is not None
            and diversity_said.read(former).drawn == choice.drawn
        ):
            return *(no_update,) * 16, query
        problem = diversity_parts.problem(session, choice)
        if problem is not None:
            return *(no_update,) * 5, True, True, "", "", problem, "", [], [], [], True, None, query
        if former not in (None, query):
            _leave(session, diversity_said.read(former))
        tables = _tables(session, choice)
        drawn = diversity_drawn.drawn(session, choice, is_dark=is_dark)
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
            diversity_places.files("diversity", choice),
            diversity_places.files("composition", choice),
            _trends(session, choice, tables[0]),
            not any(one.is_waiting for one in tables),
            _stamp(query, tables),
            query,
        )

    @app.callback(
        Output(ids.DIVERSITY_VIEW_FIGURE, "figure"),
        Output(ids.DIVERSITY_VIEW_FIGURE, "style"),
        Output(ids.DIVERSITY_VIEW_FILES, "children"),
        Output(ids.DIVERSITY_VIEWED, "data"),
        Output(ids.DIVERSITY_VIEWED, "disabled"),
        Output(ids.DIVERSITY_MODE, "disabled"),
        Output(ids.DIVERSITY_PER_STEP, "disabled"),
        Output(ids.DIVERSITY_SLOW, "disabled"),
        Input(ids.DIVERSITY_QUERY, "data"),
        Input(ids.DIVERSITY_THEME, "data"),
        Input(ids.DIVERSITY_CAME, "data"),
    )
    def view(query: str | None, is_dark: bool | None, _came: str | None) -> Any:  # noqa: FBT001
        if query is None:
            return (no_update,) * 8
        choice = diversity_said.read(query)
        offered = (
            diversity_places.viewable(choice),
            not diversity_places.has_index(choice),
            choice.period is None,
            choice.is_of_means,
            not diversity_controls.has_slow(choice),
        )
        if diversity_parts.problem(session, choice) is not None:
            return no_update, no_update, [], *offered
        figure = diversity_drawn.viewed(session, choice, is_dark=bool(is_dark))
        return figure, {"height": figure.layout.height}, diversity_places.files("view", choice), *offered

    @app.callback(
        Output(ids.outcome(ids.DIVERSITY_COUNTING), "data"),
        Output(ids.DIVERSITY_COUNTING, "disabled"),
        Input(ids.DIVERSITY_COUNTING, "n_intervals"),
        prevent_initial_call=True,
    )
    def counted(ticks: int | None) -> Any:
        if not diversity_results.is_prepared(session):
            return no_update, no_update
        return {"stamp": f"counted-{ticks}-{session.version}", "message": "", "redraw": True}, True

    @app.callback(
        Output(ids.DIVERSITY_SLOW, "checked"),
        Input(ids.DIVERSITY_STOP | {"of": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def stop(clicks: list[int | None]) -> Any:
        return False if any(clicks) else no_update

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
            tables = _tables(session, diversity_said.read(query))
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
        choice = diversity_said.read(query)
        if diversity_parts.problem(session, choice) is not None:
            return []
        table = diversity_tables.indices(session, choice)
        return diversity_table.table(diversity_results.results(session, choice), choice, table, sort)

    @app.callback(
        Output(ids.DIVERSITY_PLACE, "data"),
        *(Output(figure, "clickData") for figure in diversity_said.FIGURES),
        *(Input(figure, "clickData") for figure in diversity_said.FIGURES),
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
            return (no_update,) * (1 + len(diversity_said.FIGURES))
        new = diversity_said.gone(
            session, ctx.triggered_prop_ids[happened["prop_id"]], happened["value"], place, query
        )
        return (no_update if new == place else new and new.to_data()), *(None,) * len(diversity_said.FIGURES)

    @app.callback(
        Output(ids.DIVERSITY_PANEL, "children"),
        Input(ids.DIVERSITY_PLACE, "data"),
        Input(ids.DIVERSITY_QUERY, "data"),
    )
    def show(data: dict[str, str] | None, query: str | None) -> Any:
        place = samples.from_data(data)
        if place is None or query is None:
            return []
        choice, version = place.of(diversity_said.read(query)), session.version
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


def _trends(session: Session, choice: Choice, table: Table) -> Any:
    """Return what is said of the trends of a series; nothing where there is none."""
    series = diversity_tables.steps_of(session, choice, table)
    if series is None or choice.period is None:
        return []
    return diversity_trends.says(
        diversity_tables.trends_of(series),
        step=choice.period,
        mode=choice.mode,
        notes=list(dict.fromkeys(series["note"])),
    )


def _leave(session: Session, former: Choice) -> None:
    """Give up what only a former choice waited for; what the present one waits for too it asks for at once."""
    with contextlib.suppress(MorphoExploreError):
        for job in diversity_tables.jobs_of(session, former):
            job.leave()


def _tables(session: Session, choice: Choice) -> list[Table]:
    """Return the table of a choice, and that of what it is compared with."""
    return [diversity_tables.indices(session, one) for one in (choice, choice.other) if one is not None]


def _stamp(query: str, tables: list[Table]) -> str:
    """Return what changes when something comes in that was waited for."""
    there = ["-".join(map(str, one.stamp)) for one in tables]
    return " ".join([query, *there])
