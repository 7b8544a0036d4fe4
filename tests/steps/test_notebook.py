"""The notebook in docs runs from its first cell to its last."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

import morphoexplore as mx

NOTEBOOK = Path(__file__).resolve().parents[2] / "docs" / "diversity.ipynb"


def test_every_cell_of_the_notebook_runs(
    sorted_project: mx.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(sorted_project.folder, tmp_path / "demo-project")
    monkeypatch.chdir(tmp_path)
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    names: dict[str, object] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            exec("".join(cell["source"]), names)
    assert (tmp_path / "tables" / "report.html").is_file()
    table = names["table"]
    assert isinstance(table, pd.DataFrame)
    assert table["ci_lo"].notna().any()
