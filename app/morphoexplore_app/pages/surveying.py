"""
A survey on a page: a ruler, random pages, and what came of them; of one morph, of all of them, or of members (audit).

The page is drawn from what :func:`morphoexplore.review.survey_step` says, and each answer is one decision, so that it can
be left, resumed and undone at any moment.
"""

from __future__ import annotations

import uuid
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.review import MANY, SurveyStep
from morphoexplore.store import history
from morphoexplore_app import ids, parts
from morphoexplore_app.deciding import decide, outcome
from morphoexplore_app.pages import drafts, survey_parts
from morphoexplore_app.session import Session

PAGE = "survey"
LEAVING = ("stop", "complete")  # answers after which another page is shown
COMPLETING = ("complete", "reopen")
KEPT = 50  # answered steps that are remembered, so that a key that is pressed twice answers once

Saying = dict[
    str, Any
]  # of a page: ``step`` (its stamp), ``survey``, ``version``, ``clicked``, ``again``, ``next``


def page(
    session: Session,
    step: SurveyStep,
    title: str,
    *,
    following: str,
    tools: list[Component],
    draft: drafts.What | None = None,
) -> Component:
    """
    Return the page of a survey.

    Parameters
    ----------
    following : str
        Address where a survey that is done leads to.
    draft : dict, optional
        What is shown, of a survey that nobody answered yet.
    """
    state = saying(step, following=following, draft=draft)
    return parts.page(
        title,
        dcc.Store(id=ids.outcome(PAGE)),
        dcc.Store(id=ids.SURVEY_STATE, data=state),
        dcc.Store(id=ids.SURVEY_SAID),
        dcc.Location(id=ids.SURVEY_GO, refresh="callback-nav"),
        html.Div(survey_parts.shown(session, step, state), id=ids.SURVEY_BODY, className="beside survey"),
        tools=tools,
    )


def saying(
    step: SurveyStep,
    *,
    following: str,
    draft: drafts.What | None = None,
    clicked: Any = (),
    again: Any = None,
) -> Saying:
    """
    Return what a page holds of the step that it shows.

    Parameters
    ----------
    draft : dict, optional
        What is shown, of a survey that nobody answered yet.
    """
    return {
        "step": uuid.uuid4().hex,
        "survey": draft if step.survey.is_draft else step.survey.survey_id,
        "version": step.version,
        "shown": list(step.shown),
        "clicked": list(clicked),
        "again": None if again is None else list(again),
        "next": following,
    }


def register(app: Dash, session: Session) -> None:
    """Register the callbacks of all pages that show a survey."""
    app.clientside_callback(
        ClientsideFunction("survey", "relay"),  # the gallery comes and goes, the store stays
        Output(ids.SURVEY_SAID, "data"),
        Input(ids.SURVEY_GALLERY, "action"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output(ids.SURVEY_BODY, "children"),
        Output(ids.SURVEY_STATE, "data"),
        Output(ids.outcome(PAGE), "data"),
        Output(ids.SURVEY_GO, "href"),
        Input(ids.SURVEY_SAID, "data"),
        Input(ids.survey_say(ALL), "n_clicks"),
        State(ids.SURVEY_STATE, "data"),
        prevent_initial_call=True,
    )
    def say(action: dict[str, Any] | None, clicks: list[int | None], state: Saying) -> tuple[Any, ...]:
        nothing = (no_update,) * 4
        is_button = isinstance(ctx.triggered_id, dict)
        if not (any(clicks) if is_button else action) or _is_answered(session, state["step"]):
            return nothing
        if is_button:
            name, action = ctx.triggered_id["what"], None
            if name == "again":
                return no_update, no_update, outcome(session, None, redraw=True), no_update
        else:
            assert action is not None
            name = action["name"]
            is_gone = not isinstance(state["survey"], int) and state["version"] != session.version
            turned = None if is_gone else _turn(session, name, action, state)
            if turned is not None:
                return turned
        said: SurveyStep | None = None
        kind = name.partition("-")[0]
        if kind == "stop" and not isinstance(state["survey"], int):
            return no_update, no_update, no_update, state["next"]  # nothing was begun

        def act() -> None:
            nonlocal said
            said = answer(session, state, name, action)

        result = decide(session, state["version"], act)
        if not result["is_done"]:
            return no_update, no_update, result, no_update
        _answered(session, state["step"])
        if kind in LEAVING or name == "back-all":
            return no_update, no_update, result, state["next"]
        if name == "reopen":
            return no_update, no_update, result | {"redraw": True}, no_update
        assert said is not None
        after = saying(said, following=state["next"])
        return survey_parts.shown(session, said, after), after, result, no_update


def answer(session: Session, state: Saying, name: str, action: dict[str, Any] | None) -> SurveyStep:
    """Make the decision of a button, or of an action of the gallery; return what is shown next."""
    project, known = session.project, session.membership
    history.refuse_stale(project)
    survey = drafts.survey(session, state["survey"])
    kind, _, rest = name.partition("-")
    if kind == "row":
        return review.mark_row(project, survey, None if rest == "none" else int(rest), membership=known)
    if kind == "jump":
        return review.judge_jump(project, survey, is_right=rest == "right", membership=known)
    if kind == "n":
        return review.judge_sample(
            project,
            survey,
            count=MANY if rest == "many" else int(rest),
            shown=state["shown"],
            membership=known,
        )
    if kind == "right":
        return review.judge_sample(project, survey, count=0, shown=state["shown"], membership=known)
    if kind == "wrong":
        rescued = set(action["objects"]) if action and action["selected"] else set()
        wrong = [one for one in state["again"] or () if one not in rescued]
        return review.judge_sample(project, survey, wrong=wrong, shown=state["shown"], membership=known)
    if kind == "unsure":
        review.accept_unsure(project, survey, membership=known)
    elif kind == "stop":
        review.stop_survey(project, survey)
    elif kind == "back" and isinstance(survey, int):
        number = review.survey_step(project, survey, membership=known).survey.round
        assert number is not None
        review.take_back(project, number, seed_ids=None if rest == "all" else [int(rest)])
    elif kind in COMPLETING:
        node_id = review.survey_step(project, survey, membership=known).survey.node_id
        assert node_id is not None
        review.complete(project, node_id, is_complete=kind == "complete")
    else:
        message = f"There is no action {name!r} here."
        raise DecisionError(message)
    return review.survey_step(project, survey, membership=session.membership)


def _turn(session: Session, name: str, action: dict[str, Any], state: Saying) -> tuple[Any, ...] | None:
    """Answer an action that decides nothing yet: the clicked ones are shown once more, or a page is not ready."""
    if name not in ("right", "back") and not name.startswith("n-"):
        return None
    clicked = sorted({*state["clicked"], *(action["objects"] if action["selected"] else ())})
    if name.startswith("n-") and clicked:
        return _refused(
            session,
            f"You clicked {parts.count(len(clicked), 'image')}: press f for those, or Esc to take them back.",
        )
    unseen = len(state["shown"]) - action["seen"]
    if name != "back" and unseen > 0:
        return _refused(
            session,
            f"{parts.count(unseen, 'image')} below the edge {'was' if unseen == 1 else 'were'} not on the screen yet. Scroll to the end first.",
        )
    if name == "back":
        clicked = state["clicked"]
    elif not clicked:
        return None
    step = review.survey_step(
        session.project, drafts.survey(session, state["survey"]), membership=session.membership
    )
    after = saying(
        step,
        following=state["next"],
        draft=state["survey"],
        clicked=clicked,
        again=clicked if name == "right" else None,
    )
    after["version"] = state["version"]  # what was decided meanwhile is found out by the answer
    return survey_parts.shown(session, step, after), after, no_update, no_update


def _refused(session: Session, message: str) -> tuple[Any, ...]:
    return no_update, no_update, outcome(session, message, is_done=False), no_update


def _is_answered(session: Session, stamp: str) -> bool:
    with session.lock:
        return stamp in session.memo.get("answered steps", ())


def _answered(session: Session, stamp: str) -> None:
    with session.lock:
        known = session.memo.setdefault("answered steps", [])
        known.append(stamp)
        del known[:-KEPT]
