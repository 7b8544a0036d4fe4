"""How sorting goes: how much is done, how fast, and about how long it still takes; read from decisions and members."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.store import history
from morphoexplore.store.project import Project
from morphoexplore.store.schema import ORIGINS

PAUSE = 300.0  # s between two decisions beyond which a person did something else
RECENT = 2 * 3600.0  # s of work that the present speed is measured on: it falls as seeds get smaller
LEAST_WORK, FEWEST_DECISIONS = 600.0, 10  # below which a speed says nothing yet

BROUGHT_NOTHING = (
    "merge",
    "split",
    "move",
    "judge members",
    "take back",
)  # of members that their detail counts


@dataclass(frozen=True)
class _Work:
    """One person's decisions: time of each in s, those of today, and what came in with it."""

    times: np.ndarray
    is_today: np.ndarray
    came_in: np.ndarray

    @property
    def active(self) -> np.ndarray:
        """Seconds of work that each decision took: since the one before it, nothing after a pause."""
        gaps = np.diff(self.times, prepend=self.times[:1])
        return np.where(gaps <= PAUSE, gaps, 0.0)


def progress(project: Project, *, now: datetime | None = None) -> dict[str, Any]:
    """
    Tell how sorting goes, and how fast the person who asks sorts.

    Time is that between two decisions of this person, where it is 5 minutes or less: pauses do not count.

    Parameters
    ----------
    now : datetime, optional
        Tells what today is; the clock unless given.

    Returns
    -------
    progress : dict
        ``sorted`` (members) and ``share`` of all objects; ``shares{looked, seed, grown, imported}`` of the members;
        ``decisions_per_morph`` (of everybody; None without morphs). Of this person: ``hours`` and ``hours_today`` at
        work; ``came_in`` and ``came_in_today``, objects that came in by decisions that stand, less those that were taken out; ``per_hour`` and
        ``per_hour_today`` (None where there was less than 10 minutes of work); ``hours_left``, a guess: all that is
        free at the speed of the last two hours of work (None where too little is known).
    """
    with project.read() as conn:
        origins = dict(conn.execute("SELECT origin, count(*) FROM member GROUP BY origin").fetchall())
        n = int(conn.execute("SELECT count(*) FROM object").fetchone()[0])
        morphs = int(conn.execute("SELECT count(*) FROM node WHERE NOT is_branch").fetchone()[0])
    members = sum(origins.values())
    table = history.listing(project)
    stands = table["target_id"].isna() & ~table["is_undone"]
    work = _work(table[table["user"] == project.user], now or datetime.now().astimezone())
    active, today = work.active, work.is_today
    return {
        "sorted": members,
        "share": members / n if n else 0.0,
        "shares": {word: origins.get(word, 0) / max(members, 1) for word in ORIGINS},
        "decisions_per_morph": int(stands.sum()) / morphs if morphs else None,
        "hours": float(active.sum()) / 3600,
        "hours_today": float(active[today].sum()) / 3600,
        "came_in": int(work.came_in.sum()),
        "came_in_today": int(work.came_in[today].sum()),
        "per_hour": _speed(work.came_in, active),
        "per_hour_today": _speed(work.came_in[today], active[today]),
        "hours_left": _left(n - members, work.came_in, active),
    }


def _work(mine: pd.DataFrame, now: datetime) -> _Work:
    """Return what one person decided, in the order of time."""
    moments = [datetime.fromisoformat(text) for text in mine["time"]]
    came_in = [
        0 if is_undone else _came_in(verb, detail)
        for verb, detail, is_undone in zip(mine["verb"], mine["detail"], mine["is_undone"], strict=True)
    ]
    return _Work(
        np.array([moment.timestamp() for moment in moments], np.float64),
        np.array([moment.astimezone(now.tzinfo).date() == now.date() for moment in moments], np.bool_),
        np.array(came_in, np.int64),
    )


def _came_in(verb: str, detail: dict[str, Any]) -> int:
    """Return how many objects came into morphs by a decision; as far as known of decisions that do not say it."""
    if "came_in" in detail or verb in BROUGHT_NOTHING:
        return int(detail.get("came_in", 0))
    return max(detail.get("members", 0) - detail.get("moved", 0), 0)


def _speed(came_in: np.ndarray, active: np.ndarray) -> float | None:
    """Return objects per hour of work, None where the work was too short to tell."""
    if active.sum() < LEAST_WORK or len(active) < FEWEST_DECISIONS:
        return None
    return float(came_in.sum() / active.sum() * 3600)


def _left(free: int, came_in: np.ndarray, active: np.ndarray) -> float | None:
    """Return the hours that the free objects would take at the speed of the last hours of work."""
    is_recent = np.cumsum(active[::-1])[::-1] <= RECENT
    speed = _speed(came_in[is_recent], active[is_recent])
    return free / speed if speed and speed > 0 else None
