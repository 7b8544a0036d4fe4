"""Decisions in words, for buttons and histories."""

from __future__ import annotations

from morphoexplore.records import Decision
from morphoexplore.store.project import Project


def tell(project: Project, decision: Decision) -> str:
    """Return what a decision was about in a few words, and whose it was where it was somebody else's."""
    about = f" seed {decision.seed_id}" if decision.seed_id is not None else ""
    if not about and decision.node_id is not None:
        about = f" morph {decision.node_id}"
    whose = "" if decision.user == project.user else f" by {decision.user}"
    return f"{decision.verb}{about}{whose}"
