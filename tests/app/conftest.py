"""A small study of drawn objects, served, and a browser that looks at it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.store.project import Project
from morphoexplore_app.session import Session
from tests import drawn
from tests.app.browsing import Served, Visitor, find_browser


@pytest.fixture(scope="session")
def study_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to copy: 462 drawn objects of 36 samples, with everything up to a first round of 11 seeds."""
    scratch = tmp_path_factory.mktemp("study")
    project = mx.create_project(scratch / "study", user="ana")
    mx.add(project, drawn.zip_source(scratch / "drawn.zip", every=12), copy=True)
    mx.extract(project)
    mx.embed(project)
    mx.seed(project)
    return project.folder


@pytest.fixture(scope="session")
def sorted_template(study_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with eight seeds confirmed, two of the morphs in a branch, names, and three seeds pending."""
    folder = tmp_path_factory.mktemp("sorted") / "study"
    shutil.copytree(study_template, folder)
    project = mx.open_project(folder, user="ana")
    morphs = [mx.review.confirm(project, int(seed)) for seed in mx.seeds(project, "pending").index[:8]]
    mx.review.make_branch(project, name="Copepoda", owns=morphs[:2])
    mx.review.name(project, morphs[0], "large & <b>bold</b>")
    mx.review.name(project, morphs[1], "a name so long that no column is wide enough for all of it " * 2)
    mx.review.kind(project, morphs[2], "detritus")
    return folder


@pytest.fixture
def study(study_template: Path, tmp_path: Path) -> mx.Project:
    """A study before anybody decided anything; see :func:`study_template`."""
    shutil.copytree(study_template, tmp_path / "study")
    return mx.open_project(tmp_path / "study", user="ana")


@pytest.fixture
def sorted_study(sorted_template: Path, tmp_path: Path) -> mx.Project:
    """A study that is half sorted; see :func:`sorted_template`."""
    shutil.copytree(sorted_template, tmp_path / "sorted")
    return mx.open_project(tmp_path / "sorted", user="ana")


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Serve a project's folder in a process of its own, until the test ends."""
    started: list[Served] = []

    def start(folder: Path, **options: Any) -> Served:
        started.append(Served(folder, **options))
        return started[-1]

    yield start
    for served in started:
        if served.process.poll() is None:
            served.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    program = find_browser()
    if program is None:
        pytest.skip("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        # --no-sandbox: Chromium refuses to run as root with it, as in CI; it sees our own pages only.
        chromium = playwright.chromium.launch(executable_path=program, headless=True, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Browser, serve: Callable[..., Served]) -> Iterator[Callable[..., Visitor]]:
    """Let somebody come with a browser; the test fails if a page complains in its console."""
    del serve  # a server goes after its visitors
    visitors: list[Visitor] = []

    def come(**options: Any) -> Visitor:
        visitors.append(Visitor(browser, **options))
        return visitors[-1]

    yield come
    for visitor in visitors:
        visitor.leave()
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []


@pytest.fixture(scope="session")
def served_study(study_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A fresh study, served for all tests that only look."""
    folder = tmp_path_factory.mktemp("served") / "study"
    shutil.copytree(study_template, folder)
    yield from _served(folder)


@pytest.fixture(scope="session")
def served_sorted(sorted_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A study that is half sorted, served for all tests that only look."""
    folder = tmp_path_factory.mktemp("served") / "sorted"
    shutil.copytree(sorted_template, folder)
    yield from _served(folder)


def _served(folder: Path) -> Iterator[Served]:
    served = Served(folder)
    before = mx.history(mx.open_project(folder))
    yield served
    served.stop()
    assert "Traceback" not in served.log
    assert len(mx.history(mx.open_project(folder))) == len(before), (
        "a test that only looks has decided something"
    )


@pytest.fixture
def page(visit: Callable[..., Visitor], served_study: Served) -> Page:
    """The first page of a fresh study, opened by its link, to look at."""
    return visit().open(served_study)


@pytest.fixture
def session(made_project: Project) -> Session:
    """Two samples of 15 objects: morphs of 8 and 6 objects, the second in a branch, and 16 unsorted."""
    review.confirm(made_project, 1)
    second = review.confirm(made_project, 2)
    review.make_branch(made_project, name="Copepoda", owns=[second])
    return Session(made_project)
