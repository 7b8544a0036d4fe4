"""Imports go one way, and nothing heavy is loaded before it is needed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1] / "morphoexplore"
APP = Path(__file__).resolve().parents[1] / "app" / "morphoexplore_app"

#: Parts of the package, and what each may import of it besides itself.
MAY_IMPORT = {
    "errors": set[str](),
    "records": {"errors"},
    "methods": {"records", "errors"},
    "reading": {"records", "errors"},
    "writing": {"records", "errors"},
    "figures": {"records", "errors"},
    "store": {"records", "errors"},
    "review": {"store", "methods", "reading", "records", "errors"},
    "steps": {"review", "store", "methods", "reading", "writing", "figures", "records", "errors"},
    "cli": {"steps", "review", "store", "methods", "reading", "writing", "figures", "records", "errors"},
    "diversity": {"methods", "steps"},  # numbers in public; its call is the verb
    "__init__": {"steps", "review", "store", "errors"},
    "__main__": {"cli"},
    "app": {"steps", "review", "store", "methods", "reading", "writing", "figures", "records", "errors"},
}
#: Programs that a part never imports, not even within a function.
NEVER = {
    "methods": {"sqlite3", "dash", "click"},
    "store": {"torch", "sklearn", "dash", "click", "plotly"},
    "review": {"torch", "sklearn", "dash", "click", "plotly"},
    "steps": {"dash", "click"},
    "reading": {"sqlite3", "dash", "click", "torch", "sklearn"},
    "writing": {"sqlite3", "dash", "click", "torch", "sklearn"},
    "figures": {"sqlite3", "dash", "click", "torch", "sklearn"},
    "app": {"sqlite3", "torch", "sklearn", "click"},
}
#: Only the verb that opens the app knows of it, and loads it when it is called.
KNOWS_THE_APP = {"cli", "app"}
HEAVY = {
    "torch",
    "timm",
    "torchvision",
    "sklearn",
    "umap",
    "faiss",
    "hdbscan",
    "fast_hdbscan",
    "statsmodels",
    "pymannkendall",
    "plotly",
    "kaleido",
    "cv2",
    "skimage",
    "tqdm",
    "PIL",
}
#: Where heavy programs are loaded within functions only.
LIGHT = {"errors", "records", "store", "review", "steps", "cli", "__init__", "__main__"}
LIGHTEST = {"cli", "__init__", "__main__"}  # and these load no numpy, pandas or scipy either


def part_of(path: Path) -> str:
    """Return the part of the program that a module belongs to; the app is one."""
    if path.is_relative_to(APP):
        return "app"
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(code: str, *, only_top: bool = False) -> Iterator[str]:
    """Yield the full names of what a module imports; those for type checkers are none."""
    tree = ast.parse(code)
    skipped = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.dump(block.test)
        for line in block.body
        for node in ast.walk(line)
    }
    if only_top:
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                skipped |= {id(node) for node in ast.walk(function)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def faults(part: str, code: str) -> list[str]:
    """Return what a module of a part imports against the rules."""
    found = []
    for name in imports(code):
        top, _, rest = name.partition(".")
        inner = rest.split(".")[0]
        if name.startswith("."):
            found.append(f"{name} is relative")
        elif top == "morphoexplore" and inner in MAY_IMPORT and inner not in {part} | MAY_IMPORT[part]:
            found.append(f"{part} imports {inner}")
        elif top == "morphoexplore_app" and part not in KNOWS_THE_APP:
            found.append(f"{part} imports the app")
        elif top in NEVER.get(part, set()):
            found.append(f"{part} imports {top}")
    for name in imports(code, only_top=True):
        top = name.split(".")[0]
        if part in LIGHT and top in HEAVY:
            found.append(f"{part} loads {top} at once")
        if part in LIGHTEST and top in {"numpy", "pandas", "scipy", "dash", "morphoexplore_app"}:
            found.append(f"{part} loads {top} at once")
    return found


@pytest.mark.parametrize(
    "path",
    [
        *sorted(ROOT.rglob("*.py")),
        *sorted(path for path in APP.rglob("*.py") if "node_modules" not in path.parts),
    ],
    ids=lambda path: path.relative_to(APP.parent if path.is_relative_to(APP) else ROOT).as_posix(),
)
def test_a_module_imports_only_what_lies_below_it(path: Path) -> None:
    assert faults(part_of(path), path.read_text(encoding="utf-8")) == []


def test_every_part_has_its_rule() -> None:
    parts = {part_of(path) for folder in (ROOT, APP) for path in folder.rglob("*.py")}
    assert parts == set(MAY_IMPORT)


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("methods", "import sqlite3"),
        ("methods", "def f():\n    from morphoexplore.store import arrays"),
        ("methods", "from morphoexplore import store"),
        ("store", "def f():\n    import torch"),
        ("store", "from morphoexplore.methods.seeding import find_seeds"),
        ("reading", "from morphoexplore.writing.tables import write_csv"),
        ("figures", "from morphoexplore.store import objects"),
        ("review", "import morphoexplore.steps.adding"),
        ("steps", "from morphoexplore.cli import bar"),
        ("steps", "from . import workers"),
        ("steps", "import sklearn.cluster"),
        ("steps", "if True:\n    import cv2"),
        ("cli", "import pandas as pd"),
        ("cli", "from tqdm import tqdm"),
        ("records", "from morphoexplore.store.project import Project"),
        ("app", "import sqlite3"),
        ("app", "def f():\n    import torch"),
        ("app", "def f():\n    from sklearn.decomposition import PCA"),
        ("app", "from morphoexplore.cli import cli"),
        ("app", "from . import ids"),
        ("cli", "from morphoexplore_app.serving import serve"),
        ("cli", "import dash"),
        ("steps", "def f():\n    from morphoexplore_app.serving import serve"),
        ("review", "import morphoexplore_app"),
        ("store", "from morphoexplore_app import ids"),
    ],
)
def test_a_fault_would_be_seen(part: str, code: str) -> None:
    assert faults(part, code) != []


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("steps", "def f():\n    import plotly"),
        ("cli", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas"),
        ("steps", "from morphoexplore import review"),
        ("store", "import sqlite3"),
        ("methods", "import sklearn"),
        ("cli", "def f():\n    from morphoexplore_app.serving import serve"),
        ("app", "from morphoexplore_app import ids\nfrom morphoexplore import review"),
        ("app", "import dash"),
    ],
)
def test_what_is_allowed_is_no_fault(part: str, code: str) -> None:
    assert faults(part, code) == []
