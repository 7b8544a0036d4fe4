"""``diversity``: counts per sample and morph, indices, and their figures over time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from morphoexplore.errors import WrongValueError
from morphoexplore.records import Progress, silent
from morphoexplore.steps import tallying
from morphoexplore.steps.overview import refuse_without_morphs
from morphoexplore.store import runs
from morphoexplore.store.project import Project
from morphoexplore.writing.figure_files import FORMATS as FIGURE_FORMATS
from morphoexplore.writing.figure_files import write_figures
from morphoexplore.writing.tables import write_csv


def counts(
    project: Project,
    *,
    branch: int | None = None,
    samples: Sequence[str] | None = None,
    morph_set: str = "tree",
    kinds: Sequence[str] = ("living",),
) -> pd.DataFrame:
    """
    Count the objects of every sample and morph, zeros included, and the unsorted ones.

    Parameters
    ----------
    branch : int, optional
        Only morphs below this branch; all of them unless given.
    samples : sequence of str, optional
        Only these samples, by name; all of them unless given.
    morph_set : {"tree", "partition"}
        Morphs of all kinds, or the cells of the newest partition (`partitioning.partition`).
    kinds : sequence of str
        Of a partition only: whose members are counted by cell; free objects are where living ones are.

    Returns
    -------
    counts : DataFrame
        ``sample, datetime, node_id`` (missing: unsorted), ``title, path, kind`` (of unsorted: None), ``count``
        (objects), ``share`` (of all objects of the sample). Of a partition ``node_id`` is the cell, and missing for what is in
        no cell: of other kinds, or without features.

    Raises
    ------
    DecisionError
        If there is no such branch.
    WrongValueError
        If there is no such sample or morph set.
    StepMissingError
        If there is no partition of all objects yet.
    """
    tally = tallying.tally(project, morph_set=morph_set, kinds=kinds, branch=branch)
    return tally.counts(tally.choose_samples(samples), tally.choose_morphs(branch=branch))


def indices(
    project: Project,
    *,
    kinds: Sequence[str] = ("living",),
    branch: int | None = None,
    samples: Sequence[str] | None = None,
    morph_set: str = "tree",
) -> pd.DataFrame:
    """
    Compute the diversity of every sample.

    Parameters
    ----------
    kinds : sequence of str
        Kinds of morphs that are counted; a morph without a kind counts as living.
    branch : int, optional
        Only morphs below this branch are counted; all of them unless given.
    samples : sequence of str, optional
        Only these samples, by name; all of them unless given.
    morph_set : {"tree", "partition"}
        Morphs, or the cells of the newest partition, in which free objects count where living ones do.

    Returns
    -------
    table : DataFrame
        ``sample, datetime, morph_set`` (``tree``, ``partition (200 cells, version 1)``; with ``: PATH`` of the branch), ``kinds, index, q, estimate,
        n_objects`` (counted), ``share_unsorted`` (of all objects of the sample), ``status`` (``ok``, or why there
        is no estimate).

    Raises
    ------
    DecisionError
        If there is no such branch.
    WrongValueError
        If there is no such kind, sample or morph set.
    StepMissingError
        If there is no partition of all objects yet.
    """
    tally = tallying.tally(project, morph_set=morph_set, kinds=kinds, branch=branch)
    morphs = tally.choose_morphs(kinds=kinds, branch=branch)
    return tally.indices(tally.choose_samples(samples), morphs, kinds=kinds, branch=branch)


def diversity(
    project: Project,
    out: Path | str,
    *,
    kinds: Sequence[str] = ("living",),
    branch: int | None = None,
    samples: Sequence[str] | None = None,
    morph_set: str = "tree",
    formats: Sequence[str] = FIGURE_FORMATS,
    progress: Progress = silent,
) -> dict[str, Any]:
    """
    Write tables and figures of diversity over time.

    Parameters
    ----------
    out : Path or str
        Folder; made where it does not exist. Gets ``counts.csv`` (morphs of all kinds), ``diversity.csv`` and the
        figures ``diversity`` and ``composition``.
    kinds : sequence of str
        Kinds of morphs that are counted and drawn.
    branch : int, optional
        Only morphs below this branch; all of them unless given.
    samples : sequence of str, optional
        Only these samples, by name; all of them unless given.
    morph_set : {"tree", "partition"}
        Morphs, or the cells of the newest partition, in which free objects count where living ones do.
    formats : sequence of str
        Of the figures: html, svg, pdf, png.

    Returns
    -------
    report : dict
        ``files``, ``samples``, ``morph_set``, ``morphs`` (counted, or cells), ``objects`` (counted), ``share_unsorted``,
        ``without_kind`` (morphs that count as living because nobody set a kind), ``notes``.

    Raises
    ------
    StepMissingError
        If nothing was sorted yet; for a partition, if there is none of all objects.
    DecisionError
        If there is no such branch.
    WrongValueError
        If there is no such kind, sample, morph set or format.
    """
    from morphoexplore import figures

    unknown = [name for name in formats if name not in FIGURE_FORMATS]
    if unknown:
        message = f"There is no figure format {unknown[0]!r}. Formats: {', '.join(FIGURE_FORMATS)}."
        raise WrongValueError(message)
    if morph_set != tallying.PARTITION:
        refuse_without_morphs(project)
    tally = tallying.tally(project, morph_set=morph_set, kinds=kinds, branch=branch)
    out = Path(out)
    parameters: dict[str, Any] = {"out": str(out), "kinds": list(kinds), "formats": list(formats)}
    parameters |= {} if branch is None else {"branch": branch}
    parameters |= {} if samples is None else {"samples": list(samples)}
    parameters |= {"morph_set": tally.morph_set} if tally.is_of_cells else {}
    with runs.run(project, "diversity", parameters, progress=progress) as run:
        stages = run.progress(range(2), label="diversity", total=2)
        next(stages)
        chosen, morphs = tally.choose_samples(samples), tally.choose_morphs(kinds=kinds, branch=branch)
        long = tally.counts(chosen, tally.choose_morphs(branch=branch))
        table = tally.indices(chosen, morphs, kinds=kinds, branch=branch)
        files = [write_csv(long, out / "counts.csv"), write_csv(table, out / "diversity.csv")]
        next(stages)
        drawn = {
            out / "diversity": figures.diversity_over_time(table),
            out / "composition": figures.composition_over_time(
                long if tally.is_of_cells else long[long["kind"].isna() | long["kind"].isin(list(kinds))]
            ),
        }
        paths, note = write_figures(drawn, [name for name in FIGURE_FORMATS if name in formats])
        next(stages, None)
        run.result = _report(tally.coverage(chosen, morphs), kinds, [*files, *paths], note)
        run.result["morph_set"] = tally.morph_set
    return run.result


def _report(
    coverage: tallying.Coverage, kinds: Sequence[str], files: Sequence[Path], note: str | None
) -> dict[str, Any]:
    notes = [] if note is None else [note]
    if coverage.without_kind and "living" in kinds:
        them = (
            f"{coverage.without_kind} morphs have no kind and count"
            if coverage.without_kind > 1
            else "1 morph has no kind and counts"
        )
        notes.append(
            f"{them} as living, detritus included; set kinds by a column 'kind' in the CSV of "
            "morphoexplore name, or by mx.review.kind."
        )
    return {
        "files": [str(path) for path in files],
        "samples": coverage.samples,
        "morphs": coverage.morphs,
        "objects": coverage.counted,
        "share_unsorted": round(coverage.share_unsorted, 4),
        "without_kind": coverage.without_kind,
        "notes": notes,
    }
