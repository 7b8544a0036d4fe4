"""What a page shows of a survey: the ruler, a page of images, the second look, the outcome; and beside it how it stands."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from morphoexplore.review import RulerRow, SurveyStep
from morphoexplore.store import tree
from morphoexplore_app import ids, parts
from morphoexplore_app.components import Gallery
from morphoexplore_app.pages import growing, taken, taking_back
from morphoexplore_app.pages.beside import HEIGHT, facts, gallery_button, strip
from morphoexplore_app.session import Session

REFERENCE = 12  # typical members shown above the images
AGAIN = 128  # px of images that are looked at a second time
DIGITS = 10
NEWCOMERS = "/new"  # where the offer of what came last leads to

RULER_HELP = (
    "Random candidates, less likely from row to row. Which is the last good row, about nine in ten of it right? "
    "Press its number. Ctrl-click an image to see the object."
)
FINER_HELP = (
    "A closer look: the border lies between {first:,} and {last:,}. Random candidates again, in narrower rows. Which is the last good "
    "row? Press its number. Ctrl-click an image to see the object."
)
PAGE_HELP = {
    "growth": "A random sample of the {cut:,} candidates that you found. Click the wrong ones, then f; or only say how many are wrong (0 to 9).",
    "bulk": "A random sample of {cut:,} objects, each with a typical member of the morph that it would go to. Click those that are not of that morph, then f; or say how many.",
    "audit": "Random members that nobody looked at. Click the wrong ones, then f: they leave the morph; or only say how many are wrong.",
    "round": "Random members that came in unseen with their seeds, each with a typical member of its morph. Click the wrong ones, then f.",
}
LOOK_HELP = "So few are left that all of them are shown. Click the wrong ones, then f."
LOOK_HELP_IN_BULK = (
    "So few are left that all of them are shown, each with a typical member of the morph that it would go to. Click those that "
    "are not of that morph, then f."
)
JUMP_HELP = "A page of the ranking. Is it right, but for a few? (f) Or not? (j) The next page lies farther down or up."
AGAIN_HELP = "Really wrong? Click those that are right after all, then f."


def shown(session: Session, step: SurveyStep, state: dict[str, Any]) -> list[Component]:
    """Return what a page shows of a step, and what stands beside it."""
    drawn = {"data-version": str(state["version"])}  # for whoever waits for the next page
    if step.phase == "done":
        return [html.Div(_done(session, step, state["next"]), className="survey-done", **drawn)]
    typical = _typical(session, step)
    if state["again"] is not None:
        main = _again(step, state, typical)
    elif step.phase == "ruler":
        main = _ruler(step, typical)
    else:
        main = _page(session, step, state, typical)
    name = "again-gallery" if state["again"] is not None else "judge-gallery"
    aside = html.Aside(_aside(session, step), className="beside-aside", **{"aria-label": "How it stands"})
    return [html.Div([*_reference(session, step), *main], className=f"beside-main {name}", **drawn), aside]


# ------------------------------------------------------------------------------------------ images


def _reference(session: Session, step: SurveyStep) -> list[Component]:
    """Return typical members of the morph, where it is one."""
    node_id = step.survey.node_id
    if node_id is None:
        return []
    title = growing.title(session, node_id)[0]
    members = growing.typical(session, [node_id], REFERENCE).get(node_id, [])
    return [html.P("Typical members", className="caption"), strip(members, f"Typical members of {title}", 48)]


def _typical(session: Session, step: SurveyStep) -> dict[int, int]:
    """Return for each object shown a typical member of the morph that it is offered to; empty where it is one morph."""
    nodes = [node for row in step.rows for node in row.nodes or ()] if step.rows else list(step.nodes or ())
    found = growing.typical(session, sorted(set(nodes)), 1) if nodes else {}
    return {one: found[node][0] for one, node in zip(step.shown, nodes, strict=False) if found.get(node)}


def _ruler(step: SurveyStep, typical: dict[int, int]) -> list[Component]:
    objects = list(step.shown)
    sheet = f"/sheet?side=128&objects={','.join(map(str, objects))}"
    beside = [typical[one] for one in objects] if typical else []
    small = f"/sheet?side=128&objects={','.join(map(str, beside))}"
    rows, place = [], 0
    for number, row in enumerate(step.rows):
        pictures = []
        for at in range(place, place + len(row.objects)):
            shown = {"data-object": str(objects[at])}
            one = parts.sprite(sheet, at, len(objects), "ruler-picture", **shown)
            pictures.append(
                html.Span([one, parts.sprite(small, at, len(beside), "ruler-beside")], className="ruler-pair")
                if beside
                else one
            )
        place += len(row.objects)
        rows.append(_row(number, row, pictures))
    pairs = " Beside each stands a typical member of its morph." if beside else ""
    before = step.rows[0].first if step.rows else 0  # of a finer ruler: what lies before it is good
    help = FINER_HELP.format(first=before + 1, last=step.rows[-1].last) if before else RULER_HELP
    none = f"the border is before them: the first {before:,} remain" if before else "nothing comes in"
    return [
        html.P(help + pairs, className="caption"),
        html.Div(
            [
                _say(
                    "row-none",
                    "No row is good",
                    "j",
                    f"none of the rows is good: {none}",
                    variant="default",
                )
            ],
            className="grow-actions",
        ),
        html.Ol(
            rows,
            className="ruler" + (" ruler-pairs" if beside else ""),
            **{"data-keys": '[["↑ ↓ Enter","go to a row, take it as the last good one"]]'},
        ),
    ]


def _row(number: int, row: RulerRow, pictures: list[Component]) -> Component:
    key = str((number + 1) % DIGITS)
    words = f"{row.first + 1:,} to {row.last:,}"
    return html.Li(
        html.Button(
            [
                html.Kbd(key),
                html.Span(words, className="ruler-ranks"),
                html.Span(pictures or "none is free any more", className="ruler-pictures"),
            ],
            id=ids.survey_say(f"row-{number}"),
            type="button",
            className="ruler-row",
            title=f"Row {number + 1} is the last good one",
            **{
                "data-key": key,
                "data-help": f"the last good row is row {number + 1}",
            },
        )
    )


def _page(
    session: Session, step: SurveyStep, state: dict[str, Any], typical: dict[int, int]
) -> list[Component]:
    survey, objects = step.survey, list(step.objects)
    notes: dict[int, str] = {}
    if step.nodes is not None:
        titles = tree.nodes(session.project)
        of = dict(zip(step.objects, step.nodes, strict=True))
        objects.sort(key=lambda one: of[one])
        notes = {one: titles[of[one]].title for one in objects if of[one] in titles}
    notes |= dict.fromkeys(state["clicked"], "clicked")
    if step.phase == "jump":
        help, actions = (
            JUMP_HELP,
            [
                _button("jump-right", "Right", "f", "this page is right, but for a few", variant="filled"),
                _button("jump-wrong", "Not right", "j", "this page is not right"),
            ],
        )
    else:
        look = LOOK_HELP if step.nodes is None else LOOK_HELP_IN_BULK
        help = look if step.phase == "look" else PAGE_HELP[survey.kind].format(cut=step.cut)
        actions = _answers(len(objects))
    return [
        html.P(help, className="caption"),
        html.Div(actions, className="grow-actions"),
        Gallery(
            id=ids.SURVEY_GALLERY,
            label="Images to judge",
            objects=objects,
            version=state["step"],
            cell=0,
            height=HEIGHT,
            notes=notes,
            beside=typical,
            focus=True,
        ),
    ]


def _answers(n: int) -> list[Component]:
    digits = [
        _button(
            f"n-{one}", str(one), str(one), f"{one} wrong, I do not say which" if one else "none is wrong"
        )
        for one in range(min(DIGITS, n + 1))
    ]
    return [
        _button(
            "right",
            "Right, except clicked",
            "f",
            "the page is right, except the clicked ones",
            variant="filled",
        ),
        html.Span("How many are wrong:", className="quiet"),
        html.Div(
            [*digits, _button("n-many", "many", "m", "many are wrong: the set is too large")],
            className="survey-digits",
        ),
    ]


def _again(step: SurveyStep, state: dict[str, Any], typical: dict[int, int]) -> list[Component]:
    """Return the clicked ones once more: a slip of the mouse costs more looks than this."""
    return [
        html.P(AGAIN_HELP, className="caption"),
        html.Div(
            [
                _button(
                    "wrong",
                    "These are wrong, except clicked",
                    "f",
                    "they are wrong, except those clicked now",
                    variant="filled",
                ),
                _button("back", "Back to the page", "b", "back to the whole page"),
            ],
            className="grow-actions",
        ),
        Gallery(
            id=ids.SURVEY_GALLERY,
            label="Images that were clicked",
            objects=state["again"],
            version=state["step"],
            cell=AGAIN,
            height=HEIGHT,
            notes={},
            beside={one: typical[one] for one in state["again"] if one in typical},
            focus=True,
        ),
    ]


def _button(name: str, label: str, key: str, help: str, **properties: Any) -> Component:
    return gallery_button(ids.SURVEY_GALLERY, name, label, key=key, help=help, **properties)


def _say(what: str, label: str, key: str, help: str, **properties: Any) -> Component:
    return parts.action(label, ids.survey_say(what), key=key, help=help, **properties)


# ------------------------------------------------------------------------------------------ how it stands


def _aside(session: Session, step: SurveyStep) -> list[Component]:
    finds = step.survey.kind in ("growth", "bulk")
    said = [html.H2("Precision"), html.P(_state_words(step)), facts(_numbers(session, step))]
    if not finds:
        return [
            *said,
            *taking_back.offer(session, step),
            html.H2("Enough?"),
            html.P("What is known is kept after every page. Leave whenever you like."),
            *_leave(step),
        ]
    said.append(html.H2("Other ways out"))
    if step.phase in ("certify", "look"):
        said += [
            html.P(
                [
                    _say(
                        "unsure",
                        "Accept without certificate",
                        "U",
                        "take the set in; how many are right is not known",
                        variant="default",
                    ),
                ]
            ),
            html.P(
                "It takes the whole set in at once. How many of it are right is then not known, and the lists say so.",
                className="quiet",
            ),
        ]
    return [*said, *_leave(step)]


def _leave(step: SurveyStep) -> list[Component]:
    finds = step.survey.kind in ("growth", "bulk")
    if not finds:
        return [
            html.P(
                parts.link("To the audits", "/audit", key="q", help="leave; the audit can be gone on with")
            )
        ]
    if step.survey.is_draft:
        return [
            html.P(_say("stop", "Leave", "q", "leave; nothing was answered yet", variant="default")),
            html.P(
                "With your first answer it is begun; from then on it goes on where it was when you come back.",
                className="quiet",
            ),
        ]
    return [
        html.P(_say("stop", "Stop", "q", "give this up; what came in stays in", variant="default")),
        html.P("Or leave the page: it goes on where it was when you come back.", className="quiet"),
    ]


def _state_words(step: SurveyStep) -> str:
    target = f"{step.survey.target:.0%}"
    if step.survey.kind not in ("growth", "bulk"):
        if step.bound is None:
            return "Nothing is stated before the first page."
        return f"At least {share_words(step.bound)} of them are right, with 95% confidence{_of_unseen(step)}."
    if step.phase == "jump":
        return "First the border is found; then random images certify what lies within it."
    if step.phase == "ruler":
        if step.attempt > 1:
            return f"The set was too large for {target}. Choose a smaller one within it."
        return f"First the border is found; then random images certify that {target} within it are right."
    if step.phase == "look":
        return "All of them are looked at, so that nothing has to be certified."
    if step.bound is None:
        return f"The set is accepted as soon as random images show that at least {target} of it are right, with 95% confidence."
    return f"At least {share_words(step.bound)} are right so far, with 95% confidence; {target} are needed."


def _numbers(session: Session, step: SurveyStep) -> list[tuple[str, str]]:
    rows = []
    if step.survey.kind == "growth":
        members = int((session.membership.node == step.survey.node_id).sum())
        rows.append(("Members now", f"{members:,}"))
    if step.phase == "ruler":
        rows.append(("Candidates", f"{step.rows[-1].last:,}"))
    if step.phase == "jump":
        rows.append(("Page of the ranking", f"{step.page:,}"))
    if step.phase in ("certify", "look"):
        rows.append(("In the set", f"{step.tally.total - step.tally.gone:,}"))
    if step.phase == "certify":
        most = f" of {step.pages_at_most} at most" if step.survey.kind in ("growth", "bulk") else ""
        rows.append(("Page", f"{step.page}{most}"))
    if step.looked and step.phase != "ruler":
        rows += [("Looked at", f"{step.looked:,}"), ("Wrong", f"{step.wrong:,}")]
    return rows


def share_words(bound: float) -> str:
    """Return ``95.3%``, rounded down: it is a least value."""
    return f"{int(1000 * bound + 1e-9) / 10:.1f}%"


# ------------------------------------------------------------------------------------------ outcome


def _of_unseen(step: SurveyStep) -> str:
    """Return what is stated of those that nobody looked at one by one, where it is less."""
    if step.bound_of_unseen is None or step.tally.unseen == step.tally.total:
        return ""
    return (
        f"; of the {step.tally.unseen:,} that nobody looked at, at least {share_words(step.bound_of_unseen)}"
    )


def _done(session: Session, step: SurveyStep, following: str) -> list[Component]:
    survey = step.survey
    if survey.kind not in ("growth", "bulk"):
        return [
            parts.empty(
                "None of them is unseen any more.",
                "There is nothing left that is not known.",
                link=("To the audits", "/audit"),
            )
        ]
    title = "Bulk" if survey.node_id is None else growing.title(session, survey.node_id)[0]
    what = parts.count(step.accepted, "object")
    whose = "You looked at" if step.attempt == 1 else "Of the last set you looked at"
    looked = f"{whose} {parts.count(step.looked, 'image')}; {step.wrong:,} {'was' if step.wrong == 1 else 'were'} wrong."
    if step.outcome == "accepted":
        is_all = step.looked >= step.tally.total
        if is_all and step.wrong > step.tally.removed:
            looked = f"{looked[:-1]}, and came in with the others, for you did not say which."
        bound = (
            "All of them were looked at."
            if step.bound is None or is_all
            else (f"At least {share_words(step.bound)} are right, with 95% confidence{_of_unseen(step)}.")
        )
        words = [f"{what} accepted. {bound}", looked]
    elif step.outcome == "unsure":
        words = [
            f"{what} accepted without certificate.",
            "How many of them are right is not known; an audit can tell later.",
        ]
    elif step.outcome == "stopped":
        words = ["Stopped.", f"{what} came in by looking at them." if step.accepted else "Nothing came in."]
    else:
        words = [
            "No set reaches the precision."
            if step.looked
            else "No row is good: there is nothing to take in.",
            f"{what} came in by looking at them." if step.accepted else "Nothing came in.",
        ]
    return [
        html.Div(
            [
                html.P(
                    parts.sentence(f"{title}: {words[0]}") if survey.node_id is not None else words[0],
                    className="empty-what",
                ),
                *(html.P(one) for one in words[1:]),
                html.Ul(_then(step, following), className="review-then"),
                *(taken.listing(session, survey.survey_id) if survey.node_id is None else []),
            ],
            className="empty",
            role="status",
        )
    ]


def _then(step: SurveyStep, following: str) -> list[Component]:
    """Return what can be done when a survey is over."""
    node_id = step.survey.node_id
    has_grown = step.outcome in ("accepted", "unsure")
    label = "Try again" if not has_grown else "Grow on" if node_id is not None else "Offer again"
    again = _say("again", label, "r", "the same once more, from the top of a new ranking", variant="default")
    why = "with what came in, more may be found" if has_grown else "from the top of a new ranking"
    if following == NEWCOMERS:
        ways = [
            (parts.link("See what is new here", following, key="n"), "what fits no morph; and what to audit"),
            (again, why),
        ]
    elif node_id is None:
        ways = [
            (parts.link("Grow the morphs one by one", "/grow", key="n"), "the largest first"),
            (again, why),
        ]
    else:
        done = _say("complete-now", "Complete", "c", "nothing more to grow for now; on to the next morph")
        ways = [
            (done, "nothing more to grow for now; on to the next morph"),
            (parts.link("Next morph", following, key="n"), "this one is offered again later"),
            (again, why),
        ]
        if not has_grown:
            ways.append(
                (parts.link("Page by page", f"/grow/{node_id}?way=pages", key="p"), "look at each candidate")
            )
    if step.outcome == "unsure" and node_id is not None:
        ways.append((parts.link("Audit it", f"/audit/{node_id}", key="a"), "to know how many are right"))
    return [html.Li([way, f" {why}"]) for way, why in ways]
