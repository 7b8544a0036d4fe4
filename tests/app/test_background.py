"""Long verbs started from the app: they are processes of their own, and what goes wrong is told once."""

from __future__ import annotations

import time
from collections.abc import Callable

from morphoexplore.store import runs, seeds
from morphoexplore.store.project import Project
from morphoexplore_app import jobs
from morphoexplore_app.background import Background
from morphoexplore_app.session import Session


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_verb_runs_beside_the_server_and_says_what_it_found(made_project: Project) -> None:
    background = Background(made_project)
    assert background.start("export", str(made_project.folder / "out"))
    assert background.is_busy
    assert not background.start("export", str(made_project.folder / "out"))
    _wait_until(lambda: not background.is_busy)
    assert "has no morphs yet" in background.failed["export"]
    session = Session(made_project)
    session.background = background
    said, is_idle = jobs.sign(session, is_watched=True)
    assert (said.children, is_idle) == ("export: failed", True), (
        "what failed before its run began is said too"
    )
    assert jobs.sign(session, is_watched=False) == (None, True)
    [(is_done, sentence)] = background.ended()
    assert not is_done
    assert "has no morphs yet" in sentence
    assert background.ended() == []
    assert background.failed == {}


def test_a_verb_that_goes_well_ends_with_its_own_words(made_project: Project) -> None:
    background = Background(made_project)
    background.start("status")
    _wait_until(lambda: not background.is_busy)
    [(is_done, sentence)] = background.ended()
    assert is_done
    assert sentence.startswith("Project")


def test_a_preview_counts_seeds_or_says_why_not_and_stores_nothing(made_project: Project) -> None:
    background = Background(made_project)
    assert background.preview is None
    before = len(seeds.listing(made_project)), len(runs.listing(made_project))
    background.start_preview(7, only_new=True)
    assert (background.preview_version, background.preview_is_only_new) == (7, True)
    assert background.is_previewing
    _wait_until(lambda: not background.is_previewing)
    assert isinstance(background.preview, str)
    assert "too few" in background.preview
    assert (len(seeds.listing(made_project)), len(runs.listing(made_project))) == before
    background.forget_preview()
    assert background.preview is None
