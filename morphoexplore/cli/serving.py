"""The verb that opens the app."""

from __future__ import annotations

from pathlib import Path

import click

from morphoexplore.cli.group import PROJECT, USER, open_there
from morphoexplore.cli.printing import say


@click.command()
@PROJECT
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0: any free one.")
@click.option("--browser/--no-browser", default=True, show_default=True, help="Open it in the browser.")
@USER
def serve(*, project: Path, port: int, browser: bool, user: str | None) -> None:
    """
    Open the app: review, grow, arrange and name in the browser.

    It answers on this machine only, to whoever has the link that it prints. From another machine:
    ssh -L 8050:127.0.0.1:8050 HOST, then morphoexplore serve PROJECT --port 8050 --no-browser there. Every
    decision is saved at once; stop it with Ctrl+C at any time.

    Example: morphoexplore serve my-study
    """
    from morphoexplore_app.serving import serve as serve_app

    serve_app(open_there(project, user), port=port, opens=browser, tell=say)
