"""
Describe images with a trained neural network from timm.

Weights come from a file, from the cache of the Hugging Face hub, or from one short try of the network; never at
random unless asked for. Everything heavy is imported inside the functions: torch takes seconds.
"""

from __future__ import annotations

import difflib
import os
import ssl
import sys
import threading
import urllib.error
import urllib.request
import warnings
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from morphoexplore.errors import ModelError
from morphoexplore.methods.segmenting import border_level

CPU_BATCH, GPU_BATCH = 16, 128
LARGEST_DEFAULT_SIZE = 224
"""Networks trained on larger images get these many pixels a side unless told otherwise: 518 px takes 6 times longer."""

NETWORK_PATIENCE = 8.0
"""Seconds after which a download that has not begun is given up, name resolution included."""

_HUB_FILES = ("model.safetensors", "pytorch_model.bin")


@dataclass(frozen=True)
class Network:
    """
    A network, ready to describe images.

    Attributes
    ----------
    name : str
        Name in timm.
    dims : int
        Numbers per image.
    input_size : int
        Side in pixels of the square that the network sees.
    device : str
        "cpu", "cuda" or "mps".
    trained : bool
        False for random weights.
    """

    name: str
    dims: int
    input_size: int
    device: str
    trained: bool
    _model: Any = field(repr=False)
    _mean: NDArray[np.float32] = field(repr=False)
    _std: NDArray[np.float32] = field(repr=False)

    def describe(
        self, images: Sequence[NDArray[np.uint8]], *, batch_size: int | None = None
    ) -> NDArray[np.float32]:
        """
        Describe images.

        Parameters
        ----------
        images : sequence of uint8 arrays, each of shape (h, w) or (h, w, 3)
            Images of any size, at least 1 x 1 px.
        batch_size : int, optional
            Images at a time; by default what suits the device. Does not change the result.

        Returns
        -------
        vectors : float32 array, shape (n_images, dims)
            One row per image.
        """
        import torch

        size = batch_size or (CPU_BATCH if self.device == "cpu" else GPU_BATCH)
        vectors = np.empty((len(images), self.dims), np.float32)
        with torch.inference_mode(), _exact(self.device):
            for start in range(0, len(images), size):
                squares = [prepare(image, self.input_size) for image in images[start : start + size]]
                batch = (np.stack(squares).astype(np.float32) / 255 - self._mean) / self._std
                tensor = torch.from_numpy(np.ascontiguousarray(batch.transpose(0, 3, 1, 2)))
                vectors[start : start + size] = self._model(tensor.to(self.device)).float().cpu().numpy()
        return vectors


def load_network(
    name: str,
    *,
    weights: Path | None = None,
    untrained: bool = False,
    input_size: int | None = None,
    threads: int | None = None,
    device: str | None = None,
) -> Network:
    """
    Load a network from timm.

    Parameters
    ----------
    name : str
        Any name that timm knows, with or without a tag: "vit_small_patch14_dinov2.lvd142m".
    weights : Path, optional
        Weights to load: .safetensors, or .pth, .pt, .bin without code inside.
    untrained : bool
        Take random weights, always the same: for tests only.
    input_size : int, optional
        Side in pixels of the square that the network sees; rounded to whole patches. By default the size it was
        trained with, but at most 224.
    threads : int, optional
        CPU threads of torch, for the whole process. By default as torch likes it.
    device : str, optional
        "cpu", "cuda" or "mps". By default a GPU if there is one.

    Returns
    -------
    network : Network
        The network, without its classifier.

    Raises
    ------
    ModelError
        If timm does not know the name, if the weights cannot be had or do not fit, or if the network cannot take
        images of this size.
    """
    with warnings.catch_warnings():
        # What timm, torch and the hub deprecate among themselves is nothing that a user could mend.
        warnings.simplefilter("ignore")
        return _load(
            name, weights, untrained=untrained, input_size=input_size, threads=threads, device=device
        )


def prepare(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """
    Fit an image into a square without distorting it.

    Parameters
    ----------
    image : uint8 array, shape (h, w) or (h, w, 3)
        Image.
    size : int
        Side of the square.

    Returns
    -------
    square : uint8 array, shape (size, size, 3)
        The image in the middle, the rest filled with the level of its border.

    Examples
    --------
    >>> prepare(np.full((2, 4), 200, np.uint8), 8).shape
    (8, 8, 3)
    """
    colour = np.repeat(image[:, :, None], 3, axis=2) if image.ndim == 2 else image[:, :, :3]
    level = np.rint(border_level(colour)).astype(np.uint8)
    scale = size / max(colour.shape[:2])
    height, width = (min(size, max(1, round(side * scale))) for side in colour.shape[:2])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    fitted = cv2.resize(np.ascontiguousarray(colour), (width, height), interpolation=method)
    square = np.empty((size, size, 3), np.uint8)
    square[:] = level
    top, left = (size - height) // 2, (size - width) // 2
    square[top : top + height, left : left + width] = fitted
    return square


def _load(
    name: str,
    weights: Path | None,
    *,
    untrained: bool,
    input_size: int | None,
    threads: int | None,
    device: str | None,
) -> Network:
    timm, torch = _import_timm()
    _check_name(timm, name)
    if threads is not None:
        torch.set_num_threads(threads)
    # Before the model is built: a missing file should not cost the seconds that building takes.
    file = None if untrained else _find_weights(timm, name, weights)
    model, size = _build(timm, torch, name, input_size)
    if file is not None:
        _fill(model, file, name)
    chosen = device or _choose_device(torch)
    model = model.eval().requires_grad_(False).to(chosen)  # noqa: FBT003
    mean, std = (np.array(model.pretrained_cfg[key], np.float32) for key in ("mean", "std"))
    dims = _count_dims(torch, model, name, size, chosen)
    return Network(name, dims, size, chosen, not untrained, model, mean, std)


def _count_dims(torch: Any, model: Any, name: str, size: int, device: str) -> int:
    """Count the numbers that a network gives for an image, which also shows that it takes this size."""
    try:
        with torch.inference_mode():
            return int(model(torch.zeros(1, 3, size, size, device=device)).shape[1])
    except (RuntimeError, AssertionError, ValueError, IndexError) as error:
        msg = (
            f"{name} cannot take images of {size} px ({error}). Choose another --input-size, or leave it out."
        )
        raise ModelError(msg) from error


def _import_timm() -> tuple[Any, Any]:
    """Import torch and timm; the only place that does."""
    from morphoexplore.methods._torchvision import import_torchvision

    try:
        import_torchvision()
        import timm
        import torch
    except ImportError as error:
        msg = (
            f"Networks need torch, torchvision and timm, and one of them cannot be imported ({error}). "
            "Install morphoexplore again, or use --model classic."
        )
        raise ModelError(msg) from error
    return timm, torch


def _check_name(timm: Any, name: str) -> None:
    """Stop at a name that timm does not know, with the names that come closest."""
    architecture, _, tag = name.partition(".")
    known = timm.list_models()
    if architecture not in known:
        close = difflib.get_close_matches(name, known + timm.list_pretrained(), n=4, cutoff=0.5)
        hint = f" Did you mean {', '.join(close)}?" if close else ""
        msg = f"timm knows no network named {name!r}.{hint} Without any network: --model classic."
        raise ModelError(msg)
    tagged = timm.list_pretrained(f"{architecture}.*")
    if tag and name not in tagged:
        msg = f"timm knows {architecture!r}, but not with the weights {tag!r}. Known: {', '.join(tagged) or 'none'}."
        raise ModelError(msg)


def _build(timm: Any, torch: Any, name: str, input_size: int | None) -> tuple[Any, int]:
    """Build a network without its classifier, for images of the size asked for; return it and its size."""
    cfg = timm.get_pretrained_cfg(name)
    native = int((cfg.input_size if cfg is not None else (3, LARGEST_DEFAULT_SIZE))[-1])
    wanted = input_size or min(native, LARGEST_DEFAULT_SIZE)
    fixed = cfg is not None and cfg.fixed_input_size
    # The same random numbers each time, without touching those of the caller.
    with torch.random.fork_rng(devices=[]):
        for options in _size_options(wanted, flexible=not fixed or wanted == native):
            torch.manual_seed(0)
            try:
                model = timm.create_model(name, pretrained=False, num_classes=0, **options)
            except TypeError:
                continue  # this kind of network has no such option
            return model, _whole_patches(model, wanted)
    msg = f"{name} takes images of {native} px only, not of {wanted} px. Leave --input-size out."
    raise ModelError(msg)


def _size_options(wanted: int, *, flexible: bool) -> list[dict[str, Any]]:
    """Return the ways to tell a network its input size, best first."""
    if flexible:
        return [{}]
    return [{"dynamic_img_size": True}, {"img_size": wanted}]


def _whole_patches(model: Any, wanted: int) -> int:
    """Round a size to whole patches of a network; convolutional ones take any."""
    patch = getattr(getattr(model, "patch_embed", None), "patch_size", 1)
    side = int(patch[0] if isinstance(patch, Sequence) else patch)
    return max(1, round(wanted / side)) * side


def _fill(model: Any, file: Path, name: str) -> None:
    """
    Load weights into a network, which must all be there and fit.

    timm's own loader is lenient as soon as the classifier is left out; a file for another network would leave
    layers at random without a word.
    """
    state = _read_weights(file)
    convert = getattr(sys.modules[type(model).__module__], "checkpoint_filter_fn", None)
    try:
        # The converter of the network's family renames old layers and resizes position tables.
        state = convert(state, model) if convert else state
        result = model.load_state_dict(state, strict=False)
    except (RuntimeError, KeyError, AttributeError, TypeError, ValueError, IndexError) as error:
        reason = " ".join(str(error).split())
        msg = f"The weights in {file} do not fit {name}: {reason[:400]}"
        raise ModelError(msg) from error
    if result.missing_keys:
        shown = ", ".join(result.missing_keys[:3])
        msg = (
            f"The weights in {file} do not fit {name}: {len(result.missing_keys)} of its layers are not in the file "
            f"({shown} ...). Check that the file was made for this network."
        )
        raise ModelError(msg)
    heads = set(_as_names(model.pretrained_cfg.get("classifier")))
    foreign = [key for key in result.unexpected_keys if not any(key.startswith(f"{head}.") for head in heads)]
    # A few more layers are other training heads and tokens; many are another network.
    if len(foreign) > len(model.state_dict()) / 10:
        msg = f"The weights in {file} do not fit {name}: the file is for a larger network ({foreign[0]} ...)."
        raise ModelError(msg)


def _as_names(classifier: str | Sequence[str] | None) -> Sequence[str]:
    """Return the names of the classifiers of a network."""
    return [classifier] if isinstance(classifier, str) else classifier or ()


def _read_weights(file: Path) -> dict[str, Any]:
    """Read a file of weights, never running code from it."""
    from timm.models import load_state_dict

    try:
        return dict(load_state_dict(str(file), weights_only=True))
    except Exception as error:  # a broken file fails in as many ways as there are formats
        reason = (str(error) or type(error).__name__).splitlines()[0]
        msg = f"The weights in {file} cannot be read ({reason}). Download the file again: .safetensors is safest."
        raise ModelError(msg) from error


def _find_weights(timm: Any, name: str, weights: Path | None) -> Path:
    """Return the file of the weights: the one given, the one in the cache, or a fresh download."""
    if weights is not None:
        if not weights.is_file():
            msg = f"There is no file of weights at {weights}."
            raise ModelError(msg)
        return weights
    cfg = timm.get_pretrained_cfg(name)
    if cfg is None or not cfg.hf_hub_id:
        tagged = timm.list_pretrained(f"{name.partition('.')[0]}.*")
        hint = f"Choose one of {', '.join(tagged)}, or give" if tagged else "Give"
        msg = f"timm has no trained weights to download for {name}. {hint} a file with --weights FILE."
        raise ModelError(msg)
    repository, _, revision = cfg.hf_hub_id.partition("@")
    names = (cfg.hf_hub_filename,) if cfg.hf_hub_filename else _HUB_FILES
    cached = _look_in_cache(repository, names, revision or None)
    return cached or _download(name, repository, names, revision or None)


def _look_in_cache(repository: str, names: Sequence[str], revision: str | None) -> Path | None:
    """Return the file in the cache of the Hugging Face hub, without any network."""
    from huggingface_hub import try_to_load_from_cache

    for filename in names:
        found = try_to_load_from_cache(repository, filename, revision=revision)
        if isinstance(found, str):
            return Path(found)
    return None


def _download(name: str, repository: str, names: Sequence[str], revision: str | None) -> Path:
    """Download weights; one try, given up at once where nothing answers."""
    from huggingface_hub import constants, hf_hub_download

    address = f"{constants.ENDPOINT}/{repository}/resolve/{revision or 'main'}"
    reason = "HF_HUB_OFFLINE is set"
    if not constants.HF_HUB_OFFLINE:
        filename, reason = _probe([f"{address}/{filename}" for filename in names])
        if filename:
            try:
                return Path(hf_hub_download(repository, filename, revision=revision, etag_timeout=5))
            except Exception as error:  # the hub's errors have no common base
                reason = (str(error) or type(error).__name__).splitlines()[0]
    msg = (
        f"The weights of {name} are not on this machine and cannot be downloaded ({reason}). Download {names[0]} from "
        f"{constants.ENDPOINT}/{repository} on a machine with internet and give it with --weights FILE, "
        "or use --model classic, which needs no weights."
    )
    raise ModelError(msg)


def _probe(addresses: Sequence[str]) -> tuple[str, str]:
    """
    Ask which of several files can be downloaded, within `NETWORK_PATIENCE`.

    The hub's own client tries five times, for 48 s. Name resolution knows no time limit, hence the thread.

    Returns
    -------
    filename, reason : str
        Name of the first file that is there, or "" and why there is none.
    """
    answer = ["", f"no answer within {NETWORK_PATIENCE:g} s"]

    def ask() -> None:
        for address in addresses:
            reachable, reason = _is_there(address)
            answer[:] = [os.path.basename(address) if reachable else "", reason]  # noqa: PTH119
            if reachable or not reason.startswith("404"):
                return

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(NETWORK_PATIENCE)
    filename, reason = tuple(answer)
    return filename, reason


def _is_there(address: str) -> tuple[bool, str]:
    """Ask for the head of a file; return whether it is there, and if not, why."""
    try:
        request = urllib.request.Request(address, method="HEAD", headers={"User-Agent": "morphoexplore"})
        with urllib.request.urlopen(request, timeout=NETWORK_PATIENCE / 2):
            return True, ""
    except urllib.error.HTTPError as error:
        # Files behind a licence are asked for with the user's token, which only the hub's client sends.
        return error.code in (401, 403), f"{error.code} {error.reason}"
    except urllib.error.URLError as error:
        # Python without certificates: the server is there, and the hub's client brings its own.
        return isinstance(error.reason, ssl.SSLCertVerificationError), str(error.reason)
    except OSError as error:
        return False, str(error)


def _choose_device(torch: Any) -> str:
    """Return the fastest device of this machine."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _exact(device: str) -> AbstractContextManager[Any]:
    """Return a context in which a GPU computes the same whatever the batch."""
    if device != "cuda":
        return nullcontext()
    import torch

    # Shortened floats (TF32) and tuned kernels differ in the third digit between batches.
    return torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False)
