"""Feature sets are ranked without labels, on the same objects, and their nearest neighbours can be looked at."""

from __future__ import annotations

import numpy as np
import pytest

import morphoexplore as mx
from morphoexplore.errors import WrongValueError
from morphoexplore.steps import comparing, ranking
from morphoexplore.store import arrays, morphospace, runs
from morphoexplore.store.project import Project
from tests.made import add_array, add_objects


def grouped(rng: np.random.Generator, n: int, dims: int) -> np.ndarray:
    """Return vectors in tight groups of ten."""
    centres = rng.normal(scale=5, size=(n // 10 + 1, dims))
    return (centres[np.arange(n) // 10] + rng.normal(scale=0.3, size=(n, dims))).astype(np.float32)


@pytest.fixture
def study(empty_project: Project) -> Project:
    """A project with a feature set in groups and one of noise, both not ranked yet."""
    rng = np.random.default_rng(0)
    add_objects(empty_project, 400)
    add_array(empty_project, morphospace.FEATURES, "clear", grouped(rng, 400, 6))
    add_array(empty_project, morphospace.FEATURES, "noise", rng.normal(size=(400, 5)))
    return empty_project


def rank(project: Project) -> dict[str, float]:
    with runs.run(project, "rank", {}) as run:
        return ranking.rank(project, run)


def test_groups_are_told_from_noise_without_labels(study: Project) -> None:
    assert ranking.is_due(study)
    ratios = rank(study)
    assert ratios["clear"] > 3 > 2 > ratios["noise"]
    assert ranking.best(ratios) == "clear"
    assert {one["name"]: one["null_ratio"] for one in mx.status(study)["feature_sets"]} == ratios
    assert rank(study) == {}, "what was ranked is not ranked again"
    assert mx.check(study) == []


def test_the_same_set_gets_the_same_score_by_another_name(study: Project) -> None:
    values = np.array(arrays.read_array(study, morphospace.FEATURES, "clear"))
    add_array(study, morphospace.FEATURES, "copy", values * 7 + 3)
    ratios = rank(study)
    assert ratios["copy"] == ratios["clear"]


def test_a_set_made_anew_loses_its_score_and_one_that_grew_keeps_it_until_it_is_whole(study: Project) -> None:
    rank(study)
    rng = np.random.default_rng(1)
    add_array(study, morphospace.FEATURES, "clear", grouped(rng, 400, 6), new_version=True)
    assert ranking.ratio_of(study, "clear") is None
    assert set(rank(study)) == {"clear"}
    kept = [array for array in arrays.listing(study, ranking.RANKING) if array.name == "clear"]
    assert len(kept) == 1, "of a score that holds no more nothing is kept"
    assert not mx.check(study)
    add_objects(study, 100)
    assert ranking.ratio_of(study, "noise") is not None
    assert not ranking.is_due(study), "no set covers all objects"
    noise = arrays.find(study, morphospace.FEATURES, "noise")
    assert noise is not None
    with study.write() as conn:
        arrays.enter(
            conn, [arrays.write_shard(study, noise.array_id, 400, rng.normal(size=(100, 5)).astype("f4"))]
        )
    assert set(rank(study)) == {"noise"}
    assert ranking.rankings(study)["noise"].objects == 500


def test_objects_without_features_do_not_count(study: Project) -> None:
    values = np.array(arrays.read_array(study, morphospace.FEATURES, "clear"))
    values[::4] = np.nan
    add_array(study, morphospace.FEATURES, "holes", values)
    rank(study)
    assert ranking.rankings(study)["holes"].objects == 300


@pytest.mark.parametrize("values", [np.full((400, 3), np.nan), np.ones((400, 3))], ids=["empty", "equal"])
def test_what_cannot_be_ranked_has_no_score_and_is_not_tried_again(
    study: Project, values: np.ndarray
) -> None:
    add_array(study, morphospace.FEATURES, "useless", values)
    assert "useless" not in rank(study)
    assert ranking.ratio_of(study, "useless") is None
    assert not ranking.is_due(study)
    with pytest.raises(WrongValueError, match="cannot be compared in useless"):
        comparing.nearest(study, "useless", [0])


def test_few_objects_are_not_ranked(empty_project: Project) -> None:
    add_objects(empty_project, 40)
    add_array(empty_project, morphospace.FEATURES, "few", np.random.default_rng(0).normal(size=(40, 3)))
    assert not ranking.is_due(empty_project)
    assert mx.status(empty_project)["feature_sets"][0]["null_ratio"] is None


def test_extract_and_embed_rank(seeded: mx.Project) -> None:
    counts = mx.status(seeded)
    (classic,) = counts["feature_sets"]
    space = counts["embeddings"][0]
    assert classic["null_ratio"] > 1.5
    assert (space["features"], space["null_ratio"]) == (["classic"], classic["null_ratio"])
    listed = mx.runs(seeded)
    assert listed["verb"].tolist() == ["add", "extract", "embed", "seed"], "ranking is no run of its own"


def test_sets_of_an_earlier_version_are_ranked_by_embed(seeded: mx.Project) -> None:
    with seeded.write() as conn:
        for name in ("classic", ranking.JOINED):
            arrays.drop(conn, ranking.RANKING, name)
    assert mx.embed(seeded)["null_ratio"] > 1.5
    assert mx.status(seeded)["feature_sets"][0]["null_ratio"] > 1.5
    before = len(mx.runs(seeded))
    assert mx.embed(seeded)["objects"] == 0
    assert len(mx.runs(seeded)) == before
    assert not mx.check(seeded), "what was dropped is swept by the next run"


def test_random_objects_have_features_in_all_sets(study: Project) -> None:
    values = np.random.default_rng(0).normal(size=(400, 2))
    values[:200] = np.nan
    add_array(study, morphospace.FEATURES, "half", values)
    found = comparing.some_objects(study, ["clear", "half"])
    assert len(set(found.tolist())) == 10
    assert found.min() >= 200
    assert found.tolist() == comparing.some_objects(study, ["half", "clear"]).tolist()
    assert found.tolist() != comparing.some_objects(study, ["clear", "half"], random_state=1).tolist()
    assert comparing.some_objects(study, []).tolist() == []


@pytest.mark.parametrize("chunk", [64, 8192])
def test_the_nearest_in_a_set_are_of_the_same_group(
    study: Project, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(comparing, "CHUNK", chunk)
    rank(study)
    numbers = comparing.some_objects(study, ["clear"])
    found = comparing.nearest(study, "clear", numbers)
    assert found.shape == (10, 8)
    np.testing.assert_array_equal(found // 10, np.repeat(numbers[:, None] // 10, 8, axis=1))
    assert not (found == numbers[:, None]).any()


def test_neighbours_are_those_of_the_whole_set_brought_to_scale(seeded: mx.Project) -> None:
    for by in ("classic", None):
        wanted = mx.similar(seeded, 17, by=by, most=8)["object"].tolist()
        found = comparing.nearest(seeded, by or ranking.JOINED, [17])[0].tolist()
        assert len(set(wanted) & set(found)) >= 7, "a set is compared in its first 64 components"


def test_a_set_that_is_not_there_or_not_ranked_is_told(study: Project) -> None:
    with pytest.raises(WrongValueError, match=r"There is no feature set 'gone'\. Feature sets: clear, noise"):
        comparing.nearest(study, "gone", [0])
    with pytest.raises(WrongValueError, match=r"cannot be compared in clear .*morphoexplore embed"):
        comparing.nearest(study, "clear", [0])
