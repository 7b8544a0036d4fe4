"""``add --copy``: the images of a source into one zip inside the project."""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath

import pandas as pd

from morphoexplore.errors import ImageError
from morphoexplore.reading.images import ImageFiles
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
    target = folder / f"run-{run.run_id}.zip"
    unfinished = target.with_suffix(".tmp")
    names = {path: _inside(path) for path in images["image"]}
    with ImageFiles(root) as files, zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as packed:
        for path, name in run.progress(names.items(), label="copying images", total=len(names)):
            try:
                packed.writestr(name, files.read(path))
            except ImageError:
                continue
    unfinished.replace(target)
    return target, images.assign(image=images["image"].map(names))


def _inside(path: str) -> str:
    """Return a name inside a zip: no drive, no leading slash, no way up."""
    parts = [part for part in PurePosixPath(path.replace("\\", "/")).parts if part not in ("/", "..", ".")]
    return "/".join(part.rstrip(":") for part in parts)
