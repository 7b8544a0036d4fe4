"""Networks load or say what to do, and describe images whatever the batch."""

import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from morphoexplore.errors import ModelError
from morphoexplore.methods import weights as weights_of_networks
from morphoexplore.methods.networks import load_network


@pytest.fixture(scope="module")
def network():
    return load_network("test_vit", untrained=True, input_size=64, device="cpu")


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    shapes = [(1, 1), (1, 400), (60, 40), (200, 90), (33, 64, 3), (5, 5, 3), (64, 64)]
    return [rng.integers(0, 256, shape, dtype=np.uint8) for shape in shapes]


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """Cut the network, empty the cache."""
    from huggingface_hub import constants

    def refuse(*_args, **_kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def save_weights(path, name="test_vit", change=lambda state: state):
    import timm
    import torch

    torch.manual_seed(5)
    torch.save(change(timm.create_model(name).state_dict()), path)
    return path


def test_one_row_per_image(network, images):
    vectors = network.describe(images)
    assert vectors.shape == (len(images), network.dims)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    assert network.describe([]).shape == (0, network.dims)


def test_batches_do_not_change_the_vectors(network, images):
    np.testing.assert_allclose(network.describe(images, batch_size=1), network.describe(images), atol=1e-4)


def test_random_weights_are_always_the_same_and_leave_the_random_state_alone(network, images):
    import torch

    before = torch.random.get_rng_state()
    again = load_network("test_vit", untrained=True, input_size=64, device="cpu")
    assert torch.equal(before, torch.random.get_rng_state())
    np.testing.assert_array_equal(again.describe(images), network.describe(images))
    assert again.weights is None


@pytest.mark.parametrize(
    ("name", "asked", "got"),
    [("test_vit", None, 160), ("test_vit", 70, 64), ("test_resnet", 50, 50), ("test_resnet", None, 160)],
)
def test_input_size_is_rounded_to_patches(name, asked, got):
    assert load_network(name, untrained=True, input_size=asked, device="cpu").input_size == got


def test_weights_from_a_file_are_used(tmp_path, network, images):
    file = save_weights(tmp_path / "w.pth")
    loaded = load_network("test_vit", weights=file, input_size=64, device="cpu")
    assert loaded.weights is not None
    assert np.abs(loaded.describe(images) - network.describe(images)).max() > 1e-3


def test_safetensors_are_read_like_pth(tmp_path, images):
    import torch
    from safetensors.torch import save_file

    file = save_weights(tmp_path / "w.pth")
    save_file(torch.load(file, weights_only=True), tmp_path / "w.safetensors")
    one, other = (
        load_network("test_vit", weights=tmp_path / name, input_size=64, device="cpu").describe(images)
        for name in ("w.pth", "w.safetensors")
    )
    np.testing.assert_array_equal(one, other)


def test_weights_of_another_network_are_refused(tmp_path):
    file = save_weights(tmp_path / "w.pth", "test_resnet")
    with pytest.raises(ModelError, match="do not fit test_vit"):
        load_network("test_vit", weights=file)


def test_weights_of_other_sizes_are_refused_by_one_layer_and_both_sizes(tmp_path):
    def wider(state):
        return state | {"norm.weight": state["norm.weight"].repeat(2)}

    file = save_weights(tmp_path / "w.pth", change=wider)
    with pytest.raises(ModelError, match=r"1 of its layers .*norm\.weight: 128 instead of 64") as caught:
        load_network("test_vit", weights=file)
    assert str(caught.value).endswith("Check that the file was made for this network.")


def test_weights_with_a_layer_missing_are_refused_by_its_name(tmp_path):
    def without_norm(state):
        return {key: value for key, value in state.items() if key != "norm.weight"}

    file = save_weights(tmp_path / "w.pth", change=without_norm)
    with pytest.raises(ModelError, match=r"norm\.weight"):
        load_network("test_vit", weights=file)


def test_weights_of_another_shape_are_refused_by_name(tmp_path):
    def cut(state):
        return state | {"norm.weight": state["norm.weight"][:5]}

    file = save_weights(tmp_path / "w.pth", change=cut)
    with pytest.raises(ModelError, match=r"norm\.weight"):
        load_network("test_vit", weights=file)


def test_a_file_that_is_no_weights_is_refused(tmp_path):
    for name in ("w.pth", "w.safetensors"):
        (tmp_path / name).write_bytes(b"these are no weights")
        with pytest.raises(ModelError, match="cannot be read"):
            load_network("test_vit", weights=tmp_path / name)


def test_code_in_a_file_is_never_run(tmp_path):
    import pickle

    class Evil:
        def __reduce__(self):
            return (print, ("code was run",))

    (tmp_path / "w.pth").write_bytes(pickle.dumps({"x": Evil()}))
    with pytest.raises(ModelError, match="cannot be read"):
        load_network("test_vit", weights=tmp_path / "w.pth")


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"no file of weights at .*none\.pth"):
        load_network("test_vit", weights=tmp_path / "none.pth")


def test_an_unknown_name_is_answered_with_close_ones():
    with pytest.raises(ModelError, match=r"Did you mean .*resnet18"):
        load_network("resnet_18", untrained=True)
    with pytest.raises(ModelError, match=r"Known: resnet18\.a1_in1k"):
        load_network("resnet18.nonsense", untrained=True)


@pytest.mark.usefixtures("offline")
def test_without_a_network_the_error_comes_at_once_and_says_what_to_do():
    load_network("test_vit", untrained=True)  # the imports do not count
    start = time.perf_counter()
    with pytest.raises(ModelError, match="--weights FILE, or use --model classic"):
        load_network("test_resnet")
    assert time.perf_counter() - start < 10


@pytest.mark.usefixtures("offline")
def test_weights_in_the_cache_of_the_hub_need_no_network(tmp_path, images):
    import torch
    from safetensors.torch import save_file

    file = save_weights(tmp_path / "w.pth")
    repository = tmp_path / "models--timm--test_vit.r160_in1k"
    (repository / "snapshots" / "abc").mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc")
    save_file(torch.load(file, weights_only=True), repository / "snapshots" / "abc" / "model.safetensors")
    cached = load_network("test_vit", input_size=64, device="cpu")
    given = load_network("test_vit", weights=file, input_size=64, device="cpu")
    np.testing.assert_array_equal(cached.describe(images), given.describe(images))


@pytest.mark.usefixtures("offline")
def test_a_silent_network_is_given_up(monkeypatch):
    given_up = threading.Event()

    def hang(*_args, **_kwargs):
        given_up.wait(30)
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    monkeypatch.setattr(weights_of_networks, "NETWORK_PATIENCE", 0.3)
    with pytest.raises(ModelError, match=r"no answer within 0\.3 s"):
        load_network("test_resnet")
    given_up.set()


def test_dinov2_is_found_by_its_short_name():
    with pytest.raises(ModelError, match=r"no file of weights at none\.pth"):
        load_network("dinov2", weights=Path("none.pth"))


def test_another_input_size_can_be_had_without_changing_the_weights(images):
    """A table of positions is resized once, as the network would do for every batch."""
    import timm
    import torch
    from timm.models.vision_transformer import checkpoint_filter_fn

    torch.manual_seed(0)
    large = timm.create_model("test_vit", num_classes=0, dynamic_img_size=True).eval()
    small = timm.create_model("test_vit", num_classes=0, img_size=64).eval()
    small.load_state_dict(checkpoint_filter_fn(large.state_dict(), small))
    batch = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(small(batch), large(batch))


def test_importing_the_module_does_not_import_torch():
    code = "import sys, morphoexplore.methods.networks; assert 'torch' not in sys.modules and 'timm' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
