"""Where EcoTaxa looks for tables and images: a folder, a zip, the zips in it, or a single table beside its images."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from morphoexplore.errors import SourceError
from morphoexplore.reading.files import refuse_bomb

NESTED = "images.zip"  # what the zips of UVP6 end with
#: What reading a damaged or protected file raises.
BROKEN = (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, EOFError)


@dataclass
class Place:
    """
    One folder, zip, or zip in a zip.

    Attributes
    ----------
    prefix : str
        Of the names of its tables, for messages.
    names : list of str
        Its files, relative to it.
    is_folder : bool
        False where a single table was named.
    """

    root: Path
    prefix: str
    names: list[str]
    is_folder: bool = True
    archive: zipfile.ZipFile | None = None
    _known: set[str] = field(default_factory=set)

    def open(self, name: str) -> io.BufferedReader:
        """Open a file of it."""
        if self.archive is not None:
            refuse_bomb(self.archive.getinfo(name))
            return io.BufferedReader(cast("io.RawIOBase", self.archive.open(name)))
        path = self.root / name
        if path.suffix.lower() == ".gz":
            return io.BufferedReader(cast("io.RawIOBase", gzip.open(path)))
        return path.open("rb")

    def has(self, name: str) -> bool:
        """Tell whether there is such a file."""
        if self.archive is None:
            return (self.root / name).is_file()
        if not self._known:
            self._known = set(self.names)
        return name in self._known


@contextmanager
def open_places(path: Path) -> Iterator[list[Place]]:
    """
    Open what EcoTaxa would look into.

    Raises
    ------
    SourceError
        If a zip cannot be read.
    """
    with ExitStack() as stack:
        if path.is_dir():
            names = sorted(
                (Path(folder) / file).relative_to(path).as_posix()
                for folder, _, files in os.walk(path)
                for file in files
            )
            places = [Place(path, "", names)]
            nested = [name for name in names if name.lower().endswith(NESTED)]
            places += [_zip(stack, path / name, f"{name}/") for name in nested]
            yield places
        elif zipfile.is_zipfile(path):
            place = _zip(stack, path, "")
            nested = [name for name in place.names if name.lower().endswith(NESTED)]
            yield [place, *(_zip(stack, _inner(stack, place, name), f"{name}/") for name in nested)]
        else:
            yield [Place(path.parent, "", [path.name], is_folder=False)]


def _inner(stack: ExitStack, place: Place, name: str) -> BinaryIO:
    assert place.archive is not None
    try:
        refuse_bomb(place.archive.getinfo(name))
        return cast("BinaryIO", stack.enter_context(place.archive.open(name)))
    except BROKEN as error:
        message = f"{name} is not a zip that can be read ({error})."
        raise SourceError(message) from error


def _zip(stack: ExitStack, file: Path | BinaryIO, prefix: str) -> Place:
    try:
        archive = stack.enter_context(zipfile.ZipFile(file))
    except BROKEN as error:
        message = f"{prefix.rstrip('/') or file} is not a zip that can be read ({error})."
        raise SourceError(message) from error
    names = [info.filename for info in archive.infolist() if not info.is_dir()]
    return Place(Path(), prefix, names, archive=archive)
