"""The example of the page of time series runs, and finds what is known of the lake."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LAKE = ROOT.parent / "shared" / "formats" / "timeseries" / "lakeWA_plankton_1962_1994.csv"


def test_the_example_of_the_page_finds_the_daphnia_of_lake_washington(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not LAKE.exists():
        pytest.skip(f"the series is not here: {LAKE}")
    shutil.copy(LAKE, tmp_path)
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "timeseries.md").read_text(encoding="utf-8")
    names: dict[str, object] = {}
    for code in re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL):
        exec(code, names)
    assert names["usual"]["mean"].idxmax() == 6  # type: ignore[index]
    found, parts, years = names["found"], names["parts"], names["years"]
    assert found.p < 0.001  # type: ignore[attr-defined]
    assert 0.1 < found.gls_low < found.gls_high < 0.18  # type: ignore[attr-defined]
    assert parts.status == "ok"  # type: ignore[attr-defined]
    value = years.set_index("year")["value"]  # type: ignore[attr-defined]
    assert value.loc[1976:].min() > value.loc[:1973].max(), "they came in 1976"
    tests = names["tests"].set_index("index")  # type: ignore[attr-defined]
    assert tests.loc["Daphnia", "p_adjusted"] < 0.001
    assert tests.loc["Daphnia", "gls_lo"] == pytest.approx(10 * found.gls_low), "as by hand, per decade"  # type: ignore[attr-defined]
    assert tests.loc["Cyclops", "p_adjusted"] > 0.05
    change = names["change"]
    assert len(change) == len(names["amounts"]) - 1  # type: ignore[arg-type]
    assert (change["losses"] + change["gains"]).to_numpy() == pytest.approx(change["bray_curtis"].to_numpy())  # type: ignore[index]
