"""One seed in full: wrong ones are clicked out, then it is confirmed, merged, split or discarded."""

from __future__ import annotations

from typing import Any

import numpy as np
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.review.strips import waiting
from morphoexplore.store import seeds
from morphoexplore_app import ids, memory, parts
from morphoexplore_app.components import Gallery
from morphoexplore_app.deciding import decide
from morphoexplore_app.pages import asked, growing, seed_parts
from morphoexplore_app.pages.beside import HEIGHT, gallery_button
from morphoexplore_app.pages.seed_aside import about, fields, like, settled
from morphoexplore_app.session import Session

PATH, LABEL, KEY = "/seed/<seed_id>", None, None
BELONGS_TO = "/review"
PAGE = "seed"
ANSWERED = "seed-answered"
MOST = 1000  # objects that are shown at once; a larger seed has pages
ROWS = 500  # objects of such a page
CELL = 96


def layout(session: Session, *, seed_id: int, query: dict[str, str]) -> Component:
    """Return the page of a seed."""
    version = session.version
    with session.project.read() as conn:
        seed = seeds.get(conn, seed_id)
    free = free_objects(session, seed_id)
    state = {"seed": seed_id, "version": version, "page": 0, "wrong": [], "looked": [], "seen": {}}
    always = [
        dcc.Store(id=ids.outcome(PAGE)),
        dcc.Store(id=ids.SEED_STATE, data=state),
        dcc.Location(id=ids.SEED_GO, refresh="callback-nav"),
        dcc.Store(id=ids.outcome(seed_parts.PAGE)),
        dcc.Store(id=ids.outcome(ANSWERED)),
        dcc.Location(id=ids.SEED_PARTS_GO, refresh="callback-nav"),
    ]
    previous, following, place = neighbours(session, seed_id)
    tools = _links(previous, following)
    if seed.state != "pending" or not len(free):
        nothing = settled(session, seed, memory.seed_index(session).objects_of(seed_id))
        return parts.page(f"Seed {seed_id}", *always, nothing, tools=tools)
    cut = seed_parts.asked(query)
    if cut is not None:
        shown = seed_parts.layout(session, seed_id, cut, following)
        return parts.page(f"Seed {seed_id}, cut in {cut}", *always, *shown)
    tools += seed_parts.links(seed_id, len(free))
    return parts.page(
        f"Seed {seed_id}",
        *always,
        html.Div(
            className="beside",
            children=[
                html.Div(
                    [
                        html.P(
                            "All free objects of the seed, from typical to strange. Click the wrong ones: they stay free, the rest "
                            "becomes a morph.",
                            className="caption",
                        ),
                        html.Div(_actions(len(free)), className="grow-actions"),
                        Gallery(
                            id=ids.SEED_GALLERY,
                            label=f"Objects of seed {seed_id}, from typical to strange",
                            cell=CELL,
                            height=HEIGHT,
                            focus=True,
                            **_shown(free, state),
                        ),
                    ],
                    className="beside-main judge-gallery",
                ),
                html.Aside(
                    [*about(seed, len(free), place), *fields(session, seed_id), *like(session, seed_id)],
                    className="beside-aside",
                    **{"aria-label": "About the seed"},
                ),
            ],
        ),
        tools=tools,
    )


def register(app: Dash, session: Session) -> None:
    """Register the callbacks of the page."""
    seed_parts.register(app, session)

    @app.callback(
        Output(ids.SEED_GALLERY, "objects"),
        Output(ids.SEED_GALLERY, "version"),
        Output(ids.SEED_GALLERY, "notes"),
        Output(ids.SEED_PAGES, "children"),
        Output(ids.SEED_STATE, "data"),
        Output(ids.outcome(PAGE), "data"),
        Output(ids.SEED_GO, "href"),
        Input(ids.SEED_GALLERY, "action"),
        State(ids.SEED_STATE, "data"),
        State(ids.SEED_NAME, "value"),
        State(ids.SEED_FLAG, "value"),
        prevent_initial_call=True,
    )
    def act(
        action: dict[str, Any] | None, state: dict[str, Any], name: str | None, question: str | None
    ) -> tuple[Any, ...]:
        if not action:
            return (no_update,) * 7
        free = free_objects(session, state["seed"])
        state = seen_until(state, action)
        if action["name"] in ("earlier", "later"):
            state = turned(state, 1 if action["name"] == "later" else -1, len(free))
            shown = _shown(free, state)
            return (
                shown["objects"],
                shown["version"],
                shown["notes"],
                page_words(len(free), state),
                state,
                no_update,
                no_update,
            )
        _, following, _ = neighbours(session, state["seed"])
        outcome = decide(
            session, state["version"], lambda: judge(session, action, state, free, name, question)
        )
        nothing = (no_update,) * 4
        if not outcome["is_done"]:
            return *nothing, no_update, outcome, no_update
        if action["name"] == "split":
            return *nothing, no_update, outcome | {"redraw": True}, no_update
        return *nothing, no_update, outcome, "/review" if following is None else f"/seed/{following}"

    @app.callback(
        Output(ids.outcome(ANSWERED), "data"),
        Input(ids.SEED_ANSWERED, "n_clicks"),
        State(ids.SEED_STATE, "data"),
        prevent_initial_call=True,
    )
    def take_off(clicks: int | None, state: dict[str, Any]) -> Any:
        if not clicks:
            return no_update

        def act() -> str:
            review.ask(session.project, state["seed"], None)
            return f"The question is off seed {state['seed']}."

        return decide(session, state["version"], act) | {"redraw": True}


def judge(
    session: Session,
    action: dict[str, Any],
    state: dict[str, Any],
    free: np.ndarray,
    name: str | None,
    question: str | None,
) -> str:
    """Make the decision of an action; return what to say."""
    project, seed_id, what = session.project, state["seed"], action["name"]
    wrong, shown = state["wrong"], seen_objects(free, state)
    if what == "discard":
        review.discard(project, seed_id, shown=shown)
        return f"Seed {seed_id} is refused."
    if what == "ask":
        review.ask(project, seed_id, question)
        return (
            f"Seed {seed_id} waits with its question."
            if (question or "").strip()
            else f"The question is off seed {seed_id}."
        )
    if what == "split":
        made = review.gather(project, wrong, name=name, shown=shown)
        return f"{parts.count(len(wrong), 'object')} went to {growing.title(session, made)[0]}; the seed goes on with the rest."
    unseen = np.setdiff1d(wrong, shown)
    if len(unseen):
        message = (
            f"{parts.count(len(unseen), 'clicked image was', 'clicked images were')} never on the screen. Scroll to "
            "the end of what is clicked, then confirm."
        )
        raise DecisionError(message)
    into = int(what.removeprefix("into-")) if what.startswith("into-") else None
    made = review.confirm(
        project,
        seed_id,
        wrong=wrong,
        shown=shown,
        into=into,
        name=(name or "").strip() or None if into is None else None,
        flag=question or "",  # the field shows what was asked on the seed
    )
    return f"Seed {seed_id} is {'part of ' if into else ''}{growing.title(session, made)[0]} now."


def free_objects(session: Session, seed_id: int) -> np.ndarray:
    """Return the free objects of a seed, from typical to strange."""
    objects = memory.seed_index(session).objects_of(seed_id)
    return objects[session.membership.node[objects] < 0]


def neighbours(session: Session, seed_id: int) -> tuple[int | None, int | None, tuple[int, int] | None]:
    """
    Return the seeds before and after one in the order of review, round the corner, and its place among how many.

    As on the page of strips, seeds that wait with a question are left out; such a one has no place, and the first follows.
    """
    queue, _ = waiting(session.project, session.membership.node, memory.seed_index(session))
    with_question = asked.seeds_with_question(session)
    numbers = [seed.seed_id for seed in queue if seed.seed_id not in with_question]
    if seed_id not in numbers:
        return (numbers[-1], numbers[0], None) if numbers else (None, None, None)
    at = numbers.index(seed_id)
    place = (at + 1, len(numbers))
    if len(numbers) == 1:
        return None, None, place
    return numbers[at - 1], numbers[(at + 1) % len(numbers)], place


def seen_until(state: dict[str, Any], action: dict[str, Any]) -> dict[str, Any]:
    """Return the state with what was clicked out and seen on the page that is shown."""
    clicked, looked = (action["objects"], action["looked"]) if action["selected"] else ([], [])
    seen = state["seen"] | {str(state["page"]): max(action["seen"], state["seen"].get(str(state["page"]), 0))}
    known = {"wrong": sorted({*state["wrong"], *clicked}), "looked": sorted({*state["looked"], *looked})}
    return state | known | {"seen": seen}


def turned(state: dict[str, Any], by: int, size: int) -> dict[str, Any]:
    """Return the state of another page of a large seed."""
    return state | {"page": min(max(state["page"] + by, 0), page_count(size) - 1)}


def page_count(size: int) -> int:
    """Return the number of pages of a seed of so many objects."""
    return 1 if size <= MOST else -(-size // ROWS)


def page_of(objects: np.ndarray, page: int) -> np.ndarray:
    """Return the objects of one page of a seed."""
    return objects if len(objects) <= MOST else objects[page * ROWS : (page + 1) * ROWS]


def seen_objects(objects: np.ndarray, state: dict[str, Any]) -> np.ndarray:
    """Return those of a seed's objects that were on the screen."""
    parts_seen = [page_of(objects, int(page))[:count] for page, count in state["seen"].items()]
    return np.unique(np.concatenate([np.array(state["looked"], np.int64), *parts_seen]))


def page_words(size: int, state: dict[str, Any]) -> list[Component]:
    """Return which page of a large seed is shown, with the way to the others."""
    pages = page_count(size)
    if pages == 1:
        return []
    wrong = len(state["wrong"])
    words = f"page {state['page'] + 1} of {pages}" + (f", {wrong:,} clicked out so far" if wrong else "")
    return [
        _button("Earlier", "earlier", "[", "more typical objects", disabled=state["page"] == 0),
        html.Span(words),
        _button("Later", "later", "]", "stranger objects", disabled=state["page"] == pages - 1),
    ]


def _shown(free: np.ndarray, state: dict[str, Any]) -> dict[str, Any]:
    """Return the properties of the gallery."""
    objects = page_of(free, state["page"]).tolist()
    wrong = set(state["wrong"])
    return {
        "objects": objects,
        "version": f"{state['seed']}-{state['version']}-{state['page']}",
        "notes": {one: "clicked out" for one in objects if one in wrong},
    }


def _actions(size: int) -> list[Component]:
    state = {"page": 0, "wrong": []}
    return [
        _button(
            "Confirm without the clicked",
            "confirm",
            "a",
            "confirm; the clicked ones stay free",
            variant="filled",
        ),
        _button(
            "Clicked to a new morph",
            "split",
            "s",
            "make the clicked ones a morph of their own; the seed goes on",
        ),
        _button("Refuse", "discard", "d", "refuse the seed; its objects stay free"),
        html.Div(page_words(size, state), id=ids.SEED_PAGES, className="pager"),
    ]


def _button(label: str, name: str, key: str, help: str, **properties: Any) -> Component:
    return gallery_button(ids.SEED_GALLERY, name, label, key=key, help=help, **properties)


def _links(previous: int | None, following: int | None) -> list[Component]:
    links = [parts.link("All seeds", "/review", key="b", help="back to the rows of seeds")]
    if following is not None:
        links.append(
            parts.link(
                "Previous",
                f"/seed/{previous}",
                key="p",
                help="the seed before this one in the order of review",
            )
        )
        links.append(
            parts.link(
                "Skip",
                f"/seed/{following}",
                key="n",
                help="the next seed in the order of review; this one stays pending",
            )
        )
    return links
