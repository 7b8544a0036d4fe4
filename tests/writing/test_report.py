"""The report stands alone, holds what it was given as text, and cites what it used."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from morphoexplore.errors import ProjectError
from morphoexplore.writing.methods_text import INDICES, methods_text, references_of
from morphoexplore.writing.references import REFERENCES
from morphoexplore.writing.report import MOST_ROWS, write_report

TRAP = "</script><script>alert(1)</script>"
FIGURE = go.Figure(go.Scatter(x=[1, 2], y=[3, 4], name=TRAP))

#: As much as one can say.
WHOLE = {
    "n_samples": 139,
    "n_objects": 7461,
    "first_date": "2016-04-04",
    "last_date": "2016-12-05",
    "morph_set": "tree",
    "kinds": ["living"],
    "share_unsorted": 0.123,
    "level": ["morph", "object"],
    "weight": "concentration",
    "indices": [*(name for name in INDICES if name not in ("cwm", "sd")), "cwm_1", "cwm_2", "sd_1"],
    "orders": [0, 1, 2],
    "space": "pca: 4 of 64 dims, version 1, 8f3a21bc",
    "n_dimensions": 4,
    "coverage": 0.92,
    "m_standard": 50,
    "replicates": 200,
    "sorting_replicates": 200,
    "random_state": 0,
    "step": "month",
    "max_gap": 2,
    "decomposed": True,
    "trends": True,
    "turnover": True,
    "size_spectra": True,
    "version": "0.1",
}


def report(path, **given):
    return write_report(path / "report.html", **{"title": "Bay"} | given).read_text(encoding="utf-8")


def without_plotly(page):
    """The page but for what draws the figures, which is the longest script by far."""
    scripts = re.findall(r"<script.*?</script>", page, flags=re.DOTALL)
    return page.replace(max(scripts, key=len), "") if scripts else page


def test_a_report_with_figures_asks_for_nothing_and_has_the_program_once(tmp_path: Path) -> None:
    page = report(tmp_path, figures=[("One", "First.", FIGURE), ("Two", "Second.", FIGURE)])
    assert page.count("plotly.js v") == 1
    assert page.count("Plotly.newPlot(") == 2
    rest = without_plotly(page)
    assert not re.findall(r"<(?:script|img|link)[^>]+(?:src|href)=", rest)
    assert "http" not in re.sub(r'http-equiv|"https://plot.ly"', "", rest)
    assert "default-src 'none'" in rest
    assert "<b>Figure 2. Two.</b> Second." in rest


def test_a_report_without_figures_is_small(tmp_path: Path) -> None:
    page = report(tmp_path, methods="One.\n\nTwo.", made=datetime(2026, 1, 2, tzinfo=UTC))
    assert len(page) < 20_000
    assert "<p>One.</p>\n<p>Two.</p>" in page
    assert "2026-01-02 00:00 UTC" in page
    assert 'id="tables"' not in page
    assert '<th scope="row">numpy</th>' in page


def test_text_of_people_is_text_everywhere(tmp_path: Path) -> None:
    page = report(
        tmp_path,
        title=TRAP,
        subtitle=TRAP,
        figures=[(TRAP, TRAP, FIGURE)],
        tables=[(TRAP, TRAP, pd.DataFrame({TRAP: [TRAP]}))],
        methods=TRAP,
        parameters={TRAP: TRAP, "several": [TRAP]},
        versions={TRAP: TRAP},
        references=[TRAP],
        warnings=[TRAP],
    )
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)") >= 13


def test_tables_show_their_first_rows_and_say_how_many_there_are(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "name": [f"cast {place}" for place in range(80)],
            "estimate": [1 / 3, np.nan, 2.0, 1e-9] * 20,
            "n": range(80),
            "when": pd.to_datetime(["2020-01-02", None] * 40),
            "ok": [True, False] * 40,
            "note": [None, pd.NA] * 40,
        }
    )
    page = report(tmp_path, tables=[("Indices", "", table)])
    assert page.count("<tr><td>cast") == MOST_ROWS
    assert "The first 60 of 80 rows" in page
    first = '<tr><td>cast 0</td><td class="number">0.3333</td><td class="number">0</td><td>2020-01-02</td><td>yes</td><td></td></tr>'
    assert first in page
    assert (
        '<td>cast 1</td><td class="number"></td><td class="number">1</td><td></td><td>no</td><td></td>'
        in page
    )


def test_warnings_stand_before_everything_else(tmp_path: Path) -> None:
    page = report(
        tmp_path, warnings=["The share unsorted rises."], methods="Text.", parameters={"step": "month"}
    )
    assert page.index("The share unsorted rises.") < page.index("Text.") < page.index("month")


def test_a_report_that_cannot_be_written_leaves_the_former_one(tmp_path: Path) -> None:
    report(tmp_path, methods="Former.")
    with pytest.raises(ProjectError, match="cannot be written"):
        write_report(tmp_path / "report.html" / "report.html", title="Bay")
    assert "Former." in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


# ----------------------------------------------------------------------------------------- methods


def test_every_citation_is_in_the_references_and_every_reference_is_cited() -> None:
    text = methods_text(WHOLE) + methods_text(WHOLE | {"protocol": "beck2023"})
    cited = re.findall(r"([A-Zv][\w\u00e9. &-]*? (?:1[89]|20)\d\d)(?=[);]|: )", text)
    assert len(cited) > 20
    for words in cited:
        assert any(words.endswith(name) for name in REFERENCES), words
    assert {name for name in REFERENCES if name in text} == set(REFERENCES)
    references = references_of(WHOLE)
    assert references == sorted(references)
    assert any(line.startswith("Vill\u00e9ger") for line in references)


def test_nothing_is_said_of_what_was_not_done() -> None:
    assert methods_text({}) == ""
    assert references_of({}) == []
    text = methods_text({"indices": ["hill"], "orders": [1], "weight": "count"})
    assert "of order 1 (Hill 1973; Jost 2006)" in text
    for word in ("bootstrap", "month", "None", "Bray", "coverage", "Mann"):
        assert word not in text
    assert references_of({"indices": ["pielou"]}) == [REFERENCES["Pielou 1966"]]


def test_numbers_of_the_run_are_in_its_text() -> None:
    text = methods_text(WHOLE)
    for words in (
        "7,461 imaged objects of 139 samples taken between 2016-04-04 and 2016-12-05",
        "common coverage of 92 %",
        "50 objects per sample",
        "gaps of up to 2 months",
        "200 bootstrap replicates",
        "morphs of the kind living",
        "12.3 % of the objects",
        "seed 0",
        "pca: 4 of 64 dims",
        "morphoexplore 0.1",
    ):
        assert words in text
    assert text.count("weighted means of the axes") == 1


def test_an_index_that_is_not_known_has_its_name() -> None:
    assert methods_text({"indices": ["fisher_alpha"]}) == "Of each sample, we computed fisher alpha."


def test_a_partition_and_the_protocol_of_beck_are_told() -> None:
    text = methods_text(
        {
            "morph_set": "partition (200 cells, version 1)",
            "kinds": ["living"],
            "step": "week",
            "protocol": "beck2023",
        }
    )
    assert "k-means partition of the morphospace" in text
    assert "Beck et al. 2023" in text
    assert "pre-whitening" not in text


def test_what_is_unsorted_is_left_out_of_morphs_and_counted_in_cells() -> None:
    known = {"n_objects": 10, "kinds": ["living"], "share_unsorted": 0.5}
    assert "in no morph and left out" in methods_text(known | {"morph_set": "tree"})
    assert "taken for living" in methods_text(known | {"morph_set": "partition (30 cells, version 1)"})
