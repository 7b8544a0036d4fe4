"""Why there is no value, or a doubtful one, in words."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from morphoexplore.methods.diversity import statuses
from morphoexplore.steps import indexing
from morphoexplore_app import parts
from morphoexplore_app.diversity_indices import Offered

#: To be read after "9 samples are", "it is".
WORDS = {
    statuses.EMPTY: "without anything that counts",
    statuses.ONE_MORPH: "of one morph only",
    statuses.TOO_FEW_OBJECTS: "of too few objects",
    statuses.TOO_FEW_POINTS: "of fewer different positions than the index needs",
    statuses.LOW_N: "of so few objects that the hull says little",
    statuses.RANK_DEFICIENT: "flat in the morphospace",
    statuses.TOO_MANY_DIMENSIONS: "in too many dimensions for a hull",
    statuses.QHULL_FAILED: "without a hull that could be computed",
    statuses.NO_SPREAD: "all in one place",
    statuses.BELOW_M: "below the common size",
    statuses.UNRELIABLE: "too thinly sampled (singletons only, or beyond twice the objects)",
    statuses.SAMPLED_PAIRS: "estimated from random pairs",
    indexing.UNKNOWN_WEIGHT: "of unknown volume or fraction",
    indexing.NO_POSITIONS: "without features",
}
FEW = 50  # objects below which points are open
MOST = 4  # indices that are named in a line


def word(status: str, m: float = float("nan")) -> str:
    """Return why in words; *m* is the common size."""
    if status == statuses.BELOW_M and m == m:
        return f"below {m:,.0f} effective objects"
    return WORDS.get(status, status.replace("_", " "))


def missing(frame: pd.DataFrame, offered: Sequence[Offered]) -> list[str]:
    """Return lines like "Pielou evenness: 12 of 40 samples have no value: 9 of one morph only, 3 ..."."""
    lines: dict[str, list[str]] = {}
    for one in offered:
        is_order = frame["q"].isna() if one.q is None else frame["q"] == one.q
        part = frame[(frame["index"] == one.index) & is_order]
        is_missing = part["estimate"].isna()
        said = []
        for is_kind, verb in (
            (is_missing, "no value"),
            # That there is no morph where nothing was counted is no doubt.
            (~is_missing & ~part["status"].isin([statuses.OK, statuses.EMPTY]), "a doubtful value"),
        ):
            if not is_kind.any():
                continue
            counts = (
                part[is_kind].groupby("status", sort=False).size().sort_values(ascending=False, kind="stable")
            )
            m = float(part["m_standard"].iloc[0]) if len(part) else float("nan")
            why = ", ".join(f"{number:,} {word(str(status), m)}" for status, number in counts.items())
            has = "has" if int(is_kind.sum()) == 1 else "have"
            said.append(
                f"{int(is_kind.sum()):,} of {parts.count(len(part), 'sample')} {has} {verb}: "
                + (why if len(counts) > 1 else why.split(" ", 1)[1])
            )
        if said:
            lines.setdefault("; ".join(said), []).append(one.title)
    return [f"{_names(titles)}: {text}." for text, titles in lines.items()]


def _names(titles: Sequence[str]) -> str:
    if len(titles) <= MOST:
        return ", ".join(titles)
    return f"{', '.join(titles[: MOST - 1])} and {len(titles) - MOST + 1} more"
