"""
Finding how far down a ranking a morph reaches, by looking at a few places of it.

A ruler shows a few random images of each stratum of the ranking; the last stratum that is good tells where the border is.
MorphoCluster's way is to look at whole pages, twice as far each time until one is bad, then in between. Neither
claims anything: what is found is certified afterwards, by other looks (:mod:`morphoexplore.methods.certifying`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

STRATA = 10
PER_STRATUM = 10  # images of a row
FIRST = 30  # objects of the first stratum
LEAST_REACH = 600  # objects that a ruler spans at least, where there are so many
REACH = 4  # times the objects that are nearer to the morph than to anything else
LEAST_STEP = 1.4  # factor from one edge to the next
CLOSE = 200  # a border between two places so far apart is close enough
JUMP_PAGE = 50  # images of a page of gallop and bisection (MorphoCluster)


@dataclass(frozen=True)
class Ruler:
    """
    Strata of a ranking.

    Attributes
    ----------
    edges : tuple of int
        Stratum ``i`` holds the ranks from ``edges[i]`` up to, not including, ``edges[i + 1]``.
    is_last : bool
        Whether the answer is the cut; otherwise a finer ruler may follow.
    """

    edges: tuple[int, ...]
    is_last: bool

    def __len__(self) -> int:
        """Return the number of strata."""
        return len(self.edges) - 1


def first_ruler(candidates: int, nearer: int) -> Ruler:
    """
    Return strata that grow down a ranking.

    Parameters
    ----------
    candidates : int
        Objects of the ranking.
    nearer : int
        How many of them the evidence speaks for: those nearer to the morph than to anything else that is known, or, where negatives are
        hardly trusted, than its members are to one another.

    Examples
    --------
    >>> first_ruler(40, 10).edges
    (0, 30, 40)
    """
    reach = min(candidates, max(LEAST_REACH, REACH * nearer))
    if reach < FIRST + PER_STRATUM:
        return Ruler((0, reach), is_last=False)
    steps = int(np.clip(np.log(reach / FIRST) / np.log(LEAST_STEP), 1, STRATA - 1))
    edges = np.geomspace(FIRST, reach, steps + 1).round().astype(int).tolist()
    return Ruler(_edges([0, *edges]), is_last=False)


def even_ruler(first: int, last: int) -> Ruler:
    """Return equal strata between two ranks; its answer is the cut."""
    rows = int(np.clip((last - first) // PER_STRATUM, 1, STRATA))
    return Ruler(_edges(np.linspace(first, last, rows + 1).round().astype(int).tolist()), is_last=True)


def after_row(ruler: Ruler, row: int | None) -> Ruler | int:
    """
    Return the cut that the last good row of a ruler means, or a finer ruler where that leaves much open.

    Parameters
    ----------
    row : int or None
        Number of the last good row, from 0; None where none is good.
    """
    edges = ruler.edges
    if ruler.is_last:
        return edges[0] if row is None else edges[row + 1]
    if row is None:
        return 0
    # The border may lie within the last good row, or within the one after it.
    first, last = edges[row], edges[min(row + 2, len(edges) - 1)]
    if last - first > CLOSE:
        return even_ruler(first, last)
    return edges[row + 1]


def draw_rows(ruler: Ruler, ranks: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """
    Draw the images of each row of a ruler.

    Parameters
    ----------
    ranks : array of int
        Ranks that may be shown, ascending.

    Returns
    -------
    rows : list of array of int
        Ranks of each stratum, at random, ascending; empty where nothing of it may be shown.
    """
    rows = []
    for first, last in zip(ruler.edges[:-1], ruler.edges[1:], strict=True):
        there = ranks[np.searchsorted(ranks, first) : np.searchsorted(ranks, last)]
        chosen = rng.choice(there, min(PER_STRATUM, len(there)), replace=False)
        rows.append(np.sort(chosen))
    return rows


@dataclass(frozen=True)
class Jump:
    """
    Where gallop and bisection look next.

    Attributes
    ----------
    page : int
        Page of the ranking to look at, from 0.
    good : int
        Pages that are taken for good.
    is_done : bool
        Whether nothing is left between the last good and the first bad page.
    """

    page: int
    good: int
    is_done: bool


def jump(pages: int, answers: Sequence[bool]) -> Jump:
    """
    Return where to look after some answers: farther and farther until a page is bad, then in between.

    After a bad page the first quarter of what is left open is looked at, after a good one the middle
    (MorphoCluster's Bisect, Schröder, Kiko & Koch 2020).

    Examples
    --------
    >>> jump(100, []).page, jump(100, [True]).page, jump(100, [True, True]).page
    (0, 1, 3)
    """
    left, right, at, step, has_bad = 0, pages, 0, 1, False
    for is_good in answers:
        if is_good:
            left, share = at + 1, 0.5
        else:
            right, share, has_bad = at, 0.25, True
        if right <= left:
            break
        if has_bad:
            at = int((1 - share) * left + share * right)
        else:
            at, step = min(at + step, pages - 1), 2 * step
    return Jump(at, left, right <= left)


def _edges(values: Sequence[int]) -> tuple[int, ...]:
    return tuple(int(value) for value in np.unique(values))
