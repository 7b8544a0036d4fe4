"""How text files are encoded, and what is no text although its name says so."""

from __future__ import annotations

import codecs

from morphoexplore.errors import SourceError

LOOKED_AT = 4096  # bytes that tell UTF-16 and workbooks
#: What text is in that is no Unicode: latin-1 with the quotes, dashes and euro signs of Windows.
OLD = "cp1252"
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",  # which begins as that of UTF-16 does
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    codecs.BOM_UTF8: "utf-8-sig",
}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls
_PARTS = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/")  # what an .xlsx begins with


def encoding_of(start: bytes) -> str | None:
    """
    Return the encoding that the first bytes of a file give away; None for UTF-8 without a mark, and all that is older.

    Examples
    --------
    >>> encoding_of("object_id".encode("utf-16-le")), encoding_of(b"object_id")
    ('utf-16-le', None)
    """
    for mark, encoding in _MARKS.items():
        if start.startswith(mark):
            return encoding
    pairs = len(start[:LOOKED_AT]) // 2
    upper, lower = (start[place : 2 * pairs : 2].count(0) for place in (1, 0))
    # Of the letters, digits and tabs that tables are made of, every second byte is 0.
    if upper > 0.7 * pairs and lower < 0.1 * pairs:
        return "utf-16-le"
    if lower > 0.7 * pairs and upper < 0.1 * pairs:
        return "utf-16-be"
    return None


def refuse_binary(start: bytes, name: str) -> None:
    """Raise SourceError where the first bytes of a file are those of a workbook, or of no text at all."""
    if is_workbook(start):
        message = (
            f"{name} is a workbook (Excel or LibreOffice), whatever its name says. Save the sheet as text with tabs (in Excel: "
            "Text, tab delimited), and give that file."
        )
        raise SourceError(message)
    if encoding_of(start) is None and start.count(0) > 0.1 * len(start):
        message = f"{name} is no text: it holds zero bytes. Save the table as text with tabs, in UTF-8."
        raise SourceError(message)


def is_workbook(start: bytes) -> bool:
    """Tell a workbook, which may be a zip as well, by its first bytes."""
    if not start.startswith(b"PK\3\4"):
        return start.startswith(_OLE)
    first = start[30 : 30 + int.from_bytes(start[26:28], "little")]
    return first.startswith(_PARTS) or (first == b"mimetype" and b"opendocument.spreadsheet" in start)


def decoded(data: bytes, name: str) -> str:
    """
    Return the text of a small file, without a byte order mark.

    Raises
    ------
    SourceError
        It is a workbook, or no text.
    """
    start = data[:LOOKED_AT]
    refuse_binary(start, name)
    try:
        return data.decode(encoding_of(start) or "utf-8-sig")
    except UnicodeDecodeError:
        return data.decode(OLD, errors="replace")
