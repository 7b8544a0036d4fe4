"""How fast a person sorts, told from decisions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.steps.progress import progress
from morphoexplore.store import history, tree
from morphoexplore.store.project import Project
from tests.made import change_by_force, make_project

START = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)


def decided_at(project: Project, *minutes: float) -> None:
    """Let the decisions have been made so many minutes after the start."""
    times = [(START + timedelta(minutes=one)).isoformat().replace("+00:00", "Z") for one in minutes]
    change_by_force(
        project,
        *(
            f"UPDATE decision SET time = '{time}' WHERE decision_id = {number}"
            for number, time in enumerate(times, start=1)
        ),
    )


@pytest.fixture
def sorted_by_ana(tmp_path) -> Project:
    """Twelve seeds of ten objects each, confirmed one by one; 30 objects are in none."""
    project = make_project(tmp_path / "project", sizes=(10,) * 12, free=30)
    for seed_id in range(1, 13):
        review.confirm(project, seed_id, shown=[10 * (seed_id - 1)])
    return project


def test_before_anything_was_sorted_there_is_no_speed(made_project: Project) -> None:
    found = progress(made_project)
    assert found["sorted"] == found["came_in"] == found["hours"] == 0
    assert found["per_hour"] is found["per_hour_today"] is found["hours_left"] is None
    assert found["decisions_per_morph"] is None


def test_pauses_are_no_work(sorted_by_ana: Project) -> None:
    decided_at(sorted_by_ana, 0, 1, 2, 3, 4, 5, 120, 123, 126, 129, 132, 135)
    found = progress(sorted_by_ana, now=START + timedelta(hours=3))
    assert found["hours"] == found["hours_today"] == pytest.approx(20 / 60)
    assert found["per_hour"] == found["per_hour_today"] == pytest.approx(120 * 3)
    assert found["hours_left"] == pytest.approx(30 / 360)
    assert found["shares"] == {
        "looked": pytest.approx(0.1),
        "seed": pytest.approx(0.9),
        "grown": 0,
        "imported": 0,
    }
    assert found["decisions_per_morph"] == 1


def test_yesterday_is_not_today(sorted_by_ana: Project) -> None:
    decided_at(sorted_by_ana, *range(0, 22, 2), 24 * 60)
    found = progress(sorted_by_ana, now=START + timedelta(hours=26))
    assert (found["came_in"], found["came_in_today"]) == (120, 10)
    assert found["per_hour"] == pytest.approx(120 * 3)
    assert found["per_hour_today"] is None, "one decision tells no speed"


def test_the_time_left_is_guessed_from_the_last_hours_of_work(tmp_path) -> None:
    project = make_project(tmp_path / "project", sizes=(10,) * 80, free=60)
    for seed_id in range(1, 81):
        review.confirm(project, seed_id)
    decided_at(project, *(one / 10 for one in range(40)), *(4 * one for one in range(1, 41)))
    found = progress(project, now=START)
    assert found["hours_left"] == pytest.approx(60 / (10 * 15), rel=0.1), "10 objects in 4 minutes, lately"
    assert found["per_hour"] > 200


def test_what_was_taken_back_or_only_moved_did_not_come_in(sorted_by_ana: Project) -> None:
    morphs = mx.morphs(sorted_by_ana).index.tolist()
    review.merge(sorted_by_ana, morphs[:2])
    review.gather(sorted_by_ana, [120, 121, 0], moves=True)
    assert progress(sorted_by_ana)["came_in"] == 122
    history.undo(sorted_by_ana)
    assert progress(sorted_by_ana)["came_in"] == 120


def test_what_was_looked_at_again_came_in_once_and_what_was_taken_out_did_not(sorted_by_ana: Project) -> None:
    node_id = mx.morphs(sorted_by_ana).index[0]
    members = tree.members(sorted_by_ana, node_id).tolist()
    review.judge_members(sorted_by_ana, node_id, members[:4])
    assert progress(sorted_by_ana)["came_in"] == 120
    review.reject(sorted_by_ana, node_id, [*members[:3], 125])  # the last is free
    assert progress(sorted_by_ana)["came_in"] == 117


def test_older_decisions_that_do_not_say_what_came_in_count_their_members(sorted_by_ana: Project) -> None:
    node_id = mx.morphs(sorted_by_ana).index[0]
    review.judge_members(sorted_by_ana, node_id, tree.members(sorted_by_ana, node_id)[:4])
    change_by_force(sorted_by_ana, "UPDATE decision SET detail = json_remove(detail, '$.came_in')")
    assert progress(sorted_by_ana)["came_in"] == 120


def test_each_person_has_a_speed_of_their_own(sorted_by_ana: Project) -> None:
    ben = mx.open_project(sorted_by_ana.folder, user="ben")
    assert progress(ben)["came_in"] == 0
    assert progress(ben)["sorted"] == 120
    review.gather(ben, [120, 121])
    assert progress(ben)["came_in"] == 2


def test_status_has_it(sorted_by_ana: Project) -> None:
    assert mx.status(sorted_by_ana)["progress"]["sorted"] == 120
