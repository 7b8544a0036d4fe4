"""
Seeds as strips: a row of a few images each, from typical to strange, several seeds on one page.

One click on the last good image of a row accepts a seed up to there (:func:`morphoexplore.review.judge_page`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from morphoexplore.methods import purity
from morphoexplore.methods.rows import row_factor
from morphoexplore.review.rounds import sample_of
from morphoexplore.store import questions, surveys
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project
from morphoexplore.store.seeds import SeedIndex

ROW = 12
SMALL = 4 * ROW
"""Objects of a seed in which so little can be wrong that its row stays short whatever an audit says."""
ENOUGH = 0.96  # share of right ones in the audit of a round, a little above what is to be stated
FELL_SHORT = (
    (0.93, 24),
    (ENOUGH, 16),
)  # an audit that found less right than this, and images of a row since then
WORTH = 0.025  # of what an action brought at its best, below which the next page is hardly worth it
FEWEST = 4.0  # objects an action, below which it is hardly worth it whatever was best: images named one by one come next
RATE_AFTER = 24  # seeds judged from which what an action brought is a mean and not the luck of the first rows
REFUSED = 1 / 8  # of an action: what a refused row costs, its share of the key for the next page


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
    chance : float or None
        Probability that it is accepted, going by the seeds judged so far; None while they are too few to tell.
    """

    seed_id: int
    round: int
    density: float
    size: int
    proposed: int
    chance: float | None = None


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
    asked : int
        Pending seeds that wait with a question to a colleague; they have no row.
    expected : float or None
        Objects that the page will bring, going by the seeds judged so far; None while they are too few to tell.
    is_worth_it : bool
        Whether an action on the page is expected to bring a fortieth (or *worth*) or more of what it brought at its best, and four objects.
    audited : float or None
        Share of right ones that the last audit of a round found among what came in unseen; None without one.
    """

    rows: tuple[StripRow, ...]
    version: int
    pending: int
    spent: int
    judged: int
    round: int
    asked: int = 0
    expected: float | None = None
    is_worth_it: bool = True
    audited: float | None = None


def strip_page(
    project: Project,
    *,
    membership: Membership | None = None,
    index: SeedIndex | None = None,
    images: int = 96,
    shorter: int | None = None,
    after: int = 0,
    worth: float = WORTH,
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
    shorter : int, optional
        Images of a row: 12 unless given, 16 where the last audit of a round fell short of .96, 24 where it fell short of
        .93, because a longer row shows more. Seeds of more than 150, 600, 2400 free objects have 2, 4, 8 times as many; those of 48
        and fewer 12 at most, because little can be wrong in them.
    after : int
        Begin behind this seed in the order of review (see :func:`waiting`).
    worth : float
        Share of what an action brought at its best that one on the page must be expected to bring; four objects in any case.
    random_state : int
        Draws the image of each stratum, together with the number of the seed: a page looks the same again.
    """
    membership = membership or Membership(project)
    index = index or SeedIndex(project)
    state = membership.state
    past = _past(project, state.node, index)
    audited = _audited(project)
    shorter = _row_images(audited) if shorter is None else shorter
    queue, spent = waiting(project, state.node, index, past=past)
    with project.read() as conn:
        asked = questions.read(conn)
    before, queue = len(queue), [seed for seed in queue if seed.seed_id not in asked]
    rows: list[StripRow] = []
    shown: list[Waiting] = []
    room = images
    for seed in _behind(queue, after):
        length = row_length(seed.size, shorter)
        if rows and length > room:
            break
        room -= length
        rows.append(_row(seed, state.node, index, length, random_state))
        shown.append(seed)
    current, judged = _progress(project, rows[0].round if rows else None)
    expected, is_worth_it = _expect(shown, past, worth)
    return StripPage(
        tuple(rows),
        state.version,
        len(queue),
        spent,
        judged,
        current,
        before - len(queue),
        expected,
        is_worth_it,
        audited,
    )


def _audited(project: Project) -> float | None:
    """Return the share of right ones in the last audit of a round; a page with many wrong ones states nothing, but counts."""
    with project.read() as conn:
        for survey in surveys.answered(conn, "round"):
            looked, wrong = sample_of(conn, survey.survey_id)
            if looked:
                return 1 - (wrong + 0.5) / (looked + 1)
    return None


def _row_images(audited: float | None) -> int:
    """Return how many images a row has: the more, the shorter the last audit fell."""
    if audited is None:
        return ROW
    return next((images for least, images in FELL_SHORT if audited < least), ROW)


def waiting(
    project: Project, node: np.ndarray, index: SeedIndex, *, past: Past | None = None
) -> tuple[list[Waiting], int]:
    """
    Return the seeds to judge in the order of review, and how many are pending without a free object.

    Dense ones come first. Once 12 seeds are judged, those that will probably be accepted come first, the more so
    the larger they are: by their chance times the square root of their size.

    Parameters
    ----------
    node : array of int
        Morph of every object, -1 where it is free.
    past : Past, optional
        What became of the seeds judged so far, if at hand.
    """
    with project.read() as conn:
        rows = conn.execute(
            "SELECT seed_id, run_id, number, round, density, size FROM seed WHERE state = 'pending' ORDER BY seed_id"
        ).fetchall()
    free = {run_id: index.free_counts(run_id, node).tolist() for run_id in {row["run_id"] for row in rows}}
    left = [row for row in rows if free[row["run_id"]][row["number"]]]
    past = past or _past(project, node, index)
    chances = purity.chances(past.features, past.is_accepted, _features(left, index)) if left else None
    found = [
        Waiting(
            row["seed_id"],
            row["round"],
            row["density"],
            free[row["run_id"]][row["number"]],
            row["size"],
            None if chances is None else float(chances[place]),
        )
        for place, row in enumerate(left)
    ]
    found.sort(key=lambda seed: -(seed.chance or 0) * seed.size**0.5)  # stable: without chances as proposed
    return found, len(rows) - len(found)


@dataclass(frozen=True)
class Past:
    """
    What became of the seeds judged so far.

    Attributes
    ----------
    features : array of float, shape (n, d)
        See :func:`morphoexplore.methods.purity.features`.
    is_accepted : array of bool, shape (n,)
    kept : array of float, shape (n,)
        Share of the objects that came in, of those accepted.
    sizes : array of int, shape (n,)
    """

    features: np.ndarray
    is_accepted: np.ndarray
    kept: np.ndarray
    sizes: np.ndarray


def _past(project: Project, node: np.ndarray, index: SeedIndex) -> Past:
    with project.read() as conn:
        rows = conn.execute(
            "SELECT seed_id, run_id, number, round, density, size, node_id FROM seed "
            "WHERE state IN ('confirmed', 'discarded') ORDER BY seed_id"
        ).fetchall()
    kept = np.zeros(len(rows))
    for place, row in enumerate(rows):
        if row["node_id"] is not None:
            kept[place] = (node[index.objects_of(row["seed_id"])] == row["node_id"]).mean()
    is_accepted = np.array([row["node_id"] is not None for row in rows], dtype=bool)
    sizes = np.array([row["size"] for row in rows], dtype=np.int64)
    return Past(_features(rows, index), is_accepted, kept, sizes)


def _features(rows: Sequence[sqlite3.Row], index: SeedIndex) -> np.ndarray:
    if not rows:
        return np.empty((0, 4))
    return purity.features(
        np.array([row["size"] for row in rows]),
        np.array([row["density"] for row in rows]),
        np.array([index.strangeness(row["run_id"])[row["number"]] for row in rows]),
    )


def _behind(queue: list[Waiting], after: int) -> list[Waiting]:
    """Return what follows a seed in the queue; all of it where the seed is not in it."""
    place = next((place for place, seed in enumerate(queue) if seed.seed_id == after), -1)
    return queue[place + 1 :]


def _expect(shown: list[Waiting], past: Past, worth: float) -> tuple[float | None, bool]:
    """Return how many objects seeds will bring, and whether that is worth a page."""
    chances = [seed.chance for seed in shown if seed.chance is not None]
    accepted = int(past.is_accepted.sum())
    if not chances or not accepted:
        return None, True
    kept = float(past.kept[past.is_accepted].mean())
    expected = sum((seed.chance or 0) * seed.size for seed in shown) * kept
    return expected, bool(expected / (1 + sum(chances)) >= max(FEWEST, worth * best_rate(past)))


def best_rate(past: Past) -> float:
    """
    Return what an action brought on the mean, at its best since so many were judged that it is one.

    Against what it brought so far, ever smaller seeds would be worth it: each makes the next one look good.
    """
    brought = np.cumsum(past.kept * past.sizes)
    spent = np.cumsum(past.is_accepted + REFUSED)
    return float((brought / spent)[min(RATE_AFTER, len(brought)) - 1 :].max())


def row_length(size: int, shorter: int = ROW) -> int:
    """Return how many images stand for a seed of *size* free objects."""
    return min(size, min(ROW, shorter) if size <= SMALL else shorter * row_factor(size))


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
