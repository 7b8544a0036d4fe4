"""Who is where: the objects of every sample by morph, and the choice of samples and morphs that are counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from morphoexplore.errors import DecisionError, WrongValueError
from morphoexplore.methods.diversity import diversity_table
from morphoexplore.records import Node
from morphoexplore.store import objects, tree
from morphoexplore.store.project import Project
from morphoexplore.store.schema import KINDS

MORPH_SET = "tree"  # the leaves of the tree
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
        As from :func:`morphoexplore.store.tree.morphs`, largest first.
    nodes : mapping of int to Node
        The tree.
    sample, node : array of int, shape (n,)
        Row of *samples*, and morph (``tree.FREE``: unsorted), of every object.
    grid : DataFrame
        Objects of every sample (index) and morph (columns: *morphs*, then ``tree.FREE``).
    """

    samples: pd.DataFrame
    morphs: pd.DataFrame
    nodes: Mapping[int, Node]
    sample: np.ndarray
    node: np.ndarray
    grid: pd.DataFrame

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
            chosen = chosen[chosen["kind"].isin(list(kinds))]
        if branch is not None:
            _require_branch(self.nodes, branch)
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
        labels.loc[tree.FREE] = ["unsorted", None, None]
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

    def indices(
        self, samples: pd.Index, morphs: pd.Index, *, kinds: Sequence[str], branch: int | None = None
    ) -> pd.DataFrame:
        """Return the diversity of chosen samples over chosen morphs (see :func:`.diversity.indices`)."""
        table = diversity_table(self.grid.loc[samples, morphs].astype(float))
        whole = self.samples.loc[samples]
        unsorted = self.grid.loc[samples, tree.FREE] / whole["objects"].where(whole["objects"] > 0)
        table["datetime"] = whole["datetime"].reindex(table["sample"]).to_numpy()
        table["share_unsorted"] = unsorted.reindex(table["sample"]).to_numpy()
        table["morph_set"] = (
            MORPH_SET if branch is None else f"{MORPH_SET}: {tree.path_of(self.nodes, branch)}"
        )
        table["kinds"] = "+".join(kinds)
        first = ["sample", "datetime", "morph_set", "kinds", "index", "q", "estimate"]
        return table[[*first, "n_objects", "share_unsorted", "status"]]

    def coverage(self, samples: pd.Index, morphs: pd.Index) -> Coverage:
        """Return what chosen samples and morphs cover, and what they leave out."""
        chosen = self.samples.loc[samples]
        counted = int(self.grid.loc[samples, morphs].to_numpy().sum())
        free = self.grid.loc[samples, tree.FREE]
        total = int(chosen["objects"].sum())
        return Coverage(
            samples=len(samples),
            undated=int(chosen["datetime"].isna().sum()),
            much_unsorted=int((free > MUCH_UNSORTED * chosen["objects"]).sum()),
            morphs=len(morphs),
            without_kind=sum(
                all(node.own_kind is None for node in tree.lineage(self.nodes, int(str(morph))))
                for morph in morphs
            ),
            objects=total,
            counted=counted,
            unsorted=int(free.sum()),
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
    objects, counted, unsorted : int
        Objects of the samples; of these in the morphs chosen; in no morph at all.
    """

    samples: int
    undated: int
    much_unsorted: int
    morphs: int
    without_kind: int
    objects: int
    counted: int
    unsorted: int

    @property
    def elsewhere(self) -> int:
        """Objects in morphs that were not chosen."""
        return self.objects - self.counted - self.unsorted

    @property
    def share_unsorted(self) -> float:
        """Unsorted objects as a share of all objects of the samples; NaN without objects."""
        return self.unsorted / self.objects if self.objects else float("nan")


def tally(project: Project, *, node: np.ndarray | None = None) -> Tally:
    """
    Count the objects of every sample by morph.

    Parameters
    ----------
    node : array of int, shape (n,), optional
        The morph of every object, where it is known already; read from the database unless given.
    """
    samples, morphs = objects.samples(project), tree.morphs(project)
    node = tree.membership(project)[0] if node is None else node
    places, names = objects.samples_of(project)
    sample = samples.index.get_indexer(pd.Index(names, dtype=samples.index.dtype))[places]
    columns = pd.Index([*morphs.index, tree.FREE])
    column = columns.get_indexer(pd.Index(node))
    n = min(len(sample), len(column))  # objects may be added between two readings
    is_known = column[:n] >= 0  # morphs may be made between two readings
    cells = sample[:n][is_known].astype(np.int64) * len(columns) + column[:n][is_known]
    counts = np.bincount(cells, minlength=len(samples) * len(columns)).reshape(len(samples), len(columns))
    return Tally(
        samples=samples,
        morphs=morphs,
        nodes=tree.nodes(project),
        sample=sample[:n],
        node=node[:n],
        grid=pd.DataFrame(counts, index=samples.index, columns=columns),
    )


def _require_branch(nodes: Mapping[int, Node], node_id: int) -> None:
    """Refuse what is no branch with a sentence."""
    node = nodes.get(node_id)
    if node is None:
        message = f"There is no branch {node_id}. It may have been merged or undone; see: morphoexplore status --tree"
        raise DecisionError(message)
    if not node.is_branch:
        message = f"{node.title} is a morph; it owns objects, never nodes. Choose a branch."
        raise DecisionError(message)
