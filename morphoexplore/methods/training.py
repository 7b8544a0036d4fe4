"""
Train a small network on a collection's own images, without labels.

Two views of one object (mirrored, scaled, paler: `methods/augmenting.py`) shall be more alike than views of two objects:
contrastive learning. The budget is counted in images seen, so that the same numbers come out of a slow machine. Each
step draws its randomness from its own number, so a training that was stopped goes on as if it never had been.

torch is imported inside the functions: it takes seconds.
"""

from __future__ import annotations

import io
import math
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from morphoexplore.errors import ModelError
from morphoexplore.methods.recipe import Canvases, Recipe, Step

if TYPE_CHECKING:
    from morphoexplore.methods.trained import TrainedNetwork

LEAST_BATCH = 8
RATE_STEPS = 3
"""Steps by which the speed of a machine is measured, after one that does not count."""

CHECKPOINT_VERSION = 1


def train_network(
    canvases: Canvases,
    *,
    images_seen: int,
    recipe: Recipe | None = None,
    random_state: int = 0,
    device: str | None = None,
) -> TrainedNetwork:
    """
    Train a network on canvases, from the beginning to the end.

    Parameters and errors are those of `Training`, whose steps may be watched and kept.

    Returns
    -------
    network : TrainedNetwork
        Ready to describe canvases.
    """
    training = Training(
        canvases, images_seen=images_seen, recipe=recipe, random_state=random_state, device=device
    )
    for _ in training:
        pass
    return training.finish()


def measure_rate(canvases: Canvases, *, recipe: Recipe | None = None, device: str | None = None) -> float:
    """Return how many images per second a training on this machine sees, from a few steps that are thrown away."""
    training = Training(canvases, images_seen=1 << 40, recipe=recipe, device=device)
    training.advance()
    begin = time.monotonic()
    for _ in range(RATE_STEPS):
        training.advance()
    return RATE_STEPS * training.batch / (time.monotonic() - begin)


class Training:
    """
    A training under way: iterate over it to take its steps.

    Parameters
    ----------
    canvases : array-like of uint8, shape (n, 64, 128, channels)
        See `draw_canvas`. Read in batches, so a memory-mapped array will do.
    images_seen : int
        Budget: canvases that are shown, each time counted. Rounded up to whole steps.
    recipe : Recipe, optional
        How to train.
    random_state : int
        The same number gives the same network on the same machine.
    device : str, optional
        "cpu", "cuda" or "mps"; the fastest there is unless given.

    Raises
    ------
    ValueError
        If there are fewer than 8 canvases, or no budget.
    """

    def __init__(
        self,
        canvases: Canvases,
        *,
        images_seen: int,
        recipe: Recipe | None = None,
        random_state: int = 0,
        device: str | None = None,
    ) -> None:
        import torch

        from morphoexplore.methods.convolving import Backbone, make_head

        self.n = canvases.shape[0]
        if self.n < LEAST_BATCH:
            msg = f"A training needs at least {LEAST_BATCH} images, not {self.n}."
            raise ValueError(msg)
        if images_seen < 1:
            msg = f"A training needs a budget of at least 1 image, not {images_seen}."
            raise ValueError(msg)
        recipe = recipe or Recipe()
        self.canvases, self.recipe, self.random_state = canvases, recipe, random_state
        self.device = device or choose_device()
        self.batch = max(LEAST_BATCH, min(recipe.batch, self.n // 8))
        self.steps = math.ceil(images_seen / self.batch)
        self.budget = self.steps * self.batch
        self.step = 0
        self.curve: list[tuple[int, float]] = []
        self._order: tuple[int, NDArray[np.int64]] = (-1, np.empty(0, np.int64))
        with torch.random.fork_rng(devices=[]):  # the caller's random numbers stay as they are
            torch.manual_seed(random_state)
            self.backbone = Backbone(canvases.shape[-1], recipe.width)
            self.head = make_head(self.backbone.dims, recipe.hidden, recipe.projected)
        self.backbone.to(device=self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.head.to(self.device)
        parameters = [*self.backbone.parameters(), *self.head.parameters()]
        self.optimiser = torch.optim.AdamW(parameters, lr=recipe.rate, weight_decay=recipe.decay)

    @property
    def seen(self) -> int:
        """Images seen."""
        return self.step * self.batch

    def __iter__(self) -> Iterator[Step]:
        """Take the steps that are left, one at a time."""
        begun, begun_at = self.step, time.monotonic()
        while self.step < self.steps:
            loss = self.advance()
            left = (self.steps - self.step) * (time.monotonic() - begun_at) / (self.step - begun)
            yield Step(self.seen, self.budget, loss, left)

    def finish(self) -> TrainedNetwork:
        """Return the network as it is now."""
        from morphoexplore.methods.trained import finish

        return finish(self.backbone, self.canvases, self.recipe, self.device, self.curve, self.seen)

    def advance(self) -> float:
        """Take one step; return its loss."""
        import torch

        from morphoexplore.methods.augmenting import augment
        from morphoexplore.methods.convolving import to_tensor
        from morphoexplore.methods.losses import contrast_loss

        generator = torch.Generator(self.device).manual_seed(_mix(self.random_state, self.step))
        pixels = torch.from_numpy(self.canvases[self._rows()]).to(self.device)
        images = to_tensor(pixels)
        views = [augment(images, self.recipe.size, generator) for _ in range(2)]
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate()
        with half_precision(self.device):
            joined = torch.cat(views).contiguous(memory_format=torch.channels_last)
            first, second = self.head(self.backbone(joined)).chunk(2)
        loss = contrast_loss(first, second, self.recipe.temperature)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        self.step += 1
        value = float(loss.detach())
        if not math.isfinite(value):
            msg = "The training has failed: its loss is no number any more. Try another --random-state."
            raise ModelError(msg)
        self.curve.append((self.seen, value))
        return value

    def checkpoint(self) -> bytes:
        """Return everything that the next step depends on."""
        import torch

        buffer = io.BytesIO()
        torch.save(
            {
                "about": self._about(),
                "step": self.step,
                "curve": self.curve,
                "backbone": self.backbone.state_dict(),
                "head": self.head.state_dict(),
                "optimiser": self.optimiser.state_dict(),
            },
            buffer,
        )
        return buffer.getvalue()

    def restore(self, checkpoint: bytes) -> None:
        """
        Go on from a checkpoint of the same training.

        Raises
        ------
        ModelError
            If it is of another training, or damaged.
        """
        import torch

        try:
            state = torch.load(io.BytesIO(checkpoint), map_location=self.device, weights_only=True)
            about = state["about"]
        except Exception as error:  # a damaged file fails in many ways
            msg = (
                f"The checkpoint of the training cannot be read ({type(error).__name__}). Begin anew: --again"
            )
            raise ModelError(msg) from error
        if about != self._about():
            msg = "The checkpoint is of a training with other images or settings. Begin anew: --again"
            raise ModelError(msg)
        self.backbone.load_state_dict(state["backbone"])
        self.head.load_state_dict(state["head"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step = int(state["step"])
        self.curve = [(int(seen), float(loss)) for seen, loss in state["curve"]]

    def _about(self) -> dict[str, Any]:
        return {
            "version": CHECKPOINT_VERSION,
            "shape": list(self.canvases.shape),
            "steps": self.steps,
            "random_state": self.random_state,
            "recipe": asdict(self.recipe),
        }

    def _rows(self) -> NDArray[np.int64]:
        """Return the objects of this step: every epoch shows each object once, in a new order."""
        per_epoch = self.n // self.batch
        epoch, place = divmod(self.step, per_epoch)
        if self._order[0] != epoch:
            order = np.random.default_rng([self.random_state, epoch]).permutation(self.n)
            self._order = (epoch, order)
        return np.sort(self._order[1][place * self.batch : (place + 1) * self.batch])

    def _rate(self) -> float:
        """Return the learning rate of this step."""
        share = self.step / self.steps
        warm = min(1.0, (self.step + 1) / self.recipe.warm_up)
        return self.recipe.rate * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * share)))


def _mix(random_state: int, step: int) -> int:
    """Return the random state of one step."""
    return int(np.random.SeedSequence([random_state, step]).generate_state(1, np.uint64)[0] >> np.uint64(1))


def choose_device() -> str:
    """Return the fastest device of this machine."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def half_precision(device: str) -> AbstractContextManager[Any]:
    """
    Return a context in which products use 16-bit floats, where the device is faster with them.

    On a processor without tile instructions (AMX) they are emulated, 8 times slower than 32-bit ones.
    """
    import torch

    has_tiles = getattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    if device == "cuda" or (device == "cpu" and has_tiles()):
        return torch.autocast(device, torch.bfloat16)
    return nullcontext()
