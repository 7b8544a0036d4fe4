"""
Change canvases in the ways in which one object may look different without being another.

Turned by any angle, mirrored, a little nearer or farther, out of the middle, brighter or paler, out of focus, noisy.
Loads torch at once; import it within functions only.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Generator, Tensor
from torch.nn import functional

SCALE = 0.25  # largest log factor of size
ASPECT = 0.1  # largest log factor of either side
SHIFT = 0.06  # of the canvas
GAIN, GAMMA = 0.4, 0.3  # largest log factors
TINT = 0.15  # largest log factor of one colour
BLURRED = 0.4  # share of views
NOISE = 0.03  # largest standard deviation


def augment(images: Tensor, size: int, generator: Generator) -> Tensor:
    """
    Return another view of each image.

    Parameters
    ----------
    images : float32 tensor, shape (n, channels, side, side)
        Contrast from 0 to 1, on 0.
    size : int
        Side of the views.
    generator : Generator
        Where all randomness comes from; on the device of the images.

    Returns
    -------
    views : float32 tensor, shape (n, channels, size, size)
    """
    n, channels = images.shape[:2]
    device = images.device

    def uniform(*shape: int) -> Tensor:
        return torch.rand(n, *shape, generator=generator, device=device)

    def spread(width: float, *shape: int) -> Tensor:
        """Return numbers from -*width* to *width*."""
        return (2 * uniform(*shape) - 1) * width

    views = functional.grid_sample(images, _places(spread, n, channels, size), align_corners=False)
    views = views.clamp_min(1e-4) ** spread(GAMMA, 1, 1, 1).exp() * spread(GAIN, 1, 1, 1).exp()
    if channels > 1:
        views = views * spread(TINT, channels, 1, 1).exp()
    is_blurred = uniform(1, 1, 1) < BLURRED
    views = torch.where(
        is_blurred, functional.avg_pool2d(functional.pad(views, (1, 1, 1, 1), mode="replicate"), 3, 1), views
    )
    noise = torch.randn(views.shape, generator=generator, device=device)
    return views + noise * spread(NOISE, 1, 1, 1).abs()


def turn(images: Tensor, angle: float) -> Tensor:
    """
    Turn images about their middle; what comes in from outside is background.

    Parameters
    ----------
    images : float32 tensor, shape (n, channels, side, side)
    angle : float
        In degrees.
    """
    quarter, rest = divmod(angle, 90)
    images = torch.rot90(images, int(quarter), (2, 3))
    if rest == 0:
        return images
    cosine, sine = math.cos(math.radians(rest)), math.sin(math.radians(rest))
    matrix = torch.tensor([[cosine, -sine, 0.0], [sine, cosine, 0.0]], device=images.device)
    places = functional.affine_grid(matrix.expand(len(images), 2, 3), list(images.shape), align_corners=False)
    return functional.grid_sample(images, places, align_corners=False)


def _places(spread: Callable[..., Tensor], n: int, channels: int, size: int) -> Tensor:
    """Return from where in the image each pixel of a view is taken: one affine map for all movements."""
    angle, scale, aspect = spread(math.pi), spread(SCALE).exp(), spread(ASPECT).exp()
    mirrored = spread(1.0).sign()
    cosine, sine = angle.cos() / scale, angle.sin() / scale
    first = torch.stack([cosine * mirrored * aspect, -sine * aspect, spread(2 * SHIFT)], dim=1)
    second = torch.stack([sine * mirrored / aspect, cosine / aspect, spread(2 * SHIFT)], dim=1)
    matrix = torch.stack([first, second], dim=1)
    return functional.affine_grid(matrix, [n, channels, size, size], align_corners=False)
