"""The benchmark that whole sessions are judged by runs to its end, and writes what it is asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SORTING = Path(__file__).parents[1] / "benchmarks" / "sorting.py"


def test_whole_sessions_are_compared_and_written(tmp_path: Path) -> None:
    found = tmp_path / "found.json"
    told = subprocess.run(
        [sys.executable, str(SORTING), "--synthetic", "1500", "--states", "1", "--json", str(found)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert "at equal recall" in told.stdout
    compared = json.loads(found.read_text())
    for protocol in ("morphoexplore", "morphocluster"):
        scores = compared[protocol]
        assert scores["right"] > 0
        assert 0 < scores["precision"] <= 1
        spent = scores["actions"] - scores["actions_merging"] - scores["actions_naming"]
        assert abs(scores["objects_per_action"] * spent - scores["right"]) < 1
        assert len(scores["curve"][0]) > 1
