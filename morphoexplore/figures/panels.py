"""What the indices are called in figures, in which units they are, and the choice of one of them from a table."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from morphoexplore.figures.text import label

#: An index, or an index of one order: ``"shannon"``, ``("hill", 2)``.
Key = str | tuple[str, float]


@dataclass(frozen=True)
class Panel:
    """How an index is drawn: its name, its unit, and the top of its axis where that is fixed."""

    title: str
    unit: str
    top: float | None = None


PANELS = {
    "richness": Panel("Richness", "morphs"),
    "shannon": Panel("Shannon entropy <i>H\u2032</i>", "nats"),
    "simpson": Panel("Gini\u2013Simpson index", "probability", 1.0),
    "inverse_simpson": Panel("Inverse Simpson index", "effective morphs"),
    "pielou": Panel("Pielou evenness <i>J\u2032</i>", "<i>H\u2032</i> / ln <i>S</i>", 1.0),
    "chao1_bias_corrected": Panel("Chao1 richness", "morphs"),
    "coverage": Panel("Coverage of the sample", "share of objects", 1.0),
    "functional_evenness": Panel("Functional evenness FEve", "0\u20131", 1.0),
    "functional_dispersion": Panel("Functional dispersion FDis", "PC"),
    "rao_d2": Panel("Rao\u2019s quadratic entropy (\u00bd <i>d</i>\u00b2)", "PC\u00b2"),
    "functional_divergence": Panel("Functional divergence FDiv", "0\u20131", 1.0),
    "functional_specialisation": Panel("Functional specialisation FSpe", "PC"),
    "functional_richness": Panel("Functional richness FRic, raw", "share of the pool"),
    "standardised_functional_richness": Panel(
        "Functional richness FRic at equal <i>m</i>", "share of the pool"
    ),
}
_OF_ORDER = {
    "hill": "Hill number of order <i>q</i> = {}",
    "hill_at_coverage": "Hill number at equal coverage, <i>q</i> = {}",
    "similarity_hill": "Similarity-based diversity, <i>q</i> = {}",
}
_AXIS = re.compile(r"(cwm|sd)_(\d+)")

#: Columns of which a table may hold several: an index is drawn of one of each.
CHOICES = ("group", "mode", "weight", "level", "morph_set", "kinds", "space", "step")


def panel_of(name: str, q: float = np.nan) -> Panel:
    """Return how an index of the tidy table is drawn; names that are not known stand for themselves."""
    if name in _OF_ORDER and not np.isnan(q):
        order = "\u221e" if np.isinf(q) else f"{q:g}"
        return Panel(_OF_ORDER[name].format(order), "effective morphs")
    axis = _AXIS.fullmatch(name)
    if axis:
        what = "Weighted mean" if axis[1] == "cwm" else "Weighted standard deviation"
        return Panel(f"{what} on PC {axis[2]}", f"PC {axis[2]}")
    known = PANELS.get(name, Panel(label(name), ""))
    return known if np.isnan(q) else Panel(f"{known.title}, <i>q</i> = {q:g}", known.unit, known.top)


def unit_of_change(panel: Panel) -> str:
    """Return the unit of a difference: none of what is a share, whose axis says its range."""
    return "" if panel.unit in ("0\u20131", "probability", "<i>H\u2032</i> / ln <i>S</i>") else panel.unit


def axis_title(panel: Panel) -> str:
    """Name and unit on one line."""
    return f"{panel.title} ({panel.unit})" if panel.unit else panel.title


def read_key(key: Key) -> tuple[str, float]:
    """Name and order; NaN where it has none."""
    return (key, np.nan) if isinstance(key, str) else (key[0], float(key[1]))


def is_of(table: pd.DataFrame, key: Key) -> pd.Series:
    """Tell the rows of an index (and its order)."""
    name, q = read_key(key)
    return (table["index"] == name) & (table["q"].isna() if np.isnan(q) else table["q"] == q)


def rows_of(table: pd.DataFrame, key: Key, *, unique: str, weight: str | None = None) -> pd.DataFrame:
    """
    Return the rows of one index.

    Parameters
    ----------
    table : DataFrame
        With ``index`` and ``q``.
    key : str or (str, float)
        The index.
    unique : str
        Column of which every value may be there once: one row per sample, or per time.
    weight : str, optional
        Where the table has several: count, concentration or biovolume.

    Raises
    ------
    ValueError
        If there are no such rows, or those of several weights, levels, morph sets ... .
    """
    name, q = read_key(key)
    rows = table[is_of(table, key)]
    if weight is not None and "weight" in table.columns:
        rows = rows[rows["weight"] == weight]
    if rows.empty:
        of_order = "" if np.isnan(q) else f" of order {q:g}"
        by_weight = "" if weight is None else f" by {weight}"
        message = f"The table has no rows of the index {name}{of_order}{by_weight}."
        raise ValueError(message)
    if rows[unique].duplicated().any():
        several = [
            f"{column} ({', '.join(sorted(map(str, rows[column].unique())))})"
            for column in CHOICES
            if column in rows.columns and rows[column].nunique(dropna=False) > 1
        ]
        if several:
            message = (
                f"The table holds {name} of several values of {', '.join(several)}: give the rows of one."
            )
            raise ValueError(message)
    return rows
