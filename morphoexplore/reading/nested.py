"""
Zips inside a folder or a zip, as UVP6 and parts of large exports come: ``haul_Images.zip/haul_1.png`` is a name.

Nothing is unpacked into a folder. A zip that is merely stored inside another is read where it lies; one that is
compressed once more is unpacked into a nameless temporary file that ends with the process.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import threading
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from morphoexplore.errors import SourceError
from morphoexplore.reading.files import READ_ERRORS, FolderFiles, ZipFiles

#: Zips that were unpacked stay for the next reading until they have more bytes together.
MOST_UNPACKED = 2 << 30


class NestedFiles:
    """
    Files of a folder or a zip, and those of the zips in it.

    Parameters
    ----------
    outer : FolderFiles or ZipFiles
        The folder or zip.

    Examples
    --------
    >>> files = open_files(Path("casts.zip"))
    >>> files.read("cast_7_Images.zip/cast_7_12.png")  # doctest: +SKIP
    b'...'
    """

    def __init__(self, outer: FolderFiles | ZipFiles) -> None:
        self.root = outer.root
        self._outer = outer
        self._inner: dict[str, ZipFiles] = {}
        self._listed: dict[str, frozenset[str]] = {}
        self._unpacked: dict[str, int] = {}  # bytes, the one used last at the end
        self._lock = threading.RLock()
        self._process = os.getpid()

    def names(self) -> list[str]:
        """Return the names of all files that are not hidden, in natural order; zips are not looked into."""
        return self._outer.names()

    def names_in(self, packed: str) -> list[str]:
        """
        Return the names of all files in one of the zips, in natural order.

        Raises
        ------
        SourceError
            It is no zip that can be read.
        """
        with self._lock:
            names = self._zip(packed).names()
        return [f"{packed}/{name}" for name in names]

    def open(self, name: str) -> BinaryIO:
        """Open a file; do not open another one in another zip while reading it."""
        packed, within = self._split(name)
        if packed is None:
            return self._outer.open(name)
        with self._lock:
            return self._readable(packed).open(within)

    def read(self, name: str) -> bytes:
        """Return the content of a file."""
        packed, within = self._split(name)
        if packed is None:
            return self._outer.read(name)
        with self._lock:  # another thread must not make room for its own zip meanwhile
            return self._readable(packed).read(within)

    def exists(self, name: str) -> bool:
        """Tell whether there is such a file."""
        packed, within = self._split(name)
        if packed is None:
            return self._outer.exists(name)
        if packed not in self._listed:
            try:
                with self._lock:
                    names = self._zip(packed).all_names()
            except SourceError:
                names = frozenset()
            self._listed[packed] = names
        return within in self._listed[packed]

    def close(self) -> None:
        """Close everything; it opens again when needed."""
        with self._lock:
            for inner in self._inner.values():
                inner.close()
            self._inner, self._listed, self._unpacked = {}, {}, {}
            self._outer.close()

    def is_compressed_twice(self, name: str) -> bool:
        """Tell whether a file lies in a zip that is compressed inside another, so that reading it means unpacking that."""
        packed, _ = self._split(name)
        return (
            packed is not None and isinstance(self._outer, ZipFiles) and self._outer.stretch(packed) is None
        )

    def _split(self, name: str) -> tuple[str | None, str]:
        """Return the zip that a name leads into, None where it leads into none, and the name within it."""
        place = name.lower().find(".zip/")
        if place < 0:
            return None, name
        packed, within = name[: place + 4], name[place + 5 :]
        return (packed, within) if self._outer.exists(packed) else (None, name)

    def _readable(self, packed: str) -> ZipFiles:
        """Return a zip; one that is damaged costs its own files only, as a damaged image does."""
        try:
            return self._zip(packed)
        except SourceError as error:
            raise OSError(str(error)) from error

    def _zip(self, packed: str) -> ZipFiles:
        if self._process != os.getpid():  # a forked child shares positions in files with its parent
            self._inner, self._unpacked, self._process = {}, {}, os.getpid()
        if packed not in self._inner:
            self._inner[packed] = self._opened(packed)
        if packed in self._unpacked:
            self._unpacked[packed] = self._unpacked.pop(packed)
        return self._inner[packed]

    def _opened(self, packed: str) -> ZipFiles:
        name = self.root / packed
        if isinstance(self._outer, FolderFiles):
            return ZipFiles(name)
        try:
            stretch = self._outer.stretch(packed)
            if stretch is not None:
                return ZipFiles(name, partial(_open_stretch, self.root, *stretch))
            size = self._outer.size(packed)
            self._make_room(size)
            inner = ZipFiles(name, partial(_unpack, self._outer, packed))
            inner.names()  # unpacks it, so that what goes wrong is said here
        except READ_ERRORS as error:
            message = f"{name} cannot be read: {error or type(error).__name__}."
            raise SourceError(message) from error
        self._unpacked[packed] = size
        return inner

    def _make_room(self, size: int) -> None:
        while self._unpacked and sum(self._unpacked.values()) + size > MOST_UNPACKED:
            oldest = next(iter(self._unpacked))
            del self._unpacked[oldest]
            self._inner.pop(oldest).close()


def open_files(root: Path) -> NestedFiles:
    """
    Give access to the files of a folder or a zip.

    Parameters
    ----------
    root : Path
        Folder or zip file; nothing is opened yet.
    """
    return NestedFiles(ZipFiles(root) if root.is_file() else FolderFiles(root))


def _unpack(outer: ZipFiles, packed: str) -> BinaryIO:
    unpacked = tempfile.TemporaryFile()  # noqa: SIM115 - whoever opens the zip closes it
    try:
        with outer.open(packed) as stream:
            shutil.copyfileobj(stream, unpacked, 1 << 20)
    except BaseException:
        unpacked.close()
        raise
    unpacked.seek(0)
    return cast("BinaryIO", unpacked)


def _open_stretch(path: Path, start: int, length: int) -> BinaryIO:
    return cast("BinaryIO", io.BufferedReader(_Stretch(path, start, length)))


class _Stretch(io.RawIOBase):
    """A stretch of a file as a file of its own."""

    def __init__(self, path: Path, start: int, length: int) -> None:
        self._file = path.open("rb", buffering=0)
        self._start, self._length, self._place = start, length, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._length}[whence]
        self._place = max(0, base + offset)
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        wanted = max(0, min(len(buffer), self._length - self._place))
        self._file.seek(self._start + self._place)
        data = self._file.read(wanted)
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
