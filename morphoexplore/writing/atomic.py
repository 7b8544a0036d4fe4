"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from morphoexplore.errors import ProjectError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """
    Give a temporary path to write to; it takes the place of *path* when the block ends well.

    Until then a former file stays as it was, and if the block fails nothing is left behind. Missing parent
    folders are made.

    Parameters
    ----------
    path : Path
        File to be written.

    Yields
    ------
    temporary : Path
        Path in the same folder (a rename across disks is not atomic), not yet existing.

    Raises
    ------
    ProjectError
        If the folder cannot be made or the file cannot be written.
    """
    temporary = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        _sync(temporary)
        temporary.replace(path)
    except OSError as error:
        message = (
            f"{path} cannot be written: {error.strerror or error}. Choose another place, or free this one."
        )
        raise ProjectError(message) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Have the system put the file on the disk, so that the rename cannot overtake its content."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
