from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import morphoexplore as mx
from morphoexplore.cli import cli
from morphoexplore.errors import StepMissingError, WrongValueError
from morphoexplore.steps import refining
from morphoexplore.steps.overview import next_step
from morphoexplore.store import arrays, history, morphospace, tree
from tests import drawn


def refined_array(project: mx.Project) -> np.ndarray:
    return np.asarray(arrays.read_array(project, morphospace.FEATURES, "refined"))


@pytest.fixture
def refined(sorted_project: mx.Project) -> mx.Project:
    """A project whose morphospace is that of the refined features."""
    mx.refine(sorted_project, weight=0.6)
    mx.embed(sorted_project, features=["refined"])
    return sorted_project


def test_refined_features_are_of_all_objects_and_say_what_they_rest_on(sorted_project: mx.Project) -> None:
    result = mx.refine(sorted_project)
    array = arrays.find(sorted_project, morphospace.FEATURES, "refined")
    assert array is not None
    assert (array.version, array.stop) == (1, 300)
    assert (result["made"], result["objects"], result["features"]) == (True, 300, ["classic"])
    sizes = mx.morphs(sorted_project)["members"]
    assert (result["morphs"], result["members"]) == (len(sizes), sizes.sum())
    told = {name: array.parameters[name] for name in ("features", "weight", "morphs", "members", "new_after")}
    assert told["features"] == ["classic 1"]
    assert told.items() <= (result | {"features": ["classic 1"]}).items()
    assert mx.runs(sorted_project)["verb"].tolist()[-1] == "refine"
    assert not mx.check(sorted_project)


def test_the_view_helps_objects_that_are_free(sorted_project: mx.Project) -> None:
    forms = drawn.truth()
    labels = np.array([forms[one] for one in mx.objects(sorted_project)["object_id"]])
    free = tree.free_objects(sorted_project)

    def share() -> float:
        vectors = np.asarray(morphospace.read_pca(sorted_project))
        squares = ((vectors[free][:, None] - vectors[None]) ** 2).sum(axis=2)
        nearest = np.argsort(squares, axis=1)[:, 1:6]
        return float((labels[nearest] == labels[free][:, None]).mean())

    before = share()
    mx.refine(sorted_project)
    mx.embed(sorted_project, features=["refined"])
    assert share() > before


def test_refining_twice_makes_nothing_new_until_something_was_decided(sorted_project: mx.Project) -> None:
    first = mx.refine(sorted_project)
    before = len(mx.runs(sorted_project)), refined_array(sorted_project).tobytes()
    again = mx.refine(sorted_project)
    assert (again["made"], again["version"]) == (False, 1)
    assert {**again, "made": True} == first
    assert (len(mx.runs(sorted_project)), refined_array(sorted_project).tobytes()) == before
    node = int(mx.morphs(sorted_project).index[0])
    mx.review.reject(sorted_project, node, mx.morph_members(sorted_project, node)[:5])
    assert mx.refine(sorted_project)["version"] == 2


def test_the_same_morphs_give_the_same_refined_features(sorted_project: mx.Project) -> None:
    mx.refine(sorted_project, weight=0.5)
    first = refined_array(sorted_project).tobytes()
    mx.refine(sorted_project, weight=0.7)
    assert refined_array(sorted_project).tobytes() != first
    mx.refine(sorted_project, weight=0.5)
    assert refined_array(sorted_project).tobytes() == first


def test_the_morphospace_of_refined_features_keeps_their_distances(refined: mx.Project) -> None:
    vectors, features = np.asarray(morphospace.read_pca(refined)), refined_array(refined)
    rows = np.arange(0, 250)
    before = np.linalg.norm(features[rows] - features[rows + 50], axis=1)
    after = np.linalg.norm(vectors[rows] - vectors[rows + 50], axis=1)
    np.testing.assert_allclose(after / before, after[0] / before[0], rtol=1e-3)
    assert mx.seed(refined)["round"] == 2, "the next round is sought in it"
    assert not mx.check(refined)


def test_nothing_is_refined_twice(refined: mx.Project) -> None:
    first = refined_array(refined)
    result = mx.refine(refined, weight=0.6)
    assert result["made"] is False, "the base is still the unrefined morphospace"
    mx.refine(refined, weight=0.6, random_state=1)
    np.testing.assert_allclose(refined_array(refined).var(axis=0), first.var(axis=0), rtol=0.2)
    array = arrays.find(refined, morphospace.FEATURES, "refined")
    assert array is not None
    assert array.parameters["features"] == ["classic 1"]


def test_embed_goes_on_with_what_the_morphospace_is_made_of(sorted_project: mx.Project) -> None:
    mx.refine(sorted_project, weight=0.6)
    result = mx.embed(sorted_project)
    assert result["objects"] == 0, "as before: refined features are used where they are asked for"
    assert "embed" in result["notes"][0]
    assert "--features refined" in result["notes"][0]
    assert mx.embed(sorted_project, features=["refined"])["objects"] == 300
    assert mx.embed(sorted_project)["objects"] == 0
    assert mx.embed(sorted_project, features=["classic"])["objects"] == 300, "the way back"
    space = morphospace.embedding(sorted_project, morphospace.PCA)
    assert space is not None
    assert space.parameters["features"] == ["classic 1"]
    assert mx.embed(sorted_project)["objects"] == 0


def test_refining_again_moves_the_morphospace_at_the_next_embed(refined: mx.Project) -> None:
    mx.refine(refined, weight=0.3)
    assert mx.embed(refined)["objects"] == 300
    space = morphospace.embedding(refined, morphospace.PCA)
    assert space is not None
    assert space.parameters["features"] == ["refined 2"]


def test_refined_features_are_not_joined_with_what_they_are_made_of(refined: mx.Project) -> None:
    with pytest.raises(WrongValueError, match=r"stand alone: morphoexplore embed .* --features refined"):
        mx.embed(refined, features=["classic", "refined"])


def test_objects_added_later_get_their_refined_vector(refined: mx.Project, tmp_path: Path) -> None:
    before = refined_array(refined).tobytes()
    mx.add(refined, drawn.csv_source(tmp_path, each=6, skip=60, name="more"))
    with pytest.raises(
        StepMissingError, match=r"no classic features for 30 of its 330 objects yet. Run first"
    ):
        mx.embed(refined)
    mx.extract(refined)
    assert "--model refined" in next_step(refined, mx.status(refined))
    result = mx.embed(refined)
    assert (result["objects"], result["there"], result["without"]) == (30, 300, 0)
    after = refined_array(refined)
    assert after[:300].tobytes() == before
    assert np.isfinite(after[300:]).all()
    assert refining.describe_new(refined)["objects"] == 0
    assert not mx.check(refined)


def test_extract_describes_new_objects_by_refined_features_too(refined: mx.Project, tmp_path: Path) -> None:
    mx.add(refined, drawn.csv_source(tmp_path, each=2, skip=60, name="more"))
    mx.extract(refined)
    result = mx.extract(refined, model="refined")
    assert (result["objects"], result["there"]) == (10, 300)
    assert mx.runs(refined)["verb"].tolist()[-1] == "extract"
    assert mx.extract(refined, model="refined")["objects"] == 0
    with pytest.raises(WrongValueError, match="made anew by: morphoexplore refine"):
        mx.extract(refined, model="refined", again=True)


def test_extract_says_that_refined_features_are_made_by_refine(seeded: mx.Project) -> None:
    for verb in (lambda: mx.extract(seeded, model="refined"), lambda: mx.embed(seeded, features=["refined"])):
        with pytest.raises(
            StepMissingError, match=r"no refined features yet. Run first: morphoexplore refine"
        ):
            verb()


def test_new_objects_are_placed_as_if_they_had_been_there(refined: mx.Project, tmp_path: Path) -> None:
    path = drawn.csv_source(tmp_path, each=2, name="same")
    table = path.read_text(encoding="utf-8").replace(",drawn_", ",again_")
    path.write_text(table, encoding="utf-8")
    mx.add(refined, path)
    mx.extract(refined)
    mx.embed(refined)
    ids = mx.objects(refined)["object_id"].tolist()
    vectors = np.asarray(morphospace.read_pca(refined))
    for number in range(300, 310):
        twin = ids.index(ids[number].replace("again_", "drawn_"))
        np.testing.assert_allclose(vectors[number], vectors[twin], atol=1e-5)


def test_a_set_described_anew_grows_no_refined_one(refined: mx.Project, tmp_path: Path) -> None:
    mx.add(refined, drawn.csv_source(tmp_path, each=1, skip=60, name="more"))
    mx.extract(refined, again=True)
    with pytest.raises(WrongValueError, match=r"classic was described anew .* embed .* --features classic"):
        mx.embed(refined)
    mx.embed(refined, features=["classic"])
    assert mx.refine(refined, weight=0.6)["objects"] == 305


def test_a_set_that_came_later_is_told(refined: mx.Project) -> None:
    mx.extract(refined, model="test_resnet", untrained=True)
    name = morphospace.feature_sets(refined)[-1].name
    for notes in (mx.embed(refined)["notes"], mx.refine(refined, weight=0.6)["notes"]):
        assert any(f"do not rest on {name}" in note and f"classic,{name}" in note for note in notes)
    mx.embed(refined, features=["classic", name])
    assert mx.refine(refined, weight=0.6)["features"] == ["classic", name]


@pytest.mark.parametrize("when", ["first", "later"])
def test_a_kill_leaves_no_half_of_a_refined_set(
    sorted_project: mx.Project, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    if when == "later":
        mx.refine(sorted_project, weight=0.3)
    monkeypatch.setattr(refining, "SHARD", 100)
    write, written = arrays.write_loose_shard, []

    def killed(*args: Any) -> arrays.Shard:
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(write(*args))
        return written[-1]

    monkeypatch.setattr(arrays, "write_loose_shard", killed)
    with pytest.raises(KeyboardInterrupt):
        mx.refine(sorted_project, weight=0.6)
    there = arrays.find(sorted_project, morphospace.FEATURES, "refined")
    assert (there is None) == (when == "first")
    assert mx.embed(sorted_project)["objects"] == 0
    monkeypatch.setattr(arrays, "write_loose_shard", write)
    assert mx.refine(sorted_project, weight=0.6)["version"] == (1 if when == "first" else 2)
    assert not arrays.strays(sorted_project)
    assert not mx.check(sorted_project)


def test_new_objects_of_a_killed_embed_are_refined_from_where_it_was(
    refined: mx.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mx.add(refined, drawn.csv_source(tmp_path, each=6, skip=60, name="more"))
    mx.extract(refined)
    monkeypatch.setattr(refining, "SHARD", 10)
    write, written = arrays.write_shard, []

    def killed(*args: Any) -> arrays.Shard:
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(write(*args))
        return written[-1]

    monkeypatch.setattr(arrays, "write_shard", killed)
    with pytest.raises(KeyboardInterrupt):
        mx.embed(refined)
    assert len(refined_array(refined)) == 320
    monkeypatch.setattr(arrays, "write_shard", write)
    assert mx.embed(refined)["objects"] == 30
    assert np.isfinite(refined_array(refined)).all()


# ------------------------------------------------------------------------------------ what it may rest on


def test_without_a_morphospace_it_says_what_is_missing(project: mx.Project) -> None:
    with pytest.raises(StepMissingError, match=r"no morphospace yet. Run first: morphoexplore embed"):
        mx.refine(project)


def test_without_two_morphs_it_says_what_is_missing(seeded: mx.Project) -> None:
    with pytest.raises(
        WrongValueError, match=r"at least two of them; there are none yet. Confirm seeds first"
    ):
        mx.refine(seeded)
    mx.review.confirm(seeded, int(mx.seeds(seeded, "pending").index[0]))
    with pytest.raises(WrongValueError, match="1 of the 1 morphs has so many"):
        mx.refine(seeded)
    assert refining.why_not(seeded) is not None
    mx.review.confirm(seeded, int(mx.seeds(seeded, "pending").index[0]))
    assert refining.why_not(seeded) is None


def test_imported_and_doubtful_members_do_not_count(seeded: mx.Project) -> None:
    with history.decision(seeded, "import") as edit:
        for first in (0, 50):
            node = edit.add_node(is_branch=False, name=f"imported {first}")
            edit.assign(np.arange(first, first + 50), node, origin="imported")
    with pytest.raises(WrongValueError, match=r"imported and doubtful ones do not count.*there are none"):
        mx.refine(seeded)


def test_looked_at_members_are_counted(seeded: mx.Project) -> None:
    first, second = (int(one) for one in mx.seeds(seeded, "pending").index[:2])
    shown = mx.seed_objects(seeded, first)[:7]
    mx.review.confirm(seeded, first, shown=shown)
    mx.review.confirm(seeded, second)
    assert mx.refine(seeded, weight=0.5)["looked"] == 7


@pytest.mark.parametrize("weight", [0, -1, 1.5, float("nan")])
def test_a_weight_that_is_none_is_refused(sorted_project: mx.Project, weight: float) -> None:
    with pytest.raises(WrongValueError, match="Give more than 0 and at most 1"):
        mx.refine(sorted_project, weight=weight)


def test_where_morphs_do_not_help_nothing_is_made(seeded: mx.Project) -> None:
    order = np.random.default_rng(0).permutation(300)
    with history.decision(seeded, "sort at random") as edit:
        for part in np.array_split(order[:200], 10):
            node = edit.add_node(is_branch=False)
            edit.assign(part, node, origin="seed")
    result = mx.refine(seeded)
    assert (result["weight"], result["version"], result["made"]) == (0, None, False)
    assert [one["name"] for one in mx.status(seeded)["feature_sets"]] == ["classic"]


# ---------------------------------------------------------------------------------------- the command line


def run(*words: object) -> Any:
    from click.testing import CliRunner

    result = CliRunner().invoke(cli, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_verb_says_what_it_made_and_what_is_next(sorted_project: mx.Project) -> None:
    lines = run("refine", sorted_project.folder, "--weight", "0.6").splitlines()
    assert f"Refined classic by {len(mx.morphs(sorted_project))} morphs with" in lines[0]
    assert "60% of their variance is what separates morphs" in lines[0]
    assert "Tried on members that were left out" in lines[1]
    assert lines[-1] == f"Next: morphoexplore embed {sorted_project.folder} --features refined"
    again = run("refine", sorted_project.folder, "--weight", "0.6")
    assert again.startswith("This is there already: refined classic")
    assert json.loads(run("refine", sorted_project.folder, "--weight", "0.6", "--json"))["weight"] == 0.6


def test_the_verb_says_where_nothing_is_gained(
    sorted_project: mx.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("morphoexplore.methods.leaving_out.Trial.best", lambda _: (0, 0))
    lines = run("refine", sorted_project.folder).splitlines()
    morphs = len(mx.morphs(sorted_project))
    assert lines[0].startswith(f"Nothing was made: what separates {morphs} morphs with")
    assert lines[0].endswith("does not help yet to find what is not named.")
    assert "refine again" in lines[-1]
