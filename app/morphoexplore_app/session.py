"""What the server keeps in memory about the project that it serves."""

from __future__ import annotations

import contextlib
import importlib
import threading
from typing import Any

import numpy as np

from morphoexplore.errors import MorphoExploreError
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project
from morphoexplore_app.background import Background
from morphoexplore_app.selections import Selections


class Session:
    """
    One served project: its membership vectors, kept current, and the selections that browsers sent.

    The database stays the truth; everything here can be lost at any moment.

    Attributes
    ----------
    membership : Membership
        The morph and origin of every object, brought up to the last decision whenever it is asked for.
    selections : Selections
        Objects chosen in a browser, by token.
    background : Background
        Long verbs that this server started.
    memo : dict
        What a page computed and may compute again; keyed by page, with the version it holds for.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.selections = Selections()
        self.background = Background(project)
        self.memo: dict[Any, Any] = {}
        self.lock = threading.RLock()
        self._membership: Membership | None = None

    @property
    def membership(self) -> Membership:
        """The morph and origin of every object, as of the last decision."""
        with self.lock:
            if self._membership is None or len(self._membership.node) != self.project.count_objects():
                self._membership = Membership(self.project)
            self._membership.refresh()
            return self._membership

    @property
    def version(self) -> int:
        """The number of the last decision; what a page was drawn from."""
        from morphoexplore.store import history

        return history.version(self.project)

    def free(self) -> np.ndarray:
        """Return the numbers of the free objects."""
        return np.flatnonzero(self.membership.node < 0)

    def warm(self) -> None:
        """Read and load what the first pages would wait for: members, and what bounds are computed with."""
        with contextlib.suppress(MorphoExploreError):  # whoever asks next is told
            _ = self.membership
        importlib.import_module("scipy.stats")  # two seconds, at the first page that is certified
