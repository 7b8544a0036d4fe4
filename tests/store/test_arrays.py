"""Arrays in shards: contiguous, whole, found again; a kill leaves only what sweep removes."""

from __future__ import annotations

import numpy as np
import pytest

from morphoexplore.errors import ProjectError
from morphoexplore.store import arrays, images, morphospace, objects, seeds, tree
from tests.made import add_array, add_objects


@pytest.fixture
def sharded(made_project):
    """An array of 30 rows of 2 in shards of 10, 15 and 5; the rows are 0, 1, 2, ..."""
    values = np.stack([np.arange(30), -np.arange(30)], 1).astype(np.float32)
    with made_project.write() as conn:
        number = arrays.declare(conn, "features", "classic", dtype="f4", width=2, run_id=1)
        arrays.enter(
            conn,
            [
                arrays.write_shard(made_project, number, start, values[start:stop])
                for start, stop in ((0, 10), (10, 25), (25, 30))
            ],
        )
    return made_project, number, values


@pytest.mark.parametrize(
    ("start", "stop"), [(0, 30), (0, None), (3, 7), (9, 11), (5, 28), (10, 25), (29, 99), (30, 40)]
)
def test_any_range_is_read_across_shards(sharded, start, stop):
    project, _, values = sharded
    found = arrays.read(project, arrays.find(project, "features", "classic"), start=start, stop=stop)
    np.testing.assert_array_equal(found, values[start:stop])
    assert found.dtype == np.float32


def test_an_array_without_shards_is_empty(made_project):
    with made_project.write() as conn:
        arrays.declare(conn, "features", "classic", dtype="f4", width=2, run_id=1)
    assert arrays.read_array(made_project, "features", "classic").shape == (0, 2)
    assert morphospace.embedding(made_project, "map") is None
    with pytest.raises(arrays.MissingArrayError, match="no features learned"):
        arrays.read_array(made_project, "features", "learned")


def test_a_gap_or_an_overlap_is_not_entered(sharded):
    project, number, _ = sharded
    for start in (29, 31):
        shard = arrays.write_shard(project, number, start, np.zeros((2, 2), np.float32))
        with (
            pytest.raises(ValueError, match=f"begins at object {start}, but its array ends at 30"),
            project.write() as conn,
        ):
            arrays.enter(conn, [shard])


def test_an_array_keeps_its_type_and_width(sharded):
    project, number, _ = sharded
    with project.write() as conn:
        assert arrays.declare(conn, "features", "classic", dtype="<f4", width=2, run_id=1) == number
        with pytest.raises(ValueError, match="features classic holds 2 <f4 per object, not 3 f4"):
            arrays.declare(conn, "features", "classic", dtype="f4", width=3, run_id=1)


def test_the_newest_version_is_found_and_older_ones_stay(sharded):
    project, _, values = sharded
    add_array(project, "features", "classic", np.ones((30, 3)), new_version=True)
    assert arrays.read_array(project, "features", "classic").shape == (30, 3)
    old = arrays.find(project, "features", "classic", version=1)
    np.testing.assert_array_equal(arrays.read(project, old), values)
    assert [found.version for found in morphospace.feature_sets(project)] == [2]


def test_a_kill_between_file_and_database_leaves_a_stray_that_the_next_run_sweeps(sharded):
    project, number, values = sharded
    arrays.write_shard(project, number, 30, values[:5])
    arrays.write_blob(project, "space-9", {"x": values})
    (project.folder / "arrays" / "00001" / "half.npy.77.tmp").write_bytes(b"half")
    assert len(arrays.strays(project)) == 3
    assert arrays.sweep(project) > 0
    assert arrays.strays(project) == []
    np.testing.assert_array_equal(arrays.read_array(project, "features", "classic"), values)


def test_a_write_that_fails_leaves_the_old_file_whole(tmp_path, monkeypatch):
    path = tmp_path / "file"
    arrays.write_whole(path, b"old")
    monkeypatch.setattr("os.fsync", lambda handle: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        arrays.write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def _file_of(project, kind):
    with project.read() as conn:
        row = conn.execute(
            "SELECT file FROM shard JOIN array USING (array_id) WHERE kind = ?", (kind,)
        ).fetchone()
    return project.folder / row["file"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"garbage"),
        lambda path: path.write_bytes(path.read_bytes()[:-40]),
    ],
    ids=["gone", "empty", "garbage", "cut off"],
)
def test_a_damaged_shard_or_blob_is_told_by_a_sentence(made_project, damage):
    damage(_file_of(made_project, "embedding"))
    with pytest.raises(ProjectError, match=r"cannot be read .*Run: morphoexplore check"):
        morphospace.read_pca(made_project)
    arrays.write_blob(made_project, "space", {"x": np.arange(3)})
    damage(made_project.folder / "arrays" / "space.npz")
    with pytest.raises(ProjectError, match=r"space.npz cannot be read"):
        arrays.read_blob(made_project, "space")


def test_a_blob_comes_back(made_project):
    arrays.write_blob(made_project, "space", {"x": np.arange(3), "name": np.array("pca")})
    found = arrays.read_blob(made_project, "space")
    assert found["x"].tolist() == [0, 1, 2]
    assert str(found["name"]) == "pca"


def test_pictures_come_back_and_a_damaged_pack_is_told(made_project):
    pictures = [b"first", b"", b"third"]
    data = images.pack_pictures(pictures)
    with made_project.write() as conn:
        number = arrays.declare(conn, "picture", "pictures", dtype="u1", width=0, run_id=1)
        shard = arrays.write_file(made_project, number, 0, 3, data, folder="tiles", suffix="jpegs")
        arrays.enter(conn, [shard])
    assert [images.picture(made_project, row) for row in (0, 1, 2, 3)] == [*pictures, b""]
    (made_project.folder / shard.file).write_bytes(data[:-2])
    with pytest.raises(ProjectError, match="cannot be read"):
        images.picture(made_project, 2)


def test_text_columns_come_back(made_project):
    dictionary: dict[str, int] = {}
    texts = ["a", None, "b", "a"]
    codes = objects.encode(texts, dictionary)
    assert objects.decode(codes, list(dictionary)).tolist() == texts


def test_samples_and_objects_of_an_empty_project_are_empty_tables(empty_project):
    assert objects.frame(empty_project).empty
    assert objects.samples(empty_project).empty
    assert tree.morphs(empty_project).empty
    assert seeds.listing(empty_project).empty
    assert list(tree.outline(empty_project)) == []


def test_samples_are_in_the_order_of_time(empty_project):
    add_objects(empty_project, 5, samples=2)
    with empty_project.write() as conn:
        conn.execute("UPDATE object SET datetime = '2019-01-01' WHERE object % 2 = 1")
    table = objects.samples(empty_project)
    assert table.index.tolist() == ["s1", "s0"]
    assert table["objects"].tolist() == [2, 3]


def test_images_that_moved_are_found_again(made_project, tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    (old / "sub").mkdir(parents=True)
    with made_project.write() as conn:
        images.put_source(
            conn,
            made_project,
            run_id=1,
            path=old,
            format="folder",
            root=old / "sub",
            crop_bottom=0,
            white_level=255,
        )
    old.rename(new)
    with pytest.raises(ProjectError, match="No images of this project lie below"):
        images.move_sources(made_project, tmp_path / "elsewhere", new)
    with pytest.raises(ProjectError, match="does not exist, so the images are not there"):
        images.move_sources(made_project, old, tmp_path / "nowhere")
    assert images.move_sources(made_project, old, new) == 1
    assert images.sources(made_project)[1].root == new / "sub"
