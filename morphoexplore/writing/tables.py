"""CSV tables."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Literal

import pandas as pd

from morphoexplore.writing.atomic import replacing


def write_csv(frame: pd.DataFrame, path: Path) -> Path:
    r"""
    Write a frame as CSV: its columns as they are, without its index.

    UTF-8 without BOM, comma, ``\n`` at line ends, decimal point; missing values are empty cells. Text that
    holds commas, quotes or line ends is quoted. Characters that UTF-8 cannot hold (broken file names) are
    written as ``\udc..`` escapes.

    Parameters
    ----------
    frame : DataFrame
        What to write.
    path : Path
        File; missing folders are made, a former file is replaced as a whole.

    Returns
    -------
    path : Path
        The file written.

    Raises
    ------
    ProjectError
        If the file cannot be written.
    """
    # A lone carriage return ends a line for every CSV reader, but Python quotes only the line end it writes.
    quoting: Literal[0, 2] = csv.QUOTE_NONNUMERIC if _holds_return(frame) else csv.QUOTE_MINIMAL
    with replacing(path) as temporary:
        frame.to_csv(
            temporary,
            index=False,
            na_rep="",
            lineterminator="\n",
            encoding="utf-8",
            errors="backslashreplace",
            quoting=quoting,
            date_format="%Y-%m-%dT%H:%M:%S",
        )
    return path


def _holds_return(frame: pd.DataFrame) -> bool:
    """Whether any text of the frame holds a carriage return."""
    if any("\r" in str(column) for column in frame.columns):
        return True
    texts = [
        frame.iloc[:, place]
        for place, kind in enumerate(frame.dtypes)
        if not pd.api.types.is_numeric_dtype(kind)
    ]
    return any(text.astype(str).str.contains("\r", regex=False).any() for text in texts)
