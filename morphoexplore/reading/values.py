"""
Cells of tables into values: dates, times, positions, numbers.

Each ``parse_*`` takes one stripped, non-empty cell and raises `ValueError` with a reason that reads after
the cell. Whole columns go through :func:`parse_each` and :func:`to_numbers`, which tell what failed where.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from typing import TypeAlias, TypeVar

import numpy as np
import pandas as pd

T = TypeVar("T")
#: A column of stripped cells.
Cells: TypeAlias = Sequence[str] | np.ndarray

_DATE = re.compile(r"(\d{4})(-?)(\d\d)\2(\d\d)")
_CLOCK = re.compile(r"(\d\d):(\d\d):(\d\d)")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|\+?inf(inity)?", re.ASCII | re.IGNORECASE)
_SEXAGESIMAL = re.compile(r"([+-]?)(\d{1,3})°(\d{1,2}) (\d{1,2}(?:\.\d+)?)", re.ASCII)
_CODE = re.compile(r"^-?(0\d+|\d{16,})$", re.ASCII | re.MULTILINE)
_EMPTY_NUMBERS = ("nan", "na")
# Five nines or more stand for an unknown value where no value can be as large: positions and depths.
_UNKNOWN = re.compile(r"-?9{5,}(\.0*|\.9+)?", re.ASCII)
#: m; deeper than any sea
DEEPEST = 12_000.0


def parse_date(text: str) -> str:
    """
    Read ``YYYYMMDD`` or ``YYYY-MM-DD``.

    Returns
    -------
    date : str
        ISO date.

    Raises
    ------
    ValueError
        Other forms, and days that are in no calendar.

    Examples
    --------
    >>> parse_date("20140420")
    '2014-04-20'
    """
    match = _DATE.fullmatch(text)
    if not match:
        message = "is no date; write YYYYMMDD or YYYY-MM-DD"
        raise ValueError(message)
    try:
        return date(int(match[1]), int(match[3]), int(match[4])).isoformat()
    except ValueError:
        message = "is a day that no calendar has"
        raise ValueError(message) from None


def parse_time(text: str) -> str:
    """
    Read ``HHMM``, ``HHMMSS`` or ``HH:MM:SS``; zeros that a spreadsheet took from the left are put back.

    Returns
    -------
    time : str
        ISO time.

    Raises
    ------
    ValueError
        Other forms, and times that are on no clock.

    Examples
    --------
    >>> parse_time("420")
    '04:20:00'
    """
    digits = text
    if match := _CLOCK.fullmatch(text):
        digits = "".join(match.groups())
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 6):
        message = "is no time; write HHMM, HHMMSS or HH:MM:SS"
        raise ValueError(message)
    digits = digits.zfill(6) if len(digits) > 4 else digits.zfill(4) + "00"
    try:
        return time(int(digits[:2]), int(digits[2:4]), int(digits[4:])).isoformat()
    except ValueError:
        message = "is a time that no clock shows"
        raise ValueError(message) from None


def parse_timestamp(text: str) -> str:
    """
    Read an ISO 8601 date or date with time; a zone is converted to UTC, without one UTC is assumed.

    Returns
    -------
    timestamp : str
        ISO date, or ISO date and time without zone.

    Raises
    ------
    ValueError
        Other forms; ``04/05/2016`` is refused because nobody knows which part is the month.

    Examples
    --------
    >>> parse_timestamp("2016-04-04 05:27+02:00")
    '2016-04-04T03:27:00'
    """
    iso = re.sub(r"^(\d{4})/(\d\d)/(\d\d)", r"\1-\2-\3", text).replace(" UTC", "+00:00")
    iso = re.sub(r"^(\S+) (?=\d)", r"\1T", iso).replace(" ", "")
    try:
        if _DATE.fullmatch(iso):
            return parse_date(iso)
        moment = datetime.fromisoformat(iso)
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        message = "is no date or time; write 2016-04-04 or 2016-04-04T03:27:00"
        raise ValueError(message) from None
    return moment.isoformat()


def parse_latitude(text: str) -> float:
    """
    Read a latitude: decimal degrees or ``DDD°MM SS``; 99999 ..., nan and na stand for an unknown one.

    Raises
    ------
    ValueError
        Other forms, and values outside -90 to 90 degrees.

    Examples
    --------
    >>> parse_latitude("-12°06 36")
    -12.11
    """
    return _parse_degrees(text, limit=90)


def parse_longitude(text: str) -> float:
    """
    Read a longitude: decimal degrees or ``DDD°MM SS``; 99999 ..., nan and na stand for an unknown one.

    Raises
    ------
    ValueError
        Other forms, and values outside -180 to 180 degrees.
    """
    return _parse_degrees(text, limit=180)


def parse_depth(text: str) -> float:
    """
    Read a depth in metres, positive down; 99999, 999999 ..., nan and na stand for an unknown one.

    Raises
    ------
    ValueError
        What is no finite number.
    """
    if _stands_for_nothing(text):
        return math.nan
    value = _parse_float(text)
    if not math.isfinite(value):
        message = "is no depth in metres"
        raise ValueError(message)
    return value


def parse_rank(text: str) -> int:
    """
    Read the rank of an image: a whole number from 0; ``0.0`` is taken too.

    Raises
    ------
    ValueError
        Anything else.
    """
    value = _parse_float(text)
    if not (0 <= value < 2**31 and value == int(value)):
        message = "is no rank; write a whole number from 0"
        raise ValueError(message)
    return int(value)


def parse_each(cells: Cells, parse: Callable[[str], T], *, empty: T) -> tuple[list[T], dict[int, str]]:
    """
    Parse a column, each distinct cell once.

    Parameters
    ----------
    cells : sequence of str
        Stripped cells.
    parse : callable
        Reads one cell or raises `ValueError`.
    empty : object
        Value of empty cells and of cells that cannot be read.

    Returns
    -------
    values : list
        One per cell.
    failures : dict of int to str
        Reasons by position.
    """
    known: dict[str, T] = {"": empty}
    reasons: dict[str, str] = {}
    for cell in set(cells) - {""}:
        try:
            known[cell] = parse(cell)
        except ValueError as error:
            known[cell] = empty
            reasons[cell] = f"'{shorten(cell)}' {error}"
    failures = {row: reasons[cell] for row, cell in enumerate(cells) if cell in reasons} if reasons else {}
    return [known[cell] for cell in cells], failures


def to_numbers(cells: Cells) -> tuple[np.ndarray, dict[int, str]]:
    """
    Parse a column of numbers; empty cells, ``nan`` and ``na`` are NaN.

    Parameters
    ----------
    cells : sequence of str
        Stripped cells.

    Returns
    -------
    numbers : array of float64
        One per cell.
    failures : dict of int to str
        Reasons by position; their values are NaN.

    Examples
    --------
    >>> to_numbers(["1.5", "", "a lot"])
    (array([1.5, nan, nan]), {2: "'a lot' is no number"})
    """
    # pandas reads exactly what Python's float does here, in half the time; inf and odd cells are checked below.
    numbers = pd.to_numeric(pd.Series(list(cells), dtype=object), errors="coerce").to_numpy(
        np.float64, copy=True
    )
    failures = {}
    for row in np.flatnonzero(~np.isfinite(numbers)).tolist():
        cell = cells[row]
        if cell and cell.lower() not in _EMPTY_NUMBERS:
            try:
                numbers[row] = _parse_float(cell)
            except ValueError as error:
                numbers[row] = np.nan
                failures[row] = f"'{shorten(cell)}' {error}"
    return numbers, failures


def to_texts(cells: Cells) -> np.ndarray:
    """Return a column of text as array of object, with None where empty."""
    texts = np.array(cells, dtype=object)
    texts[texts == ""] = None
    return texts


def looks_numeric(cells: Cells) -> bool | None:
    """
    Tell whether a column nobody declared holds numbers.

    Codes such as ``0042`` and whole numbers too long for a float keep their digits only as text, so they
    count as text.

    Parameters
    ----------
    cells : sequence of str
        Stripped cells.

    Returns
    -------
    numeric : bool or None
        None where no cell decides.
    """
    filled = [cell for cell in set(cells) if cell and cell.lower() not in _EMPTY_NUMBERS]
    if not filled:
        return None
    if not _NUMBER.fullmatch(filled[0]):
        return False
    return not to_numbers(filled)[1] and not _CODE.search("\n".join(filled))


def shorten(text: str) -> str:
    """Cut a cell that is too long to be quoted in a sentence."""
    return text if len(text) <= 40 else text[:37] + "..."


def _stands_for_nothing(text: str) -> bool:
    return text.lower() in _EMPTY_NUMBERS or _UNKNOWN.fullmatch(text) is not None


def _parse_float(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        comma = re.fullmatch(r"[+-]?\d+,\d+", text) is not None
        message = "is no number; write a decimal point" if comma else "is no number"
        raise ValueError(message)
    return float(text)


def _parse_degrees(text: str, *, limit: int) -> float:
    if _stands_for_nothing(text):
        return math.nan
    if match := _SEXAGESIMAL.fullmatch(text):
        minutes, seconds = int(match[3]), float(match[4])
        if minutes >= 60 or seconds >= 60:
            message = "has 60 or more minutes or seconds"
            raise ValueError(message)
        value = int(match[2]) + minutes / 60 + seconds / 3600
        value = -value if match[1] == "-" else value
    else:
        try:
            value = _parse_float(text)
        except ValueError:
            message = "is no position; write decimal degrees such as -43.25, or DDD°MM SS"
            raise ValueError(message) from None
    if not -limit <= value <= limit:
        message = f"is outside -{limit} to {limit} degrees"
        raise ValueError(message)
    return value
