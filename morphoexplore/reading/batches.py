"""What the readers of tables share when they make batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.reading.delimited import Block
from morphoexplore.reading.values import parse_each
from morphoexplore.records import ROW_COLUMNS, Batch, Problem

#: Name of a sample or acquisition that the source does not name.
UNKNOWN = "unknown"
_NUMERIC_ROWS = ("latitude", "longitude", "depth_min", "depth_max")


def make_rows(columns: dict[str, Any]) -> pd.DataFrame:
    """
    Make the frame ``Batch.rows``, in its order and with its types.

    Parameters
    ----------
    columns : dict of str to sequence
        Columns of :data:`~morphoexplore.records.ROW_COLUMNS`; ranks, times, positions and depths may be
        missing.
    """
    length = len(columns["object_id"])
    made: dict[str, pd.Series] = {}
    for name in ROW_COLUMNS:
        if name in ("line", "rank"):
            made[name] = pd.Series(columns.get(name, np.full(length, -1)), dtype=np.int64)
        elif name in _NUMERIC_ROWS:
            made[name] = pd.Series(columns.get(name, np.full(length, np.nan)), dtype=np.float64)
        else:
            made[name] = pd.Series(_objects(columns.get(name, [None] * length)), dtype=object)
    return pd.DataFrame(made)


def make_frame(columns: dict[str, np.ndarray], index: pd.Index) -> pd.DataFrame:
    """Make a frame of free columns; text stays object, whatever pandas would rather have."""
    made = {name: pd.Series(values, index=index, dtype=values.dtype) for name, values in columns.items()}
    return pd.DataFrame(made, index=index)


def sample_index(names: Iterable[str]) -> pd.Index:
    """Return the index of ``Batch.samples``."""
    return pd.Index(_objects(list(names)), dtype=object, name="sample")


def acquisition_index(names: Iterable[tuple[str, str]]) -> pd.MultiIndex:
    """Return the index of ``Batch.acquisitions``."""
    pairs = list(names)
    arrays = [_objects([pair[place] for pair in pairs]) for place in (0, 1)]
    return pd.MultiIndex.from_arrays(arrays, names=["sample", "acquisition"])


def empty_batch(problems: list[Problem]) -> Batch:
    """Make a batch that has nothing but problems."""
    rows = make_rows({"object_id": []})
    metadata = pd.DataFrame(index=rows.index)
    samples, acquisitions = pd.DataFrame(index=sample_index([])), pd.DataFrame(index=acquisition_index([]))
    return Batch(rows, metadata, samples, acquisitions, problems)


def bare_parents(samples: Sequence[str], acquisitions: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make frames of samples and acquisitions of which only the names are known."""
    pairs = list(dict.fromkeys(zip(samples, acquisitions, strict=True)))
    names = dict.fromkeys(samples)
    return pd.DataFrame(index=sample_index(names)), pd.DataFrame(index=acquisition_index(pairs))


def with_problems(batches: Iterator[Batch], problems: list[Problem]) -> Iterator[Batch]:
    """Put problems before those of the first batch; a source without rows yields one empty batch."""
    first = next(batches, None)
    if first is None:
        yield empty_batch(problems)
        return
    first.problems[:0] = problems
    yield first
    yield from batches


def first_lines_only(block: Block, ids: np.ndarray, images: np.ndarray, seen: set[int]) -> Block:
    """
    Leave out lines that repeat an earlier pair of object and image.

    Parameters
    ----------
    block : Block
        Lines of which *ids* and *images* are the objects and the images as listed.
    seen : set of int
        Hashes of the pairs met so far in this source; grows. Hashes, because 10^7 pairs of names would not
        fit; two of a million pairs share one by chance once in 30 million sources.
    """
    keep = np.ones(len(block), dtype=bool)
    for row, pair in enumerate(zip(ids, images, strict=True)):
        key = hash(pair)
        if key in seen:
            keep[row] = False
        seen.add(key)

    def reason(row: int) -> str:
        what = f"image '{images[row]}'" if images[row] else "no image"
        return f"An earlier line has this object with {what} already; the line was left out. (Another object needs an id of its own.)"

    block.report_lines(np.flatnonzero(~keep).tolist(), reason, ids, lost=True)
    return block.take(keep)


def parsed(
    block: Block, column: str | None, parse: Callable[[str], Any], empty: Any, ids: np.ndarray
) -> list[Any]:
    """Parse a column of a block and report the cells that could not be read."""
    if column is None or column not in block.columns:
        return [empty] * len(block)
    values, failures = parse_each(block.columns[column], parse, empty=empty)
    block.report_cells(column, failures, ids)
    return values


def parsed_numbers(
    block: Block, column: str | None, parse: Callable[[str], float], limit: float, ids: np.ndarray
) -> np.ndarray:
    """
    Parse a column of positions or depths as :func:`parsed` does, those that are plain numbers all at once.

    Parameters
    ----------
    limit : float
        Numbers up to it, either way, are taken as they are; *parse* looks at all others.
    """
    if column is None or column not in block.columns:
        return np.full(len(block), np.nan)
    cells = block.columns[column]
    numbers = pd.to_numeric(pd.Series(cells, dtype=object), errors="coerce").to_numpy(np.float64, copy=True)
    odd = np.flatnonzero(~(np.abs(numbers) <= limit))
    values, failures = parse_each(cells[odd], parse, empty=np.nan)
    numbers[odd] = values
    block.report_cells(column, {int(odd[place]): reason for place, reason in failures.items()}, ids)
    return numbers


def _objects(values: Sequence[Any]) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = list(values)
    return array
