"""Which columns of tables hold numbers, and which text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from morphoexplore.reading.delimited import Block, Table, read_blocks
from morphoexplore.reading.values import looks_numeric, to_numbers, to_texts


class ColumnKinds:
    """
    Which free columns of several tables are numbers: one answer for all, text as soon as one says text.

    Parameters
    ----------
    tables : list of Table
        All tables of the source.
    columns : callable
        Gives the free columns of a table.
    trusted : callable
        Tells whether a table's type row is to be believed for a column.
    known : dict of str to bool, optional
        Columns whose type does not depend on what the tables say: whether they are numbers.
    """

    def __init__(
        self,
        tables: Sequence[Table],
        columns: Callable[[Table], list[str]],
        *,
        trusted: Callable[[str], bool],
        known: Mapping[str, bool] | None = None,
    ) -> None:
        self._answers: dict[str, bool | None] = {}
        known = known or {}
        for table in tables:
            unsure = []
            for column in columns(table):
                if column in known:
                    self._answers[column] = known[column]
                    continue
                is_float = table.types.get(column) == "[f]" and trusted(column)
                self._add(column, is_numeric=True if is_float else None)
                if not is_float:
                    unsure.append(column)
            self._look(table, unsure, trusted)

    @property
    def numbers(self) -> set[str]:
        """The columns that hold numbers."""
        return {column for column, answer in self._answers.items() if answer}

    def is_number(self, column: str) -> bool:
        """Tell whether a column holds numbers."""
        return self._answers.get(column) is True

    def convert(self, block: Block, column: str, ids: np.ndarray) -> np.ndarray:
        """Return a column of a block as numbers or texts; report what is no number."""
        if column not in block.columns:
            return (
                np.full(len(block), np.nan)
                if self.is_number(column)
                else np.full(len(block), None, dtype=object)
            )
        cells = block.columns[column]
        if not self.is_number(column):
            return to_texts(cells)
        if cells.dtype == np.float64:
            return cells
        numbers, failures = to_numbers(cells)
        block.report_cells(column, failures, ids)
        return numbers

    def _look(self, table: Table, unsure: list[str], trusted: Callable[[str], bool]) -> None:
        open_questions = {column for column in unsure if self._answers[column] is not False}
        if not open_questions:
            return
        texts = {column for column in open_questions if table.types.get(column) == "[t]" and trusted(column)}
        numbers = open_questions - texts
        for block in read_blocks(table, only=open_questions, numbers=numbers, keep_whole=True):
            for column, cells in block.columns.items():
                if column in texts:
                    self._add(column, is_numeric=False if any(cells) else None)
                elif cells.dtype == np.float64:
                    self._add(column, is_numeric=True if np.isfinite(cells).any() else None)
                else:
                    self._add(column, is_numeric=looks_numeric(cells))
                if self._answers[column] is False:
                    open_questions.discard(column)
                    numbers.discard(column)
            if not open_questions:
                return

    def _add(self, column: str, *, is_numeric: bool | None) -> None:
        known = self._answers.setdefault(column, None)
        if known is not False and is_numeric is not None:
            self._answers[column] = is_numeric
