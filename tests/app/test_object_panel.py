"""What the object panel and the page of an object show, and what can be decided there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dash.development.base_component import Component
from PIL import Image

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.steps import looking
from morphoexplore.store import objects, tree
from morphoexplore.store.project import Project
from morphoexplore_app import create_app, ids, object_panel, object_parts, shell
from morphoexplore_app.object_figure import figure, round_down, scale_bar
from morphoexplore_app.pages import object as object_page
from morphoexplore_app.session import Session
from tests.made import add_array, add_objects


def text(part: Any) -> str:
    """Return what a person reads of a part of a page."""
    if isinstance(part, Component):
        return text(getattr(part, "children", None))
    if isinstance(part, list | tuple):
        return " ".join(filter(None, map(text, part)))
    return "" if part is None else str(part)


def attributes(part: Any, name: str) -> list[Any]:
    """Return an attribute of all parts of a page that have it."""
    parts = [each for one in (part if isinstance(part, list) else [part]) for each in (one, *one._traverse())]
    properties = [one.to_plotly_json()["props"] for one in parts if isinstance(one, Component)]
    return [one[name] for one in properties if name in one]


class Server:
    """The app of a project, and what a browser would ask of it."""

    def __init__(self, project: Project) -> None:
        self.app = create_app(project)
        self.client = self.app.server.test_client()

    def ask(
        self, output: str, changed: str, values: dict[str, Any], states: dict[str, Any]
    ) -> dict[str, Any]:
        """Call the callback of an output; *changed* and the keys are ``id.property``."""
        key = next(key for key in self.app.callback_map if output in key)
        split = lambda name: dict(zip(("id", "property"), name.rsplit(".", 1), strict=True))  # noqa: E731
        outputs = [self._output(one) for one in key.strip(".").split("...")]
        body = {
            "output": key,
            "outputs": outputs if key.startswith("..") else outputs[0],
            "inputs": [split(name) | {"value": value} for name, value in values.items()],
            "state": [split(name) | {"value": value} for name, value in states.items()],
            "changedPropIds": [changed],
        }
        answer = self.client.post("/_dash-update-component", json=body)
        if answer.status_code == 204:
            return {}
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return dict(json.loads(answer.data)["response"])

    @staticmethod
    def _output(name: str) -> dict[str, Any]:
        of, _, prop = name.rpartition(".")
        return {"id": json.loads(of) if of.startswith("{") else of, "property": prop}

    def act(self, part: str, value: Any, shown: dict[str, int], place: str = "panel") -> dict[str, Any]:
        """Press a button of the panel, or choose a morph; return the outcome."""
        names = {"move": "value", "new": "n_clicks", "reject": "n_clicks"}
        values = {
            f"{ids.of_object(place, one)}.{prop}": value if one == part else None
            for one, prop in names.items()
        }
        page = ids.OBJECT_PANEL if place == "panel" else "object"
        output = json.dumps(ids.outcome(page), sort_keys=True, separators=(",", ":"))
        got = self.ask(
            output,
            f"{ids.of_object(place, part)}.{names[part]}",
            values,
            {f"{ids.of_object(place, 'shown')}.data": shown},
        )
        return dict(next(iter(got.values()))["data"]) if got else {}

    def draw(
        self, asked: Any, *, changed: str = ids.OBJECT, drawn: Any = None, trail: Any = ()
    ) -> dict[str, Any]:
        return self.ask(
            f"{ids.OBJECT_BODY}.children",
            f"{changed}.data",
            {f"{ids.OBJECT}.data": asked, f"{ids.HISTORY}.data": {}},
            {f"{ids.of_object('panel', 'shown')}.data": drawn, f"{ids.OBJECT_TRAIL}.data": list(trail)},
        )


@pytest.fixture
def morph(made_project: Project) -> int:
    return review.confirm(made_project, 1, name="Copepod")


# ------------------------------------------------------------------------------------------- figure


@pytest.mark.parametrize(
    ("width", "height", "pixel_size", "length", "label"),
    [
        (260, 175, 0.0212, 2 / 0.0212, "2 mm"),
        (100, 100, 0.0106, 0.2 / 0.0106, "200 µm"),
        (1000, 10, 0.0053, 2 / 0.0053, "2 mm"),
        (40, 40, 0.0001, 0.001 / 0.0001, "1 µm"),
        (20, 20, 0.00001, 0.00005 / 0.00001, "0.05 µm"),
        (5000, 5000, 0.05, 100 / 0.05, "100 mm"),
        (76, 88, None, 20, "20 px (pixel size unknown)"),
        (1, 1, None, 1, "1 px (pixel size unknown)"),
    ],
)
def test_the_scale_bar_is_as_long_as_it_says(
    width: int, height: int, pixel_size: float | None, length: float, label: str
) -> None:
    share, said = scale_bar(width, height, pixel_size)
    assert said == label
    assert share * width == pytest.approx(length)


@pytest.mark.parametrize("length", [0.00123, 0.2, 0.199999, 1, 4.99, 5, 7, 10, 99, 1234])
def test_a_round_length_is_not_larger_and_not_much_smaller(length: float) -> None:
    found = round_down(length)
    assert found <= length * 1.000001
    assert found > length / 2.51
    assert f"{found:e}"[0] in "125"


def test_an_image_says_its_size_and_an_unreadable_one_why(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name, level in (("a", 200), ("b", 10)):
        Image.fromarray(np.full((20, 30), level, np.uint8)).save(source / f"{name}.png")
    project = mx.create_project(tmp_path / "project", user="ana")
    mx.add(project, source, pixel_size=0.01)
    session = Session(project)
    light, dark = (figure(session, looking.describe(project, number)) for number in (0, 1))
    assert text(light) == "100 µm Original size 30 \N{MULTIPLICATION SIGN} 20 px"
    assert attributes(light, "src") == ["/image/0/0"]
    assert [style["color"] for style in (attributes(light, "style")[0], attributes(dark, "style")[0])] == [
        "#111",
        "#fff",
    ]
    (source / "a.png").unlink()
    again = figure(Session(project), looking.describe(project, 0))
    assert "relocate" in text(again)
    assert attributes(again, "src") == ["/picture/0"]


def test_an_object_without_image_says_so(made_project: Project) -> None:
    assert (
        text(figure(Session(made_project), looking.describe(made_project, 0))) == "This object has no image."
    )


# ------------------------------------------------------------------------------------------- what is shown


def test_where_an_object_is(made_project: Project, morph: int) -> None:
    review.make_branch(made_project, name="Crustacea", owns=[morph])
    member = object_parts.where(Session(made_project), looking.describe(made_project, 0))
    assert (
        text(member)
        == "In  Crustacea >  Copepod , confirmed with its seed, unseen  (morph: precision not known)"
    )
    assert attributes(member, "href") == [f"/tree?node={morph}"]
    free = object_parts.where(Session(made_project), looking.describe(made_project, 9))
    assert text(free) == "Free , proposed in  seed 2 , pending"
    assert attributes(free, "href") == ["/seed/2"]
    assert text(object_parts.where(Session(made_project), looking.describe(made_project, 29))) == "Free"
    review.gather(made_project, [29], shown=[29])
    assert "looked at" in text(object_parts.where(Session(made_project), looking.describe(made_project, 29)))


def test_facts_are_in_one_line(made_project: Project) -> None:
    said = text(object_parts.facts(looking.describe(made_project, 9)))
    assert said == "s1 · 2020-05-01 00:00 UTC · 43.7° N 7.3° E · 0 to 75 m deep"


def test_metadata_are_listed_and_empty_ones_named(made_project: Project) -> None:
    add_array(made_project, "metadata", "area", np.arange(30.0) / 3)
    add_array(made_project, "metadata", "gap", np.full(30, np.nan))
    number = add_array(made_project, "metadata", "stage", np.array([0, 1, objects.EMPTY] * 10, np.int32))
    with made_project.write() as conn:
        objects.put_terms(conn, number, {"<b>adult</b>": 0, "juvenile": 1})
    said = text(object_parts.tabs(Session(made_project), looking.describe(made_project, 3), "panel"))
    for part in (
        "area 1 ",
        "stage <b>adult</b>",
        "pixel size 10 µm",
        "sample s1",
        "Empty for this object: gap.",
    ):
        assert part in said


def test_similar_objects_are_buttons_with_their_morph(made_project: Project, morph: int) -> None:
    tabs = object_parts.tabs(Session(made_project), looking.describe(made_project, 1), "panel")
    shown = [int(number) for number in attributes(tabs, "data-object")]
    assert shown == looking.alike(made_project, 1).tolist()
    labels = dict(
        zip(
            shown,
            [label for label in attributes(tabs, "aria-label") if label.startswith("obj_")],
            strict=True,
        )
    )
    assert labels[0] == "obj_0, Copepod"
    assert labels[9] == "obj_9, free"


def test_before_embed_there_are_no_similar_ones_but_a_sentence(empty_project: Project) -> None:
    add_objects(empty_project, 3)
    tabs = object_parts.tabs(Session(empty_project), looking.describe(empty_project, 1), "panel")
    assert "morphospace, which is not there yet" in text(tabs)
    assert "Nobody has decided anything about this object yet." in text(tabs)


def test_the_history_tells_decisions_and_looks(made_project: Project, morph: int) -> None:
    review.reject(made_project, morph, [0])
    review.undo(made_project)
    said = text(object_parts.tabs(Session(made_project), looking.describe(made_project, 0), "panel"))
    assert "Rejected 1 object from Copepod.  Undone. Its image was seen: wrong." in said
    assert "Confirmed seed 1 as Copepod (8 objects). Its image was not shown." in said
    assert "Proposed in  seed 1 , round 1, confirmed." in said


# ------------------------------------------------------------------------------------------- the panel


def test_the_panel_opens_and_closes(made_project: Project) -> None:
    server = Server(made_project)
    opened = server.draw({"object": 5})
    assert opened[ids.OBJECT_PANEL] == {"hidden": False}
    assert opened[ids.of_object("panel", "shown")]["data"] == {"object": 5, "version": 0}
    assert "obj_5" in json.dumps(opened[ids.OBJECT_BODY])
    closed = server.draw(None, drawn={"object": 5, "version": 0}, trail=[5])
    assert closed[ids.OBJECT_PANEL] == {"hidden": True}
    assert closed[ids.OBJECT_TRAIL] == {"data": []}


def test_a_number_that_no_object_has_is_answered_with_a_sentence(made_project: Project) -> None:
    opened = Server(made_project).draw({"object": 99})
    assert "There is no object number 99" in json.dumps(opened[ids.OBJECT_BODY])


def test_the_panel_is_drawn_again_after_a_decision_only(made_project: Project) -> None:
    server = Server(made_project)
    drawn = {"object": 0, "version": 0}
    assert server.draw({"object": 0}, changed=ids.HISTORY, drawn=drawn, trail=[0]) == {}
    assert server.draw(None, changed=ids.HISTORY) == {}  # closed
    review.confirm(made_project, 1, name="Copepod")
    again = server.draw({"object": 0}, changed=ids.HISTORY, drawn=drawn, trail=[0])
    assert "Copepod" in json.dumps(again[ids.OBJECT_BODY])
    assert again[ids.of_object("panel", "shown")]["data"]["version"] == 1


def test_the_way_back_goes_through_what_was_shown() -> None:
    trail: list[int] = []
    for number in (1, 2, 3):
        trail = object_panel.follow(trail, number)
    assert trail == [1, 2, 3]
    assert object_panel.follow(trail, 3) == [1, 2, 3]
    assert object_panel.follow(trail, 2) == [1, 2]
    assert len(object_panel.follow(list(range(50)), 99)) == 50


# ------------------------------------------------------------------------------------------- decisions


def test_an_object_is_moved_to_a_morph(made_project: Project, morph: int) -> None:
    outcome = Server(made_project).act("move", str(morph), {"object": 20, "version": 1})
    assert (outcome["is_done"], outcome["redraw"], outcome["message"]) == (True, True, "Moved to Copepod.")
    assert 20 in tree.members(made_project, morph)


def test_an_object_is_taken_out_of_its_morph(made_project: Project, morph: int) -> None:
    server = Server(made_project)
    outcome = server.act("reject", 1, {"object": 0, "version": 1}, place="page")
    assert outcome["message"] == "It is free now, and known as not of Copepod."
    assert tree.rejections(made_project, morph).tolist() == [0]


def test_an_object_becomes_a_morph_of_its_own_in_one_decision(made_project: Project, morph: int) -> None:
    server = Server(made_project)
    assert server.act("new", 1, {"object": 0, "version": 1})["message"] == "Made morph 2 of it."
    assert tree.members(made_project, 2).tolist() == [0]
    review.undo(made_project)
    assert 0 in tree.members(made_project, morph)
    assert list(tree.nodes(made_project)) == [morph]


def test_a_decision_on_what_is_not_so_any_more_is_refused(made_project: Project, morph: int) -> None:
    review.confirm(made_project, 2)
    outcome = Server(made_project).act("reject", 1, {"object": 0, "version": 1})
    assert (outcome["is_done"], outcome["redraw"]) == (False, True)
    assert "Somebody has decided something" in outcome["message"]
    assert 0 in tree.members(made_project, morph)


def test_buttons_that_were_only_drawn_decide_nothing(made_project: Project, morph: int) -> None:
    server = Server(made_project)
    for part in ("move", "new", "reject"):
        assert server.act(part, None, {"object": 0, "version": 1}) == {}


def test_morphs_are_offered_by_their_path_the_largest_first(made_project: Project, morph: int) -> None:
    other = review.confirm(made_project, 2, name="Cop.other [x]")
    review.make_branch(made_project, name="Crustacea", owns=[other])
    session = Session(made_project)
    both = [
        {"value": str(morph), "label": "Copepod"},
        {"value": str(other), "label": "Crustacea > Cop.other [x]"},
    ]
    assert object_panel.offers(session, "cop", 29) == both
    assert object_panel.offers(session, "", None) == both
    assert object_panel.offers(session, "CRUST", 29) == both[1:]
    assert object_panel.offers(session, "[x", 29) == both[1:]
    assert object_panel.offers(session, "", 0) == both[1:]  # it is in the first
    assert object_panel.offers(session, "zzz", 29) == []


# ------------------------------------------------------------------------------------------- the page


def test_the_page_of_an_object(made_project: Project, morph: int) -> None:
    found = shell.match("/object/0")
    assert found == (object_page, {"number": 0})
    page = object_page.layout(Session(made_project), query={}, number=0)
    said = text(page)
    assert said.startswith("obj_0")
    for part in ("Copepod", "New morph of its own", "Not of this morph", "Metadata", "History"):
        assert part in said
    assert "/map?object=0" in attributes(page, "href")


def test_parts_of_panel_and_page_have_different_ids(made_project: Project) -> None:
    session = Session(made_project)
    page = object_page.layout(session, query={}, number=0)
    panel = object_panel._body(session, [0])
    on_page = {str(one) for one in attributes(page, "id")}
    in_panel = {str(one) for one in attributes(panel, "id")}
    assert on_page
    assert not on_page & in_panel
