"""
The small residual network that is trained on a collection: 0.7 million parameters.

Loads torch at once; import it within functions only.
"""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn
from torch.nn import functional


class Residual(nn.Module):
    """Two convolutions of 3 x 3 px beside a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential(
            nn.AvgPool2d(stride, stride) if stride > 1 else nn.Identity(),
            nn.Conv2d(inputs, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Return the activations."""
        inner = functional.relu(self.first_norm(self.first(images)))
        return functional.relu(self.second_norm(self.second(inner)) + self.shortcut(images))


class Backbone(nn.Module):
    """
    A stem and four residual blocks, averaged over the image.

    Parameters
    ----------
    channels : int
        Channels of the canvases: 1 or 3.
    width : int
        Channels of the first block; the last has eight times as many, which are the numbers per image.
    """

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(channels, width // 2, 5, 2, 2, bias=False), nn.BatchNorm2d(width // 2), nn.ReLU()
        )
        self.blocks = nn.Sequential(
            Residual(width // 2, width, 2),
            Residual(width, 2 * width, 2),
            Residual(2 * width, 4 * width, 2),
            Residual(4 * width, 8 * width, 1),
        )
        self.dims = 8 * width

    def forward(self, images: Tensor) -> Tensor:
        """Return the numbers of images, shape (n, dims)."""
        return cast("Tensor", self.blocks(self.stem(images))).mean(dim=(2, 3))


def make_head(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    """Return the projection head that the loss looks through; it is thrown away after the training."""
    return nn.Sequential(
        nn.Linear(inputs, hidden, bias=False),
        nn.BatchNorm1d(hidden),
        nn.ReLU(),
        nn.Linear(hidden, outputs),
    )


def to_tensor(canvases: Tensor) -> Tensor:
    """
    Bring canvases to numbers.

    Parameters
    ----------
    canvases : uint8 tensor, shape (n, height, width, channels)
        Canvases.

    Returns
    -------
    images : float32 tensor, shape (n, channels, height, width)
        Contrast from 0 to 1.
    """
    return canvases.permute(0, 3, 1, 2).float().div(255)


def shrink(images: Tensor, size: int) -> Tensor:
    """
    Bring images to the size that the network sees, by averaging.

    Parameters
    ----------
    images : float32 tensor, shape (n, channels, height, width)
        Images, twice as wide as high.
    size : int
        Width in pixels; the height is half of it.
    """
    return functional.interpolate(images, size=(size // 2, size), mode="area")
