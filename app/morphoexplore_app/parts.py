"""Parts that several pages share."""

from __future__ import annotations

import re
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from morphoexplore.reading.sprites import COLUMNS

KEY_NAMES = {" ": "Space", "Control+z": "Ctrl Z", "Control+y": "Ctrl Y", "Delete": "Del"}
_UNNAMED = re.compile(r"(?:morph|branch) \d")


def action(
    label: str, id: Any, *, key: str | None = None, help: str | None = None, **properties: Any
) -> Component:
    """
    Return a button with its key.

    Parameters
    ----------
    key : str, optional
        As ``KeyboardEvent.key`` names it, ``Control+z`` with a modifier, ``g m`` for two strokes. ``assets/keys.js``
        presses the button, and ``?`` lists it.
    help : str, optional
        What it does, for the list of keys; the label unless given.
    """
    shown = {"data-key": key, "data-help": help or label} if key else {}
    name = {} if key is None else {"rightSection": dmc.Kbd(KEY_NAMES.get(key, key), size="xs")}
    if key == label:
        name = {}
    return dmc.Button(label, id=id, **({"size": "compact-sm"} | name | properties), **shown)


def link(label: str, href: str, *, key: str | None = None, help: str | None = None) -> Component:
    """Return a link that looks like a button, with its key."""
    shown = {"data-key": key, "data-help": help or label} if key else {}
    name = [label] if key is None else [label, dmc.Kbd(KEY_NAMES.get(key, key), size="xs")]
    return dmc.Anchor(name, href=href, refresh=False, unstyled=True, className="button-link", **shown)


def sentence(text: str) -> str:
    """Return a sentence with a capital where it begins with a morph or branch that has no name; a name stays as it is."""
    return text[0].upper() + text[1:] if _UNNAMED.match(text) else text


def row_link(children: Any, href: str) -> Component:
    """Return a row of a list of morphs that leads somewhere."""
    return dcc.Link(children, href=href, className="morph-row")


def page(title: str, *children: Any, tools: Any = (), wide: bool = True) -> Component:
    """Return a page: its title in a line with its tools, then what it shows."""
    return html.Div(
        className="page" if wide else "page page-narrow",
        children=[
            html.Div([html.H1(title), html.Div(tools, className="page-tools")], className="page-head"),
            *children,
        ],
    )


def empty(sentence: str, *then: Any, link: tuple[str, str] | None = None) -> Component:
    """Return what a page shows when there is nothing to show: why, and what to do (text, or a link: label, href)."""
    return html.Div(
        className="empty",
        children=[
            html.P(sentence, className="empty-what"),
            *(html.P(text) if isinstance(text, str) else text for text in then),
            *([] if link is None else [dcc.Link(link[0], href=link[1], className="empty-link")]),
        ],
    )


def notice(outcome: dict[str, Any]) -> dict[str, Any]:
    """Return a notification for what a decision led to; a refusal stays until it is closed."""
    return {
        "id": outcome["stamp"],
        "action": "show",
        "message": outcome["message"],
        "color": "blue" if outcome["is_done"] else "red",
        "autoClose": 5000 if outcome["is_done"] else False,
        "closeButtonProps": {"aria-label": "Close this message"},
    }


def sprite(sheet: str, place: int, n: int, class_name: str, **attributes: str) -> Component:
    """Return one cell of a sheet of sprites: the *place*-th of *n* objects, as wide as it is made by its style."""
    columns, rows = min(n, COLUMNS), -(-n // COLUMNS)
    across, down = place % COLUMNS / max(columns - 1, 1), place // COLUMNS / max(rows - 1, 1)
    return html.Span(
        className=class_name,
        style={
            "backgroundImage": f"url({sheet})",
            "backgroundSize": f"{100 * columns}% {100 * rows}%",
            "backgroundPosition": f"{100 * across:.4f}% {100 * down:.4f}%",
        },
        **attributes,
    )


def share(part: int, whole: int) -> str:
    """Return ``37%``; not ``0%`` or ``100%`` where it is neither none nor all."""
    if 0 < part < 0.01 * whole:
        return "less than 1%"
    return "more than 99%" if 0.99 * whole < part < whole else f"{part / max(1, whole):.0%}"


def count(number: int, one: str, many: str | None = None) -> str:
    """Return ``1 object``, ``2,345 objects``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
