"""
What EcoTaxa would say of a table, folder or zip: the checks of its import, in its words, before anything is sent.

Errors are what EcoTaxa refuses, or stops at half-way. Warnings are what it takes, but not as it was meant: text in the wrong
encoding, a first line taken for types, cells that empty what is there. Lines are counted as EcoTaxa counts them: header 1,
types 2, then one per row.
"""

from __future__ import annotations

import csv
import fnmatch
import io
import posixpath
import re
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Literal

from morphoexplore.errors import SourceError
from morphoexplore.reading.ecotaxa_rules import (
    FREE,
    HIERARCHY,
    IMAGE_FORMATS,
    LONGER,
    MOST_PIXELS,
    MOST_TABLES,
    MOST_TEXT,
    NO_TABLE,
    PREDEFINED,
    STATES,
    TYPES,
)
from morphoexplore.reading.ecotaxa_tables import BROKEN, Place, open_places
from morphoexplore.reading.values import parse_date, parse_latitude, parse_longitude, parse_time

Action = Literal["import", "update", "classification"]
ACTIONS: tuple[Action, ...] = ("import", "update", "classification")
ROWS = 20_000  # looked at together
MOST_ALIKE = 100  # remarks of one sort and table
BOM = b"\xef\xbb\xbf"
ABSENT_IMAGE = "absent img_file_name"
_POSITIONS = {
    "object_lat": (parse_latitude, "Lat.", "-90/+90"),
    "object_lon": (parse_longitude, "Long.", "-180/+180"),
}
_TIMES = {
    "object_date": (parse_date, "Date"),
    "object_annotation_date": (parse_date, "Date"),
    "object_time": (parse_time, "Time"),
    "object_annotation_time": (parse_time, "Time"),
}
_NUMBER = re.compile(
    r"\s*[+-]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(e[+-]?\d+)?\s*|\s*\+?inf(inity)?\s*", re.IGNORECASE
)


@dataclass(frozen=True)
class Remark:
    """One thing that EcoTaxa would say, or that would go wrong without a word."""

    file: str
    line: int | None
    text: str
    is_error: bool

    def __str__(self) -> str:
        return f"{self.file}: {self.text}" if self.file else self.text


@dataclass
class Check:
    """
    What EcoTaxa would say.

    Attributes
    ----------
    action : {"import", "update", "classification"}
        What the tables were checked for: new objects with images, *Update metadata* without classification, or with it.
    tables, rows, images : int
        How many were looked at.
    remarks : list of Remark
        In the order of tables and lines.
    """

    action: Action
    tables: int = 0
    rows: int = 0
    images: int = 0
    remarks: list[Remark] = field(default_factory=list)

    @property
    def errors(self) -> list[Remark]:
        """What EcoTaxa would refuse."""
        return [remark for remark in self.remarks if remark.is_error]

    @property
    def warnings(self) -> list[Remark]:
        """What EcoTaxa would take, but not as it was meant."""
        return [remark for remark in self.remarks if not remark.is_error]


def check_ecotaxa(path: Path, action: Action | None = None) -> Check:
    """
    Say what EcoTaxa would say of tables and their images.

    Parameters
    ----------
    path : Path
        A table, a folder, or a zip (zips in it, as of UVP6, are looked into).
    action : {"import", "update", "classification"}, optional
        What they are for. Unless given: an import where a table names images; else a classification update where one
        has a category or state; else a metadata update.

    Raises
    ------
    SourceError
        If there is nothing at *path*, or it cannot be opened.
    """
    if not path.exists():
        message = f"There is no {path}."
        raise SourceError(message)
    with open_places(path) as places:
        tables = [(place, name) for place in places for name in place.names if _is_table(name)]
        if path.is_file() and len(places) == 1 and not places[0].is_folder:
            tables = [(places[0], name) for name in places[0].names]
        check = Check(action or _guess(tables))
        if not any(_is_table(name) for _, name in tables):
            check.remarks.append(Remark("", None, NO_TABLE, is_error=True))
        if len(tables) > MOST_TABLES:
            text = f"You tried to import too many files, max. is {MOST_TABLES}"
            check.remarks.append(Remark("", None, text, is_error=True))
        project = _Project()
        for place, name in tables:
            _TableCheck(check, project, place, name).run()
        project.report(check)
    return check


def _is_table(name: str) -> bool:
    base = posixpath.basename(name)
    return fnmatch.fnmatchcase(base, "ecotaxa*.txt") or fnmatch.fnmatchcase(base, "ecotaxa*.tsv")


def _guess(tables: list[tuple[Place, str]]) -> Action:
    headers: set[str] = set()
    for place, name in tables[:MOST_TABLES]:
        try:
            with place.open(name) as stream:
                first = stream.readline(1 << 20).removeprefix(BOM).decode("latin-1")
        except BROKEN:
            continue  # which is said when the table is looked at
        headers |= {cell.strip(' \t\r\n"').lower() for cell in first.split("\t")}
    if "img_file_name" in headers:
        return "import"
    classifies = {"object_annotation_category", "object_annotation_category_id", "object_annotation_status"}
    return "classification" if headers & classifies else "update"


class _Project:
    """What EcoTaxa keeps over all tables of one import, into a project that was empty before."""

    def __init__(self) -> None:
        self.columns: dict[str, str] = {}  # free column -> type
        self.seen: set[str] = set()  # objects and images
        self.samples: dict[str, set[str]] = {}  # acquisition -> samples
        self.without_position = 0
        self.names: Counter[str] = Counter()
        self.people: Counter[str] = Counter()

    def has_room(self, column: str, prefix: str, kind: str) -> bool:
        """Tell whether a free column can be made, and make it."""
        if column in self.columns:
            return True
        taken = sum(
            1 for other, one in self.columns.items() if other.startswith(f"{prefix}_") and one == kind
        )
        if taken >= FREE[prefix].get(kind, 0):
            return False
        self.columns[column] = kind
        return True

    def report(self, check: Check) -> None:
        """Say what EcoTaxa says at the end."""

        def warn(text: str) -> None:
            check.remarks.append(Remark("", None, text, is_error=False))

        if self.without_position and check.action == "import":
            warn(f"{self.without_position} object(s) don't have GPS information.")
        if self.names:
            warn(
                f"Categories given by name only: {len(self.names)} ({_some(self.names)}). EcoTaxa stops and asks where it knows "
                "none, or several, of that name."
            )
        if self.people:
            warn(
                f"Annotators: {len(self.people)} ({_some(self.people)}). EcoTaxa stops and asks for those that it does not "
                "know by name or email."
            )


def _some(names: Counter[str]) -> str:
    first = ", ".join(repr(name) for name in islice(names, 3))
    return f"{first}, ..." if len(names) > 3 else first


class _TableCheck:
    """The checks of one table."""

    def __init__(self, check: Check, project: _Project, place: Place, name: str) -> None:
        self.check, self.project, self.place = check, project, place
        self.table = name
        self.file = place.prefix + name
        self.folder = posixpath.dirname(name)
        self.action = check.action
        self.alike: Counter[str] = Counter()
        self.told: set[tuple[str, str]] = set()
        self.last = 2  # line
        self.found: list[tuple[int, int, Remark]] = []
        self.lines: dict[str, int] = {}  # of objects and images
        self.empty: Counter[str] = Counter()

    def run(self) -> None:
        """Look at the whole table."""
        self.check.tables += 1
        try:
            self._look_at_encoding()
            with self.place.open(self.table) as stream:
                start = stream.peek(3)[:3]
                encoding = "utf-8-sig" if start == BOM else "latin-1"
                with io.TextIOWrapper(stream, encoding) as text:
                    self._look_at(csv.reader(text, delimiter="\t", quotechar='"'))
        except (csv.Error, UnicodeDecodeError) as error:
            self.error(self.last, "csv", f"line {self.last}: {error}")
        except BROKEN as error:
            self.error(None, "open", f"The table cannot be read: {error}")
        self.found.sort(key=lambda one: one[:2])
        self.check.remarks += [remark for _, _, remark in self.found]
        more = {key: count - MOST_ALIKE for key, count in self.alike.items() if count > MOST_ALIKE}
        for key, count in more.items():
            words = f"... and {count} more of this sort: {key}"
            self.check.remarks.append(Remark(self.file, None, words, is_error=not key.startswith("warning")))
        self.project.seen.update(self.lines)

    def _add(self, line: int | None, key: str, text: str, *, is_error: bool) -> None:
        self.alike[key] += 1
        if self.alike[key] <= MOST_ALIKE:
            remark = Remark(self.file, line, text, is_error=is_error)
            # What is said of the whole table stands at its end.
            self.found.append((line or sys.maxsize, len(self.found), remark))

    def error(self, line: int | None, key: str, text: str) -> None:
        """Note what EcoTaxa refuses; *key* says what sort it is of."""
        self._add(line, key, text, is_error=True)

    def warn(self, line: int | None, key: str, text: str) -> None:
        """Note what goes wrong without a word of EcoTaxa."""
        self._add(line, f"warning, {key}", text, is_error=False)

    # ------------------------------------------------------------------------------------- as a whole

    def _look_at_encoding(self) -> None:
        """Without a byte order mark EcoTaxa reads latin-1, which never fails and makes nonsense of UTF-8."""
        with self.place.open(self.table) as stream:
            if stream.read(3) == BOM:
                return
        with self.place.open(self.table) as stream:
            for number, line in enumerate(stream, start=1):
                if line.isascii():
                    continue
                try:
                    text = line.decode("utf-8")
                except UnicodeDecodeError:
                    return  # latin-1 indeed
                word = next(cell for cell in re.split(r"[\t\r\n\"]", text) if not cell.isascii())
                broken = word.encode().decode("latin-1")
                self.warn(
                    number,
                    "encoding",
                    f"line {number}: the file is UTF-8 without a byte order mark, which EcoTaxa reads as latin-1: {word[:40]!r} "
                    f"becomes {broken[:40]!r}. Save it as UTF-8 with BOM (utf-8-sig).",
                )
                return

    def _look_at(self, reader: Iterator[list[str]]) -> None:
        raw = next(reader, None)
        if not raw:
            self.error(1, "empty", "The table is empty.")
            return
        self.raw = raw
        self.headers = [cell.strip(" \t").lower() for cell in raw]
        self.place_of = {
            header: place for place, header in enumerate(raw)
        }  # of several alike, the last is read
        second = next(reader, [])
        self._look_at_header(second)
        self._look_at_types(second)
        while rows := list(islice(reader, ROWS)):
            self._look_at_rows([row for row in rows if row])
            if self.action != "import":
                self._count_empty(rows)
        self._report_empty()

    def _look_at_header(self, types: list[str]) -> None:
        by_prefix: dict[str, set[str]] = {}
        types_of = dict(zip(self.headers, types, strict=False))
        for header, count in Counter(self.headers).items():
            if count > 1:
                self.warn(
                    1, "double", f"The column '{header}' is there {count} times; EcoTaxa reads the last only."
                )
        for place, header in enumerate(self.headers):
            prefix, sign, _ = header.partition("_")
            if not sign:
                self.error(1, "header", f"Invalid Header '{header}'. Format must be Table_Field.")
                continue
            by_prefix.setdefault(prefix, set()).add(header)
            if header in PREDEFINED:
                if self.raw[place] != header:
                    self.warn(
                        1,
                        "spelling",
                        f"The header '{self.raw[place]}' must be written '{header}', without spaces and in lower case, or parts "
                        "of the import pass it over.",
                    )
                continue
            if prefix not in FREE:
                self.error(1, "prefix", f"Invalid Header '{header}'. Unknown table prefix '{prefix}'.")
                continue
            kind = "t"
            if prefix == "object":
                written = types_of.get(header, "")
                if written not in TYPES:
                    self.error(2, "type", f"Invalid Type '{_cut(written)}' for field '{header}'.")
                    continue
                kind = TYPES[written]
            if not self.project.has_room(header, prefix, kind):
                text = f"Field {header} cannot be mapped. Too many custom fields, or bad type."
                self.error(1, "room", text)
        for prefix, fields in by_prefix.items():
            if prefix in FREE and f"{prefix}_id" not in fields:
                text = f"Field {prefix}_id is mandatory as there are some {prefix} columns: {sorted(fields)}."
                self.error(1, "id", text)
        self._look_at_hierarchy()

    def _look_at_hierarchy(self) -> None:
        if HIERARCHY not in self.headers:
            return
        text = (
            f"KeyError: ''. The column {HIERARCHY} is in EcoTaxa's exports, but its import fails on it after the checks. Remove "
            "the column."
        )
        if self.action == "update":
            self.warn(1, "hierarchy", text)
        else:
            self.error(1, "hierarchy", text)

    def _look_at_types(self, second: list[str]) -> None:
        if not second:
            self.error(2, "types", "The table has no line of types and no objects.")
        elif not any(cell.strip() in TYPES for cell in second):
            self.warn(
                2,
                "types",
                "line 2: there is no line of types ([f] or [t] for each column), so EcoTaxa takes the first object for it, and "
                "loses it.",
            )

    # ------------------------------------------------------------------------------------- rows

    def _look_at_rows(self, rows: list[list[str]]) -> None:
        if not rows:  # empty lines only
            return
        first = self.last + 1
        self.last += len(rows)
        self.check.rows += len(rows)
        width = len(self.raw)
        for number, row in enumerate(rows, start=first):
            if len(row) > width:
                text = f"line {number}: Value(s) {row[width:]} must not be in a header-less column."
                self.error(number, "values outside of columns", text)
            elif len(row) < width:
                self._say_short(number, row)
                row += [""] * (width - len(row))
        columns = dict(zip(self.raw, zip(*(row[:width] for row in rows), strict=True), strict=False))
        for place, raw in enumerate(self.raw):
            if self.place_of[raw] == place:
                self._look_at_cells(raw, self.headers[place], columns[raw], first)
        self._look_at_objects(columns, len(rows), first)
        if "object_annotation_status" in columns or self.place_of.keys() & set(_CATEGORIES):
            self._look_at_states(columns, len(rows), first)
        latitudes = columns.get("object_lat")
        self.project.without_position += (
            len(rows) if latitudes is None else sum(1 for cell in latitudes if not cell.strip())
        )

    def _say_short(self, number: int, row: list[str]) -> None:
        self.warn(
            number,
            "short lines",
            f"line {number}: the line ends after {len(row)} of {len(self.raw)} columns; the others stay empty.",
        )

    def _look_at_cells(self, raw: str, header: str, cells: tuple[str, ...], first: int) -> None:
        """Check a column: each value once, at the line where it comes first."""
        values = set(cells)
        values.discard("")
        kind = self._kind(header)
        wrong: dict[str, str] = {}
        if header in _POSITIONS:
            parse, word, limits = _POSITIONS[header]
            for value in values:
                if not _parses(parse, value) and not _is_nothing(value):
                    wrong[value] = (
                        f"Invalid {word} value '{_cut(value)}' for field '{raw}'. Correct range is {limits}°."
                    )
        elif header in _TIMES:
            parse_it, word = _TIMES[header]
            for value in values:
                if value.strip() and not _parses(parse_it, value):
                    wrong[value] = f"Invalid {word} value '{_cut(value)}' for field '{raw}'."
        elif kind == "f":
            for value in values:
                if not _NUMBER.fullmatch(value) and not _is_nothing(value):
                    wrong[value] = f"Invalid float value '{_cut(value)}' for field '{raw}'."
        elif header == "object_annotation_status":
            for value in values:
                if value.strip().lower() not in (*STATES, "noid", ""):
                    wrong[value] = f"Invalid Annotation Status '{_cut(value)}' for field '{raw}'."
        elif kind == "t":
            most = LONGER.get(header, MOST_TEXT)
            for value in values:
                if len(value) > most and len(value.strip()) > most:
                    wrong[value] = (
                        f"value too long for type character varying({most}): field '{raw}' has {len(value.strip())} characters, "
                        f"'{value[:30]}...'. The import stops at it, half-way."
                    )
        if header == "object_annotation_person_name" and self.action != "update":
            self.project.people.update(value.strip() for value in values if value.strip())
        if wrong:
            for number, cell in enumerate(cells, start=first):
                if cell in wrong and (raw, cell) not in self.told:
                    self.told.add((raw, cell))
                    self.error(number, f"values of {header}", f"line {number}: {wrong[cell]}")

    def _kind(self, header: str) -> str | None:
        """Return the type of a column, None where EcoTaxa does not read it."""
        if header == HIERARCHY:
            return None
        return PREDEFINED.get(header) or self.project.columns.get(header)

    def _look_at_objects(self, columns: dict[str, tuple[str, ...]], count: int, first: int) -> None:
        nothing = ("",) * count
        ids = columns.get("object_id", nothing)
        images = columns.get("img_file_name", (ABSENT_IMAGE,) * count)
        samples, acquisitions = columns.get("sample_id", nothing), columns.get("acq_id", nothing)
        for number, (object_id, image, sample, acquisition) in enumerate(
            zip(ids, images, samples, acquisitions, strict=True), start=first
        ):
            object_id, image = object_id.strip(), image.strip()
            if not object_id:
                self.error(number, "Missing object_id", f"line {number}: Missing object_id.")
            self._look_at_image(number, image)
            self._look_for_twins(number, object_id, image)
            if self.action == "import":
                self._look_at_parents(number, sample.strip(), acquisition.strip())

    def _look_at_image(self, number: int, image: str) -> None:
        name = posixpath.normpath(posixpath.join(self.folder, image.replace("\\", "/"))) if image else ""
        if not image or not self.place.has(name):
            if self.action == "import":
                self.error(number, "Missing Image", f"line {number}: Missing Image '{_cut(image)}'.")
            return
        if ("image", name) in self.told:
            return
        self.told.add(("image", name))
        self.check.images += 1
        reason = _image_problem(self.place, name)
        if reason is not None:
            self.error(
                number, "images", f"line {number}: Error while reading image '{_cut(image)}': {reason}"
            )

    def _look_for_twins(self, number: int, object_id: str, image: str) -> None:
        key = f"{object_id}*{image}"
        pair = f"(Object '{_cut(object_id)}', Image '{_cut(image)}')"
        if key in self.lines:
            text = f"line {number}: {pair} is already in this TSV line {self.lines[key]}."
            self.error(number, "the same object and image", text)
        elif self.action == "import" and key in self.project.seen:
            text = f"line {number}: {pair} is already in EcoTaxa or being imported."
            self.error(number, "the same object and image", text)
        self.lines[key] = number

    def _look_at_parents(self, number: int, sample: str, acquisition: str) -> None:
        if not sample or not acquisition:
            return
        known = self.project.samples.setdefault(acquisition, {sample})
        if sample not in known:
            text = (
                f"Acquisition '{acquisition}' is already associated with sample '{known}', it cannot be associated as well "
                f"with '{sample}"
            )
            self.error(number, "acquisitions", f"line {number}: {text}")
            known.add(sample)

    def _look_at_states(self, columns: dict[str, tuple[str, ...]], count: int, first: int) -> None:
        """Check that state and category come together, by the raw headers, as EcoTaxa does."""
        if self.action == "update":
            return
        nothing = ("",) * count
        states = columns.get("object_annotation_status", nothing)
        numbers = columns.get("object_annotation_category_id", nothing)
        names = columns.get("object_annotation_category", numbers)
        for line, (state, name, number) in enumerate(zip(states, names, numbers, strict=True), start=first):
            category = name.strip()
            if state and not category:
                hint = (
                    " (There is a number in object_annotation_category_id, but EcoTaxa looks at the column of names first: fill "
                    "it, or remove it.)"
                    if number.strip()
                    else ""
                )
                text = f"line {line}: When annotation status '{_cut(state)}' is provided there has to be a category.{hint}"
                self.error(line, "states without a category", text)
            elif category and not state:
                text = (
                    f"line {line}: When a category ({_cut(category)}) is provided it has to be with a status."
                )
                self.error(line, "categories without a state", text)
            elif category and not number.strip():
                self.project.names[category] += 1

    # ------------------------------------------------------------------------------------- updates

    def _count_empty(self, rows: list[list[str]]) -> None:
        for place, header in enumerate(self.headers):
            if self._is_written(header):
                self.empty[header] += sum(
                    1 for row in rows if row and (place >= len(row) or not row[place].strip())
                )

    def _is_written(self, header: str) -> bool:
        """Tell whether an update writes a column."""
        is_annotation = header.startswith("object_annotation_")
        return not header.startswith("img_") and not (is_annotation and self.action == "update")

    def _report_empty(self) -> None:
        counts = [f"{header} ({count})" for header, count in self.empty.items() if count]
        if counts:
            text = (
                f"Some cells are empty, and an update empties them in EcoTaxa as well: {', '.join(counts)}."
            )
            self.warn(None, "empty cells", text)


_CATEGORIES = ("object_annotation_category", "object_annotation_category_id")


def _parses(parse: object, value: str) -> bool:
    try:
        parse(value.strip())  # type: ignore[operator]
    except ValueError:
        return False
    return True


def _is_nothing(value: str) -> bool:
    return value.strip().lower() in ("", "nan", "na")


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _image_problem(place: Place, name: str) -> str | None:
    """Return why EcoTaxa would not take an image, None where it would."""
    from PIL import Image

    try:
        with warnings.catch_warnings(), place.open(name) as stream:
            warnings.simplefilter("ignore")  # of large images; their size is looked at here
            with Image.open(stream) as image:
                kind, size = image.format, image.size
    except Image.DecompressionBombError as error:
        return str(error)
    except Exception as error:  # whatever the decoders raise, EcoTaxa shows it
        return f"{str(error).partition(' <')[0] or 'it cannot be read'} ({type(error).__name__})"
    if kind not in IMAGE_FORMATS:
        return f"Unsupported image format: {kind}, please convert to one of {{{', '.join(IMAGE_FORMATS)}}}"
    if max(size) > MOST_PIXELS:
        return f"Image is too large: {size[0]}x{size[1]} pixels, at most {MOST_PIXELS}x{MOST_PIXELS}"
    return None
