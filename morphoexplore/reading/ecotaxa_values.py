"""The cells of a table as EcoTaxa sees them: values of every column, and states with their categories."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from morphoexplore.reading.ecotaxa_remarks import Action, Remarks, shorten
from morphoexplore.reading.ecotaxa_rules import HIERARCHY, LONGER, MOST_TEXT, PREDEFINED, STATES
from morphoexplore.reading.ecotaxa_there import ProjectThere
from morphoexplore.reading.values import parse_date, parse_latitude, parse_longitude, parse_time

CATEGORIES = ("object_annotation_category", "object_annotation_category_id")
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


class Values:
    """The cells of one table."""

    def __init__(self, remarks: Remarks, there: ProjectThere, action: Action) -> None:
        self._remarks, self._there, self._action = remarks, there, action
        self._told: set[tuple[str, str]] = set()

    def look_at(self, raw: str, header: str, cells: tuple[str, ...], first: int) -> None:
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
                        f"Invalid {word} value '{shorten(value)}' for field '{raw}'. Correct range is {limits}°."
                    )
        elif header in _TIMES:
            parse_it, word = _TIMES[header]
            for value in values:
                if value.strip() and not _parses(parse_it, value):
                    wrong[value] = f"Invalid {word} value '{shorten(value)}' for field '{raw}'."
        elif kind == "f":
            for value in values:
                if not _NUMBER.fullmatch(value) and not _is_nothing(value):
                    wrong[value] = f"Invalid float value '{shorten(value)}' for field '{raw}'."
        elif header == "object_annotation_status":
            for value in values:
                if value.strip().lower() not in (*STATES, "noid", ""):
                    wrong[value] = f"Invalid Annotation Status '{shorten(value)}' for field '{raw}'."
        elif kind == "t":
            most = LONGER.get(header, MOST_TEXT)
            for value in values:
                if len(value) > most and len(value.strip()) > most:
                    wrong[value] = (
                        f"value too long for type character varying({most}): field '{raw}' has {len(value.strip())} characters, "
                        f"'{value[:30]}...'. The import stops at it, half-way."
                    )
        if header == "object_annotation_person_name" and self._action != "update":
            self._there.people.update(value.strip() for value in values if value.strip())
        if wrong:
            for number, cell in enumerate(cells, start=first):
                if cell in wrong and (raw, cell) not in self._told:
                    self._told.add((raw, cell))
                    self._remarks.error(number, f"values of {header}", f"line {number}: {wrong[cell]}")

    def _kind(self, header: str) -> str | None:
        """Return the type of a column, None where EcoTaxa does not read it."""
        if header == HIERARCHY:
            return None
        return PREDEFINED.get(header) or self._there.columns.get(header)

    def look_at_states(self, columns: dict[str, tuple[str, ...]], count: int, first: int) -> None:
        """Check that state and category come together, by the raw headers, as EcoTaxa does."""
        if self._action == "update":
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
                text = f"line {line}: When annotation status '{shorten(state)}' is provided there has to be a category.{hint}"
                self._remarks.error(line, "states without a category", text)
            elif category and not state:
                text = f"line {line}: When a category ({shorten(category)}) is provided it has to be with a status."
                self._remarks.error(line, "categories without a state", text)
            elif category and not number.strip():
                self._there.names[category] += 1


def _parses(parse: Callable[[str], float | str], value: str) -> bool:
    try:
        parsed = parse(value.strip())
    except ValueError:
        return False
    # 99999 stands for an unknown position here, but not in EcoTaxa.
    return isinstance(parsed, str) or not math.isnan(parsed)


def _is_nothing(value: str) -> bool:
    return value.strip().lower() in ("", "nan", "na")
