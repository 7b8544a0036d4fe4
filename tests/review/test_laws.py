"""Laws that hold after any decisions: a new round changes nothing that was decided, and no "no" is asked again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.store import checks, morphospace, tree
from morphoexplore.store.project import Project, create_project
from tests.made import add_array, add_objects, state_of

SIZES = (40, 30, 20, 12)
OBJECTS = sum(SIZES) + 20
DECIDED = ("node", "member", "rejection", "bound", "effort")
JUDGED = ("confirmed", "discarded")

shared = settings(deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four dense groups, and the seeds that a round finds of them."""
    project = create_project(tmp_path_factory.mktemp("laws") / "project", user="ana")
    add_objects(project, OBJECTS)
    rng = np.random.default_rng(0)
    centres = np.repeat(rng.normal(scale=10, size=(len(SIZES), 4)), SIZES, axis=0)
    placed = np.concatenate([centres + rng.normal(size=centres.shape), rng.uniform(-20, 20, size=(20, 4))])
    add_array(project, morphospace.EMBEDDING, morphospace.PCA, placed, parameters={"space": "made"})
    assert mx.seed(project, min_size=8)["seeds"] >= 4
    return project.folder


@pytest.fixture
def copied(start: Path, tmp_path: Path) -> Callable[[], Project]:
    """Return a function that gives a fresh copy for each example."""
    made: list[Path] = []

    def copy() -> Project:
        if made:
            shutil.rmtree(made.pop())
        made.append(tmp_path / "project")
        shutil.copytree(start, made[0])
        return Project(made[0], user="ana")

    return copy


@st.composite
def decisions(draw: st.DrawFn) -> list[tuple[str, Any]]:
    """Draw what somebody does: a verb and a few numbers each."""
    numbers = st.sets(st.integers(0, OBJECTS - 1), min_size=1, max_size=8)
    one = st.one_of(
        st.tuples(st.just("confirm"), st.tuples(st.integers(1, 4), numbers)),
        st.tuples(st.just("discard"), st.integers(1, 4)),
        st.tuples(st.just("gather"), numbers),
        st.tuples(st.just("reject"), st.tuples(st.integers(1, 4), numbers)),
        st.tuples(st.just("merge"), st.tuples(st.integers(1, 4), st.integers(1, 4))),
        st.tuples(st.just("undo"), st.none()),
    )
    return draw(st.lists(one, min_size=1, max_size=8))


def decide(project: Project, made: list[tuple[str, Any]]) -> None:
    for verb, what in made:
        with suppress(DecisionError):
            if verb == "confirm":
                seed_id, wrong = what
                objects = set(mx.seed_objects(project, seed_id).tolist())
                review.confirm(project, seed_id, wrong=wrong & objects)
            elif verb == "discard":
                review.discard(project, what)
            elif verb == "gather":
                review.gather(project, what, moves=True)
            elif verb == "reject":
                review.reject(project, *what)
            elif verb == "merge":
                review.merge(project, list(what))
            else:
                review.undo(project)


@settings(shared, max_examples=5)
@given(made=decisions())
def test_a_new_round_changes_nothing_that_was_decided(
    copied: Callable[[], Project], made: list[tuple[str, Any]]
) -> None:
    project = copied()
    decide(project, made)
    before, judged = state_of(project).tables, mx.seeds(project)
    judged = judged[judged["state"].isin(JUDGED)]
    for size in (5, 8, 5):
        mx.seed(project, min_size=size)
        after = state_of(project).tables
        assert {name: after[name] for name in DECIDED} == {name: before[name] for name in DECIDED}
        assert mx.seeds(project).loc[judged.index].equals(judged)
        free = set(tree.free_objects(project).tolist())
        for seed_id in mx.seeds(project, "pending").index:
            assert set(mx.seed_objects(project, int(seed_id)).tolist()) <= free
    assert checks.check(project) == []
    with suppress(DecisionError):
        while True:
            review.undo(project)
    assert not len(mx.members(project))


@settings(shared, max_examples=10)
@given(made=decisions(), refused=st.sets(st.integers(0, OBJECTS - 1), min_size=5, max_size=40))
def test_what_was_refused_is_never_offered_to_that_morph_again(
    copied: Callable[[], Project], made: list[tuple[str, Any]], refused: set[int]
) -> None:
    project = copied()
    review.confirm(project, 1)
    review.confirm(project, 2)
    decide(project, made)
    for node_id in mx.morphs(project).index:
        with suppress(DecisionError):
            review.reject(project, int(node_id), refused)
    for node_id in (int(one) for one in mx.morphs(project).index):
        said_no = set(tree.rejections(project, node_id).tolist())
        everything = np.arange(OBJECTS)
        offered = [
            review.candidates(project, node_id, most=OBJECTS)["object"],
            review.candidates(project, node_id, most=OBJECTS, among=everything)["object"],
            shown_by(project, lambda node_id=node_id: review.draft_growth(project, node_id)),
            shown_by(project, lambda node_id=node_id: review.draft_growth(project, node_id, mode="gallop")),
        ]
        assert all(said_no.isdisjoint(list(one)) for one in offered)
    offers = review.best_morphs(project)
    assert all(
        one.object not in tree.rejections(project, int(one.node_id)) for one in offers.itertuples(index=False)
    )


def shown_by(project: Project, draft: Callable[[], Any]) -> list[int]:
    """Return what a survey puts to a person, and what it may take in."""
    try:
        survey = draft()
    except DecisionError:
        return []
    return [*survey.objects.tolist(), *review.survey_step(project, survey).shown]
