"""How much of a group of morphs there is in every sample: a line per sample, for tables, maps and series."""

from __future__ import annotations

import numpy as np
import pandas as pd

from morphoexplore.errors import WrongValueError
from morphoexplore.steps import summarising, volumes
from morphoexplore.steps.volumes import Weights
from morphoexplore.store import objects, tree
from morphoexplore.store.project import Project
from morphoexplore.store.schema import KINDS

ALL, UNSORTED, EVERYTHING = "sorted", "unsorted", "everything"
QUANTITIES = {"count": "objects", "concentration": "ind. m⁻³", "biovolume": "mm³ m⁻³"}


def amounts(
    project: Project,
    group: str = "living",
    *,
    weights: Weights | None = None,
    summary: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Return how much of a group there is in every sample.

    Parameters
    ----------
    group : str
        A kind (``living``, ``detritus`` ...); ``sorted`` (all morphs), ``unsorted`` or ``everything``; or the number of a
        branch or morph.
    weights : Weights, optional
        From :func:`.volumes.weigh`, if at hand.
    summary : DataFrame, optional
        From :func:`.summarising.summary` by sample, if at hand.

    Returns
    -------
    amounts : DataFrame
        Index ``sample`` in the order of time; ``datetime``, ``latitude``, ``longitude``; ``acquisitions``, ``objects``;
        ``share_unsorted`` (of the objects); ``count`` (objects of the group), ``concentration`` (individuals per m3),
        ``biovolume`` (mm3 per m3): NaN where a volume or fraction is not known; ``problem`` (sentences).

    Raises
    ------
    WrongValueError
        If there is no such group, or a formula reads a column that the project does not have.
    """
    weights = volumes.weigh(project) if weights is None else weights
    whole = summarising.summary(project, weights=weights) if summary is None else summary
    samples, names = objects.samples(project), list(QUANTITIES)
    is_known = whole[names].notna().groupby(whole["sample_id"]).any()
    of_group = whole[_is_of(project, whole, group)]
    # Every pair of morph and sample has a row: without any, the group has no morph, and there is none of it anywhere.
    sums = of_group.groupby("sample_id")[names].sum(min_count=1).reindex(samples.index, fill_value=0.0)
    efforts = weights.efforts.groupby("sample", sort=False)
    found = samples.assign(
        acquisitions=efforts["acquisition"].nunique().reindex(samples.index),
        share_unsorted=whole.groupby("sample_id")["share_unsorted"].first().reindex(samples.index),
        **sums.where(is_known.reindex(samples.index, fill_value=False)),
        problem=efforts["problem"]
        .agg(lambda texts: " ".join(dict.fromkeys(filter(None, texts))))
        .reindex(samples.index),
    )
    return found.fillna({"count": 0, "acquisitions": 0, "problem": ""}).astype(
        {"count": np.int64, "acquisitions": np.int64}
    )


def _is_of(project: Project, table: pd.DataFrame, group: str) -> np.ndarray:
    """Return which rows of a summary are of a group."""
    is_free = table["node_id"].isna().to_numpy()
    if group in (ALL, UNSORTED, EVERYTHING):
        return {ALL: ~is_free, UNSORTED: is_free, EVERYTHING: np.ones(len(table), dtype=bool)}[group]
    if group in KINDS:
        return (table["kind"] == group).to_numpy() & ~is_free
    nodes = tree.nodes(project)
    if not group.isdecimal() or int(group) not in nodes:
        message = f"There is no group {group!r}. Groups: {', '.join((*KINDS, ALL, UNSORTED, EVERYTHING))}, or a node's number."
        raise WrongValueError(message)
    leaves = [
        number for number in nodes if any(one.node_id == int(group) for one in tree.lineage(nodes, number))
    ]
    return table["node_id"].isin(leaves).to_numpy(dtype=bool)
