"""
Tables in text files, block by block: encoding, separator, header, type row, line numbers.

A file is looked through once before it is read: for its encoding, and for lines that no table has, so that reading it
never takes more memory than a block of lines. How lines become cells: :mod:`morphoexplore.reading.cells`.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from morphoexplore.errors import SourceError
from morphoexplore.reading.cells import (
    LONGEST_RECORD,
    NumberedLine,
    read_at_once,
    read_fast,
    read_one_by_one,
)
from morphoexplore.reading.encodings import LOOKED_AT, OLD, encoding_of, refuse_binary
from morphoexplore.reading.files import READ_ERRORS, Files
from morphoexplore.reading.values import shorten
from morphoexplore.records import Problem

BLOCK_ROWS = 20_000
BLOCK_CELLS = 1_500_000
#: EcoTaxa takes some 650 columns at most, with 250 letters in a cell. What is beyond is no table of objects, and reading
#: it might take all memory.
MOST_COLUMNS, LONGEST_LINE = 5000, 1 << 22
#: Cells of one column and block that are reported one by one.
MOST_PROBLEMS = 100
_TYPES = {"[f]", "[t]"}


@dataclass(frozen=True)
class Table:
    """
    A text table that was looked at but not read.

    Parameters
    ----------
    files : Files
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

    files: Files
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
        Stripped cells by column; or, in columns that were expected to be numbers and are, float64.
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

    def report(self, row: int, reason: str, object_id: str | None = None, *, lost: int = 0) -> None:
        """Add a problem with one line; *lost* is 1 where the line is left out."""
        self.problems.append(Problem(self.file, int(self.lines[row]), object_id, reason, lost))

    def report_lines(
        self, rows: list[int], reason: Callable[[int], str], ids: np.ndarray, *, lost: bool
    ) -> None:
        """Add a problem for each of some lines; many alike are summed up."""
        for row in rows[:MOST_PROBLEMS]:
            self.report(row, reason(row), ids[row] or None, lost=int(lost))
        more = len(rows) - MOST_PROBLEMS
        if more > 0:
            last = int(self.lines[rows[-1]])
            example = reason(rows[-1])
            text = f"{more} more lines up to line {last} have the same fault as that line: {example}"
            self.problems.append(Problem(self.file, None, None, text, more if lost else 0))

    def report_cells(self, column: str, failures: dict[int, str], ids: np.ndarray) -> None:
        """Add a problem for each cell whose value was dropped; many alike are summed up."""
        for row, reason in islice(failures.items(), MOST_PROBLEMS):
            self.report(row, f"{column}: {reason}; the value was left out.", ids[row])
        if len(failures) > MOST_PROBLEMS:
            last = int(self.lines[max(failures)])
            reason = f"{column}: {len(failures) - MOST_PROBLEMS} more values up to line {last} were left out alike."
            self.problems.append(Problem(self.file, None, None, reason))


def open_table(files: Files, name: str, *, separator: str | None = None, lower: bool = False) -> Table:
    r"""
    Look at the encoding and the first lines of a table.

    Parameters
    ----------
    files : Files
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
        The file cannot be read, is empty, or no table of objects: a line without end, thousands of columns.
    """
    try:
        encoding = _find_encoding(files, name)
        with _text(files, name, encoding) as stream:
            lines = list(islice(_numbered(stream), 2))
    except (*READ_ERRORS, UnicodeError, csv.Error) as error:
        message = f"{name} cannot be read: {error or type(error).__name__}."
        raise SourceError(message) from error
    if not lines:
        message = f"{name} is empty: it has no line with column names."
        raise SourceError(message)
    separator = separator or max("\t;,", key=lines[0][1].count)
    (start, first), *rest = lines
    try:
        cells = _fields(first.lower() if lower else first, separator)
    except csv.Error as error:
        message = f"{name}, line {start}: the names of the columns cannot be read ({error})."
        raise SourceError(message) from error
    if len(cells) > MOST_COLUMNS:
        message = f"{name} has {len(cells)} columns; more than {MOST_COLUMNS} are not read. Leave out what is not needed."
        raise SourceError(message)
    header, problems = _clean_header(name, start, cells)
    types: dict[str, str] = {}
    if rest and _is_type_row(cells := _types_of(rest[0][1], separator)):
        start = rest[0][0]
        types = {column: cell for column, cell in zip(header, cells, strict=False) if column}
    return Table(files, name, encoding, separator, header, types, start, problems)


def read_blocks(
    table: Table,
    size: int = BLOCK_ROWS,
    *,
    only: Collection[str] | None = None,
    numbers: Collection[str] = (),
    keep_whole: bool = False,
) -> Iterator[Block]:
    """
    Read a table in stretches of up to *size* lines.

    Parameters
    ----------
    table : Table
        From :func:`open_table`.
    size : int
        Lines per block; fewer where they have many columns.
    only : collection of str, optional
        Columns wanted; by default all. Who reads may take columns out of it meanwhile.
    numbers : collection of str
        Columns to return as float64 wherever all cells of a block are numbers; likewise.
    keep_whole : bool
        Return whole numbers as they are written.

    Yields
    ------
    block : Block
        Lines with the right number of fields; the others are among its problems, and so is the end of a
        file that breaks off.
    """
    size = min(size, max(BLOCK_CELLS // max(len(table.header), 1), LONGEST_RECORD))
    with _text(table.files, table.name, table.encoding) as stream:
        failures: list[Problem] = []
        numbered = _until_broken(_numbered(stream, skip=table.start), table.name, failures)
        carried: list[NumberedLine] = []
        while lines := carried + list(islice(numbered, max(0, size - len(carried)))):
            carried = []
            wanted = set(table.columns) & set(table.columns if only is None else only)
            columns = read_fast(
                lines, table.header, table.separator, wanted, wanted & set(numbers), keep_whole=keep_whole
            )
            if columns is None:
                block, carried = _read_with_care(lines, numbered, table, wanted)
            else:
                block = Block(table.name, np.array([number for number, _ in lines], dtype=np.int64), columns)
            del lines, columns  # only one stretch of lines is in memory while the next is read
            yield block
        if failures:
            yield _make_block(table, [], [], set(table.columns if only is None else only), failures)


def _read_with_care(
    lines: list[NumberedLine], numbered: Iterator[NumberedLine], table: Table, wanted: set[str]
) -> tuple[Block, list[NumberedLine]]:
    """Return a block of lines of which some are odd, and the lines that were taken but not read."""
    problems: list[Problem] = []
    rest: list[NumberedLine] = []

    def report(number: int, text: str) -> None:
        reason = f"A quotation mark is opened and never closed: '{shorten(text)}'; the line was left out."
        problems.append(Problem(table.name, number, None, reason, 1))

    rows = read_at_once(lines, table.separator)
    if rows is None:
        ahead = list(islice(numbered, LONGEST_RECORD))
        lines, rows, rest = read_one_by_one(
            lines + ahead, len(lines), len(table.header), table.separator, report
        )
    return _make_block(table, lines, rows, wanted, problems), rest


@contextmanager
def _binary(files: Files, name: str) -> Iterator[io.BufferedIOBase]:
    with files.open(name) as raw:
        if name.lower().endswith(".gz"):
            with gzip.GzipFile(fileobj=raw) as unpacked:
                yield unpacked
        else:
            yield raw  # type: ignore[misc]  # both kinds of stream can be read and wrapped


@contextmanager
def _text(files: Files, name: str, encoding: str) -> Iterator[Iterator[str]]:
    with _binary(files, name) as stream, io.TextIOWrapper(stream, encoding, errors="replace") as text:  # type: ignore[type-var]
        yield text


def _find_encoding(files: Files, name: str) -> str:
    # EcoTaxa itself takes a file without a byte order mark for latin-1. Other tools write UTF-8 without
    # the mark, and accented latin-1 text is practically never valid UTF-8, so strict UTF-8 is tried first.
    # Where latin-1 has control characters, nobody means these, but the signs that Windows has there.
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    encoding = ""
    length = 0  # of the line so far
    with _binary(files, name) as stream:
        try:
            chunk = stream.read1(1 << 20)
            refuse_binary(chunk[:LOOKED_AT], name)
            encoding = encoding_of(chunk[:LOOKED_AT]) or ""
            if encoding == "utf-8-sig":
                encoding = ""  # if it is that to its end
            while chunk:
                end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
                length = length + len(chunk) if end < 0 else len(chunk) - end - 1
                if length > LONGEST_LINE:
                    message = (
                        f"{name} has a line of more than {LONGEST_LINE // 2**20} million letters, so it is no table of "
                        "objects, or its lines have lost their ends."
                    )
                    raise SourceError(message)
                if not encoding:
                    encoding = "" if _decodes(decoder, chunk) else OLD
                chunk = stream.read1(1 << 20)
            if not encoding and not _decodes(decoder, b"", final=True):
                encoding = OLD
        except READ_ERRORS:
            pass  # a file that breaks off is read up to there
    return encoding or "utf-8-sig"


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final=final)
    except UnicodeDecodeError:
        return False
    return True


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


def _types_of(line: str, separator: str) -> list[str]:
    try:
        return [cell.lower() for cell in _fields(line, separator)]
    except csv.Error:
        return []


def _is_type_row(cells: list[str]) -> bool:
    filled = {cell for cell in cells if cell}
    return bool(filled) and filled <= _TYPES


def _clean_header(name: str, line: int, cells: list[str]) -> tuple[tuple[str, ...], list[Problem]]:
    while cells and not cells[-1]:
        cells.pop()
    header: list[str] = []
    problems = []
    met: set[str] = set()
    for place, cell in enumerate(cells, start=1):
        if not cell or cell in met:
            what = f"has the name '{cell}' of an earlier column" if cell else "has no name"
            problems.append(Problem(name, line, None, f"Column {place} {what}; it was left out."))
        header.append("" if cell in met else cell)
        met.add(cell)
    return tuple(header), problems


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
                problems.append(Problem(table.name, numbers[place], None, reason, 1))
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
