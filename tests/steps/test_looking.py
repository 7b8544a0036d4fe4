"""All that is known of one object."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.errors import DecisionError, StepMissingError
from morphoexplore.steps import looking
from morphoexplore.steps.looking import MorphView, SeedView
from morphoexplore.steps.originals import Originals
from morphoexplore.store import arrays, objects
from morphoexplore.store.project import Project
from tests.made import add_array, add_round


def test_a_free_object_is_described(made_project: Project) -> None:
    shown = looking.describe(made_project, 9)
    assert (shown.number, shown.object_id, shown.sample) == (9, "obj_9", "s1")
    assert (shown.acquisition, shown.pixel_size, shown.depth) == ("s1_acquisition", 0.01, (0.0, 75.0))
    assert (shown.datetime, shown.latitude, shown.longitude) == ("2020-05-01T00:00:00", 43.7, 7.3)
    assert shown.morph is None
    assert shown.events == ()
    assert shown.images == ()
    assert shown.seeds == (SeedView(2, 1, "pending"),)


def test_there_is_no_object_beyond_the_last(made_project: Project) -> None:
    for number in (30, -1):
        with pytest.raises(
            DecisionError, match=f"no object number {number}; this project has the numbers 0 to 29"
        ):
            looking.describe(made_project, number)


def test_a_member_says_where_it_is_and_how_it_came_in(made_project: Project) -> None:
    morph = review.confirm(made_project, 1, name="Copepod", shown=[0], doubtful=[1])
    inner = review.make_branch(made_project, name="Crustacea", owns=[morph])
    review.make_branch(made_project, owns=[inner])
    above = ("branch 3", "Crustacea")
    assert looking.describe(made_project, 0).morph == MorphView(
        morph, "Copepod", above, "looked", is_doubtful=False
    )
    assert looking.describe(made_project, 1).morph == MorphView(
        morph, "Copepod", above, "looked", is_doubtful=True
    )
    assert looking.describe(made_project, 2).morph == MorphView(
        morph, "Copepod", above, "seed", is_doubtful=False
    )
    assert looking.describe(made_project, 2).seeds == (SeedView(1, 1, "confirmed"),)


def test_a_later_look_or_an_undo_ends_the_doubt(made_project: Project) -> None:
    morph = review.confirm(made_project, 1, shown=[0])
    review.gather(made_project, [0], into=morph, shown=[0])
    assert not looking.describe(made_project, 0).morph.is_doubtful  # type: ignore[union-attr]
    review.undo(made_project)
    review.undo(made_project)
    review.confirm(made_project, 1, doubtful=[0])
    assert looking.describe(made_project, 0).morph.is_doubtful  # type: ignore[union-attr]
    review.gather(made_project, [0], into=2, shown=[0])
    assert not looking.describe(made_project, 0).morph.is_doubtful  # type: ignore[union-attr]


def test_the_history_of_an_object_is_told_newest_first(made_project: Project) -> None:
    first = review.confirm(made_project, 1, shown=[0])
    second = review.confirm(made_project, 2)
    review.move(made_project, [0], second)
    review.move(made_project, [1], second)  # does not concern object 0
    review.undo(made_project)
    review.reject(made_project, second, [0])
    review.undo(made_project)
    said = [
        (event.decision.verb, event.look and event.look.answer, event.is_undone)  # type: ignore[union-attr]
        for event in looking.describe(made_project, 0).events
    ]
    assert said == [("reject", "wrong", True), ("move", "right", False), ("confirm", "right", False)]
    unseen = looking.describe(made_project, 2).events
    assert [(event.decision.verb, event.look) for event in unseen] == [("confirm", None)]  # type: ignore[union-attr]
    assert unseen[0].decision.node_id == first  # type: ignore[union-attr]


def test_seeds_of_all_rounds_are_named_newest_first(made_project: Project) -> None:
    review.discard(made_project, 1)
    labels = np.full(30, -1)
    labels[:3] = 0
    add_round(made_project, labels)
    assert looking.describe(made_project, 0).seeds == (SeedView(5, 2, "pending"), SeedView(1, 1, "discarded"))
    assert looking.describe(made_project, 9).seeds == (SeedView(2, 1, "replaced"),)
    assert looking.describe(made_project, 29).seeds == ()


def test_metadata_come_from_the_newest_version_with_texts_out_of_their_dictionary(
    made_project: Project,
) -> None:
    add_array(made_project, "metadata", "area", np.arange(30.0))
    add_array(made_project, "metadata", "area", np.arange(30.0) * 2, new_version=True)
    add_array(made_project, "metadata", "gap", np.full(30, np.nan))
    number = add_array(made_project, "metadata", "stage", np.array([0, 1, objects.EMPTY] * 10, np.int32))
    add_array(made_project, "metadata", "short", np.arange(4.0))
    with made_project.write() as conn:
        objects.put_terms(conn, number, {"adult": 0, "juvenile": 1})
    found = looking.describe(made_project, 4).metadata["object"]
    assert found == {"area": 8.0, "gap": None, "stage": "juvenile"}
    assert looking.describe(made_project, 5).metadata["object"]["stage"] is None
    assert looking.describe(made_project, 4).metadata["sample"] == {}


def test_rows_are_read_by_number_across_shards(made_project: Project) -> None:
    number = add_array(made_project, "features", "some", np.arange(20.0).reshape(10, 2))
    with made_project.write() as conn:
        more = np.arange(20, 60, dtype=np.float32).reshape(20, 2)
        arrays.enter(conn, [arrays.write_shard(made_project, number, 10, more)])
    array = arrays.find(made_project, "features", "some")
    assert array is not None
    np.testing.assert_array_equal(
        arrays.read_rows(made_project, array, [29, 0, 10, 9])[:, 0], [58, 0, 20, 18]
    )
    assert arrays.read_rows(made_project, array, []).shape == (0, 2)
    for strange in ([30], [-1]):
        with pytest.raises(IndexError, match="covers objects 0 to 29"):
            arrays.read_rows(made_project, array, strange)


# ------------------------------------------------------------------------------------------- similar


def test_alike_is_what_the_matrix_product_finds(made_project: Project) -> None:
    exact = mx.similar(made_project, 3, most=10)["object"].tolist()
    assert looking.alike(made_project, 3, most=10).tolist() == exact


def test_alike_goes_from_neighbours_to_their_neighbours(made_project: Project) -> None:
    exact = {number: mx.similar(made_project, number, most=29)["object"].to_numpy() for number in range(30)}
    graph = np.array([exact[number][:5] for number in range(30)], np.int32)
    add_array(made_project, "embedding", "neighbours", graph)
    assert looking.alike(made_project, 3, most=4).tolist() == exact[3][:4].tolist()
    found = looking.alike(made_project, 3, most=7)
    assert found[:5].tolist() == exact[3][:5].tolist()
    assert found.tolist() == exact[3][:7].tolist()  # a dense seed of eight: all within two steps
    assert 3 not in found
    assert len(set(looking.alike(made_project, 3, most=24).tolist())) >= 7


def test_alike_says_why_there_is_nothing(made_project: Project, empty_project_of_one: Project) -> None:
    with pytest.raises(StepMissingError):
        looking.alike(empty_project_of_one, 0)
    vectors = np.zeros((30, 2), np.float32)
    vectors[7] = np.nan
    add_array(made_project, "embedding", "pca", vectors, new_version=True)
    with pytest.raises(DecisionError, match="no features"):
        looking.alike(made_project, 7)


@pytest.fixture
def empty_project_of_one(tmp_path: Path) -> Project:
    folder = tmp_path / "source"
    folder.mkdir()
    Image.fromarray(np.full((20, 30), 200, np.uint8)).save(folder / "one.png")
    project = mx.create_project(tmp_path / "of_one", user="ana")
    mx.add(project, tmp_path / "source")
    return project


def test_titles_of_morphs(made_project: Project) -> None:
    review.confirm(made_project, 1, name="Copepod")
    review.confirm(made_project, 2)
    assert looking.titles(made_project, np.array([0, 9, 29])) == {0: "Copepod", 9: "morph 2"}


def test_an_original_is_read_once_and_looked_at(empty_project_of_one: Project, tmp_path: Path) -> None:
    originals = Originals(empty_project_of_one)
    look = originals.look(0, 0)
    assert (look.width, look.height, look.ground) == (30, 20, (200, 200, 200))
    (tmp_path / "source" / "one.png").unlink()
    assert originals.read(0, 0)[1] == "image/png"
