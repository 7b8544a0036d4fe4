"""One decision from a page: made, or answered with a sentence."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from morphoexplore.errors import MorphoExploreError
from morphoexplore.store import history
from morphoexplore_app import parts
from morphoexplore_app.session import Session

Outcome = dict[str, Any]


def decide(session: Session, version: int | None, action: Callable[[], str | None]) -> Outcome:
    """
    Make a decision on what a page showed.

    Parameters
    ----------
    version : int
        The last decision that the page was drawn from. If somebody has decided since, nothing is done.
    action : callable
        Makes the decision; returns the sentence to show, or None to show none.

    Returns
    -------
    outcome : dict
        For the page's outcome store (:func:`morphoexplore_app.ids.outcome`): ``is_done``, ``message`` (None: none),
        ``redraw`` (the shell draws the page anew), ``version`` (of the project now), ``stamp``;
        ``is_stale`` where somebody has decided since.
    """
    try:
        with history.expecting(version):
            message = action()
    except history.StaleError as error:
        return outcome(session, str(error), is_done=False, redraw=True) | {"is_stale": True}
    except MorphoExploreError as error:
        return outcome(session, str(error), is_done=False)
    return outcome(session, message)


def outcome(session: Session, message: str | None, *, is_done: bool = True, redraw: bool = False) -> Outcome:
    """Return what a page says to the shell."""
    return {
        "is_done": is_done,
        "message": None if message is None else parts.sentence(message),
        "redraw": redraw,
        "version": session.version,
        "stamp": uuid.uuid4().hex,
    }
