"""
Our own components, hand-written: sources in ``src``, bundles in ``built``, no npm at install time.

Build with ``npm ci && npm run build`` in this folder; CI rebuilds and compares. React is Dash's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash.development.base_component import Component

__version__ = "0.1.0"
NAMESPACE = "morphoexplore_app.components"  # Dash serves the bundles of a package of this name
BROWSER_NAMESPACE = "morphoexplore_components"  # window.morphoexplore_components in the browser

_js_dist = [
    {"relative_package_path": f"built/{name}.js", "namespace": NAMESPACE}
    for name in ("gallery", "strips", "morphospace", "tree")
]
_css_dist = [{"relative_package_path": "built/components.css", "namespace": NAMESPACE}]


def _component(name: str, props: Sequence[str], doc: str) -> type[Component]:
    names = ["id", *props]

    def __init__(self: Component, **values: Any) -> None:
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
        "cursor",
        "notes",
        "focus",
    ],
    "Images of objects in a grid, with a selection that lives in the browser until an action sends it.",
)
Strips = _component(
    "Strips",
    ["rows", "version", "cell", "label", "action", "opened", "busy"],
    "Seeds as rows of images, typical to strange; one click on the last good image of a row.",
)
Morphospace = _component(
    "Morphospace",
    ["points", "column", "legend", "label", "height", "view", "selection", "highlight", "tool", "hidden"],
    "All objects as points on a canvas: zoom, hover, lasso, images when zoomed in.",
)
Tree = _component(
    "Tree",
    ["nodes", "version", "height", "selected", "open", "operation", "label"],
    "The tree of branches and morphs: drag and drop, multi-select, rename.",
)
