"""Addresses of the tree page: what is shown is all in the URL."""

from __future__ import annotations

from urllib.parse import urlencode

from morphoexplore.records import Node

PATH = "/tree"


def number(query: dict[str, str], name: str, *, least: int = 0) -> int | None:
    """Return a whole number of the query, None where there is none."""
    text = query.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 16 and int(text) >= least else None


def page(query: dict[str, str]) -> int:
    """Return the page that is asked for, the first is 1."""
    return number(query, "page", least=1) or 1


def of(node: Node | None, **more: object) -> str:
    """Return the address of a node, with more parameters; what is None is left out."""
    return with_query(PATH, {"node": None if node is None else node.node_id, **more})


def with_query(path: str, values: dict[str, object]) -> str:
    """Return a path with the parameters that are not None."""
    text = urlencode([(name, value) for name, value in values.items() if value is not None])
    return f"{path}?{text}" if text else path
