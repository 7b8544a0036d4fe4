"""One seed in full."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.store import history, seeds, tree
from morphoexplore.store.project import Project, create_project
from morphoexplore_app import ids
from morphoexplore_app.pages import overview
from morphoexplore_app.pages import review as review_page
from morphoexplore_app.pages import seed as seed_page
from tests.app.pressing import Open
from tests.made import add_objects, add_round, looks_of, make_project, state_of

# Seeds 1, 2, 3, 4 hold the objects 0-7, 8-13, 14-18, 19-22; 23-29 are in no seed.


@pytest.fixture
def opened(made_project: Project) -> Open:
    return Open(made_project, seed_page, seed_id=1)


def act(
    opened: Open,
    name: str,
    *clicked: int,
    seen: int | None = None,
    looked: tuple[int, ...] | None = None,
    label: str = "",
    question: str = "",
) -> None:
    """Send an action of the gallery, with clicked places; *looked*: those of them that were on the screen."""
    objects = opened[ids.SEED_GALLERY, "objects"]
    opened.values[ids.SEED_NAME, "value"], opened.values[ids.SEED_FLAG, "value"] = label, question
    action = {
        "name": name,
        "objects": [objects[place] for place in clicked] or objects[:1],
        "looked": [objects[place] for place in (clicked if looked is None else looked)],
        "selected": len(clicked),
        "cursor": 0,
        "shown": len(objects),
        "seen": len(objects) if seen is None else seen,
        "stamp": "1",
    }
    opened.press(ids.SEED_GALLERY, "action", action)


def said(opened: Open) -> dict[str, Any]:
    return opened[ids.outcome("seed"), "data"]


def origins_of(project: Project) -> dict[int, str]:
    with project.read() as conn:
        return dict(conn.execute("SELECT object, origin FROM member").fetchall())


def test_it_shows_all_free_objects_from_typical_to_strange_and_what_is_known(
    opened: Open, made_project: Project
) -> None:
    assert opened[ids.SEED_GALLERY, "objects"] == list(range(8))
    assert "1 of 4" in opened.text
    node = review.gather(made_project, [0, 3])
    opened.draw()
    assert opened[ids.SEED_GALLERY, "objects"] == [1, 2, 4, 5, 6, 7]
    assert "6 of 8" in opened.text
    assert f"confirm as part of morph {node}" in opened.text


def test_confirming_leaves_the_clicked_out_and_goes_on_to_the_next(
    opened: Open, made_project: Project
) -> None:
    act(opened, "confirm", 2, 5, seen=6, label=" Calanus ", question="two species?")
    assert said(opened)["is_done"]
    assert said(opened)["message"] == "Seed 1 is Calanus now."
    assert opened[ids.SEED_GO, "href"] == "/seed/2"
    assert origins_of(made_project) == dict.fromkeys((0, 1, 3, 4), "looked") | dict.fromkeys((6, 7), "seed")
    node = next(iter(tree.nodes(made_project).values()))
    assert (node.name, node.flag) == ("Calanus", "two species?")
    assert tree.rejections(made_project, node.node_id).tolist() == [2, 5]
    assert history.version(made_project) == 1


def test_merging_confirms_it_into_a_morph_which_keeps_its_name(made_project: Project) -> None:
    node = review.confirm(made_project, 2, name="Oithona")
    opened = Open(made_project, seed_page, seed_id=1)
    act(opened, f"into-{node}", 7, label="ignored")
    assert said(opened)["message"] == "Seed 1 is part of Oithona now."
    assert len(tree.members(made_project, node)) == 13
    assert tree.nodes(made_project)[node].name == "Oithona"


def test_the_clicked_become_a_morph_of_their_own_and_the_seed_goes_on(
    opened: Open, made_project: Project
) -> None:
    act(opened, "split", 6, 7, label="odd ones")
    assert said(opened)["message"] == "2 objects went to odd ones; the seed goes on with the rest."
    assert said(opened)["redraw"]
    assert opened[ids.SEED_GO, "href"] is None
    assert origins_of(made_project) == {6: "looked", 7: "looked"}
    opened.draw()
    assert opened[ids.SEED_GALLERY, "objects"] == [0, 1, 2, 3, 4, 5]
    assert seeds.counts(made_project)["pending"] == 4


def test_splitting_without_a_selection_is_answered_with_a_sentence(
    opened: Open, made_project: Project
) -> None:
    act(opened, "split")
    assert not said(opened)["is_done"]
    assert "Choose some first" in said(opened)["message"]
    assert history.version(made_project) == 0


def test_discarding_enters_what_was_seen(opened: Open, made_project: Project) -> None:
    act(opened, "discard", seen=3)
    assert said(opened)["message"] == "Seed 1 is refused."
    assert looks_of(made_project) == [(one, None, "wrong") for one in range(3)]
    assert opened[ids.SEED_GO, "href"] == "/seed/2"


def test_everything_clicked_out_is_refused(opened: Open, made_project: Project) -> None:
    act(opened, "confirm", *range(8))
    assert not said(opened)["is_done"]
    assert "Nothing of seed 1 would be left" in said(opened)["message"]
    assert opened[ids.SEED_GO, "href"] is None


def test_a_stale_page_changes_nothing_and_is_drawn_anew(opened: Open, made_project: Project) -> None:
    review.confirm(made_project, 2)
    before = state_of(made_project)
    act(opened, "confirm")
    assert (said(opened)["is_done"], said(opened)["redraw"]) == (False, True)
    assert state_of(made_project) == before
    opened.draw()
    act(opened, "confirm")
    assert said(opened)["is_done"]


def test_skipping_goes_round_the_corner_and_the_last_judged_leads_to_the_strips(
    made_project: Project,
) -> None:
    last = Open(made_project, seed_page, seed_id=4).text
    assert '"/seed/3"' in last
    assert '"/seed/1"' in last
    for seed_id in (1, 2, 3):
        review.discard(made_project, seed_id)
    opened = Open(made_project, seed_page, seed_id=4)
    assert "Skip" not in opened.text
    act(opened, "discard")
    assert opened[ids.SEED_GO, "href"] == "/review"


def test_skipping_follows_the_order_of_review_and_leaves_out_what_waits_with_a_question(
    tmp_path: Path,
) -> None:
    # Small seeds are refused, large ones accepted: once twelve are judged, the largest come first in review.
    project = make_project(tmp_path / "project", sizes=(*(4, 30) * 6, 5, 6, 29, 28), free=3)
    for seed_id in range(1, 13):
        review.discard(project, seed_id) if seed_id % 2 else review.confirm(project, seed_id)
    assert [row.seed_id for row in review.strip_page(project).rows] == [15, 16, 14, 13]
    places = {}
    for seed_id, before, after in ((15, 13, 16), (16, 15, 14), (14, 16, 13), (13, 14, 15)):
        opened = Open(project, seed_page, seed_id=seed_id)
        assert seed_page.neighbours(opened.session, seed_id)[:2] == (before, after)
        places[seed_id] = next(f"{place} of 4" for place in range(1, 5) if f'"{place} of 4"' in opened.text)
    assert places == {15: "1 of 4", 16: "2 of 4", 14: "3 of 4", 13: "4 of 4"}
    review.ask(project, 16, "Is this a nauplius?")
    opened = Open(project, seed_page, seed_id=15)
    assert seed_page.neighbours(opened.session, 15) == (13, 14, (1, 3))
    opened = Open(project, seed_page, seed_id=16)
    assert seed_page.neighbours(opened.session, 16) == (13, 15, None)  # what waits has no place
    assert "waits with its question" in opened.text


def test_a_large_seed_has_pages_and_remembers_what_was_clicked_and_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seed_page, "MOST", 20)
    monkeypatch.setattr(seed_page, "ROWS", 10)
    project = make_project(tmp_path / "project", sizes=(25, 20), free=3)
    opened = Open(project, seed_page, seed_id=1)
    assert opened[ids.SEED_GALLERY, "objects"] == list(range(10))
    act(opened, "later", 1, 2, seen=8)
    assert opened[ids.SEED_GALLERY, "objects"] == list(range(10, 20))
    assert "page 2 of 3, 2 clicked out so far" in str(opened[ids.SEED_PAGES, "children"])
    act(opened, "later", 0, seen=4)
    assert opened[ids.SEED_GALLERY, "objects"] == list(range(20, 25))
    act(opened, "later", seen=0)  # there is no later page
    assert opened[ids.SEED_GALLERY, "objects"] == list(range(20, 25))
    act(opened, "earlier", seen=0)
    assert opened[ids.SEED_GALLERY, "notes"] == {"10": "clicked out"}
    act(opened, "confirm", seen=2)
    node = next(iter(tree.nodes(project)))
    assert tree.rejections(project, node).tolist() == [1, 2, 10]
    looked = {one for one, origin in origins_of(project).items() if origin == "looked"}
    assert looked == {0, *range(3, 8), 11, 12, 13}
    assert len(tree.members(project, node)) == 22
    assert "page 1 of" not in Open(project, seed_page, seed_id=2).text  # twenty fit


def test_images_selected_unseen_go_to_a_new_morph_unseen(opened: Open, made_project: Project) -> None:
    act(opened, "split", *range(8), seen=3, looked=(0, 1, 2))  # Ctrl+A
    assert said(opened)["is_done"]
    assert origins_of(made_project) == dict.fromkeys(range(3), "looked") | dict.fromkeys(range(3, 8), "grown")
    assert [(one, answer) for one, _, answer in looks_of(made_project)] == [
        (one, "right") for one in range(3)
    ]


def test_images_selected_unseen_are_not_said_to_be_wrong(opened: Open, made_project: Project) -> None:
    act(opened, "confirm", *range(2, 8), seen=3, looked=(2,))  # Shift+End
    assert said(opened)["message"].startswith("5 clicked images were never on the screen.")
    assert history.version(made_project) == 0
    act(opened, "confirm", *range(2, 8), seen=8)
    assert said(opened)["is_done"]


def test_a_judged_seed_says_what_became_of_it(made_project: Project) -> None:
    node = review.confirm(made_project, 1, name="Calanus")
    review.discard(made_project, 2)
    review.gather(made_project, range(14, 19))
    assert "It is in Calanus" in Open(made_project, seed_page, seed_id=1).text
    assert f"/grow/{node}" in Open(made_project, seed_page, seed_id=1).text
    assert "Of its 6 objects 6 are free." in Open(made_project, seed_page, seed_id=2).text
    assert "Nothing of seed 3 is free any more." in Open(made_project, seed_page, seed_id=3).text
    add_round(made_project, np.repeat([-1, 0, -1], [23, 5, 2]))
    assert "a later round replaced it" in Open(made_project, seed_page, seed_id=4).text
    with pytest.raises(DecisionError, match="There is no seed 99"):
        Open(made_project, seed_page, seed_id=99)


def test_without_a_morphospace_no_morphs_are_offered(tmp_path: Path) -> None:
    project = create_project(tmp_path / "bare", user="ana")
    add_objects(project, 6)
    add_round(project, np.repeat([0, -1], 3))
    review.gather(project, [3, 4])
    opened = Open(project, seed_page, seed_id=1)
    assert opened[ids.SEED_GALLERY, "objects"] == [0, 1, 2]
    assert "The same as" not in opened.text


def test_a_seed_waits_with_a_question_that_everybody_finds(opened: Open, made_project: Project) -> None:
    act(opened, "ask", question=" ")
    assert "Write the question first." in said(opened)["message"]
    act(opened, "ask", question="Is this a nauplius?")
    assert said(opened)["is_done"]
    assert opened[ids.SEED_GO, "href"] == "/seed/2"
    for page in (review_page, overview):
        text = Open(made_project, page).text
        assert "Is this a nauplius?" in text
        assert '"/seed/1"' in text
    listed = Open(made_project, review_page)
    assert [row["id"] for row in listed[ids.REVIEW_STRIPS, "rows"]] == [2, 3, 4]
    assert "1 waits with a question" in listed.text
    opened.draw()
    assert opened[ids.SEED_FLAG, "value"] == "Is this a nauplius?"
    act(opened, "confirm", question="Is this a nauplius?")
    node = seeds.listing(made_project).loc[1, "node_id"]
    assert tree.nodes(made_project)[int(node)].flag == "Is this a nauplius?"
    assert f'"/tree?node={node}"' in Open(made_project, overview).text


def test_when_all_others_are_judged_the_seeds_with_questions_are_named(made_project: Project) -> None:
    review.ask(made_project, 1, "Is this a nauplius?")
    for seed_id in (2, 3, 4):
        review.discard(made_project, seed_id)
    text = Open(made_project, review_page).text
    assert "Every seed is judged, but for 1 with a question." in text
    assert "Is this a nauplius?" in text


def test_a_question_on_a_seed_of_which_nothing_is_free_says_where_it_went_and_is_taken_off(
    made_project: Project,
) -> None:
    review.ask(made_project, 1, "Is this a nauplius?")
    morph = review.make_morph(made_project, name="Calanus")
    review.move(made_project, range(8), morph)
    opened = Open(made_project, seed_page, seed_id=1)
    assert "Nothing of seed 1 is free any more." in opened.text
    assert "Is this a nauplius?" in opened.text
    assert f'"/tree?node={morph}"' in opened.text
    assert "8 objects of it" in opened.text
    opened.press(ids.SEED_ANSWERED, "n_clicks", 1)
    assert review.questions(made_project) == []
    opened.draw()
    assert not opened.has(ids.SEED_ANSWERED)
