"""The table of runs: what the machine did and does."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import dash_mantine_components as dmc
import pandas as pd
from dash import html
from dash.development.base_component import Component

from morphoexplore_app import ids, parts

MOST = 12
LEAST_SECONDS = 5.0  # of watching, before it is said how long a run will take
STATE_WORDS = {"running": "under way", "done": "done", "failed": "failed", "interrupted": "interrupted"}
ENDED_EARLY = "It ended before it was done."
AGAIN = {"train": "It can go on."}  # what the last run of a verb can do then; all others are started again


class Pace:
    """How fast a run goes on, from what was seen of it since its present stage began; for one server."""

    def __init__(self) -> None:
        self._began: dict[tuple[int, str], tuple[float, int]] = {}

    def left(self, run: Mapping[Any, Any], now: float) -> float | None:
        """Return the seconds that the stage of a run will still take; None as long as nobody can tell."""
        done, total = _number(run["done"]), _number(run["total"])
        if not total or not isinstance(run["label"], str):
            return None
        since, before = self._began.setdefault((run["run_id"], run["label"]), (now, done))
        if now - since < LEAST_SECONDS or done <= before:
            return None
        return (total - done) * (now - since) / (done - before)


def run_table(table: pd.DataFrame, pace: Pace) -> Component:
    """Return the last runs, newest first; one that is under way with its progress and a way to cancel it."""
    if table.empty:
        return html.P("Nothing was computed yet.")
    last = set(table.groupby("verb")["run_id"].max())
    rows = [
        _row(run, pace, is_last=run["run_id"] in last)
        for run in table.iloc[::-1].head(MOST).to_dict("records")
    ]
    head = html.Thead(
        html.Tr([html.Th(text, scope="col") for text in ("Verb", "State", "Began", "Took", "Result")])
    )
    more = len(table) - MOST
    note = [html.P(f"and {parts.count(more, 'earlier run')}", className="overview-note")] if more > 0 else []
    return html.Div([html.Table([head, html.Tbody(rows)], className="overview-table"), *note])


def run_words(run: Mapping[Any, Any]) -> str | None:
    """Return a sentence on how a run ended, None where there is none."""
    said = _result(run)
    return f"{str(run['verb']).capitalize()}: {said or STATE_WORDS[run['state']]}"


def _row(run: Mapping[Any, Any], pace: Pace, *, is_last: bool) -> Component:
    state = run["state"]
    return html.Tr(
        [
            html.Td(run["verb"]),
            html.Td(
                _progress(run, pace) if state == "running" else STATE_WORDS[state], className=f"run-{state}"
            ),
            html.Td(html.Time(_local(run["started"]), dateTime=run["started"])),
            html.Td(_duration(run)),
            html.Td(_result(run, is_last=is_last), className="run-result"),
        ]
    )


def _progress(run: Mapping[Any, Any], pace: Pace) -> Component:
    done, total = _number(run["done"]), _number(run["total"])
    share = 100 * done / total if total else 0
    label = run["label"] if isinstance(run["label"], str) else "starting"
    left = pace.left(run, time.monotonic())
    return html.Div(
        [
            html.Span(f"{label} {f'{done:,} of {total:,}' if total else ''}"),
            *([] if left is None else [html.Span(_left(left), className="overview-note")]),
            dmc.Progress(value=share, size="sm", w=160, **{"aria-label": label}),
            parts.action("Cancel", ids.cancel_run(run["run_id"]), variant="default"),
        ],
        className="run-progress",
    )


def _left(seconds: float) -> str:
    """Return how long something will still take, no more exact than it is known."""
    if seconds < 50:
        return "less than a minute left"
    if seconds < 90 * 60:
        return f"about {parts.count(math.ceil(seconds / 60), 'minute')} left"
    return f"about {seconds / 3600:.1f} hours left"


def _number(value: Any) -> int:
    return 0 if value is None or value != value else int(value)


def _result(run: Mapping[Any, Any], *, is_last: bool = True) -> str:
    """Return what came out, in a few words; what can be done, if it was the last run of its verb."""
    if not isinstance(run["result"], str):
        return _ended_early(run["verb"], is_last=is_last) if run["state"] == "interrupted" else ""
    found = json.loads(run["result"])
    if "error" in found:
        return (
            _ended_early(run["verb"], is_last=is_last)
            if run["state"] == "interrupted"
            else str(found["error"])
        )
    try:
        return _found(run["verb"], found)
    except KeyError:  # a run of another version may have kept other things
        return ""


def _ended_early(verb: str, *, is_last: bool) -> str:
    return f"{ENDED_EARLY} {AGAIN.get(verb, 'Start it again.')}" if is_last else ENDED_EARLY


def _found(verb: str, found: Mapping[str, Any]) -> str:
    match verb:
        case "add":
            return parts.count(found["objects"], "new object") if "objects" in found else ""
        case "train":
            return f"{found['images_seen']:,} images seen, loss {found['loss']:.2f}"
        case "extract":
            described = parts.count(found["objects"], "object")
            return f"{found['name']}: {described} by {found['dims']} numbers each{_ratio(found)}"
        case "refine":
            made = f"{found['dims']} numbers by {parts.count(found['morphs'], 'morph')}{_ratio(found)}"
            return made if found["version"] else "nothing to be gained yet: name more morphs"
        case "embed":
            return f"{parts.count(found['objects'], 'object')}, {found['dims']} dimensions{_ratio(found)}"
        case "seed":
            size = parts.count(found["seeds"], "seed")
            held = parts.count(found["objects"], "object")
            return " ".join([f"round {found['round']}: {size} with {held}.", *found["notes"]])
        case "diversity":
            return f"{parts.count(found['samples'], 'sample')}, {parts.count(found['morphs'], 'morph')}"
    return ""


def _ratio(found: Mapping[str, Any]) -> str:
    ratio = found.get("null_ratio")
    return f"; null ratio {ratio:.1f}" if ratio else ""


def _duration(run: Mapping[Any, Any]) -> str:
    if not isinstance(run["finished"], str):
        return ""
    seconds = (_time(run["finished"]) - _time(run["started"])).total_seconds()
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _local(text: str) -> str:
    return _time(text).astimezone().strftime("%Y-%m-%d %H:%M")
