"""How precise morphs are, in words; read once per version and shown wherever morphs are listed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
from dash import html
from dash.development.base_component import Component

from morphoexplore.steps import precision
from morphoexplore_app.session import Session

UNKNOWN = "not known"


def of_all(session: Session) -> pd.DataFrame:
    """Return what is known of every morph; see :func:`morphoexplore.steps.precision.bounds`."""
    found: pd.DataFrame = _remembered(session, "bounds", precision.bounds)
    return found


def of_project(session: Session) -> dict[str, float]:
    """Return what is known of all members; see :func:`morphoexplore.steps.precision.project_errors`."""
    found: dict[str, float] = _remembered(session, "project errors", precision.project_errors)
    return found


def _remembered(session: Session, key: str, compute: Callable[..., Any]) -> Any:
    """Return what was computed as of the last decision."""
    version = session.version
    known = session.memo.get(key)
    if known is None or known[0] != version:
        known = session.memo[key] = version, compute(session.project, membership=session.membership)
    return known[1]


def words(session: Session, node_id: int) -> str:
    """Return how precise a morph is: ``all looked at``, ``at least 95.3% right``, ``precision not known``; "" without members."""
    found = of_all(session)
    if node_id not in found.index:
        return ""
    row: dict[Any, Any] = found.loc[node_id].to_dict()
    if not row["unseen"]:
        return "all looked at"
    if not pd.isna(row["precision"]):
        return f"at least {percent(row['precision'])} right"
    return "precision not known" + (" alone" if row["pooled"] else "")


def about(session: Session, node_id: int) -> str:
    """Return what the words about a morph rest on, for where the mouse rests on them."""
    found = of_all(session)
    if node_id not in found.index:
        return ""
    row: dict[Any, Any] = found.loc[node_id].to_dict()
    unseen, covered, pooled = int(row["unseen"]), int(row["covered"]), int(row["pooled"])
    if not unseen:
        return f"Every one of its {int(row['members']):,} members was looked at."
    said = [f"Of {int(row['members']):,} members {unseen:,} were not looked at."]
    if not pd.isna(row["bound"]):
        said.append(f"Of these at least {percent(row['bound'])} are right, with 95% confidence.")
    elif covered or pooled:
        said.append(f"A sample of this morph speaks of {covered:,}, only a pooled one of {pooled:,}.")
    if row["looked"]:
        said.append(
            f"Samples: {int(row['looked']):,} looked at, {int(row['wrong']):,} wrong; {date(row['time'])}."
        )
    return " ".join(said)


def tag(session: Session, node_id: int) -> Component:
    """Return the words about a morph as a small text."""
    text = words(session, node_id)
    unknown = " is-unknown" if "not known" in text else ""
    return html.Span(text, className=f"precision{unknown}", title=about(session, node_id))


def percent(share: Any) -> str:
    """Return ``95.3%``, rounded down: it is a least value."""
    return f"{int(1000 * float(share) + 1e-9) / 10:.1f}%"


def date(time: Any) -> str:
    """Return the day of a time of the database."""
    return str(time)[:10] if isinstance(time, str) else ""
