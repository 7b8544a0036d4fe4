"""Members as CSV: which object is in which morph, and how it came there."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from morphoexplore.writing.tables import write_csv

MEMBER_COLUMNS = (
    "object_id",
    "sample",
    "acquisition",
    "datetime",
    "node_id",
    "name",
    "path",
    "kind",
    "taxon",
    "origin",
)
"""
The columns that the verbs give, in this order: the object; its sample, acquisition and time (ISO 8601, UTC);
number and name of its morph, the titles from the root of the tree down to it joined by `` > ``; the morph's
kind and taxon; and ``looked``, ``seed``, ``grown`` or ``imported``. Further columns may follow.
"""


def write_members(frame: pd.DataFrame, path: Path) -> Path:
    """
    Write members as CSV, exactly the columns of the frame (see :func:`~.tables.write_csv`).

    Parameters
    ----------
    frame : DataFrame
        One row per member; ``object_id`` must be there, the rest is usually `MEMBER_COLUMNS`.
    path : Path
        File; missing folders are made.

    Returns
    -------
    path : Path
        The file written.

    Raises
    ------
    ValueError
        If ``object_id`` is missing, or an object comes twice: it has one morph at most.
    ProjectError
        If the file cannot be written.
    """
    if "object_id" not in frame.columns:
        message = (
            f"A table of members needs the column object_id; it has {', '.join(map(str, frame.columns))}."
        )
        raise ValueError(message)
    twice = frame.loc[frame["object_id"].duplicated(), "object_id"]
    if len(twice):
        message = (
            f"{len(twice)} objects come more than once in the table of members, first {twice.iloc[0]!r}."
        )
        raise ValueError(message)
    return write_csv(frame, path)
