"""Columns of objects that are there, beside what a source says instead: compared stretch by stretch, nothing kept twice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from morphoexplore.steps.columns import Texts, as_text

NOTHING = -1  # the code of an empty text
STRETCH = 50_000  # changes made into text at once


class UpdatedColumn:
    """
    A column of the project, and what a source says instead.

    Parameters
    ----------
    old : array of float64 or Texts
        One value per object of the project, NaN or code -1 where empty.
    """

    def __init__(self, old: np.ndarray | Texts) -> None:
        self._terms: dict[str, int] | None = None
        if isinstance(old, Texts):
            self._terms = {text: code for code, text in enumerate(old.terms)}
            self._old = old.codes
        else:
            self._old = old
        self._new: np.ndarray | None = None  # as many, empty where nothing was said

    def take(self, numbers: np.ndarray, values: np.ndarray) -> None:
        """
        Take what is said of some objects; empty values say nothing, and of several the last counts.

        Parameters
        ----------
        numbers : array of int
            Of the objects.
        values : array of float64 or of object
            Numbers with NaN, or texts with None; a column of numbers that gets text becomes text.
        """
        if values.dtype == object and self._terms is None and not pd.isna(values).all():
            self._become_text()
        cells = values.astype(np.float64) if self._terms is None else self._coded(values)
        filled = ~_is_empty(cells)
        numbers, cells = numbers[filled], cells[filled]
        if self._new is None:
            if (self._old[numbers] == cells).all():
                return
            self._new = np.full_like(self._old, NOTHING if self._terms is not None else np.nan)
        self._new[numbers] = cells

    def changed(self) -> np.ndarray:
        """Return the numbers of the objects whose value changes."""
        if self._new is None:
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero(~_is_empty(self._new) & (self._new != self._old))

    def joined(self) -> np.ndarray | Texts:
        """Return the values of all objects after the update."""
        values = self._old if self._new is None else np.where(_is_empty(self._new), self._old, self._new)
        return values if self._terms is None else Texts(values, list(self._terms))

    def changes(self) -> Iterator[tuple[int, str | None, str | None]]:
        """Yield number, old and new value of every object whose value changes."""
        numbers = self.changed()
        terms = None if self._terms is None else np.array([*self._terms, None], dtype=object)
        for start in range(0, len(numbers), STRETCH):
            part = numbers[start : start + STRETCH]
            assert self._new is not None
            old, new = (
                as_text(cells) if terms is None else terms[cells]
                for cells in (self._old[part], self._new[part])
            )
            yield from zip(part.tolist(), old.tolist(), new.tolist(), strict=True)

    def values(self, numbers: np.ndarray) -> list[float | str | None]:
        """Return the values of some objects after the update, None where empty."""
        joined = self.joined()
        if isinstance(joined, Texts):
            terms = [*joined.terms, None]
            return [terms[code] for code in joined.codes[numbers].tolist()]
        return [None if np.isnan(value) else value for value in joined[numbers].tolist()]

    def _become_text(self) -> None:
        self._terms = {}
        self._old = self._coded(as_text(self._old))
        if self._new is not None:
            self._new = self._coded(as_text(self._new))

    def _coded(self, values: np.ndarray) -> np.ndarray:
        assert self._terms is not None
        codes, different = pd.factorize(values if values.dtype == object else as_text(values))
        terms = self._terms
        known = [terms.setdefault(str(text), len(terms)) for text in different]
        return np.array([*known, NOTHING], dtype=np.int32)[codes]


def _is_empty(values: np.ndarray) -> np.ndarray:
    return np.isnan(values) if values.dtype == np.float64 else values < 0
