"""
Lists of taxa: EcoTaxa's export of its tree, WoRMS downloads, plain CSV, and what EcoTaxa tables teach.

The format is told by the columns, the separator by the header. A lineage is written from the root down with ``>``
between, whatever the file has.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, TextIO, cast

from morphoexplore.errors import SourceError
from morphoexplore.reading.encodings import LOOKED_AT, OLD, encoding_of, is_workbook, refuse_binary
from morphoexplore.reading.files import READ_ERRORS, refuse_bomb
from morphoexplore.records import Problem, Taxon

SEPARATOR = ">"
ROOT_OF_WORMS = "Biota"
WORMS_RANKS = ("kingdom", "phylum", "class", "order", "family", "genus", "subgenus", "species", "subspecies")
WORMS_URN = re.compile(r"(?:urn:lsid:marinespecies\.org:taxname:)?(\d{1,12})")
WHOLE = re.compile(r"(\d{1,12})(?:\.0*)?")
#: What a plain CSV may call its columns.
NAMES = ("display_name", "category", "taxon", "name", "scientificname", "scientific_name")
LINEAGES = ("lineage", "hierarchy", "annotation_hierarchy", "path")
ECOTAXA_IDS = ("ecotaxa_id", "category_id", "classif_id", "taxon_id", "id")
APHIA_IDS = ("aphia_id", "aphiaid")
TYPES = ("taxon_type", "taxotype", "type")
LINEAGE_SIGNS = re.compile(r"\s*[>/|]\s*")
MOST_PROBLEMS = 100
MOST_CELL = 1 << 20  # characters of a cell

Row = Mapping[str, str]


@dataclass
class TaxaFile:
    """
    A list of taxa.

    Attributes
    ----------
    format : str
        ``ecotaxa`` (its tree), ``worms``, ``csv``, or ``learned`` (from EcoTaxa tables).
    taxa : list of Taxon
        Each once.
    problems : list of Problem
        Lines that were left out.
    """

    format: str
    taxa: list[Taxon] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_taxa(path: Path) -> TaxaFile:
    """
    Read a list of taxa.

    Parameters
    ----------
    path : Path
        A table (tab, comma or semicolon; UTF-8, UTF-16, or else Windows-1252), or a folder or zip of EcoTaxa tables
        or with a Darwin Core ``taxon.txt`` of WoRMS.

    Raises
    ------
    SourceError
        If nothing there can be read as taxa; the sentence says which columns are looked for.
    """
    try:
        found = [_read_one(name, opened) for name, opened in _tables(path)]
    except READ_ERRORS as error:
        message = f"{path} cannot be read: {getattr(error, 'strerror', None) or error}."
        raise SourceError(message) from error
    formats = {one.format for one in found if one.taxa}
    if not formats:
        reason = next((problem.reason for one in found for problem in one.problems), None)
        message = (
            f"{path} holds no taxa that can be read{': ' + reason if reason else '.'} Give EcoTaxa's taxo export, a WoRMS "
            "download, EcoTaxa tables, or a CSV with the columns display_name and any of lineage, ecotaxa_id, aphia_id, "
            "taxon_type."
        )
        raise SourceError(message)
    taxa = dict.fromkeys(taxon for one in found for taxon in one.taxa)
    problems = [problem for one in found for problem in one.problems]
    return TaxaFile(formats.pop() if len(formats) == 1 else "several", list(taxa), problems)


def learned(display_name: str, lineage: str | None, ecotaxa_id: int | None) -> Taxon:
    """Return the taxon that an annotation names; without a lineage, its name tells what of it is known."""
    return Taxon(display_name, _lineage(lineage, display_name), ecotaxa_id)


def whole_number(text: str) -> int | None:
    """
    Return the number of a taxon, None where a cell holds none.

    Examples
    --------
    >>> [whole_number(text) for text in ("45072", "45072.0", "0", "-3", "1e+30", "inf", "nan", "")]
    [45072, 45072, None, None, None, None, None, None]
    """
    found = WHOLE.fullmatch(text)
    return (int(found[1]) or None) if found else None


# ----------------------------------------------------------------------------------------- files


def _tables(path: Path) -> Iterator[tuple[str, Callable[[], IO[bytes]]]]:
    """Yield name and opener of every table of a file, folder or zip."""
    if path.is_dir():
        names = sorted(
            one for pattern in ("ecotaxa*.tsv", "ecotaxa*.txt", "taxon.txt") for one in path.rglob(pattern)
        )
        for one in names:
            yield one.relative_to(path).as_posix(), partial(_open, one)
    elif zipfile.is_zipfile(path):
        with path.open("rb") as file:
            start = file.read(LOOKED_AT)
        if is_workbook(start):
            refuse_binary(start, path.name)
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                name = info.filename.rpartition("/")[2].lower()
                if not info.is_dir() and name.endswith((".tsv", ".txt", ".csv")):
                    yield info.filename, partial(_unpack, archive, info)
    else:
        with path.open("rb"):
            pass  # what is not there is said of the path
        yield path.name, partial(_open, path)


def _open(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path)) if path.suffix.lower() == ".gz" else path.open("rb")


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    refuse_bomb(info)
    return archive.open(info)


def _read_one(name: str, opened: Callable[[], IO[bytes]]) -> TaxaFile:
    """Read one table; where that cannot be, the others may be good."""
    try:
        with opened() as stream:
            start = stream.read(1 << 16)
            refuse_binary(start[:LOOKED_AT], name)
            stream.seek(0)
            with io.TextIOWrapper(stream, _encoding(start), errors="replace", newline="") as text:
                return _read_table(name, text)
    except SourceError as error:
        reason = str(error)
    except (*READ_ERRORS, csv.Error) as error:
        reason = f"{name} cannot be read as a table ({getattr(error, 'strerror', None) or error})."
    return TaxaFile("", problems=[Problem(name, None, None, reason)])


def _encoding(start: bytes) -> str:
    try:
        start[: start.rfind(b"\n") + 1 or None].decode("utf-8")
    except UnicodeDecodeError:
        return encoding_of(start) or OLD
    return encoding_of(start) or "utf-8-sig"


def _read_table(name: str, text: TextIO) -> TaxaFile:
    first = text.readline(MOST_CELL)
    separator = max("\t;,", key=first.count)
    header = [cell.strip().lower() for cell in next(csv.reader([first], delimiter=separator), [])]
    return _read_rows(name, header, _rows(csv.reader(text, delimiter=separator), header))


def _rows(reader: Iterator[list[str]], header: list[str]) -> Iterator[tuple[int, Row]]:
    for number, cells in enumerate(reader, start=2):
        yield number, {key: cell.strip() for key, cell in zip(header, cells, strict=False)}


def _read_rows(name: str, header: list[str], rows: Iterator[tuple[int, Row]]) -> TaxaFile:
    columns = set(header)
    if "object_annotation_category" in columns:
        return _learn(rows)
    if {"id", "parent_id", "name"} <= columns:
        return _read_tree(name, rows)
    has_number = columns & {"aphiaid", "taxonid", "scientificnameid"}
    if has_number and columns & {"kingdom", "phylum", "class"}:
        return _read_worms(name, rows)
    if columns & set(NAMES):
        return _read_plain(name, rows)
    reason = f"{name} has the columns {', '.join(header[:8])}." if any(header) else f"{name} is empty."
    return TaxaFile("", problems=[Problem(name, 1, None, reason)])


# ----------------------------------------------------------------------------------------- formats


def _learn(rows: Iterator[tuple[int, Row]]) -> TaxaFile:
    """Take the categories of an EcoTaxa table, with their numbers and lineages where it has them."""
    seen: dict[tuple[str, str, str], None] = {}
    for _, row in rows:
        parts = ("object_annotation_category", "object_annotation_hierarchy", "object_annotation_category_id")
        key = (
            row.get(parts[0], ""),
            row.get(parts[1], ""),
            row.get(parts[2], "") or row.get("classif_id", ""),
        )
        if key[0] and key[0] != "[t]":
            seen[key] = None
    taxa = [learned(name, lineage or None, whole_number(number)) for name, lineage, number in seen]
    return TaxaFile("learned", taxa)


def _read_tree(name: str, rows: Iterator[tuple[int, Row]]) -> TaxaFile:
    """Read EcoTaxa's taxo export: each taxon names its parent; one that was renamed is left out."""
    made = TaxaFile("ecotaxa")
    table: dict[str, Row] = {}
    lines: dict[str, int] = {}
    for line, row in rows:
        if whole_number(row.get("id", "")) is None or not row.get("name"):
            _report(made, name, line, "the line has no id or no name")
            continue
        table[row["id"]] = row
        lines[row["id"]] = line
    for key, row in table.items():
        if row.get("taxostatus", "").upper() == "D" or row.get("rename_to", "") not in ("", "0"):
            _report(
                made,
                name,
                lines[key],
                f"the taxon {row.get('display_name') or row['name']} is deprecated in EcoTaxa",
            )
            continue
        display_name = row.get("display_name") or row["name"]
        lineage = _climb(table, key) or _lineage(row.get("lineage"), display_name)
        made.taxa.append(
            Taxon(
                display_name,
                lineage,
                whole_number(key),
                whole_number(row.get("aphia_id", "")),
                _type(row.get("taxotype", "")),
                row.get("rank") or None,
            )
        )
    return made


def _climb(table: Mapping[str, Row], key: str) -> str | None:
    """Return the lineage by the parents of a taxon; None where one of them is not in the file."""
    names: list[str] = []
    while key:
        if key not in table or len(names) > 200:  # 200: parents that run in a circle
            return None
        names.append(table[key]["name"])
        key = table[key].get("parent_id", "")
    return SEPARATOR.join(reversed(names))


def _read_worms(name: str, rows: Iterator[tuple[int, Row]]) -> TaxaFile:
    """Read a WoRMS download or match: one column per rank, numbers as AphiaID or as LSID; accepted names are taken."""
    made = TaxaFile("worms")
    for line, row in rows:
        accepted = row.get("scientificname_accepted") or row.get("acceptednameusage")
        number = row.get("aphiaid_accepted") or row.get("acceptednameusageid") or ""
        own = row.get("aphiaid") or row.get("taxonid") or row.get("scientificnameid") or ""
        found = WORMS_URN.fullmatch(number or own)
        scientific = (accepted if number and accepted else row.get("scientificname")) or ""
        if found is None or not scientific or (number and not accepted and number != own):
            _report(
                made,
                name,
                line,
                "the line has no AphiaID and accepted name (a name that WoRMS did not match?)",
            )
            continue
        # Some downloads have epithets alone in the columns of species and below.
        epithets = scientific.split()[1:]
        ranks = [row.get(rank, "") for rank in WORMS_RANKS if row.get(rank) not in epithets]
        above = list(dict.fromkeys([ROOT_OF_WORMS, *(text for text in ranks if text)]))
        if scientific in above:
            above = above[: above.index(scientific)]
        rank = row.get("taxonrank") or row.get("rank") or None
        lineage = SEPARATOR.join([*above, scientific])
        made.taxa.append(Taxon(scientific, lineage, None, int(found[1]), "P", rank))
    return made


def _read_plain(name: str, rows: Iterator[tuple[int, Row]]) -> TaxaFile:
    made = TaxaFile("csv")
    for line, row in rows:
        display_name = _first(row, NAMES)
        if not display_name:
            if any(row.values()):
                _report(made, name, line, "the line has no name")
            continue
        numbers = {what: _first(row, keys) for what, keys in (("ecotaxa", ECOTAXA_IDS), ("aphia", APHIA_IDS))}
        wrong = next((text for text in numbers.values() if text and not WHOLE.fullmatch(text)), None)
        if wrong is not None:
            _report(made, name, line, f"the number {wrong!r} is no whole one")
            continue
        made.taxa.append(
            Taxon(
                display_name,
                _lineage(_first(row, LINEAGES), display_name),
                whole_number(numbers["ecotaxa"]),
                whole_number(numbers["aphia"]),
                _type(_first(row, TYPES)),
                row.get("rank") or None,
            )
        )
    return made


def _report(made: TaxaFile, name: str, line: int, reason: str) -> None:
    if len(made.problems) < MOST_PROBLEMS:
        made.problems.append(Problem(name, line, None, f"{reason[0].upper()}{reason[1:]}; it was left out."))


def _first(row: Row, keys: tuple[str, ...]) -> str:
    return next((row[key] for key in keys if row.get(key)), "")


def _type(text: str) -> str | None:
    letter = text[:1].upper()
    return letter if letter in ("P", "M") else None


def _lineage(text: str | None, display_name: str) -> str:
    """
    Return a lineage from the root down.

    Examples
    --------
    >>> _lineage("egg < Actinopterygii", "egg<Actinopterygii"), _lineage(None, "egg<Actinopterygii")
    ('Actinopterygii>egg', 'Actinopterygii>egg')
    >>> _lineage("Biota > Animalia", "Animalia"), _lineage("Animalia/Arthropoda/", "Copepoda")
    ('Biota>Animalia', 'Animalia>Arthropoda>Copepoda')
    """
    written = (text or display_name).strip()
    if "<" in written and SEPARATOR not in written:
        names = [part.strip() for part in reversed(written.split("<"))]
    elif text:
        names = LINEAGE_SIGNS.split(written)
    else:
        names = written.split(SEPARATOR)
    names = [name for name in names if name]
    last = display_name.split("<")[0].rpartition(SEPARATOR)[2].strip()
    if last and (not names or names[-1].casefold() != last.casefold()):
        names.append(last)
    return SEPARATOR.join(names)
