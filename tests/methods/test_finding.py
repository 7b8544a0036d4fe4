"""A border is found with few looks, and rulers measure the whole ranking."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from morphoexplore.methods.finding import Ruler, after_row, draw_rows, even_ruler, first_ruler, jump


@given(st.integers(1, 30_000), st.integers(0, 10_000))
def test_strata_follow_each_other_from_the_first_rank_on(candidates, nearer):
    edges = first_ruler(candidates, nearer).edges
    assert edges[0] == 0
    assert edges[-1] <= candidates
    assert all(later - former >= min(10, candidates) for former, later in pairwise(edges))


@given(st.integers(1, 30_000), st.integers(0, 5000), st.data())
def test_every_answer_of_a_ruler_leads_to_a_cut_between_its_neighbours(candidates, nearer, data):
    ruler = first_ruler(candidates, nearer)
    row = data.draw(st.integers(0, len(ruler) - 1))
    cut = after_row(ruler, row)
    if isinstance(cut, Ruler):
        assert cut.is_last
        cut = after_row(cut, data.draw(st.none() | st.integers(0, len(cut) - 1)))
    assert isinstance(cut, int)
    assert ruler.edges[row] <= cut <= ruler.edges[min(row + 2, len(ruler))]


def test_no_good_row_means_no_cut():
    assert after_row(first_ruler(1000, 100), None) == 0
    assert after_row(even_ruler(200, 400), None) == 200


def test_rows_show_what_may_be_shown_and_nothing_else():
    ruler = even_ruler(0, 100)
    ranks = np.arange(0, 100, 3)
    rows = draw_rows(ruler, ranks, np.random.default_rng(1))
    assert len(rows) == len(ruler)
    assert set(np.concatenate(rows)) <= set(ranks)
    for row, first, last in zip(rows, ruler.edges[:-1], ruler.edges[1:], strict=True):
        assert ((row >= first) & (row < last)).all()


@pytest.mark.parametrize(
    ("turning", "looks"),
    [
        (0, 1),
        (1, 2),
        (3, 4),
        (10, 8),
        (20, 10),
        (50, 13),
        (100, 15),
        (500, 18),
        (1000, 19),
        (1999, 22),
        (2000, 12),
    ],
)
def test_gallop_and_bisection_need_as_many_looks_as_in_morphocluster(turning, looks):
    answers: list[bool] = []
    while not (at := jump(2000, answers)).is_done:
        answers.append(at.page < turning)
    assert (len(answers), at.good) == (looks, turning)
