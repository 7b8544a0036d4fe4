"""What came last: offered to the morphs, audited there, and what is new here."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.steps.overview import next_verb, status
from morphoexplore.store import arrays, history, morphospace, runs, tree
from morphoexplore.store.project import Project
from morphoexplore_app import ids, newcomers
from morphoexplore_app.pages import bulk, drafts, grow_list, new, new_offer, overview
from tests import drawn
from tests.app.browsing import Served, Visitor
from tests.app.pressing import Open
from tests.app.test_accessibility import AXE, faults
from tests.made import add_array, add_objects, looks_of, make_project, state_of

OLD, CAME, STRANGE = (
    200,
    80,
    20,
)  # of the newcomers 60 are of the first form, the last 20 of one that nobody saw
OUTCOME, WAITING = (ids.as_text(ids.outcome(name)) for name in ("new", "new-waiting"))


def enter_add(project: Project, n: int) -> None:
    """Enter the run that brought the last objects."""
    with runs.run(project, "add", {}) as run:
        run.result = {"objects": n, "total": project.count_objects()}


@pytest.fixture
def added(tmp_path: Path) -> Project:
    """Two morphs of 100 objects; then 80 newcomers, not described yet."""
    project = make_project(tmp_path / "project", sizes=(100, 100), free=0, dims=6)
    enter_add(project, OLD)
    review.confirm(project, 1)
    review.confirm(project, 2)
    add_objects(project, CAME)
    enter_add(project, CAME)
    return project


def describe(project: Project) -> None:
    add_array(project, "features", "classic", np.zeros((project.count_objects(), 3)))


def place(project: Project) -> None:
    rng = np.random.default_rng(8)
    old = np.asarray(morphospace.read_pca(project))
    first = old[:100].mean(axis=0) + rng.normal(size=(CAME - STRANGE, 6))
    unheard = old.mean(axis=0) + 30 + rng.normal(size=(STRANGE, 6))
    array = morphospace.embedding(project, morphospace.PCA)
    assert array is not None
    rows = np.vstack([first, unheard]).astype(np.float32)
    with project.write() as conn:
        arrays.enter(conn, [arrays.write_shard(project, array.array_id, OLD, rows)])


@pytest.fixture
def project(added: Project) -> Project:
    describe(added)
    place(added)
    return added


@pytest.fixture
def opened(project: Project) -> Open:
    return Open(project, new)


def act(opened: Open, objects: list[int], *, looked: list[int] | None = None) -> dict[tuple[str, str], Any]:
    action = {
        "name": "gather",
        "objects": objects or [opened[ids.NEW_GALLERY, "objects"][0]],
        "looked": objects if looked is None else looked,
        "selected": len(objects),
        "cursor": 0,
        "seen": len(opened[ids.NEW_GALLERY, "objects"]),
        "stamp": "now",
    }
    return opened.press(ids.NEW_GALLERY, "action", action)


def step_of(opened: Open) -> Any:
    shown = opened[ids.SURVEY_STATE, "data"]["survey"]
    return review.survey_step(opened.project, drafts.survey(opened.session, shown))


# ------------------------------------------------------------------------------------------ what is shown


def test_before_anything_was_sorted_nothing_is_new(made_project: Project) -> None:
    assert "Nothing has come since you began to sort." in Open(made_project, new).text
    assert "There are no new objects to offer." in Open(made_project, new_offer).text
    assert "/new" not in Open(made_project, grow_list).text


def test_what_is_missing_first_is_said_with_its_verb(added: Project) -> None:
    page = Open(added, new)
    assert "80 objects came last." in page.text
    assert "Describe them with Extract" in page.text
    assert "no place in the morphospace yet" in Open(added, new_offer).text
    describe(added)
    assert "Place them with Embed" in Open(added, new).text
    assert '"href": "/"' in Open(added, new).text


def test_the_strangest_stand_first_a_page_at_a_time(
    opened: Open, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(opened[ids.NEW_GALLERY, "objects"][:STRANGE]) == set(range(OLD + CAME - STRANGE, OLD + CAME))
    monkeypatch.setattr(new, "IMAGES", 30)
    shown = [Open(project, new, query={"page": page})[ids.NEW_GALLERY, "objects"] for page in "123"]
    assert [len(page) for page in shown] == [30, 30, 20]
    assert {one for page in shown for one in page} == set(range(OLD, OLD + CAME))
    assert "page 2 of 3" in Open(project, new, query={"page": "2"}).text
    assert "None of these is strange" in Open(project, new, query={"page": "9"}).text


def test_only_free_ones_are_shown_and_the_rest_is_counted(project: Project) -> None:
    review.gather(project, [OLD, OLD + 1], into=1)
    page = Open(project, new)
    assert not {OLD, OLD + 1} & set(page[ids.NEW_GALLERY, "objects"])
    facts = re.findall(r'"children": "(Sorted|Free)".*?"children": "([\d,]+)"', page.text)
    assert facts == [("Sorted", "2"), ("Free", "78")]


def test_when_all_are_sorted_the_page_says_so_and_leads_to_the_audits(project: Project) -> None:
    review.gather(project, range(OLD, OLD + CAME), into=2)
    text = Open(project, new).text
    assert "All 80 objects that came last are sorted." in text
    assert "1 morph took 80 new objects in that nobody looked at." in text
    assert '"href": "/audit/2"' in text
    assert "There are no new objects to offer." in Open(project, new_offer).text


def test_many_are_compared_after_the_page_is_there(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newcomers, "AT_ONCE", 0)
    page = Open(project, new)
    assert "They are being compared" in page.text
    assert page.press(ids.NEW_WAIT, "data", True)[WAITING, "data"]["redraw"]
    newcomers.compare(page.session, newcomers.came(page.session))
    page.draw()
    assert len(page[ids.NEW_GALLERY, "objects"]) == CAME


def test_too_few_older_objects_are_a_sentence(tmp_path: Path) -> None:
    project = make_project(tmp_path / "few", sizes=(4,), free=0, dims=2)
    enter_add(project, 4)
    review.confirm(project, 1)
    add_objects(project, 3)
    enter_add(project, 3)
    describe(project)
    array = morphospace.embedding(project, morphospace.PCA)
    assert array is not None
    with project.write() as conn:
        rows = np.zeros((3, 2), np.float32)
        arrays.enter(conn, [arrays.write_shard(project, array.array_id, 4, rows)])
    assert "4 older objects are too few" in Open(project, new).text


# ------------------------------------------------------------------------------------------ what is decided


def test_a_morph_is_made_of_the_selected_and_can_be_grown(opened: Open, project: Project) -> None:
    before = state_of(project)
    chosen = opened[ids.NEW_GALLERY, "objects"][:12]
    opened.values[ids.NEW_NAME, "value"] = "Beroe"
    changed = act(opened, chosen, looked=chosen[:10])
    (made,) = [node_id for node_id, node in tree.nodes(project).items() if node.name == "Beroe"]
    assert changed[ids.NEW_GO, "href"] == f"/new?page=1&made={made}"
    assert "12 objects" in changed[OUTCOME, "data"]["message"]
    assert set(tree.members(project, made)) == set(chosen)
    looked = [one for one, node, answer in looks_of(project) if (node, answer) == (made, "right")]
    assert set(looked) == set(chosen[:10]), "two were selected without being on the screen"
    then = Open(project, new, query={"page": "1", "made": str(made)})
    assert f'"href": "/grow/{made}"' in then.text
    assert not set(chosen) & set(then[ids.NEW_GALLERY, "objects"])
    history.undo(project)
    assert before.is_restored_by(state_of(project))
    assert f"/grow/{made}" not in Open(project, new, query={"made": str(made)}).text


def test_without_a_selection_no_morph_is_made(opened: Open, project: Project) -> None:
    changed = act(opened, [])
    assert not changed[OUTCOME, "data"]["is_done"]
    assert "Select the images" in changed[OUTCOME, "data"]["message"]
    assert len(tree.nodes(project)) == 2


def test_when_somebody_decided_meanwhile_nothing_is_made(opened: Open, project: Project) -> None:
    review.name(project, 1, "Calanus")
    assert act(opened, opened[ids.NEW_GALLERY, "objects"][:3])[OUTCOME, "data"]["is_stale"]


def test_only_newcomers_are_offered_and_the_offer_goes_on_where_it_was(project: Project) -> None:
    history.undo(project)  # the second morph: its objects are free again
    opened = Open(project, new_offer)
    survey = step_of(opened).survey
    assert survey.objects.min() >= OLD
    assert opened[ids.SURVEY_STATE, "data"]["next"] == "/new"
    opened.click(ids.survey_say("row-0"))
    begun = step_of(Open(project, new_offer)).survey
    assert begun.objects.tolist() == survey.objects.tolist()
    assert not begun.is_draft
    of_all = step_of(Open(project, bulk)).survey
    assert of_all.is_draft
    assert of_all.objects.min() < OLD


def test_what_the_offer_brought_in_unseen_can_be_audited(project: Project) -> None:
    opened = Open(project, new_offer)
    for _ in range(5):
        if step_of(opened).phase != "ruler":
            break
        opened.click(ids.survey_say("row-2"))
    opened.click(ids.survey_say("unsure"))
    step = step_of(opened)
    assert step.outcome == "unsure"
    assert step.accepted > 10
    assert '"/new"' in str(opened[ids.SURVEY_BODY, "children"]).replace("'", '"')
    text = Open(project, new).text
    assert '"href": "/audit/1"' in text
    assert "precision not known" in text


# ------------------------------------------------------------------------------------------ the way there


def test_the_overview_and_the_list_of_morphs_lead_there(project: Project) -> None:
    assert next_verb(status(project)) == "new"
    text = Open(project, overview).text
    assert "80 objects came with the last add." in text
    assert '"href": "/new"' in text
    assert '"href": "/new"' in Open(project, grow_list).text
    review.gather(project, [OLD], into=1)
    assert next_verb(status(project)) == "name", "it has been begun"
    assert "Sort what came last" in Open(project, overview).text
    assert "79 free objects, the strangest first" in Open(project, overview).text
    review.gather(project, range(OLD + 1, OLD + CAME), into=1)
    assert "/new" not in Open(project, overview).text
    assert "/new" not in Open(project, grow_list).text


def test_next_years_cruise_in_a_browser(
    visit: Callable[..., Visitor], serve: Callable[..., Served], sorted_study: mx.Project, tmp_path: Path
) -> None:
    for seed_id in mx.seeds(sorted_study, "pending").index:
        review.discard(sorted_study, int(seed_id))
    came = mx.add(sorted_study, drawn.csv_source(tmp_path / "next", each=12, skip=30), pixel_size=0.0212)[
        "objects"
    ]
    mx.extract(sorted_study)
    mx.embed(sorted_study)
    page = visit().open(serve(sorted_study.folder))
    expect(page.get_by_role("main")).to_contain_text(f"{came} objects came with the last add")
    page.keyboard.press("n")
    page.locator("#new-gallery[data-painted='true']").wait_for()
    expect(page.get_by_role("option")).to_have_count(came)
    expect(page.get_by_role("button", name="Make a morph of the selected")).to_be_disabled()
    for key in ("x", "ArrowRight", "ArrowRight", "x"):
        page.keyboard.press(key)
    expect(page.get_by_role("button", name="Make a morph of the selected")).to_be_enabled()
    if AXE.is_file():
        page.evaluate(AXE.read_text(encoding="utf-8"))
        assert faults(page) == []
    page.keyboard.press("c")
    page.get_by_role("link", name="Grow it").wait_for()
    expect(page.get_by_role("option")).to_have_count(came - 2)
    page.keyboard.press("b")
    expect(page.get_by_role("heading", level=1)).to_have_text("New objects: the best morph for each")
    page.keyboard.press("u")
    page.locator("#new-gallery[data-painted='true']").wait_for()
    page.keyboard.press("Control+z")
    expect(page.get_by_role("option")).to_have_count(came)
