"""
What a source holds, read to its end before anything of it enters the project.

A million objects with sixty columns fit into a few hundred megabytes: numbers are kept as arrays, and of texts, which
repeat themselves, every different one once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from morphoexplore.reading.batches import UNKNOWN
from morphoexplore.records import Batch, Problem
from morphoexplore.steps.columns import Texts, as_text
from morphoexplore.steps.parents import ADDING, Parents

NOWHERE = (UNKNOWN, UNKNOWN)  # sample and acquisition of an object whose row names neither
STRETCH = 50_000
PLACES = ["latitude", "longitude", "depth_min", "depth_max"]
MOST_ALIKE = 10  # lines of a column and stretch that say something else: where one does, all may


class GrowingColumn:
    """A metadata column of the new objects, stretch by stretch; text as soon as one stretch is text."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._pieces: list[np.ndarray] = []
        self._terms: dict[str, int] | None = None

    def append(self, start: int, values: np.ndarray) -> None:
        """Take the values (float64 with NaN, or object with None) of objects *start*, *start* + 1, ..."""
        values = self._as_mine(values)
        self._starts.append(start)
        self._pieces.append(values)

    def fill(self, places: np.ndarray, values: np.ndarray) -> np.ndarray:
        """
        Take values for objects whose cell is empty so far; where several are given, the first counts.

        Returns
        -------
        differs : array of bool
            Which of the values are others than the one that counts.
        """
        values = self._as_mine(values)
        filled = np.flatnonzero(~_is_empty(values))
        differs = np.zeros(len(values), dtype=bool)
        which = np.searchsorted(self._starts, places[filled], side="right") - 1
        for number in np.unique(which).tolist():
            piece, here = self._pieces[number], filled[which == number]
            inside, offered = places[here] - self._starts[number], values[here]
            empty = _is_empty(piece[inside])
            # Of several assignments, the last holds.
            piece[inside[empty][::-1]] = offered[empty][::-1]
            differs[here] = piece[inside] != offered
        return differs

    def cell(self, place: int) -> float | str | None:
        """Return the value of one object."""
        number = int(np.searchsorted(self._starts, place, side="right")) - 1
        value = self._pieces[number][place - self._starts[number]]
        if self._terms is None:
            return float(value)
        return list(self._terms)[value] if value >= 0 else None

    def joined(self, count: int) -> np.ndarray | Texts:
        """Return the values of all *count* objects."""
        kind = np.float64 if self._terms is None else np.int32
        column = np.full(count, np.nan if self._terms is None else -1, dtype=kind)
        for start, piece in zip(self._starts, self._pieces, strict=True):
            column[start : start + len(piece)] = piece
        return column if self._terms is None else Texts(column, list(self._terms))

    def _as_mine(self, values: np.ndarray) -> np.ndarray:
        if values.dtype == object and self._terms is None:
            self._terms = {}
            self._pieces = [self._coded(as_text(piece)) for piece in self._pieces]
        if self._terms is None:
            return values.astype(np.float64)
        return self._coded(values if values.dtype == object else as_text(values))

    def _coded(self, values: np.ndarray) -> np.ndarray:
        assert self._terms is not None
        codes, different = pd.factorize(values)
        terms = self._terms
        known = np.array(
            [*(terms.setdefault(str(text), len(terms)) for text in different), -1], dtype=np.int32
        )
        return known[codes]


def _quoted(value: float | str | None) -> str:
    return f"'{value:.15g}'" if isinstance(value, float) else f"'{value}'"


def _is_empty(values: np.ndarray) -> np.ndarray:
    return np.isnan(values) if values.dtype == np.float64 else values < 0


@dataclass
class Gathered:
    """
    What a source holds.

    Parameters
    ----------
    known : dict of str to int
        The numbers of the objects of the project by id; new ones are added to it.

    Attributes
    ----------
    alone : list of Batch
        What tables without objects say, until it is settled whose it is.
    """

    known: dict[str, int]
    first: int = field(init=False)
    columns: dict[str, GrowingColumn] = field(default_factory=dict)
    images: list[pd.DataFrame] = field(default_factory=list)
    samples: list[pd.DataFrame] = field(default_factory=list)
    acquisitions: list[pd.DataFrame] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    alone: list[Batch] = field(default_factory=list)
    _there: np.ndarray = field(init=False)
    _ids: list[str] = field(default_factory=list)
    _keys: dict[tuple[str, str], int] = field(default_factory=dict)
    _owners: GrowingColumn = field(default_factory=GrowingColumn)
    _times: GrowingColumn = field(default_factory=GrowingColumn)
    _places: list[GrowingColumn] = field(default_factory=lambda: [GrowingColumn() for _ in PLACES])

    def __post_init__(self) -> None:
        self.first = len(self.known)
        self._there = np.zeros(self.first, dtype=bool)

    @property
    def count(self) -> int:
        """How many objects are new."""
        return len(self._ids)

    @property
    def there(self) -> np.ndarray:
        """Numbers of the objects that the project had before."""
        return np.flatnonzero(self._there)

    def take(self, batch: Batch) -> None:
        """Give numbers to the new objects of a batch and keep their rows, images and metadata."""
        self.problems += batch.problems
        if batch.parent_lines:
            self.alone.append(batch)
            return
        number = numbers_of(batch, self.known)
        is_old = number < self.first
        self._there[number[is_old].astype(np.int64)] = True
        if is_old.all():
            return
        is_new = ~is_old
        fresh = (is_new & np.isnan(number)) & ~batch.rows["object_id"].duplicated().to_numpy()
        start = self.count
        ids = batch.rows["object_id"].to_numpy()[fresh].tolist()
        self.known.update(zip(ids, range(self.first + start, self.first + start + len(ids)), strict=True))
        self._ids += ids
        number = numbers_of(batch, self.known).astype(np.int64)
        again = is_new & ~fresh
        self._take_rows(batch.rows, number - self.first, fresh, again, start)
        has_image = is_new & batch.rows["image"].notna().to_numpy()
        if has_image.any():
            self.images.append(batch.rows.loc[has_image, ["rank", "image"]].assign(object=number[has_image]))
        for name in batch.metadata.columns:
            column = self.columns.setdefault(str(name), GrowingColumn())
            values = batch.metadata[name].to_numpy()
            column.append(start, values[fresh])
            self._fill(column, batch.rows, number - self.first, values, again, str(name))
        self.samples.append(batch.samples)
        self.acquisitions.append(batch.acquisitions)

    def _take_rows(
        self, rows: pd.DataFrame, places: np.ndarray, fresh: np.ndarray, again: np.ndarray, start: int
    ) -> None:
        """Take what rows say of where and when; later rows of an object fill what earlier ones left open."""
        pairs = zip(rows["sample"], rows["acquisition"], strict=True)
        keys = self._keys
        owners = (np.nan if pair == NOWHERE else keys.setdefault(pair, len(keys)) for pair in pairs)
        values = [
            ("", self._owners, np.fromiter(owners, dtype=np.float64, count=len(rows))),
            ("the time", self._times, rows["datetime"].to_numpy(dtype=object)),
            *(
                (name.replace("_", " "), column, rows[name].to_numpy(np.float64))
                for column, name in zip(self._places, PLACES, strict=True)
            ),
        ]
        for name, column, cells in values:
            column.append(start, cells[fresh])
            self._fill(column, rows, places, cells, again, name)

    def _fill(
        self,
        column: GrowingColumn,
        rows: pd.DataFrame,
        places: np.ndarray,
        cells: np.ndarray,
        again: np.ndarray,
        name: str,
    ) -> None:
        """Let later rows of an object fill what earlier ones left open; list those that say something else."""
        if not again.any():
            return
        later = np.flatnonzero(again)
        later = later[column.fill(places[later], cells[later])]
        pairs = (
            list(self._keys) if len(later) and not name else []
        )  # a column without a name is that of owners
        for row in later[:MOST_ALIKE].tolist():
            said, known = cells[row], column.cell(int(places[row]))
            if pairs:
                told = "sample {}, acquisition {}"
                said, known = told.format(*pairs[int(said)]), told.format(*pairs[int(known or 0)])
                reason = f"The line says {said}; an earlier line of this object says {known}, which was kept."
            else:
                reason = f"{name} is {_quoted(said)} here and {_quoted(known)} on an earlier line of this object; the first was kept."
            file, line, object_id = rows[["file", "line", "object_id"]].iloc[row]
            self.problems.append(Problem(file, int(line), object_id, reason))
        if len(later) > MOST_ALIKE:
            last = rows.iloc[later[-1]]
            text = (
                f"{len(later) - MOST_ALIKE} more lines up to line {last['line']} say another {name or 'sample or acquisition'} than "
                "earlier lines of their objects."
            )
            self.problems.append(Problem(last["file"], None, None, text))

    def owners(self) -> list[tuple[str, str]]:
        """Return sample and acquisition of every new object."""
        codes = self._owners.joined(self.count)
        assert isinstance(codes, np.ndarray)
        keys = [*self._keys, NOWHERE]
        return [keys[code] for code in np.where(np.isnan(codes), -1, codes).astype(np.int64).tolist()]

    def times(self) -> Texts:
        """Return when the new objects were met: ISO 8601 texts."""
        times = self._times.joined(self.count)
        return times if isinstance(times, Texts) else Texts(np.full(self.count, -1, np.int32), [])

    def places(self) -> np.ndarray:
        """Return latitude, longitude (degrees), lowest and highest depth (m) of the new objects, shape (n, 4)."""
        return np.column_stack([np.asarray(column.joined(self.count)) for column in self._places])

    def settle(self) -> None:
        """Give what tables without objects say to the samples and acquisitions of the new objects; list what is of no use."""
        if not self.alone:
            return
        used = list(dict.fromkeys(self.owners()))
        acquisitions = united(self.acquisitions)
        processes = acquisitions["process_id"].to_dict() if "process_id" in acquisitions else {}
        parents = Parents(used, [processes.get(key) for key in used], reason=ADDING)
        for batch in self.alone:
            samples, acquisitions, problems = parents.match(batch)
            self.samples.append(samples)
            self.acquisitions.append(acquisitions)
            self.problems += problems
        self.alone = []

    def parents(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the samples and the acquisitions of the new objects, with what the source says of them."""
        self.settle()
        used = set(self.owners())
        samples, acquisitions = united(self.samples), united(self.acquisitions)
        return (
            samples[samples.index.isin({sample for sample, _ in used})],
            acquisitions[[key in used for key in acquisitions.index]],
        )

    def object_rows(self, acquisition_ids: dict[tuple[str, str], int]) -> Iterator[tuple[object, ...]]:
        """
        Yield the rows of the new objects as the table ``object`` has them.

        Parameters
        ----------
        acquisition_ids : dict of (str, str) to int
            Numbers of acquisitions by sample and name.
        """
        times = self.times()
        texts = [*times.terms, None]
        owners, places = self.owners(), self.places()
        for start in range(0, self.count, STRETCH):
            stop = start + STRETCH
            cells = places[start:stop].astype(object)
            cells[np.isnan(places[start:stop])] = None
            yield from (
                (number, object_id, acquisition_ids[owner], texts[code], *place)
                for number, object_id, owner, code, place in zip(
                    range(self.first + start, self.first + min(stop, self.count)),
                    self._ids[start:stop],
                    owners[start:stop],
                    times.codes[start:stop].tolist(),
                    cells.tolist(),
                    strict=True,
                )
            )


def united(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Return one row per sample or acquisition; where several say something, the first counts."""
    if not tables:
        return pd.DataFrame()
    table = pd.concat([table.astype(object) for table in tables])
    return table.groupby(level=list(range(table.index.nlevels)), sort=False).first()


def numbers_of(batch: Batch, known: dict[str, int]) -> np.ndarray:
    """Return the number of the object of every row, NaN where it has none yet."""
    # Not by Series.map, which makes an index of all known objects for each batch.
    return np.array([known.get(object_id, np.nan) for object_id in batch.rows["object_id"]], dtype=np.float64)
