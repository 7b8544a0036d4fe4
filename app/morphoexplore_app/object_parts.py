"""What is shown of an object, in the panel and on its page: where it is, what can be done, and what is known of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from morphoexplore.errors import MorphoExploreError, StepMissingError
from morphoexplore.review.telling import told
from morphoexplore.steps import looking
from morphoexplore.steps.looking import Event, ObjectView
from morphoexplore.store import objects
from morphoexplore_app import ids, parts, precision
from morphoexplore_app.object_figure import figure
from morphoexplore_app.session import Session

ORIGINS = {
    "looked": "looked at and judged right",
    "seed": "confirmed with its seed, unseen",
    "grown": "grown, unseen",
    "imported": "imported",
}
ANSWERS = {"right": "Its image was seen: right.", "wrong": "Its image was seen: wrong."}
ANSWERS |= {"doubtful": "Its image was seen: doubtful."}
LEVELS = {"measured": "Measured", "object": "Object", "acquisition": "Acquisition", "sample": "Sample"}


def picture(session: Session, shown: ObjectView, place: str) -> Component:
    """Return the picture of an object, with a choice where it has several."""
    choice: list[Component] = []
    if len(shown.images) > 1:
        data = [{"value": str(number), "label": str(number + 1)} for number in range(len(shown.images))]
        control = dmc.SegmentedControl(
            id=ids.of_object(place, "image"), data=data, value="0", size="xs", **{"aria-label": "Which image"}
        )
        choice = [html.Div([html.Span("Image"), control], className="object-choice")]
    return html.Div(
        className="object-figure",
        children=[html.Div(figure(session, shown), id=ids.of_object(place, "figure")), *choice],
    )


def where(session: Session, shown: ObjectView) -> Component:
    """Return where an object is: its morph and how it came there, or free, and the seed that waits for a person."""
    morph = shown.morph
    if morph is None:
        pending = next((seed for seed in shown.seeds if seed.state == "pending"), None)
        said: list[Any] = [html.Strong("Free")]
        if pending is not None:
            said += [
                ", proposed in ",
                dcc.Link(f"seed {pending.seed_id}", href=f"/seed/{pending.seed_id}"),
                ", pending",
            ]
        return html.P(said, className="object-where")
    above = [html.Span(f"{title} > ", className="object-above") for title in morph.path]
    link = dcc.Link(morph.title, href=f"/tree?node={morph.node_id}", className="object-morph")
    doubt = [html.Span("doubtful", className="object-doubt")] if morph.is_doubtful else []
    stated = precision.words(session, morph.node_id)
    origin = html.Span(f", {ORIGINS[morph.origin]}", className="object-dim")
    note = html.Span(
        f" (morph: {stated})", className="object-dim", title=precision.about(session, morph.node_id)
    )
    return html.P(["In ", *above, link, origin, *doubt, *[note] * bool(stated)], className="object-where")


def facts(shown: ObjectView) -> Component:
    """Return sample, time, position and depth in one line."""
    time = _when(shown.datetime)
    found = [
        shown.sample,
        time and f"{time} UTC" if time and ":" in time else time,
        _position(shown),
        _depth(shown),
    ]
    return html.P(" · ".join(text for text in found if text), className="object-facts")


def actions(shown: ObjectView, place: str) -> Component:
    """Return what a person can decide about an object."""
    new, reject = ids.of_object(place, "new"), ids.of_object(place, "reject")
    is_free = shown.morph is None
    buttons = [
        parts.action(
            "New morph of its own", new, key="o n", help="make a new morph of the object", variant="default"
        ),
        parts.link(
            "New morph with its nearest",
            f"/like/{shown.number}",
            key="o l",
            help="a new morph of the object and those most like it; then grow it",
        ),
        parts.action(
            "Not of this morph",
            reject,
            key="o r",
            help="the object is not of its morph",
            variant="default",
            style={"display": "none"} if is_free else {},  # always there: its callback has three inputs
        ),
    ]
    select = ids.of_object(place, "move")
    return html.Div(
        className="object-actions",
        children=[
            html.Div(
                className="object-move",
                children=[
                    html.Button(
                        ["Move to", dmc.Kbd("o m", size="xs")],
                        type="button",
                        className="object-move-label",
                        **{
                            "data-key": "o m",
                            "data-help": "move the object to a morph",
                            "data-focuses": select,
                        },
                    ),
                    dmc.Select(
                        id=select,
                        data=[],
                        searchable=True,
                        limit=50,
                        placeholder="a morph: type a part of its name",
                        nothingFoundMessage="No morph has such a name.",
                        size="xs",
                        style={"flex": 1},
                        comboboxProps={"zIndex": 400},
                        **{"aria-label": "Move to a morph"},
                    ),
                ],
            ),
            html.Div(buttons, className="object-buttons"),
        ],
    )


def tabs(session: Session, shown: ObjectView, place: str) -> Component:
    """Return the tabs: similar objects, metadata, history."""
    pages = (
        ("similar", "Similar", _similar(session, shown)),
        ("metadata", "Metadata", _metadata(shown)),
        ("history", "History", _history(session, shown)),
    )
    return dmc.Tabs(
        id=ids.of_object(place, "tabs"),
        value="similar",
        persistence=place,
        persistence_type="session",
        children=[
            dmc.TabsList([dmc.TabsTab(label, value=value) for value, label, _ in pages]),
            *(dmc.TabsPanel(content, value=value, pt="sm") for value, _, content in pages),
        ],
    )


# ------------------------------------------------------------------------------------------- similar


def _similar(session: Session, shown: ObjectView) -> Component:
    try:
        found = looking.alike(session.project, shown.number).tolist()
    except StepMissingError:
        said = "Similar objects are found in the morphospace, which is not there yet. Make it on the "
        return html.P([said, dcc.Link("overview", href="/"), "."], className="object-dim")
    except MorphoExploreError as error:
        return html.P(str(error), className="object-dim")
    if not found:
        return html.P("There is no other object to compare with.", className="object-dim")
    titles = looking.titles(session.project, found)
    names = objects.ids_of(session.project, found)
    sheet = f"/sheet?side=128&objects={','.join(map(str, found))}"
    return html.Ul(
        [
            _like(number, name, titles.get(number), sheet, place, len(found))
            for place, (number, name) in enumerate(zip(found, names, strict=True))
        ],
        className="object-likes",
        **{"aria-label": "Similar objects, the most similar first"},
    )


def _like(number: int, name: str, title: str | None, sheet: str, place: int, n: int) -> Component:
    picture = parts.sprite(sheet, place, n, "object-like-picture")
    label = html.Span(title or "free", className="object-like-title" + ("" if title else " object-dim"))
    button = html.Button(
        [picture, label],
        type="button",
        title=f"{name}\n{title or 'free'}",
        **{"data-object": str(number), "aria-label": f"{name}, {title or 'free'}"},
    )
    return html.Li(button)


# ------------------------------------------------------------------------------------------ metadata


def _metadata(shown: ObjectView) -> Component:
    about: dict[str, Any] = {
        "object number": shown.number,
        "sample": shown.sample,
        "acquisition": shown.acquisition,
        "date (UTC)": _when(shown.datetime),
        "position": _position(shown),
        "depth": _depth(shown),
        "pixel size": None if shown.pixel_size is None else f"{1000 * shown.pixel_size:.6g} µm",
    } | {
        f"image {place}" if len(shown.images) > 1 else "image": image.path
        for place, image in enumerate(shown.images, start=1)
    }
    groups: list[tuple[str, dict[str, Any]]] = [
        ("About", about),
        *((LEVELS[level], shown.metadata[level]) for level in LEVELS),
    ]
    found = [
        _group(title, values) for title, values in groups if any(not _is_empty(v) for v in values.values())
    ]
    empty = [name for values in shown.metadata.values() for name, value in values.items() if _is_empty(value)]
    note = (
        [] if not empty else [html.P(f"Empty for this object: {', '.join(empty)}.", className="object-dim")]
    )
    return html.Div(
        key=str(shown.number),  # what was filtered is of the object that was shown before
        className="object-metadata",
        children=[
            dmc.TextInput(placeholder="Filter", size="xs", **{"aria-label": "Filter the metadata"}),
            *found,
            html.P("Nothing here has these letters.", className="object-dim object-nothing"),
            *note,
        ],
    )


def _group(title: str, values: dict[str, Any]) -> Component:
    rows = [
        html.Tr([html.Th(name, scope="row"), html.Td(_text(value))])
        for name, value in values.items()
        if not _is_empty(value)
    ]
    return html.Section([html.H3(title), html.Table(html.Tbody(rows))], className="object-group")


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or value != value  # NaN


def _text(value: Any) -> str:
    return f"{value:.10g}" if isinstance(value, float) else str(value)


# ------------------------------------------------------------------------------------------- history


def _history(session: Session, shown: ObjectView) -> Component:
    decisions = [event.decision for event in shown.events if event.decision is not None]
    sentences = dict(
        zip([one.decision_id for one in decisions], told(session.project, decisions), strict=True)
    )
    seeds = [
        html.P(
            ["Proposed in ", _seed(seed.seed_id, seed.state), f", round {seed.round}, {_STATES[seed.state]}."]
        )
        for seed in shown.seeds
    ]
    events = [
        _event(event, sentences[event.decision.decision_id] if event.decision else "Looked at.")
        for event in shown.events
    ]
    if not events:
        seeds.append(html.P("Nobody has decided anything about this object yet.", className="object-dim"))
    return html.Div([html.Ol(events, className="object-events"), *seeds], className="object-history")


_STATES = {"pending": "pending", "confirmed": "confirmed", "discarded": "discarded", "replaced": "not judged"}


def _seed(seed_id: int, state: str) -> Any:
    return dcc.Link(f"seed {seed_id}", href=f"/seed/{seed_id}") if state == "pending" else f"seed {seed_id}"


def _event(event: Event, sentence: str) -> Component:
    seen = "Its image was not shown." if event.look is None else ANSWERS[event.look.answer]
    return html.Li(
        className="is-undone" if event.is_undone else "",
        children=[
            html.Div(
                [html.Span(sentence), *([html.Em(" Undone.")] if event.is_undone else [])],
                className="object-what",
            ),
            html.Div([seen, " ", html.Span(f"{event.user}, {_local(event.time)}")], className="object-dim"),
        ],
    )


# --------------------------------------------------------------------------------------------- words


def _local(time: str) -> str:
    """Return a time of the database as the clock of this machine, which is where the browser is too."""
    moment = datetime.fromisoformat(time).astimezone()
    return f"{moment.day} {moment:%B %Y, %H:%M}"


def _when(text: str | None) -> str | None:
    return None if text is None else text[:16].replace("T", " ")


def _position(shown: ObjectView) -> str | None:
    if shown.latitude is None or shown.longitude is None:
        return None
    north, east = shown.latitude, shown.longitude
    return f"{abs(north):.6g}° {'N' if north >= 0 else 'S'} {abs(east):.6g}° {'E' if east >= 0 else 'W'}"


def _depth(shown: ObjectView) -> str | None:
    least, most = (None if depth is None else f"{depth:.6g}" for depth in shown.depth)
    if least is None or most is None or least == most:
        return f"{least or most} m deep" if least or most else None
    return f"{least} to {most} m deep"
