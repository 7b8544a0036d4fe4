"""A folder or a zip of images, without any table."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from morphoexplore.errors import SourceError
from morphoexplore.reading.batches import bare_parents, make_frame, make_rows, with_problems
from morphoexplore.reading.delimited import BLOCK_ROWS
from morphoexplore.reading.files import is_image
from morphoexplore.reading.nested import open_files
from morphoexplore.reading.values import to_texts
from morphoexplore.records import Batch, Problem, Source

#: Sample and acquisition of images about which nothing else is known.
ALL = "all"


def open_folder(path: Path) -> Source:
    """
    Open a folder or zip of images as a source.

    Parameters
    ----------
    path : Path
        Folder or zip; sub-folders are read too and become the metadata column ``folder``, never a label.

    Raises
    ------
    SourceError
        No images in it.
    """
    if not any(map(is_image, open_files(path).names())):
        message = (
            f"{path} holds no images (PNG, JPEG, TIFF, GIF, BMP) and no EcoTaxa table (ecotaxa*.tsv). "
            "Name the folder, zip or CSV that has them."
        )
        raise SourceError(message)
    layout = f"{'folder' if path.is_dir() else 'zip'} of images"
    return Source(path, "folder", path, partial(_read_batches, path), layout)


def _read_batches(path: Path) -> Iterator[Batch]:
    yield from with_problems(_each_batch(path), [])


def _each_batch(path: Path) -> Iterator[Batch]:
    names = [name for name in open_files(path).names() if is_image(name)]
    taken: dict[str, str] = {}
    for start in range(0, len(names), BLOCK_ROWS):
        problems: list[Problem] = []
        images, ids = [], []
        for name in names[start : start + BLOCK_ROWS]:
            object_id = posixpath.splitext(name)[0]
            if object_id in taken:
                reason = f"Only its suffix tells it from {taken[object_id]}; it was left out."
                problems.append(Problem(name, None, object_id, reason, 1))
                continue
            taken[object_id] = name
            images.append(name)
            ids.append(object_id)
        yield _make_batch(images, ids, problems)


def _make_batch(images: list[str], ids: list[str], problems: list[Problem]) -> Batch:
    everywhere = [ALL] * len(ids)
    rows = make_rows(
        {
            "object_id": ids,
            "file": images,
            "line": [-1] * len(ids),
            "image": images,
            "sample": everywhere,
            "acquisition": everywhere,
        }
    )
    metadata = make_frame({"folder": to_texts([posixpath.dirname(image) for image in images])}, rows.index)
    return Batch(rows, metadata, *bare_parents(everywhere, everywhere), problems)
