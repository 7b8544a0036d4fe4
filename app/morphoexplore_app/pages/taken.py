"""Which morphs took how many of what was offered to all of them."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from morphoexplore.store import history, tree
from morphoexplore_app import parts
from morphoexplore_app.session import Session

MOST = 12  # morphs that are listed


def listing(session: Session, survey_id: int) -> list[Component]:
    """Return how many objects each morph gained by a survey, most first; nothing where none did."""
    with session.project.read() as conn:
        gained = history.gained(conn, survey_id)
    nodes = tree.nodes(session.project)
    rows = sorted(
        ((number, count) for number, count in gained.items() if number in nodes), key=lambda one: -one[1]
    )
    if not rows:
        return []
    listed = [
        html.Li(
            [
                dcc.Link(nodes[number].title, href=f"/tree?node={number}", title=nodes[number].title),
                f": {parts.count(count, 'object')}",
            ]
        )
        for number, count in rows[:MOST]
    ]
    rest = rows[MOST:]
    if rest:
        others = sum(count for _, count in rest)
        listed.append(html.Li(f"{parts.count(len(rest), 'other morph')}: {parts.count(others, 'object')}"))
    return [html.Section([html.H2("What each morph took"), html.Ul(listed)], className="taken")]
