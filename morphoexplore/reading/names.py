"""The CSV of names: ``node_id,name,kind,taxon,description,ecotaxa_id,aphia_id,taxon_type``."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from morphoexplore.errors import SourceError
from morphoexplore.reading.encodings import decoded

TEXTS = ("name", "kind", "taxon", "description", "taxon_type")
TAXON_TYPES = ("P", "M")
NUMBERS = ("ecotaxa_id", "aphia_id")
COLUMNS = ("node_id", "name", "kind", "taxon", "description", *NUMBERS, "taxon_type")
WHOLE = re.compile(r"([0-9]{1,18})(\.0*)?")  # spreadsheets write 12 as 12.0


def read_names(path: Path, *, known: Collection[int], kinds: Collection[str]) -> pd.DataFrame:
    """
    Read a CSV of names.

    Parameters
    ----------
    path : Path
        UTF-8, UTF-16 or else Windows-1252; comma, semicolon or tab; other columns are ignored.
    known : collection of int
        The nodes there are.
    kinds : collection of str
        The kinds there are.

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
    header = [cell.strip().lower() for cell in next(lines, (1, []))[1]]
    if "node_id" not in header or not set(header) & {*TEXTS, *NUMBERS}:
        found = ", ".join(header) or "nothing"
        message = f"{path}, line 1: expected the columns {','.join(COLUMNS)} (node_id and one more at least); found {found}."
        raise SourceError(message)
    columns = [name for name in COLUMNS if name in header]
    twice = [name for name in columns if header.count(name) > 1]
    if twice:
        message = f"{path}, line 1: the column {twice[0]} is there {header.count(twice[0])} times."
        raise SourceError(message)
    rows = {}
    for number, line in lines:
        if not any(cell.strip() for cell in line):
            continue
        if any(cell.strip() for cell in line[len(header) :]):
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
        if cells.get("kind") and cells["kind"] not in kinds:
            message = f"{path}, line {number}: there is no kind {cells['kind']!r}. Kinds: {', '.join(kinds)}."
            raise SourceError(message)
        if cells.get("taxon_type") and cells["taxon_type"] not in TAXON_TYPES:
            message = (
                f"{path}, line {number}: taxon_type is P (phylo) or M (morpho), not {cells['taxon_type']!r}."
            )
            raise SourceError(message)
        rows[node_id] = {
            name: _number(path, number, name, cells.get(name, ""))
            if name in NUMBERS
            else cells.get(name) or None
            for name in columns[1:]
        }
    index = pd.Index(list(rows), name="node_id", dtype=np.int64)
    cells_of = {name: [row[name] for row in rows.values()] for name in columns[1:]}
    return pd.DataFrame(cells_of, index=index, dtype=object)


def _read_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of every line, with the number of the line of the file at which they begin."""
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}."
        raise SourceError(message) from error
    lines = io.StringIO(decoded(data, str(path)), newline=None)
    first = lines.readline()
    lines.seek(0)
    separator = max(",;\t", key=first.count)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    number = 1
    try:
        for cells in reader:
            yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        message = f"{path}, line {number}: the quotes cannot be understood ({error})."
        raise SourceError(message) from error


def _number(path: Path, line: int, column: str, cell: str) -> int | None:
    if not cell:
        return None
    found = WHOLE.fullmatch(cell)
    if found is None:
        message = f"{path}, line {line}: {column} must be a whole number, not {cell!r}."
        raise SourceError(message)
    return int(found[1])
