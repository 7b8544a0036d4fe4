"""Audits: how precise each morph is, those first of which least is known, and a figure for the whole project."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from dash import Dash, html
from dash.development.base_component import Component

from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.review import SurveyStep
from morphoexplore.review.rounds import unseen_of_rounds
from morphoexplore.review.unfinished import is_outgrown
from morphoexplore.store import tree
from morphoexplore_app import memory, parts, precision
from morphoexplore_app.pages import begun, drafts, growing, surveying
from morphoexplore_app.pages.beside import strip
from morphoexplore_app.pages.pager import pager
from morphoexplore_app.pages.tree import addresses
from morphoexplore_app.session import Session

PATH, LABEL, KEY = "/audit", None, None
BELONGS_TO = "/tree"
ROWS = 30  # morphs on a page
IMAGES = 6


def layout(session: Session, *, query: dict[str, str]) -> Component:
    """Return the list of morphs with members that nobody looked at, the weakest first."""
    known = precision.of_all(session)
    nodes = tree.nodes(session.project)
    known = known[known.index.isin(list(nodes))]
    open_ = known[known["unseen"] > 0]
    if known.empty:
        return parts.page(
            "Audit", parts.empty("There are no morphs to audit yet.", link=("Review the seeds", "/review"))
        )
    if open_.empty:
        return parts.page(
            "Audit",
            parts.empty(
                "Every member was looked at.",
                f"There is nothing to audit in {parts.count(len(known), 'morph')}.",
                link=("To the tree", "/tree"),
            ),
            tools=[_second_look()],
        )
    order = weakest_first(open_)
    pages = -(-len(order) // ROWS)
    page = min(addresses.page(query), pages)
    shown = order.iloc[(page - 1) * ROWS : page * ROWS]
    numbers = [int(one) for one in shown.index]
    strips = growing.typical(session, numbers, IMAGES)
    first = int(order.index[0])
    return parts.page(
        "Audit",
        *begun.listing(session, kinds=("audit", "round")),
        _project(session),
        _rounds(session),
        html.H2(
            f"{parts.count(len(order), 'morph')} with members that nobody looked at, least known first",
            className="audit-head",
        ),
        html.Ul(
            [
                _row(session, number, row, strips.get(number, []))
                for number, row in zip(numbers, shown.to_dict("records"), strict=True)
            ],
            className="morphs",
        ),
        *pager(
            page,
            pages,
            lambda one: f"{PATH}?page={one}",
            of="morphs",
            before="less known",
            after="better known",
        ),
        tools=[
            _second_look(),
            parts.link(
                "Audit the first", f"{PATH}/{first}", key="n", help="a random sample of the first morph"
            ),
        ],
    )


def register(app: Dash, session: Session) -> None:
    """Register nothing: the page is links."""
    del app, session


def weakest_first(known: pd.DataFrame) -> pd.DataFrame:
    """
    Order morphs: first those of which nothing is stated, then the weakest, the oldest.

    Of the former those with most unseen members that are in no sample, then those with most that are only in one of others too.
    """
    sampled = known["covered"] + known["pooled"]
    keyed = known.assign(
        is_known=known["bound"].notna(),
        in_none_first=np.where(known["bound"].isna(), sampled - known["unseen"], 0),
        weak=known["bound"].fillna(0.0),
        unseen_first=np.where(known["bound"].isna(), -known["unseen"], 0),
        when=known["time"].fillna(""),
    )
    order = keyed.sort_values(
        ["is_known", "in_none_first", "unseen_first", "weak", "when"], kind="stable"
    ).index
    return known.loc[order]


def _second_look() -> Component:
    return parts.link(
        "A second look",
        "/audit/doubts",
        key="l",
        help="members that lie farther from their morph than from others: slips of the hand",
    )


def _project(session: Session) -> Component:
    found = precision.of_project(session)
    members, unseen, covered = int(found["members"]), int(found["unseen"]), int(found["covered"])
    unknown = unseen - covered
    said = [
        f"{parts.count(members, 'member')}: {members - unseen:,} looked at, {covered:,} unseen with a stated precision, {unknown:,} unseen of which it is not known."
    ]
    if found["passed"]:
        said.append(
            f"{int(found['passed']):,} of those looked at were judged by the last good image only, of a row or of candidates: they count as no better "
            "than what came in unseen with them."
        )
    if covered:
        said.append(
            f"Among those that are known: about {round(found['expected']):,} wrong expected, {int(found['most']):,} at most "
            f"(at least {precision.percent(found['precision'])} right, with 95% confidence)."
        )
    else:
        said.append("How many of them are wrong is not known before an audit or a growth with a certificate.")
    return html.Section(
        [html.H2("The whole project", className="audit-head"), *(html.P(one) for one in said)]
    )


def _rounds(session: Session) -> Component:
    """Return the rounds that brought members unseen, each with the way to its audit."""
    counts = _unseen_of_rounds(session)
    if not counts:
        return html.Div()
    links = [
        html.Li(
            parts.link(
                f"Round {number}: {count:,} unseen",
                f"{PATH}/round/{number}",
                key=f"r {number}",
                help=f"audit what came in unseen with the seeds of round {number}",
            )
        )
        for number, count in counts.items()
    ]
    return html.Section(
        [
            html.H2("Rounds", className="audit-head"),
            html.P(
                "One sample for all seeds of a round: cheaper than one for each morph, but it speaks of them together."
            ),
            html.Ul(links, className="audit-rounds"),
        ]
    )


def _unseen_of_rounds(session: Session) -> dict[int, int]:
    unseen = unseen_of_rounds(
        session.project, membership=session.membership, index=memory.seed_index(session)
    )
    counts = unseen.map(len).groupby(level="round").sum()
    return {int(str(number)): int(count) for number, count in counts.items()}


def _row(session: Session, node_id: int, row: dict[Any, Any], images: list[int]) -> Component:
    title = growing.title(session, node_id)[0]
    stated = (
        precision.UNKNOWN
        if pd.isna(row["bound"])
        else f"at least {precision.percent(row['bound'])} of the unseen"
    )
    samples = (
        f"{int(row['looked']):,} looked at, {int(row['wrong']):,} wrong, {precision.date(row['time'])}"
        if row["looked"]
        else "audited with others only"
        if row["pooled"]
        else ""
    )
    return html.Li(
        parts.row_link(
            [
                html.Span(html.Span(title, className="morph-title", title=title), className="morph-name"),
                html.Span(f"{int(row['unseen']):,} unseen", className="morph-size"),
                strip(images, f"Typical members of {title}", 48),
                html.Span(
                    [
                        html.Strong(
                            stated,
                            className="precision" + (" is-unknown" if stated == precision.UNKNOWN else ""),
                        ),
                        html.Span(f"; {samples}" if samples else "", className="quiet"),
                    ],
                    title=precision.about(session, node_id),
                ),
            ],
            f"{PATH}/{node_id}",
        )
    )


def survey(session: Session, title: str, kind: str, number: int) -> Component:
    """Return the page of an audit, of a morph (kind ``audit``) or a ``round``."""
    tools = [parts.link("All audits", PATH, key="u", help="the list of morphs to audit")]
    draft = {"kind": kind, "node_id" if kind == "audit" else "round": number}
    try:
        step = _begun(session, kind, number) or drafts.step(session, draft)
    except DecisionError as error:
        return parts.page(title, parts.empty(str(error), link=("To the audits", PATH)), tools=tools)
    return surveying.page(session, step, title, following=PATH, tools=tools, draft=draft)


def _begun(session: Session, kind: str, number: int) -> SurveyStep | None:
    """Return where an audit was left, None where none was begun that still speaks of all members."""
    project = session.project
    for survey in review.open_surveys(project, kind):
        is_it = number == (survey.node_id if kind == "audit" else survey.round)
        if is_it and not is_outgrown(
            project, survey, membership=session.membership, index=memory.seed_index(session)
        ):
            step = review.survey_step(project, survey.survey_id, membership=session.membership)
            if step.phase != "done":
                return step
    return None
