"""What the decisions share: which objects and nodes a decision may be about."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from morphoexplore.errors import DecisionError
from morphoexplore.store import objects, tree
from morphoexplore.store.edits import Edit
from morphoexplore.store.project import Project
from morphoexplore.store.schema import KINDS

Objects = Iterable[int] | npt.NDArray[np.integer]


def target(edit: Edit, into: int | None, name: str | None, *, kind: str | None = None) -> int:
    """Return the morph that objects go to: an existing one, or a new one."""
    require_kind(kind)
    if into is None:
        return edit.add_node(is_branch=False, name=clean(name), kind=kind)
    tree.get_leaf(edit.conn, into)
    return into


def require_kind(kind: object) -> None:
    """Refuse what is no kind with a sentence; None is the kind of the branch."""
    if kind is not None and kind not in KINDS:
        message = f"There is no kind {kind!r}. Kinds: {', '.join(KINDS)}."
        raise DecisionError(message)


def clean(text: str | None) -> str | None:
    """Return a text without white space around it, None where nothing is left."""
    return (text or "").strip() or None


def existing(project: Project, numbers: Objects) -> np.ndarray:
    """Return object numbers sorted, each once; a number that no object has is refused."""
    found = _sorted(numbers)
    if not len(found):
        return found
    n = project.count_objects()
    strange = found[(found < 0) | (found >= n)]
    if len(strange):
        has = f"the numbers 0 to {n - 1}" if n else "no objects yet"
        message = f"There is no object number {strange[0]}; this project has {has}."
        raise DecisionError(message)
    return found


def within(whole: np.ndarray, part: Objects, title: str, project: Project) -> np.ndarray:
    """Return a part of a whole as object numbers; an object that is not in the whole is refused."""
    found = _sorted(part)
    strange = np.setdiff1d(found, whole)
    if len(strange):
        strange = existing(project, strange)
        message = f"{some_ids(project, strange)} {'is' if len(strange) == 1 else 'are'} not in {title}."
        raise DecisionError(message)
    return found


def _sorted(numbers: Objects) -> np.ndarray:
    given = numbers if isinstance(numbers, np.ndarray) else np.array(list(numbers))
    if len(given) and not np.issubdtype(given.dtype, np.integer):
        message = (
            f"Objects are given by their numbers, 0, 1, 2 ..., not by {given.dtype} such as {given[0]!r}."
        )
        raise DecisionError(message)
    return np.unique(given).astype(np.int64)


def refuse_both(project: Project, some: np.ndarray, others: np.ndarray, words: str) -> None:
    """Refuse objects that are said to be two things at once."""
    both = np.intersect1d(some, others)
    if len(both):
        message = f"{some_ids(project, both)} cannot be both {words}."
        raise DecisionError(message)


def some_ids(project: Project, numbers: np.ndarray) -> str:
    """Return the ids of the first few objects, for a sentence."""
    ids = objects.ids_of(project, numbers[:3])
    more = f" and {len(numbers) - 3} more" if len(numbers) > 3 else ""
    return f"Object {', '.join(ids)}{more}"


def free_of(edit: Edit, numbers: np.ndarray) -> np.ndarray:
    """Return those of some objects that are in no morph."""
    return np.setdiff1d(
        numbers, np.concatenate([np.empty(0, np.int64), *(g for _, g in by_morph(edit, numbers))])
    )


def require_free(edit: Edit, project: Project, numbers: np.ndarray) -> None:
    """Refuse objects that are members of a morph."""
    taken = np.setdiff1d(numbers, free_of(edit, numbers))
    if len(taken):
        message = f"{some_ids(project, taken)} is a member of a morph already. Move it instead."
        raise DecisionError(message)


def members_among(edit: Edit, numbers: np.ndarray, node_id: int) -> np.ndarray:
    """Return those of some objects that are members of one morph."""
    return dict(by_morph(edit, numbers)).get(node_id, np.empty(0, np.int64))


def by_morph(edit: Edit, numbers: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """Return the morphs that objects are in, each with its objects; free ones are in none."""
    assigned = edit.members(numbers)
    return [
        (int(node_id), numbers[assigned == node_id])
        for node_id in np.unique(assigned)
        if node_id != tree.FREE
    ]


def rejected_from(edit: Edit, node_id: int) -> np.ndarray:
    """Return the objects that are rejected from a morph."""
    rows = edit.conn.execute("SELECT object FROM rejection WHERE node_id = ?", (node_id,)).fetchall()
    return np.array([row[0] for row in rows], dtype=np.int64)
