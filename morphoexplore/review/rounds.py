"""
Rounds of seeds: what came in with each that nobody looked at, what audits say of it, and taking it back.

One large seed that was accepted by its row, and is a mixture, spoils the members of a whole round. An audit shows it; then what
came in unseen is set free again, and the mixture comes back in parts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import numpy as np
import pandas as pd

from morphoexplore.errors import DecisionError
from morphoexplore.store import changes, history, seeds, tree
from morphoexplore.store.history import STANDING_LOOKS, decision
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project
from morphoexplore.store.schema import ORIGINS
from morphoexplore.store.seeds import TAKE_BACK, SeedIndex

SEED = ORIGINS.index("seed")


def unseen_of_rounds(
    project: Project, *, membership: Membership | None = None, index: SeedIndex | None = None
) -> pd.Series:
    """
    Return the members that came in unseen with each seed, of seeds that brought any.

    Parameters
    ----------
    membership, index : optional
        What a server keeps in memory; read from the project unless given.

    Returns
    -------
    unseen : Series
        Index ``round, seed_id``; arrays of objects.
    """
    state = (membership or Membership(project)).state
    index = index or SeedIndex(project)
    listing = seeds.listing(project, "confirmed")
    # What is in seeds of several rounds was free when the last of them was sought, and came in with that.
    last = np.full(len(state.node), -1, np.int64)
    for seed_id in listing.index:
        last[index.objects_of(int(seed_id))] = seed_id
    last[(state.node == tree.FREE) | (state.origin != SEED)] = -1
    objects = np.flatnonzero(last >= 0)
    objects = objects[np.argsort(last[objects], kind="stable")]
    found, starts = np.unique(last[objects], return_index=True)
    groups = np.split(objects, starts[1:]) if len(found) else []
    keys = pd.MultiIndex.from_arrays(
        [listing.loc[found, "round"].to_numpy(np.int64), found], names=["round", "seed_id"]
    )
    return pd.Series(groups, index=keys, dtype=object)


def unseen_of_round(
    project: Project, round: int, *, membership: Membership | None = None, index: SeedIndex | None = None
) -> pd.Series:
    """Return the same of one round; index ``seed_id``."""
    unseen = unseen_of_rounds(project, membership=membership, index=index)
    return unseen[unseen.index.get_level_values("round") == round].droplevel("round")


def round_seeds(
    project: Project, round: int, *, membership: Membership | None = None, index: SeedIndex | None = None
) -> pd.DataFrame:
    """
    Return the seeds of a round that brought members unseen, those first that probably brought most wrong ones.

    Parameters
    ----------
    membership, index : optional
        What a server keeps in memory; read from the project unless given.

    Returns
    -------
    seeds : DataFrame
        Index ``seed_id``; ``node_id``, the morph that it went to; ``unseen``, its members that nobody looked at;
        ``looked`` and ``wrong``, what audits showed of it, as far as the wrong ones were clicked.
    """
    membership, index = membership or Membership(project), index or SeedIndex(project)
    unseen = unseen_of_round(project, round, membership=membership, index=index)
    with project.read() as conn:
        looks = conn.execute(
            f"SELECT DISTINCT object, answer = 'wrong' FROM ({STANDING_LOOKS}) JOIN decision USING (decision_id) "
            "JOIN survey USING (survey_id) WHERE round = ?",
            (round,),
        ).fetchall()
    objects, is_wrong = np.array([tuple(row) for row in looks], np.int64).reshape(-1, 2).T
    rows = []
    for seed_id, members in unseen.items():
        is_here = np.isin(objects, index.objects_of(int(str(seed_id))))
        node_id = int(np.bincount(membership.node[members]).argmax())  # some may have been moved
        rows.append((node_id, len(members), int(is_here.sum()), int(is_wrong[is_here].sum())))
    found = pd.DataFrame(rows, index=unseen.index, columns=["node_id", "unseen", "looked", "wrong"])
    expected = found["unseen"] * (found["wrong"] + 0.5) / (found["looked"] + 1)
    return found.loc[expected.sort_values(ascending=False, kind="stable").index]


def sample_of(conn: sqlite3.Connection, survey_id: int) -> tuple[int, int]:
    """Return how many images all pages of an audit showed, and how many of them were wrong; many wrong ones count as all."""
    pages = [one.detail for one in history.of_survey(conn, survey_id) if one.detail["said"] == "page"]
    return sum(page["shown"] for page in pages), sum(page["wrong"] for page in pages)


def take_back(project: Project, round: int, *, seed_ids: Iterable[int] | None = None) -> int:
    """
    Set free what came in unseen with the seeds of a round; return how many objects.

    Those that were looked at stay. A large seed comes back in parts in the next round; the others can be grown again, with a
    certificate. Nothing is rejected, and what audits said of these objects is not said of them any more; an audit of which much
    has left draws its sample anew.

    Parameters
    ----------
    seed_ids : iterable of int, optional
        Only these seeds; all of the round unless given.

    Raises
    ------
    DecisionError
        If none of them brought a member that is still unseen.
    """
    unseen = unseen_of_round(project, round)
    if seed_ids is not None:
        unseen = unseen[unseen.index.isin(list(seed_ids))]
    if unseen.empty:
        message = f"Round {round} has no member that nobody looked at; there is nothing to take back."
        raise DecisionError(message)
    objects = np.sort(np.concatenate(unseen.to_list()))
    with decision(project, TAKE_BACK) as edit:
        # What somebody has looked at since it was read stays.
        objects = objects[changes.members_now(edit.conn, objects)["origin"] == SEED]
        edit.detail = {"round": round, "members": len(objects), "seeds": unseen.index.tolist()}
        edit.uncover(objects)
        edit.release(objects)
    return len(objects)
