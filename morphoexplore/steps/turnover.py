"""
``turnover``: how much one sample differs from the one before it, or from all others.

Compared are amounts of samples x morphs (:func:`.morph_tables.morph_table`). On amounts a difference includes that of the totals; on shares it
is one of composition only. Both are given. Losses and gains are the two parts of the difference of amounts: what there was more
of before, and after (Legendre 2019; :func:`morphoexplore.methods.diversity.temporal_beta`).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.spatial.distance import pdist, squareform

from morphoexplore.errors import WrongValueError
from morphoexplore.methods.diversity import EMPTY, bray_curtis, temporal_beta
from morphoexplore.methods.diversity.checking import read_table

TURNOVER_COLUMNS = (
    *("group", "sample_id", "datetime", "previous_id", "days"),
    *("bray_curtis", "bray_curtis_relative", "losses", "gains", "status"),
)
UNKNOWN_WEIGHT = "unknown_weight"
DAY = 86_400.0  # seconds


def turnover(
    table: pd.DataFrame, times: pd.Series, *, group: pd.Series | None = None, denominator: str = "difference"
) -> pd.DataFrame:
    """
    Compare every sample with the one before it.

    Parameters
    ----------
    table : DataFrame
        Amounts of samples (index) x morphs, as from ``mx.morph_table``.
    times : Series
        Time of every sample; samples without one are left out.
    group : Series, optional
        Group of every sample, as from ``mx.groups``: each is compared with the one before it of its own group (of its
        station, say); samples without a group are left out.
    denominator : {"difference", "ruzicka"}
        Of losses and gains; with ``difference`` they add up to Bray-Curtis.

    Returns
    -------
    turnover : DataFrame
        One row per sample from the second on, in the order of time: ``group`` (missing without groups), ``sample_id``,
        ``datetime``, ``previous_id``, ``days`` since then, ``bray_curtis`` (of amounts), ``bray_curtis_relative`` (of shares),
        ``losses``, ``gains`` (parts of the difference of amounts), ``status``: ``ok``, or with NaN ``empty`` (both are),
        ``unknown_weight`` (one has NaN).

    Examples
    --------
    >>> table = pd.DataFrame([[3.0, 1.0], [1.0, 1.0]], index=["may", "june"])
    >>> times = pd.Series(pd.to_datetime(["2020-05-01", "2020-06-01"]), index=table.index)
    >>> turnover(table, times)[["sample_id", "days", "bray_curtis", "losses", "gains"]].round(3)
      sample_id  days  bray_curtis  losses  gains
    0      june  31.0        0.333   0.333    0.0
    """
    moments = _dated(table, times)
    named = pd.Series("", index=moments.index) if group is None else group.reindex(moments.index)
    rows = []
    for name in dict.fromkeys(named.dropna().tolist()):
        order = moments.index[(named == name).to_numpy()]
        rows.append(_successive(table.loc[order], moments[order], denominator).assign(group=name))
    if not rows:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in TURNOVER_COLUMNS})
    found = pd.concat(rows, ignore_index=True)
    if group is None:
        found["group"] = None
    return found.sort_values("datetime", kind="stable", ignore_index=True)[list(TURNOVER_COLUMNS)]


def turnover_matrix(table: pd.DataFrame, times: pd.Series, *, relative: bool = False) -> pd.DataFrame:
    """
    Compare every sample with every other: Bray-Curtis dissimilarities as a square matrix.

    Parameters
    ----------
    table, times
        As of :func:`turnover`.
    relative : bool
        Compare shares, and so composition only.

    Returns
    -------
    matrix : DataFrame, shape (n_samples, n_samples)
        Samples with a time, in its order, along both; NaN for samples whose amounts are not known, and between two
        empty ones.
    """
    order = _dated(table, times).index
    values = table.loc[order].to_numpy(dtype=np.float64)
    is_known = np.isfinite(values).all(axis=1)
    known = read_table(table.loc[order][is_known]).values
    totals = known.sum(axis=1)
    if relative:
        known = known / np.where(totals > 0, totals, 1)[:, None]
    apart = squareform(pdist(known, "braycurtis")) if len(known) else np.empty((0, 0))
    is_empty = totals == 0
    apart[np.ix_(is_empty, is_empty)] = np.nan
    found = np.full((len(order), len(order)), np.nan)
    found[np.ix_(is_known, is_known)] = apart
    return pd.DataFrame(found, index=order, columns=order)


def recurrence(table: pd.DataFrame, times: pd.Series) -> pd.DataFrame:
    """Compare every sample with every other, as a table to write and to draw: ``sample_id``, ``datetime``, a column per sample."""
    matrix = turnover_matrix(table, times)
    found = matrix.reset_index(names="sample_id")
    found.insert(1, "datetime", times.reindex(matrix.index).to_numpy())
    return found


def _dated(table: pd.DataFrame, times: pd.Series) -> pd.Series:
    """Return the times of samples that have one, in their order."""
    if table.index.has_duplicates:
        message = f"Sample {table.index[table.index.duplicated()][0]!r} is in the table twice."
        raise WrongValueError(message)
    moments = pd.to_datetime(pd.Series(times).reindex(table.index), format="ISO8601").dropna()
    return moments.sort_values(kind="stable")


def _successive(table: pd.DataFrame, moments: pd.Series, denominator: str) -> pd.DataFrame:
    values = table.to_numpy(dtype=np.float64)
    is_known = np.isfinite(values).all(axis=1)
    read_table(table[is_known])  # refuses what no amounts are
    values = np.where(is_known[:, None], values, 0.0)
    before, after = values[:-1], values[1:]
    beta = temporal_beta(before, after, denominator=denominator)
    status = np.asarray(beta.status, dtype=object)
    status[~(is_known[:-1] & is_known[1:])] = UNKNOWN_WEIGHT
    is_there = ~np.isin(status.astype(str), [UNKNOWN_WEIGHT, EMPTY])
    numbers = {
        "bray_curtis": bray_curtis(before, after).value,
        "bray_curtis_relative": bray_curtis(before, after, relative=True).value,
        "losses": beta.losses,
        "gains": beta.gains,
    }
    return pd.DataFrame(
        {
            "sample_id": table.index[1:].to_numpy(),
            "datetime": moments.to_numpy()[1:],
            "previous_id": table.index[:-1].to_numpy(),
            "days": moments.diff().dt.total_seconds().to_numpy(np.float64)[1:] / DAY,
            **{name: np.where(is_there, value, np.nan) for name, value in numbers.items()},
            "status": status,
        }
    )
