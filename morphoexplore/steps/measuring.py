"""What ``classic`` has measured, for people: by EcoTaxa's names, in pixels and in mm."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from morphoexplore.errors import StepMissingError, WrongValueError
from morphoexplore.store import arrays, morphospace, objects
from morphoexplore.store.arrays import ArrayRecord
from morphoexplore.store.project import Project

CLASSIC = "classic"
PLACES = "places"
"""Kind of the array with what is measured beside a feature set: where objects lie in their images."""

SHOWN = (
    "area", "esd", "major", "minor", "feret", "elongation", "circ.", "%area", "convarea_area", "skeleton_area", "fractal",
    "symetrieh", "thickr", "mean", "stddev", "skew", "median", "range",
)  # fmt: skip
"""Columns of which there is a colour on the map, besides ``touches_border``."""

CHUNK = 50_000
BORDER = "touches_border"
MM = {1: "_mm", 2: "_mm2"}


def descriptors(project: Project, *, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """
    Return what was measured of every object.

    Parameters
    ----------
    columns : sequence of str, optional
        Names of EcoTaxa's columns (``area``, ``feret`` ...); all unless given.

    Returns
    -------
    table : DataFrame
        One row per object, its number being that of the object: ``object_id``, ``touches_border`` (1 where it may
        be cut, else 0), the columns in px and in grey levels of a dark object on white, and where the pixel size
        is known lengths and areas again in mm (``feret_mm``, ``area_mm2``). NaN where an object could not be
        measured.

    Raises
    ------
    StepMissingError
        If the images have not been described by ``classic`` yet.
    WrongValueError
        If there is no such column, or the feature set is of an earlier version of the program.
    """
    wanted = _wanted(columns)
    values, places = _stored(project)
    stop = min(values.stop, places.stop)
    tables = [_table(project, values, places, wanted, start) for start in range(0, stop, CHUNK)]
    if not tables:
        raise _missing(project)
    return pd.concat(tables)


def measured(project: Project, number: int) -> dict[str, float]:
    """
    Return what was measured of one object, empty where nothing was.

    Returns
    -------
    columns : dict
        As a row of :func:`descriptors`, without ``object_id``.
    """
    values, places = _find(project)
    if values is None or places is None or number >= min(values.stop, places.stop):
        return {}
    with project.read() as conn:  # of this object alone: there may be a million others
        (size,) = conn.execute(
            "SELECT pixel_size FROM object JOIN acquisition USING (acquisition_id) WHERE object = ?",
            (number,),
        ).fetchone()
    row = _columns(
        values,
        arrays.read_rows(project, values, [number]),
        arrays.read_rows(project, places, [number]),
        np.array([size], np.float64),
        _wanted(None),
    )
    return {} if np.isnan(row[BORDER][0]) else {name: float(cell[0]) for name, cell in row.items()}


def shown_columns(project: Project) -> list[str]:
    """Return the names of the columns that the map can be coloured by, in mm where all pixel sizes are known."""
    from morphoexplore.methods.classic.ecotaxa import ECOTAXA_COLUMNS

    if not count_described(project):
        return []
    with project.read() as conn:
        unknown = conn.execute("SELECT count(*) FROM acquisition WHERE pixel_size IS NULL").fetchone()[0]
    powers = {} if unknown else {one.name: one.size_power for one in ECOTAXA_COLUMNS}
    return [BORDER, *(name + MM.get(powers.get(name, 0), "") for name in SHOWN)]


def column(project: Project, name: str) -> np.ndarray:
    """
    Return one of :func:`shown_columns`, one number per object that was described.

    Raises
    ------
    WrongValueError
        If there is no such column.
    """
    if name not in shown_columns(project):
        message = f"There is no column {name!r} of what was measured."
        raise WrongValueError(message)
    of = [one for one in SHOWN if name in (one, *(one + unit for unit in MM.values()))]
    return descriptors(project, columns=of)[name].to_numpy(np.float64)


def version(project: Project) -> str:
    """Return what changes when the table does."""
    values, places = _find(project)
    return "" if values is None or places is None else f"{values.version}-{min(values.stop, places.stop)}"


def count_described(project: Project) -> int:
    """Return of how many objects there is a row in the table, measured or not; 0 where there is no table."""
    values, places = _find(project)
    return 0 if values is None or places is None else min(values.stop, places.stop)


def _wanted(columns: Sequence[str] | None) -> list[str]:
    from morphoexplore.methods.classic.ecotaxa import ECOTAXA_COLUMNS

    names = [one.name for one in ECOTAXA_COLUMNS]
    unknown = [name for name in columns or [] if name not in names]
    if unknown:
        message = f"There is no column {unknown[0]!r}. Columns: {', '.join(names)}."
        raise WrongValueError(message)
    return names if columns is None else list(columns)


def _find(project: Project) -> tuple[ArrayRecord | None, ArrayRecord | None]:
    """Return the newest arrays of descriptors and of places that belong together."""
    values = arrays.find(project, morphospace.FEATURES, CLASSIC)
    if values is None:
        return None, None
    found = arrays.find(project, PLACES, CLASSIC)
    is_of_it = found is not None and found.parameters["of"] == values.version
    return values, found if is_of_it else None


def _stored(project: Project) -> tuple[ArrayRecord, ArrayRecord]:
    values, places = _find(project)
    if values is None:
        raise _missing(project)
    if places is None:
        message = (
            "The feature set classic was made by an earlier version of the program, which did not keep all that "
            f"this table holds. Describe the images anew: morphoexplore extract {project.folder} --again"
        )
        raise WrongValueError(message)
    return values, places


def _missing(project: Project) -> StepMissingError:
    return StepMissingError(missing="classic features", verb=f"extract {project.folder}")


def _table(
    project: Project, values: ArrayRecord, places: ArrayRecord, wanted: Sequence[str], start: int
) -> pd.DataFrame:
    """Return a stretch of the table."""
    stop = min(start + CHUNK, values.stop, places.stop)
    found = _columns(
        values,
        arrays.read(project, values, start=start, stop=stop),
        arrays.read(project, places, start=start, stop=stop),
        objects.pixel_sizes(project)[start:stop],
        wanted,
    )
    table = pd.DataFrame(found, index=pd.RangeIndex(start, stop, name="object"))
    table.insert(0, "object_id", objects.ids_of(project, range(start, stop)))
    return table


def _columns(
    array: ArrayRecord,
    values: np.ndarray,
    places: np.ndarray,
    sizes: np.ndarray,
    wanted: Sequence[str],
) -> dict[str, np.ndarray]:
    from morphoexplore.methods.classic import PLACES as PLACE_COLUMNS
    from morphoexplore.methods.classic.ecotaxa import ECOTAXA_COLUMNS, as_ecotaxa

    of_place = dict(zip([one.name for one in PLACE_COLUMNS], places.T, strict=True))
    columns = as_ecotaxa(dict(zip(array.parameters["descriptors"], values.T, strict=True)), of_place)
    found = {BORDER: of_place[BORDER].astype(np.float64)}
    found |= {name: columns[name] for name in wanted}
    if np.isfinite(sizes).any():
        powers = {one.name: one.size_power for one in ECOTAXA_COLUMNS if one.size_power}
        found |= {
            name + MM[powers[name]]: columns[name] * sizes ** powers[name]
            for name in wanted
            if name in powers
        }
    return found
