"""Objects that came last to a project that was sorted before: what fits a morph, and what is new here."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from morphoexplore.errors import StepMissingError, WrongValueError
from morphoexplore.store import morphospace, objects, runs
from morphoexplore.store.project import Project

NEAREST = 5
EXACT_UP_TO = (
    20_000  # objects among which all pairs are compared; at 10^5 new and old ones that takes ten minutes
)
STANDARD = 20_000  # older objects that tell what distances are usual
STRANGE = 0.99  # share of the older objects that lie nearer to their like than a newcomer that is new here


def latest(project: Project) -> np.ndarray:
    """
    Return the objects that came last, if somebody had decided something about others before; otherwise none.

    Every `add` after that decision counts: a cruise may come in several tables.

    Returns
    -------
    newcomers : array of int64
        Object numbers, ascending, without a gap.
    """
    listing = runs.listing(project)
    done = listing[(listing["verb"] == "add") & (listing["state"] == "done")]
    found = zip(done["started"].tolist(), map(json.loads, done["result"].tolist()), strict=True)
    adds = [(started, int(result["total"])) for started, result in found if result.get("objects")]
    if not adds:
        return np.empty(0, np.int64)
    last, total = adds[-1]
    with project.read() as conn:
        decided = conn.execute("SELECT max(time) FROM decision WHERE time <= ?", (last,)).fetchone()[0]
    # Times are of milliseconds: a decision of the same one was made before, by whoever then added.
    first = max((here for started, here in adds[:-1] if decided and started <= decided), default=0)
    return np.arange(first, total) if first else np.empty(0, np.int64)


def newcomers(project: Project, *, since: int | None = None, random_state: int = 0) -> pd.DataFrame:
    """
    Tell how new the objects are that came last, the strangest first. Nothing is stored.

    Parameters
    ----------
    since : int, optional
        Number of the first object that counts as a newcomer; see :func:`latest` unless given.
    random_state : int
        Draws the older objects that tell what distances are usual.

    Returns
    -------
    newcomers : DataFrame
        ``object, object_id``; ``novelty``, the share of the older objects that lie nearer to their five nearest older
        ones than this one does, 0 to 1; ``company``, the distance to the five nearest older objects over that to the
        five nearest other newcomers: above 1 they came together. ``attrs["strange"]`` is the number of those whose
        novelty is .99 and more; of older objects every hundredth would be so.

    Raises
    ------
    StepMissingError
        If the newcomers are not in the morphospace yet.
    WrongValueError
        If there are no older objects, or *since* is no number of an object.
    """
    vectors = morphospace.read_pca(project)
    n = project.count_objects()
    came = latest(project)
    since = (int(came[0]) if len(came) else n) if since is None else since
    if not 0 < since <= n:
        message = f"Newcomers begin at the number of an object, 1 to {n - 1}, not at {since}."
        raise WrongValueError(message)
    if len(vectors) < n:
        raise StepMissingError(
            missing=f"embedding of {n - len(vectors)} of its {n} objects", verb=f"embed {project.folder}"
        )
    usable = np.isfinite(vectors).all(axis=1)
    older, newer = np.flatnonzero(usable[:since]), since + np.flatnonzero(usable[since:])
    if len(older) <= NEAREST:
        message = f"{len(older)} older objects are too few to tell what is new."
        raise WrongValueError(message)
    novelty, company = _novelty(vectors[older], vectors[newer], np.random.default_rng(random_state))
    order = np.lexsort((newer, -company, -novelty))
    found = pd.DataFrame(
        {
            "object": newer[order],
            "object_id": objects.ids_of(project, newer[order]),
            "novelty": novelty[order],
            "company": company[order],
        }
    )
    found.attrs["strange"] = int((novelty >= STRANGE).sum())
    return found


def _novelty(older: np.ndarray, newer: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    from morphoexplore.methods.neighbours import nearest_neighbours

    if not len(newer):
        return np.empty(0), np.empty(0)
    _, to_older = nearest_neighbours(older, NEAREST, queries=newer, exact_up_to=EXACT_UP_TO)
    sample = rng.choice(len(older), min(STANDARD, len(older)), replace=False)
    _, usual = nearest_neighbours(older, NEAREST + 1, queries=older[sample], exact_up_to=EXACT_UP_TO)
    # The nearest of an older object is itself, or its double.
    standard = np.sort(usual[:, 1:].mean(axis=1))
    distance = to_older.mean(axis=1)
    novelty = np.searchsorted(standard, distance) / len(standard)
    company = np.zeros(len(newer))
    if len(newer) > NEAREST:
        _, among = nearest_neighbours(newer, NEAREST, exact_up_to=EXACT_UP_TO)
        company = distance / np.maximum(among.mean(axis=1), np.finfo(np.float32).tiny)
    return novelty, company
