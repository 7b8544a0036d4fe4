"""The page Add: a source is looked into, nothing is written, then it is added as a job."""

from __future__ import annotations

import csv
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

import morphoexplore as mx
from morphoexplore_app.background import Background
from morphoexplore_app.pages import add
from morphoexplore_app.session import Session
from tests import drawn
from tests.app.browsing import Served
from tests.app.test_diversity_page import text_of


@pytest.fixture
def empty(tmp_path: Path) -> mx.Project:
    return mx.create_project(tmp_path / "study", user="ana")


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """Twelve images and their table, in a zip."""
    source = drawn.csv_source(tmp_path / "source")
    with source.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))[:12]
    path = tmp_path / "cruise.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for row in rows:
            archive.write(source.parent / row["path"], Path(row["path"]).name)
    return path


def look_into(project: mx.Project, source: str) -> Background:
    background = Background(project)
    background.start_source_preview(source)
    until = time.monotonic() + 60
    while (found := background.source_preview) and found[1] is None and time.monotonic() < until:
        time.sleep(0.05)
    return background


def test_a_source_that_is_not_there_is_a_sentence(empty: mx.Project) -> None:
    looked = look_into(empty, "/no/such/export.zip").source_preview
    assert looked is not None
    assert isinstance(looked[1], str)
    assert "/no/such/export.zip" in looked[1]
    assert "/no/such/export.zip" in text_of(add._found(looked))


def test_looking_into_a_source_writes_nothing(empty: mx.Project, packed: Path) -> None:
    before = {path: path.read_bytes() for path in empty.folder.rglob("*.db")}
    background = look_into(empty, str(packed))
    looked = background.source_preview
    assert looked is not None
    said = text_of(add._found(looked))
    assert "Add 12 objects" in said
    assert {path: path.read_bytes() for path in empty.folder.rglob("*.db")} == before
    assert mx.status(empty)["objects"] == 0
    session = Session(empty)
    session.background = background
    assert "Add 12 objects" in text_of(add.layout(session, query={}))
    background.forget_source()
    assert background.source_preview is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [('"/data/a b.zip" ', "/data/a b.zip"), ("file:///data/x", "/data/x"), ("  ", None), (None, None)],
)
def test_a_path_is_read_as_it_was_meant(written: str | None, meant: str | None) -> None:
    assert add.path_of(written) == meant


def test_a_table_of_samples_changes_what_is_there(
    empty: mx.Project, tmp_path: Path, serve: Callable[..., Served], visit: Callable[..., Any]
) -> None:
    table = tmp_path / "ecotaxa_net.tsv"
    table.write_text("object_id\tsample_id\tsample_tot_vol\no1\tnet 1\t999999\n")
    mx.add(empty, table)
    sheet = tmp_path / "samples.tsv"
    sheet.write_text("sample_id\tsample_tot_vol\nnet 1\t212.5\n")
    page = visit().open(serve(empty.folder), "/add")
    page.get_by_role("textbox", name="Folder or file").fill(str(sheet))
    page.get_by_role("button", name="Look into it").click()
    expect(page.get_by_text("table of samples, without objects")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Update what is there").click()
    expect(page.get_by_role("main").get_by_text("Overview").first).to_be_visible(timeout=60_000)
    until = time.monotonic() + 60
    while time.monotonic() < until and mx.runs(empty)["state"].tolist() != ["done", "done"]:
        time.sleep(0.2)
    with empty.read() as conn:
        assert [tuple(row) for row in conn.execute("SELECT level, old, new FROM change")] == [
            ("sample", "999999", "212.5")
        ]


def test_a_zip_is_looked_into_and_added(
    empty: mx.Project, packed: Path, serve: Callable[..., Served], visit: Callable[..., Any]
) -> None:
    page = visit().open(serve(empty.folder), "/")
    page.get_by_role("main").get_by_role("link", name="Add images").first.click()
    page.get_by_role("textbox", name="Folder or file").fill(str(packed))
    page.get_by_role("button", name="Look into it").click()
    page.get_by_role("button", name="Add 12 objects").click(timeout=60_000)
    expect(page.get_by_text("12 with 12 images")).to_be_visible(timeout=60_000)
    assert mx.status(empty)["objects"] == 12
