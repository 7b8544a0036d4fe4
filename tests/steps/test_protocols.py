"""Our protocol and MorphoCluster's side by side."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import morphoexplore as mx
from morphoexplore.cli import cli
from morphoexplore.steps import protocols
from morphoexplore.steps.annotator import Annotator
from morphoexplore.steps.protocols import PAGE_OK, best, equal_recall, spent_sorting
from tests import drawn


def test_a_session_is_compared_with_the_other_protocol(seeded: mx.Project) -> None:
    played = mx.simulate(seeded, drawn.TRUTH, compare=True)
    both = played.protocols
    assert both is not None
    ours, theirs = both.sessions.loc["morphoexplore"], both.sessions.loc["morphocluster"]
    assert ours["right"] == played.scores["right"]
    assert ours["objects_per_action_of_sorting"] > ours["objects_per_action"]
    assert 0 < theirs["objects_per_action"] < theirs["objects_per_action_of_sorting"]
    assert theirs["actions_audit"] == 0
    assert len(both.sessions) > 10
    for protocol, row in (("morphoexplore", ours), ("morphocluster", theirs)):
        last = both.curves[both.curves["protocol"] == protocol].iloc[-1]
        assert (last["actions"], last["right"]) == (spent_sorting(row), row["right"])
    assert both.at_equal_recall["right"] == min(ours["right"], theirs["right"])
    assert both.sessions.loc["morphocluster", "thresholds"] in both.sessions.index


def test_the_same_morphs_are_grown_in_each_way(seeded: mx.Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def judge_a_third(annotator: Annotator) -> int:
        row = annotator._strips().rows[0]
        answer, label = annotator._answer(row)
        third = replace(answer, cut=len(row.objects) // 3)
        judged = mx.review.judge_page(annotator.project, [third])
        annotator.label_of[judged.morphs[row.seed_id]] = label
        return 1

    monkeypatch.setattr(protocols, "GROWN_FROM", 16)
    monkeypatch.setattr(protocols.Annotator, "judge_round", judge_a_third)
    both = mx.simulate(seeded, drawn.TRUTH, compare=True).protocols
    assert both is not None
    assert list(both.growth.index) == ["morphoexplore", *(f"morphocluster {ok}" for ok in PAGE_OK)]
    assert (both.growth["actions"] > 0).all()
    assert both.growth.loc["morphoexplore", "right"] > 10
    assert (both.growth["right"] <= both.growth["grown"]).all()


def test_where_neither_sorts_anything_that_is_said(seeded: mx.Project) -> None:
    forms = drawn.truth()
    labels = sorted({forms[name] for name in mx.objects(seeded)["object_id"]})
    arguments = ["simulate", str(seeded.folder), str(drawn.TRUTH), "--compare"]
    nothing = [word for label in labels for word in ("--nothing", label)]
    said = CliRunner().invoke(cli, [*arguments, *nothing], catch_exceptions=False).output
    assert "precision -" in said
    assert "Growing the same morphs" not in said


def test_without_it_nothing_is_compared(seeded: mx.Project) -> None:
    assert mx.simulate(seeded, drawn.TRUTH).protocols is None


def test_the_verb_prints_both_and_writes_both_curves(seeded: mx.Project, tmp_path: Path) -> None:
    arguments = ["simulate", str(seeded.folder), str(drawn.TRUTH), "--compare"]
    curve = tmp_path / "curve.csv"
    said = CliRunner().invoke(cli, [*arguments, "--curve", str(curve)], catch_exceptions=False).output
    assert "Beside MorphoCluster's protocol" in said
    assert curve.read_text().startswith("protocol,actions,sorted,right,later\nmorphoexplore,")
    found = json.loads(CliRunner().invoke(cli, [*arguments, "--json"], catch_exceptions=False).output)
    assert found["protocols"]["morphocluster"]["right"] > 0
    assert found["at_equal_recall"]["right"] > 0


def test_equal_recall_counts_up_to_what_both_found() -> None:
    ours, theirs = [[1, 50, 40, 1], [5, 120, 100, 3]], [[10, 60, 60, 2], [30, 90, 80, 10]]
    assert equal_recall(ours, theirs) == {
        "right": 80,
        "morphoexplore": 5,
        "morphocluster": 30,
        "factor": 6.0,
        "morphoexplore_named": 8,
        "morphocluster_named": 40,
        "factor_named": 5.0,
    }


def test_what_comes_later_is_in_the_end_what_the_session_spent(seeded: mx.Project) -> None:
    both = mx.simulate(seeded, drawn.TRUTH, compare=True).protocols
    assert both is not None
    ends = both.curves.groupby("protocol").last()
    spent = both.sessions.loc[ends.index]
    assert (ends["actions"] + ends["later"]).tolist() == spent["actions"].tolist()
    assert ends["later"].tolist() == (spent["actions_merging"] + spent["actions_naming"]).tolist()


def _variant(way: str, precision: float, right: int) -> dict[str, Any]:
    return {
        "way": way,
        "precision": precision,
        "right": right,
        "actions": 3,
        "actions_merging": 1,
        "actions_naming": 1,
    }


@pytest.mark.parametrize(("precise", "chosen"), [(0.95, "slow"), (0.9, "most precise")])
def test_the_best_variant_is_precise_enough(precise: float, chosen: str) -> None:
    variants = [
        _variant("no figure", float("nan"), 0),
        _variant("slow", precise, 5),
        _variant("fast", 0.8, 50),
        _variant("most precise", 0.94, 1),
    ]
    assert best(variants)["way"] == chosen
