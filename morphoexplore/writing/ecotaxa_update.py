"""
Morphs for EcoTaxa: a TSV for "Update metadata", which adds columns to objects that EcoTaxa has already.

EcoTaxa finds objects by ``object_id`` and writes the columns of the file over theirs. What its reader asks
for, and this writer does (read in its source, ``TSVFile.py``; see also its page "Import update"):

* a byte order mark, without which the file is taken for latin-1 and accents break;
* a second header row with the type of each column, ``[t]`` text or ``[f]`` number;
* a file name that starts with ``ecotaxa``;
* texts of 250 characters at most, or the import stops half-way with a database error;
* no empty cell: **an empty cell deletes what EcoTaxa has**. So only members are written, a morph without a
  name is called ``unnamed morph 12``, and a column that is empty anywhere is left out as a whole.

Classifications (``object_annotation_*``) are not touched by this file.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from morphoexplore.errors import ProjectError
from morphoexplore.records import Problem
from morphoexplore.writing.atomic import replacing

MAX_TEXT = 250
MAX_OBJECT_ID = 255
NAME_INSIDE_ZIP = "ecotaxa_morphs.tsv"

# What was not written as it is: the object concerned, if it is one, and a sentence.
Notes = list[tuple[str | None, str]]

# Header in the file and column of the frame.
TEXT_COLUMNS = {
    "object_morph_name": "name",
    "object_morph_path": "path",
    "object_morph_origin": "origin",
}


@dataclass(frozen=True)
class UpdateReport:
    """
    What was written, and what was not as the project has it.

    Parameters
    ----------
    path : Path
        The file written; its name starts with ``ecotaxa`` even where another was asked for.
    n_objects : int
        Objects in it.
    columns : tuple of str
        Its columns.
    problems : list of Problem
        Texts that were shortened, objects and columns that were left out, one sentence each.
    """

    path: Path
    n_objects: int
    columns: tuple[str, ...]
    problems: list[Problem] = field(default_factory=list)


def write_morph_update(members: pd.DataFrame, path: Path) -> UpdateReport:
    """
    Write the morphs of objects as an EcoTaxa metadata update.

    Parameters
    ----------
    members : DataFrame
        One row per member: ``object_id`` (text), ``node_id`` (number of the morph), ``name`` (its name,
        missing where it has none), ``path`` (titles from the root down; missing: the name) and ``origin``
        (looked, seed, grown, imported). Rows without ``node_id`` are free objects and are left out.
    path : Path
        ``.zip``: a zip file with ``ecotaxa_morphs.tsv``; anything else: the TSV itself, under a name that
        starts with ``ecotaxa``. Missing folders are made.

    Returns
    -------
    report : UpdateReport
        The file, its columns, and everything that was shortened or left out.

    Raises
    ------
    ProjectError
        If no object is in a morph, or the file cannot be written.
    ValueError
        If an object comes twice.
    """
    path = (
        path if path.name.startswith("ecotaxa") or _is_zip(path) else path.with_name(f"ecotaxa_{path.name}")
    )
    table, notes = _planned(members)
    types = ["[f]" if column == "object_morph_id" else "[t]" for column in table.columns]
    _write(table, types, path)
    problems = [Problem(path.name, None, object_id, reason) for object_id, reason in notes]
    return UpdateReport(path, len(table), tuple(table.columns), problems)


def check_morph_update(members: pd.DataFrame) -> tuple[int, list[tuple[str | None, str]]]:
    """
    Return what :func:`write_morph_update` would write, without writing it.

    Returns
    -------
    n_objects : int
        Objects that would be in the file.
    notes : list of (str or None, str)
        What would be shortened or left out: the object concerned, if it is one, and a sentence.

    Raises
    ------
    ProjectError
        If no object is in a morph.
    ValueError
        If an object comes twice.
    """
    table, notes = _planned(members)
    return len(table), notes


def _planned(members: pd.DataFrame) -> tuple[pd.DataFrame, Notes]:
    """Make the cells of the file, and note what is not as the project has it."""
    notes: Notes = []
    rows = _usable(members, notes)
    if rows.empty:
        message = "No object is in a morph yet, so there is nothing to send to EcoTaxa."
        raise ProjectError(message)
    return _table(rows, notes), notes


def _usable(members: pd.DataFrame, notes: Notes) -> pd.DataFrame:
    """Rows of members whose object EcoTaxa can find."""
    rows = members[members["node_id"].notna()]
    twice = rows.loc[rows["object_id"].duplicated(), "object_id"]
    if len(twice):
        message = f"{len(twice)} objects come more than once among the members, first {twice.iloc[0]!r}."
        raise ValueError(message)
    object_id = rows["object_id"].astype(str)
    is_usable = (
        (object_id == np.array([_clean(one) for one in object_id], dtype=object))
        & (object_id.str.len() <= MAX_OBJECT_ID)
        & (object_id != "")
    )
    for wrong in object_id[~is_usable]:
        notes.append(
            (wrong, "Left out: EcoTaxa has no object_id that is empty, over 255 characters or holds tabs.")
        )
    return rows[is_usable]


def _table(rows: pd.DataFrame, notes: Notes) -> pd.DataFrame:
    """Make the cells of the file: all text, none empty."""
    node_id = rows["node_id"].astype(int)
    table = pd.DataFrame({"object_id": rows["object_id"].astype(str), "object_morph_id": node_id.astype(str)})
    for header, column in TEXT_COLUMNS.items():
        texts = rows[column] if column in rows else pd.Series(None, index=rows.index, dtype=object)
        texts = _each_once(texts, lambda text: "" if pd.isna(text) else _clean(str(text)))
        if column == "name":
            texts = texts.where(texts != "", "unnamed morph " + table["object_morph_id"])
        elif column == "path":
            texts = texts.where(texts != "", table["object_morph_name"])
        if (texts == "").any():
            notes.append((None, f"{header} was left out: {(texts == '').sum()} of its cells are empty."))
            continue
        table[header] = _shortened(texts, header, notes)
    return table


def _each_once(texts: pd.Series, change: Callable[[Any], str]) -> pd.Series:
    """Change texts; few different ones stand in many rows."""
    codes, different = pd.factorize(texts, use_na_sentinel=False)
    changed = np.array([change(text) for text in different], dtype=object)
    return pd.Series(changed[codes], index=texts.index, dtype=object)


def _shortened(texts: pd.Series, header: str, notes: Notes) -> pd.Series:
    """Texts as long as EcoTaxa can hold; each text that is longer is reported once."""
    too_long = texts[texts.str.len() > MAX_TEXT]
    for text, n_objects in too_long.value_counts(sort=False).items():
        reason = f"{header} of {n_objects} objects was cut to {MAX_TEXT} characters: {str(text)[:60]}..."
        notes.append((None, reason))
    return texts.where(texts.str.len() <= MAX_TEXT, texts.str[: MAX_TEXT - 1].str.rstrip() + "\u2026")


def _clean(text: str) -> str:
    """Text on one line: EcoTaxa strips cells, and tabs or line ends would move the columns after them."""
    if text.isascii() and text.isprintable():
        return text.strip()
    printable = "".join(" " if ord(letter) < 32 or ord(letter) == 127 else letter for letter in text)
    one_line = " ".join(printable.splitlines())
    return one_line.encode("utf-8", errors="replace").decode("utf-8").strip()


def _write(table: pd.DataFrame, types: list[str], path: Path) -> None:
    """Write the file, in a zip where the suffix says so: header, types, rows."""
    with replacing(path) as temporary:
        if not _is_zip(path):
            with temporary.open("wb") as raw:
                _write_rows(table, types, raw)
            return
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            # A fixed time: the same members give the same file.
            info = zipfile.ZipInfo(NAME_INSIDE_ZIP, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=True) as packed:
                _write_rows(table, types, packed)


def _write_rows(table: pd.DataFrame, types: list[str], raw: IO[bytes]) -> None:
    """Write rows as they come; quotes are doubled as the reader of EcoTaxa expects."""
    text = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, delimiter="\t", quotechar='"', lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerow(types)
    writer.writerows(zip(*(table[column].to_numpy() for column in table), strict=True))
    text.flush()
    text.detach()


def _is_zip(path: Path) -> bool:
    return path.suffix.lower() == ".zip"
