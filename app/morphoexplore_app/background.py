"""
Long verbs as processes of their own, which go on when the server ends.

The verb is the command line's: what it does, its progress and its result are in the table of runs. Only what a verb
says before its run begins (a missing step, a wrong option) is kept here.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from morphoexplore.store.project import Project


class Background:
    """The verbs that this server started and that have not been heard of yet."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._lock = threading.Lock()
        self._verbs: dict[str, _Verb] = {}
        self._preview: _Verb | None = None
        self.preview_is_only_new = False
        self.preview_version = 0  # the last decision that it knows of
        self._source: tuple[str, _Verb] | None = None

    def start(self, verb: str, *options: str) -> bool:
        """Start a verb; return False where this server has started the same one and it goes on."""
        with self._lock:
            known = self._verbs.get(verb)
            if known is not None and known.is_running:
                return False
            self._verbs[verb] = _Verb(self._project, verb, options)
        return True

    def start_preview(self, version: int, *, only_new: bool = False) -> None:
        """Count the seeds that several sizes would give after a decision; see :meth:`preview`."""
        with self._lock:
            if self._preview is None or not self._preview.is_running:
                options = ("--preview", "--json", *(["--only-new"] if only_new else []))
                self._preview = _Verb(self._project, "seed", options)
                self.preview_version, self.preview_is_only_new = version, only_new

    @property
    def preview(self) -> list[dict[str, Any]] | str | None:
        """The rows of the preview, a sentence where it failed, None where there is none (yet)."""
        with self._lock:  # what a process said is read once
            verb = self._preview
            if verb is None or verb.is_running:
                return None
            if verb.failure is not None:
                return verb.failure
        rows: list[dict[str, Any]] = json.loads(verb.output or "[]")  # nothing, where it was told to end
        return rows

    @property
    def is_previewing(self) -> bool:
        """Whether the preview is being computed."""
        with self._lock:
            return self._preview is not None and self._preview.is_running

    def forget_preview(self) -> None:
        """Drop the preview, because the free objects have changed."""
        with self._lock:
            if self._preview is not None and not self._preview.is_running:
                self._preview = None

    def start_source_preview(self, source: str) -> None:
        """Look into a source of images; see :meth:`source_preview`. One at a time: another one is left where it is."""
        with self._lock:
            if self._source is not None and self._source[1].is_running:
                if self._source[0] == source:
                    return
                self._source[1].end()
            self._source = source, _Verb(self._project, "add", (source, "--preview", "--json"))

    @property
    def source_preview(self) -> tuple[str, dict[str, Any] | str | None] | None:
        """The source that was looked into, and what it holds: a sentence where it cannot be read, None while it is read."""
        with self._lock:
            if self._source is None:
                return None
            source, verb = self._source
            if verb.is_running:
                return source, None
            if verb.failure is not None:
                return source, verb.failure
        found: list[dict[str, Any]] = json.loads(verb.output or "[]")
        return source, found[0] if found else "It ended without a word."

    def forget_source(self) -> None:
        """Drop what was found in a source."""
        with self._lock:
            self._source = None

    @property
    def is_busy(self) -> bool:
        """Whether a verb that this server started is going on, entered in the table of runs or not yet."""
        with self._lock:
            return any(verb.is_running for verb in self._verbs.values())

    @property
    def failed(self) -> dict[str, str]:
        """The verbs that failed and that have not been heard of yet, with what each said."""
        with self._lock:
            return {name: verb.failure for name, verb in self._verbs.items() if verb.failure is not None}

    def ended(self) -> list[tuple[bool, str]]:
        """Return, once, whether each verb that ended went well, and what it said."""
        with self._lock:
            ended = [verb for verb in self._verbs.values() if not verb.is_running]
            self._verbs = {name: verb for name, verb in self._verbs.items() if verb.is_running}
        return [(verb.failure is None, verb.failure or verb.words) for verb in ended]


class _Verb:
    """One process."""

    def __init__(self, project: Project, verb: str, options: Sequence[str]) -> None:
        self._errors: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - the process holds it
        self._output: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        # A session of its own, so that Ctrl+C at the server does not end it.
        apart: dict[str, Any] = (
            {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
            if sys.platform == "win32"
            else {"start_new_session": True}
        )
        self._process = subprocess.Popen(
            [sys.executable, "-m", "morphoexplore", verb, str(Path(project.folder).resolve()), *options],
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._errors,
            **apart,
        )

        self.output = self._said = ""

    @property
    def is_running(self) -> bool:
        """Whether the process goes on; what it said is read when it has ended."""
        if self._process.poll() is None:
            return True
        if not self._errors.closed:
            self.output, self._said = _read(self._output), _read(self._errors)
        return False

    def end(self) -> None:
        """Tell the process to end."""
        if self.is_running:
            self._process.terminate()
            self._process.wait()

    @property
    def words(self) -> str:
        """What it said when it had ended, without what could be typed next: here are buttons for that."""
        lines = [line for line in self.output.splitlines() if not line.startswith("Next: morphoexplore ")]
        return " ".join(lines).strip()

    @property
    def failure(self) -> str | None:
        """The sentence of the error it ended with; None where it went well or was told to end."""
        if self.is_running or self._process.returncode == 0:
            return None
        lines = self._said.strip().splitlines()
        sentences = [line.removeprefix("Error: ") for line in lines if line.startswith("Error: ")]
        if sentences:
            return sentences[-1]
        return (
            None
            if lines and lines[-1] == "Aborted!"
            else (lines[-1] if lines else "It ended without a word.")
        )


def _read(file: IO[str]) -> str:
    with file:
        file.seek(0)
        return file.read()
