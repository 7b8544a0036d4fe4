"""Pages of strips: which seeds, and which images stand for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from morphoexplore import review
from morphoexplore.review.strips import Past, best_rate, row_length, strata, waiting
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project
from morphoexplore.store.seeds import SeedIndex
from tests.made import add_objects, add_round, make_project

# Seeds 1, 2, 3, 4 hold the objects 0-7, 8-13, 14-18, 19-22, the lower the more typical.


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Seeds of 100, 200, 700, 2500 and 30 objects."""
    return make_project(tmp_path_factory.mktemp("large") / "project", sizes=(100, 200, 700, 2500, 30), free=5)


def test_small_seeds_show_all_they_have_in_order_of_review(made_project: Project) -> None:
    page = review.strip_page(made_project)
    assert [row.seed_id for row in page.rows] == [1, 2, 3, 4]
    assert page.rows[1].objects == (8, 9, 10, 11, 12, 13)
    assert page.rows[1].ranks == (1, 2, 3, 4, 5, 6)
    assert (page.rows[1].size, page.rows[1].round, page.rows[1].density) == (6, 1, 1.0)
    assert (page.version, page.pending, page.spent, page.judged, page.round) == (0, 4, 0, 0, 1)


@pytest.mark.parametrize(
    ("size", "length"),
    [
        (1, 1),
        (12, 12),
        (13, 12),
        (150, 12),
        (151, 24),
        (600, 24),
        (601, 48),
        (2400, 48),
        (2401, 96),
        (99999, 96),
    ],
)
def test_larger_seeds_have_longer_rows(size: int, length: int) -> None:
    assert row_length(size) == length


def test_one_image_is_drawn_of_each_equal_stratum_and_the_last_stands_for_the_tail(large: Project) -> None:
    row = review.strip_page(large).rows[0]
    assert len(row.objects) == 12
    assert row.ranks[-1] == row.size == 100
    assert [rank - 1 for rank in row.ranks[:-1]] == list(row.objects[:-1])  # in this project object = place
    edges = [step * 100 // 12 for step in range(13)]
    assert all(
        first <= place < stop for first, place, stop in zip(edges[:-1], row.objects, edges[1:], strict=True)
    )


def test_strata_reach_every_place() -> None:
    rng = np.random.default_rng(0)
    drawn = {place for _ in range(400) for place in strata(30, 12, rng)[0]}
    assert drawn == set(range(30))


def test_the_same_page_shows_the_same_images_and_another_state_others(large: Project) -> None:
    assert review.strip_page(large) == review.strip_page(large)
    assert (
        review.strip_page(large).rows[0].objects != review.strip_page(large, random_state=1).rows[0].objects
    )


def test_rows_fill_a_page_in_order_and_a_long_row_has_a_page_of_its_own(large: Project) -> None:
    pages = []
    after = 0
    while (page := review.strip_page(large, after=after)).rows:
        pages.append([(row.seed_id, len(row.objects)) for row in page.rows])
        after = page.rows[-1].seed_id
    assert pages == [[(1, 12), (2, 24), (3, 48)], [(4, 96)], [(5, 12)]]
    assert [len(row.objects) for row in review.strip_page(large, images=10).rows] == [12]


def test_only_free_objects_are_shown_and_ranked(made_project: Project) -> None:
    node = review.confirm(made_project, 1)
    review.move(made_project, [8, 13], node)
    row = review.strip_page(made_project).rows[0]
    assert (row.seed_id, row.objects, row.ranks, row.size) == (2, (9, 10, 11, 12), (1, 2, 3, 4), 4)


def test_a_seed_of_which_nothing_is_free_is_left_out_and_counted(made_project: Project) -> None:
    node = review.make_morph(made_project)
    review.move(made_project, range(8), node)
    page = review.strip_page(made_project)
    assert [row.seed_id for row in page.rows] == [2, 3, 4]
    assert (page.pending, page.spent, page.judged) == (3, 1, 0)
    review.move(made_project, range(8, 23), node)
    page = review.strip_page(made_project)
    assert (page.rows, page.pending, page.spent) == ((), 0, 4)


def test_it_counts_what_is_judged_of_the_round(made_project: Project) -> None:
    review.confirm(made_project, 1)
    review.discard(made_project, 2)
    assert review.strip_page(made_project).judged == 2
    add_round(made_project, np.repeat([-1, 0], [23, 7]))
    page = review.strip_page(made_project)
    assert ([row.seed_id for row in page.rows], page.judged, page.round) == ([5], 0, 2)
    review.undo(made_project)  # seed 2 of the first round is pending again
    page = review.strip_page(made_project)
    assert ([row.seed_id for row in page.rows], page.judged, page.round) == ([2, 5], 1, 1)


def test_what_a_server_keeps_gives_the_same_page(made_project: Project) -> None:
    kept, index = Membership(made_project), SeedIndex(made_project)
    review.confirm(made_project, 1)
    kept.refresh()
    assert review.strip_page(made_project, membership=kept, index=index) == review.strip_page(made_project)
    assert waiting(made_project, kept.node, index) == waiting(
        made_project, kept.node, SeedIndex(made_project)
    )


def test_a_project_without_seeds_has_an_empty_page(empty_project: Project) -> None:
    page = review.strip_page(empty_project)
    assert (page.rows, page.pending, page.round) == ((), 0, 0)


def test_objects_added_after_the_round_are_no_matter(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    add_objects(project, 5)
    assert len(review.strip_page(project).rows) == 4


@pytest.fixture
def learned(tmp_path: Path) -> Project:
    """Forty seeds, in turn of 40 objects and of 6; of the first 24 the large ones were accepted."""
    project = make_project(tmp_path / "project", sizes=(40, 6) * 20)
    for seed_id in range(1, 25):
        if seed_id % 2:
            review.confirm(project, seed_id)
        else:
            review.discard(project, seed_id)
    return project


def test_once_12_seeds_are_judged_the_likely_and_large_come_first(learned: Project) -> None:
    page = review.strip_page(learned)
    assert [row.seed_id for row in page.rows] == list(range(25, 40, 2))
    assert page.expected == pytest.approx(8 * 40, rel=0.2)
    assert page.is_worth_it
    behind = review.strip_page(learned, after=page.rows[-1].seed_id)
    assert sorted(row.seed_id for row in behind.rows) == list(range(26, 41, 2))
    for _ in range(12):
        review.undo(learned)
    assert review.strip_page(learned).expected is not None
    review.undo(learned)  # 11 are too few to tell
    page = review.strip_page(learned)
    assert [row.seed_id for row in page.rows][:3] == [12, 13, 14]
    assert (page.expected, page.is_worth_it) == (None, True)


def test_it_says_when_what_is_left_is_hardly_worth_a_page(learned: Project) -> None:
    for seed_id in range(25, 40, 2):
        review.confirm(learned, seed_id)
    page = review.strip_page(learned)
    assert [row.size for row in page.rows] == [6] * 8
    assert page.expected is not None
    assert page.expected < 10
    assert not page.is_worth_it, "fewer than four objects a click"


def test_a_page_of_more_than_four_objects_a_click_is_weighed_against_the_best(learned: Project) -> None:
    page = review.strip_page(learned)
    assert page.is_worth_it
    assert review.strip_page(learned, worth=0.9).is_worth_it
    assert not review.strip_page(learned, worth=1.5).is_worth_it


def test_rows_of_small_seeds_stay_short_whatever_an_audit_said() -> None:
    assert [row_length(size, 24) for size in (8, 30, 48, 49, 200)] == [8, 12, 12, 24, 48]
    assert [row_length(size, 6) for size in (4, 30, 49, 200)] == [4, 6, 6, 12]


def test_ever_smaller_seeds_do_not_make_the_next_one_look_good() -> None:
    sizes = np.array([1000] * 24 + [10] * 400)
    always = np.ones(len(sizes), bool)
    past = Past(np.empty((len(sizes), 0)), always, np.ones(len(sizes)), sizes)
    assert best_rate(past) == pytest.approx(1000 / 1.125)
    few = Past(np.empty((2, 0)), always[:2], np.ones(2), sizes[:2])
    assert best_rate(few) == pytest.approx(1000 / 1.125)


def test_a_seed_that_is_gone_does_not_stop_the_page_behind_it(learned: Project) -> None:
    assert review.strip_page(learned, after=1) == review.strip_page(learned)


def test_rows_are_longer_after_an_audit_that_fell_short(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", sizes=(140, 130, 120))
    review.confirm(project, 1, shown=range(10))
    assert review.strip_page(project).audited is None
    assert len(review.strip_page(project).rows[0].objects) == 12
    survey_id = review.begin_round_audit(project, 1)
    review.judge_sample(project, survey_id, count=5)
    page = review.strip_page(project)
    assert page.audited == pytest.approx(1 - 5.5 / 101)
    assert len(page.rows[0].objects) == 16
    review.undo(project)
    review.judge_sample(project, survey_id, count=12)
    assert len(review.strip_page(project).rows[0].objects) == 24
    assert len(review.strip_page(project, shorter=8).rows[0].objects) == 8
    review.undo(project)
    review.judge_sample(project, survey_id, count=review.MANY)  # of which nothing is stated
    assert len(review.strip_page(project).rows[0].objects) == 24
