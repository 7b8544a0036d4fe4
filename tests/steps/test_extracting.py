from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import morphoexplore as mx
from morphoexplore.errors import ModelError, ProjectError, StepMissingError, WrongValueError
from morphoexplore.steps import extracting, workers
from morphoexplore.store import arrays
from tests import drawn

NETWORK = "test_vit"


def test_features_need_objects(project: mx.Project) -> None:
    with pytest.raises(StepMissingError, match=r"no objects yet. Run first: morphoexplore add"):
        mx.extract(project)


def test_describing_twice_describes_once(seeded: mx.Project) -> None:
    before = np.array(arrays.read_array(seeded, "features", "classic"))
    result = mx.extract(seeded)
    assert (result["objects"], result["there"], result["dims"]) == (0, 300, before.shape[1])
    again = mx.extract(seeded, again=True)
    assert again["objects"] == 300
    np.testing.assert_array_equal(arrays.read_array(seeded, "features", "classic"), before)


def test_only_new_objects_are_described(seeded: mx.Project, tmp_path: Path) -> None:
    before = np.array(arrays.read_array(seeded, "features", "classic"))
    mx.add(seeded, drawn.csv_source(tmp_path, each=3, skip=60, name="more"))
    result = mx.extract(seeded)
    assert (result["objects"], result["there"]) == (15, 300)
    np.testing.assert_array_equal(arrays.read_array(seeded, "features", "classic")[:300], before)


def test_the_number_of_processes_and_the_size_of_shards_change_nothing(
    seeded: mx.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = np.array(arrays.read_array(seeded, "features", "classic"))
    monkeypatch.setattr(extracting, "SHARD", 64)
    monkeypatch.setattr(extracting, "TASK", 16)
    monkeypatch.setattr(workers, "count", lambda: 1)
    mx.extract(seeded, again=True)
    after = np.array(arrays.read_array(seeded, "features", "classic"))
    assert after.tobytes() == before.tobytes()


def test_an_interrupted_description_goes_on(seeded: mx.Project, monkeypatch: pytest.MonkeyPatch) -> None:
    before = np.array(arrays.read_array(seeded, "features", "classic"))
    monkeypatch.setattr(extracting, "SHARD", 64)
    monkeypatch.setattr(extracting, "TASK", 32)

    def stop_after_three(project: mx.Project, array_id: int, start: int, values: np.ndarray) -> arrays.Shard:
        if start >= 128:
            raise KeyboardInterrupt
        return write(project, array_id, start, values)

    write = arrays.write_shard
    with monkeypatch.context() as patch:
        patch.setattr(arrays, "write_shard", stop_after_three)
        with pytest.raises(KeyboardInterrupt):
            mx.extract(seeded, again=True)
    with pytest.raises(StepMissingError, match="classic features for 172 of its 300 objects"):
        mx.embed(seeded)
    assert mx.extract(seeded)["there"] == 128
    assert arrays.read_array(seeded, "features", "classic").tobytes() == before.tobytes()
    assert mx.runs(seeded)["state"].tolist()[-2:] == ["interrupted", "done"]
    assert not mx.check(seeded)


def test_networks_describe_too_and_two_settings_never_mix(seeded: mx.Project, tmp_path: Path) -> None:
    result = mx.extract(seeded, model=NETWORK, untrained=True)
    assert result["objects"] == 300
    assert np.isfinite(arrays.read_array(seeded, "features", NETWORK)).all()
    with pytest.raises(WrongValueError, match=r"made with untrained True.*--again"):
        mx.extract(seeded, model=NETWORK, weights=tmp_path / "other.pth")
    assert mx.embed(seeded)["objects"] == 300, "a new feature set makes a new morphospace"
    assert mx.embed(seeded, features=[NETWORK, "classic"])["objects"] == 0, "the order does not matter"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"model": "no_such_net"}, "no_such_net"),
        ({"model": NETWORK, "weights": Path("gone.pth")}, "There is no file of weights at gone.pth"),
    ],
)
def test_models_that_cannot_be_had(seeded: mx.Project, options: dict[str, object], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        mx.extract(seeded, **options)
    assert [array["name"] for array in mx.status(seeded)["feature_sets"]] == ["classic"]


def _die(number: int) -> int:
    if number == 3:
        os._exit(9)
    return number


def test_a_killed_worker_is_told_in_a_sentence() -> None:
    with pytest.raises(ProjectError, match="memory was used up"):
        list(workers.in_order(_die, range(6), total=6, workers=2))


def test_a_plain_script_without_main_guard_may_use_several_processes(tmp_path: Path, drawn_csv: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import morphoexplore as mx\n"
        "from morphoexplore.steps import extracting, workers\n"
        "extracting.TASK = 32\n"
        "workers.count = lambda: 2\n"
        f"project = mx.create_project({str(tmp_path / 'p')!r})\n"
        f"mx.add(project, {str(drawn_csv)!r})\n"
        "print(mx.extract(project)['objects'])\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("300\n", 0), done.stderr


def test_what_classic_cannot_measure_is_nan_with_a_reason_and_objects_at_the_border_are_counted(
    tmp_path: Path,
) -> None:
    from PIL import Image

    folder = tmp_path / "images"
    folder.mkdir()
    whole = np.full((40, 50), 240, np.uint8)
    whole[10:30, 10:40] = 60
    for name, pixels in (
        ("whole", whole),
        ("cut", whole[:, :25]),
        ("blank", np.full((30, 30), 240, np.uint8)),
    ):
        Image.fromarray(pixels).save(folder / f"{name}.png")
    project = mx.create_project(tmp_path / "study")
    mx.add(project, folder)
    result = mx.extract(project)
    assert {key: result[key] for key in ("objects", "unreadable", "blank", "imageless", "cut")} == {
        "objects": 3,
        "unreadable": 0,
        "blank": 1,
        "imageless": 0,
        "cut": 1,
    }
    values = dict(
        zip(mx.objects(project)["object_id"], arrays.read_array(project, "features", "classic"), strict=True)
    )
    assert np.isnan(values["blank"]).all()
    assert np.isfinite(values["whole"]).all()
    (problem,) = mx.problems(project).to_dict("records")
    assert problem["object_id"] == "blank"
    assert problem["reason"].startswith("No object: nothing in the image differs")
    places = dict(
        zip(mx.objects(project)["object_id"], arrays.read_array(project, "places", "classic"), strict=True)
    )
    assert [places[name][0] for name in ("whole", "cut")] == [0, 1]


def test_places_and_descriptors_of_the_same_objects_belong_together(seeded: mx.Project) -> None:
    from morphoexplore.steps.measuring import descriptors

    first = descriptors(seeded)
    assert len(first) == 300
    mx.extract(seeded, again=True)
    assert arrays.find(seeded, "places", "classic").parameters == {"of": 2}  # type: ignore[union-attr]
    pd.testing.assert_frame_equal(descriptors(seeded), first)
