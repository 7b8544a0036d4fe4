"""
The app: review, grow, arrange and name in the browser.

A page is a layout above and ``register(app, session)`` below. A callback parses, calls one function of
:mod:`morphoexplore.review` or :mod:`morphoexplore.steps`, and renders.
"""

from __future__ import annotations

from dash import Dash

from morphoexplore.store.project import Project
from morphoexplore_app import object_panel, routes, shell, unexpected
from morphoexplore_app.pages import PAGES
from morphoexplore_app.session import Session

__all__ = ["create_app"]


def create_app(project: Project, *, session: Session | None = None) -> Dash:
    """
    Make the app of one project.

    The server within (``app.server``) answers anyone who reaches it: :func:`morphoexplore_app.serving.serve` puts
    the guard in front.

    Parameters
    ----------
    session : Session, optional
        What it keeps in memory; a new one unless given.
    """
    session = session or Session(project)
    app = Dash(
        __name__,
        title=f"{project.name} · morphoexplore",
        update_title=None,
        suppress_callback_exceptions=True,  # pages come and go; their ids are in ids.py, so typing errors are caught
        index_string=shell.INDEX,
        on_error=unexpected.handler(project),
    )
    app.enable_dev_tools(debug=False)
    app.layout = lambda: shell.layout(session)
    unexpected.register(app, project)
    routes.register(app.server, session)
    shell.register(app, session)
    object_panel.register(app, session)
    for page in PAGES:
        page.register(app, session)
    return app
