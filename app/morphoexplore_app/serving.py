"""``serve``: the app on 127.0.0.1, for one project, once."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import signal
import threading
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
from waitress.server import create_server

from morphoexplore.errors import ProjectError
from morphoexplore.store.project import Project
from morphoexplore_app import create_app, memory
from morphoexplore_app.guard import protect
from morphoexplore_app.session import Session

HOST = "127.0.0.1"
SIGN = "serving.json"  # in the project's folder while it is served: process and address
THREADS = 8


def serve(project: Project, *, port: int = 0, opens: bool = True, tell: Callable[[str], None]) -> None:
    """
    Serve a project until interrupted.

    Parameters
    ----------
    port : int
        0 takes a free one.
    opens : bool
        Open the browser.
    tell : callable
        Gets the sentences for the user, the address among them.

    Raises
    ------
    ProjectError
        If the project is served already, with the address; or the port is taken.
    """
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # that requests wait a moment is no news
    session = Session(project)
    app = create_app(project, session=session)
    token = secrets.token_urlsafe(24)
    # A signal may come at any moment from here on; it always means the same.
    with contextlib.suppress(KeyboardInterrupt), _listening(app.server, port) as server:
        _end_on_sigterm()
        address = f"http://{HOST}:{server.effective_port}/?token={token}"
        protect(app.server, token=token, port=server.effective_port, script_hashes=app.csp_hashes())
        with signed(project.folder, address), project.keeping_connections():
            threading.Thread(target=memory.warm, args=(session,), daemon=True).start()
            tell(f"morphoexplore shows {project.name} at {address}")
            tell("Stop it with Ctrl+C. Everything you decide is saved at once.")
            if opens:
                threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
            server.run()


@contextlib.contextmanager
def _listening(application: Any, port: int) -> Iterator[Any]:
    try:
        server = create_server(application, host=HOST, port=port, threads=THREADS, ident=None)
    except OSError as error:
        message = f"Port {port} cannot be used ({error.strerror}). Choose another one, or none: then a free one is taken."
        raise ProjectError(message) from error
    try:
        yield server
    finally:
        server.close()


def _end_on_sigterm() -> None:
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)


@contextlib.contextmanager
def signed(folder: Path, address: str) -> Iterator[None]:
    """
    Say in the project's folder that it is served, and where.

    Raises
    ------
    ProjectError
        If another living process does so already.
    """
    path = folder / SIGN
    us = {"pid": os.getpid(), "started": psutil.Process().create_time(), "address": address}
    while True:
        try:
            descriptor = os.open(
                path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600
            )  # the address holds the token
        except FileExistsError:
            _remove_if_dead(path, folder)
            continue
        except OSError as error:
            message = (
                f"{folder} cannot be written ({error.strerror}), and the app saves every decision there."
            )
            raise ProjectError(message) from error
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(us, file)
        break
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _remove_if_dead(path: Path, folder: Path) -> None:
    """Remove the sign of a process that is gone; refuse beside a living one."""
    aside = path.with_name(f"{SIGN}.{os.getpid()}")
    try:
        sign = json.loads(path.read_text(encoding="utf-8"))
        is_alive = abs(psutil.Process(sign["pid"]).create_time() - sign["started"]) < 1
    except FileNotFoundError:
        return
    except (ValueError, KeyError, TypeError, psutil.Error):
        is_alive = False
    if is_alive:
        message = f"{folder} is shown already, at {sign['address']}  Open that address, or stop the other program first."
        raise ProjectError(message)
    with contextlib.suppress(FileNotFoundError):
        path.replace(aside)  # atomic: of two that find a dead sign, one takes it away
        aside.unlink()
