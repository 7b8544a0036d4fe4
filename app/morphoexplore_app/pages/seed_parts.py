"""A seed cut in parts: shown before anything is decided, then confirmed as several morphs at once."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
import numpy as np
from dash import ALL, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from morphoexplore import review
from morphoexplore.errors import DecisionError, MorphoExploreError
from morphoexplore_app import ids, memory, parts
from morphoexplore_app.deciding import decide
from morphoexplore_app.pages import growing
from morphoexplore_app.session import Session

COUNTS = (2, 3)  # in how many parts a seed is cut
IMAGES = 24  # of a part, from typical to strange
PAGE = "seed-parts"


def asked(query: dict[str, str]) -> int | None:
    """Return in how many parts the address asks to cut, None where it does not."""
    text = query.get("cut", "")
    return next((count for count in COUNTS if text == str(count)), None)


def links(seed_id: int, size: int) -> list[Component]:
    """Return the ways to the cuts of a seed."""
    return [
        parts.link(
            f"Cut in {count}",
            f"/seed/{seed_id}?cut={count}",
            key=str(count),
            help=f"show {count} parts of it",
        )
        for count in COUNTS
        if size >= count
    ]


def layout(session: Session, seed_id: int, count: int, following: int | None) -> list[Component]:
    """Return the parts of a seed, each with images, a name and whether it is taken; or why it cannot be cut."""
    version = session.version
    try:
        found = propose(session, seed_id, count)
    except MorphoExploreError as error:
        return [parts.empty(str(error), link=("Back to the seed", f"/seed/{seed_id}"))]
    state = {"seed": seed_id, "version": version, "sizes": [len(part) for part in found], "next": following}
    size = sum(len(part) for part in found)
    others = [link for one, link in zip(COUNTS, links(seed_id, size), strict=False) if one != count]
    return [
        dcc.Store(id=ids.SEED_PARTS_STATE, data=state),
        html.P(
            "Parts of like form, each from typical to strange. Nothing is decided yet. A part that is not taken stays free.",
            className="caption",
        ),
        html.Div(
            [
                parts.action(
                    "Confirm these morphs",
                    ids.SEED_PARTS_CONFIRM,
                    key="a",
                    help="make a morph of each part taken",
                ),
                parts.link("Leave whole", f"/seed/{seed_id}", key="q", help="back to the seed in full"),
                *others,
            ],
            className="grow-actions",
        ),
        html.Ol([_part(place, part) for place, part in enumerate(found)], className="seed-parts"),
    ]


def register(app: Dash, session: Session) -> None:
    """Register the callback of the parts."""

    @app.callback(
        Output(ids.outcome(PAGE), "data"),
        Output(ids.SEED_PARTS_GO, "href"),
        Input(ids.SEED_PARTS_CONFIRM, "n_clicks"),
        State(ids.SEED_PARTS_STATE, "data"),
        State(ids.seed_part("taken", ALL), "checked"),
        State(ids.seed_part("name", ALL), "value"),
        prevent_initial_call=True,
    )
    def confirm(
        clicks: int | None, state: dict[str, Any], taken: list[bool], names: list[str | None]
    ) -> tuple[Any, Any]:
        if not clicks:
            return no_update, no_update
        outcome = decide(session, state["version"], lambda: _confirm(session, state, taken, names))
        if not outcome["is_done"]:
            return outcome, no_update
        following = state["next"]
        return outcome, "/review" if following is None else f"/seed/{following}"


def propose(session: Session, seed_id: int, count: int) -> list[np.ndarray]:
    """Return the parts of a seed."""
    return review.propose_parts(
        session.project,
        seed_id,
        parts=count,
        membership=session.membership,
        index=memory.seed_index(session),
        vectors=memory.vectors(session),
    )


def shown(part: np.ndarray) -> np.ndarray:
    """Return the objects of a part whose images are shown."""
    return part[np.linspace(0, len(part) - 1, min(IMAGES, len(part))).round().astype(int)]


def _confirm(session: Session, state: dict[str, Any], taken: list[bool], names: list[str | None]) -> str:
    found = propose(session, state["seed"], len(state["sizes"]))
    if [len(part) for part in found] != state["sizes"]:
        message = "These are not the parts that were shown, as the morphospace was computed anew. Look at them again."
        raise DecisionError(message)
    chosen = [place for place, is_taken in enumerate(taken) if is_taken]
    if not chosen:
        message = "No part is taken. Take one at least, or leave the seed whole."
        raise DecisionError(message)
    made = review.confirm_parts(
        session.project,
        state["seed"],
        [found[place] for place in chosen],
        names=[names[place] for place in chosen],
        shown=np.concatenate([shown(found[place]) for place in chosen]),
    )
    titles = [growing.title(session, one)[0] for one in made]
    listed = " and ".join([", ".join(titles[:-1])] * (len(titles) > 1) + titles[-1:])
    return f"Seed {state['seed']} is {listed} now."


def _part(place: int, part: np.ndarray) -> Component:
    objects = shown(part)
    sheet = f"/sheet?objects={','.join(map(str, objects.tolist()))}&side=128"
    name, taken = ids.seed_part("name", place), ids.seed_part("taken", place)
    number = place + 1
    return html.Li(
        [
            html.Div(
                [
                    dmc.Checkbox(id=taken, checked=True, size="sm", **{"aria-label": f"take part {number}"}),
                    html.Label(
                        [f"Take part {number}", dmc.Kbd(f"x {number}", size="xs")],
                        htmlFor=ids.as_text(taken),
                        className="field-label",
                        **{"data-key": f"x {number}", "data-help": f"take part {number}, or leave it free"},
                    ),
                    dmc.TextInput(
                        id=name,
                        size="xs",
                        placeholder="name, if you know it",
                        **{"aria-label": f"Name of part {number}"},
                    ),
                    html.Span(
                        parts.count(len(part), "object")
                        + ("" if len(objects) == len(part) else f", {len(objects)} shown"),
                        className="quiet",
                    ),
                ],
                className="seed-part-head",
            ),
            html.Div(
                [parts.sprite(sheet, at, len(objects), "seed-part-picture") for at in range(len(objects))],
                className="seed-part-pictures",
                role="img",
                **{"aria-label": f"Images of part {number}, from typical to strange"},
            ),
        ]
    )
