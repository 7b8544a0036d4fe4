"""A sign in the header, on every page but the overview: what is being computed, and how it ended."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, ctx, dcc, html
from dash.development.base_component import Component

from morphoexplore.store import runs
from morphoexplore_app import ids
from morphoexplore_app.session import Session

TICK = 2000  # ms, while something is being computed
ENDED = {"done": "done", "failed": "failed", "interrupted": "interrupted"}


def layout() -> list[Component]:
    """Return the place of the sign, and what keeps it up to date."""
    return [
        html.Div(id=ids.JOB, className="shell-job", role="status"),
        dcc.Interval(id=ids.JOB_TICK, interval=TICK, disabled=True),
    ]


def register(app: Dash, session: Session) -> None:
    """Register the callback."""

    @app.callback(
        Output(ids.JOB, "children"),
        Output(ids.JOB_TICK, "disabled"),
        Input(ids.JOB_TICK, "n_intervals"),
        Input(ids.URL, "pathname"),
    )
    def watch(_ticks: int | None, pathname: str | None) -> tuple[Any, bool]:
        if (pathname or "/") == "/":
            return None, True  # the overview says it at length
        return sign(session, is_watched=ctx.triggered_id == ids.JOB_TICK)


def sign(session: Session, *, is_watched: bool) -> tuple[Component | None, bool]:
    """Return what the sign says, and whether nothing is being computed; how a run ended, if somebody watched it."""
    table = runs.listing(session.project)
    running = table[table["state"] == "running"]
    if len(running):
        run: dict[Any, Any] = running.iloc[-1].to_dict()
        return _link(f"{run['verb']}{_share(run)} …", "is being computed"), False
    if session.background.is_busy:
        return _link("starting …", "is being started"), False
    if is_watched and (failed := session.background.failed):  # it may have failed before its run began
        verb, sentence = next(reversed(failed.items()))
        return _link(f"{verb}: {ENDED['failed']}", sentence, "failed"), True
    if not is_watched or table.empty:
        return None, True
    run = table.iloc[-1].to_dict()
    return _link(
        f"{run['verb']}: {ENDED.get(run['state'], run['state'])}", "what came of it", run["state"]
    ), True


def _share(run: dict[Any, Any]) -> str:
    done, total = run["done"], run["total"]
    return f" {100 * done / total:.0f}%" if total and total == total and done == done else ""


def _link(text: str, title: str, state: str = "running") -> Component:
    return dcc.Link(text, href="/", title=f"{title}: see the overview", className=f"run-{state}")
