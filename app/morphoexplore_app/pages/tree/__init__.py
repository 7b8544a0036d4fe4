"""The tree: arrange branches and morphs, and look at what a node owns."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from morphoexplore.records import Node
from morphoexplore_app import ids, parts
from morphoexplore_app.components import Cards, NodeActions, Tree
from morphoexplore_app.pages.tree import addresses, operating, proposing, showing
from morphoexplore_app.pages.tree.addresses import PATH
from morphoexplore_app.pages.tree.reading import View
from morphoexplore_app.session import Session

__all__ = ["KEY", "LABEL", "PATH", "layout", "register"]

LABEL, KEY = "Tree", "g t"
PAGE, FORM, GALLERY = "tree", "tree-form", "tree-gallery"  # sources of outcomes


def layout(session: Session, *, query: dict[str, str]) -> Component:
    """Return the page: the tree, and what the node of the URL owns."""
    view = View(session)
    if not view.nodes:
        return parts.page(
            "Tree",
            parts.empty(
                "There are no morphs yet.",
                "A morph is made from a seed that you confirm.",
                link=("Review the seeds", "/review"),
            ),
        )
    wanted = addresses.number(query, "node")
    node = None if wanted is None else view.nodes.get(wanted)
    tree = Tree(
        id=ids.TREE,
        nodes=view.columns(),
        version=str(view.version),
        current=None if node is None else node.node_id,
        near=[] if node is None or node.is_branch else view.like(node.node_id),
        link=PATH,
        label="Branches and morphs",
    )
    shown = _content(view, node, query)
    if wanted is not None and node is None:
        shown.insert(0, html.P("That node is gone: merged, dissolved or undone.", role="status"))
    return html.Div(
        className="tree-page",
        children=[
            html.Div(tree, className="tree-side"),
            html.Div(shown, className="tree-content", id=ids.TREE_CONTENT),
            *(dcc.Store(id=ids.outcome(page)) for page in (PAGE, FORM, GALLERY)),
        ],
    )


def _content(view: View, node: Node | None, query: dict[str, str]) -> list[Component]:
    proposal = proposing.proposal(view, node, query)
    if proposal is not None:
        return [showing.crumbs(view, node), *proposal]
    is_morph = node is not None and not node.is_branch
    return [
        showing.crumbs(view, node),
        html.Div(
            [html.H1(showing.heading(view, node), id=ids.TREE_HEADING), *showing.links(view, node)],
            className="tree-head",
        ),
        *([] if node is None else [showing.form(view, node)]),
        NodeActions(id=ids.TREE_ACTIONS),
        *(showing.morph(view, node, query) if is_morph and node is not None else _branch(view, node, query)),
    ]


def _branch(view: View, node: Node | None, query: dict[str, str]) -> list[Component]:
    owned = showing.sorted_nodes(view, node, query)
    if not owned:
        return [
            parts.empty("This branch owns nothing yet.", "Drag nodes onto it, or choose some and press v.")
        ]
    shown, pager = showing.page_of(owned, showing.CARDS, node, query)
    return [
        html.Div([showing.sorting(node, query, showing.NODE_SORTS), pager], className="tree-bar"),
        Cards(
            id=ids.TREE_CARDS,
            cards=showing.cards(view, shown),
            version=str(view.version),
            label=f"What {'the tree' if node is None else node.title} owns, page {addresses.page(query)}",
            focus=True,
        ),
    ]


def register(app: Dash, session: Session) -> None:
    """Register the callbacks of the page."""

    @app.callback(
        Output(ids.TREE, "answer"),
        Output(ids.outcome(PAGE), "data"),
        Input(ids.TREE, "operation"),
        State(ids.TREE, "current"),
        State(ids.URL, "search"),
        prevent_initial_call=True,
    )
    def operate(operation: dict[str, Any], current: int | None, search: str | None) -> tuple[Any, Any]:
        return operating.operate(session, operation, current, f"{PATH}{search or ''}")

    @app.callback(
        Output(ids.TREE_FORM, "answer"),
        Output(ids.TREE, "nodes"),
        Output(ids.TREE, "version"),
        Output(ids.TREE_HEADING, "children"),
        Output(ids.outcome(FORM), "data"),
        Input(ids.TREE_FORM, "entry"),
        prevent_initial_call=True,
    )
    def enter(entry: dict[str, Any]) -> tuple[Any, ...]:
        answer, outcome = operating.enter(session, entry)
        view = View(session)
        node = view.nodes.get(int(entry["node"]))
        if not outcome["is_done"] or node is None:
            return answer, no_update, no_update, no_update, outcome
        return answer, view.columns(), str(view.version), showing.heading(view, node), outcome

    @app.callback(
        Output(ids.outcome(GALLERY), "data"),
        Input(ids.TREE_GALLERY, "action"),
        State(ids.TREE, "current"),
        State(ids.TREE, "version"),
        prevent_initial_call=True,
    )
    def act(action: dict[str, Any] | None, current: int, version: str) -> Any:
        return (
            no_update if action is None else operating.act_on_objects(session, action, current, int(version))
        )
