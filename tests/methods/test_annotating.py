"""How the simulated annotator answers to a row, and how its morphs are scored."""

from __future__ import annotations

import numpy as np
import pytest

from morphoexplore.methods.annotating import (
    NOTHING,
    Eyes,
    RowAnswer,
    answer_row,
    last_good,
    last_stratum,
    right_members,
    score_outcome,
)


def test_a_pure_row_is_accepted_to_its_end() -> None:
    assert answer_row(np.full(12, 4), rule=0.9) == RowAnswer(11, 4)


def test_a_row_is_cut_at_its_last_good_image() -> None:
    assert answer_row(np.array([2] * 10 + [5, 5, 6]), rule=0.9) == RowAnswer(9, 2)
    assert answer_row(np.array([2] * 10 + [5, 2, 2]), rule=0.9).wrong == ()
    assert answer_row(np.array([2, 2, 5] + [2] * 10), rule=0.85) == RowAnswer(12, 2, (2,))


def test_a_long_row_is_cut_where_it_goes_bad_not_where_luck_ends() -> None:
    row = np.concatenate(
        [np.full(24, 2), np.tile([2, 2, 2, 2, 2, 5, 2], 6)]
    )  # from there on a seventh is wrong
    assert answer_row(row, rule=0.93).cut == 28
    assert answer_row(row[:29], rule=0.93).cut == 28


def test_few_images_are_not_enough_unless_they_are_all_there_is() -> None:
    right = np.ones(4, dtype=bool)
    assert last_good(right, 0.93) is None
    assert last_good(right, 0.93, is_whole=True) == 3
    assert last_good(np.ones(7, dtype=bool), 0.93) == 6


def test_what_is_nothing_to_be_sorted_makes_no_row_good() -> None:
    assert answer_row(np.full(12, NOTHING), rule=0.9).cut is None
    assert answer_row(np.array([NOTHING, 3, 3, NOTHING]), rule=0.9, is_whole=True).cut is None


def test_the_label_that_reaches_furthest_counts() -> None:
    labels = np.array([1] * 9 + [2] * 20)
    assert answer_row(labels, rule=0.9) == RowAnswer(8, 1)


def test_errors_turn_judgements_round() -> None:
    none, some = np.zeros(12, dtype=bool), np.arange(12) < 3
    assert answer_row(np.full(12, 4), rule=0.9, missed=none, alarmed=some).cut is None
    mixed = np.where(some, 5, 4)
    assert answer_row(mixed, rule=0.9).cut is None
    assert answer_row(mixed, rule=0.9, missed=some, alarmed=none) == RowAnswer(11, 4)


def eyes(**errors: float) -> Eyes:
    rates = {"error": 0.0, "miss": 0.0, "alarm": 0.0} | errors
    return Eyes(**rates, rng=np.random.default_rng(3))


@pytest.mark.parametrize(
    ("errors", "missed", "alarmed"),
    [
        ({"error": 0.05}, 0.05, 0.05),
        ({"miss": 0.2}, 0.2, 0.0),
        ({"alarm": 0.2}, 0.0, 0.2),
        ({"error": 0.05, "miss": 0.2}, 0.24, 0.05),
    ],
)
def test_who_errs_overlooks_wrong_ones_and_takes_right_ones_for_wrong(
    errors: dict[str, float], missed: float, alarmed: float
) -> None:
    right = np.arange(40_000) < 20_000
    seen = eyes(**errors).see(right)
    assert seen[~right].mean() == pytest.approx(missed, abs=0.01)
    assert (~seen[right]).mean() == pytest.approx(alarmed, abs=0.01)


def test_a_second_look_is_for_what_looks_wrong() -> None:
    right = np.arange(40_000) < 20_000
    seen = eyes(alarm=0.2).see_twice(right)
    assert (~seen[right]).mean() == pytest.approx(0.04, abs=0.01)
    # Nobody who never takes a right one for wrong looks twice, and misses no more by it.
    assert eyes(miss=0.2).see_twice(right)[~right].mean() == pytest.approx(0.2, abs=0.01)
    missed, alarmed = eyes(miss=0.3, alarm=0.2).slips(40_000)
    assert missed is not None
    assert alarmed is not None
    assert (missed.mean(), alarmed.mean()) == pytest.approx((0.3, 0.04), abs=0.01)


def test_who_makes_no_error_draws_nothing() -> None:
    rng = np.random.default_rng(3)
    sure = Eyes(0, 0, 0, rng)
    right = np.array([True, False])
    assert sure.see_twice(right).tolist() == [True, False]
    assert sure.slips(2) == (None, None)
    assert rng.random() == np.random.default_rng(3).random()


def test_right_is_the_label_of_most_in_a_morph() -> None:
    node = np.array([1, 1, 1, 2, 2, 2, -1])
    labels = np.array([0, 0, 1, NOTHING, NOTHING, 1, 1])
    assert right_members(node, labels).tolist() == [0, 1]  # a morph of nothing has nothing right
    outcome = score_outcome(node, labels)
    assert (outcome.sorted, outcome.right) == (6, 2)
    assert outcome.precision == pytest.approx(1 / 3)
    assert outcome.recall == pytest.approx(2 / 5)
    assert outcome.macro_recall == pytest.approx((1 + 0) / 2)


def test_before_anything_is_sorted_there_is_no_precision() -> None:
    outcome = score_outcome(np.full(3, -1), np.array([0, 0, 1]))
    assert np.isnan(outcome.precision)
    assert (outcome.sorted, outcome.recall) == (0, 0)


def test_the_ruler_ends_where_more_is_wrong_than_right() -> None:
    assert last_stratum(np.array([1.0, 1.0, 0.8, 0.2, 1.0]), 0.75) == 2
    assert last_stratum(np.array([0.5, 0.9]), 0.75) is None
    assert last_stratum(np.array([]), 0.75) is None
