"""Samples: how much of a group is in each, when and where, and what their objects stand for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

import dash_mantine_components as dmc
import pandas as pd
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from morphoexplore import figures
from morphoexplore.steps import amounts, summarising, volumes
from morphoexplore.store import runs, tree
from morphoexplore.store.schema import KINDS
from morphoexplore_app import ids, parts
from morphoexplore_app.deciding import decide
from morphoexplore_app.pages import sample_images, sample_volumes
from morphoexplore_app.pages.beside import choice
from morphoexplore_app.pages.tree.addresses import page as page_of
from morphoexplore_app.pages.tree.addresses import with_query
from morphoexplore_app.pages.tree.reading import remembered
from morphoexplore_app.session import Session

Drawn: TypeAlias = tuple[int, int]  # the last decision and the last run that are in what is drawn

PATH, LABEL, KEY = "/samples", "Samples", "g s"
NONE = "\u2013"
ROWS = 100  # samples on a page of the table
LONG = 30  # characters of a name, for which the column of names is wider
WORDS = {"count": "count", "concentration": "concentration", "biovolume": "biovolume"}
GROUPS = {
    amounts.ALL: "All morphs",
    amounts.UNSORTED: "Unsorted",
    amounts.EVERYTHING: "Everything, sorted or not",
}
CONFIG = {
    "displaylogo": False,
    "responsive": True,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "sendChartToCloud"],
    "toImageButtonOptions": {"format": "svg", "filename": "samples"},
}


@dataclass(frozen=True)
class Asked:
    """What the address asks for: a group, a quantity, a sample that is open, a page of the table."""

    group: str
    quantity: str
    sample: str | None
    page: int

    def href(self, **changes: Any) -> str:
        """Return the address with some of it changed."""
        said = {"of": self.group, "as": self.quantity, "sample": self.sample, "page": self.page} | changes
        if said["page"] == 1:
            said["page"] = None
        return with_query(PATH, said)


def layout(session: Session, *, query: dict[str, str]) -> Component:
    """Return the page."""
    if not session.project.count_objects():
        return parts.page(
            "Samples",
            parts.empty("There are no samples yet.", "Add images first.", link=("Go to the overview", "/")),
        )
    state = _state(session)  # once: what is drawn is of one state, whatever is decided meanwhile
    weights = _weights(session, state)
    asked = _read(session, query, has_effort=weights.has_effort)
    table = _amounts(session, asked.group, state)
    known = remembered(session, "volumes", state, lambda: volumes.volumes(session.project))
    data = {"group": asked.group, "quantity": asked.quantity}
    return html.Div(
        id=ids.SAMPLES_PAGE,
        children=[
            dcc.Store(id=ids.SAMPLES_STATE, data=data | {"version": state[0]}),
            dcc.Store(id=ids.SAMPLES_THEME, data=None),
            dcc.Store(id=ids.SAMPLES_THEME_TICK, data=None),
            dcc.Store(id=ids.outcome(PATH)),
            dcc.Location(id=ids.SAMPLES_GO, refresh="callback-nav"),
            parts.page(
                "Samples",
                _choices(session, asked),
                html.P(_says(table, asked), className="samples-says"),
                html.Div(
                    [
                        html.Div(
                            [
                                html.Div(
                                    [_figure(ids.SAMPLES_OVER_TIME), _figure(ids.SAMPLES_POSITIONS)],
                                    className="samples-figures",
                                ),
                                _table(table, asked),
                            ],
                            className="diversity-main",
                        ),
                        html.Aside(
                            sample_volumes.sample(
                                session,
                                known,
                                _summary(session, state),
                                asked.sample,
                                close=asked.href(sample=None),
                            )
                            if asked.sample is not None and asked.sample in table.index
                            else sample_volumes.formulas(session, known),
                            className="samples-aside"
                            + (" samples-of-one" if asked.sample in table.index else ""),
                            **{"aria-label": "What objects stand for"},
                        ),
                    ],
                    className="diversity-body",
                ),
                tools=[parts.link("Diversity", "/diversity", key="D", help="diversity of these samples")],
            ),
        ],
    )


def register(app: Dash, session: Session) -> None:
    """Register the callbacks of the page."""
    app.clientside_callback(
        ClientsideFunction("diversity", "isDark"),
        Output(ids.SAMPLES_THEME, "data"),
        Input(ids.SAMPLES_THEME_TICK, "data"),
    )

    @app.callback(
        Output(ids.SAMPLES_OVER_TIME, "figure"),
        Output(ids.SAMPLES_POSITIONS, "figure"),
        Input(ids.SAMPLES_THEME, "data"),
        State(ids.SAMPLES_STATE, "data"),
    )
    def draw(is_dark: Any, state: dict[str, Any]) -> tuple[Any, Any]:
        table = _amounts(session, state["group"], _state(session)).reset_index()
        quantity = state["quantity"]
        unit = amounts.QUANTITIES[quantity]
        title = f"{WORDS[quantity].capitalize()} ({unit})" if quantity != "count" else "Objects imaged"
        drawn = (
            figures.amount_over_time(table, quantity, unit=title),
            figures.positions(table, quantity, unit=unit),
        )
        return (figures.dark(drawn[0]), figures.dark(drawn[1])) if is_dark else drawn

    @app.callback(
        Output(ids.SAMPLES_GO, "href"),
        Input(ids.SAMPLES_GROUP, "value"),
        Input(ids.SAMPLES_OVER_TIME, "clickData"),
        Input(ids.SAMPLES_POSITIONS, "clickData"),
        State(ids.SAMPLES_STATE, "data"),
        State(ids.URL, "search"),
        prevent_initial_call=True,
    )
    def go(group: str, over_time: Any, positions: Any, state: dict[str, Any], search: str) -> Any:
        asked = Asked(state["group"], state["quantity"], _sample_in(search), 1)
        if ctx.triggered_id == ids.SAMPLES_GROUP:
            return asked.href(**{"of": group}) if group != state["group"] else no_update
        click = over_time if ctx.triggered_id == ids.SAMPLES_OVER_TIME else positions
        text = str(((click or {}).get("points") or [{}])[0].get("id") or "")
        name = figures.read_id(text)[0] if text else None
        return no_update if name is None else asked.href(sample=name)

    @app.callback(
        Output(ids.outcome(PATH), "data"),
        Input(ids.SAMPLES_SET, "n_clicks"),
        Input(ids.SAMPLES_CORRECT, "n_clicks"),
        Input(ids.SAMPLES_READ, "n_clicks"),
        State(ids.SAMPLES_PROFILES, "value"),
        State(ids.SAMPLES_BIN, "value"),
        State(ids.samples_formula(ALL), "value"),
        State(ids.samples_effort(ALL, ALL), "value"),
        State(ids.samples_effort(ALL, ALL), "id"),
        State(ids.SAMPLES_STATE, "data"),
        prevent_initial_call=True,
    )
    def act(
        set_them: int | None,
        correct: int | None,
        read: int | None,
        profiles: str | None,
        width: str | None,
        texts: list[str | None],
        values: list[Any],
        fields: list[dict[str, Any]],
        state: dict[str, Any],
    ) -> Any:
        if ctx.triggered_id == ids.SAMPLES_SET and set_them:
            made = decide(session, state["version"], lambda: sample_volumes.set_formulas(session, texts))
            return made | {"redraw": made["is_done"]}  # one that was refused stays to be mended
        if ctx.triggered_id == ids.SAMPLES_CORRECT and correct:
            made = decide(session, state["version"], lambda: sample_volumes.correct(session, fields, values))
            return made | {"redraw": made["is_done"]}
        if ctx.triggered_id == ids.SAMPLES_READ and read:
            made = decide(
                session, state["version"], lambda: sample_volumes.read_profiles(session, profiles, width)
            )
            return made | {"redraw": made["is_done"]}
        return no_update

    sample_images.register(app, session)

    @app.callback(
        Output(ids.samples_formula(ALL), "value"),
        Output(ids.SAMPLES_PRESET_SAYS, "children"),
        Input(ids.SAMPLES_PRESET, "value"),
        State(ids.samples_formula(ALL), "value"),
        prevent_initial_call=True,
    )
    def fill_in(preset: str | None, texts: list[str | None]) -> Any:
        return sample_volumes.of_preset(preset, texts)


def _read(session: Session, query: dict[str, str], *, has_effort: bool) -> Asked:
    morphs = tree.morphs(session.project)
    group = query.get("of") or (
        "living" if len(morphs) and session.membership.node.max() >= 0 else "everything"
    )
    quantity = query.get("as", "concentration" if has_effort else "count")
    if quantity not in amounts.QUANTITIES:
        quantity = "count"
    return Asked(group, quantity, query.get("sample"), page_of(query))


def _sample_in(search: str | None) -> str | None:
    return dict(parse_qsl((search or "").removeprefix("?"))).get("sample")


def _state(session: Session) -> Drawn:
    """Return what volumes and amounts depend on: decisions and runs."""
    listing = runs.listing(session.project)
    return session.version, int(listing["run_id"].max()) if len(listing) else 0


def _weights(session: Session, state: Drawn) -> volumes.Weights:
    found: volumes.Weights = remembered(session, "weights", state, lambda: volumes.weigh(session.project))
    return found


def _amounts(session: Session, group: str, state: Drawn) -> pd.DataFrame:
    weights, summary = _weights(session, state), _summary(session, state)
    found: pd.DataFrame = remembered(
        session,
        "amounts",
        (state, group),
        lambda: amounts.amounts(session.project, group, weights=weights, summary=summary),
    )
    return found


def _summary(session: Session, state: Drawn) -> pd.DataFrame:
    weights = _weights(session, state)
    found: pd.DataFrame = remembered(
        session, "summary", state, lambda: summarising.summary(session.project, weights=weights)
    )
    return found


def _choices(session: Session, asked: Asked) -> Component:
    nodes = tree.nodes(session.project)
    morphs: list[dict[str, str]] = [
        {"value": str(number), "label": tree.path_of(nodes, number).replace(">", " > ")} for number in nodes
    ]
    data: list[dict[str, Any]] = [
        {"group": "By kind", "items": [{"value": kind, "label": kind.capitalize()} for kind in KINDS]},
        {"group": "All", "items": [{"value": key, "label": words} for key, words in GROUPS.items()]},
    ]
    if morphs:
        data.append({"group": "Branches and morphs", "items": sorted(morphs, key=lambda one: one["label"])})
    return html.Div(
        [
            dmc.Select(
                id=ids.SAMPLES_GROUP,
                label="How much of",
                data=data,
                value=asked.group,
                searchable=True,
                allowDeselect=False,
                size="xs",
                maxDropdownHeight=420,
            ),
            choice(
                "as",
                "Which quantity",
                [
                    (
                        f"{word} ({amounts.QUANTITIES[name]})",
                        asked.href(**{"as": name}),
                        name == asked.quantity,
                        "",
                        "",
                    )
                    for name, word in WORDS.items()
                ],
            ),
        ],
        className="samples-choices",
    )


def _says(table: pd.DataFrame, asked: Asked) -> str:
    known = int(table[asked.quantity].notna().sum())
    words = f"{parts.count(len(table), 'sample')}, {parts.count(int(table['objects'].sum()), 'object')}."
    if known < len(table):
        missing = len(table) - known
        words += f" Of {missing:,} the {WORDS[asked.quantity]} is not known: the table says why."
    return words


def _figure(id: str) -> Component:
    nothing = {"xaxis": {"visible": False}, "yaxis": {"visible": False}}
    return html.Div(
        dcc.Graph(id=id, figure={"data": [], "layout": nothing}, style={"height": 360}, config=CONFIG),
        className="diversity-figure",
    )


def _table(table: pd.DataFrame, asked: Asked) -> Component:
    pages = max(1, -(-len(table) // ROWS))
    page = min(asked.page, pages)
    shown = table.iloc[(page - 1) * ROWS : page * ROWS]
    heads = ["Sample", "Date (UTC)", "Position", "Objects", "Unsorted", "Acquisitions"]
    heads += ["Counted", "ind. m⁻³", "mm³ m⁻³"]
    return html.Section(
        [
            html.Div(
                html.Table(
                    [
                        html.Thead(
                            html.Tr(
                                [
                                    html.Th(head, scope="col", className=_class(place))
                                    for place, head in enumerate(heads)
                                ]
                            )
                        ),
                        html.Tbody(
                            [line for name, row in shown.iterrows() for line in _rows(name, row, asked)]
                        ),
                    ],
                    className=f"diversity-rows samples-rows{' has-long-names' if _are_long(shown.index) else ''}",
                ),
                className="diversity-scroll",
                tabIndex=0,
                role="region",
                **{"aria-label": "Samples"},
            ),
            *([_pager(page, pages, asked)] if pages > 1 else []),
        ],
        **{"aria-label": "Table"},
    )


def _are_long(names: Iterable[Any]) -> bool:
    return any(len(str(name)) > LONG for name in names)


def _class(place: int) -> str | None:
    return "diversity-text" if place in (0, 1, 2) else None


def _rows(name: Any, row: pd.Series, asked: Asked) -> list[Component]:
    """Return the row of a sample, and one below that says what is wrong with it."""
    is_open = name == asked.sample
    position = NONE if pd.isna(row["latitude"]) else f"{row['latitude']:.4f}°, {row['longitude']:.4f}°"
    cells = [
        NONE if pd.isna(row["datetime"]) else f"{row['datetime']:%Y-%m-%d %H:%M}",
        position,
        f"{row['objects']:,}",
        NONE if pd.isna(row["share_unsorted"]) else f"{row['share_unsorted']:.0%}",
        f"{row['acquisitions']:,}",
        f"{row['count']:,}",
        _number(row["concentration"]),
        _number(row["biovolume"]),
    ]
    problem = html.Td(row["problem"], colSpan=len(cells) + 1, className="diversity-text")
    first = html.Tr(
        [
            html.Th(
                dcc.Link(
                    str(name),
                    href=asked.href(sample=None if is_open else str(name)),
                    className="samples-link",
                ),
                scope="row",
                className="diversity-text",
            ),
            *(html.Td(cell, className=_class(place)) for place, cell in enumerate(cells, start=1)),
        ],
        **({"className": "samples-open"} if is_open else {}),
    )
    return [first, html.Tr(problem, className="samples-problem")] if row["problem"] else [first]


def _number(value: float) -> str:
    if pd.isna(value):
        return NONE
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _pager(page: int, pages: int, asked: Asked) -> Component:
    def to(number: int, label: str, key: str) -> list[Component]:
        return [parts.link(label, asked.href(page=number), key=key)] if 1 <= number <= pages else []

    return html.Nav(
        [*to(page - 1, "Earlier", "["), html.Span(f"page {page} of {pages}"), *to(page + 1, "Later", "]")],
        className="pager",
        **{"aria-label": "Pages of samples"},
    )
