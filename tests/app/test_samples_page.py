"""The page Samples: counts become concentrations, one sample is corrected, and undo takes it back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import morphoexplore as mx
from morphoexplore.errors import WrongValueError
from morphoexplore.store.project import Project
from morphoexplore_app.pages import sample_list
from morphoexplore_app.session import Session
from tests.app.browsing import Served
from tests.app.test_diversity_page import text_of
from tests.made_volumes import add_rows, put, zooscan_rows


@pytest.fixture
def nets(tmp_path: Path) -> mx.Project:
    project = add_rows(tmp_path, zooscan_rows())
    put(project, {"copepod": [0, 1, 5], "egg": [2]})
    return project


def test_without_objects_the_page_says_what_to_do(tmp_path: Path) -> None:
    assert "Add images first" in text_of(
        sample_list.layout(Session(mx.create_project(tmp_path / "p")), query={})
    )


def test_without_formulas_there_are_counts_and_a_sentence(nets: Project) -> None:
    said = text_of(sample_list.layout(Session(nets), query={}))
    assert "Without formulas there are counts only" in said
    assert "net_1" in said


def test_the_address_says_what_is_shown(nets: Project) -> None:
    mx.set_formulas(nets, preset="zooscan")
    said = text_of(sample_list.layout(Session(nets), query={"sample": "net_1", "as": "biovolume"}))
    assert "1 object stands for 0.016" in said
    assert "copepod" in said
    unknown = text_of(sample_list.layout(Session(nets), query={"sample": "gone", "as": "nonsense"}))
    assert "From counts to concentrations" in unknown


def test_a_group_that_is_gone_is_a_sentence(nets: Project) -> None:
    with pytest.raises(WrongValueError, match="There is no group"):
        sample_list.layout(Session(nets), query={"of": "77"})


def test_volumes_are_set_a_sample_is_corrected_and_undone(
    nets: Project, serve: Callable[..., Served], visit: Callable[..., object]
) -> None:
    page: Page = visit().open(serve(nets.folder), "/samples")  # type: ignore[attr-defined]
    page.get_by_role("textbox", name="Instrument").click()
    page.get_by_role("option", name="ZooScan").click()
    expect(page.get_by_role("textbox", name="Fraction of the sample")).to_have_value("1/ssm.sub_part")
    page.get_by_role("button", name="Set these formulas").click()
    table = page.get_by_role("region", name="Samples")
    expect(table.get_by_role("row").nth(1)).to_contain_text("0.096")
    assert mx.formulas(nets)["preset"] == "zooscan"

    table.get_by_role("link", name="net_2").click()
    expect(page.get_by_role("heading", name="net_2")).to_be_visible()
    page.get_by_role("textbox", name="Water").fill("50")
    page.get_by_role("button", name="Keep").click()
    expect(table.get_by_role("row").nth(2)).to_contain_text("0.16")
    expect(page.get_by_text("Corrected: water by")).to_be_visible()
    page.get_by_role("textbox", name="Fraction").fill("3")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("at most 1, not '3'")).to_be_visible()
    assert mx.volumes(nets)["total_water_volume"].tolist() == [250, 250, 50]

    page.keyboard.press("Escape")
    page.get_by_role("button", name="Undo").click()
    expect(table.get_by_role("row").nth(2)).to_contain_text("0.08")
