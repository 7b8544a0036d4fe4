"""Tables of samples and acquisitions without objects: what of them is used, and for whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pandas as pd

from morphoexplore.reading.batches import UNKNOWN, acquisition_index
from morphoexplore.reading.ecotaxa_parents import Acquisitions
from morphoexplore.records import Batch, ParentLine, Problem

#: What to do about a line that tells of nobody, where objects are added and where they are updated.
ADDING = (
    "No new object is in {}, so what the line says of it was left out. What was in the project before is changed by "
    "add --update."
)
MOST = 5  # columns that a sentence names
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


def differing(
    there: pd.DataFrame, samples: pd.DataFrame, acquisitions: pd.DataFrame, file: str
) -> list[Problem]:
    """
    Return what a source with new objects says of samples and acquisitions of the project that have something else.

    Parameters
    ----------
    there : DataFrame
        The acquisitions of the project, as :func:`morphoexplore.store.acquisitions.listing` has them.
    samples, acquisitions : DataFrame
        What it says: a row each, by sample, and by sample and acquisition.
    file : str
        What the source is called.
    """
    of_samples = dict(zip(there["sample"], there["of_sample"], strict=True))
    keys = zip(there["sample"], there["acquisition"], strict=True)
    of_acquisitions = dict(zip(keys, there["of_acquisition"], strict=True))
    found = []
    for said, known, word in (
        (samples, of_samples, "Sample '{}'"),
        (acquisitions, of_acquisitions, "Acquisition '{0[1]}' of sample '{0[0]}'"),
    ):
        for key, record in zip(said.index.tolist(), said.astype(object).to_dict("records"), strict=True):
            if key not in known:
                continue
            former = known[key]
            others = [
                f"{name} is {_shown(former.get(name))} there and {_shown(value)} here"
                for name, value in record.items()
                if not pd.isna(value) and _shown(former.get(name)) != _shown(value)
            ]
            if others:
                more = f", and {len(others) - MOST} columns more" if len(others) > MOST else ""
                reason = (
                    f"{word.format(key)} is in the project already: {', '.join(others[:MOST])}{more}. It stays as it is; to "
                    "change it: add --update."
                )
                found.append(Problem(file, None, None, reason))
    return found


def _shown(value: Any) -> str:
    if value is None or pd.isna(value):
        return "empty"
    return f"'{value:.15g}'" if isinstance(value, float) else f"'{value}'"


def parents_of(there: pd.DataFrame) -> Parents:
    """Return the samples and acquisitions of a project; of what, see :func:`differing`."""
    keys = list(zip(there["sample"], there["acquisition"], strict=True))
    processes = [record.get("process_id") for record in there["of_acquisition"]]
    return Parents(keys, processes, reason=UPDATING)
