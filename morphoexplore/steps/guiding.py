"""``export --format guide``: a book of the morphs with pictures, to hand out to those who count, name or read."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.methods.typicality import order_by_typicality
from morphoexplore.records import Progress, silent
from morphoexplore.review import likeness
from morphoexplore.steps import measuring
from morphoexplore.steps.overview import refuse_without_morphs
from morphoexplore.steps.partitioning import LIVING, is_of_kinds
from morphoexplore.steps.partitioning import title as cell_title
from morphoexplore.steps.precision import bounds
from morphoexplore.store import images, morphospace, objects, partitions, tree
from morphoexplore.store.arrays import ArrayRecord
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project
from morphoexplore.store.schema import ORIGINS
from morphoexplore.writing.guide import Alike, Entry, Line, Picture, write_guide

MOST, MOST_OF_CELL, LEAST = 16, 8, 4  # pictures of a morph, of a cell, and of either in a large book
IN_ALL = 6000  # pictures in a book: about 50 MB, which browsers still open at once
ALIKE, OF_ALIKE = 3, 4
FAR = 2.0  # likeness score from which two morphs are not taken for each other: their clouds just touch
WORDS = {
    "looked": "looked at",
    "seed": "unseen, with a seed",
    "grown": "unseen, grown",
    "imported": "imported",
}
LOOKED, UNSORTED = ORIGINS.index("looked"), -1
SMALL_SIDE = 72  # px


class Book:
    """What entries of one book are made of."""

    def __init__(self, project: Project) -> None:
        self.project = project
        membership = Membership(project)
        self.membership, self.node, self.origin = membership, membership.node, membership.origin
        self.nodes = tree.nodes(project)
        titles = Counter(one.title for one in self.nodes.values())
        self._shared = {title for title, count in titles.items() if count > 1}
        self.frame = objects.frame(project)
        self.samples_at, names = pd.factorize(self.frame["sample"])
        first = pd.to_datetime(self.frame["datetime"], errors="coerce").groupby(self.samples_at).min()
        self._month_of = first.reindex(range(len(names))).dt.month.fillna(0).to_numpy(int)
        self._samples_in = np.bincount(self._month_of, minlength=13)[1:]
        self.bounds = bounds(project, membership=membership)
        space = morphospace.embedding(project, morphospace.PCA)
        self.vectors = None if space is None else morphospace.read_pca(project)
        self.centres = None if self.vectors is None else likeness.Centres.read(project, self.vectors)
        self.reader = images.PackReader(project)
        self._small: dict[int, list[Picture]] = {}
        self.sizes, self.unit = self._lengths()
        self.morphs = [one.node_id for _, one in tree.outline(project) if not one.is_branch]
        self.per_morph = min(MOST, max(LEAST, IN_ALL // max(1, len(self.morphs))))

    def _lengths(self) -> tuple[np.ndarray, str]:
        """Return the length of every object (Feret diameter) and its unit; mm where all of them are known in mm."""
        n = len(self.frame)
        if not measuring.count_described(self.project):
            return np.full(n, np.nan), ""
        table = measuring.descriptors(self.project, columns=["feret"]).reindex(range(n))
        known = table["feret"].notna()
        if "feret_mm" in table and table.loc[known, "feret_mm"].notna().all():
            return table["feret_mm"].to_numpy(), "mm"
        return table["feret"].to_numpy(), "px"

    def title(self, number: int) -> str:
        """Return the title of a node, with its number where others have the same."""
        title = self.nodes[number].title
        return f"{title} ({number})" if title in self._shared else title

    def lines(self) -> list[Line]:
        """Return the contents: all nodes, each with how many objects it has."""
        totals: dict[int, int] = {}
        for number, size in tree.member_counts(self.project).items():
            for one in tree.lineage(self.nodes, number):
                totals[one.node_id] = totals.get(one.node_id, 0) + size
        return [
            Line(
                _anchor(one.node_id),
                self.title(one.node_id),
                depth,
                totals.get(one.node_id, 0),
                one.is_branch,
            )
            for depth, one in tree.outline(self.project)
        ]

    def entries(self, progress: Progress) -> Iterator[Entry]:
        """Yield the entry of every morph."""
        if self.centres is not None:
            self.centres.follow(self.node)
        for number in progress(self.morphs, label="morphs", total=len(self.morphs)):
            one, members = self.nodes[number], np.flatnonzero(self.node == number)
            path = tree.path_of(self.nodes, number)
            yield Entry(
                _anchor(number),
                self.title(number),
                path="" if path == one.title else path,
                description=one.description or "",
                facts=[*self._names(number), *self._facts(number, members)],
                pictures=self.pictures(members, self.per_morph),
                alike=self._alike(number, members),
                months=self._months(members),
            )

    def _names(self, number: int) -> list[tuple[str, str]]:
        one = self.nodes[number]
        words = [
            ("Kind", tree.kind_of(self.nodes, number)),
            ("Taxon", one.taxon),
            ("EcoTaxa", one.ecotaxa_id),
            ("AphiaID", one.aphia_id),
            ("Question", one.flag),
        ]
        return [(term, str(word)) for term, word in words if word is not None]

    def _facts(self, number: int, members: np.ndarray) -> list[tuple[str, str]]:
        """Return how many there are, how sure that is, how long they are, where and when they were."""
        counts = np.bincount(self.origin[members], minlength=len(ORIGINS))
        how = ", ".join(f"{counts[at]:,} {WORDS[name]}" for at, name in enumerate(ORIGINS) if counts[at])
        return [
            ("Members", f"{len(members):,} ({how})"),
            ("Right", self._right(number)),
            *self._length(members),
            *self._whereabouts(members),
        ]

    def _right(self, number: int) -> str:
        if number not in self.bounds.index:
            return "nothing is in it"
        stated = self.bounds.loc[number]
        if not stated["unseen"]:
            return "all were looked at"
        if pd.isna(stated["precision"]):
            return "not known (nobody audited it)"
        return f"at least {100 * stated['precision']:.1f} %"

    def _length(self, members: np.ndarray) -> list[tuple[str, str]]:
        lengths = self.sizes[members]
        lengths = lengths[np.isfinite(lengths)]
        if not len(lengths):
            return []
        low, middle, high = np.percentile(lengths, [5, 50, 95])
        return [("Length", f"{middle:.3g} {self.unit} (5 to 95 %: {low:.3g} to {high:.3g})")]

    def _whereabouts(self, members: np.ndarray) -> list[tuple[str, str]]:
        found, rows = [], self.frame.iloc[members]
        n, of = rows["sample"].nunique(), self.frame["sample"].nunique()
        found.append(("Samples", f"{n:,} of {of:,}"))
        days = pd.to_datetime(rows["datetime"], errors="coerce").dropna()
        if len(days):
            first, last = f"{days.min():%Y-%m-%d}", f"{days.max():%Y-%m-%d}"
            found.append(("Dates", first if first == last else f"{first} to {last}"))
        depths = rows[["depth_min", "depth_max"]]
        if depths.notna().any(axis=None):
            low, high = np.nanmin(depths.to_numpy(float)), np.nanmax(depths.to_numpy(float))
            found.append(("Depth", f"{low:g} m" if low == high else f"{low:g} to {high:g} m"))
        return found

    def pictures(self, members: np.ndarray, most: int) -> list[Picture]:
        """Return pictures from typical to strange, one from each of equal parts; those that a person saw go before others."""
        ordered = self._ordered(members)
        parts = np.array_split(ordered, min(most, len(ordered))) if len(ordered) else []
        chosen = [self._of_part(part) for part in parts]
        jpegs = self.reader.pictures(chosen)
        return [self._picture(number, jpeg) for number, jpeg in zip(chosen, jpegs, strict=True) if jpeg]

    def _small_pictures(self, number: int) -> list[Picture]:
        """Return the few pictures of a morph that stand with others; made once, because several morphs ask for them."""
        if number not in self._small:
            found = self.pictures(np.flatnonzero(self.node == number), OF_ALIKE)
            self._small[number] = [replace(one, jpeg=_shrunk(one.jpeg), caption="") for one in found]
        return self._small[number]

    def _ordered(self, members: np.ndarray) -> np.ndarray:
        if self.vectors is None:
            return members
        placed = members[members < len(self.vectors)]
        return np.concatenate(
            [placed[order_by_typicality(self.vectors[placed])], members[members >= len(self.vectors)]]
        )

    def _of_part(self, part: np.ndarray) -> int:
        """Return the one nearest to the middle of a part, of those that were looked at where there are any."""
        seen = np.flatnonzero(self.origin[part] == LOOKED)
        places = seen if len(seen) else np.arange(len(part))
        return int(part[places[np.argmin(np.abs(places - (len(part) - 1) / 2))]])

    def _picture(self, number: int, jpeg: bytes) -> Picture:
        row = self.frame.iloc[number]
        length = self.sizes[number]
        caption = f"{length:.3g} {self.unit}" if np.isfinite(length) else ""
        is_seen = self.origin[number] in (LOOKED, UNSORTED)  # of an unsorted one nobody says what it is
        about = f"{row['object_id']}, sample {row['sample']}" + ("" if is_seen else "; nobody looked at it")
        return Picture(jpeg, about, caption, is_seen)

    def _alike(self, number: int, members: np.ndarray) -> list[Alike]:
        if self.centres is None:
            return []
        near = [one for one in self.centres.nearest(members, ALIKE + 1) if one[0] != number]
        return [
            Alike(_anchor(other), self.title(other), self._small_pictures(other))
            for other, score, _ in near[:ALIKE]
            if score < FAR
        ]

    def _months(self, members: np.ndarray) -> list[float]:
        """Return the mean number of objects of a sample of every month, NaN of one without samples."""
        found = self._month_of[self.samples_at[members]]
        counts = np.bincount(found[found > 0], minlength=13)[1:]
        with np.errstate(invalid="ignore"):
            return [float(x) for x in counts / self._samples_in]

    def cells(self, array: ArrayRecord, progress: Progress) -> tuple[list[Line], Iterator[Entry]]:
        """Return contents and entries of a partition: the living objects of each cell."""
        cell = partitions.read(self.project, array)
        counts = is_of_kinds(self.project, self.node[: len(cell)], LIVING) & (cell > 0)
        sizes = np.bincount(cell[counts], minlength=array.parameters["cells"] + 1)
        numbers = range(1, len(sizes))
        lines = [Line(f"cell-{one}", cell_title(one), 0, int(sizes[one])) for one in numbers]
        each = min(MOST_OF_CELL, max(LEAST, IN_ALL // max(1, len(numbers))))

        def entries() -> Iterator[Entry]:
            for one in progress(numbers, label="cells", total=len(numbers)):
                rows = np.flatnonzero(counts & (cell == one))
                free = int((self.node[rows] == tree.FREE).sum())
                facts = [
                    ("Living objects", f"{len(rows):,} ({free:,} unsorted)"),
                    *self._length(rows),
                    *self._whereabouts(rows),
                    *self._most_common(rows),
                ]
                yield Entry(
                    f"cell-{one}",
                    cell_title(one),
                    facts=facts,
                    pictures=self.pictures(rows, each),
                    months=self._months(rows),
                )

        return lines, entries()

    def _most_common(self, rows: np.ndarray) -> list[tuple[str, str]]:
        found, counts = np.unique(self.node[rows][self.node[rows] != tree.FREE], return_counts=True)
        best = np.argsort(-counts, kind="stable")[:3]
        words = ", ".join(f"{self.title(int(found[at]))}: {counts[at]:,}" for at in best)
        return [("Morphs", words)] if words else []


def guide(project: Project, path: Path, *, progress: Progress = silent) -> dict[str, Any]:
    """
    Write the guide: each morph with pictures from typical to strange, facts, and the morphs it may be taken for.

    The cells of the newest partition follow, where it has all objects.

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
    if array is None or array.stop < n:
        refuse_without_morphs(project)
    book = Book(project)
    unit = f"; the number below each is the length of the object in {book.unit}." if book.unit else "."
    lead = [
        f"{len(book.morphs):,} morphs with {int((book.node != tree.FREE).sum()):,} of {n:,} objects. Pictures go from typical to strange; "
        "those that a person looked at come before others, and a dashed frame means that nobody did. They are not to "
        f"one scale{unit} Bars show in which months it is met: objects of a sample, over all years."
    ]
    parts: list[tuple[str, list[Line], Iterator[Entry]]] = []
    rows, notes = len(book.morphs), []
    if book.morphs:
        parts.append(("Morphs", book.lines(), book.entries(progress)))
    if array is not None and array.stop >= n:
        lines, entries = book.cells(array, progress)
        parts.append(("Cells of the partition", lines, entries))
        rows += len(lines)
    elif array is not None:
        notes.append("Cells are left out: objects were added since. partition gives them theirs.")
    if book.morphs and book.per_morph < MOST:
        notes.append(
            f"{book.per_morph} pictures of each morph, so that a browser can open a book of {len(book.morphs):,} morphs."
        )
    written = write_guide(path, title=f"Guide to the morphs of {project.name}", lead=lead, parts=parts)
    return {"file": str(written), "rows": rows, "notes": notes}


def _anchor(number: int) -> str:
    return f"node-{number}"


def _shrunk(jpeg: bytes) -> bytes:
    from PIL import Image

    with Image.open(io.BytesIO(jpeg)) as image:
        image.thumbnail((SMALL_SIDE, SMALL_SIDE))
        file = io.BytesIO()
        image.save(file, "JPEG", quality=85)
    return file.getvalue()
