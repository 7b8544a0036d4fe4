"""Engines are used only where they agree with torch; whatever goes wrong, torch computes and says why."""

import sys
import threading

import numpy as np
import pytest

from morphoexplore.methods import engines
from morphoexplore.methods.engines import compare, measure_rate, start_engine, torch_engine

NAMES = ["test_vit", "test_resnet", "test_convnext", "test_efficientnet"]


@pytest.fixture(scope="module")
def squares():
    rng = np.random.default_rng(0)
    smooth = rng.integers(0, 256, (18, 8, 8, 3), dtype=np.uint8)
    return np.repeat(np.repeat(smooth, 8, axis=1), 8, axis=2)


@pytest.fixture(scope="module")
def module():
    return network_of("test_vit")._module


def network_of(name):
    from morphoexplore.methods.networks import load_network

    return load_network(name, untrained=True, input_size=64, device="cpu")


def pretend(monkeypatch, run=None, *, capabilities=("FP32",), fails=None):
    """Put something else in the place of OpenVINO; return the precisions that it was started with."""
    asked = []

    class Core:
        def get_property(self, device, key):
            assert (device, key) == ("CPU", "OPTIMIZATION_CAPABILITIES")
            return list(capabilities)

    class OpenVINO:
        pass

    OpenVINO.Core = Core

    def start(openvino, core, module, examples, threads, precision):
        asked.append(precision)
        if fails:
            raise fails
        plain = torch_engine(module)
        return engines.Engine(
            "OpenVINO 1", precision, "cpu", 1.0, 1, 16, (), lambda images: run(plain(images), precision)
        )

    monkeypatch.setattr(engines, "_import_openvino", lambda: OpenVINO)
    monkeypatch.setattr(engines, "_openvino_engine", start)
    return asked


@pytest.mark.parametrize("name", NAMES)
def test_openvino_agrees_with_torch(name, squares):
    module = network_of(name)._module
    engine = start_engine(module, squares[:16])
    assert engine.name.startswith("OpenVINO"), engine.notes
    assert engine.cosine > 0.999
    assert engine.notes == ()
    cosine, _ = compare(engine(squares), torch_engine(module)(squares))
    assert cosine > 0.999


def test_any_module_of_torch_can_be_run(squares):
    import torch

    class Two(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first = torch.nn.Conv2d(3, 8, 5, 2)

        def forward(self, images):
            images = images.permute(0, 3, 1, 2).float().div(255)
            views = [images, images.flip(3), images.flip(2), images.flip(2, 3)]
            return sum(self.first(view).relu().mean(dim=(2, 3)) for view in views) / len(views)

    torch.manual_seed(0)
    module = Two().eval()
    engine = start_engine(module, squares[:4])
    assert engine.name.startswith("OpenVINO"), engine.notes
    np.testing.assert_allclose(engine(squares), torch_engine(module)(squares), atol=1e-4)


def test_an_engine_may_be_called_from_many_threads(module, squares):
    engine = start_engine(module, squares[:16], threads=2)
    expected = [engine(squares[place : place + 3]) for place in range(12)]
    found = [None] * 12

    def work(place):
        found[place] = engine(squares[place : place + 3])

    threads = [threading.Thread(target=work, args=(place,)) for place in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_what_a_batch_returned_is_not_overwritten_by_the_next(module, squares):
    engine = start_engine(module, squares[:16])
    first = engine(squares[:5])
    kept = first.copy()
    engine(squares[5:10])
    np.testing.assert_array_equal(first, kept)


def test_without_openvino_torch_computes_and_says_what_would_be_faster(monkeypatch, module, squares):
    monkeypatch.setitem(sys.modules, "openvino", None)
    engine = start_engine(module, squares)
    assert engine.name.startswith("torch")
    assert engine.notes == ("OpenVINO is not installed; it is faster: pip install openvino",)
    assert engine.sentence.endswith("(f32, on the CPU).")


def test_an_engine_that_gives_other_numbers_is_refused(monkeypatch, module, squares):
    pretend(monkeypatch, lambda vectors, _: np.roll(vectors, 1, axis=1))
    engine = start_engine(module, squares)
    assert engine.name.startswith("torch")
    assert "OpenVINO gives other numbers than torch (cosine " in engine.notes[0]


def test_an_engine_that_gives_every_image_the_same_vector_is_refused(monkeypatch, module, squares):
    asked = pretend(
        monkeypatch, lambda vectors, _: np.repeat(vectors.mean(axis=0)[None], len(vectors), axis=0)
    )
    assert start_engine(module, squares).name.startswith("torch")
    assert asked == ["f32"]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_an_engine_that_overflows_is_refused(monkeypatch, module, squares, bad):
    pretend(monkeypatch, lambda vectors, _: vectors * np.float32(bad))
    assert start_engine(module, squares).name.startswith("torch")


def test_a_network_that_an_engine_cannot_run_is_run_by_torch(monkeypatch, module, squares):
    pretend(monkeypatch, fails=RuntimeError("No conversion rule for aten::strange\nand much more"))
    engine = start_engine(module, squares)
    assert engine.name.startswith("torch")
    assert engine.notes == ("OpenVINO cannot run this network (No conversion rule for aten::strange).",)


def test_short_numbers_are_used_where_the_cpu_has_them_and_they_agree(monkeypatch, module, squares):
    asked = pretend(monkeypatch, lambda vectors, _: vectors, capabilities=("FP32", "BF16"))
    assert start_engine(module, squares).precision == "bf16"
    assert start_engine(module, squares, precision="f32").precision == "f32"
    assert asked == ["bf16", "f32"]


def test_short_numbers_that_do_not_agree_give_way_to_long_ones(monkeypatch, module, squares):
    def spoil(vectors, precision):
        return vectors + (precision == "bf16") * np.abs(vectors).max()

    asked = pretend(monkeypatch, spoil, capabilities=("BF16",))
    engine = start_engine(module, squares)
    assert asked == ["bf16", "f32"]
    assert (engine.name, engine.precision, len(engine.notes)) == ("OpenVINO 1", "f32", 1)


def test_half_precision_of_torch_stays_near_the_whole(module, squares):
    """What a GPU does, on the CPU."""
    half = torch_engine(module, half=True)
    assert half.precision == "f16"
    cosine, _ = compare(half(squares), torch_engine(module)(squares))
    assert cosine > 0.999


def test_a_gpu_takes_half_precision_unless_told_otherwise(monkeypatch, module, squares):
    plain = torch_engine(module)
    started = []

    def start(module, device, *, half=False):
        started.append((device, half))
        return engines.replace(plain, device=device, precision="f16" if half else "f32")

    monkeypatch.setattr(engines, "torch_engine", start)
    assert start_engine(module, squares, device="cuda").precision == "f16"
    assert start_engine(module, squares, device="cuda", precision="f32").precision == "f32"
    assert started == [("cuda", False), ("cuda", True), ("cuda", False)]


def test_comparing_looks_at_what_tells_images_apart():
    rng = np.random.default_rng(0)
    vectors = (10 + rng.normal(size=(16, 100))).astype(np.float32)
    others = (10 + rng.normal(size=(16, 100))).astype(np.float32)
    cosine, of_differences = compare(others, vectors)
    assert cosine > 0.98
    assert of_differences < 0.2
    assert compare(vectors, vectors) == (pytest.approx(1), pytest.approx(1))


def test_comparing_images_that_are_all_alike_is_possible():
    vectors = np.ones((4, 10), np.float32)
    assert compare(vectors, vectors) == (pytest.approx(1), 1)
    assert compare(vectors[:3], vectors) == (0, 0)


def test_the_rate_of_an_engine_can_be_measured(module, squares):
    assert min(measure_rate(torch_engine(module), squares[:4], seconds=0.05)) > 0
    assert min(measure_rate(torch_engine(module), squares[:4], seconds=0.0)) > 0


def test_openvino_is_kept_from_reporting_to_its_makers():
    assert engines._import_openvino() is not None
    assert sys.modules["openvino_telemetry"] is None
