"""``diversity``: counts per sample and morph, indices, and their figures over time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.errors import WrongValueError
from morphoexplore.methods.diversity.bootstrap import REPLICATES
from morphoexplore.records import Progress, silent
from morphoexplore.steps import communities, indexing, precision, tallying, volumes
from morphoexplore.steps.communities import DIMS, Communities
from morphoexplore.steps.indexing import Options, check_names
from morphoexplore.steps.overview import refuse_without_morphs
from morphoexplore.store import morphospace, runs, tree
from morphoexplore.store.project import Project
from morphoexplore.store.schema import ORIGINS
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
    names: Sequence[str] | None = None,
    kinds: Sequence[str] = ("living",),
    branch: int | None = None,
    samples: Sequence[str] | None = None,
    morph_set: str = "tree",
    weight: str | None = None,
    dims: int = DIMS,
    m: int | None = None,
    coverage: float | None = None,
    replicates: int = 0,
    slow: bool = False,
    random_state: int = 0,
    progress: Progress = silent,
) -> pd.DataFrame:
    """
    Compute the diversity of every sample.

    Parameters
    ----------
    names : sequence of str, optional
        Indices, of :data:`.indexing.INDICES`; all that can be computed unless given: those of positions need a morphospace.
    kinds : sequence of str
        Kinds of morphs that are counted; a morph without a kind counts as living.
    branch : int, optional
        Only morphs below this branch are counted; all of them unless given.
    samples : sequence of str, optional
        Only these samples, by name; all of them unless given.
    morph_set : {"tree", "partition"}
        Morphs, or the cells of the newest partition, in which free objects count where living ones do.
    weight : {"count", "concentration", "biovolume"}, optional
        What an object stands for; ``concentration`` where every acquisition has one, else ``count``.
    dims : int
        Axes of the morphospace that indices of positions use, at most 6.
    m : int, optional
        Objects that hulls are brought to; the smallest effective number of a sample, at least 50, unless given.
    coverage : float, optional
        That Hill numbers are brought to; the smallest of a sample of at least 50 objects unless given.
    replicates : int
        Of the bootstraps that give intervals; 0: none.
    slow : bool
        Make intervals that take seconds a sample too: of functional evenness, divergence and standardised richness.
    random_state : int
        With the name of a sample it decides the draws.

    Returns
    -------
    table : DataFrame
        A row per sample and index. ``sample_id, datetime, morph_set`` (``tree``, ``partition (200 cells, version 1)``; with
        ``: PATH`` of the branch), ``kinds``; ``level`` (morph: of shares of morphs; object: of the cloud of single objects);
        ``space`` (axes and version of the morphospace); ``weight``; ``index``; ``q`` (order); ``estimate``; ``se, ci_lo, ci_hi``
        (95 %, had other objects been caught); ``sorting_lo, sorting_hi`` (95 %, were members wrong as often as audits leave
        possible); ``n_objects``; ``n_eff`` (effective number, Kish); ``m_standard``; ``coverage``; ``share_unsorted`` (of all
        objects of the sample); ``is_n_dependent`` (it grows with the number of objects); ``status``.

    Raises
    ------
    DecisionError
        If there is no such branch.
    WrongValueError
        If there is no such index, kind, sample, morph set or weight, or no formula for the weight.
    StepMissingError
        If an index needs a morphospace or a partition that is not there.
    """
    tally = tallying.tally(project, morph_set=morph_set, kinds=kinds, branch=branch)
    chosen, morphs = tally.choose_samples(samples), tally.choose_morphs(kinds=kinds, branch=branch)
    options = Options(m=m, coverage=coverage, replicates=replicates, is_slow=slow, random_state=random_state)
    of = _communities(project, tally, chosen, morphs, names=names, weight=weight, dims=dims)
    return _table(project, of, names, options, kinds=kinds, branch=branch, progress=progress)


def _communities(
    project: Project,
    tally: tallying.Tally,
    samples: pd.Index,
    morphs: pd.Index,
    *,
    names: Sequence[str] | None,
    weight: str | None,
    dims: int,
) -> Communities:
    weights = volumes.weigh(project)
    has_space = morphospace.embedding(project, morphospace.PCA) is not None
    needs_space = (
        has_space
        if names is None
        else any(indexing.INDICES[name].has_positions for name in check_names(names))
    )
    return communities.gather(
        project,
        tally,
        samples,
        morphs,
        weight=weight or communities.default_weight(weights),
        dims=dims if needs_space else None,
        weights=weights,
    )


def _table(
    project: Project,
    of: Communities,
    names: Sequence[str] | None,
    options: Options,
    *,
    kinds: Sequence[str],
    branch: int | None,
    progress: Progress = silent,
) -> pd.DataFrame:
    if names is None:
        names = indexing.WITHOUT_POSITIONS if of.positions is None else tuple(indexing.INDICES)
    sorting = _sorting(project, of) if options.replicates and not of.tally.is_of_cells else None
    table = indexing.compute(of, names, options, sorting=sorting, progress=progress)
    return indexing.describe(table, of.tally, kinds=kinds, branch=branch)


def _sorting(project: Project, of: Communities) -> indexing.Sorted:
    """Return what audits and certified growths found in each morph, and which objects were looked at."""
    stated = precision.bounds(project).reindex(of.morphs)[["looked", "wrong"]].fillna(0)
    origin = tree.membership(project)[1]
    return indexing.Sorted(
        right=(stated["looked"] - stated["wrong"]).to_numpy(dtype=np.float64),
        wrong=stated["wrong"].to_numpy(dtype=np.float64),
        is_looked=origin[of.objects] == ORIGINS.index("looked"),
    )


def diversity(
    project: Project,
    out: Path | str,
    *,
    kinds: Sequence[str] = ("living",),
    branch: int | None = None,
    samples: Sequence[str] | None = None,
    morph_set: str = "tree",
    names: Sequence[str] | None = None,
    weight: str | None = None,
    dims: int = DIMS,
    m: int | None = None,
    coverage: float | None = None,
    replicates: int = REPLICATES,
    slow: bool = False,
    random_state: int = 0,
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
    names, weight, dims, m, coverage, replicates, slow, random_state
        As of :func:`indices`; intervals are made unless *replicates* is 0.
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
    chosen, morphs = tally.choose_samples(samples), tally.choose_morphs(kinds=kinds, branch=branch)
    of = _communities(project, tally, chosen, morphs, names=names, weight=weight, dims=dims)
    options = Options(m=m, coverage=coverage, replicates=replicates, is_slow=slow, random_state=random_state)
    out = Path(out)
    parameters: dict[str, Any] = {"out": str(out), "kinds": list(kinds), "formats": list(formats)}
    parameters |= {} if branch is None else {"branch": branch}
    parameters |= {} if samples is None else {"samples": list(samples)}
    parameters |= {"morph_set": tally.morph_set} if tally.is_of_cells else {}
    parameters |= {"indices": None if names is None else list(names), "weight": weight, "dims": dims, "m": m}
    parameters |= {"coverage": coverage, "replicates": replicates, "slow": slow, "random_state": random_state}
    with runs.run(project, "diversity", parameters, progress=progress) as run:
        stages = run.progress(range(2), label="diversity", total=2)
        next(stages)
        long = tally.counts(chosen, tally.choose_morphs(branch=branch))
        table = _table(project, of, names, options, kinds=kinds, branch=branch, progress=run.progress)
        files = [write_csv(long, out / "counts.csv"), write_csv(table, out / "diversity.csv")]
        next(stages)
        drawn = {
            out / "diversity": figures.diversity_over_time(table.rename(columns={"sample_id": "sample"})),
            out / "composition": figures.composition_over_time(
                long if tally.is_of_cells else long[long["kind"].isna() | long["kind"].isin(list(kinds))]
            ),
        }
        paths, note = write_figures(drawn, [name for name in FIGURE_FORMATS if name in formats])
        next(stages, None)
        run.result = _report(tally.coverage(chosen, morphs), kinds, [*files, *paths], note)
        run.result["notes"] = [*of.notes, *run.result["notes"]]
        run.result |= {"morph_set": tally.morph_set, "weight": of.weight, "space": of.space}
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
