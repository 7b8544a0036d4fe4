"""
Seeds as strips: a row of a few images each, from typical to strange, several seeds on one page.

One click on the last good image of a row accepts a seed up to there (:func:`morphoexplore.review.judge_page`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project
from morphoexplore.store.seeds import SeedIndex

LONGER = ((600, 8), (300, 4), (150, 2))  # a seed of more objects than this has a row so many times as long


@dataclass(frozen=True)
class Waiting:
    """
    A pending seed of which something is free.

    Attributes
    ----------
    size : int
        Its objects that are free now.
    proposed : int
        Its objects as it was proposed.
    """

    seed_id: int
    round: int
    density: float
    size: int
    proposed: int


@dataclass(frozen=True)
class StripRow:
    """
    A seed as a row of images.

    Attributes
    ----------
    objects : tuple of int
        Those shown, from typical to strange: one drawn from each of equal strata of the free objects.
    ranks : tuple of int
        For each of them: how many free objects of the seed lie up to and including it. The last stands for its
        whole stratum, so that it has rank ``size``.
    size : int
        Free objects of the seed.
    density : float
        Mean distance to the 5 nearest, smaller is denser.
    """

    seed_id: int
    objects: tuple[int, ...]
    ranks: tuple[int, ...]
    size: int
    density: float
    round: int


@dataclass(frozen=True)
class StripPage:
    """
    The next seeds to judge.

    Attributes
    ----------
    rows : tuple of StripRow
        In order of review; empty where nothing is left to judge.
    version : int
        The last decision that the page knows of.
    pending : int
        Seeds to judge, those of the page among them.
    spent : int
        Seeds that are pending but have nothing free any more; they are left out.
    judged : int
        Seeds confirmed or discarded in the round of the first row (without rows: in the last round).
    round : int
        That round, 0 before the first.
    """

    rows: tuple[StripRow, ...]
    version: int
    pending: int
    spent: int
    judged: int
    round: int


def strip_page(
    project: Project,
    *,
    membership: Membership | None = None,
    index: SeedIndex | None = None,
    images: int = 96,
    shorter: int = 12,
    after: int = 0,
    random_state: int = 0,
) -> StripPage:
    """
    Return the first pending seeds as rows of images.

    Parameters
    ----------
    membership, index : optional
        What a server keeps in memory; read from the project unless given.
    images : int
        About how many on the page; there is at least one row, however long.
    shorter : int
        Images of a row. Seeds of more than 150, 300, 600 free objects have 2, 4, 8 times as many; small ones
        show all they have.
    after : int
        Begin behind this seed in the order of review.
    random_state : int
        Draws the image of each stratum, together with the number of the seed: a page looks the same again.
    """
    membership = membership or Membership(project)
    index = index or SeedIndex(project)
    state = membership.state
    queue, spent = waiting(project, state.node, index)
    rows: list[StripRow] = []
    shown = 0
    for seed in queue:
        if seed.seed_id <= after:
            continue
        length = row_length(seed.size, shorter)
        if rows and shown + length > images:
            break
        shown += length
        rows.append(_row(seed, state.node, index, length, random_state))
    current, judged = _progress(project, rows[0].round if rows else None)
    return StripPage(tuple(rows), state.version, len(queue), spent, judged, current)


def waiting(project: Project, node: np.ndarray, index: SeedIndex) -> tuple[list[Waiting], int]:
    """
    Return the seeds to judge in the order of review, and how many are pending without a free object.

    Parameters
    ----------
    node : array of int
        Morph of every object, -1 where it is free.
    """
    with project.read() as conn:
        rows = conn.execute(
            "SELECT seed_id, run_id, number, round, density, size FROM seed WHERE state = 'pending' ORDER BY seed_id"
        ).fetchall()
    free = {run_id: index.free_counts(run_id, node).tolist() for run_id in {row["run_id"] for row in rows}}
    found = [
        Waiting(seed_id, round_, density, free[run_id][number], size)
        for seed_id, run_id, number, round_, density, size in rows
        if free[run_id][number]
    ]
    return found, len(rows) - len(found)


def row_length(size: int, shorter: int = 12) -> int:
    """Return how many images stand for a seed of *size* free objects."""
    return min(size, shorter * next((times for most, times in LONGER if size > most), 1))


def strata(size: int, length: int, rng: np.random.Generator) -> tuple[list[int], list[int]]:
    """
    Draw one place of each of *length* equal strata of *size* places.

    Returns
    -------
    places, ranks : list of int
        The places, ascending; and how many places lie up to and including each, the last for its whole stratum.
    """
    edges = [step * size // length for step in range(length + 1)]
    places = rng.integers(edges[:-1], edges[1:]).tolist()
    return places, [*(place + 1 for place in places[:-1]), size]


def _row(seed: Waiting, node: np.ndarray, index: SeedIndex, length: int, random_state: int) -> StripRow:
    objects = index.objects_of(seed.seed_id)
    objects = objects[node[objects] < 0]
    places, ranks = strata(len(objects), length, np.random.default_rng([random_state, seed.seed_id]))
    shown = tuple(objects[places].tolist())
    return StripRow(seed.seed_id, shown, tuple(ranks), len(objects), seed.density, seed.round)


def _progress(project: Project, current: int | None) -> tuple[int, int]:
    """Return a round (None: the last) and how many of its seeds are judged."""
    with project.read() as conn:
        if current is None:
            current = int(conn.execute("SELECT coalesce(max(round), 0) FROM seed").fetchone()[0])
        judged = conn.execute(
            "SELECT count(*) FROM seed WHERE round = ? AND state IN ('confirmed', 'discarded')", (current,)
        ).fetchone()[0]
    return current, int(judged)
