"""What is here, what to do next, and the runs: started, watched and cancelled."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from morphoexplore.steps.overview import FEWEST, next_verb, status
from morphoexplore.steps.progress import LEAST_WORK
from morphoexplore.store import runs
from morphoexplore.store.schema import ORIGINS
from morphoexplore_app import ids, parts, precision
from morphoexplore_app.deciding import Outcome, outcome
from morphoexplore_app.pages import asked, begun, overview_compute, overview_features
from morphoexplore_app.pages.overview_preview import preview_table
from morphoexplore_app.pages.overview_runs import Pace, run_table, run_words
from morphoexplore_app.session import Session

PATH, LABEL, KEY = "/", "Overview", "g o"
NAME = "overview"
LEAST_DECISIONS = 0.05  # for each morph: fewer, as after annotations were taken over, would be said to be 0.0
ORIGIN_WORDS = {
    "looked": "looked at and judged right",
    "seed": "confirmed with their seed, unseen",
    "grown": "accepted while growing, unseen",
    "imported": "annotations of the source",
}
SECOND = 1000  # ms


def layout(session: Session, *, query: dict[str, str]) -> Component:
    """Return the page."""
    counts = status(session.project)
    busy = _is_busy(session, counts)
    return parts.page(
        session.project.name,
        dcc.Store(id=ids.outcome(NAME)),
        dcc.Store(id=ids.OVERVIEW_STATE, data={"busy": busy}),
        dcc.Interval(
            id=ids.OVERVIEW_TICK, interval=SECOND, disabled=not (busy or session.background.is_previewing)
        ),
        html.Div(
            className="overview",
            children=[
                html.Div(
                    [
                        _next(counts),
                        *begun.listing(session),
                        *asked.listing(session),
                        _sorting(counts),
                        *_pace(counts),
                        _contents(session, counts),
                        overview_features.table(session, counts),
                    ],
                    className="overview-column",
                ),
                html.Div(
                    [overview_compute.layout(session, counts, busy=busy), _runs(session)],
                    className="overview-column",
                ),
            ],
        ),
        overview_features.likes(session, counts, query),
        tools=[parts.link("Add images", "/add", key="a", help="look into a folder or zip, and add it")],
    )


def register(app: Dash, session: Session) -> None:
    """Register the callbacks of the page."""

    @app.callback(
        Output(ids.OVERVIEW_SIZE, "value"),
        Input({"type": "use-size", "size": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def use(clicks: list[int | None]) -> Any:
        return ctx.triggered_id["size"] if any(clicks) and isinstance(ctx.triggered_id, dict) else no_update

    @app.callback(
        Output(ids.OVERVIEW_RUNS, "children"),
        Output(ids.OVERVIEW_COUNTS, "children"),
        Output(ids.OVERVIEW_TICK, "disabled"),
        Output(ids.outcome(NAME), "data"),
        Input(ids.OVERVIEW_TICK, "n_intervals"),
        *(Input(button, "n_clicks") for button in overview_compute.COMMANDS),
        Input(ids.OVERVIEW_PREVIEW, "n_clicks"),
        Input({"type": "cancel-run", "run": ALL}, "n_clicks"),
        State(ids.OVERVIEW_STATE, "data"),
        *(State(*control) for control in overview_compute.OPTIONS.values()),
        prevent_initial_call=True,
    )
    def act(*values: Any) -> tuple[Any, ...]:
        if not any(part["value"] for part in ctx.triggered):
            return (no_update,) * 4
        drawn, *chosen = values[-1 - len(overview_compute.OPTIONS) :]
        trigger, said = ctx.triggered_id, None
        if isinstance(trigger, str) and trigger in overview_compute.COMMANDS:
            options = dict(zip(overview_compute.OPTIONS, chosen, strict=True))
            said = _start(session, *overview_compute.command(session, trigger, options))
        elif trigger == ids.OVERVIEW_PREVIEW:
            only_new = dict(zip(overview_compute.OPTIONS, chosen, strict=True))["only_new"]
            session.background.start_preview(session.version, only_new=bool(only_new))
        elif isinstance(trigger, dict):
            said = _cancel_run(session, trigger["run"])
        return _watch(session, drawn, said)

    overview_features.register(app, session)


def _watch(session: Session, drawn: dict[str, Any], said: Outcome | None) -> tuple[Any, ...]:
    """Return what a second changes; the whole page is drawn anew when a run ends."""
    counts = status(session.project)
    busy = _is_busy(session, counts)
    ended = session.background.ended()
    if ended:
        is_done = all(went_well for went_well, _ in ended)
        words = " ".join(sentence for _, sentence in ended) or None
        said = outcome(session, words, is_done=is_done, redraw=True)
    elif drawn["busy"] != busy:
        said = (said or outcome(session, None if busy else _last_words(session))) | {"redraw": True}
    if not busy and (ended or drawn["busy"]):
        session.background.forget_preview()
    is_idle = not (busy or session.background.is_previewing)
    return _runs(session), preview_table(session), is_idle, said or no_update


def _start(session: Session, verb: str, options: list[str]) -> Outcome | None:
    session.memo.pop("told to end", None)
    if not session.background.start(verb, *options):
        return outcome(session, f"'{verb}' was started already; see the runs.", is_done=False)
    return None


def _cancel_run(session: Session, run_id: int) -> Outcome:
    if runs.cancel(session.project, run_id):
        session.memo["told to end"] = True
        return outcome(session, "Told it to end. What it has finished is kept; start it again to go on.")
    return outcome(session, "That run has ended already.", is_done=False)


def _last_words(session: Session) -> str | None:
    table = runs.listing(session.project)
    return None if table.empty else run_words(table.iloc[-1].to_dict())


def _is_busy(session: Session, counts: dict[str, Any]) -> bool:
    return bool(counts["running"]) or session.background.is_busy


# ------------------------------------------------------------------------------------------ what is here


def _next(counts: dict[str, Any]) -> Component:
    """Return what to do next: a sentence, the way to do it, and what else can be done."""
    free, pending = (
        parts.count(counts["free"], "free object"),
        parts.count(counts["to_review"], "seed"),
    )
    unnamed = parts.count(counts["morphs"] - counts["named"], "morph")
    what = next_verb(counts)
    if what in counts["running"]:
        return html.Section(
            [
                html.H2("Next"),
                html.P(
                    f"{what.capitalize()} is under way; the runs show how far it is.",
                    className="overview-next",
                ),
            ]
        )
    sentence, link = {
        "add": (
            "This project is empty. Add a folder or zip of images, or what EcoTaxa exported.",
            ("Add images", "/add"),
        ),
        "extract": (
            f"{_described(counts)} not described yet. Describe them with Extract, at the right.",
            None,
        ),
        "embed": (
            f"{_placed(counts)} no place in the morphospace yet. Place them with Embed, at the right.",
            None,
        ),
        "new": (
            f"{parts.count(counts['new']['came'], 'object')} came with the last add. Offer them to the morphs, and see what is new here.",
            ("New objects", "/new"),
        ),
        "review": (
            f"{pending} of round {counts['round']} to review. A seed is a group of images that look alike: say which are one morph.",
            ("Review seeds", "/review"),
        ),
        "gather": (
            f"{free} are too few for seeds. Select them on the map and make morphs of them.",
            ("Open the map", "/map"),
        ),
        "seed": (
            f"{free} and no {'other ' if counts['questions'] else ''}groups yet. Find seeds, at the right.",
            None,
        ),
        "name": (
            f"{unnamed} {'has' if counts['morphs'] - counts['named'] == 1 else 'have'} no name yet.",
            ("Name morphs", "/names"),
        ),
        "diversity": (
            "Every morph has a name. See their diversity over time.",
            ("Diversity", "/diversity"),
        ),
    }[what]
    way = (
        []
        if link is None
        else [
            dmc.Anchor(
                link[0],
                href=link[1],
                refresh=False,
                unstyled=True,
                className="overview-go",
                id=ids.OVERVIEW_NEXT,
                **{"data-key": "n", "data-help": f"next: {link[0]}"},
            ),
        ]
    )
    also = _also(counts, free) if what in ("new", "name", "diversity") else []
    if counts["new"]["free"] and what not in ("extract", "embed", "new"):
        new = parts.count(counts["new"]["free"], "free object")
        also.insert(
            0, html.Li([dcc.Link("Sort what came last", href="/new"), f": {new}, the strangest first"])
        )
    listed = [html.P("Or first:", className="overview-also"), html.Ul(also)] if also else []
    return html.Section([html.H2("Next"), html.P(sentence, className="overview-next"), *way, *listed])


def _described(counts: dict[str, Any]) -> str:
    """Return which images are not described yet, with the verb."""
    behind = [one for one in counts["feature_sets"] if one["objects"] < counts["objects"]]
    if not behind:
        return "The images are"
    left = counts["objects"] - min(one["objects"] for one in behind)
    names = "" if len(counts["feature_sets"]) == 1 else f" (in {', '.join(one['name'] for one in behind)})"
    what = "new object" if counts["new"]["came"] else "object"  # or an extraction anew was stopped
    return f"{parts.count(left, what)}{names} {'is' if left == 1 else 'are'}"


def _placed(counts: dict[str, Any]) -> str:
    """Return which objects have no place in the morphospace yet, with the verb."""
    if not counts["embeddings"]:
        return "The described objects have"
    new = counts["objects"] - min(one["objects"] for one in counts["embeddings"])
    return f"{parts.count(new, 'new object')} {'has' if new == 1 else 'have'}"


def _also(counts: dict[str, Any], free: str) -> list[Component]:
    """Return what else can be done with morphs that are there."""
    ways = [html.Li([dcc.Link("Arrange the morphs", href="/tree"), " in branches"])]
    if counts["morphs"] > 1:
        ways.insert(
            0, html.Li([dcc.Link("Merge what is the same", href="/same"), ": morphs that look alike"])
        )
    if counts["free"]:
        ways[:0] = [
            html.Li(
                [
                    dcc.Link("Offer what is free in bulk", href="/grow/all"),
                    f": {free}, each to its best morph",
                ]
            ),
            html.Li([dcc.Link("Grow the morphs", href="/grow"), " one by one, with a stated precision"]),
        ]
    unknown = counts["precision"]["unseen"] - counts["precision"]["covered"]
    if unknown:
        ways.insert(
            0,
            html.Li(
                [
                    dcc.Link("Audit", href="/audit"),
                    f": {parts.count(unknown, 'member')} came in unseen, and how many are wrong is not known",
                ]
            ),
        )
    if counts["free"] >= FEWEST:
        ways.append(html.Li("Find seeds, at the right: the next round, among what is free"))
    return ways


def _sorting(counts: dict[str, Any]) -> Component:
    """Return the share of objects that are sorted, by how they came in."""
    n = counts["objects"]
    shares = [(origin, counts["origins"][origin]) for origin in ORIGINS if counts["origins"][origin]]
    bar = [
        html.Span(
            className=f"sorting-{origin}",
            style={"width": f"{100 * number / n:.3f}%"},
            title=f"{number:,} {ORIGIN_WORDS[origin]}",
        )
        for origin, number in shares
    ]
    legend = [
        html.Li(
            [
                html.Span(className=f"sorting-key sorting-{origin}"),
                f"{number:,} {ORIGIN_WORDS[origin]} ",
                html.Em(origin),
            ]
        )
        for origin, number in shares
    ]
    unsorted = (
        f" (unsorted: {parts.share(counts['free'], n)})" if counts["members"] and counts["free"] else ""
    )
    free = html.Li([html.Span(className="sorting-key sorting-free"), f"{counts['free']:,} free{unsorted}"])
    share = f"{parts.share(counts['members'], n)} sorted" if n else "nothing to sort"
    return html.Section(
        [
            html.H2(f"Sorting: {share}"),
            html.Div(bar, className="sorting-bar", role="img", **{"aria-label": share}),
            html.Ul([*legend, free], className="sorting-legend"),
        ]
    )


def _pace(counts: dict[str, Any]) -> list[Component]:
    """Return how fast the person sorts and how long the rest may take; nothing before anybody sorted."""
    progress = counts["progress"]
    if not counts["decisions"] or not counts["members"]:
        return []
    rows = {"Today": _sorted(progress, "_today"), "All in all": _sorted(progress, "")}
    if not progress["came_in"]:
        rows = {"So far": "what is sorted was sorted by others, or elsewhere; nothing by you yet"}
    rows["Still to go"] = _still(counts["free"], progress["hours_left"])
    if counts["free"] and progress["per_hour"] is None:
        rows["Speed"] = f"said when you have sorted for {parts.count(round(LEAST_WORK / 60), 'minute')}"
    if progress["decisions_per_morph"] is not None and progress["decisions_per_morph"] >= LEAST_DECISIONS:
        rows["Decisions"] = f"{progress['decisions_per_morph']:.1f} for each morph, by everybody"
    terms = [part for term, text in rows.items() for part in (html.Dt(term), html.Dd(text))]
    return [html.Section([html.H2("Your pace"), html.Dl(terms, className="overview-terms")])]


def _sorted(progress: dict[str, Any], when: str) -> str:
    came_in = progress[f"came_in{when}"]
    return (
        f"{parts.count(came_in, 'object')}{_at_speed(progress, when)}"
        if came_in > 0
        else "nothing sorted yet"
    )


def _at_speed(progress: dict[str, Any], when: str) -> str:
    """Return time at work and objects an hour, where there was enough of it."""
    hours, speed = progress[f"hours{when}"], progress[f"per_hour{when}"]
    if speed is None:
        return "" if hours < 1 / 60 else f" in {_duration(hours)} of work"
    return f" in {_duration(hours)} of work: {speed:,.0f} an hour"


def _still(free: int, hours: float | None) -> str:
    """Return what is free, and a guess of the time that it takes."""
    left = parts.count(free, "free object")
    if not free or hours is None:
        return left
    return f"{left}: about {_duration(hours)} at your speed of late, if all of it belongs to morphs. A guess."


def _duration(hours: float) -> str:
    minutes = round(60 * hours)
    if minutes < 60:
        return parts.count(max(minutes, 1), "minute")
    return parts.count(round(hours), "hour") if hours >= 10 else f"{hours:.1f} hours"


def _precision(session: Session, counts: dict[str, Any]) -> dict[str, Any]:
    """Return what is known of how many members are wrong."""
    if not counts["members"]:
        return {}
    found = precision.of_project(session)
    unknown = int(found["unseen"] - found["covered"])
    known = (
        f"at least {precision.percent(found['precision'])} right"
        if found["covered"]
        else "every member was looked at"
        if not found["unseen"]
        else ""
    )
    rest = f"of {unknown:,} unseen it is not known" if unknown else ""
    return {"Precision": [", ".join(filter(None, (known, rest))), " · ", dcc.Link("audit", href="/audit")]}


def _pending(counts: dict[str, Any]) -> str:
    """Return how many seeds wait for what."""
    said = [f"{parts.count(counts['to_review'], 'seed')} to review"]
    if counts["questions"]:
        said.append(f"{counts['questions']:,} with a question")
    if spent := counts["seeds"]["pending"] - counts["to_review"] - counts["questions"]:
        said.append(f"{spent:,} with nothing free any more")
    return ", ".join(said)


def _contents(session: Session, counts: dict[str, Any]) -> Component:
    """Return the numbers of everything, as a list of terms."""
    seeds = counts["seeds"]
    unreadable = f", {counts['unreadable']:,} could not be read" if counts["unreadable"] else ""
    if counts["not_measured"]:
        unreadable += f"; {counts['not_measured']:,} not measured, as the image shows nothing"
    rows = {
        "Objects": f"{counts['objects']:,} with {parts.count(counts['images'], 'image')}{unreadable}",
        "Samples": f"{counts['samples']:,}",
        "Embeddings": ", ".join(f"{one['name']} ({one['dims']} dimensions)" for one in counts["embeddings"])
        or "none yet",
        "Round": f"{counts['round']}, {_pending(counts)}; of all rounds {seeds['confirmed']:,} accepted, "
        f"{seeds['discarded']:,} refused"
        if counts["round"]
        else "none yet",
        "Morphs": f"{counts['morphs']:,} in {parts.count(counts['branches'], 'branch', 'branches')}; {counts['named']:,} named, "
        f"{counts['complete']:,} complete",
        **_precision(session, counts),
        "Looks": f"{parts.count(counts['looks'], 'image')} judged; {parts.count(counts['rejections'], 'rejection')}",
        "Decisions": f"{counts['decisions']:,}",
    }
    if counts["problems"]:
        rows["Problems"] = f"{counts['problems']:,}, listed in problems.csv in the project's folder"
    terms = [part for term, text in rows.items() for part in (html.Dt(term), html.Dd(text))]
    return html.Section([html.H2("What is here"), html.Dl(terms, className="overview-terms")])


# ------------------------------------------------------------------------------------------ runs


def _runs(session: Session) -> Component:
    table = runs.listing(session.project)
    pace: Pace = session.memo.setdefault("pace of runs", Pace())
    is_starting = session.background.is_busy and not (table["state"] == "running").any()
    if not session.background.is_busy:
        session.memo.pop("told to end", None)
    word = "Ending …" if session.memo.get("told to end") else "Starting …"
    note = [html.P(word, className="overview-note", role="status")] if is_starting else []
    return html.Section([html.H2("Runs"), *note, run_table(table, pace)], id=ids.OVERVIEW_RUNS)
