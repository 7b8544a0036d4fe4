"""``add``: sources in, objects with their metadata, tiles and pictures out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.errors import SourceError, WrongValueError
from morphoexplore.reading import images as image_files
from morphoexplore.reading import open_source
from morphoexplore.records import Batch, Problem, Progress, Source, silent
from morphoexplore.steps.copying import copy_images
from morphoexplore.steps.drawing import draw
from morphoexplore.steps.updating import Updates
from morphoexplore.store import arrays, objects, runs
from morphoexplore.store import images as image_store
from morphoexplore.store.project import Project
from morphoexplore.store.runs import Run
from morphoexplore.writing.tables import write_csv

AUTO = -1  # crop_bottom: where a scale-bar footer is found
PIXEL_SIZE_COLUMNS = {
    # name of an acquisition's column that states its unit -> mm
    "process_particle_pixel_size_mm": 1.0,
    "particle_pixel_size_mm": 1.0,
    "pixel_size_mm": 1.0,
    "process_pixel_size_um": 1e-3,
    "pixel_size_um": 1e-3,
}


def add(
    project: Project,
    path: Path | str,
    *,
    format: str | None = None,
    copy: bool = False,
    crop_bottom: int | str = 0,
    pixel_size: float | None = None,
    update: bool = False,
    progress: Progress = silent,
) -> dict[str, Any]:
    """
    Read a source of images into a project.

    Parameters
    ----------
    path : Path or str
        EcoTaxa zip, folder or TSV; a CSV with a column of image paths; a folder or zip of images.
    format : str, optional
        ``ecotaxa``, ``table`` or ``folder``; found out unless given.
    copy : bool
        Copy the images into the project, instead of reading them where they are.
    crop_bottom : int or "auto"
        Rows to cut off below each image (px); ``auto`` cuts a scale-bar footer where it finds one.
    pixel_size : float, optional
        Side of a pixel in mm, for acquisitions that do not state it.
    update : bool
        Change the metadata of objects that are there already, remembering old values, and add none.

    Returns
    -------
    counts : dict
        ``objects`` (new), ``there`` (already in the project), ``images``, ``updated`` (values), ``samples``,
        ``acquisitions``, ``with_pixel_size`` (new acquisitions), ``unreadable`` (images), ``problems`` and
        ``total`` (objects now).

    Raises
    ------
    SourceError
        If the source cannot be read at all; then the project stays as it was.
    """
    crop = _crop_rows(crop_bottom)
    if pixel_size is not None and not 0 < pixel_size < 10:
        message = (
            f"A pixel size of {pixel_size} mm is not possible. Give the side of a pixel in mm, 0.0106 say."
        )
        raise WrongValueError(message)
    source = open_source(Path(path), format=format)
    parameters = {"path": str(path), "format": source.format, "copy": copy, "crop_bottom": crop}
    parameters |= {"pixel_size": pixel_size, "update": update}
    with runs.run(project, "add", parameters, progress=progress) as run:
        gathered = _gather(project, source, run, update=update)
        if update:
            run.result = {"updated": gathered.updates.commit(project, run.run_id)}
        else:
            run.result = _commit(project, source, gathered, run, copy=copy, crop=crop, pixel_size=pixel_size)
        run.result |= {"there": gathered.there, "problems": run.problems(gathered.problems)}
        run.result["unreadable"] = draw(project, run)
        run.result["total"] = project.count_objects()
        _write_problems(project)
    return run.result


def _crop_rows(crop_bottom: int | str) -> int:
    if crop_bottom == "auto":
        return AUTO
    try:
        rows = int(crop_bottom)
    except ValueError:
        rows = -1
    if not 0 <= rows <= 1000:
        message = f"--crop-bottom takes a number of pixel rows (31 for EcoTaxa's footers) or auto, not {crop_bottom}."
        raise WrongValueError(message)
    return rows


# --------------------------------------------------------------------------------------- gathering


@dataclass
class _Gathered:
    """What a source holds, before anything of it is in the project."""

    first: int
    updates: Updates
    object_rows: list[pd.DataFrame] = field(default_factory=list)
    image_rows: list[pd.DataFrame] = field(default_factory=list)
    columns: dict[str, list[tuple[int, np.ndarray]]] = field(default_factory=dict)
    later_cells: list[tuple[np.ndarray, pd.DataFrame]] = field(default_factory=list)
    samples: list[pd.DataFrame] = field(default_factory=list)
    acquisitions: list[pd.DataFrame] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    there: int = 0
    count: int = 0


def _gather(project: Project, source: Source, run: Run, *, update: bool) -> _Gathered:
    with project.read() as conn:
        known = objects.numbers_of_ids(conn)
    n_known = len(known)
    gathered = _Gathered(first=n_known, updates=Updates(project))
    there: set[str] = set()
    for batch in run.progress(source.batches(), label="reading", total=0):
        gathered.problems += batch.problems
        if not len(batch.rows):
            continue
        number = batch.rows["object_id"].map(known).to_numpy(dtype=float)
        is_old = number < n_known
        there.update(batch.rows["object_id"][is_old])
        if update:
            gathered.updates.compare(
                batch, number.astype(np.int64, copy=False) if is_old.all() else number, is_old
            )
            gathered.problems += _unknown(batch, ~is_old)
            continue
        _gather_new(gathered, batch, known, number, is_old)
    gathered.there = len(there)
    return gathered


def _gather_new(
    gathered: _Gathered, batch: Batch, known: dict[str, int], number: np.ndarray, is_old: np.ndarray
) -> None:
    """Give numbers to the new objects of a batch and keep their rows, images and metadata."""
    is_new = ~is_old
    fresh = batch.rows["object_id"][is_new & np.isnan(number)].drop_duplicates()
    start = gathered.first + gathered.count
    known.update(zip(fresh, range(start, start + len(fresh)), strict=True))
    gathered.count += len(fresh)
    number = batch.rows["object_id"].map(known).to_numpy(dtype=np.int64)
    rows = batch.rows.assign(object=number)
    gathered.object_rows.append(rows.loc[fresh.index])
    gathered.image_rows.append(rows.loc[is_new & rows["image"].notna(), ["object", "rank", "image"]])
    for name in batch.metadata.columns:
        values = batch.metadata[name].loc[fresh.index].to_numpy()
        gathered.columns.setdefault(str(name), []).append((start, values))
    again = is_new & ~rows.index.isin(fresh.index)
    if again.any():
        gathered.later_cells.append((number[again], batch.metadata[again]))
    gathered.samples.append(batch.samples)
    gathered.acquisitions.append(batch.acquisitions)


def _unknown(batch: Batch, is_unknown: np.ndarray) -> list[Problem]:
    rows = batch.rows[is_unknown].drop_duplicates("object_id")
    reason = "The project has no such object, so nothing of it was updated. Add it without --update."
    return [
        Problem(file, int(line), object_id, reason)
        for file, line, object_id in zip(rows["file"], rows["line"], rows["object_id"], strict=True)
    ]


# --------------------------------------------------------------------------------------- entering


def _commit(
    project: Project,
    source: Source,
    gathered: _Gathered,
    run: Run,
    *,
    copy: bool,
    crop: int,
    pixel_size: float | None,
) -> dict[str, Any]:
    """Enter everything that was gathered in one transaction."""
    if not gathered.count:
        if not gathered.there:
            message = f"{source.path} holds no object that could be used"
            first = gathered.problems[0] if gathered.problems else None
            reason = f": {first.file}, line {first.line}: {first.reason}" if first else "."
            raise SourceError(message + reason)
        return {"objects": 0, "images": 0, "samples": 0, "acquisitions": 0, "with_pixel_size": 0}
    rows = pd.concat(gathered.object_rows)
    images = _rank_images(pd.concat(gathered.image_rows))
    samples = _united(gathered.samples)
    acquisitions = _united(gathered.acquisitions)
    sizes = [_pixel_size(record, pixel_size) for record in acquisitions.to_dict("records")]
    root, white_level = source.image_root, 65535
    if len(images):
        with image_files.ImageFiles(root) as files:
            white_level = image_files.measure_white_level(files, images["image"].tolist())
    if copy:
        root, images = copy_images(project, source.image_root, images, run)
    columns = _Columns(project, gathered, run)
    with project.write() as conn:
        source_id = image_store.put_source(
            conn,
            project,
            run_id=run.run_id,
            path=source.path,
            format=source.format,
            root=root,
            crop_bottom=crop,
            white_level=white_level,
        )
        before = _count(conn)
        objects.put_samples(conn, samples)
        acquisition_ids = objects.put_acquisitions(conn, acquisitions, sizes)
        keys = [acquisition_ids[key] for key in zip(rows["sample"], rows["acquisition"], strict=True)]
        objects.put_objects(conn, _object_tuples(rows, keys))
        conn.executemany(
            "INSERT INTO image (object, rank, source_id, path) VALUES (?, ?, ?, ?)",
            (
                (number, rank, source_id, path)
                for number, rank, path in zip(
                    images["object"].tolist(), images["rank"].tolist(), images["image"].tolist(), strict=True
                )
            ),
        )
        columns.enter(conn)
        after = _count(conn)
    return {
        "objects": gathered.count,
        "images": len(images),
        "samples": after[0] - before[0],
        "acquisitions": after[1] - before[1],
        "with_pixel_size": sum(size is not None for size in sizes),
    }


def _count(conn: Any) -> tuple[int, int]:
    return tuple(
        conn.execute("SELECT (SELECT count(*) FROM sample), (SELECT count(*) FROM acquisition)").fetchone()
    )


def _united(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Return one row per sample or acquisition; where several say something, the first counts."""
    table = pd.concat([table.astype(object) for table in tables])
    return table.groupby(level=list(range(table.index.nlevels)), sort=False).first()


def _rank_images(images: pd.DataFrame) -> pd.DataFrame:
    """Keep the ranks of images where they are clear; put without one, or with a taken one, behind."""
    images = images.drop_duplicates(["object", "image"]).reset_index(drop=True)
    images = images.astype({"object": np.int64, "rank": np.int64})
    unclear = (images["rank"] < 0) | images.duplicated(["object", "rank"])
    if unclear.any():
        of_object = images.loc[unclear, "object"]
        behind = images[~unclear].groupby("object")["rank"].max().reindex(of_object).fillna(-1).to_numpy()
        images.loc[unclear, "rank"] = (behind + 1 + of_object.groupby(of_object).cumcount()).astype(np.int64)
    return images


def _object_tuples(rows: pd.DataFrame, acquisition_ids: list[int]) -> Any:
    fields = ["latitude", "longitude", "depth_min", "depth_max"]
    numbers = rows[fields].astype(object).where(rows[fields].notna(), None)
    times = rows["datetime"].astype(object).where(rows["datetime"].notna(), None)
    return zip(
        rows["object"].tolist(),
        rows["object_id"],
        acquisition_ids,
        times,
        *(numbers[name] for name in fields),
        strict=True,
    )


def _pixel_size(acquisition: dict[Any, Any], default: float | None) -> float | None:
    """Return the side of a pixel in mm that an acquisition states in a column that names its unit."""
    for name, factor in PIXEL_SIZE_COLUMNS.items():
        try:
            size = float(acquisition.get(name) or "nan") * factor
        except (TypeError, ValueError):
            continue
        if 0 < size < 10:
            return size
    return default


class _Columns:
    """The metadata columns of new objects as shards, and of all objects where a column is new or changes type."""

    def __init__(self, project: Project, gathered: _Gathered, run: Run) -> None:
        self._project = project
        self._run = run
        self._first, self._count = gathered.first, gathered.count
        self._known = {array.name: array for array in arrays.listing(project, "metadata")}
        self._dictionaries = {
            name: {text: code for code, text in enumerate(objects.terms(project, array.array_id))}
            for name, array in self._known.items()
            if array.dtype == np.dtype(np.int32).str
        }
        self._values = {name: self._column(name, pieces) for name, pieces in gathered.columns.items()}
        for numbers, cells in gathered.later_cells:
            self._fill(numbers, cells)

    def enter(self, conn: Any) -> None:
        """Write the shards and enter them; a file that is not entered is swept up later."""
        for name in [*self._known, *(name for name in self._values if name not in self._known)]:
            self._enter_column(conn, name)

    def _column(self, name: str, pieces: list[tuple[int, np.ndarray]]) -> np.ndarray:
        is_text = any(values.dtype == object for _, values in pieces)
        column = np.full(self._count, None if is_text else np.nan, dtype=object if is_text else float)
        for start, values in pieces:
            column[start - self._first : start - self._first + len(values)] = (
                as_text(values) if is_text else values.astype(float)
            )
        return column

    def _fill(self, numbers: np.ndarray, cells: pd.DataFrame) -> None:
        """Let later lines on an object fill what earlier ones left empty."""
        for name in cells.columns:
            column = self._values[name]
            values = cells[name].to_numpy()
            values = as_text(values) if column.dtype == object else values.astype(float)
            places = numbers - self._first
            fills = pd.isna(column[places]) & ~pd.isna(values)
            column[places[fills]] = values[fills]

    def _enter_column(self, conn: Any, name: str) -> None:
        values = self._values.get(name)
        known = self._known.get(name)
        if values is None:  # a column that this source does not have
            values = np.full(self._count, None if name in self._dictionaries else np.nan)
        is_text = name in self._dictionaries or values.dtype == object
        was_text = known is None or name in self._dictionaries
        new_version = known is None or (is_text and not was_text)
        if new_version:
            values = np.concatenate([self._former(known, is_text=is_text), values])
        if is_text:
            codes: np.ndarray = objects.encode(as_text(values), self._dictionaries.setdefault(name, {}))
        else:
            codes = values.astype(np.float64)
        array_id = arrays.declare(
            conn,
            "metadata",
            name,
            dtype=codes.dtype.str,
            width=0,
            run_id=self._run.run_id,
            new_version=new_version and known is not None,
        )
        start = 0 if new_version else self._first
        arrays.enter(conn, [arrays.write_shard(self._project, array_id, start, codes)])
        if is_text:
            objects.put_terms(conn, array_id, self._dictionaries[name])

    def _former(self, known: arrays.ArrayRecord | None, *, is_text: bool) -> np.ndarray:
        """Return the values of the objects that were there before, as text where the column becomes text."""
        if known is None:
            return np.full(self._first, None if is_text else np.nan, dtype=object if is_text else float)
        return as_text(np.asarray(arrays.read(self._project, known)))


def as_text(values: np.ndarray) -> np.ndarray:
    """Return values as text, None where empty; whole numbers without a decimal point."""
    if values.dtype != object:
        return np.array([None if np.isnan(v) else f"{v:.15g}" for v in values.astype(float)], dtype=object)
    return np.array([None if pd.isna(v) else str(v) for v in values], dtype=object)


def _write_problems(project: Project) -> None:
    table = runs.problems(project)
    if len(table):
        write_csv(table, project.folder / "problems.csv")
