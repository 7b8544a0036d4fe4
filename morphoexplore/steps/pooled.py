"""
Indices of all samples of a step together (gamma), and of how much they differ (beta), as regular series.

Both grow with the number of samples, so that steps are made alike where that is asked for: an index of *m* of the samples of a
step is the mean over all ways to choose them, or over 1000 random ones, the same each time. Intervals come from leaving out each
sample of a step (:func:`morphoexplore.methods.diversity.jackknife`), so that a step of one sample has none.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.methods import timeseries
from morphoexplore.methods.diversity import Interval, hill, jackknife, shannon
from morphoexplore.methods.diversity.checking import read_table
from morphoexplore.methods.diversity.pooling import gamma_and_alpha

POOLED, BETA = "pooled", "beta"


def series_of_steps(
    table: pd.DataFrame,
    step: str,
    mode: str,
    times: pd.Series | None,
    volumes: pd.Series | None,
    samples_per_step: int | None,
    group: pd.Series | None,
    orders: Sequence[float],
) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Yield the series of every index by all samples of a step together."""
    amounts = table.to_numpy(dtype=np.float64)
    water = np.ones(len(table)) if volumes is None else volumes.reindex(table.index).to_numpy(np.float64)
    moments = pd.to_datetime(pd.Series(times).reindex(table.index), format="ISO8601")
    is_known = np.isfinite(amounts).all(axis=1) & (water > 0) & moments.notna().to_numpy()
    named = pd.Series("", index=table.index) if group is None else group.reindex(table.index)
    is_known &= named.notna().to_numpy()
    read_table(table[is_known])
    left_out = int((~is_known).sum())
    whole = amounts * water[:, None]  # so that they can be added
    indices = _indices(mode, orders)
    for name, places in _places(named, is_known):
        steps = timeseries.phases(moments.iloc[places], step)
        keys = list(zip(steps["year"].tolist(), steps["phase"].tolist(), strict=True))
        rows_of: dict[tuple[int, int], list[int]] = {}
        for key, place in zip(keys, places.tolist(), strict=True):
            rows_of.setdefault(key, []).append(place)
        sizes = {key: len(rows) for key, rows in rows_of.items()}
        note = _note(mode, sorted(set(sizes.values())), samples_per_step, left_out)
        for index, q, compute, least in indices:
            found = {
                step_key: jackknife(
                    whole[rows], compute, m=samples_per_step, random_state=zlib.crc32(repr(step_key).encode())
                )
                for step_key, rows in rows_of.items()
            }
            most = {key: float(samples_per_step or sizes[key]) if mode == BETA else math.inf for key in found}
            part = _regular(moments.iloc[places], step, found, sizes, least, most)
            names = {"index": index, "q": q} | ({} if group is None else {"group": name})
            yield names, part.assign(is_n_dependent=q == 0, note=note)


def _places(named: pd.Series, is_known: np.ndarray) -> Iterator[tuple[Any, np.ndarray]]:
    groups = named.to_numpy(dtype=object)
    for name in dict.fromkeys(groups[is_known].tolist()):
        yield name, np.flatnonzero(is_known & (groups == name))


def _indices(
    mode: str, orders: Sequence[float]
) -> list[tuple[str, float, Callable[[np.ndarray], np.ndarray], float]]:
    """Return name, order, function and least value of the indices of a mode."""
    if mode == BETA:
        return [("hill", float(q), partial(_beta, q=float(q)), 1.0) for q in orders]
    of_orders = [("hill", float(q), partial(_gamma, q=float(q)), 1.0) for q in orders]
    return [*of_orders, ("shannon", math.nan, _entropy, 0.0)]


def _gamma(tables: np.ndarray, q: float) -> np.ndarray:
    return np.asarray(hill(tables.sum(axis=1), q).value)


def _entropy(tables: np.ndarray) -> np.ndarray:
    return np.asarray(shannon(tables.sum(axis=1)).value)


def _beta(tables: np.ndarray, q: float) -> np.ndarray:
    totals = tables.sum(axis=2, keepdims=True)
    gamma, alpha, n = gamma_and_alpha(tables / np.where(totals > 0, totals, 1.0), q)
    return np.where(n > 1, np.clip(gamma / alpha, 1.0, np.maximum(n, 1.0)), np.nan)


def _regular(
    moments: pd.Series,
    step: str,
    found: dict[tuple[int, int], Interval],
    counts: dict[tuple[int, int], int],
    least: float,
    most: dict[tuple[int, int], float],
) -> pd.DataFrame:
    """Return the grid of :func:`.timeseries.regularise` with values of its steps, and intervals no wider than is possible."""
    grid = timeseries.regularise(moments, np.zeros(len(moments)), step=step)
    keys = list(zip(grid["year"].tolist(), grid["phase"].tolist(), strict=True))
    nothing = Interval(math.nan, math.nan, math.nan, math.nan, "", np.empty(0))
    there = [found.get(key, nothing) for key in keys]
    grid["value"] = [one.value for one in there]
    grid["low"] = [np.maximum(one.low, least) for one in there]
    grid["high"] = [
        np.minimum(one.high, most.get(key, math.inf)) for one, key in zip(there, keys, strict=True)
    ]
    grid["n_samples"] = [counts.get(key, 0) for key in keys]
    is_there = np.flatnonzero(grid["value"].notna())
    if not len(is_there):
        return grid.iloc[:0]
    grid = grid.iloc[is_there[0] : is_there[-1] + 1].reset_index(drop=True)
    return grid.assign(status=np.where(grid["value"].notna(), "ok", "missing"), n_doubtful=0)


def _note(mode: str, counts: Sequence[int], samples_per_step: int | None, left_out: int) -> str:
    notes = []
    if samples_per_step is None and len(counts) > 1:
        notes.append(
            f"Steps hold {counts[0]} to {counts[-1]} samples, and {mode} values grow with their number: take as many "
            "samples of each (samples_per_step)."
        )
    if left_out:
        are = "sample was" if left_out == 1 else "samples were"
        notes.append(f"{left_out} {are} left out, without a time, group, volume or amounts.")
    return " ".join(notes)
