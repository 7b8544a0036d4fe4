"""The page Samples: counts become concentrations, one sample is corrected, and undo takes it back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import morphoexplore as mx
from morphoexplore.errors import MorphoExploreError, WrongValueError
from morphoexplore.store.project import Project
from morphoexplore_app.pages import sample_images, sample_list, sample_volumes
from morphoexplore_app.session import Session
from tests import drawn
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


def test_below_a_sample_without_concentration_stands_why(tmp_path: Path) -> None:
    rows = [row | ({"sample_tot_vol": 0} if row["sample_id"] == "net_2" else {}) for row in zooscan_rows()]
    project = add_rows(tmp_path, rows)
    mx.set_formulas(project, preset="zooscan")
    said = text_of(sample_list.layout(Session(project), query={}))
    assert "Of 1 the concentration is not known" in said
    assert said.count("total_water_volume is 0 m3") == 2  # in the table, and beside the formulas


def test_the_address_says_what_is_shown(nets: Project) -> None:
    mx.set_formulas(nets, preset="zooscan")
    said = text_of(sample_list.layout(Session(nets), query={"sample": "net_1", "as": "biovolume"}))
    assert "1 object stands for 0.016" in said
    assert "copepod" in said
    unknown = text_of(sample_list.layout(Session(nets), query={"sample": "gone", "as": "nonsense"}))
    assert "From counts to concentrations" in unknown


def test_the_images_of_a_sample_are_all_of_a_morph_or_unsorted(nets: Project) -> None:
    session = Session(nets)
    groups = sample_images._groups(session, "net_1")
    assert {key: (title, numbers.tolist()) for key, (title, numbers) in groups.items()} == {
        "all": ("all, by morph", [0, 1, 2, 3, 4]),
        "1": ("copepod", [0, 1]),
        "2": ("egg", [2]),
        "unsorted": ("unsorted", [3, 4]),
    }
    assert list(sample_images._groups(session, "net_2")) == ["all", "1", "unsorted"]


def test_many_images_come_by_pages(nets: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_images, "PAGE", 2)
    session = Session(nets)
    for page, objects in [(1, [0, 1]), (3, [4]), (9, [4]), (0, [0, 1])]:
        shown = sample_images._shown(session, "net_1", "all", page)
        assert shown[-1].objects == objects
    assert "5 to 5 of 5" in text_of(shown := sample_images._shown(session, "net_1", "gone", 3))
    assert shown[0].data == {"sample": "net_1", "group": "all", "page": 3}


def test_an_emptied_field_takes_its_formula_away(nets: Project) -> None:
    session = Session(nets)
    mx.set_formulas(nets, preset="zooscan")
    texts = [mx.formulas(nets)[name] for name in ("subsample_coef", "total_water_volume")]
    assert "3 of 3 acquisitions have" in sample_volumes.set_formulas(session, [*texts, " "])
    assert mx.formulas(nets)["individual_volume"] is None
    with pytest.raises(MorphoExploreError, match="at least one formula"):
        sample_volumes.set_formulas(session, ["", None, " "])
    assert mx.formulas(nets)["subsample_coef"] == texts[0]


def test_profiles_are_read_from_the_page(nets: Project, tmp_path: Path) -> None:
    session = Session(nets)
    table = tmp_path / "PAR.tsv"
    table.write_text("Profile\tDepth [m]\tSampled volume [L]\nnet_1\t2.5\t40\nnobody\t2.5\t40\nnet_1\tx\t1\n")
    said = sample_volumes.read_profiles(session, f' "{table}"', "5")
    assert (
        "Read 2 depth bins of 2 profiles. No sample has the name of 1 profile: nobody. PAR.tsv, line 4"
        in said
    )
    assert "Known: 2 depth bins of 5 m, of 2 profiles." in text_of(sample_list.layout(session, query={}))
    for source, width, words in [
        ("", "5", "Write the path"),
        (str(table), "wide", "number of metres, not 'wide'"),
        (str(tmp_path / "gone.tsv"), "5", "cannot be read"),
        (str(table), "10", "bins of 5 m"),
    ]:
        with pytest.raises(MorphoExploreError, match=words):
            sample_volumes.read_profiles(session, source, width)


def test_a_sample_is_opened_its_images_looked_at_and_an_object_shown(
    tmp_path: Path, serve: Callable[..., Served], visit: Callable[..., object]
) -> None:
    project = mx.create_project(tmp_path / "study", user="ana")
    mx.add(project, drawn.zip_source(tmp_path / "drawn.zip", every=40))
    name = str(mx.objects(project)["sample"].value_counts().index[0])
    numbers = [number for number, one in enumerate(mx.objects(project)["sample"]) if one == name]
    put(project, {"round ones": numbers[:2]})
    page: Page = visit().open(serve(project.folder), "/samples?of=everything")  # type: ignore[attr-defined]
    page.get_by_role("region", name="Samples").get_by_role("link", name=name, exact=True).click()
    beside = page.get_by_role("complementary", name="What objects stand for")
    expect(beside.get_by_role("option")).to_have_count(len(numbers))
    beside.get_by_role("textbox", name="Images").click()
    page.get_by_role("option", name="round ones (2)").click()
    expect(beside.get_by_role("option")).to_have_count(2)
    beside.get_by_role("option").nth(1).click()
    page.keyboard.press("i")
    panel = page.get_by_role("complementary", name="Object", exact=True)
    expect(panel.get_by_role("heading").first).to_have_text(mx.objects(project)["object_id"][numbers[1]])


def test_what_is_undone_while_the_page_is_computed_is_not_kept_for_later(
    nets: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    mx.set_formulas(nets, preset="zooscan")
    session = Session(nets)
    before = text_of(sample_list.layout(session, query={}))
    with nets.read() as conn:
        (second,) = conn.execute(
            "SELECT acquisition_id FROM acquisition ORDER BY acquisition_id LIMIT 1 OFFSET 1"
        ).fetchone()
    mx.review.correct_effort(nets, [second], total_water_volume=50)
    summary = sample_list.summarising.summary

    def interrupted(*given: object, **options: object) -> object:
        monkeypatch.setattr(sample_list.summarising, "summary", summary)
        found = summary(*given, **options)  # type: ignore[arg-type]
        mx.review.undo(nets)
        return found

    monkeypatch.setattr(sample_list.summarising, "summary", interrupted)
    assert text_of(sample_list.layout(session, query={})) != before
    assert text_of(sample_list.layout(session, query={})) == before


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

    page.get_by_role("textbox", name="Images").click()
    page.keyboard.press("Escape")  # closes its list, which opened with the click
    expect(page.get_by_role("listbox", name="Images")).to_be_hidden()
    expect(page.get_by_role("heading", name="net_2")).to_be_visible()
    page.keyboard.press("Escape")  # and the panel, although the field has the focus
    expect(page.get_by_role("heading", name="net_2")).to_be_hidden()
    page.get_by_role("button", name="Undo").click()
    expect(table.get_by_role("row").nth(2)).to_contain_text("0.08")
