"""Every invariant of a project, checked: what is broken, where, and what to do."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from morphoexplore.errors import ProjectError
from morphoexplore.store import arrays, history, images, runs
from morphoexplore.store.changes import NODE_COLUMNS, changes_of
from morphoexplore.store.project import Project
from morphoexplore.store.schema import ORIGINS

RESTORE = "Restore the project from a backup."


@dataclass(frozen=True)
class Finding:
    """
    One broken invariant.

    Attributes
    ----------
    where : str
        Table or file, and the row.
    what : str
        What is wrong.
    advice : str
        What to do.
    is_harmless : bool
        Nothing is lost or wrong; only tidying up.
    """

    where: str
    what: str
    advice: str
    is_harmless: bool = False


def check(project: Project) -> list[Finding]:
    """Return everything that is wrong with a project; an empty list for a sound one."""
    findings: list[Finding] = []
    with project.read() as conn:
        findings += _database(conn)
        for rule in _RULES:
            findings += rule(conn)
        findings += _replay(conn)
    findings += _shards(project)
    findings += _seed_arrays(project)
    findings += _blobs(project)
    findings += _roots(project)
    strays = arrays.strays(project)
    is_busy = bool(strays) and (runs.listing(project)["state"] == "running").any()
    findings += [
        Finding(
            str(path.relative_to(project.folder)),
            "no row of the database names this file",
            _BEING_WRITTEN if is_busy else _SWEPT,
            is_harmless=True,
        )
        for path in strays
    ]
    return findings


_SWEPT = "It was left by a run that was stopped; the next run removes it."
_BEING_WRITTEN = "A run is under way and may be writing it; check again when it has ended."


def _database(conn: sqlite3.Connection) -> Iterator[Finding]:
    for row in conn.execute("PRAGMA integrity_check"):
        if row[0] != "ok":
            yield Finding("project.db", str(row[0]), RESTORE)
    for row in conn.execute("PRAGMA foreign_key_check"):
        where = str(row[0]) if row[1] is None else f"{row[0]} row {row[1]}"
        yield Finding(where, f"refers to a row of {row[2]} that does not exist", RESTORE)


def _rule(sql: str, where: str, what: str, advice: str) -> Callable[[sqlite3.Connection], Iterator[Finding]]:
    def apply(conn: sqlite3.Connection) -> Iterator[Finding]:
        for row in conn.execute(sql):
            yield Finding(where.format(*row), what.format(*row), advice)

    return apply


_RULES = (
    _rule(
        "SELECT count(*), max(object) FROM object HAVING count(*) > 0 AND max(object) + 1 <> count(*)",
        "object",
        "{0} objects, but the highest number is {1}: numbers are missing",
        RESTORE,
    ),
    _rule(
        "SELECT object, node_id FROM member JOIN node USING (node_id) WHERE is_branch",
        "member of object {0}",
        "is owned by branch {1}; only morphs own objects",
        RESTORE,
    ),
    _rule(
        "SELECT child.node_id, parent.node_id FROM node child JOIN node parent ON child.parent_id = parent.node_id "
        "WHERE NOT parent.is_branch",
        "node {0}",
        "lies below node {1}, which is a morph; only branches own nodes",
        RESTORE,
    ),
    _rule(
        "WITH RECURSIVE up(start, node_id, depth) AS (SELECT node_id, parent_id, 1 FROM node UNION ALL "
        "SELECT start, parent_id, depth + 1 FROM up JOIN node USING (node_id) "
        "WHERE up.node_id <> start AND depth <= (SELECT count(*) FROM node)) "
        "SELECT DISTINCT start FROM up WHERE node_id = start",
        "node {0}",
        "lies below itself",
        RESTORE,
    ),
    _rule(
        "SELECT object, node_id FROM member JOIN rejection USING (object, node_id)",
        "rejection of object {0}",
        "is of morph {1}, of which the object is a member",
        RESTORE,
    ),
    _rule(
        "SELECT seed_id, state FROM seed WHERE state <> 'confirmed' AND node_id IS NOT NULL",
        "seed {0}",
        "is {1}, yet has a morph",
        RESTORE,
    ),
    _rule(
        "SELECT node_id, name FROM node WHERE is_branch AND is_complete",
        "node {0}",
        "is a branch, and yet complete",
        RESTORE,
    ),
    _rule(
        "SELECT seed_id, node_id FROM seed JOIN node USING (node_id) WHERE is_branch",
        "seed {0}",
        "was confirmed as node {1}, which is a branch",
        RESTORE,
    ),
    _rule(
        "SELECT decision_id, verb FROM decision WHERE target_id IS NULL AND changes IS NULL",
        "decision {0}",
        "has lost its changes",
        RESTORE,
    ),
    _rule(
        "SELECT decision_id, target_id FROM decision d WHERE verb IN ('undo', 'redo') AND (target_id IS NULL OR "
        "(SELECT verb FROM decision t WHERE t.decision_id = d.target_id) IN ('undo', 'redo'))",
        "decision {0}",
        "undoes or redoes decision {1}, which cannot be undone",
        RESTORE,
    ),
    _rule(
        "SELECT a.array_id, a.kind, a.name, s.start, coalesce((SELECT max(stop) FROM shard b WHERE "
        "b.array_id = s.array_id AND b.start < s.start), 0) AS reached FROM shard s JOIN array a USING (array_id) "
        "WHERE reached <> s.start",
        "{1} {2}",
        "has a gap or an overlap at object {3}",
        "Run the step that makes it again in a new project, or restore this one from a backup.",
    ),
    _rule(
        "SELECT kind, name, max(stop), (SELECT count(*) FROM object) FROM array JOIN shard USING (array_id) "
        "GROUP BY array_id HAVING max(stop) > (SELECT count(*) FROM object)",
        "{0} {1}",
        "covers {2} objects, but there are {3}",
        RESTORE,
    ),
    _rule(
        "SELECT 'sample', name FROM sample WHERE NOT json_valid(metadata) UNION ALL "
        "SELECT 'acquisition', name FROM acquisition WHERE NOT json_valid(metadata)",
        "{0} {1}",
        "has metadata that cannot be read",
        RESTORE,
    ),
    _rule(
        "SELECT name FROM array JOIN term USING (array_id) GROUP BY array_id HAVING max(code) + 1 <> count(*)",
        "column {0}",
        "has lost some of its texts",
        RESTORE,
    ),
    _rule(
        "SELECT kind, name FROM array LEFT JOIN shard USING (array_id) WHERE kind = 'metadata' "
        "GROUP BY array_id HAVING coalesce(max(stop), 0) <> (SELECT count(*) FROM object) "
        "AND version = (SELECT max(version) FROM array b WHERE b.kind = array.kind AND b.name = array.name)",
        "column {1}",
        "does not cover all objects",
        RESTORE,
    ),
)


def _replay(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Compare nodes, members, rejections and judged seeds with what the standing decisions made."""
    nodes: dict[int, dict[str, Any]] = {}
    members: dict[int, tuple[int, int]] = {}
    rejections: set[tuple[int, int]] = set()
    judged: dict[int, list[Any]] = {}
    for row in history.standing(conn):
        try:
            found = changes_of(conn, row["decision_id"])
        except ProjectError as error:
            yield Finding(f"decision {row['decision_id']}", str(error), RESTORE)
            return
        for change in found:
            if change["what"] == "seed":
                judged[change["seed"]] = change["later"]
            _replay_one(change, nodes, members, rejections)
    stored_nodes = {row["node_id"]: dict(row) for row in conn.execute("SELECT * FROM node")}
    codes = {origin: code for code, origin in enumerate(ORIGINS)}
    stored_members = {
        row[0]: (row[1], codes.get(row[2], -1))
        for row in conn.execute("SELECT object, node_id, origin FROM member")
    }
    stored_rejections = {(row[0], row[1]) for row in conn.execute("SELECT object, node_id FROM rejection")}
    stored_judged = {
        row[0]: [row[1], row[2]]
        for row in conn.execute(
            "SELECT seed_id, state, node_id FROM seed WHERE state IN ('confirmed', 'discarded')"
        )
    }
    compared: tuple[tuple[str, dict[int, Any], dict[int, Any]], ...] = (
        ("nodes", nodes, stored_nodes),
        ("members", members, stored_members),
        ("judged seeds", judged, stored_judged),
    )
    for what, made, stored in compared:
        differing = [key for key in made.keys() | stored.keys() if made.get(key) != stored.get(key)]
        if differing:
            yield _differs(what, len(differing), min(differing))
    if rejections != stored_rejections:
        differing_pairs = rejections ^ stored_rejections
        yield _differs("rejections", len(differing_pairs), min(differing_pairs)[0])


def _differs(what: str, count: int, first: int) -> Finding:
    return Finding(what, f"{count} differ from what the decisions made, first number {first}", RESTORE)


def _replay_one(
    change: dict[str, Any],
    nodes: dict[int, dict[str, Any]],
    members: dict[int, tuple[int, int]],
    rejections: set[tuple[int, int]],
) -> None:
    later = change["later"]
    if change["what"] == "node":
        if later is None:
            nodes.pop(change["node"], None)
        else:
            nodes[change["node"]] = dict.fromkeys(NODE_COLUMNS) | later  # earlier versions knew fewer
    elif change["what"] == "member":
        for number, node_id, origin in zip(
            change["objects"].tolist(), later["node"].tolist(), later["origin"].tolist(), strict=True
        ):
            if node_id < 0:
                members.pop(number, None)
            else:
                members[number] = (node_id, origin)
    elif change["what"] == "rejection":
        for number, decision_id in zip(change["objects"].tolist(), later.tolist(), strict=True):
            pair = (number, change["node"])
            if decision_id < 0:
                rejections.discard(pair)
            else:
                rejections.add(pair)


def _again(project: Project, kind: str, name: str) -> str:
    """Return how a file of an array is made again."""
    if kind == "embedding":
        return f"Make a new morphospace: morphoexplore embed {project.folder} --refit; or restore the file from a backup."
    if kind == "features":
        how = f"morphoexplore extract {project.folder} --model {name} --again"
        return f"Describe the objects anew: {how}; or restore the file from a backup."
    if kind == "canvas":
        return f"Draw it anew: morphoexplore train {project.folder} --again; until then the images are read."
    return "Run the step that made it again, or restore the file from a backup."


def _shards(project: Project) -> Iterator[Finding]:
    with project.read() as conn:
        rows = conn.execute(
            "SELECT s.file, s.start, s.stop, s.checksum, a.dtype, a.width, a.kind, a.name, "
            "(SELECT count(*) FROM term t WHERE t.array_id = a.array_id) AS terms "
            "FROM shard s JOIN array a USING (array_id) ORDER BY file"
        ).fetchall()
    for row in rows:
        again = _again(project, row["kind"], row["name"])
        path = project.folder / row["file"]
        if not path.is_file():
            yield Finding(row["file"], "the file is gone", again)
            continue
        try:
            is_as_written = _checksum(path) == row["checksum"]
        except OSError as error:
            yield Finding(row["file"], f"the file cannot be read ({error})", again)
            continue
        if not is_as_written:
            yield Finding(row["file"], "the file was changed or damaged since it was written", again)
            continue
        if path.suffix == ".npy":
            try:
                values = arrays.open_shard(project, row["file"])
            except ProjectError as error:
                yield Finding(row["file"], str(error), again)
                continue
            entered = (row["stop"] - row["start"], *([row["width"]] if row["width"] else []))
            if values.shape[: len(entered)] != entered or values.dtype != np.dtype(row["dtype"]):
                what = f"holds {values.shape} {values.dtype}, but {entered} {row['dtype']} is entered"
                yield Finding(row["file"], what, again)
            elif row["kind"] == "metadata" and values.dtype == np.int32 and values.max() >= row["terms"]:
                what = f"has the code {values.max()}, but its column has {row['terms']} texts"
                yield Finding(row["file"], what, RESTORE)


def _checksum(path: Path) -> int:
    value = 0
    with path.open("rb") as file:
        while block := file.read(1 << 24):
            value = zlib.crc32(block, value)
    return value


def _blobs(project: Project) -> Iterator[Finding]:
    for name in arrays.blobs(project):
        try:
            arrays.read_blob(project, name)
        except ProjectError as error:
            yield Finding(f"arrays/{name}.npz", str(error), RESTORE)


def _seed_arrays(project: Project) -> Iterator[Finding]:
    with project.read() as conn:
        rows = conn.execute(
            "SELECT run_id, number, seed_id, size FROM seed ORDER BY run_id, number"
        ).fetchall()
    counts: dict[int, np.ndarray | None] = {}
    for row in rows:
        if row["run_id"] not in counts:
            array = arrays.find(project, "seed", f"run {row['run_id']}")
            try:
                labels = np.empty(0, np.int64) if array is None else np.asarray(arrays.read(project, array))
                counts[row["run_id"]] = np.bincount(labels[labels >= 0])
            except ProjectError:
                counts[row["run_id"]] = None  # its shard is reported already
        found = counts[row["run_id"]]
        if found is None:
            continue
        size = found[row["number"]] if row["number"] < len(found) else 0
        if size != row["size"]:
            yield Finding(f"seed {row['seed_id']}", f"has size {row['size']}, but {size} objects", RESTORE)


def _roots(project: Project) -> Iterator[Finding]:
    for source in images.sources(project).values():
        if not source.root.exists():
            yield Finding(
                str(source.root),
                "images are looked for here, but it does not exist",
                f"If they moved: morphoexplore relocate {project.folder} {source.root} NEW",
            )
