"""
Tables and images for EcoTaxa in a zip or a folder, written as they come, there as a whole or not at all.

Tables have a byte order mark (without it EcoTaxa reads latin-1), a row of types, and their rows are streamed to a temporary
file, so that images can go into the same zip meanwhile.
"""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from morphoexplore.errors import ProjectError
from morphoexplore.writing.atomic import replacing, sweep, unfinished

TIME = (1980, 1, 1, 0, 0, 0)  # in zips: the same content gives the same file


class Bundle:
    """What is being written; made by :func:`bundling`."""

    def __init__(self, archive: zipfile.ZipFile | None, folder: Path) -> None:
        self._archive, self._folder = archive, folder

    @contextmanager
    def table(self, name: str, columns: Sequence[str], types: Sequence[str]) -> Iterator[Table]:
        """Give a table to write rows to; one without rows is left out."""
        with tempfile.TemporaryFile("w+b") as file:
            text = io.TextIOWrapper(
                cast("IO[bytes]", file), encoding="utf-8-sig", newline="", errors="replace"
            )
            table = Table(text)
            table.write([columns, types])
            yield table
            text.flush()
            file.seek(0)
            if table.count > 2:
                self._put(name, file, compressed=True)
            text.detach()

    def file(self, name: str, data: bytes) -> None:
        """Put a file as it is: images are compressed already."""
        self._put(name, io.BytesIO(data), compressed=False)

    def _put(self, name: str, source: Any, *, compressed: bool) -> None:
        if self._archive is None:
            path = self._folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as target:
                shutil.copyfileobj(source, target)
            return
        info = zipfile.ZipInfo(name, TIME)
        info.compress_type = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
        with self._archive.open(info, "w", force_zip64=compressed) as target:
            shutil.copyfileobj(source, target)


class Table:
    """Rows of a table: quotes doubled, as EcoTaxa reads them."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._writer = csv.writer(text, delimiter="\t", quotechar='"', lineterminator="\n")
        self.count = 0

    def write(self, rows: Iterable[Sequence[object]]) -> None:
        """Write rows; None is an empty cell."""
        rows = rows if isinstance(rows, list) else list(rows)
        self._writer.writerows(rows)
        self.count += len(rows)


@contextmanager
def bundling(path: Path) -> Iterator[Bundle]:
    """
    Give a bundle that takes its place when the block ends well.

    Parameters
    ----------
    path : Path
        ``.zip``: a zip, which replaces a former one; anything else: a folder that is not there yet, or empty.

    Raises
    ------
    ProjectError
        If the folder holds something, or nothing can be written there.
    """
    if path.suffix.lower() == ".zip":
        with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
            yield Bundle(archive, path.parent)
        return
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        message = f"{path} holds something already. Choose a folder that is not there yet, or a .zip."
        raise ProjectError(message)
    temporary = unfinished(path)
    try:
        temporary.mkdir(parents=True)
        sweep(path)
        yield Bundle(None, temporary)
        if path.exists():
            path.rmdir()
        temporary.replace(path)
    except OSError as error:
        message = (
            f"{path} cannot be written: {error.strerror or error}. Choose another place, or free this one."
        )
        raise ProjectError(message) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
