"""
Scores of a feature set against reference labels: what a view of the images could be good for.

Used by benchmarks, never while sorting. Images that belong together (one second, one sample) are never on both sides of
a comparison: those of a burst show one animal, and finding it again is no recognition.

References
----------
Ledoit, O. & Wolf, M. (2004). A well-conditioned estimator for large-dimensional covariance matrices. Journal of
    Multivariate Analysis 88, 365-411. (shrinkage of the linear discriminant analysis)
Vinh, N. X., Epps, J. & Bailey, J. (2010). Information theoretic measures for clusterings comparison. Journal of Machine
    Learning Research 11, 2837-2854. (AMI)
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from morphoexplore.methods.neighbours import nearest_neighbours

FOLDS, VOTERS, STATES = 5, 5, 5
Labels = NDArray[np.object_]


@dataclass(frozen=True)
class Recognition:
    """
    How well labels are told from vectors, in grouped cross-validation.

    Attributes
    ----------
    accuracy : float
        Share of objects that get their label, 0 to 1; NaN without objects.
    macro_f1 : float
        Mean F1 of the labels, each label alike.
    """

    accuracy: float
    macro_f1: float


def grouped_folds(
    labels: ArrayLike, groups: ArrayLike, *, folds: int = FOLDS, random_state: int = 0
) -> NDArray[np.int64]:
    """
    Deal objects to folds: those of a group into one, each label to all folds as far as the groups allow.

    Parameters
    ----------
    labels, groups : arrays, shape (n,)
        Label and group of each object.
    folds : int
        How many; fewer where there are fewer groups.

    Returns
    -------
    fold : array of int64, shape (n,)
        Fold of each object, from 0.

    Raises
    ------
    ValueError
        If all objects are of one group.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    _, label = np.unique(np.asarray(labels, dtype=np.str_), return_inverse=True)
    _, group = np.unique(np.asarray(groups, dtype=np.str_), return_inverse=True)
    n_folds = min(folds, int(group.max(initial=0)) + 1)
    if n_folds < 2:
        message = f"All {len(label)} objects are of one group, so none can be tested against others"
        raise ValueError(message)
    if (
        np.bincount(label).max() < n_folds
    ):  # every label is too rare to be dealt to all folds, which is refused
        label = np.zeros_like(label)
    fold = np.zeros(len(label), np.int64)
    splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=random_state)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")
        for number, (_, rows) in enumerate(splitter.split(label, label, group)):
            fold[rows] = number
    return fold


def recognise_by_neighbours(
    vectors: NDArray[np.float32], labels: ArrayLike, fold: NDArray[np.int64], *, voters: int = VOTERS
) -> Recognition:
    """
    Give each object the commonest label of its nearest objects of other folds.

    Parameters
    ----------
    vectors : array of float32, shape (n, d)
        Finite vectors; Euclidean distance counts.
    labels : array of str, shape (n,)
    fold : array of int, shape (n,)
        See `grouped_folds`.
    voters : int
        Nearest objects that vote. A tie goes to the label of the nearest of those that tie.

    Returns
    -------
    Recognition
    """

    def predict(known: NDArray[np.intp], asked: NDArray[np.intp]) -> Labels:
        found, _ = nearest_neighbours(vectors[known], voters, queries=vectors[asked])
        return np.array([_commonest(given[known[row]]) for row in found], dtype=object)

    given = np.asarray(labels, dtype=object)
    return _cross_validated(given, fold, predict)


def recognise_by_discriminants(
    vectors: NDArray[np.float32], labels: ArrayLike, fold: NDArray[np.int64]
) -> Recognition:
    """
    Tell labels by a linear discriminant analysis that has seen the labels of the other folds.

    It is what a linear view of these vectors could reach with every object named: the most to be hoped for from them
    without any labels.

    Parameters and result are those of `recognise_by_neighbours`; the covariance is shrunk as Ledoit and Wolf have it.
    """
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    def predict(known: NDArray[np.intp], asked: NDArray[np.intp]) -> Labels:
        if len(set(given[known])) < 2:
            return np.full(len(asked), given[known][0], dtype=object)
        model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
        with warnings.catch_warnings():
            warnings.filterwarnings(
                "ignore", message="The number of unique classes|Only one sample available"
            )
            model.fit(vectors[known].astype(np.float64), given[known].astype(np.str_))
        return np.asarray(model.predict(vectors[asked].astype(np.float64)), dtype=object)

    given = np.asarray(labels, dtype=object)
    return _cross_validated(given, fold, predict)


def cluster_agreement(vectors: NDArray[np.float32], labels: ArrayLike, *, states: int = STATES) -> float:
    """
    Compare k-means clusters, as many as there are labels, with the labels: adjusted mutual information.

    Parameters
    ----------
    vectors : array of float32, shape (n, d)
        Finite vectors.
    labels : array of str, shape (n,)
    states : int
        Random states of k-means that the mean is of.

    Returns
    -------
    ami : float
        Arithmetic mean of the states, 1 for the same partition, 0 for chance; NaN where there are fewer than two labels.
    """
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_mutual_info_score

    names, number = np.unique(np.asarray(labels, dtype=np.str_), return_inverse=True)
    if len(names) < 2:
        return float("nan")
    found = [
        adjusted_mutual_info_score(
            number, KMeans(len(names), n_init=1, random_state=state).fit_predict(vectors)
        )
        for state in range(states)
    ]
    return float(np.mean(found))


def _cross_validated(
    labels: Labels,
    fold: NDArray[np.int64],
    predict: Callable[[NDArray[np.intp], NDArray[np.intp]], Labels],
) -> Recognition:
    from sklearn.metrics import f1_score

    if not len(labels):
        return Recognition(float("nan"), float("nan"))
    predicted = np.empty(len(labels), dtype=object)
    for number in range(int(fold.max()) + 1):
        asked = np.flatnonzero(fold == number)
        predicted[asked] = predict(np.flatnonzero(fold != number), asked)
    given, told = labels.astype(np.str_), predicted.astype(np.str_)
    macro = f1_score(given, told, labels=np.unique(given), average="macro", zero_division=0)
    return Recognition(float((given == told).mean()), float(macro))


def _commonest(labels: Labels) -> str:
    """Return the commonest of labels that come nearest first."""
    counts: dict[str, int] = {}
    for label in labels:
        counts[label] = counts.get(label, 0) + 1
    return max(counts, key=lambda label: counts[label])  # the first of those that tie, which is the nearest
