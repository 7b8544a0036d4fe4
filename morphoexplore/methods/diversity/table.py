"""All indices of abundance of all samples as one tidy table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pandas as pd

from morphoexplore.methods.diversity.abundance import hill, pielou, richness, shannon, simpson
from morphoexplore.methods.diversity.checking import read_table
from morphoexplore.methods.diversity.statuses import Result

TABLE_COLUMNS = ("sample", "index", "q", "estimate", "n_objects", "status")

INDICES: dict[str, Callable[..., Result]] = {
    "richness": richness,
    "shannon": shannon,
    "simpson": simpson,
    "inverse_simpson": partial(simpson, kind="inverse"),
    "pielou": pielou,
}


def diversity_table(
    counts: pd.DataFrame, *, orders: Sequence[float] = (0, 1, 2), n_objects: pd.Series | None = None
) -> pd.DataFrame:
    """
    Compute all indices of abundance of all samples.

    Parameters
    ----------
    counts : DataFrame, shape (n_samples, n_morphs)
        Index = samples, columns = morphs, non-negative finite numbers: objects or concentrations.
    orders : sequence of float
        Orders q of the Hill numbers.
    n_objects : Series, optional
        Objects behind each sample, same index as *counts*. Give it where *counts* are concentrations; otherwise the sum
        of the counts is taken.

    Returns
    -------
    table : DataFrame
        One row per sample and index, samples in the order of *counts*. ``sample``; ``index`` (richness, shannon, simpson,
        inverse_simpson, pielou, hill); ``q`` (order of a Hill number, otherwise NaN); ``estimate`` (units: see the
        functions); ``n_objects``; ``status``: ``ok``, ``empty`` (nothing was counted: richness is 0, the rest NaN) or
        ``one_morph`` (evenness is not defined).

    Raises
    ------
    WrongNumbersError
        If *counts* holds negative, missing or infinite numbers, or an order is negative.

    Examples
    --------
    >>> counts = pd.DataFrame({"round": [3, 0], "long": [1, 0]}, index=["may", "june"])
    >>> diversity_table(counts, orders=()).query("index == 'richness'")[["sample", "estimate", "status"]]
      sample  estimate status
    0    may       2.0     ok
    5   june       0.0  empty
    """
    matrix = counts.to_numpy(dtype=np.float64, na_value=np.nan)
    read_table(matrix, ids=counts.columns.to_numpy(), samples=counts.index.to_numpy())
    keys = [(name, np.nan) for name in INDICES] + [("hill", float(q)) for q in orders]
    results = [function(matrix) for function in INDICES.values()] + [hill(matrix, q) for q in orders]
    n_samples, n_keys = len(counts), len(keys)
    objects = counts.sum(axis=1) if n_objects is None else n_objects.reindex(counts.index)
    columns = {
        "sample": np.repeat(counts.index.to_numpy(), n_keys),
        "index": np.tile(np.array([name for name, _ in keys], dtype=object), n_samples),
        "q": np.tile([q for _, q in keys], n_samples),
        "estimate": np.stack([result.value for result in results], axis=1).ravel(),
        "n_objects": np.repeat(objects.to_numpy(), n_keys),
        "status": np.stack([result.status for result in results], axis=1).ravel(),
    }
    return pd.DataFrame(columns, columns=list(TABLE_COLUMNS))
