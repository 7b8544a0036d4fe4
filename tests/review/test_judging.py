"""A page of strips judged in one decision."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.review import SeedAnswer
from morphoexplore.store import checks, history, seeds, tree
from morphoexplore.store.project import Project
from morphoexplore.store.seeds import SeedIndex
from tests.made import add_round, looks_of, make_project, state_of

# Seeds 1, 2, 3, 4 hold the objects 0-7, 8-13, 14-18, 19-22, the lower the more typical.


def origins_of(project: Project) -> dict[int, str]:
    with project.read() as conn:
        return dict(conn.execute("SELECT object, origin FROM member").fetchall())


def states_of(project: Project) -> list[str]:
    return seeds.listing(project)["state"].tolist()


def test_a_row_is_accepted_up_to_its_cut(made_project: Project) -> None:
    judged = review.judge_page(made_project, [SeedAnswer(1, [0, 2, 5, 7], 2, name=" Calanus ")], page=4)
    node = judged.morphs[1]
    assert origins_of(made_project) == dict.fromkeys((0, 2, 5), "looked") | dict.fromkeys((1, 3, 4), "seed")
    assert looks_of(made_project) == [(one, node, "right") for one in (0, 2, 5)]
    assert (judged.accepted, judged.refused, judged.members, judged.looked) == (1, 0, 6, 3)
    assert tree.nodes(made_project)[node].name == "Calanus"


def test_the_last_image_accepts_the_whole_seed(made_project: Project) -> None:
    review.judge_page(made_project, [SeedAnswer(1, [0, 2, 5], 2)])
    assert sorted(origins_of(made_project)) == list(range(8))


def test_what_lies_beyond_the_cut_stays_free_and_is_not_remembered(made_project: Project) -> None:
    judged = review.judge_page(made_project, [SeedAnswer(1, [0, 2, 5, 7], 1)])
    assert sorted(origins_of(made_project)) == [0, 1, 2]
    assert {one for one, _, _ in looks_of(made_project)} == {0, 2}
    assert tree.rejections(made_project, judged.morphs[1]).tolist() == []
    assert states_of(made_project)[0] == "confirmed"


def test_wrong_ones_are_rejected_wherever_they_are_in_the_row(made_project: Project) -> None:
    judged = review.judge_page(made_project, [SeedAnswer(1, [0, 2, 5, 7], 2, wrong=[2, 7], doubtful=[0])])
    node = judged.morphs[1]
    assert sorted(origins_of(made_project)) == [0, 1, 3, 4, 5]
    assert tree.rejections(made_project, node).tolist() == [2, 7]
    assert sorted(looks_of(made_project)) == [
        (0, node, "doubtful"),
        (2, node, "wrong"),
        (5, node, "right"),
        (7, node, "wrong"),
    ]


def test_a_refused_row_is_discarded_as_one_alone_is(made_project: Project) -> None:
    review.judge_page(made_project, [SeedAnswer(2, [8, 10], None, into=99, name="of no meaning")], page=4)
    by_page = state_of(made_project).tables, looks_of(made_project)
    review.undo(made_project)
    review.discard(made_project, 2, shown=[8, 10])
    assert state_of(made_project).tables == by_page[0]
    assert looks_of(made_project)[2:] == by_page[1]


def test_a_row_alone_is_what_confirm_does(made_project: Project) -> None:
    review.judge_page(made_project, [SeedAnswer(1, list(range(8)), 7, wrong=[3])])
    by_page = state_of(made_project).tables
    review.undo(made_project)
    review.confirm(made_project, 1, shown=range(8), wrong=[3])
    assert len(by_page["member"]) == 7
    for table in ("rejection", "member"):  # another decision, and a node number that is never given again
        drop = {"member": slice(0, 1), "rejection": slice(0, 1)}[table]
        assert [row[drop] for row in state_of(made_project).tables[table]] == [
            row[drop] for row in by_page[table]
        ]


def test_a_page_is_one_decision_that_undo_and_redo_take_whole(made_project: Project) -> None:
    before = state_of(made_project)
    answers = [
        SeedAnswer(1, [0, 7], 1),
        SeedAnswer(2, [8, 9], None),
        SeedAnswer(3, [14, 15, 18], 1, wrong=[14]),
    ]
    judged = review.judge_page(made_project, answers, page=7)
    after = state_of(made_project)
    assert states_of(made_project) == ["confirmed", "discarded", "confirmed", "pending"]
    decision = history.next_undo(made_project)
    assert decision is not None
    assert (decision.verb, decision.detail) == (
        "judge page",
        {"accepted": 2, "refused": 1, "members": 9, "page": 7, "came_in": 9},
    )
    assert judged.members == 9
    review.undo(made_project)
    assert before.is_restored_by(state_of(made_project))
    review.redo(made_project)
    assert after.is_restored_by(state_of(made_project))
    assert checks.check(made_project) == []


def test_rows_can_go_into_the_same_morph(made_project: Project) -> None:
    node = review.confirm(made_project, 4)
    judged = review.judge_page(
        made_project, [SeedAnswer(1, [0, 7], 1, into=node), SeedAnswer(2, [8, 13], 1, into=node)]
    )
    assert judged.morphs == {1: node, 2: node}
    assert len(tree.members(made_project, node)) == 18


def test_objects_rejected_from_a_morph_come_in_only_where_they_are_seen(made_project: Project) -> None:
    node = review.confirm(made_project, 4)
    review.reject(made_project, node, [1, 2])
    review.judge_page(made_project, [SeedAnswer(1, [0, 2, 7], 2, into=node)])
    assert 1 not in tree.members(made_project, node)
    assert 2 in tree.members(made_project, node)


def test_an_object_of_two_seeds_goes_to_the_first_row(made_project: Project) -> None:
    review.confirm(made_project, 1)
    add_round(made_project, np.repeat([0, -1], [12, 18]))  # holds 0-11
    review.undo(made_project)  # seed 1 (0-7) is pending again
    judged = review.judge_page(made_project, [SeedAnswer(1, [0, 7], 1), SeedAnswer(5, [0, 7, 11], 1 + 1)])
    assert tree.members(made_project, judged.morphs[1]).tolist() == list(range(8))
    assert tree.members(made_project, judged.morphs[5]).tolist() == [8, 9, 10, 11]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"seed_id": 3}, "Seed 3 is confirmed already"),
        ({"seed_id": 4, "cut": None}, "Seed 4 is discarded already"),
        ({"seed_id": 99}, "There is no seed 99"),
        ({"shown": [8, 0]}, "Object obj_0 is not in seed 2"),
        ({"shown": [8, 0], "cut": None}, "Object obj_0 is not in seed 2"),
        ({"shown": [8, 999]}, "There is no object number 999"),
        ({"wrong": [12]}, "Object obj_12 is not in the row of seed 2"),
        ({"doubtful": [12]}, "Object obj_12 is not in the row of seed 2"),
        ({"wrong": [8], "doubtful": [8]}, "obj_8 cannot be both doubtful and wrong"),
        ({"cut": 2}, "Seed 2 was shown with 2 images; it cannot be cut at number 2"),
        ({"cut": -1}, "it cannot be cut at number -1"),
        ({"cut": 0, "wrong": [8]}, "Nothing of seed 2 would be left"),
        ({"into": 1, "name": "Calanus"}, "Seed 2 goes into morph 1, which keeps its name"),
        ({"into": 99}, "There is no node 99"),
        ({"seed_id": 1}, "the same seed in two rows"),
    ],
)
def test_one_row_that_cannot_be_judged_refuses_the_page(
    made_project: Project, answer: dict[str, Any], message: str
) -> None:
    review.confirm(made_project, 3)
    review.discard(made_project, 4)
    before = state_of(made_project)
    if answer.get("seed_id") in (3, 4):
        answer = {"shown": {3: [14, 15], 4: [19, 20]}[answer["seed_id"]]} | answer
    given: dict[str, Any] = {"seed_id": 2, "shown": [8, 10], "cut": 1} | answer
    with pytest.raises(DecisionError, match=message):
        review.judge_page(made_project, [SeedAnswer(1, [0, 7], 1), SeedAnswer(**given)])
    assert state_of(made_project) == before
    assert history.version(made_project) == 2


def test_an_empty_page_is_no_decision(made_project: Project) -> None:
    with pytest.raises(history.NothingToDoError):
        review.judge_page(made_project, [])


def test_a_page_judged_as_it_was_drawn_takes_what_the_ranks_said(tmp_path: Any) -> None:
    project = make_project(tmp_path / "project", sizes=(400, 100), free=3)
    index = SeedIndex(project)
    page = review.strip_page(project, index=index)
    row = page.rows[0]
    judged = review.judge_page(project, [SeedAnswer(row.seed_id, row.objects, 20)], index=index)
    assert judged.members == row.ranks[20]
    assert judged.looked == 21


def test_a_seed_is_confirmed_with_a_question_to_a_colleague(made_project: Project) -> None:
    node = review.confirm(made_project, 1, flag=" two species? ")
    assert tree.nodes(made_project)[node].flag == "two species?"
    review.confirm(made_project, 2, into=node, flag="and these?")
    assert tree.nodes(made_project)[node].flag == "two species?\nand these?"
    review.confirm(made_project, 3, into=node, flag=" ")
    assert tree.nodes(made_project)[node].flag == "two species?\nand these?"
    for _ in range(2):
        review.undo(made_project)
    assert tree.nodes(made_project)[node].flag == "two species?"


def test_looks_know_their_page_counted_for_each_morph_and_over_all_strips(made_project: Project) -> None:
    first, second = seeds.listing(made_project, "pending").index.tolist()[:2]
    shown = seeds.objects_of(made_project, first)
    node_id = review.confirm(made_project, first, shown=shown[:2])
    review.grow(made_project, node_id, [], wrong=[29], shown=[29])
    refused = SeedAnswer(second, shown=seeds.objects_of(made_project, second)[:1], cut=None)
    review.judge_page(made_project, [refused])
    with made_project.read() as conn:
        pages = conn.execute("SELECT DISTINCT node_id, seed_id, page FROM look ORDER BY look_id").fetchall()
    assert [tuple(row) for row in pages] == [(node_id, first, 1), (node_id, None, 2), (None, second, 1)]
