"""``diversity``: counts per sample and morph, indices, and their figures over time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.errors import WrongValueError
from morphoexplore.methods.diversity import diversity_table
from morphoexplore.records import Progress, silent
from morphoexplore.steps.overview import refuse_without_morphs
from morphoexplore.store import objects, runs, tree
from morphoexplore.store.project import Project
from morphoexplore.store.schema import KINDS
from morphoexplore.writing.figure_files import FORMATS as FIGURE_FORMATS
from morphoexplore.writing.figure_files import write_figures
from morphoexplore.writing.tables import write_csv

MORPH_SET = "tree"  # the leaves of the tree


def counts(project: Project) -> pd.DataFrame:
    """
    Count the objects of every sample and morph, zeros included, and the unsorted ones.

    Returns
    -------
    counts : DataFrame
        ``sample, datetime, node_id`` (missing: unsorted), ``title, path, kind`` (of unsorted: None), ``count``
        (objects), ``share`` (of all objects of the sample).
    """
    samples = objects.samples(project)
    leaves = tree.morphs(project)
    grid = tree.sample_counts(project).pivot(index="sample", columns="node_id", values="count")
    grid = grid.reindex(index=samples.index, columns=[*leaves.index, tree.FREE]).fillna(0).astype(np.int64)
    long = (
        grid.rename_axis(index="sample").reset_index().melt("sample", var_name="node_id", value_name="count")
    )
    long["datetime"] = samples["datetime"].reindex(long["sample"]).to_numpy()
    for column in ("title", "path", "kind"):
        long[column] = leaves[column].reindex(long["node_id"]).to_numpy()
    long.loc[long["node_id"] == tree.FREE, "title"] = "unsorted"
    total = samples["objects"].reindex(long["sample"]).to_numpy(dtype=np.float64)
    long["share"] = long["count"] / np.where(total > 0, total, np.nan)
    long["node_id"] = long["node_id"].astype("Int64").where(long["node_id"] != tree.FREE)
    return long[["sample", "datetime", "node_id", "title", "path", "kind", "count", "share"]]


def indices(project: Project, *, kinds: Sequence[str] = ("living",)) -> pd.DataFrame:
    """
    Compute the diversity of every sample.

    Parameters
    ----------
    kinds : sequence of str
        Kinds of morphs that are counted; a morph without a kind counts as living.

    Returns
    -------
    table : DataFrame
        ``sample, datetime, morph_set, kinds, index, q, estimate, n_objects`` (counted), ``share_unsorted`` (of
        all objects of the sample), ``status`` (``ok``, or why there is no estimate).

    Raises
    ------
    WrongValueError
        If there is no such kind.
    """
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        message = f"There is no kind {unknown[0] if unknown else ''!r}. Kinds: {', '.join(KINDS)}."
        raise WrongValueError(message)
    long = counts(project)
    unsorted = long[long["node_id"].isna()].set_index("sample")["share"]
    chosen = long[long["kind"].isin(list(kinds))]
    grid = chosen.pivot(index="sample", columns="node_id", values="count")
    samples = objects.samples(project)
    grid = grid.reindex(samples.index, fill_value=0).astype(float)
    table = diversity_table(grid)
    table["datetime"] = samples["datetime"].reindex(table["sample"]).to_numpy()
    table["share_unsorted"] = unsorted.reindex(table["sample"]).to_numpy()
    table["morph_set"] = MORPH_SET
    table["kinds"] = "+".join(kinds)
    first = [
        "sample",
        "datetime",
        "morph_set",
        "kinds",
        "index",
        "q",
        "estimate",
        "n_objects",
        "share_unsorted",
    ]
    return table[[*first, "status"]]


def diversity(
    project: Project,
    out: Path | str,
    *,
    kinds: Sequence[str] = ("living",),
    formats: Sequence[str] = FIGURE_FORMATS,
    progress: Progress = silent,
) -> dict[str, Any]:
    """
    Write tables and figures of diversity over time.

    Parameters
    ----------
    out : Path or str
        Folder; made where it does not exist. Gets ``counts.csv``, ``diversity.csv`` and the figures
        ``diversity`` and ``composition``.
    kinds : sequence of str
        Kinds of morphs that are counted.
    formats : sequence of str
        Of the figures: html, svg, pdf, png.

    Returns
    -------
    report : dict
        ``files``, ``samples``, ``morphs`` (counted), ``objects`` (counted), ``share_unsorted``,
        ``without_kind`` (morphs that count as living because nobody set a kind), ``notes``.

    Raises
    ------
    StepMissingError
        If nothing was sorted yet.
    """
    from morphoexplore import figures

    unknown = [name for name in formats if name not in FIGURE_FORMATS]
    if unknown:
        message = f"There is no figure format {unknown[0]!r}. Formats: {', '.join(FIGURE_FORMATS)}."
        raise WrongValueError(message)
    refuse_without_morphs(project)
    out = Path(out)
    parameters = {"out": str(out), "kinds": list(kinds), "formats": list(formats)}
    with runs.run(project, "diversity", parameters, progress=progress) as run:
        stages = run.progress(range(2), label="diversity", total=2)
        next(stages)
        long, table = counts(project), indices(project, kinds=kinds)
        files = [write_csv(long, out / "counts.csv"), write_csv(table, out / "diversity.csv")]
        next(stages)
        drawn = {
            out / "diversity": figures.diversity_over_time(table),
            out / "composition": figures.composition_over_time(long),
        }
        paths, note = write_figures(drawn, [name for name in FIGURE_FORMATS if name in formats])
        next(stages, None)
        run.result = _report(project, long, kinds, [*files, *paths], note)
    return run.result


def _report(
    project: Project, long: pd.DataFrame, kinds: Sequence[str], files: Sequence[Path], note: str | None
) -> dict[str, Any]:
    nodes = tree.nodes(project)
    leaves = tree.morphs(project)
    counted = leaves[leaves["kind"].isin(list(kinds))]
    unset = [
        leaf
        for leaf in counted.index
        if all(node.kind is None for node in tree.lineage(nodes, int(str(leaf))))
    ]
    notes = [] if note is None else [note]
    if unset and "living" in kinds:
        them = (
            f"{len(unset)} morphs have no kind and count"
            if len(unset) > 1
            else "1 morph has no kind and counts"
        )
        notes.append(
            f"{them} as living, detritus included; set kinds by a column 'kind' in the CSV of "
            "morphoexplore name, or by mx.review.kind."
        )
    free = int(long.loc[long["node_id"].isna(), "count"].sum())
    total = int(long["count"].sum())
    return {
        "files": [str(path) for path in files],
        "samples": int(long["sample"].nunique()),
        "morphs": len(counted),
        "objects": int(counted["members"].sum()),
        "share_unsorted": round(free / total, 4) if total else float(np.nan),
        "without_kind": len(unset),
        "notes": notes,
    }
