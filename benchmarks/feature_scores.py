"""Scores of a feature set on labelled images: for the benchmark of the feature sets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import morphoexplore as mx
from morphoexplore.methods import scoring, seeding
from morphoexplore.methods.scoring_sets import (
    cluster_agreement,
    grouped_folds,
    recognise_by_discriminants,
    recognise_by_neighbours,
)
from morphoexplore.steps.evaluating import read_labels

GROUP_COLUMNS = {
    "datetime": "one second",
    "sample": "one sample",
    "date": "one day",
}
NAMED = 0.3  # share of the objects that were named before refining
LEFT_OUT = 1 / 3  # share of the labels of which no object was named
STATES = 3  # random choices of what was named


@dataclass(frozen=True)
class View:
    """A feature set, or several joined, as the program sees the objects through it."""

    name: str
    dims: int
    vectors: np.ndarray
    """The morphospace, at most 64 dimensions, shape (n, d); NaN where an object has no features."""
    whole: np.ndarray
    """All columns, brought to scale as in the morphospace, shape (n, columns)."""
    seeds: list[np.ndarray]
    null_ratio: float | None


@dataclass(frozen=True)
class Scoring:
    """Which labels count."""

    level: str
    excluded: tuple[str, ...]
    truth: np.ndarray
    groups: np.ndarray

    def rows(self, vectors: np.ndarray) -> np.ndarray:
        """Return the objects that have a label that counts, and features."""
        counts = pd.notna(self.truth) & ~np.isin(self.truth.astype(str), self.excluded)
        return np.flatnonzero(counts & np.isfinite(vectors).all(axis=1))


def read_groups(project: mx.Project, index: Path) -> tuple[np.ndarray, str]:
    """Return which images belong together, and a sentence on what tells so."""
    n = project.count_objects()
    apart = np.array([f"image {number}" for number in range(n)], dtype=object)
    table = pd.read_csv(index, dtype=str)
    for column, what in GROUP_COLUMNS.items():
        if column not in table.columns or table[column].isna().all():
            continue
        found = read_labels(project, index, column)
        if column == "datetime":
            found = _to_the_second(found)
        groups = np.where(pd.isna(found), apart, found)
        if len(set(groups)) > 1:
            return groups, (
                f"Cross-validation by the column {column}: images of {what} stay together "
                f"({len(set(groups))} groups of {n} images)."
            )
    return (
        apart,
        "Cross-validation: no column datetime, sample or date tells images apart, so each is a group of its own.",
    )


def _to_the_second(texts: np.ndarray) -> np.ndarray:
    """Return moments cut to seconds; what is no moment stays as it is."""
    moments = pd.to_datetime(pd.Series(texts, dtype=object), errors="coerce", utc=True, format="mixed")
    cut = moments.dt.floor("s").astype(str).to_numpy(dtype=object)
    return np.where(moments.isna(), texts, cut)


def score(view: View, by: Scoring) -> dict[str, Any]:
    """Score a feature set against labels."""
    rows = by.rows(view.vectors)
    labels = by.truth[rows]
    fold = grouped_folds(labels, by.groups[rows])
    near = recognise_by_neighbours(view.vectors[rows], labels, fold)
    told = recognise_by_discriminants(view.whole[rows], labels, fold)
    return {
        "level": by.level,
        "excluded": list(by.excluded),
        "objects": len(rows),
        "labels": len(set(labels)),
        "knn_accuracy": round(near.accuracy, 4),
        "macro_f1": round(near.macro_f1, 4),
        "kmeans_ami": round(cluster_agreement(view.vectors[rows], labels), 4),
        **_score_seeds(view.seeds, by.truth, by.excluded),
        "supervised_accuracy": round(told.accuracy, 4),
        "supervised_macro_f1": round(told.macro_f1, 4),
    }


def _score_seeds(groups: list[np.ndarray], truth: np.ndarray, excluded: tuple[str, ...]) -> dict[str, Any]:
    found = scoring.score_seeds(
        [truth[group] for group in groups], int(pd.notna(truth).sum()), exclude=excluded
    )
    return {
        "seeds": found.n_seeds,
        "seeds_pure": found.n_pure,
        "classes_found": found.n_classes,
        "coverage": round(found.share_pure, 4),
    }


def score_refined(view: View, scorings: list[Scoring]) -> dict[str, Any]:
    """Score the joined view after some objects were named: on the others, beside what it was before."""
    scores = []
    for by in scorings:
        parts = [_refine_once(view, by, state) for state in range(STATES)]
        means = {key: round(float(np.mean([part[key] for part in parts])), 4) for key in parts[0]}
        counted = {
            key: round(means[key])
            for key in ("dims", "objects", "labels", "seeds", "seeds_pure", "classes_found")
        }
        scores.append({"level": by.level, "excluded": list(by.excluded)} | means | counted)
    return scores[0] | {"scores": scores}


def _refine_once(view: View, by: Scoring, state: int) -> dict[str, Any]:
    from morphoexplore.methods.refining import fit_refinement

    rng = np.random.default_rng(state)
    rows = by.rows(view.vectors)
    vectors, labels, groups = view.vectors[rows], by.truth[rows], by.groups[rows]
    names, number = np.unique(labels.astype(str), return_inverse=True)
    is_named = _draw_groups(groups, NAMED, rng)

    def refined(named: np.ndarray) -> np.ndarray:
        """Return the objects of these rows as they are seen after some were named."""
        morphs = np.full(len(view.whole), -1)
        morphs[rows[named]] = number[named]
        return fit_refinement(view.whole, morphs).project(view.whole[rows])

    rest = ~is_named
    before, after = vectors[rest], refined(is_named)[rest]
    fold = grouped_folds(labels[rest], groups[rest])
    old, new = (recognise_by_neighbours(part, labels[rest], fold) for part in (before, after))
    found = seeding.find_seeds(after)
    seeds = [np.flatnonzero(found.labels == seed) for seed in range(len(found))]

    left = np.isin(number, rng.permutation(len(names))[: max(1, round(LEFT_OUT * len(names)))])
    unseen = refined(is_named & ~left)[left]
    left_fold = grouped_folds(labels[left], groups[left])
    old_left, new_left = (
        recognise_by_neighbours(part, labels[left], left_fold).accuracy for part in (vectors[left], unseen)
    )
    return {
        "dims": after.shape[1],
        "objects": int(rest.sum()),
        "labels": len(set(labels[rest])),
        "knn_accuracy": new.accuracy,
        "macro_f1": new.macro_f1,
        "kmeans_ami": cluster_agreement(after, labels[rest]),
        **_score_seeds(seeds, labels[rest], ()),
        "null_ratio": seeding.null_ratio(after),
        "before_knn_accuracy": old.accuracy,
        "before_macro_f1": old.macro_f1,
        "before_kmeans_ami": cluster_agreement(before, labels[rest]),
        "left_out_knn_accuracy": new_left,
        "left_out_kmeans_ami": cluster_agreement(unseen, labels[left]),
        "left_out_before_knn_accuracy": old_left,
        "left_out_before_kmeans_ami": cluster_agreement(vectors[left], labels[left]),
    }


def _draw_groups(groups: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Mark a random share of the objects, all of a group or none."""
    _, number, sizes = np.unique(groups.astype(str), return_inverse=True, return_counts=True)
    order = rng.permutation(len(sizes))
    taken = order[: int(np.searchsorted(np.cumsum(sizes[order]), share * len(groups))) + 1]
    return np.isin(number, taken)
