"""
A whole round by keyboard alone: seeds, bulk, growth, merges, an audit, names. Nobody touches the mouse.

The person knows what every object is, and sees what is on the screen; the keys are those that the pages name. With
``MORPHOEXPLORE_STUDY`` (an embedded project without decisions) and ``MORPHOEXPLORE_LABELS`` (a CSV with the columns
``object_id`` and ``label``) in the environment the same is done with a copy of that project.
"""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.store import history
from morphoexplore_app import ids
from tests import drawn
from tests.app.browsing import Served, Visitor
from tests.app.journeys import WAIT, Journey, eventually

PURE = 0.9  # share of the right ones from which a row, or a part of it, is good
MOST_MORPHS = 12  # that are grown one by one


class Person:
    """Somebody who knows the label of every object and presses keys."""

    def __init__(self, journey: Journey, labels: np.ndarray) -> None:
        self.journey, self.project, self.labels = journey, journey.project, labels
        self.pressed = 0
        self.shots = os.environ.get("MORPHOEXPLORE_SHOTS")

    # ---- keys and what is seen

    def keys(self, *keys: str) -> None:
        self.pressed += len(keys)
        self.journey.keys(*keys)

    def heading(self, pattern: str) -> None:
        expect(self.journey.page.get_by_role("heading", level=1)).to_have_text(
            re.compile(pattern), timeout=WAIT * 1000
        )

    def says(self, pattern: str) -> bool:
        return bool(re.search(pattern, self.journey.page.get_by_role("main").inner_text()))

    def shoot(self, name: str) -> None:
        if self.shots:
            self.journey.page.screenshot(path=f"{self.shots}/{name}.png")

    def label_of(self, node_id: int) -> str:
        """Return what most members of a morph are."""
        return Counter(self.labels[mx.morph_members(self.project, node_id)]).most_common(1)[0][0]

    # ---- seeds

    def judge_seeds(self) -> None:
        """Judge strips until none is left."""
        while mx.status(self.project)["seeds"]["pending"]:
            self.journey.painted(ids.REVIEW_STRIPS)
            for number, shown in enumerate(self._rows()):
                if number:
                    self.keys("PageDown")
                cut = self._cut(shown)
                if cut is not None:
                    self._accept(shown, cut)
            self.shoot("strips")
            self._turn()

    def _accept(self, shown: list[int], cut: int) -> None:
        """Go along a row to its last good image, and cross out the wrong ones on the way."""
        right = self.labels[shown[cut]]
        self.keys("Home")
        for place in range(cut + 1):
            if self.labels[shown[place]] != right:
                self.keys("x")
            self.keys("a" if place == cut else "ArrowRight")

    def _rows(self) -> list[list[int]]:
        return self.journey.page.evaluate(
            "[...document.querySelectorAll('[data-seed]')].map((row) => "
            "[...row.querySelectorAll('[role=option]')].map((tile) => Number(tile.dataset.object)))"
        )

    def _cut(self, shown: list[int]) -> int | None:
        """Return the last good image of a row; None where the row is mixed."""
        labels = self.labels[shown]
        first = Counter(labels[: max(3, len(labels) // 2)].tolist()).most_common(1)[0][0]
        is_right = labels == first
        share = np.cumsum(is_right) / np.arange(1, len(labels) + 1)
        good = np.flatnonzero(is_right & (share >= PURE))
        return int(good[-1]) if len(good) and good[-1] >= min(3, len(labels) - 1) else None

    def _turn(self) -> None:
        before = history.version(self.project)
        for _ in range(20):
            self.journey.page.wait_for_timeout(350)  # nobody turns a page that has only just come
            self.keys(" ")
            self.journey.page.wait_for_timeout(350)
            if history.version(self.project) > before:
                break
        eventually(lambda: history.version(self.project) == before + 1)
        self.journey.page.wait_for_timeout(500)

    # ---- surveys

    def answer_survey(self, kind: str) -> str | None:
        """Answer the survey that is shown until it is done; return what came of it."""
        for turn in range(60):
            step = self._step(kind) if turn else self.first_step(kind)
            if step.phase == "done":
                return step.outcome
            before = step.version
            if step.phase == "ruler":
                expect(self.journey.page.locator(".ruler-row").first).to_be_visible(timeout=WAIT * 1000)
                good = [
                    self._is_right(step, row.objects, row.nodes).mean() >= 0.75
                    for row in step.rows
                    if row.objects
                ]
                last = next((place for place, is_good in enumerate(good) if not is_good), len(good)) - 1
                self.shoot(f"{kind}-ruler-{turn}")
                self.keys("j" if last < 0 else str((last + 1) % 10))
            else:
                self.journey.painted(ids.SURVEY_GALLERY)
                wrong = np.array(step.objects)[~self._is_right(step, step.objects, step.nodes)]
                self.shoot(f"{kind}-page-{turn}")
                if 0 < len(wrong) <= 5:
                    self.click_out(wrong.tolist())
                else:
                    self.keys("m" if len(wrong) > 9 else str(len(wrong)))
            eventually(lambda before=before: history.version(self.project) > before)
            eventually(lambda: self._is_drawn())
        raise AssertionError("the survey does not end")

    def click_out(self, wrong: Iterable[int]) -> None:
        """Mark images by arrows and x, send them, and say at the second look that they are wrong."""
        shown = self._gallery()
        at = 0
        for place in sorted(shown.index(one) for one in wrong):
            self.keys(*["ArrowRight"] * (place - at), "x")
            at = place
        self.keys("f")
        expect(self.journey.page.get_by_text("Really wrong?")).to_be_visible(timeout=WAIT * 1000)
        self.journey.painted(ids.SURVEY_GALLERY)
        assert sorted(self._gallery()) == sorted(wrong)
        self.shoot("again")
        self.keys("f")

    def _gallery(self) -> list[int]:
        labels = self.journey.painted(ids.SURVEY_GALLERY).get_by_role("option").all()
        return [int(re.findall(r"\d+", one.get_attribute("aria-label") or "")[0]) for one in labels]

    def first_step(self, kind: str) -> review.SurveyStep:
        """Return what is shown of a survey that nobody answered yet: nothing of it is stored."""
        number = int((re.findall(r"/(\d+)", self.journey.page.url.split("?")[0]) or ["0"])[-1])
        draft = {"growth": review.draft_growth, "audit": review.draft_audit}.get(kind)
        survey = review.draft_bulk(self.project) if draft is None else draft(self.project, number)
        return review.survey_step(self.project, survey)

    def _step(self, kind: str) -> review.SurveyStep:
        with self.project.read() as conn:
            number = conn.execute("SELECT max(survey_id) FROM survey WHERE kind = ?", (kind,)).fetchone()[0]
        return review.survey_step(self.project, number)

    def _is_right(
        self, step: review.SurveyStep, objects: Iterable[int], nodes: Iterable[int] | None
    ) -> np.ndarray:
        numbers = np.array(list(objects), np.int64)
        of = [step.survey.node_id] * len(numbers) if nodes is None else list(nodes)
        known = {node: self.label_of(node) for node in set(of)}
        return self.labels[numbers] == np.array([known[node] for node in of], dtype=object)

    def _is_drawn(self) -> bool:
        """Tell whether the page has heard of the last decision."""
        found = self.journey.page.evaluate(
            f"document.querySelector('#{ids.SURVEY_BODY} [data-version]')?.dataset.version ?? ''"
        )
        return found == str(history.version(self.project))


@pytest.fixture
def labelled(study: mx.Project, tmp_path: Path) -> tuple[mx.Project, np.ndarray]:
    """A project that nobody has decided anything in, with the label of every object."""
    folder, table = os.environ.get("MORPHOEXPLORE_STUDY"), os.environ.get("MORPHOEXPLORE_LABELS")
    if folder and table:
        shutil.copytree(folder, tmp_path / "large")
        project = mx.open_project(tmp_path / "large", user="ana")
        known = pd.read_csv(table).set_index("object_id")["label"]
        return project, known.reindex(mx.objects(project)["object_id"]).to_numpy(object)
    forms = drawn.truth()
    return study, np.array([forms[one] for one in mx.objects(study)["object_id"]], dtype=object)


def test_a_whole_round_by_keyboard_alone(
    labelled: tuple[mx.Project, np.ndarray],
    visit: Callable[..., Visitor],
    serve: Callable[..., Served],
) -> None:
    project, labels = labelled
    journey = Journey(project, serve(project.folder), visit, "keys")
    ana = Person(journey, labels)

    ana.keys("n")  # what the overview says to do next
    ana.heading("^Review$")
    ana.judge_seeds()
    expect(journey.page.get_by_text("Every seed is judged.")).to_be_visible(timeout=WAIT * 1000)
    assert len(mx.morphs(project)) >= 3
    sorted_by_seeds = len(mx.members(project))

    ana.keys("g", "g")
    ana.heading("^Grow$")
    ana.keys("b")
    ana.heading("^Bulk")
    assert ana.answer_survey("bulk") in ("accepted", "nothing")
    ana.shoot("bulk-done")
    ana.keys("n")
    ana.heading("^Grow$")
    ana.keys("n")
    expect(journey.page).to_have_url(re.compile(r"/grow/\d+"), timeout=WAIT * 1000)
    for _ in range(MOST_MORPHS):
        ana.heading("^Grow .+")
        title = journey.page.get_by_role("heading", level=1).inner_text()
        if journey.page.locator(f"#{ids.SURVEY_BODY}").count():
            ana.answer_survey("growth")
            ana.shoot("growth-done")
        before = history.version(project)
        ana.keys("c")
        eventually(lambda before=before: history.version(project) > before)
        expect(journey.page.get_by_role("heading", level=1)).not_to_have_text(title, timeout=WAIT * 1000)
        if mx.morphs(project)["is_complete"].all():
            break
    assert len(mx.members(project)) >= sorted_by_seeds

    ana.keys("g", "t")
    expect(journey.page.get_by_role("tree")).to_be_visible(timeout=WAIT * 1000)
    ana.keys("=")
    ana.heading("may be the same")
    for _ in range(30):
        if not journey.page.locator(f"#{ids.SAME_MERGE}").count():
            break
        first, second = (pair := review.likely_same(project)[0]).first, pair.second
        ana.shoot("same")
        with journey.deciding():
            ana.keys("m" if ana.label_of(first) == ana.label_of(second) else "d")
        journey.page.wait_for_timeout(400)
    expect(journey.page.get_by_text("No two morphs look like the same one.")).to_be_visible(
        timeout=WAIT * 1000
    )

    ana.keys("g", "g")
    ana.heading("^Grow$")
    ana.keys("A")
    ana.heading("^Audit$")
    if ana.says("least known first"):
        ana.shoot("audits")
        ana.keys("n")
        ana.heading("^Audit .+")
        step = ana.first_step("audit")
        journey.painted(ids.SURVEY_GALLERY)
        wrong = np.array(step.objects)[~ana._is_right(step, step.objects, None)]
        if len(wrong):
            ana.click_out(wrong.tolist())
        else:
            ana.keys("0")
        eventually(lambda: history.version(project) > step.version)
        assert mx.bounds(project).loc[step.survey.node_id, "bound"] > 0

    ana.keys("g", "n")
    ana.heading("^Names$")
    rows = [
        int(one.get_attribute("data-row") or 0)
        for one in journey.page.locator("[data-row][data-field=name]").all()
    ]
    expect(journey.page.locator("[data-field=name]").first).to_be_visible()
    ana.keys("e")
    for node_id in rows:
        with journey.deciding():
            journey.page.keyboard.type(f"{ana.label_of(node_id)} {node_id}")
            ana.keys("Enter")
    assert mx.status(project)["named"] >= len(rows) > 0
    journey.page.evaluate("document.activeElement.blur()")

    members = mx.members(project)
    places = dict(zip(mx.objects(project)["object_id"], range(len(labels)), strict=True))
    truth = labels[[places[one] for one in members["object_id"]]]
    precision = (truth == np.array([ana.label_of(node) for node in members["node_id"]], dtype=object)).mean()
    print(f"{len(members)} of {len(labels)} sorted with {ana.pressed} keys, precision {precision:.3f}")  # noqa: T201
    assert precision >= 0.9
    assert [finding for finding in mx.check(project) if not finding.is_harmless] == []
