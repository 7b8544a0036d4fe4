"""Questions to colleagues, wherever they are listed: what is asked, of what, by whom."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from morphoexplore.review.asking import Question, questions
from morphoexplore.store import seeds
from morphoexplore_app import parts
from morphoexplore_app.session import Session

MOST = 12  # that are listed at once


def listing(session: Session, *, of_seeds: bool = False) -> list[Component]:
    """Return a section with the questions that wait (only those on seeds, where asked); nothing where there is none."""
    found = [one for one in _questions(session) if one.seed_id is not None or not of_seeds]
    if not found:
        return []
    rows = [
        html.Li(
            [
                dcc.Link(one.title, href=href(one)),
                html.Span(f": {one.text}"),
                html.Span(
                    f" ({', '.join(part for part in (one.user, one.time[:10]) if part)})", className="quiet"
                )
                if one.user or one.time
                else None,
            ]
        )
        for one in found[:MOST]
    ]
    more = [html.P(f"And {parts.count(len(found) - MOST, 'newer one')}.")] * (len(found) > MOST)
    return [
        html.Section(
            [html.H2("Questions to colleagues"), html.Ul(rows, className="begun-list"), *more],
            className="begun",
        )
    ]


def link(session: Session) -> list[Component]:
    """Return how many seeds wait with a question, as a link to the first; nothing where there is none."""
    found = [one for one in _questions(session) if one.seed_id is not None]
    if not found:
        return []
    words = f"{len(found):,} {'waits' if len(found) == 1 else 'wait'} with a question"
    return [dcc.Link(words, href=href(found[0]), title=found[0].text)]


def on_seed(session: Session, seed_id: int) -> str | None:
    """Return the question that stands on a pending seed."""
    return next((one.text for one in _questions(session) if one.seed_id == seed_id), None)


def seeds_with_question(session: Session) -> set[int]:
    """Return the seeds on which a question stands."""
    return {one.seed_id for one in _questions(session) if one.seed_id is not None}


def href(question: Question) -> str:
    """Return the address of what a question is about."""
    return f"/seed/{question.seed_id}" if question.node_id is None else f"/tree?node={question.node_id}"


def _questions(session: Session) -> list[Question]:
    # A new round may take the place of seeds that are pending, and is no decision.
    state = (session.version, seeds.last_round(session.project))
    known: tuple[tuple[int, int], list[Question]] | None = session.memo.get("questions")
    if known is None or known[0] != state:
        session.memo["questions"] = known = (state, questions(session.project))
    return known[1]
