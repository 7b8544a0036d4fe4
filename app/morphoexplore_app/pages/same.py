"""Morphs that may be the same, a pair at a time: merged with one key, or kept apart and not asked about again."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from morphoexplore import review
from morphoexplore.errors import StepMissingError
from morphoexplore.review import LikelySame
from morphoexplore.store import tree
from morphoexplore_app import ids, memory, parts
from morphoexplore_app.deciding import decide
from morphoexplore_app.pages import growing
from morphoexplore_app.pages.beside import strip
from morphoexplore_app.pages.tree import addresses
from morphoexplore_app.pages.tree.reading import remembered
from morphoexplore_app.session import Session

PATH, LABEL, KEY = "/same", None, None
BELONGS_TO = addresses.PATH
PAGE = "same"
IMAGES, SMALL = 14, 7  # typical members of the pair in front, and of those that follow
FOLLOWING = 8  # pairs shown below


def layout(session: Session, *, query: dict[str, str]) -> Component:
    """Return the page: the likeliest pair, or the one that the address asks for, and those that follow."""
    version = session.version
    try:
        pairs = _pairs(session, version)
    except StepMissingError:
        return _page(
            parts.empty(
                "Likeness is measured in the morphospace, and this project has none yet.",
                link=("See what to do next", "/"),
            )
        )
    if not pairs:
        return _page(_nothing(session))
    place = min(addresses.number(query, "pair", least=1) or 1, len(pairs)) - 1
    pair, following = pairs[place], pairs[place + 1 : place + 1 + FOLLOWING]
    shown = growing.typical(
        session, [one for some in [pair, *following] for one in (some.first, some.second)], IMAGES
    )
    skip = [
        parts.link(
            "Skip", _address(place + 1 if place + 1 < len(pairs) else 0), key="n", help="the next pair"
        )
    ]
    return _page(
        dcc.Store(id=ids.SAME_STATE, data={"version": version, "first": pair.first, "second": pair.second}),
        html.P(
            "Members of these two morphs are among each other's nearest neighbours. If they are one form, merge them; "
            "if not, say so, and they are not proposed again.",
            className="caption",
        ),
        html.Section(
            [_side(pair, which, shown) for which in (0, 1)],
            className="same-pair",
            **{"aria-label": f"{pair.titles[0]} and {pair.titles[1]}"},
        ),
        html.Div(
            [
                parts.action(
                    "Merge", ids.SAME_MERGE, key="m", help=f"they are one morph: {_kept(session, pair)}"
                ),
                parts.action(
                    "Not the same",
                    ids.SAME_APART,
                    key="d",
                    help="keep them apart; not asked again",
                    variant="default",
                ),
                html.Span(
                    f"{pair.share:.0%} of the neighbours are in the other morph. Merged: {_kept(session, pair)}.",
                    className="quiet",
                ),
            ],
            className="grow-actions",
        ),
        *_after(following, place, shown),
        tools=[html.Span(f"pair {place + 1} of {len(pairs)}", className="quiet"), *skip * (len(pairs) > 1)],
    )


def register(app: Dash, session: Session) -> None:
    """Register the callback of the page."""

    @app.callback(
        Output(ids.outcome(PAGE), "data"),
        Input(ids.SAME_MERGE, "n_clicks"),
        Input(ids.SAME_APART, "n_clicks"),
        State(ids.SAME_STATE, "data"),
        prevent_initial_call=True,
    )
    def act(merge: int | None, apart: int | None, state: dict[str, Any]) -> Any:
        if not (merge or apart):
            return no_update
        first, second = state["first"], state["second"]

        def make() -> str:
            titles = tree.nodes(session.project)
            names = [titles[one].title if one in titles else f"morph {one}" for one in (first, second)]
            if ctx.triggered_id == ids.SAME_MERGE:
                kept = review.merge(session.project, [first, second])
                both = "Both" if names[0] == names[1] else f"{names[0]} and {names[1]}"
                return f"{both} are {tree.nodes(session.project)[kept].title} now."
            review.keep_apart(session.project, first, second)
            return f"{names[0]} and {names[1]} stay apart."

        return decide(session, state["version"], make) | {"redraw": True}


def _pairs(session: Session, version: int) -> list[LikelySame]:
    def compute() -> list[LikelySame]:
        graph = memory.centres(session).neighbours
        return review.likely_same(session.project, membership=session.membership, neighbours=graph)

    found: list[LikelySame] = remembered(
        session, "likely same", (version, memory.space_version(session)), compute
    )
    return found


def _page(*shown: Any, tools: Any = ()) -> Component:
    return parts.page("These may be the same", dcc.Store(id=ids.outcome(PAGE)), *shown, tools=tools)


def _side(pair: LikelySame, which: int, shown: dict[int, list[int]]) -> Component:
    node_id, title = (pair.first, pair.second)[which], pair.titles[which]
    return html.Div(
        [
            html.H2(
                [
                    dcc.Link(title, href=f"{addresses.PATH}?node={node_id}", title=title),
                    html.Small(parts.count(pair.members[which], "object"), className="quiet"),
                ]
            ),
            strip(shown.get(node_id, []), f"Typical members of {title}", 96),
        ]
    )


def _kept(session: Session, pair: LikelySame) -> str:
    """Return the name that is left when a pair is merged."""
    nodes = tree.nodes(session.project)
    named = [one for one in (pair.first, pair.second) if one in nodes and nodes[one].name is not None]
    kept = named[0] if named else pair.first
    return f"{nodes[kept].title} keeps its name" if kept in nodes else "one of them is left"


def _after(following: list[LikelySame], place: int, shown: dict[int, list[int]]) -> list[Component]:
    """Return the pairs that come after the one in front."""
    if not following:
        return []
    rows = [
        html.Li(
            dcc.Link(
                [
                    html.Span(
                        [
                            html.Span(title, className="morph-title", title=title),
                            strip(shown.get(node_id, [])[:SMALL], title, 48),
                        ],
                        className="same-small",
                    )
                    for node_id, title in zip((pair.first, pair.second), pair.titles, strict=True)
                ],
                href=_address(place + number),
                className="same-row",
            )
        )
        for number, pair in enumerate(following, start=1)
    ]
    return [html.H2("Then", className="same-then"), html.Ul(rows, className="morphs")]


def _address(place: int) -> str:
    return addresses.with_query(PATH, {"pair": None if place == 0 else place + 1})


def _nothing(session: Session) -> Component:
    morphs = sum(not node.is_branch for node in tree.nodes(session.project).values())
    if morphs < 2:
        return parts.empty("There are no two morphs to compare yet.", link=("Review the seeds", "/review"))
    return parts.empty(
        "No two morphs look like the same one.",
        "Members of different morphs are hardly ever each other's neighbours, or you said that they are not the same.",
        link=("To the tree", addresses.PATH),
    )
