"""What stands beside the candidates of a morph: how its growth goes, and why there are none."""

from __future__ import annotations

import numpy as np
from dash import html
from dash.development.base_component import Component

from morphoexplore.store.schema import ORIGINS
from morphoexplore_app import parts
from morphoexplore_app.pages import growing
from morphoexplore_app.pages.beside import facts
from morphoexplore_app.session import Session

LAST = 6  # pages whose share of right ones is shown
ORIGIN_WORDS = {
    "looked": "looked at",
    "seed": "with their seed",
    "grown": "grown unseen",
    "imported": "imported",
}


def aside(session: Session, node_id: int, offer: growing.Offer, unseen: int = 0) -> list[Component]:
    """Return members, growth so far and evidence; *unseen* images of the last page were not judged."""
    membership = session.membership.state
    mine = membership.node == node_id
    growth = growing.growth(session, node_id)
    counts = np.bincount(membership.origin[mine], minlength=len(ORIGINS)).tolist()
    how = dict(zip(ORIGINS, counts, strict=True))
    rows = [
        ("in all", f"{sum(counts):,}"),
        *((ORIGIN_WORDS[word], f"{count:,}") for word, count in how.items() if count),
    ]
    return [
        html.H2("Members"),
        facts(rows),
        html.H2("This growth"),
        facts([("accepted", f"{growth.accepted:,}"), ("found wrong", f"{growth.rejected:,}")]),
        *_last_pages(growth),
        *(
            [
                html.P(
                    "Few were right on the last page. Probably complete (c).", className="hint", role="status"
                )
            ]
            * growth.is_starved
        ),
        *(
            [
                html.P(
                    f"{parts.count(unseen, 'image')} below the edge {'was' if unseen == 1 else 'were'} not seen; they come again."
                )
            ]
            * (unseen > 0)
        ),
        html.H2("This page"),
        html.P(_evidence(offer)),
    ]


def _last_pages(growth: growing.Growth) -> list[Component]:
    pages = growth.pages[-LAST:]
    if not pages:
        return []
    bars = []
    for right, wrong in pages:
        share = right / max(right + wrong, 1)
        text = f"{right} of {right + wrong}"
        bars.append(
            html.Li(
                [html.Span(style={"width": f"{100 * share:.0f}%"}), html.Span(f"{text} right")],
                className="share" + (" share-low" if share < growing.STARVED else ""),
            )
        )
    return [html.P("Last pages, the newest last:", className="quiet"), html.Ol(bars, className="shares")]


def _evidence(offer: growing.Offer) -> str:
    n = len(offer.objects)
    if not offer.is_ranked:
        return (
            "Nothing else is known yet, so the candidates are ordered by their distance to the members. "
            "More morphs, and wrong ones clicked out, make the order better."
        )
    of_all = (
        f" Of all free objects, {offer.nearer:,} or more are." if offer.nearer > offer.nearer_here else ""
    )
    if offer.nearer_here >= n:
        return f"All {n} are nearer to this morph than to anything else that is known.{of_all}"
    if not offer.nearer_here:
        return "None of these is nearer to this morph than to something else that is known. Look closely."
    return (
        f"{offer.nearer_here} of these {n} {'is' if offer.nearer_here == 1 else 'are'} nearer to this morph than to anything else that is known. "
        "Forms that are in no morph yet are not known: look at each."
    )


def nothing(session: Session, node_id: int, title: str, *, is_embedded: bool) -> Component:
    """Return why there are no candidates."""
    if not is_embedded:
        return parts.empty(
            "Candidates are ranked in the morphospace, and this project has none yet.",
            link=("See what to do next", "/"),
        )
    node = session.membership.node
    if not (node < 0).any():
        return parts.empty(
            "No object is free any more: everything is sorted.", link=("To the morphs", "/grow")
        )
    if not (node == node_id).any():
        return parts.empty(
            f"{title} has no members yet, so nothing can be like them.",
            "Put a few objects into it first.",
            link=("To the morphs", "/grow"),
        )
    return parts.empty(
        f"There are no candidates for {title}.",
        "Every free object was found not to be of this morph, or has no features.",
        link=("To the morphs", "/grow"),
    )
