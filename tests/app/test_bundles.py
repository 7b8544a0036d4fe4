"""What the browser gets is what the sources say."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from morphoexplore_app import components

HERE = Path(components.__file__).parent
BUILT = HERE / "built"
NODE = shutil.which("node")

needs_node = pytest.mark.skipif(
    NODE is None or not (HERE / "node_modules" / "esbuild").is_dir(),
    reason="node or the packages of app/morphoexplore_app/components are missing: npm ci there",
)


def run_node(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(NODE), *map(str, words)], cwd=HERE, check=False, capture_output=True, text=True, timeout=300
    )


@needs_node
def test_the_bundles_are_built_from_the_sources(tmp_path: Path) -> None:
    done = run_node("build.mjs", tmp_path)
    assert done.returncode == 0, done.stderr
    fresh = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    there = {path.name: path.read_bytes() for path in BUILT.iterdir()}
    assert sorted(fresh) == sorted(there)
    other = [name for name in fresh if fresh[name] != there[name]]
    assert other == [], f"{other} differ from their sources: make bundles"


@needs_node
def test_the_functions_of_the_components_do_what_they_should() -> None:
    tests = sorted((HERE / "tests").glob("*.test.mjs"))
    done = run_node("--test", *tests)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_every_bundle_that_is_announced_is_there() -> None:
    announced = {one["relative_package_path"] for one in components._js_dist + components._css_dist}
    assert announced == {f"built/{path.name}" for path in BUILT.iterdir()}


def test_the_bundles_share_the_react_of_dash() -> None:
    for path in BUILT.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert "react.production" not in text, f"{path.name} brings a React of its own"
        assert "eval(" not in text
        assert "new Function" not in text


def test_the_bundles_ask_no_other_machine() -> None:
    for path in BUILT.iterdir():
        text = path.read_text(encoding="utf-8")
        for name in ("http://", "https://"):
            found = [text[at : at + 60] for at in _places(text, name)]
            strange = [one for one in found if not one.startswith(_ONLY_NAMES)]
            assert strange == [], path.name


#: Addresses that name something and are never asked for.
_ONLY_NAMES = (
    "http://www.w3.org/",
    "https://github.com/",
    "https://react.dev/",
    "https://reactjs.org/",
    "http://react-dnd.github.io/",  # in messages of errors
    "https://react-dnd.github.io/",
    "https://redux.js.org/",
)


def _places(text: str, what: str) -> list[int]:
    return [at for at in range(len(text)) if text.startswith(what, at)]


def test_the_lock_file_names_versions_and_no_machines() -> None:
    lock = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if "integrity" not in package] == []
    assert "omit-lockfile-registry-resolved=true" in (HERE / ".npmrc").read_text(encoding="utf-8")


def test_nothing_but_tools_comes_from_npm_at_run_time() -> None:
    package = json.loads((HERE / "package.json").read_text(encoding="utf-8"))
    assert package["private"] is True
    assert "dependencies" not in package
    assert all(version[0].isdigit() for version in package["devDependencies"].values())
