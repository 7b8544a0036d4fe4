"""The pages in the order of the navigation: each has PATH, LABEL (None: not in the navigation), KEY, layout, register."""

from __future__ import annotations

from typing import Any

from morphoexplore_app.pages import overview

PAGES: tuple[Any, ...] = (overview,)
