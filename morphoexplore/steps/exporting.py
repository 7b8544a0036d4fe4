"""``export``: members, tree, names and descriptors, for other programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.errors import WrongValueError
from morphoexplore.reading.ecotaxa_check import check_ecotaxa as look_at
from morphoexplore.reading.ecotaxa_remarks import Action, Check
from morphoexplore.records import Progress, silent
from morphoexplore.steps.overview import members, refuse_without_morphs
from morphoexplore.steps.partitioning import cell_members, cells
from morphoexplore.steps.precision import bounds, with_precision
from morphoexplore.store import objects, partitions, tree
from morphoexplore.store.project import Project
from morphoexplore.store.schema import ORIGINS

NAME_COLUMNS = ["node_id", "name", "kind", "taxon", "ecotaxa_id", "aphia_id", "taxon_type", "description"]
DESCRIPTORS = "descriptors"

CLASSIFICATION, BACKUP = "ecotaxa-classification", "ecotaxa-backup"
PARTITION, CELLS = "partition", "cells"
GUIDE = "guide"
NEED_NO_MORPHS = (DESCRIPTORS, BACKUP, PARTITION, CELLS, GUIDE)
LONG = (CLASSIFICATION, BACKUP, GUIDE)  # that say how far they are

Writer = Callable[..., dict[str, Any]]


def export(
    project: Project, out: Path | str, *, format: str = "csv", progress: Progress = silent
) -> dict[str, Any]:
    """
    Write what was sorted, or measured.

    Parameters
    ----------
    out : Path or str
        File, or a folder to put it into (a path without a suffix is one; of a backup, it is the folder of the backup).
    format : {"csv", "morphs", "ecotaxa", "ecotaxa-classification", "ecotaxa-backup", "tree", "names", "descriptors", "partition", "cells", "guide"}
        ``csv``: one row per member, with the precision of its morph. ``morphs``: one row per morph, with its members by how
        they came in, how many of them nobody looked at, and what is known of its precision, from how many images and when. ``ecotaxa``: a metadata update that gives objects their morph as free
        columns. ``ecotaxa-classification``: an update of categories, for morphs that have an ``ecotaxa_id``.
        ``ecotaxa-backup``: objects, metadata, annotations and images, as EcoTaxa imports them and ``add`` reads them. ``tree``: all nodes as nested JSON. ``names``: one row per node, to be filled in and read back
        by ``morphoexplore name``. ``descriptors``: one row per object, sorted or not, with what was measured of it.
        ``partition``: one row per living object with its cell. ``cells``: one row per cell, with its middle. ``guide``: a page of
        HTML with pictures of every morph and cell, from typical to strange.

    Returns
    -------
    report : dict
        ``file``, ``rows``, ``notes`` (what was shortened or left out); of the latter two for EcoTaxa also ``left_out``, a
        CSV of the objects left out with reasons.

    Raises
    ------
    WrongValueError
        If there is no such format.
    StepMissingError
        If nothing was sorted yet (a backup needs no morphs); for ``descriptors``, if nothing was described yet; for
        ``partition`` and ``cells``, if there is no partition.
    """
    name, write = _writer(format)
    if format not in NEED_NO_MORPHS:
        refuse_without_morphs(project)
    out = Path(out)
    if format == BACKUP and any(out.glob("*/ecotaxa_*.tsv")):
        message = f"{out} holds a backup, or other tables of EcoTaxa. Choose a folder that is not there yet, or a .zip."
        raise WrongValueError(message)
    if out.is_dir() or (not out.suffix and format != BACKUP):
        out /= name
    if format in LONG:
        return write(project, out, progress=progress)
    return write(project, out)


def preview(project: Project, *, format: str) -> dict[str, Any]:
    """
    Return what :func:`export` would write, without writing it.

    Returns
    -------
    report : dict
        ``file`` (its name), ``rows``, ``notes`` (what would be shortened or left out).

    Raises
    ------
    WrongValueError
        If there is no such format.
    StepMissingError
        If nothing was sorted yet.
    """
    name, _ = _writer(format)
    if format not in NEED_NO_MORPHS:
        refuse_without_morphs(project)
    if format == BACKUP:
        from morphoexplore.steps.ecotaxa_backup import preview_backup

        return preview_backup(project)
    if format == CLASSIFICATION:
        from morphoexplore.steps.ecotaxa_classification import preview_classification

        return preview_classification(project)
    notes: list[str] = []
    if format == "ecotaxa":
        from morphoexplore.writing.ecotaxa_update import check_morph_update

        rows, found = check_morph_update(_sorted_objects(project))
        notes = [_note(object_id, reason) for object_id, reason in found]
    elif format == "csv":
        rows = sum(tree.member_counts(project).values())
    elif format == DESCRIPTORS:
        rows = project.count_objects()
    elif format in (PARTITION, CELLS):
        rows = len(cell_members(project) if format == PARTITION else cells(project))
    elif format == GUIDE:
        rows = len(tree.morphs(project)) + count_cells(project)
    elif format == "morphs":
        rows, notes = len(tree.morphs(project)), _unknown(_morph_table(project))
    else:
        rows = len(tree.nodes(project))
    return {"file": name, "rows": rows, "notes": notes}


def check_ecotaxa(path: Path | str, action: Action | None = None) -> Check:
    """
    Say what EcoTaxa would say of a table, folder or zip, ours or another program's.

    Parameters
    ----------
    action : {"import", "update", "classification"}, optional
        What it is for; its columns tell unless given.

    Returns
    -------
    check : Check
        Its ``errors`` are what EcoTaxa would refuse, its ``warnings`` what it would take, but not as it was meant.

    Raises
    ------
    SourceError
        If there is nothing to read.
    """
    return look_at(Path(path), action)


def names(project: Project) -> pd.DataFrame:
    """
    Return the table of names, to be filled in and read back by :func:`.arranging.name_from_csv`.

    Returns
    -------
    names : DataFrame
        One row per node, each branch before what it owns: ``node_id, name, kind`` (its own, empty where it
        has its branch's), ``taxon, ecotaxa_id, aphia_id, taxon_type, description``; and to know it by, not read back:
        ``path``, ``members`` (of a branch: of all its morphs).
    """
    sizes, nodes = tree.member_counts(project), tree.nodes(project)
    totals = dict.fromkeys(nodes, 0)
    for morph, size in sizes.items():
        for node in tree.lineage(nodes, morph):
            totals[node.node_id] += size
    rows = [
        {
            **{column: getattr(node, column) for column in NAME_COLUMNS},
            "path": tree.path_of(nodes, node.node_id),
            "members": totals[node.node_id],
        }
        for _, node in tree.outline(project)
    ]
    table = pd.DataFrame(rows, columns=[*NAME_COLUMNS, "path", "members"])
    return table.astype({"ecotaxa_id": "Int64", "aphia_id": "Int64"})


def _writer(format: str) -> tuple[str, Writer]:
    if format not in FORMATS:
        message = f"There is no format {format!r}. Formats: {', '.join(FORMATS)}."
        raise WrongValueError(message)
    return FORMATS[format]


def _csv(project: Project, path: Path) -> dict[str, Any]:
    from morphoexplore.writing.members_csv import write_members

    table = members(project)
    table["precision"] = table["node_id"].map(bounds(project)["precision"]).astype(float).round(4)
    return {"file": str(write_members(table, path)), "rows": len(table), "notes": []}


def _morphs(project: Project, path: Path) -> dict[str, Any]:
    from morphoexplore.writing.tables import write_csv

    table = _morph_table(project)
    return {"file": str(write_csv(table, path)), "rows": len(table), "notes": _unknown(table)}


def _morph_table(project: Project) -> pd.DataFrame:
    return with_precision(tree.morphs(project), bounds(project)).reset_index()


def _unknown(table: pd.DataFrame) -> list[str]:
    unknown = int((table["precision"].isna() & (table["members"] > 0)).sum())
    note = f"The precision of {unknown} of {len(table)} morphs is not known, because nobody audited them."
    return [note] if unknown else []


def _ecotaxa(project: Project, path: Path) -> dict[str, Any]:
    from morphoexplore.writing.ecotaxa_update import write_morph_update

    report = write_morph_update(_sorted_objects(project), path)
    notes = [_note(problem.object_id, problem.reason) for problem in report.problems]
    return {"file": str(report.path), "rows": report.n_objects, "notes": notes}


def _sorted_objects(project: Project) -> pd.DataFrame:
    """Return object_id, node_id, name, path and origin of every member; rows share their texts, to be light."""
    node, origin = tree.membership(project)
    rows = np.flatnonzero(node != tree.FREE)
    known = tree.nodes(project)
    numbers, place = np.unique(node[rows], return_inverse=True)
    names = np.array([known[number].name for number in numbers.tolist()], dtype=object)
    paths = np.array([tree.path_of(known, number) for number in numbers.tolist()], dtype=object)
    return pd.DataFrame(
        {
            "object_id": objects.ids_of(project, rows),
            "node_id": node[rows],
            "name": names[place],
            "path": paths[place],
            "origin": np.array(ORIGINS, dtype=object)[origin[rows]],
        }
    )


def _classification(project: Project, path: Path, *, progress: Progress) -> dict[str, Any]:
    from morphoexplore.steps.ecotaxa_classification import write_classification

    return write_classification(project, path, progress=progress)


def _backup(project: Project, path: Path, *, progress: Progress) -> dict[str, Any]:
    from morphoexplore.steps.ecotaxa_backup import write_backup

    return write_backup(project, path, progress=progress)


def _guide(project: Project, path: Path, *, progress: Progress) -> dict[str, Any]:
    from morphoexplore.steps.guiding import guide

    return guide(project, path, progress=progress)


def count_cells(project: Project) -> int:
    """Count the cells of the newest partition; 0 where there is none of all objects."""
    array = partitions.newest(project)
    is_there = array is not None and array.stop >= project.count_objects()
    return int(array.parameters["cells"]) if array is not None and is_there else 0


def _note(object_id: str | None, reason: str) -> str:
    return reason if object_id is None else f"{object_id}: {reason}"


def _names(project: Project, path: Path) -> dict[str, Any]:
    from morphoexplore.writing.tables import write_csv

    table = names(project)
    return {"file": str(write_csv(table, path)), "rows": len(table), "notes": []}


def _tree(project: Project, path: Path) -> dict[str, Any]:
    from morphoexplore.writing.tree_json import write_tree

    nodes = list(tree.nodes(project).values())
    return {
        "file": str(write_tree(nodes, tree.member_counts(project), path, _known_precision(project))),
        "rows": len(nodes),
        "notes": [],
    }


def _known_precision(project: Project) -> dict[int, float]:
    known = bounds(project)["precision"].dropna().round(4)
    return dict(zip(known.index.tolist(), known.tolist(), strict=True))


def _descriptors(project: Project, path: Path) -> dict[str, Any]:
    from morphoexplore.steps.measuring import descriptors
    from morphoexplore.writing.tables import write_csv

    table = descriptors(project)
    numbers = table.select_dtypes("float64").columns
    # They were measured in single precision; more digits would only be noise.
    written = write_csv(table.astype(dict.fromkeys(numbers, "float32")), path)
    lost = int(table["touches_border"].isna().sum())
    notes = [
        f"{lost} of {len(table)} objects have empty cells: they could not be measured (see problems.csv)."
    ]
    return {"file": str(written), "rows": len(table), "notes": notes if lost else []}


def _partition(project: Project, path: Path) -> dict[str, Any]:
    from morphoexplore.writing.tables import write_csv

    table = cell_members(project)
    return {"file": str(write_csv(table, path)), "rows": len(table), "notes": []}


def _cells(project: Project, path: Path) -> dict[str, Any]:
    from morphoexplore.writing.tables import write_csv

    table = cells(project).reset_index()
    return {"file": str(write_csv(table, path)), "rows": len(table), "notes": []}


FORMATS: dict[str, tuple[str, Writer]] = {
    "csv": ("members.csv", _csv),
    "morphs": ("morphs.csv", _morphs),
    "ecotaxa": ("ecotaxa_morphs.zip", _ecotaxa),
    CLASSIFICATION: ("ecotaxa_classification.zip", _classification),
    BACKUP: ("ecotaxa_backup.zip", _backup),
    "tree": ("tree.json", _tree),
    "names": ("names.csv", _names),
    DESCRIPTORS: ("descriptors.csv", _descriptors),
    GUIDE: ("guide.html", _guide),
    PARTITION: ("partition.csv", _partition),
    CELLS: ("cells.csv", _cells),
}
