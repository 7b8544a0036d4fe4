"""``add --copy``: the images of a source into one zip inside the project."""

from __future__ import annotations

import os
import zipfile
from contextlib import suppress
from pathlib import Path, PurePosixPath

import pandas as pd

from morphoexplore.errors import ImageError
from morphoexplore.reading.images import ImageFiles
from morphoexplore.store import images as image_store
from morphoexplore.store.project import Project
from morphoexplore.store.runs import Run


def copy_images(project: Project, root: Path, images: pd.DataFrame, run: Run) -> tuple[Path, pd.DataFrame]:
    """
    Copy images into ``PROJECT/images``.

    One zip without compression instead of a folder: a million small files are slow to back up, and images are
    compressed already. An image that cannot be read is left out; drawing reports it.

    Parameters
    ----------
    root : Path
        Folder or zip that the paths are relative to.
    images : DataFrame
        Column ``image``: paths.

    Returns
    -------
    root : Path
        The zip.
    images : DataFrame
        With the paths inside the zip.
    """
    folder = project.folder / "images"
    folder.mkdir(exist_ok=True)
    _sweep(project, folder)
    target = folder / f"run-{run.run_id}.zip"
    unfinished = target.with_suffix(".tmp")
    names = _names_inside(images["image"].unique().tolist())
    with unfinished.open("wb") as file:
        with ImageFiles(root) as files, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as packed:
            for path, name in run.progress(names.items(), label="copying images", total=len(names)):
                with suppress(ImageError):
                    packed.writestr(name, files.read(path))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(target)
    return target, images.assign(image=images["image"].map(names))


def _sweep(project: Project, folder: Path) -> None:
    """Remove copies that killed runs left; no other run is under way."""
    used = {source.root.resolve() for source in image_store.sources(project).values()}
    for path in folder.glob("run-*"):
        if path.resolve() not in used:
            path.unlink()


def _names_inside(paths: list[str]) -> dict[str, str]:
    """Return a name inside a zip for every path: no drive, no leading slash, no way up, and none twice."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for path in paths:
        parts = PurePosixPath(path.replace("\\", "/")).parts
        name = "/".join(part.rstrip(":") for part in parts if part not in ("/", "..", "."))
        while name in taken:
            name = f"{len(taken)}/{name}"
        names[path] = name
        taken.add(name)
    return names
