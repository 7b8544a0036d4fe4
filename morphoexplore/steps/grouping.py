"""
``groups``: the group of every sample, by day and night, depth, net, station, season or any column of its metadata.

What is not known is in no group: the time of day of a sample that only has a date, the station of one without. A sample that lies in
several groups (a profile through all layers, two sieves) has a group of its own, whose name says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.errors import WrongValueError
from morphoexplore.methods import sun
from morphoexplore.steps.variables import number_in
from morphoexplore.store import acquisitions, objects
from morphoexplore.store.extents import extents
from morphoexplore.store.project import Project

BETWEEN = " | "  # of groups by several things
MANY = 4  # values of one sample that its group names
SEVERAL = "several"
SEASONS = ("Dec-Feb", "Mar-May", "Jun-Aug", "Sep-Nov")  # months, which mean the same north and south
#: Columns of sources that hold the same thing, the first of them that there is.
COLUMNS = {
    "station": ("stationid", "station", "station_id", "station_name"),
    "mesh": ("net_mesh", "mesh", "mesh_size", "min_mesh"),
    "net": ("net_type", "net", "gear"),
}
PREFIXES = ("sample_", "acq_", "object_")
_DATE = len("2020-05-01")


def groups(
    project: Project,
    by: str | Sequence[str],
    *,
    layers: Sequence[float] | None = None,
    twilight: float | None = None,
) -> pd.Series:
    """
    Return the group of every sample.

    Parameters
    ----------
    by : str or sequence of str
        ``daytime`` (day or night by the elevation of the sun at its place, :mod:`morphoexplore.methods.sun`; UTC), ``depth``,
        ``season`` (of three months), ``month``, ``year``, ``station``, ``mesh``, ``net``; or a column of samples, acquisitions,
        processes or objects (``sample_ship``, ``acq_min_mesh``, or without what stands before the first line). Several make a group of
        every combination.
    layers : sequence of float, optional
        For ``depth``: limits of layers in m, growing. A sample has the layer in which all of it lies. Without them its own
        range is its group.
    twilight : float, optional
        For ``daytime``: down to so many degrees below the horizon it is twilight, and neither day nor night.

    Returns
    -------
    groups : Series
        Index ``sample`` in the order of time; text, None where it is not known.

    Raises
    ------
    WrongValueError
        If there is no such column, or layers or twilight cannot be used.
    """
    names = (by,) if isinstance(by, str) else tuple(by)
    if not names:
        message = "Samples are grouped by one thing at least."
        raise WrongValueError(message)
    samples = objects.samples(project)
    where = extents(project).reindex(samples.index)
    found = [_one(project, name, samples, where, layers, twilight) for name in names]
    together = [
        None if any(part is None for part in parts) else BETWEEN.join(parts)
        for parts in zip(*found, strict=True)
    ]
    return pd.Series(together, index=samples.index, name=BETWEEN.join(names), dtype=object)


def _one(
    project: Project,
    name: str,
    samples: pd.DataFrame,
    where: pd.DataFrame,
    layers: Sequence[float] | None,
    twilight: float | None,
) -> list[str | None]:
    if name == "daytime":
        return _daytimes(where, twilight)
    if name == "depth":
        return _depths(where, layers)
    of_time: dict[str, Callable[[pd.Timestamp], str]] = {
        "season": lambda moment: SEASONS[moment.month % 12 // 3],
        "month": lambda moment: f"{moment.month:02d}",
        "year": lambda moment: str(moment.year),
    }
    if name in of_time:
        return [None if pd.isna(moment) else of_time[name](moment) for moment in samples["datetime"]]
    return _columns(project, name, samples.index)


def _daytimes(where: pd.DataFrame, twilight: float | None) -> list[str | None]:
    """Return the daytime of the first and last object of every sample, where these have a time of day."""
    ends = []
    for column in ("first", "last"):
        times = [text if isinstance(text, str) and len(text) > _DATE else None for text in where[column]]
        height = sun.elevation(times, where["latitude"].to_numpy(), where["longitude"].to_numpy())
        try:
            ends.append(sun.daytime(height, twilight=twilight))
        except ValueError as error:
            raise WrongValueError(str(error)) from error
    return [_joined([one, other]) for one, other in zip(*ends, strict=True)]


def _depths(where: pd.DataFrame, layers: Sequence[float] | None) -> list[str | None]:
    limits = None if layers is None else np.asarray(layers, dtype=np.float64)
    if limits is not None and (len(limits) < 2 or not (np.diff(limits) > 0).all()):
        message = f"Layers are two limits or more in m, growing (0, 200, 1000), not {list(layers or ())}."
        raise WrongValueError(message)
    named: list[str | None] = []
    for top, bottom in where[["depth_min", "depth_max"]].to_numpy().tolist():
        if np.isnan(top) or np.isnan(bottom):
            named.append(None)
        elif limits is None:
            named.append(f"{top:g}-{bottom:g} m")
        else:
            named.append(_layer(top, bottom, limits))
    return named


def _layer(top: float, bottom: float, limits: np.ndarray) -> str | None:
    """Return the layer in which a range lies; None beyond all layers."""
    if top < limits[0] or bottom > limits[-1]:
        return None
    place = min(int(np.searchsorted(limits, top, side="right")) - 1, len(limits) - 2)
    is_inside = bottom <= limits[place + 1]
    return f"{limits[place]:g}-{limits[place + 1]:g} m" if is_inside else f"{SEVERAL} layers"


def _columns(project: Project, name: str, order: pd.Index) -> list[str | None]:
    """Return the values of a column by sample."""
    listing = acquisitions.listing(project)
    for column in COLUMNS.get(name, (name,)):
        for prefix in ("", *PREFIXES):
            if prefix and not column.startswith(prefix):
                continue
            cells = _cells(project, listing, column.removeprefix(prefix), prefix)
            if cells is not None:
                parts = cells.dropna().groupby(level=0)
                by_sample = pd.Series({name: _joined(part.tolist()) for name, part in parts}, dtype=object)
                return [None if pd.isna(text) else str(text) for text in by_sample.reindex(order)]
    known = {f"sample_{key}" for cells in listing["of_sample"] for key in cells}
    known |= {
        key if key.startswith("process_") else f"acq_{key}"
        for cells in listing["of_acquisition"]
        for key in cells
    }
    tried = " or ".join(COLUMNS.get(name, (name,)))
    words = "daytime, depth, season, month, year, station, mesh, net"
    message = f"There is no column {tried}. Groups: {words}; columns: {', '.join(sorted(known)) or 'none'}."
    raise WrongValueError(message)


def _cells(project: Project, listing: pd.DataFrame, column: str, prefix: str) -> pd.Series | None:
    """Return the cells of a column with their samples, None if there is no such column there."""
    if prefix in ("", "sample_") and any(column in cells for cells in listing["of_sample"]):
        return _series(listing, [cells.get(column) for cells in listing["of_sample"]])
    if prefix in ("", "acq_") and any(column in cells for cells in listing["of_acquisition"]):
        return _series(listing, [cells.get(column) for cells in listing["of_acquisition"]])
    if prefix in ("", "object_") and column in objects.metadata_columns(project):
        places, names = objects.samples_of(project)
        values = pd.Series(objects.metadata(project, column), index=np.asarray(names, dtype=object)[places])
        return values[~pd.MultiIndex.from_arrays([values.index, values]).duplicated()]
    return None


def _series(listing: pd.DataFrame, cells: Sequence[Any]) -> pd.Series:
    empty = (None, "")
    return pd.Series(
        [None if cell in empty else cell for cell in cells], index=listing["sample"], dtype=object
    )


def _joined(values: Sequence[Any]) -> str | None:
    """Return the values of one sample as the name of its group."""
    texts = sorted({_text(value) for value in values if value is not None and not pd.isna(value)}, key=_order)
    if not texts or any(value is None for value in values):
        return None
    return " + ".join(texts) if len(texts) <= MANY else SEVERAL


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _order(text: str) -> tuple[bool, float, str]:
    """Return what sorts numbers by size, and before words."""
    number = number_in(text)
    return number is None, number or 0.0, text
