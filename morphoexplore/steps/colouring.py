"""
Columns that colour the map: morph, branch, seed, cell, how it came in, sample, what was measured, any metadata column.

A column is a code per drawn object and a legend. Codes of groups are places among the groups; codes of a scale
are the value on a robust range. Group colours are named by numbers that stay (that of the morph, say), so that
a decision does not recolour everything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from morphoexplore.errors import DecisionError
from morphoexplore.steps import mapping, measuring, partitioning
from morphoexplore.steps.tallying import NO_CELL
from morphoexplore.store import arrays, objects, partitions, seeds, tree
from morphoexplore.store.arrays import ArrayRecord
from morphoexplore.store.membership import MembershipState
from morphoexplore.store.project import Project
from morphoexplore.store.schema import ORIGINS

NONE = 65535  # code of an object that is in no group, or has no value
TOP = 65534  # code of the upper end of a scale
MOST_TEXTS = 1000  # texts of a metadata column with a colour of their own
SKEWED = 0.2  # of a scale, below which its median makes it logarithmic
FEW = 20  # texts; so few are groups however few objects there are
METADATA = "metadata:"  # before the name of a metadata column
MEASURED = "measured:"  # before the name of what was measured
SORTING = {
    "morph": "Morph",
    "branch": "Branch",
    "seed": "Pending seed",
    "cell": "Cell",
    "origin": "How it came in",
    "sample": "Sample",
}
ORIGIN_WORDS = {
    "looked": "looked at, right",
    "seed": "with its seed, unseen",
    "grown": "grown, unseen",
    "imported": "imported",
}
DECIDED = ("morph", "branch", "origin")  # these change with decisions alone
CELL = "cell"


@dataclass(frozen=True)
class Column:
    """
    A colour for every drawn object.

    Attributes
    ----------
    codes : array of uint16, shape (n,)
        :data:`NONE` where there is nothing to colour.
    legend : dict
        ``title``, ``none`` {label, count}, and either ``groups`` [{code, label, hint, count, hue}] or ``scale``
        {low, high, least, most, is_log}: codes from 0 to :data:`TOP` go from *low* to *high*, linearly or by
        their logarithm; *least* and *most* are the true ends.
    """

    codes: np.ndarray
    legend: dict[str, Any]


def choices(project: Project) -> list[tuple[str, str, str]]:
    """
    Return what the map can be coloured by: (group, name, title).

    A text column in which nearly every object has a text of its own (an identifier, a link) is left out.
    """
    has_cells = partitions.newest(project) is not None
    found = [("Sorting", name, title) for name, title in SORTING.items() if name != CELL or has_cells]
    found += [("Measured", MEASURED + name, name) for name in measuring.shown_columns(project)]
    n = project.count_objects()
    newest = {array.name: array for array in arrays.listing(project, "metadata")}
    with project.read() as conn:
        texts = dict(conn.execute("SELECT array_id, count(*) FROM term GROUP BY array_id").fetchall())
    for name, array in newest.items():
        kind = "texts" if _is_text(array) else "numbers"
        if texts.get(array.array_id, 0) <= max(n // 2, FEW):
            found.append((f"Metadata: {kind}", METADATA + name, name))
    first = {"Sorting": 0, "Measured": 1}
    return sorted(found, key=lambda choice: first.get(choice[0], 2))


def version(project: Project, name: str, state: MembershipState) -> str:
    """Return what changes when a column does."""
    if name == "seed":  # a new round replaces the pending ones without a decision
        with project.read() as conn:
            newest = conn.execute("SELECT coalesce(max(seed_id), 0) FROM seed").fetchone()[0]
        return f"{state.version}-{newest}"
    if name in DECIDED:
        return str(state.version)
    if name == CELL:  # decisions say who lives
        return f"{state.version}-{mapping.fingerprint(project, _partition(project))}"
    if name == "sample":
        return f"n{project.count_objects()}"
    if name.startswith(MEASURED):
        return measuring.version(project)
    return mapping.fingerprint(project, _metadata(project, name))


def column(project: Project, name: str, state: MembershipState, drawn: np.ndarray) -> Column:
    """
    Return a column for drawn objects.

    Parameters
    ----------
    name : str
        One of :func:`choices`.
    state : MembershipState
        Who is in which morph.
    drawn : array of int
        Object numbers, in the order in which they are drawn.

    Raises
    ------
    DecisionError
        If there is no such column.
    """
    if name == "morph":
        return _morphs(project, state, drawn)
    if name == "branch":
        return _branches(project, state, drawn)
    if name == "seed":
        return _seeds(project, state, drawn)
    if name == CELL:
        return _cells(project, state, drawn)
    if name == "origin":
        return _origins(state, drawn)
    if name == "sample":
        return _samples(project, drawn)
    if name.startswith(MEASURED):
        return _measured(project, name.removeprefix(MEASURED), drawn)
    array = _metadata(project, name)
    values = _padded(arrays.read(project, array), project.count_objects(), array)[drawn]
    title = name.removeprefix(METADATA)
    return _texts(project, array, values, title) if _is_text(array) else _scale(values, title)


# ------------------------------------------------------------------------------------------ what is decided


def _morphs(project: Project, state: MembershipState, drawn: np.ndarray) -> Column:
    nodes = tree.nodes(project)
    leaves = [node_id for node_id, node in nodes.items() if not node.is_branch]
    codes, counts = _coded(state.node[drawn], leaves)
    groups = [
        _group(code, nodes[node_id].title, counts[code], node_id, hint=tree.path_of(nodes, node_id))
        for code, node_id in enumerate(leaves)
    ]
    return Column(codes, _legend(SORTING["morph"], groups, "free", codes))


def _branches(project: Project, state: MembershipState, drawn: np.ndarray) -> Column:
    """Colour by the branch at the top of the tree; morphs at the top are together in one group."""
    nodes = tree.nodes(project)
    top = {node_id: tree.lineage(nodes, node_id)[-1] for node_id, node in nodes.items() if not node.is_branch}
    branches = sorted({node.node_id for node in top.values() if node.is_branch})
    place = {node_id: code for code, node_id in enumerate(branches)}
    of_leaf = np.full(max(nodes, default=0) + 2, NONE, np.uint16)
    for node_id, root in top.items():
        of_leaf[node_id] = place.get(root.node_id, len(branches))
    codes = _looked_up(of_leaf, state.node[drawn])
    counts = np.bincount(codes, minlength=NONE + 1)
    groups = [_group(place[b], nodes[b].title, counts[place[b]], b) for b in branches]
    if counts[len(branches)]:
        groups.append(_group(len(branches), "in no branch", counts[len(branches)], 0))
    return Column(codes, _legend(SORTING["branch"], groups, "free", codes))


def _seeds(project: Project, state: MembershipState, drawn: np.ndarray) -> Column:
    """Colour by pending seed what would come in with it: its objects that are free."""
    pending = seeds.listing(project, "pending")
    codes = np.full(project.count_objects(), NONE, np.uint16)
    for run_id, rows in pending.groupby("run_id"):
        label = arrays.read_array(project, "seed", seeds.name_of_run(int(str(run_id))))
        of_number = np.full(int(max(label.max(initial=-1), rows["number"].max())) + 2, NONE, np.uint16)
        of_number[rows["number"].to_numpy()] = pending.index.get_indexer(rows.index)
        found = of_number[label]
        codes[: len(found)] = np.where(found != NONE, found, codes[: len(found)])
    codes = np.where(state.node[drawn] < 0, codes[drawn], NONE).astype(np.uint16)
    counts = np.bincount(codes, minlength=NONE + 1)
    groups = [
        _group(code, f"seed {seed_id}", counts[code], int(str(seed_id)))
        for code, seed_id in enumerate(pending.index)
    ]
    return Column(codes, _legend(SORTING["seed"], groups, "in no pending seed", codes))


def _cells(project: Project, state: MembershipState, drawn: np.ndarray) -> Column:
    """Colour what counts by cell: what is free, and what is in living morphs; as :func:`.partitioning.cells` does."""
    array = _partition(project)
    cell = np.full(project.count_objects(), partitions.NO_CELL, np.int32)
    known = partitions.read(project, array)
    cell[: len(known)] = known  # objects that were added since have none yet
    lives = partitioning.is_of_kinds(project, state.node, partitioning.LIVING)
    numbers = range(1, int(array.parameters["cells"]) + 1)
    codes, counts = _coded(np.where(lives, cell, partitions.NO_CELL)[drawn], numbers)
    groups = [
        _group(code, partitioning.title(number), counts[code], number) for code, number in enumerate(numbers)
    ]
    return Column(codes, _legend(SORTING[CELL], groups, NO_CELL, codes, is_ordered=True))


def _origins(state: MembershipState, drawn: np.ndarray) -> Column:
    origin = state.origin[drawn]
    codes = np.where(origin < 0, NONE, origin).astype(np.uint16)
    counts = np.bincount(codes, minlength=NONE + 1)
    groups = [_group(code, ORIGIN_WORDS[word], counts[code], code + 1) for code, word in enumerate(ORIGINS)]
    return Column(codes, _legend(SORTING["origin"], groups, "free", codes, is_ordered=True))


# ------------------------------------------------------------------------------------------ what is given


def _samples(project: Project, drawn: np.ndarray) -> Column:
    with project.read() as conn:
        names = dict(conn.execute("SELECT sample_id, name FROM sample ORDER BY name").fetchall())
        rows = conn.execute(
            "SELECT sample_id FROM object JOIN acquisition USING (acquisition_id) ORDER BY object"
        )
        of_object = np.fromiter((row[0] for row in rows), np.int64)
    codes, counts = _coded(of_object[drawn], list(names)[:NONE])
    groups = [
        _group(code, name, counts[code], code + 1) for code, name in enumerate(list(names.values())[:NONE])
    ]
    return Column(codes, _legend(SORTING["sample"], groups, "unknown", codes, is_ordered=True))


def _texts(project: Project, array: ArrayRecord, values: np.ndarray, title: str) -> Column:
    """Give a colour to the most frequent texts; the rest is together."""
    terms = objects.terms(project, array.array_id)
    counts = np.bincount(values + 1, minlength=len(terms) + 1)[1:]
    order = sorted(range(len(terms)), key=lambda term: (-counts[term], terms[term]))
    order = [term for term in order if counts[term]]
    own = order[:MOST_TEXTS]
    of_term = np.full(len(terms) + 1, len(own), np.uint16)
    of_term[own] = np.arange(len(own))
    of_term[-1] = NONE  # an empty cell has the code -1
    codes = of_term[values]
    groups = [_group(code, terms[term] or "(blank)", counts[term], code + 1) for code, term in enumerate(own)]
    if len(order) > len(own):
        rest = int(counts[order[len(own) :]].sum())
        groups.append(_group(len(own), f"{len(order) - len(own):,} other texts", rest, 0))
    return Column(codes, _legend(title, groups, "empty", codes, is_ordered=True))


def _measured(project: Project, name: str, drawn: np.ndarray) -> Column:
    if name not in measuring.shown_columns(project):
        message = f"The map cannot be coloured by {name!r}; nothing of that name was measured."
        raise DecisionError(message)
    values = np.full(project.count_objects(), np.nan)
    found = measuring.column(project, name)
    values[: len(found)] = found
    return _scale(values[drawn], name)


def _scale(values: np.ndarray, title: str) -> Column:
    """Put numbers on a scale from their 1st to their 99th percentile, by logarithm where that spreads them."""
    is_known = np.isfinite(values)
    codes = np.full(len(values), NONE, np.uint16)
    legend: dict[str, Any] = {
        "title": title,
        "none": {"label": "empty", "count": int(len(values) - is_known.sum())},
        "scale": None,
    }
    known = np.asarray(values[is_known], dtype=np.float64)
    if len(known):
        low, middle, high = (float(end) for end in np.percentile(known, [1, 50, 99]))
        if low == high:
            low, high = float(known.min()), float(known.max())
        is_log = bool(known.min() > 0 and middle - low < SKEWED * (high - low))
        bend = np.log if is_log else np.asarray
        span = float(bend(high) - bend(low))
        share = (bend(known) - bend(low)) / span if span else np.full(len(known), 0.5)
        codes[is_known] = np.rint(np.clip(share, 0, 1) * TOP).astype(np.uint16)
        ends = {"low": low, "high": high, "least": float(known.min()), "most": float(known.max())}
        legend["scale"] = ends | {"is_log": is_log}
    return Column(codes, legend)


# ------------------------------------------------------------------------------------------ parts


def _partition(project: Project) -> ArrayRecord:
    found = partitions.newest(project)
    if found is None:
        message = f"The map cannot be coloured by cell before there is a partition: morphoexplore partition {project.folder}"
        raise DecisionError(message)
    return found


def _metadata(project: Project, name: str) -> ArrayRecord:
    found = (
        arrays.find(project, "metadata", name.removeprefix(METADATA)) if name.startswith(METADATA) else None
    )
    if found is None:
        message = f"The map cannot be coloured by {name!r}; the objects have no such column."
        raise DecisionError(message)
    return found


def _is_text(array: ArrayRecord) -> bool:
    return array.dtype == np.dtype(np.int32).str


def _padded(values: np.ndarray, n: int, array: ArrayRecord) -> np.ndarray:
    """Return a column as long as there are objects; those added since it was written have empty cells."""
    missing = np.full(n - len(values), objects.EMPTY if _is_text(array) else np.nan, values.dtype)
    return np.concatenate([values, missing]) if len(missing) else values


def _coded(numbers: np.ndarray, known: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the place of each number among those known (NONE for others), and how many there are of each."""
    places = np.full(max(known, default=0) + 2, NONE, np.uint16)
    places[list(known)] = np.arange(len(known))
    codes = _looked_up(places, numbers)
    return codes, np.bincount(codes, minlength=NONE + 1)


def _looked_up(places: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Return the places of numbers; -1, and a number made since, are at the last place, which is NONE."""
    return np.asarray(places[np.minimum(numbers, len(places) - 1)])


def _group(code: int, label: str, count: int, hue: int, *, hint: str | None = None) -> dict[str, Any]:
    return {
        "code": code,
        "label": label,
        "hint": hint if hint != label else None,
        "count": int(count),
        "hue": int(hue),
    }


def _legend(
    title: str, groups: list[dict[str, Any]], none: str, codes: np.ndarray, *, is_ordered: bool = False
) -> dict[str, Any]:
    """Return a legend of groups, the largest first unless they have an order of their own."""
    if not is_ordered:
        groups = sorted(groups, key=lambda group: (-group["count"], group["hue"]))
    count = int(np.count_nonzero(codes == NONE))
    return {"title": title, "none": {"label": none, "count": count}, "groups": groups}
