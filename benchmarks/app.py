"""
The app in a browser on a made collection: how long a person waits.

    python benchmarks/app.py [--objects 100000] [--project DIR] [--keep DIR]

Makes a project with pictures, morphospace, map and seeds (3 minutes for 100 000 objects), and a copy of it with
3 000 nodes; serves them as a user does, and drives headless Chromium with software rendering. The column
"prototype" holds what reference/ui.md measured on sketches: synthetic data of the same kind, on one loaded core;
read the two side by side as ratios.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import collection
import pandas as pd
import psutil
from playwright.sync_api import Browser, Page, sync_playwright

import morphoexplore as mx

DIMS, MIN_SIZE = 32, 24
MORPHS, BRANCHES = 2700, 300
VIEW = {"width": 1280, "height": 800}
REPEATS = 12
PATIENCE = 120_000  # ms

#: What the prototypes took, of reference/ui.md, sections 2 to 4: text as it stands there.
PROTOTYPE = {
    "server: start to link (s)": None,
    "gallery: first page, cold browser (s)": "first screen 0.31-0.42 s (from component start)",
    "gallery: first page, warm browser (s)": None,
    "gallery: key to next 500 tiles painted (ms)": "110-185 ms (callback alone)",
    "strips: key to next page painted (ms)": None,
    "map: first paint (s)": "0.75 s (100 000), 1.0-1.5 s (1 000 000)",
    "map: zoom, event to painted (ms)": "30 ms (100 000), 31-82 ms (1 000 000)",
    "tree of 3000 nodes: page (s)": "0.94 s (react-arborist, all open)",
    "tree of 3000 nodes: first render (ms)": None,
    "tree of 3000 nodes: open all branches (ms)": "2.8 ms (own virtual tree)",
    "server memory: after start (MiB)": None,
    "server memory: after all pages (MiB)": None,
}
TILES = "0.41-0.44 s (1000 tiles, from component start)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("--objects", type=int, default=100_000)
    parser.add_argument("--project", type=Path, help="a project that is there, instead of making one")
    parser.add_argument("--keep", type=Path, help="where to leave the project that is made")
    options = parser.parse_args()
    program = next(
        (found for name in ("chromium", "google-chrome") if (found := shutil.which(name)) is not None), None
    )
    if program is None:
        sys.exit("There is no chromium and no google-chrome on the path.")
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        made = options.project or make(options.keep or Path(scratch) / "project", options.objects)
        folder = (
            Path(scratch) / "shown"
        )  # what is measured decides; the project that was given stays as it is
        shutil.copytree(made, folder, ignore=shutil.ignore_patterns("serving.json"))
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        found = measure(browser, folder)
        browser.close()
    print(pd.DataFrame(table(found)).to_string(index=False))


def make(folder: Path, objects: int) -> Path:
    """Make the collection, place its objects, and find its first seeds."""
    begin = time.perf_counter()
    project = collection.make(folder, objects, DIMS)
    mx.embed(project)
    found = mx.seed(project, min_size=MIN_SIZE)
    print(
        f"made {objects} objects and {found['seeds']} seeds in {time.perf_counter() - begin:.0f} s",
        flush=True,
    )
    return project.folder


def measure(browser: Browser, folder: Path) -> dict[str, float]:
    """Measure every page; the tree on the same project after everything is sorted."""
    with served(folder) as (link, process, started):
        found = {"server: start to link (s)": started}
        found["server memory: after start (MiB)"] = mebibytes(process)
        with tab(browser, link) as page:
            for part in (gallery, strips, space):
                found |= tried(part, page, folder)
        with tab(browser, link) as page:
            found |= tried(cold_gallery, page, folder)
        found["server memory: after all pages (MiB)"] = mebibytes(process)
    collection.sort_all(mx.open_project(folder), MORPHS, BRANCHES)
    with served(folder) as (link, _, _), tab(browser, link) as page:
        found |= tried(tree, page, folder)
    return found


def tried(part: Callable[[Page, Path], dict[str, float]], page: Page, folder: Path) -> dict[str, float]:
    """Measure one part; a page that is not as it is expected here costs its own figures only."""
    try:
        return part(page, folder)
    except Exception as error:
        print(f"{part.__name__} could not be measured: {error}", file=sys.stderr)
        return {}


def table(found: dict[str, float]) -> list[dict[str, object]]:
    names = [*PROTOTYPE, *(name for name in found if name not in PROTOTYPE)]
    PROTOTYPE.update({name: TILES for name in names if "tiles painted (s)" in name})
    return [
        {"what": name, "app": round(found.get(name, float("nan")), 2), "prototype": PROTOTYPE.get(name) or ""}
        for name in names
    ]


# ------------------------------------------------------------------------------------------ server and browser


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, psutil.Process, float]]:
    """Serve a project; yield its link, the server's process, and the seconds until it was there."""
    begin = time.perf_counter()
    command = [sys.executable, "-m", "morphoexplore", "serve", str(folder), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        link = re.search(r"http://\S+", process.stdout.readline())
        if link is None:
            sys.exit("the server did not start")
        try:
            yield link[0], psutil.Process(process.pid), time.perf_counter() - begin
        finally:
            process.terminate()


@contextmanager
def tab(browser: Browser, link: str) -> Iterator[Page]:
    """Open a tab that has come by the link, in a browser that has nothing else in its cache."""
    context = browser.new_context(viewport=VIEW)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(link)
    page.wait_for_selector("#content > *")
    yield page
    context.close()


def go(page: Page, path: str, until: str) -> float:
    """Load a page anew; return the seconds from the start of the navigation until an element is there."""
    begin = time.perf_counter()
    page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + path)
    page.wait_for_selector(until)
    return time.perf_counter() - begin


def mebibytes(process: psutil.Process) -> float:
    return process.memory_info().rss / 2**20


def lasted(page: Page, name: str) -> float:
    """Return the milliseconds of the last measure that a component took of itself."""
    return float(page.evaluate("name => performance.getEntriesByName(name).at(-1).duration", name))


# ------------------------------------------------------------------------------------------ what is measured


WATCH = """() => {
    addEventListener('keydown', async () => {
        window.pressed = performance.now();
        await new Promise((done) => requestAnimationFrame(done));
        await new Promise((done) => setTimeout(done));
        window.drawn = performance.now() - window.pressed;
    }, true);
}"""
TURNED = """() => {
    const last = performance.getEntriesByName('gallery').at(-1);
    return last.startTime > window.pressed && last.startTime + last.duration - window.pressed;
}"""


def gallery(page: Page, folder: Path) -> dict[str, float]:
    """Measure a large seed in full: 1000 tiles at once, and turning its pages of 500 by key."""
    sizes = mx.seeds(mx.open_project(folder), "pending")["size"]
    full = sizes[sizes <= 1000].idxmax()
    painted = "[data-painted=true]"
    go(page, f"/seed/{full}", painted)
    warm = [go(page, f"/seed/{full}", painted) for _ in range(3)]
    tiles = lasted(page, "gallery") / 1000
    go(page, f"/seed/{sizes.idxmax()}", painted)
    page.evaluate(WATCH)
    turns = []
    for key in "][" * (REPEATS // 2):
        page.wait_for_timeout(500)
        page.keyboard.press(key)
        turns.append(float(page.wait_for_function(TURNED).json_value()))
    return {
        "gallery: first page, warm browser (s)": statistics.median(warm),
        f"gallery: {int(sizes[full])} tiles painted (s)": tiles,
        "gallery: key to next 500 tiles painted (ms)": statistics.median(turns),
    }


def cold_gallery(page: Page, folder: Path) -> dict[str, float]:
    """Measure a page of a hundred as the first thing that a browser sees."""
    sizes = mx.seeds(mx.open_project(folder), "pending")["size"]
    nearest = (sizes - 100).abs().idxmin()
    return {
        "gallery: first page, cold browser (s)": go(page, f"/seed/{nearest}", "[data-painted=true]"),
    }


def strips(page: Page, folder: Path) -> dict[str, float]:
    """Measure from the key to the next page of strips with all its images."""
    del folder
    go(page, "/review", "[data-painted=true]")
    turns = []
    for _ in range(REPEATS):
        before = page.evaluate("performance.getEntriesByName('strips-turn').length")
        for _ in range(20):  # a page longer than the window is scrolled by the same key
            page.wait_for_timeout(700)  # as long as the quickest person looks at it
            page.keyboard.press(" ")
            page.wait_for_timeout(300)
            if page.evaluate("performance.getEntriesByName('strips-turn').length") > before:
                break
        turns.append(lasted(page, "strips-turn"))
    return {
        "strips: key to next page painted (ms)": statistics.median(turns),
        "strips: key to next page painted, slowest (ms)": max(turns),
    }


ZOOM = """async ({x, y, dy}) => {
    const screen = document.querySelector('.morphospace-screen');
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const begin = performance.now();
    screen.dispatchEvent(new WheelEvent('wheel', {deltaY: dy, clientX: x, clientY: y, bubbles: true, cancelable: true}));
    await frame();  // it is drawn in this frame, before or after this line
    await new Promise((done) => setTimeout(done));
    return performance.now() - begin;
}"""


def space(page: Page, folder: Path) -> dict[str, float]:
    """Measure the map: until its points are painted in their colours, and each turn of the wheel."""
    del folder
    first = [go(page, "/map", "[data-ready]") for _ in range(3)]
    box = page.locator(".morphospace-screen").bounding_box() or {}
    middle = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    page.wait_for_timeout(500)
    zooms = [page.evaluate(ZOOM, middle | {"dy": dy}) for dy in [-120] * REPEATS + [120] * REPEATS]
    return {
        "map: first paint (s)": statistics.median(first),
        "map: zoom, event to painted (ms)": statistics.median(zooms),
    }


def tree(page: Page, folder: Path) -> dict[str, float]:
    """Measure a tree of 3000 nodes: drawn, and all its branches opened at once."""
    del folder
    shown = [go(page, "/tree", ".tree-box .tree-row") for _ in range(3)]
    render = float(page.evaluate("performance.getEntriesByName('tree')[0].duration"))
    page.evaluate(WATCH)
    page.locator(".tree-row").nth(1).click()
    page.wait_for_selector(".tree-row[aria-current=page]")
    page.keyboard.press("*")  # all branches beside the one with the focus
    page.wait_for_timeout(1000)
    opened = page.locator(".tree-row[aria-expanded=true]").count() > 1
    return {
        "tree of 3000 nodes: page (s)": statistics.median(shown),
        "tree of 3000 nodes: first render (ms)": render,
        "tree of 3000 nodes: open all branches (ms)": page.evaluate("window.drawn")
        if opened
        else float("nan"),
        "tree of 3000 nodes: rows in the document": page.locator(".tree-row").count(),
    }


if __name__ == "__main__":
    main()
