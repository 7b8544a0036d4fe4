import re
import stat
import sys
import time

import plotly.graph_objects as go
import psutil
import pytest
from PIL import Image

from morphoexplore.errors import ProjectError
from morphoexplore.writing.figure_files import find_browser, write_figure, write_figures

needs_browser = pytest.mark.skipif(find_browser() is None, reason="no Chrome or Chromium on this machine")


@pytest.fixture
def figure():
    bars = go.Bar(x=["a", "b"], y=[1, 2], name="</script><script>alert(1)</script>")
    return go.Figure(bars, layout={"height": 300})


def test_html_stands_alone(tmp_path, figure):
    paths, note = write_figure(figure, tmp_path / "new" / "v1.2", ("html",))
    assert (paths, note) == ([tmp_path / "new" / "v1.2.html"], None)
    page = paths[0].read_text(encoding="utf-8")
    assert "<title>v1.2</title>" in page
    assert not re.search(r"<(script|link)[^>]+(src|href)=", page)
    assert "<script>alert(1)" not in page
    assert "Plotly.newPlot" in page
    assert len(page) > 3e6


@pytest.mark.parametrize("named", ["/no/such/browser", None])
def test_without_a_browser_only_pictures_are_missing(tmp_path, figure, monkeypatch, named):
    if named:
        monkeypatch.setenv("BROWSER_PATH", named)
    else:
        monkeypatch.setattr("morphoexplore.writing.figure_files.find_browser", lambda: None)
        monkeypatch.delenv("BROWSER_PATH", raising=False)
    paths, note = write_figure(figure, tmp_path / "figure")
    assert [path.name for path in paths] == ["figure.html"]
    reason = "BROWSER_PATH names /no/such/browser" if named else "no Chrome or Chromium was found"
    assert note.startswith(f"PDF, PNG, SVG files were not written: {reason}")
    assert "apt install chromium" in note
    assert [path.name for path in tmp_path.iterdir()] == ["figure.html"]


@pytest.mark.skipif(sys.platform == "win32", reason="the pretended browser is a shell script")
@pytest.mark.parametrize(
    ("script", "words", "timeout"),
    [("sleep 60", "had not drawn them after 3 seconds", 3), ("exit 3", "failed", 60)],
)
def test_a_browser_that_hangs_or_dies_costs_only_the_pictures(
    tmp_path, figure, monkeypatch, script, words, timeout
):
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\n{script}\n")
    browser.chmod(browser.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("BROWSER_PATH", str(browser))
    before = time.monotonic()
    paths, note = write_figure(figure, tmp_path / "out" / "figure", ("png",), timeout=timeout)
    assert time.monotonic() - before < 50
    assert paths == []
    assert words in note
    assert not (tmp_path / "out").exists()
    left = [child.cmdline() for child in psutil.Process().children(recursive=True)]
    assert not any(str(browser) in command for command in left)


@needs_browser
def test_pictures_are_drawn(tmp_path, figure):
    stems = [tmp_path / "one", tmp_path / "two"]
    paths, note = write_figures(dict.fromkeys(stems, figure), ("svg", "pdf", "png"))
    assert note is None
    assert [path.name for path in paths] == ["one.svg", "one.pdf", "one.png", "two.svg", "two.pdf", "two.png"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in paths)
    with Image.open(paths[2]) as picture:
        assert picture.size == (3000, 900)
    assert paths[0].read_text(encoding="utf-8").startswith("<svg")
    assert "alert(1)</script>" not in paths[0].read_text(encoding="utf-8")
    assert paths[1].read_bytes().startswith(b"%PDF")


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path, figure):
    (tmp_path / "file").write_text("")
    with pytest.raises(ProjectError, match="cannot be written"):
        write_figure(figure, tmp_path / "file" / "figure", ("html",))
