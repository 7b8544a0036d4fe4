"""A bound holds as often as it says, and a set is accepted only where it is precise enough."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from morphoexplore.methods.certifying import (
    CONFIDENCE,
    MOST_PAGES,
    PAGE,
    SHARES,
    TESTED_AFTER,
    Tally,
    Verdict,
    alpha_of_audit,
    alpha_of_test,
    judge,
    most_wrong,
    pages_at_most,
)


@given(st.integers(1, 60), st.data())
def test_the_bound_is_too_low_at_most_as_often_as_allowed(total, data):
    looked = data.draw(st.integers(0, total))
    truly = data.draw(st.integers(0, total))
    alpha = data.draw(st.sampled_from([0.01, 0.05, 0.2]))
    too_low = sum(
        hypergeom.pmf(wrong, total, truly, looked)
        for wrong in range(max(0, truly - (total - looked)), min(truly, looked) + 1)
        if most_wrong(total, looked, wrong, alpha) < truly
    )
    assert too_low <= alpha + 1e-12


@given(st.integers(1, 300), st.data())
def test_the_bound_lies_between_what_was_seen_and_what_is_possible(total, data):
    looked = data.draw(st.integers(0, total))
    wrong = data.draw(st.integers(0, looked))
    most = most_wrong(total, looked, wrong, 0.05)
    assert wrong <= most <= total - looked + wrong
    if looked == total:
        assert most == wrong


def test_known_values_of_the_bound():
    # growth.md, section 4: clean images needed for precision .95 at alpha .05 with 0, 1, 2 wrong ones found and removed
    for total, needed in (
        (100, (39, 58, 65)),
        (200, (47, 72, 87)),
        (500, (54, 84, 106)),
        (20_000, (59, 93, 124)),
    ):
        for wrong, looks in enumerate(needed):
            sure = [
                Tally(total, looked, wrong, wrong, looked, 1).precision(0.05) >= 0.95
                for looked in (looks - 8, looks + 8)
            ]
            assert sure == [False, True], (total, wrong)


def test_what_tests_and_attempts_may_spend_sums_up_to_the_error_allowed():
    spent = sum(alpha_of_test(attempt, pages) for attempt in range(len(SHARES)) for pages in TESTED_AFTER)
    assert 0 < spent <= 1 - CONFIDENCE
    # Every page of an audit makes a statement; between two tests nothing new is spent.
    assert sum(alpha_of_audit(pages) for pages in TESTED_AFTER) <= 1 - CONFIDENCE


def test_a_set_is_certified_by_a_clean_page_and_not_by_a_bad_one():
    assert judge(Tally(1000, 100, 0, 0, 100, 1), attempt=0, target=0.95) is Verdict.CERTIFIED
    assert judge(Tally(1000, 100, 20, 20, 100, 1), attempt=0, target=0.95) is Verdict.SHRINK
    assert judge(Tally(5000, 100, 1, 1, 100, 1), attempt=0, target=0.95) is Verdict.NEXT_PAGE
    assert judge(Tally(1000, 100, 0, 0, 100, 1), attempt=0, target=0.95, are_many=True) is Verdict.SHRINK


def test_a_set_that_was_looked_at_as_a_whole_is_exact():
    assert judge(Tally(60, 60, 3, 0, 0, 1), attempt=0, target=0.95) is Verdict.CERTIFIED
    assert judge(Tally(60, 60, 4, 0, 0, 1), attempt=0, target=0.95) is Verdict.SHRINK
    assert judge(Tally(60, 60, 4, 4, 60, 1), attempt=0, target=0.95) is Verdict.CERTIFIED  # taken out


def test_the_last_page_that_a_set_is_worth_is_tested_too():
    last = Tally(450, 300, 7, 0, 0, 3)
    assert pages_at_most(450) == 3
    assert 3 not in TESTED_AFTER
    assert last.precision(alpha_of_test(0, 3)) > 0.95
    assert judge(last, attempt=0, target=0.95) is Verdict.CERTIFIED
    assert judge(Tally(450, 300, 9, 0, 0, 3), attempt=0, target=0.95) is Verdict.SHRINK
    # What is spent on it and on the tests before it is no more than is allowed.
    assert sum(alpha_of_test(0, pages) for pages in (1, 2, 3)) <= SHARES[0] * (1 - CONFIDENCE)


@pytest.mark.parametrize("total", [150, 1500, 40_000])
def test_a_survey_of_a_set_comes_to_an_end(total):
    assert 1 <= pages_at_most(total) <= MOST_PAGES
    last = Tally(total, pages_at_most(total) * PAGE, 4, 4, 0, pages_at_most(total))
    assert judge(last, attempt=2, target=0.999) is not Verdict.NEXT_PAGE


def test_certified_bounds_hold_whatever_the_set():
    rng = np.random.default_rng(5)
    held = []
    for _ in range(600):
        total, share = int(rng.integers(120, 4000)), rng.uniform(0, 0.1)
        wrong = rng.permutation(np.arange(total) < share * total)
        tally = Tally(total)
        while True:
            page = wrong[tally.looked : tally.looked + PAGE]
            tally = Tally(
                total, tally.looked + len(page), tally.wrong + int(page.sum()), 0, 0, tally.pages + 1
            )
            verdict = judge(tally, attempt=0, target=0.95)
            if verdict is not Verdict.NEXT_PAGE:
                break
        if verdict is Verdict.CERTIFIED:
            held.append(1 - wrong.mean() >= tally.bound(alpha_of_test(0, tally.pages)))
    assert len(held) > 50
    assert np.mean(held) >= 0.95
