"""
Make torchvision importable beside a torch built for CPUs.

timm imports pure Python parts of torchvision. The wheels of torchvision on PyPI are built for CUDA; beside a CPU
build of torch their compiled operators do not load, and ``import torchvision`` stops with "operator
torchvision::nms does not exist", because it describes operators that nobody has declared (pytorch/vision#9077).
Declaring them lets the import pass. They still cannot be run, and nothing here runs them.
"""

from __future__ import annotations

import importlib
import re
import sys
from types import ModuleType
from typing import Any

_MOST_OPERATORS = 16
_MISSING = re.compile(r"operator torchvision::(\w+) does not exist")
# A declaration lasts as long as its library object.
_declared: list[Any] = []


def import_torchvision() -> ModuleType:
    """
    Import torchvision, declaring the operators that its compiled part should have declared.

    Where the import works by itself, nothing else happens. Call this before the first ``import timm``.

    Returns
    -------
    torchvision : module
        The imported module.

    Raises
    ------
    ImportError, RuntimeError
        If torchvision is absent or fails for another reason.
    """
    import torch

    for _ in range(_MOST_OPERATORS):
        try:
            return importlib.import_module("torchvision")
        except RuntimeError as error:
            missing = _MISSING.search(str(error))
            if missing is None:
                raise
            _forget_half_loaded()
            library = torch.library.Library("torchvision", "FRAGMENT")
            # What the signature says does not matter: it is only described, never called.
            library.define(f"{missing[1]}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
            _declared.append(library)
    msg = f"torchvision misses more than {_MOST_OPERATORS} operators"
    raise RuntimeError(msg)


def _forget_half_loaded() -> None:
    """Drop the modules that the failed import left behind."""
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]
