"""
Tables in text files, block by block: encoding, separator, header, type row, line numbers.

The ``csv`` module does the reading because it tells how many fields each line has; nothing faster does.
A whole block goes through it at once and only blocks with an unclosed quotation mark are read line by line.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from morphoexplore.errors import SourceError
from morphoexplore.reading.files import READ_ERRORS, FolderFiles, ZipFiles
from morphoexplore.reading.values import looks_numeric, shorten, to_numbers, to_texts
from morphoexplore.records import Problem

BLOCK_ROWS = 50_000
#: Lines that one quoted cell may run over; beyond that a quotation mark was forgotten.
LONGEST_RECORD = 20
#: Cells of one column and block that are reported one by one.
MOST_PROBLEMS = 100
_TYPES = {"[f]", "[t]"}

NumberedLine = tuple[int, str]


@dataclass(frozen=True)
class Table:
    """
    A text table that was looked at but not read.

    Parameters
    ----------
    files : FolderFiles or ZipFiles
        Where it lies.
    name : str
        Its name there.
    encoding, separator : str
        How it is written.
    header : tuple of str
        Column names as written, stripped; "" for columns to leave out.
    types : dict of str to str
        ``[f]`` or ``[t]`` by column, where the table has a type row.
    start : int
        Lines before the first line of data.
    problems : list of Problem
        What is wrong with the header.
    """

    files: FolderFiles | ZipFiles
    name: str
    encoding: str
    separator: str
    header: tuple[str, ...]
    types: dict[str, str]
    start: int
    problems: list[Problem]

    @property
    def columns(self) -> list[str]:
        """Names of the columns that can be read."""
        return [name for name in self.header if name]


@dataclass(frozen=True)
class Block:
    """
    A stretch of lines of a table.

    Parameters
    ----------
    file : str
        Name of the table.
    lines : array of int
        Line numbers, from 1.
    columns : dict of str to array of object
        Stripped cells by column.
    problems : list of Problem
        Lines left out so far; who reads the block adds to it.
    """

    file: str
    lines: np.ndarray
    columns: dict[str, np.ndarray]
    problems: list[Problem] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.lines)

    def column(self, name: str | None) -> np.ndarray:
        """Return the cells of a column; empty ones where the table has no such column."""
        if name in self.columns:
            return self.columns[name]
        return np.full(len(self), "", dtype=object)

    def take(self, keep: np.ndarray) -> Block:
        """Return the lines where *keep* is true."""
        if keep.all():
            return self
        kept = {name: cells[keep] for name, cells in self.columns.items()}
        return replace(self, lines=self.lines[keep], columns=kept)

    def report(self, row: int, reason: str, object_id: str | None = None) -> None:
        """Add a problem with one line."""
        self.problems.append(Problem(self.file, int(self.lines[row]), object_id, reason))

    def report_cells(self, column: str, failures: dict[int, str], ids: np.ndarray) -> None:
        """Add a problem for each cell whose value was dropped; many alike are summed up."""
        for row, reason in islice(failures.items(), MOST_PROBLEMS):
            self.report(row, f"{column}: {reason}; the value was left out.", ids[row])
        if len(failures) > MOST_PROBLEMS:
            last = int(self.lines[max(failures)])
            reason = f"{column}: {len(failures) - MOST_PROBLEMS} more values up to line {last} were left out alike."
            self.problems.append(Problem(self.file, None, None, reason))


def open_table(
    files: FolderFiles | ZipFiles, name: str, *, separator: str | None = None, lower: bool = False
) -> Table:
    r"""
    Look at the encoding and the first lines of a table.

    Parameters
    ----------
    files : FolderFiles or ZipFiles
        Where it lies.
    name : str
        Its name there; ``.gz`` is unpacked on the fly.
    separator : str, optional
        By default whichever of tab, semicolon and comma is most frequent in the header.
    lower : bool
        Column names are made lower case.

    Raises
    ------
    SourceError
        The file cannot be read or is empty.
    """
    try:
        encoding = _find_encoding(files, name)
        with _text(files, name, encoding) as stream:
            lines = list(islice(_numbered(stream), 2))
    except (*READ_ERRORS, UnicodeError) as error:
        message = f"{name} cannot be read: {error or type(error).__name__}."
        raise SourceError(message) from error
    if not lines:
        message = f"{name} is empty: it has no line with column names."
        raise SourceError(message)
    separator = separator or max("\t;,", key=lines[0][1].count)
    (start, first), *rest = lines
    header, problems = _clean_header(name, start, _fields(first.lower() if lower else first, separator))
    types: dict[str, str] = {}
    if rest and _is_type_row(cells := [cell.lower() for cell in _fields(rest[0][1], separator)]):
        start = rest[0][0]
        types = {column: cell for column, cell in zip(header, cells, strict=False) if column}
    return Table(files, name, encoding, separator, header, types, start, problems)


def read_blocks(
    table: Table, size: int = BLOCK_ROWS, *, only: Iterable[str] | None = None
) -> Iterator[Block]:
    """
    Read a table in stretches of up to *size* lines.

    Parameters
    ----------
    table : Table
        From :func:`open_table`.
    size : int
        Lines per block.
    only : iterable of str, optional
        Columns wanted; by default all.

    Yields
    ------
    block : Block
        Lines with the right number of fields; the others are among its problems, and so is the end of a
        file that breaks off.
    """
    wanted = set(table.columns if only is None else only)
    with _text(table.files, table.name, table.encoding) as stream:
        failures: list[Problem] = []
        numbered = _until_broken(_numbered(stream, skip=table.start), table.name, failures)
        carried: list[NumberedLine] = []
        while lines := carried + list(islice(numbered, max(0, size - len(carried)))):
            problems: list[Problem] = []
            rows, carried = _read_at_once(lines, table.separator), []
            if rows is None:
                ahead = list(islice(numbered, LONGEST_RECORD))
                lines, rows, carried = _read_one_by_one(lines + ahead, len(lines), table, problems)
            block = _make_block(table, lines, rows, wanted, problems)
            del lines, rows  # only one stretch of lines is in memory while the next is read
            yield block
        if failures:
            yield _make_block(table, [], [], wanted, failures)


class ColumnKinds:
    """
    Which free columns of several tables are numbers: one answer for all, text as soon as one says text.

    Parameters
    ----------
    tables : list of Table
        All tables of the source.
    columns : callable
        Gives the free columns of a table.
    trusted : callable
        Tells whether a table's type row is to be believed for a column.
    """

    def __init__(
        self,
        tables: Sequence[Table],
        columns: Callable[[Table], list[str]],
        *,
        trusted: Callable[[str], bool],
    ) -> None:
        self._answers: dict[str, bool | None] = {}
        for table in tables:
            unsure = []
            for column in columns(table):
                is_float = table.types.get(column) == "[f]" and trusted(column)
                self._add(column, is_numeric=True if is_float else None)
                if not is_float:
                    unsure.append(column)
            self._look(table, unsure, trusted)

    def is_number(self, column: str) -> bool:
        """Tell whether a column holds numbers."""
        return self._answers.get(column) is True

    def convert(self, block: Block, column: str, ids: np.ndarray) -> np.ndarray:
        """Return a column of a block as numbers or texts; report what is no number."""
        if column not in block.columns:
            return (
                np.full(len(block), np.nan)
                if self.is_number(column)
                else np.full(len(block), None, dtype=object)
            )
        if not self.is_number(column):
            return to_texts(block.columns[column])
        numbers, failures = to_numbers(block.columns[column])
        block.report_cells(column, failures, ids)
        return numbers

    def _look(self, table: Table, unsure: list[str], trusted: Callable[[str], bool]) -> None:
        unsure = [column for column in unsure if self._answers[column] is not False]
        if not unsure:
            return
        for block in read_blocks(table, only=unsure):
            for column in unsure:
                cells = block.columns[column]
                if table.types.get(column) == "[t]" and trusted(column):
                    self._add(column, is_numeric=False if any(cells) else None)
                else:
                    self._add(column, is_numeric=looks_numeric(cells))
            unsure = [column for column in unsure if self._answers[column] is not False]
            if not unsure:
                return

    def _add(self, column: str, *, is_numeric: bool | None) -> None:
        known = self._answers.setdefault(column, None)
        if known is not False and is_numeric is not None:
            self._answers[column] = is_numeric


@contextmanager
def _binary(files: FolderFiles | ZipFiles, name: str) -> Iterator[io.BufferedIOBase]:
    with files.open(name) as raw:
        if name.lower().endswith(".gz"):
            with gzip.GzipFile(fileobj=raw) as unpacked:
                yield unpacked
        else:
            yield raw  # type: ignore[misc]  # both kinds of stream can be read and wrapped


@contextmanager
def _text(files: FolderFiles | ZipFiles, name: str, encoding: str) -> Iterator[Iterator[str]]:
    with _binary(files, name) as stream, io.TextIOWrapper(stream, encoding, errors="replace") as text:  # type: ignore[type-var]
        yield text


def _find_encoding(files: FolderFiles | ZipFiles, name: str) -> str:
    # EcoTaxa itself takes a file without a byte order mark for latin-1. Other tools write UTF-8 without
    # the mark, and accented latin-1 text is practically never valid UTF-8, so strict UTF-8 is tried first.
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    with _binary(files, name) as stream:
        try:
            chunk = stream.read1(1 << 20)
            if chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                return "utf-16"
            while chunk:
                decoder.decode(chunk)
                chunk = stream.read1(1 << 20)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "latin-1"
        except READ_ERRORS:
            pass  # a file that breaks off is read up to there
    return "utf-8-sig"


def _numbered(stream: Iterator[str], skip: int = 0) -> Iterator[NumberedLine]:
    for number, line in enumerate(stream, start=1):
        if number > skip and line[0] != "#" and not line.isspace():
            yield number, line


def _until_broken(
    lines: Iterator[NumberedLine], name: str, failures: list[Problem]
) -> Iterator[NumberedLine]:
    number = None
    try:
        for number, line in lines:  # the number of the last good line is reported
            yield number, line
    except READ_ERRORS as error:
        reason = f"The file breaks off after this line ({error}); what follows could not be read."
        failures.append(Problem(name, number, None, reason))


def _fields(line: str, separator: str) -> list[str]:
    cells = next(csv.reader([line], delimiter=separator), [])
    return [cell.strip() for cell in cells]


def _is_type_row(cells: list[str]) -> bool:
    filled = {cell for cell in cells if cell}
    return bool(filled) and filled <= _TYPES


def _clean_header(name: str, line: int, cells: list[str]) -> tuple[tuple[str, ...], list[Problem]]:
    while cells and not cells[-1]:
        cells.pop()
    header: list[str] = []
    problems = []
    for place, cell in enumerate(cells, start=1):
        if not cell or cell in header:
            what = f"has the name '{cell}' of an earlier column" if cell else "has no name"
            problems.append(Problem(name, line, None, f"Column {place} {what}; it was left out."))
        header.append("" if cell in header else cell)
    return tuple(header), problems


def _read_at_once(lines: list[NumberedLine], separator: str) -> list[list[str]] | None:
    # The extra line shows whether a quotation mark is still open at the end.
    try:
        rows = list(csv.reader([line for _, line in lines] + ["end"], delimiter=separator))
    except csv.Error:
        return None
    return rows[:-1] if len(rows) == len(lines) + 1 else None


def _read_one_by_one(
    lines: list[NumberedLine], wanted: int, table: Table, problems: list[Problem]
) -> tuple[list[NumberedLine], list[list[str]], list[NumberedLine]]:
    """Read the first *wanted* lines; return them without broken ones, their cells, and what was not read."""
    good, rows = [], []
    place = 0
    while place < min(wanted, len(lines)):
        number, text = lines[place]
        row, span = _read_record([line for _, line in lines[place : place + LONGEST_RECORD]], table)
        if row is None:
            reason = f"A quotation mark is opened and never closed: '{shorten(text.strip())}'; the line was left out."
            problems.append(Problem(table.name, number, None, reason))
        else:
            good.append((number, text))
            rows.append(row)
        place += span
    return good, rows, lines[place:]


def _read_record(lines: list[str], table: Table) -> tuple[list[str] | None, int]:
    """Read one record that may run over several lines; return its cells, if any, and its number of lines."""
    separators = len(table.header) - 1
    for span in range(1, len(lines) + 1):
        text = "".join(lines[:span])
        found = _read_at_once([(0, text)], table.separator)
        if found is None:
            continue
        # Where a mark was forgotten, the next one closes the cell: it then holds about one line or more.
        is_whole = len(found[0]) == separators + 1 and text.count(table.separator) < max(2 * separators, 2)
        return (found[0], span) if span == 1 or is_whole else (None, 1)
    return None, 1


def _make_block(
    table: Table, lines: list[NumberedLine], rows: list[list[str]], wanted: set[str], problems: list[Problem]
) -> Block:
    width = len(table.header)
    numbers = [number for number, _ in lines]
    if any(len(row) != width for row in rows):
        for place, row in enumerate(rows):
            if len(row) > width and not any(map(str.strip, row[width:])):
                rows[place] = row[:width]  # separators at the end of the line
            elif len(row) != width and any(map(str.strip, row)):
                reason = f"The line has {len(row)} fields instead of {width}; it was left out."
                problems.append(Problem(table.name, numbers[place], None, reason))
        good = [place for place, row in enumerate(rows) if len(row) == width]
        rows, numbers = [rows[place] for place in good], [numbers[place] for place in good]
    cells = zip(*rows, strict=True) if rows else ((),) * width
    columns = {
        name: _object_array(column)
        for name, column in zip(table.header, cells, strict=True)
        if name in wanted
    }
    block = Block(table.name, np.array(numbers, dtype=np.int64), columns, problems)
    is_filled = [any(map(str.strip, row)) for row in rows]
    return block.take(np.array(is_filled, dtype=bool))


def _object_array(cells: Sequence[str]) -> np.ndarray:
    array = np.empty(len(cells), dtype=object)
    array[:] = list(map(str.strip, cells))
    return array
