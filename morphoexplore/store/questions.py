"""Questions to a colleague that stand on seeds."""

from __future__ import annotations

import json
import sqlite3
from typing import NamedTuple

from morphoexplore.store import history
from morphoexplore.store.project import Project

ASK = "ask"  # the verb of the decision


class Asked(NamedTuple):
    """A question, who asked it, and when; "" for whoever decides now."""

    text: str
    user: str = ""
    time: str = ""


def asked(conn: sqlite3.Connection) -> dict[int, Asked]:
    """Return the last question on each seed, who asked it, and when."""
    if not conn.execute("SELECT 1 FROM decision WHERE verb = ? LIMIT 1", (ASK,)).fetchone():
        return {}
    found: dict[int, Asked] = {}
    for row in history.standing(conn, ASK):
        said = json.loads(row["detail"])
        if "question" not in said:
            continue  # this very decision, which is being made
        text = said["question"]
        found.pop(row["seed_id"], None)
        if text is not None:
            found[row["seed_id"]] = Asked(text, row["user"], row["time"])
    return found


def read(conn: sqlite3.Connection) -> dict[int, str]:
    """Return the question that stands on each seed, whatever became of the seed since."""
    return {number: one.text for number, one in asked(conn).items()}


def waiting(project: Project) -> list[int]:
    """Return the pending seeds that wait with a question."""
    with project.read() as conn:
        asked = read(conn)
        pending = conn.execute("SELECT seed_id FROM seed WHERE state = 'pending' ORDER BY seed_id").fetchall()
    return [row["seed_id"] for row in pending if row["seed_id"] in asked]
