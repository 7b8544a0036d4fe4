"""The page of names: which rows it shows, and the file of names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dash.development.base_component import Component
from playwright.sync_api import expect

from morphoexplore import review
from morphoexplore.steps.arranging import name_from_csv
from morphoexplore.steps.taxa import add_taxa
from morphoexplore.store import objects, tree
from morphoexplore.store.project import Project
from morphoexplore_app import create_app, ids
from morphoexplore_app.pages import names as names_page
from morphoexplore_app.pages.tree import operating
from morphoexplore_app.session import Session
from tests.app.browsing import Served, Visitor
from tests.made import add_array


@pytest.fixture
def morphs(made_project: Project) -> list[int]:
    """Morphs of 8, 6, 5 and 4 objects; the second has a name, the last two are in a branch."""
    made = [review.confirm(made_project, seed) for seed in (1, 2, 3, 4)]
    review.name(made_project, made[1], "Calanus & <b>co</b>")
    review.make_branch(made_project, name="Detritus", owns=made[2:])
    return made


def drawn(project: Project, **query: object) -> tuple[Any, str]:
    layout = names_page.layout(Session(project), query={name: str(value) for name, value in query.items()})
    parts = {
        str(getattr(part, "id", None)): part for part in layout._traverse() if isinstance(part, Component)
    }
    return parts.get(ids.NAMES), json.dumps(
        layout.to_plotly_json(), default=lambda part: part.to_plotly_json()
    )


def shown(project: Project, **query: object) -> list[int]:
    return [row["id"] for row in drawn(project, **query)[0].rows]


def test_without_morphs_the_page_leads_to_the_review(made_project: Project) -> None:
    table, text = drawn(made_project)
    assert table is None
    assert "/review" in text


def test_unnamed_morphs_come_first_the_largest_at_the_top(made_project: Project, morphs: list[int]) -> None:
    assert shown(made_project) == [morphs[0], *morphs[2:]]
    assert shown(made_project, show="morphs") == morphs
    assert shown(made_project, show="branches") == [5]
    assert "1 of 4 morphs named" in drawn(made_project)[1]


def test_when_all_are_named_all_morphs_are_shown(made_project: Project, morphs: list[int]) -> None:
    for morph in morphs:
        if morph != morphs[1]:
            review.name(made_project, morph, f"name {morph}")
    assert shown(made_project) == morphs
    assert "All morphs have a name." in drawn(made_project, show="unnamed")[1]


def test_rows_are_found_by_title_taxon_and_note(made_project: Project, morphs: list[int]) -> None:
    review.describe(made_project, morphs[2], "Long Antennae")
    review.identify(made_project, morphs[3], taxon="Ostracoda")
    assert shown(made_project, show="morphs", find="calanus") == [morphs[1]]
    assert shown(made_project, show="morphs", find="antennae long") == [morphs[2]]
    assert shown(made_project, show="morphs", find="ostra") == [morphs[3]]
    assert "No node here is called" in drawn(made_project, show="morphs", find="<b>nothing")[1]


def test_a_row_has_pictures_path_and_the_kind_that_it_inherits(
    made_project: Project, morphs: list[int]
) -> None:
    review.kind(made_project, 5, "detritus")
    row = next(row for row in drawn(made_project)[0].rows if row["id"] == morphs[2])
    assert len(row["objects"]) == 5
    assert (row["path"], row["inherited"], row["kind"], row["count"]) == ("Detritus", "detritus", None, 5)


def test_pages_hold_fifty_rows(made_project: Project) -> None:
    for number in range(120):
        review.make_morph(made_project, name=f"morph of {number}")
    assert len(shown(made_project, show="morphs")) == 50
    assert len(shown(made_project, show="morphs", page=3)) == 20
    assert len(shown(made_project, show="morphs", page=77)) == 20


def test_the_annotation_of_most_members_is_offered(made_project: Project, morphs: list[int]) -> None:
    dictionary: dict[str, int] = {}
    codes = objects.encode(["Copepoda"] * 6 + [None] * 24, dictionary)
    array_id = add_array(made_project, "metadata", "annotation_category", codes)
    with made_project.write() as conn:
        objects.put_terms(conn, array_id, dictionary)
    table, _ = drawn(made_project)
    assert table.rows[0]["id"] == morphs[0]
    assert table.rows[0]["suggestion"] == {"text": "Copepoda", "share": 1.0, "annotated": 6}
    assert table.rows[1]["suggestion"] is None
    assert "Copepoda" in table.names
    assert "Calanus & <b>co</b>" in table.names


def test_the_file_of_names_is_what_the_verb_reads(
    made_project: Project, morphs: list[int], tmp_path: Path
) -> None:
    review.identify(made_project, morphs[1], taxon='Calanus, "finmarchicus"', ecotaxa_id=12)
    got = create_app(made_project).server.test_client().get("/names.csv")
    assert got.status_code == 200
    assert "names.csv" in got.headers["Content-Disposition"]
    path = tmp_path / "names.csv"
    assert got.text.startswith("node_id,name,kind,taxon,description,ecotaxa_id,aphia_id,taxon_type\n")
    assert len(got.text.splitlines()) == 6
    path.write_text(got.text.replace("Detritus", "Marine snow"), encoding="utf-8")
    assert name_from_csv(made_project, path) == 1
    assert tree.nodes(made_project)[5].name == "Marine snow"


@pytest.fixture
def listed(made_project: Project, morphs: list[int], tmp_path: Path) -> Project:
    (tmp_path / "taxa.csv").write_text(
        "display_name,lineage,ecotaxa_id,aphia_id,taxon_type\n"
        "Copepoda,Biota>Animalia>Copepoda,25828,1080,P\n"
        "fiber<detritus,not-living>detritus>fiber,12,,M\n"
    )
    add_taxa(made_project, tmp_path / "taxa.csv")
    return made_project


def test_taxa_are_proposed_where_the_project_has_a_list(made_project: Project, morphs: list[int]) -> None:
    table, text = drawn(made_project)
    assert table.search is None
    assert names_page.HELP_TAXA not in text
    assert create_app(made_project).server.test_client().get("/taxa?q=cop").json == {"taxa": []}


def test_what_is_typed_finds_taxa_with_lineage_numbers_and_kind(listed: Project) -> None:
    assert drawn(listed)[0].search == "/taxa"
    client = create_app(listed).server.test_client()
    assert client.get("/taxa?q=FIB").json == {
        "taxa": [
            {
                "display_name": "fiber<detritus",
                "lineage": "not-living>detritus>fiber",
                "ecotaxa_id": 12,
                "aphia_id": None,
                "taxon_type": "M",
                "rank": None,
                "kind": "detritus",
            }
        ]
    }
    assert client.get("/taxa?q=" + "%25" * 500).json == client.get("/taxa").json == {"taxa": []}


def test_a_chosen_taxon_fills_all_fields_in_one_decision(listed: Project, morphs: list[int]) -> None:
    session = Session(listed)
    value = {
        "name": "fiber",
        "taxon": "fiber<detritus",
        "ecotaxa_id": 12,
        "aphia_id": None,
        "taxon_type": "M",
    }
    entry = {"node": morphs[0], "field": "identify", "value": value, "version": session.version, "stamp": "1"}
    answer, _ = operating.enter(session, entry)
    assert answer["is_done"]
    node = tree.nodes(listed)[morphs[0]]
    assert {name: getattr(node, name) for name in value} == value
    row = next(row for row in drawn(listed, show="morphs")[0].rows if row["id"] == morphs[0])
    assert (row["inherited"], row["kind"]) == ("detritus", None)
    by_hand = {
        "node": morphs[0],
        "field": "ecotaxa_id",
        "value": 13,
        "version": session.version,
        "stamp": "2",
    }
    operating.enter(session, by_hand)
    assert tree.nodes(listed)[morphs[0]].taxon_type == "M"
    review.undo(listed)
    review.undo(listed)
    assert tree.nodes(listed)[morphs[0]].taxon is None


def test_a_taxon_is_chosen_by_keyboard_alone(
    sorted_study: Project, serve: Callable[..., Served], visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    lines = [
        "display_name,lineage,ecotaxa_id,aphia_id,taxon_type",
        "fiber<detritus,not-living>detritus>fiber,12,,M",
    ]
    (tmp_path / "taxa.csv").write_text("\n".join(lines))
    add_taxa(sorted_study, tmp_path / "taxa.csv")
    page = visit().open(serve(sorted_study.folder), "/names?show=unnamed")
    page.keyboard.press("e")
    name = page.locator("[data-field=name]:focus")
    expect(name).to_have_attribute("role", "combobox")
    node = int(name.get_attribute("data-row") or 0)
    page.keyboard.type("fib")
    expect(page.locator(".taxon")).to_have_text("fiber<detritusmorpho · EcoTaxa 12detritus < not-living")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    expect(name).to_have_value("fib")
    page.keyboard.type("er")
    expect(page.locator(".taxon")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(page.locator(".taxon")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.locator(f"[data-row='{node}'][data-field=taxon]")).to_have_value("fiber<detritus")
    expect(page.locator(f"[data-row='{node}'][data-field=ecotaxa_id]")).to_have_class(re.compile("is-saved"))
    expect(page.locator(f"[data-row='{node}'][data-field=kind] option").first).to_have_text(
        "detritus (inherited)"
    )
    found = tree.nodes(sorted_study)[node]
    assert (found.name, found.taxon, found.ecotaxa_id, found.taxon_type) == (
        "fiber<detritus",
        "fiber<detritus",
        12,
        "M",
    )
