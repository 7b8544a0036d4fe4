"""``GET /download/...``: the files that the verbs ``diversity`` and ``export`` write, made when they are asked for."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
from flask import Flask, Response, request

from morphoexplore.errors import ProjectError, WrongValueError
from morphoexplore.steps import exporting, tallying
from morphoexplore.steps.overview import refuse_without_morphs
from morphoexplore.writing.figure_files import FORMATS as FIGURE_FORMATS
from morphoexplore.writing.figure_files import write_figure
from morphoexplore.writing.tables import write_csv
from morphoexplore_app import diversity_choice, diversity_drawn, diversity_results, diversity_tables
from morphoexplore_app.session import Session

PIECE = 1 << 16  # bytes
OF_SERIES = ("series.csv", "months.csv", "trends.csv")
TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".zip": "application/zip",
}


class Passing:
    """A file in a folder of its own; both are gone when it was sent, or when nobody wants it any more."""

    def __init__(self, folder: tempfile.TemporaryDirectory[str], path: Path) -> None:
        self.size = path.stat().st_size
        self._folder = folder
        self._file = path.open("rb")

    def __iter__(self) -> Iterator[bytes]:
        try:
            while piece := self._file.read(PIECE):
                yield piece
        finally:
            self.close()

    def close(self) -> None:
        """Remove it; the server calls this when nobody wants the rest."""
        self._file.close()
        self._folder.cleanup()


def register(server: Flask, session: Session) -> None:
    """Register the routes."""

    @server.get("/download/diversity/<name>")
    def download_diversity(name: str) -> Response:
        return _sent(lambda folder: _diversity(session, folder, name, dict(request.args)))

    @server.get("/download/export/<format>")
    def download_export(format: str) -> Response:
        def write(folder: Path) -> Path:
            return Path(exporting.export(session.project, folder, format=format)["file"])

        return _sent(write)


def _diversity(session: Session, folder: Path, name: str, query: dict[str, str]) -> Path:
    """Write one of the files of the verb ``diversity``, of what the query chooses."""
    choice = diversity_choice.from_query(query)
    if choice.morph_set == tallying.MORPH_SET:
        refuse_without_morphs(session.project)
    stem, _, suffix = name.partition(".")
    if name == "diversity.csv":
        tables = [diversity_tables.indices(session, one, waits=True).frame for one in _compared(choice)]
        return write_csv(pd.concat(tables, ignore_index=True), folder / name)
    if name in OF_SERIES:
        every = [_series(session, one, name) for one in _compared(choice)]
        found_series = [series for series in every if series is not None]
        if not found_series:
            message = "There is no series: choose a period; samples need dates."
            raise WrongValueError(message)
        return write_csv(pd.concat(found_series, ignore_index=True), folder / name)
    if name == "turnover.csv":
        return write_csv(diversity_tables.turnover_of(session, choice), folder / name)
    if name == "recurrence.csv":
        return write_csv(diversity_tables.recurrence_of(session, choice), folder / name)
    if name == "counts.csv":
        found = diversity_results.results(session, choice)
        morphs = found.tally.choose_morphs(branch=choice.branch)
        return write_csv(found.tally.counts(found.samples, morphs), folder / name)
    figure_format = next((known for known in FIGURE_FORMATS if known == suffix), None)
    if stem not in ("diversity", "composition", "beside", "view") or figure_format is None:
        message = f"There is no file {name!r} of diversity."
        raise WrongValueError(message)
    for one in _compared(choice):
        diversity_tables.indices(session, one, waits=True)
    drawn = (
        diversity_drawn.drawn(session, choice)
        if stem != "view"
        else {stem: diversity_drawn.viewed(session, choice)}
    )
    if stem not in drawn:
        message = "Nothing is compared in this address."
        raise WrongValueError(message)
    paths, note = write_figure(drawn[stem], folder / stem, [figure_format])
    if not paths:
        raise ProjectError(note or f"{name} was not written.")
    return paths[0]


def _series(session: Session, choice: diversity_choice.Choice, name: str) -> pd.DataFrame | None:
    """Return the regular series of a choice, by month for ``months.csv``, or their trends."""
    table = diversity_tables.indices(session, choice, waits=True)
    series = diversity_tables.steps_of(session, choice, table)
    if name == "months.csv" or (name == "trends.csv" and series is None):
        series = diversity_tables.months_of(session, choice, table)
    return diversity_tables.trends_of(series) if name == "trends.csv" and series is not None else series


def _compared(choice: diversity_choice.Choice) -> list[diversity_choice.Choice]:
    return [choice] if choice.other is None else [choice, choice.other]


def _sent(write: Any) -> Response:
    """Write a file to a folder of its own and send it."""
    folder = tempfile.TemporaryDirectory(prefix="morphoexplore-", ignore_cleanup_errors=True)
    try:
        path = write(Path(folder.name))
        body = Passing(folder, path)
    except BaseException:
        folder.cleanup()
        raise
    response = Response(body, content_type=TYPES.get(path.suffix, "application/octet-stream"))
    response.headers["Content-Length"] = str(body.size)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(path.name)}"
    return response
