"""A person at the app, by mouse or by keyboard alone, and a server that may die at any moment."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from playwright.sync_api import Locator, TimeoutError, expect

import morphoexplore as mx
from morphoexplore.store import history
from morphoexplore_app.pages import PAGES
from tests.app.browsing import Served, Visitor
from tests.made import looks_of, state_of

KEYS = {page.LABEL: page.KEY for page in PAGES if page.LABEL is not None}
WAIT = 30.0  # s


class Journey:
    """One person, one project, one server that may die at any moment."""

    def __init__(self, project: mx.Project, served: Served, visit: Callable[..., Visitor], hand: str) -> None:
        self.project, self.served, self.by_mouse = project, served, hand == "mouse"
        self._visit = visit
        self._arrive("/")

    def _arrive(self, path: str) -> None:
        self.visitor = self._visit()
        self.page = self.visitor.open(self.served, path)

    # ---- what a person does

    def go(self, label: str) -> None:
        """Go to a page of the navigation."""
        if self.by_mouse:
            self.page.get_by_role("navigation", name="Pages").get_by_role(
                "link", name=label, exact=True
            ).click()
        else:
            self._go_by_keys(KEYS[label].split(), label)
        expect(self.page.locator("[aria-current=page]").first).to_have_text(label)

    def _go_by_keys(self, keys: list[str], label: str) -> None:
        """Press keys one after the other; where the machine was so busy that they came too far apart, again, as anybody would."""
        for _ in range(3):
            self.keys(*keys)
            try:
                self.page.locator("[aria-current=page]", has_text=label).first.wait_for(timeout=5000)
            except TimeoutError:
                continue
            return

    def press(self, name: str | re.Pattern[str], key: str) -> None:
        """Press a button, or its key."""
        if self.by_mouse:
            self.page.get_by_role("main").get_by_role("button", name=name).first.click()
        else:
            self.keys(key)

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def undo(self) -> None:
        self._reverse("Undo", "Control+z")

    def redo(self) -> None:
        self._reverse("Redo", "Control+y")

    def _reverse(self, name: str, key: str) -> None:
        with self.deciding():
            if self.by_mouse:
                self.page.get_by_role("button", name=name).click()
            else:
                self.keys(key)

    # ---- what is seen

    def painted(self, id: str) -> Locator:
        """Wait until the pictures of a gallery or of strips are there; return it."""
        found = self.page.locator(f"#{id}[data-painted=true]")
        expect(found).to_be_visible(timeout=WAIT * 1000)
        return found

    def deciding(self, decisions: int = 1) -> Deciding:
        """Expect that so many decisions are made by what is done within."""
        return Deciding(self, decisions)

    @property
    def state(self):
        return state_of(self.project)

    # ---- what happens

    def power_cut(self) -> None:
        """Kill the server without warning, and come back to the same page by the new link."""
        before, looks = self.state, looks_of(self.project)
        path = self.page.url.removeprefix(self.served.base)
        self.served.kill()
        self.visitor.leave()
        self.visitor.complaints.clear()  # that the server is gone
        self.served.start()
        assert self.state == before
        assert looks_of(self.project) == looks
        assert [finding for finding in mx.check(self.project) if not finding.is_harmless] == []
        self._arrive(path)


class Deciding:
    """Wait for decisions to be in the database, and for the page to have heard of it."""

    def __init__(self, journey: Journey, decisions: int) -> None:
        self.journey, self.decisions = journey, decisions

    def __enter__(self) -> None:
        self.before = history.version(self.journey.project)
        self.drawn = self.journey.page.evaluate(LAST_HEARD)

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            return
        wanted = self.before + self.decisions
        until = time.monotonic() + WAIT
        while (now := history.version(self.journey.project)) < wanted and time.monotonic() < until:
            time.sleep(0.02)
        assert now == wanted, self.journey.page.get_by_role("main").inner_text()[:2000]
        undo = self.journey.page.get_by_role("button", name=re.compile("^(Undo|Redo)"))
        expect(undo.first).to_be_visible()
        self.journey.page.wait_for_function(f"former => {LAST_HEARD} !== former", arg=self.drawn)


LAST_HEARD = "document.querySelector('#undo').textContent + '|' + document.querySelector('#redo').textContent"


def eventually(is_so: Callable[[], bool], *, within: float = WAIT) -> None:
    """Wait until something is so."""
    until = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < until, "this never came to be"
        time.sleep(0.05)
