"""The CSV of names: ``node_id,name,taxon,ecotaxa_id,aphia_id,description``."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from morphoexplore.errors import SourceError

TEXTS = ("name", "taxon", "description")
NUMBERS = ("ecotaxa_id", "aphia_id")
COLUMNS = ("node_id", *TEXTS, *NUMBERS)


def read_names(path: Path, *, known: set[int]) -> pd.DataFrame:
    """
    Read a CSV of names.

    Parameters
    ----------
    path : Path
        UTF-8 (a byte order mark may stand first), comma or semicolon; other columns are ignored.
    known : set of int
        The nodes there are.

    Returns
    -------
    names : DataFrame
        Index ``node_id``; the columns of :data:`COLUMNS` that the file has, None where a cell is empty.

    Raises
    ------
    SourceError
        If the file cannot be read, or a line cannot be used: a name is not worth guessing at.
    """
    lines = _read_lines(path)
    header = [cell.strip().lower() for cell in lines[0]] if lines else []
    if "node_id" not in header or not set(header) & {*TEXTS, *NUMBERS}:
        found = ", ".join(header) or "nothing"
        message = f"{path}, line 1: expected the columns {','.join(COLUMNS)} (node_id and one more at least); found {found}."
        raise SourceError(message)
    columns = [name for name in COLUMNS if name in header]
    rows = {}
    for number, line in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in line):
            continue
        if len(line) > len(header):
            message = f"{path}, line {number}: {len(line)} cells, but {len(header)} columns. Put text with commas in quotes."
            raise SourceError(message)
        cells = dict(zip(header, (cell.strip() for cell in line), strict=False))
        node_id = _number(path, number, "node_id", cells["node_id"])
        if node_id not in known:
            message = (
                f"{path}, line {number}: there is no node {cells['node_id'] or '(empty)'} in this project."
            )
            raise SourceError(message)
        if node_id in rows:
            message = f"{path}, line {number}: node {node_id} was named in an earlier line already."
            raise SourceError(message)
        rows[node_id] = {
            name: _number(path, number, name, cells.get(name, ""))
            if name in NUMBERS
            else cells.get(name) or None
            for name in columns[1:]
        }
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=columns[1:], dtype=object)
    return frame.rename_axis("node_id")


def _read_lines(path: Path) -> list[list[str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}."
        raise SourceError(message) from error
    except UnicodeDecodeError:
        text = path.read_text(encoding="latin-1")
    first = text.split("\n", 1)[0]
    return list(
        csv.reader(
            text.splitlines(keepends=True), delimiter=";" if first.count(";") > first.count(",") else ","
        )
    )


def _number(path: Path, line: int, column: str, cell: str) -> int | None:
    if not cell:
        return None
    try:
        number = float(cell)  # spreadsheets write 12 as 12.0
    except ValueError:
        number = float("nan")
    if number != int(number) if number == number else True:
        message = f"{path}, line {line}: {column} must be a whole number, not {cell!r}."
        raise SourceError(message)
    return int(number)
