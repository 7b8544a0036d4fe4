"""The cells that variables of formulas read: columns of samples, acquisitions, processes and objects."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.errors import WrongValueError
from morphoexplore.methods.formulas import Formula, Variable
from morphoexplore.methods.presets import SAMPLED_VOLUME
from morphoexplore.steps.profiles import Profiles
from morphoexplore.store import acquisitions, objects
from morphoexplore.store.project import Project

PROCESS = "process_"
SAMPLED = f"sam.{SAMPLED_VOLUME}"
SEVERAL = "different from object to object"
MANY = 12  # columns that a sentence names
_UNKNOWN = re.compile(r"9{4,}(\.0*)?")  # 9999, 999999: what stands for unknown in EcoTaxa's projects


class Columns:
    """The cells that variables of formulas read, by acquisition or object."""

    def __init__(self, project: Project, table: pd.DataFrame, profiles: Profiles | None) -> None:
        self.project = project
        self.table = table
        self.profiles = profiles

    def of_acquisitions(self, formula: Formula, variable: Variable) -> list[Any]:
        """Return the cell of every acquisition as the source has it, None where empty."""
        if variable.prefix == "sam":
            return self._of_samples(formula, variable)
        dicts = self.table["of_acquisition"].tolist()
        plain, process = variable.column, PROCESS + variable.column
        has = [name for name in (plain, process) if any(name in one for one in dicts)]
        if not has and not any(dicts):
            alike = self._alike(variable)
            if alike is not None:
                return alike
        if not has:
            known = {name.removeprefix(PROCESS) for one in dicts for name in one}
            raise missing(formula, variable, "acquisitions and processes have", known)
        cells = [[one.get(name) for one in dicts] for name in has]
        if len(cells) == 2 and [number_in(cell) for cell in cells[0]] != [
            number_in(cell) for cell in cells[1]
        ]:
            message = (
                f"{variable.name} may be acq_{plain} or process_{plain}, and their values differ; write the number itself, "
                "or rename one of the columns"
            )
            raise formula.error(message, variable.position)
        return cells[0]

    def _of_samples(self, formula: Formula, variable: Variable) -> list[Any]:
        if variable.column == SAMPLED_VOLUME and self.profiles is not None:
            sums = {name: math.fsum(bins.values()) for name, bins in self.profiles.litres.items()}
            return [sums.get(name) for name in self.table["sample"]]
        dicts = self.table["of_sample"].tolist()
        if not any(dicts) and variable.column != SAMPLED_VOLUME:
            alike = self._alike(variable)
            if alike is not None:
                return alike
        if not any(variable.column in one for one in dicts):
            known = {name for one in dicts for name in one}
            hint = ""
            if variable.column == SAMPLED_VOLUME:
                hint = (
                    "; take the volumes that EcoPart exports: morphoexplore volumes PROJECT --profiles FILE"
                )
            raise missing(formula, variable, "samples have", known, hint)
        return [one.get(variable.column) for one in dicts]

    def _alike(self, variable: Variable) -> list[Any] | None:
        """
        Return a column of objects as one of samples or acquisitions: a plain CSV table has no others.

        Returns
        -------
        cells : list or None
            The value that all objects share, `SEVERAL` where they differ; None if there is no such column, or they differ
            everywhere.
        """
        if variable.column not in objects.metadata_columns(self.project):
            return None
        values = pd.Series(objects.metadata(self.project, variable.column))
        owner = self.table.index.get_indexer(pd.Index(acquisitions.of_objects(self.project)))[: len(values)]
        places = (
            pd.factorize(self.table["sample"])[0] if variable.prefix == "sam" else np.arange(len(self.table))
        )
        grouped = values.groupby(places[owner])
        first, several = grouped.first(), grouped.nunique() > 1
        if several.all():
            return None
        return [
            SEVERAL if several.get(place, default=False) else first.get(place) for place in places.tolist()
        ]

    def of_objects(self, formula: Formula, variable: Variable) -> np.ndarray:
        """Return the number of every object, NaN where it has none."""
        known = objects.metadata_columns(self.project)
        if variable.column not in known:
            raise missing(formula, variable, "objects have", set(known))
        cells = objects.metadata(self.project, variable.column)
        return (
            cells
            if cells.dtype != object
            else np.array([number_in(cell) for cell in cells], dtype=np.float64)
        )


def missing(
    formula: Formula, variable: Variable, whose: str, known: set[str], hint: str = ""
) -> WrongValueError:
    """Return the error that says that there is no such column, and which there are."""
    names = sorted(known)
    listed = ", ".join(names[:MANY]) + (", ..." if len(names) > MANY else "")
    has = f"; there are {listed}" if names else ""
    return formula.error(f"the {whose} no column for {variable.name}{hint or has}", variable.position)


def number_in(cell: Any) -> float | None:
    """Return the number that a cell holds, None where it holds none."""
    if isinstance(cell, str):
        try:
            cell = float(cell)
        except ValueError:
            return None
    return float(cell) if isinstance(cell, int | float) and math.isfinite(cell) else None


def stands_for_unknown(cell: Any) -> bool:
    """Tell whether a cell is one of the numbers that stand for none."""
    return _UNKNOWN.fullmatch(str(cell).strip()) is not None
