"""Tables of samples and acquisitions without objects: what of them is used, and for whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pandas as pd

from morphoexplore.reading.batches import UNKNOWN, acquisition_index
from morphoexplore.reading.ecotaxa_parents import Acquisitions
from morphoexplore.records import Batch, ParentLine, Problem
from morphoexplore.store import acquisitions
from morphoexplore.store.project import Project

#: What to do about a line that tells of nobody, where objects are added and where they are updated.
ADDING = (
    "No new object is in {}, so what the line says of it was left out. What was in the project before is changed by "
    "add --update."
)
UPDATING = "The project has no {}, so what the line says of it was left out. Mend the name, or add its objects first."


class Parents:
    """
    Samples and acquisitions that lines of a table may tell of.

    Parameters
    ----------
    keys : iterable of (str, str)
        Sample and acquisition of each.
    processes : iterable
        Their processes, None where there is none.
    reason : str
        What to say of a line that tells of nobody: `ADDING` or `UPDATING`.
    """

    def __init__(self, keys: Collection[tuple[str, str]], processes: Iterable[Any], *, reason: str) -> None:
        self._reason = reason
        self._samples = {sample for sample, _ in keys}
        self._acquisitions = Acquisitions()
        for key, process in zip(keys, processes, strict=True):
            self._acquisitions.add(key, process)

    def match(self, batch: Batch) -> tuple[pd.DataFrame, pd.DataFrame, list[Problem]]:
        """Return the rows of samples and of acquisitions that are known, as they are called here, and what is wrong with others."""
        problems = []
        keys: dict[tuple[str, str], tuple[str, str]] = {}
        for line in batch.parent_lines:
            key = (line.sample, line.acquisition)
            of_sample = len(batch.samples.columns) > 0 and line.sample != UNKNOWN
            of_acquisition = len(batch.acquisitions.columns) > 0 and line.acquisition != UNKNOWN
            found = self._acquisitions.find(*key) if of_acquisition else []
            if len(found) == 1:
                keys[key] = found[0]
            what = self._what_is_missing(line, found, of_sample=of_sample, of_acquisition=of_acquisition)
            if what:
                is_used = len(found) == 1 or (of_sample and line.sample in self._samples)
                problems.append(line.problem(what, lost=int(not is_used)))
        known = batch.acquisitions[batch.acquisitions.index.isin(list(keys))]
        return (
            batch.samples[batch.samples.index.isin(self._samples)],
            known.set_axis(acquisition_index(keys[key] for key in known.index)),
            problems,
        )

    def _what_is_missing(
        self, line: ParentLine, found: list[tuple[str, str]], *, of_sample: bool, of_acquisition: bool
    ) -> str | None:
        if of_sample and line.sample not in self._samples:
            return self._reason.format(f"sample '{line.sample}'")
        if of_acquisition and not found:
            of = "" if line.sample == UNKNOWN else f" of sample '{line.sample}'"
            return self._reason.format(f"acquisition '{line.acquisition}'{of}")
        if len(found) > 1:
            samples = ", ".join(sample for sample, _ in found[:3]) + (", ..." if len(found) > 3 else "")
            return (
                f"{len(found)} samples have an acquisition '{line.acquisition}' ({samples}), so what the line says of it was "
                "left out. Name the sample in a column sample_id."
            )
        return None


def parents_of(project: Project) -> Parents:
    """Return the samples and acquisitions of a project."""
    table = acquisitions.listing(project)
    keys = list(zip(table["sample"], table["acquisition"], strict=True))
    processes = [record.get("process_id") for record in table["of_acquisition"]]
    return Parents(keys, processes, reason=UPDATING)
