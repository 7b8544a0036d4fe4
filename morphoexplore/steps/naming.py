"""Names to offer for morphs: those in use in the tree, and annotations that the objects brought along."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from morphoexplore.reading.names import COLUMNS
from morphoexplore.records import Node
from morphoexplore.store import arrays, objects, tree
from morphoexplore.store.arrays import ArrayRecord
from morphoexplore.store.project import Project

# Columns of metadata that name what an object is. They are offered as names, and never used for sorting.
FOLDER = "folder"
CATEGORIES = ("annotation_category", "annotation_hierarchy", FOLDER)
LINEAGE = ">"  # between the taxa of a lineage, as EcoTaxa writes it


@dataclass(frozen=True)
class Suggestion:
    """
    The annotation that most members of a morph brought along.

    Attributes
    ----------
    share : float
        Of the members that have an annotation.
    annotated : int
        Members that have one.
    """

    text: str
    share: float
    annotated: int


@dataclass(frozen=True)
class Suggestions:
    """
    What nodes may be called.

    Attributes
    ----------
    names, taxa : dict of str to int
        Texts with how often they occur (nodes that use them, and objects annotated so), those in use first, then
        the most frequent.
    by_morph : dict of int to Suggestion
        For the morphs whose members have annotations.
    """

    names: dict[str, int]
    taxa: dict[str, int]
    by_morph: dict[int, Suggestion]


def suggestions(
    project: Project, *, node: np.ndarray | None = None, nodes: Mapping[int, Node] | None = None
) -> Suggestions:
    """
    Return names and taxa to offer.

    Parameters
    ----------
    node : array of int, shape (n,), optional
        The morph of every object, as a server keeps it in memory; read from the project unless given.
    nodes : mapping of int to Node, optional
        The nodes, likewise.
    """
    nodes = tree.nodes(project) if nodes is None else nodes
    node = tree.membership(project)[0] if node is None else node
    annotations = _annotations(project)
    texts = Counter[str]()
    by_morph: dict[int, Suggestion] = {}
    if annotations is not None:
        codes, terms = annotations
        texts = _counted(codes, terms)
        by_morph = _most_frequent(codes, terms, node)
    return Suggestions(
        names=_ranked((one.name for one in nodes.values()), texts),
        taxa=_ranked((one.taxon for one in nodes.values()), texts),
        by_morph=by_morph,
    )


def names_csv(project: Project) -> str:
    """
    Return the names of all nodes as the CSV that ``morphoexplore name`` reads.

    Branches and morphs in the order of the tree; cells without a value are empty.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for _, node in tree.outline(project):
        writer.writerow(["" if (value := getattr(node, name)) is None else value for name in COLUMNS])
    return text.getvalue()


def _annotations(project: Project) -> tuple[np.ndarray, list[str]] | None:
    """Return the annotation of every object as a code, -1 for none, and the texts of the codes."""
    for name in CATEGORIES:
        array = arrays.find(project, "metadata", name)
        if array is not None and array.dtype == np.dtype(np.int32).str:
            codes, terms = _read(project, array)
            if len(terms) > (name == FOLDER):  # all in one folder: that names nothing
                return codes, terms
    return None


def _read(project: Project, array: ArrayRecord) -> tuple[np.ndarray, list[str]]:
    codes = np.asarray(arrays.read(project, array))
    terms = [_last(text) for text in objects.terms(project, array.array_id)]
    unique = list(dict.fromkeys(text for text in terms if text))
    place = {text: code for code, text in enumerate(unique)}
    renumber = np.array([*(place.get(text, -1) for text in terms), -1], dtype=np.int32)
    return renumber[codes], unique


def _last(text: str) -> str:
    """Return the last name of a lineage or of a path of folders."""
    return text.strip().rstrip("/").rpartition(LINEAGE)[2].rpartition("/")[2].strip()


def _counted(codes: np.ndarray, terms: list[str]) -> Counter[str]:
    counts = np.bincount(codes[codes >= 0], minlength=len(terms)).tolist()
    return Counter({text: count for text, count in zip(terms, counts, strict=True) if count})


def _most_frequent(codes: np.ndarray, terms: list[str], node: np.ndarray) -> dict[int, Suggestion]:
    """Return the most frequent annotation of the members of each morph."""
    n = min(len(codes), len(node))
    rows = np.flatnonzero((node[:n] >= 0) & (codes[:n] >= 0))
    sizes = np.bincount(node[rows])
    pairs, counts = np.unique(node[rows] * len(terms) + codes[rows], return_counts=True)
    found: dict[int, Suggestion] = {}
    for place in np.argsort(-counts, kind="stable"):
        morph, code = divmod(int(pairs[place]), len(terms))
        if morph not in found:
            annotated = int(sizes[morph])
            found[morph] = Suggestion(terms[code], int(counts[place]) / annotated, annotated)
    return found


def _ranked(in_use: Iterable[str | None], annotated: Counter[str]) -> dict[str, int]:
    used = Counter(text for text in in_use if text)
    first = sorted(used, key=lambda text: (-used[text], text))
    rest = sorted((text for text in annotated if text not in used), key=lambda text: (-annotated[text], text))
    return {text: used[text] + annotated[text] for text in (*first, *rest)}
