"""A new morph from one image."""

from __future__ import annotations

from typing import Any

import pytest

from morphoexplore import review
from morphoexplore.steps import looking
from morphoexplore.store import history, tree
from morphoexplore.store.project import Project
from morphoexplore_app import ids, object_parts
from morphoexplore_app.pages import like
from tests.app.pressing import Open
from tests.app.test_object_panel import attributes
from tests.made import looks_of, state_of

# Seeds 1, 2, 3, 4 hold the objects 0-7, 8-13, 14-18, 19-22, dense groups; 23-29 are in no seed.


@pytest.fixture
def opened(made_project: Project) -> Open:
    return Open(made_project, like, number=3)


def act(opened: Open, name: str, *clicked: int, cursor: int = 0) -> dict[tuple[str, str], Any]:
    """Send an action of the gallery, with clicked places."""
    objects = opened[ids.LIKE_GALLERY, "objects"]
    chosen = [objects[place] for place in clicked]
    action = {"name": name, "objects": chosen, "looked": chosen, "selected": len(clicked)}
    return opened.press(
        ids.LIKE_GALLERY, "action", action | {"cursor": cursor, "seen": len(objects), "stamp": name}
    )


def test_the_object_comes_first_then_the_free_ones_most_like_it(opened: Open, made_project: Project) -> None:
    shown = opened[ids.LIKE_GALLERY, "objects"]
    assert shown[0] == 3
    assert set(shown[:8]) == set(range(8))
    review.gather(made_project, [4, 5])
    assert not {4, 5} & set(Open(made_project, like, number=3)[ids.LIKE_GALLERY, "objects"])


def test_a_morph_is_made_up_to_the_cursor_without_the_wrong_ones_and_is_grown_then(
    opened: Open, made_project: Project
) -> None:
    before = state_of(made_project)
    shown = opened[ids.LIKE_GALLERY, "objects"]
    opened.values[ids.LIKE_NAME, "value"] = "Calanus"
    changed = act(opened, "upto", 2, cursor=7)
    (node,) = tree.nodes(made_project)
    assert changed[ids.LIKE_GO, "href"] == f"/grow/{node}"
    assert set(tree.members(made_project, node)) == set(range(8)) - {shown[2]}
    assert tree.rejections(made_project, node).tolist() == [shown[2]]
    assert (shown[2], node, "wrong") in looks_of(made_project)
    assert (3, node, "right") in looks_of(made_project)
    assert tree.nodes(made_project)[node].name == "Calanus"
    assert history.version(made_project) == 1, "it is one decision"
    history.undo(made_project)
    assert before.is_restored_by(state_of(made_project))


def test_a_member_leaves_its_morph_for_the_new_one(made_project: Project) -> None:
    former = review.gather(made_project, [3, 20], name="Oithona")
    opened = Open(made_project, like, number=3)
    assert "It is in Oithona now" in opened.text
    act(opened, "upto", cursor=2)
    assert tree.members(made_project, former).tolist() == [20]


def test_the_panel_of_an_object_leads_there(made_project: Project) -> None:
    actions = object_parts.actions(looking.describe(made_project, 3), "panel")
    assert "/like/3" in attributes(actions, "href")


def test_without_features_or_a_morphospace_the_page_says_so(empty_project: Project) -> None:
    from tests.made import add_objects

    add_objects(empty_project, 3)
    assert "has none yet" in Open(empty_project, like, number=1).text
