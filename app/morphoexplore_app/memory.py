"""What pages share of what a server keeps in memory: seeds sorted by run, the morphospace, the centres of morphs."""

from __future__ import annotations

import contextlib
import importlib

import numpy as np

from morphoexplore.errors import MorphoExploreError, StepMissingError
from morphoexplore.review import Centres
from morphoexplore.store import morphospace
from morphoexplore.store.seeds import SeedIndex
from morphoexplore_app.session import Session


def warm(session: Session) -> None:
    """Read and load what the first pages would wait for, a few seconds at a million objects."""
    session.warm()
    importlib.import_module("faiss")  # half a second, at the first ranking
    with contextlib.suppress(MorphoExploreError):  # whoever asks next is told
        centres(session)


def seed_index(session: Session) -> SeedIndex:
    """Return the objects of every seed, sorted once per run."""
    index: SeedIndex = session.memo.setdefault("seed index", SeedIndex(session.project))
    return index


def space_version(session: Session) -> tuple[int, int] | None:
    """Return what changes when the morphospace does, None where there is none; no decision tells of that."""
    array = morphospace.embedding(session.project, morphospace.PCA)
    return None if array is None else (array.array_id, array.stop)


def vectors(session: Session) -> np.ndarray:
    """
    Return the morphospace as it is now, read once per version.

    Raises
    ------
    StepMissingError
        If nothing was embedded yet.
    """
    key = space_version(session)
    if key is None:
        raise StepMissingError(missing="embedding", verb=f"embed {session.project.folder}")
    with session.lock:
        known = session.memo.get("morphospace")
        if known is None or known[0] != key:
            known = session.memo["morphospace"] = key, morphospace.read_pca(session.project)
    found: np.ndarray = known[1]
    return found


def centres(session: Session) -> Centres:
    """
    Return centre and spread of every morph, as of the last decision.

    Raises
    ------
    StepMissingError
        If nothing was embedded yet.
    """
    rows = vectors(session)
    with session.lock:
        found = session.memo.get("centres")
        if found is None or found.vectors is not rows:
            found = session.memo["centres"] = Centres.read(session.project, rows)
    node = session.membership.node
    found.follow(node)
    kept: Centres = found
    return kept
