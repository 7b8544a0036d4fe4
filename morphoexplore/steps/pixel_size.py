"""The side of a pixel: where acquisitions state it, and what sizes are measured against."""

from __future__ import annotations

from typing import Any

import numpy as np

from morphoexplore.errors import WrongValueError
from morphoexplore.store import objects
from morphoexplore.store.project import Project

LARGEST = 10.0  # mm
COLUMNS = {
    # name of an acquisition's column that states its unit -> mm
    "process_particle_pixel_size_mm": 1.0,
    "particle_pixel_size_mm": 1.0,
    "pixel_size_mm": 1.0,
    "process_pixel_size_um": 1e-3,
    "pixel_size_um": 1e-3,
}


def check(pixel_size: float | None) -> None:
    """Raise WrongValueError where a pixel size in mm is not possible."""
    if pixel_size is not None and not 0 < pixel_size < LARGEST:
        message = (
            f"A pixel size of {pixel_size} mm is not possible. Give the side of a pixel in mm, 0.0106 say."
        )
        raise WrongValueError(message)


def stated(acquisition: dict[Any, Any]) -> float | None:
    """Return the side of a pixel in mm that an acquisition states in a column that names its unit."""
    for name, factor in COLUMNS.items():
        try:
            size = float(acquisition.get(name) or "nan") * factor
        except (TypeError, ValueError):
            continue
        if 0 < size < LARGEST:
            return size
    return None


def reference(project: Project) -> float | None:
    """Return the size (mm) that others are compared with, None where some object's size is unknown."""
    sizes = objects.pixel_sizes(project)
    return float(np.median(sizes)) if len(sizes) and np.isfinite(sizes).all() else None
