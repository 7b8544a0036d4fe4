"""What is said of tables for EcoTaxa: remarks, gathered table by table."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

Action = Literal["import", "update", "classification"]
MOST_ALIKE = 100  # remarks of one sort and table


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


class Remarks:
    """
    The remarks on one table.

    Parameters
    ----------
    file : str
        Its name, for messages.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self._alike: Counter[str] = Counter()
        self._found: list[tuple[int, int, Remark]] = []

    def hand_over(self, check: Check) -> None:
        """Give them to the check of all tables, in the order of lines."""
        self._found.sort(key=lambda one: one[:2])
        check.remarks += [remark for _, _, remark in self._found]
        more = {key: count - MOST_ALIKE for key, count in self._alike.items() if count > MOST_ALIKE}
        for key, count in more.items():
            words = f"... and {count} more of this sort: {key}"
            check.remarks.append(Remark(self.file, None, words, is_error=not key.startswith("warning")))

    def _add(self, line: int | None, key: str, text: str, *, is_error: bool) -> None:
        self._alike[key] += 1
        if self._alike[key] <= MOST_ALIKE:
            remark = Remark(self.file, line, text, is_error=is_error)
            # What is said of the whole table stands at its end.
            self._found.append((line or sys.maxsize, len(self._found), remark))

    def error(self, line: int | None, key: str, text: str) -> None:
        """Note what EcoTaxa refuses; *key* says what sort it is of."""
        self._add(line, key, text, is_error=True)

    def warn(self, line: int | None, key: str, text: str) -> None:
        """Note what goes wrong without a word of EcoTaxa."""
        self._add(line, f"warning, {key}", text, is_error=False)


def shorten(text: str) -> str:
    """Cut a text that is too long to be quoted."""
    return text if len(text) <= 60 else f"{text[:57]}..."
