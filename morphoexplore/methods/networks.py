"""
Describe images with a trained neural network from timm.

Networks see squares (`methods/squares.py`); what computes is an engine (`methods/engines.py`). Everything heavy is imported
inside the functions: torch takes seconds.
"""

from __future__ import annotations

import difflib
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morphoexplore.errors import ModelError
from morphoexplore.methods.engines import Engine, start_engine, torch_engine
from morphoexplore.methods.squares import fit_square
from morphoexplore.methods.weights import find_weights, fingerprint, read_weights

LARGEST_DEFAULT_SIZE = 224
"""Networks trained on larger images get these many pixels a side unless told otherwise: 518 px takes 6 times longer."""

SHORT_NAMES = {"dinov2": "vit_small_patch14_dinov2.lvd142m"}
"""
Names for those who do not know those of timm.

DINOv2 was trained without labels on images of all kinds (Oquab et al. 2024, arXiv:2304.07193), and its licence (Apache
2.0) binds nobody: the free general choice.
"""


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
    weights : str or None
        Name and checksum of the file of its weights; None for random ones.
    engine : Engine
        What computes; torch in f32 to begin with.
    """

    name: str
    dims: int
    input_size: int
    device: str
    weights: str | None
    engine: Engine
    _module: Any = field(repr=False)

    def describe(
        self, images: Sequence[NDArray[np.uint8]], *, batch_size: int | None = None
    ) -> NDArray[np.float32]:
        """
        Describe images. May be called from several threads at once.

        Parameters
        ----------
        images : sequence of uint8 arrays, each of shape (h, w) or (h, w, 3)
            Images of any size, at least 1 x 1 px.
        batch_size : int, optional
            Images at a time; by default what suits the engine. Does not change the result.

        Returns
        -------
        vectors : float32 array, shape (n_images, dims)
            One row per image.
        """
        size = batch_size or self.engine.batch
        vectors = np.empty((len(images), self.dims), np.float32)
        for start in range(0, len(images), size):
            squares = [fit_square(image, self.input_size) for image in images[start : start + size]]
            vectors[start : start + size] = self.engine(np.stack(squares))
        return vectors

    def speed_up(
        self,
        images: Sequence[NDArray[np.uint8]],
        *,
        threads: int | None = None,
        precision: str | None = None,
    ) -> Network:
        """
        Return the same network in the fastest engine that agrees with torch on some images.

        Parameters
        ----------
        images : sequence of uint8 arrays, each of shape (h, w) or (h, w, 3)
            Images of those that are to be described, 2 at least.
        threads, precision : optional
            See `start_engine`.
        """
        squares = np.stack([fit_square(image, self.input_size) for image in images])
        engine = start_engine(self._module, squares, device=self.device, threads=threads, precision=precision)
        return replace(self, engine=engine)


def full_name(name: str) -> str:
    """
    Return the name in timm of a model that may be called by a short name.

    Examples
    --------
    >>> full_name("dinov2")
    'vit_small_patch14_dinov2.lvd142m'
    """
    return SHORT_NAMES.get(name, name)


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
        Any name that timm knows, with or without a tag: "vit_small_patch14_dinov2.lvd142m"; or one of `SHORT_NAMES`.
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
            full_name(name),
            weights,
            untrained=untrained,
            input_size=input_size,
            threads=threads,
            device=device,
        )


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
    file = None if untrained else find_weights(timm, name, weights)
    model, size = _build(timm, torch, name, input_size)
    if file is not None:
        _fill(model, file, name)
    chosen = device or _choose_device(torch)
    model = model.eval().requires_grad_(False).to(chosen)  # noqa: FBT003
    module = _seeing(torch, model).to(chosen)
    dims = _count_dims(torch, module, name, size, chosen)
    identity = None if file is None else fingerprint(file)
    return Network(name, dims, size, chosen, identity, torch_engine(module, chosen), module)


def _seeing(torch: Any, model: Any) -> Any:
    """Return a module that takes squares of uint8, shape (n, size, size, 3), and brings them to what a model expects."""

    class Seeing(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model
            for key in ("mean", "std"):
                levels = 255 * torch.tensor(model.pretrained_cfg[key], dtype=torch.float32)
                self.register_buffer(key, levels.view(1, 3, 1, 1))

        def forward(self, squares: Any) -> Any:
            return self.model((squares.permute(0, 3, 1, 2).float() - self.mean) / self.std)

    return Seeing().eval()


def _count_dims(torch: Any, module: Any, name: str, size: int, device: str) -> int:
    """Count the numbers that a network gives for an image, which also shows that it takes this size."""
    try:
        with torch.inference_mode():
            squares = torch.zeros(1, size, size, 3, dtype=torch.uint8, device=device)
            return int(module(squares).shape[1])
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
        names = [*SHORT_NAMES, *known, *timm.list_pretrained()]
        close = difflib.get_close_matches(name, names, n=4, cutoff=0.5)
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
    # A table of positions of the right size can be exported to other engines; one resized in passing mostly not.
    return [{"img_size": wanted}, {"dynamic_img_size": True}]


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
    state = read_weights(file)
    convert = getattr(sys.modules[type(model).__module__], "checkpoint_filter_fn", None)
    try:
        # The converter of the network's family renames old layers and resizes position tables.
        state = convert(state, model) if convert else state
        _check_sizes(model.state_dict(), state, file, name)
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


def _check_sizes(own: Mapping[str, Any], state: Mapping[str, Any], file: Path, name: str) -> None:
    """Stop at layers of other sizes, with one of them; torch would list them all."""
    other = [key for key in own if key in state and own[key].shape != state[key].shape]
    if other:
        there, wanted = (" x ".join(map(str, part[other[0]].shape)) for part in (state, own))
        msg = (
            f"The weights in {file} do not fit {name}: {len(other)} of its layers have another size in the file "
            f"({other[0]}: {there} instead of {wanted}). Check that the file was made for this network."
        )
        raise ModelError(msg)


def _as_names(classifier: str | Sequence[str] | None) -> Sequence[str]:
    """Return the names of the classifiers of a network."""
    return [classifier] if isinstance(classifier, str) else classifier or ()


def _choose_device(torch: Any) -> str:
    """Return the fastest device of this machine."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"
