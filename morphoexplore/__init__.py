"""
Sort a million unlabelled plankton images into named groups and plot their diversity over time.

>>> import morphoexplore as mx
>>> project = mx.create_project("my-study")  # doctest: +SKIP
>>> mx.add(project, "images.zip")  # doctest: +SKIP

The long verbs (``add, extract, embed, seed, arrange, diversity ...``) and the short ones (``mx.review``)
are the same functions that the command line calls. Names are loaded when they are first used.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    # name: (module, name there)
    "Project": ("store.project", "Project"),
    "create_project": ("store.project", "create_project"),
    "open_project": ("store.project", "open_project"),
    "MorphoExploreError": ("errors", "MorphoExploreError"),
    # long verbs
    "add": ("steps.adding", "add"),
    "preview": ("steps.previewing", "preview"),
    "train": ("steps.training", "train"),
    "extract": ("steps.extracting", "extract"),
    "embed": ("steps.embedding", "embed"),
    "refine": ("steps.refining", "refine"),
    "seed": ("steps.seeding", "seed"),
    "preview_seeds": ("steps.seeding", "preview_seeds"),
    "partition": ("steps.partitioning", "partition"),
    "arrange": ("steps.arranging", "arrange"),
    "name_from_csv": ("steps.arranging", "name_from_csv"),
    "add_taxa": ("steps.taxa", "add_taxa"),
    "learn_taxa": ("steps.taxa", "learn_taxa"),
    "taxa": ("store.taxa", "listing"),
    "write_diversity": ("steps.reporting", "write_diversity"),
    "export": ("steps.exporting", "export"),
    "check_ecotaxa": ("steps.exporting", "check_ecotaxa"),
    "evaluate": ("steps.evaluating", "evaluate"),
    "simulate": ("steps.simulating", "simulate"),
    "relocate": ("steps.relocating", "relocate"),
    # looking
    "status": ("steps.overview", "status"),
    "similar": ("steps.overview", "similar"),
    "bounds": ("steps.precision", "bounds"),
    "project_errors": ("steps.precision", "project_errors"),
    "newcomers": ("steps.newcomers", "newcomers"),
    "members": ("steps.overview", "members"),
    "cells": ("steps.partitioning", "cells"),
    "cell_members": ("steps.partitioning", "cell_members"),
    "write_partition": ("steps.partitioning", "write_partition"),
    "counts": ("steps.diversity", "counts"),
    "indices": ("steps.diversity", "indices"),
    "series": ("steps.series", "series"),
    "seasons": ("steps.seasons", "seasons"),
    "trends": ("steps.series", "trends"),
    "turnover": ("steps.turnover", "turnover"),
    "turnover_matrix": ("steps.turnover", "turnover_matrix"),
    "morph_table": ("steps.morph_tables", "morph_table"),
    "water": ("steps.morph_tables", "water"),
    "groups": ("steps.grouping", "groups"),
    "formulas": ("steps.volumes", "formulas"),
    "set_formulas": ("steps.volumes", "set_formulas"),
    "set_profiles": ("steps.profiles", "set_profiles"),
    "volumes": ("steps.volumes", "volumes"),
    "amounts": ("steps.amounts", "amounts"),
    "beck2023": ("steps.beck2023", "beck2023"),
    "summary": ("steps.summarising", "summary"),
    "write_summary": ("steps.summarising", "write_summary"),
    "size_spectra": ("steps.sizes", "size_spectra"),
    "sheet": ("steps.sheets", "sheet"),
    "objects": ("store.objects", "frame"),
    "samples": ("store.objects", "samples"),
    "metadata": ("store.objects", "metadata"),
    "descriptors": ("steps.measuring", "descriptors"),
    "metadata_columns": ("store.objects", "metadata_columns"),
    "seeds": ("store.seeds", "listing"),
    "seed_objects": ("store.seeds", "objects_of"),
    "morphs": ("store.tree", "morphs"),
    "morph_members": ("store.tree", "members"),
    "free_objects": ("store.tree", "free_objects"),
    "history": ("store.history", "listing"),
    "runs": ("store.runs", "listing"),
    "problems": ("store.runs", "problems"),
    "check": ("store.checks", "check"),
}

_MODULES = ("diversity", "review")

__all__ = [*_HOMES, *_MODULES]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        module, attribute = _HOMES[name]
        value = getattr(importlib.import_module(f"morphoexplore.{module}"), attribute)
        globals()[name] = value
        return value
    if name in _MODULES:
        return importlib.import_module(f"morphoexplore.{name}")
    message = f"module 'morphoexplore' has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted(__all__)
