"""``relocate``: images that lie elsewhere now."""

from __future__ import annotations

from pathlib import Path

from morphoexplore.store import images
from morphoexplore.store.project import Project


def relocate(project: Project, old: Path | str, new: Path | str) -> int:
    """
    Look for images below another folder from now on; return how many sources that concerns.

    Raises
    ------
    ProjectError
        If no images lay below *old*, or *new* does not hold what *old* held.
    """
    return images.move_sources(project, Path(old), Path(new))
