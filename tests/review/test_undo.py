"""Undo and redo: the former state exactly, in the right order, with the name of who decided."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from morphoexplore import review
from morphoexplore.errors import DecisionError, ProjectError
from morphoexplore.store import checks, history, tree
from morphoexplore.store.project import Project
from tests.made import state_of

DECISIONS: dict[str, Callable[[Project], object]] = {
    "confirm": lambda p: review.confirm(p, 3, wrong=[14], shown=[15], doubtful=[16]),
    "confirm into": lambda p: review.confirm(p, 3, into=1, wrong=[14], shown=[15]),
    "discard": lambda p: review.discard(p, 3, shown=[14]),
    "grow": lambda p: review.grow(p, 1, [7, 23], wrong=[24, 0], shown=[23]),
    "reject": lambda p: review.reject(p, 1, [0, 1, 8]),
    "move": lambda p: review.move(p, [0, 7, 8, 23], 2),
    "split": lambda p: review.split(p, 1, [0, 1, 2, 3, 4], name="part"),
    "split in parts": lambda p: review.split_in_parts(p, 1, [[0], [1, 2]]),
    "merge": lambda p: review.merge(p, [1, 2]),
    "complete": lambda p: review.complete(p, 1),
    "name": lambda p: review.name(p, 1, "other"),
    "describe": lambda p: review.describe(p, 1, "round"),
    "kind": lambda p: review.kind(p, 1, "part"),
    "flag": lambda p: review.flag(p, 1, "?"),
    "identify": lambda p: review.identify(p, 1, taxon="Copepoda", ecotaxa_id=3),
    "name many": lambda p: review.name_many(p, pd.DataFrame({"name": ["x", "y"]}, index=[1, 2])),
    "make morph": lambda p: review.make_morph(p, name="new", parent=3),
    "make branch": lambda p: review.make_branch(p, owns=[1, 2], parent=3),
    "move node": lambda p: review.move_node(p, 1, None),
    "dissolve": lambda p: review.dissolve(p, 3),
    "arrange": lambda p: review.accept_arrangement(p, [[1, 2]]),
}


@pytest.fixture
def project(made_project: Project) -> Project:
    """Morphs 1 (with rejections, looks and a doubt) and 2, morph 1 in branch 3 of detritus."""
    review.confirm(made_project, 1, name="one", wrong=[7], shown=[0, 1], doubtful=[2])
    review.confirm(made_project, 2, shown=[8])
    review.make_branch(made_project, owns=[1])
    review.kind(made_project, 3, "detritus")
    review.reject(made_project, 1, [8, 9])
    return made_project


@pytest.mark.parametrize("make", DECISIONS.values(), ids=DECISIONS.keys())
def test_undo_restores_the_former_rows_exactly_and_redo_the_later_ones(project, make):
    before = state_of(project)
    make(project)
    after = state_of(project)
    assert not before.is_restored_by(after)
    review.undo(project)
    assert before.is_restored_by(state_of(project))
    assert checks.check(project) == []
    review.redo(project)
    assert state_of(project) == after
    assert checks.check(project) == []


def test_undoing_everything_gives_the_empty_tree(made_project):
    before = state_of(made_project)
    review.confirm(made_project, 1)
    review.split(made_project, 1, [0, 1])
    review.merge(made_project, [1, 2])
    while history.next_undo(made_project):
        review.undo(made_project)
    assert before.is_restored_by(state_of(made_project))
    assert checks.check(made_project) == []


def test_undo_names_the_decision_and_whose_it_was(made_project):
    review.confirm(Project(made_project.folder, user="ben"), 1)
    undone = review.undo(made_project)
    assert (undone.verb, undone.user, undone.seed_id, undone.is_undone) == ("confirm", "ben", 1, True)
    redone = review.redo(made_project)
    assert (redone.verb, redone.user, redone.is_undone) == ("confirm", "ben", False)
    listing = history.listing(made_project)
    assert listing["verb"].tolist() == ["confirm", "undo", "redo"]
    assert listing["user"].tolist() == ["ben", "ana", "ana"]
    assert listing["detail"][1] == {"verb": "confirm", "user": "ben"}
    assert listing["is_undone"].tolist() == [False, False, False]


def test_there_must_be_something_to_undo_or_redo(made_project):
    for act, message in ((review.undo, "no decision to undo"), (review.redo, "no undone decision to redo")):
        with pytest.raises(DecisionError, match=message):
            act(made_project)


def test_a_new_decision_puts_what_was_undone_out_of_reach(made_project):
    review.make_morph(made_project, name="a")
    review.make_morph(made_project, name="b")
    review.undo(made_project)
    review.make_morph(made_project, name="c")
    with pytest.raises(DecisionError, match="no undone decision"):
        review.redo(made_project)


def test_what_is_out_of_reach_stays_so_when_the_new_decision_is_undone(made_project):
    review.confirm(made_project, 1)
    review.confirm(made_project, 2)
    review.undo(made_project)
    review.discard(made_project, 2)
    review.undo(made_project)
    review.undo(made_project)
    assert review.redo(made_project).seed_id == 1
    assert review.redo(made_project).verb == "discard"
    assert history.next_redo(made_project) is None
    assert checks.check(made_project) == []


def test_a_number_of_a_node_is_never_given_again(made_project):
    first = review.make_morph(made_project)
    review.undo(made_project)
    assert review.make_morph(made_project) == first + 1


def test_damaged_changes_are_told_by_a_sentence(made_project):
    review.make_morph(made_project)
    with made_project.write() as conn:
        conn.execute("UPDATE decision SET changes = x'00'")
    with pytest.raises(ProjectError, match=r"changes of decision 1 cannot be read .* Restore"):
        review.undo(made_project)


def test_decisions_of_many_at_once_are_none_lost(made_project):
    node = review.make_morph(made_project)
    start = threading.Barrier(8)

    def decide(person: int) -> None:
        mine = Project(made_project.folder, user=f"person {person}")
        start.wait()
        for number in range(10):
            review.make_morph(mine, name=f"{person} {number}")
            tree.morphs(mine)

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(decide, person) for person in range(8)]:
            done.result()
    assert len(history.listing(made_project)) == 81
    names = {found.name for found in tree.nodes(made_project).values() if found.node_id != node}
    assert names == {f"{person} {number}" for person in range(8) for number in range(10)}
    assert checks.check(made_project) == []


def test_of_two_people_who_grow_with_the_same_object_one_is_told(made_project):
    nodes = [review.make_morph(made_project) for _ in range(2)]
    start = threading.Barrier(2)

    def grow(node: int) -> str:
        start.wait()
        try:
            review.grow(made_project, node, [0, node])
        except DecisionError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(grow, nodes))
    assert told[0] == ""
    assert "obj_0 is a member of a morph already" in told[1]
    assert checks.check(made_project) == []
