"""``add --preview``: what a source holds and how it would be read, without a project and without writing anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.errors import ImageError
from morphoexplore.reading import open_source
from morphoexplore.reading.images import ImageFiles, decode, find_footer, to_grey
from morphoexplore.records import Batch, Problem, Progress, Source, silent
from morphoexplore.steps import pixel_size
from morphoexplore.steps.columns import Texts
from morphoexplore.steps.gathering import Gathered, united
from morphoexplore.steps.parents import differing, parents_of
from morphoexplore.store import objects
from morphoexplore.store.acquisitions import read_listing
from morphoexplore.store.project import Project

LOOKED_AT = 100  # images
MOST_SHOWN = 10  # rows that will not be used
CATEGORY, STATUS = "annotation_category", "annotation_status"
NO_CATEGORY, NO_STATE = "(no category)", "(no state)"


def preview(
    path: Path | str,
    *,
    format: str | None = None,
    project: Project | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """
    Tell what :func:`~morphoexplore.add` would read from a source; nothing is written anywhere.

    Parameters
    ----------
    path : Path or str
        What `add` takes.
    format : str, optional
        ``ecotaxa``, ``table`` or ``folder``; found out unless given.
    project : Project, optional
        The project that it would be added to, to tell which objects are there already.

    Returns
    -------
    found : dict
        ``path``, ``format``, ``layout`` (in words); ``remarks`` (sentences on what lies beside and is not read); ``objects`` and of these ``there`` (in the project), ``samples``,
        ``acquisitions``; ``columns``, a list of ``level, name, type, filled, of, example``; ``dates`` (first, last),
        ``latitude``, ``longitude`` (degrees), ``depth`` (m), each lowest and highest or None, with ``undated`` and
        ``without_position`` objects; ``pixel_sizes`` (mm; acquisitions by size, "" where none is stated); ``images``:
        ``found``, ``missing``, ``without`` (objects), ``looked_at``, ``unreadable``, ``with_scale_bar``, ``compressed_twice``;
        ``categories`` and ``states`` (objects by each); ``lost`` (rows that will not be used), ``problems`` (how many),
        ``examples``, up to ten problems, lost rows first, as ``file, line, object_id, reason``.

    Raises
    ------
    SourceError
        If the source cannot be read at all.
    """
    source = open_source(Path(path), format=format)
    gathered, counts = Gathered({}), {"missing": 0}
    for batch in progress(_counted(source.batches(), counts), label="reading", total=0):
        gathered.take(batch)
    known: dict[str, int] = {}
    there = None
    if project is not None:
        with project.glance() as conn:
            known, there = objects.numbers_of_ids(conn), read_listing(conn)
    samples, acquisitions = _parents(gathered, there)
    if there is not None and gathered.count:
        fresh = {
            owner
            for object_id, owner in zip(gathered.known, gathered.owners(), strict=True)
            if object_id not in known
        }
        gathered.problems += differing(
            there,
            samples[samples.index.isin({sample for sample, _ in fresh})],
            acquisitions[[key in fresh for key in acquisitions.index]],
            source.path.name,
        )
    found: dict[str, Any] = {"path": str(path), "format": source.format, "layout": source.layout}
    found["remarks"] = list(source.remarks)
    found |= {
        "objects": gathered.count,
        "there": sum(object_id in known for object_id in gathered.known),
        "samples": len(samples),
        "acquisitions": len(acquisitions),
    }
    of_objects: list[dict[str, Any]] = []
    counted: dict[str, dict[str, int]] = {CATEGORY: {}, STATUS: {}}
    for name in list(gathered.columns):  # each takes memory until it was looked at
        values = gathered.columns.pop(name).joined(gathered.count)
        of_objects.append(_object_column(name, values))
        if name in counted:
            counted[name] = _counts(values, NO_CATEGORY if name == CATEGORY else NO_STATE)
    found |= _when_and_where(gathered)
    found["pixel_sizes"] = _pixel_sizes(acquisitions)
    found["images"] = _images(source, gathered) | {"missing": counts["missing"]}
    found |= {"categories": counted[CATEGORY], "states": counted[STATUS]}
    found["columns"] = [
        *_levels(samples, "sample"),
        *_levels(acquisitions, "acquisition"),
        *of_objects,
    ]
    lost_first = sorted(gathered.problems, key=lambda problem: not problem.lost)
    return found | {
        "lost": sum(problem.lost for problem in gathered.problems),
        "problems": len(gathered.problems),
        "examples": [_as_dict(problem) for problem in lost_first[:MOST_SHOWN]],
    }


def _parents(gathered: Gathered, there: pd.DataFrame | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return samples and acquisitions; of a source without objects those that it tells of, of which some may be unknown."""
    if gathered.count or not gathered.alone:
        return gathered.parents()
    known = None if there is None else parents_of(there)
    for batch in gathered.alone:
        gathered.problems += [] if known is None else known.match(batch)[2]
    return (
        united([batch.samples for batch in gathered.alone]),
        united([batch.acquisitions for batch in gathered.alone]),
    )


def _counted(batches: Iterator[Batch], counts: dict[str, int]) -> Iterator[Batch]:
    for batch in batches:
        counts["missing"] += batch.missing
        yield batch


def _as_dict(problem: Problem) -> dict[str, Any]:
    return {name: getattr(problem, name) for name in ("file", "line", "object_id", "reason")}


def _when_and_where(gathered: Gathered) -> dict[str, Any]:
    times, places = gathered.times(), gathered.places()
    is_dated = times.codes >= 0
    dates = sorted(times.terms)
    has_place = np.isfinite(places[:, :2]).all(axis=1)
    return {
        "dates": [dates[0], dates[-1]] if dates else None,
        "undated": int((~is_dated).sum()),
        "latitude": _range(places[:, 0]),
        "longitude": _range(places[:, 1]),
        "depth": _range(places[:, 2:]),
        "without_position": int((~has_place).sum()),
    }


def _range(values: np.ndarray) -> list[float] | None:
    known = values[np.isfinite(values)]
    return [float(known.min()), float(known.max())] if known.size else None


def _pixel_sizes(acquisitions: pd.DataFrame) -> dict[str, int]:
    sizes = [pixel_size.stated(record) for record in acquisitions.to_dict("records")]
    texts = pd.Series(["" if size is None else f"{size:g}" for size in sizes], dtype=object)
    return {str(text): int(count) for text, count in texts.value_counts().items()}


def _images(source: Source, gathered: Gathered) -> dict[str, Any]:
    images = pd.concat(gathered.images) if gathered.images else pd.DataFrame({"object": [], "image": []})
    names = images["image"].drop_duplicates().tolist()
    places = np.unique(
        np.linspace(0, len(names) - 1, min(len(names), LOOKED_AT)).round().astype(int)
    ).tolist()
    unreadable = with_bar = 0
    twice = False
    with ImageFiles(source.image_root) as files:
        for place in places:
            try:
                with_bar += find_footer(to_grey(decode(files.read(names[place])))) > 0
            except ImageError:
                unreadable += 1
        twice = bool(names) and files.is_compressed_twice(names[0])
    return {
        "found": len(names),
        "without": gathered.count - images["object"].nunique(),
        "looked_at": len(places),
        "unreadable": unreadable,
        "with_scale_bar": with_bar,
        "compressed_twice": twice,
    }


def _counts(values: np.ndarray | Texts, nothing: str) -> dict[str, int]:
    """Return how many objects have each text, the most frequent first."""
    if not isinstance(values, Texts):
        return {}
    counts = np.bincount(values.codes + 1, minlength=len(values.terms) + 1).tolist()
    by_text = dict(zip([nothing, *values.terms], counts, strict=True))
    return {text: count for text, count in sorted(by_text.items(), key=lambda pair: -pair[1]) if count}


def _levels(table: pd.DataFrame, level: str) -> Iterator[dict[str, Any]]:
    for name in table.columns:
        cells = table[name].dropna()
        is_number = all(isinstance(cell, float | int) for cell in cells)
        yield {
            "level": "process" if str(name).startswith("process_") else level,
            "name": str(name).removeprefix("process_"),
            "type": ("number" if is_number else "text") if len(cells) else "empty",
            "filled": len(cells),
            "of": len(table),
            "example": cells.iloc[0] if len(cells) else None,
        }


def _object_column(name: str, values: np.ndarray | Texts) -> dict[str, Any]:
    if isinstance(values, Texts):
        filled = np.flatnonzero(values.codes >= 0)
        example: Any = values.terms[values.codes[filled[0]]] if len(filled) else None
        kind = "text"
    else:
        filled = np.flatnonzero(np.isfinite(values))
        example = float(values[filled[0]]) if len(filled) else None
        kind = "number"
    column = {"level": "object", "name": name, "type": kind if len(filled) else "empty"}
    return column | {
        "filled": len(filled),
        "of": len(values.codes if isinstance(values, Texts) else values),
        "example": example,
    }
