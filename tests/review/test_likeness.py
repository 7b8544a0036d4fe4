"""Which morphs a seed is like."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from morphoexplore import review
from morphoexplore.errors import StepMissingError
from morphoexplore.review import Centres, likeness, nearest_morphs
from morphoexplore.review.likeness import Offered, offered_for, offered_for_row
from morphoexplore.store import morphospace
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project, create_project
from morphoexplore.store.seeds import SeedIndex
from tests.made import add_array, add_objects, add_round


@pytest.fixture
def line(tmp_path: Path) -> Project:
    """Five groups of ten objects on a line, at 0, 1, 3, 10 and 30; the first is a pending seed."""
    project = create_project(tmp_path / "project", user="ana")
    add_objects(project, 50)
    rng = np.random.default_rng(0)
    where = np.repeat([0.0, 1, 3, 10, 30], 10)
    vectors = np.column_stack([where, np.zeros(50)]) + rng.normal(scale=0.1, size=(50, 2))
    order = np.argsort(np.abs(vectors[:, None] - vectors).sum(2), axis=1)[:, 1:13]
    add_array(project, morphospace.EMBEDDING, morphospace.PCA, vectors)
    add_array(project, morphospace.EMBEDDING, "neighbours", order.astype(np.int32))
    add_array(project, morphospace.EMBEDDING, "distances", order.astype(np.float64))
    add_round(project, np.repeat([0, -1], [10, 40]))
    return project


def group(number: int) -> range:
    return range(10 * number, 10 * number + 10)


def test_the_nearest_morphs_come_first_with_title_and_members(line: Project) -> None:
    far = review.gather(line, group(4))
    near = review.gather(line, group(1), name="near")
    middle = review.gather(line, [*group(3), *group(2)[:5]])
    found = nearest_morphs(line, 1)
    assert [one.node_id for one in found] == [near, middle, far]
    assert [one.title for one in found] == ["near", f"morph {middle}", f"morph {far}"]
    assert [one.members for one in found] == [10, 15, 10]
    assert found[0].share > 0.2  # of the 12 nearest of each object 9 are of its own group
    assert found[1].share == found[2].share == 0
    assert len(nearest_morphs(line, 1, 2)) == 2


def test_neighbours_say_more_than_centres_where_a_morph_is_wide(line: Project) -> None:
    wide = review.gather(line, [*group(1), *group(4)])
    tight = review.gather(line, group(2))
    assert [one.node_id for one in nearest_morphs(line, 1)] == [wide, tight]
    alone = Centres(morphospace.read_pca(line))  # without the graph
    assert [one.node_id for one in nearest_morphs(line, 1, centres=alone)] == [tight, wide]


def test_any_objects_can_be_asked_about(line: Project) -> None:
    near = review.gather(line, group(3))
    review.gather(line, group(1))
    assert nearest_morphs(line, group(4))[0].node_id == near


def test_only_free_objects_of_a_seed_count(line: Project) -> None:
    node = review.gather(line, [*group(0)[:9], *group(1)])
    assert [one.node_id for one in nearest_morphs(line, 1)] == [node]
    review.gather(line, [group(0)[9]])
    assert nearest_morphs(line, 1) == []


def test_without_morphs_there_is_none_and_without_a_morphospace_it_says_so(
    line: Project, tmp_path: Path
) -> None:
    assert nearest_morphs(line, 1) == []
    bare = create_project(tmp_path / "bare")
    add_objects(bare, 3)
    with pytest.raises(StepMissingError, match="no embedding"):
        nearest_morphs(bare, [1])


def test_centres_follow_decisions_as_if_they_were_new(line: Project) -> None:
    kept, vectors = Membership(line), morphospace.read_pca(line)
    centres = Centres(vectors)
    rng = np.random.default_rng(1)
    nodes = [review.gather(line, group(number)) for number in (1, 2, 3)]
    for step in range(12):
        node = nodes[step % 3]
        if step % 4 == 3:
            review.undo(line)
        else:
            review.move(line, rng.choice(50, 4, replace=False), node)
        kept.refresh()
        centres.follow(kept.node)
        fresh = Centres(vectors)
        fresh.follow(kept.node)
        for (one, score, _), (other, again, _) in zip(
            centres.nearest(np.arange(10), 9), fresh.nearest(np.arange(10), 9), strict=True
        ):
            assert one == other
            assert score == pytest.approx(again)
    again = nearest_morphs(line, group(0), membership=kept, centres=centres)
    assert [one.node_id for one in again] == [
        one.node_id for one in nearest_morphs(line, group(0), centres=fresh)
    ]


def test_objects_without_features_count_nowhere(line: Project) -> None:
    vectors = np.array(morphospace.read_pca(line))
    vectors[[10, 11]] = np.nan
    node = np.full(50, -1)
    node[10:20] = 5
    node[20] = 6
    centres = Centres(vectors)
    centres.follow(node)
    assert [one for one, _, _ in centres.nearest(np.arange(12), 3)] == [5, 6]
    node[12:20] = -1
    centres.follow(node.copy())
    assert [one for one, _, _ in centres.nearest(np.arange(10), 3)] == [
        6
    ]  # of 5 nobody with features is left


def test_typical_ones_lie_from_the_centre_to_the_median(line: Project) -> None:
    vectors = np.column_stack([np.arange(50.0), np.zeros(50)])
    centres = Centres(vectors)
    found = centres.typical(np.arange(41), 5)
    assert found[0] == 20
    assert len(set(found.tolist())) == 5
    assert np.abs(found - 20).max() <= 11
    assert sorted(centres.typical(np.arange(3), 5).tolist()) == [0, 1, 2]
    assert centres.typical(np.array([], np.int64), 5).tolist() == []
    assert centres.typical(np.array([49, 60]), 5).tolist() == [49, 60]  # 60 has no place


def test_a_row_goes_to_the_morph_that_has_its_neighbours_and_to_none_that_is_only_near() -> None:
    rng = np.random.default_rng(0)
    vectors = np.concatenate([rng.normal(size=(40, 4)) + place for place in (0, 0.5, 12)]).astype(np.float32)
    neighbours = np.full((120, 5), -1)
    neighbours[40:60] = [0, 1, 41, 42, 43]
    centres = Centres(vectors, neighbours)
    centres.follow(np.where(np.arange(120) < 40, 7, -1))
    assert offered_for(centres, np.arange(40, 60)) == Offered((7,), 7)
    assert offered_for(centres, np.arange(60, 80)) == Offered((7,), None)
    assert offered_for(centres, np.arange(80, 120)) == Offered((), None)


def test_a_few_neighbours_of_a_morph_that_lies_elsewhere_do_not_decide_where_a_row_goes() -> None:
    rng = np.random.default_rng(0)
    vectors = np.concatenate([rng.normal(size=(40, 4)) + place for place in (0, 3)]).astype(np.float32)
    neighbours = np.full((80, 5), 41)
    neighbours[:, 0] = 0  # a fifth are members
    centres = Centres(vectors, neighbours)
    centres.follow(np.where(np.arange(80) < 40, 7, -1))
    assert offered_for(centres, np.arange(40, 80)) == Offered((7,), None)
    neighbours[:, 1] = 0  # two fifths
    assert offered_for(centres, np.arange(40, 80)) == Offered((7,), 7)


def test_a_row_does_not_go_by_itself_to_a_morph_from_which_an_image_of_it_was_rejected(
    line: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(likeness, "SURE", 0.1)  # the groups of the line lie side by side
    near, centres, index = review.gather(line, group(1)), Centres.read(line), SeedIndex(line)
    (row,) = review.strip_page(line).rows

    def offered() -> Offered:
        node = Membership(line).node
        centres.follow(node)
        return offered_for_row(line, row, node=node, centres=centres, index=index)

    assert offered() == Offered((near,), near)
    review.reject(line, near, [row.objects[-1]])
    assert offered() == Offered((near,), None), "who wants to may still choose it"
