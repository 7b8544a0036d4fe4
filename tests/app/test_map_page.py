"""The page of the map: what it shows, and what a selection becomes."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from dash.development.base_component import Component

from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.store import morphospace, tree
from morphoexplore.store.project import Project
from morphoexplore_app import create_app, ids
from morphoexplore_app.pages import map as page
from morphoexplore_app.pages import map_selection
from morphoexplore_app.pages.map_selection import Said
from morphoexplore_app.session import Session
from tests.made import add_array, add_objects, looks_of, state_of

NOTHING_SAID = Said(name=None, moves=False, into=None, from_=None)


@pytest.fixture
def mapped(made_project: Project) -> Project:
    positions = np.array([[number % 6, number // 6] for number in range(30)], dtype=np.float64)
    add_array(made_project, morphospace.EMBEDDING, morphospace.MAP, positions)
    return made_project


@pytest.fixture
def session(mapped: Project) -> Session:
    return Session(mapped)


def drawn(session: Session, **query: str) -> dict[str, Any]:
    layout = page.layout(session, query=query)
    return {
        str(part.id): part
        for part in layout._traverse()
        if isinstance(part, Component) and hasattr(part, "id")
    }


def chosen(session: Session, objects: list[int], **fields: Any) -> map_selection.Chosen:
    token = session.selections.put(np.array(objects))
    made = map_selection.of_selection({"token": token, "n": len(objects)})
    assert made is not None
    return made | fields


def action(name: str, *, seen: int = 0, picked: tuple[int, ...] = ()) -> dict[str, Any]:
    return {"name": name, "seen": seen, "objects": list(picked), "selected": len(picked)}


# ------------------------------------------------------------------------------------------ what is shown


def test_a_link_says_what_is_seen(session: Session) -> None:
    found = drawn(session, colour="origin", space="pc12", object="12")
    assert found[ids.MAP].points.startswith("/points/pc12?version=")
    assert found[ids.MAP].column.startswith("/column/origin?space=pc12")
    assert found[ids.MAP].query == {"colour": "origin", "space": "pc12"}
    assert found[ids.MAP].highlight == 12


@pytest.mark.parametrize(
    "strange", [{"colour": "x", "space": "y", "object": "-1"}, {"object": "²"}, {"object": "9" * 30}]
)
def test_a_strange_link_shows_the_map(session: Session, strange: dict[str, str]) -> None:
    found = drawn(session, **strange)
    assert found[ids.MAP].query == {"colour": "seed", "space": "map"}
    assert found[ids.MAP].highlight is None


def test_the_first_colour_is_what_there_is(session: Session) -> None:
    assert drawn(session)[ids.MAP_COLOUR].value == "seed"
    review.confirm(session.project, 1)
    assert drawn(session)[ids.MAP_COLOUR].value == "morph"


def test_a_metadata_column_is_asked_for_by_any_name(session: Session) -> None:
    add_array(session.project, "metadata", "%area & more", np.arange(30, dtype=np.float64))
    found = drawn(session, colour="metadata:%area & more")
    assert "of=%25area+%26+more" in found[ids.MAP].column


@pytest.mark.parametrize("kind", ["empty_project", "made_project"])
def test_without_a_map_the_page_says_what_to_do(kind: str, request: pytest.FixtureRequest) -> None:
    project = request.getfixturevalue(kind)
    with project.write() as conn:
        conn.execute("DELETE FROM shard")
        conn.execute("DELETE FROM array WHERE kind = 'embedding'")
    layout = page.layout(Session(project), query={})
    text = json.dumps(layout.to_plotly_json(), default=lambda part: part.to_plotly_json())
    assert "no map" in text
    assert '"href": "/"' in text


@pytest.mark.parametrize(("known", "text"), [(0, "No object has a position"), (1, "/points/map")])
def test_objects_without_positions_are_no_map(empty_project: Project, known: int, text: str) -> None:
    add_objects(empty_project, 3)
    positions = np.full((3, 2), np.nan)
    positions[:known] = 1.0
    add_array(empty_project, morphospace.EMBEDDING, morphospace.MAP, positions)
    layout = page.layout(Session(empty_project), query={})
    assert text in json.dumps(layout.to_plotly_json(), default=lambda part: part.to_plotly_json())


# ------------------------------------------------------------------------------------------ order and looks


def test_a_large_selection_is_shown_evenly_and_every_object_once(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_selection, "PAGE", 10)
    order = map_selection.displayed(session, chosen(session, list(range(30))))
    assert order[:10].tolist() == list(range(0, 30, 3))
    assert sorted(order.tolist()) == list(range(30))


def test_left_out_images_go_and_what_was_seen_stays_seen(session: Session) -> None:
    first = chosen(session, list(range(10)))
    later = map_selection.refined(session, first, action("leave-out", seen=6, picked=(1, 8)))
    assert later is not None
    assert session.selections.get(later["token"]).tolist() == [0, 2, 3, 4, 5, 6, 7, 9]
    assert later["seen"] == 5
    shown = map_selection.seen(map_selection.displayed(session, later), later, action("gather", seen=2))
    assert shown.tolist() == [0, 2, 3, 4, 5]


def test_only_marked_images_can_be_kept(session: Session) -> None:
    later = map_selection.refined(
        session, chosen(session, list(range(10))), action("keep-only", seen=10, picked=(1, 8))
    )
    assert later is not None
    assert session.selections.get(later["token"]).tolist() == [1, 8]
    assert map_selection.refined(session, later, action("leave-out", seen=2, picked=(1, 8))) is None


def test_nothing_marked_leaves_nothing_out(session: Session) -> None:
    first = chosen(session, [1, 2])
    assert map_selection.refined(session, first, action("leave-out", seen=2) | {"objects": [1]}) == first


def test_only_what_was_on_the_screen_is_looked(session: Session) -> None:
    objects = [23, 24, 25, 26]
    said = Said(name=" Fluff ", moves=False, into=None, from_=None)
    sentence = map_selection.decide_on(session, chosen(session, objects), action("gather", seen=2), said)
    assert sentence == "New Fluff: 4 objects, 2 of them looked at."
    origin = session.membership.origin
    assert [int(origin[n]) for n in objects] == [0, 0, 2, 2]
    node_id = int(session.membership.node[23])
    assert looks_of(session.project) == [(23, node_id, "right"), (24, node_id, "right")]


def test_members_of_morphs_stay_unless_the_box_is_ticked(session: Session) -> None:
    first = review.confirm(session.project, 1)
    objects = [0, 1, 25]
    sentence = map_selection.decide_on(session, chosen(session, objects), action("gather"), NOTHING_SAID)
    assert "2 members of other morphs stayed there" in sentence
    assert session.membership.node[0] == first
    ticked = Said(name=None, moves=True, into=None, from_=None)
    map_selection.decide_on(session, chosen(session, objects), action("gather"), ticked)
    assert session.membership.node[0] == session.membership.node[25] != first
    with pytest.raises(DecisionError, match="Tick the box"):
        map_selection.decide_on(session, chosen(session, objects), action("gather"), NOTHING_SAID)


def test_objects_go_into_a_morph_but_unseen_not_after_a_rejection(session: Session) -> None:
    node_id = review.confirm(session.project, 1, wrong=[3], shown=[3])
    said = Said(name="ignored", moves=False, into=str(node_id), from_=None)
    sentence = map_selection.decide_on(session, chosen(session, [3, 4, 25]), action("move"), said)
    assert sentence.startswith(f"Into morph {node_id}: 1 object, 0 of them looked at.")
    assert session.membership.node[3] == tree.FREE
    map_selection.decide_on(session, chosen(session, [3]), action("move", seen=1), said)
    assert session.membership.node[3] == node_id
    with pytest.raises(DecisionError, match="Choose the morph"):
        map_selection.decide_on(session, chosen(session, [26]), action("move"), NOTHING_SAID)


def test_members_are_rejected_and_only_those_shown_are_looks(session: Session) -> None:
    node_id = review.confirm(session.project, 1)
    said = Said(name=None, moves=False, into=None, from_=str(node_id))
    map_selection.decide_on(session, chosen(session, [0, 1, 25]), action("reject", seen=1), said)
    assert session.membership.node[[0, 1, 2]].tolist() == [tree.FREE, tree.FREE, node_id]
    assert tree.rejections(session.project, node_id).tolist() == [0, 1]
    assert looks_of(session.project) == [(0, node_id, "wrong")]
    with pytest.raises(DecisionError, match="No selected object"):
        map_selection.decide_on(session, chosen(session, [25]), action("reject"), said)


# ------------------------------------------------------------------------------------------ by callback


class Visit:
    """A browser that has the page open."""

    def __init__(self, project: Project) -> None:
        self.client = create_app(project).server.test_client()
        self.version = Session(project).version
        self.chosen: Any = None

    def act(self, trigger: str, **values: Any) -> dict[str, Any]:
        prop = {ids.MAP: "selection", ids.MAP_GALLERY: "action"}[trigger]
        outcome = {"id": ids.outcome("map"), "property": "data"}
        key = json.dumps(ids.outcome("map"), sort_keys=True, separators=(",", ":"))
        body = {
            "output": f"..{ids.MAP_CHOSEN}.data...{ids.MAP_STATE}.data...{key}.data...{ids.MAP_MADE}.children..",
            "outputs": [
                {"id": ids.MAP_CHOSEN, "property": "data"},
                {"id": ids.MAP_STATE, "property": "data"},
                outcome,
                {"id": ids.MAP_MADE, "property": "children"},
            ],
            "changedPropIds": [f"{trigger}.{prop}"],
            "inputs": [
                {"id": ids.MAP, "property": "selection", "value": values.get("selection")},
                {"id": ids.MAP_GALLERY, "property": "action", "value": values.get("action")},
            ],
            "state": [
                {"id": ids.MAP_CHOSEN, "property": "data", "value": self.chosen},
                {"id": ids.MAP_STATE, "property": "data", "value": {"version": self.version}},
                {"id": ids.MAP_NAME, "property": "value", "value": "Fluff"},
                {"id": ids.MAP_MOVES, "property": "checked", "value": False},
                {"id": ids.MAP_INTO, "property": "value", "value": None},
                {"id": ids.MAP_FROM, "property": "value", "value": None},
            ],
        }
        answer = self.client.post("/_dash-update-component", json=body)
        if answer.status_code == 204:
            return {}
        assert answer.status_code == 200, answer.text
        got: dict[str, Any] = json.loads(answer.text)["response"]
        if ids.MAP_CHOSEN in got:
            self.chosen = got[ids.MAP_CHOSEN]["data"]
        if ids.MAP_MADE in got:
            self.made = got[ids.MAP_MADE]["children"]
        return got.get(key, {}).get("data", {})

    def lasso(self, objects: list[int]) -> None:
        sent = self.client.post("/selection", data=np.array(objects, "<u4").tobytes()).json
        assert sent is not None
        self.act(ids.MAP, selection=sent | {"stamp": "1"})

    def press(self, name: str, **fields: Any) -> dict[str, Any]:
        version = map_selection.version(self.chosen, self.version)
        return self.act(ids.MAP_GALLERY, action=action(name, **fields) | {"version": version})


def test_a_lasso_becomes_a_morph_and_the_selection_ends(mapped: Project) -> None:
    before, visit = state_of(mapped), Visit(mapped)
    visit.lasso([25, 26, 27])
    outcome = visit.press("gather", seen=3)
    assert (outcome["is_done"], outcome["message"]) == (True, "New Fluff: 3 objects, 3 of them looked at.")
    (way,) = visit.made
    assert way["props"]["href"] == "/grow/1", "the new morph can be grown from here"
    assert visit.chosen is None
    review.undo(mapped)
    assert before.is_restored_by(state_of(mapped))


def test_a_decision_on_an_old_page_is_not_made(mapped: Project) -> None:
    visit = Visit(mapped)
    visit.lasso([25, 26])
    review.confirm(mapped, 1)
    outcome = visit.press("gather")
    assert (outcome["is_done"], outcome["redraw"]) == (False, True)
    assert visit.chosen is not None
    assert tree.membership(mapped)[0][25] == tree.FREE


def test_an_action_on_images_that_are_shown_no_more_is_nothing(mapped: Project) -> None:
    visit = Visit(mapped)
    visit.lasso([25, 26])
    assert visit.act(ids.MAP_GALLERY, action=action("gather") | {"version": "old"}) == {}
    assert tree.membership(mapped)[0][25] == tree.FREE


def test_escape_ends_a_selection(mapped: Project) -> None:
    visit = Visit(mapped)
    visit.lasso([25])
    visit.act(ids.MAP, selection={"token": None, "n": 0, "stamp": "2"})
    assert visit.chosen is None
