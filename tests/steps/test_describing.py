"""Networks describe images of every kind; what cannot be measured has NaN and a reason; engines change no numbers."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import morphoexplore as mx
from morphoexplore.errors import WrongValueError
from morphoexplore.methods import engines
from morphoexplore.methods.engines import torch_engine
from morphoexplore.steps import describing, workers
from morphoexplore.steps.drawing import opened_images
from morphoexplore.store import arrays, morphospace

NETWORK = "test_resnet"


def disc(side: int = 60, level: int = 40, background: int = 230) -> np.ndarray:
    y, x = np.mgrid[:side, :side] - side / 2
    return np.where(x**2 + (2 * y) ** 2 < (0.3 * side) ** 2, level, background).astype(np.uint8)


def save_kinds(folder: Path) -> None:
    """Save one object as every kind of image, some that show nothing, some that are none."""
    folder.mkdir()
    grey = disc()
    Image.fromarray(grey).save(folder / "grey.png")
    Image.fromarray(np.dstack([grey] * 3)).save(folder / "rgb.png")
    Image.fromarray(grey).convert("P").save(folder / "palette.png")
    Image.fromarray(grey.astype(np.uint16) * 257).save(folder / "sixteen_bit.png")
    clear = np.dstack([grey] * 3 + [np.where(grey < 100, 255, 0).astype(np.uint8)])
    Image.fromarray(clear).save(folder / "transparent.png")
    Image.fromarray(grey).save(folder / "tiff.tif")
    Image.fromarray(np.pad(grey, ((0, 0), (0, 240)), constant_values=230)).save(folder / "wide.png")
    Image.fromarray(np.full((1, 1), 9, np.uint8)).save(folder / "one_pixel.png")
    Image.fromarray(np.full((40, 50), 200, np.uint8)).save(folder / "nothing.png")
    (folder / "broken.png").write_bytes((folder / "grey.png").read_bytes()[:60])


@pytest.fixture
def kinds(tmp_path: Path) -> mx.Project:
    """A project with images of every kind."""
    save_kinds(tmp_path / "images")
    project = mx.create_project(tmp_path / "study")
    mx.add(project, tmp_path / "images")
    return project


def vectors_of(project: mx.Project, name: str = NETWORK) -> dict[str, np.ndarray]:
    values = np.asarray(arrays.read_array(project, morphospace.FEATURES, name))
    return dict(zip(mx.objects(project)["object_id"], values, strict=True))


def named(vectors: dict[str, np.ndarray], name: str) -> np.ndarray:
    return next(row for object_id, row in vectors.items() if name in object_id)


def test_images_of_every_kind_are_described(kinds: mx.Project) -> None:
    result = mx.extract(kinds, model=NETWORK, untrained=True, input_size=64)
    vectors = vectors_of(kinds)
    for name in ("grey", "rgb", "palette", "sixteen_bit", "transparent", "tiff"):
        np.testing.assert_allclose(named(vectors, name), named(vectors, "rgb"), atol=0.15)
    assert np.isfinite(named(vectors, "wide")).all()
    assert (result["objects"], result["unreadable"], result["blank"]) == (10, 1, 2)


def test_what_cannot_be_measured_is_nan_with_a_reason_and_never_zero(kinds: mx.Project) -> None:
    mx.extract(kinds, model=NETWORK, untrained=True, input_size=64)
    vectors = vectors_of(kinds)
    lost = {name for name, row in vectors.items() if np.isnan(row).any()}
    assert len(lost) == 3
    assert all(np.isnan(vectors[name]).all() for name in lost)
    assert not any((row == 0).all() for row in vectors.values())
    reasons = mx.problems(kinds).set_index("object_id")["reason"]
    assert set(reasons.index) == lost
    assert "cut off" in reasons[next(name for name in lost if "broken" in name)]
    assert "nothing in the image differs" in reasons[next(name for name in lost if "nothing" in name)]
    assert mx.status(kinds)["objects"] == 10, "they stay in the project"
    listed = (kinds.folder / "problems.csv").read_text(encoding="utf-8")
    assert "nothing.png" in listed


def test_sizes_stand_beside_the_numbers_of_a_network_in_fixed_share(kinds: mx.Project) -> None:
    mx.extract(kinds, model=NETWORK, untrained=True, input_size=64)
    array = arrays.find(kinds, morphospace.FEATURES, NETWORK)
    assert array is not None
    sides = array.parameters["sides"]
    assert sides == describing.count_sides(array.width - sides) == 6
    sizes = np.exp(named(vectors_of(kinds), "rgb")[-sides:])
    np.testing.assert_allclose(sizes, [36, 18] * (sides // 2), atol=2)


@pytest.mark.parametrize(("dims", "sides"), [(16, 2), (64, 4), (192, 12), (384, 24), (1280, 80)])
def test_sizes_have_the_same_share_in_every_network(dims: int, sides: int) -> None:
    assert describing.count_sides(dims) == sides


def test_sizes_of_a_network_compare_between_pixel_sizes(kinds: mx.Project) -> None:
    from morphoexplore.steps.extracting import compare_sizes

    mx.extract(kinds, model=NETWORK, untrained=True, input_size=64)
    array = arrays.find(kinds, morphospace.FEATURES, NETWORK)
    assert array is not None
    plain = np.asarray(arrays.read(kinds, array))
    compared = compare_sizes(array, plain, np.full(len(plain), 2.0))
    np.testing.assert_array_equal(compared[:, :-6], plain[:, :-6])
    np.testing.assert_allclose(compared[:, -6:], plain[:, -6:] + math.log(2), rtol=1e-5)


def test_a_set_goes_on_in_its_own_size_whether_it_was_given_or_not(kinds: mx.Project) -> None:
    mx.extract(kinds, model=NETWORK, untrained=True, input_size=64)
    assert mx.extract(kinds, model=NETWORK, untrained=True)["there"] == 10
    with pytest.raises(WrongValueError, match="input size 64"):
        mx.extract(kinds, model=NETWORK, untrained=True, input_size=32)
    native = mx.extract(kinds, model=NETWORK, untrained=True, again=True)
    array = arrays.find(kinds, morphospace.FEATURES, NETWORK)
    assert array is not None
    assert native["there"] == 0
    assert (
        mx.extract(kinds, model=NETWORK, untrained=True, input_size=array.parameters["pixels"])["there"] == 10
    )


def test_the_engine_is_kept_with_the_run_and_with_the_vectors(kinds: mx.Project) -> None:
    result = mx.extract(kinds, model=NETWORK, untrained=True, input_size=64)
    array = arrays.find(kinds, morphospace.FEATURES, NETWORK)
    assert array is not None
    kept = array.parameters
    assert kept["engine"]["name"].startswith("OpenVINO")
    assert kept["engine"]["cosine"] > 0.999
    assert (kept["pixels"], kept["loaded"]) == (64, None)
    parameters = json.loads(mx.runs(kinds)["parameters"].iloc[-1])
    assert parameters["engine"] == kept["engine"]
    assert result["notes"][0].startswith(f"{NETWORK} runs in OpenVINO")
    assert json.loads(mx.runs(kinds)["result"].iloc[-1])["notes"] == result["notes"]


def test_torch_gives_the_numbers_of_the_faster_engine(
    seeded: mx.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    mx.extract(seeded, model=NETWORK, untrained=True, input_size=64)
    fast = np.array(arrays.read_array(seeded, "features", NETWORK))
    monkeypatch.setattr(engines, "_import_openvino", lambda: None)
    result = mx.extract(seeded, model=NETWORK, untrained=True, input_size=64, again=True)
    assert "pip install openvino" in result["notes"][1]
    np.testing.assert_allclose(arrays.read_array(seeded, "features", NETWORK), fast, atol=1e-3)


def test_new_objects_are_seen_as_the_others_were(
    kinds: mx.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the default size or the engine became another meanwhile."""
    from morphoexplore.methods import networks

    monkeypatch.setattr(networks, "LARGEST_DEFAULT_SIZE", 96)
    mx.extract(kinds, model=NETWORK, untrained=True)
    before = vectors_of(kinds)
    Image.fromarray(disc()).save(tmp_path / "another.png")
    (tmp_path / "more").mkdir()
    Image.fromarray(np.dstack([disc()] * 3)).save(tmp_path / "more" / "another.png")
    mx.add(kinds, tmp_path / "more")
    monkeypatch.setattr(networks, "LARGEST_DEFAULT_SIZE", 128)
    asked = []
    start = networks.start_engine

    def listen(module: object, examples: np.ndarray, **options: object) -> engines.Engine:
        asked.append((examples.shape[1], options["precision"]))
        return start(module, examples, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(networks, "start_engine", listen)
    assert mx.extract(kinds, model=NETWORK, untrained=True)["objects"] == 1
    assert asked == [(96, "f32")]
    after = vectors_of(kinds)
    np.testing.assert_allclose(named(after, "another"), named(before, "rgb"), atol=1e-4)


def test_weights_that_changed_under_their_name_are_refused(
    kinds: mx.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from morphoexplore.methods import networks

    load = networks.load_network
    for loaded in ("model.safetensors (00000001)", "model.safetensors (00000002)"):
        monkeypatch.setattr(
            networks,
            "load_network",
            lambda *names, loaded=loaded, **options: replace(
                load(*names, **options | {"untrained": True}), weights=loaded
            ),
        )
        if "1" in loaded:
            mx.extract(kinds, model=NETWORK, input_size=64)
            (tmp_path / "more").mkdir()
            Image.fromarray(disc()).save(tmp_path / "more" / "another.png")
            mx.add(kinds, tmp_path / "more")
        else:
            with pytest.raises(WrongValueError, match=r"00000001\), and timm now has .*00000002.*--again"):
                mx.extract(kinds, model=NETWORK, input_size=64)


def test_a_set_of_an_earlier_program_is_not_continued(kinds: mx.Project) -> None:
    mx.extract(kinds, model=NETWORK, untrained=True, input_size=64)
    with kinds.write() as conn:
        conn.execute(
            "UPDATE array SET parameters = json_remove(parameters, '$.sides') WHERE name = ?", (NETWORK,)
        )
    with pytest.raises(WrongValueError, match="by another version of the program"):
        mx.extract(kinds, model=NETWORK, untrained=True, input_size=64)


def test_a_short_name_means_the_set_of_the_full_name(seeded: mx.Project) -> None:
    from morphoexplore.errors import ModelError

    with pytest.raises(ModelError, match=r"no file of weights at gone\.pth"):
        mx.extract(seeded, model="dinov2", weights=Path("gone.pth"))


@pytest.mark.parametrize("in_processes", [False, True])
def test_threads_and_processes_describe_alike(
    seeded: mx.Project, monkeypatch: pytest.MonkeyPatch, *, in_processes: bool
) -> None:
    """On a GPU, images are read by processes; here the CPU takes that way."""
    from dataclasses import replace

    model = describing.timm_model(seeded, NETWORK, untrained=True, input_size=64)
    monkeypatch.setattr(workers, "count", lambda: 2)
    with opened_images():
        found = [*replace(model, _in_processes=in_processes).describe(seeded, 0, 100)]
    assert [part.start for part in found] == [*range(0, 100, engines.CPU_BATCH)]
    values = np.concatenate([part.vectors for part in found])
    network = describing.start_network(seeded, NETWORK, untrained=True, input_size=64)
    images = describing.some_images(seeded, 300)[:100]
    expected = torch_engine(network._module)(np.stack([describing_square(image, 64) for image in images]))
    np.testing.assert_allclose(values[:, : network.dims], expected, atol=1e-3)


def describing_square(image: np.ndarray, side: int) -> np.ndarray:
    from morphoexplore.methods.squares import fit_square

    return fit_square(image, side)


def _twice(number: int) -> int:
    return 2 * number


def test_threads_keep_the_order_and_read_tasks_only_as_fast_as_needed() -> None:
    taken = []

    def tasks() -> object:
        for number in range(100):
            taken.append(number)
            yield number

    results = workers.in_threads(_twice, tasks(), threads=2)  # type: ignore[arg-type]
    assert next(results) == 0
    assert len(taken) <= 5
    assert [*results] == [2 * number for number in range(1, 100)]


def test_an_error_in_a_thread_ends_the_work() -> None:
    def fail(number: int) -> int:
        if number == 3:
            raise WrongValueError("three")
        return number

    with pytest.raises(WrongValueError, match="three"):
        list(workers.in_threads(fail, range(1000), threads=2))
