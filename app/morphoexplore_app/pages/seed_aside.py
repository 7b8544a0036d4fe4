"""What stands beside the objects of a seed: facts, name and question, the morphs it may be the same as."""

from __future__ import annotations

import dash_mantine_components as dmc
import numpy as np
from dash import dcc, html
from dash.development.base_component import Component

from morphoexplore import review
from morphoexplore.errors import StepMissingError
from morphoexplore.records import SeedRecord
from morphoexplore.steps.naming import suggestions
from morphoexplore.store import tree
from morphoexplore_app import ids, memory, parts
from morphoexplore_app.pages import asked, growing
from morphoexplore_app.pages.beside import facts, gallery_button, strip
from morphoexplore_app.session import Session

LIKE = 3  # morphs that are offered to merge with
IMAGES = 6  # of each
MOST_NAMES = 500  # in use, or among the annotations that objects brought along
SIDE = 46  # px, so that they fit beside the gallery


def about(seed: SeedRecord, free: int, place: tuple[int, int] | None) -> list[Component]:
    """Return what is known of a pending seed; *place* among how many in review, None where it waits with a question."""
    gone = f" of {seed.size:,}" if free < seed.size else ""
    rows = [
        ("Place in review", "waits with its question" if place is None else f"{place[0]:,} of {place[1]:,}"),
        ("Free objects", f"{free:,}{gone}"),
        ("Round", str(seed.round)),
        ("Spread (small: dense)", f"{seed.density:.2f}"),
    ]
    return [html.H2("Pending seed"), facts(rows)]


def fields(session: Session, seed_id: int) -> list[Component]:
    """Return what a person may say about the seed, and the morph that it becomes."""
    names = list(suggestions(session.project, node=session.membership.node).names)[:MOST_NAMES]
    return [
        html.H2("Name and question"),
        _label("Name of the new morph", ids.SEED_NAME, "r", "name the new morph (Enter: back to the images)"),
        dmc.Autocomplete(id=ids.SEED_NAME, data=names, limit=8, size="sm", placeholder="none"),
        _label("Question to a colleague", ids.SEED_FLAG, "!", "write a question (Enter: back to the images)"),
        dmc.TextInput(
            id=ids.SEED_FLAG, size="sm", placeholder="none", value=asked.on_seed(session, seed_id) or ""
        ),
        html.P(
            gallery_button(
                ids.SEED_GALLERY,
                "ask",
                "Ask, and skip",
                key="k",
                help="the seed waits with its question, and is not among the rows; empty takes it off",
            )
        ),
        html.P("Confirmed with a question, its morph is flagged with it.", className="quiet"),
    ]


def _label(text: str, field: str, key: str, help: str) -> Component:
    """Return the label of a field; its key clicks the label, which leads into the field."""
    shown = {"data-key": key, "data-help": help}
    return html.Label([text, dmc.Kbd(key, size="xs")], htmlFor=field, className="field-label", **shown)


def like(session: Session, seed_id: int) -> list[Component]:
    """Return the morphs that the seed may be the same as, none where nothing is embedded."""
    try:
        found = review.nearest_morphs(
            session.project,
            seed_id,
            LIKE,
            membership=session.membership,
            index=memory.seed_index(session),
            centres=memory.centres(session),
        )
    except StepMissingError:
        return []
    if not found:
        return []
    strips = growing.typical(session, [one.node_id for one in found], IMAGES)
    return [
        html.H2("The same as one of these?"),
        *(_like_one(one, strips.get(one.node_id, []), place) for place, one in enumerate(found, start=1)),
    ]


def _like_one(one: review.LikeMorph, images: list[int], place: int) -> Component:
    """Return a morph that the seed may be the same as, with the button that merges it."""
    return html.Div(
        [
            html.Div(
                [
                    dcc.Link(one.title, href=f"/grow/{one.node_id}", className="like-title", title=one.title),
                    html.Span(
                        f"{one.members:,}", className="quiet", title=parts.count(one.members, "member")
                    ),
                    gallery_button(
                        ids.SEED_GALLERY,
                        f"into-{one.node_id}",
                        "Merge",
                        key=f"m {place}",
                        help=f"confirm as part of {one.title}",
                    ),
                ],
                className="like-head",
            ),
            strip(images, f"Typical members of {one.title}", SIDE),
        ],
        className="like",
    )


def settled(session: Session, seed: SeedRecord, objects: np.ndarray) -> Component:
    """Return what became of a seed that is not to be judged, with the question that still stands on it."""
    question = asked.on_seed(session, seed.seed_id)
    return html.Div(
        [_settled(session, seed, int((session.membership.node[objects] < 0).sum()))]
        + ([] if question is None else _unanswered(session, objects, question))
    )


def _unanswered(session: Session, objects: np.ndarray, question: str) -> list[Component]:
    """Return the question on a seed that cannot be judged any more, where its objects are, and how to take it off."""
    node = session.membership.node[objects]
    numbers, counts = np.unique(node[node >= 0], return_counts=True)
    order = np.argsort(-counts, kind="stable")[:LIKE]
    titles = tree.nodes(session.project)
    places = [
        html.Li(
            [
                dcc.Link(titles[int(numbers[at])].title, href=f"/tree?node={numbers[at]}"),
                f": {parts.count(int(counts[at]), 'object')} of it",
            ]
        )
        for at in order
    ]
    return [
        html.Section(
            [
                html.H2("Question to a colleague"),
                html.P(question),
                html.Ul(places),
                parts.action(
                    "Answered",
                    ids.SEED_ANSWERED,
                    key="k",
                    help="take the question off the seed",
                    variant="default",
                ),
            ],
            className="empty seed-question",
        )
    ]


def _settled(session: Session, seed: SeedRecord, free: int) -> Component:
    if seed.state == "confirmed" and seed.node_id is not None:
        title = growing.title(session, seed.node_id)[0]
        return parts.empty(
            f"Seed {seed.seed_id} was confirmed.", link=(f"It is in {title}", f"/grow/{seed.node_id}")
        )
    if seed.state == "discarded":
        return parts.empty(
            f"Seed {seed.seed_id} was refused.",
            f"Of its {parts.count(seed.size, 'object')} {free:,} are free.",
            link=("To the seeds", "/review"),
        )
    if seed.state == "replaced":
        return parts.empty(
            f"Seed {seed.seed_id} was never judged; a later round replaced it.",
            link=("To the seeds", "/review"),
        )
    return parts.empty(
        f"Nothing of seed {seed.seed_id} is free any more.",
        "All its objects are members of morphs by now, so there is nothing left to judge.",
        link=("To the seeds", "/review"),
    )
