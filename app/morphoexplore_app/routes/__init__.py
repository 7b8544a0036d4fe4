"""Binary routes: pictures, sprite sheets, points, selections. Never arrays through callbacks."""

from __future__ import annotations

from flask import Flask

from morphoexplore_app.session import Session


def register(server: Flask, session: Session) -> None:
    """Register all routes."""
    from morphoexplore_app.routes import downloads, pictures, points, selections, taxa

    for part in (downloads, pictures, points, selections, taxa):
        part.register(server, session)
