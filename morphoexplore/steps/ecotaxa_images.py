"""Images for EcoTaxa: each in a format that it takes, under a name that every system can have, beside its table."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from morphoexplore.errors import ImageError
from morphoexplore.reading.ecotaxa_rules import IMAGE_FORMATS, MOST_PIXELS
from morphoexplore.reading.images import ImageFiles, decode, encode_png
from morphoexplore.steps.left_out import LeftOut
from morphoexplore.store import images as image_store
from morphoexplore.store.project import Project
from morphoexplore.writing.ecotaxa_bundle import Bundle


@dataclass
class Names:
    """
    Of the images beside one table.

    Attributes
    ----------
    taken : set of str
        All of them, in lower case: some systems do not tell A from a.
    put : dict
        By source and path.
    """

    taken: set[str] = field(default_factory=set)
    put: dict[tuple[int, str], str] = field(default_factory=dict)


class Images:
    """
    The images of a project, read where they lie.

    Parameters
    ----------
    left_out : LeftOut
        Gets those that cannot be read.
    note : callable
        Gets a sentence for each that had to be converted.
    """

    def __init__(self, project: Project, left_out: LeftOut, note: Callable[[str], None]) -> None:
        self._left_out, self._note = left_out, note
        self._sources = image_store.sources(project)
        self._files: dict[int, ImageFiles] = {}
        self._opened = ExitStack()

    def close(self) -> None:
        """Close the sources."""
        self._opened.close()

    def put(self, bundle: Bundle | None, folder: str, row: Any, object_id: str, names: Names) -> str | None:
        """Put an image into the folder of its table; return its name there, None where it cannot be read."""
        if row["problem"] is not None and row["width"] is None:
            self._left_out.add([object_id], "image", f"it cannot be read: {row['problem']}")
            return None
        key = (row["source_id"], row["path"])
        if bundle is None:
            return str(row["path"])
        if key in names.put:  # several objects may share an image
            return names.put[key]
        try:
            data, suffix = self._image(*key)
        except ImageError as error:
            self._left_out.add([object_id], "image", str(error))
            return None
        name = _file_name(row["path"], suffix)
        stem, end = PurePosixPath(name).stem, PurePosixPath(name).suffix
        number = 2
        while name.casefold() in names.taken:
            name = f"{stem}_{number}{end}"
            number += 1
        bundle.file(f"{folder}/{name}", data)
        names.taken.add(name.casefold())
        names.put[key] = name
        return name

    def _image(self, source_id: int, path: str) -> tuple[bytes, str | None]:
        """Return an image in a format that EcoTaxa takes, and its suffix where that had to change."""
        source = self._sources[source_id]
        if source_id not in self._files:
            self._files[source_id] = self._opened.enter_context(ImageFiles(source.root))
        data = self._files[source_id].read(path)
        kind, size, is_deep = _look_at(data)
        if max(size) > MOST_PIXELS:
            message = f"it is {size[0]} x {size[1]} pixels large; EcoTaxa takes {MOST_PIXELS} a side."
            raise ImageError(message)
        if kind in IMAGE_FORMATS and not is_deep:
            return data, None
        self._note(
            "{count} images were converted to PNG of 8 bits, because EcoTaxa takes no others than PNG, JPEG and GIF."
        )
        return encode_png(decode(data, white_level=source.white_level)), ".png"


def _look_at(data: bytes) -> tuple[str | None, tuple[int, int], bool]:
    """Return format, size and whether an image has more than 8 bits."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as image:
                return image.format, image.size, image.mode.startswith(("I", "F"))
    except Exception as error:  # whatever the decoders raise
        message = f"it cannot be read ({type(error).__name__})."
        raise ImageError(message) from error


def _file_name(path: str, suffix: str | None) -> str:
    """Return a name for an image that every system and a cell of a table can have."""
    name = PurePosixPath(path.replace("\\", "/"))
    stem = re.sub(r'[\x00-\x1f<>:"/|?*\x7f\ud800-\udfff]', "_", name.stem)[:200].strip(" .") or "image"
    return f"{stem}{suffix or name.suffix.strip()}"
