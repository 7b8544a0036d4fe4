"""A project on disk: its folder, and the one way to read and the one way to write its database."""

from __future__ import annotations

import errno
import getpass
import json
import os
import shutil
import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from morphoexplore.errors import ProjectError
from morphoexplore.store import schema

DATABASE = "project.db"
UNFINISHED = f"{DATABASE}.new"
APPLICATION_ID = 0x6D6F7270  # "morp", so that another SQLite file is not taken for a project
LITTLE_SPACE = 1 << 16  # bytes; SQLite calls a failed write of its shared memory an I/O error on a full disk


def _as_int(number: Any) -> int:
    return int(number)


for _whole in (np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32):
    sqlite3.register_adapter(_whole, _as_int)  # numbers of nodes and objects come out of arrays and frames


class Project:
    """
    One study: a folder with a database, arrays and tiles.

    Use :func:`open_project` or :func:`create_project` to get one.

    Parameters
    ----------
    folder : Path
        The project's folder.
    user : str, optional
        Who decides; the login name unless given.
    """

    def __init__(self, folder: Path, *, user: str | None = None) -> None:
        self.folder = folder
        self.user = user or _login_name()
        self._kept: deque[sqlite3.Connection] | None = None

    def __repr__(self) -> str:
        return f"Project({str(self.folder)!r})"

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.resolve().name

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Connect for one consistent reading; nothing can be written through it."""
        with _sentences(self.folder):
            conn = self._take_kept() or _connect_to_read(self.folder)
            try:
                conn.execute("BEGIN")
                yield conn
                conn.execute("ROLLBACK")
            except BaseException:
                conn.close()
                raise
            self._keep(conn)

    @contextmanager
    def glance(self) -> Iterator[sqlite3.Connection]:
        """Connect for one reading that leaves no trace in the folder, not even the files that SQLite needs to share it."""
        if (self.folder / f"{DATABASE}-wal").exists():  # somebody has it open, and those files are there
            with self.read() as conn:
                yield conn
            return
        with _sentences(self.folder):
            conn = _connect(self.folder / DATABASE, "ro&immutable=1")
            try:
                yield conn
            finally:
                conn.close()

    @contextmanager
    def keeping_connections(self) -> Iterator[None]:
        """Read through connections that stay open: opening one costs more than most readings of a server."""
        self._kept = deque()
        try:
            yield
        finally:
            kept, self._kept = self._kept, None
            for conn in kept:
                conn.close()

    def _take_kept(self) -> sqlite3.Connection | None:
        if not self._kept or not (self.folder / DATABASE).exists():
            return None
        try:
            return self._kept.pop()
        except IndexError:  # another thread was faster
            return None

    def _keep(self, conn: sqlite3.Connection) -> None:
        if self._kept is None:
            conn.close()
        else:
            self._kept.append(conn)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Connect for one short transaction: all of it is committed, or nothing."""
        with _sentences(self.folder):
            conn = _connect(self.folder / DATABASE, "rw")
            try:
                conn.execute("BEGIN IMMEDIATE")
                yield conn
                conn.execute("COMMIT")
            except BaseException:
                if conn.in_transaction:
                    conn.execute("ROLLBACK")
                raise
            finally:
                conn.close()

    def setting(self, name: str, default: Any = None) -> Any:
        """Return the value of a setting, *default* where it was never set."""
        with self.read() as conn:
            row = conn.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
        return default if row is None else json.loads(row[0])

    def change_setting(self, name: str, value: Any) -> None:
        """Set a setting to any value that JSON can hold."""
        with self.write() as conn:
            conn.execute(
                "INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (name, json.dumps(value)),
            )

    def count_objects(self) -> int:
        """Return the number of objects."""
        with self.read() as conn:  # objects are numbered without gaps; counting a million rows takes its time
            return int(conn.execute("SELECT coalesce(max(object) + 1, 0) FROM object").fetchone()[0])


def create_project(folder: Path | str, *, user: str | None = None) -> Project:
    """
    Make a new empty project.

    Parameters
    ----------
    folder : Path or str
        A folder that does not exist yet, or an empty one.
    user : str, optional
        Who decides; the login name unless given.

    Raises
    ------
    ProjectError
        If the folder is a project already, holds other files, or cannot be written.
    """
    folder = Path(folder)
    with _sentences(folder):
        _refuse_used_folder(folder)
        folder.mkdir(parents=True, exist_ok=True)
        # The schema is made under another name, so that a kill leaves no half project behind.
        unfinished = folder / UNFINISHED
        for left_over in folder.glob(f"{UNFINISHED}*"):
            left_over.unlink()
        conn = _connect(unfinished, "rwc")
        try:
            conn.execute("PRAGMA journal_mode = WAL")
            conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            schema.migrate(conn)
        finally:
            conn.close()
        unfinished.replace(folder / DATABASE)
    return Project(folder, user=user)


def _refuse_used_folder(folder: Path) -> None:
    if (folder / DATABASE).exists():
        message = f"{folder} is a project already. Open it, or choose another folder."
        raise ProjectError(message)
    if folder.exists() and not folder.is_dir():
        message = f"{folder} is a file. A project is a folder; choose another name."
        raise ProjectError(message)
    if folder.is_dir() and any(not path.name.startswith(UNFINISHED) for path in folder.iterdir()):
        message = f"{folder} is not empty. A new project needs a folder of its own."
        raise ProjectError(message)


def open_project(folder: Path | str, *, user: str | None = None) -> Project:
    """
    Open a project, bringing an older one to this version's schema.

    Raises
    ------
    ProjectError
        If the folder is no project, was made by a newer version, or is damaged.
    """
    folder = Path(folder)
    project = Project(folder, user=user)
    with _sentences(folder):
        if not (folder / DATABASE).is_file():
            what = (
                "does not exist"
                if not folder.exists()
                else "is not a morphoexplore project (it has no project.db)"
            )
            message = f"{folder} {what}. Make one with: morphoexplore init {folder}"
            raise ProjectError(message)
        conn = _connect_to_read(folder)
        try:
            if conn.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                message = f"{folder / DATABASE} is a database, but not one of morphoexplore."
                raise ProjectError(message)
            version = schema.schema_version(conn)
        finally:
            conn.close()
        if version != len(schema.MIGRATIONS):
            conn = _connect(folder / DATABASE, "rw")
            try:
                schema.migrate(conn)
            finally:
                conn.close()
    return project


def now() -> str:
    """Return the time as stored everywhere: UTC, ISO 8601, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def explain(error: Exception, folder: Path) -> str | None:
    """
    Return a sentence for an error of the disk or the database, None for any other error.

    Parameters
    ----------
    error : Exception
        What was raised.
    folder : Path
        The project's folder, named in the sentence.
    """
    text = str(error)
    number = getattr(error, "errno", None)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    is_full = number in (errno.ENOSPC, errno.EDQUOT) or code == sqlite3.SQLITE_FULL
    if is_full or (code == sqlite3.SQLITE_IOERR and shutil.disk_usage(folder).free < LITTLE_SPACE):
        return (
            f"The disk that holds {folder} is full. What was finished before is kept; free some space and run the "
            "same command again."
        )
    if code == sqlite3.SQLITE_CANTOPEN and not (folder / DATABASE).exists():
        return f"{folder / DATABASE} is gone. If the project was moved, open it in its new place."
    if number in (errno.EROFS, errno.EACCES, errno.EPERM) or code in (
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
    ):
        return (
            f"{folder} cannot be written. Check its permissions, or copy the project to a folder of your own."
        )
    if code == sqlite3.SQLITE_BUSY:
        return f"Another program has been writing to {folder} for more than 30 seconds. Try again when it is done."
    if code == sqlite3.SQLITE_IOERR:
        return f"The disk that holds {folder} answers with errors ({text}). Copy the project to another disk."
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return f"{folder / DATABASE} is damaged ({text}). Restore it from a backup."
    return None


@contextmanager
def _sentences(folder: Path) -> Iterator[None]:
    """Turn errors of the disk and of SQLite into ProjectError."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        if isinstance(error, OSError) and not _is_about(error, folder):
            raise
        message = explain(error, folder)
        if message is None:
            raise
        raise ProjectError(message) from error


def _is_about(error: OSError, folder: Path) -> bool:
    """Tell whether an error of the disk concerns the project, and not a file elsewhere that is read meanwhile."""
    if not isinstance(error.filename, str | Path):
        return True
    path, here = Path(error.filename).absolute(), folder.absolute()
    return path.is_relative_to(here) or here.is_relative_to(path)


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    conn = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}",
        uri=True,
        timeout=30,
        isolation_level=None,
        check_same_thread=False,  # a kept connection goes from thread to thread, one at a time
    )
    conn.row_factory = sqlite3.Row
    conn.execute("PRAGMA foreign_keys = ON")
    conn.execute("PRAGMA synchronous = FULL")  # a decision survives a power cut, not only a kill
    return conn


def _connect_to_read(folder: Path) -> sqlite3.Connection:
    path = folder / DATABASE
    # In a folder that cannot be written SQLite cannot make the WAL's shared memory: read the file as it is.
    frozen = not os.access(folder, os.W_OK) and not path.with_name(f"{DATABASE}-wal").exists()
    conn = _connect(path, "ro&immutable=1" if frozen else "ro")
    conn.execute("PRAGMA query_only = ON")
    return conn


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
