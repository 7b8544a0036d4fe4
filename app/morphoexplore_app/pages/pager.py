"""The pages of a long list: which one is shown, and the ways to its neighbours."""

from __future__ import annotations

from collections.abc import Callable

from dash import html
from dash.development.base_component import Component

from morphoexplore_app import parts


def pager(
    page: int,
    pages: int,
    address: Callable[[int], str],
    *,
    of: str,
    before: str = "the page before",
    after: str = "the next page",
) -> list[Component]:
    """
    Return the links to the pages before and after, by [ and ]; nothing where there is only one page.

    Parameters
    ----------
    page, pages : int
        The page that is shown, from 1, and how many there are.
    address : callable
        Gives the address of a page.
    of : str
        What is listed, for those who do not see it: ``morphs``.
    before, after : str
        What stands on the neighbours, for the list of keys.
    """
    if pages <= 1:
        return []
    links = [
        *([parts.link("Earlier", address(page - 1), key="[", help=before)] if page > 1 else []),
        html.Span(f"page {page:,} of {pages:,}"),
        *([parts.link("Later", address(page + 1), key="]", help=after)] if page < pages else []),
    ]
    return [html.Nav(links, className="pager", **{"aria-label": f"Pages of {of}"})]
