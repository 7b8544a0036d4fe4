"""What pages say of the objects that came last: which they are, what is missing first, how new each one is."""

from __future__ import annotations

import threading

import numpy as np
import pandas as pd

from morphoexplore.errors import MorphoExploreError
from morphoexplore.steps import newcomers
from morphoexplore.store import morphospace
from morphoexplore_app import memory
from morphoexplore_app.session import Session

AT_ONCE = (
    5e7  # pairs of a newcomer and an older object that are compared while a page is drawn, in a second or two
)
FREE = -1

_one_at_a_time = threading.Lock()


def came(session: Session) -> np.ndarray:
    """Return the numbers of the objects that came last, ascending."""
    return newcomers.latest(session.project)


def is_free(session: Session, objects: np.ndarray) -> np.ndarray:
    """Tell which of some objects are free."""
    found: np.ndarray = session.membership.node[objects] == FREE
    return found


def free(session: Session) -> int:
    """Return how many of the objects that came last are free."""
    return int(is_free(session, came(session)).sum())


def missing(session: Session) -> str | None:
    """Return the verb that newcomers need before they can be compared: ``extract``, ``embed``, or None."""
    n = session.project.count_objects()
    sets = morphospace.feature_sets(session.project)
    if not sets or any(one.stop < n for one in sets):
        return "extract"
    space = morphospace.embedding(session.project, morphospace.PCA)
    return "embed" if space is None or space.stop < n else None


def known(session: Session, objects: np.ndarray) -> pd.DataFrame | str | None:
    """
    Return how new the newcomers are, as :func:`morphoexplore.steps.newcomers.newcomers` says it.

    Returns
    -------
    newcomers : DataFrame, str or None
        A sentence where they cannot be compared; None where it takes so long that :func:`compare` has to be called.
    """
    with session.lock:
        found = session.memo.get("newcomers")
    if found is not None and found[0] == _key(session, objects):
        told: pd.DataFrame | str = found[1]
        return told
    if float(len(objects)) * float(objects[0]) <= AT_ONCE:
        return compare(session, objects)
    return None


def compare(session: Session, objects: np.ndarray) -> pd.DataFrame | str:
    """Compare newcomers with what was there before; once, however many pages ask for it."""
    with _one_at_a_time:
        key = _key(session, objects)
        with session.lock:
            found = session.memo.get("newcomers")
        if found is None or found[0] != key:
            told: pd.DataFrame | str
            try:
                told = newcomers.newcomers(session.project, since=int(objects[0]))
            except MorphoExploreError as error:
                told = str(error)
            found = key, told
            with session.lock:
                session.memo["newcomers"] = found
    kept: pd.DataFrame | str = found[1]
    return kept


def _key(session: Session, objects: np.ndarray) -> tuple[object, int, int]:
    return memory.space_version(session), int(objects[0]), len(objects)
