"""The morphs to grow, largest first."""

from __future__ import annotations

from typing import Any

from dash import Dash, dcc, html
from dash.development.base_component import Component

from morphoexplore import review
from morphoexplore.errors import StepMissingError
from morphoexplore.review import SurveyStep
from morphoexplore.store import tree
from morphoexplore_app import memory, newcomers, parts, precision
from morphoexplore_app.pages import begun, growing
from morphoexplore_app.pages.beside import choice, strip
from morphoexplore_app.pages.grow import href
from morphoexplore_app.pages.pager import pager
from morphoexplore_app.pages.tree import addresses
from morphoexplore_app.session import Session

PATH, LABEL, KEY = "/grow", "Grow", "g g"
ROWS = 30  # morphs on a page
IMAGES = 8


def layout(session: Session, *, query: dict[str, str]) -> Component:
    """Return the list of morphs, or of those that are not complete."""
    state = session.membership.state
    morphs = tree.morphs(session.project, members=(state.node, state.origin))
    if morphs.empty:
        return parts.page(
            "Grow",
            parts.empty(
                "There are no morphs to grow yet.",
                "A seed that is accepted becomes a morph.",
                link=("Review the seeds", "/review"),
            ),
        )
    is_all = query.get("show") != "incomplete"
    n_complete = int(morphs["is_complete"].sum())
    shown = morphs if is_all else morphs[~morphs["is_complete"].astype(bool)]
    pages = max(1, -(-len(shown) // ROWS))
    page = min(addresses.page(query), pages)
    rows = shown.iloc[(page - 1) * ROWS : page * ROWS]
    numbers = [int(number) for number in rows.index]
    strips = growing.typical(session, numbers, IMAGES)
    first = growing.next_incomplete(session, None)
    growing.prepare(session, first)
    free = int((session.membership.node < 0).sum())
    tools = (
        [
            parts.link("Grow the largest incomplete", href(first), key="n"),
            parts.link("In bulk", "/grow/all", key="b", help="offer every free object to its best morph"),
        ]
        if first is not None and free
        else []
    )
    if newcomers.free(session):
        tools.append(parts.link("New objects", "/new", key="w", help="what came with the last add"))
    tools.append(parts.link("Audit", "/audit", key="A", help="how precise the morphs are"))
    yields = _yields(session)
    left = {one.survey.node_id: one for one in reversed(begun.steps(session)) if one.survey.kind == "growth"}
    words = (
        f"{parts.count(len(morphs), 'morph')}, {n_complete:,} complete. {parts.count(free, 'free object')}: "
        "choose a morph, and those that look most like it are offered."
    )
    body = (
        html.Ul(
            [
                _row(
                    session,
                    number,
                    row,
                    strips.get(number, []),
                    left=left.get(number),
                    gain=yields.get(number, 0),
                )
                for number, row in zip(numbers, rows.to_dict("records"), strict=True)
            ],
            className="morphs",
        )
        if len(rows)
        else parts.empty(
            "Every morph is complete.",
            html.P(
                [
                    dcc.Link(label, href=address, className="empty-link")
                    for label, address in (
                        ("Show all morphs", "/grow"),
                        ("Name the morphs", "/names"),
                        ("See what to do next", "/"),
                    )
                ],
                className="grow-then",
            ),
        )
    )
    return parts.page(
        "Grow",
        *begun.listing(session),
        html.Div([html.Span(words), _filter(is_all=is_all)], className="grow-summary"),
        body,
        *pager(
            page,
            pages,
            lambda one: addresses.with_query(PATH, {"page": one, "show": None if is_all else "incomplete"}),
            of="morphs",
            before="larger morphs",
            after="smaller morphs",
        ),
        tools=tools,
    )


def register(app: Dash, session: Session) -> None:
    """Register nothing: the page is links."""
    del app, session


def _yields(session: Session) -> dict[int, int]:
    """Return about how many objects each morph would gain; none before anything is embedded."""
    version = session.version
    known: tuple[int, dict[int, int]] | None = session.memo.get("yields")
    if known is not None and known[0] == version:
        return known[1]
    try:
        neighbours = memory.centres(session).neighbours
    except StepMissingError:
        return {}
    if neighbours is None:
        return {}
    found = review.expected_yields(session.project, membership=session.membership, neighbours=neighbours)
    session.memo["yields"] = (version, found)
    return found


def _row(
    session: Session,
    node_id: int,
    row: dict[Any, Any],
    images: list[int],
    *,
    left: SurveyStep | None,
    gain: int,
) -> Component:
    title, members, is_complete = row["title"], int(row["members"]), bool(row["is_complete"])
    branches = row["path"].removesuffix(title).rstrip(">").replace(">", " > ")
    return html.Li(
        parts.row_link(
            [
                html.Span(
                    [
                        html.Span(title, className="morph-title", title=title),
                        html.Span(branches, className="quiet", title=branches) if branches else None,
                    ],
                    className="morph-name",
                ),
                html.Span(f"{members:,}", className="morph-size"),
                strip(images, f"Typical members of {title}")
                if images
                else html.Span("no members", className="quiet"),
                html.Span(
                    [
                        precision.tag(session, node_id),
                        *([html.Span(f"may gain about {gain:,}", className="quiet")] * bool(gain)),
                        *(
                            []
                            if left is None
                            else [html.Span("begun", className="grow-begun", title=begun.left(left))]
                        ),
                        html.Span("complete" if is_complete else "", className="morph-state"),
                    ],
                    className="morph-tags",
                ),
            ],
            href(node_id) if left is None else begun.href(left),
        )
    )


def _filter(*, is_all: bool) -> Component:
    return choice(
        "Show:",
        "Which morphs",
        [("all", PATH, is_all, "", ""), ("incomplete", f"{PATH}?show=incomplete", not is_all, "", "")],
    )
