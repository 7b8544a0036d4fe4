"""``taxa``: lists of taxa to identify morphs by, read from files or learned from the annotations of the objects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from morphoexplore.reading.taxa import learned, read_taxa, whole_number
from morphoexplore.records import Problem, Taxon
from morphoexplore.steps import columns
from morphoexplore.store import arrays, objects, runs
from morphoexplore.store import taxa as taxon_store
from morphoexplore.store.project import Project

CATEGORY, HIERARCHY, NUMBERS = (
    "annotation_category",
    "annotation_hierarchy",
    ("annotation_category_id", "classif_id"),
)


def add_taxa(project: Project, path: Path | str) -> dict[str, Any]:
    """
    Read a list of taxa into the project; what a taxon has already and the list does not say stays.

    Parameters
    ----------
    path : Path or str
        EcoTaxa's taxo export, a WoRMS download, EcoTaxa tables (file, folder or zip), or a CSV with the column
        ``display_name`` and any of ``lineage, ecotaxa_id, aphia_id, taxon_type``.

    Returns
    -------
    report : dict
        ``format``, ``read``, ``new``, ``changed``, ``total`` (taxa there are now), ``problems`` (lines left out).

    Raises
    ------
    SourceError
        If the file cannot be read as taxa.
    """
    found = read_taxa(Path(path))
    return _enter(project, found.taxa, found.problems, {"path": str(path), "format": found.format})


def learn_taxa(project: Project) -> dict[str, Any]:
    """Take over the categories, numbers and lineages that the objects of the project brought along; see :func:`add_taxa`."""
    return _enter(project, annotated_taxa(project), [], {"path": None, "format": "learned"})


def _enter(
    project: Project, taxa: list[Taxon], problems: list[Problem], parameters: dict[str, Any]
) -> dict[str, Any]:
    with runs.run(project, "taxa", parameters) as run:
        with project.write() as conn:
            counts = taxon_store.put(conn, taxa, run_id=run.run_id)
        run.result = counts | {
            "read": len(taxa),
            "total": taxon_store.count(project),
            "problems": len(problems),
        }
    reasons = [f"{one.file}, line {one.line}: {one.reason}" for one in problems]
    return {"format": parameters["format"]} | run.result | {"problems": reasons}


def annotated_taxa(project: Project) -> list[Taxon]:
    """Return the taxa that the annotations of the objects name, each with its number and lineage where they have them."""
    known = columns.newest(project)
    if CATEGORY not in known or not columns.is_text(known[CATEGORY]):
        return []
    number = next((known[name] for name in NUMBERS if name in known), None)
    found: dict[tuple[str, str | None, int | None], None] = {}
    texts = {
        name: objects.terms(project, known[name].array_id)
        for name in (CATEGORY, HIERARCHY)
        if _is_text(known.get(name))
    }
    size = known[CATEGORY].stop
    codes = [
        _codes(project, known.get(name), size) if name in texts else np.full(size, -1)
        for name in (CATEGORY, HIERARCHY)
    ]
    ids, id_texts = _numbers(project, number, size)
    rows = np.unique(np.stack([*codes, ids], axis=1), axis=0)
    for category, hierarchy, one in rows.tolist():
        if category >= 0:
            lineage = texts[HIERARCHY][hierarchy] if hierarchy >= 0 else None
            found[texts[CATEGORY][category], lineage, id_texts[one] if one >= 0 else None] = None
    return [learned(*key) for key in found]


def _is_text(array: arrays.ArrayRecord | None) -> bool:
    return array is not None and columns.is_text(array)


def _codes(project: Project, array: arrays.ArrayRecord | None, size: int) -> np.ndarray:
    assert array is not None
    values = np.asarray(arrays.read(project, array, stop=size), dtype=np.int64)
    return np.concatenate([values, np.full(size - len(values), -1)])


def _numbers(
    project: Project, array: arrays.ArrayRecord | None, size: int
) -> tuple[np.ndarray, list[int | None]]:
    """Return the category number of every object as a place in a list of numbers, -1 where it has none."""
    if array is None:
        return np.full(size, -1), []
    if columns.is_text(array):
        return _codes(project, array, size), [
            whole_number(text) for text in objects.terms(project, array.array_id)
        ]
    values = np.asarray(arrays.read(project, array, stop=size), dtype=np.float64)
    filled = np.concatenate([values, np.full(size - len(values), np.nan)])
    unique, places = np.unique(filled[np.isfinite(filled)], return_inverse=True)
    codes = np.full(size, -1)
    codes[np.isfinite(filled)] = places
    return codes, [whole_number(str(value)) for value in unique]
