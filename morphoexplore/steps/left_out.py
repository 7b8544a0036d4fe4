"""What an export leaves out: every object with its reason in a CSV beside it, and the reasons with their counts."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, cast

from morphoexplore.writing.atomic import replacing

SUFFIX = "_left_out.csv"


class LeftOut:
    """
    Collects what is left out, however much it is.

    Attributes
    ----------
    counts : Counter
        How often each reason was given, in the order in which they came.
    """

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self._file = tempfile.TemporaryFile("w+b")  # noqa: SIM115 - closed by __exit__
        self._text = io.TextIOWrapper(
            cast("IO[bytes]", self._file), encoding="utf-8", newline="", errors="backslashreplace"
        )
        self._writer = csv.writer(self._text, lineterminator="\n")
        self._writer.writerow(["object_id", "left_out", "reason"])

    def __enter__(self) -> LeftOut:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._text.close()

    def add(self, object_ids: Iterable[str], what: str, reason: str) -> None:
        """Note of objects that *what* (object, image, annotation ...) of them is left out, and why."""
        rows = [(object_id, what, reason) for object_id in object_ids]
        if rows:
            self.counts[what, reason] += len(rows)
            self._writer.writerows(rows)

    def notes(self) -> list[str]:
        """Return one sentence for each reason."""
        return [_sentence(count, what, reason) for (what, reason), count in self.counts.items()]

    def write(self, out: Path) -> Path | None:
        """Write the list beside an export; return where, None where nothing was left out."""
        path = out.with_name(f"{out.stem if out.suffix else out.name}{SUFFIX}")
        if not self.counts:
            return None
        self._text.flush()
        self._file.seek(0)
        with replacing(path) as temporary, temporary.open("wb") as target:
            shutil.copyfileobj(self._file, target)
        return path


def _sentence(count: int, what: str, reason: str) -> str:
    plural = what if count == 1 else f"{what}s"
    return f"{count:,} {plural} left out: {reason}"
