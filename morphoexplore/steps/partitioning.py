"""
``partition``: the morphospace in cells, a morph set that nobody decides on.

The cells are fitted to the objects that live, as far as is known: free ones, and members of living nodes. Like the morphospace
they are frozen then: every object, alive or not, has the cell whose middle is nearest, and so have objects that come later.
What is counted is settled when it is counted, by the kinds that nodes have at that moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.errors import StepMissingError, WrongValueError
from morphoexplore.records import Progress, silent
from morphoexplore.steps import volumes
from morphoexplore.store import arrays, morphospace, objects, partitions, runs, tree
from morphoexplore.store.arrays import ArrayRecord
from morphoexplore.store.project import Project
from morphoexplore.writing.tables import write_csv

WEIGHTS = ("count", "concentration")
LIVING = (tree.DEFAULT_KIND,)


def partition(
    project: Project,
    *,
    cells: int = 200,
    dims: int = 4,
    weight: str | None = None,
    refit: bool = False,
    random_state: int = 0,
    progress: Progress = silent,
) -> dict[str, Any]:
    """
    Cut the morphospace into cells by weighted k-means over all living objects.

    A partition is frozen. Asked for again, it is there already; objects that were added since get the cell whose middle is nearest.
    Other options, a new morphospace or ``refit`` make a new version, and the newest one counts.

    Parameters
    ----------
    cells : int
        How many.
    dims : int
        First dimensions of the morphospace that count; all of them where it has fewer.
    weight : {"count", "concentration"}, optional
        What each object counts: 1, or the individuals per m3 that it stands for. Concentration where the formulas for it
        are set, unless given.
    refit : bool
        Fit anew although nothing else changed; the kinds of morphs may have.
    random_state : int
        Of where cells begin, and of the draw from more than 100 000 objects.

    Returns
    -------
    counts : dict
        ``cells, dims, weight``; ``fitted`` (objects that the cells were fitted to), ``objects`` (given a cell now), ``there`` (had
        one), ``without`` (have no features), ``version``, ``notes`` (sentences), ``is_new`` (whether cells were fitted).

    Raises
    ------
    StepMissingError
        If the project has no embedding of all its objects yet.
    WrongValueError
        If an option cannot be used.
    """
    space, positions = _space(project, dims)
    weight = _checked_weight(project, weight)
    dims = positions.shape[1]
    wanted = {"cells": cells, "dims": dims, "weight": weight, "random_state": random_state}
    wanted |= {"space": space.run_id}
    former = partitions.newest(project)
    is_same = former is not None and wanted.items() <= former.parameters.items() and not refit
    known = former if is_same else None
    if known is not None and known.stop >= len(positions):
        return _result(project, known, placed=0, is_new=False, notes=[])
    with runs.run(project, "partition", wanted | {"refit": refit}, progress=progress) as run:
        stages = run.progress(range(2), label="cutting the morphospace", total=2)
        next(stages)
        notes: list[str] = []
        if known is None:
            centroids, fitted, notes = _fit(project, positions, cells, weight, random_state)
            blob = f"partition-{run.run_id}"
            arrays.write_blob(project, blob, {"centroids": centroids})
            array_id = _declare(project, run.run_id, wanted | {"blob": blob, "fitted": fitted})
            start = 0
        else:
            centroids = partitions.centroids(project, known)
            array_id, start = known.array_id, known.stop
        next(stages)
        shard = arrays.write_shard(project, array_id, start, _cells_of(positions[start:], centroids))
        with project.write() as conn:
            arrays.enter(conn, [shard])
        next(stages, None)
        array = partitions.require(project)
        placed = len(positions) - start
        run.result = _result(project, array, placed=placed, is_new=known is None, notes=notes)
    return run.result


def cells(project: Project) -> pd.DataFrame:
    """
    Return the cells of the newest partition, the one that held most weight first.

    Returns
    -------
    cells : DataFrame
        Index ``cell`` 1, 2, ...; ``title``; ``objects`` (free or of living morphs, now), ``free`` (of these);
        ``example`` (object id of the one nearest to the middle, None in a cell without any); ``pc1, pc2, ...`` (the middle).

    Raises
    ------
    StepMissingError
        If there is no partition of all objects yet.
    """
    array = partitions.require(project)
    cell, middles = partitions.read(project, array), partitions.centroids(project, array)
    node = tree.membership(project)[0][: len(cell)]
    counted = np.flatnonzero((cell > 0) & is_of_kinds(project, node, LIVING))
    index = pd.RangeIndex(1, len(middles) + 1, name="cell")
    table = pd.DataFrame({"title": [title(number) for number in index]}, index=index)
    table["objects"] = np.bincount(cell[counted], minlength=len(middles) + 1)[1:]
    free = counted[node[counted] == tree.FREE]
    table["free"] = np.bincount(cell[free], minlength=len(middles) + 1)[1:]
    table["example"] = _examples(project, cell, counted, middles)
    for dim in range(middles.shape[1]):
        table[f"pc{dim + 1}"] = middles[:, dim]
    return table


def cell_members(project: Project) -> pd.DataFrame:
    """
    Return one row per living object with its cell.

    Returns
    -------
    members : DataFrame
        ``object_id, sample, acquisition, datetime, cell, node_id`` (of its morph; missing where it is free), ``path``.

    Raises
    ------
    StepMissingError
        If there is no partition of all objects yet.
    """
    cell = partitions.read(project, partitions.require(project))
    node = tree.membership(project)[0][: len(cell)]
    rows = np.flatnonzero((cell > 0) & is_of_kinds(project, node, LIVING))
    nodes = tree.nodes(project)
    paths = {number: tree.path_of(nodes, number) for number in np.unique(node[rows]).tolist() if number >= 0}
    table = objects.frame(project)[["object_id", "sample", "acquisition", "datetime"]].iloc[rows].copy()
    table["cell"] = cell[rows]
    table["node_id"] = pd.array(node[rows], dtype="Int64")
    table["path"] = table["node_id"].map(paths)
    table["node_id"] = table["node_id"].where(table["node_id"] != tree.FREE)
    return table


def write_partition(project: Project, out: Path | str) -> list[str]:
    """
    Write the newest partition: ``partition.csv`` (:func:`cell_members`) and ``cells.csv`` (:func:`cells`).

    Parameters
    ----------
    out : Path or str
        Folder; made where it does not exist.

    Returns
    -------
    files : list of str

    Raises
    ------
    StepMissingError
        If there is no partition of all objects yet.
    """
    out = Path(out)
    tables = {"partition.csv": cell_members(project), "cells.csv": cells(project).reset_index()}
    return [str(write_csv(table, out / name)) for name, table in tables.items()]


def title(cell: int) -> str:
    """Return what a cell is called."""
    return f"cell {cell}"


def is_of_kinds(
    project: Project, node: np.ndarray, kinds: Sequence[str] | None, *, branch: int | None = None
) -> np.ndarray:
    """
    Tell which objects count: members of morphs of these kinds, and free ones where living ones count.

    Parameters
    ----------
    node : array of int, shape (n,)
        Morph of every object, ``tree.FREE`` where it has none.
    kinds : sequence of str or None
        None counts members of all kinds, and the free.
    branch : int, optional
        Only members below it count, and no free object.
    """
    nodes = tree.nodes(project)
    chosen = [
        number
        for number in np.unique(node[node != tree.FREE]).tolist()
        if (kinds is None or tree.kind_of(nodes, number) in kinds)
        and (branch is None or any(one.node_id == branch for one in tree.lineage(nodes, number)))
    ]
    counts = np.isin(node, chosen)
    if branch is None and (kinds is None or tree.DEFAULT_KIND in kinds):
        counts |= node == tree.FREE
    return counts


# ----------------------------------------------------------------------------------------- parts


def _space(project: Project, dims: int) -> tuple[ArrayRecord, np.ndarray]:
    """Return the morphospace and the position of every object in its first dimensions."""
    if dims < 1:
        message = f"A partition counts 1 dimension or more, not {dims}."
        raise WrongValueError(message)
    n = project.count_objects()
    space = morphospace.embedding(project, morphospace.PCA)
    verb = f"embed {project.folder}"
    if space is None:
        raise StepMissingError(missing="embedding", verb=verb)
    if space.stop < n:
        raise StepMissingError(missing=f"embedding of {n - space.stop} of its {n} objects", verb=verb)
    return space, np.asarray(arrays.read(project, space)[:, :dims])


def _checked_weight(project: Project, weight: str | None) -> str:
    if weight is not None and weight not in WEIGHTS:
        message = f"Objects weigh by {' or '.join(WEIGHTS)}, not by {weight!r}."
        raise WrongValueError(message)
    has_formulas = all(volumes.formulas(project)[name] is not None for name in volumes.EFFORT)
    if weight == "concentration" and not has_formulas:
        message = (
            "Concentrations need the formulas of this project. Set them first: morphoexplore volumes "
            f"{project.folder} --preset NAME"
        )
        raise WrongValueError(message)
    return weight or ("concentration" if has_formulas else "count")


def _fit(
    project: Project, positions: np.ndarray, cells: int, weight: str, random_state: int
) -> tuple[np.ndarray, int, list[str]]:
    """Return the middles of the cells, how many objects they were fitted to, and remarks."""
    from morphoexplore.methods.partitioning import find_cells

    node = tree.membership(project)[0][: len(positions)]
    counts = np.isfinite(positions).all(axis=1) & is_of_kinds(project, node, LIVING)
    each, notes = np.ones(len(positions)), []
    if weight == "concentration":
        weights = volumes.weigh(project)
        each = weights.efforts["concentration"].to_numpy()[weights.effort][: len(positions)]
        unknown = counts & (~np.isfinite(each) | weights.is_outside[: len(positions)])
        if unknown.any():
            notes.append(
                f"{int(unknown.sum())} living objects have no concentration; they have cells, but these were fitted "
                "without them. See what is missing: morphoexplore volumes PROJECT"
            )
        counts &= ~unknown
    rows = np.flatnonzero(counts)
    try:
        found = find_cells(positions[rows], cells=cells, weights=each[rows], random_state=random_state)
    except ValueError as error:
        raise WrongValueError(str(error)) from error
    if len(rows) < 10 * cells:
        notes.append(
            f"{len(rows)} objects in {cells} cells are about {len(rows) / cells:.0f} each: most differences between samples will be "
            "chance. Fewer cells say more here."
        )
    return found.centroids, len(rows), notes


def _cells_of(positions: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    from morphoexplore.methods.partitioning import assign_cells

    cell = assign_cells(positions, centroids)
    return np.where(cell >= 0, cell + 1, partitions.NO_CELL).astype(np.int32)


def _declare(project: Project, run_id: int, parameters: dict[str, Any]) -> int:
    with project.write() as conn:
        return arrays.declare(
            conn,
            partitions.PARTITION,
            partitions.CELLS,
            dtype="i4",
            width=0,
            run_id=run_id,
            parameters=parameters,
            new_version=True,
        )


def _examples(
    project: Project, cell: np.ndarray, counted: np.ndarray, middles: np.ndarray
) -> list[str | None]:
    """Return the id of the object nearest to the middle of every cell."""
    array = partitions.require(project)
    space = next(
        one
        for one in arrays.listing(project, morphospace.EMBEDDING)
        if one.name == morphospace.PCA and one.run_id == array.parameters["space"]
    )
    positions = np.asarray(arrays.read(project, space)[:, : middles.shape[1]], dtype=np.float64)
    counted = counted[counted < len(positions)]
    distances = np.linalg.norm(positions[counted] - middles[cell[counted] - 1], axis=1)
    order = np.lexsort((distances, cell[counted]))
    _, first = np.unique(cell[counted][order], return_index=True)
    nearest = counted[order[first]]
    ids = objects.frame(project)["object_id"].to_numpy()
    found: list[str | None] = [None] * len(middles)
    for number in nearest.tolist():
        found[int(cell[number]) - 1] = str(ids[number])
    return found


def _result(
    project: Project, array: ArrayRecord, *, placed: int, is_new: bool, notes: list[str]
) -> dict[str, Any]:
    cell = partitions.read(project, array)
    parameters = array.parameters
    return {
        "cells": parameters["cells"],
        "dims": parameters["dims"],
        "weight": parameters["weight"],
        "fitted": parameters["fitted"],
        "objects": placed,
        "there": len(cell) - placed,
        "without": int((cell == partitions.NO_CELL).sum()),
        "version": array.version,
        "notes": notes,
        "is_new": is_new,
    }
