"""
Volumes and fractions: what one imaged object stands for, by the formulas of the project.

The formulas are EcoTaxa's (:mod:`morphoexplore.methods.formulas`) and a setting of the project. Where a value is missing or
impossible, nothing is put in its place: the sentence that says so stands with the acquisition, and its objects are left out
of concentrations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.errors import WrongValueError
from morphoexplore.methods.formulas import UNITS, Formula, Variable
from morphoexplore.methods.presets import PRESETS
from morphoexplore.steps.profiles import Profiles, read_profiles
from morphoexplore.steps.variables import SAMPLED, SEVERAL, Columns, missing, number_in, stands_for_unknown
from morphoexplore.store import acquisitions, objects, runs
from morphoexplore.store.project import Project, now

SETTING = "formulas"
EFFORT = ("subsample_coef", "total_water_volume")
ALL_DEPTHS, NO_DEPTH = -(2 * 10**6), -(10**6)
"""In the place of the number of a depth bin: an acquisition as a whole, and objects without a depth."""
_ABOVE_ONE = 1 + 1e-9  # a fraction of 1 may be computed a little above it


def formulas(project: Project) -> dict[str, Any]:
    """
    Return the formulas of a project.

    Returns
    -------
    formulas : dict
        ``subsample_coef, total_water_volume, individual_volume`` (text, None where it was never set; of unit 1, m3 and
        mm3), ``preset`` (its name, None where the formulas are the user's own), ``user``, ``time``, ``run_id`` of the last
        change.
    """
    keys = (*UNITS, "preset", "user", "time", "run_id")
    return dict.fromkeys(keys) | project.setting(SETTING, {})


def set_formulas(
    project: Project,
    *,
    preset: str | None = None,
    subsample_coef: str | None = None,
    total_water_volume: str | None = None,
    individual_volume: str | None = None,
) -> dict[str, Any]:
    """
    Set the formulas of a project; what is not given stays as it is.

    Parameters
    ----------
    preset : str, optional
        Take all three of an instrument: ``zooscan, flowcam, ifcb, planktoscope, uvp5, uvp6``.
    subsample_coef, total_water_volume, individual_volume : str, optional
        In EcoTaxa's syntax, of unit 1, m3 and mm3. Before those of the preset. An empty one takes the formula away.

    Returns
    -------
    formulas : dict
        As from :func:`formulas`.

    Raises
    ------
    WrongValueError
        If there is no such preset, a formula cannot be read, or reads a column that the project does not have.
    """
    if preset is not None and preset not in PRESETS:
        message = f"There is no preset {preset!r}. Presets: {', '.join(PRESETS)}."
        raise WrongValueError(message)
    own = {
        "subsample_coef": subsample_coef,
        "total_water_volume": total_water_volume,
        "individual_volume": individual_volume,
    }
    given = {name: text.strip() or None for name, text in own.items() if text is not None}
    former = formulas(project)
    chosen = {
        name: former[name] if preset is None else getattr(PRESETS[preset], name) for name in UNITS
    } | given
    for name, text in chosen.items():
        if text is not None:
            _check(project, Formula(name, text))
    same = [
        name for name, known in PRESETS.items() if all(chosen[one] == getattr(known, one) for one in UNITS)
    ]
    title = preset if preset in same else (same[0] if same else None)
    with runs.run(project, "volumes", {"formulas": chosen, "preset": title}) as run:
        kept = chosen | {"preset": title, "user": project.user, "time": now(), "run_id": run.run_id}
        project.change_setting(SETTING, kept)
        run.result = {"formulas": chosen}
    return kept


def volumes(project: Project) -> pd.DataFrame:
    """
    Compute what the objects of every acquisition stand for.

    Returns
    -------
    volumes : DataFrame
        Index ``acquisition_id``; ``sample_id, acq_id``; ``objects``; ``subsample_coef`` (fraction imaged); ``total_water_volume`` (m3);
        ``concentration`` (individuals per m3 that one object stands for); ``without_volume`` (objects without a body
        volume); ``problem`` (sentences, empty where there is none); ``corrected`` (which of the two a person gave:
        `review.correct_effort`, with who and when). NaN where a formula was not set, or gives nothing possible.

    Raises
    ------
    WrongValueError
        If a formula reads a column that the project does not have.
    """
    weights = weigh(project)
    table = weights.efforts
    known = np.isfinite(weights.volume)
    return pd.DataFrame(
        {
            "sample_id": table["sample"].to_numpy(),
            "acq_id": table["acquisition"].to_numpy(),
            "objects": np.bincount(weights.effort, minlength=len(table)),
            "subsample_coef": table["subsample_coef"].to_numpy(),
            "total_water_volume": table["total_water_volume"].to_numpy(),
            "concentration": table["concentration"].to_numpy(),
            "without_volume": np.bincount(weights.effort[~known], minlength=len(table)),
            "problem": table["problem"].to_numpy(),
            "corrected": _corrections(acquisitions.efforts(project))
            .reindex(table["acquisition_id"])
            .fillna("")
            .to_numpy(),
        },
        index=pd.Index(table["acquisition_id"].to_numpy(), name="acquisition_id"),
    )


def _corrections(said: pd.DataFrame) -> pd.Series:
    """Return which values of acquisitions a person gave, who and when, in words."""
    words = [
        " and ".join(name for name in EFFORT if not math.isnan(row[name]))
        + f" by {row['user']}, {row['time'][:10]}"
        for row in said.to_dict("records")
    ]
    return pd.Series(words, index=said.index, dtype=object)


@dataclass(frozen=True)
class Weights:
    """
    What every object stands for.

    Attributes
    ----------
    efforts : DataFrame
        One row per acquisition, or per acquisition and depth bin: ``sample, acquisition``; ``bin`` (its number, or
        `ALL_DEPTHS`, `NO_DEPTH`); ``subsample_coef``, ``total_water_volume`` (m3), ``concentration`` (m-3, of one object; NaN where
        unknown), ``problem`` (sentences, or empty).
    effort : array of int, shape (n,)
        Row of *efforts* of every object.
    volume : array of float, shape (n,)
        Body volume of every object in mm3, NaN where unknown.
    is_outside : array of bool, shape (n,)
        Whether an object lies at a depth of which no sampled volume is known, where the formulas read it.
    width : float or None
        Of the depth bins whose sampled volumes the formulas read, m; None where they read none.
    has_effort, has_volume : bool
        Whether the formulas for concentrations, and that for body volumes, were set.
    """

    efforts: pd.DataFrame
    effort: np.ndarray
    volume: np.ndarray
    is_outside: np.ndarray
    width: float | None
    has_effort: bool
    has_volume: bool


def weigh(project: Project, *, by_depth: bool = False) -> Weights:
    """
    Evaluate the formulas of a project.

    Parameters
    ----------
    by_depth : bool
        Where sampled volumes are known by depth, of every depth bin by itself.

    Raises
    ------
    WrongValueError
        If a formula reads a column that the project does not have.
    """
    texts = formulas(project)
    read = {name: Formula(name, texts[name]) for name in UNITS if texts[name] is not None}
    table, owner = acquisitions.listing(project), acquisitions.of_objects(project)
    row = table.index.get_indexer(pd.Index(owner))
    profiles = read_profiles(project)
    columns = Columns(project, table, profiles)
    volume = np.full(len(row), np.nan)
    if "individual_volume" in read:
        volume = _individual_volumes(read["individual_volume"], columns, row)
    read_for_effort = {variable.name for name in EFFORT if name in read for variable in read[name].variables}
    efforts, effort, is_outside = _plain_efforts(table), row, np.zeros(len(row), dtype=bool)
    width = None
    if profiles is not None and SAMPLED in read_for_effort:
        width = profiles.width
        by_bin, bin_of_object = _depth_efforts(project, table, row, profiles)
        is_outside = ~by_bin["is_sampled"].to_numpy()[bin_of_object]
        if by_depth:
            efforts, effort = by_bin, bin_of_object
    _fill(
        efforts, columns, {name: read[name] for name in EFFORT if name in read}, acquisitions.efforts(project)
    )
    if not by_depth:
        _say_what_is_outside(efforts, effort, is_outside)
    has_effort = all(name in read for name in EFFORT) or bool(efforts["concentration"].notna().any())
    return Weights(efforts, effort, volume, is_outside, width, has_effort, "individual_volume" in read)


def _say_what_is_outside(efforts: pd.DataFrame, effort: np.ndarray, is_outside: np.ndarray) -> None:
    """Add how many objects lie where no water was sampled, to efforts of which the rest has a concentration."""
    counts = np.bincount(effort[is_outside], minlength=len(efforts))
    problems = efforts["problem"].tolist()
    for place in np.flatnonzero((counts > 0) & efforts["concentration"].notna().to_numpy()).tolist():
        objects_lie = "1 object lies" if counts[place] == 1 else f"{counts[place]} objects lie"
        problems[place] = f"{objects_lie} at depths without a sampled volume; left out."
    efforts["problem"] = problems


def _check(project: Project, formula: Formula) -> None:
    """Refuse a formula that reads what it may not, or what the project does not have."""
    for variable in formula.variables:
        if formula.name in EFFORT and variable.prefix == "obj":
            message = (
                f"{variable.name} is of one object, but this is the same for all objects of an acquisition"
            )
            raise formula.error(message, variable.position)
    if not project.count_objects():
        return
    columns = Columns(project, acquisitions.listing(project), read_profiles(project))
    for variable in formula.variables:
        if variable.prefix != "obj":
            columns.of_acquisitions(formula, variable)
        elif variable.column not in (known := objects.metadata_columns(project)):
            raise missing(formula, variable, "objects have", set(known))


# ----------------------------------------------------------------------------------------- efforts


def _plain_efforts(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "sample": table["sample"].to_numpy(),
            "acquisition": table["acquisition"].to_numpy(),
            "acquisition_id": table.index,
            "bin": ALL_DEPTHS,
            "row": np.arange(len(table)),
        }
    )


def _depth_efforts(
    project: Project, table: pd.DataFrame, row: np.ndarray, profiles: Profiles
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return one effort per acquisition and depth bin that has objects or a volume, and the effort of every object."""
    place = depth_bins(*acquisitions.depths(project), profiles.width)[: len(row)]
    sampled = [
        (number, one) for number, name in enumerate(table["sample"]) for one in profiles.litres.get(name, {})
    ]
    known = np.array(sampled, dtype=np.int64).reshape(len(sampled), 2)
    rows, places = np.concatenate([row, known[:, 0]]), np.concatenate([place, known[:, 1]])
    span = int(places.max(initial=0) - NO_DEPTH) + 1
    keys, codes = np.unique(rows * span + places - NO_DEPTH, return_inverse=True)
    rows, places = keys // span, keys % span + NO_DEPTH
    is_sampled = np.zeros(len(keys), dtype=bool)
    is_sampled[codes[len(row) :]] = True
    efforts = pd.DataFrame(
        {
            "sample": table["sample"].to_numpy()[rows],
            "acquisition": table["acquisition"].to_numpy()[rows],
            "acquisition_id": table.index.to_numpy()[rows],
            "bin": places,
            "row": rows,
            "is_sampled": is_sampled,
        }
    )
    return efforts, codes[: len(row)]


def depth_bins(top: np.ndarray, bottom: np.ndarray, width: float) -> np.ndarray:
    """Return the number of the depth bin of the middle of each range (m), `NO_DEPTH` where both ends are unknown."""
    middle = (np.where(np.isnan(top), bottom, top) + np.where(np.isnan(bottom), top, bottom)) / 2
    place = np.clip(
        np.floor(middle / width), NO_DEPTH + 1, -NO_DEPTH
    )  # no depth is so large that it is no bin
    return np.where(np.isnan(middle), NO_DEPTH, place).astype(np.int64)


def _fill(efforts: pd.DataFrame, columns: Columns, read: dict[str, Formula], corrected: pd.DataFrame) -> None:
    """Add what the formulas give, or a person where one said so, and sentences where they give nothing possible."""
    found: dict[int, list[str]] = {}
    is_whole = efforts["bin"].to_numpy() == ALL_DEPTHS
    for name in EFFORT:
        efforts[name] = np.nan
        problems: dict[int, list[str]] = {}
        if name in read:
            efforts[name] = _effort(efforts, columns, read[name], problems)
        said = corrected[name].reindex(efforts["acquisition_id"]).to_numpy()
        if name == "total_water_volume":  # one volume cannot stand for every depth
            said = np.where(is_whole, said, np.nan)
        is_said = ~np.isnan(said)
        efforts[name] = np.where(is_said, said, efforts[name])
        for place in np.flatnonzero(~is_said).tolist():
            found.setdefault(place, []).extend(problems.get(place, []))
    efforts["concentration"] = 1 / efforts["subsample_coef"] / efforts["total_water_volume"]
    efforts["problem"] = [" ".join(found.get(place, [])) for place in range(len(efforts))]


def _effort(
    efforts: pd.DataFrame, columns: Columns, formula: Formula, found: dict[int, list[str]]
) -> np.ndarray:
    rows = efforts["row"].to_numpy()
    cells: dict[str, list[Any]] = {}
    values: dict[str, np.ndarray] = {}
    is_told = np.zeros(len(efforts), dtype=bool)
    for variable in formula.variables:
        own = columns.of_acquisitions(formula, variable)
        written = [own[row] for row in rows]
        if variable.name == SAMPLED and columns.profiles is not None:
            written = _sampled(efforts, columns.profiles, written)
        cells[variable.name] = written
        numbers = np.full(len(written), np.nan)
        for place, cell in enumerate(written):
            number = None if stands_for_unknown(cell) else number_in(cell)
            if number is None:
                found.setdefault(place, []).append(f"{formula.name}: {_why(variable, cell)}.")
                is_told[place] = True
            else:
                numbers[place] = number
        values[variable.name] = numbers
    result = np.broadcast_to(formula(values), len(efforts)).copy()
    is_fraction = formula.name == "subsample_coef"
    possible = (result > 0) & (~is_fraction | (result <= _ABOVE_ONE))
    for place in np.flatnonzero(~possible & ~is_told).tolist():
        inputs = ", ".join(f"{name} = {written[place]}" for name, written in cells.items())
        given = f" ({formula.text}{' with ' if inputs else ''}{inputs})"
        found.setdefault(place, []).append(_impossible(formula.name, float(result[place]), given))
    return np.where(possible, result, np.nan)


def _sampled(efforts: pd.DataFrame, profiles: Profiles, whole: Sequence[Any]) -> list[Any]:
    """Return the litres of every effort: of its depth bin, or of all depths."""
    pairs = zip(efforts["sample"], efforts["bin"].tolist(), whole, strict=True)
    return [
        litres if place == ALL_DEPTHS else profiles.litres.get(name, {}).get(place)
        for name, place, litres in pairs
    ]


def _why(variable: Variable, cell: Any) -> str:
    if variable.name == SAMPLED and cell is None:
        return "no sampled volume is known here"
    if cell is None or (isinstance(cell, float) and math.isnan(cell)) or str(cell).strip() == "":
        return f"{variable.name} is empty"
    if cell == SEVERAL:
        return f"{variable.name} is {SEVERAL}"
    if stands_for_unknown(cell):
        written = f"{cell:.15g}" if isinstance(cell, float) else cell
        return f"{variable.name} is {written}, which stands for unknown"
    return f"{variable.name} is {cell!r}, which is no number"


def _impossible(name: str, result: float, given: str) -> str:
    if math.isnan(result):
        return f"{name} has no value{given}."
    if name == "subsample_coef":
        return f"{name} is {result:g}{given}; a fraction is above 0 and at most 1."
    return f"{name} is {result:g} {UNITS[name]}{given}; a volume is above 0."


# ----------------------------------------------------------------------------------------- objects


def _individual_volumes(formula: Formula, columns: Columns, row: np.ndarray) -> np.ndarray:
    values = {}
    for variable in formula.variables:
        if variable.prefix == "obj":
            values[variable.name] = columns.of_objects(formula, variable)[: len(row)]
        else:
            cells = columns.of_acquisitions(formula, variable)
            numbers = [None if stands_for_unknown(cell) else number_in(cell) for cell in cells]
            values[variable.name] = np.array(numbers, dtype=np.float64)[row]
    result = np.broadcast_to(formula(values), len(row))
    return np.where(result > 0, result, np.nan)
