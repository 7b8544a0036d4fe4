"""
Growing one morph: with a stated precision, MorphoCluster's way, or page by page.

Page by page candidates are shown, the most likely first; wrong ones are clicked out, one key for the next page. The other
ways are surveys (:mod:`morphoexplore_app.pages.surveying`).
"""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from morphoexplore import review
from morphoexplore.errors import DecisionError, StepMissingError
from morphoexplore.review import SurveyStep
from morphoexplore_app import ids, parts
from morphoexplore_app.components import Gallery
from morphoexplore_app.deciding import decide
from morphoexplore_app.pages import drafts, growing, surveying
from morphoexplore_app.pages.beside import HEIGHT, choice, gallery_button, strip
from morphoexplore_app.pages.grow_aside import aside, nothing
from morphoexplore_app.session import Session

PATH, LABEL, KEY = "/grow/<node_id>", None, None
BELONGS_TO = "/grow"
PAGE = "grow"
COMPLETE = "grow-complete"
SIZE = 60
SIZES = (30, 60, 120, 240)
CELL = 96
WAYS = {  # name of a way: label, key, help
    "ruler": ("with a stated precision", "v s", "find the border, then certify what lies within it"),
    "pages": ("page by page", "v p", "look at every candidate, the most likely first"),
    "gallop": ("gallop", "v g", "MorphoCluster's way to find the border, then certify"),
}
COMPLETING = {  # whether a morph is complete: what can be said about that
    False: ("Complete", "nothing more to grow for now; on to the next morph"),
    True: ("Grow on", "there is more to grow after all"),
}
TARGET, TARGETS = 0.95, (0.9, 0.95, 0.98)
REFERENCE = 14  # typical members shown above the candidates

HELP = (
    "Candidates, the most likely first. Click the wrong ones, then say what the page is; the next page comes at once. "
    "The cursor is the frame that the arrows move. Mostly wrong? Ctrl+A clicks all; click the right ones again."
)

# name of the action: label, key, help
ACTIONS = {
    "right": (
        "Right, except clicked",
        "f",
        "the page is right: accept it, except the clicked ones, which are wrong",
    ),
    "upto": (
        "Right up to the cursor",
        "u",
        "accept up to the cursor, except the clicked; the rest stays undecided",
    ),
    "from": (
        "Right before the cursor, then wrong",
        "w",
        "accept what is before the cursor, except the clicked; the rest is wrong",
    ),
    "none": ("None of these", "j", "the page is not right: all of it is wrong"),
}


def layout(session: Session, *, node_id: int, query: dict[str, str]) -> Component:
    """Return the page of a morph: the way that the address asks for."""
    if way_of(query) == "pages":
        return _pages(session, node_id, query)
    return _survey(session, node_id, query)


def _survey(session: Session, node_id: int, query: dict[str, str]) -> Component:
    """Return the survey of a morph where it was left, or a new one; or why there is none."""
    title, is_complete = growing.title(session, node_id)
    way, target = way_of(query), target_of(query)
    following = href(growing.next_incomplete(session, node_id))
    tools: list[Component] = [_ways(node_id, way)]
    draft = {"kind": "growth", "node_id": node_id, "mode": way, "target": target or TARGET}
    try:
        step = _begun(session, node_id, way, target) or drafts.step(session, draft)
    except (StepMissingError, DecisionError) as error:
        body = nothing(session, node_id, title, is_embedded=not isinstance(error, StepMissingError))
        return parts.page(f"Grow {title}", body, tools=[*tools, *_next(following)])
    label, help = COMPLETING[is_complete]
    what = ids.survey_say("reopen" if is_complete else "complete")
    tools.append(parts.action(label, what, key="c", help=help, variant="default"))
    if step.phase in ("ruler", "jump") and step.attempt == 1 and not step.looked:
        tools.insert(1, _targets(node_id, way, step.survey.target))
    return surveying.page(
        session, step, f"Grow {title}", following=following, tools=[*tools, *_next(following)], draft=draft
    )


def _begun(session: Session, node_id: int, way: str, target: float | None) -> SurveyStep | None:
    """Return what the survey of a morph shows where it was left, None where none was begun."""
    project = session.project
    for survey in review.open_surveys(project):
        is_it = survey.node_id == node_id and survey.parameters["mode"] == way
        if is_it and target in (None, survey.target):
            return review.survey_step(project, survey.survey_id, membership=session.membership)
    return None


def way_of(query: dict[str, str]) -> str:
    """Return how the address asks to grow: ``ruler``, ``gallop`` or ``pages``."""
    way = query.get("way")
    if way in WAYS:
        return way
    return "pages" if "page_size" in query else "ruler"


def target_of(query: dict[str, str]) -> float | None:
    """Return the precision that the address asks for, in percent there; None where it asks for none."""
    text = query.get("target", "")
    return next((one for one in TARGETS if text == f"{one:.0%}".rstrip("%")), None)


def _pages(session: Session, node_id: int, query: dict[str, str]) -> Component:
    """Return the next candidates of a morph, or why there are none."""
    title, is_complete = growing.title(session, node_id)
    size = page_size(query)
    following = growing.next_incomplete(session, node_id)
    version = session.version
    state: dict[str, Any] = {"node": node_id, "size": size, "is_complete": is_complete, "next": following}
    try:
        offer = growing.offer(session, node_id, size)
    except StepMissingError:
        offer = None
    if offer is not None and offer.objects:
        state |= {"version": min(version, offer.version), "objects": offer.objects}
        body = _candidates(session, node_id, title, offer)
    else:
        state |= {"version": version, "objects": []}
        body = nothing(session, node_id, title, is_embedded=offer is not None)
    return parts.page(
        f"Grow {title}",
        dcc.Store(id=ids.outcome(PAGE)),
        dcc.Store(id=ids.outcome(COMPLETE)),
        dcc.Store(id=ids.GROW_STATE, data=state),
        dcc.Location(id=ids.GROW_GO, refresh="callback-nav"),
        body,
        tools=[
            _ways(node_id, "pages"),
            *_sizes(node_id, size),
            *_tools(href(following, size), is_complete=is_complete),
        ],
    )


def _candidates(session: Session, node_id: int, title: str, offer: growing.Offer) -> Component:
    reference = growing.typical(session, [node_id], REFERENCE).get(node_id, [])
    main = [
        html.P("Typical members", className="caption"),
        strip(reference, f"Typical members of {title}"),
        html.P(HELP, className="caption"),
        html.Div([_button(name) for name in ACTIONS], className="grow-actions"),
        Gallery(
            id=ids.GROW_GALLERY,
            label=f"Candidates for {title}, the most likely first",
            cell=CELL,
            height=HEIGHT,
            focus=True,
            **_shown(offer),
        ),
    ]
    known = html.Aside(
        aside(session, node_id, offer),
        id=ids.GROW_ASIDE,
        className="beside-aside",
        **{"aria-label": "Growth"},
    )
    return html.Div([html.Div(main, className="beside-main judge-gallery"), known], className="beside")


def register(app: Dash, session: Session) -> None:
    """Register the callbacks of the page, and those of surveys, which other pages show too."""
    surveying.register(app, session)

    @app.callback(
        Output(ids.GROW_GALLERY, "objects"),
        Output(ids.GROW_GALLERY, "version"),
        Output(ids.GROW_GALLERY, "notes"),
        Output(ids.GROW_ASIDE, "children"),
        Output(ids.GROW_STATE, "data"),
        Output(ids.outcome(PAGE), "data"),
        Input(ids.GROW_GALLERY, "action"),
        State(ids.GROW_STATE, "data"),
        prevent_initial_call=True,
    )
    def judge(action: dict[str, Any] | None, state: dict[str, Any]) -> tuple[Any, ...]:
        if not action or action["name"] not in ACTIONS:
            return (no_update,) * 6
        node_id = state["node"]

        def act() -> None:
            accept, wrong, seen = judged(action, state["objects"])
            up_to = action["name"] == "upto"
            review.grow(session.project, node_id, accept, wrong=wrong, shown=seen, up_to=up_to)

        outcome = decide(session, state["version"], act)
        if not outcome["is_done"]:
            return *(no_update,) * 5, outcome
        offer = growing.offer(session, node_id, state["size"])
        if not offer.objects:
            return *(no_update,) * 5, outcome | {"redraw": True}
        shown = _shown(offer)
        return (
            shown["objects"],
            shown["version"],
            shown["notes"],
            aside(session, node_id, offer, unseen(action, state["objects"])),
            state | {"version": offer.version, "objects": offer.objects},
            outcome,
        )

    @app.callback(
        Output(ids.outcome(COMPLETE), "data"),
        Output(ids.GROW_GO, "href"),
        Input(ids.GROW_COMPLETE, "n_clicks"),
        State(ids.GROW_STATE, "data"),
        prevent_initial_call=True,
    )
    def complete(clicks: int | None, state: dict[str, Any]) -> tuple[Any, Any]:
        if not clicks:
            return no_update, no_update
        node_id, was_complete = state["node"], state["is_complete"]

        def act() -> str:
            review.complete(session.project, node_id, is_complete=not was_complete)
            title, _ = growing.title(session, node_id)
            return f"{title} grows on." if was_complete else f"{title} is complete."

        outcome = decide(session, state["version"], act)
        if not outcome["is_done"] or was_complete:
            return outcome | {"redraw": True}, no_update
        return outcome, href(state["next"], state["size"])


def judged(action: dict[str, Any], objects: list[int]) -> tuple[list[int], list[int], list[int]]:
    """
    Return what an action on a page means: objects accepted, objects wrong, and those whose image was seen.

    What was never on the screen is not wrong, and not right unless it stands before the cursor of "up to" and
    "from": it comes again.

    Raises
    ------
    DecisionError
        If nothing was judged.
    """
    name, cursor = action["name"], action["cursor"]
    clicked = set(action["objects"]) if action["selected"] else set()
    looked = {*objects[: action["seen"]], *action["looked"], objects[cursor]}
    reach = {"right": action["seen"], "upto": cursor + 1, "from": cursor, "none": 0}[name]
    accept = [one for one in objects[:reach] if one not in clicked]
    refused = clicked | set(objects[reach:] if name in ("from", "none") else [])
    seen = [one for one in objects if one in looked]
    wrong = [one for one in seen if one in refused]
    if not accept and not wrong:
        message = "Nothing was judged. Click the wrong ones, or press j where none is right."
        raise DecisionError(message)
    return accept, wrong, seen


def unseen(action: dict[str, Any], objects: list[int]) -> int:
    """Return how many images of a page that was judged as a whole were not judged, for they were not on the screen."""
    if action["name"] == "upto":
        return 0
    accept, wrong, _ = judged(action, objects)
    return len(objects) - len(accept) - len(wrong)


def page_size(query: dict[str, str]) -> int:
    """Return how many candidates the address asks for."""
    text = query.get("page_size", "")
    return min(max(int(text), 1), max(SIZES)) if text.isascii() and text.isdigit() and len(text) < 5 else SIZE


def href(node_id: int | None, size: int | None = None) -> str:
    """Return the address of the growth of a morph, page by page where a size is given; None: of the list of morphs."""
    if node_id is None:
        return BELONGS_TO
    sized = "" if size in (None, SIZE) else f"&page_size={size}"
    return f"{BELONGS_TO}/{node_id}" + ("" if size is None else f"?way=pages{sized}")


def _ways(node_id: int, now: str) -> Component:
    """Return the ways to grow, of which one is chosen."""
    links = [
        (label, f"{BELONGS_TO}/{node_id}?way={way}", way == now, key, help)
        for way, (label, key, help) in WAYS.items()
    ]
    return choice("Way:", "Way to grow", links)


def _targets(node_id: int, way: str, now: float) -> Component:
    links = [
        (
            f"{one:.0%}",
            f"{BELONGS_TO}/{node_id}?way={way}&target={one:.0%}".rstrip("%"),
            abs(one - now) < 1e-9,
            "",
            "",
        )
        for one in TARGETS
    ]
    return choice("Right at least:", "Precision to certify", links)


def _next(following: str) -> list[Component]:
    is_last = following == BELONGS_TO
    label, help = (
        ("All morphs", "the list of morphs")
        if is_last
        else ("Next morph", "the next morph that is not complete")
    )
    return [parts.link(label, following, key="n", help=help)]


def _button(name: str) -> Component:
    label, key, help = ACTIONS[name]
    variant = "filled" if name == "right" else "default"
    return gallery_button(ids.GROW_GALLERY, name, label, key=key, help=help, variant=variant)


def _shown(offer: growing.Offer) -> dict[str, Any]:
    """Return the properties of the gallery."""
    return {"objects": offer.objects, "version": str(offer.version), "notes": {}}


def _tools(following: str, *, is_complete: bool) -> list[Component]:
    label, help = COMPLETING[is_complete]
    return [
        parts.action(label, ids.GROW_COMPLETE, key="c", help=help, variant="default"),
        *_next(following),
    ]


def _sizes(node_id: int, size: int) -> list[Component]:
    links = [(str(one), href(node_id, one), one == size, "", "") for one in SIZES]
    return [choice("Images:", "Images on a page", links)]
