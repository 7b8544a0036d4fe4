"""``diversity``: counts per sample and morph, indices, and their figures over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from morphoexplore.records import Progress, silent
from morphoexplore.steps import communities, indexing, precision, tallying, volumes
from morphoexplore.steps.communities import DIMS, Communities
from morphoexplore.steps.indexing import Options, check_names
from morphoexplore.store import morphospace, tree
from morphoexplore.store.project import Project
from morphoexplore.store.schema import ORIGINS


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
    trim: float = 0.0,
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
    trim : float
        Share of the pooled cloud, its farthest objects by weight (Mahalanobis distance), that is left out of functional richness,
        0 to below 1: hulls are made by what lies farthest, debris among it.
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
        possible; of indices of objects, as if what is wrong did not count at all); ``n_objects``; ``n_eff`` (effective number, Kish); ``m_standard``; ``coverage``; ``share_unsorted`` (of all
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
    options = Options(m, coverage, trim, replicates, is_slow=slow, random_state=random_state)
    of = communities_of(project, tally, chosen, morphs, names=names, weight=weight, dims=dims)
    return table_of(project, of, names, options, kinds=kinds, branch=branch, progress=progress)


def communities_of(
    project: Project,
    tally: tallying.Tally,
    samples: pd.Index,
    morphs: pd.Index,
    *,
    names: Sequence[str] | None,
    weight: str | None,
    dims: int,
) -> Communities:
    """Return the counted objects of chosen samples and morphs, with positions where an index needs them (see :func:`indices`)."""
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


def table_of(
    project: Project,
    of: Communities,
    names: Sequence[str] | None,
    options: Options,
    *,
    kinds: Sequence[str],
    branch: int | None,
    keep: list[pd.DataFrame] | None = None,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Return the table of indices of communities (see :func:`indices`); *keep* gets the replicates of its intervals."""
    if names is None:
        names = indexing.WITHOUT_POSITIONS if of.positions is None else tuple(indexing.INDICES)
    known = sorting(project, of) if options.replicates and not of.tally.is_of_cells else None
    table = indexing.compute(of, names, options, sorting=known, keep=keep, progress=progress)
    return indexing.describe(table, of.tally, kinds=kinds, branch=branch)


def sorting(project: Project, of: Communities) -> indexing.Sorted:
    """Return what audits and certified growths found in each morph, and which objects were looked at."""
    stated = precision.bounds(project).reindex(of.morphs)[["looked", "wrong"]].fillna(0)
    origin = tree.membership(project)[1]
    return indexing.Sorted(
        right=(stated["looked"] - stated["wrong"]).to_numpy(dtype=np.float64),
        wrong=stated["wrong"].to_numpy(dtype=np.float64),
        is_looked=origin[of.objects] == ORIGINS.index("looked"),
    )
