"""Objects that were chosen in a browser: sent once as numbers, then spoken of by token."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict

import numpy as np

from morphoexplore.errors import DecisionError

MOST = 64  # selections kept; the oldest goes


class Selections:
    """Selections by token, the last ones."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, objects: np.ndarray) -> str:
        """Keep a selection, in its order; return its token."""
        token = secrets.token_urlsafe(9)
        with self._lock:
            self._kept[token] = np.asarray(objects, dtype=np.uint32)  # half the memory of int64
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return token

    def get(self, token: str) -> np.ndarray:
        """
        Return the objects of a selection.

        Raises
        ------
        DecisionError
            If it is gone, because the program was restarted or many others were made since.
        """
        with self._lock:
            found = self._kept.get(token)
            if found is not None:
                self._kept.move_to_end(token)
        if found is None:
            message = (
                "This selection is gone: the program was restarted since, or many others were made. "
                "Select the objects again."
            )
            raise DecisionError(message)
        return found.astype(np.int64)
