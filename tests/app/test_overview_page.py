"""The overview: what is here, what is next, and the runs."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest

from morphoexplore import review
from morphoexplore.steps.overview import next_verb, status
from morphoexplore.store import runs, seeds
from morphoexplore.store.project import Project
from morphoexplore_app import create_app, ids
from morphoexplore_app.pages import overview
from morphoexplore_app.session import Session
from tests.made import add_array


def _text(project: Project) -> str:
    return json.dumps(
        overview.layout(Session(project), query={}).to_plotly_json(),
        default=lambda part: part.to_plotly_json(),
    )


def test_an_empty_project_says_how_to_add_images(empty_project: Project) -> None:
    assert "morphoexplore add PROJECT SOURCE" in _text(empty_project)
    assert "Nothing was computed yet." in _text(empty_project)


def _describe(project: Project) -> None:
    add_array(project, "features", "classic", np.zeros((project.count_objects(), 3), np.float32))


def test_pending_seeds_are_the_next_thing_and_lead_to_review(made_project: Project) -> None:
    _describe(made_project)
    text = _text(made_project)
    assert "4 seeds of round 1 to review." in text
    assert '"href": "/review"' in text


def test_the_next_thing_follows_the_work(made_project: Project) -> None:
    assert next_verb(status(made_project)) == "extract"
    _describe(made_project)
    assert next_verb(status(made_project)) == "review"
    for seed_id in seeds.listing(made_project, "pending").index.tolist()[1:]:
        review.discard(made_project, seed_id)
    node_id = review.confirm(made_project, seeds.listing(made_project, "pending").index.tolist()[0])
    assert next_verb(status(made_project)) == "name"
    review.name(made_project, node_id, "Copepoda")
    assert next_verb(status(made_project)) == "diversity"


def test_a_failed_run_shows_its_sentence_and_a_running_one_its_progress(made_project: Project) -> None:
    with pytest.raises(RuntimeError), runs.run(made_project, "embed", {}):
        raise RuntimeError("the disk said no")
    with runs.run(made_project, "extract", {}) as run:
        next(run.progress(iter([1]), label="describing", total=7))
        text = _text(made_project)
        assert "describing 0 of 7" in text
        assert "Cancel" in text
        assert overview.layout(Session(made_project), query={})  # the page itself says that it is busy
    assert "the disk said no" in _text(made_project)


def test_the_callback_starts_a_verb_and_watches_it(made_project: Project) -> None:
    app = create_app(made_project)
    key = next(name for name in app.callback_map if ids.OVERVIEW_RUNS in name)
    client = app.server.test_client()
    answer = client.post("/_dash-update-component", json=_request(key, ids.OVERVIEW_SEED))
    assert answer.status_code == 200, answer.text
    assert answer.json["response"][ids.OVERVIEW_TICK]["disabled"] is False
    deadline = time.monotonic() + 60
    while not answer.json["response"][ids.OVERVIEW_TICK]["disabled"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
        answer = client.post("/_dash-update-component", json=_request(key, ids.OVERVIEW_TICK))
    [said] = [part["data"] for name, part in answer.json["response"].items() if "outcome" in name]
    assert "few enough" in said["message"]
    assert said["redraw"]


def _request(output: str, trigger: str) -> dict[str, object]:
    values = {
        ids.OVERVIEW_TICK: ("n_intervals", None),
        ids.OVERVIEW_EXTRACT: ("n_clicks", None),
        ids.OVERVIEW_EMBED: ("n_clicks", None),
        ids.OVERVIEW_SEED: ("n_clicks", None),
        ids.OVERVIEW_PREVIEW: ("n_clicks", None),
    }
    values[trigger] = (values[trigger][0], 1)
    states = {
        ids.OVERVIEW_STATE: ("data", {"busy": False}),
        ids.OVERVIEW_MODEL: ("value", "classic"),
        ids.OVERVIEW_WEIGHTS: ("value", ""),
        ids.OVERVIEW_FEATURES: ("value", []),
        ids.OVERVIEW_SIZE: ("value", "5"),
    }

    def part(id: object, name: str, value: object) -> dict[str, object]:
        return {"id": id, "property": name, "value": value}

    outputs = [
        {"id": ids.OVERVIEW_RUNS, "property": "children"},
        {"id": ids.OVERVIEW_COUNTS, "property": "children"},
        {"id": ids.OVERVIEW_TICK, "property": "disabled"},
        {"id": ids.outcome("overview"), "property": "data"},
    ]
    return {
        "output": output,
        "outputs": outputs,
        "inputs": [*(part(id, name, value) for id, (name, value) in values.items()), []],
        "changedPropIds": [f"{trigger}.{values[trigger][0]}"],
        "state": [part(id, name, value) for id, (name, value) in states.items()],
    }
