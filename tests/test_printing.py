"""How verbs print numbers, tables and progress."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from morphoexplore.cli import printing


def test_json_knows_no_nan() -> None:
    value = {
        "a": float("nan"),
        "b": [pd.NA, float("inf"), 1],
        "c": Path("x"),
        "d": pd.Timestamp("2020-01-01"),
    }
    plain = printing.plain(value)
    assert json.dumps(plain, allow_nan=False)
    assert (plain["a"], plain["b"], plain["c"]) == (None, [None, None, 1], "x")


def test_a_log_file_gets_a_line_of_progress_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(printing, "SECONDS_BETWEEN_LINES", -1)
    assert list(printing.bar(range(2), label="describing", total=1500)) == [0, 1]
    assert capsys.readouterr().err == "describing: 0 of 1 500\ndescribing: 1 of 1 500\n"


def test_a_long_id_is_never_cut() -> None:
    frame = pd.DataFrame(
        {"object": [1, 20], "object_id": ["a" * 120, "b"], "morph": ["m" * 60, None], "new": [True, False]}
    )
    lines = printing.table(frame, whole=["object_id"])
    assert "a" * 120 in lines[1]
    assert lines[2].startswith("    20  b")
    assert lines[1].endswith("mmm…  yes")
    assert printing.table(frame.iloc[:0]) == ["(none)"]
