from __future__ import annotations

import io
import json
import threading
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd
import pytest

from morphoexplore import review
from morphoexplore.errors import DecisionError, WrongValueError
from morphoexplore.figures import COUNTED, UNSORTED_MORPH
from morphoexplore.store.project import Project
from morphoexplore_app import create_app, diversity_choice
from morphoexplore_app.diversity_choice import Choice, from_query
from morphoexplore_app.pages import diversity, diversity_parts, diversity_table, samples
from morphoexplore_app.session import Session
from tests.made import change_by_force


@pytest.fixture
def session(made_project: Project) -> Session:
    """Two samples of 15 objects: morphs of 8 and 6 objects, the second in a branch, and 16 unsorted."""
    review.confirm(made_project, 1)
    second = review.confirm(made_project, 2)
    review.make_branch(made_project, name="Copepoda", owns=[second])
    return Session(made_project)


def branch_of(session: Session) -> int:
    return next(number for number, node in diversity_choice.tally(session).nodes.items() if node.is_branch)


def text_of(component: Any) -> str:
    """All text of a component."""
    if component is None or isinstance(component, str | int | float):
        return str(component or "")
    if isinstance(component, list | tuple):
        return " ".join(text_of(part) for part in component)
    return text_of(getattr(component, "children", None))


@pytest.mark.parametrize(
    "choice",
    [
        Choice(),
        Choice(indices=("richness", "hill1"), kinds=("living", "part"), branch=7, since="2020-01-02"),
        Choice(until="2021-01-02", contains="a & b=c", samples=('with "quotes", commas', "é"), by="sample"),
        Choice(is_relative=False),
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
        return diversity_choice.results(session, Choice(**options)).samples.tolist()

    assert chosen() == ["s0", "s1"]
    assert chosen(contains="S1") == ["s1"]
    assert chosen(samples=("s0",)) == ["s0"]
    assert chosen(since="2020-05-01", until="2020-05-01") == ["s0", "s1"]
    assert chosen(since="2020-05-02") == []


def test_a_branch_counts_its_own_morphs_only(session: Session) -> None:
    whole = diversity_choice.results(session, Choice()).coverage
    found = diversity_choice.results(session, Choice(branch=branch_of(session))).coverage
    assert (whole.counted, whole.unsorted, whole.elsewhere) == (14, 16, 0)
    assert (found.counted, found.unsorted, found.elsewhere) == (6, 16, 8)
    assert found.morphs == 1


def test_results_are_remembered_until_somebody_decides(session: Session) -> None:
    first = diversity_choice.results(session, Choice())
    assert diversity_choice.results(session, Choice(is_relative=False)) is first
    review.confirm(session.project, 3)
    assert diversity_choice.results(session, Choice()).coverage.counted == 14 + 5
    for number in range(3 * diversity_choice.KEPT):
        diversity_choice.results(session, Choice(contains=str(number)))
    assert len(session.memo["diversity"].kept) == diversity_choice.KEPT


def test_what_is_asked_for_twice_at_once_is_made_once(session: Session) -> None:
    made: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: diversity_choice._remembered(session, ("slow",), lambda: made.append(1))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_a_click_on_a_point_or_bar_leads_to_its_objects(session: Session) -> None:
    choice = Choice(by="sample")
    found = diversity_choice.results(session, choice)
    figures = diversity_choice.drawn(session, choice)
    point = next(trace for trace in figures["diversity"].data if trace.mode == "markers" and len(trace.x))
    place = samples.clicked(found, choice, {"points": [{"id": point.ids[0]}]}, is_composition=False)
    assert place == samples.Place(sample="s0", group=COUNTED)
    for bar in figures["composition"].data:
        place = samples.clicked(found, choice, {"points": [{"id": bar.ids[1]}]}, is_composition=True)
        assert place is not None
        assert place.sample == "s1"
        objects = objects_of(samples.panel(found, choice, place, version=1))
        assert len(objects) == int(bar.customdata[1][2])
        assert all(number % 2 == 1 for number in objects)  # objects are in turn in s0 and s1


def objects_of(panel: Any) -> list[int]:
    gallery = next(part for part in panel.children if type(part).__name__ == "Gallery")
    return list(gallery.objects)


def test_a_bar_of_a_date_leads_to_all_its_samples(session: Session) -> None:
    choice = Choice()
    found = diversity_choice.results(session, choice)
    unsorted = diversity_choice.drawn(session, choice)["composition"].data[-1]
    place = samples.clicked(found, choice, {"points": [{"id": unsorted.ids[0]}]}, is_composition=True)
    assert place is not None
    assert (place.sample, place.at, place.group) == (None, "2020-05-01", UNSORTED_MORPH)
    assert samples.from_data(place.to_data()) == place
    node = session.membership.node
    assert objects_of(samples.panel(found, choice, place, version=1)) == np.flatnonzero(node < 0).tolist()


def test_objects_come_a_page_at_a_time(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "PAGE", 5)
    found, place = diversity_choice.results(session, Choice()), samples.Place(sample="s0")
    first = objects_of(samples.panel(found, Choice(), place, version=1))
    second = objects_of(samples.panel(found, Choice(), samples.turned(place, 1), version=1))
    beyond = objects_of(samples.panel(found, Choice(), samples.turned(place, 9), version=1))
    assert (len(first), len(second), beyond) == (5, 2, second)
    assert samples.turned(place, -1) == place


def test_a_sample_that_was_deselected_is_said_to_be_gone(session: Session) -> None:
    choice = Choice(samples=("s1",))
    found = diversity_choice.results(session, choice)
    panel = samples.panel(found, choice, samples.Place(sample="s0"), version=1)
    assert "not among the samples" in text_of(panel)


def test_what_makes_figures_doubtful_is_said(session: Session) -> None:
    choice = Choice(branch=branch_of(session))
    said = text_of(diversity_parts.says(diversity_choice.results(session, choice), choice))
    for words in (
        "53% of all objects are unsorted",
        "In all 2 samples more than 20%",
        "1 morph has no kind",
        "8 objects in morphs of other kinds or branches left out",
    ):
        assert words in said


def test_samples_without_dates_stand_side_by_side_and_that_is_said(session: Session) -> None:
    change_by_force(session.project, "UPDATE object SET datetime = NULL")
    found = diversity_choice.results(session, Choice())
    assert "No sample has a date" in text_of(diversity_parts.says(found, Choice()))
    assert "\u2013" in text_of(diversity_table.table(found, Choice(), None))
    assert len(diversity_choice.drawn(session, Choice(), is_dark=True)) == 2


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (Choice(indices=()), "at least one index"),
        (Choice(kinds=()), "at least one kind"),
        (Choice(kinds=("part",)), "no morph of the kind part"),
        (Choice(contains="nowhere"), "No sample meets all"),
        (Choice(branch=99), "no branch 99"),
    ],
)
def test_where_nothing_can_be_drawn_it_says_why(session: Session, choice: Choice, words: str) -> None:
    assert words in text_of(diversity_parts.problem(session, choice))
    assert diversity_parts.problem(session, Choice()) is None


def test_the_table_is_sorted_by_the_column_that_was_clicked(session: Session) -> None:
    found = diversity_choice.results(session, Choice())

    def names(sort: str | None) -> list[str]:
        body = diversity_table.table(found, Choice(), sort).children[1].children.children[1]
        return [text_of(row.children[0]) for row in body.children]

    assert names("sample down") == ["s1", "s0"]
    assert names("no such column") == names(None) == ["s0", "s1"]


def test_downloads_are_the_files_of_the_verb(session: Session) -> None:
    client = create_app(session.project).server.test_client()
    answer = client.get("/download/diversity/diversity.csv?samples=%5B%22s1%22%5D")
    table = pd.read_csv(io.BytesIO(answer.data))
    assert set(table["sample"]) == {"s1"}
    assert answer.headers["Content-Disposition"].endswith("diversity.csv")
    counts = pd.read_csv(io.BytesIO(client.get("/download/diversity/counts.csv").data))
    assert counts["count"].sum() == 30
    page = client.get("/download/diversity/composition.html")
    assert page.status_code == 200
    assert b"plotly" in page.data[:100_000].lower()


@pytest.mark.parametrize(
    ("path", "words"),
    [("diversity.gif", "no file"), ("other.csv", "no file"), ("diversity.csv?branch=99", "no branch 99")],
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
