"""How a network is trained, on what, and how far it is: what the modules of the training share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Recipe:
    """
    How a network is trained.

    Attributes
    ----------
    channels : int
        1: grey. 3 keeps colours: with equal time no better where it was measured.
    size : int
        Width in pixels of what the network sees; the height is half of it.
    width : int
        Channels of its first block; an image gets eight times as many numbers.
    batch : int
        Objects per step; smaller where a collection has fewer than eight times as many.
    temperature : float
        Of the contrastive loss.
    rate : float
        Largest learning rate (AdamW), after *warm_up* steps; it falls to 1 % along a cosine.
    decay : float
        Weight decay.
    warm_up : int
        Steps.
    hidden, projected : int
        Numbers in the two layers of the projection head.
    whitened : int
        Principal components that are kept of the numbers, each with variance 1; 0 keeps the numbers. Whitened ones are
        better alone, and worse when they are joined to the classic descriptors.
    """

    channels: int = 1
    size: int = 96
    width: int = 24
    batch: int = 256
    temperature: float = 0.1
    rate: float = 2e-3
    decay: float = 1e-4
    warm_up: int = 60
    hidden: int = 512
    projected: int = 128
    whitened: int = 0


class Canvases(Protocol):
    """Canvases that are read a few at a time: an array, in memory or mapped, or anything that answers alike."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Return (n, 64, 128, channels)."""
        ...

    def __getitem__(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return the canvases of some rows."""
        ...


@dataclass(frozen=True)
class Step:
    """
    How far a training is.

    Attributes
    ----------
    seen, budget : int
        Images seen, and to be seen.
    loss : float
        Of this step.
    seconds_left : float
        Estimated from the speed so far.
    """

    seen: int
    budget: int
    loss: float
    seconds_left: float
