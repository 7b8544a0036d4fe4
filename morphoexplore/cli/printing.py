"""How things are printed: results on stdout, progress and remarks on stderr; numbers, tables, JSON."""

from __future__ import annotations

import json
import math
import sys
import time
import unicodedata
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")

SECONDS_BETWEEN_LINES = 60  # of progress, where stderr is no terminal
WIDTH = 100  # columns of a table
NARROWEST = 12  # columns that text is cut to, at least


def say(text: str = "") -> None:
    """Print a line of the result."""
    click.echo(text)


def warn(text: str) -> None:
    """Print a line that is no result."""
    click.echo(text, err=True)


def bar(things: Iterable[T], *, label: str, total: int) -> Iterator[T]:
    """Show on stderr how far things are: a bar in a terminal, a line now and then in a log file."""
    if not sys.stderr.isatty():
        yield from _log(things, label, total)
        return
    from tqdm import tqdm

    yield from tqdm(things, desc=label, total=total or None, file=sys.stderr, mininterval=0.3)


def _log(things: Iterable[T], label: str, total: int) -> Iterator[T]:
    reported = time.monotonic()
    for done, thing in enumerate(things):
        if time.monotonic() - reported > SECONDS_BETWEEN_LINES:
            warn(f"{label}: {number(done)}{f' of {number(total)}' if total else ''}")
            reported = time.monotonic()
        yield thing


def show(result: Any, *, as_json: bool, text: Iterable[str]) -> None:
    """Print a result as JSON or as lines."""
    if as_json:
        say(json.dumps(plain(result), indent=1, allow_nan=False))
    else:
        for line in text:
            say(line)


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: what JSON does not know (NaN, infinite, missing) becomes null."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "item"):  # a number of NumPy
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | int | float):
        return value
    return None if is_missing(value) else str(value)


def is_missing(value: Any) -> bool:
    """Tell whether a value stands for nothing."""
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def number(count: int) -> str:
    """Return a count with spaces between thousands."""
    return f"{count:,}".replace(",", " ")


def counted(count: int, word: str) -> str:
    """Return "1 object", "2 objects", "2 branches"."""
    plural = "es" if word.endswith(("ch", "s", "x")) else "s"
    return f"{number(count)} {word}{'' if count == 1 else plural}"


def table(frame: pd.DataFrame, *, whole: Iterable[str] = ()) -> list[str]:
    """
    Return a frame as aligned lines: numbers to the right, text to the left, nothing where there is nothing.

    Parameters
    ----------
    whole : iterable of str
        Columns of text that are never cut, because people copy from them; other text is cut where a line
        would be longer than ``WIDTH``.
    """
    if not len(frame):
        return ["(none)"]
    columns = {str(name): [_cell(value) for value in frame[name]] for name in frame.columns}
    is_text = {name: any(isinstance(value, str) for value in frame[name]) for name in columns}
    widths = {name: max(map(columns_of, [name, *cells])) for name, cells in columns.items()}
    over = sum(widths.values()) + 2 * (len(widths) - 1) - WIDTH
    for name in sorted(
        (name for name in columns if is_text[name] and name not in whole), key=lambda name: -widths[name]
    ):
        less = max(0, min(over, widths[name] - max(NARROWEST, columns_of(name))))
        widths[name] -= less
        over -= less
    lines = []
    for row in zip(*([name, *cells] for name, cells in columns.items()), strict=True):
        parts = []
        for name, text in zip(columns, row, strict=True):
            text = text if name in whole else cut(text, widths[name])
            gap = " " * (widths[name] - columns_of(text))
            parts.append(text + gap if is_text[name] else gap + text)
        lines.append("  ".join(parts).rstrip())
    return lines


def _cell(value: Any) -> str:
    if is_missing(value) or value is False:
        return ""
    if value is True:
        return "yes"
    if isinstance(value, float):
        return f"{value:.3f}"
    return printable(str(value))


def printable(text: str) -> str:
    """Return a text of others with a blank for everything that would move the cursor or colour the terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def columns_of(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def cut(text: str, width: int) -> str:
    """Cut a text to some columns of a terminal, with a sign that it was cut."""
    if columns_of(text) <= width:
        return text
    while columns_of(text) > width - 1:
        text = text[:-1]
    return text + "…"
