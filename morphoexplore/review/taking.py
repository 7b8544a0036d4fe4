"""Earlier work is not lost: annotations that objects brought along, taken over as morphs in one decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from morphoexplore.errors import WrongValueError
from morphoexplore.reading.taxa import whole_number
from morphoexplore.records import Node
from morphoexplore.store import objects, tree
from morphoexplore.store.edits import Edit
from morphoexplore.store.history import NothingToDoError, decision
from morphoexplore.store.project import Project
from morphoexplore.store.taxa import SEPARATOR, kind_of_lineage

#: States of EcoTaxa, and the letters that its database has for them.
STATES = {"validated": "v", "predicted": "p", "dubious": "d", "discarded": "x"}
_COLUMNS = {
    "category": "annotation_category",
    "status": "annotation_status",
    "ecotaxa_id": "annotation_category_id",
    "lineage": "annotation_hierarchy",
}
_INTERNAL_ID = "classif_id"  # the same number, in general exports with internal ids


@dataclass
class _Category:
    """A category of the source, and the objects that are annotated so."""

    name: str
    ecotaxa_id: int | None
    lineage: list[str]
    objects: list[int] = field(default_factory=list)


def take(
    project: Project, *, states: Sequence[str] = ("validated",), among: np.ndarray | None = None
) -> dict[str, object]:
    """
    Make morphs of the annotations that objects brought along from EcoTaxa, in one decision.

    Each category becomes a morph of its name, under branches that are its lineage, where the source has one; its
    members came in as ``imported``. A morph of the same category that is there already gets them. Objects that are in
    a morph stay there, and what a person rejected from a morph does not come back.

    Parameters
    ----------
    states : sequence of str
        Whose annotations are taken: ``validated``, ``predicted``, ``dubious``, ``discarded``.
    among : array of int, optional
        Objects that are taken into account; all unless given.

    Returns
    -------
    taken : dict
        ``objects`` and ``morphs`` they went to, ``new_morphs``, ``new_branches``; ``in_morphs``, how many with such an
        annotation were in a morph before; ``states``, objects by the state that the source gives them.

    Raises
    ------
    WrongValueError
        If there is no such state.
    """
    wanted = _wanted(states)
    among = np.arange(project.count_objects()) if among is None else np.asarray(among, np.int64)
    columns = _columns_of(project)
    status = columns["status"][among] if "status" in columns else np.full(len(among), None, dtype=object)
    counts = Counter(status.tolist())
    result: dict[str, object] = dict.fromkeys(
        ("objects", "morphs", "new_morphs", "new_branches", "in_morphs"), 0
    )
    result["states"] = {text or "(no state)": count for text, count in counts.most_common()}
    is_wanted = np.array([(text or "").strip().lower() in wanted for text in status.tolist()], dtype=bool)
    asked = among[is_wanted]
    free = asked[tree.membership(project)[0][asked] == tree.FREE]
    result["in_morphs"] = len(asked) - len(free)
    categories = [one for one in _categories(project, columns, free) if one.objects]
    if not categories:
        return result
    try:
        with decision(project, "take") as edit:
            made = _Taking(edit)
            for category in sorted(categories, key=lambda one: (one.lineage, one.name)):
                made.take(category)
            result |= {"objects": made.objects, "morphs": made.morphs}
            result |= {"new_morphs": made.new_morphs, "new_branches": made.new_branches}
            edit.detail = {"states": list(states)} | {key: result[key] for key in ("objects", "morphs")}
    except NothingToDoError:
        pass  # a person rejected all of them from their morphs
    return result


def check_states(states: Sequence[str]) -> None:
    """Raise WrongValueError for a state that EcoTaxa does not have."""
    _wanted(states)


def _wanted(states: Sequence[str]) -> set[str]:
    strange = [state for state in states if state not in STATES]
    if strange or not states:
        what = f"no state {strange[0]!r}" if strange else "no state given"
        message = f"There is {what}. States: {', '.join(STATES)}; several with commas between them."
        raise WrongValueError(message)
    return {*states, *(STATES[state] for state in states)}


def _columns_of(project: Project) -> dict[str, np.ndarray]:
    known = objects.metadata_columns(project)
    names = dict(_COLUMNS)
    if names["ecotaxa_id"] not in known:
        names["ecotaxa_id"] = _INTERNAL_ID
    return {part: objects.metadata(project, name) for part, name in names.items() if name in known}


def _categories(project: Project, columns: dict[str, np.ndarray], numbers: np.ndarray) -> list[_Category]:
    """Return the categories of some objects; the same number is the same category, whatever it is called."""
    names = _texts(columns.get("category"), numbers)
    lineages = _texts(columns.get("lineage"), numbers)
    ids = [whole_number(text) for text in _texts(columns.get("ecotaxa_id"), numbers)]
    numbered = {name: number for name, number in zip(names, ids, strict=True) if name and number is not None}
    by_key: dict[int | str, _Category] = {}
    for number, name, lineage, given in zip(numbers.tolist(), names, lineages, ids, strict=True):
        ecotaxa_id = numbered.get(name) if given is None else given
        key = ecotaxa_id if ecotaxa_id is not None else name or lineage
        if not key:
            continue
        if key not in by_key:
            by_key[key] = _Category(name, ecotaxa_id, [])
        category = by_key[key]
        category.objects.append(number)
        category.name = category.name or name
        if lineage and not category.lineage:
            category.lineage = [part.strip() for part in lineage.split(SEPARATOR) if part.strip()]
    for category in by_key.values():
        _complete(project, category)
    return list(by_key.values())


def _complete(project: Project, category: _Category) -> None:
    """Add what the project's list of taxa says and the source does not."""
    with project.read() as conn:
        row = conn.execute(
            "SELECT display_name, lineage FROM taxon WHERE ecotaxa_id = ? OR (? IS NULL AND display_name = ?) LIMIT 1",
            (category.ecotaxa_id, category.ecotaxa_id, category.name),
        ).fetchone()
    if row is not None:
        category.name = category.name or row["display_name"]
        category.lineage = category.lineage or row["lineage"].split(SEPARATOR)
    last = category.lineage[-1] if category.lineage else f"EcoTaxa {category.ecotaxa_id}"
    category.name = category.name or last


def _texts(values: np.ndarray | None, numbers: np.ndarray) -> list[str]:
    if values is None:
        return [""] * len(numbers)
    picked = values[numbers].tolist()
    return ["" if cell is None or cell != cell else str(cell).strip() for cell in picked]


class _Taking:
    """The tree while categories are taken into it, one after the other."""

    def __init__(self, edit: Edit) -> None:
        self._edit = edit
        self._nodes = tree.read_nodes(edit.conn)
        self.objects = self.morphs = self.new_morphs = self.new_branches = 0

    def take(self, category: _Category) -> None:
        """Put the objects of a category into its morph."""
        known = self._known(category)
        numbers = np.array(category.objects, np.int64)
        if known is not None:
            rows = self._edit.conn.execute("SELECT object FROM rejection WHERE node_id = ?", (known.node_id,))
            numbers = np.setdiff1d(numbers, np.array([row[0] for row in rows], np.int64))
        if not len(numbers):
            return
        node_id = known.node_id if known is not None else self._make(category)
        self._edit.assign(numbers, node_id, origin="imported")
        self.objects += len(numbers)
        self.morphs += 1

    def _known(self, category: _Category) -> Node | None:
        """Return the morph that is this category already: by number, else by taxon, the one of its name first."""
        leaves = [node for node in self._nodes.values() if not node.is_branch]
        same = [
            node
            for node in leaves
            if (category.ecotaxa_id is not None and node.ecotaxa_id == category.ecotaxa_id)
            or (node.taxon == category.name and None in (node.ecotaxa_id, category.ecotaxa_id))
        ]
        return min(same, key=lambda node: (node.name != category.name, node.node_id), default=None)

    def _make(self, category: _Category) -> int:
        parent = None
        for name in self._above(category):
            parent = self._branch(name, parent)
        kind = kind_of_lineage(SEPARATOR.join(category.lineage))
        if kind == self._kind_above(parent):
            kind = None
        node_id = self._edit.add_node(
            is_branch=False,
            name=category.name,
            parent_id=parent,
            taxon=category.name,
            ecotaxa_id=category.ecotaxa_id,
            kind=kind,
        )
        self.new_morphs += 1
        self._read(node_id)
        return node_id

    def _above(self, category: _Category) -> list[str]:
        """Return the branches of a category: its lineage without itself, but with itself where that is a branch."""
        above = category.lineage[:-1]
        parent = None
        for name in category.lineage:
            found = self._find(name, parent, is_branch=True)
            if found is None:
                return above
            parent = found.node_id
        return category.lineage or above

    def _branch(self, name: str, parent: int | None) -> int:
        found = self._find(name, parent, is_branch=True)
        if found is not None:
            return found.node_id
        kind = kind_of_lineage(name) if parent is None else None
        node_id = self._edit.add_node(is_branch=True, name=name, parent_id=parent, kind=kind)
        self.new_branches += 1
        leaf = self._find(name, parent, is_branch=False)
        if (
            leaf is not None and leaf.taxon is not None
        ):  # Copepoda was a morph so far: it is what is no more than that
            self._edit.change_node(leaf.node_id, parent_id=node_id)
            self._read(leaf.node_id)
        self._read(node_id)
        return node_id

    def _find(self, name: str, parent: int | None, *, is_branch: bool) -> Node | None:
        return next(
            (
                node
                for node in self._nodes.values()
                if node.is_branch == is_branch and node.parent_id == parent and node.name == name
            ),
            None,
        )

    def _kind_above(self, parent: int | None) -> str | None:
        return None if parent is None else tree.kind_of(self._nodes, parent)

    def _read(self, node_id: int) -> None:
        self._nodes[node_id] = tree.get(self._edit.conn, node_id)
