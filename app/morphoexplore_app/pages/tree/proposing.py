"""Proposals of the machine: branches of morphs that are alike, and a morph cut in parts; shown before they are accepted."""

from __future__ import annotations

from typing import Any

import numpy as np
from dash import html
from dash.development.base_component import Component

from morphoexplore import review
from morphoexplore.errors import MorphoExploreError
from morphoexplore.methods.typicality import order_by_typicality
from morphoexplore.records import Node
from morphoexplore.steps.arranging import arrange
from morphoexplore_app import ids, parts
from morphoexplore_app.components import Proposal
from morphoexplore_app.pages.tree import addresses, showing
from morphoexplore_app.pages.tree.reading import View, remembered

SHOWN = 12  # morphs of a group with pictures
MORPH_STRIP = 5
PART_STRIP = 24
MOST_PARTS = 9


def proposal(view: View, node: Node | None, query: dict[str, str]) -> list[Component] | None:
    """Return the proposal that the query asks for, None where it asks for none."""
    cut = addresses.number(query, "cut", least=2)
    try:
        if cut and node is not None and not node.is_branch:
            return _parts(view, node, min(cut, MOST_PARTS))
        if "propose" in query and (node is None or node.is_branch):
            return _branches(view, node, addresses.number(query, "groups", least=2))
    except MorphoExploreError as error:
        return [parts.empty(str(error), link=("Back", addresses.of(node)))]
    return None


def _branches(view: View, node: Node | None, wanted: int | None) -> list[Component]:
    below = None if node is None else node.node_id
    groups = remembered(
        view.session,
        "arrangement",
        (view.version, view.space_version, below, wanted),
        lambda: arrange(view.session.project, groups=wanted, below=below),
    )
    several = [group for group in groups if len(group) > 1]
    if not several:
        return [
            parts.empty(
                "No morphs here are alike enough to propose branches.", link=("Back", addresses.of(node))
            )
        ]
    alone = len(groups) - len(several)
    count = len(groups)
    rest = (
        f" {parts.count(alone, 'morph stands', 'morphs stand')} alone and stay{'s' * (alone == 1)} here."
        if alone
        else ""
    )
    return [
        html.Div(
            [
                html.H1(f"{parts.count(len(several), 'branch', 'branches')} proposed"),
                showing.tool(
                    "Fewer",
                    addresses.of(node, propose=1, groups=max(2, round(count / 1.4))),
                    "-",
                    "fewer branches",
                ),
                showing.tool(
                    "More",
                    addresses.of(node, propose=1, groups=max(count + 1, round(count * 1.4))),
                    "+",
                    "more branches",
                ),
            ],
            className="tree-head",
        ),
        html.P(
            f"Morphs of like form together (Ward's clustering). Nothing changes until you accept. Name the branches now or later, uncheck what you do not want.{rest}"
        ),
        Proposal(
            id=ids.TREE_PROPOSAL,
            what="branches",
            groups=_groups(view, several),
            version=f"{view.version} {count}",
            back=addresses.of(node),
        ),
    ]


def _groups(view: View, groups: list[list[int]]) -> list[dict[str, Any]]:
    largest = [sorted(group, key=lambda one: -view.counts[one]) for group in groups]
    typical = view.typical([one for group in largest for one in group[:SHOWN]], MORPH_STRIP)
    return [
        {
            "nodes": group,
            "note": f"{parts.count(len(group), 'morph')} · {parts.count(sum(view.counts[one] for one in group), 'object')}",
            "rows": [{"title": view.nodes[one].title, "objects": typical[one]} for one in group[:SHOWN]],
            "more": f"and {len(group) - SHOWN} more" if len(group) > SHOWN else None,
        }
        for group in largest
    ]


def _parts(view: View, node: Node, wanted: int) -> list[Component]:
    found = remembered(
        view.session,
        "cut",
        (view.version, view.space_version, node.node_id, wanted),
        lambda: review.propose_split(view.session.project, node.node_id, parts=wanted),
    )
    more = showing.tool(
        f"In {wanted + 1}", addresses.of(node, cut=wanted + 1), str(wanted + 1), f"propose {wanted + 1} parts"
    )
    less = showing.tool(
        f"In {wanted - 1}", addresses.of(node, cut=wanted - 1), str(wanted - 1), f"propose {wanted - 1} parts"
    )
    return [
        html.Div(
            [
                html.H1(f"{node.title}, cut in {len(found)}"),
                *([less] if wanted > 2 else []),
                *([more] if wanted < MOST_PARTS and view.counts[node.node_id] > wanted else []),
            ],
            className="tree-head",
        ),
        html.P(
            "Parts of like form, each from typical to strange. The largest part without a name stays this morph."
        ),
        Proposal(
            id=ids.TREE_PROPOSAL,
            what="parts",
            groups=[
                {
                    "note": parts.count(len(part), "object"),
                    "size": len(part),
                    "placeholder": f"stays {node.title}" if place == 0 else f"part {place + 1}: name",
                    "rows": [{"objects": _spread(view, part)}],
                }
                for place, part in enumerate(found)
            ],
            version=f"{view.version} {node.node_id} {wanted}",
            node=node.node_id,
            back=addresses.of(node),
        ),
    ]


def _spread(view: View, part: np.ndarray) -> list[int]:
    """Return objects of a part from typical to strange, as many as a strip shows."""
    ordered = part[order_by_typicality(view.vectors_of(part))]
    places = np.linspace(0, len(ordered) - 1, min(PART_STRIP, len(ordered))).round().astype(int)
    return ordered[places].tolist()
