"""
Everything morphoexplore raises on purpose.

Each message is a sentence for a person: what is wrong, where, and what to do next.

    MorphoExploreError
        ProjectError        a folder that is no project, is newer, read-only, broken or full
        SourceError         images or tables that cannot be read as a whole
            ImageError      one image that cannot be read
        StepMissingError    a step needs what an earlier step makes
        ModelError          a model or its weights cannot be had
        DecisionError       a decision that the tree, the seeds or the members do not allow
        WrongValueError     an option whose value cannot be used
            WrongNumbersError   numbers that no index can be computed from (a ValueError, too)
"""

from __future__ import annotations


class MorphoExploreError(Exception):
    """Base of all errors that a user can cause and mend."""


class ProjectError(MorphoExploreError):
    """A project folder cannot be opened, created or written."""


class SourceError(MorphoExploreError):
    """A source of images or tables cannot be read as a whole."""


class ImageError(SourceError):
    """One image cannot be read; it costs only itself."""


class StepMissingError(MorphoExploreError):
    """A step needs what an earlier step makes."""

    def __init__(self, missing: str, *, verb: str) -> None:
        super().__init__(f"This project has no {missing} yet. Run first: morphoexplore {verb}")


class ModelError(MorphoExploreError):
    """A model or its weights cannot be had."""


class DecisionError(MorphoExploreError):
    """A decision that the tree, the seeds or the members do not allow."""


class WrongValueError(MorphoExploreError):
    """An option whose value cannot be used."""


class WrongNumbersError(WrongValueError, ValueError):
    """Counts, weights, coordinates or distances that no index can be computed from."""
