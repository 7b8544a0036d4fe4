"""What a person says of an acquisition itself: the fraction that was imaged, the water that it came from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from morphoexplore.errors import DecisionError
from morphoexplore.store.history import decision
from morphoexplore.store.project import Project

LEFT = "formula"
"""In the place of a number: leave it to the formula of the project."""
_WORDS = {"subsample_coef": "A fraction", "total_water_volume": "A volume of water"}


def correct_effort(
    project: Project,
    acquisition_ids: Sequence[int],
    *,
    subsample_coef: float | str | None = None,
    total_water_volume: float | str | None = None,
) -> None:
    """
    Correct the fraction or the volume of acquisitions, before what any formula gives.

    Parameters
    ----------
    acquisition_ids : sequence of int
        Index of `mx.volumes`; all become one decision.
    subsample_coef : float or "formula", optional
        Fraction of the sample that was imaged, above 0 and at most 1; "formula" leaves it to the formula again. Not changed
        unless given, as is the next.
    total_water_volume : float or "formula", optional
        Water that the sample was taken from, m3, above 0.

    Raises
    ------
    DecisionError
        If a value is impossible, an acquisition does not exist, or nothing is changed.
    """
    given = {"subsample_coef": subsample_coef, "total_water_volume": total_water_volume}
    values = {name: value for name, value in given.items() if value is not None}
    correct_efforts(project, dict.fromkeys(acquisition_ids, values))


def correct_efforts(project: Project, asked: Mapping[int, Mapping[str, float | str]]) -> None:
    """
    Correct several acquisitions, each in its own way, as one decision.

    Parameters
    ----------
    asked : mapping of int to mapping
        By acquisition: ``subsample_coef``, ``total_water_volume``, as of :func:`correct_effort`.

    Raises
    ------
    DecisionError
        As :func:`correct_effort`.
    """
    read = {
        number: {name: _number(name, value) for name, value in values.items()}
        for number, values in asked.items()
    }
    with decision(project, "correct") as edit:
        samples, said = {}, {}
        for acquisition_id, values in read.items():
            row = edit.conn.execute(
                "SELECT s.name FROM acquisition JOIN sample s USING (sample_id) WHERE acquisition_id = ?",
                (acquisition_id,),
            ).fetchone()
            if row is None:
                message = f"There is no acquisition {acquisition_id}."
                raise DecisionError(message)
            samples[acquisition_id] = row[0]
            said[str(acquisition_id)] = edit.set_effort(acquisition_id, **values)
        names = set(samples.values())
        edit.detail = {"acquisitions": list(samples), "values": said}
        edit.detail |= {"sample": names.pop()} if len(names) == 1 else {}


def _number(name: str, value: float | str) -> float | None:
    if value == LEFT:
        return None
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    is_fraction = name == "subsample_coef"
    if number > 0 and math.isfinite(number) and (number <= 1 or not is_fraction):
        return number
    limit = "above 0 and at most 1" if is_fraction else "above 0 m³"
    message = f"{_WORDS[name]} is a number {limit}, not {value!r}."
    raise DecisionError(message)
