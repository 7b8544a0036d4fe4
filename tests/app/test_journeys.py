"""
What a person does with the app, from the link to the table: once by mouse, once by keyboard alone.

In the middle of each journey the server is killed. Nothing that was decided before may be lost, nothing that was not
decided may be there, and the person goes on where it was.
"""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.store import history
from morphoexplore_app import ids
from tests.app.browsing import Served, Visitor
from tests.app.journeys import WAIT, Journey, eventually
from tests.made import looks_of, state_of


@pytest.fixture(params=["mouse", "keys"])
def hand(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def start(visit: Callable[..., Visitor], serve: Callable[..., Served], hand: str) -> Callable[..., Journey]:
    """Come by the link to a project that is served."""
    return lambda project: Journey(project, serve(project.folder), visit, hand)


# ------------------------------------------------------------------------------------------ seeds as strips


def test_seeds_are_judged_as_strips(start: Callable[..., Journey], study: mx.Project) -> None:
    journey = start(study)
    before = journey.state
    journey.go("Review")
    strips = journey.painted(ids.REVIEW_STRIPS)
    rows = strips.get_by_role("listbox")
    n = rows.count()
    assert n >= 3
    first, second = (rows.nth(place).get_by_role("option") for place in (0, 1))
    seeds = seeds_shown(journey)
    wrong = int(second.nth(1).get_attribute("data-object") or -1)
    beyond = int(second.nth(second.count() - 1).get_attribute("data-object") or -1)
    if journey.by_mouse:
        first.last.click()
        second.nth(second.count() - 2).click()
        second.nth(1).click(modifiers=["Control"])
    else:
        journey.keys("A", "ArrowDown", "End", "ArrowLeft", "a", "Home", "ArrowRight", "x")
    expect(strips.locator(".mx-strip-state").nth(0)).to_contain_text("accept all")
    expect(strips.locator(".mx-strip-state").nth(1)).to_contain_text("1 wrong")
    journey.page.wait_for_timeout(300)  # nobody turns a page that has only just come
    with journey.deciding():
        for _ in range(n):  # a page longer than the window scrolls first
            if (
                history.version(study)
                or not journey.page.get_by_role("button", name="Next page").is_visible()
            ):
                break
            journey.press("Next page", " ")
            journey.page.wait_for_timeout(400)
    table = mx.seeds(study)
    assert table.loc[seeds[:2], "state"].tolist() == ["confirmed"] * 2
    assert set(table.loc[seeds[2:], "state"]) == {"discarded"}
    node = int(table.loc[seeds[1], "node_id"])
    assert wrong not in mx.morph_members(study, node)
    assert beyond not in mx.morph_members(study, node)
    assert (wrong, node, "wrong") in looks_of(study)
    judged = journey.state

    journey.power_cut()
    journey.undo()
    assert before.is_restored_by(journey.state)
    eventually(lambda: seeds_shown(journey) == seeds)
    journey.redo()
    assert journey.state == judged


def seeds_shown(journey: Journey) -> list[int]:
    journey.painted(ids.REVIEW_STRIPS)
    return journey.page.evaluate(
        "[...document.querySelectorAll('[data-seed]')].map((row) => Number(row.dataset.seed))"
    )


# ------------------------------------------------------------------------------------------ seeds one by one


def test_seeds_are_judged_one_by_one(start: Callable[..., Journey], study: mx.Project) -> None:
    journey = start(study)
    journey.go("Review")
    first, second, third = open_first_seed(journey), 0, 0
    journey.painted(ids.SEED_GALLERY)  # what is not on the screen yet is not judged
    with journey.deciding():
        journey.press(re.compile("^Confirm"), "a")
    second = seed_shown(journey, after=first)
    objects = journey.painted(ids.SEED_GALLERY).get_by_role("option")
    wrong = [int((objects.nth(place).get_attribute("aria-label") or "").split()[1]) for place in (1, 2, 4)]
    if journey.by_mouse:
        for place in (1, 2, 4):
            objects.nth(place).click()
    else:
        journey.keys("ArrowRight", "x", "ArrowRight", "x", "ArrowRight", "ArrowRight", "x")
    expect(journey.page.get_by_role("option", selected=True)).to_have_count(3)
    with journey.deciding():
        journey.press(re.compile("^Confirm"), "a")
    node = int(mx.seeds(study).loc[second, "node_id"])
    assert not set(wrong) & set(mx.morph_members(study, node).tolist())
    assert sorted(row[0] for row in journey.state.tables["rejection"]) == sorted(wrong)
    third = seed_shown(journey, after=second)

    journey.power_cut()
    assert seed_shown(journey, after=second) == third
    journey.painted(ids.SEED_GALLERY)
    before = journey.state
    with journey.deciding():
        journey.press(re.compile("^Refuse"), "d")
    seed_shown(journey, after=third)
    assert mx.seeds(study).loc[[first, second, third], "state"].tolist() == [
        "confirmed",
        "confirmed",
        "discarded",
    ]
    discarded = journey.state
    journey.undo()
    assert before.is_restored_by(journey.state)
    journey.redo()
    assert journey.state == discarded


def open_first_seed(journey: Journey) -> int:
    strips = journey.painted(ids.REVIEW_STRIPS)
    if journey.by_mouse:
        strips.get_by_role("link").first.click()
    else:
        journey.keys("o")
    return seed_shown(journey, after=0)


def seed_shown(journey: Journey, *, after: int) -> int:
    """Return the seed of the page, once it is another than the one before."""
    expect(journey.page).not_to_have_url(re.compile(f"/seed/{after}$"))
    expect(journey.page).to_have_url(re.compile(r"/seed/\d+$"))
    number = int(journey.page.url.rsplit("/", 1)[1])
    expect(journey.page.get_by_role("heading", level=1)).to_have_text(f"Seed {number}")
    return number


# ------------------------------------------------------------------------------------------ growing


def test_a_morph_grows_and_resumes(start: Callable[..., Journey], sorted_study: mx.Project) -> None:
    journey = start(sorted_study)
    journey.go("Grow")
    if journey.by_mouse:
        journey.page.locator(".morph-row").first.click()
    else:
        journey.keys("n")
    expect(journey.page).to_have_url(re.compile(r"/grow/\d+"))
    node = int(re.sub(r".*/grow/(\d+).*", r"\1", journey.page.url))
    expect(journey.page.get_by_role("heading", level=1)).to_have_text(re.compile("^Grow .+"))
    if journey.by_mouse:
        journey.page.get_by_role("link", name="page by page").click()
    else:
        journey.keys("v", "p")
    expect(journey.page).to_have_url(re.compile(r"way=pages"))
    objects = candidates(journey)
    members = set(mx.morph_members(sorted_study, node).tolist())
    assert not members & set(objects)
    before = journey.state
    if journey.by_mouse:
        journey.painted(ids.GROW_GALLERY).get_by_role("option").nth(2).click()
    else:
        journey.keys("ArrowRight", "ArrowRight", "x")
    expect(journey.page.get_by_role("option", selected=True)).to_have_count(1)
    with journey.deciding():
        journey.press(re.compile("^Right, except"), "f")
    grown = set(mx.morph_members(sorted_study, node).tolist())
    assert objects[0] in grown
    assert objects[2] not in grown
    assert grown > members
    journey.page.wait_for_function(f"first => {FIRST_CANDIDATE} !== first", arg=str(objects[0]))
    following = candidates(journey)
    assert not set(following) & (grown | {objects[2]})
    page_accepted = journey.state

    journey.power_cut()
    # Ranked anew, in the view of the morphs as they are now: in another order, but growth goes on where it was.
    again = candidates(journey)
    assert not set(again) & (grown | {objects[2]})
    assert len(set(again) & set(following)) > len(following) / 2
    with journey.deciding():
        journey.press(re.compile("^None of these"), "j")
    assert set(mx.morph_members(sorted_study, node).tolist()) == grown
    journey.undo()
    assert page_accepted.is_restored_by(journey.state)
    journey.undo()
    assert before.is_restored_by(journey.state)
    eventually(lambda: candidates(journey) == objects)
    journey.redo()
    assert page_accepted.is_restored_by(journey.state)
    eventually(lambda: candidates(journey) == following)
    with journey.deciding():
        journey.press(re.compile("^Complete"), "c")
    assert bool(mx.morphs(sorted_study).loc[node, "is_complete"])


def test_a_survey_is_begun_by_its_first_answer_and_goes_on_after_a_power_cut(
    start: Callable[..., Journey], sorted_study: mx.Project
) -> None:
    journey = start(sorted_study)
    node = int(mx.morphs(sorted_study).sort_values("members").index[-1])
    journey.visitor.leave()
    journey._arrive(f"/grow/{node}")
    rows = journey.page.locator(".ruler-row")
    expect(rows.first).to_be_visible(timeout=WAIT * 1000)
    border = rows.all_inner_texts()
    journey.power_cut()  # while nothing was answered yet: the same is shown
    expect(rows_of(journey).first).to_be_visible(timeout=WAIT * 1000)
    assert rows_of(journey).all_inner_texts() == border
    assert surveys_of(sorted_study) == []
    with journey.deciding():
        journey.press(re.compile(r"^1\b"), "1")
    eventually(lambda: rows_of(journey).all_inner_texts() != border)
    (begun,) = review.open_surveys(sorted_study)
    left = review.survey_step(sorted_study, begun.survey_id)
    journey.power_cut()
    expect(journey.page.locator("[data-version]").first).to_be_visible(timeout=WAIT * 1000)
    again = review.survey_step(sorted_study, begun.survey_id)
    assert (again.phase, again.shown, again.tally) == (left.phase, left.shown, left.tally)
    assert surveys_of(sorted_study) == [begun.survey_id]
    journey.undo()
    eventually(lambda: rows_of(journey).all_inner_texts() == border)


def rows_of(journey: Journey) -> Locator:
    return journey.page.locator(".ruler-row")


def surveys_of(project: mx.Project) -> list[int]:
    with project.read() as conn:
        return [row[0] for row in conn.execute("SELECT survey_id FROM survey")]


FIRST_CANDIDATE = f"document.querySelector('#{ids.GROW_GALLERY} [role=option]')?.getAttribute('aria-label').split(/[ ,]/)[1]"


def candidates(journey: Journey) -> list[int]:
    labels = journey.painted(ids.GROW_GALLERY).get_by_role("option").all()
    return [int(re.findall(r"\d+", one.get_attribute("aria-label") or "")[0]) for one in labels]


# ------------------------------------------------------------------------------------------ tree, names, plot, export


def test_a_branch_is_made_named_plotted_and_exported(
    start: Callable[..., Journey], sorted_study: mx.Project, tmp_path: Path
) -> None:
    journey = start(sorted_study)
    page = journey.page
    morphs = mx.morphs(sorted_study)
    at_top = morphs.index[~morphs["path"].str.contains(">") & (morphs["kind"] == "living")]
    free = [int(node) for node in at_top[:2]]
    journey.go("Tree")
    expect(page.get_by_role("tree")).to_be_visible()
    if journey.by_mouse:
        with journey.deciding():
            journey.press(re.compile("^New branch"), "b")
            page.get_by_role("dialog").get_by_role("textbox").fill("Gelatinous")
            page.get_by_role("dialog").get_by_role("button", name="Make branch").click()
        branch = int(mx.history(sorted_study)["node_id"].iloc[-1])
        journey.go("Tree")
        for node in free:
            with journey.deciding():
                page.locator(f"[data-card='{node}']").drag_to(
                    page.locator(f".tree-row[data-node='{branch}']")
                )
            expect(page.locator(f"[data-card='{node}']")).to_have_count(0)
    else:
        cards = page.get_by_role("main").get_by_role("listbox").first
        expect(cards).to_be_focused()
        order = [int(card.get_attribute("data-card") or 0) for card in page.locator("[data-card]").all()]
        for place, node in enumerate(order):
            if node in free:
                journey.keys(" ")
            if place < len(order) - 1:
                journey.keys("ArrowRight")
        with journey.deciding():
            journey.keys("b")
            expect(page.get_by_role("dialog")).to_be_visible()
            page.keyboard.type("Gelatinous")
            journey.keys("Enter")
        branch = int(mx.history(sorted_study)["node_id"].iloc[-1])
    assert parents(sorted_study, free) == {branch}
    arranged = journey.state

    journey.power_cut()
    assert journey.state == arranged
    page = journey.page
    journey.go("Names")
    name = page.locator(f"[data-row='{free[0]}'][data-field=name]")
    if journey.by_mouse:
        name.click()
    else:
        for _ in range(200):
            if page.evaluate(
                "[document.activeElement.dataset.row, document.activeElement.dataset.field]"
            ) == [
                str(free[0]),
                "name",
            ]:
                break
            journey.keys("Tab")
    expect(name).to_be_focused()
    with journey.deciding():
        page.keyboard.type("salp <b>&")
        if journey.by_mouse:
            page.get_by_role("heading", level=1).click()
        else:
            journey.keys("Enter")
    assert mx.morphs(sorted_study).loc[free[0], "name"] == "salp <b>&"
    named = journey.state
    if not journey.by_mouse:
        journey.keys("Escape")
        page.evaluate("document.activeElement.blur()")  # keys of the page are letters in a field
    journey.undo()
    assert arranged.is_restored_by(journey.state)
    journey.redo()
    assert journey.state == named

    journey.go("Diversity")
    charts = page.locator("#content .js-plotly-plot")
    expect(charts.first).to_be_visible(timeout=WAIT * 1000)
    # In the legend of the composition: as it was written, not as markup.
    expect(charts.locator(".legendtext").get_by_text("salp <b>&", exact=True)).to_be_visible(
        timeout=WAIT * 1000
    )

    journey.go("Export")
    with page.expect_download() as started:
        if journey.by_mouse:
            page.get_by_role("link", name=re.compile(r"members\.csv")).click()
        else:
            journey.keys("1")
    target = tmp_path / "members.csv"
    started.value.save_as(target)
    with target.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(mx.members(sorted_study))
    assert sum("salp <b>&" in row.values() for row in rows) == len(mx.morph_members(sorted_study, free[0]))
    assert any("Gelatinous" in value for row in rows for value in row.values() if value)


def parents(project: mx.Project, nodes: list[int]) -> set[int | None]:
    from morphoexplore.store import tree

    found = tree.nodes(project)
    return {found[node].parent_id for node in nodes}


# ------------------------------------------------------------------------------------------ two tabs


def test_two_tabs_on_one_project(
    visit: Callable[..., Visitor], serve: Callable[..., Served], study: mx.Project
) -> None:
    served, visitor = serve(study.folder), visit()
    first = visitor.open(served, "/seed/1")
    second = visitor.open(served, "/seed/1")
    for page in (first, second):
        expect(page.locator(f"#{ids.SEED_GALLERY}[data-painted=true]")).to_be_visible()
    first.bring_to_front()
    first.keyboard.press("a")
    expect(first).not_to_have_url(re.compile("/seed/1$"))
    expect(first.get_by_role("button", name="Undo")).to_be_enabled()
    decided = state_of(study)

    second.bring_to_front()
    second.keyboard.press("d")
    expect(second.get_by_text("Somebody has decided something since this page was drawn")).to_be_visible()
    assert state_of(study) == decided, "what was not shown was not decided"
    expect(second.get_by_role("main")).to_contain_text("Seed 1 was confirmed.")
    expect(second.get_by_role("button", name="Undo")).to_be_enabled()
    second.keyboard.press("Control+z")
    expect(second.get_by_role("button", name="Redo")).to_be_enabled()
    expect(second.locator(f"#{ids.SEED_GALLERY}[data-painted=true]")).to_be_visible()
    assert mx.seeds(study).loc[1, "state"] == "pending"

    first.bring_to_front()
    before = state_of(study)
    first.keyboard.press("Control+z")  # of a decision that the other tab has taken back
    # It says so, unless the tab has heard of it in between: then there is nothing to undo.
    expect(first.get_by_role("button", name="Undo")).to_be_disabled()
    assert state_of(study) == before


def test_a_kill_while_a_decision_is_under_way_leaves_all_of_it_or_nothing(
    visit: Callable[..., Visitor], serve: Callable[..., Served], study: mx.Project
) -> None:
    served = serve(study.folder)
    for delay in (0.0, 0.03, 0.12):
        visitor = visit()
        page = visitor.open(served, f"/seed/{int(mx.seeds(study, 'pending').index[0])}")
        expect(page.locator(f"#{ids.SEED_GALLERY}[data-painted=true]")).to_be_visible()
        pending, decisions = len(mx.seeds(study, "pending")), history.version(study)
        page.keyboard.press("a")
        time.sleep(delay)
        served.kill()
        visitor.leave()
        visitor.complaints.clear()  # that the server is gone
        made = history.version(study) - decisions
        assert made in (0, 1)
        assert len(mx.seeds(study, "pending")) == pending - made
        assert len(mx.morphs(study)) == history.version(study)
        assert [finding for finding in mx.check(study) if not finding.is_harmless] == []
        served.start()


# ------------------------------------------------------------------------------------------ runs


def test_a_run_outlives_the_server(
    visit: Callable[..., Visitor], serve: Callable[..., Served], sorted_study: mx.Project
) -> None:
    rounds, before = int(mx.status(sorted_study)["round"]), len(mx.runs(sorted_study))
    served, visitor = serve(sorted_study.folder), visit()
    page = visitor.open(served)
    page.get_by_role("button", name="Find seeds").click()
    eventually(lambda: len(mx.runs(sorted_study)) > before)
    served.kill()
    assert mx.runs(sorted_study)["state"].iloc[-1] == "running"
    visitor.leave()
    visitor.complaints.clear()
    served.start()
    page = visit().open(served)
    eventually(lambda: mx.runs(sorted_study)["state"].iloc[-1] != "running", within=4 * WAIT)
    assert int(mx.status(sorted_study)["round"]) == rounds + 1
    assert mx.runs(sorted_study)["state"].iloc[-1] == "done"
    expect(page.get_by_role("main")).to_contain_text(f"of round {rounds + 1} to review", timeout=WAIT * 1000)
