"""Morphs that may be the same: members of each are among the neighbours of the other's."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from morphoexplore.errors import DecisionError
from morphoexplore.store import history, morphospace, tree
from morphoexplore.store.history import decision
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project

TELLING = 0.02  # share of the neighbours, either way, from which two morphs are worth a look
MOST_MEMBERS = 500  # of a morph whose neighbours are counted, about
APART = "keep apart"


@dataclass(frozen=True)
class LikelySame:
    """
    Two morphs that may be the same.

    Attributes
    ----------
    first, second : int
        The morphs, the larger first.
    titles : tuple of str
    members : tuple of int
    share : float
        Of the neighbours of either morph's members that are members too, the share that is in the other morph: the
        smaller of the two.
    """

    first: int
    second: int
    titles: tuple[str, str]
    members: tuple[int, int]
    share: float


def likely_same(
    project: Project,
    *,
    most: int = 50,
    membership: Membership | None = None,
    neighbours: np.ndarray | None = None,
) -> list[LikelySame]:
    """
    Return pairs of morphs that may be the same, the likeliest first; without those that were said not to be.

    Against the labels of plankton from a camera (48 and 68 morphs that had grown): of the first 10 pairs 10 had the
    same label, of the first 20 19, of all that are proposed .7; when the morphs were seeds still, .8 of 12.

    Parameters
    ----------
    most : int
        How many at most.
    membership, neighbours : optional
        What a server keeps in memory: the members, the stored neighbour graph; read from the project unless given.

    Raises
    ------
    StepMissingError
        If the project has no morphospace yet.
    """
    if neighbours is None:
        neighbours = morphospace.read_neighbours(project)[0]
    node = (membership or Membership(project)).node
    with project.read() as conn:
        nodes = tree.read_nodes(conn)
    apart = kept_apart(project)
    numbers, sizes = np.unique(node[node != tree.FREE], return_counts=True)
    members = dict(zip(numbers.tolist(), sizes.tolist(), strict=True))
    found = []
    for one, other, share in _mutual(node, neighbours, numbers):
        pair = frozenset((one, other))
        if pair in apart or not pair <= nodes.keys():
            continue
        first, second = sorted(pair, key=lambda number: (-members[number], number))
        titles = (nodes[first].title, nodes[second].title)
        found.append(LikelySame(first, second, titles, (members[first], members[second]), share))
        if len(found) == most:
            break
    return found


def keep_apart(project: Project, first: int, second: int) -> None:
    """
    Say that two morphs are not the same: they are not proposed to be merged any more.

    Raises
    ------
    DecisionError
        If they are the same morph, or that was said already.
    """
    if first == second:
        message = "A morph is the same as itself. Choose two."
        raise DecisionError(message)
    if frozenset((first, second)) in kept_apart(project):
        message = "That was said already: these two morphs are kept apart."
        raise DecisionError(message)
    with decision(project, APART) as edit:
        for node_id in (first, second):
            tree.get_leaf(edit.conn, node_id)
        edit.is_statement = True
        edit.detail = {"apart": [first, second]}


def kept_apart(project: Project) -> set[frozenset[int]]:
    """
    Return the pairs of morphs that were said not to be the same; where one was merged, the morph that it is now.

    Parts that a seed was cut into are not the same either: a person saw them beside each other.
    """
    pairs: set[frozenset[int]] = set()
    with project.read() as conn:
        made = conn.execute(
            "SELECT count(*) FROM decision WHERE verb IN (?, ?)", (APART, "confirm parts")
        ).fetchone()[0]
        decisions = history.standing(conn) if made else []
    for row in decisions:
        if row["verb"] == APART:
            pairs.add(frozenset(json.loads(row["detail"])["apart"]))
        elif row["verb"] == "confirm parts":
            pairs |= {
                frozenset(pair) for pair in itertools.combinations(json.loads(row["detail"])["parts"], 2)
            }
        elif row["verb"] == "merge" and pairs:
            gone, kept = json.loads(row["detail"])["merged"], row["node_id"]
            pairs = {frozenset(kept if number in gone else number for number in pair) for pair in pairs}
    return {pair for pair in pairs if len(pair) == 2}


def _mutual(node: np.ndarray, neighbours: np.ndarray, numbers: np.ndarray) -> list[tuple[int, int, float]]:
    """Return pairs of morphs and the smaller of their shares in each other's neighbours, largest first."""
    m = len(numbers)
    place = np.full(len(node) + 1, -1, np.int32)  # the last stands for "no neighbour"
    is_member = node != tree.FREE
    place[:-1][is_member] = np.searchsorted(numbers, node[is_member])
    rows = _some_of_each(place[: min(len(neighbours), len(node))])
    found = place[np.asarray(neighbours[rows])]
    of = np.broadcast_to(place[rows, None], found.shape)[found >= 0]
    counts = sparse.csr_array((np.ones(len(of), np.int64), (of, found[found >= 0])), shape=(m, m))
    total = np.maximum(counts.sum(axis=1), 1)
    shares: Any = sparse.csr_array(sparse.diags_array(1 / total) @ counts)
    both = sparse.triu(shares.minimum(shares.T), k=1).tocoo()
    order = np.argsort(-both.data, kind="stable")
    return [
        (int(numbers[both.row[one]]), int(numbers[both.col[one]]), float(both.data[one]))
        for one in order
        if both.data[one] >= TELLING
    ]


def _some_of_each(place: np.ndarray) -> np.ndarray:
    """Return members of every morph, of a large one every second, third ...; so many tell its share well enough."""
    members = np.flatnonzero(place >= 0)
    members = members[np.argsort(place[members], kind="stable")]
    sizes = np.bincount(place[members])
    within = np.arange(len(members)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.sort(members[within % np.repeat(-(-np.maximum(sizes, 1) // MOST_MEMBERS), sizes) == 0])
