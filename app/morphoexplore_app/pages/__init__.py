"""The pages in the order of the navigation: each has PATH, LABEL (None: not in the navigation), KEY, layout, register."""

from __future__ import annotations

from typing import Any

from morphoexplore_app.pages import (
    add,
    audit,
    audit_morph,
    audit_round,
    bulk,
    diversity,
    doubts,
    export,
    grow,
    grow_list,
    like,
    map,
    names,
    new,
    new_offer,
    overview,
    review,
    same,
    sample_list,
    seed,
    tree,
)
from morphoexplore_app.pages import object as object_page

PAGES: tuple[Any, ...] = (
    overview,
    add,
    map,
    review,
    seed,
    grow_list,
    bulk,
    new,
    new_offer,
    grow,
    like,
    tree,
    same,
    audit,
    audit_morph,
    audit_round,
    doubts,
    names,
    sample_list,
    diversity,
    export,
    object_page,
)
