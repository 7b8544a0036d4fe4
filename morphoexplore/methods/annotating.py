"""How a person who knows forms answers to what is shown, and how right the outcome is; for simulations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

NOTHING = -1  # label of what is nothing to be sorted
SLACK = 0.06  # below the rule: the share of right ones from which more of a row is worth having
MOST_LABELS = 3  # labels of a row that are tried


@dataclass(frozen=True)
class RowAnswer:
    """
    How far a row of images is good.

    Attributes
    ----------
    cut : int or None
        Place of the last good image, None where the row is refused.
    label : int
        What the row is up to there.
    wrong : tuple of int
        Places up to there that are wrong.
    """

    cut: int | None
    label: int = NOTHING
    wrong: tuple[int, ...] = ()


def answer_row(
    labels: np.ndarray,
    *,
    rule: float,
    is_whole: bool = False,
    missed: np.ndarray | None = None,
    alarmed: np.ndarray | None = None,
) -> RowAnswer:
    """
    Answer to a row of images as a person who wants a share of them to be right.

    Up to the last good image, (right + 1/2) / (shown + 1) must be the rule or more: of a few images all must be right,
    and of very few that is not enough. Where the whole group is shown it is the plain share.

    Parameters
    ----------
    labels : array of int, shape (n,)
        What the images are, `NOTHING` for what is nothing to be sorted.
    rule : float
        Least share.
    is_whole : bool
        The row shows all there is.
    missed, alarmed : array of bool, shape (n,), optional
        Images that are taken for right if they are wrong, and for wrong if they are right.

    Examples
    --------
    >>> answer_row(np.array([3, 3, 5, 3, 3, 3, 3, 3, 3, 3, 5, 5]), rule=0.85)
    RowAnswer(cut=9, label=3, wrong=(2,))
    >>> answer_row(np.array([3, 3, 5]), rule=0.85).cut is None
    True
    """
    found, counts = np.unique(labels[labels != NOTHING], return_counts=True)
    best = RowAnswer(None)
    for label in found[np.argsort(-counts, kind="stable")][:MOST_LABELS].tolist():
        right = labels == label
        if missed is not None and alarmed is not None:
            right = np.where(right, ~alarmed, missed)
        cut = last_good(right, rule, is_whole=is_whole)
        if cut is not None and (best.cut is None or cut > best.cut):
            best = RowAnswer(cut, label, tuple(np.flatnonzero(~right[: cut + 1]).tolist()))
    return best


def clicks_on_page(cuts: Sequence[int | None], lengths: Sequence[int]) -> int:
    """
    Return what it takes to say how far each row of a page is good: a click on each, or one key for all and a click on the others.

    Parameters
    ----------
    cuts : sequence of int or None
        Place of the last good image of each row, None where it is refused.
    lengths : sequence of int
        Images of each row.

    Examples
    --------
    >>> clicks_on_page([11, 11, 4, 11, None, 11], [12] * 6)  # a key, a cut, a refusal
    3
    >>> clicks_on_page([11, None, None], [12] * 3)
    1
    """
    accepted = sum(cut is not None for cut in cuts)
    changed = sum(cut is None or cut + 1 < length for cut, length in zip(cuts, lengths, strict=True))
    return min(accepted, 1 + changed)


class Eyes:
    """
    How a person takes images for right or wrong who errs now and then.

    Parameters
    ----------
    error : float
        Share of images that are taken for what they are not, either way.
    miss : float
        Share of the wrong ones that are overlooked, besides.
    alarm : float
        Share of the right ones that are taken for wrong, besides.
    rng : Generator
        Draws the errors; nothing is drawn for a person who makes none.
    """

    def __init__(self, error: float, miss: float, alarm: float, rng: np.random.Generator) -> None:
        self._miss, self._alarm = 1 - (1 - error) * (1 - miss), 1 - (1 - error) * (1 - alarm)
        self._rng = rng

    @property
    def are_wary(self) -> bool:
        """Whether right images are taken for wrong, so that what looks wrong is worth a second look."""
        return self._alarm > 0

    def see(self, right: np.ndarray) -> np.ndarray:
        """Return which images are taken for right, of which *right* really are."""
        if not self._miss and not self._alarm:
            return right
        draw = self._rng.random(len(right))
        return np.where(right, draw >= self._alarm, draw < self._miss)

    def see_twice(self, right: np.ndarray) -> np.ndarray:
        """Return the same where what looks wrong gets a second look."""
        seen = self.see(right)
        return seen | self.see(right) if self.are_wary else seen

    def slips(self, images: int) -> tuple[np.ndarray, np.ndarray] | tuple[None, None]:
        """Return where wrong images of a row would be overlooked, and where right ones be taken for wrong, twice."""
        if not self._miss and not self._alarm:
            return None, None
        missed, first, again = self._rng.random((3, images))
        return missed < self._miss, (first < self._alarm) & (again < self._alarm)


def last_good(right: np.ndarray, rule: float, *, is_whole: bool = False) -> int | None:
    """
    Return the place of the last image that is good: where the row goes bad at last, None if it is bad from the start.

    Up to there the share of right ones is the rule or more; and more of the row would be worth less: its share is below the
    rule by .06 and more. Without the second, a long row that slowly goes bad would be cut where luck holds out longest.

    Parameters
    ----------
    right : array of bool, shape (n,)
        Which images are right.
    rule : float
        Least share; shrunk towards a half by one image unless the row is all there is.
    is_whole : bool
        The row shows all there is.

    Examples
    --------
    >>> good, mixed = np.ones(20, bool), np.arange(40) % 5 > 0  # then one of five is wrong
    >>> last_good(np.concatenate([good, mixed]), 0.9)
    19
    """
    if not len(right):
        return None
    shown = np.arange(1, len(right) + 1)
    count = np.cumsum(right)
    share = count / shown if is_whole else (count + 0.5) / (shown + 1)
    gain = count - (rule - SLACK) * shown
    good = np.flatnonzero(right & (share >= rule) & (shown <= gain.argmax() + 1))
    return int(good[-1]) if len(good) else None


def last_stratum(shares: np.ndarray, good: float) -> int | None:
    """
    Return the last good row of a ruler: up to it the most rows are good, against those that are not; None without any.

    Parameters
    ----------
    shares : array of float, shape (n,)
        Share of right images in each row.
    good : float
        Share from which a row is good.

    Examples
    --------
    >>> last_stratum(np.array([1.0, 0.9, 0.5, 0.9, 0.1]), 0.75)
    1
    """
    gain = np.cumsum(shares - good)
    best = int(gain.argmax()) if len(gain) else 0
    return best if len(gain) and gain[best] > 0 else None


@dataclass(frozen=True)
class Outcome:
    """
    How right morphs are.

    Attributes
    ----------
    sorted : int
        Objects in morphs.
    right : int
        Of those, objects whose label is that of most in their morph.
    precision : float
        Their share, NaN before anything is sorted.
    recall : float
        Share of right ones among all objects that have a label.
    macro_recall : float
        Mean over labels of the same share.
    """

    sorted: int
    right: int
    precision: float
    recall: float
    macro_recall: float


def score_outcome(node: np.ndarray, labels: np.ndarray) -> Outcome:
    """
    Compare morphs with labels.

    Parameters
    ----------
    node : array of int, shape (n,)
        Morph of every object, -1 where it is free.
    labels : array of int, shape (n,)
        Label of every object, `NOTHING` for what is nothing to be sorted: in a morph it is wrong, outside it is right.

    Examples
    --------
    >>> score_outcome(np.array([1, 1, 1, -1, -1]), np.array([0, 0, 1, 0, 1])).precision.__round__(2)
    0.67
    """
    of_label = np.bincount(labels[labels >= 0])
    members = np.flatnonzero(node >= 0)
    right = right_members(node, labels)
    found = np.bincount(labels[right], minlength=len(of_label))
    is_label = of_label > 0
    return Outcome(
        len(members),
        len(right),
        len(right) / len(members) if len(members) else float("nan"),
        len(right) / max(1, int(of_label.sum())),
        float((found[is_label] / of_label[is_label]).mean()) if is_label.any() else float("nan"),
    )


def right_members(node: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the members whose label is that of most in their morph; of a morph that is mostly nothing, none."""
    members = np.flatnonzero(node >= 0)
    if not len(members):
        return members
    width = int(labels.max()) + 2
    keys = node[members].astype(np.int64) * width + labels[members] + 1
    pairs, place, counts = np.unique(keys, return_inverse=True, return_counts=True)
    morphs, of_pair = np.unique(pairs // width, return_inverse=True)
    order = np.lexsort((pairs, -counts, of_pair))
    is_best = np.zeros(len(pairs), dtype=bool)
    is_best[order[np.searchsorted(of_pair[order], np.arange(len(morphs)))]] = True
    is_best &= pairs % width > 0
    return members[is_best[place]]
