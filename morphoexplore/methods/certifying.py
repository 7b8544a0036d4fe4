"""
How sure a sample makes: bounds on the wrong objects of a set, and when to go on, to accept or to give way.

A set is frozen before the first image of the sample is drawn, and the sample is drawn without replacement. So the number
of wrong ones in it is hypergeometric, whatever chose the set. Looks are tested after 1, 2, 4, 8 and 16 pages, and a
set that fails may be followed by a smaller one; both are paid for with shares of the error probability.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

CONFIDENCE = 0.95
PAGE = 100  # images of a sample shown at once
SHARES = (0.6, 0.25, 0.15)  # of the error probability, for the first, second and third set
TESTED_AFTER = (1, 2, 4, 8, 16)  # pages
LARGE = 2000  # objects from which a set is worth more pages
OBJECTS_PER_PAGE = 150  # a set is worth one page of looks for so many objects
FEWEST_PAGES, MOST_PAGES = 3, 16
SMALLEST = 30  # objects below which a set that fails is not made smaller


def most_wrong(total: int, looked: int, wrong: int, alpha: float) -> int:
    """
    Return how many objects of a set may be wrong: an upper bound, from a random sample without replacement.

    It is the largest number for which so few wrong ones in the sample still have a probability above *alpha*
    (the exact hypergeometric bound; Buonaccorsi 1987, American Statistician 41:215).

    Parameters
    ----------
    total : int
        Objects of the set.
    looked, wrong : int
        Those of the sample, and those of it that are wrong.
    alpha : float
        Probability that the bound is too low.

    Returns
    -------
    most : int
        From *wrong* to ``total - looked + wrong``.

    Examples
    --------
    >>> most_wrong(1000, 100, 0, 0.05)
    28
    >>> most_wrong(100, 100, 3, 0.05)
    3
    """
    from scipy.stats import hypergeom

    low, high = wrong, total - looked + wrong  # low is possible, above high nothing is
    while low < high:
        middle = (low + high + 1) // 2
        if hypergeom.cdf(wrong, total, middle, looked) > alpha:
            low = middle
        else:
            high = middle - 1
    return low


@dataclass(frozen=True)
class Tally:
    """
    What is known of a frozen set.

    Attributes
    ----------
    total : int
        Objects of the set when it was frozen.
    looked : int
        Those of the random sample so far.
    wrong : int
        Those of the sample that are wrong.
    removed : int
        Of *wrong*, those that were named and taken out.
    settled : int
        Those of the sample that were named, wrong or right; of the others only their number is known.
    pages : int
        On which the sample was shown.
    gone : int
        Objects that left the set otherwise since; nothing is said of them.
    """

    total: int
    looked: int = 0
    wrong: int = 0
    removed: int = 0
    settled: int = 0
    pages: int = 0
    gone: int = 0

    @property
    def unseen(self) -> int:
        """Objects that are not settled one by one: those that a bound speaks of."""
        return self.total - self.settled - self.gone

    def most_wrong_unseen(self, alpha: float) -> int:
        """Return how many of the unseen may be wrong."""
        return min(most_wrong(self.total, self.looked, self.wrong, alpha) - self.removed, self.unseen)

    def bound(self, alpha: float) -> float:
        """Return the share of the unseen that is right at least; 1 where nothing is unseen."""
        return 1 - self.most_wrong_unseen(alpha) / self.unseen if self.unseen else 1.0

    def precision(self, alpha: float) -> float:
        """Return the share of right ones, at least, among all that would be accepted: the unseen and those seen right."""
        kept = self.total - self.removed - self.gone
        return 1 - self.most_wrong_unseen(alpha) / kept if kept else 1.0


def alpha_of_test(attempt: int, pages: int, confidence: float = CONFIDENCE) -> float:
    """
    Return the error probability that the test after some pages may spend: half of what is left each time.

    Parameters
    ----------
    attempt : int
        0 for the first set of a survey, then 1, 2.
    pages : int
        Pages looked at; the next test that was due counts.
    """
    tests = 1 + sum(one < pages for one in TESTED_AFTER)
    return float((1 - confidence) * SHARES[attempt] / 2**tests)


def alpha_of_audit(pages: int, confidence: float = CONFIDENCE) -> float:
    """Return the error probability that the statement after some pages of an audit may spend: half of what is left."""
    return float((1 - confidence) / 2 ** (1 + sum(one < pages for one in TESTED_AFTER)))


def pages_at_most(total: int) -> int:
    """Return how many pages a set is worth."""
    return int(np.clip(total // OBJECTS_PER_PAGE, FEWEST_PAGES, MOST_PAGES))


class Verdict(Enum):
    """What follows from a page."""

    CERTIFIED = "certified"
    NEXT_PAGE = "next page"
    SHRINK = "shrink"


def judge(tally: Tally, *, attempt: int, target: float, are_many: bool = False) -> Verdict:
    """
    Say what follows from the looks so far: the set is accepted, another page can help, or it is too large.

    Parameters
    ----------
    target : float
        Precision that is to be certified.
    are_many : bool
        Whether the person saw at once that many are wrong.
    """
    if are_many:
        return Verdict.SHRINK
    is_all = tally.looked + tally.gone >= tally.total
    is_last = tally.pages >= pages_at_most(tally.total)
    if tally.pages in TESTED_AFTER or is_last or is_all:
        alpha = alpha_of_test(attempt, tally.pages)
        if tally.precision(alpha) >= target:
            return Verdict.CERTIFIED
    if is_all or is_last or _is_hopeless(tally, target):
        return Verdict.SHRINK
    return Verdict.NEXT_PAGE


def _is_hopeless(tally: Tally, target: float) -> bool:
    """Tell whether so many are wrong that more pages will hardly certify the set."""
    allowed = 1 - target
    share = (tally.wrong + 0.5) / (tally.looked + 1)
    is_large = tally.total >= LARGE
    if share <= (0.95 if is_large else 0.75) * allowed:
        return False
    return tally.looked >= 2 * PAGE or tally.wrong >= (9 if is_large else 3) or share > 2 * allowed
