"""
Short verbs: one person, one decision, one transaction.

Every function here is one decision: it changes seeds, members and the tree, and enters what was looked at,
all or nothing. :func:`undo` takes the last one back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from morphoexplore.errors import DecisionError
from morphoexplore.methods import arranging, growing
from morphoexplore.reading.names import NUMBERS, TEXTS
from morphoexplore.records import Node
from morphoexplore.store import history, morphospace, objects, seeds, tree
from morphoexplore.store.history import Edit, decision
from morphoexplore.store.project import Project
from morphoexplore.store.schema import KINDS

Objects = Iterable[int] | npt.NDArray[np.integer]

undo = history.undo
redo = history.redo

PROPOSED = "with its seed"
CHOSEN = "chosen by the person"


# ------------------------------------------------------------------------------------------- seeds


def confirm(
    project: Project,
    seed_id: int,
    *,
    wrong: Objects = (),
    shown: Objects = (),
    doubtful: Objects = (),
    name: str | None = None,
    into: int | None = None,
    page: int | None = None,
) -> int:
    """
    Confirm a seed as a morph; return the morph's number.

    Parameters
    ----------
    seed_id : int
        A pending seed.
    wrong : objects
        Clicked out: they stay free (or where they went meanwhile) and are remembered as not of this morph.
    shown : objects
        Of the seed, those whose image the person saw. Seen and not wrong is ``looked``; confirmed unseen is
        ``seed``.
    doubtful : objects
        Seen, kept, and not certain.
    name : str, optional
        Name of a new morph.
    into : int, optional
        An existing morph that the seed is the same as, instead of a new one. Objects that were rejected from
        it before come in only where they are seen now.
    page : int, optional
        The page of review on which it was judged.

    Raises
    ------
    DecisionError
        If the seed was judged before, an object is not of the seed, or nothing would be left.
    """
    if into is not None and name is not None:
        message = (
            f"Seed {seed_id} goes into morph {into}, which keeps its name; give a name to a new morph only."
        )
        raise DecisionError(message)
    proposed = seeds.objects_of(project, seed_id)
    wrong, shown, doubtful = (
        _within(proposed, part, f"seed {seed_id}", project) for part in (wrong, shown, doubtful)
    )
    _refuse_both(project, doubtful, wrong, "doubtful and wrong")
    seen = np.union1d(shown, doubtful)
    with decision(project, "confirm") as edit:
        _require_pending(edit, seed_id)
        kept = np.setdiff1d(_free_of(edit, proposed), wrong)
        if into is not None:
            kept = np.setdiff1d(kept, np.setdiff1d(_rejected(edit, into), seen))
        if not len(kept):
            message = f"Nothing of seed {seed_id} would be left. Discard it instead."
            raise DecisionError(message)
        node_id = _target(edit, into, name)
        edit.node_id, edit.seed_id = node_id, seed_id
        edit.detail = {"members": len(kept), "wrong": len(wrong), "looked": len(np.intersect1d(kept, seen))}
        edit.forget_rejection(kept, node_id)
        edit.assign(np.setdiff1d(kept, seen), node_id, origin="seed")
        edit.assign(np.intersect1d(kept, seen), node_id, origin="looked")
        edit.release(_members_among(edit, wrong, node_id))
        edit.reject(wrong, node_id)
        right = np.setdiff1d(np.intersect1d(kept, seen), doubtful)
        about: dict[str, Any] = {"purpose": "review", "drawn": PROPOSED, "page": page}
        about |= {"node_id": node_id, "seed_id": seed_id}
        edit.look(right, "right", **about)
        edit.look(np.intersect1d(kept, doubtful), "doubtful", **about)
        edit.look(wrong, "wrong", **about)
        edit.judge_seed(seed_id, "confirmed", node_id)
    return node_id


def discard(project: Project, seed_id: int, *, shown: Objects = (), page: int | None = None) -> None:
    """
    Refuse a seed: its objects stay free, and a seed like it is not proposed again.

    Parameters
    ----------
    shown : objects
        Those whose image the person saw.
    """
    proposed = seeds.objects_of(project, seed_id)
    seen = _within(proposed, shown, f"seed {seed_id}", project)
    with decision(project, "discard") as edit:
        _require_pending(edit, seed_id)
        edit.seed_id = seed_id
        edit.detail = {"objects": len(proposed)}
        edit.look(seen, "wrong", purpose="review", drawn=PROPOSED, seed_id=seed_id, page=page)
        edit.judge_seed(seed_id, "discarded", None)


def _require_pending(edit: Edit, seed_id: int) -> None:
    seed = seeds.get(edit.conn, seed_id)
    if seed.state != "pending":
        message = (
            f"Seed {seed_id} is {seed.state} already. Undo that decision first, or choose a pending seed."
        )
        raise DecisionError(message)


# ------------------------------------------------------------------------------------------- members


def candidates(project: Project, node_id: int, *, most: int = 100, random_state: int = 0) -> pd.DataFrame:
    """
    Offer free objects to a morph, the most likely first. Nothing is stored.

    Parameters
    ----------
    most : int
        How many at most.

    Returns
    -------
    candidates : DataFrame
        ``object, object_id, evidence`` (distance to members over distance to everything else that is known,
        below 1 speaks for the morph), ``distance``.

    Raises
    ------
    StepMissingError
        If the project has no morphospace yet.
    """
    vectors = morphospace.read_pca(project)
    with project.read() as conn:
        tree.get_leaf(conn, node_id)
    assigned, _ = tree.membership(project)
    rejected = tree.rejections(project, node_id)
    free = np.setdiff1d(np.flatnonzero(assigned[: len(vectors)] == tree.FREE), rejected)
    ranked = growing.rank_candidates(
        vectors,
        members=np.flatnonzero(assigned[: len(vectors)] == node_id),
        negatives=_negatives(project, node_id, assigned, rejected, len(vectors)),
        free=free,
        random_state=random_state,
    )
    numbers = ranked.objects[:most]
    ids = objects.ids_of(project, numbers)
    return pd.DataFrame(
        {
            "object": numbers,
            "object_id": ids,
            "evidence": ranked.evidence[:most],
            "distance": ranked.distance[:most],
        }
    )


def _negatives(
    project: Project, node_id: int, assigned: np.ndarray, rejected: np.ndarray, known: int
) -> np.ndarray:
    """Return what is known not to be of a morph: members of others, rejections, discarded seeds."""
    others = np.flatnonzero((assigned != tree.FREE) & (assigned != node_id))
    refused = np.concatenate([np.empty(0, np.int64), *seeds.discarded(project)])
    found = np.unique(np.concatenate([others, rejected, refused[assigned[refused] != node_id]]))
    return found[found < known]


def grow(
    project: Project,
    node_id: int,
    accept: Objects,
    *,
    wrong: Objects = (),
    shown: Objects = (),
    page: int | None = None,
) -> int:
    """
    Take candidates into a morph; return how many.

    Parameters
    ----------
    accept : objects
        Free objects. Those among *shown* come in as ``looked``, the others as ``grown``.
    wrong : objects
        Shown, and not of this morph: remembered.
    shown : objects
        Those whose image the person saw.

    Raises
    ------
    DecisionError
        If an object is a member already, or is both accepted and wrong.
    """
    accept, wrong, shown = (_existing(project, part) for part in (accept, wrong, shown))
    _refuse_both(project, accept, wrong, "accepted and wrong")
    with decision(project, "grow") as edit:
        tree.get_leaf(edit.conn, node_id)
        _require_free(edit, project, accept)
        edit.node_id = node_id
        seen = np.intersect1d(accept, shown)
        edit.detail = {"members": len(accept), "wrong": len(wrong), "looked": len(seen)}
        edit.forget_rejection(accept, node_id)
        edit.assign(np.setdiff1d(accept, seen), node_id, origin="grown")
        edit.assign(seen, node_id, origin="looked")
        edit.release(_members_among(edit, wrong, node_id))
        edit.reject(wrong, node_id)
        edit.look(seen, "right", purpose="find", drawn="candidates", node_id=node_id, page=page)
        edit.look(wrong, "wrong", purpose="find", drawn="candidates", node_id=node_id, page=page)
    return len(accept)


def reject(project: Project, node_id: int, wrong: Objects) -> None:
    """Say that objects do not belong to a morph: members become free, and it is remembered."""
    wrong = _existing(project, wrong)
    with decision(project, "reject") as edit:
        tree.get_leaf(edit.conn, node_id)
        edit.node_id = node_id
        edit.detail = {"wrong": len(wrong)}
        edit.release(_members_among(edit, wrong, node_id))
        edit.reject(wrong, node_id)
        edit.look(wrong, "wrong", purpose="review", drawn=CHOSEN, node_id=node_id)


def move(project: Project, chosen: Objects, node_id: int) -> None:
    """Put objects that the person looked at into a morph, out of whichever they are in (which is remembered)."""
    chosen = _existing(project, chosen)
    with decision(project, "move") as edit:
        tree.get_leaf(edit.conn, node_id)
        edit.node_id = node_id
        edit.detail = {"members": len(chosen)}
        for former, group in _by_morph(edit, chosen):
            if former != node_id:
                edit.reject(group, former)
        edit.forget_rejection(chosen, node_id)
        edit.assign(chosen, node_id, origin="looked")
        edit.look(chosen, "right", purpose="review", drawn=CHOSEN, node_id=node_id)


def split(project: Project, node_id: int, chosen: Objects, *, name: str | None = None) -> int:
    """
    Make a morph of its own from some members of a morph; return the new morph's number.

    With a name the chosen objects become the new morph. Without one the larger part keeps the number and the
    name, so the new morph holds the chosen objects or, where more than half were chosen, the rest. Rejections
    hold for both parts.

    Raises
    ------
    DecisionError
        If an object is no member of the morph, or one part would be empty.
    """
    return split_in_parts(project, node_id, [chosen], names=[name])[0]


def split_in_parts(
    project: Project, node_id: int, parts: Sequence[Objects], *, names: Sequence[str | None] | None = None
) -> list[int]:
    """
    Make morphs of their own from several parts of a morph; return the new morphs' numbers.

    What is in no part is a part too. The largest part that is given no name keeps the number and the name of
    the morph; where every part is named, the largest keeps the number.
    """
    groups = [_existing(project, part) for part in parts]
    titles = [None] * len(groups) if names is None else [_clean(text) for text in names]
    if len(titles) != len(groups):
        message = (
            f"A split into {len(groups)} parts needs a name, or None, for each of them, not {len(titles)}."
        )
        raise DecisionError(message)
    with decision(project, "split") as edit:
        node = tree.get_leaf(edit.conn, node_id)
        members = tree.read_members(edit.conn, node_id)
        for group in groups:
            _within(members, group, node.title, project)
        chosen = np.concatenate([np.empty(0, np.int64), *groups])
        if len(chosen) != len(np.unique(chosen)):
            message = "An object cannot go to two parts."
            raise DecisionError(message)
        rest = np.setdiff1d(members, chosen)
        if len(rest):
            groups, titles = [*groups, rest], [*titles, None]
        if len(groups) < 2 or not all(len(group) for group in groups):
            message = (
                f"A split of {node.title} needs two parts that are not empty; it has {len(members)} members."
            )
            raise DecisionError(message)
        stays = max(range(len(groups)), key=lambda place: (titles[place] is None, len(groups[place]), place))
        if titles[stays] is not None:
            edit.change_node(node_id, name=titles[stays])
        made = []
        for place, group in enumerate(groups):
            if place == stays:
                continue
            made.append(
                edit.add_node(is_branch=False, parent_id=node.parent_id, name=titles[place], kind=node.kind)
            )
            edit.assign(group, made[-1], origin=None)
            edit.reject(_rejected(edit, node_id), made[-1])
            edit.move_looks(group, node_id, made[-1])
        edit.node_id = node_id
        edit.detail = {"into": made, "sizes": [len(group) for group in groups]}
    return made


def propose_split(project: Project, node_id: int, *, parts: int = 2) -> list[np.ndarray]:
    """
    Return parts of like form within a morph, largest first, for :func:`split_in_parts`. Nothing is stored.

    Raises
    ------
    DecisionError
        If the morph has fewer members than parts.
    """
    vectors = morphospace.read_pca(project)
    with project.read() as conn:
        node = tree.get_leaf(conn, node_id)
    members = tree.members(project, node_id)
    members = members[members < len(vectors)]
    members = members[np.isfinite(vectors[members]).all(1)]
    if not 2 <= parts <= len(members):
        message = (
            f"{node.title} has {len(members)} members with features; it cannot be cut into {parts} parts."
        )
        raise DecisionError(message)
    cut = arranging.cut_in_parts(vectors[members], parts)
    return [members[cut == part] for part in range(cut.max() + 1)]


def merge(project: Project, node_ids: Sequence[int], *, into: int | None = None) -> int:
    """
    Unite morphs; return the number of the morph that is left.

    Parameters
    ----------
    node_ids : sequence of int
        Two morphs or more.
    into : int, optional
        The one that keeps its number and name: the largest one with a name unless given.
    """
    node_ids = list(dict.fromkeys(node_ids))
    with decision(project, "merge") as edit:
        leaves = {node_id: tree.get_leaf(edit.conn, node_id) for node_id in node_ids}
        if len(leaves) < 2 or (into is not None and into not in leaves):
            message = "A merge needs two different morphs, and the one to keep must be among them."
            raise DecisionError(message)
        sizes = {node_id: len(tree.read_members(edit.conn, node_id)) for node_id in leaves}
        keep = into or max(
            leaves, key=lambda node_id: (leaves[node_id].name is not None, sizes[node_id], -node_id)
        )
        for node_id in leaves:
            if node_id != keep:
                _unite(edit, keep, node_id)
        members = tree.read_members(edit.conn, keep)
        edit.forget_rejection(members, keep)  # a member outweighs a rejection
        if any(not node.is_complete for node in leaves.values()):
            edit.change_node(keep, is_complete=0)
        edit.node_id = keep
        edit.detail = {
            "merged": [node_id for node_id in node_ids if node_id != keep],
            "members": len(members),
        }
    return keep


def _unite(edit: Edit, keep: int, node_id: int) -> None:
    edit.assign(tree.read_members(edit.conn, node_id), keep, origin=None)
    rejected = _rejected(edit, node_id)
    edit.forget_rejection(rejected, node_id)
    edit.reject(rejected, keep)
    edit.move_looks(None, node_id, keep)
    for row in edit.conn.execute("SELECT seed_id, state FROM seed WHERE node_id = ?", (node_id,)).fetchall():
        edit.judge_seed(row["seed_id"], row["state"], keep)
    edit.remove_node(node_id)


# ------------------------------------------------------------------------------------------- nodes


def complete(project: Project, node_id: int, *, is_complete: bool = True) -> None:
    """Say that there is nothing more to grow in a morph for now, or that there is again."""
    with decision(project, "complete" if is_complete else "reopen") as edit:
        tree.get_leaf(edit.conn, node_id)
        edit.node_id = node_id
        edit.change_node(node_id, is_complete=int(is_complete))


def name(project: Project, node_id: int, name: str | None) -> None:
    """Name a node; None takes its name away."""
    _describe(project, "name", node_id, name=_clean(name))


def describe(project: Project, node_id: int, description: str | None) -> None:
    """Write what a node looks like, or any note on it."""
    _describe(project, "describe", node_id, description=_clean(description))


def kind(project: Project, node_id: int, kind: str | None) -> None:
    """Set the kind of a node (None: as its branch); what it owns inherits it."""
    _require_kind(kind)
    _describe(project, "kind", node_id, kind=kind)


def _require_kind(kind: object) -> None:
    if kind is not None and kind not in KINDS:
        message = f"There is no kind {kind!r}. Kinds: {', '.join(KINDS)}."
        raise DecisionError(message)


def flag(project: Project, node_id: int, question: str | None) -> None:
    """Put a question to a colleague on a node; None takes it off."""
    _describe(project, "flag", node_id, flag=_clean(question))


def identify(
    project: Project,
    node_id: int,
    *,
    taxon: str | None,
    ecotaxa_id: int | None = None,
    aphia_id: int | None = None,
) -> None:
    """Say which taxon a node is, with its number in EcoTaxa and in WoRMS (AphiaID)."""
    _describe(project, "identify", node_id, taxon=_clean(taxon), ecotaxa_id=ecotaxa_id, aphia_id=aphia_id)


def _describe(project: Project, verb: str, node_id: int, **fields: Any) -> None:
    with decision(project, verb) as edit:
        tree.get(edit.conn, node_id)
        edit.node_id = node_id
        edit.detail = fields
        edit.change_node(node_id, **fields)


def name_many(project: Project, names: pd.DataFrame) -> int:
    """
    Name many nodes in one decision; return how many were changed.

    Parameters
    ----------
    names : DataFrame
        Index ``node_id``; any of the columns ``name, kind, taxon, ecotaxa_id, aphia_id, description``. A missing
        or empty value leaves what is there.

    Raises
    ------
    DecisionError
        If a node or a column does not exist, or nothing would change; then nothing is changed.
    """
    strange = [str(column) for column in names.columns if column not in (*TEXTS, *NUMBERS)]
    if strange:
        message = f"Nodes have no column {strange[0]!r}. Columns: {', '.join((*TEXTS, *NUMBERS))}."
        raise DecisionError(message)
    changed = 0
    with decision(project, "name many") as edit:
        for node_id, row in zip(names.index.tolist(), names.to_dict("records"), strict=True):
            node = tree.get(edit.conn, node_id)
            texts = {key: _clean(str(row[key])) for key in TEXTS if pd.notna(row.get(key))}
            numbers = {key: int(row[key]) for key in NUMBERS if pd.notna(row.get(key))}
            fields = {key: value for key, value in (texts | numbers).items() if value is not None}
            _require_kind(fields.get("kind"))
            if any(getattr(node, key) != value for key, value in fields.items()):
                changed += 1
                edit.change_node(node.node_id, **fields)
        edit.detail = {"nodes": changed}
    return changed


def make_morph(project: Project, *, name: str | None = None, parent: int | None = None) -> int:
    """Make an empty morph, "other Copepoda" say; return its number."""
    return _make(project, "make morph", is_branch=False, name=name, parent=parent, owns=())


def make_branch(
    project: Project, *, name: str | None = None, owns: Sequence[int] = (), parent: int | None = None
) -> int:
    """
    Make a branch; return its number.

    Parameters
    ----------
    owns : sequence of int
        Nodes that go into it.
    parent : int, optional
        The branch it belongs to; the top of the tree unless given.
    """
    return _make(project, "make branch", is_branch=True, name=name, parent=parent, owns=owns)


def _make(
    project: Project, verb: str, *, is_branch: bool, name: str | None, parent: int | None, owns: Sequence[int]
) -> int:
    with decision(project, verb) as edit:
        if parent is not None:
            tree.get_branch(edit.conn, parent)
        node_id = edit.add_node(is_branch=is_branch, name=_clean(name), parent_id=parent)
        for child in owns:
            _move_below(edit, child, node_id)
        edit.node_id = node_id
        edit.detail = {"owns": list(owns)}
    return node_id


def move_node(project: Project, node_id: int, parent: int | None) -> None:
    """
    Put a node into a branch, or at the top (None).

    Raises
    ------
    DecisionError
        If the branch lies below the node itself.
    """
    with decision(project, "move node") as edit:
        _move_below(edit, node_id, parent)
        edit.node_id = node_id
        edit.detail = {"parent": parent}


def dissolve(project: Project, node_id: int) -> None:
    """
    Remove a branch, or an empty morph; what a branch owns goes to the branch above it.

    Nodes that had their kind from the branch keep it.
    """
    with decision(project, "dissolve") as edit:
        node = tree.get(edit.conn, node_id)
        count = len(tree.read_members(edit.conn, node_id))
        if count:
            message = f"{node.title} has {count} members. Merge it into another morph instead."
            raise DecisionError(message)
        for child in tree.children(tree.read_nodes(edit.conn), node_id):
            edit.change_node(child.node_id, parent_id=node.parent_id, kind=child.kind or node.kind)
        rejected = _rejected(edit, node_id)
        edit.forget_rejection(rejected, node_id)
        for row in edit.conn.execute(
            "SELECT seed_id, state FROM seed WHERE node_id = ?", (node_id,)
        ).fetchall():
            edit.judge_seed(row["seed_id"], row["state"], None)
        edit.node_id = node_id
        edit.remove_node(node_id)


def accept_arrangement(project: Project, groups: Sequence[Sequence[int]]) -> list[int]:
    """
    Make a branch of each group of nodes, in one decision; return the branches' numbers.

    Parameters
    ----------
    groups : sequence of sequence of int
        As :func:`morphoexplore.steps.arrange` proposes them; a group of one stays where it is.
    """
    made = []
    with decision(project, "arrange") as edit:
        for group in (list(dict.fromkeys(group)) for group in groups):
            if len(group) < 2:
                continue
            parents = {tree.get(edit.conn, node_id).parent_id for node_id in group}
            parent = parents.pop() if len(parents) == 1 else None
            made.append(edit.add_node(is_branch=True, parent_id=parent))
            for node_id in group:
                _move_below(edit, node_id, made[-1])
        edit.detail = {"branches": made}
    return made


def _move_below(edit: Edit, node_id: int, parent: int | None) -> None:
    node = tree.get(edit.conn, node_id)
    if parent is not None:
        branch = tree.get_branch(edit.conn, parent)
        nodes: dict[int, Node] = tree.read_nodes(edit.conn)
        if node_id == parent:
            message = f"{node.title} cannot go into itself."
            raise DecisionError(message)
        if node_id in {above.node_id for above in tree.lineage(nodes, parent)}:
            message = f"{node.title} cannot go into {branch.title}, which lies below it."
            raise DecisionError(message)
    edit.change_node(node_id, parent_id=parent)


# ------------------------------------------------------------------------------------------- parts


def _target(edit: Edit, into: int | None, name: str | None) -> int:
    if into is None:
        return edit.add_node(is_branch=False, name=_clean(name))
    tree.get_leaf(edit.conn, into)
    return into


def _clean(text: str | None) -> str | None:
    """Return a text without white space around it, None where nothing is left."""
    return (text or "").strip() or None


def _existing(project: Project, numbers: Objects) -> np.ndarray:
    """Return object numbers sorted, each once; a number that no object has is refused."""
    given = numbers if isinstance(numbers, np.ndarray) else np.array(list(numbers))
    if len(given) and not np.issubdtype(given.dtype, np.integer):
        message = (
            f"Objects are given by their numbers, 0, 1, 2 ..., not by {given.dtype} such as {given[0]!r}."
        )
        raise DecisionError(message)
    found = np.unique(given).astype(np.int64)
    n = project.count_objects()
    strange = found[(found < 0) | (found >= n)]
    if len(strange):
        message = f"There is no object number {strange[0]}; this project has the numbers 0 to {n - 1}."
        raise DecisionError(message)
    return found


def _within(whole: np.ndarray, part: Objects, title: str, project: Project) -> np.ndarray:
    part = _existing(project, part)
    strange = np.setdiff1d(part, whole)
    if len(strange):
        message = f"{_some_ids(project, strange)} {'is' if len(strange) == 1 else 'are'} not in {title}."
        raise DecisionError(message)
    return part


def _refuse_both(project: Project, some: np.ndarray, others: np.ndarray, words: str) -> None:
    both = np.intersect1d(some, others)
    if len(both):
        message = f"{_some_ids(project, both)} cannot be both {words}."
        raise DecisionError(message)


def _some_ids(project: Project, numbers: np.ndarray) -> str:
    ids = objects.ids_of(project, numbers[:3])
    more = f" and {len(numbers) - 3} more" if len(numbers) > 3 else ""
    return f"Object {', '.join(ids)}{more}"


def _free_of(edit: Edit, numbers: np.ndarray) -> np.ndarray:
    return np.setdiff1d(
        numbers, np.concatenate([np.empty(0, np.int64), *(g for _, g in _by_morph(edit, numbers))])
    )


def _require_free(edit: Edit, project: Project, numbers: np.ndarray) -> None:
    taken = np.setdiff1d(numbers, _free_of(edit, numbers))
    if len(taken):
        message = f"{_some_ids(project, taken)} is a member of a morph already. Move it instead."
        raise DecisionError(message)


def _members_among(edit: Edit, numbers: np.ndarray, node_id: int) -> np.ndarray:
    return dict(_by_morph(edit, numbers)).get(node_id, np.empty(0, np.int64))


def _by_morph(edit: Edit, numbers: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """Return the morphs that objects are in, each with its objects; free ones are in none."""
    assigned = edit.members(numbers)
    return [
        (int(node_id), numbers[assigned == node_id])
        for node_id in np.unique(assigned)
        if node_id != tree.FREE
    ]


def _rejected(edit: Edit, node_id: int) -> np.ndarray:
    rows = edit.conn.execute("SELECT object FROM rejection WHERE node_id = ?", (node_id,)).fetchall()
    return np.array([row[0] for row in rows], dtype=np.int64)
