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
import warnings
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from morphoexplore.errors import SourceError
from morphoexplore.reading.delimited import LONGEST_LINE
from morphoexplore.reading.ecotaxa_headers import clean, look_at_header
from morphoexplore.reading.ecotaxa_remarks import Action, Check, Remark, Remarks, shorten
from morphoexplore.reading.ecotaxa_rules import IMAGE_FORMATS, MOST_PIXELS, MOST_TABLES, NO_TABLE
from morphoexplore.reading.ecotaxa_tables import BROKEN, Place, open_places
from morphoexplore.reading.ecotaxa_there import ProjectThere
from morphoexplore.reading.ecotaxa_values import CATEGORIES, Values

ACTIONS: tuple[Action, ...] = ("import", "update", "classification")
ROWS = 20_000  # looked at together
BOM = b"\xef\xbb\xbf"
ABSENT_IMAGE = "absent img_file_name"


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
        project = ProjectThere()
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


class _TableCheck:
    """The checks of one table."""

    def __init__(self, check: Check, project: ProjectThere, place: Place, name: str) -> None:
        self.check, self.project, self.place = check, project, place
        self.table = name
        self.file = place.prefix + name
        self.folder = posixpath.dirname(name)
        self.action = check.action
        self.remarks = Remarks(self.file)
        self.values = Values(self.remarks, project, check.action)
        self.shown: set[str] = set()  # images that were looked at
        self.last = 2  # line
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
                    self._look_at(csv.reader(_lines(text), delimiter="\t", quotechar='"'))
        except (csv.Error, UnicodeDecodeError) as error:
            self.remarks.error(self.last, "csv", f"line {self.last}: {error}")
        except BROKEN as error:
            self.remarks.error(None, "open", f"The table cannot be read: {error}")
        self.remarks.hand_over(self.check)
        self.project.seen.update(self.lines)

    # ------------------------------------------------------------------------------------- as a whole

    def _look_at_encoding(self) -> None:
        """Without a byte order mark EcoTaxa reads latin-1, which never fails and makes nonsense of UTF-8."""
        with self.place.open(self.table) as stream:
            if stream.read(3) == BOM:
                return
        with self.place.open(self.table) as stream:
            for number, line in enumerate(iter(lambda: stream.readline(LONGEST_LINE), b""), start=1):
                if line.isascii():
                    continue
                try:
                    text = line.decode("utf-8")
                except UnicodeDecodeError:
                    return  # latin-1 indeed
                word = next(cell for cell in re.split(r"[\t\r\n\"]", text) if not cell.isascii())
                broken = word.encode().decode("latin-1")
                self.remarks.warn(
                    number,
                    "encoding",
                    f"line {number}: the file is UTF-8 without a byte order mark, which EcoTaxa reads as latin-1: {word[:40]!r} "
                    f"becomes {broken[:40]!r}. Save it as UTF-8 with BOM (utf-8-sig).",
                )
                return

    def _look_at(self, reader: Iterator[list[str]]) -> None:
        raw = next(reader, None)
        if not raw:
            self.remarks.error(1, "empty", "The table is empty.")
            return
        self.raw = raw
        self.headers = [clean(cell) for cell in raw]
        self.place_of = {
            header: place for place, header in enumerate(raw)
        }  # of several alike, the last is read
        second = next(reader, [])
        look_at_header(self.remarks, self.project, raw, second, self.action)
        while rows := list(islice(reader, ROWS)):
            self._look_at_rows([row for row in rows if row])
            if self.action != "import":
                self._count_empty(rows)
        self._report_empty()

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
                self.remarks.error(number, "values outside of columns", text)
            elif len(row) < width:
                self._say_short(number, row)
                row += [""] * (width - len(row))
        columns = dict(zip(self.raw, zip(*(row[:width] for row in rows), strict=True), strict=False))
        for place, raw in enumerate(self.raw):
            if self.place_of[raw] == place:
                self.values.look_at(raw, self.headers[place], columns[raw], first)
        self._look_at_objects(columns, len(rows), first)
        if "object_annotation_status" in columns or self.place_of.keys() & set(CATEGORIES):
            self.values.look_at_states(columns, len(rows), first)
        latitudes = columns.get("object_lat")
        self.project.without_position += (
            len(rows) if latitudes is None else sum(1 for cell in latitudes if not cell.strip())
        )

    def _say_short(self, number: int, row: list[str]) -> None:
        self.remarks.warn(
            number,
            "short lines",
            f"line {number}: the line ends after {len(row)} of {len(self.raw)} columns; the others stay empty.",
        )

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
                self.remarks.error(number, "Missing object_id", f"line {number}: Missing object_id.")
            self._look_at_image(number, image)
            self._look_for_twins(number, object_id, image)
            if self.action == "import":
                self._look_at_parents(number, sample.strip(), acquisition.strip())

    def _look_at_image(self, number: int, image: str) -> None:
        name = posixpath.normpath(posixpath.join(self.folder, image.replace("\\", "/"))) if image else ""
        if not image or not self.place.has(name):
            if self.action == "import":
                self.remarks.error(
                    number, "Missing Image", f"line {number}: Missing Image '{shorten(image)}'."
                )
            return
        if name in self.shown:
            return
        self.shown.add(name)
        self.check.images += 1
        reason = _image_problem(self.place, name)
        if reason is not None:
            self.remarks.error(
                number, "images", f"line {number}: Error while reading image '{shorten(image)}': {reason}"
            )

    def _look_for_twins(self, number: int, object_id: str, image: str) -> None:
        key = f"{object_id}*{image}"
        pair = f"(Object '{shorten(object_id)}', Image '{shorten(image)}')"
        if key in self.lines:
            text = f"line {number}: {pair} is already in this TSV line {self.lines[key]}."
            self.remarks.error(number, "the same object and image", text)
        elif self.action == "import" and key in self.project.seen:
            text = f"line {number}: {pair} is already in EcoTaxa or being imported."
            self.remarks.error(number, "the same object and image", text)
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
            self.remarks.error(number, "acquisitions", f"line {number}: {text}")
            known.add(sample)

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
            self.remarks.warn(None, "empty cells", text)


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Yield the lines of a table, but none that would fill the memory."""
    while line := text.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and not line.endswith("\n"):
            message = f"it has more than {LONGEST_LINE >> 20} million letters, so this is no table of objects"
            raise csv.Error(message)
        yield line


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
