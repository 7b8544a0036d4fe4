"""Decisions in words: a few for buttons, a sentence for histories."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from morphoexplore.errors import ProjectError
from morphoexplore.records import Decision
from morphoexplore.store import changes
from morphoexplore.store.project import Project

MOST = 60  # characters of what a button says
_PAST = {
    "accept": "Accepted",
    "add": "Added",
    "arrange": "Arranged",
    "ask": "Asked",
    "audit": "Audited",
    "certify": "Certified",
    "complete": "Completed",
    "correct": "Corrected",
    "confirm": "Confirmed",
    "describe": "Described",
    "discard": "Discarded",
    "dissolve": "Dissolved",
    "drop": "Dropped",
    "find": "Found",
    "flag": "Flagged",
    "gather": "Gathered",
    "grow": "Grew",
    "identify": "Identified",
    "judge": "Judged",
    "look": "Looked",
    "keep": "Kept",
    "make": "Made",
    "merge": "Merged",
    "move": "Moved",
    "name": "Named",
    "refuse": "Refused",
    "reject": "Rejected",
    "reopen": "Reopened",
    "set": "Set",
    "split": "Split",
    "stop": "Stopped",
    "take": "Took",
    "unflag": "Unflagged",
}


class _Titles:
    """What nodes are called, cut to a length; one that is gone has its number."""

    def __init__(self, nodes: Mapping[int, tuple[str | None, bool]], most: int) -> None:
        self._nodes, self._most = nodes, most

    def __call__(self, node_id: int | None) -> str:
        name = None if node_id is None else self._nodes.get(node_id, (None, False))[0]
        return self.cut(name) if name else self.plain(node_id)

    def plain(self, node_id: int | None) -> str:
        """Return what a node is called without a name."""
        if node_id is None:
            return "a morph"
        return f"{'branch' if self._nodes.get(node_id, (None, False))[1] else 'morph'} {node_id}"

    def cut(self, text: str) -> str:
        return shorten(text, self._most)


Words = Callable[[Decision, dict[str, Any], _Titles], str]


def tell(project: Project, decision: Decision) -> str:
    """
    Return what a decision did in at most 60 characters, and whose it was where it was somebody else's.

    Examples
    --------
    >>> tell(project, decision)  # doctest: +SKIP
    'confirm seed 12 as Copepod (345 objects)'
    """
    whose = "" if decision.user == project.user else f" by {shorten(decision.user, 16)}"
    nodes = _nodes(project, [decision])
    nodes |= _gone(project, decision, nodes)
    for most in (MOST, 30, 22, 14, 8):
        text = _words(decision, nodes, most)
        if len(text) + len(whose) <= MOST:
            break
    return shorten(text, MOST - len(whose)) + whose


def told(project: Project, decisions: Sequence[Decision]) -> list[str]:
    """
    Return what decisions did, each as a sentence for a history, without its user and time.

    Examples
    --------
    >>> told(project, [decision])  # doctest: +SKIP
    ['Confirmed seed 12 as Copepod (345 objects).']
    """
    nodes = _nodes(project, decisions)
    return [_in_past(_words(decision, nodes, 200)) for decision in decisions]


def shorten(text: str, most: int) -> str:
    """Return a text of at most *most* characters, with an ellipsis where it was cut."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _words(decision: Decision, nodes: Mapping[int, tuple[str | None, bool]], most: int) -> str:
    title = _Titles(nodes, most)
    words = _WORDS.get(decision.verb)
    if words is not None:
        return words(decision, decision.detail, title)
    is_about_nodes = decision.node_id is not None or decision.detail.get("nodes")
    return decision.verb + (f" {_nodes_of(decision, title)}" if is_about_nodes else "")


def _in_past(text: str) -> str:
    first, _, rest = text.partition(" ")
    return f"{_PAST.get(first, first.capitalize())} {rest}".rstrip() + "."


def _numbers(decision: Decision) -> set[int]:
    """Return the nodes that a decision is about."""
    said = decision.detail
    found = [
        decision.node_id,
        said.get("parent"),
        *(said.get("merged") or ()),
        *(said.get("apart") or ()),
    ]
    return {number for number in found if isinstance(number, int)}


def _nodes(project: Project, decisions: Sequence[Decision]) -> dict[int, tuple[str | None, bool]]:
    """Return name and whether it is a branch of the nodes that decisions are about and that still exist."""
    numbers = sorted({number for decision in decisions for number in _numbers(decision)})
    with project.read() as conn:
        rows = conn.execute(
            "SELECT node_id, name, is_branch FROM node WHERE node_id IN (SELECT value FROM json_each(?))",
            (json.dumps(numbers),),
        ).fetchall()
    return {number: (name, bool(is_branch)) for number, name, is_branch in rows}


def _gone(
    project: Project, decision: Decision, known: Mapping[int, object]
) -> dict[int, tuple[str | None, bool]]:
    """Return the same of nodes that are gone, undone or merged, as the decision knew them."""
    missing = _numbers(decision) - known.keys()
    if not missing:
        return {}
    try:
        with project.read() as conn:
            is_stored = conn.execute(
                "SELECT 1 FROM decision WHERE decision_id = ? AND changes IS NOT NULL",
                (decision.decision_id,),
            ).fetchone()
            found = changes.changes_of(conn, decision.decision_id) if is_stored else []
    except ProjectError:  # `check` tells; here a number will do
        return {}
    nodes = [change for change in found if change["what"] == "node" and change["node"] in missing]
    rows = {change["node"]: change["later"] or change["former"] for change in nodes}
    return {number: (row.get("name"), bool(row.get("is_branch"))) for number, row in rows.items() if row}


def _many(number: Any, one: str, many: str | None = None) -> str:
    many = many or f"{one}s"
    return f"{number:,} {one if number == 1 else many}" if isinstance(number, int) else f"some {many}"


def _nodes_of(decision: Decision, title: _Titles) -> str:
    """Return what the node of a decision is called, or how many there are."""
    several = decision.detail.get("nodes")
    if decision.node_id is None and isinstance(several, list):
        return _many(len(several), "node")
    return title(decision.node_id)


def _confirm(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    return f"confirm seed {decision.seed_id} as {title(decision.node_id)} ({_many(detail.get('members'), 'object')})"


def _confirm_parts(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    del title
    morphs = _many(len(detail.get("parts") or []), "morph")
    return f"confirm seed {decision.seed_id} as {morphs} ({_many(detail.get('members'), 'object')})"


def _ask(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    if detail.get("question") is None:
        return f"take the question off seed {decision.seed_id}"
    return f"ask about seed {decision.seed_id}: {title.cut(detail['question'])}"


def _discard(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    del title
    return f"discard seed {decision.seed_id} ({_many(detail.get('objects'), 'object')})"


def _judge_page(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    del decision, title
    accepted, refused, page = detail.get("accepted", 0), detail.get("refused", 0), detail.get("page")
    where = "" if page is None else f" on page {page}"
    said = [f"{accepted} accepted"] * bool(accepted) + [f"{refused} refused"] * bool(refused)
    return f"judge {_many(accepted + refused, 'seed')}{where}: {', '.join(said)}"


def _grow(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    if not detail.get("members") and detail.get("wrong"):
        return f"refuse {_many(detail['wrong'], 'candidate')} of {title(decision.node_id)}"
    return f"grow {title(decision.node_id)} by {_many(detail.get('members'), 'object')}"


def _find_border(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    return f"look for the border of {_surveyed(decision, title)}"


def _certify(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    about, page = _surveyed(decision, title), f"{_many(detail.get('shown'), 'image')} looked at"
    if detail.get("verdict") == "certified":
        return f"certify {_many(detail.get('members'), 'object')} for {about}"
    return f"certify {about}: {page}, {detail.get('wrong', 0)} wrong"


def _audit(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    about = "the seeds of a round" if decision.node_id is None else title(decision.node_id)
    return f"audit {about}: {_many(detail.get('shown'), 'image')} looked at, {detail.get('wrong', 0)} wrong"


def _accept_unsure(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    return f"accept {_many(detail.get('members'), 'object')} without certificate for {_surveyed(decision, title)}"


def _stop(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    return f"stop growing {_surveyed(decision, title)}"


def _surveyed(decision: Decision, title: _Titles) -> str:
    return "all morphs" if decision.node_id is None else title(decision.node_id)


def _gather(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    return f"gather {_many(detail.get('members'), 'object')} in {title(decision.node_id)}"


def _reject(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    return f"reject {_many(detail.get('wrong'), 'object')} from {title(decision.node_id)}"


def _judge_members(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    answer = "doubtful" if detail.get("is_doubtful") else "right"
    return f"find {_many(detail.get('members'), 'member')} of {title(decision.node_id)} {answer}"


def _look_again(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    del decision, title
    left = detail.get("wrong", 0) + detail.get("moved", 0)
    return f"look again at {_many(detail.get('shown'), 'member')}: {left} left their morph"


def _take_back(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    del decision, title
    members = _many(detail.get("members"), "unseen member")
    return f"take back {members} of {_many(len(detail.get('seeds') or []), 'seed')} of round {detail.get('round')}"


def _move(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    return f"move {_many(detail.get('members'), 'object')} to {title(decision.node_id)}"


def _split(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    sizes = detail.get("sizes") or []
    parts = f"{sizes[0]:,} and {sizes[1]:,} objects" if len(sizes) == 2 else _many(len(sizes), "part")
    return f"split {title(decision.node_id)} into {parts}"


def _merge(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    merged = detail.get("merged") or []
    what = title(merged[0]) if len(merged) == 1 else _many(len(merged), "morph")
    return f"merge {what} into {title(decision.node_id)}"


def _keep_apart(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    del decision
    first, second = (detail.get("apart") or (None, None))[:2]
    return f"keep {title(first)} and {title(second)} apart"


def _name(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    node = title.plain(decision.node_id)
    return f"name {node} {title.cut(detail['name'])}" if detail.get("name") else f"drop the name of {node}"


def _name_many(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    del decision, title
    return f"name {_many(detail.get('nodes'), 'node')}"


def _kind(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    if detail.get("kind") is None:
        return f"drop the kind of {_nodes_of(decision, title)}"
    return f"set the kind of {_nodes_of(decision, title)} to {detail['kind']}"


def _flag(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    return f"{'unflag' if detail.get('flag') is None else 'flag'} {title(decision.node_id)}"


def _describe(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    if detail.get("description") is None:
        return f"drop the description of {title(decision.node_id)}"
    return f"describe {title(decision.node_id)}"


def _identify(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    if detail.get("taxon") is None:
        has_number = detail.get("ecotaxa_id") is not None or detail.get("aphia_id") is not None
        return f"{'set the number of the taxon' if has_number else 'drop the taxon'} of {title(decision.node_id)}"
    return f"identify {title(decision.node_id)} as {title.cut(detail['taxon'])}"


def _make(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    word, name, owns = decision.verb.removeprefix("make "), title(decision.node_id), detail.get("owns")
    what = name if name == title.plain(decision.node_id) else f"{word} {name}"
    return f"make {what}" + (f" of {_many(len(owns), 'node')}" if owns else "")


def _move_node(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    parent = detail.get("parent")
    return f"move {_nodes_of(decision, title)} " + (
        "to the top" if parent is None else f"into {title(parent)}"
    )


def _correct(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    del decision
    said = {"subsample_coef": "fraction", "total_water_volume": "volume"}
    named = {name for values in detail.get("values", {}).values() for name in values}
    words = " and ".join(word for name, word in said.items() if name in named)
    many = _many(len(detail.get("acquisitions") or []), "acquisition")
    where = title.cut(detail["sample"]) if detail.get("sample") else many
    return f"correct {words or 'the effort'} of {where}"


def _take(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    del decision, title
    states = " and ".join(detail.get("states") or [])
    objects, morphs = (
        _many(detail.get("objects", 0), f"{states} object"),
        _many(detail.get("morphs", 0), "morph"),
    )
    return f"take over {objects} of the source into {morphs}"


def _arrange(decision: Decision, detail: dict[str, Any], title: _Titles) -> str:
    del decision, title
    return f"arrange the tree: {_many(len(detail.get('branches') or []), 'new branch', 'new branches')}"


_WORDS: dict[str, Words] = {
    "confirm": _confirm,
    "confirm parts": _confirm_parts,
    "ask": _ask,
    "discard": _discard,
    "judge page": _judge_page,
    "grow": _grow,
    "find border": _find_border,
    "certify": _certify,
    "audit": _audit,
    "accept unsure": _accept_unsure,
    "stop": _stop,
    "gather": _gather,
    "take": _take,
    "reject": _reject,
    "judge members": _judge_members,
    "look again": _look_again,
    "take back": _take_back,
    "move": _move,
    "split": _split,
    "merge": _merge,
    "keep apart": _keep_apart,
    "name": _name,
    "name many": _name_many,
    "kind": _kind,
    "flag": _flag,
    "describe": _describe,
    "identify": _identify,
    "make morph": _make,
    "make branch": _make,
    "move node": _move_node,
    "arrange": _arrange,
    "correct": _correct,
}
