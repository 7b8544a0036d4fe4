"""
Who is where: the objects of every sample by morph, and the choice of samples and morphs that are counted.

What is counted is a *morph set*: ``tree``, the morphs that people made; or ``partition``, the cells of the newest partition
(:mod:`.partitioning`), in which free objects count as well as those of living morphs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from morphoexplore.errors import DecisionError, WrongValueError
from morphoexplore.records import Node
from morphoexplore.steps import partitioning
from morphoexplore.store import objects, partitions, tree
from morphoexplore.store.project import Project
from morphoexplore.store.schema import KINDS

MORPH_SET, PARTITION = "tree", "partition"  # the leaves of the tree, or cells
MORPH_SETS = (MORPH_SET, PARTITION)
NO_CELL = "in no cell"  # where the tree has "unsorted"
MUCH_UNSORTED = 0.2  # of a sample; above it, what is unsorted can change every index


@dataclass(frozen=True)
class Tally:
    """
    The objects of every sample by morph, at one moment.

    Attributes
    ----------
    samples : DataFrame
        As from :func:`morphoexplore.store.objects.samples`, in the order of time.
    morphs : DataFrame
        As from :func:`morphoexplore.store.tree.morphs`, largest first. Of a partition: its cells, ``members`` being the
        objects that count.
    nodes : mapping of int to Node
        The tree.
    sample, node : array of int, shape (n,)
        Row of *samples*, and morph (``tree.FREE``: unsorted), of every object. Of a partition: cell, or ``tree.FREE`` where an
        object does not count or has no features.
    grid : DataFrame
        Objects of every sample (index) and morph (columns: *morphs*, then ``tree.FREE``).
    unsorted : Series
        Objects of every sample that are in no morph of the tree.
    morph_set : str
        ``tree``; or of a partition how it was made, ``partition (200 cells, version 1)``.
    """

    samples: pd.DataFrame
    morphs: pd.DataFrame
    nodes: Mapping[int, Node]
    sample: np.ndarray
    node: np.ndarray
    grid: pd.DataFrame
    unsorted: pd.Series
    morph_set: str = MORPH_SET

    @property
    def is_of_cells(self) -> bool:
        """Whether cells are counted, and not morphs."""
        return self.morph_set != MORPH_SET

    def choose_samples(self, names: Sequence[str] | None) -> pd.Index:
        """
        Return samples by name in the order of time, all of them for None.

        Raises
        ------
        WrongValueError
            If there is no sample of a name.
        """
        if names is None:
            return self.samples.index
        unknown = [name for name in names if name not in self.samples.index]
        if unknown:
            message = f"There is no sample {unknown[0]!r} in this project."
            raise WrongValueError(message)
        return self.samples.index[self.samples.index.isin(list(names))]

    def choose_morphs(self, *, kinds: Sequence[str] | None = None, branch: int | None = None) -> pd.Index:
        """
        Return the morphs of these kinds below a branch, largest first; None chooses all.

        Of cells all are chosen always: kinds and branch chose the objects when these were tallied.

        Raises
        ------
        WrongValueError
            If there is no such kind, or none was given.
        DecisionError
            If there is no such branch.
        """
        chosen = self.morphs
        if kinds is not None:
            unknown = [kind for kind in kinds if kind not in KINDS]
            if unknown or not kinds:
                message = f"There is no kind {unknown[0] if unknown else ''!r}. Kinds: {', '.join(KINDS)}."
                raise WrongValueError(message)
            chosen = chosen if self.is_of_cells else chosen[chosen["kind"].isin(list(kinds))]
        if branch is not None:
            _require_branch(self.nodes, branch)
        if branch is not None and not self.is_of_cells:
            is_below = [
                any(node.node_id == branch for node in tree.lineage(self.nodes, int(str(morph))))
                for morph in chosen.index
            ]
            chosen = chosen[is_below]
        return chosen.index

    def counts(self, samples: pd.Index, morphs: pd.Index, *, zeros: bool = True) -> pd.DataFrame:
        """
        Return the counts of chosen samples and morphs as one long table (see :func:`.diversity.counts`).

        Parameters
        ----------
        zeros : bool
            Give pairs without objects too; the unsorted objects of every sample are always there.
        """
        ids = [*morphs, tree.FREE]
        counts = self.grid.loc[samples, ids].to_numpy()
        is_given = np.ones_like(counts, dtype=bool) if zeros else counts > 0
        is_given[:, -1] = True
        columns, rows = np.nonzero(is_given.T)  # morph by morph, and in each the samples in order
        labels = self.morphs.loc[morphs, ["title", "path", "kind"]].astype(object)
        labels.loc[tree.FREE] = [NO_CELL if self.is_of_cells else "unsorted", None, None]
        chosen = self.samples.loc[samples]
        values = counts[rows, columns]
        totals = chosen["objects"].to_numpy(dtype=np.float64)[rows]
        numbers = np.array(ids, dtype=np.int64)[columns]
        return pd.DataFrame(
            {
                "sample": samples.take(rows),
                "datetime": chosen["datetime"].to_numpy()[rows],
                "node_id": pd.array(numbers, dtype="Int64"),
                **{name: labels[name].to_numpy()[columns] for name in labels},
                "count": values,
                "share": values / np.where(totals > 0, totals, np.nan),
            }
        ).assign(node_id=lambda table: table["node_id"].where(table["node_id"] != tree.FREE))

    def coverage(self, samples: pd.Index, morphs: pd.Index) -> Coverage:
        """Return what chosen samples and morphs cover, and what they leave out."""
        chosen = self.samples.loc[samples]
        counted = int(self.grid.loc[samples, morphs].to_numpy().sum())
        free = self.unsorted.loc[samples]
        total = int(chosen["objects"].sum())
        in_no_cell = int(self.grid.loc[samples, tree.FREE].sum())
        return Coverage(
            samples=len(samples),
            undated=int(chosen["datetime"].isna().sum()),
            much_unsorted=int((free > MUCH_UNSORTED * chosen["objects"]).sum()),
            morphs=len(morphs),
            without_kind=0 if self.is_of_cells else self._count_without_kind(morphs),
            objects=total,
            counted=counted,
            unsorted=int(free.sum()),
            elsewhere=in_no_cell if self.is_of_cells else total - counted - int(free.sum()),
        )

    def _count_without_kind(self, morphs: pd.Index) -> int:
        return sum(
            all(node.own_kind is None for node in tree.lineage(self.nodes, int(str(morph))))
            for morph in morphs
        )

    def objects_of(self, samples: pd.Index, morphs: Sequence[int] | pd.Index) -> np.ndarray:
        """
        Return the numbers of objects of samples in morphs (``tree.FREE``: the unsorted).

        Returns
        -------
        objects : array of int64
            By morph in the order given, then by number.
        """
        rows = self.samples.index.get_indexer(samples)
        in_samples = np.flatnonzero(np.isin(self.sample, rows))
        order = pd.Index(morphs).get_indexer(pd.Index(self.node[in_samples]))
        return in_samples[order >= 0][np.argsort(order[order >= 0], kind="stable")]


@dataclass(frozen=True)
class Coverage:
    """
    What a choice counts and what it leaves out.

    Attributes
    ----------
    samples, undated, much_unsorted : int
        Samples chosen; of these without a date; of these with more than `MUCH_UNSORTED` unsorted.
    morphs, without_kind : int
        Morphs chosen; of these that nobody gave a kind, so that they count as living.
    objects, counted, unsorted, elsewhere : int
        Objects of the samples; of these in the morphs chosen; in no morph at all; in morphs that were not chosen. In cells the
        unsorted count as well, and elsewhere is what is in no cell: of other kinds, or without features.
    """

    samples: int
    undated: int
    much_unsorted: int
    morphs: int
    without_kind: int
    objects: int
    counted: int
    unsorted: int
    elsewhere: int

    @property
    def share_unsorted(self) -> float:
        """Unsorted objects as a share of all objects of the samples; NaN without objects."""
        return self.unsorted / self.objects if self.objects else float("nan")


def tally(
    project: Project,
    *,
    node: np.ndarray | None = None,
    origin: np.ndarray | None = None,
    morph_set: str = MORPH_SET,
    kinds: Sequence[str] | None = None,
    branch: int | None = None,
    sampled: tuple[pd.DataFrame, np.ndarray] | None = None,
) -> Tally:
    """
    Count the objects of every sample by morph, or by cell.

    Parameters
    ----------
    node : array of int, shape (n,), optional
        The morph of every object, where it is known already; read from the database unless given.
    origin : array of int8, shape (n,), optional
        How each came in, with *node*: then morphs are counted from both.
    morph_set : {"tree", "partition"}
        What is counted.
    kinds : sequence of str, optional
        Of a partition only: the kinds of morphs whose members count; free objects do where living ones do. All unless given.
    branch : int, optional
        Of a partition only: count only members of morphs below it.
    sampled : tuple of DataFrame and array, optional
        From :func:`in_samples`, where it is known already.

    Raises
    ------
    WrongValueError
        If there is no such morph set.
    StepMissingError
        If there is no partition of all objects yet.
    """
    if morph_set not in MORPH_SETS:
        message = f"There is no morph set {morph_set!r}. Morph sets: {', '.join(MORPH_SETS)}."
        raise WrongValueError(message)
    samples, sample = in_samples(project) if sampled is None else sampled
    members = tree.membership(project) if node is None else None if origin is None else (node, origin)
    node = members[0] if node is None and members is not None else node
    assert node is not None
    n = min(len(sample), len(node))  # objects may be added between two readings
    sample, node = sample[:n], node[:n]
    unsorted = np.bincount(sample[node == tree.FREE], minlength=len(samples))
    title = MORPH_SET
    if morph_set == PARTITION:
        title, morphs, node = _cells(project, node, kinds, branch)
        sample = sample[: len(node)]
    else:
        morphs = tree.morphs(project, members=members)
    return Tally(
        samples=samples,
        morphs=morphs,
        nodes=tree.nodes(project),
        sample=sample,
        node=node,
        grid=_grid(samples, morphs, sample, node),
        unsorted=pd.Series(unsorted, index=samples.index),
        morph_set=title,
    )


def in_samples(project: Project) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the samples in the order of time, and the row in them of every object; no decision changes them."""
    samples = objects.samples(project)
    places, names = objects.samples_of(project)
    return samples, samples.index.get_indexer(pd.Index(names, dtype=samples.index.dtype))[places]


def _grid(samples: pd.DataFrame, morphs: pd.DataFrame, sample: np.ndarray, node: np.ndarray) -> pd.DataFrame:
    columns = pd.Index([*morphs.index, tree.FREE])
    column = columns.get_indexer(pd.Index(node))
    is_known = column >= 0  # morphs may be made between two readings
    cells = sample[is_known].astype(np.int64) * len(columns) + column[is_known]
    counts = np.bincount(cells, minlength=len(samples) * len(columns)).reshape(len(samples), len(columns))
    return pd.DataFrame(counts, index=samples.index, columns=columns)


def _cells(
    project: Project, node: np.ndarray, kinds: Sequence[str] | None, branch: int | None
) -> tuple[str, pd.DataFrame, np.ndarray]:
    """Return how the partition was made, its cells as a table of morphs, and the cell of every object that counts."""
    if branch is not None:
        _require_branch(tree.nodes(project), branch)
    array = partitions.require(project)
    cell = partitions.read(project, array)[: len(node)].astype(np.int64)
    counts = partitioning.is_of_kinds(project, node[: len(cell)], kinds, branch=branch)
    cell = np.where(counts & (cell != partitions.NO_CELL), cell, tree.FREE)
    numbers = pd.RangeIndex(1, array.parameters["cells"] + 1, name="node_id")
    titles = [partitioning.title(number) for number in numbers]
    morphs = pd.DataFrame({"name": titles, "title": titles, "path": titles}, index=numbers)
    morphs["kind"] = "+".join(KINDS if kinds is None else kinds)
    morphs["taxon"] = None
    morphs["members"] = np.bincount(cell[cell > 0], minlength=len(numbers) + 1)[1:]
    title = f"{PARTITION} ({array.parameters['cells']} cells, version {array.version})"
    return title, morphs.sort_values("members", ascending=False, kind="stable"), cell


def _require_branch(nodes: Mapping[int, Node], node_id: int) -> None:
    """Refuse what is no branch with a sentence."""
    node = nodes.get(node_id)
    if node is None:
        message = f"There is no branch {node_id}. It may have been merged or undone; see: morphoexplore status --tree"
        raise DecisionError(message)
    if not node.is_branch:
        message = f"{node.title} is a morph; it owns objects, never nodes. Choose a branch."
        raise DecisionError(message)
