"""
``summary``: how many of each morph there are per m3 of water, by sample, acquisition, depth or size.

The quantities are EcoTaxa's: a concentration is the sum, over the objects of a row, of what each stands for; a biovolume the
same weighted by body volume. Every morph has a row for every sample, with 0 where there is none. A sample of which a volume or
a fraction is not known has counts and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.errors import WrongValueError
from morphoexplore.methods.formulas import UNITS
from morphoexplore.records import Node, Progress, silent
from morphoexplore.steps import volumes
from morphoexplore.steps.profiles import WIDTH, check_width
from morphoexplore.steps.volumes import ALL_DEPTHS, NO_DEPTH, Weights
from morphoexplore.store import acquisitions, objects, runs, tree
from morphoexplore.store.project import Project
from morphoexplore.store.schema import ORIGINS
from morphoexplore.writing.tables import write_csv

BY = ("sample", "acquisition", "depth", "size", "branch")
STATUSES = ("validated", "predicted", "dubious")  # EcoTaxa's words
UNSORTED = "unsorted"
SIZES_PER_DOUBLING = 3  # of the diameter, so that the volume doubles from class to class, as in EcoPart
LARGEST = 30_000_000  # rows


def summary(
    project: Project,
    *,
    by: Sequence[str] | str = "sample",
    level: int = 1,
    depth_bin: float = WIDTH,
    weights: Weights | None = None,
) -> pd.DataFrame:
    """
    Return counts, concentrations and biovolumes of every morph, zeros included.

    Parameters
    ----------
    by : str or sequence of str
        ``sample``; ``acquisition``, ``depth`` or ``size`` within samples; ``branch`` in the place of morphs. Several
        may be given.
    level : int
        Of the tree, for ``branch``: 1 is the top. What lies higher stands for itself.
    depth_bin : float
        Width of depth bins in m, where no sampled volumes by depth are known (these have their own). An object whose own
        range is wider, as all of a net's, has that range.
    weights : Weights, optional
        From :func:`.volumes.weigh`, if at hand; not by depth.

    Returns
    -------
    summary : DataFrame
        ``sample_id``; ``acq_id`` (missing unless by acquisition); ``depth_min, depth_max`` (m, by depth); ``size_min,
        size_max`` (equivalent spherical diameter, mm, by size); ``status`` (validated: looked at; dubious: doubtful;
        predicted: all other members; missing: unsorted); ``morph`` (title); ``count`` (objects); ``concentration``
        (individuals per m3); ``biovolume`` (mm3 per m3); ``share_unsorted`` (of the objects of the sample, acquisition,
        depth or size class); ``without_concentration``, ``without_biovolume`` (objects of the row that are left out
        of them); ``node_id`` (missing: unsorted), ``path``, ``kind``. Samples are in the order of time, morphs the
        largest first, the unsorted last.

    Raises
    ------
    WrongValueError
        If there is no such grouping or level, or a formula reads a column that the project does not have.
    """
    return _summarise(project, _checked(by, level, depth_bin), level, depth_bin, weights).table


def write_summary(
    project: Project,
    out: Path | str,
    *,
    by: Sequence[str] | str = "sample",
    level: int = 1,
    depth_bin: float = WIDTH,
    progress: Progress = silent,
) -> dict[str, Any]:
    """
    Write a summary with the volumes and formulas that it rests on.

    Parameters
    ----------
    out : Path or str
        A folder, which gets ``summary.csv``, ``volumes.csv`` (see :func:`.volumes.volumes`) and ``formulas.csv``; or a
        file that ends with .csv, beside which the two others are put.
    by, level, depth_bin
        As of :func:`summary`.

    Returns
    -------
    report : dict
        ``files``, ``rows``, ``samples``, ``objects``, ``without_concentration``, ``without_biovolume`` (objects),
        ``samples_without_concentration`` (of which objects are left out), ``problems`` (sentences), ``notes``.

    Raises
    ------
    WrongValueError
        As :func:`summary`.
    """
    chosen = _checked(by, level, depth_bin)
    out = Path(out)
    place, start = (out.parent, f"{out.stem}_") if out.suffix.lower() == ".csv" else (out, "")
    parameters = {"out": str(out), "by": list(chosen), "level": level, "depth_bin": depth_bin}
    with runs.run(project, "summary", parameters, progress=progress) as run:
        stages = run.progress(range(2), label="summary", total=2)
        next(stages)
        found = _summarise(project, chosen, level, depth_bin)
        known = volumes.volumes(project)
        next(stages)
        files = [
            write_csv(found.table, place / f"{start}summary.csv" if not start else out),
            write_csv(known, place / f"{start}volumes.csv"),
            write_csv(_formula_table(project), place / f"{start}formulas.csv"),
        ]
        next(stages, None)
        run.result = _report(found, files)
    return run.result


@dataclass(frozen=True)
class _Found:
    table: pd.DataFrame
    weights: Weights
    problems: list[str]
    adds_volumes: int  # samples whose acquisitions differ in their volume of water


@dataclass(frozen=True)
class _Units:
    """
    What rows are counted in: samples, or parts of them.

    Attributes
    ----------
    table : DataFrame
        ``sample_id, acq_id`` and the limits of depth and size, in the order of rows.
    of_object : array of int, shape (n,)
        Row of *table* of every object.
    is_known : array of bool
        Whether all objects of a unit have a concentration.
    """

    table: pd.DataFrame
    of_object: np.ndarray
    is_known: np.ndarray


def _checked(by: Sequence[str] | str, level: int, depth_bin: float) -> tuple[str, ...]:
    chosen = (by,) if isinstance(by, str) else tuple(by)
    unknown = [word for word in chosen if word not in BY]
    if unknown or not chosen:
        message = f"There is no summary by {unknown[0] if unknown else ''!r}. By: {', '.join(BY)}."
        raise WrongValueError(message)
    if level < 1:
        message = f"The tree has no level {level}; its top is level 1."
        raise WrongValueError(message)
    check_width(depth_bin)
    return chosen


def _summarise(
    project: Project, by: tuple[str, ...], level: int, depth_bin: float, weights: Weights | None = None
) -> _Found:
    if weights is None or "depth" in by:
        weights = volumes.weigh(project, by_depth="depth" in by)
    if "size" in by and not weights.has_volume:
        message = (
            "Sizes need the formula individual_volume. Set it first: morphoexplore volumes "
            f"{project.folder} --individual-volume FORMULA, or --preset NAME"
        )
        raise WrongValueError(message)
    columns = (weights.efforts[name].tolist() for name in ("sample", "acquisition", "problem"))
    said = [f"{sample}, {name}: {why}" for sample, name, why in zip(*columns, strict=True) if why]
    problems = list(dict.fromkeys(said))  # depth bins of one profile may say the same
    units = _find_units(project, by, weights, depth_bin, problems)
    n = len(units.of_object)
    groups, group = _find_groups(project, n, level if "branch" in by else None)
    table = _fill(units, groups, group, weights)
    return _Found(table, weights, problems, _count_adding(weights))


# ----------------------------------------------------------------------------------------- units


def _find_units(
    project: Project, by: tuple[str, ...], weights: Weights, depth_bin: float, problems: list[str]
) -> _Units:
    efforts = weights.efforts
    order = objects.samples(project).index  # of time
    keys = pd.DataFrame({"sample": order.get_indexer(pd.Index(efforts["sample"]))})
    keys["acquisition"] = pd.factorize(efforts["acquisition"], sort=True)[0] if "acquisition" in by else -1
    of_object = keys.iloc[weights.effort].reset_index(drop=True)
    every = keys
    concentration = efforts["concentration"].to_numpy()[weights.effort]
    is_known = np.isfinite(concentration)
    if "depth" in by:
        limits, of_effort = _depths(project, weights, depth_bin)
        of_object = pd.concat([of_object, limits], axis=1)
        if weights.width is None:
            every = of_object.drop_duplicates()
            is_known &= ~_in_several_depths(efforts, weights.effort, limits, problems)
        else:
            every = pd.concat([pd.concat([keys, of_effort], axis=1), of_object])
    every = every.drop_duplicates()
    if "size" in by:
        place = _size_classes(weights.volume)
        of_object["size"] = place
        sizes = pd.DataFrame({"size": np.unique(place)})
        every = every.merge(sizes, how="cross")
    columns = list(every.columns)
    every = every.sort_values(columns, na_position="last").reset_index(drop=True)
    code = every.reset_index().merge(of_object.assign(place=np.arange(len(of_object))), on=columns)
    unit = np.empty(len(of_object), dtype=np.int64)
    unit[code["place"].to_numpy()] = code["index"].to_numpy()
    known = np.ones(len(every), dtype=bool)
    # Of a sample whose volume is known in part only, no part of the concentration is given.
    known[unit[~is_known]] = False
    if not weights.has_effort:
        known[:] = False
    elif "size" in by:  # the classes of a sample without objects share its volume
        base = every[columns[:-1]]
        known = (
            ~(~pd.Series(known))
            .groupby([base[name].fillna(np.inf) for name in base])
            .transform("any")
            .to_numpy()
        )
    return _Units(_label(every, order, efforts, by), unit, known)


def _label(every: pd.DataFrame, order: pd.Index, efforts: pd.DataFrame, by: tuple[str, ...]) -> pd.DataFrame:
    table = pd.DataFrame({"sample_id": order.take(every["sample"].to_numpy())})
    names = pd.Index(sorted(set(efforts["acquisition"])), dtype=object)
    place = every["acquisition"].to_numpy()
    table["acq_id"] = (
        names.take(place) if "acquisition" in by else pd.Series([None] * len(every), dtype=object)
    )
    for name in ("depth_min", "depth_max"):
        if name in every:
            table[name] = every[name].to_numpy()
    if "size" in every:
        size = np.where(every["size"] == _NO_SIZE, np.nan, every["size"])
        table["size_min"] = 2 ** (size / SIZES_PER_DOUBLING)
        table["size_max"] = 2 ** ((size + 1) / SIZES_PER_DOUBLING)
    return table


def _depths(project: Project, weights: Weights, depth_bin: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the limits of the depth of every object, and of every effort, in m."""
    names = ["depth_min", "depth_max"]
    if weights.width is not None:
        place = weights.efforts["bin"].to_numpy()
        top = np.where(place == NO_DEPTH, np.nan, place * weights.width)
        limits = pd.DataFrame(np.column_stack([top, top + weights.width]), columns=names)
        return limits.iloc[weights.effort].reset_index(drop=True), limits
    top, bottom = (depth[: len(weights.effort)] for depth in acquisitions.depths(project))
    place = volumes.depth_bins(top, bottom, depth_bin)
    is_wide = bottom - top > depth_bin
    start = np.where(place == NO_DEPTH, np.nan, place * depth_bin)
    ends = np.column_stack([np.where(is_wide, top, start), np.where(is_wide, bottom, start + depth_bin)])
    return pd.DataFrame(ends, columns=names), pd.DataFrame()


def _in_several_depths(
    efforts: pd.DataFrame, effort: np.ndarray, limits: pd.DataFrame, problems: list[str]
) -> np.ndarray:
    """Return which objects are of an acquisition that covers several depths with one volume, and say so."""
    found = limits.assign(effort=effort).drop_duplicates()["effort"].value_counts()
    several = found.index[found > 1].to_numpy()
    for place in np.sort(several).tolist():
        row = efforts.iloc[place]
        problems.append(
            f"{row['sample']}, {row['acquisition']}: its objects lie at {found[place]} depths, of which the volumes are not "
            "known one by one; give them with: morphoexplore volumes PROJECT --profiles FILE"
        )
    return np.isin(effort, several)


_NO_SIZE = 10**6


def _size_classes(volume: np.ndarray) -> np.ndarray:
    """Return the class of every body volume (mm3) by the diameter of the sphere of that volume."""
    with np.errstate(invalid="ignore"):
        diameter = np.cbrt(6 * volume / np.pi)
        place = np.floor(np.log2(diameter) * SIZES_PER_DOUBLING)
    return np.where(np.isfinite(place), place, _NO_SIZE).astype(np.int64)


# ----------------------------------------------------------------------------------------- morphs


def _find_groups(project: Project, n: int, level: int | None) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the pairs of morph (or branch) and status that have objects, the unsorted last, and the pair of each object."""
    node, origin = tree.membership(project)
    nodes = tree.nodes(project)
    if level is not None:
        above = {leaf: _ancestor(nodes, leaf, level) for leaf in np.unique(node[node >= 0]).tolist()}
        node = pd.Series(node).map(above).fillna(tree.FREE).to_numpy(dtype=np.int64)
    status = np.where(origin == ORIGINS.index("looked"), 0, 1)
    status[tree.doubtful(project)] = STATUSES.index("dubious")
    status[node == tree.FREE] = -1
    node, status = node[:n], status[:n]
    sizes = pd.Series(node).value_counts()
    pairs = pd.DataFrame({"node": node, "status": status}).drop_duplicates()
    pairs = pairs[pairs["node"] != tree.FREE]
    pairs["size"] = sizes.reindex(pairs["node"]).to_numpy()
    pairs = pairs.sort_values(["size", "node", "status"], ascending=[False, True, True])
    pairs = pd.concat([pairs[["node", "status"]], pd.DataFrame({"node": [tree.FREE], "status": [-1]})])
    place = pd.MultiIndex.from_frame(pairs).get_indexer(pd.MultiIndex.from_arrays([node, status]))
    numbers = [int(number) for number in pairs["node"]]
    is_free = pairs["node"].to_numpy() == tree.FREE
    groups = pd.DataFrame(
        {
            "status": pd.Series(
                [None if code < 0 else STATUSES[code] for code in pairs["status"]], dtype=object
            ),
            "morph": [UNSORTED if number == tree.FREE else nodes[number].title for number in numbers],
            "node_id": pd.array(numbers, dtype="Int64"),
            "path": [None if number == tree.FREE else tree.path_of(nodes, number) for number in numbers],
            "kind": [None if number == tree.FREE else tree.kind_of(nodes, number) for number in numbers],
        }
    )
    groups["node_id"] = groups["node_id"].mask(is_free)
    return groups, place


def _ancestor(nodes: dict[int, Node], leaf: int, level: int) -> int:
    lineage = tree.lineage(nodes, leaf)[::-1]
    return lineage[min(level, len(lineage)) - 1].node_id


# ----------------------------------------------------------------------------------------- sums


def _fill(units: _Units, groups: pd.DataFrame, group: np.ndarray, weights: Weights) -> pd.DataFrame:
    n, m = len(units.table), len(groups)
    if n * m > LARGEST:
        message = (
            f"That would be a table of {n * m} rows: {n} samples or parts of them by {m} morphs. Ask for less at once, by "
            "sample or branch say."
        )
        raise WrongValueError(message)
    cell = units.of_object * m + group
    one = weights.efforts["concentration"].to_numpy()[weights.effort]
    is_counted = np.isfinite(one) & ~weights.is_outside & units.is_known[units.of_object]
    is_sized = is_counted & np.isfinite(weights.volume)

    def add(chosen: np.ndarray, values: np.ndarray | None = None) -> np.ndarray:
        return np.bincount(cell[chosen], None if values is None else values[chosen], minlength=n * m)

    everything = np.ones(len(cell), dtype=bool)
    count, counted, sized = add(everything), add(is_counted), add(is_sized)
    is_known = np.repeat(units.is_known, m)
    concentration = np.where(is_known & ((counted > 0) | (count == 0)), add(is_counted, one), np.nan)
    with np.errstate(invalid="ignore"):
        biovolume = add(is_sized, one * weights.volume)
    has_biovolume = is_known & weights.has_volume & ((sized > 0) | (count == 0))
    total = count.reshape(n, m).sum(axis=1)
    with np.errstate(invalid="ignore"):
        share = np.where(total > 0, count.reshape(n, m)[:, -1] / np.maximum(total, 1), np.nan)
    unit, pair = np.repeat(np.arange(n), m), np.tile(np.arange(m), n)
    of_unit, of_group = (
        units.table.iloc[unit].reset_index(drop=True),
        groups.iloc[pair].reset_index(drop=True),
    )
    numbers = pd.DataFrame(
        {
            "count": count,
            "concentration": concentration,
            "biovolume": np.where(has_biovolume, biovolume, np.nan),
            "share_unsorted": np.repeat(share, m),
            "without_concentration": count - counted,
            "without_biovolume": count - sized,
        }
    )
    ends = ["node_id", "path", "kind"]
    return pd.concat([of_unit, of_group[["status", "morph"]], numbers, of_group[ends]], axis=1)


# ----------------------------------------------------------------------------------------- report


def _count_adding(weights: Weights) -> int:
    """Return how many samples have acquisitions that differ in their volume of water."""
    whole = weights.efforts[weights.efforts["bin"] == ALL_DEPTHS].dropna(subset="total_water_volume")
    return int((whole.groupby("sample")["total_water_volume"].nunique() > 1).sum())


def _formula_table(project: Project) -> pd.DataFrame:
    known = volumes.formulas(project)
    return pd.DataFrame(
        [
            {"formula": name, "text": known[name], "unit": unit}
            | {key: known[key] for key in ("preset", "user", "time")}
            for name, unit in UNITS.items()
        ]
    )


def _report(found: _Found, files: Sequence[Path]) -> dict[str, Any]:
    table, weights = found.table, found.weights
    unknown = table.loc[table["without_concentration"] > 0, "sample_id"].nunique()
    notes = []
    if not weights.has_effort:
        notes.append(
            "Without formulas there are counts only; set them with: morphoexplore volumes PROJECT --preset NAME"
        )
    elif not weights.has_volume:
        notes.append("Without the formula individual_volume there are no biovolumes.")
    if found.adds_volumes:
        notes.append(
            f"In {found.adds_volumes} samples the volume of water differs between acquisitions. Their concentrations are "
            "added, as EcoTaxa does: right for fractions of one haul, too much for repeats of it."
        )
    return {
        "files": [str(path) for path in files],
        "rows": len(table),
        "samples": int(table["sample_id"].nunique()),
        "objects": int(table["count"].sum()),
        "without_concentration": int(table["without_concentration"].sum()),
        "without_biovolume": int(table["without_biovolume"].sum()),
        "samples_without_concentration": int(unknown),
        "problems": found.problems if weights.has_effort else [],
        "notes": notes,
    }
