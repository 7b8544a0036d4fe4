"""The pages of growth: the list of morphs, and the candidates of one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.review import shortlists
from morphoexplore.store import history, tree
from morphoexplore.store.project import Project, create_project
from morphoexplore_app import ids
from morphoexplore_app.pages import grow, grow_list, growing
from morphoexplore_app.session import Session
from tests.app.pressing import Open
from tests.made import add_objects, looks_of, make_project, state_of

# Seeds 1, 2, 3, 4 hold the objects 0-7, 8-13, 14-18, 19-22; 23-29 are in no seed.


@pytest.fixture
def node(made_project: Project) -> int:
    review.confirm(made_project, 2)
    return review.confirm(made_project, 1, shown=[0], name="Calanus")


@pytest.fixture
def opened(made_project: Project, node: int) -> Open:
    return Open(made_project, grow, node_id=node, query={"page_size": "6"})


def act(
    opened: Open,
    name: str,
    *clicked: int,
    cursor: int = 0,
    seen: int | None = None,
    looked: tuple[int, ...] | None = None,
) -> dict[tuple[str, str], Any]:
    """Send an action of the gallery, with clicked places; *looked*: those of them that were on the screen."""
    objects = opened[ids.GROW_GALLERY, "objects"]
    action = {
        "name": name,
        "objects": [objects[place] for place in clicked] or [objects[cursor]],
        "looked": [objects[place] for place in (clicked if looked is None else looked)],
        "selected": len(clicked),
        "cursor": cursor,
        "shown": len(objects),
        "seen": len(objects) if seen is None else seen,
        "stamp": "1",
    }
    return opened.press(ids.GROW_GALLERY, "action", action)


def said(opened: Open) -> dict[str, Any]:
    return opened[ids.outcome("grow"), "data"]


def test_the_page_shows_the_most_likely_first(opened: Open, made_project: Project, node: int) -> None:
    expected = review.candidates(made_project, node, most=6)["object"].tolist()
    assert opened[ids.GROW_GALLERY, "objects"] == expected
    assert "Grow Calanus" in opened.text
    assert "Typical members of Calanus" in opened.text


def test_right_accepts_all_but_the_clicked_and_the_next_page_comes(
    opened: Open, made_project: Project, node: int
) -> None:
    shown = opened[ids.GROW_GALLERY, "objects"]
    act(opened, "right", 1, 4)
    assert said(opened)["is_done"]
    assert said(opened)["message"] is None
    wrong = {shown[1], shown[4]}
    assert set(tree.members(made_project, node)) == {*range(8), *(set(shown) - wrong)}
    assert set(tree.rejections(made_project, node)) == wrong
    after = opened[ids.GROW_GALLERY, "objects"]
    assert not set(after) & set(shown)
    assert opened[ids.GROW_STATE, "data"]["version"] == history.version(made_project) == 3
    assert opened[ids.GROW_GALLERY, "version"] == "3"
    act(opened, "none")
    assert said(opened)["is_done"]
    assert not set(opened[ids.GROW_GALLERY, "objects"]) & (set(shown) | set(after))


@pytest.mark.parametrize(
    ("name", "clicked", "cursor", "right", "wrong"),
    [
        ("right", (), 0, range(6), ()),
        ("right", (0, 1, 2, 3, 4, 5), 0, (), range(6)),
        ("none", (), 3, (), range(6)),
        ("none", (1,), 0, (), range(6)),
        ("upto", (1, 5), 3, (0, 2, 3), (1, 5)),
        ("from", (1,), 3, (0, 2), (1, 3, 4, 5)),
        ("from", (), 0, (), range(6)),
    ],
)
def test_each_action_is_one_decision(
    opened: Open,
    made_project: Project,
    node: int,
    name: str,
    clicked: tuple[int, ...],
    cursor: int,
    right: Any,
    wrong: Any,
) -> None:
    shown = opened[ids.GROW_GALLERY, "objects"]
    before = len(looks_of(made_project))
    act(opened, name, *clicked, cursor=cursor)
    assert history.version(made_project) == 3
    looks = {(shown.index(one), answer) for one, _, answer in looks_of(made_project)[before:]}
    assert looks == {(one, "right") for one in right} | {(one, "wrong") for one in wrong}
    assert set(tree.members(made_project, node)) == {*range(8), *(shown[one] for one in right)}


def test_what_was_not_scrolled_into_view_is_not_judged_and_comes_again(
    opened: Open, made_project: Project
) -> None:
    shown = opened[ids.GROW_GALLERY, "objects"]
    act(opened, "right", 0, seen=4)
    assert {one for one, _, _ in looks_of(made_project)} >= set(shown[:4])
    assert not {one for one, _, _ in looks_of(made_project)} & set(shown[4:])
    assert set(shown[4:]) <= set(opened[ids.GROW_GALLERY, "objects"])
    assert "2 images below the edge were not seen" in str(opened[ids.GROW_ASIDE, "children"])


def test_what_was_jumped_over_is_no_look(opened: Open, made_project: Project, node: int) -> None:
    shown = opened[ids.GROW_GALLERY, "objects"]
    act(opened, "upto", cursor=5, seen=2)  # the End key
    looks = {one: answer for one, of, answer in looks_of(made_project) if of == node and one in shown}
    assert looks == dict.fromkeys((shown[0], shown[1], shown[5]), "right")
    with made_project.read() as conn:
        origins = dict(conn.execute("SELECT object, origin FROM member").fetchall())
        detail = conn.execute("SELECT detail FROM decision ORDER BY decision_id DESC LIMIT 1").fetchone()[0]
    assert [origins[one] for one in shown] == ["looked", "looked", "grown", "grown", "grown", "looked"]
    assert json.loads(detail)["up_to"] is True  # judged by the last good one, not one by one


def test_what_was_selected_unseen_is_neither_right_nor_wrong(opened: Open, made_project: Project) -> None:
    shown = opened[ids.GROW_GALLERY, "objects"]
    act(opened, "right", 1, 4, 5, seen=2, looked=(1, 5))  # the fifth by a range
    judged = {one: answer for one, _, answer in looks_of(made_project) if one in shown}
    assert judged == {shown[0]: "right", shown[1]: "wrong", shown[5]: "wrong"}
    assert {shown[2], shown[3], shown[4]} <= set(opened[ids.GROW_GALLERY, "objects"])
    assert "3 images below the edge were not seen" in str(opened[ids.GROW_ASIDE, "children"])


def test_leaving_and_coming_back_goes_on_where_it_was(opened: Open, made_project: Project, node: int) -> None:
    act(opened, "right", 2)
    there = opened[ids.GROW_GALLERY, "objects"]
    again = Open(made_project, grow, node_id=node, query={"page_size": "6"})
    assert again[ids.GROW_GALLERY, "objects"] == there
    assert "5 of 6 right" in again.text


def test_undo_brings_the_page_back(opened: Open, made_project: Project) -> None:
    shown = opened[ids.GROW_GALLERY, "objects"]
    act(opened, "right", 1)
    review.undo(made_project)
    opened.draw()
    assert opened[ids.GROW_GALLERY, "objects"] == shown
    act(opened, "none")
    assert said(opened)["is_done"]


def test_a_stale_page_is_drawn_anew_and_changes_nothing(opened: Open, made_project: Project) -> None:
    review.discard(made_project, 3)
    before = state_of(made_project)
    changed = act(opened, "right")
    assert not said(opened)["is_done"]
    assert said(opened)["redraw"]
    assert "Look again" in said(opened)["message"]
    assert state_of(made_project) == before
    assert (ids.GROW_GALLERY, "objects") not in changed


def test_the_aside_tells_how_it_goes(opened: Open, made_project: Project, node: int) -> None:
    assert "looked at" in opened.text
    act(opened, "right", 1)
    assert "5 of 6 right" in str(opened[ids.GROW_ASIDE, "children"])


def test_few_right_ones_say_that_the_morph_is_probably_complete(made_project: Project, node: int) -> None:
    opened = Open(made_project, grow, node_id=node, query={"page_size": "10"})
    act(opened, "right", *range(6))
    assert "Probably complete (c)" in str(opened[ids.GROW_ASIDE, "children"])
    review.undo(made_project)
    opened.draw()
    act(opened, "right", *range(5))
    assert "Probably complete" not in str(opened[ids.GROW_ASIDE, "children"])


def test_complete_goes_on_to_the_next_morph_that_is_not(
    opened: Open, made_project: Project, node: int
) -> None:
    other = 1 if node == 2 else 2
    act(opened, "right", 1)
    opened.press(ids.GROW_COMPLETE, "n_clicks", 1)
    assert opened[ids.outcome("grow-complete"), "data"]["message"] == "Calanus is complete."
    assert opened[ids.GROW_GO, "href"] == f"/grow/{other}?way=pages&page_size=6"
    assert tree.nodes(made_project)[node].is_complete
    review.complete(made_project, other)
    again = Open(made_project, grow, node_id=node, query={"way": "pages"})
    assert "Grow on" in again.text
    assert "All morphs" in again.text
    again.press(ids.GROW_COMPLETE, "n_clicks", 1)
    assert not tree.nodes(made_project)[node].is_complete
    assert again[ids.outcome("grow-complete"), "data"]["redraw"]


def test_the_next_morph_is_the_next_largest_that_is_incomplete_round_the_corner(
    made_project: Project,
) -> None:
    nodes = [review.confirm(made_project, seed_id) for seed_id in (1, 2, 3, 4)]
    review.make_morph(made_project)  # nobody is in it
    review.complete(made_project, nodes[1])
    session = Session(made_project)
    assert growing.next_incomplete(session, None) == nodes[0]
    assert growing.next_incomplete(session, nodes[0]) == nodes[2]
    assert growing.next_incomplete(session, nodes[3]) == nodes[0]
    review.complete(made_project, [nodes[0], nodes[2]])
    assert growing.next_incomplete(session, nodes[3]) is None


@pytest.mark.parametrize(
    ("text", "size"), [("", 60), ("30", 30), ("0", 1), ("9999", 240), ("-3", 60), ("x", 60), ("²", 60)]
)
def test_the_address_chooses_how_many(text: str, size: int) -> None:
    assert grow.page_size({"page_size": text}) == size


def test_what_is_no_morph_is_refused_with_a_sentence(made_project: Project) -> None:
    branch = review.make_branch(made_project, name="Copepoda")
    with pytest.raises(DecisionError, match="There is no node 99"):
        Open(made_project, grow, node_id=99)
    with pytest.raises(DecisionError, match="Copepoda is a branch"):
        Open(made_project, grow, node_id=branch)


def test_when_the_last_candidate_is_judged_the_page_says_so(made_project: Project, node: int) -> None:
    opened = Open(made_project, grow, node_id=node, query={"way": "pages"})
    assert len(opened[ids.GROW_GALLERY, "objects"]) == 16
    act(opened, "none")
    assert said(opened)["redraw"]
    opened.draw()
    assert not opened.has(ids.GROW_GALLERY)
    assert "There are no candidates for Calanus." in opened.text
    review.gather(made_project, range(14, 30))
    opened.draw()
    assert "No object is free any more" in opened.text


def test_a_morph_without_members_and_a_project_without_a_morphospace_say_what_is_missing(
    made_project: Project, tmp_path: Path
) -> None:
    empty = review.make_morph(made_project)
    assert "has no members yet" in Open(made_project, grow, node_id=empty).text
    bare = create_project(tmp_path / "bare")
    add_objects(bare, 5)
    node = review.gather(bare, [0, 1])
    assert "this project has none yet" in Open(bare, grow, node_id=node).text
    assert f"/grow/{node}" in Open(bare, grow_list).text


def test_a_shortlist_is_ranked_anew_and_everything_when_something_became_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shortlists, "MOST", 20)
    project = make_project(tmp_path / "project", sizes=(30, 30, 20), free=20)
    node, other = review.confirm(project, 1), review.confirm(project, 2)
    session, ranked = Session(project), []
    rank = growing.rank

    def watch(*args: Any, **options: Any) -> Any:
        ranked.append(args)
        return rank(*args, **options)

    monkeypatch.setattr(growing, "rank", watch)
    first = growing.offer(session, node, 4)
    assert first.objects == review.candidates(project, node, most=4)["object"].tolist()
    assert growing.offer(session, node, 4) == first
    review.grow(project, node, first.objects[:2], wrong=first.objects[2:], shown=first.objects)
    second = growing.offer(session, node, 4)
    assert not set(second.objects) & set(first.objects)
    assert len(ranked) == 1
    freed = int(tree.members(project, other)[0])
    review.reject(project, other, [freed])
    growing.offer(session, node, 4)
    assert len(ranked) == 2
    for _ in range(3):  # until half of the shortlist is gone
        page = growing.offer(session, node, 4).objects
        review.grow(project, node, page, shown=page)
    assert len(ranked) == 2
    last = growing.offer(session, node, 4)
    assert len(ranked) == 3
    assert last.objects == review.candidates(project, node, most=4)["object"].tolist()


def test_the_list_has_the_largest_first_and_can_leave_out_complete_ones(
    made_project: Project, node: int
) -> None:
    review.complete(made_project, node)
    everything = Open(made_project, grow_list).text
    assert everything.index("Calanus") < everything.index("morph 1")
    assert "2 morphs, 1 complete. 16 free objects: " in everything
    some = Open(made_project, grow_list, query={"show": "incomplete"}).text
    assert "Calanus" not in some
    assert "/grow/1" in some
    review.complete(made_project, 1)
    assert "Every morph is complete." in Open(made_project, grow_list, query={"show": "incomplete"}).text


def test_the_list_has_pages_and_an_empty_state(
    made_project: Project, node: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grow_list, "ROWS", 1)
    first = Open(made_project, grow_list).text
    second = Open(made_project, grow_list, query={"page": "2"}).text
    assert "page 1 of 2" in first
    assert "Calanus" in first
    assert "Calanus" not in second
    assert Open(made_project, grow_list, query={"page": "99"}).text == second
    assert Open(made_project, grow_list, query={"page": "x"}).text == first
    review.undo(made_project)
    review.undo(made_project)
    assert "There are no morphs to grow yet." in Open(made_project, grow_list).text


def test_typical_members_of_many_morphs_come_at_once(made_project: Project, node: int) -> None:
    found = growing.typical(Session(made_project), [node, 1, 99], 3)
    assert set(found) == {node, 1}
    assert set(found[node]) <= set(range(8))
    assert len(found[1]) == 3
    assert np.array(found[1]).dtype == np.int64
