"""
The files of a folder or of a zip, under one set of names; for those of zips inside see :mod:`nested`.

Names are relative to the root and use forward slashes on every system. Both kinds compare names letter
by letter, so that a table that works on a Mac or on Windows also works on Linux.
"""

from __future__ import annotations

import os
import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from morphoexplore.errors import SourceError

#: What reading a damaged or protected file raises, whatever holds it.
READ_ERRORS = (OSError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error)

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".gif", ".bmp")


#: More than any vignette has; a zip of kilobytes can claim to unpack to gigabytes.
MOST_BYTES = 1 << 30
#: A member of a zip that is larger than this must not be that many times larger than what it is packed into. Tables
#: shrink to a tenth, in the worst case to a hundredth; zeros, which bombs are made of, to a thousandth.
LARGE, MOST_SHRUNK = 64 << 20, 500


class Files(Protocol):
    """What a folder, a zip, and either with zips inside have in common."""

    root: Path

    def names(self) -> list[str]:
        """Return the names of all files that are not hidden, in natural order."""
        ...

    def open(self, name: str) -> BinaryIO:
        """Open a file."""
        ...

    def read(self, name: str) -> bytes:
        """Return the content of a file; one of more than `MOST_BYTES` is refused."""
        ...

    def exists(self, name: str) -> bool:
        """Tell whether there is such a file."""
        ...

    def close(self) -> None:
        """Close what is open; it opens again when needed."""
        ...


class FolderFiles:
    """
    Files below a folder.

    Parameters
    ----------
    root : Path
        The folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._listed: dict[str, frozenset[str]] = {}

    def names(self) -> list[str]:
        """Return the names of all files that are not hidden, in natural order."""
        found = []
        seen = set()
        for folder, folders, files in os.walk(self.root, followlinks=True):
            if (real := os.path.realpath(folder)) in seen:
                folders.clear()  # a link back to where we have been
                continue
            seen.add(real)
            folders[:] = [name for name in folders if not _is_hidden(name)]
            prefix = "" if folder == str(self.root) else Path(folder).relative_to(self.root).as_posix() + "/"
            found += [prefix + name for name in files if not _is_hidden(name)]
        return sorted(found, key=natural_key)

    def open(self, name: str) -> BinaryIO:
        """Open a file; names may be absolute or lead upwards, because tables may say so."""
        return (self.root / name).open("rb")

    def read(self, name: str) -> bytes:
        """Return the content of a file; one of more than `MOST_BYTES` is refused."""
        # Joined as text and not buffered: a third of the time of Path, which counts among a million small files.
        with open(os.path.join(self.root, name), "rb", buffering=0) as stream:  # noqa: PTH118, PTH123
            _refuse_giant(os.fstat(stream.fileno()).st_size)
            return stream.readall()

    def exists(self, name: str) -> bool:
        """Tell whether there is such a file; each folder is listed once, when first asked about."""
        folder, _, last = name.rpartition("/")
        if name.startswith("/") and not folder:
            folder = "/"
        if folder not in self._listed:
            self._listed[folder] = _list_folder(self.root / folder)
        return last in self._listed[folder]

    def close(self) -> None:
        """Forget what was listed."""
        self._listed.clear()


class ZipFiles:
    """
    Files inside a zip, opened when first needed and again in each new process.

    Parameters
    ----------
    root : Path
        The zip file.
    opener : callable, optional
        Gives the zip as a file to read from, where it is no file of its own; ``root`` is then its name for people.
    """

    def __init__(self, root: Path, opener: Callable[[], BinaryIO] | None = None) -> None:
        self.root = root
        self._opener = opener
        self._stream: BinaryIO | None = None
        self._zip: zipfile.ZipFile | None = None
        self._members: dict[str, zipfile.ZipInfo] = {}
        self._process = -1

    def names(self) -> list[str]:
        """Return the names of all files that are not hidden, in natural order."""
        self._open_zip()
        return sorted((n for n in self._members if not any(map(_is_hidden, n.split("/")))), key=natural_key)

    def open(self, name: str) -> BinaryIO:
        """Open a member as a stream of its unpacked bytes."""
        archive = self._open_zip()
        member = self._member(name)
        refuse_bomb(member)
        return cast("BinaryIO", archive.open(member))

    def read(self, name: str) -> bytes:
        """Return the unpacked content of a member; one that claims more than `MOST_BYTES` is refused."""
        archive = self._open_zip()
        member = self._member(name)
        _refuse_giant(member.file_size)
        refuse_bomb(member)
        return archive.read(member)

    def all_names(self) -> frozenset[str]:
        """Return the names of all files, hidden ones too."""
        self._open_zip()
        return frozenset(self._members)

    def size(self, name: str) -> int:
        """Return the bytes of a member when it is unpacked."""
        self._open_zip()
        return self._member(name).file_size

    def exists(self, name: str) -> bool:
        """Tell whether the zip has such a member."""
        self._open_zip()
        return name in self._members

    def close(self) -> None:
        """Close the zip; it opens again when needed."""
        if self._zip is not None and self._process == os.getpid():
            self._zip.close()
            if self._stream is not None:
                self._stream.close()
        self._zip, self._stream, self._members = None, None, {}

    def __del__(self) -> None:
        if self._stream is not None:  # a temporary file would warn that nobody closed it
            self.close()

    def stretch(self, name: str) -> tuple[int, int] | None:
        """Return where a member lies in the zip and its length, None where it is not just stored there."""
        self._open_zip()
        member = self._member(name)
        if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 1 or self._opener is not None:
            return None
        with self.root.open(
            "rb"
        ) as stream:  # the lengths of name and extra may differ from those in the directory
            stream.seek(member.header_offset + 26)
            lengths = stream.read(4)
        start = member.header_offset + 30 + int.from_bytes(lengths[:2], "little")
        return start + int.from_bytes(lengths[2:], "little"), member.file_size

    def _member(self, name: str) -> zipfile.ZipInfo:
        if name not in self._members:
            raise FileNotFoundError(name)
        return self._members[name]

    def _open_zip(self) -> zipfile.ZipFile:
        # A forked child shares the file position with its parent, so each process opens its own.
        if self._zip is None or self._process != os.getpid():
            stream = None
            try:
                stream = self._opener() if self._opener else None
                opened = zipfile.ZipFile(stream or self.root)
            except FileNotFoundError:
                message = f"{self.root} does not exist any more."
                raise SourceError(message) from None
            except (*READ_ERRORS, ValueError) as error:  # ValueError: names that no encoding has
                if stream is not None:
                    stream.close()
                message = f"{self.root} is not a zip that can be read ({error}). Copy or download it again."
                raise SourceError(message) from error
            infos = (info for info in opened.infolist() if not info.is_dir())
            self._members = {info.filename.replace("\\", "/"): info for info in infos}
            self._process = os.getpid()
            self._stream = stream
            self._zip = opened  # last, for another thread may be waiting for it
        return self._zip


def natural_key(name: str) -> list[tuple[int, str]]:
    """Order names as people do: ``image 9`` before ``image 10``; ties are settled by the name itself."""
    parts = re.split(r"(\d+)", name)
    key = [(int(part), "") if place % 2 else (-1, part.lower()) for place, part in enumerate(parts)]
    return [*key, (-2, name)]


def is_image(name: str) -> bool:
    """Tell by its suffix whether a file is an image."""
    return name.lower().endswith(IMAGE_SUFFIXES)


def refuse_bomb(member: zipfile.ZipInfo) -> None:
    """Raise OSError where a member claims to unpack to more than anything that was packed."""
    if member.file_size > LARGE and member.file_size > MOST_SHRUNK * max(member.compress_size, 1):
        message = (
            f"it would unpack from {member.compress_size} to {member.file_size} bytes, as no image or table does; "
            "it was not unpacked"
        )
        raise OSError(message)


def _refuse_giant(size: int) -> None:
    if size > MOST_BYTES:
        message = f"it has {size} bytes, more than any image"
        raise OSError(message)


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _list_folder(folder: Path) -> frozenset[str]:
    try:
        with os.scandir(folder) as entries:
            return frozenset(entry.name for entry in entries if entry.is_file())
    except OSError:
        return frozenset()
