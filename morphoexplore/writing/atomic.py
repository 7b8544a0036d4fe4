"""Files that appear whole or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
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
    temporary = unfinished(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path)
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


def unfinished(path: Path) -> Path:
    """Return a temporary path beside *path* that tells what it is to become, and which process writes it."""
    return path.with_name(f".{_mark(path)}-{os.getpid()}-{uuid.uuid4().hex[:8]}.part")


def sweep(path: Path) -> None:
    """Remove what processes that were killed left of *path*."""
    import psutil  # not above: reading a project needs none of it

    for part in path.parent.glob(f".{_mark(path)}-*.part"):
        pid = part.name.split("-")[1]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            with suppress(OSError):
                shutil.rmtree(part) if part.is_dir() else part.unlink()


def _mark(path: Path) -> str:
    """Return a short word for a name, which may be as long as names can be."""
    return hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]


def _sync(path: Path) -> None:
    """Have the system put the file on the disk, so that the rename cannot overtake its content."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
