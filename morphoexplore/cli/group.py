"""The command ``morphoexplore`` itself, and what its verbs share."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from morphoexplore import __version__
from morphoexplore.cli.printing import warn
from morphoexplore.errors import MorphoExploreError

if TYPE_CHECKING:
    from morphoexplore.store.project import Project


class _SomePath(click.Path):
    """A path that is not empty: Python takes an empty one for the folder in which one is."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("it is empty. Name a file or folder; is a variable of the shell empty?", param, ctx)
        return super().convert(value, param, ctx)


PATH = _SomePath(path_type=Path)
PROJECT = click.argument("project", metavar="PROJECT", type=PATH)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for a script to read.")
USER = click.option("--user", envvar="MORPHOEXPLORE_USER", help="Who decides; the login name unless given.")


class Verbs(click.Group):
    """All verbs; an error that a user can mend is one sentence and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb."""
        _end_orderly_on_sigterm()
        try:
            return super().invoke(ctx)
        except MorphoExploreError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            sentence = _disk_sentence(error)
            if sentence is None:
                raise
            raise click.ClickException(sentence) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of work."""
        del ctx
        return list(self.commands)


def _end_orderly_on_sigterm() -> None:
    """Let a verb that is told to end enter that it was interrupted, as with Ctrl+C."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def _disk_sentence(error: OSError) -> str | None:
    from morphoexplore.store.project import explain

    return explain(error, Path(str(error.filename)) if error.filename else Path.cwd())


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="morphoexplore")
def cli() -> None:
    """
    Sort plankton images into named groups and plot their diversity over time.

    \b
    Try it:        morphoexplore demo
    Your images:   morphoexplore run my-study images.zip
    What is next:  morphoexplore status my-study
    """  # noqa: D301 - the backspace is click's sign for "do not wrap"


def open_or_make(folder: Path, sources: Iterable[Path], format: str | None = None) -> Project:
    """Open a project, or make it where there is nothing yet; not before all its sources are there."""
    from morphoexplore.reading import open_source
    from morphoexplore.store.project import DATABASE, create_project, open_project

    for source in sources:
        open_source(source, format=format)
    if (folder / DATABASE).is_file():
        return open_project(folder)
    project = create_project(folder)
    warn(f"Made the project {folder}.")
    return project


def open_there(folder: Path, user: str | None = None) -> Project:
    """Open a project that must exist."""
    from morphoexplore.store.project import open_project

    return open_project(folder, user=user)
