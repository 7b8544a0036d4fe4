"""Figures as files: HTML that stands alone, and SVG, PDF and PNG where a browser can draw them."""

from __future__ import annotations

import html
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from morphoexplore.writing.atomic import replacing

if TYPE_CHECKING:
    import plotly.graph_objects as go

Format = Literal["html", "svg", "pdf", "png"]
FORMATS: tuple[Format, ...] = ("html", "svg", "pdf", "png")

WIDTH, HEIGHT = 1000, 500  # of pictures, in pixels, where the figure does not say
PNG_SCALE = 3  # 3000 pixels are 17 cm at 450 dpi

INSTALL = (
    "Install Chromium (apt install chromium) or Chrome, or run plotly_get_chrome; if it lies in an unusual "
    "place, set BROWSER_PATH to it."
)

# Runs in another process: kaleido starts threads, warns and waits in ways that do not belong in ours. MathJax
# is off because it would be fetched from the network. A picture appears under its name when it is whole.
RENDERER = """
import asyncio, json, sys
from pathlib import Path
import kaleido

async def main(orders):
    browser = {"path": orders["browser"], "n": 1, "mathjax": False, "timeout": orders["timeout"]}
    async with kaleido.Kaleido(**browser) as painter:
        for job in orders["jobs"]:
            figure = json.loads(Path(job["figure"]).read_text(encoding="utf-8"))
            part = Path(job["picture"] + ".part")
            part.write_bytes(await painter.calc_fig(figure, opts=job["opts"]))
            part.replace(job["picture"])

asyncio.run(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
"""


def write_figure(
    figure: go.Figure, stem: Path, formats: Sequence[Format] = FORMATS, *, timeout: float = 120
) -> tuple[list[Path], str | None]:
    """
    Write a figure to files (see :func:`write_figures`).

    Parameters
    ----------
    figure : Figure
        What to write.
    stem : Path
        Path without a suffix: ``out/diversity`` gives ``out/diversity.html`` and so on.
    formats : sequence of {"html", "svg", "pdf", "png"}
        Which files to write.
    timeout : float
        Seconds after which drawing the pictures is given up.

    Returns
    -------
    paths : list of Path
        The files written.
    note : str or None
        A sentence about what could not be written and what to do; None where all was.

    Raises
    ------
    ProjectError
        If the folder cannot be written.
    """
    return write_figures({stem: figure}, formats, timeout=timeout)


def write_figures(
    figures: Mapping[Path, go.Figure], formats: Sequence[Format] = FORMATS, *, timeout: float = 120
) -> tuple[list[Path], str | None]:
    """
    Write several figures, starting the browser that draws the pictures only once.

    HTML files stand alone and open without a network (about 5 MB each). SVG, PDF and PNG are drawn by a
    Chrome or Chromium that is on this machine, in another process, so that a browser that hangs or
    complains costs only the pictures.

    Parameters
    ----------
    figures : mapping of Path to Figure
        Figures by the path without suffix that they are written to.
    formats : sequence of {"html", "svg", "pdf", "png"}
        Which files to write of each.
    timeout : float
        Seconds after which drawing the pictures is given up.

    Returns
    -------
    paths : list of Path
        The files written.
    note : str or None
        A sentence about what could not be written and what to do; None where all was.

    Raises
    ------
    ProjectError
        If a folder cannot be written.
    """
    targets = {stem.with_name(f"{stem.name}.{kind}"): figures[stem] for stem in figures for kind in formats}
    pictures = {path: figure for path, figure in targets.items() if path.suffix != ".html"}
    for path in targets.keys() - pictures.keys():
        _write_html(targets[path], path)
    with tempfile.TemporaryDirectory(prefix="morphoexplore-", ignore_cleanup_errors=True) as scratch:
        drawn, note = _draw(pictures, Path(scratch), timeout)
        for path, picture in drawn.items():
            with replacing(path) as temporary:
                temporary.write_bytes(picture.read_bytes())
    return [path for path in targets if path in drawn or path not in pictures], note


def find_browser() -> Path | None:
    """
    Find the Chrome, Chromium or Edge that draws pictures.

    Returns
    -------
    path : Path or None
        What the variable ``BROWSER_PATH`` names if it is set, else what kaleido would find, else None.
    """
    named = os.environ.get("BROWSER_PATH")
    if named:
        return Path(named) if Path(named).is_file() else None
    try:
        from choreographer.browsers.chromium import Chromium
    except ImportError:
        return None
    found = Chromium.find_browser(skip_local=False)
    return Path(found) if found and Path(found).is_file() else None


def _write_html(figure: go.Figure, path: Path) -> None:
    """Write the figure as one HTML file that needs nothing else."""
    page = figure.to_html(
        include_plotlyjs=True,
        full_html=True,
        div_id="figure",
        config={"displaylogo": False, "responsive": True, "toImageButtonOptions": {"format": "svg"}},
    )
    page = page.replace("<head>", f"<head><title>{html.escape(path.stem)}</title>", 1)
    with replacing(path) as temporary:
        temporary.write_text(page, encoding="utf-8", errors="backslashreplace", newline="\n")


def _draw(
    targets: Mapping[Path, go.Figure], scratch: Path, timeout: float
) -> tuple[dict[Path, Path], str | None]:
    """Draw pictures in *scratch*: which lie where, and a sentence if any is missing."""
    if not targets:
        return {}, None
    kinds = ", ".join(sorted({path.suffix[1:].upper() for path in targets}))
    browser = find_browser()
    if browser is None:
        named = os.environ.get("BROWSER_PATH")
        found = (
            f"BROWSER_PATH names {named}, which is no file" if named else "no Chrome or Chromium was found"
        )
        return {}, f"{kinds} files were not written: {found}. {INSTALL}"
    pictures = {path: scratch / f"{place}{path.suffix}" for place, path in enumerate(targets)}
    jobs = [_job(targets[path], picture) for path, picture in pictures.items()]
    problem = _render({"browser": str(browser), "timeout": timeout, "jobs": jobs}, scratch, timeout)
    drawn = {path: picture for path, picture in pictures.items() if picture.exists()}
    if len(drawn) == len(pictures):
        return drawn, None
    n_missing = len(pictures) - len(drawn)
    return drawn, f"{n_missing} of the {kinds} files were not written: {browser} {problem}. {INSTALL}"


def _job(figure: go.Figure, picture: Path) -> dict[str, Any]:
    """One picture to draw; the figure lies beside it as JSON."""
    source = picture.with_name(f"{picture.name}.json")
    source.write_text(str(figure.to_json()), encoding="utf-8", errors="backslashreplace")
    options = {
        "format": picture.suffix[1:],
        "width": figure.layout.width or WIDTH,
        "height": figure.layout.height or HEIGHT,
        "scale": PNG_SCALE if picture.suffix == ".png" else 1,
    }
    return {"figure": str(source), "picture": str(picture), "opts": options}


def _render(orders: dict[str, Any], scratch: Path, timeout: float) -> str:
    """Run the renderer; say how it ended."""
    plan, log = scratch / "orders.json", scratch / "renderer.log"
    plan.write_text(json.dumps(orders), encoding="utf-8")
    # Whatever the browser leaves behind goes away with the scratch folder. Output goes to a file, because a
    # browser that outlives the renderer would keep a pipe open, and us waiting at it.
    environment = os.environ | {"TMPDIR": str(scratch), "TEMP": str(scratch), "TMP": str(scratch)}
    with log.open("wb") as output:
        renderer = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", RENDERER, str(plan)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
        )
        try:
            code = renderer.wait(timeout)
        except subprocess.TimeoutExpired:
            return f"had not drawn them after {timeout:g} seconds"
        finally:
            _end(renderer)
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return f"failed ({lines[-1][:200] if lines else f'exit code {code}'})"


def _end(renderer: subprocess.Popen[bytes]) -> None:
    """End the renderer and the browser it started, if they still run."""
    import psutil

    if renderer.poll() is not None:
        return
    try:
        family = psutil.Process(renderer.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    renderer.kill()
    renderer.wait()
    for process in family:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
