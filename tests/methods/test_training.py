"""Training falls in loss, is repeatable, goes on after a stop, and its file tells what it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from morphoexplore.errors import ModelError
from morphoexplore.methods.canvas import CANVAS_HEIGHT, CANVAS_WIDTH, draw_canvas
from morphoexplore.methods.recipe import Recipe
from morphoexplore.methods.trained import load_trained, save_trained
from morphoexplore.methods.training import Training, measure_rate, train_network

TINY = Recipe(size=32, width=4, batch=32, hidden=16, projected=8, whitened=6, warm_up=5)


def blobs(n: int, channels: int = 1) -> np.ndarray:
    """Discs, rods and rings of three sizes, anywhere on their canvases."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:CANVAS_HEIGHT, :CANVAS_WIDTH]
    found = np.zeros((n, CANVAS_HEIGHT, CANVAS_WIDTH, channels), np.uint8)
    for number in range(n):
        radius = (12, 20, 28)[number % 3]
        far = np.hypot((y - rng.uniform(28, 36)) * (1 + 2 * (number % 2)), x - rng.uniform(56, 72))
        form = (far < radius) & ((far > radius * 0.7) | (number % 4 < 2))
        found[number] = (form * rng.uniform(80, 200)).astype(np.uint8)[:, :, None]
    return found


@pytest.fixture(scope="module")
def canvases() -> np.ndarray:
    return blobs(96)


@pytest.fixture(scope="module")
def trained(canvases: np.ndarray):
    return train_network(canvases, images_seen=960, recipe=TINY, device="cpu")


def numbers_of(network) -> bytes:
    return b"".join(value.numpy().tobytes() for value in network._backbone.state_dict().values())


def test_the_loss_falls(trained) -> None:
    losses = [loss for _, loss in trained.curve]
    assert np.mean(losses[-5:]) < np.mean(losses[:5]) - 0.2
    assert trained.about["images_seen"] == 960
    assert trained.curve[-1][0] == 960


def test_the_same_random_state_gives_the_same_network(canvases: np.ndarray) -> None:
    first, second, other = (
        train_network(canvases, images_seen=96, recipe=TINY, random_state=state, device="cpu")
        for state in (3, 3, 4)
    )
    assert numbers_of(first) == numbers_of(second)
    assert first.describe(canvases).tobytes() == second.describe(canvases).tobytes()
    assert numbers_of(first) != numbers_of(other)


def test_a_training_goes_on_after_a_stop_as_if_it_never_had_been(canvases: np.ndarray) -> None:
    whole = train_network(canvases, images_seen=240, recipe=TINY, device="cpu")
    begun = Training(canvases, images_seen=240, recipe=TINY, device="cpu")
    for _ in zip(begun, range(9), strict=False):
        pass
    checkpoint = begun.checkpoint()
    begun.advance()  # what was done after the checkpoint is lost
    resumed = Training(canvases, images_seen=240, recipe=TINY, device="cpu")
    resumed.restore(checkpoint)
    assert 0 < resumed.seen < 240
    steps = list(resumed)
    assert steps[-1].seen == steps[-1].budget == 240
    assert numbers_of(resumed.finish()) == numbers_of(whole)
    assert resumed.finish().curve == whole.curve


def test_checkpoints_of_other_trainings_are_refused(canvases: np.ndarray) -> None:
    checkpoint = Training(canvases, images_seen=96, recipe=TINY, device="cpu").checkpoint()
    other = Training(canvases, images_seen=96, recipe=TINY, random_state=1, device="cpu")
    with pytest.raises(ModelError, match=r"other images or settings.*--again"):
        other.restore(checkpoint)
    with pytest.raises(ModelError, match=r"cannot be read.*--again"):
        other.restore(checkpoint[: len(checkpoint) // 2])


def test_mirrored_canvases_get_the_same_numbers(trained, canvases: np.ndarray) -> None:
    vectors = trained.describe(canvases)
    assert vectors.shape == (96, trained.dims)
    for flipped in (canvases[:, ::-1], canvases[:, :, ::-1], canvases[:, ::-1, ::-1]):
        np.testing.assert_allclose(trained.describe(np.ascontiguousarray(flipped)), vectors, atol=1e-3)


def test_batches_do_not_change_the_numbers(trained, canvases: np.ndarray) -> None:
    alone = np.concatenate([trained.describe(canvases[i : i + 1]) for i in range(5)])
    np.testing.assert_allclose(alone, trained.describe(canvases)[:5], atol=1e-4)
    assert trained.describe(canvases[:0]).shape == (0, trained.dims)


def test_numbers_are_whitened(trained, canvases: np.ndarray) -> None:
    covariance = np.cov(trained.describe(canvases).T)
    np.testing.assert_allclose(covariance, np.eye(trained.dims), atol=2e-2)
    plain = train_network(canvases, images_seen=32, recipe=replace(TINY, whitened=0), device="cpu")
    assert plain.dims == 8 * TINY.width


def test_a_model_is_the_same_after_saving(trained, canvases: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "learned.safetensors"
    save_trained(trained, path, project="study", date="2026-11-21")
    loaded = load_trained(path, device="cpu")
    assert loaded.describe(canvases).tobytes() == trained.describe(canvases).tobytes()
    assert loaded.about["project"] == "study"
    assert loaded.about["images"] == 96
    assert (loaded.recipe, loaded.curve) == (trained.recipe, trained.curve)


def test_coloured_canvases(tmp_path: Path) -> None:
    network = train_network(blobs(16, 3), images_seen=16, recipe=TINY, device="cpu")
    assert network.describe(blobs(4, 3)).shape == (4, network.dims)
    with pytest.raises(ValueError, match="3 channels"):
        network.describe(blobs(4, 1))


def test_a_budget_and_images_are_needed(canvases: np.ndarray) -> None:
    with pytest.raises(ValueError, match="at least 8 images, not 7"):
        Training(canvases[:7], images_seen=10)
    with pytest.raises(ValueError, match="at least 1 image, not 0"):
        Training(canvases, images_seen=0)
    assert measure_rate(canvases, recipe=TINY, device="cpu") > 0


def save(path: Path, metadata: dict[str, str] | None = None) -> None:
    import torch
    from safetensors.torch import save_file

    save_file({"weight": torch.zeros(2)}, path, metadata)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "There is no model at .*morphoexplore train"),
        (lambda path: path.write_bytes(b"no tensors"), "is no file of safetensors"),
        (save, "a model of another program"),
        (lambda path: save(path, {"format": "morphoexplore learned 9"}), "newer version"),
        (lambda path: save(path, {"format": "morphoexplore learned 1"}), "is damaged"),
    ],
)
def test_files_that_are_no_models(make, words: str, tmp_path: Path) -> None:
    path = tmp_path / "learned.safetensors"
    make(path)
    with pytest.raises(ModelError, match=words):
        load_trained(path)


@pytest.mark.parametrize("background", [250, 128, 10])
def test_a_canvas_holds_contrast_on_any_background(background: int) -> None:
    image = np.full((30, 60), background, np.uint8)
    image[10:20, 15:45] = 70
    canvas = draw_canvas(image, channels=1)
    assert canvas.pixels.max() == abs(background - 70)
    assert (canvas.long_side, canvas.short_side) == (30, 10)
    assert not canvas.pixels[:8].any()
    assert (canvas.pixels[32, 16:112] > 0).all()
    np.testing.assert_array_equal(draw_canvas(np.dstack([image] * 3), channels=1).pixels, canvas.pixels)


def tadpole(angle: float, size: int = 200, scale: float = 1.0) -> np.ndarray:
    """A thick head with a long tail, turned about the middle of its image."""
    centre = (size - 1) / 2
    y, x = (place - centre for place in np.mgrid[:size, :size].astype(float))
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    u, v = (x * cosine + y * sine) / scale, (y * cosine - x * sine) / scale
    head = np.clip(22 - np.hypot(u + 30, v), 0, 1)
    tail = np.clip(5 - np.abs(v), 0, 1) * (np.abs(u - 15) < 45)
    return (np.maximum(head, tail) * 180).astype(np.uint8)


def difference(first: np.ndarray, second: np.ndarray) -> float:
    """Mean difference in grey levels of two canvases, mirrored as fits best."""
    mirrors = [second, second[::-1], second[:, ::-1], second[::-1, ::-1]]
    return min(float(np.abs(first.astype(float) - mirror).mean()) for mirror in mirrors)


@pytest.mark.parametrize("angle", [30, 90, 137, 200])
def test_a_turned_object_lies_on_its_canvas_as_before(angle: int) -> None:
    level, turned = draw_canvas(tadpole(0)), draw_canvas(tadpole(angle))
    assert difference(level.pixels, turned.pixels) < 3
    assert turned.long_side == pytest.approx(level.long_side, rel=0.03)
    assert turned.short_side == pytest.approx(level.short_side, rel=0.05)


def test_a_larger_object_fills_the_canvas_alike_and_its_sides_tell() -> None:
    small, large = draw_canvas(tadpole(20)), draw_canvas(tadpole(20, 800, 4))
    assert difference(small.pixels, large.pixels) < 4
    assert large.long_side == pytest.approx(4 * small.long_side, rel=0.03)


def test_objects_without_a_main_axis_are_turned_by_any_angle() -> None:
    import torch

    from morphoexplore.methods.augmenting import axis_ratio
    from morphoexplore.methods.convolving import to_tensor

    y, x = np.mgrid[:200, :200] - 99.5
    disc, rod = (np.hypot(y, x) < 60) * 200, (np.hypot(4 * y, x) < 80) * 200
    drawn = np.stack([draw_canvas(image.astype(np.uint8)).pixels for image in (disc, rod, 0 * disc)])
    ratio = axis_ratio(to_tensor(torch.from_numpy(drawn)))
    np.testing.assert_allclose(ratio, [1, 4, 1], rtol=0.05)


def test_canvases_of_tiny_and_empty_images() -> None:
    for shape in ((1, 1), (1, 400), (5, 5, 3)):
        canvas = draw_canvas(np.full(shape, 200, np.uint8), channels=3)
        assert canvas.pixels.shape == (CANVAS_HEIGHT, CANVAS_WIDTH, 3)
        assert not canvas.pixels.any()
    with pytest.raises(ValueError, match="1 or 3 channels, not 2"):
        draw_canvas(np.zeros((3, 3), np.uint8), channels=2)
