"""
Figures for papers and for the app: frames -> plotly figures.

Names that people gave (morphs, samples) are shown as text: they are escaped in labels, and in hovers they come
in as data and never as part of a template.
"""

from __future__ import annotations

from morphoexplore.figures.composition import composition_over_time
from morphoexplore.figures.diversity import DEFAULT_INDICES, PANELS, diversity_over_time
from morphoexplore.figures.look import PALETTE

__all__ = ["DEFAULT_INDICES", "PALETTE", "PANELS", "composition_over_time", "diversity_over_time"]
