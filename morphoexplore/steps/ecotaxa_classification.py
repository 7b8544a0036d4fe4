"""
``export --format ecotaxa-classification``: the morphs that have an EcoTaxa category, as an update of classifications.

What a person looked at is validated, with who and when; doubtful members are dubious; all others are predicted. As an
empty cell would empty what EcoTaxa has, predictions go into a table of their own without annotator and date, and nothing that a
person has judged in EcoTaxa already is overwritten by a prediction.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from morphoexplore.errors import ProjectError, WrongValueError
from morphoexplore.records import Progress, silent
from morphoexplore.steps import columns
from morphoexplore.steps.left_out import LeftOut
from morphoexplore.store import arrays, objects, tree
from morphoexplore.store.history import STANDING_LOOKS
from morphoexplore.store.project import Project
from morphoexplore.store.schema import ORIGINS
from morphoexplore.writing.ecotaxa_bundle import Bundle, bundling

NAME = "ecotaxa_classification.zip"
JUDGED, PREDICTED = "ecotaxa_classification_judged.tsv", "ecotaxa_classification_predicted.tsv"
PART = 50_000  # objects written at once
LONGEST_ID = 255
BASE = ["object_id", "object_annotation_category_id", "object_annotation_status"]
KEPT = ("validated", "dubious", "discarded")  # what a person judged in EcoTaxa
STATES = ("predicted", "validated", "dubious")
UNSENDABLE = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")  # signs that end lines, or are none


@dataclass(frozen=True)
class _Judged:
    """Of every object: its state in EcoTaxa's words, and who judged it when."""

    state: np.ndarray
    who: np.ndarray
    when: np.ndarray
    users: list[str]


def write_classification(project: Project, path: Path, *, progress: Progress = silent) -> dict[str, Any]:
    """
    Write the classification update.

    Parameters
    ----------
    path : Path
        A ``.zip``, or a folder that is not there yet.

    Returns
    -------
    report : dict
        ``file``, ``rows``, ``states`` (objects by state), ``notes``, ``left_out`` (CSV of what was left out, or None).

    Raises
    ------
    ProjectError
        If no morph has a category, or nothing can be written.
    """
    if path.suffix and path.suffix.lower() != ".zip":
        message = f"{path.name} is one file, but this update has two tables. Name a .zip or a folder."
        raise WrongValueError(message)
    with LeftOut() as left_out:
        with bundling(path) as bundle:
            states = _write(project, bundle, left_out, progress)
        listed = left_out.write(path)
        return _report(path, states, left_out) | {"left_out": None if listed is None else str(listed)}


def preview_classification(project: Project) -> dict[str, Any]:
    """Return what :func:`write_classification` would write, without writing it."""
    with LeftOut() as left_out:
        states = _write(project, None, left_out, silent)
        return _report(Path(NAME), states, left_out)


def _report(path: Path, states: dict[str, int], left_out: LeftOut) -> dict[str, Any]:
    return {"file": str(path), "rows": sum(states.values()), "states": states, "notes": left_out.notes()}


def _write(project: Project, bundle: Bundle | None, left_out: LeftOut, progress: Progress) -> dict[str, int]:
    nodes = tree.nodes(project)
    category = {number: node.ecotaxa_id for number, node in nodes.items() if node.ecotaxa_id is not None}
    node, origin = tree.membership(project)
    members = np.flatnonzero(node != tree.FREE)
    if not any(int(number) in category for number in np.unique(node[members])):
        message = (
            "No morph with members has an ecotaxa_id yet, so there is nothing to send to EcoTaxa. Give morphs their category on "
            "the page Names, or by morphoexplore name."
        )
        raise ProjectError(message)
    judged = _judged(project, node, origin)
    is_kept, states_there = _kept(project, len(node))
    counts = dict.fromkeys(STATES, 0)
    by_email = all("@" in judged.users[one] for one in np.unique(judged.who[judged.who >= 0]).tolist())
    person = "object_annotation_person_email" if by_email else "object_annotation_person_name"
    header = [*BASE, person, "object_annotation_date", "object_annotation_time"]
    types = ["[t]", "[f]", *["[t]"] * 4]
    parts = (members[start : start + PART] for start in range(0, len(members), PART))
    total = -(-len(members) // PART)

    def rows_of(part: np.ndarray) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        both: tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]] = ([], [])
        refused: dict[str, list[str]] = {}
        for number, object_id in zip(part.tolist(), objects.ids_of(project, part), strict=True):
            reason = _refused(
                object_id,
                nodes[int(node[number])],
                judged.state[number],
                states_there.get(int(is_kept[number])),
            )
            if reason is not None:
                refused.setdefault(reason, []).append(object_id)
                continue
            state = STATES[judged.state[number]]
            counts[state] += 1
            cells = (object_id, category[int(node[number])], state)
            if state == "predicted":
                both[1].append(cells)
            else:
                day, time = str(judged.when[number]).split("T")
                user = judged.users[judged.who[number]]
                both[0].append((*cells, user, day.replace("-", ""), time.replace(":", "")))
        for reason, found in refused.items():
            left_out.add(found, "object", reason)
        return both

    if bundle is None:
        for part in parts:
            rows_of(part)
        return counts
    with (
        bundle.table(JUDGED, header, types) as validated,
        bundle.table(PREDICTED, BASE, types[:3]) as predicted,
    ):
        for part in progress(parts, label="writing", total=total):
            first, second = rows_of(part)
            validated.write(first)
            predicted.write(second)
    if not sum(counts.values()):
        message = f"There is nothing to send to EcoTaxa: {'; '.join(left_out.notes())}"
        raise ProjectError(message)
    return counts


def _refused(object_id: str, morph: Any, state: int, there: str | None) -> str | None:
    """Return why an object cannot be sent, None where it can."""
    if morph.ecotaxa_id is None:
        return f"{morph.title} has no EcoTaxa category (ecotaxa_id)."
    if there is not None and STATES[state] == "predicted":
        return f"it is {there} in EcoTaxa already, and nobody has looked at it here; a prediction would wipe that."
    if not is_sendable(object_id):
        return f"EcoTaxa has no object_id that is empty, over {LONGEST_ID} characters, or holds tabs or line ends."
    return None


def is_sendable(object_id: str) -> bool:
    """Tell whether EcoTaxa can have an object of this id: it strips cells, and holds one line of 255 characters."""
    is_long = len(object_id) > LONGEST_ID
    return (
        bool(object_id)
        and not is_long
        and object_id == object_id.strip()
        and not UNSENDABLE.search(object_id)
    )


def _judged(project: Project, node: np.ndarray, origin: np.ndarray) -> _Judged:
    """Return the state of every object in EcoTaxa's words."""
    n = len(node)
    state = np.zeros(n, np.int8)
    who, when = np.full(n, -1, np.int32), np.zeros(n, "datetime64[s]")
    users: dict[str, int] = {}
    looked = ORIGINS.index("looked")
    state[origin == looked] = STATES.index("validated")

    def enter(number: int, user: str, time: str) -> None:
        who[number] = users.setdefault(user, len(users))
        when[number] = np.datetime64(time[:19], "s")  # ISO 8601, UTC

    with project.read() as conn:
        for row in conn.execute(
            "SELECT object, decision.user, decision.time FROM member JOIN decision USING (decision_id) WHERE origin = 'looked'"
        ):
            enter(*row)
        # Beside max(), SQLite takes the other columns from the row that has the maximum.
        for number, answer, user, time, _ in conn.execute(
            f"SELECT object, answer, look.user, look.time, max(look_id) FROM ({STANDING_LOOKS}) AS look "
            "JOIN member USING (object, node_id) GROUP BY object"
        ):
            if answer == "doubtful":
                state[number] = STATES.index("dubious")
                enter(number, user, time)
            elif answer == "right" and origin[number] == looked:
                enter(number, user, time)
    return _Judged(state, who, when, list(users))


def _kept(project: Project, n: int) -> tuple[np.ndarray, dict[int, str]]:
    """Return of every object the code of its state in EcoTaxa, and the words of the states that a person gave."""
    array = columns.newest(project).get("annotation_status")
    codes = np.full(n, -1, np.int32)
    if array is None or not columns.is_text(array):
        return codes, {}
    values = np.asarray(arrays.read(project, array, stop=n))
    codes[: len(values)] = values
    words = {code: text.strip().lower() for code, text in enumerate(objects.terms(project, array.array_id))}
    return codes, {code: word for code, word in words.items() if word in KEPT}
