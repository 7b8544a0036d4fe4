"""
Change canvases in the ways in which one object may look different without being another.

Canvases show objects with their main axis level (`methods/canvas.py`). So a view is turned a little only, but any way up,
mirrored, a little nearer or farther, out of the middle, brighter or paler, out of focus, noisy. An object as broad as
long has no main axis: its views are turned by any angle.
Loads torch at once; import it within functions only.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Generator, Tensor
from torch.nn import functional

ANGLE = 15.0  # largest turn, in degrees, of an object with a main axis
ROUND, LONG = (
    1.15,
    1.35,
)  # ratio of axes up to which there is no main axis, and from which there surely is one
FAINT = 0.15  # of the strongest contrast: what is fainter does not count for the axes
SCALE = 0.3  # largest log factor of size
ASPECT = 0.1  # largest log factor of either side
SHIFT = 0.04  # of the canvas
GAIN, GAMMA = 0.4, 0.3  # largest log factors
TINT = 0.1  # largest log factor of one colour
BLURRED = 0.4  # share of views
NOISE = 0.03  # largest standard deviation


def augment(images: Tensor, size: int, generator: Generator) -> Tensor:
    """
    Return another view of each image.

    Parameters
    ----------
    images : float32 tensor, shape (n, channels, height, width)
        Contrast from 0 to 1, on 0; twice as wide as high.
    size : int
        Width of the views; their height is half of it.
    generator : Generator
        Where all randomness comes from; on the device of the images.

    Returns
    -------
    views : float32 tensor, shape (n, channels, size / 2, size)
    """
    n, channels = images.shape[:2]
    device = images.device

    def spread(width: float, *shape: int) -> Tensor:
        """Return numbers from -*width* to *width*."""
        return (2 * torch.rand(n, *shape, generator=generator, device=device) - 1) * width

    places = _places(spread, _largest_turn(images), channels, size)
    views = functional.grid_sample(images, places, align_corners=False)
    views = views.clamp_min(1e-4) ** spread(GAMMA, 1, 1, 1).exp() * spread(GAIN, 1, 1, 1).exp()
    if channels > 1:
        views = views * spread(TINT, channels, 1, 1).exp()
    is_blurred = spread(0.5, 1, 1, 1) + 0.5 < BLURRED
    views = torch.where(
        is_blurred, functional.avg_pool2d(functional.pad(views, (1, 1, 1, 1), mode="replicate"), 3, 1), views
    )
    noise = torch.randn(views.shape, generator=generator, device=device)
    return views + noise * spread(NOISE, 1, 1, 1).abs()


def mirrored(images: Tensor) -> list[Tensor]:
    """
    Return images as they are, left to right, upside down, and turned by 180 degrees.

    Parameters
    ----------
    images : tensor, shape (n, channels, height, width)
    """
    return [images, images.flip(3), images.flip(2), images.flip(2, 3)]


def axis_ratio(images: Tensor) -> Tensor:
    """
    Return how many times longer than broad what is on the images is.

    Parameters
    ----------
    images : float32 tensor, shape (n, channels, height, width)
        Contrast on 0.

    Returns
    -------
    ratio : float32 tensor, shape (n,)
        Square root of the ratio of the variances of contrast along its main axis and across; 1 for an empty image.
    """
    height, width = images.shape[2:]
    weights = images.mean(dim=1)
    weights = (weights - FAINT * weights.amax(dim=(1, 2), keepdim=True)).clamp_min(0)
    weights = weights / weights.sum(dim=(1, 2), keepdim=True).clamp_min(1e-6)
    x = torch.arange(width, device=images.device, dtype=torch.float32) - (width - 1) / 2
    y = torch.arange(height, device=images.device, dtype=torch.float32) - (height - 1) / 2
    columns, rows = weights.sum(dim=1), weights.sum(dim=2)
    mean_x, mean_y = columns @ x, rows @ y
    # A pixel is a square with a variance of 1/12 of its own.
    xx = columns @ (x * x) - mean_x**2 + 1 / 12
    yy = rows @ (y * y) - mean_y**2 + 1 / 12
    xy = torch.einsum("nhw,h,w->n", weights, y, x) - mean_x * mean_y
    middle, half = (xx + yy) / 2, (((xx - yy) / 2) ** 2 + xy**2).sqrt()
    return ((middle + half) / (middle - half).clamp_min(1 / 24)).sqrt()


def _largest_turn(images: Tensor) -> Tensor:
    """Return by how many radians each image may be turned."""
    share = ((LONG - axis_ratio(images)) / (LONG - ROUND)).clamp(0, 1)
    return torch.deg2rad(ANGLE + (180 - ANGLE) * share)


def _places(spread: Callable[..., Tensor], largest_turn: Tensor, channels: int, size: int) -> Tensor:
    """Return from where in the image each pixel of a view is taken: one affine map for all movements."""
    angle, scale, aspect = spread(1.0) * largest_turn, spread(SCALE).exp(), spread(ASPECT).exp()
    flip_x, flip_y = spread(1.0).sign(), spread(1.0).sign()
    cosine, sine = angle.cos() / scale, angle.sin() / scale
    # Places run from -1 to 1 both ways, and an image is twice as wide as high: hence the halves and the doubles.
    first = torch.stack([flip_x * cosine * aspect, -flip_x * sine / 2, spread(2 * SHIFT)], dim=1)
    second = torch.stack([2 * flip_y * sine * aspect, flip_y * cosine, spread(2 * SHIFT)], dim=1)
    matrix = torch.stack([first, second], dim=1)
    return functional.affine_grid(matrix, [len(matrix), channels, size // 2, size], align_corners=False)
