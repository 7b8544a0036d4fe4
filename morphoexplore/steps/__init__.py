"""Long verbs: store and methods together, one module per verb. All of them can be run again safely."""

from __future__ import annotations

from morphoexplore.steps.adding import add
from morphoexplore.steps.arranging import arrange, name_from_csv
from morphoexplore.steps.diversity import counts, diversity, indices
from morphoexplore.steps.embedding import embed
from morphoexplore.steps.evaluating import evaluate
from morphoexplore.steps.exporting import export
from morphoexplore.steps.extracting import extract
from morphoexplore.steps.overview import members, next_step, similar, status
from morphoexplore.steps.seeding import preview_seeds, seed

__all__ = [
    "add",
    "arrange",
    "counts",
    "diversity",
    "embed",
    "evaluate",
    "export",
    "extract",
    "indices",
    "members",
    "name_from_csv",
    "next_step",
    "preview_seeds",
    "seed",
    "similar",
    "status",
]
