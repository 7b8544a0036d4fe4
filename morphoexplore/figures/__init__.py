"""
Figures for papers and for the app: frames -> plotly figures.

Names that people gave (morphs, samples) are shown as text: they are escaped in labels, and in hovers they come
in as data and never as part of a template.
"""

from __future__ import annotations

from morphoexplore.figures.amounts import amount_over_time, positions
from morphoexplore.figures.composition import composition_over_time, other_morphs
from morphoexplore.figures.diversity import DEFAULT_INDICES, PANELS, diversity_over_time
from morphoexplore.figures.look import DARK_GROUND, PALETTE, dark
from morphoexplore.figures.places import COUNTED, OTHER_MORPHS, UNSORTED_MORPH, read_id, samples_at

__all__ = [
    "COUNTED",
    "DARK_GROUND",
    "DEFAULT_INDICES",
    "OTHER_MORPHS",
    "PALETTE",
    "PANELS",
    "UNSORTED_MORPH",
    "amount_over_time",
    "composition_over_time",
    "dark",
    "diversity_over_time",
    "other_morphs",
    "positions",
    "read_id",
    "samples_at",
]
