"""``export``: members and tree, for other programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from morphoexplore.errors import WrongValueError
from morphoexplore.steps.overview import members, refuse_without_morphs
from morphoexplore.store import tree
from morphoexplore.store.project import Project


def export(project: Project, out: Path | str, *, format: str = "csv") -> dict[str, Any]:
    """
    Write what was sorted.

    Parameters
    ----------
    out : Path or str
        File, or a folder to put it into (a path without a suffix is one).
    format : {"csv", "ecotaxa", "tree"}
        ``csv``: one row per member. ``ecotaxa``: a metadata update that gives objects their morph as free
        columns. ``tree``: all nodes as nested JSON.

    Returns
    -------
    report : dict
        ``file``, ``rows``, ``notes`` (what was shortened or left out).

    Raises
    ------
    WrongValueError
        If there is no such format.
    StepMissingError
        If nothing was sorted yet.
    """
    if format not in FORMATS:
        message = f"There is no format {format!r}. Formats: {', '.join(FORMATS)}."
        raise WrongValueError(message)
    refuse_without_morphs(project)
    name, write = FORMATS[format]
    out = Path(out)
    return write(project, out / name if out.is_dir() or not out.suffix else out)


def _csv(project: Project, path: Path) -> dict[str, Any]:
    from morphoexplore.writing.members_csv import write_members

    table = members(project)
    return {"file": str(write_members(table, path)), "rows": len(table), "notes": []}


def _ecotaxa(project: Project, path: Path) -> dict[str, Any]:
    from morphoexplore.writing.ecotaxa_update import write_morph_update

    report = write_morph_update(members(project)[["object_id", "node_id", "name", "path", "origin"]], path)
    notes = [f"{problem.object_id}: {problem.reason}" for problem in report.problems]
    return {"file": str(report.path), "rows": report.n_objects, "notes": notes}


def _tree(project: Project, path: Path) -> dict[str, Any]:
    from morphoexplore.writing.tree_json import write_tree

    nodes = list(tree.nodes(project).values())
    return {
        "file": str(write_tree(nodes, tree.member_counts(project), path)),
        "rows": len(nodes),
        "notes": [],
    }


Writer = Callable[[Project, Path], dict[str, Any]]

FORMATS: dict[str, tuple[str, Writer]] = {
    "csv": ("members.csv", _csv),
    "ecotaxa": ("ecotaxa_morphs.zip", _ecotaxa),
    "tree": ("tree.json", _tree),
}
