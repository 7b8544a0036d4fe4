"""The page of strips: rows of pending seeds, judged one page at a time."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from dash.development.base_component import Component

from morphoexplore import review
from morphoexplore.review import SeedAnswer
from morphoexplore.store import history, seeds, tree
from morphoexplore.store.project import Project
from morphoexplore_app import create_app, ids
from morphoexplore_app.components import Strips
from morphoexplore_app.pages import review as review_page
from morphoexplore_app.session import Session
from tests.made import add_round, looks_of, make_project, state_of


class Visit:
    """A browser that has the page open: it holds what the server sent last, and presses the key."""

    def __init__(self, project: Project) -> None:
        self.client = create_app(project).server.test_client()
        self.redraw(project)

    def redraw(self, project: Project, query: dict[str, str] | None = None) -> None:
        layout = review_page.layout(Session(project), query=query or {})
        parts = {
            str(getattr(part, "id", None)): part for part in layout._traverse() if isinstance(part, Component)
        }
        self.strips: Any = parts.get(ids.REVIEW_STRIPS)
        self.state = parts[ids.REVIEW_STATE].data if ids.REVIEW_STATE in parts else None
        self.outcome: dict[str, Any] = {}
        self.text = json.dumps(layout.to_plotly_json(), default=lambda part: part.to_plotly_json())

    @property
    def seeds(self) -> list[int]:
        return [row["id"] for row in self.strips.rows]

    def turn(self, *answers: dict[str, Any]) -> dict[str, Any]:
        """Answer the first rows; the others are untouched."""
        untouched = {"cut": None, "wrong": [], "into": None, "name": None}
        said = [
            untouched | {"id": seed_id} | answer
            for seed_id, answer in zip(
                self.seeds, [*answers, *([{}] * (len(self.seeds) - len(answers)))], strict=True
            )
        ]
        got = self.call(
            "action",
            {"name": "next", "rows": said, "version": self.strips.version, "stamp": "1"},
            [(ids.REVIEW_STRIPS, "rows", self.strips.rows), (ids.REVIEW_STATE, "data", self.state)],
        )
        changed = got.get(ids.REVIEW_STRIPS, {})
        for name, value in changed.items():
            setattr(self.strips, name, value)
        self.state = got.get(ids.REVIEW_STATE, {}).get("data", self.state)
        self.outcome = got[json.dumps(ids.outcome("review"), sort_keys=True, separators=(",", ":"))]["data"]
        return got

    def follow(self) -> list[int]:
        got = self.call(
            "version", self.strips.version, [(ids.REVIEW_STRIPS, "rows", self.strips.rows)], of="prefetch"
        )
        return list(got[ids.REVIEW_STRIPS]["prefetch"])

    def call(
        self, trigger: str, value: Any, state: list[tuple[str, str, Any]], *, of: str = "rows"
    ) -> dict[str, Any]:
        described = next(
            one
            for one in json.loads(self.client.get("/_dash-dependencies").data)
            if f"{ids.REVIEW_STRIPS}.{of}" in one["output"]
        )
        outputs = [_parse(text) for text in described["output"].strip(".").split("...")]
        sent = {
            "output": described["output"],
            "outputs": outputs if len(outputs) > 1 else outputs[0],
            "inputs": [{"id": ids.REVIEW_STRIPS, "property": trigger, "value": value}],
            "state": [{"id": one, "property": prop, "value": value} for one, prop, value in state],
            "changedPropIds": [f"{ids.REVIEW_STRIPS}.{trigger}"],
        }
        answer = self.client.post("/_dash-update-component", json=sent)
        assert answer.status_code == 200, answer.data
        return dict(json.loads(answer.data)["response"])


def _parse(text: str) -> dict[str, Any]:
    name, _, prop = text.rpartition(".")
    return {"id": json.loads(name) if name.startswith("{") else name, "property": prop}


@pytest.fixture
def visit(made_project: Project) -> Visit:
    return Visit(made_project)


def test_a_row_says_what_it_shows(visit: Visit) -> None:
    first = visit.strips.rows[0]
    assert isinstance(visit.strips, Strips)
    assert visit.seeds == [1, 2, 3, 4]
    assert first["title"] == "seed 1 · 8 objects"
    assert first["href"] == "/seed/1"
    assert first["objects"] == list(range(8))
    assert first["ranks"] == list(range(1, 9))
    assert first["likes"] == []
    assert "Rows you do not touch are refused: their objects stay free." in visit.text
    assert "Round 1: 0 of 4 seeds judged, 4 left." in visit.text
    assert "0 of 30 objects sorted, 30 free." in visit.text


def test_one_page_is_one_decision(visit: Visit, made_project: Project) -> None:
    visit.turn({"cut": 4}, {"cut": 5, "wrong": [9]})
    assert visit.outcome["is_done"]
    assert visit.outcome["message"] is None
    assert history.version(made_project) == 1
    node, _ = tree.membership(made_project)
    assert np.flatnonzero(node == 1).tolist() == [0, 1, 2, 3, 4]
    assert np.flatnonzero(node == 2).tolist() == [8, 10, 11, 12, 13]
    assert seeds.counts(made_project) == {"pending": 0, "confirmed": 2, "discarded": 2}
    assert (9, 2, "wrong") in looks_of(made_project)
    assert visit.outcome["redraw"]  # nothing is left: the page says so


def test_the_next_page_follows_and_undo_brings_the_former_back(tmp_path: Any) -> None:
    project = make_project(tmp_path / "many", sizes=(14,) * 20)
    visit = Visit(project)
    before, first = state_of(project), list(visit.strips.rows)
    ahead = visit.follow()
    got = visit.turn({"cut": 11}, {})
    assert visit.seeds == list(range(9, 17))
    assert [number for row in visit.strips.rows for number in row["objects"]] == ahead
    assert visit.strips.version == str(history.version(project))
    assert visit.strips.busy is False
    assert not visit.outcome["redraw"]
    said = got[ids.REVIEW_TOLD]["children"]
    assert said == "Last page: 1 seed accepted with 14 objects, 7 seeds refused."
    visit.turn()
    assert visit.seeds == [17, 18, 19, 20]
    for _ in range(2):
        review.undo(project)
    assert state_of(project).tables == before.tables
    visit.redraw(project)
    assert visit.strips.rows == first
    review.redo(project)
    visit.redraw(project)
    assert visit.seeds == list(range(9, 17))


def test_a_page_that_somebody_overtook_is_not_judged(visit: Visit, made_project: Project) -> None:
    review.discard(made_project, 2)
    visit.turn({"cut": 4})
    assert not visit.outcome["is_done"]
    assert visit.outcome["redraw"]
    assert "Somebody has decided something" in visit.outcome["message"]
    assert history.version(made_project) == 1
    assert visit.strips.busy is False


def test_the_picture_of_an_offered_morph_is_a_member(made_project: Project) -> None:
    session = Session(made_project)
    morph = review.confirm(made_project, 1)
    first = review_page._typical(session, session.membership.node, morph)
    review.reject(made_project, morph, [first])
    review.gather(made_project, [25], into=morph, shown=[25])  # as many as before
    assert review_page._typical(session, session.membership.node, morph) in tree.members(made_project, morph)


def test_a_page_that_cannot_be_judged_is_left_as_it_is(visit: Visit, made_project: Project) -> None:
    visit.turn({"cut": 1, "wrong": [0, 1]})
    assert not visit.outcome["is_done"]
    assert "seed 1" in visit.outcome["message"].lower()
    assert history.version(made_project) == 0
    assert visit.strips.busy is False
    assert visit.seeds == [1, 2, 3, 4]


def test_a_row_like_a_morph_is_offered_it_and_goes_in_where_chosen(made_project: Project) -> None:
    vectors_of_both = range(8, 11)  # of seed 2: a morph made of some of it is like the rest
    morph = review.make_morph(made_project, name="a morph")
    review.grow(made_project, morph, list(vectors_of_both))
    visit = Visit(made_project)
    row = visit.strips.rows[1]
    assert [(like["node"], like["title"]) for like in row["likes"]] == [(morph, "a morph")]
    assert row["likes"][0]["object"] in vectors_of_both
    assert row["into"] is None  # none of its neighbours is a member: only near
    assert (visit.strips.rows[0]["likes"], visit.strips.rows[0]["into"]) == ([], None)
    visit.turn({}, {"cut": 2, "into": morph})
    node, _ = tree.membership(made_project)
    assert np.flatnonzero(node == morph).tolist() == list(range(8, 14))


@pytest.mark.parametrize(
    ("text", "cell"),
    [("96", 96), ("", None), ("5", None), ("9999", None), ("x", None), ("-9", None), ("٩٦", None)],
)
def test_the_address_may_ask_for_a_size_of_images(made_project: Project, text: str, cell: int | None) -> None:
    layout = review_page.layout(Session(made_project), query={"cell": text})
    assert layout[ids.REVIEW_STRIPS].cell == cell


def test_without_seeds_the_page_says_what_to_do(empty_project: Project, tmp_path: Any) -> None:
    assert "no seeds to judge yet" in Visit(empty_project).text
    assert "Seeds are found in the morphospace" in Visit(empty_project).text
    embedded = make_project(tmp_path / "embedded", sizes=())
    assert '"href": "/#seeds"' in Visit(embedded).text


def test_at_the_end_the_page_says_so_with_numbers(made_project: Project) -> None:
    page = review.strip_page(made_project)
    whole = [SeedAnswer(row.seed_id, row.objects, len(row.objects) - 1) for row in page.rows[:3]]
    review.judge_page(made_project, [*whole, SeedAnswer(4, page.rows[3].objects, None)])
    text = Visit(made_project).text
    assert "Every seed is judged." in text
    assert "Round 1: 3 seeds accepted, 1 refused." in text
    assert "19 of 30 objects sorted, 11 free." in text
    assert "/grow" in text
    assert "/#seeds" not in text  # 11 free objects are too few for another round


def test_at_the_end_the_last_round_that_brought_anything_unseen_is_offered_for_an_audit(
    tmp_path: Any,
) -> None:
    project = make_project(tmp_path / "two", sizes=(40, 40))
    first, second = review.strip_page(project).rows
    whole = SeedAnswer(first.seed_id, first.objects, len(first.objects) - 1)
    review.judge_page(project, [whole, SeedAnswer(second.seed_id, second.objects, None)])
    free = np.array(tree.membership(project)[0]) < 0
    add_round(project, np.where(free, 0, -1))
    (row,) = review.strip_page(project).rows
    review.judge_page(project, [SeedAnswer(row.seed_id, row.objects, None)])
    text = Visit(project).text
    assert "/audit/round/1" in text
    assert "/audit/round/2" not in text, "nothing came in with its seeds"


def test_seeds_with_nothing_free_are_named_at_the_end(made_project: Project) -> None:
    morph = review.make_morph(made_project)
    review.grow(made_project, morph, range(23))
    assert "4 more seeds are pending and have no free object" in Visit(made_project).text


def test_it_tells_what_a_page_will_bring_and_when_that_is_hardly_worth_it(tmp_path: Any) -> None:
    project = make_project(tmp_path / "many", sizes=(90, 6) * 20)
    assert "This page will bring" not in Visit(project).text
    for seed_id in range(1, 25):
        review.confirm(project, seed_id) if seed_id % 2 else review.discard(project, seed_id)
    visit = Visit(project)
    expected = review.strip_page(project).expected
    assert f"This page will bring about {expected:.0f} objects." in visit.text
    assert "hardly worth your time" not in visit.text
    got = visit.turn(*[{"cut": 11}] * 8)
    told = json.dumps(got[ids.REVIEW_PROGRESS]["children"], default=lambda part: part.to_plotly_json())
    assert "the rest of this round is hardly worth your time" in told
    assert "Find smaller seeds" in told


def test_an_audit_that_fell_short_is_told_and_rows_are_longer(tmp_path: Any) -> None:
    project = make_project(tmp_path / "p", sizes=(140, 130, 120))
    review.confirm(project, 1, shown=range(10))
    assert "The last audit found" not in Visit(project).text
    review.judge_sample(project, review.begin_round_audit(project, 1), count=9)
    visit = Visit(project)
    assert "The last audit found about 9% wrong among what came in unseen. Rows are longer now" in visit.text
    assert len(visit.strips.rows[0]["objects"]) == 24
    review.undo(project)
    review.judge_sample(project, review.begin_round_audit(project, 1), count=review.MANY)
    visit = Visit(project)
    assert "The last audit found many wrong" in visit.text
    assert len(visit.strips.rows[0]["objects"]) == 24
