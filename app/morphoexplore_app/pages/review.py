"""Pending seeds as strips: a page of rows, one click on the last good image of each, one key for the next page."""

from __future__ import annotations

from typing import Any

import numpy as np
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from morphoexplore import review
from morphoexplore.review import SeedAnswer, StripPage, StripRow
from morphoexplore.review.likeness import offered_for_row
from morphoexplore.review.rounds import unseen_of_rounds
from morphoexplore.review.strips import ENOUGH
from morphoexplore.steps.overview import FEWEST
from morphoexplore.store import morphospace, seeds, tree
from morphoexplore_app import ids, memory, parts
from morphoexplore_app.components import Strips
from morphoexplore_app.deciding import decide
from morphoexplore_app.pages import asked
from morphoexplore_app.session import Session

PATH, LABEL, KEY = "/review", "Review", "g r"
PAGE = "review"
SIZES = {"fit": "", "small": "?cell=72", "medium": "?cell=96", "large": "?cell=128"}  # of images: name, query
CELLS = range(48, 193)
HELP = (
    "A row is one seed, from typical (left) to strange. Click the last good image to accept the seed up to there; Ctrl-click a "
    "single wrong one. Rows you do not touch are refused: their objects stay free. A row whose morph is marked goes in there; click "
    "the mark for a morph of its own. Where a long row goes bad, click before one in ten is wrong: the rest comes back."
)
HALF = 0.5  # share of right ones below which an audit counted nothing: it only saw many wrong ones


def layout(session: Session, *, query: dict[str, str]) -> Component:
    """Return the page: the first pending seeds, or why there are none."""
    page = _page(session)
    if not page.rows:
        return parts.page("Review", *asked.listing(session, of_seeds=True), _nothing(session, page))
    cell = _cell(query)
    return parts.page(
        "Review",
        html.Div(
            [html.P(HELP), html.P(id=ids.REVIEW_TOLD, role="status")],
            className="review-help",
        ),
        Strips(
            id=ids.REVIEW_STRIPS,
            label="Seeds to judge",
            cell=cell,
            rows=_rows(session, page),
            version=str(page.version),
            busy=False,
        ),
        dcc.Store(id=ids.REVIEW_STATE, data={"version": page.version}),
        dcc.Store(id=ids.outcome(PAGE)),
        tools=[
            html.Div(_progress(session, page), id=ids.REVIEW_PROGRESS, className="review-progress"),
            _sizes(cell),
        ],
    )


def register(app: Dash, session: Session) -> None:
    """Register the callbacks of the page."""

    @app.callback(
        Output(ids.REVIEW_STRIPS, "rows"),
        Output(ids.REVIEW_STRIPS, "version"),
        Output(ids.REVIEW_STRIPS, "busy"),
        Output(ids.REVIEW_STATE, "data"),
        Output(ids.REVIEW_PROGRESS, "children"),
        Output(ids.REVIEW_TOLD, "children"),
        Output(ids.outcome(PAGE), "data"),
        Input(ids.REVIEW_STRIPS, "action"),
        State(ids.REVIEW_STRIPS, "rows"),
        State(ids.REVIEW_STATE, "data"),
        prevent_initial_call=True,
    )
    def turn(action: dict[str, Any], rows: list[dict[str, Any]], state: dict[str, Any]) -> tuple[Any, ...]:
        told = ""

        def judge() -> None:
            nonlocal told
            judged = review.judge_page(
                session.project, _answers(action, rows), index=memory.seed_index(session)
            )
            told = _tell(judged)

        outcome = decide(session, state["version"], judge)
        if not outcome["is_done"]:
            return no_update, no_update, False, no_update, no_update, no_update, outcome
        page = _page(session)
        if not page.rows:  # the page says so, drawn anew
            return (*(no_update,) * 6, outcome | {"redraw": True})
        return (
            _rows(session, page),
            str(page.version),
            False,
            {"version": page.version},
            _progress(session, page),
            told,
            outcome,
        )

    @app.callback(
        Output(ids.REVIEW_STRIPS, "prefetch"),
        Input(ids.REVIEW_STRIPS, "version"),
        State(ids.REVIEW_STRIPS, "rows"),
    )
    def follow(_version: str, rows: list[dict[str, Any]]) -> list[int]:
        """Name the objects of the page after this one, for the browser to load ahead."""
        page = _page(session, after=rows[-1]["id"])
        return [number for row in page.rows for number in row.objects]


def _answers(action: dict[str, Any], rows: list[dict[str, Any]]) -> list[SeedAnswer]:
    """Put together what was shown and what was said about it."""
    shown = {row["id"]: row["objects"] for row in rows}
    return [
        SeedAnswer(
            said["id"],
            shown[said["id"]],
            said["cut"],
            wrong=said["wrong"],
            into=said["into"],
            name=said["name"],
        )
        for said in action["rows"]
        if said["id"] in shown
    ]


def _page(session: Session, after: int = 0) -> StripPage:
    index = memory.seed_index(session)
    return review.strip_page(session.project, membership=session.membership, index=index, after=after)


def _rows(session: Session, page: StripPage) -> list[dict[str, Any]]:
    likes = _likes(session, page)
    return [
        {
            "id": row.seed_id,
            "title": f"seed {row.seed_id} · {parts.count(row.size, 'object')}",
            "href": f"/seed/{row.seed_id}",
            "objects": list(row.objects),
            "ranks": list(row.ranks),
            "size": row.size,
            "note": _note(row),
            **likes[row.seed_id],
        }
        for row in page.rows
    ]


def _note(row: StripRow) -> str:
    if len(row.objects) == row.size:
        return "all of them shown"
    return f"{len(row.objects)} of {row.size:,} shown, drawn at random from typical to strange"


def _likes(session: Session, page: StripPage) -> dict[int, dict[str, Any]]:
    """Return for each row the morphs that it looks much like, each with a typical object, and the one that it goes to."""
    node, centres, index = session.membership.node, memory.centres(session), memory.seed_index(session)
    found = {
        row.seed_id: offered_for_row(session.project, row, node=node, centres=centres, index=index)
        for row in page.rows
    }
    offers = _offers(session, node, {node_id for likes in found.values() for node_id in likes.morphs})
    return {
        seed_id: {"likes": [offers[node_id] for node_id in likes.morphs], "into": likes.into}
        for seed_id, likes in found.items()
    }


def _offers(session: Session, node: np.ndarray, node_ids: set[int]) -> dict[int, dict[str, Any]]:
    """Return what is shown of morphs that are offered: title and a typical object."""
    if not node_ids:
        return {}
    with session.project.read() as conn:
        titles = {node_id: tree.get(conn, node_id).title for node_id in node_ids}
    return {
        node_id: {"node": node_id, "title": title, "object": _typical(session, node, node_id)}
        for node_id, title in titles.items()
    }


def _typical(session: Session, node: np.ndarray, node_id: int) -> int:
    """Return the most typical object of a morph, the same one while it is a member and their number is the same."""
    known: dict[int, tuple[int, int]] = session.memo.setdefault("typical object", {})
    members = np.flatnonzero(node == node_id)
    size, former = known.get(node_id, (0, 0))
    if size != len(members) or node[former] != node_id:
        known[node_id] = len(members), int(memory.centres(session).typical(members, 1)[0])
    return known[node_id][1]


def _tell(judged: review.JudgedPage) -> str:
    refused = parts.count(judged.refused, "seed")
    if not judged.accepted:
        return f"Last page: {refused} refused."
    with_objects = (
        f"{parts.count(judged.accepted, 'seed')} accepted with {parts.count(judged.members, 'object')}"
    )
    return f"Last page: {with_objects}, {refused} refused."


def _progress(session: Session, page: StripPage) -> list[Component]:
    """Return how far the round is, as a bar and in words."""
    all_of_round = page.judged + page.pending
    share = page.judged / all_of_round
    words = f"Round {page.round}: {page.judged:,} of {parts.count(all_of_round, 'seed')} judged, {page.pending:,} left."
    bar = html.Div(
        html.Div(className="review-bar-done", style={"width": f"{100 * share:.1f}%"}),
        className="review-bar",
        role="progressbar",
        **{
            "aria-label": "seeds judged in this round",
            "aria-valuemin": "0",
            "aria-valuemax": str(all_of_round),
            "aria-valuenow": str(page.judged),
        },
    )
    return [
        bar,
        html.Span(words),
        *asked.link(session),
        html.Span(_sorted(session)),
        *_lesson(page),
        *_outlook(page),
    ]


def _lesson(page: StripPage) -> list[Component]:
    """Return what the last audit of a round teaches, where it fell short."""
    if page.audited is None or page.audited >= ENOUGH:
        return []
    wrong = f"about {1 - page.audited:.0%}" if page.audited > HALF else "many"
    return [
        html.Span(
            f"The last audit found {wrong} wrong among what came in unseen. Rows are longer now; cut them "
            "earlier.",
            className="review-outlook",
        )
    ]


def _outlook(page: StripPage) -> list[Component]:
    """Return what the page will bring, going by the seeds judged so far."""
    if page.expected is None:
        return []
    brings = f"This page will bring about {parts.count(round(page.expected), 'object')}"
    if page.is_worth_it:
        return [html.Span(f"{brings}.")]
    return [
        html.Span(
            [
                f"{brings}, so few for a click that the rest of this round is hardly worth your time. ",
                dcc.Link("Find smaller seeds", href="/#seeds"),
                " or ",
                dcc.Link("grow the morphs", href="/grow"),
                ".",
            ],
            className="review-outlook",
        )
    ]


def _sorted(session: Session) -> str:
    node = session.membership.node
    free = int(np.count_nonzero(node < 0))
    return f"{len(node) - free:,} of {parts.count(len(node), 'object')} sorted, {free:,} free."


def _sizes(cell: int | None) -> Component:
    """Return links that choose the size of the images."""
    current = SIZES["fit"] if cell is None else f"?cell={cell}"
    links = [
        dcc.Link(
            name,
            href=f"{PATH}{query}",
            className="review-size review-size-now" if query == current else "review-size",
        )
        for name, query in SIZES.items()
    ]
    return html.Nav(
        [html.Span("Images:"), *links], className="review-sizes", **{"aria-label": "Size of the images"}
    )


def _cell(query: dict[str, str]) -> int | None:
    """Return the size of images that the address asks for; None fits the page into the window."""
    text = query.get("cell", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 and int(text) in CELLS else None


def _nothing(session: Session, page: StripPage) -> Component:
    """Return why there is no seed to judge, and what to do."""
    project = session.project
    if not page.round:
        if not morphospace.describe(project):
            return parts.empty(
                "There are no seeds to judge yet.",
                "Seeds are found in the morphospace, and this project has none yet.",
                link=("See what to do next", "/"),
            )
        return parts.empty(
            "There are no seeds to judge yet.", link=("Find the first round of seeds", "/#seeds")
        )
    free = int(np.count_nonzero(session.membership.node < 0))
    said = [_round(session, page), _sorted(session)]
    if page.spent:
        are = "seed is pending and has" if page.spent == 1 else "seeds are pending and have"
        said.append(f"{page.spent:,} more {are} no free object any more; nothing is left to judge there.")
    but = f", but for {page.asked:,} with a question" if page.asked else ""
    return parts.empty(
        f"Every seed is judged{but}.",
        *said,
        html.Ol(_then(session, free), className="review-then"),
    )


def _then(session: Session, free: int) -> list[Component]:
    """Return what can be done when a round is over, in the order in which it is mostly done."""
    ways = []
    has_members = free < len(session.membership.node)
    unseen = unseen_of_rounds(
        session.project, membership=session.membership, index=memory.seed_index(session)
    )
    if len(unseen):
        newest = unseen.index.get_level_values("round").max()
        what = "how many are right of those that came in unseen with their seeds"
        ways.append((f"Audit round {newest}", f"/audit/round/{newest}", what))
    if has_members and free:
        ways.append(("Offer the free objects in bulk", "/grow/all", "each to its best morph, certified once"))
        ways.append(("Grow the morphs", "/grow", "one by one, with a stated precision"))
    if free >= FEWEST:
        ways.append(("Find the next round of seeds", "/#seeds", "among the objects that are free"))
    if has_members:
        ways.append(("Merge what is the same", "/same", "pairs of morphs that look alike"))
        ways.append(("Arrange the morphs", "/tree", "in branches, by likeness"))
        ways.append(("Name the morphs", "/names", "then see their diversity over time"))
    return [
        html.Li([parts.link(label, href, key=str(number)), f" {why}"])
        for number, (label, href, why) in enumerate(ways, start=1)
    ]


def _round(session: Session, page: StripPage) -> str:
    listing = seeds.listing(session.project)
    states = listing.loc[listing["round"] == page.round, "state"].value_counts()
    accepted, refused = int(states.get("confirmed", 0)), int(states.get("discarded", 0))
    return f"Round {page.round}: {parts.count(accepted, 'seed')} accepted, {refused:,} refused."
