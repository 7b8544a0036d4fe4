"""The page Diversity: what it says, its table, and the objects behind points, bars and hulls."""

from __future__ import annotations

import numpy as np
import pytest

from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.figures import COUNTED, UNSORTED_MORPH
from morphoexplore_app import (
    diversity_drawn,
    diversity_figures,
    diversity_results,
)
from morphoexplore_app.diversity_choice import Choice
from morphoexplore_app.pages import (
    diversity_hull,
    diversity_parts,
    diversity_said,
    samples,
)
from morphoexplore_app.session import Session
from tests.app.of_diversity import branch_of, objects_of, says, table_of, text_of
from tests.made import change_by_force


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
    place = diversity_said.clicked(session, choice, "diversity-over-time", click)
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
