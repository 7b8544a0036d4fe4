"""
Sorting through the app, in one run: a page of candidates, the bulk offer, accepting 100 000, undo of it, memory.

    python benchmarks/answers.py [--objects 1000000] [--dims 64] [--project DIR] [--keep DIR]

Makes a collection with pictures, places it and finds its seeds (as `benchmarks/app.py` does; half an hour for a
million), confirms the twenty largest seeds in a copy of it, serves the copy, and sorts in headless Chromium: candidates
of the largest morph page by page, then the bulk offer down to a border beyond so many objects, accepted at once without
a certificate, then Ctrl+Z. ``seconds`` is what a person waits, from the key until the page shows it; ``server`` is how
long the slowest request of it took, ``CPU`` what the server computed for it; on a busy machine the CPU is the figure to read.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import collection
import pandas as pd
import psutil
from playwright.sync_api import Page, sync_playwright

import app
import morphoexplore as mx
from morphoexplore import review

MORPHS, PAGES, MANY = 20, 6, 100_000
SHOWN = "[data-painted=true]"
LIMITS = {"candidates": 0.3, "accept": 2.0, "undo": 2.0, "memory": 4096.0}  # s and MiB


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("--objects", type=int, default=1_000_000)
    parser.add_argument("--dims", type=int, default=64)
    parser.add_argument("--project", type=Path, help="a project with pending seeds, instead of making one")
    parser.add_argument("--keep", type=Path, help="where to leave the project that is made")
    options = parser.parse_args()
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        sys.exit("There is no chromium and no google-chrome on the path.")
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        made = options.project or make(options.keep or Path(scratch) / "made", options.objects, options.dims)
        folder = Path(scratch) / "shown"
        copy(made, folder)
        project = mx.open_project(folder, user="bench")
        largest = confirm_largest(project)
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        with app.served(folder) as (link, process, _), app.tab(browser, link) as page:
            found = Answers(page, process).all(largest, project)
        browser.close()
    print(pd.DataFrame(found).to_string(index=False))


def make(folder: Path, objects: int, dims: int) -> Path:
    project = collection.make(folder, objects, dims)
    mx.embed(project)
    mx.seed(project)
    return project.folder


def copy(made: Path, folder: Path) -> None:
    """Copy a project; its pictures, which nothing changes, are the same files."""
    shutil.copytree(made, folder, ignore=shutil.ignore_patterns("serving.json", "tiles", "images"))
    for name in ("tiles", "images"):
        if (made / name).is_dir():
            (folder / name).symlink_to((made / name).resolve(), target_is_directory=True)


def confirm_largest(project: mx.Project) -> int:
    """Confirm the largest seeds; return the largest morph."""
    largest = mx.seeds(project, "pending")["size"].nlargest(MORPHS).index
    first, *_ = [review.confirm(project, int(one)) for one in largest]
    return first


class Answers:
    """What a page and its server are asked."""

    def __init__(self, page: Page, process: psutil.Process) -> None:
        self.page, self.process = page, process
        self.peak = 0.0

    def all(self, node_id: int, project: mx.Project) -> list[dict[str, object]]:
        with self._watched():
            first, pages = self.candidates(node_id)
            opened = self._took(lambda: app.go(self.page, "/grow/all", ".ruler-row"))
            came_in, accepted = self.accept(project)
            undone = self.undo()
        rows = [
            ("candidates of a morph, first page of the server", None, first),
            ("candidates, key to next page", LIMITS["candidates"], pages),
            ("bulk, until its ruler is shown", None, opened),
            (f"accept {came_in:,}", LIMITS["accept"], accepted),
            ("undo it", LIMITS["undo"], undone),
        ]
        found: list[dict[str, object]] = [
            {"what": what, "limit": limit, **{name: round(value, 2) for name, value in took.items()}}
            for what, limit, took in rows
        ]
        return [
            *found,
            {"what": "server memory at most (MiB)", "limit": LIMITS["memory"], "seconds": self.peak},
        ]

    def candidates(self, node_id: int) -> tuple[dict[str, float], dict[str, float]]:
        """Measure the first page of candidates, and turning to the next ones by key."""
        first = self._took(lambda: app.go(self.page, f"/grow/{node_id}?way=pages", SHOWN))
        turns = []
        for _ in range(PAGES):
            self.page.wait_for_timeout(1000)  # as long as the quickest person looks at it
            before = self._version("#grow-gallery")
            turns.append(self._took(lambda: self._press("f", "#grow-gallery", before)))  # noqa: B023
        return first, {name: statistics.median(one[name] for one in turns) for name in turns[0]}

    def accept(self, project: mx.Project) -> tuple[int, dict[str, float]]:
        """Take more than so many of the bulk offer, which is open, in at once."""
        for _ in range(4):  # a finer ruler may follow
            rows = self.page.locator(".ruler-ranks").all_inner_texts()
            if not rows:
                break
            last = [int(row.split(" to ")[1].replace(",", "")) for row in rows]
            wanted = next((place for place, one in enumerate(last) if one >= MANY), len(last) - 1)
            self.page.locator(".ruler-row").nth(wanted).click()
            self.page.wait_for_function(
                "former => document.querySelector('.ruler-ranks')?.textContent !== former", arg=rows[0]
            )
        self.page.wait_for_selector(f"#survey-gallery{SHOWN}")
        members = project.count_objects() - len(mx.free_objects(project))
        self.page.wait_for_timeout(1000)
        took = self._took(
            lambda: (self.page.keyboard.press("U"), self.page.wait_for_selector(".survey-done"))
        )
        return project.count_objects() - len(mx.free_objects(project)) - members, took

    def undo(self) -> dict[str, float]:
        """Take it back; it is shown as the page where it was accepted."""
        self.page.wait_for_timeout(2000)

        def reverse() -> None:
            self.page.keyboard.press("Control+z")
            self.page.wait_for_selector("#survey-gallery")

        return self._took(reverse)

    def _press(self, key: str, gallery: str, before: str) -> None:
        self.page.keyboard.press(key)
        self.page.wait_for_function(
            "([gallery, before]) => document.querySelector(`${gallery} [role=option]`)?.getAttribute('aria-label') !== before"
            " && document.querySelector(gallery).dataset.painted === 'true'",
            arg=[gallery, before],
        )

    def _version(self, gallery: str) -> str:
        return self.page.locator(f"{gallery} [role=option]").first.get_attribute("aria-label") or ""

    def _took(self, act: Callable[[], object]) -> dict[str, float]:
        """Return what a person waited, how long the server's slowest answer took, and what it computed."""
        self.page.evaluate("performance.clearResourceTimings()")
        begin, cpu = time.perf_counter(), sum(self.process.cpu_times()[:2])
        act()
        seconds = time.perf_counter() - begin
        self.page.wait_for_timeout(300)
        asked = self.page.evaluate(
            "performance.getEntriesByType('resource').filter((one) => one.name.includes('_dash-update-component'))"
            ".map((one) => one.duration / 1000)"
        )
        return {
            "seconds": seconds,
            "server": max(asked, default=0.0),
            "CPU": sum(self.process.cpu_times()[:2]) - cpu,
        }

    @contextmanager
    def _watched(self) -> Iterator[None]:
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(0.05):
                self.peak = max(self.peak, round(app.mebibytes(self.process)))

        watcher = threading.Thread(target=watch)
        watcher.start()
        yield
        ended.set()
        watcher.join()


if __name__ == "__main__":
    main()
