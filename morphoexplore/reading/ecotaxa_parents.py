"""
Samples and acquisitions in EcoTaxa tables: repeated on the lines of their objects, or in tables of their own.

A process is the twin of an acquisition: its columns are kept with those of the acquisition, under their whole names.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from morphoexplore.reading.batches import UNKNOWN, acquisition_index, empty_batch, make_frame, sample_index
from morphoexplore.reading.delimited import Block, Table
from morphoexplore.reading.kinds import ColumnKinds
from morphoexplore.reading.values import to_numbers, to_texts
from morphoexplore.records import Batch, ParentLine

Key: TypeAlias = tuple[str, str]  # sample and acquisition
_IDS = {"sample": ("sample_id",), "acq": ("acq_id", "process_id"), "process": ("acq_id", "process_id")}


def tells_of_parents(columns: Sequence[str]) -> bool:
    """Tell whether a table has columns of samples, acquisitions and processes only, and says whose they are."""
    prefixes = {column.partition("_")[0] for column in columns}
    return bool(prefixes) and all(
        prefix in _IDS and not set(_IDS[prefix]).isdisjoint(columns) for prefix in prefixes
    )


def words_for(tables: Sequence[Table]) -> str:
    """Return what tables without objects tell of: samples, acquisitions, or both."""
    columns = {column for table in tables for column in table.columns}
    words = ["samples"] if any(_is_of_sample(column) for column in columns) else []
    words += ["acquisitions"] if any(_is_of_acquisition(column) for column in columns) else []
    return " and ".join(words)


def split(free: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what the free columns of samples, and those of acquisitions, are called in a batch."""
    samples = {column: column[7:] for column in free if _is_of_sample(column)}
    acquisitions = {
        column: column if column.startswith("process_") or column[4:] in free else column[4:]
        for column in free
        if _is_of_acquisition(column)
    }
    return samples, acquisitions


def _is_of_sample(column: str) -> bool:
    return column.startswith("sample_")


def _is_of_acquisition(column: str) -> bool:
    return column.startswith(("acq_", "process_"))


def names_of(block: Block) -> tuple[np.ndarray, np.ndarray]:
    """Return sample and acquisition of every line."""
    samples = block.column("sample_id").copy()
    samples[samples == ""] = UNKNOWN
    acquisitions = block.column("acq_id").copy()
    nameless = acquisitions == ""
    acquisitions[nameless] = block.column("process_id")[nameless]
    acquisitions[acquisitions == ""] = UNKNOWN
    return samples, acquisitions


def frames(
    block: Block,
    names: tuple[np.ndarray, np.ndarray],
    columns: tuple[dict[str, str], dict[str, str]],
    kinds: ColumnKinds,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make a row for each sample and each acquisition of a block, from what its lines say of them."""
    sample_keys, keys = list(names[0]), list(zip(*names, strict=True))
    return (
        _parents(block, sample_keys, columns[0], kinds, sample_index(dict.fromkeys(sample_keys))),
        _parents(block, keys, columns[1], kinds, acquisition_index(dict.fromkeys(keys))),
    )


def _parents(
    block: Block, keys: Sequence[Hashable], names: dict[str, str], kinds: ColumnKinds, index: pd.Index
) -> pd.DataFrame:
    """Make one row per sample or acquisition; the first value that is not empty counts."""
    places: dict[Hashable, int] = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    owners = np.array([places[key] for key in keys], dtype=np.int64)
    columns = {}
    for column, name in names.items():
        cells = np.full(len(places), "", dtype=object)
        first = np.full(len(places), -1, dtype=np.int64)
        written = block.column(column)
        # Few different values are repeated on many lines: look at each pair of owner and value once.
        pairs = pd.DataFrame({"owner": owners, "cell": pd.Series(written, dtype=object)}).drop_duplicates()
        for row, owner, cell in zip(pairs.index, pairs["owner"], pairs["cell"], strict=True):
            if cell and first[owner] < 0:
                cells[owner], first[owner] = cell, row
            elif cell and cell != cells[owner]:
                what = f"{column} is '{cell}' here and '{cells[owner]}' on line {block.lines[first[owner]]}"
                block.report(row, f"{what}, of one and the same {_owner(column)}; the first was kept.")
        columns[name] = to_numbers(cells)[0] if kinds.is_number(column) else to_texts(cells)
    return make_frame(columns, index)


def _owner(column: str) -> str:
    return "sample" if _is_of_sample(column) else "acquisition"


# --------------------------------------------------------------------------------------- tables of their own


class Acquisitions:
    """The acquisitions there are, to be found by what a table calls them."""

    def __init__(self) -> None:
        self._keys: set[Key] = set()
        self._by_name: dict[str, list[Key]] = {}
        self._by_process: dict[str, list[Key]] = {}

    def add(self, key: Key, process: Any) -> None:
        """Add one by sample and name, with its process where it has one."""
        if key not in self._keys:
            self._keys.add(key)
            self._by_name.setdefault(key[1], []).append(key)
        if not pd.isna(process) and key not in (known := self._by_process.setdefault(_text(process), [])):
            known.append(key)

    def find(self, sample: str, name: str) -> list[Key]:
        """Return those that may be meant: by name, else by process; of any sample where that is unknown."""
        if (sample, name) in self._keys:
            return [(sample, name)]
        found = self._by_name.get(name, []) if sample == UNKNOWN else []
        found = found or self._by_process.get(name, [])
        return [key for key in found if sample in (UNKNOWN, key[0])]


class _Cells:
    """What was said first of each sample, or of each acquisition, and where: a row each, because there may be very many."""

    def __init__(self) -> None:
        self._places: dict[Hashable, int] = {}
        self._files: list[str] = []
        self._values: dict[str, list[Any]] = {}
        self._sources: dict[str, array[int]] = {}  # of the values: places in the list of files

    def note(self, table: pd.DataFrame, file: str) -> None:
        """Remember what a table says, where nothing was said before."""
        if file not in self._files[-1:]:
            self._files.append(file)
        for key in table.index.tolist():
            self._places.setdefault(key, len(self._places))
        count = len(self._places)
        for name in table.columns:
            values, sources = self._values.setdefault(name, []), self._sources.setdefault(name, array("i"))
            values.extend([None] * (count - len(values)))
            sources.extend([0] * (count - len(sources)))
        for key, name, value in _cells(table):
            place = self._places[key]
            if self._values[name][place] is None:
                self._values[name][place], self._sources[name][place] = value, len(self._files) - 1

    def first(self, key: Hashable, name: str) -> tuple[Any, str] | None:
        """Return what was said first, and in which file; None where nothing was."""
        place, values = self._places.get(key), self._values.get(name, [])
        if place is None or place >= len(values) or values[place] is None:
            return None
        return values[place], self._files[self._sources[name][place]]


class Said:
    """
    What a source said of samples and acquisitions so far; a later table that says something else is not believed.

    Parameters
    ----------
    is_asked : bool
        Whether acquisitions will be sought by what other tables call them.
    """

    def __init__(self, *, is_asked: bool = True) -> None:
        self.acquisitions = Acquisitions()
        self._is_asked = is_asked
        self._samples, self._acquisitions = _Cells(), _Cells()
        self._told: set[tuple[Hashable, str, Any]] = set()

    def note(self, batch: Batch, file: str) -> None:
        """Remember what a batch says, where nothing was said before."""
        self._samples.note(batch.samples, file)
        self._acquisitions.note(batch.acquisitions, file)
        if not self._is_asked:
            return
        processes = batch.acquisitions.get("process_id", [None] * len(batch.acquisitions))
        for key, process in zip(batch.acquisitions.index.tolist(), processes, strict=True):
            self.acquisitions.add(key, process)

    def contradicted(self, batch: Batch) -> Iterator[tuple[Hashable, str, Any, Any, str]]:
        """Yield what a batch says against it: whose, which column, the value there, the value before, and its file."""
        for known, table in ((self._samples, batch.samples), (self._acquisitions, batch.acquisitions)):
            for key, name, value in _cells(table):
                former = known.first(key, name)
                if former is not None and former[0] != value:
                    yield key, name, value, *former

    def is_new(self, key: Hashable, name: str, value: Any) -> bool:
        """Tell whether a contradiction was not told before: every stretch of a large table has it again."""
        told = (key, name, value)
        if told in self._told:
            return False
        self._told.add(told)
        return True


def heed(batch: Batch, file: str, columns: tuple[dict[str, str], dict[str, str]], said: Said) -> None:
    """
    Leave out what a batch says of samples and acquisitions against earlier lines of the source, and remember the rest.

    Parameters
    ----------
    columns : dict of str to str, dict of str to str
        Columns of samples and of acquisitions, and what they are called in the batch.
    """
    _leave_out(batch, file, columns, said)
    said.note(batch, file)


def _cells(table: pd.DataFrame) -> Iterator[tuple[Hashable, str, Any]]:
    for name in table.columns:
        for key, value in zip(table.index.tolist(), table[name].tolist(), strict=True):
            if not pd.isna(value):
                yield key, str(name), value


def parents_batch(
    block: Block, columns: tuple[dict[str, str], dict[str, str]], kinds: ColumnKinds, said: Said
) -> Batch:
    """
    Make a batch without objects of a block of a table that has none.

    Parameters
    ----------
    columns : dict of str to str, dict of str to str
        Columns of samples and of acquisitions, and what they are called in a batch.
    said : Said
        What the tables before said; what contradicts them is left out and reported.
    """
    samples, acquisitions = names_of(block)
    is_named = (samples != UNKNOWN) | (acquisitions != UNKNOWN)
    block.report_lines(
        np.flatnonzero(~is_named).tolist(),
        lambda _: "The line names no sample and no acquisition; it was left out.",
        samples,
        lost=True,
    )
    block = block.take(is_named.astype(bool))
    names = _resolved(block, said.acquisitions)
    own = _of(columns[0], block), _of(columns[1], block)
    of_samples, of_acquisitions = frames(block, names, own, kinds)
    lines: dict[Key, ParentLine] = {}
    for line, *key in zip(block.lines.tolist(), *names, strict=True):
        lines.setdefault((key[0], key[1]), ParentLine(block.file, line, *key))
    empty = empty_batch([])
    batch = Batch(
        empty.rows,
        empty.metadata,
        of_samples[of_samples.index != UNKNOWN],
        of_acquisitions[of_acquisitions.index.get_level_values("acquisition") != UNKNOWN],
        block.problems,
        parent_lines=list(lines.values()),
    )
    heed(batch, block.file, own, said)
    return batch


def _resolved(block: Block, known: Acquisitions) -> tuple[np.ndarray, np.ndarray]:
    """Return sample and acquisition of every line; where the source has told which acquisition it is, as it is called there."""
    samples, acquisitions = names_of(block)
    for row, (sample, name) in enumerate(zip(samples, acquisitions, strict=True)):
        found = [] if name == UNKNOWN else known.find(sample, name)
        if len(found) == 1:
            samples[row], acquisitions[row] = found[0]
    return samples, acquisitions


def _of(columns: dict[str, str], block: Block) -> dict[str, str]:
    return {column: name for column, name in columns.items() if column in block.columns}


def _leave_out(batch: Batch, file: str, columns: tuple[dict[str, str], dict[str, str]], said: Said) -> None:
    """Empty the cells that contradict what was said before, and report them."""
    contradicted = list(said.contradicted(batch))
    if not contradicted:
        return
    headers = [{name: column for column, name in part.items()} for part in columns]
    first = _first_lines(batch)
    for key, name, value, former, where in contradicted:
        is_sample = not isinstance(key, tuple)
        table = batch.samples if is_sample else batch.acquisitions
        table.loc[[key], name] = None
        if not said.is_new(key, name, value):
            continue
        before = "on an earlier line" if where == file else f"in {where}"
        reason = (
            f"{headers[0 if is_sample else 1][name]} is '{_text(value)}' here and '{_text(former)}' {before}, of one and the same "
            f"{'sample' if is_sample else 'acquisition'}; the first was kept."
        )
        batch.problems.append(first[key].problem(reason))


def _first_lines(batch: Batch) -> dict[Hashable, ParentLine]:
    """Return the first line of a batch that tells of each sample and of each acquisition."""
    lines = batch.parent_lines
    if not lines:
        rows = batch.rows.drop_duplicates(["sample", "acquisition"])
        cells = (rows[name].tolist() for name in ("file", "line", "sample", "acquisition"))
        lines = [ParentLine(*four) for four in zip(*cells, strict=True)]
    first: dict[Hashable, ParentLine] = {}
    for one in lines:
        first.setdefault(one.sample, one)
        first.setdefault((one.sample, one.acquisition), one)
    return first


def _text(value: Any) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value)
