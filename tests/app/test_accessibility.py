"""No page breaks a rule of WCAG 2 A or AA that axe-core can check, in light and in dark."""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

import morphoexplore as mx
from morphoexplore_app import components
from morphoexplore_app.pages import PAGES
from tests.app.browsing import Served, Visitor

AXE = Path(components.__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
#: How the numbers in addresses are found; a page with another one is an error here, so that none is forgotten.
NUMBERS: dict[str, Callable[[mx.Project], int]] = {
    "seed_id": lambda project: int(mx.seeds(project, "pending").index[0]),
    "node_id": lambda project: int(mx.morphs(project).index[0]),
    "object": lambda project: 0,
    "number": lambda project: 0,
    "round_number": lambda project: 1,
}

#: What is drawn later than the page itself, charts and lists, has come when nothing changes any more.
QUIET = """() => new Promise((done) => {
    let timer = setTimeout(done, 300);
    setTimeout(done, 5000);
    new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(done, 300); })
        .observe(document.body, {subtree: true, childList: true, attributes: true});
})"""

pytestmark = pytest.mark.skipif(not AXE.is_file(), reason="axe-core is missing: npm ci in the components")


def address(path: str, project: mx.Project) -> str:
    return re.sub(r"<(\w+)>", lambda found: str(NUMBERS[found[1]](project)), path)


class Looker:
    """A browser in light or in dark with one tab per server, in which pages follow each other without loading anew."""

    def __init__(self, browser: Browser, *, is_dark: bool) -> None:
        self.visitor = Visitor(browser, is_dark=is_dark)
        self._tabs: dict[int, Page] = {}
        self._visits = itertools.count()

    def at(self, served: Served, path: str) -> Page:
        """Return the tab of a server, at a page of it."""
        if served.port not in self._tabs:
            self._tabs[served.port] = self.visitor.open(served)
            self._tabs[served.port].evaluate(AXE.read_text(encoding="utf-8"))
        tab = self._tabs[served.port]
        self.visitor.complaints.clear()
        tab.evaluate("document.querySelector('#content > *').dataset.isOld = 'yes'")
        pathname, _, query = path.partition("?")
        tab.evaluate(
            "to => window.dash_clientside.set_props('url', to)",
            {"pathname": pathname, "search": f"?{query}&fresh={next(self._visits)}"},
        )
        tab.wait_for_selector("#content > :not([data-is-old])")
        tab.evaluate(QUIET)
        return tab


@pytest.fixture(scope="module", params=["light", "dark"])
def looker(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Looker]:
    looker = Looker(browser, is_dark=request.param == "dark")
    yield looker
    looker.visitor.leave()


def faults(page: Page) -> list[str]:
    """Return the rules that a page breaks, each with where and how."""
    found = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES)
    return [
        f"{rule['id']}: {node['html'][:200]} ({node['failureSummary']})"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def check(looker: Looker, served: Served, path: str) -> None:
    page = looker.at(served, path)
    assert faults(page) == []
    assert page.get_by_role("heading", level=1).count() <= 1
    assert looker.visitor.complaints == []


@pytest.mark.parametrize("path", [page.PATH for page in PAGES])
def test_a_page_of_a_half_sorted_study(looker: Looker, served_sorted: Served, path: str) -> None:
    project = mx.open_project(served_sorted.folder)
    check(looker, served_sorted, address(path, project))


@pytest.mark.parametrize(
    "path",
    [
        "/tree?node=1",
        "/tree?node=9",
        "/names?show=morphs",
        "/grow?show=incomplete",
        "/grow/2?way=pages",
        "/grow/2?way=gallop",
        "/seed/9?cut=2",
        "/review?cell=72",
        "/map?colour=seed",
        "/diversity?index=richness,functional_richness&beside=9&group=season&period=month&sample=drawn_2019_01&morph=hull",
    ],
)
def test_a_view_of_a_half_sorted_study(looker: Looker, served_sorted: Served, path: str) -> None:
    check(looker, served_sorted, path)


@pytest.fixture(scope="module")
def served_begun(sorted_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A study with a growth, a bulk offer and an audit that were left, and with a morph that was torn in two."""
    folder = tmp_path_factory.mktemp("begun") / "study"
    shutil.copytree(sorted_template, folder)
    project = mx.open_project(folder, user="ana")
    review = mx.review
    first, second = (int(one) for one in mx.morphs(project).index[:2])
    review.split(project, second, mx.morph_members(project, second)[::2], name="the other half " * 12)
    bulk = review.begin_bulk(project)
    review.mark_row(project, bulk, 0)
    growth = review.begin_growth(project, first)
    review.mark_row(project, growth, 0)
    review.judge_sample(project, review.begin_audit(project, second), count=2)
    served = Served(folder)
    yield served
    served.stop()


@pytest.mark.parametrize("path", ["/", "/grow", "/grow/<node_id>", "/grow/all", "/audit", "/same", "/like/3"])
def test_what_was_begun(looker: Looker, served_begun: Served, path: str) -> None:
    check(looker, served_begun, address(path, mx.open_project(served_begun.folder)))


@pytest.mark.parametrize("path", [page.PATH for page in PAGES if "<" not in page.PATH])
def test_a_page_of_a_fresh_study(looker: Looker, served_study: Served, path: str) -> None:
    check(looker, served_study, path)


@pytest.fixture(scope="module")
def served_empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    project = mx.create_project(tmp_path_factory.mktemp("empty") / "empty", user="ana")
    served = Served(project.folder)
    yield served
    served.stop()


@pytest.mark.parametrize(
    "path", [page.PATH for page in PAGES if "<" not in page.PATH] + ["/seed/1", "/object/0"]
)
def test_a_page_of_an_empty_project(looker: Looker, served_empty: Served, path: str) -> None:
    check(looker, served_empty, path)


def test_the_list_of_keys(looker: Looker, served_sorted: Served) -> None:
    page = looker.at(served_sorted, "/")
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    assert faults(page) == []
    page.keyboard.press("Escape")


def test_a_refusal(looker: Looker, served_sorted: Served) -> None:
    check(looker, served_sorted, "/seed/999")


def test_no_page(looker: Looker, served_sorted: Served) -> None:
    check(looker, served_sorted, "/nothing")
