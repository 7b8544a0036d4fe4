"""
Scores of morphs, seeds and neighbour lists against reference labels.

Used by ``evaluate`` and by benchmarks, never while sorting. Labels are compared as they are; an object
without a reference label (None, NaN, empty text) takes no part.

Choices that others make differently, all in one place:

* AMI and ARI are computed on **sorted** objects only, and the share sorted is reported beside them. (Free
  objects as one group would reward leaving a class unsorted; as singletons they would mix two questions.)
* Recall and F1 are over **all** objects of a label: a free object is a missed one. A label that is the
  majority of no morph has recall, precision and F1 of 0 and counts in the macro mean.
* A morph stands for its commonest label; ties go to the label that comes first in sorted order.

References
----------
Hubert, L. & Arabie, P. (1985). Comparing partitions. Journal of Classification 2, 193-218. (ARI)
Manning, C. D., Raghavan, P. & Schuetze, H. (2008). Introduction to Information Retrieval, chapters 8 and
    16. Cambridge University Press. (average precision; purity)
Vinh, N. X., Epps, J. & Bailey, J. (2010). Information theoretic measures for clusterings comparison.
    Journal of Machine Learning Research 11, 2837-2854. (AMI)
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

PURE_SEED = 0.8


@dataclass(frozen=True)
class MorphScore:
    """
    How morphs agree with reference labels.

    Parameters
    ----------
    n_objects : int
        Objects with a reference label.
    n_sorted : int
        Those of them that are members of a morph.
    n_morphs, n_labels : int
        Morphs with at least one such member; different reference labels.
    share_sorted : float
        *n_sorted* / *n_objects*, 0 to 1; NaN without objects.
    purity : float
        Share of the sorted objects that have the majority label of their morph (micro average, 0 to 1).
    ami, ari : float
        Adjusted mutual information (arithmetic mean) and adjusted Rand index of the sorted objects: 1 is
        the same partition, 0 what chance gives.
    macro_f1, weighted_f1 : float
        Mean F1 of the labels, each label alike, or by its number of objects.
    morphs : DataFrame
        Index ``morph``; ``title``, ``size`` (labelled members), ``label`` (majority), ``n_labels``,
        ``precision`` (share of the members with that label), ``recall`` (share of that label's objects).
    labels : DataFrame
        Index ``label``; ``n``, ``n_sorted`` (in any morph), ``n_morphs`` (of which it is the majority),
        ``precision``, ``recall``, ``f1`` under the majority mapping.
    confusion : DataFrame, shape (n_morphs + 1, n_labels)
        Objects per morph title (rows, largest first; last row ``free``) and label (columns).
    """

    n_objects: int
    n_sorted: int
    n_morphs: int
    n_labels: int
    share_sorted: float
    purity: float
    ami: float
    ari: float
    macro_f1: float
    weighted_f1: float
    morphs: pd.DataFrame
    labels: pd.DataFrame
    confusion: pd.DataFrame


@dataclass(frozen=True)
class SeedScore:
    """
    How pure seeds are, and how many classes they find.

    Parameters
    ----------
    n_seeds : int
        Seeds with at least one labelled object.
    n_pure : int
        Seeds of purity >= *pure*, the excluded labels included.
    n_classes : int
        Different majority labels among the pure seeds, excluded labels left out.
    share_pure : float
        Share of all *n_objects* that lie in pure seeds, 0 to 1 (their wrong objects included).
    median_purity : float
        Median over seeds, 0 to 1; NaN without seeds.
    seeds : DataFrame
        One row per seed in the order given: ``size``, ``label`` (majority), ``purity``.
    """

    n_seeds: int
    n_pure: int
    n_classes: int
    share_pure: float
    median_purity: float
    seeds: pd.DataFrame


def score_morphs(
    assigned: ArrayLike, labels: ArrayLike, *, titles: Mapping[Hashable, str] | None = None
) -> MorphScore:
    """
    Score an assignment of objects to morphs against reference labels.

    Parameters
    ----------
    assigned : array, shape (n_objects,)
        Morph of each object (number or text); None, NaN or -1 where the object is free.
    labels : array, shape (n_objects,)
        Reference label of each object, in the same order; None, NaN or "" where there is none.
    titles : mapping of morph to str, optional
        Titles for the tables; morphs without one show their number. Morphs that share a title get their
        number added in the confusion matrix.

    Returns
    -------
    score : MorphScore
        Shares, agreement, and tables per morph, per label and of both.

    Raises
    ------
    ValueError
        If the two arrays differ in length.
    """
    table = _aligned(assigned, labels)
    is_sorted = table["morph"].notna()
    counts = pd.crosstab(table["morph"], table["label"]).astype(np.int64)
    n_per_label = table["label"].value_counts().sort_index()
    counts = counts.reindex(columns=n_per_label.index, fill_value=0)
    counts = counts.loc[counts.sum(axis=1).sort_values(ascending=False, kind="stable").index]
    morphs = _per_morph(counts, n_per_label, titles or {})
    per_label = _per_label(morphs, counts, n_per_label)
    ami, ari = _agreement(table.loc[is_sorted, "morph"], table.loc[is_sorted, "label"])
    n_sorted = int(is_sorted.sum())
    return MorphScore(
        n_objects=len(table),
        n_sorted=n_sorted,
        n_morphs=len(counts),
        n_labels=len(n_per_label),
        share_sorted=_ratio(n_sorted, len(table)),
        purity=_ratio(counts.to_numpy().max(axis=1, initial=0).sum(), n_sorted),
        ami=ami,
        ari=ari,
        macro_f1=float(per_label["f1"].mean()),
        weighted_f1=_ratio((per_label["f1"] * per_label["n"]).sum(), per_label["n"].sum()),
        morphs=morphs,
        labels=per_label,
        confusion=_confusion(counts, morphs, n_per_label),
    )


def score_seeds(
    labels_per_seed: Sequence[ArrayLike],
    n_objects: int,
    *,
    pure: float = PURE_SEED,
    exclude: Collection[str] = (),
) -> SeedScore:
    """
    Score seeds by the reference labels of their objects.

    Parameters
    ----------
    labels_per_seed : sequence of arrays
        For each seed the reference labels of its objects; None, NaN or "" where an object has none.
    n_objects : int
        All objects that could have been in a seed (labelled, in or out of seeds): the whole that
        ``share_pure`` is a share of.
    pure : float
        Purity from which a seed counts as pure, 0 to 1.
    exclude : collection of str
        Labels that are no class to be found, such as ``Unknown``. Their seeds keep their purity.

    Returns
    -------
    score : SeedScore
        Counts, shares, and a table of the seeds.

    Raises
    ------
    ValueError
        If the seeds hold more labelled objects than *n_objects*.

    Examples
    --------
    >>> score = score_seeds([["copepod"] * 4, ["copepod", "snow"]], n_objects=10)
    >>> score.n_classes, score.share_pure, score.median_purity
    (1, 0.4, 0.75)
    """
    rows = [row for row in map(_majority, labels_per_seed) if row[0] > 0]
    seeds = pd.DataFrame(rows, columns=["size", "label", "purity"])
    if seeds["size"].sum() > n_objects:
        message = (
            f"The seeds hold {seeds['size'].sum()} labelled objects, more than the {n_objects} there are."
        )
        raise ValueError(message)
    is_pure = seeds["purity"] >= pure
    found = set(seeds.loc[is_pure, "label"]) - set(exclude)
    return SeedScore(
        n_seeds=len(seeds),
        n_pure=int(is_pure.sum()),
        n_classes=len(found),
        share_pure=_ratio(seeds.loc[is_pure, "size"].sum(), n_objects),
        median_purity=float(seeds["purity"].median()) if len(seeds) else float("nan"),
        seeds=seeds,
    )


def mean_average_precision(
    indices: ArrayLike,
    labels: ArrayLike,
    k: Sequence[int] = (5, 10, 20),
    *,
    queries: ArrayLike | None = None,
) -> pd.DataFrame:
    """
    Mean average precision of neighbour lists, mAP@k.

    For a query with R other objects of its label, AP@k = sum over ranks j <= k of P(j) rel(j), divided by
    min(k, R): P(j) is the share of right objects among the first j, rel(j) whether the j-th is right
    (Manning et al. 2008, chapter 8, cut at rank k). A perfect list has 1 even where R < k.

    Parameters
    ----------
    indices : array of int, shape (n_queries, n_neighbours)
        Object numbers, nearest first; -1 where a list is shorter (counts as wrong).
    labels : array, shape (n_objects,)
        Reference labels of all objects; None, NaN or "" where there is none (never right).
    k : sequence of int
        Ranks to cut at, each at most n_neighbours.
    queries : array of int, shape (n_queries,), optional
        Object number of each query; otherwise row i is object i.

    Returns
    -------
    table : DataFrame
        ``k``, ``map`` (0 to 1; NaN without queries), ``n_queries`` (those with a label that at least one
        other object has; the rest cannot be scored).

    Raises
    ------
    ValueError
        If a list contains its own query, or *k* is larger than the lists are long.

    Examples
    --------
    >>> indices = [[1, 2], [0, 2], [1, 0]]
    >>> mean_average_precision(indices, ["a", "a", "b"], k=(1, 2))
       k  map  n_queries
    0  1  1.0          2
    1  2  1.0          2
    """
    neighbours = np.asarray(indices, dtype=np.int64)
    query = np.arange(len(neighbours)) if queries is None else np.asarray(queries, dtype=np.int64)
    if max(k, default=0) > neighbours.shape[1] or min(k, default=1) < 1:
        message = f"k must be between 1 and the {neighbours.shape[1]} neighbours of the lists, not {list(k)}."
        raise ValueError(message)
    if (neighbours == query[:, None]).any():
        message = "A list of neighbours contains its own query: leave the query out."
        raise ValueError(message)
    codes, _ = pd.factorize(_labels(labels))
    n_others = np.bincount(codes[codes >= 0], minlength=1)[codes[query]] - 1
    scored = (codes[query] >= 0) & (n_others > 0)
    neighbours, query, n_others = neighbours[scored], query[scored], n_others[scored]
    right = (codes[neighbours] == codes[query][:, None]) & (neighbours >= 0)
    ranks = np.arange(1, neighbours.shape[1] + 1)
    gained = np.cumsum(right * np.cumsum(right, axis=1) / ranks, axis=1)
    means = [_mean(gained[:, rank - 1] / np.minimum(rank, n_others)) for rank in k]
    return pd.DataFrame({"k": list(k), "map": means, "n_queries": len(query)})


def _aligned(assigned: ArrayLike, labels: ArrayLike) -> pd.DataFrame:
    """Labelled objects only: ``morph`` (None where free) and ``label``."""
    morph = pd.Series(assigned).reset_index(drop=True)
    if pd.api.types.is_float_dtype(morph):  # numbers that became floats because some are NaN
        morph = morph.astype("Int64")
    morph = morph.astype(object)
    label = _labels(labels)
    if len(morph) != len(label):
        message = f"There are {len(morph)} assigned morphs but {len(label)} reference labels."
        raise ValueError(message)
    morph = morph.where(morph.notna() & (morph != -1), None)
    return pd.DataFrame({"morph": morph, "label": label})[label.notna()]


def _labels(labels: ArrayLike) -> pd.Series:
    """Labels as text, None where there is none."""
    series = pd.Series(labels, dtype=object).reset_index(drop=True)
    is_given = series.notna() & (series.astype(str).str.strip() != "")
    return series.astype(str).where(is_given, None).astype(object)


def _majority(labels: ArrayLike) -> tuple[int, str | None, float]:
    """Count labelled objects; name their commonest label and its share."""
    counts = _labels(labels).value_counts().sort_index()
    if counts.empty:
        return 0, None, float("nan")
    return int(counts.sum()), str(counts.idxmax()), float(counts.max() / counts.sum())


def _per_morph(counts: pd.DataFrame, n_per_label: pd.Series, titles: Mapping[Hashable, str]) -> pd.DataFrame:
    """One row per morph: its majority label, how pure it is, how much of that label it holds."""
    size = counts.sum(axis=1)
    best = counts.to_numpy().argmax(axis=1) if len(counts) else np.zeros(0, dtype=np.int64)
    label = pd.Series(counts.columns.to_numpy()[best], index=counts.index, dtype=object)
    n_best = counts.max(axis=1)
    return pd.DataFrame(
        {
            "title": pd.Series(
                [titles.get(morph, str(morph)) for morph in counts.index], index=counts.index, dtype=object
            ),
            "size": size,
            "label": label,
            "n_labels": (counts > 0).sum(axis=1),
            "precision": n_best / size,
            "recall": n_best / label.map(n_per_label).astype(np.float64),
        }
    ).rename_axis("morph")


def _per_label(morphs: pd.DataFrame, counts: pd.DataFrame, n_per_label: pd.Series) -> pd.DataFrame:
    """One row per label: what the morphs that stand for it hold, together."""
    standing = morphs.groupby("label", sort=False)
    claimed = standing["size"].sum().reindex(n_per_label.index, fill_value=0)
    right = (morphs["size"] * morphs["precision"]).groupby(morphs["label"]).sum()
    right = right.reindex(n_per_label.index, fill_value=0).round()
    n = n_per_label.astype(np.int64)
    return pd.DataFrame(
        {
            "n": n,
            "n_sorted": counts.sum(axis=0).reindex(n.index, fill_value=0).astype(np.int64),
            "n_morphs": standing.size().reindex(n.index, fill_value=0).astype(np.int64),
            "precision": (right / claimed.where(claimed > 0)).fillna(0.0).astype(np.float64),
            "recall": (right / n).astype(np.float64),
            "f1": (2 * right / (claimed + n)).astype(np.float64),
        }
    ).rename_axis("label")


def _confusion(counts: pd.DataFrame, morphs: pd.DataFrame, n_per_label: pd.Series) -> pd.DataFrame:
    """Objects per morph title and label, free objects in the last row."""
    shared = morphs["title"].duplicated(keep=False) | (morphs["title"] == "free")
    rows = [
        f"{title} ({morph})" if is_shared else title
        for morph, title, is_shared in zip(morphs.index, morphs["title"], shared, strict=True)
    ]
    free = (n_per_label - counts.sum(axis=0)).to_frame("free").T
    confusion = pd.concat([counts.set_axis(pd.Index(rows, dtype=object), axis=0), free]).astype(np.int64)
    return confusion.rename_axis(index="morph", columns="label")


def _agreement(morphs: pd.Series, labels: pd.Series) -> tuple[float, float]:
    """AMI and ARI of two partitions of the same objects; NaN without objects."""
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

    if morphs.empty:
        return float("nan"), float("nan")
    # Numbers instead of names, so that morphs may be of any type.
    left, _ = pd.factorize(morphs)
    right, _ = pd.factorize(labels)
    with warnings.catch_warnings():
        # scikit-learn takes many small groups for a regression target; they are groups.
        warnings.filterwarnings("ignore", message="The number of unique classes", category=UserWarning)
        ami, ari = adjusted_mutual_info_score(right, left), adjusted_rand_score(right, left)
    return float(ami), float(ari)


def _mean(values: NDArray[np.float64]) -> float:
    """Mean, NaN (and no warning) where there is nothing."""
    return float(values.mean()) if len(values) else float("nan")


def _ratio(part: float, whole: float) -> float:
    """Share of a whole, NaN where the whole is nothing."""
    return float(part) / float(whole) if whole else float("nan")
