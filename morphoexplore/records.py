"""Frozen records that cross the borders between layers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")


class Progress(Protocol):
    """What long verbs report to: a bar in the terminal, a row in the run table, nothing in tests."""

    def __call__(self, things: Iterable[T], *, label: str, total: int) -> Iterator[T]:
        """Yield *things* while showing how many of *total* are done."""
        ...


def silent(things: Iterable[T], *, label: str, total: int) -> Iterator[T]:
    """Report no progress."""
    del label, total
    yield from things


@dataclass(frozen=True)
class Problem:
    """
    One thing of a source that could not be used.

    Parameters
    ----------
    file : str
        File inside the source, relative to it where possible.
    line : int or None
        Line of that file, counted from 1 as editors do; None where it has no lines.
    object_id : str or None
        The object concerned, where known.
    reason : str
        A sentence: what is wrong and what was done about it.
    lost : int
        Lines that are not used because of it; 0 where only a value or an image is missing.
    """

    file: str
    line: int | None
    object_id: str | None
    reason: str
    lost: int = 0


@dataclass(frozen=True)
class ParentLine:
    """
    A line of a table without objects, which tells of samples and acquisitions only.

    Parameters
    ----------
    file, line : str, int
        Where it stands.
    sample, acquisition : str
        Whom it tells of; ``unknown`` where it does not name them.
    """

    file: str
    line: int
    sample: str
    acquisition: str

    def problem(self, reason: str, *, lost: int = 0) -> Problem:
        """Return a problem with it."""
        return Problem(self.file, self.line, None, reason, lost)


@dataclass(frozen=True)
class Batch:
    """
    A stretch of a source: one row per line of its table, that is one per image of an object.

    Parameters
    ----------
    rows : DataFrame
        Columns, always all present and in this order: ``object_id`` (text), ``file`` (text, table file
        relative to the source), ``line`` (int), ``image`` (text, path of the image relative to the
        source's image root with forward slashes, or None), ``rank`` (int, -1 where the source gives
        none), ``sample`` (text), ``acquisition`` (text), ``datetime`` (text, ISO 8601 UTC such as
        ``2016-04-04T03:27:00``, or a date ``2016-04-04``, or None), ``latitude``, ``longitude`` (decimal
        degrees), ``depth_min``, ``depth_max`` (metres, positive down), all four NaN where unknown.
    metadata : DataFrame
        Free columns of the objects, same index as *rows*, under their names in the source (EcoTaxa:
        without the ``object_`` prefix). Numeric columns are float64 with NaN, text columns are object
        with None where empty.
    samples : DataFrame
        One row per sample seen in this batch, index = sample name, free columns as above.
    acquisitions : DataFrame
        One row per acquisition, index = (sample name, acquisition name), free columns as above;
        EcoTaxa's process columns are here too, with their ``process_`` prefix kept.
    problems : list of Problem
        Lines that were left out of *rows*, or values that were dropped.
    missing : int
        Images that rows name and that do not exist.
    parent_lines : list of ParentLine
        Where a batch without rows comes from: the first line of each pair of sample and acquisition. An acquisition
        that is named without its sample has the sample ``unknown``.
    """

    rows: pd.DataFrame
    metadata: pd.DataFrame
    samples: pd.DataFrame
    acquisitions: pd.DataFrame
    problems: list[Problem] = field(default_factory=list)
    missing: int = 0
    parent_lines: list[ParentLine] = field(default_factory=list)


ROW_COLUMNS = (
    "object_id",
    "file",
    "line",
    "image",
    "rank",
    "sample",
    "acquisition",
    "datetime",
    "latitude",
    "longitude",
    "depth_min",
    "depth_max",
)


@dataclass(frozen=True)
class Source:
    """
    A readable source of objects: what it is, where its images lie, and its rows batch by batch.

    Parameters
    ----------
    path : Path
        What the user named.
    format : str
        ``ecotaxa``, ``table`` or ``folder``.
    image_root : Path
        Folder or zip file that image paths are relative to.
    batches : callable
        ``batches()`` reads the source from its beginning and yields :class:`Batch`.
    layout : str
        What it looks like, in words: "general export of EcoTaxa, 3 tables".
    remarks : tuple of str
        Sentences on what lies beside the tables and is not read.
    """

    path: Path
    format: str
    image_root: Path
    batches: Callable[[], Iterator[Batch]]
    layout: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class SeedRecord:
    """A seed as the store holds it."""

    seed_id: int
    round: int
    size: int
    density: float
    state: str
    node_id: int | None


@dataclass(frozen=True)
class Node:
    """A vertex of the tree: a morph (leaf, owns members) or a branch (owns nodes)."""

    node_id: int
    parent_id: int | None
    is_branch: bool
    name: str | None
    kind: str | None
    taxon: str | None
    ecotaxa_id: int | None
    aphia_id: int | None
    description: str | None
    is_complete: bool
    flag: str | None
    taxon_type: str | None = None  # P: phylo, a branch of life; M: morpho, a form such as egg
    taxon_kind: str | None = (
        None  # what the project's list of taxa says of its taxon; never stored with the node
    )

    @property
    def own_kind(self) -> str | None:
        """The kind that was set by hand, else that of its taxon; None where both are unknown."""
        return self.kind or self.taxon_kind

    @property
    def title(self) -> str:
        """Name to show; a node without a name shows its number."""
        return self.name or f"{'branch' if self.is_branch else 'morph'} {self.node_id}"


@dataclass(frozen=True)
class Taxon:
    """
    A taxon or other category that nodes can be identified as.

    Parameters
    ----------
    display_name : str
        What EcoTaxa calls it, unique there: ``Copepoda``, ``egg<Actinopterygii``.
    lineage : str
        Names from the root down to it, ``>`` between, as far as they are known.
    ecotaxa_id, aphia_id : int or None
        Its number in EcoTaxa, and in WoRMS.
    taxon_type : {"P", "M"} or None
        Phylo, a branch of life, or morpho, a form such as egg.
    rank : str or None
        Genus, Family ...
    """

    display_name: str
    lineage: str
    ecotaxa_id: int | None = None
    aphia_id: int | None = None
    taxon_type: str | None = None
    rank: str | None = None

    @property
    def name(self) -> str:
        """The last name of the lineage: egg."""
        return self.lineage.rpartition(">")[2]


@dataclass(frozen=True)
class Decision:
    """One thing a person did."""

    decision_id: int
    verb: str
    user: str
    time: str
    node_id: int | None
    seed_id: int | None
    detail: dict[str, Any]
    is_undone: bool
