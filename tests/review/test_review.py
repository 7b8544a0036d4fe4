"""Each decision does what its docstring says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from morphoexplore import review
from morphoexplore.errors import DecisionError, StepMissingError
from morphoexplore.store import checks, history, seeds, tree
from morphoexplore.store.project import Project
from tests.made import looks_of, state_of

# Seeds 1, 2, 3, 4 hold the objects 0-7, 8-13, 14-18, 19-22; 23-29 are in no seed.


def members_of(project: Project, node: int) -> list[int]:
    return tree.members(project, node).tolist()


def origins_of(project: Project) -> dict[int, str]:
    with project.read() as conn:
        return dict(conn.execute("SELECT object, origin FROM member").fetchall())


def test_a_seed_confirmed_unseen_becomes_a_morph_of_seed_members(made_project):
    node = review.confirm(made_project, 1, name="  Calanus ")
    assert members_of(made_project, node) == list(range(8))
    assert set(origins_of(made_project).values()) == {"seed"}
    assert looks_of(made_project) == []
    assert tree.nodes(made_project)[node].name == "Calanus"
    assert seeds.listing(made_project).loc[1, "state"] == "confirmed"


def test_what_was_shown_is_looked_what_was_clicked_out_stays_free_and_rejected(made_project):
    node = review.confirm(made_project, 1, shown=[0, 1, 2], wrong=[2, 3], doubtful=[1, 4])
    assert origins_of(made_project) == {0: "looked", 1: "looked", 4: "looked"} | dict.fromkeys(
        (5, 6, 7), "seed"
    )
    assert tree.rejections(made_project, node).tolist() == [2, 3]
    assert sorted(looks_of(made_project)) == [
        (0, node, "right"),
        (1, node, "doubtful"),
        (2, node, "wrong"),
        (3, node, "wrong"),
        (4, node, "doubtful"),
    ]
    assert tree.doubtful(made_project).tolist() == [1, 4]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"wrong": [2], "doubtful": [2]}, "obj_2 cannot be both doubtful and wrong"),
        ({"wrong": range(8)}, "Nothing of seed 1 would be left. Discard it instead"),
        ({"wrong": [8]}, "Object obj_8 is not in seed 1"),
        ({"shown": [8, 9, 10, 11]}, "Object obj_8, obj_9, obj_10 and 1 more are not in seed 1"),
        ({"shown": [99]}, "no object number 99; this project has the numbers 0 to 29"),
        ({"wrong": [True, False]}, "given by their numbers"),
        ({"wrong": ["obj_1"]}, "given by their numbers"),
        ({"into": 99}, "There is no node 99"),
        ({"into": 1, "name": "Calanus"}, "keeps its name"),
    ],
)
def test_a_confirmation_that_cannot_be_is_refused_and_leaves_nothing(made_project, options, message):
    before = state_of(made_project)
    with pytest.raises(DecisionError, match=message):
        review.confirm(made_project, 1, **options)
    assert state_of(made_project) == before
    assert history.listing(made_project).empty


@pytest.mark.parametrize("again", [review.confirm, review.discard])
def test_a_seed_is_judged_once(made_project, again):
    review.confirm(made_project, 1)
    with pytest.raises(DecisionError, match=r"Seed 1 is confirmed already"):
        again(made_project, 1)
    with pytest.raises(DecisionError, match=r"no seed 77"):
        again(made_project, 77)


def test_a_seed_brings_only_what_is_still_free(made_project):
    morph = review.make_morph(made_project)
    review.grow(made_project, morph, [0, 1])
    node = review.confirm(made_project, 1, shown=[0, 2])
    assert members_of(made_project, node) == [2, 3, 4, 5, 6, 7]
    assert members_of(made_project, morph) == [0, 1]
    assert (0, node, "right") not in looks_of(made_project)


def test_a_seed_can_go_into_a_morph_that_is_there(made_project):
    node = review.confirm(made_project, 1)
    assert review.confirm(made_project, 2, into=node) == node
    assert members_of(made_project, node) == list(range(14))
    assert seeds.listing(made_project, "confirmed")["node_id"].tolist() == [node, node]
    branch = review.make_branch(made_project)
    with pytest.raises(DecisionError, match=r"is a branch"):
        review.confirm(made_project, 3, into=branch)


def test_a_rejected_object_comes_in_with_a_seed_only_where_it_is_seen(made_project):
    node = review.confirm(made_project, 1)
    review.reject(made_project, node, [8, 9])
    review.confirm(made_project, 2, into=node, shown=[9])
    assert members_of(made_project, node) == [*range(8), 9, 10, 11, 12, 13]
    assert tree.rejections(made_project, node).tolist() == [8]


def test_a_member_clicked_out_while_its_seed_joins_its_morph_is_released(made_project):
    node = review.confirm(made_project, 1)
    review.grow(made_project, node, [8])
    review.confirm(made_project, 2, into=node, wrong=[8])
    assert 8 not in members_of(made_project, node)
    assert checks.check(made_project) == []


def test_a_discarded_seed_leaves_its_objects_free_and_is_remembered(made_project):
    review.discard(made_project, 1, shown=[0, 1])
    assert 0 in tree.free_objects(made_project)
    assert [group.tolist() for group in seeds.discarded(made_project)] == [list(range(8))]
    assert looks_of(made_project) == [(0, None, "wrong"), (1, None, "wrong")]


def test_grown_objects_are_looked_where_they_were_shown(made_project):
    node = review.confirm(made_project, 1)
    assert review.grow(made_project, node, [23, 24], wrong=[25], shown=[23, 25, 26]) == 2
    assert origins_of(made_project)[23] == "looked"
    assert origins_of(made_project)[24] == "grown"
    assert tree.rejections(made_project, node).tolist() == [25]
    assert (26, node, "right") not in looks_of(made_project)


def test_growing_refuses_members_and_contradictions(made_project):
    node, other = review.confirm(made_project, 1), review.confirm(made_project, 2)
    with pytest.raises(DecisionError, match=r"obj_8 is a member of a morph already. Move it"):
        review.grow(made_project, node, [8])
    with pytest.raises(DecisionError, match=r"obj_23 cannot be both accepted and wrong"):
        review.grow(made_project, other, [23], wrong=[23])


def test_rejecting_frees_a_member_and_leaves_members_of_other_morphs(made_project):
    node, other = review.confirm(made_project, 1), review.confirm(made_project, 2)
    review.reject(made_project, node, [0, 8, 23])
    assert tree.rejections(made_project, node).tolist() == [0, 8, 23]
    assert 0 in tree.free_objects(made_project)
    assert 8 in members_of(made_project, other)


def test_a_member_outweighs_a_rejection(made_project):
    node = review.confirm(made_project, 1)
    review.reject(made_project, node, [0, 1])
    review.move(made_project, [0], node)
    review.grow(made_project, node, [1])
    assert not len(tree.rejections(made_project, node))
    assert {0, 1} <= set(members_of(made_project, node))


def test_moving_remembers_the_former_morph_as_a_rejection(made_project):
    node, other = review.confirm(made_project, 1), review.confirm(made_project, 2)
    review.move(made_project, [0, 8, 23], other)
    assert tree.rejections(made_project, node).tolist() == [0]
    assert not len(tree.rejections(made_project, other))
    assert members_of(made_project, other) == [0, 8, 9, 10, 11, 12, 13, 23]
    assert origins_of(made_project)[0] == "looked"


def test_the_larger_part_of_a_split_keeps_number_and_name(made_project):
    node = review.confirm(made_project, 1, name="Calanus")
    assert review.split(made_project, node, [0, 1]) == (small := node + 1)
    assert members_of(made_project, small) == [0, 1]
    assert review.split(made_project, node, [2, 3, 4, 5]) == (rest := small + 1)
    assert members_of(made_project, node) == [2, 3, 4, 5]
    assert members_of(made_project, rest) == [6, 7]
    names = {number: found.name for number, found in tree.nodes(made_project).items()}
    assert names == {node: "Calanus", small: None, rest: None}
    assert set(origins_of(made_project).values()) == {"seed"}


def test_a_part_that_is_named_is_the_new_morph_however_large(made_project):
    node = review.confirm(made_project, 1, name="Calanus")
    made = review.split(made_project, node, range(6), name=" Eucalanus ")
    assert members_of(made_project, made) == list(range(6))
    assert tree.nodes(made_project)[made].name == "Eucalanus"
    assert tree.nodes(made_project)[node].name == "Calanus"
    review.split_in_parts(made_project, made, [[0, 1, 2, 3], [4, 5]], names=["a", "b"])
    assert tree.nodes(made_project)[made].name == "a"


def test_rejections_hold_for_both_parts_and_looks_follow_the_objects(made_project):
    branch = review.make_branch(made_project)
    node = review.confirm(made_project, 1, shown=[0, 5], doubtful=[1], wrong=[7])
    review.move_node(made_project, node, branch)
    review.kind(made_project, node, "detritus")
    made = review.split(made_project, node, [0, 1])
    assert tree.rejections(made_project, node).tolist() == tree.rejections(made_project, made).tolist() == [7]
    assert set(looks_of(made_project)) == {
        (0, made, "right"),
        (1, made, "doubtful"),
        (5, node, "right"),
        (7, node, "wrong"),
    }
    assert tree.doubtful(made_project).tolist() == [1]
    found = tree.nodes(made_project)[made]
    assert (found.parent_id, found.kind) == (branch, "detritus")


@pytest.mark.parametrize(
    ("parts", "names", "message"),
    [
        ([[23]], None, "obj_23 is not in"),
        ([[0, 1], [1]], None, "cannot go to two parts"),
        ([range(8)], None, "two parts that are not empty; it has 8 members"),
        ([[0], []], None, "two parts that are not empty"),
        ([], None, "two parts"),
        ([[0], [1]], ["a"], "needs a name, or None, for each"),
    ],
)
def test_a_split_that_cannot_be_is_refused(made_project, parts, names, message):
    node = review.confirm(made_project, 1)
    with pytest.raises(DecisionError, match=message):
        review.split_in_parts(made_project, node, parts, names=names)


def test_parts_of_like_form_are_proposed(made_project):
    node = review.confirm(made_project, 1)
    review.confirm(made_project, 2, into=node)
    parts = review.propose_split(made_project, node)
    assert [part.tolist() for part in parts] == [list(range(8)), list(range(8, 14))]
    with pytest.raises(DecisionError, match=r"14 members with features; it cannot be cut into 15 parts"):
        review.propose_split(made_project, node, parts=15)


def test_merging_unites_members_looks_seeds_and_rejections(made_project):
    first, second = (
        review.confirm(made_project, 1, shown=[0]),
        review.confirm(made_project, 2, name="Calanus"),
    )
    review.reject(made_project, first, [8, 23])
    assert review.merge(made_project, [first, second]) == second
    assert members_of(made_project, second) == list(range(14))
    assert tree.rejections(made_project, second).tolist() == [23]
    assert seeds.listing(made_project, "confirmed")["node_id"].tolist() == [second, second]
    assert (0, second, "right") in looks_of(made_project)
    assert first not in tree.nodes(made_project)


def test_without_names_the_largest_morph_is_kept_and_a_choice_is_obeyed(made_project):
    nodes = [review.confirm(made_project, seed) for seed in (3, 1, 2, 4)]
    assert review.merge(made_project, nodes[:3]) == nodes[1]
    assert review.merge(made_project, [np.int64(nodes[1]), nodes[3]], into=nodes[3]) == nodes[3]


def test_a_merge_is_complete_only_where_all_were(made_project):
    first, second, third = (review.confirm(made_project, seed) for seed in (1, 2, 3))
    review.complete(made_project, first)
    review.complete(made_project, second)
    review.merge(made_project, [first, second])
    assert tree.nodes(made_project)[first].is_complete
    review.merge(made_project, [first, third])
    assert not tree.nodes(made_project)[first].is_complete


def test_a_merge_needs_two_morphs(made_project):
    node, branch = review.confirm(made_project, 1), review.make_branch(made_project)
    for nodes in ([node], [node, node]):
        with pytest.raises(DecisionError, match=r"two different morphs"):
            review.merge(made_project, nodes)
    with pytest.raises(DecisionError, match=r"is a branch"):
        review.merge(made_project, [node, branch])


def test_a_branch_owns_nodes_and_a_morph_owns_objects(made_project):
    node = review.confirm(made_project, 1, name="Calanus")
    branch = review.make_branch(made_project, name="Copepoda", owns=[node])
    assert [child.node_id for child in tree.children(tree.nodes(made_project), branch)] == [node]
    other = review.make_morph(made_project, name="other Copepoda", parent=branch)
    assert tree.path_of(tree.nodes(made_project), other) == "Copepoda>other Copepoda"
    for act in (
        lambda: review.move(made_project, [23], branch),
        lambda: review.grow(made_project, branch, [23]),
        lambda: review.reject(made_project, branch, [23]),
        lambda: review.complete(made_project, branch),
        lambda: review.candidates(made_project, branch),
    ):
        with pytest.raises(DecisionError, match=r"Copepoda is a branch; it owns nodes, never objects"):
            act()
    with pytest.raises(DecisionError, match=r"Calanus is a morph; it owns objects, never nodes"):
        review.move_node(made_project, branch, node)


def test_a_circle_is_refused(made_project):
    top = review.make_branch(made_project, name="top")
    low = review.make_branch(made_project, name="low", parent=top)
    with pytest.raises(DecisionError, match=r"top cannot go into low, which lies below it"):
        review.move_node(made_project, top, low)
    with pytest.raises(DecisionError, match=r"top cannot go into itself"):
        review.move_node(made_project, top, top)
    with pytest.raises(DecisionError, match=r"lies below it"):
        review.make_branch(made_project, parent=low, owns=[top])


def test_the_kind_is_inherited_and_survives_the_branch(made_project):
    node = review.confirm(made_project, 1)
    branch = review.make_branch(made_project, owns=[node])
    assert tree.kind_of(tree.nodes(made_project), node) == "living"
    review.kind(made_project, branch, "detritus")
    assert tree.kind_of(tree.nodes(made_project), node) == "detritus"
    assert tree.morphs(made_project).loc[node, "kind"] == "detritus"
    review.dissolve(made_project, branch)
    assert tree.kind_of(tree.nodes(made_project), node) == "detritus"
    with pytest.raises(DecisionError, match=r"no kind 'stone'. Kinds: living, detritus"):
        review.kind(made_project, node, "stone")


def test_dissolving_lifts_nodes_up_and_forgets_an_empty_morph(made_project):
    top = review.make_branch(made_project)
    low = review.make_branch(made_project, parent=top)
    morph = review.make_morph(made_project, parent=low)
    review.reject(made_project, morph, [0])
    review.dissolve(made_project, low)
    assert tree.nodes(made_project)[morph].parent_id == top
    review.dissolve(made_project, morph)
    assert set(tree.nodes(made_project)) == {top}
    node = review.confirm(made_project, 1)
    with pytest.raises(DecisionError, match=r"has 8 members. Merge it"):
        review.dissolve(made_project, node)


def test_an_arrangement_makes_branches_where_the_morphs_are(made_project):
    nodes = [review.confirm(made_project, seed) for seed in (1, 2, 3)]
    top = review.make_branch(made_project, owns=nodes[:2])
    made = review.accept_arrangement(made_project, [nodes[:2], nodes[2:], [nodes[2], nodes[2]]])
    found = tree.nodes(made_project)
    assert [found[number].parent_id for number in (*made, *nodes)] == [top, *made, *made, None]


def test_texts_are_stripped_and_an_empty_one_is_none(made_project):
    node = review.confirm(made_project, 1)
    review.name(made_project, node, " Calanus ")
    review.describe(made_project, node, " long antennae\n")
    review.flag(made_project, node, " a copepod? ")
    review.identify(made_project, node, taxon=" Calanus ", ecotaxa_id=5, aphia_id=np.int64(6))
    found = tree.nodes(made_project)[node]
    assert (found.name, found.description, found.flag) == ("Calanus", "long antennae", "a copepod?")
    assert (found.taxon, found.ecotaxa_id, found.aphia_id) == ("Calanus", 5, 6)
    review.name(made_project, node, "   ")
    review.flag(made_project, node, None)
    assert tree.nodes(made_project)[node].title == f"morph {node}"
    assert tree.nodes(made_project)[node].flag is None


def test_many_names_are_one_decision_and_empty_cells_leave_what_is_there(made_project):
    first, second = review.confirm(made_project, 1, name="a"), review.confirm(made_project, 2, name="b")
    names = pd.DataFrame(
        {"name": [" Calanus ", np.nan], "taxon": ["  ", "Oithona"], "ecotaxa_id": [12.0, None]},
        index=[first, second],
    )
    assert review.name_many(made_project, names) == 2
    found = tree.nodes(made_project)
    assert [(n.name, n.taxon, n.ecotaxa_id) for n in found.values()] == [
        ("Calanus", None, 12),
        ("b", "Oithona", None),
    ]
    review.undo(made_project)
    assert [n.name for n in tree.nodes(made_project).values()] == ["a", "b"]


def test_names_of_an_unknown_node_or_column_change_nothing(made_project):
    node = review.confirm(made_project, 1)
    with pytest.raises(DecisionError, match=r"no node 99"):
        review.name_many(made_project, pd.DataFrame({"name": ["a", "b"]}, index=[node, 99]))
    with pytest.raises(DecisionError, match=r"no column 'colour'"):
        review.name_many(made_project, pd.DataFrame({"colour": ["red"]}, index=[node]))
    assert tree.nodes(made_project)[node].name is None


@pytest.mark.parametrize(
    "act",
    [
        lambda project: review.name(project, 1, "Calanus"),
        lambda project: review.grow(project, 1, []),
        lambda project: review.reject(project, 1, []),
        lambda project: review.move(project, [], 1),
        lambda project: review.complete(project, 1, is_complete=False),
        lambda project: review.move_node(project, 1, None),
        lambda project: review.accept_arrangement(project, [[1]]),
        lambda project: review.name_many(project, pd.DataFrame({"name": ["Calanus"]}, index=[1])),
    ],
)
def test_a_decision_that_changes_nothing_is_not_entered(made_project, act: Callable[[Project], object]):
    review.confirm(made_project, 1, name="Calanus")
    with pytest.raises(DecisionError, match=r"changes nothing"):
        act(made_project)
    assert len(history.listing(made_project)) == 1


def test_numbers_may_come_out_of_arrays_and_frames(made_project):
    seed = seeds.listing(made_project).index.to_numpy()[0]
    node = np.int64(review.confirm(made_project, seed, wrong=np.array([1])))
    review.confirm(made_project, np.int32(2), into=node)
    branch = review.make_branch(made_project, owns=[node])
    review.move_node(made_project, node, None)
    review.move_node(made_project, node, np.int64(branch))
    review.undo(made_project)
    review.redo(made_project)
    assert checks.check(made_project) == []


def test_candidates_are_free_and_not_rejected_nearest_form_first(made_project):
    node, other = review.confirm(made_project, 1, wrong=[6, 7]), review.confirm(made_project, 2)
    review.reject(made_project, node, [6])
    review.move(made_project, [7], other)
    review.reject(made_project, other, [7])
    review.reject(made_project, node, [0, 1])
    review.undo(made_project)
    review.discard(made_project, 3)
    found = review.candidates(made_project, node)
    assert set(found["object"]) == set(tree.free_objects(made_project)) - {6, 7}
    assert found["evidence"].iloc[0] < 1 < found["evidence"].iloc[-1]
    assert review.candidates(made_project, node, most=3).equals(found[:3])
    assert found["object_id"].tolist() == [f"obj_{number}" for number in found["object"]]


def test_candidates_need_an_embedding(empty_project):
    with pytest.raises(StepMissingError, match=r"no embedding yet. Run first: morphoexplore embed"):
        review.candidates(empty_project, 1)


def test_a_doubt_ends_with_a_later_look_and_returns_with_its_undo(made_project):
    node = review.confirm(made_project, 1, doubtful=[0, 1])
    review.move(made_project, [0], node)
    assert tree.doubtful(made_project).tolist() == [1]
    review.undo(made_project)
    assert tree.doubtful(made_project).tolist() == [0, 1]
    review.undo(made_project)
    assert tree.doubtful(made_project).tolist() == []
    again = review.confirm(made_project, 1)
    assert again != node
    assert tree.doubtful(made_project).tolist() == []
