"""A copy of a project in which nobody has decided anything yet: to try things in, and to throw away."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

from morphoexplore.store.project import DATABASE, Project, open_project

DECIDED = ("look", "effort", "bound", "frozen", "survey", "member", "rejection", "seed", "node", "decision")
LEFT_OUT = ("seed", "strangeness", "tile", "picture", "canvas")  # arrays: of rounds, and pictures


def fresh_copy(project: Project, folder: Path) -> Project:
    """
    Copy a project's objects, features and embeddings, without seeds, morphs and decisions.

    Pictures are left out. The files of arrays are written once and never changed, so that they are linked where the
    disk allows it. The project itself is only read.

    Parameters
    ----------
    folder : Path
        Where there is nothing yet.
    """
    folder.mkdir(parents=True)
    copy = sqlite3.connect(folder / DATABASE, isolation_level=None)
    try:
        with project.read() as conn:
            conn.backup(copy)
        copy.execute("PRAGMA journal_mode = WAL")
        _forget(copy)
        files = [row[0] for row in copy.execute("SELECT file FROM shard")]
    finally:
        copy.close()
    blobs = [path.relative_to(project.folder).as_posix() for path in project.folder.glob("arrays/*.npz")]
    for file in [*files, *blobs]:
        _link(project.folder / file, folder / file)
    return open_project(folder, user=project.user)


def _forget(conn: sqlite3.Connection) -> None:
    """Remove what was decided and proposed, and the arrays that are not copied, in one transaction."""
    conn.execute("BEGIN IMMEDIATE")
    there = {row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in DECIDED:
        if table in there:
            conn.execute(f"DELETE FROM {table}")
            conn.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
    which = f"(SELECT array_id FROM array WHERE kind IN ({', '.join('?' * len(LEFT_OUT))}))"
    conn.execute(f"DELETE FROM shard WHERE array_id IN {which}", LEFT_OUT)
    conn.execute(f"DELETE FROM array WHERE array_id IN {which}", LEFT_OUT)
    conn.execute("DELETE FROM run WHERE verb = 'seed'")  # a round like it is no repetition
    conn.execute("COMMIT")


def _link(path: Path, copy: Path) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, copy)
    except OSError:  # another disk, or one that knows no links
        shutil.copyfile(path, copy)
