"""The objects of seeds, sorted once per run."""

from __future__ import annotations

import numpy as np
import pytest

from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.store import seeds
from morphoexplore.store.project import Project
from morphoexplore.store.seeds import SeedIndex
from tests.made import add_round


def test_the_index_has_the_objects_of_every_seed_typical_first(made_project: Project) -> None:
    add_round(made_project, np.repeat([-1, 1, 0], [10, 12, 8]))
    index = SeedIndex(made_project)
    for seed_id in seeds.listing(made_project).index:
        assert (
            index.objects_of(int(seed_id)).tolist() == seeds.objects_of(made_project, int(seed_id)).tolist()
        )


def test_the_index_finds_seeds_of_a_later_round_and_refuses_what_is_none(made_project: Project) -> None:
    index = SeedIndex(made_project)
    with pytest.raises(DecisionError, match="There is no seed 5"):
        index.objects_of(5)
    add_round(made_project, np.repeat([0, -1], [3, 27]))
    assert index.objects_of(5).tolist() == [0, 1, 2]


def test_it_counts_what_is_free_of_each_seed(made_project: Project) -> None:
    node = np.full(30, -1)
    node[[0, 1, 8, 29]] = 7
    assert SeedIndex(made_project).free_counts(2, node).tolist() == [6, 5, 5, 4]


def test_it_knows_the_objects_of_discarded_seeds_of_all_rounds(made_project: Project) -> None:
    index = SeedIndex(made_project)
    assert index.discarded().tolist() == []
    review.discard(made_project, 4)
    add_round(made_project, np.repeat([0, -1], [3, 27]))
    review.discard(made_project, 5)
    assert index.discarded().tolist() == [0, 1, 2, 19, 20, 21, 22]
    assert index.discarded().tolist() == sorted(np.concatenate(seeds.discarded(made_project)).tolist())


def test_a_run_without_seeds_is_an_empty_index(made_project: Project) -> None:
    add_round(made_project, np.full(30, -1))
    objects, starts = SeedIndex(made_project).of_run(3)
    assert len(objects) == 0
    assert starts.tolist() == [0]
