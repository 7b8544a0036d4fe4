"""Parts of the tree page: headings, cards, the gallery of a morph, sorting and pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
import numpy as np
from dash import html
from dash.development.base_component import Component

from morphoexplore.methods.typicality import order_by_typicality
from morphoexplore.records import Node
from morphoexplore.steps.naming import suggestions
from morphoexplore.store import tree
from morphoexplore.store.schema import ORIGINS
from morphoexplore_app import ids, parts, precision
from morphoexplore_app.components import Gallery, Names, NodeActions
from morphoexplore_app.pages.tree import addresses
from morphoexplore_app.pages.tree.reading import View, remembered
from morphoexplore_app.routes import taxa

CARDS = 60  # on a page
IMAGES = 200  # on a page
PARTS = (2, 3)  # in which a morph is cut
MOST_NAMES = 1000  # offered while a person types
NODE_SORTS = {"size": "largest first", "name": "by name", "new": "newest first"}
OBJECT_SORTS = {"typical": "typical first", "strange": "strange first", "random": "random"}


def crumbs(view: View, node: Node | None) -> Component:
    """Return links to the branches above a node."""
    above = [] if node is None else list(reversed(tree.lineage(view.nodes, node.node_id)))[:-1]
    links: list[Component] = []
    for place, one in enumerate([None, *above] if node is not None else []):
        is_next = place == len(above)
        key = {"data-key": "u", "data-help": "up to the branch above"} if is_next else {}
        title = "Whole tree" if one is None else one.title
        links.append(html.Li(link(title, addresses.of(one), **key), title=title))
    return html.Nav(html.Ol(links), className="tree-crumbs", **{"aria-label": "Branches above"})


def link(text: Any, href: str, *, kind: str = "tree-link", **attributes: Any) -> Component:
    """Return a link within the app, which may have a key."""
    return dmc.Anchor(text, href=href, refresh=False, unstyled=True, className=kind, **attributes)


def heading(view: View, node: Node | None) -> list[Any]:
    """Return title and counts of a node."""
    if node is None:
        objects = sum(view.counts[one.node_id] for one in view.owned.get(None, []))
    else:
        objects = view.counts[node.node_id]
    said = [parts.count(objects, "object")]
    if node is None or node.is_branch:
        said.insert(0, parts.count(view.count_morphs(None if node is None else node.node_id), "morph"))
    else:
        origins = view.origins(node.node_id)
        said += [f"{origins[word]:,} {word}" for word in ORIGINS if origins[word]]
    if node is not None:
        kind = tree.kind_of(view.nodes, node.node_id)
        said += [kind] * (kind != tree.DEFAULT_KIND) + ["complete"] * node.is_complete
    if node is not None and not node.is_branch:
        stated = precision.words(view.session, node.node_id)
        said += [stated] * bool(stated)
    title = "Whole tree" if node is None else node.title
    return [
        html.Span(title, className="tree-name", title=title),
        html.Small(" · ".join(said), className="tree-said"),
    ]


def links(view: View, node: Node | None) -> list[Component]:
    """Return where one can go from a node: propose branches, name, cut, grow."""
    if node is not None and not node.is_branch:
        cut = [
            tool(
                f"Cut in {count}",
                addresses.of(node, cut=count),
                str(count),
                f"propose a cut in {count} parts",
            )
            for count in PARTS
            if view.counts[node.node_id] >= count
        ]
        audit = tool(
            "Audit", f"/audit/{node.node_id}", "A", "look at a random sample of what nobody looked at"
        )
        has_unseen = any(view.origins(node.node_id)[word] for word in ORIGINS if word != "looked")
        return [*cut, tool("Grow", f"/grow/{node.node_id}", "G", "grow this morph"), *([audit] * has_unseen)]
    owned = [one for one in view.owned.get(None if node is None else node.node_id, []) if not one.is_branch]
    names = [tool("Name morphs", "/names", "N", "name the morphs")] * (node is None)
    if node is None and view.count_morphs(None) > 1:
        names.append(tool("Audit", "/audit", "A", "how precise the morphs are"))
        names.insert(0, tool("The same?", "/same", "=", "pairs of morphs that may be the same"))
    if len(owned) < 3:
        return names
    propose = tool(
        "Propose branches", addresses.of(node, propose=1), "p", "group the morphs here by their form"
    )
    return [propose, *names]


def tool(label: str, href: str, key: str, help: str) -> Component:
    """Return a link that looks like a button, with its key."""
    shown = [label, html.Kbd(key, className="tool-key")]
    return link(shown, href, kind="tool", **{"data-key": key, "data-help": help})


def form(view: View, node: Node) -> Component:
    """Return name, kind, taxon and note of a node as fields, and the question on it."""
    names = offered(view)
    one = Names(
        id=ids.TREE_FORM,
        rows=[row(view, node, names)],
        names=list(names.names)[:MOST_NAMES],
        taxa=list(names.taxa)[:MOST_NAMES],
        version=str(view.version),
        layout="form",
        search=taxa.address(view.session),
        label=f"About {node.title}",
    )
    if node.flag is None:
        return one
    question = html.P(
        [html.Strong("Question: "), node.flag],
        className="tree-question",
        **{"data-question": node.flag, "data-of": str(node.node_id)},
    )
    return html.Div([one, question])


def offered(view: View) -> Any:
    """Return the names to offer."""
    return remembered(
        view.session,
        "suggestions",
        view.version,
        lambda: suggestions(view.session.project, node=view.session.membership.node, nodes=view.nodes),
    )


def row(view: View, node: Node, names: Any) -> dict[str, Any]:
    """Return a node's fields, as the component wants them."""
    found = names.by_morph.get(node.node_id)
    parent = None if node.parent_id is None else tree.kind_of(view.nodes, node.parent_id)
    return {
        "id": node.node_id,
        "title": node.title,
        "count": view.counts[node.node_id],
        "name": node.name,
        "kind": node.kind,
        "inherited": node.taxon_kind or parent or tree.DEFAULT_KIND,
        "taxon": node.taxon,
        "ecotaxa_id": node.ecotaxa_id,
        "aphia_id": node.aphia_id,
        "taxon_type": node.taxon_type,
        "note": node.description,
        "suggestion": None
        if found is None
        else {"text": found.text, "share": found.share, "annotated": found.annotated},
    }


def sorted_nodes(view: View, node: Node | None, query: dict[str, str]) -> list[Node]:
    """Return what a branch owns, branches first, in the order of the query."""
    owned = view.owned.get(None if node is None else node.node_id, [])
    sort = query.get("sort", "size")
    if sort == "name":
        order = sorted(owned, key=lambda one: (one.name is None, (one.name or "").casefold(), one.node_id))
    elif sort == "new":
        order = sorted(owned, key=lambda one: -one.node_id)
    else:
        order = sorted(owned, key=lambda one: (-view.counts[one.node_id], one.node_id))
    return sorted(order, key=lambda one: not one.is_branch)


def cards(view: View, nodes: Sequence[Node]) -> list[dict[str, Any]]:
    """Return nodes as cards."""
    typical = view.typical([node.node_id for node in nodes])
    return [
        {
            "id": node.node_id,
            "title": node.title,
            "is_named": node.name is not None,
            "is_branch": node.is_branch,
            "is_complete": node.is_complete,
            "flag": node.flag,
            "kind": node.kind,
            "note": _note(view, node),
            "objects": typical[node.node_id],
        }
        for node in nodes
    ]


def _note(view: View, node: Node) -> str:
    objects = parts.count(view.counts[node.node_id], "object")
    if not node.is_branch:
        stated = precision.words(view.session, node.node_id)
        return f"{objects} · {stated}" if stated else objects
    return f"{parts.count(view.count_morphs(node.node_id), 'morph')} · {objects}"


def morph(view: View, node: Node, query: dict[str, str]) -> list[Component]:
    """Return the members of a morph in a gallery, from typical to strange or as the query says."""
    origin = query.get("origin")
    members = view.members(node.node_id)
    if origin in ORIGINS:
        members = members[view.session.membership.origin[members] == ORIGINS.index(origin)]
    if not len(members):
        return (
            [parts.empty("There is nothing here.", link=("Show all members", addresses.of(node)))]
            if origin
            else [
                parts.empty("This morph has no members yet.", "Select objects in another morph and press t.")
            ]
        )
    sort = query.get("sort") if query.get("sort") in OBJECT_SORTS else "typical"
    ordered = _ordered(view, node, members, sort)
    shown, pager = page_of(ordered, IMAGES, node, query)
    return [
        html.Div(
            [
                sorting(node, query, OBJECT_SORTS),
                _origins(view, node, query),
                NodeActions(id=ids.TREE_OBJECT_ACTIONS, gallery=ids.TREE_GALLERY),
                pager,
            ],
            className="tree-bar",
        ),
        Gallery(
            id=ids.TREE_GALLERY,
            objects=shown.tolist(),
            version=f"{view.version} {node.node_id} {sort} {origin} {addresses.page(query)}",
            cell=96,
            label=f"Members of {node.title}",
            keys={"Delete": "reject"},
            focus=True,
        ),
    ]


def _ordered(view: View, node: Node, members: np.ndarray, sort: str | None) -> np.ndarray:
    if sort == "random":
        return np.random.default_rng(node.node_id).permutation(members)
    ordered = members[order_by_typicality(view.vectors_of(members))]
    return ordered[::-1] if sort == "strange" else ordered


def _origins(view: View, node: Node, query: dict[str, str]) -> Component:
    origins = {word: count for word, count in view.origins(node.node_id).items() if count}
    if len(origins) < 2:
        return html.Span()
    current, sort = query.get("origin"), query.get("sort")
    chips = [chip("all", addresses.of(node, sort=sort), is_current=current not in origins)]
    chips += [
        chip(f"{count:,} {word}", addresses.of(node, sort=sort, origin=word), is_current=current == word)
        for word, count in origins.items()
    ]
    return html.Nav(chips, className="tree-sorts", **{"aria-label": "How they came in"})


def sorting(node: Node | None, query: dict[str, str], sorts: dict[str, str]) -> Component:
    """Return links to the orders that there are."""
    current = query.get("sort") if query.get("sort") in sorts else next(iter(sorts))
    chips = [
        chip(
            label,
            addresses.of(node, sort=None if place == 0 else name, origin=query.get("origin")),
            is_current=name == current,
        )
        for place, (name, label) in enumerate(sorts.items())
    ]
    return html.Nav(chips, className="tree-sorts", **{"aria-label": "Order"})


def chip(label: str, href: str, *, is_current: bool) -> Component:
    """Return a link to one of several views, marked where it is the one that is shown."""
    current = {"aria-current": "true"} if is_current else {}
    return link(label, href, **current)


def page_of(found: Any, size: int, node: Node | None, query: dict[str, str]) -> tuple[Any, Component]:
    """Return the part of a sequence that the query's page shows, and links to the pages beside it."""
    return paged(
        found, size, addresses.page(query), lambda page: addresses.of(node, **_rest(query), page=page)
    )


def _rest(query: dict[str, str]) -> dict[str, object]:
    return {name: query[name] for name in ("sort", "origin") if name in query}


def paged(found: Any, size: int, wanted: int, address: Any) -> tuple[Any, Component]:
    """Return the part of a sequence that one page shows, and links to the pages beside it."""
    last = max(1, -(-len(found) // size))
    page = min(wanted, last)
    start = (page - 1) * size
    shown = found[start : start + size]
    text = (
        f"{start + 1:,} to {start + len(shown):,} of {len(found):,}"
        if last > 1
        else (f"{len(found):,} in all" if len(found) else "none")
    )
    links = []
    if page > 1:
        links.append(tool("Previous", address(None if page == 2 else page - 1), "N", "previous page"))
    if page < last:
        links.append(tool("Next", address(page + 1), "n", "next page"))
    return shown, html.Nav([html.Span(text), *links], className="tree-pager", **{"aria-label": "Pages of it"})
