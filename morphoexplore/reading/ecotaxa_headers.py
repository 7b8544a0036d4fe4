"""The first two lines of a table as EcoTaxa sees them: names of columns, and their types."""

from __future__ import annotations

from collections import Counter

from morphoexplore.reading.ecotaxa_remarks import Action, Remarks, shorten
from morphoexplore.reading.ecotaxa_rules import FREE, HIERARCHY, PREDEFINED, TYPES
from morphoexplore.reading.ecotaxa_there import ProjectThere


def clean(header: str) -> str:
    """Return the name of a column as EcoTaxa reads it."""
    return header.strip(" \t").lower()


def look_at_header(
    remarks: Remarks, there: ProjectThere, raw: list[str], second: list[str], action: Action
) -> None:
    """Check names and types of columns; *second* is the line of types."""
    headers = [clean(cell) for cell in raw]
    by_prefix: dict[str, set[str]] = {}
    types_of = dict(zip(headers, second, strict=False))
    for header, count in Counter(headers).items():
        if count > 1:
            remarks.warn(
                1, "double", f"The column '{header}' is there {count} times; EcoTaxa reads the last only."
            )
    for place, header in enumerate(headers):
        prefix, sign, _ = header.partition("_")
        if not sign:
            remarks.error(1, "header", f"Invalid Header '{header}'. Format must be Table_Field.")
            continue
        by_prefix.setdefault(prefix, set()).add(header)
        if header in PREDEFINED:
            if raw[place] != header:
                remarks.warn(
                    1,
                    "spelling",
                    f"The header '{raw[place]}' must be written '{header}', without spaces and in lower case, or parts "
                    "of the import pass it over.",
                )
            continue
        if prefix not in FREE:
            remarks.error(1, "prefix", f"Invalid Header '{header}'. Unknown table prefix '{prefix}'.")
            continue
        kind = "t"
        if prefix == "object":
            written = types_of.get(header, "")
            if written not in TYPES:
                remarks.error(2, "type", f"Invalid Type '{shorten(written)}' for field '{header}'.")
                continue
            kind = TYPES[written]
        if not there.has_room(header, prefix, kind):
            text = f"Field {header} cannot be mapped. Too many custom fields, or bad type."
            remarks.error(1, "room", text)
    for prefix, fields in by_prefix.items():
        if prefix in FREE and f"{prefix}_id" not in fields:
            text = f"Field {prefix}_id is mandatory as there are some {prefix} columns: {sorted(fields)}."
            remarks.error(1, "id", text)
    _look_at_hierarchy(remarks, headers, action)
    _look_at_types(remarks, second)
    if "object_id" not in headers and "sample_id" in headers:
        text = "The table has no objects. EcoTaxa imports no samples alone: give their columns on the lines of their objects."
        remarks.warn(1, "no objects", text)


def _look_at_hierarchy(remarks: Remarks, headers: list[str], action: Action) -> None:
    if HIERARCHY not in headers:
        return
    text = (
        f"KeyError: ''. The column {HIERARCHY} is in EcoTaxa's exports, but its import fails on it after the checks. Remove "
        "the column."
    )
    if action == "update":
        remarks.warn(1, "hierarchy", text)
    else:
        remarks.error(1, "hierarchy", text)


def _look_at_types(remarks: Remarks, second: list[str]) -> None:
    if not second:
        remarks.error(2, "types", "The table has no line of types and no objects.")
    elif not any(cell.strip() in TYPES for cell in second):
        remarks.warn(
            2,
            "types",
            "line 2: there is no line of types ([f] or [t] for each column), so EcoTaxa takes the first object for it, and "
            "loses it.",
        )
