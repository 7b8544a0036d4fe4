"""The page Diversity: what stands in its address, which samples that chooses, and the files of what is seen."""

from __future__ import annotations

import io
import json
from typing import Any
from urllib.parse import parse_qsl

import pandas as pd
import pytest

from morphoexplore.errors import DecisionError, WrongValueError
from morphoexplore.store.project import Project
from morphoexplore_app import (
    create_app,
    diversity_results,
)
from morphoexplore_app.diversity_choice import Choice, from_query
from morphoexplore_app.pages import (
    diversity,
)
from morphoexplore_app.session import Session
from tests.app.of_diversity import branch_of, text_of


@pytest.mark.parametrize(
    "choice",
    [
        Choice(),
        Choice(indices=("richness", "hill1"), kinds=("living", "part"), branch=7, since="2020-01-02"),
        Choice(until="2021-01-02", contains="a & b=c", samples=('with "quotes", commas', "é"), by="sample"),
        Choice(is_relative=False),
        Choice(indices=("cwm_2",), morph_set="partition", weight="biovolume", beside="tree"),
        Choice(group="daytime", period="week", has_intervals=True, beside="7"),
        Choice(
            has_intervals=True, has_slow=True, period="month", mode="beta", view="values", viewed="pielou"
        ),
    ],
)
def test_an_address_reproduces_the_choice(choice: Choice) -> None:
    assert from_query(dict(parse_qsl(choice.to_query()))) == choice


def test_what_goes_without_saying_is_not_in_the_address() -> None:
    assert Choice().to_query() == ""


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"index": "beauty"}, "no index 'beauty'"),
        ({"branch": "x"}, "no branch 'x'"),
        ({"beside": "x"}, "no branch 'x'"),
        ({"weight": "beauty"}, "no weight 'beauty'"),
        ({"weight": "concentration"}, "Without formulas for volumes"),
        ({"set": "beauty"}, "no morph set 'beauty'"),
        ({"group": "beauty"}, "no grouping 'beauty'"),
        ({"group": "station"}, "no column stationid"),
        ({"period": "century"}, "no period 'century'"),
        ({"mode": "guess"}, "no mode 'guess'"),
        ({"samples_of_each": "0"}, "'0' is no number of samples"),
        ({"view": "sky"}, "no view 'sky'"),
        ({"from": "yesterday?"}, "is no day"),
        ({"samples": "s0"}, "cannot be read"),
        ({"kind": "dead"}, "no kind 'dead'"),
        ({"samples": '["nowhere"]'}, "no sample 'nowhere'"),
    ],
)
def test_an_address_that_cannot_be_followed_is_answered_with_a_sentence(
    session: Session, query: dict[str, str], words: str
) -> None:
    with pytest.raises(WrongValueError, match=words):
        diversity.layout(session, query=query)


def test_a_branch_that_is_gone_is_answered_with_a_sentence(session: Session) -> None:
    with pytest.raises(DecisionError, match="There is no branch 99"):
        diversity.layout(session, query={"branch": "99"})


def test_nothing_sorted_leads_to_review(made_project: Project) -> None:
    page = diversity.layout(Session(made_project), query={})
    assert "Nothing is sorted yet" in text_of(page)
    assert "/review" in str(page)


def test_samples_are_chosen_by_name_part_and_date(session: Session) -> None:
    def chosen(**options: Any) -> list[str]:
        return diversity_results.results(session, Choice(**options)).samples.tolist()

    assert chosen() == ["s0", "s1"]
    assert chosen(contains="S1") == ["s1"]
    assert chosen(samples=("s0",)) == ["s0"]
    assert chosen(since="2020-05-01", until="2020-05-01") == ["s0", "s1"]
    assert chosen(since="2020-05-02") == []


def test_a_branch_counts_its_own_morphs_only(session: Session) -> None:
    whole = diversity_results.results(session, Choice()).coverage
    found = diversity_results.results(session, Choice(branch=branch_of(session))).coverage
    assert (whole.counted, whole.unsorted, whole.elsewhere) == (14, 16, 0)
    assert (found.counted, found.unsorted, found.elsewhere) == (6, 16, 8)
    assert found.morphs == 1


def test_downloads_are_the_files_of_the_verb(session: Session) -> None:
    client = create_app(session.project).server.test_client()
    answer = client.get("/download/diversity/diversity.csv?samples=%5B%22s1%22%5D")
    table = pd.read_csv(io.BytesIO(answer.data))
    assert set(table["sample_id"]) == {"s1"}
    assert set(table["index"]) == set(Choice().indices)
    assert answer.headers["Content-Disposition"].endswith("diversity.csv")
    counts = pd.read_csv(io.BytesIO(client.get("/download/diversity/counts.csv").data))
    assert counts["count"].sum() == 30
    page = client.get("/download/diversity/composition.html")
    assert page.status_code == 200
    assert b"plotly" in page.data[:100_000].lower()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("diversity.gif", "no file"),
        ("other.csv", "no file"),
        ("diversity.csv?branch=99", "no branch 99"),
        ("beside.html", "Nothing is compared"),
        ("series.csv", "choose a period"),
    ],
)
def test_a_download_that_cannot_be_made_is_answered_with_a_sentence(
    session: Session, path: str, words: str
) -> None:
    answer = create_app(session.project).server.test_client().get(f"/download/diversity/{path}")
    assert answer.status_code == 409
    assert words in answer.text


def test_the_page_is_drawn_from_the_address_that_the_browser_shows(session: Session) -> None:
    app = create_app(session.project)
    body = {
        "output": "..content.children...navigation.children..",
        "outputs": [
            {"id": "content", "property": "children"},
            {"id": "navigation", "property": "children"},
        ],
        "inputs": [
            {"id": "url", "property": "pathname", "value": "/diversity"},
            {"id": "url", "property": "search", "value": ""},
            {"id": "redraw", "property": "data", "value": None},
        ],
        "changedPropIds": ["redraw.data"],
    }
    client = app.server.test_client()
    for referrer, value in (
        ("/diversity?composition=numbers", "numbers"),
        ("/diversity", "shares"),
    ):
        answer = client.post(
            "/_dash-update-component", json=body, headers={"Referer": f"http://localhost{referrer}"}
        )
        drawn = json.dumps(answer.json["response"]["content"]["children"])
        control = drawn[drawn.index('"diversity-composed", "data"') - 400 :][:900]
        assert f'"value": "{value}"' in control
