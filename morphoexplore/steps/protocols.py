"""
Our protocol and MorphoCluster's, played side by side by an annotator who knows reference labels.

Same objects, same features, same annotator, who sees only what is shown. Each protocol has its own rounds and the review
that serves it best; growing alone is compared from the same morphs.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from morphoexplore.records import Progress, silent
from morphoexplore.steps.annotator import Annotator
from morphoexplore.steps.seeding import seed
from morphoexplore.store import morphospace
from morphoexplore.store.fresh import fresh_copy
from morphoexplore.store.project import Project

if TYPE_CHECKING:
    from morphoexplore.methods.morphocluster import Collection

PRECISION = 0.95
APPROVE, PAGE_OK = (0.8, 0.85, 0.9, 0.95), (0.8, 0.9, 0.95)
"""Shares of right ones from which MorphoCluster's annotator approves a cluster, and says OK to a page of candidates."""
LARGE_CLASS, GROWN_FROM = 2000, 64
LATER = ("merging", "naming")
"""Kinds of actions that may be done once everything is sorted."""
CURVE = ("actions", "sorted", "right", "later")


@dataclass(frozen=True)
class Protocols:
    """
    Two protocols side by side.

    Attributes
    ----------
    sessions : DataFrame
        A row for ours (``morphoexplore``), one for MorphoCluster's at the threshold that serves it best
        (``morphocluster``), and one for each threshold; ``thresholds``, columns as the scores of
        :func:`morphoexplore.simulate`, and ``objects_per_action_of_sorting``, which leaves out what merging and naming take.
    curves : DataFrame
        ``protocol, actions`` (of sorting), ``sorted, right``, ``later`` (actions of merging and naming, were that the end) of the first two.
    growth : DataFrame
        Growing the same morphs in each way: ``grown, right, precision, actions, objects_per_action``; empty where there were none.
    at_equal_recall : dict
        ``right`` objects that both found; what each spent up to there on sorting (``morphoexplore, morphocluster``), and on
        merging and names too (``..._named``); how many times as much MorphoCluster's is (``factor, factor_named``).
    """

    sessions: pd.DataFrame
    curves: pd.DataFrame
    growth: pd.DataFrame
    at_equal_recall: dict[str, Any]


def side_by_side(
    project: Project,
    annotator: Annotator,
    ours: dict[str, Any],
    *,
    page_seconds: float,
    click_seconds: float,
    progress: Progress = silent,
    **errs: Any,
) -> Protocols:
    """
    Play MorphoCluster's protocol beside a session of ours.

    Parameters
    ----------
    annotator : Annotator
        Who played our session.
    ours : dict
        Its scores.
    page_seconds, click_seconds, **errs
        As for :func:`morphoexplore.simulate`: ``error``, ``miss``, ``alarm`` and ``random_state``.
    """
    variants = play_all(
        placed(project, annotator.labels),
        page_seconds=page_seconds,
        click_seconds=click_seconds,
        progress=progress,
        **errs,
    )
    chosen = best(variants)
    rows = {"morphoexplore": ours, "morphocluster": chosen} | {title(one): one for one in variants}
    fields = [field for field in ours if field in chosen]
    sessions = pd.DataFrame.from_dict(
        {name: {field: row[field] for field in fields} for name, row in rows.items()}, orient="index"
    )
    sessions.insert(0, "thresholds", ["", *(title(row) for row in list(rows.values())[1:])])
    of_sorting = [row["right"] / max(1, spent_sorting(row)) for row in rows.values()]
    sessions.insert(
        list(sessions.columns).index("objects_per_action"), "objects_per_action_of_sorting", of_sorting
    )
    curves = {"morphoexplore": sorting_curve(annotator), "morphocluster": chosen["curve"]}
    with tempfile.TemporaryDirectory(prefix="morphoexplore-") as scratch:
        copy = fresh_copy(project, Path(scratch) / project.name)
        grown = grow_both(Annotator(copy, annotator.labels, **errs), errs)
    return Protocols(
        sessions,
        pd.concat(
            [pd.DataFrame(curve, columns=CURVE).assign(protocol=name) for name, curve in curves.items()]
        )[["protocol", *CURVE]],
        pd.DataFrame.from_dict(grown["ways"], orient="index"),
        equal_recall(*curves.values()),
    )


def placed(project: Project, labels: np.ndarray) -> Collection:
    """Return the objects that have a place in the morphospace: the others cannot be found by either."""
    from morphoexplore.methods.morphocluster import Collection

    vectors = morphospace.read_pca(project)
    is_placed = np.isfinite(vectors).all(axis=1)
    return Collection(vectors[is_placed], labels[: len(vectors)][is_placed])


def play_all(
    collection: Collection,
    *,
    spaces: Sequence[str] = ("pca",),
    page_seconds: float,
    click_seconds: float,
    progress: Progress = silent,
    **options: Any,
) -> list[dict[str, Any]]:
    """Play MorphoCluster's protocol at all its thresholds; return scores and a curve of each."""
    from morphoexplore.methods.morphocluster import Session

    ways: list[dict[str, Any]] = [
        {"space": space, "approve": approve, "page_ok": page_ok}
        for space, approve, page_ok in product(spaces, APPROVE, PAGE_OK)
    ]
    ways += [
        {"space": space, "approve": APPROVE[0], "page_ok": PAGE_OK[-1], "click_wrong": True}
        for space in spaces
    ]
    variants = []
    for way in progress(ways, label="thresholds", total=len(ways)):
        session = Session(collection, **way, **options).run()
        variants.append(session.result(page_seconds, click_seconds) | {"curve": session.curve})
    return variants


def best(variants: list[dict[str, Any]]) -> dict[str, Any]:
    """
    Return the variant that sorts most per action of sorting of those whose true precision is .95 or more.

    Of the most precise ones where none is. It is chosen with truth, in MorphoCluster's favour.
    """
    precise = [one for one in variants if one["precision"] >= PRECISION]
    if precise:
        return max(precise, key=lambda one: float(one["right"] / max(1, spent_sorting(one))))
    return max(variants, key=lambda one: float(np.nan_to_num(one["precision"], nan=-1)))


def title(variant: dict[str, Any]) -> str:
    """Return what a variant is called in a table."""
    clicked = " clicked" if variant["click_wrong"] else ""
    return f"{variant['space']} {variant['approve']}/{variant['page_ok']}{clicked}"


def spent_sorting(scores: dict[str, Any]) -> int:
    """Return the actions of a session without those that may come later: merging and naming."""
    return int(scores["actions"] - sum(scores[f"actions_{kind}"] for kind in LATER))


def sorting_curve(annotator: Annotator) -> list[list[int]]:
    """Return actions of sorting, objects sorted, right ones, and what merging and a name for each morph take, after each page."""
    return [
        [
            at["actions"] - sum(at[kind] for kind in LATER),
            at["sorted"],
            at["right"],
            at["merging"] + at["morphs"],
        ]
        for at in annotator.curve
    ]


def equal_recall(ours: list[Any], theirs: list[Any]) -> dict[str, Any]:
    """Return what both spent up to as many right objects as the one that ended with fewer has, without and with what may come later."""
    right = min(ours[-1][2], theirs[-1][2]) if ours and theirs else 0
    found: dict[str, Any] = {"right": right}
    for ending, with_later in (("", 0), ("_named", 1)):
        spent = [
            next((at + with_later * later for at, _, got, later in curve if got >= right), 0)
            for curve in (ours, theirs)
        ]
        found |= {f"morphoexplore{ending}": spent[0], f"morphocluster{ending}": spent[1]}
        found[f"factor{ending}"] = spent[1] / max(1, spent[0])
    return found


def grow_both(annotator: Annotator, errs: dict[str, Any]) -> dict[str, Any]:
    """
    Grow the same morphs in both ways: those of the first seeds of 64, of classes of 2 000 where there are any.

    Seeds, and when a row is accepted, are as by default.

    Returns
    -------
    compared : dict
        ``morphs`` grown; ``large_classes``; ``ways``, for each of which ``grown, right, precision, actions,
        objects_per_action``; ``bounds`` as stated, each with the truth and its objects.
    """
    from morphoexplore.methods.morphocluster import Collection, Session

    codes = annotator.labels
    counts = np.bincount(codes[codes >= 0])
    large = np.flatnonzero(counts >= LARGE_CLASS)
    wanted = large if len(large) else np.flatnonzero(counts)
    seed(annotator.project, min_size=GROWN_FROM)
    annotator.judge_round()
    vectors = morphospace.read_pca(annotator.project)
    start = annotator.node.copy()
    sizes = np.bincount(start[start >= 0], minlength=1)
    nodes = [
        int(node)
        for node in np.argsort(-sizes, kind="stable")[: np.count_nonzero(sizes)]
        if annotator.label_of.get(int(node)) in wanted
    ]
    for node in nodes:
        annotator.grow(node)
    ways = {"morphoexplore": _growth_of(start, annotator.node, codes, annotator.effort.actions["growth"])}
    stated = [bound for bound in annotator.stated if bound.kind == "growth"]
    is_placed = np.isfinite(vectors).all(axis=1)  # the others cannot be found by either
    for page_ok in PAGE_OK:
        collection = Collection(vectors[is_placed], codes[is_placed], neighbours=False)
        rival = Session(collection, page_ok=page_ok, **errs)
        rival.node, rival.label_of = start[is_placed], dict(annotator.label_of)
        for node in nodes:
            rival.grow(node)
        ways[f"morphocluster {page_ok}"] = _growth_of(
            start[is_placed], rival.node, codes[is_placed], rival.growth
        )
    return {
        "morphs": len(nodes),
        "large_classes": len(large),
        "ways": ways if nodes else {},
        "bounds": [[bound.bound, bound.truth, bound.objects] for bound in stated],
    }


def _growth_of(start: np.ndarray, end: np.ndarray, codes: np.ndarray, actions: int) -> dict[str, float]:
    """Return what growing brought: right ones are of the label of most in their morph as it was."""
    grown = np.flatnonzero((start < 0) & (end >= 0))
    of_node = {node: np.bincount(codes[start == node] + 1).argmax() - 1 for node in np.unique(end[grown])}
    right = int(sum(codes[one] == of_node[end[one]] for one in grown))
    return {
        "grown": len(grown),
        "right": right,
        "precision": right / len(grown) if len(grown) else float("nan"),
        "actions": actions,
        "objects_per_action": right / max(1, actions),
    }
