"""Who is in a morph: gathering, growing, rejecting, moving, splitting and merging."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from morphoexplore.errors import DecisionError
from morphoexplore.review import asking
from morphoexplore.review.parts import (
    Objects,
    by_morph,
    clean,
    existing,
    members_among,
    refuse_both,
    rejected_from,
    require_free,
    target,
    within,
)
from morphoexplore.store import tree
from morphoexplore.store.edits import Edit
from morphoexplore.store.history import decision
from morphoexplore.store.project import Project

CHOSEN = "chosen by the person"


def gather(
    project: Project,
    chosen: Objects,
    *,
    name: str | None = None,
    kind: str | None = None,
    into: int | None = None,
    shown: Objects = (),
    wrong: Objects = (),
    moves: bool = False,
) -> int:
    """
    Put chosen objects into a new morph, or an existing one; return the morph's number.

    Parameters
    ----------
    chosen : objects
        Those among *shown* come in as ``looked``, free ones among the others as ``grown``.
    name, kind : str, optional
        Name and kind of a new morph.
    into : int, optional
        An existing morph. Objects that were rejected from it before come in only where they are seen now.
    shown : objects
        Those whose image the person saw.
    wrong : objects
        Seen with them, and not of this morph: remembered.
    moves : bool
        Whether members of other morphs may be taken out of them. Those shown are remembered as not of their
        former morph; the others keep how they came in.

    Raises
    ------
    DecisionError
        If nothing would come in, or a member of another morph is chosen and *moves* is false.
    """
    chosen = existing(project, chosen)
    seen = np.intersect1d(chosen, existing(project, shown))
    wrong = existing(project, wrong)
    refuse_both(project, chosen, wrong, "chosen and wrong")
    if not len(chosen):
        message = "A morph needs at least one object. Choose some first."
        raise DecisionError(message)
    with decision(project, "gather") as edit:
        if into is not None:
            known = np.union1d(rejected_from(edit, into), members_among(edit, chosen, into))
            chosen = np.setdiff1d(chosen, np.setdiff1d(known, seen))
        former = [(node_id, group) for node_id, group in by_morph(edit, chosen) if node_id != into]
        moved = np.concatenate([np.empty(0, np.int64), *(group for _, group in former)])
        if not moves:
            require_free(edit, project, moved)
        if not len(chosen):
            message = "None of these would come in: they are members already, or were rejected before."
            raise DecisionError(message)
        node_id = target(edit, into, name, kind=kind)
        edit.node_id = node_id
        edit.detail = {"members": len(chosen), "looked": len(seen), "moved": len(moved)}
        for other, group in former:
            edit.reject(np.intersect1d(group, seen), other)
        edit.forget_rejection(chosen, node_id)
        unseen = np.setdiff1d(chosen, seen)
        edit.uncover(np.intersect1d(unseen, moved))  # samples were of them in another morph
        edit.assign(np.intersect1d(unseen, moved), node_id, origin=None)
        edit.assign(np.setdiff1d(unseen, moved), node_id, origin="grown")
        edit.assign(seen, node_id, origin="looked")
        edit.look(seen, "right", purpose="review", drawn=CHOSEN, node_id=node_id)
        edit.release(members_among(edit, wrong, node_id))
        edit.reject(wrong, node_id)
        edit.look(wrong, "wrong", purpose="review", drawn=CHOSEN, node_id=node_id)
    return node_id


def grow(
    project: Project,
    node_id: int,
    accept: Objects,
    *,
    wrong: Objects = (),
    shown: Objects = (),
    up_to: bool = False,
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
    up_to : bool
        They were judged by the last good image, as in a row of a page of strips, not one by one: a wrong one before it
        may have been passed.

    Raises
    ------
    DecisionError
        If an object is a member already, or is both accepted and wrong.
    """
    accept, wrong, shown = (existing(project, part) for part in (accept, wrong, shown))
    refuse_both(project, accept, wrong, "accepted and wrong")
    with decision(project, "grow") as edit:
        tree.get_leaf(edit.conn, node_id)
        require_free(edit, project, accept)
        edit.node_id = node_id
        seen = np.intersect1d(accept, shown)
        edit.detail = {"members": len(accept), "wrong": len(wrong), "looked": len(seen)}
        edit.detail |= {"up_to": True} if up_to else {}
        edit.forget_rejection(accept, node_id)
        edit.assign(np.setdiff1d(accept, seen), node_id, origin="grown")
        edit.assign(seen, node_id, origin="looked")
        edit.release(members_among(edit, wrong, node_id))
        edit.reject(wrong, node_id)
        edit.look(seen, "right", purpose="find", drawn="candidates", node_id=node_id, page=page)
        edit.look(wrong, "wrong", purpose="find", drawn="candidates", node_id=node_id, page=page)
    return len(accept)


def reject(project: Project, node_id: int, wrong: Objects, *, shown: Objects | None = None) -> None:
    """
    Say that objects do not belong to a morph: members become free, and it is remembered.

    Parameters
    ----------
    shown : objects, optional
        Those whose image the person saw; all of them unless given.
    """
    wrong = existing(project, wrong)
    seen = wrong if shown is None else np.intersect1d(wrong, existing(project, shown))
    with decision(project, "reject") as edit:
        tree.get_leaf(edit.conn, node_id)
        edit.node_id = node_id
        edit.detail = {"wrong": len(wrong)}
        members = members_among(edit, wrong, node_id)
        edit.uncover(members)
        edit.release(members)
        edit.reject(wrong, node_id)
        edit.look(seen, "wrong", purpose="review", drawn=CHOSEN, node_id=node_id)


def judge_members(project: Project, node_id: int, chosen: Objects, *, is_doubtful: bool = False) -> None:
    """
    Say of members whose image the person saw that they are right, or doubtful.

    Both stay, and count as looked at; to EcoTaxa those that are right are ``validated`` and the others ``dubious``. Whoever
    says the other thing later is believed.

    Raises
    ------
    DecisionError
        If none is given, or one is no member of the morph.
    """
    with decision(project, "judge members") as edit:
        node = tree.get_leaf(edit.conn, node_id)
        chosen = within(tree.read_members(edit.conn, node_id), chosen, node.title, project)
        if not len(chosen):
            message = "Select members whose image you saw first."
            raise DecisionError(message)
        edit.node_id = node_id
        edit.detail = {"members": len(chosen), "is_doubtful": is_doubtful}
        edit.assign(chosen, node_id, origin="looked")
        answer = "doubtful" if is_doubtful else "right"
        edit.look(chosen, answer, purpose="review", drawn=CHOSEN, node_id=node_id)


def move(project: Project, chosen: Objects, node_id: int) -> None:
    """Put objects that the person looked at into a morph, out of whichever they are in (which is remembered)."""
    chosen = existing(project, chosen)
    with decision(project, "move") as edit:
        tree.get_leaf(edit.conn, node_id)
        edit.node_id = node_id
        edit.detail = {"members": len(chosen)}
        for former, group in by_morph(edit, chosen):
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
    groups = [existing(project, part) for part in parts]
    titles = [None] * len(groups) if names is None else [clean(text) for text in names]
    if len(titles) != len(groups):
        message = (
            f"A split into {len(groups)} parts needs a name, or None, for each of them, not {len(titles)}."
        )
        raise DecisionError(message)
    with decision(project, "split") as edit:
        node = tree.get_leaf(edit.conn, node_id)
        members = tree.read_members(edit.conn, node_id)
        for group in groups:
            within(members, group, node.title, project)
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
            edit.reject(rejected_from(edit, node_id), made[-1])
            edit.move_looks(group, node_id, made[-1])
        edit.node_id = node_id
        edit.detail = {"into": made, "sizes": [len(group) for group in groups]}
    return made


def merge(project: Project, node_ids: Sequence[int], *, into: int | None = None) -> int:
    """
    Unite morphs; return the number of the morph that is left, which is flagged with the questions that were on any of them.

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
        for node_id, node in leaves.items():
            if node_id != keep:
                asking.pass_on(edit, keep, asking.on_morph(edit.conn, node_id, node.flag))
                _unite(edit, keep, node_id)
        members = tree.read_members(edit.conn, keep)
        edit.forget_rejection(members, keep)  # a member outweighs a rejection
        if any(not node.is_complete for node in leaves.values()):
            edit.change_node(keep, is_complete=0)
        edit.node_id = keep
        edit.detail |= {
            "merged": [node_id for node_id in node_ids if node_id != keep],
            "members": len(members),
        }
    return keep


def _unite(edit: Edit, keep: int, node_id: int) -> None:
    edit.assign(tree.read_members(edit.conn, node_id), keep, origin=None)
    rejected = rejected_from(edit, node_id)
    edit.forget_rejection(rejected, node_id)
    edit.reject(rejected, keep)
    edit.move_looks(None, node_id, keep)
    for row in edit.conn.execute("SELECT seed_id, state FROM seed WHERE node_id = ?", (node_id,)).fetchall():
        edit.judge_seed(row["seed_id"], row["state"], keep)
    edit.remove_node(node_id)
