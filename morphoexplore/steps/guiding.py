"""``export --format guide``: a book of morphs, and of the cells of the partition, with pictures from typical to strange."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.reading import sprites
from morphoexplore.records import Node, Progress, silent
from morphoexplore.steps import partitioning, precision, tallying
from morphoexplore.steps.overview import refuse_without_morphs
from morphoexplore.steps.tallying import Tally
from morphoexplore.store import morphospace, partitions, tree
from morphoexplore.store.images import PackReader
from morphoexplore.store.project import Project
from morphoexplore.writing.guide import Entry, write_guide

PICTURES = 12  # of each, in a row
SIDE = 80  # px
LARGEST_MORPHS = 3  # that a cell is made of
PICTURES_SAID = "Pictures go from the most typical (left) to the strangest, one from each part of equal size; they keep their relative size."


def guide(project: Project, path: Path, *, progress: Progress = silent) -> dict[str, Any]:
    """
    Write the morphs of the tree, and the cells of the newest partition, each with its pictures, as one HTML file.

    Returns
    -------
    report : dict
        ``file``, ``rows`` (morphs and cells), ``notes``.

    Raises
    ------
    StepMissingError
        If there is neither a morph nor a partition.
    """
    array, n = partitions.newest(project), project.count_objects()
    has_cells = array is not None and array.stop >= n
    if not has_cells:
        refuse_without_morphs(project)
    space = morphospace.embedding(project, morphospace.PCA)
    positions = None if space is None else morphospace.read_pca(project)
    pictures = _Pictures(project, positions)
    tally = tallying.tally(project)
    sections = []
    if len(tally.morphs):
        entries = _morphs(project, tally, pictures, progress)
        about = f"Bars show in which months it is met: objects of a sample, of all years. {PICTURES_SAID}"
        sections.append(("Morphs", about, entries))
    if has_cells:
        cells = tallying.tally(project, morph_set=tallying.PARTITION, kinds=partitioning.LIVING)
        about = (
            f"{cells.morph_set[0].upper()}{cells.morph_set[1:]}: regions of the morphospace that nobody decided on, with what lives, "
            f"sorted or not; the largest first. {PICTURES_SAID}"
        )
        sections.append(("Cells", about, _cells(project, cells, tally, pictures, progress)))
    free = int((tally.node == tree.FREE).sum())
    note = f"{n:,} objects of {len(tally.samples):,} samples; {free:,} of them are in no morph."
    rows = write_guide(path, title=f"Guide to the morphs of {project.name}", note=note, sections=sections)
    left_out = (
        []
        if has_cells or array is None
        else ["Cells are left out: objects were added since. partition gives them theirs."]
    )
    return {"file": str(path), "rows": rows, "notes": left_out}


class _Pictures:
    """Sheets of pictures of groups of objects, from typical to strange."""

    def __init__(self, project: Project, positions: np.ndarray | None) -> None:
        self.packs, self.positions = PackReader(project), positions

    def sheet(self, objects: np.ndarray, middle: np.ndarray | None = None) -> bytes:
        """Return a row of pictures as JPEG, empty where no object has an image; *middle* is the mean unless given."""
        ranked = self._ranked(objects, middle)
        places = np.unique(np.linspace(0, len(ranked) - 1, min(PICTURES, len(ranked))).round().astype(int))
        found = [one for one in self.packs.pictures(ranked[places].tolist()) if one] if len(ranked) else []
        return sprites.sheet_of_pictures(found, SIDE) if found else b""

    def _ranked(self, objects: np.ndarray, middle: np.ndarray | None) -> np.ndarray:
        if self.positions is None or not len(objects):
            return objects
        known = objects[objects < len(self.positions)]
        dims = self.positions.shape[1] if middle is None else len(middle)
        rows = np.asarray(self.positions[known, :dims], dtype=np.float64)
        is_placed = np.isfinite(rows).all(axis=1)
        if not is_placed.any():
            return objects
        centre = rows[is_placed].mean(axis=0) if middle is None else middle
        away = ((rows[is_placed] - centre) ** 2).sum(axis=1)
        ranked = known[is_placed][np.argsort(away, kind="stable")]
        return np.concatenate([ranked, np.setdiff1d(objects, ranked)])


def _morphs(project: Project, tally: Tally, pictures: _Pictures, progress: Progress) -> Iterator[Entry]:
    """Yield branches and morphs in the order of the tree."""
    bounds = precision.bounds(project)["precision"]
    order, starts = _by_group(tally.node)
    outline = list(tree.outline(project))
    for depth, node in progress(outline, label="morphs", total=len(outline)):
        if node.is_branch:
            facts = _named(node, tally)
            yield Entry(node.title, depth, facts, node.description or "", is_branch=True)
            continue
        if node.node_id not in tally.grid.columns:
            continue  # made since the objects were counted
        bound = float(bounds.get(node.node_id, np.nan))
        how = f"{bound:.1%} are right at least" if np.isfinite(bound) else "how many are right is not known"
        members = order[starts.get(node.node_id, slice(0, 0))]
        facts = [*_named(node, tally), *_met(tally, node.node_id), *([how] if len(members) else [])]
        yield Entry(
            node.title,
            depth,
            facts,
            node.description or "",
            pictures.sheet(members),
            _months(tally, node.node_id),
        )


def _cells(
    project: Project, cells: Tally, tally: Tally, pictures: _Pictures, progress: Progress
) -> Iterator[Entry]:
    array = partitions.require(project)
    middles = partitions.centroids(project, array)
    order, starts = _by_group(cells.node)
    for number in progress(cells.morphs.index.tolist(), label="cells", total=len(cells.morphs)):
        objects = order[starts.get(number, slice(0, 0))]
        middle = middles[number - 1]
        middles_said = ", ".join(f"{value:.2f}" for value in middle).replace("-", "\u2212")
        where = f"middle on PC 1 to {len(middle)}: {middles_said}"
        facts = [*_met(cells, number), *_made_of(tally, objects), where]
        yield Entry(
            partitioning.title(number),
            0,
            facts,
            sheet=pictures.sheet(objects, middle),
            months=_months(cells, number),
        )


def _by_group(group: np.ndarray) -> tuple[np.ndarray, dict[int, slice]]:
    """Return the objects by group, and where each group lies."""
    order = np.argsort(group, kind="stable")
    numbers, first = np.unique(group[order], return_index=True)
    ends = [*first[1:].tolist(), len(order)]
    return order, {
        number: slice(begin, end)
        for number, begin, end in zip(numbers.tolist(), first.tolist(), ends, strict=True)
    }


def _named(node: Node, tally: Tally) -> list[str]:
    kind = tree.kind_of(tally.nodes, node.node_id)
    ids = {"EcoTaxa": node.ecotaxa_id, "AphiaID": node.aphia_id}
    taxon = " ".join([node.taxon or "", *(f"({name} {number})" for name, number in ids.items() if number)])
    return [part for part in (kind, taxon.strip()) if part]


def _met(tally: Tally, group: int) -> list[str]:
    """Say how many objects there are, in how many samples, and from when to when."""
    counts = tally.grid[group]
    met = counts[counts > 0]
    facts = [
        f"{int(counts.sum()):,} object{'' if counts.sum() == 1 else 's'}",
        f"in {len(met):,} of {len(counts):,} samples",
    ]
    days = tally.samples["datetime"].reindex(met.index).dropna()
    if len(days):
        first, last = f"{days.min():%Y-%m-%d}", f"{days.max():%Y-%m-%d}"
        facts.append(first if first == last else f"{first} to {last}")
    return facts if len(met) else facts[:1]


def _made_of(tally: Tally, objects: np.ndarray) -> list[str]:
    """Name the morphs that most of a cell's objects are in."""
    if not len(objects):
        return []
    found = pd.Series(tally.node[objects]).value_counts()
    words = [
        f"{number / len(objects):.0%} {'unsorted' if node == tree.FREE else tally.nodes[int(str(node))].title}"
        for node, number in found.head(LARGEST_MORPHS).items()
    ]
    return [", ".join(words)]


def _months(tally: Tally, group: int) -> list[float]:
    """Return the mean number of objects of a sample of every month, NaN of one without samples."""
    month = tally.samples["datetime"].dt.month
    return tally.grid[group].groupby(month).mean().reindex(range(1, 13)).astype(float).tolist()
