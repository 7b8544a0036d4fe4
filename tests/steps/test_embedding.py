from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import morphoexplore as mx
from morphoexplore.errors import StepMissingError, WrongValueError
from morphoexplore.store import morphospace
from tests import drawn


def made_of_boxes(project: mx.Project, folder: Path, count: int, *, alike: bool = False) -> None:
    """Add images of dark boxes, and one that cannot be read."""
    random = np.random.default_rng(0)
    folder.mkdir()
    for number in range(count):
        pixels = np.full((40, 50), 255, np.uint8)
        height, width = (10, 15) if alike else random.integers(5, 30, 2)
        pixels[5 : 5 + height, 5 : 5 + width] = 90
        Image.fromarray(pixels).save(folder / f"{number:03d}.png")
    (folder / "broken.png").write_bytes(b"no image")
    mx.add(project, folder)
    mx.extract(project)


def test_an_embedding_needs_features(project: mx.Project, tmp_path: Path) -> None:
    with pytest.raises(StepMissingError, match=r"no feature set yet. Run first: morphoexplore extract"):
        mx.embed(project)
    made_of_boxes(project, tmp_path / "in", 3)
    with pytest.raises(WrongValueError, match=r"no feature set 'dino'. Feature sets: classic"):
        mx.embed(project, features=["dino"])


@pytest.mark.parametrize("count", [2, 3, 5, 15, 17])
def test_few_objects_get_a_place_and_a_broken_image_none(
    project: mx.Project, tmp_path: Path, count: int
) -> None:
    made_of_boxes(project, tmp_path / "in", count)
    result = mx.embed(project)
    assert (result["objects"], result["without"]) == (count + 1, 1)
    assert np.isfinite(morphospace.read_map(project)[:count]).all()
    neighbours, _ = morphospace.read_neighbours(project)
    assert neighbours[:count, : min(15, count - 1)].min() >= 0
    assert (neighbours[count] == -1).all()
    assert not mx.check(project)


@pytest.mark.parametrize(
    ("count", "alike", "words"),
    [(1, False, "at least 2 objects"), (6, True, "No feature varies")],
)
def test_objects_that_do_not_differ_are_told_in_a_sentence(
    project: mx.Project, tmp_path: Path, count: int, alike: bool, words: str
) -> None:
    made_of_boxes(project, tmp_path / "in", count, alike=alike)
    with pytest.raises(WrongValueError, match=words):
        mx.embed(project)
    assert mx.status(project)["embeddings"] == []


def test_the_morphospace_is_frozen_and_new_objects_are_projected(seeded: mx.Project, tmp_path: Path) -> None:
    before = np.array(morphospace.read_pca(seeded)), np.array(morphospace.read_map(seeded))
    mx.add(seeded, drawn.csv_source(tmp_path, each=6, skip=60, name="more"))
    mx.extract(seeded)
    result = mx.embed(seeded)
    assert (result["objects"], result["there"], result["notes"]) == (30, 300, [])
    pca, places = morphospace.read_pca(seeded), morphospace.read_map(seeded)
    assert pca[:300].tobytes() == before[0].tobytes()
    assert places[:300].tobytes() == before[1].tobytes()
    assert np.isfinite(pca).all()
    assert np.isfinite(places).all()
    neighbours, _ = morphospace.read_neighbours(seeded)
    assert len(neighbours) == 330
    assert (neighbours >= 300).any(), "new objects are neighbours of old ones"


def test_embedding_twice_places_nothing_and_changes_nothing(seeded: mx.Project) -> None:
    before = len(mx.runs(seeded))
    assert mx.embed(seeded)["objects"] == 0
    assert len(mx.runs(seeded)) == before


def test_a_new_random_state_needs_a_new_morphospace(seeded: mx.Project) -> None:
    with pytest.raises(WrongValueError, match=r"made with random state 0. Add --refit"):
        mx.embed(seeded, random_state=7)
    assert mx.embed(seeded, random_state=7, refit=True)["objects"] == 300
    assert mx.embed(seeded)["objects"] == 0, "the random state of the morphospace holds"


def test_a_morphospace_fitted_to_few_objects_is_told(project: mx.Project, tmp_path: Path) -> None:
    made_of_boxes(project, tmp_path / "few", 5)
    assert mx.embed(project)["notes"] == []
    mx.add(project, drawn.csv_source(tmp_path, each=3))
    mx.extract(project)
    (note,) = mx.embed(project)["notes"]
    assert "fitted to the first 6 objects" in note
    assert mx.embed(project, refit=True)["notes"] == []


def test_one_pixel_size_places_objects_as_none_does(tmp_path: Path) -> None:
    found = []
    for name, size in (("none", None), ("one", 0.01)):
        project = mx.create_project(tmp_path / name)
        mx.add(project, drawn.csv_source(tmp_path / f"in-{name}", each=4), pixel_size=size)
        mx.extract(project)
        mx.embed(project)
        found.append(morphospace.read_pca(project).tobytes())
    assert found[0] == found[1]


def test_sizes_stay_comparable_when_a_source_of_another_scale_joins(tmp_path: Path) -> None:
    project = mx.create_project(tmp_path / "study")
    fine = drawn.csv_source(tmp_path / "fine", each=12)
    mx.add(project, fine, pixel_size=0.01)
    mx.extract(project)
    mx.embed(project)
    coarse = tmp_path / "coarse"
    coarse.mkdir()
    for path in sorted((tmp_path / "fine/index_images").iterdir()):
        with Image.open(path) as image:
            half = image.resize((max(1, image.width // 2), max(1, image.height // 2)), Image.Resampling.BOX)
            half.save(coarse / f"half_{path.stem}.png")
    mx.add(project, coarse, pixel_size=0.02)
    mx.extract(project)
    mx.embed(project)
    vectors = morphospace.read_pca(project)
    ids = mx.objects(project)["object_id"].tolist()
    place = {object_id: number for number, object_id in enumerate(ids)}
    originals = np.array([place[object_id] for object_id in ids[:60]])
    halves = np.array([place[f"half_{object_id}"] for object_id in ids[:60]])
    between = np.linalg.norm(vectors[originals] - vectors[halves], axis=1)
    others = np.linalg.norm(vectors[originals] - vectors[np.roll(halves, 7)], axis=1)
    assert np.median(between) < 0.6 * np.median(others)


def test_a_new_object_without_pixel_size_cannot_join_sizes_in_mm(tmp_path: Path) -> None:
    project = mx.create_project(tmp_path / "study")
    mx.add(project, drawn.csv_source(tmp_path / "1", each=4), pixel_size=0.01)
    mx.extract(project)
    mx.embed(project)
    (tmp_path / "2").mkdir()
    Image.fromarray(np.full((20, 20), 80, np.uint8)).save(tmp_path / "2/new.png")
    mx.add(project, tmp_path / "2")
    mx.extract(project)
    with pytest.raises(WrongValueError, match="1 new objects have no pixel size"):
        mx.embed(project)
    mx.add(project, tmp_path / "2", update=True, pixel_size=0.02)
    assert mx.embed(project)["objects"] == 1


def test_sizes_that_compare_in_pixels_only_are_told(project: mx.Project, tmp_path: Path) -> None:
    mx.add(project, drawn.csv_source(tmp_path, each=2, name="sized"), pixel_size=0.01)
    mx.add(project, drawn.csv_source(tmp_path, each=2, skip=20, name="bare"))
    mx.extract(project)
    notes = mx.embed(project)["notes"]
    assert len(notes) == 1  # two of the others are of an acquisition of which the size is known
    assert "compared in pixels, although 12 of 20 objects have a pixel size. Give the others" in notes[0]
