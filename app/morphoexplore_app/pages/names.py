"""Names for many nodes: a row each, a field saved as soon as it is left."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from flask import Response

from morphoexplore.records import Node
from morphoexplore.steps.naming import names_csv
from morphoexplore.store import tree
from morphoexplore_app import ids, parts, precision
from morphoexplore_app.components import Names
from morphoexplore_app.pages.tree import addresses, operating, showing
from morphoexplore_app.pages.tree.reading import View
from morphoexplore_app.routes import taxa
from morphoexplore_app.session import Session

PATH, LABEL, KEY = "/names", "Names", "g n"
PAGE = "names"
FILE = "/names.csv"
ROWS = 50  # on a page
STRIP = 6
FILTERS = {"unnamed": "unnamed morphs", "morphs": "all morphs", "branches": "branches"}
HELP = (
    "Every field is saved when you leave it. Tab: next field. Enter: next name. "
    "In grey: the most frequent annotation that came with the images, and its share; → takes it as the name. "
    "A kind of detritus or artefact keeps a morph out of the diversity of the living."
)
HELP_TAXA = " Two letters of a name or taxon propose taxa: ↓ and Enter take one, with its numbers and kind."


def layout(session: Session, *, query: dict[str, str]) -> Component:
    """Return the page: the nodes that the query asks for, largest first."""
    view = View(session)
    if not view.nodes:
        return parts.page(
            "Names",
            parts.empty(
                "There are no morphs to name yet.",
                "A morph is made from a seed that you confirm.",
                link=("Review the seeds", "/review"),
            ),
        )
    which = _which(view, query)
    text = query.get("find", "").strip()
    nodes = _chosen(view, which, text)
    shown, pager = showing.paged(nodes, ROWS, addresses.page(query), lambda page: _address(which, text, page))
    return parts.page(
        "Names",
        html.P(HELP + (HELP_TAXA if taxa.address(session) else ""), className="names-help"),
        html.Div([_filters(view, which, text), pager], className="tree-bar"),
        _table(view, shown, which, text),
        *([] if shown else [_nothing(which, text)]),
        dcc.Store(id=ids.outcome(PAGE)),
        tools=_progress(session),
    )


def _which(view: View, query: dict[str, str]) -> str:
    """Return which nodes are asked for: those without a name, unless there are none."""
    given = query.get("show")
    if given in FILTERS:
        return str(given)
    has_unnamed = any(not node.is_branch and node.name is None for node in view.nodes.values())
    return "unnamed" if has_unnamed else "morphs"


def _chosen(view: View, which: str, text: str) -> list[Node]:
    words = text.casefold().split()
    found = [
        node
        for node in view.nodes.values()
        if node.is_branch == (which == "branches")
        and (which != "unnamed" or node.name is None)
        and all(word in _searched(node) for word in words)
    ]
    return sorted(found, key=lambda node: (-view.counts[node.node_id], node.node_id))


def _searched(node: Node) -> str:
    return " ".join(filter(None, (node.title, node.taxon, node.description))).casefold()


def _address(which: str, text: str, page: int | None = None) -> str:
    return addresses.with_query(PATH, {"show": which, "find": text or None, "page": page})


def _filters(view: View, which: str, text: str) -> Component:
    chips = [
        showing.chip(label, _address(name, text), is_current=name == which)
        for name, label in FILTERS.items()
        if name != "branches" or any(node.is_branch for node in view.nodes.values())
    ]
    return html.Nav(chips, className="tree-sorts", **{"aria-label": "Which nodes"})


def _progress(session: Session) -> list[Component]:
    return [
        html.Span(_named(session), id=ids.NAMES_NAMED, className="tree-said names-named"),
        html.A("Download names.csv", href=FILE, className="tool", **{"data-download": ""}),
    ]


def _named(session: Session) -> list[Any]:
    """Return how many morphs have a name, and where to see what the names are for."""
    morphs = [node for node in tree.nodes(session.project).values() if not node.is_branch]
    named = sum(node.name is not None for node in morphs)
    words = f"{named:,} of {parts.count(len(morphs), 'morph')} named"
    return (
        [words, " · ", dcc.Link("see their diversity", href="/diversity", className="empty-link")]
        if named
        else [words]
    )


def _nothing(which: str, text: str) -> Component:
    if text:
        return parts.empty(f"No node here is called {text!r}.", link=("Show all", _address(which, "")))
    return parts.empty("All morphs have a name.", link=("Show all morphs", _address("morphs", "")))


def _table(view: View, nodes: list[Node], which: str, text: str) -> Component:
    names = showing.offered(view)
    typical = view.typical([node.node_id for node in nodes], STRIP)
    rows = [
        showing.row(view, node, names)
        | {
            "objects": typical[node.node_id],
            "path": _path(view, node),
            "stated": "" if node.is_branch else precision.words(view.session, node.node_id),
        }
        for node in nodes
    ]
    return Names(
        id=ids.NAMES,
        rows=rows,
        names=list(names.names)[: showing.MOST_NAMES],
        taxa=list(names.taxa)[: showing.MOST_NAMES],
        version=str(view.version),
        link=addresses.PATH,
        find=text,
        address=_address(which, ""),
        search=taxa.address(view.session),
        label=f"Names of {FILTERS[which]}",
    )


def _path(view: View, node: Node) -> str:
    above = tree.lineage(view.nodes, node.node_id)[1:]
    return " > ".join(one.title for one in reversed(above))


def register(app: Dash, session: Session) -> None:
    """Register the callback of the page, and the table of names as a file."""

    @app.server.get(FILE)
    def get_names() -> Response:
        response = Response(names_csv(session.project), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = "attachment; filename*=UTF-8''names.csv"
        return response

    @app.callback(
        Output(ids.NAMES, "answer"),
        Output(ids.outcome(PAGE), "data"),
        Output(ids.NAMES_NAMED, "children"),
        Input(ids.NAMES, "entry"),
        prevent_initial_call=True,
    )
    def enter(entry: dict[str, Any]) -> tuple[Any, ...]:
        return *operating.enter(session, entry), _named(session)
