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
    "Project": "morphoexplore.store.project",
    "create_project": "morphoexplore.store.project",
    "open_project": "morphoexplore.store.project",
    "MorphoExploreError": "morphoexplore.errors",
    "add": "morphoexplore.steps",
    "extract": "morphoexplore.steps",
    "embed": "morphoexplore.steps",
    "seed": "morphoexplore.steps",
    "preview_seeds": "morphoexplore.steps",
    "arrange": "morphoexplore.steps",
    "similar": "morphoexplore.steps",
    "diversity": "morphoexplore.steps",
    "export": "morphoexplore.steps",
    "evaluate": "morphoexplore.steps",
    "status": "morphoexplore.steps",
    "check": "morphoexplore.steps",
    "members": "morphoexplore.steps",
    "name_from_csv": "morphoexplore.steps",
}
_MODULES = ("review", "store", "methods", "reading", "writing", "figures", "steps")

__all__ = [*_HOMES, *_MODULES]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    if name in _MODULES:
        return importlib.import_module(f"morphoexplore.{name}")
    message = f"module 'morphoexplore' has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted(__all__)
