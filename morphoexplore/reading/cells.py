"""
Lines of a table into cells.

Clean stretches of lines go through the parser of pandas, which is many times faster. It does not tell how many fields a
line has, so every line gets one more with a mark in it: where the mark is not found in its place, the ``csv`` module
reads the stretch, and only lines with an unclosed quotation mark are read one by one.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Sequence

import numpy as np
import pandas as pd

#: Lines that one quoted cell may run over; beyond that a quotation mark was forgotten.
LONGEST_RECORD = 20
_MARK = "\x01"
_WORDS = re.compile("true|false", re.IGNORECASE)  # numbers to pandas
_SIGNED_NAN = re.compile("[+-]nan", re.IGNORECASE)  # likewise
_EMPTY_NUMBERS = ["", "nan", "NaN", "NAN", "na", "NA", "Na"]
# Newer versions read numbers exactly by default and no longer want to be told so.
_EXACTLY = (
    {} if tuple(map(int, pd.__version__.split(".")[:2])) >= (3, 1) else {"float_precision": "round_trip"}
)

NumberedLine = tuple[int, str]


def read_fast(
    lines: Sequence[NumberedLine],
    header: Sequence[str],
    separator: str,
    wanted: Collection[str],
    numbers: Collection[str],
    *,
    keep_whole: bool = False,
) -> dict[str, np.ndarray] | None:
    """
    Read lines that all have the right number of fields.

    Parameters
    ----------
    lines : sequence of (int, str)
        With their numbers.
    header : sequence of str
        Names of the columns; "" for those to leave out.
    separator : str
        Between fields.
    wanted : collection of str
        Columns to return.
    numbers : collection of str
        Those of them that are expected to hold nothing but numbers.
    keep_whole : bool
        Return columns of whole numbers as text, because 0042 is a code.

    Returns
    -------
    columns : dict of str to array or None
        float64 for *numbers* that are numbers throughout, else object, stripped. None where the lines must be read
        with more care.
    """
    text = "".join(line for _, line in lines)
    if not text.endswith("\n"):
        text += "\n"
    if _MARK in text or "\0" in text:
        return None
    blank = f'{separator}" \t\n'
    if not all(line.strip(blank) for _, line in lines):
        return None  # a line of nothing but empty cells is no line
    text = text.replace("\n", f"{separator}{_MARK}\n")
    places = [place for place, name in enumerate(header) if name in wanted]
    found = _parse(
        text, len(header), separator, places, {place for place in places if header[place] in numbers}
    )
    if found is None and numbers:
        found = _parse(text, len(header), separator, places, set())
    if found is None or len(found[len(header)]) != len(lines):
        return None
    if not (found[len(header)] == _MARK).all():
        return None
    in_doubt = {
        place
        for place in places
        if found[place].dtype.kind == "f" and _is_in_doubt(found[place], text, keep_whole=keep_whole)
    }
    if in_doubt:
        found |= _parse(text, len(header), separator, sorted(in_doubt), set()) or {}
    return {header[place]: found[place] for place in places}


def _parse(
    text: str, width: int, separator: str, places: list[int], numbers: set[int]
) -> dict[int, np.ndarray] | None:
    try:
        table = pd.read_csv(
            io.StringIO(text),
            sep=separator,
            header=None,
            names=range(width + 1),
            usecols=[*places, width],
            index_col=False,
            dtype={place: np.float64 if place in numbers else object for place in [*places, width]},
            na_values=dict.fromkeys(numbers, _EMPTY_NUMBERS),
            keep_default_na=False,
            na_filter=bool(numbers),
            skip_blank_lines=False,
            low_memory=False,
            engine="c",
            **_EXACTLY,  # type: ignore[call-overload]
        )
    except (ValueError, OverflowError):  # ParserError is a ValueError
        return None
    columns: dict[int, np.ndarray] = {}
    for place in table.columns:
        values = table[place]
        if place in numbers:
            columns[place] = values.to_numpy(np.float64)
            if np.isinf(columns[place]).any():  # whose spelling is to be looked at
                return None
        else:
            # Cells repeat themselves: each different one is stripped once, and kept once.
            codes, different = pd.factorize(values.to_numpy(object))
            terms = np.empty(len(different), dtype=object)
            terms[:] = list(map(str.strip, different))
            columns[place] = terms[codes]
    return columns


def _is_in_doubt(numbers: np.ndarray, text: str, *, keep_whole: bool) -> bool:
    """Tell whether numbers may have been written as something else: 0042, TRUE, -nan."""
    known = numbers[~np.isnan(numbers)]
    if keep_whole and (known == np.floor(known)).all():
        return True
    if ((known == 0) | (known == 1)).all() and _WORDS.search(text):
        return True
    return len(known) < len(numbers) and _SIGNED_NAN.search(text) is not None


def read_at_once(lines: Sequence[NumberedLine], separator: str) -> list[list[str]] | None:
    """Return the cells of lines, None where a quotation mark is still open at the end."""
    # The extra line shows whether one is.
    try:
        rows = list(csv.reader([line for _, line in lines] + ["end"], delimiter=separator))
    except csv.Error:
        return None
    return rows[:-1] if len(rows) == len(lines) + 1 else None


def read_one_by_one(
    lines: list[NumberedLine], wanted: int, width: int, separator: str, report: Callable[[int, str], None]
) -> tuple[list[NumberedLine], list[list[str]], list[NumberedLine]]:
    """
    Read the first *wanted* lines with care.

    Parameters
    ----------
    width : int
        Fields that a line should have.
    report : callable
        Takes the number and the text of a line whose quotation mark is never closed.

    Returns
    -------
    good : list of (int, str)
        The lines without broken ones.
    rows : list of list of str
        Their cells.
    rest : list of (int, str)
        What was not read.
    """
    good, rows = [], []
    place = 0
    while place < min(wanted, len(lines)):
        number, text = lines[place]
        row, span = _read_record(
            [line for _, line in lines[place : place + LONGEST_RECORD]], width, separator
        )
        if row is None:
            report(number, text.strip())
        else:
            good.append((number, text))
            rows.append(row)
        place += span
    return good, rows, lines[place:]


def _read_record(lines: list[str], width: int, separator: str) -> tuple[list[str] | None, int]:
    """Read one record that may run over several lines; return its cells, if any, and its number of lines."""
    separators = width - 1
    for span in range(1, len(lines) + 1):
        text = "".join(lines[:span])
        found = read_at_once([(0, text)], separator)
        if found is None:
            continue
        # Where a mark was forgotten, the next one closes the cell: it then holds about one line or more.
        is_whole = len(found[0]) == width and text.count(separator) < max(2 * separators, 2)
        return (found[0], span) if span == 1 or is_whole else (None, 1)
    return None, 1
