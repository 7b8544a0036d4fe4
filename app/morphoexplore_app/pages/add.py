"""Add images: look into a source first, see how it would be read, then add it as a job."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from morphoexplore_app import ids, parts
from morphoexplore_app.deciding import outcome
from morphoexplore_app.session import Session

PATH, LABEL, KEY = "/add", None, None
SECOND = 1000  # ms
MOST_CATEGORIES = 12


def layout(session: Session, *, query: dict[str, str]) -> Component:
    """Return the page."""
    del query
    looked = session.background.source_preview
    source = looked[0] if looked else ""
    return parts.page(
        "Add images",
        dcc.Store(id=ids.outcome(PATH)),
        dcc.Location(id=ids.ADD_THERE, refresh="callback-nav"),
        dcc.Interval(id=ids.ADD_TICK, interval=SECOND, disabled=looked is None or looked[1] is not None),
        html.P(
            "A folder or zip of images; an EcoTaxa export or import bundle (folder, zip or TSV); a CSV with a column "
            "path. It is read where it lies on this computer, and nothing is changed there.",
            className="quiet",
        ),
        html.Div(
            [
                dmc.TextInput(
                    id=ids.ADD_SOURCE,
                    label="Folder or file",
                    value=source,
                    placeholder=str(Path.home() / "export.zip"),
                    className="add-source",
                    size="sm",
                ),
                parts.action(
                    "Look into it", ids.ADD_LOOK, key="l", help="say how it would be read; writes nothing"
                ),
            ],
            className="add-line",
        ),
        html.Div(_found(looked), id=ids.ADD_FOUND, **{"aria-live": "polite"}),
        wide=False,
    )


def register(app: Dash, session: Session) -> None:
    """Register the callbacks of the page."""

    @app.callback(
        Output(ids.ADD_FOUND, "children"),
        Output(ids.ADD_TICK, "disabled"),
        Output(ids.outcome(PATH), "data", allow_duplicate=True),
        Input(ids.ADD_LOOK, "n_clicks"),
        Input(ids.ADD_TICK, "n_intervals"),
        State(ids.ADD_SOURCE, "value"),
        prevent_initial_call=True,
    )
    def look(clicks: int | None, _ticks: int | None, source: str | None) -> Any:
        if ctx.triggered_id == ids.ADD_LOOK:
            path = path_of(source)
            if not clicks or path is None:
                said = outcome(session, "Write the path of a folder or file first.", is_done=False)
                return no_update, no_update, said if clicks else no_update
            session.background.start_source_preview(path)
        looked = session.background.source_preview
        is_done = looked is None or looked[1] is not None
        return _found(looked), is_done, no_update

    @app.callback(
        Output(ids.outcome(PATH), "data"),
        Output(ids.ADD_THERE, "href"),
        Input(ids.ADD_GO, "n_clicks"),
        Input(ids.ADD_UPDATE, "n_clicks"),
        State(ids.ADD_TAKE, "checked"),
        State(ids.ADD_COPY, "checked"),
        State(ids.ADD_CROP, "checked"),
        prevent_initial_call=True,
    )
    def go(clicks: int | None, update_clicks: int | None, *checked: bool | None) -> Any:
        looked = session.background.source_preview
        if not (clicks or update_clicks) or looked is None:
            return no_update, no_update
        ways = (["--take", "validated"], ["--copy"], ["--crop-bottom", "auto"])
        chosen = [way for way, is_on in zip(ways, checked, strict=True) if is_on]
        if ctx.triggered_id == ids.ADD_UPDATE:
            chosen = [["--update"]]
        options = [looked[0], *(word for way in chosen for word in way)]
        if not session.background.start("add", *options):
            return outcome(
                session, "Something is being added already; see the runs.", is_done=False
            ), no_update
        session.background.forget_source()
        return no_update, "/"


def path_of(source: str | None) -> str | None:
    """Return a path as it was meant: without the quotes that file managers copy, and with ~ spelled out."""
    text = (source or "").strip().strip("\"'").removeprefix("file://")
    return str(Path(text).expanduser()) if text else None


def _found(looked: tuple[str, dict[str, Any] | str | None] | None) -> Any:
    """Return what was found in a source, and the way to add it."""
    if looked is None:
        return [_unused()]
    source, found = looked
    if found is None:
        return [html.P(f"Reading {source} …", role="status"), _unused()]
    if isinstance(found, str):
        return [html.P(found, className="add-refused", role="alert"), _unused()]
    fresh = found["objects"] - found["there"]
    is_of_parents = not found["objects"] and found["samples"] + found["acquisitions"] > 0
    validated = int(found["states"].get("validated", 0)) + int(found["states"].get("V", 0))
    return [
        html.H2(found["layout"]),
        *(html.P(remark) for remark in found["remarks"]),
        html.Dl(
            [part for name, text in _rows(found) for part in (html.Dt(name), html.Dd(text))],
            className="overview-terms",
        ),
        *_categories(found),
        *_columns(found["columns"]),
        *_problems(found),
        dmc.Checkbox(
            id=ids.ADD_TAKE,
            label=f"Take {validated:,} validated annotations over as morphs; the rest is left to explore",
            checked=False,
            disabled=not validated,
            style={} if validated else {"display": "none"},
        ),
        dmc.Checkbox(
            id=ids.ADD_COPY,
            label="Copy the images into the project, so that it can move alone",
            checked=False,
            style={} if fresh else {"display": "none"},
        ),
        dmc.Checkbox(
            id=ids.ADD_CROP,
            label="Cut off the scale bars below the images, where they are found",
            checked=bool(found["images"]["with_scale_bar"]),
            style={} if found["images"]["with_scale_bar"] else {"display": "none"},
        ),
        html.Div(
            [
                parts.action(
                    f"Add {parts.count(fresh, 'object')}" if fresh else "Nothing new to add",
                    ids.ADD_GO,
                    key="Enter",
                    help="add what was found, as a job",
                    disabled=not fresh,
                    style={"display": "none"} if is_of_parents else {},
                ),
                parts.action(
                    "Update what is there",
                    ids.ADD_UPDATE,
                    key="u",
                    help="change the metadata of what is in the project; old values are kept",
                    variant="default" if fresh else "filled",
                    style={} if found["there"] or is_of_parents else {"display": "none"},
                ),
                html.Span("Runs as a job; the overview shows how far it is.", className="quiet"),
            ],
            className="add-line",
        ),
    ]


def _unused() -> Component:
    """Return what callbacks listen to, while there is nothing to add."""
    return html.Div(
        [
            html.Button(id=ids.ADD_GO),
            html.Button(id=ids.ADD_UPDATE),
            dmc.Checkbox(id=ids.ADD_TAKE, label="not used"),
            dmc.Checkbox(id=ids.ADD_COPY, label="not used"),
            dmc.Checkbox(id=ids.ADD_CROP, label="not used"),
        ],
        hidden=True,
    )


def _rows(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    images = found["images"]
    there = f", {found['there']:,} of them in the project already" if found["there"] else ""
    pictures = [f"{images['found']:,} found"]
    pictures += [f"{images['missing']:,} missing"] if images["missing"] else []
    pictures += [f"{parts.count(images['without'], 'object')} without any"] if images["without"] else []
    for name, words in (("unreadable", "cannot be read"), ("with_scale_bar", "have a scale bar")):
        if images[name]:
            pictures.append(f"{images[name]:,} of {images['looked_at']:,} looked at {words}")
    parents = ("Samples", f"{found['samples']:,}, {parts.count(found['acquisitions'], 'acquisition')}")
    if not found["objects"]:
        return [("Objects", "0"), parents]
    return [
        ("Objects", f"{found['objects']:,}{there}"),
        parents,
        ("Images", "; ".join(pictures)),
        ("Dates (UTC)", _span(found["dates"], found["undated"], "date")),
        ("Positions", _place(found)),
        ("Depths", _span(found["depth"], 0, "depth", " m")),
    ]


def _span(ends: list[Any] | None, without: int, what: str, unit: str = "") -> str:
    if not ends:
        return "none"
    first, last = (f"{end:.6g}" if isinstance(end, float) else str(end).replace("T", " ") for end in ends)
    text = first if first == last else f"{first} to {last}"
    return f"{text}{unit}" + (f"; {without:,} objects without a {what}" if without else "")


def _place(found: Mapping[str, Any]) -> str:
    if not (found["latitude"] and found["longitude"]):
        return "none"
    return (
        f"latitude {_span(found['latitude'], 0, '')}, longitude "
        f"{_span(found['longitude'], found['without_position'], 'position')}"
    )


def _categories(found: Mapping[str, Any]) -> list[Component]:
    if not found["categories"]:
        return []
    states = ", ".join(f"{count:,} {name}" for name, count in found["states"].items())
    shown = list(found["categories"].items())[:MOST_CATEGORIES]
    more = len(found["categories"]) - len(shown)
    items = [html.Li(f"{name}: {count:,}") for name, count in shown]
    items += [html.Li(f"and {more:,} more")] if more else []
    return [html.H3(f"Annotations: {states}"), html.Ul(items, className="add-categories")]


def _columns(columns: list[dict[str, Any]]) -> list[Component]:
    filled = [column for column in columns if column["filled"]]
    if not filled:
        return []
    rows = [
        html.Tr(
            [
                html.Td(column["level"]),
                html.Td(column["name"]),
                html.Td(column["type"]),
                html.Td(f"{column['filled'] / max(1, column['of']):.0%}"),
                html.Td(_example(column["example"]), title=str(column["example"])),
            ]
        )
        for column in filled
    ]
    heads = [html.Th(text, scope="col") for text in ("Level", "Column", "Type", "Filled", "Example")]
    return [
        html.Details(
            [
                html.Summary(f"{parts.count(len(filled), 'column')} of metadata"),
                html.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)], className="overview-table"),
            ],
            className="add-columns",
        )
    ]


def _example(value: Any) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _problems(found: Mapping[str, Any]) -> list[Component]:
    if not found["problems"]:
        return [html.P("Every row can be used.")]
    rows = []
    for problem in found["examples"]:
        line = "" if problem["line"] is None else f", line {problem['line']}"
        whose = f" ({problem['object_id']})" if problem["object_id"] else ""
        rows.append(html.Li(f"{problem['file']}{line}{whose}: {problem['reason']}"))
    lost = parts.count(found["lost"], "row")
    return [
        html.H3(f"{lost} will not be used; {parts.count(found['problems'], 'problem')} in all"),
        html.Ul(rows, className="add-problems"),
    ]
