"""
Diversity of samples: numbers in, numbers out.

>>> from morphoexplore import diversity
>>> diversity.hill([4, 4, 2], q=float("inf"))
Result(value=2.5, status='ok')

Every index takes the counts or weights of one sample (one dimension) or of many (samples x morphs), where needed the
coordinates of morphs (or objects) in the morphospace or the distances between them, and returns ``(value, status)``:
scalars for one sample, arrays for many.

``mx.diversity(project, out)`` still writes the tables and figures of a project, as ``mx.write_diversity`` does: this module
can be called, because it took the name of that verb.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from morphoexplore.methods.diversity import *  # noqa: F403
from morphoexplore.methods.diversity import __all__ as __all__


class _Verb(ModuleType):
    """The module, which is also the verb of its name."""

    def __call__(self, project: Any, out: Path | str, **options: Any) -> dict[str, Any]:
        """Write tables and figures of diversity over time (see ``mx.write_diversity``)."""
        from morphoexplore.steps.reporting import write_diversity

        return write_diversity(project, out, **options)


sys.modules[__name__].__class__ = _Verb
