"""
Which indices there are, and how each is made: what it counts, where it needs positions, and what its value grows with.

Indices of morphs count shares of morphs (or cells). Indices of objects look at the cloud of single objects in the morphospace,
each weighing what it stands for: these need no morphs and hardly depend on how many objects there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from morphoexplore.errors import WrongValueError

ORDERS = (0.0, 1.0, 2.0)


@dataclass(frozen=True)
class Index:
    """
    How an index is made.

    Attributes
    ----------
    level : str
        ``morph`` or ``object``.
    title, unit : str
        For people.
    orders : tuple of float
        Orders q; none unless it has any.
    has_positions : bool
        Whether it needs the morphospace.
    needs_integers : bool
        Whether it is of raw counts whatever the weight.
    is_n_dependent : bool
        Whether it grows with the number of objects looked at.
    is_slow : bool
        Whether its interval takes seconds a sample.
    least, most : float
        Beyond which no interval goes.
    """

    level: str
    title: str
    unit: str
    orders: tuple[float, ...] = ()
    has_positions: bool = False
    needs_integers: bool = False
    is_n_dependent: bool = False
    is_slow: bool = False
    least: float = -np.inf
    most: float = np.inf


RAW, STANDARDISED = "functional_richness", "standardised_functional_richness"
AXES = ("cwm", "sd")  # a number per axis: cwm_1, cwm_2 ...
PC = "PC"  # the unit of the morphospace
MORPHS, DISTINCT = "effective morphs", "effective distinct morphs"
INDICES: dict[str, Index] = {
    "richness": Index("morph", "Richness", "morphs", is_n_dependent=True, least=1),
    "shannon": Index("morph", "Shannon entropy", "nat", least=0),
    "simpson": Index("morph", "Gini\u2013Simpson", "probability", least=0, most=1),
    "inverse_simpson": Index("morph", "Inverse Simpson", MORPHS, least=1),
    "pielou": Index("morph", "Pielou evenness", "H\u2032 / ln S", least=0, most=1),
    "hill": Index("morph", "Hill number", MORPHS, orders=ORDERS, least=1),
    "chao1_bias_corrected": Index(
        "morph", "Chao1 richness, bias-corrected", "morphs", needs_integers=True, least=1
    ),
    "coverage": Index("morph", "Coverage", "share", needs_integers=True, least=0, most=1),
    "hill_at_coverage": Index(
        "morph", "Hill number at equal coverage", MORPHS, orders=ORDERS, needs_integers=True, least=1
    ),
    "similarity_hill": Index(
        "morph", "Hill number of distinct morphs", DISTINCT, orders=ORDERS, has_positions=True, least=1
    ),
    "functional_evenness": Index(
        "morph", "Functional evenness", "0\u20131", has_positions=True, is_slow=True, least=0, most=1
    ),
    "functional_dispersion": Index("object", "Functional dispersion", PC, has_positions=True, least=0),
    "rao_d2": Index("object", "Rao\u2019s Q (d\u00b2)", f"{PC}\u00b2", has_positions=True, least=0),
    "functional_specialisation": Index(
        "object", "Functional specialisation", PC, has_positions=True, least=0
    ),
    "functional_divergence": Index(
        "object", "Functional divergence", "0\u20131", has_positions=True, is_slow=True, least=0, most=1
    ),
    "functional_richness": Index(
        "object",
        "Functional richness, raw",
        "share of the pool",
        has_positions=True,
        is_n_dependent=True,
        least=0,
    ),
    "standardised_functional_richness": Index(
        "object",
        "Functional richness at equal size",
        "share of the pool",
        has_positions=True,
        is_slow=True,
        least=0,
    ),
    "cwm": Index("object", "Mean position", PC, has_positions=True),
    "sd": Index("object", "Spread", PC, has_positions=True, least=0),
}
WITHOUT_POSITIONS = tuple(name for name, one in INDICES.items() if not one.has_positions)

Key = str
"""The name of an index, with its order behind @."""


def check_names(names: Sequence[str]) -> list[str]:
    """
    Return names of indices in the order of the table.

    Raises
    ------
    WrongValueError
        If there is no such index.
    """
    unknown = [name for name in names if name not in INDICES]
    if unknown or not names:
        message = f"There is no index {unknown[0] if unknown else ''!r}. Indices: {', '.join(INDICES)}."
        raise WrongValueError(message)
    return [name for name in INDICES if name in names]


def key_of(name: str, q: float) -> Key:
    """Return the key of an index and its order, NaN where it has none."""
    return name if np.isnan(q) else f"{name}@{q:g}"


def name_of(key: Key) -> str:
    """Return the name of the index of a key; of an axis with its number."""
    return key.split("@")[0]


def order_of(key: Key) -> float:
    """Return the order of a key, NaN where it has none."""
    _, _, q = key.partition("@")
    return float(q) if q else np.nan


def index_of(key: Key) -> Index:
    """Return how the index of a key is made; the axes of a position share theirs."""
    name = name_of(key)
    return INDICES[name] if name in INDICES else INDICES[name.rsplit("_", 1)[0]]
