"""To be written."""

from __future__ import annotations

from flask import Flask

from morphoexplore_app.session import Session


def register(server: Flask, session: Session) -> None:
    """Register the routes."""
    del server, session
