"""
What a point or bar of a figure stands for, so that a click on it leads to objects.

Plotly hands the ``ids`` of a trace back with every click. A point is one sample, or in the morphospace one object, or in a
ranking one morph; a bar is the samples of a place on the axis (a date, or a rank), and of these one band of morphs. Cells of a
heat map have no ids: the first entry of their ``customdata`` is one.
"""

from __future__ import annotations

import pandas as pd

from morphoexplore.figures.axes import iso_or_rank, place_samples

SAMPLE_ID, OBJECT_ID, MORPH_ID = "sample:", "object:", "morph:"
COUNTED = "counted"  # all morphs that count
UNSORTED_MORPH = "unsorted"
OTHER_MORPHS = "other"  # those that are too small for a band of their own


def bar_id(key: str, place: object) -> str:
    """Return the id of a bar: its morphs (a number, or one of the words above) and its place."""
    return f"{key}@{iso_or_rank(place)}"


def read_id(text: str) -> tuple[str | None, str, str]:
    """
    Return what an id says.

    Returns
    -------
    sample : str or None
        The sample of a point; None for a bar.
    place : str
        The place of a bar, for :func:`samples_at`.
    key : str
        The morphs of a bar; for a point, `COUNTED`.
    """
    if text.startswith(SAMPLE_ID):
        return text.removeprefix(SAMPLE_ID), "", COUNTED
    key, _, place = text.partition("@")
    return None, place, key


def target_of(text: str) -> tuple[str, str]:
    """
    Return what an id is of, ``sample``, ``object``, ``morph`` or ``bar``, and its name (of a bar: the id itself).

    Examples
    --------
    >>> target_of("object:villefranche_2016_1")
    ('object', 'villefranche_2016_1')
    """
    for start in (SAMPLE_ID, OBJECT_ID, MORPH_ID):
        if text.startswith(start):
            return start.removesuffix(":"), text.removeprefix(start)
    return "bar", text


def samples_at(table: pd.DataFrame, place: str, *, by_sample: bool = False) -> list[str]:
    """
    Return the samples that a bar stands for.

    Parameters
    ----------
    table : DataFrame
        What the figure was drawn from: ``sample``, ``datetime``.
    place : str
        As :func:`read_id` tells it.
    by_sample : bool
        Whether the figure has a bar per sample.
    """
    if table.empty:
        return []
    places, _ = place_samples(table, pool=True, by_sample=by_sample)
    return [str(name) for name, where in places.items() if str(iso_or_rank(where)) == place]
