"""``GET /taxa?q=``: the taxa of the project whose names hold what a person types."""

from __future__ import annotations

from dataclasses import asdict

from flask import Flask, Response, jsonify, request

from morphoexplore.store import taxa
from morphoexplore_app.session import Session

SEARCH = "/taxa"
MOST = 12
LONGEST = 200  # characters of a question


def address(session: Session) -> str | None:
    """Return where taxa are searched, None where the project has none to choose from."""
    return SEARCH if taxa.count(session.project) else None


def register(server: Flask, session: Session) -> None:
    """Register the route."""

    @server.get(SEARCH)
    def search() -> Response:
        found = taxa.search(session.project, request.args.get("q", "")[:LONGEST], most=MOST)
        return jsonify(taxa=[asdict(one) | {"kind": taxa.kind_of_lineage(one.lineage)} for one in found])
