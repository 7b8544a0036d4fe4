"""A seed that is cut in parts on its page."""

from __future__ import annotations

import json

import pytest

import morphoexplore as mx
from morphoexplore.store import history
from morphoexplore.store.project import Project
from morphoexplore_app import ids
from morphoexplore_app.pages import seed, seed_parts
from tests.app.pressing import Open
from tests.review.test_cutting import mixed

__all__ = ["mixed"]


@pytest.fixture
def opened(mixed: Project) -> Open:
    return Open(mixed, seed, seed_id=1, query={"cut": "2"})


def confirm(opened: Open, taken: list[bool], names: list[str | None]) -> dict:
    """Send the parts as the browser does, which knows of all that match a pattern."""
    described = next(
        one
        for one in json.loads(opened.client.get("/_dash-dependencies").data)
        if ids.SEED_PARTS_CONFIRM in [part["id"] for part in one["inputs"]]
    )
    groups = {"seed-part-taken": ("checked", taken), "seed-part-name": ("value", names)}
    state = []
    for part in described["state"]:
        if part["id"].startswith("{"):
            kind = json.loads(part["id"])["type"]
            prop, values = groups[kind]
            state.append(
                [
                    {"id": {"type": kind, "part": place}, "property": prop, "value": value}
                    for place, value in enumerate(values)
                ]
            )
        else:
            state.append({**part, "value": opened[part["id"], part["property"]]})
    outputs = [
        {"id": ids.outcome(seed_parts.PAGE), "property": "data"},
        {"id": ids.SEED_PARTS_GO, "property": "href"},
    ]
    sent = {
        "output": described["output"],
        "outputs": outputs,
        "inputs": [{"id": ids.SEED_PARTS_CONFIRM, "property": "n_clicks", "value": 1}],
        "state": state,
        "changedPropIds": [f"{ids.SEED_PARTS_CONFIRM}.n_clicks"],
    }
    answer = opened.client.post("/_dash-update-component", json=sent)
    assert answer.status_code == 200, answer.data
    return json.loads(answer.data)["response"]


def outcome(answer: dict) -> dict:
    return next(value["data"] for name, value in answer.items() if "outcome" in name)


def test_the_ways_to_a_cut_stand_on_the_page_of_the_seed(mixed: Project) -> None:
    text = Open(mixed, seed, seed_id=1).text
    assert "/seed/1?cut=2" in text
    assert "/seed/1?cut=3" in text


def test_the_parts_are_shown_and_nothing_is_decided(opened: Open, mixed: Project) -> None:
    assert opened[ids.SEED_PARTS_STATE, "data"]["sizes"] == [12, 8]
    assert opened[ids.seed_part("taken", 0), "checked"] is True
    assert "Seed 1, cut in 2" in opened.text
    assert history.version(mixed) == 0


def test_the_parts_taken_become_morphs(opened: Open, mixed: Project) -> None:
    answer = confirm(opened, [True, True], ["Calanus", None])
    assert outcome(answer)["message"] == "Seed 1 is Calanus and morph 2 now."
    assert mx.morphs(mixed)["members"].tolist() == [12, 8]
    assert answer[ids.SEED_PARTS_GO]["href"] == "/review"
    assert set(mx.members(mixed)["origin"]) == {"looked"}, "all images were on the page"


def test_a_part_that_is_not_taken_stays_free(opened: Open, mixed: Project) -> None:
    confirm(opened, [False, True], [None, None])
    assert mx.morphs(mixed)["members"].tolist() == [8]


def test_taking_no_part_is_refused(opened: Open, mixed: Project) -> None:
    answer = confirm(opened, [False, False], [None, None])
    assert not outcome(answer)["is_done"]
    assert history.version(mixed) == 0


def test_a_seed_that_cannot_be_cut_says_so(mixed: Project) -> None:
    mx.review.gather(mixed, range(18))
    assert "cannot be cut into 3 parts" in Open(mixed, seed, seed_id=1, query={"cut": "3"}).text
