"""``evaluate``: what was sorted against reference labels, which nothing that sorts ever reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.errors import SourceError, StepMissingError
from morphoexplore.methods import scoring
from morphoexplore.reading.table import id_of_path
from morphoexplore.steps.overview import comparable
from morphoexplore.store import objects, seeds, tree
from morphoexplore.store.project import Project
from morphoexplore.writing.tables import write_csv

LABEL_COLUMNS = ("label", "form", "class", "category", "taxon")
ID_COLUMNS = ("object_id", "path")
RANKS = (5, 10, 20)
MOST_QUERIES = 2000


def evaluate(
    project: Project,
    labels: Path | str,
    *,
    column: str | None = None,
    exclude: Sequence[str] = (),
    out: Path | str | None = None,
) -> dict[str, Any]:
    """
    Score morphs, the seeds of the last round and the search for similar images against reference labels.

    Parameters
    ----------
    labels : Path or str
        CSV with ``object_id`` (or ``path``, as in the CSV that was added) and a column of labels.
    column : str, optional
        The column of labels; ``label, form, class, category`` or ``taxon`` unless given.
    exclude : sequence of str
        Labels that are no class to be found, such as Unknown.
    out : Path or str, optional
        Folder for the tables: per morph, per label, confusion, seeds.

    Returns
    -------
    scores : dict
        ``labelled`` (objects), ``labels``, ``morphs`` (None before any): ``sorted, purity, ami, ari, macro_f1,
        weighted_f1``; ``seeds`` (of the last round, None before any): ``seeds, pure, classes, share_pure,
        median_purity``; ``similar`` (None before `embed`): mean average precision at ranks; ``files``.

    Raises
    ------
    SourceError
        If the labels cannot be read, or none is of an object of the project.
    """
    truth = read_labels(project, Path(labels), column)
    scores: dict[str, Any] = {
        "labelled": int(pd.notna(truth).sum()),
        "labels": len(pd.unique(truth[pd.notna(truth)])),
        "morphs": None,
        "seeds": None,
        "similar": None,
    }
    tables: dict[str, pd.DataFrame] = {}
    node, _ = tree.membership(project)
    if (node != tree.FREE).any():
        scores["morphs"] = _score_morphs(project, node, truth, tables)
    if seeds.last_round(project):
        scores["seeds"] = _score_seeds(project, truth, exclude, tables)
    scores["similar"] = _score_similar(project, truth)
    scores["files"] = (
        [str(write_csv(table, Path(out) / f"{name}.csv")) for name, table in tables.items()] if out else []
    )
    return scores


def read_labels(project: Project, path: Path, column: str | None) -> np.ndarray:
    """Return the reference label of every object, None where it has none, shape (n,)."""
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        message = f"{path} cannot be read as a CSV of labels: {error}"
        raise SourceError(message) from error
    identity = next((name for name in ID_COLUMNS if name in table.columns), None)
    label = column or next((name for name in LABEL_COLUMNS if name in table.columns), None)
    if identity is None or label not in table.columns:
        message = (
            f"{path} needs a column object_id (or path) and one of labels (--column NAME); it has: "
            f"{', '.join(table.columns)}."
        )
        raise SourceError(message)
    ids = table[identity]
    if identity == "path":  # objects of a CSV without ids are named after their image
        ids = ids.map(id_of_path)
    of_id = dict(zip(ids, table[label].str.strip(), strict=True))
    names = objects.frame(project)["object_id"]
    if not names.isin(of_id).any():
        message = f"None of the {len(table)} ids of {path} is an object of this project; the first is {ids.iloc[0]!r}."
        raise SourceError(message)
    truth = np.array([of_id.get(name) or None for name in names], dtype=object)
    if not pd.notna(truth).any():
        message = (
            f"The column {label} of {path} is empty for all objects of this project. Name another: --column"
        )
        raise SourceError(message)
    return truth


def _score_morphs(
    project: Project, node: np.ndarray, truth: np.ndarray, tables: dict[str, pd.DataFrame]
) -> dict[str, Any]:
    nodes = tree.nodes(project)
    titles = {number: nodes[number].title for number in np.unique(node[node != tree.FREE]).tolist()}
    score = scoring.score_morphs(node, truth, titles=titles)
    tables["morphs"] = score.morphs.reset_index()
    tables["labels"] = score.labels.reset_index()
    tables["confusion"] = score.confusion.reset_index()
    return {
        "sorted": score.share_sorted,
        "purity": score.purity,
        "ami": score.ami,
        "ari": score.ari,
        "macro_f1": score.macro_f1,
        "weighted_f1": score.weighted_f1,
    }


def _score_seeds(
    project: Project, truth: np.ndarray, exclude: Sequence[str], tables: dict[str, pd.DataFrame]
) -> dict[str, Any]:
    listing = seeds.listing(project)
    last = listing[listing["run_id"] == listing["run_id"].max()]
    groups = [truth[group] for group in seeds.groups(project, last)]
    score = scoring.score_seeds(groups, int(pd.notna(truth).sum()), exclude=exclude)
    tables["seeds"] = score.seeds
    return {
        "seeds": score.n_seeds,
        "pure": score.n_pure,
        "classes": score.n_classes,
        "share_pure": score.share_pure,
        "median_purity": score.median_purity,
    }


def _score_similar(project: Project, truth: np.ndarray) -> dict[str, float] | None:
    from morphoexplore.methods.neighbours import nearest_neighbours

    try:
        vectors = comparable(project, None)
    except StepMissingError:
        return None
    rows = np.flatnonzero(np.isfinite(vectors).all(1) & pd.notna(truth[: len(vectors)]))
    if len(rows) <= max(RANKS):
        return None
    queries = rows[:: max(1, len(rows) // MOST_QUERIES)]
    found, _ = nearest_neighbours(vectors[rows], max(RANKS) + 1, queries=vectors[queries])
    others = np.array(
        [
            [rows[place] for place in line if rows[place] != query][: max(RANKS)]
            for line, query in zip(found, queries, strict=True)
        ]
    )
    table = scoring.mean_average_precision(others, truth, RANKS, queries=queries)
    return {f"map@{k}": float(value) for k, value in zip(table["k"], table["map"], strict=True)}
