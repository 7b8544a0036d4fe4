"""
Networks that were trained on a collection: describe canvases with them, save them, load those of a colleague.

The file is safetensors: numbers and text, no code. Its metadata say what the network was trained on.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from morphoexplore.errors import ModelError
from morphoexplore.methods.recipe import Canvases, Recipe
from morphoexplore.methods.training import choose_device

if TYPE_CHECKING:
    from morphoexplore.methods.convolving import Backbone

FORMAT = "morphoexplore learned 1"
CHUNK = 256
WHITENING_ROWS = 20_000
"""Canvases from which the principal components are computed, at most."""

CURVE_POINTS = 200


@dataclass(frozen=True)
class TrainedNetwork:
    """
    A network that was trained on a collection.

    Attributes
    ----------
    dims : int
        Numbers per image.
    channels : int
        1 for grey canvases, 3 for coloured ones.
    recipe : Recipe
        How it was trained.
    about : dict
        What it was trained on: ``images``, ``images_seen``, ``loss`` (of the last steps) and what
        `save_trained` was told; text or numbers.
    curve : list of (int, float)
        Images seen and mean loss, at most 200 points.
    device : str
        Where it computes.
    """

    dims: int
    channels: int
    recipe: Recipe
    about: dict[str, Any]
    curve: list[tuple[int, float]]
    device: str
    _backbone: Backbone = field(repr=False)
    _centre: NDArray[np.float32] = field(repr=False)
    _axes: NDArray[np.float32] = field(repr=False)

    def describe(self, canvases: NDArray[np.uint8]) -> NDArray[np.float32]:
        """
        Describe objects.

        Parameters
        ----------
        canvases : uint8 array, shape (n, 64, 128, channels)
            Canvases with the channels of this network.

        Returns
        -------
        vectors : float32 array, shape (n, dims)
            The same for a mirrored canvas, up to rounding.

        Raises
        ------
        ValueError
            If the canvases have other channels.
        """
        if canvases.ndim != 4 or canvases.shape[-1] != self.channels:
            msg = f"This network takes canvases of {self.channels} channels, not of shape {canvases.shape}."
            raise ValueError(msg)
        numbers = _activations(self._backbone, canvases, self.recipe, self.device)
        return np.asarray((numbers - self._centre) @ self._axes, np.float32)


def finish(
    backbone: Backbone,
    canvases: Canvases,
    recipe: Recipe,
    device: str,
    curve: list[tuple[int, float]],
    images_seen: int,
) -> TrainedNetwork:
    """Make a network of the weights that a training found: with the whitening of its numbers, and its curve."""
    n = canvases.shape[0]
    rows = np.unique(np.linspace(0, n - 1, min(n, WHITENING_ROWS)).astype(np.int64))
    parts = [canvases[rows[start : start + CHUNK]] for start in range(0, len(rows), CHUNK)]
    numbers = np.concatenate([_activations(backbone, part, recipe, device) for part in parts])
    centre, axes = _whiten(numbers, recipe.whitened)
    last = [loss for _, loss in curve[-max(1, len(curve) // 20) :]]
    about = {
        "images": n,
        "images_seen": images_seen,
        "loss": round(float(np.mean(last)), 4) if last else None,
    }
    short = _shorten(curve)
    return TrainedNetwork(
        axes.shape[1], canvases.shape[-1], recipe, about, short, device, backbone.eval(), centre, axes
    )


def save_trained(network: TrainedNetwork, path: Path, **about: Any) -> None:
    """
    Write a network to a file.

    Parameters
    ----------
    path : Path
        File to be written; the caller sees to it that it appears as a whole.
    **about : str or number
        What else to write into the metadata: the project's name, the date, versions.
    """
    import torch
    from safetensors.torch import save

    tensors = {f"backbone.{name}": value.cpu() for name, value in network._backbone.state_dict().items()}
    tensors |= {"centre": torch.from_numpy(network._centre), "axes": torch.from_numpy(network._axes)}
    metadata = {
        "format": FORMAT,
        "recipe": json.dumps(asdict(network.recipe)),
        "channels": str(network.channels),
        "about": json.dumps(network.about | about),
        "curve": json.dumps(network.curve),
    }
    # Written by us: safetensors' own files can be read by their owner alone.
    path.write_bytes(save({name: value.contiguous() for name, value in tensors.items()}, metadata))


def load_trained(path: Path, *, device: str | None = None) -> TrainedNetwork:
    """
    Load a network that `train` has written.

    Parameters
    ----------
    path : Path
        A file of safetensors.
    device : str, optional
        "cpu", "cuda" or "mps"; the fastest there is unless given.

    Returns
    -------
    network : TrainedNetwork
        Ready to describe canvases.

    Raises
    ------
    ModelError
        If there is no such file, or it is another kind of file or model.
    """
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        msg = f"There is no model at {path}. Train one: morphoexplore train PROJECT"
        raise ModelError(msg)
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            _check_format(path, metadata)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    except (SafetensorError, OSError) as error:
        msg = (
            f"{path} is no file of safetensors ({error}). Give a model that morphoexplore train has written."
        )
        raise ModelError(msg) from error
    return _assemble(path, metadata, tensors, device or choose_device())


def _check_format(path: Path, metadata: dict[str, str]) -> None:
    found = metadata.get("format", "")
    if found == FORMAT:
        return
    if found.startswith("morphoexplore learned"):
        msg = f"{path} was written by a newer version of morphoexplore. Update the program, or train a new model."
    else:
        msg = (
            f"{path} is a model of another program. Give one that morphoexplore train has written, or name the timm "
            "model that it belongs to: --model NAME --weights FILE"
        )
    raise ModelError(msg)


def _assemble(path: Path, metadata: dict[str, str], tensors: dict[str, Any], device: str) -> TrainedNetwork:
    import torch

    from morphoexplore.methods.convolving import Backbone

    try:
        recipe = Recipe(**json.loads(metadata["recipe"]))
        channels = int(metadata["channels"])
        backbone = Backbone(channels, recipe.width)
        own = {
            name.removeprefix("backbone."): value
            for name, value in tensors.items()
            if name.startswith("backbone.")
        }
        backbone.load_state_dict(own)
        centre, axes = tensors["centre"].numpy(), tensors["axes"].numpy()
        about, curve = json.loads(metadata["about"]), json.loads(metadata["curve"])
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        msg = f"The model {path} is damaged ({str(error).splitlines()[0]}). Get the file again, or train a new one."
        raise ModelError(msg) from error
    backbone = backbone.eval().requires_grad_(False)  # noqa: FBT003
    # The same order in memory as in the training: another one moves the last bits.
    backbone = backbone.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    points = [(int(seen), float(loss)) for seen, loss in curve]
    return TrainedNetwork(axes.shape[1], channels, recipe, about, points, device, backbone, centre, axes)


def _activations(
    backbone: Backbone, canvases: NDArray[np.uint8], recipe: Recipe, device: str
) -> NDArray[np.float32]:
    """Return the numbers of canvases before whitening, averaged over mirrored images."""
    import torch

    from morphoexplore.methods.augmenting import mirrored
    from morphoexplore.methods.convolving import shrink, to_tensor

    backbone.eval()
    found = np.zeros((len(canvases), backbone.dims), np.float32)
    with torch.inference_mode():
        for start in range(0, len(canvases), CHUNK):
            pixels = torch.from_numpy(np.ascontiguousarray(canvases[start : start + CHUNK])).to(device)
            for view in (views := mirrored(shrink(to_tensor(pixels), recipe.size))):
                numbers = backbone(view.contiguous(memory_format=torch.channels_last))
                found[start : start + CHUNK] += numbers.float().cpu().numpy() / len(views)
    return found


def _whiten(numbers: NDArray[np.float32], dims: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the centre of numbers, and the axes that bring their first components to variance 1."""
    values = numbers.astype(np.float64)
    centre = values.mean(axis=0)
    if not dims:
        return centre.astype(np.float32), np.eye(numbers.shape[1], dtype=np.float32)
    variances, axes = np.linalg.eigh(np.cov((values - centre).T))
    variances, axes = variances[::-1], axes[:, ::-1]
    kept = min(dims, int((variances > 1e-6 * max(variances[0], 1e-12)).sum()))
    axes = axes[:, :kept] / np.sqrt(variances[:kept])
    # Eigenvectors have no sign of their own: make the largest loading positive.
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(kept)])
    return centre.astype(np.float32), axes.astype(np.float32)


def _shorten(curve: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Average a curve of losses to at most `CURVE_POINTS` points."""
    pieces = [
        piece
        for piece in np.array_split(np.array(curve), min(CURVE_POINTS, max(1, len(curve))))
        if len(piece)
    ]
    return [(int(piece[-1, 0]), round(float(piece[:, 1].mean()), 4)) for piece in pieces]
