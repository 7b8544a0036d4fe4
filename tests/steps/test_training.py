"""``train`` stores a model whole or not at all, goes on after a kill, and ``extract`` uses it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import morphoexplore as mx
from morphoexplore.errors import ModelError, StepMissingError, WrongValueError
from morphoexplore.methods.recipe import Recipe
from morphoexplore.methods.trained import load_trained
from morphoexplore.steps import describing, extracting, training
from morphoexplore.steps.drawing import ImageTask, read_image
from morphoexplore.store import arrays
from tests import drawn

TINY = Recipe(size=32, width=4, batch=8, hidden=16, projected=8, whitened=6, warm_up=5)
MODEL = Path("models") / "learned.safetensors"


@pytest.fixture(scope="module")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    project = mx.create_project(folder / "study", user="ana")
    mx.add(project, drawn.csv_source(tmp_path_factory.mktemp("source"), each=12))
    return folder / "study"


@pytest.fixture
def study(small_folder: Path, tmp_path: Path) -> mx.Project:
    """A project with 60 objects, not described yet."""
    return mx.open_project(shutil.copytree(small_folder, tmp_path / "study"), user="ana")


def train(project: mx.Project, **options: object) -> dict:
    return mx.train(project, **{"images_seen": 96, "recipe": TINY, **options})


def weights(path: Path) -> bytes:
    network = load_trained(path, device="cpu")
    return b"".join(value.numpy().tobytes() for value in network._backbone.state_dict().values())


def test_training_needs_objects(project: mx.Project) -> None:
    with pytest.raises(StepMissingError, match=r"no objects yet. Run first: morphoexplore add"):
        mx.train(project)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"minutes": 3, "images_seen": 3}, "not both"),
        ({"minutes": 0}, "0 minutes is not possible"),
        ({"images_seen": 0}, "0 images is not possible"),
        ({"minutes": 1}, "With 60 images .* not worth its time.*--images 6000"),
    ],
)
def test_budgets_that_cannot_be(study: mx.Project, options: dict[str, object], words: str) -> None:
    with pytest.raises(WrongValueError, match=words):
        mx.train(study, **options)
    assert not (study.folder / MODEL).exists()


def test_a_trained_model_describes_the_objects(study: mx.Project) -> None:
    told: list[int] = []
    result = train(study, tell=lambda step: told.append(step.seen))
    assert (result["objects"], result["images_seen"], result["trained"]) == (60, 96, True)
    assert "not worth its time" in result["notes"][0]
    assert told[-1] == 96
    assert sorted(path.name for path in (study.folder / "models").iterdir()) == ["learned.safetensors"]
    about = load_trained(study.folder / MODEL).about
    assert (about["images"], about["project"], about["random_state"]) == (60, "study", 0)
    assert {"torch", "morphoexplore"} <= set(about["versions"])
    again = train(study)
    assert (again["trained"], again["loss"]) == (False, result["loss"])

    assert mx.extract(study, model="learned")["dims"] == result["dims"] + extracting.SIDES
    vectors = arrays.read_array(study, "features", "learned")
    assert np.isfinite(vectors).all()
    assert (vectors[:, -2] >= vectors[:, -1]).all(), "the long side comes before the short one"
    assert mx.extract(study, model="learned")["there"] == 60
    assert mx.embed(study, features=["learned"])["objects"] == 60
    assert mx.runs(study)["state"].eq("done").all()
    assert not mx.check(study)


def test_a_killed_training_goes_on(study: mx.Project, monkeypatch: pytest.MonkeyPatch) -> None:
    train(study)
    whole = weights(study.folder / MODEL)
    monkeypatch.setattr(training, "KEEP_EVERY", 0)

    def stop(step: object) -> None:
        if step.seen > 48:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(study, again=True, tell=stop)
    assert weights(study.folder / MODEL) == whole, "the former model stays until there is a new one"
    with pytest.raises(WrongValueError, match=r"other settings .*--again"):
        train(study, random_state=1)
    seen: list[int] = []
    assert train(study, tell=lambda step: seen.append(step.seen))["trained"]
    assert seen[0] == 56, "the last checkpoint was at 48"
    assert weights(study.folder / MODEL) == whole
    assert mx.runs(study)["state"].tolist()[-4:] == ["done", "interrupted", "failed", "done"]


def test_canvases_are_drawn_once_and_new_objects_added(study: mx.Project, tmp_path: Path) -> None:
    train(study, images_seen=8)
    before = np.array(arrays.read_array(study, "canvas", "canvases"))
    assert before.shape == (60, 64, 128, 1)
    mx.add(study, drawn.csv_source(tmp_path, each=3, skip=60, name="more"))
    assert train(study, images_seen=8, again=True)["objects"] == 75
    after = arrays.read_array(study, "canvas", "canvases")
    np.testing.assert_array_equal(after[:60], before)


def test_what_a_training_has_drawn_is_not_read_again(
    study: mx.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(study, images_seen=8)
    mx.add(study, drawn.csv_source(tmp_path, each=3, skip=60, name="more"))
    read: list[int] = []

    def watched(task: ImageTask, place: int) -> np.ndarray | None:
        read.append(task.start + place)
        return read_image(task, place)

    monkeypatch.setattr(describing, "read_image", watched)
    assert mx.extract(study, model="learned")["objects"] == 75
    assert sorted(read) == list(range(60, 75))
    found = np.array(arrays.read_array(study, "features", "learned"))
    with study.write() as conn:
        arrays.drop(conn, "canvas", "sides")  # as in projects of an earlier version
    assert mx.extract(study, model="learned", again=True)["objects"] == 75
    assert len(read) == 15 + 75
    np.testing.assert_array_equal(arrays.read_array(study, "features", "learned"), found)
    assert train(study, images_seen=8, again=True)["objects"] == 75, (
        "new canvases are drawn beside the old ones"
    )


def test_images_that_cannot_be_read_are_left_out(project: mx.Project, tmp_path: Path) -> None:
    source = drawn.csv_source(tmp_path, each=8)
    broken = sorted((tmp_path / "index_images").iterdir())[5]
    mx.add(project, source)
    broken.write_bytes(b"no image")
    assert train(project, images_seen=8)["objects"] == 39
    result = mx.extract(project, model="learned")
    assert result["unreadable"] == 1
    vectors = arrays.read_array(project, "features", "learned")
    assert np.isnan(vectors).all(axis=1).sum() == 1
    assert np.isnan(vectors).any(axis=1).sum() == 1


def test_the_model_of_a_colleague(study: mx.Project, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no model at .* Train one: morphoexplore train"):
        mx.extract(study, model="learned")
    train(study, images_seen=8)
    mine = tmp_path / "mine.safetensors"
    (study.folder / MODEL).rename(mine)
    assert mx.extract(study, model="learned", weights=mine)["objects"] == 60
    train(study, images_seen=16)
    with pytest.raises(WrongValueError, match=r"made with weights mine.safetensors \(.*--again"):
        mx.extract(study, model="learned")
    (tmp_path / "other.safetensors").write_bytes(b"something else")
    with pytest.raises(ModelError, match="no file of safetensors"):
        mx.extract(study, model="learned", weights=tmp_path / "other.safetensors", again=True)


def test_sizes_are_compared_in_mm_where_pixels_have_a_size(project: mx.Project, tmp_path: Path) -> None:
    from morphoexplore.steps.extracting import read_block
    from morphoexplore.store import morphospace

    mx.add(project, drawn.csv_source(tmp_path, each=8), pixel_size=0.02)
    train(project, images_seen=8)
    mx.extract(project, model="learned")
    (array,) = morphospace.feature_sets(project)
    plain, compared = (read_block(project, array, reference) for reference in (None, 0.01))
    np.testing.assert_array_equal(compared[:, : -extracting.SIDES], plain[:, : -extracting.SIDES])
    np.testing.assert_allclose(
        compared[:, -extracting.SIDES :], plain[:, -extracting.SIDES :] + np.log(2), rtol=1e-5
    )


@pytest.mark.parametrize("name", ["canvases", "sides"])
def test_what_a_training_has_drawn_is_not_needed(study: mx.Project, name: str) -> None:
    train(study, images_seen=8)
    mx.extract(study, model="learned")
    found = np.array(arrays.read_array(study, "features", "learned"))
    with study.read() as conn:
        (file,) = conn.execute(
            "SELECT file FROM shard JOIN array USING (array_id) WHERE name = ?", (name,)
        ).fetchone()
    (study.folder / file).unlink()
    (damaged,) = mx.check(study)
    assert f"morphoexplore train {study.folder} --again" in damaged.advice
    assert mx.extract(study, model="learned", again=True)["objects"] == 60
    np.testing.assert_array_equal(arrays.read_array(study, "features", "learned"), found)
    assert train(study, images_seen=8, again=True)["objects"] == 60
    assert all(one.is_harmless for one in mx.check(study))
