"""The tree page: what is shown of a node, and what its operations decide."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from dash.development.base_component import Component

from morphoexplore import review
from morphoexplore.store import history, morphospace, tree
from morphoexplore.store.project import Project
from morphoexplore.store.schema import ORIGINS
from morphoexplore_app import create_app, ids
from morphoexplore_app.pages import tree as tree_page
from morphoexplore_app.pages.tree import operating
from morphoexplore_app.pages.tree.reading import View
from morphoexplore_app.session import Session
from tests.made import add_array, looks_of, state_of

LONG = "<b>x</b> " + "é" * 200


@pytest.fixture
def morphs(made_project: Project) -> list[int]:
    """Morphs of the four seeds, of 8, 6, 5 and 4 objects."""
    return [review.confirm(made_project, seed) for seed in (1, 2, 3, 4)]


def parts_of(project: Project, **query: object) -> dict[str, Any]:
    """Draw the page; return its components by id."""
    layout = tree_page.layout(Session(project), query={name: str(value) for name, value in query.items()})
    found = {
        str(getattr(part, "id", None)): part for part in layout._traverse() if isinstance(part, Component)
    }
    return found | {"text": json.dumps(layout.to_plotly_json(), default=lambda part: part.to_plotly_json())}


def operate(project: Project, current: int | None = None, address: str = "/tree", **operation: Any) -> Any:
    session = Session(project)
    given = {"version": session.version, "stamp": "s1"} | operation
    return operating.operate(session, given, current, address)


def enter(project: Project, node: int, field: str, value: object) -> tuple[dict[str, Any], dict[str, Any]]:
    session = Session(project)
    return operating.enter(
        session, {"node": node, "field": field, "value": value, "version": session.version, "stamp": "s1"}
    )


def act(
    project: Project, name: str, objects: list[int], node: int, *, looked: list[int] | None = None
) -> dict[str, Any]:
    session = Session(project)
    action = {"name": name, "objects": objects, "looked": objects if looked is None else looked}
    return operating.act_on_objects(session, action, node, session.version)


# ----------------------------------------------------------------------------------------- shown


def test_without_morphs_the_page_leads_to_the_review(made_project: Project) -> None:
    shown = parts_of(made_project)
    assert ids.TREE not in shown
    assert "/review" in shown["text"]


def test_the_top_shows_branches_first_then_the_largest_morphs(
    made_project: Project, morphs: list[int]
) -> None:
    branch = review.make_branch(made_project, name=LONG, owns=morphs[2:])
    shown = parts_of(made_project)
    cards = shown[ids.TREE_CARDS].cards
    assert [card["id"] for card in cards] == [branch, *morphs[:2]]
    assert cards[0]["title"] == LONG
    assert cards[0]["note"] == "2 morphs · 9 objects"
    assert len(cards[0]["objects"]) == 8
    nodes = shown[ids.TREE].nodes
    assert dict(zip(nodes["id"], nodes["count"], strict=True))[branch] == 9
    assert shown[ids.TREE].version == str(history.version(made_project))


def test_a_card_shows_the_most_typical_members(made_project: Project, morphs: list[int]) -> None:
    view = View(Session(made_project))
    typical = view.typical(morphs[:1], most=3)[morphs[0]]
    vectors = view.vectors_of(np.arange(8))
    distance = ((vectors - vectors.mean(axis=0)) ** 2).sum(axis=1)
    assert typical == np.argsort(distance)[:3].tolist()


def test_what_is_typical_follows_the_members(made_project: Project, morphs: list[int]) -> None:
    session = Session(made_project)
    before = View(session).typical(morphs[:1])[morphs[0]]
    review.reject(made_project, morphs[0], before[:1])
    assert set(View(session).typical(morphs[:1])[morphs[0]]) == set(before[1:])


def test_a_morph_shows_all_its_members_in_the_order_asked_for(
    made_project: Project, morphs: list[int]
) -> None:
    typical = parts_of(made_project, node=morphs[0])[ids.TREE_GALLERY].objects
    strange = parts_of(made_project, node=morphs[0], sort="strange")[ids.TREE_GALLERY].objects
    shuffled = parts_of(made_project, node=morphs[0], sort="random")[ids.TREE_GALLERY].objects
    assert typical == strange[::-1]
    assert sorted(shuffled) == sorted(typical) == list(range(8))
    assert parts_of(made_project, node=morphs[0], sort="random")[ids.TREE_GALLERY].objects == shuffled


def test_members_are_shown_by_how_they_came_in(made_project: Project, morphs: list[int]) -> None:
    review.move(made_project, [8, 9], morphs[0])
    shown = parts_of(made_project, node=morphs[0], origin="looked")
    assert sorted(shown[ids.TREE_GALLERY].objects) == [8, 9]
    assert "2 looked" in shown["text"]
    assert "8 seed" in shown["text"]
    assert "There is nothing here." in parts_of(made_project, node=morphs[0], origin="grown")["text"]


def test_pages_beyond_the_last_show_the_last(made_project: Project, morphs: list[int]) -> None:
    shown = parts_of(made_project, node=morphs[0], page=99)
    assert len(shown[ids.TREE_GALLERY].objects) == 8


@pytest.mark.parametrize("query", [{"node": 99}, {"node": "x"}, {"page": -1}, {"propose": 1, "node": 99}])
def test_a_strange_address_shows_the_top(
    made_project: Project, morphs: list[int], query: dict[str, object]
) -> None:
    del morphs
    assert ids.TREE in parts_of(made_project, **query)


def test_a_morph_offers_the_morphs_like_it_for_a_merge(made_project: Project, morphs: list[int]) -> None:
    near = parts_of(made_project, node=morphs[0])[ids.TREE].near
    assert sorted(near) == sorted(morphs[1:])


def test_an_empty_morph_and_an_empty_branch_say_what_to_do(made_project: Project) -> None:
    morph, branch = review.make_morph(made_project, name="other"), review.make_branch(made_project)
    assert "no members yet" in parts_of(made_project, node=morph)["text"]
    assert "owns nothing yet" in parts_of(made_project, node=branch)["text"]


def test_a_proposal_of_branches_is_shown_and_nothing_is_decided(
    made_project: Project, morphs: list[int]
) -> None:
    version = history.version(made_project)
    groups = parts_of(made_project, propose=1, groups=2)[ids.TREE_PROPOSAL].groups
    assert all(len(group["nodes"]) > 1 and group["rows"][0]["objects"] for group in groups)
    assert {node for group in groups for node in group["nodes"]} <= set(morphs)
    assert history.version(made_project) == version


def test_a_cut_is_shown_before_it_is_made(made_project: Project, morphs: list[int]) -> None:
    groups = parts_of(made_project, node=morphs[0], cut=2)[ids.TREE_PROPOSAL].groups
    assert sum(len(group["rows"][0]["objects"]) for group in groups) == 8
    assert "cannot be cut" in parts_of(made_project, node=morphs[3], cut=9)["text"]


def test_a_question_is_shown(made_project: Project, morphs: list[int]) -> None:
    review.flag(made_project, morphs[0], "Is it <i>Calanus</i>?")
    assert "Is it <i>Calanus</i>?" in parts_of(made_project, node=morphs[0])["text"]


# ----------------------------------------------------------------------------------------- decided


def test_nodes_are_moved_in_one_decision(made_project: Project, morphs: list[int]) -> None:
    branch = review.make_branch(made_project, name="Copepoda")
    version = history.version(made_project)
    answer, outcome = operate(made_project, type="move", nodes=morphs[:3], parent=branch)
    assert outcome["is_done"]
    assert outcome["redraw"]
    assert outcome["message"] == "Moved 3 nodes into Copepoda."
    assert (answer["to"], answer["version"], answer["goto"]) == ("s1", version + 1, None)
    assert {tree.nodes(made_project)[morph].parent_id for morph in morphs[:3]} == {branch}


def test_a_stale_operation_is_refused_and_draws_the_page_anew(
    made_project: Project, morphs: list[int]
) -> None:
    answer, outcome = operate(made_project, type="move", nodes=morphs, parent=None, version=1)
    assert not answer["is_done"]
    assert outcome["redraw"]
    assert "Somebody has decided" in outcome["message"]


def test_a_refused_operation_draws_the_page_anew(made_project: Project, morphs: list[int]) -> None:
    _, outcome = operate(made_project, type="move", nodes=[morphs[0]], parent=morphs[1])
    assert (outcome["is_done"], outcome["redraw"]) == (False, True)
    assert "is a morph" in outcome["message"]


def test_every_operation_makes_one_decision(made_project: Project, morphs: list[int]) -> None:
    def nodes() -> dict[int, Any]:
        return tree.nodes(made_project)

    a, b, c, d = morphs
    sizes = [len(part) for part in review.propose_split(made_project, a)]
    operations: list[dict[str, Any]] = [
        {"type": "rename", "node": a, "name": LONG},
        {"type": "make_branch", "nodes": [a, b], "name": "pair", "parent": None},
        {"type": "make_morph", "name": "other", "parent": None},
        {"type": "kind", "nodes": [a, b], "kind": "part"},
        {"type": "flag", "node": c, "question": "What?"},
        {"type": "complete", "nodes": [c, d], "is_complete": True},
        {"type": "merge", "nodes": [c, d]},
        {"type": "cut", "node": a, "sizes": sizes, "names": [None, "cut off"]},
        {"type": "arrange", "groups": [[a, b]], "names": ["inner"]},
        {"type": "dissolve", "nodes": [5]},
    ]
    for operation in operations:
        version = history.version(made_project)
        _, outcome = operate(made_project, **operation)
        assert outcome["is_done"], (operation, outcome["message"])
        assert outcome["message"], operation
        assert history.version(made_project) == version + 1, operation
    titles = {node.title for node in nodes().values()}
    assert {LONG, "other", "cut off", "inner"} <= titles
    assert "pair" not in titles
    assert len([node for node in nodes().values() if node.name == "cut off"]) == 1


def test_a_cut_is_made_only_into_the_parts_that_were_shown(made_project: Project, morphs: list[int]) -> None:
    before = history.version(made_project)
    _, outcome = operate(made_project, type="cut", node=morphs[0], sizes=[1, 1], names=[None, None])
    assert "not the parts that were shown" in outcome["message"]
    assert history.version(made_project) == before


def test_when_the_open_node_is_gone_the_page_goes_on_to_what_took_its_place(
    made_project: Project, morphs: list[int]
) -> None:
    small, large = morphs[3], morphs[0]
    answer, outcome = operate(made_project, small, f"/tree?node={small}", type="merge", nodes=[small, large])
    assert answer["goto"] == f"/tree?node={large}"
    assert not outcome["redraw"]
    branch = review.make_branch(made_project, owns=[large])
    answer, _ = operate(made_project, branch, f"/tree?node={branch}", type="dissolve", nodes=[branch])
    assert answer["goto"] == "/tree"


def test_an_accepted_proposal_goes_back_to_its_node(made_project: Project, morphs: list[int]) -> None:
    answer, outcome = operate(
        made_project,
        None,
        "/tree?propose=1",
        type="arrange",
        groups=[morphs[:2]],
        names=["pair"],
        back="/tree",
    )
    assert answer["goto"] == "/tree"
    assert not outcome["redraw"]


def test_an_unknown_operation_is_refused_with_a_sentence(made_project: Project, morphs: list[int]) -> None:
    del morphs
    _, outcome = operate(made_project, type="delete")
    assert not outcome["is_done"]


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("name", LONG, "name"),
        ("kind", "detritus", "kind"),
        ("taxon", "Copepoda", "taxon"),
        ("ecotaxa_id", 25828, "ecotaxa_id"),
        ("aphia_id", 1080, "aphia_id"),
        ("note", "long antennae", "description"),
    ],
)
def test_a_field_is_saved_and_taken_away(
    made_project: Project, morphs: list[int], field: str, value: object, kept: str
) -> None:
    for given in (value, None):
        answer, outcome = enter(made_project, morphs[0], field, given)
        assert answer["is_done"], outcome["message"]
        assert answer["version"] == history.version(made_project)
        assert getattr(tree.nodes(made_project)[morphs[0]], kept) == given


def test_a_number_is_saved_beside_the_taxon(made_project: Project, morphs: list[int]) -> None:
    review.identify(made_project, morphs[0], taxon="Copepoda", aphia_id=1080)
    enter(made_project, morphs[0], "ecotaxa_id", 25828)
    node = tree.nodes(made_project)[morphs[0]]
    assert (node.taxon, node.ecotaxa_id, node.aphia_id) == ("Copepoda", 25828, 1080)


@pytest.mark.parametrize(("node", "field"), [(99, "name"), (99, "taxon"), (1, "members")])
def test_a_field_that_cannot_be_saved_is_answered_with_a_sentence(
    made_project: Project, morphs: list[int], node: int, field: str
) -> None:
    del morphs
    answer, outcome = enter(made_project, node, field, "x")
    assert not answer["is_done"]
    assert outcome["message"]


def test_selected_objects_are_rejected_moved_and_split_off(made_project: Project, morphs: list[int]) -> None:
    first, second = morphs[:2]
    assert act(made_project, "reject", [0], first)["redraw"]
    assert act(made_project, f"to:{second}", [1, 2], first)["is_done"]
    assert act(made_project, "split:other: <b>", [3, 4], first)["is_done"]
    node, _ = tree.membership(made_project)
    assert (node[0], node[1], node[2]) == (tree.FREE, second, second)
    assert tree.nodes(made_project)[int(node[3])].name == "other: <b>"


def test_typical_objects_are_those_of_the_morphospace_as_it_is_now(
    made_project: Project, morphs: list[int]
) -> None:
    session = Session(made_project)
    positions = np.zeros((30, 2))
    positions[:8, 0] = [0, 0, 0, 0, 0, 0, 0, 9]
    add_array(made_project, morphospace.EMBEDDING, morphospace.PCA, positions, new_version=True)
    assert View(session).typical([morphs[0]])[morphs[0]][-1] == 7
    positions[:8, 0] = [9, 0, 0, 0, 0, 0, 0, 0]
    add_array(
        made_project, morphospace.EMBEDDING, morphospace.PCA, positions, new_version=True
    )  # no decision tells of it
    assert View(session).typical([morphs[0]])[morphs[0]][-1] == 0


def test_objects_selected_unseen_are_no_looks(made_project: Project, morphs: list[int]) -> None:
    first, second = morphs[:2]
    before = state_of(made_project).tables
    former = tree.membership(made_project)[1][:5].tolist()
    assert act(made_project, f"to:{second}", [0, 1, 2], first, looked=[0])["is_done"]  # Ctrl+A
    assert act(made_project, "reject", [3, 4], first, looked=[4])["is_done"]
    assert [(one, answer) for one, _, answer in looks_of(made_project)][-2:] == [(0, "right"), (4, "wrong")]
    node, origin = tree.membership(made_project)
    assert node[:5].tolist() == [second] * 3 + [tree.FREE] * 2
    assert origin[:3].tolist() == [ORIGINS.index("looked"), *former[1:3]]
    review.undo(made_project)
    review.undo(made_project)
    assert state_of(made_project).tables == before


def test_selected_members_are_said_to_be_right_or_doubtful(made_project: Project, morphs: list[int]) -> None:
    first = morphs[0]
    before = state_of(made_project).tables
    assert act(made_project, "right", [0, 1, 2], first, looked=[0, 1])["is_done"]
    doubtful = act(made_project, "doubtful", [1, 3], first)
    assert doubtful["message"] == "Found 2 members of morph 1 doubtful."
    assert tree.doubtful(made_project).tolist() == [1, 3]
    assert act(made_project, "right", [3], first)["is_done"]
    assert tree.doubtful(made_project).tolist() == [1]
    node, origin = tree.membership(made_project)
    assert (node[:4] == first).all()
    assert (origin[[0, 1, 3]] == ORIGINS.index("looked")).all()
    unseen = act(made_project, "right", [2], first, looked=[])
    assert (unseen["is_done"], unseen["message"]) == (False, "Select members whose image you saw first.")
    for _ in range(3):
        review.undo(made_project)
    assert state_of(made_project).tables == before


def test_a_node_that_is_gone_is_answered_with_a_sentence(made_project: Project, morphs: list[int]) -> None:
    del morphs
    version = history.version(made_project)
    branch = review.make_branch(made_project, name="soon gone")
    review.dissolve(made_project, branch)
    operation = {"type": "dissolve", "nodes": [branch], "version": version, "stamp": "s1"}
    answer, outcome = operating.operate(Session(made_project), operation, None, "/tree")
    assert (answer["to"], answer["is_done"]) == ("s1", False)
    assert "since this page was drawn" in outcome["message"]


def test_without_a_selection_nothing_is_done(made_project: Project, morphs: list[int]) -> None:
    outcome = act(made_project, "reject", [], morphs[0])
    assert (outcome["is_done"], outcome["message"]) == (False, "Select objects first.")


def test_the_callbacks_answer_over_http(made_project: Project, morphs: list[int]) -> None:
    client = create_app(made_project).server.test_client()
    version = history.version(made_project)
    outcome = '{"page":"tree","type":"outcome"}.data'
    body = {
        "output": f"..{ids.TREE}.answer...{outcome}..",
        "outputs": [
            {"id": ids.TREE, "property": "answer"},
            {"id": {"type": "outcome", "page": "tree"}, "property": "data"},
        ],
        "inputs": [
            {
                "id": ids.TREE,
                "property": "operation",
                "value": {
                    "type": "rename",
                    "node": morphs[0],
                    "name": "Calanus",
                    "version": version,
                    "stamp": "s1",
                },
            }
        ],
        "state": [
            {"id": ids.TREE, "property": "current", "value": None},
            {"id": ids.URL, "property": "search", "value": ""},
        ],
        "changedPropIds": [f"{ids.TREE}.operation"],
    }
    got = client.post("/_dash-update-component", json=body).get_json()["response"]
    assert got[ids.TREE]["answer"]["version"] == version + 1
    assert tree.nodes(made_project)[morphs[0]].name == "Calanus"
