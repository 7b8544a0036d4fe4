"""The page Diversity: its indices, which of them come in later, cells, cuts and groups."""

from __future__ import annotations

import io
import threading
import time
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from morphoexplore import review
from morphoexplore.errors import WrongValueError
from morphoexplore.methods.diversity import statuses
from morphoexplore.steps import indexing
from morphoexplore.steps import partitioning as steps_partitioning
from morphoexplore_app import (
    create_app,
    diversity_drawn,
    diversity_memory,
    diversity_results,
    diversity_tables,
    later,
)
from morphoexplore_app.diversity_choice import Choice
from morphoexplore_app.diversity_indices import INDICES
from morphoexplore_app.pages import (
    diversity,
    diversity_controls,
    diversity_parts,
    diversity_said,
    diversity_statuses,
    samples,
)
from morphoexplore_app.session import Session
from tests.app.of_diversity import branch_of, point_of, says, table_of, text_of
from tests.made import change_by_force


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


# ----------------------------------------------------------------------------------------- indices


def test_every_index_can_be_chosen_and_drawn(session: Session) -> None:
    choice = Choice(indices=tuple(INDICES))
    table = diversity_tables.indices(session, choice, waits=True)
    assert not table.missing
    assert list(table.frame["index"].head(len(INDICES))) == [one.index for one in INDICES.values()]
    titles = {
        annotation.text
        for annotation in diversity_drawn.drawn(session, choice)["diversity"].layout.annotations
        if not annotation.text.startswith("no value")
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
    place = diversity_said.clicked(
        session, choice, "diversity-beside", {"points": [{"id": point_of(drawn["beside"])}]}
    )
    assert place == samples.Place(sample="s0", side="beside")
    assert place.of(choice) == choice.other
    assert samples.from_data(place.to_data()) == place
    assert "no branch 99" in text_of(diversity_parts.problem(session, Choice(beside="99")))


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
