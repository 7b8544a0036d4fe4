"""
What a person sees when a callback or a route raises: a sentence. The trace goes to the log, never to the browser.

Errors that a person can mend (:class:`MorphoExploreError`) are such sentences already; most never come here, because
:func:`morphoexplore_app.deciding.decide` and the shell answer them.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Any

from dash import Dash, ctx, set_props
from dash.exceptions import DependencyException
from flask import Response
from werkzeug.exceptions import NotFound

from morphoexplore.errors import MorphoExploreError
from morphoexplore.store.project import Project, explain
from morphoexplore_app import ids, parts

LOG = logging.getLogger("morphoexplore_app")


def handler(project: Project) -> Callable[[Exception], None]:
    """Return what ``Dash(on_error=...)`` calls when a callback raises; the outputs of the callback stay as they were."""

    def answer(error: Exception) -> None:
        if not isinstance(error, MorphoExploreError):
            LOG.error("a callback failed", exc_info=error)
        sentence = _sentence(error, project)
        if _is_drawing():
            set_props(ids.CONTENT, {"children": parts.empty(sentence)})
            return
        refusal = {"stamp": uuid.uuid4().hex, "message": sentence, "is_done": False}
        set_props(ids.NOTICES, {"sendNotifications": [parts.notice(refusal)]})

    return answer


def register(app: Dash, project: Project) -> None:
    """Let routes that raise answer with a sentence, too."""

    @app.server.errorhandler(MorphoExploreError)
    def answer_known(error: MorphoExploreError) -> Response:
        return _plain(str(error), 409)

    @app.server.errorhandler(DependencyException)
    def answer_missing(_: Exception) -> Response:  # of Dash: a bundle that no component has
        return _plain("There is no such file.", 404)

    @app.server.errorhandler(404)
    def answer_not_found(error: NotFound) -> Response:
        return _plain(error.description or "There is no such address.", 404)

    @app.server.errorhandler(500)
    def answer_unknown(error: Exception) -> Response:  # Flask has logged it
        return _plain(_sentence(getattr(error, "original_exception", None) or error, project), 500)


def _sentence(error: Exception, project: Project) -> str:
    if isinstance(error, MorphoExploreError):
        return str(error)
    return explain(error, project.folder) or (
        f"This did not work because of an error in the program ({type(error).__name__}). Every decision made before "
        "is saved. The terminal in which morphoexplore runs shows the details; please report them."
    )


def _is_drawing() -> bool:
    """Tell whether the page itself was being drawn, so that there is no page to stay on."""
    outputs: Any = ctx.outputs_list or []
    flat = outputs if isinstance(outputs, list) else [outputs]
    return any(isinstance(output, dict) and output.get("id") == ids.CONTENT for output in flat)


def _plain(sentence: str, status: int) -> Response:
    return Response(sentence + "\n", status=status, content_type="text/plain; charset=utf-8")
