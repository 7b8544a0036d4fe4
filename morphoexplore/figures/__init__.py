"""
Figures for papers and for the app: frames -> plotly figures.

Names that people gave (morphs, samples) are shown as text: they are escaped in labels, and in hovers they come
in as data and never as part of a template.
"""

from __future__ import annotations

from morphoexplore.figures.amounts import amount_over_time, positions
from morphoexplore.figures.composition import composition_over_time, other_morphs
from morphoexplore.figures.decomposition import decomposition
from morphoexplore.figures.diversity import DEFAULT_INDICES, PANELS, diversity_over_time
from morphoexplore.figures.forest import trend_forest
from morphoexplore.figures.hovmoeller import axis_density, axis_over_time, morphs_over_time
from morphoexplore.figures.look import DARK_GROUND, PALETTE, dark
from morphoexplore.figures.morphospace import centroid_trajectory, morphospace
from morphoexplore.figures.panels import panel_of
from morphoexplore.figures.places import (
    COUNTED,
    OTHER_MORPHS,
    UNSORTED_MORPH,
    read_id,
    samples_at,
    target_of,
)
from morphoexplore.figures.ranks import accumulation, hill_profiles, rank_abundance
from morphoexplore.figures.seasons import seasonal_heat_map, usual_year
from morphoexplore.figures.sizes import size_spectrum
from morphoexplore.figures.turnover import recurrence, successive_beta

__all__ = [
    "COUNTED",
    "DARK_GROUND",
    "DEFAULT_INDICES",
    "OTHER_MORPHS",
    "PALETTE",
    "PANELS",
    "UNSORTED_MORPH",
    "accumulation",
    "amount_over_time",
    "axis_density",
    "axis_over_time",
    "centroid_trajectory",
    "composition_over_time",
    "dark",
    "decomposition",
    "diversity_over_time",
    "hill_profiles",
    "morphospace",
    "morphs_over_time",
    "other_morphs",
    "panel_of",
    "positions",
    "rank_abundance",
    "read_id",
    "recurrence",
    "samples_at",
    "seasonal_heat_map",
    "size_spectrum",
    "successive_beta",
    "target_of",
    "trend_forest",
    "usual_year",
]
