"""What pooled series and turnover are computed from: how much of every morph is in every sample, and its water."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from morphoexplore.steps import communities, tallying, volumes
from morphoexplore.steps.volumes import ALL_DEPTHS, Weights
from morphoexplore.store.project import Project


def morph_table(
    project: Project,
    *,
    weight: str = "concentration",
    kinds: Sequence[str] = ("living",),
    branch: int | None = None,
    samples: Sequence[str] | None = None,
    morph_set: str = tallying.MORPH_SET,
    weights: Weights | None = None,
) -> pd.DataFrame:
    """
    Return how much of every morph there is in every sample, zeros included.

    Parameters
    ----------
    weight : {"concentration", "count", "biovolume"}
        Individuals per m3, objects, or mm3 per m3.
    kinds : sequence of str
        Of morphs.
    branch : int, optional
        Only morphs below it.
    samples : sequence of str, optional
        Only these; all of them unless given.
    morph_set : {"tree", "partition"}
        Morphs, or the cells of the newest partition.
    weights : Weights, optional
        From :func:`.volumes.weigh`, if at hand.

    Returns
    -------
    table : DataFrame
        Samples in the order of time x numbers of morphs (or cells), largest first. A sample of which a volume or fraction is not
        known has NaN.

    Raises
    ------
    WrongValueError
        If there is no such weight, kind, sample or morph set, or no formula for the weight.
    """
    tally = tallying.tally(project, morph_set=morph_set, kinds=kinds, branch=branch)
    chosen, morphs = tally.choose_samples(samples), tally.choose_morphs(kinds=kinds, branch=branch)
    return communities.gather(
        project, tally, chosen, morphs, weight=weight, dims=None, weights=weights
    ).amount_table()


def water(project: Project, *, weights: Weights | None = None) -> pd.Series:
    """
    Return the volume of water of every sample in m3.

    Returns
    -------
    water : Series
        Index ``sample``; NaN where it is not known, or acquisitions of a sample differ in it.
    """
    efforts = (volumes.weigh(project) if weights is None else weights).efforts
    whole = efforts[efforts["bin"] == ALL_DEPTHS].groupby("sample")["total_water_volume"]
    is_one = (whole.nunique(dropna=False) == 1).reindex(whole.first().index)
    return whole.first().where(is_one).rename("water").rename_axis("sample")
