"""The overview: what is here, what is next, and the runs."""

from __future__ import annotations

import contextlib
import json
import re
import time

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from morphoexplore import review
from morphoexplore.cli import cli
from morphoexplore.steps import ranking
from morphoexplore.steps.overview import next_verb, status
from morphoexplore.store import runs, seeds
from morphoexplore.store.project import Project
from morphoexplore_app import create_app, ids
from morphoexplore_app.background import Background
from morphoexplore_app.pages import overview, overview_compute, overview_features, overview_runs
from morphoexplore_app.pages.overview_preview import preview_table
from morphoexplore_app.pages.overview_runs import Pace
from morphoexplore_app.session import Session
from tests.app.browsing import PATIENCE
from tests.app.test_object_panel import attributes, text
from tests.made import add_array, add_objects

CHOSEN = {
    "minutes": 30,
    "model": "classic",
    "weights": "",
    "anew": False,
    "features": [],
    "size": "5",
    "only_new": False,
}


def _text(project: Project) -> str:
    return json.dumps(
        overview.layout(Session(project), query={}).to_plotly_json(),
        default=lambda part: part.to_plotly_json(),
    )


def test_an_empty_project_says_how_to_add_images(empty_project: Project) -> None:
    assert "Add images" in _text(empty_project)
    assert "Nothing was computed yet." in _text(empty_project)
    assert "None yet. Describe the images with Extract" in _text(empty_project)
    assert "There are no images to train on yet." in _text(empty_project)


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


def test_what_came_in_unseen_is_proposed_for_an_audit(made_project: Project) -> None:
    _describe(made_project)
    objects = seeds.SeedIndex(made_project).objects_of(1)
    review.confirm(made_project, 1, shown=objects)
    for seed_id in seeds.listing(made_project, "pending").index:
        review.discard(made_project, int(seed_id))
    assert next_verb(status(made_project)) == "name"
    assert "came in unseen" not in _text(made_project)
    review.grow(made_project, 1, [28, 29], shown=[])
    assert "2 members came in unseen, and how many are wrong is not known" in _text(made_project)


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


# ------------------------------------------------------------------------------------------ commands


@pytest.mark.parametrize(
    ("button", "chosen", "words"),
    [
        (ids.OVERVIEW_TRAIN, {"minutes": 45}, "train --minutes 45"),
        (ids.OVERVIEW_TRAIN, {"minutes": ""}, "train --minutes 30"),
        (ids.OVERVIEW_EXTRACT, {"model": ""}, "extract --model classic"),
        (ids.OVERVIEW_EXTRACT, {"weights": "x"}, "extract --model classic"),
        (
            ids.OVERVIEW_EXTRACT,
            {"model": " resnet18 ", "weights": " a b.pth ", "anew": True},
            "extract --model resnet18 --weights a b.pth --again",
        ),
        (ids.OVERVIEW_EMBED, {"features": []}, "embed"),
        (ids.OVERVIEW_EMBED, {"features": ["classic", "learned"]}, "embed --features classic,learned"),
        (ids.OVERVIEW_REFINE, {}, "refine"),
        (ids.OVERVIEW_SEED, {"size": ""}, "seed"),
        (ids.OVERVIEW_SEED, {"size": 12.0}, "seed --min-size 12"),
        (ids.OVERVIEW_SEED, {"size": 12.0, "only_new": True}, "seed --min-size 12 --only-new"),
    ],
)
def test_a_button_starts_its_verb_with_what_was_chosen(
    made_project: Project, button: str, chosen: dict[str, object], words: str
) -> None:
    verb, options = overview_compute.command(Session(made_project), button, CHOSEN | chosen)
    assert " ".join([verb, *options]) == words
    cli.commands[verb].make_context(verb, [str(made_project.folder), *options])


def test_what_is_chosen_for_the_next_round_outlives_the_end_of_a_run(made_project: Project) -> None:
    page = json.loads(_text(made_project))

    def parts_of(part: object) -> list[dict[str, object]]:
        if isinstance(part, list):
            return [one for child in part for one in parts_of(child)]
        if not isinstance(part, dict):
            return []
        props = part.get("props", {})
        return [props, *parts_of(props.get("children"))]

    [box] = [props for props in parts_of(page) if props.get("id") == ids.OVERVIEW_ONLY_NEW]
    assert (box["persistence"], box["persistence_type"]) == (True, "memory"), "the page is drawn anew then"


def test_a_preview_says_what_it_counted_and_that_it_is_old(
    made_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"min_size": 8, "seeds": 3, "clustered": 0.25, "biggest": 0.1, "median_size": 9.0}
    monkeypatch.setattr(Background, "preview", [row])
    session = Session(made_project)
    session.background.preview_version = session.version
    assert "Free objects in seeds" in str(preview_table(session))
    session.background.preview_is_only_new = True
    assert "What is new in seeds" in str(preview_table(session))
    review.confirm(made_project, 1)
    assert "something was decided. Preview again." in str(preview_table(session))


# ------------------------------------------------------------------------------------------ training


def _train(project: Project, **parameters: object) -> None:
    with runs.run(project, "train", {"minutes": 45.0, "images_seen": None} | parameters) as run:
        run.result = {
            "images_seen": 199_000,
            "epochs": 26.6,
            "loss": 2.1,
            "curve": [[100, 5.0], [199_000, 2.0]],
            "trained": True,
        }
    (project.folder / "models").mkdir(exist_ok=True)
    (project.folder / "models" / "learned.safetensors").write_bytes(b"a network")


def _stop_a_training(project: Project, **parameters: object) -> None:
    with contextlib.suppress(KeyboardInterrupt), runs.run(project, "train", parameters) as run:
        next(run.progress(iter([1]), label="training", total=1_000))
        raise KeyboardInterrupt


def test_few_images_are_not_worth_a_training(made_project: Project) -> None:
    assert "With 30 objects a training is not worth its time: below 500" in _text(made_project)


def test_the_loss_of_the_model_is_shown_and_what_follows(made_project: Project) -> None:
    _train(made_project)
    text = _text(made_project)
    assert "199,000 images seen (26.6 times each); loss 5.00 at first, 2.00 at the end." in text
    assert "[5.0, 2.0]" in text
    assert "Describe the images by it: Extract, with the model learned." in text
    assert '"value": "learned"' in text
    command = overview_compute.command(Session(made_project), ids.OVERVIEW_TRAIN, CHOSEN)
    assert command[1] == ["--minutes", "30", "--again"]
    add_array(made_project, "features", "learned", np.zeros((30, 3), np.float32))
    assert "Extract, with the model learned" not in _text(made_project)
    _train(made_project)
    assert "of the network before it: Extract, with the model learned, all anew." in _text(made_project)


def test_a_training_that_was_stopped_goes_on_as_it_was_begun(made_project: Project) -> None:
    assert '"display": "none"' in _text(made_project)
    _stop_a_training(made_project, minutes=45.0, random_state=3)
    text = _text(made_project)
    assert "A training of 45 minutes was stopped before its end, at 0 of 1,000 images." in text
    assert '"display": "none"' not in text
    session = Session(made_project)
    go_on = overview_compute.command(session, ids.OVERVIEW_GO_ON, CHOSEN)
    assert go_on == ("train", ["--minutes", "45", "--random-state", "3"])
    assert "--again" in overview_compute.command(session, ids.OVERVIEW_TRAIN, CHOSEN)[1]
    _train(made_project)
    assert "was stopped before its end" not in _text(made_project)


def test_how_long_a_run_takes_is_told_from_what_was_seen_of_it() -> None:
    run = {"run_id": 1, "label": "training", "done": 100, "total": 1000}
    pace = Pace()
    assert pace.left(run, 0.0) is None
    assert pace.left(run | {"done": 101}, 1.0) is None, "too early to tell"
    assert pace.left(run | {"done": 200}, 10.0) == 80.0
    assert pace.left(run | {"label": "another stage", "done": 0}, 11.0) is None
    assert pace.left(run | {"total": None}, 99.0) is None


def test_features_are_refined_by_morphs(made_project: Project) -> None:
    assert "Needs 2 morphs of 2 members or more: review seeds first." in _text(made_project)
    for seed_id in seeds.listing(made_project, "pending").index.tolist()[:2]:
        review.confirm(made_project, seed_id)
    assert "Needs 2 morphs" not in _text(made_project)
    _describe(made_project)
    add_array(made_project, "features", "refined", np.zeros((30, 3), np.float32))
    assert "refined is made of the others: choose it alone" in _text(made_project)
    assert "do not compare it with the others" in _text(made_project)
    add_array(
        made_project,
        "embedding",
        "pca",
        np.zeros((30, 2), np.float32),
        new_version=True,
        parameters={"features": ["refined 1"]},
    )
    text = _text(made_project)
    assert "Placed by refined, which is made of the others." in text
    assert "not in the morphospace" not in text


# ------------------------------------------------------------------------------------------ features


@pytest.fixture
def compared(empty_project: Project) -> Project:
    """A project of 60 objects with a feature set in six groups, another that is noise, and both joined."""
    rng = np.random.default_rng(0)
    add_objects(empty_project, 60)
    groups = 9 * np.eye(6)[np.arange(60) % 6]
    add_array(empty_project, "features", "learned", groups + rng.normal(size=(60, 6)))
    about = {"untrained": True, "pixels": 64, "engine": {"name": "torch 2.13", "precision": "f32"}}
    add_array(empty_project, "features", "resnet18", rng.normal(size=(60, 6)), parameters=about)
    joined = {"features": ["learned 1", "resnet18 1"]}
    add_array(empty_project, "embedding", "pca", groups + rng.normal(size=(60, 6)), parameters=joined)
    with runs.run(empty_project, "rank", {}) as run:
        ranking.rank(empty_project, run)
    return empty_project


def test_feature_sets_are_listed_the_clearest_groups_first(compared: Project) -> None:
    page = overview_features.table(Session(compared), status(compared))
    assert attributes(page, "scope").count("row") == 3
    said = text(page)
    assert said.index("learned") < said.index("resnet18")
    assert "trained network" in said
    assert "timm model with random weights, 64 px, torch 2.13 f32" in said
    assert "learned + resnet18, in the morphospace" in said
    assert said.count("clearest groups") == 1
    assert "no groups" in said
    assert "below 1.5 there are no groups" in said


def test_what_a_set_lacks_is_told(compared: Project) -> None:
    add_array(compared, "features", "classic", np.random.default_rng(0).normal(size=(40, 3)))
    assert "only 40 of 60 objects so far" in text(
        overview_features.table(Session(compared), status(compared))
    )
    add_array(compared, "features", "classic", np.ones((60, 3), np.float32), new_version=True)
    said = text(overview_features.table(Session(compared), status(compared)))
    assert "descriptors of form, grey and texture; not in the morphospace" in said
    assert "not computed" in said
    assert "without classic" in _text(compared)


def test_without_anything_to_compare_there_are_no_pictures(made_project: Project) -> None:
    assert overview_features.likes(Session(made_project), status(made_project), {}) is None


def test_the_address_says_which_objects_and_sets_are_shown(compared: Project) -> None:
    session, counts = Session(compared), status(compared)

    def shown(query: dict[str, str]) -> tuple[list[str], int]:
        part = overview_features.likes(session, counts, query)
        sets = next(one for one in part._traverse() if getattr(one, "id", None) == ids.LIKES_SETS)
        state = next(one for one in part._traverse() if getattr(one, "id", None) == ids.LIKES_STATE)
        return sets.value, state.data["look"]

    names = shown({})[0]
    assert sorted(names) == ["joined", "learned", "resnet18"]
    assert shown({"sets": "resnet18,gone", "look": "7"}) == (["resnet18"], 7)
    assert shown({"sets": "gone", "look": "-1"}) == (names, 0)
    assert shown({"look": "9" * 40})[1] == 0


def test_neighbours_are_sought_once_and_again_when_the_set_has_changed(compared: Project) -> None:
    session = Session(compared)
    found = overview_features._nearest(session, "learned", [0, 1])
    assert set((found[0] % 6).tolist()) == {0}
    assert overview_features._nearest(session, "learned", [0, 1]) is found
    rng = np.random.default_rng(1)
    add_array(compared, "features", "learned", rng.normal(size=(60, 6)), new_version=True)
    with runs.run(compared, "rank", {}) as run:
        ranking.rank(compared, run)
    assert overview_features._nearest(session, "learned", [0, 1]) is not found
    rows = overview_features._rows(session, [0, 1], np.array([[7, 8], [9, -1]]))
    assert attributes(rows, "data-object") == ["0", "7", "8", "1", "9"]
    assert "obj_7, 1. nearest" in attributes(rows, "aria-label")


def test_a_person_compares_what_feature_sets_take_for_alike(page: Page) -> None:
    patience = {"timeout": PATIENCE * 1000}
    rows = page.get_by_role("region", name="Nearest in classic").locator("li")
    expect(rows).to_have_count(10, **patience)
    expect(rows.first.get_by_role("button")).to_have_count(9)
    first = str(rows.first.get_by_role("button").first.get_attribute("aria-label"))
    page.keyboard.press("o")
    expect(page).to_have_url(re.compile(r"look=1$"), **patience)
    expect(rows.first.get_by_role("button", name=first, exact=True)).to_have_count(0, **patience)
    page.reload()
    expect(rows).to_have_count(10, **patience)
    again = rows.first.get_by_role("button").first
    name = str(again.get_attribute("aria-label"))
    assert name != first, "the address says which ten"
    again.click()
    panel = page.get_by_role("complementary", name="Object", exact=True)
    expect(panel.get_by_role("heading", level=2)).to_have_text(name, **patience)


def _request(output: str, trigger: str) -> dict[str, object]:
    values = {
        ids.OVERVIEW_TICK: ("n_intervals", None),
        **dict.fromkeys(overview_compute.COMMANDS, ("n_clicks", None)),
        ids.OVERVIEW_PREVIEW: ("n_clicks", None),
    }
    values[trigger] = (values[trigger][0], 1)
    states = {
        ids.OVERVIEW_STATE: ("data", {"busy": False}),
        **{id: (name, CHOSEN[option]) for option, (id, name) in overview_compute.OPTIONS.items()},
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


def test_the_overview_says_how_fast_a_person_sorts(made_project: Project) -> None:
    assert "Your pace" not in _text(made_project)
    review.confirm(made_project, 1)
    said = _text(made_project)
    assert "Your pace" in said
    assert "8 objects" in said
    assert "22 free objects" in said
    assert "A guess" not in said, "one decision tells no speed"


def test_what_a_stopped_extraction_left_out_is_not_called_new(made_project: Project) -> None:
    counts = status(made_project)
    counts["feature_sets"] = [{"name": "classic", "objects": 10}]
    assert overview._described(counts) == "20 objects are"
    counts["new"] = {"came": 20, "free": 20}
    assert overview._described(counts) == "20 new objects are"


def test_who_has_sorted_nothing_reads_no_zeros(made_project: Project) -> None:
    review.confirm(made_project, 1)
    counts = status(made_project)
    counts["progress"] |= {"came_in_today": 0}
    said = text(overview._pace(counts)[0])
    assert "Today nothing sorted yet" in said
    assert "All in all 8 objects" in said
    assert "Speed said when you have sorted for 10 minutes" in said
    counts["progress"] |= {"came_in": 0}
    said = text(overview._pace(counts)[0])
    assert "nothing by you yet" in said
    assert " 0 objects" not in said
    counts["progress"] |= {"decisions_per_morph": 1 / 2700}
    assert "for each morph" not in text(overview._pace(counts)[0])


def test_a_run_that_ended_early_says_what_to_do_only_where_none_came_after_it() -> None:
    row = {"started": "2026-11-22T10:00:00+00:00", "finished": None, "state": "interrupted", "result": None}
    table = pd.DataFrame(
        [row | {"run_id": number, "verb": verb} for number, verb in enumerate(("seed", "seed", "train"))]
    )
    said = text(overview_runs.run_table(table, Pace()))
    assert said.count("It ended before it was done.") == 3
    assert said.count("Start it again.") == 1
    assert said.count("It can go on.") == 1


def test_the_pace_is_said_with_a_guess_of_what_is_left(made_project: Project) -> None:
    counts = status(made_project) | {"decisions": 9, "members": 8}
    counts["progress"] |= {"per_hour": 1234.4, "hours": 12.3, "hours_left": 0.5, "came_in": 15000}
    said = text(overview._pace(counts)[0])
    assert "15,000 objects in 12 hours of work: 1,234 an hour" in said
    assert "about 30 minutes at your speed of late" in said
