"""``add``: sources in, objects with their metadata, tiles and pictures out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.errors import SourceError, WrongValueError
from morphoexplore.reading import images as image_files
from morphoexplore.reading import open_source
from morphoexplore.records import Problem, Progress, Source, silent
from morphoexplore.steps import columns
from morphoexplore.steps import pixel_size as sizes
from morphoexplore.steps.copying import copy_images
from morphoexplore.steps.drawing import draw
from morphoexplore.steps.footers import propose_crop
from morphoexplore.steps.gathering import Gathered, numbers_of
from morphoexplore.steps.parents import differing
from morphoexplore.steps.problems import report
from morphoexplore.steps.updating import Updates
from morphoexplore.store import acquisitions as acquisition_store
from morphoexplore.store import images as image_store
from morphoexplore.store import objects, runs
from morphoexplore.store.project import Project
from morphoexplore.store.runs import Run

AUTO = -1  # crop_bottom: where a scale-bar footer is found


def add(
    project: Project,
    path: Path | str,
    *,
    format: str | None = None,
    copy: bool = False,
    crop_bottom: int | str = 0,
    pixel_size: float | None = None,
    update: bool = False,
    take: str | Sequence[str] | None = None,
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
        Change the metadata of objects, samples and acquisitions that are there already, remembering old values, and add
        none. Here a source may be a table of samples or acquisitions alone.
    take : str or sequence of str, optional
        States whose annotations become morphs, ``validated`` or ``["validated", "predicted"]``: one decision, which
        `undo` takes back; see :func:`morphoexplore.review.take`.

    Returns
    -------
    counts : dict
        ``objects`` (new), ``there`` (in the project before), ``images`` (files), ``samples``, ``acquisitions``,
        ``unreadable`` (images), ``problems``, ``total`` (objects now), ``notes`` (sentences); with *update*
        instead of what is new ``updated`` (values), ``changed`` (values by level and column), ``unknown`` (objects
        that the project does not have) and how many of its ``samples`` and ``acquisitions`` the source tells of; with *take* ``taken``, see :func:`morphoexplore.review.take`.

    Raises
    ------
    SourceError
        If the source cannot be read at all; then the project stays as it was.
    WrongValueError
        If an option cannot be used.
    """
    crop = _crop_rows(crop_bottom)
    sizes.check(pixel_size)
    if update and (copy or crop):
        message = "An update changes metadata, not images: --copy and --crop-bottom do not go with --update."
        raise WrongValueError(message)
    states = _states(take)
    source = open_source(Path(path), format=format)
    parameters = {"path": str(path), "format": source.format, "copy": copy, "crop_bottom": crop}
    parameters |= {"pixel_size": pixel_size, "update": update, "take": states}
    with runs.run(project, "add", parameters, progress=progress) as run:
        if update:
            run.result, concerned = _update(project, source, run, pixel_size)
        else:
            run.result, concerned = _add_new(
                project, source, run, copy=copy, crop=crop, pixel_size=pixel_size
            )
        run.result["unreadable"] = draw(project, run)
        run.result["total"] = project.count_objects()
    if states:
        from morphoexplore.review import taking

        return run.result | {"taken": taking.take(project, states=states, among=concerned)}
    return run.result


def _states(take: str | Sequence[str] | None) -> list[str]:
    """Return the states whose annotations are to be taken; one that there is not is refused before anything is read."""
    if take is None:
        return []
    from morphoexplore.review import taking  # which takes its time to load

    states = [state.strip() for state in take.split(",")] if isinstance(take, str) else list(take)
    taking.check_states(states)
    return states


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


def _update(
    project: Project, source: Source, run: Run, pixel_size: float | None
) -> tuple[dict[str, Any], np.ndarray]:
    """Change what a source says of objects that are there; return the counts, and the objects."""
    with project.read() as conn:
        known = objects.numbers_of_ids(conn)
    updates, found = Updates(project, run), list[Problem]()
    there, unknown = np.zeros(len(known), dtype=bool), set[str]()
    for batch in run.progress(source.batches(), label="reading", total=0):
        numbers = numbers_of(batch, known)
        is_old = np.isfinite(numbers)
        there[numbers[is_old].astype(np.int64)] = True
        unknown.update(batch.rows["object_id"][~is_old])
        found += [*batch.problems, *updates.gather(batch, numbers, is_old)]
    changed = updates.commit(pixel_size)
    result = {
        "updated": sum(changed.values()),
        "changed": changed,
        "there": int(there.sum()),
        "unknown": len(unknown),
    } | updates.told()
    result |= {"problems": report(project, run, found), "notes": updates.notes}
    return result, np.flatnonzero(there)


def _add_new(
    project: Project, source: Source, run: Run, *, copy: bool, crop: int, pixel_size: float | None
) -> tuple[dict[str, Any], np.ndarray]:
    """Add the objects of a source that are new; return the counts, and all objects of the source."""
    gathered = _gather(project, source, run)
    if gathered.count:
        result = _commit(project, source, gathered, run, copy=copy, crop=crop, pixel_size=pixel_size)
    elif len(gathered.there):
        result = dict.fromkeys(("objects", "images", "samples", "acquisitions"), 0)
    elif gathered.alone:
        message = (
            f"{source.path} holds no objects, only what samples or acquisitions have. To change that of those in the project: "
            "add --update."
        )
        raise SourceError(message)
    else:
        message = f"{source.path} holds no object that could be used"
        first = gathered.problems[0] if gathered.problems else None
        reason = ": it has no line below the names of the columns."
        if first:
            reason = f": {first.file}{'' if first.line is None else f', line {first.line}'}: {first.reason}"
        raise SourceError(message + reason)
    notes = [
        *source.remarks,
        *result.pop("notes", []),
        *_notes(project, source, gathered, crop, pixel_size),
    ]
    if gathered.count and not crop:
        names = list(dict.fromkeys(name for table in gathered.images for name in table["image"]))
        notes += [note for note in [propose_crop(source.image_root, names)] if note]
    found = report(project, run, gathered.problems)
    new = np.arange(gathered.first, gathered.first + gathered.count)
    counts = result | {"there": len(gathered.there), "problems": found, "notes": notes}
    return counts, np.concatenate([gathered.there, new])


def _notes(
    project: Project, source: Source, gathered: Gathered, crop: int, pixel_size: float | None
) -> list[str]:
    """Return what a person might not expect about objects that were there already."""
    if not len(gathered.there):
        return []
    there = json.dumps(gathered.there.tolist())
    path = str(source.path.resolve())
    with project.read() as conn:
        rows = conn.execute(
            "SELECT DISTINCT path, crop_bottom FROM source WHERE source_id IN (SELECT source_id FROM image "
            "WHERE object IN (SELECT value FROM json_each(?)))",
            (there,),
        ).fetchall()
        without_size = conn.execute(
            "SELECT count(DISTINCT acquisition_id) FROM object JOIN acquisition USING (acquisition_id) "
            "WHERE pixel_size IS NULL AND object IN (SELECT value FROM json_each(?))",
            (there,),
        ).fetchone()[0]
    notes = []
    if gathered.alone:
        notes.append(
            "Nothing of this source is new, so its tables without objects were not used. To change what is in the project: add "
            "--update."
        )
    others = sorted({row["path"] for row in rows} - {path})
    if others:
        notes.append(
            f"Those that were there came from {', '.join(others)}. If they are other objects of the same names, "
            "give them names of their own (a CSV with a column object_id)."
        )
    if crop and any(row["crop_bottom"] != crop for row in rows if row["path"] == path):
        notes.append(
            "--crop-bottom holds for new objects only. To crop those that were there, make a new project."
        )
    if pixel_size is not None and without_size:
        notes.append(
            "--pixel-size holds for new objects only. For those that were there: add --update --pixel-size."
        )
    return notes


def _gather(project: Project, source: Source, run: Run) -> Gathered:
    with project.read() as conn:
        gathered = Gathered(objects.numbers_of_ids(conn))
    for batch in run.progress(source.batches(), label="reading", total=0):
        gathered.take(batch)
    return gathered


# --------------------------------------------------------------------------------------- entering


def _commit(
    project: Project,
    source: Source,
    gathered: Gathered,
    run: Run,
    *,
    copy: bool,
    crop: int,
    pixel_size: float | None,
) -> dict[str, Any]:
    """Enter everything that was gathered in one transaction."""
    images = _rank_images(gathered.images)
    count_files = images["image"].nunique()
    samples, acquisitions = gathered.parents()
    gathered.problems += differing(
        acquisition_store.listing(project), samples, acquisitions, source.path.name
    )
    pixel_sizes = [sizes.stated(record) or pixel_size for record in acquisitions.to_dict("records")]
    _refuse_other_size(project, list(acquisitions.index), pixel_sizes, pixel_size)
    root = source.image_root
    white_level = _white_level(project, source, images["image"].tolist())
    if copy:
        root, images = copy_images(project, source.image_root, images, run)
    written, turned = _write_columns(project, run, gathered)
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
        acquisition_ids = objects.put_acquisitions(conn, acquisitions, pixel_sizes)
        objects.put_objects(conn, gathered.object_rows(acquisition_ids))
        conn.executemany(
            "INSERT INTO image (object, rank, source_id, path) VALUES (?, ?, ?, ?)",
            (
                (number, rank, source_id, path)
                for number, rank, path in zip(
                    images["object"].tolist(), images["rank"].tolist(), images["image"].tolist(), strict=True
                )
            ),
        )
        columns.enter(conn, written, run_id=run.run_id)
        after = _count(conn)
    return {
        "objects": gathered.count,
        "images": count_files,
        "samples": after[0] - before[0],
        "acquisitions": after[1] - before[1],
        "notes": turned,
    }


def _refuse_other_size(
    project: Project, names: list[tuple[str, str]], wanted: list[float | None], pixel_size: float | None
) -> None:
    """Raise WrongValueError where new objects join an acquisition that has another pixel size than they should."""
    known = objects.acquisition_sizes(project)
    for name, size in zip(names, wanted, strict=True):
        if name in known and size == pixel_size is not None and known[name] != size:
            has = "no pixel size" if known[name] is None else f"a pixel size of {known[name]} mm"
            message = (
                f"Acquisition {name[1]} of sample {name[0]} is in the project already and has {has}, not "
                f"{size} mm. If these are other objects, give them a sample or acquisition of their own (columns of a "
                "CSV); if not, leave --pixel-size out, and correct it afterwards by add --update."
            )
            raise WrongValueError(message)


def _white_level(project: Project, source: Source, names: list[str]) -> int:
    """Return what white is in images of 16 bits; images that join others of their source are read like these."""
    if not names:
        return image_files.HIGHEST_WHITE
    with image_files.ImageFiles(source.image_root) as files:
        measured = image_files.measure_white_level(files, names)
    path = str(source.path.resolve())
    former = [one.white_level for one in image_store.sources(project).values() if one.path == path]
    # The highest level is also that of a source without such images, which says nothing.
    return max([measured, *(level for level in former if level < image_files.HIGHEST_WHITE)])


def _count(conn: Any) -> tuple[int, int]:
    return tuple(
        conn.execute("SELECT (SELECT count(*) FROM sample), (SELECT count(*) FROM acquisition)").fetchone()
    )


def _rank_images(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Keep the ranks of images where they are clear; put without one, or with a taken one, behind."""
    images = pd.concat(tables) if tables else pd.DataFrame({"object": [], "rank": [], "image": []})
    images = images.drop_duplicates(["object", "image"]).reset_index(drop=True)
    images = images.astype({"object": np.int64, "rank": np.int64})
    unclear = (images["rank"] < 0) | images.duplicated(["object", "rank"])
    if unclear.any():
        of_object = images.loc[unclear, "object"]
        behind = images[~unclear].groupby("object")["rank"].max().reindex(of_object).fillna(-1).to_numpy()
        images.loc[unclear, "rank"] = (behind + 1 + of_object.groupby(of_object).cumcount()).astype(np.int64)
    return images


def _write_columns(project: Project, run: Run, gathered: Gathered) -> tuple[list[columns.Column], list[str]]:
    """
    Write the metadata of new objects; a column that this source does not have gets empty cells.

    Returns
    -------
    written : list of Column
    turned : list of str
        Sentences on columns of numbers that become text.
    """
    known = columns.newest(project)
    empty = np.full(gathered.count, np.nan)
    written, turned = [], []
    for name in [*known, *(name for name in gathered.columns if name not in known)]:
        column = gathered.columns.pop(name, None)  # each takes memory until it is written
        values = empty if column is None else column.joined(gathered.count)
        turned.append(columns.turned_to_text(name, known.get(name), values))
        written.append(
            columns.prepare_rest(project, run, name, known.get(name), values, first=gathered.first)
        )
    return written, [sentence for sentence in turned if sentence]
