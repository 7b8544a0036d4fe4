"""What tests of the page Diversity read from it."""

from __future__ import annotations

from typing import Any

from morphoexplore_app import (
    diversity_results,
    diversity_tables,
)
from morphoexplore_app.diversity_choice import Choice
from morphoexplore_app.pages import (
    diversity_parts,
    diversity_table,
)
from morphoexplore_app.session import Session


def branch_of(session: Session) -> int:
    return next(number for number, node in diversity_results.tally(session).nodes.items() if node.is_branch)


def text_of(component: Any) -> str:
    """All text of a component."""
    if component is None or isinstance(component, str | int | float):
        return str(component or "")
    if isinstance(component, list | tuple):
        return " ".join(text_of(part) for part in component)
    return text_of(getattr(component, "children", None))


def says(session: Session, choice: Choice) -> str:
    table = diversity_tables.indices(session, choice, waits=True)
    return text_of(diversity_parts.says(diversity_results.results(session, choice), choice, table))


def table_of(session: Session, choice: Choice, sort: str | None = None) -> Any:
    table = diversity_tables.indices(session, choice, waits=True)
    return diversity_table.table(diversity_results.results(session, choice), choice, table, sort)


def objects_of(panel: Any) -> list[int]:
    gallery = next(part for part in panel.children if type(part).__name__ == "Gallery")
    return list(gallery.objects)


def point_of(figure: Any) -> str:
    return str(next(trace for trace in figure.data if trace.mode == "markers" and len(trace.x)).ids[0])
