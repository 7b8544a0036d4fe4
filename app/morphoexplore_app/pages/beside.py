"""What the pages of growth and of one seed share: pictures in a row, facts and choices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from morphoexplore_app import parts

HEIGHT = "1px"  # of a gallery, which grows to what the page leaves it and scrolls


def strip(objects: list[int], title: str, side: int = 64) -> Component:
    """Return a row of pictures as one image."""
    numbers = ",".join(map(str, objects))
    source = f"/sheet?objects={numbers}&side=128"
    return html.Img(
        src=source, alt=title, title=title, className="picture-strip", style={"height": f"{side}px"}
    )


def choice(label: str, help: str, links: list[tuple[str, str, bool, str, str]]) -> Component:
    """Return links of which one is chosen now: name, address, whether it is, its key and what the key does ("": none)."""
    return html.Nav(
        [
            html.Span(label),
            *(
                dmc.Anchor(
                    name,
                    href=address,
                    refresh=False,
                    unstyled=True,
                    **({"aria-current": "true"} if is_now else {}),
                    **({"data-key": key, "data-help": said} if key else {}),
                )
                for name, address, is_now, key, said in links
            ),
        ],
        className="choice",
        **{"aria-label": help},
    )


def facts(rows: list[tuple[str, str]]) -> Component:
    """Return names and values, one below the other."""
    return html.Dl(
        [part for name, value in rows for part in (html.Dt(name), html.Dd(value))], className="facts"
    )


def gallery_button(
    gallery: str, name: str, label: str, *, key: str, help: str, **properties: Any
) -> Component:
    """Return a button that sends an action of a gallery, with what is selected there."""
    sends = {"data-gallery-action": f"{gallery} {name}"}
    page = gallery.removesuffix("-gallery")
    return parts.action(
        label, f"{page}-{name}", key=key, help=help, **({"variant": "default"} | properties), **sends
    )


def gallery_buttons(gallery: str, actions: Mapping[str, tuple[str, str, str]]) -> Component:
    """Return a button for each action (label, key, help) of a gallery; the first is the usual one."""
    buttons = [
        gallery_button(gallery, name, label, key=key, help=help, variant="default" if place else "filled")
        for place, (name, (label, key, help)) in enumerate(actions.items())
    ]
    return html.Div(buttons, className="grow-actions")
