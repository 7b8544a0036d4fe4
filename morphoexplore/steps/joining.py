"""Which feature sets a morphospace is made of, and whether they cover the objects."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from morphoexplore.errors import StepMissingError, WrongValueError
from morphoexplore.store import arrays, morphospace, objects
from morphoexplore.store.arrays import ArrayRecord
from morphoexplore.store.project import Project

REFINED = "refined"


def named(blocks: Sequence[ArrayRecord]) -> list[str]:
    """Return the feature sets as a morphospace remembers them: name and version."""
    return [f"{array.name} {array.version}" for array in blocks]


def is_refined(space: ArrayRecord | None) -> bool:
    """Tell whether a morphospace is that of the refined feature set."""
    features = [] if space is None else space.parameters.get("features", [])
    return any(name.rpartition(" ")[0] == REFINED for name in features)


def sets_of(project: Project, features: Sequence[str]) -> list[ArrayRecord]:
    """
    Return the feature sets that a morphospace was made of.

    Parameters
    ----------
    features : list of str
        As `named` gives them.

    Raises
    ------
    WrongValueError
        If one was described anew since, so that the former version grows no more.
    """
    newest = {array.name: array for array in morphospace.feature_sets(project)}
    found = []
    for text in features:
        name, _, version = text.rpartition(" ")
        array = arrays.find(project, morphospace.FEATURES, name, int(version))
        if array is None or newest[name].version != array.version:
            message = (
                f"The feature set {name} was described anew since the morphospace was made of it. Make a new one: "
                f"morphoexplore embed {project.folder} --features {','.join(one.rpartition(' ')[0] for one in features)}"
            )
            raise WrongValueError(message)
        found.append(array)
    return found


def refuse_behind(project: Project, blocks: Sequence[ArrayRecord]) -> None:
    """Raise StepMissingError where a feature set does not cover all objects."""
    n = project.count_objects()
    for array in blocks:
        if array.stop < n:
            model = "" if array.name == "classic" else f" --model {array.name}"
            raise StepMissingError(
                missing=f"{array.name} features for {n - array.stop} of its {n} objects",
                verb=f"extract {project.folder}{model}",
            )


def refuse_without_size(project: Project, reference: float | None, start: int, *, again: str) -> None:
    """
    Raise WrongValueError where sizes are compared in mm and a new object's pixel size is not known.

    Parameters
    ----------
    reference : float or None
        Pixel size (mm) that sizes are compared in; None where they are compared in pixels.
    start : int
        First new object.
    again : str
        Verb that makes the space anew.
    """
    lost = int((~np.isfinite(objects.pixel_sizes(project)[start:])).sum())
    if reference is not None and lost:
        message = (
            f"Sizes in this morphospace are compared in mm, but {lost} new objects have no pixel size. Give it: "
            f"morphoexplore add {project.folder} SOURCE --update --pixel-size MM, or make a new one: {again}"
        )
        raise WrongValueError(message)
