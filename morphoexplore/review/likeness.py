"""Which morphs a group of objects is most like: "the same as ...?" for a seed."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

import numpy as np

from morphoexplore.review.parts import Objects, existing
from morphoexplore.review.strips import StripRow
from morphoexplore.store import arrays, morphospace, seeds, tree
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project

TELLING = 0.1  # share of the neighbours from which it says more than the distance of the centres
OFFERED = 2  # morphs, for a row of a page of strips
OVERLAPPING = 1.1  # score below which a telling share is believed
SURE = 0.3  # share that is believed whatever the score
ALIKE = 1.5  # score from which a morph is not offered for a seed: of two that just touch it is about 2


@dataclass(frozen=True)
class LikeMorph:
    """
    A morph that is like a group of objects.

    Attributes
    ----------
    score : float
        Distance of the two centres over the spread of both; below about 1 they overlap.
    share : float
        Share of the objects' stored neighbours that are members of the morph.
    """

    node_id: int
    title: str
    score: float
    share: float
    members: int


class Centres:
    """
    Centre and spread of every morph in the morphospace, kept current from the membership.

    Parameters
    ----------
    vectors : array, shape (n, dims)
        The morphospace; rows with NaN count nowhere.
    neighbours : array of int, shape (n, k), optional
        The stored neighbour graph, -1 where there is none.
    """

    def __init__(self, vectors: np.ndarray, neighbours: np.ndarray | None = None) -> None:
        self.vectors = vectors
        self.neighbours = neighbours
        self._lock = threading.Lock()
        self._node = np.full(len(vectors), tree.FREE, np.int64)
        self._sums: dict[int, np.ndarray] = {}  # number, sum of squares, sum of vectors

    @classmethod
    def read(cls, project: Project, vectors: np.ndarray | None = None) -> Centres:
        """
        Return centres of no morph yet, in a project's morphospace (read unless given).

        Raises
        ------
        StepMissingError
            If the project has no morphospace yet.
        """
        vectors = morphospace.read_pca(project) if vectors is None else vectors
        graph = morphospace.embedding(project, morphospace.NEIGHBOURS)
        return cls(vectors, None if graph is None else arrays.read(project, graph))

    def follow(self, node: np.ndarray) -> None:
        """Take over the morph of every object: what it costs grows with the objects that changed."""
        with self._lock:
            node = node[: len(self._node)]
            changed = np.flatnonzero(node != self._node[: len(node)])
            self._add(changed, self._node[changed], -1)
            self._add(changed, node[changed], 1)
            self._node[changed] = node[changed]

    def nearest(self, objects: np.ndarray, most: int) -> list[tuple[int, float, float]]:
        """
        Return the morphs most like a group of objects, with score and share (see :class:`LikeMorph`).

        Those that have a tenth of the neighbours come first, by their share of them; then the others, by the
        distance of the centres.
        """
        objects = objects[objects < len(self.vectors)]
        group = self.vectors[objects].astype(np.float64)
        is_usable = np.isfinite(group).all(axis=1)
        objects, group = objects[is_usable], group[is_usable]
        with self._lock:
            numbers = np.array(list(self._sums), np.int64)
            sums = np.array(list(self._sums.values()))
            shares = self._shares(objects, numbers)
        if not len(group) or not len(numbers):
            return []
        centres = sums[:, 2:] / sums[:, :1]
        spreads = sums[:, 1] / sums[:, 0] - (centres**2).sum(axis=1)
        own = group.mean(axis=0)
        spread = ((group - own) ** 2).sum(axis=1).mean()
        distances = np.sqrt(((centres - own) ** 2).sum(axis=1))
        scores = distances / np.sqrt(np.maximum(spreads, 0) + spread + np.finfo(np.float32).tiny)
        first = np.lexsort((numbers, distances, -np.where(shares >= TELLING, shares, 0)))[:most]
        return [(int(numbers[one]), float(scores[one]), float(shares[one])) for one in first]

    def _shares(self, objects: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """Return the share of each morph in the stored neighbours of some objects."""
        if self.neighbours is None or not len(objects) or not len(numbers):
            return np.zeros(len(numbers))
        found = self.neighbours[objects[objects < len(self.neighbours)]].ravel()
        nodes = self._node[found[found >= 0]]
        counts = np.bincount(nodes[nodes >= 0], minlength=int(numbers.max()) + 1)
        return np.asarray(counts[numbers] / max(len(nodes), 1))

    def typical(self, objects: np.ndarray, most: int) -> np.ndarray:
        """
        Return a few of some objects that stand for them: from the nearest to their centre to the median.

        Objects without a place in the morphospace come last.
        """
        known = objects[objects < len(self.vectors)]
        group = self.vectors[known].astype(np.float64)
        is_usable = np.isfinite(group).all(axis=1)
        known, group = known[is_usable], group[is_usable]
        distances = ((group - group.mean(axis=0)) ** 2).sum(axis=1) if len(known) else np.empty(0)
        usable = known[np.argsort(distances, kind="stable")]
        if len(usable) < most:
            return np.concatenate([usable, np.setdiff1d(objects, usable)])[:most]
        return usable[np.linspace(0, max(len(usable) // 2, most) - 1, most).round().astype(int)]

    def _add(self, objects: np.ndarray, nodes: np.ndarray, sign: int) -> None:
        for node_id, group in _grouped(objects, nodes):
            vectors = self.vectors[group].astype(np.float64)
            vectors = vectors[np.isfinite(vectors).all(axis=1)]
            if not len(vectors):
                continue
            part = np.concatenate(
                [[len(vectors), np.einsum("nd,nd->", vectors, vectors)], vectors.sum(axis=0)]
            )
            total = self._sums.get(node_id, 0) + sign * part
            if total[0] > 0:
                self._sums[node_id] = total
            else:
                del self._sums[node_id]


def nearest_morphs(
    project: Project,
    group: int | Objects,
    most: int = 3,
    *,
    membership: Membership | None = None,
    index: seeds.SeedIndex | None = None,
    centres: Centres | None = None,
) -> list[LikeMorph]:
    """
    Return the morphs most like a seed, or like any objects, the most like first.

    Those that have a tenth of the stored neighbours come first, by their share of them; then the others, by the
    distance of the centres. Against the labels of plankton from a camera (111 and 94 seeds, standard error about
    .045): where the morphs have grown the right one is among the first three for all seeds (.87 for the distance of
    centres alone), where they are other seeds for .88, as by all distances that were tried.

    Parameters
    ----------
    group : int or objects
        A seed's number (its free objects count), or objects.
    most : int
        How many at most.
    membership, index, centres : optional
        What a server keeps in memory; read from the project unless given.

    Raises
    ------
    StepMissingError
        If the project has no morphospace yet.
    """
    membership = membership or Membership(project)
    node = membership.node
    if isinstance(group, int | np.integer):
        objects = (index or seeds.SeedIndex(project)).objects_of(int(group))
        objects = objects[node[objects] == tree.FREE]
    else:
        objects = existing(project, group)
    centres = centres or Centres.read(project)
    centres.follow(node)
    found = centres.nearest(objects, most)
    with project.read() as conn:
        nodes = tree.read_nodes(conn)  # a morph may have been merged since the centres were read
    found = [like for like in found if like[0] in nodes]
    titles = {node_id: nodes[node_id].title for node_id, _, _ in found}
    return [
        LikeMorph(node_id, titles[node_id], score, share, int((node == node_id).sum()))
        for node_id, score, share in found
    ]


def is_alike(score: float, share: float) -> bool:
    """Tell whether a morph is so much like a group of objects that it is offered as the same."""
    return share >= TELLING or score < ALIKE


@dataclass(frozen=True)
class Offered:
    """
    What is offered for a row of a page of strips.

    Attributes
    ----------
    morphs : tuple of int
        Morphs that it is much like, the most like first.
    into : int or None
        The first of them where it has a tenth of the row's neighbours and overlaps with it, or has three tenths, and none of
        what is shown was rejected from it: an accepted row goes in there unless the person says otherwise.
    """

    morphs: tuple[int, ...]
    into: int | None


def offered_for(centres: Centres, objects: np.ndarray) -> Offered:
    """Return the morphs that are offered for some objects, and the one that they go to by themselves."""
    found = [like for like in centres.nearest(objects, OFFERED) if is_alike(*like[1:])]
    morphs = tuple(node_id for node_id, _, _ in found)
    return Offered(morphs, morphs[0] if found and _is_telling(*found[0][1:]) else None)


def _is_telling(score: float, share: float) -> bool:
    """
    Tell whether a group goes to a morph by itself.

    Centres may lie near one another and the objects apart, and a few strange members of a large morph may be all that is near.
    """
    return share >= SURE or (share >= TELLING and score < OVERLAPPING)


def offered_for_row(
    project: Project, row: StripRow, *, node: np.ndarray, centres: Centres, index: seeds.SeedIndex
) -> Offered:
    """Return the same for the free objects of a row; what was rejected from a morph does not go in there by itself."""
    objects = index.objects_of(row.seed_id)
    found = offered_for(centres, objects[node[objects] == tree.FREE])
    if found.into is not None and np.isin(row.objects, tree.rejections(project, found.into)).any():
        return replace(found, into=None)
    return found


def _grouped(objects: np.ndarray, nodes: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """Return the objects of each morph; free ones are in none."""
    is_member = nodes != tree.FREE
    objects, nodes = objects[is_member], nodes[is_member]
    order = np.argsort(nodes, kind="stable")
    objects, nodes = objects[order], nodes[order]
    starts = np.flatnonzero(np.diff(nodes, prepend=tree.FREE))
    return (
        [
            (int(nodes[start]), group)
            for start, group in zip(starts, np.split(objects, starts[1:]), strict=True)
        ]
        if len(starts)
        else []
    )
