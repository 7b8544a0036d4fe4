"""A session played by an annotator who knows the labels."""

from __future__ import annotations

import inspect
import shutil
from pathlib import Path

import numpy as np
import pytest

import morphoexplore as mx
from morphoexplore.cli.simulating import simulate as verb
from morphoexplore.errors import MorphoExploreError
from morphoexplore.steps.annotator import Annotator
from morphoexplore.steps.person import KINDS
from morphoexplore.steps.simulating import label_codes
from morphoexplore.store.fresh import fresh_copy
from tests import drawn
from tests.made import looks_of, make_project, state_of


def test_it_sorts_most_with_few_actions_and_its_counts_add_up(seeded: mx.Project) -> None:
    played = mx.simulate(seeded, drawn.TRUTH)
    scores, last = played.scores, played.curve.iloc[-1]
    assert scores["precision"] > 0.9
    assert scores["recall"] > 0.5
    assert scores["right"] / scores["actions"] == scores["objects_per_action"] > 3
    assert scores["actions"] == sum(scores[f"actions_{kind}"] for kind in KINDS)
    assert (last["looks"], last["actions"]) == (scores["looks"], scores["actions"])
    assert (last["sorted"], last["right"]) == (scores["sorted"], scores["right"])
    assert scores["hours"] == pytest.approx((1.5 * scores["looks"] + 0.6 * scores["actions"]) / 3600)
    for column in ("looks", "actions"):
        assert (played.curve[column].diff().dropna() > 0).all()


def test_each_morph_is_named_at_the_end(seeded: mx.Project) -> None:
    played = mx.simulate(seeded, drawn.TRUTH)
    assert played.scores["actions_naming"] == played.scores["morphs"] > 1
    before, last = played.curve.iloc[-2], played.curve.iloc[-1]
    assert last["actions"] - before["actions"] == played.scores["morphs"]
    assert last["right"] == before["right"]


def test_what_is_hardly_anything_is_not_worth_a_click(seeded: mx.Project) -> None:
    annotator = Annotator(seeded, _codes(seeded), worth=0.1)
    row = mx.review.strip_page(seeded).rows[0]
    annotator._rates.append(10 * row.size / 1.9)  # a new morph and its name must bring more than the row has
    assert annotator._answer(row)[0].cut is None
    annotator._rates[-1] = 10 * row.size / 2.1
    assert annotator._answer(row)[0].cut is not None


def test_bulk_is_not_asked_for_where_growths_brought_little(seeded: mx.Project) -> None:
    annotator = Annotator(seeded, _codes(seeded))
    assert annotator._pays(0, 1000, is_between=False)
    annotator._kept[True] = [0.9, 0.0, 0.3]
    assert not annotator._pays(0, 1000, is_between=False)
    annotator._kept[True] = [0.9, 0.8]
    assert annotator._pays(0, 1000, is_between=False)


def test_between_rounds_a_growth_must_promise_twice_what_the_last_seeds_brought(seeded: mx.Project) -> None:
    annotator = Annotator(seeded, _codes(seeded))
    annotator.judge_round()
    rate = annotator._rate()
    assert annotator._brought == pytest.approx(rate)
    assert not annotator._pays(1, int(2 * rate), is_between=True)
    assert annotator._pays(1, int(4 * rate), is_between=True)
    annotator._brought = rate / 4
    assert annotator._pays(1, int(2 * rate), is_between=True)
    annotator._brought, annotator._rates = 0.0, [rate]  # never less than what is worth it at the end
    assert not annotator._pays(1, int(3 * annotator.least) - 1, is_between=True)


def test_the_beginning_of_a_mixture_is_accepted(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", sizes=(700, 100), free=10)
    row = max(mx.review.strip_page(project).rows, key=lambda one: one.size)
    labels = np.ones(project.count_objects(), np.int64)
    labels[list(row.objects)[: len(row.objects) // 3]] = 0  # the rest of what is shown is something else
    answer, label = Annotator(project, labels)._answer(row)
    assert (answer.cut, label) == (len(row.objects) // 3 - 1, 0)


def test_bounds_are_compared_with_the_truth(seeded: mx.Project) -> None:
    played = mx.simulate(seeded, drawn.TRUTH)
    scores, bounds = played.scores, played.bounds
    assert scores["bounds"] == len(bounds)
    assert set(bounds["kind"]) <= {"growth", "bulk", "round"}
    assert ((bounds["bound"] <= 1) & (bounds["truth"] <= 1) & (bounds["objects"] > 0)).all()
    if len(bounds):
        assert scores["bound_holds"] == (bounds["truth"] >= bounds["bound"]).mean()
    else:
        assert scores["bound_holds"] is None


def _codes(project: mx.Project) -> np.ndarray:
    forms = drawn.truth()
    return label_codes(np.array([forms[name] for name in mx.objects(project)["object_id"]], dtype=object), ())


def test_growth_is_answered_by_what_is_seen_alone(seeded: mx.Project) -> None:
    codes = _codes(seeded)
    annotator = Annotator(seeded, codes)
    pages = annotator.judge_round()
    assert pages == annotator.effort.looks == 1
    before = {kind: annotator.effort.actions[kind] for kind in ("review", "growth")}
    members = (annotator.node >= 0).sum()
    largest = int(mx.morphs(seeded).index[0])
    came_in = annotator.grow(largest)
    assert (annotator.node >= 0).sum() == members + came_in
    assert annotator.effort.actions["review"] == before["review"]
    assert annotator.effort.actions["growth"] > before["growth"]
    assert mx.check(seeded) == []


def test_the_project_and_its_decisions_are_left_alone(sorted_project: mx.Project) -> None:
    before, looks = state_of(sorted_project), looks_of(sorted_project)
    files = sorted(sorted_project.folder.rglob("*"))
    mx.simulate(sorted_project, drawn.TRUTH)
    assert state_of(sorted_project) == before
    assert looks_of(sorted_project) == looks
    assert [path for path in sorted(sorted_project.folder.rglob("*")) if "db-" not in path.name] == [
        path for path in files if "db-" not in path.name
    ]
    assert mx.check(sorted_project) == []


def test_it_begins_anew_whatever_was_decided(seeded: mx.Project, sorted_project: mx.Project) -> None:
    assert seeded.folder == sorted_project.folder
    again = mx.simulate(sorted_project, drawn.TRUTH).scores
    for _ in range(mx.status(sorted_project)["decisions"]):
        mx.review.undo(sorted_project)
    assert mx.simulate(sorted_project, drawn.TRUTH).scores == again


def test_errors_cost(seeded: mx.Project) -> None:
    sure, erring = (mx.simulate(seeded, drawn.TRUTH, error=error).scores for error in (0.0, 0.2))
    assert erring["right"] < sure["right"]


def test_who_overlooks_most_of_what_is_wrong_sorts_more_and_worse(seeded: mx.Project) -> None:
    sure, blind = (mx.simulate(seeded, drawn.TRUTH, miss=miss).scores for miss in (0.0, 0.9))
    assert blind["sorted"] > sure["sorted"]
    assert blind["precision"] < sure["precision"]


def test_labels_of_nothing_are_not_sorted(seeded: mx.Project) -> None:
    every, without = (
        mx.simulate(seeded, drawn.TRUTH, nothing=nothing).scores for nothing in ((), ("chaetognath",))
    )
    assert without["objects"] < every["objects"]
    assert without["sorted"] < every["sorted"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rule": 1.5}, "--rule is a share from 0 to 1, not 1.5"),
        ({"error": -0.1}, "--error is a share"),
        ({"miss": 2}, "--miss is a share"),
        ({"alarm": -1}, "--alarm is a share"),
        ({"worth": 2}, "--worth is a share"),
        ({"nothing": ["Nessie"]}, "No object has the label 'Nessie'"),
    ],
)
def test_what_cannot_be_played_is_said(seeded: mx.Project, options: dict[str, object], words: str) -> None:
    with pytest.raises(MorphoExploreError, match=words):
        mx.simulate(seeded, drawn.TRUTH, **options)


def test_a_project_without_features_is_told_what_to_do(project: mx.Project, drawn_csv: Path) -> None:
    mx.add(project, drawn_csv)
    with pytest.raises(MorphoExploreError, match="embed"):
        mx.simulate(project, drawn.TRUTH)


def test_objects_without_a_label_are_nothing_to_be_sorted() -> None:
    truth = np.array(["a", None, "b", "a", "junk"], dtype=object)
    assert label_codes(truth, ["junk"]).tolist() == [0, -1, 1, 0, -1]


def test_a_fresh_copy_has_no_decisions_and_all_else(sorted_project: mx.Project, tmp_path: Path) -> None:
    copy = fresh_copy(sorted_project, tmp_path / "copy")
    assert mx.morphs(copy).empty
    assert mx.seeds(copy).empty
    assert mx.history(copy).empty
    assert copy.count_objects() == sorted_project.count_objects()
    first = mx.seed(copy)
    assert (first["round"], first["is_new"]) == (1, True)
    shutil.rmtree(copy.folder)
    assert mx.check(sorted_project) == []


def test_who_is_shown_a_mixture_by_an_audit_takes_it_back(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", sizes=(400, 100), free=10)
    labels = np.repeat([0, 1, -1], [400, 100, 10])
    labels[5:400:5] = 1  # a fifth of the first seed is something else
    rows = mx.review.strip_page(project).rows
    mx.review.judge_page(
        project, [mx.review.SeedAnswer(row.seed_id, row.objects, len(row.objects) - 1) for row in rows]
    )
    for take_back, left in ((0.0, 500), (0.93, 100 + len(rows[0].objects))):
        annotator = Annotator(project, labels, take_back=take_back)
        annotator.label_of = {1: 0, 2: 1}
        annotator.audit_round(1)
        assert (annotator.node >= 0).sum() == left
        assert annotator.effort.actions["audit"] == 1 + bool(take_back)


def test_the_verb_has_the_defaults_of_the_function() -> None:
    numbers = {
        name: one.default
        for name, one in inspect.signature(mx.simulate).parameters.items()
        if isinstance(one.default, float)
    }
    assert set(numbers) >= {"rule", "error", "miss", "alarm", "take_back", "worth", "page_seconds"}
    assert {one.name: one.default for one in verb.params if one.name in numbers} == numbers


def test_a_page_of_candidates_is_accepted_up_to_the_last_good_one(seeded: mx.Project) -> None:
    codes = _codes(seeded)
    annotator = Annotator(seeded, codes)
    annotator.judge_round()
    largest = int(mx.morphs(seeded).index[0])
    members, looks = int((annotator.node == largest).sum()), annotator.effort.looks
    came_in = annotator.grow_by_page(largest)
    grown = np.flatnonzero(annotator.node == largest)
    assert len(grown) == members + came_in
    assert annotator.effort.actions["growth"] == (2 if came_in else 1)
    assert annotator.effort.looks == looks + 1
    assert (codes[grown] == annotator.label_of[largest]).mean() > 0.9


def test_a_page_of_which_all_are_right_takes_one_key(seeded: mx.Project) -> None:
    annotator = Annotator(seeded, np.zeros(seeded.count_objects(), np.int64))
    annotator.judge_round()
    spent = annotator.effort.actions["growth"]
    assert annotator.grow_by_page(int(mx.morphs(seeded).index[0])) > 8
    assert annotator.effort.actions["growth"] == spent + 1


def test_bulk_is_tried_between_rounds_as_well(seeded: mx.Project, monkeypatch: pytest.MonkeyPatch) -> None:
    annotator, tried = Annotator(seeded, _codes(seeded)), []
    annotator.judge_round()
    monkeypatch.setattr(annotator, "_yields", lambda: {1: 90_000, 2: 80_000} if not tried else {})
    monkeypatch.setattr(annotator, "_try", lambda node_id, expected: tried.append((node_id, expected)))
    annotator.grow_all(is_between=True)
    assert tried == [(0, 170_000)]
