"""
Our own components, hand-written: sources in ``src``, bundles in ``built``, no npm at install time.

Build with ``npm ci && npm run build`` in this folder; CI rebuilds and compares. React is Dash's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash.development.base_component import Component, ComponentRegistry

__version__ = "0.1.0"
NAMESPACE = "morphoexplore_app.components"  # Dash serves the bundles of a package of this name
BROWSER_NAMESPACE = "morphoexplore_components"  # window.morphoexplore_components in the browser

_js_dist = [
    {"relative_package_path": f"built/{name}.js", "namespace": NAMESPACE}
    for name in ("gallery", "strips", "morphospace", "tree")
]
_css_dist = [{"relative_package_path": "built/components.css", "namespace": NAMESPACE}]
ComponentRegistry.registry.add(__name__)  # Dash looks for the lists above in the top package, otherwise


def _component(name: str, props: Sequence[str], doc: str) -> type[Component]:
    names = ["id", *props]

    def __init__(self: Component, **values: Any) -> None:  # noqa: N807 - becomes that of the class made below
        strange = set(values) - set(names)
        if strange:
            message = f"{name} has no properties {sorted(strange)}"
            raise TypeError(message)
        self._prop_names = names
        self._valid_wildcard_attributes = []
        self.available_properties = names
        self.available_wildcard_properties = []
        self._type = name
        self._namespace = BROWSER_NAMESPACE
        super(made, self).__init__(**values)

    made = type(Component)(
        name,
        (Component,),
        {
            "__doc__": doc,
            "__module__": __name__,
            "__init__": __init__,
            "_children_props": [],
            "_base_nodes": ["children"],
            "_namespace": BROWSER_NAMESPACE,
            "_type": name,
        },
    )
    return made


Gallery = _component(
    "Gallery",
    [
        "objects",
        "version",
        "cell",
        "label",
        "height",
        "selected",
        "keys",
        "action",
        "notes",
        "beside",
        "focus",
    ],
    """
    Images of objects in a grid, with a selection that lives in the browser until an action sends it.

    ``objects`` in displayed order; drawn anew, nothing selected, when ``version`` changes. ``cell``: px, 0 fits all
    of them into the height; ``height``: CSS, None grows; ``notes``: ``{object: short text}``; ``beside``: ``{object:
    object that it is compared with}``, as a small picture in its corner; ``keys``: ``{key: name of an action}``; ``focus``: take the
    focus when drawn. Out: ``action`` ``{name, objects, looked, selected, cursor, seen, version, stamp}``, where
    ``objects`` are the selected ones in displayed order or, with ``selected == 0``, the one under the cursor;
    ``looked`` those of them whose picture was on the screen; ``seen`` how many were, from the first on; ``selected``
    ``{n, stamp}``. A button with ``data-gallery-action="ID NAME"`` sends an
    action, too; so does ``window.galleryAction(id, name)``. A page's style may set ``--mx-chosen``,
    ``--mx-chosen-ink`` and ``--mx-chosen-sign`` (a string) to say what selected means there.
    """,
)
Strips = _component(
    "Strips",
    ["rows", "version", "cell", "label", "prefetch", "action", "busy"],
    """
    Seeds as rows of images, typical to strange; one click on the last good image of a row.

    ``rows``: ``{id, title, href, objects, ranks, size, note, likes: [{node, title}]}``; ``ranks[k]`` is how many
    objects of the seed lie up to and including image ``k``, ``size`` how many there are. Drawn anew when
    ``version`` changes. ``cell``: px of an image, None fits the page into the window. ``prefetch``: the objects of
    the next page, in order. Out: ``action`` ``{name: "next", rows: [{id, cut, wrong, into, name}], version, stamp}``,
    where ``cut`` is the place of the last good image, None where the seed is refused.
    ``busy`` is true from then on until the server sets it to False or draws another version.
    """,
)
Morphospace = _component(
    "Morphospace",
    ["points", "column", "legend", "label", "query", "highlight", "chosen", "selection"],
    """
    All objects as points on a canvas: zoom, hover, lasso, pictures when few are in view, legend.

    ``points``, ``column``, ``legend``: addresses of the routes of these names. ``query``: ``{name: value}`` to keep
    in the address of the page, beside the view, which it reads from there. ``highlight``: an object to mark.
    ``chosen``: token of the selection as the page has it, None for none. Out: ``selection`` ``{token, n, stamp}``,
    token None where nothing is selected. It fills the element that it stands in.
    """,
)
Tree = _component(
    "Tree",
    [
        "nodes",
        "version",
        "current",
        "link",
        "near",
        "height",
        "label",
        "answer",
        "selected",
        "operation",
    ],
    "The tree of branches and morphs: drag and drop, multi-select, rename, find. ``nodes`` are columns (id, parent, "
    "title, is_branch, count, kind, state), ``current`` the open node, ``near`` the morphs most like it; "
    "``operation`` (OUT) is what a person decided, one at a time, the next one after an ``answer`` to it.",
)
NodeActions = _component(
    "NodeActions",
    ["gallery"],
    "The buttons for the nodes chosen in the tree and cards of the page, and for the objects chosen in its gallery.",
)
Cards = _component(
    "Cards",
    ["cards", "version", "label", "focus"],
    "What a branch owns, as cards with pictures that can be chosen, opened, and dragged onto the tree.",
)
Names = _component(
    "Names",
    [
        "rows",
        "version",
        "names",
        "taxa",
        "layout",
        "link",
        "label",
        "find",
        "address",
        "search",
        "answer",
        "entry",
    ],
    "Name, kind, taxon, numbers and note of nodes as a table or (``layout`` form) of one node as a form. ``search``: address that "
    "proposes taxa for what is typed, None where the project has none. ``entry`` "
    "(OUT) is a field that a person left changed, the next one after an ``answer`` to it.",
)
Proposal = _component(
    "Proposal",
    ["what", "groups", "version", "node", "back"],
    "Branches or parts that are proposed, with pictures and room for names; accepted through the tree's operation.",
)
