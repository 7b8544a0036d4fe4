"""
MorphoCluster's protocol (Schröder et al. 2020, Sensors 20: 3060), played by the same annotator, to compare with.

Rounds of HDBSCAN (leaf, `min_samples` 1, smallest size 128, 64, 32, 16) over what is free. A cluster is judged by one
page of at most 100 of its members and one key: approved whole, or dissolved. Approved ones are grown, the largest first:
free objects ranked by their distance to the nearest of 16 k-means prototypes (of at most 1000 members), in pages of 50;
gallop and bisect with one key a page; then all pages before the turning point come in, seen or not.

It is given the benefit of the doubt: no noise cluster to dissolve, no key lost between views, no error of its centroids. It
merges nothing; what merging and naming would take is reckoned at the end: a key for each morph of a label that has one
already, and a name for each label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from sklearn.cluster import KMeans

from morphoexplore.methods.annotating import NOTHING, Eyes, score_outcome
from morphoexplore.methods.clustering import symmetric_graph, tree_cut, umap_cut
from morphoexplore.methods.neighbours import nearest_neighbours

SIZES = (128, 64, 32, 16)
PROTOTYPES, MOST_MEMBERS = 16, 1000
MEMBERS_PAGE, GROW_PAGE = 100, 50
DIMS, K, SPARE = 32, 15, 48
UMAP_SAMPLES = 5


class Collection:
    """
    What every variant of the protocol shares: vectors, labels, neighbours, and the clusters of what was free before.

    Parameters
    ----------
    vectors : array, shape (n, dims)
        Positions without NaN.
    labels : array of int, shape (n,)
        What each object is, `NOTHING` for what is nothing to be sorted.
    neighbours : bool
        Whether they are needed; growing alone needs none.
    """

    def __init__(self, vectors: np.ndarray, labels: np.ndarray, *, neighbours: bool = True) -> None:
        self.vectors, self.labels = vectors, labels
        if neighbours:
            self._neighbours, self._distances = nearest_neighbours(vectors[:, :DIMS], SPARE)
        self._known: dict[tuple[object, ...], np.ndarray] = {}

    def clusters(self, free: np.ndarray, size: int, space: str, random_state: int) -> np.ndarray:
        """Return the cluster of every free object, -1 for noise."""
        key = (len(free), int(free.sum()), int((free.astype(np.int64) ** 2).sum() % (1 << 61)), size, space)
        if key not in self._known:
            graph = self._graph(free)
            if space == "umap":
                cut = umap_cut(self.vectors[free][:, :DIMS], graph, UMAP_SAMPLES, "leaf", random_state)
            else:
                cut = tree_cut(symmetric_graph(*graph), 1, "leaf")
            self._known[key] = cut(size)
        return self._known[key]

    def _graph(self, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the 15 nearest free neighbours of every free object."""
        place = np.full(len(self.vectors), -1)
        place[free] = np.arange(len(free))
        found, far = place[self._neighbours[free]], self._distances[free]
        order = np.argsort(found < 0, axis=1, kind="stable")[:, :K]
        found, far = np.take_along_axis(found, order, axis=1), np.take_along_axis(far, order, axis=1)
        short = np.flatnonzero((found < 0).any(axis=1))
        if len(short):
            base = self.vectors[free][:, :DIMS]
            near, distances = nearest_neighbours(base, K + 1, queries=base[short])
            is_other = near != short[:, None]
            keep = np.argsort(~is_other, axis=1, kind="stable")[:, :K]
            found[short] = np.take_along_axis(near, keep, axis=1)
            far[short] = np.take_along_axis(distances, keep, axis=1)
        return found.astype(np.int32), far


@dataclass
class Session:
    """
    One session.

    Parameters
    ----------
    collection : Collection
        What is sorted.
    approve : float
        Share of the page of a cluster that must be of one label for it to be approved.
    page_ok : float
        Share of a page of candidates that must be right for it to be "OK".
    space : {"pca", "umap"}
        Where clusters are sought.
    click_wrong : bool
        Every wrong member of an approved cluster is clicked out, page by page.
    error, miss, alarm : float
        How the annotator errs (:class:`morphoexplore.methods.annotating.Eyes`).
    random_state : int
        Of the images drawn, and of the errors.

    Attributes
    ----------
    node : array of int, shape (n,)
        Morph of every object, -1 where it is free.
    looks, review, growth : int
        Pages, and keys and clicks of both kinds.
    curve : list of (int, int, int, int)
        Actions, objects sorted, right ones, and morphs, after each round's review and each growth.
    """

    collection: Collection
    approve: float = 0.9
    page_ok: float = 0.95
    space: str = "pca"
    click_wrong: bool = False
    error: float = 0.0
    miss: float = 0.0
    alarm: float = 0.0
    random_state: int = 0
    node: np.ndarray = field(init=False)
    looks: int = 0
    review: int = 0
    growth: int = 0
    label_of: dict[int, int] = field(default_factory=dict)
    curve: list[tuple[int, int, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.node = np.full(len(self.collection.labels), -1, np.int64)
        self._rng = np.random.default_rng(self.random_state)
        self._eyes = Eyes(self.error, self.miss, self.alarm, self._rng)

    def run(self, sizes: Sequence[int] = SIZES) -> Session:
        """Sort the collection."""
        for size in sizes:
            free = np.flatnonzero(self.node < 0)
            cluster = self.collection.clusters(free, size, self.space, self.random_state)
            new = [node for group in groups(cluster, free) if (node := self._judge(group)) is not None]
            self._note()
            for node in sorted(new, key=lambda node: -int((self.node == node).sum())):
                self.grow(node)
        return self

    def _judge(self, group: np.ndarray) -> int | None:
        """Approve a cluster or dissolve it."""
        page = self._rng.choice(group, min(len(group), MEMBERS_PAGE), replace=False)
        self.looks += 1
        self.review += 1
        labels = self.collection.labels[page]
        found, counts = np.unique(labels[labels != NOTHING], return_counts=True)
        if not len(found):
            return None
        label = int(found[counts.argmax()])
        if self._sees(page, label).mean() < self.approve:
            return None
        if self.click_wrong:
            self.looks += -(-len(group) // MEMBERS_PAGE) - 1
            right = self._sees(group, label)
            self.review += int((~right).sum())
            group = group[right]
        node = len(self.label_of) + 1
        self.label_of[node] = label
        self.node[group] = node
        return node

    def grow(self, node: int) -> int:
        """Grow a morph by gallop and bisection; return how many objects came in."""
        members = np.flatnonzero(self.node == node)
        free = np.flatnonzero(self.node < 0)
        if not len(free):
            return 0
        ranked = free[np.argsort(self._distance(members, free), kind="stable")]
        pages = -(-len(ranked) // GROW_PAGE)
        left, right, current, jump, is_found, share = 0, pages, 0, 1, False, 0.5
        while right > left:
            page = ranked[current * GROW_PAGE : (current + 1) * GROW_PAGE]
            self.looks += 1
            self.growth += 1
            if self._sees(page, self.label_of[node]).mean() >= self.page_ok:
                left, share = current + 1, 0.5
            else:
                right, is_found, share = current, True, 0.25
            if is_found:
                current = int((1 - share) * left + share * right)
            else:
                current, jump = min(current + jump, pages - 1), jump * 2
        self.growth += 1  # the key for the next morph
        came_in = ranked[: left * GROW_PAGE]
        self.node[came_in] = node
        self._note()
        return len(came_in)

    def _distance(self, members: np.ndarray, free: np.ndarray) -> np.ndarray:
        vectors = self.collection.vectors
        if len(members) > MOST_MEMBERS:
            members = self._rng.choice(members, MOST_MEMBERS, replace=False)
        prototypes = vectors[members]
        if len(members) > PROTOTYPES:
            means = KMeans(PROTOTYPES, n_init=2, random_state=self.random_state).fit(prototypes)
            prototypes = means.cluster_centers_.astype(np.float32)
        squares = -2 * vectors[free] @ prototypes.T + (prototypes**2).sum(axis=1)
        return np.asarray(squares.min(axis=1) + (vectors[free] ** 2).sum(axis=1))

    def _sees(self, objects: np.ndarray, label: int) -> np.ndarray:
        """Return which objects are taken for right; what looks wrong gets a second look, as in our rows of seeds."""
        right = self.collection.labels[objects] == label
        missed, alarmed = self._eyes.slips(len(objects))
        if missed is None or alarmed is None:
            return right
        return np.where(right, ~alarmed, missed)

    def _note(self) -> None:
        outcome = score_outcome(self.node, self.collection.labels)
        self.curve.append((self.review + self.growth, outcome.sorted, outcome.right, len(self.label_of)))

    def result(self, page_seconds: float, click_seconds: float) -> dict[str, Any]:
        """Return what it came to, in the words of :func:`morphoexplore.simulate`."""
        outcome = score_outcome(self.node, self.collection.labels)
        labels = len(set(self.label_of.values()))
        merging = len(self.label_of) - labels
        actions = self.review + self.growth + merging + labels
        return {
            "approve": self.approve,
            "page_ok": self.page_ok,
            "space": self.space,
            "click_wrong": self.click_wrong,
            **asdict(outcome),
            "morphs": len(self.label_of),
            "looks": self.looks,
            "actions": actions,
            "actions_review": self.review,
            "actions_growth": self.growth,
            "actions_audit": 0,
            "actions_merging": merging,
            "actions_naming": labels,
            "objects_per_action": outcome.right / max(1, actions),
            "hours": (page_seconds * self.looks + click_seconds * actions) / 3600,
        }


def groups(cluster: np.ndarray, objects: np.ndarray) -> list[np.ndarray]:
    """Return the objects of each cluster."""
    order = np.argsort(cluster, kind="stable")
    starts = np.flatnonzero(np.diff(cluster[order], prepend=-1))
    found = np.split(objects[order], starts)[1:] if len(starts) else []
    return [np.sort(group) for group in found]
