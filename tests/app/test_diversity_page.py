from __future__ import annotations

import io
import json
import threading
import time
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd
import pytest

from morphoexplore import review
from morphoexplore.errors import DecisionError, WrongValueError
from morphoexplore.figures import COUNTED, UNSORTED_MORPH
from morphoexplore.methods.diversity import statuses
from morphoexplore.steps import indexing
from morphoexplore.steps import partitioning as steps_partitioning
from morphoexplore.steps import series as steps_series
from morphoexplore.store.project import Project
from morphoexplore_app import (
    create_app,
    diversity_choice,
    diversity_drawn,
    diversity_figures,
    diversity_memory,
    diversity_results,
    diversity_tables,
    later,
)
from morphoexplore_app.diversity_choice import Choice, from_query
from morphoexplore_app.diversity_indices import INDICES
from morphoexplore_app.pages import (
    diversity,
    diversity_controls,
    diversity_hull,
    diversity_parts,
    diversity_places,
    diversity_statuses,
    diversity_table,
    diversity_trends,
    samples,
)
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
    return next(number for number, node in diversity_results.tally(session).nodes.items() if node.is_branch)


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


def test_results_are_remembered_until_somebody_decides(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = diversity_results.results(session, Choice())
    assert diversity_results.results(session, Choice(is_relative=False)) is first
    review.confirm(session.project, 3)
    assert diversity_results.results(session, Choice()).coverage.counted == 14 + 5
    monkeypatch.setattr(diversity_memory.memory_of(session), "most", 8)
    for number in range(8):
        diversity_results.results(session, Choice(contains=str(number)))
    assert len(session.memo["diversity"].kept) == 8
    assert len(session.memo["diversity large"].kept) == diversity_memory.KEPT_LARGE


def test_what_is_asked_for_twice_at_once_is_made_once(session: Session) -> None:
    made: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: diversity_memory.remembered(session, ("slow",), lambda: made.append(1))
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
    found = diversity_results.results(session, choice)
    figures = diversity_drawn.drawn(session, choice)
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


def says(session: Session, choice: Choice) -> str:
    table = diversity_tables.indices(session, choice, waits=True)
    return text_of(diversity_parts.says(diversity_results.results(session, choice), choice, table))


def table_of(session: Session, choice: Choice, sort: str | None = None) -> Any:
    table = diversity_tables.indices(session, choice, waits=True)
    return diversity_table.table(diversity_results.results(session, choice), choice, table, sort)


def objects_of(panel: Any) -> list[int]:
    gallery = next(part for part in panel.children if type(part).__name__ == "Gallery")
    return list(gallery.objects)


def test_a_bar_of_a_date_leads_to_all_its_samples(session: Session) -> None:
    choice = Choice()
    found = diversity_results.results(session, choice)
    unsorted = diversity_drawn.drawn(session, choice)["composition"].data[-1]
    place = samples.clicked(found, choice, {"points": [{"id": unsorted.ids[0]}]}, is_composition=True)
    assert place is not None
    assert (place.sample, place.at, place.group) == (None, "2020-05-01", UNSORTED_MORPH)
    assert samples.from_data(place.to_data()) == place
    node = session.membership.node
    assert objects_of(samples.panel(found, choice, place, version=1)) == np.flatnonzero(node < 0).tolist()


def test_objects_come_a_page_at_a_time(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "PAGE", 5)
    found, place = diversity_results.results(session, Choice()), samples.Place(sample="s0")
    first = objects_of(samples.panel(found, Choice(), place, version=1))
    second = objects_of(samples.panel(found, Choice(), samples.turned(place, 1), version=1))
    beyond = objects_of(samples.panel(found, Choice(), samples.turned(place, 9), version=1))
    assert (len(first), len(second), beyond) == (5, 2, second)
    assert samples.turned(place, -1) == place


def test_a_sample_that_was_deselected_is_said_to_be_gone(session: Session) -> None:
    choice = Choice(samples=("s1",))
    found = diversity_results.results(session, choice)
    panel = samples.panel(found, choice, samples.Place(sample="s0"), version=1)
    assert "not among the samples" in text_of(panel)


def test_what_makes_figures_doubtful_is_said(session: Session) -> None:
    choice = Choice(branch=branch_of(session))
    said = says(session, choice)
    for words in (
        "53% of all objects are unsorted",
        "In all 2 samples more than 20%",
        "1 morph has no kind",
        "8 objects in morphs of other kinds or branches left out",
    ):
        assert words in said


def test_samples_without_dates_stand_side_by_side_and_that_is_said(session: Session) -> None:
    change_by_force(session.project, "UPDATE object SET datetime = NULL")
    assert "No sample has a date" in says(session, Choice())
    assert "\u2013" in text_of(table_of(session, Choice()))
    assert len(diversity_drawn.drawn(session, Choice(), is_dark=True)) == 2


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
    def names(sort: str | None) -> list[str]:
        body = table_of(session, Choice(), sort).children[1].children.children[1]
        return [text_of(row.children[0]) for row in body.children]

    assert names("sample down") == ["s1", "s0"]
    assert names("no such column") == names(None) == ["s0", "s1"]


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


# ----------------------------------------------------------------------------------------- indices


def test_every_index_can_be_chosen_and_drawn(session: Session) -> None:
    choice = Choice(indices=tuple(INDICES))
    table = diversity_tables.indices(session, choice, waits=True)
    assert not table.missing
    assert list(table.frame["index"].head(len(INDICES))) == [one.index for one in INDICES.values()]
    titles = {
        annotation.text
        for annotation in diversity_drawn.drawn(session, choice)["diversity"].layout.annotations
    }
    assert len(titles) == len(INDICES) + 1
    assert set(indexing.INDICES) == {one.name for one in INDICES.values()}


def test_what_takes_seconds_comes_in_later_and_all_else_is_there_at_once(session: Session) -> None:
    choice = Choice(indices=("shannon", "functional_evenness"), has_intervals=True)
    first = diversity_tables.indices(session, choice)
    assert [one.index for one in first.missing] == ["functional_evenness"]
    assert set(first.frame["index"]) == {"shannon"}
    assert first.frame["ci_lo"].isna().all()
    assert first.is_waiting
    words = text_of(diversity_parts.waiting([first]))
    assert "Functional evenness" in words
    assert "95 % intervals" in words
    end = time.monotonic() + 30
    while (table := diversity_tables.indices(session, choice)).is_waiting and time.monotonic() < end:
        time.sleep(0.02)
    assert not table.missing
    assert set(table.frame["index"]) == {"shannon", "functional_evenness"}
    shannon = table.frame[table.frame["index"] == "shannon"]
    assert (shannon["ci_lo"] < shannon["ci_hi"]).all()
    assert text_of(diversity_parts.waiting([table])) == ""


def test_what_cannot_be_computed_is_said_and_not_tried_again() -> None:
    tried: list[int] = []

    def make(progress: Any) -> None:
        tried.extend(progress(range(3), label="", total=3))
        message = "There is no such thing."
        raise WrongValueError(message)

    jobs = later.Later()
    for _ in range(3):
        job = jobs.ask("it", "It", make)
        jobs.wait("it", at_most=20)
    assert job.failure == "There is no such thing."
    assert (job.done, tried) == (3, [0, 1, 2])


def test_what_nobody_waits_for_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(later, "PATIENCE", -1.0)
    jobs = later.Later()
    jobs.ask("it", "It", lambda progress: None)
    jobs.wait("it", at_most=20)
    assert not jobs._jobs


def test_values_that_are_missing_say_why(session: Session) -> None:
    choice = Choice(indices=("functional_dispersion", "standardised_functional_richness"))
    assert (
        "Functional richness at equal size: 2 of 2 samples have no value: below 50 effective objects."
        in says(session, choice)
    )
    cells = [
        cell
        for row in table_of(session, choice).children[1].children.children[1].children
        for cell in row.children
        if getattr(cell, "title", None)
    ]
    assert {cell.title for cell in cells} == {"below 50 effective objects"}
    known = {value for name, value in vars(statuses).items() if name.isupper()} - {statuses.OK}
    assert known <= set(diversity_statuses.WORDS)


def test_a_project_without_features_offers_no_positions_and_says_why(session: Session) -> None:
    change_by_force(session.project, "DELETE FROM array WHERE kind = 'embedding'")
    offer = diversity_controls.Offer.of(session)
    controls = diversity_controls.controls(diversity_results.tally(session), Choice(), offer)
    said = text_of(controls)
    assert "need a morphospace" in said
    assert "set them on Samples" in said
    assert "embedding" in text_of(diversity_parts.problem(session, Choice(indices=("rao_d2",))))
    assert diversity_parts.problem(session, Choice()) is None


def test_cells_count_what_is_unsorted_too(session: Session) -> None:
    steps_partitioning.partition(session.project, cells=4)
    choice = Choice(morph_set="partition", beside="tree")
    found = diversity_results.results(session, choice)
    assert (found.coverage.counted, found.coverage.morphs) == (30, 4)
    assert "4 cells" in says(session, choice)
    assert "count as well" in says(session, choice)
    drawn = diversity_drawn.drawn(session, choice)
    assert drawn["diversity"].layout.yaxis.range == drawn["beside"].layout.yaxis.range
    assert "in no cell" in {trace.name for trace in drawn["composition"].data}
    client = create_app(session.project).server.test_client()
    answer = client.get(f"/download/diversity/diversity.csv?{choice.to_query()}")
    assert pd.read_csv(io.BytesIO(answer.data))["morph_set"].nunique() == 2


def test_cuts_of_the_tree_stand_beside_each_other(session: Session) -> None:
    choice = Choice(beside=str(branch_of(session)))
    assert choice.other is not None
    assert diversity_parts.heading(session, choice) == "Morphs of the whole tree"
    assert diversity_parts.heading(session, choice.other) == "Morphs of Copepoda"
    drawn = diversity_drawn.drawn(session, choice)
    place = diversity._clicked(
        session, choice, "diversity-beside", {"points": [{"id": point_of(drawn["beside"])}]}
    )
    assert place == samples.Place(sample="s0", side="beside")
    assert place.of(choice) == choice.other
    assert samples.from_data(place.to_data()) == place
    assert "no branch 99" in text_of(diversity_parts.problem(session, Choice(beside="99")))


def point_of(figure: Any) -> str:
    return str(next(trace for trace in figure.data if trace.mode == "markers" and len(trace.x)).ids[0])


def test_groups_have_their_colours_and_months_their_means(session: Session) -> None:
    change_by_force(
        session.project, "UPDATE object SET datetime = '2020-07-01T12:00:00' WHERE object % 2 = 1"
    )
    choice = Choice(indices=("shannon",), group="season", period="month")
    found = diversity_results.results(session, choice)
    assert found.groups == ["Mar-May", "Jun-Aug"]
    figure = diversity_drawn.drawn(session, choice)["diversity"]
    named = [trace.name for trace in figure.data if trace.showlegend]
    assert named == ["Mar-May", "Jun-Aug"]
    point = point_of(figure)
    assert point == "sample:2020-05"
    place = samples.clicked(found, choice, {"points": [{"id": point}]}, is_composition=False)
    assert place == samples.Place(at="2020-05")
    assert samples.samples_of(found, place).tolist() == ["s0"]
    bar = next(trace for trace in figure.data if trace.type == "bar").ids[0]
    assert samples.clicked(found, choice, {"points": [{"id": bar}]}, is_composition=False) == place
    week = samples.Place(at="2020-W27")
    assert samples.samples_of(found, week).tolist() == ["s1"]
    assert samples.samples_of(found, samples.Place(at="2020-13")).tolist() == []
    assert "Season" in text_of(table_of(session, choice))


def test_samples_of_an_unknown_group_are_left_out_of_the_figure_and_that_is_said(session: Session) -> None:
    choice = Choice(group="daytime")
    change_by_force(session.project, "UPDATE object SET datetime = '2020-05-01'")
    assert "2 samples of unknown day and night" in says(session, choice)
    assert "No sample is known" in str(diversity_drawn.drawn(session, choice)["diversity"])


# ----------------------------------------------------------------------------------------- hulls


def hull_choice() -> Choice:
    return Choice(indices=("richness", "functional_richness"))


def test_a_point_of_functional_richness_shows_what_defines_it(session: Session) -> None:
    choice = hull_choice()
    figure = diversity_drawn.drawn(session, choice)["diversity"]
    number, trace = next(
        (number, trace)
        for number, trace in enumerate(figure.data)
        if trace.yaxis == "y2" and trace.mode == "markers" and len(trace.x)
    )
    click = {"points": [{"id": trace.ids[0], "curveNumber": number}]}
    assert diversity_figures.index_of_click(figure, click) == 1
    place = diversity._clicked(session, choice, "diversity-over-time", click)
    assert place == samples.Place(sample="s0", group=samples.HULL)
    hull = diversity_hull.hull(session, choice, "s0")
    assert hull is not None
    found = diversity_results.results(session, choice)
    panel = samples.panel(found, choice, place, version=1, hull=hull)
    assert f"These {len(hull.objects)} objects define the functional richness of s0" in text_of(panel)
    assert objects_of(panel) == hull.objects.tolist()
    counted = found.tally.objects_of(found.samples[:1], found.morphs)
    assert set(hull.objects) <= set(counted)
    assert diversity_hull.hull(session, Choice(), "s0") is None
    assert diversity_hull.hull(session, choice, "nowhere") is None


def test_debris_is_left_out_with_one_decision_and_comes_back_with_one_undo(session: Session) -> None:
    choice = hull_choice()
    hull = diversity_hull.hull(session, choice, "s0")
    assert hull is not None
    before = diversity_results.results(session, choice).coverage.counted
    version, first = session.version, int(hull.objects[0])
    action = {"objects": [first], "looked": [first]}
    words = diversity_hull.leave_out(session, action, "new artefact")
    assert words == "1 object is in artefacts now, and left out of diversity."
    assert session.version == version + 1
    assert diversity_results.results(session, choice).coverage.counted == before - 1
    after = diversity_hull.hull(session, choice, "s0")
    assert after is not None
    assert first not in after.objects
    assert after.targets[0]["label"] == "artefacts (artefact)"
    second = int(after.objects[0])
    diversity_hull.leave_out(session, {"objects": [second], "looked": []}, after.targets[0]["value"])
    review.undo(session.project)
    review.undo(session.project)
    assert diversity_results.results(session, choice).coverage.counted == before


@pytest.mark.parametrize(("objects", "target"), [([], "new artefact"), ([0], None), ([0], "x")])
def test_leaving_out_nothing_or_to_nowhere_is_refused(
    session: Session, objects: list[int], target: str | None
) -> None:
    with pytest.raises(DecisionError):
        diversity_hull.leave_out(session, {"objects": objects, "looked": objects}, target)


# ----------------------------------------------------------------------------------------- slow intervals


def test_slow_intervals_come_by_index_after_the_quick_ones_and_can_be_given_up(session: Session) -> None:
    choice = Choice(indices=("shannon", "functional_divergence"), has_intervals=True, has_slow=True)
    table = diversity_tables.indices(session, choice)
    assert [(job.label, job.is_long) for job in table.jobs] == [
        ("Functional divergence", False),
        ("95 % intervals", False),
        ("95 % intervals of functional divergence", True),
    ]
    assert "Stop the slow intervals" in text_of(diversity_parts.waiting([table]))
    assert diversity_tables.jobs_of(session, choice) == list(table.jobs)
    assert diversity_tables.jobs_of(session, Choice(indices=("shannon",))) == []
    whole = diversity_tables.indices(session, choice, waits=True).frame
    divergence = whole[whole["index"] == "functional_divergence"].dropna(subset=["estimate"])
    assert (divergence["ci_lo"] <= divergence["ci_hi"]).all()
    assert len(divergence)
    without = diversity_tables.indices(session, replace(choice, has_slow=False), waits=True).frame
    assert without.loc[without["index"] == "functional_divergence", "ci_lo"].isna().all()


def test_what_a_page_leaves_is_given_up_unless_another_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = later.Later()
    monkeypatch.setattr(later, "LAPSE", -0.1)
    with jobs.first():  # what is seen now is made first

        def make(progress: Any) -> None:
            list(progress(range(2), label="", total=2))

        job = jobs.ask("it", "It", make, is_long=True)
        assert not job.is_abandoned
        job.leave()
        assert job.is_abandoned
        job = jobs.ask("it", "It", make)  # another job, where the thread has dropped the first by now
        assert not job.is_abandoned
        jobs.wait("it", at_most=2.5)
        assert job.done == 0
    jobs.wait("it", at_most=20)
    assert job.done == 2


# ----------------------------------------------------------------------------------------- trends


@pytest.fixture
def dated(session: Session) -> Session:
    """The two samples in two months."""
    change_by_force(
        session.project, "UPDATE object SET datetime = '2020-07-01T12:00:00' WHERE object % 2 = 1"
    )
    return session


@pytest.mark.parametrize(
    ("mode", "titles", "unit"),
    [
        ("pooled", ["Shannon entropy", "Hill number of order"], "effective morphs"),
        ("beta", ["Beta of order"], "effective samples"),
    ],
)
def test_samples_of_a_month_come_together_in_named_modes(
    session: Session, mode: str, titles: list[str], unit: str
) -> None:
    choice = Choice(period="month", mode=mode)
    figure = diversity_drawn.drawn(session, choice)["diversity"]
    shown = [note.text for note in figure.layout.annotations]
    assert all(any(text.startswith(title) for text in shown) for title in titles)
    assert unit in [axis.title.text for axis in figure.select_yaxes()]
    table = diversity_tables.indices(session, choice)
    series = diversity_tables.steps_of(session, choice, table)
    assert series is not None
    assert set(series["mode"]) == {mode}
    methods = diversity_parts.methods(choice, diversity_results.results(session, choice))
    assert {"pooled": "(gamma)", "beta": "(beta)"}[mode] in methods
    assert diversity._clicked(session, choice, "diversity-over-time", {"points": [{"id": point_of(figure)}]})


def test_beta_of_single_samples_is_said_to_be_none(dated: Session) -> None:
    figure = diversity_drawn.drawn(dated, Choice(period="month", mode="beta"))["diversity"]
    assert "two or more for beta" in figure.layout.annotations[0].text


@pytest.mark.parametrize("view", list(diversity_choice.VIEWS))
def test_every_view_is_drawn_light_and_dark(dated: Session, view: str) -> None:
    choice = Choice(view=view, viewed="pielou")
    figure = diversity_drawn.viewed(dated, choice)
    assert figure.layout.height
    assert diversity_drawn.viewed(dated, choice, is_dark=True).layout.paper_bgcolor
    assert diversity_drawn.drawn(dated, choice) is diversity_drawn.drawn(dated, Choice())
    file = diversity_places.TABLES[view]
    assert file in str(diversity_places.files("view", choice))
    client = create_app(dated.project).server.test_client()
    answer = client.get(f"/download/diversity/{file}?{choice.to_query()}")
    assert answer.status_code == 200
    assert len(answer.data.splitlines()) > 1
    page = client.get(f"/download/diversity/view.html?{choice.to_query()}")
    assert page.headers["Content-Type"].startswith("text/html")


def test_turnover_tells_gains_from_losses(dated: Session) -> None:
    found = diversity_tables.turnover_of(dated, Choice())
    assert found[["sample_id", "previous_id"]].to_numpy().tolist() == [["s1", "s0"]]
    assert found["bray_curtis"].iloc[0] == pytest.approx(found["losses"].iloc[0] + found["gains"].iloc[0])


def monthly(months: int, slope: float) -> pd.DataFrame:
    times = pd.date_range("2001-01-15", periods=months, freq="MS")
    noise = np.random.default_rng(3).normal(0, 0.1, months)
    values = 2 + np.sin(times.month) + slope * np.arange(months) / 120 + noise
    return pd.DataFrame(
        {"sample_id": times.astype(str), "datetime": times, "index": "shannon", "estimate": values}
    )


def test_a_trend_is_said_with_slope_tests_and_caution() -> None:
    trends = diversity_tables.trends_of(steps_series.series(monthly(96, 1.0)))
    said = text_of(diversity_trends.says(trends, step="month", mode="mean_of_indices"))
    assert "Trends: 1 of 1 stand out" in said
    for words in (
        "Shannon entropy H\u2032: +",
        "nats per decade (Theil\u2013Sen, 95 %",
        "Mann\u2013Kendall after pre-whitening p < .001",
        "GLSAR +",
        "n = 96 months over 7.9 years, of anomalies",
        "takes months for independent",
    ):
        assert words in said
    slope = float(trends["slope_per_decade"].iloc[0])
    assert slope == pytest.approx(1.0, abs=0.15)


def test_a_trend_of_a_short_series_is_of_its_values_and_says_so() -> None:
    trends = diversity_tables.trends_of(steps_series.series(monthly(14, 0.0)))
    assert trends["of"].tolist() == ["value"]
    said = text_of(diversity_trends.says(trends, step="month", mode="mean_of_indices"))
    assert "no trend stands out" in said
    assert "nats per year" in said
    assert "of values, seasons included" in said
    assert "Season and trend are both in these values" in said
    few = diversity_tables.trends_of(steps_series.series(monthly(5, 0.0)))
    assert "too few months for a trend (5; 8 or more are needed)" in text_of(
        diversity_trends.says(few, step="month", mode="mean_of_indices")
    )


# ----------------------------------------------------------------------------------------- many objects


def test_many_objects_are_counted_while_the_page_is_there(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diversity_results, "MANY", 10)
    assert "Counting 30 objects" in text_of(diversity.layout(session, query={}))
    end = time.monotonic() + 30
    while not diversity_results.is_prepared(session) and time.monotonic() < end:
        time.sleep(0.02)
    assert "Counted are" in text_of(diversity.layout(session, query={}))
