"""Which refused objects count against a morph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from morphoexplore import review
from morphoexplore.review.refusals import refused_for
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project
from morphoexplore.store.seeds import SeedIndex
from tests.made import add_round, make_project


@pytest.fixture
def mixture(tmp_path: Path) -> Project:
    """Two refused seeds: a mixture of 400 objects (0-399), and a small one of 20 (400-419)."""
    project = make_project(tmp_path / "project", sizes=(400, 20), free=30)
    for seed_id in (1, 2):
        review.discard(project, seed_id)
    return project


def morph_of(project: Project, objects: list[int]) -> int:
    node_id = review.make_morph(project)
    review.move(project, objects, node_id)
    return node_id


def against(project: Project, node_id: int) -> list[int]:
    return refused_for(SeedIndex(project), Membership(project).node, node_id).tolist()


def test_what_was_refused_counts_against_every_morph(mixture: Project) -> None:
    other = morph_of(mixture, [430, 431])
    assert against(mixture, other) == [*range(420)]


def test_the_rest_of_a_mixture_is_neutral_for_the_morph_that_a_part_of_it_went_to(mixture: Project) -> None:
    # It comes back in parts of 200; one is confirmed, the other is a mixture again.
    add_round(mixture, np.repeat([0, 1, -1], [200, 200, 50]))
    review.discard(mixture, 4)
    morph = review.confirm(mixture, 3)
    other = morph_of(mixture, [430, 431])
    assert against(mixture, morph) == [*range(400, 420)]
    assert against(mixture, other) == [*range(420)]
    found = review.candidates(mixture, morph, most=450)
    assert set(found["object"]) == {*range(200, 450)} - {430, 431}  # neutral ones are offered as before
    # A small part that was refused is judged.
    add_round(mixture, np.repeat([-1, 0, -1], [300, 50, 100]))
    review.discard(mixture, 5)
    assert against(mixture, morph) == [*range(300, 350), *range(400, 420)]


def test_a_few_members_do_not_make_a_mixture_neutral(mixture: Project) -> None:
    few = morph_of(mixture, [*range(39)])
    assert against(mixture, few) == [*range(420)]
