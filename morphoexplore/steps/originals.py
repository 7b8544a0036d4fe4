"""The original image of an object, as a browser can show it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from morphoexplore.errors import ImageError
from morphoexplore.reading import images as image_files
from morphoexplore.reading.decoding import border_mask, is_plain
from morphoexplore.store import images as image_store
from morphoexplore.store.project import Project

RECENT = 4


@dataclass(frozen=True)
class Look:
    """Size of an image in pixels, and the colour of its border (red, green, blue)."""

    width: int
    height: int
    ground: tuple[int, ...]


class Originals:
    """
    Reads original images; the folders and zips that hold them stay open.

    Examples
    --------
    >>> content, mime = Originals(project).read(12, 0)  # doctest: +SKIP
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self._opened: dict[str, image_files.ImageFiles] = {}
        self._recent: OrderedDict[tuple[int, int], tuple[bytes, str, Look]] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, number: int, rank: int) -> tuple[bytes, str]:
        """
        Return an image of an object without its footer.

        Parameters
        ----------
        number : int
            The object.
        rank : int
            Which of its images.

        Returns
        -------
        content : bytes
            The file itself where a browser shows it as it is, else a PNG made of it.
        mime : str
            ``image/png`` or ``image/jpeg``.

        Raises
        ------
        ImageError
            If there is no such image, it is gone, or it cannot be read.
        """
        content, mime, _ = self._read(number, rank)
        return content, mime

    def look(self, number: int, rank: int) -> Look:
        """Return what :meth:`read` returns looks like; raises as it does."""
        return self._read(number, rank)[2]

    def _read(self, number: int, rank: int) -> tuple[bytes, str, Look]:
        """Read an image; the last few are kept, because who asks for the size asks for the image next."""
        with self._lock:
            if (number, rank) in self._recent:
                return self._recent[number, rank]
        content, mime, look = self._decode(number, rank)
        with self._lock:
            self._recent[number, rank] = content, mime, look
            while len(self._recent) > RECENT:
                self._recent.popitem(last=False)
        return content, mime, look

    def _decode(self, number: int, rank: int) -> tuple[bytes, str, Look]:
        row = next((row for row in image_store.images_of(self.project, number) if row["rank"] == rank), None)
        if row is None:
            message = f"Object {number} has no image of rank {rank}."
            raise ImageError(message)
        source = image_store.sources(self.project)[row["source_id"]]
        content = self._files(source).read(row["path"])
        pixels = image_files.decode(content, white_level=source.white_level)
        rows = source.crop_bottom
        if rows < 0:
            rows = image_files.find_footer(image_files.to_grey(pixels))
        cropped = image_files.crop_footer(pixels, rows)
        ground = np.median(cropped[border_mask(*cropped.shape[:2])], axis=0).round().astype(int)
        look = Look(cropped.shape[1], cropped.shape[0], tuple(np.broadcast_to(ground, 3).tolist()))
        if cropped.shape == pixels.shape and is_plain(content):
            return content, "image/png" if content.startswith(b"\x89PNG") else "image/jpeg", look
        return image_files.encode_png(cropped), "image/png", look

    def _files(self, source: image_store.ImageSource) -> image_files.ImageFiles:
        with self._lock:
            if str(source.root) not in self._opened:
                self._opened[str(source.root)] = image_files.ImageFiles(source.root)
            return self._opened[str(source.root)]
