"""What was begun and left, with what is left of it and the way back to it."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from morphoexplore import review
from morphoexplore.review import SurveyStep
from morphoexplore_app import newcomers, parts
from morphoexplore_app.pages import growing, survey_parts
from morphoexplore_app.session import Session

MOST = 6  # that are listed at once


def steps(session: Session) -> list[SurveyStep]:
    """Return where each of them was left, as of the last decision; the newest first."""
    version = session.version
    known: tuple[int, list[SurveyStep]] | None = session.memo.get("begun")
    if known is None or known[0] != version:
        found = review.unfinished(session.project, membership=session.membership)
        session.memo["begun"] = known = (version, [one for one in found if _can_go_on(session, one)])
    return known[1]


def listing(session: Session, *, kinds: tuple[str, ...] = ()) -> list[Component]:
    """Return a section with what was begun (of some kinds, all unless given), the newest first; nothing where nothing was."""
    found = [one for one in steps(session) if not kinds or one.survey.kind in kinds]
    if not found:
        return []
    rows = [
        html.Li(
            [dcc.Link(_title(session, one), href=href(one)), html.Span(f": {left(one)}", className="quiet")]
        )
        for one in found[:MOST]
    ]
    more = (
        [html.P(f"And {parts.count(len(found) - MOST, 'older one')}, in the lists of Grow and Audit.")]
        if len(found) > MOST
        else []
    )
    return [
        html.Section(
            [html.H2("Begun, not finished"), html.Ul(rows, className="begun-list"), *more], className="begun"
        )
    ]


def href(step: SurveyStep) -> str:
    """Return the address where a survey goes on."""
    survey = step.survey
    if survey.kind == "growth":
        way, target = survey.parameters["mode"], f"{survey.target:.0%}".rstrip("%")
        return f"/grow/{survey.node_id}?way={way}&target={target}"
    if survey.kind == "bulk":
        return "/new/offer" if survey.parameters.get("is_part") else "/grow/all"
    return f"/audit/{survey.node_id}" if survey.kind == "audit" else f"/audit/round/{survey.round}"


def left(step: SurveyStep) -> str:
    """Return where a survey was left, and what is left of it."""
    came = f"; {step.accepted:,} came in" if step.accepted else ""
    if step.phase == "ruler":
        return f"at the border, among {parts.count(step.rows[-1].last, 'candidate')}{came}"
    if step.phase == "jump":
        return f"at the border, page {step.page:,} of the ranking{came}"
    tally = step.tally
    if step.phase == "look":
        return f"{parts.count(len(step.objects), 'image')} to look at{came}"
    known = (
        f"at least {survey_parts.share_words(step.bound)} right so far, " if step.bound is not None else ""
    )
    if step.survey.kind in ("growth", "bulk"):
        return f"{known}page {step.page} of {step.pages_at_most} at most, {tally.total:,} in the set{came}"
    return f"{known}{tally.looked:,} of {tally.total:,} looked at"


def _title(session: Session, step: SurveyStep) -> str:
    survey = step.survey
    if survey.kind == "bulk":
        return "Offer of new objects" if survey.parameters.get("is_part") else "Bulk offer"
    if survey.kind == "round":
        return f"Audit of round {survey.round}"
    assert survey.node_id is not None
    title = growing.title(session, survey.node_id)[0]
    if survey.kind == "audit":
        return f"Audit of {title}"
    return f"Growth of {title}" + (", by gallop" if survey.parameters["mode"] == "gallop" else "")


def _can_go_on(session: Session, step: SurveyStep) -> bool:
    """Tell whether a page goes on with it: an offer of what came last the year before is not gone on with."""
    survey = step.survey
    if survey.kind != "bulk" or not survey.parameters.get("is_part"):
        return True
    came = newcomers.came(session)
    return len(came) > 0 and int(survey.objects.min()) >= int(came[0])
