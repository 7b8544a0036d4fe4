"""A served project and a browser that looks at it, for the tests of the app."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # s; a loaded machine with two cores starts a server in ten
LINK = re.compile(r"http://127\.0\.0\.1:(\d+)/\?token=(\S+)")


def find_browser() -> str | None:
    """Return the program of a Chromium on this machine, None where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if (found := shutil.which(name))), None)


def environment() -> dict[str, str]:
    """Return the environment in which the program runs from this repository."""
    paths = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "app")])
    return os.environ | {"PYTHONPATH": paths, "PYTHONUNBUFFERED": "1"}


class Served:
    """
    A project that ``morphoexplore serve`` shows, in a process of its own.

    Parameters
    ----------
    program : str, optional
        Python code to run instead, with the project's folder as its argument.
    port : int
        0: any free one.
    """

    def __init__(self, folder: Path, *, program: str | None = None, port: int = 0) -> None:
        self.folder = folder
        self._wanted = port
        self._program = program
        self.start()

    def start(self) -> None:
        """Start the server, again after :meth:`kill` or :meth:`stop`."""
        what = ["-m", "morphoexplore", "serve"] if self._program is None else ["-c", self._program]
        options = ["--no-browser", "--port", str(self._wanted)] if self._program is None else []
        self._log = (self.folder.parent / f"{self.folder.name}.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, *what, str(self.folder), *options],
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment(),
            start_new_session=os.name != "nt",
        )
        assert self.process.stdout is not None
        said = self.process.stdout.readline().decode()
        found = LINK.search(said)
        if found is None:
            self.stop()
            raise AssertionError(f"no link was printed, but {said!r} and:\n{self.log}")
        self.link, self.port, self.token = found[0], int(found[1]), found[2]
        self.base = f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What the server wrote to stderr so far."""
        return Path(self._log.name).read_text(encoding="utf-8")

    def start_again(self) -> None:
        """Start the server where it was, after :meth:`kill`: its link has another token."""
        self._wanted = self.port
        self.start()

    def kill(self) -> None:
        """End the server as a power cut does; nothing in it gets to run."""
        self.process.kill()
        self._ended()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Tell the server to end."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        self._ended()

    def _ended(self) -> None:
        self.process.wait(PATIENCE)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self._log.close()


class Visitor:
    """A person at a browser: every page of it is watched, and what its console says is kept."""

    def __init__(
        self, browser: Browser, *, is_dark: bool = False, width: int = 1280, height: int = 800
    ) -> None:
        self.complaints: list[str] = []
        self.context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if is_dark else "light",
            reduced_motion="reduce",
            accept_downloads=True,
        )
        self.context.set_default_timeout(PATIENCE * 1000)
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.complaints.append(f"page error: {error.error}"))

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text} {message.location}")

    def open(self, served: Served, path: str = "/") -> Page:
        """Open a page in a new tab; by the link where the browser has no cookie of this server yet."""
        page = self.context.new_page()
        known = {cookie.get("name") for cookie in self.context.cookies()}
        token = f"{'&' if '?' in path else '?'}token={served.token}"
        page.goto(served.base + path + ("" if f"morphoexplore_{served.port}" in known else token))
        return settled(page)

    def leave(self) -> None:
        """Close the browser's window."""
        self.context.close()


def settled(page: Page) -> Page:
    """Wait until a page is drawn."""
    page.wait_for_selector("#content > *")
    return page
